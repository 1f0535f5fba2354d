//! How much working time each row has.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Int32Type, Int64Type,
};
use arrow_array::{Array, Int64Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit as Scale};
use crm_core::kernel::text::shortened;
use crm_core::{Error, Fact, FieldType, Problem, Result};

use super::options::{Target, TimeUnit};
use crate::bind::{is_text, plain};
use crate::cell::{Cell, Context};
use crate::column::Column;

/// The targets of one batch.
pub(super) enum Targets<'a> {
    Same(i64),
    Durations { units: Int64Array, per_second: i64 },
    Numbers { column: Column<'a>, feed: Feed<'a>, unit: Option<TimeUnit>, nulls: Option<&'a NullBuffer> },
}

/// Whole numbers that lie next to each other.
pub(super) enum Feed<'a> {
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Cells,
}

/// Refuses a type that is not read as working time, and numbers without a unit.
pub(super) fn check(kind: &DataType, unit: Option<TimeUnit>) -> Result<()> {
    let plain = plain(kind);
    let is_number = plain.is_integer() || plain.is_decimal() || matches!(plain, DataType::Float32 | DataType::Float64);
    match plain {
        DataType::Duration(_) if plain == kind => Ok(()),
        other if is_text(other) => Ok(()),
        _ if is_number && unit.is_some() => Ok(()),
        _ if is_number => Err(Problem::Missing { name: "unit".into() }.into()),
        _ => Err(Problem::ArrowType { found: kind.to_string() }.into()),
    }
}

/// Durations as their numbers.
fn durations(array: &dyn Array, scale: Scale) -> Option<Int64Array> {
    Some(match scale {
        Scale::Second => array.as_primitive_opt::<DurationSecondType>()?.reinterpret_cast(),
        Scale::Millisecond => array.as_primitive_opt::<DurationMillisecondType>()?.reinterpret_cast(),
        Scale::Microsecond => array.as_primitive_opt::<DurationMicrosecondType>()?.reinterpret_cast(),
        Scale::Nanosecond => array.as_primitive_opt::<DurationNanosecondType>()?.reinterpret_cast(),
    })
}

impl<'a> Targets<'a> {
    pub(super) fn new(target: &Target, array: Option<&'a dyn Array>) -> Result<Self> {
        let (unit, array) = match (target, array) {
            (Target::Seconds(seconds), _) => return Ok(Targets::Same(*seconds)),
            (Target::Column { unit, .. }, Some(array)) => (*unit, array),
            (Target::Column { name, .. }, None) => return Err(Problem::Missing { name: name.clone() }.into()),
        };
        if let DataType::Duration(scale) = array.data_type()
            && let Some(units) = durations(array, *scale)
        {
            let per_second = match scale {
                Scale::Second => 1,
                Scale::Millisecond => 1_000,
                Scale::Microsecond => 1_000_000,
                Scale::Nanosecond => 1_000_000_000,
            };
            return Ok(Targets::Durations { units, per_second });
        }
        let feed = match array.data_type() {
            DataType::Int32 => array.as_primitive_opt::<Int32Type>().map(|a| Feed::Int32(a.values())),
            DataType::Int64 => array.as_primitive_opt::<Int64Type>().map(|a| Feed::Int64(a.values())),
            _ => None,
        };
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Targets::Numbers { column: Column::new(array)?, feed: feed.unwrap_or(Feed::Cells), unit, nulls })
    }

    /// The working seconds of a row, unless the cell is empty.
    pub(super) fn at(&self, row: usize) -> Result<Option<i64>> {
        match self {
            Targets::Same(seconds) => Ok(Some(*seconds)),
            Targets::Durations { units, .. } if units.is_null(row) => Ok(None),
            Targets::Durations { units, per_second } => {
                let found = units.values().get(row).copied().unwrap_or(0);
                if found % per_second != 0 {
                    let found = format!("{found} / {per_second} s");
                    return Err(Problem::WrongShape { expected: "whole seconds", found }.into());
                }
                Ok(Some(found / per_second))
            }
            Targets::Numbers { column, unit, .. } => {
                let cell = column.cell(row)?;
                if let Cell::Text(text) = cell
                    && let Some(seconds) = written(text)
                {
                    return Ok(Some(seconds));
                }
                let Fact::Integer(number) = cell.fact(FieldType::Integer, Context { currency: None, zone: None })?
                else {
                    return Ok(None);
                };
                let seconds = unit.ok_or_else(|| Error::from(Problem::Missing { name: "unit".into() }))?.seconds();
                // More than there can be stays more than there can be.
                Ok(Some(number.saturating_mul(seconds)))
            }
        }
    }

    /// The working seconds of rows; nothing at all for what is empty or cannot be read.
    pub(super) fn seconds(&self, rows: Range<usize>, place: &mut Vec<i64>) {
        place.clear();
        match self {
            Targets::Same(seconds) => place.extend(rows.map(|_| *seconds)),
            Targets::Numbers { feed: Feed::Int32(values), unit: Some(unit), nulls: None, .. } => {
                let seconds = unit.seconds();
                let values = values.get(rows).unwrap_or_default().iter();
                place.extend(values.map(|value| i64::from(*value).wrapping_mul(seconds)));
            }
            Targets::Numbers { feed: Feed::Int64(values), unit: Some(unit), nulls: None, .. } => {
                let seconds = unit.seconds();
                let values = values.get(rows).unwrap_or_default().iter();
                place.extend(values.map(|value| value.saturating_mul(seconds)));
            }
            _ => place.extend(rows.map(|row| self.at(row).ok().flatten().unwrap_or(0))),
        }
    }
}

/// Hours, minutes and seconds as ISO 8601 writes them: `PT4H30M`. Days are not told apart from working days, and
/// therefore refused.
fn written(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut seconds = 0_i64;
    for (letter, unit) in [('H', TimeUnit::Hours), ('M', TimeUnit::Minutes), ('S', TimeUnit::Seconds)] {
        if let Some((digits, after)) = rest.split_once(letter) {
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            seconds = digits.parse::<i64>().ok()?.checked_mul(unit.seconds())?.checked_add(seconds)?;
            rest = after;
        }
    }
    if rest.is_empty() { Some(seconds) } else { None }
}

/// A target that is less than nothing.
pub(super) fn negative(seconds: i64) -> Error {
    let (found, most) = (shortened(&seconds.to_string(), 60), i64::MAX.to_string());
    Problem::OutOfRange { found, least: "0".into(), most }.into()
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn hours_minutes_and_seconds_are_read() {
        assert_eq!(written("PT4H30M"), Some(16_200));
        assert_eq!(written("PT90M"), Some(5_400));
        assert_eq!(written("PT1H1S"), Some(3_601));
        assert_eq!(written("PT0S"), Some(0));
        for wrong in
            ["", "PT", "4H", "P1D", "P1DT4H", "PT4H30", "PT1M1H", "PT1.5H", "PT-1H", "PT H", "PT9223372036854775807H"]
        {
            assert_eq!(written(wrong), None, "{wrong}");
        }
    }
}
