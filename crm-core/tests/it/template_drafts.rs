//! Templates behind drafts: what they make is bounded, and what was approved stays what it was.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use crate::desk_driver::{BOT, Desk, MARIE, ROOT, desk_with, id, seen};
use crm_core::store::MemoryStore;

fn rules(text: &str) -> Result<Rules, crm_core::Error> {
    let items =
        json!([{"id": "hello", "draft": "email", "topic": "other", "fr": {"subject": "Votre projet", "text": text}}]);
    let step = json!([{"id": "one", "type": "email", "template": "hello"}]);
    let sequences = json!([{"id": "now", "business_days_only": false, "steps": step}]);
    Rules::from_json(&json!({"templates": {"language": "fr", "items": items},
        "sequence": {"zone": "Europe/Paris", "sequences": sequences}}))
}

fn of_template(desk: &Desk<MemoryStore>) -> Result<Json, crm_core::Error> {
    let body = json!({"fields": {"lead": id("lead")}, "template": {"id": "hello"}, "submit": true});
    Ok(desk.run(BOT, "draft.compose", body)?["output"].clone())
}

/// TPL-03: what a template makes of long values is refused before it is made, and holds nobody up.
#[test]
fn a_template_makes_no_text_without_end() {
    let thousand = rules(&"{{lead.description}}".repeat(1000)).unwrap_err();
    assert_eq!(thousand.code().name(), "too_large", "{thousand}");
    let desk = desk_with(rules(&"{{lead.description}}".repeat(200)).unwrap());
    let long = json!({"id": id("lead"), "fields": {"description": "y".repeat(60_000)}});
    desk.must(ROOT, "lead.patch", long);
    let error = of_template(&desk).unwrap_err();
    assert_eq!(error.code().name(), "too_large", "{error}");
    assert!(desk.rows("draft").is_empty());
    // A step of a sequence leaves it to somebody, and goes on.
    let enrolled = desk.must(ROOT, "enrolment.enrol", json!({"sequence": "now", "leads": [id("lead")]}));
    let enrolment = &enrolled["records"][0]["enrolment"];
    desk.must(ROOT, "enrolment.advance", json!({"id": enrolment}));
    let drafts = desk.rows("draft");
    assert_eq!(drafts.len(), 1);
    assert_eq!((&drafts[0]["state"], &drafts[0]["text"]), (&json!("drafting"), &Json::Null), "{}", drafts[0]);
    assert!(drafts[0]["reasons"].as_str().unwrap().contains("draft_incomplete"));
}

/// TPL-07: what leaves is what was approved, whatever becomes of the record behind it.
#[test]
fn what_a_template_made_is_frozen() {
    let desk = desk_with(rules("Bonjour {{lead.company}}").unwrap());
    let draft = of_template(&desk).unwrap();
    let text = |of: &Json| desk.draft(of)["content"]["text"].clone();
    assert_eq!(text(&draft["id"]), "Bonjour Rénov'Ouest");
    desk.must(ROOT, "lead.patch", json!({"id": id("lead"), "fields": {"company": "Ailleurs"}}));
    let now = desk.draft(&draft["id"]);
    assert_eq!((&now["content_hash"], &now["revision"]), (&draft["content_hash"], &json!(1)));
    assert_eq!(desk.must(MARIE, "draft.approve", seen(&draft))["state"], "queued");
    desk.must(ROOT, "lead.patch", json!({"id": id("lead"), "fields": {"company": "Encore"}}));
    assert_eq!(text(&draft["id"]), "Bonjour Rénov'Ouest");
    let item = &desk.rows("outbox_item")[0];
    assert_eq!((&item["content_hash"], &item["state"]), (&draft["content_hash"], &json!("queued")));
    // Made again with what is known now, it is another one, about which nobody decided.
    desk.must(BOT, "draft.patch", json!({"id": draft["id"], "fields": {"text": "Bonjour Encore"}}));
    assert_eq!(desk.refused(MARIE, "draft.approve", seen(&draft)), "conflict stale_revision");
    assert_eq!(desk.rows("outbox_item")[0]["state"], "withdrawn");
}
