//! An Arrow C stream, read batch by batch; nothing in it is trusted before it was checked.
#![allow(unsafe_code, reason = "a C stream is read by calling its callbacks")]

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array as _, RecordBatch, StringViewArray, StructArray};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Schema, SchemaRef};
use crm_core::kernel::text::shortened;
use crm_core::{Error, Problem, Result};

use crate::raw;
use crate::take::{behind, take};
use crate::validate;

/// Characters of a message that are shown: a producer may write a long one, and types nest.
const MOST_MESSAGE: usize = 500;

/// An Arrow problem in words.
pub(crate) fn refused(detail: impl Into<String>) -> Error {
    Problem::Arrow { detail: shortened(&detail.into(), MOST_MESSAGE).replace('\0', " ") }.into()
}

/// A table on its way in: a C stream, and the texts that some of its columns are places of.
pub struct Incoming {
    stream: FFI_ArrowArrayStream,
    texts: Vec<(String, StringViewArray)>,
}

impl From<FFI_ArrowArrayStream> for Incoming {
    fn from(stream: FFI_ArrowArrayStream) -> Self {
        Self { stream, texts: Vec::new() }
    }
}

impl Incoming {
    /// The cells of a column, unsigned 32-bit integers, are places in these texts: it is read as a dictionary. Engines
    /// that hold their categories so can hand over both as they are, where a dictionary would cost them a copy.
    #[must_use]
    pub fn with_texts(mut self, column: impl Into<String>, texts: StringViewArray) -> Self {
        self.texts.push((column.into(), texts));
        self
    }
}

/// A stream whose schema is known. After an error or its end it is released and gives nothing more.
pub(crate) struct Input {
    stream: FFI_ArrowArrayStream,
    /// The type of what the stream gives.
    given: DataType,
    /// The schema of the batches.
    schema: SchemaRef,
    /// The texts behind columns, by the places of these.
    texts: Vec<(usize, ArrayData)>,
}

impl Input {
    /// Takes a stream; whatever comes of it, it is released exactly once.
    pub(crate) fn open(table: impl Into<Incoming>) -> Result<Self> {
        let Incoming { mut stream, texts } = table.into();
        if stream.release().is_none() {
            return Err(refused("the stream was released"));
        }
        let mut schema = FFI_ArrowSchema::empty();
        let call = stream.get_schema().ok_or_else(|| refused("a stream without `get_schema`"))?;
        // SAFETY: the callback is the stream's own, called with the stream and an empty schema to fill.
        let status = unsafe { call(&raw mut stream, &raw mut schema) };
        if status != 0 {
            return Err(failed(&mut stream, status));
        }
        raw::check_schema(&schema).map_err(refused)?;
        let schema = guarded(|| Schema::try_from(&schema).map_err(|e| refused(e.to_string())))?;
        schema.fields().iter().try_for_each(|f| validate::check_type(f.data_type())).map_err(refused)?;
        let given = DataType::Struct(schema.fields().clone());
        let (schema, texts) = with_texts(schema, texts)?;
        Ok(Self { stream, given, schema: Arc::new(schema), texts })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next batch, checked.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>> {
        if self.stream.release().is_none() {
            return Ok(None);
        }
        let batch = self.pull();
        if !matches!(batch, Ok(Some(_))) {
            self.close();
        }
        batch
    }

    /// Releases the stream, if it is not released yet.
    pub(crate) fn close(&mut self) {
        self.stream = FFI_ArrowArrayStream::empty();
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        let mut array = FFI_ArrowArray::empty();
        let call = self.stream.get_next().ok_or_else(|| refused("a stream without `get_next`"))?;
        // SAFETY: the callback is the stream's own, called with the stream and an empty array to fill.
        let status = unsafe { call(&raw mut self.stream, &raw mut array) };
        if status != 0 {
            return Err(failed(&mut self.stream, status));
        }
        if array.is_released() {
            return Ok(None);
        }
        self.import(array).map(Some)
    }

    /// An array of the stream as a batch.
    fn import(&self, array: FFI_ArrowArray) -> Result<RecordBatch> {
        guarded(|| {
            let invalid = |e: arrow_schema::ArrowError| refused(e.to_string());
            let data = take(array, &self.given).map_err(refused)?;
            if data.is_empty() {
                return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
            }
            let data = behind(data, &self.texts, self.schema.fields()).map_err(refused)?;
            validate::check(&data).map_err(invalid)?;
            let rows = StructArray::from(data);
            if rows.null_count() > 0 {
                return Err(refused("rows that are null as a whole"));
            }
            RecordBatch::from(rows).with_schema(Arc::clone(&self.schema)).map_err(invalid)
        })
    }
}

/// The schema in which columns of places are dictionaries of their texts, and the texts by the columns' places.
fn with_texts(schema: Schema, texts: Vec<(String, StringViewArray)>) -> Result<(Schema, Vec<(usize, ArrayData)>)> {
    let mut fields = schema.fields().to_vec();
    let mut behind = Vec::with_capacity(texts.len());
    for (column, texts) in texts {
        let place = fields.iter().position(|f| *f.name() == column && *f.data_type() == DataType::UInt32);
        let field = place.and_then(|place| fields.get_mut(place));
        let field = field.ok_or_else(|| refused(format!("no column `{column}` of places of texts")))?;
        let kind = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(texts.data_type().clone()));
        *field = Arc::new(field.as_ref().clone().with_data_type(kind));
        behind.extend(place.map(|place| (place, texts.into_data())));
    }
    Ok((Schema::new_with_metadata(fields, schema.metadata), behind))
}

/// The producer's own message.
fn failed(stream: &mut FFI_ArrowArrayStream, status: c_int) -> Error {
    let message = stream.get_last_error().map(|call| {
        // SAFETY: the callback is the stream's own, called with the stream.
        unsafe { call(std::ptr::from_mut(stream)) }
    });
    let message = message.filter(|m| !m.is_null()).map(|m| {
        // SAFETY: not null, and by the contract of the interface a C string valid until the next call.
        let text = unsafe { CStr::from_ptr(m) };
        text.to_string_lossy().into_owned()
    });
    refused(message.unwrap_or_else(|| format!("its producer failed with status {status}")))
}

/// Runs what may meet an assertion of arrow-rs on malformed data.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(refused("its structure contradicts its type")))
}
