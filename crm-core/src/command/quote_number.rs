//! The numbers of quotes: one counter for each series and each time that it begins again.

use chrono::NaiveDate;

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::offer_problem::OfferProblem;
use crate::model::{AnyRecord, Counter, Key, Kind, Row};

/// Most characters of a number.
const MOST_CHARACTERS: usize = 64;

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
        let next = last.unwrap_or(0).checked_add(1).ok_or(Problem::AmountTooLarge)?;
        let counter = Counter { name, last: Some(next), ..Counter::default() };
        match known {
            None => cx.insert(key.id, counter.into())?,
            Some(row) => cx.update(Row { body: counter.into(), ..row })?,
        };
        let number = series.number(next.unsigned_abs(), day);
        match number.chars().count() <= MOST_CHARACTERS {
            true => Ok(number),
            false => Err(OfferProblem::NumberTooLong { number }.into()),
        }
    })
}
