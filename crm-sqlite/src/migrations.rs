//! Bringing a file to this release: made where it is empty, extended where it is older, refused where it is newer or
//! somebody else's.

use std::collections::BTreeSet;

use crm_core::model::Kind;
use crm_core::{Problem, Result};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::error;
use crate::functions::register;
use crate::schema::{self, Table, quoted};

/// `crmk`: what tells this library's files from all others.
pub(crate) const APPLICATION_ID: i64 = 0x6372_6d6b;

/// The number of a file's form, apart from its fields.
const LAYOUT: usize = 1;

/// The number that this release writes into `user_version`: the layout and the number of declared fields, so that a
/// release with one more field writes a higher one without anybody remembering to. Fields are never taken away.
pub(crate) fn version() -> i64 {
    let fields = Kind::ALL.iter().map(|k| k.fields().len()).fold(LAYOUT, usize::saturating_add);
    i64::try_from(fields).unwrap_or(i64::MAX)
}

/// What a file is, by its header and whether it has tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Current,
    Older,
}

pub(crate) fn number(connection: &Connection, pragma: &str) -> Result<i64> {
    let mut statement = connection.prepare_cached(pragma).map_err(error)?;
    statement.query_row([], |row| row.get(0)).map_err(error)
}

/// What a file is.
///
/// # Errors
/// [`Problem::NewerSchema`] and [`Problem::ForeignFile`]; nothing was written.
pub(crate) fn state(connection: &Connection) -> Result<State> {
    // In this order: somebody else may make the tables in between, and stamps them in the same transaction.
    let tables = number(connection, "SELECT count(*) FROM sqlite_schema")?;
    let application = number(connection, "PRAGMA application_id")?;
    if application == APPLICATION_ID {
        return known(connection);
    }
    if application != 0 || tables != 0 {
        return Err(Problem::ForeignFile.into());
    }
    Ok(State::Empty)
}

/// As [`state`], for a file that is known to be this library's.
pub(crate) fn known(connection: &Connection) -> Result<State> {
    let found = number(connection, "PRAGMA user_version")?;
    match found.cmp(&version()) {
        std::cmp::Ordering::Equal => Ok(State::Current),
        std::cmp::Ordering::Less => Ok(State::Older),
        std::cmp::Ordering::Greater => {
            let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
            Err(Problem::NewerSchema { found: unsigned(found), known: unsigned(version()) }.into())
        }
    }
}

/// Makes or extends this library's tables in the database of a connection and registers the functions that queries
/// call. Whoever opens the store by [`SqliteStore::open`](crate::SqliteStore::open) needs it never; it is for hosts
/// that keep the tables in a database of their own and [`apply`](crate::apply) commits in their own transactions.
///
/// In a host's own database `application_id` and `user_version` belong to the host, so the version is looked up only
/// in files that are this library's; missing tables, columns and indexes are added.
///
/// # Errors
/// [`Problem::NewerSchema`] for a file of a newer release; SQLite's own.
pub fn migrate(connection: &Connection) -> Result<()> {
    register(connection)?;
    let ours = number(connection, "PRAGMA application_id")? == APPLICATION_ID;
    if ours && known(connection)? == State::Current {
        return Ok(());
    }
    in_transaction(connection, |connection| {
        bring(connection)?;
        if ours { stamp(connection) } else { Ok(()) }
    })
}

/// Makes or extends a file of this library's own.
pub(crate) fn migrate_file(connection: &Connection) -> Result<()> {
    register(connection)?;
    if state(connection)? == State::Current {
        return Ok(());
    }
    in_transaction(connection, |connection| {
        // Somebody else may have done it while this connection waited.
        if state(connection)? == State::Current {
            return Ok(());
        }
        bring(connection)?;
        stamp(connection)
    })
}

fn in_transaction(connection: &Connection, work: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
    if !connection.is_autocommit() {
        return work(connection);
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(error)?;
    work(&transaction)?;
    transaction.commit().map_err(error)
}

fn stamp(connection: &Connection) -> Result<()> {
    let sql = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};", version());
    connection.execute_batch(&sql).map_err(error)
}

/// The one step so far: tables, columns and indexes that the declared fields ask for and the file lacks.
fn bring(connection: &Connection) -> Result<()> {
    if existing(connection, "log")?.is_empty() {
        connection.execute_batch(schema::trail()).map_err(error)?;
    }
    for table in schema::tables() {
        let there = existing(connection, &table.name.replace('"', ""))?;
        if there.is_empty() {
            connection.execute_batch(&table.create()).map_err(error)?;
        } else {
            extend(connection, table, &there)?;
        }
        connection.execute_batch(&table.indexes()).map_err(error)?;
    }
    tell_sizes(connection)
}

/// Tells the planner that a workspace has many rows and a value few. Without it SQLite takes ten rows for the size of
/// a workspace and walks all of it by age to spare itself the sorting of a handful. Fixed figures, so that a question
/// is answered the same way in every file.
fn tell_sizes(connection: &Connection) -> Result<()> {
    if existing(connection, "sqlite_stat1")?.is_empty() {
        connection.execute_batch("ANALYZE log").map_err(error)?;
    }
    let sql = "INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl_name, name, \
               CASE WHEN sql IS NULL THEN '1000000 100000 1' WHEN name LIKE '%by_created_at' THEN '1000000 100000 1 1' \
               ELSE '500000 50000 100 1 1' END FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1";
    for table in schema::tables() {
        let name = table.name.replace('"', "");
        connection.execute("DELETE FROM sqlite_stat1 WHERE tbl = ?1", [&name]).map_err(error)?;
        connection.execute(sql, [&name]).map_err(error)?;
    }
    connection.execute_batch("ANALYZE sqlite_schema").map_err(error)
}

fn extend(connection: &Connection, table: &Table, there: &BTreeSet<String>) -> Result<()> {
    for column in table.columns.iter().filter(|c| !there.contains(&c.name)) {
        let name = quoted(&column.name);
        let sql = format!("ALTER TABLE {} ADD COLUMN {name} {}", table.name, column.declaration);
        connection.execute_batch(&sql).map_err(error)?;
        // A field that only now is looked up by an index.
        if let Some(from) = column.folded_from.filter(|from| there.contains(*from)) {
            let from = quoted(from);
            let sql = format!("UPDATE {} SET {name} = crm_fold({from}) WHERE {from} IS NOT NULL", table.name);
            connection.execute_batch(&sql).map_err(error)?;
        }
    }
    Ok(())
}

fn existing(connection: &Connection, table: &str) -> Result<BTreeSet<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").map_err(error)?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0)).map_err(error)?;
    names.collect::<rusqlite::Result<_>>().map_err(error)
}
