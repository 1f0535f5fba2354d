//! Who entered and who left a segment. Written once, never edited.

use super::declare::record;
use crate::kernel::customer::MembershipCause;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A record entered or left a segment.
    SegmentEvent = "segment_event" {
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
        /// True if it entered, false if it left.
        entered: Option<bool>;
        /// Why.
        cause: Option<MembershipCause>, indexed;
        /// The segment's version then.
        segment_version: Option<i64>;
        /// When.
        happened_at: Option<Instant>, indexed;
    }
}
