//! What the caller decides.

use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::rules::attribution::{Model, ModelName, PathOptions};
use crm_core::{Instant, Result};
use serde_json::{Map, Value as Json};

use crate::desk::TableOptions;
use crate::options::Given;

/// What is asked of [`attribution_table`](super::attribution_table).
#[derive(Clone, Debug)]
pub struct AttributionOptions {
    /// How the table is read, and what of it stays. Days begin, and times without zone are meant, in its zone.
    pub table: TableOptions,
    /// How credit is divided.
    pub model: Model,
    /// How paths are prepared.
    pub paths: PathOptions,
    /// Now: what is later has not happened. Without it everything has.
    pub at: Option<Instant>,
    /// The column by which everything is added up, for one row of each value instead of one of each touch.
    pub by: Option<String>,
}

impl AttributionOptions {
    /// Reads the JSON form; nothing is required:
    ///
    /// ```
    /// use crm_core::rules::Rules;
    /// let options = serde_json::json!({
    ///     "model": {"model": "time_decay", "half_life_days": 14}, "at": "2026-11-22T09:00:00Z", "session_minutes": 30,
    ///     "window_days": 365, "direct": "ignore", "unique": "first", "currency": "EUR", "zone": "Europe/Paris",
    ///     "map": {"visitor": "subject"}, "keep": ["visitor"], "lang": "fr", "threads": 2, "by": "channel",
    /// });
    /// let options = crm_arrow::AttributionOptions::from_json(&options, &Rules::default())?;
    /// assert_eq!(options.paths.window_days, Some(365));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// The model is `u_shape` where none is named; paths are prepared as the rules' part `attribution` says.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json, rules: &Rules) -> Result<Self> {
        const KEYS: &[&str] = &[
            "at",
            "by",
            "currency",
            "direct",
            "keep",
            "lang",
            "map",
            "model",
            "session_minutes",
            "threads",
            "unique",
            "window_days",
            "zone",
        ];
        let given = Given::new(options, KEYS)?;
        let asked = PathOptions::KEYS.iter().filter_map(|key| Some(((*key).to_owned(), given.value(key)?.clone())));
        let asked: Map<String, Json> = asked.collect();
        let at = given.text("at")?.map(|at| parse_instant(at).map_err(|e| e.at("at"))).transpose()?;
        Ok(Self {
            table: TableOptions::read(&given)?,
            model: model(&given)?.unwrap_or(Model::named(ModelName::UShape)),
            paths: rules.attribution().paths.changed(&Json::Object(asked))?,
            at,
            by: given.text("by")?.map(str::to_owned),
        })
    }
}

/// A model by its name or with its parameters.
pub(super) fn model(given: &Given<'_>) -> Result<Option<Model>> {
    given.value("model").map(Model::from_json).transpose().map_err(|e| e.at("model"))
}
