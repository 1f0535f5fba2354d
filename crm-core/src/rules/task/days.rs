//! Local days as half-open spans of time, whatever the clocks do, and the days that lists of tasks go by.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};

use crate::kernel::error::Result;
use crate::kernel::task_reason::Band;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::lang::Clock;
use crate::rules::read::Object;
use crate::rules::report::weekday;

/// The days of a zone, and the day on which its weeks begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalDays {
    /// The zone.
    pub zone: Zone,
    /// The first day of a week.
    pub week_starts: Weekday,
}

impl LocalDays {
    /// Those that a question names under `zone` and `week_starts`; what it leaves out is as here.
    pub(crate) fn asked(&self, o: &Object<'_>) -> Result<Self> {
        let zone = o.zone()?.unwrap_or_else(|| self.zone.clone());
        Ok(Self { zone, week_starts: o.optional("week_starts", weekday)?.unwrap_or(self.week_starts) })
    }
}

/// By when a task is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// By the end of a local day.
    Day(NaiveDate),
    /// By an instant.
    At(Instant),
}

impl Due {
    /// What a record says: the instant where it has one, or else the day.
    pub fn of(date: Option<NaiveDate>, at: Option<Instant>) -> Option<Self> {
        at.map(Due::At).or_else(|| date.map(Due::Day))
    }
}

impl Default for LocalDays {
    fn default() -> Self {
        Self { zone: Zone::UTC, week_starts: Weekday::Mon }
    }
}

impl LocalDays {
    /// The first instant of a day: a day that begins with a clock change begins after it, and one that the clocks left
    /// out begins and ends with the next.
    pub fn start(&self, day: NaiveDate) -> Instant {
        self.zone.day_start(day)
    }

    /// The first instant after a day.
    pub fn end(&self, day: NaiveDate) -> Instant {
        day.succ_opt().map_or(Instant::MAX_UTC, |next| self.start(next))
    }

    /// The day in which an instant lies. Where the clocks go back over midnight, it stays the later day.
    pub fn day(&self, at: Instant) -> NaiveDate {
        let mut day = self.zone.day(at);
        while let Some(next) = day.succ_opt().filter(|next| self.start(*next) <= at) {
            day = next;
        }
        day
    }

    /// The next day that the clocks do not leave out.
    pub fn next(&self, day: NaiveDate) -> NaiveDate {
        day.succ_opt().map_or(day, |next| self.existing(next))
    }

    /// The day, or the next one if the clocks left it out.
    fn existing(&self, mut day: NaiveDate) -> NaiveDate {
        while let Some(next) = day.succ_opt().filter(|next| self.start(*next) <= self.start(day)) {
            day = next;
        }
        day
    }

    /// The last day before it that the clocks do not leave out.
    pub fn previous(&self, day: NaiveDate) -> NaiveDate {
        let last = self.start(day).checked_sub_signed(TimeDelta::microseconds(1));
        last.map_or(day, |last| self.day(last))
    }

    /// The first day of a day's week.
    pub fn week(&self, day: NaiveDate) -> NaiveDate {
        let days = day.weekday().days_since(self.week_starts);
        day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
    }

    /// The last instant at which a task may be done in time.
    pub fn last(&self, due: Due) -> Instant {
        match due {
            Due::At(at) => at,
            Due::Day(day) => {
                let end = self.end(day);
                end.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(end)
            }
        }
    }

    /// From when on a task is late: its instant itself, or the end of its day.
    pub fn late_from(&self, due: Due) -> Instant {
        match due {
            Due::At(at) => at,
            Due::Day(day) => self.end(day),
        }
    }

    /// The day in which a task is due.
    pub fn due_day(&self, due: Due) -> NaiveDate {
        self.day(self.last(due))
    }

    /// What the clock shows when a task is due, where that is an instant: `09:05`, with seconds if there are any.
    pub fn time(&self, due: Due) -> Option<String> {
        let Due::At(at) = due else { return None };
        Some(clock(self.zone.local(at).time()))
    }
}

/// `09:05`, with seconds if there are any.
pub(crate) fn clock(time: NaiveTime) -> String {
    let form = if chrono::Timelike::second(&time) == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.format(form).to_string()
}

/// A day with its first instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The day.
    pub day: NaiveDate,
    /// Its first instant.
    pub at: Instant,
}

/// Where the bands begin and end at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon<'d> {
    days: &'d LocalDays,
    /// The instant.
    pub at: Instant,
    /// Today.
    pub today: Edge,
    /// The next day.
    pub tomorrow: Edge,
    /// The day after that.
    pub after: Edge,
    /// The first day of the next week, or the day after tomorrow if that is later.
    pub later: Edge,
}

impl<'d> Horizon<'d> {
    /// The edges at an instant.
    pub fn new(days: &'d LocalDays, at: Instant) -> Self {
        let edge = |day| Edge { day, at: days.start(day) };
        let today = days.day(at);
        let tomorrow = days.next(today);
        let after = days.next(tomorrow);
        let week = days.week(today).checked_add_days(Days::new(7)).map_or(after, |week| days.existing(week));
        Self {
            days,
            at,
            today: edge(today),
            tomorrow: edge(tomorrow),
            after: edge(after),
            later: edge(week.max(after)),
        }
    }

    /// The band of a task that is still to be done.
    pub fn band(&self, due: Option<Due>) -> Band {
        let Some(due) = due else { return Band::Undated };
        let last = self.days.last(due);
        let before = |edge: &Edge| last < edge.at;
        match () {
            () if before(&self.today) => Band::Overdue,
            () if before(&self.tomorrow) => Band::Today,
            () if before(&self.after) => Band::Tomorrow,
            () if before(&self.later) => Band::ThisWeek,
            () => Band::Later,
        }
    }

    /// From which day on and before which day tasks are due in a band; `None` where it has no such end.
    pub fn edges(&self, band: Band) -> (Option<Edge>, Option<Edge>) {
        match band {
            Band::Overdue => (None, Some(self.today)),
            Band::Today => (Some(self.today), Some(self.tomorrow)),
            Band::Tomorrow => (Some(self.tomorrow), Some(self.after)),
            Band::ThisWeek => (Some(self.after), Some(self.later)),
            Band::Later => (Some(self.later), None),
            Band::Undated | Band::Completed => (None, None),
        }
    }

    /// When the band of a task changes next, if nobody touches it.
    pub fn next_band_at(&self, due: Option<Due>) -> Option<Instant> {
        let due = due?;
        let eve = || self.days.start(self.days.previous(self.days.due_day(due)));
        match self.band(Some(due)) {
            Band::Overdue | Band::Undated | Band::Completed => None,
            Band::Today | Band::Tomorrow => Some(self.tomorrow.at),
            Band::ThisWeek => Some(eve()),
            Band::Later => Some(eve().min(self.days.start(self.days.week(self.days.due_day(due))))),
        }
    }

    /// The days.
    pub const fn days(&self) -> &'d LocalDays {
        self.days
    }

    /// The clocks of the days.
    pub fn clock(&self) -> Clock<'d> {
        Clock::of(&self.days.zone)
    }
}
