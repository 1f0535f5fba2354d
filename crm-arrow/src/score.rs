//! A table's way to its scores: decided from its schema, then used for every batch.

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use crm_core::kernel::time::truncate;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::lead_score::columns::{ColumnScorer, TILE_ROWS, Tile, Wanted};
use crm_core::{Instant, Result};

use crate::bind::Binding;
use crate::feed::{self, Feed, Span};
use crate::instructions::Work;
use crate::options::ScoreOptions;
use crate::output::{self, Output, Shape};
use crate::parallel;
use crate::row::Batch;

/// Fewest rows that are worth a thread of their own.
const FEWEST_ROWS: usize = 8 * TILE_ROWS;

/// What was decided for a table.
pub(crate) struct Table {
    scorer: ColumnScorer,
    at: Instant,
    pub(crate) options: ScoreOptions,
    pub(crate) binding: Binding,
    shape: Shape,
    feeds: feed::Plan,
    output: output::Plan,
}

impl Table {
    pub(crate) fn new(columns: &Schema, rules: &Rules, options: ScoreOptions) -> Result<Self> {
        let binding =
            Binding::new(columns, &rules.schema(Kind::Lead), &rules.lead_scorer().fields(), options.reading())?;
        let at = truncate(options.at);
        let scorer = rules.lead_scorer().columns();
        let shape = Shape::new(columns, &binding, &options, rules.lead_scorer().model_name(), &scorer)?;
        let output = output::Plan::new(&scorer, &options);
        let feeds = feed::Plan::new(&scorer, &binding, &options, at, output.wanted, output.diagnostics());
        Ok(Self { scorer, at, options, binding, shape, feeds, output })
    }

    /// The schema of the result.
    pub(crate) const fn schema(&self) -> &SchemaRef {
        &self.shape.schema
    }

    /// Scores a batch.
    pub(crate) fn score(&self, input: &RecordBatch) -> Result<RecordBatch> {
        let batch = Batch::new(input, &self.binding, self.options.reading().context)?;
        let feeds = self.feeds.feeds(&batch)?;
        let rows = input.num_rows();
        let ranges = parallel::ranges(rows, self.options.threads, FEWEST_ROWS, TILE_ROWS);
        let parts = parallel::each(ranges, |range| self.part(&batch, &feeds, range.start, range.end, rows));
        let mut parts = parts.into_iter();
        let mut output = parts.next().unwrap_or_else(|| Output::new(&self.output, &self.scorer, 0));
        parts.for_each(|part| output.append(part));
        self.shape.batch(input, output.finish()?)
    }

    /// The rows from a start to an end, tile by tile.
    fn part<'a>(&'a self, batch: &Batch<'a>, feeds: &[Feed<'a>], start: usize, end: usize, of: usize) -> Output<'a> {
        let mut output = Output::new(&self.output, &self.scorer, end.saturating_sub(start));
        let (mut scratch, mut tile) = (self.feeds.scratch(), self.feeds.tile(&self.scorer));
        let (at_micros, with) = (self.at.timestamp_micros(), self.options.instructions.found());
        for start in (start..end).step_by(TILE_ROWS) {
            let span = Span { start, rows: end.saturating_sub(start).min(TILE_ROWS), of };
            let bad = feed::answer(feeds, batch, (self.at, with), span, &mut scratch, &mut tile);
            with.run(Settle { scorer: &self.scorer, tile: &mut tile, at_micros, wanted: self.output.wanted });
            output.push(&self.scorer, &tile, span.rows, (at_micros, with), |row| {
                let is_bad = bad.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1);
                is_bad.then(|| batch.problems(start.saturating_add(row)))
            });
        }
        output
    }
}

/// Scoring a tile, for whatever instructions there are.
struct Settle<'w> {
    scorer: &'w ColumnScorer,
    tile: &'w mut Tile,
    at_micros: i64,
    wanted: Wanted,
}

impl Work for Settle<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        self.scorer.score(self.tile, self.at_micros, self.wanted);
    }
}
