//! The JSON door: one deal in, its risk out; and the two smaller sums, moves of a date and typical times.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::days::WorkingDays;
use super::evaluate::{Circumstances, DealRisk};
use super::facts::{DealFacts, Known};
use super::history::History;
use super::input::summary;
use super::pushes::{DateAfter, pushes};
use super::read::{count, holidays, mutes, unit};
use super::typical::{Stay, TypicalTimes, WonDeal, typical_times};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::period::{FiscalCalendar, Layout, NamedBy};
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::pipeline::Pipelines;
use crate::rules::read::{Object, date, instant, list, text};

/// What may be asked.
const ASKS: &[&str] = &["risk", "pushes", "date_change", "typical_times"];
/// Most dates of one history, and most won deals of one table.
const MOST_DATES: usize = 10_000;
const MOST_DEALS: usize = 100_000;

/// Answers for one deal given as JSON:
///
/// ```json
/// {"deal": {"stage": "proposal", "value": {"amount": "80000", "currency": "EUR"}, "close_date": "2026-11-30"},
///  "revisions": [], "activities": [{"id": "a1", "at": "2026-11-02T09:00:00Z", "direction": "outbound"}],
///  "tasks": [], "contacts": [{"contact": "c1", "role": "decision_maker"}],
///  "pipelines": [], "typical_times": [], "mutes": [], "holidays": [], "zone": "Europe/Paris",
///  "facts": {"quote": {"sent_at": "2026-11-02T09:00:00Z"}}, "at": "2026-11-22T09:00:00Z", "lang": "fr"}
/// ```
///
/// A list that is missing has no source, so what it would tell is unknown; an empty one says that there is nothing.
/// Revisions have the fields of `deal_revision`, activities `id`, `at`, `logged_at`, `removed_at`, `direction`,
/// `automatic`, `contact`, `kind`, tasks `id`, `created_at`, `completed_at`, `removed_at`, contacts `contact`, `role`,
/// `added_at`, `removed_at`. `facts` tells what is known without rows (of a missing key nothing, null is that there is
/// none). Without `pipelines` the standard ones are meant, unless the deal tells its `state`.
///
/// With `"ask": "pushes"` the input is `close_date_history` (dates, or `{"date", "at", "actor"}`), `created_at`,
/// `period` and `first_month`; with `"ask": "date_change"` it is `from` and `to`; with `"ask": "typical_times"` it is
/// `deals` (`{"pipeline", "won_at", "stays": [{"stage", "entered_at", "left_at"}]}`), `at`, `version`, `zone`.
///
/// A value that cannot be read makes its field unknown and is listed in `diagnostics`, a row is left out.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`, pipelines or typical times that make no sense,
/// more than 10 000 rows of one kind.
pub fn eval_json(risk: &DealRisk, schema: &Schema, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object")?;
    match map.get("ask").map(text).transpose().map_err(|e| e.at("ask"))?.as_deref() {
        None | Some("risk") => risk_json(risk, schema, input),
        Some("pushes") => pushes_json(risk, input),
        Some("date_change") => date_change(input),
        Some("typical_times") => typical_json(risk, input),
        Some(found) => Err(Error::from(Problem::NotOneOf { found: shortened(found, 60), expected: ASKS }).at("ask")),
    }
}

fn risk_json(risk: &DealRisk, schema: &Schema, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "ask",
        "deal",
        "revisions",
        "activities",
        "tasks",
        "contacts",
        "pipelines",
        "typical_times",
        "mutes",
        "holidays",
        "zone",
        "facts",
        "at",
        "lang",
    ];
    let o = Object::new(input, KEYS)?;
    let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
    let lang = o.lang()?;
    let mut diagnostics = Vec::new();
    let record = o.optional("deal", |v| json::object(v, "an object"))?;
    let deal = Values::read(schema, record, &mut diagnostics)?;
    let unread: Vec<String> = diagnostics.iter().filter_map(|e| e.field().map(str::to_owned)).collect();
    let mut diagnostics: Vec<Error> = diagnostics.into_iter().map(|e: Error| e.at("deal")).collect();

    let mut facts = DealFacts::of_deal(&deal, schema, at, &mut |e| diagnostics.push(e.at("deal")));
    forget(&mut facts, &unread);
    let pipelines = match o.optional("pipelines", Pipelines::from_json)? {
        Some(pipelines) => pipelines,
        None if facts.state.is_some() => Pipelines::default(),
        None => Pipelines::standard(),
    };
    let history = History::read(&o, &mut |e| diagnostics.push(e))?;
    history.fill(&mut facts, &pipelines, risk, at);
    if let Some(told) = o.get("facts") {
        summary(told, &mut facts).map_err(|e| e.at("facts"))?;
    }
    let around = Circumstances {
        typical_times: o.optional("typical_times", TypicalTimes::from_json)?,
        working_days: working_days(risk, &o)?,
        mutes: o.optional("mutes", mutes)?.unwrap_or_default(),
        deal: record.and_then(|deal| deal.get("id")).and_then(Json::as_str).map(str::to_owned),
    };
    let Json::Object(mut map) = risk.risk(&facts, &deal, &around, at).to_json(lang) else { return Ok(Json::Null) };
    if let Known::Is(pushes) = &facts.pushes {
        map.insert("pushes".into(), counted(pushes));
    }
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

/// What could not be read is unknown, not absent.
fn forget(facts: &mut DealFacts, unread: &[String]) {
    let is = |name: &str| unread.iter().any(|path| path.split('.').next() == Some(name));
    if is("value") {
        facts.amount = Known::Unknown;
    }
    if is("close_date") {
        facts.close_date = Known::Unknown;
    }
    if is("probability_bp") {
        facts.probability = Known::Unknown;
    }
    if is("category") {
        facts.category = Known::Unknown;
    }
}

/// The zone and the holidays of the question, each else the model's.
fn working_days(risk: &DealRisk, o: &Object<'_>) -> Result<Option<WorkingDays>> {
    let (zone, free) = (o.zone()?, o.optional("holidays", holidays)?);
    if zone.is_none() && free.is_none() {
        return Ok(None);
    }
    let model = risk.model();
    let free = free.unwrap_or_else(|| model.holidays.clone());
    Ok(Some(WorkingDays::new(zone.unwrap_or_else(|| model.zone.clone()), free)))
}

fn counted(pushes: &super::facts::Pushes) -> Json {
    json!({
        "pushes_any": pushes.any, "pushes_across_period": pushes.across_period, "pull_ins": pushes.pull_ins,
        "net_days": pushes.net_days,
    })
}

fn pushes_json(risk: &DealRisk, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &["ask", "close_date_history", "created_at", "period", "first_month"];
    let o = Object::new(input, KEYS)?;
    let after = |json: &Json| match json {
        Json::Object(_) => {
            let o = Object::new(json, &["date", "at", "actor", "id"])?;
            Ok(DateAfter {
                at: o.optional("at", instant)?,
                actor: o.optional("actor", text)?.unwrap_or_default(),
                id: o.optional("id", text)?.unwrap_or_default(),
                date: o.optional("date", date)?,
            })
        }
        json => Ok(DateAfter { at: None, actor: String::new(), id: String::new(), date: Some(date(json)?) }),
    };
    let dates = o.required("close_date_history")?;
    let dates = list(dates, after).and_then(|d| check::most("values", d.len(), MOST_DATES).map(|()| d));
    let mut dates = dates.map_err(|e| e.at("close_date_history"))?;
    if dates.iter().all(|date| date.at.is_some()) {
        // In order of time, of equal instants as they are listed.
        dates.sort_by_key(|date| date.at);
    }
    let created_at = o.optional("created_at", instant)?;
    let unit = o.optional("period", unit)?.unwrap_or(risk.model().period);
    let calendar = match o.optional("first_month", count)? {
        Some(month) => FiscalCalendar::new(month, NamedBy::End, Layout::Months).map_err(|e| e.at("first_month"))?,
        None => risk.model().calendar,
    };
    let found = pushes(&dates, created_at, &calendar, unit);
    let Json::Object(mut map) = counted(&found) else { return Ok(Json::Null) };
    map.insert("period".into(), unit.name().into());
    map.insert("moves".into(), found.moves.iter().map(|m| m.id.as_str()).filter(|id| !id.is_empty()).collect());
    Ok(Json::Object(map))
}

fn date_change(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["ask", "from", "to"])?;
    let read = |key: &str| -> Result<NaiveDate> { date(o.required(key)?).map_err(|e| e.at(key)) };
    let days = WorkingDays::days(read("from")?, read("to")?);
    let direction = match days {
        0 => "unchanged",
        1.. => "pushed_back",
        _ => "pulled_in",
    };
    Ok(json!({"days": days, "direction": direction}))
}

fn typical_json(risk: &DealRisk, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["ask", "deals", "at", "version", "zone", "holidays"])?;
    let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, 1_000_000_000).map_err(|e| e.at("version"))?;
    let deals = list(o.required("deals")?, won).and_then(|d| check::most("records", d.len(), MOST_DEALS).map(|()| d));
    let days = working_days(risk, &o)?;
    let days = days.as_ref().unwrap_or_else(|| risk.working_days());
    let table = typical_times(&deals.map_err(|e| e.at("deals"))?, days, at, version)?;
    let mut map = Map::new();
    map.insert("typical_times".into(), table.to_json());
    Ok(Json::Object(map))
}

fn won(json: &Json) -> Result<WonDeal> {
    let o = Object::new(json, &["pipeline", "won_at", "stays"])?;
    let stay = |json| {
        let o = Object::new(json, &["stage", "entered_at", "left_at"])?;
        let at = |key: &str| instant(o.required(key)?).map_err(|e| e.at(key));
        Ok(Stay { stage: o.text("stage")?, entered_at: at("entered_at")?, left_at: at("left_at")? })
    };
    Ok(WonDeal {
        pipeline: o.text("pipeline")?,
        won_at: instant(o.required("won_at")?).map_err(|e| e.at("won_at"))?,
        stays: o.list("stays", stay)?,
    })
}
