//! Questions about quotes as JSON.

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::binding::{QuoteHead, content_hash, expires_at};
use super::diff::diff;
use super::fr_rates::french_rates;
use super::mentions::{MentionScope, check_mentions};
use super::numbering::NumberFormat;
use super::reach::reach;
use super::solve::solve;
use super::tax::{MOST_TAXES, Tax};
use super::terms::QuoteTerms;
use super::totals::totals;
use super::written::minor_units;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::number::Number;
use crate::kernel::quotes::{MentionState, NumberReset, SellerProfile, VatTerritory};
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, coded, date, instant, integer, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most numbers of one question, and the highest number.
const MOST_NUMBERS: usize = 100_000;
const HIGHEST: i64 = 999_999_999_999;
/// Most days for which a quote holds.
const MOST_DAYS: i64 = 36_600;
/// Where a quote's day ends unless the input says.
const ZONE: &str = "Europe/Paris";

const ASKS: &[&str] =
    &["totals", "diff", "solve", "gross_representable", "fr_vat_rates", "mentions", "number", "expiry"];

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| answer(ask, lang))?}))
}

fn answer(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("totals") => totals_json(json, lang),
        Some("diff") => {
            let o = Object::new(json, &["ask", "before", "after"])?;
            let (before, after) = (terms(&o, "before")?, terms(&o, "after")?);
            Ok(diff(&before, &after)?.told(&before, &after, lang))
        }
        Some("solve") => {
            let o = Object::new(json, &["ask", "quote", "gross"])?;
            let terms = terms(&o, "quote")?;
            let target = minor_units(o.required("gross")?, terms.currency).map_err(|e| e.at("gross"))?;
            Ok(solve(&terms, target).map_err(|e| e.at("quote"))?.to_json(terms.currency))
        }
        Some("gross_representable") => {
            let o = Object::new(json, &["ask", "gross", "currency", "vat", "taxes"])?;
            let currency = o.optional("currency", |v| text(v)?.parse())?.unwrap_or("EUR".parse::<Currency>()?);
            let gross = minor_units(o.required("gross")?, currency).map_err(|e| e.at("gross"))?;
            let rates = rates(&o)?;
            let found = reach(gross, &rates, currency).map_err(|e| e.at("gross"))?;
            Ok(found.to_json(currency))
        }
        Some("fr_vat_rates") => {
            let o = Object::new(json, &["ask", "date", "territory"])?;
            let territory = o.optional("territory", |v| coded(v, VatTerritory::from_code, VatTerritory::CODES))?;
            let day = day(&o, "date")?;
            let rates = french_rates(territory.unwrap_or(VatTerritory::Metropolitan), day);
            Ok(rates.map_err(|e| e.at("date"))?.to_json())
        }
        Some("mentions") => mentions_json(json, lang),
        Some("number") => number_json(json),
        Some("expiry") => expiry_json(json),
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn terms(o: &Object<'_>, key: &str) -> Result<QuoteTerms> {
    QuoteTerms::from_json(o.required(key)?).map_err(|e| e.at(key))
}

fn day(o: &Object<'_>, key: &str) -> Result<NaiveDate> {
    date(o.required(key)?).map_err(|e| e.at(key))
}

/// With a head, also the hash of what an acceptance binds.
fn totals_json(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "quote", "head"])?;
    let terms = terms(&o, "quote")?;
    let totals = totals(&terms).map_err(|e| e.at("quote"))?;
    let mut told = totals.told(lang);
    let hash = o.optional("head", |head| {
        let o = Object::new(head, &["number", "version", "issued_on", "valid_until"])?;
        let number = o.text("number")?;
        let version = o.optional_integer("version")?.unwrap_or(1);
        let (issued_on, valid_until) = (o.optional("issued_on", date)?, o.optional("valid_until", date)?);
        Ok(content_hash(&QuoteHead { number: &number, version, issued_on, valid_until }, &terms, &totals))
    })?;
    if let (Some(hash), Json::Object(map)) = (hash, &mut told) {
        map.insert("hash".into(), hash.into());
        map.insert("terms".into(), terms.to_json());
    }
    Ok(told)
}

fn rates(o: &Object<'_>) -> Result<Vec<Number>> {
    let rate = |tax: &Json| Tax::from_json(tax).map(|tax| tax.rate);
    match (o.get("vat"), o.get("taxes")) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "vat", second: "taxes" }.into()),
        (Some(vat), None) => Ok(vec![rate(vat).map_err(|e| e.at("vat"))?]),
        (None, Some(taxes)) => {
            let rates = list(taxes, rate).map_err(|e| e.at("taxes"))?;
            check::most("taxes", rates.len(), MOST_TAXES).map_err(|e| e.at("taxes"))?;
            Ok(rates)
        }
        (None, None) => Err(Problem::MissingOneOf { names: &["vat", "taxes"] }.into()),
    }
}

fn mentions_json(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "quote", "profile", "issued_on", "valid_until"])?;
    let profile = coded(o.required("profile")?, SellerProfile::from_code, SellerProfile::CODES);
    let scope = MentionScope {
        profile: profile.map_err(|e| e.at("profile"))?,
        issued_on: o.optional("issued_on", date)?,
        valid_until: o.optional("valid_until", date)?,
    };
    let checks = check_mentions(&terms(&o, "quote")?, &scope);
    let missing = checks.iter().filter_map(|check| check.reason.clone());
    let missing: Vec<Json> = missing.map(|reason| Json::Object(Reason::Quote(reason).to_json(lang))).collect();
    let of = |state: MentionState| {
        let found = checks.iter().filter(|check| check.state == state);
        found.map(|check| check.mention.code()).collect::<Vec<_>>()
    };
    let (present, not_asked) = (of(MentionState::Present), of(MentionState::NotAsked));
    Ok(json!({
        "complete": missing.is_empty(),
        "missing": missing,
        "present": present,
        "not_asked": not_asked,
    }))
}

/// The next number. A counter never goes back: a number that was given stays given, whatever became of its quote.
fn number_json(json: &Json) -> Result<Json> {
    let o =
        Object::new(json, &["ask", "template", "reset", "date", "last", "last_on", "issued", "cancelled", "deleted"])?;
    let given = |v: &Json| {
        let number = integer(v)?;
        check::between(number, 1, HIGHEST).map(|()| number)
    };
    let numbers = |key: &'static str| {
        check::most("values", o.get(key).and_then(Json::as_array).map_or(0, Vec::len), MOST_NUMBERS)
            .map_err(|e| e.at(key))?;
        o.list(key, given)
    };
    let (issued, cancelled, deleted) = (numbers("issued")?, numbers("cancelled")?, numbers("deleted")?);
    let last = o.optional("last", |v| {
        let last = integer(v)?;
        check::between(last, 0, HIGHEST).map(|()| last)
    })?;
    let reset = o.optional("reset", |v| coded(v, NumberReset::from_code, NumberReset::CODES))?;
    let format = o.optional("template", |v| NumberFormat::new(&text(v)?, reset))?;
    let (on, last_on) = (o.optional("date", date)?, o.optional("last_on", date)?);
    let all = || issued.iter().chain(&cancelled).chain(&deleted).copied();
    let mut last = all().chain(last).max().unwrap_or(0);
    if let (Some(format), Some(on), Some(last_on)) = (&format, on, last_on) {
        let (now, then) = (format.period(on), format.period(last_on));
        if now < then {
            let (from, to) = (last_on.to_string(), on.to_string());
            return Err(Error::from(Problem::EndBeforeStart { from, to }).at("date"));
        }
        if now > then {
            last = 0;
        }
    }
    let next = u64::try_from(last.saturating_add(1)).unwrap_or(1);
    let mut map = Map::new();
    map.insert("next".into(), next.into());
    if !issued.is_empty() {
        let known: std::collections::BTreeSet<i64> = all().collect();
        let mut gaps = Vec::new();
        let mut before = 0i64;
        for number in known {
            let first = before.saturating_add(1);
            if first < number {
                gaps.push(json!([first, number.saturating_sub(1)]));
            }
            before = number;
        }
        map.insert("gaps".into(), gaps.into());
    }
    if let Some(format) = format {
        let on = on.ok_or_else(|| Problem::Missing { name: "date".into() })?;
        map.insert("number".into(), format.text(next, on).into());
        map.insert("period".into(), format.period(on).into());
        map.insert("reset".into(), format.reset().code().into());
    }
    Ok(Json::Object(map))
}

fn expiry_json(json: &Json) -> Result<Json> {
    let o = Object::new(json, &["ask", "valid_until", "issued_on", "valid_days", "zone", "at"])?;
    let zone: Zone = o.zone()?.unwrap_or(ZONE.parse()?);
    let days = o.optional("valid_days", |v| {
        let days = integer(v)?;
        check::between(days, 0, MOST_DAYS).map(|()| u64::try_from(days).unwrap_or(0))
    })?;
    let valid_until = match (o.optional("valid_until", date)?, days) {
        (Some(_), Some(_)) => {
            return Err(RulesProblem::Exclusive { first: "valid_until", second: "valid_days" }.into());
        }
        (Some(day), None) => day,
        (None, Some(days)) => {
            let issued_on = day(&o, "issued_on")?;
            let day = issued_on.checked_add_days(Days::new(days)).filter(|day| crate::kernel::time::in_range(*day));
            day.ok_or_else(|| Error::from(Problem::NotADate { found: issued_on.to_string() }).at("issued_on"))?
        }
        (None, None) => return Err(Problem::MissingOneOf { names: &["valid_until", "valid_days"] }.into()),
    };
    let end = expires_at(valid_until, &zone);
    let mut map = Map::new();
    map.insert("valid_until".into(), valid_until.to_string().into());
    map.insert("expires_at".into(), format_instant(end).into());
    map.insert("zone".into(), zone.name().into());
    if let Some(at) = o.optional("at", instant)? {
        map.insert("expired".into(), (at >= end).into());
    }
    Ok(Json::Object(map))
}
