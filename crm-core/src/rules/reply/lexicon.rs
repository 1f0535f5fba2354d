//! What the words of a message may mean, as data.
//!
//! A phrase is accent-folded words. `a|b` is either, `word*` any word that begins so, `=` before a phrase asks for a line
//! with nothing else but courtesy, `$` after it for the end of a clause.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::words::{Word, words};
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, text};

/// The built-in phrases, as a configuration has them.
pub const STANDARD: &str = include_str!("lexicon.json");
/// Most phrases of one list of a configuration.
const MOST_PHRASES: usize = 1_000;
/// Most bytes of a phrase.
const MOST_PHRASE_BYTES: usize = 200;
/// Words that may stand on a line beside what it says.
const COURTESY: &[&str] = &[
    "merci",
    "svp",
    "stp",
    "please",
    "pls",
    "thanks",
    "thank",
    "you",
    "bonjour",
    "hello",
    "hi",
    "s",
    "il",
    "vous",
    "te",
    "plait",
    "cordialement",
    "d",
    "avance",
];

coded! {
    /// A list of phrases.
    List {
        /// The person wants no more messages.
        OptOut = "opt_out",
        /// The person uses a right over personal data.
        DataRights = "data_rights",
        /// A law on personal data is named.
        DataLaw = "data_law",
        /// What makes naming the law a refusal.
        DataRefusal = "data_refusal",
        /// The person declines.
        Negative = "negative",
        /// Somebody else is in charge.
        WrongPerson = "wrong_person",
        /// The person wants to go on.
        Positive = "positive",
        /// A subject that tells an absence.
        AbsenceSubject = "absence_subject",
        /// A machine says that it received something.
        Acknowledgement = "acknowledgement",
        /// How a footer begins.
        Footer = "footer",
        /// What a footer speaks of.
        FooterWord = "footer_word",
        /// What a telephone adds.
        Device = "device",
    }
}

/// One word of a phrase: any of these, whole or as a beginning.
type Piece = Vec<(String, bool)>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    list: List,
    pieces: Vec<Piece>,
    whole_line: bool,
    ends_clause: bool,
}

/// All phrases, by how they begin.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    by_word: BTreeMap<String, Vec<Phrase>>,
    by_stem: Vec<(String, Phrase)>,
}

/// Where a phrase was found: a number of words from a place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) list: List,
    pub(super) start: usize,
    pub(super) count: usize,
}

impl Match {
    pub(super) const fn end(self) -> usize {
        self.start.saturating_add(self.count)
    }
}

impl Lexicon {
    /// The built-in phrases and those of a configuration: `{"opt_out": {"fr": ["..."], "en": ["..."]}}`.
    ///
    /// # Errors
    /// An unknown list or language, a phrase without a word, with its path.
    pub fn from_json(own: Option<&Json>, standard: bool) -> Result<Self> {
        let mut lexicon = Self::default();
        if standard {
            lexicon.read(&json::parse(STANDARD.as_bytes())?)?;
        }
        if let Some(own) = own {
            lexicon.read(own)?;
        }
        Ok(lexicon)
    }

    fn read(&mut self, json: &Json) -> Result<()> {
        let lists = Object::new(json, List::CODES)?;
        for list in List::ALL {
            lists.optional(list.code(), |json| {
                let o = Object::new(json, &["en", "fr"])?;
                for lang in ["en", "fr"] {
                    let phrases = o.list(lang, text)?;
                    check::most("items", phrases.len(), MOST_PHRASES).map_err(|e| e.at(lang))?;
                    for (i, phrase) in phrases.iter().enumerate() {
                        self.add(*list, phrase).map_err(|e| e.at_index(i).at(lang))?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn add(&mut self, list: List, written: &str) -> Result<()> {
        let (bytes, most) = (json::length(written.len()), json::length(MOST_PHRASE_BYTES));
        if bytes > most {
            return Err(Problem::TooLong { bytes, most }.into());
        }
        let (inner, whole_line) = written.strip_prefix('=').map_or((written, false), |rest| (rest, true));
        let (inner, ends_clause) = inner.strip_suffix('$').map_or((inner, false), |rest| (rest, true));
        let pieces: Vec<Piece> = inner.split_whitespace().flat_map(pieces).collect();
        if pieces.is_empty() || pieces.iter().any(Vec::is_empty) {
            let expected = "words such as `ne plus|pas me contacter` or `unsubscrib*`";
            return Err(match inner.trim().is_empty() {
                true => Error::from(RulesProblem::Empty { what: "phrase" }),
                false => Problem::WrongShape { expected, found: shortened(written, 60) }.into(),
            });
        }
        let phrase = Phrase { list, pieces, whole_line, ends_clause };
        for (first, stem) in phrase.pieces.first().into_iter().flatten() {
            match stem {
                true => self.by_stem.push((first.clone(), phrase.clone())),
                false => self.by_word.entry(first.clone()).or_default().push(phrase.clone()),
            }
        }
        Ok(())
    }

    /// The longest phrase of some lists that begins at a word; of two the list that was named first.
    pub(super) fn at(&self, words: &[Word], start: usize, lists: &[List]) -> Option<Match> {
        let first = words.get(start)?;
        let known = self.by_word.get(&first.folded).into_iter().flatten();
        let stems = self.by_stem.iter().filter(|(stem, _)| first.folded.starts_with(stem)).map(|(_, phrase)| phrase);
        let place = |list: List| lists.iter().position(|one| *one == list);
        let found = known.chain(stems).filter(|phrase| place(phrase.list).is_some());
        let found = found.filter(|phrase| phrase.stands_at(words, start));
        let best = found.max_by_key(|phrase| (phrase.pieces.len(), std::cmp::Reverse(place(phrase.list))))?;
        Some(Match { list: best.list, start, count: best.pieces.len() })
    }

    /// Every phrase of some lists from left to right, none in another, none in words that are taken.
    pub(super) fn all(&self, words: &[Word], lists: &[List], taken: &[Match]) -> Vec<Match> {
        let (mut out, mut start, mut taken) = (Vec::new(), 0, taken.iter().peekable());
        while start < words.len() {
            while taken.next_if(|other| other.end() <= start).is_some() {}
            let free = |found: &Match| taken.peek().is_none_or(|other| found.end() <= other.start);
            let found = self.at(words, start, lists).filter(free);
            start = found.map_or(start.saturating_add(1), Match::end);
            out.extend(found);
        }
        out
    }

    /// Whether a phrase of a list stands anywhere.
    pub(super) fn any(&self, words: &[Word], list: List) -> Option<Match> {
        (0..words.len()).find_map(|start| self.at(words, start, &[list]))
    }
}

/// The pieces of what stands between two spaces: more than one where an apostrophe or hyphen is in it.
fn pieces(written: &str) -> Vec<Piece> {
    let of_word = |word: &str| {
        let (word, stem) = word.strip_suffix('*').map_or((word, false), |rest| (rest, true));
        let mut folded: Vec<(String, bool)> = words(word).into_iter().map(|w| (w.folded, false)).collect();
        if let Some(last) = folded.last_mut() {
            last.1 = stem;
        }
        folded
    };
    if written.contains('|') {
        return vec![written.split('|').flat_map(|word| of_word(word).into_iter().next_back()).collect()];
    }
    let one = of_word(written);
    if one.is_empty() { vec![Vec::new()] } else { one.into_iter().map(|word| vec![word]).collect() }
}

impl Phrase {
    fn stands_at(&self, words: &[Word], start: usize) -> bool {
        let end = start.saturating_add(self.pieces.len());
        let Some(found) = words.get(start..end) else { return false };
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return false };
        let fits = |(piece, word): (&Piece, &Word)| {
            let same = |(text, stem): &(String, bool)| match stem {
                true => word.folded.starts_with(text.as_str()),
                false => word.folded == *text,
            };
            word.sentence == first.sentence && piece.iter().any(same)
        };
        if !self.pieces.iter().zip(found).all(fits) {
            return false;
        }
        let next = words.get(end);
        if self.ends_clause && next.is_some_and(|next| next.clause == last.clause && next.line == last.line) {
            return false;
        }
        !self.whole_line || (first.line == last.line && alone(words, start, end, first.line))
    }
}

/// Whether everything else on the line is courtesy. A line of many words is none, so this looks at a few only.
fn alone(words: &[Word], start: usize, end: usize, line: usize) -> bool {
    let polite = |word: &&Word| COURTESY.contains(&word.folded.as_str());
    let before = words.get(..start).unwrap_or_default().iter().rev().take_while(|word| word.line == line);
    let after = words.get(end..).unwrap_or_default().iter().take_while(|word| word.line == line);
    before.take(COURTESY.len()).all(|w| polite(&w)) && after.take(COURTESY.len()).all(|w| polite(&w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        let lexicon = Lexicon::from_json(None, true).unwrap();
        let found =
            |text: &str| lexicon.all(&words(text), &[List::OptOut, List::Positive], &[]).first().map(|m| m.list);
        assert_eq!(found("Désabonnez-moi"), Some(List::OptOut));
        assert_eq!(found("STOP, merci"), Some(List::OptOut));
        assert_eq!(found("I will stop by on Monday"), None);
        assert_eq!(found("merci de NE PLUS nous\nsolliciter !"), Some(List::OptOut));
        assert_eq!(found("Disinterested"), None);
        assert_eq!(found("ok"), Some(List::Positive));
    }
}
