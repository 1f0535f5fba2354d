//! What the library itself keeps of a draft: its gate, what happened to it, and the outbox; settled whenever a command
//! writes it.
//!
//! [`settle_draft`] is for rows that somebody writes: a new draft begins, and whatever changes the content of one is an
//! edit, with which every decision is void. [`happen`] is for everything else: one [`Event`] of the rule
//! [`approval`](crate::rules::approval), what it was and why. Both write a [`DraftEvent`], and one [`OutboxItem`] for each
//! hand-off, in the same commit.

use serde_json::{Value as Json, json};

use super::enrolment_hooks::draft_told;
use super::quote_state::quote_left;
use super::renewal_tick::notice_left;
use super::talk::follow_parcels;
use super::{Ctx, Cx};
use crate::kernel::approval::{ChannelKind, DraftEventKind, DraftKind, DraftState, ParcelState, Via};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::role::Role;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Draft, DraftEvent, Key, Kind, OutboxItem, Row};
use crate::rules::approval::{Backing, Content, Decider, Event, Parcel, Proposal};
use crate::rules::consent::AddressHash;
use crate::store::Workspace;

/// The draft of a row, if it is one.
pub(crate) fn draft_of(row: &Row) -> Option<&Draft> {
    match &row.body {
        AnyRecord::Draft(draft) => Some(draft),
        _ => None,
    }
}

/// What happens to a draft, and what there is to say about it.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// What.
    pub(crate) event: Event,
    /// What somebody says about it.
    pub(crate) note: String,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
    /// Of what is held back: when nothing stands against it any more by time alone.
    pub(crate) until: Option<Instant>,
}

impl Turn {
    pub(crate) fn new(event: Event) -> Self {
        Self { event, note: String::new(), reasons: Vec::new(), until: None }
    }
}

/// The state of a draft. One that was stored before drafts had a gate is being written: nobody was asked about it, and since
/// nobody kept who wrote what, its author counts as an agent, about whom somebody else decides.
///
/// # Errors
/// [`Problem::Corrupt`] of a state that the library did not write.
pub(crate) fn proposal_of(workspace: &Workspace, id: Id, draft: &Draft) -> Result<Proposal> {
    if draft.gate.is_empty() {
        let author = Decider { name: draft.author.clone(), role: Role::Agent };
        return Ok(begun(workspace, id, draft, &author));
    }
    let broken = |e: Error| Error::from(Problem::Corrupt { detail: format!("gate of draft {id}: {e}") });
    Proposal::from_text(&draft.gate).map_err(broken)
}

/// A draft that somebody begins to write.
fn begun(workspace: &Workspace, id: Id, draft: &Draft, author: &Decider) -> Proposal {
    let scope = format!("{}/{id}", workspace.name());
    Proposal::new(&scope, kind_of_content(draft), author, &content_of(draft).hash(), &draft.recipients)
}

const fn kind_of_content(draft: &Draft) -> DraftKind {
    if draft.command.is_empty() { DraftKind::Message } else { DraftKind::Command }
}

/// Everything of a draft that a decision binds.
pub(crate) fn content_of(draft: &Draft) -> Content {
    Content::default()
        .with("channel", draft.channel.as_str().into())
        .with("recipients", json!(draft.recipients))
        .with("language", draft.language.as_str().into())
        .with("subject", draft.subject.as_str().into())
        .with("text", draft.text.as_str().into())
        .with("purpose", draft.purpose.as_str().into())
        .with("topic", draft.topic.as_str().into())
        .with("similar_product", draft.similar_product.into())
        .with("mentions", json!(draft.mentions))
        .with("send_not_before", draft.send_not_before.map(format_instant).into())
        .with("command", draft.command.as_str().into())
        .with("command_body", draft.command_body.as_str().into())
        .with("preview", draft.preview.as_str().into())
        .with("quote", draft.quote.map(|id| id.to_string()).into())
        .with("quote_hash", draft.quote_hash.as_str().into())
}

/// The records on which it depends who is contacted and whether that may be. Whoever points a draft at others edits it; the
/// library itself, which follows merges, does not.
const fn bound_to(draft: &Draft) -> (Option<Id>, Option<Id>, Option<Id>) {
    (draft.lead, draft.contact, draft.conversation)
}

/// What an agent cannot take back of a draft that is there: who wrote it, where it was learnt from, and how unsure somebody
/// was of the very same words.
fn keep_of_agent(draft: &mut Draft, known: &Draft) {
    draft.author.clone_from(&known.author);
    let dropped = known.sources.iter().filter(|source| !draft.sources.contains(source)).cloned();
    draft.sources = dropped.collect::<Vec<_>>().into_iter().chain(std::mem::take(&mut draft.sources)).collect();
    if content_of(draft).hash() == known.content_hash {
        draft.confidence_bp = draft.confidence_bp.into_iter().chain(known.confidence_bp).min();
    }
}

/// Who acts, for the rule.
pub(crate) fn decider(cx: &Cx<'_>) -> Decider {
    Decider { name: cx.actor().name().to_owned(), role: cx.actor().role() }
}

/// Who asks, for the rule.
pub(crate) fn decider_of(ctx: &Ctx) -> Decider {
    Decider { name: ctx.actor.name().to_owned(), role: ctx.actor.role() }
}

/// Settles the draft of a row that is about to be staged: a new one begins, another content is an edit, and one that is
/// put away is taken back. `by_library` is what the library does by itself.
///
/// # Errors
/// [`Problem::Approval`] of a draft that can no more be changed.
pub(super) fn settle_draft(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row, by_library: bool) -> Result<()> {
    let Some(mut draft) = draft_of(row).cloned() else { return Ok(()) };
    // An agent writes in nobody else's name.
    if cx.actor().role() == Role::Agent && !by_library {
        match before.and_then(draft_of) {
            Some(known) => keep_of_agent(&mut draft, known),
            None => cx.actor().name().clone_into(&mut draft.author),
        }
    }
    let hash = content_of(&draft).hash();
    let former = before.and_then(|row| Some((row, draft_of(row)?)));
    let Some((before, known)) = former else {
        let proposal = begun(cx.workspace(), row.id, &draft, &decider(cx));
        draft.kind = Some(proposal.kind());
        draft.event_count = None;
        let told = Told { kind: DraftEventKind::Composed, key: None, turn: None };
        write(cx, row.id, &mut draft, &proposal, told)?;
        row.body = draft.into();
        return Ok(());
    };
    // What another step of this same command settled is settled.
    if draft.gate != known.gate {
        return Ok(());
    }
    let is_put_away = before.archived_at.is_none() && row.archived_at.is_some();
    let proposal = proposal_of(cx.workspace(), row.id, known)?;
    let is_bound_anew = bound_to(&draft) != bound_to(known);
    if hash != proposal.content_hash() || (is_bound_anew && !by_library) {
        let (by, recipients) = (decider(cx), draft.recipients.clone());
        let turn = Turn::new(Event::Edit { by, content_hash: hash, recipients });
        let next = proposal.step(&turn.event, cx.at())?;
        write(cx, row.id, &mut draft, &next, Told { kind: DraftEventKind::Edited, key: None, turn: Some(&turn) })?;
    } else if is_put_away && !proposal.state().is_over() {
        let turn = Turn::new(Event::Cancel);
        let next = proposal.step(&turn.event, cx.at())?;
        write(cx, row.id, &mut draft, &next, Told { kind: DraftEventKind::Cancelled, key: None, turn: Some(&turn) })?;
        draft_told(cx, known.state, &draft)?;
    } else if is_bound_anew {
        // The outbox follows.
        for parcel in proposal.parcels() {
            post(cx, row.id, &draft, parcel, None)?;
        }
    }
    row.body = draft.into();
    Ok(())
}

/// Lets something happen to a draft that is in use: its state, what is told of it, and the outbox. Nothing is written where
/// nothing changed.
///
/// # Errors
/// [`Problem::NotFound`], and [`Problem::Approval`] where the draft does not allow it.
pub(crate) fn happen(cx: &mut Cx<'_>, id: Id, turn: &Turn) -> Result<Row> {
    let row = cx.existing(Key { kind: Kind::Draft, id })?;
    let Some(mut draft) = draft_of(&row).cloned() else {
        return Err(Problem::NotFound { record: Kind::Draft.name().into(), id: id.to_string() }.into());
    };
    let proposal = proposal_of(cx.workspace(), id, &draft)?;
    let next = proposal.step(&turn.event, cx.at())?;
    let key = key_of(&turn.event);
    let changed = |proposal: &Proposal| (proposal.state(), proposal.terms(), proposal.parcels().to_vec());
    let is_quiet = matches!(turn.event, Event::Expire | Event::Settle { .. } | Event::Reconcile { .. });
    if is_quiet && changed(&proposal) == changed(&next) {
        return Ok(row);
    }
    let kind = kind_of(&turn.event, key.and_then(|key| next.parcel(key)));
    let before = draft.state;
    let row = cx.by_itself(|cx| {
        write(cx, id, &mut draft, &next, Told { kind, key, turn: Some(turn) })?;
        cx.update(Row { body: draft.clone().into(), ..row })
    })?;
    // What left is on its thread.
    follow_parcels(cx, &draft, &proposal, &next)?;
    quote_left(cx, &draft, &proposal, &next)?;
    draft_told(cx, before, &draft)?;
    if draft.state == Some(DraftState::Sent) && before != draft.state {
        notice_left(cx, id)?;
    }
    Ok(row)
}

/// Writes down that an attempt to decide about a draft was refused; the draft stays as it is.
///
/// # Errors
/// [`Problem::NotFound`], and the store's own.
pub(super) fn note_refused(cx: &mut Cx<'_>, id: Id) -> Result<()> {
    let row = cx.existing(Key { kind: Kind::Draft, id })?;
    let Some(mut draft) = draft_of(&row).cloned() else { return Ok(()) };
    let proposal = proposal_of(cx.workspace(), id, &draft)?;
    cx.by_itself(|cx| {
        let told = Told { kind: DraftEventKind::ApprovalRefused, key: None, turn: None };
        write(cx, id, &mut draft, &proposal, told)?;
        cx.update(Row { body: draft.into(), ..row })?;
        Ok(())
    })
}

/// What is told of a step.
struct Told<'t> {
    kind: DraftEventKind,
    key: Option<&'t str>,
    turn: Option<&'t Turn>,
}

fn key_of(event: &Event) -> Option<&str> {
    match event {
        Event::Block { key }
        | Event::Start { key, .. }
        | Event::Settle { key, .. }
        | Event::LeaseOver { key }
        | Event::Reconcile { key, .. }
        | Event::Retry { key } => Some(key),
        _ => None,
    }
}

fn kind_of(event: &Event, parcel: Option<&Parcel>) -> DraftEventKind {
    use DraftEventKind as K;
    match event {
        Event::Edit { .. } => K::Edited,
        Event::Submit { .. } => K::Submitted,
        Event::PeerCheck { .. } => K::PeerChecked,
        Event::Approve { .. } => K::Approved,
        Event::Reject { .. } => K::Rejected,
        Event::RequestChanges { .. } => K::ChangesRequested,
        Event::Cancel => K::Cancelled,
        Event::Supersede => K::Superseded,
        Event::Expire => K::Expired,
        Event::Withdraw => K::Withdrawn,
        Event::Block { .. } => K::Blocked,
        Event::Start { .. } => K::Started,
        Event::LeaseOver { .. } => K::Unknown,
        Event::Reconcile { .. } => K::Reconciled,
        Event::Retry { .. } => K::Retried,
        Event::CarryOut => K::Done,
        Event::Settle { .. } => match parcel.map(|parcel| parcel.state) {
            Some(ParcelState::Sent) => K::Sent,
            Some(ParcelState::Failed | ParcelState::Withdrawn) => K::Failed,
            _ => K::Unknown,
        },
    }
}

/// Writes the state into the draft, and its event and hand-offs beside it.
fn write(cx: &mut Cx<'_>, id: Id, draft: &mut Draft, proposal: &Proposal, told: Told<'_>) -> Result<()> {
    let at = cx.at();
    let number = draft.event_count.unwrap_or(0);
    let state = proposal.state();
    let was_waiting = draft.state == Some(DraftState::Waiting);
    draft.gate = proposal.to_text();
    draft.state = Some(state);
    draft.revision = Some(proposal.revision().into());
    proposal.content_hash().clone_into(&mut draft.content_hash);
    draft.event_count = Some(number.saturating_add(1));
    draft.waiting_since = match state {
        DraftState::Waiting if was_waiting => draft.waiting_since.or(Some(at)),
        DraftState::Waiting => Some(at),
        _ => None,
    };
    let approval = proposal.approval();
    draft.expires_at = approval.map_or(proposal.expires_at(), |approval| approval.expires_at);
    draft.rule = approval.and_then(|approval| match &approval.backing {
        Backing::Rule { rule, .. } => rule.parse().ok(),
        Backing::Person => None,
    });
    let (by, decided_at) = proposal.decided().map_or((String::new(), None), |(by, at)| (by.to_owned(), Some(at)));
    (draft.decided_by, draft.decided_at) = (by, decided_at);
    let parcel = told.key.and_then(|key| proposal.parcel(key));
    let backing = approval.map(|approval| &approval.backing).filter(|_| told.kind == DraftEventKind::Approved);
    let reasons = told.turn.map(|turn| turn.reasons.as_slice()).unwrap_or_default();
    let reasons: Vec<Json> = reasons.iter().map(|reason| Json::Object(reason.to_json(None))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { json::canonical(&Json::Array(reasons)) };
    let event = DraftEvent {
        draft: Some(id),
        number: Some(number),
        kind: Some(told.kind),
        happened_at: Some(at),
        actor: cx.actor().name().to_owned(),
        role: cx.actor().role().name().to_owned(),
        via: backing.map(|backing| if *backing == Backing::Person { Via::Person } else { Via::Rule }),
        rule: draft.rule.filter(|_| backing.is_some()),
        rule_revision: backing.and_then(|backing| match backing {
            Backing::Rule { rule_revision, .. } => Some((*rule_revision).into()),
            Backing::Person => None,
        }),
        revision: draft.revision,
        content_hash: draft.content_hash.clone(),
        state: Some(state),
        recipient: parcel.map(|parcel| parcel.recipient.clone()).unwrap_or_default(),
        key: told.key.unwrap_or_default().to_owned(),
        fence: parcel.map(|parcel| parcel.fence.into()),
        provider_id: parcel.and_then(|parcel| parcel.provider_id.clone()).unwrap_or_default(),
        note: told.turn.map(|turn| turn.note.clone()).unwrap_or_default(),
        reasons: reasons.clone(),
        ..DraftEvent::default()
    };
    cx.by_itself(|cx| {
        cx.insert(DraftEvent::id_of(id, number.unsigned_abs()), event.into())?;
        for parcel in proposal.parcels() {
            let why = told.turn.filter(|_| told.key == Some(&parcel.key)).map(|turn| (reasons.as_str(), turn.until));
            post(cx, id, draft, parcel, why)?;
        }
        Ok(())
    })
}

/// The outbox row of a hand-off, as the draft's state has it.
fn post(cx: &mut Cx<'_>, id: Id, draft: &Draft, parcel: &Parcel, why: Option<(&str, Option<Instant>)>) -> Result<()> {
    let key = Key { kind: Kind::OutboxItem, id: OutboxItem::id_of(&parcel.key) };
    let known = cx.row(key)?;
    let former = known.as_ref().and_then(|row| match &row.body {
        AnyRecord::OutboxItem(item) => Some(item.clone()),
        _ => None,
    });
    let is_blocked = parcel.state == ParcelState::Blocked;
    let was = former.as_ref().map(|item| (item.reasons.as_str(), item.retry_at)).unwrap_or_default();
    let sent_at = match parcel.state {
        ParcelState::Sent => former.as_ref().and_then(|item| item.sent_at).or(Some(cx.at())),
        _ => None,
    };
    let (reasons, retry_at) = why.filter(|(reasons, _)| !reasons.is_empty()).unwrap_or(was);
    let reasons = if is_blocked { reasons.to_owned() } else { String::new() };
    let item = OutboxItem {
        draft: Some(id),
        revision: Some(parcel.revision.into()),
        key: parcel.key.clone(),
        content_hash: parcel.content_hash.clone(),
        channel: ChannelKind::from_code(&draft.channel),
        recipient: parcel.recipient.clone(),
        address_hash: match &former {
            Some(item) => item.address_hash.clone(),
            None => address_hash(cx, &parcel.recipient),
        },
        lead: draft.lead,
        contact: draft.contact,
        state: Some(parcel.state),
        not_before: parcel.not_before,
        fence: Some(parcel.fence.into()),
        worker: parcel.worker.clone(),
        lease_until: parcel.lease_until.filter(|_| parcel.state == ParcelState::Started),
        started_at: parcel.started_at,
        sent_at,
        provider_id: parcel.provider_id.clone().unwrap_or_default(),
        reasons,
        retry_at: retry_at.filter(|_| is_blocked),
        may_have_left_twice: parcel.may_have_left_twice.then_some(true),
        ..OutboxItem::default()
    };
    match known {
        None => cx.insert(key.id, item.into())?,
        Some(row) => cx.update(Row { body: item.into(), ..row })?,
    };
    Ok(())
}

fn address_hash(cx: &Cx<'_>, recipient: &str) -> String {
    let hash = AddressHash::of(cx.rules().identity(), recipient);
    hash.map(|hash| hash.as_str().to_owned()).unwrap_or_default()
}
