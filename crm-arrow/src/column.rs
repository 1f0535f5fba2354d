//! A column of one batch, with its type found out once, and its cells as facts.

use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array, BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, StringArray,
    StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::{DataType, TimeUnit};
use crm_core::kernel::text;
use crm_core::{Error, FieldType, Problem, Result};

use crate::cell::Cell;
use crate::import::refused;
use crate::keys::Keys;

/// A column of one batch, its type found out once.
pub struct Column<'a> {
    array: &'a dyn Array,
    cells: Cells<'a>,
}

enum Cells<'a> {
    Null,
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    Boolean(&'a BooleanArray),
    Int8(&'a Int8Array),
    Int16(&'a Int16Array),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    UInt8(&'a UInt8Array),
    UInt16(&'a UInt16Array),
    UInt32(&'a UInt32Array),
    UInt64(&'a UInt64Array),
    Float32(&'a Float32Array),
    Float64(&'a Float64Array),
    Decimal32(&'a Decimal32Array, i8),
    Decimal64(&'a Decimal64Array, i8),
    Decimal128(&'a Decimal128Array, i8),
    Decimal256(&'a Decimal256Array, i8),
    Date32(&'a Date32Array),
    Date64(&'a Date64Array),
    Seconds(&'a TimestampSecondArray, bool),
    Milliseconds(&'a TimestampMillisecondArray, bool),
    Microseconds(&'a TimestampMicrosecondArray, bool),
    Nanoseconds(&'a TimestampNanosecondArray, bool),
    Dictionary { keys: Keys<'a>, values: Box<Column<'a>> },
    Lists(Vec<Result<Vec<String>>>),
}

impl<'a> Column<'a> {
    /// Looks at a column.
    ///
    /// # Errors
    /// [`Problem::ArrowType`] for a type that no field is read from.
    pub fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(Self { array, cells: cells(array)? })
    }

    /// The cell of a row; null beyond the last.
    ///
    /// # Errors
    /// A list with something else in it than text.
    pub fn cell(&self, row: usize) -> Result<Cell<'_>> {
        if row >= self.array.len() || self.array.is_null(row) {
            return Ok(Cell::Null);
        }
        let aware =
            |value: Option<i64>, aware: bool| value.map_or(Cell::OutOfRange, |micros| Cell::Time { micros, aware });
        Ok(match &self.cells {
            Cells::Null => Cell::Null,
            Cells::Utf8(a) => Cell::Text(a.value(row)),
            Cells::LargeUtf8(a) => Cell::Text(a.value(row)),
            Cells::Utf8View(a) => Cell::Text(a.value(row)),
            Cells::Boolean(a) => Cell::Boolean(a.value(row)),
            Cells::Int8(a) => Cell::Integer(a.value(row).into()),
            Cells::Int16(a) => Cell::Integer(a.value(row).into()),
            Cells::Int32(a) => Cell::Integer(a.value(row).into()),
            Cells::Int64(a) => Cell::Integer(a.value(row).into()),
            Cells::UInt8(a) => Cell::Integer(a.value(row).into()),
            Cells::UInt16(a) => Cell::Integer(a.value(row).into()),
            Cells::UInt32(a) => Cell::Integer(a.value(row).into()),
            Cells::UInt64(a) => Cell::Integer(a.value(row).into()),
            Cells::Float32(a) => Cell::Float(a.value(row).into()),
            Cells::Float64(a) => Cell::Float(a.value(row)),
            Cells::Decimal32(a, scale) => Cell::Decimal(a.value(row).into(), *scale),
            Cells::Decimal64(a, scale) => Cell::Decimal(a.value(row).into(), *scale),
            Cells::Decimal128(a, scale) => Cell::Decimal(a.value(row), *scale),
            Cells::Decimal256(a, scale) => Cell::wide_decimal(a.value(row), *scale),
            Cells::Date32(a) => Cell::Day(a.value(row).into()),
            Cells::Date64(a) => whole_days(a.value(row)),
            Cells::Seconds(a, zoned) => aware(a.value(row).checked_mul(1_000_000), *zoned),
            Cells::Milliseconds(a, zoned) => aware(a.value(row).checked_mul(1_000), *zoned),
            Cells::Microseconds(a, zoned) => aware(Some(a.value(row)), *zoned),
            Cells::Nanoseconds(a, zoned) => aware(Some(a.value(row).div_euclid(1_000)), *zoned),
            Cells::Dictionary { keys, values } => {
                return keys.get(row).map_or(Ok(Cell::Null), |place| values.cell(place));
            }
            Cells::Lists(lists) => match lists.get(row) {
                Some(Ok(list)) => Cell::Texts(list),
                Some(Err(e)) => return Err(e.clone()),
                None => Cell::Null,
            },
        })
    }
}

fn whole_days(millis: i64) -> Cell<'static> {
    const DAY: i64 = 86_400_000;
    if millis.rem_euclid(DAY) == 0 { Cell::Day(millis.div_euclid(DAY)) } else { Cell::OutOfRange }
}

fn cells(array: &dyn Array) -> Result<Cells<'_>> {
    let kind = array.data_type();
    Ok(match kind {
        DataType::Null => Cells::Null,
        DataType::Utf8 => Cells::Utf8(array.as_string()),
        DataType::LargeUtf8 => Cells::LargeUtf8(array.as_string()),
        DataType::Utf8View => Cells::Utf8View(array.as_string_view()),
        DataType::Boolean => Cells::Boolean(array.as_boolean()),
        DataType::Int8 => Cells::Int8(array.as_primitive()),
        DataType::Int16 => Cells::Int16(array.as_primitive()),
        DataType::Int32 => Cells::Int32(array.as_primitive()),
        DataType::Int64 => Cells::Int64(array.as_primitive()),
        DataType::UInt8 => Cells::UInt8(array.as_primitive()),
        DataType::UInt16 => Cells::UInt16(array.as_primitive()),
        DataType::UInt32 => Cells::UInt32(array.as_primitive()),
        DataType::UInt64 => Cells::UInt64(array.as_primitive()),
        DataType::Float32 => Cells::Float32(array.as_primitive()),
        DataType::Float64 => Cells::Float64(array.as_primitive()),
        DataType::Decimal32(_, scale) => Cells::Decimal32(array.as_primitive(), *scale),
        DataType::Decimal64(_, scale) => Cells::Decimal64(array.as_primitive(), *scale),
        DataType::Decimal128(_, scale) => Cells::Decimal128(array.as_primitive(), *scale),
        DataType::Decimal256(_, scale) => Cells::Decimal256(array.as_primitive(), *scale),
        DataType::Date32 => Cells::Date32(array.as_primitive()),
        DataType::Date64 => Cells::Date64(array.as_primitive()),
        DataType::Timestamp(TimeUnit::Second, zone) => Cells::Seconds(array.as_primitive(), zone.is_some()),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => Cells::Milliseconds(array.as_primitive(), zone.is_some()),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => Cells::Microseconds(array.as_primitive(), zone.is_some()),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => Cells::Nanoseconds(array.as_primitive(), zone.is_some()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let keys = Keys::of(dictionary.keys()).ok_or_else(|| Problem::ArrowType { found: kind.to_string() })?;
            Cells::Dictionary { keys, values: Box::new(Column::new(dictionary.values().as_ref())?) }
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            lists(list.values().as_ref(), list.value_offsets().iter().map(|o| usize::try_from(*o).unwrap_or(0)))?
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            lists(list.values().as_ref(), list.value_offsets().iter().map(|o| usize::try_from(*o).unwrap_or(0)))?
        }
        other => return Err(Problem::ArrowType { found: other.to_string() }.into()),
    })
}

/// The texts of every row, from the row's offsets into all texts.
fn lists<'a>(items: &'a dyn Array, offsets: impl Iterator<Item = usize> + Clone) -> Result<Cells<'a>> {
    let items = Column::new(items)?;
    let ends = offsets.clone().skip(1);
    let rows = offsets.zip(ends).map(|(from, to)| {
        (from..to).enumerate().map(|(i, place)| one_text(items.cell(place)?).map_err(|e| e.at_index(i))).collect()
    });
    Ok(Cells::Lists(rows.collect()))
}

fn one_text(cell: Cell<'_>) -> Result<String> {
    match cell {
        Cell::Text(t) => Ok(text::check(t)?.to_owned()),
        Cell::Null => Err(Error::from(Problem::WrongType { expected: FieldType::Text, found: "null".to_owned() })),
        _ => Err(refused("a list of something else than text")),
    }
}
