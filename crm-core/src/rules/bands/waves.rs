//! The distribution from its characteristic function: a product per frequency instead of a sum per cell.
//!
//! On a window of L cells `F(v) = (v - low + 1) / L + sum over j of 2 Re(phi(j) e^(-i pi j (low + v) / L)) *
//! sin(pi j (v - low + 1) / L) / (L sin(pi j / L))`, j from 1 to (L - 1) / 2. A smooth sum has a few dozen frequencies
//! that matter; [`Plan`] proves of all others that together they change no F by more than 2^-37.

use super::lattice::{ONE, Step};
use super::plan::Plan;
use super::turn::{Point, TURN_ERROR, times};

/// What is outside of the window, 2^-40, and the frequencies left out: each at most 2^-42 / j, and the sum of 1 / j is
/// below 2^5.
const LEFT_OUT: u64 = (1 << 22) + (1 << 25);

/// What a factor is off after `run` frequencies: the angle's own rounding, the errors of two turns per frequency, and
/// two roundings in each of four products, as a length in the plane.
const fn factor_error(run: u64) -> u64 {
    run.saturating_mul(TURN_ERROR.saturating_mul(4)).saturating_add(TURN_ERROR.saturating_mul(8))
}

/// The frequencies of a sum that matter, and the sum's characteristic function at each.
#[derive(Clone, Debug)]
pub(super) struct Waves {
    low: i128,
    length: u64,
    /// One cell's turn at the first frequency, in units of 2^-128.
    unit: u128,
    runs: Vec<Run>,
    steps: u64,
}

#[derive(Clone, Debug)]
struct Run {
    first: u64,
    /// The characteristic function so far.
    phi: Vec<Point>,
    /// One cell's turn at each frequency.
    cell: Vec<Point>,
    /// `1 / (L sin(pi j / L))` at each.
    weight: Vec<i64>,
    /// What `weight` and the rest of the formula are off, for each, in units.
    own_error: u64,
}

impl Waves {
    /// The sum of nothing, for a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let length = u128::from(plan.length.max(1));
        // An angle of `part / (parts * L)` turns.
        let turn = |part: u128, parts: u128| angle(part, parts.saturating_mul(length));
        let run = |(first, count): &(u64, u64)| {
            let mut run = Run { first: *first, phi: Vec::new(), cell: Vec::new(), weight: Vec::new(), own_error: 0 };
            for j in *first..first.saturating_add(*count) {
                let sine = u128::from(Point::at(turn(u128::from(j), 2)).im.unsigned_abs().max(1));
                let weight = (1u128 << 124).checked_div(length.saturating_mul(sine)).unwrap_or(0);
                run.phi.push(Point::ONE);
                run.cell.push(Point::at(turn(u128::from(j), 1)));
                run.weight.push(i64::try_from(weight).unwrap_or(i64::MAX));
                // The sine's error over the sine, which is at least 2 j / L; the turns and roundings of one term.
                let j = j.max(1);
                let off = plan.length.saturating_mul(TURN_ERROR).div_ceil(j.saturating_mul(j)).saturating_add(64);
                run.own_error = run.own_error.saturating_add(off);
            }
            run
        };
        let unit = u128::MAX.checked_div(length).unwrap_or(0);
        Self { low: plan.low, length: plan.length, unit, runs: plan.runs.iter().map(run).collect(), steps: 0 }
    }

    /// Adds steps in any order.
    pub(super) fn add<'a>(&mut self, steps: impl IntoIterator<Item = &'a Step>) {
        for step in steps.into_iter().filter(|step| step.bp > 0) {
            self.steps = self.steps.saturating_add(1);
            // In units of 2^-128 turns, whole turns fall off at the top.
            let turn = u128::from(step.near).wrapping_mul(self.unit);
            let point = |times: u64| Point::at(high(turn.wrapping_mul(u128::from(times))));
            let by = point(1);
            for run in &mut self.runs {
                run.multiply(step, point(run.first), by);
            }
        }
    }

    /// F at a cell, in units.
    pub(super) fn up_to(&self, cell: i128) -> u64 {
        let from_low = cell.saturating_sub(self.low).saturating_add(1);
        let length = i128::from(self.length);
        if from_low <= 0 {
            return 0;
        }
        if from_low >= length {
            return ONE;
        }
        // The angles are so many halves of L-ths of a turn; they may be negative, so they are taken modulo 2 L.
        let twice = length.saturating_mul(2);
        let middle = self.low.saturating_add(cell).rem_euclid(twice).unsigned_abs();
        let inside = from_low.unsigned_abs();
        let twice = twice.unsigned_abs();
        let flat = u128::from(ONE).saturating_mul(inside).checked_div(length.unsigned_abs()).unwrap_or(0);
        let mut sum = i128::try_from(flat).unwrap_or(0);
        for run in &self.runs {
            let mut j = u128::from(run.first);
            for (phi, weight) in run.phi.iter().zip(&run.weight) {
                let (back, sine) = (
                    Point::at(angle(middle.wrapping_mul(j), twice)),
                    Point::at(angle(inside.wrapping_mul(j), twice)).im,
                );
                let real = times(phi.re, back.re).wrapping_add(times(phi.im, back.im));
                sum = sum.saturating_add(i128::from(times(times(real, sine), *weight)).saturating_mul(2));
                j = j.wrapping_add(1);
            }
        }
        u64::try_from(sum.clamp(0, i128::from(ONE))).unwrap_or(0)
    }

    /// No value is further off than so many units.
    pub(super) fn error(&self) -> u64 {
        let mut sum = LEFT_OUT;
        for run in &self.runs {
            let count = u64::try_from(run.phi.len()).unwrap_or(u64::MAX);
            // Errors of factors add up; that they also multiply is at most another half, since they are so small.
            let product = factor_error(count).saturating_mul(self.steps).saturating_mul(2);
            // Each phi's error counts 1 / j.
            let inverses = (0..count)
                .fold(0u64, |all, i| all.saturating_add(product.div_ceil(run.first.saturating_add(i).max(1))));
            sum = sum.saturating_add(inverses).saturating_add(run.own_error);
        }
        sum
    }
}

impl Run {
    fn multiply(&mut self, step: &Step, start: Point, by: Point) {
        let rest = ONE.saturating_sub(step.alpha).saturating_sub(step.beta).cast_signed();
        let (alpha, beta) = (step.alpha.cast_signed(), step.beta.cast_signed());
        let mut turned = start;
        for (phi, cell) in self.phi.iter_mut().zip(&self.cell) {
            let reach = Point { re: alpha.wrapping_add(times(beta, cell.re)), im: times(beta, cell.im) };
            let won = reach.times(turned);
            *phi = phi.times(Point { re: rest.wrapping_add(won.re), im: won.im });
            turned = turned.times(by);
        }
    }
}

/// `part / whole` of a turn, rounded down; whole turns are nothing.
fn angle(part: u128, whole: u128) -> u64 {
    let rest = part.checked_rem(whole).unwrap_or(0);
    u64::try_from((rest << 64).checked_div(whole).unwrap_or(0)).unwrap_or(u64::MAX)
}

/// The high half.
fn high(wide: u128) -> u64 {
    u64::try_from(wide >> 64).unwrap_or(u64::MAX)
}
