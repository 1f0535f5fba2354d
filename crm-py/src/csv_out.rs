//! Scored rows as records of a CSV file.

use std::collections::HashMap;
use std::fmt::Write as _;

use arrow_array::{Array, RecordBatch};
use chrono::{DateTime, SecondsFormat};
use crm_arrow::{Cell, Column};
use crm_core::{Currency, Error, Problem, Result};
use crm_csv::writer::{self, write_record};

use crate::numbers::Numbers;

/// A column on its way out.
struct Shown<'a> {
    name: &'a str,
    cells: Cells<'a>,
    /// The currencies of its amounts, which say how many places are written.
    currencies: Option<Column<'a>>,
}

enum Cells<'a> {
    Plain(Column<'a>),
    Numbers(Numbers<'a>),
}

impl<'a> Cells<'a> {
    fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(match Numbers::of(array) {
            Some(numbers) => Cells::Numbers(numbers),
            None => Cells::Plain(Column::new(array)?),
        })
    }
}

/// The records of the named columns; the ids of bands become what people call them.
pub(crate) fn records(batches: &[RecordBatch], names: &[String], bands: &HashMap<String, String>) -> Result<String> {
    let mut out = String::new();
    for batch in batches {
        let cells = |name: &str| batch.column_by_name(name).map(|array| Cells::new(array.as_ref())).transpose();
        let codes = |name: &str| batch.column_by_name(name).and_then(|array| Column::new(array.as_ref()).ok());
        let mut shown = Vec::with_capacity(names.len());
        for name in names {
            let missing = || Problem::MissingColumn { name: name.clone(), found: Vec::new(), nearest: None };
            let cells = cells(name).map_err(|e| e.at(name))?.ok_or_else(missing)?;
            // Another column of that name is no column of currencies, and its cells are no codes.
            shown.push(Shown { name, cells, currencies: codes(&format!("{name}_currency")) });
        }
        let mut cells: Vec<(bool, String)> = vec![(false, String::new()); shown.len()];
        for row in 0..batch.num_rows() {
            for (column, (number, text)) in shown.iter().zip(&mut cells) {
                text.clear();
                *number = column.write(row, bands, text).map_err(|e| e.at(column.name))?;
            }
            let record: Vec<writer::Cell<'_>> = cells.iter().map(|(number, text)| cell(*number, text)).collect();
            write_record(&mut out, ',', &record);
        }
    }
    Ok(out)
}

/// A cell by whether the library wrote it as a number.
pub(crate) const fn cell(number: bool, text: &str) -> writer::Cell<'_> {
    if number { writer::Cell::Number(text) } else { writer::Cell::Text(text) }
}

impl Shown<'_> {
    /// Appends a cell's text; whether it is a number.
    fn write(&self, row: usize, bands: &HashMap<String, String>, out: &mut String) -> Result<bool> {
        let beyond = || Error::from(Problem::ArrowType { found: "a value beyond the range".to_owned() });
        let column = match &self.cells {
            Cells::Plain(column) => column,
            Cells::Numbers(numbers) => {
                let texts = numbers.row(row)?.unwrap_or_default();
                out.push_str(&texts.iter().map(i128::to_string).collect::<Vec<_>>().join(" | "));
                return Ok(false);
            }
        };
        let written = match column.cell(row)? {
            Cell::Null => return Ok(true),
            Cell::Text(text) => {
                let text = if self.name == "band" { bands.get(text).map_or(text, String::as_str) } else { text };
                out.push_str(text);
                return Ok(false);
            }
            Cell::Boolean(b) => {
                out.push_str(if b { "true" } else { "false" });
                return Ok(false);
            }
            Cell::Texts(texts) => {
                out.push_str(&texts.join(" | "));
                return Ok(false);
            }
            Cell::Day(days) => {
                let day = days.checked_mul(86_400).and_then(|s| DateTime::from_timestamp(s, 0)).ok_or_else(beyond)?;
                write!(out, "{}", day.date_naive()).map(|()| false)
            }
            Cell::Time { micros, aware } => {
                let at = DateTime::from_timestamp_micros(micros).ok_or_else(beyond)?;
                let whole = micros.rem_euclid(1_000_000) == 0;
                let digits = if whole { SecondsFormat::Secs } else { SecondsFormat::Micros };
                let text = at.to_rfc3339_opts(digits, false);
                out.push_str(if aware { &text } else { text.trim_end_matches("+00:00") });
                return Ok(false);
            }
            Cell::Integer(n) => write!(out, "{n}").map(|()| true),
            Cell::Float(f) => write!(out, "{f}").map(|()| true),
            Cell::Decimal(units, scale) => {
                let places = self.currency(row).map_or(0, Currency::minor_digits);
                decimal(out, units, scale, places);
                return Ok(true);
            }
            Cell::OutOfRange => return Err(beyond()),
        };
        written.map_err(|_| beyond())
    }

    fn currency(&self, row: usize) -> Option<Currency> {
        match self.currencies.as_ref()?.cell(row) {
            Ok(Cell::Text(code)) => code.parse().ok(),
            _ => None,
        }
    }
}

/// Plain digits without zeros at their end, but with at least so many places.
fn decimal(out: &mut String, units: i128, scale: i8, least_places: u32) {
    let places = usize::try_from(scale).unwrap_or(0);
    let zeros = usize::from(scale.checked_neg().and_then(|s| u8::try_from(s).ok()).unwrap_or(0));
    let digits = format!("{:0>width$}{:0>zeros$}", units.unsigned_abs(), "", width = places.saturating_add(1));
    let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(places)).unwrap_or((&digits, ""));
    let least = usize::try_from(least_places).unwrap_or(0).min(fraction.len());
    let kept = fraction.trim_end_matches('0').len().max(least);
    if units < 0 {
        out.push('-');
    }
    out.push_str(whole);
    if let Some(kept) = fraction.get(..kept).filter(|kept| !kept.is_empty()) {
        out.push('.');
        out.push_str(kept);
    }
}
