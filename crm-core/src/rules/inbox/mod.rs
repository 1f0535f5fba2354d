//! The inbox: what somebody should do next, of all kinds, in one order that says why.
//!
//! # Formula
//! An item's rank is compared part by part; the smaller one comes first, and no two items have one rank:
//!
//! 1. `band`, as tasks have it ([`rules::task`](crate::rules::task)): overdue, today, tomorrow, this week, later,
//!    undated. What has an instant by which it is due stands in that instant's band. A broken promise is overdue, one
//!    that is due soon is at least today's, and so are risks and approvals without an end. A customer's message is due
//!    `reply_hours` after it came in, a new lead `lead_hours`.
//! 2. `blocked`: a task that waits for another one comes last in its band.
//! 3. `urgency`, the largest first: the sum of the points of the item's reasons, and of nothing else. A priority has ten
//!    points for each place above the lowest, so that tasks alone stand in the order of tasks.
//! 4. `due`: the earliest first, what is not due last; 5. `created`: the oldest first; 6. source and id.
//!
//! Points ([`InboxSettings`]) are integers, a starting point that a host may change; they claim no predictive power.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("inbox", &json!({"at": "2026-11-22T09:00:00Z", "lang": "en", "items": [
//!     {"source": "task", "id": "a", "due_date": "2026-11-20", "priority": "low"},
//!     {"source": "ticket", "id": "b", "sla_state": "breached", "sla_due_at": "2026-11-22T08:00:00Z"},
//! ]}))?;
//! assert_eq!(answer["items"][0]["id"], "b");
//! assert_eq!(answer["items"][0]["rank"]["band"], "overdue");
//! assert_eq!(answer["items"][0]["reasons"][0]["text"], "promise to the customer broken, due 2026-11-22 08:00 UTC");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod actions;
mod door;
mod item;
mod rank;
mod settings;

pub use self::actions::Action;
pub(in crate::rules) use self::door::eval_json;
pub use self::item::{Context, Item, What};
pub use self::rank::{InboxRank, Placed, Why};
pub use self::settings::InboxSettings;
