//! Remembering that two records are not the same.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::nth_id;
use super::create::Saved;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text;
use crate::model::{AnyRecord, Distinction, Key, Kind};
use crate::rules::Rules;

/// Says of two leads, or of a lead and a contact, that they are not the same: nothing lists them as duplicates of each
/// other any more. The same pair again, in either order, changes nothing but the reason; archiving the distinction
/// (`distinction.archive`) takes it back, and saying so once more brings it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinguish {
    /// The two records, in any order.
    pub ids: [Id; 2],
    /// Why, if somebody wrote it down; an empty text keeps the one that is there.
    pub reason: String,
}

impl Command for Distinguish {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "lead.distinguish".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("ids".into(), self.ids.iter().map(Id::to_string).collect());
        if !self.reason.is_empty() {
            map.insert("reason".into(), self.reason.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `ids`")?;
        json::only_keys(map, &["ids", "reason"])?;
        let ids = map.get("ids").ok_or_else(|| Problem::Missing { name: "ids".into() })?;
        let shape = || Problem::WrongShape { expected: "a list of two ids", found: json::shown(ids) };
        let Some([a, b]) = ids.as_array().map(Vec::as_slice) else { return Err(Error::from(shape()).at("ids")) };
        let reason = match map.get("reason") {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(reason)) => reason.clone(),
            Some(other) => {
                let problem = Problem::WrongShape { expected: "text", found: json::shown(other) };
                return Err(Error::from(problem).at("reason"));
            }
        };
        Ok(Distinguish { ids: [nth_id((0, a))?, nth_id((1, b))?], reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let [a, b] = self.ids;
        if a == b {
            return Err(Error::from(Problem::SameRecord { record: "lead".into(), id: a.to_string() }).at("ids"));
        }
        let reason = text::check(&self.reason).map_err(|e| e.at("reason"))?;
        let contacts = [must_exist(cx, a)?, must_exist(cx, b)?];
        if contacts == [Kind::Contact, Kind::Contact] {
            return Err(Error::from(Problem::NotFound { record: "lead".into(), id: a.to_string() }).at("ids"));
        }
        let key = Key { kind: Kind::Distinction, id: Distinction::id_of(a, b) };
        let row = match cx.row(key)? {
            None => {
                let reason = reason.to_owned();
                let pair = Distinction { first: Some(a.min(b)), second: Some(a.max(b)), reason, ..Default::default() };
                cx.insert(key.id, pair.into())?
            }
            Some(mut row) => {
                row.archived_at = None;
                if let AnyRecord::Distinction(pair) = &mut row.body
                    && !reason.is_empty()
                {
                    reason.clone_into(&mut pair.reason);
                }
                cx.update(row)?
            }
        };
        Ok(Saved { id: row.id, version: row.version })
    }
}

/// The kind of the record: a lead or a contact, archived or not.
fn must_exist(cx: &mut Cx<'_>, id: Id) -> Result<Kind> {
    for kind in [Kind::Lead, Kind::Contact] {
        if cx.row(Key { kind, id })?.is_some() {
            return Ok(kind);
        }
    }
    Err(Error::from(Problem::NotFound { record: "lead".into(), id: id.to_string() }).at("ids"))
}
