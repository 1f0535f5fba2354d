//! What is known of a person who may be contacted.

use crate::kernel::calendar::holidays::FrenchZone;
use crate::kernel::coded::coded;
use crate::kernel::consent_reason::{ContactTopic, PersonType};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::model::Consent;

use super::ledger::{AddressHash, Ledger};
use crate::kernel::text::shortened;
use crate::rules::identity::{Identity, country_code};

coded! {
    /// What happened between a person and the host.
    Sign {
        /// The person wrote.
        Reply = "reply",
        /// The person clicked on a link in a message.
        Click = "click",
        /// The person filled in a form.
        Form = "form",
        /// The person called.
        InboundCall = "inbound_call",
        /// The person met somebody.
        Meeting = "meeting",
        /// The person bought something.
        Purchase = "purchase",
        /// A message was opened, perhaps by a machine.
        Open = "open",
        /// A message was delivered.
        Delivered = "delivered",
        /// The person was called.
        OutboundCall = "outbound_call",
    }
}

impl Sign {
    /// Whether it comes from the person, so that data may be kept longer: a click does, opening a message does not.
    pub const fn is_from_person(self) -> bool {
        match self {
            Sign::Reply | Sign::Click | Sign::Form | Sign::InboundCall | Sign::Meeting | Sign::Purchase => true,
            Sign::Open | Sign::Delivered | Sign::OutboundCall => false,
        }
    }
}

/// When the number was last checked against the list of those who do not want to be called, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BloctelCheck {
    /// When.
    pub at: Instant,
    /// Whether the number is on it.
    pub is_listed: bool,
}

/// What is known of a person and of what is to be sent. Whatever is left out is not known, and what is not known never
/// counts in favour of a contact.
#[derive(Clone, Debug, Default)]
pub struct ContactFacts {
    /// Who it is.
    pub person: Option<PersonType>,
    /// Whether the address is an office's (`contact@`) at a domain of an organization.
    pub is_generic_mailbox: bool,
    /// The person's country, by its two-letter ISO 3166 code, or as it is written where that is no country; the
    /// configuration's own where nobody knows.
    pub country: Option<String>,
    /// The zone of the person's clocks.
    pub zone: Option<Zone>,
    /// The public holidays of the person; by the zone where it is not known, with those of Alsace and Moselle in all of
    /// mainland France.
    pub region: Option<FrenchZone>,
    /// What the message is about.
    pub topic: Option<ContactTopic>,
    /// Whether that has to do with the person's profession.
    pub is_subject_related: Option<bool>,
    /// When the address was collected.
    pub collected_at: Option<Instant>,
    /// Whether it was collected from somebody else.
    pub is_indirect: Option<bool>,
    /// When the person was told how it is used; the ledger may know as well.
    pub informed_at: Option<Instant>,
    /// Whether the person was written to or called before.
    pub was_contacted: Option<bool>,
    /// Whether the person bought something.
    pub is_customer: Option<bool>,
    /// Whether the message is about products similar to those.
    pub is_similar_product: Option<bool>,
    /// Whether a contract is running that the message is about.
    pub has_ongoing_contract: Option<bool>,
    /// Whether the person began a conversation and waits for an answer.
    pub has_open_conversation: Option<bool>,
    /// What happened, and when.
    pub signs: Vec<(Sign, Instant)>,
    /// The calls to the person, at least those of the last 30 days.
    pub calls: Option<Vec<Instant>>,
    /// The last check of the number.
    pub bloctel: Option<BloctelCheck>,
    /// Whether the message is one of many.
    pub is_bulk: bool,
    /// What the record says.
    pub consent: Consent,
    /// Whether the record says that the person asked not to be called.
    pub do_not_call: bool,
    /// What was said about being contacted, over all addresses of the person.
    pub ledger: Ledger,
    /// The address in question.
    pub address: Option<AddressHash>,
}

impl ContactFacts {
    /// The person, where an office's address says that it is none. That a consumer uses one changes nothing.
    pub(super) fn person(&self) -> Option<PersonType> {
        match self.person {
            None | Some(PersonType::Professional) if self.is_generic_mailbox => Some(PersonType::LegalPerson),
            person => person,
        }
    }

    /// The last sign from the person until an instant, the collection of the address included.
    pub(crate) fn last_sign(&self, at: Instant) -> Option<Instant> {
        let signs = self.signs.iter().filter(|(sign, _)| sign.is_from_person()).map(|(_, when)| *when);
        signs.chain(self.collected_at).filter(|when| *when <= at).max()
    }

    pub(super) fn informed_at(&self) -> Option<Instant> {
        self.informed_at.into_iter().chain(self.ledger.informed_at()).min()
    }
}

/// Whether an address is an office's at a domain that is an organization's own.
pub(crate) fn is_generic_mailbox(identity: &Identity, address: &str) -> bool {
    identity.email(address).is_some_and(|email| email.role && email.domain.company().is_some())
}

/// The code of a country as it is written; the text itself where it is none that anybody knows.
pub(crate) fn known_country(written: &str) -> String {
    country_code(written).map_or_else(|| shortened(written, 60), str::to_owned)
}
