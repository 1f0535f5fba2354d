//! Making pipelines, editing and deleting them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{required_text, text_of};
use super::impact::{Effect, PipelineEdit, Place, refuse_stale};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::sales::{Category, StageKind};
use crate::model::{AnyRecord, Key, Kind, Pipeline as PipelineRow, Row, Stage as StageRow};
use crate::rules::Rules;
use crate::rules::pipeline::{Pipeline, Pipelines, Stage, coded, pipeline_from_json, pipeline_names};

/// What an edit of pipelines saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// The row of the pipeline or stage that the edit is about.
    pub id: Id,
    /// How many rows it wrote.
    pub written: u64,
}

/// Makes a pipeline with its stages; the first one of a workspace is the default.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePipeline {
    /// The pipeline with its stages.
    pub pipeline: Pipeline,
    /// What it is for.
    pub description: String,
}

/// Edits a pipeline's name, its description, or makes it the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditPipeline {
    /// The pipeline's code.
    pub code: String,
    /// Its name in English and French.
    pub name: Option<crate::kernel::reason::Labels>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it becomes the default; the former one no longer is.
    pub becomes_default: bool,
}

/// Deletes a pipeline with its stages, if no deal uses it: open, closed or archived. The default one cannot be deleted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePipeline {
    /// The pipeline's code.
    pub code: String,
    /// The token of the plan that the person saw.
    pub plan: Option<String>,
}

/// Stages a row under an id, be it new, changed, or back from the archive.
pub(super) fn put(cx: &mut Cx<'_>, id: Id, body: AnyRecord) -> Result<()> {
    match cx.row(Key { kind: body.kind(), id })? {
        Some(row) => cx.update(Row { archived_at: None, body, ..row })?,
        None => cx.insert(id, body)?,
    };
    Ok(())
}

/// Archives a row.
pub(super) fn put_away(cx: &mut Cx<'_>, key: Key) -> Result<()> {
    let row = cx.active(key)?;
    let at = cx.at();
    cx.update(Row { archived_at: Some(at), ..row })?;
    Ok(())
}

/// Stages a stage's row.
pub(super) fn put_stage(cx: &mut Cx<'_>, pipeline: &str, stage: &Stage) -> Result<()> {
    let schema = cx.rules().schema(Kind::Deal);
    for (i, field) in stage.exit_requires.iter().enumerate() {
        schema.resolve(field).map_err(|e| e.at_index(i).at("exit_requires"))?;
    }
    if stage.kind == StageKind::Open && stage.category == Category::Closed {
        // What stands there would meet quotas, and nobody has won it.
        const CHOICE: &[&str] = &["omitted", "pipeline", "best_case", "commit"];
        let found = Category::Closed.code().into();
        return Err(Error::from(Problem::NotOneOf { found, expected: CHOICE }).at("category"));
    }
    let row = StageRow {
        pipeline: pipeline.to_owned(),
        code: stage.code.clone(),
        name_en: stage.labels.en.clone(),
        name_fr: stage.labels.fr.clone(),
        position: Some(stage.position),
        kind: Some(stage.kind),
        probability_bp: Some(stage.probability.bp()),
        category: Some(stage.category),
        idle_days: stage.idle_days.map(i64::from),
        max_age_days: stage.max_age_days.map(i64::from),
        exit_requires: stage.exit_requires.clone(),
        ..StageRow::default()
    };
    put(cx, StageRow::id_of(pipeline, &stage.code), row.into())
}

fn pipeline_row(cx: &mut Cx<'_>, code: &str) -> Result<(Row, PipelineRow)> {
    let id = PipelineRow::id_of(code);
    let row = cx.active(Key { kind: Kind::Pipeline, id })?;
    match &row.body {
        AnyRecord::Pipeline(body) => {
            let body = (**body).clone();
            Ok((row, body))
        }
        _ => Err(Problem::NotFound { record: Kind::Pipeline.name().into(), id: id.to_string() }.into()),
    }
}

/// Takes the mark of the default from whichever pipeline has it.
fn unmark_default(cx: &mut Cx<'_>, pipelines: &Pipelines) -> Result<u64> {
    let mut written: u64 = 0;
    for other in pipelines.all().iter().filter(|p| p.is_default) {
        let (row, mut body) = pipeline_row(cx, &other.code)?;
        body.is_default = Some(false);
        cx.update(Row { body: body.into(), ..row })?;
        written = written.saturating_add(1);
    }
    Ok(written)
}

/// The pipelines with one in the place of its namesake, or as one more.
pub(super) fn with(pipelines: &Pipelines, one: Pipeline) -> Result<Pipelines> {
    let mut all: Vec<Pipeline> = pipelines.all().iter().filter(|p| p.code != one.code).cloned().collect();
    all.push(one);
    Pipelines::new(all)
}

impl Command for CreatePipeline {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "pipeline.create".into()
    }

    fn to_json(&self) -> Json {
        let mut json = self.pipeline.to_json();
        if let Some(map) = json.as_object_mut().filter(|_| !self.description.is_empty()) {
            map.insert("description".into(), self.description.as_str().into());
        }
        json
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let mut map = json::object(body, "an object with `code` and `stages`")?.clone();
        let description = text_of(&map, "description")?.unwrap_or_default();
        map.remove("description");
        Ok(CreatePipeline { pipeline: pipeline_from_json(&Json::Object(map))?, description })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let pipeline = &self.pipeline;
        if let Some(there) = pipelines.pipeline(&pipeline.code) {
            return Err(Problem::AlreadyExists { record: "pipeline".into(), id: there.code.clone() }.into());
        }
        let is_default = pipeline.is_default || pipelines.is_empty();
        let mut unmarked = pipeline.clone();
        unmarked.is_default = false;
        with(&pipelines, unmarked)?;
        let mut written = if is_default { unmark_default(cx, &pipelines)? } else { 0 };
        let id = PipelineRow::id_of(&pipeline.code);
        let row = PipelineRow {
            code: pipeline.code.clone(),
            name_en: pipeline.labels.en.clone(),
            name_fr: pipeline.labels.fr.clone(),
            description: self.description.clone(),
            is_default: Some(is_default),
            ..PipelineRow::default()
        };
        put(cx, id, row.into())?;
        for (i, stage) in pipeline.stages().iter().enumerate() {
            put_stage(cx, &pipeline.code, stage).map_err(|e| e.at_index(i).at("stages"))?;
        }
        written = written.saturating_add(json::length(pipeline.stages().len())).saturating_add(1);
        Ok(Configured { id, written })
    }
}

impl Command for EditPipeline {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "pipeline.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        if let Some(name) = &self.name {
            map.insert("name".into(), serde_json::json!({"en": name.en, "fr": name.fr}));
        }
        if let Some(description) = &self.description {
            map.insert("description".into(), description.as_str().into());
        }
        if self.becomes_default {
            map.insert("default".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code", "name", "description", "default"])?;
        let becomes_default = match map.get("default") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(true)) => true,
            // Another pipeline is made the default instead.
            Some(other) => {
                let problem = Problem::NotOneOf { found: json::shown(other), expected: &["true"] };
                return Err(Error::from(problem).at("default"));
            }
        };
        let name =
            map.get("name").filter(|v| !v.is_null()).map(pipeline_names).transpose().map_err(|e| e.at("name"))?;
        Ok(EditPipeline {
            code: required_text(map, "code")?,
            name,
            description: text_of(map, "description")?,
            becomes_default,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let code = pipelines.required(&self.code).map_err(|e| e.at("code"))?.code.clone();
        let (row, before) = pipeline_row(cx, &code)?;
        let mut body = before.clone();
        if let Some(name) = &self.name {
            (body.name_en, body.name_fr) = (name.en.clone(), name.fr.clone());
        }
        if let Some(description) = &self.description {
            body.description.clone_from(description);
        }
        let mut written: u64 = 0;
        if self.becomes_default && body.is_default != Some(true) {
            written = unmark_default(cx, &pipelines)?;
            body.is_default = Some(true);
        }
        written = written.saturating_add(u64::from(body != before));
        let id = cx.update(Row { body: body.into(), ..row })?.id;
        Ok(Configured { id, written })
    }
}

impl PipelineEdit for DeletePipeline {
    fn effect(&self, pipelines: &Pipelines) -> Result<Effect> {
        let code = pipelines.required(&self.code).map_err(|e| e.at("code"))?.code.clone();
        let others = pipelines.all().iter().filter(|p| p.code != code).cloned();
        let touched = Place { pipeline: code.clone(), stage: None };
        Ok(Effect { after: Pipelines::new(others.collect())?, touched, to: None })
    }

    fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
}

impl Command for DeletePipeline {
    type Output = Configured;
    const VERB: Verb = Verb::Configure;

    fn name() -> Cow<'static, str> {
        "pipeline.delete".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        if let Some(plan) = &self.plan {
            map.insert("plan".into(), plan.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code", "plan"])?;
        Ok(DeletePipeline { code: required_text(map, "code")?, plan: text_of(map, "plan")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Configured> {
        let pipelines = cx.pipelines()?;
        let touched = self.effect(&pipelines)?.touched;
        touched.refuse_in_use(cx)?;
        let code = touched.pipeline;
        if pipelines.default_pipeline().is_some_and(|default| default.code == code) {
            return Err(coded(Problem::DefaultPipeline { code }, "default_pipeline"));
        }
        refuse_stale(cx, self)?;
        let id = PipelineRow::id_of(&code);
        put_away(cx, Key { kind: Kind::Pipeline, id })?;
        let mut written: u64 = 1;
        for stage in pipelines.required(&code)?.stages() {
            put_away(cx, Key { kind: Kind::Stage, id: StageRow::id_of(&code, &stage.code) })?;
            written = written.saturating_add(1);
        }
        Ok(Configured { id, written })
    }
}
