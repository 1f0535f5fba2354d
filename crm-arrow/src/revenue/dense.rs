//! Sums by owner, slot and category in 64 bits each, close together: where a million deals fall in tens of thousands of
//! places, waiting for memory is what takes the time.

use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::Sums;
use crm_core::{Problem, Result};

use super::ledger::Ledger;

/// How many categories there are.
pub(super) const CATEGORIES: usize = Category::ALL.len();
/// Most sums that are held so; of more, most would be empty.
const MOST_CELLS: usize = 1 << 20;

/// Sums that fit 64 bits. The first cell is that of rows that do not count; those of an owner follow each other.
#[derive(Debug)]
pub(super) struct Dense {
    slots: usize,
    /// Amount, weighted amount and count.
    cells: Vec<[i64; 3]>,
    /// Whether there were too many.
    given_up: bool,
}

impl Dense {
    pub(super) fn new(slots: usize) -> Self {
        Self { slots, cells: vec![[0; 3]], given_up: slots.saturating_mul(CATEGORIES) > MOST_CELLS }
    }

    /// How many cells an owner has.
    fn each(&self) -> usize {
        self.slots.saturating_mul(CATEGORIES)
    }

    /// The first cell of an owner.
    pub(super) fn first_of(&self, owner: usize) -> usize {
        owner.saturating_mul(self.each()).saturating_add(1)
    }

    /// What an owner adds to the cell of a row, at least 1.
    pub(super) fn tag_of(&self, owner: usize) -> u32 {
        if self.given_up { 1 } else { u32::try_from(self.first_of(owner)).unwrap_or(1) }
    }

    /// Makes room for so many owners. Where that is too much, all sums go to `ledger`.
    pub(super) fn reserve(&mut self, owners: usize, ledger: &mut Ledger) -> Result<()> {
        let cells = self.first_of(owners);
        if self.given_up || cells <= self.cells.len() {
            return Ok(());
        }
        if cells <= MOST_CELLS {
            self.cells.resize(cells.next_power_of_two(), [0; 3]);
            return Ok(());
        }
        for cell in 1..self.cells.len() {
            self.spill(cell, ledger)?;
        }
        self.cells.truncate(1);
        self.given_up = true;
        Ok(())
    }

    /// Whether sums are held here.
    pub(super) fn holds(&self) -> bool {
        !self.given_up
    }

    /// The cells of an owner, slot by slot; none where nothing was reserved.
    pub(super) fn of(&self, owner: usize) -> &[[i64; 3]] {
        let first = self.first_of(owner);
        self.cells.get(first..first.saturating_add(self.each())).unwrap_or_default()
    }

    /// What an owner's deals fell in: slot, category and sums.
    pub(super) fn rows(&self, owner: usize) -> impl Iterator<Item = (usize, Category, Sums)> {
        let places = (0..self.slots).flat_map(|slot| Category::ALL.iter().map(move |category| (slot, *category)));
        let rows = self.of(owner).iter().zip(places).filter(|(cell, _)| **cell != [0; 3]);
        rows.map(|(cell, (slot, category))| (slot, category, sums(*cell)))
    }

    /// Adds rows: their cells, values and shares. Products must fit 64 bits; sums that do not go to `ledger`.
    #[inline(always)]
    pub(super) fn add(&mut self, rows: impl Iterator<Item = (u32, i64, i64)>, ledger: &mut Ledger) -> Result<()> {
        for (place, value, bp) in rows {
            let Some([amount, weighted, count]) = self.cells.get_mut(place as usize) else { continue };
            let more = value.wrapping_mul(bp);
            let (amounts, beyond) = amount.overflowing_add(value);
            let (all, too_far) = weighted.overflowing_add(more);
            if beyond | too_far {
                self.make_room(place as usize, [value, more, 1], ledger)?;
                continue;
            }
            (*amount, *weighted, *count) = (amounts, all, count.wrapping_add(1));
        }
        Ok(())
    }

    /// Empties a cell before a row is added to it.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, cell: usize, row: [i64; 3], ledger: &mut Ledger) -> Result<()> {
        self.spill(cell, ledger)?;
        self.cells.get_mut(cell).into_iter().for_each(|cell| *cell = row);
        Ok(())
    }

    /// Moves a cell's sums.
    fn spill(&mut self, cell: usize, ledger: &mut Ledger) -> Result<()> {
        let Some(from) = self.cells.get_mut(cell) else { return Ok(()) };
        let sums = sums(std::mem::take(from));
        let Some(place) = cell.checked_sub(1).filter(|_| sums != Sums::default()) else { return Ok(()) };
        let (slot, category) = (place / CATEGORIES, place % CATEGORIES);
        let owner = u32::try_from(slot / self.slots).map_err(|_| Problem::AmountTooLarge)?;
        ledger.of(owner, slot % self.slots, category).map_or(Ok(()), |all| all.merge(&sums))
    }
}

/// What a cell holds.
pub(super) fn sums([amount, weighted, count]: [i64; 3]) -> Sums {
    Sums { count: count.unsigned_abs(), amount: amount.into(), weighted: weighted.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_where_64_bits_are_too_few() {
        let (mut dense, mut ledger) = (Dense::new(3), Ledger::new(3));
        ledger.reserve(2);
        dense.reserve(2, &mut ledger).unwrap();
        // The second owner's last slot, and rows that do not count.
        let place = u32::try_from(dense.first_of(1) + 2 * CATEGORIES + 1).unwrap();
        let value = i64::MAX / 10_000;
        let rows = (0..100).flat_map(|_| [(place, value, 10_000), (0, i64::MAX, 1)]);
        dense.add(rows, &mut ledger).unwrap();
        let rest = sums(dense.of(1)[2 * CATEGORIES + 1]);
        let mut all = *ledger.of(1, 2, 1).unwrap();
        assert!(all.count > 0 && rest.count > 0);
        all.merge(&rest).unwrap();
        let amount = i128::from(value) * 100;
        assert_eq!(all, Sums { count: 100, amount, weighted: amount * 10_000 });
        assert_eq!(ledger.rows().len(), 1);
        // Too many owners: all goes to the ledger.
        dense.reserve(MOST_CELLS, &mut ledger).unwrap();
        assert!(!dense.holds() && dense.of(1).is_empty());
        assert_eq!(*ledger.of(1, 2, 1).unwrap(), all);
    }
}
