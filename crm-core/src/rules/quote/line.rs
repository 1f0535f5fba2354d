//! A line of a quote: words, or something with a price.

use serde_json::{Map, Value as Json};

use super::discount::Discount;
use super::tax::{MOST_TAXES, Tax};
use super::wording::{Wording, line};
use super::written::{decimal, price};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::money::Currency;
use crate::kernel::number::Number;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::LineKind;
use crate::rules::check;
use crate::rules::read::{Object, coded, integer, list};

/// Most months of a period or a term: a hundred years.
const MOST_MONTHS: i64 = 1_200;

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

impl QuoteLine {
    pub(super) fn from_json(json: &Json, currency: Currency) -> Result<Self> {
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
