//! What the library itself keeps of a deal: its state, settled whenever a command writes it, and its revisions.

use super::Cx;
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::quotes::ValueSource;
use crate::model::{AnyRecord, Deal, Row};
use crate::rules::pipeline::{Situation, Version, settle};

/// The deal of a row, if it is one.
fn deal_of(row: &Row) -> Option<&Deal> {
    match &row.body {
        AnyRecord::Deal(deal) => Some(deal),
        _ => None,
    }
}

/// The deal of a row as revisions see it.
pub(super) fn version_of(row: &Row) -> Option<Version<'_>> {
    deal_of(row).map(|deal| Version { id: row.id, deal, is_archived: row.archived_at.is_some() })
}

/// Settles the deal of a row that is about to be staged; other rows stay as they are. `by_library` is what the library
/// does by itself.
///
/// # Errors
/// As [`settle`].
pub(super) fn settle_deal(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row, by_library: bool) -> Result<()> {
    let Some(mut deal) = deal_of(row).cloned() else { return Ok(()) };
    let pipelines = cx.pipelines()?;
    let schema = cx.rules().schema(row.body.kind());
    let known = |field: &str| match schema.position(field).map(|place| row.fact_of(&schema, place)) {
        // An empty list is no answer.
        Some(Fact::Texts(texts)) => !texts.is_empty(),
        fact => fact.is_some_and(|fact| fact.is_known()),
    };
    let before = before.and_then(deal_of);
    let of = Situation {
        pipelines: &pipelines,
        before,
        entered: cx.entered(),
        cause: cx.cause(),
        at: cx.at(),
        zone: cx.rules().deal_risk().working_days().zone(),
        known: &known,
    };
    settle(&of, &mut deal)?;
    // What somebody writes over a quote's value stays.
    let is_written = before.is_some_and(|before| before.value != deal.value);
    if is_written && !by_library && deal.value_source == Some(ValueSource::PrimaryQuote) {
        deal.value_source = Some(ValueSource::Manual);
    }
    row.body = deal.into();
    Ok(())
}
