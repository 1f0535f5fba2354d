//! Direct convolution in fixed point, on the distribution function rather than on the masses.
//!
//! With F the function before a deal of k cells with probability p, it is `F(v) - p (F(v) - F(v - k))` after it: no
//! sums over cells, so that rounding costs one unit per deal and not one per cell, and the whole is kept exactly.

use super::lattice::{ONE, Step};

/// All that may be cut off at either end, in units: 2^-36 together.
const CUT: u64 = 1 << 26;

/// The distribution of a sum of steps on the cells from 0 on.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// The cell of the first value; F is 0 before it.
    base: u64,
    /// F, never falling; after the last value it is 1.
    values: Vec<u64>,
    /// What one step may cut off at one end.
    cut: u64,
    error: u64,
}

impl Cells {
    /// The sum of nothing, to which at most so many steps will be added.
    pub(super) fn new(steps: usize) -> Self {
        let steps = u64::try_from(steps.max(1)).unwrap_or(u64::MAX);
        Self { base: 0, values: vec![ONE], cut: CUT.checked_div(steps).unwrap_or(0), error: 0 }
    }

    /// Adds steps, the smallest first for speed.
    pub(super) fn add<'a>(&mut self, steps: impl IntoIterator<Item = &'a Step>) {
        let mut scratch = Vec::new();
        for step in steps.into_iter().filter(|step| step.bp > 0) {
            self.convolve(step, &mut scratch);
        }
    }

    fn convolve(&mut self, step: &Step, scratch: &mut Vec<u64>) {
        let near = usize::try_from(step.near).unwrap_or(usize::MAX);
        let reach = usize::try_from(step.reach()).unwrap_or(usize::MAX);
        scratch.clear();
        scratch.resize(reach, 0);
        scratch.extend_from_slice(&self.values);
        scratch.resize(scratch.len().saturating_add(reach), ONE);
        let len = self.values.len().saturating_add(reach);
        self.values.resize(len, 0);
        let from = |first: usize| scratch.get(first..first.saturating_add(len)).unwrap_or(&[]);
        let (here, left) = (from(reach), from(reach.saturating_sub(near)));
        let (alpha, beta) = (step.alpha, step.beta);
        if beta == 0 {
            for ((out, here), left) in self.values.iter_mut().zip(here).zip(left) {
                let moved = wide(alpha, here.wrapping_sub(*left)) >> 62;
                *out = here.wrapping_sub(low(moved));
            }
        } else {
            for (((out, here), left), far) in self.values.iter_mut().zip(here).zip(left).zip(from(0)) {
                let moved = wide(alpha, here.wrapping_sub(*left)).wrapping_add(wide(beta, here.wrapping_sub(*far)));
                *out = here.wrapping_sub(low(moved >> 62));
            }
        }
        // One unit for rounding; alpha and beta are together at most two units off.
        self.error = self.error.saturating_add(3);
        self.trim();
    }

    /// Treats as 0 and as 1 what is nearly so: the mass moves by what is added to the error.
    fn trim(&mut self) {
        let high = self.values.partition_point(|v| *v < ONE.saturating_sub(self.cut));
        if let Some(value) = self.values.get(high) {
            self.error = self.error.saturating_add(ONE.saturating_sub(*value));
            self.values.truncate(high.saturating_add(1));
            if let Some(value) = self.values.last_mut() {
                *value = ONE;
            }
        }
        let low = self.values.partition_point(|v| *v <= self.cut);
        if let Some(value) = low.checked_sub(1).and_then(|last| self.values.get(last)) {
            self.error = self.error.saturating_add(*value);
            self.values.drain(..low);
            self.base = self.base.saturating_add(u64::try_from(low).unwrap_or(u64::MAX));
        }
    }

    /// F at a cell, in units.
    pub(super) fn up_to(&self, cell: i128) -> u64 {
        let Ok(place) = usize::try_from(cell.saturating_sub(i128::from(self.base))) else { return 0 };
        self.values.get(place).copied().unwrap_or(ONE)
    }

    /// No value is further off than so many units.
    pub(super) const fn error(&self) -> u64 {
        self.error
    }
}

fn wide(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

/// The low half.
#[allow(clippy::cast_possible_truncation, reason = "a product of two fractions, shifted: below 2^64")]
const fn low(wide: u128) -> u64 {
    wide as u64
}

/// How many cells convolving all steps touches, about: the support grows with the sum of the reaches, and with the root
/// of the sum of their squares once the tails are cut.
pub(super) fn cost(steps: &[Step]) -> u64 {
    let (mut span, mut squares, mut cost) = (1u64, 0u128, 0u64);
    for step in steps {
        let reach = step.reach();
        span = span.saturating_add(reach);
        let (square, bp) = (u128::from(reach).saturating_mul(u128::from(reach)), u128::from(step.bp));
        let spread = bp.saturating_mul(10_000u128.saturating_sub(bp)).saturating_mul(square);
        squares = squares.saturating_add(spread.checked_div(100_000_000).unwrap_or(0));
        // Eight standard deviations to either side, and the steps themselves.
        let wide = squares.saturating_mul(256).isqrt().saturating_add(u128::from(reach).saturating_mul(2));
        cost = cost.saturating_add(span.min(u64::try_from(wide).unwrap_or(u64::MAX)));
    }
    cost
}
