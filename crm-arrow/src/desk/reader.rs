//! A table on its way through a rule that looks at one row at a time.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema as Columns, SchemaRef};
use crm_core::{Error, Lang, Result, Schema};
use serde_json::Value as Json;

use super::options::TableOptions;
use crate::bind::{Binding, unmapped};
use crate::kept::Kept;
use crate::options::Reading;
use crate::output::diagnostic;
use crate::parallel;
use crate::row::Batch;

/// Most rows of one batch of the result, so that no column of texts outgrows its offsets.
pub(crate) const MOST_ROWS: usize = 65_536;
/// Fewest rows that are worth a thread of their own.
const FEWEST_ROWS: usize = 2_048;

/// What was decided for a table from its schema.
pub(crate) struct Reader<'o> {
    options: &'o TableOptions,
    binding: Binding,
    kept: Kept,
    pub(crate) schema: SchemaRef,
}

impl<'o> Reader<'o> {
    /// Binds the columns that feed these fields of a lead, and puts the columns of a result behind those that stay.
    pub(crate) fn new(
        input: &Columns,
        leads: &Schema,
        fields: &[usize],
        options: &'o TableOptions,
        result: Vec<Field>,
    ) -> Result<Self> {
        Self::reading(input, leads, fields, options, options.reading(), result)
    }

    /// The same of whatever record, and as its columns are read.
    pub(crate) fn reading(
        input: &Columns,
        record: &Schema,
        fields: &[usize],
        options: &'o TableOptions,
        reading: Reading<'_>,
        result: Vec<Field>,
    ) -> Result<Self> {
        let binding = Binding::new(input, record, fields, reading)?;
        let kept = Kept::new(input, &options.keep, &result)?;
        let read: Json = binding.read.iter().map(|(c, f)| serde_json::json!([c, f])).collect();
        let metadata = HashMap::from([
            ("crmkit.read".to_owned(), read.to_string()),
            ("crmkit.ignored".to_owned(), Json::from(binding.ignored.clone()).to_string()),
        ]);
        let schema = Arc::new(Columns::new_with_metadata(kept.fields(input, result), metadata));
        Ok(Self { options, binding, kept, schema })
    }

    /// The same, if any column is read at all.
    pub(crate) fn fed(self, input: &Columns, leads: &Schema, fields: &[usize]) -> Result<Self> {
        if self.binding.sources.is_empty() { Err(unmapped(input, leads, fields)) } else { Ok(self) }
    }

    /// The same with one more note in the schema's metadata.
    pub(crate) fn note(mut self, key: &str, note: &Json) -> Self {
        let mut schema = (*self.schema).clone();
        schema.metadata.insert(key.to_owned(), note.to_string());
        self.schema = Arc::new(schema);
        self
    }

    pub(crate) const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Looks at a batch through the binding, part by part: by several threads at once, the parts in their order.
    pub(crate) fn parts<T: Send>(
        &self,
        input: &RecordBatch,
        part: impl Fn(&Batch<'_>, Range<usize>) -> Result<T> + Sync,
    ) -> Result<Vec<(Range<usize>, T)>> {
        let batch = Batch::new(input, &self.binding, self.options.reading().context)?;
        let ranges = parallel::ranges(input.num_rows(), self.options.threads, FEWEST_ROWS, 1);
        let parts = parallel::each(ranges, |range| {
            let end = range.end;
            let parts = range.step_by(MOST_ROWS).map(|start| {
                let range = start..start.saturating_add(MOST_ROWS).min(end);
                Ok((range.clone(), part(&batch, range)?))
            });
            parts.collect::<Result<Vec<_>>>()
        });
        parts.into_iter().collect::<Result<Vec<_>>>().map(|parts| parts.into_iter().flatten().collect())
    }

    /// The same by this thread, each part after the one before.
    pub(crate) fn parts_in_order<T>(
        &self,
        input: &RecordBatch,
        mut part: impl FnMut(&Batch<'_>, Range<usize>) -> Result<T>,
    ) -> Result<Vec<(Range<usize>, T)>> {
        let batch = Batch::new(input, &self.binding, self.options.reading().context)?;
        let rows = input.num_rows();
        let parts = (0..rows).step_by(MOST_ROWS).map(|start| {
            let range = start..start.saturating_add(MOST_ROWS).min(rows);
            Ok((range.clone(), part(&batch, range)?))
        });
        parts.collect()
    }

    /// The rows of a batch with their columns of the result.
    pub(crate) fn attach(&self, input: &RecordBatch, rows: Range<usize>, result: Vec<ArrayRef>) -> Result<RecordBatch> {
        let input = input.slice(rows.start, rows.len());
        self.kept.batch(&self.schema, &input, result)
    }
}

/// The column of the cells that could not be read.
pub(crate) struct Diagnostics {
    texts: ListBuilder<StringBuilder>,
    lang: Lang,
}

impl Diagnostics {
    pub(crate) const NAME: &'static str = "diagnostics";

    pub(crate) fn field() -> Field {
        Field::new(Self::NAME, DataType::List(item()), false)
    }

    pub(crate) fn new(lang: Lang) -> Self {
        Self { texts: ListBuilder::new(StringBuilder::new()).with_field(item()), lang }
    }

    pub(crate) fn push(&mut self, problems: &[Error]) {
        problems.iter().for_each(|problem| self.texts.values().append_value(diagnostic(problem, self.lang)));
        self.texts.append(true);
    }

    pub(crate) fn finish(mut self) -> ArrayRef {
        Arc::new(self.texts.finish())
    }
}

fn item() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Utf8, false))
}
