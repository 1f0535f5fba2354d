//! Conversations: what was written to and fro with somebody.

use super::declare::record;
use crate::kernel::approval::{ChannelKind, Direction};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A thread of messages with one person.
    Conversation = "conversation" {
        /// How it is held.
        channel: Option<ChannelKind>, indexed;
        /// What it is about.
        subject: String;
        /// The person's address.
        address: String, indexed;
        /// The hash of the address, as the consent ledger has it.
        address_hash: String, indexed computed;
        /// The lead it belongs to.
        lead: Option<Id>, indexed;
        /// The account it belongs to.
        account: Option<Id>, indexed;
        /// The contact it belongs to.
        contact: Option<Id>, indexed;
        /// The deal it belongs to.
        deal: Option<Id>, indexed;
        /// The ticket it belongs to.
        ticket: Option<Id>, indexed;
        /// Who is responsible.
        owner: String, indexed;
        /// Who wrote first.
        begun_by: Option<Direction>, computed;
        /// Who wrote last.
        last_direction: Option<Direction>, indexed computed;
        /// When.
        last_at: Option<Instant>, indexed computed;
        /// Since when the person waits for an answer.
        unanswered_since: Option<Instant>, indexed computed;
        /// How many messages it has.
        message_count: Option<i64>, computed;
    }
}
