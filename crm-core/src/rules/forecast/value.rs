//! What a deal is worth in the forecast's currency.

use chrono::NaiveDate;

use super::line::Line;
use crate::kernel::coded::coded;
use crate::kernel::error::Problem;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::rate::{Rate, RateTable};

coded! {
    /// Which day's rate converts a deal.
    RateBasis {
        /// The close date's.
        CloseDate = "close_date",
        /// That of the day on which the deal was created.
        CreatedOn = "created_on",
        /// That of the day of the forecast.
        AsOf = "as_of",
        /// The mean over the days of the period that the deal closes in.
        PeriodAverage = "period_average",
    }
}

coded! {
    /// Where conversions round.
    Rounding {
        /// Each deal to whole minor units, half away from zero, as an invoice would.
        EachDeal = "each_deal",
        /// Nowhere before the total: products stay exact, for comparison with engines that multiply decimals. A rate
        /// whose product has no exact decimal form is refused.
        Never = "never",
    }
}

/// How much finer than minor units exact products are: nine places of a rate and three digits of a currency.
const EXACT_SCALE: i128 = 1_000_000_000_000;

/// How deals become amounts of one currency.
#[derive(Clone, Copy, Debug)]
pub struct Valuation<'a> {
    /// The forecast's currency.
    pub currency: Currency,
    /// The dated rates.
    pub rates: &'a RateTable,
    /// Which day's rate counts.
    pub basis: RateBasis,
    /// Where conversions round.
    pub rounding: Rounding,
    /// The day of the forecast.
    pub as_of: NaiveDate,
}

impl Valuation<'_> {
    /// How many units of a value one minor unit is.
    pub const fn scale(&self) -> i128 {
        match self.rounding {
            Rounding::EachDeal => 1,
            Rounding::Never => EXACT_SCALE,
        }
    }

    /// A deal's value in minor units of the forecast's currency, times [`scale`](Self::scale). `period` is the one that
    /// the deal closes in.
    ///
    /// # Errors
    /// Why the deal has no such value. It is never guessed.
    pub fn value(&self, line: &Line<'_>, period: Option<&Period>) -> Result<i128, Exclusion> {
        let amount = line.amount.ok_or(Exclusion::MissingAmount)?;
        let from = amount.currency();
        if from == self.currency {
            return i128::from(amount.minor_units()).checked_mul(self.scale()).ok_or(Exclusion::TooLarge);
        }
        let rate = match (self.basis, period) {
            (RateBasis::CloseDate, _) => self.rate(from, line.close_date)?,
            (RateBasis::CreatedOn, _) => self.rate(from, line.created_on)?,
            (RateBasis::AsOf, _) => self.rate(from, Some(self.as_of))?,
            (RateBasis::PeriodAverage, None) => return Err(Exclusion::NoDateForRate { basis: self.basis.code() }),
            (RateBasis::PeriodAverage, Some(period)) => {
                let average = self.rates.average(from, self.currency, period.start, period.end);
                average.map_err(|e| no_rate(e.problem()))?
            }
        };
        self.convert(amount, rate)
    }

    fn rate(&self, from: Currency, day: Option<NaiveDate>) -> Result<Rate, Exclusion> {
        let day = day.ok_or(Exclusion::NoDateForRate { basis: self.basis.code() })?;
        self.rates.rate(from, self.currency, day).map_err(|e| no_rate(e.problem()))
    }

    /// An amount at a rate, in the forecast's currency.
    ///
    /// # Errors
    /// [`Exclusion::TooLarge`], [`Exclusion::InexactRate`].
    pub fn convert(&self, amount: Money, rate: Rate) -> Result<i128, Exclusion> {
        let from = amount.currency();
        if self.rounding == Rounding::EachDeal {
            let minor = rate.convert(i128::from(amount.minor_units()), from, self.currency);
            return minor.map_err(|_| Exclusion::TooLarge);
        }
        let power = |digits: u32| 10i128.checked_pow(digits).ok_or(Exclusion::TooLarge);
        let (numerator, denominator) = rate.fraction();
        let down = denominator.checked_mul(power(from.minor_digits())?).ok_or(Exclusion::TooLarge)?;
        // What one minor unit becomes; a decimal rate always gives a whole number here.
        let up = numerator.checked_mul(power(self.currency.minor_digits())?).ok_or(Exclusion::TooLarge)?;
        let up = up.checked_mul(EXACT_SCALE).ok_or(Exclusion::TooLarge)?;
        let inexact = || Exclusion::InexactRate { from: from.code().into(), to: self.currency.code().into() };
        if up.checked_rem(down) != Some(0) {
            return Err(inexact());
        }
        let each = up.checked_div(down).ok_or_else(inexact)?;
        i128::from(amount.minor_units()).checked_mul(each).ok_or(Exclusion::TooLarge)
    }
}

fn no_rate(problem: &Problem) -> Exclusion {
    match problem {
        Problem::NoRate { from, to, date } => {
            Exclusion::NoRate { from: from.clone(), to: to.clone(), date: date.clone() }
        }
        _ => Exclusion::TooLarge,
    }
}
