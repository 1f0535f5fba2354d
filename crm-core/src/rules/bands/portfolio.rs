//! The deals as the sums need them: what is certain apart, the rest positive and in an order of its own.

use super::types::{MOST_DEALS, Part, Prospect, Ratio, Scenario, Shift};
use crate::kernel::error::{Problem, Result};
use crate::kernel::probability::WHOLE_BP;
use crate::rules::check;

/// Every amount lies strictly between minus and plus this.
const BOUND: i128 = 1_000_000_000_000_000_000;
const WHOLE: i128 = WHOLE_BP as i128;

/// An uncertain deal. A credit of `-a` with probability p is a loss of `a` at once and a gain of `a` with 1 - p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// The place in the input.
    pub(super) place: usize,
    /// The amount without its sign.
    pub(super) size: i128,
    /// Whether it is a credit.
    pub(super) credit: bool,
    /// The probability as it was given.
    pub(super) bp: u32,
}

impl Open {
    /// The amount with its sign.
    pub(super) const fn amount(&self) -> i128 {
        if self.credit { self.size.saturating_neg() } else { self.size }
    }

    /// The probability of gaining the size, under a scenario.
    pub(super) fn gain_bp(&self, shift: Shift) -> u32 {
        let bp = shift.apply(self.bp);
        if self.credit { 10_000u32.saturating_sub(bp) } else { bp }
    }
}

/// All deals of one question.
#[derive(Debug)]
pub(super) struct Portfolio {
    /// The certain ones with their places.
    certain: Vec<(usize, i128)>,
    /// The sum of the certain ones.
    pub(super) sure: i128,
    /// The least possible sum.
    pub(super) least: i128,
    /// The uncertain ones, the smallest first; their order in the input decides nothing.
    pub(super) open: Vec<Open>,
    /// The sum of their sizes.
    pub(super) span: i128,
}

impl Portfolio {
    pub(super) fn of(prospects: &[Prospect]) -> Result<Self> {
        check::most("deals", prospects.len(), MOST_DEALS)?;
        let mut all = Self { certain: Vec::new(), sure: 0, least: 0, open: Vec::new(), span: 0 };
        for (place, prospect) in prospects.iter().enumerate() {
            let (amount, size) = (prospect.amount, prospect.amount.saturating_abs());
            if size >= BOUND {
                let (least, most) = ("-10^18".into(), "10^18".into());
                return Err(Problem::OutOfRange { found: amount.to_string(), least, most }.into());
            }
            match u32::try_from(prospect.probability.bp()).unwrap_or(0) {
                0 => {}
                _ if amount == 0 => {}
                10_000 => {
                    all.certain.push((place, amount));
                    all.sure = all.sure.saturating_add(amount);
                }
                bp => {
                    all.open.push(Open { place, size, credit: amount < 0, bp });
                    all.span = all.span.saturating_add(size);
                    all.least = all.least.saturating_add(amount.min(0));
                }
            }
        }
        all.least = all.least.saturating_add(all.sure);
        // The last keys change no sum; they make the order total.
        all.open.sort_by_key(|o| (o.size, o.bp, o.credit, o.place));
        Ok(all)
    }

    /// The greatest common divisor of the uncertain amounts, 1 if there are none.
    pub(super) fn divisor(&self) -> i128 {
        let mut divisor = 0i128;
        for open in &self.open {
            let (mut a, mut b) = (open.size, divisor);
            while b != 0 {
                (a, b) = (b, a.checked_rem(b).unwrap_or(0));
            }
            divisor = a;
        }
        divisor.max(1)
    }

    /// The cells from the least to the greatest sum, if a cell is the greatest common divisor.
    pub(super) fn cells_of_divisor(&self) -> u64 {
        u64::try_from(self.span.checked_div(self.divisor()).unwrap_or(0)).unwrap_or(u64::MAX)
    }

    /// Every deal's part of the mean, and the mean.
    pub(super) fn mean(&self, scenarios: &[Scenario]) -> Result<(Vec<Part>, Ratio)> {
        let plain = scenarios.is_empty();
        let denominator = if plain { WHOLE } else { WHOLE.saturating_mul(WHOLE) };
        let certain = self.certain.iter().map(|(place, amount)| (*place, *amount, denominator));
        let open = self.open.iter().map(|open| {
            let weight = match plain {
                true => i128::from(open.bp),
                false => weighted(scenarios, |s| i128::from(s.shift.apply(open.bp))),
            };
            (open.place, open.amount(), weight)
        });
        let part = |(place, amount, weight): (usize, i128, i128)| {
            Ok(Part { place, numerator: amount.checked_mul(weight).ok_or(Problem::AmountTooLarge)? })
        };
        let mut parts = certain.chain(open).map(part).collect::<Result<Vec<_>>>()?;
        parts.sort_by_key(|part| part.place);
        Ok((parts.clone(), Ratio { numerator: sum(&parts)?, denominator }))
    }

    /// Every uncertain deal's part of the variance, and the variance: with scenarios the mean of their variances plus
    /// the variance of their means (the law of total variance).
    pub(super) fn variance(&self, scenarios: &[Scenario]) -> Result<(Vec<Part>, Ratio)> {
        let plain = scenarios.is_empty();
        let spread = |bp: u32| {
            let bp = i128::from(bp);
            bp.saturating_mul(WHOLE.saturating_sub(bp))
        };
        let unit = if plain { 1 } else { WHOLE };
        let part = |open: &Open| {
            let weight = match plain {
                true => spread(open.bp),
                false => weighted(scenarios, |s| spread(s.shift.apply(open.bp))),
            };
            let square = open.size.checked_mul(open.size);
            let numerator = square.and_then(|s| s.checked_mul(weight)).and_then(|v| v.checked_mul(unit));
            Ok(Part { place: open.place, numerator: numerator.ok_or(Problem::AmountTooLarge)? })
        };
        let mut parts = self.open.iter().map(part).collect::<Result<Vec<_>>>()?;
        parts.sort_by_key(|part| part.place);
        let within = sum(&parts)?;
        let square = WHOLE.saturating_mul(WHOLE);
        if plain {
            return Ok((parts, Ratio { numerator: within, denominator: square }));
        }
        let between = self.between(scenarios).ok_or(Problem::AmountTooLarge)?;
        let numerator = within.checked_add(between).ok_or(Problem::AmountTooLarge)?;
        Ok((parts, Ratio { numerator, denominator: square.saturating_mul(square) }))
    }

    /// The variance of the scenarios' means, over 10^16.
    fn between(&self, scenarios: &[Scenario]) -> Option<i128> {
        let mean = |shift: Shift| {
            let add = |sum: i128, o: &Open| sum.checked_add(o.amount().checked_mul(i128::from(shift.apply(o.bp)))?);
            self.open.iter().try_fold(0i128, add)
        };
        let origin = mean(scenarios.first()?.shift)?;
        let (mut squares, mut plain) = (0i128, 0i128);
        for scenario in scenarios {
            let weight = i128::from(scenario.weight_bp);
            let off = mean(scenario.shift)?.checked_sub(origin)?;
            squares = squares.checked_add(off.checked_mul(off)?.checked_mul(weight)?)?;
            plain = plain.checked_add(off.checked_mul(weight)?)?;
        }
        squares.checked_mul(WHOLE)?.checked_sub(plain.checked_mul(plain)?)
    }
}

/// The sum of something over the scenarios, by weight.
fn weighted(scenarios: &[Scenario], of: impl Fn(&Scenario) -> i128) -> i128 {
    scenarios.iter().fold(0, |sum, s| sum.saturating_add(of(s).saturating_mul(i128::from(s.weight_bp))))
}

fn sum(parts: &[Part]) -> Result<i128> {
    let sum = parts.iter().try_fold(0i128, |sum, part| sum.checked_add(part.numerator));
    Ok(sum.ok_or(Problem::AmountTooLarge)?)
}

impl Shift {
    /// Nothing changes.
    pub(super) const NONE: Self = Shift::Multiplier(10_000);

    /// The probability in basis points under this shift.
    #[must_use]
    pub fn apply(self, bp: u32) -> u32 {
        let whole = 10_000u64;
        let (won, lost) = (u64::from(bp.min(10_000)), 10_000u64.saturating_sub(u64::from(bp)));
        let nearest = |up: u64, down: u64| {
            let twice = up.saturating_mul(2).saturating_add(down);
            twice.checked_div(down.saturating_mul(2)).unwrap_or(whole)
        };
        let shifted = match self {
            _ if won == 0 || lost == 0 => won,
            Shift::Multiplier(times) => nearest(won.saturating_mul(u64::from(times)), whole).min(whole),
            Shift::Odds(times) => {
                let up = won.saturating_mul(u64::from(times));
                nearest(up.saturating_mul(whole), up.saturating_add(lost.saturating_mul(whole)))
            }
        };
        u32::try_from(shifted).unwrap_or(10_000)
    }
}
