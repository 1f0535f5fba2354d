//! What texts seen before answered: tables of fixed size that a text is looked up in by its hash and compared with.

use crm_core::kernel::text;

use super::short::{self, Short, WORDS};

/// Pairs of places of each table, which fit the second cache of today's processors. In a pair a text that was asked for again stands first, and
/// a new one takes the second place: texts that never repeat do not drive out those that do.
const PAIRS: usize = 1 << 13;

/// Answers by text.
#[derive(Default)]
pub(crate) struct Memo<'a> {
    /// At first the empty text stands in every place, whose answer is none.
    short: Vec<[Short; 2]>,
    short_answers: Vec<[u64; 2]>,
    long: Vec<[&'a str; 2]>,
    long_answers: Vec<[u64; 2]>,
}

impl<'a> Memo<'a> {
    /// The answer to a short text with its [hash](short::hash), found out where it is not remembered.
    #[inline(always)]
    pub(crate) fn short(&mut self, hash: u64, text: &Short, find: impl FnOnce() -> u64) -> u64 {
        let same = |known: &Short| known.iter().zip(text).fold(0, |different, (a, b)| different | a ^ b) == 0;
        remembered((&mut self.short, &mut self.short_answers), [0; WORDS], hash, *text, same, find)
    }

    /// Looks at the places of hashes, all of them at once, so that they are near when they are asked.
    #[inline(always)]
    pub(crate) fn fetch(&self, hashes: impl Iterator<Item = u64>) {
        let first = |hash: u64| self.short.get(hash as usize % PAIRS).map_or(0, |[[word, ..], _]| *word);
        std::hint::black_box(hashes.fold(0, |all, hash| all ^ first(hash)));
    }

    /// The answer to a text of any length.
    pub(crate) fn long(&mut self, text: &'a str, find: impl FnOnce() -> u64) -> u64 {
        // What no field takes is refused by its length; to read it would cost more.
        if text.len() > text::MOST_BYTES {
            return find();
        }
        let hash = hash(text.as_bytes());
        remembered((&mut self.long, &mut self.long_answers), "", hash, text, |known| *known == text, find)
    }
}

#[inline(always)]
fn remembered<T: Copy>(
    (texts, answers): (&mut Vec<[T; 2]>, &mut Vec<[u64; 2]>),
    empty: T,
    hash: u64,
    text: T,
    same: impl Fn(&T) -> bool,
    find: impl FnOnce() -> u64,
) -> u64 {
    if texts.is_empty() {
        texts.resize(PAIRS, [empty; 2]);
        answers.resize(PAIRS, [0; 2]);
    }
    let place = hash as usize % PAIRS;
    let (Some(known), Some(answer)) = (texts.get_mut(place), answers.get_mut(place)) else { return find() };
    if !same(&known[0]) {
        if same(&known[1]) {
            known.swap(0, 1);
            answer.swap(0, 1);
        } else {
            known[1] = text;
            answer[1] = find();
            return answer[1];
        }
    }
    answer[0]
}

/// A hash of all bytes. Fixed, as that of short texts: texts made to collide cost time, never an answer.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64;
    // The last words overlap those before them; only short texts have none.
    for chunk in bytes.as_chunks::<40>().0.iter().chain(bytes.last_chunk::<40>()) {
        hash = short::hash(&short::words(chunk)) ^ hash.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::super::short::TextColumn as _;
    use super::*;
    use arrow_array::StringArray;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_was_found(texts in prop::collection::vec("[ab]{0,20}|[ab]{36,90}", 1..300)) {
            let mut memo = Memo::default();
            let find = |t: &str| t.bytes().fold(t.len() as u64 * 7, |n, b| n * 3 % 1_000_003 + u64::from(b) % 91);
            let array = StringArray::from(texts.clone());
            for (i, text) in texts.iter().enumerate().chain(texts.iter().enumerate()) {
                let found = match (&array).short(i) {
                    Some(short) => memo.short(short::hash(&short), &short, || find(text)),
                    None => memo.long(text, || find(text)),
                };
                prop_assert_eq!(found, find(text));
            }
        }
    }
}
