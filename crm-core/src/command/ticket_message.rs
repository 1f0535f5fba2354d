//! What customer and team say to each other about a ticket: recorded as activities, never sent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{head_json, id_of, text_of, version_of};
use super::create::record_from_json;
use super::log_activity::same_id;

use super::redirect::survivor_of;

use super::ticket_state::{Happening, ticket_of};
use super::{Command, Cx, Import, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::service::{TicketEventKind, TicketState};
use crate::kernel::time::Instant;
use crate::model::{Activity, AnyRecord, Key, Kind, Note, Record as _, Row, Ticket, body_to_json};
use crate::rules::Rules;
use crate::store::{Archived, Query};

/// What was said.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct MessageLogged {
    /// The ticket: the one that was named, or the one into which it was merged.
    pub id: Id,
    /// Its version now.
    pub version: u64,
    /// Its status now.
    pub status: String,
    /// The activity that has the words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<Id>,
    /// The note that has the words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Id>,
    /// Whether the ticket was reopened by it.
    pub reopened: bool,
    /// Whether it was known already, by the system it comes from and its id there: then nothing was written.
    pub duplicate: bool,
}

/// Which side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Customer,
    Team,
}

impl Side {
    const fn direction(self) -> &'static str {
        match self {
            Side::Customer => "inbound",
            Side::Team => "outbound",
        }
    }

    const fn event(self, is_automatic: bool) -> TicketEventKind {
        match self {
            _ if is_automatic => TicketEventKind::AutomaticMessage,
            Side::Customer => TicketEventKind::CustomerMessage,
            Side::Team => TicketEventKind::StaffReply,
        }
    }
}

/// Records a message of the customer: `{"id": "...", "activity": {"kind": "email", "description": "...", "external_id":
/// "..."}, "reopen": false}`.
///
/// The activity belongs to the ticket and what the ticket belongs to, unless it says otherwise. A message that a machine
/// wrote says `"automatic": true`. Whether it opens the ticket is for the configuration
/// ([`Support`](crate::rules::support::Support)) and, where it is resolved or closed, for `reopen`; never for the words. A
/// message to a ticket that was merged goes to the one in which it lives on.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiveMessage {
    /// The ticket.
    pub id: Id,
    /// What was said.
    pub activity: Activity,
    /// Whether the ticket is reopened; as the configuration says where it is `None`.
    pub reopen: Option<bool>,
}

/// Records that the team answered the customer: `{"id": "...", "activity": {...}, "status": "pending"}`. Nothing is sent.
///
/// An answer of a machine (`"automatic": true`) is none: no promise is kept by it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordReply {
    /// The ticket.
    pub id: Id,
    /// The version that the person saw; a status that somebody else set since is a conflict.
    pub version: Option<u64>,
    /// What was said.
    pub activity: Activity,
    /// The status that the ticket has from then on; it stays where this is empty.
    pub status: String,
}

/// Writes what the customer does not see: `{"id": "...", "note": {"text": "..."}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct CommentTicket {
    /// The ticket.
    pub id: Id,
    /// What is to be remembered.
    pub note: Note,
}

/// The record under a key, as a command of its own would take it.
fn record_of<R: crate::model::Record>(map: &Map<String, Json>, key: &'static str, rules: &Rules) -> Result<R> {
    let fields = map.get(key).ok_or_else(|| Problem::Missing { name: key.into() })?;
    record_from_json(fields, rules).map_err(|e| e.at(key))
}

fn fields_of(record: impl Into<AnyRecord>) -> Json {
    Json::Object(body_to_json(&record.into()))
}

fn id_in(map: &Map<String, Json>) -> Result<Id> {
    Ok(id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?)
}

/// The ticket that somebody speaks of, or that in which it lives on.
fn addressed(cx: &mut Cx<'_>, id: Id) -> Result<(Row, Ticket)> {
    let row = cx.existing(Key { kind: Kind::Ticket, id })?;
    let row = survivor_of(cx, row)?;
    let row = cx.active(row.key())?;
    let missing = || Problem::NotFound { record: Kind::Ticket.name().into(), id: id.to_string() };
    let ticket = ticket_of(&row).cloned().ok_or_else(missing)?;
    Ok((row, ticket))
}

/// Whether the ticket has an event with these words already.
fn is_told(cx: &mut Cx<'_>, field: &str, words: Id) -> Result<bool> {
    let schema = cx.rules().schema(Kind::TicketEvent);
    let mut query = Query::all(Kind::TicketEvent, schema.clone(), cx.at());
    query.filter = Some(Predicate::test(field, Operator::Equal, words.to_string()).compile(&schema)?);
    (query.archived, query.limit) = (Archived::Include, 1);
    Ok(!cx.find(&query)?.rows.is_empty())
}

/// Refuses words that somebody will only say later.
fn past(cx: &Cx<'_>, at: Option<Instant>) -> Result<Instant> {
    let at = at.unwrap_or(cx.at());
    super::ticket_state::not_later(at, cx.at()).map_err(|e| e.at("happened_at"))?;
    Ok(at)
}

/// Writes a message and what it does to the ticket.
fn log(
    cx: &mut Cx<'_>,
    id: Id,
    side: Side,
    said: &Activity,
    status: impl FnOnce(&Cx<'_>, &Ticket, (bool, Instant)) -> Result<Option<String>>,
) -> Result<MessageLogged> {
    let (mut row, mut ticket) = addressed(cx, id)?;
    let at = past(cx, said.happened_at).map_err(|e| e.at("activity"))?;
    let mut activity = said.clone();
    activity.happened_at = Some(at);
    activity.direction = side.direction().into();
    activity.ticket = Some(row.id);
    for (link, usual) in [
        (&mut activity.lead, ticket.lead),
        (&mut activity.account, ticket.account),
        (&mut activity.contact, ticket.contact),
        (&mut activity.deal, ticket.deal),
    ] {
        *link = link.or(usual);
    }
    if activity.kind.is_empty() {
        activity.kind = if ticket.channel.is_empty() { "email".into() } else { ticket.channel.clone() };
    }
    if activity.actor.is_empty() && side == Side::Team {
        activity.actor = cx.actor().name().to_owned();
    }
    let known = same_id(cx, &activity)?.map(|row| row.id);
    let words = known.or_else(|| known_as::<Activity>(&activity.external_source, &activity.external_id));
    let words = words.unwrap_or_else(|| cx.new_id());
    let duplicate = MessageLogged {
        id: row.id,
        version: row.version,
        status: ticket.status.clone(),
        activity: Some(words),
        note: None,
        reopened: false,
        duplicate: true,
    };
    match cx.row(Key { kind: Kind::Activity, id: words })? {
        None => {
            cx.insert(words, activity.into())?;
        }
        // What somebody removed stays removed.
        Some(there) if there.archived_at.is_some() || is_told(cx, "activity", words)? => return Ok(duplicate),
        // It was on the timeline before anybody knew to which ticket it belongs.
        Some(mut there) => {
            match &mut there.body {
                AnyRecord::Activity(stored) if stored.ticket.is_none_or(|other| other == row.id) => {
                    stored.ticket = Some(row.id);
                }
                _ => return Err(Problem::AlreadyExists { record: Activity::NAME.into(), id: words.to_string() }.into()),
            }
            cx.update(there)?;
        }
    }
    let is_automatic = said.automatic == Some(true);
    if let Some(status) = status(cx, &ticket, (is_automatic, at))? {
        ticket.status = status;
    }
    let was_open = ticket.state.is_none_or(TicketState::is_open);
    let happening = Happening { activity: Some(words), ..Happening::new(side.event(is_automatic), at) };
    cx.happens(row.id, happening);
    row.body = ticket.into();
    let row = cx.update(row)?;
    let now = ticket_of(&row);
    let is_open = now.and_then(|ticket| ticket.state).is_none_or(TicketState::is_open);
    let status = now.map(|ticket| ticket.status.clone()).unwrap_or_default();
    Ok(MessageLogged { version: row.version, status, reopened: is_open && !was_open, duplicate: false, ..duplicate })
}

/// The id under which a record is imported that another system knows by an id.
fn known_as<R: crate::model::Record>(source: &str, external_id: &str) -> Option<Id> {
    (!external_id.is_empty()).then(|| Import::<R>::id_of(source, external_id))
}

/// Whether a message comes so soon after the end that the configuration does not take it for a new request.
fn is_within_grace(cx: &Cx<'_>, ticket: &Ticket, at: Instant) -> bool {
    let grace = cx.rules().sla().options().reopen_grace.as_ref();
    grace.zip(ticket.resolved_at).is_some_and(|(grace, resolved)| {
        grace.by.contains(&TicketEventKind::CustomerMessage) && grace.covers(resolved, at)
    })
}

impl Command for ReceiveMessage {
    type Output = MessageLogged;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "ticket.receive".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, None);
        map.insert("activity".into(), fields_of(self.activity.clone()));
        if let Some(reopen) = self.reopen {
            map.insert("reopen".into(), reopen.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `activity`")?;
        json::only_keys(map, &["id", "activity", "reopen"])?;
        let reopen = match map.get("reopen") {
            None | Some(Json::Null) => None,
            Some(Json::Bool(reopen)) => Some(*reopen),
            Some(other) => return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("reopen")),
        };
        Ok(Self { id: id_in(map)?, activity: record_of(map, "activity", rules)?, reopen })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MessageLogged> {
        log(cx, self.id, Side::Customer, &self.activity, |cx, ticket, (is_automatic, at)| {
            let support = cx.rules().support();
            let Some(state) = ticket.state else { return Ok(None) };
            let usual = !is_automatic && support.is_opened_by_message(state) && !is_within_grace(cx, ticket, at);
            let opens = match self.reopen {
                Some(reopen) if !state.is_open() => reopen,
                _ => usual,
            };
            Ok(support.first_of(TicketState::Open).filter(|_| opens).map(|status| status.name.id.clone()))
        })
    }
}

impl Command for RecordReply {
    type Output = MessageLogged;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "ticket.reply".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("activity".into(), fields_of(self.activity.clone()));
        if !self.status.is_empty() {
            map.insert("status".into(), self.status.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `activity`")?;
        json::only_keys(map, &["id", "version", "activity", "status"])?;
        let (version, status) = (version_of(map)?, text_of(map, "status")?.unwrap_or_default());
        Ok(Self { id: id_in(map)?, version, activity: record_of(map, "activity", rules)?, status })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MessageLogged> {
        if let Some(expected) = self.version.filter(|_| !self.status.is_empty()) {
            let row = cx.existing(Key { kind: Kind::Ticket, id: self.id })?;
            if row.clocks.get("status").is_some_and(|clock| clock.version > expected) || row.version < expected {
                let (record, id) = (Kind::Ticket.name().into(), self.id.to_string());
                return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
            }
        }
        let wanted = Some(self.status.clone()).filter(|status| !status.is_empty());
        log(cx, self.id, Side::Team, &self.activity, |_, _, _| Ok(wanted))
    }
}

impl Command for CommentTicket {
    type Output = MessageLogged;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "ticket.comment".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, None);
        map.insert("note".into(), fields_of(self.note.clone()));
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `note`")?;
        json::only_keys(map, &["id", "note"])?;
        let note: Note = record_of(map, "note", rules)?;
        if note.text.is_empty() {
            return Err(Error::from(Problem::Missing { name: "text".into() }).at("note"));
        }
        Ok(Self { id: id_in(map)?, note })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MessageLogged> {
        let (row, ticket) = addressed(cx, self.id)?;
        let mut note = self.note.clone();
        note.ticket = Some(row.id);
        for (link, usual) in [
            (&mut note.lead, ticket.lead),
            (&mut note.account, ticket.account),
            (&mut note.contact, ticket.contact),
            (&mut note.deal, ticket.deal),
        ] {
            *link = link.or(usual);
        }
        if note.author.is_empty() {
            note.author = cx.actor().name().to_owned();
        }
        let known = known_as::<Note>(&note.external_source, &note.external_id);
        let words = known.unwrap_or_else(|| cx.new_id());
        let logged = MessageLogged {
            id: row.id,
            version: row.version,
            status: ticket.status.clone(),
            activity: None,
            note: Some(words),
            reopened: false,
            duplicate: true,
        };
        if cx.row(Key { kind: Kind::Note, id: words })?.is_some() && is_told(cx, "note", words)? {
            return Ok(logged);
        }
        cx.insert(words, note.into())?;
        let at = cx.at();
        cx.happens(row.id, Happening { note: Some(words), ..Happening::new(TicketEventKind::InternalNote, at) });
        let row = cx.update(row)?;
        Ok(MessageLogged { version: row.version, duplicate: false, ..logged })
    }
}
