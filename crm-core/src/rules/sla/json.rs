//! The state of a ticket's clocks as JSON, the form in which it is stored.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::alerts::Alert;
use super::clock::{CalendarRef, Clock, ClockState, PolicyRef, Promise};
use super::state::{Folded, Segment, State};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::service::{SlaAlertKind, SlaMetric, TicketState};
use crate::kernel::sla_reason::{End, MoveCause};
use crate::kernel::time::{Instant, format_instant};
use crate::rules::check;
use crate::rules::read::{Object, coded, instant, text};

/// The form that is written; another one is refused.
const FORMAT: i64 = 1;

impl State {
    /// The JSON form; [`State::from_json`] reads it back. What is not known is left out.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| {
            if !value.is_null() && value != json!([]) && value != json!({}) {
                map.insert(key.into(), value);
            }
        };
        let at = |at: Option<Instant>| Json::from(at.map(format_instant));
        put("format", FORMAT.into());
        put("last_at", at(self.last.map(|(at, _)| at)));
        put("last_number", self.last.map(|(_, number)| number).into());
        put("created_at", at(self.created_at));
        put("priority", self.priority.as_str().into());
        put("promise", self.promise.as_ref().map_or(Json::Null, |p| promise_json(&p.policy, &p.calendar)));
        put("segments", self.segments.iter().map(segment_json).collect());
        put("first_response_at", at(self.first_response_at));
        put("last_reply_at", at(self.last_reply_at));
        put("unanswered_since", at(self.unanswered_since));
        put("first_resolved_at", at(self.first_resolved_at));
        put("resolved_at", at(self.resolved_at));
        put("is_gone", if self.is_gone { true.into() } else { Json::Null });
        put("unapplied", self.unapplied.map(MoveCause::code).into());
        put("clocks", self.clocks.iter().map(clock_json).collect());
        let folded = self.folded.iter().map(|(metric, folded)| {
            let longest = micros(folded.longest);
            let folded = json!({"met": folded.met, "breached": folded.breached, "cancelled": folded.cancelled, "longest_us": longest});
            (metric.code().to_owned(), folded)
        });
        put("folded", Json::Object(folded.collect()));
        put("fired", self.fired.iter().map(|alert| Json::Object(alert_map(alert))).collect());
        Json::Object(map)
    }

    /// The canonical text, as a ticket stores it.
    pub fn to_text(&self) -> String {
        json::canonical(&self.to_json())
    }

    /// Reads what [`State::to_text`] wrote; an empty text is a ticket to which nothing happened.
    ///
    /// # Errors
    /// As [`State::from_json`].
    pub fn from_text(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        Self::from_json(&json::parse(text.as_bytes())?)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// What this library did not write, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "format",
            "last_at",
            "last_number",
            "created_at",
            "priority",
            "promise",
            "segments",
            "first_response_at",
            "last_reply_at",
            "unanswered_since",
            "first_resolved_at",
            "resolved_at",
            "is_gone",
            "unapplied",
            "clocks",
            "folded",
            "fired",
        ];
        let o = Object::new(json, KEYS)?;
        check::between(o.integer("format")?, FORMAT, FORMAT).map_err(|e| e.at("format"))?;
        let at = |key: &str| o.optional(key, instant);
        let folded = o.optional("folded", |v| {
            let map = json::object(v, "an object by metric")?;
            map.iter()
                .map(|(code, v)| Ok((metric(&Json::from(code.as_str()))?, folded(v).map_err(|e| e.at(code))?)))
                .collect()
        })?;
        let state = Self {
            last: at("last_at")?.zip(o.optional("last_number", number)?),
            created_at: at("created_at")?,
            priority: o.optional("priority", text)?.unwrap_or_default(),
            promise: o.optional("promise", promise)?,
            segments: o.list("segments", segment)?,
            first_response_at: at("first_response_at")?,
            last_reply_at: at("last_reply_at")?,
            unanswered_since: at("unanswered_since")?,
            first_resolved_at: at("first_resolved_at")?,
            resolved_at: at("resolved_at")?,
            is_gone: o.flag("is_gone", false)?,
            unapplied: o.optional("unapplied", |v| coded(v, MoveCause::from_code, MoveCause::CODES))?,
            clocks: o.list("clocks", clock)?,
            folded: folded.unwrap_or_default(),
            fired: o.list("fired", alert)?,
        };
        let in_order = state.segments.windows(2).all(|pair| matches!(pair, [a, b] if a.from < b.from));
        if !in_order {
            return Err(Error::from(crate::kernel::error::RulesProblem::OutOfOrder).at("segments"));
        }
        Ok(state)
    }
}

fn promise_json(policy: &PolicyRef, calendar: &CalendarRef) -> Json {
    let mut map = Map::new();
    map.insert("policy".into(), policy.id.as_str().into());
    map.insert("version".into(), policy.version.into());
    match calendar {
        CalendarRef::Wall => {}
        CalendarRef::Missing => drop(map.insert("calendar".into(), json!({}))),
        CalendarRef::Of { id, version, hash } => {
            map.insert("calendar".into(), json!({"id": id, "version": version, "hash": hash}));
        }
    }
    Json::Object(map)
}

fn promise(json: &Json) -> Result<Promise> {
    let o = Object::new(json, &["policy", "version", "calendar"])?;
    let calendar = o.optional("calendar", |v| {
        let o = Object::new(v, &["id", "version", "hash"])?;
        Ok(match o.get("id") {
            None => CalendarRef::Missing,
            Some(_) => CalendarRef::Of { id: o.text("id")?, version: version(&o)?, hash: o.text("hash")? },
        })
    })?;
    let policy = PolicyRef { id: o.text("policy")?, version: version(&o)? };
    Ok(Promise { policy, calendar: calendar.unwrap_or(CalendarRef::Wall) })
}

fn version(o: &Object<'_>) -> Result<u32> {
    let version = o.integer("version")?;
    check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

fn segment_json(segment: &Segment) -> Json {
    let mut map = Map::new();
    map.insert("from".into(), format_instant(segment.from).into());
    map.insert("status".into(), segment.status.as_str().into());
    map.insert("state".into(), segment.state.code().into());
    if segment.is_paused {
        map.insert("paused".into(), true.into());
    }
    if segment.is_gone {
        map.insert("gone".into(), true.into());
    }
    Json::Object(map)
}

fn segment(json: &Json) -> Result<Segment> {
    let o = Object::new(json, &["from", "status", "state", "paused", "gone"])?;
    let state = coded(o.required("state")?, TicketState::from_code, TicketState::CODES);
    Ok(Segment {
        from: instant(o.required("from")?).map_err(|e| e.at("from"))?,
        status: o.text("status")?,
        state: state.map_err(|e| e.at("state"))?,
        is_paused: o.flag("paused", false)?,
        is_gone: o.flag("gone", false)?,
    })
}

fn clock_json(clock: &Clock) -> Json {
    let Json::Object(mut map) = promise_json(&clock.policy, &clock.calendar) else { return Json::Null };
    let mut put = |key: &str, value: Json| {
        if !value.is_null() {
            map.insert(key.into(), value);
        }
    };
    let at = |at: Option<Instant>| Json::from(at.map(format_instant));
    put("metric", clock.metric.code().into());
    put("cycle", clock.cycle.into());
    put("state", clock.state.code().into());
    put("started_at", at(Some(clock.started_at)));
    if clock.counted_from != clock.started_at {
        put("counted_from", at(Some(clock.counted_from)));
    }
    if clock.carried_seconds != 0 {
        put("carried_seconds", clock.carried_seconds.into());
    }
    put("target_seconds", clock.target_seconds.into());
    put("due_at", at(clock.due_at));
    put("due_soon_at", at(clock.due_soon_at));
    if !clock.steps.is_empty() {
        put("steps", clock.steps.iter().map(|(id, at)| json!({"id": id, "at": format_instant(*at)})).collect());
    }
    put("since", at(Some(clock.since)));
    put("stopped_at", at(clock.stopped_at));
    put("end", clock.end.map(End::code).into());
    put("used_us", clock.used.map(micros).into());
    Json::Object(map)
}

fn clock(json: &Json) -> Result<Clock> {
    const KEYS: &[&str] = &[
        "policy",
        "version",
        "calendar",
        "metric",
        "cycle",
        "state",
        "started_at",
        "counted_from",
        "carried_seconds",
        "target_seconds",
        "due_at",
        "due_soon_at",
        "steps",
        "since",
        "stopped_at",
        "end",
        "used_us",
    ];
    let o = Object::new(json, KEYS)?;
    let own = ["policy", "version", "calendar"].iter().filter_map(|key| Some(((*key).to_owned(), o.get(key)?.clone())));
    let promise = promise(&Json::Object(own.collect()))?;
    let at = |key: &str| o.required(key).and_then(|v| instant(v).map_err(|e| e.at(key)));
    let state = coded(o.required("state")?, ClockState::from_code, ClockState::CODES);
    let started_at = at("started_at")?;
    let steps = o.list("steps", |v| {
        let o = Object::new(v, &["id", "at"])?;
        Ok((o.text("id")?, instant(o.required("at")?).map_err(|e| e.at("at"))?))
    })?;
    let target_seconds = o.integer("target_seconds")?;
    check::between(target_seconds, 1, i64::MAX).map_err(|e| e.at("target_seconds"))?;
    let carried_seconds = o.optional_integer("carried_seconds")?.unwrap_or(0);
    check::between(carried_seconds, 0, target_seconds).map_err(|e| e.at("carried_seconds"))?;
    Ok(Clock {
        metric: metric(o.required("metric")?).map_err(|e| e.at("metric"))?,
        cycle: cycle(&o)?,
        state: state.map_err(|e| e.at("state"))?,
        started_at,
        counted_from: o.optional("counted_from", instant)?.unwrap_or(started_at),
        carried_seconds,
        target_seconds,
        due_at: o.optional("due_at", instant)?,
        due_soon_at: o.optional("due_soon_at", instant)?,
        steps,
        since: at("since")?,
        stopped_at: o.optional("stopped_at", instant)?,
        end: o.optional("end", |v| coded(v, End::from_code, End::CODES))?,
        used: o.optional("used_us", length)?,
        policy: promise.policy,
        calendar: promise.calendar,
    })
}

/// An alert by its keys; no step where there is none.
pub(super) fn alert_map(alert: &Alert) -> Map<String, Json> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| {
        if !value.is_null() && value != json!("") {
            map.insert(key.into(), value);
        }
    };
    put("metric", alert.metric.code().into());
    put("cycle", alert.cycle.into());
    put("kind", alert.kind.code().into());
    put("step", alert.step.as_str().into());
    put("effective_at", format_instant(alert.effective_at).into());
    put("due_at", alert.due_at.map(format_instant).into());
    put("policy", alert.policy.id.as_str().into());
    put("version", alert.policy.version.into());
    map
}

fn alert(json: &Json) -> Result<Alert> {
    let o = Object::new(json, &["metric", "cycle", "kind", "step", "effective_at", "due_at", "policy", "version"])?;
    let kind = coded(o.required("kind")?, SlaAlertKind::from_code, SlaAlertKind::CODES);
    Ok(Alert {
        metric: metric(o.required("metric")?).map_err(|e| e.at("metric"))?,
        cycle: cycle(&o)?,
        kind: kind.map_err(|e| e.at("kind"))?,
        step: o.optional("step", text)?.unwrap_or_default(),
        effective_at: instant(o.required("effective_at")?).map_err(|e| e.at("effective_at"))?,
        due_at: o.optional("due_at", instant)?,
        policy: PolicyRef { id: o.text("policy")?, version: version(&o)? },
    })
}

fn cycle(o: &Object<'_>) -> Result<u32> {
    let cycle = o.integer("cycle")?;
    check::between(cycle, 1, u32::MAX.into()).map_err(|e| e.at("cycle"))?;
    Ok(u32::try_from(cycle).unwrap_or(u32::MAX))
}

fn folded(json: &Json) -> Result<Folded> {
    let o = Object::new(json, &["met", "breached", "cancelled", "longest_us"])?;
    let count = |key: &str| o.required(key).and_then(|v| number(v).map_err(|e| e.at(key)));
    let longest = o.required("longest_us").and_then(|v| length(v).map_err(|e| e.at("longest_us")))?;
    Ok(Folded { met: count("met")?, breached: count("breached")?, cancelled: count("cancelled")?, longest })
}

pub(super) fn metric(json: &Json) -> Result<SlaMetric> {
    coded(json, SlaMetric::from_code, SlaMetric::CODES)
}

fn number(json: &Json) -> Result<u64> {
    json.as_u64().ok_or_else(|| Problem::NotAnInteger { found: json::shown(json) }.into())
}

fn length(json: &Json) -> Result<TimeDelta> {
    let micros = json.as_i64().ok_or_else(|| Problem::NotAnInteger { found: json::shown(json) })?;
    check::between(micros, 0, i64::MAX)?;
    Ok(TimeDelta::microseconds(micros))
}

fn micros(length: TimeDelta) -> i64 {
    length.num_microseconds().unwrap_or(i64::MAX)
}
