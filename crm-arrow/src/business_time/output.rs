//! From answers to columns.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::{Lang, Result};
use serde_json::{Value as Json, json};

use super::asked::{Asked, Refused};
use crate::desk::{Evaluated, TableOptions};
use crate::kept::Kept;
use crate::parallel;

/// Most rows of one batch of the result.
const MOST_ROWS: usize = 65_536;
/// Fewest rows that are worth a thread of their own.
const FEWEST_ROWS: usize = 16_384;

/// The answers of some rows that follow each other, and which of them have none.
pub(super) struct Answers {
    /// Nothing where there is no answer.
    pub(super) values: Vec<i64>,
    pub(super) refused: Vec<(usize, Refused)>,
}

impl Answers {
    /// The validity of the values.
    pub(super) fn nulls(&self) -> Option<NullBuffer> {
        if self.refused.is_empty() {
            return None;
        }
        let mut valid = vec![true; self.values.len()];
        for (row, _) in &self.refused {
            if let Some(valid) = valid.get_mut(*row) {
                *valid = false;
            }
        }
        Some(NullBuffer::from(valid))
    }

    fn texts(&self, of: impl Fn(&Refused) -> String) -> ArrayRef {
        if self.refused.is_empty() {
            return new_null_array(&DataType::Utf8, self.values.len());
        }
        let mut next = self.refused.iter().peekable();
        let texts = (0..self.values.len()).map(|row| next.next_if(|(place, _)| *place == row).map(|(_, why)| of(why)));
        Arc::new(texts.collect::<StringArray>())
    }
}

/// A table of answers while it grows, batch by batch.
pub(super) struct Grown {
    kept: Kept,
    schema: SchemaRef,
    threads: usize,
    lang: Option<Lang>,
    batches: Vec<RecordBatch>,
    rows: usize,
    problems: BTreeMap<&'static str, usize>,
}

impl Grown {
    /// `result` are the columns of answers; what is wrong with rows stands behind them.
    pub(super) fn new(
        input: &Columns,
        table: &TableOptions,
        mut result: Vec<Field>,
        is_read: impl Fn(usize) -> bool,
    ) -> Result<Self> {
        result.push(Field::new("problem", DataType::Utf8, true));
        result.extend(table.lang.map(|_| Field::new("problem_text", DataType::Utf8, true)));
        let kept = Kept::new(input, &table.keep, &result)?;
        let names = |read: bool| -> Vec<&str> {
            let some = input.fields().iter().enumerate().filter(|(place, _)| is_read(*place) == read);
            some.map(|(_, field)| field.name().as_str()).collect()
        };
        let read: Json = names(true).into_iter().map(|name| json!([name, name])).collect();
        let metadata = HashMap::from([
            ("crmkit.read".to_owned(), read.to_string()),
            ("crmkit.ignored".to_owned(), json!(names(false)).to_string()),
        ]);
        let schema = Arc::new(Columns::new_with_metadata(kept.fields(input, result), metadata));
        let (threads, lang) = (table.threads, table.lang);
        Ok(Self { kept, schema, threads, lang, batches: Vec::new(), rows: 0, problems: BTreeMap::new() })
    }

    /// Answers the rows of a batch, by several threads at once; `columns` turns answers into the columns of the result.
    pub(super) fn add(
        &mut self,
        input: &RecordBatch,
        answers: impl Fn(Range<usize>) -> Answers + Sync,
        columns: impl Fn(Answers) -> Vec<ArrayRef> + Sync,
    ) -> Result<()> {
        let lang = self.lang;
        let ranges = parallel::ranges(input.num_rows(), self.threads, FEWEST_ROWS, MOST_ROWS.min(FEWEST_ROWS));
        let parts = parallel::each(ranges, |range| {
            let end = range.end;
            let part = |start: usize| {
                let rows = start..start.saturating_add(MOST_ROWS).min(end);
                let answers = answers(rows.clone());
                let codes: Vec<&'static str> = answers.refused.iter().map(|(_, why)| why.code).collect();
                let mut last = vec![answers.texts(|why| why.code.to_owned())];
                last.extend(lang.map(|lang| answers.texts(|why| why.text(lang))));
                (rows, [columns(answers), last].concat(), codes)
            };
            range.step_by(MOST_ROWS).map(part).collect::<Vec<_>>()
        });
        for (rows, arrays, codes) in parts.into_iter().flatten() {
            for code in codes {
                let count = self.problems.entry(code).or_default();
                *count = count.saturating_add(1);
            }
            self.rows = self.rows.saturating_add(rows.len());
            self.batches.push(self.kept.batch(&self.schema, &input.slice(rows.start, rows.len()), arrays)?);
        }
        Ok(())
    }

    pub(super) fn finish(self, asked: &Asked<'_>) -> Evaluated {
        let refused = self.problems.values().fold(0_usize, |sum, n| sum.saturating_add(*n));
        let answer = json!({
            "rows": self.rows,
            "answered": self.rows.saturating_sub(refused),
            "problems": self.problems,
            "calendars": asked.calendars(),
        });
        Evaluated { schema: self.schema, batches: self.batches, answer }
    }
}
