//! What the library itself keeps of a deal: its state, settled whenever a command writes it, and its revisions.

use super::Cx;
use crate::kernel::error::Result;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Deal, DealRevision, Row};
use crate::rules::pipeline::{Cause, Situation, settle};

/// The deal of a row, if it is one.
fn deal_of(row: &Row) -> Option<&Deal> {
    match &row.body {
        AnyRecord::Deal(deal) => Some(deal),
        _ => None,
    }
}

/// Settles the deal of a row that is about to be staged; other rows stay as they are.
///
/// # Errors
/// As [`settle`].
pub(super) fn settle_deal(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row) -> Result<()> {
    let Some(mut deal) = deal_of(row).cloned() else { return Ok(()) };
    let pipelines = cx.pipelines()?;
    let schema = cx.rules().schema(row.body.kind());
    let known = |field: &str| schema.position(field).is_some_and(|place| is_given(row, &schema, place));
    let before = before.and_then(deal_of);
    let of = Situation { pipelines: &pipelines, before, cause: cx.cause(), at: cx.at(), known: &known };
    settle(&of, &mut deal)?;
    row.body = deal.into();
    Ok(())
}

/// Whether somebody filled a field; an empty list is no answer.
fn is_given(row: &Row, schema: &crate::kernel::field::Schema, place: usize) -> bool {
    use crate::kernel::fact::Fact;
    match row.fact_of(schema, place) {
        Fact::Texts(texts) => !texts.is_empty(),
        fact => fact.is_known(),
    }
}

/// The revision of a staged deal, if a tracked field differs from `before`, the row as the snapshot has it.
pub(super) fn revision(
    before: Option<&Row>,
    row: &Row,
    at: Instant,
    actor: &str,
    cause: Option<Cause>,
) -> Option<DealRevision> {
    let tracked = |row: &Row| deal_of(row).map(|deal| tracked(row, deal));
    let after = tracked(row)?;
    let former = before.and_then(tracked);
    if former.as_ref() == Some(&after) {
        return None;
    }
    let told = || {
        let of = |row: &Row| row.archived_at.is_some();
        let old = before.and_then(|b| Some((deal_of(b)?, of(b))));
        Some(Cause::of(old, (deal_of(row)?, of(row))))
    };
    Some(DealRevision {
        number: i64::try_from(row.version).ok(),
        changed_at: Some(at),
        actor: actor.to_owned(),
        cause: cause.or_else(told)?.code().to_owned(),
        ..after
    })
}

/// The tracked fields of a deal; two that are equal need no revision between them.
fn tracked(row: &Row, deal: &Deal) -> DealRevision {
    DealRevision {
        deal: Some(row.id),
        pipeline: deal.pipeline.clone(),
        stage: deal.stage.clone(),
        stage_entered_at: deal.stage_entered_at,
        state: deal.state,
        owner: deal.owner.clone(),
        account: deal.account,
        value: deal.value,
        close_date: deal.close_date,
        probability_bp: deal.probability_bp,
        category: deal.category,
        opened_at: deal.opened_at,
        closed_at: deal.closed_at,
        archived: Some(row.archived_at.is_some()),
        ..DealRevision::default()
    }
}
