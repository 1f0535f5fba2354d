//! What it costs, beside raw rusqlite: `cargo test --release -p crm-sqlite --test it costs -- --ignored --nocapture`.

use std::time::Duration;

use crm_core::kernel::predicate::Operator;
use crm_core::model::{Kind, Row};
use crm_core::store::{Order, Store};
use crm_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::support::{all, commit, lead, with, workspace};

#[allow(clippy::disallowed_methods, reason = "a clock is what measures")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = std::time::Instant::now();
    let out = work();
    (start.elapsed(), out)
}

fn micros(d: Duration, n: u64) -> String {
    let tenths = d.as_nanos() / u128::from(n) / 100;
    format!("{}.{} µs", tenths / 10, tenths % 10)
}

fn batch(n: u64) -> Vec<Row> {
    (n * 1000..n * 1000 + 1000).map(|n| lead(n, 1)).collect()
}

/// The least that a host would write by hand: the same tables and indexes, the known columns only, the trail.
fn raw(path: &std::path::Path, batches: u64) -> Duration {
    drop(SqliteStore::open(path).unwrap());
    let mut db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384").unwrap();
    let mut total = Duration::ZERO;
    for b in 0..batches {
        let rows = batch(b);
        let texts: Vec<_> = rows
            .iter()
            .map(|row| {
                let fold = |i| crm_core::kernel::text::fold(text(row, i)).into_owned();
                (row.id.to_string(), fold(0), fold(4), fold(8))
            })
            .collect();
        let (d, ()) = timed(|| {
            let tx = db.transaction().unwrap();
            {
                let sql = "INSERT INTO leads (workspace, id, version, created_at, updated_at, company, company_folded, \
                           email, email_folded, stage, stage_folded, value, value_currency, size, tags) \
                           VALUES ('one', ?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'EUR', ?11, ?12)";
                let mut insert = tx.prepare(sql).unwrap();
                let mut log = tx.prepare("INSERT INTO log_rows VALUES ('one', 'lead', ?1, 1, ?2)").unwrap();
                for (n, (row, (id, company, email, stage))) in (b * 1000..).zip(rows.iter().zip(&texts)) {
                    let n = i64::try_from(n).unwrap();
                    let at = row.created_at.timestamp_micros();
                    insert
                        .execute(rusqlite::params![
                            id,
                            at,
                            at,
                            text(row, 0),
                            company,
                            text(row, 4),
                            email,
                            text(row, 8),
                            stage,
                            n * 100 + 50,
                            n,
                            "[\"a\"]"
                        ])
                        .unwrap();
                    log.execute(rusqlite::params![id, i64::try_from(b).unwrap()]).unwrap();
                }
                let content = "x".repeat(300_000);
                tx.execute(
                    "INSERT INTO log VALUES ('one', ?1, ?1, x'00', x'00', ?2)",
                    rusqlite::params![i64::try_from(b).unwrap(), content],
                )
                .unwrap();
            }
            tx.commit().unwrap();
        });
        total += d;
    }
    total
}

fn text(row: &Row, field: usize) -> &str {
    match row.body.fact(field) {
        crm_core::Fact::Text(t) => t,
        _ => "",
    }
}

#[test]
#[ignore = "prints figures"]
fn costs() {
    const BATCHES: u64 = 20;
    let dir = tempfile::tempdir().unwrap();
    let by_hand = raw(&dir.path().join("raw.db"), BATCHES);
    println!("import by hand: {} a lead", micros(by_hand, BATCHES * 1000));
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open_with(&path, Options::default()).unwrap();
    let mut total = Duration::ZERO;
    for b in 0..BATCHES {
        let mut commit = commit(&format!("import {b}"), batch(b));
        commit.draft.content = "x".repeat(300_000);
        total += timed(|| store.commit(&workspace(), &commit).unwrap()).0;
    }
    println!("import: {} a lead ({} %)", micros(total, BATCHES * 1000), total.as_nanos() * 100 / by_hand.as_nanos());
    println!(
        "file: {} bytes a lead without the trail's text",
        (std::fs::metadata(&path).unwrap().len() - BATCHES * 300_000) / (BATCHES * 1000)
    );
    let one = |what: &str, times: u64, work: &mut dyn FnMut(u64)| {
        let (d, ()) = timed(|| (0..times).for_each(&mut *work));
        println!("{what}: {}", micros(d, times));
    };
    let bare = Connection::open(dir.path().join("raw.db")).unwrap();
    bare.execute_batch("PRAGMA synchronous = FULL").unwrap();
    one("one durable line by hand, without rows", 1000, &mut |n| {
        let sql = "INSERT INTO log VALUES ('two', ?1, ?1, x'00', x'00', ?2)";
        bare.prepare_cached(sql)
            .unwrap()
            .execute(rusqlite::params![i64::try_from(n).unwrap(), "x".repeat(500)])
            .unwrap();
    });
    one("durable commit of one new lead", 1000, &mut |n| {
        store.commit(&workspace(), &commit(&format!("one {n}"), vec![lead(1_000_000 + n, 1)])).unwrap();
    });
    one("durable commit of one changed lead", 1000, &mut |n| {
        store.commit(&workspace(), &commit(&format!("change {n}"), vec![lead(n, 2)])).unwrap();
    });
    one("1000 changed leads in one commit, each lead", 10_000, &mut |n| {
        if n % 1000 == 0 {
            let rows = (n + 2000..n + 3000).map(|n| lead(n, 2)).collect();
            store.commit(&workspace(), &commit(&format!("changes {n}"), rows)).unwrap();
        }
    });
    one("snapshot", 10_000, &mut |_| drop(store.snapshot(&workspace()).unwrap()));
    one("snapshot and lead by id", 10_000, &mut |n| {
        assert!(store.snapshot(&workspace()).unwrap().get(lead(n, 1).key()).unwrap().is_some());
    });
    let read = store.snapshot(&workspace()).unwrap();
    one("leads by e-mail", 2000, &mut |n| {
        assert_eq!(
            read.find(&with("email", Operator::Equal, &format!("CONTACT{n}@exemple.fr"))).unwrap().rows.len(),
            1
        );
    });
    let mut page = all();
    page.limit = 50;
    one("page of 50", 2000, &mut |_| assert_eq!(read.find(&page).unwrap().rows.len(), 50));
    let field = page.schema.position("score").unwrap();
    page.order = vec![Order { field, descending: true }];
    one("page of 50 by score (all unknown)", 5, &mut |_| assert_eq!(read.find(&page).unwrap().rows.len(), 50));
    let scan = with("job_title", Operator::Contains, "x");
    one("scan of 21,000 leads by a text without an index", 3, &mut |_| assert_eq!(read.count(&scan).unwrap(), 0));
    one("count of 21,000 leads", 5, &mut |_| assert_eq!(read.count(&all()).unwrap(), 21_000));
    assert_eq!(Kind::Lead.name(), "lead");
}
