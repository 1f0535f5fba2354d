//! Where a task stands in a list, and why.

use std::cmp::Reverse;

use super::days::{Due, Horizon};
use crate::kernel::reason::Reason;
use crate::kernel::task_reason::{Band, TaskReason};
use crate::kernel::time::Instant;
use crate::rules::Priorities;

/// What a list goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskFacts<'t> {
    /// By when it is due.
    pub due: Option<Due>,
    /// How urgent it is, in the host's words; empty where nobody said.
    pub priority: &'t str,
    /// When it was made.
    pub created_at: Option<Instant>,
    /// Until when nobody wants to see it.
    pub snoozed_until: Option<Instant>,
    /// When it was done.
    pub completed_at: Option<Instant>,
    /// Who did it.
    pub completed_by: &'t str,
    /// The open task that must be done first, by its id and title.
    pub blocker: Option<(&'t str, &'t str)>,
    /// How many came before it, of one that comes again.
    pub occurrence: Option<u64>,
}

/// A place in the total order: band, what is blocked last, the highest priority first, the earliest due first (a day is
/// due at its end, before what is due at midnight), the oldest first, and at last the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank<I> {
    /// When it is due, seen from today.
    pub band: Band,
    /// Completed ones: the latest first.
    completed_at: Reverse<Option<Instant>>,
    /// Whether another task must be done first.
    pub is_blocked: bool,
    priority: Reverse<usize>,
    /// The end of the time for it; days end before instants at the same time.
    due: Option<(Instant, bool)>,
    created_at: Option<Instant>,
    id: I,
}

impl<'d> Horizon<'d> {
    /// The band of a task, done or not.
    pub fn band_of(&self, task: &TaskFacts<'_>) -> Band {
        if task.completed_at.is_some() { Band::Completed } else { self.band(task.due) }
    }

    /// The task's place in a list.
    pub fn rank<I>(&self, task: &TaskFacts<'_>, priorities: &Priorities, id: I) -> Rank<I> {
        let band = self.band_of(task);
        let (is_done, created_at) = (band == Band::Completed, task.created_at);
        let completed_at = Reverse(task.completed_at);
        if is_done {
            let (priority, due) = (Reverse(0), None);
            return Rank { band, completed_at, is_blocked: false, priority, due, created_at, id };
        }
        Rank {
            band,
            completed_at,
            is_blocked: task.blocker.is_some(),
            priority: Reverse(priorities.place(task.priority)),
            due: task.due.map(|due| (self.days().late_from(due), matches!(due, Due::At(_)))),
            created_at,
            id,
        }
    }

    /// Whether nobody wants to see it now.
    pub fn is_snoozed(&self, task: &TaskFacts<'_>) -> bool {
        task.completed_at.is_none() && task.snoozed_until.is_some_and(|until| until > self.at)
    }

    /// Whether it should have been done by now.
    pub fn is_late(&self, task: &TaskFacts<'_>) -> bool {
        task.completed_at.is_none() && task.due.is_some_and(|due| self.days().late_from(due) <= self.at)
    }

    /// When something of what is told here changes next if nobody touches the task: its band, whether it is late, whether
    /// it is hidden.
    pub fn next_change_at(&self, task: &TaskFacts<'_>) -> Option<Instant> {
        if task.completed_at.is_some() {
            return None;
        }
        let late = task.due.map(|due| self.days().late_from(due));
        let changes = [self.next_band_at(task.due), late, task.snoozed_until];
        changes.into_iter().flatten().filter(|at| *at > self.at).min()
    }

    /// Why it stands there.
    pub fn reasons(&self, task: &TaskFacts<'_>, priorities: &Priorities) -> Vec<Reason> {
        let mut reasons = vec![self.why_band(task)];
        if task.completed_at.is_none() {
            let blocked = |(blocker, title): (&str, &str)| TaskReason::Blocked {
                blocker: blocker.to_owned(),
                title: title.to_owned(),
            };
            reasons.extend(task.blocker.map(blocked));
            let counts = priorities.place(task.priority) != priorities.usual();
            let priority = || TaskReason::Priority { priority: task.priority.to_owned() };
            reasons.extend(counts.then(priority));
            let snoozed = task.snoozed_until.filter(|until| *until > self.at);
            reasons.extend(snoozed.map(|until| TaskReason::Snoozed { until }));
        }
        reasons.extend(task.occurrence.map(|before| TaskReason::Recurring { number: before.saturating_add(1) }));
        reasons.into_iter().map(Reason::Task).collect()
    }

    fn why_band(&self, task: &TaskFacts<'_>) -> TaskReason {
        if let Some(at) = task.completed_at {
            return TaskReason::Completed { at, by: task.completed_by.to_owned() };
        }
        let Some(is) = task.due else { return TaskReason::Undated };
        let (due, time) = (self.days().due_day(is), self.days().time(is));
        match self.band(task.due) {
            Band::Overdue => {
                let days = self.today.day.signed_duration_since(due).num_days();
                TaskReason::Overdue { due, days }
            }
            Band::Today => TaskReason::Today { time, has_passed: self.is_late(task) },
            Band::Tomorrow => TaskReason::Tomorrow { due, time },
            Band::ThisWeek => TaskReason::ThisWeek { due, time },
            _ => TaskReason::Later { due, time },
        }
    }
}
