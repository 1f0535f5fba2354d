//! Tables of touches, of quotes' lines and of customers: every row has the answer that the row rule gives.

#![allow(
    clippy::option_map_unit_fn,
    clippy::type_complexity,
    clippy::cloned_ref_to_slice_refs,
    reason = "optional keys of JSON, tables of cases and single batches read best in one line"
)]

mod attribution;
mod by;
mod health;
mod quotes;
mod segment;

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int8Type, Int32Type, Int64Type};
use arrow_array::{Array as _, ArrayRef, DictionaryArray, LargeStringArray, RecordBatch, StringArray, StringViewArray};
use crm_arrow::Evaluated;

pub(crate) use crate::desk::{lists, place_and_problem, texts};

/// Texts in a layout.
pub(crate) fn column(values: &[Option<String>], layout: usize) -> ArrayRef {
    let texts = || values.iter().map(Option::as_deref);
    match layout % 5 {
        0 => Arc::new(texts().collect::<StringArray>()),
        1 => Arc::new(texts().collect::<LargeStringArray>()),
        2 => Arc::new(texts().collect::<StringViewArray>()),
        3 => Arc::new(texts().collect::<DictionaryArray<Int8Type>>()),
        _ => Arc::new(texts().collect::<DictionaryArray<Int32Type>>()),
    }
}

/// The table cut into batches at some places, so that arrays begin somewhere inside of their buffers.
pub(crate) fn cut(whole: &RecordBatch, places: &[usize]) -> Vec<RecordBatch> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (whole.num_rows() + 1)).collect();
    places.extend([0, whole.num_rows()]);
    places.sort_unstable();
    places.windows(2).map(|pair| whole.slice(pair[0], pair[1] - pair[0])).collect()
}

/// The whole numbers of a column over all batches.
pub(crate) fn integers(table: &Evaluated, name: &str) -> Vec<Option<i64>> {
    let columns = table.batches.iter().map(|b| b.column_by_name(name).unwrap().as_primitive::<Int64Type>());
    columns.flat_map(|c| c.iter().collect::<Vec<_>>()).collect()
}

/// The decimals of a column over all batches, as text.
pub(crate) fn decimals(table: &Evaluated, name: &str) -> Vec<Option<String>> {
    let columns = table.batches.iter().map(|b| b.column_by_name(name).unwrap().as_primitive::<Decimal128Type>());
    let text = |c: &arrow_array::Decimal128Array, row| c.is_valid(row).then(|| c.value_as_string(row));
    columns.flat_map(|c| (0..c.len()).map(|row| text(c, row)).collect::<Vec<_>>()).collect()
}
