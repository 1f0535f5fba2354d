//! The messages of a conversation.

use super::declare::record;
use crate::kernel::approval::Direction;
use crate::kernel::id::Id;
use crate::kernel::reply_reason::ReplyClass;
use crate::kernel::time::Instant;

record! {
    /// One message that came in or went out. Rows are only ever added.
    Message = "message" {
        /// The conversation.
        conversation: Option<Id>, indexed;
        /// Which way.
        direction: Option<Direction>, indexed;
        /// Who wrote it: an address.
        sender: String, indexed;
        /// To whom.
        recipients: Vec<String>;
        /// What it is about.
        subject: String;
        /// What it says.
        text: String;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// The channel's id of the message.
        provider_id: String, indexed;
        /// The channel's id of the message that it answers.
        in_reply_to: String, indexed;
        /// The outbox row that it came from.
        outbox_item: Option<Id>, indexed;
        /// What it is, as the rule `reply` sees it.
        class: Option<ReplyClass>, indexed;
        /// The words that this rests on.
        evidence: String;
        /// Why, as canonical JSON: a list of reasons.
        reasons: String;
    }
}
