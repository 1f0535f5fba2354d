//! The stored pipelines of a workspace as rules see them.

use std::collections::BTreeMap;

use crate::kernel::error::Result;
use crate::kernel::number::Number;
use crate::kernel::reason::Labels;
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Kind, Stage as StageRow};
use crate::rules::Rules;
use crate::rules::pipeline::{Pipeline, Pipelines, Stage, stage_category, stage_days, stage_probability};
use crate::store::{MOST_ROWS, Page, Query, Read};

/// All pipelines of a workspace with their stages, from a snapshot; archived ones are left out.
///
/// # Errors
/// The store's own, and stored stages that no command of the library writes.
pub fn pipelines_of(read: &dyn Read, rules: &Rules, at: Instant) -> Result<Pipelines> {
    load(rules, at, |query| read.find(query))
}

/// The same, each page found by `find`.
pub(crate) fn load(rules: &Rules, at: Instant, mut find: impl FnMut(&Query) -> Result<Page>) -> Result<Pipelines> {
    let mut stages: BTreeMap<String, Vec<Stage>> = BTreeMap::new();
    let mut pipelines = Vec::new();
    for kind in [Kind::Pipeline, Kind::Stage] {
        let mut query = Query::all(kind, rules.schema(kind), at);
        query.limit = MOST_ROWS;
        loop {
            let page = find(&query)?;
            for row in page.rows {
                match row.body {
                    AnyRecord::Stage(row) => stages.entry(row.pipeline.clone()).or_default().push(stage(&row)?),
                    AnyRecord::Pipeline(row) => pipelines.push(row),
                    _ => {}
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        if pipelines.is_empty() {
            return Ok(Pipelines::default());
        }
    }
    let whole = |row: Box<crate::model::Pipeline>| {
        let labels = Labels { en: row.name_en, fr: row.name_fr };
        let stages = stages.remove(&row.code).unwrap_or_default();
        Pipeline::new(row.code, labels, row.is_default == Some(true), stages)
    };
    Pipelines::new(pipelines.into_iter().map(whole).collect::<Result<_>>()?)
}

/// A stored stage as rules see it.
pub(crate) fn stage(row: &StageRow) -> Result<Stage> {
    let kind = row.kind.unwrap_or(StageKind::Open);
    Ok(Stage {
        code: row.code.clone(),
        labels: Labels { en: row.name_en.clone(), fr: row.name_fr.clone() },
        position: row.position.map_or_else(|| Number::from_integer(0), Ok)?,
        kind,
        probability: stage_probability(kind, row.probability_bp)?,
        category: stage_category(kind, row.category),
        idle_days: row.idle_days.map(stage_days).transpose()?,
        max_age_days: row.max_age_days.map(stage_days).transpose()?,
        exit_requires: row.exit_requires.clone(),
    })
}
