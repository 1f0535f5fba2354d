//! Changing some fields of a record, as a person edits it.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde_json::{Map, Value as Json};

use super::body::{head_json, id_of, version_of};
use super::consent_said::keep_field;
use super::create::Saved;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Record, Row, set_fields};
use crate::rules::{Rules, kind};
use crate::store::LogQuery;

/// Sets the named fields (`null` clears one) and leaves the others.
///
/// With the `version` that the editor saw, an edit of fields that nobody else touched since is merged; an edit of a
/// field that somebody else changed is refused, with what it was, what they wrote and what this edit wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch<R> {
    /// The record.
    pub id: Id,
    /// The version that the editor saw.
    pub version: Option<u64>,
    /// The fields to set.
    pub fields: Map<String, Json>,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Patch<R> {
    /// Sets fields of a record.
    pub fn new(id: Id, fields: Map<String, Json>) -> Self {
        Patch { id, version: None, fields, record: PhantomData }
    }

    /// The same edit of the version that the editor saw.
    #[must_use]
    pub fn of_version(self, version: u64) -> Self {
        Patch { version: Some(version), ..self }
    }
}

impl<R: Record> Command for Patch<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        format!("{}.patch", R::NAME).into()
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
        // Checked here on an empty record, so that a wrong field is told before anything is read.
        let mut empty = R::default().into_any();
        set_fields(&mut empty, &rules.schema(kind(R::NAME)?), fields).map_err(|e| e.at("fields"))?;
        Ok(Patch { id, version: version_of(map)?, fields: fields.clone(), record: PhantomData })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        patch(cx, Key { kind: kind(R::NAME)?, id: self.id }, self.version, &self.fields)
    }
}

/// Sets fields of a row, as an edit of the version that the editor saw.
pub(super) fn patch(cx: &mut Cx<'_>, key: Key, version: Option<u64>, fields: &Map<String, Json>) -> Result<Saved> {
    let mut row = cx.active(key)?;
    let schema = cx.rules().schema(key.kind);
    let theirs = row.clone();
    let named = set_fields(&mut row.body, &schema, fields).map_err(|e| e.at("fields"))?;
    if let Some(seen) = version {
        refuse_overlap(cx, seen, &named, &theirs, &row)?;
    }
    let row = cx.update(row)?;
    keep_field(cx, Some(&theirs), &row).map_err(|e| e.at("fields"))?;
    Ok(Saved { id: row.id, version: row.version })
}

fn refuse_overlap(cx: &Cx<'_>, seen: u64, named: &[String], theirs: &Row, mine: &Row) -> Result<()> {
    if seen > theirs.version {
        let (record, id) = (theirs.body.kind().name().into(), theirs.id.to_string());
        return Err(Problem::Conflict { record, id, expected: seen, found: theirs.version }.into());
    }
    let schema = cx.rules().schema(theirs.body.kind());
    let value = |row: &Row, field: &str| {
        schema.position(field).map_or(Json::Null, |i| row.fact_of(&schema, i).to_value().to_json())
    };
    let changed_since = |field: &&String| theirs.clocks.get(*field).is_some_and(|c| c.version > seen);
    let both: Vec<&String> =
        named.iter().filter(changed_since).filter(|f| value(theirs, f) != value(mine, f)).collect();
    if both.is_empty() {
        return Ok(());
    }
    let history = cx.log(&LogQuery::Record { key: theirs.key(), after_version: seen })?;
    let mut detail = Map::new();
    for field in &both {
        let mut base = Json::Null;
        for entry in &history {
            if let Some(old) = value_before(&entry.json()?, theirs.key(), field) {
                base = old;
                break;
            }
        }
        let three = serde_json::json!({"base": base, "theirs": value(theirs, field), "mine": value(mine, field)});
        detail.insert((*field).clone(), three);
    }
    let fields = both.into_iter().cloned().collect();
    Err(Error::from(Problem::FieldConflict { fields }).with_detail(Json::Object(detail)))
}

/// What a field was before an entry of the trail changed it.
fn value_before(content: &Json, key: Key, field: &str) -> Option<Json> {
    let id = key.id.to_string();
    let changes = content.get("changes")?.as_array()?;
    let own = |c: &&Json| {
        c.get("id").and_then(Json::as_str) == Some(&id)
            && c.get("record").and_then(Json::as_str) == Some(key.kind.name())
    };
    changes.iter().find(own)?.get("fields")?.get(field)?.get(0).cloned()
}
