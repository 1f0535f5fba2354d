//! Cells into arrays as real producers make them: something under every null, bits that begin anywhere, dictionaries
//! with values that are unused, given twice, or null.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, GenericListArray, GenericStringArray, NullArray, OffsetSizeTrait,
    PrimitiveArray, StringViewArray,
};
use arrow_buffer::{ArrowNativeType as _, BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, FieldRef, TimeUnit};

use super::cells::Raw;
use super::draw::Draw;

/// The cells as an array of the layout.
pub(crate) fn encode(layout: &DataType, raws: &[&Raw], draw: &mut Draw) -> ArrayRef {
    match layout {
        DataType::Null => Arc::new(NullArray::new(raws.len())),
        DataType::Utf8 => Arc::new(strings::<i32>(raws, draw)),
        DataType::LargeUtf8 => Arc::new(strings::<i64>(raws, draw)),
        DataType::Utf8View => Arc::new(views(raws, draw)),
        DataType::Boolean => {
            let bits = bits(raws.iter().map(|raw| matches!(raw, Raw::Flag(true))), draw);
            Arc::new(BooleanArray::new(bits, nulls(raws, draw)))
        }
        DataType::Int8 => integers::<Int8Type>(raws, draw),
        DataType::Int16 => integers::<Int16Type>(raws, draw),
        DataType::Int32 => integers::<Int32Type>(raws, draw),
        DataType::Int64 => integers::<Int64Type>(raws, draw),
        DataType::UInt8 => integers::<UInt8Type>(raws, draw),
        DataType::UInt16 => integers::<UInt16Type>(raws, draw),
        DataType::UInt32 => integers::<UInt32Type>(raws, draw),
        DataType::UInt64 => integers::<UInt64Type>(raws, draw),
        DataType::Date32 => integers::<Date32Type>(raws, draw),
        DataType::Date64 => integers::<Date64Type>(raws, draw),
        DataType::Float32 => Arc::new(primitive::<Float32Type>(raws, draw, |raw| float(raw) as f32)),
        DataType::Float64 => Arc::new(primitive::<Float64Type>(raws, draw, float)),
        DataType::Decimal32(p, s) => {
            let array = primitive::<Decimal32Type>(raws, draw, |raw| i32::try_from(small_units(raw)).unwrap());
            Arc::new(array.with_precision_and_scale(*p, *s).unwrap())
        }
        DataType::Decimal64(p, s) => {
            let array = primitive::<Decimal64Type>(raws, draw, |raw| i64::try_from(small_units(raw)).unwrap());
            Arc::new(array.with_precision_and_scale(*p, *s).unwrap())
        }
        DataType::Decimal128(p, s) => {
            let array = primitive::<Decimal128Type>(raws, draw, small_units);
            Arc::new(array.with_precision_and_scale(*p, *s).unwrap())
        }
        DataType::Decimal256(p, s) => {
            let array = primitive::<Decimal256Type>(raws, draw, units);
            Arc::new(array.with_precision_and_scale(*p, *s).unwrap())
        }
        DataType::Timestamp(unit, zone) => {
            let zone = zone.clone();
            match unit {
                TimeUnit::Second => Arc::new(times::<TimestampSecondType>(raws, draw).with_timezone_opt(zone)),
                TimeUnit::Millisecond => {
                    Arc::new(times::<TimestampMillisecondType>(raws, draw).with_timezone_opt(zone))
                }
                TimeUnit::Microsecond => {
                    Arc::new(times::<TimestampMicrosecondType>(raws, draw).with_timezone_opt(zone))
                }
                TimeUnit::Nanosecond => Arc::new(times::<TimestampNanosecondType>(raws, draw).with_timezone_opt(zone)),
            }
        }
        DataType::List(item) => lists::<i32>(item, raws, draw),
        DataType::LargeList(item) => lists::<i64>(item, raws, draw),
        DataType::Dictionary(key, values) => match key.as_ref() {
            DataType::Int8 => dictionary::<Int8Type>(values, raws, draw),
            DataType::Int16 => dictionary::<Int16Type>(values, raws, draw),
            DataType::Int32 => dictionary::<Int32Type>(values, raws, draw),
            DataType::Int64 => dictionary::<Int64Type>(values, raws, draw),
            DataType::UInt8 => dictionary::<UInt8Type>(values, raws, draw),
            DataType::UInt16 => dictionary::<UInt16Type>(values, raws, draw),
            DataType::UInt32 => dictionary::<UInt32Type>(values, raws, draw),
            _ => dictionary::<UInt64Type>(values, raws, draw),
        },
        other => panic!("no encoding as {other}"),
    }
}

/// Bits that begin somewhere inside a byte.
fn bits(values: impl Iterator<Item = bool>, draw: &mut Draw) -> BooleanBuffer {
    let before = draw.below(70);
    let all: Vec<bool> = (0..before).map(|_| draw.chance(50)).chain(values).collect();
    BooleanBuffer::from(all.as_slice()).slice(before, all.len() - before)
}

/// Which cells are there; where all are, perhaps without saying so.
fn nulls(raws: &[&Raw], draw: &mut Draw) -> Option<NullBuffer> {
    let valid = |raw: &&Raw| !matches!(raw, Raw::Null);
    if raws.iter().all(valid) && draw.chance(50) {
        return None;
    }
    Some(NullBuffer::new(bits(raws.iter().map(valid), draw)))
}

/// Under a null stands what some other cell has: the worst garbage is plausible.
fn under<'r>(raws: &[&'r Raw], draw: &mut Draw) -> Vec<&'r Raw> {
    let some: Vec<&Raw> = raws.iter().copied().filter(|raw| !matches!(raw, Raw::Null)).take(50).collect();
    let fill = |raw: &&'r Raw| match raw {
        Raw::Null if !some.is_empty() => draw.copy(&some),
        other => other,
    };
    raws.iter().map(fill).collect()
}

fn primitive<T: ArrowPrimitiveType>(
    raws: &[&Raw],
    draw: &mut Draw,
    value: impl Fn(&Raw) -> T::Native,
) -> PrimitiveArray<T> {
    let values: Vec<T::Native> = under(raws, draw).into_iter().map(value).collect();
    PrimitiveArray::new(ScalarBuffer::from(values), nulls(raws, draw))
}

fn integers<T>(raws: &[&Raw], draw: &mut Draw) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    Arc::new(primitive::<T>(raws, draw, |raw| T::Native::try_from(whole(raw)).ok().unwrap()))
}

fn times<T: ArrowPrimitiveType<Native = i64>>(raws: &[&Raw], draw: &mut Draw) -> PrimitiveArray<T> {
    primitive(raws, draw, |raw| i64::try_from(whole(raw)).unwrap())
}

fn whole(raw: &Raw) -> i128 {
    match raw {
        Raw::Whole(n) => *n,
        _ => 0,
    }
}

fn float(raw: &Raw) -> f64 {
    match raw {
        Raw::Float(f) => *f,
        _ => 0.0,
    }
}

fn units(raw: &Raw) -> i256 {
    match raw {
        Raw::Units(n) => *n,
        _ => i256::ZERO,
    }
}

fn small_units(raw: &Raw) -> i128 {
    units(raw).to_i128().unwrap()
}

fn text(raw: &Raw) -> &str {
    match raw {
        Raw::Text(t) => t,
        _ => "garbage under a null",
    }
}

fn strings<O: OffsetSizeTrait>(raws: &[&Raw], draw: &mut Draw) -> GenericStringArray<O> {
    let texts: Vec<&str> = under(raws, draw).into_iter().map(text).collect();
    let offsets = OffsetBuffer::from_lengths(texts.iter().map(|t| t.len()));
    GenericStringArray::new(offsets, Buffer::from(texts.concat().as_bytes()), nulls(raws, draw))
}

fn views(raws: &[&Raw], draw: &mut Draw) -> StringViewArray {
    let mut builder = StringViewBuilder::new().with_fixed_block_size(64);
    under(raws, draw).into_iter().for_each(|raw| builder.append_value(text(raw)));
    let (views, buffers, _) = builder.finish().into_parts();
    StringViewArray::new(views, buffers, nulls(raws, draw))
}

fn lists<O: OffsetSizeTrait>(item: &FieldRef, raws: &[&Raw], draw: &mut Draw) -> ArrayRef {
    let filled = under(raws, draw);
    let items = |raw: &'_ Raw| match raw {
        Raw::List(items) => items.len(),
        _ => 0,
    };
    // Items that no list has, before and after.
    let (before, after) = (draw.below(3), draw.below(3));
    let unused = Raw::Text("no list has this".to_owned());
    let inside = filled.iter().flat_map(|raw| match raw {
        Raw::List(items) => items.as_slice(),
        _ => &[],
    });
    let all: Vec<&Raw> =
        std::iter::repeat_n(&unused, before).chain(inside).chain(std::iter::repeat_n(&unused, after)).collect();
    let mut offsets = vec![O::from_usize(before).unwrap()];
    let mut end = before;
    for raw in filled {
        end += items(raw);
        offsets.push(O::from_usize(end).unwrap());
    }
    let values = encode(item.data_type(), &all, draw);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Arc::new(GenericListArray::<O>::new(Arc::clone(item), offsets, values, nulls(raws, draw)))
}

fn dictionary<K: ArrowDictionaryKeyType>(values: &DataType, raws: &[&Raw], draw: &mut Draw) -> ArrayRef {
    let most = K::Native::from_usize(255).map_or(120, |_| 200);
    let mut slots: Vec<&Raw> = raws.to_vec();
    slots.sort_unstable_by_key(|raw| std::ptr::from_ref(*raw));
    slots.dedup_by_key(|raw| std::ptr::from_ref(*raw));
    // Values a second time, and a null among them if there is one: rows may point to either.
    let twice = draw.below(5).min(most.max(slots.len()) - slots.len());
    if !slots.is_empty() {
        slots.extend((0..twice).map(|_| slots[draw.below(slots.len())]).collect::<Vec<_>>());
    }
    let unused = Raw::Null;
    if slots.len() < most && draw.chance(50) {
        slots.push(&unused);
    }
    draw.shuffle(&mut slots);
    let mut places: Vec<(*const Raw, usize)> =
        slots.iter().enumerate().map(|(place, raw)| (std::ptr::from_ref(*raw), place)).collect();
    places.sort_unstable();
    let keys: Vec<usize> = raws
        .iter()
        .map(|raw| {
            let same = |p: &(*const Raw, usize)| p.0 == std::ptr::from_ref(*raw);
            let first = places.partition_point(|p| p.0 < std::ptr::from_ref(*raw));
            let count = places[first..].iter().take_while(|p| same(p)).count();
            places[first + draw.below(count)].1
        })
        .collect();
    // A null is a key that is null, whatever stands under it, or a key of a value that is null.
    let absent: Vec<bool> = raws.iter().map(|raw| matches!(raw, Raw::Null) && draw.chance(50)).collect();
    let native = |key: usize, absent: bool, draw: &mut Draw| match absent && draw.chance(50) {
        true => K::Native::usize_as(draw.next() as usize),
        false => K::Native::from_usize(key).unwrap(),
    };
    let natives: Vec<K::Native> = keys.iter().zip(&absent).map(|(k, a)| native(*k, *a, draw)).collect();
    let valid = (absent.contains(&true) || draw.chance(50))
        .then(|| NullBuffer::new(bits(absent.iter().map(|absent| !absent), draw)));
    let keys = PrimitiveArray::<K>::new(ScalarBuffer::from(natives), valid);
    // The values themselves may be a slice of a longer array.
    let (before, after) = (draw.below(3).min(slots.len()), draw.below(3).min(slots.len()));
    let padded: Vec<&Raw> = slots[..before].iter().chain(&slots).chain(&slots[..after]).copied().collect();
    let encoded = encode(values, &padded, draw).slice(before, slots.len());
    Arc::new(DictionaryArray::new(keys, encoded))
}
