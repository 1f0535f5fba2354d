//! Records out, safe to open in a spreadsheet.

/// One cell, by the type of its column: only text can hide a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Text from anywhere. What a spreadsheet would take for a formula gets an apostrophe in front, which
    /// [`crate::read_leads`] takes off again.
    Text(&'a str),
    /// A number that the library wrote itself.
    Number(&'a str),
}

/// Appends one record, ended by CR LF as RFC 4180 says. Text is always in quotes.
///
/// ```
/// use crm_csv::writer::{Cell, write_record};
///
/// let mut out = String::new();
/// write_record(&mut out, ';', &[Cell::Text("=1+1"), Cell::Number("-12,50")]);
/// assert_eq!(out, "\"'=1+1\";-12,50\r\n");
/// ```
pub fn write_record(out: &mut String, delimiter: char, cells: &[Cell<'_>]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(delimiter);
        }
        match cell {
            Cell::Number(number) if number.contains(delimiter) => write_text(out, number),
            Cell::Number(number) => out.push_str(number),
            Cell::Text(text) => write_text(out, text),
        }
    }
    out.push_str("\r\n");
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    if is_formula(text) {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

/// Whether a spreadsheet may take the text for a formula: it begins, after white space, with one of `= + - @` or their
/// full-width forms, or with a control character; plain numbers such as `-12.50` are harmless.
///
/// Apostrophes in front do not count, so that a text which itself begins with one and a formula comes back whole.
pub(crate) fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let number = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let starts = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}'];
    let risky = text.trim_start().starts_with(starts) || text.starts_with(|c: char| c.is_control());
    risky && !number(text.strip_prefix(['-', '+']).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::{Cell, write_record};
    use crate::{Options, read_leads};
    use proptest::prelude::*;

    fn back(text: &str) -> Option<String> {
        let mut out = String::from("Company,Email\r\n");
        write_record(&mut out, ',', &[Cell::Text(text), Cell::Text("a@b.example")]);
        let import = read_leads(out.as_bytes(), &Options::default()).ok()?;
        Some(import.rows.first()?.fields.get("company")?.as_str()?.to_owned())
    }

    #[test]
    fn what_was_written_safely_reads_back_as_it_was() {
        for text in ["=1+1", "+1+1", "-2+3", "@x", "＝1+1", "＋1", "−5 rue", "'quoted", "''=x", "-12.50", "a;b,\"c\""]
        {
            assert_eq!(back(text).as_deref(), Some(text));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn any_text_reads_back(text in "[=+@'＝＋－＠−a-c,;\" -]{0,8}[a-c][=+@'＝＋－＠−a-c,;\" -]{0,6}") {
            let trimmed = text.trim();
            let found = back(trimmed);
            prop_assert_eq!(found.as_deref(), Some(trimmed), "{}", text);
        }
    }
}
