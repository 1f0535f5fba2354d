//! What the steps of sequences make: drafts, tasks and activities as rows, and objections in the ledger. Ids follow from
//! the step's key and the sequence's version, so that nothing is ever made twice.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Cx;
use super::compose::{address_of, sound};
use super::consent_state::record_consent;
use super::draft_submit::submit;
use super::enrolment_facts::{addresses, ledger};
use super::enrolment_state::{channel_code, enrolment_of};
use super::targets::{Targets, context_of, rows_of};
use super::template_use::{TemplateUse, language_of, values_json};
use crate::kernel::approval::ChannelKind;
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::consent_reason::{ConsentAct, ContactPurpose};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::SequenceReason as Why;
use crate::kernel::time::Instant;
use crate::model::{Activity, AnyRecord, Draft, Key, Kind, Row, Task};
use crate::rules::consent::{AddressHash, ConsentScope, Mark};
use crate::rules::sequence::{Decision, Effect, Sequence, Step, StepKind};

/// The kind of an activity that says that a step ran. It is no contact with the person: whoever acts logs that.
pub(crate) const STEP_ACTIVITY: &str = "sequence_step";

/// Carries out what a step decided, as rows beside the enrolment's.
pub(super) fn carry_out(
    cx: &mut Cx<'_>,
    enrolment: &Row,
    sequence: &Sequence,
    subject: &Row,
    decision: &Decision,
) -> Result<()> {
    // What a draft has to say for itself is that the step ran, not what the sequence waits for next.
    let reasons = || {
        let reasons = decision.reasons.iter().filter(|reason| matches!(reason, Why::StepRan { .. }));
        reasons.map(|reason| Json::Object(Reason::Sequence(reason.clone()).to_json(None))).collect::<Vec<_>>()
    };
    for effect in &decision.effects {
        match effect {
            Effect::CreateDraft { key, step, channel, needs_approval, not_before, .. } => {
                let Some((_, step)) = sequence.step(step) else { continue };
                let made = Made { key: origin(key, sequence), enrolment, subject, sequence, step };
                draft(cx, &made, (*channel, *not_before, *needs_approval), reasons())?;
            }
            Effect::CreateTask { key, step, title, .. } => {
                let Some((_, step)) = sequence.step(step) else { continue };
                task(cx, &Made { key: origin(key, sequence), enrolment, subject, sequence, step }, title)?;
            }
            Effect::CreateActivity { key, step, title, .. } => {
                let Some((_, step)) = sequence.step(step) else { continue };
                activity(cx, &Made { key: origin(key, sequence), enrolment, subject, sequence, step }, title)?;
            }
            Effect::Suppress => suppress(cx, subject)?,
            Effect::Wait { .. } | Effect::Skip { .. } | Effect::Finish { .. } => {}
        }
    }
    Ok(())
}

/// What made something, said once: enrolments that go on in another version make other things.
fn origin(key: &str, sequence: &Sequence) -> String {
    format!("{key}@{}", sequence.version)
}

/// A step that makes something.
struct Made<'a> {
    key: String,
    enrolment: &'a Row,
    subject: &'a Row,
    sequence: &'a Sequence,
    step: &'a Step,
}

impl Made<'_> {
    fn id(&self, what: &str) -> Id {
        Id::from_text(&format!("sequence {what} {}", self.key))
    }

    /// Whose work it is: the record's owner, else the enrolment's.
    fn owner(&self) -> String {
        let owner = match &self.subject.body {
            AnyRecord::Lead(lead) => lead.owner.clone(),
            AnyRecord::Contact(contact) => contact.owner.clone(),
            _ => String::new(),
        };
        match enrolment_of(self.enrolment) {
            Some(enrolment) if owner.is_empty() => enrolment.owner.clone(),
            _ => owner,
        }
    }
}

fn is_there(cx: &mut Cx<'_>, kind: Kind, id: Id) -> Result<bool> {
    Ok(cx.row(Key { kind, id })?.is_some())
}

/// The records that go with the one that is enrolled.
fn context(cx: &mut Cx<'_>, made: &Made<'_>) -> Result<(Targets, BTreeMap<Kind, Row>)> {
    let context = context_of(cx, &Targets::one(made.subject.key()))?;
    let rows = rows_of(cx, &context)?;
    Ok((context, rows))
}

/// Writes the draft of a message step and gives it to whoever decides. What cannot be filled in stays as a draft that
/// somebody has to finish, with the reason: it is neither lost nor sent half empty.
fn draft(
    cx: &mut Cx<'_>,
    made: &Made<'_>,
    (kind, not_before, needs_approval): (StepKind, Instant, bool),
    mut reasons: Vec<Json>,
) -> Result<()> {
    let id = made.id("draft");
    if is_there(cx, Kind::Draft, id)? {
        return Ok(());
    }
    let (context, rows) = context(cx, made)?;
    let mut draft = Draft {
        channel: channel_code(kind).to_owned(),
        purpose: made.sequence.purpose.unwrap_or(ContactPurpose::Prospecting).code().to_owned(),
        topic: made.sequence.topic.map(|topic| topic.code().to_owned()).unwrap_or_default(),
        send_not_before: Some(not_before),
        enrolment: Some(made.enrolment.id),
        step: made.step.id.clone(),
        origin_key: made.key.clone(),
        author: cx.actor().name().to_owned(),
        needs_person: needs_approval.then_some(true),
        ..Draft::default()
    };
    let is_whole = fill(cx, made, &mut draft, &context, &rows, &mut reasons)?;
    let address =
        ChannelKind::from_code(channel_code(kind)).map(|channel| address_of(channel, made.subject)).unwrap_or_default();
    if !address.is_empty() && sound(&draft, &address, cx) {
        draft.recipients = vec![address];
    }
    draft.reasons = json::canonical(&Json::Array(reasons.clone()));
    let has_recipient = !draft.recipients.is_empty();
    let mut body: AnyRecord = draft.into();
    context.write(&mut body)?;
    let row = cx.insert(id, body)?;
    if !(is_whole && has_recipient) {
        return Ok(());
    }
    // What a rule forbids stays with whoever writes it, who is told.
    match submit(cx, id) {
        Err(error) => {
            let Problem::Approval { detail } = error.problem() else { return Err(error) };
            if let ApprovalProblem::Forbidden { reason } = detail {
                reasons.push(Json::Object(Reason::Approval(reason.clone()).to_json(None)));
            }
            let AnyRecord::Draft(draft) = row.body.clone() else { return Ok(()) };
            let draft = Draft { reasons: json::canonical(&Json::Array(reasons)), ..*draft };
            cx.update(Row { body: draft.into(), ..row }).map(drop)
        }
        Ok(_) => Ok(()),
    }
}

/// Fills in the step's template; whether there is a text that can be sent.
fn fill(
    cx: &mut Cx<'_>,
    made: &Made<'_>,
    draft: &mut Draft,
    context: &Targets,
    rows: &BTreeMap<Kind, Row>,
    reasons: &mut Vec<Json>,
) -> Result<bool> {
    let language = language_of(rows).unwrap_or(cx.rules().templates().language());
    language.code().clone_into(&mut draft.language);
    let mut lacks = |names: Vec<String>| {
        let reason = Why::DraftIncomplete { step: made.step.id.clone(), names };
        reasons.push(Json::Object(Reason::Sequence(reason).to_json(None)));
        Ok(false)
    };
    let Some(template) = &made.step.template else { return lacks(Vec::new()) };
    let template = TemplateUse { id: template.clone(), ..TemplateUse::default() };
    let rules = cx.rules();
    let mut rendered = template.fill(cx, context, language);
    // What is not written in the person's language is written in the workspace's.
    if rendered.as_ref().is_err_and(|e| matches!(e.problem(), Problem::TemplateLanguage { .. })) {
        rendered = template.fill(cx, context, rules.templates().language());
    }
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(error) => {
            return match error.problem() {
                Problem::MissingVariables { names, .. } => lacks(names.clone()),
                _ => lacks(vec![template.id.clone()]),
            };
        }
    };
    let said = template.find(cx)?.contact();
    if let Some(purpose) = said.purpose.filter(|_| made.sequence.purpose.is_none()) {
        purpose.code().clone_into(&mut draft.purpose);
    }
    if let Some(topic) = said.topic.filter(|_| made.sequence.topic.is_none()) {
        topic.code().clone_into(&mut draft.topic);
    }
    draft.mentions = said.mentions.iter().map(|mention| mention.code().to_owned()).collect();
    draft.template_values = values_json(&rendered);
    rendered.language.code().clone_into(&mut draft.language);
    draft.template = rendered.template;
    draft.template_version = Some(rendered.version);
    draft.template_hash = rendered.hash;
    draft.subject = rendered.subject;
    draft.text = rendered.text;
    Ok(!draft.text.is_empty())
}

/// The real task of a step; its completion is told to the enrolment.
fn task(cx: &mut Cx<'_>, made: &Made<'_>, title: &str) -> Result<()> {
    let id = made.id("task");
    if is_there(cx, Kind::Task, id)? {
        return Ok(());
    }
    let (context, _) = context(cx, made)?;
    let task = Task {
        title: title.to_owned(),
        assignee: made.owner(),
        due_date: Some(cx.rules().tasks().days.day(cx.at())),
        enrolment: Some(made.enrolment.id),
        step: made.step.id.clone(),
        ..Task::default()
    };
    let mut body: AnyRecord = task.into();
    context.write(&mut body)?;
    cx.insert(id, body)?;
    Ok(())
}

/// The visible sign that a step ran. A machine wrote it: it is no sign that the person was contacted.
fn activity(cx: &mut Cx<'_>, made: &Made<'_>, title: &str) -> Result<()> {
    let id = made.id("activity");
    if is_there(cx, Kind::Activity, id)? {
        return Ok(());
    }
    let (context, _) = context(cx, made)?;
    let activity = Activity {
        kind: STEP_ACTIVITY.to_owned(),
        automatic: Some(true),
        subject: title.to_owned(),
        actor: cx.actor().name().to_owned(),
        happened_at: Some(cx.at()),
        description: format!("{} {}", made.sequence.id, made.step.id),
        ..Activity::default()
    };
    let mut body: AnyRecord = activity.into();
    context.write(&mut body)?;
    cx.insert(id, body)?;
    Ok(())
}

/// Writes the objection down, where it is not yet: whatever else the person is in hears of it.
fn suppress(cx: &mut Cx<'_>, subject: &Row) -> Result<()> {
    let (email, phone) = addresses(subject);
    for written in [email, phone].into_iter().filter(|written| !written.is_empty()) {
        let Ok(address) = AddressHash::of(cx.rules().identity(), written) else { continue };
        if ledger(cx, subject, &address)?.objection(ContactPurpose::Prospecting).is_some() {
            continue;
        }
        let of = |kind: Kind| (subject.body.kind() == kind).then_some(subject.id);
        let links = (of(Kind::Lead), of(Kind::Contact));
        let mark = Mark { at: cx.at(), proof: None, source: Some("sequence".to_owned()), actor: None };
        let scope = ConsentScope { address, purpose: None, channel: None };
        record_consent(cx, scope, ConsentAct::Withdrawn, mark, links)?;
    }
    Ok(())
}
