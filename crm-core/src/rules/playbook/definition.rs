//! What a version of a playbook says, compiled: its steps, who does them and what their days are counted from.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Result};
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::{AnchorName, Direction, OffsetUnit};
use crate::kernel::predicate::Compiled;
use crate::kernel::reason::{Labels, Name};
use crate::kernel::text::shortened;

/// Most steps of a playbook.
pub const MOST_STEPS: usize = 200;
/// Most days that a playbook names itself.
pub(super) const MOST_ANCHORS: usize = 20;
/// The largest offset, in any unit, and the longest duration.
pub const MOST_OFFSET: i64 = 3_650;
/// What every playbook may count from.
pub const ANCHORS: &[&str] = &["start", "go_live", "renewal"];

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

pub(super) fn unknown_anchor<'a>(found: &str, expected: impl Iterator<Item = &'a str>) -> Error {
    let expected = expected.map(str::to_owned).collect();
    PlaybookProblem::UnknownAnchor { found: shortened(found, 60), expected }.into()
}
