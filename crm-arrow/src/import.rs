//! An Arrow C stream, read batch by batch; nothing in it is trusted before it was checked.
#![allow(unsafe_code, reason = "a C stream is read by calling its callbacks")]

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array as _, RecordBatch, StructArray};
use arrow_schema::{DataType, Schema, SchemaRef};
use crm_core::kernel::text::shortened;
use crm_core::{Error, Problem, Result};

use crate::raw;
use crate::take::take;
use crate::validate;

/// Characters of a message that are shown: a producer may write a long one, and types nest.
const MOST_MESSAGE: usize = 500;

/// An Arrow problem in words.
pub(crate) fn refused(detail: impl Into<String>) -> Error {
    Problem::Arrow { detail: shortened(&detail.into(), MOST_MESSAGE).replace('\0', " ") }.into()
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
        schema.fields().iter().try_for_each(|f| validate::check_type(f.data_type())).map_err(refused)?;
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
    guarded(|| {
        let invalid = |e: arrow_schema::ArrowError| refused(e.to_string());
        let data = take(array, &DataType::Struct(schema.fields().clone())).map_err(refused)?;
        if data.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(schema)));
        }
        validate::check(&data).map_err(invalid)?;
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
        text.to_string_lossy().into_owned()
    });
    refused(message.unwrap_or_else(|| format!("its producer failed with status {status}")))
}

/// Runs what may meet an assertion of arrow-rs on malformed data.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(refused("its structure contradicts its type")))
}
