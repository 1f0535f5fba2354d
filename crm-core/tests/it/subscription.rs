//! Terms, notices, recurring revenue: numbers worked out by hand, refusals, texts.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("a term after the end of December", "", r#"{"end":"2027-12-31","start":"2027-01-01"}"#),
    ("a term after the end of February", "", r#"{"end":"2027-02-28","start":"2026-03-01"}"#),
    ("a term after 29 February", "", r#"{"end":"2029-02-28","start":"2028-03-01"}"#),
    ("a term that ends on 29 February", "", r#"{"end":"2028-02-29","start":"2027-03-01"}"#),
    ("a month after 30 January", "", r#"{"end":"2026-02-27","start":"2026-01-31"}"#),
    ("a month from 31 January", "/date", r#""2026-02-28""#),
    ("two months from 31 January", "/date", r#""2026-03-31""#),
    ("a year from 29 February", "/date", r#""2021-02-28""#),
    ("four years from 29 February", "/date", r#""2024-02-29""#),
    ("a month before 31 March", "/date", r#""2026-02-28""#),
    ("billing days do not drift", "/occurrences/1", r#"{"index":1,"on":"2026-02-28","until":"2026-03-30"}"#),
    ("billing days do not drift", "/occurrences/4/on", r#""2026-05-31""#),
    ("quarters of a later window", "/occurrences/0", r#"{"index":5,"on":"2026-02-28","until":"2026-05-29"}"#),
    ("quarters of a later window", "/occurrences/1/on", r#""2026-05-30""#),
    ("no more days than asked", "/more", "true"),
    ("terms are counted from the first day", "/terms/1", r#"{"cycle":2,"end":"2026-03-30","start":"2026-02-28"}"#),
    ("terms are counted from the first day", "/terms/2/start", r#""2026-03-31""#),
    ("terms after a first one of another length", "/terms/0/end", r#""2026-12-31""#),
    ("terms after a first one of another length", "/terms/2", r#"{"cycle":3,"end":"2028-12-31","start":"2028-01-01"}"#),
    ("the term of a day", "/terms", r#"[{"cycle":4,"end":"2028-02-28","start":"2027-02-28"}]"#),
    ("one term to an end", "/terms", r#"[{"cycle":1,"end":"2026-06-30","start":"2026-01-01"}]"#),
    ("without an end there are no terms", "/terms", "[]"),
    ("loi Chatel before it opens", "/notice_from", r#""2026-09-30""#),
    ("loi Chatel before it opens", "/notice_to", r#""2026-11-30""#),
    ("loi Chatel before it opens", "/notice_state", r#""not_yet""#),
    ("loi Chatel on its first day", "/notice_state", r#""due""#),
    ("loi Chatel on its last day", "/notice_state", r#""due""#),
    ("loi Chatel missed", "/notice_state", r#""missed""#),
    ("loi Chatel missed", "/free_exit_from", r#""2027-01-01""#),
    ("loi Chatel told in time", "/notice_state", r#""sent""#),
    ("loi Chatel told in time", "/free_exit_from", "null"),
    ("loi Chatel told too early", "/notice_state", r#""missed""#),
    ("loi Chatel told too late", "/free_exit_from", r#""2027-01-01""#),
    ("loi Chatel with a notice period and the end of February", "/opt_out_on", r#""2027-05-31""#),
    ("loi Chatel with a notice period and the end of February", "/notice_from", r#""2027-02-28""#),
    ("loi Chatel with a notice period and the end of February", "/notice_to", r#""2027-04-30""#),
    ("loi Chatel with days", "/opt_out_on", r#""2026-11-15""#),
    ("loi Chatel with days", "/notice_to", r#""2026-10-15""#),
    ("loi Chatel with days", "/notice_state", r#""missed""#),
    ("loi Chatel from a deadline that the contract names", "/notice_from", r#""2026-07-31""#),
    ("loi Chatel from a deadline that the contract names", "/renews_on", r#""2027-01-01""#),
    ("a professional need not be told", "/notice_state", r#""not_required""#),
    ("a professional need not be told", "/opt_out_on", r#""2026-09-30""#),
    ("nobody said what the customer is", "/is_required", "false"),
    ("nobody said what the customer is", "/free_exit_from", "null"),
    ("nothing goes on by itself", "/notice_from", "null"),
    // 49.90 * 1.035 = 51.6465.
    ("a rise of 3.5 percent", "/unit_price/amount", r#""51.65""#),
    ("a fall ends at nothing", "/unit_price/amount", r#""0.00""#),
    // 70/12 + 10/3 + 4.995 = 14.16166...; a year 70 + 40 + 59.94.
    ("revenue by customer, rounded once", "/lines/0/revenue/0", r#"{"arr":"169.94","currency":"EUR","mrr":"14.16"}"#),
    // 100 yen in seven months.
    ("revenue by customer, rounded once", "/lines/0/revenue/1", r#"{"arr":"171","currency":"JPY","mrr":"14"}"#),
    // The second customer pauses.
    ("revenue by customer, rounded once", "/total/0/mrr", r#""14.16""#),
    // 70/12 + 10/3 = 9.1666..., 4.995 + 60 = 64.995.
    ("revenue by product", "/lines/0/revenue/0/mrr", r#""9.17""#),
    ("revenue by product", "/lines/1/revenue/0/mrr", r#""65.00""#),
    ("revenue by product", "/total/0/mrr", r#""74.17""#),
    ("revenue by product", "/diagnostics/0/code", r#""items_overlap""#),
    ("revenue after the ends", "/total/0/mrr", r#""14.16""#),
    // 14.16 + 14 / 160 = 0.0875 -> 0.09; and 60.
    ("revenue in one currency", "/total", r#"[{"arr":"891.01","currency":"EUR","mrr":"74.25"}]"#),
    ("no rate, no guess", "/excluded/0/code", r#""no_rate""#),
    ("no rate, no guess", "/total/0/mrr", r#""74.16""#),
    ("nothing sold", "/total", "[]"),
    // 30 + 30 + 25 + 20 + 20 + 20 + 20 = 165, limited to 100.
    ("all that can go wrong with a renewal", "/score", "100"),
    ("all that can go wrong with a renewal", "/reasons/7/points", "-65"),
    ("some of it", "/score", "45"),
    ("some of it", "/band", r#""watch""#),
    ("nothing known", "/score", "0"),
    ("settled", "/reasons", "[]"),
];

#[test]
fn terms_notices_and_revenue_worked_out_by_hand() {
    golden::holds("subscription", NUMBERS);
}

#[test]
fn reasons_add_up_to_the_score() {
    for case in golden::cases("subscription").iter().filter(|case| case["input"]["op"] == "risk") {
        let answer = golden::run("subscription", case);
        let points: i64 = answer["reasons"].as_array().unwrap().iter().map(|r| r["points"].as_i64().unwrap()).sum();
        assert_eq!(answer["score"], points, "{}", case["name"]);
    }
}

fn refused(input: &Json) -> String {
    let error = Rules::default().eval("subscription", input).unwrap_err();
    format!("{} {}", error.code().name(), error.field().unwrap_or_default())
}

#[test]
fn refusals_name_the_place() {
    let price = |amount: &str, currency: &str| json!({"amount": amount, "currency": currency});
    let item = |key: &str, value: Json| {
        let mut item = json!({"product": "x", "unit_price": {"amount": "1.00", "currency": "EUR"}});
        item[key] = value;
        json!({"op": "mrr", "at": "2026-01-01",
            "subscriptions": [{"starts_on": "2026-01-01", "currency": "EUR", "items": [item]}]})
    };
    let contract = |key: &str, value: Json| {
        let mut contract = json!({"starts_on": "2026-01-01"});
        contract[key] = value;
        json!({"op": "mrr", "at": "2026-01-01", "subscriptions": [contract]})
    };
    let table = [
        (json!({}), "missing "),
        (json!({"op": "renew"}), "invalid_value op"),
        (json!({"op": "anniversary", "anchor": "2026-02-30", "months": 1}), "invalid_value anchor"),
        (json!({"op": "anniversary", "anchor": "9999-12-01", "months": 1}), "invalid_value months"),
        (json!({"op": "anniversary", "anchor": "2026-01-31", "months": 1.5}), "invalid_value months"),
        (json!({"op": "anniversary", "anchor": "2026-01-31", "months": 1_000_000}), "invalid_value months"),
        (json!({"op": "renewal_period", "contract_end": "2026-12-31", "term_months": 0}), "invalid_value term_months"),
        (
            json!({"op": "renewal_period", "contract_end": "2026-12-31", "term_months": 1_201}),
            "invalid_value term_months",
        ),
        (json!({"op": "renewal_period", "contract_end": "9999-12-31", "term_months": 1}), "invalid_value term_months"),
        (json!({"op": "terms", "starts_on": "2026-02-01", "ends_on": "2026-01-31"}), "invalid_value ends_on"),
        (json!({"op": "terms", "starts_on": "2026-02-01", "term_months": -1}), "invalid_value term_months"),
        (json!({"op": "terms", "starts_on": "2026-02-01", "term_months": i64::MAX}), "invalid_value term_months"),
        (
            json!({"op": "occurrences", "anchor": "2026-01-01", "interval_months": 0, "to": "2027-01-01"}),
            "invalid_value interval_months",
        ),
        (
            json!({"op": "occurrences", "anchor": "2026-01-02", "interval_months": 1, "to": "2026-01-01"}),
            "invalid_value to",
        ),
        (json!({"op": "notice"}), "missing "),
        (json!({"op": "notice", "ends_on": "2026-12-31", "notice_months": -1}), "invalid_value notice_months"),
        (json!({"op": "notice", "ends_on": "2026-12-31", "notice_days": 4_000}), "invalid_value notice_days"),
        (json!({"op": "notice", "ends_on": "2026-12-31", "opt_out_on": "2027-01-01"}), "invalid_value opt_out_on"),
        (json!({"op": "notice", "ends_on": "2026-12-31", "customer": "friend"}), "invalid_value customer"),
        (json!({"op": "price", "method": "list", "unit_price": price("1.00", "EUR")}), "missing "),
        (
            json!({"op": "price", "method": "list", "unit_price": price("1.00", "EUR"), "list_price": price("1.00", "USD")}),
            "needs_choice list_price",
        ),
        (
            json!({"op": "price", "method": "uplift", "unit_price": price("1.00", "EUR"), "uplift_bp": -10_001}),
            "invalid_value uplift_bp",
        ),
        (
            json!({"op": "price", "method": "uplift", "unit_price": price("999999999999999.99", "EUR"), "uplift_bp": 1}),
            "invalid_value unit_price",
        ),
        (item("quantity", json!("-1")), "invalid_value subscriptions[0].items[0].quantity"),
        (item("unit_price", price("-0.01", "EUR")), "invalid_value subscriptions[0].items[0].unit_price"),
        (item("unit_price", price("1.00", "USD")), "needs_choice subscriptions[0].items[0].unit_price"),
        (item("interval_months", json!(0)), "invalid_value subscriptions[0].items[0].interval_months"),
        (item("interval_months", json!(61)), "invalid_value subscriptions[0].items[0].interval_months"),
        (contract("ends_on", json!("2025-12-31")), "invalid_value subscriptions[0].ends_on"),
        (
            contract("pauses", json!([{"from": "2026-02-01", "to": "2026-01-01"}])),
            "invalid_value subscriptions[0].pauses[0].to",
        ),
        (contract("plan", json!("gold")), "unknown_field subscriptions[0]"),
        (json!({"op": "risk", "health_score": 101}), "invalid_value health_score"),
    ];
    for (input, wanted) in table {
        assert_eq!(refused(&input), wanted, "{input}");
    }
}

#[test]
fn amounts_at_the_limits_stay_exact() {
    let item = json!({"product": "x", "quantity": "999999999999.999999", "interval_months": 1,
        "unit_price": {"amount": "999999999999999.99", "currency": "EUR"}});
    let ask = |items: Json| {
        let input =
            json!({"op": "mrr", "at": "2026-01-01", "subscriptions": [{"starts_on": "2026-01-01", "items": items}]});
        Rules::default().eval("subscription", &input)
    };
    // 10^12 less a millionth, times 10^15 less a cent.
    let answer = ask(json!([item])).unwrap();
    assert_eq!(answer["total"][0]["mrr"], "999999999999999989000000000.00");
    let mut all = Vec::new();
    for months in 1..=60 {
        let price = json!({"amount": "0.01", "currency": "EUR"});
        all.push(json!({"product": "x", "interval_months": months, "unit_price": price, "quantity": "100"}));
    }
    // The sum of 1/1 to 1/60 is 4.67987...
    assert_eq!(ask(json!(all)).unwrap()["total"][0]["mrr"], "4.68");
}

#[test]
fn configured_risk_is_checked_and_counts() {
    let refused = |risk: Json| {
        let error = Rules::from_json(&json!({"renewals": {"risk": risk}})).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or_default())
    };
    let signal = |name: &str, steps: Json| refused(json!({"signals": {name: steps}}));
    assert_eq!(refused(json!({"watch_from": 70})), "invalid_rules renewals.risk.high_from");
    assert_eq!(refused(json!({"cap": 0})), "invalid_value renewals.risk.cap");
    assert_eq!(signal("weather", json!([])), "unknown_field renewals.risk.signals");
    let rising = json!([{"from": 2, "points": 5}, {"from": 1, "points": 9}]);
    assert_eq!(signal("overdue_payments", rising), "invalid_rules renewals.risk.signals.overdue_payments[1]");
    let falling = json!([{"at_most": 10, "points": 5}, {"at_most": 20, "points": 9}]);
    assert_eq!(signal("days_left", falling), "invalid_rules renewals.risk.signals.days_left[1]");
    let rules =
        json!({"renewals": {"risk": {"signals": {"days_left": [], "no_contact": [{"from": 5, "points": 40}]}}}});
    let input = json!({"op": "risk", "days_left": 1, "contact_days": 5});
    let answer = Rules::from_json(&rules).unwrap().eval("subscription", &input).unwrap();
    assert_eq!(answer["score"], 40);
}
