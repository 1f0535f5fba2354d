//! Arrow tables through the PyCapsule protocol, without any Python package.
#![allow(unsafe_code, reason = "a capsule holds a pointer to an Arrow C stream")]

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, RecordBatch, StringViewArray};
use arrow_schema::Schema;
use crm_arrow::{Column, Incoming};
use crm_core::kernel::field::nearest;
use crm_core::kernel::json;
use crm_core::{Error, Problem, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

use crate::boundary::{detached, raised};
use crate::cells::to_python;
use crate::csv_out;
use crate::numbers::Numbers;

/// A table some of whose columns are places of texts.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Coded {
    table: Py<PyAny>,
    columns: Vec<String>,
    texts: StringViewArray,
}

#[pymethods]
impl Coded {
    /// The columns of an object with `__arrow_c_stream__`, and the texts that these of them are places of.
    #[new]
    fn new(table: Py<PyAny>, columns: Vec<String>, texts: Vec<Option<String>>) -> Self {
        Self { table, columns, texts: texts.into_iter().collect() }
    }
}

/// Takes the table out of an object that offers a stream.
pub(crate) fn taken(table: &Bound<'_, PyAny>) -> PyResult<Incoming> {
    let Ok(coded) = table.cast::<Coded>() else { return stream(table).map(Incoming::from) };
    let Coded { table, columns, texts } = coded.get();
    let places = Incoming::from(stream(table.bind(coded.py()))?);
    Ok(columns.iter().fold(places, |table, column| table.with_texts(column, texts.clone())))
}

fn stream(table: &Bound<'_, PyAny>) -> PyResult<FFI_ArrowArrayStream> {
    let capsule = table.call_method0("__arrow_c_stream__")?;
    let capsule =
        capsule.cast::<PyCapsule>().map_err(|_| PyTypeError::new_err("__arrow_c_stream__ gave no capsule"))?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: by the protocol a capsule of this name holds a valid stream; it is moved out, and the capsule's own
    // destructor finds it released.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}

/// A schema as a capsule.
pub(crate) fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(|e| PyTypeError::new_err(e.to_string()))?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// A scored table.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Scored(crm_arrow::Scored);

impl Scored {
    pub(crate) fn new(scored: crm_arrow::Scored) -> Self {
        Self(scored)
    }

    fn known(&self, name: &str) -> Result<()> {
        known(&self.0.schema, name)
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

    /// The whole answer of one row as JSON.
    #[pyo3(signature = (row, lang))]
    fn explain(&self, py: Python<'_>, row: usize, lang: Option<&str>) -> PyResult<String> {
        detached(py, || {
            let lang = lang.map(str::parse).transpose().map_err(|e: Error| e.at("lang"))?;
            self.0.explain(row, lang).map(|answer| json::canonical(&answer))
        })
    }

    /// The best rows, at most so many: `(score, row)`, the highest score first, and of equal scores the first row.
    fn top(&self, py: Python<'_>, most: usize) -> PyResult<Vec<(i64, usize)>> {
        self.known("score").map_err(|error| raised(py, &error))?;
        Ok(py.detach(|| {
            let batches = self.0.batches.iter().filter_map(|batch| batch.column_by_name("score"));
            let scores = batches.filter_map(|scores| scores.as_primitive_opt::<Int64Type>());
            let mut rows: Vec<(i64, usize)> = scores.flat_map(|s| s.values().iter().copied()).zip(0..).collect();
            let better = |(score, row): &(i64, usize)| (Reverse(*score), *row);
            if most < rows.len() {
                rows.select_nth_unstable_by_key(most, better);
                rows.truncate(most);
            }
            rows.sort_unstable_by_key(better);
            rows
        }))
    }

    /// How many rows have cells that could not be read, and the first of them with what was said of it.
    fn unread(&self) -> (usize, Option<(usize, String)>) {
        let lists = self.0.batches.iter().filter_map(|batch| batch.column_by_name("diagnostics"));
        let lists = lists.filter_map(|lists| lists.as_list_opt::<i32>());
        let (mut count, mut first) = (0_usize, None);
        for (row, said) in lists.flat_map(|lists| lists.iter()).enumerate() {
            let Some(said) = said.filter(|said| !said.is_empty()) else { continue };
            count = count.saturating_add(1);
            if first.is_none() {
                first = said.as_string_opt::<i32>().map(|texts| (row, texts.value(0).to_owned()));
            }
        }
        (count, first)
    }

    /// The rows as records of a CSV file, with these columns; the ids of bands become these texts.
    fn csv(&self, py: Python<'_>, columns: Vec<String>, bands: HashMap<String, String>) -> PyResult<String> {
        detached(py, || csv_out::records(&self.0.batches, &columns, &bands))
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

/// That a table has a column of this name.
fn known(schema: &Schema, name: &str) -> Result<()> {
    let found: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    if found.iter().any(|column| column == name) {
        return Ok(());
    }
    let nearest = nearest(name, found.iter().map(String::as_str)).map(str::to_owned);
    Err(Error::from(Problem::MissingColumn { name: name.to_owned(), found, nearest }).at("columns"))
}

/// Some rows of a table as dicts, with these columns only.
pub(crate) fn dicts<'py>(
    py: Python<'py>,
    schema: &Schema,
    batches: &[RecordBatch],
    wanted: Range<usize>,
    columns: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyList>> {
    for name in columns.iter().flatten() {
        known(schema, name).map_err(|error| raised(py, &error))?;
    }
    let rows = PyList::empty(py);
    let mut skip = wanted.start;
    for batch in batches {
        let from = skip.min(batch.num_rows());
        skip = skip.saturating_sub(from);
        let left = wanted.len().saturating_sub(rows.len());
        let count = left.min(batch.num_rows().saturating_sub(from));
        if count > 0 {
            append(&rows, &batch.slice(from, count), columns.as_deref())?;
        }
    }
    Ok(rows)
}

/// A column on its way to Python.
enum Cells<'a> {
    Plain(Column<'a>),
    Numbers(Numbers<'a>),
}

impl Cells<'_> {
    fn python<'py>(&self, py: Python<'py>, row: usize) -> Result<PyResult<Bound<'py, PyAny>>> {
        Ok(match self {
            Cells::Plain(column) => to_python(py, column.cell(row)?),
            Cells::Numbers(numbers) => numbers.row(row)?.into_pyobject(py),
        })
    }
}

fn append(rows: &Bound<'_, PyList>, batch: &RecordBatch, wanted: Option<&[String]>) -> PyResult<()> {
    let py = rows.py();
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        if wanted.is_none_or(|names| names.contains(field.name())) {
            let cells = match Numbers::of(array.as_ref()) {
                Some(numbers) => Cells::Numbers(numbers),
                None => Cells::Plain(Column::new(array.as_ref()).map_err(|e| raised(py, &e.at(field.name())))?),
            };
            columns.push((Arc::clone(field), cells));
        }
    }
    for row in 0..batch.num_rows() {
        let dict = PyDict::new(py);
        for (field, cells) in &columns {
            let cell = cells.python(py, row).map_err(|e| raised(py, &e.at(field.name())))?;
            dict.set_item(field.name(), cell?)?;
        }
        rows.append(dict)?;
    }
    Ok(())
}
