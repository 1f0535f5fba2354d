//! What is computed: one pure module per rule. Facts in, decision and reasons out.

mod config;
pub mod lead_score;

pub use config::{CustomField, MOST_CUSTOM_FIELDS, Rules, kind};
