//! The team's time and work: how long somebody works in a window, who is there, and who gets a piece of work.
//!
//! # Configuration
//! ```json
//! {"calendar": "office", "half_day_at": "13:00", "capacity_points": 40,
//!  "assignment": {"most_away_bp": 5000, "window_days": 5, "limit": {"count": 30, "days": 30},
//!                 "points": {"lead": 1, "ticket": 2, "task": 1, "deal": 0}}}
//! ```
//! Everything may be left out. Who has no calendar of the own works by `calendar`; without one it is Monday to Friday
//! around the clock in `zone` (UTC if absent), and that is told. Who has no capacity takes `capacity_points` (100).
//!
//! # Availability
//! Somebody's *working time* in a window is the open time of the person's calendar, so holidays are out already. Taken
//! from it are the time before the first and after the last day, and leave. Leave goes from a first to a last day of the
//! calendar's zone, both included, and may begin with an afternoon and end with a morning. Leaves of one person are a
//! union: what two share counts once and is told (`overlapping_leave`). A day is cut in half at `half_day_at` by the
//! clock (noon if absent), or with `"middle"` when half of that day's working time is over. A night shift belongs to the
//! days by the clock. Somebody who is `away` without leave keeps the working time, since nobody said until when, but is no
//! candidate.
//!
//! The rule `availability` takes `{"person": {...}, "from": "...", "to": "...", "at": "...", "staff": {...}, "lang": "fr"}`:
//! a person with `calendar` (an id or a calendar as in [`calendar`](super::calendar)), `status`, `started_on`, `left_on`,
//! `capacity_points` and `leave` (`from_date`, `from_half`, `to_date`, `to_half`, `kind`); a window, an instant or both;
//! the part `staff` of the configuration in place of the workspace's own. It gives seconds, points for the share of the
//! time that is left (a half rounded up), reasons whose seconds sum to what is missing, and under `now` how the person
//! stands at `at` and from when on the person works again (`back_at`).
//!
//! # Assignment
//! The rule `assignment` takes `people` (as above, with `user`, `job_title`, `team`, `skills`, `languages`, `open` counts
//! by kind of record or `load_points`, `last_assigned_at`, `assigned_24_hours`, `limit`), `wanted` (see [`Wanted`]) and the
//! window `from` to `to` in which the work is to be done. Candidates are active, have one of the jobs and teams, all of
//! the skills and any of the languages, are not missing for more than `most_away_bp` of their working time in the window,
//! and carry less than their capacity. With a `limit` nobody gets more on one day than
//! `round_half_up(count / days)` less what was assigned in the last 24 hours, which is Odoo's rule for
//! `assignment_max` per 30 days (`crm_team_member.py`).
//!
//! Candidates are ranked by load / capacity, compared by cross multiplication, then by who got nothing for the longest
//! time, then by name. The answer has everybody: `ranked` with the reasons of the place, `excluded` with every reason
//! against.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let hours = json!([["09:00", "12:30"], ["14:00", "18:00"]]);
//! let rules = Rules::from_json(&json!({
//!     "calendar": [{"id": "office", "zone": "Europe/Paris", "french_holidays": "metropole", "weekly":
//!         {"monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours}}],
//!     "staff": {"calendar": "office", "half_day_at": "13:00"},
//! }))?;
//! // The week of Ascension, Friday off from noon: three days of 7.5 hours and a morning of 3.5.
//! let answer = rules.eval("availability", &json!({
//!     "person": {"leave": [{"from_date": "2026-05-15", "from_half": "afternoon"}]},
//!     "from": "2026-05-11T00:00:00+02:00", "to": "2026-05-18T00:00:00+02:00", "at": "2026-05-15T15:00:00+02:00",
//! }))?;
//! assert_eq!(answer["working_seconds"], 4 * 27_000);
//! assert_eq!(answer["available_seconds"], 3 * 27_000 + 12_600);
//! assert_eq!(answer["now"]["back_at"], "2026-05-18T07:00:00Z");
//!
//! let answer = rules.eval("assignment", &json!({
//!     "people": [{"user": "marie", "load_points": 3, "capacity_points": 10},
//!                {"user": "paul", "load_points": 1, "capacity_points": 4},
//!                {"user": "zoe", "status": "left"}],
//!     "from": "2026-05-11T08:00:00Z", "to": "2026-05-13T08:00:00Z", "lang": "en",
//! }))?;
//! assert_eq!(answer["ranked"][0]["user"], "paul"); // 1/4 is less than 3/10
//! assert_eq!(answer["excluded"][0]["reasons"][0]["code"], "excluded_status");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod absence;
mod assignment;
mod availability;
mod door;
mod settings;

pub use self::absence::{Absences, leave_days};
pub(crate) use self::assignment::reasons;
pub use self::assignment::{Candidate, Profile, Ranked, Ranking, Wanted, Workload};
pub use self::availability::{Availability, Person, Standing};
pub(crate) use self::door::{
    Around, assignment_json_of as assignment_json, availability_json as availability_map,
    availability_json_of as availability_json, standing_json,
};
pub use self::settings::{Limit, StaffSettings};
pub(crate) use self::settings::{MOST_POINTS, assumed};
