//! How fields are merged: the library's own rules, and what a host configures.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::json;
use crate::kernel::reason::MergeRule;
use crate::kernel::text;
use crate::kernel::value::Value;
use crate::model::META_FIELDS;
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::input::values;
use crate::rules::read::{Object, list, text as read_text};

/// The most records of one merge, where nothing is configured, and at all.
const MOST_RECORDS: usize = 5;
const MOST_RECORDS_AT_ALL: i64 = 50;
/// Most steps of one order.
const MOST_STEPS: usize = 100;
/// The rules that a configuration may name.
const NAMES: &[&str] = &["primary", "newest", "union", "joined", "smallest", "largest"];

/// Checked rules for merging leads; plans any number of merges, from any number of threads.
#[derive(Clone, Debug)]
pub struct Merger {
    pub(super) schema: Arc<Schema>,
    pub(super) identity: Identity,
    /// The rule of each field, by its place.
    pub(super) rules: Vec<FieldRule>,
    pub(super) blocks: Vec<Block>,
    /// The stages, folded, the first step first.
    stages: Vec<String>,
    /// What forms fill in by themselves.
    pub(super) defaults: Vec<Value>,
    pub(super) most_records: usize,
}

/// How one field is merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldRule {
    /// It is not: the library keeps it.
    Kept,
    /// It is one of several that are merged together ([`Block`], or addresses and numbers).
    Together,
    Primary,
    Newest,
    Union,
    Joined,
    Smallest,
    Largest,
    AnyYes,
    /// The furthest of these, folded.
    Furthest(Vec<String>),
    Strictest,
    Arrival,
}

/// Fields that come from one record as a whole.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) fields: Vec<usize>,
    pub(super) pick: Pick,
    pub(super) rule: MergeRule,
}

/// Which record gives a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// The one that knows most of it; of equal ones the first in order.
    Fullest,
    /// The fullest of those that agree with the first in order that knows any of it: no part is another person's.
    Agreeing,
    /// The first in order that knows any of it.
    First,
    /// The first to come in of those that know any of it.
    Arrived,
    /// The one with the latest instant.
    Latest,
}

const BLOCKS: &[(&[&str], Pick, MergeRule)] = &[
    (&["street", "postal_code", "city", "region", "country"], Pick::Fullest, MergeRule::AddressBlock),
    (&["first_name", "last_name"], Pick::Agreeing, MergeRule::NameBlock),
    (&["source", "campaign", "landing_page"], Pick::Arrived, MergeRule::FirstTouch),
    (&["external_source", "external_id"], Pick::First, MergeRule::KeptTogether),
    (&["last_activity", "last_activity_at"], Pick::Latest, MergeRule::MaxDate),
    (&CONVERSION, Pick::First, MergeRule::KeptTogether),
];

/// What the library keeps of a conversion.
pub(super) const CONVERSION: [&str; 4] = ["converted_at", "converted_account", "converted_contact", "converted_deal"];

/// Further addresses or numbers, and the fields of which they are the rest.
pub(super) const CONTACT_POINTS: [(&str, &[&str]); 2] =
    [("other_emails", &["email"]), ("other_phones", &["phone", "mobile"])];

fn own_rule(field: &Field, stages: &[String]) -> FieldRule {
    let name = field.name.as_ref();
    if CONTACT_POINTS.iter().any(|(rest, firsts)| *rest == name || firsts.contains(&name)) || in_block(name) {
        return FieldRule::Together;
    }
    match (name, field.kind) {
        _ if field.computed => FieldRule::Kept,
        ("owner", _) => FieldRule::Primary,
        ("stage", _) => FieldRule::Furthest(stages.to_vec()),
        ("description", _) => FieldRule::Joined,
        ("received_at", _) => FieldRule::Arrival,
        ("converted", _) => FieldRule::AnyYes,
        ("consent" | "do_not_call" | "person_type" | "subject_related" | "collected_from" | "informed_at", _) => {
            FieldRule::Strictest
        }
        ("visits" | "page_views" | "seconds_on_site" | "emails_opened" | "emails_clicked" | "forms_submitted", _) => {
            FieldRule::Largest
        }
        (_, FieldType::Texts) => FieldRule::Union,
        _ => FieldRule::Newest,
    }
}

fn in_block(name: &str) -> bool {
    BLOCKS.iter().any(|(fields, ..)| fields.contains(&name))
}

impl Merger {
    /// Reads and checks a configuration over the fields of a lead; `None` is the library's own.
    ///
    /// # Errors
    /// An unknown option or field with the nearest name, a rule that does not fit its field's type, a field whose
    /// merging is not a matter of configuration, an empty order or one that names a step twice; each with its path.
    pub fn from_json(json: Option<&Json>, schema: Arc<Schema>, identity: Identity) -> Result<Self> {
        let empty = Json::Object(serde_json::Map::new());
        let o = Object::new(json.unwrap_or(&empty), &["stages", "fields", "defaults", "most_records"])?;
        let stages = o.optional("stages", steps)?.unwrap_or_default();
        let own = |(place, field): (usize, &Field)| match place < META_FIELDS.len() {
            true => FieldRule::Kept,
            false => own_rule(field, &stages),
        };
        let mut rules: Vec<FieldRule> = schema.fields().iter().enumerate().map(own).collect();
        let fields = o.optional("fields", |v| json::object(v, "an object of fields"))?;
        for (name, rule) in fields.into_iter().flatten() {
            let inside = |e: Error| e.at(name).at("fields");
            let (place, field) = schema.resolve(name).map_err(inside)?;
            let rule = read_rule(rule, field).map_err(inside)?;
            match rules.get_mut(place) {
                Some(old) if !fixed(old, name) => *old = rule,
                _ => return Err(inside(RulesProblem::FixedRule { field: name.clone() }.into())),
            }
        }
        let together = |place: &usize| rules.get(*place) == Some(&FieldRule::Together);
        let block = |(names, pick, rule): &(&[&str], Pick, MergeRule)| {
            let fields = names.iter().filter_map(|n| schema.position(n)).filter(together).collect();
            Block { fields, pick: *pick, rule: *rule }
        };
        let blocks = BLOCKS.iter().map(block).collect();
        let mut problems = Vec::new();
        let defaults = o.optional("defaults", |v| json::object(v, "an object of fields"))?;
        let defaults = values(&schema, defaults, &mut problems).map_err(|e| e.at("defaults"))?;
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.at("defaults"));
        }
        let most = o.optional_integer("most_records")?.unwrap_or(0);
        if o.get("most_records").is_some() {
            check::between(most, 2, MOST_RECORDS_AT_ALL).map_err(|e| e.at("most_records"))?;
        }
        let most_records = usize::try_from(most).ok().filter(|n| *n > 0).unwrap_or(MOST_RECORDS);
        Ok(Merger { schema, identity, rules, blocks, stages, defaults, most_records })
    }

    /// How many steps a stage is from the last one; beyond all for a stage that is not listed.
    pub(super) fn steps_left(&self, stage: &str) -> usize {
        steps_left(&self.stages, stage)
    }

    /// Whether a field's value is nobody's choice.
    pub(super) fn is_fixed(&self, place: usize) -> bool {
        let computed = self.schema.field(place).is_none_or(|f| f.computed);
        computed || matches!(self.rules.get(place), None | Some(FieldRule::Kept | FieldRule::Strictest))
    }
}

/// How many steps a value is from the end of an order.
pub(super) fn steps_left(order: &[String], value: &str) -> usize {
    let folded = text::fold(value);
    order.iter().rev().position(|step| *step == folded).unwrap_or(order.len())
}

/// Consent and what the library computes have one rule; so have addresses and numbers, which are never lost.
fn fixed(rule: &FieldRule, name: &str) -> bool {
    let point = CONTACT_POINTS.iter().any(|(rest, firsts)| *rest == name || firsts.contains(&name));
    point || CONVERSION.contains(&name) || matches!(rule, FieldRule::Kept | FieldRule::Strictest)
}

fn read_rule(json: &Json, field: &Field) -> Result<FieldRule> {
    if json.is_object() {
        let o = Object::new(json, &["furthest"])?;
        fits(field, &[FieldType::Text], "furthest")?;
        return Ok(FieldRule::Furthest(steps(o.required("furthest")?).map_err(|e| e.at("furthest"))?));
    }
    const ORDERED: &[FieldType] = &[FieldType::Integer, FieldType::Number, FieldType::Date, FieldType::Instant];
    match json.as_str() {
        Some("primary") => Ok(FieldRule::Primary),
        Some("newest") => Ok(FieldRule::Newest),
        Some("union") => fits(field, &[FieldType::Texts], "union").map(|()| FieldRule::Union),
        Some("joined") => fits(field, &[FieldType::Text], "joined").map(|()| FieldRule::Joined),
        Some("smallest") => fits(field, ORDERED, "smallest").map(|()| FieldRule::Smallest),
        Some("largest") => fits(field, ORDERED, "largest").map(|()| FieldRule::Largest),
        _ => Err(json::not_one_of(json, NAMES)),
    }
}

fn fits(field: &Field, kinds: &[FieldType], rule: &str) -> Result<()> {
    if kinds.contains(&field.kind) {
        return Ok(());
    }
    Err(RulesProblem::WrongOperator { operator: rule.into(), kind: field.kind }.into())
}

/// An order of texts, folded.
fn steps(json: &Json) -> Result<Vec<String>> {
    let written = list(json, read_text)?;
    check::most("values", written.len(), MOST_STEPS)?;
    if written.is_empty() {
        return Err(RulesProblem::Empty { what: "list of values" }.into());
    }
    let mut steps: Vec<String> = Vec::with_capacity(written.len());
    for (i, step) in written.iter().enumerate() {
        check::id(step).map_err(|e| e.at_index(i))?;
        let folded = text::fold(step).into_owned();
        if steps.contains(&folded) {
            return Err(Error::from(RulesProblem::DuplicateId { id: step.clone() }).at_index(i));
        }
        steps.push(folded);
    }
    Ok(steps)
}
