//! Which frequencies of a sum's characteristic function matter: those that cannot be proven small.
//!
//! The characteristic function of the sum at frequency j is the product of those of the deals, and for one deal
//! `|1 - p + p w|^2 <= 1 - 2 p (1 - p) (1 - Re w)`, where w turns with the deal's amount. So the square of the product
//! is at most e to the minus sum of `2 p (1 - p) (1 - Re w)`: adding up what deals have in their favour, over whole
//! ranges of frequencies at once, proves that all of a range are small. Only the rest has to be computed.

use super::lattice::Step;
use super::turn::Point;

/// The exponent that a range must reach: e^-60, so that the product is below e^-29.5 = 2^-42.5 even without any one
/// deal, which has at most 1 of it.
const ENOUGH: u64 = 60 * SCALE;
/// Units of the exponent: basis points squared, times 2^16.
const SCALE: u64 = 100_000_000 << 16;
/// Most deals looked at for one range.
const MOST_LOOKS: usize = 2_048;
/// Buckets of a full turn.
const BUCKETS: usize = 1 << 10;
/// Most frequencies computed one after the other before the angles start afresh.
pub(super) const RUN: u64 = 64;
/// Ranges are so many times narrower than their frequencies are high.
const NARROW: u64 = 64;

/// The window of cells that the sum is looked at in, and the frequencies that matter.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The first cell of the window.
    pub(super) low: i128,
    /// The cells of the window, an odd number.
    pub(super) length: u64,
    /// First frequency and count, at most [`RUN`] each.
    pub(super) runs: Vec<(u64, u64)>,
}

/// A deal, ready for looking.
struct Swing {
    near: u64,
    turn: u64,
    /// `2 p (1 - p)` in squared basis points.
    weight: u64,
    /// The part of the success that goes one cell further, in 2^-16.
    far: u64,
}

impl Plan {
    /// The plan for steps in order of size, if at most so many frequencies are left and the proof looks at deals at most
    /// so many times.
    pub(super) fn of(steps: &[Step], most: u64, looks: u64) -> Option<Self> {
        let (low, length) = window(steps)?;
        let half = length.checked_sub(1)?.checked_div(2)?;
        let unit = u64::try_from((1u128 << 64).checked_div(u128::from(length))?).ok()?;
        let swings = steps.iter().filter_map(|step| Swing::of(step, length)).collect();
        let mut proof = Proof { swings, dips: dips(), unit, looks };
        let mut plan = Self { low, length, runs: Vec::new() };
        let (mut kept, mut first) = (0u64, 1u64);
        while first <= half {
            let width = first.checked_div(NARROW)?;
            let last = first.saturating_add(width).min(half);
            // A range that is not proven small is halved; the ranges still to be looked at, the next one last.
            let mut ranges = vec![(first, last)];
            while let Some((first, last)) = ranges.pop() {
                let width = last.saturating_sub(first);
                if proof.small(first, width)? {
                    continue;
                }
                if width > 0 {
                    let middle = first.midpoint(last);
                    ranges.extend([(middle.saturating_add(1), last), (first, middle)]);
                    continue;
                }
                kept = kept.saturating_add(1);
                if kept > most {
                    return None;
                }
                plan.keep(first);
            }
            first = last.saturating_add(1);
        }
        Some(plan)
    }

    fn keep(&mut self, frequency: u64) {
        match self.runs.last_mut() {
            Some((start, count)) if *count < RUN && start.saturating_add(*count) == frequency => {
                *count = count.saturating_add(1);
            }
            _ => self.runs.push((frequency, 1)),
        }
    }
}

impl Swing {
    fn of(step: &Step, length: u64) -> Option<Self> {
        let bp = u64::from(step.bp);
        let turn = (u128::from(step.near) << 64).checked_div(u128::from(length))?;
        let whole = step.alpha.saturating_add(step.beta);
        let far = (u128::from(step.beta) << 16).checked_div(u128::from(whole.max(1)))?;
        Some(Self {
            near: step.near,
            turn: u64::try_from(turn & u128::from(u64::MAX)).ok()?,
            weight: bp.saturating_mul(10_000u64.saturating_sub(bp)).saturating_mul(2),
            far: u64::try_from(far).ok()?.min(0xffff),
        })
    }
}

/// Where the sum is but for 2^-40: Hoeffding's inequality says that it leaves the mean by x to one side with at most
/// `exp(-2 x^2 / sum of squared reaches)`, and 2 * 14.3 > 41 ln 2. Room for any one deal to be taken out is added.
fn window(steps: &[Step]) -> Option<(i128, u64)> {
    let (mut mean, mut squares, mut span, mut most) = (0u128, 0u128, 0u64, 0u64);
    for step in steps {
        let reach = step.reach();
        let (near, far) = (u128::from(step.alpha), u128::from(step.beta));
        mean = mean.checked_add(near.checked_mul(step.near.into())?)?.checked_add(far.checked_mul(reach.into())?)?;
        squares = squares.checked_add(u128::from(reach).checked_mul(u128::from(reach))?)?;
        span = span.checked_add(reach)?;
        most = most.max(reach);
    }
    let far = squares.checked_mul(143)?.checked_div(10)?.isqrt().checked_add(2)?;
    let room = far.checked_add(u128::from(most))?.checked_add(1)?;
    let mean = mean >> 62;
    if room.checked_mul(2)? >= u128::from(span) {
        return Some((0, span.checked_add(1)? | 1));
    }
    let length = u64::try_from(room.checked_mul(2)?).ok()?.checked_add(1)?;
    Some((i128::try_from(mean).ok()?.checked_sub(i128::try_from(room).ok()?)?, length))
}

/// For each bucket of a turn, what `1 - cos` is at least, in 2^-16.
fn dips() -> [u64; BUCKETS] {
    let mut out = [0; BUCKETS];
    let dip = |bucket: usize| {
        let turn = u64::try_from(bucket).unwrap_or(0) << 54;
        let size = (1i64 << 62).wrapping_sub(Point::at(turn).re).max(0) >> 46;
        // Rounded down, and one more for the error of the cosine.
        u64::try_from(size).unwrap_or(0).saturating_sub(1)
    };
    for (bucket, out) in out.iter_mut().enumerate() {
        let next = bucket.saturating_add(1);
        *out = if next == BUCKETS { 0 } else { dip(bucket).min(dip(next)) };
    }
    out
}

/// What proves ranges of frequencies small.
struct Proof {
    swings: Vec<Swing>,
    dips: [u64; BUCKETS],
    /// One cell's turn at frequency 1.
    unit: u64,
    /// How often deals may still be looked at.
    looks: u64,
}

impl Proof {
    /// Whether all frequencies from `first` to `first + width` are proven small; nothing when there were enough looks.
    fn small(&mut self, first: u64, width: u64) -> Option<bool> {
        // The angles of a deal over the range differ by an eighth of a turn at most.
        let most = (1u64 << 61).checked_div(self.unit.saturating_mul(width)).unwrap_or(u64::MAX);
        let count = self.swings.partition_point(|s| s.near < most);
        // What rounding takes off the angles, generously.
        let slack = 1u64 << 40;
        let (dips, unit) = (&self.dips, self.unit);
        let dip = |turn: u64| {
            let start = turn.wrapping_mul(first);
            let end = start.wrapping_add(turn.wrapping_mul(width)).wrapping_add(slack);
            let at = |turn: u64| usize::try_from(turn >> 54).ok().and_then(|i| dips.get(i)).copied().unwrap_or(0);
            // A range over the full turn has a cosine of 1 in it.
            if end < start { 0 } else { at(start).min(at(end)) }
        };
        let (mut sum, mut looks) = (0u64, 0u64);
        for swing in self.swings.iter().take(count).rev().take(MOST_LOOKS) {
            looks = looks.wrapping_add(1);
            let near = dip(swing.turn).saturating_mul(0xffffu64.saturating_sub(swing.far));
            let far = dip(swing.turn.wrapping_add(unit)).saturating_mul(swing.far);
            sum = sum.saturating_add((near.saturating_add(far) >> 16).saturating_mul(swing.weight));
            if sum >= ENOUGH {
                break;
            }
        }
        self.looks = self.looks.checked_sub(looks)?;
        Some(sum >= ENOUGH)
    }
}
