//! Making a record.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, Record, body_to_json, set_fields};
use crate::rules::{Rules, kind};

/// Makes a record; its id is derived from the command's unless the host gives one.
#[derive(Clone, Debug, PartialEq)]
pub struct Create<R> {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// The record.
    pub record: R,
}

/// The row that a command saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The row's id.
    pub id: Id,
    /// Its version now.
    pub version: u64,
}

impl<R: Record> Create<R> {
    /// Makes this record under a derived id.
    pub fn new(record: R) -> Self {
        Self { id: None, record }
    }
}

impl<R: Record> Command for Create<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Create;

    fn name() -> Cow<'static, str> {
        format!("{}.create", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("fields".into(), Json::Object(body_to_json(&self.record.clone().into_any())));
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields`")?;
        json::only_keys(map, &["id", "fields"])?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let record = record_from_json(fields, rules).map_err(|e| e.at("fields"))?;
        Ok(Create { id: id_of(map, "id")?, record })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        // A record made in Rust passes the same door as one from JSON: trimmed, within limits, nothing computed.
        let fields = Json::Object(body_to_json(&self.record.clone().into_any()));
        let record: R = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, record.into_any())?;
        Ok(Saved { id, version: row.version })
    }
}

/// A record from the JSON object of its fields.
pub(super) fn record_from_json<R: Record>(fields: &Json, rules: &Rules) -> Result<R> {
    let map = json::object(fields, "an object of fields")?;
    let kind = kind(R::NAME)?;
    let mut any: AnyRecord = R::default().into_any();
    set_fields(&mut any, &rules.schema(kind), map)?;
    R::from_any(&any).cloned().ok_or_else(|| Problem::Missing { name: R::NAME.into() }.into())
}

/// An id under a key, if it is there.
pub(super) fn id_of(map: &Map<String, Json>, key: &'static str) -> Result<Option<Id>> {
    match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(t)) => t.parse().map(Some).map_err(|e: Error| e.at(key)),
        Some(other) => Err(Error::from(Problem::NotAnId { found: json::shown(other) }).at(key)),
    }
}
