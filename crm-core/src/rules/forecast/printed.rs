//! Exact sums as they are printed: whole minor units that add up in every table.
//!
//! One chain of largest remainders: all periods together are rounded once, what each period shows adds up to that, its
//! categories to the period, people and their reports to the category, and deals to what their owner has. The undated
//! deals and the omitted ones are totals of their own.

use std::collections::BTreeMap;

use super::periods::Slot;
use super::rollup::Cells;
use super::sums::{COUNTED, Sums};
use super::tree::OwnerTree;
use crate::kernel::allocate::{rounded, rows_of};
use crate::kernel::error::{Problem, Result};
use crate::kernel::sales::Category;

/// Basis points of the whole.
const WHOLE: u64 = 10_000;

/// What is printed, in whole minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The amount.
    pub amount: i128,
    /// The weighted amount.
    pub weighted: i128,
}

impl Printed {
    /// Adds what is printed elsewhere.
    pub(super) fn plus(&mut self, other: &Printed) -> Result<()> {
        self.amount = self.amount.checked_add(other.amount).ok_or(Problem::AmountTooLarge)?;
        self.weighted = self.weighted.checked_add(other.weighted).ok_or(Problem::AmountTooLarge)?;
        Ok(())
    }
}

/// What divides exact sums to minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    amount: u64,
    weighted: u64,
}

impl Scale {
    /// From the units of a value in one minor unit.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`] beyond 64 bits.
    pub fn new(scale: i128) -> Result<Self> {
        let amount = u64::try_from(scale).map_err(|_| Problem::AmountTooLarge)?;
        let weighted = amount.checked_mul(WHOLE).ok_or(Problem::AmountTooLarge)?;
        Ok(Self { amount, weighted })
    }

    /// A total, rounded once, half away from zero.
    pub fn total(&self, sums: &Sums) -> Printed {
        Printed {
            amount: rounded(sums.amount, i128::from(self.amount)),
            weighted: rounded(sums.weighted, i128::from(self.weighted)),
        }
    }

    /// Rows that add up to a printed total.
    pub fn rows(&self, sums: &[Sums], total: Printed) -> Vec<Printed> {
        let amounts: Vec<i128> = sums.iter().map(|s| s.amount).collect();
        let weighted: Vec<i128> = sums.iter().map(|s| s.weighted).collect();
        let amounts = rows_of(&amounts, self.amount, total.amount);
        let weighted = rows_of(&weighted, self.weighted, total.weighted);
        amounts.into_iter().zip(weighted).map(|(amount, weighted)| Printed { amount, weighted }).collect()
    }
}

/// What a person's cell prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodePrinted {
    /// Own deals.
    pub own: Printed,
    /// Own deals and those of all reports.
    pub total: Printed,
}

/// What every cell prints.
#[derive(Clone, Debug, Default)]
pub struct PrintedCells {
    slots: BTreeMap<(Slot, Category), Printed>,
    nodes: BTreeMap<(usize, Slot, Category), NodePrinted>,
}

impl PrintedCells {
    /// From everybody's own sums and the same with their reports', over slots whose totals belong together.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn new(tree: &OwnerTree, own: &Cells, totals: &Cells, groups: &[Vec<Slot>], scale: Scale) -> Result<Self> {
        let mut printed = PrintedCells::default();
        let (roots, order) = (tree.roots(), tree.order());
        for group in groups {
            let mut slots = Vec::with_capacity(group.len());
            for slot in group {
                let mut whole = super::ByCategory::default();
                roots.iter().try_for_each(|root| whole.merge(&totals.get(*root, *slot)))?;
                slots.push(whole);
            }
            let sums = slots.iter().map(super::ByCategory::total).collect::<Result<Vec<_>>>()?;
            let mut all = Sums::default();
            sums.iter().try_for_each(|s| all.merge(s))?;
            for ((slot, whole), total) in group.iter().zip(&slots).zip(scale.rows(&sums, scale.total(&all))) {
                let categories: Vec<Sums> = COUNTED.iter().map(|c| whole.get(*c)).collect();
                let rows = COUNTED.iter().copied().zip(scale.rows(&categories, total));
                let omitted = (Category::Omitted, scale.total(&whole.get(Category::Omitted)));
                for (category, total) in rows.chain([omitted]) {
                    printed.slots.insert((*slot, category), total);
                    printed.down(tree, (own, totals), (&roots, &order), (*slot, category, total), scale);
                }
            }
        }
        Ok(printed)
    }

    /// Down the tree: what a category prints is divided among the roots, and what each person prints among the own
    /// deals and the reports.
    fn down(
        &mut self,
        tree: &OwnerTree,
        (own, totals): (&Cells, &Cells),
        (roots, order): (&[usize], &[usize]),
        (slot, category, total): (Slot, Category, Printed),
        scale: Scale,
    ) {
        let of = |cells: &Cells, place: usize| cells.get(place, slot).get(category);
        let sums: Vec<Sums> = roots.iter().map(|root| of(totals, *root)).collect();
        for (root, total) in roots.iter().zip(scale.rows(&sums, total)) {
            self.nodes.entry((*root, slot, category)).or_default().total = total;
        }
        for place in order {
            let Some(node) = tree.nodes().get(*place) else { continue };
            let total = self.node(*place, slot, category).total;
            let reports = node.reports.iter().map(|report| of(totals, *report));
            let sums: Vec<Sums> = std::iter::once(of(own, *place)).chain(reports).collect();
            let mut rows = scale.rows(&sums, total).into_iter();
            self.nodes.entry((*place, slot, category)).or_default().own = rows.next().unwrap_or_default();
            for (report, total) in node.reports.iter().zip(rows) {
                self.nodes.entry((*report, slot, category)).or_default().total = total;
            }
        }
    }

    /// What everybody together prints.
    pub fn slot(&self, slot: Slot, category: Category) -> Printed {
        self.slots.get(&(slot, category)).copied().unwrap_or_default()
    }

    /// What a person's cell prints.
    pub fn node(&self, place: usize, slot: Slot, category: Category) -> NodePrinted {
        self.nodes.get(&(place, slot, category)).copied().unwrap_or_default()
    }
}
