//! The risk of every deal of a table.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use crm_core::kernel::reason::Reason;
use crm_core::kernel::time::truncate;
use crm_core::rules::Rules;
use crm_core::rules::deal_risk::{Circumstances, NoFields, Risk, Verdict};
use crm_core::rules::pipeline::Pipelines;
use crm_core::{Instant, Lang, Result, lang};
use serde_json::{Value as Json, json};

use super::deals::{Row, mapped, reading, schema, sources};
use super::risk_facts::{DECLARED, facts};
use crate::desk::reader::{Diagnostics, Reader};
use crate::desk::{Evaluated, TableOptions, check, read};
use crate::import::Incoming;
use crate::options::Given;

/// When the risk of a table's deals is told, and how the table is read.
#[derive(Clone, Debug)]
pub struct RiskOptions {
    /// How the table is read, and what of it stays.
    pub table: TableOptions,
    /// The instant.
    pub at: Instant,
    /// What stages mean; without them a deal's `state`, or else the standard ones. A table with neither `stage` nor `state`
    /// has open deals only.
    pub pipelines: Option<Pipelines>,
}

impl RiskOptions {
    /// Reads the JSON form; only `at` is required:
    ///
    /// ```
    /// let options = serde_json::json!({
    ///     "at": "2026-11-22T09:00:00Z", "lang": "fr", "map": {"Montant": "amount"}, "currency": "EUR",
    ///     "zone": "Europe/Paris", "keep": ["Montant"], "threads": 2,
    /// });
    /// assert!(crm_arrow::RiskOptions::from_json(&options)?.pipelines.is_none());
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        const KEYS: &[&str] = &["at", "currency", "keep", "lang", "map", "pipelines", "threads", "zone"];
        let given = Given::new(options, KEYS)?;
        let pipelines = given.value("pipelines").map(Pipelines::from_json).transpose();
        let pipelines = pipelines.map_err(|e| e.at("pipelines"))?;
        Ok(Self { table: TableOptions::read(&given)?, at: given.at()?, pipelines })
    }
}

/// The risk of batches that are in the process already, see [`deal_risk_table`].
///
/// # Errors
/// As [`deal_risk_table`].
pub fn deal_risk_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &RiskOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let table = mapped(schema, &options.table);
    let record = self::schema(DECLARED);
    let fields: Vec<usize> = (0..DECLARED.len()).collect();
    let result = Grown::fields(table.lang);
    let reader = Reader::reading(schema, &record, &fields, &table, reading(&table), result)?;
    let sources = sources(reader.binding(), &record);
    let (at, rule, around) = (truncate(options.at), rules.deal_risk(), Circumstances::default());
    let mut out = Vec::new();
    for input in batches {
        let parts = reader.parts(input, |batch, rows| {
            let mut grown = Grown::new(&table);
            for row in rows {
                let row = Row { batch, declared: DECLARED, sources: &sources, options: &table, row };
                let mut problems = Vec::new();
                let facts = facts(&row, options.pipelines.as_ref(), &mut problems);
                grown.push(&rule.risk(&facts, &NoFields, &around, at));
                grown.diagnostics.push(&problems);
            }
            Ok(grown.finish())
        })?;
        for (rows, arrays) in parts {
            out.push(reader.attach(input, rows, arrays)?);
        }
    }
    let model = rule.model();
    let answer = json!({"model": format!("{}@{}", model.id, model.version), "zone": model.zone.name()});
    Ok(Evaluated { schema: reader.schema, batches: out, answer })
}

/// The risk of every deal of a C stream, which is read to its end. A column that is not there is a fact that nobody knows,
/// which lowers the coverage; an empty cell says that there is none.
///
/// Columns: `pipeline`, `stage`, `state`, `archived`, `opened_at`, `stage_entered_at`, `amount` (or `value`) with
/// `amount_currency` (or `currency`), `stage_amount` (in the same currency), `close_date`, `pushes` (into later periods),
/// `moved_back_at`, `probability_bp` or `probability` (set by hand), `category` (set by hand), `last_touch_at`,
/// `last_inbound_at`, `last_outbound_at`, `open_tasks` (how many), `next_activity_at`, `contacts_reached` (how many),
/// `decision_maker` (whether there is one), `quote_sent_at`, `quote_expires_on`, `quote_answered`, `hot_ticket_at`.
///
/// Adds `score` (null for deals that have none), `band`, `coverage_bp`, `reasons` (sentences, only with a language),
/// `reason_codes`, `reason_points`, `unknown` (signals of which nobody can tell), `next_change_at` and `diagnostics`. A
/// deal without score has the reason for that as its only one. A model's `disabled_for` needs stored deals and says
/// nothing here.
///
/// # Errors
/// No column that feeds a fact, a column of a type that its fact is not read from, a choice that is missing (the currency
/// of amounts, the zone of times), and [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn deal_risk_table(input: impl Into<Incoming>, rules: &Rules, options: &RiskOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    deal_risk_batches(&schema, &batches, rules, options)
}

/// The columns of the result while they grow.
struct Grown {
    lang: Option<Lang>,
    scores: Vec<Option<i64>>,
    bands: Vec<Option<&'static str>>,
    coverage: Vec<Option<i64>>,
    reasons: ListBuilder<StringBuilder>,
    codes: ListBuilder<StringBuilder>,
    points: ListBuilder<arrow_array::builder::Int64Builder>,
    unknown: ListBuilder<StringBuilder>,
    changes: Vec<Option<i64>>,
    diagnostics: Diagnostics,
}

fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(kind, false))
}

impl Grown {
    fn fields(lang: Option<Lang>) -> Vec<Field> {
        let texts = |name: &str| Field::new(name, DataType::List(item(DataType::Utf8)), false);
        let mut fields = vec![
            Field::new("score", DataType::Int64, true),
            Field::new("band", DataType::Utf8, true),
            Field::new("coverage_bp", DataType::Int64, true),
        ];
        fields.extend(lang.map(|_| texts("reasons")));
        fields.extend([
            texts("reason_codes"),
            Field::new("reason_points", DataType::List(item(DataType::Int64)), false),
            texts("unknown"),
            Field::new("next_change_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Diagnostics::field(),
        ]);
        fields
    }

    fn new(table: &TableOptions) -> Self {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8));
        let numbers = arrow_array::builder::Int64Builder::new();
        Self {
            lang: table.lang,
            scores: Vec::new(),
            bands: Vec::new(),
            coverage: Vec::new(),
            reasons: texts(),
            codes: texts(),
            points: ListBuilder::new(numbers).with_field(item(DataType::Int64)),
            unknown: texts(),
            changes: Vec::new(),
            diagnostics: Diagnostics::new(table.lang.unwrap_or(Lang::English)),
        }
    }

    fn push(&mut self, risk: &Risk) {
        self.changes.push(risk.next_change_at.map(|at| at.timestamp_micros()));
        match &risk.verdict {
            Verdict::None(why) => {
                self.scores.push(None);
                self.bands.push(None);
                self.coverage.push(None);
                self.reason(&Reason::Risk(why.clone()), 0);
            }
            Verdict::Scored(scored) => {
                self.scores.push(Some(scored.score));
                self.bands.push(Some(scored.band.code()));
                self.coverage.push(Some(scored.coverage_bp.into()));
                for line in &scored.lines {
                    self.reason(&Reason::Risk(line.reason.clone()), line.points);
                }
                let whole = scored.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.points));
                if let Some(capped) = &scored.capped {
                    self.reason(&Reason::Risk(capped.clone()), scored.score.saturating_sub(whole));
                }
                scored.unknown.iter().for_each(|signal| self.unknown.values().append_value(signal.code()));
            }
        }
        self.reasons.append(true);
        self.codes.append(true);
        self.points.append(true);
        self.unknown.append(true);
    }

    fn reason(&mut self, reason: &Reason, points: i64) {
        if let Some(to) = self.lang {
            self.reasons.values().append_value(lang::reason(reason, to));
        }
        self.codes.values().append_value(reason.code());
        self.points.values().append_value(points);
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.scores)),
            Arc::new(StringArray::from(self.bands)),
            Arc::new(Int64Array::from(self.coverage)),
        ];
        if self.lang.is_some() {
            columns.push(Arc::new(self.reasons.finish()));
        }
        let changes: ArrayRef = Arc::new(TimestampMicrosecondArray::from(self.changes).with_timezone("UTC"));
        columns.extend([
            Arc::new(self.codes.finish()) as ArrayRef,
            Arc::new(self.points.finish()),
            Arc::new(self.unknown.finish()),
            changes,
            self.diagnostics.finish(),
        ]);
        columns
    }
}
