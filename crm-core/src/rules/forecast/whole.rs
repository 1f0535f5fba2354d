//! A whole forecast: deals placed, added up, printed and explained.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::line::{Line, Part};
use super::periods::Slot;
use super::place::{Placed, Plan};
use super::printed::{Printed, PrintedCells, Scale};
use super::rollup::{Cells, Rollup};
use super::sums::{ByCategory, Sums};
use super::tree::OwnerTree;
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::{Exclusion, ForecastReason, Total};
use crate::kernel::money::Currency;
use crate::kernel::sales::Category;

/// A deal, or a part of a split one, that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The deal.
    pub line: &'a Line<'a>,
    /// The place of its owner in the tree.
    pub node: usize,
    /// The period, or undated.
    pub slot: Slot,
    /// The category.
    pub category: Category,
    /// Its part, exact.
    pub part: Part<'a>,
    /// Whether this is the part that counts the deal.
    pub counts: bool,
    /// What it prints.
    pub printed: Printed,
}

impl Entry<'_> {
    /// What it adds to its cell.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn sums(&self) -> Result<Sums> {
        let mut sums = Sums::default();
        sums.add(self.part.value, self.line.weight(), self.counts)?;
        Ok(sums)
    }
}

/// A whole forecast.
#[derive(Clone, Debug)]
pub struct Forecast<'a> {
    /// Everybody's own sums, and what does not count.
    pub rollup: Rollup,
    /// The same with everybody's reports.
    pub totals: Cells,
    /// What each cell prints.
    pub printed: PrintedCells,
    /// The deals that count, in the order in which they were given.
    pub entries: Vec<Entry<'a>>,
    /// The places of deals that do not count, and why.
    pub excluded: Vec<(usize, Exclusion)>,
    currency: Currency,
    cells: BTreeMap<(usize, Slot, Category), Vec<usize>>,
}

impl<'a> Forecast<'a> {
    /// The forecast of some deals. Neither their order nor that of currencies changes a sum.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge) where a sum leaves 128 bits.
    pub fn new(plan: &Plan<'_>, tree: OwnerTree, lines: &'a [Line<'a>]) -> Result<Self> {
        let mut rollup = Rollup::new(tree);
        let (mut entries, mut excluded) = (Vec::new(), Vec::new());
        for (i, line) in lines.iter().enumerate() {
            let (placed, parts) = match rollup.add(plan, line)? {
                Ok(counted) => counted,
                Err(exclusion) => {
                    excluded.push((i, exclusion));
                    continue;
                }
            };
            let Placed::In { slot, category, .. } = placed else { continue };
            let counted = line.counted(&parts);
            for (i, part) in parts.into_iter().enumerate() {
                let node = rollup.tree.place(part.owner);
                let printed = Printed::default();
                entries.push(Entry { line, node, slot, category, part, counts: i == counted, printed });
            }
        }
        Self::of(plan, rollup, (entries, excluded))
    }

    /// What sums and deals come to.
    #[allow(clippy::type_complexity, reason = "what counts and what does not")]
    pub(super) fn of(
        plan: &Plan<'_>,
        rollup: Rollup,
        (entries, excluded): (Vec<Entry<'a>>, Vec<(usize, Exclusion)>),
    ) -> Result<Self> {
        let totals = rollup.own.up(&rollup.tree)?;
        let scale = Scale::new(plan.valuation.scale())?;
        let periods = (0..plan.periods.list().len()).map(Slot::Period).collect();
        let groups = [periods, vec![Slot::Undated]];
        let printed = PrintedCells::new(&rollup.tree, &rollup.own, &totals, &groups, scale)?;
        let mut cells: BTreeMap<(usize, Slot, Category), Vec<usize>> = BTreeMap::new();
        for (i, entry) in entries.iter().enumerate() {
            cells.entry((entry.node, entry.slot, entry.category)).or_default().push(i);
        }
        let currency = plan.valuation.currency;
        let mut forecast = Self { rollup, totals, printed, entries, excluded, currency, cells };
        forecast.print(scale)?;
        Ok(forecast)
    }

    /// What each deal prints: the deals of a cell add up to what the cell prints.
    fn print(&mut self, scale: Scale) -> Result<()> {
        for ((node, slot, category), places) in &self.cells {
            let cell = places.iter().filter_map(|i| self.entries.get(*i));
            let sums = cell.map(Entry::sums).collect::<Result<Vec<_>>>()?;
            let own = self.printed.node(*node, *slot, *category).own;
            for (place, printed) in places.iter().zip(scale.rows(&sums, own)) {
                if let Some(entry) = self.entries.get_mut(*place) {
                    entry.printed = printed;
                }
            }
        }
        Ok(())
    }

    /// The sums of everybody together.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn whole(&self, slot: Slot) -> Result<ByCategory> {
        let mut whole = ByCategory::default();
        self.rollup.tree.roots().iter().try_for_each(|root| whole.merge(&self.totals.get(*root, slot)))?;
        Ok(whole)
    }

    /// What a printed amount is as a sum of money.
    pub const fn total(&self, minor_units: i128) -> Total {
        Total { minor_units, currency: self.currency }
    }

    /// The deals of everybody that make a category, the largest first, at most `most` and then the others. What they
    /// print adds up to what the category prints.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn deals_of(&self, slot: Slot, category: Category, most: usize) -> Result<Vec<ForecastReason>> {
        let places = (0..self.rollup.tree.nodes().len()).filter_map(|node| self.cells.get(&(node, slot, category)));
        self.largest(places.flatten().filter_map(|i| self.deal(*i)).collect(), most)
    }

    /// The deals and reports that make a person's category, the largest first, at most `most` and then the others.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge).
    pub fn parts_of(&self, node: usize, slot: Slot, category: Category, most: usize) -> Result<Vec<ForecastReason>> {
        let own = self.cells.get(&(node, slot, category)).into_iter().flatten().filter_map(|i| self.deal(*i));
        let nodes = self.rollup.tree.nodes();
        let reports = nodes.get(node).into_iter().flat_map(|n| &n.reports).filter_map(|report| {
            let sums = self.totals.get(*report, slot).get(category);
            let printed = self.printed.node(*report, slot, category).total;
            let user = nodes.get(*report)?.user.clone();
            let (amount, weighted) = (self.total(printed.amount), self.total(printed.weighted));
            let reason = ForecastReason::Report { user: user.clone(), count: sums.count, amount, weighted };
            (sums != Sums::default()).then_some((printed, user, reason))
        });
        self.largest(own.chain(reports).collect(), most)
    }

    fn deal(&self, place: usize) -> Option<(Printed, String, ForecastReason)> {
        let entry = self.entries.get(place)?;
        let deal = entry.line.id.to_owned();
        let (amount, weighted) = (self.total(entry.printed.amount), self.total(entry.printed.weighted));
        let share_bp = entry.part.share.bp();
        Some((entry.printed, deal.clone(), ForecastReason::Deal { deal, share_bp, amount, weighted }))
    }

    fn largest(&self, mut parts: Vec<(Printed, String, ForecastReason)>, most: usize) -> Result<Vec<ForecastReason>> {
        parts.sort_by(|a, b| {
            let key = |p: &Printed| (Reverse(p.amount.unsigned_abs()), Reverse(p.weighted.unsigned_abs()));
            key(&a.0).cmp(&key(&b.0)).then_with(|| a.1.cmp(&b.1))
        });
        let others = parts.split_off(most.min(parts.len()));
        let mut sum = Printed::default();
        others.iter().try_for_each(|(printed, _, _)| sum.plus(printed))?;
        let mut reasons: Vec<ForecastReason> = parts.into_iter().map(|(_, _, reason)| reason).collect();
        if !others.is_empty() {
            let parts = u64::try_from(others.len()).unwrap_or(u64::MAX);
            let (amount, weighted) = (self.total(sum.amount), self.total(sum.weighted));
            reasons.push(ForecastReason::Others { parts, amount, weighted });
        }
        Ok(reasons)
    }
}
