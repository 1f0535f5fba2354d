//! The configuration's `sla`, read and checked.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::duration::{target_seconds, working_seconds};
use super::policy::{ANY, CalendarBy, DueSoon, Escalation, PauseOn, Policy};
use super::{ChangeMode, Grace, Options};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::Name;
use crate::kernel::service::{SlaMetric, TicketEventKind, TicketState};
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, coded, labels, list, text};
use crate::rules::support::Support;

/// Most policies, and most steps of one escalation.
const MOST_POLICIES: usize = 1_000;
const MOST_STEPS: usize = 20;
const MOST_NOTIFIED: usize = 50;
/// The last position, and the longest grace: ten years.
const MOST_POSITION: i64 = 1_000_000_000;
const MOST_GRACE: i64 = 315_576_000;

/// What a policy is checked against.
pub(super) struct Known<'a> {
    pub(super) schema: &'a Schema,
    pub(super) calendars: &'a BTreeMap<String, Calendar>,
    pub(super) support: &'a Support,
}

pub(super) fn read(json: &Json, known: &Known<'_>) -> Result<(Vec<Policy>, Options)> {
    const KEYS: &[&str] = &[
        "policies",
        "resolved_is_response",
        "resolved_pauses_total",
        "created_by_staff_is_response",
        "on_change",
        "reopen_grace",
    ];
    let o = Object::new(json, KEYS)?;
    let standard = Options::default();
    let options = Options {
        resolved_is_response: o.flag("resolved_is_response", standard.resolved_is_response)?,
        resolved_pauses_total: o.flag("resolved_pauses_total", standard.resolved_pauses_total)?,
        created_by_staff_is_response: o.flag("created_by_staff_is_response", standard.created_by_staff_is_response)?,
        on_change: o
            .optional("on_change", |v| coded(v, ChangeMode::from_code, ChangeMode::CODES))?
            .unwrap_or(standard.on_change),
        reopen_grace: o.optional("reopen_grace", grace)?,
    };
    let policies = o.optional("policies", |v| policies(v, known))?.unwrap_or_default();
    Ok((policies, options))
}

fn grace(json: &Json) -> Result<Grace> {
    let o = Object::new(json, &["seconds", "by"])?;
    let seconds = o.integer("seconds")?;
    check::between(seconds, 0, MOST_GRACE).map_err(|e| e.at("seconds"))?;
    let by = o.list("by", |v| coded(v, TicketEventKind::from_code, TicketEventKind::CODES))?;
    if by.is_empty() {
        return Err(Error::from(RulesProblem::Empty { what: "list of values" }).at("by"));
    }
    Ok(Grace { seconds, by })
}

fn policies(json: &Json, known: &Known<'_>) -> Result<Vec<Policy>> {
    let count = json.as_array().map_or(0, Vec::len);
    check::most("policies", count, MOST_POLICIES)?;
    let mut policies = list(json, |v| policy(v, known))?;
    for (place, one) in policies.iter().enumerate() {
        if policies.iter().take(place).any(|other| other.name.id == one.name.id) {
            let twice = RulesProblem::DuplicateId { id: one.name.id.clone() };
            return Err(Error::from(twice).at("id").at_index(place));
        }
    }
    // Without positions they are tried as they are written, which a stable sort keeps.
    policies.sort_by_key(|policy| policy.position);
    Ok(policies)
}

fn policy(json: &Json, known: &Known<'_>) -> Result<Policy> {
    const KEYS: &[&str] = &[
        "id",
        "labels",
        "version",
        "position",
        "when",
        "is_default",
        "calendar",
        "targets",
        "pause_on",
        "due_soon",
        "escalation",
    ];
    let o = Object::new(json, KEYS)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
    let position = o.optional_integer("position")?.unwrap_or(0);
    check::between(position, 0, MOST_POSITION).map_err(|e| e.at("position"))?;
    let when = o.optional("when", |v| {
        let predicate = Predicate::from_json(v)?;
        let compiled = predicate.compile(known.schema)?;
        Ok((predicate, compiled))
    })?;
    Ok(Policy {
        name: Name { id, labels },
        version: u32::try_from(version).unwrap_or(u32::MAX),
        position,
        is_default: o.flag("is_default", false)?,
        when,
        calendar: o.optional("calendar", |v| calendar(v, known))?.unwrap_or(CalendarBy::Wall),
        targets: o.optional("targets", |v| targets(v, known))?.unwrap_or_default(),
        pause_on: o.optional("pause_on", |v| pause_on(v, known))?.unwrap_or_else(usual_pauses),
        due_soon: o.optional("due_soon", due_soon)?.unwrap_or_default(),
        escalation: o.optional("escalation", escalation)?.unwrap_or_default(),
    })
}

fn named(json: &Json, known: &Known<'_>) -> Result<String> {
    let id = text(json)?;
    if known.calendars.contains_key(&id) {
        return Ok(id);
    }
    let expected = known.calendars.keys().map(|id| shortened(id, 60)).collect();
    Err(Problem::UnknownCalendar { found: shortened(&id, 60), expected }.into())
}

fn calendar(json: &Json, known: &Known<'_>) -> Result<CalendarBy> {
    if json.is_string() {
        return Ok(CalendarBy::Fixed(named(json, known)?));
    }
    let o = Object::new(json, &["field", "of", "otherwise"])?;
    let name = o.text("field")?;
    let (field, _) = known.schema.resolve(&name).map_err(|e| e.at("field"))?;
    let of = o.optional("of", |v| {
        let map = json::object(v, "an object of calendars by value")?;
        let one = |(value, id): (&String, &Json)| Ok((value.clone(), named(id, known).map_err(|e| e.at(value))?));
        map.iter().map(one).collect::<Result<BTreeMap<_, _>>>()
    })?;
    let otherwise = o.optional("otherwise", |v| named(v, known))?;
    Ok(CalendarBy::Field { field, of, otherwise })
}

fn targets(json: &Json, known: &Known<'_>) -> Result<BTreeMap<String, BTreeMap<SlaMetric, Option<i64>>>> {
    let map = json::object(json, "an object of targets by priority")?;
    let of_priority = |(priority, targets): (&String, &Json)| {
        let read = || {
            if priority != ANY {
                known.support.priorities().check(priority)?;
            }
            let targets = json::object(targets, "an object of lengths by metric")?;
            json::only_keys(targets, SlaMetric::CODES)?;
            let one = |(code, v): (&String, &Json)| {
                let metric = SlaMetric::from_code(code).unwrap_or(SlaMetric::FirstResponse);
                let seconds = if v.is_null() { None } else { Some(target_seconds(v).map_err(|e| e.at(code))?) };
                Ok((metric, seconds))
            };
            targets.iter().map(one).collect::<Result<BTreeMap<_, _>>>()
        };
        Ok((priority.clone(), read().map_err(|e: Error| e.at(priority))?))
    };
    map.iter().map(of_priority).collect()
}

fn usual_pauses() -> PauseOn {
    PauseOn { statuses: Vec::new(), states: vec![TicketState::Pending, TicketState::Hold] }
}

/// Statuses by their code, or all of a state by its code.
fn pause_on(json: &Json, known: &Known<'_>) -> Result<PauseOn> {
    let mut out = PauseOn { statuses: Vec::new(), states: Vec::new() };
    for (i, found) in list(json, text)?.into_iter().enumerate() {
        match (known.support.state_of(&found), TicketState::from_code(&found)) {
            (Some(_), _) => out.statuses.push(found),
            (None, Some(state)) => out.states.push(state),
            (None, None) => {
                known.support.required(&found).map_err(|e| e.at_index(i))?;
            }
        }
    }
    Ok(out)
}

fn due_soon(json: &Json) -> Result<DueSoon> {
    let o = Object::new(json, &["seconds", "percent_bp"])?;
    let seconds = o.optional("seconds", working_seconds)?.unwrap_or(0);
    let percent_bp = o.optional_integer("percent_bp")?.unwrap_or(0);
    check::between(percent_bp, 0, 10_000).map_err(|e| e.at("percent_bp"))?;
    Ok(DueSoon { seconds, percent_bp })
}

fn escalation(json: &Json) -> Result<Vec<Escalation>> {
    let steps = list(json, |v| {
        let o = Object::new(v, &["id", "metric", "before", "after", "notify"])?;
        let id = o.text("id")?;
        check::id(&id).map_err(|e| e.at("id"))?;
        let metric = |v: &Json| coded(v, SlaMetric::from_code, SlaMetric::CODES);
        let metrics = match o.get("metric") {
            Some(v) if v.is_array() => list(v, metric).map_err(|e| e.at("metric"))?,
            Some(v) => vec![metric(v).map_err(|e| e.at("metric"))?],
            None => Vec::new(),
        };
        let after_due = match (o.optional("before", working_seconds)?, o.optional("after", working_seconds)?) {
            (Some(before), None) => before.saturating_neg(),
            (None, Some(after)) => after,
            (None, None) => return Err(Problem::MissingOneOf { names: &["before", "after"] }.into()),
            (Some(_), Some(_)) => return Err(RulesProblem::Exclusive { first: "before", second: "after" }.into()),
        };
        let notify = o.list("notify", text)?;
        check::most("values", notify.len(), MOST_NOTIFIED).map_err(|e| e.at("notify"))?;
        Ok(Escalation { id, metrics, after_due, notify })
    })?;
    check::most("steps", steps.len(), MOST_STEPS)?;
    for (place, step) in steps.iter().enumerate() {
        if steps.iter().take(place).any(|other| other.id == step.id) {
            let twice = RulesProblem::DuplicateId { id: step.id.clone() };
            return Err(Error::from(twice).at("id").at_index(place));
        }
    }
    Ok(steps)
}
