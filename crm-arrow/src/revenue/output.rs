//! What deals come to, as a table: one row for each owner, period and category.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::kernel::period::Period;
use crm_core::rules::forecast::Periods;
use crm_core::{Problem, Result};

use super::rated::number_of;
use super::totals::Cell;
use crate::desk::reader::MOST_ROWS;
use crate::import::refused;

/// Most digits of a decimal of 128 bits.
const DIGITS: u8 = 38;

/// The columns of the table, amounts with so many places.
pub(super) fn schema(places: u32, metadata: HashMap<String, String>) -> SchemaRef {
    let decimal = |places: u32| DataType::Decimal128(DIGITS, i8::try_from(places).unwrap_or(i8::MAX));
    let fields = vec![
        Field::new("owner", DataType::Utf8, true),
        Field::new("period_start", DataType::Date32, true),
        Field::new("period_end", DataType::Date32, true),
        Field::new("category", DataType::Utf8, false),
        Field::new("count", DataType::Int64, false),
        Field::new("amount", decimal(places), false),
        Field::new("weighted", decimal(places.saturating_add(4)), false),
    ];
    Arc::new(Columns::new_with_metadata(fields, metadata))
}

/// The table's rows in batches: of owners whose name is found by their place.
pub(super) fn batches<'n>(
    cells: &[Cell],
    name: impl Fn(u32) -> &'n str,
    (periods, places): (&Periods, u32),
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>> {
    let day = |day| i32::try_from(number_of(day)).ok();
    let bounds = |period: &Period| (day(period.start), day(period.end));
    let periods: Vec<(Option<i32>, Option<i32>)> = periods.list().iter().map(bounds).collect();
    let batch = |cells: &[Cell]| {
        let mut owners = StringBuilder::with_capacity(cells.len(), cells.len().saturating_mul(8));
        let mut categories = StringBuilder::with_capacity(cells.len(), cells.len().saturating_mul(9));
        for same in cells.chunk_by(|a, b| a.owner == b.owner) {
            let owner = same.first().map(|cell| name(cell.owner)).filter(|owner| !owner.is_empty());
            same.iter().for_each(|_| owners.append_option(owner));
        }
        cells.iter().for_each(|cell| categories.append_value(cell.category.code()));
        let period = |cell: &Cell| periods.get(cell.slot as usize).copied().unwrap_or_default();
        let count = |cell: &Cell| i64::try_from(cell.sums.count).unwrap_or(i64::MAX);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(owners.finish()),
            Arc::new(cells.iter().map(|cell| period(cell).0).collect::<Date32Array>()),
            Arc::new(cells.iter().map(|cell| period(cell).1).collect::<Date32Array>()),
            Arc::new(categories.finish()),
            Arc::new(Int64Array::from_iter_values(cells.iter().map(count))),
            decimals(cells.iter().map(|cell| cell.sums.amount), places)?,
            decimals(cells.iter().map(|cell| cell.sums.weighted), places.saturating_add(4))?,
        ];
        RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| refused(e.to_string()))
    };
    cells.chunks(MOST_ROWS).map(batch).collect()
}

/// Exact decimals with so many places.
fn decimals(values: impl Iterator<Item = i128>, places: u32) -> Result<ArrayRef> {
    let most = 10u128.checked_pow(u32::from(DIGITS)).unwrap_or(u128::MAX);
    let values: Vec<i128> = values.collect();
    if values.iter().any(|value| value.unsigned_abs() >= most) {
        return Err(Problem::AmountTooLarge.into());
    }
    let places = i8::try_from(places).unwrap_or(i8::MAX);
    let array = Decimal128Array::from(values).with_precision_and_scale(DIGITS, places);
    Ok(Arc::new(array.map_err(|e| refused(e.to_string()))?))
}
