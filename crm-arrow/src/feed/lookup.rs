//! Tests of short texts answered by a look: whole texts by a table without collisions, beginnings and ends by a word.

use crm_core::Value;
use std::collections::BTreeMap;

use crm_core::kernel::predicate::{Check, Comparison};

use super::short::{self, Short, WORDS};
use super::values::{FIRST, KNOWN};

/// Most texts that are looked for; more than these rarely have a place each.
const MOST_TEXTS: usize = 256;
/// Most places of the table.
const MOST_PLACES: usize = 1 << 12;
/// Most beginnings and ends that are compared one after another.
const MOST_PARTS: usize = 12;

/// Tests that only look for whole short texts, and for beginnings and ends of at most eight bytes.
pub(crate) struct Lookup {
    /// By hash: a text that is looked for, and the tests that do.
    places: Vec<(Short, u64)>,
    heads: Vec<Part>,
    tails: Vec<Part>,
}

/// A beginning or an end of at most eight bytes.
struct Part {
    word: u64,
    mask: u64,
    code: u64,
}

impl Lookup {
    /// `None` where some test has to read more of a text.
    pub(crate) fn new(checks: &[Check]) -> Option<Self> {
        let (mut exact, mut heads, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for (bit, check) in (FIRST..).zip(checks) {
            let code = 1_u64.wrapping_shl(bit);
            match check {
                Check::IsNull | Check::IsKnown => {}
                Check::Compare(Comparison::Equal, Value::Text(t)) => exact.push((t.as_str(), code)),
                Check::In(values) => {
                    for value in values {
                        let Value::Text(t) = value else { return None };
                        exact.push((t.as_str(), code));
                    }
                }
                Check::StartsWith(texts) => {
                    for text in texts {
                        heads.push(Part::new(text, code, |word, _| word)?);
                    }
                }
                Check::EndsWith(texts) => {
                    for text in texts {
                        tails.push(Part::new(text, code, |word, unused| word.checked_shl(unused).unwrap_or(0))?);
                    }
                }
                _ => return None,
            }
        }
        if heads.len().saturating_add(tails.len()) > MOST_PARTS {
            return None;
        }
        Some(Self { places: table(&exact)?, heads, tails })
    }

    /// The code of a simple text: see [`short::is_simple`].
    #[inline(always)]
    pub(crate) fn code(&self, text: &Short, hash: u64) -> u64 {
        let mut code = 1 << KNOWN;
        if let Some((known, holds)) = self.places.get(hash as usize & self.places.len().wrapping_sub(1)) {
            let different = known.iter().zip(text).fold(0, |different, (a, b)| different | a ^ b);
            code |= if different == 0 { *holds } else { 0 };
        }
        let [first, ..] = *text;
        for part in &self.heads {
            code |= if first & part.mask == part.word { part.code } else { 0 };
        }
        if !self.tails.is_empty() {
            let last = short::last_eight(text);
            for part in &self.tails {
                code |= if last & part.mask == part.word { part.code } else { 0 };
            }
        }
        code
    }
}

impl Part {
    fn new(text: &str, code: u64, place: fn(u64, u32) -> u64) -> Option<Self> {
        let unused = 8_usize.checked_sub(text.len())?;
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        let unused = u32::try_from(unused).ok()?.saturating_mul(8);
        let mask = u64::MAX.checked_shr(unused).unwrap_or(0);
        Some(Self { word: place(u64::from_le_bytes(bytes), unused), mask: place(mask, unused), code })
    }
}

/// A table in which no two texts share a place; none where some text is long, or where there is no such table.
fn table(exact: &[(&str, u64)]) -> Option<Vec<(Short, u64)>> {
    if exact.len() > MOST_TEXTS {
        return None;
    }
    let mut texts: BTreeMap<Short, u64> = BTreeMap::new();
    for (text, code) in exact {
        *texts.entry(short::of(text)?).or_default() |= code;
    }
    let mut size = texts.len().max(1).next_power_of_two();
    while size <= MOST_PLACES {
        // The empty text is looked for by nobody.
        let mut places = vec![([0; WORDS], 0); size];
        let fits = texts.iter().all(|(text, code)| {
            let place = places.get_mut(short::hash(text) as usize & size.wrapping_sub(1));
            place.filter(|place| place.1 == 0).map(|place| *place = (*text, *code)).is_some()
        });
        if fits {
            return Some(places);
        }
        size = size.saturating_mul(2);
    }
    None
}
