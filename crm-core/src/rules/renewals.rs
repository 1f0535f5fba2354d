//! How a workspace looks after renewals.
//!
//! ```json
//! {"horizon_days": 120, "pipeline": "renewals", "stage": "open", "usage": {"code": "usage_bp", "days": 30},
//!  "risk": {"watch_from": 30, "high_from": 60, "signals": {"no_contact": [{"from": 30, "points": 10}]}}}
//! ```
//!
//! Every part may be left out: renewals are made 120 days before the end of a term, deals of renewals go into the default
//! pipeline, and risk is as [`subscription`](super::subscription) says. `usage` is the measurement that tells how much the
//! product is used: its latest value, not older than `days`, is compared with the one from at least as many days before.

use serde_json::Value as Json;

use super::check;
use super::read::{Object, text};
use super::subscription::RenewalRisk;
use crate::kernel::error::Result;
use crate::kernel::number::Number;

/// How many days before the end of a term its renewal is made, where nobody says.
const HORIZON_DAYS: i64 = 120;
/// The most.
const MOST_HORIZON_DAYS: i64 = 1_000;

/// What is measured of the use, where nobody says: as in the standard model of [`health`](super::health).
const USAGE: &str = "usage_bp";
/// How far the two measurements lie apart, where nobody says.
const USAGE_DAYS: i64 = 30;

/// How a workspace looks after renewals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalSettings {
    horizon_days: i64,
    pipeline: Option<String>,
    stage: Option<String>,
    usage: String,
    usage_days: i64,
    risk: RenewalRisk,
}

impl Default for RenewalSettings {
    fn default() -> Self {
        let (usage, usage_days) = (USAGE.to_owned(), USAGE_DAYS);
        let risk = RenewalRisk::default();
        Self { horizon_days: HORIZON_DAYS, pipeline: None, stage: None, usage, usage_days, risk }
    }
}

impl RenewalSettings {
    /// Reads the part `renewals` of a configuration.
    ///
    /// # Errors
    /// An unknown key, days out of range, what [`RenewalRisk::from_json`] refuses; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["horizon_days", "pipeline", "stage", "usage", "risk"])?;
        let horizon_days = o.optional_integer("horizon_days")?.unwrap_or(HORIZON_DAYS);
        check::between(horizon_days, 0, MOST_HORIZON_DAYS).map_err(|e| e.at("horizon_days"))?;
        let name = |key: &str| {
            o.optional(key, |json| {
                let name = text(json)?;
                check::id(&name).map(|()| name)
            })
        };
        let risk = o.optional("risk", RenewalRisk::from_json)?.unwrap_or_default();
        let (usage, usage_days) = o.optional("usage", usage)?.unwrap_or_else(|| (USAGE.to_owned(), USAGE_DAYS));
        Ok(Self { horizon_days, pipeline: name("pipeline")?, stage: name("stage")?, usage, usage_days, risk })
    }

    /// How many days before the end of a term its renewal is made, or before the first day of its notice where that is
    /// earlier.
    pub const fn horizon_days(&self) -> i64 {
        self.horizon_days
    }

    /// The pipeline of renewals' deals, by its code; `None` is the default one.
    pub fn pipeline(&self) -> Option<&str> {
        self.pipeline.as_deref()
    }

    /// The stage in which they begin, by its code; `None` is the pipeline's first.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// The measurement that tells how much the product is used, by its code.
    pub fn usage(&self) -> &str {
        &self.usage
    }

    /// How old its latest value may be, and how many days before it the other one was measured at least.
    pub const fn usage_days(&self) -> i64 {
        self.usage_days
    }

    /// What puts a renewal at risk.
    pub const fn risk(&self) -> &RenewalRisk {
        &self.risk
    }
}

fn usage(json: &Json) -> Result<(String, i64)> {
    let o = Object::new(json, &["code", "days"])?;
    let code = o.text("code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    let days = o.optional_integer("days")?.unwrap_or(USAGE_DAYS);
    check::between(days, 1, MOST_HORIZON_DAYS).map_err(|e| e.at("days"))?;
    Ok((code, days))
}

/// By how many percent the use fell, cut towards zero; negative where it rose, none where there was no use to fall.
pub(crate) fn fall_percent(before: Number, now: Number) -> Option<i64> {
    let (before, now) = (i128::from(before.millionths()), i128::from(now.millionths()));
    if before <= 0 {
        return None;
    }
    let percent = before.checked_sub(now)?.checked_mul(100)?.checked_div(before)?;
    i64::try_from(percent).ok()
}
