//! The JSON door: a lead and the stored records that may be meant in, the plan out.

use serde_json::{Map, Value as Json};

use super::{Conversion, Invalid, NewIds, Options, Situation, skipped};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::value::Value;
use crate::model::{Clock, Kind, Row};
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::read::{Object as Keys, text};

/// Most stored records of one kind.
const MOST_RECORDS: usize = 1000;

/// Plans one conversion given as JSON: `{"lead": {...}, "accounts": [...], "contacts": [...], "deals": [...],
/// "options": {"account", "contact", "deal"}, "at", "lang"}`.
///
/// A record is an object of its fields with `id` (of the lead it may be left out), and where they matter `created_at`,
/// `archived_at` and `changed_at`, an object with the instant at which a field last changed. A value that cannot be
/// read makes its field unknown; the lead's are listed in `invalid`, the others' in `diagnostics`. An archived or
/// merged lead gives `{"skipped": reason}`.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`, and as [`Conversion::plan`]. That somebody has
/// to decide is no error here but `"do": "decide"`.
pub fn eval_json(rule: &Conversion, identity: &Identity, input: &Json) -> Result<Json> {
    let o = Keys::new(input, &["lead", "accounts", "contacts", "deals", "options", "at", "lang"])?;
    let at = text(o.required("at")?).and_then(|t| parse_instant(&t)).map_err(|e| e.at("at"))?;
    let lang = o.lang()?;
    let (mut invalid, mut diagnostics) = (Vec::new(), Vec::new());
    let lead =
        o.required("lead").and_then(|v| record(rule, Kind::Lead, v, at, &mut invalid).map_err(|e| e.at("lead")))?;
    if let Some(reason) = skipped(&lead) {
        let reason = Reason::Conversion(reason).to_json(lang);
        return Ok(serde_json::json!({"skipped": reason, "diagnostics": []}));
    }
    let mut records = |key: &str, kind: Kind| {
        let list = o.optional(key, |v| {
            let list = v.as_array().ok_or_else(|| shape("a list", v))?;
            check::most("records", list.len(), MOST_RECORDS).map(|()| list)
        })?;
        let mut rows = Vec::new();
        for (i, item) in list.into_iter().flatten().enumerate() {
            let inside = |e: Error| e.at_index(i).at(key);
            let mut wrong = Vec::new();
            if item.get("id").is_none() {
                return Err(inside(Problem::Missing { name: "id".into() }.into()));
            }
            rows.push(record(rule, kind, item, at, &mut wrong).map_err(inside)?);
            diagnostics.extend(wrong.into_iter().map(|w: Invalid| inside(w.why)));
        }
        Ok(rows)
    };
    let accounts = records("accounts", Kind::Account)?;
    let contacts = records("contacts", Kind::Contact)?;
    let deals = records("deals", Kind::Deal)?;
    let options = o.optional("options", |v| {
        let map = json::object(v, "an object of options")?;
        json::only_keys(map, Options::NAMES)?;
        Options::from_json(map, rule.schema(Kind::Deal)?)
    })?;
    let ids = NewIds::first(lead.id);
    let of = Situation { lead: &lead, accounts: &accounts, contacts: &contacts, deals: &deals, ids, at };
    let mut plan = rule.plan(identity, &of, &options.unwrap_or_default())?;
    plan.invalid.splice(0..0, invalid);
    let Json::Object(mut map) = plan.to_json(lang) else { return Ok(Json::Null) };
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect::<Vec<_>>().into());
    Ok(Json::Object(map))
}

fn shape(expected: &'static str, found: &Json) -> Error {
    Problem::WrongShape { expected, found: json::shown(found) }.into()
}

/// A row as it would be stored.
fn record(rule: &Conversion, kind: Kind, json: &Json, at: Instant, invalid: &mut Vec<Invalid>) -> Result<Row> {
    let map = json::object(json, "an object of fields")?;
    let instant = |v: &Json| text(v).and_then(|t| parse_instant(&t));
    let optional =
        |key: &str, v: Option<&Json>| v.filter(|v| !v.is_null()).map(instant).transpose().map_err(|e| e.at(key));
    let id =
        map.get("id").filter(|v| !v.is_null()).map(|v| text(v)?.parse::<Id>()).transpose().map_err(|e| e.at("id"))?;
    let created_at = optional("created_at", map.get("created_at"))?.unwrap_or(at);
    let mut row = Row {
        id: id.unwrap_or_else(|| Id::from_text("lead")),
        version: 1,
        created_at,
        updated_at: created_at,
        archived_at: optional("archived_at", map.get("archived_at"))?,
        clocks: Default::default(),
        body: kind.empty(),
    };
    let schema = rule.schema(kind)?;
    if let Some(changed) = map.get("changed_at") {
        for (field, when) in json::object(changed, "an object of fields").map_err(|e| e.at("changed_at"))? {
            let inside = |e: Error| e.at(field).at("changed_at");
            schema.resolve(field).map_err(inside)?;
            row.clocks.insert(field.clone(), Clock { version: 1, at: instant(when).map_err(inside)? });
        }
    }
    let own = |name: &&String| !matches!(name.as_str(), "id" | "created_at" | "archived_at" | "changed_at");
    let mut set = |name: &str, json: &Json| -> Result<()> {
        let (index, field) = schema.resolve(name).map_err(|e| e.at(name))?;
        let read = Value::from_json(field.kind, json).map_err(|e| e.at(name));
        if let Err(why) = read.and_then(|value| row.set_fact(schema, index, value)) {
            let (field, value) = (name.to_owned(), shortened(json));
            invalid.push(Invalid { field, target: None, value, why });
        }
        Ok(())
    };
    for (name, json) in map.iter().filter(|(name, _)| own(name)) {
        match json {
            Json::Object(custom) if name == "custom" => custom_fields(custom).try_for_each(|(n, v)| set(&n, v))?,
            _ => set(name, json)?,
        }
    }
    Ok(row)
}

fn custom_fields(map: &Map<String, Json>) -> impl Iterator<Item = (String, &Json)> {
    map.iter().map(|(name, value)| (format!("custom.{name}"), value))
}

/// The value as it is shown beside what is wrong with it.
fn shortened(json: &Json) -> Json {
    match json {
        Json::String(text) => crate::kernel::text::shortened(text, 60).into(),
        Json::Array(_) | Json::Object(_) => json::shown(json).into(),
        other => other.clone(),
    }
}
