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
use crate::result::ResultColumn;
use crate::scorer::reason_code;

/// The shape of the result: which columns of the input stay, and the schema.
pub(crate) struct Shape {
    kept: Vec<usize>,
    pub(crate) schema: SchemaRef,
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, false)))
}

fn texts() -> DataType {
    list(DataType::Utf8)
}

fn field(column: ResultColumn) -> Field {
    use ResultColumn as C;
    let utc = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let (kind, nullable) = match column {
        C::Score | C::Coverage => (DataType::Int64, false),
        C::Fit | C::Engagement => (DataType::Int64, true),
        C::Band | C::Grade => (DataType::Utf8, true),
        C::Reasons | C::ReasonCodes | C::Diagnostics => (texts(), false),
        C::ReasonIds => (list(DataType::Int32), false),
        C::ReasonPoints => (list(DataType::Int64), false),
        C::NextChange => (utc(), true),
    };
    Field::new(column.name(), kind, nullable)
}

impl Shape {
    pub(crate) fn new(input: &Schema, binding: &Binding, options: &ScoreOptions, model: &str) -> Result<Self> {
        let result: Vec<Field> = options.result_columns().into_iter().map(field).collect();
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
        let found = names().map(str::to_owned).collect();
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
            self.reasons.values().append_value(lang::reason(reason, self.options.text_lang()));
            self.codes.values().append_value(reason_code(reason));
        }
        self.reasons.append(true);
        self.codes.append(true);
        self.next_change.append_option(score.next_change_at().map(|t| t.timestamp_micros()));
        for problem in problems {
            self.diagnostics.values().append_value(diagnostic(problem, self.options.text_lang()));
        }
        self.diagnostics.append(true);
    }

    /// The batch: the kept columns of the input on their own buffers, then the result.
    pub(crate) fn finish(mut self, input: &RecordBatch, shape: &Shape) -> Result<RecordBatch> {
        let kept = shape.kept.iter().map(|place| Arc::clone(input.column(*place)));
        let result = self.options.result_columns().into_iter().map(|column| -> ArrayRef {
            use ResultColumn as C;
            match column {
                C::Score => Arc::new(self.score.finish()),
                C::Band => Arc::new(self.band.finish()),
                C::Grade => Arc::new(self.grade.finish()),
                C::Fit => Arc::new(self.fit.finish()),
                C::Engagement => Arc::new(self.engagement.finish()),
                C::Coverage => Arc::new(self.coverage.finish()),
                C::Reasons => Arc::new(self.reasons.finish()),
                C::ReasonCodes => Arc::new(self.codes.finish()),
                C::ReasonIds | C::ReasonPoints => Arc::new(arrow_array::NullArray::new(input.num_rows())),
                C::NextChange => Arc::new(self.next_change.finish()),
                C::Diagnostics => Arc::new(self.diagnostics.finish()),
            }
        });
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
