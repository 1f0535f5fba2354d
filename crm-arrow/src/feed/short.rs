//! Short texts as five words, for loops without branches.

use std::ops::Range;

use arrow_array::array::GenericStringArray;
use arrow_array::{OffsetSizeTrait, StringViewArray};

use super::folded::{BEFORE, Starts};

/// A text of at most 39 bytes, zeros behind it, its length in the last byte: equal where the texts are.
pub(crate) type Short = [u64; WORDS];

/// Words of a short text.
pub(crate) const WORDS: usize = 5;

/// Most bytes of a short text.
#[cfg(test)]
const MOST_BYTES: usize = 39;

/// For each length the bits of its bytes.
const MASKS: [Short; 40] = {
    let mut masks = [[0; WORDS]; 40];
    let mut rest = masks.as_mut_slice();
    let mut mask: Short = [0; WORDS];
    while let [first, others @ ..] = rest {
        *first = mask;
        // One byte more, carried from word to word.
        let [a, b, c, d, e] = mask;
        mask = [a << 8 | 0xff, b << 8 | a >> 56, c << 8 | b >> 56, d << 8 | c >> 56, e << 8 | d >> 56];
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
    /// How many bytes the texts of rows have.
    fn bytes(self, rows: Range<usize>) -> usize;
    /// The texts of rows one after another, and where each begins, counted from [`BEFORE`].
    fn joined<'g>(self, rows: Range<usize>, starts: &mut Starts, gathered: &'g mut Vec<u8>) -> &'g [u8]
    where
        'a: 'g;
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

    #[inline(always)]
    fn bytes(self, rows: Range<usize>) -> usize {
        let offset = |row: usize| self.value_offsets().get(row).map_or(0, |offset| offset.as_usize());
        offset(rows.end).saturating_sub(offset(rows.start))
    }

    #[inline(always)]
    fn joined<'g>(self, rows: Range<usize>, starts: &mut Starts, _: &'g mut Vec<u8>) -> &'g [u8]
    where
        'a: 'g,
    {
        let offsets = self.value_offsets().get(rows.start..=rows.end).unwrap_or_default();
        let (Some(first), Some(end)) = (offsets.first(), offsets.last()) else { return &[] };
        for (start, offset) in starts.iter_mut().zip(offsets) {
            *start = offset.as_usize().wrapping_sub(first.as_usize()).wrapping_add(BEFORE) as u32;
        }
        self.value_data().get(first.as_usize()..end.as_usize()).unwrap_or_default()
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
            return Some([(view >> 32) as u64 & a, (view >> 96) as u64 & b, 0, 0, (length as u64) << 56]);
        }
        let buffer = self.data_buffers().get((view >> 64) as u32 as usize)?;
        short(buffer, (view >> 96) as usize, length)
    }

    #[inline(always)]
    fn bytes(self, rows: Range<usize>) -> usize {
        self.views().get(rows).unwrap_or_default().iter().fold(0, |all, view| all.wrapping_add(*view as u32 as usize))
    }

    #[inline(always)]
    fn joined<'g>(self, rows: Range<usize>, starts: &mut Starts, gathered: &'g mut Vec<u8>) -> &'g [u8]
    where
        'a: 'g,
    {
        /// Bytes that are copied at once, for most texts all of them.
        const STEP: usize = 32;
        let length = self.bytes(rows.clone());
        if gathered.len() < length.saturating_add(STEP) {
            gathered.resize(length.saturating_add(STEP), 0);
        }
        let mut end = 0_usize;
        let [first, ends @ ..] = starts;
        *first = BEFORE as u32;
        for (to, view) in ends.iter_mut().zip(self.views().get(rows).unwrap_or_default()) {
            let length = *view as u32 as usize;
            let inline = (view >> 32).to_le_bytes();
            let from = if length <= 12 {
                inline.as_slice()
            } else {
                let buffer = self.data_buffers().get((view >> 64) as u32 as usize);
                buffer.and_then(|buffer| buffer.get((view >> 96) as usize..)).unwrap_or_default()
            };
            let room = gathered.get_mut(end..).unwrap_or_default();
            match (from.first_chunk::<STEP>(), room.first_chunk_mut::<STEP>()) {
                (Some(from), Some(room)) if length <= STEP => *room = *from,
                _ => room.iter_mut().zip(from).take(length).for_each(|(to, from)| *to = *from),
            }
            end = end.wrapping_add(length);
            *to = end.wrapping_add(BEFORE) as u32;
        }
        gathered.get(..end).unwrap_or_default()
    }
}

#[inline(always)]
fn short(bytes: &[u8], start: usize, length: usize) -> Option<Short> {
    let mask = MASKS.get(length)?;
    let words: Short = match bytes.get(start..).and_then(|b| b.first_chunk::<40>()) {
        Some(chunk) => words(chunk),
        None => {
            let mut padded = [0; 40];
            padded.iter_mut().zip(bytes.get(start..)?).for_each(|(to, from)| *to = *from);
            words(&padded)
        }
    };
    let [a, b, c, d, e] = words;
    let [m, n, o, p, q] = *mask;
    Some([a & m, b & n, c & o, d & p, e & q | (length as u64) << 56])
}

/// Forty bytes as words.
#[inline(always)]
pub(crate) fn words(bytes: &[u8; 40]) -> Short {
    let (words, _) = bytes.as_chunks::<8>();
    let mut all = [0; WORDS];
    all.iter_mut().zip(words).for_each(|(to, from)| *to = u64::from_le_bytes(*from));
    all
}

/// A hash of all its words.
#[inline(always)]
pub(crate) fn hash(short: &Short) -> u64 {
    let [a, b, c, d, e] = *short;
    let folded = |x: u64, y: u64| {
        let product = u128::from(x).wrapping_mul(u128::from(y));
        (product >> 64) as u64 ^ product as u64
    };
    folded(a ^ 0x9e37_79b9_7f4a_7c15, b ^ 0xf39c_c060_5ced_c834)
        ^ folded(c ^ 0x243f_6a88_85a3_08d3, d ^ e.rotate_left(19) ^ 0x1319_8a2e_0370_7344)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{LargeStringArray, StringArray};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_texts_are_equal_where_texts_are(texts in prop::collection::vec("[a-bA-Z \\x00\\x7f~é.]{0,20}|[ab\\x00]{28,44}", 1..20)) {
            let (plain, large) = (StringArray::from(texts.clone()), LargeStringArray::from(texts.clone()));
            let views = StringViewArray::from_iter_values(&texts);
            for (i, text) in texts.iter().enumerate() {
                let short = (&plain).short(i);
                prop_assert_eq!(short.is_some(), text.len() <= MOST_BYTES);
                prop_assert_eq!((&large).short(i), short);
                prop_assert_eq!((&views).short(i), short);
                let Some(short) = short else { continue };
                for (j, other) in texts.iter().enumerate() {
                    prop_assert_eq!(Some(short) == (&plain).short(j), text == other);
                }
            }
        }
    }
}
