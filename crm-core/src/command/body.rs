//! What a command's body names: ids, versions, texts and instants, each under its key.

use serde_json::{Map, Value as Json};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::rules::read::instant;

/// An id under a key, if it is there.
pub(super) fn id_of(map: &Map<String, Json>, key: &'static str) -> Result<Option<Id>> {
    map.get(key).filter(|id| !id.is_null()).map(Id::from_json).transpose().map_err(|e| e.at(key))
}

/// The row's id and the version that the person saw.
pub(super) fn head(map: &Map<String, Json>) -> Result<(Id, Option<u64>)> {
    let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
    Ok((id, version_of(map)?))
}

/// The same of a command that says nothing else.
pub(super) fn only_head(body: &Json) -> Result<(Id, Option<u64>)> {
    let map = json::object(body, "an object with `id`")?;
    json::only_keys(map, &["id", "version"])?;
    head(map)
}

/// The version under `version`, if it is there.
pub(super) fn version_of(map: &Map<String, Json>) -> Result<Option<u64>> {
    match json::count_of(map, "version")? {
        Some(0) => Err(Error::from(Problem::NotAnInteger { found: "0".into() }).at("version")),
        version => Ok(version),
    }
}

/// The id and the version as JSON.
pub(super) fn head_json(id: Id, version: Option<u64>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("id".into(), id.to_string().into());
    if let Some(version) = version {
        map.insert("version".into(), version.into());
    }
    map
}

/// The text under a key as it is, if there is one.
pub(super) fn raw_text<'b>(map: &'b Map<String, Json>, key: &str) -> Result<Option<&'b str>> {
    match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key)),
    }
}

/// The text under a key, checked, if there is one.
pub(super) fn text_of(map: &Map<String, Json>, key: &str) -> Result<Option<String>> {
    let found = raw_text(map, key)?.map(text::check).transpose().map_err(|e| e.at(key))?;
    Ok(found.map(str::to_owned))
}

/// The text under a key, which must be there.
pub(super) fn required_text(map: &Map<String, Json>, key: &str) -> Result<String> {
    Ok(text_of(map, key)?.ok_or_else(|| Problem::Missing { name: key.into() })?)
}

/// The instant under a key, if there is one.
pub(super) fn instant_of(map: &Map<String, Json>, key: &'static str) -> Result<Option<Instant>> {
    map.get(key).filter(|v| !v.is_null()).map(instant).transpose().map_err(|e| e.at(key))
}

/// The records of a command, under `ids`.
pub(super) fn ids_of(map: &Map<String, Json>) -> Result<Vec<Id>> {
    let ids = map.get("ids").and_then(Json::as_array).ok_or_else(|| Problem::Missing { name: "ids".into() })?;
    ids.iter().enumerate().map(nth_id).collect()
}

/// One of the ids under `ids`, with its place.
pub(super) fn nth_id((place, id): (usize, &Json)) -> Result<Id> {
    Id::from_json(id).map_err(|e| e.at_index(place).at("ids"))
}

/// Refuses more records than one command takes.
pub(super) fn at_most(most: usize, ids: &[Id]) -> Result<()> {
    if ids.len() <= most {
        return Ok(());
    }
    let (found, most) = (json::length(ids.len()), json::length(most));
    Err(Error::from(Problem::TooMany { what: "records", found, most }).at("ids"))
}
