//! The quick note: free context on any record, without opening it.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::create::Saved;
use super::targets::{TARGETS, Targets};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text;
use crate::model::{AnyRecord, Key, Kind, Note};
use crate::rules::Rules;

/// The records that take notes, by the names that people give them: a customer is an account.
const RECORDS: &[&str] = &["account", "contact", "customer", "deal", "lead", "ticket"];

/// Adds a note to one record. A note is no contact with the customer, so that it ends no silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddNote {
    /// The record.
    pub target: Key,
    /// What somebody wants to remember.
    pub text: String,
}

impl Command for AddNote {
    type Output = Saved;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "note.add".into()
    }

    fn to_json(&self) -> Json {
        let (record, id) = (self.target.kind.name(), self.target.id.to_string());
        serde_json::json!({"record": record, "id": id, "text": self.text})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `record`, `id` and `text`")?;
        json::only_keys(map, &["record", "id", "text"])?;
        let record = said(map, "record")?;
        let unknown = || Problem::NotOneOf { found: text::shortened(record, 60), expected: RECORDS };
        let name = if record == "customer" { Kind::Account.name() } else { record };
        let kind = TARGETS.iter().copied().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| Error::from(unknown()).at("record"))?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(AddNote { target: Key { kind, id }, text: said(map, "text")?.to_owned() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let said = text::check(&self.text).map_err(|e| e.at("text"))?;
        if said.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "text" }).at("text"));
        }
        cx.active(self.target).map_err(|e| e.at("id"))?;
        let note = Note { text: said.to_owned(), author: cx.actor().name().to_owned(), ..Note::default() };
        let mut body: AnyRecord = note.into();
        Targets::one(self.target).write(&mut body)?;
        let id = cx.new_id();
        let row = cx.insert(id, body)?;
        Ok(Saved { id, version: row.version })
    }
}

fn said<'a>(map: &'a Map<String, Json>, key: &'static str) -> Result<&'a str> {
    match map.get(key) {
        Some(Json::String(text)) => Ok(text),
        None | Some(Json::Null) => Err(Problem::Missing { name: key.into() }.into()),
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key)),
    }
}
