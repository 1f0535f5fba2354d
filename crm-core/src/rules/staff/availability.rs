//! How long somebody works in a window, and whether the person is there at an instant.

use chrono::{Days, NaiveDate};

use super::absence::{Absences, Clock};
use super::settings::StaffSettings;
use crate::kernel::allocate::rounded;
use crate::kernel::calendar::{Calendar, Pauses, in_order};
use crate::kernel::error::Result;
use crate::kernel::routing_reason::Until;
use crate::kernel::staff::{EmployeeStatus, Presence};
use crate::kernel::staff_reason::{LeaveDays, Moment, StaffReason};
use crate::kernel::time::{Instant, in_range};
use crate::model::Employee;
use crate::rules::Rules;

/// Somebody whose time is asked for.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) settings: &'a StaffSettings,
    /// What is to be said of the calendar.
    pub(super) calendar_reason: Option<StaffReason>,
    /// Whether the person works at all.
    pub status: EmployeeStatus,
    /// The first day.
    pub started_on: Option<NaiveDate>,
    /// The last day.
    pub left_on: Option<NaiveDate>,
    /// What the person takes at a time.
    pub capacity_points: i64,
    /// The person's leave.
    pub absences: Absences,
}

/// How long somebody works in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    /// The calendar's time.
    pub working_seconds: i64,
    /// What of it is missing: leave, and the time before the first and after the last day.
    pub missing_seconds: i64,
    /// What is left.
    pub available_seconds: i64,
    /// The person's points for the share that is left, a half rounded up.
    pub available_points: i64,
    /// The calendar's time, then each thing that takes of it; what they take sums to what is missing.
    pub reasons: Vec<StaffReason>,
    /// What looks like a mistake in the person's data.
    pub diagnostics: Vec<StaffReason>,
}

impl Availability {
    /// The share of the calendar's time that is missing, in basis points, rounded down; all of it where there is none.
    pub fn missing_bp(&self) -> i64 {
        let whole = i128::from(self.working_seconds);
        let share = i128::from(self.missing_seconds).saturating_mul(10_000).checked_div(whole);
        share.and_then(|bp| i64::try_from(bp).ok()).unwrap_or(10_000)
    }

    /// Whether more than this share is missing; compared exactly.
    pub fn misses_more_than(&self, most_bp: i64) -> bool {
        let (missing, whole) = (i128::from(self.missing_seconds), i128::from(self.working_seconds));
        missing.saturating_mul(10_000) > whole.saturating_mul(most_bp.into())
    }
}

/// How somebody stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the person is there.
    pub presence: Presence,
    /// When the person works again, leave and closing times past; `at` itself for who is at work, `None` where nobody
    /// knows.
    pub back: Option<Moment>,
    /// The end of the leave, where that is the reason.
    pub until: Option<Until>,
}

impl Standing {
    /// The sentence.
    pub fn reason(&self) -> StaffReason {
        StaffReason::Standing { presence: self.presence, back: self.back }
    }
}

impl<'a> Person<'a> {
    /// A stored person with the leave that is known.
    pub(crate) fn stored(rules: &'a Rules, employee: &Employee, leaves: impl IntoIterator<Item = LeaveDays>) -> Self {
        let (calendar, calendar_reason) = rules.staff().calendar_of(&employee.calendar, rules.calendars());
        Self {
            calendar,
            settings: rules.staff(),
            calendar_reason,
            status: employee.status.unwrap_or(EmployeeStatus::Active),
            started_on: employee.started_on,
            left_on: employee.left_on,
            capacity_points: rules.staff().capacity_of(employee.capacity_points),
            absences: Absences::new(leaves),
        }
    }

    /// The instants from the first half day of a leave to the end of its last one.
    pub(crate) fn span(&self, days: LeaveDays) -> Option<(Instant, Instant)> {
        let leave = Absences::new([days]);
        leave.spans(self.clock()).next().map(|(from, to, _)| (from, to))
    }

    /// The same person by another calendar.
    pub(crate) fn by<'b>(self, calendar: &'b Calendar) -> Person<'b>
    where
        'a: 'b,
    {
        Person { calendar, ..self }
    }

    /// Whose clocks and days are meant.
    pub(crate) const fn calendar(&self) -> &'a Calendar {
        self.calendar
    }

    pub(super) fn clock(&'a self) -> Clock<'a> {
        Clock { calendar: self.calendar, split: self.settings.split }
    }

    /// The days of employment as instants: from the first up to but without the second.
    fn employed(&self) -> (Option<Instant>, Option<Instant>) {
        let zone = self.calendar.zone();
        let after = |day: NaiveDate| day.checked_add_days(Days::new(1)).map(|day| zone.day_start(day));
        (self.started_on.map(|day| zone.day_start(day)), self.left_on.and_then(after))
    }

    /// How long the person works in a window, both ends cut to whole seconds.
    ///
    /// # Errors
    /// [`Problem::EndBeforeStart`](crate::Problem::EndBeforeStart).
    pub fn availability(&self, from: Instant, to: Instant) -> Result<Availability> {
        in_order(from, to)?;
        let whole = |at: Instant| Instant::from_timestamp(at.timestamp(), 0).unwrap_or(at);
        let (from, to) = (whole(from), whole(to));
        let seconds = |from: Instant, to: Instant| self.calendar.elapsed(from, to, Pauses::NONE).num_seconds();
        let working_seconds = seconds(from, to);
        let calendar = self.calendar.id().to_owned();
        let mut reasons = vec![StaffReason::WorkingTime { calendar, seconds: working_seconds }];
        let mut missing_seconds: i64 = 0;
        let mut take = |reason: &dyn Fn(i64) -> StaffReason, from: Instant, to: Instant| {
            let seconds = seconds(from, to);
            if from < to && seconds > 0 {
                missing_seconds = missing_seconds.saturating_add(seconds);
                reasons.push(reason(seconds));
            }
        };
        let (first, end) = self.employed();
        let mut span = (from, to);
        if let (Some(day), Some(first)) = (self.started_on, first) {
            take(&|seconds| StaffReason::BeforeFirstDay { day, seconds }, from, to.min(first));
            span.0 = from.max(first);
        }
        // Who has left without a day has left before anything that is asked about.
        let end = end.or((self.status == EmployeeStatus::Left).then_some(span.0));
        if let Some(end) = end {
            let day = self.left_on;
            take(&|seconds| StaffReason::AfterLastDay { day, seconds }, end.max(span.0), to);
            span.1 = span.1.min(end);
        }
        for (start, end, days) in self.absences.spans(self.clock()) {
            take(&|seconds| StaffReason::LeaveTime { days, seconds }, start.max(span.0), end.min(span.1));
        }
        let available_seconds = working_seconds.saturating_sub(missing_seconds);
        let share = i128::from(self.capacity_points).saturating_mul(available_seconds.into());
        let available_points = if working_seconds > 0 { rounded(share, working_seconds.into()) } else { 0 };
        Ok(Availability {
            working_seconds,
            missing_seconds,
            available_seconds,
            available_points: i64::try_from(available_points).unwrap_or(i64::MAX),
            reasons,
            diagnostics: self.diagnostics(),
        })
    }

    /// What looks like a mistake in the person's data.
    pub fn diagnostics(&self) -> Vec<StaffReason> {
        let twice = self.absences.shared().map(|days| StaffReason::LeaveTwice { days });
        self.calendar_reason.iter().cloned().chain(twice).collect()
    }

    /// Whether the person is there at an instant, and when the person works again.
    pub fn standing(&self, at: Instant) -> Standing {
        let moment = |at: Instant| Moment { at, local: self.calendar.zone().local(at) };
        let (first, end) = self.employed();
        let (presence, until) = match self.absences.around(self.clock(), at) {
            _ if self.status == EmployeeStatus::Left || end.is_some_and(|end| end <= at) => (Presence::Left, None),
            _ if first.is_some_and(|first| at < first) => (Presence::NotStarted, None),
            Some((_, _, days)) => (Presence::OnLeave, self.clock().until(days)),
            None if self.status == EmployeeStatus::Away => (Presence::Away, None),
            None if self.calendar.is_open(at) => (Presence::Working, None),
            None => (Presence::OffHours, None),
        };
        let back = match presence {
            Presence::Left | Presence::Away | Presence::Archived => None,
            Presence::Working => Some(at),
            _ if self.status == EmployeeStatus::Away => None,
            Presence::OffHours | Presence::OnLeave | Presence::NotStarted => {
                let spans = self.absences.spans(self.clock()).map(|(from, to, _)| (from, to));
                let pauses = Pauses::new(spans).unwrap_or_default();
                let from = first.map_or(at, |first| first.max(at));
                self.calendar.due(from, 0, &pauses).ok().filter(|back| end.is_none_or(|end| *back < end))
            }
        };
        let back = back.filter(|back| in_range(self.calendar.zone().day(*back))).map(moment);
        Standing { presence, back, until }
    }
}
