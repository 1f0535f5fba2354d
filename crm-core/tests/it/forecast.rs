//! Forecasts: golden cases with numbers worked out by hand, and what is refused.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("half of a hundred thousand in June and July, all of it in August", "/periods/0/open/weighted", r#""50000.00""#),
    ("half of a hundred thousand in June and July, all of it in August", "/periods/1/open/weighted", r#""50000.00""#),
    ("half of a hundred thousand in June and July, all of it in August", "/periods/2/open/weighted", r#""100000.00""#),
    ("half of a hundred thousand in June and July, all of it in August", "/total/open/weighted", r#""200000.00""#),
    // 100 * 99 % + 200 * 0 %; the mean of the probabilities would give 148.50.
    ("the sum of products, not the product of means", "/total/total/weighted", r#""99.00""#),
    ("won counts in full, lost not at all (fr)", "/total/total/amount", r#""1500.00""#),
    ("won counts in full, lost not at all (fr)", "/total/total/weighted", r#""1250.00""#),
    ("won counts in full, lost not at all (fr)", "/total/categories/omitted/amount", r#""700.00""#),
    // By hand: a is commit, c stays closed, d stays omitted, e is omitted; f keeps its stage's category.
    (
        "the hand's category wins over the stage's, but not over won and lost (en)",
        "/total/categories/commit/amount",
        r#""300.00""#,
    ),
    (
        "the hand's category wins over the stage's, but not over won and lost (en)",
        "/total/categories/closed/amount",
        r#""300.00""#,
    ),
    (
        "the hand's category wins over the stage's, but not over won and lost (en)",
        "/total/categories/omitted/amount",
        r#""900.00""#,
    ),
    // 600 * 25 %, the deal's own probability.
    (
        "the hand's category wins over the stage's, but not over won and lost (en)",
        "/total/categories/pipeline/weighted",
        r#""150.00""#,
    ),
    (
        "the hand's category wins over the stage's, but not over won and lost (en)",
        "/periods/0/rows/0/reasons/0/text",
        r#""set to commit by hand (the stage says pipeline)""#,
    ),
    ("cumulative", "/total/cumulative/closed/amount", r#""50.00""#),
    ("cumulative", "/total/cumulative/commit/amount", r#""150.00""#),
    ("cumulative", "/total/cumulative/best_case/amount", r#""300.00""#),
    ("cumulative", "/total/cumulative/open_pipeline/amount", r#""450.00""#),
    ("cumulative", "/total/categories/commit/amount", r#""100.00""#),
    ("a manager's number, seen by the person", "/periods/0/nodes/1/adjusted/commit/value", r#""100.00""#),
    ("a manager's number, seen by the person", "/periods/0/nodes/0/adjusted/total", r#""150.00""#),
    ("a manager's number, seen by the manager", "/periods/0/nodes/1/adjusted/commit/value", r#""120.00""#),
    ("a manager's number, seen by the manager", "/periods/0/nodes/0/adjusted/total", r#""170.00""#),
    ("a manager's number, seen by the manager", "/periods/0/nodes/1/categories/commit/amount", r#""100.00""#),
    ("the deals moved under an adjustment (en)", "/periods/0/nodes/1/adjusted/commit/value", r#""120.00""#),
    ("the deals moved under an adjustment (en)", "/periods/0/nodes/1/adjusted/commit/rollup", r#""80.00""#),
    ("the deals moved under an adjustment (en)", "/periods/0/nodes/1/adjusted/commit/drift", r#""-20.00""#),
    ("the deals moved under an adjustment (en)", "/periods/0/nodes/1/adjusted/commit/stale", "true"),
    ("a manager's layer is above a later own one", "/periods/0/nodes/1/adjusted/commit/value", r#""120.00""#),
    ("the manager's layer was taken back", "/periods/0/nodes/1/adjusted/commit/value", r#""90.00""#),
    ("before it was taken back", "/periods/0/nodes/1/adjusted/commit/value", r#""120.00""#),
    (
        "of one layer the latest counts, one in another currency does not",
        "/periods/0/nodes/1/adjusted/commit/value",
        r#""130.00""#,
    ),
    (
        "of one layer the latest counts, one in another currency does not",
        "/diagnostics/0/field",
        r#""adjustments[2].amount""#,
    ),
    // 139 + 142 + 0.01; the third has no rate yet.
    ("the close date's rate, until the day before the next", "/total/total/amount", r#""281.01""#),
    (
        "the close date's rate, until the day before the next",
        "/excluded/0/text",
        r#""no rate from USD to AUD on or before 2026-09-30""#,
    ),
    ("the close date's rate, until the day before the next", "/excluded_amounts/USD/amount", r#""100.00""#),
    ("the other direction is an inverse, never a chain (fr)", "/total/total/amount", r#""100.00""#),
    ("the other direction is an inverse, never a chain (fr)", "/excluded/0/id", r#""e""#),
    ("the day of creation's rate", "/total/total/amount", r#""139.00""#),
    ("the day of creation's rate", "/excluded/0/code", r#""no_date_for_rate""#),
    ("today's rate", "/undated/total/amount", r#""142.00""#),
    // (31 * 1.39 + 61 * 1.42) / 92 = 1.40989...
    ("the mean rate of the period", "/total/total/amount", r#""140.99""#),
    // 0.30525 -> 0.31, 0.32375 -> 0.32, 1000 / 160 = 6.25, 0.07; 0.70 * 33.33 % + 3.125.
    ("each deal is rounded", "/total/total/amount", r#""6.95""#),
    ("each deal is rounded", "/total/total/weighted_exact", r#""3.358310""#),
    // (0.30525 + 0.32375 + 0.07) * 33.33 % + 3.125.
    ("nothing is rounded before the total", "/total/total/amount_exact", r#""6.94900000000000""#),
    ("nothing is rounded before the total", "/total/total/weighted_exact", r#""3.357976700000000000""#),
    ("nothing is rounded before the total", "/excluded/0/code", r#""inexact_rate""#),
    // anne: 1000 + marie (100.01 + zoe (100.01 + 0.01 + 33.33 + 70)) + paul (10 + 33.33); luc and nobody are roots.
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/0/total/amount", r#""1346.69""#),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/0/own/total/amount", r#""1000.00""#),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/1/user", r#""marie""#),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/1/total/amount", r#""303.36""#),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/4/listed", "false"),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/4/total/amount", r#""33.34""#),
    ("a tree with a split deal, a stranger and nobody (en)", "/periods/0/nodes/4/total/count", "0"),
    ("a tree with a split deal, a stranger and nobody (en)", "/total/total/count", "8"),
    // Two rows of 33.333333 print as 33.34 and 33.33, whose sum is 66.67.
    ("the rep view of the same", "/total/categories/commit/weighted", r#""66.67""#),
    ("the rep view of the same", "/periods/0/rows/1/weighted", r#""33.34""#),
    ("the rep view of the same", "/periods/0/rows/2/weighted", r#""33.33""#),
    ("with the reports of one", "/filtered", "3"),
    ("one owner's share of a split deal counts the deal once", "/total/total/count", "1"),
    ("one owner's share of a split deal counts the deal once", "/total/total/amount", r#""33.34""#),
    ("only commit and closed", "/total/total/amount", r#""270.02""#),
    ("one pipeline", "/total/total/weighted", r#""25.00""#),
    ("undated, before, after, and the end of all dates", "/total/total/amount", r#""5.00""#),
    ("undated, before, after, and the end of all dates", "/undated/total/amount", r#""100.00""#),
    ("undated, before, after, and the end of all dates", "/outside", r#"{"after":2,"before":1}"#),
    ("what is wrong with a deal excludes that deal (en)", "/total/total/amount", r#""0.01""#),
    ("what is wrong with a deal excludes that deal (en)", "/excluded/0/field", r#""probability_bp""#),
    ("what is wrong with a deal excludes that deal (en)", "/excluded/13/sum_bp", "9999"),
    ("unknown pipelines and stages (fr)", "/excluded/2/code", r#""missing_stage""#),
    // 66 weekdays in the quarter without two holidays (the third is a Sunday); 600.00 / 28 = 21.428...
    (
        "quotas, met, thin and tiled (en)",
        "/periods/0/nodes/1/pacing/business_days",
        r#"{"all":64,"elapsed":36,"left":28}"#,
    ),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/1/pacing/attainment_bp", "4000"),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/1/pacing/coverage_bp", "20000"),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/1/pacing/each_day", r#""21.43""#),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/1/pacing/expected", r#""562.50""#),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/3/pacing/quota", r#""300.00""#),
    ("quotas, met, thin and tiled (en)", "/periods/0/nodes/3/pacing/status", r#""met""#),
    ("quotas, met, thin and tiled (en)", "/periods/0/pacing/gap", r#""1100.00""#),
    ("enough is open", "/periods/0/nodes/1/pacing/status", r#""covered""#),
    ("the period is over", "/periods/0/nodes/1/pacing/each_day", "null"),
    ("the period has not begun", "/periods/0/pacing/expected", r#""0.00""#),
    ("how often commit was won", "/periods/0/calibrated/commit/amount", r#""200.00""#),
    // 0.2^2 + 0.8^2 + 0.1^2 + 0.1^2 + 0 = 0.7, over five.
    ("how often commit was won", "/calibration/brier/bp", "1400"),
    (
        "many deals: the largest are told, the others added up (en)",
        "/periods/0/reasons/pipeline/3/amount",
        r#""15.00""#,
    ),
    ("fiscal periods of weeks (fr)", "/periods/0/period/text", r#""exercice 2027, P1""#),
    ("a fiscal quarter (en)", "/periods/0/period/text", r#""FY2027 Q2""#),
    // Four halves of a cent are two cents, of which one period has none.
    ("cents of quarters and categories add up", "/total/total/weighted", r#""0.02""#),
    ("nothing at all", "/total/total/weighted", r#""0.00""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("forecast", NUMBERS);
}

#[test]
fn fiscal_years_and_periods_hold() {
    golden::holds(
        "fiscal",
        &[
            ("September, called by its start", "/year/year", "2008"),
            ("September, called by its start", "/year/start", r#""2008-09-01""#),
            ("September, called by its start", "/year/end", r#""2009-09-01""#),
            ("September, called by its end", "/year/year", "2009"),
            ("the civil year (en)", "/month/text", r#""November 2026""#),
            ("the civil year (fr)", "/month/text", r#""novembre 2026""#),
            ("the civil year (en)", "/quarter/text", r#""Q4 2026""#),
            ("the civil year (fr)", "/quarter/text", r#""T4 2026""#),
            ("September, in words (en)", "/quarter/text", r#""FY2027 Q1""#),
            ("September, in words (fr)", "/quarter/text", r#""exercice 2027, T1""#),
            ("the day before a fiscal year", "/year/year", "2026"),
            ("four, four, five weeks from Monday (fr)", "/month/start", r#""2026-10-26""#),
            ("the retail calendar's 53rd week", "/month/end", r#""2024-02-04""#),
            ("thirteen periods of four weeks", "/month/number", "13"),
            ("months of a window (fr)", "/window", r#"{"from":"2026-11-01","to":"2027-02-01"}"#),
            ("quarters of a fiscal window (en)", "/periods/3/text", r#""FY2027 Q4""#),
            ("the last year has no end", "/year", "null"),
        ],
    );
}

#[test]
fn fair_parts_hold() {
    golden::holds(
        "allocate",
        &[
            ("a euro in halves, thirds and sixths", "/shares", "[33,50,17]"),
            ("the odd unit goes to the first of equals", "/shares", "[5000,4999]"),
            ("fractions of ninety", "/shares", "[3333,2222,4445]"),
            ("less than the parts", "/shares", "[1,0,1,0]"),
            ("thirds as fractions", "/shares", "[3333,6667]"),
            ("fractions of different denominators", "/shares", "[4615,5385]"),
            ("a debt mirrors its amount", "/shares", "[-4,-1]"),
            ("a weight of zero gets nothing", "/shares", "[0,4,1]"),
            ("decimals as JSON numbers", "/shares", "[3,5,2]"),
            ("hundredths", "/shares", "[70,30]"),
            ("long decimals as text", "/shares/7", "60954"),
            ("long decimals as JSON numbers", "/shares/0", "61565"),
            ("yen have no minor unit", "/amounts", r#"["34","33","33"]"#),
            ("dinars have three digits", "/amounts", r#"["-0.334","-0.333","-0.333"]"#),
        ],
    );
}

fn question() -> Json {
    json!({
        "deals": [{"id": "a", "owner": "rep", "value": {"amount": "1.00", "currency": "EUR"}, "probability_bp": 5000,
            "close_date": "2026-12-01"}],
        "owners": [{"user": "boss"}, {"user": "rep", "manager": "boss"}],
        "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.9"}],
        "currency": "EUR", "as_of": "2026-11-22",
        "periods": {"unit": "month", "from": "2026-11-01", "to": "2027-01-01"},
        "filters": {"owners": ["rep"]}, "view": "manager",
        "adjustments": [{"owner": "rep", "layer": "own", "period_start": "2026-11-01", "period_end": "2026-12-01",
            "category": "commit", "amount": {"amount": "1.00", "currency": "EUR"}}],
        "quotas": [{"owner": "rep", "period_start": "2026-11-01", "period_end": "2026-12-01",
            "amount": {"amount": "1.00", "currency": "EUR"}}],
        "history": [{"owner": "rep", "category": "commit", "probability_bp": 1, "won": true}],
        "lang": "fr"
    })
}

/// The good question with another value in one place (`null` takes it away), and what is said about it.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("/deals", "null", "missing", ""),
    ("/deals/0/id", "null", "missing", "deals[0]"),
    ("/deals/0/id", "7", "invalid_value", "deals[0].id"),
    ("/deals/0/amount", "7", "unknown_field", "deals[0]"),
    ("/deals/1", r#"{"id": "a"}"#, "invalid_rules", "deals[1].id"),
    ("/owners/2", r#"{"user": "rep"}"#, "invalid_rules", "owners[2].user"),
    ("/owners/1/manager", r#""bos""#, "invalid_rules", "owners[1].manager"),
    ("/owners/0/manager", r#""rep""#, "invalid_value", "owners[0].manager"),
    ("/owners/0/manager", r#""boss""#, "invalid_value", "owners[0].manager"),
    ("/rates/0/rate", r#""0""#, "invalid_value", "rates[0].rate"),
    ("/rates/0/rate", "0.9", "invalid_value", "rates[0].rate"),
    (
        "/rates/1",
        r#"{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.91"}"#,
        "invalid_rules",
        "rates[1]",
    ),
    ("/currency", r#""EURO""#, "invalid_value", "currency"),
    ("/currency", "null", "missing", ""),
    ("/as_of", "null", "missing", ""),
    ("/as_of", r#""today""#, "invalid_value", "as_of"),
    ("/periods", "null", "missing", ""),
    ("/periods/to", r#""2026-11-01""#, "invalid_rules", "periods.to"),
    ("/periods/to", r#""9999-12-31""#, "too_large", "periods"),
    ("/periods/unit", r#""week""#, "invalid_value", "periods.unit"),
    ("/filters/owner", r#""rep""#, "unknown_field", "filters"),
    ("/filters/categories", r#"["sure"]"#, "invalid_value", "filters.categories[0]"),
    ("/view", r#""team""#, "invalid_value", "view"),
    ("/presentation", r#""both""#, "invalid_value", "presentation"),
    ("/rounding", r#""bankers""#, "invalid_value", "rounding"),
    ("/adjustments/0/layer", r#""peer""#, "invalid_value", "adjustments[0].layer"),
    ("/adjustments/0/category", r#""omitted""#, "invalid_value", "adjustments[0].category"),
    ("/adjustments/0/period_end", r#""2026-11-01""#, "invalid_rules", "adjustments[0].period_end"),
    ("/quotas/0/amount/amount", r#""-1.00""#, "invalid_value", "quotas[0].amount"),
    ("/history/0/probability_bp", "10001", "invalid_value", "history[0].probability_bp"),
    ("/history/0/won", "1", "invalid_value", "history[0].won"),
    ("/lang", r#""de""#, "invalid_value", "lang"),
    ("/viewers", r#""rep""#, "unknown_field", ""),
];

/// Puts a value in a place of a document; `null` takes the place away.
fn put(document: &mut Json, pointer: &str, value: Json) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Json::Array(list) if key.parse::<usize>().unwrap() == list.len() => list.push(value),
        Json::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => {
            other.as_object_mut().unwrap().insert(key.into(), value);
        }
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let rules = Rules::default();
    rules.eval("forecast", &question()).unwrap();
    for (pointer, value, code, field) in REFUSED {
        let mut asked = question();
        put(&mut asked, pointer, serde_json::from_str(value).unwrap());
        let error = rules.eval("forecast", &asked).expect_err(pointer);
        assert_eq!((error.code().name(), error.field().unwrap_or_default()), (*code, *field), "{pointer}: {error}");
    }
}

#[test]
fn a_cycle_names_its_people() {
    let mut asked = question();
    asked["owners"] = json!([{"user": "zoe", "manager": "anne"}, {"user": "anne", "manager": "luc"},
        {"user": "luc", "manager": "marie"}, {"user": "marie", "manager": "anne"}]);
    let error = Rules::default().eval("forecast", &asked).unwrap_err();
    let text = error.text(crm_core::Lang::English);
    assert!(["anne", "luc", "marie"].iter().all(|user| text.contains(user)) && !text.contains("zoe"), "{text}");
    assert_eq!(error.field(), Some("owners[0].manager"));
}

#[test]
fn sums_that_leave_all_bounds_are_refused() {
    // 10^17 cents at 10^5 for one, in 10^-12 and basis points: about 10^38. Two leave 128 bits.
    let deal = |i: usize| {
        json!({"id": i.to_string(), "value": {"amount": "999999999999999.99", "currency": "USD"},
            "probability_bp": 10000, "close_date": "2026-12-01"})
    };
    let mut asked = question();
    asked["rates"] = json!([{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "100000"}]);
    asked["filters"] = json!({});
    asked["rounding"] = "never".into();
    asked["deals"] = (0..2).map(deal).collect();
    let error = Rules::default().eval("forecast", &asked).unwrap_err();
    assert_eq!(*error.problem(), crm_core::Problem::AmountTooLarge);
    // Rounded, the same fits.
    asked["rounding"] = "each_deal".into();
    let answer = Rules::default().eval("forecast", &asked).unwrap();
    assert_eq!(answer["total"]["total"]["amount"], "199999999999999998000.00");
    // One deal that no conversion can hold is excluded alone.
    asked["rates"][0]["rate"] = "1000000000".into();
    asked["rounding"] = "never".into();
    let answer = Rules::default().eval("forecast", &asked).unwrap();
    assert_eq!(
        (&answer["excluded"][0]["code"], &answer["excluded"][1]["code"]),
        (&"amount_too_large".into(), &"amount_too_large".into())
    );
}

#[test]
fn a_configuration_that_cannot_hold_is_refused() {
    let refused: &[(Json, &str, &str)] = &[
        (json!({"currency": "EURO"}), "invalid_value", "forecast.currency"),
        (json!({"fiscal": {"first_month": 13}}), "invalid_value", "forecast.fiscal.first_month"),
        (json!({"fiscal": {"first_month": -1}}), "invalid_value", "forecast.fiscal.first_month"),
        (json!({"fiscal": {"layout": "4-4-4"}}), "invalid_value", "forecast.fiscal.layout"),
        (json!({"fiscal": {"first_day": "monday"}}), "invalid_rules", "forecast.fiscal"),
        (json!({"rounding": "never", "rate_basis": "period_average"}), "invalid_rules", "forecast.rounding"),
        (json!({"rate_basis": "spot"}), "invalid_value", "forecast.rate_basis"),
        (json!({"stale_drift_bp": -1}), "invalid_value", "forecast.stale_drift_bp"),
        (json!({"reasons": 101}), "invalid_value", "forecast.reasons"),
        (json!({"holidays": ["2026-02-30"]}), "invalid_value", "forecast.holidays[0]"),
        (json!({"coverage": 3}), "unknown_field", "forecast"),
    ];
    for (forecast, code, field) in refused {
        let error = Rules::from_json(&json!({"forecast": forecast})).map(|_| ()).expect_err(field);
        assert_eq!((error.code().name(), error.field().unwrap_or_default()), (*code, *field), "{error}");
    }
}

#[test]
fn an_amount_that_cannot_be_divided_is_refused() {
    let refused: &[(Json, &str, &str)] = &[
        (json!({"amount_minor": 5000, "weights": [0, 0, 0]}), "invalid_rules", "weights"),
        (json!({"amount_minor": 5000, "weights": []}), "invalid_rules", "weights"),
        (json!({"amount_minor": 5000, "weights": [1, -1]}), "invalid_value", "weights[1]"),
        (json!({"amount_minor": 5000, "weights": ["1/0"]}), "invalid_value", "weights[0]"),
        (json!({"amount_minor": 5000, "weights": ["1/-2"]}), "invalid_value", "weights[0]"),
        (json!({"amount_minor": 5000, "weights": ["1e3"]}), "invalid_value", "weights[0]"),
        (json!({"amount_minor": 5000, "weights": [true]}), "invalid_value", "weights[0]"),
        (
            json!({"amount_minor": 1, "weights": ["1/99999999999999999999999999999989", "1/99999999999999999999999999999997"]}),
            "invalid_value",
            "weights",
        ),
        (json!({"amount_minor": 1.5, "weights": [1]}), "invalid_value", "amount_minor"),
        (json!({"amount": "1.005", "currency": "EUR", "weights": [1]}), "invalid_value", "amount"),
        (json!({"amount": "1.00", "weights": [1]}), "missing", ""),
        (json!({"weights": [1]}), "missing", ""),
        (json!({"amount_minor": 1}), "missing", ""),
        (json!({"amount_minor": 1, "amount": "1.00", "currency": "EUR", "weights": [1]}), "invalid_json", ""),
    ];
    for (asked, code, field) in refused {
        match Rules::default().eval("allocate", asked) {
            Err(error) => {
                assert_eq!(
                    (error.code().name(), error.field().unwrap_or_default()),
                    (*code, *field),
                    "{asked}: {error}"
                );
            }
            Ok(answer) => panic!("{asked} gave {answer}"),
        }
    }
}
