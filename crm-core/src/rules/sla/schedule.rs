//! Clocks that begin, stand still and go on, and when they are due.

use std::collections::BTreeSet;

use super::Sla;
use super::clock::{Clock, ClockState};
use super::policy::WorkingTime;
use super::promise::{Before, Current};
use super::state::State;
use crate::kernel::service::SlaMetric;
use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;

impl State {
    /// Since when a metric is to be measured, if it is.
    pub(super) fn awaited(&self, metric: SlaMetric) -> Option<Instant> {
        let unresolved = self.resolved_at.is_none() && !self.is_gone;
        match metric {
            SlaMetric::FirstResponse => {
                self.created_at.filter(|_| self.first_response_at.is_none() && self.first_resolved_at.is_none())
            }
            SlaMetric::FirstResolution => self.created_at.filter(|_| self.first_resolved_at.is_none()),
            SlaMetric::NextResponse => self.unanswered_since,
            SlaMetric::PeriodicUpdate => self.last_reply_at,
            SlaMetric::TotalResolution | SlaMetric::RequesterWait | SlaMetric::AgentWork => self.created_at,
        }
        .filter(|_| unresolved)
    }

    /// Starts what is promised and not measured yet.
    pub(super) fn start(
        &mut self,
        sla: &Sla,
        current: &Current<'_>,
        at: Instant,
        cause: Option<MoveCause>,
        before: &mut Vec<Before>,
    ) {
        let priority = sla.priority(&self.priority).to_owned();
        for metric in SlaMetric::ALL {
            let Some(target_seconds) = current.policy.target_seconds(&priority, *metric) else { continue };
            let Some(started_at) = self.awaited(*metric) else { continue };
            let runs_again = matches!(metric, SlaMetric::NextResponse | SlaMetric::PeriodicUpdate);
            let latest = self.clock(*metric);
            if latest.is_some_and(|clock| !runs_again || clock.is_open() || self.can_come_back(clock)) {
                continue;
            }
            // The first response answers every message before it.
            let responding = self.clock(SlaMetric::FirstResponse).is_some_and(Clock::is_open);
            if *metric == SlaMetric::NextResponse && responding {
                continue;
            }
            let cycle = latest.map_or(1, |clock| clock.cycle.saturating_add(1));
            if let Some(cause) = cause.filter(|_| started_at < at) {
                before.push(Before { metric: *metric, cycle, due_at: None, target_seconds: None, cause });
            }
            self.clocks.push(Clock {
                metric: *metric,
                cycle,
                state: ClockState::Running,
                started_at,
                counted_from: started_at,
                carried_seconds: 0,
                target_seconds,
                due_at: None,
                due_soon_at: None,
                steps: Vec::new(),
                since: at,
                stopped_at: None,
                end: None,
                used: None,
                policy: current.promise.policy.clone(),
                calendar: current.promise.calendar.clone(),
            });
        }
    }

    /// Lets clocks stand still or run as the status wants, and computes what is due of those that began to run.
    pub(super) fn refresh(
        &mut self,
        sla: &Sla,
        was_paused: &BTreeSet<SlaMetric>,
        before: &[Before],
        at: Instant,
        reasons: &mut Vec<SlaReason>,
    ) {
        for place in 0..self.clocks.len() {
            let Some(clock) = self.clocks.get(place).filter(|clock| clock.is_open()) else { continue };
            let paused = self.is_paused(clock.metric);
            let is_new = before.iter().any(|b| (b.metric, b.cycle) == (clock.metric, clock.cycle))
                || clock.since == at
                || was_paused.contains(&clock.metric) != paused;
            if !is_new {
                continue;
            }
            let mut clock = clock.clone();
            if paused {
                if clock.state != ClockState::Breached {
                    clock.used = None;
                    clock.used = Some(self.used(sla, &clock, at));
                    clock.state = ClockState::Paused;
                    clock.due_at = None;
                }
                clock.due_soon_at = None;
                clock.steps.clear();
            } else {
                if clock.state == ClockState::Paused {
                    clock.state = ClockState::Running;
                    clock.used = None;
                }
                if was_paused.contains(&clock.metric) {
                    clock.since = at;
                }
                self.renew_calendar(sla, &mut clock);
                if !self.schedule(sla, &mut clock, at) {
                    reasons.push(SlaReason::NoWorkingTime {
                        metric: Some(clock.metric),
                        calendar: clock.calendar.id().map(str::to_owned),
                    });
                    let used = self.used(sla, &clock, at);
                    clock.finish(ClockState::Cancelled, used, at, End::NoWorkingTime);
                }
            }
            if let Some(kept) = self.clocks.get_mut(place) {
                *kept = clock;
            }
        }
    }

    /// What is computed now is computed with the calendar as it is now, and says so.
    fn renew_calendar(&self, sla: &Sla, clock: &mut Clock) {
        if clock.state != ClockState::Running {
            return;
        }
        if let time @ WorkingTime::Calendar(_) = sla.time(&clock.calendar) {
            clock.calendar = time.into();
        }
    }

    /// Computes when a running clock is due and what comes before and after; whether it ever is.
    fn schedule(&self, sla: &Sla, clock: &mut Clock, at: Instant) -> bool {
        let time = sla.time(&clock.calendar);
        let is_broken = clock.state == ClockState::Breached;
        let Some(calendar) = sla.calendar(time) else { return is_broken };
        let (spans, pauses) = (self.spans(clock.metric, at), self.pauses(clock.metric, at));
        let left = clock.target_seconds.saturating_sub(clock.carried_seconds);
        let until = |used: i64| {
            let due = calendar.due(clock.counted_from, used.max(0), &pauses).ok()?;
            // Where a pause begins right there, its end is meant; what is due can still be done there.
            Some(spans.iter().fold(due, |due, (from, to)| if *from <= due && due < *to { *to } else { due }))
        };
        let Some(due) = until(left) else { return is_broken };
        let policy = sla.policy(&clock.policy.id);
        let soon = policy.and_then(|policy| policy.due_soon_seconds(clock.target_seconds));
        let due_soon_at = soon.and_then(|soon| match left.saturating_sub(soon) {
            used if used > 0 => until(used),
            _ => Some(clock.counted_from),
        });
        let steps = policy.map_or(&[][..], |policy| &policy.escalation).iter();
        let steps = steps.filter(|step| step.metrics.is_empty() || step.metrics.contains(&clock.metric));
        let steps = steps.filter_map(|step| Some((step.id.clone(), until(left.saturating_add(step.after_due))?)));
        clock.steps = steps.collect();
        if !is_broken {
            clock.due_at = Some(due);
            clock.due_soon_at = due_soon_at;
        }
        true
    }
}
