//! What a workspace configures of health.

use super::bands::Bands;
use super::facts::Aggregate;
use super::transform::Transform;
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::predicate::{Compiled, Truth};
use crate::kernel::reason::Name;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// What a measure counts where its source is not known, or too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is left out, and the others share its weight.
    Exclude,
    /// This score, in millionths.
    Neutral(i64),
    /// The worst that its transform gives.
    Worst,
}

/// One measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its code and what people read.
    pub name: Name,
    /// Its weight, in millionths.
    pub weight: i64,
    /// Which fact it reads.
    pub source: String,
    /// How the fact becomes a score.
    pub transform: Transform,
    /// What becomes of dated values.
    pub aggregate: Aggregate,
    /// Dated values count for so many days.
    pub window_days: Option<i64>,
    /// The weight halves in so many days of the value's age.
    pub half_life_days: Option<i64>,
    /// A value that is so many days old is not known any more.
    pub max_age_days: Option<i64>,
    /// What is counted where nothing is known.
    pub missing: Missing,
}

/// A limit for the score.
#[derive(Clone, Debug)]
pub struct Cap {
    /// Its code and what people read.
    pub name: Name,
    /// When it holds.
    pub when: Compiled,
    /// The highest score then, in hundredths.
    pub max_score: i64,
}

/// One model of health.
#[derive(Clone, Debug)]
pub struct HealthModel {
    /// Its id and what people read.
    pub name: Name,
    /// Its edition.
    pub version: i64,
    /// For which accounts it is; for all without.
    pub when: Option<Compiled>,
    /// Its measures.
    pub measures: Vec<Measure>,
    /// Its bands.
    pub bands: Bands,
    /// Its caps.
    pub caps: Vec<Cap>,
    /// The least that has to be known for a band, in basis points of the weights.
    pub min_coverage_bp: i64,
    /// The facts that its caps are conditions over.
    pub(super) schema: Schema,
    /// SHA-256 of how it is written.
    pub(super) fingerprint: String,
}

impl HealthModel {
    /// What entries name: `standard 1`.
    pub fn title(&self) -> String {
        format!("{} {}", self.name.id, self.version)
    }

    /// A measure of a code.
    pub fn measure(&self, code: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name.id == code)
    }

    /// What of the host's measurements it reads, by code.
    pub(crate) fn measurements(&self) -> impl Iterator<Item = &str> {
        self.schema.fields().iter().filter_map(|field| super::read::measurement(&field.name))
    }

    /// How many days back dated values of a source may count.
    pub(crate) fn window_of(&self, source: &str) -> i64 {
        let own = self.measures.iter().filter(|measure| measure.source == source).filter_map(|m| m.window_days);
        own.chain(super::facts::usual_window(source)).max().unwrap_or(0)
    }
}

/// The models of a workspace, the first that fits an account counts.
#[derive(Clone, Debug)]
pub struct HealthModels {
    /// Where days begin.
    pub zone: Zone,
    /// In the order in which they are tried.
    pub models: Vec<HealthModel>,
}

impl HealthModels {
    /// The model of an account; `None` where none is for it.
    pub fn of(&self, account: &impl Facts, at: Instant) -> Option<&HealthModel> {
        self.models.iter().find(|model| match &model.when {
            None => true,
            Some(when) => when.eval(account, at) == Truth::True,
        })
    }

    /// A model by its id.
    pub fn named(&self, id: &str) -> Option<&HealthModel> {
        self.models.iter().find(|model| model.name.id == id)
    }
}
