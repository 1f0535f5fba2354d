//! Deals added up, per person, period and category, and up the tree.

use std::collections::BTreeMap;

use super::line::{Line, Part};
use super::periods::Slot;
use super::place::{Placed, Plan};
use super::sums::{ByCategory, Sums};
use super::tree::OwnerTree;
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::probability::Probability;
use crate::kernel::sales::Category;

/// Sums per place in the tree, slot and category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(BTreeMap<(usize, Slot), ByCategory>);

impl Cells {
    /// Adds a deal or a part of one.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn add(
        &mut self,
        at: (usize, Slot),
        category: Category,
        part: (i128, Probability),
        counts: bool,
    ) -> Result<()> {
        self.0.entry(at).or_default().of(category).add(part.0, part.1, counts)
    }

    /// Adds sums that were made elsewhere.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn merge(&mut self, node: usize, slot: Slot, sums: &ByCategory) -> Result<()> {
        self.0.entry((node, slot)).or_default().merge(sums)
    }

    /// The sums of a place in a slot.
    pub fn get(&self, node: usize, slot: Slot) -> ByCategory {
        self.0.get(&(node, slot)).copied().unwrap_or_default()
    }

    /// All sums, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Slot, &ByCategory)> {
        self.0.iter().map(|((node, slot), sums)| (*node, *slot, sums))
    }

    /// The same with everybody's reports in it: at each place its own and those of all reports.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn up(&self, tree: &OwnerTree) -> Result<Cells> {
        let mut totals = self.clone();
        let mut slots: Vec<Slot> = self.0.keys().map(|(_, slot)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        for place in tree.order().into_iter().rev() {
            let Some(manager) = tree.nodes().get(place).and_then(|n| n.manager) else { continue };
            for slot in &slots {
                if let Some(sums) = totals.0.get(&(place, *slot)).copied() {
                    totals.merge(manager, *slot, &sums)?;
                }
            }
        }
        Ok(totals)
    }
}

/// Deals that close outside of the periods, by their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Before the first period.
    pub before: u64,
    /// After the last period.
    pub after: u64,
}

/// Deals added up. Every deal is counted exactly once: in a cell, outside, filtered or excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    /// The owners of deals and who leads them.
    pub tree: OwnerTree,
    /// Everybody's own deals.
    pub own: Cells,
    /// Deals that close outside of the periods.
    pub outside: Outside,
    /// Deals that the filter does not let pass.
    pub filtered: u64,
    /// Deals that cannot count.
    pub excluded: u64,
}

impl Rollup {
    /// Nothing yet, over a tree of owners.
    pub fn new(tree: OwnerTree) -> Self {
        Self { tree, ..Self::default() }
    }

    /// Adds a deal; gives where it fell and those of its parts that count.
    ///
    /// # Errors
    /// Only [`AmountTooLarge`](crate::Problem::AmountTooLarge) for the sums; why the deal cannot count is the inner
    /// error, and then nothing was added.
    pub fn add<'a>(&mut self, plan: &Plan<'_>, line: &Line<'a>) -> Result<Result<(Placed, Vec<Part<'a>>), Exclusion>> {
        let placed = match plan.place(line) {
            Ok(placed) => placed,
            Err(exclusion) => return Ok(Err(self.exclude(exclusion))),
        };
        match placed {
            Placed::Filtered => self.filtered = self.filtered.saturating_add(1),
            Placed::Outside(Slot::Before) => self.outside.before = self.outside.before.saturating_add(1),
            Placed::Outside(_) => self.outside.after = self.outside.after.saturating_add(1),
            Placed::In { slot, category, value } => {
                let mut parts = match line.parts(value) {
                    Ok(parts) => parts,
                    Err(exclusion) => return Ok(Err(self.exclude(exclusion))),
                };
                parts.retain(|part| plan.filter.owner(part.owner));
                let counted = line.counted(&parts);
                for (i, part) in parts.iter().enumerate() {
                    let node = self.tree.place(part.owner);
                    self.own.add((node, slot), category, (part.value, line.weight()), i == counted)?;
                }
                return Ok(Ok((placed, parts)));
            }
        }
        Ok(Ok((placed, Vec::new())))
    }

    /// Counts a deal that cannot count.
    pub fn exclude(&mut self, exclusion: Exclusion) -> Exclusion {
        self.excluded = self.excluded.saturating_add(1);
        exclusion
    }

    /// The sums of everybody together, per slot.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn whole(&self, slot: Slot) -> Result<ByCategory> {
        let mut whole = ByCategory::default();
        for (_, _, sums) in self.own.iter().filter(|(_, s, _)| *s == slot) {
            whole.merge(sums)?;
        }
        Ok(whole)
    }

    /// One category of everybody together, per slot.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn whole_of(&self, slot: Slot, category: Category) -> Result<Sums> {
        Ok(self.whole(slot)?.get(category))
    }
}
