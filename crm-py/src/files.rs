//! Lead exports as files, for `python -m crmkit`.

use crm_core::kernel::json;
use crm_core::{Error, Lang, Problem, Result};
use crm_csv::{DateOrder, DecimalMark, Encoding, Options};
use pyo3::prelude::*;
use serde_json::{Map, Value as Json};

use crate::boundary::detached;

/// Reads a lead export: JSON options in, `{"rows", "rejects", "duplicates", ...}` out.
#[pyfunction]
pub(crate) fn read_leads(py: Python<'_>, content: &[u8], options: &[u8]) -> PyResult<String> {
    detached(py, || {
        let options = json::parse(options)?;
        let map = json::object(&options, "an object of options")?;
        let lang = text(map, "lang")?.map_or(Ok(Lang::English), str::parse)?;
        let import = crm_csv::read_leads(content, &read(map)?)?;
        let rejects = import.rejects.iter().map(|r| {
            serde_json::json!({"line": r.line, "column": r.column, "error": r.error.to_json(), "text": r.text(lang)})
        });
        Ok(serde_json::json!({
            "headers": import.headers,
            "source": import.source,
            "records": import.records,
            "repaired": import.repaired.len(),
            "ignored": import.mapping.ignored,
            "mapping": import.mapping.columns.iter().map(|c| (&c.header, &c.field)).collect::<Vec<_>>(),
            "rows": import.rows.iter().map(|r| serde_json::json!([r.line, r.fields])).collect::<Vec<_>>(),
            "rejects": rejects.collect::<Vec<_>>(),
            "duplicates": import.duplicates.iter().map(|d| (d.line, d.first)).collect::<Vec<_>>(),
        })
        .to_string())
    })
}

fn read(map: &Map<String, Json>) -> Result<Options> {
    json::only_keys(map, &["lang", "encoding", "delimiter", "decimal", "date_order", "zone", "currency", "map"])?;
    let encoding = match text(map, "encoding")? {
        None | Some("utf-8") => Encoding::Utf8,
        Some("windows-1252") => Encoding::Windows1252,
        Some(other) => return Err(unknown("encoding", other, &["utf-8", "windows-1252"])),
    };
    let mut options = Options { encoding, ..Options::default() };
    options.delimiter = match text(map, "delimiter")? {
        None => None,
        Some("tab") => Some('\t'),
        Some(other) => Some(
            other
                .chars()
                .next()
                .filter(|_| other.chars().count() == 1)
                .ok_or_else(|| unknown("delimiter", other, &[",", ";", "|", "tab"]))?,
        ),
    };
    options.decimal = match text(map, "decimal")? {
        None | Some("point") => DecimalMark::Point,
        Some("comma") => DecimalMark::Comma,
        Some(other) => return Err(unknown("decimal", other, &["point", "comma"])),
    };
    options.date_order = match text(map, "date_order")? {
        None => None,
        Some("day-first") => Some(DateOrder::DayFirst),
        Some("month-first") => Some(DateOrder::MonthFirst),
        Some(other) => return Err(unknown("date_order", other, &["day-first", "month-first"])),
    };
    options.zone = text(map, "zone")?.map(str::parse).transpose().map_err(|e: Error| e.at("zone"))?;
    options.currency = text(map, "currency")?.map(str::parse).transpose().map_err(|e: Error| e.at("currency"))?;
    if let Some(Json::Array(list)) = map.get("map") {
        let overrides = list.iter().filter_map(Json::as_str).map(str::parse);
        options.overrides = overrides.collect::<Result<_>>().map_err(|e| e.at("map"))?;
    }
    Ok(options)
}

fn text<'a>(map: &'a Map<String, Json>, key: &'static str) -> Result<Option<&'a str>> {
    match map.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(t)) => Ok(Some(t)),
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key)),
    }
}

fn unknown(key: &str, found: &str, expected: &'static [&'static str]) -> Error {
    Error::from(Problem::UnknownOption { found: found.to_owned(), expected }).at(key)
}
