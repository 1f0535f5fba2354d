//! The functions that queries call inside SQLite: the fold and the words of texts and the host's own fields.

use crm_core::Result;
use crm_core::kernel::text;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as SqlValue, ValueRef};

use crate::error::error;
use crate::row::{self, Part};

/// Makes `crm_fold(text)`, `crm_has_word(text, word, …)` and `crm_custom(custom, name, part)` known to a connection.
/// [`migrate`](crate::migrate) does it for its own; a host that runs [`apply`](crate::apply) or [`snapshot_in`](crate::snapshot_in) on other
/// connections of a pool calls it on each.
///
/// # Errors
/// SQLite's own.
pub fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("crm_fold", 1, flags, fold).map_err(error)?;
    connection.create_scalar_function("crm_has_word", -1, flags, has_word).map_err(error)?;
    connection.create_scalar_function("crm_custom", 3, flags, custom).map_err(error)
}

fn fold(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
    Ok(match context.get_raw(0) {
        ValueRef::Text(bytes) => Some(text::fold(&String::from_utf8_lossy(bytes)).into_owned()),
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
