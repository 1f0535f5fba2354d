//! Files: what was written is there again, older ones are extended, newer and foreign ones are left alone.

use std::path::Path;

use crm_core::kernel::predicate::Operator;
use crm_core::model::{Kind, Lead, Record as _};
use crm_core::store::{LogQuery, Store};
use crm_core::{Code, Problem};
use crm_sqlite::{Durability, Options, SqliteStore};
use rusqlite::Connection;

use crate::support::{all, at, commit, lead, leads, put, with, workspace};

#[test]
fn a_file_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    let entry = store.commit(&workspace(), &commit("c", vec![lead(1, 1)])).unwrap();
    drop(store);
    for durability in [Durability::Full, Durability::Normal] {
        let store = SqliteStore::open_with(&path, Options { durability, ..Options::default() }).unwrap();
        let read = store.snapshot(&workspace()).unwrap();
        assert_eq!(read.get(lead(1, 1).key()).unwrap(), Some(lead(1, 1)));
        assert_eq!(read.log(&LogQuery::Last).unwrap(), vec![entry.clone()]);
    }
    // Closing leaves one file.
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["crm.db"]);
}

/// A file of the first release, when leads had four fields, none of them looked up by an index.
const FIRST_RELEASE: &str = "
PRAGMA journal_mode = WAL;
CREATE TABLE log (workspace TEXT NOT NULL, seq INTEGER NOT NULL, command_id TEXT NOT NULL, previous BLOB NOT NULL,
  hash BLOB NOT NULL, content TEXT NOT NULL, PRIMARY KEY (workspace, seq), UNIQUE (workspace, command_id)) STRICT;
CREATE TABLE log_rows (workspace TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  seq INTEGER NOT NULL, PRIMARY KEY (workspace, kind, id, version, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE leads (workspace TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, archived_at INTEGER, clocks TEXT, custom TEXT,
  company TEXT, job_title TEXT, value INTEGER, value_currency TEXT, size INTEGER, PRIMARY KEY (workspace, id)) STRICT;
INSERT INTO leads VALUES ('one', '00000000-0000-8000-8000-000000000001', 3, 1774785600000000, 1774785600000001, NULL,
  '{\"company\":[3,1774785600000001]}', '{\"x\":{\"integer\":5}}', 'Société Œ', NULL, 125050, 'EUR', 7);
INSERT INTO leads VALUES ('one', '00000000-0000-8000-8000-000000000002', 1, 1774785600000000, 1774785600000000, NULL,
  NULL, NULL, NULL, 'Maçon', NULL, NULL, NULL);
PRAGMA application_id = 1668443499;
PRAGMA user_version = 1;
";

#[test]
fn a_file_of_the_first_release_is_extended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    Connection::open(&path).unwrap().execute_batch(FIRST_RELEASE).unwrap();
    for _ in 0..2 {
        let store = SqliteStore::open(&path).unwrap();
        let read = store.snapshot(&workspace()).unwrap();
        let found = read.find(&with("company", Operator::Equal, "societe oe")).unwrap().rows;
        assert_eq!(found.len(), 1);
        let body = found[0].body.clone();
        let lead = Lead::from_any(&body).unwrap();
        assert_eq!((lead.company.as_str(), lead.size, lead.tags.len()), ("Société Œ", Some(7), 0));
        assert_eq!(lead.value.unwrap().to_string(), "1250.50 EUR");
        assert_eq!(lead.custom.get("x"), &crm_core::Value::Integer(5));
        assert_eq!(found[0].clocks["company"].version, 3);
        assert_eq!(read.find(&with("job_title", Operator::Contains, "MACON")).unwrap().rows.len(), 1);
        assert_eq!(read.count(&all()).unwrap(), 2);
    }
    let store = SqliteStore::open(&path).unwrap();
    put(&store, 1).unwrap();
    for kind in Kind::ALL {
        let key = crm_core::model::Key { kind: *kind, id: crm_core::Id::from_text("1") };
        assert_eq!(store.snapshot(&workspace()).unwrap().get(key).unwrap().is_some(), *kind == Kind::Lead);
    }
    // The extended file has the columns of a new one, in whatever order.
    let columns = |path: &Path| -> Vec<String> {
        let db = Connection::open(path).unwrap();
        let sql = "SELECT m.name || '.' || c.name || c.type || c.\"notnull\" FROM sqlite_schema m, \
                   pragma_table_info(m.name) c WHERE m.type = 'table' \
                   UNION ALL SELECT name || coalesce(sql, '') FROM sqlite_schema WHERE type = 'index' ORDER BY 1";
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let new = dir.path().join("new.db");
    drop(SqliteStore::open(&new).unwrap());
    drop(store);
    assert_eq!(columns(&path), columns(&new));
}

#[test]
fn a_file_of_a_newer_release_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("newer.db");
    put(&SqliteStore::open(&path).unwrap(), 1).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA user_version = 999999").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.code(), Code::NewerSchema);
    assert!(matches!(error.problem(), Problem::NewerSchema { found: 999_999, .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // Also with commits that are still in the write-ahead log.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA wal_autocheckpoint = 0; CREATE TABLE x (y); PRAGMA user_version = 1000000").unwrap();
    let wal = std::fs::read(dir.path().join("newer.db-wal")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("newer.db");
    std::fs::write(&path, &before).unwrap();
    std::fs::write(copy.path().join("newer.db-wal"), &wal).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error.problem(), Problem::NewerSchema { found: 1_000_000, .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read(copy.path().join("newer.db-wal")).unwrap(), wal);
}

#[test]
fn a_release_that_comes_while_the_file_is_open_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    put(&store, 1).unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 999999").unwrap();
    assert_eq!(put(&store, 2).unwrap_err().code(), Code::NewerSchema);
    assert_eq!(store.snapshot(&workspace()).err().unwrap().code(), Code::NewerSchema);
}

#[test]
fn files_of_others_are_refused_and_left_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let path = dir.path().join(name);
        let before = std::fs::read(&path).unwrap();
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(error.problem(), &Problem::ForeignFile, "{name}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
    };
    Connection::open(dir.path().join("tables.db")).unwrap().execute_batch("CREATE TABLE leads (id)").unwrap();
    refused("tables.db");
    let sql = "PRAGMA application_id = 7; PRAGMA user_version = 1;";
    Connection::open(dir.path().join("application.db")).unwrap().execute_batch(sql).unwrap();
    refused("application.db");
    std::fs::write(dir.path().join("text.csv"), "company,email\n".repeat(100)).unwrap();
    refused("text.csv");
    std::fs::write(dir.path().join("short.txt"), "x").unwrap();
    refused("short.txt");
    std::fs::write(dir.path().join("short.bin"), [0; 70]).unwrap();
    refused("short.bin");
    // What is no file at all.
    for path in [dir.path().to_path_buf(), dir.path().join("no/such/folder.db"), "".into(), ":memory:".into()] {
        assert_eq!(SqliteStore::open(&path).unwrap_err().code(), Code::StorageFailed, "{path:?}");
    }
    // An empty file is nobody's.
    std::fs::write(dir.path().join("empty.db"), "").unwrap();
    put(&SqliteStore::open(dir.path().join("empty.db")).unwrap(), 1).unwrap();
    // A name is a path, never a URI.
    let odd = dir.path().join("file:odd?mode=memory%20");
    put(&SqliteStore::open(&odd).unwrap(), 1).unwrap();
    assert!(odd.exists());
}

#[test]
fn damage_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    store.commit(&workspace(), &commit("many", (0..900).map(|n| lead(n, 1)).collect())).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let most = bytes.len() / 2;
    bytes[most..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    // Whichever page comes first to be read.
    let read = |store: SqliteStore| store.snapshot(&workspace())?.find(&all()).map(drop);
    assert_eq!(SqliteStore::open(&path).and_then(read).unwrap_err().code(), Code::Corrupt);
    // A value that this library does not write.
    let path = dir.path().join("edited.db");
    let store = SqliteStore::open(&path).unwrap();
    put(&store, 1).unwrap();
    let edit = Connection::open(&path).unwrap();
    for sql in [
        "value_currency = 'XXX'",
        "value_currency = NULL",
        "tags = '{'",
        "custom = '[]'",
        "clocks = '{\"a\":1}'",
        "do_not_call = 2",
        "id = 'x'",
    ] {
        edit.execute_batch("BEGIN").unwrap();
        edit.execute(&format!("UPDATE leads SET {sql}"), []).unwrap();
        edit.execute_batch("COMMIT").unwrap();
        assert!(store.snapshot(&workspace()).unwrap().find(&all()).is_err(), "{sql}");
        edit.execute(
            "UPDATE leads SET value_currency = 'EUR', tags = '[]', custom = NULL, clocks = NULL, do_not_call = NULL",
            [],
        )
        .unwrap();
    }
}

#[test]
fn analysts_read_the_file_without_this_library() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut row = lead(1, 1);
    row.body.custom_mut().set("floor", crm_core::Value::Integer(3));
    store.commit(&workspace(), &commit("c", vec![row])).unwrap();
    let db = Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT company, value, value_currency, typeof(value), \
               strftime('%Y-%m-%dT%H:%M:%SZ', created_at / 1000000, 'unixepoch'), tags ->> 0, \
               custom ->> '$.floor.integer' FROM leads";
    let found: (String, i64, String, String, String, String, i64) = db
        .query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)))
        .unwrap();
    let text = |t: &str| t.to_owned();
    let expected = (text("Société 1"), 150, text("EUR"), text("integer"), text("2026-03-29T12:00:00Z"), text("a"), 3);
    assert_eq!(found, expected);
    assert_eq!(db.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0)).unwrap(), "ok");
    assert_eq!(at().timestamp_micros() / 1_000_000, 1_774_785_600);
}

#[test]
fn a_process_that_dies_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..20 {
        put(&store, n).unwrap();
        // What a dead process leaves: the file and its write-ahead log, without a checkpoint.
        let copy = tempfile::tempdir().unwrap();
        for name in ["crm.db", "crm.db-wal"] {
            std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
        }
        assert_eq!(leads(&SqliteStore::open(copy.path().join("crm.db")).unwrap()), n + 1);
        // A commit that was half written, as far as the log goes, is as if it had never been.
        let wal = std::fs::read(copy.path().join("crm.db-wal")).unwrap_or_default();
        std::fs::copy(dir.path().join("crm.db"), copy.path().join("crm.db")).unwrap();
        let whole = std::fs::read(dir.path().join("crm.db-wal")).unwrap();
        std::fs::write(copy.path().join("crm.db-wal"), &whole[..whole.len() - 100]).unwrap();
        assert!(wal.len() <= whole.len());
        assert_eq!(leads(&SqliteStore::open(copy.path().join("crm.db")).unwrap()), n);
    }
}
