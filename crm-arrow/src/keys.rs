//! The keys of a dictionary, of whatever width.

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};

macro_rules! keys {
    ($($variant:ident($native:ty) = $kind:ident;)*) => {
        /// The keys of a dictionary. That of a null is any number at all.
        pub(crate) enum Keys<'a> { $($variant(&'a [$native]),)* }

        impl<'a> Keys<'a> {
            pub(crate) fn of(keys: &'a dyn Array) -> Option<Self> {
                $(if let Some(keys) = keys.as_primitive_opt::<$kind>() {
                    return Some(Keys::$variant(keys.values()));
                })*
                None
            }

            /// The key of a row.
            pub(crate) fn get(&self, row: usize) -> Option<usize> {
                match self { $(Keys::$variant(keys) => keys.get(row).and_then(|key| usize::try_from(*key).ok()),)* }
            }

            /// Looks up the rows from one on; a key below zero is one beyond all others.
            #[inline(always)]
            pub(crate) fn look_up<T>(&self, start: usize, out: &mut [T], of: impl Fn(usize) -> T) {
                match self { $(Keys::$variant(keys) => {
                    let keys = keys.get(start..).unwrap_or_default();
                    for (out, key) in out.iter_mut().zip(keys) {
                        *out = of(*key as usize);
                    }
                },)* }
            }
        }
    };
}

keys! {
    Int8(i8) = Int8Type;
    Int16(i16) = Int16Type;
    Int32(i32) = Int32Type;
    Int64(i64) = Int64Type;
    UInt8(u8) = UInt8Type;
    UInt16(u16) = UInt16Type;
    UInt32(u32) = UInt32Type;
    UInt64(u64) = UInt64Type;
}
