//! What becomes true as time passes: little time left, a step of the escalation, a broken promise.

use chrono::TimeDelta;

use super::clock::{Clock, ClockState};
use super::state::State;
use super::{PolicyRef, Sla};
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::time::Instant;

/// What a clock has to say, once for each metric, cycle, kind and step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The clock's metric.
    pub metric: SlaMetric,
    /// Which run of the clock.
    pub cycle: u32,
    /// What it says.
    pub kind: SlaAlertKind,
    /// The step of the escalation; empty for the other kinds.
    pub step: String,
    /// When it became true, whenever somebody looks. A promise is broken right after this instant.
    pub effective_at: Instant,
    /// By when the promise was to be kept.
    pub due_at: Option<Instant>,
    /// The policy.
    pub policy: PolicyRef,
}

impl Alert {
    fn is_of(&self, clock: &Clock, kind: SlaAlertKind, step: &str) -> bool {
        (self.metric, self.cycle, self.kind, self.step.as_str()) == (clock.metric, clock.cycle, kind, step)
    }

    fn key(&self) -> (Instant, SlaMetric, u32, SlaAlertKind, &str) {
        (self.effective_at, self.metric, self.cycle, self.kind, &self.step)
    }

    /// The first instant at which it is true: a promise is not broken at its due instant yet.
    pub fn true_from(&self) -> Instant {
        let is_at_due = self.kind == SlaAlertKind::Breached && Some(self.effective_at) == self.due_at;
        let later = self.effective_at.checked_add_signed(TimeDelta::microseconds(1));
        if is_at_due { later.unwrap_or(self.effective_at) } else { self.effective_at }
    }

    /// Whom the policy wants told, as it is configured now.
    pub fn notified<'a>(&self, sla: &'a Sla) -> &'a [String] {
        sla.policy(&self.policy.id).map_or(&[], |policy| policy.notified(&self.step))
    }
}

impl State {
    /// What became true after one instant and up to another, in order of time: also what clocks said that have been
    /// stopped or changed since. Asked once for a week it is the same as asked every minute; events come before questions
    /// of the same instant.
    pub fn alerts(&self, from_exclusive: Instant, to_inclusive: Instant) -> Vec<Alert> {
        let mut alerts: Vec<Alert> = self.fired.iter().cloned().chain(self.pending()).collect();
        alerts.retain(|alert| (alert.true_from() > from_exclusive) && (alert.true_from() <= to_inclusive));
        alerts.sort_by(|a, b| a.key().cmp(&b.key()));
        alerts
    }

    /// The earliest instant after another at which time alone changes something: a due instant, or an alert. A promise is
    /// broken a microsecond after it was due, which is an instant of its own.
    pub fn next_event(&self, after: Instant) -> Option<Instant> {
        let pending: Vec<Alert> = self.pending().collect();
        let instants = pending.iter().flat_map(|alert| [alert.effective_at, alert.true_from()]);
        instants.filter(|at| *at > after).min()
    }

    /// What clocks will say if nothing happens, whatever the time; without what was said before the last event.
    pub(super) fn pending(&self) -> impl Iterator<Item = Alert> + '_ {
        self.clocks.iter().filter(|clock| clock.is_open()).flat_map(|clock| {
            let breach = clock.due_at.filter(|_| clock.state != ClockState::Paused);
            let soon = clock.due_soon_at.filter(|soon| breach.is_none_or(|due| (*soon).max(clock.since) <= due));
            let one = |kind: SlaAlertKind, step: &str, at: Instant| Alert {
                metric: clock.metric,
                cycle: clock.cycle,
                kind,
                step: step.to_owned(),
                effective_at: at.max(clock.since),
                due_at: clock.due_at,
                policy: clock.policy.clone(),
            };
            let steps = clock.steps.iter().map(move |(step, at)| one(SlaAlertKind::Escalated, step, *at));
            let soon = soon.map(|at| one(SlaAlertKind::DueSoon, "", at));
            let breach = breach.map(|at| one(SlaAlertKind::Breached, "", at));
            let all: Vec<Alert> = steps.chain(soon).chain(breach).collect();
            all.into_iter().filter(|alert| !self.has_fired(clock, alert.kind, &alert.step))
        })
    }

    fn has_fired(&self, clock: &Clock, kind: SlaAlertKind, step: &str) -> bool {
        self.fired.iter().any(|alert| alert.is_of(clock, kind, step))
    }

    /// Remembers what became true before an event, and breaks the promises that were broken by then.
    pub(super) fn advance(&mut self, at: Instant) {
        let due = |alert: &Alert| match alert.kind {
            SlaAlertKind::Breached => alert.true_from() <= at,
            SlaAlertKind::DueSoon | SlaAlertKind::Escalated => alert.true_from() < at,
        };
        let mut fired: Vec<Alert> = self.pending().filter(due).collect();
        fired.sort_by(|a, b| a.key().cmp(&b.key()));
        self.fired.append(&mut fired);
        for clock in self.clocks.iter_mut().filter(|clock| clock.state == ClockState::Running && clock.is_late(at)) {
            clock.state = ClockState::Breached;
        }
    }
}
