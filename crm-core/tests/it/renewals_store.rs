//! Subscriptions on a store: renewals that time makes, notices, prices, pauses, revenue, payments, ideas.

use std::io::Write as _;
use std::path::PathBuf;

use crm_core::Id;
use crm_core::command::Role;
use crm_core::model::Renewal;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, euro};

const BEGIN: &str = "2026-01-01T09:00:00Z";

fn made(answer: &Json) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// A customer with a contract of two seats at 10.00 a month, with other fields as given.
fn contract(desk: &Desk<MemoryStore>, more: Json) -> (String, String, String) {
    let account = made(&desk.admin(BEGIN, "account.create", json!({"fields": {"name": "Rénov’Ouest"}})));
    let mut fields = json!({"name": "Suivi", "account": account, "owner": "marie", "currency": "EUR",
        "starts_on": "2026-01-01", "term_months": 12, "customer_kind": "consumer"});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let subscription = made(&desk.admin(BEGIN, "subscription.create", json!({"fields": fields})));
    let item = json!({"subscription": subscription, "product": "seats", "quantity": "2", "unit_price": euro("10.00")});
    let item = made(&desk.admin(BEGIN, "subscription_item.create", json!({"fields": item})));
    (account, subscription, item)
}

fn tick(desk: &Desk<MemoryStore>, day: &str) {
    desk.admin(&format!("{day}T09:00:00Z"), "renewal.tick", json!({}));
}

fn renewal(subscription: &str, cycle: u32) -> String {
    Renewal::id_of(subscription.parse::<Id>().unwrap(), cycle).to_string()
}

fn row(desk: &Desk<MemoryStore>, record: &str, id: &str) -> Json {
    desk.asked("2030-01-01T09:00:00Z", "get", json!({"record": record, "id": id}))["row"].clone()
}

fn mrr(desk: &Desk<MemoryStore>, day: &str) -> Json {
    desk.asked("2026-11-22T09:00:00Z", "mrr", json!({"at": day}))["total"][0]["mrr"].clone()
}

#[test]
fn a_consumer_is_told_or_may_leave_and_prices_rise_with_the_term() {
    let desk = Desk::new();
    let (_, subscription, _) = contract(&desk, json!({"uplift_bp": 1000}));
    let id = renewal(&subscription, 1);
    tick(&desk, "2026-09-01");
    assert_eq!(row(&desk, "renewal", &id), Json::Null);
    for (day, state) in [("2026-09-15", "upcoming"), ("2026-09-30", "notice_due"), ("2026-12-01", "notice_missed")] {
        tick(&desk, day);
        assert_eq!(row(&desk, "renewal", &id)["state"], state, "{day}");
    }
    let asked = desk.asked("2026-12-01T09:00:00Z", "renewals", json!({"lang": "fr"}));
    let told = &asked["rows"][0];
    assert_eq!(told["notice"]["free_exit_from"], "2027-01-01");
    assert_eq!(told["risk"]["reasons"][0]["points"], 30);
    // Missed notice (30), no contact ever (20), thirty days left (10).
    assert_eq!((&told["risk"]["score"], &told["act_by"]), (&60.into(), &"2026-12-31".into()));
    tick(&desk, "2027-01-01");
    let closed = row(&desk, "renewal", &id);
    assert_eq!((&closed["state"], &closed["amount"]), (&"renewed".into(), &euro("240.00")));
    assert_eq!((mrr(&desk, "2026-12-31"), mrr(&desk, "2027-01-01")), ("20.00".into(), "22.00".into()));
    // The same day again changes nothing.
    let again = desk.admin("2027-01-01T10:00:00Z", "renewal.tick", json!({}));
    assert_eq!(again["renewals"], json!([]));
}

#[test]
fn a_notice_in_time_is_a_draft_first() {
    let desk = Desk::new();
    let (_, subscription, _) = contract(&desk, json!({}));
    let id = renewal(&subscription, 1);
    tick(&desk, "2026-10-01");
    let draft = desk.admin("2026-10-01T10:00:00Z", "renewal.notice", json!({"id": id, "lang": "fr"}));
    let text = row(&desk, "draft", draft["id"].as_str().unwrap())["text"].as_str().unwrap().to_owned();
    assert!(text.contains("31\u{a0}décembre\u{a0}2026"), "{text}");
    assert_eq!(row(&desk, "renewal", &id)["state"], "notice_due");
    let twice = desk.run(("root", Role::Owner), "2026-10-01T11:00:00Z", "renewal.notice", json!({"id": id}));
    assert_eq!(twice.unwrap_err().code().name(), "already_exists");
    let early = json!({"id": id, "at": "2026-10-03T09:00:00Z"});
    let early = desk.run(("root", Role::Owner), "2026-10-02T09:00:00Z", "renewal.notice_sent", early).unwrap_err();
    assert_eq!(early.field().unwrap(), "at");
    desk.admin("2026-10-02T09:00:00Z", "renewal.notice_sent", json!({"id": id}));
    assert_eq!(row(&desk, "renewal", &id)["state"], "upcoming");
    tick(&desk, "2026-12-15");
    assert_eq!(row(&desk, "renewal", &id)["state"], "upcoming");
}

#[test]
fn how_often_time_is_told_makes_no_difference() {
    let rows = |days: &[&str]| {
        let desk = Desk::new();
        let (_, subscription, _) = contract(&desk, json!({"term_months": 3, "uplift_bp": 500}));
        days.iter().for_each(|day| tick(&desk, day));
        let all = |record: &str| {
            let asked = desk.asked("2030-01-01T09:00:00Z", "find", json!({"record": record, "limit": 100}));
            let mut rows: Vec<String> = asked["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| {
                    let mut row = row.clone();
                    for key in ["id", "version", "created_at", "updated_at", "subscription", "account"] {
                        row.as_object_mut().unwrap().remove(key);
                    }
                    row.to_string()
                })
                .collect();
            rows.sort();
            rows
        };
        let ids: Vec<Json> =
            (1..12).map(|n| row(&desk, "renewal", &renewal(&subscription, n))["state"].clone()).collect();
        (all("renewal"), all("subscription_item"), ids)
    };
    let once = rows(&["2028-01-15"]);
    assert_eq!(once.1.len(), 9);
    assert_eq!(once.2[7], "renewed");
    assert_eq!(once, rows(&["2026-02-01", "2026-04-01", "2026-04-01", "2027-09-09", "2028-01-14", "2028-01-15"]));
    assert_eq!(once, rows(&["2026-12-31", "2027-01-01", "2028-01-15", "2028-01-15"]));
}

#[test]
fn what_nobody_agrees_to_lapses_and_what_somebody_does_goes_on() {
    let desk = Desk::new();
    let (_, lapses, _) = contract(&desk, json!({"renewal": "manual"}));
    let (_, renews, _) = contract(&desk, json!({"renewal": "manual", "name": "Autre"}));
    tick(&desk, "2026-12-01");
    desk.admin("2026-12-02T09:00:00Z", "renewal.close", json!({"id": renewal(&renews, 1), "outcome": "renewed"}));
    tick(&desk, "2027-01-01");
    assert_eq!(row(&desk, "renewal", &renewal(&lapses, 1))["state"], "lapsed");
    assert_eq!(row(&desk, "renewal", &renewal(&renews, 1))["state"], "renewed");
    assert_eq!(row(&desk, "subscription", &renews)["renewed_until"], "2027-12-31");
    assert_eq!((mrr(&desk, "2026-12-31"), mrr(&desk, "2027-06-01")), ("40.00".into(), "20.00".into()));
    let closed = json!({"id": renewal(&renews, 1), "outcome": "lapsed"});
    let error = desk.run(("root", Role::Owner), "2027-01-02T09:00:00Z", "renewal.close", closed).unwrap_err();
    assert_eq!(error.code().name(), "wrong_state");
}

#[test]
fn a_renewal_is_worked_in_a_deal_and_may_be_lost() {
    let desk = Desk::new();
    let (account, subscription, _) = contract(&desk, json!({}));
    let id = renewal(&subscription, 1);
    tick(&desk, "2026-10-01");
    desk.admin("2026-10-02T09:00:00Z", "renewal.open_deal", json!({"id": id}));
    let open = row(&desk, "renewal", &id);
    let deal = row(&desk, "deal", open["deal"].as_str().unwrap());
    assert_eq!(
        (&open["state"], &deal["value"], &deal["account"]),
        (&"negotiating".into(), &euro("240.00"), &account.into())
    );
    desk.admin("2026-10-03T09:00:00Z", "renewal.close", json!({"id": id, "outcome": "churned", "reason": "trop cher"}));
    let lost = row(&desk, "subscription", &subscription);
    assert_eq!((&lost["status"], &lost["cancelled_on"]), (&"cancelled".into(), &"2026-12-31".into()));
    tick(&desk, "2027-02-01");
    assert_eq!(row(&desk, "renewal", &renewal(&subscription, 2)), Json::Null);
    let asked = json!({"from": "2026-12-31", "to": "2027-01-01", "currency": "EUR", "lang": "fr"});
    let stayed = desk.asked("2027-02-01T09:00:00Z", "revenue_retention", asked);
    assert_eq!((&stayed["grr_bp"], &stayed["buckets"]["churn"]["amount"]), (&0.into(), &"20.00".into()));
}

#[test]
fn pauses_and_changes_are_told_from_their_days_on() {
    let desk = Desk::new();
    let (_, subscription, item) = contract(&desk, json!({}));
    let at = "2026-02-01T09:00:00Z";
    desk.admin(at, "subscription_item.change", json!({"id": item, "on": "2026-02-10", "quantity": "3"}));
    desk.admin(at, "subscription.pause", json!({"id": subscription, "on": "2026-03-01"}));
    desk.admin("2026-04-01T09:00:00Z", "subscription.resume", json!({"id": subscription}));
    let told: Vec<Json> =
        ["2026-02-09", "2026-02-10", "2026-03-01", "2026-03-31", "2026-04-01"].map(|day| mrr(&desk, day)).to_vec();
    assert_eq!(told, [json!("20.00"), json!("30.00"), Json::Null, Json::Null, json!("30.00")]);
    let asked = json!({"from": "2026-02-01", "to": "2026-02-15", "currency": "EUR"});
    let moved = desk.asked("2026-05-01T09:00:00Z", "revenue_retention", asked);
    assert_eq!((&moved["nrr_bp"], &moved["grr_bp"]), (&15_000.into(), &10_000.into()));
}

#[test]
fn payments_and_ideas() {
    let desk = Desk::new();
    let (account, ..) = contract(&desk, json!({}));
    let paid = json!({"account": account, "invoice": "F-1", "amount": euro("240.00"), "due_on": "2026-10-31", "status": "open"});
    desk.admin(BEGIN, "payment.create", json!({"fields": paid}));
    let late = desk.asked("2026-11-22T09:00:00Z", "payments", json!({"overdue": true}));
    assert_eq!(late["rows"][0]["overdue_days"], 22);
    assert_eq!(desk.asked("2026-10-31T09:00:00Z", "payments", json!({"overdue": true}))["rows"], json!([]));
    let idea =
        json!({"fields": {"title": "Plus de postes", "account": account, "value": euro("50.00"), "kind": "upsell"}});
    let idea = made(&desk.admin(BEGIN, "expansion_idea.create", idea));
    desk.admin(BEGIN, "expansion_idea.qualify", json!({"id": idea}));
    desk.admin(BEGIN, "expansion_idea.convert", json!({"id": idea}));
    let row = row(&desk, "expansion_idea", &idea);
    assert_eq!(row["state"], "converted");
    assert!(row["deal"].is_string());
    let error = desk.run(("root", Role::Owner), BEGIN, "expansion_idea.drop", json!({"id": idea, "reason": "x"}));
    assert_eq!(error.unwrap_err().code().name(), "wrong_state");
    let asked = desk.asked("2026-11-22T09:00:00Z", "expansion", json!({"account": account}));
    assert_eq!(asked["totals"], json!([{"state": "converted", "currency": "EUR", "value": "50.00"}]));
}

#[test]
fn what_cannot_be_is_refused_at_its_field() {
    let desk = Desk::new();
    let (_, subscription, item) = contract(&desk, json!({}));
    let refused = |name: &str, body: Json| {
        let error = desk.run(("root", Role::Owner), "2026-02-01T09:00:00Z", name, body).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or_default())
    };
    let patch = |fields: Json| refused("subscription.patch", json!({"id": subscription, "fields": fields}));
    assert!(patch(json!({"ends_on": "2025-12-31"})).ends_with("ends_on"));
    assert!(patch(json!({"term_months": 0})).ends_with("term_months"));
    assert!(patch(json!({"term_months": 100_000})).ends_with("term_months"));
    assert!(patch(json!({"notice_months": -1})).ends_with("notice_months"));
    assert!(patch(json!({"currency": "USD"})).ends_with("currency"));
    assert!(patch(json!({"currency": "XXX"})).ends_with("currency"));
    assert!(patch(json!({"cancelled_on": "2025-01-01"})).ends_with("cancelled_on"));
    let priced = |price: Json| {
        refused("subscription_item.create", json!({"fields": {"subscription": subscription, "unit_price": price}}))
    };
    assert!(priced(json!({"amount": "1.00", "currency": "USD"})).starts_with("needs_choice"));
    assert!(priced(euro("-1.00")).starts_with("invalid_value"));
    let nobody = json!({"fields": {"subscription": Id::from_text("nobody").to_string()}});
    assert!(refused("subscription_item.create", nobody).starts_with("not_found"));
    let change = json!({"id": item, "on": "2026-03-01"});
    assert!(refused("subscription_item.change", change).starts_with("missing"));
    assert!(refused("subscription.resume", json!({"id": subscription})).starts_with("wrong_state"));
    assert!(refused("subscription.cancel", json!({"id": subscription, "on": "2025-12-31"})).ends_with("on"));
}

/// The revenue of a public list of customers, by whether they left; the file is not part of this repository: set
/// `CRMKIT_DATA` to its folder.
#[test]
fn the_revenue_of_a_public_list_is_its_sum() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    let file = "f_churn_telco/Telco-Customer-Churn.csv";
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        writeln!(std::io::stderr().lock(), "SKIPPED: no {file}; set CRMKIT_DATA to the folder of data sets").unwrap();
        return;
    };
    let (mut contracts, mut stayed, mut left) = (Vec::new(), 0i64, 0i64);
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.trim_end().split(',').collect();
        let (whole, part) = cells[18].split_once('.').unwrap_or((cells[18], ""));
        let cents: i64 = format!("{whole}{part:0<2}").parse().unwrap();
        let is_gone = cells[20] == "Yes";
        *(if is_gone { &mut left } else { &mut stayed }) += cents;
        let price = json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "USD"});
        let mut one =
            json!({"id": cells[0], "starts_on": "2026-01-01", "items": [{"product": "x", "unit_price": price}]});
        if is_gone {
            one["cancelled_on"] = "2026-06-30".into();
        }
        contracts.push(one);
    }
    assert!(contracts.len() > 7_000);
    let rules = crm_core::rules::Rules::default();
    let asked = json!({"op": "movement", "from": "2026-06-30", "to": "2026-07-01", "currency": "USD", "top": 0,
        "subscriptions": contracts});
    let moved = rules.eval("retention", &asked).unwrap();
    let dollars = |cents: i64| Json::from(format!("{}.{:02}", cents / 100, cents % 100));
    assert_eq!((&moved["start"], &moved["end"]), (&dollars(stayed + left), &dollars(stayed)));
    assert_eq!(moved["buckets"]["churn"]["amount"], dollars(left));
    let bp = (stayed * 20_000 + stayed + left) / (2 * (stayed + left));
    assert_eq!((&moved["grr_bp"], &moved["nrr_bp"]), (&bp.into(), &bp.into()));
}
