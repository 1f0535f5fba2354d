//! Deal risk of stored deals: the same as the rule's own door, then and now.

use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};

/// A CRM with one deal from July on: pushed twice, called once, with a task that was done in October.
fn crm() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let mut n = 0;
    let mut run = |command: &str, at: &str, body: Json| {
        n += 1;
        let document = json!({"command": command, "id": Id::from_text(&format!("command {n}")).to_string(),
            "workspace": "acme", "actor": {"name": "marie", "role": Role::Admin.name()}, "at": at, "body": body});
        crm.run_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{command}: {e}"));
    };
    let id = |name: &str| Id::from_text(name).to_string();
    let money = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let patch = |fields: Json| json!({"id": id("deal"), "fields": fields});
    let stages = json!([{"code": "proposal", "probability_bp": 5000, "max_age_days": 30},
        {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    let sales = json!({"code": "sales", "name": "Sales", "stages": stages});
    run("pipeline.create", "2026-06-01T09:00:00Z", sales);
    run(
        "deal.create",
        "2026-07-01T09:00:00Z",
        json!({"id": id("deal"), "fields": {"name": "Roof", "stage": "proposal",
        "value": money("90000"), "close_date": "2026-08-31"}}),
    );
    run("deal.patch", "2026-08-20T09:00:00Z", patch(json!({"close_date": "2026-09-30"})));
    run(
        "activity.create",
        "2026-09-07T10:00:00Z",
        json!({"id": id("call"), "fields": {"kind": "call",
        "direction": "both", "deal": id("deal"), "happened_at": "2026-09-07T09:30:00Z"}}),
    );
    run("note.create", "2026-09-20T10:00:00Z", json!({"id": id("note"), "fields": {"deal": id("deal"), "text": "hm"}}));
    run(
        "task.create",
        "2026-09-08T09:00:00Z",
        json!({"id": id("task"), "fields": {"title": "Quote", "deal": id("deal")}}),
    );
    run("deal.patch", "2026-09-25T09:00:00Z", patch(json!({"close_date": "2026-10-31"})));
    run(
        "task.patch",
        "2026-10-05T09:00:00Z",
        json!({"id": id("task"), "fields": {"completed_at": "2026-10-05T09:00:00Z"}}),
    );
    crm
}

fn ask(crm: &Crm<MemoryStore>, at: &str, question: Json) -> Json {
    let mut document = json!({"workspace": "acme", "actor": {"name": "marie", "role": "viewer"}, "at": at});
    document.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
    crm.query_json(document.to_string().as_bytes()).unwrap()
}

fn risk(crm: &Crm<MemoryStore>, at: &str) -> Json {
    ask(crm, at, json!({"deal_risk": {"id": Id::from_text("deal").to_string(), "lang": "en"}}))
}

fn points(risk: &Json) -> Vec<(String, i64)> {
    let reasons = risk["reasons"].as_array().unwrap().iter();
    reasons.map(|r| (r["code"].as_str().unwrap().to_owned(), r["points"].as_i64().unwrap())).collect()
}

#[test]
fn a_past_day_has_the_risk_of_then() {
    let crm = crm();
    let at = |at: &str| points(&risk(&crm, at));
    let named =
        |list: &[(&str, i64)]| list.iter().map(|(code, points)| ((*code).to_owned(), *points)).collect::<Vec<_>>();
    assert_eq!(risk(&crm, "2026-06-30T09:00:00Z")["none"]["code"], "risk_not_yet");
    // On 9 September: one push so far, the call two days ago, the task open; nobody decides, and the standard 30 days
    // are long over.
    assert_eq!(at("2026-09-09T12:00:00Z"), named(&[("stage_age", 15), ("no_decision_maker", 10), ("pushes", 5)]));
    // On 30 September: two pushes; 17 business days since the call, for a note is no touch; the task is still open.
    assert_eq!(
        at("2026-09-30T12:00:00Z"),
        named(&[("no_activity", 20), ("stage_age", 15), ("pushes", 12), ("no_decision_maker", 10)])
    );
    // In November the task is done and the close date has passed.
    let now = risk(&crm, "2026-11-22T09:00:00Z");
    assert_eq!(
        points(&now),
        named(&[
            ("no_activity", 30),
            ("overdue_close", 25),
            ("no_next_step", 15),
            ("stage_age", 15),
            ("pushes", 12),
            ("no_decision_maker", 10),
            ("risk_capped", -7),
        ])
    );
    assert_eq!(now["reasons"][0]["evidence"], json!([Id::from_text("call").to_string()]));
    assert_eq!(now["next_change_at"], Json::Null);
}

#[test]
fn the_list_has_open_deals_with_their_risk() {
    let crm = crm();
    let list = ask(&crm, "2026-11-22T09:00:00Z", json!({"deal_risks": {"limit": 10}}));
    assert_eq!(list["deals"].as_array().unwrap().len(), 1);
    assert_eq!(list["deals"][0]["name"], "Roof");
    assert_eq!(list["deals"][0]["risk"]["score"], 100);
    assert_eq!(list["next"], Json::Null);
    let none = json!({"deal_risks": {"where": {"field": "owner", "op": "eq", "value": "paul"}}});
    assert_eq!(ask(&crm, "2026-11-22T09:00:00Z", none)["deals"], json!([]));
}
