//! Credit notes: they lower what is owed, are never late and have no age.

use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, euro};

const BEGIN: &str = "2026-01-01T09:00:00Z";
const NOW: &str = "2026-11-22T09:00:00Z";

fn made(answer: &Json) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// A customer whose contract of a year is about to end.
fn customer(desk: &Desk<MemoryStore>) -> String {
    let account = made(&desk.admin(BEGIN, "account.create", json!({"fields": {"name": "Rénov’Ouest"}})));
    let fields = json!({"name": "Suivi", "account": account, "starts_on": "2026-01-01", "term_months": 12,
        "renewal": "manual", "customer_kind": "professional"});
    desk.admin(BEGIN, "subscription.create", json!({"fields": fields}));
    desk.admin(NOW, "renewal.tick", json!({}));
    account
}

fn pay(desk: &Desk<MemoryStore>, account: &str, amount: &str, due_on: &str, status: &str) -> String {
    let fields = json!({"account": account, "amount": euro(amount), "due_on": due_on, "status": status});
    made(&desk.admin(BEGIN, "payment.create", json!({"fields": fields})))
}

/// Points that the renewal's risk has for late payments.
fn risk(desk: &Desk<MemoryStore>) -> Json {
    let asked = desk.asked(NOW, "renewals", json!({}));
    let reasons = asked["rows"][0]["risk"]["reasons"].as_array().unwrap();
    let late = reasons.iter().find(|reason| reason["code"] == "overdue_payments");
    late.map_or(Json::Null, |reason| json!([reason["payments"], reason["days"]]))
}

/// The scores of a health for late and for failed payments.
fn scores(desk: &Desk<MemoryStore>, account: &str) -> Vec<Json> {
    let measures = desk.asked(NOW, "health", json!({"account": account}))["live"]["measures"].clone();
    let score = |code: &str| {
        let of = measures.as_array().unwrap().iter().find(|measure| measure["code"] == code);
        of.map(|measure| measure["score"].clone()).unwrap()
    };
    vec![score("payments_late"), score("payments_failed")]
}

#[test]
fn an_open_credit_note_is_not_late() {
    let desk = Desk::new();
    let account = customer(&desk);
    pay(&desk, &account, "-40.00", "2026-02-01", "open");
    pay(&desk, &account, "-5.00", "2026-10-01", "failed");
    let page = desk.asked(NOW, "customer", json!({"account": account}))["payments"].clone();
    assert_eq!((&page["overdue"], &page["oldest_overdue_days"]), (&json!(0), &Json::Null), "{page:#}");
    assert_eq!((&page["overdue_amount"], &page["credits"]), (&json!([]), &json!([euro("45.00")])));
    assert_eq!(desk.asked(NOW, "payments", json!({"overdue": true}))["rows"], json!([]));
    assert_eq!(risk(&desk), Json::Null);
    assert_eq!(scores(&desk, &account), [json!("100"), json!("100")]);
}

#[test]
fn it_lowers_what_is_late_and_what_finds_it_finds_as_many() {
    let desk = Desk::new();
    let account = customer(&desk);
    // The credit is older than the invoice that it lowers.
    pay(&desk, &account, "-40.00", "2026-02-01", "open");
    let late = pay(&desk, &account, "240.00", "2026-11-12", "open");
    pay(&desk, &account, "-9.00", "2026-02-01", "paid");
    let page = desk.asked(NOW, "customer", json!({"account": account}))["payments"].clone();
    assert_eq!((&page["overdue"], &page["oldest_overdue_days"]), (&json!(1), &json!(10)), "{page:#}");
    assert_eq!((&page["overdue_amount"], &page["credits"]), (&json!([euro("200.00")]), &json!([euro("40.00")])));
    let found = desk.asked(NOW, "find", page["query"]["find"].clone())["rows"].clone();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(late)));
    let told = desk.asked(NOW, "payments", json!({"overdue": true}))["rows"].clone();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["overdue_days"]), (1, &json!(10)));
    assert_eq!(risk(&desk), json!([1, 10]));
    // Ten days of a customer who pays late: between 100 at none and 70 at fifteen.
    assert_eq!(scores(&desk, &account), [json!("80"), json!("100")]);
    // A page is full of what is late, whatever lies between.
    for day in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        pay(&desk, &account, "-1.00", day, "open");
    }
    let first = desk.asked(NOW, "payments", json!({"overdue": true, "limit": 1}))["rows"].clone();
    assert_eq!(first[0]["row"]["id"], json!(late));
    // All are told where nobody asks for what is late, none of the credits with an age.
    let all = desk.asked(NOW, "payments", json!({"account": account}))["rows"].clone();
    let aged = all.as_array().unwrap().iter().filter(|told| !told["overdue_days"].is_null()).count();
    assert_eq!((all.as_array().unwrap().len(), aged), (6, 1));
}
