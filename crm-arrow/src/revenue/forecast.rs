//! Forecasts of tables of deals.

use std::collections::HashMap;
use std::sync::Mutex;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::Result;
use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::rules::forecast::{OwnerTree, Question, Rounding};
use serde_json::{Map, Value as Json, json};

use super::deals::{mapped, reading, schema, sources};
use super::ledger::Ledger;
use super::output;
use super::pass::{Pass, Shared};
use super::source::{DECLARED, Source};
use super::totals::{Cell, Totals, cells};
use crate::bind::Binding;
use crate::cell::decimal_text;
use crate::desk::{Evaluated, TableOptions, check, read};
use crate::import::Incoming;
use crate::options::Given;
use crate::parallel;

/// Fewest rows that are worth a thread of their own.
const FEWEST_ROWS: usize = 16_384;

/// What a row of a forecast's table tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForecastView {
    /// Somebody's own deals.
    #[default]
    Rep,
    /// Somebody's own deals and those of all reports.
    Manager,
}

const VIEWS: &[&str] = &["rep", "manager"];
/// The options of tables, beside those of the question.
const OWN_KEYS: &[&str] = &["map", "threads", "view", "zone"];
const KEYS: &[&str] = &[
    "as_of",
    "currency",
    "filters",
    "lang",
    "map",
    "owners",
    "periods",
    "pipelines",
    "presentation",
    "rate_basis",
    "rates",
    "rounding",
    "threads",
    "view",
    "zone",
];

/// What is asked of a table of deals, and how it is read.
#[derive(Clone, Debug)]
pub struct ForecastOptions {
    /// How the table is read; `keep` is of no use, since rows of the result are not rows of the table.
    pub table: TableOptions,
    /// The question.
    pub question: Question,
    /// What a row of the result tells.
    pub view: ForecastView,
}

impl ForecastOptions {
    /// Reads the JSON form: the keys of the question as [`Rules::eval`] takes them without `deals` (`as_of`, `periods`
    /// and a currency are required), and `map`, `zone`, `threads` and `view`. Amounts without a column of currencies are
    /// in the currency of the forecast.
    ///
    /// ```
    /// use crm_core::rules::Rules;
    /// let options = serde_json::json!({
    ///     "as_of": "2026-11-22", "currency": "EUR",
    ///     "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"},
    ///     "owners": [{"user": "marie", "manager": "anne"}, {"user": "anne"}],
    ///     "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.92"}],
    ///     "map": {"owner_id": "owner"}, "view": "manager", "threads": 2,
    /// });
    /// let options = crm_arrow::ForecastOptions::from_json(&options, &Rules::default())?;
    /// assert_eq!(options.question.periods.list().len(), 1);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(options, "an object of options")?;
        json::only_keys(map, KEYS)?;
        let of = |own: bool| -> Json {
            let some = map.iter().filter(|(key, value)| OWN_KEYS.contains(&key.as_str()) == own && !value.is_null());
            Json::Object(some.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<String, Json>>())
        };
        let question = Question::from_json(rules.forecast(), &of(false))?;
        let own = of(true);
        let given = Given::new(&own, OWN_KEYS)?;
        let mut table = TableOptions::read(&given)?;
        table.lang = question.lang;
        table.currency = Some(question.currency);
        let view = match given.value("view") {
            None => ForecastView::Rep,
            Some(Json::String(view)) if view == "rep" => ForecastView::Rep,
            Some(Json::String(view)) if view == "manager" => ForecastView::Manager,
            Some(other) => return Err(json::not_one_of(other, VIEWS).at("view")),
        };
        Ok(Self { table, question, view })
    }
}

/// The forecast of batches that are in the process already, see [`forecast_table`].
///
/// # Errors
/// As [`forecast_table`].
pub fn forecast_batches(schema: &SchemaRef, batches: &[RecordBatch], options: &ForecastOptions) -> Result<Evaluated> {
    check(schema, batches)?;
    let question = &options.question;
    let table = mapped(schema, &options.table);
    let record = self::schema(DECLARED);
    let fields: Vec<usize> = (0..DECLARED.len()).collect();
    let binding = Binding::new(schema, &record, &fields, reading(&table))?;
    let sources = sources(&binding, &record);
    let source =
        Source { binding: &binding, options: &table, sources: &sources, pipelines: question.pipelines.as_ref() };
    let shared = Shared::new(question.plan(), source);
    let passes = passes(&shared, batches, table.threads)?;
    let totals = Totals::new(passes, question.periods.list().len())?;
    let places = places(question, totals.factor);
    let read: Json = binding.read.iter().map(|(c, f)| json!([c, f])).collect();
    let metadata = HashMap::from([
        ("crmkit.read".to_owned(), read.to_string()),
        ("crmkit.ignored".to_owned(), Json::from(binding.ignored.clone()).to_string()),
    ]);
    let schema = output::schema(places, metadata);
    let written = (&question.periods, places);
    let batches = match options.view {
        ForecastView::Rep => {
            let name = |owner: u32| totals.owners.get(owner as usize).map_or("", String::as_str);
            output::batches(&totals.cells, name, written, &schema)?
        }
        ForecastView::Manager => {
            let (tree, cells) = up(&question.tree, &totals, question.periods.list().len())?;
            let name = |node: u32| tree.nodes().get(node as usize).map_or("", |node| node.user.as_str());
            output::batches(&cells, name, written, &schema)?
        }
    };
    Ok(Evaluated { schema, batches, answer: answer(question, &totals)? })
}

/// What deals come to: reads a C stream of them to its end and gives a table with a row for each owner, period and
/// category, and what everybody together comes to as the answer.
///
/// Columns are taken by name or by `map`: `owner` (text, dictionary or whole numbers), `amount` (or `value`; decimals,
/// whole major units or text) with `amount_currency` (or `currency`), `close_date` (dates or times), `probability_bp` or
/// `probability` (a decimal from 0 to 1), `category`, `state`, `pipeline`, `stage`, `created_on` and `id`. Deals count as
/// [`crm_core::rules::forecast`] says.
///
/// The table has `owner`, `period_start` and `period_end` (not included; null for deals without a close date), `category`,
/// `count`, and the exact `amount` and `weighted` in the forecast's currency, in order of owner, period and category.
/// With [`ForecastView::Manager`] a row is about somebody and all reports, managers before them.
///
/// The answer is that of [`Rules::eval`] without rows, nodes and reasons, whose totals print what the table adds up to.
/// `excluded` tells the first 1,000 deals that do not count, each with its `row` (counted from 0); `excluded_count` and
/// `excluded_codes` count all.
///
/// # Errors
/// No column that feeds a field, a column of a type that its field is not read from, sums beyond 128 bits, and
/// [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is released in any case.
pub fn forecast_table(input: impl Into<Incoming>, options: &ForecastOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    forecast_batches(&schema, &batches, options)
}

/// All rows through as many passes as there are threads.
fn passes<'s, 'p>(shared: &'s Shared<'p>, batches: &[RecordBatch], threads: usize) -> Result<Vec<Pass<'s, 'p>>> {
    let passes: Vec<Mutex<Pass<'s, 'p>>> = (0..threads.max(1)).map(|_| Mutex::new(Pass::new(shared))).collect();
    let mut offset = 0_u64;
    for batch in batches {
        let ranges = parallel::ranges(batch.num_rows(), threads, FEWEST_ROWS, 64);
        let each = batch.num_rows().div_ceil(ranges.len().max(1)).next_multiple_of(64).max(1);
        let done = parallel::each(ranges, |range| -> Result<()> {
            let place = range.start / each;
            let Some(Ok(mut pass)) = passes.get(place).map(Mutex::lock) else { return Ok(()) };
            pass.add(batch, range, offset)
        });
        done.into_iter().collect::<Result<()>>()?;
        offset = offset.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
    }
    Ok(passes.into_iter().map(|pass| pass.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)).collect())
}

/// How many digits amounts have behind the point: those of minor units where each is rounded, else as many as they need.
fn places(question: &Question, factor: i128) -> u32 {
    let places = question.currency.minor_digits();
    let valuation = question.plan().valuation;
    match valuation.rounding {
        Rounding::EachDeal => places,
        Rounding::Never => {
            let finer = valuation.scale().checked_div(factor).and_then(i128::checked_ilog10).unwrap_or(0);
            places.saturating_add(finer)
        }
    }
}

/// Everybody's sums with those of all reports, by the places of a tree in which everybody stands who owns deals.
fn up(tree: &OwnerTree, totals: &Totals, periods: usize) -> Result<(OwnerTree, Vec<Cell>)> {
    let mut tree = tree.clone();
    let own: HashMap<usize, &[Cell]> = totals
        .cells
        .chunk_by(|a, b| a.owner == b.owner)
        .filter_map(|cells| {
            let owner = totals.owners.get(cells.first()?.owner as usize)?;
            Some((tree.place(owner), cells))
        })
        .collect();
    // Whoever leads somebody, by places of their own.
    let nodes = tree.nodes();
    let leads = |node: &usize| nodes.get(*node).is_some_and(|node| !node.reports.is_empty());
    let leaders: HashMap<usize, u32> = (0..nodes.len()).filter(leads).zip(0..).collect();
    let mut ledger = Ledger::new(periods.saturating_add(1));
    ledger.reserve(leaders.len());
    for (node, cells) in &own {
        let above = |node: &usize| nodes.get(*node).and_then(|node| node.manager);
        for leader in std::iter::successors(Some(*node), above).filter_map(|node| leaders.get(&node)) {
            for cell in *cells {
                let all = ledger.of(*leader, cell.slot as usize, cell.category as usize);
                all.map_or(Ok(()), |all| all.merge(&cell.sums))?;
            }
        }
    }
    let led = cells(&ledger);
    let of_leaders: HashMap<u32, &[Cell]> =
        led.chunk_by(|a, b| a.owner == b.owner).filter_map(|cells| Some((cells.first()?.owner, cells))).collect();
    let mut all = Vec::with_capacity(totals.cells.len().saturating_add(led.len()));
    for node in tree.order() {
        let found = match leaders.get(&node) {
            Some(leader) => of_leaders.get(leader),
            None => own.get(&node),
        };
        let owner = u32::try_from(node).unwrap_or(u32::MAX);
        all.extend(found.copied().unwrap_or_default().iter().map(|cell| Cell { owner, ..*cell }));
    }
    Ok((tree, all))
}

/// What everybody together comes to, and what does not count.
fn answer(question: &Question, totals: &Totals) -> Result<Json> {
    let slots = totals.by_slot()?;
    let sums = slots.iter().map(|(slot, sums)| (*slot, sums));
    let mut map = question.summary(sums, totals.outside, totals.filtered)?;
    let told = totals.told.iter().map(|told| {
        let mut deal = question.excluded(&told.id, &told.owner, told.amount, &told.exclusion);
        if let Json::Object(map) = &mut deal {
            map.insert("row".into(), told.row.into());
        }
        deal
    });
    map.insert("excluded".into(), told.collect());
    map.insert("excluded_count".into(), totals.excluded.count().into());
    let codes = totals.excluded.codes.iter().map(|(code, count)| ((*code).to_owned(), Json::from(*count)));
    map.insert("excluded_codes".into(), Json::Object(codes.collect()));
    let amounts = totals.excluded.amounts.iter().map(|(currency, (count, minor))| {
        let places = i8::try_from(currency.minor_digits()).unwrap_or(0);
        (currency.code().to_owned(), json!({"count": count, "amount": decimal_text(*minor, places)}))
    });
    map.insert("excluded_amounts".into(), Json::Object(amounts.collect()));
    Ok(Json::Object(map))
}
