//! Sequences on a store: who comes in, what steps leave behind, what stops them, and that it is what the rule says.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU32;

use crm_core::command::{AdvanceEnrolments, Role};
use crm_core::rules::Rules;
use crm_core::rules::sequence::{Enrolment, Event, Facts, Happening, Outcome, Sent, StopCause};
use crm_core::store::{Commit, Entry, MemoryStore, Read, Store, Workspace};
use crm_core::{Crm, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{Contended, at, cx};
use crate::ticket_driver::{all, ask, run, run_as};

/// A call, two messages, and a task; one sequence that pours a backlog, and one for whoever comes from the site.
fn rules() -> Rules {
    let email = |delay: u32| json!({"type": "email", "title": "Bonjour", "template": "hello", "delay": {"count": delay, "unit": "days"}});
    let late = |id: &str| {
        json!({"id": id, "type": "email", "template": "hello",
               "delay": {"count": 1, "unit": "days", "from": "previous_due"}})
    };
    let config = json!({
        "templates": {"language": "fr", "items": [{"id": "hello", "draft": "email", "topic": "other",
            "mentions": ["opt_out"],
            "fr": {"subject": "Votre projet", "text": "Bonjour {{lead.last_name}}, parlons-en."}}]},
        "sequence": {"zone": "Europe/Paris", "sequences": [
            {"id": "welcome", "steps": [
                {"id": "call", "type": "call", "title": "Appeler"},
                {"id": "mail", "type": "email", "title": "Écrire", "template": "hello", "delay": {"count": 2, "unit": "business_days"}},
                {"id": "again", "type": "task", "title": "Relancer", "delay": {"count": 1, "unit": "days"}},
            ]},
            {"id": "late", "business_days_only": false, "exclusivity": "no", "reenrol": "always", "subjects": ["lead"],
             "steps": [late("one"), late("two"), late("three")]},
            {"id": "site", "max_active_per_owner": 2, "steps": [email(0), {"type": "task", "title": "Appeler"}]},
        ], "nurture": [{"id": "web", "on": "website_lead_created", "sequence": "site"}]},
    });
    Rules::from_json(&config).unwrap()
}

const MONDAY: &str = "2026-11-23T09:00:00Z";

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), rules())
}

fn lead<S: Store>(crm: &Crm<S>, name: &str, more: Json) -> String {
    let mut fields = json!({"last_name": name, "company": name, "owner": "eva", "phone": "+33612345678",
                            "email": format!("{}@example.com", name.to_lowercase())});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = run(crm, MONDAY, &format!("lead {name}"), "lead.create", json!({"fields": fields}));
    made["id"].as_str().unwrap().to_owned()
}

fn enrol<S: Store>(crm: &Crm<S>, at: &str, sequence: &str, lead: &str) -> Json {
    let body = json!({"sequence": sequence, "leads": [lead]});
    run(crm, at, &format!("enrol {sequence} {lead} {at}"), "enrolment.enrol", body)["records"][0].clone()
}

fn enrolled<S: Store>(crm: &Crm<S>, sequence: &str, lead: &str) -> String {
    let answer = enrol(crm, MONDAY, sequence, lead);
    assert_eq!(answer["verdict"], "enrol", "{answer}");
    answer["enrolment"].as_str().unwrap().to_owned()
}

fn advance<S: Store>(crm: &Crm<S>, at: &str, id: &str) -> Json {
    run(crm, at, &format!("advance {id} {at}"), "enrolment.advance", json!({"id": id}))["enrolments"][0].clone()
}

fn row<S: Store>(crm: &Crm<S>, record: &str, id: &str) -> Json {
    ask(crm, "2027-06-01T00:00:00Z", "get", json!({"record": record, "id": id}))["row"].clone()
}

fn codes(reasons: &Json) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

fn of<S: Store>(crm: &Crm<S>, record: &str, enrolment: &str) -> Vec<Json> {
    let rows = all(crm, "2027-06-01T00:00:00Z", record).into_iter();
    rows.filter(|row| row["enrolment"] == json!(enrolment)).collect()
}

#[test]
fn steps_leave_tasks_drafts_and_activities_behind() {
    let crm = crm();
    let lead = lead(&crm, "Martin", json!({}));
    let id = enrolled(&crm, "welcome", &lead);
    let told = advance(&crm, "2026-11-23T10:00:00Z", &id);
    assert_eq!(codes(&told["reasons"]), ["late_by", "step_ran", "waiting_done"], "{told}");
    let tasks = of(&crm, "task", &id);
    assert_eq!(tasks.len(), 1);
    assert_eq!(
        (&tasks[0]["title"], &tasks[0]["assignee"], &tasks[0]["lead"]),
        (&json!("Appeler"), &json!("eva"), &json!(lead))
    );
    assert_eq!((&tasks[0]["due_date"], &tasks[0]["step"]), (&json!("2026-11-23"), &json!("call")));
    let proof: Vec<Json> =
        all(&crm, MONDAY, "activity").into_iter().filter(|a| a["kind"] == json!("sequence_step")).collect();
    assert_eq!((proof.len(), &proof[0]["lead"], &proof[0]["automatic"]), (1, &json!(lead), &json!(true)));

    // Nothing more happens until the call is done; then two business days count from there, at the same time of the clock.
    assert_eq!(codes(&advance(&crm, "2026-11-24T10:00:00Z", &id)["reasons"]), ["waiting_done"]);
    run(&crm, "2026-11-24T15:00:00Z", "call done", "task.complete", json!({"id": tasks[0]["id"]}));
    assert_eq!(row(&crm, "enrolment", &id)["due_at"], "2026-11-26T15:00:00Z");
    let told = advance(&crm, "2026-11-26T15:00:00Z", &id);
    assert_eq!(codes(&told["reasons"])[0], "step_ran", "{told}");
    let drafts = of(&crm, "draft", &id);
    assert_eq!(drafts.len(), 1);
    let draft = &drafts[0];
    assert_eq!((&draft["text"], &draft["subject"]), (&json!("Bonjour Martin, parlons-en."), &json!("Votre projet")));
    assert_eq!((&draft["recipients"], &draft["state"]), (&json!(["martin@example.com"]), &json!("waiting")));
    assert_eq!(
        (&draft["purpose"], &draft["topic"], &draft["mentions"]),
        (&json!("prospecting"), &json!("other"), &json!(["opt_out"]))
    );
    assert_eq!(
        (&draft["origin_key"], &draft["send_not_before"]),
        (&json!(format!("{id}:mail@1")), &json!("2026-11-26T15:00:00Z"))
    );

    // Whoever decides says no: the step is done with, and the next one gets its time.
    let seen =
        json!({"id": draft["id"], "revision": draft["revision"], "content_hash": draft["content_hash"], "note": "non"});
    run(&crm, "2026-11-27T09:00:00Z", "no", "draft.reject", seen);
    assert_eq!(row(&crm, "enrolment", &id)["due_at"], "2026-11-30T09:00:00Z");
    let told = advance(&crm, "2026-11-30T09:00:00Z", &id);
    assert_eq!(told["status"], "finished");
    assert_eq!((of(&crm, "task", &id).len(), &row(&crm, "enrolment", &id)["ended"]), (2, &json!("completed")));

    let shown = ask(&crm, "2026-12-01T09:00:00Z", "enrolment", json!({"id": id, "lang": "fr"}));
    let stands: Vec<&str> = shown["steps"].as_array().unwrap().iter().map(|s| s["stands"].as_str().unwrap()).collect();
    assert_eq!(stands, ["ran", "ran", "ran"]);
    assert_eq!(
        (&shown["steps"][1]["draft"]["state"], &shown["reasons"][0]["text"]),
        (&json!("rejected"), &json!("terminée\u{a0}: toutes les étapes sont faites"))
    );
    assert_eq!(shown["subject"]["name"], "Martin Martin");
}

#[test]
fn what_cannot_be_written_in_full_waits_for_somebody_and_is_not_lost() {
    let crm = crm();
    let nameless = lead(&crm, "X", json!({"last_name": null}));
    let id = enrolled(&crm, "late", &nameless);
    advance(&crm, "2026-11-24T09:00:00Z", &id);
    let drafts = of(&crm, "draft", &id);
    assert_eq!((drafts.len(), &drafts[0]["state"], &drafts[0]["text"]), (1, &json!("drafting"), &Json::Null));
    assert!(drafts[0]["reasons"].as_str().unwrap().contains("draft_incomplete"), "{}", drafts[0]);

    // Without an address there is nobody to write to: somebody gets a task instead.
    let mute = lead(&crm, "Y", json!({"email": null}));
    let id = enrolled(&crm, "late", &mute);
    let told = advance(&crm, "2026-11-24T09:00:00Z", &id);
    assert!(codes(&told["reasons"]).contains(&"missing_channel"), "{told}");
    assert_eq!((of(&crm, "draft", &id).len(), of(&crm, "task", &id).len()), (0, 1));
}

/// CLK-02: whoever looks sixty days late finds one message, not a backlog.
#[test]
fn sixty_days_late_is_one_step_a_day() {
    let crm = crm();
    let id = enrolled(&crm, "late", &lead(&crm, "Tard", json!({})));
    let all_due = |at: &str, job: &str| {
        let mut ctx = cx(Role::Admin, job);
        ctx.at = crate::support::at(at);
        crm.advance_all(&ctx, &mut |_| ControlFlow::Continue(())).unwrap()
    };
    let done = all_due("2027-01-22T09:00:00Z", "job 1");
    assert_eq!((done.looked_at, done.changed, of(&crm, "draft", &id).len()), (1, 1, 1));
    let late = done.enrolments[0].reasons.iter().find(|reason| reason["code"] == "late_by").unwrap();
    assert_eq!(late["days"], 59);
    // Again at once, under another job: nothing.
    assert_eq!(all_due("2027-01-22T09:00:01Z", "job 2").changed, 0);
    for day in ["2027-01-23", "2027-01-24", "2027-01-25"] {
        all_due(&format!("{day}T09:00:30Z"), day);
    }
    // The next step counts from when the one before was due, so it is one each day, until the last.
    assert_eq!((of(&crm, "draft", &id).len(), &row(&crm, "enrolment", &id)["status"]), (3, &json!("finished")));
}

/// The store that somebody else writes to in between.
struct Lent<'a>(&'a MemoryStore);

impl Store for Lent<'_> {
    fn snapshot(&self, workspace: &Workspace) -> crm_core::Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> crm_core::Result<Entry> {
        self.0.commit(workspace, commit)
    }
}

/// SEQ-01: two who advance at once run one step.
#[test]
fn two_at_once_run_one_step() {
    let store = Contended {
        inner: MemoryStore::new(),
        losses: AtomicU32::new(0),
        rival: Box::new(|inner, left| {
            let crm = Crm::new(Lent(inner), rules());
            let mut ctx = cx(Role::Admin, &format!("rival {left}"));
            ctx.at = at("2026-11-24T09:00:00Z");
            crm.run(&ctx, &AdvanceEnrolments::Due { limit: 10 }).unwrap();
        }),
    };
    let crm = Crm::new(store, rules());
    let id = enrolled(&crm, "late", &lead(&crm, "Double", json!({})));
    crm.store().losses.store(1, std::sync::atomic::Ordering::SeqCst);
    let told = advance(&crm, "2026-11-24T09:00:00Z", &id);
    assert!(!codes(&told["reasons"]).contains(&"step_ran"), "{told}");
    assert_eq!(of(&crm, "draft", &id).len(), 1);
}

/// SEQ-02: an answer between the proposal and the hand-off takes the proposal back.
#[test]
fn an_answer_takes_back_what_was_proposed() {
    let crm = crm();
    let lead = lead(&crm, "Repond", json!({}));
    let id = enrolled(&crm, "late", &lead);
    advance(&crm, "2026-11-24T09:00:00Z", &id);
    let message = json!({"channel": "email", "sender": "repond@example.com", "subject": "Re: Votre projet",
                         "text": "Oui, appelez-moi.", "provider_id": "<m1@example.com>", "lead": lead});
    run(&crm, "2026-11-24T10:00:00Z", "answer", "message.receive", message);
    let (enrolment, draft) = (row(&crm, "enrolment", &id), of(&crm, "draft", &id).remove(0));
    assert_eq!((&enrolment["status"], &enrolment["ended"]), (&json!("finished"), &json!("replied")));
    assert_eq!(draft["state"], "cancelled");
    let events = all(&crm, "2026-11-25T09:00:00Z", "draft_event");
    let last = events.iter().find(|event| event["kind"] == json!("cancelled")).unwrap();
    assert!(last["reasons"].as_str().unwrap().contains("\"replied\""), "{last}");
}

#[test]
fn what_is_the_last_step_is_taken_back_as_well() {
    let crm = crm();
    let lead = lead(&crm, "Dernier", json!({"source": "website"}));
    let steps = json!([{"type": "email", "template": "hello"}]);
    run(
        &crm,
        MONDAY,
        "make",
        "sequence.create",
        json!({"code": "one", "definition": {"exclusivity": "no", "steps": steps}}),
    );
    assert_eq!(codes(&enrol(&crm, MONDAY, "one", &lead)["reasons"]), ["sequence_not_active"]);
    run(&crm, MONDAY, "on", "sequence.activate", json!({"code": "one"}));
    let answer = enrol(&crm, "2026-11-23T09:30:00Z", "one", &lead);
    let id = answer["enrolment"].as_str().unwrap().to_owned();
    assert_eq!(advance(&crm, "2026-11-23T10:00:00Z", &id)["status"], "finished");
    assert_eq!(of(&crm, "draft", &id)[0]["state"], "waiting");
    run(&crm, "2026-11-23T11:00:00Z", "meeting", "activity.log", json!({"fields": {"kind": "meeting", "lead": lead}}));
    assert_eq!(of(&crm, "draft", &id)[0]["state"], "waiting", "the meeting is of the record, the sequence was over");
    run(&crm, "2026-11-23T12:00:00Z", "convert", "lead.convert", json!({"id": lead}));
    assert_eq!(of(&crm, "draft", &id)[0]["state"], "cancelled");
}

#[test]
fn what_happens_elsewhere_stops_it() {
    let stopped = |what: &str, then: &dyn Fn(&Crm<MemoryStore>, &str)| {
        let crm = crm();
        let lead = lead(&crm, "Arret", json!({}));
        let id = enrolled(&crm, "welcome", &lead);
        then(&crm, &lead);
        let row = row(&crm, "enrolment", &id);
        assert_eq!(row["due_at"].is_null(), row["status"] != json!("paused"), "{what}: {row}");
        (row["status"].as_str().unwrap().to_owned(), row["ended"].as_str().unwrap_or_default().to_owned())
    };
    let ended = |how: &str| ("finished".to_owned(), how.to_owned());
    let at = "2026-11-23T10:00:00Z";
    let convert = |crm: &Crm<MemoryStore>, lead: &str| drop(run(crm, at, "c", "lead.convert", json!({"id": lead})));
    assert_eq!(stopped("convert", &convert), ended("converted"));
    let meet = |crm: &Crm<MemoryStore>, lead: &str| {
        run(crm, at, "m", "activity.log", json!({"fields": {"kind": "meeting", "lead": lead}}));
    };
    assert_eq!(stopped("meeting", &meet), ended("meeting_booked"));
    let patch = |fields: Json| {
        move |crm: &Crm<MemoryStore>, lead: &str| {
            run(crm, at, "p", "lead.patch", json!({"id": lead, "fields": fields}));
        }
    };
    assert_eq!(stopped("opt out", &patch(json!({"consent": "opted_out"}))), ended("opted_out"));
    assert_eq!(stopped("owner", &patch(json!({"owner": "tom"}))), ("paused".to_owned(), String::new()));
    let archive = |crm: &Crm<MemoryStore>, lead: &str| drop(run(crm, at, "a", "lead.archive", json!({"id": lead})));
    assert_eq!(stopped("archive", &archive), ("paused".to_owned(), String::new()));
    let remove = |crm: &Crm<MemoryStore>, lead: &str| {
        let rows = ask(crm, at, "enrolments", json!({"lead": lead}))["rows"].clone();
        run(crm, at, "r", "enrolment.remove", json!({"id": rows[0]["id"]}));
    };
    assert_eq!(stopped("remove", &remove), ("removed".to_owned(), "manually_removed".to_owned()));
}

#[test]
fn an_objection_reaches_every_record_with_the_address() {
    let crm = crm();
    let one = lead(&crm, "Un", json!({"email": "same@example.com"}));
    let two = lead(&crm, "Deux", json!({"email": "Same@Example.com", "phone": "+33698765432"}));
    let other = lead(&crm, "Trois", json!({"phone": null}));
    let ids: Vec<String> = [&one, &two, &other].into_iter().map(|lead| enrolled(&crm, "welcome", lead)).collect();
    run(&crm, "2026-11-23T10:00:00Z", "stop", "lead.patch", json!({"id": one, "fields": {"consent": "opted_out"}}));
    let ended: Vec<Json> = ids.iter().map(|id| row(&crm, "enrolment", id)["ended"].clone()).collect();
    assert_eq!(ended, [json!("opted_out"), json!("opted_out"), Json::Null]);
    // Written down once for each address, and nobody comes in again.
    let events = all(&crm, MONDAY, "consent_event");
    let withdrawn = events.iter().filter(|event| event["act"] == json!("withdrawn")).count();
    assert!((1..=3).contains(&withdrawn), "{events:?}");
    let late = enrol(&crm, "2026-11-23T11:00:00Z", "late", &two);
    assert_eq!((&late["verdict"], codes(&late["reasons"])), (&json!("refuse"), vec!["opted_out"]));
}

#[test]
fn who_may_come_in_is_told_with_reasons() {
    let crm = crm();
    let lead = lead(&crm, "Entre", json!({}));
    let id = enrolled(&crm, "welcome", &lead);
    assert_eq!(codes(&enrol(&crm, MONDAY, "site", &lead)["reasons"]), ["exclusive_conflict"]);
    run(&crm, MONDAY, "out", "enrolment.remove", json!({"id": id}));
    assert_eq!(codes(&enrol(&crm, "2026-11-23T09:01:00Z", "welcome", &lead)["reasons"]), ["already_added_once"]);
    let unknown = run_as(&crm, "admin", MONDAY, "u", "enrolment.enrol", &json!({"sequence": "nope", "leads": [lead]}));
    assert_eq!(unknown.unwrap_err().field(), Some("sequence"));
    let none = run_as(&crm, "admin", MONDAY, "n", "enrolment.enrol", &json!({"sequence": "welcome"}));
    assert_eq!(none.unwrap_err().code().name(), "missing");
}

#[test]
fn whoever_waits_for_a_turn_gets_it() {
    let crm = crm();
    let names = ["A", "B", "C"];
    let leads: Vec<String> = names.iter().map(|name| lead(&crm, name, json!({}))).collect();
    let verdicts: Vec<Json> = leads.iter().map(|lead| enrol(&crm, MONDAY, "site", lead)).collect();
    let told: Vec<&str> = verdicts.iter().map(|v| v["verdict"].as_str().unwrap()).collect();
    assert_eq!(told, ["enrol", "enrol", "pending"]);
    let waits = verdicts[2]["enrolment"].as_str().unwrap().to_owned();
    run(&crm, "2026-11-23T10:30:00Z", "due 1", "enrolment.advance", json!({"limit": 50}));
    assert_eq!(row(&crm, "enrolment", &waits)["status"], "pending");
    run(&crm, "2026-11-23T11:00:00Z", "out", "enrolment.remove", json!({"id": verdicts[0]["enrolment"]}));
    run(&crm, "2026-11-23T12:30:00Z", "due 2", "enrolment.advance", json!({"limit": 50}));
    assert_eq!(row(&crm, "enrolment", &waits)["status"], "active");
}

#[test]
fn website_leads_come_in_by_themselves_once() {
    let crm = crm();
    let lead = lead(&crm, "Site", json!({"source": "website"}));
    let mine =
        |crm: &Crm<MemoryStore>| ask(crm, MONDAY, "enrolments", json!({"lead": lead, "lang": "fr"}))["rows"].clone();
    let rows = mine(&crm);
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0]["sequence"], &rows[0]["rule"]),
        (1, &json!("site"), &json!("web"))
    );
    let shown = ask(&crm, MONDAY, "enrolment", json!({"id": rows[0]["id"]}));
    assert_eq!(codes(&shown["enrolled_because"])[..2], ["nurture_matched", "may_enrol"]);
    // The host tells it once more, as its own event.
    let event = json!({"event": "website_lead_created", "event_id": "form 7", "lead": lead});
    let answer = run(&crm, MONDAY, "tell", "enrolment.nurture", event.clone());
    assert_eq!((&answer["enrolled"], codes(&answer["reasons"])), (&Json::Null, vec!["nurture_done"]));
    run(&crm, MONDAY, "out", "enrolment.remove", json!({"id": rows[0]["id"]}));
    run(&crm, MONDAY, "tell again", "enrolment.nurture", event);
    assert_eq!(mine(&crm).as_array().unwrap().len(), 1);

    // Imported ones as well, in the same commit; others, and those who object, not.
    let import = json!({"source": "file", "rows": [
        {"line": 1, "fields": {"external_id": "1", "last_name": "Un", "source": "website", "email": "un@example.com"}},
        {"line": 2, "fields": {"external_id": "2", "last_name": "Deux", "source": "fair", "email": "deux@example.com"}},
        {"line": 3, "fields": {"external_id": "3", "last_name": "Non", "source": "website", "consent": "opted_out"}},
    ]});
    run(&crm, MONDAY, "import", "lead.import", import);
    assert_eq!(all(&crm, MONDAY, "enrolment").len(), 2);
}

#[test]
fn an_edit_is_another_version_and_whoever_is_in_keeps_theirs() {
    let crm = crm();
    let steps = |titles: &[&str]| {
        let step =
            |title: &&str| json!({"id": title, "type": "task", "title": title, "delay": {"count": 1, "unit": "days"}});
        json!({"steps": titles.iter().map(step).collect::<Vec<_>>()})
    };
    run(
        &crm,
        MONDAY,
        "make",
        "sequence.create",
        json!({"code": "spring", "title": "Printemps", "definition": steps(&["a", "b", "c"])}),
    );
    run(&crm, MONDAY, "on", "sequence.activate", json!({"code": "spring"}));
    let one = lead(&crm, "Une", json!({}));
    let id = enrolled(&crm, "spring", &one);
    let edit = json!({"code": "spring", "version": 1, "definition": steps(&["x", "c"])});
    assert_eq!(run(&crm, MONDAY, "edit", "sequence.edit", edit.clone())["version"], 2);
    let stale = run_as(&crm, "admin", MONDAY, "edit again", "sequence.edit", &edit).unwrap_err();
    assert_eq!(stale.code().name(), "conflict");
    let two = enrolled(&crm, "spring", &lead(&crm, "Deux", json!({})));
    assert_eq!(
        (&row(&crm, "enrolment", &id)["sequence_version"], &row(&crm, "enrolment", &two)["sequence_version"]),
        (&json!(1), &json!(2))
    );
    let told = advance(&crm, "2026-11-24T09:00:00Z", &id);
    assert_eq!(told["effects"][0]["step"], "a");

    // What the map does not name stays; with all of it, the enrolment goes on, and a task of before still counts.
    let map = |steps: Json| json!({"sequence": "spring", "from": 1, "to": 2, "steps": steps});
    let left = run(&crm, "2026-11-24T10:00:00Z", "m1", "enrolment.migrate", map(json!({"b": "c"})));
    assert_eq!((&left["migrated"], codes(&left["enrolments"][0]["reasons"])), (&json!(0), vec!["step_not_mapped"]));
    let done = run(&crm, "2026-11-24T10:00:00Z", "m2", "enrolment.migrate", map(json!({"a": "x", "b": "c"})));
    assert_eq!((&done["migrated"], &done["enrolments"][0]["next_step"]), (&json!(1), &json!("c")));
    let task = of(&crm, "task", &id).remove(0);
    assert_eq!(task["step"], "x");
    run(&crm, "2026-11-24T11:00:00Z", "done", "task.complete", json!({"id": task["id"]}));
    assert_eq!(row(&crm, "enrolment", &id)["due_at"], "2026-11-25T11:00:00Z");
    let told = advance(&crm, "2026-11-25T11:00:00Z", &id);
    assert_eq!((&told["effects"][0]["step"], &told["status"]), (&json!("c"), &json!("finished")));

    let listed = ask(&crm, "2026-11-26T09:00:00Z", "sequences", json!({}));
    let spring = listed["rows"].as_array().unwrap().iter().find(|row| row["code"] == json!("spring")).unwrap();
    assert_eq!(
        (&spring["version"], &spring["counts"]["finished"], &spring["counts"]["active"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let shown = ask(&crm, MONDAY, "sequence", json!({"code": "spring", "lang": "en"}));
    assert_eq!(
        (shown["versions"].as_array().unwrap().len(), &shown["schedule"][1]["at"]),
        (2, &json!("2026-11-25T09:00:00Z"))
    );
    // What is paused takes nobody; what runs goes on.
    run(&crm, MONDAY, "off", "sequence.pause", json!({"code": "spring"}));
    assert_eq!(
        codes(&enrol(&crm, MONDAY, "spring", &lead(&crm, "Trois", json!({})))["reasons"]),
        ["sequence_not_active"]
    );
    assert_eq!(advance(&crm, "2026-11-24T09:00:00Z", &two)["effects"][0]["step"], "x");
}

/// What happens in the random histories.
#[derive(Clone, Debug)]
enum Act {
    Advance,
    Complete(Option<&'static str>),
    Meeting,
    Pause(Option<i64>),
    Resume,
    Remove,
    Owner,
}

fn acts() -> impl Strategy<Value = Vec<(i64, Act)>> {
    let act = prop_oneof![
        6 => Just(Act::Advance),
        3 => prop_oneof![Just(None), Just(Some("archive"))].prop_map(Act::Complete),
        1 => Just(Act::Meeting),
        2 => prop_oneof![Just(None), (1_i64..200).prop_map(Some)].prop_map(Act::Pause),
        2 => Just(Act::Resume),
        1 => Just(Act::Remove),
        1 => Just(Act::Owner),
    ];
    prop::collection::vec((1_i64..60, act), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// A history through commands leaves the state that folding the rule over the same happenings gives.
    #[test]
    fn commands_are_the_rule_folded(history in acts()) {
        let steps = json!([
            {"id": "a", "type": "call"},
            {"id": "b", "type": "task", "delay": {"count": 1, "unit": "days"}},
            {"id": "w", "type": "wait", "delay": {"count": 2, "unit": "hours"}},
            {"id": "c", "type": "task", "delay": {"count": 1, "unit": "business_days", "from": "previous_due"}},
            {"id": "d", "type": "call", "delay": {"count": 3, "unit": "days", "from": "enrolment"}},
        ]);
        let rules = Rules::from_json(&json!({"sequence": {"zone": "Europe/Paris", "sequences": [
            {"id": "s", "windows": {"monday": [["08:00", "19:00"]], "tuesday": [["08:00", "19:00"]],
              "wednesday": [["08:00", "19:00"]], "thursday": [["08:00", "19:00"]], "friday": [["08:00", "12:00"]]},
             "steps": steps}]}})).unwrap();
        let crm = Crm::new(MemoryStore::new(), rules.clone());
        let lead = lead(&crm, "Hasard", json!({}));
        let id = enrolled(&crm, "s", &lead);
        let sequence = rules.sequences().find("s", None).unwrap().clone();
        let stored = |crm: &Crm<MemoryStore>| {
            Enrolment::from_text(row(crm, "enrolment", &id)["state"].as_str().unwrap()).unwrap()
        };
        let mut folded = stored(&crm);
        let (schema, sent, none, missing) = (rules.schema(crm_core::model::Kind::Lead), Sent::default(), Default::default(), Default::default());
        let mut now = at(MONDAY);
        let mut owner = 0_u32;
        let mut number = 0_u64;
        for (place, (hours, act)) in history.iter().enumerate() {
            now += std::time::Duration::from_secs(u64::try_from(hours * 1800).unwrap());
            let when = crm_core::kernel::time::format_instant(now);
            let name = format!("act {place}");
            let go = |command: &str, body: Json| drop(run(&crm, &when, &name, command, body));
            let event = match act {
                Act::Advance => {
                    go("enrolment.advance", json!({"id": id}));
                    Event::Advance { step: None }
                }
                Act::Complete(how) => {
                    let open = of(&crm, "task", &id).into_iter().find(|t| t["completed_at"].is_null() && t["archived_at"].is_null());
                    let Some(task) = open else { continue };
                    let step = task["step"].as_str().unwrap().to_owned();
                    let (command, outcome) = match how {
                        None => ("task.complete", Outcome::Done),
                        Some(_) => ("task.archive", Outcome::Dropped),
                    };
                    go(command, json!({"id": task["id"]}));
                    Event::Done { step, outcome }
                }
                Act::Meeting => {
                    go("activity.log", json!({"fields": {"kind": "meeting", "lead": lead}}));
                    Event::Stop(StopCause::Meeting)
                }
                Act::Pause(hours) => {
                    let until = hours.map(|hours| now + std::time::Duration::from_secs(u64::try_from(hours * 3600).unwrap()));
                    go("enrolment.pause", json!({"id": id, "until": until.map(crm_core::kernel::time::format_instant)}));
                    Event::Pause { until }
                }
                Act::Resume => {
                    go("enrolment.resume", json!({"id": id}));
                    Event::Resume
                }
                Act::Remove => {
                    go("enrolment.remove", json!({"id": id}));
                    Event::Remove
                }
                Act::Owner => {
                    owner += 1;
                    go("lead.patch", json!({"id": lead, "fields": {"owner": format!("o{owner}")}}));
                    Event::Stop(StopCause::OwnerChange)
                }
            };
            let record = ask(&crm, &when, "get", json!({"record": "lead", "id": lead}))["row"].clone();
            prop_assert!(record.is_object());
            let body = crm_core::model::Lead::default();
            let facts_row = crm_core::model::Row {
                id: Id::from_text("facts"), version: 1, created_at: now, updated_at: now, archived_at: None,
                clocks: Default::default(), body: body.into(),
            };
            let record = facts_row.facts(&schema);
            let facts = Facts { record: &record, missing: &missing, holds: &none, other_runs: &[], sent: &sent };
            number += 1;
            folded.step(&sequence, &Happening { number, at: now, event }, &facts).unwrap();
            let mut kept = stored(&crm);
            // What changed nothing is not kept, so only the count differs.
            kept.last = folded.last;
            prop_assert_eq!(&kept, &folded, "{} {:?}", place, act);
        }
        // A step made something once.
        let mut made: Vec<String> = of(&crm, "task", &id).iter().map(|t| t["step"].as_str().unwrap().to_owned()).collect();
        let many = made.len();
        made.sort_unstable();
        made.dedup();
        prop_assert_eq!(many, made.len());
    }
}

#[test]
fn what_is_due_at_once_runs_with_the_next_tick() {
    let crm = crm();
    let lead = lead(&crm, "Martin", json!({}));
    let id = enrolled(&crm, "welcome", &lead);
    assert_eq!(row(&crm, "enrolment", &id)["look_at"], MONDAY, "the first step has no delay");
    let tick = |at: &str| run(&crm, at, &format!("tick {at}"), "enrolment.advance", json!({}));
    assert_eq!(tick("2026-11-23T08:59:59Z")["looked_at"], 0);
    assert_eq!(tick(MONDAY)["changed"], 1);
    assert_eq!(of(&crm, "task", &id).len(), 1);
    // The call is for somebody now: nothing more is looked at until it is done.
    assert_eq!(tick("2026-11-24T10:00:00Z")["looked_at"], 0);
}
