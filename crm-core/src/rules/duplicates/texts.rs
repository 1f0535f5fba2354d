//! Texts by number, in the order in which they were first seen: a hash table that nobody walks, so that no order can
//! come out of it.

use std::collections::BTreeMap;

/// After so many occupied slots a text goes into a tree instead: whoever makes texts collide on purpose finds a slower
/// table, never a quadratic one.
const MOST_PROBES: usize = 32;
/// Slots of the first table.
const FIRST_SLOTS: usize = 64;

/// Distinct texts, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    /// All texts, one behind the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    hashes: Vec<u64>,
    /// By hash, a text's number; a power of two of them, at most half full.
    slots: Vec<Option<usize>>,
    crowded: BTreeMap<Vec<u8>, usize>,
}

impl Texts {
    /// The text's number.
    pub(super) fn number(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let hash = hash(bytes);
        if self.ends.len().saturating_mul(2) >= self.slots.len() {
            self.grow();
        }
        let (found, free) = self.probe(hash, bytes);
        let crowded = || if self.crowded.is_empty() { None } else { self.crowded.get(bytes).copied() };
        if let Some(number) = found.or_else(crowded) {
            return number;
        }
        let number = self.ends.len();
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        match free.and_then(|slot| self.slots.get_mut(slot)) {
            Some(slot) => *slot = Some(number),
            None => drop(self.crowded.insert(bytes.to_vec(), number)),
        }
        number
    }

    /// The number of the text in the table, or else the slot where it belongs, if one is free.
    fn probe(&self, hash: u64, bytes: &[u8]) -> (Option<usize>, Option<usize>) {
        let first = usize::try_from(hash >> 32).unwrap_or(0);
        for step in 0..MOST_PROBES {
            let slot = first.wrapping_add(step) & self.slots.len().saturating_sub(1);
            match self.slots.get(slot).copied().flatten() {
                None => return (None, Some(slot)),
                Some(number) if self.hashes.get(number) == Some(&hash) && self.text(number) == bytes => {
                    return (Some(number), None);
                }
                Some(_) => {}
            }
        }
        (None, None)
    }

    fn text(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Doubles the table. What is in the tree stays there.
    fn grow(&mut self) {
        let count = self.slots.len().saturating_mul(2).max(FIRST_SLOTS);
        let before = std::mem::replace(&mut self.slots, vec![None; count]);
        for number in before.into_iter().flatten() {
            let hash = self.hashes.get(number).copied().unwrap_or(0);
            let free = self.probe(hash, self.text(number)).1;
            match free.and_then(|slot| self.slots.get_mut(slot)) {
                Some(slot) => *slot = Some(number),
                None => drop(self.crowded.insert(self.text(number).to_vec(), number)),
            }
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(FACTOR);
        hash ^ (hash >> 29)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash =
        words.iter().fold(crate::kernel::json::length(bytes.len()), |hash, word| mix(hash, u64::from_le_bytes(*word)));
    mix(hash, rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte))).wrapping_mul(FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_collide_are_still_told_apart() {
        let mut texts = Texts::default();
        let mut twins = Vec::new();
        for n in 0..5000_u64 {
            twins.push(n.to_string());
        }
        for (n, text) in twins.iter().enumerate() {
            assert_eq!(texts.number(text), n);
        }
        // The same texts as if no slot had been free for any of them.
        let mut crowded = Texts { slots: vec![Some(usize::MAX); 1 << 14], ..Texts::default() };
        for (n, text) in twins.iter().enumerate() {
            assert_eq!(crowded.number(text), n);
            assert_eq!(crowded.number(text), n);
        }
        assert_eq!(crowded.crowded.len(), twins.len());
    }

    proptest! {
        #[test]
        fn numbers_count_first_appearances(words in proptest::collection::vec("[ab]{0,9}", 0..400)) {
            let mut texts = Texts::default();
            let mut seen: Vec<&str> = Vec::new();
            for word in &words {
                let expected = seen.iter().position(|s| s == word).unwrap_or_else(|| {
                    seen.push(word);
                    seen.len() - 1
                });
                prop_assert_eq!(texts.number(word), expected);
            }
        }
    }
}
