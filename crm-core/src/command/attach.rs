//! Files on records: bringing one, linking it, taking it away, and saying that its bytes are gone.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::create::{Saved, record_from_json};
use super::linkage::OF_FILES;
use super::log_activity::role_of;
use super::targets::target_of;
use super::{Command, Cx, Verb};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Attachment, Key, Kind, Record as _, Row, body_to_json};
use crate::rules::Rules;
use crate::rules::attachments::Holding;
use crate::store::Query;

/// The records that have files.
const HOLDERS: &[Kind] = &[
    Kind::Account,
    Kind::Activity,
    Kind::Contact,
    Kind::Deal,
    Kind::Lead,
    Kind::Note,
    Kind::PlaybookRun,
    Kind::Quote,
    Kind::Subscription,
    Kind::Ticket,
];
/// The same as keys of a body.
const HOLDER_KEYS: &[&str] =
    &["account", "activity", "contact", "deal", "lead", "note", "playbook_run", "quote", "subscription", "ticket"];
/// Most files of the same bytes that are looked at.
const MOST_SAME: usize = 100;

/// Brings a file, and links it to a record where one is named. The same bytes are kept once: where a file of this
/// SHA-256 is there, it is that one which is linked. A file that no record has is kept for the grace period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAttachment {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// The file; `uploaded_by` is who asks unless it is given.
    pub attachment: Attachment,
    /// The record that gets it.
    pub target: Option<Key>,
    /// What it is there: contract, photo ...
    pub role: String,
}

/// Gives a file to one more record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkAttachment {
    /// The file.
    pub id: Id,
    /// The record.
    pub target: Key,
    /// What it is there.
    pub role: String,
}

/// Takes a file away from a record, and only from that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkAttachment {
    /// The file.
    pub id: Id,
    /// The record.
    pub target: Key,
    /// Only what it is there in this part; all of it where there is none.
    pub role: Option<String>,
}

/// Says that the host deleted a file's bytes, which it may once no record has the file and the grace period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReapAttachment {
    /// The file.
    pub id: Id,
}

/// A file and who has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The file.
    pub id: Id,
    /// Its row's version.
    pub version: u64,
    /// How many links it has.
    pub links: u64,
    /// `kept`, or `tombstoned` where no record has it any more.
    pub blob: String,
    /// What is to be said of it.
    pub reasons: Vec<Json>,
}

impl Command for CreateAttachment {
    type Output = Attached;
    const VERB: Verb = Verb::Attach;

    fn name() -> Cow<'static, str> {
        "attachment.create".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("fields".into(), Json::Object(body_to_json(&self.attachment.clone().into())));
        if let Some(target) = self.target {
            write(&mut map, target, &self.role);
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields`")?;
        json::only_keys(
            map,
            &[
                "id",
                "fields",
                "role",
                "account",
                "activity",
                "contact",
                "deal",
                "lead",
                "note",
                "playbook_run",
                "quote",
                "subscription",
                "ticket",
            ],
        )?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let attachment = record_from_json(fields, rules).map_err(|e| e.at("fields"))?;
        let is_linked = HOLDER_KEYS.iter().any(|key| map.get(*key).is_some_and(|id| !id.is_null()));
        let target = is_linked.then(|| target_of(map, HOLDERS)).transpose()?;
        Ok(CreateAttachment { id: id_of(map, "id")?, attachment, target, role: role_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Attached> {
        let fields = Json::Object(body_to_json(&self.attachment.clone().into()));
        let mut file: Attachment = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        if let Some(problem) = cx.rules().attachments().problems(&file).into_iter().next() {
            return Err(problem.at("fields"));
        }
        if let Some(target) = self.target {
            cx.active(target).map_err(|e| e.at(target.kind.name()))?;
        }
        if let Some(same) = same_bytes(cx, &file)? {
            return self.same(cx, same, &file);
        }
        if file.uploaded_by.is_empty() {
            cx.actor().name().clone_into(&mut file.uploaded_by);
        }
        if self.target.is_none() {
            file.unlinked_at = Some(cx.at());
            file.deletable_at = cx.rules().attachments().deletable_from(cx.at());
        }
        let deletable_at = file.deletable_at;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, file.into())?;
        let mut links = 0;
        if let Some(target) = self.target {
            OF_FILES.add(cx, id, &self.role, target)?;
            links = 1;
        }
        Ok(answer(&row, Holding { links, deletable_at, deleted_at: None }, 0, None))
    }
}

impl CreateAttachment {
    fn same(&self, cx: &mut Cx<'_>, row: Row, file: &Attachment) -> Result<Attached> {
        let Some(there) = Attachment::from_any(&row.body) else { return Err(missing(row.id)) };
        if let (Some(stored), Some(given)) = (there.size_bytes, file.size_bytes)
            && stored != given
        {
            // The same bytes are not of two lengths.
            let (found, least) = (given.to_string(), stored.to_string());
            let problem = Problem::OutOfRange { found, most: least.clone(), least };
            return Err(Error::from(problem).at("size_bytes").at("fields"));
        }
        let reason = ActivityReason::SameFile { name: there.name.clone() };
        match self.target {
            Some(target) => link(cx, row, target, &self.role, Some(reason)),
            None => {
                let (holding, unseen) = (holding(cx, &row)?, unseen(cx, row.id)?);
                Ok(answer(&row, holding, unseen, Some(reason)))
            }
        }
    }
}

impl Command for LinkAttachment {
    type Output = Attached;
    const VERB: Verb = Verb::Attach;

    fn name() -> Cow<'static, str> {
        "attachment.link".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        write(&mut map, self.target, &self.role);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, target, role) = read(body)?;
        Ok(LinkAttachment { id, target, role })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Attached> {
        cx.active(self.target).map_err(|e| e.at(self.target.kind.name()))?;
        let row = cx.active(Key { kind: Kind::Attachment, id: self.id })?;
        link(cx, row, self.target, &self.role, None)
    }
}

impl Command for UnlinkAttachment {
    type Output = Attached;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        "attachment.unlink".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        write(&mut map, self.target, self.role.as_deref().unwrap_or_default());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, target, role) = read(body)?;
        Ok(UnlinkAttachment { id, target, role: Some(role).filter(|role| !role.is_empty()) })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Attached> {
        let row = cx.active(Key { kind: Kind::Attachment, id: self.id })?;
        let (before, unseen) = (holding(cx, &row)?, unseen(cx, row.id)?);
        let removed = OF_FILES.remove(cx, self.id, self.role.as_deref(), self.target)?;
        if removed == 0 {
            let record = Kind::AttachmentLink.name().into();
            return Err(Problem::NotFound { record, id: self.target.id.to_string() }.into());
        }
        // A link that names another record, too, is still there.
        let left = cx.by_itself(|cx| OF_FILES.count(cx, self.id))?;
        let gone = before.links.saturating_sub(left);
        let after = cx.rules().attachments().unlinked(before, gone, Some(cx.at()));
        let row = keep(cx, row, &after)?;
        Ok(answer(&row, after, unseen, None))
    }
}

impl Command for ReapAttachment {
    type Output = Saved;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        "attachment.reap".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"id": self.id.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id"])?;
        Ok(ReapAttachment { id: id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.active(Key { kind: Kind::Attachment, id: self.id })?;
        let deleted = holding(cx, &row)?.deleted(&self.id.to_string(), cx.at())?;
        let row = cx.update(Row { archived_at: deleted.deleted_at, ..row })?;
        Ok(Saved { id: row.id, version: row.version })
    }
}

fn write(map: &mut Map<String, Json>, target: Key, role: &str) {
    if !role.is_empty() {
        map.insert("role".into(), role.into());
    }
    map.insert(target.kind.name().into(), target.id.to_string().into());
}

fn read(body: &Json) -> Result<(Id, Key, String)> {
    let map = json::object(body, "an object with `id`")?;
    json::only_keys(
        map,
        &[
            "id",
            "role",
            "account",
            "activity",
            "contact",
            "deal",
            "lead",
            "note",
            "playbook_run",
            "quote",
            "subscription",
            "ticket",
        ],
    )?;
    let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
    Ok((id, target_of(map, HOLDERS)?, role_of(map)?))
}

fn missing(id: Id) -> Error {
    Problem::NotFound { record: Kind::Attachment.name().into(), id: id.to_string() }.into()
}

/// How a stored file stands. Every link counts, whoever sees the record: bytes that somebody else has must not go.
fn holding(cx: &mut Cx<'_>, row: &Row) -> Result<Holding> {
    let deletable_at = Attachment::from_any(&row.body).and_then(|file| file.deletable_at);
    let links = cx.by_itself(|cx| OF_FILES.count(cx, row.id))?;
    Ok(Holding { links, deletable_at, deleted_at: row.archived_at })
}

/// How many links of a file the actor does not see: they count, but nobody is told of them.
fn unseen(cx: &mut Cx<'_>, file: Id) -> Result<u64> {
    let all = cx.by_itself(|cx| OF_FILES.count(cx, file))?;
    Ok(all.saturating_sub(OF_FILES.count(cx, file)?))
}

fn link(cx: &mut Cx<'_>, row: Row, target: Key, role: &str, reason: Option<ActivityReason>) -> Result<Attached> {
    let (before, unseen) = (holding(cx, &row)?, unseen(cx, row.id)?);
    // Whether it may still be counted on is asked before anything is linked.
    let linked = before.linked(&row.id.to_string(), 1, Some(cx.at()))?;
    let (_, is_new) = OF_FILES.add(cx, row.id, role, target)?;
    let after = if is_new { linked } else { before };
    let reason = reason.or_else(|| before.deletable_at.map(|_| ActivityReason::FileRevived));
    let row = keep(cx, row, &after)?;
    Ok(answer(&row, after, unseen, reason))
}

/// Keeps on the row since when and until when no record has the file.
fn keep(cx: &mut Cx<'_>, mut row: Row, after: &Holding) -> Result<Row> {
    if let AnyRecord::Attachment(file) = &mut row.body {
        let since: Option<Instant> = file.unlinked_at;
        file.unlinked_at = (after.links == 0).then(|| since.unwrap_or(cx.at()));
        file.deletable_at = after.deletable_at.filter(|_| after.links == 0);
    }
    cx.update(row)
}

/// How the file stands, told without the links that the actor does not see.
fn answer(row: &Row, holding: Holding, unseen: u64, reason: Option<ActivityReason>) -> Attached {
    let told = Holding { links: holding.links.saturating_sub(unseen), ..holding };
    let standing = told.reason().filter(|_| told.blob() == holding.blob());
    let reasons = reason.into_iter().chain(standing).map(|r| Json::Object(Reason::Activity(r).to_json(None)));
    Attached {
        id: row.id,
        version: row.version,
        links: told.links,
        blob: holding.blob().code().to_owned(),
        reasons: reasons.collect(),
    }
}

/// A file of the same bytes that can be counted on.
fn same_bytes(cx: &mut Cx<'_>, file: &Attachment) -> Result<Option<Row>> {
    let schema = cx.rules().schema(Kind::Attachment);
    let mut query = Query::all(Kind::Attachment, schema.clone(), cx.at());
    query.filter = Some(Predicate::test("sha256", Operator::Equal, file.sha256.as_str()).compile(&schema)?);
    query.limit = MOST_SAME;
    let at = cx.at();
    let there = |row: &Row| {
        Attachment::from_any(&row.body)
            .is_some_and(|a| a.sha256 == file.sha256 && a.deletable_at.is_none_or(|from| from > at))
    };
    Ok(cx.find(&query)?.rows.into_iter().find(there))
}
