//! Logging what happened: a call, a meeting, an e-mail, a visit; from a template or in one's own words, with the
//! record's context linked.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::create::record_from_json;
use super::linkage::OF_ACTIVITIES;
use super::revise::Sound as _;
use super::targets::{TARGETS, Targets, context_of, target_of};
use super::template_use::{TemplateUse, values_json};
use super::{Command, Cx, Verb};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::text;
use crate::model::{Activity, AnyRecord, Key, Kind, Record as _, Row, body_to_json, set_fields};
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::read::list;
use crate::rules::templates::Use;
use crate::store::{Archived, Query};

/// Most records beside its own that one command links to an activity.
const MOST_LINKS: usize = 100;
/// Most rows that are looked at for what another system calls by one id.
const MOST_SAME_ID: usize = 100;

/// Says that something happened.
///
/// What goes with the given records is linked, too (`context_of`): a deal's account and the person to talk to, a
/// contact's account, a ticket's account, contact and deal. `happened_at` is the command's instant unless it is given;
/// later than five minutes after it only what is `planned`. When it was logged is the row's `created_at`.
///
/// An activity of another system (`external_source`, `external_id`) is logged once. The same system telling the same
/// again changes nothing; telling something else revises what it tells, and the trail keeps what was said before. What
/// somebody removed stays removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogActivity {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// What happened; `actor` is who asks unless it is given.
    pub activity: Activity,
    /// The template that says subject and description.
    pub template: Option<TemplateUse>,
    /// Further records, each with its part: attendee, mentioned ...
    pub links: Vec<(String, Key)>,
    /// Whether it may be in the future.
    pub planned: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStatus {
    /// It is there now.
    Logged,
    /// It was there, and says the same.
    Existing,
    /// It was there, and says now what its source says.
    Revised,
    /// It was there and was removed; it stays so.
    Removed,
}

/// The activity that was logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// Its row.
    pub id: Id,
    /// The row's version now.
    pub version: u64,
    /// What became of it.
    pub status: LogStatus,
    /// Why, where it was not simply logged.
    pub reasons: Vec<Json>,
}

impl Command for LogActivity {
    type Output = Logged;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "activity.log".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("fields".into(), Json::Object(body_to_json(&self.activity.clone().into())));
        if let Some(template) = &self.template {
            map.insert("template".into(), template.to_json());
        }
        if !self.links.is_empty() {
            let link = |(role, key): &(String, Key)| {
                let mut link = Map::new();
                if !role.is_empty() {
                    link.insert("role".into(), role.as_str().into());
                }
                link.insert(key.kind.name().into(), key.id.to_string().into());
                Json::Object(link)
            };
            map.insert("links".into(), self.links.iter().map(link).collect());
        }
        if self.planned {
            map.insert("planned".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields`")?;
        json::only_keys(map, &["id", "fields", "template", "links", "planned"])?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let activity = record_from_json(fields, rules).map_err(|e| e.at("fields"))?;
        let template = map.get("template").filter(|v| !v.is_null()).map(TemplateUse::from_json);
        let template = template.transpose().map_err(|e| e.at("template"))?;
        let links = map.get("links").filter(|v| !v.is_null()).map(|v| list(v, link));
        let links = links.transpose().map_err(|e| e.at("links"))?.unwrap_or_default();
        let planned = match map.get("planned") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(planned)) => *planned,
            Some(other) => {
                return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("planned"));
            }
        };
        Ok(LogActivity { id: id_of(map, "id")?, activity, template, links, planned })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Logged> {
        let fields = body_to_json(&self.activity.clone().into());
        let given: Activity =
            record_from_json(&Json::Object(fields.clone()), cx.rules()).map_err(|e| e.at("fields"))?;
        check::most("links", self.links.len(), MOST_LINKS).map_err(|e| e.at("links"))?;
        let is_external = !given.external_id.is_empty();
        let targets = Targets::of(&given.clone().into()).checked(cx, is_external).map_err(|e| e.at("fields"))?;
        let logged = match same_id(cx, &given)? {
            Some(row) => self.again(cx, row, fields, &targets)?,
            None => self.first(cx, given, &targets)?,
        };
        if logged.status != LogStatus::Removed && !self.links.is_empty() {
            // Another system told of it before: whoever may not change it links nothing to it, either.
            cx.reached(Key { kind: Kind::Activity, id: logged.id })?;
            for (i, (role, target)) in self.links.iter().enumerate() {
                let linked = self.link(cx, logged.id, i, role, *target, is_external);
                linked.map_err(|e| e.at_index(i).at("links"))?;
            }
        }
        Ok(logged)
    }
}

impl LogActivity {
    fn link(&self, cx: &mut Cx<'_>, id: Id, place: usize, role: &str, target: Key, is_external: bool) -> Result<()> {
        // Named twice in one command is linked once.
        if self.links.iter().take(place).any(|(other, key)| other == role && *key == target) {
            return Ok(());
        }
        for target in Targets::one(target).checked(cx, is_external)?.keys() {
            OF_ACTIVITIES.add(cx, id, role, target)?;
        }
        Ok(())
    }

    fn first(&self, cx: &mut Cx<'_>, mut activity: Activity, targets: &Targets) -> Result<Logged> {
        let context = context_of(cx, targets)?;
        if let Some(template) = &self.template {
            if !activity.subject.is_empty() || !activity.description.is_empty() {
                let expected = "either `template` or the text itself";
                let found = text::shortened(&activity.subject, 60);
                return Err(Error::from(Problem::WrongShape { expected, found }).at("fields"));
            }
            // What the team writes down for itself is in the team's language, not the customer's.
            let rendered = template.fill(cx, &context, cx.rules().templates().language())?;
            match template.find(cx)?.usage() {
                Use::Log { kind, direction } => {
                    let otherwise = |field: &mut String, usual: &str| {
                        if field.is_empty() {
                            usual.clone_into(field);
                        }
                    };
                    otherwise(&mut activity.kind, kind);
                    otherwise(&mut activity.direction, direction);
                }
                Use::Draft(_) => {
                    let expected = vec!["log".to_owned()];
                    let problem = Problem::UnknownTemplate { found: template.id.clone(), expected };
                    return Err(Error::from(problem).at("id").at("template"));
                }
            }
            activity.template_values = values_json(&rendered);
            activity.template = rendered.template;
            activity.template_version = Some(rendered.version);
            activity.template_hash = rendered.hash;
            activity.subject = rendered.subject;
            activity.description = rendered.text;
        }
        activity.happened_at = activity.happened_at.or(Some(cx.at()));
        if activity.actor.is_empty() {
            cx.actor().name().clone_into(&mut activity.actor);
        }
        self.check(cx, &activity, None)?;
        let mut body: AnyRecord = activity.into();
        context.write(&mut body)?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, body)?;
        Ok(Logged { id, version: row.version, status: LogStatus::Logged, reasons: Vec::new() })
    }

    /// What a system tells of an activity that it told of before: only the fields that it names.
    fn again(&self, cx: &mut Cx<'_>, row: Row, fields: Map<String, Json>, targets: &Targets) -> Result<Logged> {
        let (source, id) = (self.activity.external_source.clone(), self.activity.external_id.clone());
        if row.archived_at.is_some() {
            return Ok(answer(&row, LogStatus::Removed, ActivityReason::StaysRemoved { source, id }));
        }
        let mut revised = row.clone();
        set_fields(&mut revised.body, &cx.rules().schema(Kind::Activity), &fields).map_err(|e| e.at("fields"))?;
        targets.write(&mut revised.body)?;
        if revised.body == row.body {
            return Ok(answer(&row, LogStatus::Existing, ActivityReason::AlreadyLogged { source, id }));
        }
        if let Some(activity) = Activity::from_any(&revised.body) {
            self.check(cx, activity, Activity::from_any(&row.body))?;
        }
        let row = cx.update(revised)?;
        Ok(answer(&row, LogStatus::Revised, ActivityReason::RevisedBySource { source, id }))
    }

    fn check(&self, cx: &Cx<'_>, activity: &Activity, before: Option<&Activity>) -> Result<()> {
        let timeless;
        let checked = if self.planned {
            timeless = Activity { happened_at: None, ..activity.clone() };
            &timeless
        } else {
            activity
        };
        checked.check(before, cx.rules(), cx.at()).map_err(|e| e.at("fields"))
    }
}

fn answer(row: &Row, status: LogStatus, reason: ActivityReason) -> Logged {
    let reasons = vec![Json::Object(Reason::Activity(reason).to_json(None))];
    Logged { id: row.id, version: row.version, status, reasons }
}

/// The activity that a system told of under the same id, removed or not.
pub(super) fn same_id(cx: &mut Cx<'_>, given: &Activity) -> Result<Option<Row>> {
    if given.external_id.is_empty() {
        return Ok(None);
    }
    let schema = cx.rules().schema(Kind::Activity);
    let mut query = Query::all(Kind::Activity, schema.clone(), cx.at());
    let id = Predicate::test("external_id", Operator::Equal, given.external_id.as_str());
    query.filter = Some(id.compile(&schema)?);
    query.archived = Archived::Include;
    query.limit = MOST_SAME_ID;
    let same = |row: &Row| {
        Activity::from_any(&row.body)
            .is_some_and(|a| a.external_id == given.external_id && a.external_source == given.external_source)
    };
    Ok(cx.find(&query)?.rows.into_iter().find(same))
}

/// `{"role": "attendee", "contact": "..."}`.
fn link(json: &Json) -> Result<(String, Key)> {
    let map = json::object(json, "an object")?;
    json::only_keys(map, &["role", "account", "contact", "deal", "lead", "ticket"])?;
    Ok((role_of(map)?, target_of(map, TARGETS)?))
}

/// The part that a link names; empty where it names none.
pub(super) fn role_of(map: &Map<String, Json>) -> Result<String> {
    match map.get("role") {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(role)) => {
            let role = text::check(role).map_err(|e| e.at("role"))?;
            if !role.is_empty() {
                check::id(role).map_err(|e| e.at("role"))?;
            }
            Ok(role.to_owned())
        }
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at("role")),
    }
}
