//! The JSON door: a clock, the spans of revisions, what a deal is worth where it stands, a deal's history.

use chrono::NaiveTime;
use serde_json::{Map, Value as Json, json};

use super::json::{choice, days};
use super::{Cause, Changed, Clock, Moments, Pipelines, Situation, Spans, Step, Threshold, Version, revision, settle};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::time::{Instant, format_instant, parse_date, parse_instant};
use crate::kernel::zone::Zone;
use crate::model::{AnyRecord, Deal, DealRevision, META_FIELDS, body_to_json, set_fields};
use crate::rules::check;
use crate::rules::deal_risk::WorkingDays;
use crate::rules::read::{Object, date, integer, text};

/// What may be asked, one at a time.
const SUBJECTS: &[&str] = &["ageing", "spans", "standing", "history"];
/// Most revisions, or steps of a history, of one call.
const MOST_STEPS: usize = 10_000;

/// Answers one question, at the instant `at`; where a question speaks of stages, `pipelines` has them (see
/// [`Pipelines::from_json`]; without it they are [`Pipelines::standard`], with an empty list texts are free).
///
/// | input | answer |
/// |---|---|
/// | `{"ageing": {"clock": "idle", "days": 5, "planned_exempts": true, "state": "open", "created_at", "opened_at", "stage_entered_at", "last_touch_at", "next_activity_at", "business_days": {"zone", "holidays"}}}` | `ageing`: since, days, is_exempt, is_over, over_from |
/// | `{"spans": [{"number", "changed_at", "pipeline", "stage", "entered_at", "cause"}]}` | `spans`, `totals` and `current`, in whole seconds |
/// | `{"standing": {"pipeline", "stage", "probability_bp", "category"}}` | state, probability and category, each with whose it is |
/// | `{"history": [{"at", "fields": {...}, "cause", "archived"}]}` | `deal`, `revisions` and spans of a deal made and changed so; `refused` with the steps that were |
///
/// Instants may be dates, which are midnight in UTC. Days of a threshold of 0 or null never come.
///
/// # Errors
/// Nothing or more than one thing asked, unknown options, values that do not fit, with their path.
pub fn eval_json(schema: &Schema, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object")?;
    let mut asked = SUBJECTS.iter().filter(|s| map.get(**s).is_some_and(|v| !v.is_null()));
    let subject = *asked.next().ok_or(Problem::MissingOneOf { names: SUBJECTS })?;
    let keys: &'static [&'static str] = match subject {
        "ageing" => &["ageing", "at"],
        "spans" => &["spans", "at"],
        "standing" => &["standing", "pipelines"],
        _ => &["history", "pipelines", "at"],
    };
    let o = Object::new(input, keys)?;
    let body = o.required(subject)?;
    let at = || instant(o.required("at")?).map_err(|e| e.at("at"));
    let pipelines =
        || Ok::<_, Error>(o.optional("pipelines", Pipelines::from_json)?.unwrap_or_else(Pipelines::standard));
    match subject {
        "ageing" => ageing(body, at()?).map_err(|e| e.at(subject)),
        "spans" => Ok(Json::Object(spans_json(&read_spans(body).map_err(|e| e.at(subject))?, at()?))),
        "standing" => standing(&pipelines()?, body).map_err(|e| e.at(subject)),
        _ => history(&pipelines()?, schema, body, at()?).map_err(|e| e.at(subject)),
    }
}

/// An instant, or a date.
fn instant(json: &Json) -> Result<Instant> {
    let found = text(json)?;
    match found.len() {
        10 => Ok(parse_date(&found)?.and_time(NaiveTime::MIN).and_utc()),
        _ => parse_instant(&found),
    }
}

fn ageing(json: &Json, at: Instant) -> Result<Json> {
    const KEYS: &[&str] = &[
        "clock",
        "days",
        "planned_exempts",
        "state",
        "created_at",
        "opened_at",
        "stage_entered_at",
        "last_touch_at",
        "next_activity_at",
        "business_days",
    ];
    let o = Object::new(json, KEYS)?;
    let clock =
        o.required("clock").and_then(|v| choice(Clock::from_code, Clock::CODES)(v).map_err(|e| e.at("clock")))?;
    let stage_entered_at = o.optional("stage_entered_at", instant)?;
    let last_touch_at = o.optional("last_touch_at", instant)?;
    let opened_at = o.optional("opened_at", instant)?;
    // Whoever asks for one clock need not know the others' beginning.
    let own = match clock {
        Clock::Idle => last_touch_at,
        Clock::StageAge => stage_entered_at,
        Clock::Age => opened_at,
    };
    let missing = || Error::from(Problem::Missing { name: "created_at".into() });
    let moments = Moments {
        state: o.optional("state", choice(StageKind::from_code, StageKind::CODES))?.unwrap_or(StageKind::Open),
        created_at: o.optional("created_at", instant)?.or(own).ok_or_else(missing)?,
        opened_at,
        stage_entered_at,
        last_touch_at,
        next_activity_at: o.optional("next_activity_at", instant)?,
    };
    let threshold = Threshold {
        clock,
        days: o.optional("days", |v| integer(v).and_then(|n| if n == 0 { Ok(0) } else { days(n) }))?,
        planned_exempts: o.flag("planned_exempts", false)?,
    };
    let found = match o.optional("business_days", calendar)? {
        Some(calendar) => moments.ageing_by(&threshold, &calendar, at),
        None => moments.ageing(&threshold, at),
    };
    Ok(json!({"ageing": {
        "clock": clock.code(),
        "since": found.since.map(format_instant),
        "days": found.days,
        "is_exempt": found.is_exempt,
        "is_over": found.is_over,
        "over_from": found.over_from.map(format_instant),
    }}))
}

/// `{"zone": "Europe/Paris", "holidays": ["2026-05-01"]}`: Monday to Friday without these.
fn calendar(json: &Json) -> Result<WorkingDays> {
    let o = Object::new(json, &["zone", "holidays"])?;
    let zone = o.zone()?.unwrap_or(Zone::UTC);
    let holidays = o.list("holidays", date)?;
    check::most("values", holidays.len(), MOST_STEPS).map_err(|e| e.at("holidays"))?;
    Ok(WorkingDays::new(zone, holidays))
}

fn read_spans(json: &Json) -> Result<Spans> {
    let wrong = || Problem::WrongShape { expected: "a list", found: json::shown(json) };
    let steps = json.as_array().ok_or_else(wrong)?;
    check::most("items", steps.len(), MOST_STEPS)?;
    let one = |(i, json): (usize, &Json)| -> Result<DealRevision> {
        let read = || {
            let o = Object::new(json, &["number", "changed_at", "pipeline", "stage", "entered_at", "cause"])?;
            let place = i64::try_from(i).unwrap_or(i64::MAX);
            Ok(DealRevision {
                number: Some(o.optional_integer("number")?.unwrap_or(place)),
                changed_at: Some(instant(o.required("changed_at")?).map_err(|e: Error| e.at("changed_at"))?),
                pipeline: o.optional("pipeline", text)?.unwrap_or_default(),
                stage: o.text("stage")?,
                stage_entered_at: o.optional("entered_at", instant)?,
                cause: o.optional("cause", text)?.unwrap_or_default(),
                ..DealRevision::default()
            })
        };
        read().map_err(|e: Error| e.at_index(i))
    };
    let revisions = steps.iter().enumerate().map(one).collect::<Result<Vec<_>>>()?;
    Ok(Spans::new(revisions.iter().filter_map(Step::of)))
}

fn spans_json(spans: &Spans, at: Instant) -> Map<String, Json> {
    let one = |span: &super::Span| {
        json!({
            "pipeline": span.pipeline,
            "stage": span.stage,
            "entered_at": format_instant(span.entered_at),
            "left_at": span.left_at.map(format_instant),
            "seconds": span.length(at).num_seconds(),
            "cause": span.cause,
        })
    };
    let total = |((pipeline, stage), time): ((&str, &str), chrono::TimeDelta)| json!({"pipeline": pipeline, "stage": stage, "seconds": time.num_seconds()});
    let mut map = Map::new();
    map.insert("spans".into(), spans.all().iter().map(one).collect());
    map.insert("totals".into(), spans.totals(at).into_iter().map(total).collect());
    map.insert("current".into(), spans.current().map_or(Json::Null, one));
    map
}

fn standing(pipelines: &Pipelines, json: &Json) -> Result<Json> {
    let o = Object::new(json, &["pipeline", "stage", "probability_bp", "category"])?;
    let bp = o.optional_integer("probability_bp")?;
    let manual = o.optional("category", choice(Category::from_code, Category::CODES))?;
    let pipeline = o.optional("pipeline", text)?.unwrap_or_default();
    let pipeline = match (pipeline.as_str(), pipelines.default_pipeline()) {
        ("", Some(default)) => default,
        (code, _) => pipelines.required(code).map_err(|e| e.at("pipeline"))?,
    };
    let stage = pipeline.required(&o.text("stage")?).map_err(|e| e.at("stage"))?;
    let open = stage.kind == StageKind::Open;
    let whose = |given: bool| match (open, given) {
        (false, _) => "state",
        (true, true) => "override",
        (true, false) => "stage",
    };
    let probability = stage.probability_of(bp).map_err(|e| e.at("probability_bp"))?;
    Ok(json!({"standing": {
        "pipeline": pipeline.code,
        "stage": stage.code,
        "state": stage.kind.code(),
        "probability_bp": probability.bp(),
        "probability_of": whose(bp.is_some()),
        "category": stage.category_of(manual).code(),
        "category_of": whose(manual.is_some()),
    }}))
}

/// A deal that is made by the first step and changed by the others.
fn history(pipelines: &Pipelines, schema: &Schema, json: &Json, at: Instant) -> Result<Json> {
    let wrong = || Problem::WrongShape { expected: "a list", found: json::shown(json) };
    let steps = json.as_array().ok_or_else(wrong)?;
    check::most("items", steps.len(), MOST_STEPS)?;
    let id = Id::from_text("deal");
    let mut stored: Option<(Deal, bool)> = None;
    let (mut revisions, mut refused) = (Vec::new(), Vec::new());
    for (i, json) in steps.iter().enumerate() {
        let read = || {
            let o = Object::new(json, &["at", "fields", "cause", "archived"])?;
            let at = instant(o.required("at")?).map_err(|e: Error| e.at("at"))?;
            let cause = o.optional("cause", choice(Cause::from_code, Cause::CODES))?;
            let fields = o.optional("fields", |v| json::object(v, "an object of fields"))?;
            Ok((at, cause, fields, o.optional("archived", |v| Ok(v.as_bool()))?.flatten()))
        };
        let (at, cause, fields, archived) = read().map_err(|e: Error| e.at_index(i))?;
        let before = stored.as_ref();
        let mut any: AnyRecord = before.map_or_else(Deal::default, |(deal, _)| deal.clone()).into();
        set_fields(&mut any, schema, fields.unwrap_or(&Map::new())).map_err(|e| e.at("fields").at_index(i))?;
        let known = |field: &str| known(&any, schema, field);
        let of = Situation {
            pipelines,
            before: before.map(|(deal, _)| deal),
            entered: None,
            cause,
            at,
            zone: &Zone::UTC,
            known: &known,
        };
        let AnyRecord::Deal(deal) = &any else { continue };
        let mut deal = (**deal).clone();
        if let Err(error) = settle(&of, &mut deal) {
            refused.push(json!({"step": i, "error": error.to_json()}));
            continue;
        }
        let is_archived = archived.unwrap_or_else(|| before.is_some_and(|(_, archived)| *archived));
        let number = json::length(i).saturating_add(1);
        let changed = Changed { number, at, actor: "", cause };
        let former = before.map(|(deal, is_archived)| Version { id, deal, is_archived: *is_archived });
        revisions.extend(revision(former, Version { id, deal: &deal, is_archived }, &changed));
        stored = Some((deal, is_archived));
    }
    let spans = Spans::new(revisions.iter().filter_map(Step::of));
    let mut answer = spans_json(&spans, at);
    let fields = |body: AnyRecord| {
        let mut map = body_to_json(&body);
        map.retain(|key, value| key != "deal" && value.as_array().is_none_or(|list| !list.is_empty()));
        Json::Object(map)
    };
    answer.insert("deal".into(), stored.map_or(Json::Null, |(deal, _)| fields(deal.into())));
    answer.insert("revisions".into(), revisions.into_iter().map(|r| fields(r.into())).collect());
    answer.insert("refused".into(), refused.into());
    Ok(Json::Object(answer))
}

/// Whether a field of a deal that has no row is known.
fn known(any: &AnyRecord, schema: &Schema, field: &str) -> bool {
    let fact = match field.strip_prefix("custom.") {
        Some(custom) => any.custom().get(custom).as_fact(),
        None => {
            let own = schema.position(field).and_then(|place| place.checked_sub(META_FIELDS.len()));
            own.map_or(Fact::Unknown, |own| any.fact(own))
        }
    };
    match fact {
        Fact::Texts(texts) => !texts.is_empty(),
        fact => fact.is_known(),
    }
}
