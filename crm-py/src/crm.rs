//! A CRM over a store: commands, plans and questions as JSON.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crm_core::kernel::json;
use crm_core::store::Store;
use crm_core::{Problem, Result};
use crm_sqlite::SqliteStore;
use pyo3::prelude::*;
use serde_json::Value as Json;

use crate::boundary::{detached, raised};
use crate::rules::Rules;

type Engine = crm_core::Crm<Box<dyn Store>>;

/// An open CRM; any thread may use it. Work that runs while it is closed ends first.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Crm(Mutex<Option<Arc<Engine>>>);

impl Crm {
    fn made(py: Python<'_>, rules: &Rules, store: impl FnOnce() -> Result<SqliteStore> + Send) -> PyResult<Self> {
        let rules = Arc::clone(&rules.0);
        let engine = detached(py, move || Ok(Engine::new(Box::new(store()?), (*rules).clone())))?;
        Ok(Self(Mutex::new(Some(Arc::new(engine)))))
    }

    fn with(&self, py: Python<'_>, work: impl FnOnce(&Engine) -> Result<Json> + Send) -> PyResult<String> {
        let engine = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let engine = engine.ok_or_else(|| raised(py, &Problem::InvalidHandle { name: "crm" }.into()))?;
        detached(py, move || work(&engine).map(|json| json::canonical(&json)))
    }
}

#[pymethods]
impl Crm {
    /// Opens or makes a SQLite file.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, rules: &Rules) -> PyResult<Self> {
        Self::made(py, rules, move || SqliteStore::open(path))
    }

    /// Opens a store that is gone when it is closed.
    #[staticmethod]
    fn memory(py: Python<'_>, rules: &Rules) -> PyResult<Self> {
        Self::made(py, rules, SqliteStore::in_memory)
    }

    /// Carries out a command.
    fn run_json(&self, py: Python<'_>, document: &[u8]) -> PyResult<String> {
        self.with(py, |crm| crm.run_json(document))
    }

    /// Says what a command would do.
    fn plan_json(&self, py: Python<'_>, document: &[u8]) -> PyResult<String> {
        self.with(py, |crm| crm.plan_json(document))
    }

    /// Answers a question.
    fn query_json(&self, py: Python<'_>, document: &[u8]) -> PyResult<String> {
        self.with(py, |crm| crm.query_json(document))
    }

    /// Closes the store; closing twice is harmless.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let engine = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        detached(py, move || {
            drop(engine);
            Ok(())
        })
    }
}
