//! What the shell says about a file, and single records of one.

use crm_core::kernel::json;
use crm_core::{Error, Problem, Result};
use crm_csv::writer::write_record;
use crm_csv::{DateOrder, DecimalMark, Encoding, Options};
use pyo3::prelude::*;
use serde_json::{Map, Value as Json};

use crate::csv_out::cell;

/// One record of a CSV file, of cells `(is a number that the library wrote, text)`: see [`write_record`].
#[pyfunction]
pub(crate) fn csv_record(cells: Vec<(bool, String)>) -> String {
    let mut out = String::new();
    write_record(&mut out, ',', &cells.iter().map(|(number, text)| cell(*number, text)).collect::<Vec<_>>());
    out
}

/// The options of a file, as JSON.
pub(crate) fn reading(options: &Json) -> Result<Options> {
    let map = json::object(options, "an object of options")?;
    json::only_keys(map, &["encoding", "delimiter", "decimal", "date_order", "zone", "currency", "map"])?;
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
