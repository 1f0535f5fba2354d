//! Reading configurations and inputs strictly, with the path in every error.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::reason::Labels;
use crate::kernel::time::{Instant, parse_date, parse_instant};
use crate::kernel::value::Value;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::rules::check;

/// An object whose keys are known.
pub(crate) struct Object<'a>(&'a Map<String, Json>);

impl<'a> Object<'a> {
    pub(crate) fn new(json: &'a Json, keys: &'static [&'static str]) -> Result<Self> {
        let map = json::object(json, "an object")?;
        json::only_keys(map, keys)?;
        Ok(Self(map))
    }

    /// The value of a key that is there and not null.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Json> {
        self.0.get(key).filter(|v| !v.is_null())
    }

    pub(crate) fn required(&self, key: &str) -> Result<&'a Json> {
        self.get(key).ok_or_else(|| Problem::Missing { name: key.into() }.into())
    }

    /// What `read` makes of the value, if there is one; its errors are inside `key`.
    pub(crate) fn optional<T>(&self, key: &str, read: impl FnOnce(&'a Json) -> Result<T>) -> Result<Option<T>> {
        self.get(key).map(read).transpose().map_err(|e| e.at(key))
    }

    pub(crate) fn text(&self, key: &str) -> Result<String> {
        text(self.required(key)?).map_err(|e| e.at(key))
    }

    pub(crate) fn integer(&self, key: &str) -> Result<i64> {
        integer(self.required(key)?).map_err(|e| e.at(key))
    }

    pub(crate) fn optional_integer(&self, key: &str) -> Result<Option<i64>> {
        self.optional(key, integer)
    }

    /// The zone under `zone`.
    pub(crate) fn zone(&self) -> Result<Option<Zone>> {
        self.optional("zone", |v| text(v)?.parse())
    }

    /// The language of the sentences, under `lang`.
    pub(crate) fn lang(&self) -> Result<Option<Lang>> {
        self.optional("lang", |v| text(v)?.parse())
    }

    /// What `answer` makes of each question under `asks`, in order.
    pub(crate) fn answers(&self, most: usize, answer: impl Fn(&'a Json) -> Result<Json>) -> Result<Vec<Json>> {
        let asks = self.required("asks")?;
        check::most("questions", asks.as_array().map_or(0, Vec::len), most).map_err(|e| e.at("asks"))?;
        list(asks, answer).map_err(|e| e.at("asks"))
    }

    pub(crate) fn flag(&self, key: &str, otherwise: bool) -> Result<bool> {
        let read = |v: &Json| v.as_bool().ok_or_else(|| wrong(FieldType::Boolean, v));
        Ok(self.optional(key, read)?.unwrap_or(otherwise))
    }

    /// A list; empty where the key is absent.
    pub(crate) fn list<T>(&self, key: &str, read: impl Fn(&'a Json) -> Result<T>) -> Result<Vec<T>> {
        Ok(self.optional(key, |v| list(v, read))?.unwrap_or_default())
    }
}

pub(crate) fn wrong(expected: FieldType, found: &Json) -> Error {
    Problem::WrongType { expected, found: json::shown(found) }.into()
}

pub(crate) fn text(json: &Json) -> Result<String> {
    json.as_str().map(str::to_owned).ok_or_else(|| wrong(FieldType::Text, json))
}

/// An instant with its offset.
pub(crate) fn instant(json: &Json) -> Result<Instant> {
    parse_instant(&text(json)?)
}

/// A civil date.
pub(crate) fn date(json: &Json) -> Result<NaiveDate> {
    parse_date(&text(json)?)
}

/// An amount with its currency.
pub(crate) fn money(json: &Json) -> Result<Money> {
    match Value::from_json(FieldType::Money, json)? {
        Value::Money(money) => Ok(money),
        _ => Err(wrong(FieldType::Money, json)),
    }
}

pub(crate) fn integer(json: &Json) -> Result<i64> {
    json.as_i64().ok_or_else(|| wrong(FieldType::Integer, json))
}

pub(crate) fn list<'a, T>(json: &'a Json, read: impl Fn(&'a Json) -> Result<T>) -> Result<Vec<T>> {
    let problem = || Error::from(Problem::WrongShape { expected: "a list", found: json::shown(json) });
    json.as_array()
        .ok_or_else(problem)?
        .iter()
        .enumerate()
        .map(|(i, item)| read(item).map_err(|e| e.at_index(i)))
        .collect()
}

/// The value of a code, of a list of them.
pub(crate) fn coded<T>(
    json: &Json,
    from_code: impl FnOnce(&str) -> Option<T>,
    codes: &'static [&'static str],
) -> Result<T> {
    json.as_str().and_then(from_code).ok_or_else(|| json::not_one_of(json, codes))
}

/// What people read instead of an id.
pub(crate) fn labels(json: &Json) -> Result<Labels> {
    let o = Object::new(json, &["en", "fr"])?;
    Ok(Labels { en: o.text("en")?, fr: o.text("fr")? })
}
