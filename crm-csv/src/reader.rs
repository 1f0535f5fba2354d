//! Text to records: a thin, bounded layer over `csv-core` that knows every record's line and finds what is broken.
//!
//! A quote opens a field only at its very beginning; elsewhere it is an ordinary character. Lines may end in a line
//! feed, a carriage return or both, mixed within one file; empty lines are skipped. A line `sep=;` before the header,
//! which Excel writes and reads, names the delimiter.

use csv_core::ReadFieldResult as Read;

use crm_core::kernel::json::length;
use crm_core::kernel::text::MOST_BYTES as MOST_FIELD_BYTES;
use crm_core::{Problem, Result};

use crate::encoding::Lines;

/// Most columns of a header.
pub const MOST_COLUMNS: usize = 500;
/// Most records after the header.
pub const MOST_ROWS: u64 = 1_000_000;
/// The delimiters that are found by themselves.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// One record: its fields end to end in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    line: u64,
    text: String,
    ends: Vec<usize>,
    count: usize,
    flaw: Option<Problem>,
}

impl Record {
    /// A record from its fields.
    pub(crate) fn from_fields<'a>(line: u64, fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut record = Self { line, ..Self::default() };
        for field in fields {
            record.push(field);
        }
        record
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.count = 0;
        self.flaw = None;
    }

    fn push(&mut self, field: &str) {
        self.count = self.count.saturating_add(1);
        // Fields far beyond any header are only counted.
        if self.ends.len() <= MOST_COLUMNS.saturating_mul(2) {
            self.text.push_str(field);
            self.ends.push(self.text.len());
        }
    }

    /// The line on which the record begins, counted from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// How many fields it has.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// A field by its place.
    pub fn get(&self, index: usize) -> Option<&str> {
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        self.text.get(start..*self.ends.get(index)?)
    }

    /// The fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|i| self.get(i))
    }

    /// What makes this one record unusable although the file goes on: text after a closing quote, a field that is too
    /// long, a NUL.
    pub const fn flaw(&self) -> Option<&Problem> {
        self.flaw.as_ref()
    }

    /// Whether nothing is written in any field.
    pub fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.count <= self.ends.len() && self.text.trim().is_empty()
    }
}

/// Reads records from text.
#[derive(Debug)]
pub struct Reader<'a> {
    core: csv_core::Reader,
    delimiter: u8,
    rest: &'a [u8],
    lines: Lines,
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `text`.
    pub fn new(text: &'a str, delimiter: u8) -> Self {
        Self {
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            rest: text.as_bytes(),
            lines: Lines::default(),
            buffer: room_for(text),
        }
    }

    /// The same reader at the beginning of another text: building one costs more than reading a record.
    /// (`csv_core::Reader` is reset, never cloned: its clone forgets half of its tables.)
    #[must_use]
    pub fn reading<'b>(mut self, text: &'b str) -> Reader<'b> {
        self.core.reset();
        let buffer = if self.buffer.len() > text.len() { self.buffer } else { room_for(text) };
        Reader { core: self.core, delimiter: self.delimiter, rest: text.as_bytes(), lines: Lines::default(), buffer }
    }

    /// The delimiter.
    pub const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    fn advance(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, &[]));
        self.lines.count(taken);
        self.rest = rest;
    }

    /// Reads the next record into `record`; `false` at the end of the file.
    ///
    /// # Errors
    /// [`Problem::UnclosedQuote`] with the line on which that quote opened: the rest of the file cannot be trusted.
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        let blank = self.rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.advance(blank);
        record.clear(self.lines.line());
        if self.rest.is_empty() {
            return Ok(false);
        }
        while !self.read_field(record)? {}
        Ok(true)
    }

    /// Reads one field; `true` when it is the record's last.
    fn read_field(&mut self, record: &mut Record) -> Result<bool> {
        let (begin, opened) = (self.rest, self.lines.line());
        let (mut kept, mut dropped, mut at_end) = (0usize, 0usize, false);
        let last = loop {
            // The end of the file ends the record, too; inside quotes a line feed does not, and that tells them apart.
            let input = if self.rest.is_empty() { b"\n" } else { self.rest };
            at_end |= self.rest.is_empty();
            let room = self.buffer.get_mut(kept..).unwrap_or_default();
            let (result, read, written) = self.core.read_field(input, room);
            if !at_end {
                self.advance(read);
            }
            kept = kept.saturating_add(written);
            match result {
                Read::InputEmpty if at_end => return Err(Problem::UnclosedQuote { line: opened }.into()),
                Read::InputEmpty => {}
                // Too long: counted, not kept.
                Read::OutputFull => dropped = dropped.saturating_add(std::mem::take(&mut kept)),
                Read::Field { record_end } => break record_end,
                Read::End => break true,
            }
        };
        let bytes = dropped.saturating_add(kept);
        let field = self.buffer.get(..kept).and_then(|b| std::str::from_utf8(b).ok()).filter(|_| dropped == 0);
        let raw = begin.get(..begin.len().saturating_sub(self.rest.len())).unwrap_or_default();
        let flaw = if bytes > MOST_FIELD_BYTES {
            Some(Problem::TooLong { bytes: length(bytes), most: length(MOST_FIELD_BYTES) })
        } else if !closes_well(raw, self.delimiter) {
            Some(Problem::TextAfterQuote { line: opened })
        } else if field.is_some_and(|f| f.contains('\0')) {
            Some(Problem::Nul)
        } else {
            None
        };
        if record.flaw.is_none() {
            record.flaw = flaw;
        }
        record.push(field.unwrap_or_default());
        Ok(last)
    }
}

/// Room for the longest field of a text that is taken, and one byte more to see that it is longer.
fn room_for(text: &str) -> Vec<u8> {
    vec![0; text.len().min(MOST_FIELD_BYTES).saturating_add(1)]
}

/// Whether a quoted field ends where its quote closes; blanks may follow.
fn closes_well(raw: &[u8], delimiter: u8) -> bool {
    let Some(mut rest) = raw.strip_prefix(b"\"") else { return true };
    loop {
        let Some(quote) = rest.iter().position(|b| *b == b'"') else { return true };
        rest = rest.get(quote.saturating_add(1)..).unwrap_or_default();
        match rest.strip_prefix(b"\"") {
            Some(inside) => rest = inside,
            None => break,
        }
    }
    let rest = rest.strip_suffix(&[delimiter]).unwrap_or(rest);
    rest.iter().all(|b| matches!(b, b' ' | b'\r' | b'\n'))
}

/// A file whose header was read: its delimiter, its columns, and the records to come.
#[derive(Debug)]
pub struct Table<'a> {
    reader: Reader<'a>,
    headers: Vec<String>,
    rows: u64,
}

impl<'a> Table<'a> {
    /// Reads the header. Without a given delimiter it is the one of [`DELIMITERS`] that divides the header; a header
    /// that none divides is one column.
    ///
    /// # Errors
    /// [`Problem::EmptyFile`], [`Problem::NoHeader`] when every header is empty, [`Problem::AmbiguousDelimiter`] when
    /// two delimiters divide it, [`Problem::TooMany`] above [`MOST_COLUMNS`], and the header's own flaws.
    pub fn open(text: &'a str, delimiter: Option<u8>) -> Result<Self> {
        let (named, text, skipped) = named_delimiter(text);
        let delimiter = match delimiter.or(named) {
            Some(given) => given,
            None => detect(text)?,
        };
        let mut reader = Reader::new(text, delimiter);
        reader.lines = skipped;
        let mut record = Record::default();
        if !reader.read(&mut record)? {
            return Err(Problem::EmptyFile.into());
        }
        if record.count > MOST_COLUMNS {
            let (found, most) = (length(record.count), length(MOST_COLUMNS));
            return Err(Problem::TooMany { what: "columns", found, most }.into());
        }
        if let Some(flaw) = record.flaw.take() {
            return Err(crm_core::Error::from(flaw).at(&format!("line {}", record.line)));
        }
        let headers: Vec<String> = record.fields().map(|h| h.trim().to_owned()).collect();
        if headers.iter().all(String::is_empty) {
            return Err(Problem::NoHeader.into());
        }
        Ok(Self { reader, headers, rows: 0 })
    }

    /// The delimiter, given or found.
    pub const fn delimiter(&self) -> u8 {
        self.reader.delimiter
    }

    /// The column names as written, without blanks at their ends; a column may have none.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Reads the next record; `false` at the end.
    ///
    /// # Errors
    /// [`Problem::UnclosedQuote`] and, above [`MOST_ROWS`], [`Problem::TooMany`].
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        let more = self.reader.read(record)?;
        self.rows = self.rows.saturating_add(u64::from(more));
        if self.rows > MOST_ROWS {
            return Err(Problem::TooMany { what: "rows", found: self.rows, most: MOST_ROWS }.into());
        }
        Ok(more)
    }
}

/// Excel's first line `sep=;`, if there is one, and what follows it.
fn named_delimiter(text: &str) -> (Option<u8>, &str, Lines) {
    let none = (None, text, Lines::default());
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
    (Some(delimiter), text.get(6..).unwrap_or_default(), lines)
}

/// Whether a byte can divide fields at all.
pub(crate) const fn allowed(delimiter: u8) -> bool {
    delimiter.is_ascii() && !matches!(delimiter, 0 | b'"' | b'\r' | b'\n')
}

fn detect(text: &str) -> Result<u8> {
    let mut found = Vec::new();
    let mut record = Record::default();
    for delimiter in DELIMITERS {
        let mut reader = Reader::new(text, delimiter);
        // An unclosed quote is judged when the header is read for good.
        let whole = reader.read(&mut record).unwrap_or(true);
        if whole && record.count > 1 && !matches!(record.flaw, Some(Problem::TextAfterQuote { .. })) {
            found.push(delimiter);
        }
    }
    match found.as_slice() {
        [] => Ok(b','),
        [one] => Ok(*one),
        several => {
            let names: Vec<&str> = several.iter().map(|d| delimiter_name(*d)).collect();
            Err(Problem::AmbiguousDelimiter { found: names.join(" ") }.into())
        }
    }
}

/// How a delimiter is shown.
pub(crate) const fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => ",",
        b';' => ";",
        b'\t' => "tab",
        b'|' => "|",
        _ => "other",
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
