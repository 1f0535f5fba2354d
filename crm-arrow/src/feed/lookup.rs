//! Whole texts by a table without collisions, beginnings and ends by a word, for many texts at once.

use std::collections::BTreeMap;

use crm_core::rules::lead_score::columns::TILE_ROWS;

use super::folded::{Folded, leading, mark};
use crate::bits::Rows;

/// Most texts that are looked for; more than these rarely have a place each.
const MOST_TEXTS: usize = 256;
/// Most places of the table.
const MOST_PLACES: usize = 1 << 12;
/// Most beginnings and ends that are compared one after another.
const MOST_PARTS: usize = 24;

/// Texts that are looked for, with the codes of the tests that do.
#[derive(Default)]
pub(crate) struct Sought {
    pub(crate) whole: Vec<(String, u64)>,
    pub(crate) heads: Vec<(String, u64)>,
    pub(crate) tails: Vec<(String, u64)>,
}

impl Sought {
    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.heads.is_empty() && self.tails.is_empty()
    }
}

/// The same, compiled.
pub(crate) struct Lookup {
    /// By hash; none where no whole text is looked for.
    places: Vec<Place>,
    heads: Vec<Part>,
    tails: Vec<Part>,
}

/// What tells texts apart, but for the middles of long ones: eight bytes at each end, zeros where there are fewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ends {
    first: u64,
    last: u64,
    length: usize,
}

/// The texts of some ends.
#[derive(Clone, Default)]
struct Place {
    ends: Ends,
    /// Of the text that is no more than its ends.
    code: u64,
    /// Whole texts that are, with their codes.
    long: Vec<(Box<[u8]>, u64)>,
}

/// A beginning or an end.
struct Part {
    /// Its outermost bytes, as many as a word holds.
    word: u64,
    mask: u64,
    code: u64,
    /// All of them where there are more.
    long: Option<Box<[u8]>>,
}

impl Ends {
    #[inline(always)]
    fn of(bytes: &[u8], start: usize, end: usize) -> Self {
        let length = end.wrapping_sub(start);
        let word = |from: usize| bytes.get(from..).and_then(<[u8]>::first_chunk).map_or(0, |b| u64::from_le_bytes(*b));
        let [mask] = leading([u64::MAX], length);
        Self { first: word(start) & mask, last: word(end.wrapping_sub(8)) & mask.swap_bytes(), length }
    }

    /// The ends of a text that stands alone.
    fn of_text(text: &[u8]) -> Self {
        let padded = [&[0; 8], text, &[0; 8]].concat();
        Self::of(&padded, 8, text.len().saturating_add(8))
    }

    #[inline(always)]
    fn hash(self) -> usize {
        let all = self.first ^ self.last.rotate_left(25) ^ self.length as u64;
        (all.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
    }

    #[inline(always)]
    const fn is(self, other: Self) -> bool {
        (self.first ^ other.first) | (self.last ^ other.last) | (self.length ^ other.length) as u64 == 0
    }

    /// Whether a space stands at an end.
    #[inline(always)]
    const fn is_spaced(self) -> bool {
        (self.first as u8 == b' ') | (self.last >> 56 == b' ' as u64)
    }
}

impl Lookup {
    /// `None` where there are too many texts.
    pub(crate) fn new(sought: &Sought) -> Option<Self> {
        if sought.heads.len().saturating_add(sought.tails.len()) > MOST_PARTS {
            return None;
        }
        let heads = sought.heads.iter().map(|(text, code)| Part::new(text, *code, |ends| ends.first));
        let tails = sought.tails.iter().map(|(text, code)| Part::new(text, *code, |ends| ends.last));
        Some(Self { places: table(&sought.whole)?, heads: heads.collect(), tails: tails.collect() })
    }

    /// Adds what it finds to the codes of texts; marks those with spaces at their ends.
    #[inline(always)]
    pub(crate) fn codes(&self, folded: &Folded, codes: &mut [u64; TILE_ROWS], spaced: &mut Rows) {
        let bytes = folded.bytes();
        let (mut first, mut last) = ([0; TILE_ROWS], [0; TILE_ROWS]);
        let mut any_spaced = false;
        for ((start, end), (first, last)) in folded.spans().zip(first.iter_mut().zip(&mut last)) {
            let ends = Ends::of(bytes, start, end);
            (*first, *last) = (ends.first, ends.last);
            any_spaced |= ends.is_spaced();
        }
        let all = || {
            let words = first.iter().zip(&last).zip(folded.spans());
            words.map(|((first, last), (start, end))| {
                (Ends { first: *first, last: *last, length: end.wrapping_sub(start) }, start)
            })
        };
        if any_spaced {
            let rows = all().enumerate().filter(|(_, (ends, _))| ends.is_spaced());
            rows.for_each(|(row, _)| mark(spaced, row));
        }
        let last_place = self.places.len().wrapping_sub(1);
        if !self.places.is_empty() {
            for (code, (ends, _)) in codes.iter_mut().zip(all()) {
                if let Some(place) = self.places.get(ends.hash() & last_place) {
                    // Not a branch: which texts are known ones, no processor foresees.
                    *code |= std::hint::select_unpredictable(place.ends.is(ends), place.code, 0);
                }
            }
        }
        if self.places.iter().any(|place| !place.long.is_empty()) {
            for (code, (ends, start)) in codes.iter_mut().zip(all()) {
                if let Some(place) = self.places.get(ends.hash() & last_place).filter(|place| place.ends.is(ends)) {
                    let text = bytes.get(start..).and_then(|text| text.get(..ends.length)).unwrap_or_default();
                    let same = place.long.iter().filter(|(long, _)| **long == *text);
                    *code |= same.fold(0, |code, (_, holds)| code | holds);
                }
            }
        }
        for part in &self.heads {
            part.codes(&first, codes, folded, |text, head| text.starts_with(head));
        }
        for part in &self.tails {
            part.codes(&last, codes, folded, |text, tail| text.ends_with(tail));
        }
    }
}

impl Part {
    fn new(text: &str, code: u64, word: impl Fn(Ends) -> u64) -> Self {
        let text = text.as_bytes();
        let mask = vec![u8::MAX; text.len()];
        let long = (text.len() > 8).then(|| text.into());
        Self { word: word(Ends::of_text(text)), mask: word(Ends::of_text(&mask)), code, long }
    }

    /// Adds its code to those of the texts that have it.
    #[inline(always)]
    fn codes(
        &self,
        words: &[u64; TILE_ROWS],
        codes: &mut [u64; TILE_ROWS],
        folded: &Folded,
        has: impl Fn(&[u8], &[u8]) -> bool,
    ) {
        let is = |word: &u64| word & self.mask == self.word;
        match &self.long {
            None => {
                for (code, word) in codes.iter_mut().zip(words) {
                    *code |= if is(word) { self.code } else { 0 };
                }
            }
            Some(long) => {
                for ((code, word), (start, end)) in codes.iter_mut().zip(words).zip(folded.spans()) {
                    if is(word) && has(folded.bytes().get(start..end).unwrap_or_default(), long) {
                        *code |= self.code;
                    }
                }
            }
        }
    }
}

/// A table in which no two ends share a place; `None` where there is none.
fn table(whole: &[(String, u64)]) -> Option<Vec<Place>> {
    if whole.len() > MOST_TEXTS {
        return None;
    }
    let mut all: BTreeMap<Ends, Place> = BTreeMap::new();
    for (text, code) in whole {
        let ends = Ends::of_text(text.as_bytes());
        let place = all.entry(ends).or_insert_with(|| Place { ends, ..Place::default() });
        if ends.length > 16 {
            place.long.push((text.as_bytes().into(), *code));
        } else {
            place.code |= code;
        }
    }
    let mut size = all.len().next_power_of_two();
    while !all.is_empty() && size <= MOST_PLACES {
        // Nobody looks for the empty text.
        let mut places = vec![Place::default(); size];
        let fits = all.iter().all(|(ends, text)| {
            let place = places.get_mut(ends.hash() & size.wrapping_sub(1)).filter(|place| place.ends.length == 0);
            place.map(|place| *place = text.clone()).is_some()
        });
        if fits {
            return Some(places);
        }
        size = size.saturating_mul(2);
    }
    all.is_empty().then(Vec::new)
}
