//! A deal as reports and views see it: as a forecast does, with what else is told of it.

use crate::kernel::error::Problem;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::model::Deal;
use crate::rules::forecast::Line;
use crate::rules::pipeline::{Clock, Moments, Pipeline, Pipelines, Stage, Threshold};

use super::window::ResolvedWindow;

/// How risky a deal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// From 0 to 100.
    pub score: i64,
    /// The id of the band of the score.
    pub band: String,
}

/// A deal as reports and views see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportDeal<'a> {
    /// What a forecast sees of it.
    pub line: Line<'a>,
    /// When it was won or lost.
    pub closed_at: Option<Instant>,
    /// Whole days since somebody last touched it, while it is open.
    pub idle_days: Option<i64>,
    /// Its risk, while it is open and where somebody computed it.
    pub risk: Option<Badge>,
}

/// Where a deal belongs in a report over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Open, with a close date.
    Open,
    /// Open, without one.
    Undated,
    /// Won inside of the window.
    Won,
    /// Lost inside of the window.
    Lost,
    /// Won or lost at another time.
    Outside,
}

/// When things happened to a deal that its own fields do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// When the row was made.
    pub created_at: Instant,
    /// When somebody last touched it.
    pub last_touch_at: Option<Instant>,
}

impl<'a> ReportDeal<'a> {
    /// A stored deal at an instant. Its stage is looked up, and what it does not say itself is inherited from there.
    ///
    /// # Errors
    /// Why it cannot count: no such pipeline or stage, a probability out of range.
    pub fn new(
        id: &'a str,
        deal: &'a Deal,
        pipelines: &'a Pipelines,
        around: Around,
        (zone, at): (&Zone, Instant),
    ) -> Result<Self, Exclusion> {
        let (pipeline, stage) = stage_of(deal, pipelines)?;
        let probability = stage.probability_of(deal.probability_bp);
        let probability = probability.map_err(|e| Exclusion::unreadable(&e.at("probability_bp")))?;
        let line = Line {
            id,
            owner: &deal.owner,
            pipeline: &pipeline.code,
            stage: &stage.code,
            state: stage.kind,
            amount: deal.value,
            probability,
            manual: deal.category,
            automatic: stage.category,
            close_date: deal.close_date,
            created_on: Some(zone.day(deal.opened_at.unwrap_or(around.created_at))),
            splits: Vec::new(),
        };
        let moments = Moments {
            state: stage.kind,
            created_at: around.created_at,
            opened_at: deal.opened_at,
            stage_entered_at: deal.stage_entered_at,
            last_touch_at: around.last_touch_at,
            next_activity_at: None,
        };
        let threshold = Threshold { clock: Clock::Idle, days: stage.idle_days, planned_exempts: false };
        let open = stage.kind == StageKind::Open;
        let idle_days = open.then(|| moments.ageing(&threshold, at).days);
        Ok(Self { line, closed_at: deal.closed_at, idle_days, risk: None })
    }

    /// Where it belongs. A closed deal without the instant of its closing goes by its close date.
    ///
    /// # Errors
    /// A closed deal with neither.
    pub fn place(&self, window: &ResolvedWindow) -> Result<Place, Exclusion> {
        let closed = match self.line.state {
            StageKind::Open if self.line.close_date.is_none() => return Ok(Place::Undated),
            StageKind::Open => return Ok(Place::Open),
            StageKind::Won => Place::Won,
            StageKind::Lost => Place::Lost,
        };
        let inside = match (self.closed_at, self.line.close_date) {
            (Some(at), _) => window.has(at),
            (None, Some(day)) => window.has_day(day),
            (None, None) => {
                let problem = Problem::Missing { name: "closed_at".into() };
                return Err(Exclusion::Unreadable { field: "closed_at".into(), problem });
            }
        };
        Ok(if inside { closed } else { Place::Outside })
    }
}

/// The pipeline and stage that a deal stands in; a deal that names no pipeline stands in the default one.
///
/// # Errors
/// [`Exclusion::UnknownPipeline`], [`Exclusion::UnknownStage`].
pub fn stage_of<'p>(deal: &Deal, pipelines: &'p Pipelines) -> Result<(&'p Pipeline, &'p Stage), Exclusion> {
    let named = match deal.pipeline.as_str() {
        "" => pipelines.default_pipeline(),
        code => pipelines.pipeline(code),
    };
    let pipeline = named.ok_or_else(|| Exclusion::UnknownPipeline { pipeline: deal.pipeline.clone() })?;
    let unknown = || Exclusion::UnknownStage { pipeline: pipeline.code.clone(), stage: deal.stage.clone() };
    pipeline.stage(&deal.stage).map(|stage| (pipeline, stage)).ok_or_else(unknown)
}
