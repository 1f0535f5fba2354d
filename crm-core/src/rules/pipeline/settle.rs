//! What follows for a deal from where it stands: its state, since when, what it was when it was closed.
//!
//! [`settle`] is the one place that knows. With the deal as it was and as somebody wants it, it
//! - finds the stage: an empty pipeline is the default one, an empty stage the pipeline's first open one; what is not
//!   there is refused, and so is a stage of another pipeline. Codes are written as the stage spells them. A deal from
//!   before there were pipelines keeps its texts until somebody moves it;
//! - sets `state` from the stage's kind, never from a probability;
//! - sets `stage_entered_at` at a move: the instant of the move, or an earlier one that was given, which is not before
//!   the former entry. Whoever stays keeps it;
//! - on winning or losing sets `closed_at` (once: a move between two won stages keeps it; a deal that is imported closed
//!   without it was closed on its close date), `closed_as`, `closed_probability_bp` and `last_open_stage`, and clears the
//!   probability and category that were set by hand; a closed deal has neither. `close_date` becomes the day on which it
//!   was closed, in the zone of the part `deal_risk`, unless the same change gives another, so that a forecast counts it
//!   where a report does. Reopening clears all that was said of the close but that day;
//! - keeps a probability set by hand at moves between open stages of a pipeline; another pipeline's stages mean
//!   something else, so there it is inherited again;
//! - names all fields at once that are missing to leave the stage forwards, or to be lost.

use chrono::NaiveTime;
use serde_json::{Value as Json, json};

use super::{Cause, Pipeline, Pipelines, Stage};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::model::Deal;

/// Reasons of a loss that say nothing without a note, folded.
const NEEDS_NOTE: &[&str] = &["other", "others", "other reason", "autre", "autres", "autre raison", "autre motif"];

/// What a deal is settled against.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The workspace's pipelines; with none, pipelines and stages are free text.
    pub pipelines: &'a Pipelines,
    /// The deal as it was; `None` for a new one.
    pub before: Option<&'a Deal>,
    /// Since when it stands in the stage it moves to, where somebody said so of this move.
    pub entered: Option<Instant>,
    /// Why it changes, where that is not to be seen from the deal.
    pub cause: Option<Cause>,
    /// The instant of the change.
    pub at: Instant,
    /// Whose days count where an instant becomes a date.
    pub zone: &'a Zone,
    /// Whether a field of the deal as it is wanted is known, by name.
    pub known: &'a dyn Fn(&str) -> bool,
}

/// Settles a deal; see the module. On an error the deal is as it was given, but for its codes.
///
/// # Errors
/// [`Problem::UnknownPipeline`], [`Problem::StageNotInPipeline`]; [`Problem::NotOneOf`] of an open deal that is called
/// closed by hand; [`Problem::OutOfRange`] of a probability, an entry or a close; [`Problem::RequiredToLeave`] and [`Problem::RequiredToLose`] with every missing field, for programs under
/// `missing` in the detail.
pub fn settle(of: &Situation<'_>, deal: &mut Deal) -> Result<()> {
    deal.probability_bp.map(Probability::from_bp).transpose().map_err(|e| e.at("probability_bp"))?;
    let place = place(of, deal)?;
    if let Some((pipeline, stage)) = place {
        deal.pipeline.clone_from(&pipeline.code);
        deal.stage.clone_from(&stage.code);
    }
    let moved = of.before.is_none_or(|b| b.pipeline != deal.pipeline || b.stage != deal.stage);
    let kind = place.map(|(_, stage)| stage.kind);
    deal.closed_at = deal.closed_at.or_else(|| closed_before(of, deal, kind));
    deal.stage_entered_at = entered(of, deal, moved, kind).map_err(|e| e.at("stage_entered_at"))?;
    let Some((pipeline, stage)) = place else {
        if moved {
            deal.state = None;
        }
        return Ok(());
    };
    if of.cause.is_none_or(Cause::is_gated) {
        refuse_unfinished(of, deal, pipeline, stage, moved)?;
    }
    let former = of.before.and_then(|b| b.state);
    deal.state = Some(stage.kind);
    match stage.kind {
        StageKind::Open => {
            refuse_closed(of.before, deal)?;
            open(of.before, deal, former);
        }
        StageKind::Won | StageKind::Lost => close(of, deal, pipeline, stage, former)?,
    }
    Ok(())
}

/// Where the deal is to stand; `None` where texts are free, or were left as they are from such a time.
fn place<'a>(of: &Situation<'a>, deal: &Deal) -> Result<Option<(&'a Pipeline, &'a Stage)>> {
    let pipelines = of.pipelines;
    if pipelines.is_empty() {
        return Ok(None);
    }
    if of.before.is_some_and(|b| b.pipeline == deal.pipeline && b.stage == deal.stage) {
        let pipeline = pipelines.pipeline(&deal.pipeline);
        return Ok(pipeline.and_then(|p| Some((p, p.stage(&deal.stage)?))));
    }
    let pipeline = match (deal.pipeline.as_str(), pipelines.default_pipeline()) {
        ("", Some(default)) => default,
        ("", None) => return Err(Problem::Missing { name: "pipeline".into() }.into()),
        (code, _) => pipelines.required(code).map_err(|e| e.at("pipeline"))?,
    };
    let stage = match deal.stage.as_str() {
        "" => pipeline.first_of(StageKind::Open),
        code => pipeline.required(code),
    };
    Ok(Some((pipeline, stage.map_err(|e| e.at("stage"))?)))
}

/// When a deal was closed that comes closed from another system, which told no more than the day: not on the day on
/// which it came.
fn closed_before(of: &Situation<'_>, deal: &Deal, kind: Option<StageKind>) -> Option<Instant> {
    let comes_closed = of.before.is_none() && of.cause == Some(Cause::Import) && kind != Some(StageKind::Open);
    let day = deal.close_date.filter(|_| comes_closed && kind.is_some() && deal.stage_entered_at.is_none())?;
    Some(day.and_time(NaiveTime::MIN).and_utc()).filter(|at| *at <= of.at)
}

/// Since when the deal stands where it stands.
fn entered(of: &Situation<'_>, deal: &Deal, moved: bool, kind: Option<StageKind>) -> Result<Option<Instant>> {
    let former = of.before.and_then(|b| b.stage_entered_at);
    let given = of.entered.filter(|_| moved).or(deal.stage_entered_at.filter(|at| former != Some(*at)));
    if let Some(given) = given {
        let least = former.filter(|_| moved);
        if given > of.at || least.is_some_and(|least| given < least) {
            let least = least.map_or_else(|| "1900-01-01T00:00:00Z".to_owned(), format_instant);
            let (found, most) = (format_instant(given), format_instant(of.at));
            return Err(Problem::OutOfRange { found, least, most }.into());
        }
        return Ok(Some(given));
    }
    if !moved {
        return Ok(former);
    }
    if deal.stage.is_empty() {
        return Ok(None);
    }
    // A deal that comes closed from another system stands there since then.
    let closed = deal.closed_at.filter(|at| of.before.is_none() && kind != Some(StageKind::Open) && *at <= of.at);
    let now = closed.unwrap_or(of.at);
    Ok(Some(former.map_or(now, |former| former.max(now))))
}

/// Refuses an open deal that somebody calls closed by hand: a quota would be met by what nobody has won.
fn refuse_closed(before: Option<&Deal>, deal: &Deal) -> Result<()> {
    const CHOICE: &[&str] = &["omitted", "pipeline", "best_case", "commit"];
    if deal.category != Some(Category::Closed) || before.is_some_and(|b| b.category == deal.category) {
        return Ok(());
    }
    Err(Error::from(Problem::NotOneOf { found: Category::Closed.code().into(), expected: CHOICE }).at("category"))
}

fn open(before: Option<&Deal>, deal: &mut Deal, former: Option<StageKind>) {
    deal.last_open_stage.clone_from(&deal.stage);
    deal.closed_at = None;
    if matches!(former, Some(StageKind::Won | StageKind::Lost)) {
        for text in [&mut deal.closed_as, &mut deal.won_reason, &mut deal.lost_reason, &mut deal.lost_note] {
            text.clear();
        }
        deal.closed_probability_bp = None;
    }
    let elsewhere = before.filter(|b| !b.pipeline.is_empty() && b.pipeline != deal.pipeline);
    if elsewhere.is_some_and(|b| b.probability_bp == deal.probability_bp) {
        deal.probability_bp = None;
        deal.probability_reason.clear();
    }
}

fn close(
    of: &Situation<'_>,
    deal: &mut Deal,
    pipeline: &Pipeline,
    stage: &Stage,
    former: Option<StageKind>,
) -> Result<()> {
    let newly = former != Some(stage.kind);
    let given = deal.closed_at.filter(|at| of.before.and_then(|b| b.closed_at) != Some(*at));
    if let Some(given) = given.filter(|at| *at > of.at) {
        let (found, least, most) = (format_instant(given), "1900-01-01T00:00:00Z".to_owned(), format_instant(of.at));
        return Err(Error::from(Problem::OutOfRange { found, least, most }).at("closed_at"));
    }
    let kept = of.before.and_then(|b| b.closed_at).filter(|_| !newly);
    deal.closed_at = given.or(kept).or(deal.stage_entered_at).or(Some(of.at));
    if newly {
        // It said when the deal was expected to close; now it says when it did, unless this change tells of another day.
        let told = deal.close_date.is_some() && of.before.is_none_or(|b| b.close_date != deal.close_date);
        if !told {
            deal.close_date = deal.closed_at.map(|at| of.zone.day(at));
        }
        stage.name().clone_into(&mut deal.closed_as);
        deal.closed_probability_bp = match (of.before, former) {
            (Some(before), Some(StageKind::Won | StageKind::Lost)) => before.closed_probability_bp,
            (Some(before), _) => {
                let stood = of.pipelines.stage(&before.pipeline, &before.stage);
                stood.map(|s| s.probability_of(before.probability_bp)).transpose()?.map(Probability::bp)
            }
            (None, _) => deal.probability_bp,
        };
    }
    deal.last_open_stage = match of.before {
        Some(before) if former == Some(StageKind::Open) => before.stage.clone(),
        Some(before) if !before.last_open_stage.is_empty() => before.last_open_stage.clone(),
        _ => {
            let likely = if stage.kind == StageKind::Won { pipeline.highest_open() } else { pipeline.lowest_open() };
            likely.map_or_else(String::new, |s| s.code.clone())
        }
    };
    deal.probability_bp = None;
    deal.probability_reason.clear();
    deal.category = None;
    if stage.kind == StageKind::Won {
        deal.lost_reason.clear();
        deal.lost_note.clear();
    } else {
        deal.won_reason.clear();
    }
    Ok(())
}

/// Refuses a deal that leaves its stage forwards, or is lost, without what that needs.
fn refuse_unfinished(of: &Situation<'_>, deal: &Deal, pipeline: &Pipeline, stage: &Stage, moved: bool) -> Result<()> {
    let missing = |problem: Problem, fields: Vec<(String, &str)>| {
        let fields = fields.into_iter().map(|(field, code)| json!({"field": field, "code": code}));
        Err(Error::from(problem).with_detail(json!({"missing": fields.collect::<Json>()})))
    };
    if stage.kind == StageKind::Lost {
        let same = |b: &Deal| b.lost_reason == deal.lost_reason && b.lost_note == deal.lost_note;
        let lacks = lacking_to_lose(deal);
        if lacks.is_empty() || (!moved && of.before.is_some_and(same)) {
            return Ok(());
        }
        let fields = lacks.iter().map(|(field, _)| (*field).to_owned()).collect();
        return missing(
            Problem::RequiredToLose { fields },
            lacks.into_iter().map(|(field, code)| (field.to_owned(), code)).collect(),
        );
    }
    let Some(before) = of.before.filter(|b| moved && b.pipeline == pipeline.code) else { return Ok(()) };
    let Some(left) = pipeline.stage(&before.stage).filter(|s| s.kind == StageKind::Open) else { return Ok(()) };
    let forwards = stage.kind == StageKind::Won || (left.position, &left.code) < (stage.position, &stage.code);
    let fields: Vec<String> = left.exit_requires.iter().filter(|f| forwards && !(of.known)(f)).cloned().collect();
    if fields.is_empty() {
        return Ok(());
    }
    let coded = fields.iter().map(|f| (f.clone(), "field_required")).collect();
    missing(Problem::RequiredToLeave { stage: left.code.clone(), fields }, coded)
}

/// What a deal lacks to be lost: a reason, and a note where the reason is another one.
fn lacking_to_lose(deal: &Deal) -> Vec<(&'static str, &'static str)> {
    let reason = fold(deal.lost_reason.trim());
    if reason.is_empty() {
        return vec![("lost_reason", "lost_reason_required")];
    }
    if NEEDS_NOTE.contains(&reason.as_ref()) && deal.lost_note.trim().is_empty() {
        return vec![("lost_note", "lost_note_required")];
    }
    Vec::new()
}
