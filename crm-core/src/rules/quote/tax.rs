//! A tax of a line.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::wording::line;
use super::written::{percent, percentage};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::number::Number;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::VatCategory;
use crate::rules::read::{Object, coded};

/// Most taxes of one line.
pub(super) const MOST_TAXES: usize = 10;

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

impl Tax {
    /// Highest rate first; the same wherever lines stand.
    pub fn order(&self, other: &Self) -> Ordering {
        fn others(tax: &Tax) -> (VatCategory, &Option<String>, &Option<String>) {
            (tax.category, &tax.name, &tax.exemption_code)
        }
        other.rate.cmp(&self.rate).then_with(|| others(self).cmp(&others(other)))
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
