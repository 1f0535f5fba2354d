//! When time alone makes a member of a record, or ends that.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::Value as Json;

use super::resolve::{Book, Segment};
use crate::kernel::error::Result;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::predicate::{Predicate, Test};
use crate::kernel::time::Instant;
use crate::rules::filter::{Range, Reader, resolve};

/// Ranges lie within a hundred years of their day, and a bit.
const MOST_DAYS_AHEAD: u64 = 101 * 366;

impl Book {
    /// The first instant after `at` at which the membership changes without anybody touching anything; `None` if never.
    ///
    /// Each test of the condition can change its answer at a few instants only, which follow from the record's own dates;
    /// the first of those at which the whole answer is another one is the instant.
    ///
    /// # Errors
    /// As [`Book::member`].
    pub fn next_change_at(
        &self,
        code: &str,
        schema: &Schema,
        facts: &impl Facts,
        at: Instant,
    ) -> Result<Option<Instant>> {
        let now = self.has_member(code, schema, facts, at)?;
        let mut instants = BTreeSet::new();
        self.edges(self.get(code)?, schema, facts, at, &mut instants)?;
        for next in instants {
            // Beyond the years that there are nothing changes.
            if self.has_member(code, schema, facts, next).is_ok_and(|then| then != now) {
                return Ok(Some(next));
            }
        }
        Ok(None)
    }

    /// The instants after `at` at which a test of a segment, or of those that it names, may change its answer.
    fn edges(
        &self,
        segment: &Segment,
        schema: &Schema,
        facts: &impl Facts,
        at: Instant,
        out: &mut BTreeSet<Instant>,
    ) -> Result<()> {
        let Some(filter) = &segment.definition.filter else { return Ok(()) };
        let reader = self.reader(segment, at);
        for test in filter.tests() {
            let Some(place) = schema.position(&test.field) else { continue };
            out.extend(of_test(test, schema, facts, facts.fact(place), &reader).into_iter().filter(|t| *t > at));
        }
        for code in filter.segments() {
            self.edges(self.get(code)?, schema, facts, at, out)?;
        }
        Ok(())
    }
}

fn of_test(test: &Test, schema: &Schema, facts: &impl Facts, fact: Fact<'_>, reader: &Reader<'_>) -> Vec<Instant> {
    if test.operator.takes_range() {
        return of_range(test, fact, reader).unwrap_or_default();
    }
    let mut edges = Vec::new();
    if let (Fact::Instant(own), true) = (fact, names_now(&test.value)) {
        edges.extend([Some(own), own.checked_add_signed(TimeDelta::microseconds(1))].into_iter().flatten());
    }
    let leaf = resolve(&Predicate::Test(test.clone()), schema, reader).and_then(|r| r.predicate.compile(schema));
    if let Ok(leaf) = leaf {
        let mut from = reader.at;
        while let Some(next) = leaf.next_change_at(facts, from) {
            edges.push(next);
            from = next;
        }
    }
    edges
}

fn names_now(value: &Json) -> bool {
    match value {
        Json::Array(values) => values.iter().any(names_now),
        value => value.get("at").is_some(),
    }
}

/// A range moves forward day by day: it comes to a date once, and leaves it once.
fn of_range(test: &Test, fact: Fact<'_>, reader: &Reader<'_>) -> Option<Vec<Instant>> {
    let range = Range::from_json(&test.value).ok()?;
    let day = match fact {
        Fact::Date(day) => day,
        Fact::Instant(at) => reader.zone.day(at),
        _ => return None,
    };
    let window = |today: NaiveDate| range.resolve(&Reader { at: reader.zone.day_start(today), ..reader.clone() }).ok();
    let today = reader.zone.day(reader.at);
    let last = day.max(today).checked_add_days(Days::new(MOST_DAYS_AHEAD))?;
    let reached = |past: fn(NaiveDate, NaiveDate, NaiveDate) -> bool| {
        let is_past = |today: NaiveDate| window(today).is_none_or(|w| past(w.from, w.to, day));
        let first = first_day(today, last, is_past)?;
        (first > today).then(|| reader.zone.day_start(first))
    };
    let edges = [reached(|_, to, day| to > day), reached(|from, _, day| from > day)];
    Some(edges.into_iter().flatten().collect())
}

/// The first day of a span from which on something holds.
fn first_day(from: NaiveDate, to: NaiveDate, holds: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
    let (mut low, mut high) = (0, to.signed_duration_since(from).num_days());
    let day = |n: i64| from.checked_add_days(Days::new(u64::try_from(n).ok()?));
    while low < high {
        let middle = low.saturating_add(high) / 2;
        if day(middle).is_none_or(&holds) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    day(low).filter(|found| holds(*found))
}
