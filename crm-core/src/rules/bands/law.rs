//! The distribution of one question: one law per scenario, put together by weight.

use super::cells::{self, Cells};
use super::enumerate::Enumerated;
use super::lattice::{Lattice, ONE, Step};
use super::plan::Plan;
use super::types::Method;
use super::waves::Waves;
use super::wide::Wide;
use crate::kernel::error::{Problem, Result};

/// Below so many touched cells, convolving is quick enough not to look for something quicker.
const QUICK: u64 = 1_500_000;
/// A frequency of one deal costs as much as so many cells of one.
const FREQUENCY: u64 = 5;
/// So does a look at a deal in the proof; all looks together may cost as much as convolving.
const LOOK: u64 = 8;
/// Most cells that convolving may touch, some ten seconds' worth.
pub(super) const MOST_WORK: u64 = 1 << 33;

/// The distribution of a sum on cells from 0 on.
pub(super) enum Law {
    Enumerated(Enumerated),
    Cells(Cells),
    Waves(Waves),
}

/// The start of a law in fixed point: to be filled with all steps, or with all but one.
#[derive(Clone)]
pub(super) enum Start {
    Cells(Cells),
    Waves(Waves),
}

impl Start {
    /// The cheaper way for these steps.
    ///
    /// # Errors
    /// More work than [`MOST_WORK`] by either way.
    pub(super) fn of(steps: &[Step]) -> Result<Self> {
        let cost = cells::cost(steps);
        let count = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        if cost > QUICK {
            let looks = cost.checked_div(LOOK).unwrap_or(0);
            let most = cost.checked_div(count.max(1).saturating_mul(FREQUENCY)).unwrap_or(0);
            if let Some(plan) = Plan::of(steps, most, looks) {
                return Ok(Start::Waves(Waves::new(&plan)));
            }
        }
        if cost > MOST_WORK {
            let per_deal = |work: u64| work.checked_div(count.max(1)).unwrap_or(0);
            return Err(Problem::TooMany { what: "cells", found: per_deal(cost), most: per_deal(MOST_WORK) }.into());
        }
        Ok(Start::Cells(Cells::new(steps.len())))
    }

    pub(super) fn add<'a>(&mut self, steps: impl IntoIterator<Item = &'a Step>) {
        match self {
            Start::Cells(cells) => cells.add(steps),
            Start::Waves(waves) => waves.add(steps),
        }
    }

    pub(super) fn into_law(self) -> Law {
        match self {
            Start::Cells(cells) => Law::Cells(cells),
            Start::Waves(waves) => Law::Waves(waves),
        }
    }
}

/// Where a probability stands to a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    /// The error bound leaves it open; which of the two it looks like.
    Open(bool),
    Reached,
}

/// Several laws with their weights, and where their cells lie in money.
pub(super) struct Mixture<'a> {
    pub(super) laws: Vec<(u64, &'a Law)>,
    /// The amount of cell 0.
    pub(super) least: i128,
    pub(super) lattice: Lattice,
    /// The last cell.
    pub(super) last: i128,
}

impl Mixture<'_> {
    fn weight(&self) -> u64 {
        self.laws.iter().fold(0, |sum, (weight, _)| sum.saturating_add(*weight))
    }

    /// The mixture's F at a cell as exact parts of weight times 10^(4 deals), if every law is enumerated.
    fn exactly(&self, cell: i128) -> Option<(Wide, usize)> {
        let (mut sum, mut deals) = (Wide::ZERO, 0);
        for (weight, law) in &self.laws {
            let Law::Enumerated(law) = law else { return None };
            sum = sum.plus(law.up_to(cell).times(*weight));
            deals = law.deals();
        }
        Some((sum, deals))
    }

    /// F at a cell between two ends, in units of 2^-62.
    pub(super) fn between(&self, cell: i128) -> (u64, u64) {
        self.scaled(cell, ONE)
    }

    /// F at a cell between two ends, in parts of a whole of at most 2^62.
    pub(super) fn scaled(&self, cell: i128, whole: u64) -> (u64, u64) {
        if let Some((sum, deals)) = self.exactly(cell) {
            let (mut units, mut exact) = sum.times(whole).over(self.weight());
            for _ in 0..deals {
                let (next, even) = units.over(10_000);
                (units, exact) = (next, exact && even);
            }
            return (units.lowest(), units.lowest().saturating_add(u64::from(!exact)));
        }
        let (units, error) = (self.units(cell), self.error());
        let parts = |units: u64| u128::from(units).saturating_mul(u128::from(whole));
        let (low, high) = (units.saturating_sub(error), units.saturating_add(error).min(ONE));
        let short = |parts: u128| u64::try_from(parts).unwrap_or(whole);
        (short(parts(low) >> 62), short(parts(high).div_ceil(u128::from(ONE))))
    }

    fn units(&self, cell: i128) -> u64 {
        let mut sum = 0u128;
        for (weight, law) in &self.laws {
            let units = match law {
                Law::Cells(cells) => cells.up_to(cell),
                Law::Waves(waves) => waves.up_to(cell),
                Law::Enumerated(_) => 0,
            };
            sum = sum.saturating_add(u128::from(units).saturating_mul(u128::from(*weight)));
        }
        u64::try_from(sum.checked_div(u128::from(self.weight())).unwrap_or(0)).unwrap_or(ONE)
    }

    /// No F is further off than so many units; 0 if all is exact.
    pub(super) fn error(&self) -> u64 {
        let error = |law: &Law| match law {
            Law::Enumerated(_) => 0,
            // Dividing by the weights rounds once more.
            Law::Cells(cells) => cells.error().saturating_add(1),
            Law::Waves(waves) => waves.error().saturating_add(1),
        };
        self.laws.iter().map(|(_, law)| error(law)).max().unwrap_or(0)
    }

    /// The roughest of the laws' methods.
    pub(super) fn method(&self) -> Method {
        let method = |law: &Law| match law {
            Law::Enumerated(_) => Method::Enumerated,
            Law::Cells(_) => Method::Convolved,
            Law::Waves(_) => Method::Transformed,
        };
        let rank = |method: &Method| *method as u8;
        self.laws.iter().map(|(_, law)| method(law)).max_by_key(rank).unwrap_or(Method::Enumerated)
    }

    fn side(&self, cell: i128, level_bp: u32) -> Side {
        if let Some((sum, deals)) = self.exactly(cell) {
            let level = Wide::ten_thousands(deals).times(self.weight()).times(u64::from(level_bp));
            return if sum.times(10_000) >= level { Side::Reached } else { Side::Below };
        }
        let (units, error) = (self.units(cell), self.error());
        let reaches = |units: u64| {
            let level = u128::from(ONE).saturating_mul(u128::from(level_bp));
            u128::from(units).saturating_mul(10_000) >= level
        };
        match (reaches(units.saturating_sub(error)), reaches(units.saturating_add(error))) {
            (true, _) => Side::Reached,
            (_, false) => Side::Below,
            _ => Side::Open(reaches(units)),
        }
    }

    /// The least cell whose F reaches a level: what it looks like, the proven lower and the proven upper end.
    pub(super) fn quantile(&self, level_bp: u32) -> (i128, i128, i128) {
        let low = self.first(-1, self.last, |cell| self.side(cell, level_bp) != Side::Below);
        // Nearly always this settles it: the low end is the upper one as well.
        if self.side(low, level_bp) == Side::Reached {
            return (low, low, low);
        }
        let before = low.saturating_sub(1);
        let high = self.first(before, self.last, |cell| self.side(cell, level_bp) == Side::Reached);
        let looks = |cell| matches!(self.side(cell, level_bp), Side::Reached | Side::Open(true));
        (self.first(before, high, looks), low, high)
    }

    /// A cell above `low` for which something holds and does not for the one before; it does not for `low` and does
    /// for `high`. Each end of a quantile follows from the two alone, whether F is monotone to the last unit or not.
    fn first(&self, mut low: i128, mut high: i128, holds: impl Fn(i128) -> bool) -> i128 {
        while high.saturating_sub(low) > 1 {
            let middle = low.saturating_add(high.saturating_sub(low) >> 1);
            if holds(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// The amount of a cell.
    pub(super) fn amount(&self, cell: i128) -> i128 {
        self.least.saturating_add(cell.saturating_mul(self.lattice.cell))
    }

    /// The last cell whose amount is below another amount.
    pub(super) fn cell_below(&self, amount: i128) -> i128 {
        let off = amount.saturating_sub(self.least).saturating_sub(1);
        off.checked_div_euclid(self.lattice.cell).unwrap_or(0)
    }
}
