//! Parts that are looked for anywhere in texts: found by their first three bytes at all positions at once.

use crm_core::rules::lead_score::columns::TILE_ROWS;

use super::folded::Folded;
use crate::instructions::{Found, Triples};

/// Most parts; among more of them, too much looks like one.
const MOST_PARTS: usize = 48;

/// Parts with the codes of the tests that look for them.
pub(crate) struct Inside {
    triples: Triples,
    /// By the bits of the triples.
    sets: [Vec<(Box<[u8]>, u64)>; 8],
}

impl Inside {
    /// `None` where there are too many.
    pub(crate) fn new(parts: &[(String, u64)]) -> Option<Self> {
        if parts.len() > MOST_PARTS {
            return None;
        }
        let (mut triples, mut sets) = (Triples::default(), <[Vec<_>; 8]>::default());
        for ((text, code), (bit, place)) in parts.iter().zip((0..8).zip(0..8).cycle()) {
            triples.add(text.as_bytes(), bit);
            let set: &mut Vec<(Box<[u8]>, u64)> = sets.iter_mut().nth(place)?;
            set.push((text.as_bytes().into(), *code));
        }
        Some(Self { triples, sets })
    }

    /// Adds to the codes of texts what they contain.
    #[inline(always)]
    pub(crate) fn codes(&self, folded: &mut Folded, codes: &mut [u64; TILE_ROWS], with: Found) {
        folded.may_begin(&self.triples, with, |row, rest, sets| {
            let Some(code) = codes.get_mut(row) else { return };
            for (bit, set) in (0_u32..).zip(&self.sets) {
                if sets >> bit & 1 == 1 {
                    for (part, holds) in set {
                        *code |= if rest.starts_with(part) { *holds } else { 0 };
                    }
                }
            }
        });
    }
}
