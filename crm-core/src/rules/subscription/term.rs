//! Days counted from an anchor: anniversaries, terms, billing days.

use chrono::{Months, NaiveDate};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::time::in_range;

/// Longest term or interval: a hundred years.
pub(crate) const MOST_MONTHS: i64 = 1_200;
/// The most months that are counted from an anchor.
pub(super) const MOST_DISTANCE: i64 = 120_000;

/// Days from a first one to a last one, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub start: NaiveDate,
    /// The last day.
    pub end: NaiveDate,
}

/// The day so many months after an anchor (before it where negative): the same day of the month, or the last one of a
/// shorter month.
///
/// # Errors
/// [`Problem::OutOfRange`] outside of the years 1 to 9999.
pub fn anniversary(anchor: NaiveDate, months: i64) -> Result<NaiveDate> {
    let too_far = || {
        let found = format!("{anchor} {months:+}");
        Error::from(Problem::OutOfRange { found, least: "0001-01-01".into(), most: "9999-12-31".into() })
    };
    let count = u32::try_from(months.unsigned_abs()).map(Months::new).map_err(|_| too_far())?;
    let day = if months < 0 { anchor.checked_sub_months(count) } else { anchor.checked_add_months(count) };
    day.filter(|day| in_range(*day)).ok_or_else(too_far)
}

/// The day after, or the last there is.
pub(crate) fn day_after(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// The day before, or the first there is.
pub(crate) fn day_before(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

/// The term that follows a contract: it starts on the day after the last covered one.
///
/// # Errors
/// As [`anniversary`].
pub fn renewal_period(contract_end: NaiveDate, term_months: i64) -> Result<Span> {
    let start = day_after(contract_end);
    Ok(Span { start, end: day_before(anniversary(start, term_months)?) })
}

/// The terms of a contract, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    starts_on: NaiveDate,
    first_end: NaiveDate,
    /// From where the starts of the terms after the first are counted, and how many months the second is after it.
    anchor: NaiveDate,
    lead: i64,
    term_months: Option<i64>,
}

impl Terms {
    /// The terms of a contract from its first day on. `ends_on` is the last day of the first term; where it is the one
    /// that the length of a term gives, or absent, all terms are counted from the first day, so that no day drifts;
    /// otherwise the later ones are counted from the day after it. `None` where there is neither an end nor a length:
    /// the contract goes on in one.
    ///
    /// # Errors
    /// An end before the start, a term below 1 or above 1,200 months, days beyond the year 9999; with the path.
    pub fn new(starts_on: NaiveDate, ends_on: Option<NaiveDate>, term_months: Option<i64>) -> Result<Option<Self>> {
        if let Some(months) = term_months {
            crate::rules::check::between(months, 1, MOST_MONTHS).map_err(|e| e.at("term_months"))?;
        }
        if let Some(end) = ends_on.filter(|end| *end < starts_on) {
            let (from, to) = (starts_on.to_string(), end.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("ends_on"));
        }
        let counted = match term_months {
            Some(months) => {
                let next = anniversary(starts_on, months).map_err(|e| e.at("term_months"))?;
                Some((day_before(next), months))
            }
            None => None,
        };
        Ok(match (ends_on, counted) {
            (None, None) => None,
            (Some(end), Some((regular, _))) if end != regular => {
                Some(Self { starts_on, first_end: end, anchor: day_after(end), lead: 0, term_months })
            }
            (_, Some((regular, months))) => {
                Some(Self { starts_on, first_end: regular, anchor: starts_on, lead: months, term_months })
            }
            (Some(end), None) => {
                Some(Self { starts_on, first_end: end, anchor: day_after(end), lead: 0, term_months: None })
            }
        })
    }

    /// A term by its number, from 1; `None` where there is none.
    ///
    /// # Errors
    /// Days beyond the year 9999.
    pub fn term(&self, cycle: u32) -> Result<Option<Span>> {
        if cycle <= 1 {
            return Ok((cycle == 1).then_some(Span { start: self.starts_on, end: self.first_end }));
        }
        let Some(months) = self.term_months else { return Ok(None) };
        let later = i64::from(cycle).saturating_sub(2).saturating_mul(months).saturating_add(self.lead);
        let start = anniversary(self.anchor, later)?;
        let next = anniversary(self.anchor, later.saturating_add(months))?;
        Ok(Some(Span { start, end: day_before(next) }))
    }

    /// The number of the term that a day is in: 1 before the first, the last one after it where there is no length.
    pub fn cycle_at(&self, day: NaiveDate) -> u32 {
        let Some(months) = self.term_months else { return 1 };
        if day <= self.first_end {
            return 1;
        }
        // The months between tell the term, but for the days before the day of the month.
        let whole = months_between(self.anchor, day).saturating_sub(self.lead);
        let guess = whole.checked_div_euclid(months).unwrap_or(0).saturating_add(2);
        let guess = u32::try_from(guess.max(2)).unwrap_or(u32::MAX);
        let ends = |cycle: u32| self.term(cycle).ok().flatten().is_none_or(|term| day <= term.end);
        let mut cycle = guess.saturating_sub(1).max(2);
        // At most a step or two away.
        while !ends(cycle) {
            cycle = cycle.saturating_add(1);
        }
        cycle
    }
}

/// The months from one day's month to another's.
fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    use chrono::Datelike as _;
    let index = |day: NaiveDate| i64::from(day.year()).saturating_mul(12).saturating_add(i64::from(day.month0()));
    index(to).saturating_sub(index(from))
}

/// One billing day with the days that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Counts from 0 at the anchor.
    pub index: i64,
    /// The day.
    pub on: NaiveDate,
    /// The last day that it covers: the one before the next occurrence.
    pub until: NaiveDate,
}

/// The days at every `interval_months` from the anchor on that lie from `from` to `to`, both included; at most `most`,
/// and whether there are more.
///
/// # Errors
/// An interval below 1 or above 1,200 months.
pub fn occurrences(
    anchor: NaiveDate,
    interval_months: i64,
    within: Span,
    most: usize,
) -> Result<(Vec<Occurrence>, bool)> {
    crate::rules::check::between(interval_months, 1, MOST_MONTHS).map_err(|e| e.at("interval_months"))?;
    let day = |index: i64| anniversary(anchor, index.saturating_mul(interval_months));
    let before = months_between(anchor, within.start).checked_div_euclid(interval_months).unwrap_or(0);
    let mut index = before.saturating_sub(1).max(0);
    let mut found = Vec::new();
    while let Ok(on) = day(index) {
        if on > within.end {
            return Ok((found, false));
        }
        if on >= within.start {
            if found.len() >= most {
                return Ok((found, true));
            }
            let until = day(index.saturating_add(1)).map_or(within.end.max(on), day_before);
            found.push(Occurrence { index, on, until });
        }
        index = index.saturating_add(1);
    }
    Ok((found, false))
}
