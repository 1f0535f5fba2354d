//! Periods of a fiscal calendar: half-open spans of civil dates that tile all time.

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};

use super::error::{Problem, Result};

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A calendar month, or a period of the weeks layout.
    Month,
    /// A quarter of the fiscal year.
    Quarter,
    /// A fiscal year.
    Year,
}

impl Unit {
    /// Every unit's name.
    pub const NAMES: &'static [&'static str] = &["month", "quarter", "year"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }
}

/// Whether a fiscal year is called after the calendar year in which it starts or in which it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// The year of its first day.
    Start,
    /// The year of its last day.
    #[default]
    End,
}

/// Weeks in the periods of a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Four, four and five weeks.
    P445,
    /// Four, five and four weeks.
    P454,
    /// Five, four and four weeks.
    P544,
    /// Thirteen periods of four weeks; the fourth quarter has four of them.
    P13,
}

impl Pattern {
    /// Weeks in each period of a year of 52 weeks.
    const fn weeks(self) -> &'static [u64] {
        match self {
            Pattern::P445 => &[4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5],
            Pattern::P454 => &[4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4],
            Pattern::P544 => &[5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4],
            Pattern::P13 => &[4; 13],
        }
    }
}

/// How a fiscal year is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Calendar months.
    #[default]
    Months,
    /// Whole weeks: the year begins on the weekday nearest to the first day of its first month, and has 52 or 53 weeks; a
    /// 53rd week belongs to the last period.
    Weeks {
        /// Weeks in each period.
        pattern: Pattern,
        /// The first day of every week.
        first_day: Weekday,
    },
}

/// A fiscal calendar; [`FiscalCalendar::default`] is the civil year.
///
/// ```
/// use crm_core::kernel::period::{FiscalCalendar, Layout, NamedBy, Unit};
/// let september = FiscalCalendar::new(9, NamedBy::End, Layout::Months).unwrap();
/// let period = september.period(Unit::Quarter, "2026-11-22".parse().unwrap()).unwrap();
/// assert_eq!((period.year, period.number), (2027, 1));
/// assert_eq!((period.start.to_string(), period.end.to_string()), ("2026-09-01".into(), "2026-12-01".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiscalCalendar {
    first_month: u32,
    named_by: NamedBy,
    layout: Layout,
}

impl Default for FiscalCalendar {
    fn default() -> Self {
        Self { first_month: 1, named_by: NamedBy::default(), layout: Layout::Months }
    }
}

/// A period: dates from `start` up to but without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
    /// How long it is.
    pub unit: Unit,
    /// The fiscal year's name.
    pub year: i32,
    /// Its place in the year, from 1.
    pub number: u32,
}

impl Period {
    /// Whether a date lies in it.
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.start <= date && date < self.end
    }
}

impl FiscalCalendar {
    /// A calendar whose years begin with a month.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] for a month outside of 1 to 12.
    pub fn new(first_month: u32, named_by: NamedBy, layout: Layout) -> Result<Self> {
        if !(1..=12).contains(&first_month) {
            let found = first_month.to_string();
            return Err(Problem::OutOfRange { found, least: "1".into(), most: "12".into() }.into());
        }
        Ok(Self { first_month, named_by, layout })
    }

    /// Whether its years are calendar years.
    pub fn is_civil(&self) -> bool {
        self.first_month == 1 && self.layout == Layout::Months
    }

    /// The month with which its years begin, from 1.
    pub const fn first_month(&self) -> u32 {
        self.first_month
    }

    /// What its years are called after.
    pub const fn named_by(&self) -> NamedBy {
        self.named_by
    }

    /// How its years are cut.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// The period that a date lies in; `None` within a year of the end of all dates.
    pub fn period(&self, unit: Unit, date: NaiveDate) -> Option<Period> {
        let calendar_year = date.year();
        // A week-based year may begin up to three days before or after its month.
        let years = [calendar_year.checked_sub(1)?, calendar_year, calendar_year.checked_add(1)?];
        let begins = years.into_iter().rfind(|y| self.year_start(*y).is_some_and(|start| start <= date))?;
        let (start, end) = (self.year_start(begins)?, self.year_start(begins.checked_add(1)?)?);
        let year = match self.named_by {
            NamedBy::Start => begins,
            NamedBy::End if self.first_month == 1 => begins,
            NamedBy::End => begins.checked_add(1)?,
        };
        if unit == Unit::Year {
            return Some(Period { start, end, unit, year, number: 1 });
        }
        let bounds = self.bounds(start, end)?;
        let months = bounds.len().checked_sub(1)?;
        let place = bounds.iter().rposition(|bound| *bound <= date)?.min(months.checked_sub(1)?);
        let (first, last) = match unit {
            Unit::Month => (place, place.checked_add(1)?),
            _ => {
                let quarter = (place / 3).min(3);
                let last = if quarter == 3 { months } else { quarter.checked_add(1)?.checked_mul(3)? };
                (quarter.checked_mul(3)?, last)
            }
        };
        let number = if unit == Unit::Month { first } else { first / 3 };
        let number = u32::try_from(number).ok()?.checked_add(1)?;
        Some(Period { start: *bounds.get(first)?, end: *bounds.get(last)?, unit, year, number })
    }

    /// The period after another one.
    pub fn next(&self, period: Period) -> Option<Period> {
        self.period(period.unit, period.end)
    }

    /// The period before another one.
    pub fn previous(&self, period: Period) -> Option<Period> {
        self.period(period.unit, period.start.pred_opt()?)
    }

    /// The first day of the fiscal year that begins in or around a calendar year.
    fn year_start(&self, year: i32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, self.first_month, 1)?;
        let Layout::Weeks { first_day, .. } = self.layout else { return Some(first) };
        let after = first_day.days_since(first.weekday());
        // At most three days either way.
        if after <= 3 {
            first.checked_add_days(Days::new(u64::from(after)))
        } else {
            first.checked_sub_days(Days::new(u64::from(7u32.checked_sub(after)?)))
        }
    }

    /// The first days of all periods of a year, and the day after its last.
    fn bounds(&self, start: NaiveDate, end: NaiveDate) -> Option<Vec<NaiveDate>> {
        let mut bounds = vec![start];
        match self.layout {
            Layout::Months => {
                for month in 1..12 {
                    bounds.push(start.checked_add_months(Months::new(month))?);
                }
            }
            Layout::Weeks { pattern, .. } => {
                let (_, but_last) = pattern.weeks().split_last()?;
                let mut bound = start;
                for weeks in but_last {
                    bound = bound.checked_add_days(Days::new(weeks.checked_mul(7)?))?;
                    bounds.push(bound);
                }
            }
        }
        bounds.push(end);
        Some(bounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn years_are_called_by_their_start_or_end() {
        for (named_by, year) in [(NamedBy::Start, 2008), (NamedBy::End, 2009)] {
            let calendar = FiscalCalendar::new(9, named_by, Layout::Months).unwrap();
            let period = calendar.period(Unit::Year, day("2008-09-01")).unwrap();
            assert_eq!((period.year, period.start, period.end), (year, day("2008-09-01"), day("2009-09-01")));
        }
        assert!(FiscalCalendar::new(13, NamedBy::Start, Layout::Months).is_err());
    }

    #[test]
    fn retail_years_have_52_or_53_weeks() {
        // The 4-5-4 calendar of the National Retail Federation: 2023 had 53 weeks, from 29 January 2023.
        let layout = Layout::Weeks { pattern: Pattern::P454, first_day: Weekday::Sun };
        let calendar = FiscalCalendar::new(2, NamedBy::Start, layout).unwrap();
        let year = calendar.period(Unit::Year, day("2023-06-01")).unwrap();
        assert_eq!((year.start, year.end), (day("2023-01-29"), day("2024-02-04")));
        let last = calendar.period(Unit::Month, day("2024-02-03")).unwrap();
        assert_eq!((last.year, last.number, (last.end - last.start).num_days()), (2023, 12, 35));
    }

    proptest! {
        #[test]
        fn periods_tile_all_time(
            offset in 0i64..60_000, month in 1u32..=12, weeks in 0usize..5, first in 0u8..7, unit in 0usize..3,
        ) {
            let patterns = [Pattern::P445, Pattern::P454, Pattern::P544, Pattern::P13];
            let first_day = Weekday::try_from(first).unwrap();
            let layout = patterns.get(weeks).map_or(Layout::Months, |p| Layout::Weeks { pattern: *p, first_day });
            let calendar = FiscalCalendar::new(month, NamedBy::End, layout).unwrap();
            let unit = [Unit::Month, Unit::Quarter, Unit::Year][unit];
            let date = day("1950-01-01") + chrono::TimeDelta::try_days(offset).unwrap();
            let period = calendar.period(unit, date).unwrap();
            prop_assert!(period.contains(date));
            let (next, previous) = (calendar.next(period).unwrap(), calendar.previous(period).unwrap());
            prop_assert_eq!(next.start, period.end);
            prop_assert_eq!(previous.end, period.start);
            prop_assert_eq!(calendar.period(unit, period.start), Some(period));
            prop_assert_eq!(calendar.previous(next), Some(period));
            let year = calendar.period(Unit::Year, date).unwrap();
            prop_assert!(year.start <= period.start && period.end <= year.end && year.year == period.year);
        }
    }
}
