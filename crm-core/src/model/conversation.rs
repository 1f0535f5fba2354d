//! Conversations: what was written to and fro with somebody.

use chrono::NaiveDate;

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
        /// Where several records have the address, each as `lead/ID` or `contact/ID`: nobody guesses which.
        candidates: Vec<String>, computed;
        /// Who is responsible.
        owner: String, indexed;
        /// The language it is held in, by its ISO 639-1 code.
        language: String;
        /// When the first of its messages came or went.
        began_at: Option<Instant>, computed;
        /// Who wrote it.
        begun_by: Option<Direction>, computed;
        /// Who wrote last.
        last_direction: Option<Direction>, indexed computed;
        /// When.
        last_at: Option<Instant>, indexed computed;
        /// When a person's message was last written down here: what was approved before was approved without it.
        last_received_at: Option<Instant>, computed;
        /// When somebody of the workspace last wrote, machines aside.
        last_answer_at: Option<Instant>, computed;
        /// Since when the person waits for an answer.
        unanswered_since: Option<Instant>, indexed computed;
        /// The first day of an absence that a machine told of.
        away_since: Option<NaiveDate>, computed;
        /// The day on which sequences go on after it.
        away_until: Option<NaiveDate>, computed;
        /// The task of whoever has to go on with it.
        follow_up: Option<Id>, computed;
        /// How many messages it has.
        message_count: Option<i64>, computed;
    }
}

impl Conversation {
    /// The id of the conversation about a subject with an address; both as keys.
    pub fn id_of(channel: ChannelKind, address: &str, subject: &str) -> Id {
        Id::from_text(&format!("conversation {} {address} {subject}", channel.code()))
    }
}
