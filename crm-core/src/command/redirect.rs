//! Where a merged record lives on: the chain of `merged_into`, followed to its end.

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::model::{AnyRecord, Key, Row};

/// Most steps of one chain; each is a merge of the survivor of the one before.
const MOST_STEPS: usize = 1000;

/// A chain of merges, from a row to the one in which it lives on.
pub(crate) struct Path {
    /// The ids on the way, the first asked for, the last the survivor.
    pub(crate) ids: Vec<Id>,
    /// The survivor's row.
    pub(crate) survivor: Row,
}

/// Where a row was merged, if it was.
fn merged_into(row: &Row) -> Option<Id> {
    match &row.body {
        AnyRecord::Lead(lead) => lead.merged_into,
        AnyRecord::Ticket(ticket) => ticket.merged_into,
        _ => None,
    }
}

/// Follows the merges of a row, each step read by `get`; the answer is the survivor itself, however long the way.
///
/// # Errors
/// [`Problem::Corrupt`] where the way leads back or nowhere, which no command of the library brings about; and `get`'s
/// own.
pub(crate) fn follow(row: Row, mut get: impl FnMut(Key) -> Result<Option<Row>>) -> Result<Path> {
    let kind = row.body.kind();
    let corrupt = |id: Id, how: &str| Problem::Corrupt { detail: format!("{} {id} was merged {how}", kind.name()) };
    let (mut ids, mut survivor) = (vec![row.id], row);
    while let Some(next) = merged_into(&survivor) {
        if ids.contains(&next) || ids.len() > MOST_STEPS {
            return Err(corrupt(survivor.id, "in a circle").into());
        }
        ids.push(next);
        let row = get(Key { kind, id: next })?;
        survivor = row.ok_or_else(|| corrupt(survivor.id, "into a record that does not exist"))?;
    }
    Ok(Path { ids, survivor })
}

/// The row in which a row lives on; the row itself unless it was merged away.
pub(crate) fn survivor_of(cx: &mut Cx<'_>, row: Row) -> Result<Row> {
    match merged_into(&row) {
        None => Ok(row),
        // Only where it lives on is told, whoever sees that one.
        Some(_) => Ok(follow(row, |key| cx.by_itself(|cx| cx.row(key)))?.survivor),
    }
}

/// Refuses a row that was merged away, and names the one in which it lives on.
pub(crate) fn refuse_merged(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    if merged_into(row).is_none() {
        return Ok(());
    }
    let into = survivor_of(cx, row.clone())?.id.to_string();
    let (record, id) = (row.body.kind().name().into(), row.id.to_string());
    Err(Problem::MergedAway { record, id, into }.into())
}
