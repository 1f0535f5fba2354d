//! The pipeline snapshot: where deals stand, and what was won and lost in the window.

use std::collections::BTreeMap;

use super::deal::{Place, ReportDeal};
use super::figures::{Figures, shown_weighted};
use super::spec::{Dimension, ReportSpec};
use super::window::ResolvedWindow;
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::sales::StageKind;
use crate::rules::forecast::Valuation;
use crate::rules::pipeline::Pipelines;

/// Figures with their weighted value as it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The exact figures.
    pub figures: Figures,
    /// The weighted value in minor units; the shown ones of rows add up to that of their total.
    pub weighted: i128,
}

/// The open deals of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The values of the dimensions, in their order.
    pub keys: Vec<String>,
    /// Those with a close date.
    pub dated: Shown,
    /// Those without one, which [`PipelineSnapshot::undated`] adds up.
    pub undated: Shown,
}

/// A pipeline snapshot. `rows + undated = open` and `open + won + lost = total` in every figure, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineSnapshot {
    /// Open deals with a close date by group: those of stages in the order of their pipelines, all others by name.
    pub rows: Vec<SnapshotRow>,
    /// Open deals without a close date.
    pub undated: Shown,
    /// All open deals.
    pub open: Shown,
    /// Deals that were won in the window.
    pub won: Shown,
    /// Deals that were lost in it.
    pub lost: Shown,
    /// All of them.
    pub total: Shown,
    /// Deals that cannot count, each with its reason, in order of id.
    pub excluded: Vec<(String, Exclusion)>,
    /// How many open deals have no risk that somebody computed.
    pub without_risk: u64,
}

impl PipelineSnapshot {
    /// Adds up deals; `excluded` are those that could not even be read.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`](crate::Problem::AmountTooLarge) where a sum leaves 128 bits.
    pub fn new(
        spec: &ReportSpec,
        window: &ResolvedWindow,
        valuation: &Valuation<'_>,
        pipelines: &Pipelines,
        deals: &[ReportDeal<'_>],
        mut excluded: Vec<(String, Exclusion)>,
    ) -> Result<Self> {
        let asked = |code: &str| spec.pipelines.as_ref().is_none_or(|codes| codes.iter().any(|c| c == code));
        let mut groups: BTreeMap<Vec<Key>, [Figures; 2]> = BTreeMap::new();
        for keys in stages(spec, pipelines).into_iter().filter(|_| is_by_stage(spec)) {
            groups.insert(keys, <[Figures; 2]>::default());
        }
        let (mut won, mut lost, mut without_risk) = (Figures::default(), Figures::default(), 0u64);
        for deal in deals.iter().filter(|deal| asked(deal.line.pipeline)) {
            let figures = match deal.place(window) {
                Ok(Place::Outside) => continue,
                Ok(place) => Figures::of(deal, valuation, spec.at_risk_from).map(|figures| (place, figures)),
                Err(reason) => Err(reason),
            };
            let (place, figures) = match figures {
                Ok(both) => both,
                Err(reason) => {
                    excluded.push((deal.line.id.to_owned(), reason));
                    continue;
                }
            };
            match place {
                Place::Won => won.merge(&figures)?,
                Place::Lost => lost.merge(&figures)?,
                Place::Open | Place::Undated | Place::Outside => {
                    without_risk = without_risk.saturating_add(u64::from(deal.risk.is_none()));
                    let [dated, undated] = groups.entry(keys(spec, pipelines, deal)).or_default();
                    if place == Place::Open { dated.merge(&figures)? } else { undated.merge(&figures)? }
                }
            }
        }
        excluded.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::shown(groups, won, lost).map(|snapshot| Self { excluded, without_risk, ..snapshot })
    }

    fn shown(groups: BTreeMap<Vec<Key>, [Figures; 2]>, won: Figures, lost: Figures) -> Result<Self> {
        // Rows and undated deals share one rounding, so that both add up to what is open.
        let (weighted, open_weighted) = shown_weighted(groups.values().flatten())?;
        let mut weighted = weighted.into_iter();
        let mut show = |figures: Figures| Shown { figures, weighted: weighted.next().unwrap_or(0) };
        let mut rows = Vec::with_capacity(groups.len());
        for (keys, [dated, undated]) in groups {
            let keys = keys.into_iter().map(|key| key.code).collect();
            rows.push(SnapshotRow { keys, dated: show(dated), undated: show(undated) });
        }
        let undated = Shown {
            figures: Figures::total(rows.iter().map(|row| &row.undated.figures))?,
            weighted: rows.iter().map(|row| row.undated.weighted).fold(0, i128::saturating_add),
        };
        let mut open = Figures::total(rows.iter().map(|row| &row.dated.figures))?;
        open.merge(&undated.figures)?;
        // What is won weighs its whole value and what is lost weighs nothing: neither needs rounding.
        let exact = |figures: Figures| Shown { figures, weighted: figures.weighted() };
        let (won, lost) = (exact(won), exact(lost));
        let open = Shown { figures: open, weighted: open_weighted };
        let total = Shown {
            figures: Figures::total([&open.figures, &won.figures, &lost.figures])?,
            weighted: open_weighted.saturating_add(won.weighted).saturating_add(lost.weighted),
        };
        Ok(Self { rows, undated, open, won, lost, total, excluded: Vec::new(), without_risk: 0 })
    }
}

/// The value of a dimension with its place in the order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    place: usize,
    code: String,
}

/// Whether every stage has a row, with or without deals.
fn is_by_stage(spec: &ReportSpec) -> bool {
    spec.group_by == [Dimension::Pipeline, Dimension::Stage]
}

fn stages(spec: &ReportSpec, pipelines: &Pipelines) -> Vec<Vec<Key>> {
    let asked = |code: &str| spec.pipelines.as_ref().is_none_or(|codes| codes.iter().any(|c| c == code));
    let mut all = Vec::new();
    for (place, pipeline) in pipelines.all().iter().enumerate().filter(|(_, p)| asked(&p.code)) {
        for (at, stage) in pipeline.stages().iter().enumerate().filter(|(_, s)| s.kind == StageKind::Open) {
            all.push(vec![Key { place, code: pipeline.code.clone() }, Key { place: at, code: stage.code.clone() }]);
        }
    }
    all
}

fn keys(spec: &ReportSpec, pipelines: &Pipelines, deal: &ReportDeal<'_>) -> Vec<Key> {
    let pipeline = pipelines.pipeline(deal.line.pipeline);
    let place = |dimension: &Dimension| match dimension {
        Dimension::Pipeline => {
            let place = pipelines.all().iter().position(|p| p.code == deal.line.pipeline).unwrap_or(usize::MAX);
            Key { place, code: deal.line.pipeline.to_owned() }
        }
        Dimension::Stage => {
            let place = pipeline.and_then(|p| p.stages().iter().position(|s| s.code == deal.line.stage));
            Key { place: place.unwrap_or(usize::MAX), code: deal.line.stage.to_owned() }
        }
        // Nobody comes last.
        Dimension::Owner => Key { place: usize::from(deal.line.owner.is_empty()), code: deal.line.owner.to_owned() },
        Dimension::Category => {
            let category = deal.line.category();
            let place = crate::kernel::sales::Category::ALL.iter().position(|c| *c == category);
            Key { place: place.unwrap_or(usize::MAX), code: category.code().to_owned() }
        }
    };
    spec.group_by.iter().map(place).collect()
}
