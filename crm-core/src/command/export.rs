//! Taking a table out of the library: what was taken is written down, its contents are not.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Command, Cx, Verb};
use crate::kernel::csv::CsvFormat;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::read::Object;

/// Most records of one file.
pub(crate) const MOST_EXPORTED: usize = 100_000;
/// What a table is asked for by; exactly one of them.
const ASKED: &[&str] = &["report", "id", "deals", "find", "saved_view"];

/// Takes a table out as the text of a CSV file: exactly one of
///
/// - `"report": {...}` or `"id": "..."` of a saved one, with `as_of` and `known_seq`;
/// - `"find": {"record": "lead", "where": {...}, "order": [...], "columns": ["company", "owner"]}`, any record's table;
/// - `"deals": {...}`, `"saved_view": {...}`: what the questions of these names are asked;
///
/// with `"csv": {...}` ([`CsvFormat::from_json`]), `"lang": "fr"` and `"limit": 5000`, the most records (100,000): a file
/// is whole or there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportTable {
    question: Map<String, Json>,
    limit: usize,
}

/// What was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// What was asked for: `report`, `find`, `deals` or `saved_view`.
    pub table: String,
    /// The number of records.
    pub rows: u64,
    /// SHA-256 of what was asked for, in hexadecimal.
    pub spec_hash: String,
    /// SHA-256 of the file, in hexadecimal.
    pub csv_hash: String,
    /// The instant that a report tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The place in the trail of the last change that a report knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_version: Option<u64>,
    /// The file. The trail does not have it, so a plan has none, nor has the answer to a command that was given before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<String>,
}

impl ExportTable {
    const KEYS: &'static [&'static str] =
        &["report", "id", "deals", "find", "saved_view", "as_of", "known_seq", "csv", "lang", "limit"];

    /// The question that gives the table: its name, and the rest of the body.
    pub(crate) fn asked(&self) -> (&'static str, &Map<String, Json>) {
        let name = ASKED.iter().copied().find(|name| self.question.get(*name).is_some_and(|v| !v.is_null()));
        (name.unwrap_or("report"), &self.question)
    }

    /// The most records.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }
}

impl Command for ExportTable {
    type Output = Exported;
    const VERB: Verb = Verb::Export;

    fn name() -> Cow<'static, str> {
        "report.export".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(self.question.clone())
    }

    fn from_json(body: &Json, _: &Rules) -> Result<Self> {
        let o = Object::new(body, Self::KEYS)?;
        let mut asked = ASKED.iter().filter(|name| o.get(name).is_some());
        let (Some(name), None) = (asked.next(), asked.next()) else {
            let expected = "exactly one of `report`, `id`, `find`, `deals` and `saved_view`";
            return Err(Problem::WrongShape { expected, found: json::shown(body) }.into());
        };
        if *name != "id" {
            o.optional(name, |v| json::object(v, "an object"))?;
        }
        if !["report", "id"].contains(name) {
            for key in ["as_of", "known_seq"] {
                if o.get(key).is_some() {
                    let expected = "`as_of` and `known_seq` only with a report";
                    return Err(Error::from(Problem::WrongShape { expected, found: key.to_owned() }).at(key));
                }
            }
        }
        o.optional("csv", CsvFormat::from_json)?;
        o.lang()?;
        let most = i64::try_from(MOST_EXPORTED).unwrap_or(i64::MAX);
        let limit = o.optional_integer("limit")?.unwrap_or(most);
        check::between(limit, 1, most).map_err(|e| e.at("limit"))?;
        let question = json::object(body, "an object")?.clone();
        Ok(Self { question, limit: usize::try_from(limit).unwrap_or(MOST_EXPORTED) })
    }

    fn table(&self) -> Option<&ExportTable> {
        Some(self)
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Exported> {
        // The engine asks the question and hands over what it gave; nothing else runs commands that take tables out.
        let missing = || Error::from(Problem::Missing { name: "table".into() });
        cx.taken_out().ok_or_else(missing)
    }
}
