//! Moments, percentages and counted nouns in English sentences.

use chrono::{NaiveDateTime, Timelike as _};

use super::Lang;
use super::values::hundredths;
use crate::kernel::time::Instant;

/// `2026-05-26 13:00 UTC`; with seconds where there are any.
pub(super) fn moment(at: Instant) -> String {
    format!("{} UTC", local_moment(at.naive_utc()))
}

/// `2026-05-26 13:00`, of the clocks that somebody sees.
pub(super) fn local_moment(at: NaiveDateTime) -> String {
    let form = if at.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    at.format(form).to_string()
}

/// Basis points: `30%`, `33.34%`.
pub(super) fn percent(bp: impl Into<i128>) -> String {
    format!("{}%", hundredths(bp))
}

/// As [`plural`](super::plural).
pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    super::plural(Lang::English, n, one, many)
}
