//! An Arrow C stream, read batch by batch; nothing in it is trusted before it was checked.
#![allow(unsafe_code, reason = "a C stream is read by calling its callbacks")]

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array as _, RecordBatch, StructArray};
use arrow_schema::{DataType, Schema, SchemaRef};
use crm_core::kernel::text::shortened;
use crm_core::{Error, Problem, Result};

use crate::raw;

/// Bytes of a producer's own message that are shown.
const MOST_MESSAGE: usize = 300;

/// An Arrow problem in words.
pub(crate) fn refused(detail: impl Into<String>) -> Error {
    Problem::Arrow { detail: detail.into().replace('\0', " ") }.into()
}

/// A stream whose schema is known. After an error or its end it is released and gives nothing more.
pub(crate) struct Input {
    stream: FFI_ArrowArrayStream,
    schema: SchemaRef,
}

impl Input {
    /// Takes a stream; whatever comes of it, it is released exactly once.
    pub(crate) fn open(mut stream: FFI_ArrowArrayStream) -> Result<Self> {
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
        Ok(Self { stream, schema: Arc::new(schema) })
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
        import(array, &self.schema).map(Some)
    }
}

/// An array of a stream as a batch of its schema.
fn import(array: FFI_ArrowArray, schema: &SchemaRef) -> Result<RecordBatch> {
    let kind = DataType::Struct(schema.fields().clone());
    raw::check_array(&array, &kind).map_err(refused)?;
    if array.is_empty() {
        // Producers of no rows leave out buffers that arrow-rs asks for.
        return Ok(RecordBatch::new_empty(Arc::clone(schema)));
    }
    guarded(|| {
        let invalid = |e: arrow_schema::ArrowError| refused(e.to_string());
        // SAFETY: counts, children, offsets and null pointers were checked against the type; the sizes of buffers are
        // the producer's word, which nobody can check.
        let data = unsafe { from_ffi_and_data_type(array, kind) }.map_err(invalid)?;
        data.validate_full().map_err(invalid)?;
        let rows = StructArray::from(data);
        if rows.null_count() > 0 {
            return Err(refused("rows that are null as a whole"));
        }
        RecordBatch::from(rows).with_schema(Arc::clone(schema)).map_err(invalid)
    })
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
        shortened(&text.to_string_lossy(), MOST_MESSAGE)
    });
    refused(message.unwrap_or_else(|| format!("its producer failed with status {status}")))
}

/// Runs what may meet an assertion of arrow-rs on malformed data.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(refused("its structure contradicts its type")))
}
