//! A table made of Python lists. `crmkit._columns` found out each column's kind and wrote its cells as plain numbers
//! and texts; here they become Arrow arrays.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray, RecordBatch,
    RecordBatchIterator, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, Field, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Lists of cells as a table.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Columns(RecordBatch);

#[pymethods]
impl Columns {
    /// Makes a table of columns given as `(name, kind, values)`.
    #[new]
    fn new(columns: &Bound<'_, PyAny>) -> PyResult<Self> {
        table(columns).map(Self)
    }

    /// The table as a new Arrow C stream.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }
}

fn table(columns: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    let mut rows = None;
    for column in columns.try_iter()? {
        let (name, kind, values): (String, String, Bound<'_, PyAny>) = column?.extract()?;
        let array = array(&kind, &values)?;
        if *rows.get_or_insert(array.len()) != array.len() {
            return Err(PyValueError::new_err(format!("column `{name}` is of another length than those before it")));
        }
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(rows.or(Some(0)));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(invalid)
}

fn invalid(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn array(kind: &str, values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    Ok(match kind {
        "null" => Arc::new(NullArray::new(values.len()?)),
        "boolean" => Arc::new(BooleanArray::from(values.extract::<Vec<Option<bool>>>()?)),
        "integer" => Arc::new(Int64Array::from(values.extract::<Vec<Option<i64>>>()?)),
        "float" => Arc::new(Float64Array::from(values.extract::<Vec<Option<f64>>>()?)),
        "text" => Arc::new(StringArray::from(values.extract::<Vec<Option<String>>>()?)),
        "date" => Arc::new(Date32Array::from(values.extract::<Vec<Option<i32>>>()?)),
        "instant" => {
            let instants = TimestampMicrosecondArray::from(values.extract::<Vec<Option<i64>>>()?);
            Arc::new(instants.with_timezone("UTC"))
        }
        "texts" => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for texts in values.extract::<Vec<Option<Vec<Option<String>>>>>()? {
                lists.append_option(texts);
            }
            Arc::new(lists.finish())
        }
        decimal => {
            let scale = decimal.strip_prefix("decimal").and_then(|s| s.parse::<i8>().ok());
            let scale =
                scale.ok_or_else(|| PyValueError::new_err(format!("no kind of column is called `{decimal}`")))?;
            let units = Decimal128Array::from(values.extract::<Vec<Option<i128>>>()?);
            Arc::new(units.with_precision_and_scale(38, scale).map_err(invalid)?)
        }
    })
}
