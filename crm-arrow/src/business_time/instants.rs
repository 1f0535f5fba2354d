//! A column of instants: whole tiles of microseconds, and single cells with what is wrong with them.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, types::ArrowTimestampType};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use crm_core::kernel::zone::Zone;
use crm_core::{Fact, FieldType, Instant, Problem, Result};

use super::ASK;
use crate::bind::{is_text, plain};
use crate::cell::{Cell, Context};
use crate::column::Column;

/// The zones in which days and times of a table are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zones<'a> {
    /// That of times without zone; without it they are refused.
    pub(crate) times: Option<&'a Zone>,
    /// That in which days begin.
    pub(crate) days: Option<&'a Zone>,
}

/// A column of instants of one batch.
pub(crate) struct Instants<'a> {
    column: Column<'a>,
    zones: Zones<'a>,
    feed: Feed<'a>,
    nulls: Option<&'a NullBuffer>,
}

/// How its values become microseconds.
enum Feed<'a> {
    Micros(&'a [i64]),
    /// So many microseconds each.
    Times(&'a [i64], i64),
    /// So many make a microsecond.
    Parts(&'a [i64], i64),
    /// Cell by cell.
    Cells,
}

/// Refuses a type that is not read as instants, and one that leaves a zone open.
pub(crate) fn check(kind: &DataType, name: &str, zones: Zones<'_>) -> Result<()> {
    let missing_zone = || Err(Problem::MissingZone { found: name.to_owned() }.into());
    match plain(kind) {
        DataType::Timestamp(_, Some(_)) => Ok(()),
        DataType::Timestamp(_, None) if zones.times.is_some() => Ok(()),
        DataType::Timestamp(..) => missing_zone(),
        DataType::Date32 | DataType::Date64 if zones.days.is_some() => Ok(()),
        DataType::Date32 | DataType::Date64 => missing_zone(),
        other if is_text(other) => Ok(()),
        _ => Err(Problem::ArrowType { found: kind.to_string() }.into()),
    }
}

fn values<T: ArrowTimestampType>(array: &dyn Array) -> &[i64] {
    array.as_primitive_opt::<T>().map_or(&[], |array| array.values())
}

impl<'a> Instants<'a> {
    pub(crate) fn new(array: &'a dyn Array, zones: Zones<'a>) -> Result<Self> {
        let is_utc = |zone: &&Zone| zone.name() == "UTC";
        let feed = match array.data_type() {
            // Of a zone with clock changes every time is a question of its own.
            DataType::Timestamp(_, None) if zones.times.filter(is_utc).is_none() => Feed::Cells,
            DataType::Timestamp(TimeUnit::Second, _) => Feed::Times(values::<TimestampSecondType>(array), 1_000_000),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                Feed::Times(values::<TimestampMillisecondType>(array), 1_000)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => Feed::Micros(values::<TimestampMicrosecondType>(array)),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                Feed::Parts(values::<TimestampNanosecondType>(array), 1_000)
            }
            _ => Feed::Cells,
        };
        Ok(Self { column: Column::new(array)?, zones, feed, nulls: array.nulls().filter(|n| n.null_count() > 0) })
    }

    /// The instant of a row, unless the cell is empty.
    pub(crate) fn at(&self, row: usize) -> Result<Option<Instant>> {
        let context = Context { currency: None, zone: self.zones.times };
        let cell = self.column.cell(row)?;
        if let (Cell::Day(_), Some(zone)) = (cell, self.zones.days) {
            let day = cell.fact(FieldType::Date, context)?;
            return Ok(if let Fact::Date(day) = day { Some(zone.day_start(day)) } else { None });
        }
        let fact = cell.fact(FieldType::Instant, context)?;
        Ok(if let Fact::Instant(at) = fact { Some(at) } else { None })
    }

    /// The microseconds of rows; [`ASK`] for what is empty or cannot be read. What lies beyond the years that are kept may
    /// be any number beyond them.
    pub(crate) fn micros<'s>(&'s self, rows: Range<usize>, place: &'s mut Vec<i64>) -> &'s [i64] {
        if let (Feed::Micros(values), None) = (&self.feed, self.nulls) {
            return values.get(rows).unwrap_or_default();
        }
        place.clear();
        let of = |values: &'a [i64]| values.get(rows.clone()).unwrap_or_default().iter();
        match &self.feed {
            Feed::Micros(values) => place.extend(of(values)),
            Feed::Times(values, many) => place.extend(of(values).map(|value| value.saturating_mul(*many))),
            Feed::Parts(values, parts) => place.extend(of(values).map(|value| value.div_euclid(*parts))),
            Feed::Cells => {
                let micros = |row| self.at(row).ok().flatten().map_or(ASK, |at: Instant| at.timestamp_micros());
                place.extend(rows.map(micros));
                return place;
            }
        }
        if let Some(nulls) = self.nulls {
            for (row, value) in rows.zip(place.iter_mut()) {
                *value = if nulls.is_null(row) { ASK } else { *value };
            }
        }
        place
    }
}
