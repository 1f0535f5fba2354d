//! A file in, rows ready to be stored out, and a report in which every record of the file appears exactly once.

use std::collections::BTreeMap;

use crm_core::command::ImportRow;
use crm_core::kernel::json::length;
use crm_core::kernel::zone::Zone;
use crm_core::{Currency, Error, FieldType, Lang, Problem, Result};

use crate::cell::{DateOrder, DecimalMark};
use crate::encoding::{Encoding, MOST_FILE_BYTES};
use crate::identity::REJECT_COLUMNS;
use crate::leads::{Entry, Layout, LeadField, Leads, Outcome, Survey};
use crate::mapping::{Mapping, Override};
use crate::repair::Repair;
use crate::writer::{Cell, write_record};

/// Most records after the header that [`read_leads`] takes: it keeps them all.
pub const MOST_ROWS: u64 = 1_000_000;
/// How much is read at once.
const PIECE_BYTES: usize = 1 << 20;

/// What a file does not say about itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How a file without byte order mark is read.
    pub encoding: Encoding,
    /// The delimiter, when it is not to be found in the header.
    pub delimiter: Option<char>,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// The order of numeric dates, when the file does not prove it by a day above 12.
    pub date_order: Option<DateOrder>,
    /// The zone of times without offset.
    pub zone: Option<Zone>,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
    /// The name kept as `external_source`; by default the system found by its headers, else `csv`.
    pub source: Option<String>,
    /// Choices that go before the table of headers.
    pub overrides: Vec<Override>,
    /// The types of the host's own fields; a `custom.` field that is not here is text.
    pub custom: BTreeMap<String, FieldType>,
}

/// One record that is not imported, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// The line on which it begins.
    pub line: u64,
    /// The header of the column at fault, if it is one column's.
    pub column: Option<String>,
    /// What was wrong.
    pub error: Error,
    /// Its fields as read, to be corrected and read again.
    pub cells: Vec<String>,
}

impl Reject {
    /// The reject as one line, for example ``line 12, column `Montant`: ...``.
    pub fn text(&self, lang: Lang) -> String {
        let (line, reason) = (self.line, self.error.text(lang));
        match (lang, &self.column) {
            (Lang::English, Some(column)) => format!("line {line}, column `{column}`: {reason}"),
            (Lang::English, None) => format!("line {line}: {reason}"),
            (Lang::French, Some(column)) => format!("ligne {line}, colonne `{column}`\u{a0}: {reason}"),
            (Lang::French, None) => format!("ligne {line}\u{a0}: {reason}"),
        }
    }
}

/// One record that says exactly what an earlier one says, and is imported only once.
///
/// Without an id of the file's own, exactly means every cell of every column as written, but for blanks at its ends;
/// with one, it means the same id and the same values in every column that feeds a field. Accents and case count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The line of the repetition.
    pub line: u64,
    /// The line of the record that is imported.
    pub first: u64,
}

/// The cells of one column that were read as empty because of what stood in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholders {
    /// The column's place in [`Mapping::columns`].
    pub column: usize,
    /// The column's header as written.
    pub header: String,
    /// How many of its cells, in the rows that are imported.
    pub cells: u64,
}

/// What a file gave. Every record is in exactly one of `rows`, `rejects` and `duplicates`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The column names as written.
    pub headers: Vec<String>,
    /// The delimiter, given or found.
    pub delimiter: char,
    /// The order of numeric dates, given or proven by the file's own dates.
    pub date_order: Option<DateOrder>,
    /// Which column feeds which field.
    pub mapping: Mapping,
    /// The name kept as `external_source`.
    pub source: String,
    /// How many records the file has, without those in which nothing is written.
    pub records: u64,
    /// How many records have nothing written in them.
    pub blank: u64,
    /// What can be imported: records whose every cell was good, nulls left out, each with its external id: the file's
    /// own or, where it gives none, `row-` and a digest of the record as written. The digest covers every column by its
    /// name and depends on no option but the encoding, so a second reading with other options gives the same ids.
    ///
    /// They are the rows of [`crm_core::command::Import`].
    pub rows: Vec<ImportRow>,
    /// What cannot.
    pub rejects: Vec<Reject>,
    /// What stands there twice.
    pub duplicates: Vec<Duplicate>,
    /// What was put right on the way; each repaired record is also one of the others.
    pub repaired: Vec<Repair>,
    /// Where a word or sign for nothing ([`crate::cell::PLACEHOLDERS`], [`crate::cell::MARKS`]) was read as empty: the
    /// columns in the order of the mapping, those without any left out.
    pub placeholders: Vec<Placeholders>,
}

/// Reads a lead export.
///
/// ```
/// use crm_csv::{Options, read_leads};
///
/// let file = "Société;E-mail;Effectif\r\nRénov’Ouest;contact@renov-ouest.example;10 à 19\r\nSans adresse;;beaucoup\r\n";
/// let import = read_leads(file.as_bytes(), &Options::default())?;
/// assert_eq!(import.rows[0].fields["company"], "Rénov’Ouest");
/// assert_eq!(import.rows[0].fields["size"], 10);
/// let reject = import.rejects[0].text(crm_core::Lang::English);
/// assert!(reject.starts_with("line 3, column `Effectif`: `beaucoup` is not"));
/// # Ok::<(), crm_core::Error>(())
/// ```
///
/// # Errors
/// What makes a file unusable as a whole: its size ([`MOST_FILE_BYTES`], [`MOST_ROWS`]), its encoding
/// ([`crate::encoding::Decoder`]), its structure ([`crate::table::Table`]), its header ([`Mapping::detect`]). What is
/// wrong with one record is a [`Reject`]. [`Leads`] reads files of any size.
pub fn read_leads(bytes: &[u8], options: &Options) -> Result<Import> {
    read_pieces(bytes, options, PIECE_BYTES)
}

fn read_pieces(bytes: &[u8], options: &Options, piece_bytes: usize) -> Result<Import> {
    if bytes.len() > MOST_FILE_BYTES {
        return Err(Problem::TooLong { bytes: length(bytes.len()), most: length(MOST_FILE_BYTES) }.into());
    }
    let mut survey = Survey::new(options)?;
    for piece in bytes.chunks(piece_bytes) {
        if !survey.push(piece)? {
            break;
        }
    }
    let mut leads = Leads::new(&survey.finish()?)?;
    let mut import = None;
    for piece in bytes.chunks(piece_bytes) {
        leads.push(piece);
        read(&mut leads, &mut import)?;
    }
    leads.finish();
    read(&mut leads, &mut import)?;
    // A file without a header is refused above.
    Ok(import.ok_or(Problem::EmptyFile)?)
}

/// Reads what there is.
fn read(leads: &mut Leads, import: &mut Option<Import>) -> Result<()> {
    let Some(layout) = leads.layout()? else { return Ok(()) };
    let import = import.get_or_insert_with(|| Import::new(layout));
    let fields = layout.fields.clone();
    while let Some(entry) = leads.read()? {
        import.add(entry, &fields)?;
    }
    Ok(())
}

impl Import {
    fn new(layout: &Layout) -> Self {
        let Layout { headers, delimiter, date_order, mapping, source, .. } = layout.clone();
        let (records, blank, rows, rejects, duplicates, repaired) = Default::default();
        let placeholders = Vec::new();
        Self {
            headers,
            delimiter,
            date_order,
            mapping,
            source,
            records,
            blank,
            rows,
            rejects,
            duplicates,
            repaired,
            placeholders,
        }
    }

    fn add(&mut self, entry: Entry, fields: &[LeadField]) -> Result<()> {
        let line = entry.line;
        match entry.outcome {
            Outcome::Blank => self.blank = self.blank.saturating_add(1),
            _ => self.records = self.records.saturating_add(1),
        }
        let found = self.records.saturating_add(self.blank);
        if found > MOST_ROWS {
            return Err(Problem::TooMany { what: "rows", found, most: MOST_ROWS }.into());
        }
        self.repaired.extend(entry.repaired.map(|kind| Repair { line, kind }));
        match entry.outcome {
            Outcome::Blank => {}
            Outcome::Row(row) => {
                self.rows.push(ImportRow { line, fields: row.to_json(fields) });
                row.placeholders.into_iter().for_each(|place| self.count_placeholder(place));
            }
            Outcome::Duplicate(first) => self.duplicates.push(Duplicate { line, first }),
            Outcome::Reject(reject) => self.rejects.push(reject),
        }
        Ok(())
    }

    /// Counts a cell of a column, by its place in the mapping; the list stays in the order of the mapping.
    fn count_placeholder(&mut self, column: usize) {
        let place = self.placeholders.partition_point(|p| p.column < column);
        match self.placeholders.get_mut(place).filter(|p| p.column == column) {
            Some(known) => known.cells = known.cells.saturating_add(1),
            None => {
                let header = self.mapping.columns.get(column).map(|m| m.header.clone()).unwrap_or_default();
                self.placeholders.insert(place, Placeholders { column, header, cells: 1 });
            }
        }
    }

    /// The rejects as a file of the same columns and delimiter, with the line and the reason in two columns more: to
    /// be corrected and read again, where the two are left out. Comma, UTF-8 and CRLF are RFC 4180's.
    ///
    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front; reading takes it off.
    pub fn reject_csv(&self, lang: Lang) -> String {
        let [english, french] = REJECT_COLUMNS;
        let more = match lang {
            Lang::English => english,
            Lang::French => french,
        };
        let mut out = String::new();
        let header = self.headers.iter().map(String::as_str).chain(more);
        write_record(&mut out, self.delimiter, &header.map(Cell::Text).collect::<Vec<_>>());
        for reject in &self.rejects {
            let number = reject.line.to_string();
            let why = reject.text(lang);
            // A record of another width keeps its cells; it is the width that has to be corrected.
            let missing = self.headers.len().saturating_sub(reject.cells.len());
            let cells = reject.cells.iter().map(String::as_str).chain(std::iter::repeat_n("", missing));
            let cells = cells.chain([number.as_str(), why.as_str()]);
            write_record(&mut out, self.delimiter, &cells.map(Cell::Text).collect::<Vec<_>>());
        }
        out
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
