//! Playbooks as JSON, checked: what a version says, and in which order its steps are counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::order;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::{AnchorName, Direction, OffsetUnit};
use crate::kernel::predicate::{Compiled, Predicate};
use crate::kernel::reason::{Labels, Name};
use crate::kernel::text::shortened;
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::read::{Object, coded, labels, list, text};

/// Most steps of a playbook.
pub const MOST_STEPS: usize = 200;
/// Most days that a playbook names itself.
const MOST_ANCHORS: usize = 20;
/// The largest offset, in any unit, and the longest duration.
pub const MOST_OFFSET: i64 = 3_650;
/// What every playbook may count from.
pub const ANCHORS: &[&str] = &["start", "go_live", "renewal"];

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

/// What a step's days are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A day by its name: start, go_live, renewal, or one that the playbook names.
    Day(String),
    /// The end of another step.
    Step(String),
}

/// Who does a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// The owner of the customer's account.
    AccountOwner,
    /// Whoever is named when the run starts.
    Ask,
    /// The best placed of those who do such work, by their job's title.
    Role(String),
    /// The host's name of a user.
    Person(String),
}

/// A distance from an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: OffsetUnit,
    /// On which side.
    pub direction: Direction,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What other steps and runs call it.
    pub code: String,
    /// What is to be done.
    pub title: Labels,
    /// How far from its anchor.
    pub offset: Offset,
    /// What it is counted from.
    pub anchor: Anchor,
    /// How many days it lasts after its first: business days where the offset is in business days.
    pub duration: u32,
    /// Whether a day on which nobody works is passed over.
    pub roll: bool,
    /// Who does it.
    pub assignee: Assignee,
    /// Whether the run waits for it.
    pub required: bool,
    /// Whether it is needed, over the account.
    pub condition: Option<Compiled>,
    /// Whether it makes a task.
    pub creates_task: bool,
    /// The task's priority; empty leaves it.
    pub priority: String,
    /// Steps that have to be done before.
    pub after: Vec<String>,
}

impl Step {
    /// What reasons call it.
    pub fn name(&self) -> Name {
        Name { id: self.code.clone(), labels: Some(self.title.clone()) }
    }

    /// The steps that its days depend on.
    pub(crate) fn depends_on(&self) -> impl Iterator<Item = &str> {
        let anchor = match &self.anchor {
            Anchor::Step(code) => Some(code.as_str()),
            Anchor::Day(_) => None,
        };
        anchor.into_iter().chain(self.after.iter().map(String::as_str))
    }
}

/// A version of a playbook, compiled.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// What runs call it.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// What it is called.
    pub title: Labels,
    /// By which business days it counts; `None` is the workspace's.
    pub calendar: Option<Calendar>,
    /// The days that it names itself.
    pub anchors: Vec<String>,
    /// For which customers it is suggested.
    pub suits: Option<Compiled>,
    /// Whether new runs may start with it.
    pub active: bool,
    /// Its steps, as they were written.
    pub steps: Vec<Step>,
    /// The steps' places, each after those that it depends on.
    pub(super) order: Vec<usize>,
    /// SHA-256 of the definition, in hexadecimal.
    pub hash: String,
    /// As it was written.
    pub source: Json,
}

impl Playbook {
    /// A step.
    pub fn step(&self, code: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.code == code)
    }

    /// The steps, each after those that it depends on.
    pub fn in_order(&self) -> impl Iterator<Item = &Step> {
        self.order.iter().filter_map(|place| self.steps.get(*place))
    }

    /// What reasons call it.
    pub fn name(&self) -> Name {
        Name { id: self.code.clone(), labels: Some(self.title.clone()) }
    }

    /// The days that its steps are counted from, by their names.
    pub fn days_asked(&self) -> BTreeSet<&str> {
        let day = |step: &'_ Step| match &step.anchor {
            Anchor::Day(name) => Some(name.clone()),
            Anchor::Step(_) => None,
        };
        let used: BTreeSet<String> = self.steps.iter().filter_map(day).collect();
        self.known_days().filter(|name| used.contains(*name)).collect()
    }

    fn known_days(&self) -> impl Iterator<Item = &str> {
        ANCHORS.iter().copied().chain(self.anchors.iter().map(String::as_str))
    }

    /// Refuses a day of a name that the playbook does not know.
    ///
    /// # Errors
    /// [`PlaybookProblem::UnknownAnchor`] with what there is.
    pub fn check_day(&self, name: &str) -> Result<()> {
        if self.known_days().any(|known| known == name) {
            return Ok(());
        }
        Err(unknown_anchor(name, self.known_days()))
    }

    /// The step of a code, which must be there.
    ///
    /// # Errors
    /// [`PlaybookProblem::UnknownStep`] with what there is.
    pub fn known_step(&self, code: &str) -> Result<&Step> {
        let unknown = || PlaybookProblem::UnknownStep {
            found: shortened(code, 60),
            expected: self.steps.iter().map(|step| step.code.clone()).take(MOST_ANCHORS).collect(),
        };
        Ok(self.step(code).ok_or_else(unknown)?)
    }

    /// What a step is counted from, as reasons call it.
    pub(super) fn anchor_name(&self, anchor: &Anchor) -> AnchorName {
        match anchor {
            Anchor::Day(name) => AnchorName::of(name),
            Anchor::Step(code) => match self.step(code) {
                Some(step) => AnchorName::Step(step.name()),
                None => AnchorName::Step(Name { id: code.clone(), labels: None }),
            },
        }
    }
}

fn unknown_anchor<'a>(found: &str, expected: impl Iterator<Item = &'a str>) -> Error {
    let expected = expected.map(str::to_owned).collect();
    PlaybookProblem::UnknownAnchor { found: shortened(found, 60), expected }.into()
}

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
