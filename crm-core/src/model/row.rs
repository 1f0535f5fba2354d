//! A stored row: a record with its identity, version and clocks.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::{AnyRecord, Kind, Record};
use crate::kernel::error::{Error, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::value::Value;

/// Where a row lives: its kind and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind of record.
    pub kind: Kind,
    /// Its id.
    pub id: Id,
}

/// When a field last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The row's version that changed it.
    pub version: u64,
    /// The instant of that change.
    pub at: Instant,
}

/// The fields of every row, before the declared ones: their places are the first of the schema.
pub const META_FIELDS: &[Field] = &[
    Field::new("id", FieldType::Reference),
    Field::new("created_at", FieldType::Instant),
    Field::new("updated_at", FieldType::Instant),
    Field::new("archived_at", FieldType::Instant),
];

/// A record as it is stored. `B` is a record type, or [`AnyRecord`] inside the engine and the stores.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<B = AnyRecord> {
    /// The row's id, unique within its kind and workspace.
    pub id: Id,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When the row was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was archived; archived rows are kept but not listed.
    pub archived_at: Option<Instant>,
    /// When each field last changed, for fields that changed after the row was made.
    pub clocks: BTreeMap<String, Clock>,
    /// The record itself.
    pub body: B,
}

impl Row<AnyRecord> {
    /// Where the row lives.
    pub const fn key(&self) -> Key {
        Key { kind: self.body.kind(), id: self.id }
    }

    /// The row with its record's own type.
    pub fn typed<R: Record>(&self) -> Option<Row<R>> {
        R::from_any(&self.body).map(|body| Row {
            id: self.id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            archived_at: self.archived_at,
            clocks: self.clocks.clone(),
            body: body.clone(),
        })
    }

    /// The fact of a field by its place in `schema`, host-defined fields included.
    pub fn fact_of(&self, schema: &Schema, index: usize) -> Fact<'_> {
        let Some(own) = index.checked_sub(META_FIELDS.len()) else {
            return match index {
                0 => Fact::Reference(self.id),
                1 => Fact::Instant(self.created_at),
                2 => Fact::Instant(self.updated_at),
                _ => self.archived_at.map_or(Fact::Unknown, Fact::Instant),
            };
        };
        if own < self.body.kind().fields().len() {
            return self.body.fact(own);
        }
        let Some(field) = schema.field(index) else { return Fact::Unknown };
        let value = field.name.strip_prefix("custom.").map(|name| self.body.custom().get(name));
        // A value from before the host declared the field anew with another type is unknown.
        value.filter(|v| v.kind() == Some(field.kind)).map_or(Fact::Unknown, Value::as_fact)
    }

    /// Sets what [`Row::fact_of`] gives; a value of the field's type, or null. The row's id and instants stay.
    ///
    /// # Errors
    /// The field's own check.
    pub(crate) fn set_fact(&mut self, schema: &Schema, index: usize, value: Value) -> Result<()> {
        match index.checked_sub(META_FIELDS.len()) {
            None if index.checked_add(1) == Some(META_FIELDS.len()) => {
                self.archived_at = if let Value::Instant(at) = value { Some(at) } else { None };
                Ok(())
            }
            None => Ok(()),
            Some(own) if own < self.body.kind().fields().len() => self.body.set(own, value),
            Some(_) => {
                if let Some(name) = schema.field(index).and_then(|f| f.name.strip_prefix("custom.")) {
                    self.body.custom_mut().set(name, value);
                }
                Ok(())
            }
        }
    }

    /// The row as facts for rules and conditions.
    pub fn facts<'a>(&'a self, schema: &'a Schema) -> RowFacts<'a> {
        RowFacts { row: self, schema }
    }

    /// The row as JSON: identity, clocks and the known fields. Equal rows give equal text.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        map.insert("version".into(), self.version.into());
        map.insert("created_at".into(), format_instant(self.created_at).into());
        map.insert("updated_at".into(), format_instant(self.updated_at).into());
        if let Some(at) = self.archived_at {
            map.insert("archived_at".into(), format_instant(at).into());
        }
        map.extend(body_to_json(&self.body));
        Json::Object(map)
    }

    /// SHA-256 of the canonical JSON with the clocks: what the audit trail keeps of a row.
    pub fn digest(&self) -> [u8; 32] {
        let clocks: Map<String, Json> = self
            .clocks
            .iter()
            .map(|(field, c)| (field.clone(), serde_json::json!([c.version, c.at.timestamp_micros()])))
            .collect();
        let whole = Json::Array(vec![self.body.kind().name().into(), Json::Object(clocks), self.to_json()]);
        let text = json::canonical(&whole);
        Sha256::digest(text.as_bytes()).into()
    }
}

/// The known fields of a record as JSON, in the order of their declaration; `custom` last.
pub(crate) fn body_to_json(body: &AnyRecord) -> Map<String, Json> {
    let mut map = Map::new();
    for (index, field) in body.kind().fields().iter().enumerate() {
        match body.fact(index) {
            fact if !fact.is_known() => {}
            fact => {
                map.insert(field.name.to_string(), fact.to_value().to_json());
            }
        }
    }
    if !body.custom().is_empty() {
        map.insert("custom".into(), body.custom().to_json());
    }
    map
}

/// Sets fields of a record from a JSON object, with the schema's host-defined fields; gives the names of the fields
/// that were named, whether or not their value changed.
///
/// # Errors
/// An unknown field with the nearest name, a field of the row itself, or a value that the field does not take.
pub(crate) fn set_fields(body: &mut AnyRecord, schema: &Schema, fields: &Map<String, Json>) -> Result<Vec<String>> {
    let mut named = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        if name == "custom" {
            let map = json::object(value, "an object of host-defined fields").map_err(|e| e.at("custom"))?;
            for (custom, value) in map {
                let full = format!("custom.{custom}");
                let (_, field) = schema.resolve(&full).map_err(|e| e.at(&full))?;
                let value = Value::from_json(field.kind, value).map_err(|e| e.at(&full))?;
                body.custom_mut().set(custom, value);
                named.push(full);
            }
            continue;
        }
        let (index, field) = schema.resolve(name).map_err(|e| e.at(name))?;
        let own = index.checked_sub(META_FIELDS.len()).filter(|i| *i < body.kind().fields().len() && !field.computed);
        let Some(own) = own else {
            let problem = crate::kernel::error::Problem::ReadOnly { field: name.clone() };
            return Err(Error::from(problem).at(name));
        };
        let value = Value::from_json(field.kind, value).map_err(|e| e.at(name))?;
        body.set(own, value)?;
        named.push(name.clone());
    }
    Ok(named)
}

/// A row seen as facts.
#[derive(Clone, Copy, Debug)]
pub struct RowFacts<'a> {
    row: &'a Row<AnyRecord>,
    schema: &'a Schema,
}

impl Facts for RowFacts<'_> {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.row.fact_of(self.schema, field)
    }
}
