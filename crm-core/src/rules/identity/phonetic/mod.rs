//! How names sound. Only to find candidates that other keys then tell apart: a sound is never evidence by itself.

mod metaphone;

use super::{Identity, clean_name, company};
use metaphone::metaphone;

/// Fewest letters that a phone number keeps without its last four.
const FEWEST_DIGITS: usize = 3;

/// Keys that put similar people into one block; each is unknown where one of its parts is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockingKeys {
    /// The first name's first letter, the last name's sound, the first five letters of the company.
    pub name_company: Option<String>,
    /// The first name's first letter, the last name's sound, the number without its last four digits.
    pub name_phone: Option<String>,
}

/// How two names compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamesCompared {
    /// Letters to change, add or leave out to come from one clean name to the other (Levenshtein).
    pub distance: usize,
    /// At most three, and less than half of the longer name.
    pub close: bool,
    /// Whether both are known and have one [`soundex`].
    pub sound_alike: bool,
}

/// The American Soundex code of a name: its first letter and three digits; `None` without a Latin letter.
///
/// ```
/// use crm_core::rules::identity::soundex;
/// assert_eq!(soundex("Jonathan").as_deref(), Some("J535"));
/// assert_eq!(soundex("Rupert"), soundex("Robert"));
/// ```
pub fn soundex(name: &str) -> Option<String> {
    let clean = clean_name(name);
    let mut letters = clean.bytes().filter(u8::is_ascii_lowercase);
    let first = letters.next()?;
    let mut code = String::from(char::from(first.to_ascii_uppercase()));
    let mut before = digit(first);
    for letter in letters.filter(|l| !matches!(l, b'h' | b'w')) {
        let own = digit(letter);
        if let Some(own) = own.filter(|_| own != before) {
            code.push(own);
        }
        before = own;
    }
    code.extend(std::iter::repeat_n('0', 4));
    code.truncate(4);
    Some(code)
}

/// The group of a consonant.
const fn digit(letter: u8) -> Option<char> {
    Some(match letter {
        b'b' | b'f' | b'p' | b'v' => '1',
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => '2',
        b'd' | b't' => '3',
        b'l' => '4',
        b'm' | b'n' => '5',
        b'r' => '6',
        _ => return None,
    })
}

/// Compares two names. A name that says nothing is close to none.
///
/// ```
/// use crm_core::rules::identity::compare_names;
/// assert_eq!(compare_names("Kitten", "sitting").distance, 3);
/// assert!(compare_names("Robert", "Rupert").sound_alike);
/// ```
pub fn compare_names(a: &str, b: &str) -> NamesCompared {
    let (x, y) = (clean_name(a), clean_name(b));
    let distance = strsim::levenshtein(&x, &y);
    let longer = x.chars().count().max(y.chars().count());
    let known = !x.is_empty() && !y.is_empty();
    let close = known && distance <= 3 && distance.saturating_mul(2) < longer;
    let sound_alike = soundex(a).is_some_and(|s| Some(s) == soundex(b));
    NamesCompared { distance, close, sound_alike }
}

impl Identity {
    /// The keys under which to look for people like this one, as Salesforce's standard matching builds its own.
    pub fn blocking_keys(&self, first: &str, last: &str, company: &str, phone: &str) -> BlockingKeys {
        let (first, sound) = (clean_name(first), metaphone(&clean_name(last)));
        let Some(initial) = first.chars().next().filter(|_| !sound.is_empty()) else { return BlockingKeys::default() };
        let name = format!("{initial}{}", sound.to_ascii_lowercase());
        let letters = company::read(company).map(|c| c.key.chars().filter(|c| *c != ' ').take(5).collect::<String>());
        let written = || phone.chars().filter(char::is_ascii_digit).take(20).collect::<String>();
        let digits = self.phone(phone, None).map_or_else(written, |p| p.e164.replace('+', ""));
        let digits = digits.strip_prefix('1').unwrap_or(&digits);
        let area = digits.len().checked_sub(4).filter(|n| *n >= FEWEST_DIGITS).and_then(|n| digits.get(..n));
        BlockingKeys {
            name_company: letters.map(|l| format!("{name}{l}")),
            name_phone: area.map(|a| format!("{name}{a}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of the reference implementation.
    #[test]
    fn names_sound_as_the_reference_says() {
        let codes = [
            ("benioff", "PNF"),
            ("smith", "SM0"),
            ("schmidt", "XMT"),
            ("thompson", "TMPS"),
            ("thumb", "0M"),
            ("knight", "NT"),
            ("wright", "RT"),
            ("jose", "HS"),
            ("caesar", "SSR"),
            ("chianti", "KNT"),
            ("michael", "MKL"),
            ("architect", "ARKT"),
            ("bacher", "PKR"),
            ("accident", "AKST"),
            ("bellocchio", "PLX"),
            ("edge", "AJ"),
            ("edgar", "ATKR"),
            ("laugh", "LF"),
            ("tagliaro", "TKLR"),
            ("rogier", "RJ"),
            ("island", "ALNT"),
            ("sugar", "XKR"),
            ("school", "SKL"),
            ("schenker", "XNKR"),
            ("breaux", "PR"),
            ("zhao", "J"),
            ("philips", "FLPS"),
            ("xavier", "SF"),
            ("campbell", "KMPL"),
            ("who", "A"),
            ("filipowicz", "FLPT"),
            ("", ""),
        ];
        for (name, code) in codes {
            assert_eq!(metaphone(name), code, "{name}");
        }
    }

    #[test]
    fn soundex_as_the_national_archives_write_it() {
        for (name, code) in [
            ("John", "J500"),
            ("Jonathan", "J535"),
            ("Tymczak", "T522"),
            ("Ashcraft", "A261"),
            ("Pfister", "P236"),
            ("Honeyman", "H555"),
            ("Gutierrez", "G362"),
        ] {
            assert_eq!(soundex(name).as_deref(), Some(code), "{name}");
        }
        assert_eq!(soundex("Иван"), None);
    }

    #[test]
    fn short_names_are_not_close_by_chance() {
        assert!(compare_names("kitten", "sitting").close);
        assert!(!compare_names("Ann", "Bob").close);
        assert!(!compare_names("", "").close && !compare_names("", "").sound_alike);
    }
}
