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

/// The points of a signal of a deal at an instant; none where nobody knows.
fn signal(crm: &Crm<MemoryStore>, deal: &Json, at: &str, code: &str) -> Option<i64> {
    let risk = ask(crm, at, json!({"deal_risk": {"id": deal}}));
    let unknown = risk["unknown"].as_array().unwrap().iter().any(|one| one["signal"] == code);
    let found = points(&risk).into_iter().find(|(name, _)| name == code).map_or(0, |(_, points)| points);
    (!unknown).then_some(found)
}

#[test]
fn a_stored_quote_waits_for_an_answer() {
    let shop = super::offers::shop(json!({}));
    let stale = |at: &str| signal(&shop.world.crm, &shop.deal, at, "quote_stale");
    assert_eq!(stale("2026-12-21T09:00:00Z"), None, "no quote was ever told of");
    let quote = shop.issued();
    assert_eq!(stale("2026-12-21T09:00:00Z"), Some(0), "not sent");
    let sending = shop.sending(&quote);
    shop.must(super::gate_world::MARIE, "draft.approve", shop.seen(&sending["draft"]));
    shop.parcels("2026-11-24T09:00:00Z");
    // Sent on a Tuesday: ten business days later. The day after the last one it has expired.
    for (at, points) in [("2026-12-07T09:00:00Z", 0), ("2026-12-08T09:00:00Z", 10), ("2026-12-24T09:00:00Z", 10)] {
        assert_eq!(stale(at), Some(points), "{at}");
    }
    let body = json!({"id": quote, "reason": "trop cher"});
    shop.must_at(super::gate_world::MARIE, "2026-12-10T09:00:00Z", "quote.decline", body);
    assert_eq!(stale("2026-12-10T10:00:00Z"), Some(0), "answered");
    assert_eq!(stale("2026-12-09T10:00:00Z"), Some(10), "the past stays as it was");
}

#[test]
fn a_late_urgent_ticket_of_the_account_is_heat() {
    let policy = json!({"id": "all", "position": 1, "is_default": true, "targets": {"*": {"first_response": 3600}}});
    let rules = json!({"sla": {"policies": [policy]}});
    let desk = super::forecast_commands::Desk::ruled(MemoryStore::new(), &rules);
    const NINE: &str = "2026-11-23T09:00:00Z";
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"}]);
    desk.admin(NINE, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    let account = desk.admin(NINE, "account.create", json!({"fields": {"name": "A"}}))["id"].clone();
    let deal: Json = desk.deal(NINE, json!({"name": "D", "account": account})).into();
    let heat = |at: &str| signal(&desk.crm, &deal, at, "support_heat");
    assert_eq!(heat("2026-11-23T12:00:00Z"), None, "no ticket was ever told of");
    let ticket = |priority: &str| {
        let fields = json!({"subject": "Panne", "account": account, "priority": priority});
        desk.admin(NINE, "ticket.create", json!({"fields": fields}))["id"].clone()
    };
    ticket("high");
    assert_eq!(heat("2026-11-23T12:00:00Z"), Some(0), "not urgent");
    let urgent = ticket("urgent");
    assert_eq!((heat("2026-11-23T09:59:00Z"), heat("2026-11-23T10:01:00Z")), (Some(0), Some(10)));
    desk.admin("2026-11-23T11:00:00Z", "ticket.resolve", json!({"id": urgent}));
    assert_eq!((heat("2026-11-23T11:01:00Z"), heat("2026-11-23T10:30:00Z")), (Some(0), Some(10)));
}

/// What hangs on many deals is read in common passes. Whatever stands on their pages, and on which, each deal has the risk
/// that it has when it is asked for alone.
#[test]
fn the_risk_of_many_deals_is_that_of_each() {
    let desk = super::forecast_commands::Desk::ruled(MemoryStore::new(), &json!({}));
    const NINE: &str = "2026-11-02T09:00:00Z";
    const ASKED: &str = "2026-11-23T09:00:00Z";
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"}]);
    desk.admin(NINE, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    let account = desk.admin(NINE, "account.create", json!({"fields": {"name": "A"}}))["id"].clone();
    let boss = json!({"fields": {"last_name": "B", "role": "decision maker"}});
    let boss = desk.admin(NINE, "contact.create", boss)["id"].clone();
    let mut deals = Vec::new();
    for i in 0..8 {
        let value = json!({"amount": format!("{}", 1000 + i), "currency": "EUR"});
        let deal: Json = desk.deal(NINE, json!({"name": i.to_string(), "account": account, "value": value})).into();
        if i % 3 == 0 {
            desk.admin(NINE, "deal_contact.create", json!({"fields": {"deal": deal, "contact": boss}}));
        }
        if i % 2 == 0 {
            desk.admin(NINE, "task.create", json!({"fields": {"title": "T", "deal": deal}}));
            desk.admin(
                "2026-11-10T09:00:00Z",
                "deal.patch",
                json!({"id": deal, "fields": {"close_date": "2026-12-10"}}),
            );
            desk.admin(
                "2026-11-20T09:00:00Z",
                "deal.patch",
                json!({"id": deal, "fields": {"close_date": "2027-02-10"}}),
            );
        }
        deals.push(deal);
    }
    // Some deals' activities fill a page together, and one has more than a page of its own.
    for (deal, count) in [(1, 400), (2, 1_100), (3, 400), (5, 500)] {
        for part in 0..count / 100 {
            let row = |n: usize| {
                let happened_at = format!("2026-11-{:02}T{:02}:{:02}:00Z", 1 + n % 22, part, n % 60);
                let fields = json!({"external_id": format!("{deal} {part} {n}"), "deal": deals[deal], "kind": "call",
                    "direction": if n.is_multiple_of(7) { "inbound" } else { "outbound" }, "happened_at": happened_at});
                json!({"line": 1, "fields": fields})
            };
            let rows: Vec<Json> = (0..100).map(row).collect();
            let body = json!({"source": "test", "on_existing": "skip", "rows": rows});
            assert_eq!(desk.admin("2026-11-22T09:00:00Z", "activity.import", body)["created"], 100);
        }
    }
    let mut scores = std::collections::BTreeMap::new();
    let together = ask(&desk.crm, ASKED, json!({"deal_risks": {"limit": 200, "lang": "en"}}));
    for told in together["deals"].as_array().unwrap() {
        let alone = ask(&desk.crm, ASKED, json!({"deal_risk": {"id": told["id"], "lang": "en"}}));
        assert_eq!(told["risk"], alone);
        scores.insert(told["id"].as_str().unwrap().to_owned(), alone["score"].clone());
    }
    assert_eq!(scores.len(), 8);
    assert!(scores.values().collect::<Vec<_>>().windows(2).any(|pair| pair[0] != pair[1]), "{scores:?}");
    let table = ask(&desk.crm, ASKED, json!({"deals": {"columns": ["risk_score", "idle_days"]}}));
    for row in table["rows"].as_array().unwrap() {
        assert_eq!(row["cells"]["risk_score"], scores[row["id"].as_str().unwrap()], "{row}");
    }
    assert_eq!(table["rows"].as_array().unwrap().len(), 8);
}
