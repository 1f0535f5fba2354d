//! One date counted from another: over calendar or business days, months always from the anchor.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::definition::Offset;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::Result;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::playbook_reason::{Direction, OffsetUnit, PlaybookReason};
use crate::kernel::time::in_range;

fn beyond(from: NaiveDate) -> PlaybookProblem {
    PlaybookProblem::DateOutOfRange { from: from.to_string() }
}

/// The date so far from an anchor. Months end where the anchor's day is no more; no business days are the anchor itself.
///
/// # Errors
/// [`PlaybookProblem::DateOutOfRange`] beyond the years 1900 to 9999.
pub fn due(anchor: NaiveDate, offset: Offset, calendar: &Calendar) -> Result<NaiveDate> {
    let forward = offset.direction == Direction::After;
    let days = |days: u64| {
        let days = Days::new(days);
        if forward { anchor.checked_add_days(days) } else { anchor.checked_sub_days(days) }
    };
    let count = u64::from(offset.count);
    let date = match offset.unit {
        OffsetUnit::Days => days(count),
        OffsetUnit::Weeks => days(count.saturating_mul(7)),
        OffsetUnit::Months => {
            let months = Months::new(offset.count);
            if forward { anchor.checked_add_months(months) } else { anchor.checked_sub_months(months) }
        }
        OffsetUnit::BusinessDays => {
            let count = i64::from(offset.count);
            let count = if forward { count } else { count.saturating_neg() };
            calendar.add_business_days(anchor, count).ok()
        }
    };
    Ok(date.filter(|date| in_range(*date)).ok_or_else(|| beyond(anchor))?)
}

/// The date itself, or the next one on which somebody works, or the last one before it.
///
/// # Errors
/// As [`due`].
pub fn rolled(date: NaiveDate, direction: Direction, calendar: &Calendar) -> Result<NaiveDate> {
    if calendar.is_business_day(date) {
        return Ok(date);
    }
    let days = if direction == Direction::After { 1 } else { -1 };
    Ok(calendar.add_business_days(date, days).map_err(|_| beyond(date))?)
}

/// The first and the last day of what begins so many days after an anchor and lasts so many more. Both pass over days on
/// which nobody works, and the end is counted from the day on which it really begins, so that its length is never lost.
///
/// # Errors
/// As [`due`].
pub fn span(
    anchor: NaiveDate,
    begin_on: i64,
    duration: Option<u32>,
    calendar: &Calendar,
) -> Result<(NaiveDate, Option<NaiveDate>)> {
    let direction = if begin_on < 0 { Direction::Before } else { Direction::After };
    let count = u32::try_from(begin_on.unsigned_abs()).unwrap_or(u32::MAX);
    let begin = due(anchor, Offset { count, unit: OffsetUnit::Days, direction }, calendar)?;
    let start = rolled(begin, Direction::After, calendar)?;
    let end = |days: u32| {
        let lasts = Offset { count: days, unit: OffsetUnit::Days, direction: Direction::After };
        rolled(due(start, lasts, calendar)?, Direction::After, calendar)
    };
    Ok((start, duration.map(end).transpose()?))
}

/// What is to be said of a date beside its offset: that the month is shorter.
pub(super) fn month_end(anchor: NaiveDate, offset: Offset, date: NaiveDate) -> Option<PlaybookReason> {
    let is_shorter = offset.unit == OffsetUnit::Months && date.day() != anchor.day();
    is_shorter.then(|| PlaybookReason::MonthEnd { day: anchor.day(), date })
}
