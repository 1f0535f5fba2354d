//! Company names: without the legal form, and folded.

use std::borrow::Cow;
use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;

use super::email::is_invisible;
use crate::kernel::text;

/// Most bytes of a name that are looked at.
const MOST_BYTES: usize = 4096;

/// A company's name as keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// The name as written, without legal forms at its head and tail; the whole name where nothing else is left.
    pub base: String,
    /// The base folded, words with one space between: for comparison.
    pub key: String,
    /// The legal form by its usual short name (`SARL`, `GmbH`); the last of several.
    pub legal_form: Option<&'static str>,
}

/// A legal form: its folded words, its usual short name, and whether it may also stand first.
struct Form {
    words: Vec<&'static str>,
    name: &'static str,
    head: bool,
}

fn forms() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms = Vec::new();
        for line in include_str!("data/legal_forms.txt").lines().filter(|l| !l.starts_with('#')) {
            let mut parts = line.split('|');
            let (Some(name), Some(place)) = (parts.next(), parts.next()) else { continue };
            let form = |words: &'static str| Form { words: words.split(' ').collect(), name, head: place == "both" };
            forms.extend(parts.map(form));
        }
        // The longest first, so that no form is taken for the end of another.
        forms.sort_by(|a, b| b.words.len().cmp(&a.words.len()).then_with(|| a.words.cmp(&b.words)));
        forms
    })
}

/// A word of the name: where it stands as written, with one mark behind it, and folded.
struct Word<'a> {
    start: usize,
    end: usize,
    folded: Cow<'a, str>,
}

/// Splits at everything that is neither letter nor digit; letters with a dot between them are one word (`S.A.R.L.`).
fn words(name: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut start: usize = 0;
    // Whether the word before is made of single letters and ends with a dot.
    let mut abbreviated = false;
    for part in name.split_inclusive(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)) {
        let end = start.saturating_add(part.len());
        let folded = text::words(part);
        let letter = folded.chars().count() == 1;
        match words.last_mut().filter(|_| abbreviated && letter) {
            Some(word) => (word.end, word.folded) = (end, Cow::Owned(format!("{}{folded}", word.folded))),
            None if folded.is_empty() => {}
            None => words.push(Word { start, end, folded }),
        }
        abbreviated = letter && part.ends_with('.');
        start = end;
    }
    words
}

/// The name's base, key and legal form; `None` where it has neither letter nor digit.
pub(super) fn read(written: &str) -> Option<Company> {
    if written.len() > MOST_BYTES {
        return None;
    }
    let name = written.trim();
    let words = words(name);
    let mut rest = words.as_slice();
    let mut legal_form = None;
    loop {
        let form = forms().iter().find(|f| stands_last(rest, f));
        if let Some(form) = form {
            rest = rest.get(..rest.len().saturating_sub(form.words.len()))?;
            legal_form = legal_form.or(Some(form.name));
            continue;
        }
        let Some(form) = forms().iter().find(|f| f.head && stands_first(rest, f)) else { break };
        rest = rest.get(form.words.len()..)?;
        legal_form = legal_form.or(Some(form.name));
    }
    let (first, last) = (rest.first()?, rest.last()?);
    let base = name.get(first.start..last.end)?;
    let key = rest.iter().map(|w| w.folded.as_ref()).collect::<Vec<_>>().join(" ");
    let base = base.trim_matches(|c: char| c.is_whitespace() || is_invisible(c) || ",;-/&".contains(c)).to_owned();
    Some(Company { base, key, legal_form })
}

/// Whether the form ends the words and leaves at least one.
fn stands_last(words: &[Word<'_>], form: &Form) -> bool {
    words.len() > form.words.len() && words.iter().rev().zip(form.words.iter().rev()).all(|(w, f)| w.folded == *f)
}

fn stands_first(words: &[Word<'_>], form: &Form) -> bool {
    words.len() > form.words.len() && words.iter().zip(&form.words).all(|(w, f)| w.folded == *f)
}
