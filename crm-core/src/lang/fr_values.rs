//! Days, moments, percentages and counted nouns in French sentences.

use chrono::{NaiveDate, NaiveDateTime, Timelike as _};

use super::values::hundredths;
use super::{Lang, decimal};
use crate::kernel::time::Instant;

/// A day in French figures: `22/11/2026`.
pub(super) fn date(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// `26/05/2026 à 13 h 30 UTC`; with seconds where there are any.
pub(super) fn moment(at: Instant) -> String {
    format!("{} UTC", local_moment(at.naive_utc()))
}

/// `26/05/2026 à 13 h 30`, of the clocks that somebody sees.
pub(super) fn local_moment(at: NaiveDateTime) -> String {
    let (day, hour) = (at.format("%d/%m/%Y"), at.hour());
    match (at.minute(), at.second()) {
        (0, 0) => format!("{day} à {hour}\u{a0}h"),
        (minute, 0) => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}"),
        (minute, second) => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}\u{a0}min\u{a0}{second:02}\u{a0}s"),
    }
}

/// Basis points: `30 %`, `33,34 %`.
pub(super) fn percent(bp: impl Into<i128>) -> String {
    format!("{}\u{a0}%", decimal(&hundredths(bp), Lang::French))
}

/// As [`plural`](super::plural).
pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    super::plural(Lang::French, n, one, many)
}
