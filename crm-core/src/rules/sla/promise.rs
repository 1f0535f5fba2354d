//! What is promised to a ticket, and what another promise does to the clocks that run.

use super::clock::{Clock, ClockState, Promise};
use super::policy::Policy;
use super::state::{Happening, State};
use super::{ChangeMode, Sla};
use crate::kernel::fact::Facts;
use crate::kernel::service::{SlaMetric, TicketEventKind};
use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;

/// The promise that holds now, with what is configured for it.
pub(super) struct Current<'a> {
    pub(super) promise: Promise,
    pub(super) policy: &'a Policy,
}

/// A clock before it was changed.
pub(super) struct Before {
    pub(super) metric: SlaMetric,
    pub(super) cycle: u32,
    pub(super) due_at: Option<Instant>,
    pub(super) target_seconds: Option<i64>,
    pub(super) cause: MoveCause,
}

impl State {
    /// Chooses the policy where something could have changed it, and says what that changes.
    pub(super) fn choose(
        &mut self,
        sla: &Sla,
        event: &Happening<'_>,
        facts: &dyn Facts,
        at: Instant,
        is_choice: bool,
    ) -> Option<MoveCause> {
        let is_other_priority = event.priority != self.priority;
        event.priority.clone_into(&mut self.priority);
        if !is_choice {
            return None;
        }
        let chosen = sla.choose(facts, at).map(Promise::from);
        let former = std::mem::replace(&mut self.promise, chosen);
        if event.kind == TicketEventKind::Reapplied {
            return Some(MoveCause::Reapplied);
        }
        match (&former, &mut self.promise) {
            (None, None) => None,
            (Some(former), Some(now)) if former.policy.id == now.policy.id => {
                if is_other_priority {
                    return Some(MoveCause::Priority);
                }
                if former.calendar.is_same(&now.calendar) {
                    return None;
                }
                Some(MoveCause::Calendar)
            }
            _ => Some(MoveCause::Policy),
        }
    }

    /// The promise with its policy. One that was taken out of the configuration promises nothing new.
    pub(super) fn current<'a>(&self, sla: &'a Sla, facts: &dyn Facts, at: Instant) -> Option<Current<'a>> {
        let promise = self.promise.as_ref()?;
        match sla.policy(&promise.policy.id) {
            Some(policy) => Some(Current { promise: promise.clone(), policy }),
            None => {
                let chosen = sla.choose(facts, at)?;
                Some(Current { promise: chosen.into(), policy: chosen.policy })
            }
        }
    }

    /// What changes the promise of the clocks that run, with what changed while none could: a ticket that is resolved or
    /// gone keeps it until it is opened again.
    pub(super) fn changed(&mut self, cause: Option<MoveCause>) -> Option<MoveCause> {
        const FIRST: [MoveCause; 4] =
            [MoveCause::Policy, MoveCause::Priority, MoveCause::Reapplied, MoveCause::Calendar];
        let all = FIRST.into_iter().find(|one| [cause, self.unapplied].contains(&Some(*one)));
        self.unapplied = all.filter(|_| self.resolved_at.is_some() || self.is_gone);
        all.filter(|_| self.unapplied.is_none())
    }

    /// Gives the clocks that run the targets of another priority, policy or calendar. Where it changed `earlier`, a clock
    /// whose promise is the same again goes on as it was.
    pub(super) fn retarget(
        &mut self,
        sla: &Sla,
        current: Option<&Current<'_>>,
        cause: MoveCause,
        earlier: bool,
        at: Instant,
        before: &mut Vec<Before>,
    ) {
        let priority = sla.priority(&self.priority).to_owned();
        for place in 0..self.clocks.len() {
            let Some(clock) = self.clocks.get(place) else { continue };
            let was_active = clock.is_active();
            if !was_active && !self.can_come_back(clock) {
                continue;
            }
            let target = current.and_then(|c| c.policy.target_seconds(&priority, clock.metric));
            let is_same = |current: &Current<'_>| {
                current.promise.policy.id == clock.policy.id && current.promise.calendar.is_same(&clock.calendar)
            };
            if earlier && was_active && target == Some(clock.target_seconds) && current.is_some_and(is_same) {
                continue;
            }
            let used = self.used(sla, clock, at);
            let was = Before {
                metric: clock.metric,
                cycle: clock.cycle,
                due_at: clock.due_at,
                target_seconds: Some(clock.target_seconds),
                cause,
            };
            let Some(clock) = self.clocks.get_mut(place) else { continue };
            match (current, target) {
                (Some(current), Some(target)) => {
                    if matches!(cause, MoveCause::Priority | MoveCause::Policy) && was_active {
                        recount(clock, sla.options.on_change, used, target, at);
                    }
                    clock.target_seconds = target;
                    clock.policy = current.promise.policy.clone();
                    clock.calendar = current.promise.calendar.clone();
                    clock.state = ClockState::Running;
                    (clock.stopped_at, clock.end, clock.used) = (None, None, None);
                    clock.since = at;
                    before.push(was);
                }
                _ if was_active => {
                    let end = if current.is_none() { End::NoPolicy } else { End::NoTarget };
                    clock.finish(ClockState::Cancelled, used, at, end);
                    before.push(was);
                }
                _ => {}
            }
        }
    }

    /// Whether a clock was cancelled for want of a promise and would still run with one.
    pub(super) fn can_come_back(&self, clock: &Clock) -> bool {
        let is_latest = self.clocks.iter().all(|c| c.metric != clock.metric || c.cycle <= clock.cycle);
        let for_want = matches!(clock.end, Some(End::NoPolicy | End::NoTarget | End::NoWorkingTime));
        is_latest
            && for_want
            && clock.state == ClockState::Cancelled
            && self.awaited(clock.metric) == Some(clock.started_at)
    }

    /// Tells which due instants are others now.
    pub(super) fn moved(&self, before: &[Before], reasons: &mut Vec<SlaReason>) {
        for was in before {
            let now = self.clocks.iter().find(|c| (c.metric, c.cycle) == (was.metric, was.cycle));
            let Some(now) = now else { continue };
            if (now.due_at, Some(now.target_seconds)) != (was.due_at, was.target_seconds) || !now.is_active() {
                reasons.push(SlaReason::DueMoved {
                    metric: was.metric,
                    cycle: was.cycle,
                    from: was.due_at,
                    to: now.due_at.filter(|_| now.is_active()),
                    from_seconds: was.target_seconds,
                    to_seconds: now.is_active().then_some(now.target_seconds),
                    cause: was.cause,
                });
            }
        }
    }
}

/// Where a clock counts from after a change.
fn recount(clock: &mut Clock, mode: ChangeMode, used: chrono::TimeDelta, target: i64, at: Instant) {
    match mode {
        ChangeMode::Recompute => {}
        ChangeMode::ResetStart => {
            clock.counted_from = at;
            clock.carried_seconds = 0;
        }
        ChangeMode::KeepElapsedFraction => {
            let share = i128::from(used.num_seconds()).saturating_mul(target.into());
            let carried = share.checked_div(clock.target_seconds.into()).unwrap_or(0);
            clock.counted_from = at;
            clock.carried_seconds = i64::try_from(carried).unwrap_or(target).min(target);
        }
    }
}
