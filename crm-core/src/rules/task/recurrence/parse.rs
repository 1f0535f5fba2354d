//! The text of a recurrence.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{NaiveDate, Weekday};

use super::{Ends, Every, Missed, OfMonth, Recurrence, Shift};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::text::shortened;
use crate::kernel::time::in_range;
use crate::rules::check::between;

/// The parts that a recurrence may have.
pub const SUPPORTED: &[&str] =
    &["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST", "X-BUSINESS", "X-MISSED"];
const FREQUENCIES: &[&str] = &["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const DAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// Most bytes of the text.
const MOST_BYTES: usize = 200;
/// What the text should look like.
const FORM: &str = "a recurrence such as FREQ=WEEKLY;BYDAY=MO,WE";
/// What a weekday of a month should look like.
const NTH: &str = "a weekday of a month such as 2TU or -1FR";

/// The parts by name, each taken once.
struct Parts<'t>(BTreeMap<&'t str, &'t str>);

impl<'t> Parts<'t> {
    fn new(text: &'t str) -> Result<Self> {
        let wrong = || Problem::WrongShape { expected: FORM, found: shortened(text, 60) };
        if text.len() > MOST_BYTES || text.is_empty() {
            return Err(wrong().into());
        }
        let mut parts = BTreeMap::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            if !SUPPORTED.contains(&name) {
                return Err(Problem::UnknownOption { found: shortened(name, 60), expected: SUPPORTED }.into());
            }
            if parts.insert(name, value).is_some() {
                return Err(Problem::DuplicateKey { key: name.into() }.into());
            }
        }
        Ok(Self(parts))
    }

    fn take<T>(&mut self, name: &'static str, read: impl FnOnce(&'t str) -> Result<T>) -> Result<Option<T>> {
        self.0.remove(name).map(read).transpose().map_err(|e| e.at(name))
    }

    /// Refuses what is left, which the frequency has no use for.
    fn finish(self) -> Result<()> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, value)) => {
                let found = shortened(&format!("{name}={value}"), 60);
                let expected = "a part that this frequency has a use for";
                Err(Error::from(Problem::WrongShape { expected, found }).at(name))
            }
        }
    }
}

impl FromStr for Recurrence {
    type Err = Error;

    /// Reads a recurrence; see the [module](super).
    ///
    /// # Errors
    /// What is not supported, with the part's name and what is.
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = Parts::new(text)?;
        let frequency = parts.take("FREQ", |v| one_of(v, FREQUENCIES))?;
        let frequency = frequency.ok_or_else(|| Problem::Missing { name: "FREQ".into() })?;
        let interval = parts.take("INTERVAL", |v| whole(v, 1_000))?.unwrap_or(1);
        let (count, until) = (parts.take("COUNT", |v| whole(v, 1_000_000))?, parts.take("UNTIL", until)?);
        let ends = match (count, until) {
            (Some(_), Some(_)) => return Err(RulesProblem::Exclusive { first: "COUNT", second: "UNTIL" }.into()),
            (Some(count), None) => Ends::Count(u64::from(count)),
            (None, Some(day)) => Ends::Until(day),
            (None, None) => Ends::Never,
        };
        let missed = match parts.take("X-MISSED", |v| one_of(v, &["ALL", "SKIP"]))? {
            Some("SKIP") => Missed::Skip,
            _ => Missed::All,
        };
        let mut shift = Shift::None;
        let every = if frequency == "DAILY" {
            match parts.take("X-BUSINESS", |v| one_of(v, &["ONLY"]))? {
                Some(_) => Every::BusinessDays,
                None => Every::Days,
            }
        } else {
            shift = match parts.take("X-BUSINESS", |v| one_of(v, &["NEXT", "PREVIOUS"]))? {
                Some("NEXT") => Shift::Next,
                Some(_) => Shift::Previous,
                None => Shift::None,
            };
            match frequency {
                "WEEKLY" => weeks(&mut parts)?,
                "MONTHLY" => Every::Months(of_month(&mut parts)?),
                _ => Every::Years,
            }
        };
        parts.finish()?;
        Ok(Self { every, interval, ends, shift, missed })
    }
}

fn weeks(parts: &mut Parts<'_>) -> Result<Every> {
    let starts = parts.take("WKST", weekday)?.unwrap_or(Weekday::Mon);
    let days = |list: &str| list.split(',').map(weekday).collect::<Result<Vec<_>>>();
    let from_start = |day: &Weekday| u8::try_from(day.days_since(starts)).unwrap_or(0);
    let mut on: Vec<u8> = parts.take("BYDAY", days)?.unwrap_or_default().iter().map(from_start).collect();
    on.sort_unstable();
    on.dedup();
    Ok(Every::Weeks { on, starts })
}

fn of_month(parts: &mut Parts<'_>) -> Result<OfMonth> {
    let day = parts.take("BYMONTHDAY", |v| match v {
        "-1" => Ok(OfMonth::Last),
        _ => whole(v, 31).map(OfMonth::Day),
    })?;
    let weekday = parts.take("BYDAY", nth)?;
    match (day, weekday) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "BYMONTHDAY", second: "BYDAY" }.into()),
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (None, None) => Ok(OfMonth::Anchor),
    }
}

/// `2TU` or `-1FR`.
fn nth(text: &str) -> Result<OfMonth> {
    let wrong = || Error::from(Problem::WrongShape { expected: NTH, found: shortened(text, 60) });
    let (number, day) = text.split_at_checked(text.len().saturating_sub(2)).ok_or_else(wrong)?;
    let day = weekday(day).map_err(|_| wrong())?;
    match number {
        "-1" => Ok(OfMonth::LastOf(day)),
        "1" | "2" | "3" | "4" | "5" => Ok(OfMonth::Nth(number.parse().map_err(|_| wrong())?, day)),
        _ => Err(wrong()),
    }
}

fn weekday(text: &str) -> Result<Weekday> {
    let place = DAYS.iter().position(|day| *day == text).and_then(|place| u8::try_from(place).ok());
    let not = || Problem::NotOneOf { found: shortened(text, 60), expected: DAYS };
    Ok(place.and_then(|place| Weekday::try_from(place).ok()).ok_or_else(not)?)
}

fn one_of(text: &str, expected: &'static [&'static str]) -> Result<&'static str> {
    let not = || Problem::NotOneOf { found: shortened(text, 60), expected };
    Ok(expected.iter().find(|one| **one == text).ok_or_else(not)?)
}

/// A whole number from 1 on, in plain digits.
fn whole(text: &str, most: u32) -> Result<u32> {
    let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|_| digits);
    let number = number.ok_or_else(|| Problem::NotAnInteger { found: shortened(text, 60) })?;
    between(number, 1, i64::from(most))?;
    Ok(u32::try_from(number).unwrap_or(most))
}

/// `20261231`.
fn until(text: &str) -> Result<NaiveDate> {
    let plain = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|day| plain && in_range(*day));
    let expected = "a day such as 20261231";
    Ok(day.ok_or_else(|| Problem::WrongShape { expected, found: shortened(text, 60) })?)
}
