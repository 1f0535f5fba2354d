//! The deals whose outcome moves the median most.
//!
//! Without scenarios the others do not know of the deal, so that the median with it won is the median with it lost plus
//! its amount: the largest deals move it most, and nobody else needs looking at. With scenarios a deal's outcome also
//! says which scenario it is; the largest deals, [`SPARE`] more than are asked for and twice as many, are compared then.

use super::enumerate::Enumerated;
use super::lattice::{Lattice, Step};
use super::law::{Law, Mixture, Start};
use super::portfolio::{Open, Portfolio};
use super::types::{Mover, Scenario};
use crate::kernel::error::Result;

/// Deals looked at beyond twice the movers asked for, with scenarios.
const SPARE: usize = 8;
const MEDIAN_BP: u32 = 5_000;

/// What the movers are computed from.
pub(super) struct Around<'a> {
    pub(super) all: &'a Portfolio,
    pub(super) lattice: Lattice,
    /// The last cell.
    pub(super) last: i128,
    pub(super) scenarios: &'a [Scenario],
    /// Of every scenario, the steps of the uncertain deals in their order.
    pub(super) steps: &'a [Vec<Step>],
    pub(super) enumerated: bool,
}

impl Around<'_> {
    pub(super) fn movers(&self, most: usize) -> Result<Vec<Mover>> {
        let open = self.all.open.len();
        let looked = match self.scenarios {
            [_] => most,
            _ => most.saturating_mul(2).saturating_add(SPARE),
        };
        let first = open.saturating_sub(looked.min(open));
        let mut found = Vec::new();
        if self.enumerated {
            for left_out in first..open {
                found.extend(self.mover(left_out, &self.enumerated_without(left_out)));
            }
        } else {
            let mut starts = Vec::new();
            for steps in self.steps {
                let mut start = Start::of(steps)?;
                start.add(steps.iter().take(first));
                starts.push(start);
            }
            self.divide(starts, first, open, &mut found);
        }
        found.sort_by_key(|m| (std::cmp::Reverse(m.if_won.saturating_sub(m.if_lost).saturating_abs()), m.place));
        found.truncate(most);
        Ok(found)
    }

    /// Adds one half of the deals to go into the other half without each of its deals: every deal is added as often as
    /// the logarithm of their number says and not once for each of the others.
    fn divide(&self, starts: Vec<Start>, from: usize, to: usize, found: &mut Vec<Mover>) {
        if to.saturating_sub(from) <= 1 {
            let laws: Vec<Law> = starts.into_iter().map(Start::into_law).collect();
            found.extend(self.mover(from, &laws));
            return;
        }
        let middle = from.saturating_add(to) / 2;
        let with = |from: usize, to: usize| {
            let mut starts = starts.clone();
            for (start, steps) in starts.iter_mut().zip(self.steps) {
                start.add(steps.get(from..to).unwrap_or(&[]));
            }
            starts
        };
        self.divide(with(middle, to), from, middle, found);
        self.divide(with(from, middle), middle, to, found);
    }

    fn enumerated_without(&self, left_out: usize) -> Vec<Law> {
        let law = |scenario: &Scenario| {
            let others = self.all.open.iter().enumerate().filter(|(i, _)| *i != left_out);
            let deals: Vec<_> = others.map(|(_, o)| (o.size, o.gain_bp(scenario.shift))).collect();
            Law::Enumerated(Enumerated::of(&deals))
        };
        self.scenarios.iter().map(law).collect()
    }

    /// The median of the others, with what the deal's outcome says of the scenarios, plus the deal itself.
    fn mover(&self, left_out: usize, without: &[Law]) -> Option<Mover> {
        let open: &Open = self.all.open.get(left_out)?;
        let amount = open.amount();
        let median = |bp: &dyn Fn(u32) -> u32| {
            let weight = |s: &Scenario| u64::from(s.weight_bp).saturating_mul(u64::from(bp(s.shift.apply(open.bp))));
            let laws: Vec<(u64, &Law)> = self.scenarios.iter().map(weight).zip(without).collect();
            let mixture = Mixture {
                laws: laws.into_iter().filter(|(weight, _)| *weight > 0).collect(),
                least: self.all.least.saturating_sub(amount.min(0)),
                lattice: self.lattice,
                last: self.last,
            };
            let some = !mixture.laws.is_empty();
            some.then(|| mixture.amount(mixture.quantile(MEDIAN_BP).0))
        };
        Some(Mover {
            place: open.place,
            if_won: median(&|bp| bp)?.saturating_add(amount),
            if_lost: median(&|bp| 10_000u32.saturating_sub(bp))?,
        })
    }
}
