//! All clocks of a ticket, and what of its past they count with.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::alerts::Alert;
use super::clock::{Clock, Promise};
use super::{PolicyRef, Sla};
use crate::kernel::calendar::Pauses;
use crate::kernel::service::{SlaMetric, TicketEventKind, TicketState};
use crate::kernel::sla_reason::MoveCause;
use crate::kernel::time::Instant;

/// One thing that happened to a ticket, with its status and priority afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening<'a> {
    /// When.
    pub at: Instant,
    /// Its number among the ticket's events: orders those of one instant, and tells repeated ones.
    pub number: u64,
    /// What.
    pub kind: TicketEventKind,
    /// Whether somebody of the team did it; looked at where the ticket is made.
    pub by_staff: bool,
    /// The status, by its code.
    pub status: &'a str,
    /// What the status means.
    pub state: TicketState,
    /// The priority, by its code; empty where nobody said.
    pub priority: &'a str,
}

/// A time in which a ticket had one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From when.
    pub from: Instant,
    /// The status.
    pub status: String,
    /// What it means.
    pub state: TicketState,
    /// Whether it was a pause, by the policy of then.
    pub is_paused: bool,
    /// Whether the ticket was merged or archived.
    pub is_gone: bool,
}

impl Segment {
    /// Whether a clock stands still in it.
    pub(super) fn pauses(&self, metric: SlaMetric) -> bool {
        let waits = matches!(self.state, TicketState::Pending);
        let over = !self.state.is_open();
        self.is_gone
            || match metric {
                SlaMetric::RequesterWait => waits || over,
                SlaMetric::AgentWork => waits || over || self.is_paused || self.state == TicketState::Hold,
                SlaMetric::NextResponse | SlaMetric::PeriodicUpdate => self.is_paused || over,
                _ => self.is_paused,
            }
    }
}

/// What is left of the finished clocks of a metric that are not kept any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// How many kept their promise.
    pub met: u64,
    /// How many broke it.
    pub breached: u64,
    /// How many were cancelled.
    pub cancelled: u64,
    /// The longest working time that one used.
    pub longest: TimeDelta,
}

/// All clocks of one ticket; see the [module](super). A new one ([`State::default`]) waits for the first event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The instant and the highest number of what happened so far.
    pub(super) last: Option<(Instant, u64)>,
    pub(super) created_at: Option<Instant>,
    pub(super) priority: String,
    pub(super) promise: Option<Promise>,
    /// In order; one ends where the next begins.
    pub(super) segments: Vec<Segment>,
    pub(super) first_response_at: Option<Instant>,
    pub(super) last_reply_at: Option<Instant>,
    /// The earliest message of the customer that nobody has answered.
    pub(super) unanswered_since: Option<Instant>,
    pub(super) first_resolved_at: Option<Instant>,
    /// Since when the ticket is resolved for its clocks.
    pub(super) resolved_at: Option<Instant>,
    pub(super) is_gone: bool,
    /// Why the promise changed while no clock could run: those that go on take the one of then.
    pub(super) unapplied: Option<MoveCause>,
    pub(super) clocks: Vec<Clock>,
    pub(super) folded: BTreeMap<SlaMetric, Folded>,
    /// What became true before the last event.
    pub(super) fired: Vec<Alert>,
}

impl State {
    /// Every clock that is kept, in the order in which they were started.
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// The latest clock of a metric.
    pub fn clock(&self, metric: SlaMetric) -> Option<&Clock> {
        self.clocks.iter().rev().find(|clock| clock.metric == metric)
    }

    /// The policy that the ticket has.
    pub fn policy(&self) -> Option<&PolicyRef> {
        self.promise.as_ref().map(|promise| &promise.policy)
    }

    /// The times of the statuses that the ticket had, in order; one ends where the next begins.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// When the team first answered.
    pub const fn first_response_at(&self) -> Option<Instant> {
        self.first_response_at
    }

    /// When the earliest message came that nobody has answered.
    pub const fn unanswered_since(&self) -> Option<Instant> {
        self.unanswered_since
    }

    /// The instant of the last event.
    pub fn last_at(&self) -> Option<Instant> {
        self.last.map(|(at, _)| at)
    }

    /// Finished clocks of a metric that are not kept any more, as numbers.
    pub fn folded(&self, metric: SlaMetric) -> Folded {
        self.folded.get(&metric).copied().unwrap_or_default()
    }

    /// The pauses of a metric up to an instant.
    pub(super) fn spans(&self, metric: SlaMetric, until: Instant) -> Vec<(Instant, Instant)> {
        let ends = self.segments.iter().skip(1).map(|next| next.from).chain([until]);
        let spans = self.segments.iter().zip(ends).filter(|(segment, _)| segment.pauses(metric));
        spans.map(|(segment, end)| (segment.from, end.min(until))).filter(|(from, to)| from < to).collect()
    }

    pub(super) fn pauses(&self, metric: SlaMetric, until: Instant) -> Pauses {
        Pauses::new(self.spans(metric, until)).unwrap_or_default()
    }

    /// Whether a metric stands still now.
    pub(super) fn is_paused(&self, metric: SlaMetric) -> bool {
        self.segments.last().is_some_and(|segment| segment.pauses(metric))
    }

    /// The working time that a clock used until an instant.
    pub(super) fn used(&self, sla: &Sla, clock: &Clock, at: Instant) -> TimeDelta {
        if let Some(used) = clock.used {
            return used;
        }
        let time = sla.time(&clock.calendar);
        let counted = sla.elapsed(time, clock.counted_from, at, &self.pauses(clock.metric, at));
        counted.checked_add(&seconds(clock.carried_seconds)).unwrap_or(TimeDelta::MAX)
    }
}

/// Whole seconds as a length.
pub(super) fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)
}
