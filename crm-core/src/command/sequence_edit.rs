//! Sequences that people make: a first version, further ones, and whether they take records.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::text_of;
use super::definitions::{code_of, definition_in, definition_without, only_code, refuse_former, said, seen_version};
use super::sequences::{compiled, document, sequence_row, stored};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::sequence_reason::Availability;
use crate::model::{Kind, Row, Sequence as SequenceRow};
use crate::rules::Rules;

/// What a definition does not say: the command does.
const OWN: &[&str] = &["id", "version", "status"];

/// A version of a sequence that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceSaved {
    /// The row of the version.
    pub id: Id,
    /// What enrolments call the sequence.
    pub code: String,
    /// The version.
    pub version: u32,
    /// Whether it takes records.
    pub status: String,
}

/// Makes a sequence: `{"code": "spring", "title": "Printemps", "definition": {"steps": [...]}}`. The definition is what the
/// configuration `sequence` has, without id, version and status. It takes nobody until it is activated.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSequence {
    /// What enrolments call it.
    pub code: String,
    /// What people read.
    pub title: String,
    /// What it does.
    pub definition: Map<String, Json>,
    /// Why, in the author's words.
    pub note: String,
}

/// Makes the next version of a sequence, also of a configured one: `{"code": "spring", "version": 1, "definition": {...}}`.
/// Who is enrolled keeps the version; whether it takes records stays as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct EditSequence {
    /// The sequence.
    pub code: String,
    /// The latest version, as the author saw it.
    pub version: Option<u32>,
    /// What people read; `None` leaves it.
    pub title: Option<String>,
    /// What it does.
    pub definition: Map<String, Json>,
    /// What was changed, in the author's words.
    pub note: String,
}

/// Lets a sequence take records: `{"code": "spring"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivateSequence {
    /// The sequence.
    pub code: String,
}

/// Lets a sequence take nobody; what runs goes on: `{"code": "spring"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseSequence {
    /// The sequence.
    pub code: String,
}

fn definition_of(map: &Map<String, Json>) -> Result<Map<String, Json>> {
    let found = definition_in(map)?;
    let definition = json::object(found, "an object with `steps`").map_err(|e| e.at("definition"))?;
    definition_without(definition, OWN, "no `id`, `version` or `status`")
}

/// A version as its row.
struct Version<'a> {
    code: &'a str,
    number: u32,
    title: String,
    definition: &'a Map<String, Json>,
    status: Availability,
    note: &'a str,
}

impl Version<'_> {
    fn save(self, cx: &mut Cx<'_>) -> Result<SequenceSaved> {
        let document = document(self.code, self.number, self.definition);
        let hash = cx.rules().sequence(&document).map_err(|e| e.at("definition"))?.hash;
        let row = SequenceRow {
            code: self.code.to_owned(),
            number: Some(self.number.into()),
            title: self.title,
            definition: json::canonical(&Json::Object(self.definition.clone())),
            hash,
            status: Some(self.status),
            author: cx.actor().name().to_owned(),
            note: self.note.to_owned(),
            ..SequenceRow::default()
        };
        let id = SequenceRow::id_of(self.code, self.number);
        cx.insert(id, row.into())?;
        let (code, status) = (self.code.to_owned(), self.status.code().to_owned());
        Ok(SequenceSaved { id, code, version: self.number, status })
    }
}

impl Command for CreateSequence {
    type Output = SequenceSaved;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "sequence.create".into()
    }

    fn to_json(&self) -> Json {
        let mut map = said(&self.code, &self.definition, &self.note);
        if !self.title.is_empty() {
            map.insert("title".into(), self.title.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `definition`")?;
        json::only_keys(map, &["code", "title", "definition", "note"])?;
        let text = |key: &str| Ok::<_, Error>(text_of(map, key)?.unwrap_or_default());
        Ok(Self { code: code_of(map)?, title: text("title")?, definition: definition_of(map)?, note: text("note")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SequenceSaved> {
        let is_configured = cx.rules().sequences().find(&self.code, None).is_ok();
        if is_configured || stored(cx, &self.code, None)?.is_some() {
            return Err(Problem::AlreadyExists { record: Kind::Sequence.name().into(), id: self.code.clone() }.into());
        }
        let (title, status) = (self.title.clone(), Availability::Draft);
        let (code, definition, note) = (&self.code, &self.definition, &self.note);
        Version { code, number: 1, title, definition, status, note }.save(cx)
    }
}

impl Command for EditSequence {
    type Output = SequenceSaved;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "sequence.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = said(&self.code, &self.definition, &self.note);
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        if let Some(title) = &self.title {
            map.insert("title".into(), title.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `definition`")?;
        json::only_keys(map, &["code", "version", "title", "definition", "note"])?;
        Ok(Self {
            code: code_of(map)?,
            version: seen_version(map)?,
            title: text_of(map, "title")?,
            definition: definition_of(map)?,
            note: text_of(map, "note")?.unwrap_or_default(),
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SequenceSaved> {
        let row = stored(cx, &self.code, None)?;
        let latest = super::sequences::sequence_of(cx, &self.code, None).map_err(|e| e.at("code"))?;
        refuse_former(Kind::Sequence, &self.code, self.version, latest.version)?;
        let known = row.as_ref().and_then(sequence_row).map(|row| row.title.clone());
        let title = self.title.clone().or(known).unwrap_or_default();
        let number = latest.version.saturating_add(1);
        let (code, definition, note) = (&self.code, &self.definition, &self.note);
        Version { code, number, title, definition, status: latest.status, note }.save(cx)
    }
}

/// Sets whether the latest stored version takes records. A configured sequence says so in its configuration.
fn switch(cx: &mut Cx<'_>, code: &str, status: Availability) -> Result<SequenceSaved> {
    let latest = super::sequences::sequence_of(cx, code, None).map_err(|e| e.at("code"))?;
    let missing = || Problem::NotFound { record: Kind::Sequence.name().into(), id: code.to_owned() };
    let row = stored(cx, code, None)?.ok_or_else(missing)?;
    let body = sequence_row(&row).cloned().ok_or_else(missing)?;
    if body.number != Some(latest.version.into()) {
        return Err(missing().into());
    }
    // What cannot be compiled any more is told now and not when somebody is enrolled.
    compiled(cx.rules(), &body)?;
    let row = cx.update(Row { body: SequenceRow { status: Some(status), ..body }.into(), ..row })?;
    let (id, code, status) = (row.id, code.to_owned(), status.code().to_owned());
    Ok(SequenceSaved { id, code, version: latest.version, status })
}

impl Command for ActivateSequence {
    type Output = SequenceSaved;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "sequence.activate".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        Ok(Self { code: only_code(body)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SequenceSaved> {
        switch(cx, &self.code, Availability::Active)
    }
}

impl Command for PauseSequence {
    type Output = SequenceSaved;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "sequence.pause".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        Ok(Self { code: only_code(body)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SequenceSaved> {
        switch(cx, &self.code, Availability::Paused)
    }
}
