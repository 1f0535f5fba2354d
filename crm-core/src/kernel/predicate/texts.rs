//! All tests of one text field at once: what most texts answer is told by a look at their ends.

use super::compile::{Check, Comparison};
use crate::kernel::value::Value;

/// The tests of one text field, compiled to be asked together of one text after another.
#[derive(Clone, Debug, Default)]
pub struct TextTests {
    /// Whole texts that tests look for, by a hash.
    exact: Vec<Vec<(Box<str>, usize)>>,
    heads: Parts,
    tails: Parts,
    /// Tests that read the text.
    others: Vec<(usize, Check)>,
}

/// Beginnings or ends that tests look for.
#[derive(Clone, Debug, Default)]
struct Parts {
    /// By the outermost byte: whether some part has it.
    bytes: Vec<bool>,
    parts: Vec<(Box<str>, usize)>,
}

impl Parts {
    fn new(parts: Vec<(Box<str>, usize)>, outermost: fn(&[u8]) -> Option<&u8>) -> Self {
        let mut bytes = vec![false; 256];
        for byte in parts.iter().filter_map(|(part, _)| outermost(part.as_bytes())) {
            if let Some(place) = bytes.get_mut(usize::from(*byte)) {
                *place = true;
            }
        }
        Self { bytes, parts }
    }

    fn may_have(&self, byte: Option<&u8>) -> bool {
        byte.is_some_and(|b| self.bytes.get(usize::from(*b)).copied().unwrap_or(false))
    }
}

impl TextTests {
    /// Compiles the tests; they answer by their places in the list. Null tests never answer here.
    pub fn new<'c>(checks: impl IntoIterator<Item = &'c Check>) -> Self {
        let (mut exact, mut heads, mut tails, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (place, check) in checks.into_iter().enumerate() {
            let boxed = |texts: &[String]| -> Vec<(Box<str>, usize)> {
                texts.iter().map(|t| (t.as_str().into(), place)).collect()
            };
            match check {
                Check::IsNull | Check::IsKnown => {}
                Check::Compare(Comparison::Equal, Value::Text(t)) => exact.push((t.as_str().into(), place)),
                Check::In(values) => exact.extend(values.iter().filter_map(|v| match v {
                    Value::Text(t) => Some((Box::from(t.as_str()), place)),
                    _ => None,
                })),
                Check::StartsWith(texts) => heads.extend(boxed(texts)),
                Check::EndsWith(texts) => tails.extend(boxed(texts)),
                other => others.push((place, other.clone())),
            }
        }
        Self {
            exact: hashed(exact),
            heads: Parts::new(heads, |b| b.first()),
            tails: Parts::new(tails, |b| b.last()),
            others,
        }
    }

    /// Whether some test has to read the whole text.
    pub fn is_costly(&self) -> bool {
        !self.others.is_empty()
    }

    /// Tells which tests hold for a known, [folded](crate::kernel::text::fold) text; one of them may be told twice.
    #[inline]
    pub fn answer(&self, folded: &str, mut holds: impl FnMut(usize)) {
        let bytes = folded.as_bytes();
        if !self.exact.is_empty() {
            let bucket = self.exact.get(bucket(bytes, self.exact.len())).map(Vec::as_slice).unwrap_or_default();
            bucket.iter().filter(|(text, _)| **text == *folded).for_each(|(_, place)| holds(*place));
        }
        if self.heads.may_have(bytes.first()) {
            self.heads
                .parts
                .iter()
                .filter(|(part, _)| folded.starts_with(&**part))
                .for_each(|(_, place)| holds(*place));
        }
        if self.tails.may_have(bytes.last()) {
            self.tails.parts.iter().filter(|(part, _)| folded.ends_with(&**part)).for_each(|(_, place)| holds(*place));
        }
        for (place, check) in &self.others {
            if check.test_text(folded) == Some(true) {
                holds(*place);
            }
        }
    }
}

fn hashed(exact: Vec<(Box<str>, usize)>) -> Vec<Vec<(Box<str>, usize)>> {
    if exact.is_empty() {
        return Vec::new();
    }
    let mut buckets = vec![Vec::new(); exact.len().saturating_mul(4).next_power_of_two()];
    let count = buckets.len();
    for entry in exact {
        if let Some(bucket) = buckets.get_mut(bucket(entry.0.as_bytes(), count)) {
            bucket.push(entry);
        }
    }
    buckets
}

/// The bucket of a text among a power of two of them: by its length and its ends, which differ where texts do.
fn bucket(bytes: &[u8], count: usize) -> usize {
    let word = |chunk: Option<&[u8; 8]>| chunk.map(|c| u64::from_le_bytes(*c));
    let short = || bytes.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
    let ends = match (word(bytes.first_chunk()), word(bytes.last_chunk())) {
        (Some(first), Some(last)) => first ^ last.rotate_left(23),
        _ => short(),
    };
    let hash = (ends ^ crate::kernel::json::length(bytes.len())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(hash >> 32).unwrap_or(0) & count.saturating_sub(1)
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
                prop::collection::vec("[ab.é ]{1,10}", 1..5),
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
