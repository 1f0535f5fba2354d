//! Amounts, days and shares of a tile as machine integers, where a column allows it. What does not fit is odd and left
//! to the rule's own reading of the row.

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type,
};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::tile::TILE;

/// Whole numbers of at most 64 bits, with a scale where they are decimals.
pub(super) struct Whole<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
    /// How many digits stand behind the point.
    pub(super) scale: i8,
}

#[derive(Clone, Copy)]
enum Values<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    Wide(&'a [i128]),
}

impl<'a> Whole<'a> {
    /// Integers, decimals and days; `None` for every other type.
    pub(super) fn new(array: &'a dyn Array) -> Option<Self> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let (values, scale) = match array.data_type() {
            DataType::Int8 => (Values::I8(array.as_primitive::<Int8Type>().values()), 0),
            DataType::Int16 => (Values::I16(array.as_primitive::<Int16Type>().values()), 0),
            DataType::Int32 => (Values::I32(array.as_primitive::<Int32Type>().values()), 0),
            DataType::Int64 => (Values::I64(array.as_primitive::<Int64Type>().values()), 0),
            DataType::UInt8 => (Values::U8(array.as_primitive::<UInt8Type>().values()), 0),
            DataType::UInt16 => (Values::U16(array.as_primitive::<UInt16Type>().values()), 0),
            DataType::UInt32 => (Values::U32(array.as_primitive::<UInt32Type>().values()), 0),
            DataType::Decimal32(_, scale) => (Values::I32(array.as_primitive::<Decimal32Type>().values()), *scale),
            DataType::Decimal64(_, scale) => (Values::I64(array.as_primitive::<Decimal64Type>().values()), *scale),
            DataType::Decimal128(_, scale) => (Values::Wide(array.as_primitive::<Decimal128Type>().values()), *scale),
            DataType::Date32 => (Values::I32(array.as_primitive::<Date32Type>().values()), 0),
            _ => return None,
        };
        Some(Self { values, nulls, scale })
    }

    /// The numbers of the rows from one on, and which of these are null or wider than 64 bits.
    #[inline(always)]
    pub(super) fn fill(&self, start: usize, out: &mut [i64], odd: &mut [u8]) {
        macro_rules! widened {
            ($values:expr) => {
                out.iter_mut().zip($values.get(start..).unwrap_or_default()).for_each(|(out, v)| *out = i64::from(*v))
            };
        }
        match &self.values {
            Values::I8(values) => widened!(values),
            Values::I16(values) => widened!(values),
            Values::I32(values) => widened!(values),
            Values::I64(values) => widened!(values),
            Values::U8(values) => widened!(values),
            Values::U16(values) => widened!(values),
            Values::U32(values) => widened!(values),
            Values::Wide(values) => {
                let values = values.get(start..).unwrap_or_default();
                let mut wide = 0;
                for (out, value) in out.iter_mut().zip(values) {
                    *out = *value as i64;
                    wide |= (value >> 64) as i64 ^ (*out >> 63);
                }
                if wide != 0 {
                    for ((out, odd), value) in out.iter().zip(odd.iter_mut()).zip(values) {
                        *odd |= u8::from(i128::from(*out) != *value);
                    }
                }
            }
        }
        if let Some(nulls) = self.nulls {
            for (row, odd) in (start..).zip(odd) {
                *odd |= u8::from(row < nulls.len() && nulls.is_null(row));
            }
        }
    }

    /// The same where a null is a number of its own, and every other number becomes what `of` makes of it; `None` is odd.
    #[inline(always)]
    pub(super) fn fill_or(
        &self,
        start: usize,
        out: &mut [i64],
        odd: &mut [u8],
        null: i64,
        of: impl Fn(i64) -> Option<i64>,
    ) {
        let plain = Self { values: self.values, nulls: None, scale: self.scale };
        let Some(nulls) = self.nulls else {
            plain.fill(start, out, odd);
            for (out, odd) in out.iter_mut().zip(odd) {
                let made = of(*out);
                *odd |= u8::from(made.is_none());
                *out = made.unwrap_or(0);
            }
            return;
        };
        let mut unfit = [0; TILE];
        plain.fill(start, out, &mut unfit);
        for (((row, out), odd), unfit) in (start..).zip(out).zip(odd).zip(unfit) {
            if row < nulls.len() && nulls.is_null(row) {
                *out = null;
                continue;
            }
            let made = of(*out).filter(|_| unfit == 0);
            *odd |= u8::from(made.is_none());
            *out = made.unwrap_or(0);
        }
    }
}
