//! Rules that enrol new records by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::config::{Beside, Condition, Sequences};
use super::enrol::{Request, Verdict, may_enrol};
use super::words::SubjectKind;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::fact::Facts as Record;
use crate::kernel::field::Schema;
use crate::kernel::predicate::Truth;
use crate::kernel::sequence_reason::SequenceReason as Why;
use crate::kernel::time::Instant;
use crate::rules::check;
use crate::rules::read::{Object, coded, list};

/// Most nurture rules.
const MOST_RULES: usize = 1_000;

coded! {
    /// What happens to a record that a rule may answer.
    NurtureEvent {
        /// A lead was made, however it came.
        LeadCreated = "lead_created",
        /// A lead was made that came from the website.
        WebsiteLeadCreated = "website_lead_created",
        /// A contact was made.
        ContactCreated = "contact_created",
    }
}

impl NurtureEvent {
    /// What kind of record it is about.
    pub const fn subject(self) -> SubjectKind {
        match self {
            NurtureEvent::LeadCreated | NurtureEvent::WebsiteLeadCreated => SubjectKind::Lead,
            NurtureEvent::ContactCreated => SubjectKind::Contact,
        }
    }
}

/// One rule: on this, when that holds, into this sequence.
#[derive(Clone, Debug)]
pub struct NurtureRule {
    /// The host's name for it.
    pub id: String,
    /// What it answers.
    pub on: NurtureEvent,
    /// The sequence.
    pub sequence: String,
    when: Option<Condition>,
    /// That a lead came from the website.
    from_website: Option<Condition>,
}

/// What nurture rules did for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which rule.
    pub rule: String,
    /// Into which sequence.
    pub sequence: String,
    /// The host's id of the event.
    pub event: String,
}

/// Something happened to a record.
#[derive(Clone, Copy)]
pub struct Happened<'a> {
    /// What.
    pub event: NurtureEvent,
    /// The host's id of it: the same event is answered once.
    pub event_id: &'a str,
    /// The record's values.
    pub record: &'a dyn Record,
    /// What the rules did for it.
    pub done: &'a [Done],
}

/// An enrolment that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nurtured {
    /// The rule.
    pub rule: String,
    /// The sequence.
    pub sequence: String,
    /// Its version.
    pub version: u32,
    /// The same for the same rule, record and sequence.
    pub key: String,
    /// Whether it runs at once or waits for its turn.
    pub verdict: Verdict,
}

/// Which sequence a record comes into, and what each rule said until then. The first rule in order that applies and may
/// enrol decides; a rule enrols a record into a sequence once, and an event is answered once.
///
/// # Errors
/// A sequence that is not there.
pub fn decide(all: &Sequences, happened: &Happened<'_>, request: &Request<'_>) -> Result<(Option<Nurtured>, Vec<Why>)> {
    if happened.done.iter().any(|done| done.event == happened.event_id) {
        return Ok((None, vec![Why::NurtureEventDone { event: happened.event_id.to_owned() }]));
    }
    let mut trace = Vec::new();
    for rule in &all.nurture {
        let id = || rule.id.clone();
        match rule.applies(happened, request.at) {
            None => {
                trace.push(Why::NurtureOtherEvent { rule: id() });
                continue;
            }
            Some(Truth::False) => {
                trace.push(Why::NurtureNoMatch { rule: id() });
                continue;
            }
            Some(Truth::Unknown) => {
                trace.push(Why::NurtureUnknown { rule: id() });
                continue;
            }
            Some(Truth::True) => {}
        }
        let sequence = all.find(&rule.sequence, None)?;
        if happened.done.iter().any(|done| done.rule == rule.id && done.sequence == rule.sequence) {
            trace.push(Why::NurtureDone { rule: id(), sequence: rule.sequence.clone() });
            return Ok((None, trace));
        }
        trace.push(Why::NurtureMatched { rule: id(), sequence: rule.sequence.clone() });
        let (verdict, reasons) = may_enrol(sequence, &Request { is_automatic: true, ..request.clone() });
        trace.extend(reasons);
        if verdict == Verdict::Refuse {
            continue;
        }
        let parts = json!([rule.id, request.subject.code(), request.subject_id, rule.sequence]);
        let nurtured = Nurtured {
            rule: id(),
            sequence: rule.sequence.clone(),
            version: sequence.version,
            key: parts.to_string(),
            verdict,
        };
        return Ok((Some(nurtured), trace));
    }
    Ok((None, trace))
}

impl Sequences {
    /// Whether any nurture rule applies to what happened, whoever may then come in.
    pub fn answers(&self, happened: &Happened<'_>, at: Instant) -> bool {
        self.nurture.iter().any(|rule| rule.applies(happened, at) == Some(Truth::True))
    }
}

impl NurtureRule {
    /// Whether it answers an event, and whether its condition holds.
    fn applies(&self, happened: &Happened<'_>, at: Instant) -> Option<Truth> {
        let truth = |condition: &Option<Condition>| {
            let condition = condition.as_ref().and_then(|condition| condition.of(self.on.subject()));
            condition.map_or(Truth::True, |condition| condition.eval(happened.record, at))
        };
        let answers = match (self.on, happened.event) {
            (NurtureEvent::LeadCreated, NurtureEvent::WebsiteLeadCreated) => true,
            (NurtureEvent::WebsiteLeadCreated, NurtureEvent::LeadCreated) => truth(&self.from_website).holds(),
            (on, event) => on == event,
        };
        answers.then(|| truth(&self.when))
    }
}

/// Reads the rules, in order of priority.
pub(super) fn rules<S>(json: &Json, all: &Sequences, beside: &Beside<'_, S>) -> Result<Vec<NurtureRule>>
where
    S: Fn(SubjectKind) -> Arc<Schema>,
{
    let rules = list(json, |v| rule(v, all, beside))?;
    check::most("rules", rules.len(), MOST_RULES)?;
    let mut ids = BTreeSet::new();
    for (place, rule) in rules.iter().enumerate() {
        if !ids.insert(rule.id.as_str()) {
            let id = rule.id.clone();
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("id").at_index(place));
        }
    }
    Ok(rules)
}

fn rule<S>(json: &Json, all: &Sequences, beside: &Beside<'_, S>) -> Result<NurtureRule>
where
    S: Fn(SubjectKind) -> Arc<Schema>,
{
    let o = Object::new(json, &["id", "on", "when", "sequence"])?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let on = coded(o.required("on")?, NurtureEvent::from_code, NurtureEvent::CODES).map_err(|e| e.at("on"))?;
    let sequence = o.text("sequence")?;
    all.check(&sequence).map_err(|e| e.at("sequence"))?;
    let kinds = BTreeSet::from([on.subject()]);
    let condition = |json: &Json| Condition::new(json, &kinds, &beside.schema);
    let website = json!({"field": "source", "op": "eq", "value": "website"});
    let from_website = (on == NurtureEvent::WebsiteLeadCreated).then(|| condition(&website)).transpose()?;
    Ok(NurtureRule { id, on, sequence, when: o.optional("when", condition)?, from_website })
}
