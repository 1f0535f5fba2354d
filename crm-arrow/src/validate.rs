//! Whether an array holds what its type promises.
//!
//! The verdict is that of `ArrayData::validate_full`, which walks texts, views and keys one by one. Here each buffer is
//! passed over as a whole, and a table costs a few nanoseconds a row. What is rare, and what looks wrong, goes to
//! arrow-rs, which also finds the words for it.

use arrow_buffer::ArrowNativeType;
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field};

use crate::utf8;
use crate::views;

/// Most bytes or items of one value of fixed size.
const MOST_WIDTH: i32 = 1 << 24;

/// Checks a type: arrow-rs takes some that it cannot hold, and panics later.
pub(crate) fn check_type(kind: &DataType) -> Result<(), String> {
    use DataType as T;
    let inside = |field: &Field| check_type(field.data_type());
    let refused = || Err(format!("the type {kind}"));
    match kind {
        T::FixedSizeBinary(width) if !(0..=MOST_WIDTH).contains(width) => refused(),
        T::Decimal32(precision, _) if !(1..=9).contains(precision) => refused(),
        T::Decimal64(precision, _) if !(1..=18).contains(precision) => refused(),
        T::Decimal128(precision, _) if !(1..=38).contains(precision) => refused(),
        T::Decimal256(precision, _) if !(1..=76).contains(precision) => refused(),
        T::FixedSizeList(_, size) if !(0..=MOST_WIDTH).contains(size) => refused(),
        T::Dictionary(keys, _) if !keys.is_integer() => refused(),
        T::RunEndEncoded(ends, _) if ends.is_nullable() || !ends.data_type().is_run_ends_type() => refused(),
        T::Map(entries, _) => match entries.data_type() {
            T::Struct(pair) if pair.len() == 2 && !entries.is_nullable() => pair.iter().try_for_each(|f| inside(f)),
            _ => refused(),
        },
        T::Dictionary(_, values) => check_type(values),
        T::List(f) | T::LargeList(f) | T::ListView(f) | T::LargeListView(f) | T::FixedSizeList(f, _) => inside(f),
        T::Struct(fields) => fields.iter().try_for_each(|f| inside(f)),
        T::Union(fields, _) => fields.iter().try_for_each(|(_, f)| inside(f)),
        T::RunEndEncoded(_, values) => inside(values),
        _ => Ok(()),
    }
}

/// Checks an array and all that is inside it.
pub(crate) fn check(data: &ArrayData) -> Result<(), ArrowError> {
    // Types, counts and sizes of the whole tree.
    data.validate()?;
    contents(data)
}

fn contents(data: &ArrayData) -> Result<(), ArrowError> {
    data.validate_nulls()?;
    if !passes(data) {
        data.validate_values()?;
    }
    data.child_data().iter().try_for_each(contents)
}

/// Whether the values are certainly good.
fn passes(data: &ArrayData) -> bool {
    match data.data_type() {
        DataType::Utf8 => texts::<i32>(data),
        DataType::LargeUtf8 => texts::<i64>(data),
        DataType::Binary => rise::<i32>(data, bytes(data).len()),
        DataType::LargeBinary => rise::<i64>(data, bytes(data).len()),
        DataType::List(_) | DataType::Map(..) => rise::<i32>(data, items(data)),
        DataType::LargeList(_) => rise::<i64>(data, items(data)),
        DataType::Utf8View => views::are_good(values(data, 0, 0), data.buffers().get(1..).unwrap_or_default()),
        DataType::Dictionary(keys, _) => match **keys {
            DataType::Int8 | DataType::UInt8 => below::<u8>(data),
            DataType::Int16 | DataType::UInt16 => below::<u16>(data),
            DataType::Int32 | DataType::UInt32 => below::<u32>(data),
            _ => below::<u64>(data),
        },
        _ => false,
    }
}

/// The array's own part of a buffer, and so many values more.
fn values<T: ArrowNativeType>(data: &ArrayData, buffer: usize, more: usize) -> &[T] {
    let end = data.offset().saturating_add(data.len()).saturating_add(more);
    data.buffers().get(buffer).and_then(|b| b.typed_data().get(data.offset()..end)).unwrap_or_default()
}

/// The bytes of all texts.
fn bytes(data: &ArrayData) -> &[u8] {
    data.buffers().get(1).map(|b| b.as_slice()).unwrap_or_default()
}

/// How many items all lists have.
fn items(data: &ArrayData) -> usize {
    data.child_data().first().map_or(0, ArrayData::len)
}

/// Whether offsets are there, rise from 0 or above, and stay within a length.
fn rise<T: ArrowNativeType + Ord>(data: &ArrayData, length: usize) -> bool {
    let offsets = values::<T>(data, 0, 1);
    let within = |offset: Option<&T>| offset.and_then(|o| o.to_usize()).is_some_and(|o| o <= length);
    // No early end, so that the compiler can compare many at once.
    let falls = offsets.iter().zip(offsets.get(1..).unwrap_or_default()).fold(false, |falls, (a, b)| falls | (a > b));
    !falls && within(offsets.first()) && within(offsets.last())
}

fn texts<T: ArrowNativeType + Ord>(data: &ArrayData) -> bool {
    let (offsets, bytes) = (values::<T>(data, 0, 1), bytes(data));
    if !rise::<T>(data, bytes.len()) {
        return false;
    }
    let place = |offset: Option<&T>| offset.map_or(0, |o| o.as_usize());
    // What lies before the first offset and behind the last belongs to nobody here.
    let Some(own) = bytes.get(..place(offsets.last())) else { return false };
    match utf8::kind(own.get(place(offsets.first())..).unwrap_or_default()) {
        utf8::Kind::Ascii => true,
        utf8::Kind::Utf8 => !offsets.iter().fold(false, |split, o| split | utf8::is_inside(own, o.as_usize())),
        utf8::Kind::Neither => false,
    }
}

/// Whether every key, as an unsigned number, has its value; those of nulls, too.
fn below<T: ArrowNativeType + Ord>(data: &ArrayData) -> bool {
    let most = values::<T>(data, 0, 0).iter().fold(T::default(), |most, key| most.max(*key));
    most.as_usize() < items(data)
}

#[cfg(test)]
#[allow(unsafe_code, reason = "what is not valid is made without validation")]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::types::{Int8Type, Int64Type, UInt16Type, UInt32Type};
    use arrow_array::{
        Array as _, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Int32Array, LargeBinaryArray,
        LargeStringArray, PrimitiveArray, StringArray, StringViewArray, StructArray,
    };
    use arrow_buffer::Buffer;
    use proptest::prelude::*;

    fn keys<T: arrow_array::types::ArrowDictionaryKeyType>(texts: &[Option<String>]) -> ArrayRef {
        let keys: PrimitiveArray<T> =
            (0..texts.len()).map(|i| texts[i].as_ref().map(|_| T::Native::from_usize(i % 3).unwrap())).collect();
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(vec!["Zoé", "", "vip"]))))
    }

    fn array(kind: usize, texts: &[Option<String>]) -> ArrayRef {
        let iter = || texts.iter().map(Option::as_deref);
        let bytes = || texts.iter().map(|t| t.as_deref().map(str::as_bytes));
        match kind {
            0 => Arc::new(StringArray::from_iter(iter())),
            1 => Arc::new(LargeStringArray::from_iter(iter())),
            2 => Arc::new(StringViewArray::from_iter(iter())),
            3 => Arc::new(BinaryArray::from_iter(bytes())),
            4 => Arc::new(LargeBinaryArray::from_iter(bytes())),
            5 => keys::<Int8Type>(texts),
            6 => keys::<UInt16Type>(texts),
            7 => keys::<UInt32Type>(texts),
            8 => keys::<Int64Type>(texts),
            9 => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                texts.iter().for_each(|t| lists.append_option(t.as_ref().map(|t| t.split(' ').map(Some))));
                Arc::new(lists.finish())
            }
            10 => Arc::new(BooleanArray::from_iter(iter().map(|t| t.map(str::is_empty)))),
            _ => Arc::new(StructArray::try_from(vec![("a", array(0, texts)), ("b", array(5, texts))]).unwrap()),
        }
    }

    /// The array with a byte of it overwritten, here or in a child.
    fn spoiled(data: &ArrayData, place: usize, byte: u8) -> ArrayData {
        let children = data.child_data();
        let choice = data.buffers().len() + children.len();
        let mut builder = data.clone().into_builder();
        match place % choice.max(1) {
            n if n < data.buffers().len() => {
                let mut buffers = data.buffers().to_vec();
                let mut bytes = buffers[n].as_slice().to_vec();
                if !bytes.is_empty() {
                    let at = place / choice % bytes.len();
                    bytes[at] = byte;
                }
                // A buffer of 128-bit views is aligned as such.
                let mut aligned = arrow_buffer::MutableBuffer::new(bytes.len());
                aligned.extend_from_slice(&bytes);
                buffers[n] = Buffer::from(aligned);
                builder = builder.buffers(buffers);
            }
            n if n < choice => {
                let mut children = children.to_vec();
                let at = n - data.buffers().len();
                children[at] = spoiled(&children[at], place / choice, byte);
                builder = builder.child_data(children);
            }
            _ => {}
        }
        // SAFETY: nothing but validation reads it.
        unsafe { builder.build_unchecked() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_verdict_is_that_of_validate_full(
            texts in prop::collection::vec(prop::option::of("[a-zéœ€𝄞 ]{0,20}"), 0..20),
            kind in 0usize..12,
            (from, cut) in (0usize..4, 0usize..4),
            spoils in prop::collection::vec((any::<usize>(), prop::sample::select(vec![0u8, 1, 3, 0x7f, 0x80, 0xc3, 0xff])), 0..3),
        ) {
            let array = array(kind, &texts);
            let from = from.min(array.len());
            let data = array.slice(from, (array.len() - from).saturating_sub(cut)).to_data();
            prop_assert!(check(&data).is_ok());
            let data = spoils.iter().fold(data, |data, (place, byte)| spoiled(&data, *place, *byte));
            let (own, arrow) = (check(&data), data.validate_full());
            prop_assert_eq!(own.is_ok(), arrow.is_ok(), "{:?} / {:?}", own, arrow);
        }
    }

    #[test]
    fn types_that_nothing_can_hold() {
        let pair = |nullable| {
            let fields = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)];
            Arc::new(Field::new("entries", DataType::Struct(fields.into()), nullable))
        };
        let texts = || Box::new(DataType::Utf8);
        let ends = |kind, nullable| {
            DataType::RunEndEncoded(
                Arc::new(Field::new("run_ends", kind, nullable)),
                Arc::new(Field::new("values", DataType::Utf8, true)),
            )
        };
        let bad = [
            DataType::FixedSizeBinary(-1),
            DataType::Dictionary(Box::new(DataType::FixedSizeBinary(-1)), texts()),
            DataType::Dictionary(texts(), texts()),
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Decimal128(0, 0))),
            DataType::Decimal32(10, 0),
            ends(DataType::Utf8, false),
            ends(DataType::Int32, true),
            DataType::Map(pair(true), false),
            DataType::Map(Arc::new(Field::new("entries", DataType::Utf8, false)), false),
        ];
        for kind in bad {
            assert!(check_type(&kind).is_err(), "{kind}");
            assert!(check_type(&DataType::List(Arc::new(Field::new("item", kind, true)))).is_err());
        }
        assert_eq!(check_type(&DataType::Map(pair(false), true)), Ok(()));
        assert_eq!(check_type(&ends(DataType::Int16, false)), Ok(()));
        assert!(check(&Int32Array::from(vec![1]).to_data()).is_ok());
    }
}
