//! Tasks: when each is due seen from today, in which order they are done, and when they come again.
//!
//! # Bands
//! A task is due by the end of a local day or by an instant. Days are half-open spans in a zone: what is due at
//! 23:59:59.999 belongs to that day, what is due at midnight to the next one. `overdue` is what was due before today;
//! `today`, `tomorrow`; `this_week` is what is due after tomorrow and before the next week begins (on Monday unless it is
//! said otherwise); `later`; `undated`. What is due at a time of today that has passed is still due `today`, but
//! *late*. A day that the clocks left out ends with the day before.
//!
//! # Order
//! Total and stable: band, what waits for another task last in its band, the highest priority first
//! ([`Priorities`](crate::rules::Priorities)), the earliest due first (a day is due at its end), the oldest first, id.
//! Completed tasks come last, the latest first. `snoozed_until` hides a task until that instant and changes nothing else.
//!
//! # Recurrence
//! See [`recurrence`].
//!
//! # Questions as JSON
//! `{"asks": [...], "lang": "fr"}`, answered in order under `answers`. A task has the fields `id`, `due_date`, `due_at`,
//! `priority`, `created_at`, `snoozed_until`, `completed_at`, `completed_by`, `blocking_task`, `title`, `occurrence`, each
//! of which may be left out. `zone` and `week_starts` are the configuration's (part `tasks`) where they are left out.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `band` | `at`, `task`, `zone`, `week_starts` | `band`, `is_late`, `is_snoozed`, `due_day`, `next_change_at`, `reasons` |
//! | `order` | `at`, `tasks` with ids, `include` (`snoozed`, `completed`), `zone`, `week_starts` | `bands` with counts, `tasks` in order, each as above; `hidden` ids; `next_change_at` |
//! | `occurrences` | `recurrence`, `anchor` such as `2026-01-31T09:00:00`, `from` (a number), `limit`, `zone`, `calendar` | `occurrences` with `number`, `day`, `due_at` |
//! | `next` | `recurrence`, `anchor`, `number` of the one that was done, `at`, `zone`, `calendar` | `next`, null if the series is over; `skipped` |
//!
//! `calendar` is the id of a configured one or a calendar as the rule [`calendar`](crate::rules::calendar) takes it.
//! A task that waits for one that is not in the list is blocked.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let rules = Rules::from_json(&json!({"tasks": {"zone": "Europe/Paris"}}))?;
//! let answer = rules.eval("task", &json!({"asks": [
//!     {"ask": "band", "at": "2026-11-22T09:00:00Z", "task": {"due_date": "2026-11-20"}},
//!     {"ask": "next", "recurrence": "FREQ=MONTHLY", "anchor": "2026-01-31", "number": 0, "at": "2026-01-30T09:00:00Z"},
//! ], "lang": "fr"}))?;
//! assert_eq!(answer["answers"][0]["band"], "overdue");
//! assert_eq!(answer["answers"][0]["reasons"][0]["text"], "en retard de 2\u{a0}jours (échéance le 20/11/2026)");
//! assert_eq!(answer["answers"][1]["next"]["day"], "2026-02-28");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod days;
mod door;
mod order;
pub mod recurrence;
mod settings;

pub use self::days::{Due, Edge, Horizon, LocalDays};
pub(in crate::rules) use self::door::{Around, eval_json};
pub(crate) use self::door::{include, list_json, told};
pub use self::order::{Rank, TaskFacts};
pub use self::recurrence::{Anchor, Next, Occurrence, Recurrence, Series};
pub use self::settings::TaskSettings;
