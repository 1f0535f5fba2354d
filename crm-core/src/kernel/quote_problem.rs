//! What speaks against a quote's terms. [`lang`](crate::lang) has one sentence for each, twice.

use serde_json::{Map, Value as Json, json};

use super::error::Code;

/// Why the terms of a quote are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each variant is its sentence in lang/en_quote.rs; its fields are that sentence's values"
)]
pub enum QuoteProblem {
    /// Amounts in two currencies.
    OtherCurrency { found: String, expected: String },
    /// More is taken off than there is.
    DiscountAboveTotal { discount: String, total: String },
    /// A category of VAT that has no rate but zero has one, or one that needs a rate has none.
    RateOfCategory { category: &'static str, rate: String },
    /// A term that is no whole number of periods.
    BrokenTerm { term_months: i64, every_months: i64 },
    /// A template of numbers that is not one.
    NumberTemplate { found: String },
    /// Numbers that begin again, while the template does not show the year or month they are of.
    NumberRepeats { reset: &'static str, needs: &'static str },
}

impl QuoteProblem {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            QuoteProblem::NumberTemplate { .. } | QuoteProblem::NumberRepeats { .. } => Code::InvalidRules,
            _ => Code::InvalidValue,
        }
    }

    /// What it is, as a name that programs compare, with what they can act on.
    pub fn to_json(&self) -> Json {
        use QuoteProblem as P;
        let (name, more) = match self {
            P::OtherCurrency { found, expected } => ("other_currency", json!({"found": found, "expected": expected})),
            P::DiscountAboveTotal { discount, total } => {
                ("discount_above_total", json!({"discount": discount, "total": total}))
            }
            P::RateOfCategory { category, rate } => ("rate_of_category", json!({"category": category, "rate": rate})),
            P::BrokenTerm { term_months, every_months } => {
                ("broken_term", json!({"term_months": term_months, "every_months": every_months}))
            }
            P::NumberTemplate { found } => ("number_template", json!({"found": found})),
            P::NumberRepeats { reset, needs } => ("number_repeats", json!({"reset": reset, "needs": needs})),
        };
        let mut map: Map<String, Json> = more.as_object().cloned().unwrap_or_default();
        map.insert("problem".into(), name.into());
        Json::Object(map)
    }
}
