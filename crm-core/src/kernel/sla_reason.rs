//! The reasons of promises to customers: which policy, what a clock counted, how it stands, what moved it.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::calendar::holidays::FrenchHoliday;
use super::coded::coded;
use super::reason::Name;
use super::service::SlaMetric;
use super::time::{Instant, format_instant};

coded! {
    /// What stopped a clock.
    End {
        /// The reply that it waited for.
        Answered = "answered",
        /// The ticket was resolved.
        Resolved = "resolved",
        /// The ticket went into another one.
        Merged = "merged",
        /// The ticket was put away.
        Archived = "archived",
        /// The ticket has no policy any more.
        NoPolicy = "no_policy",
        /// The policy promises nothing of this kind.
        NoTarget = "no_target",
        /// The policy's calendar is not there, or has no working time left.
        NoWorkingTime = "no_working_time",
    }
}

coded! {
    /// Why a due instant is another one.
    MoveCause {
        /// The ticket has another priority.
        Priority = "priority",
        /// The ticket has another policy, or none any more.
        Policy = "policy",
        /// The ticket has another calendar.
        Calendar = "calendar",
        /// Policies and calendars were applied anew.
        Reapplied = "reapplied",
    }
}

/// Why a promise stands as it does. Lengths are whole seconds, of working time unless they are called otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_sla.rs")]
pub enum SlaReason {
    /// The policy's condition holds.
    PolicyMatched { policy: Name },
    /// No condition holds, and the policy is the default.
    PolicyDefault { policy: Name },
    /// The policy has no condition and is no default: it never applies by itself.
    PolicyWithoutCondition { policy: Name },
    /// The first test of the policy's condition that did not hold, or whose field nobody knows.
    PolicyFailed { policy: Name, field: String, unknown: bool },
    /// No policy applies: nothing is promised.
    NoPolicy,
    /// The policy names no calendar: every second counts.
    WallClock { policy: Name },
    /// The policy counts in the open time of a calendar.
    CalendarUsed { calendar: String },
    /// The policy's way to a calendar leads nowhere.
    NoCalendar { policy: Name },
    /// An event with this number was taken already.
    EventRepeated { number: u64 },
    /// An event is older than the last one and counts from that one on.
    EventLate { number: u64, happened_at: Instant, taken_at: Instant },
    /// Nothing can be due: the calendar is not there, or has no working time left.
    NoWorkingTime { metric: Option<SlaMetric>, calendar: Option<String> },
    /// A promise has another due instant or another target.
    DueMoved {
        metric: SlaMetric,
        cycle: u32,
        from: Option<Instant>,
        to: Option<Instant>,
        from_seconds: Option<i64>,
        to_seconds: Option<i64>,
        cause: MoveCause,
    },
    /// There is time.
    OnTrack { metric: SlaMetric, due_at: Instant, remaining: i64 },
    /// There is little time.
    DueSoon { metric: SlaMetric, due_at: Instant, remaining: i64 },
    /// The clock stands still.
    Paused { metric: SlaMetric, remaining: i64, due_if_resumed: Option<Instant> },
    /// The promise was kept.
    Met { metric: SlaMetric, used: i64, target: i64 },
    /// The promise was broken, by so much working and wall time.
    Breached { metric: SlaMetric, due_at: Instant, working: i64, wall: i64 },
    /// The clock was stopped without a verdict.
    Cancelled { metric: SlaMetric, end: End },
    /// The calendar says something else now than when the due instant was computed.
    CalendarChanged { metric: SlaMetric, calendar: String },
    /// Working time counted, and all so far.
    Counted { from: Instant, to: Instant, seconds: i64, sum: i64 },
    /// A pause, and the open time in it that did not count.
    PausedFor { from: Instant, to: Instant, seconds: i64, status: String },
    /// A holiday on which nothing counted.
    HolidaySkipped { date: NaiveDate, name: String, holiday: Option<FrenchHoliday> },
    /// Working time that a change took over.
    Carried { seconds: i64 },
}

impl SlaReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use SlaReason as R;
        match self {
            R::PolicyMatched { .. } => "policy_matched",
            R::PolicyDefault { .. } => "policy_default",
            R::PolicyWithoutCondition { .. } => "policy_without_condition",
            R::PolicyFailed { .. } => "policy_failed",
            R::NoPolicy => "no_policy",
            R::WallClock { .. } => "wall_clock",
            R::CalendarUsed { .. } => "calendar_used",
            R::NoCalendar { .. } => "no_calendar",
            R::EventRepeated { .. } => "event_repeated",
            R::EventLate { .. } => "event_late",
            R::NoWorkingTime { .. } => "calendar_has_no_working_time",
            R::DueMoved { .. } => "due_moved",
            R::OnTrack { .. } => "on_track",
            R::DueSoon { .. } => "due_soon",
            R::Paused { .. } => "paused",
            R::Met { .. } => "met",
            R::Breached { .. } => "breached",
            R::Cancelled { .. } => "cancelled",
            R::CalendarChanged { .. } => "calendar_changed",
            R::Counted { .. } => "counted",
            R::PausedFor { .. } => "paused_for",
            R::HolidaySkipped { .. } => "holiday_skipped",
            R::Carried { .. } => "carried",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use SlaReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        let instant = |at: Instant| Json::from(format_instant(at));
        match self {
            R::NoPolicy => {}
            R::PolicyMatched { policy }
            | R::PolicyDefault { policy }
            | R::PolicyWithoutCondition { policy }
            | R::WallClock { policy }
            | R::NoCalendar { policy } => {
                put("policy", policy.id.as_str().into());
            }
            R::PolicyFailed { policy, field, unknown } => {
                put("policy", policy.id.as_str().into());
                put("field", field.as_str().into());
                put("unknown", (*unknown).into());
            }
            R::CalendarUsed { calendar } => {
                put("calendar", calendar.as_str().into());
            }
            R::EventRepeated { number } => {
                put("number", (*number).into());
            }
            R::EventLate { number, happened_at, taken_at } => {
                put("number", (*number).into());
                put("happened_at", instant(*happened_at));
                put("taken_at", instant(*taken_at));
            }
            R::NoWorkingTime { metric, calendar } => {
                put("metric", metric.map(SlaMetric::code).into());
                put("calendar", calendar.as_deref().into());
            }
            R::DueMoved { metric, cycle, from, to, from_seconds, to_seconds, cause } => {
                put("metric", metric.code().into());
                put("cycle", (*cycle).into());
                put("old_due_at", from.map(format_instant).into());
                put("new_due_at", to.map(format_instant).into());
                put("old_target_seconds", (*from_seconds).into());
                put("new_target_seconds", (*to_seconds).into());
                put("cause", cause.code().into());
            }
            R::OnTrack { metric, due_at, remaining } | R::DueSoon { metric, due_at, remaining } => {
                put("metric", metric.code().into());
                put("due_at", instant(*due_at));
                put("remaining_seconds", (*remaining).into());
            }
            R::Paused { metric, remaining, due_if_resumed } => {
                put("metric", metric.code().into());
                put("remaining_seconds", (*remaining).into());
                put("due_if_resumed_now", due_if_resumed.map(format_instant).into());
            }
            R::Met { metric, used, target } => {
                put("metric", metric.code().into());
                put("used_seconds", (*used).into());
                put("target_seconds", (*target).into());
            }
            R::Breached { metric, due_at, working, wall } => {
                put("metric", metric.code().into());
                put("due_at", instant(*due_at));
                put("overdue_seconds", (*working).into());
                put("overdue_wall_seconds", (*wall).into());
            }
            R::Cancelled { metric, end } => {
                put("metric", metric.code().into());
                put("end", end.code().into());
            }
            R::CalendarChanged { metric, calendar } => {
                put("metric", metric.code().into());
                put("calendar", calendar.as_str().into());
            }
            R::Counted { from, to, seconds, sum } => {
                put("from", instant(*from));
                put("to", instant(*to));
                put("seconds", (*seconds).into());
                put("sum_seconds", (*sum).into());
            }
            R::PausedFor { from, to, seconds, status } => {
                put("from", instant(*from));
                put("to", instant(*to));
                put("open_seconds", (*seconds).into());
                put("status", status.as_str().into());
            }
            R::HolidaySkipped { date, name, holiday } => {
                put("date", date.to_string().into());
                match holiday {
                    Some(holiday) => put("holiday", holiday.code().into()),
                    None => put("name", name.as_str().into()),
                };
            }
            R::Carried { seconds } => {
                put("seconds", (*seconds).into());
            }
        }
    }
}
