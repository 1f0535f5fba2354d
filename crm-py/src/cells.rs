//! One cell of a table as a Python value.

use chrono::DateTime;
use crm_arrow::Cell;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

pub(crate) fn to_python<'py>(py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
    let beyond = || PyOverflowError::new_err("a time beyond Python's calendar");
    Ok(match cell {
        Cell::Null => py.None().into_bound(py),
        Cell::Text(text) => text.into_pyobject(py)?.into_any(),
        Cell::Boolean(b) => b.into_pyobject(py)?.to_owned().into_any(),
        Cell::Integer(n) => n.into_pyobject(py)?.into_any(),
        Cell::Float(f) => f.into_pyobject(py)?.into_any(),
        Cell::Decimal(units, scale) => {
            let class = DECIMAL.get_or_try_init(py, || py.import("decimal")?.getattr("Decimal").map(Bound::unbind))?;
            class.bind(py).call1((format!("{units}E{}", -i16::from(scale)),))?
        }
        Cell::Day(days) => {
            let day = days.checked_mul(86_400).and_then(|s| DateTime::from_timestamp(s, 0)).ok_or_else(beyond)?;
            day.date_naive().into_pyobject(py)?.into_any()
        }
        Cell::Time { micros, aware } => {
            let time = DateTime::from_timestamp_micros(micros).ok_or_else(beyond)?;
            if aware { time.into_pyobject(py)?.into_any() } else { time.naive_utc().into_pyobject(py)?.into_any() }
        }
        Cell::Texts(texts) => texts.into_pyobject(py)?.into_any(),
        Cell::OutOfRange => return Err(beyond()),
    })
}
