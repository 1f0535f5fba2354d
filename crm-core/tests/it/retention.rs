//! Retention: numbers worked out by hand, refusals.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("net 105 and gross 95 percent", "/nrr_bp", "10500"),
    ("net 105 and gross 95 percent", "/grr_bp", "9500"),
    ("net 105 and gross 95 percent", "/nrr", r#"{"denominator":"20","numerator":"21"}"#),
    ("net 111 percent", "/nrr_bp", "11100"),
    ("thirds", "/grr", r#"{"denominator":"3","numerator":"2"}"#),
    ("thirds", "/grr_bp", "6667"),
    ("nothing at the start", "/nrr_bp", "null"),
    ("everybody left", "/grr_bp", "0"),
    // 100 + 100 + 100 + 30 + 50 + 110 * 0.9.
    ("every way in which revenue moves", "/start", r#""479.00""#),
    ("every way in which revenue moves", "/buckets/new/amount", r#""20.00""#),
    ("every way in which revenue moves", "/buckets/reactivation/amount", r#""50.00""#),
    // 50 of who grows, 10 of who moves to another contract.
    ("every way in which revenue moves", "/buckets/expansion/amount", r#""60.00""#),
    ("every way in which revenue moves", "/buckets/contraction/amount", r#""60.00""#),
    ("every way in which revenue moves", "/buckets/churn/amount", r#""30.00""#),
    ("every way in which revenue moves", "/buckets/fx_loss/amount", r#""11.00""#),
    // 100 + 150 + 40 + 20 + 50 + 60 + 88.
    ("every way in which revenue moves", "/end", r#""508.00""#),
    ("every way in which revenue moves", "/unexplained", r#""0.00""#),
    // 449 / 479 and 389 / 479.
    ("every way in which revenue moves", "/nrr_bp", "9374"),
    ("every way in which revenue moves", "/grr_bp", "8121"),
    ("by contract a change of contract is a loss and a gain", "/buckets/churn/amount", r#""80.00""#),
    ("by contract a change of contract is a loss and a gain", "/buckets/new/amount", r#""130.00""#),
    ("no rate leaves the customer out", "/excluded/0/account", r#""dollars""#),
    ("no rate leaves the customer out", "/start", r#""380.00""#),
    ("nothing moves in a day", "/nrr_bp", "10000"),
    ("nothing moves in a day", "/grr_bp", "10000"),
    ("a pause is a loss", "/buckets/churn/amount", r#""5.00""#),
    ("its end is a return", "/buckets/reactivation/amount", r#""5.00""#),
];

#[test]
fn retention_worked_out_by_hand() {
    golden::holds("retention", NUMBERS);
}

#[test]
fn refusals_name_the_place() {
    let refused = |input: Json| {
        let error = Rules::default().eval("retention", &input).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or_default())
    };
    let rates = |key: &str, value: Json| {
        let mut input = json!({"op": "rates", "start_mrr": "100"});
        input[key] = value;
        refused(input)
    };
    assert_eq!(refused(json!({"op": "rates"})), "missing ");
    assert_eq!(refused(json!({"op": "nrr"})), "invalid_value op");
    assert_eq!(rates("churn", json!("-1")), "invalid_value churn");
    assert_eq!(rates("churn", json!("100.01")), "invalid_value churn");
    assert_eq!(rates("expansion", json!(0.5)), "invalid_value expansion");
    assert_eq!(rates("expansion", json!("1,5")), "invalid_value expansion");
    assert_eq!(rates("currency", json!("XXX")), "invalid_value currency");
    let movement = |key: &str, value: Json| {
        let mut input = json!({"op": "movement", "from": "2026-01-01", "to": "2026-02-01", "currency": "EUR"});
        input[key] = value;
        refused(input)
    };
    assert_eq!(movement("to", json!("2025-12-31")), "invalid_rules to");
    assert_eq!(movement("by", json!("product")), "invalid_value by");
    assert_eq!(movement("top", json!(-1)), "invalid_value top");
    assert_eq!(movement("subscriptions", json!([{"id": "x"}])), "missing subscriptions[0]");
}
