//! The store does what every store must do.

use crm_core::store::conformance;
use crm_sqlite::SqliteStore;

#[test]
fn in_memory() {
    for (case, result) in conformance::check(&mut || Box::new(SqliteStore::in_memory().unwrap())) {
        assert_eq!(result, Ok(()), "{case}");
    }
}

#[test]
fn in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let paths = &mut (0..).map(|n| dir.path().join(format!("{n}.db")));
    for (case, result) in conformance::check(&mut || Box::new(SqliteStore::open(paths.next().unwrap()).unwrap())) {
        assert_eq!(result, Ok(()), "{case}");
    }
}
