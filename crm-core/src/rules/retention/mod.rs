//! Retention: how recurring revenue changed between two days, and how much of it stayed.
//!
//! # Meaning and formula
//! The revenue of each customer on the first and on the last day (see [`subscription`](super::subscription)) are two
//! snapshots of the [`waterfall`](super::waterfall), from whose rows everything here follows. A customer is in one
//! bucket, by what all contracts come to: `new` without revenue ever before, `reactivation` without revenue on the first
//! day but some before it, `churn` without revenue on the last day, else `expansion` or `contraction` by how the amounts
//! changed at the rates of the first day. What the rates change is `fx_gain` and `fx_loss`, beside the customer's bucket.
//!
//! ```text
//! start + new + reactivation + expansion + fx_gain - contraction - fx_loss - churn = end      in minor units, always
//! NRR = (start + expansion - contraction - churn) / start
//! GRR = (start - contraction - churn) / start
//! logo retention = customers of the first day who are there on the last / customers of the first day
//! ```
//!
//! All are of the customers of the first day only, revenue at its rates; GRR is at most 100 % and at most NRR. The rates are
//! exact fractions, and basis points rounded half away from zero. Without revenue at the start there is no rate. A
//! customer of whom some amount has no exchange rate is left out of everything, with the reason. A pause is churn and a
//! resumption a reactivation: nothing is charged in between.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = r#"{"op": "rates", "start_mrr": "100000", "expansion": "10000", "contraction": "2000", "churn": "3000"}"#;
//! let answer = Rules::default().eval("retention", &json::parse(input.as_bytes())?)?;
//! assert_eq!((&answer["nrr_bp"], &answer["grr_bp"]), (&10_500.into(), &9_500.into()));
//! # Ok::<(), crm_core::Error>(())
//! ```

mod customers;
mod door;
mod movement;
mod rates;

pub use customers::{CustomerRevenue, movement_of};
pub use door::eval_json;
pub(crate) use door::{told_movement, top_of, usual_top};
pub use movement::{Change, Day, LeftOut, Movement, movement};
pub use rates::{Changes, Logos, Retention};
