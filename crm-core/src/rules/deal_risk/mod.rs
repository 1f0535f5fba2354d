//! Deal risk: what is wrong with a deal, and what to do next.

mod days;
mod facts;

pub use days::WorkingDays;
pub use facts::{DealFacts, Known, Mark, Planned, Pushes, QuoteFacts, Reached, StageFacts};
