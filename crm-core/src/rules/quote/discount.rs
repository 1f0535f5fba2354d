//! What is taken off a line or a quote.

use serde_json::Value as Json;

use super::written::{self, minor_units, out_of_range, percentage};
use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::money::Currency;
use crate::kernel::number::{self, Number};
use crate::rules::read::Object;

/// What is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// Percent, from 0 to 100.
    Percent(Number),
    /// Minor units, zero or more. It makes a credit smaller, too.
    Amount(i64),
}

impl Discount {
    /// So many percent.
    ///
    /// # Errors
    /// What is not from 0 to 100.
    pub fn percent(percent: Number) -> Result<Self> {
        written::percent(percent).map(Discount::Percent)
    }

    /// So many minor units.
    ///
    /// # Errors
    /// Less than none.
    pub fn amount(minor: i64, currency: Currency) -> Result<Self> {
        match minor {
            0.. => Ok(Discount::Amount(minor)),
            _ => Err(out_of_range(&number::plain(i128::from(minor), currency.minor_digits()), "0", "10^15")),
        }
    }

    pub(super) fn from_json(json: &Json, currency: Currency) -> Result<Self> {
        let o = Object::new(json, &["percent", "percent_bp", "amount"])?;
        let given = ["percent", "percent_bp", "amount"].into_iter().filter(|key| o.get(key).is_some());
        if given.count() > 1 {
            return Err(RulesProblem::Exclusive { first: "percent", second: "amount" }.into());
        }
        if let Some(amount) = o.get("amount") {
            let amount = minor_units(amount, currency).and_then(|minor| Discount::amount(minor, currency));
            return amount.map_err(|e| e.at("amount"));
        }
        match percentage(&o, "percent", "percent_bp")? {
            Some(percent) => Ok(Discount::Percent(percent)),
            None => Err(Problem::MissingOneOf { names: &["percent", "amount"] }.into()),
        }
    }

    pub(super) fn to_json(self, currency: Currency) -> Json {
        match self {
            Discount::Percent(percent) => serde_json::json!({"percent": percent.to_string()}),
            Discount::Amount(minor) => {
                serde_json::json!({"amount": number::plain(i128::from(minor), currency.minor_digits())})
            }
        }
    }
}
