//! Accounts: companies that are sold to or supported.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;

record! {
    /// A company; it anchors contacts, deals and history.
    Account = "account" {
        /// The company's name as written.
        name: String, indexed;
        /// Its website.
        website: String;
        /// Its registrable domain, for example `exemple.fr`.
        domain: String, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// Where the company stands: prospect, customer, former customer ...
        lifecycle: String, indexed;
        /// The host's segment.
        segment: String, indexed;
        /// Its industry.
        industry: String;
        /// How many people work there.
        size: Option<i64>;
        /// Its yearly revenue.
        revenue: Option<Money>;
        /// Its health as a customer, from 0 to 100: the host's, until the library works it out.
        health: Option<i64>, indexed;
        /// The band of the health that the library worked out.
        health_band: String, indexed computed;
        /// Its phone number as written.
        phone: String;
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
        /// Registration number (SIREN or SIRET in France).
        registration_number: String, indexed;
        /// VAT number.
        vat_number: String;
        /// The last day of a contract that runs with the company.
        contract_until: Option<NaiveDate>;
        /// The company it belongs to.
        parent: Option<Id>, indexed;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the account was imported from.
        external_source: String;
        /// The account's id in that system.
        external_id: String, indexed;
        /// The registrable domain of `domain` or else of the website, unless it is a mail provider's.
        domain_key: String, indexed computed;
        /// The name folded, without its legal form.
        company_key: String, indexed computed;
        /// The SIREN, from whichever of its numbers is valid.
        registration_key: String, indexed computed;
    }
}
