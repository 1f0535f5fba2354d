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
use crate::instructions::{Found, Work};
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
    pub(crate) fn write(&self, out: &mut [i64]) {
        let chunks = out.as_chunks_mut::<64>().0.iter_mut().zip(self.values.as_chunks::<64>().0);
        for ((out, values), known) in chunks.zip(&self.known) {
            *out = *values;
            let mut unknown = !known;
            while unknown != 0 {
                if let Some(out) = out.get_mut(unknown.trailing_zeros() as usize) {
                    *out = UNKNOWN;
                }
                unknown &= unknown.wrapping_sub(1);
            }
        }
    }
}

/// A column of ordered values.
pub(crate) enum Numbers<'a> {
    /// With whether every number of the type has an ordinal.
    Lines(Native<'a>, Line, bool, Option<&'a NullBuffer>),
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
            fn widen(&self, start: usize, values: &mut [i64; TILE_ROWS]) {
                match self {
                    $(Native::$variant(all) => {
                        let from = all.get(start..).unwrap_or_default();
                        values.iter_mut().zip(from).for_each(|(to, from)| *to = from.widen());
                    })*
                }
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

/// A whole number as one of 64 bits. What does not fit is the least of all, which no column of its type then accepts.
trait Whole: Copy {
    const LEAST: i64;
    const MOST: i64;
    fn widen(self) -> i64;
}

macro_rules! whole {
    ($($native:ty),*) => {$(
        impl Whole for $native {
            const LEAST: i64 = <$native>::MIN as i64;
            const MOST: i64 = <$native>::MAX as i64;
            fn widen(self) -> i64 {
                i64::from(self)
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, u8, u16, u32);

impl Whole for u64 {
    const LEAST: i64 = 0;
    const MOST: i64 = i64::MAX;
    fn widen(self) -> i64 {
        if self > i64::MAX as u64 { UNFIT } else { self as i64 }
    }
}

impl Whole for i128 {
    const LEAST: i64 = UNFIT + 1;
    const MOST: i64 = i64::MAX;
    fn widen(self) -> i64 {
        let low = self as i64;
        if i128::from(low) == self { low } else { UNFIT }
    }
}

/// What does not fit.
const UNFIT: i64 = i64::MIN;

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
        // A number that 128 bits hold and that is told from one that does not fit by nothing but its width.
        let ambiguous = matches!(native, Native::Int128(_)) && line.bounds().0 == least;
        let all = line.bounds() == (least, most) && !matches!(native, Native::UInt64(_) | Native::Int128(_));
        (!ambiguous).then(|| Numbers::Lines(native, line, all, array.nulls()))
    }

    /// The ordinals of the tile that begins at a row.
    pub(crate) fn read(&self, batch: &Batch<'_>, with: Found, start: usize, rows: usize, out: &mut Ordinals) {
        match self {
            Numbers::Lines(native, line, all, nulls) => {
                out.known = bits::valid(*nulls, start, rows);
                out.bad = [0; TILE_WORDS];
                with.run(Widen { native, start, values: &mut out.values });
                if !*all {
                    let (least, most) = line.bounds();
                    let chunks = out.values.as_chunks::<64>().0;
                    for ((known, bad), values) in out.known.iter_mut().zip(&mut out.bad).zip(chunks) {
                        let fits = with.between(values, least, most);
                        *bad = *known & !fits;
                        *known &= fits;
                    }
                }
                if !line.is_same() {
                    out.values.iter_mut().for_each(|value| *value = line.ordinal(*value));
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

/// Widening, for whatever instructions there are.
struct Widen<'w, 'a> {
    native: &'w Native<'a>,
    start: usize,
    values: &'w mut [i64; TILE_ROWS],
}

impl Work for Widen<'_, '_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        self.native.widen(self.start, self.values);
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
