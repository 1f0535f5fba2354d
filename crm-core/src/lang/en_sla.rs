//! The reasons of promises to customers in English.

use super::en_values::moment;
use super::{Clock, Lang, holiday};
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;

pub(super) fn metric(metric: SlaMetric) -> &'static str {
    match metric {
        SlaMetric::FirstResponse => "first response",
        SlaMetric::NextResponse => "next response",
        SlaMetric::PeriodicUpdate => "update",
        SlaMetric::FirstResolution => "first resolution",
        SlaMetric::TotalResolution => "total resolution",
        SlaMetric::RequesterWait => "requester wait",
        SlaMetric::AgentWork => "agent work",
    }
}

/// What a clock had to say.
pub(super) fn alert(of: SlaMetric, kind: SlaAlertKind, step: &str, at: Instant) -> String {
    let (of, at) = (metric(of), moment(at));
    match kind {
        SlaAlertKind::DueSoon => format!("{of}: little time left since {at}"),
        SlaAlertKind::Escalated => format!("{of}: step {step} of the escalation reached at {at}"),
        SlaAlertKind::Breached => format!("{of}: promise broken since {at}"),
    }
}

fn end(end: End) -> &'static str {
    match end {
        End::Answered => "it was answered",
        End::Resolved => "the ticket was resolved",
        End::Merged => "the ticket was merged into another one",
        End::Archived => "the ticket was archived",
        End::NoPolicy => "no policy applies any more",
        End::NoTarget => "the policy promises nothing of this kind",
        End::NoWorkingTime => "the calendar has no working time",
    }
}

fn cause(cause: MoveCause) -> &'static str {
    match cause {
        MoveCause::Priority => "the priority changed",
        MoveCause::Policy => "the policy changed",
        MoveCause::Calendar => "the calendar changed",
        MoveCause::Reapplied => "policies and calendars were applied anew",
    }
}

/// `2h 30m`, `45s`.
fn length(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n != 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

fn due(at: Option<Instant>, clock: Clock<'_>) -> String {
    at.map_or_else(|| "no due time".to_owned(), |at| clock.moment(at, Lang::English))
}

pub(super) fn reason(reason: &SlaReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use SlaReason as R;
    let name = |policy: &crate::kernel::reason::Name| policy.text(Lang::English).to_owned();
    match reason {
        R::PolicyMatched { policy } => format!("the policy {} applies", name(policy)),
        R::PolicyDefault { policy } => format!("no condition holds: the default policy {} applies", name(policy)),
        R::PolicyWithoutCondition { policy } => {
            format!("the policy {} has no condition and is no default, so it never applies", name(policy))
        }
        R::PolicyFailed { policy, field, unknown: true } => {
            format!("the policy {} does not apply: nobody knows `{field}`", name(policy))
        }
        R::PolicyFailed { policy, field, unknown: false } => {
            format!("the policy {} does not apply because of `{field}`", name(policy))
        }
        R::NoPolicy => "no policy applies: nothing is promised".to_owned(),
        R::WallClock { policy } => format!("the policy {} has no calendar: every second counts", name(policy)),
        R::CalendarUsed { calendar } => format!("working time is counted by the calendar {calendar}"),
        R::NoCalendar { policy } => format!("the policy {} finds no calendar for this ticket", name(policy)),
        R::EventRepeated { number } => format!("event {number} was taken already and is passed over"),
        R::EventLate { number, happened_at, taken_at } => {
            format!("event {number} of {} came late and counts from {}", moment(*happened_at), moment(*taken_at))
        }
        R::NoWorkingTime { metric: m, calendar } => {
            let what = m.map_or_else(String::new, |m| format!("{}: ", metric(m)));
            match calendar {
                Some(calendar) => format!("{what}the calendar {calendar} has no working time left"),
                None => format!("{what}there is no calendar to count by"),
            }
        }
        R::DueMoved {
            metric: m,
            from: None,
            to: None,
            from_seconds: Some(from),
            to_seconds: Some(to),
            cause: c,
            ..
        } => {
            format!("{}: a target of {} instead of {}, because {}", metric(*m), length(*to), length(*from), cause(*c))
        }
        R::DueMoved { metric: m, from, to, cause: c, .. } => {
            format!("{}: {} instead of {}, because {}", metric(*m), due(*to, clock), due(*from, clock), cause(*c))
        }
        R::OnTrack { metric: m, due_at, remaining } => {
            format!("{}: due at {}, {} of working time left", metric(*m), moment(*due_at), length(*remaining))
        }
        R::DueSoon { metric: m, due_at, remaining } => {
            format!("{}: due soon, at {}, {} of working time left", metric(*m), moment(*due_at), length(*remaining))
        }
        R::Paused { metric: m, remaining, due_if_resumed: Some(at) } => format!(
            "{}: paused with {} of working time left; due at {} if it went on now",
            metric(*m),
            length(*remaining),
            moment(*at)
        ),
        R::Paused { metric: m, remaining, due_if_resumed: None } => {
            format!("{}: paused with {} of working time left", metric(*m), length(*remaining))
        }
        R::Met { metric: m, used, target } => {
            format!("{}: kept, with {} of {} of working time used", metric(*m), length(*used), length(*target))
        }
        R::Breached { metric: m, due_at, working, wall } => format!(
            "{}: was due at {}, late by {} of working time ({} by the clock)",
            metric(*m),
            moment(*due_at),
            length(*working),
            length(*wall)
        ),
        R::Cancelled { metric: m, end: e } => format!("{}: cancelled because {}", metric(*m), end(*e)),
        R::CalendarChanged { metric: m, calendar } => format!(
            "{}: the calendar {calendar} changed since the due time was computed; apply it anew to count by it",
            metric(*m)
        ),
        R::Counted { from, to, seconds, sum } => format!(
            "from {} to {}: {} of working time, {} in all",
            moment(*from),
            moment(*to),
            length(*seconds),
            length(*sum)
        ),
        R::PausedFor { from, to, seconds, status } => format!(
            "paused from {} to {} ({status}): {} of open time not counted",
            moment(*from),
            moment(*to),
            length(*seconds)
        ),
        R::HolidaySkipped { date, holiday: Some(french), .. } => {
            format!("{date} does not count: {}", holiday(*french, Lang::English))
        }
        R::HolidaySkipped { date, name, holiday: None } if name.is_empty() => {
            format!("{date} does not count: a holiday")
        }
        R::HolidaySkipped { date, name, holiday: None } => format!("{date} does not count: {name}"),
        R::Carried { seconds } => {
            format!("{} of working time were taken over from before the change", length(*seconds))
        }
    }
}
