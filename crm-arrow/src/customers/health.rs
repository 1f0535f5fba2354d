//! The health of every customer of a table.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::kernel::time::truncate;
use crm_core::kernel::zone::Zone;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::health::{HealthFacts, HealthModel, HealthModels};
use crm_core::{Error, Fact, Facts, Field, FieldType, Instant, Result, Schema};
use serde_json::{Value as Json, json};

use super::health_columns::Grown;
use crate::desk::reader::Reader;
use crate::desk::{Evaluated, TableOptions, check, read};
use crate::import::Incoming;
use crate::options::{Given, Reading, misshapen};

/// When the health of a table's customers is told, by which model, and how the table is read.
#[derive(Clone, Debug)]
pub struct HealthOptions {
    /// How the table is read, and what of it stays.
    pub table: TableOptions,
    /// The instant.
    pub at: Instant,
    /// The models; `None` are those of the rules.
    pub models: Option<HealthModels>,
    /// The model of all rows, by its id; without one the first that fits the row's account.
    pub model: Option<String>,
}

impl HealthOptions {
    /// Reads the JSON form; only `at` is required. `model` is the id of one of the rules' models, or a model:
    ///
    /// ```
    /// use crm_core::rules::Rules;
    /// let options = serde_json::json!({"at": "2026-11-22T09:00:00Z", "model": "standard", "lang": "fr",
    ///     "map": {"NPS": "measurement.nps"}, "currency": "EUR", "zone": "Europe/Paris", "keep": ["NPS"], "threads": 2});
    /// assert!(crm_arrow::HealthOptions::from_json(&options, &Rules::default())?.models.is_none());
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and models, and values that do not fit, with their path.
    pub fn from_json(options: &Json, rules: &Rules) -> Result<Self> {
        let given = Given::new(options, &["at", "currency", "keep", "lang", "map", "model", "threads", "zone"])?;
        let (models, model) = match given.value("model") {
            None => (None, None),
            Some(Json::String(id)) => (None, Some(id.clone())),
            Some(model @ Json::Object(_)) => {
                let zone = rules.health().zone.name();
                let part = json!({"zone": zone, "models": [model]});
                let models = HealthModels::new(Some(&part), &rules.schema(Kind::Account));
                (Some(models.map_err(|e| e.at("model"))?), None)
            }
            Some(other) => return Err(misshapen("a model, or the id of one", other).at("model")),
        };
        let options = Self { table: TableOptions::read(&given)?, at: given.at()?, models, model };
        options.chosen(options.models.as_ref().unwrap_or(rules.health()))?;
        Ok(options)
    }

    /// The model of all rows, if one was named.
    fn chosen<'m>(&self, models: &'m HealthModels) -> Result<Option<&'m HealthModel>> {
        let Some(id) = &self.model else { return Ok(None) };
        let unknown = || {
            let nearest = models.models.iter().map(|model| model.name.id.as_str());
            let nearest = crm_core::kernel::field::nearest(id, nearest).map(str::to_owned);
            let id = crm_core::kernel::text::shortened(id, 60);
            Error::from(crm_core::kernel::error::RulesProblem::Undefined { id, nearest }).at("model")
        };
        models.named(id).map(Some).ok_or_else(unknown)
    }
}

/// What the column of the instants is called since which a source's values have stood.
const SINCE: &str = "_as_of";

/// The sources that models read, as columns: first what they are, then since when, then what accounts are told apart by.
struct Layout {
    record: Schema,
    /// The names of the sources, each once.
    sources: Vec<String>,
    /// What is bound.
    fields: Vec<usize>,
}

impl Layout {
    /// `columns` are the names of columns and what they are mapped to: what is no source of these models is a source all the
    /// same, and of no use.
    fn new<'n>(
        models: &[&'n HealthModel],
        accounts: &Schema,
        chooses: bool,
        columns: impl Iterator<Item = &'n str>,
    ) -> Self {
        let known = HealthFacts::schema(models.iter().flat_map(|model| model.sources()).chain(columns));
        let sources: Vec<String> = known.fields().iter().map(|field| field.name.to_string()).collect();
        let is_read = |name: &str| models.iter().any(|model| model.sources().any(|source| source == name));
        let named = |name: Cow<'static, str>, kind: FieldType| Field { name, ..Field::new("", kind) };
        let values = known.fields().iter().cloned();
        let since = sources.iter().map(|name| named(format!("{name}{SINCE}").into(), FieldType::Instant));
        let record = values.chain(since).chain(accounts.fields().iter().cloned()).collect::<Vec<_>>();
        let own = sources.len().saturating_mul(2);
        let read = sources.iter().enumerate().filter(|(_, name)| is_read(name)).map(|(place, _)| place);
        let read = read.flat_map(|place| [place, sources.len().saturating_add(place)]);
        let mut fields: Vec<usize> = read.collect();
        fields.sort_unstable();
        let told = models.iter().filter_map(|model| model.when.as_ref()).flat_map(|when| when.fields());
        let mut told: Vec<usize> =
            if chooses { told.map(|field| own.saturating_add(field)).collect() } else { Vec::new() };
        told.sort_unstable();
        told.dedup();
        fields.extend(told);
        Self { record: Schema::new("health", record), sources, fields }
    }
}

/// The fields of a row that are an account's.
struct Account<'f, F> {
    facts: &'f F,
    first: usize,
}

impl<F: Facts> Facts for Account<'_, F> {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.facts.fact(self.first.saturating_add(field))
    }
}

/// What one row tells.
fn facts(row: &impl Facts, sources: &[String], problems: &mut Vec<Error>) -> HealthFacts {
    let mut facts = HealthFacts::default();
    for (place, source) in sources.iter().enumerate() {
        let since = match row.fact(sources.len().saturating_add(place)) {
            Fact::Instant(since) => Some(since),
            _ => None,
        };
        if let Err(problem) = facts.tell(source, row.fact(place).to_value(), since) {
            problems.push(problem);
        }
    }
    facts
}

/// The health of batches that are in the process already, see [`health_table`].
///
/// # Errors
/// As [`health_table`].
pub fn health_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &HealthOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let models = options.models.as_ref().unwrap_or(rules.health());
    let chosen = options.chosen(models)?;
    let all: Vec<&HealthModel> = chosen.map_or_else(|| models.models.iter().collect(), |model| vec![model]);
    let columns = schema.fields().iter().map(|field| field.name().as_str());
    let columns = columns.chain(options.table.map.values().map(String::as_str)).filter(|name| !name.ends_with(SINCE));
    let layout = Layout::new(&all, &rules.schema(Kind::Account), chosen.is_none(), columns);
    let (lang, at) = (options.table.lang, truncate(options.at));
    let reading = Reading { lenient: true, ..options.table.reading() };
    let fields = Grown::fields(lang);
    let reader = Reader::reading(schema, &layout.record, &layout.fields, &options.table, reading, fields)?;
    let reader = reader.fed(schema, &layout.record, &layout.fields)?;
    let zone: &Zone = &models.zone;
    let mut out = Vec::new();
    let mut counts: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    for input in batches {
        let parts = reader.parts(input, |batch, rows| {
            let mut grown = Grown::new(&options.table);
            let mut row_facts = batch.facts();
            for row in rows {
                let mut problems = Vec::new();
                batch.read(row, &mut row_facts, &mut problems);
                let first = layout.sources.len().saturating_mul(2);
                let model = chosen.or_else(|| models.of(&Account { facts: &row_facts, first }, at));
                let facts = facts(&row_facts, &layout.sources, &mut problems);
                let health = model.map(|model| model.health(&facts, zone, at)).transpose()?;
                grown.push(health.as_ref(), &problems);
            }
            Ok((grown.bands(), grown.finish()))
        })?;
        for (rows, (bands, arrays)) in parts {
            for (band, count) in bands {
                let own = counts.entry(band).or_default();
                *own = own.saturating_add(count);
            }
            out.push(reader.attach(input, rows, arrays)?);
        }
    }
    let titles: Vec<String> = all.iter().map(|model| model.title()).collect();
    let answer = json!({"models": titles, "zone": zone.name(), "bands": counts});
    Ok(Evaluated { schema: reader.schema, batches: out, answer })
}

/// The health of every customer of a C stream, exactly as [`Rules::eval`] says with the rule `health` and the question
/// `score`. Reads the stream to its end.
///
/// Columns are named as the models' sources (`tickets_open`, `payment_overdue_days`, `measurement.nps` ...; `map` gives
/// others), each with `SOURCE_as_of` for the instant since which the value has stood. Where models are for some accounts
/// only, the fields of accounts that their conditions read are columns, too. An empty cell and a column that is not there
/// are facts that nobody knows, which lowers the coverage.
///
/// Adds `score` (two decimals; null where too little is known), `band`, `coverage_bp`, `reasons` (sentences, only with a
/// language), `reason_codes`, `reason_points_centi` (hundredths of a point, which add up to the score where there is one),
/// `model`, `next_change_at` and `diagnostics` (cells that could not be read: their facts are unknown). A row that no model
/// is for has no band. The answer counts bands.
///
/// # Errors
/// No column that feeds a source, a column of a type that its source is not read from, a choice that is missing (the
/// currency of amounts, the zone of times), and [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn health_table(input: impl Into<Incoming>, rules: &Rules, options: &HealthOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    health_batches(&schema, &batches, rules, options)
}
