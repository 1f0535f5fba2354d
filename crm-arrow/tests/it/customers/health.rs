//! The health of a row is that of its facts as JSON.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array as _, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use chrono::DateTime;
use crm_arrow::{HealthOptions, health_batches};
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{cut, decimals, integers, lists, place_and_problem, texts};
use crate::{AT, batch};

/// 2026-11-22T09:00:00Z.
const NOW: i64 = 1_795_338_000_000_000;
const DAY: i64 = 86_400_000_000;

fn rules() -> Rules {
    let nps = json!({"code": "nps", "weight": 20, "source": "measurement.nps", "points": [[-100, 0], [0, 50], [50, 100]],
        "half_life_days": 60, "max_age_days": 365, "missing": {"neutral": 50}});
    let tickets =
        json!({"code": "tickets", "weight": "12.5", "source": "tickets_open", "steps": [[0, 100], [1, 40], [3, 0]]});
    let late = json!({"code": "late", "weight": 30, "source": "payment_overdue_days", "points": [[0, 100], [30, 0]],
        "missing": "worst"});
    let bands = json!([{"code": "red", "from": 0}, {"code": "green", "from": 60}]);
    let cap = json!({"code": "unpaid", "when": {"field": "payment_overdue_amount", "op": "gt",
        "value": {"amount": "100.00", "currency": "EUR"}}, "max_score": 40});
    Rules::from_json(&json!({"health": {"zone": "Europe/Paris", "models": [
        {"id": "large", "version": 2, "when": {"field": "size", "op": "ge", "value": 250}, "min_coverage_bp": 3000,
         "measures": [nps, tickets, late], "bands": bands, "caps": [cap]},
        {"id": "small", "version": 1, "when": {"field": "size", "op": "lt", "value": 50}, "measures": [tickets],
         "bands": bands}]}}))
    .unwrap()
}

#[derive(Clone, Debug)]
struct Customer {
    size: Option<i64>,
    nps: Option<i64>,
    days: Option<i64>,
    tickets: Option<i32>,
    late: Option<i64>,
    cents: Option<i64>,
}

fn customer() -> impl Strategy<Value = Customer> {
    let of = |range: std::ops::Range<i64>| prop::option::weighted(0.8, range);
    (of(0..400), of(-100..101), of(0..400), prop::option::weighted(0.8, 0..6i32), of(0..60), of(0..30_000))
        .prop_map(|(size, nps, days, tickets, late, cents)| Customer { size, nps, days, tickets, late, cents })
}

fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn table(customers: &[Customer]) -> RecordBatch {
    let numbers = |of: fn(&Customer) -> Option<i64>| Arc::new(customers.iter().map(of).collect::<Int64Array>());
    let since = customers.iter().map(|c| c.days.map(|days| NOW - days * DAY));
    let since = TimestampMicrosecondArray::from_iter(since).with_timezone("UTC");
    batch(vec![
        ("size", numbers(|c| c.size) as ArrayRef),
        ("NPS", numbers(|c| c.nps)),
        ("measurement.nps_as_of", Arc::new(since)),
        ("tickets_open", Arc::new(customers.iter().map(|c| c.tickets).collect::<Int32Array>())),
        ("payment_overdue_days", numbers(|c| c.late)),
        ("payment_overdue_amount", Arc::new(customers.iter().map(|c| c.cents.map(euros)).collect::<StringArray>())),
    ])
}

fn expected(customer: &Customer, model: Option<&str>, rules: &Rules) -> Json {
    let mut facts = Map::new();
    if let Some(nps) = customer.nps {
        let mut fact = json!({"value": nps});
        let at = customer.days.and_then(|days| DateTime::from_timestamp_micros(NOW - days * DAY));
        at.map(|at| fact["as_of"] = format_instant(at).into());
        facts.insert("measurement.nps".into(), fact);
    }
    customer.tickets.map(|n| facts.insert("tickets_open".into(), n.into()));
    customer.late.map(|n| facts.insert("payment_overdue_days".into(), n.into()));
    let money = |cents| json!({"amount": euros(cents), "currency": "EUR"});
    customer.cents.map(|cents| facts.insert("payment_overdue_amount".into(), money(cents)));
    let mut ask = json!({"op": "score", "at": AT, "facts": facts, "lang": "fr"});
    match model {
        Some(model) => ask["model"] = model.into(),
        None => ask["account"] = customer.size.map_or(json!({}), |size| json!({"size": size})),
    }
    rules.eval("health", &ask).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_row_is_as_well_as_its_facts(
        customers in prop::collection::vec(customer(), 1..12),
        model in prop::sample::select(vec![None, Some("large"), Some("small")]),
        (places, threads) in (prop::collection::vec(0..12usize, 0..3), 1..4usize),
    ) {
        let rules = rules();
        let mut asked = json!({"at": AT, "lang": "fr", "map": {"NPS": "measurement.nps"}, "currency": "EUR", "threads": threads});
        model.map(|model| asked["model"] = model.into());
        let whole = table(&customers);
        let options = HealthOptions::from_json(&asked, &rules).unwrap();
        let found = health_batches(&whole.schema(), &cut(&whole, &places), &rules, &options).unwrap();
        let (scores, bands, coverage) = (decimals(&found, "score"), texts(&found, "band"), integers(&found, "coverage_bp"));
        let (codes, said) = (lists(&found, "reason_codes"), lists(&found, "reasons"));
        let points: Vec<Vec<i64>> = found.batches.iter().flat_map(|batch| {
            let lists = batch.column_by_name("reason_points_centi").unwrap().as_list::<i32>();
            (0..lists.len()).map(|row| lists.value(row).as_primitive::<Int64Type>().values().to_vec()).collect::<Vec<_>>()
        }).collect();
        let changes: Vec<Option<i64>> = found.batches.iter().flat_map(|batch| {
            batch.column_by_name("next_change_at").unwrap().as_primitive::<TimestampMicrosecondType>().iter().collect::<Vec<_>>()
        }).collect();
        for (row, customer) in customers.iter().enumerate() {
            let told = expected(customer, model, &rules);
            let text = |key: &str| told[key].as_str().map(str::to_owned);
            if told["none"].is_object() {
                prop_assert_eq!((&scores[row], &bands[row]), (&None, &None));
                prop_assert_eq!(&codes[row], &[told["none"]["code"].as_str().unwrap().to_owned()]);
                continue;
            }
            prop_assert_eq!((&scores[row], &bands[row]), (&text("score"), &text("band")));
            prop_assert_eq!(coverage[row], told["coverage_bp"].as_i64());
            let reasons = told["reasons"].as_array().unwrap();
            let of = |key: &str| reasons.iter().map(|r| r[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(&codes[row], &of("code"));
            prop_assert_eq!(&said[row], &of("text"));
            let change = changes[row].map(|micros| format_instant(DateTime::from_timestamp_micros(micros).unwrap()));
            prop_assert_eq!(change, text("next_change_at"));
            if let Some(score) = &scores[row] {
                let centi: i64 = score.replace('.', "").parse().unwrap();
                prop_assert_eq!(points[row].iter().sum::<i64>(), centi);
            }
        }
    }
}

#[test]
fn cells_and_tables_that_cannot_be_read_say_so() {
    let rules = rules();
    let asked = json!({"at": AT, "model": "small"});
    let options = HealthOptions::from_json(&asked, &rules).unwrap();
    let ask = |columns: Vec<(&str, ArrayRef)>| {
        let whole = batch(columns);
        health_batches(&whole.schema(), &[whole.clone()], &rules, &options)
    };
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let found = ask(vec![("tickets_open", text(vec!["2", "some"]))]).unwrap();
    assert_eq!(lists(&found, "diagnostics")[1].len(), 1);
    assert_eq!(texts(&found, "band"), [Some("red".to_owned()), Some("unknown".to_owned())]);
    assert_eq!(found.answer["bands"], json!({"red": 1, "unknown": 1}));
    let flags = Arc::new(arrow_array::BooleanArray::from(vec![true])) as ArrayRef;
    assert_eq!(place_and_problem(&ask(vec![("tickets_open", flags)]).unwrap_err()), "tickets_open ArrowType");
    assert_eq!(place_and_problem(&ask(vec![("tickets", text(vec!["2"]))]).unwrap_err()), " NoMappedColumn");
    for (options, expected) in [
        (json!({"model": "small"}), " Missing"),
        (json!({"at": AT, "model": "smal"}), "model Rules"),
        (json!({"at": AT, "model": {"id": "x"}}), "model.models[0] Missing"),
        (json!({"at": AT, "models": []}), " UnknownOption"),
    ] {
        let error = HealthOptions::from_json(&options, &rules).unwrap_err();
        assert_eq!(place_and_problem(&error), expected, "{options}");
    }
}
