//! Sums by owner, slot and category while a table passes.

use std::collections::HashMap;

use crm_core::kernel::sales::Category;
use crm_core::rules::forecast::Sums;

use super::dense::CATEGORIES;

/// Most places of the table of owners by slots; beyond it places are looked up by hash.
const MOST_PLACES: usize = 1 << 24;

/// Exact sums by owner, slot and category. Only what some deal fell in takes memory.
#[derive(Debug)]
pub(super) struct Ledger {
    /// How many slots there are for each owner.
    slots: usize,
    index: Index,
    /// One for each category, block after block; the first block is nobody's.
    cells: Vec<Sums>,
}

#[derive(Debug)]
enum Index {
    /// The block of each owner and slot, or 0.
    Table(Vec<u32>),
    Hash(HashMap<(u32, usize), u32>),
}

impl Ledger {
    pub(super) fn new(slots: usize) -> Self {
        Self { slots, index: Index::Table(Vec::new()), cells: vec![Sums::default(); CATEGORIES] }
    }

    /// Makes room for so many owners.
    pub(super) fn reserve(&mut self, owners: usize) {
        let Index::Table(table) = &mut self.index else { return };
        let places = owners.saturating_mul(self.slots);
        if places <= MOST_PLACES {
            if table.len() < places {
                table.resize(places.next_power_of_two().min(MOST_PLACES).max(places), 0);
            }
            return;
        }
        let slots = self.slots.max(1);
        let known = table.iter().enumerate().filter(|(_, block)| **block > 0);
        let hash =
            known.filter_map(|(place, block)| Some(((u32::try_from(place / slots).ok()?, place % slots), *block)));
        self.index = Index::Hash(hash.collect());
    }

    /// The sums of an owner, a slot and a category.
    #[inline(always)]
    pub(super) fn of(&mut self, owner: u32, slot: usize, category: usize) -> Option<&mut Sums> {
        let place = (owner as usize).wrapping_mul(self.slots).wrapping_add(slot);
        let block = match &self.index {
            Index::Table(table) => table.get(place).copied().unwrap_or(0),
            Index::Hash(hash) => hash.get(&(owner, slot)).copied().unwrap_or(0),
        };
        let block = if block == 0 { self.add(owner, slot) } else { block };
        self.cells.get_mut((block as usize).wrapping_mul(CATEGORIES).wrapping_add(category))
    }

    /// A new block.
    #[cold]
    fn add(&mut self, owner: u32, slot: usize) -> u32 {
        let block = u32::try_from(self.cells.len() / CATEGORIES).unwrap_or(0);
        let place = (owner as usize).saturating_mul(self.slots).saturating_add(slot);
        match &mut self.index {
            Index::Table(table) => {
                if let Some(free) = table.get_mut(place) {
                    *free = block;
                }
            }
            Index::Hash(hash) => {
                hash.insert((owner, slot), block);
            }
        }
        self.cells.resize(self.cells.len().saturating_add(CATEGORIES), Sums::default());
        block
    }

    /// What some deal fell in: owner, slot, category and sums, in order.
    pub(super) fn rows(&self) -> Vec<(u32, usize, Category, Sums)> {
        let mut blocks: Vec<(u32, usize, u32)> = match &self.index {
            Index::Table(table) => {
                let slots = self.slots.max(1);
                let places = table.iter().enumerate().filter(|(_, block)| **block > 0);
                places.filter_map(|(p, block)| Some((u32::try_from(p / slots).ok()?, p % slots, *block))).collect()
            }
            Index::Hash(hash) => hash.iter().map(|((owner, slot), block)| (*owner, *slot, *block)).collect(),
        };
        blocks.sort_unstable();
        let mut rows = Vec::with_capacity(blocks.len().saturating_mul(CATEGORIES));
        for (owner, slot, block) in blocks {
            let from = (block as usize).saturating_mul(CATEGORIES);
            let cells = self.cells.get(from..from.saturating_add(CATEGORIES)).unwrap_or_default();
            for (category, sums) in Category::ALL.iter().zip(cells).filter(|(_, sums)| **sums != Sums::default()) {
                rows.push((owner, slot, *category, *sums));
            }
        }
        rows
    }

    /// What one owner's deals fell in, by slot and category.
    pub(super) fn get(&self, owner: u32, slot: usize, category: usize) -> Sums {
        let block = match &self.index {
            Index::Table(table) => {
                table.get((owner as usize).saturating_mul(self.slots).saturating_add(slot)).copied().unwrap_or(0)
            }
            Index::Hash(hash) => hash.get(&(owner, slot)).copied().unwrap_or(0),
        };
        let place = (block as usize).saturating_mul(CATEGORIES).saturating_add(category);
        self.cells.get(place).copied().unwrap_or_default()
    }

    /// How many sums an owner may have.
    pub(super) fn each(&self) -> usize {
        self.slots.saturating_mul(CATEGORIES)
    }

    /// Whether nobody's deals fell in anything.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.len() <= CATEGORIES
    }
}
