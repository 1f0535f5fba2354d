//! What subjects and quotes are called: whole numbers as they stand, everything else by labels.

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, RecordBatch};
use crm_core::Result;

use crate::keys::Keys;
use crate::output::pages;
use crate::revenue::labels::{Labels, NOTHING, Names, ODD, blank, bounds};

/// The number of a name that no row of the first table has.
const ELSEWHERE: u32 = u32::MAX - 1;
/// Most whole numbers from the least to the most that are told by their distance, however few rows there are.
const MOST_WHOLE: i128 = 1 << 20;

/// The names of a column, by small numbers that are counted from 1.
pub(crate) enum Called {
    /// Whole numbers: each is told by its distance from the least.
    Whole { least: i64, count: u32 },
    /// Texts, and whole numbers that lie far apart.
    Named(Labels),
}

impl Called {
    /// The names of a column, and the number of every row's; [`NOTHING`] where the cell is empty, [`ODD`] where it cannot
    /// be read.
    pub(crate) fn of(batches: &[RecordBatch], column: usize) -> Result<(Self, Vec<u32>)> {
        let mut called = whole(batches, column).unwrap_or_else(|| Called::Named(Labels::default()));
        let numbers = called.numbers(batches, column)?;
        Ok((called, numbers))
    }

    /// The numbers of another column's names. Those of names that are not known yet may all be the same, but no known one.
    pub(crate) fn numbers(&mut self, batches: &[RecordBatch], column: usize) -> Result<Vec<u32>> {
        let rows = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
        let mut numbers = pages::with_capacity(rows);
        numbers.resize(rows, NOTHING);
        let mut rest = numbers.as_mut_slice();
        for batch in batches {
            let (out, more) = rest.split_at_mut(batch.num_rows().min(rest.len()));
            self.fill(batch.column(column).as_ref(), out)?;
            rest = more;
        }
        Ok(numbers)
    }

    fn fill(&mut self, array: &dyn Array, out: &mut [u32]) -> Result<()> {
        let (least, count) = match self {
            Called::Named(labels) => {
                Names::of(array, labels)?.fill(0, out, labels);
                return Ok(());
            }
            Called::Whole { least, count } => (*least, *count),
        };
        let place = |far: u64| {
            u32::try_from(far).ok().filter(|far| *far < count).map_or(ELSEWHERE, |far| far.saturating_add(1))
        };
        if array.data_type().is_integer()
            && let Some((first, last)) = bounds(array)
            && i64::try_from(first).is_ok()
            && i64::try_from(last).is_ok()
            && let Some(keys) = Keys::of(array)
        {
            // A number below zero is far beyond all others, and so is its distance, unless it is counted from below zero.
            keys.look_up(0, out, |key| place((key as u64).wrapping_sub(least.cast_unsigned())));
            blank(array.nulls().filter(|nulls| nulls.null_count() > 0), 0, out);
            return Ok(());
        }
        let mut labels = Labels::default();
        Names::of(array, &mut labels)?.fill(0, out, &mut labels);
        // A text is a whole number only as it would be written.
        let written = |name: &str| name.parse::<i64>().ok().filter(|whole| whole.to_string() == name);
        let of = |name| {
            written(name).map_or(ELSEWHERE, |whole| place(whole.cast_unsigned().wrapping_sub(least.cast_unsigned())))
        };
        let known: Vec<u32> = labels.names().map(of).collect();
        for number in out.iter_mut().filter(|number| **number != NOTHING && **number != ODD) {
            let place = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
            *number = place.and_then(|place| known.get(place)).copied().unwrap_or(ELSEWHERE);
        }
        Ok(())
    }

    /// How many numbers there are, with that of nothing.
    pub(crate) fn count(&self) -> usize {
        match self {
            Called::Whole { count, .. } => usize::try_from(*count).unwrap_or(usize::MAX).saturating_add(1),
            Called::Named(labels) => labels.count(),
        }
    }

    /// Appends the name of a number.
    pub(crate) fn append(&self, number: u32, texts: &mut StringBuilder) {
        match self {
            Called::Named(labels) => texts.append_value(labels.name(number)),
            Called::Whole { least, .. } => {
                let whole = least.saturating_add(i64::from(number.saturating_sub(1)));
                texts.append_value(whole.to_string());
            }
        }
    }
}

/// Whole numbers that lie close together.
fn whole(batches: &[RecordBatch], column: usize) -> Option<Called> {
    let mut all: Option<(i128, i128)> = None;
    let mut rows = 0_usize;
    for batch in batches {
        let array = batch.column(column);
        if !array.data_type().is_integer() {
            return None;
        }
        rows = rows.saturating_add(array.len());
        let Some((first, last)) = bounds(array.as_ref()) else { continue };
        all = Some(all.map_or((first, last), |(least, most)| (least.min(first), most.max(last))));
    }
    let (least, most) = all?;
    let span = most.checked_sub(least).filter(|span| *span < MOST_WHOLE.max(rows.saturating_mul(4) as i128))?;
    i64::try_from(most).ok()?;
    let count = u32::try_from(span).ok().filter(|span| *span < ELSEWHERE - 2)?.saturating_add(1);
    Some(Called::Whole { least: i64::try_from(least).ok()?, count })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int8Array, Int64Array, StringArray, UInt64Array};

    use super::*;

    fn batch(array: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([("name", array, true)]).unwrap()
    }

    fn names(called: &Called, numbers: &[u32]) -> Vec<String> {
        let mut texts = StringBuilder::new();
        numbers.iter().filter(|n| **n != NOTHING && **n != ODD).for_each(|n| called.append(*n, &mut texts));
        texts.finish().iter().map(|name| name.unwrap().to_owned()).collect()
    }

    #[test]
    fn whole_numbers_are_their_own_names() {
        let first = batch(Arc::new(Int64Array::from(vec![Some(7), None, Some(-2), Some(7)])));
        let second = batch(Arc::new(Int64Array::from(vec![Some(9)])));
        let (mut called, numbers) = Called::of(&[first, second], 0).unwrap();
        assert_eq!(numbers, [10, NOTHING, 1, 10, 12]);
        assert_eq!(names(&called, &numbers), ["7", "-2", "7", "9"]);
        // Other columns of the same names, of other types, with names that nobody has.
        let texts = StringArray::from(vec![Some("-2"), Some("07"), Some("9"), Some("10"), None, Some("x"), Some("-3")]);
        let other = called.numbers(&[batch(Arc::new(texts))], 0).unwrap();
        assert_eq!(other, [1, ELSEWHERE, 12, ELSEWHERE, NOTHING, ELSEWHERE, ELSEWHERE]);
        let small = called.numbers(&[batch(Arc::new(Int8Array::from(vec![-2, -3, 9, 100])))], 0).unwrap();
        assert_eq!(small, [1, ELSEWHERE, 12, ELSEWHERE]);
        let large = UInt64Array::from(vec![9, u64::MAX, u64::MAX - 1]);
        let large = called.numbers(&[batch(Arc::new(large))], 0).unwrap();
        assert_eq!(large, [12, ELSEWHERE, ELSEWHERE]);
    }

    #[test]
    fn numbers_far_apart_are_labels() {
        let far = batch(Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX, 0])));
        let (called, numbers) = Called::of(&[far], 0).unwrap();
        assert!(matches!(called, Called::Named(_)));
        assert_eq!(names(&called, &numbers), [i64::MIN.to_string(), i64::MAX.to_string(), "0".to_owned()]);
        let edge = batch(Arc::new(Int64Array::from(vec![i64::MAX, i64::MAX - 3])));
        let (called, numbers) = Called::of(&[edge], 0).unwrap();
        assert_eq!((called.count(), numbers), (5, vec![4, 1]));
    }
}
