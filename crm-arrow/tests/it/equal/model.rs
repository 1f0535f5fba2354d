//! Random models of the lead score, each of which the loader accepts.

use crm_core::Instant;
use serde_json::{Map, Value as Json, json};

use super::condition::condition;
use super::draw::Draw;
use super::pools::{FIELDS, custom_fields};

const POINTS: &[i64] = &[0, 1, -1, 3, 3, 3, -3, 5, 10, -7, 15, 15, 40, -40, 1_000_000, -1_000_000];
const LIMITS: &[i64] = &[-1_000_000_000, -50, -10, -1, 0, 1, 5, 10, 20, 50, 100, 1_000_000_000];
const EVENTS: &[&str] = &["visit", "demo_requested", "opened"];
/// Names of groups and rules with what must be escaped somewhere.
const STEMS: &[&str] = &[
    "rule",
    "règle",
    "say \"x\"",
    "a:b",
    "c.d",
    "back\\slash",
    "émoji 🎯",
    "so long a name that no place of fixed width holds it, whatever the width may be, within reason",
];

/// A configuration whose model has the rules of these places, mostly over the fields that are there.
pub(crate) fn configuration(draw: Draw, at: Instant, rules: &[usize], there: &[usize]) -> Json {
    json!({"custom": custom_fields(), "lead_score": model(draw, at, rules, there)})
}

/// A configuration with one rule for each of the conditions.
pub(crate) fn configuration_of(conditions: Vec<Json>) -> Json {
    let points = |i: usize| 1 + i64::try_from(i % 7).unwrap();
    let rules = conditions.into_iter().enumerate();
    let rules: Vec<Json> =
        rules.map(|(i, when)| json!({"id": format!("r{i}"), "points": points(i), "when": when})).collect();
    let model = json!({"id": "conditions", "version": 1, "fit": {"groups": [{"id": "all", "rules": rules}]}});
    json!({"custom": custom_fields(), "lead_score": model})
}

fn model(draw: Draw, at: Instant, rules: &[usize], there: &[usize]) -> Json {
    let mut shape = draw.part("shape", 0);
    // A model reads some of the fields only, so that its rules meet.
    let mut field = || {
        let some: [usize; 4] = std::array::from_fn(|_| shape.below(FIELDS.len()));
        some.into_iter().find(|field| there.contains(field)).unwrap_or(some[0])
    };
    let fields: Vec<usize> = (0..=draw.part("fields", 0).below(FIELDS.len())).map(|_| field()).collect();
    let groups = 1 + shape.below(6);
    let mut filled: Vec<Vec<Json>> = vec![Vec::new(); groups];
    for place in rules {
        let mut one = draw.part("rule", *place);
        let group = one.below(groups);
        filled[group].push(rule(draw, &mut one, &fields, at, *place));
    }
    let zero =
        |r: &Json| r["points"] == 0 || r["ranges"].as_array().is_some_and(|l| l.iter().all(|r| r["points"] == 0));
    if filled.iter().flatten().all(zero)
        && let Some(first) = filled.iter_mut().flatten().next()
    {
        *first = json!({"id": first["id"], "points": 2, "when": {"field": "size", "op": "is_null"}});
    }
    let mut sections = [Vec::new(), Vec::new()];
    for (place, rules) in filled.into_iter().enumerate() {
        let mut one = draw.part("group", place);
        let section = one.below(2);
        if !rules.is_empty() {
            sections[section].push(group(&mut one, place, rules));
        }
    }
    finish(draw, &fields, at, sections)
}

/// The model around its groups.
fn finish(draw: Draw, fields: &[usize], at: Instant, sections: [Vec<Json>; 2]) -> Json {
    let mut draw = draw.part("finish", 0);
    let mut model = Map::new();
    model.insert("id".into(), "random".into());
    model.insert("version".into(), 7.into());
    model.insert("zone".into(), draw.one(&["UTC", "Europe/Paris"]).into());
    let both = sections.iter().all(|s| !s.is_empty());
    let mut spans = Vec::new();
    for (name, groups) in ["fit", "engagement"].into_iter().zip(sections) {
        let span = limits(&mut draw);
        let mut section = span_json(span);
        if draw.chance(40) {
            let (days, points) = (draw.copy(&[1, 7, 30, 36_500]), draw.copy(&[1, 5, 20, 1_000_000]));
            section.insert("idle".into(), json!({"every_days": days, "points": points}));
        }
        spans.push(span);
        if !groups.is_empty() {
            section.insert("groups".into(), groups.into());
            model.insert(name.into(), section.into());
        }
    }
    let total = limits(&mut draw);
    if total != (None, None) || draw.chance(20) {
        model.insert("total".into(), span_json(total).into());
    }
    let bands = steps(&mut draw, total).into_iter().enumerate();
    let bands: Vec<Json> =
        bands.map(|(i, from)| labelled(json!({"id": format!("band {i}"), "from": from}), i)).collect();
    model.insert("bands".into(), bands.into());
    if both && draw.chance(60) {
        let mut marks = |key: &str, span| -> Vec<Json> {
            let letters = ["A", "B", "C", "D", "E"].into_iter();
            let steps = steps(&mut draw, span).into_iter().zip(letters);
            steps.map(|(from, mark)| json!({key: mark, "from": from})).collect()
        };
        let (letters, digits) = (marks("letter", spans[0]), marks("digit", spans[1]));
        if !letters.is_empty() && !digits.is_empty() {
            model.insert("grade".into(), json!({"fit": letters, "engagement": digits}));
        }
    }
    if draw.chance(30) {
        let criteria = (0..=draw.below(3)).map(|i| {
            let thirds = 1 + draw.below(12);
            json!({"id": format!("c{i}"), "thirds": thirds, "when": condition(&mut draw, fields, at, 2)})
        });
        let criteria: Vec<Json> = criteria.collect();
        let start = draw.one(&["F", "C", "A+"]);
        model
            .insert("profile".into(), json!({"start": start, "lower_on_false": draw.chance(50), "criteria": criteria}));
    }
    model.into()
}

type Limits = (Option<i64>, Option<i64>);

fn limits(draw: &mut Draw) -> Limits {
    let (a, b) = (draw.copy(LIMITS), draw.copy(LIMITS));
    (draw.chance(40).then_some(a.min(b)), draw.chance(40).then_some(a.max(b)))
}

fn span_json((min, max): Limits) -> Map<String, Json> {
    let mut map = Map::new();
    map.extend(min.map(|min| ("min".to_owned(), min.into())));
    map.extend(max.map(|max| ("max".to_owned(), max.into())));
    map
}

/// Thresholds from high to low that some value within the limits meets.
fn steps(draw: &mut Draw, (min, max): Limits) -> Vec<i64> {
    let mut all: Vec<i64> = (0..draw.below(5)).map(|_| draw.copy(LIMITS)).collect();
    all.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
    all.dedup();
    all.retain(|n| max.is_none_or(|max| *n <= max));
    let covered = all.iter().position(|n| min.is_some_and(|min| *n <= min));
    all.truncate(covered.map_or(all.len(), |place| place + 1));
    all
}

fn labelled(mut json: Json, place: usize) -> Json {
    if place % 2 == 1 {
        json["labels"] = json!({"en": format!("The {place}th \"one\""), "fr": format!("L’élément {place}")});
    }
    json
}

fn group(draw: &mut Draw, place: usize, rules: Vec<Json>) -> Json {
    let points = |r: &Json| -> Vec<i64> {
        let ranges = r["ranges"].as_array().into_iter().flatten();
        r["points"].as_i64().into_iter().chain(ranges.filter_map(|r| r["points"].as_i64())).collect()
    };
    let points: Vec<i64> = rules.iter().flat_map(points).collect();
    let (min, max) = limits(draw);
    // The loader refuses limits that no rule can move the group within.
    let stuck = min.is_some() && min == max
        || max.is_some_and(|max| max <= 0) && points.iter().all(|p| *p >= 0)
        || min.is_some_and(|min| min >= 0) && points.iter().all(|p| *p <= 0);
    let mut group = if stuck { Map::new() } else { span_json((min, max)) };
    group.insert("id".into(), format!("{} {place}", draw.one(STEMS)).into());
    if draw.chance(20) {
        group.insert("counts".into(), false.into());
    }
    group.insert("rules".into(), rules.into());
    labelled(group.into(), place)
}

fn rule(model: Draw, draw: &mut Draw, fields: &[usize], at: Instant, place: usize) -> Json {
    let mut rule = json!({"id": format!("{} {place}", draw.one(STEMS)), "points": draw.copy(POINTS)});
    let depth = if draw.chance(3) { 16 } else { draw.below(4) };
    // Some rules have a condition, or a part of one, in common.
    let mut common = model.part("common", draw.below(4));
    let mut when = match draw.below(10) {
        0 | 1 => condition(&mut common, fields, at, 2),
        2 => json!({"any": [condition(&mut common, fields, at, 2), condition(draw, fields, at, 1)]}),
        _ => condition(draw, fields, at, depth.min(4)),
    };
    for _ in 4..depth {
        when = json!({"not": when});
    }
    if draw.chance(15) {
        event(draw, &mut rule);
        if draw.chance(50) {
            rule["when"] = when;
        }
    } else {
        rule["when"] = when;
        if draw.chance(5) {
            rule["per"] = "record".into();
        }
    }
    labelled(rule, draw.below(4))
}

/// Makes a rule about the record one about events.
fn event(draw: &mut Draw, rule: &mut Json) {
    rule["event"] = (0..=draw.below(2)).map(|i| EVENTS[i]).collect();
    if draw.chance(40) {
        rule["window_days"] = draw.copy(&[1, 30, 36_500]).into();
    }
    if draw.chance(40) {
        let points = draw.copy(POINTS);
        rule["ranges"] = json!([{"min": 1, "max": 4, "points": draw.copy(POINTS)}, {"min": 5, "points": points}]);
        rule.as_object_mut().unwrap().remove("points");
        return;
    }
    match draw.below(4) {
        0 => rule["once"] = true.into(),
        1 => rule["daily_cap"] = 10.into(),
        2 => rule["per"] = "day".into(),
        _ => {}
    }
    let decays = [json!({"percent": 25, "every_days": 7}), json!({"percent": 50, "every_months": 1})];
    match draw.below(4) {
        0 => rule["decay"] = json!({"half_life_days": 30}),
        place @ (1 | 2) => rule["decay"] = decays[place - 1].clone(),
        _ => {}
    }
}
