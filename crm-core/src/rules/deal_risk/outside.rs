//! Signals of what stands in other records: quotes and tickets, as far as a store or a host tells of them.

use super::facts::{Known, QuoteFacts};
use super::scene::{Finding, Rule, Scene, ids, shown};
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// The latest quote expired, or waits for an answer.
pub(super) struct QuoteStale;

fn open_quote<'a>(scene: &Scene<'a>) -> Option<&'a QuoteFacts> {
    scene.facts.quote.value().filter(|quote| !quote.is_answered)
}

impl Rule for QuoteStale {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        if scene.facts.quote.is_unknown() {
            return Finding::Unknown;
        }
        let Some(quote) = open_quote(scene) else { return Finding::Quiet };
        let most = scene.steps(RiskSignal::QuoteStale).last().unwrap_or(1);
        if let Some(date) = quote.expires_on.filter(|date| *date < scene.today) {
            return Finding::found(most, RiskReason::QuoteExpired { date }, scene.start_after(date, 1));
        }
        let Some(sent) = quote.sent_at.filter(|sent| *sent <= scene.at) else { return Finding::Quiet };
        let from = scene.days.day(sent);
        let days = scene.days.between(from, scene.today);
        let since = scene.start_after_business(from, scene.first_step(RiskSignal::QuoteStale));
        Finding::found(days, RiskReason::QuoteUnanswered { days: shown(days) }, since)
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        let Some(quote) = open_quote(scene) else { return };
        if let Some(date) = quote.expires_on {
            turn(scene.start_after(date, 1));
        }
        if let Some(sent) = quote.sent_at {
            for step in scene.steps(RiskSignal::QuoteStale) {
                turn(scene.start_after_business(scene.days.day(sent), step));
            }
        }
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        open_quote(scene).filter(|quote| !quote.id.is_empty()).map(|quote| quote.id.clone()).into_iter().collect()
    }
}

/// The account has an urgent ticket that is late.
pub(super) struct SupportHeat;

impl Rule for SupportHeat {
    fn find(&self, scene: &Scene<'_>) -> Finding {
        match &scene.facts.hot_ticket {
            Known::Unknown => Finding::Unknown,
            Known::Absent => Finding::Quiet,
            // A breach that is announced for later has not come yet.
            Known::Is(mark) if mark.at > scene.at => Finding::Quiet,
            Known::Is(mark) => Finding::found(1, RiskReason::SupportHeat, Some(mark.at)),
        }
    }

    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>)) {
        turn(scene.facts.hot_ticket.value().map(|mark| mark.at));
    }

    fn evidence(&self, scene: &Scene<'_>) -> Vec<String> {
        ids(scene.facts.hot_ticket.value())
    }
}
