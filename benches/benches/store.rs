//! The SQLite store: one durable command, an import of a thousand, a point query; beside each, rusqlite by hand
//! writing the same columns with the same durability.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crm_benches::{at, lead};
use crm_core::command::{Actor, Create, Ctx, Import, ImportRow, OnExisting, Role};
use crm_core::engine::Find;
use crm_core::kernel::predicate::{Operator, Predicate};
use crm_core::model::{Kind, Lead};
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Fact, Id};
use crm_sqlite::SqliteStore;
use rusqlite::Connection;

type Failure = Box<dyn std::error::Error>;

fn ctx(n: u64) -> Result<Ctx, Failure> {
    Ok(Ctx::new(Workspace::new("bench")?, Actor::new("bench", Role::Owner)?, at(), Id::from_text("bench").derive(n)))
}

/// A connection as somebody careful would set it up, with the leads' columns and indexes.
fn by_hand(path: &std::path::Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")?;
    let columns: Vec<String> = Kind::Lead.fields().iter().map(|f| f.name.to_string()).collect();
    connection.execute_batch(&format!(
        "CREATE TABLE leads (id TEXT PRIMARY KEY, {}) STRICT;",
        columns.iter().map(|c| format!("{c} ANY")).collect::<Vec<_>>().join(", ")
    ))?;
    for field in Kind::Lead.fields().iter().filter(|f| f.indexed) {
        connection.execute_batch(&format!("CREATE INDEX leads_{0} ON leads ({0});", field.name))?;
    }
    Ok(connection)
}

fn insert_by_hand(connection: &Connection, from: usize, count: usize) -> Result<(), Failure> {
    use crm_core::model::Record as _;
    let width = Kind::Lead.fields().len();
    let marks = vec!["?"; width + 1].join(", ");
    let mut statement = connection.prepare_cached(&format!("INSERT INTO leads VALUES ({marks})"))?;
    for i in from..from + count {
        let lead = lead(i);
        let mut values: Vec<rusqlite::types::Value> = vec![Id::from_text(&format!("lead {i}")).to_string().into()];
        for index in 0..width {
            values.push(match lead.fact(index) {
                Fact::Text(t) => t.to_owned().into(),
                Fact::Integer(n) => n.into(),
                Fact::Money(m) => m.minor_units().into(),
                Fact::Instant(t) => t.timestamp_micros().into(),
                Fact::Boolean(b) => i64::from(b).into(),
                Fact::Texts(_) => "[]".to_owned().into(),
                _ => rusqlite::types::Value::Null,
            });
        }
        statement.execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

fn rows(from: usize) -> Vec<ImportRow> {
    let fields = |i| match serde_json::to_value(command(i)) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    (from..from + 1000).map(|i| ImportRow { line: 1, fields: fields(i) }).collect()
}

/// The lead's fields as JSON, through the create command's own body.
fn command(i: usize) -> serde_json::Value {
    use crm_core::command::Command as _;
    Create::new(lead(i)).to_json().get("fields").cloned().unwrap_or_default()
}

fn store(c: &mut Criterion) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let crm = Crm::new(SqliteStore::open(folder.path().join("crm.db"))?, Rules::default());
    let hand = by_hand(&folder.path().join("hand.db"))?;
    let mut n: u64 = 0;
    let mut next = move || {
        n += 1;
        n
    };

    let mut group = c.benchmark_group("one durable command");
    group.sample_size(50);
    group.bench_function("lead.create", |b| {
        b.iter(|| crm.run(&ctx(next()).ok()?, &Create::new(lead(7))).ok().and_then(|r| r.done().ok()));
    });
    let mut i = 0;
    group.bench_function("rusqlite by hand", |b| {
        b.iter(|| {
            i += 1;
            insert_by_hand(&hand, i, 1).is_ok()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("import of 1000 leads");
    group.sample_size(10);
    let mut from = 1_000_000;
    group.bench_function("lead.import", |b| {
        b.iter_batched(
            || {
                from += 1000;
                (from, Import::<Lead>::new("bench", OnExisting::Skip, rows(from)))
            },
            |(id, import)| crm.run(&ctx(u64::try_from(id).ok()?).ok()?, &import).ok().and_then(|r| r.done().ok()),
            criterion::BatchSize::PerIteration,
        );
    });
    let mut from = 1_000_000;
    group.bench_function("rusqlite by hand", |b| {
        b.iter(|| {
            from += 1000;
            let done = hand.execute_batch("BEGIN").is_ok() && insert_by_hand(&hand, from, 1000).is_ok();
            done && hand.execute_batch("COMMIT").is_ok()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("point query");
    let id = Import::<Lead>::id_of("bench", "1001500");
    let read = ctx(0)?;
    group.bench_function("get by id", |b| b.iter(|| black_box(crm.get::<Lead>(&read, id).is_ok())));
    let by_email = Find {
        filter: Some(Predicate::test("external_id", Operator::Equal, "1001500")),
        limit: 1,
        ..Find::all(Kind::Lead)
    };
    group.bench_function("find by an indexed field", |b| {
        b.iter(|| black_box(crm.query(&read, &by_email).ok().map(|p| p.rows.len())));
    });
    let hand_id = Id::from_text("lead 1001500").to_string();
    group.bench_function("rusqlite by hand, by id", |b| {
        b.iter(|| {
            let mut statement = hand.prepare_cached("SELECT * FROM leads WHERE id = ?").ok()?;
            let company = statement.query_row([&hand_id], |row| row.get::<_, Option<String>>("company")).ok()?;
            Some(black_box(company))
        });
    });
    group.finish();
    Ok(())
}

fn run(c: &mut Criterion) {
    if let Err(error) = store(c) {
        eprintln!("store: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
