//! Standings, alerts and times as JSON.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::clock::Clock;
use super::json::alert_map;
use super::standing::{ClockStanding, Standing};
use super::state::State;
use super::{Alert, Sla, Waits};
use crate::kernel::reason::Reason;
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;

pub(super) fn reason(reason: &SlaReason, lang: Option<Lang>) -> Map<String, Json> {
    Reason::Sla(reason.clone()).to_json(lang)
}

pub(super) fn reasons(all: &[SlaReason], lang: Option<Lang>) -> Json {
    all.iter().map(|one| Json::Object(reason(one, lang))).collect()
}

pub(super) fn alert(sla: &Sla, alert: &Alert) -> Map<String, Json> {
    let mut map = alert_map(alert);
    if !alert.step.is_empty() {
        map.insert("notify".into(), alert.notified(sla).into());
    }
    map
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

/// How a ticket stands, with what its clocks were started with.
pub(super) fn standing(state: &State, standing: &Standing, lang: Option<Lang>) -> Json {
    let mut map = standing.summary_json();
    map.insert("policy".into(), state.policy().map(|policy| policy.id.as_str()).into());
    let clocks = state.clocks().iter().zip(&standing.clocks);
    map.insert("clocks".into(), clocks.map(|(own, stands)| clock(own, stands, lang)).collect());
    Json::Object(map)
}

fn clock(clock: &Clock, stands: &ClockStanding, lang: Option<Lang>) -> Json {
    let at = |at: Option<Instant>| Json::from(at.map(format_instant));
    let own = [
        ("policy", json!({"id": clock.policy.id, "version": clock.policy.version})),
        ("calendar", clock.calendar.id().into()),
        ("started_at", at(Some(clock.started_at))),
        ("stopped_at", at(clock.stopped_at)),
        ("target_seconds", clock.target_seconds.into()),
        ("due_soon_at", at(clock.due_soon_at)),
    ];
    let mut json = stands.to_json(lang);
    if let Some(map) = json.as_object_mut() {
        map.extend(own.map(|(key, value)| (key.to_owned(), value)));
    }
    json
}
