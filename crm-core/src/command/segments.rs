//! The segments of a workspace as conditions: the one way by which lists, commands and jobs know who belongs to one.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Past;
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::json::{length, parse};
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::segment_reason::SegmentReason;
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, Kind, Row, Segment, SegmentMember};
use crate::rules::segment::{Book, Definition, Pins, Said, Segment as Ruled};
use crate::rules::{Rules, kind};
use crate::store::{Archived, MOST_ROWS, Page, Query};

/// Most records that one segment names, in or out: a condition has room for no more ids.
pub(crate) const MOST_PINS: usize = 9_000;
/// Most segments that one question reads.
const MOST_SEGMENTS: usize = 1_000;

/// How rows are found: by a command, whose commit depends on them, or by a question.
pub(crate) type Finder<'f> = dyn FnMut(&Query) -> Result<Page> + 'f;

/// The stored segment of a row, if it is one.
pub(crate) fn segment_of(row: &Row) -> Option<&Segment> {
    match &row.body {
        AnyRecord::Segment(segment) => Some(segment),
        _ => None,
    }
}

/// The stored member of a row, if it is one.
pub(crate) fn member_of(row: &Row) -> Option<&SegmentMember> {
    match &row.body {
        AnyRecord::SegmentMember(member) => Some(member),
        _ => None,
    }
}

/// The record that a row of a member or an event is about, where it is of a kind.
pub(crate) fn subject(row: &Row, kind: Kind) -> Option<Id> {
    match row.body.fact(row.body.kind().place(kind.name())?) {
        Fact::Reference(id) => Some(id),
        _ => None,
    }
}

/// A stored segment as the rule sees it, without pins.
///
/// # Errors
/// [`Problem::Corrupt`] of what no command of the library writes.
pub(crate) fn ruled(segment: &Segment) -> Result<Ruled> {
    let definition = match segment.definition.as_str() {
        "" => Definition::default(),
        text => Definition::from_json(&parse(text.as_bytes())?)?,
    };
    let kind = kind(&segment.kind).map_err(|_| Problem::Corrupt { detail: format!("segment {}", segment.code) })?;
    Ok(Ruled { code: segment.code.clone(), kind, definition, pins: Pins::default() })
}

/// A question about rows of a kind.
pub(crate) fn asked(rules: &Rules, at: Instant, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
    let schema = rules.schema(kind);
    let mut query = Query::all(kind, schema.clone(), at);
    (query.filter, query.limit) = (Some(Predicate::All(filter).compile(&schema)?), MOST_ROWS);
    Ok(query)
}

/// All rows that a question finds, page by page.
pub(crate) fn each(find: &mut Finder<'_>, mut query: Query, mut see: impl FnMut(Row) -> Result<()>) -> Result<()> {
    loop {
        let page = find(&query)?;
        page.rows.into_iter().try_for_each(&mut see)?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

/// What reads segments.
pub(crate) struct Shelf<'s> {
    pub(crate) rules: &'s Rules,
    pub(crate) at: Instant,
}

impl Shelf<'_> {
    /// An empty book with the workspace's days.
    pub(crate) fn empty(&self) -> Book {
        Book::new(self.rules.tasks().days.clone(), self.rules.forecast().calendar)
    }

    /// Reads some segments in use with those that they name, without pins. Codes that nobody knows are left out.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn read(&self, find: &mut Finder<'_>, book: &mut Book, codes: &[&str]) -> Result<()> {
        let mut wanted: BTreeSet<String> = codes.iter().map(|code| text::fold(code).into_owned()).collect();
        let mut looked_for = BTreeSet::new();
        while !wanted.is_empty() {
            let codes: Vec<Json> = wanted.iter().take(MOST_VALUES).map(|code| code.as_str().into()).collect();
            let query = asked(self.rules, self.at, Kind::Segment, vec![Predicate::test("code", Operator::In, codes)])?;
            let mut next = BTreeSet::new();
            let mut found = Vec::new();
            each(find, query, |row| {
                found.extend(segment_of(&row).map(ruled).transpose()?);
                Ok(())
            })?;
            looked_for.append(&mut wanted);
            for segment in found {
                let named = segment.definition.filter.iter().flat_map(Predicate::segments);
                next.extend(named.map(|code| text::fold(code).into_owned()).filter(|code| !looked_for.contains(code)));
                if !book.has(&segment.code) {
                    book.put(segment);
                }
            }
            if looked_for.len() > MOST_SEGMENTS {
                let (found, most) = (length(looked_for.len()), length(MOST_SEGMENTS));
                return Err(Problem::TooMany { what: "segments", found, most }.into());
            }
            wanted = next;
        }
        Ok(())
    }

    /// Reads all pins of the segments in a book.
    ///
    /// # Errors
    /// [`Problem::TooMany`], and the store's own.
    pub(crate) fn read_pins(&self, find: &mut Finder<'_>, book: &mut Book) -> Result<()> {
        self.read_said(find, book, pinned)
    }

    /// The same, from the rows of each segment that a condition finds.
    fn read_said(&self, find: &mut Finder<'_>, book: &mut Book, rows: fn(&str) -> Vec<Predicate>) -> Result<()> {
        let segments: Vec<(String, Kind)> = book.segments().map(|s| (s.code.clone(), s.kind)).collect();
        for (code, kind) in segments {
            let query = asked(self.rules, self.at, Kind::SegmentMember, rows(&code))?;
            let mut pins = Pins::default();
            each(find, query, |row| {
                say(&mut pins, &row, kind);
                match pins.len() > MOST_PINS {
                    true => Err(too_many(pins.len())),
                    false => Ok(()),
                }
            })?;
            book.pin(&code, pins);
        }
        Ok(())
    }

    /// Reads the pins of one record, in place of all others.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn read_pins_of(&self, find: &mut Finder<'_>, book: &mut Book, key: Key) -> Result<()> {
        let of = Predicate::test(key.kind.name(), Operator::Equal, key.id.to_string());
        let known = Predicate::test("pin", Operator::IsKnown, Json::Null);
        let mut rows = Vec::new();
        each(find, asked(self.rules, self.at, Kind::SegmentMember, vec![of, known])?, |row| {
            rows.push(row);
            Ok(())
        })?;
        let codes: Vec<String> = book.segments().map(|segment| segment.code.clone()).collect();
        for code in codes {
            let (id, mut pins) = (Segment::id_of(&code), Pins::default());
            let own = rows.iter().filter(|row| member_of(row).is_some_and(|member| member.segment == Some(id)));
            own.for_each(|row| say(&mut pins, row, key.kind));
            book.pin(&code, pins);
        }
        Ok(())
    }

    /// Some segments with those that they name and all their pins.
    ///
    /// # Errors
    /// As [`Shelf::read_pins`].
    pub(crate) fn entire(&self, find: &mut Finder<'_>, codes: &[&str]) -> Result<Book> {
        let mut book = self.empty();
        self.read(find, &mut book, codes)?;
        self.read_pins(find, &mut book)?;
        Ok(book)
    }

    /// The same as [`Shelf::inlined`] with the segments as they were in the past: their conditions of then, and whoever was
    /// named then. One that was not in use then is told of, and its condition of today counts.
    ///
    /// # Errors
    /// As [`Shelf::inlined`].
    pub(crate) fn inlined_then(
        &self,
        past: &Past<'_>,
        kind: Kind,
        filter: &Predicate,
    ) -> Result<(Predicate, Vec<SegmentReason>)> {
        let (mut book, mut later) = (self.empty(), BTreeSet::new());
        let mut find = |query: &Query| -> Result<Page> {
            let query = Query { archived: Archived::Include, ..query.clone() };
            let mut page = past.find_today(&query)?;
            let mut rows = Vec::with_capacity(page.rows.len());
            for today in page.rows {
                match past.row(today.clone())?.filter(|then| then.archived_at.is_none()) {
                    Some(then) => rows.push(then),
                    None if today.archived_at.is_none() => {
                        later.extend(segment_of(&today).map(|segment| segment.code.clone()));
                        rows.push(today);
                    }
                    None => {}
                }
            }
            page.rows = rows;
            Ok(page)
        };
        self.read(&mut find, &mut book, &filter.segments())?;
        // Who is named no more may have been: what the rows say today is no condition.
        self.read_said(&mut |query| past.find_active(query), &mut book, |code| vec![of_segment(code)])?;
        let plain = book.inlined(filter, kind, &self.rules.schema(kind), self.at)?;
        Ok((plain, later.into_iter().map(|segment| SegmentReason::NotInUseThen { segment }).collect()))
    }

    /// A condition on records of a kind in which plain conditions stand in place of segments.
    ///
    /// # Errors
    /// A segment that is not there, with its path, and the store's own.
    pub(crate) fn inlined(&self, find: &mut Finder<'_>, kind: Kind, filter: &Predicate) -> Result<Predicate> {
        let codes = filter.segments();
        if codes.is_empty() {
            return Ok(filter.clone());
        }
        self.entire(find, &codes)?.inlined(filter, kind, &self.rules.schema(kind), self.at)
    }
}

/// The rows of a segment that say something about single records.
pub(crate) fn pinned(code: &str) -> Vec<Predicate> {
    vec![of_segment(code), Predicate::test("pin", Operator::IsKnown, Json::Null)]
}

/// The rows of a segment.
pub(crate) fn of_segment(code: &str) -> Predicate {
    Predicate::test("segment", Operator::Equal, Segment::id_of(code).to_string())
}

/// That a segment names more records than there is room for.
pub(crate) fn too_many(found: usize) -> crate::kernel::error::Error {
    Problem::TooMany { what: "pins", found: length(found), most: length(MOST_PINS) }.into()
}

fn say(pins: &mut Pins, row: &Row, kind: Kind) {
    if let (Some(member), Some(id)) = (member_of(row), subject(row, kind))
        && let Some(pin) = member.pin
    {
        pins.say(id, Said { pin, at: member.pinned_at });
    }
}
