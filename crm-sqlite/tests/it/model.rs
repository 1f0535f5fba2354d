//! The model: random commits and questions, played against the in-memory store and the SQLite store; every answer is
//! the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crm_core::kernel::predicate::{Operator as O, Predicate};
use crm_core::model::{Clock, Key, Kind, META_FIELDS, Row};
use crm_core::store::{
    Archived, Commit, Draft, Guard, LogQuery, MemoryStore, Order, Query, Read, Store, Workspace, Write,
};
use crm_core::{Field, FieldType, Id, Instant, Number, Schema, Value};
use crm_sqlite::SqliteStore;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Fields that the model uses: of every type, declared and the host's own, indexed and not.
const FIELDS: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "archived_at",
    "company",
    "source",
    "job_title",
    "consent",
    "size",
    "score",
    "value",
    "do_not_call",
    "received_at",
    "tags",
    "custom.text",
    "custom.integer",
    "custom.number",
    "custom.money",
    "custom.boolean",
    "custom.date",
    "custom.instant",
    "custom.reference",
    "custom.texts",
];

const CUSTOM: &[(&str, FieldType)] = &[
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("money", FieldType::Money),
    ("boolean", FieldType::Boolean),
    ("date", FieldType::Date),
    ("instant", FieldType::Instant),
    ("reference", FieldType::Reference),
    ("texts", FieldType::Texts),
];

fn schema() -> Arc<Schema> {
    let custom = CUSTOM.iter().map(|(name, kind)| Field::custom(name, *kind));
    Arc::new(Schema::new("lead", META_FIELDS.iter().chain(Kind::Lead.fields()).cloned().chain(custom)))
}

fn instant(n: usize) -> Instant {
    let texts = [
        "2026-03-29T12:00:00Z",
        "2026-03-28T12:00:00Z",
        "2026-03-28T12:00:00.000001Z",
        "2026-03-30T12:00:00Z",
        "1900-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-03-29T11:59:59.999999Z",
        "2026-02-27T12:00:00Z",
    ];
    texts[n % texts.len()].parse().unwrap()
}

fn id(n: usize) -> Id {
    Id::from_text(&(n % 6).to_string())
}

/// The `n`th value of a type: few enough to meet again.
fn value(kind: FieldType, n: usize) -> Value {
    match kind {
        FieldType::Text => {
            let texts = [
                "a",
                "A",
                "é",
                "É",
                "e",
                "œuf",
                "OEUF",
                "b c",
                "b\u{a0} C",
                "x'%_\"",
                "👩",
                "abc",
                "  ",
                "\u{301}",
                "ß",
                "z",
                "ﬁn",
                "fin ",
                "É’E",
                "A.B. c",
                "ab (C)",
            ];
            Value::Text(texts[n % texts.len()].into())
        }
        FieldType::Integer => Value::Integer([0, 1, -1, 5, 10, i64::MIN, i64::MAX, 5][n % 8]),
        FieldType::Number => {
            Value::Number(Number::parse(["0", "1", "-0.5", "1.000001", "-999999999999.999999", "10"][n % 6]).unwrap())
        }
        FieldType::Money => {
            let (amount, currency) = [("1", "EUR"), ("-1", "EUR"), ("5", "EUR"), ("1", "USD"), ("7", "JPY")][n % 5];
            Value::from_json(kind, &json!({"amount": amount, "currency": currency})).unwrap()
        }
        FieldType::Boolean => Value::Boolean(n.is_multiple_of(2)),
        FieldType::Date => {
            Value::Date(["2026-03-29", "1900-01-01", "9999-12-31", "2026-03-28"][n % 4].parse().unwrap())
        }
        FieldType::Instant => Value::Instant(instant(n)),
        FieldType::Reference => Value::Reference(id(n)),
        FieldType::Texts => {
            let lists: [&[&str]; 6] = [&[], &["a"], &["É", "b c"], &["x'%_\"", "a", "a"], &["[]", ""], &["👩"]];
            Value::Texts(lists[n % 6].iter().map(|t| (*t).to_owned()).collect())
        }
    }
}

fn operators(kind: FieldType) -> Vec<O> {
    use FieldType as T;
    let mut out = vec![O::IsNull, O::IsKnown];
    if kind != T::Texts {
        out.extend([O::Equal, O::NotEqual, O::In, O::NotIn]);
    }
    if !matches!(kind, T::Texts | T::Boolean | T::Reference) {
        out.extend([O::Less, O::AtMost, O::Greater, O::AtLeast]);
    }
    match kind {
        T::Integer | T::Number | T::Money | T::Date => out.push(O::Between),
        T::Text => out.extend([O::StartsWith, O::EndsWith, O::Contains, O::HasWord]),
        T::Texts => out.push(O::Has),
        T::Instant => out.extend([O::WithinDays, O::OlderThanDays, O::NextDays]),
        _ => {}
    }
    out
}

/// A condition before it knows the fields.
#[derive(Clone, Debug)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Leaf(usize, usize, Vec<usize>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (any::<usize>(), any::<usize>(), prop::collection::vec(any::<usize>(), 1..4))
        .prop_map(|(f, o, v)| Tree::Leaf(f, o, v));
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Any),
            inner.prop_map(|t| Tree::Not(Box::new(t))),
        ]
    })
}

fn predicate(tree: &Tree, schema: &Schema) -> Predicate {
    match tree {
        Tree::All(parts) => Predicate::All(parts.iter().map(|p| predicate(p, schema)).collect()),
        Tree::Any(parts) => Predicate::Any(parts.iter().map(|p| predicate(p, schema)).collect()),
        Tree::Not(part) => Predicate::Not(Box::new(predicate(part, schema))),
        Tree::Leaf(field, operator, values) => {
            let name = FIELDS[field % FIELDS.len()];
            let kind = schema.resolve(name).unwrap().1.kind;
            let operators = operators(kind);
            let operator = operators[operator % operators.len()];
            let one = |n: usize| match kind {
                FieldType::Texts => value(FieldType::Text, n).to_json(),
                _ => value(kind, n).to_json(),
            };
            let many = || Json::from(values.iter().map(|n| one(*n)).collect::<Vec<_>>());
            let operand = match operator {
                O::IsNull | O::IsKnown => Json::Null,
                O::In | O::NotIn => many(),
                O::Has | O::HasWord | O::StartsWith | O::EndsWith | O::Contains if values.len() > 1 => many(),
                O::Between => json!([one(values[0]), one(values[values.len() - 1])]),
                O::WithinDays | O::OlderThanDays | O::NextDays => json!([1, 30, 36_500][values[0] % 3]),
                _ => one(values[0]),
            };
            let test = Predicate::test(name, operator, operand);
            // Text that folds to nothing, or a range from the greater to the less.
            if test.compile(schema).is_ok() { test } else { Predicate::test(name, O::IsKnown, Json::Null) }
        }
    }
}

/// A row's number, whether its version is right, and what is set: field and value by number.
type Put = (usize, bool, Vec<(usize, usize)>);
/// Which guard, of which row, or with which condition.
type Guarded = Option<(usize, usize, Tree)>;

#[derive(Clone, Debug)]
enum Step {
    Commit {
        command: usize,
        writes: Vec<Put>,
        guard: Guarded,
    },
    Ask {
        tree: Option<Tree>,
        order: Vec<(usize, bool)>,
        archived: usize,
        limit: usize,
    },
    Log(usize, usize, usize),
    /// Keeps a snapshot, which must give the same answers until the end.
    Keep,
}

fn step() -> impl Strategy<Value = Step> {
    let sets = prop::collection::vec((any::<usize>(), any::<usize>()), 0..12);
    let writes = prop::collection::vec((0usize..6, prop::bool::weighted(0.95), sets), 0..5);
    let guard = prop::option::weighted(0.3, (0usize..3, any::<usize>(), tree()));
    let order = prop::collection::vec((any::<usize>(), any::<bool>()), 0..3);
    prop_oneof![
        4 => (0usize..12, writes, guard).prop_map(|(command, writes, guard)| Step::Commit { command, writes, guard }),
        6 => (prop::option::weighted(0.9, tree()), order, 0usize..3, 1usize..5)
            .prop_map(|(tree, order, archived, limit)| Step::Ask { tree, order, archived, limit }),
        1 => (0usize..4, 0usize..8, 0usize..4).prop_map(|(a, b, c)| Step::Log(a, b, c)),
        1 => Just(Step::Keep),
    ]
}

/// What a commit or a question gave, in a form that compares.
fn answer<T: std::fmt::Debug>(result: crm_core::Result<T>) -> Result<T, String> {
    result.map_err(|e| format!("{e:?}"))
}

/// All pages of a query, and its count.
fn ask(read: &dyn Read, query: &Query) -> Result<(Vec<Vec<Row>>, u64), String> {
    let mut query = query.clone();
    let mut pages = Vec::new();
    loop {
        let page = answer(read.find(&query))?;
        pages.push(page.rows);
        match page.next {
            Some(next) if pages.len() < 50 => query.after = Some(next),
            _ => break,
        }
    }
    Ok((pages, answer(read.count(&query))?))
}

struct Players<'a> {
    memory: &'a MemoryStore,
    sqlite: &'a SqliteStore,
    workspace: Workspace,
    schema: Arc<Schema>,
    /// What the steps know of versions, so that most commits are meant well.
    versions: BTreeMap<Key, u64>,
}

impl Players<'_> {
    fn query(&self, tree: Option<&Tree>) -> Query {
        let mut query = Query::all(Kind::Lead, Arc::clone(&self.schema), instant(0));
        query.filter = tree.map(|t| predicate(t, &self.schema).compile(&self.schema).unwrap());
        query
    }

    fn row(&self, n: usize, version: u64, sets: &[(usize, usize)]) -> Row {
        let mut body = Kind::Lead.empty();
        let mut row_times = (instant(n), instant(n + 1), None);
        let mut clocks = BTreeMap::new();
        for (field, n) in sets {
            let name = FIELDS[field % FIELDS.len()];
            let (index, field) = self.schema.resolve(name).unwrap();
            let given = value(field.kind, *n);
            match name {
                "id" => {}
                "created_at" => row_times.0 = instant(*n),
                "updated_at" => row_times.1 = instant(*n),
                "archived_at" => row_times.2 = Some(instant(*n)),
                "consent" => body.set(index - 4, Value::Text(["soft", "opted_in"][n % 2].into())).unwrap(),
                _ => match name.strip_prefix("custom.") {
                    Some(custom) => body.custom_mut().set(custom, given),
                    None => body.set(index - 4, given).unwrap(),
                },
            }
            if version > 1 {
                clocks.insert(name.to_owned(), Clock { version, at: instant(*n) });
            }
        }
        let (created_at, updated_at, archived_at) = row_times;
        Row { id: id(n), version, created_at, updated_at, archived_at, clocks, body }
    }

    fn commit(&mut self, command: usize, writes: &[Put], guard: &Guarded) -> Result<(), TestCaseError> {
        let mut rows: BTreeMap<Key, Write> = BTreeMap::new();
        for (n, fine, sets) in writes {
            let key = Key { kind: Kind::Lead, id: id(*n) };
            let known = self.versions.get(&key).copied().unwrap_or(0);
            let replaces = if *fine { known } else { known.wrapping_add(1) % 3 };
            rows.insert(key, Write { row: self.row(*n, replaces + 1, sets), replaces });
        }
        let guards = guard.iter().map(|(kind, n, tree)| {
            let key = Key { kind: Kind::Lead, id: id(*n) };
            match kind {
                0 => Guard::Version(key, self.versions.get(&key).copied().unwrap_or(0) + u64::from(n % 5 == 0)),
                1 => Guard::Absent(key),
                _ => Guard::Empty(Box::new(self.query(Some(tree)))),
            }
        });
        let commit = Commit {
            guards: guards.collect(),
            draft: Draft {
                command_id: Id::from_text(&format!("command {command}")),
                keys: rows.values().map(|w| (w.row.key(), w.row.version)).collect(),
                content: format!("{{\"command\":{command},\"é\":\"'\"}}"),
            },
            writes: rows.into_values().collect(),
        };
        let expected = answer(self.memory.commit(&self.workspace, &commit));
        let found = answer(self.sqlite.commit(&self.workspace, &commit));
        prop_assert_eq!(&found, &expected);
        if expected.is_ok() {
            self.versions.extend(commit.writes.iter().map(|w| (w.row.key(), w.row.version)));
        }
        Ok(())
    }
}

fn play(memory: &MemoryStore, sqlite: &SqliteStore, steps: &[Step]) -> Result<(), TestCaseError> {
    // A workspace of its own for each game: the stores stay open, and every game also tests that workspaces are apart.
    static GAMES: AtomicU64 = AtomicU64::new(0);
    let workspace = Workspace::new(&format!("game {}", GAMES.fetch_add(1, Ordering::Relaxed))).unwrap();
    let mut players =
        Players { memory, sqlite, workspace: workspace.clone(), schema: schema(), versions: BTreeMap::new() };
    let mut kept = Vec::new();
    for step in steps {
        let (m, s) = (memory.snapshot(&workspace).unwrap(), sqlite.snapshot(&workspace).unwrap());
        match step {
            Step::Commit { command, writes, guard } => {
                drop((m, s));
                players.commit(*command, writes, guard)?;
            }
            Step::Ask { tree, order, archived, limit } => {
                let mut query = players.query(tree.as_ref());
                query.order = order
                    .iter()
                    .map(|(field, descending)| {
                        let name = FIELDS[field % FIELDS.len()];
                        Order { field: query.schema.position(name).unwrap(), descending: *descending }
                    })
                    .collect();
                query.archived = [Archived::Exclude, Archived::Include, Archived::Only][*archived];
                query.limit = *limit;
                prop_assert_eq!(ask(&*s, &query), ask(&*m, &query));
            }
            Step::Log(what, n, limit) => {
                let query = match what {
                    0 => LogQuery::Command(Id::from_text(&format!("command {n}"))),
                    1 => LogQuery::After { seq: u64::try_from(*n).unwrap(), limit: *limit },
                    2 => LogQuery::Record {
                        key: Key { kind: Kind::Lead, id: id(*n) },
                        after_version: u64::try_from(*limit).unwrap(),
                    },
                    _ => LogQuery::Last,
                };
                prop_assert_eq!(answer(s.log(&query)), answer(m.log(&query)));
            }
            Step::Keep if kept.len() < 3 => kept.push((m, s)),
            Step::Keep => {}
        }
    }
    let (m, s) = (memory.snapshot(&workspace).unwrap(), sqlite.snapshot(&workspace).unwrap());
    kept.push((m, s));
    let mut all = players.query(None);
    all.archived = Archived::Include;
    all.limit = 10;
    for (m, s) in &kept {
        prop_assert_eq!(ask(&**s, &all), ask(&**m, &all));
        let log = LogQuery::After { seq: 0, limit: 100 };
        prop_assert_eq!(answer(s.log(&log)), answer(m.log(&log)));
        for n in 0..6 {
            let key = Key { kind: Kind::Lead, id: id(n) };
            prop_assert_eq!(answer(s.get(key)), answer(m.get(key)));
        }
    }
    Ok(())
}

fn games(cases: u32, sqlite: &SqliteStore) {
    let memory = MemoryStore::new();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..24))| play(&memory, sqlite, &steps)?);
}

#[test]
fn games_in_memory_agree() {
    games(500, &SqliteStore::in_memory().unwrap());
}

#[test]
fn games_in_a_file_agree() {
    let dir = tempfile::tempdir().unwrap();
    let options = crm_sqlite::Options { durability: crm_sqlite::Durability::Normal, ..Default::default() };
    games(800, &SqliteStore::open_with(dir.path().join("games.db"), options).unwrap());
}

#[test]
fn conditions_agree() {
    // Rows of every shape, committed once; then many conditions.
    let (memory, sqlite) = (MemoryStore::new(), SqliteStore::in_memory().unwrap());
    let workspace = Workspace::new("conditions").unwrap();
    let players = Players {
        memory: &memory,
        sqlite: &sqlite,
        workspace: workspace.clone(),
        schema: schema(),
        versions: BTreeMap::new(),
    };
    let mut state = 0usize;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let writes: Vec<Write> = (0..120)
        .map(|n| {
            let sets: Vec<(usize, usize)> = (0..next() % 30).map(|_| (next(), next())).collect();
            let row = Row { id: Id::from_text(&format!("row {n}")), ..players.row(n, 1, &sets) };
            Write { row, replaces: 0 }
        })
        .collect();
    let draft = Draft { command_id: Id::from_text("rows"), keys: vec![], content: "{}".into() };
    let commit = Commit { guards: vec![], writes, draft };
    memory.commit(&workspace, &commit).unwrap();
    sqlite.commit(&workspace, &commit).unwrap();
    let (m, s) = (memory.snapshot(&workspace).unwrap(), sqlite.snapshot(&workspace).unwrap());
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(tree in tree())| {
        let mut query = players.query(Some(&tree));
        query.archived = Archived::Include;
        query.limit = 1000;
        let ids = |read: &dyn Read| answer(read.find(&query)).map(|p| p.rows.into_iter().map(|r| r.id).collect::<Vec<_>>());
        prop_assert_eq!(ids(&*s), ids(&*m));
    });
}
