//! Who belongs to a segment, as last looked at, and what somebody said about it.

use super::declare::record;
use crate::kernel::customer::Pin;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A record and a segment: pinned, or a member since the condition was last looked at.
    SegmentMember = "segment_member" {
        /// The segment.
        segment: Option<Id>, indexed;
        /// The lead.
        lead: Option<Id>, indexed;
        /// The contact.
        contact: Option<Id>, indexed;
        /// The account.
        account: Option<Id>, indexed;
        /// The deal.
        deal: Option<Id>, indexed;
        /// What somebody said, whatever the condition says.
        pin: Option<Pin>, indexed;
        /// Who said so.
        pinned_by: String;
        /// Why.
        pin_reason: String;
        /// When somebody said so: of several rows of one record, as merges leave them, the last word counts.
        pinned_at: Option<Instant>;
        /// Whether it was a member when last looked at.
        member: Option<bool>, indexed computed;
        /// Since when.
        since: Option<Instant>, indexed computed;
    }
}
