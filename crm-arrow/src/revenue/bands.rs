//! Bands of tables of deals.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::kernel::forecast_reason::ForecastReason;
use crm_core::kernel::json;
use crm_core::kernel::reason::Reason;
use crm_core::rules::Rules;
use crm_core::rules::forecast::Line;
use crm_core::rules::pipeline::Pipelines;
use crm_core::{Currency, Money, Problem, Result};
use serde_json::{Map, Value as Json, json};

use super::deals::{mapped, reading, schema, sources};
use super::source::{DECLARED, Source, Texts};
use crate::bind::Binding;
use crate::desk::{Evaluated, TableOptions, check, read};
use crate::import::{Incoming, refused};
use crate::options::Given;

/// The options of tables; all others are the question's.
const OWN_KEYS: &[&str] = &["map", "pipelines", "threads", "zone"];

/// What is asked of a table of deals, and how it is read.
#[derive(Clone, Debug)]
pub struct BandsOptions {
    /// How the table is read; `keep` is of no use, since rows of the result are not rows of the table.
    pub table: TableOptions,
    /// What stages mean; without them the deals say it.
    pub pipelines: Option<Pipelines>,
    /// The question without its deals, as [`Rules::eval`] takes it.
    pub question: Map<String, Json>,
}

impl BandsOptions {
    /// Reads the JSON form: the keys of the question without `deals` (only `currency` is required), and `map`, `zone` and
    /// `pipelines`. Amounts without a column of currencies are in the currency of the question.
    ///
    /// ```
    /// let options = serde_json::json!({"currency": "EUR", "quantiles_bp": [1000, 5000, 9000], "bins": 40});
    /// assert_eq!(crm_arrow::BandsOptions::from_json(&options)?.question.len(), 3);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Options of the table that do not fit; those of the question are checked where it is asked.
    pub fn from_json(options: &Json) -> Result<Self> {
        let map = json::object(options, "an object of options")?;
        if map.contains_key("deals") {
            return Err(Problem::UnknownOption { found: "deals".to_owned(), expected: OWN_KEYS }.into());
        }
        let (mut own, mut question) = (Map::new(), Map::new());
        for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let to = if OWN_KEYS.contains(&key.as_str()) { &mut own } else { &mut question };
            to.insert(key.clone(), value.clone());
        }
        let own = Json::Object(own);
        let given = Given::new(&own, OWN_KEYS)?;
        let mut table = TableOptions::read(&given)?;
        let pipelines = given.value("pipelines").map(Pipelines::from_json).transpose();
        let question_of = Json::Object(question.clone());
        let text = |key: &'static str| question_of.get(key).and_then(Json::as_str);
        table.currency =
            text("currency").map(|code| code.parse::<Currency>().map_err(|e| e.at("currency"))).transpose()?;
        table.lang = text("lang").map(|lang| lang.parse().map_err(|e: crm_core::Error| e.at("lang"))).transpose()?;
        Ok(Self { table, pipelines: pipelines.map_err(|e| e.at("pipelines"))?, question })
    }
}

/// The bands of batches that are in the process already, see [`bands_table`].
///
/// # Errors
/// As [`bands_table`].
pub fn bands_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &BandsOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let table = mapped(schema, &options.table);
    let record = self::schema(DECLARED);
    let fields: Vec<usize> = (0..DECLARED.len()).collect();
    let binding = Binding::new(schema, &record, &fields, reading(&table))?;
    let sources = sources(&binding, &record);
    let source =
        Source { binding: &binding, options: &table, sources: &sources, pipelines: options.pipelines.as_ref() };
    let (mut deals, mut unread, mut number) = (Vec::new(), Vec::new(), 0_u64);
    for batch in batches {
        let read = source.batch(batch)?;
        for row in 0..batch.num_rows() {
            let row = source.row(&read, row);
            let mut texts = Texts::default();
            let id = number.to_string();
            match row.line(&mut texts) {
                Ok(line) => deals.push(deal(&line, id)),
                Err(exclusion) => {
                    let why = Reason::Forecast(ForecastReason::Excluded(exclusion));
                    let mut map = why.to_json(table.lang);
                    map.insert("id".into(), id.into());
                    unread.push(Json::Object(map));
                }
            }
            number = number.saturating_add(1);
        }
    }
    let mut question = options.question.clone();
    question.insert("deals".into(), deals.into());
    let mut answer = rules.eval("bands", &Json::Object(question))?;
    if let Some(Json::Array(excluded)) = answer.get_mut("excluded") {
        excluded.extend(unread);
        excluded.sort_by_key(|deal| deal.get("id").and_then(Json::as_str).and_then(|id| id.parse::<u64>().ok()));
    }
    let read: Json = binding.read.iter().map(|(c, f)| json!([c, f])).collect();
    let metadata = HashMap::from([
        ("crmkit.read".to_owned(), read.to_string()),
        ("crmkit.ignored".to_owned(), Json::from(binding.ignored.clone()).to_string()),
    ]);
    let currency: Option<Currency> = answer.get("currency").and_then(Json::as_str).and_then(|code| code.parse().ok());
    let batch = distribution(&answer, currency.ok_or(Problem::AmountTooLarge)?, metadata)?;
    Ok(Evaluated { schema: batch.schema(), batches: vec![batch], answer })
}

/// The distribution of what will close of a table of deals: reads a C stream of them to its end. Columns are those of
/// [`forecast_table`](crate::forecast_table); ids in the answer are rows, counted from 0.
///
/// The table has the bars of the histogram: `from` and `to` (not included) in the currency, `share_ppm` and
/// `cumulative_ppm` in millionths. The answer is that of [`Rules::eval`] with the rule `bands`; its `excluded` also tells
/// deals that cannot be read.
///
/// # Errors
/// As [`forecast_table`](crate::forecast_table), and what the rule refuses.
pub fn bands_table(input: impl Into<Incoming>, rules: &Rules, options: &BandsOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    bands_batches(&schema, &batches, rules, options)
}

/// A deal as the rule's door takes it.
fn deal(line: &Line<'_>, id: String) -> Json {
    json!({
        "id": id,
        "amount": line.amount.map(Money::to_json),
        "probability_bp": line.weight().bp(),
        "state": line.state.code(),
        "category": line.category().code(),
        "close_date": line.close_date.map(|day| day.to_string()),
    })
}

/// The bars of the histogram as a table.
fn distribution(answer: &Json, currency: Currency, metadata: HashMap<String, String>) -> Result<RecordBatch> {
    let bars = answer.get("histogram").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let scale = i8::try_from(currency.minor_digits()).unwrap_or(0);
    let amounts = |key: &str| -> Result<ArrayRef> {
        let minor = bars.iter().map(|bar| bar.get(key).and_then(Json::as_str).and_then(minor_units).unwrap_or(0));
        let array = minor.collect::<Decimal128Array>().with_precision_and_scale(38, scale);
        Ok(Arc::new(array.map_err(|e| refused(e.to_string()))?))
    };
    let shares: Vec<i64> = bars.iter().map(|bar| bar.get("share_ppm").and_then(Json::as_i64).unwrap_or(0)).collect();
    let cumulative = shares.iter().scan(0_i64, |sum, share| {
        *sum = sum.saturating_add(*share);
        Some(*sum)
    });
    let decimal = || DataType::Decimal128(38, scale);
    let fields = vec![
        Field::new("from", decimal(), false),
        Field::new("to", decimal(), false),
        Field::new("share_ppm", DataType::Int64, false),
        Field::new("cumulative_ppm", DataType::Int64, false),
    ];
    let columns: Vec<ArrayRef> = vec![
        amounts("from")?,
        amounts("to")?,
        Arc::new(Int64Array::from(shares.clone())),
        Arc::new(cumulative.collect::<Int64Array>()),
    ];
    let schema = Arc::new(Columns::new_with_metadata(fields, metadata));
    RecordBatch::try_new(schema, columns).map_err(|e| refused(e.to_string()))
}

/// The minor units of an amount that is written with all its places.
fn minor_units(text: &str) -> Option<i128> {
    text.replace('.', "").parse().ok()
}
