//! Moving a deal: to another stage, to its end, and back.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{head, head_json, raw_text};
use super::create::Saved;
use super::patch::patch;
use super::step::steps;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::sales::StageKind;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::model::{AnyRecord, Deal, Key, Kind};
use crate::rules::Rules;
use crate::rules::pipeline::{Pipeline, Pipelines};

/// Where a deal goes and since when, with what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The stage, by its code; the commands that win, lose or reopen find one where it is empty.
    pub stage: String,
    /// The pipeline, by its code; the deal's own where it is empty.
    pub pipeline: String,
    /// Since when, where that is in the past; not before the deal entered the stage that it leaves.
    pub at: Option<Instant>,
    /// Why it was won.
    pub won_reason: Option<String>,
    /// Why it was lost.
    pub lost_reason: Option<String>,
    /// What else is to be said of the loss.
    pub lost_note: Option<String>,
}

const STEP_KEYS: &[&str] = &["id", "version", "stage", "pipeline", "at", "won_reason", "lost_reason", "lost_note"];

impl Step {
    /// To a stage of the deal's pipeline.
    pub fn to(stage: impl Into<String>) -> Self {
        Step { stage: stage.into(), ..Step::default() }
    }

    fn to_json(&self, id: Id, version: Option<u64>) -> Json {
        let mut map = head_json(id, version);
        let texts = [("stage", &self.stage), ("pipeline", &self.pipeline)];
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            map.insert(key.into(), text.as_str().into());
        }
        if let Some(at) = self.at {
            map.insert("at".into(), format_instant(at).into());
        }
        for (key, text) in self.said() {
            map.insert(key.into(), text.as_str().into());
        }
        Json::Object(map)
    }

    fn said(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let all =
            [("won_reason", &self.won_reason), ("lost_reason", &self.lost_reason), ("lost_note", &self.lost_note)];
        all.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)))
    }

    fn from_json(body: &Json) -> Result<(Id, Option<u64>, Self)> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, STEP_KEYS)?;
        let text = |key: &str| Ok::<_, Error>(raw_text(map, key)?.map(str::to_owned));
        let at = text("at")?.map(|t| parse_instant(&t)).transpose().map_err(|e| e.at("at"))?;
        let step = Step {
            stage: text("stage")?.unwrap_or_default(),
            pipeline: text("pipeline")?.unwrap_or_default(),
            at,
            won_reason: text("won_reason")?,
            lost_reason: text("lost_reason")?,
            lost_note: text("lost_note")?,
        };
        let (id, version) = head(map)?;
        Ok((id, version, step))
    }

    /// Moves the deal to `stage`, or to the step's own.
    fn take(&self, cx: &mut Cx<'_>, id: Id, version: Option<u64>, stage: String) -> Result<Saved> {
        let mut fields = Map::new();
        fields.insert("stage".into(), stage.into());
        if !self.pipeline.is_empty() {
            fields.insert("pipeline".into(), self.pipeline.as_str().into());
        }
        for (key, text) in self.said() {
            fields.insert(key.into(), text.as_str().into());
        }
        cx.entering(self.at);
        patch(cx, Key { kind: Kind::Deal, id }, version, &fields)
    }
}

fn deal(cx: &mut Cx<'_>, id: Id) -> Result<Deal> {
    match cx.active(Key { kind: Kind::Deal, id })?.body {
        AnyRecord::Deal(deal) => Ok(*deal),
        _ => Err(Problem::NotFound { record: Kind::Deal.name().into(), id: id.to_string() }.into()),
    }
}

/// The pipeline in which a deal ends or begins again.
fn pipeline_of<'a>(pipelines: &'a Pipelines, step: &Step, deal: &Deal) -> Result<&'a Pipeline> {
    let code = if step.pipeline.is_empty() { &deal.pipeline } else { &step.pipeline };
    match pipelines.default_pipeline().filter(|_| code.is_empty()) {
        Some(default) => Ok(default),
        None => pipelines.required(code).map_err(|e| e.at("pipeline")),
    }
}

/// The stage of a kind: the one that was named, which must be of it, or the pipeline's first.
fn stage_of<'a>(pipeline: &'a Pipeline, named: &str, kind: StageKind) -> Result<&'a str> {
    if named.is_empty() {
        return Ok(&pipeline.first_of(kind)?.code);
    }
    let stage = pipeline.required(named).map_err(|e| e.at("stage"))?;
    if stage.kind == kind {
        return Ok(&stage.code);
    }
    let expected: &'static [&'static str] = match kind {
        StageKind::Open => &["open"],
        StageKind::Won => &["won"],
        StageKind::Lost => &["lost"],
    };
    Err(Error::from(Problem::NotOneOf { found: stage.kind.code().into(), expected }).at("stage"))
}

steps! { Step:
    /// Moves a deal to another stage, of its pipeline or of another one. To where it stands already is no move: nothing
    /// is written.
    MoveDeal = "deal.move", |cx, id, step| {
        if !step.stage.is_empty() {
            return Ok(step.stage.clone());
        }
        if step.pipeline.is_empty() {
            return Err(Error::from(Problem::Missing { name: "stage".into() }));
        }
        // Into the pipeline where it stands already: no move, wherever it stands there.
        let deal = deal(cx, id)?;
        Ok(if deal.pipeline == step.pipeline { deal.stage } else { String::new() })
    };
    /// Wins a deal: moves it to the named won stage, or to the first one of its pipeline.
    WinDeal = "deal.win", |cx, id, step| end(cx, id, step, StageKind::Won);
    /// Loses a deal: moves it to the named lost stage, or to the first one of its pipeline. A reason is required, and a
    /// note where the reason is "other".
    LoseDeal = "deal.lose", |cx, id, step| end(cx, id, step, StageKind::Lost);
    /// Opens a deal again that was won or lost: in the named open stage, or where it stood last.
    ReopenDeal = "deal.reopen", |cx, id, step| {
        let deal = deal(cx, id)?;
        if !matches!(deal.state, Some(StageKind::Won | StageKind::Lost)) {
            return Err(Problem::NotClosed { id: id.to_string() }.into());
        }
        let pipelines = cx.pipelines()?;
        let pipeline = pipeline_of(&pipelines, step, &deal)?;
        let last = pipeline.stage(&deal.last_open_stage).filter(|s| s.kind == StageKind::Open);
        match last.filter(|_| step.stage.is_empty() && pipeline.code == deal.pipeline) {
            Some(last) => Ok(last.code.clone()),
            None => stage_of(pipeline, &step.stage, StageKind::Open).map(str::to_owned),
        }
    };
}

fn end(cx: &mut Cx<'_>, id: Id, step: &Step, kind: StageKind) -> Result<String> {
    let deal = deal(cx, id)?;
    let pipelines = cx.pipelines()?;
    let pipeline = pipeline_of(&pipelines, step, &deal)?;
    let stands = pipeline.stage(&deal.stage).filter(|s| s.kind == kind && pipeline.code == deal.pipeline);
    match stands.filter(|_| step.stage.is_empty()) {
        Some(here) => Ok(here.code.clone()),
        None => stage_of(pipeline, &step.stage, kind).map(str::to_owned),
    }
}
