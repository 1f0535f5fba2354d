//! Many records at once: pairs that share a look-up key, and the clusters that strong evidence makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Duplicates;
use super::compare::{Comparison, Decision};
use super::links::Links;
use super::subject::{Lookup, Subject};
use crate::kernel::evidence::{Criterion, Evidence};
use crate::kernel::reason::Reason;

/// What many records have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    /// Every pair that is related or more, or that somebody marked, the lower place first, in order.
    pub pairs: Vec<(usize, usize, Comparison)>,
    /// What more records than the limit have in common, and therefore tells nothing.
    pub common: Vec<Reason>,
    /// Records that belong together over strong evidence, two or more each; weak evidence joins nobody.
    pub clusters: Vec<Vec<usize>>,
}

impl Duplicates {
    /// Everything by which a record is looked up.
    pub fn lookups(&self, subject: &Subject) -> Vec<Lookup> {
        let on = |kinds: &[Evidence]| kinds.iter().any(|k| self.settings.evidence.contains_key(k));
        let mut out = Vec::new();
        let mut put = |kinds: &[Evidence], lookup: Option<Lookup>| out.extend(lookup.filter(|_| on(kinds)));
        let s = subject;
        put(&[Evidence::ExternalId], s.external.clone().map(|(system, id)| Lookup::External(system, id)));
        put(&[Evidence::EmailExact, Evidence::EmailCanonical], s.email.clone().map(Lookup::Email));
        put(&[Evidence::Profile], s.profile.clone().map(Lookup::Profile));
        put(&[Evidence::Siret, Evidence::Registration], s.registration.clone().map(Lookup::Registration));
        put(&[Evidence::Vat], s.vat.clone().map(Lookup::Vat));
        let mut phones = s.phones.clone();
        phones.sort_unstable();
        phones.dedup();
        phones.into_iter().for_each(|phone| put(&[Evidence::Phone], Some(Lookup::Phone(phone))));
        let name_at = |at: &Option<String>| s.name.clone().zip(at.clone());
        put(&[Evidence::NameCompany], name_at(&s.company).map(|(n, c)| Lookup::NameCompany(n, c)));
        put(&[Evidence::NameCompany], name_at(&s.domain).map(|(n, d)| Lookup::NameDomain(n, d)));
        put(&[Evidence::Domain], s.domain.clone().map(Lookup::Domain));
        put(&[Evidence::Company], s.company.clone().map(Lookup::Company));
        put(&[Evidence::Name, Evidence::NameTransposed], s.name.clone().map(Lookup::Name));
        let own = s.fields.iter().enumerate().filter_map(|(i, v)| Some(Lookup::Fields(i, v.clone()?)));
        out.extend(own);
        out
    }

    /// Why a look-up key tells nothing.
    pub(crate) fn not_selective(&self, lookup: &Lookup) -> Reason {
        let criterion = match lookup {
            Lookup::External(..) => Criterion::Kind(Evidence::ExternalId),
            Lookup::Email(_) => Criterion::Kind(Evidence::EmailCanonical),
            Lookup::Profile(_) => Criterion::Kind(Evidence::Profile),
            Lookup::Registration(_) => Criterion::Kind(Evidence::Registration),
            Lookup::Vat(_) => Criterion::Kind(Evidence::Vat),
            Lookup::Phone(_) => Criterion::Kind(Evidence::Phone),
            Lookup::NameCompany(..) | Lookup::NameDomain(..) => Criterion::Kind(Evidence::NameCompany),
            Lookup::Domain(_) => Criterion::Kind(Evidence::Domain),
            Lookup::Company(_) => Criterion::Kind(Evidence::Company),
            Lookup::Name(_) => Criterion::Kind(Evidence::Name),
            Lookup::Fields(place, _) => match self.settings.exact.get(*place) {
                Some(own) => Criterion::Fields(own.name.clone()),
                None => Criterion::Kind(Evidence::Name),
            },
        };
        let limit = crate::kernel::json::length(self.settings.most_hits);
        Reason::CriterionNotSelective { criterion, value: lookup.value(), limit }
    }

    /// Compares all records that share a look-up key which is not too common. `marks` are pairs that somebody said are
    /// not the same, the lower place first, each with the note.
    ///
    /// The work is bounded by the records' keys: a key that more records share than the limit compares none of them.
    pub fn matches(&self, subjects: &[Subject], marks: &BTreeMap<(usize, usize), String>) -> Matches {
        let mut by: BTreeMap<Lookup, Vec<usize>> = BTreeMap::new();
        for (place, subject) in subjects.iter().enumerate() {
            for lookup in self.lookups(subject) {
                by.entry(lookup).or_default().push(place);
            }
        }
        // Of a key that many share, each has all the others as hits.
        let is_common = |places: &[usize]| places.len() > self.settings.most_hits.saturating_add(1);
        let common: BTreeSet<Lookup> =
            by.iter().filter(|(_, places)| is_common(places)).map(|(lookup, _)| lookup.clone()).collect();
        let mut pairs = BTreeSet::new();
        for places in by.values().filter(|places| !is_common(places)) {
            for (i, a) in places.iter().enumerate() {
                pairs.extend(places.iter().skip(i.saturating_add(1)).map(|b| (*a, *b)));
            }
        }
        let mut out = Vec::new();
        let mut links = Links::new(subjects.len());
        for (a, b) in pairs {
            let (Some(x), Some(y)) = (subjects.get(a), subjects.get(b)) else { continue };
            let compared = self.compare_among(x, y, &common);
            if compared.decision() < Decision::Related {
                continue;
            }
            let compared = match marks.get(&(a, b)) {
                Some(note) => compared.marked(note),
                None => compared,
            };
            if compared.is_strong() {
                links.join(a, b);
            }
            out.push((a, b, compared));
        }
        let common = common.iter().map(|lookup| self.not_selective(lookup)).collect();
        Matches { pairs: out, common, clusters: links.clusters() }
    }
}
