//! How promises were kept, by metric and priority.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::kernel::service::{SlaMetric, SlaState};
use crate::rules::Priorities;
use crate::rules::sla::{Folded, Standing, State};

/// Clocks of one metric and priority, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The promise was kept.
    pub met: u64,
    /// It was broken, whether or not what it was for has come since.
    pub breached: u64,
    /// It is neither yet.
    pub running: u64,
    /// Of these the clocks that stand still.
    pub paused: u64,
    /// Stopped without a verdict.
    pub cancelled: u64,
}

impl Kept {
    fn count(&mut self, state: SlaState) {
        let count = match state {
            SlaState::Met => &mut self.met,
            SlaState::Breached => &mut self.breached,
            SlaState::Cancelled => &mut self.cancelled,
            SlaState::Paused | SlaState::OnTrack | SlaState::DueSoon => &mut self.running,
        };
        *count = count.saturating_add(1);
        if state == SlaState::Paused {
            self.paused = self.paused.saturating_add(1);
        }
    }

    fn add(&mut self, folded: Folded) {
        self.met = self.met.saturating_add(folded.met);
        self.breached = self.breached.saturating_add(folded.breached);
        self.cancelled = self.cancelled.saturating_add(folded.cancelled);
    }

    /// All clocks: kept, broken, neither yet, and stopped.
    pub const fn clocks(&self) -> u64 {
        self.met.saturating_add(self.breached).saturating_add(self.running).saturating_add(self.cancelled)
    }

    /// The share of kept promises among those with a verdict, in basis points, rounded down so that only all is all;
    /// `None` without a verdict.
    pub fn met_bp(&self) -> Option<u64> {
        let verdicts = u128::from(self.met).saturating_add(self.breached.into());
        let share = u128::from(self.met).saturating_mul(10_000).checked_div(verdicts)?;
        u64::try_from(share).ok()
    }
}

/// Counts of all metrics and priorities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attainment {
    cells: BTreeMap<SlaMetric, BTreeMap<String, Kept>>,
}

impl Attainment {
    /// One more ticket, with its clocks as they stand.
    pub fn add(&mut self, priority: &str, state: &State, standing: &Standing) {
        for clock in &standing.clocks {
            self.cell(clock.metric, priority).count(clock.state);
        }
        for metric in SlaMetric::ALL {
            let folded = state.folded(*metric);
            if folded != Folded::default() {
                self.cell(*metric, priority).add(folded);
            }
        }
    }

    fn cell(&mut self, metric: SlaMetric, priority: &str) -> &mut Kept {
        self.cells.entry(metric).or_default().entry(priority.to_owned()).or_default()
    }

    /// A list of cells, by metric and from the highest priority down; those without a priority have null.
    pub fn to_json(&self, priorities: &Priorities) -> Json {
        let place = |code: &str| priorities.codes().iter().position(|known| known == code);
        let mut shown = Vec::new();
        for (metric, cells) in &self.cells {
            let mut cells: Vec<(&String, &Kept)> = cells.iter().collect();
            cells.sort_by_key(|(priority, _)| std::cmp::Reverse(place(priority)));
            shown.extend(cells.into_iter().map(|(priority, kept)| {
                json!({
                    "metric": metric.code(),
                    "priority": Some(priority.as_str()).filter(|priority| !priority.is_empty()),
                    "met": kept.met,
                    "breached": kept.breached,
                    "running": kept.running,
                    "paused": kept.paused,
                    "cancelled": kept.cancelled,
                    "clocks": kept.clocks(),
                    "met_bp": kept.met_bp(),
                })
            }));
        }
        shown.into()
    }
}
