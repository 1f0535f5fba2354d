//! Attribution over tables of touches: who gets how much of what became of people.
//!
//! Each row is a touch. Rows are grouped by subject with small numbers for names; channels are found out once for each
//! combination of texts that a table has ([`Touch::from_json`](crm_core::rules::attribution::Touch::from_json)); each
//! subject's path is prepared and divided by the rule's own code over borrowed touches, subjects by several threads.

mod by;
mod channels;
mod conversions;
mod credit;
mod options;
mod output;
mod paths;
mod told;
mod touches;

pub use by::attribution_by;
pub use credit::{attribution_batches, attribution_table, attribution_tables};
pub use options::AttributionOptions;
pub use paths::{PathsOptions, paths_batches, paths_table};
