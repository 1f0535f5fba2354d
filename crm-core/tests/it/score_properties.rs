//! The lead score on random models and leads, against [`super::score_oracle`] and against itself.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use crm_core::kernel::predicate::Predicate;
use crm_core::kernel::time::parse_instant;
use crm_core::rules::lead_score::model::{
    CountRange, Decay, Every, Group, Idle, Limits, Per, Rule, ScoreModel, SectionModel,
};
use crm_core::rules::lead_score::{Event, LeadScorer, Score, eval_json};
use crm_core::{Fact, Facts, Instant, Schema};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::score_golden::schema;
use super::score_oracle::{Found, Oracle};

const KINDS: [&str; 3] = ["call", "page_view", "form"];

/// A lead of three fields.
#[derive(Clone, Debug)]
struct Few {
    size: Option<i64>,
    seen: Option<Instant>,
    places: [usize; 2],
}

impl Facts for Few {
    fn fact(&self, field: usize) -> Fact<'_> {
        match self.places.iter().position(|p| *p == field) {
            Some(0) => self.size.map_or(Fact::Unknown, Fact::Integer),
            Some(1) => self.seen.map_or(Fact::Unknown, Fact::Instant),
            _ => Fact::Unknown,
        }
    }
}

#[derive(Clone, Debug)]
struct Own {
    id: Option<String>,
    kind: &'static str,
    at: Instant,
}

fn borrowed(events: &[Own]) -> Vec<Event<'_>> {
    events.iter().map(|e| Event { id: e.id.as_deref(), kind: e.kind, at: e.at }).collect()
}

/// Instants around the change of clocks, on and beside the hour.
fn instants(days: std::ops::Range<i64>) -> impl Strategy<Value = Instant> {
    let base = parse_instant("2026-10-25T00:00:00Z").unwrap();
    (days.start * 8..days.end * 8, prop_oneof![Just(0), Just(-1), Just(1)]).prop_map(move |(eighths, micros)| {
        base + TimeDelta::try_hours(eighths * 3).unwrap() + TimeDelta::microseconds(micros)
    })
}

fn events(most: usize) -> impl Strategy<Value = Vec<Own>> {
    let one = (prop::option::weighted(0.8, 0..30_u8), prop::sample::select(&KINDS[..]), instants(-40..20));
    prop::collection::vec(one.prop_map(|(id, kind, at)| Own { id: id.map(|i| i.to_string()), kind, at }), 0..most)
}

fn leads() -> impl Strategy<Value = Few> {
    let schema = schema();
    let places = ["size", "last_activity_at"].map(|f| schema.position(f).unwrap());
    let seen = prop::option::of(instants(-40..20));
    (prop::option::of(0..30_i64), seen).prop_map(move |(size, seen)| Few { size, seen, places })
}

fn limits() -> impl Strategy<Value = Limits> {
    (prop::option::of(-40..0_i64), prop::option::of(1..60_i64)).prop_map(|(min, max)| Limits { min, max })
}

fn conditions() -> impl Strategy<Value = Predicate> {
    let size = (0..30_i64).prop_map(|n| json!({"field": "size", "op": "ge", "value": n}));
    let within = (1..30_i64).prop_map(|n| json!({"field": "last_activity_at", "op": "within_days", "value": n}));
    let next = (1..30_i64).prop_map(|n| json!({"field": "last_activity_at", "op": "next_days", "value": n}));
    let test = prop_oneof![size, within, next, Just(json!({"field": "size", "op": "is_known"}))];
    let tree = prop_oneof![
        3 => test.clone(),
        1 => test.clone().prop_map(|t| json!({"not": t})),
        1 => (test.clone(), test.clone()).prop_map(|(a, b)| json!({"any": [a, b]})),
        1 => (test.clone(), test).prop_map(|(a, b)| json!({"all": [a, b]})),
    ];
    tree.prop_map(|json| Predicate::from_json(&json).unwrap())
}

fn decays() -> impl Strategy<Value = Decay> {
    let percent = |every| (1..=99_i64).prop_map(move |percent| Decay::Percent { percent, every });
    prop_oneof![
        (5..20_i64).prop_flat_map(move |d| percent(Every::Days(d))),
        (1..3_i64).prop_flat_map(move |m| percent(Every::Months(m))),
        (1..40_i64).prop_map(|days| Decay::HalfLife { days }),
    ]
}

/// Rules; with `rising`, only such as more events never lower.
fn rules(rising: bool) -> impl Strategy<Value = Rule> {
    let least = if rising { 0 } else { -20 };
    let points = least..=20_i64;
    let record = (points.clone(), conditions()).prop_map(|(points, when)| Rule {
        points: Some(points),
        when: Some(when),
        ..Rule::default()
    });
    let kinds = prop::sample::subsequence(&KINDS[..], 1..=2);
    let window = prop::option::of(1..40_i64);
    let shape = prop_oneof![3 => Just((None, false, None)), 1 => Just((Some(Per::Day), false, None)),
        1 => Just((None, true, None)), 2 => (1..50_i64).prop_map(|cap| (None, false, Some(cap)))];
    let event = (
        points.clone(),
        kinds.clone(),
        window.clone(),
        shape,
        prop::option::of(decays()),
        prop::option::weighted(0.2, conditions()),
    )
        .prop_map(|(points, kinds, window_days, (per, once, daily_cap), decay, when)| Rule {
            points: Some(points),
            events: kinds.into_iter().map(Into::into).collect(),
            when,
            per,
            once,
            daily_cap,
            window_days,
            decay,
            ..Rule::default()
        });
    let ranges = (kinds, window, prop::collection::vec(points, 1..4), prop::option::of(Just(Per::Day))).prop_map(
        move |(kinds, window_days, mut steps, per)| {
            if rising {
                steps.sort_unstable();
            }
            let last = steps.len() - 1;
            let range = |(i, points): (usize, &i64)| {
                let min = 1 + 2 * i64::try_from(i).unwrap();
                CountRange { min, max: (i < last).then_some(min + 1), points: *points }
            };
            let ranges = steps.iter().enumerate().map(range).collect();
            let events = kinds.into_iter().map(Into::into).collect();
            Rule { events, ranges, per, window_days, ..Rule::default() }
        },
    );
    prop_oneof![1 => record, 2 => event, 1 => ranges]
}

fn sections(rising: bool) -> impl Strategy<Value = SectionModel> {
    let group = (limits(), prop::bool::weighted(0.8), prop::collection::vec(rules(rising), 1..4))
        .prop_map(|(limits, counts, rules)| Group { id: String::new(), labels: None, limits, counts, rules });
    let idle = (1..20_i64, 1..10_i64).prop_map(|(every_days, points)| Idle { every_days, points });
    (limits(), prop::collection::vec(group, 1..3), prop::option::weighted(0.4, idle))
        .prop_map(|(limits, groups, idle)| SectionModel { limits, groups, idle })
}

fn models(rising: bool) -> impl Strategy<Value = ScoreModel> {
    let zone = prop::sample::select(vec!["UTC", "Europe/Paris", "Asia/Kathmandu", "Asia/Beirut"]);
    (sections(rising), prop::option::of(sections(rising)), limits(), zone).prop_filter_map(
        "a model that the checks refuse",
        |(fit, engagement, total, zone)| {
            let mut model = ScoreModel {
                id: "random".into(),
                version: 1,
                zone: zone.into(),
                fit: Some(fit),
                engagement,
                total,
                bands: Vec::new(),
                grade: None,
                profile: None,
            };
            let mut ids = 0;
            for group in [&mut model.fit, &mut model.engagement].into_iter().flatten().flat_map(|s| &mut s.groups) {
                ids += 1;
                group.id = format!("g{ids}");
                for rule in &mut group.rules {
                    ids += 1;
                    rule.id = format!("r{ids}");
                }
            }
            LeadScorer::new(&model, &schema()).is_ok().then_some(model)
        },
    )
}

struct World {
    schema: Schema,
    scorer: LeadScorer,
}

fn world(model: &ScoreModel) -> World {
    let schema = schema();
    let scorer = LeadScorer::new(model, &schema).unwrap();
    World { schema, scorer }
}

/// The score without its instant, and without what counts events rather than points.
fn timeless(score: &Score) -> Json {
    let mut json = score.to_json(None);
    json.as_object_mut().unwrap().retain(|k, _| !matches!(k.as_str(), "at" | "duplicate_events" | "next_change_at"));
    json
}

fn milli(reasons: &Json) -> i64 {
    reasons.as_array().unwrap().iter().map(|r| r["points_milli"].as_i64().unwrap()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_slow_way_gives_the_same_score(
        model in models(false), lead in leads(), events in events(24), at in instants(-10..15),
    ) {
        let World { schema, scorer } = world(&model);
        let events = borrowed(&events);
        let score = scorer.score(&lead, &events, at);
        let zone = model.zone.parse().unwrap();
        let found = Oracle { schema: &schema, facts: &lead, events: &events, at, zone }.score(&model);
        let raw = score.groups().map(|(_, _, g)| i128::from(g.raw_milli)).collect();
        prop_assert_eq!(found, Found { score: score.score(), raw });
        prop_assert_eq!(ScoreModel::from_json(&model.to_json()).unwrap(), model);
    }

    #[test]
    fn the_lines_sum_to_what_is_shown(
        model in models(false), lead in leads(), events in events(24), at in instants(-10..15),
    ) {
        let scorer = world(&model).scorer;
        let score = scorer.score(&lead, &borrowed(&events), at);
        let json = score.to_json(None);
        prop_assert_eq!(milli(&json["reasons"]), score.score() * 1000);
        prop_assert_eq!(score.lines().iter().map(|l| l.points().milli()).sum::<i64>(), score.score() * 1000);
        prop_assert_eq!(score.reasons().len(), score.lines().len());
        let mut by_group: BTreeMap<&str, i64> = BTreeMap::new();
        for reason in json["reasons"].as_array().unwrap() {
            if let Some(group) = reason["group"].as_str() {
                *by_group.entry(group).or_default() += reason["points_milli"].as_i64().unwrap();
            }
        }
        for group in json["groups"].as_array().unwrap() {
            let shown = match group["counts"].as_bool().unwrap() {
                true => by_group.get(group["id"].as_str().unwrap()).copied().unwrap_or(0),
                false => milli(&group["reasons"]),
            };
            prop_assert_eq!(Json::from(shown), group["milli"].clone());
        }
        prop_assert!(score.known_bp() <= 10_000);
        let bare = scorer.score_bare(&lead, &borrowed(&events), at);
        let points = |s: &Score| s.lines().iter().map(|l| l.points()).collect::<Vec<_>>();
        prop_assert_eq!((points(&bare), bare.next_change_at()), (points(&score), score.next_change_at()));
    }

    #[test]
    fn one_more_event_of_a_positive_rule_never_lowers(
        model in models(true), lead in leads(), events in events(24), kind in prop::sample::select(&KINDS[..]),
        when in instants(-40..15), at in instants(-10..15),
    ) {
        let scorer = world(&model).scorer;
        let before = scorer.score(&lead, &borrowed(&events), at);
        let mut more = events;
        more.push(Own { id: Some("one more".into()), kind, at: when });
        let after = scorer.score(&lead, &borrowed(&more), at);
        for ((id, _, b), (_, _, a)) in before.groups().zip(after.groups()) {
            prop_assert!(a.raw_milli >= b.raw_milli, "{}: {} after {}", id, a.raw_milli, b.raw_milli);
        }
        // A first event may also be the first sign of how long the lead has been idle.
        let idle = [&model.fit, &model.engagement].into_iter().flatten().any(|s| s.idle.is_some());
        if !idle || lead.seen.is_some_and(|t| t <= at) {
            prop_assert!(after.score() >= before.score());
        }
    }

    #[test]
    fn order_and_copies_change_nothing(
        model in models(false), lead in leads(), mut events in events(24), at in instants(-10..15), cut in 0..24_usize,
        seed in any::<prop::sample::Index>(),
    ) {
        let scorer = world(&model).scorer;
        let first = scorer.score(&lead, &borrowed(&events), at);
        let reversed: Vec<Own> = events.iter().rev().cloned().collect();
        prop_assert_eq!(first.to_json(None), scorer.score(&lead, &borrowed(&reversed), at).to_json(None));
        if !events.is_empty() {
            let by = seed.index(events.len());
            events.rotate_left(by);
        }
        prop_assert_eq!(first.to_json(None), scorer.score(&lead, &borrowed(&events), at).to_json(None));

        // Two ledgers that overlap, merged: the score of the union. Events with ids only: others are never the same.
        events.retain(|e| e.id.is_some());
        let whole = scorer.score(&lead, &borrowed(&events), at);
        let cut = cut.min(events.len());
        let merged = [&events[..cut], &events[cut / 2..]].concat();
        let both = scorer.score(&lead, &borrowed(&merged), at);
        prop_assert_eq!(timeless(&whole), timeless(&both));
        let copies = u64::try_from(merged.len() - events.len()).unwrap();
        prop_assert_eq!(both.duplicate_events(), whole.duplicate_events() + copies);
    }

    #[test]
    fn nothing_changes_before_the_next_change(
        model in models(false), lead in leads(), events in events(16), at in instants(-10..15), part in 0..1000_i32,
    ) {
        let scorer = world(&model).scorer;
        let events = borrowed(&events);
        let score = scorer.score(&lead, &events, at);
        let next = score.next_change_at();
        prop_assert!(next.is_none_or(|n| n > at));
        let end = next.map_or(at + TimeDelta::try_days(4000).unwrap(), |n| n - TimeDelta::microseconds(1));
        for later in [end, at + (end - at) / 1000 * part] {
            let then = scorer.score(&lead, &events, later);
            prop_assert_eq!(timeless(&score), timeless(&then));
            prop_assert_eq!(next, then.next_change_at());
        }
    }
}

/// Any JSON of a little depth, with the model's own keys now and then.
fn any_json() -> impl Strategy<Value = Json> {
    let key = prop_oneof![
        prop::sample::select(vec![
            "id", "at", "lead", "events", "kind", "lang", "min", "max", "points", "rules", "groups"
        ]),
        Just("x"),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-3..3_i64).prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
        Just(json!("2026-11-22T09:00:00Z")),
        Just(json!(1.5)),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|m| Json::Object(m.into_iter().collect())),
        ]
    })
}

/// Puts something else in the `n`th place of a document, if it has so many.
fn replace(json: &mut Json, n: &mut usize, by: &Json) -> bool {
    if *n == 0 {
        *json = by.clone();
        return true;
    }
    *n -= 1;
    match json {
        Json::Array(list) => list.iter_mut().any(|item| replace(item, n, by)),
        Json::Object(map) => map.values_mut().any(|value| replace(value, n, by)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_answered(input in any_json(), place in 0..900_usize, by in any_json()) {
        let standard = ScoreModel::standard().unwrap();
        let World { schema, scorer } = world(&standard);
        let _ = eval_json(&scorer, &schema, &input);
        let _ = ScoreModel::from_json(&input);
        let mut broken = standard.to_json();
        replace(&mut broken, &mut { place }, &by);
        if let Ok(model) = ScoreModel::from_json(&broken) {
            prop_assert_eq!(ScoreModel::from_json(&model.to_json()).unwrap(), model.clone());
            if let Ok(scorer) = LeadScorer::new(&model, &schema) {
                let lead = json!({"lead": {"company": "X", "size": 12}, "at": "2026-11-22T09:00:00Z", "lang": "fr"});
                prop_assert!(eval_json(&scorer, &schema, &lead).is_ok());
            }
        }
    }

    #[test]
    fn any_lead_is_answered(mut input in Just(json!({
        "lead": {"company": "X", "size": 12, "last_activity_at": "2026-11-20T00:00:00Z", "custom": {},
            "revenue": {"amount": "12.50", "currency": "EUR"}, "tags": ["a"]},
        "events": [{"id": "1", "kind": "page_view", "at": "2026-11-20T00:00:00Z"}, {"kind": "demo_requested", "at": "2026-11-21T00:00:00Z"}],
        "at": "2026-11-22T09:00:00Z", "lang": "en"})), place in 0..30_usize, by in any_json()) {
        let World { schema, scorer } = world(&ScoreModel::standard().unwrap());
        replace(&mut input, &mut { place }, &by);
        if let Ok(result) = eval_json(&scorer, &schema, &input) {
            prop_assert_eq!(milli(&result["reasons"]), result["score"].as_i64().unwrap() * 1000);
        }
    }
}

#[test]
fn the_largest_model_and_ledger_stay_in_range() {
    let rule = |i: usize| json!({"id": format!("r{i}"), "points": 1_000_000, "event": "form", "decay": {"percent": 1, "every_months": 1}});
    let rules: Vec<Json> = (0..20).map(rule).collect();
    let model =
        json!({"id": "m", "version": 1, "zone": "Europe/Paris", "fit": {"groups": [{"id": "g", "rules": rules}]}});
    let scorer = world(&ScoreModel::from_json(&model).unwrap()).scorer;
    let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
    let lead = Few { size: None, seen: None, places: [0, 1] };
    let events = vec![Event { id: None, kind: "form", at }; 100_000];
    assert_eq!(scorer.score(&lead, &events, at).score(), 2_000_000_000_000);
    // Instants at the ends of what chrono has.
    let ends = [Instant::MIN_UTC, parse_instant("1900-01-01T00:00:00Z").unwrap(), at, Instant::MAX_UTC];
    let events = ends.map(|at| Event { id: None, kind: "form", at });
    for at in ends {
        let _ =
            scorer.score(&Few { seen: Some(at), ..lead.clone() }, &events, at).to_json(Some(crm_core::Lang::French));
    }
}
