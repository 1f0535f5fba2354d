//! What is computed: one pure module per rule. Configuration, facts and an instant go in; a decision with its reasons
//! comes out.

mod config;
pub mod lead_score;

pub use config::{CustomField, MOST_CUSTOM_FIELDS, Rules, kind};
