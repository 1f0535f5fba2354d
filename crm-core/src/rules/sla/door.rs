//! The JSON door: policies and events in, clocks and their reasons out.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};

use super::answer::{self, reasons};
use super::events::Event;
use super::ledger::LedgerPage;
use super::state::{State, seconds};
use super::waits::Waits;
use super::{Sla, WorkingTime};
use crate::kernel::calendar::{Calendar, Pauses};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::service::{SlaMetric, TicketState};
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::rules::calendar::calendars;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, coded, instant, list, text};
use crate::rules::support::Support;

/// Most questions of one input, events of one question, and tickets of one question.
const MOST_ASKS: usize = 1_000;
const MOST_EVENTS: usize = 10_000;
const MOST_TICKETS: usize = 10_000;
const ASKS: &[&str] = &["due", "explain", "policy", "reapply", "standing", "tick", "timeline", "waits"];

/// What the door is asked with besides its input.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The configured policies.
    pub sla: &'a Sla,
    /// The ticket's fields.
    pub schema: &'a Arc<Schema>,
    /// The configured calendars.
    pub calendars: &'a BTreeMap<String, Calendar>,
    /// The configuration's `sla` as it was written.
    pub source: Option<&'a Json>,
}

/// One input, with the configuration that holds for it.
pub(super) struct Desk<'a> {
    pub(super) sla: &'a Sla,
    schema: &'a Schema,
    lang: Option<Lang>,
}

/// Answers questions, in order, under `answers`: `{"asks": [...], "lang": "fr"}`. `calendars`, `sla` and `support` may be
/// given with them, in the form of the configuration, and count instead of it.
///
/// | `ask` | with | answer |
/// |---|---|---|
/// | `policy` | `ticket`, `at` | `policy`, `calendar`, `targets` of the ticket's priority, `reasons`: each policy with its first test that failed |
/// | `timeline` | `events`, `ticket`, `at`, `state` to go on from, `alerts_after`, `explain` | `standing`, `next_event`, `alerts`, `reasons`, `waits`, `state`, and `ledger` |
/// | `standing` | `state`, `at` | `standing`, `next_event` |
/// | `tick` | `tickets` of `id` and `state`; `from`, `to` | `alerts` after one instant up to the other, and `next_event` |
/// | `explain` | `state`, `at`, `metric`, `cycle`, `from`, `limit` | `ledger`: `lines`, `used_seconds` and `next`, the `from` of the next page |
/// | `reapply` | `tickets` of `id`, `state` and `ticket`; `at` | `moved`: each due instant that the configuration would move, and `unchanged` tickets |
/// | `waits` | `segments`, pairs of a state and seconds, or `state`, `at` and perhaps `calendar` | `requester_wait`, `agent_work`, `agent_wait`, `on_hold`, `total_resolution` in seconds |
/// | `due` | `start`, `working_seconds`, `pauses`, `calendar` (null: every second counts) | `due`, `calendar`, and `reasons` where there is none |
///
/// An event is `{"at", "kind", "number", "by_staff", "status", "priority", "ticket"}`: `kind` is one of
/// [`TicketEventKind::CODES`](crate::kernel::service::TicketEventKind::CODES); a number that is missing is its place in the list, from 1; status and priority stay as they
/// were where nothing is said; `ticket` has the fields that the event changed. Events after `at` have not happened. They
/// are replayed in order, or taken as they come after a `state`. `explain` has the keys of the question `explain`.
///
/// # Errors
/// What the input gets wrong, with its path.
///
/// # Example
/// ```
/// use crm_core::rules::Rules;
/// use serde_json::json;
///
/// let rules = Rules::from_json(&json!({"sla": {"policies": [{
///     "id": "standard", "is_default": true, "targets": {"*": {"first_response": "1h"}}, "due_soon": {"seconds": "15m"},
/// }]}}))?;
/// let answer = rules.eval("sla", &json!({"asks": [{
///     "ask": "timeline", "at": "2026-11-23T10:50:00Z", "events": [{"at": "2026-11-23T10:00:00Z", "kind": "created"}],
/// }], "lang": "en"}))?;
/// let answer = &answer["answers"][0];
/// assert_eq!(answer["standing"]["state"], "due_soon");
/// assert_eq!(answer["standing"]["due_at"], "2026-11-23T11:00:00Z");
/// assert_eq!(answer["next_event"], "2026-11-23T11:00:00Z");
/// # Ok::<(), crm_core::Error>(())
/// ```
pub fn eval_json(around: &Around<'_>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang", "calendars", "sla", "support"])?;
    let lang = o.lang()?;
    let given = o.optional("calendars", calendars)?;
    let support = o.optional("support", Support::from_json)?;
    let own;
    let sla = if given.is_some() || support.is_some() || o.get("sla").is_some() {
        let calendars = given.as_ref().unwrap_or(around.calendars);
        let support = support.as_ref().unwrap_or(around.sla.support());
        let source = o.get("sla").or(around.source);
        own = Sla::new(source, around.schema, calendars, support).map_err(|e| e.at("sla"))?;
        &own
    } else {
        around.sla
    };
    let desk = Desk { sla, schema: around.schema, lang };
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| desk.answer(ask))?}))
}

impl Desk<'_> {
    fn answer(&self, ask: &Json) -> Result<Json> {
        let map = json::object(ask, "an object")?;
        let missing = || Error::from(Problem::Missing { name: "ask".into() });
        let name = map.get("ask").filter(|v| !v.is_null()).ok_or_else(missing)?;
        match name.as_str() {
            Some("policy") => self.policy(ask),
            Some("timeline") => self.timeline(ask),
            Some("standing") => self.standing(ask),
            Some("tick") => self.tick(ask),
            Some("explain") => self.explain(ask),
            Some("reapply") => self.reapply(ask),
            Some("waits") => self.waits(ask),
            Some("due") => self.due(ask),
            _ => Err(json::not_one_of(name, ASKS).at("ask")),
        }
    }

    /// The facts of a ticket.
    pub(super) fn facts(&self, ticket: &Map<String, Json>) -> Result<Values> {
        let mut unread = Vec::new();
        let values = Values::fields(self.schema, Some(ticket), &mut unread)?;
        unread.into_iter().next().map_or(Ok(values), Err)
    }

    fn policy(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "ticket", "at"])?;
        let at = required(&o, "at")?;
        let ticket = o.optional("ticket", |v| json::object(v, "an object of fields"))?.cloned().unwrap_or_default();
        let facts = self.facts(&ticket).map_err(|e| e.at("ticket"))?;
        let mut told = self.sla.trace(&facts, at);
        let Some(chosen) = self.sla.choose(&facts, at) else {
            return Ok(json!({
                "policy": null, "version": null, "calendar": null, "targets": {}, "reasons": reasons(&told, self.lang)
            }));
        };
        let policy = chosen.policy;
        told.push(match chosen.time {
            WorkingTime::Wall => SlaReason::WallClock { policy: policy.name.clone() },
            WorkingTime::Missing => SlaReason::NoCalendar { policy: policy.name.clone() },
            WorkingTime::Calendar(calendar) => SlaReason::CalendarUsed { calendar: calendar.id().to_owned() },
        });
        let calendar = match chosen.time {
            WorkingTime::Calendar(calendar) => Some(calendar.id()),
            WorkingTime::Wall | WorkingTime::Missing => None,
        };
        let priority = ticket.get("priority").and_then(Json::as_str).unwrap_or_default();
        let priority = self.sla.priority(priority);
        let target = |metric: &SlaMetric| {
            Some((metric.code().to_owned(), Json::from(policy.target_seconds(priority, *metric)?)))
        };
        let targets: Map<String, Json> = SlaMetric::ALL.iter().filter_map(target).collect();
        Ok(json!({
            "policy": policy.name.id, "version": policy.version, "calendar": calendar, "targets": targets,
            "reasons": reasons(&told, self.lang),
        }))
    }

    fn timeline(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "ticket", "events", "at", "state", "alerts_after", "explain"])?;
        let at = required(&o, "at")?;
        let base = o.optional("ticket", |v| json::object(v, "an object of fields"))?.cloned().unwrap_or_default();
        let count = o.required("events")?.as_array().map_or(0, Vec::len);
        check::most("events", count, MOST_EVENTS).map_err(|e| e.at("events"))?;
        let mut events = self.events(&o, &base)?;
        events.retain(|event| event.at <= at);
        let (state, told) = match o.optional("state", State::from_json)? {
            Some(mut state) => {
                let step = |event: &Event| state.step(self.sla, &event.happening(), &event.facts);
                let told = events.iter().flat_map(step).collect::<Vec<_>>();
                (state, told)
            }
            None => State::replay(self.sla, events.iter().map(|e| (e.happening(), &e.facts as &dyn Facts))),
        };
        let after = o.optional("alerts_after", instant)?.unwrap_or(Instant::MIN_UTC);
        let mut answer = self.stands(&state, at);
        answer.insert("reasons".into(), reasons(&told, self.lang));
        let alerts = state.alerts(after, at);
        answer
            .insert("alerts".into(), alerts.iter().map(|alert| Json::Object(answer::alert(self.sla, alert))).collect());
        answer.insert("waits".into(), answer::waits(&state.waits(None, at)));
        answer.insert("state".into(), state.to_json());
        let page = |v: &Json| LedgerPage::read(&Object::new(v, &["metric", "cycle", "from", "limit"])?, "from");
        if let Some(page) = o.optional("explain", page)? {
            answer.insert("ledger".into(), page.of(&state, self.sla, at, self.lang));
        }
        Ok(Json::Object(answer))
    }

    fn stands(&self, state: &State, at: Instant) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("standing".into(), answer::standing(state, &state.standing(self.sla, at), self.lang));
        map.insert("next_event".into(), state.next_event(at).map(format_instant).into());
        map
    }

    fn standing(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "state", "at"])?;
        let state = o.required("state").and_then(|v| State::from_json(v).map_err(|e| e.at("state")))?;
        Ok(Json::Object(self.stands(&state, required(&o, "at")?)))
    }

    fn tick(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "tickets", "from", "to"])?;
        let (from, to) = (required(&o, "from")?, required(&o, "to")?);
        crate::kernel::calendar::in_order(from, to).map_err(|e| e.at("to"))?;
        let tickets = self.tickets(&o)?;
        let mut alerts: Vec<_> = tickets
            .iter()
            .flat_map(|ticket| ticket.state.alerts(from, to).into_iter().map(|alert| (ticket.id.as_str(), alert)))
            .collect();
        // A stable sort: within a ticket they are in order already.
        alerts.sort_by(|(a, x), (b, y)| (x.effective_at, *a).cmp(&(y.effective_at, *b)));
        let one = |(id, alert): &(&str, super::Alert)| {
            let mut map = answer::alert(self.sla, alert);
            map.insert("ticket".into(), (*id).into());
            Json::Object(map)
        };
        let next = tickets.iter().filter_map(|ticket| ticket.state.next_event(to)).min();
        Ok(json!({"alerts": alerts.iter().map(one).collect::<Vec<_>>(), "next_event": next.map(format_instant)}))
    }

    fn tickets(&self, o: &Object<'_>) -> Result<Vec<Ticket>> {
        let count = o.required("tickets")?.as_array().map_or(0, Vec::len);
        check::most("tickets", count, MOST_TICKETS).map_err(|e| e.at("tickets"))?;
        o.list("tickets", |v| {
            let o = Object::new(v, &["id", "state", "ticket"])?;
            let fields = o.optional("ticket", |v| json::object(v, "an object of fields"))?;
            Ok(Ticket {
                id: o.text("id")?,
                state: o.required("state").and_then(|v| State::from_json(v).map_err(|e| e.at("state")))?,
                facts: self.facts(fields.unwrap_or(&Map::new())).map_err(|e| e.at("ticket"))?,
            })
        })
    }

    fn explain(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "state", "at", "metric", "cycle", "from", "limit"])?;
        let state = o.required("state").and_then(|v| State::from_json(v).map_err(|e| e.at("state")))?;
        let at = required(&o, "at")?;
        Ok(json!({"ledger": LedgerPage::read(&o, "from")?.of(&state, self.sla, at, self.lang)}))
    }

    fn reapply(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "tickets", "at"])?;
        let at = required(&o, "at")?;
        let (mut moved, mut unchanged) = (Vec::new(), 0_u64);
        for ticket in self.tickets(&o)? {
            let (_, told) = ticket.state.reapplied(self.sla, &ticket.facts, at);
            if told.is_empty() {
                unchanged = unchanged.saturating_add(1);
            }
            let id = Json::from(ticket.id.as_str());
            moved.extend(told.iter().map(|reason| {
                let mut json = answer::reason(reason, self.lang);
                json.insert("ticket".into(), id.clone());
                Json::Object(json)
            }));
        }
        Ok(json!({"moved": moved, "unchanged": unchanged}))
    }

    fn waits(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "segments", "state", "at", "calendar"])?;
        if let Some(segments) = o.optional("segments", |v| list(v, segment))? {
            let mut waits = Waits::default();
            segments.into_iter().for_each(|(state, length)| waits.add(state, length));
            return Ok(answer::waits(&waits));
        }
        let missing = Problem::MissingOneOf { names: &["segments", "state"] };
        let state = o.optional("state", State::from_json)?.ok_or(missing)?;
        let calendar = o.optional("calendar", |v| self.calendar(v))?;
        Ok(answer::waits(&state.waits(calendar, required(&o, "at")?)))
    }

    fn calendar(&self, json: &Json) -> Result<&Calendar> {
        let id = text(json)?;
        let unknown = || Problem::UnknownCalendar {
            found: crate::kernel::text::shortened(&id, 60),
            expected: self.sla.calendars.keys().map(|id| crate::kernel::text::shortened(id, 60)).collect(),
        };
        Ok(self.sla.calendars.get(&id).ok_or_else(unknown)?)
    }

    fn due(&self, ask: &Json) -> Result<Json> {
        let o = Object::new(ask, &["ask", "start", "working_seconds", "pauses", "calendar"])?;
        let start = required(&o, "start")?;
        let target = o
            .required("working_seconds")
            .and_then(|v| super::duration::working_seconds(v).map_err(|e| e.at("working_seconds")))?;
        let calendar = o.optional("calendar", |v| self.calendar(v))?;
        let pauses = Pauses::new(o.list("pauses", crate::rules::calendar::pause)?).map_err(|e| e.at("pauses"))?;
        let time = calendar.map_or(WorkingTime::Wall, WorkingTime::Calendar);
        let due = self.sla.calendar(time).and_then(|calendar| calendar.due(start, target, &pauses).ok());
        let told =
            SlaReason::NoWorkingTime { metric: None, calendar: calendar.map(|calendar| calendar.id().to_owned()) };
        let told = if due.is_none() { vec![told] } else { Vec::new() };
        let id = calendar.map(Calendar::id);
        Ok(json!({"due": due.map(format_instant), "calendar": id, "reasons": reasons(&told, self.lang)}))
    }
}

/// A ticket as it was read.
struct Ticket {
    id: String,
    state: State,
    facts: Values,
}

pub(super) fn required(o: &Object<'_>, key: &str) -> Result<Instant> {
    o.required(key).and_then(|v| instant(v).map_err(|e| e.at(key)))
}

fn segment(json: &Json) -> Result<(TicketState, TimeDelta)> {
    match json.as_array().map(Vec::as_slice) {
        Some([state, length]) => {
            let state = coded(state, TicketState::from_code, TicketState::CODES).map_err(|e| e.at_index(0))?;
            let length = super::duration::working_seconds(length).map_err(|e| e.at_index(1))?;
            Ok((state, seconds(length)))
        }
        _ => Err(Problem::WrongShape { expected: "a list of two values", found: json::shown(json) }.into()),
    }
}
