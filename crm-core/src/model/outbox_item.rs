//! The outbox: one row for each recipient of an approved message.

use super::declare::record;
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// The message to one recipient on its way. The draft's state is the source; this row follows it, to be found by condition.
    OutboxItem = "outbox_item" {
        /// The draft.
        draft: Option<Id>, indexed;
        /// The draft's revision.
        revision: Option<i64>;
        /// The idempotency key.
        key: String, indexed;
        /// The hash of what was approved.
        content_hash: String;
        /// How it goes.
        channel: Option<ChannelKind>;
        /// To whom.
        recipient: String, indexed;
        /// The hash of the address, as the consent ledger has it.
        address_hash: String, indexed;
        /// The lead it is for.
        lead: Option<Id>, indexed;
        /// The contact it is for.
        contact: Option<Id>, indexed;
        /// Where it stands.
        state: Option<ParcelState>, indexed;
        /// It leaves no earlier.
        not_before: Option<Instant>, indexed;
        /// The number of the latest try.
        fence: Option<i64>;
        /// Who called the channel last.
        worker: String;
        /// By when the channel has to have answered.
        lease_until: Option<Instant>, indexed;
        /// When it was last given to a channel.
        started_at: Option<Instant>, indexed;
        /// When the channel said that it took it.
        sent_at: Option<Instant>, indexed;
        /// The channel's id of the message.
        provider_id: String, indexed;
        /// Why it is held back, as canonical JSON: a list of reasons.
        reasons: String;
        /// When nothing holds it back any more by time alone, if that is known.
        retry_at: Option<Instant>, indexed;
        /// Whether an earlier try turned out to have left after a later one had begun.
        may_have_left_twice: Option<bool>, indexed;
    }
}

impl OutboxItem {
    /// The id of the row of a key.
    pub fn id_of(key: &str) -> Id {
        Id::from_text(&format!("outbox {key}"))
    }
}
