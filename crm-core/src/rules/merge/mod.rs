//! Merging leads: which one survives, and what it says afterwards.
//!
//! # Meaning
//! Two or more leads are the same lead. [`Merger::plan`] puts them in order, the survivor (the primary) first, and
//! chooses every field's value by a rule that follows from the field; each choice has its reason and the values that
//! lost. It is a pure function of the leads' facts, of when each of their fields last changed, and of what hangs on
//! them. [`collisions`] says which rows that hang on the others cannot move to the primary.
//!
//! # The survivor
//! The first difference decides: converted or with a deal; further in `stages` (a stage that is not listed comes
//! last); more rows hang on it; older; lower id. Another primary is taken only if the host insists.
//!
//! # Fields
//! - Most fields: the value that was written last, by the **field's** own clock; a value that was cleared is one too,
//!   a blank that nobody ever touched is none. A field without a clock is as old as its record. Zero and no are values.
//! - The primary's: owner, e-mail address, phone numbers. The others' addresses and numbers join `other_emails` and
//!   `other_phones`, each once.
//! - As a whole from the record that knows most of it: the address; the person's name, of those that agree with the
//!   primary's. From one record: the external source and id; the last activity with its instant (the latest); source, campaign and landing page (of the record
//!   that came in first).
//! - `received_at`: the earliest; a record that does not say came in when it was made. Counters: the largest, never a
//!   sum, because two records may have counted the same visit. Labels: all. The description: all, one below the other.
//! - `stage`: the furthest. `converted`: yes wins.
//! - `consent` and `do_not_call`: the most restrictive, whatever is configured or asked: refused, unknown, soft,
//!   agreed; and yes, unknown, no. So are the facts that the law asks for: `person_type` (consumer, unknown, professional,
//!   organization), `subject_related` (no, unknown, yes), `collected_from` and `informed_at` (nothing known, known).
//! - What the library computes is computed anew; the conversion of a record stays with it, and two conversions to
//!   different accounts are refused.
//!
//! # Configuration
//! ```json
//! {"merge": {"stages": ["new", "contacted", "qualified"],
//!            "fields": {"industry": "primary", "custom.tier": {"furthest": ["bronze", "silver", "gold"]}},
//!            "defaults": {"country": "FR"}, "most_records": 5}}
//! ```
//! `fields` replaces the rule of a field: `primary`, `newest`, `union`, `joined`, `smallest`, `largest` or an order.
//! `defaults` are values that forms fill in by themselves: from an anonymous record (no name, address or number) such a
//! value counts only where no other record has any.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let plan = Rules::default().eval("merge", &json::parse(r#"{"leads": [
//!     {"id": "00000000-0000-4000-8000-000000000001", "created_at": "2026-03-01T00:00:00Z",
//!      "fields": {"email": "a@exemple.fr", "industry": "retail", "consent": "opted_in"}},
//!     {"id": "00000000-0000-4000-8000-000000000002", "created_at": "2026-05-01T00:00:00Z",
//!      "fields": {"email": "b@exemple.fr", "consent": "opted_out"}}
//! ], "lang": "en"}"#.as_bytes())?)?;
//! assert_eq!(plan["primary"], "00000000-0000-4000-8000-000000000001");
//! assert_eq!(plan["fields"][0]["value"], "a@exemple.fr");
//! assert_eq!(plan["fields"][1]["value"], serde_json::json!(["b@exemple.fr"]));
//! assert_eq!(plan["fields"][2]["text"], "`consent`: the most restrictive answer");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod choose;
mod collide;
mod config;
mod contact;
mod door;
mod survivor;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

pub use collide::{Collision, Hanging, collisions};
pub use config::Merger;
pub use door::eval_json;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::{MergeRank, MergeRule, Reason};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::lang::Lang;

/// One of the leads that are merged.
pub struct Candidate<'a> {
    /// Its id.
    pub id: Id,
    /// When it was made.
    pub created_at: Instant,
    /// What it says.
    pub facts: &'a dyn Facts,
    /// When each field last changed, by the field's place; a field that is not here is as old as the record.
    pub clocks: BTreeMap<usize, Instant>,
    /// How many rows hang on it.
    pub links: u64,
    /// Whether a deal came of it.
    pub has_deal: bool,
}

impl Candidate<'_> {
    /// The value of a field; an empty set is no value.
    fn value(&self, field: usize) -> Value {
        match self.facts.fact(field) {
            fact if fact.is_known() => fact.to_value(),
            _ => Value::Null,
        }
    }

    /// The text of a field; empty where it has none.
    fn text(&self, field: Option<usize>) -> &str {
        match field.map(|f| self.facts.fact(f)) {
            Some(Fact::Text(text)) => text,
            _ => "",
        }
    }

    /// When a field got the value that it has, or lost it; `None` for a blank that nobody ever touched.
    fn touched(&self, field: usize) -> Option<Instant> {
        let clock = self.clocks.get(&field).copied().unwrap_or(self.created_at);
        // A clock of the record's first instant says that the field is as the record was made: so are those of fields
        // that were put back by an undoing.
        (self.facts.fact(field).is_known() || clock > self.created_at).then_some(clock)
    }
}

/// What somebody decided about a merge beforehand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// The record that is to survive.
    pub primary: Option<Id>,
    /// Whether it is to survive even where the order says another one.
    pub override_primary: bool,
    /// Fields whose value is to come from a certain record.
    pub override_fields: BTreeMap<String, Id>,
}

/// What the merged record will say.
#[derive(Clone, Debug, PartialEq)]
pub struct MergePlan {
    /// The record that survives.
    pub primary: Id,
    /// All records, the primary first, the others in order; each with what puts it ahead of the next in the order
    /// (`None` for the last one, and for a primary that was insisted on).
    pub order: Vec<(Id, Option<MergeRank>)>,
    /// The fields in which the records differ, in the order of the schema.
    pub choices: Vec<Choice>,
}

/// One field's value and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The field's place in the schema.
    pub place: usize,
    /// Its name.
    pub field: String,
    /// The value; null where it was cleared.
    pub value: Value,
    /// The record that it is from; `None` where several have a part in it.
    pub from: Option<Id>,
    /// Other records' values.
    pub losers: Vec<(Id, Value)>,
    /// How it was chosen.
    pub rule: MergeRule,
}

impl Merger {
    /// Plans the merge of some leads.
    ///
    /// # Errors
    /// Fewer than two leads or too many, one of them twice, a primary that is none of them or that should not survive,
    /// a wish for a field that is not a matter of choice, and two conversions to different accounts.
    pub fn plan(&self, leads: &[Candidate<'_>], wishes: &Wishes) -> Result<MergePlan> {
        self.check_count(leads.len())?;
        let mut order = survivor::order(self, leads);
        self.check_ids(&order)?;
        let best = order.first().map(|(lead, _)| lead.id).ok_or_else(|| missing("leads"))?;
        let primary = wishes.primary.unwrap_or(best);
        if primary != best {
            let place = order.iter().position(|(lead, _)| lead.id == primary);
            let place = place.ok_or_else(|| not_found(primary).at("primary"))?;
            if !wishes.override_primary {
                let (id, survivor) = (primary.to_string(), best.to_string());
                return Err(Error::from(Problem::NotSurvivor { id, survivor }).at("primary"));
            }
            let (lead, _) = order.remove(place);
            order.insert(0, (lead, None));
        }
        let ranked: Vec<&Candidate<'_>> = order.iter().map(|(lead, _)| *lead).collect();
        let choices = self.choices(&ranked, &self.wished(&ranked, wishes)?)?;
        Ok(MergePlan { primary, order: order.iter().map(|(lead, rank)| (lead.id, *rank)).collect(), choices })
    }

    pub(crate) fn check_count(&self, found: usize) -> Result<()> {
        if found < 2 {
            return Err(missing("sources"));
        }
        let (found, most) = (json::length(found), json::length(self.most_records));
        if found > most {
            return Err(Problem::TooMany { what: "records", found, most }.into());
        }
        Ok(())
    }

    fn check_ids(&self, order: &[(&Candidate<'_>, Option<MergeRank>)]) -> Result<()> {
        let mut ids: Vec<Id> = order.iter().map(|(lead, _)| lead.id).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[Id]>::first) {
            Some(id) => Err(Problem::MergedWithItself { record: "lead".into(), id: id.to_string() }.into()),
            None => Ok(()),
        }
    }

    /// The wishes by the field's place and the record's rank.
    fn wished(&self, ranked: &[&Candidate<'_>], wishes: &Wishes) -> Result<BTreeMap<usize, usize>> {
        let mut wished = BTreeMap::new();
        for (name, id) in &wishes.override_fields {
            let inside = |e: Error| e.at(name).at("override");
            let (place, _) = self.schema.resolve(name).map_err(inside)?;
            if self.is_fixed(place) {
                return Err(inside(Problem::ReadOnly { field: name.clone() }.into()));
            }
            let rank = ranked.iter().position(|lead| lead.id == *id).ok_or_else(|| inside(not_found(*id)))?;
            wished.insert(place, rank);
        }
        Ok(wished)
    }
}

fn missing(name: &str) -> Error {
    Problem::Missing { name: name.into() }.into()
}

fn not_found(id: Id) -> Error {
    Problem::NotFound { record: "lead".into(), id: id.to_string() }.into()
}

impl MergePlan {
    /// The order as JSON.
    pub fn order_json(&self, lang: Option<Lang>) -> Vec<Json> {
        let one = |(id, rank): &(Id, Option<MergeRank>)| {
            let mut map = Map::new();
            map.insert("id".into(), id.to_string().into());
            if let Some(rank) = rank {
                map.insert("reason".into(), Json::Object(Reason::Survives { rank: *rank }.to_json(lang)));
            }
            Json::Object(map)
        };
        self.order.iter().map(one).collect()
    }
}

impl Choice {
    /// The choice as JSON, with a sentence where a language is given.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let reason = Reason::MergedField { field: self.field.clone(), rule: self.rule };
        let mut map = reason.to_json(lang);
        map.insert("value".into(), self.value.to_json());
        if let Some(from) = self.from {
            map.insert("from".into(), from.to_string().into());
        }
        let loser = |(id, value): &(Id, Value)| serde_json::json!({"id": id.to_string(), "value": value.to_json()});
        map.insert("losers".into(), self.losers.iter().map(loser).collect());
        Json::Object(map)
    }
}
