//! Instants and dates. Both come in as arguments; nothing here reads a clock.

use chrono::{DateTime, DurationRound as _, NaiveDate, SecondsFormat, TimeDelta, Utc};

use super::error::{Problem, Result};
use super::text::shortened;

/// A point in time, UTC, whole microseconds (what every store keeps).
pub type Instant = DateTime<Utc>;

/// Seconds in a day of exactly 24 hours, the unit of every `_days` window over instants.
pub const DAY_SECONDS: i64 = 86_400;

/// Cuts an instant to whole microseconds, so that every store gives back what it was given.
pub fn truncate(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(at)
}

/// Reads an RFC 3339 instant with its offset, for example `2026-11-22T09:00:00+01:00`.
///
/// # Errors
/// [`Problem::NotAnInstant`] when the text has another form, lacks an offset or lies outside the years 1900 to 9999.
pub fn parse_instant(text: &str) -> Result<Instant> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|t| truncate(t.with_timezone(&Utc)))
        .filter(|t| in_range(t.date_naive()))
        .ok_or_else(|| Problem::NotAnInstant { found: shortened(text, 60) }.into())
}

/// Writes an instant as RFC 3339 in UTC with as many of 0, 3 or 6 fractional digits as it needs.
pub fn format_instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads a civil date, `YYYY-MM-DD`.
///
/// # Errors
/// [`Problem::NotADate`] when the text has another form, is no calendar day or lies outside the years 1900 to 9999.
pub fn parse_date(text: &str) -> Result<NaiveDate> {
    Some(text)
        .filter(|t| t.len() == 10)
        .and_then(|t| NaiveDate::parse_from_str(t, "%Y-%m-%d").ok())
        .filter(|d| in_range(*d))
        .ok_or_else(|| Problem::NotADate { found: shortened(text, 60) }.into())
}

/// Whether the library keeps such a day: the years 1900 to 9999.
pub fn in_range(day: NaiveDate) -> bool {
    (1900..=9999).contains(&chrono::Datelike::year(&day))
}

/// `at` moved by whole days of 24 hours; `None` outside the calendar.
pub fn plus_days(at: Instant, days: i64) -> Option<Instant> {
    at.checked_add_signed(TimeDelta::try_days(days)?)
}
