//! Saying when somebody is on leave; the answer tells what that touches.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{head_json, id_of, version_of};
use super::leave_impact::leave_impact;
use super::patch::patch;
use super::team::{days_of, employee, employee_of};
use super::{Archive, Command, Cx, Role, Saved, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::service::DayHalf;
use crate::kernel::staff::LeaveKind;
use crate::kernel::text::fold;
use crate::model::{AnyRecord, Key, Kind, Leave, Record as _, body_to_json, set_fields};
use crate::rules::Rules;

/// Most people between somebody and who may say when that person is on leave.
const MOST_LEVELS: usize = 100;

/// Leave that was set or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveSet {
    /// The leave.
    pub id: Id,
    /// The row's version.
    pub version: u64,
    /// What it touches: tasks, tickets, deals and plans in that time, each with who could cover. Codes and parameters.
    pub impact: Json,
}

/// Says that somebody is on leave, from a first to a last day, both included, to the half day. People set their own,
/// managers that of whom they lead and of their team, owners and admins everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetLeave {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// Who: the host's name of a user.
    pub user: String,
    /// Why.
    pub kind: Option<LeaveKind>,
    /// The first day.
    pub from_date: NaiveDate,
    /// The half with which it begins; `None` is the morning.
    pub from_half: Option<DayHalf>,
    /// The last day; `None` is the first.
    pub to_date: Option<NaiveDate>,
    /// The half with which it ends; `None` is the afternoon.
    pub to_half: Option<DayHalf>,
    /// What else is to be said.
    pub note: String,
}

impl SetLeave {
    fn record(&self) -> Leave {
        Leave {
            user: self.user.clone(),
            kind: self.kind,
            from_date: Some(self.from_date),
            from_half: self.from_half,
            to_date: self.to_date,
            to_half: self.to_half,
            note: self.note.clone(),
            ..Leave::default()
        }
    }
}

const SAID: &[&str] = &["user", "kind", "from_date", "from_half", "to_date", "to_half", "note"];

/// A leave from the fields of a command or a question.
///
/// # Errors
/// A field that is no part of what is said, or a value that does not fit, with its path.
pub(crate) fn leave_of(fields: &Map<String, Json>, rules: &Rules) -> Result<Leave> {
    let mut record: AnyRecord = Leave::default().into();
    set_fields(&mut record, &rules.schema(Kind::Leave), fields)?;
    let leave = Leave::from_any(&record).cloned().unwrap_or_default();
    for (key, known) in [("user", !leave.user.is_empty()), ("from_date", leave.from_date.is_some())] {
        if !known {
            return Err(Problem::Missing { name: key.into() }.into());
        }
    }
    Ok(leave)
}

impl Command for SetLeave {
    type Output = LeaveSet;
    const VERB: Verb = Verb::Leave;

    fn name() -> Cow<'static, str> {
        "leave.set".into()
    }

    fn to_json(&self) -> Json {
        let mut map = body_to_json(&self.record().into());
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        const KEYS: &[&str] = &["id", "user", "kind", "from_date", "from_half", "to_date", "to_half", "note"];
        let map = json::object(body, "an object of fields")?;
        json::only_keys(map, KEYS)?;
        let mut fields = map.clone();
        fields.retain(|key, _| SAID.contains(&key.as_str()));
        let leave = leave_of(&fields, rules)?;
        Ok(Self {
            id: id_of(map, "id")?,
            user: leave.user,
            kind: leave.kind,
            from_date: leave.from_date.unwrap_or_default(),
            from_half: leave.from_half,
            to_date: leave.to_date,
            to_half: leave.to_half,
            note: leave.note,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<LeaveSet> {
        refuse_others(cx, &self.user, "leave.set")?;
        // A command made in Rust passes the same door as one from JSON: trimmed and within limits.
        let leave = leave_of(&body_to_json(&self.record().into()), cx.rules())?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, leave.into())?;
        told(cx, &row)
    }
}

/// Changes days, kind or note of a leave: `{"id": "...", "version": 1, "fields": {"to_date": "2026-12-24"}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchLeave {
    /// Which.
    pub id: Id,
    /// The version that the person saw, as for every patch.
    pub version: Option<u64>,
    /// The fields to set; `null` clears one.
    pub fields: Map<String, Json>,
}

impl Command for PatchLeave {
    type Output = LeaveSet;
    const VERB: Verb = Verb::Leave;

    fn name() -> Cow<'static, str> {
        "leave.patch".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("fields".into(), Json::Object(self.fields.clone()));
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and `fields`")?;
        json::only_keys(map, &["id", "version", "fields"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let fields = json::object(fields, "an object of fields").map_err(|e| e.at("fields"))?;
        const KEYS: &[&str] = &["kind", "from_date", "from_half", "to_date", "to_half", "note"];
        json::only_keys(fields, KEYS).map_err(|e| e.at("fields"))?;
        let mut empty: AnyRecord = Leave::default().into();
        set_fields(&mut empty, &rules.schema(Kind::Leave), fields).map_err(|e| e.at("fields"))?;
        Ok(Self { id, version: version_of(map)?, fields: fields.clone() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<LeaveSet> {
        let key = Key { kind: Kind::Leave, id: self.id };
        let user = whose(cx, key)?;
        refuse_others(cx, &user, "leave.patch")?;
        patch(cx, key, self.version, &self.fields)?;
        let row = cx.existing(key)?;
        told(cx, &row)
    }
}

/// Takes a leave back: it is kept, and counts no more.
#[derive(Clone, Debug, PartialEq)]
pub struct CancelLeave {
    /// Which, and the version that the person saw.
    pub leave: Archive<Leave>,
}

impl Command for CancelLeave {
    type Output = Saved;
    const VERB: Verb = Verb::Leave;

    fn name() -> Cow<'static, str> {
        "leave.cancel".into()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.leave)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Self { leave: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let user = whose(cx, Key { kind: Kind::Leave, id: self.leave.id })?;
        refuse_others(cx, &user, "leave.cancel")?;
        Command::decide(&self.leave, cx)
    }
}

/// Whose leave it is.
fn whose(cx: &mut Cx<'_>, key: Key) -> Result<String> {
    match cx.reached(key)?.body {
        AnyRecord::Leave(leave) => Ok(leave.user),
        _ => Ok(String::new()),
    }
}

/// What a stored leave touches.
fn told(cx: &mut Cx<'_>, row: &crate::model::Row) -> Result<LeaveSet> {
    let mut impact = Json::Null;
    if let AnyRecord::Leave(leave) = &row.body
        && let Some(days) = days_of(leave)
        && let Some(person) = cx.by_itself(|cx| employee_of(cx, &leave.user))?
        && let Some(person) = employee(&person)
    {
        impact = leave_impact(cx, person, days)?.to_json(None);
    }
    Ok(LeaveSet { id: row.id, version: row.version, impact })
}

/// Refuses who may not say when somebody is on leave.
pub(crate) fn refuse_others(cx: &mut Cx<'_>, user: &str, command: &str) -> Result<()> {
    let (me, role) = (cx.actor().name().to_owned(), cx.actor().role());
    let may = match role {
        Role::Owner | Role::Admin => true,
        _ if fold(&me) == fold(user) => true,
        Role::Manager => cx.by_itself(|cx| leads(cx, &me, user))?,
        Role::Member | Role::Viewer | Role::Agent => false,
    };
    if may {
        return Ok(());
    }
    let (role, command) = (role.name().into(), command.into());
    Err(Error::from(Problem::Forbidden { role, command }).at("user"))
}

/// Whether somebody leads a user, directly or not, or both are of one team.
fn leads(cx: &mut Cx<'_>, me: &str, user: &str) -> Result<bool> {
    let Some(row) = employee_of(cx, user)? else { return Ok(false) };
    let team = |row: &crate::model::Row| employee(row).map(|e| fold(&e.team).into_owned()).unwrap_or_default();
    let own = employee_of(cx, me)?.as_ref().map(team).filter(|team| !team.is_empty());
    if own.is_some_and(|own| own == team(&row)) {
        return Ok(true);
    }
    let mut next = Some(row);
    for _ in 0..MOST_LEVELS {
        let Some(manager) = next.as_ref().and_then(employee).map(|e| e.manager.clone()).filter(|m| !m.is_empty())
        else {
            return Ok(false);
        };
        if fold(&manager) == fold(me) {
            return Ok(true);
        }
        next = employee_of(cx, &manager)?;
    }
    Ok(false)
}
