//! Exchange rates at the door: one amount in another currency, at the rate in force on a day.
//!
//! # Meaning
//! A rate holds from its day until the next one of the same pair. Where only the other direction was given, the amount
//! is divided by that; nothing ever goes over a third currency. No rate on or before the day gives no amount, never
//! another day's: [`eval_json`] answers `"amount": null` with the reason `no_rate`.
//!
//! # Formula
//! `amount * rate` (or `amount / rate`), exact, rounded once at the minor unit of the target currency, half away from
//! zero.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(r#"{
//!     "amount": "1420.00", "currency": "AUD", "to": "USD", "date": "2026-02-01", "lang": "en",
//!     "rates": [{"from": "USD", "to": "AUD", "valid_from": "2026-01-01", "rate": "1.39"},
//!               {"from": "USD", "to": "AUD", "valid_from": "2026-02-01", "rate": "1.42"}]
//! }"#.as_bytes())?;
//! let converted = Rules::default().eval("convert", &input)?;
//! assert_eq!(converted["amount"], "1000.00");
//! assert_eq!(
//!     converted["reasons"][0]["text"],
//!     "divided by the rate of the other direction: 1 USD = 1.42 AUD, from 2026-02-01 on"
//! );
//! # Ok::<(), crm_core::Error>(())
//! ```

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::check;
use super::read::{Object, list, text};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::forecast_reason::Total;
use crate::kernel::money::{Currency, Money};
use crate::kernel::rate::{Quote, Rate, RateTable};
use crate::kernel::reason::Reason;
use crate::kernel::waterfall_reason::WaterfallReason;
use crate::rules::read::date;

/// Most rates of one input.
const MOST_RATES: usize = 100_000;

/// A currency by its code.
pub(crate) fn currency_of(json: &Json) -> Result<Currency> {
    text(json)?.parse()
}

/// Dated rates: `[{"from", "to", "valid_from", "rate"}]`.
///
/// # Errors
/// An unknown currency, a pair of one currency, a rate that is none, a pair and day twice; with the path.
pub(crate) fn rates_of(json: &Json) -> Result<RateTable> {
    let one = |item: &Json| {
        let o = Object::new(item, &["from", "to", "valid_from", "rate"])?;
        let currency = |key| currency_of(o.required(key)?).map_err(|e| e.at(key));
        let (from, to) = (currency("from")?, currency("to")?);
        if from == to {
            return Err(Error::from(RulesProblem::DuplicateId { id: to.code().into() }).at("to"));
        }
        let valid_from = date(o.required("valid_from")?).map_err(|e| e.at("valid_from"))?;
        let rate = Rate::parse(&o.text("rate")?).map_err(|e| e.at("rate"))?;
        Ok((from, to, valid_from, rate))
    };
    let given = list(json, one)?;
    check::most("rates", given.len(), MOST_RATES)?;
    let mut table = RateTable::default();
    for (i, (from, to, valid_from, rate)) in given.into_iter().enumerate() {
        if table.insert(from, to, valid_from, rate).is_some() {
            let id = format!("{} {} {valid_from}", from.code(), to.code());
            return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i));
        }
    }
    Ok(table)
}

/// An amount in another currency, with the reason for the rate; without an amount where there is none.
///
/// `date` is the day whose rate counts; a deal without one can still be in the target currency already.
pub(crate) fn converted(
    rates: &RateTable,
    amount: Money,
    to: Currency,
    date: Option<NaiveDate>,
) -> std::result::Result<(i128, WaterfallReason), WaterfallReason> {
    let from = amount.currency();
    if from == to {
        return Ok((i128::from(amount.minor_units()), WaterfallReason::SameCurrency { currency: to }));
    }
    let date = date.ok_or(WaterfallReason::NoCloseDate)?;
    let missing = WaterfallReason::NoRate { from, to, date };
    let quote = rates.in_force(from, to, date).ok().flatten().ok_or(missing)?;
    let minor = quote.factor().convert(i128::from(amount.minor_units()), from, to);
    minor.map(|minor| (minor, reason(quote))).map_err(|_| WaterfallReason::TooLarge)
}

fn reason(quote: Quote) -> WaterfallReason {
    let (rate, Quote { from, to, valid_from, inverse, .. }) = (quote.text(), quote);
    match inverse {
        false => WaterfallReason::RateUsed { from, to, valid_from, rate },
        true => WaterfallReason::RateInverted { from, to, valid_from, rate },
    }
}

/// Converts one amount: `{"amount": "12.50", "currency": "EUR", "to": "USD", "date": "2026-02-01", "rates": [{"from",
/// "to", "valid_from", "rate"}], "lang"}`.
///
/// Gives `amount` (null where there is no rate), `currency`, and `reasons`, which tell the rate or why there is none.
///
/// # Errors
/// An unknown key, an unknown currency, an amount, a date or a rate that is none; with the path.
pub fn eval_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["amount", "currency", "to", "date", "rates", "lang"])?;
    let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
    let amount = Money::parse(&o.text("amount")?, currency).map_err(|e| e.at("amount"))?;
    let to = currency_of(o.required("to")?).map_err(|e| e.at("to"))?;
    let day = date(o.required("date")?).map_err(|e| e.at("date"))?;
    let rates = o.optional("rates", rates_of)?.unwrap_or_default();
    let lang = o.lang()?;
    let (amount, reason) = match converted(&rates, amount, to, Some(day)) {
        Ok((minor_units, reason)) => (Json::from(Total { minor_units, currency: to }.amount_text()), reason),
        Err(WaterfallReason::TooLarge) => return Err(Error::from(Problem::AmountTooLarge).at("amount")),
        Err(reason) => (Json::Null, reason),
    };
    let reasons = [Json::Object(Reason::Waterfall(reason).to_json(lang))];
    Ok(serde_json::json!({"amount": amount, "currency": to.code(), "reasons": reasons}))
}
