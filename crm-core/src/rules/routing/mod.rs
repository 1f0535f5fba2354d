//! Routing: who gets this lead, and why not somebody else?
//!
//! # Meaning
//! The configuration lists people, teams, queues and rules. [`RoutingTable::decide`] is a pure function of the lead's
//! facts, what is remembered ([`State`]) and the instant: rules are asked in ascending priority (of equal ones the
//! lower id first), the first one that certainly applies decides. Unknown is not true. A rule without conditions takes
//! every lead.
//!
//! Nobody who is inactive or on leave gets a lead: not by name, not as owner of the account, not by being kept. Who is
//! passed over is told with the reason and until when.
//!
//! ```json
//! {"zone": "Europe/Paris",
//!  "members": [
//!    {"user": "marie", "weight": 2, "caps": {"day": 10, "open": 60, "window": {"seconds": 3600, "most": 2}},
//!     "hours": {"monday": [["09:00", "12:30"], ["14:00", "18:00"]]},
//!     "leave": [{"from": "2026-12-21", "to": "2026-12-31"}, {"from": "2026-12-18", "half_day": "afternoon"}]},
//!    {"user": "paul", "email": "paul@acme.example", "quota_month": 45, "active": true}],
//!  "teams": [{"id": "sales", "members": ["marie", "paul"]}],
//!  "queues": ["later", {"id": "partners", "labels": {"en": "Partners", "fr": "Partenaires"}}],
//!  "rules": [
//!    {"id": "partners", "priority": 10, "match": {"email_domain": ["partner.example"]}, "target": {"queue": "partners"}},
//!    {"id": "web", "priority": 20, "match": {"source": "web", "landing_page": [{"prefix": "/devis"}]},
//!     "when": {"field": "size", "op": "ge", "value": 10}, "days": ["monday", "tuesday"],
//!     "valid": {"from": "2026-01-01"}, "target": {"team": "sales"}, "strategy": "sticky_account",
//!     "else": "smooth_weighted", "within_hours": true, "on_none": "next", "accept_within_seconds": 3600},
//!    {"id": "all", "priority": 30, "target": {"team": "sales"}, "strategy": "least_open", "on_none": {"queue": "later"}}],
//!  "fallback": {"target": {"queue": "later"}}}
//! ```
//!
//! # Rules
//! - `match`: every option must hold; each takes one value or a list. `source`, `campaign` and `segment` compare whole
//!   texts, folded; `segment` also takes the code of a stored segment of leads, and then its members (`segments` beside a
//!   lead at the JSON door); `email_domain` the domain as written or its registrable part; `landing_page` takes `{"exact"}`,
//!   `{"prefix"}` or `{"glob"}` with `*` and `?`. `when` is any condition ([`predicate`](crate::kernel::predicate)).
//! - `target`: `{"user"}`, `{"team"}`, `{"queue"}`, `"keep"` (the owner) or `"drop"` (nobody).
//! - `on_none`, where nobody can take it: the `"next"` rule that applies (the default), a `{"queue"}` or the
//!   `"fallback"`.
//! - A lead that has an owner is left alone unless the host forces it; archived, merged and converted leads always are.
//!
//! # Strategies of a team
//! - `smooth_weighted` (the default): turns by weight, spread out. With weights 1 and 2: B A B, B A B. After any number
//!   of leads nobody is a whole turn off the share (Tijdeman's theorem; Nginx's order, where that is not enough, see
//!   `turn.rs`). Being passed over for one lead keeps the place; who was away comes back with the median of the
//!   others, without backlog.
//! - `least_open`: the fewest open leads per weight, compared as fractions; of equal ones the first in the team.
//! - `quota_month`: who is furthest behind `quota_month / 30` a day, rounded half up (Odoo 18); with `work_days` behind
//!   Odoo 14's `max * d / 30 + 0.2 * max(0, max - (month + max * d / 30))`. Who has the quota is passed over.
//! - `fixed`: the first of the team who is there.
//! - `sticky_account`: who owns the lead's account, if that person is there; `else` says how otherwise.
//!
//! # Limits of a person
//! `caps`: leads in a sliding `window`, on one `day` and in one `week` (from Monday) of the person's zone, in one
//! `month` of the workspace's zone, and `open` ones at a time. `leave` includes both days, by the person's own clock;
//! half a day ends or begins at noon. Without `hours` somebody always works.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::parse(r#"{"routing": {
//!     "zone": "Europe/Paris",
//!     "members": [{"user": "marie", "leave": [{"from": "2026-12-21", "to": "2026-12-31"}]}, {"user": "paul"}],
//!     "teams": [{"id": "sales", "members": ["marie", "paul"]}],
//!     "rules": [{"id": "web", "priority": 1, "match": {"source": "web"}, "target": {"team": "sales"}}]}}"#.as_bytes())?;
//! let lead = json::parse(br#"{"lead": {"source": "Web"}, "at": "2026-12-24T09:00:00Z", "lang": "fr"}"#)?;
//! let answer = rules.eval("routing", &lead)?;
//! assert_eq!(answer["decision"]["user"], "paul");
//! assert_eq!(answer["decision"]["skipped"][0]["text"], "marie\u{a0}: en congé jusqu’au 31/12/2026");
//! assert_eq!(answer["state"]["assigned"]["paul"][0], "2026-12-24T09:00:00Z");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod calendar;
mod clause;
mod decide;
mod decision;
mod door;
mod index;
mod lint;
mod member;
mod needs;
mod pages;
mod pick;
mod quota;
mod rule;
mod simulate;
mod state;
mod table;
mod turn;

pub use clause::InSegments;

pub use decide::Router;
pub use decision::{Decision, Outcome, Request};
pub use door::{eval_json, lint_json};
pub use index::Slot;
pub use needs::Needs;
pub use pick::Turn;
pub use simulate::{Counts, Simulation};
pub use state::State;
pub use table::RoutingTable;
