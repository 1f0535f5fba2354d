//! Quotes: what lines, discounts and taxes come to, exactly.

mod door;
mod parties;
mod periods;
mod sheet;
mod terms;
mod totals;
mod trace;
mod wording;

pub(in crate::rules) use door::eval_json;
pub use parties::{Customer, Legal, Seller};
pub use terms::{Discount, LineContent, MOST_LINES, Pricing, QuoteLine, QuoteTerms, Recurring, Tax};
pub use totals::{LineTotal, Sums, TaxRow, Totals, totals};
pub use wording::Wording;
