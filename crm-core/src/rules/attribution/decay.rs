//! Powers of two with fractional exponents, without floats.

use std::sync::OnceLock;

/// What stands for one: 2^63.
const ONE: u128 = 1 << 63;
/// Bits of the fraction of an exponent.
const FRACTION_BITS: u32 = 60;
/// Halvings after which nothing is left.
const MOST_HALVINGS: u128 = 63;

/// `2^(-age / half_life)` in units of 2^-63: what a touch of this age weighs where one of age zero weighs 2^63. Any unit of
/// time, the same for both; a half-life of zero counts as one unit.
///
/// Whole multiples of the half-life are exact. Otherwise the exponent is cut to 60 binary places and the power is a product
/// of fifteen factors 2^(-d/16^k). A factor is a product of at most four repeated square roots of 1/2, each rounded down
/// to 63 places: as a square root halves the relative error under it, none is off by more than 2^-61, so that no factor is
/// off by more than 2^-58 and the product by no more than 15 * 2^-58 + 2^-60 < 2^-54 of itself. What is less than 2^-63 is
/// zero.
///
/// ```
/// use crm_core::rules::attribution::decayed;
/// assert_eq!([decayed(0, 7), decayed(7, 7), decayed(14, 7)], [1 << 63, 1 << 62, 1 << 61]);
/// ```
pub fn decayed(age: u64, half_life: u64) -> u64 {
    let (age, half_life) = (u128::from(age), u128::from(half_life.max(1)));
    let halvings = age.checked_div(half_life).unwrap_or(0);
    let rest = age.checked_rem(half_life).unwrap_or(0);
    if halvings > MOST_HALVINGS {
        return 0;
    }
    // Less than 2^64 times 2^60.
    let fraction = (rest << FRACTION_BITS).checked_div(half_life).unwrap_or(0);
    let mut weight = ONE;
    for (place, factors) in (0u32..).zip(factors()) {
        let shift = FRACTION_BITS.saturating_sub(place.saturating_add(1).saturating_mul(4));
        let digit = usize::try_from((fraction >> shift) & 15).unwrap_or(0);
        if digit > 0 {
            weight = times(weight, u128::from(factors.get(digit).copied().unwrap_or(0)));
        }
    }
    let shift = u32::try_from(halvings).unwrap_or(u32::MAX);
    u64::try_from(weight.checked_shr(shift).unwrap_or(0)).unwrap_or(u64::MAX)
}

/// The product of two numbers of at most one, rounded down.
const fn times(a: u128, b: u128) -> u128 {
    // At most 2^63 each.
    a.saturating_mul(b) >> 63
}

/// `2^(-digit / 16^place)` for the places 1 to 15, by digit.
fn factors() -> &'static [[u64; 16]] {
    static FACTORS: OnceLock<Vec<[u64; 16]>> = OnceLock::new();
    FACTORS.get_or_init(|| {
        // 2^(-1/2), 2^(-1/4), 2^(-1/8) ...
        let mut roots = std::iter::successors(Some(ONE >> 1), |root| Some(root.saturating_mul(ONE).isqrt())).skip(1);
        let place = |_| {
            let bits: Vec<u128> = roots.by_ref().take(4).collect();
            let mut digits = [0u64; 16];
            for (digit, out) in (0u32..).zip(&mut digits) {
                // The first root belongs to the highest bit.
                let chosen = bits.iter().rev().zip(0u32..).filter(|(_, bit)| digit >> bit & 1 == 1);
                let product = chosen.fold(ONE, |product, (root, _)| times(product, *root));
                *out = u64::try_from(product).unwrap_or(u64::MAX);
            }
            digits
        };
        (0..15).map(place).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_half_life_is_the_root_of_a_half() {
        // 0.70710678118654752440 * 2^63, and 2^(-1/3) * 2^63.
        assert!(decayed(1, 2).abs_diff(6_521_908_912_666_391_106) < 1 << 10);
        assert!(decayed(1, 3).abs_diff(7_320_595_236_998_672_906) < 1 << 10);
        assert_eq!(decayed(64, 1), 0);
        assert_eq!(decayed(63, 1), 1);
        assert_eq!(decayed(5, 0), ONE as u64 >> 5);
    }

    proptest! {
        #[test]
        fn powers_multiply_within_the_promised_error(a in 0u64..1_000_000, b in 0u64..1_000_000, half in 1u64..3_000_000) {
            // 2^-a * 2^-b = 2^-(a+b), as long as enough bits are left.
            prop_assume!((a + b) / half < 8);
            let product = times(u128::from(decayed(a, half)), u128::from(decayed(b, half)));
            let sum = u128::from(decayed(a + b, half));
            prop_assert!(product.abs_diff(sum) <= (sum >> 52) + 8, "{product} {sum}");
        }

        #[test]
        fn older_never_weighs_more(age in 0u64..u64::MAX / 2, more in 0u64..1 << 40, half in 1u64..u64::MAX) {
            prop_assert!(decayed(age, half) >= decayed(age + more, half).saturating_sub(1 << 9));
        }
    }
}
