//! Amounts as whole numbers of cells. What lies between two cells goes to both, so that the mean stays.

use super::portfolio::{Open, Portfolio};
use super::types::{BandOptions, MOST_CELLS, Shift};
use crate::kernel::error::{Error, Problem, Result};
use crate::rules::check;

/// A probability of 1 in fixed point: units of 2^-62.
pub(super) const ONE: u64 = 1 << 62;

/// A deal on the lattice: `near` cells with probability `alpha`, one more with probability `beta`, else none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) near: u64,
    pub(super) alpha: u64,
    pub(super) beta: u64,
    /// The probability in basis points, of which `alpha` and `beta` are parts.
    pub(super) bp: u32,
}

impl Step {
    /// The cells that it reaches.
    pub(super) fn reach(&self) -> u64 {
        self.near.saturating_add(u64::from(self.beta > 0))
    }
}

/// The money lattice of one question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lattice {
    /// Minor units of a cell.
    pub(super) cell: i128,
    /// The cells from the least to the greatest sum.
    pub(super) cells: u64,
    /// Whether every amount is a whole number of cells.
    pub(super) exact: bool,
}

impl Lattice {
    /// The greatest common divisor of the amounts, or, where that makes too many cells, what makes as many as allowed;
    /// or the cell that the host named.
    pub(super) fn of(all: &Portfolio, options: &BandOptions) -> Result<Self> {
        let divisor = all.divisor();
        let cells = |cell: i128| all.span.checked_div(cell).unwrap_or(0);
        if let Some(cell) = options.cell {
            if cell < 1 {
                let (found, least) = (cell.to_string(), "1".into());
                return Err(Error::from(Problem::OutOfRange { found, least, most: "10^18".into() }).at("cell"));
            }
            let found = usize::try_from(cells(cell)).unwrap_or(usize::MAX);
            check::most("cells", found, usize::try_from(MOST_CELLS).unwrap_or(usize::MAX)).map_err(|e| e.at("cell"))?;
            return Ok(Self::with(all, cell));
        }
        let most = i128::from(options.most_cells);
        if cells(divisor) <= most {
            return Ok(Self::with(all, divisor));
        }
        // Rounded up, so that there are not more cells; split amounts reach one cell further each.
        let least = all.span.saturating_add(most.saturating_sub(1)).checked_div(most).unwrap_or(1);
        Ok(Self::with(all, least.max(1)))
    }

    fn with(all: &Portfolio, cell: i128) -> Self {
        let mut lattice = Self { cell, cells: 0, exact: true };
        for open in &all.open {
            let (near, rest) = lattice.place(open.size);
            lattice.cells = lattice.cells.saturating_add(near).saturating_add(u64::from(rest > 0));
            lattice.exact &= rest == 0;
        }
        lattice
    }

    /// Whole cells of an amount, and what is left.
    fn place(&self, size: i128) -> (u64, i128) {
        let near = size.checked_div(self.cell).unwrap_or(0);
        (u64::try_from(near).unwrap_or(u64::MAX), size.checked_rem(self.cell).unwrap_or(0))
    }

    /// A deal under a scenario.
    pub(super) fn step(&self, open: &Open, shift: Shift) -> Step {
        let (near, rest) = self.place(open.size);
        let bp = open.gain_bp(shift);
        let whole = scaled(u128::from(ONE), u128::from(bp), 10_000);
        let (rest, cell) = (rest.unsigned_abs(), self.cell.unsigned_abs());
        let part = scaled(u128::from(ONE), rest, cell);
        let beta = scaled(u128::from(part), u128::from(bp), 10_000);
        Step { near, alpha: whole.saturating_sub(beta), beta, bp }
    }

    /// The root mean square of what splitting adds to the sum, in minor units, rounded up: the root of the sum of
    /// `p f (1 - f)` squared cells. Saturates.
    pub(super) fn deviation(&self, all: &Portfolio) -> i128 {
        let mut sum = 0u128;
        for open in &all.open {
            let (_, rest) = self.place(open.size);
            let other = self.cell.saturating_sub(rest).unsigned_abs();
            let spread = rest.unsigned_abs().saturating_mul(other);
            sum = sum.saturating_add(spread.div_ceil(10_000).saturating_mul(u128::from(open.gain_bp(Shift::NONE))));
        }
        let root = sum.isqrt();
        let up = u128::from(root.saturating_mul(root) < sum);
        i128::try_from(root.saturating_add(up)).unwrap_or(i128::MAX)
    }
}

/// `unit * up / down`, rounded down; the product stays below 2^128 for all callers.
fn scaled(unit: u128, up: u128, down: u128) -> u64 {
    u64::try_from(unit.saturating_mul(up).checked_div(down).unwrap_or(0)).unwrap_or(u64::MAX)
}
