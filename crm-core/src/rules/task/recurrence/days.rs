//! The day of an occurrence, from the anchor and its number alone.

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};

use super::{Ends, Every, OfMonth, Recurrence, Shift};
use crate::kernel::calendar::Calendar;
use crate::kernel::time::in_range;

impl Recurrence {
    /// The day of an occurrence before business days move it; `None` where the series is over by then, for those that
    /// count business days, and beyond the year 9999.
    pub fn day(&self, anchor: NaiveDate, number: u64) -> Option<NaiveDate> {
        let day = if number == 0 { anchor } else { self.later(anchor, number)? };
        self.ends.has(number, day).then_some(day).filter(|day| in_range(*day))
    }

    /// The day of an occurrence; `None` where the series is over by then and beyond the year 9999. The last day of
    /// `UNTIL` is compared before business days move an occurrence. The anchor itself is never moved.
    pub fn business_day(&self, anchor: NaiveDate, number: u64, calendar: &Calendar) -> Option<NaiveDate> {
        if number == 0 {
            return self.ends.has(0, anchor).then_some(anchor);
        }
        if self.every == Every::BusinessDays {
            let days = i64::try_from(number).ok()?.checked_mul(i64::from(self.interval))?;
            let day = calendar.add_business_days(anchor, days).ok()?;
            return self.ends.has(number, day).then_some(day);
        }
        let day = self.day(anchor, number)?;
        match self.shift {
            Shift::None => Some(day),
            _ if calendar.is_business_day(day) => Some(day),
            Shift::Next => calendar.add_business_days(day, 1).ok(),
            Shift::Previous => calendar.add_business_days(day, -1).ok(),
        }
    }

    /// The so-manyth day after the anchor.
    fn later(&self, anchor: NaiveDate, number: u64) -> Option<NaiveDate> {
        let steps = number.checked_mul(u64::from(self.interval))?;
        match &self.every {
            Every::Days => anchor.checked_add_days(Days::new(limited(steps)?)),
            Every::BusinessDays => None,
            Every::Weeks { on, starts } => self.weekly(anchor, number, on, *starts),
            Every::Months(of) => {
                // The anchor's own month has one more, where its day comes after the anchor.
                let extra = u64::from(of.day_in(anchor, anchor)? > anchor);
                let months = number.saturating_sub(extra).checked_mul(u64::from(self.interval))?;
                of.day_in(first_of(anchor)?.checked_add_months(Months::new(limited_months(months)?))?, anchor)
            }
            Every::Years => {
                let months = limited_months(steps.checked_mul(12)?)?;
                anchor.checked_add_months(Months::new(months))
            }
        }
    }

    fn weekly(&self, anchor: NaiveDate, number: u64, on: &[u8], starts: Weekday) -> Option<NaiveDate> {
        let own = [u8::try_from(anchor.weekday().days_since(starts)).ok()?];
        let on = if on.is_empty() { &own } else { on };
        let [today] = own;
        let week = anchor.checked_sub_days(Days::new(u64::from(today)))?;
        // Those of the anchor's week that are over, or are the anchor, do not count as later ones.
        let over = on.iter().filter(|day| **day <= today).count();
        let place = number.checked_sub(1)?.checked_add(u64::try_from(over).ok()?)?;
        let each = u64::try_from(on.len()).ok()?;
        let weeks = place.checked_div(each)?.checked_mul(u64::from(self.interval))?;
        let day = on.get(usize::try_from(place.checked_rem(each)?).ok()?)?;
        let days = weeks.checked_mul(7)?.checked_add(u64::from(*day))?;
        week.checked_add_days(Days::new(limited(days)?))
    }
}

impl Ends {
    fn has(self, number: u64, day: NaiveDate) -> bool {
        match self {
            Ends::Never => true,
            Ends::Count(count) => number < count,
            Ends::Until(last) => day <= last,
        }
    }
}

impl OfMonth {
    /// The day in the month of a date.
    fn day_in(self, date: NaiveDate, anchor: NaiveDate) -> Option<NaiveDate> {
        let first = first_of(date)?;
        let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
        let clipped = |day: u32| first.with_day(day.min(last.day()));
        match self {
            OfMonth::Anchor => clipped(anchor.day()),
            OfMonth::Day(day) => clipped(day),
            OfMonth::Last => Some(last),
            OfMonth::Nth(number, weekday) => {
                let to_first = weekday.days_since(first.weekday());
                let weeks = u32::from(number).checked_sub(1)?.checked_mul(7)?;
                let day = to_first.checked_add(weeks)?.checked_add(1)?;
                // The fifth is the fourth where there are only four.
                first.with_day(if day > last.day() { day.checked_sub(7)? } else { day })
            }
            OfMonth::LastOf(weekday) => last.checked_sub_days(Days::new(u64::from(last.weekday().days_since(weekday)))),
        }
    }
}

fn first_of(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)
}

/// So many days at most as there are in all years.
fn limited(days: u64) -> Option<u64> {
    Some(days).filter(|days| *days <= 3_000_000)
}

/// So many months at most as there are in all years.
fn limited_months(months: u64) -> Option<u32> {
    u32::try_from(months).ok().filter(|months| *months <= 100_000)
}
