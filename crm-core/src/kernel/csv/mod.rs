//! CSV that is safe to open in a spreadsheet and reads back as it was: the type of a column decides, never the look of
//! a cell.
//!
//! - **Text** may come from anywhere, so what a spreadsheet would take for a formula gets an apostrophe in front
//!   ([`escaped`]); [`restored`] takes exactly that one off again. `+33612345678` is text and gets one, too.
//! - **Numbers, amounts, days and instants** are written by the library from typed values, in machine format: digits
//!   with the decimal mark of the format, days as `2026-11-22`, instants as `2026-11-22T09:00:00Z`. They never get an
//!   apostrophe.
//! - Cells are quoted by RFC 4180: where they hold the separator, a quote or a line end.
//!
//! Sources: RFC 4180 2.6 and 2.7, OWASP ASVS 1.2.10, CWE-1236.

mod format;
mod sheet;

use std::borrow::Cow;

use chrono::NaiveDate;

use super::number::{self, Number};
use super::time::{Instant, format_instant};
use super::value::Value;

pub use format::{CsvFormat, Decimal, Headers, LineEnd, Separator};
pub use sheet::{Column, Sheet};

/// Signs with which spreadsheets begin a formula, with their full-width forms and the typographic minus.
const TRIGGERS: [char; 9] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}'];
/// Control characters that make a spreadsheet read on in another cell, or past them.
const BREAKS: [char; 4] = ['\t', '\r', '\n', '\0'];

/// One cell, by the type of its column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known.
    Empty,
    /// Text from anywhere.
    Text(Cow<'a, str>),
    /// A decimal number: whole units of its last place, and how many places it has.
    Decimal {
        /// The units.
        units: i128,
        /// The decimal places.
        places: u32,
    },
    /// A number whose needless zeros are left out.
    Number(Number),
    /// A day.
    Date(NaiveDate),
    /// A point in time.
    Instant(Instant),
    /// Yes or no.
    Boolean(bool),
}

impl<'a> Cell<'a> {
    /// Text, or nothing where it is empty.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// A whole number.
    pub fn integer(n: impl Into<i128>) -> Self {
        Cell::Decimal { units: n.into(), places: 0 }
    }

    /// The cell of a value; of an amount its number, whose currency is a cell of its own ([`Column::amount`]). A set of
    /// texts is written with `;` between them.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Cell::Empty,
            Value::Text(text) => Cell::text(text.as_str()),
            Value::Integer(n) => Cell::integer(*n),
            Value::Number(n) => Cell::Number(*n),
            Value::Money(m) => Cell::Decimal { units: m.minor_units().into(), places: m.currency().minor_digits() },
            Value::Boolean(b) => Cell::Boolean(*b),
            Value::Date(d) => Cell::Date(*d),
            Value::Instant(at) => Cell::Instant(*at),
            Value::Reference(id) => Cell::text(id.to_string()),
            Value::Texts(list) => Cell::text(listed(list)),
        }
    }

    /// The same cell with a text of its own.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Empty => Cell::Empty,
            Cell::Decimal { units, places } => Cell::Decimal { units, places },
            Cell::Number(n) => Cell::Number(n),
            Cell::Date(day) => Cell::Date(day),
            Cell::Instant(at) => Cell::Instant(at),
            Cell::Boolean(yes) => Cell::Boolean(yes),
        }
    }

    /// Appends the cell as a format writes it.
    pub fn write(&self, out: &mut String, format: &CsvFormat) {
        let decimal = |text: &str| match format.decimal {
            Decimal::Point => text.to_owned(),
            Decimal::Comma => text.replace('.', ","),
        };
        match self {
            Cell::Empty => {}
            Cell::Text(text) => quoted(out, &escaped(text), format.separator.char()),
            Cell::Decimal { units, places } => {
                quoted(out, &decimal(&number::plain(*units, *places)), format.separator.char());
            }
            Cell::Number(n) => quoted(out, &decimal(&n.to_string()), format.separator.char()),
            Cell::Date(day) => out.push_str(&day.to_string()),
            Cell::Instant(at) => out.push_str(&format_instant(*at)),
            Cell::Boolean(yes) => out.push_str(if *yes { "true" } else { "false" }),
        }
    }
}

/// A set of texts as one. A lone text with another sign that divides lists keeps the `;`, so that it stays one.
fn listed(list: &[String]) -> String {
    match list {
        [one] if one.contains([',', '|']) => format!("{one};"),
        list => list.join(";"),
    }
}

/// Whether a spreadsheet may take the text for a formula: its first character behind blanks, control characters and
/// invisible ones is one of `= + - @` or a look-alike, or a tab, a line end or a NUL stands among what is before it.
///
/// Apostrophes in front do not count. So a text that is a formula keeps being one with an apostrophe more or less,
/// which makes [`escaped`] and [`restored`] each other's exact opposite: `'=x` is written `''=x`, and comes back `'=x`.
pub fn is_formula(text: &str) -> bool {
    for c in text.trim_start_matches('\'').chars() {
        if BREAKS.contains(&c) || TRIGGERS.contains(&c) {
            return true;
        }
        if !(c.is_whitespace() || c.is_control() || is_invisible(c)) {
            return false;
        }
    }
    false
}

/// Characters without width that stand before a sign without hiding it from everybody.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A text as a cell may hold it: with an apostrophe in front where it [is a formula](is_formula).
///
/// ```
/// use crm_core::kernel::csv::{escaped, restored};
/// assert_eq!(escaped("  =cmd"), "'  =cmd");
/// assert_eq!(escaped("+33612345678"), "'+33612345678");
/// assert_eq!(escaped("O'Neil"), "O'Neil");
/// for text in ["=1+1", "'=1+1", "''=1+1", "'quoted", "O'Neil"] {
///     assert_eq!(restored(&escaped(text)), text);
/// }
/// ```
pub fn escaped(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that was [`escaped`].
pub fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// Appends a cell's text, in quotes if it holds the separator, a quote or a line end.
pub fn quoted(out: &mut String, cell: &str, separator: char) {
    if cell.contains([separator, '"', '\r', '\n']) {
        always_quoted(out, cell);
    } else {
        out.push_str(cell);
    }
}

/// Appends a cell's text in quotes.
pub fn always_quoted(out: &mut String, cell: &str) {
    out.push('"');
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(cell: &Cell<'_>) -> String {
        let mut out = String::new();
        cell.write(&mut out, &CsvFormat::default());
        out
    }

    #[test]
    fn only_text_gets_an_apostrophe() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("\nx", "\"'\nx\""),
            ("\0x", "'\0x"),
            ("\u{1}=x", "'\u{1}=x"),
            ("\u{200b}=x", "'\u{200b}=x"),
            ("  =cmd", "'  =cmd"),
            ("\u{a0}@x", "'\u{a0}@x"),
            ("＝1", "'＝1"),
            ("＠x", "'＠x"),
            ("+33612345678", "'+33612345678"),
            ("He said \"Hello\", ok", "\"He said \"\"Hello\"\", ok\""),
            ("=1,\"2\"", "\"'=1,\"\"2\"\"\""),
            ("a=b", "a=b"),
            ("'quoted", "'quoted"),
            (" x", " x"),
        ] {
            assert_eq!(written(&Cell::text(text)), cell, "{text:?}");
        }
        assert_eq!(written(&Cell::Decimal { units: -1250, places: 2 }), "-12.50");
        assert_eq!(written(&Cell::integer(-7)), "-7");
        assert_eq!(written(&Cell::Date("2026-11-22".parse().unwrap())), "2026-11-22");
        assert_eq!(written(&Cell::Boolean(true)), "true");
    }

    #[test]
    fn a_decimal_comma_that_separates_is_quoted() {
        let mut out = String::new();
        let format = CsvFormat { decimal: Decimal::Comma, ..CsvFormat::default() };
        Cell::Decimal { units: -1250, places: 2 }.write(&mut out, &format);
        assert_eq!(out, "\"-12,50\"");
        out.clear();
        Cell::Decimal { units: -1250, places: 2 }.write(&mut out, &CsvFormat::french_excel());
        assert_eq!(out, "-12,50");
    }

    proptest! {
        #[test]
        fn escaping_is_undone_exactly(text in "['=+@\\-＝ \t\r\n\0\u{a0}a;,\"|\u{200b}]{0,8}") {
            let cell = escaped(&text);
            prop_assert_eq!(restored(&cell), &text);
            // Nothing that a spreadsheet takes for a formula stands at the beginning of a cell.
            prop_assert!(!cell.trim_start().starts_with(TRIGGERS) && !cell.starts_with(BREAKS), "{:?}", cell);
        }
    }
}
