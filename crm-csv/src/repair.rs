//! The three ways in which a record with a wrong number of fields can be put right without guessing.

use crm_core::kernel::json::length;
use crm_core::{Problem, Result};

use crate::cell::is_month;
use crate::reader::{Reader, Record};

/// How a record was put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// The whole record was wrapped in quotes once more: one field, which by itself is a record of the right width.
    WrappedRecord,
    /// Empty fields after the last column were dropped.
    TrailingEmpty,
    /// Dates such as `15 Apr, 2021 00:03:00`, written without quotes, were split at their comma and joined again.
    SplitDate,
}

impl RepairKind {
    /// The stable name, for example `wrapped_record`.
    pub const fn name(self) -> &'static str {
        match self {
            RepairKind::WrappedRecord => "wrapped_record",
            RepairKind::TrailingEmpty => "trailing_empty",
            RepairKind::SplitDate => "split_date",
        }
    }
}

/// One repaired record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The line on which the record begins.
    pub line: u64,
    /// What was done.
    pub kind: RepairKind,
}

/// How many fields a record may have: at least up to the last named column, at most as many as the header.
#[derive(Clone, Copy, Debug)]
struct Width {
    least: usize,
    most: usize,
}

impl Width {
    fn of(headers: &[String]) -> Self {
        let least = headers.iter().rposition(|h| !h.is_empty()).map_or(0, |last| last.saturating_add(1));
        Self { least, most: headers.len() }
    }

    const fn fits(self, count: usize) -> bool {
        self.least <= count && count <= self.most
    }
}

/// Brings records to the width of their header.
#[derive(Debug)]
pub(crate) struct Mender {
    width: Width,
    delimiter: u8,
    /// Reads records inside fields; absent only while it does.
    inner: Option<Reader<'static>>,
}

impl Mender {
    pub(crate) fn new(headers: &[String], delimiter: u8) -> Self {
        Self { width: Width::of(headers), delimiter, inner: None }
    }

    /// Brings a record to the header's width, or says why not. Fields are never padded and never shifted.
    pub(crate) fn mend(&mut self, record: &mut Record) -> Result<Option<RepairKind>> {
        if let Some(flaw) = record.flaw() {
            return Err(flaw.clone().into());
        }
        let width = self.width;
        if width.fits(record.count()) {
            return Ok(None);
        }
        let (kind, mended) = self
            .unwrapped(record)
            .map(|r| (RepairKind::WrappedRecord, r))
            .or_else(|| cut(record, width).map(|r| (RepairKind::TrailingEmpty, r)))
            .or_else(|| rejoined(record, width, self.delimiter).map(|r| (RepairKind::SplitDate, r)))
            .ok_or_else(|| Problem::FieldCount { found: length(record.count()), expected: length(width.most) })?;
        *record = mended;
        Ok(Some(kind))
    }

    fn unwrapped(&mut self, record: &Record) -> Option<Record> {
        let text = record.get(0).filter(|_| record.count() == 1)?;
        let delimiter = self.delimiter;
        let mut reader = self.inner.take().unwrap_or_else(|| Reader::new("", delimiter)).reading(text);
        let (mut inner, mut next) = (Record::default(), Record::default());
        let one = matches!(reader.read(&mut inner), Ok(true)) && matches!(reader.read(&mut next), Ok(false));
        self.inner = Some(reader.reading(""));
        (one && inner.flaw().is_none() && self.width.fits(inner.count()))
            .then(|| Record::from_fields(record.line(), inner.fields()))
    }
}

fn cut(record: &Record, width: Width) -> Option<Record> {
    let extra_are_empty = record.count() > width.most && record.fields().skip(width.most).all(|f| f.trim().is_empty());
    let known = record.fields().count() == record.count();
    (extra_are_empty && known).then(|| Record::from_fields(record.line(), record.fields().take(width.most)))
}

/// Joins dates split at their comma, if there are exactly as many of them as there are fields too many.
fn rejoined(record: &Record, width: Width, delimiter: u8) -> Option<Record> {
    let extra = record.count().checked_sub(width.most)?;
    if delimiter != b',' || extra > 16 {
        return None;
    }
    let fields: Vec<&str> = record.fields().collect();
    let mut joined: Vec<String> = Vec::with_capacity(fields.len());
    let mut rest = fields.as_slice();
    let mut joins = 0usize;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match tail {
            [second, after @ ..] if day_and_month(first) && year_and_time(second) => {
                joined.push(format!("{first},{second}"));
                joins = joins.saturating_add(1);
                rest = after;
            }
            _ => joined.push((*first).to_owned()),
        }
    }
    (joins == extra).then(|| Record::from_fields(record.line(), joined.iter().map(String::as_str)))
}

fn day_and_month(text: &str) -> bool {
    let digits = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    text.trim().split_once(' ').is_some_and(|(day, month)| digits(day) && is_month(month))
}

/// ` 2021` or ` 2021 00:03:00`: the blank after the comma is part of the shape.
fn year_and_time(text: &str) -> bool {
    let Some(text) = text.strip_prefix(' ') else { return false };
    let (year, time) = text.trim_end().split_once(' ').map_or((text.trim_end(), None), |(y, t)| (y, Some(t)));
    let number = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    number(year, 4)
        && time.is_none_or(|t| (2..=3).contains(&t.split(':').count()) && t.split(':').all(|p| number(p, 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(fields: &[&str], headers: &[&str]) -> Result<(Option<RepairKind>, Vec<String>)> {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let mut record = Record::from_fields(7, fields.iter().copied());
        let kind = Mender::new(&headers, b',').mend(&mut record)?;
        assert_eq!(record.line(), 7);
        Ok((kind, record.fields().map(str::to_owned).collect()))
    }

    #[test]
    fn only_what_is_certain_is_repaired() {
        let abc = &["a", "b", "c"];
        assert_eq!(mended(&["1", "2", "3"], abc).unwrap(), (None, ["1", "2", "3"].map(Into::into).into()));
        let (kind, fields) = mended(&["1,\"x, y\",3"], abc).unwrap();
        assert_eq!((kind, fields[1].as_str()), (Some(RepairKind::WrappedRecord), "x, y"));
        let (kind, fields) = mended(&["1", "2", "3", "", " "], abc).unwrap();
        assert_eq!((kind, fields.len()), (Some(RepairKind::TrailingEmpty), 3));
        let (kind, fields) = mended(&["1", "15 Apr", " 2021 00:03:00", "x"], abc).unwrap();
        assert_eq!((kind, fields[1].as_str()), (Some(RepairKind::SplitDate), "15 Apr, 2021 00:03:00"));
        for bad in [
            &["1", "2"][..],
            &["1", "2", "3", "4"],
            &["Lewis", " James", "1", "2"],
            &["1,2"],
            &["15 Apr", " 2021", "16 May", " 2022"],
            &["1", "15 Apr", "2021", "x"],
        ] {
            assert_eq!(mended(bad, abc).unwrap_err().code().name(), "invalid_csv", "{bad:?}");
        }
        // Columns without a name at the end may be missing or hold anything.
        assert_eq!(mended(&["1", "2"], &["a", "b", "", ""]).unwrap().0, None);
        assert_eq!(mended(&["1", "2", "x"], &["a", "b", "", ""]).unwrap().0, None);
    }
}
