//! The rule `csv_cell`: how a value is written into a cell of a CSV file, by the type of its column.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::read::{Object, text};
use crate::kernel::csv::{Cell, CsvFormat, restored};
use crate::kernel::error::{Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::value::Value;

/// Takes `{"type": "text", "value": "=1+1", "format": {...}}` and gives `{"cell": "'=1+1"}`: the bytes of the cell in
/// the file, quotes included (see [`kernel::csv`](crate::kernel::csv)). `type` is a field's type, `format` the options
/// of [`CsvFormat::from_json`]. With `cell` (the text of a cell, its quotes taken off) in place of `value`, the answer
/// is `{"value": ...}`: the text that was written.
///
/// # Errors
/// An unknown type, or a value of another type, with its path.
pub fn eval_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["type", "value", "cell", "format"])?;
    let format = o.optional("format", CsvFormat::from_json)?.unwrap_or_default();
    if let Some(cell) = o.optional("cell", text)? {
        if o.get("value").is_some() {
            let (expected, found) = ("either `value` or `cell`", json::shown(input));
            return Err(Problem::WrongShape { expected, found }.into());
        }
        return Ok(serde_json::json!({"value": restored(&cell)}));
    }
    let kind: FieldType = json::choice(o.required("type")?, FieldType::NAMES).map_err(|e| e.at("type"))?;
    let mut out = String::new();
    match (kind, o.get("value")) {
        // Text is written as it is, blanks at its ends and all.
        (FieldType::Text, Some(Json::String(text))) => Cell::Text(Cow::Borrowed(text)).write(&mut out, &format),
        (kind, value) => {
            let value = Value::from_json(kind, value.unwrap_or(&Json::Null)).map_err(|e| e.at("value"))?;
            Cell::of(&value).write(&mut out, &format);
        }
    }
    Ok(serde_json::json!({"cell": out}))
}
