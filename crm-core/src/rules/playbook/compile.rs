//! Playbooks as JSON, checked, so that every one that is there can be counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::definition::{
    ANCHORS, Anchor, Assignee, MOST_ANCHORS, MOST_OFFSET, MOST_STEPS, Offset, Playbook, Step, unknown_anchor,
};
use super::order;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::json;
use crate::kernel::playbook_reason::{Direction, OffsetUnit};
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::Labels;
use crate::kernel::text::shortened;
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::read::{Object, coded, labels, list, text};

const KEYS: &[&str] = &["code", "version", "title", "calendar", "anchors", "suits", "active", "steps"];
const STEP_KEYS: &[&str] = &[
    "code",
    "title",
    "offset",
    "unit",
    "direction",
    "anchor",
    "duration",
    "roll",
    "assignee",
    "required",
    "condition",
    "creates_task",
    "priority",
    "after",
];

/// What a definition refers to.
pub(crate) struct Beside<'a> {
    /// The workspace's calendars.
    pub(crate) calendars: &'a BTreeMap<String, Calendar>,
    /// The fields of accounts.
    pub(crate) accounts: &'a Schema,
}

/// A title: a text, or one in each language.
fn title(json: &Json) -> Result<Labels> {
    let labels = match json {
        Json::String(text) => Labels { en: text.clone(), fr: text.clone() },
        other => labels(other)?,
    };
    check::labels(Some(&labels)).map(|()| labels)
}

fn code(o: &Object<'_>) -> Result<String> {
    let code = o.text("code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    Ok(code)
}

/// Reads a definition.
///
/// # Errors
/// What is wrong with it, with its path; [`PlaybookProblem::Cycle`] names the steps that wait for each other.
pub(crate) fn compile(json: &Json, beside: &Beside<'_>) -> Result<Playbook> {
    let o = Object::new(json, KEYS)?;
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
    let condition = |json: &Json| Predicate::from_json(json)?.compile(beside.accounts);
    let anchors = o.list("anchors", |json| {
        let name = text(json)?;
        check::id(&name)?;
        Ok(name)
    })?;
    check::most("anchors", anchors.len(), MOST_ANCHORS).map_err(|e| e.at("anchors"))?;
    let mut names: BTreeSet<&str> = ANCHORS.iter().copied().collect();
    for (i, name) in anchors.iter().enumerate() {
        if !names.insert(name) {
            return Err(Error::from(RulesProblem::DuplicateId { id: name.clone() }).at_index(i).at("anchors"));
        }
    }
    let found = o.required("steps")?;
    check::most("playbook steps", found.as_array().map_or(0, Vec::len), MOST_STEPS).map_err(|e| e.at("steps"))?;
    let steps = list(found, |json| step(json, beside)).map_err(|e| e.at("steps"))?;
    if steps.is_empty() {
        return Err(Error::from(RulesProblem::Empty { what: "steps" }).at("steps"));
    }
    check_steps(&steps, &names).map_err(|e| e.at("steps"))?;
    Ok(Playbook {
        code: code(&o)?,
        version: u32::try_from(version).unwrap_or(u32::MAX),
        title: title(o.required("title")?).map_err(|e| e.at("title"))?,
        calendar: o.optional("calendar", |id| named(beside.calendars, &text(id)?).cloned())?,
        suits: o.optional("suits", condition)?,
        active: o.flag("active", true)?,
        order: order::topological(&steps).map_err(|e| e.at("steps"))?,
        hash: hash_of(json),
        source: json.clone(),
        anchors,
        steps,
    })
}

/// What the definition says, whatever it is called and whether it is active.
fn hash_of(json: &Json) -> String {
    let mut said = json.clone();
    if let Some(map) = said.as_object_mut() {
        for own in ["code", "version", "active"] {
            map.remove(own);
        }
    }
    Sha256::digest(json::canonical(&said).as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn limited(o: &Object<'_>, key: &'static str) -> Result<u32> {
    let found = o.optional_integer(key)?.unwrap_or(0);
    check::between(found, 0, MOST_OFFSET).map_err(|e| e.at(key))?;
    Ok(u32::try_from(found).unwrap_or(u32::MAX))
}

fn step(json: &Json, beside: &Beside<'_>) -> Result<Step> {
    let o = Object::new(json, STEP_KEYS)?;
    let condition = |json: &Json| Predicate::from_json(json)?.compile(beside.accounts);
    let after = o.list("after", text)?;
    check::most("playbook steps", after.len(), MOST_STEPS).map_err(|e| e.at("after"))?;
    Ok(Step {
        code: code(&o)?,
        title: title(o.required("title")?).map_err(|e| e.at("title"))?,
        offset: Offset { count: limited(&o, "offset")?, unit: unit(&o)?, direction: direction(&o)? },
        anchor: o.optional("anchor", anchor)?.unwrap_or_else(|| Anchor::Day("start".into())),
        duration: limited(&o, "duration")?,
        roll: o.flag("roll", false)?,
        assignee: o.optional("assignee", assignee)?.unwrap_or(Assignee::AccountOwner),
        required: o.flag("required", true)?,
        condition: o.optional("condition", condition)?,
        creates_task: o.flag("creates_task", true)?,
        priority: o.optional("priority", text)?.unwrap_or_default(),
        after,
    })
}

/// What an offset is counted in; days where nobody says.
pub(super) fn unit(o: &Object<'_>) -> Result<OffsetUnit> {
    let unit = o.optional("unit", |v| coded(v, OffsetUnit::from_code, OffsetUnit::CODES))?;
    Ok(unit.unwrap_or(OffsetUnit::Days))
}

/// On which side of its anchor something lies; after it where nobody says.
pub(super) fn direction(o: &Object<'_>) -> Result<Direction> {
    let direction = o.optional("direction", |v| coded(v, Direction::from_code, Direction::CODES))?;
    Ok(direction.unwrap_or(Direction::After))
}

/// `"go_live"` or `{"step": "kickoff"}`.
fn anchor(json: &Json) -> Result<Anchor> {
    if json.is_object() {
        let o = Object::new(json, &["step"])?;
        return o.text("step").map(Anchor::Step);
    }
    text(json).map(Anchor::Day)
}

/// `"account_owner"`, `"ask"`, `{"role": "consultant"}` or `{"person": "marie"}`.
fn assignee(json: &Json) -> Result<Assignee> {
    const WORDS: &[&str] = &["account_owner", "ask"];
    if !json.is_object() {
        return match json.as_str() {
            Some("account_owner") => Ok(Assignee::AccountOwner),
            Some("ask") => Ok(Assignee::Ask),
            _ => Err(json::not_one_of(json, WORDS)),
        };
    }
    let o = Object::new(json, &["role", "person"])?;
    let named = |key: &str| {
        let found = o.text(key)?;
        check::id(&found).map_err(|e| e.at(key))?;
        Ok::<_, Error>(found)
    };
    match (o.get("role"), o.get("person")) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "role", second: "person" }.into()),
        (Some(_), None) => named("role").map(Assignee::Role),
        (None, Some(_)) => named("person").map(Assignee::Person),
        (None, None) => Err(Problem::MissingOneOf { names: &["role", "person"] }.into()),
    }
}

/// Codes that are there twice, and names of what is not there.
fn check_steps(steps: &[Step], days: &BTreeSet<&str>) -> Result<()> {
    let mut codes = BTreeSet::new();
    for (i, step) in steps.iter().enumerate() {
        if !codes.insert(step.code.as_str()) {
            let id = shortened(&step.code, 60);
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("code").at_index(i));
        }
    }
    let undefined = |code: &str| {
        let nearest = nearest(code, codes.iter().copied()).map(str::to_owned);
        Error::from(RulesProblem::Undefined { id: shortened(code, 60), nearest })
    };
    for (i, step) in steps.iter().enumerate() {
        match &step.anchor {
            Anchor::Day(name) if !days.contains(name.as_str()) => {
                return Err(unknown_anchor(name, days.iter().copied()).at("anchor").at_index(i));
            }
            Anchor::Step(code) if !codes.contains(code.as_str()) => {
                return Err(undefined(code).at("step").at("anchor").at_index(i));
            }
            _ => {}
        }
        for (place, code) in step.after.iter().enumerate() {
            if !codes.contains(code.as_str()) {
                return Err(undefined(code).at_index(place).at("after").at_index(i));
            }
        }
    }
    Ok(())
}
