//! Sequences: follow-up in steps, when each runs, what stops it, and who is enrolled. Nothing here sends: a message step
//! makes a draft.
//!
//! # Configuration
//! The part `sequence`:
//! ```json
//! {"zone": "Europe/Paris",
//!  "sequences": [{
//!    "id": "welcome", "version": 2, "status": "active", "subjects": ["lead", "contact"],
//!    "calendar": "office", "business_days_only": true,
//!    "windows": {"monday": [["09:00", "12:00"], ["14:00", "18:00"]], "tuesday": [["09:00", "18:00"]]},
//!    "zone": "contact", "exclusivity": "yes", "reenrol": "once",
//!    "stop_on": ["reply", "meeting", "deal_created", "converted"], "first_step_immediate": false,
//!    "steps_per_day": 1, "max_per_contact": {"day": 1, "week": 3}, "max_per_mailbox": {"day": 200},
//!    "spacing_seconds": 30, "spread_seconds": 3600, "max_active_per_owner": 50, "max_adds_per_day": 20,
//!    "steps": [
//!      {"type": "email", "title": "Hello", "template": "email_first_contact"},
//!      {"type": "branch", "when": {"field": "phone", "op": "is_null"}, "then": "again"},
//!      {"id": "call", "type": "call", "title": "Call", "delay": {"count": 2, "unit": "business_days"}},
//!      {"id": "again", "type": "email", "title": "Again", "template": "email_follow_up",
//!       "delay": {"count": 3, "unit": "days", "from": "previous_done"}, "on_missing_channel": "task",
//!       "skip_if": {"field": "language", "op": "eq", "value": "de"}}
//!    ]}],
//!  "nurture": [{"id": "site", "on": "website_lead_created", "sequence": "welcome"}]}
//! ```
//! The values above are those that hold where an option is left out, apart from the calendar (Monday to Friday), windows
//! (the whole day), limits and `spread_seconds` (none) and delays (none). Several versions of a sequence may stand beside
//! each other: who is enrolled keeps the version, the latest takes new records. `reenrol` is also `if_not_active`,
//! `always` or `{"after_days": 90}`; `exclusivity` also `only_exclusive` and `no`. Opt-outs and hard bounces always stop.
//! `purpose` (usually `prospecting`) and `topic` say what its messages are for as far as the law asks; the template says it
//! where the sequence does not. A branch goes on at a later step, or at `end`. A condition that nobody can answer does not hold.
//!
//! # When
//! A step is due its delay after the step before was done (a task completed, a message sent), or was due, or after the
//! enrolment began ([`Delay`]); what makes something is due in the hours ([`Hours::next_send`]). A step that is looked at
//! later runs once, with `late_by`; outside of the hours it waits for them. A record has at most `steps_per_day` steps on
//! a local day, so that a backlog is not poured out. Messages keep the limits and the spacing ([`Throttle`]): one that
//! cannot leave on that day waits, otherwise its draft has the time before which it does not leave.
//!
//! # State
//! [`Enrolment::step`] takes one [`Happening`] and gives a [`Decision`]: effects and reasons. To replay all happenings is
//! to fold steps. The same number twice changes nothing; a step runs once; what is over stays over.
//!
//! # Questions as JSON
//! `{"asks": [...], "lang": "fr"}`, answered in order under `answers`, each with `reasons`. Hours are those of `sequence`,
//! or `windows`, `calendar` (an id or a calendar) and `business_days_only` of the question. `zone` is the workspace's where
//! it is left out.
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `next_send` | `due`, `zone`, hours, `search_days` | `at`, null if there is none |
//! | `delay` | `from`, `delay`, `zone`, hours | `due`, and `at` in the hours |
//! | `slots` | `from`, `zone`, hours, `keys`, `sent` (`contact`, `mailbox`), limits as a sequence has them | `slots`, one per key |
//! | `schedule` | `sequence`, `version`, `at`, `zone` | `steps` with `at`, if each is done at once and no branch is taken |
//! | `may_enrol` | `sequence`, `subject` (`kind`, `id`), `at`, `past`, `holds`, `automatic`, `active_for_owner`, `added_by_owner` | `verdict` |
//! | `enrol` | the same with `id` | `verdict`, `enrolment`, `effects` |
//! | `play` | `enrolment`, `happenings`, `facts` | `enrolment`, `decisions` with `effects` |
//! | `migrate` | `enrolment`, `to` (a version), `steps` (old to new, or `end`), `at` | `enrolment`, null where the map lacks a step |
//! | `nurture` | as `may_enrol` without a sequence, with `event`, `event_id`, `record`, `done` (`rule`, `sequence`, `event`) | `enrol`, null if nothing follows |
//!
//! `past` are the record's enrolments (`sequence`, `status`, `ended_at`, `exclusivity`), `holds` what would stop a sequence
//! ([`StopCause`]). A happening has `number`, `at`, `event` and what goes with it ([`Event`]); facts are `record`,
//! `missing` (channels), `holds`, `other_runs` and `sent`, for all happenings or for one.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let rules = Rules::from_json(&json!({"sequence": {"zone": "Europe/Paris", "sequences": [{
//!     "id": "welcome",
//!     "steps": [{"type": "call", "title": "Call"}, {"type": "email", "delay": {"count": 2, "unit": "business_days"}}],
//! }]}}))?;
//! // Enrolled on a Saturday: the call is due on Monday at the same time of the clock.
//! let lead = json!({"kind": "lead", "id": "7"});
//! let asks = json!({"lang": "fr", "asks": [
//!     {"ask": "enrol", "sequence": "welcome", "id": "e1", "subject": lead, "at": "2026-11-21T10:00:00+01:00"},
//! ]});
//! let enrolled = &rules.eval("sequence", &asks)?["answers"][0];
//! assert_eq!(enrolled["enrolment"]["due_at"], "2026-11-23T09:00:00Z");
//! assert_eq!(enrolled["reasons"][1]["text"], "le 21/11/2026 n’est pas un jour ouvré");
//!
//! let asks = json!({"asks": [{"ask": "play", "enrolment": enrolled["enrolment"], "happenings": [
//!     {"number": 1, "at": "2026-11-23T10:05:00+01:00", "event": "advance"},
//!     {"number": 2, "at": "2026-11-23T16:00:00+01:00", "event": "done", "step": "1"},
//!     {"number": 3, "at": "2026-11-24T09:00:00+01:00", "event": "reply"},
//! ]}]});
//! let played = &rules.eval("sequence", &asks)?["answers"][0];
//! assert_eq!(played["decisions"][0]["effects"][0]["effect"], "create_task");
//! assert_eq!(played["decisions"][1]["effects"][0]["until"], "2026-11-25T15:00:00Z");
//! assert_eq!(played["enrolment"]["ended"]["how"], "replied");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod config;
mod door;
mod enrol;
mod enrolment;
mod happening;
mod migrate;
mod nurture;
mod schedule;
mod step;
mod steps;
mod throttle;
mod words;

pub(in crate::rules) use self::config::{Beside, compile};
pub use self::config::{Condition, Reenrol, Sequence, Sequences};
pub(crate) use self::door::schedule;
pub(in crate::rules) use self::door::{Around, eval_json};
pub use self::enrol::{Past, Request, Verdict, enrol, may_enrol, may_go_on, zone_of};
pub use self::enrolment::{Enrolment, Run, Standing};
pub use self::happening::{Decision, Effect, Event, Facts, Happening, Outcome};
pub use self::migrate::StepMap;
pub use self::nurture::{Done, Happened, NurtureEvent, NurtureRule, Nurtured, decide};
pub use self::schedule::{Delay, DelayFrom, DelayUnit, Hours, SEARCH_DAYS, Slot};
pub use self::steps::{END, Step};
pub use self::throttle::{Limits, Sent, Throttle};
pub use self::words::{
    Availability, EnrolmentStatus, Exclusivity, OnMissing, StepKind, StopCause, SubjectKind, ZoneOf,
};
