//! The lead desk over tables: what the rules `identity`, `duplicates` and `routing` say of every row.
//!
//! Each is the row rule's own code, asked row by row; what a table adds is that columns are bound once, that distinct
//! values are looked up once, and that groups hold over all rows.

mod door;
mod groups;
mod keys;
mod matching;
mod options;
pub(crate) mod reader;
mod route;
mod seeded;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::SchemaRef;
use crm_core::Result;
use serde_json::Value as Json;

pub use door::eval_table;
pub use groups::{GroupBy, GroupColumns, GroupOptions, duplicate_groups, duplicate_groups_of};
pub use keys::{KeyColumn, KeyOptions, identity_batches, identity_table};
pub use options::TableOptions;
pub use route::{RouteColumn, RouteOptions, route_batches, route_table};

use crate::import::{Incoming, Input, refused};
use crate::stream::Batches;

/// A table with what a rule says of each of its rows.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The columns of the input that were kept, then those of the result. Its metadata name the columns that were read
    /// with their fields (`crmkit.read`), and the columns that the rule does not read (`crmkit.ignored`).
    pub schema: SchemaRef,
    /// The rows, in the order of the input, in batches of at most 65,536.
    pub batches: Vec<RecordBatch>,
    /// What the rule says of the table as a whole.
    pub answer: Json,
}

impl Evaluated {
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

/// All of a C stream.
pub(crate) fn read(input: impl Into<Incoming>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let mut input = Input::open(input)?;
    let mut batches = Vec::new();
    while let Some(batch) = input.next()? {
        batches.push(batch);
    }
    Ok((Arc::clone(input.schema()), batches))
}

/// That all batches are of one table.
pub(crate) fn check(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let same = |batch: &RecordBatch| batch.schema_ref().fields() == schema.fields();
    if batches.iter().all(same) { Ok(()) } else { Err(refused("batches of different schemas")) }
}
