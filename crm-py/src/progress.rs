//! A Python function that is told how far a run is, and may stop it; so may Ctrl-C.

use std::sync::{Arc, Mutex, PoisonError};

use crm_core::{Error, Problem, Result};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// What becomes of an exception that stops a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Python called and gets the exception itself.
    Python,
    /// A consumer of a C stream, which gets the exception's text.
    Foreign,
}

/// The function, and the exception with which it stopped a run.
pub(crate) struct Progress {
    function: Option<Py<PyAny>>,
    raised: Mutex<Option<PyErr>>,
    reader: Mutex<Reader>,
}

impl Progress {
    pub(crate) fn new(function: Option<Py<PyAny>>) -> Arc<Self> {
        Arc::new(Self { function, raised: Mutex::new(None), reader: Mutex::new(Reader::Python) })
    }

    /// Says who will see what goes wrong from now on.
    pub(crate) fn read_by(&self, reader: Reader) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = reader;
    }

    /// Tells the rows done so far; called by native work between two batches.
    pub(crate) fn tell(&self, rows: u64) -> Result<()> {
        let told = Python::attach(|py| {
            py.check_signals()?;
            self.function.as_ref().map_or(Ok(()), |f| f.call1(py, (rows,)).map(drop))
        });
        told.map_err(|exception| self.stopped(exception))
    }

    /// The exception that stopped a run, if it was one; to be raised as it is.
    pub(crate) fn raised(&self) -> Option<PyErr> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn stopped(&self, exception: PyErr) -> Error {
        if *self.reader.lock().unwrap_or_else(PoisonError::into_inner) == Reader::Python {
            *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(exception);
            return Problem::Cancelled.into();
        }
        Python::attach(|py| {
            let text = exception.to_string();
            if exception.is_instance_of::<PyKeyboardInterrupt>(py) {
                // The consumer raises an error of its own; the interpreter shall still see that somebody pressed Ctrl-C.
                let again = py.import("_thread").and_then(|threads| threads.call_method0("interrupt_main"));
                drop(again);
            }
            Error::from(Problem::Cancelled).at(text.trim_end_matches([':', ' ']))
        })
    }
}
