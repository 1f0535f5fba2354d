//! What was found when the part after the signature was attacked, so that it stays mended.

use serde_json::{Value as Json, json};

use crate::gate_world::{ADA, MARIE, ROOT, World};
use crate::offers::shop;

const MONDAY: &str = "2026-11-23T09:00:00Z";

#[test]
fn a_deal_is_not_worth_what_nobody_offers_any_more() {
    let shop = shop(json!({}));
    let named = |id: &Json| json!({"id": id, "fields": {"primary": true}});
    let first = shop.issued();
    assert_eq!(shop.value(), "1000.00");
    let second = shop.issued();
    shop.must(MARIE, "quote.decline", json!({"id": second, "reason": "Trop cher"}));
    let third = shop.issued();
    shop.must(MARIE, "quote.cancel", json!({"id": third, "reason": "Une erreur"}));
    for over in [&second, &third] {
        assert_eq!(shop.refused(MARIE, MONDAY, "quote.edit", named(over)), "not_allowed");
    }
    // What only says whose it is still changes.
    shop.must(MARIE, "quote.edit", json!({"id": second, "fields": {"owner": "paul"}}));
    assert_eq!(shop.quote(&first)["primary"], true);
    assert_eq!(shop.value(), "1000.00");
}

#[test]
fn a_deal_is_worth_what_was_agreed_on_with_the_options() {
    let shop = shop(json!({}));
    let id = shop.issued();
    let mut yes = shop.acceptance(&id);
    yes["chosen"] = json!(["option"]);
    shop.must(MARIE, "quote.accept", yes);
    assert_eq!(shop.value(), "1200.00");
    let again = shop.must(MARIE, "quote.edit", json!({"id": id, "fields": {"primary": true}}));
    assert_eq!(again["deal_value"]["value"]["amount"], "1200.00");
    assert_eq!(shop.value(), "1200.00");
}

#[test]
fn a_segment_that_routing_names_stays() {
    let rules = json!({"routing": {"members": [{"user": "marie"}],
        "rules": [{"id": "vip", "priority": 10, "match": {"segment": "big"}, "target": {"user": "marie"}}]}});
    let world = World::of(rules);
    let whole = json!({"field": "size", "op": "ge", "value": 50});
    for code in ["big", "other"] {
        world.must(ROOT, "segment.create", json!({"code": code, "record": "lead", "where": whole}));
    }
    let error = world.run(ADA, MONDAY, "segment.archive", json!({"code": "big"})).unwrap_err();
    assert_eq!(error.code().name(), "wrong_state");
    assert_eq!(error.to_json()["message"]["fr"], "les règles de répartition désignent `big`");
    world.must(ADA, "segment.archive", json!({"code": "other"}));
}

#[test]
fn the_hub_shows_the_same_override_as_the_health() {
    let world = World::of(json!({}));
    let account = world.must(ROOT, "account.create", json!({"fields": {"name": "Acme"}}))["id"].clone();
    for hour in 0..6 {
        let at = format!("2026-11-23T1{hour}:00:00Z");
        let body =
            json!({"account": account, "score": hour.to_string(), "ends_on": "2026-12-31", "reason": "Un appel"});
        world.run(ROOT, &at, "health.override", body).unwrap();
    }
    let said = world.ask("health", json!({"account": account}))["override"]["id"].clone();
    let hub = world.ask("customer", json!({"account": account}));
    assert_eq!((hub["health"]["override"]["id"] == said, &hub["health"]["override"]["score"]), (true, &json!(500)));
}

#[test]
fn the_day_that_a_deal_was_won_is_the_workspaces() {
    let world = World::of(json!({"tasks": {"zone": "Europe/Paris"}}));
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    world.must(ROOT, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    let account = world.must(ROOT, "account.create", json!({"fields": {"name": "Acme"}}))["id"].clone();
    let deal =
        world.must(ROOT, "deal.create", json!({"fields": {"name": "Toiture", "account": account}}))["id"].clone();
    world.run(ROOT, "2026-11-23T23:30:00Z", "deal.win", json!({"id": deal})).unwrap();
    let told = world.ask("onboarding_suggestion", json!({"account": account, "lang": "fr"}));
    let won = &told["commands"][0]["reasons"][1];
    assert_eq!((&won["code"], &won["date"]), (&json!("playbook_deal_won"), &json!("2026-11-24")));
}

#[test]
fn series_that_look_alike_share_no_number() {
    let shop = shop(json!({"series": [{"id": "a", "number": "D-{yyyy}-{seq:05}"},
        {"id": "b", "number": "D-{yyyy}-{seq:05}", "reset": "never"}]}));
    let mut numbers = Vec::new();
    for series in ["a", "a", "b", "a", "b"] {
        let id = shop.written();
        shop.must(MARIE, "quote.edit", json!({"id": id, "fields": {"series": series}}));
        let issued = shop.must(MARIE, "quote.issue", json!({"id": id}));
        numbers.push(issued["number"].as_str().unwrap().to_owned());
        // Put away, its number stays its own.
        shop.must(MARIE, "quote.cancel", json!({"id": id, "reason": "Une erreur"}));
        shop.must(MARIE, "quote.archive", json!({"id": id}));
    }
    assert_eq!(numbers, ["D-2026-00001", "D-2026-00002", "D-2026-00003", "D-2026-00004", "D-2026-00005"]);
}

#[test]
fn the_page_shows_the_riskiest_deals_and_the_day_in_sentences() {
    let world = World::of(json!({}));
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    world.must(ROOT, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    for n in 0..30 {
        let date = if n % 7 == 3 { "2026-01-05" } else { "2027-06-30" };
        let fields = json!({"name": format!("Affaire {n}"), "owner": "marie", "close_date": date,
            "value": {"amount": "10.00", "currency": "EUR"}});
        world.must(ROOT, "deal.create", json!({"fields": fields}));
    }
    let html = world.ask("page", json!({"lang": "fr"}))["html"].as_str().unwrap().to_owned();
    let explained: Vec<&str> = html.split("<article class=\"explained\"><h3><bdi>").skip(1).collect();
    let names: Vec<&str> = explained.iter().map(|part| part.split('<').next().unwrap()).collect();
    let late = ["Affaire 3", "Affaire 10", "Affaire 17", "Affaire 24"];
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names[..4].iter().all(|name| late.contains(name)), "{names:?}");
    let told = world.ask(
        "narrative",
        json!({"lang": "fr", "currency": "EUR", "window": {"to_date": {"unit": "quarter"}, "zone": "UTC"}}),
    );
    let first = told["reasons"][0]["text"].as_str().unwrap();
    assert!(html.contains(&first.replace('\'', "&#39;")), "{first}");
}
