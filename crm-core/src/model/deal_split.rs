//! Splits: who else shares in a deal.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// One owner's share of a deal; the shares of a deal are 10,000 basis points together.
    DealSplit = "deal_split" {
        /// The deal.
        deal: Option<Id>, indexed;
        /// Who shares: the host's name of a user.
        owner: String, indexed;
        /// The share in basis points.
        share_bp: Option<i64>;
    }
}

impl DealSplit {
    /// The id of the row of an owner's share.
    pub fn id_of(deal: Id, owner: &str) -> Id {
        Id::from_text(&format!("deal_split {deal}\n{owner}"))
    }
}
