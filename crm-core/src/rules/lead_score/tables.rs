//! Sums by bits: what eight rules give together is looked up, and several sums travel in one word.

/// For every combination of eight rules what they add to each sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// One word of sums after another.
    lanes: Vec<Lane>,
}

/// Some sums side by side in a word, each with as many bits as it can need, none below zero there.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// The word of nothing: what keeps every sum at or above zero.
    start: i64,
    /// For every eight terms, what each of their combinations adds.
    tables: Vec<[i64; 256]>,
    pub(super) sums: Vec<Packed>,
}

/// Where one sum lies in its word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    /// Which sum it is.
    pub(super) sum: usize,
    shift: u32,
    mask: i64,
    least: i64,
}

/// Bits of a word that sums may use: not its sign.
const MOST_BITS: u32 = 62;

impl Tables {
    /// Tables for terms in order of their bits: to which of `sums` sums each belongs, and what it adds.
    pub(super) fn new(sums: usize, terms: impl Iterator<Item = (usize, i64)>) -> Self {
        let terms: Vec<(usize, i64)> = terms.collect();
        let mut lanes: Vec<(Lane, u32)> = Vec::new();
        for sum in 0..sums {
            let own = || terms.iter().filter(|(of, _)| *of == sum).map(|(_, adds)| *adds);
            if own().next().is_none() {
                continue;
            }
            // At most a million points for each of five hundred rules: nothing overflows.
            let least = own().filter(|n| *n < 0).fold(0, i64::saturating_add);
            let most = own().filter(|n| *n > 0).fold(0, i64::saturating_add);
            let bits = i64::BITS.saturating_sub(most.saturating_sub(least).leading_zeros()).min(MOST_BITS);
            let mask = 1_i64.checked_shl(bits).unwrap_or(0).wrapping_sub(1);
            if lanes.last().is_none_or(|(_, used)| used.saturating_add(bits) > MOST_BITS) {
                let tables = vec![[0; 256]; terms.len().div_ceil(8)];
                lanes.push((Lane { start: 0, tables, sums: Vec::new() }, 0));
            }
            let Some((lane, used)) = lanes.last_mut() else { continue };
            let packed = Packed { sum, shift: *used, mask, least };
            lane.start = lane.start.wrapping_sub(least.wrapping_shl(*used));
            lane.sums.push(packed);
            *used = used.saturating_add(bits);
        }
        let mut lanes: Vec<Lane> = lanes.into_iter().map(|(lane, _)| lane).collect();
        for lane in &mut lanes {
            lane.fill(&terms);
        }
        Self { lanes }
    }

    pub(super) fn lanes(&self) -> &[Lane] {
        &self.lanes
    }
}

impl Lane {
    fn fill(&mut self, terms: &[(usize, i64)]) {
        for (table, eight) in self.tables.iter_mut().zip(terms.chunks(8)) {
            for (combination, word) in table.iter_mut().enumerate() {
                for (bit, (sum, adds)) in eight.iter().enumerate() {
                    let packed = self.sums.iter().find(|p| p.sum == *sum);
                    if let Some(packed) = packed.filter(|_| combination >> bit & 1 == 1) {
                        *word = word.wrapping_add(adds.wrapping_shl(packed.shift));
                    }
                }
            }
        }
    }

    /// The words of rows, from the bytes of every eight terms.
    #[inline(always)]
    pub(super) fn words<const ROWS: usize>(&self, bytes: &[[u8; ROWS]], words: &mut [i64; ROWS]) {
        words.fill(self.start);
        for (table, bytes) in self.tables.iter().zip(bytes) {
            for (word, byte) in words.iter_mut().zip(bytes) {
                *word = word.wrapping_add(table.get(usize::from(*byte)).copied().unwrap_or(0));
            }
        }
    }
}

impl Packed {
    /// The sum out of its word.
    #[inline(always)]
    pub(super) fn of(self, word: i64) -> i64 {
        (word.wrapping_shr(self.shift) & self.mask).wrapping_add(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn looked_up_sums_are_sums(
            terms in prop::collection::vec((0usize..6, prop_oneof![-50i64..50, Just(1_000_000), Just(-1_000_000)]), 1..500),
            rows in prop::collection::vec(any::<[u64; 8]>(), 4),
        ) {
            let tables = Tables::new(6, terms.iter().copied());
            let holds = |row: &[u64; 8], term: usize| row[term / 64] >> (term % 64) & 1 == 1;
            let bytes: Vec<[u8; 4]> = (0..terms.len().div_ceil(8))
                .map(|eight| std::array::from_fn(|row| (rows[row][eight / 8] >> (eight % 8 * 8)) as u8))
                .collect();
            let mut found = [[0_i64; 6]; 4];
            for lane in tables.lanes() {
                let mut words = [0; 4];
                lane.words(&bytes, &mut words);
                for packed in &lane.sums {
                    for (row, word) in words.iter().enumerate() {
                        found[row][packed.sum] = packed.of(*word);
                    }
                }
            }
            for (row, found) in rows.iter().zip(found) {
                let mut expected = [0_i64; 6];
                for (place, (sum, adds)) in terms.iter().enumerate() {
                    expected[*sum] += if holds(row, place) { *adds } else { 0 };
                }
                prop_assert_eq!(found, expected);
            }
        }
    }
}
