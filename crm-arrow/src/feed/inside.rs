//! Parts that are looked for anywhere in texts: found by their first three bytes at all positions at once.

use crm_core::rules::lead_score::columns::TILE_ROWS;

use super::folded::{Folded, Place, leading};
use crate::instructions::{Found, Triples};

/// Most parts; among more of them, too much looks like one.
const MOST_PARTS: usize = 48;
/// Bytes that are compared at once.
const WIDTH: usize = 16;

/// Parts with the codes of the tests that look for them.
pub(crate) struct Inside {
    triples: Triples,
    parts: Vec<Eight>,
    /// Parts that are longer than what is compared at once.
    long: Vec<(Box<[u8]>, u64)>,
}

/// Eight parts side by side; those of no code are none.
#[derive(Default)]
struct Eight {
    words: [[u64; 8]; 2],
    masks: [[u64; 8]; 2],
    codes: [u64; 8],
}

impl Inside {
    /// `None` where there are too many.
    pub(crate) fn new(all: &[(String, u64)]) -> Option<Self> {
        if all.len() > MOST_PARTS {
            return None;
        }
        let (mut triples, mut short, mut long) = (Triples::default(), Vec::new(), Vec::new());
        for ((text, code), set) in all.iter().zip((0..8).cycle()) {
            triples.add(text.as_bytes(), set);
            if text.len() > WIDTH { long.push((text.as_bytes().into(), *code)) } else { short.push((text, *code)) }
        }
        let parts = short.chunks(8).map(Eight::new).collect();
        Some(Self { triples, parts, long })
    }

    /// Adds to the codes of texts what they contain.
    #[inline(always)]
    pub(crate) fn codes(&self, folded: &mut Folded, codes: &mut [u64; TILE_ROWS], with: Found) {
        folded.find(&self.triples, with);
        let bytes = folded.bytes();
        for Place { row, position, end } in folded.found().iter().copied() {
            let [a, b] = words(bytes, position, end);
            let mut found = self.parts.iter().fold(0, |found, eight| found | eight.found(a, b));
            for (part, code) in &self.long {
                let text = bytes.get(position..end).unwrap_or_default();
                found |= if text.starts_with(part) { *code } else { 0 };
            }
            if let Some(code) = codes.get_mut(row) {
                *code |= found;
            }
        }
    }
}

impl Eight {
    fn new(parts: &[(&String, u64)]) -> Self {
        let mut eight = Self::default();
        let [first, second] = &mut eight.words;
        let words_of = first.iter_mut().zip(second);
        let [first, second] = &mut eight.masks;
        let masks_of = first.iter_mut().zip(second);
        for ((((text, code), to), masks), own) in parts.iter().zip(words_of).zip(masks_of).zip(&mut eight.codes) {
            let padded = [text.as_bytes(), &[0; WIDTH]].concat();
            let [a, b] = words(&padded, 0, text.len());
            (*to.0, *to.1) = (a, b);
            let [a, b] = leading([u64::MAX; 2], text.len());
            (*masks.0, *masks.1) = (a, b);
            *own = *code;
        }
        eight
    }

    /// The codes of those with which two words begin: all are compared, without a branch, because which it is, no
    /// processor foresees.
    #[inline(always)]
    fn found(&self, a: u64, b: u64) -> u64 {
        let Self { words: [first, second], masks: [some, others], codes } = self;
        let words = first.iter().zip(second).zip(some.iter().zip(others));
        words.zip(codes).fold(0, |found, (((first, second), (some, others)), code)| {
            let different = a & some ^ first | b & others ^ second;
            found | if different == 0 { *code } else { 0 }
        })
    }
}

/// The bytes from a position on, zeros beyond an end.
#[inline(always)]
fn words(bytes: &[u8], position: usize, end: usize) -> [u64; 2] {
    let both = bytes.get(position..).and_then(<[u8]>::first_chunk::<WIDTH>).copied().unwrap_or_default();
    let (words, _) = both.as_chunks::<8>();
    let mut all = [0; 2];
    all.iter_mut().zip(words).for_each(|(to, from)| *to = u64::from_le_bytes(*from));
    leading(all, end.wrapping_sub(position))
}
