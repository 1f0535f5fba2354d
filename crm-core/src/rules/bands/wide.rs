//! Whole numbers of 384 bits, for exact probabilities of a few deals.

use std::cmp::Ordering;

const LIMBS: usize = 6;

/// A whole number below 2^384. The callers' sizes are bounded: twenty deals in units of 10^-80, weights below 2^41 and
/// a factor of 2^62 stay below 2^370, so nothing is ever carried out at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide([u64; LIMBS]);

impl Wide {
    pub(super) const ZERO: Self = Self([0; LIMBS]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0, 0]);

    /// 10^(4 `exponent`).
    pub(super) fn ten_thousands(exponent: usize) -> Self {
        (0..exponent).fold(Self::ONE, |power, _| power.times(10_000))
    }

    pub(super) fn times(mut self, factor: u64) -> Self {
        let mut carry = 0u128;
        for limb in &mut self.0 {
            let product = u128::from(*limb).wrapping_mul(u128::from(factor)).wrapping_add(carry);
            *limb = low(product);
            carry = product >> 64;
        }
        self
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        let mut carry = 0u128;
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            let sum = u128::from(*limb).wrapping_add(u128::from(other)).wrapping_add(carry);
            *limb = low(sum);
            carry = sum >> 64;
        }
        self
    }

    /// The quotient rounded down, and whether nothing is left.
    pub(super) fn over(mut self, divisor: u64) -> (Self, bool) {
        let divisor = u128::from(divisor.max(1));
        let mut rest = 0u128;
        for limb in self.0.iter_mut().rev() {
            let number = (rest << 64) | u128::from(*limb);
            *limb = low(number.checked_div(divisor).unwrap_or(0));
            rest = number.checked_rem(divisor).unwrap_or(0);
        }
        (self, rest == 0)
    }

    /// The lowest 64 bits.
    pub(super) const fn lowest(self) -> u64 {
        let [lowest, ..] = self.0;
        lowest
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The low half.
fn low(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_multiplied_is_divided_again() {
        let big = Wide::ten_thousands(23).times(u64::MAX).plus(Wide::ONE);
        let (back, exact) = big.over(u64::MAX);
        assert_eq!((back, exact), (Wide::ten_thousands(23), false));
        assert!(big > Wide::ten_thousands(23) && Wide::ZERO < Wide::ONE);
        let mut one = Wide::ten_thousands(23);
        for _ in 0..23 {
            let (next, exact) = one.over(10_000);
            assert!(exact);
            one = next;
        }
        assert_eq!(one, Wide::ONE);
    }
}
