//! The ids that a command's body names.

use serde_json::{Map, Value as Json};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;

/// An id under a key, if it is there.
pub(super) fn id_of(map: &Map<String, Json>, key: &'static str) -> Result<Option<Id>> {
    map.get(key).filter(|id| !id.is_null()).map(Id::from_json).transpose().map_err(|e| e.at(key))
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
