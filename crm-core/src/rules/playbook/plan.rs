//! The days of all steps, in one pass over the order in which they depend on each other.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::dates::{due, month_end, rolled};
use super::definition::{Anchor, Offset, Playbook, Step};
use crate::kernel::calendar::Calendar;
use crate::kernel::customer::StepState;
use crate::kernel::error::Result;
use crate::kernel::playbook_reason::{Direction, OffsetUnit, PlaybookReason as Why};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: StepState,
    /// The day on which it was done or left out.
    pub settled_on: Option<NaiveDate>,
}

impl Standing {
    /// A step that is to be done.
    pub const OPEN: Standing = Standing { state: StepState::Open, settled_on: None };
}

/// The days of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The step's place in the playbook.
    pub place: usize,
    /// How it stands.
    pub standing: Standing,
    /// Its first day, of a step that is open and whose anchor is known.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
    /// Whether its days rest on the planned end of a step that is not done: of its anchor, or of one that it waits for.
    pub is_provisional: bool,
    /// Why.
    pub reasons: Vec<Why>,
}

/// Where a step ends, for those that depend on it.
#[derive(Clone, Copy, Default)]
struct End {
    on: Option<NaiveDate>,
    is_provisional: bool,
}

/// The days of every step, in the order of the playbook. Steps that are missing in `standings` are open.
///
/// What is done, or was left out, ended on the day of that, and has no days of its own here. What is not needed takes no
/// time: it ends on its anchor.
///
/// # Errors
/// A day beyond the years 1900 to 9999, at its step.
pub fn plan(
    playbook: &Playbook,
    calendar: &Calendar,
    anchors: &BTreeMap<String, NaiveDate>,
    standings: &BTreeMap<String, Standing>,
) -> Result<Vec<Planned>> {
    let mut ends: BTreeMap<&str, End> = BTreeMap::new();
    let mut planned: Vec<Option<Planned>> = vec![None; playbook.steps.len()];
    for place in &playbook.order {
        let Some(step) = playbook.steps.get(*place) else { continue };
        let standing = standings.get(&step.code).copied().unwrap_or(Standing::OPEN);
        let base = match &step.anchor {
            Anchor::Day(name) => End { on: anchors.get(name).copied(), is_provisional: false },
            Anchor::Step(code) => ends.get(code.as_str()).copied().unwrap_or_default(),
        };
        let mut one = Planned {
            place: *place,
            standing,
            starts_on: None,
            due_on: None,
            is_provisional: base.is_provisional && standing.state == StepState::Open,
            reasons: Vec::new(),
        };
        let end = match standing.state {
            StepState::Done | StepState::Skipped => End { on: standing.settled_on, is_provisional: false },
            StepState::NotNeeded => {
                one.reasons.push(Why::NotNeeded);
                base
            }
            StepState::Open => {
                let waits = waits_for(playbook, step, &ends);
                Open { playbook, step, calendar }
                    .count(base, &waits, &mut one)
                    .map_err(|e| e.at(&step.code).at("steps"))?;
                // What has no days yet ends at no day that is known.
                End { on: one.due_on, is_provisional: true }
            }
        };
        ends.insert(&step.code, end);
        if let Some(slot) = planned.get_mut(*place) {
            *slot = Some(one);
        }
    }
    Ok(planned.into_iter().flatten().collect())
}

/// The ends of the steps that have to be done before, where they are known.
fn waits_for<'p>(playbook: &'p Playbook, step: &Step, ends: &BTreeMap<&str, End>) -> Vec<Wait<'p>> {
    let known = |code: &String| {
        let (step, end) = (playbook.step(code)?, ends.get(code.as_str())?);
        Some(Wait { step, end: end.on?, is_provisional: end.is_provisional })
    };
    step.after.iter().filter_map(known).collect()
}

/// A step that has to be done before.
struct Wait<'p> {
    step: &'p Step,
    end: NaiveDate,
    is_provisional: bool,
}

/// What is waited for the longest; of several that end on one day one that is done, which nothing moves any more.
fn longest<'w, 'p>(waits: &'w [Wait<'p>], start: NaiveDate) -> Option<&'w Wait<'p>> {
    waits.iter().max_by_key(|wait| (wait.end, !wait.is_provisional)).filter(|wait| wait.end > start)
}

/// A step that is to be counted.
struct Open<'a> {
    playbook: &'a Playbook,
    step: &'a Step,
    calendar: &'a Calendar,
}

impl Open<'_> {
    fn count(&self, base: End, waits: &[Wait<'_>], one: &mut Planned) -> Result<()> {
        let name = self.playbook.anchor_name(&self.step.anchor);
        let Some(date) = base.on else {
            one.reasons.push(Why::NoAnchor { anchor: name });
            return Ok(());
        };
        let Offset { count, unit, direction } = self.step.offset;
        one.reasons.push(match count {
            0 => Why::OnDay { anchor: name, date },
            _ => Why::Counted { count, unit, direction, anchor: name, date },
        });
        if let (true, Anchor::Step(code)) = (one.is_provisional, &self.step.anchor)
            && let Some(step) = self.playbook.step(code)
        {
            one.reasons.push(Why::Provisional { step: step.name(), date });
        }
        let counted = due(date, self.step.offset, self.calendar)?;
        one.reasons.extend(month_end(date, self.step.offset, counted));
        let first = self.roll(counted, direction, one)?;
        match direction {
            Direction::After => {
                let mut start = first;
                if let Some(Wait { step, end, is_provisional }) = longest(waits, start) {
                    one.reasons.push(Why::Waits { step: step.name(), date: *end });
                    one.is_provisional |= is_provisional;
                    start = self.roll(*end, direction, one)?;
                }
                let end = self.lasting(start, direction)?;
                one.starts_on = Some(start);
                one.due_on = Some(self.roll(end, direction, one)?);
            }
            Direction::Before => {
                let start = self.lasting(first, direction)?;
                let start = self.roll(start, direction, one)?;
                if let Some(Wait { step, end, .. }) = longest(waits, start) {
                    one.reasons.push(Why::TooTight { step: step.name(), date: *end });
                }
                one.starts_on = Some(start);
                one.due_on = Some(first);
            }
        }
        if self.step.duration > 0 {
            one.reasons.push(Why::Lasts { days: self.step.duration, is_business: self.is_business() });
        }
        Ok(())
    }

    fn is_business(&self) -> bool {
        self.step.offset.unit == OffsetUnit::BusinessDays
    }

    /// Its other end: so many days after its first, or before its last.
    fn lasting(&self, from: NaiveDate, direction: Direction) -> Result<NaiveDate> {
        let unit = if self.is_business() { OffsetUnit::BusinessDays } else { OffsetUnit::Days };
        due(from, Offset { count: self.step.duration, unit, direction }, self.calendar)
    }

    fn roll(&self, date: NaiveDate, direction: Direction, one: &mut Planned) -> Result<NaiveDate> {
        if !self.step.roll {
            return Ok(date);
        }
        let to = rolled(date, direction, self.calendar)?;
        if to != date {
            one.reasons.push(Why::Rolled { from: date, to });
        }
        Ok(to)
    }
}
