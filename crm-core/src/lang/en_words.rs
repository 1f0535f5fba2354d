//! What the English sentences of problems name: kinds, values that were found, names that were expected.

use crate::kernel::field::{FieldType, nearest};

/// Most names of somebody's file that one sentence lists.
const MOST_NAMES: usize = 12;

pub(super) fn kind(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Integer => "a whole number",
        FieldType::Number => "a decimal number",
        FieldType::Money => "an amount with its currency",
        FieldType::Boolean => "a truth value",
        FieldType::Date => "a date",
        FieldType::Instant => "a point in time",
        FieldType::Reference => "the id of a record",
        FieldType::Texts => "a list of texts",
    }
}

/// A value of the type in JSON, the same in every language.
pub(super) fn form(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => r#""abc""#,
        FieldType::Integer => "42",
        FieldType::Number => r#""12.5""#,
        FieldType::Money => r#"{"amount": "12.50", "currency": "EUR"}"#,
        FieldType::Boolean => "true",
        FieldType::Date => r#""2025-03-31""#,
        FieldType::Instant => r#""2025-03-31T09:00:00Z""#,
        FieldType::Reference => r#""0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10""#,
        FieldType::Texts => r#"["a", "b"]"#,
    }
}

/// A value that was found: input in backticks, a description without.
pub(super) fn seen(found: &str) -> String {
    match found {
        "an object" | "a list" | "a value beyond the range" => found.to_owned(),
        _ => format!("`{found}`"),
    }
}

/// The text with its control characters in a form that can be seen.
pub(super) fn visible(found: &str) -> String {
    let mut out = String::with_capacity(found.len());
    for c in found.chars() {
        if c.is_control() {
            out.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The expected name that `found` is most like; two or three letters are like too much.
pub(super) fn closest(found: &str, expected: &[&'static str]) -> Option<&'static str> {
    if found.chars().count() > 3 { nearest(found, expected.iter().copied()) } else { None }
}

pub(super) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|n| format!(": did you mean `{n}`?")).unwrap_or_default()
}

pub(super) fn unknown(what: &str, found: &str, expected: &[&'static str]) -> String {
    match (expected, closest(found, expected)) {
        ([], _) => format!("unknown {what} `{found}`: expected none here"),
        (_, Some(near)) => {
            format!("unknown {what} `{found}` (did you mean `{near}`?): expected {}", list(expected, "or"))
        }
        (_, None) => format!("unknown {what} `{found}`: expected {}", list(expected, "or")),
    }
}

/// `a`, `b` and `c`.
pub(super) fn list<T: AsRef<str>>(names: &[T], word: &str) -> String {
    let names: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// The first of somebody's names, and how many there are beyond.
pub(super) fn some(names: &[String]) -> String {
    match names.split_at_checked(MOST_NAMES) {
        Some((shown, more)) if !more.is_empty() => {
            let shown: Vec<String> = shown.iter().map(|n| format!("`{n}`")).collect();
            format!("{} and {} more", shown.join(", "), more.len())
        }
        _ => list(names, "and"),
    }
}
