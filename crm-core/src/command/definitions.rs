//! What commands that write versions of a definition have in common: playbooks and sequences.

use serde_json::{Map, Value as Json};

use super::body::{required_text, version_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::model::Kind;
use crate::rules::check;

/// The code of a definition, under `code`.
pub(super) fn code_of(map: &Map<String, Json>) -> Result<String> {
    let code = required_text(map, "code")?;
    check::id(&code).map_err(|e| e.at("code"))?;
    Ok(code)
}

/// The code of a command that says nothing else.
pub(super) fn only_code(body: &Json) -> Result<String> {
    let map = json::object(body, "an object with `code`")?;
    json::only_keys(map, &["code"])?;
    code_of(map)
}

/// What is under `definition`.
pub(super) fn definition_in(map: &Map<String, Json>) -> Result<&Json> {
    Ok(map.get("definition").ok_or_else(|| Problem::Missing { name: "definition".into() })?)
}

/// A definition without what the command itself says.
pub(super) fn definition_without(
    definition: &Map<String, Json>,
    own: &[&str],
    expected: &'static str,
) -> Result<Map<String, Json>> {
    match own.iter().find(|key| definition.contains_key(**key)) {
        Some(key) => {
            let found = json::shown(&Json::Object(definition.clone()));
            Err(Error::from(Problem::WrongShape { expected, found }).at(key).at("definition"))
        }
        None => Ok(definition.clone()),
    }
}

/// The latest version, as the author saw it.
pub(super) fn seen_version(map: &Map<String, Json>) -> Result<Option<u32>> {
    Ok(version_of(map)?.map(|version| u32::try_from(version).unwrap_or(u32::MAX)))
}

/// Refuses an edit of another version than the latest.
pub(super) fn refuse_former(kind: Kind, code: &str, seen: Option<u32>, latest: u32) -> Result<()> {
    match seen.filter(|seen| *seen != latest) {
        Some(seen) => {
            let (record, id) = (kind.name().into(), code.to_owned());
            Err(Problem::Conflict { record, id, expected: seen.into(), found: latest.into() }.into())
        }
        None => Ok(()),
    }
}

/// A version's code, definition and note as JSON.
pub(super) fn said(code: &str, definition: &Map<String, Json>, note: &str) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("code".into(), code.into());
    map.insert("definition".into(), Json::Object(definition.clone()));
    if !note.is_empty() {
        map.insert("note".into(), note.into());
    }
    map
}
