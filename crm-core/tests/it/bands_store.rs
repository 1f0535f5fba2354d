//! Bands of stored deals: the deals that the forecast counts, valued as it values them.

use crm_core::Code;
use crm_core::command::Role;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{self, Desk};

const NOW: &str = "2026-11-22T09:00:00Z";

fn desk() -> Desk<MemoryStore> {
    let desk = Desk::new();
    let sales = json!({"code": "sales", "name": "Sales", "stages": [
        {"code": "new", "probability_bp": 2000},
        {"code": "offer", "probability_bp": 5000, "category": "best_case"},
        {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"},
    ]});
    desk.admin("2026-09-01T00:00:00Z", "pipeline.create", sales);
    let rates = json!({"rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.9"}]});
    desk.admin("2026-09-01T00:00:00Z", "exchange_rate.set", rates);
    let deals = [
        ("marie", "new", "100.00", "EUR", Some("2026-12-01")),
        ("paul", "offer", "200.00", "USD", Some("2026-12-15")),
        ("paul", "won", "50.00", "EUR", Some("2026-11-02")),
        ("marie", "offer", "1000.00", "EUR", None),
        ("marie", "offer", "70.00", "GBP", Some("2026-12-20")),
        ("marie", "offer", "5000.00", "EUR", Some("2027-02-01")),
    ];
    for (owner, stage, amount, currency, close_date) in deals {
        let value = json!({"amount": amount, "currency": currency});
        let mut fields = json!({"owner": owner, "stage": stage, "value": value});
        if let Some(date) = close_date {
            fields["close_date"] = date.into();
        }
        desk.admin("2026-09-02T00:00:00Z", "deal.create", json!({"fields": fields}));
    }
    desk
}

fn question() -> Json {
    json!({"periods": forecast_commands::quarter(), "currency": "EUR", "lang": "fr"})
}

fn with(key: &str, value: impl Into<Json>) -> Json {
    let mut asked = question();
    asked[key] = value.into();
    asked
}

#[test]
fn the_bands_are_of_the_deals_that_the_forecast_counts() {
    let desk = desk();
    // 50 are won; 100 come with one chance in five, 200 USD (180 EUR) with one in two.
    let bands = desk.asked(NOW, "bands", question());
    assert_eq!(
        (&bands["bands"]["p10"], &bands["bands"]["p50"], &bands["bands"]["p90"]),
        (&"50.00".into(), &"150.00".into(), &"230.00".into())
    );
    let forecast = desk.asked(NOW, "forecast", question());
    assert_eq!(forecast["total"]["total"]["weighted"], bands["mean"]["amount"], "{forecast:#} {bands:#}");
    assert_eq!(bands["excluded"], forecast["excluded"]);
    assert_eq!(bands["excluded"][0]["code"], "no_rate");
    assert_eq!(bands["window"], json!({"from": "2026-10-01", "to": "2027-01-01", "undated": false}));
}

#[test]
fn undated_deals_and_filters_are_asked_for() {
    let desk = desk();
    let undated = desk.asked(NOW, "bands", with("undated", true));
    assert_eq!(undated["bands"]["p90"], "1230.00");
    let paul = desk.asked(NOW, "bands", with("filters", json!({"owners": ["paul"]})));
    assert_eq!((&paul["bands"]["p10"], &paul["bands"]["p90"]), (&"50.00".into(), &"230.00".into()));
    let before = desk.asked(NOW, "bands", with("as_of", "2026-09-01T12:00:00Z"));
    assert_eq!(before["bands"]["p90"], "0.00");
}

#[test]
fn wrong_questions_are_refused_with_their_path() {
    let desk = desk();
    for (asked, code) in [
        (json!({"currency": "EUR"}), Code::Missing),
        (with("undated", "yes"), Code::InvalidValue),
        (with("quantiles_bp", json!([10_001])), Code::InvalidValue),
        (with("viewer", "anne"), Code::UnknownField),
        (with("target", "1,5"), Code::InvalidValue),
    ] {
        let error = desk.ask(("root", Role::Admin), NOW, "bands", asked.clone()).unwrap_err();
        assert_eq!(error.code(), code, "{asked} {error}");
    }
}
