//! What becomes of a run when its days move, or when it goes on in another version: plans, which somebody then applies.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::definition::Playbook;
use super::plan::{Planned, Standing, plan};
use crate::kernel::calendar::Calendar;
use crate::kernel::coded::coded;
use crate::kernel::customer::StepState;
use crate::kernel::error::Result;
use crate::kernel::playbook_reason::PlaybookReason;

/// A step of a run as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How it stands.
    pub standing: Standing,
    /// Its first day.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
}

/// The first and the last day of a step.
pub type Span = (Option<NaiveDate>, Option<NaiveDate>);

/// An open step whose days move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The step.
    pub code: String,
    /// Its days as they are.
    pub from: Span,
    /// Its days as they will be.
    pub to: Span,
    /// Whether they are counted from the planned end of a step that is not done.
    pub is_provisional: bool,
    /// Why.
    pub reasons: Vec<PlaybookReason>,
}

fn standings(kept: &BTreeMap<String, Kept>) -> BTreeMap<String, Standing> {
    kept.iter().map(|(code, kept)| (code.clone(), kept.standing)).collect()
}

/// The open steps that other anchors move, in the order of the playbook. Nothing else ever moves.
///
/// # Errors
/// As [`plan`].
pub fn replan(
    playbook: &Playbook,
    calendar: &Calendar,
    anchors: &BTreeMap<String, NaiveDate>,
    kept: &BTreeMap<String, Kept>,
) -> Result<Vec<Moved>> {
    let mut moved = Vec::new();
    for one in plan(playbook, calendar, anchors, &standings(kept))? {
        let Some(step) = playbook.steps.get(one.place) else { continue };
        let Some(now) = kept.get(&step.code).filter(|now| now.standing.state == StepState::Open) else { continue };
        let (from, to) = ((now.starts_on, now.due_on), (one.starts_on, one.due_on));
        if from != to {
            let (is_provisional, reasons) = (one.is_provisional, one.reasons);
            moved.push(Moved { code: step.code.clone(), from, to, is_provisional, reasons });
        }
    }
    Ok(moved)
}

coded! {
    /// What becomes of a step when its run goes on in another version.
    Change {
        /// Stays as it is, open.
        Kept = "kept",
        /// Stays, on other days.
        Moved = "moved",
        /// Is new.
        Added = "added",
        /// Is in the new version no more: left out.
        Dropped = "dropped",
        /// Its condition does not hold.
        NotNeeded = "not_needed",
        /// Was done or left out, and stays so.
        Settled = "settled",
    }
}

/// A step of a run that goes on in another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The step.
    pub code: String,
    /// What becomes of it.
    pub change: Change,
    /// Its days as they are.
    pub from: Span,
    /// Its days as they will be; of a settled one as they are.
    pub to: Span,
    /// Why.
    pub reasons: Vec<PlaybookReason>,
}

/// What becomes of each step of a run in another version: those of the version in its order, then those that it has no more.
/// `needed` says whether a step's condition holds.
///
/// # Errors
/// As [`plan`].
pub fn migrate(
    to: &Playbook,
    calendar: &Calendar,
    anchors: &BTreeMap<String, NaiveDate>,
    kept: &BTreeMap<String, Kept>,
    needed: impl Fn(&super::Step) -> bool,
) -> Result<Vec<Migrated>> {
    let mut standings = standings(kept);
    for step in &to.steps {
        let now = standings.get(&step.code).map(|now| now.state);
        if now.is_none_or(|now| matches!(now, StepState::Open | StepState::NotNeeded)) {
            let state = if needed(step) { StepState::Open } else { StepState::NotNeeded };
            standings.insert(step.code.clone(), Standing { state, settled_on: None });
        }
    }
    let mut lines = Vec::new();
    for one in plan(to, calendar, anchors, &standings)? {
        let Some(step) = to.steps.get(one.place) else { continue };
        lines.push(line(&step.code, kept.get(&step.code), one));
    }
    for (code, now) in kept.iter().filter(|(code, _)| to.step(code).is_none()) {
        let change = match now.standing.state {
            StepState::Open | StepState::NotNeeded => Change::Dropped,
            StepState::Done | StepState::Skipped => Change::Settled,
        };
        let from = (now.starts_on, now.due_on);
        let to = if change == Change::Settled { from } else { (None, None) };
        lines.push(Migrated { code: code.clone(), change, from, to, reasons: Vec::new() });
    }
    Ok(lines)
}

fn line(code: &str, now: Option<&Kept>, one: Planned) -> Migrated {
    let from = now.map_or((None, None), |now| (now.starts_on, now.due_on));
    let mut to = (one.starts_on, one.due_on);
    let was = now.map(|now| now.standing.state);
    let change = match (was, one.standing.state) {
        (_, StepState::Done | StepState::Skipped) => {
            to = from;
            Change::Settled
        }
        (_, StepState::NotNeeded) => Change::NotNeeded,
        (None | Some(StepState::NotNeeded), StepState::Open) => Change::Added,
        _ if from == to => Change::Kept,
        _ => Change::Moved,
    };
    Migrated { code: code.to_owned(), change, from, to, reasons: one.reasons }
}
