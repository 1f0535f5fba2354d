//! What is computed: one pure module per rule. Facts in, decision and reasons out.

mod config;

pub use config::{CustomField, MOST_CUSTOM_FIELDS, Rules, kind};
