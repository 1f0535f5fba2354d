//! What happens elsewhere and matters to enrolments: rows that are staged tell it, whichever command wrote them.

use super::Cx;
use super::consent_person::Person;
use super::enrolment_facts::enrolments_of;
use super::enrolment_state::{Whom, enrolment_happens, enrolment_of, outcome_of, stop_enrolments, tell_enrolments};
use super::nurture::nurture_new;
use super::task_state::task_of;
use crate::kernel::approval::DraftState;
use crate::kernel::consent_reason::{ConsentAct, ContactChannel, ContactPurpose};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::text::fold;
use crate::model::{Activity, AnyRecord, Consent, ConsentEvent, Draft, Key, Kind, Row, Task, consent_of};
use crate::rules::sequence::{Event, Outcome, StopCause};

/// The kind of activity that is a meeting.
const MEETING: &str = "meeting";

/// Tells enrolments what a row says that was staged in place of `before`.
pub(super) fn row_told(cx: &mut Cx<'_>, before: Option<&Row>, after: &Row) -> Result<()> {
    let at = cx.at();
    match (&after.body, before) {
        (AnyRecord::Lead(_) | AnyRecord::Contact(_), Some(before)) => subject_told(cx, before, after),
        (AnyRecord::Lead(_) | AnyRecord::Contact(_), None) => nurture_new(cx, after),
        (AnyRecord::Task(task), Some(before)) if task.enrolment.is_some() => task_told(cx, before, task, after),
        (AnyRecord::Deal(deal), None) => {
            let (lead, contact) = (deal.source_lead, deal.contact);
            stop(cx, lead, contact, StopCause::DealCreated)
        }
        (AnyRecord::DealContact(part), None) => stop(cx, None, part.contact, StopCause::DealCreated),
        (AnyRecord::Activity(activity), None) if is_meeting(activity) => meeting_told(cx, activity),
        (AnyRecord::ConsentEvent(event), None) => {
            let is_general = event.purpose.is_none_or(|purpose| purpose == ContactPurpose::Prospecting);
            let is_mail = event.channel.is_none_or(|channel| channel == ContactChannel::Email);
            match event.act {
                Some(ConsentAct::Withdrawn) if is_general => {
                    stop_enrolments(cx, Whom::Address(&event.address_hash), StopCause::OptOut, at)?;
                    everybody(cx, event, StopCause::OptOut)
                }
                // Another address of the same person may be fine.
                Some(ConsentAct::Bounced) if is_mail => {
                    stop_enrolments(cx, Whom::Address(&event.address_hash), StopCause::BounceHard, at).map(drop)
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Every record of the person of whom something was said.
fn everybody(cx: &mut Cx<'_>, event: &ConsentEvent, cause: StopCause) -> Result<()> {
    let lead = event.lead.map(|id| Key { kind: Kind::Lead, id });
    let contact = event.contact.map(|id| Key { kind: Kind::Contact, id });
    let keys: Vec<Key> = lead.into_iter().chain(contact).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let at = cx.at();
    for key in Person::of(cx, &keys, "", None)?.records.into_keys() {
        let whom = if key.kind == Kind::Lead { Whom::Lead(key.id) } else { Whom::Contact(key.id) };
        stop_enrolments(cx, whom, cause, at)?;
    }
    Ok(())
}

fn stop(cx: &mut Cx<'_>, lead: Option<Id>, contact: Option<Id>, cause: StopCause) -> Result<()> {
    let at = cx.at();
    if let Some(id) = lead {
        stop_enrolments(cx, Whom::Lead(id), cause, at)?;
    }
    if let Some(id) = contact {
        stop_enrolments(cx, Whom::Contact(id), cause, at)?;
    }
    Ok(())
}

/// What a change of the record itself means.
fn subject_told(cx: &mut Cx<'_>, before: &Row, after: &Row) -> Result<()> {
    let whom = match after.body {
        AnyRecord::Lead(_) => Whom::Lead(after.id),
        _ => Whom::Contact(after.id),
    };
    let mut causes = Vec::new();
    if consent_of(&after.body) == Consent::OptedOut && consent_of(&before.body) != Consent::OptedOut {
        causes.push(StopCause::OptOut);
    }
    let mut was_merged = false;
    let (old, new) = match (&before.body, &after.body) {
        (AnyRecord::Lead(old), AnyRecord::Lead(new)) => {
            let is_converted = |lead: &crate::model::Lead| lead.converted_at.is_some() || lead.converted == Some(true);
            if is_converted(new) && !is_converted(old) {
                causes.push(StopCause::Converted);
            }
            was_merged = new.merged_into.is_some();
            (&old.owner, &new.owner)
        }
        (AnyRecord::Contact(old), AnyRecord::Contact(new)) => (&old.owner, &new.owner),
        _ => return Ok(()),
    };
    // Whoever had no owner has one now: that is no other one.
    if !old.is_empty() && old != new {
        causes.push(StopCause::OwnerChange);
    }
    let at = cx.at();
    for cause in causes {
        stop_enrolments(cx, whom, cause, at)?;
    }
    // What is put away gets nothing until somebody lets it go on; what was merged lives on elsewhere.
    if before.archived_at.is_none() && after.archived_at.is_some() && !was_merged {
        tell_enrolments(cx, whom, &Event::Pause { until: None }, at)?;
    }
    Ok(())
}

/// The task of a step was done, or put away undone.
fn task_told(cx: &mut Cx<'_>, before: &Row, task: &Task, after: &Row) -> Result<()> {
    let (Some(enrolment), Some(old)) = (task.enrolment, task_of(before)) else { return Ok(()) };
    let is_put_away = before.archived_at.is_none() && after.archived_at.is_some();
    let (outcome, at) = match (old.completed_at, task.completed_at) {
        (None, Some(at)) => (Outcome::Done, at),
        (None, None) if is_put_away => (Outcome::Dropped, cx.at()),
        _ => return Ok(()),
    };
    done(cx, enrolment, &task.step, outcome, at)
}

/// A draft of a step was settled for good, from another state before.
pub(super) fn draft_told(cx: &mut Cx<'_>, before: Option<DraftState>, draft: &Draft) -> Result<()> {
    let (Some(enrolment), Some(state)) = (draft.enrolment, draft.state) else { return Ok(()) };
    let outcome = outcome_of(state).filter(|_| before != Some(state));
    match outcome {
        Some(outcome) => {
            let at = cx.at();
            done(cx, enrolment, &draft.step, outcome, at)
        }
        None => Ok(()),
    }
}

fn done(cx: &mut Cx<'_>, enrolment: Id, step: &str, outcome: Outcome, at: crate::Instant) -> Result<()> {
    let key = Key { kind: Kind::Enrolment, id: enrolment };
    if cx.by_itself(|cx| cx.row(key))?.is_some() {
        enrolment_happens(cx, enrolment, Event::Done { step: step.to_owned(), outcome }, at)?;
    }
    Ok(())
}

/// A meeting that people held or agreed on.
fn is_meeting(activity: &Activity) -> bool {
    fold(&activity.kind) == MEETING && activity.automatic != Some(true)
}

/// A meeting stops what ran when it was held or agreed on, not what began after one that is told late.
fn meeting_told(cx: &mut Cx<'_>, activity: &Activity) -> Result<()> {
    let at = cx.at();
    let subjects = [
        activity.lead.map(|id| Key { kind: Kind::Lead, id }),
        activity.contact.map(|id| Key { kind: Kind::Contact, id }),
    ];
    for subject in subjects.into_iter().flatten() {
        for row in enrolments_of(cx, subject, None)? {
            let is_live = enrolment_of(&row).and_then(|e| e.status).is_some_and(|status| status.is_live());
            if is_live && activity.happened_at.is_none_or(|held| held >= row.created_at) {
                enrolment_happens(cx, row.id, Event::Stop(StopCause::Meeting), at)?;
            }
        }
    }
    Ok(())
}
