//! Batch by batch: in, scored, out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use crm_core::rules::Rules;
use crm_core::{Problem, Result};

use crate::import::{Input, refused};
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
}

impl Scored {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add)
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
    let scored = batches.iter().map(|batch| {
        if batch.schema_ref().fields() != schema.fields() {
            return Err(refused("batches of different schemas"));
        }
        table.score(batch)
    });
    let batches = scored.collect::<Result<_>>()?;
    Ok(Scored { schema: Arc::clone(table.schema()), batches })
}

/// Reads a C stream to its end and scores it: all of it or, on any error, nothing.
///
/// # Errors
/// As [`score_batches`], and [`Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is released
/// in any case.
pub fn score_table(input: FFI_ArrowArrayStream, rules: &Rules, options: ScoreOptions) -> Result<Scored> {
    let mut input = Input::open(input)?;
    let table = Table::new(input.schema(), rules, options)?;
    let mut batches = Vec::new();
    while let Some(batch) = input.next()? {
        batches.push(table.score(&batch)?);
    }
    Ok(Scored { schema: Arc::clone(table.schema()), batches })
}

/// Scores a C stream as its consumer pulls: one batch is in memory at a time.
///
/// An error in a later batch is an error of the stream, and its end; batches before it were whole. The input is
/// released at its end, at an error, or when the output is released, exactly once.
///
/// # Errors
/// As [`score_batches`], for what the schema tells; the rest comes from the stream.
pub fn score_stream(input: FFI_ArrowArrayStream, rules: &Rules, options: ScoreOptions) -> Result<FFI_ArrowArrayStream> {
    let mut input = Input::open(input)?;
    let table = Table::new(input.schema(), rules, options)?;
    let schema = Arc::clone(table.schema());
    let mut ended = false;
    let batches = std::iter::from_fn(move || {
        if ended {
            return None;
        }
        // The consumer's call comes through C: a panic must not reach it.
        let next = catch_unwind(AssertUnwindSafe(|| input.next()?.map(|batch| table.score(&batch)).transpose()));
        let next = next.unwrap_or_else(|_| Err(Problem::Panic { detail: "while scoring a batch".to_owned() }.into()));
        ended = !matches!(next, Ok(Some(_)));
        if ended {
            input.close();
        }
        next.map_err(|e| ArrowError::ExternalError(Box::new(e))).transpose()
    });
    Ok(FFI_ArrowArrayStream::new(Box::new(Batches { schema, batches })))
}

/// Batches with their schema, for arrow-rs to export.
struct Batches<I> {
    schema: SchemaRef,
    batches: I,
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
