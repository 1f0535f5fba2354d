//! Cells to values, by rules that never guess an amount, a day or a time.
//!
//! A cell whose whole text is one of [`MARKS`] is null. So is, where no name can be lost by it, one that is one of
//! [`PLACEHOLDERS`]: in numbers, amounts, dates and the like, and in [`WORD_FIELDS`]. Excel's `="0612345678"` is the text
//! inside; an apostrophe before what a spreadsheet would take for a formula, which spreadsheets and the library's
//! own files put there, is taken off ([`crm_core::kernel::csv`]).

use std::collections::BTreeSet;

use crm_core::kernel::csv::restored;
use crm_core::kernel::text::{check, fold, shortened};
use crm_core::kernel::time::{in_range, parse_instant};
use crm_core::kernel::zone::Zone;
use crm_core::{Currency, FieldType, Instant, Problem, Result, Value};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

pub use crate::amount::DecimalMark;
use crate::amount::{integer, money, number};

/// Signs that say that nothing is known, in whatever column they stand.
pub const MARKS: &[&str] = &["-", "--", "---", "–", "—", "?"];

/// Words that say that nothing is known, folded; compared with the folded cell, and only with all of it.
#[rustfmt::skip]
pub const PLACEHOLDERS: &[&str] = &[
    "n/a", "#n/a", "n.a.", "null", "(null)", "<null>", "none", "(none)", "nil", "nan", "undefined", "unknown",
    "not known", "not specified", "not provided", "select", "--none--", "-none-", "(blank)", "s/o", "nc", "n.c.", "n/c",
    "non renseigne", "non renseignee", "non communique", "inconnu", "inconnue", "aucun", "aucune", "neant", "vide",
    "(vide)",
];

/// Text fields in which [`PLACEHOLDERS`] say nothing, as they do in every field that is not text.
///
/// The first line is what people choose from a list, which leaves its `Select` or `--None--` behind; the second is
/// numbers and addresses, which no word of letters alone can be. Everywhere else a word is kept: `Select` is a company,
/// `Null` a family name, `NC` a state, and an e-mail address `N/A` is refused rather than dropped. A city is in
/// the list for the forms that let people choose one; what it costs (`None` is a town in Piedmont) is in
/// [`crate::Import::placeholders`].
#[rustfmt::skip]
pub const WORD_FIELDS: &[&str] = &[
    "source", "industry", "segment", "stage", "rating", "job_title", "city",
    "phone", "mobile", "website", "postal_code", "registration_number", "vat_number",
];

/// Which of day and month a date such as `03/04/2026` writes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/12/2026`.
    DayFirst,
    /// `12/31/2026`.
    MonthFirst,
}

/// What the reader of a file must be told, because files do not say it.
#[derive(Clone, Debug, Default)]
pub struct CellOptions {
    /// The decimal mark of amounts and numbers.
    pub decimal: DecimalMark,
    /// The order of numeric dates that do not begin with the year.
    pub date_order: Option<DateOrder>,
    /// The zone of times without an offset.
    pub zone: Option<Zone>,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
}

/// Whether a cell is a sign for nothing.
pub fn is_mark(text: &str) -> bool {
    MARKS.contains(&text.trim())
}

/// Whether a cell is a sign or a word for nothing.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    is_mark(text) || (text.len() <= 24 && may_be_word(text) && PLACEHOLDERS.contains(&&*fold(text)))
}

/// Whether a text begins as one of [`PLACEHOLDERS`] does, or with a sign that may fold to such a beginning: most texts
/// need not be folded to know that they are none.
fn may_be_word(text: &str) -> bool {
    let first = text.bytes().next().unwrap_or(0).to_ascii_lowercase();
    !first.is_ascii() || b"#(-<ainsuv".contains(&first)
}

/// The text that a cell means: checked, without blanks at its ends and without a spreadsheet's wrapping.
///
/// # Errors
/// [`Problem::Nul`], [`Problem::TooLong`], and [`Problem::ControlCharacter`] for anything but tabs and line ends.
pub fn plain_text(cell: &str) -> Result<&str> {
    let text = check(cell)?;
    if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(Problem::ControlCharacter { found: format!("U+{:04X}", u32::from(c)) }.into());
    }
    Ok(unwrapped(text))
}

/// A cell without blanks at its ends and without a spreadsheet's wrapping.
pub(crate) fn unwrapped(cell: &str) -> &str {
    let text = cell.trim();
    // What was written safely is meant as it stands; `="..."` is how spreadsheets keep digits text.
    let meant = restored(text);
    if meant.len() < text.len() {
        return meant.trim();
    }
    text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or(text).trim()
}

/// Reads a cell as a value of a type; a sign for nothing is [`Value::Null`], and so is a word for nothing unless the
/// type is text.
///
/// ```
/// use crm_core::FieldType;
/// use crm_csv::cell::{CellOptions, parse};
///
/// let options = CellOptions { currency: "USD".parse().ok(), ..CellOptions::default() };
/// let value = parse(FieldType::Money, "$342.09K", &options)?;
/// assert_eq!(value.to_json()["amount"], "342090.00");
/// assert!(parse(FieldType::Money, "1 234,56", &options).is_err());
/// # Ok::<(), crm_core::Error>(())
/// ```
///
/// # Errors
/// The problem of the type: see [`crate::amount`] for numbers and money; [`Problem::NotADate`],
/// [`Problem::NotAnInstant`], [`Problem::AmbiguousDate`], [`Problem::MissingZone`], [`Problem::NotABoolean`],
/// [`Problem::NotAnId`], and those of [`plain_text`].
pub fn parse(kind: FieldType, cell: &str, options: &CellOptions) -> Result<Value> {
    let text = plain_text(cell)?;
    let words = !matches!(kind, FieldType::Text | FieldType::Texts);
    if text.is_empty() || is_mark(text) || (words && is_placeholder(text)) {
        return Ok(Value::Null);
    }
    parse_plain(kind, text, options)
}

/// The same for the [`plain_text`] of a cell that says something.
pub(crate) fn parse_plain(kind: FieldType, text: &str, options: &CellOptions) -> Result<Value> {
    Ok(match kind {
        FieldType::Text => Value::Text(text.to_owned()),
        FieldType::Integer => Value::Integer(integer(text, options.decimal)?),
        FieldType::Number => Value::Number(number(text, options.decimal)?),
        FieldType::Money => Value::Money(money(text, options.decimal, options.currency)?),
        FieldType::Boolean => Value::Boolean(boolean(text)?),
        FieldType::Date => Value::Date(date(text, options)?),
        FieldType::Instant => Value::Instant(instant(text, options)?),
        FieldType::Reference => Value::Reference(text.parse()?),
        FieldType::Texts => texts(text),
    })
}

fn boolean(text: &str) -> Result<bool> {
    match &*fold(text) {
        "yes" | "y" | "true" | "1" | "x" | "oui" | "o" | "vrai" | "✓" | "✔" => Ok(true),
        "no" | "n" | "false" | "0" | "non" | "faux" => Ok(false),
        _ => Err(Problem::NotABoolean { found: shortened(text, 60) }.into()),
    }
}

/// A list divided by `;`, else by `|`, else by `,`; what stands in it twice is kept once.
fn texts(text: &str) -> Value {
    let mark = [';', '|', ','].into_iter().find(|m| text.contains(*m)).unwrap_or(',');
    let mut known = BTreeSet::new();
    let items = text.split(mark).map(str::trim).filter(|t| !t.is_empty());
    let list: Vec<String> = items.filter(|t| known.insert(fold(t))).map(str::to_owned).collect();
    if list.is_empty() { Value::Null } else { Value::Texts(list) }
}

/// Checks an e-mail address lightly and keeps it as written: one `@` with something before it, a domain with a point
/// after it, no blanks, no lists.
///
/// # Errors
/// [`Problem::NotAnEmail`].
pub fn email(text: &str) -> Result<&str> {
    let broken = || Problem::NotAnEmail { found: shortened(text, 60) }.into();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"');
    let (local, domain) = text.split_once('@').ok_or_else(broken)?;
    let labels = || domain.split('.');
    let whole = !local.is_empty() && !domain.contains('@') && labels().count() > 1 && labels().all(|l| !l.is_empty());
    if whole && !text.contains(odd) && text.len() <= 320 { Ok(text) } else { Err(broken()) }
}

/// Reads a civil date; a time of midnight may follow it.
fn date(text: &str, options: &CellOptions) -> Result<NaiveDate> {
    match civil(text, options.date_order)? {
        Some((day, None | Some(NaiveTime::MIN))) => Ok(day),
        _ => Err(Problem::NotADate { found: shortened(text, 60) }.into()),
    }
}

/// Reads a point in time: with its offset, or civil in the zone of the options. A day without a time is its beginning.
fn instant(text: &str, options: &CellOptions) -> Result<Instant> {
    if let Some(at) = with_offset(text) {
        return Ok(at);
    }
    let wrong = || Problem::NotAnInstant { found: shortened(text, 60) };
    let (day, time) = civil(text, options.date_order)?.ok_or_else(wrong)?;
    let zone = options.zone.as_ref().ok_or_else(|| Problem::MissingZone { found: shortened(text, 60) })?;
    Ok(zone.instant(NaiveDateTime::new(day, time.unwrap_or(NaiveTime::MIN))))
}

/// An instant that says its offset: RFC 3339, with a blank for its `T`, `+0000` for its offset, or ` UTC` after it.
fn with_offset(text: &str) -> Option<Instant> {
    if text.len() > 60 {
        return None;
    }
    let text = match text.as_bytes().get(10) {
        Some(b' ') => text.replacen(' ', "T", 1),
        _ => text.to_owned(),
    };
    if let Ok(at) = parse_instant(&text) {
        return Some(at);
    }
    if let Some(civil) = text.strip_suffix(" UTC") {
        return parse_instant(&format!("{civil}Z")).ok();
    }
    let (before, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
    parse_instant(&format!("{before}:{minutes}")).ok()
}

type Civil = (NaiveDate, Option<NaiveTime>);

/// A day and perhaps a time in one of the forms that exports write; `None` when it is none of them.
fn civil(text: &str, order: Option<DateOrder>) -> Result<Option<Civil>> {
    if text.len() > 60 {
        return Ok(None);
    }
    let text = text.replace([',', '\u{a0}', '\u{202f}'], " ");
    let text = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..] => text.replacen('T', " ", 1),
        _ => text,
    };
    let words: Vec<String> = text.split_whitespace().map(|w| fold(w).into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (day, rest) = match words.as_slice() {
        [numeric, rest @ ..] if numeric.contains(['-', '/', '.']) && numeric.split(['-', '/', '.']).count() == 3 => {
            (numeric_day(numeric, order)?, rest)
        }
        [first, second, year, rest @ ..] => (named_day(first, second, year), rest),
        _ => return Ok(None),
    };
    let rest = rest.strip_prefix(&["a"]).or_else(|| rest.strip_prefix(&["at"])).unwrap_or(rest);
    let time = match rest {
        [] => None,
        [time] => Some(clock(time, None)),
        [time, half @ ("am" | "pm")] => Some(clock(time, Some(*half == "pm"))),
        _ => return Ok(None),
    };
    Ok(match (day.filter(|d| in_range(*d)), time) {
        (Some(day), None) => Some((day, None)),
        (Some(day), Some(Some(time))) => Some((day, Some(time))),
        _ => None,
    })
}

/// `2026-11-20`, `20-Nov-2026`, or by the given order `20/11/2026`, `11/20/2026`. A year has four digits.
fn numeric_day(text: &str, order: Option<DateOrder>) -> Result<Option<NaiveDate>> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return Ok(None) };
    if is_month(b) {
        return Ok(named_day(a, b, c));
    }
    let (Some(x), Some(y), Some(z)) = (digits(a), digits(b), digits(c)) else { return Ok(None) };
    if a.len() == 4 {
        return Ok(NaiveDate::from_ymd_opt(i32::try_from(x).unwrap_or(0), y, z));
    }
    if c.len() != 4 {
        return Ok(None);
    }
    let year = i32::try_from(z).unwrap_or(0);
    match order {
        Some(DateOrder::DayFirst) => Ok(NaiveDate::from_ymd_opt(year, y, x)),
        Some(DateOrder::MonthFirst) => Ok(NaiveDate::from_ymd_opt(year, x, y)),
        // The file has one order for all its dates; neither a person nor another date told it.
        None => Err(Problem::AmbiguousDate { found: text.to_owned() }.into()),
    }
}

/// `15 Apr 2021`, `1er avril 2021`, `April 15 2021`.
fn named_day(first: &str, second: &str, year: &str) -> Option<NaiveDate> {
    let (day, month) = month_number(second).map(|m| (first, m)).or_else(|| Some((second, month_number(first)?)))?;
    let day = day.trim_end_matches("er").trim_end_matches("st").trim_end_matches("nd");
    let day = day.trim_end_matches("rd").trim_end_matches("th");
    let year = digits(year).filter(|_| year.len() == 4)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, digits(day)?)
}

fn clock(text: &str, afternoon: Option<bool>) -> Option<NaiveTime> {
    let (text, afternoon) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
        (Some(rest), _) => (rest, Some(true)),
        (_, Some(rest)) => (rest, Some(false)),
        _ => (text, afternoon),
    };
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = text.split([':', 'h']);
    let hour = digits(parts.next()?)?;
    let minute = digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), digits)?;
    let micros = digits(&format!("{fraction:0<6}")).filter(|_| fraction.len() <= 6)?;
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => (hour % 12).saturating_add(if afternoon { 12 } else { 0 }),
    };
    if parts.next().is_some() {
        return None;
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The names of the months, English and French, folded; a name may be cut after three letters where that is common.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "janvier", "janv"],
    &["february", "feb", "fevrier", "fevr", "fev"],
    &["march", "mar", "mars"],
    &["april", "apr", "avril", "avr"],
    &["may", "mai"],
    &["june", "jun", "juin"],
    &["july", "jul", "juillet", "juil"],
    &["august", "aug", "aout"],
    &["september", "sep", "sept", "septembre"],
    &["october", "oct", "octobre"],
    &["november", "nov", "novembre"],
    &["december", "dec", "decembre"],
];

fn month_number(name: &str) -> Option<u32> {
    let name = fold(name);
    let name = name.trim_end_matches('.');
    let index = MONTHS.iter().position(|names| names.contains(&name))?;
    u32::try_from(index.saturating_add(1)).ok()
}

/// Whether a word is the name of a month.
pub(crate) fn is_month(word: &str) -> bool {
    month_number(word).is_some()
}

#[cfg(test)]
#[path = "cell_tests.rs"]
mod tests;
