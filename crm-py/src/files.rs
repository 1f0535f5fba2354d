//! Lead exports as files, in and out, for `python -m crmkit`.

use crm_core::kernel::json;
use crm_core::model::Kind;
use crm_core::{Error, Lang, Problem, Result};
use crm_csv::writer::{Cell, write_record};
use crm_csv::{DateOrder, DecimalMark, Encoding, Options, hint};
use pyo3::prelude::*;
use serde_json::{Map, Value as Json};

use crate::boundary::{detached, raised_as};
use crate::rules::Rules;

/// Reads a lead export: JSON options in, `{"rows", "refused", "duplicates", ...}` out. The document of an error has a
/// `hint` where an option would let the file in.
#[pyfunction]
pub(crate) fn read_leads(py: Python<'_>, content: &[u8], options: &[u8], rules: &Rules) -> PyResult<String> {
    detached(py, || Ok(import(content, options, &rules.0)))?.map_err(|error| {
        let mut document = error.to_json();
        if let (Some(hint), Some(map)) = (hint(error.problem()), document.as_object_mut()) {
            map.insert("hint".into(), hint.into());
        }
        raised_as(py, &document)
    })
}

/// One record of a CSV file, of cells `(is a number that the library wrote, text)`: see [`write_record`].
#[pyfunction]
pub(crate) fn csv_record(cells: Vec<(bool, String)>) -> String {
    let cells = cells.iter().map(|(number, text)| if *number { Cell::Number(text) } else { Cell::Text(text) });
    let mut out = String::new();
    write_record(&mut out, ',', &cells.collect::<Vec<_>>());
    out
}

fn import(content: &[u8], options: &[u8], rules: &crm_core::rules::Rules) -> Result<String> {
    let options = json::parse(options)?;
    let map = json::object(&options, "an object of options")?;
    let lang = text(map, "lang")?.map_or(Ok(Lang::English), str::parse)?;
    let schema = rules.schema(Kind::Lead);
    let custom = schema.fields().iter().filter_map(|f| Some((f.name.strip_prefix("custom.")?.to_owned(), f.kind)));
    let import = crm_csv::read_leads(content, &Options { custom: custom.collect(), ..read(map)? })?;
    Ok(serde_json::json!({
        "records": import.records,
        "repaired": import.repaired.len(),
        "ignored": import.mapping.ignored,
        "fields": import.mapping.columns.iter().map(|c| &c.field).collect::<Vec<_>>(),
        "rows": import.rows.iter().map(|r| &r.fields).collect::<Vec<_>>(),
        "rejects": import.rejects.len(),
        "refused": import.reasons(lang),
        "hints": import.hints(),
        "duplicates": import.duplicates.len(),
    })
    .to_string())
}

fn read(map: &Map<String, Json>) -> Result<Options> {
    json::only_keys(
        map,
        &["lang", "encoding", "delimiter", "decimal", "date_order", "zone", "currency", "map", "custom"],
    )?;
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
    Error::from(Problem::NotOneOf { found: found.to_owned(), expected }).at(key)
}
