//! The industry: a short lexicon of French and English words, weighed and counted on the website.
//!
//! ```text
//! score(industry) = sum over its phrases of weight * hits       hits at the borders of words
//! found           = best score >= 2  and  best / sum of all >= 0.34
//! ```
//!
//! The thresholds are those of the domain enrichment of Frappe CRM, whose words are English only; the lexicon is ours.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::text::words;

/// `construction 3: charpente, couvreur`: industry, weight, phrases as `words` gives them.
const LEXICON: &str = include_str!("data/industries.txt");
/// The least score.
const LEAST_SCORE: u64 = 2;
/// The least share of all scores, in hundredths.
const LEAST_PERCENT: u64 = 34;
/// From which share and score on it is more than a guess.
const SURE_PERCENT: u64 = 60;
const SURE_SCORE: u64 = 6;

/// The lexicon, ready to search a text once for all phrases.
struct Lexicon {
    phrases: Vec<Phrase>,
    search: AhoCorasick,
}

struct Phrase {
    industry: &'static str,
    weight: u64,
    text: &'static str,
}

fn lexicon() -> Option<&'static Lexicon> {
    static LEXICON: OnceLock<Option<Lexicon>> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::read).as_ref()
}

impl Lexicon {
    fn read() -> Option<Self> {
        let phrases: Vec<Phrase> = LEXICON.lines().flat_map(|line| line_phrases(line).into_iter().flatten()).collect();
        let search = AhoCorasick::new(phrases.iter().map(|p| format!(" {} ", p.text))).ok()?;
        Some(Lexicon { phrases, search })
    }
}

fn line_phrases(line: &'static str) -> Option<impl Iterator<Item = Phrase>> {
    let (head, phrases) = line.split_once(": ")?;
    let (industry, weight) = head.split_once(' ')?;
    let weight = weight.parse().ok()?;
    Some(phrases.split(", ").map(move |text| Phrase { industry, weight, text }))
}

pub(super) fn derive(desk: &mut Desk<'_>) {
    let material = desk.material;
    let texts = material.pages.iter().flat_map(|p| [&p.page.title, &p.page.description, &p.page.text]);
    let found = classify(texts.map(String::as_str));
    if let (Some(found), Some(read)) = (found, material.pages.first()) {
        let from = From { source: &read.source, evidence: &found.evidence };
        desk.found(Topic::Industry, Method::KeywordClassifier, found.confidence, found.industry, from);
    }
}

struct Found {
    industry: &'static str,
    confidence: Confidence,
    evidence: String,
}

/// The industry that the words of some texts speak of.
fn classify<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Found> {
    let lexicon = lexicon()?;
    let mut hits: BTreeMap<&'static str, BTreeMap<&'static str, u64>> = BTreeMap::new();
    let mut scores: BTreeMap<&'static str, u64> = BTreeMap::new();
    for text in texts {
        // Two hits side by side share a space.
        let padded = format!(" {} ", words(text));
        for hit in lexicon.search.find_overlapping_iter(&padded) {
            let Some(phrase) = lexicon.phrases.get(hit.pattern().as_usize()) else { continue };
            let count = hits.entry(phrase.industry).or_default().entry(phrase.text).or_default();
            *count = count.saturating_add(1);
            let score = scores.entry(phrase.industry).or_default();
            *score = score.saturating_add(phrase.weight);
        }
    }
    // Of equal ones the first by name.
    let (industry, best) = scores.iter().rev().max_by_key(|(_, score)| **score)?;
    let all: u64 = scores.values().sum();
    let share = |percent: u64| best.saturating_mul(100) >= all.saturating_mul(percent);
    if *best < LEAST_SCORE || !share(LEAST_PERCENT) {
        return None;
    }
    let sure = share(SURE_PERCENT) && *best >= SURE_SCORE;
    let confidence = if sure { Confidence::Medium } else { Confidence::Low };
    Some(Found { industry, confidence, evidence: counted(hits.get(industry)?) })
}

/// The words that were hit most: `toiture (3), charpente (2)`.
pub(super) fn counted(hits: &BTreeMap<&str, u64>) -> String {
    let mut list: Vec<(&&str, &u64)> = hits.iter().collect();
    list.sort_by_key(|(word, count)| (std::cmp::Reverse(**count), **word));
    list.iter().take(5).map(|(word, count)| format!("{word} ({count})")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_lexicon_is_read_whole_and_has_every_phrase_once() {
        let lexicon = lexicon().unwrap();
        let mut seen = BTreeSet::new();
        for phrase in &lexicon.phrases {
            assert_eq!(words(phrase.text), phrase.text);
            assert!((1..=3).contains(&phrase.weight));
            assert!(seen.insert(phrase.text), "{}", phrase.text);
        }
        assert_eq!(LEXICON.lines().count(), LEXICON.lines().filter(|l| line_phrases(l).is_some()).count());
        assert!(lexicon.phrases.len() > 300, "{}", lexicon.phrases.len());
    }

    #[test]
    fn words_are_counted_at_their_borders() {
        let found = |text: &str| classify([text].into_iter()).map(|f| (f.industry, f.confidence.name(), f.evidence));
        // 3 * 2 of 6.
        let roofs = Some(("construction", "medium", "couvreur (1), toiture (1)".to_owned()));
        assert_eq!(found("Couvreur : votre toiture à Brest"), roofs);
        assert_eq!(found("couvreurssss toituresss"), None);
        // Both of weight 3 and each 50 %: the first by name.
        assert_eq!(found("toiture et logiciel").map(|f| (f.0, f.1)), Some(("construction", "low")));
        // Three that share: 33 % is not enough.
        assert_eq!(found("toiture, logiciel, avocat").map(|f| f.0), None);
        assert_eq!(found(""), None);
    }
}
