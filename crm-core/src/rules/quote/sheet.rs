//! What the lines of a quote come to before its document discount, once for every discount that is tried.

use std::cmp::Ordering;

use super::terms::{Discount, LineContent, Pricing, QuoteTerms, Recurring, Tax};
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::{Currency, Money};
use crate::kernel::number;
use crate::kernel::quote_problem::QuoteProblem;

/// 100 % as a percentage in millionths.
pub(super) const HUNDRED: i128 = 100_000_000;
/// Decimal places of a quantity times a price.
const RAW_PLACES: u32 = 12;

/// A line that has a price.
#[derive(Clone, Copy)]
pub(super) struct Priced<'a> {
    /// Its place among all lines.
    pub(super) index: usize,
    pub(super) pricing: &'a Pricing,
    /// Quantity times price, rounded to the minor unit.
    pub(super) list: i64,
    /// The same less the line's discount.
    pub(super) amount: i64,
}

/// The priced lines of a quote.
pub(super) struct Sheet<'a> {
    pub(super) terms: &'a QuoteTerms,
    /// What counts: the same taxes together, and in one order wherever the lines stand, so that no total depends on it.
    pub(super) counted: Vec<Priced<'a>>,
    /// What may be added.
    pub(super) optional: Vec<Priced<'a>>,
    /// What the counted lines come to.
    pub(super) sum: i64,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(terms: &'a QuoteTerms) -> Result<Self> {
        let mut counted = Vec::with_capacity(terms.lines.len());
        let mut optional = Vec::new();
        let mut sum = 0i128;
        for (index, line) in terms.lines.iter().enumerate() {
            let Some(pricing) = line.content.pricing() else { continue };
            let priced = priced(index, pricing, terms.currency).map_err(|e| e.at_index(index).at("lines"))?;
            if matches!(line.content, LineContent::Optional(_)) {
                optional.push(priced);
            } else {
                sum = sum.saturating_add(i128::from(priced.amount));
                counted.push(priced);
            }
        }
        // A credit is sorted as what it credits.
        let sign = if sum < 0 { -1 } else { 1 };
        counted.sort_by(|a, b| order(a, b, sign));
        Ok(Self { terms, counted, optional, sum: amount(sum, terms.currency)? })
    }

    /// What the terms' discount takes off the whole, zero or more; it makes a credit smaller, too.
    pub(super) fn discount(&self) -> Result<i64> {
        let size = self.sum.unsigned_abs();
        match self.terms.discount {
            None => Ok(0),
            Some(Discount::Percent(percent)) => {
                let product = i128::from(size).saturating_mul(i128::from(percent.millionths()));
                amount(rounded(product, HUNDRED), self.terms.currency)
            }
            Some(Discount::Amount(taken)) if taken.unsigned_abs() <= size => Ok(taken),
            Some(Discount::Amount(taken)) => {
                Err(above_total(taken, self.sum, self.terms.currency).at("amount").at("discount"))
            }
        }
    }
}

/// An amount of the size that money has.
pub(super) fn amount(minor: i128, currency: Currency) -> Result<i64> {
    let checked = i64::try_from(minor).ok().and_then(|minor| Money::new(minor, currency).ok());
    checked.map(Money::minor_units).ok_or_else(|| Problem::AmountTooLarge.into())
}

fn above_total(taken: i64, total: i64, currency: Currency) -> Error {
    let plain = |minor: i64| number::plain(i128::from(minor), currency.minor_digits());
    QuoteProblem::DiscountAboveTotal { discount: plain(taken), total: plain(total) }.into()
}

fn priced(index: usize, pricing: &Pricing, currency: Currency) -> Result<Priced<'_>> {
    // Below 10^36: two numbers of at most 18 digits.
    let raw = i128::from(pricing.quantity.millionths()).saturating_mul(i128::from(pricing.unit_price.millionths()));
    let places = RAW_PLACES.saturating_sub(currency.minor_digits());
    let unit = 10i128.checked_pow(places).unwrap_or(1);
    // Half away from zero, so that a credit mirrors what it credits.
    let list = amount(rounded(raw, unit), currency)?;
    let discounted = match pricing.discount {
        None => list,
        // The discount is taken before rounding: 16 x 348.35 less 4 % is 5350.656.
        Some(Discount::Percent(percent)) => {
            let left = HUNDRED.saturating_sub(i128::from(percent.millionths()));
            amount(rounded(raw.saturating_mul(left), unit.saturating_mul(HUNDRED)), currency)?
        }
        Some(Discount::Amount(taken)) if taken.unsigned_abs() > list.unsigned_abs() => {
            return Err(above_total(taken, list, currency).at("amount").at("discount"));
        }
        Some(Discount::Amount(taken)) => list.saturating_sub(taken.saturating_mul(list.signum())),
    };
    Ok(Priced { index, pricing, list, amount: discounted })
}

/// The same taxes together, highest rate first; then by period and amount. Lines that are equal in all of these can
/// change places without a total changing.
fn order(a: &Priced<'_>, b: &Priced<'_>, sign: i64) -> Ordering {
    let key = |line: &Priced<'_>| {
        (periods(line.pricing.recurring), std::cmp::Reverse(line.amount.saturating_mul(sign)), line.index)
    };
    stacks(&a.pricing.taxes, &b.pricing.taxes).then_with(|| key(a).cmp(&key(b)))
}

fn periods(recurring: Option<Recurring>) -> (i64, i64) {
    recurring.map_or((0, 0), |r| (r.every_months, r.term_months.unwrap_or(0)))
}

/// The order of two sets of taxes.
pub(super) fn stacks(a: &[Tax], b: &[Tax]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| *order != Ordering::Equal);
    pairs.unwrap_or_else(|| a.len().cmp(&b.len()))
}
