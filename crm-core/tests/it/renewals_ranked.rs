//! The question `renewals` over what the store knows: use, health, who spoke, what became of the deal, and the order.

use crm_core::command::Role;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, euro};

const BEGIN: &str = "2026-01-01T09:00:00Z";
const NOW: &str = "2026-11-22T09:00:00Z";

fn made(answer: &Json) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// A customer whose contract of a year ends on the last day before `starts_on` comes again.
fn customer(desk: &Desk<MemoryStore>, name: &str, starts_on: &str, more: Json) -> String {
    let account = made(&desk.admin(BEGIN, "account.create", json!({"fields": {"name": name}})));
    let mut fields = json!({"name": name, "account": account, "owner": "marie", "currency": "EUR",
        "starts_on": starts_on, "term_months": 12, "renewal": "manual", "customer_kind": "professional"});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let subscription = made(&desk.admin(BEGIN, "subscription.create", json!({"fields": fields})));
    let item = json!({"subscription": subscription, "product": "crm", "unit_price": euro("10.00")});
    desk.admin(BEGIN, "subscription_item.create", json!({"fields": item}));
    account
}

fn renewals(desk: &Desk<MemoryStore>, body: Json) -> Vec<Json> {
    desk.asked(NOW, "renewals", body)["rows"].as_array().unwrap().clone()
}

fn one(desk: &Desk<MemoryStore>) -> Json {
    renewals(desk, json!({"lang": "en"})).remove(0)
}

fn points(told: &Json, code: &str) -> Option<i64> {
    let list = told["risk"]["reasons"].as_array().unwrap();
    list.iter().find(|reason| reason["code"] == code).and_then(|reason| reason["points"].as_i64())
}

fn unknown(told: &Json, signal: &str) -> bool {
    told["risk"]["unknown"].as_array().unwrap().iter().any(|one| one["signal"] == signal)
}

#[test]
fn the_most_urgent_is_shown_whatever_the_limit() {
    let desk = Desk::new();
    // Two terms end on one day: the one at more risk comes first, and is the one that is shown of one.
    customer(&desk, "calm", "2026-01-01", json!({}));
    let late = customer(&desk, "late", "2026-01-01", json!({}));
    let later = customer(&desk, "later", "2026-02-20", json!({}));
    // Its term ends last, but the customer has to be told before the one above ends.
    let told = customer(&desk, "told", "2026-03-15", json!({"renewal": "auto", "customer_kind": "consumer"}));
    let paid =
        json!({"account": late, "invoice": "F-1", "amount": euro("240.00"), "due_on": "2026-08-31", "status": "open"});
    desk.admin(BEGIN, "payment.create", json!({"fields": paid}));
    desk.admin("2026-12-20T09:00:00Z", "renewal.tick", json!({}));
    let accounts = |limit: usize| -> Vec<Json> {
        let asked = json!({"limit": limit, "days": 200});
        let asked = desk.asked("2026-12-20T09:00:00Z", "renewals", asked);
        asked["rows"].as_array().unwrap().iter().map(|told| told["row"]["account"].clone()).collect()
    };
    let all = accounts(100);
    assert_eq!(all.len(), 4);
    assert_eq!([&all[0], &all[2], &all[3]], [&json!(late), &json!(told), &json!(later)]);
    for limit in 1..=4 {
        assert_eq!(accounts(limit), all[..limit], "{limit}");
    }
}

#[test]
fn use_that_falls_is_risk() {
    let desk = Desk::new();
    let account = customer(&desk, "a", "2026-01-01", json!({}));
    desk.admin(NOW, "renewal.tick", json!({}));
    let measure = |value: &str, day: &str| {
        let body = json!({"account": account, "measure": "usage_bp", "value": value, "measured_at": format!("{day}T08:00:00Z")});
        desk.admin(NOW, "measurement.record", body);
    };
    assert!(unknown(&one(&desk), "falling_usage"));
    measure("8000", "2026-10-01");
    assert!(unknown(&one(&desk), "falling_usage"), "too old to be the use of now");
    measure("7900", "2026-11-10");
    assert_eq!((unknown(&one(&desk), "falling_usage"), points(&one(&desk), "falling_usage")), (false, None));
    // Half of what it was at least thirty days before; that of ten days before does not count.
    measure("4000", "2026-11-20");
    assert_eq!(points(&one(&desk), "falling_usage"), Some(20));
}

#[test]
fn a_health_that_somebody_says_stands_for_the_one_worked_out() {
    let desk = Desk::new();
    let account = customer(&desk, "a", "2026-01-01", json!({}));
    desk.admin(NOW, "renewal.tick", json!({}));
    assert!(unknown(&one(&desk), "low_health"));
    let body = json!({"account": account, "score": "20", "reason": "lost their sponsor", "ends_on": "2026-12-01"});
    desk.admin(NOW, "health.override", body);
    assert_eq!(points(&one(&desk), "low_health"), Some(25));
}

#[test]
fn whoever_spoke_with_one_of_its_people_spoke_with_the_customer() {
    let desk = Desk::new();
    let account = customer(&desk, "a", "2026-01-01", json!({}));
    desk.admin(NOW, "renewal.tick", json!({}));
    assert_eq!(points(&one(&desk), "no_contact"), Some(20));
    let contact = json!({"fields": {"last_name": "Martin", "account": account}});
    let contact = made(&desk.admin(BEGIN, "contact.create", contact));
    let call = |more: Json, day: &str| {
        let mut fields = json!({"kind": "call", "direction": "both", "happened_at": format!("{day}T08:00:00Z")});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.admin(NOW, "activity.create", json!({"fields": fields}));
    };
    call(json!({"contact": contact}), "2026-10-10");
    assert_eq!(points(&one(&desk), "no_contact"), Some(10));
    call(json!({"contact": contact, "automatic": true}), "2026-11-20");
    assert_eq!(points(&one(&desk), "no_contact"), Some(10), "a machine speaks with nobody");
    let deal = desk.deal(BEGIN, json!({"name": "D", "account": account}));
    call(json!({"deal": deal}), "2026-11-20");
    assert_eq!(points(&one(&desk), "no_contact"), None);
}

#[test]
fn what_became_of_the_deal_becomes_of_the_renewal_once_somebody_closes_it() {
    for (won, state) in [(true, "renewed"), (false, "churned")] {
        let desk = Desk::new();
        let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"},
            {"code": "lost", "kind": "lost"}]);
        desk.admin(BEGIN, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
        customer(&desk, "a", "2026-01-01", json!({}));
        desk.admin(NOW, "renewal.tick", json!({}));
        let id = one(&desk)["row"]["id"].clone();
        let close = |body: Json| desk.run(("root", Role::Admin), NOW, "renewal.close", body);
        let missing = |error: crm_core::Error| (error.code().name().to_owned(), error.to_string());
        assert!(missing(close(json!({"id": id})).unwrap_err()).1.contains("outcome"), "no deal");
        assert_eq!(one(&desk)["deal_state"], Json::Null);
        desk.admin(NOW, "renewal.open_deal", json!({"id": id}));
        assert_eq!((&one(&desk)["deal_state"], &one(&desk)["row"]["state"]), (&"open".into(), &"negotiating".into()));
        assert!(missing(close(json!({"id": id})).unwrap_err()).1.contains("outcome"), "an open deal");
        let deal = one(&desk)["row"]["deal"].clone();
        match won {
            true => desk.admin(NOW, "deal.win", json!({"id": deal})),
            false => desk.admin(NOW, "deal.lose", json!({"id": deal, "lost_reason": "price"})),
        };
        let told = one(&desk);
        assert_eq!(told["deal_state"], if won { "won" } else { "lost" });
        assert_eq!(told["row"]["state"], "negotiating", "a deal closes no renewal");
        desk.admin(NOW, "renewal.close", json!({"id": id}));
        let row = desk.asked(NOW, "get", json!({"record": "renewal", "id": id}))["row"].clone();
        assert_eq!(row["state"], state);
        assert_eq!(row["lost_reason"], if won { Json::Null } else { "price".into() });
    }
}
