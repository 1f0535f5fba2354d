//! A table on its way out: columns with their names, records of typed cells.

use std::borrow::Cow;

use super::{Cell, CsvFormat, Headers};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json::length;
use crate::kernel::reason::Labels;
use crate::lang::Lang;

/// A column: its stable code and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name that programs know.
    pub code: String,
    /// What people read; the code where there is none.
    pub labels: Option<Labels>,
}

impl Column {
    /// A column without labels.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), labels: None }
    }

    /// A column with labels.
    pub fn labelled(code: &str, en: &str, fr: &str) -> Self {
        Self { code: code.into(), labels: Some(Labels { en: en.into(), fr: fr.into() }) }
    }

    /// The two columns of an amount: its number under the name itself, its currency under `{name}_currency`.
    pub fn amount(code: &str) -> [Self; 2] {
        [Self::new(code), Self::new(format!("{code}_currency"))]
    }

    fn header(&self, headers: Headers) -> &str {
        match (headers, &self.labels) {
            (Headers::Labels(Lang::English), Some(labels)) => &labels.en,
            (Headers::Labels(Lang::French), Some(labels)) => &labels.fr,
            _ => &self.code,
        }
    }
}

/// A table of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet<'a> {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell<'a>>>,
}

impl<'a> Sheet<'a> {
    /// A table without records.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The records.
    pub fn rows(&self) -> &[Vec<Cell<'a>>] {
        &self.rows
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`Problem::FieldCount`] where it has not one cell for each column.
    pub fn push(&mut self, cells: Vec<Cell<'a>>) -> Result<()> {
        if cells.len() != self.columns.len() {
            return Err(Problem::FieldCount { found: length(cells.len()), expected: length(self.columns.len()) }.into());
        }
        self.rows.push(cells);
        Ok(())
    }

    /// The file: a header and the records, each ended.
    ///
    /// ```
    /// use crm_core::kernel::csv::{Cell, Column, CsvFormat, Sheet};
    /// let mut sheet = Sheet::new(vec![Column::labelled("name", "Name", "Nom"), Column::new("value")]);
    /// sheet.push(vec![Cell::text("=1+1"), Cell::Decimal { units: -1250, places: 2 }]).unwrap();
    /// assert_eq!(sheet.to_csv(&CsvFormat::default()), "name,value\r\n'=1+1,-12.50\r\n");
    /// ```
    pub fn to_csv(&self, format: &CsvFormat) -> String {
        let mut out = String::new();
        if format.byte_order_mark {
            out.push('\u{feff}');
        }
        // A label is somebody's text, too.
        let header = self.columns.iter().map(|c| Cell::Text(Cow::Borrowed(c.header(format.headers))));
        record(&mut out, &header.collect::<Vec<_>>(), format);
        for row in &self.rows {
            record(&mut out, row, format);
        }
        out
    }
}

fn record(out: &mut String, cells: &[Cell<'_>], format: &CsvFormat) {
    // An empty line would be no record.
    if let [Cell::Empty] = cells {
        super::always_quoted(out, "");
    }
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(format.separator.char());
        }
        cell.write(out, format);
    }
    out.push_str(format.end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_excel_opens_it_with_a_double_click() {
        let mut sheet =
            Sheet::new(vec![Column::labelled("name", "Name", "Nom"), Column::labelled("value", "Value", "Montant")]);
        sheet.push(vec![Cell::text("Rénov;Ouest"), Cell::Decimal { units: 123_456, places: 2 }]).unwrap();
        sheet.push(vec![Cell::Empty, Cell::Empty]).unwrap();
        let format = CsvFormat { headers: Headers::Labels(Lang::French), ..CsvFormat::french_excel() };
        assert_eq!(sheet.to_csv(&format), "\u{feff}Nom;Montant\r\n\"Rénov;Ouest\";1234,56\r\n;\r\n");
        assert_eq!(sheet.push(vec![Cell::Empty]).unwrap_err().code().name(), "invalid_csv");
    }

    #[test]
    fn a_lone_empty_cell_is_a_record() {
        let mut sheet = Sheet::new(vec![Column::new("a")]);
        sheet.push(vec![Cell::Empty]).unwrap();
        assert_eq!(sheet.to_csv(&CsvFormat::default()), "a\r\n\"\"\r\n");
    }
}
