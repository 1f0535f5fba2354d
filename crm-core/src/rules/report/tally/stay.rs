//! What became of each stay of a deal in a stage.

use crate::kernel::coded::coded;
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::rules::pipeline::{Pipelines, Span};

coded! {
    /// How a stay in a stage ended.
    Outcome {
        /// With a later stage, or the deal was won.
        Advanced = "advanced",
        /// With an earlier stage.
        Returned = "returned",
        /// With another pipeline, or the stage was merged away.
        Moved = "moved",
        /// The deal was lost.
        Lost = "lost",
        /// The deal was put away where it stood.
        Archived = "archived",
        /// Not yet.
        StillThere = "still_there",
    }
}

/// A stay of a deal in an open stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The pipeline, as it spells its code.
    pub pipeline: String,
    /// The stage, as it spells its code.
    pub stage: String,
    /// From when on.
    pub entered_at: Instant,
    /// Until when.
    pub left_at: Option<Instant>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether the deal stands in a won stage after all its stays.
    pub won: bool,
}

/// Why a deal came into a stage that somebody merged another one into.
const MERGED: &str = "stage_merged";

/// The stays of one deal in open stages, with how each ended. A stage that is no more counts as an open one.
pub fn outcomes(spans: &[Span], is_archived: bool, pipelines: &Pipelines) -> Vec<Stay> {
    let known = |span: &Span| match span.pipeline.as_str() {
        "" => pipelines.default_pipeline(),
        code => pipelines.pipeline(code),
    };
    let place = |span: &Span| {
        let pipeline = known(span)?;
        let stage = pipeline.stage(&span.stage)?;
        let place = pipeline.stages().iter().position(|other| other.code == stage.code)?;
        Some((pipeline, stage, place))
    };
    let kind = |span: &Span| place(span).map_or(StageKind::Open, |(_, stage, _)| stage.kind);
    let won = spans.last().is_some_and(|last| kind(last) == StageKind::Won);
    let mut stays = Vec::new();
    for (i, span) in spans.iter().enumerate().filter(|(_, span)| kind(span) == StageKind::Open) {
        let next = spans.get(i.saturating_add(1));
        let outcome = match next {
            None if is_archived => Outcome::Archived,
            None => Outcome::StillThere,
            Some(next) => match (kind(next), place(span), place(next)) {
                (StageKind::Lost, _, _) => Outcome::Lost,
                (StageKind::Won, _, _) => Outcome::Advanced,
                _ if next.cause == MERGED => Outcome::Moved,
                (_, Some((here, _, from)), Some((there, _, to))) if here.code == there.code => {
                    if to > from {
                        Outcome::Advanced
                    } else {
                        Outcome::Returned
                    }
                }
                _ => Outcome::Moved,
            },
        };
        let (pipeline, stage) = place(span)
            .map_or((span.pipeline.as_str(), span.stage.as_str()), |(p, s, _)| (p.code.as_str(), s.code.as_str()));
        stays.push(Stay {
            pipeline: pipeline.to_owned(),
            stage: stage.to_owned(),
            entered_at: span.entered_at,
            left_at: span.left_at,
            outcome,
            won,
        });
    }
    stays
}
