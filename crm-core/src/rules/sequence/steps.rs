//! The steps of a sequence as a host writes them down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::config::{Beside, Condition};
use super::schedule::{Delay, DelayFrom, DelayUnit};
use super::words::{OnMissing, StepKind, SubjectKind};
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, coded, list, text};

/// Most steps of one sequence.
const MOST_STEPS: usize = 100;
/// Most of a delay's unit.
const MOST_DELAY: i64 = 100_000;
/// What a branch or a map of steps says instead of a step where the sequence ends.
pub const END: &str = "end";

/// Where a branch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Step(usize),
    End,
}

/// The two ways of a branch.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) when: Condition,
    pub(super) then: Target,
    pub(super) otherwise: Target,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name in the sequence; its place from 1 on where it has none.
    pub id: String,
    /// What it does.
    pub kind: StepKind,
    /// What people read.
    pub title: String,
    /// When it is due.
    pub delay: Delay,
    /// The message's template.
    pub template: Option<String>,
    /// Whether its draft waits for somebody's OK; it does unless the sequence says otherwise, and the gate decides.
    pub needs_approval: bool,
    /// What to do where the record cannot be reached that way.
    pub on_missing: OnMissing,
    pub(super) skip_if: Option<Condition>,
    pub(super) branch: Option<Branch>,
}

/// `{"count": 3, "unit": "business_days", "from": "previous_done"}`.
pub(super) fn delay(json: &Json) -> Result<Delay> {
    let o = Object::new(json, &["count", "unit", "from"])?;
    let count = o.integer("count")?;
    check::between(count, 0, MOST_DELAY).map_err(|e| e.at("count"))?;
    let unit = coded(o.required("unit")?, DelayUnit::from_code, DelayUnit::CODES).map_err(|e| e.at("unit"))?;
    let from = o.optional("from", |v| coded(v, DelayFrom::from_code, DelayFrom::CODES))?;
    let from = from.unwrap_or(DelayFrom::PreviousDone);
    Ok(Delay { count: u32::try_from(count).unwrap_or(u32::MAX), unit, from })
}

pub(super) fn steps<S>(json: &Json, subjects: &BTreeSet<SubjectKind>, beside: &Beside<'_, S>) -> Result<Vec<Step>>
where
    S: Fn(SubjectKind) -> Arc<Schema>,
{
    let objects = list(json, Ok)?;
    if objects.is_empty() {
        return Err(RulesProblem::Empty { what: "steps" }.into());
    }
    check::most("sequence steps", objects.len(), MOST_STEPS)?;
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (place, json) in objects.iter().enumerate() {
        let id = match json.get("id").filter(|id| !id.is_null()) {
            Some(id) => text(id).map_err(|e| e.at("id").at_index(place))?,
            None => place.saturating_add(1).to_string(),
        };
        check::id(&id).map_err(|e| e.at("id").at_index(place))?;
        if id == END || ids.insert(id.clone(), place).is_some() {
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("id").at_index(place));
        }
    }
    let mut names: Vec<(String, usize)> = ids.iter().map(|(id, place)| (id.clone(), *place)).collect();
    names.sort_by_key(|(_, place)| *place);
    let read = |(json, (id, place)): (&&Json, (String, usize))| {
        step(json, id, place, &ids, subjects, beside).map_err(|e| e.at_index(place))
    };
    objects.iter().zip(names).map(read).collect()
}

fn step<S>(
    json: &Json,
    id: String,
    place: usize,
    ids: &BTreeMap<String, usize>,
    subjects: &BTreeSet<SubjectKind>,
    beside: &Beside<'_, S>,
) -> Result<Step>
where
    S: Fn(SubjectKind) -> Arc<Schema>,
{
    const KEYS: &[&str] = &[
        "id",
        "type",
        "title",
        "delay",
        "template",
        "needs_approval",
        "on_missing_channel",
        "skip_if",
        "when",
        "then",
        "otherwise",
    ];
    let o = Object::new(json, KEYS)?;
    let kind = coded(o.required("type")?, StepKind::from_code, StepKind::CODES).map_err(|e| e.at("type"))?;
    let title = o.optional("title", text)?.unwrap_or_else(|| id.clone());
    check::id(&title).map_err(|e| e.at("title"))?;
    let template = o.optional("template", text)?;
    if let Some(template) = &template {
        beside.templates.find(template, None).map_err(|e| e.at("template"))?;
    }
    let only = |option: &'static str, needs: &'static str, fits: bool| match o.get(option).is_some() && !fits {
        true => Err(Error::from(RulesProblem::Requires { option, needs }).at(option)),
        false => Ok(()),
    };
    for option in ["when", "then", "otherwise"] {
        only(option, "type: branch", kind == StepKind::Branch)?;
    }
    only("template", "type: email|linkedin|sms|letter", kind.is_message())?;
    only("needs_approval", "type: email|linkedin|sms|letter", kind.is_message())?;
    only("on_missing_channel", "type: email|call|task|linkedin|sms|letter", kind.acts())?;
    only("skip_if", "type: email|call|task|linkedin|sms|letter", kind.acts())?;
    let condition = |json: &Json| Condition::new(json, subjects, &beside.schema);
    let next = place.saturating_add(1);
    let target = |key: &str| match o.optional(key, text)? {
        None if next < ids.len() => Ok(Target::Step(next)),
        None => Ok(Target::End),
        Some(id) if id == END => Ok(Target::End),
        Some(id) => match ids.get(&id) {
            Some(to) if *to > place => Ok(Target::Step(*to)),
            Some(_) => Err(Error::from(RulesProblem::OutOfOrder).at(key)),
            None => {
                let nearest = nearest(&id, ids.keys().map(String::as_str)).map(str::to_owned);
                Err(Error::from(RulesProblem::Undefined { id: shortened(&id, 60), nearest }).at(key))
            }
        },
    };
    let branch = match kind {
        StepKind::Branch => Some(Branch {
            when: condition(o.required("when")?).map_err(|e| e.at("when"))?,
            then: target("then")?,
            otherwise: target("otherwise")?,
        }),
        _ => None,
    };
    let none = Delay { count: 0, unit: DelayUnit::Days, from: DelayFrom::PreviousDone };
    Ok(Step {
        id,
        kind,
        title,
        delay: o.optional("delay", delay)?.unwrap_or(none),
        template,
        needs_approval: o.flag("needs_approval", true)?,
        on_missing: o
            .optional("on_missing_channel", |v| coded(v, OnMissing::from_code, OnMissing::CODES))?
            .unwrap_or(OnMissing::Task),
        skip_if: o.optional("skip_if", condition)?,
        branch,
    })
}
