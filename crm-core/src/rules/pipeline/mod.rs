//! Pipelines and their stages as every rule sees them, and what follows from them for a deal.
//!
//! Who needs a deal's stage (risk, forecast, waterfall, reports) takes [`Pipelines`]:
//! - of a stored workspace: [`pipelines_of`](crate::command::pipelines_of) from a snapshot, or
//!   [`Cx::pipelines`](crate::command::Cx::pipelines) inside of a command, whose commit then depends on them;
//! - at a stateless door: [`Pipelines::from_json`], with [`Pipelines::standard`] where the input has none.
//!
//! [`Pipelines::stage`] is the look-up by a deal's two codes; [`Stage::probability_of`] and [`Stage::category_of`] are
//! what a deal there is worth to a forecast: inherited from the stage unless somebody set them by hand, and never
//! inherited by copy, so that they cannot go stale.
//!
//! ```
//! use crm_core::kernel::sales::{Category, StageKind};
//! use crm_core::rules::pipeline::Pipelines;
//! let pipelines = Pipelines::standard();
//! let stage = pipelines.stage("sales", "proposal").unwrap();
//! assert_eq!((stage.kind, stage.probability.bp(), stage.category), (StageKind::Open, 5_000, Category::BestCase));
//! assert_eq!(stage.probability_of(None).unwrap().bp(), 5_000);
//! assert_eq!(stage.probability_of(Some(3_500)).unwrap().bp(), 3_500);
//! assert!(pipelines.stage("sales", "no such stage").is_none());
//! ```

mod ageing;
mod cause;
mod door;
mod json;
mod revision;
mod settle;
mod span;

pub use ageing::{Ageing, Clock, Moments, Threshold};
pub use cause::Cause;
pub use door::eval_json;
pub use revision::{Changed, Version, revision};
pub use settle::{Situation, settle};
pub use span::{Span, Spans, Step};

pub(crate) use json::{
    category as stage_category, days as stage_days, names as pipeline_names, pipeline as pipeline_from_json,
    probability as stage_probability, stage as stage_from_json,
};

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::number::Number;
use crate::kernel::probability::Probability;
use crate::kernel::reason::Labels;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::{fold, shortened};

/// One place of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What deals call it.
    pub code: String,
    /// Its name.
    pub labels: Labels,
    /// Where it stands in its pipeline, in rising order.
    pub position: Number,
    /// What it means to stand here. Never inferred from a probability.
    pub kind: StageKind,
    /// How likely deals here are won.
    pub probability: Probability,
    /// How a forecast takes deals here.
    pub category: Category,
    /// After how many days without a touch a deal here is idle; `None` is never.
    pub idle_days: Option<u16>,
    /// How many days a deal should stay here at most; `None` is for ever.
    pub max_age_days: Option<u16>,
    /// Fields of the deal that must be known before it leaves for a later stage.
    pub exit_requires: Vec<String>,
}

/// A sequence of stages that deals move through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// What deals call it.
    pub code: String,
    /// Its name.
    pub labels: Labels,
    /// Whether deals without a pipeline go here.
    pub is_default: bool,
    /// Its stages, in order of (position, code).
    stages: Vec<Stage>,
}

/// All pipelines of a workspace, in order of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pipelines(Vec<Pipeline>);

impl Stage {
    /// The deal's own probability if somebody set one (in basis points), or else the stage's. A won deal is certain and
    /// a lost one is not, whatever somebody set.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] for an override outside of 0 to 10,000.
    pub fn probability_of(&self, override_bp: Option<i64>) -> Result<Probability> {
        match (self.kind, override_bp) {
            (StageKind::Won, _) => Ok(Probability::ONE),
            (StageKind::Lost, _) => Ok(Probability::ZERO),
            (StageKind::Open, Some(bp)) => Probability::from_bp(bp),
            (StageKind::Open, None) => Ok(self.probability),
        }
    }

    /// The category that somebody set, or else the stage's; won is closed and lost is omitted always.
    pub fn category_of(&self, manual: Option<Category>) -> Category {
        Category::of(self.kind, manual, self.category)
    }

    /// The name in English, or else the code: what a closed deal keeps.
    pub fn name(&self) -> &str {
        if self.labels.en.is_empty() { &self.code } else { &self.labels.en }
    }
}

impl Pipeline {
    /// A pipeline of these stages, which are put in order.
    ///
    /// # Errors
    /// Two stages whose codes differ in letter case or accents only, more than 100 of them, and
    /// [`Problem::NoStageOfKind`] where none is won or none is lost.
    pub fn new(code: String, labels: Labels, is_default: bool, mut stages: Vec<Stage>) -> Result<Self> {
        super::check::most("stages", stages.len(), MOST_STAGES)?;
        distinct(stages.iter().map(|s| s.code.as_str())).map_err(|e| e.at("stages"))?;
        for kind in [StageKind::Won, StageKind::Lost] {
            if !stages.iter().any(|s| s.kind == kind) {
                return Err(Problem::NoStageOfKind { pipeline: code, kind: kind.code() }.into());
            }
        }
        stages.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        Ok(Pipeline { code, labels, is_default, stages })
    }

    /// The stages, in order of (position, code).
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The stage of a code, whatever its letter case.
    pub fn stage(&self, code: &str) -> Option<&Stage> {
        let folded = fold(code);
        self.stages.iter().find(|s| s.code == code || fold(&s.code) == folded)
    }

    /// The stages of a kind, in order.
    pub fn of_kind(&self, kind: StageKind) -> impl Iterator<Item = &Stage> {
        self.stages.iter().filter(move |s| s.kind == kind)
    }

    /// The first stage of a kind.
    ///
    /// # Errors
    /// [`Problem::NoStageOfKind`].
    pub fn first_of(&self, kind: StageKind) -> Result<&Stage> {
        let none = || Problem::NoStageOfKind { pipeline: self.code.clone(), kind: kind.code() };
        Ok(self.of_kind(kind).next().ok_or_else(none)?)
    }

    /// The stage of a code, which must be there.
    ///
    /// # Errors
    /// [`Problem::StageNotInPipeline`] with the stages that there are.
    pub fn required(&self, code: &str) -> Result<&Stage> {
        let missing = || Problem::StageNotInPipeline {
            pipeline: self.code.clone(),
            found: shortened(code, 60).to_string(),
            expected: self.stages.iter().map(|s| s.code.clone()).collect(),
        };
        self.stage(code).ok_or_else(|| coded(missing(), "stage_not_in_pipeline"))
    }

    /// The open stage of the lowest probability, the first of several: where a deal that was lost when it was made
    /// would have stood.
    pub fn lowest_open(&self) -> Option<&Stage> {
        self.of_kind(StageKind::Open).min_by_key(|s| (s.probability, s.position))
    }

    /// The open stage of the highest probability, the last of several: where a deal that was won when it was made would
    /// have stood.
    pub fn highest_open(&self) -> Option<&Stage> {
        self.of_kind(StageKind::Open).max_by_key(|s| (s.probability, s.position))
    }
}

/// Most stages of one pipeline.
pub const MOST_STAGES: usize = 100;
/// Most pipelines of one workspace.
pub const MOST_PIPELINES: usize = 100;

impl Pipelines {
    /// These pipelines, which are put in order of code.
    ///
    /// # Errors
    /// Two codes that differ in letter case or accents only, more than 100 pipelines, two defaults.
    pub fn new(mut pipelines: Vec<Pipeline>) -> Result<Self> {
        super::check::most("pipelines", pipelines.len(), MOST_PIPELINES)?;
        distinct(pipelines.iter().map(|p| p.code.as_str()))?;
        let mut defaults = pipelines.iter().filter(|p| p.is_default);
        if let (Some(_), Some(second)) = (defaults.next(), defaults.next()) {
            return Err(Error::from(RulesProblem::DuplicateId { id: second.code.clone() }).at("default"));
        }
        pipelines.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(Pipelines(pipelines))
    }

    /// Whether there are none: then deals' pipelines and stages are free text.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in order of code.
    pub fn all(&self) -> &[Pipeline] {
        &self.0
    }

    /// The pipeline of a code, whatever its letter case.
    pub fn pipeline(&self, code: &str) -> Option<&Pipeline> {
        let folded = fold(code);
        self.0.iter().find(|p| p.code == code || fold(&p.code) == folded)
    }

    /// The pipeline of a code, which must be there.
    ///
    /// # Errors
    /// [`Problem::UnknownPipeline`] with the pipelines that there are.
    pub fn required(&self, code: &str) -> Result<&Pipeline> {
        let missing = || Problem::UnknownPipeline {
            found: shortened(code, 60).to_string(),
            expected: self.0.iter().map(|p| p.code.clone()).collect(),
        };
        self.pipeline(code).ok_or_else(|| coded(missing(), "unknown_pipeline"))
    }

    /// The stage that a deal's two codes name; `None` where they name none.
    pub fn stage(&self, pipeline: &str, stage: &str) -> Option<&Stage> {
        self.pipeline(pipeline)?.stage(stage)
    }

    /// The pipeline of deals that have none: the default one, or the only one.
    pub fn default_pipeline(&self) -> Option<&Pipeline> {
        let only = || self.0.first().filter(|_| self.0.len() == 1);
        self.0.iter().find(|p| p.is_default).or_else(only)
    }
}

/// A refusal with a code of its own for programs, finer than the error's.
pub(crate) fn coded(problem: Problem, code: &str) -> Error {
    Error::from(problem).with_detail(serde_json::json!({"code": code}))
}

/// Refuses codes that stores, which compare folded text, could not tell apart.
fn distinct<'a>(codes: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for code in codes {
        if !seen.insert(fold(code).into_owned()) {
            return Err(RulesProblem::DuplicateId { id: code.to_owned() }.into());
        }
    }
    Ok(())
}
