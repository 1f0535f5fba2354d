//! A run of a playbook with its steps, and the one way in which a step changes: with its task, its run, and the days of
//! what hangs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::Cx;
use super::links::linked;
use super::playbooks::playbook_of;
use super::task_state::task_of;
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::time::{Instant, parse_date};
use crate::model::{AnyRecord, Key, Kind, PlaybookRun, PlaybookStep, Row, Task};
use crate::rules::playbook::{Counted, Kept, Moved, Playbook, Progress, Standing, progress, replan};

/// Most steps of one run: those of its playbook, and those that earlier versions had.
const MOST_STEPS_KEPT: usize = 5_000;

/// The run of a row, if it is one.
pub(crate) fn run_of(row: &Row) -> Option<&PlaybookRun> {
    match &row.body {
        AnyRecord::PlaybookRun(run) => Some(run),
        _ => None,
    }
}

/// The step of a row, if it is one.
pub(crate) fn step_of(row: &Row) -> Option<&PlaybookStep> {
    match &row.body {
        AnyRecord::PlaybookStep(step) => Some(step),
        _ => None,
    }
}

/// The days by the names of anchors that a run has.
pub(crate) fn anchors_of(run: &PlaybookRun) -> BTreeMap<String, NaiveDate> {
    let Ok(Json::Object(map)) = json::parse(run.anchors.as_bytes()) else { return BTreeMap::new() };
    let day = |(name, day): (String, Json)| Some((name, parse_date(day.as_str()?).ok()?));
    map.into_iter().filter_map(day).collect()
}

/// The same as it is kept.
pub(super) fn anchors_text(anchors: &BTreeMap<String, NaiveDate>) -> String {
    let days: Map<String, Json> = anchors.iter().map(|(name, day)| (name.clone(), day.to_string().into())).collect();
    json::canonical(&Json::Object(days))
}

/// A run with everything that belongs to it.
pub(crate) struct Run {
    pub(crate) row: Row,
    pub(crate) body: PlaybookRun,
    /// Its version; `None` where there is no such version any more, and nothing is counted.
    pub(crate) playbook: Option<Arc<Playbook>>,
    /// Its steps in order, as they are staged.
    pub(crate) steps: Vec<(Row, PlaybookStep)>,
}

impl Run {
    /// Reads a run, whoever sees its steps.
    ///
    /// # Errors
    /// [`Problem::NotFound`], and the store's own.
    pub(crate) fn of(cx: &mut Cx<'_>, id: Id) -> Result<Self> {
        cx.by_itself(|cx| {
            let row = cx.existing(Key { kind: Kind::PlaybookRun, id })?;
            let missing = || Problem::NotFound { record: Kind::PlaybookRun.name().into(), id: id.to_string() };
            let body = run_of(&row).cloned().ok_or_else(missing)?;
            let version = body.playbook_version.and_then(|version| u32::try_from(version).ok());
            let playbook = playbook_of(cx, &body.playbook, version).ok();
            let steps = steps_of(cx, id)?;
            Ok(Run { row, body, playbook, steps })
        })
    }

    /// Its version, which must be there.
    pub(crate) fn playbook(&self) -> Result<&Arc<Playbook>> {
        let unknown = || PlaybookProblem::UnknownPlaybook {
            found: format!("{}@{}", self.body.playbook, self.body.playbook_version.unwrap_or(1)),
            expected: Vec::new(),
        };
        Ok(self.playbook.as_ref().ok_or_else(unknown)?)
    }

    /// Whether its version says something else by now than when the run took it, as a configured one may. `None` where
    /// that is not known.
    pub(crate) fn is_rewritten(&self) -> Option<bool> {
        let playbook = self.playbook.as_ref().filter(|_| !self.body.playbook_hash.is_empty())?;
        Some(playbook.hash != self.body.playbook_hash)
    }

    pub(crate) fn state(&self) -> RunState {
        self.body.state.unwrap_or(RunState::Active)
    }

    pub(crate) fn step(&self, code: &str) -> Option<&(Row, PlaybookStep)> {
        self.steps.iter().find(|(_, step)| step.code == code)
    }

    /// The steps as the rule reads them.
    pub(crate) fn kept(&self, cx: &Cx<'_>) -> BTreeMap<String, Kept> {
        let days = &cx.rules().tasks().days;
        let one = |(_, step): &(Row, PlaybookStep)| {
            let settled_on = step.done_at.map(|at| days.day(at));
            let standing = Standing { state: state_of(step), settled_on };
            (step.code.clone(), Kept { standing, starts_on: step.starts_on, due_on: step.due_on })
        };
        self.steps.iter().map(one).collect()
    }

    /// How far it is on a day.
    pub(crate) fn progress(&self, today: NaiveDate) -> Progress {
        let one = |(_, step): &(Row, PlaybookStep)| Counted {
            code: step.code.clone(),
            required: step.required == Some(true),
            state: state_of(step),
            due_on: step.due_on,
        };
        let steps: Vec<Counted> = self.steps.iter().map(one).collect();
        progress(&steps, today)
    }

    /// The open steps that other anchors move.
    pub(crate) fn replan(&self, cx: &Cx<'_>, anchors: &BTreeMap<String, NaiveDate>) -> Result<Vec<Moved>> {
        let playbook = self.playbook()?;
        replan(playbook, cx.rules().days_of(playbook), anchors, &self.kept(cx))
    }

    /// The codes of open steps that have to be done before a step.
    pub(crate) fn open_before(&self, code: &str) -> Vec<String> {
        let step = self.playbook.as_ref().and_then(|playbook| playbook.step(code));
        let is_open = |code: &&String| self.step(code).is_some_and(|(_, step)| state_of(step) == StepState::Open);
        step.into_iter().flat_map(|step| &step.after).filter(is_open).cloned().collect()
    }

    /// The steps whose days depend on a step, near and far.
    fn hanging_on(&self, code: &str) -> BTreeSet<String> {
        let mut hanging = BTreeSet::from([code.to_owned()]);
        let Some(playbook) = &self.playbook else { return hanging };
        for step in playbook.in_order() {
            if step.depends_on().any(|on| hanging.contains(on)) {
                hanging.insert(step.code.clone());
            }
        }
        hanging
    }
}

/// How a step stands.
pub(crate) fn state_of(step: &PlaybookStep) -> StepState {
    step.state.unwrap_or(StepState::Open)
}

/// The steps of a run in order, as they are and as they will be.
fn steps_of(cx: &mut Cx<'_>, run: Id) -> Result<Vec<(Row, PlaybookStep)>> {
    let stored = linked(cx, (Kind::PlaybookStep, "playbook_run"), &[run], MOST_STEPS_KEPT)?;
    let mut rows: BTreeMap<Id, Row> = stored.into_iter().map(|row| (row.id, row)).collect();
    rows.extend(cx.staged(Kind::PlaybookStep).map(|row| (row.id, row.clone())));
    let mut steps: Vec<(Row, PlaybookStep)> = rows
        .into_values()
        .filter_map(|row| {
            let step = step_of(&row).filter(|step| step.playbook_run == Some(run)).cloned()?;
            Some((row, step))
        })
        .collect();
    steps.sort_by(|(_, a), (_, b)| a.position.cmp(&b.position).then_with(|| a.code.cmp(&b.code)));
    Ok(steps)
}

/// Keeps a step as it is to be, and its task with it.
pub(super) fn keep_step(cx: &mut Cx<'_>, row: Row, step: PlaybookStep) -> Result<()> {
    cx.by_itself(|cx| {
        let task = step.task;
        cx.update(Row { body: step.clone().into(), ..row })?;
        match task {
            Some(task) => keep_task(cx, task, &step),
            None => Ok(()),
        }
    })
}

/// The task says what its step says. Where it does already, nothing is written.
fn keep_task(cx: &mut Cx<'_>, id: Id, step: &PlaybookStep) -> Result<()> {
    let Some(row) = cx.row(Key { kind: Kind::Task, id })? else { return Ok(()) };
    let Some(mut task) = task_of(&row).cloned() else { return Ok(()) };
    let mut archived_at = row.archived_at;
    match state_of(step) {
        StepState::Open => {
            (task.completed_at, archived_at) = (None, None);
            task.completed_by.clear();
            task.assignee.clone_from(&step.assignee);
            if task.due_date != step.due_on {
                task.due_date = step.due_on;
                if step.due_on.is_none() {
                    task.due_at = None;
                }
            }
        }
        StepState::Done if task.completed_at.is_none() => {
            archived_at = None;
            task.completed_at = step.done_at;
            task.completed_by.clone_from(&step.done_by);
        }
        StepState::Skipped | StepState::NotNeeded if task.completed_at.is_none() => {
            archived_at = archived_at.or(Some(cx.at()));
        }
        _ => {}
    }
    cx.update(Row { archived_at, body: task.into(), ..row }).map(drop)
}

/// Makes the task of a step.
pub(super) fn make_task(
    cx: &mut Cx<'_>,
    run: &PlaybookRun,
    step_id: Id,
    step: &PlaybookStep,
    priority: &str,
) -> Result<Id> {
    let id = Id::from_text(&format!("playbook_task {step_id}"));
    let task = Task {
        title: step.title.clone(),
        account: run.account,
        deal: run.deal,
        assignee: step.assignee.clone(),
        priority: priority.to_owned(),
        due_date: step.due_on,
        playbook_step: Some(step_id),
        ..Task::default()
    };
    cx.by_itself(|cx| cx.insert(id, task.into()))?;
    Ok(id)
}

/// What somebody does with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It is done.
    Complete { at: Instant, by: String, force: Option<String> },
    /// It is to be done after all.
    Reopen,
    /// It is left out.
    Skip { reason: String },
}

/// Changes a step, with its task, its run and the days of what hangs on it. Gives the steps that moved.
///
/// # Errors
/// [`PlaybookProblem`] where the step or its run does not allow it, or steps that come before are open.
pub(super) fn happen(cx: &mut Cx<'_>, id: Id, doing: Doing) -> Result<Vec<Moved>> {
    let row = cx.by_itself(|cx| cx.existing(Key { kind: Kind::PlaybookStep, id }))?;
    let missing = || Problem::NotFound { record: Kind::PlaybookStep.name().into(), id: id.to_string() };
    let mut step = step_of(&row).cloned().ok_or_else(missing)?;
    let run = Run::of(cx, step.playbook_run.ok_or_else(missing)?)?;
    if run.state() == RunState::Cancelled {
        return Err(PlaybookProblem::RunState { state: run.state() }.into());
    }
    let state = state_of(&step);
    let wrong = || PlaybookProblem::StepState { state };
    match doing {
        Doing::Complete { at, by, force } => {
            if state != StepState::Open {
                return Err(wrong().into());
            }
            let open = run.open_before(&step.code);
            match (open.is_empty(), force) {
                (false, None) => {
                    return Err(PlaybookProblem::OpenPrerequisites { step: step.code, open }.into());
                }
                (false, Some(reason)) => step.force_reason = reason,
                (true, _) => {}
            }
            (step.state, step.done_at, step.done_by) = (Some(StepState::Done), Some(at), by);
        }
        Doing::Reopen => {
            if !matches!(state, StepState::Done | StepState::Skipped) {
                return Err(wrong().into());
            }
            (step.state, step.done_at) = (Some(StepState::Open), None);
            for text in [&mut step.done_by, &mut step.skip_reason, &mut step.force_reason] {
                text.clear();
            }
        }
        Doing::Skip { reason } => {
            if state != StepState::Open {
                return Err(wrong().into());
            }
            (step.state, step.done_at) = (Some(StepState::Skipped), Some(cx.at()));
            (step.skip_reason, step.done_by) = (reason, cx.actor().name().to_owned());
        }
    }
    let code = step.code.clone();
    keep_step(cx, row, step)?;
    let moved = move_hanging(cx, run.row.id, &code)?;
    settle_run(cx, run.row.id)?;
    Ok(moved)
}

/// The days of the open steps that hang on one follow it.
fn move_hanging(cx: &mut Cx<'_>, run: Id, code: &str) -> Result<Vec<Moved>> {
    let run = Run::of(cx, run)?;
    if run.playbook.is_none() {
        return Ok(Vec::new());
    }
    let hanging = run.hanging_on(code);
    let mut moved = run.replan(cx, &anchors_of(&run.body))?;
    moved.retain(|one| hanging.contains(&one.code));
    apply(cx, &run, &moved)?;
    Ok(moved)
}

/// Moves the open steps of a run, with their tasks.
pub(super) fn apply(cx: &mut Cx<'_>, run: &Run, moved: &[Moved]) -> Result<()> {
    for one in moved {
        let Some((row, step)) = run.step(&one.code) else { continue };
        let (starts_on, due_on) = one.to;
        keep_step(cx, row.clone(), PlaybookStep { starts_on, due_on, ..step.clone() })?;
    }
    Ok(())
}

/// Counts the steps of a run again, and ends it or lets it go on.
pub(super) fn settle_run(cx: &mut Cx<'_>, id: Id) -> Result<Row> {
    let run = Run::of(cx, id)?;
    let at = cx.at();
    let progress = run.progress(cx.rules().tasks().days.day(at));
    let state = match (run.state(), progress.is_complete()) {
        (RunState::Cancelled, _) => RunState::Cancelled,
        (_, true) => RunState::Done,
        (_, false) => RunState::Active,
    };
    let ended_at = match state {
        RunState::Active => None,
        _ => run.body.ended_at.or(Some(at)),
    };
    let count = |n: u64| i64::try_from(n).ok();
    let body = PlaybookRun {
        state: Some(state),
        ended_at,
        required_count: count(progress.required),
        done_count: count(progress.done),
        ..run.body
    };
    cx.by_itself(|cx| cx.update(Row { body: body.into(), ..run.row }))
}
