//! Exact fractions, small enough for what a model may contain.

use std::fmt;

use crate::rules::division::divisor;

/// A fraction with a positive denominator, as it comes.
///
/// Weights are whole millionths below 10^12 and scores below 10^8, of at most a hundred measures, so that even the
/// difference of two shares of two scores stays below 10^37.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

impl Exact {
    pub(super) const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// A fraction; what has no denominator is nothing.
    pub(super) const fn new(numerator: i128, denominator: i128) -> Self {
        if denominator > 0 { Self { numerator, denominator } } else { Self::ZERO }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        let numerator = self
            .numerator
            .saturating_mul(other.denominator)
            .saturating_sub(other.numerator.saturating_mul(self.denominator));
        Self { numerator, denominator: self.denominator.saturating_mul(other.denominator) }
    }

    pub(super) const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Divided by a positive whole number.
    pub(super) const fn over(self, divisor: i128) -> Self {
        Self { numerator: self.numerator, denominator: self.denominator.saturating_mul(divisor) }
    }

    /// How many basis points of one it is, rounded half up; for shares of one.
    pub fn bp(self) -> i64 {
        let scaled = self.numerator.saturating_mul(10_000);
        i64::try_from(crate::kernel::allocate::rounded(scaled, self.denominator)).unwrap_or(0)
    }

    /// The whole number below it.
    pub(super) const fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The first eighteen decimals of what is above [`Exact::floor`], for an order of remainders.
    pub(super) fn decimals(self) -> u64 {
        let mut rest = self.numerator.rem_euclid(self.denominator);
        let mut digits = 0u64;
        for _ in 0..18 {
            rest = rest.saturating_mul(10);
            let digit = rest.checked_div(self.denominator).unwrap_or(0);
            rest = rest.checked_rem(self.denominator).unwrap_or(0);
            digits = digits.saturating_mul(10).saturating_add(u64::try_from(digit).unwrap_or(0));
        }
        digits
    }
}

impl fmt::Display for Exact {
    /// In lowest terms: `145/2`, or `72` where it is whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let common = divisor(self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        let common = i128::try_from(common).unwrap_or(1);
        let lowest = |n: i128| n.checked_div(common).unwrap_or(n);
        match lowest(self.denominator) {
            1 => write!(f, "{}", lowest(self.numerator)),
            below => write!(f, "{}/{below}", lowest(self.numerator)),
        }
    }
}
