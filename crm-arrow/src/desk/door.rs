//! Tables by the name of a rule: the door of Python and C.

use crm_core::kernel::text::shortened;
use crm_core::rules::Rules;
use crm_core::{Problem, Result};
use serde_json::Value as Json;

use super::{Evaluated, GroupOptions, KeyOptions, RouteOptions, duplicate_groups, identity_table, route_table};
use crate::import::Incoming;
use crate::revenue::{ForecastOptions, forecast_table};

/// The rules that are asked of whole tables.
const RULES: &[&str] = &["duplicates", "forecast", "identity", "routing"];

/// Asks a rule of a table: `identity` for the keys of its rows ([`KeyOptions`]), `duplicates` for their groups
/// ([`GroupOptions`]), `routing` for who gets which ([`RouteOptions`]); and of a table of deals: `forecast` for what they
/// come to ([`ForecastOptions`]).
///
/// # Errors
/// [`Problem::UnknownRule`], and as the rule's own function. The stream is released in any case.
pub fn eval_table(input: impl Into<Incoming>, rules: &Rules, rule: &str, options: &Json) -> Result<Evaluated> {
    match rule {
        "identity" => identity_table(input, rules, &KeyOptions::from_json(options)?),
        "duplicates" => duplicate_groups(input, rules, &GroupOptions::from_json(options)?),
        "forecast" => forecast_table(input, &ForecastOptions::from_json(options, rules)?),
        "routing" => route_table(input, rules, &RouteOptions::from_json(options)?),
        _ => Err(Problem::UnknownRule { found: shortened(rule, 60), expected: RULES }.into()),
    }
}
