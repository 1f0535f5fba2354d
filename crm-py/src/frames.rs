//! Arrow tables through the PyCapsule protocol, without any Python package.
#![allow(unsafe_code, reason = "a capsule holds a pointer to an Arrow C stream")]

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use crm_arrow::Column;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

use crate::boundary::raised;
use crate::cells::to_python;

/// Takes the stream out of an object that offers one.
pub(crate) fn taken(table: &Bound<'_, PyAny>) -> PyResult<FFI_ArrowArrayStream> {
    let capsule = table.call_method0("__arrow_c_stream__")?;
    let capsule =
        capsule.cast::<PyCapsule>().map_err(|_| PyTypeError::new_err("__arrow_c_stream__ gave no capsule"))?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: by the protocol a capsule of this name holds a valid stream; it is moved out, and the capsule's own
    // destructor finds it released.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}

/// A scored table.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Scored(crm_arrow::Scored);

impl Scored {
    pub(crate) fn new(scored: crm_arrow::Scored) -> Self {
        Self(scored)
    }
}

#[pymethods]
impl Scored {
    /// The table as a new Arrow C stream; a requested schema is not followed.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        PyCapsule::new_with_value(py, self.0.stream(), c"arrow_array_stream")
    }

    fn __len__(&self) -> usize {
        self.0.rows()
    }

    /// The names of the columns.
    fn columns(&self) -> Vec<String> {
        self.0.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// What the table says about itself, by key.
    fn metadata(&self, key: &str) -> Option<String> {
        self.0.schema.metadata().get(key).cloned()
    }

    /// The rows as dicts, from one on and at most so many, with these columns only.
    fn rows<'py>(
        &self,
        py: Python<'py>,
        start: usize,
        most: usize,
        columns: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        let mut skip = start;
        for batch in &self.0.batches {
            let from = skip.min(batch.num_rows());
            skip = skip.saturating_sub(from);
            let left = most.saturating_sub(rows.len());
            let count = left.min(batch.num_rows().saturating_sub(from));
            if count > 0 {
                append(&rows, &batch.slice(from, count), columns.as_deref())?;
            }
        }
        Ok(rows)
    }
}

fn append(rows: &Bound<'_, PyList>, batch: &RecordBatch, wanted: Option<&[String]>) -> PyResult<()> {
    let py = rows.py();
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        if wanted.is_none_or(|names| names.contains(field.name())) {
            let column = Column::new(array.as_ref()).map_err(|e| raised(py, &e.at(field.name())))?;
            columns.push((Arc::clone(field), column));
        }
    }
    for row in 0..batch.num_rows() {
        let dict = PyDict::new(py);
        for (field, column) in &columns {
            let cell = column.cell(row).map_err(|e| raised(py, &e.at(field.name())))?;
            dict.set_item(field.name(), to_python(py, cell)?)?;
        }
        rows.append(dict)?;
    }
    Ok(())
}
