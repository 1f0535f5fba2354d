//! Events: what leads did, as it was observed. Written once, never edited; scores are computed from them.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One thing that a lead did: viewed a page, opened an e-mail, sent a form ...
    Event = "event" {
        /// The lead who did it.
        lead: Option<Id>, indexed;
        /// What happened, by the names that score models use: `page_view`, `form_submitted` ...
        kind: String, indexed;
        /// When it happened.
        happened_at: Option<Instant>, indexed;
        /// The page on which it happened.
        page: String;
        /// The campaign that it belongs to.
        campaign: String;
        /// The system that observed it.
        external_source: String;
        /// The event's id in that system; the same event reported twice counts once.
        external_id: String, indexed;
    }
}
