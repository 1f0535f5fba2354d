//! Records out, safe to open in a spreadsheet. The rule of a cell is the core's ([`crm_core::kernel::csv`]), which also
//! writes whole tables of typed values ([`Sheet`]).

use crm_core::kernel::csv::{always_quoted, escaped, quoted};

pub use crm_core::kernel::csv::{Column, CsvFormat, Decimal, Headers, LineEnd, Separator, Sheet};

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
            Cell::Number(number) => quoted(out, number, delimiter),
            Cell::Text(text) => always_quoted(out, &escaped(text)),
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::{Cell, Column, CsvFormat, Decimal, LineEnd, Separator, Sheet, write_record};
    use crate::cell::{CellOptions, parse};
    use crate::reader::{Reader, Record};
    use crate::{DecimalMark, Options, read_leads};
    use crm_core::kernel::csv::{self, restored};
    use crm_core::{FieldType, Money, Number, Value};
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

    /// The typed values of a record, as a file gives them back.
    fn read(file: &str, format: &CsvFormat, kinds: &[FieldType], options: &CellOptions) -> Vec<Vec<Value>> {
        let file = file.strip_prefix('\u{feff}').unwrap_or(file);
        let mut reader = Reader::new(file, u8::try_from(format.separator.char()).unwrap());
        let mut record = Record::default();
        assert!(reader.read(&mut record).unwrap(), "the header");
        let mut rows = Vec::new();
        while reader.read(&mut record).unwrap() {
            assert_eq!((record.count(), record.flaw()), (kinds.len(), None), "{file:?}");
            let cell = |(kind, cell): (&FieldType, &str)| match (kind, cell) {
                (_, "") => Value::Null,
                // To the byte: no blank is trimmed.
                (FieldType::Text, cell) => Value::Text(restored(cell).to_owned()),
                (kind, cell) => parse(*kind, cell, options).unwrap(),
            };
            rows.push(kinds.iter().zip(record.fields()).map(cell).collect());
        }
        rows
    }

    fn value(kind: FieldType) -> BoxedStrategy<Value> {
        let currency = "EUR".parse().unwrap();
        match kind {
            FieldType::Text => "[=+@'＝\\-−a-c,;\"|\t\r\n \u{a0}é]{1,8}".prop_map(Value::Text).boxed(),
            FieldType::Integer => (-99_999_999_999_999i64..100_000_000_000_000).prop_map(Value::Integer).boxed(),
            FieldType::Number => (-1_000_000_000i64..1_000_000_000)
                .prop_map(|n| Value::Number(Number::parse(&format!("{}.{:03}", n / 1000, (n % 1000).abs())).unwrap()))
                .boxed(),
            FieldType::Money => (-1_000_000_000i64..1_000_000_000)
                .prop_map(move |n| {
                    let text = format!("{}.{:02}", n / 100, (n % 100).abs());
                    Value::Money(Money::parse(&text, currency).unwrap())
                })
                .boxed(),
            FieldType::Date => (0i32..60_000)
                .prop_map(|n| Value::Date(chrono::NaiveDate::from_num_days_from_ce_opt(700_000 + n).unwrap()))
                .boxed(),
            FieldType::Instant => (0i64..4_000_000_000_000)
                .prop_map(|n| Value::Instant(chrono::DateTime::from_timestamp_millis(n).unwrap()))
                .boxed(),
            _ => any::<bool>().prop_map(Value::Boolean).boxed(),
        }
    }

    const KINDS: [FieldType; 7] = [
        FieldType::Text,
        FieldType::Integer,
        FieldType::Number,
        FieldType::Money,
        FieldType::Date,
        FieldType::Instant,
        FieldType::Boolean,
    ];

    fn row() -> impl Strategy<Value = Vec<Value>> {
        KINDS.map(|kind| prop_oneof![4 => value(kind), 1 => Just(Value::Null)].boxed()).to_vec()
    }

    fn format() -> impl Strategy<Value = CsvFormat> {
        let separator = prop::sample::select(vec![Separator::Comma, Separator::Semicolon, Separator::Tab]);
        let decimal = prop::sample::select(Decimal::ALL);
        (separator, decimal, prop::sample::select(LineEnd::ALL), any::<bool>()).prop_map(
            |(separator, decimal, line_end, byte_order_mark)| CsvFormat {
                separator,
                decimal,
                line_end,
                byte_order_mark,
                ..CsvFormat::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn any_text_reads_back(text in "[=+@'＝＋－＠−a-c,;\" -]{0,8}[a-c][=+@'＝＋－＠−a-c,;\" -]{0,6}") {
            let trimmed = text.trim();
            let found = back(trimmed);
            prop_assert_eq!(found.as_deref(), Some(trimmed), "{}", text);
        }

        #[test]
        fn a_table_reads_back_to_the_byte(rows in prop::collection::vec(row(), 1..4), format in format()) {
            let mut sheet = Sheet::new(["a", "b", "c", "d", "e", "f", "g"].map(Column::new).to_vec());
            for row in &rows {
                sheet.push(row.iter().map(csv::Cell::of).collect()).unwrap();
            }
            let file = sheet.to_csv(&format);
            let decimal = match format.decimal {
                Decimal::Point => DecimalMark::Point,
                Decimal::Comma => DecimalMark::Comma,
            };
            let options = CellOptions { decimal, currency: "EUR".parse().ok(), ..CellOptions::default() };
            prop_assert_eq!(read(&file, &format, &KINDS, &options), rows, "{:?}", file);
        }
    }
}
