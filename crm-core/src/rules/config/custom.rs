//! Fields that the host defines.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::kind;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::json;
use crate::kernel::text;
use crate::model::{Kind, META_FIELDS};

/// Most host-defined fields of one kind of record.
pub const MOST_CUSTOM_FIELDS: usize = 200;
/// Most bytes of a host-defined field's name.
const MOST_NAME_BYTES: usize = 64;

/// A field that the host defines, kept under `custom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// Its name: lower-case letters, digits and `_`, beginning with a letter.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
}

pub(super) fn add_custom(schemas: &mut BTreeMap<Kind, Arc<Schema>>, json: &Json) -> Result<()> {
    for (record, fields) in json::object(json, "an object of lists of fields by record")? {
        let kind = kind(record)?;
        let custom = custom_fields(fields).map_err(|e| e.at(record))?;
        let all = META_FIELDS.iter().chain(kind.fields()).cloned();
        let own = custom.iter().map(|f| Field::custom(&f.name, f.kind));
        schemas.insert(kind, Arc::new(Schema::new(kind.name(), all.chain(own))));
    }
    Ok(())
}

fn custom_fields(json: &Json) -> Result<Vec<CustomField>> {
    let shape =
        || Problem::WrongShape { expected: "a list of fields with `name` and `type`", found: json::shown(json) };
    let list = json.as_array().ok_or_else(shape)?;
    if list.len() > MOST_CUSTOM_FIELDS {
        let (found, most) = (json::length(list.len()), json::length(MOST_CUSTOM_FIELDS));
        return Err(Problem::TooMany { what: "fields", found, most }.into());
    }
    let mut fields: Vec<CustomField> = Vec::with_capacity(list.len());
    for (i, item) in list.iter().enumerate() {
        let field = custom_field(item).map_err(|e| e.at_index(i))?;
        if fields.iter().any(|f| f.name == field.name) {
            return Err(Error::from(RulesProblem::DuplicateId { id: field.name }).at_index(i));
        }
        fields.push(field);
    }
    Ok(fields)
}

fn custom_field(json: &Json) -> Result<CustomField> {
    let map = json::object(json, "an object with `name` and `type`")?;
    json::only_keys(map, &["name", "type"])?;
    let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
    let name = map.get("name").and_then(Json::as_str).ok_or_else(|| missing("name"))?;
    let mut letters = name.bytes();
    // Plain ASCII only, so that no look-alike letter shadows a built-in name in a host's language.
    let plain = letters.next().is_some_and(|b| b.is_ascii_lowercase())
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= MOST_NAME_BYTES;
    if !plain {
        let expected = "a name of lower-case ASCII letters, digits and `_`, at most 64";
        return Err(Error::from(Problem::WrongShape { expected, found: text::shortened(name, 60) }).at("name"));
    }
    let kind = map.get("type").ok_or_else(|| missing("type"))?;
    let kind = json::choice(kind, FieldType::NAMES).map_err(|e| e.at("type"))?;
    Ok(CustomField { name: name.into(), kind })
}
