//! The revision of a deal: its tracked fields after one change.

use super::Cause;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{Deal, DealRevision};

/// A deal with what its row says of it.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// The deal's id.
    pub id: Id,
    /// Its fields.
    pub deal: &'a Deal,
    /// Whether it is archived.
    pub is_archived: bool,
}

/// Who changed a deal, when, and why.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a> {
    /// The deal's version afterwards.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// By whom.
    pub actor: &'a str,
    /// Why, where the deal itself does not tell.
    pub cause: Option<Cause>,
}

/// The revision of a change; `None` where no tracked field differs.
pub fn revision(before: Option<Version<'_>>, after: Version<'_>, changed: &Changed<'_>) -> Option<DealRevision> {
    let now = tracked(after);
    if before.map(tracked).as_ref() == Some(&now) {
        return None;
    }
    let told = || Cause::of(before.map(|b| (b.deal, b.is_archived)), (after.deal, after.is_archived));
    Some(DealRevision {
        number: i64::try_from(changed.number).ok(),
        changed_at: Some(changed.at),
        actor: changed.actor.to_owned(),
        cause: changed.cause.unwrap_or_else(told).code().to_owned(),
        ..now
    })
}

/// The tracked fields of a deal.
fn tracked(of: Version<'_>) -> DealRevision {
    let deal = of.deal;
    DealRevision {
        deal: Some(of.id),
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
        archived: Some(of.is_archived),
        ..DealRevision::default()
    }
}
