//! An activity as people see it; of a removed one only that there was one.

use serde_json::{Map, Value as Json};

use crate::kernel::time::format_instant;
use crate::model::{Row, body_to_json};

/// What stays to be seen of a removed activity: that it was there, and with whom. What was said does not.
const LEFT: &[&str] = &["kind", "direction", "happened_at", "actor", "account", "contact", "deal", "lead", "ticket"];
/// What only the library reads.
const INNER: &[&str] = &["template", "template_version", "template_values", "template_hash"];

/// An activity's fields with when it happened (`happened_at`) and when it was logged (`logged_at`), and its `status`:
/// `logged`, or `removed` with `removed_at` and without its content.
pub(crate) fn activity(row: &Row) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("id".into(), row.id.to_string().into());
    map.insert("version".into(), row.version.into());
    map.insert("status".into(), if row.archived_at.is_some() { "removed" } else { "logged" }.into());
    map.insert("logged_at".into(), format_instant(row.created_at).into());
    if let Some(at) = row.archived_at {
        map.insert("removed_at".into(), format_instant(at).into());
    }
    let shown = |name: &str| match row.archived_at {
        Some(_) => LEFT.contains(&name),
        None => !INNER.contains(&name),
    };
    map.extend(body_to_json(&row.body).into_iter().filter(|(name, _)| shown(name)));
    map
}
