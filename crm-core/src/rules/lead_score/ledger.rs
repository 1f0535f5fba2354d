//! The event ledger of one lead, as the rules read it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Event;
use super::plan::{EventPlan, Plan};
use crate::kernel::time::{Instant, truncate};
use crate::kernel::zone::Zone;

/// One event that counts: due, of a kind that some rule names, seen once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen<'e> {
    pub(super) at: Instant,
    pub(super) kind: usize,
    pub(super) id: Option<&'e str>,
}

impl Seen<'_> {
    /// The newest first; ties in a fixed order.
    fn order(&self) -> (Reverse<Instant>, usize, Option<&str>) {
        (Reverse(self.at), self.kind, self.id)
    }
}

/// All events of one lead by kind, the newest first.
pub(super) struct Ledger<'e> {
    by_kind: Vec<Vec<Seen<'e>>>,
    /// Events that are not due yet.
    pub(super) future: u64,
    /// Events left out because another one has their id.
    pub(super) duplicates: u64,
    /// When the next event becomes due.
    pub(super) next: Option<Instant>,
}

impl<'e> Ledger<'e> {
    pub(super) fn new(plan: &Plan, events: &[Event<'e>], at: Instant) -> Self {
        let mut ledger = Self { by_kind: vec![Vec::new(); plan.kinds.len()], future: 0, duplicates: 0, next: None };
        let mut ordered: Vec<Event<'e>> = events.to_vec();
        for event in &mut ordered {
            event.at = truncate(event.at);
        }
        // Of several events with one id the earliest counts, whatever order they came in.
        ordered.sort_unstable_by_key(|e| (e.id, e.at, e.kind));
        let mut last: Option<&str> = None;
        for event in ordered {
            if event.id.is_some() && event.id == last {
                ledger.duplicates = ledger.duplicates.saturating_add(1);
                continue;
            }
            last = event.id;
            if event.at > at {
                ledger.future = ledger.future.saturating_add(1);
                ledger.next = Some(ledger.next.map_or(event.at, |n| n.min(event.at)));
                continue;
            }
            let kind = plan.kinds.binary_search_by(|k| k.as_str().cmp(event.kind));
            if let Some((kind, list)) = kind.ok().and_then(|k| ledger.by_kind.get_mut(k).map(|list| (k, list))) {
                list.push(Seen { at: event.at, kind, id: event.id });
            }
        }
        for list in &mut ledger.by_kind {
            list.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        }
        ledger
    }

    /// The newest event of some kinds.
    pub(super) fn newest(&self, kinds: &[usize]) -> Option<Instant> {
        kinds.iter().filter_map(|k| self.by_kind.get(*k)?.first()).map(|e| e.at).max()
    }

    /// The events that a rule counts, the newest first: in its window, one a day where it counts days, one where it
    /// counts once.
    pub(super) fn counted(&self, rule: &EventPlan, at: Instant, zone: &Zone) -> Vec<Seen<'e>> {
        let fresh = |e: &&Seen<'_>| rule.window.is_none_or(|w| at.signed_duration_since(e.at) < w);
        let lists = || rule.kinds.iter().filter_map(|k| self.by_kind.get(*k));
        let mut out: Vec<Seen<'e>> = Vec::new();
        for list in lists() {
            out.extend(list.iter().take_while(fresh));
        }
        if rule.kinds.len() > 1 {
            out.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        }
        if rule.per_day {
            let mut days = BTreeSet::new();
            out.retain(|e| days.insert(zone.day(e.at)));
        }
        if rule.once {
            out.truncate(1);
        }
        out
    }
}
