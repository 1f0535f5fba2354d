//! What a deal was after each of its changes: the source of spans, pushes, cuts and past days.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::time::Instant;

record! {
    /// The tracked fields of a deal after one change. Rows are only ever added; the row's id follows from the deal and
    /// the number.
    DealRevision = "deal_revision" {
        /// The deal.
        deal: Option<Id>, indexed;
        /// The deal's version that it tells of; orders two changes of one instant.
        number: Option<i64>;
        /// When the change was made.
        changed_at: Option<Instant>, indexed;
        /// Who made it.
        actor: String;
        /// Why there is a revision: create, import, move, won, lost, reopened, stage_merged, edit, archive, restore.
        cause: String;
        /// The pipeline, by its code.
        pipeline: String;
        /// The stage, by its code.
        stage: String;
        /// Since when the deal stands in it.
        stage_entered_at: Option<Instant>;
        /// Open, won or lost.
        state: Option<StageKind>;
        /// Who is responsible.
        owner: String;
        /// The account.
        account: Option<Id>;
        /// What it is worth.
        value: Option<Money>;
        /// When it is expected to close, or when it did.
        close_date: Option<NaiveDate>;
        /// The probability set by hand, in basis points.
        probability_bp: Option<i64>;
        /// The category set by hand.
        category: Option<Category>;
        /// When the opportunity began.
        opened_at: Option<Instant>;
        /// When it was won or lost.
        closed_at: Option<Instant>;
        /// Whether it was archived.
        archived: Option<bool>;
    }
}

impl DealRevision {
    /// The id of a deal's revision.
    pub fn id_of(deal: Id, number: u64) -> Id {
        deal.derive(number)
    }
}
