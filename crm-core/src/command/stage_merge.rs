//! Moving all deals of a stage to another one, and merging a stage away: the only ways out of a stage that is used.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{required_text, text_of};
use super::impact::{Effect, PipelineEdit, Place, refuse_stale};
use super::pipeline_edit::put_away;
use super::stage_edit::DeleteStage;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::model::{AnyRecord, Key, Kind, Row, Stage as StageRow};
use crate::rules::Rules;
use crate::rules::pipeline::{Cause, Pipelines};
use crate::store::Archived;

/// Most deals that one command moves.
const MOST_MOVED: usize = 1000;

/// What became of the deals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedDeals {
    /// How many were moved.
    pub moved: u64,
    /// How many are left: another command, under an id of its own, moves more of them.
    pub left: u64,
}

/// Moves up to a thousand deals of a stage, archived ones too, to a stage of the same kind; closed deals keep what they
/// were closed as. The stage that they come from may be a text from before there were pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveDeals {
    /// The pipeline that they are in; empty for deals without one.
    pub pipeline: String,
    /// The stage that they are in; empty for deals without one.
    pub stage: String,
    /// The pipeline that they go to.
    pub to_pipeline: String,
    /// The stage that they go to.
    pub to_stage: String,
    /// The token of the plan that the person saw.
    pub plan: Option<String>,
}

/// Moves up to a thousand deals of a stage to another one of the same kind, and deletes the stage with the last of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeStages {
    /// The pipeline of the stage that goes.
    pub pipeline: String,
    /// The stage that goes.
    pub from: String,
    /// The stage that takes its deals.
    pub to: String,
    /// The pipeline of that one; empty for the same.
    pub to_pipeline: String,
    /// The token of the plan that the person saw.
    pub plan: Option<String>,
}

/// From where to where, by the codes as they are stored.
struct Way {
    from: Place,
    to: (String, String),
    /// Whether they stay where they are, and are only settled there.
    is_same: bool,
}

impl MoveDeals {
    fn way(&self, pipelines: &Pipelines) -> Result<Way> {
        let target = pipelines.required(&self.to_pipeline).map_err(|e| e.at("to_pipeline"))?;
        let to = target.required(&self.to_stage).map_err(|e| e.at("to_stage"))?;
        let from = pipelines.stage(&self.pipeline, &self.stage);
        if let Some(from) = from.filter(|from| from.kind != to.kind) {
            return Err(Problem::KindsDiffer {
                from: from.code.clone(),
                from_kind: from.kind.code(),
                to: to.code.clone(),
                to_kind: to.kind.code(),
            }
            .into());
        }
        let is_same = from.is_some_and(|from| from == to) && pipelines.pipeline(&self.pipeline) == Some(target);
        Ok(Way {
            from: Place { pipeline: self.pipeline.clone(), stage: Some(self.stage.clone()) },
            to: (target.code.clone(), to.code.clone()),
            is_same,
        })
    }
}

/// Moves what one command may.
fn carry(cx: &mut Cx<'_>, way: &Way) -> Result<MovedDeals> {
    let mut query = way.from.query(cx, Archived::Include)?;
    if way.is_same {
        use crate::kernel::predicate::{Operator, Predicate};
        let schema = cx.rules().schema(Kind::Deal);
        let is = |field: &str, code: &str| Predicate::test(field, Operator::Equal, code);
        let unsettled = Predicate::test("state", Operator::IsNull, Json::Null);
        let all = vec![is("pipeline", &way.to.0), is("stage", &way.to.1), unsettled];
        query.filter = Some(Predicate::All(all).compile(&schema)?);
    }
    query.limit = MOST_MOVED;
    let there = cx.count(&query)?;
    let rows = cx.find(&query)?.rows;
    let moved = json::length(rows.len());
    cx.because(Cause::StageMerged);
    for row in rows {
        let AnyRecord::Deal(deal) = &row.body else { continue };
        let mut deal = (**deal).clone();
        (deal.pipeline, deal.stage) = way.to.clone();
        cx.update(Row { body: deal.into(), ..row })?;
    }
    Ok(MovedDeals { moved, left: there.saturating_sub(moved) })
}

impl PipelineEdit for MoveDeals {
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect> {
        let way = self.way(pipelines)?;
        Ok(Effect { after: pipelines.clone(), touched: way.from, to: Some(way.to) })
    }

    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
}

impl Command for MoveDeals {
    type Output = MovedDeals;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "pipeline.move_deals".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        for (key, text) in [
            ("pipeline", &self.pipeline),
            ("stage", &self.stage),
            ("to_pipeline", &self.to_pipeline),
            ("to_stage", &self.to_stage),
        ] {
            map.insert(key.into(), text.as_str().into());
        }
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `pipeline`, `stage`, `to_pipeline` and `to_stage`")?;
        json::only_keys(map, &["pipeline", "stage", "to_pipeline", "to_stage", "plan"])?;
        Ok(MoveDeals {
            pipeline: text_of(map, "pipeline")?.unwrap_or_default(),
            stage: text_of(map, "stage")?.unwrap_or_default(),
            to_pipeline: required_text(map, "to_pipeline")?,
            to_stage: required_text(map, "to_stage")?,
            plan: text_of(map, "plan")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MovedDeals> {
        let way = self.way(&*cx.pipelines()?)?;
        refuse_stale(cx, self)?;
        carry(cx, &way)
    }
}

impl MergeStages {
    fn way(&self, pipelines: &Pipelines) -> Result<Way> {
        let pipeline = pipelines.required(&self.pipeline).map_err(|e| e.at("pipeline"))?;
        let from = pipeline.required(&self.from).map_err(|e| e.at("from"))?;
        let to_pipeline = if self.to_pipeline.is_empty() { &self.pipeline } else { &self.to_pipeline };
        let moves = MoveDeals {
            pipeline: pipeline.code.clone(),
            stage: from.code.clone(),
            to_pipeline: to_pipeline.clone(),
            to_stage: self.to.clone(),
            plan: None,
        };
        let way = moves.way(pipelines).map_err(|e| match e.field() {
            Some("to_stage") => Error::from(e.problem().clone()).at("to"),
            _ => e,
        })?;
        if way.is_same {
            return Err(Problem::MergedWithItself { record: "stage".into(), id: from.code.clone() }.into());
        }
        Ok(way)
    }

    fn deletion(&self) -> DeleteStage {
        DeleteStage { pipeline: self.pipeline.clone(), code: self.from.clone(), plan: None }
    }
}

impl PipelineEdit for MergeStages {
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect> {
        let way = self.way(pipelines)?;
        let after = self.deletion().effect(pipelines)?.after;
        Ok(Effect { after, touched: way.from, to: Some(way.to) })
    }

    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
}

impl Command for MergeStages {
    type Output = MovedDeals;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "stage.merge".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        for (key, text) in [("pipeline", &self.pipeline), ("from", &self.from), ("to", &self.to)] {
            map.insert(key.into(), text.as_str().into());
        }
        if !self.to_pipeline.is_empty() {
            map.insert("to_pipeline".into(), self.to_pipeline.as_str().into());
        }
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `pipeline`, `from` and `to`")?;
        json::only_keys(map, &["pipeline", "from", "to", "to_pipeline", "plan"])?;
        Ok(MergeStages {
            pipeline: required_text(map, "pipeline")?,
            from: required_text(map, "from")?,
            to: required_text(map, "to")?,
            to_pipeline: text_of(map, "to_pipeline")?.unwrap_or_default(),
            plan: text_of(map, "plan")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MovedDeals> {
        let pipelines = cx.pipelines()?;
        let way = self.way(&pipelines)?;
        // The pipeline must do without the stage before any deal moves.
        self.deletion().effect(&pipelines)?;
        refuse_stale(cx, self)?;
        let done = carry(cx, &way)?;
        if let (0, Place { pipeline, stage: Some(stage) }) = (done.left, &way.from) {
            put_away(cx, Key { kind: Kind::Stage, id: StageRow::id_of(pipeline, stage) })?;
        }
        Ok(done)
    }
}
