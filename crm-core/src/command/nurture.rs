//! Rules that enrol new records by themselves: whenever one is made, and when a host tells an event.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::body::required_text;
use super::enrol::{Asking, EnrolledRecord, Entered, Entry, enrol_one, told};
use super::enrolment_facts::enrolments_of;
use super::enrolment_state::enrolment_of;
use super::sequences::sequence_of;
use super::targets::target_of;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::sequence_reason::SequenceReason as Why;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::sequence::{Done, Happened, NurtureEvent, SubjectKind, decide};

/// Answers an event with the nurture rules: `{"event": "website_lead_created", "event_id": "form 7", "lead": "..."}`. An
/// event is answered once, and a rule enrols a record into a sequence once; the answer has what every rule said. Records
/// that commands make are answered by themselves, under the event `lead_created` or `contact_created` and the record's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nurture {
    /// What happened.
    pub event: NurtureEvent,
    /// The host's id of it.
    pub event_id: String,
    /// The lead or contact.
    pub record: Key,
}

/// What followed from an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NurtureDone {
    /// The rule that enrolled the record, if one did.
    pub rule: Option<String>,
    /// Into which sequence.
    pub sequence: Option<String>,
    /// What became of it.
    pub enrolled: Option<EnrolledRecord>,
    /// What every rule said.
    pub reasons: Vec<Json>,
}

impl Command for Nurture {
    type Output = NurtureDone;
    const VERB: Verb = Verb::Enrol;

    fn name() -> Cow<'static, str> {
        "enrolment.nurture".into()
    }

    fn to_json(&self) -> Json {
        json!({
            "event": self.event.code(), "event_id": self.event_id,
            self.record.kind.name(): self.record.id.to_string(),
        })
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map: &Map<String, Json> = json::object(body, "an object with `event`, `event_id` and a record")?;
        json::only_keys(map, &["event", "event_id", "lead", "contact"])?;
        let event = required_text(map, "event")?;
        let unknown = || Problem::NotOneOf { found: event.clone(), expected: NurtureEvent::CODES };
        let event = NurtureEvent::from_code(&event).ok_or_else(|| Error::from(unknown()).at("event"))?;
        let event_id = required_text(map, "event_id")?;
        check::id(&event_id).map_err(|e| e.at("event_id"))?;
        let kinds: &[Kind] = match event.subject() {
            SubjectKind::Lead => &[Kind::Lead],
            SubjectKind::Contact => &[Kind::Contact],
        };
        Ok(Self { event, event_id, record: target_of(map, kinds)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<NurtureDone> {
        cx.active(self.record)?;
        let subject = cx.reached(self.record)?;
        let (rule, entered, trace) = answer(cx, &subject, self.event, &self.event_id)?;
        let (rule, sequence) = rule.map_or((None, None), |(rule, sequence)| (Some(rule), Some(sequence)));
        let reasons = told(entered.as_ref().map_or(&trace, |entered| &entered.reasons));
        Ok(NurtureDone { rule, sequence, enrolled: entered.map(|entered| entered.shown(self.record)), reasons })
    }
}

/// What the rules say of a record that a command has just made, done in the same commit.
pub(super) fn nurture_new(cx: &mut Cx<'_>, subject: &Row) -> Result<()> {
    if cx.rules().sequences().nurture.is_empty() {
        return Ok(());
    }
    let event = match &subject.body {
        AnyRecord::Lead(_) => NurtureEvent::LeadCreated,
        AnyRecord::Contact(_) => NurtureEvent::ContactCreated,
        _ => return Ok(()),
    };
    let event_id = format!("{} {}", event.code(), subject.id);
    let schema = cx.rules().schema(subject.body.kind());
    let facts = subject.facts(&schema);
    let happened = Happened { event, event_id: &event_id, record: &facts, done: &[] };
    if cx.rules().sequences().answers(&happened, cx.at()) {
        answer(cx, subject, event, &event_id)?;
    }
    Ok(())
}

type Answered = (Option<(String, String)>, Option<Entered>, Vec<Why>);

/// The first rule that applies and may enrol does.
fn answer(cx: &mut Cx<'_>, subject: &Row, event: NurtureEvent, event_id: &str) -> Result<Answered> {
    let rules = cx.rules();
    let mut done = Vec::new();
    for row in enrolments_of(cx, subject.key(), None)? {
        let Some(enrolment) = enrolment_of(&row).filter(|enrolment| !enrolment.rule.is_empty()) else { continue };
        done.push(Done {
            rule: enrolment.rule.clone(),
            sequence: enrolment.sequence.clone(),
            event: enrolment.event.clone(),
        });
    }
    let schema = rules.schema(subject.body.kind());
    let facts = subject.facts(&schema);
    let happened = Happened { event, event_id, record: &facts, done: &done };
    // Of a sequence that people edited the latest version counts.
    let mut all = Cow::Borrowed(rules.sequences());
    let mut first = None;
    for rule in &rules.sequences().nurture {
        let sequence = sequence_of(cx, &rule.sequence, None)?;
        if rules.sequences().find(&rule.sequence, None)?.version < sequence.version {
            all.to_mut().add(sequence.clone());
        }
        first = first.or(Some(sequence));
    }
    let Some(first) = first else { return Ok((None, None, Vec::new())) };
    let asking = Asking::new(cx, &first, subject, None, true)?;
    let (nurtured, trace) = decide(&all, &happened, &asking.request())?;
    let Some(nurtured) = nurtured else { return Ok((None, None, trace)) };
    let sequence = all.find(&nurtured.sequence, Some(nurtured.version))?.clone();
    let entry = Entry { sequence: &sequence, subject, rule: Some((&nurtured.rule, event_id)), trace: &trace };
    let entered = enrol_one(cx, &entry)?;
    Ok((Some((nurtured.rule, nurtured.sequence)), Some(entered), trace))
}
