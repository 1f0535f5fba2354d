//! What everything stands on: ids, money, numbers, time and zones, text folding, errors, facts and the predicate.

pub mod allocate;
pub mod calendar;
pub(crate) mod coded;
pub mod convert_reason;
pub mod error;
pub mod evidence;
pub mod fact;
pub mod field;
pub mod finding;
pub(crate) mod hash;
pub mod id;
pub mod json;
pub mod money;
pub mod number;
pub mod period;
pub mod predicate;
pub mod probability;
pub mod rate;
pub mod reason;
pub mod routing_reason;
pub mod sales;
pub mod text;
pub mod time;
pub mod value;
pub mod zone;
