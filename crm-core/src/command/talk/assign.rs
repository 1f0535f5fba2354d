//! Who is responsible for a conversation, and which records it belongs to.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::super::body::{head, head_json, id_of, text_of};
use super::super::create::Saved;
use super::super::patch::patch;
use super::super::targets::{TARGETS, Targets, context_of};
use super::super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::Rules;

/// Gives a conversation to somebody, or to the records that it belongs to: `{"id": "...", "owner": "marie", "contact":
/// "..."}`. What goes with the given records goes with it. Nobody chooses between several records any more once a lead or a
/// contact was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignConversation {
    /// The conversation.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// Who is responsible from then on; nobody where it is empty, as it is where it is `None`.
    pub owner: Option<String>,
    /// The records that it belongs to.
    pub records: Vec<Key>,
}

const KEYS: &[&str] = &["id", "version", "owner", "account", "contact", "deal", "lead", "ticket"];

impl Command for AssignConversation {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "conversation.assign".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(owner) = &self.owner {
            map.insert("owner".into(), owner.as_str().into());
        }
        for key in &self.records {
            map.insert(key.kind.name().into(), key.id.to_string().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id` and what is assigned")?;
        json::only_keys(map, KEYS)?;
        let (id, version) = head(map)?;
        let mut records = Vec::new();
        for kind in TARGETS {
            records.extend(id_of(map, kind.name())?.map(|id| Key { kind: *kind, id }));
        }
        Ok(Self { id, version, owner: text_of(map, "owner")?, records })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let key = Key { kind: Kind::Conversation, id: self.id };
        if self.owner.is_none() && self.records.is_empty() {
            return Err(
                Problem::MissingOneOf { names: &["owner", "account", "contact", "deal", "lead", "ticket"] }.into()
            );
        }
        let given = self.records.iter().fold(Targets::default(), |all, key| all.with(*key)).checked(cx, false)?;
        let mut fields = Map::new();
        if let Some(owner) = &self.owner {
            fields.insert("owner".into(), owner.as_str().into());
        }
        // A record that was not named goes with those that were, never in place of what is known.
        let row = cx.active(key)?;
        let known = Targets::of(&row.body);
        let context = context_of(cx, &given)?;
        for kind in TARGETS {
            let named = given.get(*kind).or_else(|| context.get(*kind).filter(|_| known.get(*kind).is_none()));
            if let Some(id) = named {
                fields.insert(kind.name().into(), id.to_string().into());
            }
        }
        let saved = patch(cx, key, self.version, &fields)?;
        let is_told = given.get(Kind::Lead).is_some() || given.get(Kind::Contact).is_some();
        let row = cx.existing(key)?;
        if let AnyRecord::Conversation(talk) = &row.body
            && is_told
            && !talk.candidates.is_empty()
        {
            let mut talk = talk.clone();
            talk.candidates.clear();
            let row = cx.by_itself(|cx| cx.update(Row { body: AnyRecord::Conversation(talk), ..row.clone() }))?;
            return Ok(Saved { id: row.id, version: row.version });
        }
        Ok(saved)
    }
}
