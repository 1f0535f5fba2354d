//! The consent ledger: what people said about being contacted, kept by the hash of an address.

use super::declare::record;
use crate::kernel::consent_reason::{ConsentAct, ContactChannel, ContactPurpose};
use crate::kernel::id::Id;
use crate::kernel::json::canonical;
use crate::kernel::time::{Instant, format_instant};

record! {
    /// One thing that a person said, or that is known of an address. Rows are only ever added.
    ConsentEvent = "consent_event" {
        /// The hash of the address.
        address_hash: String, indexed;
        /// What happened.
        act: Option<ConsentAct>, indexed;
        /// What for; unknown is everything.
        purpose: Option<ContactPurpose>;
        /// By which channel; unknown is every one.
        channel: Option<ContactChannel>;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// What proves it: a form with its version, a recording, a document.
        proof: String;
        /// Where it is known from.
        source: String;
        /// Who wrote it down.
        actor: String;
        /// The lead who said it, while there is one.
        lead: Option<Id>, indexed;
        /// The contact who said it, while there is one.
        contact: Option<Id>, indexed;
    }
}

impl ConsentEvent {
    /// The id of its row, which follows from what it says: the same event has one row.
    pub fn own_id(&self) -> Id {
        let act = self.act.map(ConsentAct::code);
        let (purpose, channel) = (self.purpose.map(ContactPurpose::code), self.channel.map(ContactChannel::code));
        let (hash, at) = (&self.address_hash, self.happened_at.map(format_instant));
        let said = serde_json::json!(["consent", hash, act, purpose, channel, at, self.proof, self.source]);
        Id::from_text(&canonical(&said))
    }
}
