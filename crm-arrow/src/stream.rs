//! Batch by batch: in, scored, out.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use crm_core::rules::Rules;
use crm_core::{Lang, Result};
use serde_json::Value as Json;

use crate::explain::Explainer;
use crate::import::{Incoming, Input, refused};
use crate::options::ScoreOptions;
use crate::score::Table;

/// A scored table.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The columns that were kept, then `score`, `band`, `grade`, `fit`, `engagement`, `coverage_bp`, `reasons`,
    /// `reason_codes`, `next_change_at`, `diagnostics`. Its metadata name the model (`crmkit.model`), the columns that
    /// were read with their fields (`crmkit.read`), and the columns that no rule read (`crmkit.ignored`).
    pub schema: SchemaRef,
    /// The batches, as many and as long as those of the input.
    pub batches: Vec<RecordBatch>,
    pub(crate) explainer: Explainer,
}

impl Scored {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add)
    }

    /// The whole answer of one row, with the evidence of its reasons: what `Rules::eval("lead_score", ...)` gives for
    /// the row's facts, and the cells of the row that could not be read as `diagnostics`.
    ///
    /// # Errors
    /// A row beyond the last.
    pub fn explain(&self, row: usize, lang: Option<Lang>) -> Result<Json> {
        self.explainer.explain(row, lang)
    }

    /// The table as a C stream; each call gives a new one over the same buffers.
    pub fn stream(&self) -> FFI_ArrowArrayStream {
        let batches = self.batches.clone().into_iter().map(Ok);
        FFI_ArrowArrayStream::new(Box::new(Batches { schema: Arc::clone(&self.schema), batches }))
    }
}

/// Scores batches that are in the process already.
///
/// # Errors
/// Batches of another schema than `schema`, no column that feeds a field, a column of a type that its field is not read
/// from, and a choice that is missing (the currency of amounts, the zone of times) for a field that the model reads.
pub fn score_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: ScoreOptions,
) -> Result<Scored> {
    let table = Table::new(schema, rules, options)?;
    let mut explainer = Explainer::new(rules.lead_scorer(), &table.options, &table.binding);
    let scored = batches.iter().map(|batch| {
        if batch.schema_ref().fields() != schema.fields() {
            return Err(refused("batches of different schemas"));
        }
        explainer.keep(batch)?;
        table.score(batch)
    });
    let batches = scored.collect::<Result<_>>()?;
    Ok(Scored { schema: Arc::clone(table.schema()), batches, explainer })
}

/// Reads a C stream to its end and scores it: all of it or, on any error, nothing.
///
/// # Errors
/// As [`score_batches`], and [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is
/// released in any case.
pub fn score_table(input: impl Into<Incoming>, rules: &Rules, options: ScoreOptions) -> Result<Scored> {
    score_table_with(input, rules, options, |_| Ok(()))
}

/// The same with a callback, which is called after each batch with the rows done so far.
///
/// # Errors
/// As [`score_table`], and the callback's own: it stops the run.
pub fn score_table_with(
    input: impl Into<Incoming>,
    rules: &Rules,
    options: ScoreOptions,
    mut progress: impl FnMut(u64) -> Result<()>,
) -> Result<Scored> {
    let mut input = Input::open(input)?;
    let table = Table::new(input.schema(), rules, options)?;
    let mut explainer = Explainer::new(rules.lead_scorer(), &table.options, &table.binding);
    let (mut batches, mut rows) = (Vec::new(), 0_u64);
    while let Some(batch) = input.next()? {
        batches.push(table.score(&batch)?);
        explainer.keep(&batch)?;
        rows = rows.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
        progress(rows)?;
    }
    Ok(Scored { schema: Arc::clone(table.schema()), batches, explainer })
}

/// Batches with their schema, for arrow-rs to export.
pub(crate) struct Batches<I> {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: I,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Batches<I> {
    type Item = Result<RecordBatch, ArrowError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> RecordBatchReader for Batches<I> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
