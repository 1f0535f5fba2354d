//! The JSON door: one lead in, one score out, the same bytes from Rust, Python and C.

use serde_json::{Map, Value as Json};

use super::read::{Object, list, text};
use super::{Event, LeadScorer};
use crate::kernel::error::{Error, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Kind, META_FIELDS};

/// Most events of one lead.
const MOST_EVENTS: usize = 100_000;

/// Values by the index of their field.
struct Values(Vec<Value>);

impl Facts for Values {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0.get(field).map_or(Fact::Unknown, Value::as_fact)
    }
}

/// Scores one lead given as JSON: `{"lead": {field: value}, "events": [{"id", "kind", "at"}], "at", "lang"}`.
///
/// A value that cannot be read makes its field unknown, an event that cannot be read is left out; both are listed in
/// `diagnostics`, and the lead has its score all the same.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`, or more than 100 000 events.
pub fn eval_json(scorer: &LeadScorer, schema: &Schema, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["lead", "events", "at", "lang"])?;
    let instant = |v| text(v).and_then(|t| parse_instant(&t));
    let at: Instant = instant(o.required("at")?).map_err(|e| e.at("at"))?;
    let lang: Option<Lang> = o.optional("lang", |v| text(v)?.parse())?;
    let mut diagnostics: Vec<Error> = Vec::new();
    let lead = o.optional("lead", |v| json::object(v, "an object"))?;
    let values = values(schema, lead, &mut diagnostics)?;

    let items = o.optional("events", |v| list(v, Ok))?.unwrap_or_default();
    super::lint::most("events", items.len(), MOST_EVENTS).map_err(|e| e.at("events"))?;
    let mut events = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        let inside = |e: Error| e.at_index(i).at("events");
        let event = Object::new(item, &["id", "kind", "at"]).map_err(inside)?;
        match read_event(&event) {
            Ok(event) => events.push(event),
            Err(e) => diagnostics.push(inside(e)),
        }
    }
    let score = scorer.score(&Values(values), &events, at).to_json(lang);
    let Json::Object(mut map) = score else { return Ok(score) };
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect::<Vec<_>>().into());
    Ok(Json::Object(map))
}

fn read_event<'a>(event: &Object<'a>) -> Result<Event<'a>> {
    let text = |v: &'a Json| v.as_str().ok_or_else(|| super::read::wrong(crate::kernel::field::FieldType::Text, v));
    let at = text(event.required("at")?).and_then(parse_instant).map_err(|e| e.at("at"))?;
    let kind = text(event.required("kind")?).map_err(|e| e.at("kind"))?;
    Ok(Event { id: event.optional("id", text)?, kind, at })
}

/// The values of a lead; host-defined fields stand under `custom`.
fn values(schema: &Schema, lead: Option<&Map<String, Json>>, diagnostics: &mut Vec<Error>) -> Result<Vec<Value>> {
    let mut out = vec![Value::Null; schema.fields().len()];
    let mut set = |name: &str, json: &Json| -> Result<()> {
        let (index, field) = schema.resolve(name)?;
        let read = Value::from_json(field.kind, json).map_err(|e| e.at(name));
        match (read.and_then(|v| checked(schema, index, v)), out.get_mut(index)) {
            (Ok(value), Some(place)) => *place = value,
            (Err(e), _) => diagnostics.push(e),
            (Ok(_), None) => {}
        }
        Ok(())
    };
    for (name, json) in lead.into_iter().flatten() {
        if name == "custom" && schema.position(name).is_none() {
            let map = json::object(json, "an object of host-defined fields").map_err(|e| e.at("custom").at("lead"))?;
            for (custom, json) in map {
                let full = format!("custom.{custom}");
                set(&full, json).map_err(|e| e.at(&full).at("lead"))?;
            }
        } else {
            set(name, json).map_err(|e| e.at(name).at("lead"))?;
        }
    }
    Ok(out)
}

/// The value, if the record's own field takes it (`consent` is one of a few texts); its errors name the field.
fn checked(schema: &Schema, index: usize, value: Value) -> Result<Value> {
    let kind = Kind::ALL.iter().find(|k| k.name() == schema.name());
    let own = index.checked_sub(META_FIELDS.len());
    if let (Some(kind), Some(own), true) = (kind, own, value != Value::Null) {
        let declared = kind.fields().get(own).map(|f| &f.name);
        if declared.is_some() && declared == schema.field(index).map(|f| &f.name) {
            kind.empty().set(own, value.clone())?;
        }
    }
    Ok(value)
}
