//! One clock: a promise that is measured.

use chrono::TimeDelta;

use super::policy::{Chosen, WorkingTime};
use crate::kernel::coded::coded;
use crate::kernel::service::SlaMetric;
use crate::kernel::sla_reason::End;
use crate::kernel::time::Instant;

coded! {
    /// What a clock does.
    ClockState {
        /// It counts whenever its calendar is open.
        Running = "running",
        /// It stands still.
        Paused = "paused",
        /// What it waited for came in time.
        Met = "met",
        /// It did not. As long as it has not come, the clock goes on to count what it is late.
        Breached = "breached",
        /// It was stopped without a verdict.
        Cancelled = "cancelled",
    }
}

/// A policy as it was when a clock was started or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRef {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
}

/// A calendar as it was when a clock was started or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarRef {
    /// None: every second counts.
    Wall,
    /// The policy's way to a calendar led nowhere.
    Missing,
    /// One of the configuration's.
    Of {
        /// Its id.
        id: String,
        /// Its version.
        version: u32,
        /// Its hash, over everything that can change an answer.
        hash: String,
    },
}

impl CalendarRef {
    /// The id, if there is a calendar.
    pub fn id(&self) -> Option<&str> {
        match self {
            CalendarRef::Of { id, .. } => Some(id),
            CalendarRef::Wall | CalendarRef::Missing => None,
        }
    }

    /// Whether both mean the same calendar, in whatever version.
    pub(super) fn is_same(&self, other: &CalendarRef) -> bool {
        match (self, other) {
            (CalendarRef::Of { id, .. }, CalendarRef::Of { id: other, .. }) => id == other,
            _ => self == other,
        }
    }
}

impl From<WorkingTime<'_>> for CalendarRef {
    fn from(time: WorkingTime<'_>) -> Self {
        match time {
            WorkingTime::Wall => CalendarRef::Wall,
            WorkingTime::Missing => CalendarRef::Missing,
            WorkingTime::Calendar(calendar) => CalendarRef::Of {
                id: calendar.id().to_owned(),
                version: calendar.version(),
                hash: calendar.hash().to_owned(),
            },
        }
    }
}

/// What is promised to a ticket: a policy in its working time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) policy: PolicyRef,
    pub(super) calendar: CalendarRef,
}

impl From<Chosen<'_>> for Promise {
    fn from(chosen: Chosen<'_>) -> Self {
        let policy = PolicyRef { id: chosen.policy.name.id.clone(), version: chosen.policy.version };
        Self { policy, calendar: chosen.time.into() }
    }
}

/// One clock of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What it measures.
    pub metric: SlaMetric,
    /// Which run it is, from 1; only next responses and updates run more than once.
    pub cycle: u32,
    /// What it does.
    pub state: ClockState,
    /// When what it measures began.
    pub started_at: Instant,
    /// From when it counts: the start, unless a change started it anew.
    pub counted_from: Instant,
    /// Working seconds that count as used before that.
    pub carried_seconds: i64,
    /// Working seconds that were promised.
    pub target_seconds: i64,
    /// By when; `None` while it stands still, and where nothing can be due.
    pub due_at: Option<Instant>,
    /// From when there is little time left.
    pub due_soon_at: Option<Instant>,
    /// The steps of the escalation that lie ahead, by their ids.
    pub steps: Vec<(String, Instant)>,
    /// Since when these instants hold: nothing became true before.
    pub since: Instant,
    /// When it was stopped.
    pub stopped_at: Option<Instant>,
    /// What stopped it.
    pub end: Option<End>,
    /// Working time that it used, where it stands still or was stopped.
    pub used: Option<TimeDelta>,
    /// The policy.
    pub policy: PolicyRef,
    /// The calendar.
    pub calendar: CalendarRef,
}

impl Clock {
    /// Whether it can still keep or break its promise.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, ClockState::Running | ClockState::Paused)
    }

    /// Whether what it measures is still awaited, its promise broken or not.
    pub const fn is_open(&self) -> bool {
        self.is_active() || (matches!(self.state, ClockState::Breached) && self.stopped_at.is_none())
    }

    /// Since when its promise is broken, if it is at an instant.
    pub(super) fn is_late(&self, at: Instant) -> bool {
        match self.state {
            ClockState::Breached => true,
            ClockState::Running => self.due_at.is_some_and(|due| due < at),
            _ => false,
        }
    }

    /// Lets it go on after it was stopped. A kept promise can be broken again, a broken one stays so.
    pub(super) fn resume(&mut self, at: Instant) {
        if self.state != ClockState::Breached {
            self.state = ClockState::Running;
        }
        (self.stopped_at, self.end, self.used) = (None, None, None);
        self.since = at;
    }

    /// Stops it for good, kept or cancelled; a broken promise stays broken.
    pub(super) fn finish(&mut self, state: ClockState, used: TimeDelta, at: Instant, end: End) {
        if self.state != ClockState::Breached {
            self.state = state;
        }
        self.stopped_at = Some(at);
        self.end = Some(end);
        self.used = Some(used);
        self.due_soon_at = None;
        self.steps.clear();
        if state == ClockState::Cancelled && self.state == state {
            self.due_at = None;
        }
    }
}
