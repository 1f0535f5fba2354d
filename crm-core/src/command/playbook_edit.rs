//! Playbooks that people make: a first version, further ones, and whether new runs start with them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::text_of;
use super::definitions::{code_of, definition_in, definition_without, only_code, refuse_former, said, seen_version};
use super::playbooks::{compiled, document, playbook_of, playbook_row, stored};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Kind, Playbook as PlaybookRow, Row};
use crate::rules::Rules;

/// What a definition does not say: the command does.
const OWN: &[&str] = &["code", "version", "active"];

/// A version of a playbook that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookSaved {
    /// The row of the version.
    pub id: Id,
    /// What runs call the playbook.
    pub code: String,
    /// The version.
    pub version: u32,
    /// Whether new runs start with it.
    pub active: bool,
}

/// Makes a playbook: `{"code": "rollout", "definition": {"title": "...", "steps": [...]}}`. The definition is what
/// `playbooks.items` of the configuration has, without code, version and active. No run starts with it until it is activated.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePlaybook {
    /// What runs call it.
    pub code: String,
    /// What it says.
    pub definition: Map<String, Json>,
    /// Why, in the author's words.
    pub note: String,
}

/// Makes the next version of a playbook, also of a configured one: `{"code": "rollout", "version": 1, "definition": {...}}`.
/// Runs keep their version until they are migrated; whether new ones start stays as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct EditPlaybook {
    /// The playbook.
    pub code: String,
    /// The latest version, as the author saw it.
    pub version: Option<u32>,
    /// What it says.
    pub definition: Map<String, Json>,
    /// What was changed, in the author's words.
    pub note: String,
}

/// Lets runs start with a playbook: `{"code": "rollout"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivatePlaybook {
    /// The playbook.
    pub code: String,
}

/// Lets no run start with a playbook; those that there are go on: `{"code": "rollout"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeactivatePlaybook {
    /// The playbook.
    pub code: String,
}

fn definition_of(map: &Map<String, Json>) -> Result<Map<String, Json>> {
    let found = definition_in(map)?;
    let definition = json::object(found, "an object with `title` and `steps`").map_err(|e| e.at("definition"))?;
    definition_without(definition, OWN, "no `code`, `version` or `active`")
}

/// A version that is to be kept.
struct Version<'a> {
    code: &'a str,
    number: u32,
    definition: &'a Map<String, Json>,
    active: bool,
    note: &'a str,
}

impl Version<'_> {
    fn save(self, cx: &mut Cx<'_>) -> Result<PlaybookSaved> {
        let document = document(self.code, self.number, self.active, self.definition);
        let playbook = cx.rules().playbook(&document).map_err(|e| e.at("definition"))?;
        let language = cx.rules().templates().language();
        let row = PlaybookRow {
            code: self.code.to_owned(),
            number: Some(self.number.into()),
            title: playbook.title.text(language).to_owned(),
            definition: json::canonical(&Json::Object(self.definition.clone())),
            hash: playbook.hash,
            active: Some(self.active),
            author: cx.actor().name().to_owned(),
            note: self.note.to_owned(),
            ..PlaybookRow::default()
        };
        let id = PlaybookRow::id_of(self.code, self.number);
        cx.insert(id, row.into())?;
        Ok(PlaybookSaved { id, code: self.code.to_owned(), version: self.number, active: self.active })
    }
}

impl Command for CreatePlaybook {
    type Output = PlaybookSaved;
    const VERB: Verb = Verb::Plan;

    fn name() -> Cow<'static, str> {
        "playbook.create".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(said(&self.code, &self.definition, &self.note))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `definition`")?;
        json::only_keys(map, &["code", "definition", "note"])?;
        let note = text_of(map, "note")?.unwrap_or_default();
        Ok(Self { code: code_of(map)?, definition: definition_of(map)?, note })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<PlaybookSaved> {
        let is_configured = cx.rules().playbooks().find(&self.code, None).is_ok();
        if is_configured || stored(cx, &self.code, None)?.is_some() {
            return Err(Problem::AlreadyExists { record: Kind::Playbook.name().into(), id: self.code.clone() }.into());
        }
        let (code, definition, note) = (&self.code, &self.definition, &self.note);
        Version { code, number: 1, definition, active: false, note }.save(cx)
    }
}

impl Command for EditPlaybook {
    type Output = PlaybookSaved;
    const VERB: Verb = Verb::Plan;

    fn name() -> Cow<'static, str> {
        "playbook.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = said(&self.code, &self.definition, &self.note);
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `definition`")?;
        json::only_keys(map, &["code", "version", "definition", "note"])?;
        Ok(Self {
            code: code_of(map)?,
            version: seen_version(map)?,
            definition: definition_of(map)?,
            note: text_of(map, "note")?.unwrap_or_default(),
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<PlaybookSaved> {
        let latest = playbook_of(cx, &self.code, None).map_err(|e| e.at("code"))?;
        refuse_former(Kind::Playbook, &self.code, self.version, latest.version)?;
        let (code, definition, note) = (&self.code, &self.definition, &self.note);
        let number = latest.version.saturating_add(1);
        Version { code, number, definition, active: latest.active, note }.save(cx)
    }
}

/// Sets whether runs start with the latest stored version. A configured playbook says so in its configuration.
fn switch(cx: &mut Cx<'_>, code: &str, active: bool) -> Result<PlaybookSaved> {
    let latest = playbook_of(cx, code, None).map_err(|e| e.at("code"))?;
    let missing = || Problem::NotFound { record: Kind::Playbook.name().into(), id: code.to_owned() };
    let row = stored(cx, code, None)?.ok_or_else(missing)?;
    let body = playbook_row(&row).cloned().ok_or_else(missing)?;
    if body.number != Some(latest.version.into()) {
        return Err(missing().into());
    }
    // What cannot be compiled any more is told now and not when a run starts.
    compiled(cx.rules(), &body)?;
    let row = cx.update(Row { body: PlaybookRow { active: Some(active), ..body }.into(), ..row })?;
    Ok(PlaybookSaved { id: row.id, code: code.to_owned(), version: latest.version, active })
}

impl Command for ActivatePlaybook {
    type Output = PlaybookSaved;
    const VERB: Verb = Verb::Plan;

    fn name() -> Cow<'static, str> {
        "playbook.activate".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        Ok(Self { code: only_code(body)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<PlaybookSaved> {
        switch(cx, &self.code, true)
    }
}

impl Command for DeactivatePlaybook {
    type Output = PlaybookSaved;
    const VERB: Verb = Verb::Plan;

    fn name() -> Cow<'static, str> {
        "playbook.deactivate".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        Ok(Self { code: only_code(body)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<PlaybookSaved> {
        switch(cx, &self.code, false)
    }
}
