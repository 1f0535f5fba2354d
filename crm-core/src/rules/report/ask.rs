//! A report of any kind, as it is asked for and saved.

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::spec::{ReportKind, ReportSpec};
use super::tally::TallySpec;
use super::window::WindowSpec;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::rules::filter::{Reader, resolve};
use crate::rules::read::coded;
use crate::rules::segment::without_segments;

/// A report of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// Where the deals of a pipeline stand.
    Snapshot(ReportSpec),
    /// What happened in a window, counted.
    Tally(TallySpec),
}

impl Report {
    /// Reads what [`ReportSpec::from_json`] or [`TallySpec::from_json`] does, by its `kind`.
    ///
    /// # Errors
    /// As those.
    pub fn from_json(json: &Json) -> Result<Self> {
        let map = json::object(json, "an object with `kind`")?;
        let kind = map.get("kind").filter(|kind| !kind.is_null());
        let kind = kind.ok_or_else(|| Error::from(Problem::Missing { name: "kind".into() }))?;
        match coded(kind, ReportKind::from_code, ReportKind::CODES).map_err(|e| e.at("kind"))? {
            ReportKind::PipelineSnapshot => ReportSpec::from_json(json).map(Report::Snapshot),
            _ => TallySpec::from_json(json).map(Report::Tally),
        }
    }

    /// What [`Report::from_json`] reads, with everything spelled out.
    pub fn to_json(&self) -> Json {
        match self {
            Report::Snapshot(spec) => spec.to_json(),
            Report::Tally(spec) => spec.to_json(),
        }
    }

    /// What it is about.
    pub const fn kind(&self) -> ReportKind {
        match self {
            Report::Snapshot(spec) => spec.kind,
            Report::Tally(spec) => spec.kind,
        }
    }

    /// When.
    pub const fn window(&self) -> &WindowSpec {
        match self {
            Report::Snapshot(spec) => &spec.window,
            Report::Tally(spec) => &spec.window,
        }
    }

    /// Which records count.
    pub const fn filter(&self) -> Option<&Predicate> {
        match self {
            Report::Snapshot(spec) => spec.filter.as_ref(),
            Report::Tally(spec) => spec.filter.as_ref(),
        }
    }

    /// SHA-256 of the spec in hexadecimal: what tells two reports apart.
    pub fn hash(&self) -> String {
        hash(&self.to_json())
    }

    /// Checks the filter against the fields of the record, whoever will ask and when.
    ///
    /// # Errors
    /// As [`resolve`] and [`Predicate::compile`], under `filter`.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let Some(filter) = self.filter() else { return Ok(()) };
        let plain = resolve(&without_segments(filter), schema, &Reader::anybody())
            .and_then(|plain| plain.predicate.compile(schema));
        plain.map(drop).map_err(|e| e.at("filter"))
    }
}

/// SHA-256 of a spec in hexadecimal.
pub(crate) fn hash(spec: &Json) -> String {
    let digest: [u8; 32] = Sha256::digest(json::canonical(spec).as_bytes()).into();
    crate::store::hex(&digest)
}
