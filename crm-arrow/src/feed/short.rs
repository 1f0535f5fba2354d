//! Short texts as four words, for loops without branches.

use arrow_array::array::GenericStringArray;
use arrow_array::{OffsetSizeTrait, StringViewArray};

/// A text of at most 31 bytes, zeros behind it, its length in the last byte: equal where the texts are.
pub(crate) type Short = [u64; 4];

/// Most bytes of a short text.
#[cfg(test)]
const MOST_BYTES: usize = 31;

/// For each length the bits of its bytes.
const MASKS: [Short; 32] = {
    let mut masks = [[0; 4]; 32];
    let mut rest = masks.as_mut_slice();
    let mut mask: Short = [0; 4];
    while let [first, others @ ..] = rest {
        *first = mask;
        // One byte more, carried from word to word.
        let [a, b, c, d] = mask;
        mask = [a << 8 | 0xff, b << 8 | a >> 56, c << 8 | b >> 56, d << 8 | c >> 56];
        rest = others;
    }
    masks
};

/// A column of texts.
pub(crate) trait TextColumn<'a>: Copy {
    /// The text of a row.
    fn text(self, row: usize) -> &'a str;
    /// The same if it is short.
    fn short(self, row: usize) -> Option<Short>;
}

impl<'a, O: OffsetSizeTrait> TextColumn<'a> for &'a GenericStringArray<O> {
    #[inline(always)]
    fn text(self, row: usize) -> &'a str {
        self.value(row)
    }

    #[inline(always)]
    fn short(self, row: usize) -> Option<Short> {
        let offsets = self.value_offsets();
        let start = offsets.get(row)?.as_usize();
        let length = offsets.get(row.wrapping_add(1))?.as_usize().wrapping_sub(start);
        short(self.value_data(), start, length)
    }
}

impl<'a> TextColumn<'a> for &'a StringViewArray {
    #[inline(always)]
    fn text(self, row: usize) -> &'a str {
        self.value(row)
    }

    #[inline(always)]
    fn short(self, row: usize) -> Option<Short> {
        // The layout of the specification: the length, then twelve bytes of text, or four, the buffer, the offset.
        let view = *self.views().get(row)?;
        let length = view as u32 as usize;
        if length <= 12 {
            let [a, b, ..] = *MASKS.get(length)?;
            return Some([(view >> 32) as u64 & a, (view >> 96) as u64 & b, 0, (length as u64) << 56]);
        }
        let buffer = self.data_buffers().get((view >> 64) as u32 as usize)?;
        short(buffer, (view >> 96) as usize, length)
    }
}

#[inline(always)]
fn short(bytes: &[u8], start: usize, length: usize) -> Option<Short> {
    let mask = MASKS.get(length)?;
    let words: Short = match bytes.get(start..).and_then(|b| b.first_chunk::<32>()) {
        Some(chunk) => words(chunk),
        None => {
            let mut padded = [0; 32];
            padded.iter_mut().zip(bytes.get(start..)?).for_each(|(to, from)| *to = *from);
            words(&padded)
        }
    };
    let [a, b, c, d] = words;
    let [m, n, o, p] = *mask;
    Some([a & m, b & n, c & o, d & p | (length as u64) << 56])
}

/// Thirty-two bytes as words.
#[inline(always)]
pub(crate) fn words(bytes: &[u8; 32]) -> Short {
    let (words, _) = bytes.as_chunks::<8>();
    let mut all = [0; 4];
    all.iter_mut().zip(words).for_each(|(to, from)| *to = u64::from_le_bytes(*from));
    all
}

/// Whether a short text is lower-case ASCII without any space, and not empty: folded as it stands.
#[inline(always)]
pub(crate) fn is_simple(short: &Short) -> bool {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let [.., last] = short;
    let length = (last >> 56) as usize;
    let Some(mask) = MASKS.get(length) else { return false };
    let mut bad = 0;
    for ((word, mask), own) in short.iter().zip(mask).zip([u64::MAX, u64::MAX, u64::MAX, u64::MAX >> 8]) {
        // A letter in place of what is not there changes nothing.
        let word = word & own | all(b'a') & !mask;
        let low = word.wrapping_sub(all(b'!')) & !word;
        let capital = word.wrapping_add(all(0x80 - b'A')) & !word.wrapping_add(all(0x7f - b'Z'));
        bad |= word | low | capital | word.wrapping_add(all(1));
    }
    bad & all(0x80) == 0 && length > 0
}

/// A hash of all its words.
#[inline(always)]
pub(crate) fn hash(short: &Short) -> u64 {
    let [a, b, c, d] = *short;
    let folded = |x: u64, y: u64| {
        let product = u128::from(x).wrapping_mul(u128::from(y));
        (product >> 64) as u64 ^ product as u64
    };
    folded(a ^ 0x9e37_79b9_7f4a_7c15, b ^ 0xf39c_c060_5ced_c834)
        ^ folded(c ^ 0x243f_6a88_85a3_08d3, d ^ 0x1319_8a2e_0370_7344)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{LargeStringArray, StringArray};
    use crm_core::kernel::text::is_plainly_folded;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_texts_are_equal_where_texts_are(texts in prop::collection::vec("[a-bA-Z \\x00\\x7f~é.]{0,20}|[ab\\x00]{28,34}", 1..20)) {
            let (plain, large) = (StringArray::from(texts.clone()), LargeStringArray::from(texts.clone()));
            let views = StringViewArray::from_iter_values(&texts);
            for (i, text) in texts.iter().enumerate() {
                let short = (&plain).short(i);
                prop_assert_eq!(short.is_some(), text.len() <= MOST_BYTES);
                prop_assert_eq!((&large).short(i), short);
                prop_assert_eq!((&views).short(i), short);
                let Some(short) = short else { continue };
                let simple = is_plainly_folded(text) && !text.is_empty() && !text.contains(' ');
                prop_assert_eq!(is_simple(&short), simple, "{:?}", text);
                for (j, other) in texts.iter().enumerate() {
                    prop_assert_eq!(Some(short) == (&plain).short(j), text == other);
                }
            }
        }
    }
}
