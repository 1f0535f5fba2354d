//! Questions of enrolments: one with its steps and what they made, and pages of them with what is next.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, Find, permit};
use crate::command::{Ctx, Cx, Verb, enrolment_of, sequence_of, state_of, subject_key};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::{PauseCause, SequenceReason as Why};
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, Enrolment as EnrolmentRow, Key, Kind, Record as _, Row};
use crate::rules::sequence::{Enrolment, Sequence, Standing};
use crate::store::{Cursor, Query, Read, Store};

/// Enrolments of a page where nobody says how many.
const USUAL_ROWS: usize = 100;
/// Most drafts or tasks that one enrolment shows.
const MOST_SHOWN: usize = 200;

/// Why an enrolment stands as it does at an instant.
fn standing(state: &Enrolment, at: Instant) -> Vec<Why> {
    match state.standing {
        Standing::Pending => vec![Why::Waiting],
        Standing::Ended { how, .. } => vec![Why::Ended { how }],
        Standing::Paused { cause: PauseCause::OutOfOffice, until: Some(until), .. } => vec![Why::OooUntil { until }],
        Standing::Paused { cause, until, .. } => vec![Why::Paused { cause, until }],
        Standing::Active => {
            let Some(step) = state.next.clone() else { return Vec::new() };
            match (state.due_at, &state.waits_for) {
                (None, Some(first)) => vec![Why::WaitingDone { step: first.clone() }],
                (Some(due), _) if due > at => vec![Why::NotDue { step, due }],
                (Some(due), _) => {
                    let seconds = at.signed_duration_since(due).num_seconds();
                    let days = state.zone.day(at).signed_duration_since(state.zone.day(due)).num_days();
                    vec![Why::LateBy { step, seconds, days }]
                }
                (None, None) => Vec::new(),
            }
        }
    }
}

fn told(reasons: Vec<Why>, lang: Option<Lang>) -> Json {
    reasons.into_iter().map(|reason| Json::Object(Reason::Sequence(reason).to_json(lang))).collect()
}

/// A step of a sequence in a few words.
fn step_json(sequence: &Sequence, id: &str) -> Json {
    match sequence.step(id) {
        Some((_, step)) => json!({"id": step.id, "type": step.kind.code(), "title": step.title}),
        None => json!({"id": id}),
    }
}

/// What a person reads of the record that is enrolled.
fn subject_json(row: &Row) -> Json {
    let name = match &row.body {
        AnyRecord::Lead(lead) => [lead.first_name.as_str(), lead.last_name.as_str(), lead.company.as_str()],
        AnyRecord::Contact(contact) => [contact.first_name.as_str(), contact.last_name.as_str(), ""],
        _ => ["", "", ""],
    };
    let name: Vec<&str> = name.into_iter().filter(|part| !part.is_empty()).collect();
    json!({"record": row.body.kind().name(), "id": row.id.to_string(), "name": name.join(" ")})
}

impl<S: Store> Crm<S> {
    /// The question `enrolments`: a page of enrolments, `{"sequence": "welcome", "status": ["active"], "lead": "...",
    /// "contact": "...", "owner": "marie", "due": true, "where": {...}, "order": [...], "limit": 100, "after": "...",
    /// "lang": "fr"}`, those that are due first, each with the record, the next step, when it is due and why it waits. `due`
    /// are those that a step is due of at `at`.
    pub(super) fn enrolments_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "enrolments")?;
        const KEYS: &[&str] =
            &["sequence", "status", "lead", "contact", "owner", "due", "where", "order", "limit", "after", "lang"];
        json::only_keys(body, KEYS)?;
        let lang = lang_of(body)?;
        let mut parts = Vec::new();
        for field in ["sequence", "lead", "contact", "owner", "status"] {
            match body.get(field).filter(|value| !value.is_null()) {
                None => {}
                Some(Json::Array(values)) => parts.push(Predicate::test(field, Operator::In, values.clone())),
                Some(value) => parts.push(Predicate::test(field, Operator::Equal, value.clone())),
            }
        }
        match body.get("due") {
            None | Some(Json::Null | Json::Bool(false)) => {}
            Some(Json::Bool(true)) => {
                parts.push(Predicate::test("status", Operator::Equal, "active"));
                parts.push(Predicate::test("due_at", Operator::AtMost, format_instant(ctx.at)));
            }
            Some(other) => {
                let problem = Problem::NotABoolean { found: json::shown(other) };
                return Err(crate::Error::from(problem).at("due"));
            }
        }
        let mut question = Map::new();
        question.insert("record".into(), EnrolmentRow::NAME.into());
        for key in ["where", "limit", "after"] {
            question.extend(body.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let order = body.get("order").filter(|order| !order.is_null()).cloned();
        question.insert("order".into(), order.unwrap_or_else(|| json!([{"field": "due_at"}])));
        let mut find = Find::from_json(&question)?;
        if !question.contains_key("limit") {
            find.limit = USUAL_ROWS;
        }
        parts.extend(find.filter.take());
        if !parts.is_empty() {
            find.filter = Some(Predicate::All(parts));
        }
        let page = self.query(ctx, &find)?;
        let read = self.reading(ctx)?;
        let mut rows = Vec::new();
        for row in &page.rows {
            rows.push(self.enrolment_line(ctx, &*read, row, lang)?);
        }
        Ok(json!({"rows": rows, "next": page.next.as_ref().map(Cursor::to_text)}))
    }

    /// An enrolment as a line of a list.
    fn enrolment_line(&self, ctx: &Ctx, read: &dyn Read, row: &Row, lang: Option<Lang>) -> Result<Json> {
        let Some(enrolment) = enrolment_of(row) else { return Ok(Json::Null) };
        let mut json = row.to_json();
        let Some(map) = json.as_object_mut() else { return Ok(json) };
        map.retain(|key, _| !["state", "email_hash", "phone_hash", "reasons", "look_at"].contains(&key.as_str()));
        let state = state_of(row.id, enrolment)?;
        map.insert("reasons".into(), told(standing(&state, ctx.at), lang));
        let mut cx = Cx::new(read, &self.rules, ctx);
        if let Some(key) = subject_key(enrolment)
            && let Some(subject) = cx.row(key)?
        {
            map.insert("subject".into(), subject_json(&subject));
        }
        // A sequence that is no more leaves the step's id.
        let sequence = sequence_of(&mut cx, &state.sequence, Some(state.version)).ok();
        if let Some(next) = &state.next {
            let step = sequence.as_ref().map_or_else(|| json!({"id": next}), |sequence| step_json(sequence, next));
            map.insert("next".into(), step);
        }
        Ok(json)
    }

    /// The question `enrolment`: `{"id": "...", "lang": "fr"}`, one enrolment with every step of its sequence: those that
    /// ran with what they made and what became of it, the next one, and those ahead.
    pub(super) fn enrolment_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "enrolment")?;
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let id = body.get("id").map(Id::from_json).transpose().map_err(|e| e.at("id"))?;
        let id = id.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let read = self.reading(ctx)?;
        let missing = || Problem::NotFound { record: EnrolmentRow::NAME.into(), id: id.to_string() };
        let row = read.get(Key { kind: Kind::Enrolment, id })?.ok_or_else(missing)?;
        let enrolment = enrolment_of(&row).ok_or_else(missing)?;
        let state = state_of(id, enrolment)?;
        let mut line = self.enrolment_line(ctx, &*read, &row, lang)?;
        let made = self.made(ctx, &*read, id)?;
        let mut cx = Cx::new(&*read, &self.rules, ctx);
        let sequence = sequence_of(&mut cx, &state.sequence, Some(state.version)).ok();
        let mut steps = Vec::new();
        for step in sequence.iter().flat_map(|sequence| &sequence.steps) {
            let run = state.runs.iter().find(|run| run.step == step.id);
            let stands = match run {
                Some(run) if run.acted => "ran",
                Some(_) => "passed",
                None if state.next.as_deref() == Some(&step.id) => "next",
                None => "ahead",
            };
            let mut map = Map::new();
            map.insert("id".into(), step.id.as_str().into());
            map.insert("type".into(), step.kind.code().into());
            map.insert("title".into(), step.title.as_str().into());
            map.insert("stands".into(), stands.into());
            let due = run.map(|run| run.due).or(state.due_at.filter(|_| stands == "next"));
            map.insert("due_at".into(), due.map(format_instant).into());
            map.insert("ran_at".into(), run.map(|run| format_instant(run.at)).into());
            for (kind, of, made) in &made {
                if *of == step.id {
                    map.insert((*kind).to_owned(), made.clone());
                }
            }
            steps.push(Json::Object(map));
        }
        if let Some(map) = line.as_object_mut() {
            map.insert("steps".into(), steps.into());
            // Why it came in, as it was written down then: codes with their values.
            let why = if enrolment.reasons.is_empty() { json!([]) } else { json::parse(enrolment.reasons.as_bytes())? };
            map.insert("enrolled_because".into(), why);
            map.insert("hash".into(), state.hash.as_str().into());
        }
        Ok(line)
    }

    /// The drafts and tasks that an enrolment made, of those that the reader sees: kind, step, and how each stands.
    fn made(&self, ctx: &Ctx, read: &dyn Read, id: Id) -> Result<Vec<(&'static str, String, Json)>> {
        let mut made = Vec::new();
        for kind in [Kind::Draft, Kind::Task] {
            let schema = self.rules.schema(kind);
            let mut query = Query::all(kind, schema.clone(), ctx.at);
            query.filter = Some(Predicate::test("enrolment", Operator::Equal, id.to_string()).compile(&schema)?);
            query.limit = MOST_SHOWN;
            for row in read.find(&query)?.rows {
                made.push(match &row.body {
                    AnyRecord::Draft(draft) => {
                        let state = draft.state.map(crate::kernel::approval::DraftState::code);
                        ("draft", draft.step.clone(), json!({"id": row.id.to_string(), "state": state}))
                    }
                    AnyRecord::Task(task) => {
                        let done = task.completed_at.map(format_instant);
                        ("task", task.step.clone(), json!({"id": row.id.to_string(), "completed_at": done}))
                    }
                    _ => continue,
                });
            }
        }
        Ok(made)
    }
}
