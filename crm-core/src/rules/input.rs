//! What every rule about a lead is asked with: the lead's facts, the instant, the language.

use serde_json::{Map, Value as Json};

use super::read::{Object, text};
use crate::kernel::error::{Error, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::time::{Instant, parse_instant};
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Kind, META_FIELDS};

/// Values by the index of their field.
pub(super) struct Values(pub(super) Vec<Value>);

impl Facts for Values {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0.get(field).map_or(Fact::Unknown, Value::as_fact)
    }
}

impl Values {
    /// Reads a record; host-defined fields stand under `custom`. What cannot be read is unknown and told.
    ///
    /// # Errors
    /// A field that does not exist.
    pub(super) fn read(
        schema: &Schema,
        record: Option<&Map<String, Json>>,
        diagnostics: &mut Vec<Error>,
    ) -> Result<Self> {
        Self::fields(schema, record, diagnostics).map_err(|e| e.at(schema.name()))
    }

    /// The same for a record whose place in the input its reader tells.
    ///
    /// # Errors
    /// As [`Values::read`].
    pub(super) fn fields(
        schema: &Schema,
        record: Option<&Map<String, Json>>,
        diagnostics: &mut Vec<Error>,
    ) -> Result<Self> {
        Ok(Self(values(schema, record, diagnostics)?))
    }
}

/// The keys `lead`, `at` and `lang` of an input.
pub(super) struct LeadInput {
    pub(super) values: Values,
    pub(super) at: Instant,
    pub(super) lang: Option<Lang>,
    /// What could not be read; such a fact is unknown, and the lead has its answer all the same.
    pub(super) diagnostics: Vec<Error>,
}

impl LeadInput {
    /// Reads the three keys; `lead` and `lang` may be left out.
    ///
    /// # Errors
    /// A field that does not exist, a missing or unreadable `at`, another language.
    pub(super) fn read(input: &Object<'_>, schema: &Schema) -> Result<Self> {
        let instant = |v| text(v).and_then(|t| parse_instant(&t));
        let at = instant(input.required("at")?).map_err(|e| e.at("at"))?;
        let lang = input.optional("lang", |v| text(v)?.parse())?;
        let mut diagnostics = Vec::new();
        let lead = input.optional("lead", |v| json::object(v, "an object"))?;
        let values = Values::read(schema, lead, &mut diagnostics)?;
        Ok(Self { values, at, lang, diagnostics })
    }

    /// A rule's answer with the diagnostics beside it.
    pub(super) fn answer(self, answer: Json) -> Json {
        let Json::Object(mut map) = answer else { return answer };
        map.insert("diagnostics".into(), self.diagnostics.iter().map(Error::to_json).collect::<Vec<_>>().into());
        Json::Object(map)
    }
}

/// The values of a record; host-defined fields stand under `custom`. Errors have the field's name.
pub(super) fn values(
    schema: &Schema,
    record: Option<&Map<String, Json>>,
    diagnostics: &mut Vec<Error>,
) -> Result<Vec<Value>> {
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
    for (name, json) in record.into_iter().flatten() {
        if name == "custom" && schema.position(name).is_none() {
            let map = json::object(json, "an object of host-defined fields").map_err(|e| e.at("custom"))?;
            for (custom, json) in map {
                let full = format!("custom.{custom}");
                set(&full, json).map_err(|e| e.at(&full))?;
            }
        } else {
            set(name, json).map_err(|e| e.at(name))?;
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
