//! JSON at the door: one strict reader (size, depth, duplicate keys, NUL), canonical writing, and small questions.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::error::{Error, Problem, Result};

/// Most bytes of one JSON document (an import batch of a thousand wide rows fits).
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Most levels of nesting.
pub const MOST_DEPTH: usize = 32;

/// Reads a JSON document: UTF-8, at most [`MOST_BYTES`], at most [`MOST_DEPTH`] levels, no key twice in one object,
/// nothing after it.
///
/// # Errors
/// [`Problem::Json`] with line and column, [`Problem::TooLong`], [`Problem::TooDeep`], [`Problem::NotUtf8`],
/// [`Problem::DuplicateKey`].
pub fn parse(bytes: &[u8]) -> Result<Json> {
    read(bytes, false)
}

/// The same of a document whose texts may have a NUL: somebody asks what such a text becomes, and nobody keeps it.
///
/// # Errors
/// As [`parse`].
pub fn parse_any_text(bytes: &[u8]) -> Result<Json> {
    read(bytes, true)
}

fn read(bytes: &[u8], takes_nul: bool) -> Result<Json> {
    if bytes.len() > MOST_BYTES {
        return Err(Problem::TooLong { bytes: length(bytes.len()), most: length(MOST_BYTES) }.into());
    }
    let text = std::str::from_utf8(bytes).map_err(|e| Problem::NotUtf8 { byte: length(e.valid_up_to()) })?;
    let found = std::cell::RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value =
        Strict { depth: 0, takes_nul, found: &found }.deserialize(&mut reader).and_then(|v| reader.end().map(|()| v));
    value.map_err(|e| {
        found.take().unwrap_or_else(|| {
            let detail = e.to_string();
            let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
            Problem::Json { line: length(e.line()), column: length(e.column()), detail }.into()
        })
    })
}

/// A length as it is shown.
pub fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// What a JSON value looks like, short enough for a message.
pub fn shown(json: &Json) -> String {
    let text = match json {
        Json::Object(_) => "an object".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    };
    super::text::shortened(&text, 60)
}

/// The object, or what was found instead.
///
/// # Errors
/// [`Problem::WrongShape`].
pub fn object<'a>(json: &'a Json, expected: &'static str) -> Result<&'a Map<String, Json>> {
    json.as_object().ok_or_else(|| Problem::WrongShape { expected, found: shown(json) }.into())
}

/// Refuses keys that are not in `allowed`.
///
/// # Errors
/// [`Problem::UnknownOption`].
pub fn only_keys(map: &Map<String, Json>, allowed: &'static [&'static str]) -> Result<()> {
    match map.keys().find(|k| !allowed.contains(&k.as_str())) {
        Some(found) => {
            Err(Problem::UnknownOption { found: super::text::shortened(found, 60), expected: allowed }.into())
        }
        None => Ok(()),
    }
}

/// A whole number, zero or more, under a key; `None` where it is missing or null.
///
/// # Errors
/// [`Problem::NotAnInteger`].
pub fn count_of(map: &Map<String, Json>, key: &'static str) -> Result<Option<u64>> {
    match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(json) => match json.as_u64() {
            Some(count) => Ok(Some(count)),
            None => Err(Error::from(Problem::NotAnInteger { found: shown(json) }).at(key)),
        },
    }
}

/// Reads a typed value whose `Deserialize` is derived. Its complaint speaks of Rust's types, so it is not shown.
///
/// # Errors
/// [`Problem::WrongShape`].
pub fn typed<T: serde::de::DeserializeOwned>(json: Json, expected: &'static str) -> Result<T> {
    T::deserialize(&json).map_err(|_| Problem::WrongShape { expected, found: shown(&json) }.into())
}

/// Reads a name out of a fixed list as the type whose `Deserialize` is derived for it.
///
/// # Errors
/// As [`not_one_of`].
pub fn choice<T: serde::de::DeserializeOwned>(json: &Json, expected: &'static [&'static str]) -> Result<T> {
    T::deserialize(json).map_err(|_| not_one_of(json, expected))
}

/// The error for a value that is none of a fixed list: [`Problem::NotOneOf`], or [`Problem::WrongShape`] where it is
/// not even text.
pub fn not_one_of(json: &Json, expected: &'static [&'static str]) -> Error {
    match json {
        Json::String(t) => Problem::NotOneOf { found: super::text::shortened(t, 60), expected }.into(),
        other => Problem::WrongShape { expected: "text", found: shown(other) }.into(),
    }
}

/// The canonical text: keys sorted, no spaces. Equal values give equal bytes.
pub fn canonical(json: &Json) -> String {
    let mut out = String::new();
    write_canonical(json, &mut out);
    out
}

fn write_canonical(json: &Json, out: &mut String) {
    match json {
        Json::Object(map) => {
            // Sorted already, unless a host's build keeps maps in order of insertion.
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Json::Array(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Json::String(text) => write_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// Writes text in quotes; most has nothing to escape.
fn write_text(text: &str, out: &mut String) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Json::from(text).to_string());
    }
}

/// Builds a [`Json`] while refusing what `serde_json::Value` would let pass.
struct Strict<'a> {
    depth: usize,
    takes_nul: bool,
    found: &'a std::cell::RefCell<Option<Error>>,
}

impl Strict<'_> {
    fn inner(&self) -> Self {
        Strict { depth: self.depth.saturating_add(1), ..*self }
    }

    fn fail<E: serde::de::Error>(&self, problem: Problem) -> E {
        *self.found.borrow_mut() = Some(problem.into());
        E::custom("refused")
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth >= MOST_DEPTH {
            return Err(self.fail(Problem::TooDeep { most: length(MOST_DEPTH) }));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;
    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<Json, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<Json, E> {
        Ok(Json::Bool(v))
    }
    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Json, E> {
        Ok(Json::from(v))
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Json, E> {
        Ok(Json::from(v))
    }
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Json, E> {
        Ok(Json::from(v))
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Json, E> {
        if v.contains('\0') && !self.takes_nul {
            return Err(self.fail(Problem::Nul));
        }
        Ok(Json::String(v.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        self.enter()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if key.contains('\0') {
                return Err(self.fail(Problem::Nul));
            }
            let value = access.next_value_seed(self.inner())?;
            if map.insert(key.clone(), value).is_some() {
                return Err(self.fail(Problem::DuplicateKey { key: super::text::shortened(&key, 60) }));
            }
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> &'static str {
        parse(bytes).unwrap_err().code().name()
    }

    #[test]
    fn strict_where_serde_json_is_not() {
        assert_eq!(parse(br#"{"a":[1,"b",null,true]}"#).unwrap(), serde_json::json!({"a": [1, "b", null, true]}));
        assert_eq!(code(br#"{"amount":"1","amount":"999999"}"#), "invalid_json");
        assert_eq!(code(br#"{"text":"a\u0000b"}"#), "invalid_text");
        assert_eq!(parse_any_text(br#"{"text":"a\u0000b"}"#).unwrap(), serde_json::json!({"text": "a\0b"}));
        assert!(parse_any_text(br#"{"te\u0000xt":"a"}"#).is_err());
        assert_eq!(code(b"{} x"), "invalid_json");
        assert_eq!(code("\u{feff}{}".as_bytes()), "invalid_json");
        assert_eq!(code(b"\"a\nb\""), "invalid_json");
        assert_eq!(code(br#""\ud800""#), "invalid_json");
        assert_eq!(code(b"\xff"), "invalid_text");
        assert_eq!(code("[".repeat(40).as_bytes()), "too_large");
        assert_eq!(code(&vec![b' '; MOST_BYTES + 1]), "too_large");
    }

    #[test]
    fn canonical_text_sorts_keys() {
        let json = parse(br#"{"b":1,"a":{"d":2,"c":[3,"x"]}}"#).unwrap();
        assert_eq!(canonical(&json), r#"{"a":{"c":[3,"x"],"d":2},"b":1}"#);
    }

    proptest::proptest! {
        #[test]
        fn text_is_written_as_serde_json_writes_it(text in proptest::prelude::any::<String>()) {
            let json = Json::from(text.as_str());
            proptest::prop_assert_eq!(canonical(&json), json.to_string());
        }
    }
}
