//! Decimals as digits on paper: what a cell of any numeric layout means, found without the arithmetic of the door.
//!
//! The rule for floats: a float counts where the binary number that it is, written out in full, is a value of the
//! field: whole for integers, with no more than six places for numbers. It is never rounded: the float 0.1 is no tenth
//! and cannot be read. Not a number is not known; infinities cannot be read.

use arrow_buffer::i256;
use crm_core::{Currency, FieldType, Money, Number, Value};

use super::cells::Meaning;

/// `text` times 10^`places`, if that is whole.
pub(crate) fn shifted(text: &str, places: i32) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut all = format!("{whole}{fraction}");
    let mut shift = places - i32::try_from(fraction.len()).unwrap();
    if all.bytes().all(|b| b == b'0') {
        return Some("0".to_owned());
    }
    while shift > 0 {
        all.push('0');
        shift -= 1;
    }
    while shift < 0 {
        all = all.strip_suffix('0')?.to_owned();
        shift += 1;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    Some(format!("{sign}{}", all.trim_start_matches('0')))
}

/// A decimal's units written out.
pub(crate) fn decimal_text(units: i256, scale: i8) -> String {
    let units = units.to_string();
    let (sign, digits) = units.strip_prefix('-').map_or(("", units.as_str()), |digits| ("-", digits));
    match usize::try_from(scale) {
        Err(_) => format!("{sign}{digits}{}", "0".repeat(scale.unsigned_abs().into())),
        Ok(places) => {
            let digits = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// The meaning of a number for a field.
pub(crate) fn number(kind: FieldType, text: String) -> Meaning {
    let known = match kind {
        FieldType::Integer => shifted(&text, 0).and_then(|n| n.parse().ok()).map(Value::Integer),
        FieldType::Number => {
            let millionths = shifted(&text, 6).and_then(|n| n.parse().ok());
            millionths.and_then(Number::from_millionths).map(Value::Number)
        }
        _ => return Meaning::Amount { digits: text, written: false },
    };
    known.map_or(Meaning::Unreadable, Meaning::Known)
}

/// The meaning of a float for a field.
pub(crate) fn float(kind: FieldType, f: f64) -> Meaning {
    if f.is_nan() {
        return Meaning::Unknown;
    }
    // No double needs more places than the least one, 2^-1074.
    if f.is_finite() { number(kind, format!("{f:.1074}")) } else { Meaning::Unreadable }
}

/// The meaning of digits that follow the strict grammar of text.
pub(crate) fn written(kind: FieldType, text: &str) -> Meaning {
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    match kind {
        FieldType::Integer if text.contains('.') => Meaning::Unreadable,
        FieldType::Number if places > 6 => Meaning::Unreadable,
        FieldType::Money => Meaning::Amount { digits: text.to_owned(), written: true },
        _ => number(kind, text.to_owned()),
    }
}

/// An amount in its currency; digits that were written as text have no more places than the currency.
pub(crate) fn money(digits: &str, written: bool, currency: Currency) -> Option<Money> {
    let places = currency.minor_digits();
    let found = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if written && found > places as usize {
        return None;
    }
    let minor = shifted(digits, i32::try_from(places).unwrap())?.parse().ok()?;
    Money::new(minor, currency).ok()
}

#[test]
fn digits_are_shifted() {
    for (text, places, expected) in [
        ("12.5", 6, Some("12500000")),
        ("-12.50", 1, Some("-125")),
        ("12.5", 0, None),
        ("1200", -2, Some("12")),
        ("1210", -2, None),
        ("-0.00", 0, Some("0")),
        ("0.000001", 6, Some("1")),
    ] {
        assert_eq!(shifted(text, places).as_deref(), expected, "{text} {places}");
    }
    assert_eq!(decimal_text(i256::from_i128(-5), 2), "-0.05");
    assert_eq!(decimal_text(i256::from_i128(-5), -2), "-500");
    assert!(
        matches!(float(FieldType::Number, 0.015_625), Meaning::Known(Value::Number(n)) if n.millionths() == 15_625)
    );
    assert!(matches!(float(FieldType::Number, 0.1), Meaning::Unreadable));
    assert!(matches!(float(FieldType::Integer, -0.0), Meaning::Known(Value::Integer(0))));
}
