//! Numbers, percentages and amounts as quotes write them.

use serde_json::Value as Json;

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::kernel::number::Number;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::value::Value;
use crate::rules::check;
use crate::rules::read::{Object, integer, text, wrong};

/// 100 % as a percentage in millionths.
const HUNDRED: i64 = 100_000_000;

pub(super) fn out_of_range(found: &str, least: &str, most: &str) -> Error {
    Problem::OutOfRange { found: found.into(), least: least.into(), most: most.into() }.into()
}

/// A decimal with up to six places, as text or as a whole number.
pub(super) fn decimal(json: &Json) -> Result<Number> {
    match Value::from_json(FieldType::Number, json)? {
        Value::Number(number) => Ok(number),
        _ => Err(wrong(FieldType::Number, json)),
    }
}

pub(super) fn percent(percent: Number) -> Result<Number> {
    match percent.millionths() {
        0..=HUNDRED => Ok(percent),
        _ => Err(out_of_range(&percent.to_string(), "0", "100")),
    }
}

/// A percentage from 0 to 100, exact or in basis points.
pub(super) fn percentage(o: &Object<'_>, exact: &'static str, bp: &'static str) -> Result<Option<Number>> {
    let in_bp = |v: &Json| {
        let bp = integer(v)?;
        check::between(bp, 0, 10_000)?;
        Number::from_scaled(i128::from(bp), 2).ok_or_else(|| out_of_range(&bp.to_string(), "0", "10000"))
    };
    match (o.optional(exact, |v| self::percent(decimal(v)?))?, o.optional(bp, in_bp)?) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: exact, second: bp }.into()),
        (exact, bp) => Ok(exact.or(bp)),
    }
}

/// The amount of `{"amount", "currency"}`, if the currency is the quote's; else the value itself.
fn amount_of(json: &Json, currency: Currency) -> Result<&Json> {
    if !json.is_object() {
        return Ok(json);
    }
    let o = Object::new(json, &["amount", "currency"])?;
    let found: Currency = text(o.required("currency")?).and_then(|code| code.parse()).map_err(|e| e.at("currency"))?;
    if found != currency {
        let (found, expected) = (found.code().into(), currency.code().into());
        return Err(Error::from(QuoteProblem::OtherCurrency { found, expected }).at("currency"));
    }
    o.required("amount")
}

/// A price for one, which may have more places than the currency.
pub(super) fn price(json: &Json, currency: Currency) -> Result<Number> {
    let nested = |e: Error| if json.is_object() { e.at("amount") } else { e };
    decimal(amount_of(json, currency)?).map_err(nested)
}

/// An amount in minor units: decimal text, a whole number, or an amount with the quote's currency.
pub(super) fn minor_units(json: &Json, currency: Currency) -> Result<i64> {
    let amount = amount_of(json, currency)?;
    let written = match amount {
        Json::Number(n) if n.is_i64() => n.to_string(),
        Json::String(written) => written.clone(),
        other => return Err(Problem::NotAnAmount { found: json::shown(other) }.into()),
    };
    let nested = |e: Error| if json.is_object() { e.at("amount") } else { e };
    Money::parse(&written, currency).map(Money::minor_units).map_err(nested)
}
