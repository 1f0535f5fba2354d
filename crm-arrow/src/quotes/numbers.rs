//! A column of numbers as millionths.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array as _, PrimitiveArray};
use arrow_schema::DataType;
use crm_core::{Fact, Number};

use crate::row::Batch;

/// An empty cell.
pub(super) const NONE: i64 = i64::MAX;
/// A cell that cannot be read, or needs a closer look.
pub(super) const ODD: i64 = i64::MIN;
/// Places of a number.
const PLACES: i8 = 6;

/// The numbers of some rows. What has no fast way is read cell by cell.
pub(super) fn millionths(batch: &Batch<'_>, source: usize, rows: Range<usize>, out: &mut Vec<i64>) {
    if let Some(array) = batch.plain(source) {
        macro_rules! whole {
            ($($kind:ident => $type:ty),*) => {
                match array.data_type() {
                    $(DataType::$kind => return fill(array.as_primitive::<$type>(), 0, rows, out),)*
                    DataType::Decimal32(_, scale) if (0..=PLACES).contains(scale) => {
                        return fill(array.as_primitive::<Decimal32Type>(), *scale, rows, out);
                    }
                    DataType::Decimal64(_, scale) if (0..=PLACES).contains(scale) => {
                        return fill(array.as_primitive::<Decimal64Type>(), *scale, rows, out);
                    }
                    DataType::Decimal128(_, scale) if (0..=PLACES).contains(scale) => {
                        return fill(array.as_primitive::<Decimal128Type>(), *scale, rows, out);
                    }
                    _ => {}
                }
            };
        }
        whole!(Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type,
            UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type);
    }
    out.extend(rows.map(|row| match batch.fact_at(source, row) {
        Ok(Fact::Number(number)) => number.millionths(),
        Ok(_) => NONE,
        Err(_) => ODD,
    }));
}

fn fill<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, scale: i8, rows: Range<usize>, out: &mut Vec<i64>)
where
    T::Native: Into<i128>,
{
    let missing = u32::try_from(PLACES.saturating_sub(scale)).unwrap_or(0);
    let tens = 10i64.saturating_pow(missing);
    let start = out.len();
    out.extend(array.values().get(rows.clone()).unwrap_or_default().iter().map(|value| {
        let units: i128 = (*value).into();
        let millionths = i64::try_from(units).ok().and_then(|units| units.checked_mul(tens));
        millionths.and_then(Number::from_millionths).map_or(ODD, Number::millionths)
    }));
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (row, value) in rows.zip(out.iter_mut().skip(start)) {
            *value = if nulls.is_null(row) { NONE } else { *value };
        }
    }
}
