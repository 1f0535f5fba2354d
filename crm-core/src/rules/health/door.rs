//! The JSON door of the rule `health`.

use serde_json::{Map, Value as Json, json};

use super::backtest::{Observation, backtest};
use super::bands::{Bands, UNKNOWN};
use super::delta::delta;
use super::facts::HealthFacts;
use super::model::{Cap, HealthModel, HealthModels, Measure};
use super::read::{MOST_MEASURES, max_score, number, score, unique, weight};
use super::sum::{Health, Line, LineState, sum};
use super::told::{points_text, reasons_json};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::health_reason::HealthReason;
use crate::kernel::json;
use crate::kernel::rational::Rational;
use crate::kernel::reason::{Name, Reason};
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, instant, labels, list, text};

/// What can be asked.
const OPS: &[&str] = &["score", "band", "delta", "backtest", "explain"];
/// Most rows of a backtest.
const MOST_ROWS: usize = 1_000_000;
/// How many suggestions an answer has.
const MOST_HELPS: usize = 3;

/// Answers one question about health, see [the rule](super).
///
/// # Errors
/// What the input gets wrong, with its path.
pub fn eval_json(models: &HealthModels, accounts: &Schema, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object with `op`")?;
    let op = map.get("op").ok_or_else(|| Problem::Missing { name: "op".into() })?;
    let door = Door { models, accounts };
    match op.as_str() {
        Some("score" | "health") => door.score(input),
        Some("band") => door.band(input),
        Some("delta") => door.delta(input),
        Some("backtest") => door.backtest(input),
        Some("explain") => door.explain(input),
        _ => Err(json::not_one_of(op, OPS).at("op")),
    }
}

struct Door<'a> {
    models: &'a HealthModels,
    accounts: &'a Schema,
}

/// The keys that say of whom and by what the health is asked.
const ASKED: &[&str] =
    &["op", "lang", "at", "measures", "caps", "bands", "ranges", "min_coverage_bp", "facts", "model", "account"];

fn lang(o: &Object<'_>) -> Result<Option<Lang>> {
    o.lang()
}

/// The bands of an input: `bands` or `ranges`.
fn bands(o: &Object<'_>) -> Result<Option<Bands>> {
    let given = o.optional("ranges", Bands::of_ranges)?;
    given.map_or_else(|| o.optional("bands", Bands::of_ranges), |ranges| Ok(Some(ranges)))
}

impl<'a> Door<'a> {
    fn score(&self, input: &Json) -> Result<Json> {
        let o = Object::new(input, ASKED)?;
        let lang = lang(&o)?;
        let Some((health, model)) = self.health(&o)? else {
            return Ok(json!({"none": Json::Object(Reason::Health(HealthReason::NoModel).to_json(lang))}));
        };
        let Json::Object(mut map) = health.to_json(lang) else { return Ok(Json::Null) };
        if let Some(model) = model {
            let helps = model.would_help(&health, MOST_HELPS)?;
            map.insert("would_help".into(), reasons_json(&helps, lang).into());
            map.insert("inputs_hash".into(), health.inputs_hash().into());
        }
        Ok(Json::Object(map))
    }

    /// The health of one input, by measures that are scored already or by facts and a model.
    fn health(&self, o: &Object<'_>) -> Result<Option<(Health, Option<&'a HealthModel>)>> {
        match (o.get("measures"), o.get("facts")) {
            (Some(measures), None) => {
                let lines = list(measures, direct).and_then(|lines| {
                    check::most("measures", lines.len(), MOST_MEASURES)?;
                    Ok(lines)
                });
                let mut lines = lines.map_err(|e| e.at("measures"))?;
                for (i, line) in lines.iter_mut().enumerate() {
                    if line.name.id.is_empty() {
                        line.name.id = format!("measure_{}", i.saturating_add(1));
                    }
                }
                unique(lines.iter().map(|line| line.name.id.as_str()), "code").map_err(|e| e.at("measures"))?;
                let caps = o.list("caps", |v| {
                    let o = Object::new(v, &["code", "labels", "max_score"])?;
                    let max = max_score(o.required("max_score")?).map_err(|e| e.at("max_score"))?;
                    Ok((Name { id: o.text("code")?, labels: o.optional("labels", labels)? }, max))
                })?;
                let least = o.optional_integer("min_coverage_bp")?.unwrap_or(0);
                check::between(least, 0, 10_000).map_err(|e| e.at("min_coverage_bp"))?;
                let own = bands(o)?;
                let usual = self.models.models.first().map(|model| &model.bands);
                Ok(Some((sum(lines, caps, own.as_ref().or(usual), least)?, None)))
            }
            (None, Some(facts)) => {
                let at = instant(o.required("at")?).map_err(|e| e.at("at"))?;
                let Some(model) = self.model(o, at)? else { return Ok(None) };
                let facts = json::object(facts, "an object of facts").and_then(HealthFacts::from_json);
                let health = model.health(&facts.map_err(|e| e.at("facts"))?, &self.models.zone, at)?;
                Ok(Some((health, Some(model))))
            }
            _ => {
                let expected = "either `measures` or `facts`";
                Err(Problem::WrongShape { expected, found: "both or neither".into() }.into())
            }
        }
    }

    /// The model of an id, or of an account.
    fn model(&self, o: &Object<'_>, at: Instant) -> Result<Option<&'a HealthModel>> {
        if let Some(id) = o.optional("model", text)? {
            let unknown = || {
                let ids = self.models.models.iter().map(|model| model.name.id.as_str());
                let nearest = crate::kernel::field::nearest(&id, ids).map(str::to_owned);
                let id = crate::kernel::text::shortened(&id, 60);
                Error::from(crate::kernel::error::RulesProblem::Undefined { id, nearest }).at("model")
            };
            return self.models.named(&id).ok_or_else(unknown).map(Some);
        }
        let account = o.optional("account", |v| json::object(v, "an object"))?;
        let mut diagnostics = Vec::new();
        let values = Values::fields(self.accounts, account, &mut diagnostics).map_err(|e| e.at("account"))?;
        match diagnostics.into_iter().next() {
            Some(error) => Err(error.at("account")),
            None => Ok(self.models.of(&values, at)),
        }
    }

    fn band(&self, input: &Json) -> Result<Json> {
        let o = Object::new(input, &["op", "lang", "score", "bands", "ranges", "model"])?;
        let lang = lang(&o)?;
        let own = bands(&o)?;
        let model = self.model(&o, Instant::default())?;
        let unknown = Name { id: UNKNOWN.into(), labels: None };
        let band = match o.optional("score", number)? {
            None => Some(unknown),
            Some(score) => {
                let bands = own.as_ref().or_else(|| model.map(|model| &model.bands));
                bands.and_then(|bands| bands.of(score.millionths())).map(|band| band.name.clone())
            }
        };
        let mut map = Map::new();
        map.insert("band".into(), band.as_ref().map(|name| name.id.as_str()).into());
        if let Some(lang) = lang {
            map.insert("band_text".into(), band.as_ref().map(|name| name.text(lang)).into());
        }
        Ok(Json::Object(map))
    }

    fn delta(&self, input: &Json) -> Result<Json> {
        let o = Object::new(input, &["op", "lang", "from", "to"])?;
        let lang = lang(&o)?;
        let side = |key| -> Result<Health> {
            let side = Object::new(o.required(key)?, ASKED).and_then(|side| self.health(&side));
            let missing = || Error::from(Problem::Missing { name: "model".into() });
            side.and_then(|side| side.ok_or_else(missing)).map(|(health, _)| health).map_err(|e| e.at(key))
        };
        let (from, to) = (side("from")?, side("to")?);
        let change = from.score.zip(to.score).map(|(from, to)| points_text(to.saturating_sub(from)));
        Ok(json!({
            "from": from.score.map(points_text),
            "to": to.score.map(points_text),
            "change": change,
            "reasons": reasons_json(&delta(&from.standing(), &to.standing())?, lang),
        }))
    }

    fn backtest(&self, input: &Json) -> Result<Json> {
        let o = Object::new(input, &["op", "lang", "rows", "bands", "ranges", "model", "good"])?;
        let own = bands(&o)?;
        let model = self.model(&o, Instant::default())?;
        let bands = own.as_ref().or_else(|| model.map(|model| &model.bands));
        let bands = bands.ok_or(Problem::MissingOneOf { names: &["bands", "ranges"] })?;
        let good = o.optional("good", text)?.unwrap_or_else(|| "renewed".to_owned());
        let rows = o.required("rows")?;
        check::most("rows", rows.as_array().map_or(0, Vec::len), MOST_ROWS).map_err(|e| e.at("rows"))?;
        let row = |v: &Json| {
            let map = json::object(v, "an object")?;
            let score = if map.contains_key("score") {
                Object::new(v, &["score", "outcome"])?.optional("score", score)?
            } else {
                const KEYS: &[&str] =
                    &["outcome", "at", "measures", "caps", "min_coverage_bp", "facts", "model", "account"];
                let health = self.health(&Object::new(v, KEYS)?)?;
                health.and_then(|(health, _)| health.score).map(|score| score.saturating_mul(10_000))
            };
            let outcome = map.get("outcome").filter(|v| !v.is_null()).map(outcome).transpose();
            Ok(Observation { score, outcome: outcome.map_err(|e| e.at("outcome"))? })
        };
        let rows = list(rows, row).map_err(|e| e.at("rows"))?;
        Ok(backtest(&rows, bands, &good).to_json(&good))
    }

    fn explain(&self, input: &Json) -> Result<Json> {
        let o = Object::new(input, &["op", "lang", "model", "account", "at"])?;
        let lang = lang(&o)?;
        let at = o.optional("at", instant)?.unwrap_or_default();
        match self.model(&o, at)? {
            Some(model) => Ok(explained(model, lang)),
            None => Ok(json!({"none": Json::Object(Reason::Health(HealthReason::NoModel).to_json(lang))})),
        }
    }
}

/// What happened, in one word.
fn outcome(json: &Json) -> Result<String> {
    let word = text(json)?;
    check::id(&word)?;
    Ok(word)
}

/// A measure that is scored already.
fn direct(json: &Json) -> Result<Line> {
    let o = Object::new(json, &["code", "labels", "weight", "score"])?;
    let id = o.optional("code", text)?;
    if let Some(id) = &id {
        check::id(id).map_err(|e| e.at("code"))?;
    }
    let weight = weight(o.required("weight")?, true).map_err(|e| e.at("weight"))?;
    let score = o.optional("score", score)?;
    Ok(Line {
        name: Name { id: id.unwrap_or_default(), labels: o.optional("labels", labels)? },
        nominal: weight,
        weight: if score.is_some() { weight } else { 0 },
        value: None,
        as_of: None,
        score,
        state: if score.is_some() { LineState::Known } else { LineState::LeftOut },
        is_stale: false,
        points: 0,
        most: 0,
    })
}

fn named(name: &Name, lang: Option<Lang>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("code".into(), name.id.as_str().into());
    if let Some(lang) = lang {
        map.insert("text".into(), name.text(lang).into());
    }
    map
}

/// A model as people read it: what each measure weighs, and what there is to gain.
fn explained(model: &HealthModel, lang: Option<Lang>) -> Json {
    let all: i128 = model.measures.iter().map(|measure| i128::from(measure.weight)).sum();
    let plain = |millionths: i64| {
        crate::kernel::number::Number::from_millionths(millionths).map(|n| n.to_string()).unwrap_or_default()
    };
    let measure = |measure: &Measure| {
        let mut map = named(&measure.name, lang);
        let share = Rational::new(measure.weight.into(), all).and_then(Rational::bp);
        map.insert("source".into(), measure.source.as_str().into());
        map.insert("weight".into(), plain(measure.weight).into());
        map.insert("share_bp".into(), share.into());
        map.insert("best".into(), plain(measure.transform.best()).into());
        map.insert("worst".into(), plain(measure.transform.worst()).into());
        map.insert("aggregate".into(), measure.aggregate.code().into());
        map.insert("window_days".into(), measure.window_days.into());
        map.insert("half_life_days".into(), measure.half_life_days.into());
        map.insert("max_age_days".into(), measure.max_age_days.into());
        Json::Object(map)
    };
    let cap = |cap: &Cap| {
        let mut map = named(&cap.name, lang);
        map.insert("max_score".into(), points_text(cap.max_score).into());
        Json::Object(map)
    };
    let band = |band: &super::bands::Band| {
        let mut map = named(&band.name, lang);
        map.insert("from".into(), plain(band.from).into());
        map.insert("to".into(), plain(band.to).into());
        Json::Object(map)
    };
    let mut map = named(&model.name, lang);
    map.insert("version".into(), model.version.into());
    map.insert("min_coverage_bp".into(), model.min_coverage_bp.into());
    map.insert("measures".into(), model.measures.iter().map(measure).collect());
    map.insert("caps".into(), model.caps.iter().map(cap).collect());
    map.insert("bands".into(), model.bands.all().iter().map(band).collect());
    Json::Object(map)
}
