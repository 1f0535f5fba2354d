//! The columns of the result, in types that every engine accepts.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use crm_core::kernel::field::nearest;
use crm_core::kernel::reason::{Reason, Section};
use crm_core::rules::lead_score::Score;
use crm_core::{Error, Lang, Problem, Result, lang};

use crate::bind::Binding;
use crate::import::refused;
use crate::options::{Keep, ScoreOptions};
use crate::scorer::reason_code;

/// The shape of the result: which columns of the input stay, and the schema.
pub(crate) struct Shape {
    kept: Vec<usize>,
    pub(crate) schema: SchemaRef,
}

fn texts() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, false)))
}

fn result_fields() -> Vec<Field> {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    vec![
        Field::new("score", DataType::Int64, false),
        Field::new("band", DataType::Utf8, true),
        Field::new("grade", DataType::Utf8, true),
        Field::new("fit", DataType::Int64, true),
        Field::new("engagement", DataType::Int64, true),
        Field::new("coverage_bp", DataType::Int64, false),
        Field::new("reasons", texts(), false),
        Field::new("reason_codes", texts(), false),
        Field::new("next_change_at", utc, true),
        Field::new("diagnostics", texts(), false),
    ]
}

impl Shape {
    pub(crate) fn new(input: &Schema, binding: &Binding, options: &ScoreOptions, model: &str) -> Result<Self> {
        let result = result_fields();
        let kept: Vec<usize> = match &options.keep {
            Keep::None => Vec::new(),
            Keep::All => (0..input.fields().len()).collect(),
            Keep::Columns(names) => {
                let places = names.iter().map(|name| place(input, name).map_err(|e| e.at("keep")));
                places.collect::<Result<_>>()?
            }
        };
        let replaced = |place: &usize| result.iter().any(|f| f.name() == input.field(*place).name());
        let kept: Vec<usize> = kept.into_iter().filter(|place| !replaced(place)).collect();
        let fields = kept.iter().filter_map(|place| input.fields().get(*place).cloned());
        let fields: Vec<_> = fields.chain(result.iter().cloned().map(Arc::new)).collect();
        let json = |value: serde_json::Value| value.to_string();
        let read = binding.read.iter().map(|(c, f)| serde_json::json!([c, f])).collect();
        let metadata = HashMap::from([
            ("crmkit.model".to_owned(), model.to_owned()),
            ("crmkit.read".to_owned(), json(read)),
            ("crmkit.ignored".to_owned(), json(binding.ignored.clone().into())),
        ]);
        Ok(Self { kept, schema: Arc::new(Schema::new_with_metadata(fields, metadata)) })
    }
}

fn place(input: &Schema, name: &str) -> Result<usize> {
    let names = || input.fields().iter().map(|f| f.name().as_str());
    names().position(|n| n == name).ok_or_else(|| {
        let found = names().take(20).map(str::to_owned).collect();
        let nearest = nearest(name, names()).map(str::to_owned);
        Error::from(Problem::MissingColumn { name: name.to_owned(), found, nearest })
    })
}

/// The columns of one batch while they grow.
pub(crate) struct Output<'a> {
    options: &'a ScoreOptions,
    score: Int64Builder,
    band: StringBuilder,
    grade: StringBuilder,
    fit: Int64Builder,
    engagement: Int64Builder,
    coverage: Int64Builder,
    reasons: ListBuilder<StringBuilder>,
    codes: ListBuilder<StringBuilder>,
    next_change: TimestampMicrosecondBuilder,
    diagnostics: ListBuilder<StringBuilder>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(rows: usize, options: &'a ScoreOptions) -> Self {
        let list = || {
            let item = Field::new_list_field(DataType::Utf8, false);
            ListBuilder::with_capacity(StringBuilder::new(), rows).with_field(item)
        };
        Self {
            options,
            score: Int64Builder::with_capacity(rows),
            band: StringBuilder::new(),
            grade: StringBuilder::new(),
            fit: Int64Builder::with_capacity(rows),
            engagement: Int64Builder::with_capacity(rows),
            coverage: Int64Builder::with_capacity(rows),
            reasons: list(),
            codes: list(),
            next_change: TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"),
            diagnostics: list(),
        }
    }

    pub(crate) fn push(&mut self, score: &Score, problems: &[Error]) {
        self.score.append_value(score.score());
        self.band.append_option(score.band());
        self.grade.append_option(score.grade());
        self.fit.append_option(score.section(Section::Fit));
        self.engagement.append_option(score.section(Section::Engagement));
        self.coverage.append_value(score.known_bp().into());
        let most = self.options.reasons.most();
        let reasons: Vec<Reason> = if most == 0 { Vec::new() } else { score.reasons() };
        for reason in reasons.iter().take(most) {
            self.reasons.values().append_value(lang::reason(reason, self.options.lang));
            self.codes.values().append_value(reason_code(reason));
        }
        self.reasons.append(true);
        self.codes.append(true);
        self.next_change.append_option(score.next_change_at().map(|t| t.timestamp_micros()));
        for problem in problems {
            self.diagnostics.values().append_value(diagnostic(problem, self.options.lang));
        }
        self.diagnostics.append(true);
    }

    /// The batch: the kept columns of the input on their own buffers, then the result.
    pub(crate) fn finish(mut self, input: &RecordBatch, shape: &Shape) -> Result<RecordBatch> {
        let kept = shape.kept.iter().map(|place| Arc::clone(input.column(*place)));
        let result: [ArrayRef; 10] = [
            Arc::new(self.score.finish()),
            Arc::new(self.band.finish()),
            Arc::new(self.grade.finish()),
            Arc::new(self.fit.finish()),
            Arc::new(self.engagement.finish()),
            Arc::new(self.coverage.finish()),
            Arc::new(self.reasons.finish()),
            Arc::new(self.codes.finish()),
            Arc::new(self.next_change.finish()),
            Arc::new(self.diagnostics.finish()),
        ];
        let options = RecordBatchOptions::new().with_row_count(Some(input.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&shape.schema), kept.chain(result).collect(), &options)
            .map_err(|e| refused(e.to_string()))
    }
}

/// `size: ...` or, with a French text, `size : ...`.
fn diagnostic(problem: &Error, lang: Lang) -> String {
    let text = problem.text(lang);
    match (problem.field(), lang) {
        (None, _) => text,
        (Some(field), Lang::English) => format!("{field}: {text}"),
        (Some(field), Lang::French) => format!("{field}\u{a0}: {text}"),
    }
}
