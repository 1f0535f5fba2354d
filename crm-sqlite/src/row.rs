//! Values to columns and back: the only place that knows how a field is kept.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_core::kernel::fact::Fact;
use crm_core::kernel::field::FieldType;
use crm_core::kernel::number::Number;
use crm_core::kernel::text;
use crm_core::model::{Clock, Kind, Row};
use crm_core::store::Workspace;
use crm_core::{Error, Id, Instant, Money, Problem, Result, Value};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Statement, ToSql};
use serde_json::{Map, Value as Json};

use crate::error::{corrupt, error};
use crate::schema::keeps_folded;

/// Binds the parameters of a statement from the first on.
pub(crate) struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    place: usize,
}

impl<'a, 'c> Binder<'a, 'c> {
    pub(crate) fn new(statement: &'a mut Statement<'c>) -> Self {
        Binder { statement, place: 0 }
    }

    pub(crate) fn put(&mut self, value: impl ToSql) -> Result<()> {
        self.place = self.place.saturating_add(1);
        self.statement.raw_bind_parameter(self.place, value).map_err(error)
    }

    pub(crate) fn id(&mut self, id: Id) -> Result<()> {
        let mut buffer = [0; 36];
        let text: &str = id.uuid().hyphenated().encode_lower(&mut buffer);
        self.put(text)
    }
}

/// A count as SQLite keeps it.
pub(crate) fn count(n: u64) -> Result<i64> {
    let out = || Problem::OutOfRange { found: n.to_string(), least: "0".into(), most: i64::MAX.to_string() };
    Ok(i64::try_from(n).map_err(|_| out())?)
}

/// Binds a row to a table's `insert` or `update`.
pub(crate) fn bind(statement: &mut Statement<'_>, workspace: &Workspace, row: &Row) -> Result<()> {
    let mut to = Binder::new(statement);
    to.put(workspace.name())?;
    to.id(row.id)?;
    to.put(count(row.version)?)?;
    to.put(row.created_at.timestamp_micros())?;
    to.put(row.updated_at.timestamp_micros())?;
    to.put(row.archived_at.map(|at| at.timestamp_micros()))?;
    to.put(clocks_text(&row.clocks))?;
    to.put(custom_text(row))?;
    for (index, field) in row.body.kind().fields().iter().enumerate() {
        let fact = row.body.fact(index);
        match fact {
            Fact::Unknown | Fact::Texts([]) => to.put(None::<i64>)?,
            Fact::Text(t) => to.put(t)?,
            Fact::Integer(n) => to.put(n)?,
            Fact::Number(n) => to.put(n.millionths())?,
            Fact::Money(m) => to.put(m.minor_units())?,
            Fact::Boolean(b) => to.put(b)?,
            Fact::Date(d) => to.put(d.to_string())?,
            Fact::Instant(t) => to.put(t.timestamp_micros())?,
            Fact::Reference(id) => to.id(id)?,
            Fact::Texts(list) => to.put(Json::from(list).to_string())?,
        }
        if field.kind == FieldType::Money {
            match fact {
                Fact::Money(m) => to.put(m.currency().code())?,
                _ => to.put(None::<&str>)?,
            }
        }
        if keeps_folded(field) {
            match fact {
                Fact::Text(t) => to.put(text::fold(t).as_ref())?,
                _ => to.put(None::<&str>)?,
            }
        }
    }
    Ok(())
}

/// Reads a row of a table's `select`.
pub(crate) fn read(kind: Kind, from: &rusqlite::Row<'_>) -> Result<Row> {
    let mut place = 0usize;
    let mut next = || {
        let value = from.get_ref(place).map_err(error);
        place = place.saturating_add(1);
        value
    };
    let wrong = |column: &str| corrupt(format!("{}: the column `{column}` does not hold its type", kind.name()));
    let id = text_of(next()?)?.ok_or_else(|| wrong("id"))?.parse()?;
    let version = integer_of(next()?)?.and_then(|n| u64::try_from(n).ok()).ok_or_else(|| wrong("version"))?;
    let created_at = instant_of(next()?)?.ok_or_else(|| wrong("created_at"))?;
    let updated_at = instant_of(next()?)?.ok_or_else(|| wrong("updated_at"))?;
    let archived_at = instant_of(next()?)?;
    let clocks = text_of(next()?)?.map_or_else(|| Ok(BTreeMap::new()), read_clocks)?;
    let custom = text_of(next()?)?;
    let mut body = kind.empty();
    for (index, field) in kind.fields().iter().enumerate() {
        let raw = next()?;
        let currency = if field.kind == FieldType::Money { Some(next()?) } else { None };
        let value = match field.kind {
            FieldType::Text => text_of(raw)?.map(|t| Value::Text(t.to_owned())),
            FieldType::Integer => integer_of(raw)?.map(Value::Integer),
            FieldType::Number => match integer_of(raw)? {
                Some(n) => Some(Value::Number(Number::from_millionths(n).ok_or_else(|| wrong(&field.name))?)),
                None => None,
            },
            FieldType::Money => match (integer_of(raw)?, currency.map(text_of).transpose()?.flatten()) {
                (Some(n), Some(code)) => Some(Value::Money(money(n, code)?)),
                (None, None) => None,
                _ => return Err(wrong(&field.name)),
            },
            FieldType::Boolean => match integer_of(raw)? {
                None => None,
                Some(0) => Some(Value::Boolean(false)),
                Some(1) => Some(Value::Boolean(true)),
                Some(_) => return Err(wrong(&field.name)),
            },
            FieldType::Date => text_of(raw)?.map(date).transpose()?.map(Value::Date),
            FieldType::Instant => instant_of(raw)?.map(Value::Instant),
            FieldType::Reference => text_of(raw)?.map(str::parse).transpose()?.map(Value::Reference),
            FieldType::Texts => match text_of(raw)? {
                None | Some("[]") => None,
                Some(json) => Some(Value::Texts(serde_json::from_str(json).map_err(|_| wrong(&field.name))?)),
            },
        };
        if let Some(value) = value {
            body.set(index, value)?;
        }
    }
    if let Some(custom) = custom {
        for (name, json) in read_object(custom.as_bytes())? {
            body.custom_mut().set(&name, tagged(&json).ok_or_else(|| wrong("custom"))?);
        }
    }
    Ok(Row { id, version, created_at, updated_at, archived_at, clocks, body })
}

fn money(minor: i64, code: &str) -> Result<Money> {
    Money::new(minor, code.parse()?)
}

fn date(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| Error::from(Problem::NotADate { found: text::shortened(text, 60) }))
}

fn instant(micros: i64) -> Option<Instant> {
    Instant::from_timestamp_micros(micros)
}

pub(crate) fn text_of(value: ValueRef<'_>) -> Result<Option<&str>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|e| corrupt(e.to_string())),
        other => Err(corrupt(format!("text was expected, {} was found", other.data_type()))),
    }
}

pub(crate) fn integer_of(value: ValueRef<'_>) -> Result<Option<i64>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(n) => Ok(Some(n)),
        other => Err(corrupt(format!("an integer was expected, {} was found", other.data_type()))),
    }
}

fn instant_of(value: ValueRef<'_>) -> Result<Option<Instant>> {
    let micros = integer_of(value)?;
    micros.map(|n| instant(n).ok_or_else(|| corrupt(format!("no instant has {n} microseconds")))).transpose()
}

fn read_object(json: &[u8]) -> Result<Map<String, Json>> {
    serde_json::from_slice(json).map_err(|e| corrupt(e.to_string()))
}

/// `{"field": [version, microseconds]}`; null where no field has changed.
fn clocks_text(clocks: &BTreeMap<String, Clock>) -> Option<String> {
    let one = |(field, c): (&String, &Clock)| {
        (field.clone(), Json::from(vec![Json::from(c.version), Json::from(c.at.timestamp_micros())]))
    };
    (!clocks.is_empty()).then(|| Json::Object(clocks.iter().map(one).collect()).to_string())
}

fn read_clocks(json: &str) -> Result<BTreeMap<String, Clock>> {
    let one = |(field, json): (String, Json)| {
        let clock = match json.as_array().map(Vec::as_slice) {
            Some([version, micros]) => version.as_u64().zip(micros.as_i64().and_then(instant)),
            _ => None,
        };
        let (version, at) = clock.ok_or_else(|| corrupt(format!("the clock of `{field}` is not one")))?;
        Ok((field, Clock { version, at }))
    };
    read_object(json.as_bytes())?.into_iter().map(one).collect()
}

/// `{"field": {"integer": 5}}`: each value under its type's name, so that it reads back exactly.
fn custom_text(row: &Row) -> Option<String> {
    let custom = row.body.custom();
    let one = |(name, value): (&str, &Value)| (name.to_owned(), tag(value));
    (!custom.is_empty()).then(|| Json::Object(custom.iter().map(one).collect()).to_string())
}

fn tag(value: &Value) -> Json {
    let (name, json) = match value {
        Value::Null => return Json::Null,
        Value::Text(t) => ("text", Json::from(t.as_str())),
        Value::Integer(n) => ("integer", Json::from(*n)),
        Value::Number(n) => ("number", Json::from(n.millionths())),
        Value::Money(m) => ("money", Json::from(vec![m.minor_units().into(), Json::from(m.currency().code())])),
        Value::Boolean(b) => ("boolean", Json::from(*b)),
        Value::Date(d) => ("date", Json::from(d.to_string())),
        Value::Instant(t) => ("instant", Json::from(t.timestamp_micros())),
        Value::Reference(id) => ("reference", Json::from(id.to_string())),
        Value::Texts(list) => ("texts", Json::from(list.as_slice())),
    };
    Json::Object(Map::from_iter([(name.to_owned(), json)]))
}

fn tagged(json: &Json) -> Option<Value> {
    let map = json.as_object().filter(|m| m.len() == 1)?;
    let (name, json) = map.iter().next()?;
    Some(match name.as_str() {
        "text" => Value::Text(json.as_str()?.to_owned()),
        "integer" => Value::Integer(json.as_i64()?),
        "number" => Value::Number(Number::from_millionths(json.as_i64()?)?),
        "money" => match json.as_array().map(Vec::as_slice)? {
            [minor, code] => Value::Money(money(minor.as_i64()?, code.as_str()?).ok()?),
            _ => return None,
        },
        "boolean" => Value::Boolean(json.as_bool()?),
        "date" => Value::Date(date(json.as_str()?).ok()?),
        "instant" => Value::Instant(instant(json.as_i64()?)?),
        "reference" => Value::Reference(json.as_str()?.parse().ok()?),
        "texts" => Value::Texts(serde_json::from_value(json.clone()).ok()?),
        _ => return None,
    })
}

/// What a query wants of a host-defined field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The value of a type; null where the field holds another type.
    Value(FieldType),
    /// The folded text.
    Folded,
    /// The currency of an amount.
    Currency,
}

impl Part {
    /// The name in SQL.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Part::Value(FieldType::Text) => "text",
            Part::Value(FieldType::Integer) => "integer",
            Part::Value(FieldType::Number) => "number",
            Part::Value(FieldType::Money) => "money",
            Part::Value(FieldType::Boolean) => "boolean",
            Part::Value(FieldType::Date) => "date",
            Part::Value(FieldType::Instant) => "instant",
            Part::Value(FieldType::Reference) => "reference",
            Part::Value(FieldType::Texts) => "texts",
            Part::Folded => "folded",
            Part::Currency => "currency",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        use FieldType as T;
        let types = [T::Text, T::Integer, T::Number, T::Money, T::Boolean, T::Date, T::Instant, T::Reference, T::Texts];
        types.into_iter().map(Part::Value).chain([Part::Folded, Part::Currency]).find(|p| p.name() == name)
    }
}

/// A part of a host-defined field in the form in which it is compared.
pub(crate) fn custom_part(custom: &[u8], name: &str, part: Part) -> Result<Option<SqlValue>> {
    let Some(value) = read_object(custom)?.get(name).and_then(tagged) else { return Ok(None) };
    Ok(match (part, value) {
        (Part::Folded, Value::Text(t)) => Some(SqlValue::Text(text::fold(&t).into_owned())),
        (Part::Currency, Value::Money(m)) => Some(SqlValue::Text(m.currency().code().to_owned())),
        (Part::Value(FieldType::Texts), Value::Texts(list)) => Some(SqlValue::Text(Json::from(list).to_string())),
        (Part::Value(kind), value) if value.kind() == Some(kind) => {
            use crm_core::kernel::predicate::sql::{Bound, stored};
            stored(&value).map(|bound| match bound {
                Bound::Text(t) => SqlValue::Text(t),
                Bound::Integer(n) => SqlValue::Integer(n),
            })
        }
        _ => None,
    })
}
