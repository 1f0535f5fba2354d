//! Two records beside each other: what they have in common, what that counts, and what follows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::Duplicates;
use super::settings::{WHOLE_BP, Weight};
use super::subject::{Lookup, Subject};
use crate::kernel::evidence::{Criterion, Evidence, Strength};
use crate::kernel::field::edits;
use crate::kernel::reason::Reason;
use crate::lang::Lang;

/// The shortest end of a phone number that two numbers can have in common.
const LEAST_DIGITS: usize = 7;
/// The most letters in which similar names differ.
const MOST_EDITS: usize = 2;

/// What follows from a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Two records that have nothing, or nothing that counts, in common.
    Different,
    /// They have something in common, such as the company; nobody needs to look.
    Related,
    /// They may be the same: somebody should look.
    Review,
    /// They are the same as far as the configuration is concerned. The default never says so.
    Duplicate,
}

impl Decision {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Decision::Different => "different",
            Decision::Related => "related",
            Decision::Review => "review",
            Decision::Duplicate => "duplicate",
        }
    }
}

/// Whether two records are the same, and why. The reasons' points sum to the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    score_bp: i64,
    decision: Decision,
    reasons: Vec<Reason>,
}

impl Comparison {
    /// How much speaks for one and the same record, from 0 to 10 000 basis points.
    pub const fn score_bp(&self) -> i64 {
        self.score_bp
    }

    /// What follows.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// Why, the most telling first.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Whether the two are linked in a cluster: strong evidence, and enough of it that somebody should look.
    pub fn is_strong(&self) -> bool {
        let strong = |r: &Reason| matches!(r, Reason::Evidence { strength: Strength::Strong, .. });
        self.decision >= Decision::Review && self.reasons.iter().any(strong)
    }

    /// The same comparison after somebody said that the two are not the same.
    #[must_use]
    pub fn marked(mut self, note: &str) -> Self {
        let points_bp = self.score_bp.saturating_neg();
        self.reasons.push(Reason::MarkedNotDuplicate { note: note.to_owned(), points_bp });
        Comparison { score_bp: 0, decision: Decision::Different, ..self }
    }

    /// The answer as JSON. With a language, texts are rendered; without, codes and parameters only.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let reasons = self.reasons.iter().map(|r| Json::Object(r.to_json(lang))).collect::<Vec<_>>();
        Map::from_iter([
            ("score_bp".to_owned(), self.score_bp.into()),
            ("decision".to_owned(), self.decision.name().into()),
            ("reasons".to_owned(), reasons.into()),
        ])
    }
}

impl Duplicates {
    /// Compares two records. Which is named first makes no difference, and what is unknown equals nothing.
    pub fn compare(&self, a: &Subject, b: &Subject) -> Comparison {
        self.compare_among(a, b, &BTreeSet::new())
    }

    /// Compares two records among others of which too many have the `common` things in common.
    pub(crate) fn compare_among(&self, a: &Subject, b: &Subject, common: &BTreeSet<Lookup>) -> Comparison {
        let mut found = Found { rule: self, common, reasons: Vec::new() };
        found.all(a, b);
        let mut reasons = found.reasons;
        let sum = reasons.iter().map(points).fold(0, i64::saturating_add);
        let score_bp = sum.min(WHOLE_BP);
        if sum > score_bp {
            reasons.push(Reason::EvidenceCap { limit_bp: WHOLE_BP, points_bp: score_bp.saturating_sub(sum) });
        }
        let settings = &self.settings;
        let decision = match score_bp {
            s if settings.auto_bp.is_some_and(|auto| s >= auto) => Decision::Duplicate,
            s if s >= settings.review_bp => Decision::Review,
            s if s >= settings.ignore_bp => Decision::Related,
            _ => Decision::Different,
        };
        Comparison { score_bp, decision, reasons }
    }
}

/// What a reason of a comparison counts.
const fn points(reason: &Reason) -> i64 {
    match reason {
        Reason::Evidence { points_bp, .. }
        | Reason::EvidenceCap { points_bp, .. }
        | Reason::MarkedNotDuplicate { points_bp, .. } => *points_bp,
        _ => 0,
    }
}

/// What two records have in common so far.
struct Found<'a> {
    rule: &'a Duplicates,
    common: &'a BTreeSet<Lookup>,
    reasons: Vec<Reason>,
}

/// The value that both have.
fn same<'a, T: PartialEq>(a: Option<&'a T>, b: Option<&T>) -> Option<&'a T> {
    a.filter(|a| Some(*a) == b)
}

impl Found<'_> {
    /// Of things that follow from each other only the most telling counts: an address implies its domain, a SIRET its
    /// SIREN, a name at a company both the name and the company.
    fn all(&mut self, a: &Subject, b: &Subject) {
        if let Some((system, id)) = same(a.external.as_ref(), b.external.as_ref()) {
            let lookup = Lookup::External(system.clone(), id.clone());
            self.add(Evidence::ExternalId, &lookup, &format!("{system}, {id}"));
        }
        let email = self.email(a, b);
        if let Some(page) = same(a.profile.as_ref(), b.profile.as_ref()) {
            self.add(Evidence::Profile, &Lookup::Profile(page.clone()), page);
        }
        let number = self.company_number(a, b);
        self.phone(a, b);
        if !self.name_company(a, b) {
            if !number {
                self.company(a, b, email);
            }
            self.name(a, b);
        }
        for (place, criterion) in self.rule.settings.exact.iter().enumerate() {
            let value = |s: &'_ Subject| s.fields.get(place).cloned().flatten();
            let Some(value) = value(a).filter(|v| Some(v) == value(b).as_ref()) else { continue };
            if !self.common.contains(&Lookup::Fields(place, value)) {
                self.push(Criterion::Fields(criterion.name.clone()), criterion.weight, "");
            }
        }
    }

    fn push(&mut self, criterion: Criterion, weight: Weight, value: &str) {
        let Weight { strength, points_bp } = weight;
        self.reasons.push(Reason::Evidence { criterion, strength, value: value.to_owned(), points_bp });
    }

    /// Adds evidence, unless it is turned off.
    fn put(&mut self, kind: Evidence, value: &str) -> bool {
        let Some(weight) = self.rule.settings.evidence.get(&kind).copied() else { return false };
        self.push(Criterion::Kind(kind), weight, value);
        true
    }

    /// The same, unless too many have it in common.
    fn add(&mut self, kind: Evidence, lookup: &Lookup, value: &str) -> bool {
        !self.common.contains(lookup) && self.put(kind, value)
    }

    fn email(&mut self, a: &Subject, b: &Subject) -> bool {
        let Some(canonical) = same(a.email.as_ref(), b.email.as_ref()) else { return false };
        let lookup = Lookup::Email(canonical.clone());
        let exact = same(a.email_exact.as_ref(), b.email_exact.as_ref());
        exact.is_some_and(|exact| self.add(Evidence::EmailExact, &lookup, exact))
            || self.add(Evidence::EmailCanonical, &lookup, canonical)
    }

    fn company_number(&mut self, a: &Subject, b: &Subject) -> bool {
        let siren = same(a.registration.as_ref(), b.registration.as_ref());
        let siret = same(a.siret.as_ref(), b.siret.as_ref());
        let vat = same(a.vat.as_ref(), b.vat.as_ref());
        // A SIRET is looked up by its SIREN, as stores do.
        let by_siren = siren.map(|siren| Lookup::Registration(siren.clone()));
        siret.zip(by_siren.as_ref()).is_some_and(|(siret, by)| self.add(Evidence::Siret, by, siret))
            || siren.zip(by_siren.as_ref()).is_some_and(|(siren, by)| self.add(Evidence::Registration, by, siren))
            || vat.is_some_and(|vat| self.add(Evidence::Vat, &Lookup::Vat(vat.clone()), vat))
    }

    fn phone(&mut self, a: &Subject, b: &Subject) {
        let shared: BTreeSet<&String> = a.phones.iter().filter(|p| b.phones.contains(p)).collect();
        for phone in &shared {
            if self.add(Evidence::Phone, &Lookup::Phone((*phone).clone()), phone) {
                return;
            }
        }
        let end_of = |long: &str, short: &str| {
            let digits = short.trim_start_matches('+');
            long != short && digits.len() >= LEAST_DIGITS && long.ends_with(digits)
        };
        let similar = |x: &String| b.phones.iter().any(|y| end_of(x, y) || end_of(y, x));
        if shared.is_empty() && a.phones.iter().any(similar) {
            self.put(Evidence::PhoneSimilar, "");
        }
    }

    fn name_company(&mut self, a: &Subject, b: &Subject) -> bool {
        let Some(name) = same(a.name.as_ref(), b.name.as_ref()) else { return false };
        let company = same(a.company.as_ref(), b.company.as_ref());
        let domain = same(a.domain.as_ref(), b.domain.as_ref());
        let by_company = company.map(|c| (c, Lookup::NameCompany(name.clone(), c.clone())));
        let by_domain = domain.map(|d| (d, Lookup::NameDomain(name.clone(), d.clone())));
        [by_company, by_domain]
            .into_iter()
            .flatten()
            .any(|(at, lookup)| self.add(Evidence::NameCompany, &lookup, &format!("{name}, {at}")))
    }

    fn company(&mut self, a: &Subject, b: &Subject, email: bool) {
        let domain = same(a.domain.as_ref(), b.domain.as_ref()).filter(|_| !email);
        let company = same(a.company.as_ref(), b.company.as_ref());
        let _ = domain.is_some_and(|d| self.add(Evidence::Domain, &Lookup::Domain(d.clone()), d))
            || company.is_some_and(|c| self.add(Evidence::Company, &Lookup::Company(c.clone()), c));
    }

    fn name(&mut self, a: &Subject, b: &Subject) {
        let (Some((a_first, a_last)), Some((b_first, b_last))) = (&a.names, &b.names) else { return };
        if let Some(name) = same(a.name.as_ref(), b.name.as_ref()) {
            let ordered = a_first == b_first && a_last == b_last;
            let kind = if ordered { Evidence::Name } else { Evidence::NameTransposed };
            self.add(kind, &Lookup::Name(name.clone()), name);
            return;
        }
        let edits = similar(a_first, b_first).zip(similar(a_last, b_last));
        let near = edits.is_some_and(|(first, last)| first.saturating_add(last) <= MOST_EDITS);
        if near && self.put(Evidence::NameSimilar, "") {
            return;
        }
        if same(a.sound.as_ref(), b.sound.as_ref()).is_some() {
            self.put(Evidence::NameSounds, "");
        }
    }
}

/// In how many letters two names differ, if it is at most every third.
fn similar(a: &str, b: &str) -> Option<usize> {
    let longest = a.chars().count().max(b.chars().count());
    Some(edits(a, b)).filter(|edits| edits.saturating_mul(3) <= longest)
}
