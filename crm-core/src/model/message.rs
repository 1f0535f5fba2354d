//! The messages of a conversation.

use super::declare::record;
use crate::kernel::approval::{ChannelKind, Delivery, Direction};
use crate::kernel::id::Id;
use crate::kernel::reply_reason::ReplyClass;
use crate::kernel::time::Instant;

record! {
    /// One message that came in or went out. Rows are only ever added; of one that went out, what became of it is told later.
    Message = "message" {
        /// The conversation.
        conversation: Option<Id>, indexed;
        /// How it came or went.
        channel: Option<ChannelKind>;
        /// Which way.
        direction: Option<Direction>, indexed;
        /// Who wrote it: an address.
        sender: String, indexed;
        /// To whom.
        recipients: Vec<String>;
        /// What it is about.
        subject: String;
        /// What it says; its beginning where it says more than a text of the library holds.
        text: String;
        /// Whether it says more.
        is_cut: Option<bool>;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// The channel's id of the message.
        provider_id: String, indexed;
        /// The channel's id of the message that it answers.
        in_reply_to: String, indexed;
        /// The outbox row that it came from.
        outbox_item: Option<Id>, indexed;
        /// What became of it, of what went out.
        delivery: Option<Delivery>, indexed;
        /// Whether a machine wrote it.
        automatic: Option<bool>;
        /// Whether the person waits for an answer to it.
        awaits: Option<bool>;
        /// What it is, as the rule `reply` sees it.
        class: Option<ReplyClass>, indexed;
        /// The words that this rests on.
        evidence: String;
        /// Why, as canonical JSON: a list of reasons.
        reasons: String;
    }
}

impl Message {
    /// The id of a message that came in under a channel's id, with the digest of what it says: whoever writes chooses the
    /// id, so that another message under a known one is another message.
    pub fn received_id(channel: ChannelKind, provider_id: &str, digest: &str) -> Id {
        Id::from_text(&format!("message {} {provider_id} {digest}", channel.code()))
    }

    /// The id of what went out from a row of the outbox.
    pub fn sent_id(outbox_item: Id) -> Id {
        outbox_item.derive(0)
    }
}
