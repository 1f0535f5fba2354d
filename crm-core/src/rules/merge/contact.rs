//! Addresses and numbers: the primary's stay, the others' are kept beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::choose::Chosen;
use super::config::CONTACT_POINTS;
use super::{Candidate, Merger};
use crate::kernel::fact::Fact;
use crate::kernel::reason::MergeRule;
use crate::kernel::text;
use crate::kernel::value::Value;

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
                if let Some(Value::Text(point)) = chosen.get(first).map(|c| &c.value) {
                    taken.insert(key(point));
                }
            }
            let Some(place) = self.schema.position(rest).filter(|p| !chosen.contains_key(p)) else { continue };
            let mut all: Vec<String> = Vec::new();
            for lead in ranked {
                let listed = if let Fact::Texts(texts) = lead.facts.fact(place) { texts } else { &[] };
                let own = firsts.iter().map(|f| lead.text(Some(*f))).filter(|t| !t.is_empty());
                let points = listed.iter().map(String::as_str).chain(own);
                all.extend(points.filter(|point| taken.insert(key(point))).map(str::to_owned));
            }
            let value = if all.is_empty() { Value::Null } else { Value::Texts(all) };
            chosen.insert(place, Chosen { value, from: None, rule: MergeRule::Union });
        }
    }
}

/// What two spellings of one address or number have in common: no case, no accents; of a number its digits.
fn key(point: &str) -> String {
    let folded = text::fold(point);
    if folded.contains('@') {
        return folded.into_owned();
    }
    let digits: String = folded.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if digits.is_empty() { folded.into_owned() } else { digits }
}
