//! A fast hash for texts that are looked up, seeded anew by every process: nobody can make texts that collide. Nothing is
//! ever read in the order of such a table.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Makes hashers of one seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seeded {
    seeds: [u64; 2],
}

impl Seeded {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self { seeds: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        let [hash, seed] = self.seeds;
        Folded { hash, seed }
    }
}

/// Multiplies and folds, eight bytes at a time.
pub(super) struct Folded {
    hash: u64,
    seed: u64,
}

impl Folded {
    #[inline]
    fn add(&mut self, word: u64) {
        let product = u128::from(self.hash ^ word).wrapping_mul(u128::from(self.seed | 1));
        self.hash = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Folded {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        let rest = rest.iter().fold(1_u64, |word, byte| word << 8 | u64::from(*byte));
        self.add(rest);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.hash ^= u64::from(byte).rotate_left(17);
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
