//! What was so on a past day is answered as it was then, and what nobody can know any more is said.

use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};

use crate::ticket_driver::{ask, run, try_ask};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const NOON: &str = "2026-11-23T12:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";
const FRIDAY: &str = "2026-11-27T09:00:00Z";

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

fn at_least(code: &str, size: u32) -> Json {
    json!({"code": code, "record": "lead", "where": {"field": "size", "op": "ge", "value": size}})
}

/// Leads of the sizes 10, 60 and 70; on Monday the first one belongs to `big` by name, and the second one does not.
fn crm() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for (name, size) in [("a", 10), ("b", 60), ("c", 70)] {
        run(&crm, MONDAY, name, "lead.create", json!({"id": id(name), "fields": {"company": name, "size": size}}));
    }
    run(&crm, MONDAY, "big", "segment.create", at_least("big", 50));
    run(&crm, MONDAY, "in", "segment.pin_in", json!({"code": "big", "ids": [id("a")]}));
    run(&crm, MONDAY, "out", "segment.pin_out", json!({"code": "big", "ids": [id("b")]}));
    crm
}

fn asked(code: &str, when: &str) -> Json {
    let window = json!({"to_date": {"unit": "month"}, "zone": "UTC"});
    let report = json!({"kind": "lead_volume", "window": window, "measures": ["created"], "group_by": [],
        "filter": {"segment": code}});
    json!({"report": report, "as_of": when, "lang": "fr"})
}

fn created(answer: &Json) -> &Json {
    &answer["total"]["created"]
}

#[test]
fn a_report_of_a_past_day_knows_the_segments_of_then() {
    let crm = crm();
    let first = ask(&crm, NOON, "report", asked("big", NOON));
    assert_eq!((created(&first), first.get("notes")), (&json!(2), None), "a by name and c: {first:#}");
    // Later nobody is named, and the condition is another.
    run(&crm, TUESDAY, "off", "segment.unpin", json!({"code": "big", "ids": [id("a"), id("b")]}));
    let edit = json!({"code": "big", "where": {"field": "size", "op": "ge", "value": 100}});
    run(&crm, TUESDAY, "edit", "segment.edit", edit);
    assert_eq!(created(&ask(&crm, FRIDAY, "report", asked("big", FRIDAY))), &json!(0));
    let again = ask(&crm, FRIDAY, "report", asked("big", NOON));
    assert_eq!((created(&again), again.get("notes")), (&json!(2), None));
    // Put away since: it was in use then, and it is not now.
    run(&crm, TUESDAY, "away", "segment.archive", json!({"code": "big"}));
    assert_eq!(created(&ask(&crm, FRIDAY, "report", asked("big", NOON))), &json!(2));
    let error = try_ask(&crm, FRIDAY, "report", &asked("big", FRIDAY)).unwrap_err();
    assert_eq!(error.code().name(), "not_found");
}

#[test]
fn a_segment_that_was_not_in_use_then_is_told() {
    let crm = crm();
    run(&crm, TUESDAY, "late", "segment.create", at_least("late", 50));
    run(&crm, TUESDAY, "late in", "segment.pin_in", json!({"code": "late", "ids": [id("a")]}));
    let told = ask(&crm, FRIDAY, "report", asked("late", NOON));
    // Whom somebody named since was not named then.
    assert_eq!(created(&told), &json!(2), "b and c: {told:#}");
    let text = "`late` n’était pas en service à cette date\u{a0}: sa condition actuelle s’applique, sans les fiches \
                ajoutées ou retirées nommément depuis";
    assert_eq!(told["notes"], json!([{"code": "segment_not_in_use_then", "segment": "late", "text": text}]));
    let now = ask(&crm, FRIDAY, "report", asked("late", FRIDAY));
    assert_eq!((created(&now), now.get("notes")), (&json!(3), None));
}

#[test]
fn revenue_of_a_past_day_says_what_was_not_known_then() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let make = |when: &str, command: &str, fields: Json| -> String {
        let name = format!("{command} {fields}");
        run(&crm, when, &name, command, json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    };
    let account = make("2026-01-01T09:00:00Z", "account.create", json!({"name": "Rénov’Ouest"}));
    let contract = |when: &str, name: &str| {
        let fields = json!({"name": name, "account": account, "currency": "EUR", "starts_on": "2026-01-01"});
        let subscription = make(when, "subscription.create", fields);
        let item = json!({"subscription": subscription, "product": name, "quantity": "2",
            "unit_price": {"amount": "10.00", "currency": "EUR"}});
        (subscription, make(when, "subscription_item.create", item))
    };
    let (subscription, item) = contract("2026-01-01T09:00:00Z", "suivi");
    let notes = |body: Json, question: &str| ask(&crm, FRIDAY, question, body)["notes"].clone();
    let moved = || {
        notes(json!({"from": "2026-02-01", "to": "2026-11-01", "currency": "EUR", "lang": "fr"}), "revenue_retention")
    };
    // What is dated was known: a change of quantity is a row of its own.
    run(&crm, MONDAY, "end", "subscription_item.patch", json!({"id": item, "fields": {"ends_on": "2026-11-22"}}));
    make(
        MONDAY,
        "subscription_item.create",
        json!({"subscription": subscription, "product": "suivi", "quantity": "3",
        "unit_price": {"amount": "10.00", "currency": "EUR"}, "starts_on": "2026-11-23"}),
    );
    assert_eq!(moved(), json!([]));
    // What is rewritten was something else, and what comes in late was not known.
    run(&crm, MONDAY, "patch", "subscription_item.patch", json!({"id": item, "fields": {"quantity": "5"}}));
    contract(MONDAY, "support");
    let told = moved();
    assert_eq!(
        (&told[0]["code"], &told[0]["contracts"], &told[0]["on"]),
        (&json!("known_today"), &json!(2), &json!("2026-02-01"))
    );
    let text = "au 01/02/2026, 2 contrats comptent d’après ce que l’on sait aujourd’hui\u{a0}: à cette date, on savait autre \
                chose, ou rien encore";
    assert_eq!((&told[0]["text"], &told[1]["on"]), (&json!(text), &json!("2026-11-01")));
    assert_eq!(notes(json!({"at": "2026-02-01"}), "mrr")[0]["contracts"], 2);
    assert_eq!(notes(json!({"at": "2026-11-27"}), "mrr"), json!([]), "today is known");
}
