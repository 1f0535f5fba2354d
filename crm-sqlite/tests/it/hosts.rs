//! Hosts with a database and transactions of their own.

use crm_core::Code;
use crm_core::kernel::predicate::Operator;
use crm_core::store::{Read as _, Store as _};
use crm_sqlite::{SqliteStore, apply, migrate, register, snapshot_in};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::support::{all, commit, lead, put, with, workspace};

fn host() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch("PRAGMA user_version = 42; CREATE TABLE invoices (id INTEGER PRIMARY KEY)").unwrap();
    migrate(&db).unwrap();
    db
}

#[test]
fn a_commit_belongs_to_the_hosts_transaction() {
    let mut db = host();
    let (key, workspace) = (lead(1, 1).key(), workspace());
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    transaction.execute("INSERT INTO invoices VALUES (1)", []).unwrap();
    apply(&transaction, &workspace, &commit("a", vec![lead(1, 1)])).unwrap();
    assert!(snapshot_in(&transaction, &workspace).get(key).unwrap().is_some());
    transaction.rollback().unwrap();
    assert!(snapshot_in(&db, &workspace).get(key).unwrap().is_none());
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    apply(&transaction, &workspace, &commit("a", vec![lead(1, 1)])).unwrap();
    transaction.commit().unwrap();
    assert!(snapshot_in(&db, &workspace).get(key).unwrap().is_some());
    let query = with("job_title", Operator::NotEqual, "x");
    assert_eq!(snapshot_in(&db, &workspace).find(&query).unwrap().rows, []);
}

#[test]
fn a_commit_that_fails_leaves_the_transaction_as_it_was() {
    let mut db = host();
    let workspace = workspace();
    let transaction = Transaction::new(&mut db, TransactionBehavior::Immediate).unwrap();
    apply(&transaction, &workspace, &commit("a", vec![lead(1, 1)])).unwrap();
    transaction.execute("INSERT INTO invoices VALUES (1)", []).unwrap();
    let error = apply(&transaction, &workspace, &commit("b", vec![lead(2, 1), lead(1, 1)])).unwrap_err();
    assert_eq!(error.code(), Code::Conflict);
    apply(&transaction, &workspace, &commit("c", vec![lead(3, 1)])).unwrap();
    transaction.commit().unwrap();
    assert_eq!(snapshot_in(&db, &workspace).count(&all()).unwrap(), 2);
    assert_eq!(db.query_row("SELECT count(*) FROM invoices", [], |r| r.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn the_hosts_own_numbers_are_left_alone() {
    let db = host();
    migrate(&db).unwrap();
    let number = |pragma: &str| db.query_row(pragma, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!((number("PRAGMA user_version"), number("PRAGMA application_id")), (42, 0));
    // Within a transaction of the host, too.
    let mut db = Connection::open_in_memory().unwrap();
    let transaction = db.transaction().unwrap();
    migrate(&transaction).unwrap();
    transaction.rollback().unwrap();
    assert!(snapshot_in(&db, &workspace()).count(&all()).is_err());
    // This library's own files can be worked on the same way.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    put(&store, 1).unwrap();
    let mut db = Connection::open(&path).unwrap();
    register(&db).unwrap();
    migrate(&db).unwrap();
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    apply(&transaction, &workspace(), &commit("host", vec![lead(2, 1)])).unwrap();
    transaction.commit().unwrap();
    assert_eq!(crate::support::leads(&store), 2);
    assert_eq!(store.snapshot(&workspace()).unwrap().count(&all()).unwrap(), 2);
}
