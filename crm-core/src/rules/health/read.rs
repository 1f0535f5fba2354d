//! Models as JSON.

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::bands::{Bands, out_of_range};
use super::facts::{self, Aggregate, MEASUREMENT};
use super::model::{Cap, HealthModel, HealthModels, Measure, Missing};
use super::transform::Transform;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::kernel::number::Number;
use crate::kernel::predicate::Predicate;
use crate::kernel::reason::Name;
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, labels, list, wrong};
use crate::store::hex;

/// Most models, measures of a model and caps of a model.
const MOST_MODELS: usize = 20;
/// Most measures of a model.
pub(super) const MOST_MEASURES: usize = 100;
const MOST_CAPS: usize = 50;
/// The highest weight, in millionths: a million.
const MOST_WEIGHT: i64 = 1_000_000_000_000;
/// Most days of an age or a window: a hundred years.
const MOST_DAYS: i64 = 36_500;

/// A decimal: text, a whole number, or a JSON number with decimals, which counts as it is written.
pub(super) fn number(json: &Json) -> Result<Number> {
    match json {
        Json::String(text) => Number::parse(text),
        Json::Number(n) => Number::parse(&n.to_string()),
        other => Err(wrong(FieldType::Number, other)),
    }
}

impl HealthModels {
    /// Reads the part `health` of a configuration; without one the standard model holds.
    ///
    /// # Errors
    /// What a model cannot mean, with its path.
    pub fn new(json: Option<&Json>, accounts: &Schema) -> Result<Self> {
        let standard;
        let json = match json {
            Some(json) => json,
            None => {
                standard = json::parse(include_bytes!("standard.json"))?;
                &standard
            }
        };
        let o = Object::new(json, &["zone", "models"])?;
        let zone = o.zone()?.unwrap_or(Zone::UTC);
        let models = list(o.required("models")?, |v| model(v, accounts));
        let models = models.and_then(|models| {
            if models.is_empty() {
                return Err(RulesProblem::Empty { what: "items" }.into());
            }
            check::most("items", models.len(), MOST_MODELS)?;
            unique(models.iter().map(|model| model.name.id.as_str()), "id")?;
            // Behind a model for everybody no other one is ever chosen.
            let everybody = models.iter().position(|model| model.when.is_none());
            match everybody.filter(|i| i.saturating_add(1) < models.len()) {
                Some(i) => Err(Error::from(Problem::Missing { name: "when".into() }).at_index(i)),
                None => Ok(models),
            }
        });
        Ok(Self { zone, models: models.map_err(|e| e.at("models"))? })
    }
}

fn model(json: &Json, accounts: &Schema) -> Result<HealthModel> {
    let o = Object::new(json, &["id", "version", "labels", "when", "measures", "bands", "caps", "min_coverage_bp"])?;
    let name = named(&o, "id")?;
    let version = o.integer("version")?;
    check::between(version, 1, i64::from(u32::MAX)).map_err(|e| e.at("version"))?;
    let when = o.optional("when", |v| Predicate::from_json(v)?.compile(accounts))?;
    let measures = list(o.required("measures")?, measure).and_then(|measures| {
        if measures.is_empty() {
            return Err(RulesProblem::Empty { what: "measures" }.into());
        }
        check::most("measures", measures.len(), MOST_MEASURES)?;
        unique(measures.iter().map(|measure| measure.name.id.as_str()), "code")?;
        Ok(measures)
    });
    let measures = measures.map_err(|e| e.at("measures"))?;
    let bands = Bands::of_model(o.required("bands")?).map_err(|e| e.at("bands"))?;
    let written = o.list("caps", |v| {
        let o = Object::new(v, &["code", "labels", "when", "max_score"])?;
        let when = Predicate::from_json(o.required("when")?).map_err(|e| e.at("when"))?;
        Ok((named(&o, "code")?, when, max_score(o.required("max_score")?).map_err(|e| e.at("max_score"))?))
    })?;
    check::most("items", written.len(), MOST_CAPS).map_err(|e| e.at("caps"))?;
    unique(written.iter().map(|(name, _, _)| name.id.as_str()), "code").map_err(|e| e.at("caps"))?;
    let of_caps = written.iter().flat_map(|(_, when, _)| when.tests()).map(|test| test.field.as_str());
    let schema = facts::schema(measures.iter().map(|measure| measure.source.as_str()).chain(of_caps));
    let mut caps = Vec::new();
    for (i, (name, when, max_score)) in written.into_iter().enumerate() {
        let when = when.compile(&schema).map_err(|e| e.at("when").at_index(i).at("caps"))?;
        caps.push(Cap { name, when, max_score });
    }
    let min_coverage_bp = o.optional_integer("min_coverage_bp")?.unwrap_or(0);
    check::between(min_coverage_bp, 0, 10_000).map_err(|e| e.at("min_coverage_bp"))?;
    let fingerprint = hex(&Sha256::digest(json::canonical(json)));
    Ok(HealthModel { name, version, when, measures, bands, caps, min_coverage_bp, schema, fingerprint })
}

fn measure(json: &Json) -> Result<Measure> {
    const KEYS: &[&str] = &[
        "code",
        "labels",
        "weight",
        "source",
        "points",
        "steps",
        "aggregate",
        "window_days",
        "half_life_days",
        "max_age_days",
        "missing",
    ];
    let o = Object::new(json, KEYS)?;
    let name = named(&o, "code")?;
    let weight = weight(o.required("weight")?, false).map_err(|e| e.at("weight"))?;
    let source = o.text("source")?;
    let spec = facts::spec(&source).map_err(|e| e.at("source"))?;
    if !spec.is_number() {
        let (first, second) = (source, "score".to_owned());
        let problem =
            RulesProblem::TypesDiffer { first, first_kind: spec.kind, second, second_kind: FieldType::Number };
        return Err(Error::from(problem).at("source"));
    }
    let transform = match (o.optional("points", Transform::points)?, o.optional("steps", Transform::points)?) {
        (Some(_), Some(_)) => {
            let both = RulesProblem::Exclusive { first: "points", second: "steps" };
            return Err(Error::from(both).at("steps"));
        }
        (Some(points), None) => Transform::Line(points),
        (None, Some(steps)) => Transform::Steps(steps),
        (None, None) => Transform::Same,
    };
    let days = |key| -> Result<Option<i64>> {
        let days = o.optional_integer(key)?;
        days.map_or(Ok(()), |days| check::between(days, 1, MOST_DAYS)).map_err(|e| e.at(key))?;
        Ok(days)
    };
    let coded = |v: &Json| crate::rules::read::coded(v, Aggregate::from_code, Aggregate::CODES);
    let (aggregate, window_days) = (o.optional("aggregate", coded)?, days("window_days")?);
    if !spec.is_series() && (aggregate.is_some() || window_days.is_some()) {
        let expected = "a source of dated values";
        return Err(Error::from(Problem::WrongShape { expected, found: source }).at("source"));
    }
    Ok(Measure {
        name,
        weight,
        transform,
        aggregate: aggregate.unwrap_or(spec.aggregate),
        window_days: window_days.or(spec.window_days),
        half_life_days: days("half_life_days")?,
        max_age_days: days("max_age_days")?,
        missing: o.optional("missing", missing)?.unwrap_or(Missing::Exclude),
        source,
    })
}

/// A weight, in millionths. What is only shown, and counts nothing, has none.
pub(super) fn weight(json: &Json, may_be_none: bool) -> Result<i64> {
    let weight = number(json)?.millionths();
    if (i64::from(!may_be_none)..=MOST_WEIGHT).contains(&weight) {
        return Ok(weight);
    }
    let least = if may_be_none { "0" } else { "0.000001" };
    let (least, most) = (least.into(), "1000000".into());
    Err(Problem::OutOfRange { found: json::shown(json), least, most }.into())
}

/// A score in millionths.
pub(super) fn score(json: &Json) -> Result<i64> {
    let score = number(json)?.millionths();
    match (0..=super::bands::WHOLE).contains(&score) {
        true => Ok(score),
        false => Err(out_of_range(json, "100")),
    }
}

/// A score in hundredths.
pub(crate) fn max_score(json: &Json) -> Result<i64> {
    let millionths = score(json)?;
    match millionths.checked_rem(10_000) {
        Some(0) => Ok(millionths.checked_div(10_000).unwrap_or(0)),
        _ => Err(Problem::TooManyPlaces { found: json::shown(json), places: 2 }.into()),
    }
}

fn missing(json: &Json) -> Result<Missing> {
    match json {
        Json::String(word) if word == "exclude" => Ok(Missing::Exclude),
        Json::String(word) if word == "worst" => Ok(Missing::Worst),
        Json::Object(_) => {
            let o = Object::new(json, &["neutral"])?;
            Ok(Missing::Neutral(score(o.required("neutral")?).map_err(|e| e.at("neutral"))?))
        }
        other => Err(json::not_one_of(other, &["exclude", "worst", "{\"neutral\": 50}"])),
    }
}

/// A part's code and labels.
fn named(o: &Object<'_>, key: &'static str) -> Result<Name> {
    let id = o.text(key)?;
    check::id(&id).map_err(|e| e.at(key))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    Ok(Name { id, labels })
}

/// Refuses two parts of one name.
pub(super) fn unique<'a>(ids: impl Iterator<Item = &'a str>, key: &'static str) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for (i, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(Error::from(RulesProblem::DuplicateId { id: id.to_owned() }).at(key).at_index(i));
        }
    }
    Ok(())
}

/// Whether a source is one of the host's measurements, and its code.
pub(super) fn measurement(source: &str) -> Option<&str> {
    source.strip_prefix(MEASUREMENT).filter(|code| !code.is_empty())
}
