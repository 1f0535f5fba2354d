//! A commit inside a transaction: guards, rows, trail.

use crm_core::model::Key;
use crm_core::store::{Commit, Entry, Guard, Read, Workspace, Write};
use crm_core::{Error, Problem, Result};
use rusqlite::{Connection, Transaction};

use crate::error::{error, is_taken};
use crate::limits::MOST_CONTENT;
use crate::query::View;
use crate::row::{self, Binder, count};
use crate::schema;

/// Applies a commit inside the host's own transaction, whole or not at all; it becomes durable when the host commits.
/// The database needs [`migrate`](crate::migrate) once and the connection [`register`](crate::register).
///
/// The transaction must have begun `IMMEDIATE` (or have written already): one that only read may be refused as busy.
///
/// # Errors
/// [`Problem::Conflict`] when a guard or an expected version does not hold; SQLite's own. Nothing of the commit was
/// changed, and the transaction is as it was.
pub fn apply(transaction: &Transaction<'_>, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
    transaction.execute_batch("SAVEPOINT crm_apply").map_err(error)?;
    match write(transaction, workspace, commit) {
        Ok(entry) => {
            transaction.execute_batch("RELEASE crm_apply").map_err(error)?;
            Ok(entry)
        }
        Err(e) => {
            transaction.execute_batch("ROLLBACK TO crm_apply; RELEASE crm_apply").map_err(error)?;
            Err(e)
        }
    }
}

/// One workspace as a connection of the host sees it, its open transaction included.
///
/// Without a transaction each question sees the newest state, which may differ from one to the next.
pub fn snapshot_in<'c>(connection: &'c Connection, workspace: &'c Workspace) -> impl Read + 'c {
    View { connection, workspace }
}

/// Applies a commit; on an error the caller rolls back.
pub(crate) fn write(connection: &Connection, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
    let view = View { connection, workspace };
    if view.has_command(commit.draft.command_id)? {
        return Err(conflict("command", commit.draft.command_id.to_string(), 0, 1));
    }
    for guard in &commit.guards {
        check(&view, guard)?;
    }
    for write in &commit.writes {
        put(&view, write)?;
    }
    let entry = commit.draft.link(view.head()?);
    let seq = count(entry.seq)?;
    // Whatever the connection of a host would take: the store has to be able to read it.
    if entry.content.len() > MOST_CONTENT {
        let length = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        return Err(Problem::TooLong { bytes: length(entry.content.len()), most: length(MOST_CONTENT) }.into());
    }
    {
        const SQL: &str =
            "INSERT INTO log (workspace, seq, command_id, previous, hash, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = connection.prepare_cached(SQL).map_err(error)?;
        let mut to = Binder::new(&mut statement);
        to.put(workspace.name())?;
        to.put(seq)?;
        to.id(entry.command_id)?;
        to.put(entry.previous.as_slice())?;
        to.put(entry.hash.as_slice())?;
        to.put(entry.content.as_str())?;
        statement.raw_execute().map_err(error)?;
    }
    const SQL: &str = "INSERT INTO log_rows (workspace, kind, id, version, seq) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(SQL).map_err(error)?;
    for (key, version) in &commit.draft.keys {
        let mut to = Binder::new(&mut statement);
        to.put(workspace.name())?;
        to.put(key.kind.name())?;
        to.id(key.id)?;
        to.put(count(*version)?)?;
        to.put(seq)?;
        statement.raw_execute().map_err(error)?;
    }
    Ok(entry)
}

fn conflict(record: &str, id: String, expected: u64, found: u64) -> Error {
    Problem::Conflict { record: record.into(), id, expected, found }.into()
}

fn row_conflict(key: &Key, expected: u64, found: u64) -> Error {
    conflict(key.kind.name(), key.id.to_string(), expected, found)
}

fn check(view: &View<'_>, guard: &Guard) -> Result<()> {
    let (key, expected) = match guard {
        Guard::Version(key, expected) => (key, *expected),
        Guard::Absent(key) => (key, 0),
        Guard::Empty(query) if view.is_empty(query)? => return Ok(()),
        Guard::Empty(query) => return Err(conflict(query.kind.name(), "*".into(), 0, 1)),
        Guard::Found(query, fingerprint) if view.find(query)?.fingerprint() == *fingerprint => return Ok(()),
        Guard::Found(query, _) => return Err(conflict(query.kind.name(), "*".into(), 0, 1)),
        Guard::Counted(query, expected) => {
            let found = view.count(query)?;
            let conflict = || conflict(query.kind.name(), "*".into(), *expected, found);
            return if found == *expected { Ok(()) } else { Err(conflict()) };
        }
    };
    let found = view.version(*key)?;
    if found == expected { Ok(()) } else { Err(row_conflict(key, expected, found)) }
}

fn put(view: &View<'_>, write: &Write) -> Result<()> {
    let key = write.row.key();
    let table = schema::table(key.kind)?;
    // A new row is inserted without looking first: its key's uniqueness is the check.
    let new = write.replaces == 0;
    let mut statement =
        view.connection.prepare_cached(if new { &table.insert } else { &table.update }).map_err(error)?;
    row::bind(&mut statement, view.workspace, &write.row)?;
    if !new {
        statement.raw_bind_parameter(table.replaced_place(), count(write.replaces)?).map_err(error)?;
    }
    match statement.raw_execute() {
        Ok(1) => Ok(()),
        Ok(_) => Err(row_conflict(&key, write.replaces, view.version(key)?)),
        Err(e) if new && is_taken(&e) => Err(row_conflict(&key, 0, view.version(key)?)),
        Err(e) => Err(error(e)),
    }
}
