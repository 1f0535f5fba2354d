//! The language that somebody writes: the small words of French and English, counted. Where neither clearly leads,
//! nothing is found.

use std::collections::BTreeMap;

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::text::words;

const FRENCH: &[&str] = &[
    "au", "aux", "avec", "bonjour", "ce", "ces", "cette", "dans", "des", "du", "est", "et", "je", "le", "les", "mon",
    "nos", "notre", "nous", "ou", "par", "pour", "que", "qui", "sont", "sur", "une", "vos", "votre", "vous",
];
const ENGLISH: &[&str] = &[
    "and", "are", "at", "by", "for", "from", "have", "hello", "in", "is", "it", "my", "of", "our", "that", "the",
    "this", "to", "we", "with", "you", "your",
];

/// The least hits, different words, and words of the language among a hundred words.
const LEAST_HITS: u64 = 4;
const LEAST_DIFFERENT: usize = 3;
const LEAST_PERCENT: u64 = 12;
/// How many times the other language's hits the leading one needs.
const LEAD: u64 = 3;
/// From how many different words on it is more than a guess.
const SURE_DIFFERENT: usize = 5;

pub(super) fn derive(desk: &mut Desk<'_>) {
    let (own, material) = (desk.own, desk.material);
    // The person's own words say more than the company's website.
    let message = own.get("description");
    let pages: Vec<&str> = material.pages.iter().map(|p| p.page.text.as_str()).filter(|t| !t.is_empty()).collect();
    let legal: Vec<&str> = material.legal().into_iter().map(|(_, text)| text).collect();
    let site = material.pages.first().map_or("legal_text", |p| p.source.as_str());
    for (texts, source) in [(vec![message], "lead.description"), (pages, site), (legal, site)] {
        if let Some((language, confidence, evidence)) = guess(&texts) {
            let from = From { source, evidence: &evidence };
            desk.found(Topic::Language, Method::StopWords, confidence, language, from);
        }
    }
}

/// The language of some texts, with the words that tell it most often.
fn guess(texts: &[&str]) -> Option<(&'static str, Confidence, String)> {
    let (mut french, mut english, mut all) = (BTreeMap::new(), BTreeMap::new(), 0_u64);
    for text in texts {
        let words = words(text);
        for word in words.split(' ').filter(|w| !w.is_empty()) {
            all = all.saturating_add(1);
            for (list, hits) in [(FRENCH, &mut french), (ENGLISH, &mut english)] {
                if let Some(known) = list.iter().find(|w| **w == word) {
                    let count: &mut u64 = hits.entry(*known).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
    }
    let sum = |hits: &BTreeMap<&str, u64>| hits.values().sum::<u64>();
    let (language, hits, other) = match sum(&french) >= sum(&english) {
        true => ("fr", french, english),
        false => ("en", english, french),
    };
    let (own, other) = (sum(&hits), sum(&other));
    let clear = own >= LEAST_HITS
        && hits.len() >= LEAST_DIFFERENT
        && own >= other.saturating_mul(LEAD)
        && own.saturating_mul(100) >= all.saturating_mul(LEAST_PERCENT);
    let confidence = if hits.len() >= SURE_DIFFERENT { Confidence::Medium } else { Confidence::Low };
    clear.then(|| (language, confidence, super::industry::counted(&hits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_told_only_where_it_is_clear() {
        let language = |text: &str| guess(&[text]).map(|(language, sure, _)| (language, sure.name()));
        let message = "Bonjour, nous cherchons un couvreur pour la toiture de notre atelier, et une entreprise qui est sur place.";
        assert_eq!(language(message), Some(("fr", "medium")));
        assert_eq!(
            language("We are looking for a roofer with experience, and our budget is set."),
            Some(("en", "medium"))
        );
        assert_eq!(language("Wir suchen einen Dachdecker für das Haus in Brest und die Werkstatt"), None);
        assert_eq!(language("Buscamos una empresa para la reforma del tejado de nuestra casa en la ciudad"), None);
        assert_eq!(language("the le of des and et for pour"), None);
        assert_eq!(language("Toiture"), None);
        assert_eq!(language(""), None);
    }
}
