//! A series: a recurrence from its anchor on, by the clocks of a zone.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{Missed, Recurrence};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, in_range, parse_date};
use crate::rules::task::days::{Due, LocalDays};

/// Most numbers of a series: more than there are days.
const MOST_NUMBERS: u64 = 4_000_000;

/// What a series counts from: a day, with the time of the clock where its tasks have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The day.
    pub day: NaiveDate,
    /// The time of the clock.
    pub time: Option<NaiveTime>,
}

impl Anchor {
    /// When a task is due, as the clocks of its zone show it.
    pub fn of(due: Due, days: &LocalDays) -> Self {
        match due {
            Due::Day(day) => Self { day, time: None },
            Due::At(at) => {
                let local = days.zone.local(at);
                Self { day: local.date(), time: Some(local.time()) }
            }
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.time {
            None => write!(f, "{}", self.day),
            Some(time) => write!(f, "{}T{}", self.day, time.format("%H:%M:%S%.f")),
        }
    }
}

impl FromStr for Anchor {
    type Err = Error;

    /// Reads `2026-01-31` or `2026-01-31T09:00:00`, what a clock shows.
    fn from_str(text: &str) -> Result<Self> {
        if text.len() == 10 {
            return Ok(Self { day: parse_date(text)?, time: None });
        }
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
        let local = local.filter(|local| in_range(local.date()) && text.len() <= 26);
        let expected = "a time of the clock such as 2026-03-29T02:30:00";
        let local = local.ok_or_else(|| Problem::WrongShape { expected, found: shortened(text, 60) })?;
        Ok(Self { day: local.date(), time: Some(local.time()) })
    }
}

/// One of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// How many came before it.
    pub number: u64,
    /// The day.
    pub day: NaiveDate,
    /// When it is due.
    pub due: Due,
}

/// What comes after an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The next one; `None` where the series is over.
    pub occurrence: Option<Occurrence>,
    /// How many were passed over, since they were missed.
    pub skipped: u64,
}

/// A recurrence from its anchor on.
#[derive(Clone, Debug)]
pub struct Series<'s> {
    /// How often.
    pub recurrence: Recurrence,
    /// From when on.
    pub anchor: Anchor,
    /// The days of the zone.
    pub days: &'s LocalDays,
    /// Whose business days count.
    pub calendar: &'s Calendar,
}

impl Series<'_> {
    /// An occurrence; `None` where the series is over by then. A time that the clocks leave out moves forward past the
    /// gap, one that they show twice is the earlier.
    pub fn occurrence(&self, number: u64) -> Option<Occurrence> {
        let day = self.recurrence.business_day(self.anchor.day, number, self.calendar)?;
        let due = match self.anchor.time {
            None => Due::Day(day),
            Some(time) => Due::At(self.days.zone.instant(day.and_time(time))),
        };
        Some(Occurrence { number, day, due })
    }

    /// What comes after an occurrence that was done at an instant: the next one, or with [`Missed::Skip`] the first after
    /// it that is not late by then.
    pub fn next(&self, number: u64, at: Instant) -> Next {
        let next = number.saturating_add(1);
        let first = match self.recurrence.missed {
            Missed::All => next,
            Missed::Skip => self.first(next, |occurrence| self.days.late_from(occurrence.due) > at),
        };
        let occurrence = self.occurrence(first);
        let skipped = if occurrence.is_some() { first.saturating_sub(next) } else { 0 };
        Next { occurrence, skipped }
    }

    /// The number of the first occurrence from one on that is so, or of the first that there is not. What is so of one
    /// must be so of all later ones.
    pub fn first(&self, from: u64, is_so: impl Fn(&Occurrence) -> bool) -> u64 {
        let reached = |number: u64| self.occurrence(number).is_none_or(|occurrence| is_so(&occurrence));
        let (mut least, mut most) = (from, from);
        let mut step = 1_u64;
        while !reached(most) && most < MOST_NUMBERS {
            least = most.saturating_add(1);
            most = most.saturating_add(step).min(MOST_NUMBERS);
            step = step.saturating_mul(2);
        }
        while least < most {
            let middle = least.midpoint(most);
            if reached(middle) {
                most = middle;
            } else {
                least = middle.saturating_add(1);
            }
        }
        least
    }
}
