//! What speaks for a next action, and why one is not suggested.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::reason::Name;
use super::risk_reason::RiskSignal;
use super::time::{Instant, format_instant};

coded! {
    /// Something about a record that an action may answer to.
    NextSignal {
        /// The lead's band.
        ScoreBand = "score_band",
        /// Something is missing of the lead.
        Gap = "gap",
        /// It has no owner.
        Nobodys = "nobodys",
        /// It came in and nobody has got in touch.
        NotContacted = "not_contacted",
        /// Nobody was in touch for a while.
        Quiet = "quiet",
        /// Somebody wrote and waits for an answer.
        ReplyWaits = "reply_waits",
        /// Nothing is planned.
        NoTask = "no_task",
        /// The deal is at risk.
        AtRisk = "at_risk",
        /// The deal's risk has this signal.
        RiskSignal = "risk_signal",
        /// The close date has passed.
        CloseDatePassed = "close_date_passed",
        /// The deal has been in its stage for a while.
        InStage = "in_stage",
        /// A quote waits for an answer.
        QuoteWaits = "quote_waits",
        /// The contract ends soon.
        RenewalNear = "renewal_near",
        /// The customer is not well.
        HealthLow = "health_low",
        /// Promises to the customer were broken in open tickets.
        TicketsBreached = "tickets_breached",
    }
}

/// Why an action is suggested, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_next_action.rs")]
pub enum NextActionReason {
    ScoreBand {
        band: String,
        score: Option<i64>,
    },
    Gaps {
        items: Vec<Name>,
    },
    Nobodys,
    NotContacted {
        hours: i64,
        since: Instant,
    },
    Quiet {
        days: i64,
        since: Instant,
    },
    ReplyWaits {
        hours: i64,
        since: Instant,
    },
    NoTask,
    AtRisk {
        score: i64,
    },
    RiskSignals {
        signals: Vec<RiskSignal>,
    },
    CloseDatePassed {
        days: i64,
        date: NaiveDate,
    },
    InStage {
        days: i64,
        since: Instant,
    },
    QuoteWaits {
        days: i64,
        since: Instant,
    },
    RenewalNear {
        days: i64,
        date: NaiveDate,
    },
    HealthLow {
        health: i64,
    },
    TicketsBreached {
        count: i64,
    },
    // why one is left out
    /// The person asked not to be contacted.
    Objection,
    /// It was suggested and held already.
    Held,
    /// Another one serves the same end and has more points.
    SameEnd {
        action: Name,
    },
    /// There are enough others.
    Enough {
        most: u64,
    },
}

impl NextActionReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use NextActionReason as R;
        match self {
            R::ScoreBand { .. } => "next_score_band",
            R::Gaps { .. } => "next_gaps",
            R::Nobodys => "next_nobodys",
            R::NotContacted { .. } => "next_not_contacted",
            R::Quiet { .. } => "next_quiet",
            R::ReplyWaits { .. } => "next_reply_waits",
            R::NoTask => "next_no_task",
            R::AtRisk { .. } => "next_at_risk",
            R::RiskSignals { .. } => "next_risk_signals",
            R::CloseDatePassed { .. } => "next_close_date_passed",
            R::InStage { .. } => "next_in_stage",
            R::QuoteWaits { .. } => "next_quote_waits",
            R::RenewalNear { .. } => "next_renewal_near",
            R::HealthLow { .. } => "next_health_low",
            R::TicketsBreached { .. } => "next_tickets_breached",
            R::Objection => "next_objection",
            R::Held => "next_held",
            R::SameEnd { .. } => "next_same_end",
            R::Enough { .. } => "next_enough",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use NextActionReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::ScoreBand { band, score } => {
                put("band", band.as_str().into());
                put("score", (*score).into());
            }
            R::Gaps { items } => {
                put("items", items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().into());
            }
            R::NotContacted { hours, since } | R::ReplyWaits { hours, since } => {
                put("hours", (*hours).into());
                put("since", format_instant(*since).into());
            }
            R::Quiet { days, since } | R::InStage { days, since } | R::QuoteWaits { days, since } => {
                put("days", (*days).into());
                put("since", format_instant(*since).into());
            }
            R::AtRisk { score } => {
                put("score", (*score).into());
            }
            R::RiskSignals { signals } => {
                put("signals", signals.iter().map(|signal| signal.code()).collect::<Vec<_>>().into());
            }
            R::CloseDatePassed { days, date } | R::RenewalNear { days, date } => {
                put("days", (*days).into());
                put("date", date.to_string().into());
            }
            R::HealthLow { health } => {
                put("health", (*health).into());
            }
            R::TicketsBreached { count } => {
                put("count", (*count).into());
            }
            R::SameEnd { action } => {
                put("action", action.id.as_str().into());
            }
            R::Enough { most } => {
                put("most", (*most).into());
            }
            R::Nobodys | R::NoTask | R::Objection | R::Held => {}
        }
    }
}
