//! Registration and VAT numbers: check digits, and what follows from one number for the others.
//!
//! A SIREN is nine digits with a Luhn sum divisible by 10; a SIRET is a SIREN and five digits, again Luhn over all
//! fourteen. La Poste (SIREN 356 000 000) numbers its offices beyond Luhn: there the plain digit sum is divisible by 5
//! (the head office passes Luhn). A French VAT number is `FR`, two characters and the SIREN; two digits are
//! `(12 + 3 * (SIREN mod 97)) mod 97`, which is the SIREN with `12` behind it, mod 97.

/// La Poste, whose offices have SIRETs of their own rule.
const LA_POSTE: &str = "356000000";
const LA_POSTE_HEAD_OFFICE: &str = "35600000000048";
/// Most bytes of a number as written.
const MOST_BYTES: usize = 64;

/// What a French number says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct French {
    /// The company's nine digits.
    pub siren: Option<String>,
    /// The establishment's fourteen digits.
    pub siret: Option<String>,
}

/// Letters and digits of a number as written, in capitals; `None` if there is anything but separators besides.
fn compact(written: &str) -> Option<String> {
    if written.len() > MOST_BYTES {
        return None;
    }
    let mut out = String::with_capacity(written.len());
    for c in written.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_uppercase()),
            ' ' | '\u{a0}' | '\u{202f}' | '\t' | '.' | '-' | '/' => {}
            _ => return None,
        }
    }
    Some(out)
}

fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

fn all_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

fn luhn(digits: &str) -> bool {
    let value = |(i, b): (usize, u8)| match (i % 2, digit(b)) {
        (0, d) => d,
        (_, d) if d > 4 => d.saturating_mul(2).saturating_sub(9),
        (_, d) => d.saturating_mul(2),
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(value).sum();
    sum.is_multiple_of(10)
}

/// The nine digits of a SIREN, if its check digit is right. `000 000 000` is nobody's.
pub fn siren(written: &str) -> Option<String> {
    compact(written).filter(|s| is_siren(s))
}

fn is_siren(digits: &str) -> bool {
    all_digits(digits, 9) && luhn(digits) && digits != "000000000"
}

/// The fourteen digits of a SIRET, if its check digits are right.
///
/// ```
/// use crm_core::rules::identity::siret;
/// assert_eq!(siret("356 000 000 00048").as_deref(), Some("35600000000048"));
/// assert_eq!(siret("73282932000079"), None);
/// ```
pub fn siret(written: &str) -> Option<String> {
    compact(written).filter(|s| is_siret(s))
}

fn is_siret(digits: &str) -> bool {
    let Some(company) = digits.get(..9).filter(|_| all_digits(digits, 14)) else { return false };
    let sum = || digits.bytes().map(digit).sum::<u32>();
    match company {
        LA_POSTE => digits == LA_POSTE_HEAD_OFFICE || sum().is_multiple_of(5),
        company => is_siren(company) && luhn(digits),
    }
}

/// A SIREN or SIRET, whichever it is. A right SIREN is told even if the five digits behind it are wrong.
pub fn french(written: &str) -> French {
    let Some(digits) = compact(written) else { return French::default() };
    if is_siret(&digits) {
        return French { siren: digits.get(..9).map(str::to_owned), siret: Some(digits) };
    }
    French { siren: is_siren(&digits).then_some(digits), siret: None }
}

/// The VAT number of a SIREN.
///
/// ```
/// use crm_core::rules::identity::vat_of_siren;
/// assert_eq!(vat_of_siren("443 121 975").as_deref(), Some("FR46443121975"));
/// ```
pub fn vat_of_siren(written: &str) -> Option<String> {
    let siren = siren(written)?;
    Some(format!("FR{:02}{siren}", vat_key(&siren)))
}

fn vat_key(siren: &str) -> u32 {
    siren.bytes().chain(*b"12").fold(0, |rest: u32, b| rest.saturating_mul(10).saturating_add(digit(b)) % 97)
}

/// A VAT number with its country in front, if its form is one of that country; a French one also if its key is right.
/// Without a country in front it is French or nothing.
pub fn vat(written: &str) -> Option<String> {
    let text = compact(written)?;
    if let Some(rest) = text.strip_prefix("FR").filter(|r| r.len() == 11) {
        return is_french_vat(rest).then(|| text.clone());
    }
    if text.len() == 11 && is_french_vat(&text) {
        return Some(format!("FR{text}"));
    }
    is_european_vat(&text).then_some(text)
}

/// The SIREN in a French VAT number; Monaco's hold none.
pub fn siren_of_vat(written: &str) -> Option<String> {
    let vat = vat(written)?;
    let siren = vat.strip_prefix("FR")?.get(2..)?;
    is_siren(siren).then(|| siren.to_owned())
}

fn is_french_vat(text: &str) -> bool {
    let (Some(key), Some(siren)) = (text.get(..2), text.get(2..)) else { return false };
    if !all_digits(siren, 9) {
        return false;
    }
    // Monaco's numbers hold no SIREN, but the same keys.
    if !is_siren(siren) && !siren.starts_with("000") {
        return false;
    }
    if all_digits(key, 2) {
        return key.parse() == Ok(vat_key(siren));
    }
    has_letter_key(key, siren)
}

/// Keys with a letter, none of which is `I` or `O`. With `s` the two characters as a number (see the body), the SIREN
/// and `s / 11 + 1` sum to `s` mod 11.
fn has_letter_key(key: &str, siren: &str) -> bool {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let place = |b: u8| LETTERS.iter().position(|l| *l == b).and_then(|p| u64::try_from(p).ok());
    let place_at = |at: usize| key.as_bytes().get(at).copied().and_then(place);
    let (Some(first), Some(second)) = (place_at(0), place_at(1)) else {
        return false;
    };
    let s = if first < 10 {
        first.saturating_mul(24).saturating_add(second).checked_sub(10)
    } else {
        first.saturating_mul(34).saturating_add(second).checked_sub(100)
    };
    let Some(s) = s else { return false };
    let number = siren.bytes().fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(digit(b))));
    let quotient = s.checked_div(11).unwrap_or(0).saturating_add(1);
    number.saturating_add(quotient) % 11 == s % 11
}

/// The country prefixes of the Union (Greece's is `EL`, Northern Ireland's `XI`) and the least and most characters
/// behind them.
const FORMS: &[(&str, usize, usize)] = &[
    ("AT", 9, 9),
    ("BE", 10, 10),
    ("BG", 9, 10),
    ("CY", 9, 9),
    ("CZ", 8, 10),
    ("DE", 9, 9),
    ("DK", 8, 8),
    ("EE", 9, 9),
    ("EL", 9, 9),
    ("ES", 9, 9),
    ("FI", 8, 8),
    ("HR", 11, 11),
    ("HU", 8, 8),
    ("IE", 8, 9),
    ("IT", 11, 11),
    ("LT", 9, 12),
    ("LU", 8, 8),
    ("LV", 11, 11),
    ("MT", 8, 8),
    ("NL", 12, 12),
    ("PL", 10, 10),
    ("PT", 9, 9),
    ("RO", 2, 10),
    ("SE", 12, 12),
    ("SI", 8, 8),
    ("SK", 10, 10),
    ("XI", 9, 12),
    ("GB", 9, 12),
];

fn is_european_vat(text: &str) -> bool {
    let (Some(country), Some(rest)) = (text.get(..2), text.get(2..)) else { return false };
    let of_country = FORMS.iter().find(|f| f.0 == country);
    of_country.is_some_and(|(_, least, most)| (*least..=*most).contains(&rest.len()))
        && rest.bytes().filter(u8::is_ascii_digit).count() >= 2
}
