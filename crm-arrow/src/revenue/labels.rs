//! Columns of names - owners, stages, currencies - as small numbers.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use crm_core::kernel::text;
use crm_core::{Error, FieldType, Problem, Result};

use crate::cell::Cell;
use crate::column::Column;
use crate::instructions::{Instructions, Work};
use crate::keys::Keys;

/// The number of what nobody knows.
pub(crate) const NOTHING: u32 = 0;
/// The number of a cell that needs a closer look.
pub(crate) const ODD: u32 = u32::MAX;
/// Most distinct whole numbers that are looked up in a table.
const MOST_WHOLE: i128 = 1 << 20;

/// Numbers for names, counted from 1 as they are first seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Labels {
    /// How many numbers there are, with that of nothing.
    pub(crate) fn count(&self) -> usize {
        self.names.len().saturating_add(1)
    }

    /// The name of a number; empty for nothing.
    pub(crate) fn name(&self, number: u32) -> &str {
        let place = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        place.and_then(|place| self.names.get(place)).map_or("", |name| name)
    }

    /// The names in the order of their numbers.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// The number of a name.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return NOTHING;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.count()).unwrap_or(ODD);
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    /// The number of a cell.
    fn number_of(&mut self, cell: Result<Cell<'_>>) -> u32 {
        cell.and_then(label).map_or(ODD, |name| name.map_or(NOTHING, |name| self.number(&name)))
    }
}

/// The name that a cell gives: text as it stands, a whole number in digits.
pub(crate) fn label(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>> {
    match cell {
        Cell::Null | Cell::Text("") => Ok(None),
        Cell::Text(name) => Ok(Some(text::check(name)?).filter(|name| !name.is_empty()).map(Cow::Borrowed)),
        Cell::Integer(number) => Ok(Some(Cow::Owned(number.to_string()))),
        _ => Err(Error::from(Problem::WrongType { expected: FieldType::Text, found: "something else".to_owned() })),
    }
}

/// A column of names in one batch.
pub(crate) enum Names<'a> {
    /// There is no such column.
    Absent,
    /// By the keys of a dictionary.
    Dictionary { keys: Keys<'a>, nulls: Option<&'a NullBuffer>, numbers: Vec<u32> },
    /// Whole numbers that lie close together, from `least` on.
    Whole { keys: Keys<'a>, nulls: Option<&'a NullBuffer>, least: usize, numbers: Vec<u32> },
    /// Cell by cell.
    Cells(Column<'a>),
}

impl<'a> Names<'a> {
    /// The fastest way to the numbers of a column.
    pub(crate) fn of(array: &'a dyn Array, labels: &mut Labels) -> Result<Self> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        if let DataType::Dictionary(..) = array.data_type() {
            let dictionary = array.as_any_dictionary();
            let values = Column::new(dictionary.values().as_ref())?;
            if let Some(keys) = Keys::of(dictionary.keys())
                && dictionary.values().len() <= array.len().saturating_mul(2).saturating_add(1_024)
            {
                let numbers = (0..dictionary.values().len()).map(|place| labels.number_of(values.cell(place)));
                return Ok(Names::Dictionary { keys, nulls, numbers: numbers.collect() });
            }
        }
        if let Some((least, most)) = bounds(array)
            && most.saturating_sub(least) < MOST_WHOLE
            && let Some(keys) = Keys::of(array)
            && let Ok(offset) = usize::try_from(least)
        {
            let numbers = (least..=most).map(|number| labels.number(&number.to_string()));
            return Ok(Names::Whole { keys, nulls, least: offset, numbers: numbers.collect() });
        }
        Ok(Names::Cells(Column::new(array)?))
    }

    /// The numbers of the rows from one on.
    pub(crate) fn fill(&self, start: usize, out: &mut [u32], labels: &mut Labels) {
        match self {
            Names::Absent => out.fill(NOTHING),
            Names::Dictionary { keys, nulls, numbers } => {
                keys.look_up(start, out, |key| numbers.get(key).copied().unwrap_or(NOTHING));
                blank(*nulls, start, out);
            }
            Names::Whole { keys, nulls, least, numbers } => {
                keys.look_up(start, out, |key| numbers.get(key.wrapping_sub(*least)).copied().unwrap_or(NOTHING));
                blank(*nulls, start, out);
            }
            Names::Cells(column) => {
                for (row, out) in (start..).zip(out) {
                    *out = labels.number_of(column.cell(row));
                }
            }
        }
    }
}

/// Nulls are nothing, whatever stands beneath them.
pub(crate) fn blank(nulls: Option<&NullBuffer>, start: usize, out: &mut [u32]) {
    let Some(nulls) = nulls else { return };
    for (row, out) in (start..).zip(out) {
        if row < nulls.len() && nulls.is_null(row) {
            *out = NOTHING;
        }
    }
}

/// The least and the most of numbers.
struct Ends<'a, T>(&'a [T]);

impl<T: Copy + Ord> Work for Ends<'_, T> {
    type Out = Option<(T, T)>;

    #[inline(always)]
    fn run(self) -> Self::Out {
        let first = *self.0.first()?;
        // As folds of numbers, which become wide instructions.
        let least = self.0.iter().fold(first, |a, b| if *b < a { *b } else { a });
        let most = self.0.iter().fold(first, |a, b| if *b > a { *b } else { a });
        Some((least, most))
    }
}

/// The least and the most of whole numbers; `None` for other columns and where all are null.
pub(crate) fn bounds(array: &dyn Array) -> Option<(i128, i128)> {
    macro_rules! of {
        ($($kind:ident => $type:ty),*) => {
            match array.data_type() {
                $(DataType::$kind => {
                    let array = array.as_primitive::<$type>();
                    let known = || array.iter().flatten();
                    if array.null_count() == 0 {
                        let ends = Instructions::Best.found().run(Ends(array.values()));
                        (ends.map(|(least, _)| least.into()), ends.map(|(_, most)| most.into()))
                    } else {
                        (known().min().map(i128::from), known().max().map(i128::from))
                    }
                })*
                _ => (None, None),
            }
        };
    }
    let (least, most) = of!(Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type,
        UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type);
    least.zip(most)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{ArrayRef, DictionaryArray, Int16Array, Int64Array, StringArray};

    use super::*;

    fn numbers(array: &ArrayRef) -> (Vec<u32>, Labels) {
        let mut labels = Labels::default();
        let names = Names::of(array.as_ref(), &mut labels).unwrap();
        let mut out = vec![7; array.len()];
        names.fill(0, &mut out, &mut labels);
        (out, labels)
    }

    #[test]
    fn names_of_all_layouts_have_numbers() {
        let texts = [Some("ann"), None, Some("bob"), Some("ann"), Some("")];
        let arrays: [ArrayRef; 2] = [
            Arc::new(StringArray::from(texts.to_vec())),
            Arc::new(texts.into_iter().collect::<DictionaryArray<Int8Type>>()),
        ];
        for array in arrays {
            let (out, labels) = numbers(&array);
            let read: Vec<&str> = out.iter().map(|n| labels.name(*n)).collect();
            assert_eq!(read, ["ann", "", "bob", "ann", ""]);
        }
        let (out, labels) = numbers(&(Arc::new(Int16Array::from(vec![Some(7), None, Some(499)])) as ArrayRef));
        assert_eq!(out.iter().map(|n| labels.name(*n)).collect::<Vec<_>>(), ["7", "", "499"]);
        let (out, labels) = numbers(&(Arc::new(Int64Array::from(vec![-1, i64::MAX, -1])) as ArrayRef));
        assert_eq!(out.iter().map(|n| labels.name(*n)).collect::<Vec<_>>(), ["-1", "9223372036854775807", "-1"]);
    }
}
