//! What a decision may look at, so that a store reads no more than that.

use std::collections::BTreeSet;

use super::decide::Router;
use super::member::Member;
use super::rule::{OnNone, Rule, Strategy, Target};
use super::table::RoutingTable;
use crate::kernel::fact::Facts;
use crate::kernel::time::Instant;

/// The parts of a [`State`](super::State) that decisions on some leads may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Rules and users whose current weights count.
    pub turns: BTreeSet<(String, String)>,
    /// Users whose open leads count.
    pub open: BTreeSet<String>,
    /// Users whose newest assignments count: from when on, and at most how many.
    pub assigned: BTreeSet<(String, Instant, u64)>,
    /// Users of whom it counts whether they are there.
    pub present: BTreeSet<String>,
    /// Whether it counts who owns the account of a lead.
    pub account_owners: bool,
}

impl Router<'_> {
    /// What a decision on this lead may read; `owners` are the users whom it may go to beside those of the rules: its
    /// owner, and that of its account.
    pub fn needs<'u, F: Facts + ?Sized>(
        &mut self,
        facts: &F,
        owners: impl IntoIterator<Item = &'u str>,
        needs: &mut Needs,
    ) {
        let (table, at) = (self.table(), self.at());
        for user in owners {
            needs.member(table, table.member(user).and_then(|place| table.members.get(place)), at);
        }
        let rules = self.applying(facts).into_iter().filter_map(|place| table.rules.get(place));
        rules.chain(&table.fallback).for_each(|rule| needs.rule(table, rule, at));
    }
}

impl Needs {
    fn rule(&mut self, table: &RoutingTable, rule: &Rule, at: Instant) {
        self.account_owners |= rule.gives.sticky;
        let places: &[usize] = match &rule.gives.target {
            Target::User(place) => std::slice::from_ref(place),
            Target::Team(team) => table.teams.get(*team).map_or(&[], |t| &t.members),
            Target::Queue(_) | Target::Keep | Target::Drop => &[],
        };
        for member in places.iter().filter_map(|place| table.members.get(*place)) {
            if rule.gives.strategy == Strategy::SmoothWeighted {
                self.turns.insert((rule.name.id.clone(), member.user.clone()));
            }
            if rule.gives.strategy == Strategy::LeastOpen {
                self.open.insert(member.user.clone());
            }
            self.member(table, Some(member), at);
        }
    }

    fn member(&mut self, table: &RoutingTable, member: Option<&Member>, at: Instant) {
        let Some(member) = member else { return };
        self.present.insert(member.user.clone());
        if member.caps.open.is_some() {
            self.open.insert(member.user.clone());
        }
        if let Some((since, most)) = member.looks_back(at, &table.zone) {
            self.assigned.insert((member.user.clone(), since, most));
        }
    }
}

impl Rule {
    /// Whether no lead gets past this rule to another one, whoever is there.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.gives.target, Target::Queue(_) | Target::Drop) || self.on_none != OnNone::Next
    }
}
