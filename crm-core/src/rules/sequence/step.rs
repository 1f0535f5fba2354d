//! What happens to an enrolment: one happening after the other.

use chrono::{Days, NaiveDate};

use super::config::Sequence;
use super::enrolment::{Enrolment, Run, Standing};
use super::happening::{Decision, Effect, Event, Facts, Happening, Outcome};
use super::schedule::{Delay, DelayFrom, SEARCH_DAYS};
use super::steps::{Step, Target};
use super::words::{OnMissing, StepKind, StopCause};
use crate::kernel::error::{Problem, Result};
use crate::kernel::sequence_reason::{PauseCause, SequenceEnd, SequenceReason as Why};
use crate::kernel::time::Instant;

/// Business days that somebody is away who did not say until when.
const AWAY_BUSINESS_DAYS: i64 = 5;
/// Most days for which an absence holds an enrolment back, from its first message on.
const MOST_AWAY_DAYS: u64 = 60;

impl Enrolment {
    /// Takes one happening. A number that was seen before changes nothing; one that is older than the last happening
    /// counts as if it were of the same time, so that a clock that goes backwards undoes nothing.
    ///
    /// # Errors
    /// [`Problem::SequenceChanged`]: the sequence is not the version that the enrolment began with. Nothing changes then.
    pub fn step(&mut self, sequence: &Sequence, happening: &Happening, facts: &Facts<'_>) -> Result<Decision> {
        self.check(sequence)?;
        let mut decision = Decision::default();
        let mut at = happening.at;
        if let Some((number, last)) = self.last {
            if happening.number <= number {
                decision.why(Why::AlreadySeen { number: happening.number });
                return Ok(decision);
            }
            at = at.max(last);
        }
        self.last = Some((happening.number, at));
        let now = Now { sequence, at, facts };
        self.take(&now, &happening.event, &mut decision);
        Ok(decision)
    }

    /// Whether a sequence is the version that the enrolment began with.
    ///
    /// # Errors
    /// [`Problem::SequenceChanged`].
    pub fn check(&self, sequence: &Sequence) -> Result<()> {
        if sequence.id != self.sequence || sequence.version != self.version || sequence.hash != self.hash {
            return Err(Problem::SequenceChanged { id: self.sequence.clone(), version: self.version }.into());
        }
        Ok(())
    }

    fn take(&mut self, now: &Now<'_>, event: &Event, out: &mut Decision) {
        if *event == Event::Stop(StopCause::OptOut) {
            out.effects.push(Effect::Suppress);
        }
        if let Standing::Ended { how, .. } = self.standing {
            out.why(Why::AlreadyEnded { how });
            return;
        }
        let stops = |cause: StopCause| now.sequence.stop_on.contains(&cause);
        match event {
            Event::Advance { step } => self.advance(now, step.as_deref(), out),
            Event::Done { step, outcome } => self.done(now, step, *outcome, out),
            Event::Reply { is_automatic: true, .. } => out.why(Why::NoEffect),
            Event::Reply { is_positive, .. } => {
                match stops(StopCause::Reply) || *is_positive && stops(StopCause::PositiveReply) {
                    true => self.end(now, SequenceEnd::Replied, out),
                    false => out.why(Why::NoEffect),
                }
            }
            Event::OutOfOffice { until } => self.away(now, *until, out),
            Event::Stop(cause) if stops(*cause) => self.end(now, cause.end(), out),
            Event::Stop(StopCause::OwnerChange) => self.pause(now, PauseCause::OwnerChange, None, out),
            Event::Stop(_) => out.why(Why::NoEffect),
            Event::Pause { until: Some(until) } if *until <= now.at => out.why(Why::NoEffect),
            Event::Pause { until } => self.pause(now, PauseCause::Person, *until, out),
            Event::Resume => match self.standing {
                Standing::Paused { .. } => self.resume(now, now.at, out),
                _ => out.why(Why::NoEffect),
            },
            Event::Remove => self.end(now, SequenceEnd::ManuallyRemoved, out),
            Event::Activate => match self.standing {
                Standing::Pending => self.start(now, out),
                _ => out.why(Why::NoEffect),
            },
        }
    }

    /// It begins to run: the first step gets its time.
    pub(super) fn start(&mut self, now: &Now<'_>, out: &mut Decision) {
        self.standing = Standing::Active;
        self.started_at = Some(now.at);
        let Some(first) = now.sequence.steps.first() else { return };
        self.next = Some(first.id.clone());
        match now.sequence.first_step_immediate {
            true => {
                self.due_at = Some(now.at);
                out.wait(self.due_at);
            }
            false => self.set_due(now, first, now.at, out),
        }
    }

    fn end(&mut self, now: &Now<'_>, how: SequenceEnd, out: &mut Decision) {
        self.standing = Standing::Ended { how, at: now.at };
        (self.next, self.due_at, self.waits_for) = (None, None, None);
        out.why(Why::Ended { how });
        out.effects.push(Effect::Finish { how });
    }

    fn pause(&mut self, now: &Now<'_>, cause: PauseCause, until: Option<Instant>, out: &mut Decision) {
        if self.standing == Standing::Pending {
            out.why(Why::NoEffect);
            return;
        }
        // What a person or a new owner holds back, no absence lets go.
        if let Standing::Paused { cause: held, until: held_until, .. } = self.standing
            && cause == PauseCause::OutOfOffice
            && held != PauseCause::OutOfOffice
            && held_until.is_none_or(|held| until.is_some_and(|until| until <= held))
        {
            out.why(Why::Paused { cause: held, until: held_until });
            out.wait(held_until);
            return;
        }
        self.standing = Standing::Paused { cause, since: now.at, until };
        out.why(match (cause, until) {
            (PauseCause::OutOfOffice, Some(until)) => Why::OooUntil { until },
            _ => Why::Paused { cause, until },
        });
        out.wait(until);
    }

    fn away(&mut self, now: &Now<'_>, until: Option<NaiveDate>, out: &mut Decision) {
        let (calendar, today) = (now.sequence.hours.calendar(), self.zone.day(now.at));
        let (since, before) = match self.standing {
            Standing::Paused { cause: PauseCause::OutOfOffice, since, until } => (since, until),
            _ => (now.at, None),
        };
        let back = match until {
            Some(last) => calendar.add_business_days(last.max(today), 1),
            None => calendar.add_business_days(today, AWAY_BUSINESS_DAYS),
        };
        let latest = self.zone.day(since).checked_add_days(Days::new(MOST_AWAY_DAYS)).unwrap_or(today);
        let back = back.unwrap_or(latest).min(latest);
        let until = self.zone.day_start(back).max(before.unwrap_or(now.at));
        self.pause(now, PauseCause::OutOfOffice, Some(until), out);
        if let Standing::Paused { cause: PauseCause::OutOfOffice, since: began, .. } = &mut self.standing {
            *began = since;
        }
    }

    fn resume(&mut self, now: &Now<'_>, from: Instant, out: &mut Decision) {
        self.standing = Standing::Active;
        out.why(Why::Resumed);
        if let Some(due) = self.due_at {
            let slot = now.sequence.hours.next_send(due.max(from), &self.zone, SEARCH_DAYS);
            out.wait(slot.at);
            out.reasons.extend(slot.reasons);
        }
    }

    fn done(&mut self, now: &Now<'_>, step: &str, outcome: Outcome, out: &mut Decision) {
        if !self.runs.iter().any(|run| run.acted && run.step == step) {
            out.why(Why::NoEffect);
            return;
        }
        if outcome == Outcome::Failed {
            self.end(now, SequenceEnd::StepFailed, out);
            return;
        }
        if self.waits_for.as_deref() != Some(step) {
            out.why(Why::NoEffect);
            return;
        }
        out.why(Why::StepDone { step: step.to_owned() });
        self.waits_for = None;
        let next = self.next.as_deref().and_then(|id| now.sequence.step(id));
        if let Some((_, next)) = next {
            self.set_due(now, next, now.at, out);
        }
    }

    /// The time of the next step: its delay after `base`, in the hours where it makes something.
    fn set_due(&mut self, now: &Now<'_>, step: &Step, base: Instant, out: &mut Decision) {
        let due = self.due(now, step, base, out);
        if due.is_none() {
            self.end(now, SequenceEnd::NoSlot, out);
            return;
        }
        self.due_at = due;
        out.wait(due);
    }

    fn due(&self, now: &Now<'_>, step: &Step, base: Instant, out: &mut Decision) -> Option<Instant> {
        let hours = &now.sequence.hours;
        let raw = step.delay.after(base, &self.zone, hours.calendar()).ok()?;
        if !step.kind.acts() {
            return Some(raw);
        }
        let slot = hours.next_send(raw, &self.zone, SEARCH_DAYS);
        out.reasons.extend(slot.reasons);
        slot.at
    }

    fn advance(&mut self, now: &Now<'_>, wanted: Option<&str>, out: &mut Decision) {
        let held = now.sequence.stop_on.intersection(now.facts.holds).next();
        if let Some(cause) = held {
            self.end(now, cause.end(), out);
            return;
        }
        match self.standing {
            Standing::Pending => {
                out.why(Why::Waiting);
                out.wait(None);
                return;
            }
            Standing::Paused { cause, until, .. } => match until.filter(|until| now.at >= *until) {
                Some(until) => self.resume(now, until, &mut Decision::default()),
                None => {
                    out.why(match (cause, until) {
                        (PauseCause::OutOfOffice, Some(until)) => Why::OooUntil { until },
                        _ => Why::Paused { cause, until },
                    });
                    out.wait(until);
                    return;
                }
            },
            Standing::Active | Standing::Ended { .. } => {}
        }
        if let Some(step) = wanted.filter(|step| self.runs.iter().any(|run| run.step == *step)) {
            out.why(Why::StepAlreadyRan { step: step.to_owned() });
            return;
        }
        // Branches only go forward, so this ends.
        while let Some((place, step)) = self.next.as_deref().and_then(|id| now.sequence.step(id)) {
            let Some(due) = self.due_at else {
                out.why(Why::WaitingDone { step: self.waits_for.clone().unwrap_or_default() });
                out.wait(None);
                return;
            };
            if now.at < due {
                out.why(Why::NotDue { step: step.id.clone(), due });
                out.wait(Some(due));
                return;
            }
            if !self.run(now, place, step, due, out) {
                return;
            }
        }
    }

    /// Runs a step that is due; whether the one after it is looked at as well.
    fn run(&mut self, now: &Now<'_>, place: usize, step: &Step, due: Instant, out: &mut Decision) -> bool {
        let id = || step.id.clone();
        let onward = match now.sequence.steps.get(place.saturating_add(1)) {
            Some(_) => Target::Step(place.saturating_add(1)),
            None => Target::End,
        };
        if let Some(branch) = &step.branch {
            let holds = branch.when.of(self.subject).is_some_and(|c| c.eval(now.facts.record, now.at).holds());
            let target = if holds { branch.then } else { branch.otherwise };
            let to = match target {
                Target::Step(to) => now.sequence.steps.get(to).map(|step| step.id.clone()),
                Target::End => None,
            };
            out.why(Why::BranchTaken { step: id(), holds, to });
            self.go_on(now, step, due, target, false, out);
            return true;
        }
        if step.kind == StepKind::Wait {
            self.go_on(now, step, due, onward, false, out);
            return true;
        }
        let skips = step.skip_if.as_ref().and_then(|condition| condition.of(self.subject));
        if skips.is_some_and(|condition| condition.eval(now.facts.record, now.at).holds()) {
            out.why(Why::StepSkipped { step: id() });
            out.effects.push(Effect::Skip { step: id() });
            self.go_on(now, step, due, onward, false, out);
            return true;
        }
        let is_missing = now.facts.missing.contains(&step.kind);
        if is_missing {
            out.why(Why::MissingChannel { step: id(), channel: step.kind.code() });
            match step.on_missing {
                OnMissing::Skip => {
                    out.effects.push(Effect::Skip { step: id() });
                    self.go_on(now, step, due, onward, false, out);
                    return true;
                }
                OnMissing::Stop => {
                    self.end(now, SequenceEnd::MissingChannel, out);
                    return false;
                }
                OnMissing::Task => {}
            }
        }
        let is_message = step.kind.is_message() && !is_missing;
        let Some(not_before) = self.turn(now, step, place, is_message, out) else { return false };
        let late = now.at.signed_duration_since(due);
        if late.num_seconds() > 0 {
            let days = self.zone.day(now.at).signed_duration_since(self.zone.day(due)).num_days();
            out.why(Why::LateBy { step: id(), seconds: late.num_seconds(), days });
        }
        out.why(Why::StepRan { step: id() });
        let key = format!("{}:{}", self.id, step.id);
        let (title, kind) = (step.title.clone(), step.kind);
        out.effects.push(match is_message {
            true => Effect::CreateDraft {
                key: key.clone(),
                step: id(),
                channel: kind,
                template: step.template.clone(),
                needs_approval: step.needs_approval,
                not_before,
            },
            false => Effect::CreateTask { key: key.clone(), step: id(), kind, title: title.clone() },
        });
        out.effects.push(Effect::CreateActivity { key, step: id(), kind, title });
        self.go_on(now, step, due, onward, true, out);
        false
    }

    /// When a step that is due may run: now, with the time from which its message may leave, or not yet, which is told.
    fn turn(&self, now: &Now<'_>, step: &Step, place: usize, is_message: bool, out: &mut Decision) -> Option<Instant> {
        let (hours, zone, at) = (&now.sequence.hours, &self.zone, now.at);
        let today = zone.day(at);
        let own = self.runs.iter().filter(|run| run.acted).map(|run| run.at);
        let ran = own.chain(now.facts.other_runs.iter().copied()).filter(|run| zone.day(*run) == today).count();
        let most = now.sequence.steps_per_day;
        if u32::try_from(ran).unwrap_or(u32::MAX) >= most {
            let tomorrow = today.succ_opt().map_or(at, |date| zone.instant(date.and_time(zone.local(at).time())));
            let until = hours.next_send(tomorrow, zone, SEARCH_DAYS).at;
            out.why(Why::DayFull { most: most.into(), until });
            out.wait(until);
            return None;
        }
        let started = self.started_at.unwrap_or(self.enrolled_at);
        if place == 0 && now.sequence.first_step_immediate && zone.day(started) == today {
            return Some(at);
        }
        let slot = match is_message {
            true => now.sequence.throttle.slot(hours, zone, now.facts.sent, &format!("{}:{}", self.id, step.id), at),
            false => hours.next_send(at, zone, SEARCH_DAYS),
        };
        let is_open = hours.next_send(at, zone, SEARCH_DAYS).at == Some(at);
        out.reasons.extend(slot.reasons);
        let Some(found) = slot.at else {
            out.wait(None);
            return None;
        };
        if is_open && zone.day(found) == today {
            return Some(found);
        }
        out.wait(Some(found));
        None
    }

    /// The step is behind; the next one gets its time.
    fn go_on(&mut self, now: &Now<'_>, step: &Step, due: Instant, to: Target, acted: bool, out: &mut Decision) {
        self.runs.push(Run { step: step.id.clone(), due, at: now.at, acted });
        let next = match to {
            Target::Step(place) => now.sequence.steps.get(place),
            Target::End => None,
        };
        let Some(next) = next else {
            self.end(now, SequenceEnd::Completed, out);
            return;
        };
        self.next = Some(next.id.clone());
        let Delay { from, .. } = next.delay;
        match from {
            DelayFrom::PreviousDone if acted => {
                (self.due_at, self.waits_for) = (None, Some(step.id.clone()));
                out.why(Why::WaitingDone { step: step.id.clone() });
                out.wait(None);
            }
            DelayFrom::PreviousDone | DelayFrom::PreviousDue => {
                self.next_due(now, next, due, acted, out);
            }
            DelayFrom::Enrolment => {
                let base = self.started_at.unwrap_or(self.enrolled_at);
                self.next_due(now, next, base, acted, out);
            }
        }
    }

    /// As [`set_due`](Self::set_due); what is looked at right away is not told to wait.
    fn next_due(&mut self, now: &Now<'_>, next: &Step, base: Instant, tell: bool, out: &mut Decision) {
        let mut quiet = Decision::default();
        self.set_due(now, next, base, &mut quiet);
        if tell || !matches!(self.standing, Standing::Active) {
            out.effects.append(&mut quiet.effects);
            out.reasons.append(&mut quiet.reasons);
        }
    }
}

/// What a happening is judged by.
pub(super) struct Now<'a> {
    pub(super) sequence: &'a Sequence,
    pub(super) at: Instant,
    pub(super) facts: &'a Facts<'a>,
}
