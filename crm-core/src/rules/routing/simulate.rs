//! Many leads at once: what would happen, and how much everybody would get.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decision::{Decision, Outcome, Request};
use super::state::State;
use super::table::RoutingTable;
use crate::kernel::fact::Facts;
use crate::kernel::time::Instant;

/// How many leads went where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// By user.
    pub users: BTreeMap<String, u64>,
    /// By queue.
    pub queues: BTreeMap<String, u64>,
    /// By the rule that decided.
    pub rules: BTreeMap<String, u64>,
    /// By the fallback.
    pub fallback: u64,
    /// Kept by a rule.
    pub kept: u64,
    /// Left with their owner.
    pub owned: u64,
    /// Dropped by a rule.
    pub dropped: u64,
    /// Archived, merged or converted.
    pub closed: u64,
    /// Left to nobody.
    pub nobody: u64,
}

impl Counts {
    /// Counts one more decision.
    pub fn add(&mut self, decision: &Decision) {
        let by = |counts: &mut BTreeMap<String, u64>, key: &str| {
            let count = counts.entry(key.to_owned()).or_default();
            *count = count.saturating_add(1);
        };
        let one = |count: &mut u64| *count = count.saturating_add(1);
        match &decision.outcome {
            Outcome::User(user) => by(&mut self.users, user),
            Outcome::Queue(queue) => by(&mut self.queues, queue),
            Outcome::Kept(_) => one(&mut self.kept),
            Outcome::Owned(_) => one(&mut self.owned),
            Outcome::Dropped => one(&mut self.dropped),
            Outcome::Closed => one(&mut self.closed),
            Outcome::Nobody => one(&mut self.nobody),
        }
        if let Some(rule) = &decision.rule {
            by(&mut self.rules, rule);
        }
        if decision.fallback {
            one(&mut self.fallback);
        }
    }

    /// Adds other counts.
    pub fn join(&mut self, other: &Counts) {
        let maps =
            [(&mut self.users, &other.users), (&mut self.queues, &other.queues), (&mut self.rules, &other.rules)];
        for (mine, theirs) in maps {
            for (key, n) in theirs {
                let count = mine.entry(key.clone()).or_default();
                *count = count.saturating_add(*n);
            }
        }
        let numbers = [
            (&mut self.fallback, other.fallback),
            (&mut self.kept, other.kept),
            (&mut self.owned, other.owned),
            (&mut self.dropped, other.dropped),
            (&mut self.closed, other.closed),
            (&mut self.nobody, other.nobody),
        ];
        for (mine, theirs) in numbers {
            *mine = mine.saturating_add(theirs);
        }
    }
}

/// What would happen to many leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulation {
    /// The decisions, in the order of the leads.
    pub decisions: Vec<Decision>,
    /// How many leads went where.
    pub counts: Counts,
    /// What routing would remember afterwards.
    pub state: State,
}

impl RoutingTable {
    /// Decides for leads one after the other, exactly as if each came alone at `at`.
    pub fn simulate<'a, F: Facts + ?Sized + 'a>(
        &self,
        mut state: State,
        requests: impl IntoIterator<Item = Request<'a, F>>,
        at: Instant,
    ) -> Simulation {
        let mut router = self.router(at);
        let mut counts = Counts::default();
        let mut decisions = Vec::new();
        for request in requests {
            let decision = router.decide(&mut state, &request);
            counts.add(&decision);
            decisions.push(decision);
        }
        Simulation { decisions, counts, state }
    }
}
