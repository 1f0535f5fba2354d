//! Exchange rates by currency and day as machine integers, made by the rule's own conversion.

use chrono::{Datelike as _, NaiveDate};
use crm_core::rules::forecast::{RateBasis, Rounding, Valuation};
use crm_core::{Currency, Money};

/// Most of a multiplier: with amounts below [`MOST_AMOUNT`] a weighted value stays below 2^110.
const MOST_UP: i128 = 1 << 46;
/// Amounts from here on are left to the rule's own arithmetic.
pub(super) const MOST_AMOUNT: u64 = 1 << 46;

/// What becomes of a unit of a column on one day: times `up`, and where conversions round, over `down`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rated {
    /// 0 where there is no such rate, or none that fits.
    pub(super) up: i64,
    pub(super) down: u64,
    /// 2^64 over `down`, rounded down.
    pub(super) inverse: u64,
}

impl Rated {
    /// An amount as it is.
    pub(super) const ONE: Self = Self { up: 1, down: 1, inverse: u64::MAX };

    fn new(up: i128, down: i128) -> Option<Self> {
        let fits = up <= MOST_UP && down < 1 << 62;
        let common = if fits { 1 } else { gcd(up, down) };
        let (up, down) = (up.checked_div(common)?, down.checked_div(common)?);
        let up = i64::try_from(up).ok().filter(|up| i128::from(*up) <= MOST_UP)?;
        let down = u64::try_from(down).ok().filter(|down| *down < 1 << 62)?;
        Some(Self { up, down, inverse: u64::MAX.checked_div(down)? })
    }

    /// A product over `down`, half away from zero.
    #[inline(always)]
    pub(super) fn rounded(&self, product: i64) -> i64 {
        let size = product.unsigned_abs();
        let guess = ((u128::from(size) * u128::from(self.inverse)) >> 64) as u64;
        let rest = size.wrapping_sub(guess.wrapping_mul(self.down));
        let more = u64::from(rest >= self.down);
        let (whole, rest) = (guess.wrapping_add(more), rest.wrapping_sub(self.down * more));
        let whole = whole.wrapping_add(u64::from(rest >= self.down.wrapping_sub(rest))) as i64;
        if product < 0 { whole.wrapping_neg() } else { whole }
    }
}

/// A power of ten that every value is a multiple of, so that values fit 64 bits more often.
pub(super) fn factor(valuation: &Valuation<'_>) -> i128 {
    if valuation.rounding == Rounding::EachDeal {
        return 1;
    }
    let mut factor = valuation.scale();
    let (to, power) =
        (valuation.currency, |currency: Currency| 10i128.checked_pow(currency.minor_digits()).unwrap_or(1));
    for (a, b, _, rate) in valuation.rates.iter() {
        for (from, rate) in [(a, rate), (b, rate.inverse())] {
            let (up, down) = rate.fraction();
            let each = up.checked_mul(power(to)).and_then(|up| up.checked_mul(valuation.scale()));
            let (Some(each), Some(down)) = (each, down.checked_mul(power(from))) else { continue };
            let each = if each % down == 0 { each / down } else { continue };
            while factor > 1 && each % factor != 0 {
                factor /= 10;
            }
        }
    }
    factor
}

/// The greatest common divisor of two numbers of which one is positive.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.max(1), b.max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Days since 1970.
pub(super) fn number_of(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()).saturating_sub(i64::from(NaiveDate::default().num_days_from_ce()))
}

/// What becomes of one minor unit of a currency: over all days of a window, one after the other.
pub(super) fn minor(valuation: &Valuation<'_>, from: Currency, start: NaiveDate, days: usize) -> Vec<(i128, i128)> {
    let cell = |day: NaiveDate| -> Option<(i128, i128)> {
        let day = if valuation.basis == RateBasis::AsOf { valuation.as_of } else { day };
        let rate = valuation.rates.rate(from, valuation.currency, day).ok()?;
        match valuation.rounding {
            Rounding::Never if from == valuation.currency => Some((valuation.scale(), 1)),
            Rounding::Never => Some((valuation.convert(Money::new(1, from).ok()?, rate).ok()?, 1)),
            Rounding::EachDeal => {
                let (up, down) = rate.fraction();
                let power = |currency: Currency| 10i128.checked_pow(currency.minor_digits());
                Some((up.checked_mul(power(valuation.currency)?)?, down.checked_mul(power(from)?)?))
            }
        }
    };
    start.iter_days().take(days).map(|day| cell(day).unwrap_or((0, 1))).collect()
}

/// The same for a unit of a column, `tens` powers of ten above a minor unit, without a common factor.
pub(super) fn scaled(of_minor: &[(i128, i128)], tens: i128, factor: i128) -> Vec<Rated> {
    let unit = |(up, down): &(i128, i128)| {
        let up = up.checked_mul(tens).and_then(|up| up.checked_div(factor.max(1)))?;
        if up == 0 { None } else { Rated::new(up, *down) }
    };
    of_minor.iter().map(|cell| unit(cell).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use crm_core::kernel::allocate::rounded;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quotient_is_the_rules(product in proptest::num::i64::ANY, down in 1i128..(1 << 62), small in 1i128..2_000) {
            for down in [down, small, 1, 1_000_000, 100] {
                let rated = Rated::new(1, down).unwrap();
                let product = product >> 1;
                prop_assert_eq!(i128::from(rated.rounded(product)), rounded(product.into(), down));
            }
        }

        #[test]
        fn halves_too(half in -1_000_000i64..1_000_000, down in 1i64..1_000_000_000) {
            let rated = Rated::new(1, i128::from(down) * 2).unwrap();
            let product = half * down;
            prop_assert_eq!(i128::from(rated.rounded(product)), rounded(product.into(), i128::from(down) * 2));
        }
    }
}
