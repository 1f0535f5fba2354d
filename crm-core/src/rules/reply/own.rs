//! What a person wrote in a message, and what stands in it besides: quoted messages, signatures, footers.

use std::collections::BTreeSet;
use std::ops::Range;

use super::lexicon::{Lexicon, List};
use super::words::{Word, is_invisible, lines, outside, words};
use crate::kernel::reply_reason::AsideKind;

/// Most lines over which `Le ... a écrit :` is broken.
const MOST_ATTRIBUTION_LINES: usize = 4;
/// Most words between `Le` and `a écrit :`.
const MOST_ATTRIBUTION_WORDS: usize = 40;
/// Most lines of a quoted message's head.
const MOST_HEAD_LINES: usize = 6;

const SENDER: &[&str] = &["de", "from", "expediteur", "von"];
const HEAD: &[&str] = &["envoye", "sent", "date", "to", "a", "objet", "subject", "cc"];
const HISTORY: &[&[&str]] = &[
    &["original", "message"],
    &["message", "d", "origine"],
    &["message", "original"],
    &["message", "initial"],
    &["mail", "original"],
    &["e", "mail", "d", "origine"],
    &["courriel", "original"],
    &["original", "appointment"],
    &["forwarded", "message"],
    &["message", "transfere"],
    &["begin", "forwarded", "message"],
    &["debut", "du", "message", "transfere"],
    &["debut", "du", "message", "reexpedie"],
];

/// A part of a message that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// What it is.
    pub kind: AsideKind,
    /// Its bytes in the text.
    pub bytes: Range<usize>,
}

/// A message cut up: what counts, and what does not.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The person's own words.
    pub(super) words: Vec<Word>,
    /// What was set aside, in order.
    pub(super) asides: Vec<Aside>,
}

/// A line: its bytes, its words by number, its first mark that is seen.
struct Line {
    bytes: Range<usize>,
    words: Range<usize>,
    first: Option<char>,
}

struct Cutter<'t> {
    text: &'t str,
    words: Vec<Word>,
    lines: Vec<Line>,
    kinds: Vec<Option<AsideKind>>,
}

/// Cuts a text up. `footers` are the host's own, each as words.
pub(super) fn own(text: &str, lexicon: &Lexicon, footers: &[Vec<String>]) -> Own {
    let mut all = words(text);
    let feet = ours(&all, footers);
    if !feet.is_empty() {
        all = outside(all, &feet);
    }
    let mut cutter = Cutter::new(text, all);
    cutter.quotes();
    cutter.signature(lexicon);
    let quoted = cutter.asides();
    let mut rest = outside(cutter.words.clone(), &ranges(&quoted));
    cutter.footers(lexicon);
    let mut asides = cutter.asides();
    let read = outside(cutter.words, &ranges(&asides));
    // Who sends nothing but such a line means it.
    match read.is_empty() && !rest.is_empty() {
        true => asides = quoted,
        false => rest = read,
    }
    asides.extend(feet.into_iter().map(|bytes| Aside { kind: AsideKind::OwnFooter, bytes }));
    asides.sort_by_key(|aside| aside.bytes.start);
    Own { words: rest, asides }
}

fn ranges(asides: &[Aside]) -> Vec<Range<usize>> {
    asides.iter().map(|aside| aside.bytes.clone()).collect()
}

impl<'t> Cutter<'t> {
    fn new(text: &'t str, words: Vec<Word>) -> Self {
        let mut next = 0_usize;
        let lines = lines(text).into_iter().map(|bytes| {
            let start = next;
            while words.get(next).is_some_and(|word| word.bytes.start < bytes.end) {
                next = next.saturating_add(1);
            }
            let seen = |c: &char| !c.is_whitespace() && !is_invisible(*c);
            let first = text.get(bytes.clone()).unwrap_or_default().chars().find(seen);
            Line { bytes, words: start..next, first }
        });
        let lines: Vec<Line> = lines.collect();
        let kinds = vec![None; lines.len()];
        Self { text, words, lines, kinds }
    }

    fn folded(&self, line: usize) -> impl Iterator<Item = &str> {
        let range = self.lines.get(line).map_or(0..0, |line| line.words.clone());
        self.words.get(range).unwrap_or_default().iter().map(|word| word.folded.as_str())
    }

    /// What is seen of a line.
    fn written(&self, line: usize) -> String {
        let line = self.lines.get(line).and_then(|line| self.text.get(line.bytes.clone())).unwrap_or_default();
        line.chars().filter(|c| !is_invisible(*c)).collect::<String>().trim().to_owned()
    }

    fn is_quoted(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.first == Some('>'))
    }

    fn mark(&mut self, lines: Range<usize>, kind: AsideKind) {
        for place in self.kinds.get_mut(lines).into_iter().flatten() {
            *place = place.or(Some(kind));
        }
    }

    /// What others wrote before.
    fn quotes(&mut self) {
        for line in 0..self.lines.len() {
            if self.is_quoted(line) {
                self.mark(line..line.saturating_add(1), AsideKind::Quote);
            }
        }
        let mut line = 0;
        while line < self.lines.len() {
            let Some(end) = self.history(line) else {
                line = line.saturating_add(1);
                continue;
            };
            self.mark(line..end, AsideKind::Quote);
            let next = (end..self.lines.len()).find(|next| self.lines.get(*next).is_some_and(|l| l.first.is_some()));
            // Quoted line by line, so that answers may stand below.
            if next.is_some_and(|next| !self.is_quoted(next)) {
                self.mark(end..self.lines.len(), AsideKind::Quote);
                return;
            }
            line = end;
        }
    }

    /// Whether a quoted message begins at a line; the first line after its head.
    fn history(&self, line: usize) -> Option<usize> {
        let after = line.saturating_add(1);
        let first = self.folded(line).next()?;
        let written = self.written(line);
        let dashes = written.starts_with("--") || written.starts_with("==") || written.starts_with("__");
        let named = || HISTORY.iter().any(|name| self.folded(line).eq(name.iter().copied()));
        if (dashes || first == "begin" || first == "debut") && named() {
            return Some(after);
        }
        // `De : Anne`, `*Envoyé :* lundi`
        let headed = |line: usize, names: &[&str]| {
            let named = self.folded(line).next().is_some_and(|word| names.contains(&word));
            named && self.written(line).split_once([':', '：']).is_some_and(|(name, _)| words(name).len() == 1)
        };
        if headed(line, SENDER) {
            let last = line.saturating_add(MOST_HEAD_LINES).min(self.lines.len());
            let belongs = |l: &usize| self.lines.get(*l).is_some_and(|line| !matches!(line.first, None | Some('>')));
            let head = (after..last).take_while(belongs).find(|l| headed(*l, HEAD));
            return head.map(|l| l.saturating_add(1));
        }
        self.attribution(line)
    }

    /// `Le 5 janv. 2026 à 10:00, Anne <anne@example.fr> a écrit :`, on one line or broken over a few.
    fn attribution(&self, line: usize) -> Option<usize> {
        let first = self.folded(line).next()?;
        let opens = ["le", "on"].contains(&first);
        let last = if opens { line.saturating_add(MOST_ATTRIBUTION_LINES) } else { line.saturating_add(1) };
        let mut evidence = false;
        let mut count = 0_usize;
        for at in line..last.min(self.lines.len()) {
            let written = self.written(at);
            if written.is_empty() || self.is_quoted(at) {
                return None;
            }
            count = count.saturating_add(self.folded(at).count());
            if count > MOST_ATTRIBUTION_WORDS {
                return None;
            }
            evidence = evidence || dated(&written);
            let mut back = self.lines.get(at).and_then(|line| self.words.get(line.words.clone()))?.iter().rev();
            let (end, before) = (back.next()?.folded.as_str(), back.next().map(|word| word.folded.as_str()));
            let wrote = end == "wrote" || (end == "ecrit" && before == Some("a"));
            if wrote && written.ends_with([':', '：']) {
                return evidence.then(|| at.saturating_add(1));
            }
        }
        None
    }

    /// What mail programs and people put below what they write.
    fn signature(&mut self, lexicon: &Lexicon) {
        let open = |kinds: &[Option<AsideKind>], line: usize| kinds.get(line) == Some(&None);
        for line in 0..self.lines.len() {
            if !open(&self.kinds, line) {
                continue;
            }
            if matches!(self.written(line).as_str(), "--" | "\u{2014}" | "__") {
                let all = self.lines.len();
                let end = (line..all).find(|next| !open(&self.kinds, *next)).unwrap_or(all);
                self.mark(line..end, AsideKind::Signature);
            } else if self.begins(line, lexicon, List::Device) {
                self.mark(line..line.saturating_add(1), AsideKind::Signature);
            }
        }
    }

    fn begins(&self, line: usize, lexicon: &Lexicon, list: List) -> bool {
        let Some(line) = self.lines.get(line).filter(|line| !line.words.is_empty()) else { return false };
        lexicon.at(&self.words, line.words.start, &[list]).is_some()
    }

    /// Paragraphs that begin like a footer and speak of what footers speak of.
    fn footers(&mut self, lexicon: &Lexicon) {
        let mut line = 0;
        while line < self.lines.len() {
            let start = line;
            line = line.saturating_add(1);
            if self.kinds.get(start) != Some(&None) || !self.begins(start, lexicon, List::Footer) {
                continue;
            }
            while self.lines.get(line).is_some_and(|l| l.first.is_some()) && self.kinds.get(line) == Some(&None) {
                line = line.saturating_add(1);
            }
            let (from, to) = (self.lines.get(start), self.lines.get(line.saturating_sub(1)));
            let range = from.zip(to).map_or(0..0, |(from, to)| from.words.start..to.words.end);
            let paragraph = self.words.get(range).unwrap_or_default();
            if lexicon.any(paragraph, List::FooterWord).is_some() {
                self.mark(start..line, AsideKind::Footer);
            }
        }
    }

    /// The lines that are set aside, those of one kind that follow each other as one.
    fn asides(&self) -> Vec<Aside> {
        let mut out: Vec<Aside> = Vec::new();
        let mut before = None;
        for (line, kind) in self.lines.iter().zip(&self.kinds) {
            if let Some(kind) = kind {
                match out.last_mut().filter(|_| before == Some(*kind)) {
                    Some(last) => last.bytes.end = line.bytes.end,
                    None => out.push(Aside { kind: *kind, bytes: line.bytes.clone() }),
                }
            }
            before = *kind;
        }
        out.retain(|aside| !aside.bytes.is_empty());
        out
    }
}

/// Whether a line has what stands between `Le` and `a écrit`: an address, a time, or a year.
fn dated(written: &str) -> bool {
    let year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let mut letters = written.as_bytes().windows(3);
    let time = letters.any(|w| matches!(w, [a, b':' | b'h', c] if a.is_ascii_digit() && c.is_ascii_digit()));
    written.contains('@') || time || written.split(|c: char| !c.is_alphanumeric()).any(year)
}

/// Where the host's own footers stand, the last place first; in one pass over the words for each footer.
fn ours(words: &[Word], footers: &[Vec<String>]) -> Vec<Range<usize>> {
    let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
    for footer in footers {
        let mut last_start = usize::MAX;
        for start in places(words, footer).into_iter().rev() {
            let end = start.saturating_add(footer.len());
            if end > last_start {
                continue;
            }
            last_start = start;
            let bytes = words.get(start).zip(words.get(end.saturating_sub(1)));
            taken.extend(bytes.map(|(first, last)| (first.bytes.start, last.bytes.end)));
        }
    }
    let mut out: Vec<Range<usize>> = Vec::new();
    for (start, end) in taken {
        match out.last_mut().filter(|last| start < last.end) {
            Some(last) => last.end = last.end.max(end),
            None => out.push(start..end),
        }
    }
    out
}

/// The numbers of the words at which a sequence begins (Knuth, Morris and Pratt, 1977).
fn places(words: &[Word], wanted: &[String]) -> Vec<usize> {
    let fallback = |border: &[usize], length: usize| border.get(length.saturating_sub(1)).copied().unwrap_or(0);
    let mut border = vec![0_usize; wanted.len()];
    let mut length = 0;
    for at in 1..wanted.len() {
        while length > 0 && wanted.get(at) != wanted.get(length) {
            length = fallback(&border, length);
        }
        length = length.saturating_add(usize::from(wanted.get(at) == wanted.get(length)));
        if let Some(place) = border.get_mut(at) {
            *place = length;
        }
    }
    let (mut out, mut length) = (Vec::new(), 0);
    for (at, word) in words.iter().enumerate() {
        while length > 0 && wanted.get(length) != Some(&word.folded) {
            length = fallback(&border, length);
        }
        length = length.saturating_add(usize::from(wanted.get(length) == Some(&word.folded)));
        if length == wanted.len() && length > 0 {
            out.push(at.saturating_add(1).saturating_sub(length));
            length = fallback(&border, length);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, footers: &[&str]) -> String {
        let lexicon = Lexicon::from_json(None, true).unwrap();
        let footers: Vec<Vec<String>> =
            footers.iter().map(|f| words(f).into_iter().map(|w| w.folded).collect()).collect();
        let own = own(text, &lexicon, &footers);
        own.words.iter().map(|w| w.folded.clone()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_the_person_wrote_is_read() {
        for (text, wanted) in [
            ("Oui\n> STOP\n >> STOP", "oui"),
            ("Oui\n\nLe lun. 5 janv. 2026 à 10:00, Anne\n<a@b.fr> a écrit :\n\nSTOP", "oui"),
            ("Le lun. 5 janv. 2026 à 10:00, Anne <a@b.fr> a écrit :\n> quoted\n\nNon merci", "non merci"),
            ("Yes\nOn Mon, Jan 5, 2026 at 10:00 AM Anne wrote:\nSTOP", "yes"),
            ("Anne <a@b.fr> a écrit :\nSTOP", ""),
            ("Le client a écrit :\nSTOP", "le client a ecrit stop"),
            ("Oui\n-----Message d'origine-----\nSTOP", "oui"),
            ("Oui\n*De :* Anne\n*Envoyé :* lundi\nÀ : B\nSTOP", "oui"),
            ("From: the bottom of my heart\nthanks", "from the bottom of my heart thanks"),
            ("Oui\n-- \nPaul\nSTOP", "oui"),
            ("Oui\nEnvoyé de mon iPhone", "oui"),
            ("Oui\n\nPour vous désabonner,\ncliquez sur unsubscribe", "oui"),
            ("Se désabonner ici", "se desabonner ici"),
        ] {
            assert_eq!(read(text, &[]), wanted, "{text}");
        }
        assert_eq!(read("a b a b a b c", &["a b a b c"]), "a b");
        assert_eq!(read("Oui\nNous sommes a b\nA, B !", &["a b"]), "oui nous sommes");
    }
}
