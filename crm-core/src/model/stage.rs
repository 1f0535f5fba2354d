//! Stages: the places of a pipeline.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::number::Number;
use crate::kernel::sales::{Category, StageKind};

record! {
    /// One place of a pipeline. Its row's id follows from both codes ([`Stage::id_of`]).
    Stage = "stage" {
        /// The pipeline, by its code.
        pipeline: String, indexed;
        /// What deals call it; it never changes.
        code: String, indexed;
        /// Its name in English.
        name_en: String;
        /// Its name in French.
        name_fr: String;
        /// Where it stands in its pipeline, in rising order; between two places there is always another.
        position: Option<Number>, indexed;
        /// What it means to stand here.
        kind: Option<StageKind>, indexed;
        /// How likely deals here are won, in basis points.
        probability_bp: Option<i64>;
        /// How a forecast takes deals here.
        category: Option<Category>;
        /// After how many days without a touch a deal here is idle.
        idle_days: Option<i64>;
        /// How many days a deal should stay here at most.
        max_age_days: Option<i64>;
        /// Fields of the deal that must be known before it leaves for a later stage.
        exit_requires: Vec<String>;
    }
}

impl Stage {
    /// The id of the row of a stage.
    pub fn id_of(pipeline: &str, code: &str) -> Id {
        // A code has no control characters, so the two cannot run into each other.
        Id::from_text(&format!("stage {pipeline}\n{code}"))
    }
}
