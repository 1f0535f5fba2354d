//! Logging, linking, drafting and noting: context, idempotency, revisions, tombstones, and what is refused.

use std::sync::atomic::{AtomicU64, Ordering};

use crm_core::command::{Create, NAMES, Role, parse};
use crm_core::model::Ticket;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

use crate::support::cx;

static COMMANDS: AtomicU64 = AtomicU64::new(0);
const NOW: &str = "2026-11-22T09:00:00Z";

pub fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

fn envelope(crm: &Crm<impl Store>, role: Role, at: &str, command: &str, body: Json) -> Result<Json, Error> {
    let n = COMMANDS.fetch_add(1, Ordering::SeqCst);
    let document = json!({"command": command, "id": id(&format!("command {n}")), "workspace": "acme",
        "actor": {"name": "marie", "role": role.name()}, "at": at, "body": body});
    Ok(crm.run_json(document.to_string().as_bytes())?["output"].clone())
}

pub fn run(crm: &Crm<impl Store>, command: &str, body: Json) -> Result<Json, Error> {
    envelope(crm, Role::Member, NOW, command, body)
}

pub fn run_as(crm: &Crm<impl Store>, role: Role, command: &str, body: Json) -> Result<Json, Error> {
    envelope(crm, role, NOW, command, body)
}

pub fn run_at(crm: &Crm<impl Store>, at: &str, command: &str, body: Json) -> Result<Json, Error> {
    envelope(crm, Role::Member, at, command, body)
}

fn ask(crm: &Crm<impl Store>, question: &str, body: Json) -> Result<Json, Error> {
    let document =
        json!({"workspace": "acme", "actor": {"name": "marie", "role": "viewer"}, "at": NOW, question: body});
    crm.query_json(document.to_string().as_bytes())
}

fn row(crm: &Crm<impl Store>, kind: &str, id: &Json) -> Json {
    ask(crm, "get", json!({"record": kind, "id": id})).unwrap()["row"].clone()
}

fn refused(crm: &Crm<impl Store>, command: &str, body: Json) -> String {
    let error = run(crm, command, body).unwrap_err();
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

/// An account with a contact, a deal that has people but no contact of its own, a lead and a ticket.
fn crm() -> Crm<MemoryStore> {
    let rules = json!({"templates": {"zone": "Europe/Paris", "language": "fr"}});
    let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    for (kind, name, fields) in [
        ("account", "account", json!({"name": "Rénov'Ouest"})),
        (
            "contact",
            "contact",
            json!({"first_name": "Anne", "last_name": "Le Goff", "email": "anne@renovouest.fr",
            "account": id("account"), "consent": "opted_in", "language": "en-GB"}),
        ),
        ("contact", "other", json!({"last_name": "Martin", "account": id("elsewhere")})),
        ("account", "elsewhere", json!({"name": "Ailleurs"})),
        (
            "deal",
            "deal",
            json!({"name": "Toiture", "account": id("account"), "value": {"amount": "12500", "currency": "EUR"}}),
        ),
        ("deal_contact", "first part", json!({"deal": id("deal"), "contact": id("other"), "role": "user"})),
        ("deal_contact", "second part", json!({"deal": id("deal"), "contact": id("contact"), "role": "Primary"})),
        (
            "lead",
            "lead",
            json!({"company": "Prospect", "first_name": "Jean", "last_name": "Roux", "email": "jean@prospect.fr",
            "consent": "opted_out", "language": "fr"}),
        ),
        ("employee", "employee", json!({"user": "marie", "full_name": "Marie Petit"})),
    ] {
        run(&crm, &format!("{kind}.create"), json!({"id": id(name), "fields": fields})).unwrap();
    }
    crm
}

fn call(fields: Json) -> Json {
    let mut all = json!({"kind": "call", "direction": "both"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"fields": all})
}

#[test]
fn a_deal_brings_its_account_and_its_primary_contact() {
    let crm = crm();
    let template = json!({"id": "log_call", "language": "fr", "inputs": {"summary": "Devis bien reçu."}});
    let body = json!({"fields": {"deal": id("deal"), "duration_seconds": 600}, "template": template});
    let logged = run(&crm, "activity.log", body).unwrap();
    assert_eq!(logged["status"], "logged");
    let stored = row(&crm, "activity", &logged["id"]);
    assert_eq!((&stored["account"], &stored["contact"]), (&json!(id("account")), &json!(id("contact"))));
    assert_eq!((&stored["kind"], &stored["direction"]), (&json!("call"), &json!("both")));
    assert_eq!((&stored["subject"], &stored["actor"]), (&json!("Appel avec Anne Le Goff"), &json!("marie")));
    assert_eq!((&stored["happened_at"], &stored["created_at"]), (&json!(NOW), &json!(NOW)));
    let told = ask(&crm, "activity", json!({"id": logged["id"]})).unwrap();
    assert_eq!(told["activity"]["template"]["text"], "same");
    assert_eq!(told["activity"]["template"]["values"]["full_name"], "Anne Le Goff");
    // Without a primary part, the first who was added.
    run(&crm, "deal_contact.patch", json!({"id": id("second part"), "fields": {"role": "user"}})).unwrap();
    let other = run(&crm, "activity.log", call(json!({"deal": id("deal")}))).unwrap();
    assert_eq!(row(&crm, "activity", &other["id"])["contact"], id("other"));
    // The deal's own contact comes before both; what is given comes before all.
    run(&crm, "deal.patch", json!({"id": id("deal"), "fields": {"contact": id("contact")}})).unwrap();
    let own = run(&crm, "activity.log", call(json!({"deal": id("deal")}))).unwrap();
    assert_eq!(row(&crm, "activity", &own["id"])["contact"], id("contact"));
    let given = run(&crm, "activity.log", call(json!({"deal": id("deal"), "contact": id("other")}))).unwrap();
    let given = row(&crm, "activity", &given["id"]);
    assert_eq!((&given["contact"], &given["account"]), (&json!(id("other")), &json!(id("account"))));
    // A contact that was put away is not linked to anything new.
    run(&crm, "contact.archive", json!({"id": id("contact")})).unwrap();
    let away = run(&crm, "activity.log", call(json!({"deal": id("deal")}))).unwrap();
    assert_eq!(row(&crm, "activity", &away["id"]).get("contact"), None);
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn a_contact_and_a_ticket_bring_theirs() {
    let crm = crm();
    let of = |fields: Json| {
        let logged = run(&crm, "activity.log", call(fields)).unwrap();
        row(&crm, "activity", &logged["id"])
    };
    let contact = of(json!({"contact": id("contact")}));
    assert_eq!((contact["account"].as_str(), contact.get("deal")), (Some(&*id("account")), None));
    let of_id = |name: &str| Some(Id::from_text(name));
    let ticket = Ticket { subject: "Fuite".into(), deal: of_id("deal"), contact: of_id("other"), ..Ticket::default() };
    let ticket = crm.run(&crate::support::member("ticket"), &Create::new(ticket)).unwrap().done().unwrap().id;
    let all = of(json!({"ticket": ticket.to_string()}));
    // The ticket's own contact comes before the deal's, the deal's account before the contact's.
    assert_eq!((&all["contact"], &all["deal"]), (&json!(id("other")), &json!(id("deal"))));
    assert_eq!(all["account"], id("account"));
}

#[test]
fn another_system_tells_once_and_then_revises() {
    let crm = crm();
    let told = |fields: Json| {
        let mut body = call(fields);
        let extra = json!({"external_source": "telephony", "external_id": "c-1", "deal": id("deal")});
        body["fields"].as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        run(&crm, "activity.log", body)
    };
    let first = told(json!({"happened_at": "2026-11-20T10:00:00+01:00", "subject": "A"})).unwrap();
    let again = told(json!({"happened_at": "2026-11-20T09:00:00Z", "subject": "A"})).unwrap();
    assert_eq!((&again["id"], &again["status"], &again["version"]), (&first["id"], &json!("existing"), &json!(1)));
    assert_eq!(again["reasons"][0]["code"], "already_logged");
    let revised = told(json!({"happened_at": "2026-11-20T09:00:00Z", "subject": "B", "duration_seconds": 60})).unwrap();
    assert_eq!((&revised["id"], &revised["status"], &revised["version"]), (&first["id"], &json!("revised"), &json!(2)));
    // A person edits; the trail keeps what was said.
    run(&crm, "activity.patch", json!({"id": first["id"], "fields": {"description": "C"}})).unwrap();
    let all = ask(&crm, "activity", json!({"id": first["id"], "lang": "fr"})).unwrap();
    let revisions = all["revisions"].as_array().unwrap();
    let commands: Vec<&str> = revisions.iter().map(|r| r["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["activity.log", "activity.log", "activity.patch"]);
    assert_eq!(revisions[1]["fields"]["subject"], json!(["A", "B"]));
    assert_eq!((&revisions[2]["fields"]["description"], &revisions[2]["by"]), (&json!([null, "C"]), &json!("marie")));
    // The same id of another system is another activity.
    let body = call(json!({"external_source": "mail", "external_id": "c-1"}));
    assert_ne!(run(&crm, "activity.log", body).unwrap()["id"], first["id"]);
    // What was removed stays removed, and its content is withheld.
    run(&crm, "activity.archive", json!({"id": first["id"]})).unwrap();
    let removed = told(json!({"subject": "D"})).unwrap();
    assert_eq!((&removed["id"], &removed["status"]), (&first["id"], &json!("removed")));
    let left = ask(&crm, "activity", json!({"id": first["id"]})).unwrap();
    assert_eq!(left.get("revisions"), None);
    let left = &left["activity"];
    assert_eq!((&left["status"], &left["removed_by"]), (&json!("removed"), &json!("marie")));
    assert_eq!((left.get("subject"), left.get("description"), &left["deal"]), (None, None, &json!(id("deal"))));
    assert_eq!((&left["happened_at"], &left["logged_at"]), (&json!("2026-11-20T09:00:00Z"), &json!(NOW)));
}

#[test]
fn a_template_whose_values_are_missing_is_refused_with_all_of_them() {
    let crm = crm();
    let body = |inputs: Json| json!({"fields": {"lead": id("lead")}, "template": {"id": "log_missed_call", "language": "en", "inputs": inputs}});
    let error = run(&crm, "activity.log", body(json!({}))).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("missing", Some("template")));
    assert!(error.to_string().contains("`phone`"), "{error}");
    let error = run(&crm, "activity.log", json!({"fields": {}, "template": {"id": "log_meeting"}})).unwrap_err();
    assert!(error.to_string().contains("`attendees`, `company` and `summary`"), "{error}");
    let refused = |command: &str, body: Json| refused(&crm, command, body);
    assert_eq!(refused("activity.log", body(json!({"nxt_step": "x"}))), "unknown_field template.inputs.nxt_step");
    let draft = json!({"fields": {}, "template": {"id": "email_follow_up"}});
    assert_eq!(refused("activity.log", draft), "missing template");
    let filled = json!({"id": "email_follow_up", "inputs": {"topic": "a", "next_step": "b"}});
    let draft = json!({"fields": {"lead": id("lead")}, "template": filled});
    assert_eq!(refused("activity.log", draft), "invalid_value template.id");
    let log = json!({"fields": {}, "template": {"id": "log_call"}});
    assert_eq!(refused("draft.compose", log), "invalid_value template.id");
    let both = json!({"fields": {"subject": "x"}, "template": {"id": "log_call"}});
    assert_eq!(refused("activity.log", both), "invalid_json fields");
}

#[test]
fn what_cannot_have_happened_is_refused() {
    let crm = crm();
    let log = |fields: Json| refused(&crm, "activity.log", call(fields));
    assert_eq!(log(json!({"happened_at": "2026-11-22T09:05:01Z"})), "invalid_value fields.happened_at");
    run(&crm, "activity.log", call(json!({"happened_at": "2026-11-22T09:05:00Z"}))).unwrap();
    assert_eq!(log(json!({"duration_seconds": -1})), "invalid_value fields.duration_seconds");
    assert_eq!(log(json!({"duration_seconds": 2_678_401})), "invalid_value fields.duration_seconds");
    assert_eq!(log(json!({"direction": "sideways"})), "invalid_value fields.direction");
    assert_eq!(log(json!({"kind": null})), "missing fields");
    assert_eq!(log(json!({"deal": id("nothing")})), "not_found fields.deal");
    assert_eq!(log(json!({"template_hash": "x"})), "invalid_value body.fields.template_hash");
    assert_eq!(log(json!({"subject": "a\u{0}b"})), "invalid_text -");
    let mut planned = call(json!({"happened_at": "2026-12-01T09:00:00Z"}));
    planned["planned"] = true.into();
    let meeting = run(&crm, "activity.log", planned).unwrap();
    // What is planned may be put off; what happened may not.
    let put_off = json!({"id": meeting["id"], "fields": {"happened_at": "2026-12-02T09:00:00Z"}});
    run(&crm, "activity.patch", put_off).unwrap();
    let past = run(&crm, "activity.log", call(json!({}))).unwrap();
    let later = json!({"id": past["id"], "fields": {"happened_at": "2026-12-02T09:00:00Z"}});
    assert_eq!(refused(&crm, "activity.patch", later), "invalid_value fields.happened_at");
    assert_eq!(run_as(&crm, Role::Viewer, "activity.log", call(json!({}))).unwrap_err().code().name(), "forbidden");
    run_as(&crm, Role::Agent, "activity.log", call(json!({}))).unwrap();
}

#[test]
fn one_activity_has_many_records() {
    let crm = crm();
    let mut body = call(json!({"deal": id("deal")}));
    let attendee = json!({"role": "attendee", "contact": id("other")});
    body["links"] = json!([attendee, attendee, {"account": id("elsewhere")}]);
    let logged = run(&crm, "activity.log", body).unwrap();
    let links = |crm: &Crm<MemoryStore>| ask(crm, "activity", json!({"id": logged["id"]})).unwrap()["links"].clone();
    assert_eq!(links(&crm).as_array().unwrap().len(), 2);
    let mentioned = json!({"id": logged["id"], "role": "mentioned", "lead": id("lead")});
    assert_eq!(run(&crm, "activity.link", mentioned.clone()).unwrap()["changed"], 1);
    assert_eq!(run(&crm, "activity.link", mentioned.clone()).unwrap()["changed"], 0);
    assert!(links(&crm).as_array().unwrap().contains(&json!({"role": "mentioned", "lead": id("lead")})));
    assert_eq!(run(&crm, "activity.unlink", mentioned.clone()).unwrap()["changed"], 1);
    assert_eq!(refused(&crm, "activity.unlink", mentioned.clone()), "not_found -");
    assert_eq!(links(&crm).as_array().unwrap().len(), 2);
    run(&crm, "activity.link", mentioned).unwrap();
    let two = json!({"id": logged["id"], "lead": id("lead"), "deal": id("deal")});
    assert_eq!(refused(&crm, "activity.link", two), "invalid_json -");
    assert_eq!(refused(&crm, "activity.link", json!({"id": logged["id"], "note": id("x")})), "unknown_field -");
    let control = json!({"id": logged["id"], "role": "a\nb", "lead": id("lead")});
    assert_eq!(refused(&crm, "activity.link", control), "invalid_text body.role");
}

#[test]
fn links_go_with_a_lead_that_is_merged_or_converted_and_come_back() {
    let crm = crm();
    run(&crm, "lead.create", json!({"id": id("twin"), "fields": {"company": "Prospect", "last_name": "Roux"}}))
        .unwrap();
    let logged = run(&crm, "activity.log", call(json!({}))).unwrap();
    run(&crm, "activity.link", json!({"id": logged["id"], "role": "mentioned", "lead": id("twin")})).unwrap();
    let draft = json!({"fields": {"lead": id("twin"), "text": "Bonjour"}});
    let draft = run(&crm, "draft.compose", draft).unwrap()["id"].clone();
    let file = json!({"name": "a.pdf", "media_type": "application/pdf", "size_bytes": 1, "sha256": "ab".repeat(32)});
    let file = run(&crm, "attachment.create", json!({"fields": file, "lead": id("twin")})).unwrap()["id"].clone();
    let merge = json!({"primary": id("lead"), "sources": [id("twin")], "override_primary": true});
    run(&crm, "lead.merge", merge).unwrap();
    let links = || ask(&crm, "activity", json!({"id": logged["id"]})).unwrap()["links"].clone();
    assert_eq!(links()[0]["lead"], id("lead"));
    assert_eq!(row(&crm, "draft", &draft)["lead"], id("lead"));
    // A system that does not know of the merge goes on telling of the merged lead.
    let told = call(json!({"lead": id("twin"), "external_source": "mail", "external_id": "1"}));
    let told = run(&crm, "activity.log", told).unwrap();
    assert_eq!(row(&crm, "activity", &told["id"])["lead"], id("lead"));
    assert_eq!(refused(&crm, "activity.log", call(json!({"lead": id("twin")}))), "wrong_state fields.lead");
    let done = run(&crm, "lead.convert", json!({"id": id("lead"), "deal": "create"})).unwrap();
    assert_eq!((&links()[0]["lead"], &links()[0]["deal"]), (&json!(id("lead")), &done["deal"]));
    assert_eq!(row(&crm, "draft", &draft)["contact"], done["contact"]);
    // The file is the deal's, too: taking it from the lead leaves it there.
    let kept = run(&crm, "attachment.unlink", json!({"id": file, "lead": id("lead")})).unwrap();
    assert_eq!((&kept["links"], &kept["blob"]), (&json!(1), &json!("kept")));
    // And what is logged on the lead from now on is the deal's.
    let later = run(&crm, "activity.log", call(json!({"lead": id("lead")}))).unwrap();
    assert_eq!(row(&crm, "activity", &later["id"])["deal"], done["deal"]);
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn a_draft_knows_its_recipient_and_warns() {
    let crm = crm();
    let compose =
        |fields: Json, template: Json| run(&crm, "draft.compose", json!({"fields": fields, "template": template}));
    let template = |inputs: Json| json!({"id": "email_proposal", "inputs": inputs});
    let done = compose(json!({"deal": id("deal")}), template(json!({"valid_until": "2026-12-01"}))).unwrap();
    assert_eq!((&done["recipients"], &done["reasons"]), (&json!(["anne@renovouest.fr"]), &json!([])));
    let stored = row(&crm, "draft", &done["id"]);
    // In the person's language, by the name of who writes.
    assert_eq!((&stored["language"], &stored["channel"]), (&json!("en"), &json!("email")));
    assert_eq!(stored["subject"], "Our proposal: Toiture");
    let text = stored["text"].as_str().unwrap();
    assert!(text.contains("12,500.00 EUR") && text.ends_with("Kind regards,\nMarie Petit"), "{text}");
    assert_eq!((&stored["account"], &stored["contact"]), (&json!(id("account")), &json!(id("contact"))));
    // Somebody who asked not to be written to: a draft, and a warning.
    let follow_up = json!({"id": "email_follow_up", "inputs": {"topic": "la toiture", "next_step": "un appel"}});
    let warned = compose(json!({"lead": id("lead")}), follow_up.clone()).unwrap();
    assert_eq!(
        (&warned["recipients"], &warned["reasons"][0]["code"]),
        (&json!(["jean@prospect.fr"]), &json!("opted_out"))
    );
    assert_eq!(row(&crm, "draft", &warned["id"])["language"], "fr");
    let letter = run_as(
        &crm,
        Role::Agent,
        "draft.compose",
        json!({"fields": {"lead": id("lead"), "channel": "letter", "text": "x"}}),
    );
    assert_eq!(letter.unwrap()["reasons"][0]["code"], "no_recipient");
    let unknown = run(&crm, "draft.compose", json!({"fields": {"contact": id("other"), "text": "x"}})).unwrap();
    let codes: Vec<&Json> = unknown["reasons"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["no_recipient", "consent_unknown"]);
    run(&crm, "draft.patch", json!({"id": done["id"], "fields": {"subject": "Other words"}})).unwrap();
    run(&crm, "draft.archive", json!({"id": done["id"]})).unwrap();
    // Nothing sends; `quote.send` writes a draft that waits for an OK.
    let sending: Vec<&&str> = NAMES.iter().filter(|name| name.contains("send")).collect();
    assert_eq!(sending, [&"quote.send"]);
    assert!(parse("draft.send", &json!({}), crm.rules()).is_err());
}

#[test]
fn hostile_drafts_are_refused() {
    let crm = crm();
    let compose = |fields: Json| refused(&crm, "draft.compose", json!({"fields": fields}));
    assert_eq!(compose(json!({})), "missing fields");
    assert_eq!(compose(json!({"text": "x", "channel": "pigeon"})), "invalid_value fields.channel");
    assert_eq!(compose(json!({"text": "x", "subject": "a\r\nBcc: b@c.fr"})), "invalid_text fields.subject");
    for recipient in ["a@b.fr\nBcc: c@d.fr", "nobody", "\u{202e}rf.b@a"] {
        let fields = json!({"text": "x", "recipients": ["ok@exemple.fr", recipient]});
        assert!(compose(fields).ends_with("fields.recipients[1]"), "{recipient}");
    }
    assert_eq!(compose(json!({"text": "x", "recipients": vec!["a@exemple.fr"; 51]})), "too_large fields.recipients");
    let twice = json!({"text": "x", "channel": "sms", "recipients": ["06 12 34 56 78", "+33612345678"]});
    assert_eq!(compose(twice), "invalid_value fields.recipients[1]");
    assert_eq!(compose(json!({"text": "x", "channel": "text_message"})), "invalid_value fields.channel");
    assert_eq!(compose(json!({"text": "x", "template": "y"})), "invalid_value body.fields.template");
    let draft = run(&crm, "draft.compose", json!({"fields": {"text": "x"}})).unwrap();
    let patch = json!({"id": draft["id"], "fields": {"recipients": ["a@b.fr\r\nBcc: c@d.fr"]}});
    assert_eq!(refused(&crm, "draft.patch", patch), "invalid_json fields.recipients[0]");
    assert_eq!(
        run_as(&crm, Role::Viewer, "draft.compose", json!({"fields": {"text": "x"}})).unwrap_err().code().name(),
        "forbidden"
    );
}

#[test]
fn a_quick_note_goes_on_any_record_and_ends_no_silence() {
    let crm = crm();
    for (record, name, field) in [
        ("account", "account", "account"),
        ("customer", "account", "account"),
        ("contact", "contact", "contact"),
        ("deal", "deal", "deal"),
        ("lead", "lead", "lead"),
    ] {
        let note =
            run(&crm, "note.add", json!({"record": record, "id": id(name), "text": " Rappeler lundi. "})).unwrap();
        let stored = row(&crm, "note", &note["id"]);
        assert_eq!(
            (&stored[field], &stored["text"], &stored["author"]),
            (&json!(id(name)), &json!("Rappeler lundi."), &json!("marie"))
        );
    }
    assert_eq!(
        refused(&crm, "note.add", json!({"record": "note", "id": id("deal"), "text": "x"})),
        "invalid_value body.record"
    );
    assert_eq!(
        refused(&crm, "note.add", json!({"record": "deal", "id": id("deal"), "text": " "})),
        "invalid_rules text"
    );
    assert_eq!(refused(&crm, "note.add", json!({"record": "deal", "id": id("lead"), "text": "x"})), "not_found id");
    // Silence goes on through a note, and ends with a call.
    let stages = json!([{"code": "proposal", "probability_bp": 5000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    run_as(&crm, Role::Admin, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages})).unwrap();
    let fields = json!({"name": "Roof", "pipeline": "sales", "stage": "proposal", "account": id("account")});
    run(&crm, "deal.create", json!({"id": id("roof"), "fields": fields})).unwrap();
    let is_silent = |at: &str| {
        let question = json!({"workspace": "acme", "actor": {"name": "m", "role": "viewer"}, "at": at,
            "deal_risk": {"id": id("roof")}});
        let risk = crm.query_json(question.to_string().as_bytes()).unwrap();
        risk["reasons"].as_array().unwrap().iter().any(|reason| reason["code"] == "no_activity")
    };
    assert!(is_silent("2027-01-14T08:00:00Z"));
    run_at(&crm, "2027-01-14T09:00:00Z", "note.add", json!({"record": "deal", "id": id("roof"), "text": "x"})).unwrap();
    assert!(is_silent("2027-01-15T09:00:00Z"));
    run_at(&crm, "2027-01-14T10:00:00Z", "activity.log", call(json!({"deal": id("roof")}))).unwrap();
    assert!(!is_silent("2027-01-15T09:00:00Z"));
}

#[test]
fn templates_say_what_they_need_of_a_record() {
    let crm = crm();
    let list =
        ask(&crm, "templates", json!({"record": "deal", "id": id("deal"), "use": "draft", "lang": "fr"})).unwrap();
    assert_eq!((&list["language"], &list["context"]["contact"]), (&json!("en"), &json!(id("contact"))));
    let of = |name: &str| list["templates"].as_array().unwrap().iter().find(|t| t["id"] == name).unwrap().clone();
    let proposal = of("email_proposal");
    assert_eq!((&proposal["fits"], &proposal["ready"]), (&json!(true), &json!(false)));
    assert_eq!(
        proposal["missing"],
        json!([{"code": "missing_variable", "name": "valid_until", "from": "input",
        "text": "`valid_until` reste à remplir"}])
    );
    assert_eq!(of("email_ticket_answer")["fits"], false);
    let any = ask(&crm, "templates", json!({})).unwrap();
    assert!(any["templates"].as_array().unwrap().len() > list["templates"].as_array().unwrap().len());
    for (body, code) in [
        (json!({"record": "task", "id": id("deal")}), "invalid_value"),
        (json!({"record": "deal", "id": id("lead")}), "not_found"),
        (json!({"record": "deal"}), "missing"),
        (json!({"use": "send"}), "invalid_value"),
        (json!({"language": "de"}), "invalid_value"),
    ] {
        assert_eq!(ask(&crm, "templates", body.clone()).unwrap_err().code().name(), code, "{body}");
    }
    assert_eq!(ask(&crm, "activity", json!({"id": id("deal")})).unwrap_err().code().name(), "not_found");
}
