//! Ordered values of a tile as ordinals: widened straight from the column's buffer, or cell by cell.

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, TimeUnit};
use crm_core::rules::lead_score::columns::{TILE_ROWS, TILE_WORDS, UNKNOWN};
use crm_core::{Currency, Fact};

use super::line::Line;
use crate::bits::{self, Rows};
use crate::cell::Cell;
use crate::row::Batch;

/// The ordinals of a tile.
pub(crate) struct Ordinals {
    /// By row; whatever it is where the value is not known.
    pub(crate) values: [i64; TILE_ROWS],
    pub(crate) known: Rows,
    /// Cells that could not be read.
    pub(crate) bad: Rows,
    /// The currencies of amounts that have one of their own.
    pub(crate) currencies: Vec<Option<Currency>>,
}

impl Ordinals {
    pub(crate) const fn new() -> Self {
        Self { values: [0; TILE_ROWS], known: [0; TILE_WORDS], bad: [0; TILE_WORDS], currencies: Vec::new() }
    }

    /// Writes the ordinals with those that are not known marked.
    #[inline(always)]
    pub(crate) fn write(&self, out: &mut [i64]) {
        let words = self.known.iter().flat_map(|word| (0..64_u32).map(move |bit| word.wrapping_shr(bit) & 1 == 1));
        for ((out, value), known) in out.iter_mut().zip(&self.values).zip(words) {
            *out = if known { *value } else { UNKNOWN };
        }
    }
}

/// A column of ordered values.
pub(crate) enum Numbers<'a> {
    Lines(Native<'a>, Line, Option<&'a NullBuffer>),
    Booleans(&'a BooleanBuffer, Option<&'a NullBuffer>),
    /// Every other layout, cell by cell: the place of the source in the batch.
    Cells(usize),
}

macro_rules! natives {
    ($($variant:ident($native:ty) = $($kind:ident)|+;)*) => {
        /// The buffer of a column whose values are whole numbers.
        pub(crate) enum Native<'a> { $($variant(&'a [$native]),)* }

        impl<'a> Native<'a> {
            fn of(array: &'a dyn Array) -> Option<Self> {
                $($(
                    if let Some(values) = array.as_primitive_opt::<$kind>() {
                        return Some(Native::$variant(values.values()));
                    }
                )+)*
                None
            }

            /// The least and the most of its type, as far as 64 bits go.
            fn bounds(&self) -> (i64, i64) {
                match self { $(Native::$variant(_) => (<$native>::LEAST, <$native>::MOST),)* }
            }

            #[inline(always)]
            fn widen(&self, start: usize, line: Line, values: &mut [i64; TILE_ROWS], fits: &mut Rows) {
                match self { $(Native::$variant(all) => widen(tile_of(all, start), line, values, fits),)* }
            }
        }
    };
}

natives! {
    Int8(i8) = Int8Type;
    Int16(i16) = Int16Type;
    Int32(i32) = Int32Type | Date32Type | Decimal32Type;
    Int64(i64) = Int64Type | TimestampSecondType | TimestampMillisecondType | TimestampMicrosecondType
        | TimestampNanosecondType | Decimal64Type;
    UInt8(u8) = UInt8Type;
    UInt16(u16) = UInt16Type;
    UInt32(u32) = UInt32Type;
    UInt64(u64) = UInt64Type;
    Int128(i128) = Decimal128Type;
}

/// A whole number that may fit 64 bits.
trait Whole: Copy + Default {
    const LEAST: i64;
    const MOST: i64;
    /// The number, and whether it fits.
    fn narrow(self) -> (i64, bool);
}

macro_rules! whole {
    ($($native:ty),*) => {$(
        impl Whole for $native {
            const LEAST: i64 = <$native>::MIN as i64;
            const MOST: i64 = <$native>::MAX as i64;
            #[inline(always)]
            fn narrow(self) -> (i64, bool) {
                (i64::from(self), true)
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, u8, u16, u32);

impl Whole for u64 {
    const LEAST: i64 = 0;
    const MOST: i64 = i64::MAX;
    #[inline(always)]
    fn narrow(self) -> (i64, bool) {
        (self as i64, self <= i64::MAX as u64)
    }
}

impl Whole for i128 {
    const LEAST: i64 = i64::MIN;
    const MOST: i64 = i64::MAX;
    #[inline(always)]
    fn narrow(self) -> (i64, bool) {
        let low = self as i64;
        (low, i128::from(low) == self)
    }
}

/// The values from a row on, at most a tile of them.
fn tile_of<T>(values: &[T], start: usize) -> &[T] {
    let values = values.get(start..).unwrap_or_default();
    values.get(..TILE_ROWS).unwrap_or(values)
}

#[inline(always)]
fn widen<T: Whole>(from: &[T], line: Line, values: &mut [i64; TILE_ROWS], fits: &mut Rows) {
    let (whole, rest) = from.as_chunks::<64>();
    let mut last = [T::default(); 64];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let chunks = whole.iter().chain(std::iter::once(&last));
    for ((from, values), fits) in chunks.zip(values.as_chunks_mut::<64>().0).zip(fits) {
        if line.is_plain() {
            let (factor, least, most) = line.bounds();
            for (to, from) in values.iter_mut().zip(from) {
                *to = from.narrow().0.wrapping_mul(factor);
            }
            *fits = bits::rows(from, |n| {
                let (n, narrow) = n.narrow();
                narrow & (n >= least) & (n <= most)
            });
        } else {
            for (to, from) in values.iter_mut().zip(from) {
                *to = line.ordinal(from.narrow().0).0;
            }
            *fits = bits::rows(from, |n| n.narrow().1 & line.ordinal(n.narrow().0).1);
        }
    }
}

impl<'a> Numbers<'a> {
    /// The fastest way to the ordinals of a source of the batch.
    pub(crate) fn new(batch: &Batch<'a>, source: usize) -> Self {
        batch.plain(source).and_then(|array| Self::straight(array, batch, source)).unwrap_or(Numbers::Cells(source))
    }

    fn straight(array: &'a dyn Array, batch: &Batch<'a>, source: usize) -> Option<Self> {
        if let Some(booleans) = array.as_boolean_opt() {
            return Some(Numbers::Booleans(booleans.values(), booleans.nulls()));
        }
        let native = Native::of(array)?;
        let cell = whole_cell(array.data_type(), batch.reads_utc())?;
        let convert = |n: i64| batch.convert(source, cell(n)).ok().and_then(Fact::ordinal);
        let (least, most) = native.bounds();
        let line = Line::of(least, most, convert)?;
        Some(Numbers::Lines(native, line, array.nulls()))
    }

    /// The ordinals of the tile that begins at a row.
    #[inline(always)]
    pub(crate) fn read(&self, batch: &Batch<'_>, start: usize, rows: usize, out: &mut Ordinals) {
        match self {
            Numbers::Lines(native, line, nulls) => {
                let valid = bits::valid(*nulls, start, rows);
                native.widen(start, *line, &mut out.values, &mut out.known);
                for ((known, bad), valid) in out.known.iter_mut().zip(&mut out.bad).zip(valid) {
                    *bad = valid & !*known;
                    *known &= valid;
                }
            }
            Numbers::Booleans(values, nulls) => {
                let values = bits::tile_of(values, start);
                out.known = bits::valid(*nulls, start, rows);
                out.bad = [0; TILE_WORDS];
                for (out, word) in out.values.as_chunks_mut::<64>().0.iter_mut().zip(values) {
                    for (bit, out) in (0_u32..).zip(out) {
                        *out = i64::from(word.wrapping_shr(bit) & 1 == 1);
                    }
                }
            }
            Numbers::Cells(source) => cells(batch, *source, start, rows, out),
        }
    }
}

/// The cell of a whole number of a type, as [`Column`] reads it; `None` for types whose numbers are no ordered values.
/// Times without zone are only where they are UTC: another zone's hours are no straight line.
fn whole_cell(kind: &DataType, reads_utc: bool) -> Option<Box<dyn Fn(i64) -> Cell<'static>>> {
    if matches!(kind, DataType::Timestamp(_, None)) && !reads_utc {
        return None;
    }
    let time = |aware: bool, micros: fn(i64) -> Option<i64>| -> Box<dyn Fn(i64) -> Cell<'static>> {
        Box::new(move |n| micros(n).map_or(Cell::OutOfRange, |micros| Cell::Time { micros, aware }))
    };
    Some(match kind {
        kind if kind.is_integer() => Box::new(|n| Cell::Integer(n.into())),
        DataType::Date32 => Box::new(Cell::Day),
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
            let scale = *scale;
            Box::new(move |n| Cell::Decimal(n.into(), scale))
        }
        DataType::Timestamp(TimeUnit::Second, zone) => time(zone.is_some(), |n| n.checked_mul(1_000_000)),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => time(zone.is_some(), |n| n.checked_mul(1_000)),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => time(zone.is_some(), Some),
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => time(zone.is_some(), |n| Some(n.div_euclid(1_000))),
        _ => return None,
    })
}

/// Cell by cell, as the row rule reads them.
fn cells(batch: &Batch<'_>, source: usize, start: usize, rows: usize, out: &mut Ordinals) {
    out.known = [0; TILE_WORDS];
    out.bad = [0; TILE_WORDS];
    let own = batch.has_currencies(source);
    out.currencies.clear();
    let row_words = out.known.iter_mut().zip(&mut out.bad).zip(out.values.as_chunks_mut::<64>().0);
    let mut row = start;
    let end = start.saturating_add(rows.min(TILE_ROWS));
    for ((known, bad), values) in row_words {
        for (bit, value) in (0_u32..).zip(values) {
            if row >= end {
                return;
            }
            let own_bit = 1_u64.wrapping_shl(bit);
            let mut currency = None;
            match batch.fact_at(source, row) {
                Ok(fact) => {
                    if let Some(ordinal) = fact.ordinal() {
                        *value = ordinal;
                        *known |= own_bit;
                    }
                    if let Fact::Money(money) = fact {
                        currency = Some(money.currency());
                    }
                }
                Err(_) => *bad |= own_bit,
            }
            if own {
                out.currencies.push(currency);
            }
            row = row.saturating_add(1);
        }
    }
}
