//! What several passes over a table come to together: the same whatever the threads.

use std::collections::{BTreeMap, HashMap};

use crm_core::kernel::forecast_reason::Exclusion;
use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::{ByCategory, Outside, Slot, Sums};
use crm_core::{Currency, Money, Result};

use super::ledger::Ledger;
use super::pass::{MOST_TOLD, Pass};

/// A deal that does not count.
pub(super) struct Told {
    /// Its row, counted from 0.
    pub(super) row: u64,
    /// What the table calls it.
    pub(super) id: String,
    /// Whose it is.
    pub(super) owner: String,
    /// What it would be worth, in its own currency.
    pub(super) amount: Option<Money>,
    /// Why.
    pub(super) exclusion: Exclusion,
}

/// How many deals do not count.
#[derive(Clone, Debug, Default)]
pub(super) struct Excluded {
    /// By the code of why.
    pub(super) codes: BTreeMap<&'static str, u64>,
    /// By currency, with what they would be worth in minor units.
    pub(super) amounts: BTreeMap<Currency, (u64, i128)>,
}

impl Excluded {
    pub(super) fn add(&mut self, code: &'static str, amount: Option<Money>) {
        self.merge(&Self {
            codes: BTreeMap::from([(code, 1)]),
            amounts: amount.into_iter().map(|a| (a.currency(), (1, i128::from(a.minor_units())))).collect(),
        });
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.codes.values().fold(0, |all, count| all.saturating_add(*count))
    }

    fn merge(&mut self, other: &Self) {
        for (code, more) in &other.codes {
            let count = self.codes.entry(code).or_default();
            *count = count.saturating_add(*more);
        }
        for (currency, (more, minor)) in &other.amounts {
            let (count, sum) = self.amounts.entry(*currency).or_default();
            *count = count.saturating_add(*more);
            *sum = sum.saturating_add(*minor);
        }
    }
}

/// Everything that the passes found.
pub(super) struct Totals {
    /// The owners in order of name.
    pub(super) owners: Vec<String>,
    /// The owner's place, slot, category and sums, in order.
    pub(super) cells: Vec<(usize, Slot, Category, Sums)>,
    pub(super) outside: Outside,
    pub(super) filtered: u64,
    pub(super) excluded: Excluded,
    /// In order of row; the first so many.
    pub(super) told: Vec<Told>,
}

impl Totals {
    /// What passes found that looked at all rows together.
    pub(super) fn new(passes: Vec<Pass<'_, '_>>, periods: usize) -> Result<Self> {
        let mut owners: Vec<&str> = passes.iter().flat_map(Pass::owners).collect();
        owners.sort_unstable();
        owners.dedup();
        let places: HashMap<&str, u32> = (0..).zip(&owners).map(|(place, owner)| (*owner, place)).collect();
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
        let owners = owners.into_iter().map(str::to_owned).collect();
        let mut totals = Self {
            owners,
            cells,
            outside: Outside::default(),
            filtered: 0,
            excluded: Excluded::default(),
            told: Vec::new(),
        };
        for pass in passes {
            totals.outside.before = totals.outside.before.saturating_add(pass.outside.before);
            totals.outside.after = totals.outside.after.saturating_add(pass.outside.after);
            totals.filtered = totals.filtered.saturating_add(pass.filtered);
            totals.excluded.merge(&pass.excluded);
            totals.told.extend(pass.told);
        }
        totals.told.sort_by_key(|one| one.row);
        totals.told.truncate(MOST_TOLD);
        Ok(totals)
    }

    /// Sums by owner's place, slot and category, all categories of a slot together.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, Slot, ByCategory)> {
        self.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|cells| {
            let mut by = ByCategory::default();
            cells.iter().for_each(|(_, _, category, sums)| *by.of(*category) = *sums);
            let (owner, slot) = cells.first().map_or((0, Slot::Undated), |(owner, slot, ..)| (*owner, *slot));
            (owner, slot, by)
        })
    }
}
