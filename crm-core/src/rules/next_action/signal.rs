//! From facts to signals: what a test of the table asks, and the reason and evidence where it holds.

use serde_json::{Value as Json, json};

use super::facts::{NextFacts, fact_json, seen_json};
use crate::kernel::next_action_reason::{NextActionReason as R, NextSignal as S};
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;

/// One test of the table: a signal, of which words or between which numbers, and its points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The signal.
    pub signal: S,
    /// Only these; empty is any.
    pub among: Vec<String>,
    /// No less.
    pub at_least: Option<i64>,
    /// No more.
    pub at_most: Option<i64>,
    /// What it counts, at least one.
    pub points: i64,
}

/// What a test found.
pub(super) struct Found {
    pub(super) reason: R,
    pub(super) evidence: Vec<Json>,
}

/// What a signal's test may ask: words, or a number with what there is where nobody says.
pub(super) const fn asks(signal: S) -> (bool, Option<&'static [&'static str]>) {
    match signal {
        S::ScoreBand | S::Gap => (false, Some(&[])),
        S::RiskSignal => (false, Some(crate::kernel::risk_reason::RiskSignal::CODES)),
        S::Nobodys | S::NoTask => (false, None),
        _ => (true, None),
    }
}

impl Test {
    fn has(&self, word: &str) -> bool {
        self.among.is_empty() || self.among.iter().any(|one| one == word)
    }

    /// Whether a number is within; without limits anything from `least` on.
    fn within(&self, number: i64, least: i64) -> bool {
        number >= self.at_least.unwrap_or(least) && self.at_most.is_none_or(|most| number <= most)
    }

    /// What speaks for the test at an instant; `None` where it does not hold, or nobody knows.
    pub(super) fn found(&self, facts: &NextFacts, zone: &Zone, at: Instant) -> Option<Found> {
        let hours = |since: Instant| at.signed_duration_since(since).num_hours();
        let days = |since: Instant| at.signed_duration_since(since).num_days();
        let today = zone.day(at);
        let one = |reason: R, evidence: Json| Some(Found { reason, evidence: vec![evidence] });
        match self.signal {
            S::ScoreBand => {
                let (band, score) = facts.score.as_ref().filter(|(band, _)| self.has(band))?;
                // The score itself moves every day; what was suggested because of the band stays suggested.
                one(R::ScoreBand { band: band.clone(), score: *score }, fact_json("score", "band", band.as_str()))
            }
            S::Gap => {
                let items: Vec<_> = facts.gaps.iter().filter(|gap| self.has(&gap.id)).cloned().collect();
                let evidence: Vec<Json> = items.iter().map(|item| fact_json("gap", "item", item.id.as_str())).collect();
                (!items.is_empty()).then_some(Found { reason: R::Gaps { items }, evidence })
            }
            S::Nobodys => match facts.owner {
                Some(None) => one(R::Nobodys, fact_json("owner", "user", Json::Null)),
                _ => None,
            },
            S::NotContacted => {
                let (Some(None), Some(since)) = (facts.touched, facts.received) else { return None };
                let hours = hours(since);
                let reason = R::NotContacted { hours, since };
                let evidence = fact_json("received", "at", format_instant(since));
                if self.within(hours, 0) { one(reason, evidence) } else { None }
            }
            S::Quiet => {
                let since = facts.touched.flatten()?;
                let days = days(since);
                let evidence = fact_json("touched", "at", format_instant(since));
                if self.within(days, 0) { one(R::Quiet { days, since }, evidence) } else { None }
            }
            S::ReplyWaits => {
                // Without knowing when the team was last in touch nobody can say that it did not answer.
                let touched = facts.touched?;
                let waits = |at: Instant| touched.is_none_or(|touched| touched < at);
                let oldest = facts.replies.iter().find(|reply| waits(reply.at) && reply.at <= at)?;
                let hours = hours(oldest.at);
                let reason = R::ReplyWaits { hours, since: oldest.at };
                if self.within(hours, 0) { one(reason, seen_json("reply", "at", oldest)) } else { None }
            }
            S::NoTask => match facts.open_tasks {
                Some(0) => one(R::NoTask, fact_json("tasks", "open", 0)),
                _ => None,
            },
            S::AtRisk => {
                let score = facts.risk.as_ref()?.score;
                if self.within(score, 1) { one(R::AtRisk { score }, json!({"fact": "risk"})) } else { None }
            }
            S::RiskSignal => {
                let risk = facts.risk.as_ref()?;
                let signals: Vec<_> = risk.signals.iter().copied().filter(|signal| self.has(signal.code())).collect();
                let evidence: Vec<Json> =
                    signals.iter().map(|signal| fact_json("risk", "signal", signal.code())).collect();
                (!signals.is_empty()).then_some(Found { reason: R::RiskSignals { signals }, evidence })
            }
            S::CloseDatePassed => {
                let date = facts.close_date?;
                let days = today.signed_duration_since(date).num_days();
                let evidence = fact_json("close_date", "date", date.to_string());
                if self.within(days, 1) { one(R::CloseDatePassed { days, date }, evidence) } else { None }
            }
            S::InStage => {
                let since = facts.stage_since?;
                let days = days(since);
                let evidence = fact_json("stage", "since", format_instant(since));
                if self.within(days, 0) { one(R::InStage { days, since }, evidence) } else { None }
            }
            S::QuoteWaits => {
                let oldest = facts.quotes.iter().find(|quote| self.within(days(quote.at), 0))?;
                let reason = R::QuoteWaits { days: days(oldest.at), since: oldest.at };
                one(reason, seen_json("quote", "sent_at", oldest))
            }
            S::RenewalNear => {
                let until = |date: &chrono::NaiveDate| date.signed_duration_since(today).num_days();
                let date = *facts.renewals.iter().find(|date| self.within(until(date), 0))?;
                let evidence = fact_json("renewal", "date", date.to_string());
                one(R::RenewalNear { days: until(&date), date }, evidence)
            }
            S::HealthLow => {
                let health = facts.health?;
                let evidence = fact_json("health", "score", health);
                if self.within(health, 0) { one(R::HealthLow { health }, evidence) } else { None }
            }
            S::TicketsBreached => {
                let count = facts.breached_tickets?;
                let evidence = fact_json("tickets", "breached", count);
                if self.within(count, 1) { one(R::TicketsBreached { count }, evidence) } else { None }
            }
        }
    }
}
