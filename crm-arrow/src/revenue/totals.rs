//! What several passes over a table come to together: the same whatever the threads.

use std::collections::HashMap;

use crm_core::Result;
use crm_core::kernel::forecast_reason::Exclusion;
use crm_core::rules::forecast::{ByCategory, Outside, Rollup, Slot, Sums};
use crm_core::kernel::sales::Category;

use super::ledger::Ledger;
use super::pass::{MOST_TOLD, Pass};

/// A deal that does not count.
pub(super) struct Told {
    /// Its row, counted from 0.
    pub(super) row: u64,
    /// What the table calls it.
    pub(super) id: String,
    /// Why.
    pub(super) exclusion: Exclusion,
}

/// Everything that the passes found.
pub(super) struct Totals {
    /// The owners in the order of their first deals that count.
    pub(super) owners: Vec<String>,
    /// The owner's place, slot, category and sums, in order.
    pub(super) cells: Vec<(usize, Slot, Category, Sums)>,
    pub(super) outside: Outside,
    pub(super) filtered: u64,
    pub(super) excluded: u64,
    /// In order of row; the first so many.
    pub(super) told: Vec<Told>,
}

impl Totals {
    /// What passes found that looked at all rows together.
    pub(super) fn new(passes: Vec<Pass<'_, '_>>, periods: usize) -> Result<Self> {
        let mut firsts: HashMap<&str, u64> = HashMap::new();
        for (owner, first) in passes.iter().flat_map(Pass::first_rows) {
            let earliest = firsts.entry(owner).or_insert(first);
            *earliest = first.min(*earliest);
        }
        let mut owners: Vec<(u64, &str)> = firsts.into_iter().map(|(owner, first)| (first, owner)).collect();
        owners.sort_unstable();
        let places: HashMap<&str, u32> = (0..).zip(&owners).map(|(place, (_, owner))| (*owner, place)).collect();
        let mut ledger = Ledger::new(periods.saturating_add(1));
        ledger.reserve(owners.len());
        for pass in &passes {
            for (owner, slot, category, sums) in pass.rows()? {
                let place = places.get(owner).copied().unwrap_or(0);
                ledger.of(place, slot, category as usize).map_or(Ok(()), |all| all.merge(&sums))?;
            }
        }
        let slot = |place: usize| if place < periods { Slot::Period(place) } else { Slot::Undated };
        let cells = ledger.rows(1)?.into_iter().map(|(owner, at, category, sums)| {
            (usize::try_from(owner).unwrap_or(usize::MAX), slot(at), category, sums)
        });
        let cells = cells.collect();
        let owners = owners.into_iter().map(|(_, owner)| owner.to_owned()).collect();
        let mut totals =
            Self { owners, cells, outside: Outside::default(), filtered: 0, excluded: 0, told: Vec::new() };
        for pass in passes {
            totals.outside.before = totals.outside.before.saturating_add(pass.outside.before);
            totals.outside.after = totals.outside.after.saturating_add(pass.outside.after);
            totals.filtered = totals.filtered.saturating_add(pass.filtered);
            totals.excluded = totals.excluded.saturating_add(pass.excluded);
            totals.told.extend(pass.told.into_iter().map(|(row, id, exclusion)| Told { row, id, exclusion }));
        }
        totals.told.sort_by_key(|one| one.row);
        totals.told.truncate(MOST_TOLD);
        Ok(totals)
    }

    /// Puts the sums into a rollup; gives the place of each owner in its tree.
    pub(super) fn put(&self, rollup: &mut Rollup) -> Result<Vec<usize>> {
        let nodes: Vec<usize> = self.owners.iter().map(|owner| rollup.tree.place(owner)).collect();
        for cells in self.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let mut by = ByCategory::default();
            cells.iter().for_each(|(_, _, category, sums)| *by.of(*category) = *sums);
            if let Some((owner, slot, ..)) = cells.first() {
                rollup.own.merge(nodes.get(*owner).copied().unwrap_or(0), *slot, &by)?;
            }
        }
        rollup.outside = self.outside;
        rollup.filtered = self.filtered;
        rollup.excluded = self.excluded;
        Ok(nodes)
    }
}
