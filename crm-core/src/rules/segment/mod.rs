//! Segments: who belongs together, by a condition, by name, or both; and why.
//!
//! # Meaning
//! A segment is of one kind of record (lead, contact, account, deal). Its `where` is a condition on fields, as lists have
//! them ([`rules::filter`](crate::rules::filter)), with days of the segment's own `zone`, so that it is the same for
//! every reader; it may name other segments of the same kind (`{"segment": "vip"}`), at any depth. Without a condition it is
//! a list by name. Archived records belong to no segment.
//!
//! # Formula
//! `member = pinned in, or not pinned out and the condition certainly holds`. Of several pins of one record the last one
//! counts; two of the same instant, or without any, are "out" (as Mautic has it: who was removed by hand stays out). The
//! answer is yes or no: a condition that nobody can decide is a no, so `{"not": {"segment": "vip"}}` is everybody else.
//!
//! [`Book::member`] makes of that a plain condition, with the pins as lists of ids; memory and stores are asked the same
//! one, so a list and `why` cannot differ.
//!
//! Segments that name each other in a circle are refused, with the circle named.
//!
//! # The rule `segment`
//! | `ask` | with | answer |
//! |---|---|---|
//! | `member` | `segments`, `segment`, `facts`, `at`; or `matches`, `manually_added`, `manually_removed` | `member`, `pin`, `matches`, `next_change_at` |
//! | `why` | the same, `lang` | the same, and `reasons`: the pin, or each test that decided |
//! | `preview` | `segments`, `segment`, `where`, `records`, `at`, `samples` | `entering`, `leaving`, `staying` with some of each |
//! | `check` | `segments` | `ok`, `problems` |
//!
//! A segment is `{"code", "record", "where", "zone", "week_start", "pinned_in": [id], "pinned_out": [id], "pins": [{"id",
//! "pin", "at"}]}`; `facts` are the record's fields with its `id`. `next_change_at` is the first instant at which time alone
//! makes a member of the record, or ends that.
//!
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("segment", &json!({
//!     "ask": "why", "at": "2026-11-22T09:00:00Z", "lang": "en", "segment": "big",
//!     "segments": [{"code": "big", "record": "account", "where": {"field": "size", "op": "ge", "value": 50}}],
//!     "facts": {"size": 120},
//! }))?;
//! assert_eq!(answer["member"], true);
//! assert_eq!(answer["reasons"][1]["text"], "`size` is 120, as asked (at least 50)");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod change;
mod definition;
mod door;
mod pins;
mod preview;
mod resolve;
mod why;

pub use self::definition::{Definition, KINDS};
pub(crate) use self::door::KIND_NAMES;
pub(in crate::rules) use self::door::condition;
pub use self::door::eval_json;
pub use self::pins::{Pins, Said};
pub use self::preview::{MOST_SAMPLES, Preview};
pub use self::resolve::{Book, Segment, nobody, without_segments};
pub use self::why::Verdict;
