//! A table on its way through the rules, read once: part by part from Python, or as a C stream by anybody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_schema::SchemaRef;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::boundary::detached;
use crate::frames::{Scored, schema_capsule};
use crate::progress::{Progress, Reader};

/// What is left of the table.
enum Rest {
    /// All of it.
    Whole(Box<crm_arrow::ScoreStream>),
    /// What Python did not read yet.
    Parts(Box<crm_arrow::ScoreStream>),
    /// A thread is reading right now.
    Busy,
    /// A consumer of the C stream has it.
    Given,
    /// Nothing.
    Ended,
}

/// A scored table that is read once.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct ScoreStream {
    schema: SchemaRef,
    rest: Mutex<Rest>,
    progress: Arc<Progress>,
}

impl ScoreStream {
    pub(crate) fn new(stream: crm_arrow::ScoreStream, progress: Arc<Progress>) -> Self {
        Self { schema: stream.schema(), rest: Mutex::new(Rest::Whole(Box::new(stream))), progress }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn once(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("{what}: a stream is read once; score the table again, or use score_leads"))
}

#[pymethods]
impl ScoreStream {
    /// The table as an Arrow C stream, once; a requested schema is not followed.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let whole = {
            let mut rest = self.rest();
            match std::mem::replace(&mut *rest, Rest::Given) {
                Rest::Whole(stream) => Some(stream),
                other => {
                    *rest = other;
                    None
                }
            }
        };
        let stream = whole.ok_or_else(|| once("this stream was read already"))?;
        self.progress.read_by(Reader::Foreign);
        PyCapsule::new_with_value(py, stream.into_ffi(), c"arrow_array_stream")
    }

    /// The schema as an Arrow C schema.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    /// The next rows, scored; nothing after the last.
    fn next_part(&self, py: Python<'_>) -> PyResult<Option<Scored>> {
        let mut rest = self.rest();
        let mut stream = match std::mem::replace(&mut *rest, Rest::Busy) {
            Rest::Whole(stream) | Rest::Parts(stream) => stream,
            other => {
                *rest = other;
                return match *rest {
                    Rest::Ended => Ok(None),
                    Rest::Busy => Err(once("another thread is reading this stream")),
                    _ => Err(once("this stream was read already")),
                };
            }
        };
        // Not held meanwhile: progress is told to Python, and another thread may look here.
        drop(rest);
        let read = detached(py, move || stream.next().transpose().map(|part| (part, stream)));
        let (part, left) = match read {
            Ok((Some(part), stream)) => (Ok(Some(Scored::new(part))), Rest::Parts(stream)),
            Ok((None, _)) => (Ok(None), Rest::Ended),
            Err(error) => (Err(self.progress.raised().unwrap_or(error)), Rest::Ended),
        };
        *self.rest() = left;
        part
    }

    /// The names of the columns.
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// What the table says about itself, by key.
    fn metadata(&self, key: &str) -> Option<String> {
        self.schema.metadata().get(key).cloned()
    }
}

impl Drop for ScoreStream {
    /// Whoever releases the input may wait for a thread that needs the interpreter.
    fn drop(&mut self) {
        let rest = std::mem::replace(&mut *self.rest(), Rest::Ended);
        Python::attach(|py| py.detach(|| drop(rest)));
    }
}
