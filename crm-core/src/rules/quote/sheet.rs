//! What the lines of a quote come to before its document discount, once for every discount that is tried.

use std::cmp::Reverse;

use super::discount::Discount;
use super::line::Recurring;
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::{Currency, Money};
use crate::kernel::number::{self, Number};
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::{PriceMode, VatRounding};

/// 100 % as a percentage in millionths.
pub(super) const HUNDRED: i128 = 100_000_000;
/// Decimal places of a quantity times a price.
const RAW_PLACES: u32 = 12;

/// What is said of a quote as a whole, as far as its totals depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether prices are with or without VAT.
    pub price_mode: PriceMode,
    /// Where VAT is rounded.
    pub rounding: VatRounding,
    /// What is taken off the whole.
    pub discount: Option<Discount>,
}

/// A line before it is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its place among all lines.
    pub index: usize,
    /// How much of it; less than zero on a credit.
    pub quantity: Number,
    /// What one of it costs, in major units.
    pub unit_price: Number,
    /// What is taken off the line.
    pub discount: Option<Discount>,
    /// The number of its set of taxes.
    pub taxes: usize,
    /// Whether it may be added, and counts in no total.
    pub is_optional: bool,
}

/// A line that has a price.
#[derive(Clone, Copy)]
pub(super) struct Priced {
    /// Its place among all lines.
    pub(super) index: usize,
    /// The number of its set of taxes.
    pub(super) taxes: usize,
    pub(super) recurring: Option<Recurring>,
    /// Quantity times price, rounded to the minor unit.
    pub(super) list: i64,
    /// The same less the line's discount.
    pub(super) amount: i64,
}

/// The priced lines of a quote.
pub(super) struct Sheet {
    pub(super) whole: Whole,
    /// What counts.
    pub(super) counted: Vec<Priced>,
    /// What may be added.
    pub(super) optional: Vec<Priced>,
    /// What the counted lines come to.
    pub(super) sum: i64,
    /// The same at list price, and after the lines' discounts.
    list: i128,
    exact: i128,
    /// A minor unit, in units of a quantity times a price.
    unit: i128,
    /// The first amount that is too large.
    bound: u64,
}

impl Sheet {
    pub(super) fn open(whole: Whole) -> Self {
        let mut sheet =
            Self { whole, counted: Vec::new(), optional: Vec::new(), sum: 0, list: 0, exact: 0, unit: 1, bound: 0 };
        sheet.scale();
        sheet
    }

    /// Opens it for the next quote, in the same memory.
    pub(super) fn open_again(&mut self, whole: &Whole) {
        let is_other = self.whole.currency != whole.currency;
        self.whole = *whole;
        if is_other {
            self.scale();
        }
        self.counted.clear();
        self.optional.clear();
        (self.sum, self.list, self.exact) = (0, 0, 0);
    }

    fn scale(&mut self) {
        let places = RAW_PLACES.saturating_sub(self.whole.currency.minor_digits());
        self.unit = 10i128.checked_pow(places).unwrap_or(1);
        self.bound = u64::try_from(Money::bound(self.whole.currency)).unwrap_or(u64::MAX);
    }

    /// Prices a line.
    ///
    /// # Errors
    /// A discount above what it is taken off, and an amount beyond what money has, with the line's place.
    #[inline]
    pub(super) fn price(&mut self, line: &Offered, recurring: Option<Recurring>) -> Result<()> {
        let (list, amount) = self.priced(line).map_err(|e| e.at_index(line.index).at("lines"))?;
        let priced = Priced { index: line.index, taxes: line.taxes, recurring, list, amount };
        if line.is_optional {
            self.optional.push(priced);
        } else {
            self.list = self.list.saturating_add(i128::from(list));
            self.exact = self.exact.saturating_add(i128::from(amount));
            self.counted.push(priced);
        }
        Ok(())
    }

    #[inline]
    fn priced(&self, line: &Offered) -> Result<(i64, i64)> {
        // Below 10^36: two numbers of at most 18 digits.
        let raw = i128::from(line.quantity.millionths()).saturating_mul(i128::from(line.unit_price.millionths()));
        // Half away from zero, so that a credit mirrors what it credits.
        let list = self.amount(rounded(raw, self.unit))?;
        let amount = match line.discount {
            None => list,
            // The discount is taken before rounding: 16 x 348.35 less 4 % is 5350.656.
            Some(Discount::Percent(percent)) => {
                let left = HUNDRED.saturating_sub(i128::from(percent.millionths()));
                // Mostly there is nothing to round before it, and the numbers stay small.
                if i128::from(list).saturating_mul(self.unit) == raw {
                    return Ok((list, self.amount(rounded(i128::from(list).saturating_mul(left), HUNDRED))?));
                }
                self.amount(rounded(raw.saturating_mul(left), self.unit.saturating_mul(HUNDRED)))?
            }
            Some(Discount::Amount(taken)) if taken.unsigned_abs() > list.unsigned_abs() => {
                return Err(above_total(taken, list, self.whole.currency).at("amount").at("discount"));
            }
            Some(Discount::Amount(taken)) => list.saturating_sub(taken.saturating_mul(list.signum())),
        };
        Ok((list, amount))
    }

    /// Ends the list of lines.
    ///
    /// # Errors
    /// A sum beyond what money has.
    pub(super) fn end(&mut self) -> Result<()> {
        self.sum = self.amount(self.exact)?;
        Ok(())
    }

    /// Puts the counted lines in one order wherever they stand: those of the same taxes together, highest rate first; then
    /// by period and amount. Lines that are equal in all of these can change places without a total changing.
    ///
    /// Only where something is divided between lines does it matter who comes first.
    pub(super) fn sort(&mut self) {
        // A credit is sorted as what it credits.
        let sign = if self.sum < 0 { -1 } else { 1 };
        let periods = |line: &Priced| line.recurring.map_or((0, 0), |r| (r.every_months, r.term_months.unwrap_or(0)));
        self.counted.sort_unstable_by_key(|line| {
            (line.taxes, periods(line), Reverse(line.amount.saturating_mul(sign)), line.index)
        });
    }

    /// What the quote's discount takes off the whole, zero or more; it makes a credit smaller, too.
    pub(super) fn discount(&self) -> Result<i64> {
        let size = self.sum.unsigned_abs();
        match self.whole.discount {
            None => Ok(0),
            Some(Discount::Percent(percent)) => {
                let product = i128::from(size).saturating_mul(i128::from(percent.millionths()));
                self.amount(rounded(product, HUNDRED))
            }
            Some(Discount::Amount(taken)) if taken.unsigned_abs() <= size => Ok(taken),
            Some(Discount::Amount(taken)) => {
                Err(above_total(taken, self.sum, self.whole.currency).at("amount").at("discount"))
            }
        }
    }

    /// What the counted lines come to at list price, and what their discounts take off that.
    pub(super) fn list_sums(&self) -> Result<(i64, i64)> {
        Ok((self.amount(self.list)?, self.amount(self.list.saturating_sub(self.exact))?))
    }

    /// An amount of the size that money has.
    #[inline]
    pub(super) fn amount(&self, minor: i128) -> Result<i64> {
        match i64::try_from(minor) {
            Ok(known) if known.unsigned_abs() < self.bound => Ok(known),
            _ => Err(Problem::AmountTooLarge.into()),
        }
    }
}

/// An amount of the size that money of a currency has.
pub(super) fn amount(minor: i128, currency: Currency) -> Result<i64> {
    let checked = i64::try_from(minor).ok().and_then(|minor| Money::new(minor, currency).ok());
    checked.map(Money::minor_units).ok_or_else(|| Problem::AmountTooLarge.into())
}

fn above_total(taken: i64, total: i64, currency: Currency) -> Error {
    let plain = |minor: i64| number::plain(i128::from(minor), currency.minor_digits());
    QuoteProblem::DiscountAboveTotal { discount: plain(taken), total: plain(total) }.into()
}
