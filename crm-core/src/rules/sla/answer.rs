//! Standings, alerts and times as JSON.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::clock::Clock;
use super::json::alert_json;
use super::standing::{ClockStanding, Standing};
use super::state::State;
use super::{Alert, Sla, Waits};
use crate::kernel::reason::Reason;
use crate::kernel::service::SlaState;
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;

pub(super) fn reason(reason: &SlaReason, lang: Option<Lang>) -> Map<String, Json> {
    Reason::Sla(reason.clone()).to_json(lang)
}

pub(super) fn reasons(all: &[SlaReason], lang: Option<Lang>) -> Json {
    all.iter().map(|one| Json::Object(reason(one, lang))).collect()
}

pub(super) fn alert(sla: &Sla, alert: &Alert) -> Json {
    let mut json = alert_json(alert);
    if let Some(map) = json.as_object_mut().filter(|_| !alert.step.is_empty()) {
        map.insert("notify".into(), alert.notified(sla).into());
    }
    json
}

pub(super) fn waits(waits: &Waits) -> Json {
    let seconds = |length: TimeDelta| length.num_seconds();
    json!({
        "requester_wait": seconds(waits.requester_wait),
        "agent_work": seconds(waits.agent_work),
        "agent_wait": seconds(waits.agent_wait),
        "on_hold": seconds(waits.on_hold),
        "total_resolution": seconds(waits.total_resolution),
    })
}

pub(super) fn standing(state: &State, standing: &Standing, lang: Option<Lang>) -> Json {
    let clocks = state.clocks().iter().zip(&standing.clocks);
    json!({
        "state": standing.state.map(SlaState::code),
        "open_state": standing.open_state.map(SlaState::code),
        "due_at": standing.due_at.map(format_instant),
        "due_metric": standing.due_metric.map(|metric| metric.code()),
        "policy": state.policy().map(|policy| policy.id.as_str()),
        "clocks": clocks.map(|(own, stands)| clock(own, stands, lang)).collect::<Vec<_>>(),
    })
}

fn clock(clock: &Clock, stands: &ClockStanding, lang: Option<Lang>) -> Json {
    let at = |at: Option<Instant>| Json::from(at.map(format_instant));
    json!({
        "metric": clock.metric.code(),
        "cycle": clock.cycle,
        "state": stands.state.code(),
        "is_open": stands.is_open,
        "policy": {"id": clock.policy.id, "version": clock.policy.version},
        "calendar": clock.calendar.id(),
        "started_at": format_instant(clock.started_at),
        "stopped_at": at(clock.stopped_at),
        "target_seconds": clock.target_seconds,
        "due_at": at(clock.due_at),
        "due_soon_at": at(clock.due_soon_at),
        "used_seconds": stands.used.num_seconds(),
        "remaining_seconds": stands.remaining.num_seconds(),
        "overdue_working_seconds": stands.overdue.num_seconds(),
        "overdue_wall_seconds": stands.overdue_wall.num_seconds(),
        "due_if_resumed_now": at(stands.due_if_resumed_now),
        "reasons": reasons(&stands.reasons, lang),
    })
}
