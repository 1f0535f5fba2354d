//! What channels tell of messages after they took them.

use super::declare::record;
use crate::kernel::approval::{ChannelKind, ReportKind};
use crate::kernel::id::Id;
use crate::kernel::reply_reason::BounceType;
use crate::kernel::time::Instant;

record! {
    /// One thing that a channel told of a message. Rows are only ever added; one about a message that nobody knows yet waits
    /// for it.
    DeliveryReport = "delivery_report" {
        /// The channel.
        channel: Option<ChannelKind>, indexed;
        /// The channel's id of the message.
        provider_id: String, indexed;
        /// The outbox row, where it is known.
        outbox_item: Option<Id>, indexed;
        /// The draft, where it is known.
        draft: Option<Id>, indexed;
        /// What happened.
        kind: Option<ReportKind>, indexed;
        /// The hash of the address, as the consent ledger has it.
        address_hash: String, indexed;
        /// The status, as the channel has it.
        status: String;
        /// The words of the report.
        diagnostic: String;
        /// Why it came back, by its code ([`BounceCategory`](crate::rules::reply::BounceCategory)).
        category: String;
        /// How final it is, of what came back.
        bounce: Option<BounceType>, indexed;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// Why it was read so, as canonical JSON: a list of reasons.
        reasons: String;
    }
}
