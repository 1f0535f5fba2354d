//! The JSON door of filters.

use std::sync::Arc;

use chrono::Weekday;
use serde_json::{Map, Value as Json};

use super::{Reader, broken, explain, resolve};
use crate::kernel::error::{Error, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::period::FiscalCalendar;
use crate::kernel::predicate::{Predicate, Truth};
use crate::kernel::zone::Zone;
use crate::model::Kind;
use crate::rules::fiscal::calendar;
use crate::rules::input::Values;
use crate::rules::kind;
use crate::rules::read::{Object, instant, list, text};
use crate::rules::report::weekday;

/// Resolves a filter for a reader, and says whether and why a record passes it:
///
/// ```json
/// {"record": "task", "where": {...}, "at": "2026-11-22T09:00:00Z", "zone": "Europe/Paris", "week_start": "monday",
///  "calendar": {...}, "actor": "marie", "team": ["marie", "paul"], "facts": {"assignee": "marie"}, "lang": "fr"}
/// ```
///
/// Only `record`, `where` and `at` are needed; days are then those of UTC. The answer has the plain condition as
/// `where`, the days of its `ranges`, its `people`, and what is `broken`: tests that do not fit the record, which leave
/// no condition at all. With `facts` it has `matches` and the tree `explain`ed; facts that cannot be read are unknown,
/// and `diagnostics` say so.
///
/// # Errors
/// An unknown record or option and values that do not fit, with their path.
pub fn eval_json(schema_of: impl Fn(Kind) -> Arc<Schema>, configured: &FiscalCalendar, input: &Json) -> Result<Json> {
    const KEYS: &[&str] =
        &["record", "where", "at", "zone", "week_start", "calendar", "actor", "team", "facts", "lang"];
    let o = Object::new(input, KEYS)?;
    let kind = kind(&o.text("record")?).map_err(|e| e.at("record"))?;
    let schema = schema_of(kind);
    let predicate = o.required("where").and_then(|v| Predicate::from_json(v).map_err(|e| e.at("where")))?;
    let lang = o.lang()?;
    let (me, team) = (o.optional("actor", text)?, o.optional("team", |v| list(v, text))?.unwrap_or_default());
    let reader = Reader {
        at: o.required("at").and_then(|v| instant(v).map_err(|e| e.at("at")))?,
        zone: o.zone()?.unwrap_or(Zone::UTC),
        week_start: o.optional("week_start", weekday)?.unwrap_or(Weekday::Mon),
        fiscal: o.optional("calendar", calendar)?.unwrap_or(*configured),
        me: me.as_deref(),
        team: &team,
    };
    let mut map = Map::new();
    let broken = broken(&predicate, &schema, &reader);
    if broken.is_empty() {
        let resolved = resolve(&predicate, &schema, &reader).map_err(|e| e.at("where"))?;
        // What only the whole tree can get wrong.
        resolved.predicate.compile(&schema).map_err(|e| e.at("where"))?;
        map.extend(resolved.told(lang));
        map.insert("where".into(), resolved.predicate.to_json());
    } else {
        map.insert("where".into(), Json::Null);
        map.insert("broken".into(), broken.into_iter().map(|e| e.at("where").to_json()).collect());
    }
    if let Some(facts) = o.optional("facts", |v| json::object(v, "an object of facts"))? {
        let mut diagnostics = Vec::new();
        let facts = Values::fields(&schema, Some(facts), &mut diagnostics).map_err(|e| e.at("facts"))?;
        let (tree, truth) = explain(&predicate, &schema, &facts, &reader);
        map.insert("matches".into(), truth.map(|truth| truth == Truth::True).into());
        map.insert("explain".into(), tree);
        let diagnostics = diagnostics.into_iter().map(|e: Error| e.at("facts").to_json());
        map.insert("diagnostics".into(), diagnostics.collect());
    }
    Ok(Json::Object(map))
}
