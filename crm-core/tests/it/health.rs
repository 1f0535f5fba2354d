//! Health: its golden cases, what a model cannot mean, properties against a slow and obvious sum.

use std::sync::LazyLock;

use crm_core::kernel::health_reason::HealthReason as R;
use crm_core::kernel::number::Number as Decimal;
use crm_core::kernel::reason::{Labels, Name, Reason};
use crm_core::rules::Rules;
use crm_core::{Lang, lang};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const LARGE: &str = "a large account: dated values, an age, a mean";
const OLD: &str = "an old NPS counts as configured, no logins as the worst; a cap holds (fr)";
const MOVED: &str = "a score changed, one appeared, one went";
const HAPPENED: &str = "bands against what happened";

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    // (50 x 80 + 30 x 60) / 80 = 72.5, of 100 weights 80 are known.
    ("a measure that nobody knows is left out, and the coverage says so", "/score", r#""72.50""#),
    ("a measure that nobody knows is left out, and the coverage says so", "/score_exact", r#""145/2""#),
    ("a measure that nobody knows is left out, and the coverage says so", "/coverage", r#""4/5""#),
    ("a measure that nobody knows is left out, and the coverage says so", "/coverage_bp", "8000"),
    ("a measure that nobody knows is left out, and the coverage says so", "/measures/1/points", r#""22.50""#),
    // (30 x 80 + 10 x 60) / 40, and everything that weighs is known.
    ("a measure without weight is only shown", "/score", r#""75.00""#),
    ("a measure without weight is only shown", "/coverage_bp", "10000"),
    ("a measure without weight is only shown", "/measures/0/points", r#""0.00""#),
    ("a measure without weight is only shown", "/measures/0/score", r#""5""#),
    ("no measure has a weight", "/score", "null"),
    ("no measure has a weight", "/band", r#""unknown""#),
    // 16 + 18 + 4 + 14 + 20.
    ("five weights of twenty, thirty, ten", "/score", r#""72.00""#),
    ("five weights of twenty, thirty, ten", "/band", r#""yellow""#),
    ("too little is known: no score, and no band", "/score", "null"),
    ("too little is known: no score, and no band", "/uncapped", r#""72.50""#),
    ("too little is known: no score, and no band", "/band", r#""unknown""#),
    (
        "too little is known: no score, and no band",
        "/reasons/3/text",
        "\"seulement 80\u{a0}% des poids sont connus, alors qu’il en faut 80,01\u{a0}%\"",
    ),
    ("nothing is known", "/score", "null"),
    ("nothing is known", "/coverage", r#""0""#),
    // 299.99 / 3 = 99.996..., shown as 100.00: 33.33 + 33.33 + 33.33 and one hundredth to the largest remainder.
    ("three thirds are shown so that they add up", "/score", r#""100.00""#),
    ("three thirds are shown so that they add up", "/measures/0/points", r#""33.34""#),
    ("three thirds are shown so that they add up", "/measures/2/points", r#""33.33""#),
    // (0.5 x 72.125 + 1.5 x 33.5) / 2 = 86.3125 / 2.
    ("decimal weights and scores", "/score_exact", r#""1381/32""#),
    ("decimal weights and scores", "/score", r#""43.16""#),
    ("of two caps the lower one counts (fr)", "/score", r#""40.00""#),
    ("of two caps the lower one counts (fr)", "/uncapped", r#""80.00""#),
    ("of two caps the lower one counts (fr)", "/band", r#""red""#),
    ("of two caps the lower one counts (fr)", "/caps/0/points", r#""0.00""#),
    ("of two caps the lower one counts (fr)", "/caps/1/points", r#""-40.00""#),
    ("of two caps the lower one counts (fr)", "/reasons/3/text", "\"Impayé\u{a0}: score limité à 40 (-40)\""),
    ("the band of 0", "/band", r#""red""#),
    ("the band of 50", "/band", r#""red""#),
    ("the band of 50.01", "/band", r#""yellow""#),
    ("the band of 75", "/band", r#""yellow""#),
    ("the band of 76", "/band", r#""green""#),
    ("the band of 100", "/band", r#""green""#),
    ("the band of 100.5", "/band", "null"),
    ("the band of -1", "/band", "null"),
    ("the band of what is not known", "/band", r#""unknown""#),
    ("ranges in any order, with a gap: in the gap there is no band", "/band", "null"),
    ("a range given as an object (fr)", "/band_text", "\"Hors de danger\""),
    ("the standard bands", "/band_text", "\"Jaune\""),
    // 4000+1800+300 of 90 = 67.78; 3000+1800+300 of 80 = 63.75. Weights are as before: no part of their own.
    (MOVED, "/from", r#""67.78""#),
    (MOVED, "/to", r#""63.75""#),
    (MOVED, "/change", r#""-4.03""#),
    (MOVED, "/reasons/0/code", r#""health_measure_appeared""#),
    (MOVED, "/reasons/1/code", r#""health_measure_gone""#),
    // From 60 x 30 / 90 to nothing.
    (MOVED, "/reasons/1/points", r#""-20.00""#),
    (MOVED, "/reasons/2/code", r#""health_share_changed""#),
    (MOVED, "/reasons/3/code", r#""health_measure_changed""#),
    ("other weights, with the same scores", "/change", r#""6.00""#),
    ("other weights, with the same scores", "/reasons/0/code", r#""health_weights_changed""#),
    ("other weights, with the same scores", "/reasons/0/points", r#""6.00""#),
    // Up by 5 from usage, and 35 taken off by the cap.
    ("a cap came", "/change", r#""-30.00""#),
    ("a cap came", "/reasons/0/points", r#""5.00""#),
    ("a cap came", "/reasons/1/code", r#""health_caps_changed""#),
    ("a cap came", "/reasons/1/points", r#""-35.00""#),
    ("enough is known now", "/reasons/0/code", r#""health_became_known""#),
    ("enough is known now", "/change", "null"),
    ("thirds of a change", "/change", r#""1.00""#),
    ("thirds of a change", "/reasons/0/points", r#""0.34""#),
    ("thirds of a change", "/reasons/2/points", r#""0.33""#),
    // Of 9 pairs with a score: 90 beats 60, 20, 85; 80 beats 60 and 20; 60 beats 20 and ties: 6.5.
    (HAPPENED, "/auc", r#""13/18""#),
    (HAPPENED, "/pairs", "9"),
    (HAPPENED, "/without_score", "1"),
    (HAPPENED, "/without_outcome", "1"),
    (HAPPENED, "/bands/0/n", "1"),
    (HAPPENED, "/bands/1/rates/renewed", r#""1/2""#),
    (HAPPENED, "/bands/2/rates/renewed", r#""2/3""#),
    (HAPPENED, "/bands/3/band", r#""unknown""#),
    ("one outcome only: nothing to separate", "/auc", "null"),
    // NPS 25 is 75 of 100, at half its weight after 180 days: 10 x 75. One breach in 60 days: 30 x 40. 15 of 60 days
    // late: 40.5 x 75. Logins 7.75 on average: 9.5 x 38.75. In all 5355.625 / 90.
    (LARGE, "/measures/0/counted_weight", r#""10""#),
    (LARGE, "/measures/1/value", r#""1""#),
    (LARGE, "/measures/3/value", r#""7.75""#),
    (LARGE, "/score_exact", r#""8569/144""#),
    (LARGE, "/score", r#""59.51""#),
    (LARGE, "/band", r#""red""#),
    (LARGE, "/coverage_bp", "10000"),
    // The next thing that time changes: the day's end in Paris.
    (LARGE, "/next_change_at", r#""2026-11-22T23:00:00Z""#),
    // (20 x 50 + 30 x 40 + 0 + 0) / 100 = 22; known are 70.5 of 100.
    (OLD, "/score", r#""22.00""#),
    (OLD, "/coverage_bp", "7050"),
    (OLD, "/measures/0/state", r#""neutral""#),
    (OLD, "/measures/0/stale", "true"),
    (OLD, "/measures/3/state", r#""worst""#),
    (OLD, "/caps/0/points", r#""0.00""#),
    (OLD, "/reasons/0/text", "\"NPS\u{a0}: valeur trop ancienne, d’où 10 points sur 20 par défaut\""),
    ("a small account has the other model", "/score", r#""70.00""#),
    ("a small account has the other model", "/model", r#""others 1""#),
    ("a small account has the other model", "/would_help/0/gain", r#""30.00""#),
    // 500 + 600 + 200 + 1500 + 500 + 600 + 1200 + 900 + 350 + 800 = 7150 of 85; the late urgent ticket caps it at 60.
    ("the standard model, knowing everything but the usage (fr)", "/uncapped", r#""84.12""#),
    ("the standard model, knowing everything but the usage (fr)", "/score_exact", r#""60""#),
    ("the standard model, knowing everything but the usage (fr)", "/score", r#""60.00""#),
    ("the standard model, knowing everything but the usage (fr)", "/coverage_bp", "8500"),
    ("the standard model, knowing everything but the usage (fr)", "/would_help/0/code", r#""health_without_cap""#),
    ("the standard model, knowing little (en)", "/band", r#""unknown""#),
    ("the standard model, knowing little (en)", "/coverage_bp", "1200"),
    ("what a model says of itself (fr)", "/measures/2/share_bp", "4050"),
    ("backtest by facts", "/auc", r#""1""#),
    ("backtest by facts", "/without_score", "1"),
];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("health", NUMBERS);
}

fn model(change: impl FnOnce(&mut Json)) -> Json {
    let mut model = json!({"models": [{"id": "ours", "version": 1, "min_coverage_bp": 5000,
        "measures": [{"code": "a", "weight": 10, "source": "tickets_open", "points": [[0, 100], [5, 0]]},
            {"code": "b", "weight": 10, "source": "sla_breaches"}],
        "bands": [{"code": "red", "from": 0}, {"code": "green", "from": 50}],
        "caps": [{"code": "c", "when": {"field": "tickets_open", "op": "gt", "value": 3}, "max_score": 40}]}]});
    change(&mut model);
    json!({"health": model})
}

#[test]
fn what_a_model_cannot_mean_is_refused_with_its_place() {
    assert!(Rules::from_json(&model(|_| ())).is_ok());
    let long: String = "x".repeat(201);
    let many: Vec<Json> =
        (0..101).map(|i| json!({"code": format!("m{i}"), "weight": 1, "source": "contacts"})).collect();
    let cases: &[(&str, Json, &str, &str)] = &[
        ("/models/0/measures/0/weight", json!(0), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!(-1), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!(1_000_001), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!("NaN"), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!("1e3"), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!("0.0000001"), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/weight", json!([1]), "invalid_value", "health.models[0].measures[0].weight"),
        ("/models/0/measures/0/source", json!("tickets"), "unknown_field", "health.models[0].measures[0].source"),
        ("/models/0/measures/0/source", json!("measurement."), "unknown_field", "health.models[0].measures[0].source"),
        (
            "/models/0/measures/0/source",
            json!("payment_overdue_amount"),
            "invalid_rules",
            "health.models[0].measures[0].source",
        ),
        (
            "/models/0/measures/0/points",
            json!([[5, 0], [5, 10]]),
            "invalid_rules",
            "health.models[0].measures[0].points[1]",
        ),
        (
            "/models/0/measures/0/points",
            json!([[0, 101]]),
            "invalid_value",
            "health.models[0].measures[0].points[0][1]",
        ),
        ("/models/0/measures/0/points", json!([[0]]), "invalid_json", "health.models[0].measures[0].points[0]"),
        ("/models/0/measures/0/points", json!([]), "invalid_rules", "health.models[0].measures[0].points"),
        ("/models/0/measures/0/steps", json!([[0, 1]]), "invalid_rules", "health.models[0].measures[0].steps"),
        ("/models/0/measures/0/window_days", json!(9), "invalid_json", "health.models[0].measures[0].source"),
        ("/models/0/measures/1/window_days", json!(0), "invalid_value", "health.models[0].measures[1].window_days"),
        ("/models/0/measures/1/aggregate", json!("median"), "invalid_value", "health.models[0].measures[1].aggregate"),
        (
            "/models/0/measures/1/half_life_days",
            json!(0),
            "invalid_value",
            "health.models[0].measures[1].half_life_days",
        ),
        ("/models/0/measures/1/missing", json!("best"), "invalid_value", "health.models[0].measures[1].missing"),
        (
            "/models/0/measures/1/missing",
            json!({"neutral": 101}),
            "invalid_value",
            "health.models[0].measures[1].missing.neutral",
        ),
        ("/models/0/measures/1/code", json!("a"), "invalid_rules", "health.models[0].measures[1].code"),
        ("/models/0/measures/1/code", json!(""), "invalid_rules", "health.models[0].measures[1].code"),
        ("/models/0/measures/1/code", json!(long), "too_large", "health.models[0].measures[1].code"),
        ("/models/0/measures/1/surprise", json!(1), "unknown_field", "health.models[0].measures[1]"),
        ("/models/0/measures", json!([]), "invalid_rules", "health.models[0].measures"),
        ("/models/0/measures", json!(many), "too_large", "health.models[0].measures"),
        ("/models/0/min_coverage_bp", json!(10_001), "invalid_value", "health.models[0].min_coverage_bp"),
        ("/models/0/version", json!(0), "invalid_value", "health.models[0].version"),
        ("/models/0/caps/0/max_score", json!(101), "invalid_value", "health.models[0].caps[0].max_score"),
        ("/models/0/caps/0/max_score", json!("40.005"), "invalid_value", "health.models[0].caps[0].max_score"),
        ("/models/0/caps/0/when/field", json!("open"), "unknown_field", "health.models[0].caps[0].when.field"),
        ("/models/0/caps/0/when/value", json!("many"), "invalid_value", "health.models[0].caps[0].when.value"),
        ("/models/0/bands", json!([]), "invalid_rules", "health.models[0].bands"),
        ("/models/0/bands/0/from", json!(1), "invalid_value", "health.models[0].bands[0].from"),
        ("/models/0/bands/1/from", json!(0), "invalid_rules", "health.models[0].bands[1].from"),
        ("/models/0/bands/1/from", json!(100), "invalid_value", "health.models[0].bands[1].from"),
        ("/models/0/bands/1/code", json!("red"), "invalid_rules", "health.models[0].bands[1].code"),
        ("/models/0/bands/1/code", json!("unknown"), "invalid_rules", "health.models[0].bands[1].code"),
        (
            "/models/0/when",
            json!({"field": "siez", "op": "eq", "value": 1}),
            "unknown_field",
            "health.models[0].when.field",
        ),
        ("/models", json!([]), "invalid_rules", "health.models"),
        ("/zone", json!("Paris"), "invalid_value", "health.zone"),
    ];
    let mut wrong = Vec::new();
    for (pointer, value, code, path) in cases {
        let configuration = model(|model| {
            let (above, key) = pointer.rsplit_once('/').unwrap();
            let place = model.pointer_mut(above).unwrap();
            match key.parse::<usize>() {
                Ok(index) => place[index] = value.clone(),
                Err(_) => place[key] = value.clone(),
            }
        });
        let found = match Rules::from_json(&configuration) {
            Ok(_) => ("nothing".to_owned(), String::new()),
            Err(e) => (e.code().name().to_owned(), e.field().unwrap_or_default().to_owned()),
        };
        if found != ((*code).to_owned(), (*path).to_owned()) {
            wrong.push(format!("{pointer} = {value}: {found:?}, wanted {code} at {path}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_place() {
    let rules = Rules::default();
    let of = |input: Json| match rules.eval("health", &input) {
        Ok(answer) => panic!("{input}: {answer}"),
        Err(e) => (e.code().name().to_owned(), e.field().unwrap_or_default().to_owned()),
    };
    let is = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    assert_eq!(of(json!({})), is("missing", ""));
    assert_eq!(of(json!({"op": "guess"})), is("invalid_value", "op"));
    let measure = |weight: Json, score: Json| json!({"op": "score", "measures": [{"weight": weight, "score": score}]});
    assert_eq!(of(measure(json!(1), json!(100.5))), is("invalid_value", "measures[0].score"));
    assert_eq!(of(measure(json!(1), json!(-1))), is("invalid_value", "measures[0].score"));
    assert_eq!(of(measure(json!(1), json!("inf"))), is("invalid_value", "measures[0].score"));
    assert_eq!(of(measure(json!(-1), json!(1))), is("invalid_value", "measures[0].weight"));
    assert_eq!(of(measure(json!(true), json!(1))), is("invalid_value", "measures[0].weight"));
    let facts = |facts: Json| json!({"op": "score", "at": "2026-11-22T09:00:00Z", "facts": facts});
    assert_eq!(of(facts(json!({"ticket_open": 1}))), is("unknown_field", "facts.ticket_open"));
    assert_eq!(of(facts(json!({"tickets_open": "two"}))), is("invalid_value", "facts.tickets_open"));
    assert_eq!(of(facts(json!({"sla_breaches": [{"at": "soon"}]}))), is("invalid_value", "facts.sla_breaches[0].at"));
    let ranges = |ranges: Json| json!({"op": "band", "score": 1, "ranges": ranges});
    assert_eq!(of(ranges(json!([[50, 0, "red"]]))), is("invalid_rules", "ranges[0]"));
    assert_eq!(of(ranges(json!([[0, 50, "a"], [40, 60, "b"]]))), is("invalid_rules", "ranges[1]"));
    assert_eq!(of(ranges(json!([[0, 50, "a"], [50, 60, "a"]]))), is("invalid_rules", "ranges[1].code"));
    let rows = json!({"op": "backtest", "rows": [{"score": 1, "outcome": ""}]});
    assert_eq!(of(rows), is("invalid_rules", "rows[0].outcome"));
}

/// Weight in millionths, score in millionths where it is known.
type Measured = (i64, Option<i64>);

fn decimal(millionths: i64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn input(measures: &[(usize, Measured)], cap: Option<i64>) -> Json {
    let measures: Vec<Json> = measures
        .iter()
        .map(|(code, (weight, score))| {
            json!({"code": format!("m{code:02}"), "weight": decimal(*weight), "score": score.map(decimal)})
        })
        .collect();
    let caps: Vec<Json> = cap.iter().map(|cap| json!({"code": "cap", "max_score": decimal(cap * 10_000)})).collect();
    json!({"op": "score", "measures": measures, "caps": caps})
}

fn hundredths(text: &Json) -> i128 {
    text.as_str().unwrap().replace('.', "").parse().unwrap()
}

fn ask(input: Json) -> Json {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
    RULES.eval("health", &input).unwrap()
}

fn measures() -> impl Strategy<Value = Vec<(usize, Measured)>> {
    let score = prop_oneof![1 => Just(None), 4 => (0i64..=100_000_000).prop_map(Some), 2 => (0i64..=100).prop_map(|s| Some(s * 1_000_000))];
    let weight = prop_oneof![1i64..=1_000_000_000_000, (1i64..=100).prop_map(|w| w * 1_000_000)];
    prop::collection::btree_map(0usize..20, (weight, score), 1..12).prop_map(|map| map.into_iter().collect())
}

/// The score in hundredths, by the definition: half up, as no score is negative.
fn oracle(measures: &[(usize, Measured)]) -> Option<i128> {
    let known: Vec<(i128, i128)> =
        measures.iter().filter_map(|(_, (w, s))| Some((i128::from(*w), i128::from((*s)?)))).collect();
    let weights: i128 = known.iter().map(|(w, _)| w).sum();
    let sum: i128 = known.iter().map(|(w, s)| w * s).sum();
    (weights > 0).then(|| (2 * sum + weights * 10_000) / (2 * weights * 10_000))
}

proptest! {
    #[test]
    fn the_score_is_the_oracles_and_its_points_add_up(measures in measures(), cap in prop::option::of(0i64..=10_000)) {
        let answer = ask(input(&measures, cap));
        let uncapped = oracle(&measures);
        let wanted = uncapped.map(|score| cap.map_or(score, |cap| score.min(cap.into())));
        prop_assert_eq!((!answer["score"].is_null()).then(|| hundredths(&answer["score"])), wanted);
        let points = |key: &str| answer[key].as_array().unwrap().iter().map(|one| hundredths(&one["points"])).sum::<i128>();
        prop_assert_eq!(points("measures") + points("caps"), wanted.unwrap_or(0));
        let coverage = answer["coverage_bp"].as_i64().unwrap();
        prop_assert!((0..=10_000).contains(&coverage));
        prop_assert_eq!(coverage == 10_000 || measures.iter().any(|(_, (_, s))| s.is_none()), true);
    }

    #[test]
    fn the_order_of_measures_changes_nothing(measures in measures()) {
        let back: Vec<_> = measures.iter().rev().copied().collect();
        let (one, other) = (ask(input(&measures, None)), ask(input(&back, None)));
        prop_assert_eq!(&one["score_exact"], &other["score_exact"]);
        let mut turned = other["measures"].as_array().unwrap().clone();
        turned.reverse();
        prop_assert_eq!(one["measures"].as_array().unwrap(), &turned);
    }

    #[test]
    fn a_better_measure_never_lowers_the_score(measures in measures(), which in any::<prop::sample::Index>(), by in 0i64..=100_000_000,
        cap in prop::option::of(0i64..=10_000)) {
        let mut better = measures.clone();
        let place = which.index(better.len());
        let (_, (_, score)) = &mut better[place];
        prop_assume!(score.is_some());
        *score = score.map(|score| (score + by).min(100_000_000));
        let of = |measures: &[(usize, Measured)]| hundredths(&ask(input(measures, cap))["score"]);
        prop_assert!(of(&better) >= of(&measures));
    }

    #[test]
    fn a_change_is_the_sum_of_its_reasons(old in measures(), new in measures(), same in any::<bool>(),
        caps in (prop::option::of(0i64..=10_000), prop::option::of(0i64..=10_000))) {
        // Half of the time the weights stay, so that only scores change, appear and go.
        let weight_of = |code: usize| old.iter().find(|(c, _)| *c == code).map(|(_, (w, _))| *w);
        let new: Vec<_> = new.into_iter()
            .map(|(code, (w, s))| (code, (weight_of(code).filter(|_| same).unwrap_or(w), s))).collect();
        let side = |measures: &[(usize, Measured)], cap| { let mut side = input(measures, cap); side.as_object_mut().unwrap().remove("op"); side };
        let answer = ask(json!({"op": "delta", "from": side(&old, caps.0), "to": side(&new, caps.1)}));
        let reasons = answer["reasons"].as_array().unwrap();
        if answer["change"].is_null() {
            prop_assert!(reasons.iter().all(|reason| reason.get("points").is_none()));
        } else {
            let sum: i128 = reasons.iter().map(|reason| hundredths(&reason["points"])).sum();
            prop_assert_eq!(sum, hundredths(&answer["change"]), "{:#}", answer);
            prop_assert_eq!(sum, hundredths(&answer["to"]) - hundredths(&answer["from"]));
        }
    }

    #[test]
    fn each_part_of_a_change_is_within_a_hundredth(old in measures(), new in measures()) {
        let side = |measures: &[(usize, Measured)]| { let mut side = input(measures, None); side.as_object_mut().unwrap().remove("op"); side };
        // The same weights on both sides: each part is then c' - c, by the definition.
        let new: Vec<_> = old.iter().zip(new.iter().cycle()).map(|((code, (w, _)), (_, (_, s)))| (*code, (*w, *s))).collect();
        let answer = ask(json!({"op": "delta", "from": side(&old), "to": side(&new)}));
        prop_assume!(!answer["change"].is_null());
        let all = |side: &[(usize, Measured)]| side.iter().filter(|(_, (_, s))| s.is_some()).map(|(_, (w, _))| i128::from(*w)).sum::<i128>();
        for reason in answer["reasons"].as_array().unwrap() {
            if reason["code"] == "health_weights_changed" {
                prop_assert_eq!(hundredths(&reason["points"]), 0);
                continue;
            }
            let code: usize = reason["measure"].as_str().unwrap().trim_start_matches(char::is_alphabetic).parse().unwrap();
            let share = |side: &[(usize, Measured)]| side.iter().find(|(c, _)| *c == code)
                .map_or((0, 1), |(_, (w, s))| (i128::from(*w) * i128::from(s.unwrap_or(0)), (all(side) * 10_000).max(1)));
            // Shown in hundredths, it is less than one away from the exact fraction.
            let ((now, below), (then, under)) = (share(&new), share(&old));
            let (exact, whole) = (now * under - then * below, below * under);
            let shown = hundredths(&reason["points"]);
            prop_assert!((shown * whole - exact).abs() * 10_000 < 10_001 * whole, "{shown} {exact}/{whole} {answer:#}");
        }
    }

    #[test]
    fn separation_is_the_count_of_pairs(rows in prop::collection::vec((prop::option::of(0i64..6), any::<bool>()), 0..40)) {
        let given: Vec<Json> = rows.iter()
            .map(|(score, good)| json!({"score": score.map(|s| s * 15), "outcome": if *good { "renewed" } else { "churned" }})).collect();
        let answer = ask(json!({"op": "backtest", "rows": given}));
        let (mut twice, mut pairs) = (0u32, 0u32);
        for (one, _) in rows.iter().filter(|(_, good)| *good) {
            for (other, _) in rows.iter().filter(|(_, good)| !*good) {
                let (Some(one), Some(other)) = (one, other) else { continue };
                pairs += 1;
                twice += match one.cmp(other) { std::cmp::Ordering::Greater => 2, std::cmp::Ordering::Equal => 1, std::cmp::Ordering::Less => 0 };
            }
        }
        prop_assert_eq!(answer["pairs"].as_u64().unwrap(), u64::from(pairs));
        match answer["auc"].as_str() {
            None => prop_assert_eq!(pairs, 0),
            Some(auc) => {
                let (above, below) = auc.split_once('/').unwrap_or((auc, "1"));
                let (above, below): (u32, u32) = (above.parse().unwrap(), below.parse().unwrap());
                prop_assert_eq!(above * 2 * pairs, below * twice);
            }
        }
        let n: u64 = answer["bands"].as_array().unwrap().iter().map(|band| band["n"].as_u64().unwrap()).sum();
        prop_assert_eq!(n, u64::try_from(rows.len()).unwrap());
    }
}

/// Every reason in both languages: `~` is a no-break space.
#[test]
fn reasons_read_well() {
    let labels = || Labels { en: "Late payments".into(), fr: "Retards de paiement".into() };
    let name = || Name { id: "late".into(), labels: Some(labels()) };
    let value = Some(Decimal::parse("7.5").unwrap());
    let all: &[(R, &str, &str)] = &[
        (
            R::Measure { name: name(), points: 150, most: 1_000, value },
            "Late payments: 1.5 of 10 points (value 7.5)",
            "Retards de paiement~: 1,5 point sur 10 (valeur mesurée~: 7,5)",
        ),
        (
            R::Measure { name: name(), points: 200, most: 1_000, value: None },
            "Late payments: 2 of 10 points",
            "Retards de paiement~: 2 points sur 10",
        ),
        (
            R::NotKnown { name: name(), is_stale: true },
            "Late payments: the value is too old, so it is left out",
            "Retards de paiement~: valeur trop ancienne, donc sans effet sur le score",
        ),
        (
            R::MeasureGone { name: name(), from: 6_000, points: -2_000 },
            "Late payments: not known any more, was 60 (-20)",
            "Retards de paiement~: valeur inconnue désormais, 60 avant (-20)",
        ),
        (
            R::SameInputs,
            "nothing that it reads has changed since the last time",
            "rien de ce qui compte n’a changé depuis le dernier calcul",
        ),
        (R::NoModel, "no model is for this account", "aucun modèle ne s’applique à ce compte"),
        (
            R::ModelGone { score: 7_250 },
            "no model is for this account any more; it was 72.5",
            "plus aucun modèle ne s’applique à ce compte (score précédent~: 72,5)",
        ),
        (
            R::BecameUnknown { score: 7_250 },
            "too little is known now; it was 72.5",
            "les données ne suffisent plus (score précédent~: 72,5)",
        ),
        (
            R::WithoutCap { name: name(), score: 8_000, gain: 4_000 },
            "without “Late payments”: 80 (+40)",
            "sans «~Retards de paiement~»~: 80 (+40)",
        ),
    ];
    for (reason, english, french) in all {
        let reason = Reason::Health(reason.clone());
        assert_eq!(lang::reason(&reason, Lang::English), *english);
        assert_eq!(lang::reason(&reason, Lang::French).replace('\u{a0}', "~"), *french);
    }
}
