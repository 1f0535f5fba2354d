//! Exchange rates: exact, dated, and never guessed.

use std::collections::BTreeMap;
use std::ops::Bound;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::allocate::rounded;
use super::error::{Error, Problem, Result};
use super::money::{Currency, Money};
use super::number;
use super::rational::common_divisor;
use super::text::shortened;

/// Most decimal places of a rate.
const MOST_PLACES: u32 = 9;
/// Every rate, in its own last place, is below this.
const BOUND: i128 = 1_000_000_000_000_000_000;

/// What one unit of a currency is worth in another: a positive decimal with at most nine places, or one over such a
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    numerator: i128,
    denominator: i128,
}

impl Rate {
    /// Reads a rate by the strict grammar of amounts, for example `1.0825`.
    ///
    /// # Errors
    /// [`Problem::NotANumber`], [`Problem::TooManyPlaces`], [`Problem::OutOfRange`] (zero, negative, above 10^9).
    pub fn parse(text: &str) -> Result<Self> {
        let shown = || shortened(text, 60);
        let (units, places) = number::scaled(text).ok_or_else(|| Problem::NotANumber { found: shown() })?;
        if places > MOST_PLACES {
            return Err(Problem::TooManyPlaces { found: shown(), places: MOST_PLACES }.into());
        }
        let (mut units, mut denominator) = (units, 10i128.checked_pow(places).unwrap_or(1));
        let most = denominator.saturating_mul(1_000_000_000).min(BOUND);
        if units <= 0 || units > most {
            let (least, most) = ("0.000000001".into(), "10^9".into());
            return Err(Problem::OutOfRange { found: shown(), least, most }.into());
        }
        // `1.10` is the rate `1.1`: equal rates have one digest.
        while denominator > 1 && units.checked_rem(10) == Some(0) {
            (units, denominator) = (units / 10, denominator / 10);
        }
        Ok(Self { numerator: units, denominator })
    }

    /// The same, the other way round.
    #[must_use]
    pub const fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    /// The rate as numerator and denominator.
    pub const fn fraction(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// Minor units of one currency in minor units of another, rounded once, half away from zero.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`] where the product leaves 128 bits.
    pub fn convert(self, minor_units: i128, from: Currency, to: Currency) -> Result<i128> {
        let power = |digits: u32| 10i128.checked_pow(digits).unwrap_or(1);
        let up = self.numerator.checked_mul(power(to.minor_digits()));
        let down = self.denominator.checked_mul(power(from.minor_digits()));
        let (Some(up), Some(down)) = (up, down) else { return Err(Problem::AmountTooLarge.into()) };
        let product = minor_units.checked_mul(up).ok_or(Problem::AmountTooLarge)?;
        Ok(rounded(product, down))
    }
}

/// The rate behind a conversion, as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The currency of one unit.
    pub from: Currency,
    /// The currency that it is worth something in.
    pub to: Currency,
    /// The first day on which it holds.
    pub valid_from: NaiveDate,
    /// What one unit is worth.
    pub rate: Rate,
    /// Whether the conversion goes the other way and divides.
    pub inverse: bool,
}

impl Quote {
    /// What amounts are multiplied by.
    pub const fn factor(self) -> Rate {
        if self.inverse { self.rate.inverse() } else { self.rate }
    }

    /// The rate as it was given, without needless zeros.
    pub fn text(self) -> String {
        let text = number::plain(self.rate.numerator, self.rate.denominator.checked_ilog10().unwrap_or(0));
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

/// Dated rates: one holds from its day until the next one of the same pair.
///
/// ```
/// use crm_core::kernel::rate::{Rate, RateTable};
/// use crm_core::{Currency, Money};
/// let (euro, dollar): (Currency, Currency) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
/// let mut rates = RateTable::default();
/// rates.insert(dollar, euro, "2026-01-01".parse().unwrap(), Rate::parse("0.92").unwrap());
/// let price = Money::parse("100.00", dollar).unwrap();
/// assert_eq!(rates.convert(price, euro, "2026-03-01".parse().unwrap()).unwrap(), 9_200);
/// // No rate on or before that day: an error, never another day's rate.
/// assert!(rates.convert(price, euro, "2025-12-31".parse().unwrap()).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateTable {
    pairs: BTreeMap<(Currency, Currency), BTreeMap<NaiveDate, Rate>>,
}

impl RateTable {
    /// Sets the rate of a pair from a day on; gives the one that stood for the same day.
    pub fn insert(&mut self, from: Currency, to: Currency, valid_from: NaiveDate, rate: Rate) -> Option<Rate> {
        self.pairs.entry((from, to)).or_default().insert(valid_from, rate)
    }

    /// The rate of a pair in force on a day, as it was given or, where only the other direction was, its inverse. Never
    /// over a third currency.
    ///
    /// # Errors
    /// [`Problem::NoRate`].
    pub fn rate(&self, from: Currency, to: Currency, date: NaiveDate) -> Result<Rate> {
        Ok(self.in_force(from, to, date)?.map_or(Rate { numerator: 1, denominator: 1 }, |quote| quote.factor()))
    }

    /// What [`RateTable::rate`] rests on; `None` for a currency in itself, which needs no rate.
    ///
    /// # Errors
    /// [`Problem::NoRate`].
    pub fn in_force(&self, from: Currency, to: Currency, date: NaiveDate) -> Result<Option<Quote>> {
        if from == to {
            return Ok(None);
        }
        let in_force = |from, to, inverse| {
            let dated: &BTreeMap<NaiveDate, Rate> = self.pairs.get(&(from, to))?;
            let (valid_from, rate) = dated.range(..=date).next_back()?;
            Some(Quote { from, to, valid_from: *valid_from, rate: *rate, inverse })
        };
        let quote = in_force(from, to, false).or_else(|| in_force(to, from, true));
        let missing = || {
            let (from, to) = (from.code().into(), to.code().into());
            Error::from(Problem::NoRate { from, to, date: date.to_string() })
        };
        Ok(Some(quote.ok_or_else(missing)?))
    }

    /// The mean of a pair's rates over the days from `start` up to but without `end`, each day counting once, exact.
    ///
    /// The pair is averaged as it was given; where only the other direction was, the inverse of that mean.
    ///
    /// # Errors
    /// [`Problem::NoRate`] for the first day without a rate, [`Problem::AmountTooLarge`] beyond 128 bits.
    pub fn average(&self, from: Currency, to: Currency, start: NaiveDate, end: NaiveDate) -> Result<Rate> {
        if from == to || end <= start {
            return self.rate(from, to, start);
        }
        self.rate(from, to, start)?;
        let mean = |pair| self.pairs.get(&pair).and_then(|dated| mean(dated, start, end));
        let mean = mean((from, to)).or_else(|| mean((to, from)).map(Rate::inverse));
        mean.ok_or_else(|| Problem::AmountTooLarge.into())
    }

    /// An amount in minor units of another currency, at the rate in force on a day, rounded once.
    ///
    /// # Errors
    /// [`Problem::NoRate`], [`Problem::AmountTooLarge`].
    pub fn convert(&self, amount: Money, to: Currency, date: NaiveDate) -> Result<i128> {
        let rate = self.rate(amount.currency(), to, date)?;
        rate.convert(i128::from(amount.minor_units()), amount.currency(), to)
    }

    /// The pairs with their days and rates, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, Currency, NaiveDate, Rate)> {
        let pair = |(pair, dated): (&(Currency, Currency), &BTreeMap<NaiveDate, Rate>)| {
            let (from, to) = *pair;
            dated.iter().map(move |(date, rate)| (from, to, *date, *rate)).collect::<Vec<_>>()
        };
        self.pairs.iter().flat_map(pair)
    }

    /// What tells two tables apart: SHA-256 over all rates in order.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (from, to, date, rate) in self.iter() {
            let line = format!("{}{}{date}{}/{}\n", from.code(), to.code(), rate.numerator, rate.denominator);
            hash.update(line.as_bytes());
        }
        hash.finalize().into()
    }
}

/// The mean over days, as a sum of billionths over a number of days; `None` where the first day has no rate.
fn mean(dated: &BTreeMap<NaiveDate, Rate>, start: NaiveDate, end: NaiveDate) -> Option<Rate> {
    let one = 10i128.checked_pow(MOST_PLACES)?;
    let first = dated.range(..=start).next_back().map(|(_, rate)| (start, *rate))?;
    let later = dated.range((Bound::Excluded(start), Bound::Excluded(end))).map(|(day, rate)| (*day, *rate));
    let spans: Vec<(NaiveDate, Rate)> = std::iter::once(first).chain(later).collect();
    let mut sum = 0i128;
    for (i, (day, rate)) in spans.iter().enumerate() {
        let until = spans.get(i.checked_add(1)?).map_or(end, |next| next.0);
        let days = i128::from(until.signed_duration_since(*day).num_days());
        let billionths = rate.numerator.checked_mul(one.checked_div(rate.denominator)?)?;
        sum = sum.checked_add(billionths.checked_mul(days)?)?;
    }
    let days = i128::from(end.signed_duration_since(start).num_days());
    let (numerator, denominator) = (sum, one.checked_mul(days)?);
    let common = i128::try_from(common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
    Some(Rate { numerator: numerator.checked_div(common)?, denominator: denominator.checked_div(common)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_holds_until_the_day_before_the_next() {
        let (usd, aud) = (currency("USD"), currency("AUD"));
        let mut rates = RateTable::default();
        rates.insert(usd, aud, day("2026-01-01"), Rate::parse("1.39").unwrap());
        rates.insert(usd, aud, day("2026-02-01"), Rate::parse("1.42").unwrap());
        let amount = Money::parse("1420.00", aud).unwrap();
        assert_eq!(rates.convert(amount, usd, day("2026-02-01")).unwrap(), 100_000);
        // 1420 / 1.39 = 1021.5827...
        assert_eq!(rates.convert(amount, usd, day("2026-01-31")).unwrap(), 102_158);
        assert!(rates.convert(amount, usd, day("2025-12-31")).is_err());
        assert!(rates.convert(amount, currency("EUR"), day("2026-02-01")).is_err());
    }

    #[test]
    fn digits_of_both_currencies_count() {
        let rate = Rate::parse("160.5").unwrap();
        // 12.34 EUR = 1980.57 JPY, which has no minor unit.
        assert_eq!(rate.convert(1_234, currency("EUR"), currency("JPY")).unwrap(), 1_981);
        assert_eq!(rate.inverse().convert(1_981, currency("JPY"), currency("EUR")).unwrap(), 1_234);
        assert_eq!(Rate::parse("3.1").unwrap().convert(1_000, currency("KWD"), currency("EUR")).unwrap(), 310);
    }

    #[test]
    fn a_mean_counts_days() {
        let (usd, eur) = (currency("USD"), currency("EUR"));
        let mut rates = RateTable::default();
        rates.insert(usd, eur, day("2026-01-01"), Rate::parse("0.9").unwrap());
        rates.insert(usd, eur, day("2026-01-11"), Rate::parse("0.96").unwrap());
        // Ten days of 0.9 and twenty of 0.96.
        let mean = rates.average(usd, eur, day("2026-01-01"), day("2026-01-31")).unwrap();
        assert_eq!(mean.fraction(), (47, 50));
        let inverse = rates.average(eur, usd, day("2026-01-01"), day("2026-01-31")).unwrap();
        assert_eq!(inverse.fraction(), (50, 47));
        assert!(rates.average(usd, eur, day("2025-12-31"), day("2026-01-31")).is_err());
        assert_eq!(rates.average(usd, usd, day("2025-12-31"), day("2026-01-31")).unwrap().fraction(), (1, 1));
    }

    #[test]
    fn zeros_at_the_end_say_nothing() {
        assert_eq!(Rate::parse("1.10").unwrap(), Rate::parse("1.1").unwrap());
        assert_eq!(Rate::parse("90.00").unwrap().fraction(), (90, 1));
        let digest = |rate: &str| {
            let mut rates = RateTable::default();
            rates.insert(currency("USD"), currency("EUR"), day("2026-01-01"), Rate::parse(rate).unwrap());
            rates.digest()
        };
        assert_eq!(digest("0.920"), digest("0.92"));
    }

    #[test]
    fn no_rate_is_zero_negative_or_endless() {
        for bad in ["0", "-1", "1e3", "1,1", "0.0000000001", "10000000000", "", "NaN"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
        let most = Rate::parse("1000000000").unwrap();
        assert!(most.convert(i128::MAX, currency("EUR"), currency("USD")).is_err());
    }
}
