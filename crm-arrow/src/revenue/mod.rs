//! Revenue over tables of deals: what the rules `forecast`, `bands` and `deal_risk` say of them.

mod deals;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it is wrong")]
mod equal;
mod forecast;
mod labels;
mod ledger;
mod output;
mod pass;
mod rated;
mod risk_facts;
mod source;
mod standing;
mod totals;
mod whole;

pub use forecast::{ForecastOptions, ForecastView, forecast_batches, forecast_table};
