//! Commands that wait for an OK: held, shown, carried out once, and taken back.

use crm_core::Id;
use crm_core::command::{Actor, Create, Ctx, NAMES, Role, is_held, is_proposable};
use crm_core::engine::Ran;
use crm_core::model::Lead;
use serde_json::{Value as Json, json};

use crate::desk_driver::{BOT, MARIE, NOW, PAUL, ROOT, desk, id, seen};
use crate::support::{at, workspace};

#[test]
fn what_an_agent_may_not_do_is_held() {
    let desk = desk();
    let body = json!({"id": id("lead")});
    let held = desk.door(BOT, "the archive", "lead.archive", body.clone()).unwrap();
    assert_eq!((&held["status"], &held["state"]), (&json!("held"), &json!("waiting")));
    assert!(held["reasons"].as_array().unwrap().contains(&json!({"code": "ask_before_sending"})));
    // Repeating it gives the same.
    let again = desk.door(BOT, "the archive", "lead.archive", body).unwrap();
    assert_eq!((&again["draft"], &again["replayed"], &again["seq"]), (&held["draft"], &json!(true), &held["seq"]));
    assert_eq!(desk.rows("draft").len(), 1);

    let shown = desk.draft(&held["draft"]);
    assert_eq!((&shown["kind"], &shown["links"]["lead"]), (&json!("command"), &json!(id("lead"))));
    assert_eq!(shown["command"]["name"], "lead.archive");
    assert_eq!(shown["command"]["changes"][0]["fields"]["archived_at"][1], NOW);
    assert_eq!(shown["command"]["changed_since"], json!([]));

    // A person says yes, and it is done, in the person's name.
    let done = desk.must(MARIE, "draft.approve", seen(&held));
    assert_eq!((&done["state"], &done["output"]["version"]), (&json!("done"), &json!(2)));
    let lead = desk.ask(ROOT, "get", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(lead["row"]["archived_at"], NOW);
    let history = desk.ask(ROOT, "history", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(history["entries"][1]["actor"]["name"], "marie");
    assert_eq!(desk.events(&held["draft"]), ["composed", "submitted", "approved", "done"]);
    assert_eq!(desk.refused(PAUL, "draft.approve", seen(&held)), "wrong_state already_decided");
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn the_engine_says_held() {
    let desk = desk();
    let ctx = |n: &str| Ctx::new(workspace(), Actor::new("bot", Role::Agent).unwrap(), at(NOW), Id::from_text(n));
    let command = crm_core::command::Archive::<Lead>::new(Id::from_text("lead"));
    let plan = desk.crm.plan(&ctx("plan"), &command).unwrap();
    assert!(plan.is_held);
    assert!(plan.changes.iter().all(|change| change.key.kind.name().starts_with("draft")));
    let Ran::Held(held) = desk.crm.run(&ctx("run"), &command).unwrap() else { panic!("held") };
    assert!(!held.replayed);
    let error = desk.crm.run(&ctx("run"), &command).unwrap().done().unwrap_err();
    assert_eq!(error.detail().unwrap(), &json!({"problem": "held", "draft": held.draft.to_string()}));
    // What agents may do they do.
    let create = Create::new(Lead { company: "Autre".into(), ..Lead::default() });
    assert!(matches!(desk.crm.run(&ctx("create"), &create).unwrap(), Ran::Done(_)));
    // What would be refused is refused at once.
    let missing = crm_core::command::Archive::<Lead>::new(Id::from_text("nothing"));
    assert_eq!(desk.crm.run(&ctx("missing"), &missing).unwrap_err().code().name(), "not_found");
}

#[test]
fn what_is_held_is_known() {
    let held: Vec<&str> = NAMES.iter().copied().filter(|name| is_held(Role::Agent, name)).collect();
    for name in
        ["lead.merge", "lead.convert", "deal.archive", "deal.split", "ticket.merge", "lead.unmerge", "segment.edit"]
    {
        assert!(held.contains(&name), "{name}");
    }
    for name in [
        "draft.archive",
        "draft.approve",
        "lead.import",
        "pipeline.delete",
        "quota.set",
        "adjustment.set",
        "segment.refresh",
    ] {
        assert!(!held.contains(&name), "{name}");
    }
    assert!(NAMES.iter().all(|name| Role::ALL.iter().all(|role| *role == Role::Agent || !is_held(*role, name))));
    for name in
        ["draft.approve", "draft.propose", "kill_switch.resume", "outbox.start", "channel.connect", "no.command"]
    {
        assert!(!is_proposable(name), "{name}");
    }
}

#[test]
fn a_proposal_rests_on_what_was_shown() {
    let desk = desk();
    let propose = json!({"command": "deal.create", "body": {"id": id("deal"), "fields": {"name": "Toiture"}},
        "note": "Ils ont demandé un devis", "reasons": [{"code": "asked"}], "lead": id("lead"), "confidence_bp": 9000});
    let held = desk.must(BOT, "draft.propose", propose);
    let shown = desk.draft(&held["draft"]);
    assert_eq!(shown["command"]["changes"][0]["row"]["name"], "Toiture");
    assert_eq!(
        (&shown["reasons"], &shown["content"]["text"]),
        (&json!([{"code": "asked"}]), &json!("Ils ont demandé un devis"))
    );
    desk.must(MARIE, "draft.approve", seen(&held));
    assert_eq!(desk.rows("deal").len(), 1);

    // A row that is another by now is named, and nothing is done until somebody looks again.
    let held = desk.must(BOT, "draft.propose", json!({"command": "deal.archive", "body": {"id": id("deal")}}));
    desk.must(PAUL, "deal.patch", json!({"id": id("deal"), "fields": {"name": "Toiture et murs"}}));
    let error = desk.run(MARIE, "draft.approve", seen(&held)).unwrap_err();
    let expected = json!({"problem": "stale_preview", "records": [format!("deal {}", id("deal"))]});
    assert_eq!(error.detail(), Some(&expected));
    assert_eq!(desk.draft(&held["draft"])["command"]["changed_since"], json!([{"record": "deal", "id": id("deal")}]));
    let anew = desk.must(BOT, "draft.submit", json!({"id": held["draft"]}));
    assert_eq!((&anew["state"], &anew["revision"]), (&json!("waiting"), &json!(2)));
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&held)), "conflict stale_revision");
    assert_eq!(desk.must(MARIE, "draft.approve", seen(&anew))["state"], "done");

    for (body, code) in [
        (json!({"command": "draft.approve", "body": {}}), "forbidden not_proposable"),
        (json!({"command": "lead.frobnicate", "body": {}}), "unknown_command "),
        (json!({"command": "lead.archive", "body": {"id": id("nothing")}}), "not_found "),
        (json!({"command": "lead.archive", "body": {"ids": []}}), "unknown_field "),
        (json!({"command": "lead.archive", "body": {"id": id("lead")}, "reasons": ["x"]}), "invalid_json "),
        (json!({"command": "lead.archive", "body": {"id": id("lead")}, "confidence_bp": 10_001}), "invalid_value "),
        (json!({"body": {}}), "missing "),
    ] {
        assert_eq!(desk.refused(BOT, "draft.propose", body.clone()), code, "{body}");
    }
}

#[test]
fn whoever_says_yes_needs_the_right() {
    let desk = desk();
    let quota = json!({"owner": "marie", "period": {"start": "2026-10-01", "end": "2027-01-01"},
        "amount": {"amount": "1", "currency": "EUR"}});
    let held = desk.must(BOT, "draft.propose", json!({"command": "quota.set", "body": quota}));
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&held)), "forbidden ");
    let member = desk.must(MARIE, "draft.propose", json!({"command": "quota.set", "lead": id("lead"), "body": quota}));
    assert_eq!(desk.refused(PAUL, "draft.approve", seen(&member)), "forbidden ");
    assert_eq!(desk.draft(&member["draft"])["state"], "waiting");
    assert_eq!(desk.must(ROOT, "draft.approve", seen(&member))["state"], "done");
}

#[test]
fn held_merges_do_not_step_on_each_other() {
    let desk = desk();
    for name in ["second", "third"] {
        desk.must(ROOT, "lead.create", json!({"id": id(name), "fields": {"company": name}}));
    }
    desk.must(ROOT, "note.create", json!({"fields": {"lead": id("second"), "text": "Toiture"}}));
    let merge = |into: &str, of: &str| json!({"primary": id(into), "sources": [id(of)], "override_primary": true});
    let a = desk.run(BOT, "lead.merge", merge("lead", "second")).unwrap();
    let b = desk.run(BOT, "lead.merge", merge("third", "lead")).unwrap();
    // The second one would leave behind what the first one moves.
    let done = desk.must(MARIE, "draft.approve_all", json!({"items": [seen(&a), seen(&b)]}));
    assert_eq!((&done["approved"], &done["refused"]), (&json!(1), &json!(1)));
    assert_eq!(done["items"][1]["error"]["detail"]["problem"], "stale_preview");
    let lead = desk.ask(ROOT, "get", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(lead["row"]["merged_into"], Json::Null);
    desk.ask(ROOT, "verify", json!({}));
}

/// A merge of two leads that waits, taken back after it was carried out by an OK or by a rule.
#[test]
fn what_an_ok_carried_out_is_taken_back() {
    let merge = json!({"primary": id("lead"), "sources": [id("other")], "override_primary": true});
    let convert = json!({"id": id("lead")});
    let by_rule = json!({"name": "Doublons", "effect": "auto", "kind": "command", "commands": ["lead.merge", "lead.convert"],
        "daily_cap": 5, "valid_until": "2027-01-31T00:00:00Z"});
    for (command, undo, key, body) in
        [("lead.merge", "lead.unmerge", "merge", &merge), ("lead.convert", "lead.unconvert", "conversion", &convert)]
    {
        for way in ["ok", "several", "rule"] {
            let desk = desk();
            desk.must(
                ROOT,
                "lead.create",
                json!({"id": id("other"), "fields": {"company": "Autre", "owner": "marie"}}),
            );
            let letter = desk.compose(BOT, "Bonjour", true);
            let before: Vec<Json> = desk.rows("lead").iter().map(plain).collect();
            let propose = json!({"command": command, "body": body, "confidence_bp": 9_900});
            if way == "rule" {
                desk.must(ROOT, "approval_rule.create", json!({"fields": by_rule}));
            }
            let held = desk.door(BOT, "the proposal", "draft.propose", propose).unwrap()["output"].clone();
            let carried = match way {
                "rule" => "the proposal",
                "ok" => {
                    desk.door(MARIE, "the ok", "draft.approve", seen(&held)).unwrap();
                    "the ok"
                }
                // A message beside it is nothing that is taken back.
                _ => {
                    let items = json!({"items": [seen(&held), seen(&letter)]});
                    let done = desk.door(MARIE, "the ok", "draft.approve_all", items).unwrap();
                    assert_eq!(done["output"]["approved"], 2, "{done}");
                    "the ok"
                }
            };
            assert_eq!(desk.draft(&held["draft"])["state"], "done", "{command} by {way}");
            assert_ne!(desk.rows("lead").iter().map(plain).collect::<Vec<_>>(), before, "{command} by {way}");
            let back = json!({key: id(carried)});
            desk.must(MARIE, undo, back.clone());
            assert_eq!(desk.rows("lead").iter().map(plain).collect::<Vec<_>>(), before, "{command} by {way}");
            // What was decided stays decided.
            assert_eq!(desk.draft(&held["draft"])["state"], "done");
            let state = if way == "several" { "queued" } else { "waiting" };
            assert_eq!(desk.draft(&letter["id"])["state"], state);
            assert_eq!(desk.run(MARIE, undo, back).unwrap_err().code().name(), "wrong_state");
            // Taking another kind of command back finds nothing.
            let (other, name) =
                if key == "merge" { ("lead.unconvert", "conversion") } else { ("lead.unmerge", "merge") };
            assert_eq!(desk.run(MARIE, other, json!({name: id(carried)})).unwrap_err().code().name(), "not_found");
            desk.ask(ROOT, "verify", json!({}));
        }
    }
}

/// What a lead says, without what counts up.
fn plain(row: &Json) -> Json {
    let mut row = row.clone();
    let map = row.as_object_mut().unwrap();
    map.retain(|key, _| !["version", "updated_at", "clocks"].contains(&key.as_str()));
    row
}

#[test]
fn what_was_taken_back_through_an_ok_is_not_taken_back_again() {
    let desk = desk();
    desk.must(ROOT, "lead.create", json!({"id": id("other"), "fields": {"company": "Autre"}}));
    let merge = json!({"primary": id("lead"), "sources": [id("other")], "override_primary": true});
    desk.door(MARIE, "the merge", "lead.merge", merge).unwrap();
    let held = desk.run(BOT, "lead.unmerge", json!({"merge": id("the merge")})).unwrap();
    desk.must(MARIE, "draft.approve", seen(&held));
    let error = desk.run(MARIE, "lead.unmerge", json!({"merge": id("the merge")})).unwrap_err();
    assert!(matches!(error.problem(), crm_core::Problem::AlreadyUndone { .. }), "{error}");
}

#[test]
fn a_rule_carries_out_what_it_names_and_nothing_else() {
    let desk = desk();
    let rule = json!({"name": "Archives", "effect": "auto", "kind": "command", "commands": ["lead.archive"],
        "daily_cap": 1, "valid_until": "2027-01-31T00:00:00Z"});
    desk.must(ROOT, "approval_rule.create", json!({"fields": rule}));
    for name in ["second", "third"] {
        desk.must(ROOT, "lead.create", json!({"id": id(name), "fields": {"company": name}}));
    }
    let propose = |command: &str, lead: &str| {
        desk.must(BOT, "draft.propose", json!({"command": command, "body": {"id": id(lead)}, "confidence_bp": 9_900}))
    };
    let done = propose("lead.archive", "lead");
    assert_eq!((&done["state"], &done["output"]["version"]), (&json!("done"), &json!(2)), "{done}");
    let row = desk.ask(ROOT, "get", json!({"record": "lead", "id": id("lead")}));
    assert_eq!(row["row"]["archived_at"], NOW);
    assert_eq!(desk.events(&done["draft"]), ["composed", "submitted", "approved", "done"]);
    assert_eq!(desk.draft(&done["draft"])["events"][2]["via"], "rule");
    // Once a day; and a conversion is none.
    assert_eq!(propose("lead.archive", "second")["state"], "waiting");
    assert_eq!(propose("lead.convert", "third")["state"], "waiting");
    // An agent that does not say how sure it is asks somebody.
    desk.now.set("2026-11-24T09:00:00Z");
    let held = desk.run(BOT, "lead.archive", json!({"id": id("third")})).unwrap();
    assert_eq!(held["status"], "held", "{held}");
}
