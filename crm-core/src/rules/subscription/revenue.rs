//! Monthly recurring revenue: exact, and rounded once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::customer::RenewalKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::{Currency, Money};
use crate::kernel::number::Number;
use crate::kernel::rational::Rational;
use crate::kernel::renewal_reason::RenewalReason;
use crate::rules::check;

/// The longest interval of a price: five years, so that sums over all intervals stay exact in 128 bits.
pub(crate) const MOST_INTERVAL_MONTHS: i64 = 60;
const MILLION: i128 = 1_000_000;

/// A product of a contract, from a day to a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is sold.
    pub product: String,
    /// How many.
    pub quantity: Number,
    /// What one costs in each interval.
    pub unit_price: Money,
    /// How long an interval is.
    pub interval_months: i64,
    /// The first day; `None` is the contract's.
    pub starts_on: Option<NaiveDate>,
    /// The last day; `None` is the contract's.
    pub ends_on: Option<NaiveDate>,
}

/// A contract that brings revenue again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its id.
    pub id: String,
    /// The customer.
    pub account: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// The last day that is covered for sure; `None` where it goes on until somebody ends it.
    pub covered_until: Option<NaiveDate>,
    /// From when to when nothing is charged, both days included; without a last day it goes on.
    pub pauses: Vec<(NaiveDate, Option<NaiveDate>)>,
    /// What it is of.
    pub items: Vec<Item>,
}

/// The last covered day of a contract: that of its cancellation, else none where it renews by itself or has no end,
/// else the end of the last term that was agreed.
pub fn covered_until(
    ends_on: Option<NaiveDate>,
    renewal: RenewalKind,
    renewed_until: Option<NaiveDate>,
    cancelled_on: Option<NaiveDate>,
) -> Option<NaiveDate> {
    cancelled_on.or(match renewal {
        RenewalKind::Auto => None,
        RenewalKind::Manual | RenewalKind::None => ends_on.max(renewed_until),
    })
}

/// Revenue a month of one currency, exact: whole minor units times a million, by how many months they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Monthly {
    parts: BTreeMap<i64, i128>,
}

impl Item {
    /// Refuses what cannot be a product of a contract.
    ///
    /// # Errors
    /// A negative quantity or price, an interval below 1 or above 60 months, an end before the start; with the path.
    pub fn check(&self) -> Result<()> {
        if self.quantity.millionths() < 0 {
            let (found, least, most) = (self.quantity.to_string(), "0".into(), "10^12".into());
            return Err(Error::from(Problem::OutOfRange { found, least, most }).at("quantity"));
        }
        if self.unit_price.minor_units() < 0 {
            let (found, least, most) = (self.unit_price.to_string(), "0".into(), "10^15".into());
            return Err(Error::from(Problem::OutOfRange { found, least, most }).at("unit_price"));
        }
        check::between(self.interval_months, 1, MOST_INTERVAL_MONTHS).map_err(|e| e.at("interval_months"))?;
        match (self.starts_on, self.ends_on) {
            (Some(from), Some(to)) if to < from => {
                let (from, to) = (from.to_string(), to.to_string());
                Err(Error::from(Problem::EndBeforeStart { from, to }).at("ends_on"))
            }
            _ => Ok(()),
        }
    }

    fn covers(&self, day: NaiveDate) -> bool {
        self.starts_on.is_none_or(|from| from <= day) && self.ends_on.is_none_or(|to| day <= to)
    }
}

impl Contract {
    /// Whether it is charged on a day.
    pub fn runs(&self, day: NaiveDate) -> bool {
        let paused = self.pauses.iter().any(|(from, to)| *from <= day && to.is_none_or(|to| day <= to));
        self.starts_on <= day && self.covered_until.is_none_or(|last| day <= last) && !paused
    }

    /// The products that are charged on a day.
    pub fn active(&self, day: NaiveDate) -> impl Iterator<Item = &Item> {
        let runs = self.runs(day);
        self.items.iter().filter(move |item| runs && item.covers(day))
    }

    /// Whether anything was ever charged before a day.
    pub fn charged_before(&self, day: NaiveDate) -> bool {
        let begins = |item: &Item| item.starts_on.unwrap_or(self.starts_on).max(self.starts_on);
        let counts = |item: &Item| {
            let first = begins(item);
            // A row that began while the contract was paused was charged once the pause was over.
            let after_pause = self.pauses.iter().fold(first, |first, (from, to)| match to {
                Some(to) if *from <= first && first <= *to => super::term::day_after(*to),
                None if *from <= first => NaiveDate::MAX,
                _ => first,
            });
            let last = item.ends_on.into_iter().chain(self.covered_until).min();
            after_pause < day && last.is_none_or(|last| after_pause <= last)
        };
        self.items
            .iter()
            .any(|item| counts(item) && item.unit_price.minor_units() != 0 && item.quantity.millionths() != 0)
    }

    /// Rows of one product that cover the same days.
    pub fn overlaps(&self) -> Vec<RenewalReason> {
        let mut found = Vec::new();
        let from = |item: &Item| item.starts_on.unwrap_or(self.starts_on);
        for (i, one) in self.items.iter().enumerate() {
            for other in self.items.iter().skip(i.saturating_add(1)).filter(|other| other.product == one.product) {
                let start = from(one).max(from(other));
                if one.covers(start) && other.covers(start) {
                    found.push(RenewalReason::ItemsOverlap { product: one.product.clone(), from: start });
                }
            }
        }
        found.sort_by_key(|reason| match reason {
            RenewalReason::ItemsOverlap { product, from } => (product.clone(), *from),
            _ => (String::new(), NaiveDate::MIN),
        });
        found.dedup();
        found
    }
}

impl Monthly {
    /// Adds a product.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`], and an interval out of range.
    pub fn add(&mut self, item: &Item) -> Result<()> {
        item.check()?;
        let part = i128::from(item.quantity.millionths())
            .checked_mul(i128::from(item.unit_price.minor_units()))
            .ok_or(Problem::AmountTooLarge)?;
        let sum = self.parts.entry(item.interval_months).or_default();
        *sum = sum.checked_add(part).ok_or(Problem::AmountTooLarge)?;
        Ok(())
    }

    /// What so many months come to, in minor units.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn exact(&self, months: i128) -> Result<Rational> {
        self.exact_of(months).ok_or_else(|| Problem::AmountTooLarge.into())
    }

    fn exact_of(&self, months: i128) -> Option<Rational> {
        // Denominators stay below the least common multiple of 1 to 60 times a million: 10^31.
        self.parts.iter().try_fold(Rational::ZERO, |sum, (interval, part)| {
            sum.plus(Rational::new(part.checked_mul(months)?, i128::from(*interval).checked_mul(MILLION)?)?)
        })
    }

    /// What so many months come to, rounded once, half away from zero, at the minor unit.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn rounded(&self, months: i128) -> Result<i128> {
        Ok(self.exact(months)?.rounded())
    }
}

/// Exact monthly revenue on a day, by a key and currency.
///
/// # Errors
/// As [`Monthly::add`].
pub fn monthly_by<'a, K: Ord>(
    contracts: impl IntoIterator<Item = &'a Contract>,
    day: NaiveDate,
    key: impl Fn(&'a Contract, &'a Item) -> K,
) -> Result<BTreeMap<(K, Currency), Monthly>> {
    let mut sums: BTreeMap<(K, Currency), Monthly> = BTreeMap::new();
    for contract in contracts {
        for item in contract.active(day) {
            sums.entry((key(contract, item), item.unit_price.currency())).or_default().add(item)?;
        }
    }
    Ok(sums)
}
