//! Stored reasons of next actions.

use serde_json::Value as Json;

use super::Stored;
use crate::kernel::next_action_reason::NextActionReason as N;
use crate::kernel::reason::Name;
use crate::kernel::risk_reason::RiskSignal;

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<N> {
    let each = |key: &str| o.0.get(key)?.as_array().map(|all| all.iter().filter_map(Json::as_str));
    Some(match code {
        "next_score_band" => N::ScoreBand { band: o.text("band")?, score: o.number("score") },
        "next_gaps" => N::Gaps { items: each("items")?.map(|id| Name { id: id.to_owned(), labels: None }).collect() },
        "next_nobodys" => N::Nobodys,
        "next_not_contacted" => N::NotContacted { hours: o.number("hours")?, since: o.at("since")? },
        "next_quiet" => N::Quiet { days: o.number("days")?, since: o.at("since")? },
        "next_reply_waits" => N::ReplyWaits { hours: o.number("hours")?, since: o.at("since")? },
        "next_no_task" => N::NoTask,
        "next_at_risk" => N::AtRisk { score: o.number("score")? },
        "next_risk_signals" => N::RiskSignals { signals: each("signals")?.filter_map(RiskSignal::from_code).collect() },
        "next_close_date_passed" => N::CloseDatePassed { days: o.number("days")?, date: o.day("date")? },
        "next_in_stage" => N::InStage { days: o.number("days")?, since: o.at("since")? },
        "next_quote_waits" => N::QuoteWaits { days: o.number("days")?, since: o.at("since")? },
        "next_renewal_near" => N::RenewalNear { days: o.number("days")?, date: o.day("date")? },
        "next_health_low" => N::HealthLow { health: o.number("health")? },
        "next_tickets_breached" => N::TicketsBreached { count: o.number("count")? },
        _ => return None,
    })
}
