//! The header of a file, found in text that comes in pieces, and the records after it.
//!
//! A line `sep=;` before the header, which Excel writes and reads, names the delimiter. Otherwise it is the one of
//! [`DELIMITERS`] that divides the header.

use crm_core::kernel::json::length;
use crm_core::{Error, Problem, Result};

use crate::encoding::Lines;
use crate::reader::{MOST_COLUMNS, Record, Scanner, Step};

/// The delimiters that are found by themselves.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Most bytes of text in which the delimiter is looked for: a header that is longer is judged by its beginning.
const MOST_SEARCHED_BYTES: usize = 1 << 20;

/// A file's text as it comes: first its header, then its records.
#[derive(Debug)]
pub struct Table {
    given: Option<u8>,
    /// Known once the delimiter is.
    scanner: Option<Scanner>,
    headers: Option<Vec<String>>,
    /// Text that came, and how much of it was read.
    text: String,
    read: usize,
    last: bool,
    record: Record,
}

impl Table {
    /// A table at the beginning of its text.
    pub fn new(delimiter: Option<u8>) -> Self {
        let (text, record) = (String::new(), Record::default());
        Self { given: delimiter, scanner: None, headers: None, text, read: 0, last: false, record }
    }

    /// Where the next text is to be appended.
    pub fn text(&mut self) -> &mut String {
        self.text.drain(..self.read);
        self.read = 0;
        &mut self.text
    }

    /// Says that no more text follows.
    pub const fn finish(&mut self) {
        self.last = true;
    }

    /// How many bytes of the text are not read yet.
    pub const fn unread(&self) -> usize {
        self.text.len().saturating_sub(self.read)
    }

    /// The delimiter, given or found, once the header is read.
    pub fn delimiter(&self) -> Option<u8> {
        self.scanner.as_ref().map(Scanner::delimiter)
    }

    /// The column names as written, without blanks at their ends; a column may have none.
    pub fn headers(&self) -> Option<&[String]> {
        self.headers.as_deref()
    }

    /// The record that was read last.
    pub const fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    /// Reads the header, if it is not read yet; `false` where more text is needed.
    ///
    /// # Errors
    /// [`Problem::EmptyFile`], [`Problem::NoHeader`] when every header is empty, [`Problem::AmbiguousDelimiter`] when
    /// two delimiters divide it, [`Problem::TooMany`] above [`MOST_COLUMNS`], the header's own flaws, and
    /// [`Problem::UnclosedQuote`].
    pub fn open(&mut self) -> Result<bool> {
        if self.headers.is_some() {
            return Ok(true);
        }
        if self.scanner.is_none() && !self.find_delimiter()? {
            return Ok(false);
        }
        match self.scan()? {
            Step::Record => self.headers = Some(headers(&mut self.record)?),
            Step::End => return Err(Problem::EmptyFile.into()),
            Step::More => return Ok(false),
        }
        Ok(true)
    }

    /// Reads the next record, after the header.
    ///
    /// # Errors
    /// As for [`Table::open`].
    pub fn read(&mut self) -> Result<Step> {
        if self.open()? { self.scan() } else { Ok(Step::More) }
    }

    fn scan(&mut self) -> Result<Step> {
        let Some(scanner) = &mut self.scanner else { return Ok(Step::More) };
        let mut rest = self.text.as_bytes().get(self.read..).unwrap_or_default();
        let step = scanner.read(&mut rest, self.last, &mut self.record);
        self.read = self.text.len().saturating_sub(rest.len());
        step
    }

    /// Finds the delimiter; `false` where there is too little text yet.
    fn find_delimiter(&mut self) -> Result<bool> {
        // As long as Excel's line.
        if !self.last && self.text.len() < 6 {
            return Ok(false);
        }
        let (named, skipped, lines) = named_delimiter(&self.text);
        let delimiter = match self.given.or(named) {
            Some(delimiter) => Some(delimiter),
            None => detect(self.text.get(skipped..).unwrap_or_default(), self.last)?,
        };
        self.scanner = delimiter.map(|delimiter| Scanner::new(delimiter, lines));
        self.read = skipped;
        Ok(delimiter.is_some())
    }
}

fn headers(record: &mut Record) -> Result<Vec<String>> {
    if record.count() > MOST_COLUMNS {
        let (found, most) = (length(record.count()), length(MOST_COLUMNS));
        return Err(Problem::TooMany { what: "columns", found, most }.into());
    }
    if let Some(flaw) = record.take_flaw() {
        return Err(Error::from(flaw).at(&format!("line {}", record.line())));
    }
    let headers: Vec<String> = record.fields().map(|h| h.trim().to_owned()).collect();
    if headers.iter().all(String::is_empty) {
        return Err(Problem::NoHeader.into());
    }
    Ok(headers)
}

/// Excel's first line `sep=;`, if there is one, and what it takes.
fn named_delimiter(text: &str) -> (Option<u8>, usize, Lines) {
    let none = (None, 0, Lines::default());
    let Some(rest) = text.get(..4).filter(|s| s.eq_ignore_ascii_case("sep=")).and_then(|_| text.get(4..)) else {
        return none;
    };
    let mut bytes = rest.bytes();
    let (Some(delimiter), Some(b'\r' | b'\n')) = (bytes.next(), bytes.next()) else { return none };
    let mut lines = Lines::default();
    lines.count(text.as_bytes().get(..6).unwrap_or_default());
    if !allowed(delimiter) {
        return none;
    }
    (Some(delimiter), 6, lines)
}

/// Whether a byte can divide fields at all.
pub(crate) const fn allowed(delimiter: u8) -> bool {
    delimiter.is_ascii() && !matches!(delimiter, 0 | b'"' | b'\r' | b'\n')
}

/// The delimiter of a header; nothing where the header may go on in text to come. A header that none divides is one
/// column.
fn detect(text: &str, last: bool) -> Result<Option<u8>> {
    let end = (0..4).filter_map(|back| MOST_SEARCHED_BYTES.checked_sub(back)).find(|end| text.is_char_boundary(*end));
    let searched = end.and_then(|end| text.get(..end));
    let (text, last) = searched.map_or((text, last), |searched| (searched, true));
    let mut found = Vec::new();
    for delimiter in DELIMITERS {
        let mut record = Record::default();
        let divides = match Scanner::new(delimiter, Lines::default()).read(&mut text.as_bytes(), last, &mut record) {
            Ok(Step::More) => return Ok(None),
            Ok(Step::End) => false,
            // An unclosed quote is judged when the header is read for good.
            Ok(Step::Record) | Err(_) => record.count() > 1,
        };
        if divides && !matches!(record.flaw(), Some(Problem::TextAfterQuote { .. })) {
            found.push(delimiter);
        }
    }
    match found.as_slice() {
        [] => Ok(Some(b',')),
        [one] => Ok(Some(*one)),
        several => {
            let names: Vec<&str> = several.iter().map(|d| delimiter_name(*d)).collect();
            Err(Problem::AmbiguousDelimiter { found: names.join(" ") }.into())
        }
    }
}

/// How a delimiter is shown.
const fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => ",",
        b';' => ";",
        b'\t' => "tab",
        b'|' => "|",
        _ => "other",
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
