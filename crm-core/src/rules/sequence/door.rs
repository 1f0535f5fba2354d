//! Questions about sequences as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::config::{self, Sequence, Sequences};
use super::enrol::{Past, Request, enrol, may_enrol};
use super::enrolment::{Enrolment, subject};
use super::happening::{Decision, Effect, Event, Facts, Happening, Outcome};
use super::migrate::StepMap;
use super::nurture::{self, Done, Happened, NurtureEvent};
use super::schedule::{Hours, SEARCH_DAYS, Slot};
use super::steps;
use super::throttle::Sent;
use super::words::{EnrolmentStatus, Exclusivity, StepKind, StopCause, SubjectKind};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::SequenceReason;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, coded, date, instant, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most instants, happenings or keys of one question.
const MOST_PARTS: usize = 10_000;

const ASKS: &[&str] = &["delay", "enrol", "may_enrol", "migrate", "next_send", "nurture", "play", "schedule", "slots"];
const REQUEST_KEYS: &[&str] = &[
    "ask",
    "sequence",
    "version",
    "id",
    "subject",
    "record",
    "at",
    "zone",
    "automatic",
    "past",
    "holds",
    "active_for_owner",
    "added_by_owner",
    "event",
    "event_id",
    "done",
];

/// What the configuration says.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Around<'a> {
    pub(in crate::rules) sequences: &'a Sequences,
    pub(in crate::rules) calendars: &'a BTreeMap<String, Calendar>,
    pub(in crate::rules) leads: &'a Schema,
    pub(in crate::rules) contacts: &'a Schema,
}

impl Around<'_> {
    fn schema(&self, subject: SubjectKind) -> &Schema {
        match subject {
            SubjectKind::Lead => self.leads,
            SubjectKind::Contact => self.contacts,
        }
    }
}

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(around: Around<'_>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| answer(around, ask, lang))?}))
}

fn answer(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("next_send") => {
            const KEYS: &[&str] =
                &["ask", "due", "zone", "sequence", "windows", "calendar", "business_days_only", "search_days"];
            let o = Object::new(json, KEYS)?;
            let days = o.optional_integer("search_days")?.map(i64::unsigned_abs).unwrap_or(SEARCH_DAYS);
            check::between(o.optional_integer("search_days")?.unwrap_or(1), 1, 400).map_err(|e| e.at("search_days"))?;
            let slot = hours(around, &o)?.next_send(at(&o, "due")?, &zone(around, &o)?, days);
            Ok(slot_json(&slot, lang))
        }
        Some("delay") => {
            const KEYS: &[&str] =
                &["ask", "from", "zone", "delay", "sequence", "windows", "calendar", "business_days_only"];
            let o = Object::new(json, KEYS)?;
            let (hours, zone) = (hours(around, &o)?, zone(around, &o)?);
            let delay = steps::delay(o.required("delay")?).map_err(|e| e.at("delay"))?;
            let due = delay.after(at(&o, "from")?, &zone, hours.calendar())?;
            let mut answer = slot_json(&hours.next_send(due, &zone, SEARCH_DAYS), lang);
            if let Json::Object(map) = &mut answer {
                map.insert("due".into(), format_instant(due).into());
            }
            Ok(answer)
        }
        Some("slots") => slots(around, json, lang),
        Some("schedule") => {
            let o = Object::new(json, &["ask", "sequence", "version", "at", "zone"])?;
            Ok(schedule(sequence(around, &o)?, at(&o, "at")?, &zone(around, &o)?, lang))
        }
        Some("may_enrol") => asked(around, json, |o, request, _| {
            let (verdict, reasons) = may_enrol(sequence(around, o)?, request);
            Ok(json!({"verdict": verdict.code(), "reasons": told(&reasons, lang)}))
        }),
        Some("enrol") => asked(around, json, |o, request, facts| {
            let id = o.text("id")?;
            check::id(&id).map_err(|e| e.at("id"))?;
            let (verdict, enrolment, decision) = enrol(sequence(around, o)?, request, &id, facts);
            let mut answer = decision_map(&decision, lang);
            answer.insert("verdict".into(), verdict.code().into());
            answer.insert("enrolment".into(), enrolment.map_or(Json::Null, |e| e.to_json()));
            Ok(Json::Object(answer))
        }),
        Some("nurture") => asked(around, json, |o, request, facts| {
            let event = coded(o.required("event")?, NurtureEvent::from_code, NurtureEvent::CODES);
            let event = event.map_err(|e| e.at("event"))?;
            let done = o.list("done", |v| {
                let o = Object::new(v, &["rule", "sequence", "event"])?;
                Ok(Done { rule: o.text("rule")?, sequence: o.text("sequence")?, event: o.text("event")? })
            })?;
            if event.subject() != request.subject {
                let expected: &'static [&'static str] = match event.subject() {
                    SubjectKind::Lead => &["lead"],
                    SubjectKind::Contact => &["contact"],
                };
                let found = request.subject.code().to_owned();
                return Err(Error::from(Problem::NotOneOf { found, expected }).at("kind").at("subject"));
            }
            let event_id = o.text("event_id")?;
            check::id(&event_id).map_err(|e| e.at("event_id"))?;
            let happened = Happened { event, event_id: &event_id, record: facts.record, done: &done };
            let (nurtured, trace) = nurture::decide(around.sequences, &happened, request)?;
            let enrol = nurtured.map(|n| {
                json!({"rule": n.rule, "sequence": n.sequence, "version": n.version, "key": n.key, "verdict": n.verdict.code()})
            });
            Ok(json!({"enrol": enrol, "reasons": told(&trace, lang)}))
        }),
        Some("play") => play(around, json, lang),
        Some("migrate") => migrate(around, json, lang),
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn at(o: &Object<'_>, key: &str) -> Result<Instant> {
    o.required(key).and_then(|v| instant(v).map_err(|e| e.at(key)))
}

fn zone(around: Around<'_>, o: &Object<'_>) -> Result<Zone> {
    Ok(o.zone()?.unwrap_or_else(|| around.sequences.zone.clone()))
}

fn sequence<'a>(around: Around<'a>, o: &Object<'_>) -> Result<&'a Arc<Sequence>> {
    let version = config::count(o, "version")?;
    around.sequences.find(&o.text("sequence")?, version).map_err(|e| e.at("sequence"))
}

/// A sequence's hours, or those that stand in the question.
fn hours(around: Around<'_>, o: &Object<'_>) -> Result<Hours> {
    match o.optional("sequence", text)? {
        Some(id) => {
            let sequence = around.sequences.find(&id, None).map_err(|e| e.at("sequence"))?;
            Ok(sequence.hours.clone())
        }
        None => config::hours(o, around.calendars, o.get("calendar").is_some()),
    }
}

fn instants(o: &Object<'_>, key: &'static str) -> Result<Vec<Instant>> {
    let instants = o.list(key, instant)?;
    check::most("instants", instants.len(), MOST_PARTS).map_err(|e| e.at(key))?;
    Ok(instants)
}

fn sent(json: &Json) -> Result<Sent> {
    let o = Object::new(json, &["contact", "mailbox"])?;
    Ok(Sent { contact: instants(&o, "contact")?, mailbox: instants(&o, "mailbox")? })
}

fn slots(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    const KEYS: &[&str] = &[
        "ask",
        "from",
        "zone",
        "keys",
        "sent",
        "sequence",
        "windows",
        "calendar",
        "business_days_only",
        "max_per_contact",
        "max_per_mailbox",
        "spacing_seconds",
        "spread_seconds",
    ];
    let o = Object::new(json, KEYS)?;
    let (from, zone, hours) = (at(&o, "from")?, zone(around, &o)?, hours(around, &o)?);
    let throttle = match o.optional("sequence", text)? {
        Some(id) => around.sequences.find(&id, None)?.throttle.clone(),
        None => config::throttle(&o)?,
    };
    let mut sent = o.optional("sent", sent)?.unwrap_or_default();
    let keys = o.list("keys", text)?;
    check::most("keys", keys.len(), 100).map_err(|e| e.at("keys"))?;
    // Each takes its place in the mailbox before the next one; they are for different people.
    let mut answers = Vec::new();
    for key in keys {
        let slot = throttle.slot(&hours, &zone, &sent, &key, from);
        sent.mailbox.extend(slot.at);
        answers.push(slot_json(&slot, lang));
    }
    Ok(json!({"slots": answers}))
}

/// When each step is due, if each is done at once and no branch is taken.
pub(crate) fn schedule(sequence: &Sequence, at: Instant, zone: &Zone, lang: Option<Lang>) -> Json {
    let mut base = at;
    let mut steps = Vec::new();
    for (place, step) in sequence.steps.iter().enumerate() {
        let from = if step.delay.from == super::DelayFrom::Enrolment { at } else { base };
        let raw = step.delay.after(from, zone, sequence.hours.calendar()).ok();
        let none = Slot { at: None, reasons: vec![SequenceReason::NoSlot { days: SEARCH_DAYS }] };
        let slot = match raw {
            _ if place == 0 && sequence.first_step_immediate => Slot { at: Some(at), reasons: Vec::new() },
            Some(raw) if step.kind.acts() => sequence.hours.next_send(raw, zone, SEARCH_DAYS),
            Some(raw) => Slot { at: Some(raw), reasons: Vec::new() },
            None => none,
        };
        let mut answer = slot_json(&slot, lang);
        if let Json::Object(map) = &mut answer {
            map.insert("step".into(), step.id.as_str().into());
            map.insert("type".into(), step.kind.code().into());
        }
        steps.push(answer);
        let Some(next) = slot.at else { break };
        base = next;
    }
    json!({"version": sequence.version, "steps": steps})
}

/// Reads what asks for an enrolment.
fn asked(
    around: Around<'_>,
    json: &Json,
    answer: impl FnOnce(&Object<'_>, &Request<'_>, &Facts<'_>) -> Result<Json>,
) -> Result<Json> {
    let o = Object::new(json, REQUEST_KEYS)?;
    let (kind, id) = subject(o.required("subject")?).map_err(|e| e.at("subject"))?;
    let zone = zone(around, &o)?;
    let past = o.list("past", |v| past(around, v))?;
    check::most("enrolments", past.len(), MOST_PARTS).map_err(|e| e.at("past"))?;
    let holds = causes(&o, "holds")?;
    let counted = |key: &str| {
        let count = o.optional_integer(key)?.unwrap_or(0);
        check::between(count, 0, i64::MAX).map_err(|e| e.at(key))?;
        Ok::<_, Error>(count.unsigned_abs())
    };
    let values = record(around, kind, o.get("record"))?;
    let request = Request {
        subject: kind,
        subject_id: &id,
        is_automatic: o.flag("automatic", false)?,
        zone: &zone,
        past: &past,
        holds: &holds,
        active_for_owner: counted("active_for_owner")?,
        added_by_owner: counted("added_by_owner")?,
        at: at(&o, "at")?,
    };
    let facts =
        Facts { record: &values, missing: &BTreeSet::new(), holds: &holds, other_runs: &[], sent: &Sent::default() };
    answer(&o, &request, &facts)
}

/// The record's values; what cannot be read is refused.
fn record(around: Around<'_>, kind: SubjectKind, json: Option<&Json>) -> Result<Values> {
    let mut wrong = Vec::new();
    let map = json.map(|v| json::object(v, "an object")).transpose().map_err(|e| e.at("record"))?;
    let values = Values::fields(around.schema(kind), map, &mut wrong).map_err(|e| e.at("record"))?;
    match wrong.into_iter().next() {
        Some(error) => Err(error.at("record")),
        None => Ok(values),
    }
}

fn causes(o: &Object<'_>, key: &str) -> Result<BTreeSet<StopCause>> {
    Ok(o.list(key, |v| coded(v, StopCause::from_code, StopCause::CODES))?.into_iter().collect())
}

fn past(around: Around<'_>, json: &Json) -> Result<Past> {
    let o = Object::new(json, &["sequence", "exclusivity", "status", "ended_at"])?;
    let sequence = o.text("sequence")?;
    let given = o.optional("exclusivity", |v| coded(v, Exclusivity::from_code, Exclusivity::CODES))?;
    let configured = || around.sequences.find(&sequence, None).map_or(Exclusivity::Yes, |s| s.exclusivity);
    let exclusivity = given.unwrap_or_else(configured);
    let status = coded(o.required("status")?, EnrolmentStatus::from_code, EnrolmentStatus::CODES);
    let status = status.map_err(|e| e.at("status"))?;
    Ok(Past { exclusivity, status, ended_at: o.optional("ended_at", instant)?, sequence })
}

/// The facts of one moment, as they are given.
struct Given {
    record: Values,
    missing: BTreeSet<StepKind>,
    holds: BTreeSet<StopCause>,
    other_runs: Vec<Instant>,
    sent: Sent,
}

fn given(around: Around<'_>, kind: SubjectKind, json: &Json) -> Result<Given> {
    let o = Object::new(json, &["record", "missing", "holds", "other_runs", "sent"])?;
    let missing = o.list("missing", |v| coded(v, StepKind::from_code, StepKind::CODES))?;
    Ok(Given {
        record: record(around, kind, o.get("record"))?,
        missing: missing.into_iter().collect(),
        holds: causes(&o, "holds")?,
        other_runs: instants(&o, "other_runs")?,
        sent: o.optional("sent", sent)?.unwrap_or_default(),
    })
}

fn play(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "enrolment", "happenings", "facts"])?;
    let read = |v: &Json| Enrolment::from_json(v);
    let mut enrolment = o.required("enrolment").and_then(|v| read(v).map_err(|e| e.at("enrolment")))?;
    let sequence = around.sequences.find(&enrolment.sequence, Some(enrolment.version));
    let sequence = sequence.map_err(|e| e.at("sequence").at("enrolment"))?;
    enrolment.check(sequence).map_err(|e| e.at("hash").at("enrolment"))?;
    let none = Json::Object(Map::new());
    let usual = given(around, enrolment.subject, o.get("facts").unwrap_or(&none)).map_err(|e| e.at("facts"))?;
    let kind = enrolment.subject;
    let happenings = o.list("happenings", |v| {
        let own = v.get("facts").filter(|facts| !facts.is_null());
        let own = own.map(|facts| given(around, kind, facts)).transpose().map_err(|e| e.at("facts"))?;
        Ok((happening(v)?, own))
    })?;
    check::most("happenings", happenings.len(), MOST_PARTS).map_err(|e| e.at("happenings"))?;
    let mut decisions = Vec::new();
    for (happening, own) in &happenings {
        let given = own.as_ref().unwrap_or(&usual);
        let facts = Facts {
            record: &given.record,
            missing: &given.missing,
            holds: &given.holds,
            other_runs: &given.other_runs,
            sent: &given.sent,
        };
        decisions.push(Json::Object(decision_map(&enrolment.step(sequence, happening, &facts)?, lang)));
    }
    Ok(json!({"enrolment": enrolment.to_json(), "decisions": decisions}))
}

fn migrate(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "enrolment", "to", "steps", "at"])?;
    let enrolment = o.required("enrolment").and_then(|v| Enrolment::from_json(v).map_err(|e| e.at("enrolment")))?;
    let find = |version| around.sequences.find(&enrolment.sequence, Some(version));
    let from = find(enrolment.version).map_err(|e| e.at("sequence").at("enrolment"))?;
    let version = config::count(&o, "to")?.ok_or_else(|| Problem::Missing { name: "to".into() })?;
    let to = find(version).map_err(|e| e.at("to"))?;
    let steps = json::object(o.required("steps")?, "an object of steps").map_err(|e| e.at("steps"))?;
    let step = |(key, v): (&String, &Json)| Ok((key.clone(), text(v).map_err(|e| e.at(key).at("steps"))?));
    let steps = steps.iter().map(step).collect::<Result<StepMap>>()?;
    let (next, decision) = enrolment.migrate(from, to, &steps, at(&o, "at")?)?;
    let mut answer = decision_map(&decision, lang);
    answer.insert("enrolment".into(), next.map_or(Json::Null, |e| e.to_json()));
    Ok(Json::Object(answer))
}

fn happening(json: &Json) -> Result<Happening> {
    const KEYS: &[&str] =
        &["number", "at", "event", "step", "outcome", "positive", "automatic", "until", "cause", "facts"];
    const EVENTS: &[&str] =
        &["advance", "done", "reply", "out_of_office", "stop", "pause", "resume", "remove", "activate"];
    let o = Object::new(json, KEYS)?;
    let number = o.integer("number")?;
    check::between(number, 0, i64::MAX).map_err(|e| e.at("number"))?;
    let code = |key: &'static str| o.required(key);
    let event = code("event")?;
    let event = match event.as_str() {
        Some("advance") => Event::Advance { step: o.optional("step", text)? },
        Some("done") => {
            let outcome = o.optional("outcome", |v| coded(v, Outcome::from_code, Outcome::CODES))?;
            Event::Done { step: o.text("step")?, outcome: outcome.unwrap_or(Outcome::Done) }
        }
        Some("reply") => {
            Event::Reply { is_positive: o.flag("positive", false)?, is_automatic: o.flag("automatic", false)? }
        }
        Some("out_of_office") => Event::OutOfOffice { until: o.optional("until", date)? },
        Some("stop") => {
            Event::Stop(coded(code("cause")?, StopCause::from_code, StopCause::CODES).map_err(|e| e.at("cause"))?)
        }
        Some("pause") => Event::Pause { until: o.optional("until", instant)? },
        Some("resume") => Event::Resume,
        Some("remove") => Event::Remove,
        Some("activate") => Event::Activate,
        _ => return Err(json::not_one_of(event, EVENTS).at("event")),
    };
    Ok(Happening { number: number.unsigned_abs(), at: at(&o, "at")?, event })
}

fn told(reasons: &[SequenceReason], lang: Option<Lang>) -> Json {
    reasons.iter().map(|reason| Json::Object(Reason::Sequence(reason.clone()).to_json(lang))).collect()
}

fn slot_json(slot: &Slot, lang: Option<Lang>) -> Json {
    json!({"at": slot.at.map(format_instant), "reasons": told(&slot.reasons, lang)})
}

fn decision_map(decision: &Decision, lang: Option<Lang>) -> Map<String, Json> {
    let effects: Vec<Json> = decision.effects.iter().map(Effect::to_json).collect();
    let mut map = Map::new();
    map.insert("effects".into(), effects.into());
    map.insert("reasons".into(), told(&decision.reasons, lang));
    map
}

impl Effect {
    /// The JSON form.
    pub fn to_json(&self) -> Json {
        match self {
            Effect::CreateDraft { key, step, channel, template, needs_approval, not_before } => json!({
                "effect": "create_draft", "key": key, "step": step, "channel": channel.code(), "template": template,
                "needs_approval": needs_approval, "not_before": format_instant(*not_before),
            }),
            Effect::CreateTask { key, step, kind, title } => {
                json!({"effect": "create_task", "key": key, "step": step, "type": kind.code(), "title": title})
            }
            Effect::CreateActivity { key, step, kind, title } => {
                json!({"effect": "create_activity", "key": key, "step": step, "type": kind.code(), "title": title})
            }
            Effect::Wait { until } => json!({"effect": "wait", "until": until.map(format_instant)}),
            Effect::Skip { step } => json!({"effect": "skip", "step": step}),
            Effect::Finish { how } => json!({"effect": "finish", "how": how.code()}),
            Effect::Suppress => json!({"effect": "suppress"}),
        }
    }
}
