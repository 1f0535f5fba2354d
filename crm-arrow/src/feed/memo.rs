//! What texts seen before answered: a table of fixed size that a text is looked up in by its hash and compared with.

/// Places of the table: what fits the second cache.
const PLACES: usize = 1 << 15;

/// Answers by text.
pub(crate) struct Memo<'a> {
    places: Vec<Place<'a>>,
}

#[derive(Clone, Copy, Default)]
struct Place<'a> {
    hash: u64,
    text: &'a str,
    answer: u64,
}

impl<'a> Memo<'a> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new() }
    }

    /// The answer to a text with its [`hash`], found out where it is not remembered.
    #[inline]
    pub(crate) fn answer(&mut self, hash: u64, text: &'a str, find: impl FnOnce(&'a str) -> u64) -> u64 {
        if self.places.is_empty() {
            // The empty text stands in every place from the start, with the hash of no text.
            self.places.resize(PLACES, Place::default());
        }
        let index = usize::try_from(hash >> 40).unwrap_or(0) % PLACES;
        let Some(place) = self.places.get_mut(index) else { return find(text) };
        if place.hash != hash || !same(place.text.as_bytes(), text.as_bytes()) {
            *place = Place { hash, text, answer: find(text) };
        }
        place.answer
    }
}

/// Whether two runs of bytes are the same: eight at a time and without a branch, for texts are short.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ((words, rest), (others, remaining)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let different = words
        .iter()
        .zip(others)
        .fold(0, |different, (a, b)| different | u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b));
    let last = match (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(a), Some(b)) => u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b),
        _ => u64::from(rest != remaining),
    };
    different | last == 0
}

/// A hash of all bytes, never 0. Fixed: texts made to collide cost time, never an answer.
#[inline]
pub(crate) fn hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = 0x243f_6a88_85a3_08d3 ^ bytes.len() as u64;
    for word in words {
        hash = mixed(hash ^ u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let last = match bytes.last_chunk::<8>() {
            Some(last) => u64::from_le_bytes(*last),
            None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        hash = mixed(hash ^ last);
    }
    mixed(hash) | 1
}

#[inline]
fn mixed(word: u64) -> u64 {
    let product = u128::from(word).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_was_found(texts in prop::collection::vec("[ab]{0,20}", 1..300)) {
            let mut memo = Memo::new();
            let find = |t: &str| t.bytes().fold(7, |n, b| n * 3 + u64::from(b) % 91);
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(memo.answer(hash(text), text, find), find(text));
                prop_assert!(texts.iter().all(|other| same(text.as_bytes(), other.as_bytes()) == (text == other)));
            }
        }
    }
}
