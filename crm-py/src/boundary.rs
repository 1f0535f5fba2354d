//! Work on the other side of the boundary: without the GIL, with every error and panic as a `crmkit.CrmError`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_core::{Error, Problem, Result};
use crm_csv::hint;
use pyo3::marker::Ungil;
use pyo3::prelude::*;
use serde_json::Value as Json;

/// The exception of an error: `crmkit._errors.of` picks the class by the code. The document has a `hint` where an option
/// of the shell would let a file in.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let mut document = error.to_json();
    if let (Some(hint), Json::Object(map)) = (hint(error.problem()), &mut document) {
        map.insert("hint".into(), hint.into());
    }
    let made = py
        .import("crmkit._errors")
        .and_then(|errors| errors.getattr("of"))
        .and_then(|of| of.call1((document.to_string(),)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

/// Runs native work while other Python threads go on.
pub(crate) fn detached<T: Ungil + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Ungil + Send,
) -> PyResult<T> {
    let done = py.detach(|| {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().map(|t| (*t).to_owned());
            let detail = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Error::new(Problem::Panic { detail }))
        })
    });
    done.map_err(|error| raised(py, &error))
}

/// Panics inside native work, so that a test can see what becomes of it.
#[pyfunction]
#[pyo3(name = "_panic_for_tests")]
#[allow(clippy::panic, reason = "that is what it is for")]
pub(crate) fn panic_for_tests(py: Python<'_>) -> PyResult<()> {
    detached(py, || panic!("provoked by a test"))
}
