//! Days as a zone's calendar shows them, and which of them are worked.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, NaiveDate};

use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// Monday to Friday without holidays, in a zone: the business days of [`Calendar::on_weekdays`], told by arithmetic alone,
/// so that a date in the year 9999 costs no more than one of today. A test holds the two together.
///
/// [`Calendar::on_weekdays`]: crate::kernel::calendar::Calendar::on_weekdays
#[derive(Clone, Debug)]
pub struct WorkingDays {
    zone: Zone,
    holidays: BTreeSet<NaiveDate>,
}

impl WorkingDays {
    /// Monday to Friday in a zone, these days left out.
    pub fn new(zone: Zone, holidays: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self { zone, holidays: holidays.into_iter().filter(|day| is_weekday(*day)).collect() }
    }

    /// The zone whose days are meant.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The day at an instant.
    pub fn day(&self, at: Instant) -> NaiveDate {
        self.zone.day(at)
    }

    /// The instant at which a day begins.
    pub fn start(&self, day: NaiveDate) -> Instant {
        self.zone.day_start(day)
    }

    /// Days from one to another: negative where the second is earlier.
    pub fn days(from: NaiveDate, to: NaiveDate) -> i64 {
        to.signed_duration_since(from).num_days()
    }

    /// Business days after `from`, up to and with `to`; none where `to` is not later.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to <= from {
            return 0;
        }
        let whole = weekdays_to(to).saturating_sub(weekdays_to(from));
        let Some(first) = from.succ_opt() else { return 0 };
        let free = self.holidays.range(first..=to).count();
        whole.saturating_sub(i64::try_from(free).unwrap_or(i64::MAX))
    }

    /// The `count`th business day after a day; `None` at the end of the calendar. Zero is the day itself.
    pub fn after(&self, from: NaiveDate, count: i64) -> Option<NaiveDate> {
        let count = count.max(0);
        // Five business days take a week; holidays are then made up for, each by a later day.
        let weeks = count.checked_div(5)?;
        let mut day = from.checked_add_days(Days::new(u64::try_from(weeks).ok()?.checked_mul(7)?))?;
        while self.between(from, day) < count {
            day = day.succ_opt()?;
        }
        // A week too many where it began on a weekend: the earliest day with the count is meant.
        while day > from && self.between(from, day.pred_opt()?) >= count {
            day = day.pred_opt()?;
        }
        Some(day)
    }
}

fn is_weekday(day: NaiveDate) -> bool {
    day.weekday().num_days_from_monday() < 5
}

/// Weekdays from the first Monday of the calendar's year zero to a day, that day included.
fn weekdays_to(day: NaiveDate) -> i64 {
    // Day 1 of the common era was a Monday.
    let days = i64::from(day.num_days_from_ce());
    let (weeks, rest) = (days.div_euclid(7), days.rem_euclid(7));
    weeks.saturating_mul(5).saturating_add(rest.min(5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::calendar::Calendar;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_holidays_are_free() {
        let days = WorkingDays::new(Zone::UTC, [day("2026-11-11"), day("2026-11-14")]);
        assert_eq!(days.between(day("2026-11-06"), day("2026-11-08")), 0, "Friday to Sunday");
        assert_eq!(days.between(day("2026-11-06"), day("2026-11-09")), 1, "Friday to Monday");
        assert_eq!(days.between(day("2026-11-08"), day("2026-11-13")), 4, "a week with a holiday");
        assert_eq!(days.after(day("2026-11-06"), 4), Some(day("2026-11-13")));
        assert_eq!(days.after(day("2026-11-06"), 0), Some(day("2026-11-06")));
        assert_eq!(days.after(NaiveDate::MAX, 1), None);
        assert_eq!(days.between(NaiveDate::MIN, NaiveDate::MIN), 0);
    }

    proptest! {
        #[test]
        fn counting_is_walking(from in 700_000i32..740_000, length in 0u64..60, count in 0i64..40,
            free in prop::collection::vec(700_000i32..740_100, 0..5), near in prop::collection::vec(0u64..60, 0..6)) {
            let from = NaiveDate::from_num_days_from_ce_opt(from).unwrap();
            let near = near.into_iter().map(|n| from + Days::new(n));
            let free = free.into_iter().filter_map(NaiveDate::from_num_days_from_ce_opt).chain(near);
            let free: Vec<NaiveDate> = free.collect();
            let days = WorkingDays::new(Zone::UTC, free.iter().copied());
            let works = |d: NaiveDate| d.weekday().num_days_from_monday() < 5 && !free.contains(&d);
            let to = from + Days::new(length);
            let walked = from.iter_days().skip(1).take_while(|d| *d <= to).filter(|d| works(*d)).count();
            prop_assert_eq!(days.between(from, to), i64::try_from(walked).unwrap());
            let calendar = Calendar::on_weekdays(Zone::UTC, free.iter().copied());
            prop_assert_eq!(days.between(from, to), calendar.business_days_between(from, to));
            let reached = days.after(from, count).unwrap();
            prop_assert_eq!(Some(reached), calendar.add_business_days(from, count).ok());
            prop_assert_eq!(days.between(from, reached), count);
            prop_assert!(reached == from || days.between(from, reached.pred_opt().unwrap()) < count);
        }
    }
}
