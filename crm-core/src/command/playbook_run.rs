//! What people do with a run of a playbook: move its days, let it go on in another version, break it off.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::body::{head, head_json, raw_text, required_text};
use super::playbook_start::{Asked, People, add_step, days_of, is_needed, names_of, step_row};
use super::playbook_state::{Run, anchors_of, anchors_text, apply, keep_step, settle_run, state_of};
use super::playbook_step::seen;
use super::playbooks::playbook_of;
use super::{Command, Cx, Verb};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::PlaybookReason;
use crate::kernel::reason::Reason;
use crate::lang;
use crate::model::{Key, Kind, PlaybookRun, PlaybookStep, Row};
use crate::rules::Rules;
use crate::rules::playbook::{Change, Migrated, Moved, Playbook, migrate};
use crate::store::hex;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNow {
    /// The run.
    pub id: Id,
    /// The row's version.
    pub version: u64,
    /// How it stands.
    pub state: RunState,
    /// What changed: each step with its days before and after.
    pub steps: Vec<Json>,
    /// What stands for exactly these changes.
    pub plan: String,
}

/// What stands for a plan: another plan has another.
pub(crate) fn token(steps: &[Json]) -> String {
    hex(&Sha256::digest(json::canonical(&Json::Array(steps.to_vec())).as_bytes()))
}

fn check_plan(asked: Option<&String>, found: &str) -> Result<()> {
    match asked.is_none_or(|asked| asked == found) {
        true => Ok(()),
        false => Err(Error::from(PlaybookProblem::StalePlan).at("plan")),
    }
}

/// A run that goes on, which the actor must be able to change.
fn active(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<Run> {
    seen(cx, Key { kind: Kind::PlaybookRun, id }, version)?;
    let run = Run::of(cx, id)?;
    match run.state() {
        RunState::Cancelled => Err(PlaybookProblem::RunState { state: run.state() }.into()),
        _ => Ok(run),
    }
}

fn told(cx: &mut Cx<'_>, id: Id, steps: Vec<Json>) -> Result<RunNow> {
    let row = settle_run(cx, id)?;
    let run = Run::of(cx, id)?;
    let plan = token(&steps);
    Ok(RunNow { id, version: row.version, state: run.state(), steps, plan })
}

/// The anchors of a run with some of them changed, `None` where a day is taken back.
///
/// # Errors
/// [`PlaybookProblem::UnknownAnchor`].
pub(crate) fn anchors_with(
    run: &Run,
    playbook: &Playbook,
    days: &BTreeMap<String, Option<NaiveDate>>,
) -> Result<BTreeMap<String, NaiveDate>> {
    let mut anchors = anchors_of(&run.body);
    for (name, day) in days {
        playbook.check_day(name).map_err(|e| e.at("anchors"))?;
        match day {
            Some(day) => anchors.insert(name.clone(), *day),
            None => anchors.remove(name),
        };
    }
    Ok(anchors)
}

/// Moves the days that a run's steps are counted from: `{"id": "...", "anchors": {"go_live": "2027-01-12"}, "plan": "..."}`.
/// Open steps follow, with their tasks; what is done never moves. With the `plan` of the question `replan` exactly what was
/// shown is done, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveAnchors {
    /// The run.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// The days; `None` takes one back.
    pub anchors: BTreeMap<String, Option<NaiveDate>>,
    /// What was shown.
    pub plan: Option<String>,
}

impl Command for MoveAnchors {
    type Output = RunNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_run.move_anchor".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        let days = self.anchors.iter().map(|(name, day)| (name.clone(), day.map(|day| day.to_string()).into()));
        map.insert("anchors".into(), Json::Object(days.collect::<Map<String, Json>>()));
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `anchors`")?;
        json::only_keys(map, &["id", "version", "anchors", "plan"])?;
        let (id, version) = head(map)?;
        let anchors = days_of(map)?;
        if anchors.is_empty() {
            return Err(Problem::Missing { name: "anchors".into() }.into());
        }
        Ok(Self { id, version, anchors, plan: raw_text(map, "plan")?.map(str::to_owned) })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<RunNow> {
        let run = active(cx, self.id, self.version)?;
        let anchors = anchors_with(&run, run.playbook()?, &self.anchors)?;
        let moved = run.replan(cx, &anchors)?;
        let steps: Vec<Json> = moved.iter().map(|one| one.to_json(None)).collect();
        check_plan(self.plan.as_ref(), &token(&steps))?;
        let body = PlaybookRun { anchors: anchors_text(&anchors), ..run.body.clone() };
        cx.update(Row { body: body.into(), ..run.row.clone() })?;
        apply(cx, &run, &moved)?;
        told(cx, self.id, steps)
    }
}

/// What becomes of a run's steps in another version of its playbook.
///
/// # Errors
/// As [`playbook_of`], and days beyond the years 1900 to 9999.
pub(crate) fn migration(cx: &mut Cx<'_>, run: &Run, to: &Playbook) -> Result<Vec<Migrated>> {
    let account = account_of(cx, run)?;
    let kept = run.kept(cx);
    let anchors: BTreeMap<String, NaiveDate> = anchors_of(&run.body);
    migrate(to, cx.rules().days_of(to), &anchors, &kept, |step| is_needed(cx, step, &account))
}

fn account_of(cx: &mut Cx<'_>, run: &Run) -> Result<Row> {
    let missing = || Problem::Missing { name: "account".into() };
    let id = run.body.account.ok_or_else(missing)?;
    cx.by_itself(|cx| cx.existing(Key { kind: Kind::Account, id }))
}

/// Lets a run go on in another version of its playbook: `{"id": "...", "to": 2, "assignees": {"survey": "paul"}, "plan":
/// "..."}`. What is done stays; with the `plan` of the question `playbook_migration` exactly what was shown is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrateRun {
    /// The run.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// The version of the playbook.
    pub to: u32,
    /// Who does which new step.
    pub assignees: BTreeMap<String, String>,
    /// What was shown.
    pub plan: Option<String>,
}

impl Command for MigrateRun {
    type Output = RunNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_run.migrate".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("to".into(), self.to.into());
        if !self.assignees.is_empty() {
            let names = self.assignees.iter().map(|(code, user)| (code.clone(), Json::from(user.as_str())));
            map.insert("assignees".into(), Json::Object(names.collect()));
        }
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `to`")?;
        json::only_keys(map, &["id", "version", "to", "assignees", "plan"])?;
        let (id, version) = head(map)?;
        let to = json::count_of(map, "to")?.ok_or_else(|| Problem::Missing { name: "to".into() })?;
        let to = u32::try_from(to).unwrap_or(u32::MAX);
        Ok(Self { id, version, to, assignees: names_of(map)?, plan: raw_text(map, "plan")?.map(str::to_owned) })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<RunNow> {
        let run = active(cx, self.id, self.version)?;
        let to = playbook_of(cx, &run.body.playbook, Some(self.to)).map_err(|e| e.at("to"))?;
        let lines = migration(cx, &run, &to)?;
        let steps: Vec<Json> = lines.iter().map(|line| line.to_json(None)).collect();
        check_plan(self.plan.as_ref(), &token(&steps))?;
        let body = PlaybookRun {
            playbook_version: Some(to.version.into()),
            playbook_hash: to.hash.clone(),
            ..run.body.clone()
        };
        cx.update(Row { body: body.clone().into(), ..run.row.clone() })?;
        let account = account_of(cx, &run)?;
        let asked = Asked { account: &account, owner: &body.owner, named: &self.assignees };
        let mut people = People::default();
        for (place, line) in lines.iter().enumerate() {
            let known = run.step(&line.code);
            let (Some(step), Some(position)) = (to.step(&line.code), i64::try_from(place.saturating_add(1)).ok())
            else {
                if let Some((row, kept)) = known {
                    let next = no_more(cx, kept, line, place, to.version);
                    keep_step(cx, row.clone(), next)?;
                }
                continue;
            };
            let state = match line.change {
                Change::NotNeeded => StepState::NotNeeded,
                Change::Settled => known.map_or(StepState::Open, |(_, kept)| state_of(kept)),
                _ => StepState::Open,
            };
            let (starts_on, due_on) = line.to;
            let Some((row, kept)) = known else {
                let assignee = if state == StepState::Open { people.of(cx, step, &asked)? } else { String::new() };
                let new = PlaybookStep { starts_on, due_on, assignee, ..step_row(cx, self.id, place, step, state) };
                add_step(cx, &body, step, new)?;
                continue;
            };
            let new = step_row(cx, self.id, place, step, state);
            let mut next = PlaybookStep { starts_on, due_on, state: Some(state), ..kept.clone() };
            (next.position, next.required, next.title) = (Some(position), new.required, new.title);
            if line.change == Change::Added {
                if next.assignee.is_empty() {
                    next.assignee = people.of(cx, step, &asked)?;
                }
                if step.creates_task && next.task.is_none() {
                    next.task = Some(super::playbook_state::make_task(cx, &body, row.id, &next, &step.priority)?);
                }
            }
            keep_step(cx, row.clone(), next)?;
        }
        told(cx, self.id, steps)
    }
}

/// A step that the new version has no more: what is open is left out, the rest stays.
fn no_more(cx: &Cx<'_>, kept: &PlaybookStep, line: &Migrated, place: usize, version: u32) -> PlaybookStep {
    let position = i64::try_from(place.saturating_add(1)).ok();
    let next = PlaybookStep { position, ..kept.clone() };
    if line.change != Change::Dropped {
        return next;
    }
    let reason = Reason::Playbook(PlaybookReason::DroppedIn { version });
    PlaybookStep {
        state: Some(StepState::Skipped),
        skip_reason: lang::reason(&reason, cx.rules().templates().language()),
        done_at: Some(cx.at()),
        done_by: cx.actor().name().to_owned(),
        ..next
    }
}

/// Breaks a run off: `{"id": "...", "reason": "why"}`. Its open steps are left out and their tasks put away; what is done
/// stays done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRun {
    /// The run.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
    /// Why.
    pub reason: String,
}

impl Command for CancelRun {
    type Output = RunNow;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_run.cancel".into()
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
        let reason = required_text(map, "reason")?;
        if reason.trim().is_empty() {
            return Err(Problem::Missing { name: "reason".into() }.into());
        }
        Ok(Self { id, version, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<RunNow> {
        let run = active(cx, self.id, self.version)?;
        let body = PlaybookRun {
            state: Some(RunState::Cancelled),
            ended_at: Some(cx.at()),
            end_reason: self.reason.clone(),
            ..run.body.clone()
        };
        cx.update(Row { body: body.into(), ..run.row.clone() })?;
        let mut steps = Vec::new();
        for (row, step) in run.steps.iter().filter(|(_, step)| state_of(step) == StepState::Open) {
            let left_out = PlaybookStep {
                state: Some(StepState::Skipped),
                skip_reason: self.reason.clone(),
                done_at: Some(cx.at()),
                done_by: cx.actor().name().to_owned(),
                ..step.clone()
            };
            steps.push(serde_json::json!({"code": step.code, "state": StepState::Skipped.code()}));
            keep_step(cx, row.clone(), left_out)?;
        }
        told(cx, self.id, steps)
    }
}

/// The open steps that a run's other days move, with what stands for that.
///
/// # Errors
/// As [`Run::replan`], and [`PlaybookProblem::UnknownAnchor`].
pub(crate) fn replanned(cx: &Cx<'_>, run: &Run, body: &Map<String, Json>) -> Result<Vec<Moved>> {
    let anchors = anchors_with(run, run.playbook()?, &days_of(body)?)?;
    run.replan(cx, &anchors)
}
