//! One record against others: those that it may be.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Duplicates;
use super::compare::{Comparison, Decision};
use super::subject::{Lookup, Subject};
use crate::kernel::reason::Reason;

/// What one record has in common with others. `T` is how the caller knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates<T> {
    /// Those that are related or more, the most likely first, of equal ones in the order in which they were given.
    pub found: Vec<(T, Comparison)>,
    /// Those that would be among them, had nobody said that they are not the same.
    pub marked: Vec<(T, Comparison)>,
    /// What more records than the limit have in common with the record, and therefore tells nothing.
    pub common: Vec<Reason>,
}

impl Duplicates {
    /// Compares a record with others, each with the note of whoever said that it is not the same.
    pub fn candidates<'a, T>(
        &self,
        subject: &Subject,
        others: impl IntoIterator<Item = (T, &'a Subject, Option<&'a str>)>,
    ) -> Candidates<T> {
        let others: Vec<(T, &Subject, Option<&str>)> = others.into_iter().collect();
        let wanted: BTreeSet<Lookup> = self.lookups(subject).into_iter().collect();
        let mut hits: BTreeMap<Lookup, usize> = BTreeMap::new();
        for (_, other, _) in &others {
            for lookup in self.lookups(other).into_iter().filter(|l| wanted.contains(l)) {
                let count = hits.entry(lookup).or_default();
                *count = count.saturating_add(1);
            }
        }
        let common = hits.into_iter().filter(|(_, hits)| *hits > self.settings.most_hits).map(|(lookup, _)| lookup);
        self.candidates_among(subject, others, &common.collect())
    }

    /// The same where it is known which look-up keys are too common.
    pub(crate) fn candidates_among<'a, T>(
        &self,
        subject: &Subject,
        others: impl IntoIterator<Item = (T, &'a Subject, Option<&'a str>)>,
        common: &BTreeSet<Lookup>,
    ) -> Candidates<T> {
        let wanted: BTreeSet<Lookup> =
            self.lookups(subject).into_iter().filter(|lookup| !common.contains(lookup)).collect();
        let (mut found, mut marked) = (Vec::new(), Vec::new());
        for (id, other, note) in others {
            // Without a key in common nobody would have looked at the other one.
            if !self.lookups(other).iter().any(|lookup| wanted.contains(lookup)) {
                continue;
            }
            let compared = self.compare_among(subject, other, common);
            match note {
                _ if compared.decision() < Decision::Related => {}
                Some(note) => marked.push((id, compared.marked(note))),
                None => found.push((id, compared)),
            }
        }
        found.sort_by_key(|(_, compared)| Reverse(compared.score_bp()));
        Candidates { found, marked, common: common.iter().map(|lookup| self.not_selective(lookup)).collect() }
    }
}
