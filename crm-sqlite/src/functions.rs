//! The functions that queries call inside SQLite: the fold and the words of texts and the host's own fields.

use crm_core::Result;
use crm_core::kernel::text;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as SqlValue, ValueRef};

use crate::error::error;
use crate::row::{self, Part};

/// Makes `crm_fold(text)`, `crm_has_word(text, word, …)`, `crm_has_part(operator, text, part, …)` and
/// `crm_custom(custom, name, part)` known to a connection. [`migrate`](crate::migrate) does it for its own; a host
/// that runs [`apply`](crate::apply) or [`snapshot_in`](crate::snapshot_in) on other connections of a pool calls it
/// on each.
///
/// # Errors
/// SQLite's own.
pub fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("crm_fold", 1, flags, fold).map_err(error)?;
    connection.create_scalar_function("crm_has_word", -1, flags, has_word).map_err(error)?;
    connection.create_scalar_function("crm_has_part", -1, flags, has_part).map_err(error)?;
    connection.create_scalar_function("crm_custom", 3, flags, custom).map_err(error)
}

fn fold(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    Ok(match context.get_raw(0) {
        ValueRef::Text(bytes) => Some(text::fold(&String::from_utf8_lossy(bytes)).into_owned()),
        _ => None,
    })
}

/// The text of an argument; `None` for null and other values.
fn text_at<'c>(context: &'c Context<'_>, index: usize) -> Option<&'c str> {
    let value = (index < context.len()).then(|| context.get_raw(index));
    value.and_then(|v| v.as_str().ok())
}

/// Whether the folded text starts with, ends with or contains one of the parts, which are folded, too.
fn has_part(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let (Some(operator), Some(text)) = (text_at(context, 0), text_at(context, 1)) else { return Ok(None) };
    let mut parts = (2..context.len()).filter_map(|i| text_at(context, i));
    Ok(match operator {
        "starts_with" => Some(parts.any(|part| text.starts_with(part))),
        "ends_with" => Some(parts.any(|part| text.ends_with(part))),
        "contains" => Some(parts.any(|part| text.contains(part))),
        _ => None,
    })
}

/// Whether the text has one of the words, which are as [`text::words`] gives them.
fn has_word(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let Some(ValueRef::Text(text)) = (!context.is_empty()).then(|| context.get_raw(0)) else { return Ok(None) };
    let text = String::from_utf8_lossy(text);
    let wanted = (1..context.len()).filter_map(|i| match context.get_raw(i) {
        ValueRef::Text(word) => std::str::from_utf8(word).ok(),
        _ => None,
    });
    Ok(Some(text::has_word(&text::words(&text), wanted)))
}

fn custom(context: &Context<'_>) -> rusqlite::Result<SqlValue> {
    let (ValueRef::Text(json), ValueRef::Text(name), ValueRef::Text(part)) =
        (context.get_raw(0), context.get_raw(1), context.get_raw(2))
    else {
        return Ok(SqlValue::Null);
    };
    let fail = |e: crm_core::Error| rusqlite::Error::UserFunctionError(Box::new(e));
    let name = std::str::from_utf8(name).unwrap_or_default();
    let part = Part::parse(std::str::from_utf8(part).unwrap_or_default());
    Ok(part.map_or(Ok(None), |part| row::custom_part(json, name, part)).map_err(fail)?.unwrap_or(SqlValue::Null))
}
