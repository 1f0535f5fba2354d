//! How a ticket stands against its promises at an instant.

use chrono::TimeDelta;

use super::clock::{Clock, ClockState};
use super::state::{State, seconds};
use super::{CalendarRef, Sla, WorkingTime};
use crate::kernel::service::{SlaMetric, SlaState};
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::Instant;

/// How one clock stands. Lengths are working time where nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockStanding {
    /// The clock's metric.
    pub metric: SlaMetric,
    /// Which run of the clock.
    pub cycle: u32,
    /// How it stands.
    pub state: SlaState,
    /// Whether what it measures is still awaited.
    pub is_open: bool,
    /// By when; `None` while it stands still.
    pub due_at: Option<Instant>,
    /// What it used.
    pub used: TimeDelta,
    /// What is left of the target; nothing where it is used up.
    pub remaining: TimeDelta,
    /// By how much it is or was late.
    pub overdue: TimeDelta,
    /// The same by the wall clock.
    pub overdue_wall: TimeDelta,
    /// When it would be due if the pause ended now.
    pub due_if_resumed_now: Option<Instant>,
    /// Why.
    pub reasons: Vec<SlaReason>,
}

/// How a ticket stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Each clock that is kept, in the order in which they were started.
    pub clocks: Vec<ClockStanding>,
    /// All promises together: broken if one was, else the most pressing of those that are open, else kept. `None` for a
    /// ticket without promises.
    pub state: Option<SlaState>,
    /// The same of the promises that are still open; `None` if none is.
    pub open_state: Option<SlaState>,
    /// By when something is to be done: the first response while it is awaited, else the earliest of all that run.
    pub due_at: Option<Instant>,
    /// What is to be done by then.
    pub due_metric: Option<SlaMetric>,
}

impl Standing {
    /// The latest clock of a metric.
    pub fn clock(&self, metric: SlaMetric) -> Option<&ClockStanding> {
        self.clocks.iter().rev().find(|clock| clock.metric == metric)
    }
}

impl State {
    /// How the ticket stands at an instant, which is not before its last event.
    pub fn standing(&self, sla: &Sla, at: Instant) -> Standing {
        let clocks: Vec<ClockStanding> = self.clocks.iter().map(|clock| self.clock_standing(sla, clock, at)).collect();
        let broken_before = self.folded.values().any(|folded| folded.breached > 0);
        let of = |clock: &ClockStanding| clock.state;
        let mut state = overall(clocks.iter().map(of));
        if broken_before {
            state = Some(SlaState::Breached);
        }
        let open_state = overall(clocks.iter().filter(|clock| clock.is_open).map(of));
        let first = clocks.iter().find(|clock| clock.metric == SlaMetric::FirstResponse && clock.is_open);
        let next = match first {
            Some(first) => Some(first),
            None => clocks
                .iter()
                .filter(|clock| clock.is_open && clock.due_at.is_some())
                .min_by_key(|clock| (clock.due_at, clock.metric)),
        };
        let due_at = next.and_then(|clock| clock.due_at);
        let due_metric = next.filter(|_| due_at.is_some()).map(|clock| clock.metric);
        Standing { clocks, state, open_state, due_at, due_metric }
    }

    fn clock_standing(&self, sla: &Sla, clock: &Clock, at: Instant) -> ClockStanding {
        let is_late = clock.is_late(at);
        let is_soon = clock.state == ClockState::Running && clock.due_soon_at.is_some_and(|soon| soon <= at);
        let state = match clock.state {
            ClockState::Met => SlaState::Met,
            ClockState::Cancelled => SlaState::Cancelled,
            ClockState::Paused => SlaState::Paused,
            ClockState::Breached | ClockState::Running if is_late => SlaState::Breached,
            ClockState::Breached | ClockState::Running if is_soon => SlaState::DueSoon,
            ClockState::Breached | ClockState::Running => SlaState::OnTrack,
        };
        let used = self.used(sla, clock, at);
        let left = seconds(clock.target_seconds).checked_sub(&used).unwrap_or_default();
        let remaining = if is_late { TimeDelta::zero() } else { left.max(TimeDelta::zero()) };
        let (mut overdue, mut overdue_wall) = (TimeDelta::zero(), TimeDelta::zero());
        if let (true, Some(due)) = (is_late, clock.due_at) {
            let end = clock.stopped_at.unwrap_or(at);
            overdue_wall = end.signed_duration_since(due).max(TimeDelta::zero());
            overdue = sla.elapsed(sla.time(&clock.calendar), due, end, &self.pauses(clock.metric, end));
        }
        let due_if_resumed_now = match (clock.state, sla.calendar(sla.time(&clock.calendar))) {
            (ClockState::Paused, Some(calendar)) => {
                let whole = if remaining.subsec_nanos() == 0 { 0 } else { 1 };
                let left = remaining.num_seconds().saturating_add(whole);
                calendar.due(at, left, crate::kernel::calendar::Pauses::NONE).ok()
            }
            _ => None,
        };
        let mut standing = ClockStanding {
            metric: clock.metric,
            cycle: clock.cycle,
            state,
            is_open: clock.is_open(),
            due_at: clock.due_at,
            used,
            remaining,
            overdue,
            overdue_wall,
            due_if_resumed_now,
            reasons: Vec::new(),
        };
        standing.reasons.extend(why(clock, &standing));
        if let (true, CalendarRef::Of { id, hash, .. }) = (clock.is_open(), &clock.calendar) {
            let is_same = matches!(sla.time(&clock.calendar), WorkingTime::Calendar(now) if now.hash() == hash);
            if !is_same {
                standing.reasons.push(SlaReason::CalendarChanged { metric: clock.metric, calendar: id.clone() });
            }
        }
        standing
    }
}

/// The sentence of how a clock stands.
fn why(clock: &Clock, standing: &ClockStanding) -> Option<SlaReason> {
    let metric = clock.metric;
    let (used, remaining) = (standing.used.num_seconds(), standing.remaining.num_seconds());
    Some(match standing.state {
        SlaState::Met => SlaReason::Met { metric, used, target: clock.target_seconds },
        SlaState::Paused => SlaReason::Paused { metric, remaining, due_if_resumed: standing.due_if_resumed_now },
        SlaState::OnTrack => SlaReason::OnTrack { metric, due_at: clock.due_at?, remaining },
        SlaState::DueSoon => SlaReason::DueSoon { metric, due_at: clock.due_at?, remaining },
        SlaState::Breached => SlaReason::Breached {
            metric,
            due_at: clock.due_at?,
            working: standing.overdue.num_seconds(),
            wall: standing.overdue_wall.num_seconds(),
        },
        SlaState::Cancelled => SlaReason::Cancelled { metric, end: clock.end? },
    })
}

/// Several as one: a broken promise before all, then what presses, then what stands still, then what was kept.
fn overall(states: impl Iterator<Item = SlaState>) -> Option<SlaState> {
    let rank = |state: &SlaState| match state {
        SlaState::Breached => 5,
        SlaState::DueSoon => 4,
        SlaState::OnTrack => 3,
        SlaState::Paused => 2,
        SlaState::Met => 1,
        SlaState::Cancelled => 0,
    };
    states.max_by_key(rank)
}
