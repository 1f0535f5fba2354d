//! What speaks for a next action, in English.

use super::{Clock, Lang, plural, risk_fix};
use crate::kernel::next_action_reason::NextActionReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &NextActionReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use NextActionReason as R;
    let days = |n: i64| plural(Lang::English, u64::try_from(n).unwrap_or(0), "day", "days");
    let hours = |n: i64| plural(Lang::English, u64::try_from(n).unwrap_or(0), "hour", "hours");
    match reason {
        R::ScoreBand { band, score: Some(score) } => format!("score: {band} ({score})"),
        R::ScoreBand { band, score: None } => format!("score: {band}"),
        R::Gaps { items } => {
            let names: Vec<&str> = items.iter().map(|item| item.text(Lang::English)).collect();
            format!("to be completed: {}", names.join(", "))
        }
        R::Nobodys => "nobody is responsible".to_owned(),
        R::NotContacted { hours: n, since } => {
            format!("nobody has got in touch since it came in on {} ({})", moment(*since), hours(*n))
        }
        R::Quiet { days: n, since } => format!("no contact for {} (last on {})", days(*n), moment(*since)),
        R::ReplyWaits { hours: n, since } => {
            format!("a message has waited for an answer since {} ({})", moment(*since), hours(*n))
        }
        R::NoTask => "nothing is planned".to_owned(),
        R::AtRisk { score } => format!("deal at risk: {score} of 100"),
        R::RiskSignals { signals } => {
            let fixes: Vec<&str> = signals.iter().map(|signal| risk_fix(signal.fix(), Lang::English)).collect();
            format!("against the risk: {}", fixes.join("; "))
        }
        R::CloseDatePassed { days: n, date } => format!("the close date passed {} ago ({date})", days(*n)),
        R::InStage { days: n, since } => format!("in the same stage for {} (since {})", days(*n), moment(*since)),
        R::QuoteWaits { days: n, since } => {
            format!("the quote sent on {} has had no answer for {}", moment(*since), days(*n))
        }
        R::RenewalNear { days: 0, date } => format!("the contract ends today ({date})"),
        R::RenewalNear { days: n, date } => format!("the contract ends in {} ({date})", days(*n)),
        R::HealthLow { health } => format!("the customer's health is {health} of 100"),
        R::TicketsBreached { count } => {
            let tickets = plural(Lang::English, u64::try_from(*count).unwrap_or(0), "open ticket", "open tickets");
            format!("promise broken in {tickets}")
        }
        R::Objection => "the person asked not to be contacted".to_owned(),
        R::Held => "already suggested for the same reasons".to_owned(),
        R::SameEnd { action } => {
            format!("\u{201c}{}\u{201d} serves the same end and comes first", action.text(Lang::English))
        }
        R::Enough { most } => {
            format!("{} come first", plural(Lang::English, *most, "other action", "other actions"))
        }
    }
}
