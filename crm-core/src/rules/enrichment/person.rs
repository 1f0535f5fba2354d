//! People's names: from the part of an address before the `@`, and with the capitals that are usual.

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::text::fold;

/// Common given names of France and the English-speaking countries, folded and sorted, one on each line.
const GIVEN_NAMES: &str = include_str!("data/given_names.txt");

/// Words inside a family name that stay small.
const PARTICLES: &[&str] = &[
    "af", "av", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "ten", "ter", "van",
    "von", "y", "zu", "zur",
];

/// A first and a last name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) confidence: Confidence,
}

/// The names with their usual capitals, where they are written all large or all small.
pub(super) fn derive(desk: &mut Desk<'_>) {
    let own = desk.own;
    let fields =
        [(Topic::FirstName, "first_name", "lead.first_name"), (Topic::LastName, "last_name", "lead.last_name")];
    for (topic, field, source) in fields {
        let written = own.get(field);
        let name = cased(written);
        if name != written {
            desk.found(topic, Method::NameCasing, Confidence::High, &name, From { source, evidence: written });
        }
    }
}

/// `marie.le-goff` is Marie Le-Goff. A name that does not come apart in two is not guessed; a single letter is an
/// initial, which is no name.
pub(super) fn from_local_part(local: &str) -> Option<Name> {
    let local = local.split('+').next().unwrap_or(local);
    let separator = ['.', '_', '-'].into_iter().find(|s| local.contains(*s))?;
    let parts: Vec<&str> = local.split(separator).map(|p| p.trim_matches(|c: char| c.is_ascii_digit())).collect();
    let [one, other] = parts.as_slice() else { return None };
    let letters = |part: &str| part.chars().all(|c| c.is_alphabetic() || c == '-' || c == '_');
    let long = |part: &str| part.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    if !letters(one) || !letters(other) || !long(other) {
        return None;
    }
    let name = |part: &str| cased(&part.replace('_', " ").to_lowercase());
    if !long(one) {
        return Some(Name { first: String::new(), last: name(other), confidence: Confidence::Low });
    }
    // Some companies write the family name first; only a given name in the second place and none in the first tells.
    match is_given(other) && !is_given(one) {
        true => Some(Name { first: name(other), last: name(one), confidence: Confidence::Low }),
        false => Some(Name { first: name(one), last: name(other), confidence: Confidence::Medium }),
    }
}

fn is_given(name: &str) -> bool {
    let folded = fold(name);
    let first = folded.split('-').next().unwrap_or(&folded);
    GIVEN_NAMES.lines().any(|line| line == first)
}

/// A name with its usual capitals: `DUPONT` is Dupont, `DE LA TOUR` de la Tour, `LE GOFF` Le Goff, `D'ARTAGNAN`
/// d'Artagnan, `O'BRIEN` O'Brien, `MCDONALD` McDonald. A name with large and small letters is left as its bearer
/// writes it.
pub fn cased(written: &str) -> String {
    let (large, small) = (written.chars().any(char::is_uppercase), written.chars().any(char::is_lowercase));
    // An initial says nothing of how the rest would be written.
    if large == small || written.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        return written.to_owned();
    }
    let lower = written.to_lowercase();
    let mut out: Vec<String> = Vec::new();
    let mut after_particle = false;
    for word in lower.split(' ') {
        // `de la`: the article goes with the particle; alone, as in Le Goff, it is part of the name.
        let small = PARTICLES.contains(&word) || after_particle && matches!(word, "la" | "las" | "los" | "le" | "les");
        after_particle = small;
        out.push(if small { word.to_owned() } else { word.split('-').map(part).collect::<Vec<_>>().join("-") });
    }
    out.join(" ")
}

/// A part of a name between spaces and hyphens.
fn part(word: &str) -> String {
    for apostrophe in ['\'', '\u{2019}'] {
        if let Some((before, after)) = word.split_once(apostrophe).filter(|(_, after)| !after.is_empty()) {
            let before = if before == "d" { before.to_owned() } else { capital(before) };
            return format!("{before}{apostrophe}{}", capital(after));
        }
    }
    if matches!(word, "ii" | "iii" | "iv" | "vi") {
        return word.to_uppercase();
    }
    match word.strip_prefix("mc").filter(|rest| rest.chars().count() >= 3) {
        Some(rest) => format!("Mc{}", capital(rest)),
        None => capital(word),
    }
}

/// The first letter large; of one that becomes two, the second stays small (`ß`, `Ss`).
fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let mut first = chars.next().into_iter().flat_map(char::to_uppercase);
    let head: Vec<char> = first.next().into_iter().chain(first.flat_map(char::to_lowercase)).collect();
    head.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_have_their_usual_capitals() {
        for (written, usual) in [
            ("DUPONT", "Dupont"),
            ("élodie", "Élodie"),
            ("JEAN-PIERRE", "Jean-Pierre"),
            ("LE GOFF", "Le Goff"),
            ("le goff", "Le Goff"),
            ("DE GAULLE", "de Gaulle"),
            ("DE LA TOUR", "de la Tour"),
            ("DU BOIS DES FORTS", "du Bois des Forts"),
            ("VAN DER BERG", "van der Berg"),
            ("VON TRAPP", "von Trapp"),
            ("D'ARTAGNAN", "d'Artagnan"),
            ("D’ARTAGNAN", "d’Artagnan"),
            ("L'HERMITE", "L'Hermite"),
            ("O'BRIEN", "O'Brien"),
            ("MCDONALD", "McDonald"),
            ("MACRON", "Macron"),
            ("GATES III", "Gates III"),
            ("McDonald", "McDonald"),
            ("Le goff", "Le goff"),
            ("J", "J"),
            ("李", "李"),
            ("", ""),
        ] {
            assert_eq!(cased(written), usual, "{written}");
        }
    }

    #[test]
    fn addresses_that_come_apart_in_two_are_names() {
        let name = |local: &str| from_local_part(local).map(|n| (n.first, n.last, n.confidence.name()));
        let some = |first: &str, last: &str, sure| Some((first.to_owned(), last.to_owned(), sure));
        assert_eq!(name("marie.dupont"), some("Marie", "Dupont", "medium"));
        assert_eq!(name("jean-pierre.martin2+crm"), some("Jean-Pierre", "Martin", "medium"));
        assert_eq!(name("marie_le-goff"), some("Marie", "Le-Goff", "medium"));
        assert_eq!(name("dupont.marie"), some("Marie", "Dupont", "low"));
        assert_eq!(name("j.martin"), some("", "Martin", "low"));
        for none in ["dupont", "marie.de.dupont", "a.b", "12.34", ".", "x1y.dupont", ""] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn given_names_are_sorted_and_folded() {
        let names: Vec<&str> = GIVEN_NAMES.lines().collect();
        assert!(names.is_sorted() && names.len() > 150);
        assert!(names.iter().all(|n| fold(n) == *n && !n.contains('-')), "{names:?}");
    }

    proptest! {
        #[test]
        fn the_usual_capitals_stay(name in "\\PC{0,20}|[a-zA-Zéß' -]{0,20}") {
            let once = cased(&name);
            prop_assert_eq!(cased(&once), once);
        }
    }
}
