//! The shape of the result: which columns of the input stay, and the schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use crm_core::Result;
use crm_core::rules::lead_score::columns::ColumnScorer;
use serde_json::Value as Json;

use super::reasons::reason_table;
use crate::bind::Binding;
use crate::kept::Kept;
use crate::options::ScoreOptions;
use crate::result::ResultColumn;

/// The shape of the result.
pub(crate) struct Shape {
    kept: Kept,
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
        let kept = Kept::new(input, &options.keep, &result)?;
        let fields = kept.fields(input, result);
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
        self.kept.batch(&self.schema, input, result)
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
