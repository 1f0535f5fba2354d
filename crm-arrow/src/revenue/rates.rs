//! Multipliers for amounts of a table by currency and day.

use crm_core::Currency;

use super::labels::{Labels, ODD};
use super::pass::Shared;
use super::rated::{Rated, minor, scaled};

/// Multipliers by the number of a currency and the day of the window; behind its days one for those before it and one for
/// those after it.
#[derive(Default)]
pub(super) struct Rates {
    /// Of which scale of a column they are.
    scale: i8,
    days: usize,
    all: Vec<Rated>,
    /// What they multiply by, close together.
    ups: Vec<i64>,
    /// By what amounts have to be divided first, by the number of a currency.
    shrink: Vec<i64>,
    /// The most that they multiply by.
    most_up: u64,
    /// The most that is left of it where conversions round, rounded up.
    most_whole: u64,
}

impl Rates {
    pub(super) fn of_scale(scale: i8, days: usize) -> Self {
        Self { scale, days, ..Self::default() }
    }

    /// Of which scale of a column they are.
    pub(super) fn scale(&self) -> i8 {
        self.scale
    }

    /// How many each currency has.
    pub(super) fn each(&self) -> usize {
        self.days.saturating_add(2)
    }

    /// By place.
    pub(super) fn all(&self) -> &[Rated] {
        &self.all
    }

    /// What they multiply by, by place; 0 where there is none.
    pub(super) fn ups(&self) -> &[i64] {
        &self.ups
    }

    /// By what amounts have to be divided first, by the number of a currency, where that is more than 1 for some.
    pub(super) fn shrink(&self) -> Option<&[i64]> {
        self.shrink.iter().any(|by| *by != 1).then_some(&self.shrink)
    }

    /// Multipliers for currencies that were not met before.
    pub(super) fn meet(&mut self, currencies: &Labels, shared: &Shared<'_>) {
        while self.shrink.len() < currencies.count() {
            let number = u32::try_from(self.shrink.len()).unwrap_or(ODD);
            let currency = match currencies.name(number) {
                "" => shared.source.currency(),
                code => code.parse::<Currency>().ok(),
            };
            self.add(currency, shared);
        }
    }

    fn add(&mut self, currency: Option<Currency>, shared: &Shared<'_>) {
        let from = self.all.len();
        let shrink = match currency {
            None => {
                self.all.extend(std::iter::repeat_n(Rated::default(), self.each()));
                0
            }
            Some(currency) => {
                let missing = i64::from(currency.minor_digits()).saturating_sub(i64::from(self.scale));
                let tens = u32::try_from(missing.unsigned_abs()).ok().and_then(|tens| 10i64.checked_pow(tens));
                let power = tens.unwrap_or(0);
                let (more, shrink) = if missing >= 0 { (i128::from(power), 1) } else { (1, power) };
                let of_minor = minor(&shared.plan.valuation, currency, shared.start, self.days);
                self.all.extend(scaled(&of_minor, more, shared.factor));
                self.all.extend([Rated::ONE; 2]);
                shrink
            }
        };
        self.shrink.push(shrink);
        for rated in self.all.get(from..).unwrap_or_default() {
            self.ups.push(rated.up);
            self.most_up = self.most_up.max(rated.up.unsigned_abs());
            let whole = rated.up.unsigned_abs().div_ceil(rated.down.max(1));
            self.most_whole = self.most_whole.max(whole);
        }
    }

    /// Whether weighted values of amounts up to `most` fit 64 bits, whatever the currency and the day.
    pub(super) fn fit(&self, most: u64, round: bool) -> bool {
        let product = u128::from(most).saturating_mul(u128::from(self.most_up));
        let whole = u128::from(most).saturating_mul(u128::from(self.most_whole)).saturating_add(1);
        let value = if round { whole } else { product };
        let limit = i64::MAX.unsigned_abs().into();
        product <= limit && value.saturating_mul(10_000) <= limit
    }
}
