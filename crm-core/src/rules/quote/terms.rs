//! The terms of a quote: lines, discounts, taxes, parties, as strict JSON.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::parties::{Customer, Legal, Seller};
use super::wording::{Wording, line};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::kernel::number::{self, Number};
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::{LineKind, PriceMode, VatCategory, VatRounding};
use crate::kernel::value::Value;
use crate::rules::check;
use crate::rules::read::{Object, coded, integer, list, text, wrong};

/// Most lines of a quote.
pub const MOST_LINES: usize = 1_000;
/// Most taxes of one line.
pub(super) const MOST_TAXES: usize = 10;
/// Most months of a period or a term: a hundred years.
const MOST_MONTHS: i64 = 1_200;
/// 100 % as a percentage in millionths.
const HUNDRED: i64 = 100_000_000;

/// What a quote offers, in the form that its totals, its hash and its comparison rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteTerms {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether prices are with or without VAT.
    pub price_mode: PriceMode,
    /// Where VAT is rounded.
    pub rounding: VatRounding,
    /// What is offered, in the order in which it is read.
    pub lines: Vec<QuoteLine>,
    /// What is taken off the whole.
    pub discount: Option<Discount>,
    /// The smallest amount that can be paid, in minor units: what is paid is a multiple of it (EN 16931, BT-114). `None`
    /// rounds nothing.
    pub payable_step: Option<i64>,
    /// Who sells.
    pub seller: Seller,
    /// Who buys.
    pub customer: Customer,
    /// What else it says.
    pub legal: Legal,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// What tells it from others when two versions are compared; the host's.
    pub id: Option<String>,
    /// What it says.
    pub description: Option<Wording>,
    /// What it is.
    pub content: LineContent,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineContent {
    /// A heading.
    Section,
    /// Words without a price.
    Text,
    /// Something that is sold.
    Item(Pricing),
    /// Something that may be added; it counts in no total.
    Optional(Pricing),
}

/// What something costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// How much of it; less than zero on a credit.
    pub quantity: Number,
    /// What it is counted in.
    pub unit: Option<String>,
    /// What one of it costs, in major units.
    pub unit_price: Number,
    /// What is taken off the line.
    pub discount: Option<Discount>,
    /// What it bears, each on the same base; at least one.
    pub taxes: Vec<Tax>,
    /// How often it is paid; `None` once.
    pub recurring: Option<Recurring>,
}

/// What is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// Percent, from 0 to 100.
    Percent(Number),
    /// Minor units, zero or more. It makes a credit smaller, too.
    Amount(i64),
}

/// One tax of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    /// Its category.
    pub category: VatCategory,
    /// Percent.
    pub rate: Number,
    /// What it is called, where one line bears several.
    pub name: Option<String>,
    /// Why nothing is owed: a code of the list VATEX.
    pub exemption_code: Option<String>,
}

/// How often something is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recurring {
    /// Months of one period.
    pub every_months: i64,
    /// Months for which it is agreed, a whole number of periods; `None` without an end.
    pub term_months: Option<i64>,
}

impl LineContent {
    /// What it costs, unless it is words only.
    pub const fn pricing(&self) -> Option<&Pricing> {
        match self {
            LineContent::Item(pricing) | LineContent::Optional(pricing) => Some(pricing),
            LineContent::Section | LineContent::Text => None,
        }
    }

    /// What kind of line it is.
    pub const fn kind(&self) -> LineKind {
        match self {
            LineContent::Section => LineKind::Section,
            LineContent::Text => LineKind::Text,
            LineContent::Item(_) => LineKind::Item,
            LineContent::Optional(_) => LineKind::Optional,
        }
    }
}

impl QuoteTerms {
    /// Reads terms; see the [module](super) for their form.
    ///
    /// # Errors
    /// What is wrong, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(
            json,
            &["currency", "price_mode", "rounding", "lines", "discount", "payable_step", "seller", "customer", "legal"],
        )?;
        let currency: Currency =
            text(o.required("currency")?).and_then(|code| code.parse()).map_err(|e| e.at("currency"))?;
        let price_mode = o.optional("price_mode", |v| coded(v, PriceMode::from_code, PriceMode::CODES))?;
        let rounding = o.optional("rounding", |v| coded(v, VatRounding::from_code, VatRounding::CODES))?;
        let lines = o.required("lines")?;
        check::most("lines", lines.as_array().map_or(0, Vec::len), MOST_LINES).map_err(|e| e.at("lines"))?;
        let payable_step = o.optional("payable_step", |v| {
            let step = minor_units(v, currency)?;
            let whole = 10i64.checked_pow(currency.minor_digits()).unwrap_or(1).saturating_mul(1_000);
            check::between(step, 1, whole).map(|()| step)
        })?;
        Ok(Self {
            currency,
            price_mode: price_mode.unwrap_or(PriceMode::Net),
            rounding: rounding.unwrap_or(VatRounding::PerRate),
            lines: list(lines, |line| QuoteLine::from_json(line, currency)).map_err(|e| e.at("lines"))?,
            discount: o.optional("discount", |v| Discount::from_json(v, currency))?,
            payable_step,
            seller: o.optional("seller", Seller::from_json)?.unwrap_or_default(),
            customer: o.optional("customer", Customer::from_json)?.unwrap_or_default(),
            legal: o.optional("legal", Legal::from_json)?.unwrap_or_default(),
        })
    }

    /// The terms as JSON; [`QuoteTerms::from_json`] reads them back. Equal terms give equal bytes.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("currency".into(), self.currency.code().into());
        map.insert("price_mode".into(), self.price_mode.code().into());
        map.insert("rounding".into(), self.rounding.code().into());
        map.insert("lines".into(), self.lines.iter().map(|line| line.to_json(self.currency)).collect());
        let plain = |minor: i64| number::plain(i128::from(minor), self.currency.minor_digits());
        let others = [
            ("discount", self.discount.map(|discount| discount.to_json(self.currency))),
            ("payable_step", self.payable_step.map(|step| plain(step).into())),
            ("seller", self.seller.to_json()),
            ("customer", self.customer.to_json()),
            ("legal", self.legal.to_json()),
        ];
        map.extend(others.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        Json::Object(map)
    }
}

impl QuoteLine {
    fn from_json(json: &Json, currency: Currency) -> Result<Self> {
        const WORDS: &[&str] = &["kind", "id", "description"];
        const PRICED: &[&str] =
            &["kind", "id", "description", "quantity", "unit", "unit_price", "discount", "vat", "taxes", "recurring"];
        let o = Object::new(json, PRICED)?;
        let kind = o.optional("kind", |v| coded(v, LineKind::from_code, LineKind::CODES))?.unwrap_or(LineKind::Item);
        let content = match kind {
            LineKind::Section => LineContent::Section,
            LineKind::Text => LineContent::Text,
            LineKind::Item => LineContent::Item(Pricing::from_json(&o, currency)?),
            LineKind::Optional => LineContent::Optional(Pricing::from_json(&o, currency)?),
        };
        if content.pricing().is_none() {
            Object::new(json, WORDS)?;
            o.required("description")?;
        }
        Ok(Self { id: o.optional("id", line)?, description: o.optional("description", Wording::from_json)?, content })
    }

    pub(super) fn to_json(&self, currency: Currency) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Option<Json>| value.map(|value| map.insert(key.to_owned(), value));
        put("kind", Some(self.content.kind().code().into()));
        put("id", self.id.as_deref().map(Json::from));
        put("description", self.description.as_ref().map(Wording::to_json));
        if let Some(pricing) = self.content.pricing() {
            put("quantity", Some(pricing.quantity.to_string().into()));
            put("unit", pricing.unit.as_deref().map(Json::from));
            put("unit_price", Some(pricing.unit_price.to_string().into()));
            put("discount", pricing.discount.map(|discount| discount.to_json(currency)));
            put("taxes", Some(pricing.taxes.iter().map(Tax::to_json).collect()));
            put("recurring", pricing.recurring.map(Recurring::to_json));
        }
        Json::Object(map)
    }
}

impl Pricing {
    fn from_json(o: &Object<'_>, currency: Currency) -> Result<Self> {
        let taxes = match (o.get("vat"), o.get("taxes")) {
            (Some(_), Some(_)) => return Err(RulesProblem::Exclusive { first: "vat", second: "taxes" }.into()),
            (Some(vat), None) => vec![Tax::from_json(vat).map_err(|e| e.at("vat"))?],
            (None, Some(taxes)) => list(taxes, Tax::from_json).map_err(|e| e.at("taxes"))?,
            (None, None) => return Err(Problem::MissingOneOf { names: &["vat", "taxes"] }.into()),
        };
        let mut taxes = taxes;
        taxes.sort_by(Tax::order);
        if taxes.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "list" }).at("taxes"));
        }
        check::most("taxes", taxes.len(), MOST_TAXES).map_err(|e| e.at("taxes"))?;
        Ok(Self {
            quantity: decimal(o.required("quantity")?).map_err(|e| e.at("quantity"))?,
            unit: o.optional("unit", line)?,
            unit_price: price(o.required("unit_price")?, currency).map_err(|e| e.at("unit_price"))?,
            discount: o.optional("discount", |v| Discount::from_json(v, currency))?,
            taxes,
            recurring: o.optional("recurring", Recurring::from_json)?,
        })
    }
}

impl Discount {
    /// So many percent.
    ///
    /// # Errors
    /// What is not from 0 to 100.
    pub fn percent(percent: Number) -> Result<Self> {
        self::percent(percent).map(Discount::Percent)
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

    fn from_json(json: &Json, currency: Currency) -> Result<Self> {
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

    fn to_json(self, currency: Currency) -> Json {
        match self {
            Discount::Percent(percent) => serde_json::json!({"percent": percent.to_string()}),
            Discount::Amount(minor) => {
                serde_json::json!({"amount": number::plain(i128::from(minor), currency.minor_digits())})
            }
        }
    }
}

impl Tax {
    /// Highest rate first; the same wherever lines stand.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let others = |tax: &Self| (tax.category, tax.name.clone(), tax.exemption_code.clone());
        other.rate.cmp(&self.rate).then_with(|| {
            if self.category == other.category && self.is_plain() && other.is_plain() {
                return Ordering::Equal;
            }
            others(self).cmp(&others(other))
        })
    }

    const fn is_plain(&self) -> bool {
        self.name.is_none() && self.exemption_code.is_none()
    }

    /// A tax of a category, of a rate in percent, or of both; a rate alone is the standard category, none is zero.
    ///
    /// ```
    /// use crm_core::Number;
    /// use crm_core::rules::quote::Tax;
    /// assert_eq!(Tax::new(None, Some(Number::parse("5.5")?))?.category.code(), "S");
    /// assert!(Tax::new(None, None).is_err());
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Neither of them, a category with a rate that it cannot have, and a rate that is not from 0 to 100.
    pub fn new(category: Option<VatCategory>, rate: Option<Number>) -> Result<Self> {
        let rate = rate.map(percent).transpose().map_err(|e| e.at("rate"))?;
        let (category, rate) = match (category, rate) {
            (None, None) => return Err(Problem::MissingOneOf { names: &["rate", "rate_bp"] }.into()),
            (Some(category), None) if category.has_rate() => {
                return Err(Error::from(Problem::MissingOneOf { names: &["rate", "rate_bp"] }));
            }
            (Some(category), rate) => (category, rate.unwrap_or_default()),
            (None, Some(rate)) if rate == Number::default() => (VatCategory::Zero, rate),
            (None, Some(rate)) => (VatCategory::Standard, rate),
        };
        let is_zero = rate == Number::default();
        if category.has_rate() == is_zero && (!is_zero || category == VatCategory::Standard) {
            let (category, rate) = (category.code(), rate.to_string());
            return Err(QuoteProblem::RateOfCategory { category, rate }.into());
        }
        Ok(Self { category, rate, name: None, exemption_code: None })
    }

    pub(super) fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["category", "rate", "rate_bp", "name", "exemption_code"])?;
        let rate = percentage(&o, "rate", "rate_bp")?;
        let category = o.optional("category", |v| coded(v, VatCategory::from_code, VatCategory::CODES))?;
        let tax = Self::new(category, rate)?;
        let exemption_code = o.optional("exemption_code", line)?;
        if tax.category.has_rate() && exemption_code.is_some() {
            return Err(RulesProblem::Exclusive { first: "rate", second: "exemption_code" }.into());
        }
        Ok(Self { name: o.optional("name", line)?, exemption_code, ..tax })
    }

    pub(super) fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("category".into(), self.category.code().into());
        map.insert("rate".into(), self.rate.to_string().into());
        for (key, text) in [("name", &self.name), ("exemption_code", &self.exemption_code)] {
            if let Some(text) = text {
                map.insert(key.into(), text.as_str().into());
            }
        }
        Json::Object(map)
    }
}

impl Recurring {
    fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["every_months", "term_months"])?;
        let months = |v: &Json| {
            let months = integer(v)?;
            check::between(months, 1, MOST_MONTHS).map(|()| months)
        };
        let every_months = months(o.required("every_months")?).map_err(|e| e.at("every_months"))?;
        let term_months = o.optional("term_months", |v| {
            let term_months = months(v)?;
            match term_months.checked_rem(every_months) {
                Some(0) => Ok(term_months),
                _ => Err(QuoteProblem::BrokenTerm { term_months, every_months }.into()),
            }
        })?;
        Ok(Self { every_months, term_months })
    }

    fn to_json(self) -> Json {
        let mut map = Map::new();
        map.insert("every_months".into(), self.every_months.into());
        if let Some(term) = self.term_months {
            map.insert("term_months".into(), term.into());
        }
        Json::Object(map)
    }
}

fn out_of_range(found: &str, least: &str, most: &str) -> Error {
    Problem::OutOfRange { found: found.into(), least: least.into(), most: most.into() }.into()
}

/// A decimal with up to six places, as text or as a whole number.
pub(super) fn decimal(json: &Json) -> Result<Number> {
    match Value::from_json(FieldType::Number, json)? {
        Value::Number(number) => Ok(number),
        _ => Err(wrong(FieldType::Number, json)),
    }
}

fn percent(percent: Number) -> Result<Number> {
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
fn price(json: &Json, currency: Currency) -> Result<Number> {
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
