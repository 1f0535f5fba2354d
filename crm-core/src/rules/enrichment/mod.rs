//! Enrichment: what can be found out about a lead from what is there already.
//!
//! # Meaning
//! The library fetches nothing and asks nobody. From the lead's own fields, and from what the host supplies (pieces of
//! the company's web pages, a legal notice, the country it supposes), derivers find facts. Each has a method, a source,
//! a confidence and the text it came from ([`Derived`]). A [`Policy`] then decides which are written into the lead.
//!
//! # What is found, and how
//! In this order; of one topic the surest finding counts, of equally sure ones the first:
//!
//! - *domain*: of the website, of the e-mail address; never a mail provider's or a social network's.
//! - *website*: as it was written with `https://` before it, or that of the domain.
//! - *company*: structured data, `og:site_name`, title. Of a title, the part between separators that is like the
//!   domain, or else the first; without the sentence that a verb begins ("ITC Ltd has ...").
//! - *legal form* from the name; *description* from the page about the company before the home page; *logo* by size, a
//!   drawing before pictures, never from an address that could run something.
//! - *industry*: weighed words of a short French and English lexicon; at least 2 points and 34 % of all points.
//! - *social pages* without links that share, log in or show a single post.
//! - *SIREN, SIRET, VAT number, NAF code* of a legal notice, near their names and with right check digits; what stands
//!   behind the mention of the site's host is the host's, and only a guess. A VAT number follows from a SIREN and holds it.
//! - *country*: prefix of a phone or VAT number, structured data, end of the domain, form of the postal code, the hint.
//! - *département and region* of a French postal code ([`department`]).
//! - *first and last name* from an address that comes apart in two; a desk's address has no name. *Name casing* is
//!   proposed ([`cased`]) and, as people write their names as they like, never written over theirs.
//! - *language*: French or English small words, or undecided. *Kinds of lines* by the country's numbering plan. The
//!   *address that was meant* where its domain is mistyped.
//!
//! # What is written
//! [`Policy::FillIfEmpty`] (the default) writes empty fields. [`Policy::AlwaysRefresh`] also replaces what an earlier
//! enrichment wrote, [`Policy::OverrideDefaults`] what the host declared a default. None writes over what anybody else
//! wrote, and none clears a field; what differs is listed as a conflict. Findings below `least_confidence` (`medium` by
//! default) are held back. A lead *needs* enrichment by the number of its empty key fields.
//!
//! What enrichment wrote is no evidence for enrichment: derivers do not see such fields, nor those that have the host's
//! default. So the same input finds the same facts again, whatever was written in between.
//!
//! # Sources
//! Methods and thresholds follow Frappe CRM's domain enrichment, as its tests show them; words, French numbers and
//! everything about France are ours.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(r#"{
//!     "lead": {"email": "marie.legoff@renov-ouest.fr", "phone": "+33 2 98 00 00 00", "postal_code": "29200"},
//!     "pages": [{"url": "https://renov-ouest.fr/", "title": "Accueil | Rénov'Ouest : couvreur à Brest"}],
//!     "lang": "fr"
//! }"#.as_bytes())?;
//! let answer = Rules::default().eval("enrichment", &input)?;
//! let written: Vec<String> =
//!     answer["written"].as_array().unwrap().iter().map(|w| format!("{}={}", w["field"], w["value"])).collect();
//! assert!(written.contains(&r#""company"="Rénov'Ouest""#.to_owned()));
//! assert!(written.contains(&r#""region"="Bretagne""#.to_owned()));
//! assert_eq!(answer["facts"][0]["text"],
//!     "Entreprise\u{a0}: d’après le titre de la page (fiabilité moyenne\u{202f}; https://renov-ouest.fr/)");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod company;
mod contact;
mod country;
mod department;
mod door;
mod findings;
mod industry;
mod json_ld;
mod language;
mod legal;
mod material;
mod person;
mod policy;
mod social;
mod url;
mod website;

pub use department::{Department, department};
pub use door::{Supplied, eval_json};
pub use findings::Derived;
pub use material::{Icon, MOST_JSON_LD, MOST_LINKS, MOST_LONG_BYTES, MOST_PAGES, MOST_SHORT_BYTES, Material, Page};
pub use person::cased;
pub use policy::{Decision, Enricher, Policy};

use findings::{Desk, Own};

use super::identity::Identity;
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::finding::{Topic, Verdict};
use crate::kernel::text::fold;

/// What was found about a lead and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Everything found: by topic, the best first.
    pub facts: Vec<Derived>,
    /// What becomes of the best finding of each field that does not have it yet.
    pub decisions: Vec<Decision>,
    /// The key fields that are still empty when everything is written.
    pub missing: Vec<Topic>,
}

impl Outcome {
    /// What is written.
    pub fn written(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|d| d.is_written())
    }

    /// What differs from what stands in the field, which keeps it.
    pub fn conflicts(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|d| matches!(d.verdict, Verdict::KeptTheirs | Verdict::KeptOlder))
    }

    /// What is too uncertain to be written.
    pub fn held(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|d| d.verdict == Verdict::TooUncertain)
    }
}

/// Finds out about a lead and decides what is written.
///
/// `enriched` are the fields whose present value an earlier enrichment wrote; `policy` stands in for the configured one.
pub fn enrich(
    enricher: &Enricher,
    identity: &Identity,
    lead: &(impl Facts + ?Sized),
    schema: &Schema,
    material: &Material,
    enriched: &[Topic],
    policy: Option<Policy>,
) -> Outcome {
    let current = Own::new(lead, schema, &[]);
    let is_default = |t: &&Topic| {
        let default = enricher.defaults.get(t).zip(t.field());
        default.is_some_and(|(default, field)| fold(default) == fold(current.get(field)))
    };
    let defaults = Topic::ALL.iter().filter(is_default);
    let unseen: Vec<Topic> = enriched.iter().chain(defaults).copied().collect();
    let facts = derive(identity, &Own::new(lead, schema, &unseen), material);
    let policy = policy.unwrap_or(enricher.policy);
    let decisions = policy::decide(enricher, policy, identity, &current, enriched, &facts);
    let has = |t: &Topic| {
        let known = t.field().is_some_and(|field| !current.get(field).is_empty());
        known || decisions.iter().any(|d| d.field == *t && d.is_written())
    };
    let missing = enricher.key_fields.iter().copied().filter(|t| !has(t)).collect();
    Outcome { facts, decisions, missing }
}

/// Everything that can be found, each deriver after those whose findings it uses.
fn derive(identity: &Identity, own: &Own, material: &Material) -> Vec<Derived> {
    let mut desk = Desk::new(identity, own, material);
    contact::derive(&mut desk);
    company::derive(&mut desk);
    website::derive(&mut desk);
    social::derive(&mut desk);
    industry::derive(&mut desk);
    legal::derive(&mut desk);
    country::derive(&mut desk);
    department::derive(&mut desk);
    company::legal_form(&mut desk);
    person::derive(&mut desk);
    language::derive(&mut desk);
    desk.into_findings()
}
