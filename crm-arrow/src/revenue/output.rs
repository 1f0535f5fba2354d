//! What deals come to, as a table: one row for each owner, period and category.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::{Periods, Slot, Sums};
use crm_core::{Problem, Result};

use super::rated::number_of;
use crate::desk::reader::MOST_ROWS;
use crate::import::refused;

/// Most digits of a decimal of 128 bits.
const DIGITS: u8 = 38;

/// One line of the table.
pub(super) struct Line<'a> {
    pub(super) owner: &'a str,
    pub(super) slot: Slot,
    pub(super) category: Category,
    pub(super) sums: Sums,
}

/// How amounts are written: exactly.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// What each amount is divided by; nothing is ever lost.
    pub(super) factor: i128,
    /// How many digits stand behind the point then.
    pub(super) places: u32,
}

/// The columns of the table.
pub(super) fn schema(scale: Scale, metadata: HashMap<String, String>) -> SchemaRef {
    let decimal = |places: u32| DataType::Decimal128(DIGITS, i8::try_from(places).unwrap_or(i8::MAX));
    let fields = vec![
        Field::new("owner", DataType::Utf8, true),
        Field::new("period_start", DataType::Date32, true),
        Field::new("period_end", DataType::Date32, true),
        Field::new("category", DataType::Utf8, false),
        Field::new("count", DataType::Int64, false),
        Field::new("amount", decimal(scale.places), false),
        Field::new("weighted", decimal(scale.places.saturating_add(4)), false),
    ];
    Arc::new(Columns::new_with_metadata(fields, metadata))
}

/// The table's rows in batches.
pub(super) fn batches(
    lines: &[Line<'_>],
    periods: &Periods,
    scale: Scale,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>> {
    lines.chunks(MOST_ROWS).map(|lines| batch(lines, periods, scale, schema)).collect()
}

fn batch(lines: &[Line<'_>], periods: &Periods, scale: Scale, schema: &SchemaRef) -> Result<RecordBatch> {
    let mut owners = StringBuilder::new();
    let mut categories = StringBuilder::new();
    let period = |line: &Line<'_>| match line.slot {
        Slot::Period(place) => periods.list().get(place),
        _ => None,
    };
    let day = |day| i32::try_from(number_of(day)).ok();
    for line in lines {
        owners.append_option(Some(line.owner).filter(|owner| !owner.is_empty()));
        categories.append_value(line.category.code());
    }
    let start = lines.iter().map(|line| period(line).and_then(|p| day(p.start)));
    let end = lines.iter().map(|line| period(line).and_then(|p| day(p.end)));
    let count = lines.iter().map(|line| i64::try_from(line.sums.count).unwrap_or(i64::MAX));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(owners.finish()),
        Arc::new(start.collect::<Date32Array>()),
        Arc::new(end.collect::<Date32Array>()),
        Arc::new(categories.finish()),
        Arc::new(count.collect::<Int64Array>()),
        decimals(lines.iter().map(|line| line.sums.amount), scale, 0)?,
        decimals(lines.iter().map(|line| line.sums.weighted), scale, 4)?,
    ];
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| refused(e.to_string()))
}

/// Exact decimals.
fn decimals(values: impl Iterator<Item = i128>, scale: Scale, more: u32) -> Result<ArrayRef> {
    let most = 10u128.checked_pow(u32::from(DIGITS)).unwrap_or(u128::MAX);
    let cell = |value: i128| {
        let units = value.checked_div(scale.factor).filter(|units| units.unsigned_abs() < most);
        Ok(units.ok_or(Problem::AmountTooLarge)?)
    };
    let values: Vec<i128> = values.map(cell).collect::<Result<_>>()?;
    let places = i8::try_from(scale.places.saturating_add(more)).unwrap_or(i8::MAX);
    let array = Decimal128Array::from(values).with_precision_and_scale(DIGITS, places);
    Ok(Arc::new(array.map_err(|e| refused(e.to_string()))?))
}
