//! The periods that a forecast is asked for, and where a deal's close date falls.

use chrono::NaiveDate;

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::period::{FiscalCalendar, Period, Unit};
use crate::kernel::time::in_range;

/// Most periods of one forecast.
pub const MOST_PERIODS: usize = 120;

/// Where a deal falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// In the period of this place in the list.
    Period(usize),
    /// It has no close date.
    Undated,
    /// It closes before the first period.
    Before,
    /// It closes after the last period.
    After,
}

/// Periods without gaps, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    calendar: FiscalCalendar,
    unit: Unit,
    list: Vec<Period>,
}

impl Periods {
    /// All periods that days from `from` up to but without `to` fall in; the first and the last are whole periods.
    ///
    /// # Errors
    /// [`RulesProblem::OutOfOrder`] if `from` is not before `to`, [`Problem::OutOfRange`] for a period that ends with the
    /// year 9999, [`Problem::TooMany`] beyond [`MOST_PERIODS`].
    pub fn between(calendar: FiscalCalendar, unit: Unit, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        if to <= from {
            return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
        }
        let out_of_range = |day: NaiveDate| Problem::OutOfRange {
            found: day.to_string(),
            least: "1900-01-01".into(),
            most: "9998-12-31".into(),
        };
        let mut list = Vec::new();
        let mut next = Some(calendar.period(unit, from).ok_or_else(|| out_of_range(from))?);
        while let Some(period) = next.filter(|p| p.start < to) {
            // The day after it must be one that can be written.
            if !in_range(period.end) {
                return Err(Error::from(out_of_range(to)).at("to"));
            }
            if list.len() == MOST_PERIODS {
                let most = u64::try_from(MOST_PERIODS).unwrap_or(u64::MAX);
                return Err(Problem::TooMany { what: "periods", found: most.saturating_add(1), most }.into());
            }
            list.push(period);
            next = calendar.next(period);
        }
        Ok(Self { calendar, unit, list })
    }

    /// The periods in order.
    pub fn list(&self) -> &[Period] {
        &self.list
    }

    /// The calendar that they are of.
    pub const fn calendar(&self) -> &FiscalCalendar {
        &self.calendar
    }

    /// How long each is.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The window that they cover: the first day, and the day after the last.
    pub fn window(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((self.list.first()?.start, self.list.last()?.end))
    }

    /// Where a close date falls.
    pub fn slot(&self, close_date: Option<NaiveDate>) -> Slot {
        let Some(date) = close_date else { return Slot::Undated };
        match self.list.partition_point(|p| p.end <= date) {
            after if after >= self.list.len() => Slot::After,
            place if self.list.get(place).is_some_and(|p| p.contains(date)) => Slot::Period(place),
            _ => Slot::Before,
        }
    }
}
