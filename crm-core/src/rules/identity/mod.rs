//! Identity: the keys under which two records may be the same person or company.
//!
//! # Meaning
//! A key is a text made of what a record says, so that two spellings of one thing give one key: the mailbox behind
//! `J.Dupont+web@googlemail.com`, the number behind `06 12 34 56 78`, the company behind `SARL Rénov'Ouest`. Keys are
//! for comparison. Nothing that a person wrote is ever rewritten, and nobody should write to a key.
//!
//! What gives no key matches nothing: `None` never equals `None`.
//!
//! # Keys
//! | key | made of |
//! |---|---|
//! | `email`, `email_exact` | [`Email`]: the mailbox, and the address |
//! | `domain` | the registrable domain of a company's address or website, never a mail provider's |
//! | `phones` | [`Phone`]: E.164, with the extension where there is one |
//! | `company` | [`Company`]: folded, without its legal form |
//! | `name` | first and last name [clean](clean_name), in one order |
//! | `registration`, `siret`, `vat` | numbers whose check digits are right |
//! | `profile` | the page of the person at LinkedIn, [`profile_key`] |
//! | `external` | the other system and its id there |
//! | `dedupe` | the first of: e-mail, phone, name and company; see [`DedupeKey`] |
//!
//! How a name sounds ([`soundex`], [`Identity::blocking_keys`]) only finds candidates; it is no key.
//!
//! The set of keys and how each is made has a version, [`KEYSET`]; stored keys of another version are made anew by
//! `Crm::rekey_all`.
//!
//! # Default
//! Numbers without a country are French: a number of nine digits after the `0` is rarely anybody else's, and others are
//! no valid number then. A record's own country comes first. `{"default_region": null}` takes numbers without a country
//! for no numbers.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::default();
//! let identity = rules.identity();
//! let email = identity.email("J.Dupont+web@GoogleMail.com").ok_or("no address")?;
//! assert_eq!(email.exact, "j.dupont+web@googlemail.com");
//! assert_eq!(email.canonical, "jdupont@gmail.com");
//! assert_eq!(identity.phone("06 12 34 56 78", None).ok_or("no number")?.e164, "+33612345678");
//! assert_eq!(identity.company("SARL Rénov'Ouest").ok_or("no name")?.key, "renov ouest");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod company;
mod config;
pub(in crate::rules) mod domain;
mod door;
mod email;
mod keys;
mod lists;
mod person;
mod phone;
mod phonetic;
mod profile;
mod region;
mod registration;
mod stamp;

pub use company::Company;
pub use config::IdentityConfig;
pub use domain::{Domain, DomainClass};
pub use door::eval_json;
pub use email::Email;
pub use keys::{DedupeKey, DedupeKind, KeyFields, Keys};
pub use person::clean_name;
pub use phone::{Phone, PhoneKind, PhoneMatch};
pub use phonetic::{BlockingKeys, NamesCompared, compare_names, soundex};
pub use profile::profile_key;
pub use region::country_code;
pub use registration::{French, french, siren, siren_of_vat, siret, vat, vat_of_siren};

use std::collections::BTreeSet;

use rlibphonenumber::Region;

/// The version of the set of keys: counts the changes after which a stored key may differ from a new one.
pub const KEYSET: u32 = 1;

/// The compiled configuration; makes keys of any number of records, from any number of threads.
#[derive(Clone, Debug)]
pub struct Identity {
    region: Option<Region>,
    free: BTreeSet<String>,
    company: BTreeSet<String>,
}

impl Identity {
    /// The keys of an e-mail address; `None` for what is no address.
    pub fn email(&self, written: &str) -> Option<Email> {
        let parts = email::parts(written)?;
        let canonical = email::canonical(&parts)?;
        let meant = canonical.rsplit_once('@').map_or("", |(_, domain)| domain);
        let registrable = domain::registrable(&parts.domain).map(str::to_owned);
        let class = self.class(meant);
        let exact = format!("{}@{}", parts.local, parts.domain);
        let role = email::is_role(&parts.local);
        Some(Email { exact, canonical, domain: Domain { ascii: parts.domain, registrable, class }, role })
    }

    /// The keys of an e-mail address that somebody can write to as it stands: `None` also for one that would be another after
    /// it was normalised, that stands behind a name, or that is longer than mail takes (RFC 5321).
    pub fn address(&self, written: &str) -> Option<Email> {
        self.email(written).filter(|email| email::is_as_written(written, &email.domain.ascii))
    }

    /// The keys of a phone number; `None` for what no numbering plan has.
    ///
    /// `region` is where a number without a country is dialled, as ISO code (`FR`); without it, the configuration's.
    pub fn phone(&self, written: &str, region: Option<&str>) -> Option<Phone> {
        phone::read(written, self.dialled_in(region))
    }

    /// [`Phone::key`] of [`Identity::phone`], for those who want no more.
    pub fn phone_key(&self, written: &str, region: Option<&str>) -> Option<String> {
        phone::key(written, self.dialled_in(region))
    }

    /// How well two phone numbers match. Without a region and without one in the configuration, a number without a
    /// country may be anybody's: then the match is at best [`PhoneMatch::Nsn`].
    pub fn phones_match(&self, a: &str, b: &str, region: Option<&str>) -> PhoneMatch {
        phone::compare(a, b, self.dialled_in(region))
    }

    /// The domain in an address, a URL or a host name; `None` where there is none.
    pub fn domain(&self, written: &str) -> Option<Domain> {
        let ascii = domain::ascii(domain::host(written)?)?;
        let registrable = domain::registrable(&ascii).map(str::to_owned);
        let class = self.class(email::meant_domain(&ascii));
        Some(Domain { ascii, registrable, class })
    }

    /// The keys of a company's name; `None` where it has neither letter nor digit.
    pub fn company(&self, written: &str) -> Option<Company> {
        company::read(written)
    }

    /// A person's name folded, in one order however the parts were given; `None` unless both are known.
    pub fn person(&self, first: &str, last: &str) -> Option<String> {
        person::pair(first, last)
    }

    /// Whether a domain is itself a mail provider's: a second one of a provider is (`googlemail.com`), a mistyped one is
    /// not (`gamil.com`).
    pub fn is_provider(&self, domain: &str) -> bool {
        self.class(domain) != DomainClass::Company
    }

    fn dialled_in(&self, region: Option<&str>) -> Option<Region> {
        region.and_then(phone::region).or(self.region)
    }

    fn class(&self, domain: &str) -> DomainClass {
        let listed = |set: &BTreeSet<String>| !set.is_empty() && domain::with_parents(domain).any(|d| set.contains(d));
        if listed(&self.company) {
            DomainClass::Company
        } else if listed(&self.free) {
            DomainClass::Free
        } else {
            domain::class(domain)
        }
    }
}
