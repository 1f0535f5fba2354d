//! Drafts and the gate in the engine: what waits, who decides about what, and what is refused.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crm_core::Id;
use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::model::{AnyRecord, Key, Kind};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Draft, MemoryStore, Store, Write};
use serde_json::{Value as Json, json};

use crate::desk_driver::{BOT, Desk, MARIE, NOW, PAUL, ROOT, desk, desk_with, id, seen, with};
use crate::support::{Contended, at, workspace};

#[test]
fn an_agent_writes_and_a_person_says_yes() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    assert_eq!(draft["state"], "waiting");
    assert!(desk.rows("outbox_item").is_empty());

    let done = desk.must(MARIE, "draft.approve", with(seen(&draft), json!({"note": "Parfait"})));
    assert_eq!(done["state"], "queued");
    let items = desk.rows("outbox_item");
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0]["recipient"], &items[0]["state"]), (&json!("jean@renovouest.fr"), &json!("queued")));
    assert_eq!(items[0]["content_hash"], draft["content_hash"]);
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "approved"]);

    let shown = desk.draft(&draft["id"]);
    assert_eq!((&shown["decision"]["approval"]["by"], &shown["decision"]["may"]), (&json!("marie"), &json!(true)));
    assert_eq!((&shown["events"][2]["note"], &shown["events"][2]["via"]), (&json!("Parfait"), &json!("person")));
    let reasons = shown["events"][1]["reasons"].as_array().unwrap();
    let text = |code: &str| reasons.iter().find(|reason| reason["code"] == code).map(|reason| reason["text"].clone());
    assert_eq!(text("ask_before_sending"), Some(json!("rien ne part sans l’accord d’une personne")));
    assert_eq!(shown["hand_offs"][0]["recipient"], "jean@renovouest.fr");
}

#[test]
fn a_decision_is_about_what_was_seen() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let other = with(seen(&draft), json!({"content_hash": "0".repeat(64)}));
    assert_eq!(desk.refused(MARIE, "draft.approve", other.clone()), "conflict other_content");
    assert_eq!(desk.refused(MARIE, "draft.reject", with(other, json!({"note": "non"}))), "conflict other_content");
    // An edit is another revision, and what was asked is asked again.
    let edit = json!({"id": draft["id"], "fields": {"recipients": ["jean@ailleurs.fr"]}});
    desk.must(MARIE, "draft.patch", edit);
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "conflict stale_revision");
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["revision"]), (&json!("waiting"), &json!(2)));
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "edited", "submitted"]);
    // So is a draft that is about somebody else.
    let lead = json!({"id": id("other"), "fields": {"company": "Ailleurs"}});
    desk.must(ROOT, "lead.create", lead);
    desk.must(MARIE, "draft.patch", json!({"id": draft["id"], "fields": {"lead": id("other")}}));
    assert_eq!(desk.draft(&draft["id"])["revision"], 3);
    for (body, code) in [
        (json!({"id": draft["id"], "revision": 1}), "missing "),
        (json!({"id": draft["id"], "content_hash": "x"}), "missing "),
        (json!({"id": id("nothing"), "revision": 1, "content_hash": "x"}), "not_found "),
        (with(seen(&now), json!({"revision": u64::MAX})), "conflict stale_revision"),
        (with(seen(&now), json!({"is_reviewed": "yes"})), "invalid_value "),
        (with(seen(&now), json!({"fields": {"state": "sent"}})), "invalid_value "),
        (with(seen(&now), json!({"force": true})), "unknown_field "),
    ] {
        assert_eq!(desk.refused(MARIE, "draft.approve", body.clone()), code, "{body}");
    }
    assert_eq!(desk.refused(MARIE, "draft.reject", seen(&now)), "missing ");
}

#[test]
fn the_first_who_decides_wins() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    let error = desk.run(PAUL, "draft.approve", seen(&draft)).unwrap_err();
    let expected = json!({"problem": "already_decided", "state": "queued", "by": "marie", "at": NOW});
    assert_eq!(error.detail(), Some(&expected));
    assert_eq!(
        desk.refused(PAUL, "draft.reject", with(seen(&draft), json!({"note": "x"}))),
        "wrong_state already_decided"
    );
    assert_eq!(desk.rows("outbox_item").len(), 1);
}

#[test]
fn of_two_at_the_same_time_one_wins() {
    let first: Arc<Mutex<Option<Commit>>> = Arc::default();
    let faster = first.clone();
    let rival = move |inner: &MemoryStore, _: u32| {
        let commit = faster.lock().unwrap().take().unwrap();
        inner.commit(&workspace(), &commit).unwrap();
    };
    let store = Contended { inner: MemoryStore::new(), losses: AtomicU32::new(0), rival: Box::new(rival) };
    let desk = Desk::over(store);
    desk.must(ROOT, "lead.create", json!({"id": id("lead"), "fields": {"company": "R", "email": "a@b.fr"}}));
    let draft = desk.compose(BOT, "Bonjour", true);
    let ctx = Ctx::new(workspace(), Actor::new("paul", Role::Member).unwrap(), at(NOW), Id::from_text("rival"));
    let command = parse("draft.approve", &seen(&draft), desk.crm.rules()).unwrap();
    *first.lock().unwrap() = Some(desk.crm.plan(&ctx, &*command).unwrap().commit);
    desk.crm.store().losses.store(1, Ordering::SeqCst);
    let error = desk.run(MARIE, "draft.approve", seen(&draft)).unwrap_err();
    assert_eq!(error.detail().unwrap()["by"], "paul");
    assert_eq!(desk.rows("outbox_item").len(), 1);
}

#[test]
fn an_edit_takes_back_what_was_approved() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Autre chose"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["decision"]["approval"]), (&json!("waiting"), &Json::Null));
    assert_eq!(desk.rows("outbox_item")[0]["state"], "withdrawn");
    // What changes nothing that leaves is no edit.
    let done = desk.must(MARIE, "draft.approve", seen(&now));
    desk.must(MARIE, "draft.patch", json!({"id": draft["id"], "fields": {"tags": ["important"]}}));
    assert_eq!(desk.draft(&draft["id"])["state"], done["state"]);
}

#[test]
fn approvers_may_edit_what_they_approve() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let order =
        with(seen(&draft), json!({"fields": {"text": "Bonjour Jean"}, "send_not_before": "2026-11-24T08:00:00Z"}));
    let done = desk.must(MARIE, "draft.approve", order);
    assert_eq!((&done["state"], &done["revision"]), (&json!("queued"), &json!(2)));
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["content"]["text"], "Bonjour Jean");
    assert_eq!(shown["hand_offs"][0]["not_before"], "2026-11-24T08:00:00Z");
    assert_eq!(desk.events(&draft["id"]), ["composed", "submitted", "edited", "submitted", "approved"]);
    // An edit of what is not there any more is none.
    let late = with(seen(&draft), json!({"fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.refused(PAUL, "draft.approve", late), "conflict stale_revision");
    assert_eq!(desk.draft(&draft["id"])["content"]["text"], "Bonjour Jean");
    let other = desk.compose(BOT, "Encore", true);
    let bad = with(seen(&other), json!({"fields": {"recipients": ["a@b.fr\r\nBcc: x@y.z"]}}));
    assert!(desk.run(MARIE, "draft.approve", bad).is_err());
    assert_eq!(desk.draft(&other["id"])["revision"], 1);
}

#[test]
fn an_agent_never_decides_and_the_attempt_is_written_down() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    for attempt in ["first", "first", "second"] {
        let error = desk.door(BOT, attempt, "draft.approve", seen(&draft)).unwrap_err();
        assert_eq!(error.code().name(), "forbidden");
    }
    let all = json!({"items": [seen(&draft)]});
    assert_eq!(desk.refused(("other bot", Role::Agent), "draft.approve_all", all), "forbidden ");
    let shown = desk.draft(&draft["id"]);
    assert_eq!((&shown["state"], &shown["decision"]["approval"]), (&json!("waiting"), &Json::Null));
    let kinds = desk.events(&draft["id"]);
    assert_eq!(kinds, ["composed", "submitted", "approval_refused", "approval_refused", "approval_refused"]);
    assert_eq!((&shown["events"][4]["actor"], &shown["events"][4]["role"]), (&json!("other bot"), &json!("agent")));
    // The id of an attempt is no answer for anybody else.
    let error = desk.door(MARIE, "first", "draft.approve", seen(&draft)).unwrap_err();
    assert_eq!(error.code().name(), "command_reused");
    // Whoever comes back under an agent's name does not decide about the agent's own.
    assert_eq!(desk.refused(("bot", Role::Owner), "draft.approve", seen(&draft)), "forbidden own_draft");
    assert_eq!(desk.refused(("vera", Role::Viewer), "draft.approve", seen(&draft)), "forbidden ");
    desk.must(MARIE, "draft.approve", seen(&draft));
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn one_bad_draft_does_not_hide_the_others() {
    let desk = desk();
    let (a, b, c) = (desk.compose(BOT, "a", true), desk.compose(BOT, "b", true), desk.compose(BOT, "c", false));
    let stale = with(seen(&b), json!({"content_hash": "x"}));
    let nothing = json!({"id": id("nothing"), "revision": 1, "content_hash": "x"});
    let items = json!([stale, seen(&a), seen(&c), nothing, seen(&a)]);
    let done = desk.must(MARIE, "draft.approve_all", json!({"items": items}));
    assert_eq!((&done["approved"], &done["refused"]), (&json!(1), &json!(4)));
    let told: Vec<String> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match &item["error"] {
            Json::Null => item["step"]["state"].as_str().unwrap().to_owned(),
            error => format!("{} {}", error["code"], error["detail"]["problem"]).replace('"', ""),
        })
        .collect();
    let expected = [
        "conflict other_content",
        "queued",
        "wrong_state not_waiting",
        "not_found null",
        "wrong_state already_decided",
    ];
    assert_eq!(told, expected);
    assert!(!done.to_string().contains("message"));
    assert_eq!(desk.rows("outbox_item").len(), 1);
    let many: Vec<Json> = (0..51).map(|_| seen(&b)).collect();
    assert_eq!(desk.refused(MARIE, "draft.approve_all", json!({"items": many})), "too_large ");
}

#[test]
fn a_no_a_wish_and_a_way_back() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let wish = desk.must(MARIE, "draft.request_changes", with(seen(&draft), json!({"note": "Plus court"})));
    assert_eq!(wish["state"], "changes_requested");
    assert_eq!(desk.refused(MARIE, "draft.submit", json!({"id": draft["id"]})), "wrong_state not_waiting");
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Salut"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!(now["state"], "waiting");
    let no = desk.must(MARIE, "draft.reject", with(seen(&now), json!({"note": "Pas maintenant"})));
    assert_eq!(no["state"], "rejected");
    // What was rejected is written anew only on purpose.
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.draft(&draft["id"])["state"], "drafting");
    desk.must(BOT, "draft.submit", json!({"id": draft["id"]}));
    let back = desk.must(BOT, "draft.cancel", json!({"id": draft["id"], "note": "Inutile"}));
    assert_eq!(back["state"], "cancelled");
    assert_eq!(desk.refused(BOT, "draft.cancel", json!({"id": draft["id"]})), "wrong_state too_late");
    assert_eq!(desk.refused(MARIE, "draft.retry", json!({"id": draft["id"]})), "wrong_state nothing_failed");
    // An agent takes back what is its own.
    let own = desk.compose(MARIE, "De moi", true);
    assert_eq!(desk.refused(BOT, "draft.cancel", json!({"id": own["id"]})), "forbidden ");
    desk.must(MARIE, "draft.archive", json!({"id": own["id"]}));
    assert_eq!(desk.draft(&own["id"])["state"], "cancelled");
}

#[test]
fn teammates_check_each_others_work() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    let check = with(seen(&draft), json!({"passed": true, "note": "Relu"}));
    assert_eq!(desk.refused(BOT, "draft.peer_check", check.clone()), "forbidden own_peer_check");
    desk.must(("second bot", Role::Agent), "draft.peer_check", check.clone());
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["decision"]["peer_check"], json!({"by": "second bot", "passed": true}));
    // It is about that revision only.
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonsoir"}}));
    assert_eq!(desk.draft(&draft["id"])["decision"]["peer_check"], Json::Null);
    assert_eq!(desk.refused(PAUL, "draft.peer_check", check), "conflict stale_revision");
}

#[test]
fn nobody_reads_more_than_two_hundred() {
    let desk = desk();
    for n in 0..200 {
        desk.compose(BOT, &format!("{n}"), true);
    }
    let more = json!({"fields": {"lead": id("lead"), "text": "more", "author": "marie"}, "submit": true});
    assert_eq!(desk.refused(BOT, "draft.compose", more.clone()), "wrong_state limit_reached");
    assert_eq!(desk.rows("draft").len(), 200);
    let archive = json!({"id": id("lead")});
    assert_eq!(desk.refused(BOT, "lead.archive", archive), "wrong_state limit_reached");
    // People and other agents go on; and so does the agent when somebody decided, or on the next day.
    desk.must(MARIE, "draft.compose", more.clone());
    desk.must(("second bot", Role::Agent), "draft.compose", more.clone());
    let first = desk.ask(
        ROOT,
        "find",
        json!({"record": "draft", "where": {"field": "author", "op": "eq", "value": "bot"}, "limit": 1}),
    );
    let first = &first["rows"][0];
    // An edit of what waits is not one more.
    desk.must(BOT, "draft.patch", json!({"id": first["id"], "fields": {"text": "edited"}}));
    let now = desk.draft(&first["id"]);
    desk.must(MARIE, "draft.reject", with(seen(&now), json!({"note": "non"})));
    desk.must(BOT, "draft.compose", more.clone());
    assert_eq!(desk.refused(BOT, "draft.compose", more.clone()), "wrong_state limit_reached");
    desk.now.set("2026-11-24T09:00:01Z");
    desk.must(BOT, "draft.compose", more);
}

#[test]
fn a_merge_takes_no_decision_back() {
    let desk = desk();
    desk.must(ROOT, "lead.create", json!({"id": id("other"), "fields": {"company": "Autre"}}));
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.must(MARIE, "draft.approve", seen(&draft));
    let merge = json!({"primary": id("other"), "sources": [id("lead")], "override_primary": true});
    desk.door(MARIE, "the merge", "lead.merge", merge).unwrap();
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["links"]["lead"]), (&json!("queued"), &json!(id("other"))));
    assert_eq!(now["hand_offs"][0]["lead"], id("other"));
    desk.must(MARIE, "lead.unmerge", json!({"merge": id("the merge")}));
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["state"], &now["links"]["lead"]), (&json!("queued"), &json!(id("lead"))));
    assert_eq!(now["hand_offs"][0]["lead"], id("lead"));
    assert_eq!(now["content_hash"], draft["content_hash"]);
    desk.ask(ROOT, "verify", json!({}));
}

#[test]
fn what_nobody_sees_is_shown() {
    let desk = desk();
    let text = "Payez\u{202e}rf.euqnab\u{202c} ici\u{200b}.\nMerci";
    let draft = desk.compose(BOT, text, true);
    let shown = desk.draft(&draft["id"]);
    assert_eq!(shown["content"]["text"], text);
    assert_eq!(shown["shown"]["text"], "Payez<U+202E>rf.euqnab<U+202C> ici<U+200B>.\nMerci");
    let hidden = shown["hidden"].as_array().unwrap();
    assert_eq!(hidden.len(), 3);
    assert_eq!(hidden[0], json!({"field": "text", "at": 5, "character": "U+202E"}));
}

#[test]
fn an_old_question_is_no_question() {
    let desk = desk();
    let draft = desk.compose(BOT, "Bonjour", true);
    desk.now.set("2026-11-30T09:00:00Z");
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "wrong_state expired");
    // Whoever wants it all the same asks again.
    let again = desk.must(MARIE, "draft.submit", json!({"id": draft["id"]}));
    assert_eq!(desk.must(MARIE, "draft.approve", seen(&again))["state"], "queued");
}

/// A draft as versions before the gate stored it: without its state.
fn from_before(desk: &Desk<MemoryStore>, name: &str) -> Json {
    let composed = desk.compose(MARIE, name, false);
    let key = Key { kind: Kind::Draft, id: composed["id"].as_str().unwrap().parse().unwrap() };
    let mut row = desk.crm.store().snapshot(&workspace()).unwrap().get(key).unwrap().unwrap();
    (row.id, row.version) = (Id::from_text(name), 1);
    let AnyRecord::Draft(draft) = &mut row.body else { panic!("a draft") };
    (draft.gate, draft.content_hash) = (String::new(), String::new());
    (draft.kind, draft.state, draft.revision, draft.event_count) = (None, None, None, None);
    let entry = Draft { command_id: Id::from_text(&format!("before {name}")), keys: vec![], content: "{}".into() };
    desk.crm
        .store()
        .commit(&workspace(), &Commit { guards: vec![], writes: vec![Write { row, replaces: 0 }], draft: entry })
        .unwrap();
    json!(id(name))
}

#[test]
fn a_draft_from_before_the_gate_is_being_written() {
    let desk = desk();
    let draft = from_before(&desk, "old");
    let shown = desk.draft(&draft);
    assert_eq!((&shown["state"], &shown["revision"], &shown["events"]), (&json!("drafting"), &json!(1), &json!([])));
    assert_eq!(shown["decision"]["contributors"], json!([{"name": "marie", "role": "agent"}]));
    let library = desk.ask(ROOT, "library", json!({"states": ["drafting"]}));
    assert!(library.to_string().contains(&id("old")), "{library}");
    // It waits like any other, and its author does not decide about it.
    let asked = desk.must(MARIE, "draft.submit", json!({"id": draft}));
    assert_eq!(asked["state"], "waiting");
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&asked)), "forbidden own_draft");
    assert_eq!(desk.must(PAUL, "draft.approve", seen(&asked))["state"], "queued");
    assert_eq!(desk.events(&draft), ["submitted", "approved"]);
    // It is edited, and put away.
    let edited = from_before(&desk, "edited");
    desk.must(PAUL, "draft.patch", json!({"id": edited, "fields": {"text": "Bonsoir"}}));
    assert_eq!((&desk.draft(&edited)["state"], &desk.draft(&edited)["revision"]), (&json!("drafting"), &json!(2)));
    let away = from_before(&desk, "away");
    desk.must(PAUL, "draft.archive", json!({"id": away}));
    assert_eq!(desk.draft(&away)["state"], "cancelled");
}

#[test]
fn four_eyes_and_what_only_admins_decide() {
    let desk = desk_with(Rules::from_json(&json!({"approval": {"four_eyes": true}})).unwrap());
    let draft = desk.compose(MARIE, "Bonjour", true);
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "forbidden own_draft");
    // Whoever edits it has written it too.
    desk.must(PAUL, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonsoir"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!(desk.refused(PAUL, "draft.approve", seen(&now)), "forbidden own_draft");
    assert_eq!(desk.must(ROOT, "draft.approve", seen(&now))["state"], "queued");

    let rules = json!({"approval": {"admin_only": {"channels": ["letter"]}}});
    let desk = desk_with(Rules::from_json(&rules).unwrap());
    let fields =
        json!({"lead": id("lead"), "channel": "letter", "recipients": ["1 rue du Port, Nantes"], "text": "Bonjour"});
    let letter = desk.must(BOT, "draft.compose", json!({"fields": fields, "submit": true}));
    for who in [MARIE, ("mona", Role::Manager)] {
        assert_eq!(desk.run(who, "draft.approve", seen(&letter)).unwrap_err().code().name(), "forbidden");
    }
    assert_eq!(desk.draft(&letter["id"])["state"], "waiting");
    assert_eq!(desk.must(("adam", Role::Admin), "draft.approve", seen(&letter))["state"], "queued");
}
