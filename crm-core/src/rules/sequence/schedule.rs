//! When a step may run: delays, sending hours and business days by the clock of a zone.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta};

use crate::kernel::calendar::{Calendar, Window};
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::sequence_reason::SequenceReason;
use crate::kernel::time::{DAY_SECONDS, Instant, format_instant, in_range};
use crate::kernel::zone::Zone;

/// How many days after it is due a sending time is looked for.
pub const SEARCH_DAYS: u64 = 400;
/// Most holidays that are told of one wait.
const MOST_TOLD: usize = 5;

coded! {
    /// What a delay counts.
    DelayUnit {
        /// Business days of the calendar, at the same time of the clock.
        BusinessDays = "business_days",
        /// Days at the same time of the clock.
        Days = "days",
        /// Seven days each.
        Weeks = "weeks",
        /// Months at the same time of the clock; a day that a month does not have is its last.
        Months = "months",
        /// Hours that pass, whatever the clocks do.
        Hours = "hours",
        /// Minutes that pass.
        Minutes = "minutes",
    }
}

coded! {
    /// From when a delay counts.
    DelayFrom {
        /// When the step before was done: a task completed, a message sent.
        PreviousDone = "previous_done",
        /// When the step before was due, whether or not it is done.
        PreviousDue = "previous_due",
        /// When the enrolment began.
        Enrolment = "enrolment",
    }
}

/// How long after something else a step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// So many.
    pub count: u32,
    /// Of these.
    pub unit: DelayUnit,
    /// From when on.
    pub from: DelayFrom,
}

impl Delay {
    /// The instant so much later. Days keep the time of the clock: one that a clock change skips moves forward as far as
    /// the clock does, of one that comes twice the first is meant.
    ///
    /// # Errors
    /// [`Problem::NotEnoughBusinessDays`], and an instant after the year 9999.
    pub fn after(&self, base: Instant, zone: &Zone, calendar: &Calendar) -> Result<Instant> {
        let count = i64::from(self.count);
        let local = zone.local(base);
        let beyond = || Error::from(Problem::NotEnoughOpenTime { from: format_instant(base) });
        let passed = |seconds: i64| base.checked_add_signed(TimeDelta::try_seconds(seconds)?);
        let days = |days: u64| local.date().checked_add_days(Days::new(days));
        let date = match self.unit {
            _ if self.count == 0 => return Ok(base),
            DelayUnit::Hours | DelayUnit::Minutes => {
                let seconds = if self.unit == DelayUnit::Hours { 3600 } else { 60 };
                let at = passed(count.saturating_mul(seconds)).filter(|at| in_range(at.date_naive()));
                return at.ok_or_else(beyond);
            }
            DelayUnit::BusinessDays => Some(calendar.add_business_days(local.date(), count)?),
            DelayUnit::Days => days(u64::from(self.count)),
            DelayUnit::Weeks => days(u64::from(self.count).saturating_mul(7)),
            DelayUnit::Months => local.date().checked_add_months(Months::new(self.count)),
        };
        let date = date.filter(|date| in_range(*date)).ok_or_else(beyond)?;
        Ok(zone.instant(date.and_time(local.time())))
    }
}

/// The hours and days in which steps run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    weekly: Option<[Vec<Window>; 7]>,
    calendar: Calendar,
    business_days_only: bool,
}

/// A sending time, and why it is not earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The time; `None` where there is none within [`SEARCH_DAYS`].
    pub at: Option<Instant>,
    /// What put it off.
    pub reasons: Vec<SequenceReason>,
}

impl Hours {
    /// Hours of a week from Monday on (`None`: at any time) on the calendar's business days, or on every day.
    ///
    /// # Errors
    /// [`RulesProblem::EndsBeforeStart`] for a window over midnight: it is said as two.
    pub fn new(weekly: Option<[Vec<Window>; 7]>, calendar: Calendar, business_days_only: bool) -> Result<Self> {
        let mut weekly = weekly;
        for (place, windows) in weekly.iter_mut().flatten().enumerate() {
            if let Some(late) = windows.iter().find(|w| w.to() > DAY_SECONDS) {
                let (found, most) = (late.to().to_string(), DAY_SECONDS.to_string());
                return Err(Error::from(Problem::OutOfRange { found, least: "0".into(), most }).at_index(place));
            }
            windows.retain(|w| w.from() < w.to());
            windows.sort_unstable();
        }
        Ok(Self { weekly, calendar, business_days_only })
    }

    /// Whose business days count.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Whether no weekday has hours.
    pub fn never_open(&self) -> bool {
        self.weekly.as_ref().is_some_and(|days| days.iter().all(Vec::is_empty))
    }

    fn is_allowed(&self, date: NaiveDate) -> bool {
        !self.business_days_only || self.calendar.is_business_day(date)
    }

    /// The open parts of a date by the clocks of a zone, in order; the end is not part of them.
    fn spans(&self, date: NaiveDate, zone: &Zone) -> Vec<(Instant, Instant)> {
        if !self.is_allowed(date) {
            return Vec::new();
        }
        let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        let windows = match &self.weekly {
            None => &[Window::DAY][..],
            Some(days) => days.get(place).map_or(&[][..], Vec::as_slice),
        };
        let instant = |second: i64| match NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(second).ok()?, 0)
        {
            Some(time) => Some(zone.instant(date.and_time(time))),
            None => Some(zone.day_start(date.succ_opt()?)),
        };
        let span = |w: &Window| Some((instant(w.from())?, instant(w.to())?)).filter(|(from, to)| from < to);
        windows.iter().filter_map(span).collect()
    }

    /// The end of the hours that an instant lies in.
    pub(super) fn closing(&self, at: Instant, zone: &Zone) -> Option<Instant> {
        let spans = self.spans(zone.day(at), zone);
        spans.into_iter().find(|(from, to)| (*from..*to).contains(&at)).map(|(_, to)| to)
    }

    /// The first sending time from `due` on, by the clocks of `zone`.
    ///
    /// 1. On the date of `due`, the first time of the hours from `due` on, which may be `due` itself.
    /// 2. If its hours are over, the beginning of the hours of the next date that has some.
    /// 3. If it has none (a weekend, a holiday), the next date that has some, at the same time of the clock, or at the
    ///    next beginning of its hours; if they are over by then, at their beginning.
    ///
    /// Hours include their start and not their end.
    pub fn next_send(&self, due: Instant, zone: &Zone, search_days: u64) -> Slot {
        let local = zone.local(due);
        let mut reasons = Vec::new();
        let mut has_hours = false;
        for n in 0..=search_days {
            let Some(date) = local.date().checked_add_days(Days::new(n)).filter(|date| in_range(*date)) else { break };
            let spans = self.spans(date, zone);
            let from = |wanted: Instant| spans.iter().find(|span| span.1 > wanted).map(|span| span.0.max(wanted));
            let found = if n == 0 {
                has_hours = !spans.is_empty();
                from(due)
            } else if has_hours {
                spans.first().and_then(|_| from(due))
            } else {
                from(zone.instant(date.and_time(local.time())).max(due)).or_else(|| from(due))
            };
            if let Some(at) = found {
                let kept = zone.instant(date.and_time(local.time())).max(due);
                if at != kept && at != due {
                    reasons.push(SequenceReason::WaitingWindow { until: at });
                }
                return Slot { at: Some(at), reasons };
            }
            self.tell(date, &mut reasons);
        }
        Slot { at: None, reasons: vec![SequenceReason::NoSlot { days: search_days }] }
    }

    /// Why nothing runs on a date.
    fn tell(&self, date: NaiveDate, reasons: &mut Vec<SequenceReason>) {
        if self.is_allowed(date) || reasons.len() >= MOST_TOLD {
            return;
        }
        match self.calendar.holiday(date) {
            Some(holiday) => reasons.push(SequenceReason::WaitingHoliday { date, holiday: holiday.into() }),
            None if reasons.iter().any(|r| matches!(r, SequenceReason::WaitingBusinessDay { .. })) => {}
            None => reasons.push(SequenceReason::WaitingBusinessDay { date }),
        }
    }
}

/// Hours that never open are a mistake where they are part of a sequence.
pub(super) fn opens(hours: Hours) -> Result<Hours> {
    match hours.never_open() {
        true => Err(RulesProblem::NeverOpens.into()),
        false => Ok(hours),
    }
}
