//! The country: by the prefix of a phone or VAT number, the end of the domain, the form of the postal code.

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::rules::identity::{country_code, vat};

/// Ends of domains that belong to a country and are sold to everybody.
const SOLD_TO_ALL: &[&str] = &[
    "ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "co", "cx", "dj", "fm", "gd", "gg", "gl", "gs", "hn", "im", "io",
    "la", "lc", "ly", "me", "ms", "mu", "nu", "pw", "sc", "sh", "so", "st", "tk", "to", "tv", "vc", "vg", "ws",
];

pub(super) fn derive(desk: &mut Desk<'_>) {
    phone(desk);
    vat_number(desk);
    top_level_domain(desk);
    postal_code(desk);
    if let Some(hint) = desk.material.country_hint {
        let from = From { source: "country_hint", evidence: hint };
        desk.found(Topic::Country, Method::CountryHint, Confidence::Low, hint, from);
    }
}

/// A number with its country's prefix. Without one it is read as the default country's, which is no evidence for it.
fn phone(desk: &mut Desk<'_>) {
    let own = desk.own;
    for (field, source) in [("phone", "lead.phone"), ("mobile", "lead.mobile")] {
        let written = own.get(field);
        let digits = written.trim_start_matches(['(', ' ', '\u{a0}']);
        if !digits.starts_with('+') && !digits.starts_with("00") && !digits.starts_with('＋') {
            continue;
        }
        if let Some(region) = desk.identity.phone(written, None).and_then(|p| p.region) {
            let from = From { source, evidence: written };
            desk.found(Topic::Country, Method::PhonePrefix, Confidence::High, &region, from);
        }
    }
}

fn vat_number(desk: &mut Desk<'_>) {
    let Some((written, source)) = desk.known(Topic::VatNumber) else { return };
    let prefix = vat(&written).and_then(|number| number.get(..2).map(str::to_owned));
    let country = prefix.and_then(|prefix| match prefix.as_str() {
        "EL" => Some("GR"),
        "XI" => Some("GB"),
        other => country_code(other),
    });
    if let Some(country) = country {
        let from = From { source: &source, evidence: &written };
        desk.found(Topic::Country, Method::VatPrefix, Confidence::High, country, from);
    }
}

fn top_level_domain(desk: &mut Desk<'_>) {
    let Some((domain, source)) = desk.known(Topic::Domain) else { return };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let country = match top {
        "uk" => Some("GB"),
        top if top.len() == 2 && !SOLD_TO_ALL.contains(&top) => country_code(top),
        _ => None,
    };
    if let Some(country) = country {
        let from = From { source: &source, evidence: &domain };
        desk.found(Topic::Country, Method::TopLevelDomain, Confidence::Medium, country, from);
    }
}

fn postal_code(desk: &mut Desk<'_>) {
    let written = desk.own.get("postal_code");
    if let Some((country, confidence)) = by_form(written) {
        let from = From { source: "lead.postal_code", evidence: written };
        desk.found(Topic::Country, Method::PostalCodeForm, confidence, country, from);
    }
}

/// The only country whose postal codes look like this. Five plain digits are of too many.
fn by_form(written: &str) -> Option<(&'static str, Confidence)> {
    // Digits as 9, letters as A: the shape of the code.
    let shape: String = written
        .trim()
        .chars()
        .take(12)
        .map(|c| match c {
            '0'..='9' => '9',
            'a'..='z' | 'A'..='Z' => 'A',
            c => c,
        })
        .collect();
    let start = |prefix: &str| written.trim().get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    let prefixed =
        |prefix: &str, digits: &str| start(prefix) && shape.split_once('-').is_some_and(|(_, d)| d == digits);
    for (prefix, digits, country) in [
        ("F-", "99999", "FR"),
        ("FR-", "99999", "FR"),
        ("D-", "99999", "DE"),
        ("DE-", "99999", "DE"),
        ("I-", "99999", "IT"),
        ("IT-", "99999", "IT"),
        ("A-", "9999", "AT"),
        ("AT-", "9999", "AT"),
        ("B-", "9999", "BE"),
        ("BE-", "9999", "BE"),
        ("CH-", "9999", "CH"),
        ("L-", "9999", "LU"),
    ] {
        if prefixed(prefix, digits) {
            return Some((country, Confidence::Medium));
        }
    }
    match shape.as_str() {
        "A99 9AA" | "A9A 9AA" | "A9 9AA" | "AA99 9AA" | "AA9A 9AA" | "AA9 9AA" => Some(("GB", Confidence::Medium)),
        "A9A 9A9" => Some(("CA", Confidence::Medium)),
        "9999-999" => Some(("PT", Confidence::Medium)),
        "99-999" => Some(("PL", Confidence::Medium)),
        "9999 AA" | "9999AA" => Some(("NL", Confidence::Medium)),
        "99999-9999" => Some(("US", Confidence::Low)),
        "999-9999" => Some(("JP", Confidence::Low)),
        "999 99" => Some(("SE", Confidence::Low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_postal_codes() {
        for (written, country) in [
            ("SW1A 1AA", Some("GB")),
            ("m1 1ae", Some("GB")),
            ("K1A 0B1", Some("CA")),
            ("1012 AB", Some("NL")),
            ("1000-205", Some("PT")),
            ("F-75001", Some("FR")),
            ("B-1000", Some("BE")),
            ("29200", None),
            ("1000", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(by_form(written).map(|f| f.0), country, "{written}");
        }
    }
}
