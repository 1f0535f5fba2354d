//! Text to records: a thin, bounded layer over `csv-core` that knows every record's line and finds what is broken.
//!
//! A quote opens a field only at its very beginning; elsewhere it is an ordinary character. Lines may end in a line
//! feed, a carriage return or both, mixed within one file; empty lines are skipped.

use csv_core::ReadFieldResult as Read;

use crm_core::kernel::json::length;
use crm_core::kernel::text::MOST_BYTES as MOST_FIELD_BYTES;
use crm_core::{Problem, Result};

use crate::encoding::Lines;

/// Most columns of a header.
pub const MOST_COLUMNS: usize = 500;

/// Room for a field at first, and the most: one byte more than a field may have, to see that it is longer.
const FIELD_BYTES: usize = 1 << 10;
const MOST_BUFFER_BYTES: usize = MOST_FIELD_BYTES + 1;

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

    pub(crate) const fn take_flaw(&mut self) -> Option<Problem> {
        self.flaw.take()
    }

    /// Whether nothing is written in any field.
    pub fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.count <= self.ends.len() && self.text.trim().is_empty()
    }
}

/// How far a reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A whole record.
    Record,
    /// The text is read, and the record goes on in the next piece or begins there.
    More,
    /// The file is read.
    End,
}

/// Finds records in text that comes in pieces; a piece may end anywhere between two characters.
#[derive(Debug)]
pub(crate) struct Scanner {
    core: csv_core::Reader,
    delimiter: u8,
    lines: Lines,
    /// Room for one field: its bytes so far, and how many were too many.
    buffer: Vec<u8>,
    kept: usize,
    dropped: usize,
    /// Where the field began, and how its quotes stand.
    opened: u64,
    quoting: Quoting,
    /// Whether a record has begun.
    inside: bool,
}

impl Scanner {
    /// A scanner of text that begins after these lines.
    pub(crate) fn new(delimiter: u8, lines: Lines) -> Self {
        Self {
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            lines,
            buffer: vec![0; FIELD_BYTES],
            kept: 0,
            dropped: 0,
            opened: 1,
            quoting: Quoting::Start,
            inside: false,
        }
    }

    pub(crate) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Reads on in `text`, and takes from it what it read. A record that goes on in the next piece is half in `record`,
    /// which must come back with that piece.
    ///
    /// # Errors
    /// [`Problem::UnclosedQuote`] with the line on which that quote opened: the rest of the file cannot be trusted.
    pub(crate) fn read(&mut self, text: &mut &[u8], last: bool, record: &mut Record) -> Result<Step> {
        if !self.inside {
            let blank = text.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            self.advance(text, blank);
            record.clear(self.lines.line());
            if text.is_empty() {
                return Ok(if last { Step::End } else { Step::More });
            }
            self.inside = true;
            self.begin_field();
        }
        loop {
            match self.read_field(text, last, record)? {
                None => return Ok(Step::More),
                Some(false) => self.begin_field(),
                Some(true) => {
                    self.inside = false;
                    return Ok(Step::Record);
                }
            }
        }
    }

    fn advance<'a>(&mut self, text: &mut &'a [u8], bytes: usize) -> &'a [u8] {
        let (taken, rest) = text.split_at_checked(bytes).unwrap_or((text, &[]));
        self.lines.count(taken);
        *text = rest;
        taken
    }

    fn begin_field(&mut self) {
        self.opened = self.lines.line();
        self.kept = 0;
        self.dropped = 0;
        self.quoting = Quoting::Start;
    }

    /// Reads one field: whether it is the record's last, or nothing where it goes on in the next piece.
    fn read_field(&mut self, text: &mut &[u8], last: bool, record: &mut Record) -> Result<Option<bool>> {
        let end = loop {
            let at_end = text.is_empty();
            if at_end && !last {
                return Ok(None);
            }
            // The end of the file ends the record, too; inside quotes a line feed does not, and that tells them apart.
            let input = if at_end { b"\n" } else { *text };
            let room = self.buffer.get_mut(self.kept..).unwrap_or_default();
            let (result, read, written) = self.core.read_field(input, room);
            if !at_end {
                let raw = self.advance(text, read);
                self.quoting = self.quoting.after(raw, self.delimiter);
            }
            self.kept = self.kept.saturating_add(written);
            match result {
                Read::InputEmpty if at_end => return Err(Problem::UnclosedQuote { line: self.opened }.into()),
                Read::InputEmpty => {}
                Read::OutputFull if self.buffer.len() < MOST_BUFFER_BYTES => {
                    let room = self.buffer.len().saturating_mul(2).min(MOST_BUFFER_BYTES);
                    self.buffer.resize(room, 0);
                }
                // Too long: counted, not kept.
                Read::OutputFull => self.dropped = self.dropped.saturating_add(std::mem::take(&mut self.kept)),
                Read::Field { record_end } => break record_end,
                Read::End => break true,
            }
        };
        self.finish_field(record);
        Ok(Some(end))
    }

    fn finish_field(&self, record: &mut Record) {
        let bytes = self.dropped.saturating_add(self.kept);
        let field = self.buffer.get(..self.kept).and_then(|b| std::str::from_utf8(b).ok());
        let field = field.filter(|_| self.dropped == 0);
        let flaw = if bytes > MOST_FIELD_BYTES {
            Some(Problem::TooLong { bytes: length(bytes), most: length(MOST_FIELD_BYTES) })
        } else if self.quoting == Quoting::TextAfter {
            Some(Problem::TextAfterQuote { line: self.opened })
        } else if field.is_some_and(|f| f.contains('\0')) {
            Some(Problem::Nul)
        } else {
            None
        };
        if record.flaw.is_none() {
            record.flaw = flaw;
        }
        record.push(field.unwrap_or_default());
    }
}

/// Whether a quoted field ends where its quote closes; blanks may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// Nothing of the field was seen.
    Start,
    /// Not quoted.
    Plain,
    /// Within quotes.
    Open,
    /// A quote that closes, or the first of two that are one.
    Quote,
    /// Closed, with nothing but blanks behind.
    Closed,
    /// Closed, with text behind.
    TextAfter,
}

impl Quoting {
    fn after(mut self, mut raw: &[u8], delimiter: u8) -> Self {
        loop {
            let Some((first, rest)) = raw.split_first() else { return self };
            match (self, *first) {
                (Quoting::Plain | Quoting::TextAfter, _) => return self,
                (Quoting::Start, b'"') => self = Quoting::Open,
                (Quoting::Start, _) => return Quoting::Plain,
                (Quoting::Open, _) => {
                    let Some(quote) = raw.iter().position(|b| *b == b'"') else { return self };
                    self = Quoting::Quote;
                    raw = raw.get(quote.saturating_add(1)..).unwrap_or_default();
                    continue;
                }
                (Quoting::Quote, b'"') => self = Quoting::Open,
                // The delimiter ends the field, so that it stands last.
                (Quoting::Quote | Quoting::Closed, b) => {
                    let blank = matches!(b, b' ' | b'\r' | b'\n') || b == delimiter;
                    self = if blank { Quoting::Closed } else { Quoting::TextAfter };
                }
            }
            raw = rest;
        }
    }
}

/// Reads records from a whole text.
#[derive(Debug)]
pub struct Reader<'a> {
    scanner: Scanner,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `text`.
    pub fn new(text: &'a str, delimiter: u8) -> Self {
        Self { scanner: Scanner::new(delimiter, Lines::default()), rest: text.as_bytes() }
    }

    /// The same reader at the beginning of another text: building one costs more than reading a record.
    /// (`csv_core::Reader` is reset, never cloned: its clone forgets half of its tables.)
    #[must_use]
    pub fn reading<'b>(mut self, text: &'b str) -> Reader<'b> {
        self.scanner.core.reset();
        self.scanner.inside = false;
        self.scanner.lines = Lines::default();
        Reader { scanner: self.scanner, rest: text.as_bytes() }
    }

    /// The delimiter.
    pub const fn delimiter(&self) -> u8 {
        self.scanner.delimiter
    }

    /// Reads the next record into `record`; `false` at the end of the text.
    ///
    /// # Errors
    /// [`Problem::UnclosedQuote`] with the line on which that quote opened: the rest of the text cannot be trusted.
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        Ok(self.scanner.read(&mut self.rest, true, record)? == Step::Record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_without_end_is_not_buffered() {
        let mut scanner = Scanner::new(b',', Lines::default());
        let (mut record, megabyte) = (Record::default(), "x".repeat(1_000_000));
        assert_eq!(scanner.read(&mut "a,b\n\"".as_bytes(), false, &mut record), Ok(Step::Record));
        assert_eq!(scanner.read(&mut "\"".as_bytes(), false, &mut record), Ok(Step::More));
        for _ in 0..20 {
            assert_eq!(scanner.read(&mut megabyte.as_bytes(), false, &mut record), Ok(Step::More));
        }
        let error = scanner.read(&mut "".as_bytes(), true, &mut record).unwrap_err();
        assert_eq!(error.problem(), &Problem::UnclosedQuote { line: 2 });
        assert!(scanner.buffer.capacity() < 200_000 && record.text.capacity() < 200_000);
    }
}
