//! The sequences of a workspace: those of its configuration, and those that people made while it is in use.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Cx;
use super::open_work::{asked, some_rows};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sequence_reason::Availability;
use crate::model::{AnyRecord, Kind, Row, Sequence as SequenceRow};
use crate::rules::Rules;
use crate::rules::sequence::Sequence;
use crate::store::Order;

/// Most stored sequences that an error names.
const MOST_NAMED: usize = 100;

/// The stored sequence of a row, if it is one.
pub(crate) fn sequence_row(row: &Row) -> Option<&SequenceRow> {
    match &row.body {
        AnyRecord::Sequence(sequence) => Some(sequence),
        _ => None,
    }
}

/// A definition with the id and the version under which it is compiled: what the configuration would have.
pub(crate) fn document(code: &str, version: u32, definition: &Map<String, Json>) -> Json {
    let mut map = definition.clone();
    map.insert("id".into(), code.into());
    map.insert("version".into(), version.into());
    Json::Object(map)
}

/// A stored version as the rule sees it.
///
/// # Errors
/// [`Problem::Corrupt`] of what no command of the library writes; a definition whose template or calendar is no more is
/// refused with the place.
pub(crate) fn compiled(rules: &Rules, row: &SequenceRow) -> Result<Sequence> {
    let broken = || Problem::Corrupt { detail: format!("sequence {}", row.code) };
    let definition = json::parse(row.definition.as_bytes())?;
    let map = definition.as_object().ok_or_else(broken)?;
    let version = row.number.and_then(|version| u32::try_from(version).ok()).ok_or_else(broken)?;
    let mut sequence = rules.sequence(&document(&row.code, version, map))?;
    sequence.status = row.status.unwrap_or(Availability::Draft);
    Ok(sequence)
}

/// The stored row of a version, or of the latest.
pub(crate) fn stored(cx: &mut Cx<'_>, code: &str, version: Option<u32>) -> Result<Option<Row>> {
    let mut filter = vec![Predicate::test("code", Operator::Equal, code)];
    filter.extend(version.map(|version| Predicate::test("number", Operator::Equal, version)));
    let mut query = asked(cx, Kind::Sequence, filter)?;
    let (field, _) = query.schema.resolve("number")?;
    query.order = vec![Order { field, descending: true }];
    query.limit = 1;
    let is_wanted = |row: &Row| {
        let row = sequence_row(row).filter(|row| row.code == code);
        row.is_some_and(|row| version.is_none_or(|version| row.number == Some(version.into())))
    };
    let staged = cx.staged(Kind::Sequence).filter(|row| is_wanted(row)).cloned();
    let staged = staged.max_by_key(|row| sequence_row(row).and_then(|row| row.number));
    let found = cx.by_itself(|cx| cx.find(&query))?.rows.into_iter().find(is_wanted);
    let number = |row: &Option<Row>| row.as_ref().and_then(sequence_row).and_then(|row| row.number);
    Ok(if number(&staged) >= number(&found) { staged.or(found) } else { found })
}

/// A sequence in a version, or in the latest that there is in the configuration or in the store.
///
/// # Errors
/// [`Problem::UnknownSequence`] with what there is, and as [`compiled`].
pub(crate) fn sequence_of(cx: &mut Cx<'_>, code: &str, version: Option<u32>) -> Result<Arc<Sequence>> {
    let rules = cx.rules();
    let configured = rules.sequences().find(code, version);
    if let (Ok(sequence), Some(_)) = (&configured, version) {
        return Ok((*sequence).clone());
    }
    let row = stored(cx, code, version)?;
    let stored = row.as_ref().and_then(sequence_row);
    match (configured, stored) {
        (Ok(sequence), Some(row)) if Some(i64::from(sequence.version)) >= row.number => Ok(sequence.clone()),
        (_, Some(row)) => Ok(Arc::new(compiled(rules, row)?)),
        (Ok(sequence), None) => Ok(sequence.clone()),
        (Err(error), None) => Err(unknown(cx, error)?),
    }
}

/// The same refusal, with the stored sequences among what there is.
fn unknown(cx: &mut Cx<'_>, error: Error) -> Result<Error> {
    let Problem::UnknownSequence { found, expected } = error.problem() else { return Ok(error) };
    let mut all = expected.clone();
    let query = asked(cx, Kind::Sequence, Vec::new())?;
    for row in some_rows(cx, query, MOST_NAMED)? {
        let name = sequence_row(&row).map(|row| format!("{}@{}", row.code, row.number.unwrap_or(1)));
        all.extend(name);
    }
    all.sort();
    Ok(Problem::UnknownSequence { found: found.clone(), expected: all }.into())
}
