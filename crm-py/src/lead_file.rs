//! A lead export of any size as an Arrow stream, for `python -m crmkit`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use crm_core::kernel::json;
use crm_core::model::Kind;
use crm_core::{Error, Lang, Problem, Result};
use crm_csv::{Layout, Leads, Options, Outcome, Refusals, Survey};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::boundary::{detached, raised};
use crate::files::reading;
use crate::lead_batches::LeadBatches;
use crate::progress::Progress;
use crate::rules::Rules;

/// How much of the file is read at once, and most rows of one batch.
const PIECE_BYTES: usize = 1 << 20;
const MOST_ROWS: usize = 16_384;

/// What went wrong with a file.
enum Failure {
    Refused(Error),
    Unread(std::io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Refused(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Unread(error)
    }
}

impl Failure {
    fn raised(self, py: Python<'_>) -> PyErr {
        match self {
            Failure::Refused(error) => raised(py, &error),
            Failure::Unread(error) => error.into(),
        }
    }
}

/// The records so far.
#[derive(Default)]
struct Tally {
    records: u64,
    rows: u64,
    duplicates: u64,
    repaired: u64,
    refusals: Refusals,
    forgot: bool,
}

/// What is known of a file while it is read.
#[derive(Default)]
struct Told {
    tally: Mutex<Tally>,
    /// Bytes taken, of them those not read yet, and to be read; a file that is looked over first is read twice.
    taken: AtomicU64,
    unread: AtomicU64,
    bytes: AtomicU64,
    failure: Mutex<Option<Failure>>,
}

impl Told {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Failure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next piece of a file; empty at its end.
fn piece(file: &mut File, told: &Told) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(PIECE_BYTES);
    file.take(u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    told.taken.fetch_add(u64::try_from(bytes.len()).unwrap_or(0), Ordering::Relaxed);
    Ok(bytes)
}

/// Looks a file over for what only all of its records say; the options with what they said.
fn surveyed(path: &Path, options: &Options, told: &Told, progress: &Progress) -> Result<Options, Failure> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    told.bytes.store(size.saturating_mul(2), Ordering::Relaxed);
    told.taken.store(0, Ordering::Relaxed);
    let mut survey = Survey::new(options)?;
    loop {
        let bytes = piece(&mut file, told)?;
        if bytes.is_empty() || !survey.push(&bytes)? {
            break;
        }
        progress.tell(0)?;
    }
    if told.taken.load(Ordering::Relaxed) < size {
        told.bytes.store(size, Ordering::Relaxed);
        told.taken.store(0, Ordering::Relaxed);
    }
    Ok(survey.finish()?)
}

/// A file on its way into batches.
struct Batches {
    file: File,
    leads: Leads,
    batches: LeadBatches,
    at_end: bool,
    told: Arc<Told>,
}

impl Batches {
    /// Reads up to the end of the header.
    fn open(path: &Path, options: &Options, told: &Arc<Told>) -> Result<(Self, Layout), Failure> {
        let (mut file, mut leads) = (File::open(path)?, Leads::new(options)?);
        let mut at_end = false;
        let layout = loop {
            if let Some(layout) = leads.layout()? {
                break layout.clone();
            }
            if at_end {
                return Err(Error::from(Problem::EmptyFile).into());
            }
            at_end = feed(&mut file, &mut leads, told)?;
        };
        let batches = LeadBatches::new(&layout.fields);
        Ok((Self { file, leads, batches, at_end, told: Arc::clone(told) }, layout))
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let told = Arc::clone(&self.told);
        let mut tally = told.tally();
        while self.batches.rows() < MOST_ROWS {
            let Some(entry) = self.leads.read()? else {
                if self.at_end {
                    break;
                }
                self.at_end = feed(&mut self.file, &mut self.leads, &told)?;
                continue;
            };
            if !matches!(entry.outcome, Outcome::Blank) {
                tally.records = tally.records.saturating_add(1);
            }
            tally.repaired = tally.repaired.saturating_add(entry.repaired.map_or(0, |_| 1));
            match entry.outcome {
                Outcome::Blank => {}
                Outcome::Row(row) => {
                    tally.rows = tally.rows.saturating_add(1);
                    self.batches.push(&row);
                }
                Outcome::Duplicate(_) => tally.duplicates = tally.duplicates.saturating_add(1),
                Outcome::Reject(reject) => tally.refusals.add(&reject),
            }
        }
        tally.forgot = self.leads.forgot();
        told.unread.store(u64::try_from(self.leads.unread()).unwrap_or(0), Ordering::Relaxed);
        if self.batches.rows() == 0 {
            return Ok(None);
        }
        let invalid = |e: ArrowError| Error::from(Problem::Arrow { detail: e.to_string() });
        Ok(Some(self.batches.take().map_err(invalid)?))
    }
}

/// Gives the next piece to the reader; whether it was the last.
fn feed(file: &mut File, leads: &mut Leads, told: &Told) -> Result<bool, Failure> {
    let bytes = piece(file, told)?;
    if bytes.is_empty() {
        leads.finish();
    } else {
        leads.push(&bytes);
    }
    Ok(bytes.is_empty())
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.batch() {
            Ok(batch) => batch.map(Ok),
            Err(failure) => {
                *self.told.failure() = Some(failure);
                Some(Err(ArrowError::ComputeError("the file cannot be read".to_owned())))
            }
        }
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}

/// A lead export.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct LeadFile {
    path: PathBuf,
    options: Mutex<Options>,
    layout: Layout,
    schema: SchemaRef,
    told: Arc<Told>,
}

impl LeadFile {
    fn options(&self) -> MutexGuard<'_, Options> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl LeadFile {
    /// Reads a file's header.
    #[new]
    fn new(py: Python<'_>, path: PathBuf, options: &[u8], rules: &Rules) -> PyResult<Self> {
        let opened = detached(py, || {
            let schema = rules.0.schema(Kind::Lead);
            let custom = schema.fields().iter();
            let custom = custom.filter_map(|f| Some((f.name.strip_prefix("custom.")?.to_owned(), f.kind))).collect();
            let options = Options { custom, ..reading(&json::parse(options)?)? };
            Ok(Batches::open(&path, &options, &Arc::default()).map(|opened| (opened, options)))
        })?;
        let ((batches, layout), options) = opened.map_err(|failure| failure.raised(py))?;
        let (schema, told) = (batches.schema(), Arc::default());
        Ok(Self { path, options: Mutex::new(options), layout, schema, told })
    }

    /// Finds what only all of its records say; `progress` is told, as of zero rows.
    #[pyo3(signature = (progress))]
    fn look_over(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        let (progress, options) = (Progress::new(progress), self.options().clone());
        match detached(py, || Ok(surveyed(&self.path, &options, &self.told, &progress)))? {
            Ok(options) => {
                *self.options() = options;
                Ok(())
            }
            Err(failure) => Err(progress.raised().unwrap_or_else(|| failure.raised(py))),
        }
    }

    /// The rows as an Arrow C stream; each call reads the file again.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        *self.told.tally() = Tally::default();
        let options = self.options().clone();
        let opened = detached(py, || Ok(Batches::open(&self.path, &options, &self.told)))?;
        let (batches, _) = opened.map_err(|failure| failure.raised(py))?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }

    /// The names of the columns.
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// How much of the file is read, from 0 to 1.
    #[allow(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a share for a progress bar")]
    fn share(&self) -> f64 {
        let [taken, unread, bytes] =
            [&self.told.taken, &self.told.unread, &self.told.bytes].map(|count| count.load(Ordering::Relaxed));
        (taken.saturating_sub(unread) as f64 / bytes.max(1) as f64).min(1.0)
    }

    /// Raises what went wrong while the rows were read, if something did.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        let failure = self.told.failure().take();
        failure.map_or(Ok(()), |failure| Err(failure.raised(py)))
    }

    /// The records so far, as JSON.
    fn summary(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        detached(py, || {
            let (lang, tally): (Lang, _) = (lang.parse()?, self.told.tally());
            Ok(serde_json::json!({
                "records": tally.records,
                "rows": tally.rows,
                "duplicates": tally.duplicates,
                "repaired": tally.repaired,
                "rejects": tally.refusals.count(),
                "refused": tally.refusals.reasons(lang),
                "hints": tally.refusals.hints(tally.records),
                "forgot": tally.forgot,
                "ignored": self.layout.mapping.ignored,
                "fields": self.layout.mapping.columns.iter().map(|c| &c.field).collect::<Vec<_>>(),
            })
            .to_string())
        })
    }
}
