//! Why a record is in a list, or not: every test with what it found.

use serde_json::{Map, Value as Json};

use super::{Reader, resolve};
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::predicate::{Predicate, Truth};

/// The filter's tree, each part with its truth: `{"all": [...], "truth": "true"}`, and of a test `{"field", "op", "value",
/// "found", "truth"}`. A test that does not fit the record has its error as `broken`, and neither it nor anything around
/// it has a truth: such a list shows nothing, never more than it was meant to.
pub fn explain(
    predicate: &Predicate,
    schema: &Schema,
    facts: &impl Facts,
    reader: &Reader<'_>,
) -> (Json, Option<Truth>) {
    let parts = |key: &str, parts: &[Predicate], of: fn(Truth, Truth) -> Truth, start: Truth| {
        let mut truth = Some(start);
        let mut shown = Vec::with_capacity(parts.len());
        for part in parts {
            let (json, found) = explain(part, schema, facts, reader);
            truth = truth.zip(found).map(|(a, b)| of(a, b));
            shown.push(json);
        }
        marked(key, Json::Array(shown), truth)
    };
    match predicate {
        Predicate::All(list) => parts("all", list, Truth::min, Truth::True),
        Predicate::Any(list) => parts("any", list, Truth::max, Truth::False),
        Predicate::Not(part) => {
            let (json, truth) = explain(part, schema, facts, reader);
            marked("not", json, truth.map(|truth| !truth))
        }
        Predicate::Certain(part) => {
            let (json, truth) = explain(part, schema, facts, reader);
            marked("certain", json, truth.map(|truth| truth.holds().into()))
        }
        Predicate::Segment(code) => {
            let mut map = Map::new();
            map.insert("segment".into(), code.as_str().into());
            let broken = predicate.compile(schema).err().map(|error| error.to_json());
            map.insert("broken".into(), broken.into());
            map.insert("truth".into(), word(None));
            (Json::Object(map), None)
        }
        Predicate::Test(test) => {
            let plain = resolve(predicate, schema, reader).and_then(|resolved| resolved.predicate.compile(schema));
            let mut map = Map::new();
            map.insert("field".into(), test.field.as_str().into());
            map.insert("op".into(), test.operator.name().into());
            if !test.value.is_null() {
                map.insert("value".into(), test.value.clone());
            }
            if let Some(place) = schema.position(&test.field) {
                map.insert("found".into(), facts.fact(place).to_value().to_json());
            }
            let truth = match plain {
                Ok(plain) => Some(plain.eval(facts, reader.at)),
                Err(error) => {
                    map.insert("broken".into(), error.to_json());
                    None
                }
            };
            map.insert("truth".into(), word(truth));
            (Json::Object(map), truth)
        }
    }
}

fn marked(key: &str, inner: Json, truth: Option<Truth>) -> (Json, Option<Truth>) {
    let mut map = Map::new();
    map.insert(key.into(), inner);
    map.insert("truth".into(), word(truth));
    (Json::Object(map), truth)
}

fn word(truth: Option<Truth>) -> Json {
    truth.map_or(Json::Null, |truth| match truth {
        Truth::True => "true".into(),
        Truth::False => "false".into(),
        Truth::Unknown => "unknown".into(),
    })
}
