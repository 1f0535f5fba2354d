//! The whole answer of one row of a scored table, with the evidence of every reason.

use arrow_array::RecordBatch;
use crm_core::rules::lead_score::LeadScorer;
use crm_core::{Error, Lang, Problem, Result};
use serde_json::Value as Json;

use crate::bind::Binding;
use crate::import::refused;
use crate::options::ScoreOptions;
use crate::row::Batch;

/// What a scored table keeps to explain a row: the rules, the options, and the columns that rules read, on the
/// buffers of the input.
#[derive(Clone, Debug)]
pub(crate) struct Explainer {
    scorer: LeadScorer,
    options: ScoreOptions,
    /// Over the kept columns.
    binding: Binding,
    /// The places of the kept columns in the input.
    columns: Vec<usize>,
    batches: Vec<RecordBatch>,
}

impl Explainer {
    pub(crate) fn new(scorer: &LeadScorer, options: &ScoreOptions, binding: &Binding) -> Self {
        let (binding, columns) = binding.narrowed();
        Self { scorer: scorer.clone(), options: options.clone(), binding, columns, batches: Vec::new() }
    }

    /// Keeps what rules read of a batch of the input.
    pub(crate) fn keep(&mut self, batch: &RecordBatch) -> Result<()> {
        self.batches.push(batch.project(&self.columns).map_err(|e| refused(e.to_string()))?);
        Ok(())
    }

    /// The answer of one row: what `Rules::eval("lead_score", ...)` gives for its facts.
    pub(crate) fn explain(&self, row: usize, lang: Option<Lang>) -> Result<Json> {
        // One row alone: the lists of all others would be looked at for nothing.
        let batch = self.row(row).ok_or_else(|| self.beyond(row).at("row"))?;
        let batch = Batch::new(&batch, &self.binding, self.options.reading().context)?;
        let (mut facts, mut problems) = (batch.facts(), Vec::new());
        batch.read(0, &mut facts, &mut problems);
        let mut answer = self.scorer.score(&facts, &[], self.options.at).to_json(lang);
        if let Json::Object(map) = &mut answer {
            map.insert("diagnostics".into(), problems.iter().map(Error::to_json).collect::<Vec<_>>().into());
        }
        Ok(answer)
    }

    fn row(&self, mut row: usize) -> Option<RecordBatch> {
        for batch in &self.batches {
            match row.checked_sub(batch.num_rows()) {
                None => return Some(batch.slice(row, 1)),
                Some(rest) => row = rest,
            }
        }
        None
    }

    fn beyond(&self, row: usize) -> Error {
        let rows = self.batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
        match rows.checked_sub(1) {
            None => Problem::Missing { name: format!("row {row}") }.into(),
            Some(last) => {
                Problem::OutOfRange { found: row.to_string(), least: "0".into(), most: last.to_string() }.into()
            }
        }
    }
}
