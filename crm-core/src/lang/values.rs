//! Values as people write them in each language: amounts, days, moments, numbers.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use serde_json::Value as Json;

use super::{Lang, en_forecast, fr_forecast, fr_values};
use crate::kernel::field::FieldType;
use crate::kernel::money::Money;
use crate::kernel::number::{self, Number};
use crate::kernel::text;
use crate::kernel::time::{parse_date, parse_instant};
use crate::kernel::value::Value;

/// An amount: `12,500.00 EUR`, `12 500,00 EUR` with no-break spaces.
///
/// ```
/// use crm_core::kernel::money::Money;
/// use crm_core::lang::{Lang, amount};
/// let money = Money::parse("12500", "EUR".parse().unwrap()).unwrap();
/// assert_eq!(amount(money, Lang::English), "12,500.00 EUR");
/// assert_eq!(amount(money, Lang::French), "12\u{a0}500,00\u{a0}EUR");
/// ```
pub fn amount(money: Money, lang: Lang) -> String {
    let (plain, code) = (money.amount_text(), money.currency().code());
    match lang {
        Lang::English => en_forecast::amount(&plain, code),
        Lang::French => fr_forecast::amount(&plain, code),
    }
}

/// A day in full: `1 December 2026`, `1er décembre 2026`.
///
/// ```
/// use crm_core::lang::{Lang, day_in_full};
/// let day = "2026-12-01".parse().unwrap();
/// assert_eq!(day_in_full(day, Lang::English), "1 December 2026");
/// assert_eq!(day_in_full(day, Lang::French), "1er\u{a0}décembre\u{a0}2026");
/// ```
pub fn day_in_full(day: NaiveDate, lang: Lang) -> String {
    let (number, year) = (day.day(), day.year());
    match lang {
        Lang::English => format!("{number} {} {year}", en_forecast::month(day)),
        Lang::French => {
            let first = if number == 1 { "er" } else { "" };
            format!("{number}{first}\u{a0}{}\u{a0}{year}", fr_forecast::month(day))
        }
    }
}

/// A time of the clock on its day: `1 December 2026, 14:30`, `1er décembre 2026 à 14 h 30`.
///
/// ```
/// use crm_core::lang::{Lang, moment_in_full};
/// let local = "2026-12-01T14:00:00".parse().unwrap();
/// assert_eq!(moment_in_full(local, Lang::English), "1 December 2026, 14:00");
/// assert_eq!(moment_in_full(local, Lang::French), "1er\u{a0}décembre\u{a0}2026 à 14\u{a0}h");
/// ```
pub fn moment_in_full(local: NaiveDateTime, lang: Lang) -> String {
    let day = day_in_full(local.date(), lang);
    match (lang, local.hour(), local.minute()) {
        (Lang::English, hour, minute) => format!("{day}, {hour:02}:{minute:02}"),
        (Lang::French, hour, 0) => format!("{day} à {hour}\u{a0}h"),
        (Lang::French, hour, minute) => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}"),
    }
}

/// A number with its noun: in French zero and one are singular, in English only one is.
pub fn plural(lang: Lang, n: u64, one: &str, many: &str) -> String {
    let singular = match lang {
        Lang::English => n == 1,
        Lang::French => n < 2,
    };
    format!("{n} {}", if singular { one } else { many })
}

/// A decimal number in plain digits with the language's decimal mark.
pub fn decimal(plain: &str, lang: Lang) -> String {
    match lang {
        Lang::English => plain.to_owned(),
        Lang::French => plain.replace('.', ","),
    }
}

/// Yes or no.
pub const fn yes_or_no(yes: bool, lang: Lang) -> &'static str {
    match (lang, yes) {
        (Lang::English, true) => "yes",
        (Lang::English, false) => "no",
        (Lang::French, true) => "oui",
        (Lang::French, false) => "non",
    }
}

/// Most values of a list that a sentence has.
const MOST_LISTED: usize = 5;

/// A value of a condition or a record, from its JSON form: text in quotes, amounts and days as the language has them.
pub(super) fn written(value: &Json, lang: Lang) -> String {
    match (value, lang) {
        (Json::Bool(yes), _) => yes_or_no(*yes, lang).to_owned(),
        (Json::Number(number), _) => decimal(&number.to_string(), lang),
        (Json::String(plain), _) if is_number(plain) => decimal(plain, lang),
        (Json::String(day), Lang::French) if parse_date(day).is_ok() => {
            parse_date(day).map_or_else(|_| day.clone(), fr_values::date)
        }
        (Json::String(at), Lang::French) if parse_instant(at).is_ok() => {
            parse_instant(at).map_or_else(|_| at.clone(), fr_values::moment)
        }
        (Json::String(plain), Lang::English) => format!("“{}”", text::shortened(plain, 80)),
        (Json::String(plain), Lang::French) => format!("«\u{a0}{}\u{a0}»", text::shortened(plain, 80)),
        (Json::Array(values), _) => {
            let shown: Vec<String> = values.iter().take(MOST_LISTED).map(|value| written(value, lang)).collect();
            let more = if values.len() > MOST_LISTED { ", …" } else { "" };
            format!("{}{more}", shown.join(", "))
        }
        (Json::Object(_), _) => match Value::from_json(FieldType::Money, value) {
            Ok(Value::Money(money)) => amount(money, lang),
            _ => text::shortened(&value.to_string(), 80),
        },
        (Json::Null, _) => String::new(),
    }
}

/// Whether a text is a decimal number as JSON forms have them.
fn is_number(plain: &str) -> bool {
    !plain.is_empty() && plain.len() < 24 && Number::parse(plain).is_ok()
}

/// Basis points in hundreds, in plain digits: `30`, `33.34`.
pub(super) fn hundredths(bp: impl Into<i128>) -> String {
    let text = number::plain(bp.into(), 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
