//! What people do with a step of a playbook's run: complete it, open it again, leave it out, hand it over.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{head, head_json, instant_of, only_head, raw_text, required_text, text_of};
use super::playbook_state::{Doing, Run, happen, keep_step, run_of, state_of, step_of};
use super::{Command, Cx, Verb};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Key, Kind, PlaybookStep, Row};
use crate::rules::Rules;

/// A step of a run as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepNow {
    /// The step.
    pub id: Id,
    /// The row's version.
    pub version: u64,
    /// How it stands.
    pub state: StepState,
    /// How its run stands.
    pub run_state: RunState,
    /// How many of the run's required steps are done.
    pub done: u64,
    /// How many there are.
    pub required: u64,
    /// The steps whose days followed it.
    pub moved: Vec<Json>,
}

/// The row, which the actor must be able to change, in the version that the person saw.
pub(super) fn seen(cx: &mut Cx<'_>, key: Key, version: Option<u64>) -> Result<Row> {
    cx.active(key)?;
    let row = cx.reached(key)?;
    match version.filter(|version| *version != row.version) {
        None => Ok(row),
        Some(expected) => {
            let (record, id) = (key.kind.name().into(), key.id.to_string());
            Err(Problem::Conflict { record, id, expected, found: row.version }.into())
        }
    }
}

fn step(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<(Row, PlaybookStep)> {
    let row = seen(cx, Key { kind: Kind::PlaybookStep, id }, version)?;
    let missing = || Problem::NotFound { record: Kind::PlaybookStep.name().into(), id: id.to_string() };
    let step = step_of(&row).cloned().ok_or_else(missing)?;
    Ok((row, step))
}

fn now(cx: &mut Cx<'_>, id: Id, moved: Vec<Json>) -> Result<StepNow> {
    let missing = || Problem::NotFound { record: Kind::PlaybookStep.name().into(), id: id.to_string() };
    let row = cx.by_itself(|cx| cx.existing(Key { kind: Kind::PlaybookStep, id }))?;
    let step = step_of(&row).ok_or_else(missing)?;
    let run = step.playbook_run.ok_or_else(missing)?;
    let run = cx.by_itself(|cx| cx.existing(Key { kind: Kind::PlaybookRun, id: run }))?;
    let run = run_of(&run).ok_or_else(missing)?;
    let count = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    Ok(StepNow {
        id,
        version: row.version,
        state: state_of(step),
        run_state: run.state.unwrap_or(RunState::Active),
        done: count(run.done_count),
        required: count(run.required_count),
        moved,
    })
}

fn done(cx: &mut Cx<'_>, id: Id, version: Option<u64>, doing: Doing) -> Result<StepNow> {
    step(cx, id, version)?;
    let moved = happen(cx, id, doing)?;
    now(cx, id, moved.iter().map(|one| one.to_json(None)).collect())
}

/// Says that a step is done: `{"id": "...", "done_at": "...", "force": "why"}`. Steps that have to come before must be done,
/// left out or not needed; otherwise it takes a reason to force it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteStep {
    /// The step.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// When it was done, where that is in the past.
    pub done_at: Option<Instant>,
    /// Why it is done although others had to come before.
    pub force: Option<String>,
}

impl Command for CompleteStep {
    type Output = StepNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_step.complete".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(at) = self.done_at {
            map.insert("done_at".into(), format_instant(at).into());
        }
        if let Some(force) = &self.force {
            map.insert("force".into(), force.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "done_at", "force"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, done_at: instant_of(map, "done_at")?, force: reason(map, "force")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<StepNow> {
        let (at, now) = (self.done_at.unwrap_or(cx.at()), cx.at());
        if at > now {
            let (found, most) = (format_instant(at), format_instant(now));
            return Err(Error::from(Problem::OutOfRange { found, least: "1900-01-01".into(), most }).at("done_at"));
        }
        let by = cx.actor().name().to_owned();
        done(cx, self.id, self.version, Doing::Complete { at, by, force: self.force.clone() })
    }
}

/// A reason that says something, if there is one.
fn reason(map: &Map<String, Json>, key: &'static str) -> Result<Option<String>> {
    match text_of(map, key)? {
        Some(reason) if reason.trim().is_empty() => Err(Problem::Missing { name: key.into() }.into()),
        reason => Ok(reason),
    }
}

/// Opens a step again that was done or left out: `{"id": "..."}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReopenStep {
    /// The step.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
}

impl Command for ReopenStep {
    type Output = StepNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_step.reopen".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Self { id, version })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<StepNow> {
        done(cx, self.id, self.version, Doing::Reopen)
    }
}

/// Leaves a step out: `{"id": "...", "reason": "why"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipStep {
    /// The step.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// Why.
    pub reason: String,
}

impl Command for SkipStep {
    type Output = StepNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_step.skip".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("reason".into(), self.reason.as_str().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `reason`")?;
        json::only_keys(map, &["id", "version", "reason"])?;
        let (id, version) = head(map)?;
        let reason = reason(map, "reason")?.ok_or_else(|| Problem::Missing { name: "reason".into() })?;
        Ok(Self { id, version, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<StepNow> {
        done(cx, self.id, self.version, Doing::Skip { reason: self.reason.clone() })
    }
}

/// Hands an open step to somebody: `{"id": "...", "assignee": "paul"}`; its task goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignStep {
    /// The step.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// The host's name of a user.
    pub assignee: String,
}

impl Command for AssignStep {
    type Output = StepNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_step.assign".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("assignee".into(), self.assignee.as_str().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `assignee`")?;
        json::only_keys(map, &["id", "version", "assignee"])?;
        let (id, version) = head(map)?;
        raw_text(map, "assignee")?;
        Ok(Self { id, version, assignee: required_text(map, "assignee")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<StepNow> {
        let (row, step) = step(cx, self.id, self.version)?;
        let missing = || Problem::NotFound { record: Kind::PlaybookStep.name().into(), id: self.id.to_string() };
        let run = Run::of(cx, step.playbook_run.ok_or_else(missing)?)?;
        if run.state() == RunState::Cancelled {
            return Err(PlaybookProblem::RunState { state: run.state() }.into());
        }
        if state_of(&step) != StepState::Open {
            return Err(PlaybookProblem::StepState { state: state_of(&step) }.into());
        }
        keep_step(cx, row, PlaybookStep { assignee: self.assignee.clone(), ..step })?;
        now(cx, self.id, Vec::new())
    }
}
