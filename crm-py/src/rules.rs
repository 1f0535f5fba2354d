//! The configuration, and the rules that are computed from it.

use std::sync::Arc;

use crm_arrow::{AttributionOptions, ScoreOptions};
use crm_core::Lang;
use crm_core::kernel::json;
use crm_core::kernel::reason::Name;
use crm_core::model::Kind;
use crm_core::rules;
use crm_core::rules::lead_score::model::{Band, ScoreModel};
use pyo3::prelude::*;
use serde_json::{Map, Value as Json};

use crate::boundary::detached;
use crate::evaluated::Evaluated;
use crate::frames::{Scored, taken};
use crate::progress::Progress;
use crate::stream::ScoreStream;

/// Compiled rules; any thread may use them.
#[pyclass(frozen, module = "crmkit._native")]
pub(crate) struct Rules(pub(crate) Arc<rules::Rules>);

#[pymethods]
impl Rules {
    /// Compiles a configuration given as JSON; empty text is the default.
    #[new]
    fn new(py: Python<'_>, config: &[u8]) -> PyResult<Self> {
        let compiled =
            detached(py, || if config.is_empty() { Ok(rules::Rules::default()) } else { rules::Rules::parse(config) });
        Ok(Self(Arc::new(compiled?)))
    }

    /// Evaluates a rule on one record, JSON in and canonical JSON out.
    fn eval_json(&self, py: Python<'_>, rule: &str, input: &[u8]) -> PyResult<String> {
        detached(py, || self.0.eval_text(rule, input))
    }

    /// Scores an object that offers `__arrow_c_stream__`, all of it.
    fn score_table(&self, table: &Bound<'_, PyAny>, options: &[u8], progress: Option<Py<PyAny>>) -> PyResult<Scored> {
        let (stream, progress) = (taken(table)?, Progress::new(progress));
        let scored = detached(table.py(), || {
            let options = ScoreOptions::from_json(&json::parse(options)?)?;
            crm_arrow::score_table_with(stream, &self.0, options, |rows| progress.tell(rows)).map(Scored::new)
        });
        scored.map_err(|error| progress.raised().unwrap_or(error))
    }

    /// Scores an object that offers `__arrow_c_stream__` while the result is read.
    fn score_stream(
        &self,
        table: &Bound<'_, PyAny>,
        options: &[u8],
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ScoreStream> {
        let (stream, progress) = (taken(table)?, Progress::new(progress));
        let told = Arc::clone(&progress);
        let opened = detached(table.py(), || {
            let options = ScoreOptions::from_json(&json::parse(options)?)?;
            crm_arrow::ScoreStream::open(stream, &self.0, options, Box::new(move |rows| told.tell(rows)))
        });
        Ok(ScoreStream::new(opened?, progress))
    }

    /// Asks a rule of all of an object that offers `__arrow_c_stream__`.
    fn eval_table(&self, rule: &str, table: &Bound<'_, PyAny>, options: &[u8]) -> PyResult<Evaluated> {
        let stream = taken(table)?;
        detached(table.py(), || crm_arrow::eval_table(stream, &self.0, rule, &json::parse(options)?).map(Evaluated))
    }

    /// Attribution of a table of touches, with a table of conversions if there is one; both offer `__arrow_c_stream__`.
    #[pyo3(signature = (touches, conversions, options))]
    fn attribution(
        &self,
        touches: &Bound<'_, PyAny>,
        conversions: Option<&Bound<'_, PyAny>>,
        options: &[u8],
    ) -> PyResult<Evaluated> {
        let py = touches.py();
        let (touches, conversions) = (taken(touches)?, conversions.map(taken).transpose()?);
        detached(py, || {
            let options = AttributionOptions::from_json(&json::parse(options)?, &self.0)?;
            let told = match conversions {
                None => crm_arrow::attribution_table(touches, &self.0, &options),
                Some(conversions) => crm_arrow::attribution_tables(touches, conversions, &self.0, &options),
            };
            told.map(Evaluated)
        })
    }

    /// What people call the bands, by id, as JSON.
    fn band_texts(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        detached(py, || {
            let lang: Lang = lang.parse()?;
            let model = match self.0.to_json().get("lead_score") {
                Some(model) => ScoreModel::from_json(model)?,
                None => ScoreModel::standard()?,
            };
            let text = |band: Band| {
                let name = Name { id: band.id, labels: band.labels };
                (name.id.clone(), name.text(lang).into())
            };
            Ok(Json::Object(model.bands.into_iter().map(text).collect()).to_string())
        })
    }

    /// The type of every field by record, as JSON.
    fn field_types(&self) -> String {
        let records = Kind::ALL.iter().map(|kind| {
            let schema = self.0.schema(*kind);
            let fields = schema.fields().iter().map(|f| (f.name.to_string(), serde_json::json!(f.kind)));
            (kind.name().to_owned(), Json::Object(fields.collect::<Map<_, _>>()))
        });
        Json::Object(records.collect()).to_string()
    }
}
