//! What a deal's codes say of it: pipeline and stage, or where no pipelines are given, the deal itself.

use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::shortened;
use crate::rules::pipeline::Pipelines;

/// Where a deal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The pipeline's own code.
    pub pipeline: &'a str,
    /// The stage's own code.
    pub stage: &'a str,
    /// What the stage means.
    pub kind: StageKind,
    /// The stage's category.
    pub category: Category,
    /// The stage's probability.
    pub probability: Option<Probability>,
}

impl<'a> Standing<'a> {
    /// Looks a deal's codes up. Without pipelines the deal itself says what its stage means, and is open if it does not.
    ///
    /// # Errors
    /// [`Exclusion::MissingStage`], [`Exclusion::UnknownPipeline`] and [`Exclusion::UnknownStage`].
    pub fn of(
        pipelines: Option<&'a Pipelines>,
        (pipeline, stage): (&'a str, &'a str),
        state: Option<StageKind>,
    ) -> Result<Self, Exclusion> {
        let Some(pipelines) = pipelines else {
            let kind = state.unwrap_or(StageKind::Open);
            return Ok(Self { pipeline, stage, kind, category: Category::Pipeline, probability: None });
        };
        if stage.is_empty() {
            return Err(Exclusion::MissingStage);
        }
        let unknown = || Exclusion::UnknownPipeline { pipeline: shortened(pipeline, 60) };
        let named = match pipeline {
            "" => pipelines.default_pipeline(),
            code => pipelines.pipeline(code),
        };
        let found = named.ok_or_else(unknown)?;
        let unknown = || Exclusion::UnknownStage { pipeline: found.code.clone(), stage: shortened(stage, 60) };
        let stage = found.stage(stage).ok_or_else(unknown)?;
        Ok(Self {
            pipeline: &found.code,
            stage: &stage.code,
            kind: stage.kind,
            category: stage.category,
            probability: Some(stage.probability),
        })
    }

    /// The probability of a deal that stands here: its own, or else the stage's; won is certain and lost is not.
    ///
    /// # Errors
    /// [`Exclusion::MissingProbability`].
    pub fn probability_of(&self, own: Option<Probability>) -> Result<Probability, Exclusion> {
        match (self.kind, own.or(self.probability)) {
            (StageKind::Won, _) => Ok(Probability::ONE),
            (StageKind::Lost, _) => Ok(Probability::ZERO),
            (StageKind::Open, found) => found.ok_or(Exclusion::MissingProbability),
        }
    }
}
