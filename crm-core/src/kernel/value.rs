//! Owned values: one place that reads a field from JSON, from the text of a file, and writes it back.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::error::{Problem, Result};
use super::fact::Fact;
use super::field::FieldType;
use super::id::Id;
use super::json;
use super::money::{Currency, Money};
use super::number::Number;
use super::text;
use super::time::{self, Instant};

/// One owned value of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not known.
    #[default]
    Null,
    /// Text as written.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Number(Number),
    /// An amount in a currency.
    Money(Money),
    /// Yes or no.
    Boolean(bool),
    /// A civil date.
    Date(NaiveDate),
    /// A point in time.
    Instant(Instant),
    /// The id of another record.
    Reference(Id),
    /// A set of texts.
    Texts(Vec<String>),
}

impl Value {
    /// Reads a value of a known type from JSON. JSON `null`, empty text and an empty list are [`Value::Null`].
    ///
    /// Decimals and amounts are text in JSON, so that no reader on the way turns them into floats; a decimal may also
    /// be a whole JSON number.
    ///
    /// # Errors
    /// [`Problem::WrongType`] and the problems of each type's own grammar.
    pub fn from_json(kind: FieldType, json: &Json) -> Result<Value> {
        let wrong = || Problem::WrongType { expected: kind, found: json::shown(json) };
        Ok(match (kind, json) {
            (_, Json::Null) => Value::Null,
            (FieldType::Text, Json::String(t)) => Value::text(t)?,
            (FieldType::Integer, Json::Number(n)) => Value::Integer(n.as_i64().ok_or_else(wrong)?),
            (FieldType::Number, Json::Number(n)) => Value::Number(Number::from_integer(n.as_i64().ok_or_else(wrong)?)?),
            (FieldType::Number, Json::String(t)) => Value::Number(Number::parse(t)?),
            (FieldType::Money, Json::Object(_)) => Value::Money(Money::from_json(json)?),
            (FieldType::Boolean, Json::Bool(b)) => Value::Boolean(*b),
            (FieldType::Date, Json::String(t)) => Value::Date(time::parse_date(t)?),
            (FieldType::Instant, Json::String(t)) => Value::Instant(time::parse_instant(t)?),
            (FieldType::Reference, Json::String(t)) => Value::Reference(t.parse()?),
            (FieldType::Texts, Json::Array(list)) => {
                let mut texts = Vec::with_capacity(list.len().min(1024));
                for (i, item) in list.iter().enumerate() {
                    let Json::String(t) = item else {
                        let problem = Problem::WrongType { expected: FieldType::Text, found: json::shown(item) };
                        return Err(super::error::Error::from(problem).at_index(i));
                    };
                    texts.push(text::check(t).map_err(|e| e.at_index(i))?.to_owned());
                }
                if texts.is_empty() { Value::Null } else { Value::Texts(texts) }
            }
            _ => return Err(wrong().into()),
        })
    }

    /// The value of a field as the trail has it. The library wrote it, and its own texts, such as a ticket's clocks, may be
    /// longer than what it takes from others.
    ///
    /// # Errors
    /// As [`Value::from_json`].
    pub(crate) fn written(kind: FieldType, json: &Json) -> Result<Value> {
        match (kind, json) {
            (FieldType::Text, Json::String(t)) if !t.is_empty() => Ok(Value::Text(t.clone())),
            _ => Value::from_json(kind, json),
        }
    }

    /// Checked text; empty text is not known.
    fn text(t: &str) -> Result<Value> {
        Ok(match text::check(t)? {
            "" => Value::Null,
            t => Value::Text(t.to_owned()),
        })
    }

    /// The value as JSON; [`Value::from_json`] reads it back.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Text(t) => Json::String(t.clone()),
            Value::Integer(n) => Json::from(*n),
            Value::Number(n) => Json::String(n.to_string()),
            Value::Money(m) => m.to_json(),
            Value::Boolean(b) => Json::Bool(*b),
            Value::Date(d) => Json::String(d.to_string()),
            Value::Instant(t) => Json::String(time::format_instant(*t)),
            Value::Reference(id) => Json::String(id.to_string()),
            Value::Texts(list) => Json::from(list.as_slice()),
        }
    }

    /// The value as a fact.
    pub fn as_fact(&self) -> Fact<'_> {
        match self {
            Value::Null => Fact::Unknown,
            Value::Text(t) => Fact::Text(t),
            Value::Integer(n) => Fact::Integer(*n),
            Value::Number(n) => Fact::Number(*n),
            Value::Money(m) => Fact::Money(*m),
            Value::Boolean(b) => Fact::Boolean(*b),
            Value::Date(d) => Fact::Date(*d),
            Value::Instant(t) => Fact::Instant(*t),
            Value::Reference(id) => Fact::Reference(*id),
            Value::Texts(list) => Fact::Texts(list),
        }
    }

    /// The type, unless the value is not known.
    pub const fn kind(&self) -> Option<FieldType> {
        Some(match self {
            Value::Null => return None,
            Value::Text(_) => FieldType::Text,
            Value::Integer(_) => FieldType::Integer,
            Value::Number(_) => FieldType::Number,
            Value::Money(_) => FieldType::Money,
            Value::Boolean(_) => FieldType::Boolean,
            Value::Date(_) => FieldType::Date,
            Value::Instant(_) => FieldType::Instant,
            Value::Reference(_) => FieldType::Reference,
            Value::Texts(_) => FieldType::Texts,
        })
    }
}

/// Reads an amount of money: `amount` as text by the strict grammar, `currency` as an ISO 4217 code.
impl Money {
    fn from_json(json: &Json) -> Result<Money> {
        let map = json::object(json, "an object with `amount` and `currency`")?;
        json::only_keys(map, &["amount", "currency"])?;
        let text = |key: &'static str| match map.get(key) {
            Some(Json::String(t)) => Ok(t.as_str()),
            Some(other) => Err(super::error::Error::from(Problem::WrongType {
                expected: FieldType::Text,
                found: json::shown(other),
            })
            .at(key)),
            None => Err(Problem::Missing { name: key.into() }.into()),
        };
        let currency: Currency = text("currency")?.parse().map_err(|e: super::error::Error| e.at("currency"))?;
        Money::parse(text("amount")?, currency).map_err(|e| e.at("amount"))
    }

    /// `{"amount": "12.50", "currency": "EUR"}`.
    pub fn to_json(self) -> Json {
        serde_json::json!({"amount": self.amount_text(), "currency": self.currency().code()})
    }
}
