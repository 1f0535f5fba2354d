//! Why a record belongs to a segment or does not: the pin, or each test that decided.

use super::resolve::{Book, Segment};
use crate::kernel::customer::Pin;
use crate::kernel::error::{Error, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Predicate, Test, Truth};
use crate::kernel::segment_reason::{SegmentReason, TestOutcome, TestReason};
use crate::kernel::time::Instant;
use crate::rules::filter::{Reader, resolve};

/// Whether a record belongs to a segment, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it belongs.
    pub is_member: bool,
    /// What somebody said about it.
    pub pin: Option<Pin>,
    /// Whether the condition certainly holds; `None` of a list by name.
    pub matches: Option<bool>,
    /// Why: what decided, and nothing else.
    pub reasons: Vec<SegmentReason>,
}

impl Book {
    /// Whether a record belongs to a segment. [`Book::member`] is the same as a condition.
    ///
    /// # Errors
    /// As [`Book::member`].
    pub fn why(&self, code: &str, schema: &Schema, facts: &impl Facts, at: Instant) -> Result<Verdict> {
        // Circles and limits are refused by the way that every list goes.
        self.check(code, schema, at)?;
        let segment = self.get(code)?;
        let known = |name: &str| schema.position(name).map_or(Fact::Unknown, |place| facts.fact(place));
        let pin = match known("id") {
            Fact::Reference(id) => segment.pins.of(id),
            _ => None,
        };
        let named = || code.to_owned();
        let walked = match &segment.definition.filter {
            None => None,
            Some(filter) => {
                let place = Place { book: self, segment, schema, facts, reader: &self.reader(segment, at) };
                Some(place.walk(filter, "", false)?)
            }
        };
        let matches = walked.as_ref().map(|(truth, _)| truth.holds());
        let tests = |matches: bool, tests: Vec<SegmentReason>| {
            let first = match matches {
                true => SegmentReason::Matches { segment: named() },
                false => SegmentReason::DoesNotMatch { segment: named() },
            };
            [first].into_iter().chain(tests).collect::<Vec<_>>()
        };
        let (is_member, reasons) = match (known("archived_at").is_known(), pin, walked) {
            (true, ..) => (false, vec![SegmentReason::PutAway { segment: named() }]),
            (_, Some(Pin::In), _) => (true, vec![SegmentReason::PinnedIn { segment: named() }]),
            (_, Some(Pin::Out), _) => (false, vec![SegmentReason::PinnedOut { segment: named() }]),
            (_, None, None) => (false, vec![SegmentReason::NotNamed { segment: named() }]),
            (_, None, Some((truth, reasons))) => (truth.holds(), tests(truth.holds(), reasons)),
        };
        Ok(Verdict { is_member, pin, matches, reasons })
    }

    /// Whether a record belongs to a segment.
    ///
    /// # Errors
    /// As [`Book::member`].
    pub fn has_member(&self, code: &str, schema: &Schema, facts: &impl Facts, at: Instant) -> Result<bool> {
        let put_away = schema.position("archived_at").is_some_and(|place| facts.fact(place).is_known());
        Ok(!put_away && self.member(code, schema, at)?.compile(schema)?.eval(facts, at).holds())
    }
}

/// One condition being looked at for one record.
struct Place<'w, F> {
    book: &'w Book,
    segment: &'w Segment,
    schema: &'w Schema,
    facts: &'w F,
    reader: &'w Reader<'static>,
}

impl<F: Facts> Place<'_, F> {
    /// The truth of a part, and the tests that decided it; `is_negated` is whether the condition asks for the contrary.
    fn walk(&self, part: &Predicate, path: &str, is_negated: bool) -> Result<(Truth, Vec<SegmentReason>)> {
        let step = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let all = |key: &str, parts: &[Predicate]| -> Result<Vec<(Truth, Vec<SegmentReason>)>> {
            let one = |(i, part)| self.walk(part, &step(&format!("{key}[{i}]")), is_negated);
            parts.iter().enumerate().map(one).collect()
        };
        // What is as true as the whole decided it.
        let decided = |truth: Truth, parts: Vec<(Truth, Vec<SegmentReason>)>| {
            let those = parts.into_iter().filter(|(of, _)| *of == truth).flat_map(|(_, reasons)| reasons);
            (truth, those.collect())
        };
        Ok(match part {
            Predicate::All(parts) => {
                let parts = all("all", parts)?;
                decided(parts.iter().map(|(truth, _)| *truth).min().unwrap_or(Truth::True), parts)
            }
            Predicate::Any(parts) => {
                let parts = all("any", parts)?;
                decided(parts.iter().map(|(truth, _)| *truth).max().unwrap_or(Truth::False), parts)
            }
            Predicate::Not(part) => {
                let (truth, reasons) = self.walk(part, &step("not"), !is_negated)?;
                (!truth, reasons)
            }
            Predicate::Certain(part) => {
                let (truth, reasons) = self.walk(part, &step("certain"), is_negated)?;
                (truth.holds().into(), reasons)
            }
            Predicate::Segment(code) => {
                let is_member = self.book.has_member(code, self.schema, self.facts, self.reader.at)?;
                let other = SegmentReason::Other { segment: code.clone(), is_member, is_wanted: !is_negated };
                (is_member.into(), vec![other])
            }
            Predicate::Test(test) => {
                let tested = self.test(test, path, is_negated);
                tested.map_err(|e: Error| e.at("where").at(&self.segment.code))?
            }
        })
    }

    fn test(&self, test: &Test, path: &str, is_negated: bool) -> Result<(Truth, Vec<SegmentReason>)> {
        let leaf = Predicate::Test(test.clone());
        let resolved = resolve(&leaf, self.schema, self.reader)?;
        let truth = resolved.predicate.compile(self.schema)?.eval(self.facts, self.reader.at);
        let days = resolved.ranges.first().and_then(|range| Some((range.window.from, range.window.to.pred_opt()?)));
        let (operator, value) = match (&resolved.predicate, days) {
            (Predicate::Test(plain), None) => (plain.operator, plain.value.clone()),
            _ => (test.operator, test.value.clone()),
        };
        let found = self.schema.position(&test.field).map(|place| self.facts.fact(place).to_value().to_json());
        let outcome = match if is_negated { !truth } else { truth } {
            Truth::True => TestOutcome::Holds,
            Truth::False => TestOutcome::Fails,
            Truth::Unknown => TestOutcome::Unknown,
        };
        let reason = TestReason {
            path: path.to_owned(),
            field: test.field.clone(),
            operator,
            value,
            days,
            found: found.unwrap_or_default(),
            is_negated,
            outcome,
        };
        Ok((truth, vec![SegmentReason::Test(Box::new(reason))]))
    }
}

/// The id among a record's facts.
pub(super) fn id_of(schema: &Schema, facts: &impl Facts) -> Option<Id> {
    match facts.fact(schema.position("id")?) {
        Fact::Reference(id) => Some(id),
        _ => None,
    }
}
