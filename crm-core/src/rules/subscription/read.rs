//! Contracts as JSON.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::revenue::{Contract, Item, covered_until};
use super::term::Terms;
use crate::kernel::customer::RenewalKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::number::Number;
use crate::kernel::value::Value;
use crate::rules::check;
use crate::rules::read::{Object, coded, date, list, money, text, wrong};

/// Most contracts of one question.
const MOST_CONTRACTS: usize = 100_000;
/// Most products, or pauses, of one contract.
const MOST_ITEMS: usize = 1_000;

const KEYS: &[&str] = &[
    "id",
    "account",
    "starts_on",
    "ends_on",
    "term_months",
    "renewal",
    "renewed_until",
    "cancelled_on",
    "pauses",
    "currency",
    "items",
];

/// Contracts: `[{"id", "account", "starts_on", "ends_on", "term_months", "renewal", "renewed_until", "cancelled_on",
/// "pauses": [{"from", "to"}], "currency", "items": [{"product", "quantity", "unit_price", "interval_months",
/// "starts_on", "ends_on"}]}]`. Without an end and a term a contract goes on.
pub(crate) fn contracts(json: &Json) -> Result<Vec<Contract>> {
    let contracts = list(json, contract)?;
    check::most("records", contracts.len(), MOST_CONTRACTS)?;
    Ok(contracts)
}

fn contract(json: &Json) -> Result<Contract> {
    let o = Object::new(json, KEYS)?;
    let starts_on = date(o.required("starts_on")?).map_err(|e| e.at("starts_on"))?;
    let ends_on = o.optional("ends_on", date)?;
    let terms = Terms::new(starts_on, ends_on, o.optional_integer("term_months")?)?;
    let renewal = o.optional("renewal", renewal_of)?.unwrap_or(RenewalKind::Auto);
    let first_end = match terms {
        Some(terms) => terms.term(1)?.map(|term| term.end),
        None => None,
    };
    // Without the length of a term nothing renews by itself: it ends at its end.
    let renewal = if o.get("term_months").is_none() && first_end.is_some() { RenewalKind::None } else { renewal };
    let covered =
        covered_until(first_end, renewal, o.optional("renewed_until", date)?, o.optional("cancelled_on", date)?);
    let currency = o.optional("currency", text)?;
    let items = o.list("items", |json| item(json, currency.as_deref()))?;
    check::most("values", items.len(), MOST_ITEMS).map_err(|e| e.at("items"))?;
    let pauses = o.list("pauses", pause)?;
    check::most("values", pauses.len(), MOST_ITEMS).map_err(|e| e.at("pauses"))?;
    let id = o.optional("id", text)?.unwrap_or_default();
    let account = o.optional("account", text)?.unwrap_or_else(|| id.clone());
    Ok(Contract { id, account, starts_on, covered_until: covered, pauses, items })
}

pub(super) fn renewal_of(json: &Json) -> Result<RenewalKind> {
    coded(json, RenewalKind::from_code, RenewalKind::CODES)
}

fn pause(json: &Json) -> Result<(NaiveDate, Option<NaiveDate>)> {
    let o = Object::new(json, &["from", "to"])?;
    let from = date(o.required("from")?).map_err(|e| e.at("from"))?;
    let to = o.optional("to", date)?;
    match to {
        Some(to) if to < from => {
            let (from, to) = (from.to_string(), to.to_string());
            Err(Error::from(Problem::EndBeforeStart { from, to }).at("to"))
        }
        to => Ok((from, to)),
    }
}

fn item(json: &Json, currency: Option<&str>) -> Result<Item> {
    let o = Object::new(json, &["product", "quantity", "unit_price", "interval_months", "starts_on", "ends_on"])?;
    let unit_price = money(o.required("unit_price")?).map_err(|e| e.at("unit_price"))?;
    let found = unit_price.currency().code();
    if let Some(expected) = currency.filter(|expected| *expected != found) {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        return Err(Error::from(Problem::OtherCurrency { expected, found }).at("unit_price"));
    }
    let item = Item {
        product: o.optional("product", text)?.unwrap_or_default(),
        quantity: o.optional("quantity", number)?.map_or_else(|| Number::from_integer(1), Ok)?,
        unit_price,
        interval_months: o.optional_integer("interval_months")?.unwrap_or(1),
        starts_on: o.optional("starts_on", date)?,
        ends_on: o.optional("ends_on", date)?,
    };
    item.check()?;
    Ok(item)
}

/// A decimal, as text or as a whole number.
pub(crate) fn number(json: &Json) -> Result<Number> {
    match Value::from_json(FieldType::Number, json)? {
        Value::Number(number) => Ok(number),
        _ => Err(wrong(FieldType::Number, json)),
    }
}
