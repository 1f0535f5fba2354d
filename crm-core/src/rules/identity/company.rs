//! Company names: without the legal form, and folded.

use std::borrow::Cow;
use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;

use super::email::is_invisible;
use crate::kernel::hash::hash;
use crate::kernel::text;

/// Most bytes of a name that are looked at.
const MOST_BYTES: usize = 4096;

/// A company's name as keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// The name as written, without legal forms at its head and tail and with single blanks; the whole name where nothing
    /// else is left.
    pub base: String,
    /// The base folded, words with one space between: for comparison.
    pub key: String,
    /// The legal form by its usual short name (`SARL`, `GmbH`); the last of several.
    pub legal_form: Option<&'static str>,
}

/// A legal form: its folded words, its usual short name, and whether it may also stand first.
#[derive(Clone)]
struct Form {
    words: Vec<&'static str>,
    name: &'static str,
    head: bool,
}

/// All forms by the hash of the words with which they end and, of those that may stand first, begin: the longest first, so that no
/// form is taken for the end of another.
struct Forms {
    by_last: Vec<Vec<Form>>,
    by_first: Vec<Vec<Form>>,
}

const BUCKETS: usize = 1024;

/// Where the forms with a word stand; others may stand there, too.
fn bucket(word: &str) -> usize {
    usize::try_from(hash(word.as_bytes()) >> 32).unwrap_or(0) % BUCKETS
}

impl Forms {
    /// The form with which the words end, leaving at least one.
    fn last(&self, words: &[Word<'_>]) -> Option<&Form> {
        let forms = self.by_last.get(bucket(&words.last()?.folded))?;
        forms.iter().find(|form| stands_last(words, form))
    }

    /// The form with which the words begin, leaving at least one.
    fn first(&self, words: &[Word<'_>]) -> Option<&Form> {
        let forms = self.by_first.get(bucket(&words.first()?.folded))?;
        forms.iter().find(|form| stands_first(words, form))
    }
}

fn forms() -> &'static Forms {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms: Vec<Form> = Vec::new();
        for line in include_str!("data/legal_forms.txt").lines().filter(|l| !l.starts_with('#')) {
            let mut parts = line.split('|');
            let (Some(name), Some(place)) = (parts.next(), parts.next()) else { continue };
            let form = |words: &'static str| Form { words: words.split(' ').collect(), name, head: place == "both" };
            forms.extend(parts.map(form));
        }
        forms.sort_by(|a, b| b.words.len().cmp(&a.words.len()).then_with(|| a.words.cmp(&b.words)));
        let mut sorted = Forms { by_last: vec![Vec::new(); BUCKETS], by_first: vec![Vec::new(); BUCKETS] };
        for form in forms {
            if let Some(first) = form.words.first().filter(|_| form.head) {
                sorted.by_first.get_mut(bucket(first)).into_iter().for_each(|forms| forms.push(form.clone()));
            }
            if let Some(last) = form.words.last() {
                sorted.by_last.get_mut(bucket(last)).into_iter().for_each(|forms| forms.push(form.clone()));
            }
        }
        sorted
    })
}

/// A word of the name: where it stands as written, with one mark behind it, and folded.
struct Word<'a> {
    start: usize,
    end: usize,
    folded: Cow<'a, str>,
}

/// Splits at everything that is neither letter nor digit; letters with a dot between them are one word (`S.A.R.L.`).
///
/// `lower` is the name in lower case if it is ASCII; then that is the fold of its words.
fn words<'a>(name: &'a str, lower: Option<&'a str>) -> Vec<Word<'a>> {
    let mut words: Vec<Word<'_>> = Vec::with_capacity(8);
    let mut start: usize = 0;
    // Whether the word before is made of single letters and ends with a dot.
    let mut abbreviated = false;
    let ends =
        |c: char| if c.is_ascii() { !c.is_ascii_alphanumeric() } else { !c.is_alphanumeric() && !is_combining_mark(c) };
    for part in name.split_inclusive(ends) {
        let end = start.saturating_add(part.len());
        let folded = match lower.and_then(|lower| lower.get(start..end)) {
            Some(lower) => Cow::Borrowed(lower.strip_suffix(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(lower)),
            None => text::words(part),
        };
        let letter = folded.len() == 1 || folded.chars().count() == 1;
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
    look(written, |name, rest, legal_form| {
        let base = name.get(rest.first()?.start..rest.last()?.end)?;
        let base = base.trim_matches(|c: char| c.is_whitespace() || is_invisible(c) || ",;-/&".contains(c));
        let base = base.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Company { base, key: joined(rest), legal_form })
    })
}

/// [`Company::key`] alone, for those who want no more.
pub(super) fn key(written: &str) -> Option<String> {
    look(written, |_, rest, _| (!rest.is_empty()).then(|| joined(rest)))
}

/// What is made of a name, its words without legal forms, and the last of those.
fn look<T>(written: &str, then: impl FnOnce(&str, &[Word<'_>], Option<&'static str>) -> Option<T>) -> Option<T> {
    if written.len() > MOST_BYTES {
        return None;
    }
    let name = written.trim();
    let lower = name.is_ascii().then(|| name.to_ascii_lowercase());
    let words = words(name, lower.as_deref());
    let mut rest = words.as_slice();
    let mut legal_form = None;
    loop {
        if let Some(form) = forms().last(rest) {
            rest = rest.get(..rest.len().saturating_sub(form.words.len()))?;
            legal_form = legal_form.or(Some(form.name));
            continue;
        }
        let Some(form) = forms().first(rest) else { break };
        rest = rest.get(form.words.len()..)?;
        legal_form = legal_form.or(Some(form.name));
    }
    then(name, rest, legal_form)
}

/// The words with one space between.
fn joined(words: &[Word<'_>]) -> String {
    let length = words.iter().map(|word| word.folded.len().saturating_add(1)).fold(0, usize::saturating_add);
    let mut key = String::with_capacity(length);
    for word in words {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&word.folded);
    }
    key
}

/// Whether the form ends the words and leaves at least one.
fn stands_last(words: &[Word<'_>], form: &Form) -> bool {
    words.len() > form.words.len() && words.iter().rev().zip(form.words.iter().rev()).all(|(w, f)| w.folded == *f)
}

fn stands_first(words: &[Word<'_>], form: &Form) -> bool {
    words.len() > form.words.len() && words.iter().zip(&form.words).all(|(w, f)| w.folded == *f)
}
