//! The numbers in a legal notice: SIREN or SIRET, VAT number, NAF code, checked; and what one number says of another.

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::text::fold;
use crate::rules::identity::{french, siren, siren_of_vat, siret, vat, vat_of_siren};

/// Words before or behind the number of a company.
const COMPANY_WORDS: &[&str] = &[
    "enregistree",
    "greffe",
    "identifiant",
    "immatricule",
    "immatriculee",
    "inscrite",
    "insee",
    "rcs",
    "registre",
    "registration",
    "registered",
    "sirene",
    "siren",
    "siret",
];
/// Words before a VAT number.
const VAT_WORDS: &[&str] =
    &["btw", "intracom", "intracommunautaire", "intra", "iva", "mwst", "tva", "ust", "ust-idnr", "vat"];
/// Words before a NAF code.
const NAF_WORDS: &[&str] = &["ape", "naf"];
/// How many words before a number still speak of it, and behind it.
const BEFORE: usize = 6;
const BEHIND: usize = 2;
/// Most groups that one number is written in.
const MOST_GROUPS: usize = 6;

pub(super) fn derive(desk: &mut Desk<'_>) {
    structured(desk);
    let material = desk.material;
    for (source, text) in material.legal() {
        let notice = Notice::new(text);
        notice.company(desk, source);
        notice.vat(desk, source);
        notice.naf(desk, source);
    }
    from_numbers(desk);
}

/// What one number says of another, where the other is not known to say it: a French VAT number holds the SIREN, and
/// follows from it. Whether the company is liable for VAT is another question.
fn from_numbers(desk: &mut Desk<'_>) {
    let company = |desk: &Desk<'_>, topic: Topic| desk.known(topic).and_then(|(number, _)| siren_in(&number));
    if let Some((number, source)) = desk.known(Topic::VatNumber)
        && let Some(siren) = siren_of_vat(&number)
        && company(desk, Topic::RegistrationNumber).as_ref() != Some(&siren)
    {
        let from = From { source: &source, evidence: &number };
        desk.found(Topic::RegistrationNumber, Method::FromVat, Confidence::Medium, &siren, from);
    }
    if let Some((number, source)) = desk.known(Topic::RegistrationNumber)
        && let Some(siren) = siren_in(&number)
        && company(desk, Topic::VatNumber).as_ref() != Some(&siren)
        && let Some(vat) = vat_of_siren(&siren)
    {
        let from = From { source: &source, evidence: &number };
        desk.found(Topic::VatNumber, Method::FromRegistration, Confidence::Medium, &vat, from);
    }
}

/// The SIREN in a SIREN, SIRET or French VAT number.
fn siren_in(number: &str) -> Option<String> {
    french(number).siren.or_else(|| siren_of_vat(number))
}

fn structured(desk: &mut Desk<'_>) {
    let material = desk.material;
    for read in &material.pages {
        for o in &read.organizations {
            if let Some(number) = vat(&o.vat_number) {
                let from = From { source: &read.source, evidence: &o.vat_number };
                desk.found(Topic::VatNumber, Method::JsonLd, Confidence::High, &number, from);
            }
            let french = french(&o.registration);
            if let Some(number) = french.siret.or(french.siren) {
                let from = From { source: &read.source, evidence: &o.registration };
                desk.found(Topic::RegistrationNumber, Method::JsonLd, Confidence::High, &number, from);
            }
        }
    }
}

/// A legal notice, word by word.
struct Notice<'a> {
    /// The words as written, without punctuation around them.
    words: Vec<&'a str>,
    /// The same folded, without dots.
    folded: Vec<String>,
    /// Where the notice begins to speak of the site's host, whose numbers are not the company's.
    host_at: usize,
}

/// A number and where it stands.
struct Spot {
    value: String,
    start: usize,
    end: usize,
}

impl<'a> Notice<'a> {
    fn new(text: &'a str) -> Self {
        let between = |c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-');
        let words: Vec<&str> =
            text.split(between).map(|w| w.trim_matches(['.', '-'])).filter(|w| !w.is_empty()).collect();
        let folded: Vec<String> = words.iter().map(|w| fold(w).replace('.', "")).collect();
        let host = |w: &String| w.starts_with("heberg") || matches!(w.as_str(), "hosting" | "hosted" | "hoster");
        let host_at = folded.iter().position(host).unwrap_or(folded.len());
        Notice { words, folded, host_at }
    }

    /// The first company's number; its SIRET if one stands anywhere, else its SIREN.
    fn company(&self, desk: &mut Desk<'_>, source: &str) {
        let mut spots = self.numbers(
            |text| siret(text).or_else(|| siren(text)),
            |word| word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')),
        );
        spots.retain(|spot| self.near(spot, COMPANY_WORDS));
        let Some(first) = spots.first() else { return };
        let company = first.value.get(..9).unwrap_or_default();
        let office = spots.iter().find(|s| s.value.len() == 14 && s.value.starts_with(company));
        self.found(desk, Topic::RegistrationNumber, office.unwrap_or(first), source);
    }

    fn vat(&self, desk: &mut Desk<'_>, source: &str) {
        let mut spots = self.numbers(vat, |word| word.is_ascii());
        // Nothing else looks like a French one whose check is right.
        spots.retain(|spot| {
            let prefixed = self.words.get(spot.start).is_some_and(|w| w.get(..2) == spot.value.get(..2));
            prefixed && (spot.value.starts_with("FR") || self.near(spot, VAT_WORDS))
        });
        if let Some(spot) = spots.first() {
            self.found(desk, Topic::VatNumber, spot, source);
        }
    }

    /// `43.21A` or `4321A` behind `NAF` or `APE`.
    fn naf(&self, desk: &mut Desk<'_>, source: &str) {
        let spots = self.numbers(naf, |word| word.is_ascii());
        if let Some(spot) = spots.iter().find(|spot| self.near(spot, NAF_WORDS)) {
            self.found(desk, Topic::Naf, spot, source);
        }
    }

    fn found(&self, desk: &mut Desk<'_>, topic: Topic, spot: &Spot, source: &str) {
        let confidence = if spot.start < self.host_at { Confidence::High } else { Confidence::Low };
        let from = spot.start.saturating_sub(BEHIND);
        let evidence = self.words.get(from..spot.end).unwrap_or_default().join(" ");
        desk.found(topic, Method::LegalText, confidence, &spot.value, From { source, evidence: &evidence });
    }

    /// What `read` takes of one word or several in a row, the most words first.
    fn numbers(&self, read: impl Fn(&str) -> Option<String>, fits: impl Fn(&str) -> bool) -> Vec<Spot> {
        let mut spots = Vec::new();
        let mut start = 0;
        while start < self.words.len() {
            let run: Vec<&str> = self
                .words
                .iter()
                .skip(start)
                .take(MOST_GROUPS)
                .take_while(|w| w.len() <= 32 && fits(w))
                .copied()
                .collect();
            let longest = (1..=run.len()).rev().find_map(|n| Some((n, read(&run.get(..n)?.concat())?)));
            let step = longest.as_ref().map_or(1, |(n, _)| *n);
            let end = start.saturating_add(step);
            if let Some((_, value)) = longest {
                spots.push(Spot { value, start, end });
            }
            start = end;
        }
        spots
    }

    /// Whether one of some words stands shortly before the number or right behind it.
    fn near(&self, spot: &Spot, words: &[&str]) -> bool {
        let from = spot.start.saturating_sub(BEFORE);
        let to = spot.end.saturating_add(BEHIND).min(self.folded.len());
        self.folded.get(from..to).into_iter().flatten().any(|w| words.contains(&w.as_str()))
    }
}

/// Four digits and a letter, with the dot after the second.
fn naf(text: &str) -> Option<String> {
    let code = text.replace('.', "");
    let (digits, letter) = (code.get(..4)?, code.get(4..)?);
    let whole = digits.bytes().all(|b| b.is_ascii_digit()) && matches!(letter.as_bytes(), [b'A'..=b'Z']);
    whole.then(|| format!("{}.{}{letter}", digits.get(..2).unwrap_or_default(), digits.get(2..).unwrap_or_default()))
}
