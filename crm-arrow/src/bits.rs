//! Rows as bits: 64 in a word, the first in the lowest.

use arrow_buffer::{BooleanBuffer, NullBuffer};
use crm_core::rules::lead_score::columns::{TILE_ROWS, TILE_WORDS};

/// A bit for every row of a tile.
pub(crate) type Rows = [u64; TILE_WORDS];

/// The bits of the rows for which something holds.
pub(crate) fn rows<T: Copy>(values: &[T; 64], holds: impl Fn(T) -> bool) -> u64 {
    values.iter().rev().fold(0, |word, value| word << 1 | u64::from(holds(*value)))
}

/// The bits of a tile out of a longer run of them; beyond its end none is set.
pub(crate) fn tile_of(bits: &BooleanBuffer, start: usize) -> Rows {
    let bytes = bits.values();
    let first = bits.offset().saturating_add(start);
    let left = bits.len().saturating_sub(start);
    std::array::from_fn(|word| {
        let skipped = word.saturating_mul(64);
        let bit = first.saturating_add(skipped);
        let mut nine = [0; 9];
        let from = bytes.get(bit / 8..).unwrap_or_default();
        nine.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        let [low @ .., high] = nine;
        let shift = u32::try_from(bit % 8).unwrap_or(0);
        let word =
            u64::from_le_bytes(low) >> shift | u64::from(high).checked_shl(64_u32.saturating_sub(shift)).unwrap_or(0);
        word & first_rows(left.saturating_sub(skipped))
    })
}

/// The rows of a tile that are not null.
pub(crate) fn valid(nulls: Option<&NullBuffer>, start: usize, rows: usize) -> Rows {
    match nulls {
        Some(nulls) => tile_of(nulls.inner(), start),
        None => all(rows),
    }
}

/// The first rows of a tile.
pub(crate) fn all(rows: usize) -> Rows {
    std::array::from_fn(|word| first_rows(rows.min(TILE_ROWS).saturating_sub(word.saturating_mul(64))))
}

/// The first so many of 64 rows.
fn first_rows(count: usize) -> u64 {
    u32::try_from(count).ok().and_then(|n| 1_u64.checked_shl(n)).map_or(u64::MAX, |bit| bit.wrapping_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_found_wherever_they_lie(bits in prop::collection::vec(any::<bool>(), 0..2100), from in 0usize..80, start in 0usize..1100) {
            let all = BooleanBuffer::from(bits.clone());
            let from = from.min(bits.len());
            let cut = all.slice(from, bits.len() - from);
            for (i, word) in tile_of(&cut, start).iter().enumerate() {
                for bit in 0..64 {
                    let expected = bits.get(from + start + i * 64 + bit).copied().unwrap_or(false);
                    prop_assert_eq!(word >> bit & 1 == 1, expected);
                }
            }
        }
    }

    #[test]
    fn the_first_rows() {
        assert_eq!(all(0), [0; TILE_WORDS]);
        assert_eq!((all(65)[0], all(65)[1], all(65)[2]), (u64::MAX, 1, 0));
        assert_eq!(all(TILE_ROWS), [u64::MAX; TILE_WORDS]);
    }
}
