//! What a host measures of customers: written once.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{instant_of, required_text, text_of};
use super::health_recalculate::account_of;
use super::{Command, Cx, Saved, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::number::Number;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::value::Value;
use crate::model::{Key, Kind, Measurement};
use crate::rules::Rules;

/// Writes down a number that a host measured of a customer. It is never changed; a later one counts instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMeasurement {
    /// The customer.
    pub account: Id,
    /// What was measured, by its code.
    pub measure: String,
    /// How much.
    pub value: Number,
    /// When; now where nobody says.
    pub measured_at: Option<Instant>,
    /// By what.
    pub source: String,
}

impl Command for RecordMeasurement {
    type Output = Saved;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "measurement.record".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("account".into(), self.account.to_string().into());
        map.insert("measure".into(), self.measure.as_str().into());
        map.insert("value".into(), self.value.to_string().into());
        if let Some(at) = self.measured_at {
            map.insert("measured_at".into(), format_instant(at).into());
        }
        if !self.source.is_empty() {
            map.insert("source".into(), self.source.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `account`, `measure` and `value`")?;
        json::only_keys(map, &["account", "measure", "value", "measured_at", "source"])?;
        let value = map.get("value").ok_or_else(|| Problem::Missing { name: "value".into() })?;
        let value = match Value::from_json(FieldType::Number, value).map_err(|e| e.at("value"))? {
            Value::Number(number) => number,
            _ => return Err(Problem::Missing { name: "value".into() }.into()),
        };
        Ok(Self {
            account: account_of(map)?,
            measure: required_text(map, "measure")?,
            value,
            measured_at: instant_of(map, "measured_at")?,
            source: text_of(map, "source")?.unwrap_or_default(),
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let account = Key { kind: Kind::Account, id: self.account };
        cx.reached(account)?;
        cx.active(account)?;
        if self.measure.trim().is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "id" }).at("measure"));
        }
        let at = cx.at();
        let measured_at = self.measured_at.unwrap_or(at);
        if measured_at > at {
            let (found, latest) = (format_instant(measured_at), format_instant(at));
            return Err(Error::from(Problem::InFuture { found, latest }).at("measured_at"));
        }
        let body = Measurement {
            account: Some(self.account),
            measure: self.measure.clone(),
            value: Some(self.value),
            measured_at: Some(measured_at),
            source: self.source.clone(),
            ..Measurement::default()
        };
        let id = cx.new_id();
        let row = cx.insert(id, body.into())?;
        Ok(Saved { id, version: row.version })
    }
}
