//! Where a ticket stands and who has it: resolving, closing, reopening, assigning.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{head, head_json, instant_of, text_of};
use super::create::Saved;
use super::patch::patch;
use super::step::steps;
use super::ticket_state::{Happening, ticket_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::service::{TicketEventKind, TicketState};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Key, Kind, Ticket};
use crate::rules::Rules;

/// Where a ticket goes, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketStep {
    /// The status, by its code; the first of the right state where it is empty.
    pub status: String,
    /// Since when, where that is in the past; not before what last happened to the ticket.
    pub happened_at: Option<Instant>,
}

const STEP_KEYS: &[&str] = &["id", "version", "status", "happened_at"];
const ASSIGN_KEYS: &[&str] = &["id", "version", "owner", "team", "happened_at"];

impl TicketStep {
    fn to_json(&self, id: Id, version: Option<u64>) -> Json {
        let mut map = head_json(id, version);
        if !self.status.is_empty() {
            map.insert("status".into(), self.status.as_str().into());
        }
        if let Some(at) = self.happened_at {
            map.insert("happened_at".into(), format_instant(at).into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json) -> Result<(Id, Option<u64>, Self)> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, STEP_KEYS)?;
        let (id, version) = head(map)?;
        let status = text_of(map, "status")?.unwrap_or_default();
        Ok((id, version, TicketStep { status, happened_at: instant_of(map, "happened_at")? }))
    }

    /// Gives the ticket this status.
    fn take(&self, cx: &mut Cx<'_>, id: Id, version: Option<u64>, status: String) -> Result<Saved> {
        let fields = Map::from_iter([("status".to_owned(), Json::from(status))]);
        set(cx, id, version, &fields, self.happened_at)
    }
}

/// A ticket that is in use.
pub(super) fn ticket(cx: &mut Cx<'_>, id: Id) -> Result<Ticket> {
    let row = cx.active(Key { kind: Kind::Ticket, id })?;
    let missing = || Problem::NotFound { record: Kind::Ticket.name().into(), id: id.to_string() };
    Ok(ticket_of(&row).cloned().ok_or_else(missing)?)
}

/// Sets fields of a ticket, as something that happened to it.
fn set(
    cx: &mut Cx<'_>,
    id: Id,
    version: Option<u64>,
    fields: &Map<String, Json>,
    happened_at: Option<Instant>,
) -> Result<Saved> {
    let at = happened_at.unwrap_or(cx.at());
    cx.happens(id, Happening { at, ..Happening::new(TicketEventKind::Changed, at) });
    patch(cx, Key { kind: Kind::Ticket, id }, version, fields)
}

/// The status to which a ticket goes: the one that was named, which must mean one of `states`, or the first of the first
/// of these.
fn status_for(
    rules: &Rules,
    named: &str,
    states: &'static [TicketState],
    codes: &'static [&'static str],
) -> Result<String> {
    let support = rules.support();
    if named.is_empty() {
        let first = states.iter().find_map(|state| support.first_of(*state));
        let missing = || Error::from(Problem::Missing { name: "status".into() });
        return Ok(first.ok_or_else(missing)?.name.id.clone());
    }
    let status = support.required(named).map_err(|e| e.at("status"))?;
    if states.contains(&status.state) {
        return Ok(status.name.id.clone());
    }
    let found = status.state.code().into();
    Err(Error::from(Problem::NotOneOf { found, expected: codes }).at("status"))
}

steps! { TicketStep:
    /// Resolves a ticket, unless the customer says otherwise. One that is resolved already stays as it is.
    ResolveTicket = "ticket.resolve", |cx, id, step| {
        stay_or(cx, id, step, TicketState::Resolved, &[TicketState::Resolved], &["resolved"])
    };
    /// Closes a ticket for good, resolved or not. One that is closed already stays as it is.
    CloseTicket = "ticket.close", |cx, id, step| {
        stay_or(cx, id, step, TicketState::Closed, &[TicketState::Closed], &["closed"])
    };
    /// Takes a ticket up again that was resolved or closed.
    ReopenTicket = "ticket.reopen", |cx, id, step| {
        let found = ticket(cx, id)?;
        if found.state.is_none_or(TicketState::is_open) {
            return Err(Problem::NotResolved { id: id.to_string() }.into());
        }
        let open: &[TicketState] = &[TicketState::Open, TicketState::New, TicketState::Pending, TicketState::Hold];
        status_for(cx.rules(), &step.status, open, &["open", "new", "pending", "hold"])
    };
}

/// Where the ticket stands if it stands well and nobody names a status.
fn stay_or(
    cx: &mut Cx<'_>,
    id: Id,
    step: &TicketStep,
    wanted: TicketState,
    states: &'static [TicketState],
    codes: &'static [&'static str],
) -> Result<String> {
    let found = ticket(cx, id)?;
    match found.state == Some(wanted) && step.status.is_empty() {
        true => Ok(found.status),
        false => status_for(cx.rules(), &step.status, states, codes),
    }
}

/// Makes somebody, or a team, responsible for a ticket. What is `None` stays; an empty text takes it from whoever has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignTicket {
    /// The ticket.
    pub id: Id,
    /// The version that the person saw; an assignment that somebody else made since is a conflict.
    pub version: Option<u64>,
    /// Who becomes responsible: the host's name of a user.
    pub owner: Option<String>,
    /// The team that works on it.
    pub team: Option<String>,
    /// Since when, where that is in the past.
    pub happened_at: Option<Instant>,
}

impl Command for AssignTicket {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "ticket.assign".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        for (key, value) in [("owner", &self.owner), ("team", &self.team)] {
            if let Some(value) = value {
                map.insert(key.into(), value.as_str().into());
            }
        }
        if let Some(at) = self.happened_at {
            map.insert("happened_at".into(), format_instant(at).into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `owner` or `team`")?;
        json::only_keys(map, ASSIGN_KEYS)?;
        let (id, version) = head(map)?;
        let (owner, team) = (text_of(map, "owner")?, text_of(map, "team")?);
        if owner.is_none() && team.is_none() {
            return Err(Problem::MissingOneOf { names: &["owner", "team"] }.into());
        }
        Ok(Self { id, version, owner, team, happened_at: instant_of(map, "happened_at")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let said = [("owner", &self.owner), ("team", &self.team)];
        let fields = said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_deref()?.into())));
        set(cx, self.id, self.version, &fields.collect(), self.happened_at)
    }
}
