//! What the caller decides for a table.

use std::collections::BTreeMap;

use crm_core::kernel::json;
use crm_core::kernel::time::parse_instant;
use crm_core::kernel::zone::Zone;
use crm_core::{Currency, Error, Instant, Lang, Problem, Result};
use serde_json::Value as Json;

/// How a table is read and what comes out.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// The instant for which leads are scored.
    pub at: Instant,
    /// The language of reasons and diagnostics.
    pub lang: Lang,
    /// Which column feeds which field, where their names differ: `{"Société": "company"}`. A target may also be
    /// `custom.<name>` or `<money field>_currency`.
    pub map: BTreeMap<String, String>,
    /// The currency of amounts that have none of their own.
    pub currency: Option<Currency>,
    /// The zone of instants that have none of their own.
    pub zone: Option<Zone>,
    /// Which columns of the input stay in the output.
    pub keep: Keep,
    /// How many reasons a row gets.
    pub reasons: Reasons,
}

/// Which columns of the input stay in the output, before the columns of the result and on the same buffers. A column
/// that is called like one of the result is replaced by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// All of them.
    #[default]
    All,
    /// None.
    None,
    /// Those with these names, in this order.
    Columns(Vec<String>),
}

/// How many reasons a row gets, the weightiest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reasons {
    /// All of them: their points sum to the score.
    #[default]
    All,
    /// None: the columns stay, empty, and no text is rendered.
    None,
    /// At most so many.
    Top(usize),
}

impl Reasons {
    /// The most reasons of a row.
    pub(crate) const fn most(self) -> usize {
        match self {
            Reasons::All => usize::MAX,
            Reasons::None => 0,
            Reasons::Top(n) => n,
        }
    }
}

const KEYS: &[&str] = &["at", "lang", "map", "currency", "zone", "keep", "reasons"];
const KEEP: &[&str] = &["all", "none"];
const REASONS: &[&str] = &["all", "none", "top<n>"];

impl ScoreOptions {
    /// The defaults: English, no currency and no zone assumed, all columns kept, all reasons.
    pub fn new(at: Instant) -> Self {
        Self {
            at,
            lang: Lang::English,
            map: BTreeMap::new(),
            currency: None,
            zone: None,
            keep: Keep::default(),
            reasons: Reasons::default(),
        }
    }

    /// Reads the JSON form; only `at` is required:
    ///
    /// ```
    /// let options = serde_json::json!({
    ///     "at": "2026-11-22T09:00:00Z", "lang": "fr", "map": {"Société": "company"}, "currency": "EUR",
    ///     "zone": "Europe/Paris", "keep": ["Société"], "reasons": "top3",
    /// });
    /// assert_eq!(crm_arrow::ScoreOptions::from_json(&options)?.reasons, crm_arrow::Reasons::Top(3));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        let map = json::object(options, "an object with `at`")?;
        json::only_keys(map, KEYS)?;
        let given = |key: &str| map.get(key).filter(|j| !j.is_null());
        let text = |key: &'static str| match given(key) {
            None => Ok(None),
            Some(Json::String(t)) => Ok(Some(t.as_str())),
            Some(other) => Err(wrong("text", other).at(key)),
        };
        let at = text("at")?.ok_or_else(|| Problem::Missing { name: "at".into() })?;
        let mut read = Self::new(parse_instant(at).map_err(|e| e.at("at"))?);
        if let Some(lang) = text("lang")? {
            read.lang = lang.parse().map_err(|e: Error| e.at("lang"))?;
        }
        if let Some(columns) = given("map") {
            for (column, field) in json::object(columns, "an object of fields by column").map_err(|e| e.at("map"))? {
                let field = field.as_str().ok_or_else(|| wrong("a field's name", field).at(column).at("map"))?;
                read.map.insert(column.clone(), field.to_owned());
            }
        }
        read.currency = text("currency")?.map(str::parse).transpose().map_err(|e: Error| e.at("currency"))?;
        read.zone = text("zone")?.map(str::parse).transpose().map_err(|e: Error| e.at("zone"))?;
        if let Some(keep) = given("keep") {
            read.keep = read_keep(keep).map_err(|e| e.at("keep"))?;
        }
        if let Some(reasons) = given("reasons") {
            read.reasons = read_reasons(reasons).map_err(|e| e.at("reasons"))?;
        }
        Ok(read)
    }
}

fn wrong(expected: &'static str, found: &Json) -> Error {
    Problem::WrongShape { expected, found: json::shown(found) }.into()
}

fn read_keep(keep: &Json) -> Result<Keep> {
    match keep {
        Json::String(t) if t == "all" => Ok(Keep::All),
        Json::String(t) if t == "none" => Ok(Keep::None),
        Json::Array(list) => {
            let names = list.iter().enumerate().map(|(i, name)| {
                name.as_str().map(str::to_owned).ok_or_else(|| wrong("a column's name", name).at_index(i))
            });
            Ok(Keep::Columns(names.collect::<Result<_>>()?))
        }
        other => Err(json::not_one_of(other, KEEP)),
    }
}

fn read_reasons(reasons: &Json) -> Result<Reasons> {
    let unknown = || json::not_one_of(reasons, REASONS);
    match reasons {
        Json::String(t) if t == "all" => Ok(Reasons::All),
        Json::String(t) if t == "none" => Ok(Reasons::None),
        Json::String(t) => {
            let count = t.strip_prefix("top").filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
            Ok(Reasons::Top(count.and_then(|n| n.parse().ok()).ok_or_else(unknown)?))
        }
        _ => Err(unknown()),
    }
}
