//! How many tickets came, went and are still to be worked on, by periods of a window.
//!
//! # Meaning
//! A ticket is in the backlog while its state is an open one ([`TicketState::is_open`](crate::kernel::service::TicketState))
//! and it is not archived. Its events say how that changes ([`TicketFlow`]). In each period
//!
//! `backlog_start + opened + reopened + restored - resolved - removed = backlog_end`
//!
//! where `resolved` also counts what was closed without having been resolved, and nothing twice: to close what is
//! resolved changes nothing. The backlog of a period's end is that of the next one's start.
//!
//! The backlog of an instant is counted backwards from how many are open now, so that only the events since the window's
//! start are read, however old the workspace is.

use serde_json::{Map, Value as Json, json};

use crate::kernel::service::TicketFlow;
use crate::kernel::time::Instant;
use crate::rules::report::ResolvedWindow;

mod attainment;
mod spec;

pub use attainment::{Attainment, Kept};
pub use spec::{VolumeGroup, VolumeSpec};

/// One event that changed the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowEvent {
    /// When it happened.
    pub at: Instant,
    /// How it changed the backlog.
    pub flow: TicketFlow,
    /// Whether it was known at the instant that the report tells of; what is not known yet has not happened.
    pub is_known: bool,
}

/// What came and went in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Tickets to be worked on when it began.
    pub backlog_start: i64,
    /// New tickets.
    pub opened: i64,
    /// Resolved ones that are worked on again.
    pub reopened: i64,
    /// Open ones that were brought back.
    pub restored: i64,
    /// Resolved, or closed at once.
    pub resolved: i64,
    /// Open ones that were put away or merged.
    pub removed: i64,
}

impl Volume {
    fn count(&mut self, flow: TicketFlow) {
        let count = match flow {
            TicketFlow::Opened => &mut self.opened,
            TicketFlow::Reopened => &mut self.reopened,
            TicketFlow::Restored => &mut self.restored,
            TicketFlow::Resolved => &mut self.resolved,
            TicketFlow::Removed => &mut self.removed,
        };
        *count = count.saturating_add(1);
    }

    /// Tickets to be worked on when it ended.
    pub const fn backlog_end(&self) -> i64 {
        let came = self.opened.saturating_add(self.reopened).saturating_add(self.restored);
        let went = self.resolved.saturating_add(self.removed);
        self.backlog_start.saturating_add(came).saturating_sub(went)
    }

    /// The same of a period and the one after it.
    const fn and(self, next: Self) -> Self {
        Volume {
            backlog_start: self.backlog_start,
            opened: self.opened.saturating_add(next.opened),
            reopened: self.reopened.saturating_add(next.reopened),
            restored: self.restored.saturating_add(next.restored),
            resolved: self.resolved.saturating_add(next.resolved),
            removed: self.removed.saturating_add(next.removed),
        }
    }

    /// Each number by its name.
    pub fn to_json(&self) -> Map<String, Json> {
        let numbers = [
            ("backlog_start", self.backlog_start),
            ("opened", self.opened),
            ("reopened", self.reopened),
            ("restored", self.restored),
            ("resolved", self.resolved),
            ("removed", self.removed),
            ("backlog_end", self.backlog_end()),
        ];
        numbers.into_iter().map(|(name, number)| (name.to_owned(), json!(number))).collect()
    }
}

/// Adds events up over the periods of a window.
///
/// ```
/// use crm_core::kernel::service::TicketFlow;
/// use crm_core::rules::report::{Window, WindowSpec};
/// use crm_core::rules::support_volume::{FlowEvent, Volumes};
/// let day = |text: &str| text.parse().unwrap();
/// let window = WindowSpec::new(Window::Fixed { from: day("2026-11-02"), to: day("2026-11-09") });
/// let week = window.resolve("2026-11-22T09:00:00Z".parse().unwrap()).unwrap();
/// // Five are open today. In the week one was resolved, and last week one came in.
/// let mut volumes = Volumes::new(&[week], 5);
/// for (at, flow) in [("2026-11-03T09:00:00Z", TicketFlow::Resolved), ("2026-11-17T09:00:00Z", TicketFlow::Opened)] {
///     volumes.add(FlowEvent { at: at.parse().unwrap(), flow, is_known: true });
/// }
/// let total = volumes.total();
/// assert_eq!((total.backlog_start, total.resolved, total.backlog_end()), (5, 1, 4));
/// ```
#[derive(Clone, Debug)]
pub struct Volumes {
    starts: Vec<Instant>,
    ends: Option<Instant>,
    counts: Vec<Volume>,
    /// By the number of periods that had begun: how the backlog changed from then on.
    since: Vec<i64>,
    open_now: i64,
}

impl Volumes {
    /// Nothing yet, over periods that follow each other; so many tickets are open now.
    pub fn new(periods: &[ResolvedWindow], open_now: i64) -> Self {
        let starts: Vec<Instant> = periods.iter().map(|period| period.starts_at).collect();
        Volumes {
            counts: vec![Volume::default(); starts.len()],
            since: vec![0; starts.len().saturating_add(1)],
            ends: periods.last().map(|period| period.ends_at),
            starts,
            open_now,
        }
    }

    /// One more ticket that is open now.
    pub const fn add_open(&mut self) {
        self.open_now = self.open_now.saturating_add(1);
    }

    /// One more event; all events since the start of the window are to be added, and all that are not known yet.
    pub fn add(&mut self, event: FlowEvent) {
        let begun = match event.is_known {
            true => self.starts.partition_point(|start| *start <= event.at),
            false => self.starts.len(),
        };
        if let Some(change) = self.since.get_mut(begun) {
            *change = change.saturating_add(event.flow.change());
        }
        let inside = event.is_known && self.ends.is_some_and(|ends| event.at < ends);
        if let Some(volume) = begun.checked_sub(1).filter(|_| inside).and_then(|place| self.counts.get_mut(place)) {
            volume.count(event.flow);
        }
    }

    /// What came and went in each period.
    pub fn periods(&self) -> Vec<Volume> {
        let mut backlog = self.open_now;
        let mut told = self.counts.clone();
        // From the last period to the first, taking back what happened since each one's start.
        for (volume, change) in told.iter_mut().zip(self.since.iter().skip(1)).rev() {
            backlog = backlog.saturating_sub(*change);
            volume.backlog_start = backlog;
        }
        told
    }

    /// What came and went in the whole window.
    pub fn total(&self) -> Volume {
        self.periods().into_iter().reduce(Volume::and).unwrap_or_default()
    }
}
