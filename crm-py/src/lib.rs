//! The native module of the Python package `crmkit`. It carries JSON text and Arrow tables; the typed, documented face
//! is `python/crmkit`.

mod boundary;
mod cells;
mod columns;
mod crm;
mod csv_out;
mod evaluated;
mod files;
mod forecast;
mod frames;
mod lead_batches;
mod lead_file;
mod numbers;
mod progress;
mod rules;
mod stream;

use pyo3::pymodule;

/// The native side of `crmkit`; not for direct use.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::boundary::panic_for_tests;
    #[pymodule_export]
    use crate::columns::Columns;
    #[pymodule_export]
    use crate::crm::Crm;
    #[pymodule_export]
    use crate::evaluated::Evaluated;
    #[pymodule_export]
    use crate::files::csv_record;
    #[pymodule_export]
    use crate::forecast::ForecastQuestion;
    #[pymodule_export]
    use crate::frames::{Coded, Scored};
    #[pymodule_export]
    use crate::lead_file::LeadFile;
    #[pymodule_export]
    use crate::rules::Rules;
    #[pymodule_export]
    use crate::stream::ScoreStream;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
