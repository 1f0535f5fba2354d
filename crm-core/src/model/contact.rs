//! Contacts: people tied to accounts and deals.

use chrono::NaiveDate;

use super::declare::{Consent, record};
use crate::kernel::consent_reason::{CollectedFrom, PersonType};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A person whom the team knows.
    Contact = "contact" {
        /// The account the person belongs to.
        account: Option<Id>, indexed;
        /// First name.
        first_name: String;
        /// Last name.
        last_name: String, indexed;
        /// What the person does.
        job_title: String;
        /// The part the person plays in a purchase: decision maker, user ...
        role: String;
        /// The e-mail address as written.
        email: String, indexed;
        /// Further addresses of the same person.
        other_emails: Vec<String>;
        /// Phone number as written.
        phone: String;
        /// Mobile number as written.
        mobile: String;
        /// The person's professional profile page.
        profile_page: String;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// Where the person stands: subscriber, lead, customer ...
        lifecycle: String, indexed;
        /// The host's segment.
        segment: String, indexed;
        /// Where the person came from.
        source: String;
        /// Country.
        country: String;
        /// Region, state or département.
        region: String;
        /// City.
        city: String;
        /// Postal code.
        postal_code: String;
        /// Street and number.
        street: String;
        /// The language to write in.
        language: String;
        /// Whether the person agreed to be written to.
        consent: Consent;
        /// Whether the person asked not to be called.
        do_not_call: Option<bool>;
        /// Whom the law protects here: a consumer, a professional at an address of their own, or an organization's address.
        person_type: Option<PersonType>;
        /// Whether what the team offers has to do with the person's profession.
        subject_related: Option<bool>;
        /// From whom the address was collected: the person, or somebody else.
        collected_from: Option<CollectedFrom>;
        /// When the person was told how the address is used and how to object.
        informed_at: Option<Instant>;
        /// When the address was collected, where that was before the row was made or elsewhere.
        collected_at: Option<Instant>;
        /// The last day of a contract that runs with the person.
        contract_until: Option<NaiveDate>;
        /// When the person last did something.
        last_activity_at: Option<Instant>;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the contact was imported from.
        external_source: String;
        /// The contact's id in that system.
        external_id: String, indexed;
        /// The canonical e-mail address, for comparison only.
        email_key: String, indexed computed;
        /// The phone number in E.164.
        phone_key: String, indexed computed;
        /// The mobile number in E.164.
        mobile_key: String, indexed computed;
        /// First and last name folded, in one order however they were given.
        name_key: String, indexed computed;
    }
}
