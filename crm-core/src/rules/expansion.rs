//! Which ideas to sell a customer more follow from what is known of it: how many seats are used, what the host measured.
//!
//! ```json
//! {"rules": [
//!   {"id": "seats", "kind": "upsell", "title": "More seats", "seats": {"from_bp": 9000, "product": "crm"}},
//!   {"id": "busy", "kind": "cross_sell", "title": "Premium support", "product": "premium",
//!    "value": {"amount": "1200.00", "currency": "EUR"}, "period": "month",
//!    "measure": {"code": "tickets_30d", "from": "20", "max_age_days": 60}}]}
//! ```
//!
//! A rule has either `seats` or `measure`. `seats` holds for products of a running subscription (one `product`, or all) of
//! whose `quantity` at least `from_bp` basis points are used. `measure` holds where the latest measurement reached `from`
//! and is not older than `max_age_days` (90). What the customer has no number of never makes an idea. A rule has one idea
//! for each account and `period` (`month`, `quarter` or `year` of the calendar; a quarter where nobody says). Without the
//! part there are no rules.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value as Json;

use super::check;
use super::read::{Object, coded, money, text, wrong};
use crate::kernel::customer::IdeaKind;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::number::Number;
use crate::kernel::period::Unit;
use crate::kernel::renewal_reason::RenewalReason;

/// Most rules.
const MOST_RULES: usize = 50;
/// How old a measurement may be, where nobody says.
const MAX_AGE_DAYS: i64 = 90;
/// Most that a share can be: ten times of what was bought.
const MOST_SHARE_BP: i64 = 100_000;

/// When a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// So large a share of the seats bought is used.
    Seats {
        /// The least share, in basis points.
        from_bp: i64,
        /// Of this product; `None` of any.
        product: Option<String>,
    },
    /// A measurement reached a threshold.
    Measure {
        /// What is measured.
        code: String,
        /// The least value.
        from: Number,
        /// How old the measurement may be.
        max_age_days: i64,
    },
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpansionRule {
    /// Its id, which the ideas carry.
    pub id: String,
    /// What its ideas are called.
    pub title: String,
    /// More of the same, or something else.
    pub kind: IdeaKind,
    /// What would be sold; `None` is the product whose seats are used.
    pub product: Option<String>,
    /// What an idea may come to.
    pub value: Option<Money>,
    /// When it holds.
    pub sign: Sign,
    /// It has one idea in each of these.
    pub period: Unit,
}

/// The part `expansion` of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpansionSettings {
    rules: Vec<ExpansionRule>,
}

/// A product that a customer has, with how many of it are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatsFact {
    /// What was sold.
    pub product: String,
    /// How many were.
    pub quantity: Number,
    /// How many are used.
    pub used: Number,
}

/// What somebody measured last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureFact {
    /// How much.
    pub value: Number,
    /// The day.
    pub on: NaiveDate,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What would be sold.
    pub product: String,
    /// Why, what is used most first.
    pub reasons: Vec<RenewalReason>,
}

impl ExpansionSettings {
    /// Reads the part `expansion` of a configuration.
    ///
    /// # Errors
    /// An unknown key, no sign or two, a number out of range, two rules of one id; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["rules"])?;
        let rules = o.list("rules", rule)?;
        check::most("rules", rules.len(), MOST_RULES).map_err(|e| e.at("rules"))?;
        let mut ids = BTreeSet::new();
        for (i, rule) in rules.iter().enumerate() {
            if !ids.insert(rule.id.as_str()) {
                let problem = RulesProblem::DuplicateId { id: rule.id.clone() };
                return Err(Error::from(problem).at("id").at_index(i).at("rules"));
            }
        }
        Ok(Self { rules })
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[ExpansionRule] {
        &self.rules
    }
}

fn rule(json: &Json) -> Result<ExpansionRule> {
    let o = Object::new(json, &["id", "title", "kind", "product", "value", "seats", "measure", "period"])?;
    let named = |key: &'static str| {
        let name = o.text(key)?;
        check::id(&name).map(|()| name).map_err(|e| e.at(key))
    };
    let sign = match (o.get("seats"), o.get("measure")) {
        (Some(json), None) => seats(json).map_err(|e| e.at("seats"))?,
        (None, Some(json)) => measure(json).map_err(|e| e.at("measure"))?,
        (None, None) => return Err(Problem::MissingOneOf { names: &["seats", "measure"] }.into()),
        (Some(_), Some(_)) => {
            let found = "seats and measure".into();
            return Err(Problem::WrongShape { expected: "either `seats` or `measure`", found }.into());
        }
    };
    let kind = o.optional("kind", |json| coded(json, IdeaKind::from_code, IdeaKind::CODES))?;
    Ok(ExpansionRule {
        id: named("id")?,
        title: named("title")?,
        kind: kind.unwrap_or(IdeaKind::Upsell),
        product: o.get("product").map(|_| named("product")).transpose()?,
        value: o.optional("value", money)?,
        sign,
        period: o.optional("period", unit)?.unwrap_or(Unit::Quarter),
    })
}

fn unit(json: &Json) -> Result<Unit> {
    let known = [Unit::Month, Unit::Quarter, Unit::Year];
    coded(json, |name| known.into_iter().find(|unit| unit.name() == name), Unit::NAMES)
}

fn seats(json: &Json) -> Result<Sign> {
    let o = Object::new(json, &["from_bp", "product"])?;
    let from_bp = o.integer("from_bp")?;
    check::between(from_bp, 1, MOST_SHARE_BP).map_err(|e| e.at("from_bp"))?;
    Ok(Sign::Seats { from_bp, product: o.optional("product", text)? })
}

fn measure(json: &Json) -> Result<Sign> {
    let o = Object::new(json, &["code", "from", "max_age_days"])?;
    let code = o.text("code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    let from = number(o.required("from")?).map_err(|e| e.at("from"))?;
    let max_age_days = o.optional_integer("max_age_days")?.unwrap_or(MAX_AGE_DAYS);
    check::between(max_age_days, 0, 3_660).map_err(|e| e.at("max_age_days"))?;
    Ok(Sign::Measure { code, from, max_age_days })
}

fn number(json: &Json) -> Result<Number> {
    match json {
        Json::String(text) => Number::parse(text),
        Json::Number(n) => n.as_i64().map_or_else(|| Err(wrong(FieldType::Number, json)), Number::from_integer),
        other => Err(wrong(FieldType::Number, other)),
    }
}

impl ExpansionRule {
    /// What the rule finds in a customer's seats and the latest measurement of its code.
    pub fn finds(&self, seats: &[SeatsFact], measured: Option<MeasureFact>, today: NaiveDate) -> Option<Found> {
        match &self.sign {
            Sign::Seats { from_bp, product } => {
                let of_it = seats.iter().filter(|one| product.as_ref().is_none_or(|name| *name == one.product));
                let mut full: Vec<(i64, &SeatsFact)> = of_it
                    .filter_map(|one| share_bp(one).filter(|share| share >= from_bp).map(|bp| (bp, one)))
                    .collect();
                full.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.product.cmp(&other.product)));
                let (_, first) = full.first()?;
                let product = self.product.clone().unwrap_or_else(|| first.product.clone());
                let reasons = full.iter().map(|(share_bp, one)| RenewalReason::SeatsUsed {
                    product: one.product.clone(),
                    used: one.used,
                    quantity: one.quantity,
                    share_bp: *share_bp,
                });
                Some(Found { product, reasons: reasons.collect() })
            }
            Sign::Measure { code, from, max_age_days } => {
                let one = measured?;
                let age = today.signed_duration_since(one.on).num_days();
                if one.value < *from || age > *max_age_days {
                    return None;
                }
                let reason = RenewalReason::Measured { name: code.clone(), value: one.value, from: *from };
                Some(Found { product: self.product.clone().unwrap_or_default(), reasons: vec![reason] })
            }
        }
    }

    /// The period of a day: `2026-11`, `2026-Q4` or `2026`.
    pub fn period_of(&self, day: NaiveDate) -> String {
        match self.period {
            Unit::Month => format!("{:04}-{:02}", day.year(), day.month()),
            Unit::Quarter => format!("{:04}-Q{}", day.year(), day.month0().div_euclid(3).saturating_add(1)),
            Unit::Year => format!("{:04}", day.year()),
        }
    }
}

/// How large a share is used, in basis points, rounded down; none where nothing was bought.
fn share_bp(one: &SeatsFact) -> Option<i64> {
    let (used, quantity) = (i128::from(one.used.millionths()), i128::from(one.quantity.millionths()));
    if quantity <= 0 {
        return None;
    }
    used.checked_mul(10_000)?.checked_div(quantity).and_then(|bp| i64::try_from(bp).ok())
}

/// The reasons as they are kept with an idea.
pub(crate) fn kept(reasons: &[RenewalReason]) -> String {
    let all = reasons
        .iter()
        .cloned()
        .map(|reason| Json::Object(crate::kernel::reason::Reason::Renewal(reason).to_json(None)));
    json::canonical(&Json::Array(all.collect()))
}
