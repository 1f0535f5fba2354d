//! What a host says of a message: lines of an envelope, headers and long texts, within limits and without what deceives.

use serde_json::{Map, Value as Json};

use super::super::body::raw_text;
use crate::kernel::approval::ChannelKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::list;

/// Most bytes of an address or of a message's id: RFC 5322 lets a line have 998.
const MOST_LINE_BYTES: usize = 998;
const MOST_HEADERS: usize = 500;
const MOST_HEADER_BYTES: usize = 256 * 1024;

/// A text that is a line of an envelope: an address, an id.
pub(super) fn line(text: &str) -> Result<String> {
    if text.len() > MOST_LINE_BYTES {
        return Err(Problem::TooLong { bytes: json::length(text.len()), most: json::length(MOST_LINE_BYTES) }.into());
    }
    let text = text.trim();
    if text.chars().any(char::is_control) {
        let found = shortened(&text.escape_debug().to_string(), 60);
        return Err(Problem::ControlCharacter { found }.into());
    }
    Ok(text.to_owned())
}

pub(super) fn line_of(map: &Map<String, Json>, key: &'static str) -> Result<String> {
    raw_text(map, key)?.map_or(Ok(String::new()), line).map_err(|e| e.at(key))
}

/// A long text, without control characters but line breaks and tabs: nobody writes others, and they only deceive.
pub(super) fn long(map: &Map<String, Json>, key: &'static str, most: usize, breaks: bool) -> Result<String> {
    let text = raw_text(map, key)?.unwrap_or_default();
    if text.len() > most {
        let problem = Problem::TooLong { bytes: json::length(text.len()), most: json::length(most) };
        return Err(Error::from(problem).at(key));
    }
    if text.contains('\0') {
        return Err(Error::from(Problem::Nul).at(key));
    }
    let unbroken = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain = unbroken.chars().map(|c| match c {
        '\n' | '\t' if breaks => c,
        c if c.is_control() => ' ',
        c => c,
    });
    Ok(plain.collect::<String>().trim().to_owned())
}

pub(super) fn lines_of(
    map: &Map<String, Json>,
    key: &'static str,
    what: &'static str,
    most: usize,
) -> Result<Vec<String>> {
    let Some(json) = map.get(key).filter(|json| !json.is_null()) else { return Ok(Vec::new()) };
    check::most(what, json.as_array().map_or(0, Vec::len), most).map_err(|e| e.at(key))?;
    list(json, |json| match json {
        Json::String(text) => line(text),
        other => Err(Problem::WrongShape { expected: "text", found: json::shown(other) }.into()),
    })
    .map_err(|e| e.at(key))
}

pub(super) fn headers_of(map: &Map<String, Json>) -> Result<Vec<(String, String)>> {
    let Some(json) = map.get("headers").filter(|json| !json.is_null()) else { return Ok(Vec::new()) };
    let read = || {
        let named = json::object(json, "an object of headers")?;
        let mut all = Vec::new();
        let mut bytes = 0_usize;
        for (name, value) in named {
            let values = match value {
                Json::Array(values) => values.iter().collect(),
                value => vec![value],
            };
            for value in values {
                let Json::String(text) = value else {
                    let problem = Problem::WrongShape { expected: "text", found: json::shown(value) };
                    return Err(Error::from(problem).at(name));
                };
                bytes = bytes.saturating_add(name.len()).saturating_add(text.len());
                all.push((name.clone(), text.clone()));
            }
        }
        check::most("items", all.len(), MOST_HEADERS)?;
        if bytes > MOST_HEADER_BYTES {
            return Err(Problem::TooLong { bytes: json::length(bytes), most: json::length(MOST_HEADER_BYTES) }.into());
        }
        Ok(all)
    };
    read().map_err(|e: Error| e.at("headers"))
}

/// The channel under `channel`.
pub(super) fn channel_of(map: &Map<String, Json>) -> Result<ChannelKind> {
    let code = map.get("channel").ok_or_else(|| Problem::Missing { name: "channel".into() })?;
    let channel = code.as_str().and_then(ChannelKind::from_code);
    channel.ok_or_else(|| json::not_one_of(code, ChannelKind::CODES).at("channel"))
}
