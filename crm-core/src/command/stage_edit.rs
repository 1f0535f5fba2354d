//! Adding stages to a pipeline, editing and deleting them.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{required_text, text_of};
use super::impact::{Effect, PipelineEdit, Place, refuse_stale};
use super::pipeline_edit::{Configured, put_away, put_stage, with};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::number::Number;
use crate::kernel::sales::StageKind;
use crate::model::{Key, Kind, Stage as StageRow};
use crate::rules::Rules;
use crate::rules::pipeline::{Pipeline, Pipelines, Stage, stage_from_json};

/// Where a stage is put: beside another one of its pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Right before the stage of this code.
    Before(String),
    /// Right after it.
    After(String),
}

/// Adds a stage to a pipeline: beside another one, or behind the last open one.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStage {
    /// The pipeline's code.
    pub pipeline: String,
    /// The stage; its position does not count.
    pub stage: Stage,
    /// Where it is put.
    pub beside: Option<Beside>,
}

/// Edits a stage. What it means (`kind`) is fixed as soon as any deal uses it: a new stage, and a merge, is the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditStage {
    /// The pipeline's code.
    pub pipeline: String,
    /// The stage's code.
    pub code: String,
    /// The fields to set, as [`Pipelines::from_json`] reads them; null clears one.
    pub fields: Map<String, Json>,
    /// Where it is put.
    pub beside: Option<Beside>,
    /// The token of the plan that the person saw.
    pub plan: Option<String>,
}

/// Deletes a stage, if no deal uses it: open, closed or archived.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteStage {
    /// The pipeline's code.
    pub pipeline: String,
    /// The stage's code.
    pub code: String,
    /// The token of the plan that the person saw.
    pub plan: Option<String>,
}

impl Beside {
    fn read(map: &Map<String, Json>) -> Result<Option<Self>> {
        match (text_of(map, "before")?, text_of(map, "after")?) {
            (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "before", second: "after" }.into()),
            (Some(code), None) => Ok(Some(Beside::Before(code))),
            (None, after) => Ok(after.map(Beside::After)),
        }
    }

    fn write(&self, map: &mut Map<String, Json>) {
        let (key, code) = match self {
            Beside::Before(code) => ("before", code),
            Beside::After(code) => ("after", code),
        };
        map.insert(key.into(), code.as_str().into());
    }
}

/// A pipeline's stages with one more or one moved, and the codes of those whose rows change: one, unless there is no
/// number left between two places.
fn placed(pipeline: &Pipeline, mut stage: Stage, beside: Option<&Beside>) -> Result<(Pipeline, Vec<String>)> {
    let mut others: Vec<Stage> = pipeline.stages().iter().filter(|s| s.code != stage.code).cloned().collect();
    let find = |code: &str, key: &str| {
        pipeline.required(code).map_err(|e| e.at(key))?;
        let place = others.iter().position(|s| pipeline.stage(code).is_some_and(|found| found.code == s.code));
        place.ok_or_else(|| Error::from(Problem::SameRecord { record: "stage".into(), id: code.to_owned() }).at(key))
    };
    let index = match beside {
        Some(Beside::Before(code)) => find(code, "before")?,
        Some(Beside::After(code)) => find(code, "after")?.saturating_add(1),
        None => others.iter().rposition(|s| s.kind == StageKind::Open).map_or(0, |last| last.saturating_add(1)),
    };
    let neighbour = |place: Option<usize>| place.and_then(|i| others.get(i)).map(|s| s.position);
    let between = between(neighbour(index.checked_sub(1)), neighbour(Some(index)));
    let mut written = vec![stage.code.clone()];
    if let Some(position) = between {
        stage.position = position;
        others.insert(index.min(others.len()), stage);
    } else {
        others.insert(index.min(others.len()), stage);
        for (place, other) in others.iter_mut().enumerate() {
            other.position = Number::from_integer(i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1))?;
        }
        written = others.iter().map(|s| s.code.clone()).collect();
    }
    Ok((rebuilt(pipeline, others)?, written))
}

/// A number between two places, if there is one.
fn between(low: Option<Number>, high: Option<Number>) -> Option<Number> {
    const STEP: i64 = 1_000_000;
    let millionths = match (low.map(Number::millionths), high.map(Number::millionths)) {
        (None, None) => STEP,
        (Some(low), None) => low.checked_add(STEP)?,
        (None, Some(high)) => high.checked_sub(STEP)?,
        (Some(low), Some(high)) => {
            let half = high.checked_sub(low)?.checked_div(2).filter(|half| *half > 0)?;
            low.checked_add(half)?
        }
    };
    Number::from_millionths(millionths)
}

fn rebuilt(pipeline: &Pipeline, stages: Vec<Stage>) -> Result<Pipeline> {
    Pipeline::new(pipeline.code.clone(), pipeline.labels.clone(), pipeline.is_default, stages)
}

fn named(pipelines: &Pipelines, pipeline: &str, code: &str) -> Result<(Pipeline, Stage)> {
    let pipeline = pipelines.required(pipeline).map_err(|e| e.at("pipeline"))?;
    Ok((pipeline.clone(), pipeline.required(code).map_err(|e| e.at("code"))?.clone()))
}

impl Command for CreateStage {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "stage.create".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("pipeline".into(), self.pipeline.as_str().into());
        let mut stage = self.stage.to_json();
        if let Some(stage) = stage.as_object_mut() {
            stage.remove("position");
        }
        map.insert("stage".into(), stage);
        if let Some(beside) = &self.beside {
            beside.write(&mut map);
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `pipeline` and `stage`")?;
        json::only_keys(map, &["pipeline", "stage", "before", "after"])?;
        let stage = map.get("stage").ok_or_else(|| Problem::Missing { name: "stage".into() })?;
        let stage = stage_from_json(stage, 0).map_err(|e| e.at("stage"))?;
        Ok(CreateStage { pipeline: required_text(map, "pipeline")?, stage, beside: Beside::read(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let pipeline = pipelines.required(&self.pipeline).map_err(|e| e.at("pipeline"))?;
        if let Some(there) = pipeline.stage(&self.stage.code) {
            let problem = Problem::AlreadyExists { record: "stage".into(), id: there.code.clone() };
            return Err(Error::from(problem).at("code").at("stage"));
        }
        let (after, written) = placed(pipeline, self.stage.clone(), self.beside.as_ref())?;
        save(cx, &after, &written, &self.stage.code).map_err(|e| if e.field().is_some() { e.at("stage") } else { e })
    }
}

/// Writes the stages of these codes.
fn save(cx: &mut Cx<'_>, pipeline: &Pipeline, codes: &[String], about: &str) -> Result<Configured> {
    for stage in pipeline.stages().iter().filter(|s| codes.contains(&s.code)) {
        put_stage(cx, &pipeline.code, stage)?;
    }
    Ok(Configured { id: StageRow::id_of(&pipeline.code, about), written: json::length(codes.len()) })
}

impl EditStage {
    fn edited(&self, pipelines: &Pipelines) -> Result<(Pipeline, Stage, Vec<String>)> {
        let (pipeline, before) = named(pipelines, &self.pipeline, &self.code)?;
        let mut json = before.to_json();
        if let Some(map) = json.as_object_mut() {
            for (key, value) in &self.fields {
                map.insert(key.clone(), value.clone());
            }
            // A stage of another kind has another probability and category, unless they are named.
            let turned = self.fields.get("kind").is_some_and(|kind| kind.as_str() != Some(before.kind.code()));
            for key in ["probability_bp", "category"] {
                if turned && !self.fields.contains_key(key) {
                    map.remove(key);
                }
            }
        }
        let after = stage_from_json(&json, 0).map_err(|e| e.at("fields"))?;
        if self.beside.is_some() {
            let (pipeline, written) = placed(&pipeline, after.clone(), self.beside.as_ref())?;
            return Ok((pipeline, after, written));
        }
        let stages = pipeline.stages().iter().map(|s| if s.code == after.code { after.clone() } else { s.clone() });
        let written = vec![after.code.clone()];
        Ok((rebuilt(&pipeline, stages.collect())?, after, written))
    }
}

impl PipelineEdit for EditStage {
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect> {
        let (pipeline, stage, _) = self.edited(pipelines)?;
        let touched = Place { pipeline: pipeline.code.clone(), stage: Some(stage.code) };
        Ok(Effect { after: with(pipelines, pipeline)?, touched, to: None })
    }

    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
}

impl Command for EditStage {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "stage.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("pipeline".into(), self.pipeline.as_str().into());
        map.insert("code".into(), self.code.as_str().into());
        map.insert("fields".into(), Json::Object(self.fields.clone()));
        if let Some(beside) = &self.beside {
            beside.write(&mut map);
        }
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        const FIELDS: &[&str] =
            &["name", "kind", "probability_bp", "category", "idle_days", "max_age_days", "exit_requires"];
        let map = json::object(body, "an object with `pipeline` and `code`")?;
        json::only_keys(map, &["pipeline", "code", "fields", "before", "after", "plan"])?;
        let fields = map.get("fields").map(|f| json::object(f, "an object of fields").map_err(|e| e.at("fields")));
        let fields = fields.transpose()?.cloned().unwrap_or_default();
        json::only_keys(&fields, FIELDS).map_err(|e| e.at("fields"))?;
        Ok(EditStage {
            pipeline: required_text(map, "pipeline")?,
            code: required_text(map, "code")?,
            fields,
            beside: Beside::read(map)?,
            plan: text_of(map, "plan")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let (_, before) = named(&pipelines, &self.pipeline, &self.code)?;
        let (pipeline, after, written) = self.edited(&pipelines)?;
        if after.kind != before.kind {
            let place = Place { pipeline: pipeline.code.clone(), stage: Some(after.code.clone()) };
            place.refuse_in_use(cx).map_err(|e| e.at("kind").at("fields"))?;
        }
        refuse_stale(cx, self)?;
        save(cx, &pipeline, &written, &after.code).map_err(|e| if e.field().is_some() { e.at("fields") } else { e })
    }
}

impl PipelineEdit for DeleteStage {
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect> {
        let (pipeline, stage) = named(pipelines, &self.pipeline, &self.code)?;
        let others = pipeline.stages().iter().filter(|s| s.code != stage.code).cloned().collect();
        let touched = Place { pipeline: pipeline.code.clone(), stage: Some(stage.code.clone()) };
        Ok(Effect { after: with(pipelines, rebuilt(&pipeline, others)?)?, touched, to: None })
    }

    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
}

impl Command for DeleteStage {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "stage.delete".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("pipeline".into(), self.pipeline.as_str().into());
        map.insert("code".into(), self.code.as_str().into());
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `pipeline` and `code`")?;
        json::only_keys(map, &["pipeline", "code", "plan"])?;
        let (pipeline, code) = (required_text(map, "pipeline")?, required_text(map, "code")?);
        Ok(DeleteStage { pipeline, code, plan: text_of(map, "plan")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let (pipeline, stage) = named(&pipelines, &self.pipeline, &self.code)?;
        Place { pipeline: pipeline.code.clone(), stage: Some(stage.code.clone()) }.refuse_in_use(cx)?;
        self.effect(&pipelines)?;
        refuse_stale(cx, self)?;
        let id = StageRow::id_of(&pipeline.code, &stage.code);
        put_away(cx, Key { kind: Kind::Stage, id })?;
        Ok(Configured { id, written: 1 })
    }
}
