//! All tests of one text field at once: what most texts answer is told by a look at their ends.

use aho_corasick::{AhoCorasick, MatchKind};

use super::compile::{Check, Comparison};
use crate::kernel::text;
use crate::kernel::value::Value;

/// The tests of one text field, compiled to be asked together of one text after another.
#[derive(Clone, Debug, Default)]
pub struct TextTests {
    exact: Exact,
    heads: Vec<Part>,
    tails: Vec<Part>,
    /// Texts that are looked for anywhere, and phrases among the words.
    inside: Option<Inside>,
    phrases: Option<Inside>,
    /// Tests that read the text in another way.
    others: Vec<(usize, Check)>,
}

/// Whole texts that tests look for.
#[derive(Clone, Debug, Default)]
struct Exact {
    /// By hash: whether some text has it. Most texts that nobody looks for end here.
    present: Vec<bool>,
    /// By hash, the texts with the tests that look for them.
    buckets: Vec<Vec<(Box<str>, usize)>>,
}

impl Exact {
    fn new(texts: Vec<(Box<str>, usize)>) -> Self {
        if texts.is_empty() {
            return Self::default();
        }
        let count = texts.len().saturating_mul(4).next_power_of_two();
        let (mut present, mut buckets) = (vec![false; count.saturating_mul(16)], vec![Vec::new(); count]);
        for entry in texts {
            let hash = hash(entry.0.as_bytes());
            if let (Some(bit), Some(bucket)) = (
                place(hash, present.len()).and_then(|p| present.get_mut(p)),
                place(hash, count).and_then(|p| buckets.get_mut(p)),
            ) {
                *bit = true;
                bucket.push(entry);
            }
        }
        Self { present, buckets }
    }

    #[inline(always)]
    fn answer(&self, text: &str, mut holds: impl FnMut(usize)) {
        if self.present.is_empty() {
            return;
        }
        let hash = hash(text.as_bytes());
        let present = place(hash, self.present.len()).and_then(|p| self.present.get(p));
        if present == Some(&true) {
            let bucket = place(hash, self.buckets.len()).and_then(|p| self.buckets.get(p));
            bucket.into_iter().flatten().filter(|(other, _)| **other == *text).for_each(|(_, place)| holds(*place));
        }
    }
}

/// A hash of a text's length and its ends, which differ where texts do.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let ends = head(bytes) ^ tail(bytes).rotate_left(23);
    (ends ^ crate::kernel::json::length(bytes.len())).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The place of a hash among a power of two of them.
#[inline]
fn place(hash: u64, count: usize) -> Option<usize> {
    usize::try_from(hash >> 32).ok().map(|place| place & count.saturating_sub(1))
}

/// The first eight bytes, the first in the lowest place; zeros where there are fewer.
#[inline]
fn head(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}

/// The last eight bytes, the last in the highest place; zeros where there are fewer.
#[inline]
fn tail(bytes: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => bytes.iter().fold(0, |word, byte| (word >> 8) | (u64::from(*byte) << 56)),
    }
}

/// A beginning or an end that a test looks for.
#[derive(Clone, Debug)]
struct Part {
    /// Its outermost bytes. No text has a zero byte, so that they decide about a part of no more.
    outermost: u64,
    mask: u64,
    /// The whole part where it is longer.
    long: Option<Box<str>>,
    place: usize,
}

impl Part {
    /// The part of a text's beginning, or of its end.
    fn new(text: &str, place: usize, is_tail: bool) -> Self {
        let bytes = text.as_bytes();
        let unused = u32::try_from(8_usize.saturating_sub(bytes.len())).unwrap_or(0).saturating_mul(8);
        let mask = if is_tail { u64::MAX.checked_shl(unused) } else { u64::MAX.checked_shr(unused) }.unwrap_or(0);
        let outermost = if is_tail { tail(bytes) } else { head(bytes) };
        Self { outermost, mask, long: (bytes.len() > 8).then(|| text.into()), place }
    }

    #[inline]
    fn may_be(&self, outermost: u64) -> bool {
        outermost & self.mask == self.outermost
    }
}

/// Many texts that are looked for at once.
#[derive(Clone, Debug)]
struct Inside {
    /// Finds the first of them, fast; most texts have none.
    first: AhoCorasick,
    /// Finds all of them.
    all: AhoCorasick,
    /// The tests of the texts.
    places: Vec<usize>,
}

impl Inside {
    /// `None` where nothing is looked for, or where the automaton would be too large.
    fn new(parts: &[(String, usize)]) -> Option<Self> {
        let texts = || parts.iter().map(|(text, _)| text);
        let first = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts()).ok()?;
        let all = AhoCorasick::new(texts()).ok()?;
        (!parts.is_empty()).then(|| Self { first, all, places: parts.iter().map(|(_, place)| *place).collect() })
    }

    fn answer(&self, text: &str, mut holds: impl FnMut(usize)) {
        if !self.first.is_match(text) {
            return;
        }
        for found in self.all.find_overlapping_iter(text) {
            if let Some(place) = self.places.get(found.pattern().as_usize()) {
                holds(*place);
            }
        }
    }
}

impl TextTests {
    /// Compiles the tests; they answer by their places in the list. Null tests never answer here.
    pub fn new<'c>(checks: impl IntoIterator<Item = &'c Check>) -> Self {
        let (mut exact, mut heads, mut tails, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut inside, mut phrases) = (Vec::new(), Vec::new());
        let mut readers = Vec::new();
        for (place, check) in checks.into_iter().enumerate() {
            match check {
                Check::IsNull | Check::IsKnown => {}
                Check::Compare(Comparison::Equal, Value::Text(t)) => exact.push((t.as_str().into(), place)),
                Check::In(values) => exact.extend(values.iter().filter_map(|v| match v {
                    Value::Text(t) => Some((Box::from(t.as_str()), place)),
                    _ => None,
                })),
                Check::StartsWith(texts) => heads.extend(texts.iter().map(|t| Part::new(t, place, false))),
                Check::EndsWith(texts) => tails.extend(texts.iter().map(|t| Part::new(t, place, true))),
                Check::Contains(texts) => {
                    inside.extend(texts.iter().map(|t| (t.clone(), place)));
                    readers.push((place, check.clone()));
                }
                // A phrase is among the words where it is inside of them with a space at each end.
                Check::HasWord(texts) => {
                    phrases.extend(texts.iter().map(|t| (format!(" {t} "), place)));
                    readers.push((place, check.clone()));
                }
                other => others.push((place, other.clone())),
            }
        }
        let automata = (Inside::new(&inside), Inside::new(&phrases));
        // What has no automaton is read test by test.
        let missing = |check: &Check| match check {
            Check::Contains(_) => automata.0.is_none(),
            _ => automata.1.is_none(),
        };
        others.extend(readers.into_iter().filter(|(_, check)| missing(check)));
        Self { exact: Exact::new(exact), heads, tails, inside: automata.0, phrases: automata.1, others }
    }

    /// Whether some test has to read the whole text.
    pub fn is_costly(&self) -> bool {
        self.inside.is_some() || self.phrases.is_some() || !self.others.is_empty()
    }

    /// Tells which tests hold for a known, [folded](crate::kernel::text::fold) text; one of them may be told twice.
    #[inline(always)]
    pub fn answer(&self, folded: &str, mut holds: impl FnMut(usize)) {
        let bytes = folded.as_bytes();
        self.exact.answer(folded, &mut holds);
        if !self.heads.is_empty() {
            let first = head(bytes);
            for part in self.heads.iter().filter(|p| p.may_be(first)) {
                if part.long.as_ref().is_none_or(|long| folded.starts_with(&**long)) {
                    holds(part.place);
                }
            }
        }
        if !self.tails.is_empty() {
            let last = tail(bytes);
            for part in self.tails.iter().filter(|p| p.may_be(last)) {
                if part.long.as_ref().is_none_or(|long| folded.ends_with(&**long)) {
                    holds(part.place);
                }
            }
        }
        if self.is_costly() {
            self.read(folded, &mut holds);
        }
    }

    /// The tests that read the whole text.
    fn read(&self, folded: &str, holds: &mut dyn FnMut(usize)) {
        if let Some(inside) = &self.inside {
            inside.answer(folded, &mut *holds);
        }
        if let Some(phrases) = &self.phrases {
            phrases.answer(&format!(" {} ", text::words(folded)), &mut *holds);
        }
        for (place, check) in &self.others {
            if check.test_text(folded) == Some(true) {
                holds(*place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fact::Fact;
    use crate::kernel::predicate::{Predicate, Truth};
    use crate::kernel::text::fold;
    use crate::kernel::time::parse_instant;
    use crate::model::Kind;
    use crate::rules::Rules;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn together_they_answer_as_each_alone(
            tests in prop::collection::vec((
                prop::sample::select(vec!["eq", "in", "lt", "starts_with", "ends_with", "contains", "has_word", "is_null", "is_known"]),
                prop::collection::vec("[ab.é ]{1,12}", 1..5),
            ), 1..20),
            texts in prop::collection::vec("[abA.é ]{1,12}", 1..20),
        ) {
            let schema = Rules::default().schema(Kind::Lead);
            let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
            let mut checks = Vec::new();
            for (op, values) in &tests {
                let value = match *op { "eq" | "lt" => json!(values[0]), "is_null" | "is_known" => json!(null), _ => json!(values) };
                let test = json!({"field": "source", "op": op, "value": value});
                if let Ok(compiled) = Predicate::from_json(&test).unwrap().compile(&schema) {
                    checks.push(super::super::Circuit::new([&compiled]).0.tests()[0].check.clone());
                }
            }
            let all = TextTests::new(&checks);
            for text in texts.iter().chain(tests.iter().flat_map(|t| &t.1)) {
                let folded = fold(text);
                let mut found = vec![false; checks.len()];
                all.answer(&folded, |place| found[place] = true);
                for (check, found) in checks.iter().zip(found) {
                    if !matches!(check, Check::IsNull | Check::IsKnown) {
                        prop_assert_eq!(check.test(Fact::Text(text), at) == Truth::True, found, "{:?} {}", check, text);
                    }
                }
            }
        }
    }
}
