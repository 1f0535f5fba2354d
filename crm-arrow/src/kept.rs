//! Which columns of the input stay, with the result behind them.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, FieldRef, Schema, SchemaRef};
use crm_core::kernel::field::nearest;
use crm_core::{Error, Problem, Result};

use crate::import::refused;
use crate::options::Keep;

/// The places of the columns of the input that stay.
pub(crate) struct Kept(Vec<usize>);

impl Kept {
    /// What stays of an input beside a result; a column that is called like one of the result does not.
    ///
    /// # Errors
    /// A name that no column has.
    pub(crate) fn new(input: &Schema, keep: &Keep, result: &[Field]) -> Result<Self> {
        let mut kept: Vec<usize> = match keep {
            Keep::None => Vec::new(),
            Keep::All => (0..input.fields().len()).collect(),
            Keep::Columns(names) => {
                let places = names.iter().map(|name| place(input, name).map_err(|e| e.at("keep")));
                places.collect::<Result<_>>()?
            }
        };
        kept.retain(|place| !result.iter().any(|f| f.name() == input.field(*place).name()));
        Ok(Self(kept))
    }

    /// The fields of what stays, then those of the result.
    pub(crate) fn fields(&self, input: &Schema, result: Vec<Field>) -> Vec<FieldRef> {
        let kept = self.0.iter().filter_map(|place| input.fields().get(*place).cloned());
        kept.chain(result.into_iter().map(Arc::new)).collect()
    }

    /// The batch: the kept columns of the input on their own buffers, then the result.
    pub(crate) fn batch(&self, schema: &SchemaRef, input: &RecordBatch, result: Vec<ArrayRef>) -> Result<RecordBatch> {
        let kept = self.0.iter().map(|place| Arc::clone(input.column(*place)));
        let options = RecordBatchOptions::new().with_row_count(Some(input.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(schema), kept.chain(result).collect(), &options)
            .map_err(|e| refused(e.to_string()))
    }
}

/// The place of a column.
pub(crate) fn place(input: &Schema, name: &str) -> Result<usize> {
    let names = || input.fields().iter().map(|f| f.name().as_str());
    names().position(|n| n == name).ok_or_else(|| {
        let found = names().map(str::to_owned).collect();
        let nearest = nearest(name, names()).map(str::to_owned);
        Error::from(Problem::MissingColumn { name: name.to_owned(), found, nearest })
    })
}
