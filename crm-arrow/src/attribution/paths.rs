//! Tables of paths: what each channel brought, exactly.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::rules::Rules;
use crm_core::rules::attribution::PathOptions;
use crm_core::{Error, Problem, Result};
use serde_json::{Map, Value as Json, json};

use super::options::model;
use crate::answers::batch;
use crate::cell::{Cell, decimal_text};
use crate::column::Column;
use crate::desk::{Evaluated, check, read};
use crate::import::Incoming;
use crate::kept::place;
use crate::options::Given;

/// What is asked of [`paths_table`].
#[derive(Clone, Debug)]
pub struct PathsOptions {
    /// The column of paths: texts such as `search > email`, or lists of texts.
    pub path: String,
    /// The column of how often each path led to a conversion.
    pub conversions: String,
    /// The column of what it brought, if there is one.
    pub value: Option<String>,
    /// The question without its paths, as [`Rules::eval`] takes it.
    pub question: Map<String, Json>,
}

impl PathsOptions {
    /// Reads the JSON form; nothing is required:
    ///
    /// ```
    /// let options = serde_json::json!({"path": "path", "conversions": "conversions", "value": "revenue",
    ///     "model": "linear", "separator": ">", "unique": "first"});
    /// assert_eq!(crm_arrow::PathsOptions::from_json(&options)?.value.as_deref(), Some("revenue"));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        let given = Given::new(options, &["conversions", "model", "path", "separator", "unique", "value"])?;
        let mut question = Map::new();
        if let Some(model) = model(&given)? {
            question.insert("models".into(), json!([model.to_json()]));
        }
        let asked = PathOptions::KEYS.iter().chain(&["separator"]);
        question.extend(asked.filter_map(|key| Some(((*key).to_owned(), given.value(key)?.clone()))));
        Ok(Self {
            path: given.text("path")?.unwrap_or("path").to_owned(),
            conversions: given.text("conversions")?.unwrap_or("conversions").to_owned(),
            value: given.text("value")?.map(str::to_owned),
            question,
        })
    }
}

/// What channels brought, of batches that are in the process already, see [`paths_table`].
///
/// # Errors
/// As [`paths_table`].
pub fn paths_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &PathsOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let column = |name: &String, option: &'static str| place(schema, name).map_err(|e| e.at(option));
    let path = column(&options.path, "path")?;
    let count = column(&options.conversions, "conversions")?;
    let value = options.value.as_ref().map(|name| column(name, "value")).transpose()?;
    let (mut paths, mut counts, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for batch in batches {
        let of = |place: usize| Column::new(batch.column(place).as_ref()).map_err(|e| e.at(schema.field(place).name()));
        let (path, count, value) = (of(path)?, of(count)?, value.map(of).transpose()?);
        for row in 0..batch.num_rows() {
            let wrong = |e: Error, name: &str| e.at_index(paths.len()).at(name);
            let told = match path.cell(row).map_err(|e| wrong(e, &options.path))? {
                Cell::Null => Json::Array(Vec::new()),
                Cell::Text(text) => text.into(),
                Cell::Texts(list) => list.into(),
                _ => {
                    let problem = Problem::WrongShape { expected: "a path", found: "something else".into() };
                    return Err(wrong(problem.into(), &options.path));
                }
            };
            counts.push(number(count.cell(row)).map_err(|e| wrong(e, &options.conversions))?);
            if let (Some(value), Some(name)) = (&value, &options.value) {
                values.push(number(value.cell(row)).map_err(|e| wrong(e, name))?);
            }
            paths.push(told);
        }
    }
    let mut question = options.question.clone();
    question.insert("ask".into(), "paths".into());
    question.insert("paths".into(), paths.into());
    question.insert("conversions".into(), counts.into());
    if value.is_some() {
        question.insert("values".into(), values.into());
    }
    let answer = rules.eval("attribution", &Json::Object(question))?;
    told(&answer, value.is_some())
}

/// What each channel brought, of a table of paths: `path` (texts such as `search > email`, or lists), `conversions` (how
/// often it led to one) and, if it is named, a column of values. Reads a C stream to its end and asks the rule
/// `attribution` its question `paths`.
///
/// The result has a row for each channel, in order: `channel`, `conversions` (six places, which add up to the total),
/// `conversions_exact` (a fraction as text, null where 128 bits do not hold it), and `value` and `value_exact` where
/// values are named. The answer has the totals, and what paths without a channel brought.
///
/// # Errors
/// Columns that are not there or of another type, a count or value that is no exact number or less than none, with its
/// row, and [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn paths_table(input: impl Into<Incoming>, rules: &Rules, options: &PathsOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    paths_batches(&schema, &batches, rules, options)
}

/// A number as the rule takes it; an empty cell is none.
fn number(cell: Result<Cell<'_>>) -> Result<Json> {
    Ok(match cell? {
        Cell::Null => 0.into(),
        Cell::Integer(n) => n.to_string().into(),
        Cell::Decimal(units, scale) if scale >= 0 => decimal_text(units, scale).into(),
        Cell::Text(text) => text.into(),
        Cell::Float(f) => {
            // Whole floats are what frames make of counts with gaps.
            let fact =
                Cell::Float(f).fact(crm_core::FieldType::Integer, crate::cell::Context { currency: None, zone: None });
            match fact? {
                crm_core::Fact::Integer(n) => n.into(),
                _ => 0.into(),
            }
        }
        _ => return Err(Problem::NotANumber { found: "something else".into() }.into()),
    })
}

fn told(answer: &Json, has_values: bool) -> Result<Evaluated> {
    let channels = |key: &str| -> &[Json] {
        let channels = answer.get(key).and_then(|part| part.pointer("/models/0/channels"));
        channels.and_then(Json::as_array).map_or(&[], Vec::as_slice)
    };
    let asked = [("conversions", true), ("values", has_values)];
    let mut fields = vec![Field::new("channel", DataType::Utf8, false)];
    let mut columns: Vec<ArrayRef> = Vec::new();
    let text = |rows: &[Json], key: &str| {
        let mut texts = StringBuilder::new();
        rows.iter().for_each(|row| texts.append_option(row.get(key).and_then(Json::as_str)));
        texts.finish()
    };
    columns.push(Arc::new(text(channels("conversions"), "channel")));
    for (key, _) in asked.iter().filter(|(_, is_asked)| *is_asked) {
        let name = if *key == "values" { "value" } else { key };
        let rows = channels(key);
        let units = rows.iter().map(|row| row.get("value").and_then(Json::as_str).and_then(scaled));
        fields.push(Field::new(name, crate::answers::decimal(6), true));
        fields.push(Field::new(format!("{name}_exact"), DataType::Utf8, true));
        columns.push(crate::answers::decimals(units, 6)?);
        columns.push(Arc::new(text(rows, "exact")));
    }
    let schema = Arc::new(Columns::new(fields));
    let mut totals = Map::new();
    for (key, _) in asked.iter().filter(|(_, is_asked)| *is_asked) {
        let part = answer.get(key);
        let of = |name: &str| part.and_then(|part| part.get(name)).cloned().unwrap_or(Json::Null);
        totals.insert((*key).into(), json!({"total": of("total"), "unattributed": of("unattributed")}));
    }
    if let Some(model) = answer.pointer("/conversions/models/0/model") {
        totals.insert("model".into(), model.clone());
    }
    let batches = vec![batch(&schema, columns)?];
    Ok(Evaluated { schema, batches, answer: Json::Object(totals) })
}

/// The millionths of a decimal as the rule writes it, with all six places.
fn scaled(text: &str) -> Option<i128> {
    text.replace('.', "").parse().ok()
}
