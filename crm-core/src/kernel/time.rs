//! Instants and dates. Both come in as arguments; nothing here reads a clock.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

use super::error::{Problem, Result};
use super::text::shortened;

/// A point in time, UTC, whole microseconds (what every store keeps).
pub type Instant = DateTime<Utc>;

/// Seconds in a day of exactly 24 hours, the unit of every `_days` window over instants.
pub const DAY_SECONDS: i64 = 86_400;

/// Cuts an instant to whole microseconds, so that every store gives back what it was given.
///
/// A leap second becomes the second after it, as in every count of microseconds.
pub fn truncate(at: Instant) -> Instant {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_instant_survives_a_count_of_microseconds() {
        for text in ["2016-12-31T23:59:60Z", "2500-01-01T00:00:00.123456789Z", "1900-01-01T00:00:00Z"] {
            let at = parse_instant(text).unwrap();
            assert_eq!(DateTime::from_timestamp_micros(at.timestamp_micros()), Some(at), "{text}");
            assert_eq!(parse_instant(&format_instant(at)).unwrap(), at, "{text}");
        }
    }

    proptest! {
        #[test]
        fn truncating_twice_changes_nothing(seconds in -2_208_988_800i64..253_402_300_799, nanos in 0u32..1_999_999_999) {
            if let Some(at) = DateTime::from_timestamp(seconds, nanos) {
                let once = truncate(at);
                prop_assert_eq!(truncate(once), once);
                prop_assert_eq!(once.timestamp_micros(), at.timestamp_micros());
            }
        }
    }
}
