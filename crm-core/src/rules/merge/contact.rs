//! Addresses and numbers: the primary's stay, the others' are kept beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::choose::Chosen;
use super::config::CONTACT_POINTS;
use super::{Candidate, Merger};
use crate::kernel::fact::Fact;
use crate::kernel::reason::MergeRule;
use crate::kernel::text;
use crate::kernel::value::Value;
use crate::rules::identity::country_code;

impl Merger {
    /// The first address and numbers, unless a person chose, and all others.
    pub(super) fn contact_points(&self, ranked: &[&Candidate<'_>], chosen: &mut BTreeMap<usize, Chosen>) {
        for (rest, firsts) in CONTACT_POINTS {
            let firsts: Vec<usize> = firsts.iter().filter_map(|n| self.schema.position(n)).collect();
            let mut taken = BTreeSet::new();
            for first in &firsts {
                if !chosen.contains_key(first) {
                    let Some(rank) = ranked.iter().position(|lead| lead.facts.fact(*first).is_known()) else {
                        continue;
                    };
                    let value = ranked.get(rank).map(|lead| lead.value(*first)).unwrap_or_default();
                    let rule = if rank == 0 { MergeRule::KeptPrimary } else { MergeRule::FilledEmpty };
                    chosen.insert(*first, Chosen { value, from: Some(rank), rule });
                }
                if let Some(Chosen { value: Value::Text(point), from, .. }) = chosen.get(first) {
                    let giver = from.and_then(|rank| ranked.get(rank));
                    taken.insert(self.point(point, giver.copied()));
                }
            }
            let Some(place) = self.schema.position(rest).filter(|p| !chosen.contains_key(p)) else { continue };
            let mut all: Vec<String> = Vec::new();
            for lead in ranked {
                let listed = if let Fact::Texts(texts) = lead.facts.fact(place) { texts } else { &[] };
                let own = firsts.iter().map(|f| lead.text(Some(*f))).filter(|t| !t.is_empty());
                let points = listed.iter().map(String::as_str).chain(own);
                all.extend(points.filter(|point| taken.insert(self.point(point, Some(lead)))).map(str::to_owned));
            }
            let value = if all.is_empty() { Value::Null } else { Value::Texts(all) };
            chosen.insert(place, Chosen { value, from: None, rule: MergeRule::Union });
        }
    }

    /// What two spellings of one address or number have in common; a number is dialled from its record's country.
    fn point(&self, written: &str, lead: Option<&Candidate<'_>>) -> String {
        if let Some(email) = self.identity.email(written) {
            return email.exact;
        }
        let country = lead.map(|lead| lead.text(self.schema.position("country"))).and_then(country_code);
        let number = self.identity.phone(written, country).map(|phone| phone.key());
        number.unwrap_or_else(|| text::fold(written).into_owned())
    }
}
