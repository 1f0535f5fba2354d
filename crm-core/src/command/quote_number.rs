//! The numbers of quotes: one counter for each series and each time that it begins again.

use chrono::NaiveDate;

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{AnyRecord, Counter, Key, Kind, Row};
use crate::rules::offer::Series;
use crate::store::{Archived, Query};

/// Most characters of a number.
const MOST_CHARACTERS: usize = 64;
/// Most numbers in a row that were given before.
const MOST_TAKEN: usize = 10_000;

/// The next number of a series on a day. The counter is part of the commit: whoever takes the same number at the same time
/// decides again, and a number that was given is never given a second time, whatever becomes of its quote.
///
/// # Errors
/// The series is not configured any more, [`OfferProblem::NumberTooLong`], and the store's own.
pub(super) fn next_number(cx: &mut Cx<'_>, series: &str, day: NaiveDate) -> Result<String> {
    let series = cx.rules().quotes().series(series).map_err(|e| e.at("series"))?;
    let name = series.counter(day);
    let key = Key { kind: Kind::Counter, id: Counter::id_of(&name) };
    cx.by_itself(|cx| {
        let known = cx.row(key)?;
        let last = known.as_ref().and_then(|row| match &row.body {
            AnyRecord::Counter(counter) => counter.last,
            _ => None,
        });
        let (next, number) = free_number(cx, series, last.unwrap_or(0), day)?;
        let counter = Counter { name, last: Some(next), ..Counter::default() };
        match known {
            None => cx.insert(key.id, counter.into())?,
            Some(row) => cx.update(Row { body: counter.into(), ..row })?,
        };
        Ok(number)
    })
}

/// The next number that no quote has. Usually that is the next of the counter; but series that look alike, or one that the
/// configuration lets begin again at other times than before, come to numbers that were given.
fn free_number(cx: &mut Cx<'_>, series: &Series, last: i64, day: NaiveDate) -> Result<(i64, String)> {
    let mut next = last;
    let mut number = String::new();
    for _ in 0..MOST_TAKEN {
        next = next.checked_add(1).ok_or(Problem::AmountTooLarge)?;
        number = series.number(next.unsigned_abs(), day);
        if number.chars().count() > MOST_CHARACTERS {
            return Err(OfferProblem::NumberTooLong { number }.into());
        }
        if !is_taken(cx, &number)? {
            return Ok((next, number));
        }
    }
    Err(Problem::AlreadyExists { record: Kind::Quote.name().into(), id: number }.into())
}

/// Whether a quote has a number, put away or not.
fn is_taken(cx: &mut Cx<'_>, number: &str) -> Result<bool> {
    let schema = cx.rules().schema(Kind::Quote);
    let mut query = Query::all(Kind::Quote, schema.clone(), cx.at());
    query.filter = Some(Predicate::test("number", Operator::Equal, number).compile(&schema)?);
    (query.archived, query.limit) = (Archived::Include, 1);
    Ok(!cx.find(&query)?.rows.is_empty())
}
