//! What the caller decides for a table.

use std::collections::BTreeMap;
use std::str::FromStr;

use crm_core::kernel::error::RulesProblem;
use crm_core::kernel::json;
use crm_core::kernel::time::parse_instant;
use crm_core::kernel::zone::Zone;
use crm_core::{Currency, Error, Instant, Lang, Problem, Result};
use serde_json::{Map, Value as Json};

use crate::cell::Context;
use crate::instructions::Instructions;
use crate::result::ResultColumn;

/// How a table is read and what comes out.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// The instant for which leads are scored.
    pub at: Instant,
    /// The language of texts. Without one no reason is rendered, and diagnostics are English.
    pub lang: Option<Lang>,
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
    /// Which columns of the result come out, in this order; by default all but the reasons as numbers, and the reasons'
    /// texts only with a language: see [`ResultColumn::default_of`].
    pub columns: Option<Vec<ResultColumn>>,
    /// How many threads score; never changes the result.
    pub threads: usize,
    /// The widest instructions that may be used; never changes the result.
    pub instructions: Instructions,
}

/// Which column feeds which field, and what is decided for cells that leave something open.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) map: &'a BTreeMap<String, String>,
    pub(crate) context: Context<'a>,
    /// Whether whole numbers may name things, and times tell days: tables of deals name owners by number.
    pub(crate) lenient: bool,
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

const KEYS: &[&str] = &["at", "lang", "map", "currency", "zone", "keep", "reasons", "columns", "threads"];
const KEEP: &[&str] = &["all", "none"];
const REASONS: &[&str] = &["all", "none", "top<n>"];
/// Most threads of one call.
const MOST_THREADS: usize = 64;

impl ScoreOptions {
    /// The defaults: no texts, no currency and no zone assumed, all columns kept, all reasons, one thread.
    pub fn new(at: Instant) -> Self {
        Self {
            at,
            lang: None,
            map: BTreeMap::new(),
            currency: None,
            zone: None,
            keep: Keep::default(),
            reasons: Reasons::default(),
            columns: None,
            threads: 1,
            instructions: Instructions::default(),
        }
    }

    /// Reads the JSON form; only `at` is required:
    ///
    /// ```
    /// let options = serde_json::json!({
    ///     "at": "2026-11-22T09:00:00Z", "lang": "fr", "map": {"Société": "company"}, "currency": "EUR",
    ///     "zone": "Europe/Paris", "keep": ["Société"], "reasons": "top3", "columns": ["score", "reasons"], "threads": 2,
    /// });
    /// assert_eq!(crm_arrow::ScoreOptions::from_json(&options)?.reasons, crm_arrow::Reasons::Top(3));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        let given = Given::new(options, KEYS)?;
        let mut read = Self::new(given.at()?);
        read.lang = given.parsed("lang")?;
        read.map = given.map()?;
        read.currency = given.parsed("currency")?;
        read.zone = given.parsed("zone")?;
        read.keep = given.keep()?;
        read.threads = given.threads()?;
        if let Some(reasons) = given.value("reasons") {
            read.reasons = read_reasons(reasons).map_err(|e| e.at("reasons"))?;
        }
        if let Some(columns) = given.value("columns") {
            read.columns = Some(read_columns(columns).map_err(|e| e.at("columns"))?);
        }
        Ok(read)
    }

    /// How the columns of the input are read.
    pub(crate) fn reading(&self) -> Reading<'_> {
        let context = Context { currency: self.currency, zone: self.zone.as_ref() };
        Reading { map: &self.map, context, lenient: false }
    }

    /// The columns of the result.
    pub(crate) fn result_columns(&self) -> Vec<ResultColumn> {
        self.columns.clone().unwrap_or_else(|| ResultColumn::default_of(self.lang))
    }

    /// The language of diagnostics, and of reasons that were asked for by the name of their column.
    pub(crate) fn text_lang(&self) -> Lang {
        self.lang.unwrap_or(Lang::English)
    }
}

/// The JSON form of options, whatever rule they are for; null is as good as nothing.
pub(crate) struct Given<'a>(&'a Map<String, Json>);

impl<'a> Given<'a> {
    /// # Errors
    /// Anything but an object of these keys.
    pub(crate) fn new(options: &'a Json, keys: &'static [&'static str]) -> Result<Self> {
        let map = json::object(options, "an object of options")?;
        json::only_keys(map, keys)?;
        Ok(Self(map))
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'a Json> {
        self.0.get(key).filter(|j| !j.is_null())
    }

    pub(crate) fn text(&self, key: &'static str) -> Result<Option<&'a str>> {
        match self.value(key) {
            None => Ok(None),
            Some(Json::String(t)) => Ok(Some(t.as_str())),
            Some(other) => Err(misshapen("text", other).at(key)),
        }
    }

    /// A text that stands for something else.
    pub(crate) fn parsed<T: FromStr<Err = Error>>(&self, key: &'static str) -> Result<Option<T>> {
        self.text(key)?.map(|text| text.parse().map_err(|e: Error| e.at(key))).transpose()
    }

    pub(crate) fn at(&self) -> Result<Instant> {
        let at = self.text("at")?.ok_or_else(|| Problem::Missing { name: "at".into() })?;
        parse_instant(at).map_err(|e| e.at("at"))
    }

    /// Which column feeds which field.
    pub(crate) fn map(&self) -> Result<BTreeMap<String, String>> {
        let Some(columns) = self.value("map") else { return Ok(BTreeMap::new()) };
        let columns = json::object(columns, "an object of fields by column").map_err(|e| e.at("map"))?;
        let pairs = columns.iter().map(|(column, field)| {
            let field = field.as_str().ok_or_else(|| misshapen("a field's name", field).at(column).at("map"))?;
            Ok((column.clone(), field.to_owned()))
        });
        pairs.collect()
    }

    pub(crate) fn keep(&self) -> Result<Keep> {
        self.value("keep").map_or(Ok(Keep::default()), |keep| read_keep(keep).map_err(|e| e.at("keep")))
    }

    pub(crate) fn threads(&self) -> Result<usize> {
        self.value("threads").map_or(Ok(1), |threads| read_threads(threads).map_err(|e| e.at("threads")))
    }
}

pub(crate) fn misshapen(expected: &'static str, found: &Json) -> Error {
    Problem::WrongShape { expected, found: json::shown(found) }.into()
}

fn read_keep(keep: &Json) -> Result<Keep> {
    match keep {
        Json::String(t) if t == "all" => Ok(Keep::All),
        Json::String(t) if t == "none" => Ok(Keep::None),
        Json::Array(list) => {
            let names = list.iter().enumerate().map(|(i, name)| {
                name.as_str().map(str::to_owned).ok_or_else(|| misshapen("a column's name", name).at_index(i))
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

fn read_columns(columns: &Json) -> Result<Vec<ResultColumn>> {
    let list = columns.as_array().ok_or_else(|| misshapen("a list of columns of the result", columns))?;
    let mut read = Vec::new();
    for (i, name) in list.iter().enumerate() {
        let column =
            name.as_str().and_then(ResultColumn::parse).ok_or_else(|| json::not_one_of(name, ResultColumn::NAMES));
        let column = column.map_err(|e| e.at_index(i))?;
        if read.contains(&column) {
            let problem = RulesProblem::DuplicateId { id: column.name().into() };
            return Err(Error::from(problem).at_index(i));
        }
        read.push(column);
    }
    Ok(read)
}

fn read_threads(threads: &Json) -> Result<usize> {
    let count = threads.as_u64().ok_or_else(|| misshapen("a whole number", threads))?;
    let fits = usize::try_from(count).ok().filter(|n| (1..=MOST_THREADS).contains(n));
    let range = || Problem::OutOfRange { found: count.to_string(), least: "1".into(), most: MOST_THREADS.to_string() };
    Ok(fits.ok_or_else(range)?)
}
