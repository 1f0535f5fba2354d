//! A table with what a rule says of each of its rows.

use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

use crate::boundary::detached;
use crate::frames::{dicts, schema_capsule};

/// A table with what a rule says of each of its rows.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Evaluated(pub(crate) crm_arrow::Evaluated);

#[pymethods]
impl Evaluated {
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

    /// The schema as an Arrow C schema.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.schema)
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

    /// What the rule says of the table as a whole, as JSON.
    fn answer(&self) -> String {
        self.0.answer.to_string()
    }

    /// Attributed touches added up by a column.
    fn attribution_by(&self, py: Python<'_>, column: &str) -> PyResult<Self> {
        detached(py, || crm_arrow::attribution_by(&self.0, column).map(Self))
    }

    /// The rows as dicts, from one on and at most so many, with these columns only.
    fn rows<'py>(
        &self,
        py: Python<'py>,
        start: usize,
        most: usize,
        columns: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyList>> {
        dicts(py, &self.0.schema, &self.0.batches, start..start.saturating_add(most), columns)
    }
}
