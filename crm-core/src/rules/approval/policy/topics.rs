//! What a person always decides about: topics, each with phrases that tell it.
//!
//! Words are compared whole, without case and accents, whatever apostrophe parts them; letters that only look Latin count
//! as those they look like, and marks that nobody sees do not part a word. In a phrase `a|b` is either word and `word*` any
//! word that begins so. A word of at least four letters without a star also stands for its plural and feminine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::lookalike::latin_look;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, text};
use crate::rules::reply::words;

/// The built-in topics, as a configuration has them.
const STANDARD: &str = include_str!("topics.json");
/// The built-in topic that a sign of a currency tells, too.
const MONEY: &str = "money";
/// Most topics, most phrases of one, most bytes of a phrase.
const MOST_TOPICS: usize = 100;
const MOST_PHRASES: usize = 1_000;
const MOST_PHRASE_BYTES: usize = 200;
/// Endings of plurals and feminines.
const ENDINGS: &[&str] = &["s", "e", "es", "x"];
/// The least letters of a word that has them.
const LEAST_INFLECTED_LETTERS: usize = 4;

/// One word of a phrase: any of these, whole (with its endings) or as a beginning.
type Piece = Vec<(String, bool)>;

/// The topics with their phrases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Phrases by the first letters of their first word.
    phrases: BTreeMap<char, Vec<(Vec<Piece>, String)>>,
    counts: BTreeMap<String, usize>,
    has_signs: bool,
}

impl Default for Topics {
    #[allow(clippy::expect_used, reason = "the built-in topics are part of the library and tested")]
    fn default() -> Self {
        Self::from_json(&Json::Object(serde_json::Map::new())).expect("the built-in topics")
    }
}

impl Topics {
    /// The built-in topics and those of a configuration: `{"standard": true, "topics": {"refund": {"fr": ["..."]}}}`.
    ///
    /// # Errors
    /// An unknown option, and a phrase without a word, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["standard", "topics"])?;
        let has_signs = o.flag("standard", true)?;
        let mut topics = Self { phrases: BTreeMap::new(), counts: BTreeMap::new(), has_signs };
        if has_signs {
            topics.read(&json::parse(STANDARD.as_bytes())?)?;
        }
        if let Some(own) = o.get("topics") {
            topics.read(own).map_err(|e| e.at("topics"))?;
        }
        let most = topics.counts.values().copied().max().unwrap_or(0);
        check::most("topics", topics.counts.len(), MOST_TOPICS).map_err(|e| e.at("topics"))?;
        check::most("phrases", most, MOST_PHRASES).map_err(|e| e.at("topics"))?;
        Ok(topics)
    }

    fn read(&mut self, json: &Json) -> Result<()> {
        for (topic, languages) in json::object(json, "an object of topics")? {
            check::id(topic)?;
            let mut read = || {
                let o = Object::new(languages, &["en", "fr"])?;
                for language in ["en", "fr"] {
                    let phrases = o.list(language, |json| phrase(&text(json)?))?;
                    phrases.into_iter().for_each(|phrase| self.add(topic, phrase));
                }
                Ok(())
            };
            read().map_err(|e: Error| e.at(topic))?;
        }
        Ok(())
    }

    fn add(&mut self, topic: &str, phrase: Vec<Piece>) {
        let count = self.counts.entry(topic.to_owned()).or_insert(0);
        *count = count.saturating_add(1);
        let first: BTreeSet<char> =
            phrase.first().into_iter().flatten().filter_map(|(word, _)| word.chars().next()).collect();
        for letter in first {
            self.phrases.entry(letter).or_default().push((phrase.clone(), topic.to_owned()));
        }
    }

    /// The topics that some texts tell, in order of their names.
    pub fn of<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for text in texts {
            let all: Vec<String> = words(text).into_iter().map(|word| latin_look(&word.folded)).collect();
            for start in 0..all.len() {
                let Some(rest) = all.get(start..) else { continue };
                let letter = rest.first().and_then(|word| word.chars().next());
                let known = letter.and_then(|letter| self.phrases.get(&letter));
                let told = known.into_iter().flatten().filter(|(phrase, _)| begins(rest, phrase));
                found.extend(told.map(|(_, topic)| topic.as_str()));
            }
            if self.has_signs && text.chars().any(is_currency) {
                found.insert(MONEY);
            }
        }
        found
    }
}

/// Whether words begin with a phrase.
fn begins(words: &[String], phrase: &[Piece]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, piece)| piece.iter().any(|one| is(word, one)))
}

fn is(word: &str, (known, is_stem): &(String, bool)) -> bool {
    let Some(rest) = word.strip_prefix(known.as_str()) else { return false };
    let is_inflected = || known.chars().count() >= LEAST_INFLECTED_LETTERS && ENDINGS.contains(&rest);
    *is_stem || rest.is_empty() || is_inflected()
}

/// The signs of currencies.
const fn is_currency(c: char) -> bool {
    matches!(c, '$' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}' | '\u{ff04}' | '\u{ffe0}' | '\u{ffe1}' | '\u{ffe5}')
}

/// A phrase as it is compared.
fn phrase(written: &str) -> Result<Vec<Piece>> {
    let (bytes, most) = (json::length(written.len()), json::length(MOST_PHRASE_BYTES));
    if bytes > most {
        return Err(Problem::TooLong { bytes, most }.into());
    }
    if written.trim().is_empty() {
        return Err(RulesProblem::Empty { what: "phrase" }.into());
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for part in written.split_whitespace() {
        let choices: Vec<Vec<(String, bool)>> = part.split('|').map(choice).collect();
        match choices.as_slice() {
            // An apostrophe or hyphen parts what stands between two spaces.
            [one] if !one.is_empty() => pieces.extend(one.iter().map(|word| vec![word.clone()])),
            several if several.iter().all(|one| one.len() == 1) => pieces.push(several.concat()),
            _ => {
                let expected = "words such as `mot|mots de passe` or `rembours*`";
                return Err(Problem::WrongShape { expected, found: shortened(written, 60) }.into());
            }
        }
    }
    Ok(pieces)
}

/// The words of one choice; a star is for the last.
fn choice(written: &str) -> Vec<(String, bool)> {
    let (inner, is_stem) = written.strip_suffix('*').map_or((written, false), |inner| (inner, true));
    let all: Vec<String> = words(inner).into_iter().map(|word| latin_look(&word.folded)).collect();
    let last = all.len().saturating_sub(1);
    all.into_iter().enumerate().map(|(n, word)| (word, is_stem && n == last)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> Vec<String> {
        Topics::default().of([text]).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn topics_are_told_by_whole_words_in_any_spelling() {
        for (text, topic) in [
            ("Nous vous rembourserons", "refund"),
            ("le REMBOURSEMENT", "refund"),
            ("Voici votre mot\u{2011}de\u{2011}passe", "password"),
            ("vos mots de passe", "password"),
            ("l\u{2019}avenant au contrat d'entretien", "contract"),
            ("Il n'y a plus d\u{2bc}argent", "money"),
            ("1\u{202f}200\u{a0}€ TTC", "money"),
            ("\u{441}ontrat", "contract"),
            ("re\u{200b}fund", "refund"),
            ("re\u{301}funds", "refund"),
            ("I'd like to talk to a human", "human"),
            ("Je veux parler à quelqu'un", "human"),
            ("Puis-je parler avec une conseillère\u{a0}?", "human"),
            ("Rappelez-moi", "human"),
        ] {
            assert_eq!(told(text), [topic], "{text}");
        }
        for text in [
            "",
            "Votre devis est prêt",
            "contrastes",
            "Le contraire",
            "dans votre pays",
            "Faites-moi signe",
            "à partir du 5",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn own_phrases_are_added_and_inflected() {
        let own = json!({"topics": {"permit": {"fr": ["permis de construire", "dérogation"]}, "refund": {"en": ["goodwill"]}}});
        let topics = Topics::from_json(&own).unwrap();
        assert_eq!(topics.of(["deux DÉROGATIONS", "goodwill"]), ["permit", "refund"].into());
        let only =
            Topics::from_json(&json!({"standard": false, "topics": {"permit": {"fr": ["dérogation"]}}})).unwrap();
        assert!(only.of(["un remboursement de 5 €"]).is_empty());
        for (phrase, code) in [("", "invalid_rules"), ("!", "invalid_json"), ("a|", "invalid_json")] {
            let error = Topics::from_json(&json!({"topics": {"x": {"fr": [phrase]}}})).unwrap_err();
            assert_eq!((error.code().name(), error.field()), (code, Some("topics.x.fr[0]")), "{phrase}");
        }
    }
}
