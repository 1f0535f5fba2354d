//! Leads: demand that is still being qualified.

use super::declare::{Consent, record};
use crate::kernel::consent_reason::{CollectedFrom, PersonType};
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

record! {
    /// Somebody who might become a customer. One record holds the company and the person until conversion.
    Lead = "lead" {
        /// The company's name as written.
        company: String, indexed;
        /// The person's first name.
        first_name: String;
        /// The person's last name, or the whole name where only that is known.
        last_name: String, indexed;
        /// What the person does.
        job_title: String;
        /// The e-mail address as written; keys for comparison are computed, never stored over it.
        email: String, indexed;
        /// Further addresses of the same person, such as those of leads that were merged into this one.
        other_emails: Vec<String>;
        /// The phone number as written.
        phone: String;
        /// The mobile number as written.
        mobile: String;
        /// Further numbers of the same person.
        other_phones: Vec<String>;
        /// The company's website.
        website: String;
        /// Where the lead stands in qualification, by the host's own names.
        stage: String, indexed;
        /// Who works on the lead: the host's name of a user.
        owner: String, indexed;
        /// The queue in which the lead waits for an owner, by its id in the routing rules.
        queue: String, indexed computed;
        /// What the deal may be worth.
        value: Option<Money>;
        /// Where the lead came from: referral, web, event ...
        source: String, indexed;
        /// The campaign that brought it.
        campaign: String, indexed;
        /// The page on which it arrived.
        landing_page: String;
        /// The company's industry.
        industry: String, indexed;
        /// The host's segment.
        segment: String, indexed;
        /// How many people work at the company.
        size: Option<i64>;
        /// The company's yearly revenue.
        revenue: Option<Money>;
        /// Country, by name or ISO code as the host keeps it.
        country: String;
        /// Region, state or département.
        region: String;
        /// City.
        city: String;
        /// Postal code.
        postal_code: String;
        /// Street and number.
        street: String;
        /// The company's registration number (SIREN or SIRET in France).
        registration_number: String;
        /// The company's VAT number.
        vat_number: String;
        /// The language to write in, for example `fr`.
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
        /// The host's rating: hot, warm, cold ...
        rating: String;
        /// Website visits.
        visits: Option<i64>;
        /// Pages viewed.
        page_views: Option<i64>;
        /// Seconds spent on the website.
        seconds_on_site: Option<i64>;
        /// E-mails opened. Mail programs open e-mails by themselves: weak evidence.
        emails_opened: Option<i64>;
        /// Links clicked in e-mails.
        emails_clicked: Option<i64>;
        /// Forms sent.
        forms_submitted: Option<i64>;
        /// What the person did last.
        last_activity: String;
        /// When the person did it.
        last_activity_at: Option<Instant>;
        /// When the lead came in, which may be before it was stored here.
        received_at: Option<Instant>;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the lead was imported from.
        external_source: String;
        /// The lead's id in that system.
        external_id: String, indexed;
        /// Whether the lead became a customer, where the source says so.
        converted: Option<bool>;
        /// The score of the last scoring; `None` before the first.
        score: Option<i64>, indexed computed;
        /// The band of that score.
        band: String, indexed computed;
        /// The grade: fit letter and engagement digit.
        grade: String, computed;
        /// The model that gave the score, as `id@version`.
        score_model: String, computed;
        /// The instant for which it was computed.
        scored_at: Option<Instant>, computed;
        /// The earliest instant at which time alone may change the score.
        next_score_at: Option<Instant>, computed;
        /// The key that tells duplicates: of the e-mail address, else of the phone number, else of name and company.
        dedupe_key: String, indexed computed;
        /// What that key was made of: `email`, `phone` or `name_company`.
        dedupe_kind: String, computed;
        /// The canonical e-mail address, for comparison only.
        email_key: String, indexed computed;
        /// The registrable domain of the address, unless it is a mail provider's.
        email_domain: String, indexed computed;
        /// The phone number in E.164.
        phone_key: String, indexed computed;
        /// The mobile number in E.164.
        mobile_key: String, indexed computed;
        /// The company's name folded, without its legal form.
        company_key: String, indexed computed;
        /// First and last name folded, in one order however they were given.
        name_key: String, indexed computed;
        /// The SIREN of the company, from whichever of its numbers is valid.
        registration_key: String, indexed computed;
        /// The lead into which this one was merged.
        merged_into: Option<Id>, indexed computed;
        /// When the lead was converted here.
        converted_at: Option<Instant>, computed;
        /// The account that the conversion made or found.
        converted_account: Option<Id>, indexed computed;
        /// The contact that the conversion made or found.
        converted_contact: Option<Id>, indexed computed;
        /// The deal that the conversion made or found.
        converted_deal: Option<Id>, indexed computed;
    }
}
