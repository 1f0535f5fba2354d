//! Promises to customers and their clocks, as a reducer over what happened to a ticket.
//!
//! # Meaning
//! A [`Policy`] promises working seconds per metric ([`SlaMetric`](crate::kernel::service::SlaMetric)) and priority. A
//! ticket has the first policy, by position, whose condition holds ([`Sla::choose`]); without one it has no promise. A
//! [`Clock`] measures one promise: [`State::step`] takes one [`Happening`] after the other and keeps all clocks of a
//! ticket. Nothing else is needed to go on: the state has a canonical JSON form, and to replay all events is to fold
//! steps ([`State::replay`]).
//!
//! With `measure[a, b)` the open time of the policy's calendar without the clock's pauses:
//!
//! - due is the first instant with `measure[start, due)` = target; where a pause begins right there, the end of the pause;
//! - a promise is kept iff what it waits for happens at or before due; it is broken iff `now > due`. A clock that stands
//!   still cannot break its promise, and a broken promise stays broken;
//! - it is due soon when no more than the longer of `due_soon.seconds` and `due_soon.percent_bp` of the target remains;
//! - steps of the escalation lie before or after due in working time;
//! - without a calendar every second counts, and the reasons say so; a calendar without working time is an error when it
//!   is loaded, and `calendar_has_no_working_time` where there is none left.
//!
//! | event | first response | next response | update | first resolution | total resolution | requester wait, agent work |
//! |---|---|---|---|---|---|---|
//! | made | starts | - | - | starts | starts | start |
//! | customer writes | - | starts, if none runs and the first response was given | - | - | - | - |
//! | staff replies | stops | stops | stops, starts anew | - | - | - |
//! | internal note, automatic message | - | - | - | - | - | - |
//! | status of `pause_on` | stands still | stands still | stands still | stands still | stands still | agent work stands still |
//! | resolved | stops, or is cancelled | cancelled | cancelled | stops | stops | stop |
//! | reopened | - | starts, if a message came after the resolution | starts | stays | goes on | go on |
//! | priority, policy | due anew | due anew | due anew | due anew | due anew | due anew |
//! | merged, archived | cancelled | cancelled | cancelled | cancelled | cancelled | cancelled |
//!
//! Requester wait is the time in new, open and hold, agent work in new and open. A pause under one policy stays a pause
//! under the next. A changed priority or policy counts from the original start with all pauses
//! ([`ChangeMode`] has other ways) and never touches what was kept or broken.
//!
//! # Order
//! Events are ordered by instant and number. [`State::replay`] sorts them. [`State::step`] passes over a number that it
//! has seen, and takes an event that is older than the last one as if it happened with that one; both are told.
//!
//! # What is remembered
//! A clock keeps the ids and versions of its policy and calendar and the calendar's hash, its due instants, and what it
//! used. So what is stored keeps its meaning whatever the configuration says later; it is applied to what runs by an
//! event [`Reapplied`](crate::kernel::service::TicketEventKind::Reapplied), or where a pause ends. Of finished next
//! responses and updates the latest fifty are kept, of those before only how many were kept and broken.

mod alerts;
mod answer;
mod clock;
mod config;
mod door;
mod duration;
mod events;
mod explain;
mod json;
mod ledger;
mod policy;
mod promise;
mod reapply;
mod schedule;
mod shown;
mod standing;
mod state;
mod step;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value as Json;

pub use self::alerts::Alert;
pub use self::clock::{CalendarRef, Clock, ClockState, PolicyRef};
pub use self::door::{Around, eval_json};
pub use self::explain::{Ledger, MOST_LINES};
pub use self::ledger::LedgerPage;
pub use self::policy::{Chosen, Policy, WorkingTime};
pub use self::standing::{ClockStanding, Standing};
pub use self::state::{Folded, Happening, Segment, State};
pub use self::waits::Waits;
use crate::kernel::calendar::{Calendar, CalendarConfig, Pauses, Window};
use crate::kernel::coded::coded;
use crate::kernel::error::Result;
use crate::kernel::field::Schema;
use crate::kernel::service::TicketEventKind;
pub use crate::kernel::sla_reason::{End, MoveCause, SlaReason};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::rules::support::Support;

coded! {
    /// What a changed priority or policy does to a clock that runs.
    ChangeMode {
        /// Its due instant is computed from the original start with all pauses.
        Recompute = "recompute",
        /// It starts anew at the change.
        ResetStart = "reset_start",
        /// It has used the same share of the new target as of the old one.
        KeepElapsedFraction = "keep_elapsed_fraction",
    }
}

/// For how long after a ticket was resolved certain events do not reopen it for its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grace {
    /// Seconds by the wall clock.
    pub seconds: i64,
    /// What has to happen, by its kind and never by its words.
    pub by: Vec<TicketEventKind>,
}

impl Grace {
    /// Whether something happened that soon after a ticket was resolved.
    pub(crate) fn covers(&self, resolved: Instant, at: Instant) -> bool {
        at.signed_duration_since(resolved) <= state::seconds(self.seconds)
    }
}

/// What holds for all policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a ticket that is resolved without a reply was responded to; its first response is cancelled otherwise.
    pub resolved_is_response: bool,
    /// Whether the time between resolved and reopened is a pause of the total resolution.
    pub resolved_pauses_total: bool,
    /// Whether a ticket that staff made needs no first response.
    pub created_by_staff_is_response: bool,
    /// What a changed priority or policy does.
    pub on_change: ChangeMode,
    /// When a ticket is not reopened after all.
    pub reopen_grace: Option<Grace>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            resolved_is_response: true,
            resolved_pauses_total: false,
            created_by_staff_is_response: false,
            on_change: ChangeMode::Recompute,
            reopen_grace: None,
        }
    }
}

/// Policies and options of a workspace, compiled: the configuration's `sla`; see the [module](self).
#[derive(Clone, Debug)]
pub struct Sla {
    schema: Arc<Schema>,
    calendars: BTreeMap<String, Calendar>,
    support: Support,
    wall: Calendar,
    policies: Vec<Policy>,
    options: Options,
}

impl Sla {
    /// Reads the policies over the ticket's fields.
    ///
    /// ```json
    /// {"policies": [{
    ///    "id": "gold", "version": 2, "position": 1, "labels": {"en": "Gold", "fr": "Or"},
    ///    "when": {"field": "tags", "op": "has", "value": ["gold"]}, "is_default": false,
    ///    "calendar": "support",
    ///    "targets": {"urgent": {"first_response": 1800}, "*": {"first_response": "4h", "first_resolution": "16h"}},
    ///    "pause_on": ["pending", "hold"], "due_soon": {"seconds": "30m", "percent_bp": 2000},
    ///    "escalation": [{"id": "lead", "metric": "first_response", "before": "1h", "notify": ["lead"]}]
    ///  }],
    ///  "resolved_is_response": true, "resolved_pauses_total": false, "created_by_staff_is_response": false,
    ///  "on_change": "recompute", "reopen_grace": {"seconds": 3600, "by": ["customer_message"]}}
    /// ```
    /// `calendar` is an id, or `{"field": "account", "of": {"<value>": "<calendar>"}, "otherwise": "support"}`, or null for
    /// every second of every day. Without `pause_on` clocks stand still while the ticket is pending or on hold. A target of
    /// null takes away what `*` promises.
    ///
    /// # Errors
    /// What the configuration gets wrong, with its path: an unknown field, calendar, priority or status, an id twice, a
    /// target of no time.
    pub fn new(
        json: Option<&Json>,
        schema: &Arc<Schema>,
        calendars: &BTreeMap<String, Calendar>,
        support: &Support,
    ) -> Result<Self> {
        let known = config::Known { schema, calendars, support };
        let (policies, options) = match json {
            Some(json) => config::read(json, &known)?,
            None => (Vec::new(), Options::default()),
        };
        let mut around_the_clock = CalendarConfig::empty("", Zone::UTC);
        around_the_clock.weekly = std::array::from_fn(|_| vec![Window::DAY]);
        Ok(Self {
            schema: Arc::clone(schema),
            calendars: calendars.clone(),
            support: support.clone(),
            wall: Calendar::new(around_the_clock)?,
            policies,
            options,
        })
    }

    /// The policies in the order in which they are tried.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// A policy by its id.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name.id == id)
    }

    /// What holds for all policies.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// The statuses and priorities.
    pub const fn support(&self) -> &Support {
        &self.support
    }

    /// The ticket's priority, or the usual one where nobody said.
    fn priority<'a>(&'a self, priority: &'a str) -> &'a str {
        let priorities = self.support.priorities();
        let usual = || priorities.codes().get(priorities.usual()).map_or("", String::as_str);
        if priority.is_empty() { usual() } else { priority }
    }

    /// The calendar that a clock was started with, as it is now.
    fn time(&self, calendar: &CalendarRef) -> WorkingTime<'_> {
        match calendar {
            CalendarRef::Wall => WorkingTime::Wall,
            CalendarRef::Missing => WorkingTime::Missing,
            CalendarRef::Of { id, .. } => self.calendars.get(id).map_or(WorkingTime::Missing, WorkingTime::Calendar),
        }
    }

    fn calendar<'a>(&'a self, time: WorkingTime<'a>) -> Option<&'a Calendar> {
        match time {
            WorkingTime::Wall => Some(&self.wall),
            WorkingTime::Calendar(calendar) => Some(calendar),
            WorkingTime::Missing => None,
        }
    }

    fn elapsed(&self, time: WorkingTime<'_>, from: Instant, to: Instant, pauses: &Pauses) -> TimeDelta {
        self.calendar(time).map_or_else(TimeDelta::zero, |calendar| calendar.elapsed(from, to, pauses))
    }
}
