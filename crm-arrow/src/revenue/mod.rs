//! Revenue over tables of deals: what the rules `forecast`, `bands` and `deal_risk` say of them.

mod bands;
mod deals;
mod dense;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it is wrong")]
mod equal;
mod forecast;
pub(crate) mod labels;
mod ledger;
mod output;
mod pass;
mod rated;
mod rates;
mod risk;
mod risk_facts;
mod source;
mod standing;
mod tag;
mod tile;
mod totals;
mod whole;

pub use bands::{BandsOptions, bands_batches, bands_table};
pub use forecast::{ForecastOptions, ForecastView, forecast_batches, forecast_table};
pub use risk::{RiskOptions, deal_risk_batches, deal_risk_table};
