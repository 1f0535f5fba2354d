//! How a workspace forecasts.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::value::{RateBasis, Rounding};
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::json::not_one_of;
use crate::kernel::money::Currency;
use crate::kernel::period::FiscalCalendar;
use crate::rules::check;
use crate::rules::fiscal;
use crate::rules::read::{Object, date, text};

/// Most parts of a number that are listed as its reasons.
const MOST_REASONS: i64 = 100;
/// Most days without work.
const MOST_HOLIDAYS: usize = 1_000;

/// How a workspace forecasts: the part `forecast` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForecastSettings {
    /// The currency of totals where a question names none.
    pub currency: Option<Currency>,
    /// The fiscal calendar.
    pub calendar: FiscalCalendar,
    /// Which day's rate converts a deal.
    pub rate_basis: RateBasis,
    /// Where conversions round.
    pub rounding: Rounding,
    /// An adjustment is stale once the rollup has moved by more than this share of what it was, in basis points.
    pub stale_drift_bp: i64,
    /// How often open deals should cover what is still to be closed, in basis points.
    pub least_coverage_bp: i64,
    /// How many parts of a number are listed before the others are added up.
    pub reasons: usize,
    /// Days from Monday to Friday on which nobody works.
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for ForecastSettings {
    fn default() -> Self {
        Self {
            currency: None,
            calendar: FiscalCalendar::default(),
            rate_basis: RateBasis::CloseDate,
            rounding: Rounding::EachDeal,
            stale_drift_bp: 1_000,
            least_coverage_bp: 30_000,
            reasons: 5,
            holidays: BTreeSet::new(),
        }
    }
}

impl ForecastSettings {
    /// Reads the part `forecast` of a configuration.
    ///
    /// # Errors
    /// Unknown options, values out of range, exact products of mean rates (a mean has no exact decimal form).
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "currency",
            "fiscal",
            "rate_basis",
            "rounding",
            "stale_drift_bp",
            "least_coverage_bp",
            "reasons",
            "holidays",
        ];
        let o = Object::new(json, KEYS)?;
        let otherwise = Self::default();
        let number = |key: &str, most: i64, otherwise: i64| -> Result<i64> {
            let Some(found) = o.optional_integer(key)? else { return Ok(otherwise) };
            check::between(found, 0, most).map_err(|e| e.at(key))?;
            Ok(found)
        };
        let reasons = number("reasons", MOST_REASONS, 5)?;
        let holidays = o.list("holidays", date)?;
        check::most("days", holidays.len(), MOST_HOLIDAYS).map_err(|e| e.at("holidays"))?;
        let settings = Self {
            currency: o.optional("currency", |v| text(v)?.parse())?,
            calendar: o.optional("fiscal", fiscal::calendar)?.unwrap_or_default(),
            rate_basis: o.optional("rate_basis", rate_basis)?.unwrap_or(otherwise.rate_basis),
            rounding: o.optional("rounding", rounding)?.unwrap_or(otherwise.rounding),
            stale_drift_bp: number("stale_drift_bp", 1_000_000, otherwise.stale_drift_bp)?,
            least_coverage_bp: number("least_coverage_bp", 1_000_000, otherwise.least_coverage_bp)?,
            reasons: usize::try_from(reasons).unwrap_or(otherwise.reasons),
            holidays: holidays.into_iter().collect(),
        };
        settings.check()?;
        Ok(settings)
    }

    /// Refuses what cannot go together.
    ///
    /// # Errors
    /// Exact products of mean rates.
    pub fn check(&self) -> Result<()> {
        if self.rounding == Rounding::Never && self.rate_basis == RateBasis::PeriodAverage {
            let (first, second) = ("rounding: never", "rate_basis: period_average");
            return Err(Error::from(RulesProblem::Exclusive { first, second }).at("rounding"));
        }
        Ok(())
    }
}

/// Reads a rate basis.
pub(super) fn rate_basis(json: &Json) -> Result<RateBasis> {
    let found = json.as_str().and_then(RateBasis::from_code);
    found.ok_or_else(|| not_one_of(json, RateBasis::CODES))
}

/// Reads where conversions round.
pub(super) fn rounding(json: &Json) -> Result<Rounding> {
    let found = json.as_str().and_then(Rounding::from_code);
    found.ok_or_else(|| not_one_of(json, Rounding::CODES))
}
