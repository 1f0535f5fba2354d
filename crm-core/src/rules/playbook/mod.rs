//! Playbooks: what is done with a customer after the signature, step by step, on days that follow from a few.
//!
//! # A playbook
//! ```json
//! {"code": "onboarding", "version": 1, "title": {"en": "Onboarding", "fr": "Mise en route"}, "calendar": "office",
//!  "anchors": ["signature"], "suits": {"field": "industry", "op": "contains", "value": "renov"},
//!  "steps": [
//!   {"code": "kickoff", "title": {"en": "Kick-off call", "fr": "Appel de lancement"},
//!    "anchor": "start", "offset": 3, "unit": "business_days", "assignee": "account_owner"},
//!   {"code": "training", "title": {"en": "Training", "fr": "Formation"}, "anchor": {"step": "kickoff"},
//!    "offset": 2, "unit": "weeks", "duration": 1, "roll": true, "assignee": {"role": "trainer"}, "after": ["import"]},
//!   {"code": "import", "title": "Import", "anchor": "go_live", "offset": 10, "unit": "days", "direction": "before",
//!    "required": false, "condition": {"field": "size", "op": "ge", "value": 10}, "creates_task": false}]}
//! ```
//! A step is counted from its `anchor`: `start`, `go_live`, `renewal`, a day of `anchors`, or the end of another step. The
//! `offset` is in `days`, `weeks`, `months` or `business_days`. With `direction` `after` (where nothing is said) the step
//! begins so long after its anchor, and no earlier than each step of `after` ends; it lasts `duration` days more. With `before` it *ends* so long before
//! its anchor, and begins `duration` days earlier; where a step of `after` ends too late for that, this is told and
//! nothing moves. So no day of a step precedes its anchor after it, and none comes later than its anchor before it.
//!
//! Months are counted from the anchor: one month after 31 January is the last day of February, two are 31 March. With
//! `roll` a day on which nobody works is passed over, away from the anchor. A duration is in business days where the offset
//! is, in days of the calendar elsewhere, and is counted from the day on which the step really begins.
//!
//! What is done ended on the day on which it was done. A step that hangs on one that is open is counted from that one's
//! planned end, and marked so. What is not needed takes no time. Where nobody said when an anchor is, the step has no days.
//!
//! # Questions
//! The input is `{"asks": [...], "lang": "fr"}`; answers come in order under `answers`. A `playbook` is one as above, or the
//! code of a configured one.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `check` | `playbook` | `valid`; `order`, `days` and `hash`, or the `error` |
//! | `due` | `anchor`, `offset`, `unit`, `direction`, `holidays` or `calendar` | `date`, `reasons` |
//! | `dates` | `anchor`, `begin_on`, `duration`, `holidays` or `calendar` | `start`, `end`: both pass over the days on which nobody works |
//! | `plan` | `playbook`, `anchors`, `steps`, `account`, `at` | `steps` with their days and why |
//! | `replan` | `playbook`, `anchors`, `steps` with their days | `moved`: open steps only |
//! | `migrate` | `playbook`: the one to go on in, `anchors`, `steps`, `account`, `at` | `steps`, each with what becomes of it |
//! | `progress` | `steps`: a list with `code`, `required`, `state`, `due_on`; `on` | `required`, `done`, `share_bp`, `late`, `complete` |
//!
//! `holidays` closes days of a week in which every day is open for `dates`, and Monday to Friday for `due`. The steps of a
//! run are `{"kickoff": {"state": "done", "settled_on": "2026-11-24", "starts_on": "...", "due_on": "..."}}`.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("playbook", &json!({"lang": "en", "asks": [
//!     {"ask": "due", "anchor": "2026-01-31", "offset": 1, "unit": "months"},
//!     {"ask": "dates", "anchor": "2026-05-13", "begin_on": 1, "duration": 1, "holidays": ["2026-05-14"]},
//! ]}))?;
//! assert_eq!(answer["answers"][0]["date"], "2026-02-28");
//! assert_eq!(answer["answers"][1], json!({"start": "2026-05-15", "end": "2026-05-16"}));
//! # Ok::<(), crm_core::Error>(())
//! ```

mod compile;
mod config;
mod dates;
mod definition;
mod door;
mod order;
mod plan;
mod progress;
mod replan;

pub(crate) use self::compile::{Beside, compile};
pub use self::config::{Playbooks, suited};
pub use self::dates::{due, rolled, span};
pub use self::definition::{ANCHORS, Anchor, Assignee, MOST_OFFSET, MOST_STEPS, Offset, Playbook, Step};
pub(super) use self::door::{Around, eval_json};
pub use self::plan::{Planned, Standing, plan};
pub use self::progress::{Counted, Late, Progress, progress};
pub use self::replan::{Change, Kept, Migrated, Moved, Span, migrate, replan};
