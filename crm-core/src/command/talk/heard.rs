//! What is kept of a message: its row, and what the timelines and tickets of its records say of it.

use super::super::ticket_message::{ReceiveMessage, RecordReply};
use super::super::{Command, Cx, Import};
use super::thread::Talk;
use crate::kernel::approval::{ChannelKind, Direction};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::reply_reason::ReplyReason;
use crate::model::{Activity, Key, Kind, Message, Row};
use crate::rules::reply::message_id;

/// Most bytes of a message that are kept: what a text of the library holds, with room for a mark.
pub(super) const MOST_KEPT_BYTES: usize = crate::kernel::text::MOST_BYTES - 4;

/// The beginning of a text, up to so many bytes.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// A list of reasons as a row keeps it.
pub(super) fn reasons_text(reasons: &[ReplyReason]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    json::canonical(&reasons_json(reasons).into())
}

pub(super) fn reasons_json(reasons: &[ReplyReason]) -> Vec<serde_json::Value> {
    reasons.iter().map(|reason| serde_json::Value::Object(Reason::Reply(reason.clone()).to_json(None))).collect()
}

/// What an activity by a channel is called.
const fn activity_kind(channel: ChannelKind) -> &'static str {
    match channel {
        ChannelKind::Phone => "call",
        ChannelKind::Calendar => "meeting",
        other => other.code(),
    }
}

/// Tells a message on the timelines of the conversation's records, and to its ticket; once, also where the host told of it
/// by itself under the channel's name and id.
pub(super) fn tell(
    cx: &mut Cx<'_>,
    talk: &Talk,
    id: Id,
    message: &Message,
    (actor, is_first): (&str, bool),
) -> Result<()> {
    let Some(channel) = message.channel else { return Ok(()) };
    let is_inbound = message.direction == Some(Direction::Inbound);
    // Another message under the same id is another one here, too. What went out is told by nobody else, and its channel's
    // id may be known only later.
    let known_by = if is_first && is_inbound { message_id(&message.provider_id) } else { "" };
    let external_id = if known_by.is_empty() { id.to_string() } else { known_by.to_owned() };
    let body = &talk.body;
    let activity = Activity {
        kind: activity_kind(channel).into(),
        direction: if is_inbound { "inbound" } else { "outbound" }.into(),
        automatic: message.automatic.filter(|automatic| *automatic),
        subject: message.subject.clone(),
        lead: body.lead,
        account: body.account,
        contact: body.contact,
        deal: body.deal,
        ticket: body.ticket,
        actor: actor.to_owned(),
        happened_at: message.happened_at,
        description: message.text.clone(),
        external_source: channel.code().into(),
        external_id,
        ..Activity::default()
    };
    if let Some(ticket) = body.ticket.map(|id| Key { kind: Kind::Ticket, id })
        && cx.row(ticket)?.is_some_and(|row| is_in_use(&row))
    {
        match is_inbound {
            true => ReceiveMessage { id: ticket.id, activity, reopen: None }.decide(cx)?,
            false => RecordReply { id: ticket.id, version: None, activity, status: String::new() }.decide(cx)?,
        };
        return Ok(());
    }
    let own = Import::<Activity>::id_of(&activity.external_source, &activity.external_id);
    if super::super::log_activity::same_id(cx, &activity)?.is_none()
        && cx.row(Key { kind: Kind::Activity, id: own })?.is_none()
    {
        cx.insert(own, activity.into())?;
    }
    Ok(())
}

/// In use, or merged into one that may be.
fn is_in_use(row: &Row) -> bool {
    row.archived_at.is_none() || super::super::ticket_state::ticket_of(row).is_some_and(|t| t.merged_into.is_some())
}
