//! What was sent and what came of it, as it was at an instant.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::each_of;
use super::tally_items::Tallying;
use crate::command::{draft_of, item_of};
use crate::kernel::approval::{ChannelKind, Direction, DraftKind, DraftState, ParcelState, ReportKind as Notice};
use crate::kernel::consent_reason::ConsentAct;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reply_reason::{BounceType, ReplyClass};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Draft, Kind, Message, OutboxItem, Row};
use crate::rules::report::tally::{Item, TallyDimension, What};

/// What came of a message.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    replied: bool,
    opted_out: bool,
    bounced: bool,
}

/// The items of a report of outreach.
///
/// # Errors
/// The store's own.
pub(super) fn outreach(of: &Tallying<'_>) -> Result<Vec<Item>> {
    let sent = sent(of)?;
    let came = came_of(of, &sent)?;
    let wanted: BTreeSet<Id> = sent.values().filter_map(|item| item.draft).collect();
    let mut drafts: BTreeMap<Id, Row> = BTreeMap::new();
    let mut waiting: Vec<Row> = Vec::new();
    of.past.each(
        Kind::Draft,
        Some(Predicate::test("kind", Operator::Equal, DraftKind::Message.code())),
        |query| of.past.find(query),
        |row| {
            let Some(draft) = draft_of(&row).filter(|_| of.passes(&row)) else { return Ok(()) };
            if draft.state == Some(DraftState::Waiting) && row.archived_at.is_none() {
                waiting.push(row.clone());
            }
            if wanted.contains(&row.id) {
                drafts.insert(row.id, row);
            }
            Ok(())
        },
    )?;
    let sequences = sequences(of, drafts.values().chain(&waiting))?;
    let mut items = Vec::new();
    for (id, item) in &sent {
        let Some(draft) = item.draft.and_then(|id| drafts.get(&id)).and_then(draft_of) else { continue };
        let Came { replied, opted_out, bounced } = came.get(id).copied().unwrap_or_default();
        let what = What::Sent { replied, opted_out, bounced };
        let keys = keys(of, draft, item.channel, &sequences);
        items.push(Item { id: id.to_string(), at: item.sent_at, keys, what });
    }
    waiting.sort_by_key(|row| row.id);
    for row in &waiting {
        let Some(draft) = draft_of(row) else { continue };
        let keys = keys(of, draft, None, &sequences);
        items.push(Item { id: row.id.to_string(), at: None, keys, what: What::Waiting });
    }
    Ok(items)
}

/// The messages that left within the window, by their hand-off.
fn sent(of: &Tallying<'_>) -> Result<BTreeMap<Id, OutboxItem>> {
    let window = Predicate::All(vec![
        Predicate::test("sent_at", Operator::AtLeast, format_instant(of.window.starts_at)),
        Predicate::test("sent_at", Operator::Less, format_instant(of.window.ends_at)),
    ]);
    let mut sent = BTreeMap::new();
    of.past.each(
        Kind::OutboxItem,
        Some(window),
        |query| of.past.find_active(query),
        |row| {
            if let Some(item) = item_of(&row)
                && item.state == Some(ParcelState::Sent)
                && item.sent_at.is_some_and(|at| at <= of.past.as_of())
            {
                sent.insert(row.id, item.clone());
            }
            Ok(())
        },
    )?;
    Ok(sent)
}

/// What came of each: an answer belongs to the last message before it.
fn came_of(of: &Tallying<'_>, sent: &BTreeMap<Id, OutboxItem>) -> Result<BTreeMap<Id, Came>> {
    let mut came: BTreeMap<Id, Came> = BTreeMap::new();
    let ids: Vec<String> = sent.keys().map(Id::to_string).collect();
    let mut talks: BTreeSet<Id> = BTreeSet::new();
    each_of(of.past, Kind::Message, "outbox_item", &ids, |row| {
        if let AnyRecord::Message(message) = &row.body {
            talks.extend(message.conversation);
        }
    })?;
    let talks: Vec<String> = talks.iter().map(Id::to_string).collect();
    let mut said: BTreeMap<Id, Vec<(Instant, bool, Id, Message)>> = BTreeMap::new();
    each_of(of.past, Kind::Message, "conversation", &talks, |row| {
        let id = row.id;
        if let AnyRecord::Message(message) = row.body
            && let (Some(talk), Some(at)) = (message.conversation, message.happened_at)
            && at <= of.past.as_of()
        {
            // Of one instant, what was sent stands before what came in.
            let inbound = message.direction == Some(Direction::Inbound);
            said.entry(talk).or_default().push((at, inbound, id, *message));
        }
    })?;
    for mut messages in said.into_values() {
        messages.sort_by_key(|(at, inbound, id, _)| (*at, *inbound, *id));
        let mut last = None;
        for (_, inbound, _, message) in messages {
            if !inbound {
                last = message.outbox_item.or(last);
                continue;
            }
            let Some(item) = last.filter(|item| sent.contains_key(item)) else { continue };
            let came = came.entry(item).or_default();
            let by_machine = [ReplyClass::Bounce, ReplyClass::OutOfOffice, ReplyClass::AutoReply];
            came.replied |=
                message.automatic != Some(true) && message.class.is_none_or(|class| !by_machine.contains(&class));
            came.opted_out |= message.class == Some(ReplyClass::Unsubscribe);
        }
    }
    each_of(of.past, Kind::DeliveryReport, "outbox_item", &ids, |row| {
        if let AnyRecord::DeliveryReport(report) = &row.body
            && report.kind == Some(Notice::Bounced)
            && report.bounce != Some(BounceType::Soft)
            && report.happened_at.unwrap_or(row.created_at) <= of.past.as_of()
            && let Some(item) = report.outbox_item.filter(|item| sent.contains_key(item))
        {
            came.entry(item).or_default().bounced = true;
        }
    })?;
    objections(of, sent, &mut came)?;
    Ok(came)
}

/// Who asked for no more, after the last message to the same address.
fn objections(of: &Tallying<'_>, sent: &BTreeMap<Id, OutboxItem>, came: &mut BTreeMap<Id, Came>) -> Result<()> {
    let hashes: BTreeSet<&str> = sent.values().map(|item| item.address_hash.as_str()).collect();
    let hashes: Vec<String> = hashes.into_iter().filter(|hash| !hash.is_empty()).map(str::to_owned).collect();
    let mut left: BTreeMap<String, BTreeSet<(Instant, Id)>> = BTreeMap::new();
    each_of(of.past, Kind::OutboxItem, "address_hash", &hashes, |row| {
        if let Some(item) = item_of(&row)
            && item.state == Some(ParcelState::Sent)
            && let Some(at) = item.sent_at
        {
            left.entry(item.address_hash.clone()).or_default().insert((at, row.id));
        }
    })?;
    each_of(of.past, Kind::ConsentEvent, "address_hash", &hashes, |row| {
        let AnyRecord::ConsentEvent(event) = &row.body else { return };
        let at = event.happened_at.unwrap_or(row.created_at);
        let objects = matches!(event.act, Some(ConsentAct::Withdrawn | ConsentAct::Refused));
        if !objects || at > of.past.as_of() {
            return;
        }
        let mut before = left.get(&event.address_hash).into_iter().flatten().filter(|(sent_at, _)| *sent_at <= at);
        if let Some((_, item)) = before.next_back()
            && sent.contains_key(item)
        {
            came.entry(*item).or_default().opted_out = true;
        }
    })
}

/// The sequence of each draft that a sequence made.
fn sequences<'r>(of: &Tallying<'_>, drafts: impl Iterator<Item = &'r Row>) -> Result<BTreeMap<Id, String>> {
    let enrolments: BTreeSet<Id> = drafts.filter_map(|row| draft_of(row)?.enrolment).collect();
    let ids: Vec<String> = enrolments.iter().map(Id::to_string).collect();
    let mut sequences = BTreeMap::new();
    each_of(of.past, Kind::Enrolment, "id", &ids, |row| {
        if let AnyRecord::Enrolment(enrolment) = row.body {
            sequences.insert(row.id, enrolment.sequence);
        }
    })?;
    Ok(sequences)
}

fn keys(
    of: &Tallying<'_>,
    draft: &Draft,
    channel: Option<ChannelKind>,
    sequences: &BTreeMap<Id, String>,
) -> Vec<Option<String>> {
    let key = |dimension: &TallyDimension| {
        let text = match dimension {
            TallyDimension::Channel => channel.map_or_else(|| draft.channel.clone(), |kind| kind.code().to_owned()),
            TallyDimension::Owner => draft.author.clone(),
            TallyDimension::Sequence => draft.enrolment.and_then(|id| sequences.get(&id)).cloned().unwrap_or_default(),
            _ => String::new(),
        };
        Some(text).filter(|text| !text.is_empty())
    };
    of.spec.group_by.iter().map(key).collect()
}
