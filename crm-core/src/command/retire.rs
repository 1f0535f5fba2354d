//! Putting a record away, and bringing it back. Nothing is deleted.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde_json::Value as Json;

use super::body::{head, head_json, only_head};
use super::create::Saved;
use super::redirect::refuse_merged;
use super::similar::{Candidate, similar};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Kind, Lead, Record, Row};
use crate::rules::duplicates::{Decision, OnDuplicate};
use crate::rules::{Rules, kind};

/// Puts a record away: it is kept, found by its id, and no longer listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive<R> {
    /// The record.
    pub id: Id,
    /// The version that the person saw; another one is refused.
    pub version: Option<u64>,
    record: PhantomData<fn() -> R>,
}

/// Brings an archived record back.
#[derive(Clone, Debug, PartialEq)]
pub struct Restore<R> {
    /// The record.
    pub id: Id,
    /// The version that the person saw; another one is refused.
    pub version: Option<u64>,
    /// Of a lead: what happens if a lead in use may be the same by now. `None` is as the configuration says of new
    /// leads, which does not look unless it is told to.
    pub on_duplicate: Option<OnDuplicate>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Archive<R> {
    /// The record of this id.
    pub fn new(id: Id) -> Self {
        Archive { id, version: None, record: PhantomData }
    }
}

impl<R: Record> Restore<R> {
    /// The record of this id.
    pub fn new(id: Id) -> Self {
        Restore { id, version: None, on_duplicate: None, record: PhantomData }
    }
}

impl Restore<Lead> {
    /// Refuses the lead if one in use may be the same ([`Problem::DuplicateOnRestore`]), or brings it back whatever is
    /// there.
    #[must_use]
    pub fn on_duplicate(mut self, choice: OnDuplicate) -> Self {
        self.on_duplicate = Some(choice);
        self
    }
}

/// The row, at the version that the person saw.
fn seen<R: Record>(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<Row> {
    let row = cx.existing(Key { kind: kind(R::NAME)?, id })?;
    match version.filter(|v| *v != row.version) {
        Some(expected) => {
            let (record, id) = (R::NAME.into(), id.to_string());
            Err(Problem::Conflict { record, id, expected, found: row.version }.into())
        }
        None => Ok(row),
    }
}

fn save(cx: &mut Cx<'_>, row: Row) -> Result<Saved> {
    let row = cx.update(row)?;
    Ok(Saved { id: row.id, version: row.version })
}

impl<R: Record> Command for Archive<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        format!("{}.archive", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Archive { id, version, record: PhantomData })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = seen::<R>(cx, self.id, self.version)?;
        refuse_merged(cx, &row)?;
        if row.archived_at.is_some() {
            return Err(Problem::Archived { record: R::NAME.into(), id: row.id.to_string() }.into());
        }
        let archived_at = Some(cx.at());
        save(cx, Row { archived_at, ..row })
    }
}

impl<R: Record> Command for Restore<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Restore;

    fn name() -> Cow<'static, str> {
        format!("{}.restore", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(choice) = self.on_duplicate {
            map.insert("on_duplicate".into(), choice.name().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        let keys: &[&str] = if R::NAME == Lead::NAME { &["id", "version", "on_duplicate"] } else { &["id", "version"] };
        json::only_keys(map, keys)?;
        let (id, version) = head(map)?;
        let on_duplicate = map.get("on_duplicate").filter(|v| !v.is_null()).map(OnDuplicate::from_json);
        let on_duplicate = on_duplicate.transpose().map_err(|e| e.at("on_duplicate"))?;
        Ok(Restore { id, version, on_duplicate, record: PhantomData })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = seen::<R>(cx, self.id, self.version)?;
        // What was merged comes back by undoing the merge, with everything that moved.
        refuse_merged(cx, &row)?;
        if row.archived_at.is_none() {
            return Err(Problem::NotArchived { record: R::NAME.into(), id: row.id.to_string() }.into());
        }
        let refuse = self.on_duplicate.unwrap_or(cx.rules().duplicates().settings().on_create) == OnDuplicate::Refuse;
        if refuse && row.body.kind() == Kind::Lead {
            refuse_duplicate(cx, &row)?;
        }
        save(cx, Row { archived_at: None, ..row })
    }
}

/// Refuses a lead whose place another one took since, and names that one: the two can be merged.
fn refuse_duplicate(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let similar = similar(cx, row, Some(row.id))?;
    let same = |c: &&Candidate| c.key.kind == Kind::Lead && c.comparison.decision() >= Decision::Review;
    let ids: Vec<String> = similar.candidates.iter().filter(same).map(|c| c.key.id.to_string()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let problem = Problem::DuplicateOnRestore { record: Lead::NAME.into(), id: row.id.to_string(), ids };
    let mut detail = similar.to_json(None);
    if let Some(map) = detail.as_object_mut() {
        map.insert("code".into(), "duplicate_on_restore".into());
    }
    Err(Error::from(problem).with_detail(detail))
}
