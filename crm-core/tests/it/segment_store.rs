//! Segments on a store: members, pins, events, previews, merges, and their use by lists, routing, sequences and reports.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{at as instant, cx};
use crate::ticket_driver::{all, ask, run, run_as, try_ask};

const AT: &str = "2026-11-23T09:00:00Z";
const LATER: &str = "2026-11-24T09:00:00Z";
const LAST: &str = "2026-11-25T09:00:00Z";

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::default())
}

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

fn lead<S: Store>(crm: &Crm<S>, name: &str, fields: Json) -> String {
    run(crm, AT, &format!("make {name}"), "lead.create", json!({"id": id(name), "fields": fields}));
    id(name)
}

fn big<S: Store>(crm: &Crm<S>) {
    let body = json!({"code": "big", "record": "lead", "where": {"field": "size", "op": "ge", "value": 50}});
    run(crm, AT, "segment big", "segment.create", body);
}

fn members<S: Store>(crm: &Crm<S>, at: &str, code: &str) -> BTreeSet<String> {
    let answer = ask(crm, at, "segment", json!({"code": code, "limit": 1000}));
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(answer["count"], rows.len());
    let found = ask(crm, at, "find", answer["find"].clone());
    assert_eq!(found["rows"], answer["rows"], "a list with the segment is the segment");
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| id(name)).collect()
}

fn refresh<S: Store>(crm: &Crm<S>, at: &str, job: &str) -> (u64, u64) {
    let mut ctx = cx(Role::Admin, job);
    ctx.at = instant(at);
    let done = crm.refresh_segments(&ctx, None, &mut |_| ControlFlow::Continue(())).unwrap();
    (done.entered, done.left)
}

/// Who the events say belongs to a segment.
fn replayed<S: Store>(crm: &Crm<S>, code: &str) -> BTreeSet<String> {
    let segment = ask(crm, LATER, "segment", json!({"code": code}))["segment"]["id"].clone();
    let mut members = BTreeSet::new();
    for event in all(crm, LATER, "segment_event") {
        if event["segment"] == segment {
            let lead = event["lead"].as_str().unwrap().to_owned();
            let fits = if event["entered"] == true { members.insert(lead) } else { members.remove(&lead) };
            assert!(fits, "nobody enters or leaves twice");
        }
    }
    members
}

#[test]
fn members_pins_and_events_follow_each_other() {
    let crm = crm();
    big(&crm);
    for (name, size) in [("a", 10), ("b", 60), ("c", 70)] {
        lead(&crm, name, json!({"size": size}));
    }
    assert_eq!(members(&crm, AT, "big"), set(&["b", "c"]));
    assert_eq!(refresh(&crm, AT, "first"), (2, 0));
    assert_eq!(refresh(&crm, AT, "again"), (0, 0), "nothing changed");

    let pinned = run(&crm, AT, "in", "segment.pin_in", json!({"code": "big", "ids": [id("a")], "reason": "Un ami"}));
    assert_eq!((&pinned["entered"], &pinned["left"]), (&json!(1), &json!(0)));
    let out = run(&crm, AT, "out", "segment.pin_out", json!({"code": "big", "ids": [id("b"), id("b")]}));
    assert_eq!((&out["records"], &out["left"]), (&json!(1), &json!(1)));
    assert_eq!(members(&crm, AT, "big"), set(&["a", "c"]));
    assert_eq!(replayed(&crm, "big"), set(&["a", "c"]));
    assert_eq!(refresh(&crm, AT, "after pins"), (0, 0), "pins are noted at once");

    // The last word counts; without one it is the condition's.
    run(&crm, LATER, "in again", "segment.pin_in", json!({"code": "big", "ids": [id("b")]}));
    run(&crm, LATER, "off", "segment.unpin", json!({"code": "big", "ids": [id("a")]}));
    assert_eq!(members(&crm, LATER, "big"), set(&["b", "c"]));
    assert_eq!(replayed(&crm, "big"), set(&["b", "c"]));

    let why = ask(&crm, LATER, "segment_why", json!({"code": "big", "record": "lead", "id": id("a"), "lang": "fr"}));
    assert_eq!(why["member"], false);
    assert_eq!(why["reasons"][1]["text"], "`size` vaut 10, or il est demandé\u{a0}: au moins 50");
    let why = ask(&crm, LATER, "segment_why", json!({"code": "big", "record": "lead", "id": id("b"), "lang": "fr"}));
    assert_eq!((&why["pin"], &why["pinned"]["by"]), (&json!("in"), &json!("admin")));
    let of = ask(&crm, LATER, "segments_of", json!({"record": "lead", "id": id("b")}));
    assert_eq!(of["segments"][0]["code"], "big");

    // An archived lead leaves, and why it left is told.
    run(&crm, LAST, "away", "lead.archive", json!({"id": id("c")}));
    assert_eq!(refresh(&crm, LAST, "third"), (0, 1));
    assert_eq!(all(&crm, LAST, "segment_event").last().unwrap()["cause"], "record");
    assert_eq!(members(&crm, LAST, "big"), set(&["b"]));
}

#[test]
fn a_merge_moves_the_pins_and_the_way_back_gives_them_back() {
    let crm = crm();
    big(&crm);
    for name in ["a", "b"] {
        lead(&crm, name, json!({"size": 1, "company": "Acme"}));
    }
    run(&crm, AT, "out", "segment.pin_out", json!({"code": "big", "ids": [id("a")]}));
    run(&crm, LATER, "in", "segment.pin_in", json!({"code": "big", "ids": [id("b")]}));
    let merge = json!({"primary": id("a"), "sources": [id("b")], "override_primary": true});
    run(&crm, LATER, "merge", "lead.merge", merge);
    assert_eq!(members(&crm, LATER, "big"), set(&["a"]), "the last word came with the other lead");
    assert_eq!(refresh(&crm, LATER, "after the merge"), (0, 0), "who was a member still is");
    run(&crm, LATER, "back", "lead.unmerge", json!({"merge": id("merge")}));
    assert_eq!(members(&crm, LATER, "big"), set(&["b"]));
}

#[test]
fn routing_sequences_and_reports_name_segments() {
    let rules = Rules::from_json(&json!({
        "routing": {
            "members": [{"user": "vera"}, {"user": "paul"}], "queues": ["later"],
            "rules": [{"id": "vip", "priority": 1, "match": {"segment": "vip"}, "target": {"user": "vera"}}],
            "fallback": {"target": {"user": "paul"}},
        },
        "sequence": {"sequences": [{"id": "welcome", "steps": [{"type": "call"}]}]},
    }));
    let crm = Crm::new(MemoryStore::new(), rules.unwrap());
    big(&crm);
    let vip = json!({"all": [{"segment": "big"}, {"field": "country", "op": "eq", "value": "FR"}]});
    run(&crm, AT, "vip", "segment.create", json!({"code": "vip", "record": "lead", "where": vip}));
    for (name, fields) in [
        ("member", json!({"size": 90, "country": "FR"})),
        ("elsewhere", json!({"size": 90, "country": "BE"})),
        ("pinned", json!({"size": 1})),
        // The lead's own word counts as it always did.
        ("says so", json!({"segment": "VIP"})),
    ] {
        lead(&crm, name, fields);
    }
    run(&crm, AT, "pin", "segment.pin_in", json!({"code": "vip", "ids": [id("pinned")]}));
    let asked = ask(&crm, AT, "route", json!({"id": id("member")}));
    assert_eq!((&asked["user"], &asked["rule"]), (&json!("vera"), &json!("vip")));
    let names = ["member", "elsewhere", "pinned", "says so"];
    let ids: Vec<String> = names.iter().map(|name| id(name)).collect();
    let routed = run(&crm, AT, "route", "lead.route", json!({"ids": ids}));
    let users: Vec<&Json> = (0..4).map(|i| &routed["leads"][i]["decision"]["user"]).collect();
    assert_eq!(users, ["vera", "paul", "vera", "vera"]);

    let enrolled = run(&crm, AT, "enrol", "enrolment.enrol", json!({"sequence": "welcome", "segment": "vip"}));
    let found: BTreeSet<String> =
        enrolled["records"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((found, &enrolled["enrolled"]), (set(&["member", "pinned"]), &json!(2)));

    // Deals of a segment in a report, as in a list.
    for (name, amount) in [("small deal", "100"), ("large deal", "9000")] {
        let value = json!({"amount": amount, "currency": "EUR"});
        let fields = json!({"name": name, "value": value, "close_date": "2026-12-01"});
        run(&crm, AT, name, "deal.create", json!({"fields": fields}));
    }
    let large = json!({"field": "value", "op": "ge", "value": {"amount": "1000", "currency": "EUR"}});
    run(&crm, AT, "large", "segment.create", json!({"code": "large", "record": "deal", "where": large}));
    let count = |filter: Json| {
        ask(&crm, AT, "find", json!({"record": "deal", "where": filter, "count": true}))["count"].clone()
    };
    assert_eq!(count(json!({"segment": "large"})), 1);
    assert_eq!(count(json!({"not": {"segment": "large"}})), 1);
    let view =
        json!({"name": "Large", "definition": {"record": "deal", "where": {"segment": "large"}, "columns": ["name"]}});
    let view = run(&crm, AT, "view", "saved_view.create", view);
    let body = json!({"id": view["id"]});
    let mut document = json!({"workspace": "acme", "actor": {"name": "admin", "role": "admin"}, "at": AT});
    document["saved_view"] = body;
    let rows = crm.query_json(document.to_string().as_bytes()).unwrap();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_wrong_is_refused() {
    let crm = crm();
    big(&crm);
    lead(&crm, "a", json!({"size": 1}));
    run(&crm, AT, "account", "account.create", json!({"id": id("account"), "fields": {"name": "Acme"}}));
    run(
        &crm,
        AT,
        "small",
        "segment.create",
        json!({"code": "small", "record": "lead", "where": {"not": {"segment": "big"}}}),
    );
    let not_big = json!({"code": "big", "where": {"any": [{"segment": "small"}]}});
    let many: Vec<String> = (0..501).map(|n| id(&format!("n{n}"))).collect();
    let unknown = json!({"code": "x", "record": "lead", "where": {"all": [{"field": "colour", "op": "is_known"}]}});
    let cases = [
        ("segment.edit", not_big, "invalid_value", "body.where.any[0].small.where.not.segment"),
        ("segment.create", unknown, "unknown_field", "where.all[0].field"),
        ("segment.create", json!({"code": "x", "record": "task"}), "invalid_value", "body.record"),
        (
            "segment.create",
            json!({"code": "x", "record": "lead", "where": {"segment": "y"}}),
            "not_found",
            "where.segment",
        ),
        ("segment.archive", json!({"code": "big"}), "wrong_state", ""),
        ("segment.pin_in", json!({"code": "big", "ids": [id("account")]}), "not_found", "ids[0]"),
        ("segment.pin_in", json!({"code": "big", "ids": [id("nobody")]}), "not_found", "ids[0]"),
        ("segment.pin_in", json!({"code": "big", "ids": many}), "too_large", ""),
        ("segment.pin_in", json!({"code": "nobody", "ids": []}), "not_found", "code"),
        ("segment.refresh", json!({"code": "big", "limit": 501}), "invalid_value", "body.limit"),
        ("segment.refresh", json!({"code": "big", "after": "x"}), "invalid_json", "body.after"),
    ];
    for (name, body, code, path) in cases {
        let error = run_as(&crm, "admin", AT, "bad", name, &body).expect_err(name);
        assert_eq!(error.code().name(), code, "{name} {body}: {error}");
        if !path.is_empty() && error.field() != Some(path) {
            let short = path.strip_prefix("body.").unwrap_or(path);
            assert_eq!(error.field(), Some(short), "{name} {body}: {error}");
        }
    }
    assert_eq!(
        run_as(&crm, "member", AT, "no", "segment.refresh", &json!({"code": "big"})).unwrap_err().code().name(),
        "forbidden"
    );
    let error = try_ask(&crm, AT, "find", &json!({"record": "lead", "where": {"segment": "nobody"}})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("not_found", Some("find.where.segment")));
    let error = try_ask(&crm, AT, "find", &json!({"record": "account", "where": {"segment": "big"}})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_value", Some("find.where.segment")));
}

#[test]
fn a_segment_that_something_saved_names_stays() {
    let crm = crm();
    big(&crm);
    let condition = json!({"all": [{"segment": "BIG"}, {"field": "company", "op": "is_known"}]});
    let view = |name: &str, scope: &str| {
        let definition = json!({"record": "lead", "where": condition});
        json!({"id": id(name), "name": name, "scope": scope, "definition": definition})
    };
    // What somebody keeps in private is nobody's business, nor a reason.
    run_as(&crm, "member", AT, "private", "saved_view.create", &view("Les miens", "private")).unwrap();
    run(&crm, AT, "shared", "saved_view.create", view("Les grands", "all"));
    let window = json!({"to_date": {"unit": "month"}});
    let report = json!({"kind": "lead_volume", "window": window, "filter": {"not": {"segment": "big"}}});
    let body = json!({"id": id("report"), "name": "Les petits", "scope": "all", "definition": report});
    run(&crm, AT, "report", "saved_report.create", body);
    let other = json!({"id": id("other"), "name": "Tous", "scope": "all", "definition": {"record": "lead"}});
    run(&crm, AT, "other", "saved_view.create", other);
    let archive =
        |at: &str| run_as(&crm, "manager", at, &format!("away {at}"), "segment.archive", &json!({"code": "big"}));
    let error = archive(AT).unwrap_err();
    assert_eq!(error.code().name(), "wrong_state");
    assert_eq!(
        error.text(crm_core::Lang::French),
        "des vues ou des rapports enregistrés désignent `big`\u{a0}: «\u{a0}Les grands\u{a0}», «\u{a0}Les petits\u{a0}»"
    );
    let records =
        json!([{"record": "saved_view", "id": id("Les grands")}, {"record": "saved_report", "id": id("report")}]);
    assert_eq!(error.detail().unwrap()["records"], records);
    run(&crm, AT, "view away", "saved_view.archive", json!({"id": id("Les grands")}));
    assert_eq!(archive(LATER).unwrap_err().detail().unwrap()["records"].as_array().unwrap().len(), 1);
    run(&crm, AT, "report away", "saved_report.archive", json!({"id": id("report")}));
    archive(LAST).unwrap();
}

#[test]
fn what_an_agent_does_to_segments_waits_for_an_ok() {
    let crm = crm();
    big(&crm);
    lead(&crm, "a", json!({"size": 10}));
    let agent = |id: &str, command: &str, body: Json| {
        let document = json!({"command": command, "id": Id::from_text(id).to_string(), "workspace": "acme",
            "actor": {"name": "bot", "role": "agent"}, "at": AT, "body": body});
        crm.run_json(document.to_string().as_bytes()).unwrap()
    };
    let held = agent("pin", "segment.pin_in", json!({"code": "big", "ids": [id("a")], "reason": "Un ami"}));
    assert_eq!(held["status"], "held");
    assert_eq!(members(&crm, AT, "big"), set(&[]));
    let seen = json!({"id": held["draft"], "revision": held["revision"], "content_hash": held["content_hash"]});
    // Whoever says yes needs the right.
    let error = run_as(&crm, "member", AT, "no", "draft.approve", &seen).unwrap_err();
    assert_eq!(error.code().name(), "forbidden", "{error}");
    run(&crm, AT, "yes", "draft.approve", seen);
    assert_eq!(members(&crm, AT, "big"), set(&["a"]));
    let body = json!({"code": "vip", "record": "lead", "where": {"segment": "big"}});
    assert_eq!(agent("vip", "segment.create", body)["status"], "held");
    assert_eq!(agent("away", "segment.archive", json!({"code": "big"}))["status"], "held");
}

/// More pins than a condition has room for are refused, and the others stay askable.
#[test]
fn there_is_room_for_nine_thousand_pins() {
    let crm = crm();
    run(&crm, AT, "list", "segment.create", json!({"code": "list", "record": "lead"}));
    let mut refused = None;
    for batch in 0..19 {
        let rows: Vec<Json> = (0..500)
            .map(|n| json!({"line": n + 1, "fields": {"company": format!("c{batch}-{n}"), "external_id": format!("{batch}-{n}")}}))
            .collect();
        run(&crm, AT, &format!("import {batch}"), "lead.import", json!({"source": "file", "rows": rows}));
        let filter = json!({"field": "external_id", "op": "starts_with", "value": format!("{batch}-")});
        let page = ask(&crm, AT, "find", json!({"record": "lead", "where": filter, "limit": 1000}));
        let ids: Vec<&str> = page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 500);
        if let Err(error) =
            run_as(&crm, "admin", AT, &format!("pin {batch}"), "segment.pin_in", &json!({"code": "list", "ids": ids}))
        {
            refused = Some((batch, error));
        }
    }
    let (batch, error) = refused.unwrap();
    assert_eq!((batch, error.code().name(), error.field()), (18, "too_large", Some("ids")));
    assert_eq!(ask(&crm, AT, "segment", json!({"code": "list", "limit": 1}))["count"], 9000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_events_replay_to_the_members_and_a_preview_is_what_is_noted(
        steps in prop::collection::vec((0u8..5, 0u8..5, 0u8..9), 1..25),
    ) {
        let crm = crm();
        big(&crm);
        for n in 0..5 {
            lead(&crm, &format!("l{n}"), json!({"size": n * 20}));
        }
        for (place, (what, who, choice)) in steps.iter().copied().enumerate() {
            let step = format!("step {place}");
            // Events of one instant have no order.
            let now = &format!("2026-11-23T{:02}:{:02}:00Z", 10 + place / 20, place % 20 * 3);
            let after = &format!("2026-11-23T{:02}:{:02}:00Z", 10 + place / 20, place % 20 * 3 + 1);
            let who = id(&format!("l{who}"));
            let edit = json!({"code": "big", "where": {"field": "size", "op": "ge", "value": i64::from(choice) * 10}});
            let one = json!({"code": "big", "ids": [who]});
            match what {
                0 => {
                    run(&crm, now, &step, "lead.patch", json!({"id": who, "fields": {"size": i64::from(choice) * 12}}));
                }
                1 => {
                    run(&crm, now, &step, "segment.pin_in", one);
                }
                2 => {
                    run(&crm, now, &step, "segment.pin_out", one);
                }
                3 => {
                    run(&crm, now, &step, "segment.unpin", one);
                }
                _ => {
                    refresh(&crm, now, &format!("{step} before"));
                    let told = ask(&crm, now, "segment_preview", edit.clone());
                    run(&crm, after, &step, "segment.edit", edit);
                    let (entered, left) = refresh(&crm, after, &format!("{step} after"));
                    prop_assert_eq!(told["entering"].as_u64(), Some(entered));
                    prop_assert_eq!(told["leaving"].as_u64(), Some(left));
                }
            }
            // One by one it is what the list says.
            let found = members(&crm, after, "big");
            for n in 0..5 {
                let one = id(&format!("l{n}"));
                let why = ask(&crm, after, "segment_why", json!({"code": "big", "record": "lead", "id": one}));
                prop_assert_eq!(why["member"].as_bool(), Some(found.contains(&one)));
            }
        }
        refresh(&crm, LATER, "last");
        prop_assert_eq!(refresh(&crm, LATER, "once more"), (0, 0));
        prop_assert_eq!(replayed(&crm, "big"), members(&crm, LATER, "big"));
    }
}
