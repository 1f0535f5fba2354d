//! What an event does to a ticket's clocks.

use std::collections::BTreeSet;

use super::clock::{Clock, ClockState, Promise};
use super::policy::{Policy, WorkingTime};
use super::state::{Happening, Segment, State};
use super::{ChangeMode, Sla};
use crate::kernel::fact::Facts;
use crate::kernel::service::{SlaMetric, TicketEventKind};
use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;

/// Most finished clocks of one metric that are kept.
const MOST_FINISHED: usize = 50;

/// The promise that holds now, with what is configured for it.
struct Current<'a> {
    promise: Promise,
    policy: &'a Policy,
}

/// A clock before it was changed.
struct Before {
    metric: SlaMetric,
    cycle: u32,
    due_at: Option<Instant>,
    target_seconds: Option<i64>,
    cause: MoveCause,
}

impl State {
    /// Takes one more event. `facts` are the ticket's after it; they are looked at where a policy is chosen.
    ///
    /// The answer tells what is worth telling: due instants that moved and why, clocks that were cancelled, an event out
    /// of order.
    pub fn step(&mut self, sla: &Sla, event: &Happening<'_>, facts: &dyn Facts) -> Vec<SlaReason> {
        let mut reasons = Vec::new();
        if self.last.is_some_and(|(_, number)| event.number <= number) {
            reasons.push(SlaReason::EventRepeated { number: event.number });
            return reasons;
        }
        self.apply(sla, event, facts, &mut reasons);
        reasons
    }

    /// The state after all events, whatever their order: they are sorted by instant and number; of two with one number
    /// the first is taken. The same as one [`step`](State::step) after the other where they are in order.
    pub fn replay<'a>(
        sla: &Sla,
        events: impl IntoIterator<Item = (Happening<'a>, &'a dyn Facts)>,
    ) -> (Self, Vec<SlaReason>) {
        let (mut reasons, mut seen, mut all) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (event, facts) in events {
            if seen.insert(event.number) {
                all.push((event, facts));
            } else {
                reasons.push(SlaReason::EventRepeated { number: event.number });
            }
        }
        all.sort_by_key(|(event, _)| (event.at, event.number));
        let mut state = Self::default();
        for (event, facts) in all {
            state.apply(sla, &event, facts, &mut reasons);
        }
        (state, reasons)
    }

    fn apply(&mut self, sla: &Sla, event: &Happening<'_>, facts: &dyn Facts, reasons: &mut Vec<SlaReason>) {
        let last = self.last;
        let at = last.map_or(event.at, |(last, _)| event.at.max(last));
        if at != event.at {
            reasons.push(SlaReason::EventLate { number: event.number, happened_at: event.at, taken_at: at });
        }
        self.last = Some((at, last.map_or(event.number, |(_, number)| event.number.max(number))));
        self.advance(at);
        let is_first = self.created_at.is_none();
        self.created_at.get_or_insert(at);
        let is_thanks = self.is_within_grace(sla, event.kind, at);
        self.messages(sla, event, at, is_first, is_thanks);

        let is_choice = is_first
            || event.priority != self.priority
            || matches!(
                event.kind,
                TicketEventKind::Created
                    | TicketEventKind::Changed
                    | TicketEventKind::Restored
                    | TicketEventKind::Reapplied
            );
        let cause = self.choose(sla, event, facts, at, is_choice);
        let current = self.current(sla, facts, at);
        let was_paused: BTreeSet<SlaMetric> = SlaMetric::ALL.iter().copied().filter(|m| self.is_paused(*m)).collect();
        self.gone(sla, event.kind, at);
        self.segment(sla, event, at, current.as_ref());
        self.resolution(sla, event, at, is_thanks);
        let mut before = Vec::new();
        if let Some(cause) = cause {
            self.retarget(sla, current.as_ref(), cause, at, &mut before);
        }
        if let Some(current) = &current {
            self.start(sla, current, at, cause, &mut before);
        }
        self.refresh(sla, &was_paused, &before, at, reasons);
        self.moved(&before, reasons);
        self.fold();
    }

    /// Who wrote, and which clocks that stops.
    fn messages(&mut self, sla: &Sla, event: &Happening<'_>, at: Instant, is_first: bool, is_thanks: bool) {
        let is_reply = event.kind == TicketEventKind::StaffReply
            || (is_first && event.by_staff && sla.options.created_by_staff_is_response);
        if is_reply {
            self.first_response_at.get_or_insert(at);
            self.last_reply_at = Some(at);
            self.unanswered_since = None;
            for metric in [SlaMetric::FirstResponse, SlaMetric::NextResponse, SlaMetric::PeriodicUpdate] {
                self.stop(sla, metric, at, End::Answered);
            }
        }
        if event.kind == TicketEventKind::CustomerMessage && !is_thanks {
            self.unanswered_since.get_or_insert(at);
        }
    }

    /// Whether an event of this kind does not reopen the ticket for its clocks.
    fn is_within_grace(&self, sla: &Sla, kind: TicketEventKind, at: Instant) -> bool {
        match (&sla.options.reopen_grace, self.resolved_at) {
            (Some(grace), Some(resolved)) => grace.by.contains(&kind) && grace.covers(resolved, at),
            _ => false,
        }
    }

    /// Chooses the policy where something could have changed it, and says what that changes.
    fn choose(
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
    fn current<'a>(&self, sla: &'a Sla, facts: &dyn Facts, at: Instant) -> Option<Current<'a>> {
        let promise = self.promise.as_ref()?;
        match sla.policy(&promise.policy.id) {
            Some(policy) => Some(Current { promise: promise.clone(), policy }),
            None => {
                let chosen = sla.choose(facts, at)?;
                Some(Current { promise: chosen.into(), policy: chosen.policy })
            }
        }
    }

    /// Merged, archived, brought back.
    fn gone(&mut self, sla: &Sla, kind: TicketEventKind, at: Instant) {
        let end = match kind {
            TicketEventKind::Merged => End::Merged,
            TicketEventKind::Archived => End::Archived,
            TicketEventKind::Restored => {
                self.is_gone = false;
                for clock in &mut self.clocks {
                    if matches!(clock.end, Some(End::Merged | End::Archived)) {
                        resume(clock, at);
                    }
                }
                return;
            }
            _ => return,
        };
        self.is_gone = true;
        for metric in SlaMetric::ALL {
            self.cancel(sla, *metric, at, end);
        }
    }

    /// Begins another time of the ticket if its status, or what that means, is another.
    fn segment(&mut self, sla: &Sla, event: &Happening<'_>, at: Instant, current: Option<&Current<'_>>) {
        let is_held = current.is_some_and(|current| current.policy.pauses_on(event.status, event.state));
        let next = Segment {
            from: at,
            status: event.status.to_owned(),
            state: event.state,
            is_paused: is_held || (!event.state.is_open() && sla.options.resolved_pauses_total),
            is_gone: self.is_gone,
        };
        let is_same = |last: &Segment| Segment { from: at, ..last.clone() } == next;
        if !self.segments.last().is_some_and(is_same) {
            // A time of no length has nothing in it.
            self.segments.retain(|segment| segment.from < at);
            self.segments.push(next);
        }
    }

    /// Resolved, or reopened.
    fn resolution(&mut self, sla: &Sla, event: &Happening<'_>, at: Instant, is_thanks: bool) {
        const WHOLE: [SlaMetric; 3] = [SlaMetric::TotalResolution, SlaMetric::RequesterWait, SlaMetric::AgentWork];
        match (self.resolved_at, event.state.is_open()) {
            (None, false) => {
                self.resolved_at = Some(at);
                self.first_resolved_at.get_or_insert(at);
                if sla.options.resolved_is_response {
                    self.stop(sla, SlaMetric::FirstResponse, at, End::Resolved);
                } else {
                    self.cancel(sla, SlaMetric::FirstResponse, at, End::Resolved);
                }
                self.cancel(sla, SlaMetric::NextResponse, at, End::Resolved);
                self.cancel(sla, SlaMetric::PeriodicUpdate, at, End::Resolved);
                self.stop(sla, SlaMetric::FirstResolution, at, End::Resolved);
                for metric in WHOLE {
                    self.stop(sla, metric, at, End::Resolved);
                }
            }
            (Some(_), true) if !is_thanks => {
                self.resolved_at = None;
                for clock in &mut self.clocks {
                    if WHOLE.contains(&clock.metric) && clock.end == Some(End::Resolved) {
                        resume(clock, at);
                    }
                }
            }
            _ => {}
        }
    }

    /// Gives the clocks that run the targets of another priority, policy or calendar.
    fn retarget(
        &mut self,
        sla: &Sla,
        current: Option<&Current<'_>>,
        cause: MoveCause,
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
                    end_clock(clock, ClockState::Cancelled, used, at, end);
                    before.push(was);
                }
                _ => {}
            }
        }
    }

    /// Whether a clock was cancelled for want of a promise and would still run with one.
    fn can_come_back(&self, clock: &Clock) -> bool {
        let is_latest = self.clocks.iter().all(|c| c.metric != clock.metric || c.cycle <= clock.cycle);
        let for_want = matches!(clock.end, Some(End::NoPolicy | End::NoTarget | End::NoWorkingTime));
        is_latest
            && for_want
            && clock.state == ClockState::Cancelled
            && self.awaited(clock.metric) == Some(clock.started_at)
    }

    /// Since when a metric is to be measured, if it is.
    fn awaited(&self, metric: SlaMetric) -> Option<Instant> {
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
    fn start(
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
    fn refresh(
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
                    end_clock(&mut clock, ClockState::Cancelled, used, at, End::NoWorkingTime);
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

    fn stop(&mut self, sla: &Sla, metric: SlaMetric, at: Instant, end: End) {
        self.end(sla, metric, ClockState::Met, at, end);
    }

    fn cancel(&mut self, sla: &Sla, metric: SlaMetric, at: Instant, end: End) {
        self.end(sla, metric, ClockState::Cancelled, at, end);
    }

    fn end(&mut self, sla: &Sla, metric: SlaMetric, state: ClockState, at: Instant, end: End) {
        let Some(place) = self.clocks.iter().rposition(|clock| clock.metric == metric && clock.is_open()) else {
            return;
        };
        let Some(used) = self.clocks.get(place).map(|clock| self.used(sla, clock, at)) else { return };
        if let Some(clock) = self.clocks.get_mut(place) {
            end_clock(clock, state, used, at, end);
        }
    }

    /// Tells which due instants are others now.
    fn moved(&self, before: &[Before], reasons: &mut Vec<SlaReason>) {
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

    /// Keeps the latest finished clocks of each metric, and the others as numbers.
    fn fold(&mut self) {
        for metric in [SlaMetric::NextResponse, SlaMetric::PeriodicUpdate] {
            while self.clocks.iter().filter(|c| c.metric == metric && !c.is_open()).count() > MOST_FINISHED {
                let Some(place) = self.clocks.iter().position(|c| c.metric == metric && !c.is_open()) else { break };
                let clock = self.clocks.remove(place);
                let folded = self.folded.entry(metric).or_default();
                let count = match clock.state {
                    ClockState::Met => &mut folded.met,
                    ClockState::Breached => &mut folded.breached,
                    _ => &mut folded.cancelled,
                };
                *count = count.saturating_add(1);
                folded.longest = folded.longest.max(clock.used.unwrap_or_default());
                self.fired.retain(|alert| (alert.metric, alert.cycle) != (metric, clock.cycle));
            }
        }
    }
}

/// Lets a clock go on that was stopped. A kept promise can be broken again, a broken one stays so.
fn resume(clock: &mut Clock, at: Instant) {
    if clock.state != ClockState::Breached {
        clock.state = ClockState::Running;
    }
    (clock.stopped_at, clock.end, clock.used) = (None, None, None);
    clock.since = at;
}

fn end_clock(clock: &mut Clock, state: ClockState, used: chrono::TimeDelta, at: Instant, end: End) {
    if clock.state != ClockState::Breached {
        clock.state = state;
    }
    clock.stopped_at = Some(at);
    clock.end = Some(end);
    clock.used = Some(used);
    clock.due_soon_at = None;
    clock.steps.clear();
    if state == ClockState::Cancelled && clock.state == state {
        clock.due_at = None;
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
