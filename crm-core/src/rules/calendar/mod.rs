//! Business calendars: the host's configuration of [`kernel::calendar`](crate::kernel::calendar), and its questions as
//! JSON.
//!
//! # Configuration
//! ```json
//! [{
//!   "id": "support", "version": 3, "zone": "Europe/Paris",
//!   "weekly": {"monday": [["09:00", "12:30"], ["14:00", "18:00"]], "friday": [["22:00", "30:00"]]},
//!   "shifts": {"2026-12-24": [["09:00", "12:00"]], "2026-12-31": []},
//!   "breaks": {"2026-06-11": [["15:00", "17:00"]]},
//!   "french_holidays": "metropole", "worked_holidays": ["whit_monday"],
//!   "holidays": ["2026-05-15", {"date": "2026-10-26", "name": "Inventory"}]
//! }]
//! ```
//! Times are `HH:MM` or `HH:MM:SS` by the clocks of the zone, to `48:00`: a window over midnight ends later than
//! `24:00` and belongs to its first day. Windows of a day may overlap; an empty list closes the day. The days of the
//! week that are not named are closed. `french_holidays` is one of
//! [`FrenchZone::NAMES`](crate::kernel::calendar::holidays::FrenchZone::NAMES), `worked_holidays` are
//! [`FrenchHoliday::CODES`](crate::kernel::calendar::holidays::FrenchHoliday::CODES) on which the company works. Other
//! countries' days are given in `holidays`.
//!
//! # Questions
//! The input is `{"calendar": ..., "asks": [...], "lang": "fr"}`: the id of a configured calendar or a calendar as above
//! (without it the only one configured), and questions, answered in order under `answers`. A pause is a pair of instants.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `due` | `start`, `working_seconds`, `pauses` | `due` |
//! | `elapsed` | `from`, `to`, `pauses` | `seconds`, and `microseconds` of the last one if it is not whole |
//! | `before` | `end`, `working_seconds`, `pauses` | `at` |
//! | `is_open` | `at` | `open` |
//! | `next_open`, `previous_open` | `at` | `at`, null if there is none |
//! | `open_spans` | `from`, `to` (at most 400 days) | `spans`, pairs of instants |
//! | `is_business_day` | `date` | `business_day` |
//! | `add_business_days` | `date`, `days` | `date` |
//! | `business_days_between` | `from`, `to`: days after one up to and with the other | `days` |
//! | `shift_business_days` | `at`, `days` | `at` |
//! | `local_to_instant` | `local` such as `2026-03-29T02:30:00`, `zone` (the calendar's if absent) | `at` |
//! | `holidays` | `year`, `french_zone` (the calendar's own days if absent) | `dates`, each once, `count`, and `holidays` with `date`, `code` and `name` |
//! | `holiday_date` | `holiday` (code or name), `year`, `french_zone` (`metropole` if absent) | `date`, null if there is none |
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let hours = json!([["09:00", "12:30"], ["14:00", "18:00"]]);
//! let rules = Rules::from_json(&json!({"calendar": [{
//!     "id": "support", "zone": "Europe/Paris", "french_holidays": "metropole",
//!     "weekly": {"monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours},
//! }]}))?;
//! // Eight working hours from the Wednesday before Ascension.
//! let answer = rules.eval("calendar", &json!({"asks": [
//!     {"ask": "due", "start": "2026-05-13T16:00:00+02:00", "working_seconds": 28_800},
//!     {"ask": "holidays", "year": 2026},
//! ], "lang": "fr"}))?;
//! assert_eq!(answer["answers"][0]["due"], "2026-05-15T14:30:00Z");
//! assert_eq!(answer["answers"][1]["holidays"][1]["name"], "Lundi de Pâques");
//! assert_eq!(answer["calendar"]["id"], "support");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod asks;
mod config;

pub(super) use self::asks::chosen;
pub use self::asks::eval_json;
pub(crate) use self::asks::named;
pub(super) use self::asks::pause;
pub(crate) use self::config::calendar;
pub(super) use self::config::calendars;
pub(crate) use self::config::weekly;
