//! The records of a file so far, to know a repetition and a contradiction: in bounded memory, whatever the file's size.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// Most records of one generation. Two are kept, so a record is known for at least so many records after it, in at most
/// 150 MB; a file of at most so many is compared with all of itself.
const MOST_RECORDS: usize = 1_800_000;

/// What is kept of a record: its line, and half of its content's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) line: u64,
    pub(crate) content: u64,
}

/// Records by the digest of their external id.
#[derive(Debug)]
pub(crate) struct Seen {
    most: usize,
    young: HashMap<u128, Known>,
    old: HashMap<u128, Known>,
    forgot: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self::with_most(MOST_RECORDS)
    }
}

impl Seen {
    fn with_most(most: usize) -> Self {
        Self { most, young: HashMap::new(), old: HashMap::new(), forgot: false }
    }

    pub(crate) fn get(&self, id: u128) -> Option<Known> {
        self.young.get(&id).or_else(|| self.old.get(&id)).copied()
    }

    pub(crate) fn insert(&mut self, id: u128, known: Known) {
        if self.young.len() >= self.most {
            self.forgot |= !self.old.is_empty();
            std::mem::swap(&mut self.young, &mut self.old);
            // All of its room at once: growing, a table is there twice.
            if self.young.capacity() < self.most {
                self.young = HashMap::with_capacity(self.most);
            }
            self.young.clear();
        }
        self.young.insert(id, known);
    }

    /// Whether a record was forgotten, so that its repetition would not be known.
    pub(crate) const fn forgot(&self) -> bool {
        self.forgot
    }
}

/// The key of an external id. That of an id which is a digest itself is the digest.
pub(crate) fn key(id: &str) -> u128 {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let own = id.strip_prefix("row-").filter(|hex| hex.len() == 32 && hex.bytes().all(digit));
    own.and_then(|hex| u128::from_str_radix(hex, 16).ok()).unwrap_or_else(|| half(Sha256::new().chain_update(id)))
}

/// The first half of a digest.
pub(crate) fn half(hash: Sha256) -> u128 {
    let digest = hash.finalize();
    digest.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_what_is_near_is_known() {
        let mut seen = Seen::with_most(10);
        for line in 0..25 {
            assert_eq!(seen.get(u128::from(line)), None);
            seen.insert(line.into(), Known { line, content: 0 });
            let known = (0..=line).filter(|id| seen.get(u128::from(*id)).is_some()).count();
            assert!(known <= 20 && (line.saturating_sub(10)..=line).all(|id| seen.get(id.into()).is_some()), "{line}");
        }
        assert!(seen.forgot() && seen.get(3).is_none());
    }

    #[test]
    fn two_generations_stay_in_their_memory() {
        // The table doubles at seven eighths: of 2^21 places, each with an entry and one byte.
        let places = MOST_RECORDS.div_ceil(7).saturating_mul(8).next_power_of_two();
        let bytes = 2 * places * (size_of::<(u128, Known)>() + 1);
        assert!(bytes <= 150_000_000, "{bytes}");
    }

    #[test]
    fn an_id_that_is_a_digest_is_its_own_key() {
        let digest = 0x00ab_u128;
        assert_eq!(key(&format!("row-{digest:032x}")), digest);
        let others = ["row-00AB", "row-", "ab", &format!("row-{digest:032X}"), &format!("row-+{digest:031x}")];
        for other in others {
            assert_ne!(key(other), digest, "{other}");
        }
    }
}
