//! What the library itself keeps of an enrolment: the rule's state, the fields that follow from it, and what a step
//! makes, all in the same commit.
//!
//! [`enrolment_happens`] is the one way in which something happens to an enrolment; [`tell_enrolments`] says it to all
//! that a person is in. Whatever a stop makes useless is taken back with it: drafts that have not left are cancelled.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};

use super::Cx;
use super::draft_state::{Turn, draft_of, happen};
use super::enrolment_effects::carry_out;
use super::enrolment_facts::{hashes_of, holds, missing, other_runs, sent, subject_key};
use super::open_work::{asked, some_rows};
use super::quote_state::quote_check;
use super::sequences::sequence_of;
use crate::kernel::approval::DraftState;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::{PauseCause, SequenceEnd, SequenceReason as Why};
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Draft, Enrolment as EnrolmentRow, Key, Kind, Row};
use crate::rules::approval::{Check, Event as DraftTurn, Finding};
use crate::rules::sequence::{
    Decision, Effect, Enrolment, Event, Facts, Happening, Sent, Sequence, Standing, StepKind, StopCause,
};
use crate::store::Order;

/// Most enrolments of one person that one event reaches, the latest.
const MOST_OF_PERSON: usize = 500;
/// Most drafts of one enrolment; a sequence has at most a hundred steps.
const MOST_DRAFTS: usize = 200;

/// The enrolment of a row, if it is one.
pub(crate) fn enrolment_of(row: &Row) -> Option<&EnrolmentRow> {
    match &row.body {
        AnyRecord::Enrolment(enrolment) => Some(enrolment),
        _ => None,
    }
}

/// The state of an enrolment.
///
/// # Errors
/// [`Problem::Corrupt`] of a state that the library did not write.
pub(crate) fn state_of(id: Id, enrolment: &EnrolmentRow) -> Result<Enrolment> {
    let broken = |e: Error| Error::from(Problem::Corrupt { detail: format!("state of enrolment {id}: {e}") });
    Enrolment::from_text(&enrolment.state).map_err(broken)
}

/// Writes the state and all that follows from it.
pub(crate) fn fill(row: &mut EnrolmentRow, state: &Enrolment, look_at: Option<Instant>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    row.sequence.clone_from(&state.sequence);
    row.sequence_version = Some(state.version.into());
    row.status = Some(state.status());
    row.next_step = text(&state.next);
    row.due_at = state.due_at;
    row.waits_for = text(&state.waits_for);
    row.look_at = look_at;
    (row.paused_until, row.ended, row.ended_at) = match state.standing {
        Standing::Pending | Standing::Active => (None, None, None),
        Standing::Paused { until, .. } => (until, None, None),
        Standing::Ended { how, at } => (None, Some(how), Some(at)),
    };
    row.state = state.to_text();
}

/// When somebody has to look first at what has just changed: what is due at once is looked at at once.
pub(crate) fn look_first(state: &Enrolment, decision: &Decision, at: Instant) -> Option<Instant> {
    let due = state.due_at.filter(|due| *due <= at && state.standing == Standing::Active);
    due.or_else(|| look_at(state, decision, at))
}

/// When somebody has to look at it again, if time alone may change something.
pub(crate) fn look_at(state: &Enrolment, decision: &Decision, at: Instant) -> Option<Instant> {
    let until = decision.effects.iter().rev().find_map(|effect| match effect {
        Effect::Wait { until } => *until,
        _ => None,
    });
    match state.standing {
        Standing::Ended { .. } => None,
        // Whether it is its turn is asked every hour.
        Standing::Pending => at.checked_add_signed(TimeDelta::try_hours(1)?),
        Standing::Paused { until, .. } => until,
        Standing::Active => {
            let due = state.due_at?;
            let next = until.map_or(due, |until| until.max(due));
            // What is due and has no time is looked at again a day later.
            let tomorrow = at.checked_add_days(Days::new(1));
            if next > at { Some(next) } else { tomorrow }
        }
    }
}

/// What happened to an enrolment: its row now, and what the rule said.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) row: Row,
    pub(crate) decision: Decision,
}

/// Lets something happen to an enrolment: its state, and what follows from it as rows. Nothing is written where nothing
/// changed.
///
/// # Errors
/// [`Problem::NotFound`], [`Problem::SequenceChanged`], and the store's own.
pub(crate) fn enrolment_happens(cx: &mut Cx<'_>, id: Id, event: Event, at: Instant) -> Result<Told> {
    cx.by_itself(|cx| happens(cx, id, event, at))
}

fn happens(cx: &mut Cx<'_>, id: Id, event: Event, at: Instant) -> Result<Told> {
    let key = Key { kind: Kind::Enrolment, id };
    let row = cx.existing(key)?;
    let missing_row = || Problem::NotFound { record: key.kind.name().into(), id: id.to_string() };
    let mut record = enrolment_of(&row).cloned().ok_or_else(missing_row)?;
    let before = state_of(id, &record)?;
    let sequence = sequence_of(cx, &before.sequence, Some(before.version))?;
    let subject = cx.existing(subject_key(&record).ok_or_else(missing_row)?)?;
    let given = match &event {
        Event::Advance { .. } if subject.archived_at.is_none() => Given::new(cx, id, &before, &sequence, &subject)?,
        // A record that was put away gets nothing.
        Event::Advance { .. } => {
            let mut decision = Decision::default();
            decision.reasons.push(Why::SubjectArchived);
            return Ok(Told { row, decision });
        }
        _ => Given::default(),
    };
    let schema = cx.rules().schema(subject.body.kind());
    let facts = subject.facts(&schema);
    let facts = Facts {
        record: &facts,
        missing: &given.missing,
        holds: &given.holds,
        other_runs: &given.other_runs,
        sent: &given.sent,
    };
    let number = u64::try_from(record.event_count.unwrap_or(0)).unwrap_or(0).saturating_add(1);
    let mut after = before.clone();
    let is_look = matches!(event, Event::Advance { .. });
    let decision = after.step(&sequence, &Happening { number, at, event }, &facts)?;
    let acts = decision.effects.iter().any(|effect| !matches!(effect, Effect::Wait { .. }));
    // Whatever is late runs one step a day.
    let look = if is_look { look_at } else { look_first };
    let next_look = look(&after, &decision, cx.at());
    let is_same = Enrolment { last: before.last, ..after.clone() } == before && next_look == record.look_at;
    if is_same && !acts {
        return Ok(Told { row, decision });
    }
    record.event_count = i64::try_from(number).ok();
    (record.email_hash, record.phone_hash) = hashes_of(cx.rules().identity(), &subject);
    fill(&mut record, &after, next_look);
    let row = cx.update(Row { body: record.into(), ..row })?;
    carry_out(cx, &row, &sequence, &subject, &decision)?;
    if let Some(how) = ended_by(&decision) {
        take_back(cx, id, how)?;
    }
    Ok(Told { row, decision })
}

/// How the enrolment ended now, where what it proposed is useless from then on.
fn ended_by(decision: &Decision) -> Option<SequenceEnd> {
    let how = decision.effects.iter().find_map(|effect| match effect {
        Effect::Finish { how } => Some(*how),
        _ => None,
    });
    how.filter(|how| makes_useless(*how))
}

/// Whether an end makes what was proposed before useless: not one that comes of the sequence itself.
const fn makes_useless(how: SequenceEnd) -> bool {
    !matches!(how, SequenceEnd::Completed | SequenceEnd::StepFailed | SequenceEnd::NoSlot | SequenceEnd::MissingChannel)
}

/// Cancels what an enrolment proposed and what has not left.
fn take_back(cx: &mut Cx<'_>, enrolment: Id, how: SequenceEnd) -> Result<()> {
    let of = Predicate::test("enrolment", Operator::Equal, enrolment.to_string());
    let query = asked(cx, Kind::Draft, vec![of])?;
    let ids: BTreeSet<Id> = some_rows(cx, query, MOST_DRAFTS)?.iter().map(|row| row.id).collect();
    for id in ids {
        let row = cx.existing(Key { kind: Kind::Draft, id })?;
        let Some(state) = draft_of(&row).and_then(|draft| draft.state) else { continue };
        if state.is_over() {
            continue;
        }
        let reason = Reason::Approval(ApprovalReason::Stopped { cause: how, at: Some(cx.at()) });
        let turn = Turn { reasons: vec![reason], ..Turn::new(DraftTurn::Cancel) };
        happen(cx, id, &turn)?;
    }
    Ok(())
}

/// What the rule is given while a step runs.
#[derive(Default)]
struct Given {
    missing: BTreeSet<StepKind>,
    holds: BTreeSet<StopCause>,
    other_runs: Vec<Instant>,
    sent: Sent,
}

impl Given {
    fn new(cx: &mut Cx<'_>, id: Id, state: &Enrolment, sequence: &Sequence, subject: &Row) -> Result<Self> {
        let mut given = Given { holds: holds(cx, subject)?, ..Given::default() };
        // What is not due needs no more.
        let is_due = state.due_at.is_some_and(|due| due <= cx.at());
        if is_due {
            given.missing = missing(subject);
            given.other_runs = other_runs(cx, subject.key(), id)?;
            let next = state.next.as_deref().and_then(|id| sequence.step(id)).map(|(place, _)| place).unwrap_or(0);
            // Branches, waits and steps that are passed over lead to the next message.
            let message = sequence.steps.iter().skip(next).find(|step| step.kind.is_message());
            if let Some(step) = message {
                given.sent = sent(cx, sequence, subject, channel_code(step.kind))?;
            }
        }
        Ok(given)
    }
}

/// The channel of a draft for a kind of step.
pub(crate) const fn channel_code(kind: StepKind) -> &'static str {
    kind.code()
}

/// Whose enrolments are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whom<'a> {
    /// A lead's.
    Lead(Id),
    /// A contact's.
    Contact(Id),
    /// Those of everybody with an address, by its hash.
    Address(&'a str),
}

/// Tells something to every enrolment that a person is in; of those that came to their end by themselves, what waits is
/// taken back where their sequence stops for it. How many changed.
///
/// # Errors
/// As [`enrolment_happens`].
pub(crate) fn tell_enrolments(cx: &mut Cx<'_>, whom: Whom<'_>, event: &Event, at: Instant) -> Result<u64> {
    cx.by_itself(|cx| tell(cx, whom, event, at))
}

fn tell(cx: &mut Cx<'_>, whom: Whom<'_>, event: &Event, at: Instant) -> Result<u64> {
    let equal = |field: &str, value: String| Predicate::test(field, Operator::Equal, value);
    let is = match whom {
        Whom::Lead(id) => equal("lead", id.to_string()),
        Whom::Contact(id) => equal("contact", id.to_string()),
        Whom::Address("") => return Ok(0),
        Whom::Address(hash) => {
            Predicate::Any(vec![equal("email_hash", hash.to_owned()), equal("phone_hash", hash.to_owned())])
        }
    };
    let mut query = asked(cx, Kind::Enrolment, vec![is])?;
    let (field, _) = query.schema.resolve("created_at")?;
    query.order = vec![Order { field, descending: true }];
    let mut ids: Vec<Id> = some_rows(cx, query, MOST_OF_PERSON)?.iter().map(|row| row.id).collect();
    let is_meant = |row: &&Row| {
        enrolment_of(row).is_some_and(|e| match whom {
            Whom::Lead(id) => e.lead == Some(id),
            Whom::Contact(id) => e.contact == Some(id),
            Whom::Address(hash) => e.email_hash == hash || e.phone_hash == hash,
        })
    };
    ids.extend(cx.staged(Kind::Enrolment).filter(is_meant).map(|row| row.id));
    ids.sort_unstable();
    ids.dedup();
    let mut changed: u64 = 0;
    for id in ids {
        let row = cx.existing(Key { kind: Kind::Enrolment, id })?;
        let Some(enrolment) = enrolment_of(&row) else { continue };
        if enrolment.status.is_some_and(|status| status.is_live()) {
            let told = enrolment_happens(cx, id, event.clone(), at)?;
            changed = changed.saturating_add(u64::from(told.row != row));
        } else if enrolment.ended.is_some_and(|how| !makes_useless(how))
            && let Some(how) = stopped_by(cx, enrolment, event)?
        {
            take_back(cx, id, how)?;
        }
    }
    Ok(changed)
}

/// How a sequence would end by what happened, if it does.
fn stopped_by(cx: &mut Cx<'_>, enrolment: &EnrolmentRow, event: &Event) -> Result<Option<SequenceEnd>> {
    let version = enrolment.sequence_version.and_then(|version| u32::try_from(version).ok());
    let sequence = sequence_of(cx, &enrolment.sequence, version)?;
    let stops = |cause: StopCause| sequence.stop_on.contains(&cause).then_some(cause.end());
    Ok(match event {
        Event::Stop(cause) => stops(*cause),
        Event::Reply { is_automatic: true, .. } => None,
        Event::Reply { is_positive, .. } => {
            let positive = if *is_positive { stops(StopCause::PositiveReply) } else { None };
            stops(StopCause::Reply).or(positive)
        }
        _ => None,
    })
}

/// Stops every enrolment that a person is in, where its sequence stops for the cause. How many changed.
///
/// # Errors
/// As [`enrolment_happens`].
pub(crate) fn stop_enrolments(cx: &mut Cx<'_>, whom: Whom<'_>, cause: StopCause, at: Instant) -> Result<u64> {
    tell_enrolments(cx, whom, &Event::Stop(cause), at)
}

/// Whether something has made a draft useless since it was written: the enrolment that made it ended or rests, or the
/// person wrote in its conversation after it was decided.
///
/// # Errors
/// The store's own.
pub(crate) fn stop_check(cx: &mut Cx<'_>, draft: &Draft) -> Result<Check> {
    cx.by_itself(|cx| {
        let mut findings = Vec::new();
        let enrolment = draft.enrolment.map(|id| of_enrolment(cx, id)).transpose()?;
        let conversation = draft.conversation.map(|id| of_conversation(cx, id, draft.decided_at)).transpose()?;
        let quote = draft.quote.map(|id| quote_check(cx, id, &draft.quote_hash)).transpose()?;
        for check in enrolment.into_iter().chain(conversation).chain(quote) {
            match check {
                Check::Passed => {}
                Check::Refused(found) => findings.extend(found),
                Check::NotMade => return Ok(Check::NotMade),
            }
        }
        Ok(if findings.is_empty() { Check::Passed } else { Check::Refused(findings) })
    })
}

fn of_enrolment(cx: &mut Cx<'_>, id: Id) -> Result<Check> {
    let Some(row) = cx.row(Key { kind: Kind::Enrolment, id })? else { return Ok(Check::NotMade) };
    let Some(enrolment) = enrolment_of(&row) else { return Ok(Check::NotMade) };
    let Ok(state) = state_of(id, enrolment) else { return Ok(Check::NotMade) };
    let refused = |reason: Reason, until| Check::Refused(vec![Finding { reason, until }]);
    Ok(match state.standing {
        Standing::Ended { how, at } if makes_useless(how) => {
            refused(Reason::Approval(ApprovalReason::Stopped { cause: how, at: Some(at) }), None)
        }
        Standing::Paused { until: Some(until), .. } if until <= cx.at() => Check::Passed,
        Standing::Paused { cause: PauseCause::OutOfOffice, until: Some(until), .. } => {
            refused(Reason::Sequence(Why::OooUntil { until }), Some(until))
        }
        Standing::Paused { cause, until, .. } => refused(Reason::Sequence(Why::Paused { cause, until }), until),
        Standing::Pending | Standing::Active | Standing::Ended { .. } => Check::Passed,
    })
}

/// Refuses where a person's message was written down in a conversation after an instant, whatever its own time says: whoever
/// decided had not read it. Machines aside.
fn of_conversation(cx: &mut Cx<'_>, id: Id, decided_at: Option<Instant>) -> Result<Check> {
    let row = cx.row(Key { kind: Kind::Conversation, id })?;
    let Some(AnyRecord::Conversation(talk)) = row.map(|row| row.body) else { return Ok(Check::NotMade) };
    let Some(at) = talk.last_received_at.filter(|at| decided_at.is_some_and(|decided| *at > decided)) else {
        return Ok(Check::Passed);
    };
    let reason = ApprovalReason::Stopped { cause: SequenceEnd::Replied, at: Some(at) };
    Ok(Check::Refused(vec![Finding { reason: Reason::Approval(reason), until: None }]))
}

/// Whether a draft may still be changed by what becomes of its enrolment.
pub(crate) const fn outcome_of(state: DraftState) -> Option<crate::rules::sequence::Outcome> {
    use crate::rules::sequence::Outcome;
    match state {
        DraftState::Sent | DraftState::Done => Some(Outcome::Done),
        DraftState::Failed => Some(Outcome::Failed),
        DraftState::Rejected | DraftState::Expired | DraftState::Superseded | DraftState::Cancelled => {
            Some(Outcome::Dropped)
        }
        _ => None,
    }
}
