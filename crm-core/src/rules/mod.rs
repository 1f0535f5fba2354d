//! What is computed: one pure module per rule. Configuration, facts and an instant go in; a decision with its reasons
//! comes out.

pub mod access;
pub mod approval;
pub mod attachments;
pub mod bands;
pub mod calendar;
pub(crate) mod check;
mod config;
pub mod consent;
pub mod conversion;
pub mod csv_cell;
pub mod deal_risk;
pub mod division;
pub mod duplicates;
pub mod enrichment;
pub mod filter;
pub mod fiscal;
pub mod forecast;
pub mod identity;
pub mod inbox;
mod input;
pub mod lead_gaps;
pub mod lead_score;
pub mod merge;
pub mod next_action;
pub mod pipeline;
mod priorities;
pub mod rates;
pub(crate) mod read;
pub mod recipient;
pub mod reply;
pub mod report;
pub mod routing;
pub mod segment;
pub mod sequence;
pub mod sla;
pub mod staff;
pub mod starters;
pub mod support;
pub mod support_volume;
pub mod task;
pub mod templates;
pub mod waterfall;

pub use config::{CustomField, MOST_CUSTOM_FIELDS, Rules, kind};
pub use priorities::Priorities;
