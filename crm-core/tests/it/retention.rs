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
    // Five of six stayed, and two came.
    ("every way in which revenue moves", "/customers", r#"{"end":7,"kept":5,"start":6}"#),
    ("every way in which revenue moves", "/logo_bp", "8333"),
    ("a pause is a loss", "/logo_bp", "0"),
    ("its end is a return", "/logo", "null"),
    // 100 + 50 + 80 + 40; 130 of a, 50 of b, 0 of c, 20 of d, 70 of e who was here once, 30 of f.
    ("customers whose revenue is known", "/start", r#""270.00""#),
    ("customers whose revenue is known", "/end", r#""300.00""#),
    ("customers whose revenue is known", "/buckets/expansion/amount", r#""30.00""#),
    ("customers whose revenue is known", "/buckets/contraction/amount", r#""20.00""#),
    ("customers whose revenue is known", "/buckets/churn/amount", r#""80.00""#),
    ("customers whose revenue is known", "/buckets/reactivation/amount", r#""70.00""#),
    ("customers whose revenue is known", "/buckets/new/amount", r#""30.00""#),
    ("customers whose revenue is known", "/unexplained", r#""0.00""#),
    // 200 and 170 of 270; 3 of 4.
    ("customers whose revenue is known", "/nrr_bp", "7407"),
    ("customers whose revenue is known", "/grr_bp", "6296"),
    ("customers whose revenue is known", "/logo_bp", "7500"),
    ("nobody was here before", "/nrr", "null"),
    ("nobody was here before", "/logo_bp", "null"),
    ("nobody was here before", "/buckets/new/amount", r#""12.50""#),
    // 110 dollars at 0.90 are 99.00 euros, 100 at 0.90 are 90.00; at 0.80 they are 80.00.
    ("dollars that fall, rows of one customer", "/start", r#""149.00""#),
    ("dollars that fall, rows of one customer", "/end", r#""130.00""#),
    ("dollars that fall, rows of one customer", "/buckets/contraction/amount", r#""9.00""#),
    ("dollars that fall, rows of one customer", "/buckets/fx_loss/amount", r#""10.00""#),
    // 140 of 149: what the rate took is nobody's loss.
    ("dollars that fall, rows of one customer", "/nrr_bp", "9396"),
    ("dollars that fall, rows of one customer", "/customers", r#"{"end":1,"kept":1,"start":1}"#),
    ("a free customer is none", "/customers", r#"{"end":1,"kept":0,"start":1}"#),
    ("a free customer is none", "/buckets/churn/amount", r#""10.00""#),
    ("a free customer is none", "/buckets/reactivation/amount", r#""15.00""#),
    ("95 of 100 customers", "/logo_bp", "9500"),
    ("revenue and customers", "/nrr_bp", "11000"),
    ("revenue and customers", "/logo", r#"{"denominator":"8","numerator":"7"}"#),
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
    // What is too much is told as it was written.
    let error = Rules::default().eval("retention", &json!({"op": "rates", "start_mrr": "100", "churn": "100.01"}));
    assert_eq!(error.unwrap_err().to_string(), "churn: `100.01` is out of range: expected a value between 0 and 100");
    assert_eq!(rates("churned_customers", json!(1)), "missing ");
    assert_eq!(
        refused(json!({"op": "rates", "customers": 5, "churned_customers": 6})),
        "invalid_value churned_customers"
    );
    assert_eq!(refused(json!({"op": "rates", "customers": 5, "churn": "1"})), "missing ");
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
    assert_eq!(movement("customers", json!([{"start": "1"}])), "missing customers[0]");
    assert_eq!(movement("customers", json!([{"account": "a", "end": "-1"}])), "invalid_value customers[0].end");
    let both = json!({"op": "movement", "from": "2026-01-01", "to": "2026-02-01", "currency": "EUR", "customers": [],
        "subscriptions": []});
    assert_eq!(refused(both), "invalid_rules ");
}
