//! Texts by number, in the order in which they were first seen: a hash table that nobody walks, so that no order can
//! come out of it.

use std::collections::BTreeMap;

use crate::kernel::hash::hash;

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
    /// By the upper half of a hash, a text: its number, from 1, behind the lower half, so that most other texts are told
    /// apart without looking at them; 0 is free. A power of two of them, at most half taken.
    slots: Vec<u64>,
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
        match free.and_then(|slot| self.slots.get_mut(slot)).zip(entry(hash, number)) {
            Some((slot, entry)) => *slot = entry,
            None => drop(self.crowded.insert(bytes.to_vec(), number)),
        }
        number
    }

    /// The number of the text in the table, or else the slot where it belongs, if one is free.
    fn probe(&self, hash: u64, bytes: &[u8]) -> (Option<usize>, Option<usize>) {
        for slot in probes(hash, self.slots.len()) {
            let entry = self.slots.get(slot).copied().unwrap_or(0);
            if entry == 0 {
                return (None, Some(slot));
            }
            if entry >> 32 == hash & LOWER {
                let number = usize::try_from(entry & LOWER).unwrap_or(0).wrapping_sub(1);
                if self.text(number) == Some(bytes) {
                    return (Some(number), None);
                }
            }
        }
        (None, None)
    }

    fn text(&self, number: usize) -> Option<&[u8]> {
        let start = number.checked_sub(1).and_then(|n| self.ends.get(n)).copied().unwrap_or(0);
        self.bytes.get(start..*self.ends.get(number)?)
    }

    /// Doubles the table. What is in the tree stays there.
    fn grow(&mut self) {
        let count = self.slots.len().saturating_mul(2).max(FIRST_SLOTS);
        self.slots = vec![0; count];
        for (number, hash) in self.hashes.iter().enumerate() {
            let text = || self.text(number).unwrap_or_default();
            if !self.crowded.is_empty() && self.crowded.contains_key(text()) {
                continue;
            }
            let free = probes(*hash, count).find(|slot| self.slots.get(*slot) == Some(&0));
            match free.zip(entry(*hash, number)) {
                Some((slot, entry)) => self.slots.get_mut(slot).into_iter().for_each(|slot| *slot = entry),
                None => drop(self.crowded.insert(text().to_vec(), number)),
            }
        }
    }
}

const LOWER: u64 = 0xffff_ffff;

/// The slots where a text may stand, the best first.
fn probes(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let first = usize::try_from(hash >> 32).unwrap_or(0);
    (0..MOST_PROBES).map(move |step| first.wrapping_add(step) & slots.saturating_sub(1))
}

/// What stands in a text's slot; `None` for a number that is too large.
fn entry(hash: u64, number: usize) -> Option<u64> {
    let number = u32::try_from(number.checked_add(1)?).ok()?;
    Some(hash << 32 | u64::from(number))
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
        let mut crowded = Texts { slots: vec![u64::MAX; 1 << 14], ..Texts::default() };
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
