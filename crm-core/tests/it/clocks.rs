//! Sentences tell instants by the clocks of whoever reads them, and say UTC where nobody's are known.

use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};

use crate::ticket_driver::{ask, run, run_as};

const AT: &str = "2026-11-23T23:30:00Z";
const NEXT: &str = "2026-11-24T08:00:00Z";

/// A new lead, a task that is done, and a message that waits.
fn crm(rules: Json) -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    let lead = Id::from_text("lead").to_string();
    run(&crm, AT, "lead", "lead.create", json!({"id": lead, "fields": {"company": "Acme", "owner": "vera"}}));
    let task = run(&crm, AT, "task", "task.create", json!({"fields": {"title": "Rappeler", "assignee": "vera"}}));
    run(&crm, AT, "done", "task.complete", json!({"id": task["id"]}));
    let fields =
        json!({"channel": "email", "subject": "S", "text": "T", "lead": lead, "recipients": ["a@example.com"]});
    let draft = run(&crm, AT, "draft", "draft.compose", json!({"fields": fields}))["id"].clone();
    run(&crm, AT, "submit", "draft.submit", json!({"id": draft}));
    let row = ask(&crm, AT, "get", json!({"record": "draft", "id": draft}))["row"].clone();
    let seen = json!({"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]});
    run_as(&crm, "owner", AT, "approve", "draft.approve", &seen).unwrap();
    crm
}

fn texts(answer: &Json) -> String {
    answer.to_string()
}

#[test]
fn the_inbox_and_tasks_go_by_the_readers_clocks() {
    let crm = crm(json!({}));
    let inbox = |zone: Option<&str>, lang: &str| {
        let mut body = json!({"user": "vera", "lang": lang});
        if let Some(zone) = zone {
            body["zone"] = zone.into();
        }
        texts(&ask(&crm, NEXT, "inbox", body))
    };
    for (zone, lang, text) in [
        (None, "fr", "nouveau lead depuis le 23/11/2026 à 23\u{a0}h\u{a0}30 UTC"),
        (Some("UTC"), "fr", "nouveau lead depuis le 23/11/2026 à 23\u{a0}h\u{a0}30 UTC"),
        (Some("Europe/Paris"), "fr", "nouveau lead depuis le 24/11/2026 à 0\u{a0}h\u{a0}30\""),
        (Some("America/New_York"), "en", "new lead since 2026-11-23 18:30\""),
    ] {
        let found = inbox(zone, lang);
        assert!(found.contains(text), "{zone:?} {text}: {found}");
    }
    let task = json!({"include": ["completed"], "assignee": "vera", "zone": "Europe/Paris", "lang": "fr"});
    let found = texts(&ask(&crm, NEXT, "tasks", task));
    assert!(found.contains("24/11/2026 à 0\u{a0}h\u{a0}30\""), "{found}");
}

#[test]
fn without_a_word_the_workspaces_clocks_count() {
    let crm = crm(json!({"tasks": {"zone": "Europe/Paris"}}));
    let library = |zone: Option<&str>| {
        let mut body = json!({"as": "text", "lang": "fr"});
        if let Some(zone) = zone {
            body["zone"] = zone.into();
        }
        ask(&crm, NEXT, "library", body)["text"].as_str().unwrap().to_owned()
    };
    assert!(library(None).contains("24/11/2026 à 0\u{a0}h\u{a0}30"), "{}", library(None));
    assert!(library(Some("UTC")).contains("23/11/2026 à 23\u{a0}h\u{a0}30 UTC"), "{}", library(Some("UTC")));
    let page = ask(&crm, NEXT, "page", json!({"user": "vera", "lang": "fr"}))["html"].as_str().unwrap().to_owned();
    assert!(page.contains("nouveau lead depuis le 24/11/2026 à 0\u{a0}h\u{a0}30"), "{page}");
    assert!(!page.contains(" UTC"), "{page}");
}
