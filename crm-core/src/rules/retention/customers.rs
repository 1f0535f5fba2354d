//! Customers whose revenue of two days is known already, from billing or a spreadsheet.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::movement::{Day, Movement, Side, between};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::{Currency, Money};
use crate::rules::check;
use crate::rules::read::{Object, list, money};

/// Most customers of one question.
const MOST_CUSTOMERS: usize = 100_000;

/// What a customer paid a month on the first and on the last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRevenue {
    /// The customer.
    pub account: String,
    /// On the first day; `None` is nothing.
    pub start: Option<Money>,
    /// On the last day; `None` is nothing.
    pub end: Option<Money>,
    /// Whether the customer paid anything before the first day: who comes back then is not new.
    pub paid_before: bool,
}

/// How recurring revenue changed from one day to another. Several rows of a customer are added up.
///
/// # Errors
/// A last day before the first, and [`Problem::AmountTooLarge`].
pub fn movement_of(customers: &[CustomerRevenue], from: Day<'_>, to: Day<'_>, currency: Currency) -> Result<Movement> {
    between(from, to, currency, |left_out| {
        let (mut start, mut end) = (Side::default(), Side::default());
        for customer in customers.iter().filter(|customer| !left_out.contains_key(&customer.account)) {
            let key = |currency| (customer.account.clone(), currency);
            for (side, paid) in [(&mut start, customer.start), (&mut end, customer.end)] {
                if let Some(paid) = paid.filter(|paid| paid.minor_units() != 0) {
                    add(&mut side.active, key(paid.currency()), paid.minor_units())?;
                }
            }
            let first = customer.start.or(customer.end).map_or(currency, Money::currency);
            if customer.paid_before {
                start.known.insert(key(first));
            }
            if customer.paid_before || customer.start.is_some_and(|paid| paid.minor_units() != 0) {
                end.known.insert(key(first));
            }
        }
        Ok((start, end))
    })
}

fn add(sums: &mut BTreeMap<(String, Currency), i64>, key: (String, Currency), minor: i64) -> Result<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum.checked_add(minor).ok_or(Problem::AmountTooLarge)?;
    Ok(())
}

/// `[{"account": "a", "start": "100.00", "end": "120.00", "paid_before": false}]`: amounts are decimals in `currency`, or
/// have their own as `{"amount", "currency"}`.
pub(super) fn customers_of(json: &Json, currency: Currency) -> Result<Vec<CustomerRevenue>> {
    let customers = list(json, |json| {
        let o = Object::new(json, &["account", "start", "end", "paid_before"])?;
        let paid = |json: &Json| paid(json, currency);
        Ok(CustomerRevenue {
            account: o.text("account")?,
            start: o.optional("start", paid)?,
            end: o.optional("end", paid)?,
            paid_before: o.flag("paid_before", false)?,
        })
    })?;
    check::most("records", customers.len(), MOST_CUSTOMERS)?;
    Ok(customers)
}

fn paid(json: &Json, currency: Currency) -> Result<Money> {
    let paid = match json {
        Json::String(text) => Money::parse(text, currency)?,
        Json::Number(number) if number.is_i64() => Money::parse(&number.to_string(), currency)?,
        json => money(json)?,
    };
    if paid.minor_units() < 0 {
        let (found, least, most) = (paid.to_string(), "0".into(), "10^15".into());
        return Err(Error::from(Problem::OutOfRange { found, least, most }));
    }
    Ok(paid)
}
