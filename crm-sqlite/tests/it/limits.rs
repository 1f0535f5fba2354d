//! The largest things that are taken, and the next larger ones.

use std::sync::Arc;

use crm_core::kernel::field::{Field, FieldType};
use crm_core::kernel::predicate::{MOST_DEPTH, MOST_TESTS, MOST_TREE_VALUES, MOST_VALUES, Operator, Predicate};
use crm_core::model::{Kind, META_FIELDS};
use crm_core::store::{Cursor, MemoryStore, Order, Query, Store};
use crm_core::{Code, Currency, Id, Problem, Schema};
use crm_sqlite::{SqliteStore, apply, migrate};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{all, commit, lead, put, workspace};

/// Names of 64 letters, the most that is taken.
const AMOUNT: &str = "an_amount_with_a_name_as_long_as_the_longest_that_is_taken_xxxxx";
const TEXT: &str = "a_text_with_a_name_that_is_as_long_as_the_longest_that_is_taken_";

fn schema() -> Arc<Schema> {
    let custom = [
        Field::custom(AMOUNT, FieldType::Money),
        Field::custom("set", FieldType::Texts),
        Field::custom(TEXT, FieldType::Text),
    ];
    Arc::new(Schema::new("lead", META_FIELDS.iter().chain(Kind::Lead.fields()).cloned().chain(custom)))
}

fn money(values: usize) -> Value {
    let currencies: Vec<Currency> = Currency::all().collect();
    let cents = |n: usize| json!({"amount": n.to_string(), "currency": currencies[if values == 2 { 0 } else { n % currencies.len() }].code()});
    Value::Array((0..values).map(cents).collect())
}

fn amount() -> String {
    format!("custom.{AMOUNT}")
}

fn text() -> String {
    format!("custom.{TEXT}")
}

fn amounts(values: usize) -> Predicate {
    Predicate::test(&amount(), Operator::NotIn, money(values))
}

/// The deepest tree: what is nested comes first, where SQLite's chains of AND and OR are deepest, and every level but
/// the last has as many tests as are left.
fn deepest(innermost: Predicate, nots: usize) -> Predicate {
    let mut tests = MOST_TESTS - 1;
    let mut tree = innermost;
    for _ in 0..nots {
        tree = Predicate::Not(Box::new(tree));
    }
    for level in nots..MOST_DEPTH {
        let share = if level + 1 == MOST_DEPTH { tests } else { tests / 2 };
        tests -= share;
        let mut parts = vec![tree];
        parts.extend(vec![Predicate::test("size", Operator::NotEqual, 5); share]);
        tree = if level % 2 == 0 { Predicate::All(parts) } else { Predicate::Any(parts) };
    }
    tree
}

/// The question with the condition, from a page in the middle of an order by several fields.
fn asked(condition: &Predicate) -> crm_core::Result<Query> {
    let mut query = Query { schema: schema(), ..all() };
    query.filter = Some(condition.compile(&query.schema)?);
    for field in ["city", "value", "company"] {
        query.order.push(Order { field: query.schema.position(field).unwrap(), descending: true });
    }
    let values = query.terms().iter().map(|_| None).collect();
    query.after = Some(Cursor { values, created_at_micros: 0, id: Id::from_text("x") });
    Ok(query)
}

#[test]
fn the_largest_conditions_are_taken_by_every_store() {
    let stores: [Box<dyn Store>; 2] = [Box::new(SqliteStore::in_memory().unwrap()), Box::new(MemoryStore::new())];
    let tests = |test: Predicate| vec![test; MOST_TESTS];
    let has: Vec<String> = (0..MOST_VALUES).map(|n| n.to_string()).collect();
    let lists = MOST_TREE_VALUES / MOST_VALUES;
    let all_values = || vec![amounts(MOST_VALUES); lists];
    let mut conditions = vec![
        Predicate::All(tests(amounts(39))),
        Predicate::All(tests(Predicate::test(&amount(), Operator::Between, money(2)))),
        Predicate::Any(tests(Predicate::test("custom.set", Operator::Has, vec!["a"; 39]))),
        Predicate::Any(tests(Predicate::test("job_title", Operator::HasWord, vec!["a"; 39]))),
        Predicate::Any(tests(Predicate::test(&text(), Operator::EndsWith, vec!["a"; 39]))),
        Predicate::Any(tests(Predicate::test("job_title", Operator::StartsWith, vec!["a"; 39]))),
        Predicate::Any(tests(Predicate::test("last_activity_at", Operator::WithinDays, 7))),
        Predicate::All(all_values()),
        Predicate::Any(all_values()),
    ];
    for nots in [0, 1, MOST_DEPTH - 1] {
        conditions.push(deepest(amounts(MOST_VALUES), nots));
        conditions.push(deepest(Predicate::test("custom.set", Operator::Has, has.clone()), nots));
        for operator in [Operator::StartsWith, Operator::EndsWith, Operator::Contains, Operator::HasWord] {
            conditions.push(deepest(Predicate::test(&text(), operator, "x"), nots));
            conditions.push(deepest(Predicate::test(&text(), operator, has.clone()), nots));
        }
    }
    for store in stores {
        for n in 0..3 {
            put(&*store, n).unwrap();
        }
        let read = store.snapshot(&workspace()).unwrap();
        for (i, condition) in conditions.iter().enumerate() {
            let json = condition.to_json();
            if serde_json::to_vec(&json).unwrap().len() < crm_core::kernel::json::MOST_BYTES {
                Predicate::from_json(&json).unwrap();
            }
            let query = asked(condition).unwrap();
            read.find(&query).unwrap_or_else(|e| panic!("{i}: {e}"));
            read.count(&query).unwrap_or_else(|e| panic!("{i}: {e}"));
        }
    }
}

#[test]
fn larger_conditions_are_refused_before_any_store() {
    let over = |condition: Predicate| match asked(&condition).unwrap_err().problem() {
        Problem::TooMany { what, found, most } => (*what, *found, *most),
        other => panic!("{other:?}"),
    };
    let mut lists = vec![amounts(MOST_VALUES); MOST_TREE_VALUES / MOST_VALUES];
    lists.push(Predicate::test("size", Operator::Equal, 1));
    assert_eq!(over(Predicate::Any(lists)), ("values", 10_001, 10_000));
    assert_eq!(over(amounts(MOST_VALUES + 1)), ("values", 1001, 1000));
    let known = Predicate::test("size", Operator::IsKnown, Value::Null);
    assert_eq!(over(Predicate::All(vec![known.clone(); MOST_TESTS + 1])), ("conditions", 257, 256));
    let mut deep = known;
    for _ in 0..=MOST_DEPTH {
        deep = Predicate::Not(Box::new(deep));
    }
    assert!(matches!(asked(&deep).unwrap_err().problem(), Problem::TooDeep { most: 16 }));
}

#[test]
fn an_entry_that_is_too_long_is_too_large_and_not_a_failure() {
    let mut long = commit("long", vec![lead(1, 1)]);
    let most = 32 * 1024 * 1024 - 4096;
    long.draft.content = " ".repeat(most + 1);
    let store = SqliteStore::in_memory().unwrap();
    let error = store.commit(&workspace(), &long).unwrap_err();
    assert_eq!(error.code(), Code::TooLarge);
    let length = |n: usize| u64::try_from(n).unwrap();
    assert_eq!(error.problem(), &Problem::TooLong { bytes: length(most + 1), most: length(most) });
    // Nor is it written through a host's connection, which would take it.
    let mut db = Connection::open_in_memory().unwrap();
    migrate(&db).unwrap();
    let transaction = db.transaction().unwrap();
    assert_eq!(apply(&transaction, &workspace(), &long).unwrap_err().code(), Code::TooLarge);
    drop(transaction);
    long.draft.content.pop();
    store.commit(&workspace(), &long).unwrap();
    let read = store.snapshot(&workspace()).unwrap();
    assert_eq!(read.log(&crm_core::store::LogQuery::Last).unwrap()[0].content.len(), most);
    // What SQLite itself finds too long.
    let mut wide = lead(2, 1);
    wide.body.custom_mut().set("x", crm_core::Value::Text("x".repeat(33 * 1024 * 1024)));
    let error = store.commit(&workspace(), &commit("wide", vec![wide])).unwrap_err();
    assert_eq!(error.code(), Code::TooLarge, "{error}");
    assert!(read.get(lead(2, 1).key()).unwrap().is_none());
}

#[test]
fn a_trigger_in_the_file_does_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    put(&store, 1).unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TRIGGER t AFTER INSERT ON leads BEGIN UPDATE leads SET owner = 'intruder'; END")
        .unwrap();
    assert_eq!(put(&store, 2).unwrap_err().code(), Code::StorageFailed);
    let read = store.snapshot(&workspace()).unwrap();
    assert_eq!(read.get(lead(1, 1).key()).unwrap(), Some(lead(1, 1)));
    assert_eq!(read.count(&all()).unwrap(), 1);
}
