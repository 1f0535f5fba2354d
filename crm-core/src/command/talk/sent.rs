//! A message that went out: on its thread, on the timelines, and with what was told of it before.

use super::super::Cx;
use super::super::targets::Targets;
use super::follow::Ours;
use super::heard::{MOST_KEPT_BYTES, beginning, tell};
use super::notice::catch_up;
use super::thread::{Address, Talk};
use crate::kernel::approval::{ChannelKind, Delivery, Direction, ParcelState};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::model::{AnyRecord, Channel, Draft, Key, Kind, Message, OutboxItem, Row};
use crate::rules::approval::{Backing, Parcel, Proposal};
use crate::rules::reply::message_id;

/// Writes the messages of a draft that left by what happened to it, each once.
///
/// # Errors
/// The store's own.
pub(crate) fn follow_parcels(cx: &mut Cx<'_>, draft: &Draft, before: &Proposal, after: &Proposal) -> Result<()> {
    for parcel in after.parcels().iter().filter(|parcel| parcel.state == ParcelState::Sent) {
        let was = before.parcel(&parcel.key).filter(|was| was.state == ParcelState::Sent);
        if was.is_none_or(|was| was.provider_id != parcel.provider_id) {
            cx.by_itself(|cx| left(cx, draft, after, parcel))?;
        }
    }
    Ok(())
}

fn left(cx: &mut Cx<'_>, draft: &Draft, proposal: &Proposal, parcel: &Parcel) -> Result<()> {
    let Some(channel) = ChannelKind::from_code(&draft.channel) else { return Ok(()) };
    let item = OutboxItem::id_of(&parcel.key);
    let key = Key { kind: Kind::Message, id: Message::sent_id(item) };
    let provider_id = parcel.provider_id.as_deref().map(message_id).unwrap_or_default().to_owned();
    match cx.row(key)? {
        Some(mut row) => {
            if let AnyRecord::Message(message) = &mut row.body {
                message.provider_id = provider_id;
            }
            cx.update(row)?;
        }
        None => write(cx, key.id, item, channel, draft, proposal, (parcel, provider_id))?,
    }
    match Ours::of_item(cx, item)? {
        Some(ours) => catch_up(cx, &ours),
        None => Ok(()),
    }
}

fn write(
    cx: &mut Cx<'_>,
    id: Id,
    item: Id,
    channel: ChannelKind,
    draft: &Draft,
    proposal: &Proposal,
    (parcel, provider_id): (&Parcel, String),
) -> Result<()> {
    let address = Address::of(cx, &parcel.recipient);
    let known = draft.conversation.map(|id| Talk::known(cx, id)).transpose()?.flatten();
    let mut talk = match known {
        Some(talk) => talk,
        None => Talk::about(cx, channel, &address, &draft.subject, id)?,
    };
    let people = address.people(cx)?;
    talk.link(cx, &Targets::of(&draft.clone().into()), &people)?;
    if talk.body.language.is_empty() {
        talk.body.language.clone_from(&draft.language);
    }
    if talk.body.owner.is_empty() {
        talk.body.owner.clone_from(&draft.decided_by);
    }
    let at = parcel.started_at.map_or(cx.at(), |at| at.min(cx.at()));
    let by_rule = proposal.approval().is_some_and(|approval| approval.backing != Backing::Person);
    let is_automatic = draft.enrolment.is_some() || by_rule;
    // What left before somebody wrote something else is no more at hand.
    let is_same = parcel.content_hash == draft.content_hash;
    let (subject, text) =
        if is_same { (draft.subject.clone(), beginning(&draft.text, MOST_KEPT_BYTES)) } else { (String::new(), "") };
    let sender = match cx.row(Key { kind: Kind::Channel, id: Channel::id_of(channel) })?.map(|row: Row| row.body) {
        Some(AnyRecord::Channel(channel)) => channel.name,
        _ => String::new(),
    };
    let message = Message {
        conversation: Some(talk.id),
        channel: Some(channel),
        direction: Some(Direction::Outbound),
        sender,
        recipients: vec![parcel.recipient.clone()],
        subject,
        text: text.to_owned(),
        is_cut: (text.len() < draft.text.len()).then_some(true),
        happened_at: Some(at),
        provider_id,
        outbox_item: Some(item),
        delivery: Some(Delivery::Sent),
        automatic: is_automatic.then_some(true),
        ..Message::default()
    };
    talk.said(cx, &draft.subject, at, is_automatic)?;
    talk.save(cx)?;
    cx.insert(id, message.clone().into())?;
    tell(cx, &talk, id, &message, (&draft.author, true))
}
