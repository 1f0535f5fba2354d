//! Quotes as they are kept: how a host writes them, where they stand, and what may be done with them.
//!
//! What a quote comes to is the rule [`quote`](crate::rules::quote)'s; here is what happens to it. A quote is written, issued
//! (it gets its number, and nothing of it changes any more), sent, and answered. A later version stands in its place once
//! that is issued; until then the former one may be accepted. That a quote has expired is never stored: it follows from its
//! last day in the seller's zone.

mod settings;
mod standing;

pub use settings::{QuoteSettings, Series};
pub use standing::{acts, allows, is_open, standing};
