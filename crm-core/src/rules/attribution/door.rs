//! The rule as JSON: [`eval_json`].

use serde_json::{Map, Value as Json};

use super::attribute::{Amount, attribute};
use super::card::{Card, CardOptions, left_out_json};
use super::channel::reasons_json;
use super::classify::{Arrival, arrival_keys};
use super::influence::{InfluenceModel, Influenced, InfluencedDeal, Tie};
use super::model::Model;
use super::paths::{ChannelValue, PLACES, ValuedPath, attribute_paths, once};
use super::prepare::{Milestone, Milestones, Prepared};
use super::settings::{AttributionSettings, InfluenceOptions, models};
use super::share::Splitter;
use super::touch::Touch;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::marketing::MemberStatus;
use crate::kernel::money::{Currency, Money};
use crate::kernel::number;
use crate::kernel::text::shortened;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, coded, instant, integer, list, text, wrong};

/// Most touches of one question.
pub(crate) const MOST_TOUCHES: usize = 10_000;
/// Most paths of one question.
const MOST_PATHS: usize = 100_000;
const ASKS: &[&str] = &["attribute", "card", "classify", "influence", "paths"];

/// Answers a question to the rule, see [the module](super).
///
/// # Errors
/// What the question gets wrong, with its path.
pub fn eval_json(settings: &AttributionSettings, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object with `ask`")?;
    let ask = map.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("attribute") => attribute_json(settings, input),
        Some("card") => card_json(settings, input),
        Some("classify") => classify_json(settings, input),
        Some("influence") => influence_json(settings, input),
        Some("paths") => paths_json(input),
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn lang_of(o: &Object<'_>) -> Result<Option<Lang>> {
    o.lang()
}

fn classify_json(settings: &AttributionSettings, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object")?;
    let o = Object::new(input, &["ask", "lang", "touches", "touch"]).or_else(|error| {
        if map.contains_key("touch") || map.contains_key("touches") { Err(error) } else { plain(input) }
    })?;
    let lang = lang_of(&o)?;
    if let Some(touches) = o.optional("touches", |json| list(json, Arrival::from_json))? {
        check::most("touches", touches.len(), MOST_TOUCHES).map_err(|e| e.at("touches"))?;
        let channels = touches.iter().map(|arrival| Json::Object(settings.classify(arrival).to_json(lang)));
        return Ok(serde_json::json!({"channels": channels.collect::<Vec<_>>()}));
    }
    let arrival = match o.optional("touch", Arrival::from_json)? {
        Some(arrival) => arrival,
        None => Arrival::from_object(&o)?,
    };
    Ok(Json::Object(settings.classify(&arrival).to_json(lang)))
}

/// An arrival whose fields stand beside `ask`.
fn plain(input: &Json) -> Result<Object<'_>> {
    Object::new(input, arrival_keys!("ask", "lang"))
}

/// What `attribute` and `card` have in common.
const PATH_KEYS: &[&str] = &[
    "ask",
    "lang",
    "touches",
    "milestones",
    "at",
    "models",
    "amount",
    "amount_minor",
    "currency",
    "session_minutes",
    "window_days",
    "direct",
    "unique",
    "trail",
];

fn touches_of(o: &Object<'_>, settings: &AttributionSettings) -> Result<Vec<Touch>> {
    let touches = o.required("touches")?;
    if let Some(all) = touches.as_array() {
        check::most("touches", all.len(), MOST_TOUCHES).map_err(|e| e.at("touches"))?;
    }
    list(touches, |json| Touch::from_json(json, settings)).map_err(|e| e.at("touches"))
}

fn milestones_of(json: &Json) -> Result<Milestones> {
    let o = Object::new(json, &["lead", "deal", "closed"])?;
    let one = |json: &Json| match json {
        Json::String(_) => Ok(Milestone::At(instant(json)?)),
        _ => Ok(Milestone::Touch(Object::new(json, &["touch"])?.text("touch")?)),
    };
    Ok(Milestones {
        lead: o.optional("lead", one)?,
        deal: o.optional("deal", one)?,
        closed: o.optional("closed", one)?,
    })
}

/// An amount in minor units, or as text with its currency.
fn amount_of(o: &Object<'_>) -> Result<Option<Amount>> {
    let currency: Option<Currency> = o.optional("currency", |json| text(json)?.parse())?;
    let minor_units = match (o.get("amount_minor"), o.get("amount"), currency) {
        (Some(_), Some(_), _) => {
            let expected = "either `amount_minor` or `amount`";
            return Err(Problem::WrongShape { expected, found: "both".into() }.into());
        }
        (Some(minor), None, _) => integer(minor).map_err(|e| e.at("amount_minor"))?,
        (None, Some(amount), Some(currency)) => {
            let money = text(amount).and_then(|text| Money::parse(&text, currency));
            money.map_err(|e| e.at("amount"))?.minor_units()
        }
        (None, Some(_), None) => return Err(Problem::Missing { name: "currency".into() }.into()),
        (None, None, _) => return Ok(None),
    };
    Ok(Some(Amount { minor_units, currency }))
}

fn attribute_json(settings: &AttributionSettings, input: &Json) -> Result<Json> {
    let o = Object::new(input, PATH_KEYS)?;
    let lang = lang_of(&o)?;
    let touches = touches_of(&o, settings)?;
    let milestones = o.optional("milestones", milestones_of)?.unwrap_or_default();
    let options = settings.paths.with(&o)?;
    let at = o.optional("at", instant)?;
    let models = o.optional("models", models)?.unwrap_or_else(|| settings.models.clone());
    let amount = amount_of(&o)?;
    let prepared = Prepared::new(&touches, &milestones, &options, at)?;
    let mut splitter = Splitter::default();
    let attributed = models
        .iter()
        .map(|model| Ok(attribute(&mut splitter, model, &prepared, amount)?.to_json(&touches, amount, lang)));
    let mut map = Map::new();
    map.insert("models".into(), attributed.collect::<Result<Vec<_>>>()?.into());
    map.insert("left_out".into(), left_out_json(&prepared.left_out, &touches, lang));
    Ok(Json::Object(map))
}

fn card_json(settings: &AttributionSettings, input: &Json) -> Result<Json> {
    let o = Object::new(input, PATH_KEYS)?;
    let lang = lang_of(&o)?;
    let touches = touches_of(&o, settings)?;
    let milestones = o.optional("milestones", milestones_of)?.unwrap_or_default();
    let options = settings.paths.with(&o)?;
    let models = o.optional("models", models)?.unwrap_or_else(|| settings.models.clone());
    let trail = o.optional_integer("trail")?;
    if let Some(trail) = trail {
        check::between(trail, 0, 100).map_err(|e| e.at("trail"))?;
    }
    let amount = amount_of(&o)?;
    let options = CardOptions {
        milestones: &milestones,
        paths: &options,
        models: &models,
        amount,
        trail: trail.and_then(|trail| usize::try_from(trail).ok()).unwrap_or(settings.trail),
        at: o.optional("at", instant)?,
    };
    Ok(Card::new(&touches, &options)?.to_json(&touches, amount, lang))
}

fn influence_json(settings: &AttributionSettings, input: &Json) -> Result<Json> {
    const KEYS: &[&str] = &[
        "ask",
        "lang",
        "closed_at",
        "at",
        "primary_campaign",
        "members",
        "touches",
        "by",
        "window_days",
        "statuses",
        "model",
        "amount",
        "amount_minor",
        "currency",
    ];
    let o = Object::new(input, KEYS)?;
    let lang = lang_of(&o)?;
    let options: InfluenceOptions = settings.influence.with(&o)?;
    let model = o.optional("model", |json| coded(json, InfluenceModel::from_code, InfluenceModel::CODES))?;
    let amount = amount_of(&o)?;
    let deal = InfluencedDeal {
        closed_at: o.optional("closed_at", instant)?,
        until: o.optional("at", instant)?,
        primary: o.optional("primary_campaign", text)?.unwrap_or_default(),
    };
    let mut ties = o.list("members", |json| tie(json, true))?;
    ties.extend(o.list("touches", |json| tie(json, false))?);
    check::most("touches", ties.len(), MOST_TOUCHES)?;
    let model = model.unwrap_or(InfluenceModel::Primary);
    let influenced = Influenced::new(&deal, &ties, &options, model, amount)?;
    let mut map = influenced.to_json(amount, lang);
    map.insert("model".into(), model.code().into());
    Ok(Json::Object(map))
}

fn tie(json: &Json, is_member: bool) -> Result<Tie> {
    let o = Object::new(
        json,
        if is_member { &["campaign", "since", "status", "role"] } else { &["campaign", "at", "role"] },
    )?;
    let campaign = o.text("campaign")?;
    check::id(&campaign).map_err(|e| e.at("campaign"))?;
    let status = |json: &Json| coded(json, MemberStatus::from_code, MemberStatus::CODES);
    let member = if is_member { Some(o.optional("status", status)?.unwrap_or(MemberStatus::Sent)) } else { None };
    Ok(Tie {
        campaign,
        at: o.optional(if is_member { "since" } else { "at" }, instant)?,
        member,
        has_role: o.flag("role", true)?,
    })
}

/// A whole number or a decimal: units of 10^-places, and the places.
fn value(json: &Json) -> Result<(i128, u32)> {
    let written = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        other => return Err(wrong(FieldType::Number, other)),
    };
    let not_a_number = || Error::from(Problem::NotANumber { found: shortened(&written, 60) });
    let (units, places) = number::scaled(&written).ok_or_else(not_a_number)?;
    if places > PLACES {
        return Err(Problem::TooManyPlaces { found: shortened(&written, 60), places: PLACES }.into());
    }
    if units.unsigned_abs() >= 1_000_000_000_000_000_000_000 {
        let most = || "10^21".to_owned();
        return Err(Problem::OutOfRange { found: shortened(&written, 60), least: "0".into(), most: most() }.into());
    }
    if units < 0 {
        return Err(
            Problem::OutOfRange { found: shortened(&written, 60), least: "0".into(), most: "10^15".into() }.into()
        );
    }
    Ok((units, places))
}

fn paths_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["ask", "lang", "paths", "separator", "conversions", "values", "models", "unique"])?;
    let lang = lang_of(&o)?;
    let separator = o.optional("separator", text)?.unwrap_or_else(|| ">".to_owned());
    if separator.is_empty() {
        return Err(Error::from(Problem::Missing { name: "separator".into() }).at("separator"));
    }
    let paths = list(o.required("paths")?, |json| path(json, &separator)).map_err(|e| e.at("paths"))?;
    check::most("paths", paths.len(), MOST_PATHS).map_err(|e| e.at("paths"))?;
    let models = o.optional("models", models)?.unwrap_or_else(|| vec![Model::Linear]);
    let unique = super::settings::PathOptions { unique: None, ..AttributionSettings::default().paths }.with(&o)?.unique;
    let mut answer = Map::new();
    for (key, is_required) in [("conversions", true), ("values", false)] {
        if !is_required && o.get(key).is_none() {
            continue;
        }
        let values = list(o.required(key)?, value).map_err(|e| e.at(key))?;
        if values.len() != paths.len() {
            let expected = "as many as there are paths";
            let found = values.len().to_string();
            return Err(Error::from(Problem::WrongShape { expected, found }).at(key));
        }
        let scaled = |(units, places): (i128, u32)| {
            let missing = 10i128.checked_pow(PLACES.saturating_sub(places)).ok_or(Problem::AmountTooLarge)?;
            Ok::<_, Error>(units.checked_mul(missing).ok_or(Problem::AmountTooLarge)?)
        };
        let valued = paths.iter().zip(values).map(|(channels, value)| {
            let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
            let channels = unique.map_or_else(|| channels.clone(), |occurrence| once(&channels, occurrence));
            Ok(ValuedPath { channels, value: scaled(value)? })
        });
        let valued: Vec<ValuedPath<'_>> = valued.collect::<Result<_>>()?;
        let sum = |paths: &mut dyn Iterator<Item = &ValuedPath<'_>>| {
            paths.fold(0i128, |sum, path| sum.saturating_add(path.value))
        };
        let total = sum(&mut valued.iter());
        let unattributed = sum(&mut valued.iter().filter(|path| path.channels.is_empty()));
        let of = models.iter().map(|model| {
            let channels = attribute_paths(model, &valued, PLACES)?;
            let mut map = Map::new();
            map.insert("model".into(), model.name().code().into());
            map.insert("channels".into(), channels.iter().map(ChannelValue::to_json).collect());
            Ok(Json::Object(map))
        });
        let mut map = Map::new();
        map.insert("models".into(), of.collect::<Result<Vec<_>>>()?.into());
        map.insert("total".into(), number::plain(total, PLACES).into());
        if unattributed > 0 {
            map.insert("unattributed".into(), number::plain(unattributed, PLACES).into());
            map.insert("reasons".into(), reasons_json(&[AttributionReason::NoTouch], lang));
        }
        answer.insert(key.into(), map.into());
    }
    Ok(Json::Object(answer))
}

/// Channels in order, as a list or as one text; what is blank is nothing.
fn path(json: &Json, separator: &str) -> Result<Vec<String>> {
    let channels: Vec<String> = match json {
        Json::String(written) => written.split(separator).map(str::to_owned).collect(),
        _ => list(json, text)?,
    };
    let channels: Vec<String> =
        channels.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    check::most("touches", channels.len(), MOST_TOUCHES)?;
    channels.iter().try_for_each(|channel| check::id(channel))?;
    Ok(channels)
}
