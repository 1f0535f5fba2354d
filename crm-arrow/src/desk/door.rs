//! Tables by the name of a rule: the door of Python and C.

use crm_core::kernel::text::shortened;
use crm_core::rules::Rules;
use crm_core::{Problem, Result};
use serde_json::Value as Json;

use super::{Evaluated, GroupOptions, KeyOptions, RouteOptions, duplicate_groups, identity_table, route_table};
use crate::attribution::{AttributionOptions, PathsOptions, attribution_table, paths_table};
use crate::business_time::{DueOptions, ElapsedOptions, due_table, elapsed_table};
use crate::customers::{HealthOptions, SegmentOptions, health_table, segment_table};
use crate::import::Incoming;
use crate::quotes::{QuoteOptions, quote_table};
use crate::revenue::{BandsOptions, ForecastOptions, RiskOptions, bands_table, deal_risk_table, forecast_table};

/// The rules that are asked of whole tables.
const RULES: &[&str] = &[
    "attribution",
    "attribution_paths",
    "bands",
    "deal_risk",
    "duplicates",
    "forecast",
    "health",
    "identity",
    "quote_totals",
    "routing",
    "segment",
    "sla_due",
    "sla_elapsed",
];

/// Asks a rule of a table: `identity` for the keys of its rows ([`KeyOptions`]), `duplicates` for their groups
/// ([`GroupOptions`]), `routing` for who gets which ([`RouteOptions`]); and of a table of deals: `forecast` for what they
/// come to ([`ForecastOptions`]), `bands` for how sure that is ([`BandsOptions`]), `deal_risk` for what puts each at risk
/// ([`RiskOptions`]). Of any table with times: `sla_due` for when each row is due ([`DueOptions`]), `sla_elapsed` for how
/// much working time it took ([`ElapsedOptions`]). Of a table of touches: `attribution` for what each had to do with what
/// became of its subject ([`AttributionOptions`]), of paths `attribution_paths` for what channels brought
/// ([`PathsOptions`]). Of a table of quotes' lines: `quote_totals` ([`QuoteOptions`]). Of a table of customers: `health`
/// ([`HealthOptions`]) and, of any records that have segments, `segment` for who belongs to one ([`SegmentOptions`]).
///
/// # Errors
/// [`Problem::UnknownRule`], and as the rule's own function. The stream is released in any case.
pub fn eval_table(input: impl Into<Incoming>, rules: &Rules, rule: &str, options: &Json) -> Result<Evaluated> {
    match rule {
        "attribution" => attribution_table(input, rules, &AttributionOptions::from_json(options, rules)?),
        "attribution_paths" => paths_table(input, rules, &PathsOptions::from_json(options)?),
        "health" => health_table(input, rules, &HealthOptions::from_json(options, rules)?),
        "quote_totals" => quote_table(input, &QuoteOptions::from_json(options)?),
        "segment" => segment_table(input, rules, &SegmentOptions::from_json(options)?),
        "identity" => identity_table(input, rules, &KeyOptions::from_json(options)?),
        "duplicates" => duplicate_groups(input, rules, &GroupOptions::from_json(options)?),
        "bands" => bands_table(input, rules, &BandsOptions::from_json(options)?),
        "deal_risk" => deal_risk_table(input, rules, &RiskOptions::from_json(options)?),
        "forecast" => forecast_table(input, &ForecastOptions::from_json(options, rules)?),
        "routing" => route_table(input, rules, &RouteOptions::from_json(options)?),
        "sla_due" => due_table(input, rules, &DueOptions::from_json(options, rules)?),
        "sla_elapsed" => elapsed_table(input, rules, &ElapsedOptions::from_json(options, rules)?),
        _ => Err(Problem::UnknownRule { found: shortened(rule, 60), expected: RULES }.into()),
    }
}
