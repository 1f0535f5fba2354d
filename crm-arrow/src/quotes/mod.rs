//! What quotes come to, of a table of their lines, through the rule `quote`.

mod columns;
#[cfg(test)]
mod equal;
mod lines;
mod numbers;
mod options;
mod output;
mod totals;

pub use options::{PerRow, QuoteOptions};
pub use totals::{quote_batches, quote_table};
