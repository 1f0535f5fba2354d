//! The lead's gaps: what is missing before somebody can work this lead?
//!
//! # Meaning
//! The configuration is a list of [`Item`]s: what somebody needs, how much it weighs, and the fields of which any one
//! will do. [`LeadGaps::new`] checks it against the record's fields; [`LeadGaps::gaps`] is a pure function of the
//! lead's facts. It reads no instant: time alone opens or closes no gap.
//!
//! An item is known if the fact of at least one of its fields is known; an empty list of texts is not known. Whether
//! the value is right (a dead address, a wrong number) is another question.
//!
//! # Formula
//! With `W` the weight of all items and `K` that of the known ones:
//!
//! ```text
//! completeness = 10 000 * K / W            in basis points, rounded once, half up
//! share        = 10 000 * weight / W       of each item, rounded down or up to the next whole basis point
//! ```
//!
//! The shares of known items sum to exactly `completeness`, those of missing items to exactly what it lacks of 10 000:
//! within either part the largest remainders are rounded up, of equal ones the lower id (Hamilton's method of largest
//! remainders). So an item's share may differ by one basis point between two leads. The order of the items decides
//! nothing but which of two equally heavy items is listed first.
//!
//! # Default
//! Weights of the library's own judgement (`lead_gaps.json`), which sum to 100: a way to reach the person (`email`,
//! `phone` or `mobile`) 30, `company` 20, the person's name 15, `website` 10, `job_title` 10, `industry` 5, `size` 5,
//! `country` or `postal_code` 5.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::default();
//! let lead = json::parse(r#"{
//!     "lead": {"company": "Rénov'Ouest", "last_name": "Le Goff", "phone": "02 98 00 00 00", "country": "FR"},
//!     "at": "2026-11-22T09:00:00Z",
//!     "lang": "fr"
//! }"#.as_bytes())?;
//! let gaps = rules.eval("lead_gaps", &lead)?;
//! assert_eq!(gaps["completeness_bp"], 7000);
//! assert_eq!(gaps["missing"], serde_json::json!(["website", "job_title", "industry", "size"]));
//! assert_eq!(gaps["reasons"][0]["text"], "E-mail ou téléphone\u{a0}: déjà sur la fiche (30\u{a0}%)");
//! assert_eq!(gaps["reasons"][4]["text"], "Site web\u{a0}: à compléter (10\u{a0}%)");
//! # Ok::<(), crm_core::Error>(())
//! ```

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::check;
use super::input::LeadInput;
use super::read::{Object, labels, list, text};
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::reason::{Labels, Name, Reason};
use crate::lang::Lang;

/// Most items, and most fields of one item.
const MOST_ITEMS: usize = 100;
/// The heaviest weight.
const MOST_WEIGHT: i64 = 1000;
/// The whole, in basis points.
const WHOLE: u64 = 10_000;

/// Something that somebody needs to work a lead, as the author of a configuration writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The item's name in results.
    pub id: String,
    /// What people read instead of the id.
    pub labels: Option<Labels>,
    /// How much it weighs beside the others, from 1 to 1000.
    pub weight: i64,
    /// The fields of which any one will do.
    pub any_of: Vec<String>,
}

/// A checked list of items over one schema; answers for any number of leads, from any number of threads.
#[derive(Clone, Debug)]
pub struct LeadGaps {
    /// The heaviest first.
    needs: Vec<Need>,
}

#[derive(Clone, Debug)]
struct Need {
    name: Name,
    weight: u64,
    fields: Vec<usize>,
}

/// What is known and what is missing of one lead.
#[derive(Clone, Debug)]
pub struct Gaps<'a> {
    completeness_bp: u32,
    shares: Vec<Share<'a>>,
}

/// One item's part of the whole.
#[derive(Clone, Copy, Debug)]
struct Share<'a> {
    need: &'a Need,
    known: bool,
    bp: u32,
}

impl Item {
    /// The documented default.
    ///
    /// # Errors
    /// None, as the tests show; the file is compiled in.
    pub fn standard() -> Result<Vec<Self>> {
        Self::from_json(&json::parse(include_bytes!("lead_gaps.json"))?)
    }

    /// Reads a list of items; [`LeadGaps::new`] checks what it says.
    ///
    /// # Errors
    /// An unknown option, a missing one or one of another shape, with its path.
    pub fn from_json(json: &Json) -> Result<Vec<Self>> {
        list(json, |item| {
            let o = Object::new(item, &["id", "labels", "weight", "any_of"])?;
            Ok(Self {
                id: o.text("id")?,
                labels: o.optional("labels", labels)?,
                weight: o.integer("weight")?,
                any_of: list(o.required("any_of")?, text).map_err(|e| e.at("any_of"))?,
            })
        })
    }
}

impl LeadGaps {
    /// Checks items against the fields of the record.
    ///
    /// # Errors
    /// No items, an id or a field given twice, a weight out of range, an unknown field with the nearest name; each
    /// with its path.
    pub fn new(items: &[Item], schema: &Schema) -> Result<Self> {
        if items.is_empty() {
            return Err(RulesProblem::Empty { what: "items" }.into());
        }
        check::most("items", items.len(), MOST_ITEMS)?;
        let mut ids = BTreeSet::new();
        let mut needs = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            if !ids.insert(item.id.as_str()) {
                return Err(Error::from(RulesProblem::DuplicateId { id: item.id.clone() }).at("id").at_index(i));
            }
            needs.push(Need::new(item, schema).map_err(|e| e.at_index(i))?);
        }
        needs.sort_by_key(|n| Reverse(n.weight));
        Ok(Self { needs })
    }

    /// What is known and what is missing of one lead.
    pub fn gaps(&self, facts: &(impl Facts + ?Sized)) -> Gaps<'_> {
        let (known, missing): (Vec<&Need>, Vec<&Need>) = self.needs.iter().partition(|n| n.is_known(facts));
        let all = weight(&self.needs.iter().collect::<Vec<_>>());
        let twice = weight(&known).saturating_mul(WHOLE).saturating_mul(2).saturating_add(all);
        let completeness = twice.checked_div(all.saturating_mul(2)).unwrap_or(WHOLE);
        let mut shares = split(&known, all, completeness, true);
        shares.extend(split(&missing, all, WHOLE.saturating_sub(completeness), false));
        Gaps { completeness_bp: bp(completeness), shares }
    }
}

impl Need {
    fn new(item: &Item, schema: &Schema) -> Result<Self> {
        check::id(&item.id).map_err(|e| e.at("id"))?;
        check::labels(item.labels.as_ref())?;
        check::between(item.weight, 1, MOST_WEIGHT).map_err(|e| e.at("weight"))?;
        let fields = fields(&item.any_of, schema).map_err(|e| e.at("any_of"))?;
        let name = Name { id: item.id.clone(), labels: item.labels.clone() };
        Ok(Self { name, weight: item.weight.unsigned_abs(), fields })
    }

    fn is_known(&self, facts: &(impl Facts + ?Sized)) -> bool {
        self.fields.iter().any(|f| facts.fact(*f).is_known())
    }
}

fn fields(names: &[String], schema: &Schema) -> Result<Vec<usize>> {
    if names.is_empty() {
        return Err(RulesProblem::Empty { what: "any_of" }.into());
    }
    check::most("fields", names.len(), MOST_ITEMS)?;
    let mut out = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let (field, _) = schema.resolve(name).map_err(|e| e.at_index(i))?;
        if out.contains(&field) {
            return Err(Error::from(RulesProblem::DuplicateId { id: name.clone() }).at_index(i));
        }
        out.push(field);
    }
    Ok(out)
}

fn weight(needs: &[&Need]) -> u64 {
    needs.iter().map(|n| n.weight).sum()
}

/// Basis points of the whole, which are at most 10 000.
fn bp(share: u64) -> u32 {
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// The shares of some needs, which sum to `whole`: each rounded down, then the largest remainders up.
fn split<'a>(needs: &[&'a Need], all: u64, whole: u64, known: bool) -> Vec<Share<'a>> {
    let exact = |need: &Need| need.weight.saturating_mul(WHOLE);
    let down = |need: &Need| exact(need).checked_div(all).unwrap_or(0);
    let left = whole.saturating_sub(needs.iter().map(|n| down(n)).sum());
    let mut by_remainder = needs.to_vec();
    by_remainder.sort_by_key(|n| (Reverse(exact(n).checked_rem(all)), n.name.id.as_str()));
    let up: BTreeSet<&str> =
        by_remainder.iter().take(usize::try_from(left).unwrap_or(0)).map(|n| n.name.id.as_str()).collect();
    let share = |need: &&'a Need| {
        let more = u64::from(up.contains(need.name.id.as_str()));
        Share { need, known, bp: bp(down(need).saturating_add(more)) }
    };
    needs.iter().map(share).collect()
}

impl Gaps<'_> {
    /// How much of what is needed is known, in basis points: 10 000 if nothing is missing.
    pub const fn completeness_bp(&self) -> u32 {
        self.completeness_bp
    }

    /// The ids of the missing items, the heaviest first; of equal ones, the one that stands first in the configuration.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.shares.iter().filter(|s| !s.known).map(|s| s.need.name.id.as_str())
    }

    /// First what is known, then what is missing, each the heaviest first. The former's shares sum to the
    /// completeness, the latter's to the rest.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.shares.iter().map(|s| {
            let (item, share_bp) = (s.need.name.clone(), s.bp);
            if s.known { Reason::Known { item, share_bp } } else { Reason::Missing { item, share_bp } }
        })
    }

    /// The answer as JSON. With a language, texts are rendered; without, codes and parameters only.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("completeness_bp".into(), self.completeness_bp.into());
        map.insert("missing".into(), self.missing().collect::<Vec<_>>().into());
        map.insert("reasons".into(), self.reasons().map(|r| Json::Object(r.to_json(lang))).collect::<Vec<_>>().into());
        Json::Object(map)
    }
}

/// Answers for one lead given as JSON: `{"lead": {field: value}, "at", "lang"}`.
///
/// A value that cannot be read makes its field unknown and is listed in `diagnostics`.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`.
pub fn eval_json(rule: &LeadGaps, schema: &Schema, input: &Json) -> Result<Json> {
    let lead = LeadInput::read(&Object::new(input, &["lead", "at", "lang"])?, schema)?;
    let gaps = rule.gaps(&lead.values).to_json(lead.lang);
    Ok(lead.answer(gaps))
}
