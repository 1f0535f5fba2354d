//! What several passes over a table come to together: the same whatever the threads.

use std::collections::{BTreeMap, HashMap};

use crm_core::kernel::forecast_reason::Exclusion;
use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::{ByCategory, Outside, Slot, Sums};
use crm_core::{Currency, Money, Problem, Result};

use super::dense;
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

/// What somebody's deals of one slot and category come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The owner's place.
    pub(super) owner: u32,
    /// The place of the slot; undated is behind the periods.
    pub(super) slot: u32,
    pub(super) category: Category,
    /// Without the common factor of all values.
    pub(super) sums: Sums,
}

/// Everything that the passes found.
pub(super) struct Totals {
    /// The owners in order of name.
    pub(super) owners: Vec<String>,
    /// In order of owner, slot and category.
    pub(super) cells: Vec<Cell>,
    /// What all sums have to be multiplied by.
    pub(super) factor: i128,
    pub(super) outside: Outside,
    pub(super) filtered: u64,
    pub(super) excluded: Excluded,
    /// In order of row; the first so many.
    pub(super) told: Vec<Told>,
    periods: usize,
}

impl Totals {
    /// What passes found that looked at all rows together.
    pub(super) fn new(passes: Vec<Pass<'_, '_>>, periods: usize) -> Result<Self> {
        let mut owners: Vec<&str> = passes.iter().flat_map(Pass::owners).collect();
        owners.sort_unstable();
        owners.dedup();
        let places: HashMap<&str, u32> = (0..).zip(&owners).map(|(place, owner)| (*owner, place)).collect();
        let place_of = |owner: &str| places.get(owner).copied().unwrap_or(0);
        let mut ledger = Ledger::new(periods.saturating_add(1));
        ledger.reserve(owners.len());
        for (owner, slot, category, sums) in passes.iter().flat_map(Pass::rows) {
            ledger.of(place_of(owner), slot, category as usize).map_or(Ok(()), |all| all.merge(&sums))?;
        }
        let cells = if passes.iter().all(|pass| pass.dense.holds()) {
            side_by_side(&passes, owners.len(), &ledger, place_of)?
        } else {
            for pass in &passes {
                for (number, owner) in pass.owners().enumerate() {
                    for (slot, category, sums) in pass.dense.rows(number) {
                        let all = ledger.of(place_of(owner), slot, category as usize);
                        all.map_or(Ok(()), |all| all.merge(&sums))?;
                    }
                }
            }
            cells(&ledger)
        };
        let owners = owners.into_iter().map(str::to_owned).collect();
        let mut totals = Self {
            owners,
            cells,
            factor: passes.first().map_or(1, |pass| pass.shared.factor),
            outside: Outside::default(),
            filtered: 0,
            excluded: Excluded::default(),
            told: Vec::new(),
            periods,
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

    /// What a cell's slot is.
    #[cfg(test)]
    pub(super) fn slot(&self, cell: &Cell) -> Slot {
        let place = cell.slot as usize;
        if place < self.periods { Slot::Period(place) } else { Slot::Undated }
    }

    /// Sums of everybody together, with the common factor.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub(super) fn by_slot(&self) -> Result<Vec<(Slot, ByCategory)>> {
        let mut slots = vec![ByCategory::default(); self.periods.saturating_add(1)];
        for cell in &self.cells {
            let slot = slots.get_mut(cell.slot as usize);
            slot.map_or(Ok(()), |by| by.of(cell.category).merge(&cell.sums))?;
        }
        let name = |place| if place < self.periods { Slot::Period(place) } else { Slot::Undated };
        let some = slots.iter().enumerate().filter(|(_, by)| **by != ByCategory::default());
        some.map(|(place, by)| Ok((name(place), times(by, self.factor)?))).collect()
    }

    /// Sums by owner's place, slot and category, all categories of a slot together, with the common factor.
    #[cfg(test)]
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, Slot, ByCategory)> {
        self.cells.chunk_by(|a, b| (a.owner, a.slot) == (b.owner, b.slot)).map(|cells| {
            let mut by = ByCategory::default();
            cells.iter().for_each(|cell| *by.of(cell.category) = cell.sums);
            let (owner, slot) = cells.first().map_or((0, Slot::Undated), |c| (c.owner as usize, self.slot(c)));
            (owner, slot, times(&by, self.factor).unwrap_or_default())
        })
    }
}

/// Sums that many times as large.
fn times(by: &ByCategory, factor: i128) -> Result<ByCategory> {
    let mut all = *by;
    for category in Category::ALL {
        let sums = all.of(*category);
        let times = |sum: i128| sum.checked_mul(factor).ok_or(Problem::AmountTooLarge);
        (sums.amount, sums.weighted) = (times(sums.amount)?, times(sums.weighted)?);
    }
    Ok(all)
}

/// The cells of a ledger.
pub(super) fn cells(ledger: &Ledger) -> Vec<Cell> {
    let rows = ledger.rows().into_iter();
    let cell =
        |(owner, slot, category, sums)| Cell { owner, slot: u32::try_from(slot).unwrap_or(u32::MAX), category, sums };
    rows.map(cell).collect()
}

/// The cells of owners in order of name, added up over passes that hold them side by side, and over a ledger.
fn side_by_side<'p>(
    passes: &'p [Pass<'_, '_>],
    owners: usize,
    ledger: &Ledger,
    place_of: impl Fn(&'p str) -> u32,
) -> Result<Vec<Cell>> {
    let mut by_owner: Vec<Vec<&[[i64; 3]]>> = vec![Vec::new(); owners];
    for pass in passes {
        for (number, owner) in pass.owners().enumerate() {
            by_owner.get_mut(place_of(owner) as usize).into_iter().for_each(|all| all.push(pass.dense.of(number)));
        }
    }
    let mut cells = Vec::new();
    let more = !ledger.is_empty();
    for (owner, rows) in (0u32..).zip(&by_owner) {
        let length = if more { ledger.each() } else { rows.iter().map(|row| row.len()).max().unwrap_or(0) };
        let places = (0u32..).flat_map(|slot| Category::ALL.iter().map(move |category| (slot, *category)));
        for (place, (slot, category)) in (0..length).zip(places) {
            let mut sums = if more { ledger.get(owner, slot as usize, category as usize) } else { Sums::default() };
            for row in rows.iter().filter_map(|row| row.get(place)).filter(|row| **row != [0; 3]) {
                sums.merge(&dense::sums(*row))?;
            }
            if sums != Sums::default() {
                cells.push(Cell { owner, slot, category, sums });
            }
        }
    }
    Ok(cells)
}
