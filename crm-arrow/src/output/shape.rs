//! The shape of the result: which columns of the input stay, and the schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use crm_core::kernel::field::nearest;
use crm_core::rules::lead_score::columns::ColumnScorer;
use crm_core::{Error, Problem, Result};
use serde_json::Value as Json;

use super::reasons::reason_table;
use crate::bind::Binding;
use crate::import::refused;
use crate::options::{Keep, ScoreOptions};
use crate::result::ResultColumn;

/// The shape of the result.
pub(crate) struct Shape {
    /// The places of the columns of the input that stay.
    kept: Vec<usize>,
    pub(crate) schema: SchemaRef,
}

impl Shape {
    pub(crate) fn new(
        input: &Schema,
        binding: &Binding,
        options: &ScoreOptions,
        model: &str,
        scorer: &ColumnScorer,
    ) -> Result<Self> {
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
        let read: Json = binding.read.iter().map(|(c, f)| serde_json::json!([c, f])).collect();
        let metadata = HashMap::from([
            ("crmkit.model".to_owned(), model.to_owned()),
            ("crmkit.read".to_owned(), read.to_string()),
            ("crmkit.ignored".to_owned(), Json::from(binding.ignored.clone()).to_string()),
            ("crmkit.reasons".to_owned(), reason_table(scorer).to_string()),
        ]);
        Ok(Self { kept, schema: Arc::new(Schema::new_with_metadata(fields, metadata)) })
    }

    /// The batch: the kept columns of the input on their own buffers, then the result.
    pub(crate) fn batch(&self, input: &RecordBatch, result: Vec<ArrayRef>) -> Result<RecordBatch> {
        let kept = self.kept.iter().map(|place| Arc::clone(input.column(*place)));
        let options = RecordBatchOptions::new().with_row_count(Some(input.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), kept.chain(result).collect(), &options)
            .map_err(|e| refused(e.to_string()))
    }
}

fn field(column: ResultColumn) -> Field {
    use ResultColumn as C;
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, false)));
    let (kind, nullable) = match column {
        C::Score | C::Coverage => (DataType::Int64, false),
        C::Fit | C::Engagement => (DataType::Int64, true),
        C::Band | C::Grade => (DataType::Utf8, true),
        C::Reasons | C::ReasonCodes | C::Diagnostics => (list(DataType::Utf8), false),
        C::ReasonIds => (list(DataType::Int32), false),
        C::ReasonPoints => (list(DataType::Int64), false),
        C::NextChange => (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
    };
    Field::new(column.name(), kind, nullable)
}

fn place(input: &Schema, name: &str) -> Result<usize> {
    let names = || input.fields().iter().map(|f| f.name().as_str());
    names().position(|n| n == name).ok_or_else(|| {
        let found = names().map(str::to_owned).collect();
        let nearest = nearest(name, names()).map(str::to_owned);
        Error::from(Problem::MissingColumn { name: name.to_owned(), found, nearest })
    })
}
