//! Addresses that look like others: letters of another alphabet, and domains that differ only for a machine.
//!
//! What somebody typed is kept byte for byte; it is told what it looks like. UTS 39 says which letters look alike.

use std::collections::BTreeSet;

use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::MixedScript as _;

use crate::rules::identity::domain;

/// Letters that are letters of a language in their own right, and that domains have: nobody takes them for two others.
const OWN_LETTERS: &[char] = &['œ', 'æ', 'ß'];

/// What speaks against trusting an address by its look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// It has letters of several alphabets in one word.
    Mixed {
        /// The address as machines write it.
        address: String,
    },
    /// It looks like another one.
    Like {
        /// The address as machines write it.
        address: String,
        /// What it looks like.
        other: String,
    },
}

/// The address as machines write it: its domain in ASCII (`xn--...`), where it has one.
pub fn ascii_form(address: &str) -> String {
    let in_ascii = |(local, name): (&str, &str)| Some(format!("{local}@{}", domain::ascii(name)?));
    address.rsplit_once('@').and_then(in_ascii).unwrap_or_else(|| address.to_owned())
}

/// The domain of an address, a URL or a domain, as people read it.
pub(super) fn known_domain(written: &str) -> Option<String> {
    Some(domain::letters(&domain::ascii(domain::host(written)?)?))
}

/// What an address looks like that it is not. `known` are the domains whose look-alikes are told, in lower case.
pub fn looks(address: &str, known: &BTreeSet<String>) -> Vec<Look> {
    let mut found = BTreeSet::new();
    let parts = address.rsplit_once('@').and_then(|(local, name)| Some((local, domain::ascii(name)?)));
    let read = match &parts {
        Some((local, ascii)) => format!("{}@{}", local.to_lowercase(), domain::letters(ascii)),
        None => address.to_lowercase(),
    };
    let shown = || ascii_form(address);
    let is_mixed = |word: &str| !word.is_ascii() && !word.is_single_script();
    if read.split(|c: char| !c.is_alphanumeric()).any(is_mixed) {
        found.insert(Look::Mixed { address: shown() });
    }
    let other = in_latin(&read);
    if other != read {
        // What is told is what people take it for: the domain, where that is what differs.
        let domains = (read.rsplit_once('@'), other.rsplit_once('@'));
        let other = match domains {
            (Some((local, _)), Some((same, name))) if local == same => name.to_owned(),
            _ => other,
        };
        found.insert(Look::Like { address: shown(), other });
    }
    if let Some((_, ascii)) = &parts {
        let whole = domain::letters(ascii);
        let own = domain::registrable(ascii).map(domain::letters);
        let names: Vec<&str> = [Some(whole.as_str()), own.as_deref()].into_iter().flatten().collect();
        if !names.iter().any(|name| known.contains(*name)) {
            let like = |one: &&String| names.iter().any(|name| is_like(name, one));
            let likes = known.iter().filter(like).map(|one| Look::Like { address: shown(), other: one.clone() });
            found.extend(likes.collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

/// Whether two names look alike and are not the same.
fn is_like(name: &str, other: &str) -> bool {
    name != other && skeleton(name).flat_map(char::to_lowercase).eq(skeleton(other).flat_map(char::to_lowercase))
}

/// The address with each word that looks like a Latin one as that word.
fn in_latin(address: &str) -> String {
    let (mut out, mut word) = (String::new(), String::new());
    for c in address.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_alphanumeric() => word.push(c),
            other => {
                let look = latin_look(&word);
                out.push_str(if look.is_ascii() { &look } else { &word });
                out.extend(other);
                word.clear();
            }
        }
    }
    out
}

/// A word with each letter that looks like a Latin one as that letter, in lower case.
pub(super) fn latin_look(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_ascii() || OWN_LETTERS.contains(&c) {
            out.extend(c.to_lowercase());
            continue;
        }
        let mut buffer = [0; 4];
        let look: String = skeleton(c.encode_utf8(&mut buffer)).collect();
        match look.as_str() {
            "rn" => out.push('m'),
            look if look.chars().all(|c| c.is_ascii_alphanumeric()) => out.push_str(&look.to_ascii_lowercase()),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str) -> Vec<String> {
        let known = ["paypal.com", "modern.fr", "exemple.fr"].map(str::to_owned).into();
        let text = |look: &Look| match look {
            Look::Mixed { address } => format!("{address} mixed"),
            Look::Like { address, other } => format!("{address} {other}"),
        };
        looks(address, &known).iter().map(text).collect()
    }

    #[test]
    fn what_looks_like_another_address_is_told() {
        let pay = "billing@xn--pypal-4ve.com";
        assert_eq!(told("billing@p\u{430}ypal.com"), [format!("{pay} mixed"), format!("{pay} paypal.com")]);
        assert_eq!(told(pay), [format!("{pay} mixed"), format!("{pay} paypal.com")]);
        // A single alphabet all the same.
        assert_eq!(told("x@\u{430}\u{440}\u{440}\u{4cf}\u{435}.com"), ["x@xn--80ak6aa92e.com apple.com"]);
        assert_eq!(told("x@paypa1.com"), ["x@paypa1.com paypal.com"]);
        assert_eq!(told("x@mail.rnodern.fr"), ["x@mail.rnodern.fr modern.fr"]);
        assert_eq!(told("\u{441}\u{435}o@exemple.fr").len(), 2);
        assert_eq!(told("\u{441}\u{435}\u{43e}@exemple.fr"), ["\u{441}\u{435}\u{43e}@exemple.fr ceo@exemple.fr"]);
    }

    #[test]
    fn other_addresses_are_not() {
        for address in [
            "x@paypal.com",
            "X.Y+z@PayPal.com",
            "x@société.fr",
            "x@cœur-de-ville.fr",
            "x@straße.de",
            "éloïse@exemple.fr",
            "x@пример.рф",
            "x@例え.jp",
            "+33 6 12 34 56 78",
            "https://www.linkedin.com/in/éloïse-durand",
            "",
            "@",
        ] {
            assert_eq!(told(address), [""; 0], "{address}");
        }
    }
}
