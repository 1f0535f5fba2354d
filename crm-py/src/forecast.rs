//! A question about a forecast that is read once and asked of many tables.

use crm_arrow::{ForecastOptions, forecast_table};
use crm_core::kernel::json;
use pyo3::prelude::*;

use crate::boundary::detached;
use crate::evaluated::Evaluated;
use crate::frames::taken;
use crate::rules::Rules;

/// A question about a forecast, read and checked.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct ForecastQuestion(ForecastOptions);

#[pymethods]
impl ForecastQuestion {
    /// Reads a question given as JSON.
    #[new]
    fn new(py: Python<'_>, rules: &Rules, options: &[u8]) -> PyResult<Self> {
        detached(py, || ForecastOptions::from_json(&json::parse(options)?, &rules.0).map(Self))
    }

    /// Asks it of all of an object that offers `__arrow_c_stream__`.
    fn ask(&self, table: &Bound<'_, PyAny>) -> PyResult<Evaluated> {
        let stream = taken(table)?;
        detached(table.py(), || forecast_table(stream, &self.0).map(Evaluated))
    }
}
