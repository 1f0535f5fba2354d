//! From segments to plain conditions: the one way by which lists, commands and rules know who belongs to a segment.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Definition, Pins};
use crate::kernel::customer::Pin;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::period::FiscalCalendar;
use crate::kernel::predicate::{MOST_TESTS, MOST_VALUES, Operator, Predicate};
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::model::Kind;
use crate::rules::filter::{Reader, resolve};
use crate::rules::task::LocalDays;

/// A segment with what people said about single records.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its code.
    pub code: String,
    /// The record that it is of.
    pub kind: Kind,
    /// Its condition.
    pub definition: Definition,
    /// Who was put in or taken out by name.
    pub pins: Pins,
}

/// The segments that a question may come to, each with those that it names.
#[derive(Clone, Debug)]
pub struct Book {
    segments: BTreeMap<String, Segment>,
    days: LocalDays,
    fiscal: FiscalCalendar,
}

impl Book {
    /// An empty one; `days` are those of segments that say none of their own.
    pub const fn new(days: LocalDays, fiscal: FiscalCalendar) -> Self {
        Self { segments: BTreeMap::new(), days, fiscal }
    }

    /// Adds a segment, or puts another one in its place.
    pub fn put(&mut self, segment: Segment) {
        self.segments.insert(key(&segment.code), segment);
    }

    /// Puts other pins in the place of those of a segment.
    pub fn pin(&mut self, code: &str, pins: Pins) {
        if let Some(segment) = self.segments.get_mut(&key(code)) {
            segment.pins = pins;
        }
    }

    /// Whether a segment is in it.
    pub fn has(&self, code: &str) -> bool {
        self.segments.contains_key(&key(code))
    }

    /// All of them, in the order of their codes.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.values()
    }

    /// The segment of a code.
    ///
    /// # Errors
    /// [`SegmentProblem::Unknown`].
    pub fn get(&self, code: &str) -> Result<&Segment> {
        let unknown = || SegmentProblem::Unknown { segment: code.to_owned() };
        Ok(self.segments.get(&key(code)).ok_or_else(unknown)?)
    }

    /// Whose days a segment goes by: nobody's in particular, so that it is the same for every reader.
    pub(super) fn reader(&self, segment: &Segment, at: Instant) -> Reader<'static> {
        let own = &segment.definition;
        Reader {
            zone: own.zone.as_ref().unwrap_or(&self.days.zone).clone(),
            week_start: own.week_start.unwrap_or(self.days.week_starts),
            fiscal: self.fiscal,
            ..Reader::new(at, None)
        }
    }

    /// The plain condition that holds for the members of a segment, and has no third answer.
    ///
    /// # Errors
    /// [`SegmentProblem`], what of a stored condition does not fit the record any more, and trees over the limits.
    pub fn member(&self, code: &str, schema: &Schema, at: Instant) -> Result<Predicate> {
        let kind = self.get(code)?.kind;
        Course { book: self, schema, kind, at, way: Vec::new(), tests: 0 }.member(code)
    }

    /// A condition on records of a kind in which the members' conditions stand in place of segments.
    ///
    /// # Errors
    /// As [`Book::member`], with the path inside of the condition.
    pub fn inlined(&self, filter: &Predicate, kind: Kind, schema: &Schema, at: Instant) -> Result<Predicate> {
        let mut course = Course { book: self, schema, kind, at, way: Vec::new(), tests: 0 };
        filter.mapped(&mut |leaf| course.leaf(leaf))
    }

    /// The plain condition for the members of a segment that need not be in the book, archived records left out.
    ///
    /// # Errors
    /// As [`Book::member`], with the path inside of the segment.
    pub fn members(&self, segment: &Segment, schema: &Schema, at: Instant) -> Result<Predicate> {
        let condition = match &segment.definition.filter {
            None => None,
            Some(filter) => {
                let plain = resolve(filter, schema, &self.reader(segment, at))
                    .and_then(|resolved| self.inlined(&resolved.predicate, segment.kind, schema, at))
                    .and_then(|plain| plain.compile(schema).map(|_| plain));
                Some(Predicate::Certain(Box::new(plain.map_err(|e| e.at("where"))?)))
            }
        };
        let kept = Predicate::test("archived_at", Operator::IsNull, Json::Null);
        Ok(Predicate::All(vec![kept, with_pins(condition, &segment.pins)]))
    }

    /// Checks a segment of the book with everything that it names: fields, values, circles, sizes.
    ///
    /// # Errors
    /// The first thing that is wrong, with its path.
    pub fn check(&self, code: &str, schema: &Schema, at: Instant) -> Result<()> {
        self.member(code, schema, at)?.compile(schema).map(drop).map_err(|e| e.at("where"))
    }
}

/// Codes are the same however they are written.
fn key(code: &str) -> String {
    text::fold(code).into_owned()
}

/// A condition that holds for no record.
pub fn nobody() -> Predicate {
    Predicate::test("id", Operator::IsNull, Json::Null)
}

/// A condition as it can be checked where no segments are known: they have no members.
pub fn without_segments(filter: &Predicate) -> Predicate {
    let plain = filter.mapped(&mut |leaf| match leaf {
        Predicate::Segment(_) => Ok(nobody()),
        leaf => Ok(leaf.clone()),
    });
    plain.unwrap_or_else(|_| filter.clone())
}

/// The way through segments that name others.
struct Course<'b> {
    book: &'b Book,
    schema: &'b Schema,
    kind: Kind,
    at: Instant,
    /// The segments around, from the outside to the inside.
    way: Vec<String>,
    /// How many tests there are so far: segments that name each other twice on every step grow fast.
    tests: usize,
}

impl Course<'_> {
    fn leaf(&mut self, leaf: &Predicate) -> Result<Predicate> {
        match leaf {
            Predicate::Segment(code) => {
                self.member(code).map_err(|e| if e.field().is_none() { e.at("segment") } else { e })
            }
            leaf => {
                self.count()?;
                Ok(leaf.clone())
            }
        }
    }

    /// The same of a plain test, which has to fit the record: so that what is wrong has its place in the segment.
    fn checked(&mut self, leaf: &Predicate) -> Result<Predicate> {
        if let Predicate::Test(_) = leaf {
            leaf.compile(self.schema)?;
        }
        self.leaf(leaf)
    }

    fn count(&mut self) -> Result<()> {
        self.tests = self.tests.saturating_add(1);
        match self.tests > MOST_TESTS {
            true => {
                let (found, most) = (length(self.tests), length(MOST_TESTS));
                Err(Problem::TooMany { what: "conditions", found, most }.into())
            }
            false => Ok(()),
        }
    }

    fn member(&mut self, code: &str) -> Result<Predicate> {
        if let Some(first) = self.way.iter().position(|outer| key(outer) == key(code)) {
            let path = self.way.iter().skip(first).cloned().chain([code.to_owned()]).collect();
            return Err(SegmentProblem::Cycle { path }.into());
        }
        let segment = self.book.get(code)?;
        if segment.kind != self.kind {
            return Err(Error::from(SegmentProblem::OtherRecord {
                segment: code.to_owned(),
                record: segment.kind.name().to_owned(),
                expected: self.kind.name().to_owned(),
            }));
        }
        self.count()?;
        let condition = match &segment.definition.filter {
            None => None,
            Some(filter) => {
                let reader = self.book.reader(segment, self.at);
                self.way.push(code.to_owned());
                let plain = resolve(filter, self.schema, &reader)
                    .and_then(|resolved| resolved.predicate.mapped(&mut |leaf| self.checked(leaf)));
                self.way.pop();
                Some(Predicate::Certain(Box::new(plain.map_err(|e| e.at("where").at(code))?)))
            }
        };
        Ok(with_pins(condition, &segment.pins))
    }
}

/// Pinned in, or the condition holds and not pinned out.
fn with_pins(condition: Option<Predicate>, pins: &Pins) -> Predicate {
    let mut ways = named(pins, Pin::In);
    // Who has no id is nobody's name.
    let not = |out| Predicate::Not(Box::new(Predicate::Certain(Box::new(out))));
    let kept: Vec<Predicate> = named(pins, Pin::Out).into_iter().map(not).collect();
    match (condition, kept.is_empty()) {
        (None, _) => {}
        (Some(condition), true) => ways.push(condition),
        (Some(condition), false) => ways.push(Predicate::All([condition].into_iter().chain(kept).collect())),
    }
    match (ways.len(), ways.pop()) {
        (_, None) => nobody(),
        (1, Some(only)) => only,
        (_, Some(last)) => {
            ways.push(last);
            Predicate::Any(ways)
        }
    }
}

/// The records of a pin as lists of ids that are not too long.
fn named(pins: &Pins, pin: Pin) -> Vec<Predicate> {
    let ids: Vec<Id> = pins.ids(pin).collect();
    let list = |some: &[Id]| some.iter().map(|id| Json::from(id.to_string())).collect::<Vec<_>>();
    ids.chunks(MOST_VALUES).map(|some| Predicate::test("id", Operator::In, list(some))).collect()
}
