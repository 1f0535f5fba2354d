//! A table that is scored while somebody reads it: bounded memory, whatever its size.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::{ArrowError, SchemaRef};
use crm_core::rules::Rules;
use crm_core::rules::lead_score::LeadScorer;
use crm_core::{Problem, Result};

use crate::explain::Explainer;
use crate::import::{Incoming, Input};
use crate::options::ScoreOptions;
use crate::score::Table;
use crate::stream::{Batches, Scored};

/// Most rows of one batch: producers may hand over a whole table as one.
const MOST_ROWS: usize = 65_536;

/// A callback with the rows done so far; its error stops the run.
pub type Progress = dyn FnMut(u64) -> Result<()> + Send;

/// A table on its way through the rules. It is read once, part by part or as a C stream; the input is released at its
/// end, at an error, or with this, exactly once.
pub struct ScoreStream {
    input: Input,
    table: Table,
    /// For the explanations of rows.
    scorer: LeadScorer,
    /// What was pulled, and how many of its rows were scored.
    pulled: Option<(RecordBatch, usize)>,
    rows: u64,
    ended: bool,
    progress: Box<Progress>,
}

impl ScoreStream {
    /// Looks at a C stream's schema, and at no batch yet.
    ///
    /// # Errors
    /// As [`crate::score_batches`], for what the schema tells; the rest comes from the parts.
    pub fn open(
        input: impl Into<Incoming>,
        rules: &Rules,
        options: ScoreOptions,
        progress: Box<Progress>,
    ) -> Result<Self> {
        let input = Input::open(input)?;
        let table = Table::new(input.schema(), rules, options)?;
        Ok(Self { input, table, scorer: rules.lead_scorer().clone(), pulled: None, rows: 0, ended: false, progress })
    }

    /// The schema of the result.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(self.table.schema())
    }

    /// The rest as a C stream. What goes wrong later is an error of that stream, and its end.
    pub fn into_ffi(self) -> FFI_ArrowArrayStream {
        let schema = self.schema();
        let batches = self.map(|part| {
            let part = part.map_err(|e| ArrowError::ExternalError(Box::new(e)))?;
            part.batches.into_iter().next().ok_or_else(|| ArrowError::ComputeError("a part without rows".to_owned()))
        });
        FFI_ArrowArrayStream::new(Box::new(Batches { schema, batches }))
    }

    fn part(&mut self) -> Result<Option<Scored>> {
        let Some(batch) = self.pull()? else { return Ok(None) };
        let mut explainer = Explainer::new(&self.scorer, &self.table.options, &self.table.binding);
        explainer.keep(&batch)?;
        let part = Scored { schema: self.schema(), batches: vec![self.table.score(&batch)?], explainer };
        self.rows = self.rows.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
        (self.progress)(self.rows)?;
        Ok(Some(part))
    }

    /// The next rows of the input, so many as one part has.
    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        let next = match self.pulled.take() {
            None => self.input.next()?.map(|batch| (batch, 0)),
            pulled => pulled,
        };
        let Some((batch, start)) = next else { return Ok(None) };
        let left = batch.num_rows().saturating_sub(start);
        let part = batch.slice(start, left.min(MOST_ROWS));
        // The whole batch is kept, not its rest: to cut is to count the nulls of what is left.
        self.pulled = (left > MOST_ROWS).then(|| (batch, start.saturating_add(MOST_ROWS)));
        Ok(Some(part))
    }
}

impl Iterator for ScoreStream {
    type Item = Result<Scored>;

    /// The next part, a table of its own; after an error or the end nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        // The consumer's call may come through C: a panic must not reach it.
        let part = catch_unwind(AssertUnwindSafe(|| self.part()));
        let part = part.unwrap_or_else(|_| Err(Problem::Panic { detail: "while scoring a batch".to_owned() }.into()));
        self.ended = !matches!(part, Ok(Some(_)));
        if self.ended {
            self.pulled = None;
            self.input.close();
        }
        part.transpose()
    }
}

/// Scores a C stream as its consumer pulls: batches of at most 65,536 rows, one in memory at a time.
///
/// An error in a later batch is an error of the stream, and its end; batches before it were whole. The input is
/// released at its end, at an error, or when the output is released, exactly once.
///
/// # Errors
/// As [`crate::score_batches`], for what the schema tells; the rest comes from the stream.
pub fn score_stream(input: FFI_ArrowArrayStream, rules: &Rules, options: ScoreOptions) -> Result<FFI_ArrowArrayStream> {
    Ok(ScoreStream::open(input, rules, options, Box::new(|_| Ok(())))?.into_ffi())
}
