//! Making a record.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::consent_said::keep_field;
use super::similar::{Candidate, similar_to_new};
use super::touch_record::touch_of_form;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, Kind, Lead, Record, body_to_json, set_fields};
use crate::rules::duplicates::{Decision, OnDuplicate};
use crate::rules::{Rules, kind};

/// Makes a record; its id is derived from the command's unless the host gives one.
#[derive(Clone, Debug, PartialEq)]
pub struct Create<R> {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// The record.
    pub record: R,
    /// Of a lead: what happens if it may be there already. `None` is as the configuration says, which does not look
    /// unless it is told to.
    pub on_duplicate: Option<OnDuplicate>,
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
        Self { id: None, record, on_duplicate: None }
    }
}

impl Create<Lead> {
    /// Refuses the lead if a stored lead may be the same ([`Problem::Duplicate`]), or makes it whatever is there; the
    /// trail keeps the choice.
    #[must_use]
    pub fn on_duplicate(mut self, choice: OnDuplicate) -> Self {
        self.on_duplicate = Some(choice);
        self
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
        if let Some(choice) = self.on_duplicate {
            map.insert("on_duplicate".into(), choice.name().into());
        }
        map.insert("fields".into(), Json::Object(body_to_json(&self.record.clone().into_any())));
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields`")?;
        let keys: &[&str] = if R::NAME == Lead::NAME { &["id", "fields", "on_duplicate"] } else { &["id", "fields"] };
        json::only_keys(map, keys)?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let record = record_from_json(fields, rules).map_err(|e| e.at("fields"))?;
        let on_duplicate = map.get("on_duplicate").filter(|v| !v.is_null()).map(OnDuplicate::from_json);
        let on_duplicate = on_duplicate.transpose().map_err(|e| e.at("on_duplicate"))?;
        Ok(Create { id: id_of(map, "id")?, record, on_duplicate })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        // A record made in Rust passes the same door as one from JSON: trimmed, within limits, nothing computed.
        let fields = Json::Object(body_to_json(&self.record.clone().into_any()));
        let record: R = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        let record = record.into_any();
        let refuse = self.on_duplicate.unwrap_or(cx.rules().duplicates().settings().on_create) == OnDuplicate::Refuse;
        if refuse && record.kind() == Kind::Lead {
            refuse_duplicate(cx, &record)?;
        }
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, record)?;
        keep_field(cx, None, &row)?;
        touch_of_form(cx, &row)?;
        Ok(Saved { id, version: row.version })
    }
}

/// Refuses a lead that a stored lead may be. A contact is no reason: customers come back as leads.
fn refuse_duplicate(cx: &mut Cx<'_>, record: &AnyRecord) -> Result<()> {
    let similar = similar_to_new(cx, record.clone())?;
    let same = |c: &&Candidate| c.key.kind == Kind::Lead && c.comparison.decision() >= Decision::Review;
    let ids: Vec<String> = similar.candidates.iter().filter(same).map(|c| c.key.id.to_string()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let problem = Problem::Duplicate { record: Lead::NAME.into(), ids };
    Err(Error::from(problem).with_detail(similar.to_json(None)))
}

/// A record from the JSON object of its fields.
pub(crate) fn record_from_json<R: Record>(fields: &Json, rules: &Rules) -> Result<R> {
    let map = json::object(fields, "an object of fields")?;
    let kind = kind(R::NAME)?;
    let mut any: AnyRecord = R::default().into_any();
    set_fields(&mut any, &rules.schema(kind), map)?;
    R::from_any(&any).cloned().ok_or_else(|| Problem::Missing { name: R::NAME.into() }.into())
}
