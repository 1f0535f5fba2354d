//! Duplicates: are two leads one and the same, and why?
//!
//! # Meaning
//! Two records are compared by their keys ([`Identity`]), never letter by letter: what both have in common is
//! *evidence*, each kind with a strength and with points. [`Duplicates::compare`] is symmetric, finds a record that has
//! any strong key to be the same as itself, and never takes what is unknown to equal anything.
//!
//! Who is compared with whom follows from [`Duplicates::lookups`]: records that share no key at all are not compared.
//! A key that more than `most_hits` others share tells nothing (a switchboard, a domain with a hundred people); it is
//! left out, and the reason `criterion_not_selective` says so.
//!
//! # Formula
//! The score is the exact sum of the reasons' points in basis points, at most 10 000; what is above is taken off again
//! by the reason `evidence_cap`. Of things that follow from each other only the first counts: an exact address before
//! the canonical one and before its domain; SIRET, SIREN, VAT number, domain and name of a company in this order; a
//! name at a company before the name and the company by themselves.
//!
//! ```text
//! duplicate  auto_bp   <= score      the default has no such threshold: nothing is the same without a person
//! review     review_bp <= score
//! related    ignore_bp <= score      the same company, the same name: not the same lead
//! different  otherwise
//! ```
//!
//! Clusters ([`Duplicates::matches`]) are linked by pairs with strong evidence only, so that weak evidence never chains
//! people together.
//!
//! # Default
//! | evidence | strength | basis points |
//! |---|---|---|
//! | `same_external_id` | strong | 10 000 |
//! | `same_email_exact`, `same_email_canonical` | strong | 9 500, 9 000 |
//! | `same_profile` | strong | 9 000 |
//! | `same_siret`, `same_phone` | strong | 8 000 |
//! | `same_name_company` | medium | 4 000 |
//! | `same_registration`, `same_vat` | medium | 2 500 |
//! | `same_domain_company`, `same_company` | weak | 1 000, 800 |
//! | `same_name`, `transposed_name` | weak | 1 000, 900 |
//! | `similar_name`, `similar_phone`, `sounds_alike` | weak | 500, 500, 200 |
//!
//! Review from 7 500, related from 800, at most 20 hits: only strong evidence reaches review. The numbers are the
//! library's own judgement.
//!
//! # Configuration
//! ```json
//! {"duplicates": {
//!   "evidence": {"same_phone": {"strength": "medium", "points_bp": 3000}},
//!   "off": ["sounds_alike"],
//!   "thresholds": {"auto_bp": 9500, "review_bp": 7500, "ignore_bp": 800},
//!   "most_hits": 20,
//!   "closed_stages": ["lost", "won"],
//!   "on_create": "refuse",
//!   "exact": [{"id": "born", "fields": ["first_name", "last_name", "custom.birth_date"],
//!              "strength": "strong", "points_bp": 9000}]
//! }}
//! ```
//! An `exact` criterion holds where all of its fields are known and the same; text is compared folded, and first and
//! last name are the same in either order. A configuration in which weak evidence alone could reach `auto_bp` is
//! refused.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::default();
//! let pair = json::parse(r#"{
//!     "a": {"first_name": "Marie", "last_name": "Le Goff", "email": "marie.legoff+salon@gmail.com"},
//!     "b": {"first_name": "Marie", "last_name": "Le Goff", "email": "MarieLeGoff@gmail.com"},
//!     "lang": "fr"
//! }"#.as_bytes())?;
//! let compared = rules.eval("duplicates", &pair)?;
//! assert_eq!(compared["decision"], "review");
//! assert_eq!(compared["score_bp"], 10_000);
//! assert_eq!(compared["reasons"][0]["text"], "même boîte e-mail, écrite autrement\u{a0}: indice fort (+90\u{a0}%)");
//! assert_eq!(compared["reasons"][1]["text"], "mêmes prénom et nom\u{a0}: indice faible (+10\u{a0}%)");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod candidates;
mod compare;
mod door;
mod groups;
mod links;
mod matches;
mod settings;
mod subject;
mod texts;

use std::collections::BTreeMap;

use super::identity::{Identity, Keys, clean_name, soundex};
use crate::kernel::error::Result;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::text::fold;
use crate::model::{AnyRecord, Kind};

pub use candidates::Candidates;
pub use compare::{Comparison, Decision};
pub use door::{Around, eval_json};
pub use groups::{Grouping, Groups};
pub(crate) use links::Links;
pub use matches::Matches;
pub use settings::{DuplicateSettings, FieldCriterion, OnDuplicate, Weight};
pub use subject::{Lookup, Subject};

/// The names of a person, which a criterion takes together.
const NAMES: [&str; 2] = ["first_name", "last_name"];

/// A checked configuration; answers for any number of records, from any number of threads.
#[derive(Clone, Debug)]
pub struct Duplicates {
    settings: DuplicateSettings,
    /// By kind, where the fields of each criterion are; `None` where the kind lacks one of them.
    fields: BTreeMap<Kind, Vec<Option<Fields>>>,
}

/// The fields of a criterion.
#[derive(Clone, Debug)]
struct Fields {
    /// Whether the person's name is one of them, both parts in either order.
    name: bool,
    /// The places of the others.
    places: Vec<usize>,
}

impl Fields {
    fn new(names: &[String], schema: &Schema) -> Option<Self> {
        let name = NAMES.iter().all(|part| names.iter().any(|n| n == part));
        let others = names.iter().filter(|n| !(name && NAMES.contains(&n.as_str())));
        Some(Fields { name, places: others.map(|n| schema.position(n)).collect::<Option<_>>()? })
    }

    /// The values of all fields as one text, if all are known.
    fn value(&self, name: Option<&str>, facts: &(impl Facts + ?Sized)) -> Option<String> {
        let mut values = Vec::with_capacity(self.places.len().saturating_add(1));
        if self.name {
            values.push(serde_json::Value::from(name?));
        }
        for place in &self.places {
            let fact = facts.fact(*place);
            if !fact.is_known() {
                return None;
            }
            values.push(match fact {
                Fact::Text(text) => fold(text).into_owned().into(),
                fact => fact.to_value().to_json(),
            });
        }
        Some(json::canonical(&values.into()))
    }
}

impl Duplicates {
    /// Checks settings against the fields of a lead; criteria also apply to contacts that have all of their fields.
    ///
    /// # Errors
    /// Points or thresholds out of range or out of order, criteria without fields or with unknown ones, and weak
    /// evidence that could reach `auto_bp` without anything stronger; each with its path.
    pub fn new(settings: DuplicateSettings, leads: &Schema, contacts: &Schema) -> Result<Self> {
        settings.check(leads)?;
        let of = |schema: &Schema| settings.exact.iter().map(|c| Fields::new(&c.fields, schema)).collect();
        let fields = BTreeMap::from([(Kind::Lead, of(leads)), (Kind::Contact, of(contacts))]);
        Ok(Duplicates { settings, fields })
    }

    /// The settings.
    pub const fn settings(&self) -> &DuplicateSettings {
        &self.settings
    }

    /// The fields whose values make up the value of a criterion, in its order, as stores keep them.
    pub(crate) fn criterion_fields(&self, place: usize) -> Vec<&str> {
        let names = self.settings.exact.get(place).map(|c| c.fields.as_slice()).unwrap_or_default();
        let both = NAMES.iter().all(|part| names.iter().any(|n| n == part));
        let others = names.iter().map(String::as_str).filter(|n| !(both && NAMES.contains(n)));
        both.then_some("name_key").into_iter().chain(others).collect()
    }

    /// What of a record is compared: its keys and, over `facts`, the fields of the configuration's own criteria.
    pub fn subject(&self, identity: &Identity, record: &AnyRecord, facts: &(impl Facts + ?Sized)) -> Subject {
        let Keys {
            email, email_exact, domain, phones, company, name, registration, siret, vat, profile, external, ..
        } = identity.keys(record);
        let text = |field: &str| match record.kind().place(field).map(|place| record.fact(place)) {
            Some(Fact::Text(text)) => text,
            _ => "",
        };
        let names = NAMES.map(|field| clean_name(text(field)));
        let known = names.iter().all(|n| !n.is_empty());
        let of = |fields: &Option<Fields>| fields.as_ref().and_then(|f| f.value(name.as_deref(), facts));
        let fields = self.fields.get(&record.kind()).map(|all| all.iter().map(of).collect()).unwrap_or_default();
        let [first, last] = names;
        // The first letter of the one name and the sound of the other.
        let sound = first.chars().next().zip(soundex(&last)).map(|(letter, sound)| format!("{letter}{sound}"));
        // What another system calls a contact has nothing to do with what it calls a lead.
        let external = external.map(|(system, id)| match record.kind() {
            Kind::Lead => (system, id),
            kind => (format!("{system} ({})", kind.name()), id),
        });
        Subject {
            external,
            email_exact,
            email,
            profile,
            siret,
            registration,
            vat,
            phones,
            domain,
            company,
            names: known.then_some((first, last)),
            sound,
            name,
            fields,
        }
    }

    /// Whether a record is still in play: not archived, and for a lead neither merged, converted nor in one of the
    /// configuration's closed stages. Facts are of the record's schema.
    pub fn is_open(&self, record: &AnyRecord, archived: bool) -> bool {
        let AnyRecord::Lead(lead) = record else { return !archived };
        let gone = lead.merged_into.is_some() || lead.converted_at.is_some() || lead.converted == Some(true);
        !(archived || gone || self.settings.is_closed(&lead.stage))
    }
}
