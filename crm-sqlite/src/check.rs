//! What is kept beside the rows and the trail only to be looked up by: whether it still agrees with them.

use crm_core::{Problem, Result};

use crate::error::{corrupt, error};
use crate::query::View;
use crate::row::{Binder, integer_of, text_of};
use crate::schema::{self, Table, quoted};

/// A change that an entry tells of and that no row of `log_rows` leads to.
const NOT_LED_TO: &str = "SELECT log.seq FROM log, json_each(log.content, '$.changes') AS change \
    WHERE log.workspace = ?1 AND NOT EXISTS (SELECT 1 FROM log_rows AS r WHERE r.workspace = log.workspace \
    AND r.kind = change.value ->> 'record' AND r.id = change.value ->> 'id' \
    AND r.version = change.value ->> 'version' AND r.seq = log.seq) LIMIT 1";

/// Each change has its row, so only the number of rows can be wrong: the key of `log_rows` holds every row once.
const LEADS_NOWHERE: &str = "SELECT count(*) FROM log_rows WHERE workspace = ?1 HAVING count(*) <> \
    (SELECT count(*) FROM log, json_each(log.content, '$.changes') WHERE log.workspace = ?1)";

/// Compares every folded text with its text, and the trail with what leads to its entries.
pub(crate) fn check(view: &View<'_>) -> Result<()> {
    for table in schema::tables() {
        folded(view, table)?;
    }
    let seq = first(view, NOT_LED_TO, integer_of)?;
    if let Some(seq) = seq {
        return Err(corrupt(format!("a change of entry {seq} of the trail was taken out of log_rows")));
    }
    match first(view, LEADS_NOWHERE, integer_of)? {
        Some(_) => Err(corrupt("log_rows has rows that the trail does not have")),
        None => Ok(()),
    }
}

fn folded(view: &View<'_>, table: &Table) -> Result<()> {
    let differs = table.columns.iter().filter_map(|column| {
        let from = quoted(column.folded_from?);
        Some(format!("{} IS NOT crm_fold({from})", quoted(&column.name)))
    });
    let differs = differs.collect::<Vec<_>>().join(" OR ");
    if differs.is_empty() {
        return Ok(());
    }
    let sql = format!("SELECT id FROM {} WHERE workspace = ?1 AND ({differs}) LIMIT 1", table.name);
    match first(view, &sql, |value| Ok(text_of(value)?.map(str::to_owned)))? {
        Some(id) => {
            let record = table.kind.name();
            let detail = format!("the folded texts of {record} {id} were changed outside the library");
            Err(Problem::Corrupt { detail }.into())
        }
        None => Ok(()),
    }
}

/// The first column of the first row, if there is a row.
fn first<T>(
    view: &View<'_>,
    sql: &str,
    read: impl FnOnce(rusqlite::types::ValueRef<'_>) -> Result<Option<T>>,
) -> Result<Option<T>> {
    let mut statement = view.connection.prepare(sql).map_err(error)?;
    Binder::new(&mut statement).put(view.workspace.name())?;
    let mut rows = statement.raw_query();
    match rows.next().map_err(error)? {
        Some(row) => read(row.get_ref(0).map_err(error)?),
        None => Ok(None),
    }
}
