//! A text as words that can be compared, each with its place in the text as it was written.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::kernel::text::fold;

/// Most bytes between two words of one sentence.
const WIDEST_GAP_BYTES: usize = 64;
/// Most letters of what an apostrophe leaves of a word: `n'`, `qu'`, `'ll`.
const MOST_ELIDED_LETTERS: usize = 2;
/// An apostrophe that counts as a letter.
const MODIFIER_APOSTROPHE: char = '\u{2bc}';
/// Words after which something else is said than before.
const TURNS: &[&str] = &["mais", "but", "however", "cependant", "toutefois", "car", "because", "donc", "et", "and"];

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Word {
    /// Accent-folded, lower case.
    pub(in crate::rules) folded: String,
    /// Its bytes in the text.
    pub(super) bytes: Range<usize>,
    /// Lines, sentences and clauses are numbered.
    pub(super) line: usize,
    pub(super) sentence: usize,
    pub(super) clause: usize,
    /// What an apostrophe left of it.
    pub(super) elided: bool,
    /// Whether an apostrophe stands right before it.
    pub(super) after_apostrophe: bool,
}

/// Marks that nobody sees, in any word.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// What counts lines, sentences and clauses.
#[derive(Debug, Default)]
struct Reader {
    words: Vec<Word>,
    /// The word that is being read.
    open: Option<Word>,
    line: usize,
    sentence: usize,
    clause: usize,
    /// Whether there was nothing but white space since the line began.
    blank: bool,
    /// A mark that ends a sentence where white space follows.
    stop: bool,
    apostrophe: bool,
    /// A dash after white space.
    dash: bool,
    space: bool,
}

impl Reader {
    fn close(&mut self) {
        if let Some(mut word) = self.open.take() {
            word.elided = word.elided || (word.after_apostrophe && word.folded.len() <= MOST_ELIDED_LETTERS);
            if TURNS.contains(&word.folded.as_str()) {
                self.clause = self.clause.saturating_add(1);
                word.clause = self.clause;
            }
            self.words.push(word);
        }
    }

    fn end_sentence(&mut self) {
        self.sentence = self.sentence.saturating_add(1);
        self.end_clause();
    }

    fn end_clause(&mut self) {
        self.clause = self.clause.saturating_add(1);
    }

    fn letters(&mut self, letters: &str, at: usize, end: usize) {
        if self.open.is_none() {
            self.stop = false;
            let last = self.words.last().map_or(at, |word| word.bytes.end);
            if at.saturating_sub(last) > WIDEST_GAP_BYTES {
                self.end_sentence();
            }
        }
        let (line, sentence, clause, after_apostrophe) = (self.line, self.sentence, self.clause, self.apostrophe);
        let word = self.open.get_or_insert_with(|| Word {
            folded: String::new(),
            bytes: at..end,
            line,
            sentence,
            clause,
            elided: false,
            after_apostrophe,
        });
        word.folded.push_str(letters);
        word.bytes.end = end;
        (self.apostrophe, self.blank, self.dash, self.space) = (false, false, false, false);
    }

    fn mark(&mut self, c: char) {
        let ended = self.open.is_some();
        if matches!(c, '\'' | '\u{2019}' | '\u{2018}' | MODIFIER_APOSTROPHE | '\u{b4}' | '`' | '\u{2032}' | '\u{ff07}')
        {
            if let Some(word) = &mut self.open {
                word.elided = word.folded.len() <= MOST_ELIDED_LETTERS;
            }
            self.close();
            self.apostrophe = ended;
            return;
        }
        self.close();
        self.apostrophe = false;
        match c {
            '\n' => {
                if self.blank || self.stop {
                    self.end_sentence();
                }
                (self.line, self.blank, self.stop) = (self.line.saturating_add(1), true, false);
            }
            c if c.is_whitespace() => {
                if self.stop {
                    self.end_sentence();
                }
                if self.dash {
                    self.end_clause();
                }
                (self.stop, self.dash, self.space) = (false, false, true);
            }
            '.' | '!' | '?' | ';' | '\u{2026}' => self.stop = true,
            ',' | ':' | '(' | ')' | '"' | '\u{ab}' | '\u{bb}' | '\u{201c}' | '\u{201d}' | '\u{2013}' | '\u{2014}'
            | '/' => {
                self.end_clause();
            }
            '-' => self.dash = self.space,
            _ => {}
        }
        if !c.is_whitespace() {
            (self.blank, self.space) = (false, false);
        }
    }
}

/// At most so many bytes of a text, whole characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// The words of a text, in one pass.
pub(in crate::rules) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader { blank: true, ..Reader::default() };
    for (at, c) in text.char_indices() {
        let end = at.saturating_add(c.len_utf8());
        if is_invisible(c) {
            continue;
        }
        if c.is_ascii_alphanumeric() {
            let lower = [c.to_ascii_lowercase()];
            reader.letters(lower[0].encode_utf8(&mut [0; 4]), at, end);
        } else if is_combining_mark(c) {
            // The accent of the letter before.
            if let Some(word) = &mut reader.open {
                word.bytes.end = end;
            }
        } else if c.is_alphanumeric() && c != MODIFIER_APOSTROPHE {
            let folded = fold(text.get(at..end).unwrap_or_default()).into_owned();
            let letters: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
            reader.letters(&letters, at, end);
        } else {
            reader.mark(if matches!(c, '\r' | '\u{2028}' | '\u{2029}') { newline(text, c, end) } else { c });
        }
    }
    reader.close();
    reader.words
}

/// A carriage return ends a line of its own unless a line feed follows.
fn newline(text: &str, c: char, end: usize) -> char {
    let pair = c == '\r' && text.get(end..).is_some_and(|rest| rest.starts_with('\n'));
    if pair { ' ' } else { '\n' }
}

/// The lines of a text with their bytes, without what ends them; numbered as those of [`words`].
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let (mut out, mut start) = (Vec::new(), 0);
    for (at, c) in text.char_indices() {
        let end = at.saturating_add(c.len_utf8());
        let ends = match c {
            '\n' | '\u{2028}' | '\u{2029}' => true,
            '\r' => newline(text, c, end) == '\n',
            _ => false,
        };
        if ends {
            out.push(start..at);
            start = end;
        }
    }
    out.push(start..text.len());
    out
}

/// The words that stand in none of the ranges, which are in order; what was between them ends a sentence.
pub(super) fn outside(words: Vec<Word>, ranges: &[Range<usize>]) -> Vec<Word> {
    let mut left = ranges.iter().peekable();
    let (mut out, mut cuts, mut cut) = (Vec::new(), 0_usize, false);
    for mut word in words {
        while left.next_if(|range| range.end <= word.bytes.start).is_some() {}
        if left.peek().is_some_and(|range| range.start < word.bytes.end) {
            cut = true;
            continue;
        }
        if std::mem::take(&mut cut) {
            cuts = cuts.saturating_add(1);
        }
        word.sentence = word.sentence.saturating_add(cuts);
        word.clause = word.clause.saturating_add(cuts);
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_where_they_stand() {
        let text = "Désolé, je n’ai\u{200b}me pas.\r\nS\u{200d}TOP";
        let all = words(text);
        let folded: Vec<&str> = all.iter().map(|word| word.folded.as_str()).collect();
        assert_eq!(folded, ["desole", "je", "n", "aime", "pas", "stop"]);
        assert_eq!(text.get(all[5].bytes.clone()), Some("S\u{200d}TOP"));
        assert_eq!(all.iter().map(|word| word.line).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 1]);
        assert!(all[2].elided && !all[1].elided && all[3].after_apostrophe);
        assert_ne!(all[0].clause, all[1].clause);
        assert_eq!(all[0].sentence, all[1].sentence);
        assert_ne!(all[4].sentence, all[5].sentence);
        assert_eq!(lines("a\r\nb\rc\n").len(), 4);
    }
}
