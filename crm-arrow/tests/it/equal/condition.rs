//! Random conditions: every operator that fits the type, with thresholds from the pools of the data.

use crm_core::kernel::text::{fold, words};
use crm_core::kernel::time::format_instant;
use crm_core::{FieldType, Instant, Money, Number};
use serde_json::{Value as Json, json};

use super::draw::Draw;
use super::pools::{self, CURRENCIES, DECIMALS, FIELDS, IDS, PARTS, TEXTS, WINDOWS};

const ANY: &[&str] = &["is_null", "is_known"];
const EQUAL: &[&str] = &["eq", "ne", "in", "not_in"];
const ORDER: &[&str] = &["lt", "le", "gt", "ge"];
const PART: &[&str] = &["starts_with", "ends_with", "contains", "has_word"];
const WINDOW: &[&str] = &["within_days", "older_than_days", "next_days"];

/// The operators of a type.
pub(crate) fn operators(kind: FieldType) -> Vec<&'static str> {
    let own: &[&[&str]] = match kind {
        FieldType::Text => &[ANY, EQUAL, ORDER, PART],
        FieldType::Integer | FieldType::Number | FieldType::Money | FieldType::Date => {
            &[ANY, EQUAL, ORDER, &["between"]]
        }
        FieldType::Boolean | FieldType::Reference => &[ANY, EQUAL],
        FieldType::Instant => &[ANY, EQUAL, ORDER, WINDOW],
        FieldType::Texts => &[ANY, &["has"]],
    };
    own.concat()
}

/// A condition of at most `depth` more levels over some of the fields.
pub(crate) fn condition(draw: &mut Draw, fields: &[usize], at: Instant, depth: usize) -> Json {
    if depth == 0 || draw.chance(55) {
        let field = draw.copy(fields);
        let operator = draw.copy(&operators(FIELDS[field].1));
        return test(draw, field, operator, at);
    }
    if draw.chance(25) {
        return json!({"not": condition(draw, fields, at, depth - 1)});
    }
    let parts: Vec<Json> = (0..=draw.below(4)).map(|_| condition(draw, fields, at, depth - 1)).collect();
    json!({draw.one(&["all", "any"]): parts})
}

/// One comparison of a field.
pub(crate) fn test(draw: &mut Draw, field: usize, operator: &str, at: Instant) -> Json {
    let (name, kind) = FIELDS[field];
    let mut test = json!({"field": name, "op": operator});
    if let Some(value) = value(draw, kind, operator, at) {
        test["value"] = value;
    }
    test
}

fn value(draw: &mut Draw, kind: FieldType, operator: &str, at: Instant) -> Option<Json> {
    Some(match operator {
        "is_null" | "is_known" => return None,
        "within_days" | "older_than_days" | "next_days" => draw.copy(WINDOWS).into(),
        "in" | "not_in" if draw.chance(5) => long_list(kind, draw, at),
        "in" | "not_in" => (0..=draw.below(4)).map(|_| threshold(draw, kind, at)).collect(),
        "between" => between(draw, kind),
        "has" | "starts_with" | "ends_with" | "contains" | "has_word" => {
            if draw.chance(60) {
                part(draw, operator)
            } else {
                (0..=draw.below(5)).map(|_| part(draw, operator)).collect()
            }
        }
        _ => threshold(draw, kind, at),
    })
}

/// One value to compare a field of the type with.
fn threshold(draw: &mut Draw, kind: FieldType, at: Instant) -> Json {
    match kind {
        FieldType::Text | FieldType::Texts => part(draw, "eq"),
        FieldType::Integer | FieldType::Number => decimal(draw.copy(&decimals(kind)), kind),
        FieldType::Money => {
            let currency = draw.copy(CURRENCIES);
            amount(draw.copy(&amounts(currency)), currency)
        }
        FieldType::Boolean => draw.chance(50).into(),
        FieldType::Date => day(draw.copy(&kept_days())).into(),
        FieldType::Instant => {
            let kept: Vec<i64> = pools::instants(at).into_iter().filter(|t| instant(*t).is_some()).collect();
            instant(draw.copy(&kept)).into()
        }
        FieldType::Reference => draw.copy(IDS).into(),
    }
}

/// A text, or a part of one, that is not empty once it is folded.
fn part(draw: &mut Draw, operator: &str) -> Json {
    loop {
        let text = if draw.chance(70) { draw.copy(TEXTS) } else { draw.copy(PARTS) };
        let chars: Vec<char> = text.chars().collect();
        let (from, to) = match operator {
            "starts_with" if draw.chance(50) => (0, draw.below(chars.len() + 1)),
            "ends_with" if draw.chance(50) => (draw.below(chars.len() + 1), chars.len()),
            "contains" if draw.chance(50) => {
                let from = draw.below(chars.len() + 1);
                (from, from + draw.below(chars.len() - from + 1))
            }
            _ => (0, chars.len()),
        };
        let text: String = chars[from..to].iter().collect();
        if !fold(&text).is_empty() && (operator != "has_word" || !words(&text).is_empty()) {
            return text.into();
        }
    }
}

/// A list so long that an engine may look values up instead of comparing with each.
fn long_list(kind: FieldType, draw: &mut Draw, at: Instant) -> Json {
    let some = |draw: &mut Draw| threshold(draw, kind, at);
    let mut list: Vec<Json> = (0..100).map(|_| some(draw)).collect();
    match kind {
        FieldType::Integer => list.extend((0..200).map(Json::from)),
        FieldType::Number => list.extend((0..200).map(|n: i64| Json::from(n.to_string()))),
        FieldType::Text => list.extend((0..200).map(|n| Json::from(format!("Unique {n}")))),
        _ => {}
    }
    list.into()
}

fn between(draw: &mut Draw, kind: FieldType) -> Json {
    let mut two = |most: usize| {
        let (a, b) = (draw.below(most), draw.below(most));
        (a.min(b), a.max(b))
    };
    match kind {
        FieldType::Date => {
            let all = kept_days();
            let (from, to) = two(all.len());
            json!([day(all[from]), day(all[to])])
        }
        FieldType::Money => {
            let (currency, _) = two(CURRENCIES.len());
            let currency = CURRENCIES[currency];
            let all = amounts(currency);
            let (from, to) = two(all.len());
            json!([amount(all[from], currency), amount(all[to], currency)])
        }
        _ => {
            let all = decimals(kind);
            let (from, to) = two(all.len());
            json!([decimal(all[from], kind), decimal(all[to], kind)])
        }
    }
}

/// A decimal as JSON: integers are numbers, all others text.
fn decimal(text: &str, kind: FieldType) -> Json {
    if kind == FieldType::Integer { text.parse::<i64>().unwrap().into() } else { text.into() }
}

/// The decimals that a field of the type can have.
fn decimals(kind: FieldType) -> Vec<&'static str> {
    let fits = |t: &&str| match kind {
        FieldType::Integer => t.parse::<i64>().is_ok(),
        _ => Number::parse(t).is_ok(),
    };
    DECIMALS.iter().copied().filter(fits).collect()
}

fn amounts(currency: &str) -> Vec<&'static str> {
    let currency = currency.parse().unwrap();
    DECIMALS.iter().copied().filter(|t| Money::parse(t, currency).is_ok()).collect()
}

fn amount(text: &str, currency: &str) -> Json {
    json!({"amount": text, "currency": currency})
}

fn kept_days() -> Vec<i64> {
    let days = pools::days();
    days[1..days.len() - 2].to_vec()
}

fn day(days: i64) -> String {
    chrono::DateTime::from_timestamp(days * 86_400, 0).unwrap().date_naive().to_string()
}

/// The instant as JSON, where the library keeps it.
fn instant(micros: i64) -> Option<String> {
    let at = chrono::DateTime::from_timestamp_micros(micros)?;
    crm_core::kernel::time::in_range(at.date_naive()).then(|| format_instant(at))
}
