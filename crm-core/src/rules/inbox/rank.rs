//! One rank for items of all kinds, and the reasons that make it up.

use std::cmp::Reverse;

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::item::{Item, What};
use super::settings::InboxSettings;
use crate::kernel::inbox_reason::{InboxReason as R, InboxSource};
use crate::kernel::reason::Reason;
use crate::kernel::service::SlaState;
use crate::kernel::task_reason::{Band, TaskReason};
use crate::kernel::time::{Instant, format_instant};
use crate::lang::{Clock, Lang};
use crate::rules::Priorities;
use crate::rules::task::{Due, Horizon};

/// A place in the total order of inboxes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InboxRank {
    /// When it is due, seen from today.
    pub band: Band,
    /// Whether something else must be done first.
    pub is_blocked: bool,
    urgency: Reverse<i64>,
    is_undue: bool,
    /// From when on it is late; days end before instants at the same time.
    due: Option<(Instant, bool)>,
    created_at: Option<Instant>,
    source: InboxSource,
    id: String,
}

/// A reason with its part in the rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The points that it adds to the urgency; none where it explains the band.
    pub points: i64,
    /// The reason.
    pub reason: Reason,
}

/// An item with its place and why it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The place.
    pub rank: InboxRank,
    /// The first says why it is in the inbox; the points of all add up to the urgency.
    pub reasons: Vec<Why>,
}

impl InboxRank {
    /// The sum of the points of the reasons.
    pub const fn urgency(&self) -> i64 {
        self.urgency.0
    }

    /// Where the item comes from.
    pub const fn source(&self) -> InboxSource {
        self.source
    }

    /// The rank as whole numbers, compared one after the other: band, blocked, urgency below zero, whether it is not due,
    /// microseconds of the due instant, whether that is an instant of its own, microseconds of the making. Behind them come
    /// source and id.
    pub fn key(&self) -> [i64; 7] {
        let band = Band::ALL.iter().position(|band| *band == self.band).and_then(|place| i64::try_from(place).ok());
        let (due, is_instant) = self.due.unwrap_or_default();
        [
            band.unwrap_or(i64::MAX),
            self.is_blocked.into(),
            self.urgency.0.saturating_neg(),
            self.is_undue.into(),
            due.timestamp_micros(),
            is_instant.into(),
            self.created_at.map_or(i64::MIN, |at| at.timestamp_micros()),
        ]
    }

    /// The parts by name, in the order in which they count.
    pub fn to_json(&self) -> Json {
        json!({
            "key": self.key(),
            "band": self.band.code(),
            "blocked": self.is_blocked,
            "urgency": self.urgency.0,
            "due": self.due.map(|(at, _)| format_instant(at)),
            "created": self.created_at.map(format_instant),
        })
    }
}

impl Why {
    /// The reason with its points, its instants by the clocks of whose inbox it is.
    pub fn to_json(&self, lang: Option<Lang>, clock: Clock<'_>) -> Json {
        let mut map = Map::new();
        map.insert("points".into(), self.points.into());
        map.extend(self.reason.to_json_by(lang, clock));
        Json::Object(map)
    }
}

/// What an item's rank is made of before it is put together.
struct Parts {
    band: Band,
    due: Option<Due>,
    is_blocked: bool,
    reasons: Vec<Why>,
}

impl Item<'_> {
    /// The item's place at the horizon's instant; `None` where nobody has to do anything about it now: a task that was
    /// done or put off, a close date that is to come.
    pub fn place(&self, horizon: &Horizon<'_>, settings: &InboxSettings, priorities: &Priorities) -> Option<Placed> {
        let parts = self.parts(horizon, settings, priorities)?;
        let urgency = parts.reasons.iter().fold(0i64, |sum, why| sum.saturating_add(why.points));
        let due = parts.due.map(|due| (horizon.days().late_from(due), matches!(due, Due::At(_))));
        let rank = InboxRank {
            band: parts.band,
            is_blocked: parts.is_blocked,
            urgency: Reverse(urgency),
            is_undue: due.is_none(),
            due,
            created_at: self.created_at,
            source: self.what.source(),
            id: self.id.clone(),
        };
        Some(Placed { rank, reasons: parts.reasons })
    }

    fn parts(&self, horizon: &Horizon<'_>, settings: &InboxSettings, priorities: &Priorities) -> Option<Parts> {
        let why = |points: i64, reason: R| Why { points, reason: Reason::Inbox(reason) };
        let at = horizon.at;
        let hours_after = |start: Instant, hours: i64| {
            let span = TimeDelta::try_hours(hours).unwrap_or_default();
            Due::At(start.checked_add_signed(span).unwrap_or(start))
        };
        let by = |due: Due, reasons: Vec<Why>| Parts {
            band: horizon.band(Some(due)),
            due: Some(due),
            is_blocked: false,
            reasons,
        };
        Some(match &self.what {
            What::Task(task) => {
                if task.completed_at.is_some() || horizon.is_snoozed(task) {
                    return None;
                }
                let place = i64::try_from(priorities.place(task.priority)).unwrap_or(0);
                let points = place.saturating_mul(settings.priority);
                let of_priority = |reason: &Reason| matches!(reason, Reason::Task(TaskReason::Priority { .. }));
                let mut reasons: Vec<Why> = horizon
                    .reasons(task, priorities)
                    .into_iter()
                    .map(|reason| Why { points: if of_priority(&reason) { points } else { 0 }, reason })
                    .collect();
                if points > 0 && !reasons.iter().any(|why| of_priority(&why.reason)) {
                    // The usual priority is no news, but its points count.
                    reasons.push(why(points, R::Priority { priority: self.priority_of(task.priority, priorities) }));
                }
                let (band, is_blocked) = (horizon.band(task.due), task.blocker.is_some());
                Parts { band, due: task.due, is_blocked, reasons }
            }
            What::Ticket { state, due_at, priority } => {
                let due_at = *due_at;
                let due = due_at.map(Due::At);
                let by_due = horizon.band(due);
                // As its clock says: what is due now can still be done.
                let late = due_at.is_some_and(|due| due < at);
                let (band, first) = match state {
                    Some(SlaState::Breached) => {
                        (Band::Overdue, why(settings.promise_broken, R::PromiseBroken { due_at }))
                    }
                    // Nobody has looked since it fell due.
                    Some(SlaState::DueSoon | SlaState::OnTrack) if late => {
                        (Band::Overdue, why(settings.promise_broken, R::PromiseBroken { due_at }))
                    }
                    Some(SlaState::DueSoon) => {
                        (by_due.min(Band::Today), why(settings.promise_due_soon, R::PromiseDueSoon { due_at }))
                    }
                    _ => match due_at {
                        Some(due_at) => (by_due, why(0, R::PromiseDue { due_at })),
                        None => (by_due, why(0, R::NoPromiseRuns)),
                    },
                };
                let mut reasons = vec![first];
                let place = i64::try_from(priorities.place(priority)).unwrap_or(0);
                let points = place.saturating_mul(settings.priority);
                if points > 0 {
                    reasons.push(why(points, R::Priority { priority: self.priority_of(priority, priorities) }));
                }
                Parts { band, due, is_blocked: false, reasons }
            }
            What::Reply { received_at } => {
                let mut reasons = vec![why(settings.customer_waits, R::CustomerWaits { since: *received_at })];
                let hours = at.signed_duration_since(*received_at).num_hours();
                if hours >= settings.reply_hours {
                    reasons.push(why(settings.waits_long, R::WaitsLong { hours }));
                }
                by(hours_after(*received_at, settings.reply_hours), reasons)
            }
            What::Approval { asked_at, expires_at, .. } => {
                let reasons = vec![why(settings.approval_waits, R::ApprovalWaits { since: *asked_at })];
                match expires_at {
                    Some(expires_at) => by(Due::At(*expires_at), reasons),
                    None => Parts { band: Band::Today, due: None, is_blocked: false, reasons },
                }
            }
            What::CloseDate { date } => {
                let days = horizon.today.day.signed_duration_since(*date).num_days();
                if days <= 0 {
                    return None;
                }
                by(Due::Day(*date), vec![why(settings.close_date_passed, R::CloseDatePassed { date: *date, days })])
            }
            What::Risk { score, before } => {
                let points = score.saturating_mul(settings.at_risk).checked_div(100).unwrap_or(0);
                let mut reasons = vec![why(points, R::AtRisk { score: *score })];
                if let Some(from) = before.filter(|before| before < score) {
                    reasons.push(why(settings.risk_risen, R::RiskRisen { from, to: *score }));
                }
                Parts { band: Band::Today, due: None, is_blocked: false, reasons }
            }
            What::Lead { received_at, score, is_hot, has_owner } => {
                let first = match is_hot {
                    true => why(settings.hot_lead, R::HotLead { score: *score }),
                    false => why(settings.new_lead, R::NewLead { received_at: *received_at }),
                };
                let nobodys = (!has_owner).then(|| why(settings.nobodys_lead, R::NobodysLead));
                let reasons = std::iter::once(first).chain(nobodys).collect();
                by(hours_after(*received_at, settings.lead_hours), reasons)
            }
        })
    }

    /// What counts where nobody said how urgent something is, or said what is no more.
    fn priority_of(&self, said: &str, priorities: &Priorities) -> String {
        priorities.codes().get(priorities.place(said)).cloned().unwrap_or_default()
    }
}
