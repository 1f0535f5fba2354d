//! Revenue over tables: what is said of a table is what the rule says of its deals as JSON.

mod bands;
mod forecast;
mod risk;

use chrono::DateTime;

use crate::desk::{lists, place_and_problem, texts};

/// A day since 1970 as text.
fn date(day: i32) -> String {
    DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap().date_naive().to_string()
}

/// Cents as text.
fn amount(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}
