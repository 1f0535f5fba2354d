//! Which conversation a message belongs to: that of the message which it answers, or else that of its address and subject.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::Cx;
use super::super::open_work::asked;
use super::super::targets::{TARGETS, Targets, rows_of};
use super::super::template_use::language_of;
use crate::kernel::approval::{ChannelKind, Direction};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{AnyRecord, Conversation, Key, Kind, Message, Row};
use crate::rules::consent::AddressHash;
use crate::rules::reply::{message_id, subject_key};
use crate::store::Order;

/// Most records of one kind with an address that are told apart; more share it than anybody could choose from.
const MOST_PEOPLE: usize = 20;
/// Most messages with one id that are looked at.
const MOST_SAME_ID: usize = 20;

/// An address by which somebody wrote or is written to.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// As it is written.
    pub(super) written: String,
    /// The same for every way to write it.
    pub(super) key: String,
    /// As the consent ledger has it; `None` of a text that is no address.
    pub(super) hash: Option<AddressHash>,
}

impl Address {
    pub(super) fn of(cx: &Cx<'_>, written: &str) -> Self {
        let hash = AddressHash::of(cx.rules().identity(), written).ok();
        let key = hash.as_ref().map_or_else(|| fold(written).into_owned(), |hash| hash.as_str().to_owned());
        Self { written: written.to_owned(), key, hash }
    }

    pub(super) fn hash_text(&self) -> &str {
        self.hash.as_ref().map_or("", AddressHash::as_str)
    }

    /// The leads and contacts in use that have the address, contacts first, the oldest first.
    pub(super) fn people(&self, cx: &mut Cx<'_>) -> Result<Vec<Row>> {
        let identity = cx.rules().identity();
        let mut tests = Vec::new();
        if let Some(email) = identity.email(&self.written) {
            tests.push(("email_key", email.canonical));
        } else if let Some(phone) = identity.phone_key(&self.written, None) {
            tests.push(("phone_key", phone.clone()));
            tests.push(("mobile_key", phone));
        }
        let mut people: Vec<Row> = Vec::new();
        for kind in [Kind::Contact, Kind::Lead] {
            let mut found: Vec<Row> = Vec::new();
            for (field, key) in &tests {
                let mut query = asked(cx, kind, vec![Predicate::test(field, Operator::Equal, key.as_str())])?;
                query.order = vec![Order { field: query.schema.resolve("created_at")?.0, descending: false }];
                query.limit = MOST_PEOPLE;
                let page = cx.find(&query)?;
                found.extend(page.rows.into_iter().filter(|row| row.archived_at.is_none()));
            }
            found.sort_by_key(|row| (row.created_at, row.id));
            found.dedup_by_key(|row| row.id);
            people.extend(found);
        }
        // A lead that became a contact is that contact.
        let contacts: BTreeSet<Id> =
            people.iter().filter(|row| row.body.kind() == Kind::Contact).map(|r| r.id).collect();
        people.retain(|row| match &row.body {
            AnyRecord::Lead(lead) => lead.converted_contact.is_none_or(|id| !contacts.contains(&id)),
            _ => true,
        });
        Ok(people)
    }
}

/// A conversation while a command works on it.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) id: Id,
    pub(super) body: Conversation,
}

impl Talk {
    /// One that is there.
    pub(super) fn known(cx: &mut Cx<'_>, id: Id) -> Result<Option<Self>> {
        let row = cx.row(Key { kind: Kind::Conversation, id })?;
        Ok(row.and_then(|row| match row.body {
            AnyRecord::Conversation(body) => Some(Self { id, body: *body }),
            _ => None,
        }))
    }

    /// The one about a subject with an address, or the beginning of it. Nobody can tell messages without a subject apart,
    /// so that they have one conversation where the channel has no subjects, and each its own elsewhere.
    pub(super) fn about(
        cx: &mut Cx<'_>,
        channel: ChannelKind,
        address: &Address,
        subject: &str,
        message: Id,
    ) -> Result<Self> {
        let has_subjects = matches!(channel, ChannelKind::Email | ChannelKind::Letter | ChannelKind::Calendar);
        let key = if has_subjects { subject_key(subject) } else { String::new() };
        let id = match has_subjects && key.is_empty() {
            true => message.derive(1),
            false => Conversation::id_of(channel, &address.key, &key),
        };
        if let Some(known) = Self::known(cx, id)? {
            return Ok(known);
        }
        let body = Conversation {
            channel: Some(channel),
            subject: subject.to_owned(),
            address: address.written.clone(),
            address_hash: address.hash_text().to_owned(),
            ..Conversation::default()
        };
        Ok(Self { id, body })
    }

    /// The one of the first of some messages that is known here, of those that went out before those that came in. Ids of
    /// other workspaces are as unknown as any.
    pub(super) fn of_messages(cx: &mut Cx<'_>, channel: ChannelKind, ids: &[String]) -> Result<Option<Self>> {
        for id in ids {
            let mut known = messages_with_id(cx, channel, id)?;
            known.sort_by_key(|(at, message)| (message.direction != Some(Direction::Outbound), *at));
            let talk = known.into_iter().find_map(|(_, message)| message.conversation);
            if let Some(talk) = talk.map(|id| Self::known(cx, id)).transpose()?.flatten() {
                return Ok(Some(talk));
            }
        }
        Ok(None)
    }

    /// Links what is not linked yet: what the host names, or else who alone has the address, with what goes with them.
    pub(super) fn link(&mut self, cx: &mut Cx<'_>, given: &Targets, people: &[Row]) -> Result<()> {
        let body = &mut self.body;
        let is_linked = |body: &Conversation| body.lead.is_some() || body.contact.is_some();
        let known = Targets::of(&body.clone().into());
        let mut wanted = known;
        if !is_linked(body) {
            for key in given.keys() {
                wanted = wanted.with(key);
            }
            let is_given = wanted.get(Kind::Lead).is_some() || wanted.get(Kind::Contact).is_some();
            if !is_given {
                let alone = |kind: Kind| {
                    let mut of_kind = people.iter().filter(|row| row.body.kind() == kind);
                    of_kind.next().filter(|_| of_kind.next().is_none()).map(Row::key)
                };
                let count = |kind: Kind| people.iter().filter(|row| row.body.kind() == kind).count();
                if count(Kind::Contact) < 2 && count(Kind::Lead) < 2 {
                    for key in [alone(Kind::Contact), alone(Kind::Lead)].into_iter().flatten() {
                        wanted = wanted.with(key);
                    }
                    body.candidates.clear();
                } else {
                    let text = |row: &Row| format!("{}/{}", row.body.kind().name(), row.id);
                    body.candidates = people.iter().map(text).collect();
                }
            } else {
                body.candidates.clear();
            }
            let context = super::super::targets::context_of(cx, &wanted)?;
            let mut any: AnyRecord = body.clone().into();
            context.write(&mut any)?;
            if let AnyRecord::Conversation(linked) = any {
                self.body = *linked;
            }
        }
        let rows = rows_of(cx, &Targets::of(&self.body.clone().into()))?;
        if self.body.owner.is_empty() {
            let owner = [Kind::Contact, Kind::Lead, Kind::Ticket, Kind::Deal, Kind::Account].iter().find_map(|kind| {
                let row = rows.get(kind)?;
                match row.body.fact(row.body.kind().place("owner")?) {
                    crate::kernel::fact::Fact::Text(owner) if !owner.is_empty() => Some(owner.to_owned()),
                    _ => None,
                }
            });
            self.body.owner = owner.unwrap_or_default();
        }
        if self.body.language.is_empty() {
            self.body.language = language_of(&rows).map(|lang| lang.code().to_owned()).unwrap_or_default();
        }
        Ok(())
    }

    /// The language for what people of the team read about it.
    pub(super) fn lang(&self, cx: &Cx<'_>) -> Lang {
        self.body.language.parse().unwrap_or(cx.rules().templates().language())
    }

    /// The records that it belongs to.
    pub(super) fn keys(&self) -> Vec<Key> {
        let of = Targets::of(&self.body.clone().into());
        of.keys().filter(|key| TARGETS.contains(&key.kind)).collect()
    }

    /// Whichever message is the first one, it began with that.
    fn begin(&mut self, at: Instant, by: Direction, subject: &str) {
        let body = &mut self.body;
        let is_first = body.began_at.is_none_or(|known| at < known || (at == known && by == Direction::Outbound));
        if is_first {
            (body.began_at, body.begun_by) = (Some(at), Some(by));
            subject.clone_into(&mut body.subject);
        }
    }

    /// A message came in at an instant and was written down at another: a person's or a machine's.
    pub(super) fn heard(
        &mut self,
        subject: &str,
        (at, received_at): (Instant, Instant),
        is_person: bool,
        awaits: bool,
    ) {
        self.begin(at, Direction::Inbound, subject);
        let body = &mut self.body;
        if body.last_at.is_none_or(|last| last <= at) {
            (body.last_at, body.last_direction) = (Some(at), Some(Direction::Inbound));
        }
        if is_person {
            body.last_received_at = body.last_received_at.max(Some(received_at));
        }
        let is_answered = body.last_answer_at.is_some_and(|answer| answer >= at);
        if awaits && !is_answered {
            body.unanswered_since = Some(body.unanswered_since.map_or(at, |since| since.min(at)));
        }
        body.message_count = Some(body.message_count.unwrap_or(0).saturating_add(1));
    }

    /// A message went out. One that a machine sent answers nobody.
    pub(super) fn said(&mut self, cx: &mut Cx<'_>, subject: &str, at: Instant, is_automatic: bool) -> Result<()> {
        self.begin(at, Direction::Outbound, subject);
        let body = &mut self.body;
        if body.last_at.is_none_or(|last| last < at) {
            (body.last_at, body.last_direction) = (Some(at), Some(Direction::Outbound));
        }
        body.message_count = Some(body.message_count.unwrap_or(0).saturating_add(1));
        if is_automatic || body.last_answer_at.is_some_and(|answer| answer >= at) {
            return Ok(());
        }
        body.last_answer_at = Some(at);
        if body.unanswered_since.is_some_and(|since| since <= at) {
            body.unanswered_since = first_waiting(cx, self.id, at)?;
        }
        Ok(())
    }

    /// Writes it; one that was put away is back.
    pub(super) fn save(&self, cx: &mut Cx<'_>) -> Result<Row> {
        match cx.row(Key { kind: Kind::Conversation, id: self.id })? {
            None => cx.insert(self.id, self.body.clone().into()),
            Some(row) => cx.update(Row { body: self.body.clone().into(), archived_at: None, ..row }),
        }
    }
}

/// When the first message after an instant came in that waits for an answer.
fn first_waiting(cx: &mut Cx<'_>, conversation: Id, after: Instant) -> Result<Option<Instant>> {
    let filter = vec![
        Predicate::test("conversation", Operator::Equal, conversation.to_string()),
        Predicate::test("awaits", Operator::Equal, true),
        Predicate::test("happened_at", Operator::Greater, format_instant(after)),
    ];
    let mut query = asked(cx, Kind::Message, filter)?;
    query.order = vec![Order { field: query.schema.resolve("happened_at")?.0, descending: false }];
    query.limit = 1;
    Ok(cx.find(&query)?.rows.iter().find_map(|row| match &row.body {
        AnyRecord::Message(message) => message.happened_at,
        _ => None,
    }))
}

/// The messages of a channel with an id, with when each was written down.
pub(super) fn messages_with_id(cx: &mut Cx<'_>, channel: ChannelKind, id: &str) -> Result<Vec<(Instant, Message)>> {
    let id = message_id(id);
    if id.is_empty() {
        return Ok(Vec::new());
    }
    let filter = vec![
        Predicate::test("provider_id", Operator::Equal, Json::from(id)),
        Predicate::test("channel", Operator::Equal, channel.code()),
    ];
    let mut query = asked(cx, Kind::Message, filter)?;
    query.limit = MOST_SAME_ID;
    let rows = cx.find(&query)?.rows;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.body {
            AnyRecord::Message(message) => Some((row.created_at, *message)),
            _ => None,
        })
        .collect())
}
