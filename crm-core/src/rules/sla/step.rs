//! What an event does to a ticket's clocks.

use std::collections::BTreeSet;

use super::Sla;
use super::clock::ClockState;
use super::promise::Current;
use super::state::{Happening, Segment, State};
use crate::kernel::fact::Facts;
use crate::kernel::service::{SlaMetric, TicketEventKind};
use crate::kernel::sla_reason::{End, SlaReason};
use crate::kernel::time::Instant;

/// Most finished clocks of one metric that are kept.
const MOST_FINISHED: usize = 50;

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
        if let Some(change) = self.changed(cause) {
            self.retarget(sla, current.as_ref(), change, cause.is_none(), at, &mut before);
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

    /// Merged, archived, brought back.
    fn gone(&mut self, sla: &Sla, kind: TicketEventKind, at: Instant) {
        let end = match kind {
            TicketEventKind::Merged => End::Merged,
            TicketEventKind::Archived => End::Archived,
            TicketEventKind::Restored => {
                self.is_gone = false;
                for clock in &mut self.clocks {
                    if matches!(clock.end, Some(End::Merged | End::Archived)) {
                        clock.resume(at);
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
                // What was resolved waits for no answer, also if it is reopened: only a later message does.
                self.unanswered_since = None;
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
                        clock.resume(at);
                    }
                }
            }
            _ => {}
        }
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
            clock.finish(state, used, at, end);
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
