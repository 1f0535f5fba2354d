//! Segments that people make: their conditions, and whether they are in use.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{required_text, text_of, version_of};
use super::segment_uses::refuse_in_use;
use super::segments::{Shelf, ruled, segment_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::kernel::segment_problem::SegmentProblem;
use crate::model::{Key, Kind, Row, Segment};
use crate::rules::segment::{Definition, KINDS, Pins, Segment as Ruled};
use crate::rules::{Rules, check, kind};

/// A segment that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSaved {
    /// Its row.
    pub id: Id,
    /// Its code.
    pub code: String,
    /// The version of its row.
    pub version: u64,
    /// The version of its condition.
    pub segment_version: i64,
}

/// What may be said of a segment; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentSaid {
    /// What it is called.
    pub name: Option<String>,
    /// Who is responsible.
    pub owner: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who belongs to it.
    pub definition: Option<Definition>,
}

/// Makes a segment: `{"code": "vip", "record": "account", "name": "VIP", "where": {...}, "zone": "Europe/Paris"}`. Without `where`
/// it is a list by name.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSegment {
    /// What others call it.
    pub code: String,
    /// The record that it is of.
    pub kind: Kind,
    /// The rest.
    pub said: SegmentSaid,
}

/// Changes a segment: `{"code": "vip", "version": 3, "where": {...}}`; `"where": null` makes a list by name of it. The condition
/// is given as a whole, with `zone` and `week_start`. Who enters and leaves by it is noted by the next `segment.refresh`.
#[derive(Clone, Debug, PartialEq)]
pub struct EditSegment {
    /// The segment.
    pub code: String,
    /// The version of the row that the person saw; another one is refused.
    pub version: Option<u64>,
    /// What changes.
    pub said: SegmentSaid,
}

/// Puts a segment away that no other one, no rule of routing and no saved view or report names: `{"code": "vip"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSegment {
    /// The segment.
    pub code: String,
}

/// Brings a segment back: `{"code": "vip"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreSegment {
    /// The segment.
    pub code: String,
}

impl SegmentSaid {
    fn read(map: &Map<String, Json>) -> Result<Self> {
        let name = text_of(map, "name")?;
        if name.as_deref() == Some("") {
            return Err(Error::from(RulesProblem::Empty { what: "name" }).at("name"));
        }
        let own = ["where", "zone", "week_start"];
        let definition: Map<String, Json> =
            own.iter().filter_map(|key| Some(((*key).to_owned(), map.get(*key)?.clone()))).collect();
        let definition = match definition.is_empty() {
            true => None,
            false => Some(Definition::from_json(&Json::Object(definition))?),
        };
        Ok(Self { name, owner: text_of(map, "owner")?, description: text_of(map, "description")?, definition })
    }

    fn write(&self, map: &mut Map<String, Json>) {
        for (key, text) in [("name", &self.name), ("owner", &self.owner), ("description", &self.description)] {
            if let Some(text) = text {
                map.insert(key.into(), text.as_str().into());
            }
        }
        if let Some(definition) = &self.definition {
            map.insert("where".into(), Json::Null);
            map.extend(definition.to_json());
        }
    }

    fn apply(&self, segment: &mut Segment) {
        let texts = [
            (&mut segment.name, &self.name),
            (&mut segment.owner, &self.owner),
            (&mut segment.description, &self.description),
        ];
        for (to, from) in texts {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        if let Some(definition) = &self.definition {
            let written = json::canonical(&Json::Object(definition.to_json()));
            if segment.definition != written {
                segment.definition = written;
                segment.revision = Some(segment.revision.unwrap_or(0).saturating_add(1));
            }
        }
    }
}

fn code_of(map: &Map<String, Json>) -> Result<String> {
    let code = required_text(map, "code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    Ok(code)
}

/// The row of a segment, archived or not.
///
/// # Errors
/// [`SegmentProblem::Unknown`].
pub(super) fn any_segment(cx: &mut Cx<'_>, code: &str) -> Result<(Row, Segment)> {
    let row = cx.row(Key { kind: Kind::Segment, id: Segment::id_of(code) })?;
    let found = row.and_then(|row| {
        let segment = segment_of(&row)?.clone();
        Some((row, segment))
    });
    let unknown = || Error::from(SegmentProblem::Unknown { segment: code.to_owned() }).at("code");
    found.ok_or_else(unknown)
}

/// The row of a segment in use.
///
/// # Errors
/// [`SegmentProblem::Unknown`].
pub(super) fn segment_in_use(cx: &mut Cx<'_>, code: &str) -> Result<(Row, Segment)> {
    let unknown = || Error::from(SegmentProblem::Unknown { segment: code.to_owned() }).at("code");
    let (row, segment) = any_segment(cx, code)?;
    if row.archived_at.is_some() { Err(unknown()) } else { Ok((row, segment)) }
}

/// Refuses a condition that does not fit the record, names what is not there, or comes back to itself.
fn refuse_unsound(cx: &mut Cx<'_>, segment: &Segment) -> Result<()> {
    let (rules, at) = (cx.rules(), cx.at());
    let shelf = Shelf { rules, at };
    let mut book = shelf.empty();
    let own = Ruled { pins: Pins::default(), ..ruled(segment)? };
    let named: Vec<String> = own.definition.filter.iter().flat_map(Predicate::segments).map(str::to_owned).collect();
    let kind = own.kind;
    book.put(own);
    let codes: Vec<&str> = named.iter().map(String::as_str).collect();
    cx.by_itself(|cx| shelf.read(&mut |query| cx.find(query), &mut book, &codes))?;
    let prefix = format!("{}.", segment.code);
    // The command's own condition stands under `where`, without the code.
    let checked = book.check(&segment.code, &rules.schema(kind), at);
    checked.map_err(|e| match e.field().and_then(|path| path.strip_prefix(&prefix)).map(str::to_owned) {
        Some(path) => Error::from(e.problem().clone()).at(&path),
        None => e,
    })
}

fn saved(row: &Row, segment: &Segment) -> SegmentSaved {
    let segment_version = segment.revision.unwrap_or(1);
    SegmentSaved { id: row.id, code: segment.code.clone(), version: row.version, segment_version }
}

impl Command for CreateSegment {
    type Output = SegmentSaved;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        "segment.create".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        map.insert("record".into(), self.kind.name().into());
        self.said.write(&mut map);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code` and `record`")?;
        json::only_keys(map, &["code", "record", "name", "owner", "description", "where", "zone", "week_start"])?;
        let name = required_text(map, "record")?;
        let kind = kind(&name).map_err(|e| e.at("record"))?;
        if !KINDS.contains(&kind) {
            return Err(json::not_one_of(&name.into(), crate::rules::segment::KIND_NAMES).at("record"));
        }
        Ok(Self { code: code_of(map)?, kind, said: SegmentSaid::read(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SegmentSaved> {
        let mut segment = Segment {
            code: self.code.clone(),
            kind: self.kind.name().to_owned(),
            owner: cx.actor().name().to_owned(),
            ..Segment::default()
        };
        self.said.apply(&mut segment);
        if segment.name.is_empty() {
            segment.name.clone_from(&self.code);
        }
        segment.revision = Some(1);
        refuse_unsound(cx, &segment)?;
        let row = cx.insert(Segment::id_of(&self.code), segment.clone().into())?;
        Ok(saved(&row, &segment))
    }
}

impl Command for EditSegment {
    type Output = SegmentSaved;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        "segment.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        self.said.write(&mut map);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code", "version", "name", "owner", "description", "where", "zone", "week_start"])?;
        Ok(Self { code: code_of(map)?, version: version_of(map)?, said: SegmentSaid::read(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SegmentSaved> {
        let (row, mut segment) = segment_in_use(cx, &self.code)?;
        if let Some(expected) = self.version.filter(|version| *version != row.version) {
            let (record, id) = (Kind::Segment.name().into(), row.id.to_string());
            return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
        }
        self.said.apply(&mut segment);
        refuse_unsound(cx, &segment)?;
        let row = cx.update(Row { body: segment.clone().into(), ..row })?;
        Ok(saved(&row, &segment))
    }
}

impl Command for ArchiveSegment {
    type Output = SegmentSaved;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        "segment.archive".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code"])?;
        Ok(Self { code: code_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SegmentSaved> {
        let (mut row, segment) = segment_in_use(cx, &self.code)?;
        refuse_in_use(cx, &row, &segment)?;
        row.archived_at = Some(cx.at());
        let row = cx.update(row)?;
        Ok(saved(&row, &segment))
    }
}

impl Command for RestoreSegment {
    type Output = SegmentSaved;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        "segment.restore".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"code": self.code})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code"])?;
        Ok(Self { code: code_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SegmentSaved> {
        let (mut row, segment) = any_segment(cx, &self.code)?;
        // What it names may be gone, or name it by now.
        refuse_unsound(cx, &segment)?;
        row.archived_at = None;
        let row = cx.update(row)?;
        Ok(saved(&row, &segment))
    }
}
