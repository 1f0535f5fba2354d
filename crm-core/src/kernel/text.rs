//! Text: what is accepted, and the fold under which two spellings are the same.

use std::borrow::Cow;
use std::iter::successors;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::error::{Problem, Result};
use super::json::length;

/// Most bytes of one text field.
pub const MOST_BYTES: usize = 64 * 1024;

/// The text without white space at its ends, if the library takes it.
///
/// # Errors
/// [`Problem::Nul`] and [`Problem::TooLong`].
pub fn check(text: &str) -> Result<&str> {
    if text.len() > MOST_BYTES {
        return Err(Problem::TooLong { bytes: length(text.len()), most: length(MOST_BYTES) }.into());
    }
    if text.contains('\0') {
        return Err(Problem::Nul.into());
    }
    Ok(text.trim())
}

/// The form under which two spellings are the same text: NFKC, lower case, no accents on Latin, Greek and Cyrillic
/// letters, `œ` as `oe`, `æ` as `ae`,
/// `ß` as `ss`, every run of white space as one space, none at the ends.
///
/// The order of folded text is by code point, the same in every store.
///
/// ```
/// use crm_core::kernel::text::fold;
/// assert_eq!(fold("  Rénov'OUEST\u{a0}Sœurs  "), "renov'ouest soeurs");
/// ```
pub fn fold(text: &str) -> Cow<'_, str> {
    if is_plainly_folded(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(fold_owned(text))
}

/// Whether the text is lower-case ASCII with single spaces inside: the common case of a folded text, told eight bytes at
/// a time and without copying.
#[inline]
pub fn is_plainly_folded(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    // A letter in place of what is not there changes nothing.
    let mut last = [b'a'; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    // As if a space stood before the text: one at its beginning is one too many.
    let (mut bad, mut before) = (0_u64, EIGHTH);
    for word in words.iter().chain(std::iter::once(&last)) {
        let word = u64::from_le_bytes(*word);
        let spaces = equal(word, b' ');
        let control = word.wrapping_sub(all(b' ')) & !word;
        let capital = word.wrapping_add(all(0x80 - b'A')) & !word.wrapping_add(all(0x7f - b'Z'));
        bad |= (word | control | capital | equal(word, 0x7f)) & all(0x80) | spaces & (spaces << 8 | before >> 56);
        before = spaces;
    }
    bad == 0 && text.as_bytes().last() != Some(&b' ')
}

/// The high bit of the last of eight bytes.
const EIGHTH: u64 = 0x80 << 56;

/// Eight times the byte.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of every byte of a word that equals the byte.
const fn equal(word: u64, byte: u8) -> u64 {
    let other = word ^ all(byte);
    !((other & all(0x7f)).wrapping_add(all(0x7f)) | other | all(0x7f))
}

fn fold_owned(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if is_plainly_folded(&lower) {
        return lower;
    }
    if let Some(folded) = fold_common(text) {
        return folded;
    }
    let once = fold_unicode(text);
    // A few letters fold to letters that fold again; two passes reach the fixed point (see the property test).
    if once.is_ascii() { once } else { fold_unicode(&once) }
}

/// The fold of a text of ASCII and the accented letters of European languages, each of which folds by itself; `None`
/// where there is anything else.
fn fold_common(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        let letter = match c {
            '\0'..='\u{7f}' if !c.is_whitespace() => None,
            '\0'..='\u{7f}' => {
                space = !out.is_empty();
                continue;
            }
            c => Some(fold_letter(c).filter(|letter| !letter.is_empty())?),
        };
        if space {
            out.push(' ');
            space = false;
        }
        match letter {
            None => out.push(c.to_ascii_lowercase()),
            Some(letter) => out.push_str(letter),
        }
    }
    Some(out)
}

/// What a letter of the blocks *Latin-1 Supplement* and *Latin Extended-A* folds to, where that is plain letters.
fn fold_letter(c: char) -> Option<&'static str> {
    static LETTERS: OnceLock<Vec<String>> = OnceLock::new();
    let letters = LETTERS.get_or_init(|| {
        let folded = |c: char| {
            Some(fold_unicode(c.encode_utf8(&mut [0; 4]))).filter(|f| f.bytes().all(|b| b.is_ascii_lowercase()))
        };
        (FIRST_LETTER..=LAST_LETTER).map(|c| folded(c).unwrap_or_default()).collect()
    });
    let place = u32::from(c).checked_sub(u32::from(FIRST_LETTER))?;
    letters.get(usize::try_from(place).ok()?).map(String::as_str)
}

const FIRST_LETTER: char = '\u{c0}';
const LAST_LETTER: char = '\u{17f}';

fn fold_unicode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut space, mut accents) = (false, true);
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_combining_mark(c) {
            // On other scripts a mark is part of the letter: the vowels of Devanagari, the voicing of kana.
            if !accents {
                out.push(c);
            }
            continue;
        }
        accents = has_accents(c);
        if c.is_whitespace() {
            space = !out.is_empty();
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        match c {
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' | 'ẞ' => out.push_str("ss"),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            '\u{2019}' | '\u{2018}' | '\u{2bc}' => out.push('\''),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            c => out.push(c),
        }
    }
    out.nfc().collect()
}

/// Whether marks on this character are accents that a spelling may leave out: Latin, Greek and Cyrillic letters, and
/// whatever is no letter.
fn has_accents(c: char) -> bool {
    !c.is_alphabetic() || matches!(c, '\0'..='\u{52f}' | '\u{1d00}'..='\u{1fff}' | '\u{2c60}'..='\u{2c7f}')
}

/// The words of a text with one space between them: the text [folded](fold), then split at everything that is neither
/// a letter nor a digit. Dots between single letters are no such place, so that an abbreviation is one word.
///
/// ```
/// use crm_core::kernel::text::words;
/// assert_eq!(words("P.D.G. & co-fondatrice d’Acme"), "pdg co fondatrice d acme");
/// ```
pub fn words(text: &str) -> Cow<'_, str> {
    let folded = fold(text);
    if folded.bytes().all(|b| b == b' ' || b.is_ascii_alphanumeric()) {
        return folded;
    }
    let mut out = String::with_capacity(folded.len());
    // Whether the word before was a single letter.
    let mut abbreviated = false;
    let mut rest = folded.as_ref();
    while let Some(start) = rest.find(in_word) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !in_word(c)).unwrap_or(from.len()));
        let letter = is_letter(word);
        let joined = abbreviated && letter && between == ".";
        if !joined && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        (abbreviated, rest) = (letter, after);
    }
    Cow::Owned(out)
}

/// A letter, a digit, or a mark that the fold kept as part of its letter.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

fn is_letter(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.all(is_combining_mark)
}

/// Whether one of the phrases stands in the words of a text, from the start of a word to the end of one; all of them as
/// [`words`] gives them.
///
/// ```
/// use crm_core::kernel::text::{has_word, words};
/// let title = words("Technicien réfrigérant, chef d'entreprise");
/// assert!(has_word(&title, ["chef d entreprise"]));
/// assert!(!has_word(&title, ["gerant"]));
/// ```
pub fn has_word<P: AsRef<str>>(words: &str, phrases: impl IntoIterator<Item = P> + Clone) -> bool {
    let mut starts = successors(Some(words), |rest| rest.split_once(' ').map(|(_, rest)| rest));
    starts.any(|rest| {
        phrases.clone().into_iter().any(|phrase| {
            let after = rest.strip_prefix(phrase.as_ref()).filter(|_| !phrase.as_ref().is_empty());
            after.is_some_and(|after| after.is_empty() || after.starts_with(' '))
        })
    })
}

/// Whether a character has no shape of its own: controls other than line breaks and tabs, marks that turn the direction of
/// the text, and characters of no width.
pub fn is_hidden(c: char) -> bool {
    let is_kept = matches!(c, '\n' | '\r' | '\t');
    (c.is_control() && !is_kept)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0e}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The characters of a text that nobody sees, each with its place in characters, as `U+202E`.
pub fn hidden_characters(text: &str) -> Vec<(usize, String)> {
    let name = |(at, c): (usize, char)| (at, format!("U+{:04X}", u32::from(c)));
    text.chars().enumerate().filter(|(_, c)| is_hidden(*c)).map(name).collect()
}

/// The text with the characters that nobody sees in a form that can be seen.
pub fn shown_whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// At most `most` characters of the text, with an ellipsis where it was cut.
pub fn shortened(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn french_spellings_meet() {
        assert_eq!(fold("Société Générale"), fold("SOCIETE GENERALE"));
        assert_eq!(fold("Cœur d’Étoile"), "coeur d'etoile");
        assert_eq!(fold("ﬁn de série"), "fin de serie");
        assert_eq!(fold("Straße"), "strasse");
        assert_eq!(fold("İstanbul"), "istanbul");
        assert_eq!(fold("a\u{b}b"), "a b");
        assert_eq!(fold(" \t "), "");
        assert_eq!(fold("Ａｂｃ"), "abc");
        assert_eq!(fold("ΟΔΥΣΣΕΥΣ"), fold("Οδυσσεύς"));
        assert_ne!(fold("राम"), fold("रमा"));
        assert_ne!(fold("バス"), fold("ハス"));
    }

    #[test]
    fn text_is_checked() {
        assert_eq!(check("  a ").unwrap(), "a");
        assert_eq!(check("a\0b").unwrap_err().code().name(), "invalid_text");
        assert_eq!(check(&"x".repeat(MOST_BYTES + 1)).unwrap_err().code().name(), "too_large");
        assert_eq!(shortened("abcdef", 3), "abc…");
    }

    #[test]
    fn words_are_whole() {
        for (text, expected) in [
            ("", ""),
            (" … - & ", ""),
            ("CEO", "ceo"),
            ("P.D.G.", "pdg"),
            ("D.G. délégué", "dg delegue"),
            ("P. D. G.", "p d g"),
            ("Node.js v.2.b, e.g a.b.cd.e", "node js v 2 b eg ab cd e"),
            ("Co-Fondateur/CTO (R&D)", "co fondateur cto r d"),
            ("Chef\u{a0}d’entreprise", "chef d entreprise"),
            ("Gérant·e, l'Œuvre_1", "gerant e l oeuvre 1"),
            ("विपणन-प्रबंधक", "विपणन प्रबंधक"),
            ("部長・社長 É.D.", "部長 社長 ed"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn phrases_are_consecutive_words() {
        let has = |text: &str, phrase: &str| has_word(&words(text), [words(phrase)]);
        assert!(has("Technicien réfrigérant", "TECHNICIEN"));
        assert!(!has("Technicien réfrigérant", "gérant"));
        assert!(!has("Gérante", "gérant"));
        assert!(has("Vice-Président, ventes", "vice président"));
        assert!(!has("Vice et président", "vice président"));
        assert!(has("head head of sales", "head of"));
        assert!(!has("head offices", "head of"));
        assert!(has("P.D.G.", "pdg"));
        assert!(has("PDG", "P.D.G."));
        assert!(!has("anything", "&"));
        assert!(!has_word("", [""]));
        assert!(!has_word("a", [] as [&str; 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.as_ref());
        }

        #[test]
        fn what_is_plainly_folded_folds_to_itself(text in "[a-zA-Z ~\u{7f}\t\u{e9}0@\\[`{]{0,20}") {
            let slowly = text.bytes().all(|b| matches!(b, b' '..=b'@' | b'['..=b'~'))
                && !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ');
            prop_assert_eq!(is_plainly_folded(&text), slowly);
            prop_assert!(!slowly || fold_unicode(&text) == text);
        }

        #[test]
        fn common_letters_fold_like_all_others(text in "([A-Za-z \t\u{b}]|[\u{c0}-\u{17f}]|[\u{b0}\u{a0}\u{301}'’]){0,12}") {
            let once = fold_unicode(&text);
            let slowly = if once.is_ascii() { once } else { fold_unicode(&once) };
            prop_assert_eq!(fold(&text), slowly);
        }

        #[test]
        fn words_are_letters_and_digits_between_single_spaces(text in "\\PC{0,12}|[a-eÉœ .&\u{2019}-]{0,12}") {
            let all = words(&text);
            prop_assert!(all.is_empty() || all.split(' ').all(|w| !w.is_empty() && w.chars().all(in_word)));
            let kept: String = fold(&text).chars().filter(|c| in_word(*c)).collect();
            prop_assert_eq!(all.replace(' ', ""), kept, "no letter is lost");
        }

        #[test]
        fn a_text_has_itself_and_each_of_its_words(text in "\\PC{0,12}|[a-eÉœ .&\u{2019}-]{0,12}") {
            let all = words(&text);
            prop_assert_eq!(has_word(&all, [&all]), !all.is_empty());
            prop_assert!(all.split(' ').all(|word| has_word(&all, [word]) != word.is_empty()));
        }

        #[test]
        fn a_text_without_dots_contains_its_words(text in "[a-cÉœ &\u{2019}-]{0,12}", word in "[a-cÉœ]{1,2}") {
            let word = words(&word);
            prop_assert!(!has_word(&words(&text), [&word]) || fold(&text).contains(word.as_ref()));
        }

        #[test]
        fn having_a_word_is_what_padding_says(text in "[ab .-]{0,10}", phrase in "[ab .-]{0,4}") {
            let (text, phrase) = (words(&text), words(&phrase));
            let padded = format!(" {text} ").contains(&format!(" {phrase} "));
            prop_assert_eq!(has_word(&text, [&phrase]), padded && !phrase.is_empty());
        }

        #[test]
        fn case_never_matters_in_latin(text in "[a-zA-Zà-öø-ÿ œŒ]{0,30}") {
            let upper = text.to_uppercase();
            prop_assert_eq!(fold(&text), fold(&upper));
        }
    }
}
