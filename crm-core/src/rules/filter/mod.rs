//! Filters of lists: conditions that mean something else for every reader and every day, so that "my open tasks of this
//! week" is one saved view for everybody.
//!
//! # Formula
//! [`resolve`] is a pure function of (condition, reader) and gives a plain condition, which is what stores are asked; so
//! SQL and memory cannot differ in what "this week" is.
//!
//! - `during`, `before` and `after` compare a date or an instant with a [`Range`] of local days. A date is in the range
//!   if its day is; an instant from the first moment of the first day up to but without the first moment of the day
//!   after the last, by the clocks of the reader's zone: a day with 23 or 25 hours is as long as it is.
//!   `before` is before the first day, `after` is after the last.
//! - `{"actor": "me"}` is the reader, `{"actor": "my_team"}` everybody of the reader's teams, the reader included. Both
//!   stand where a user's name may: alone or in a list.
//! - `{"at": "now"}` is the instant of the question.
//!
//! An empty field is in no range and not outside of one either: the comparison is unknown, as all comparisons are.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("filter", &json!({
//!     "record": "task", "at": "2026-11-22T23:30:00Z", "zone": "Europe/Paris", "actor": "marie",
//!     "where": {"all": [
//!         {"field": "assignee", "op": "eq", "value": {"actor": "me"}},
//!         {"field": "due_date", "op": "during", "value": "this_week"},
//!     ]},
//!     "facts": {"assignee": "Marie", "due_date": "2026-11-23"},
//! }))?;
//! // It is Monday in Paris, and a new week.
//! assert_eq!(answer["ranges"][0]["range"]["from"], "2026-11-23");
//! assert_eq!(answer["matches"], true);
//! # Ok::<(), crm_core::Error>(())
//! ```

mod door;
mod explain;
mod range;
mod reader;
mod resolve;

pub use self::door::eval_json;
pub use self::explain::explain;
pub use self::range::{RANGE_NAMES, Range};
pub use self::reader::{Person, Reader};
pub use self::resolve::{Resolved, ResolvedPeople, ResolvedRange, broken, needs_team, resolve};
