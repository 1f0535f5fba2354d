//! How a workspace looks after renewals.
//!
//! ```json
//! {"horizon_days": 120, "pipeline": "renewals", "stage": "open",
//!  "risk": {"watch_from": 30, "high_from": 60, "signals": {"no_contact": [{"from": 30, "points": 10}]}}}
//! ```
//!
//! Every part may be left out: renewals are made 120 days before the end of a term, deals of renewals go into the default
//! pipeline, and risk is as [`subscription`](super::subscription) says.

use serde_json::Value as Json;

use super::check;
use super::read::{Object, text};
use super::subscription::RenewalRisk;
use crate::kernel::error::Result;

/// How many days before the end of a term its renewal is made, where nobody says.
const HORIZON_DAYS: i64 = 120;
/// The most.
const MOST_HORIZON_DAYS: i64 = 1_000;

/// How a workspace looks after renewals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalSettings {
    horizon_days: i64,
    pipeline: Option<String>,
    stage: Option<String>,
    risk: RenewalRisk,
}

impl Default for RenewalSettings {
    fn default() -> Self {
        Self { horizon_days: HORIZON_DAYS, pipeline: None, stage: None, risk: RenewalRisk::default() }
    }
}

impl RenewalSettings {
    /// Reads the part `renewals` of a configuration.
    ///
    /// # Errors
    /// An unknown key, days out of range, what [`RenewalRisk::from_json`] refuses; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["horizon_days", "pipeline", "stage", "risk"])?;
        let horizon_days = o.optional_integer("horizon_days")?.unwrap_or(HORIZON_DAYS);
        check::between(horizon_days, 0, MOST_HORIZON_DAYS).map_err(|e| e.at("horizon_days"))?;
        let name = |key: &str| {
            o.optional(key, |json| {
                let name = text(json)?;
                check::id(&name).map(|()| name)
            })
        };
        let risk = o.optional("risk", RenewalRisk::from_json)?.unwrap_or_default();
        Ok(Self { horizon_days, pipeline: name("pipeline")?, stage: name("stage")?, risk })
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

    /// What puts a renewal at risk.
    pub const fn risk(&self) -> &RenewalRisk {
        &self.risk
    }
}
