//! Somebody writes back while messages wait or are on their way: what is stopped, and that nothing leaves after it.

use crm_core::Crm;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::outbox_driver::{LATER, MONDAY, Post};

/// When somebody writes back: after the OK, before the hand-off.
const REPLY: &str = "2026-11-23T09:30:00Z";

/// Two sequences, each with a message at once and another a day later.
fn post() -> Post<MemoryStore> {
    let hello = json!({"id": "hello", "draft": "email", "topic": "other", "purpose": "prospecting",
        "mentions": ["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"],
        "fr": {"subject": "Votre projet", "text": "Bonjour {{lead.company}}, parlons-en."}});
    let steps = json!([{"id": "one", "type": "email", "template": "hello"},
        {"id": "two", "type": "email", "template": "hello", "delay": {"count": 1, "unit": "days"}}]);
    let sequence = |id: &str| {
        json!({"id": id, "exclusivity": "no", "reenrol": "always", "business_days_only": false, "subjects": ["lead"],
               "steps": steps})
    };
    let rules = json!({"templates": {"language": "fr", "items": [hello]},
        "sequence": {"zone": "Europe/Paris", "sequences": [sequence("first"), sequence("second")]}});
    let mut post = Post::new(MemoryStore::new());
    post.crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    post.connect(json!({"name": "ventes@morel.fr"}));
    post
}

/// A message that the channel brings.
fn receive(post: &Post<MemoryStore>, when: &str, id: &str, text: &str, more: Json) -> Json {
    let mut body = json!({"channel": "email", "provider_id": format!("<{id}@durand.fr>"), "sender": "marie@durand.fr",
        "subject": "Re: Votre projet", "text": text});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post.work(when, "message.receive", body).unwrap()
}

/// A lead in a sequence whose first message was approved: the enrolment, its draft and the row of the outbox.
fn on_its_way(post: &Post<MemoryStore>, lead: &str, sequence: &str) -> (String, String, String) {
    let enrolled = post.run("enrolment.enrol", json!({"sequence": sequence, "leads": [lead]}));
    let enrolment = enrolled["records"][0]["enrolment"].as_str().unwrap_or_else(|| panic!("{enrolled}")).to_owned();
    post.run("enrolment.advance", json!({"id": enrolment}));
    let of_it = json!({"record": "draft", "where": {"field": "enrolment", "op": "eq", "value": enrolment}});
    let drafts = post.ask(MONDAY, "find", of_it)["rows"].clone();
    let draft = drafts[0]["id"].as_str().unwrap_or_else(|| panic!("{drafts}")).to_owned();
    assert_eq!(post.state(&draft), "waiting");
    post.approve(&draft);
    let item = post.items(&draft)[0]["id"].as_str().unwrap().to_owned();
    (enrolment, draft, item)
}

fn ended(post: &Post<MemoryStore>, enrolment: &str) -> (String, String) {
    let row = post.row("enrolment", enrolment);
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("ended"))
}

/// SEQ-02: nobody who said yes had read it, whatever its own time says.
#[test]
fn an_answer_between_the_ok_and_the_hand_off_holds_the_message_back() {
    let post = post();
    let lead = post.lead("marie@durand.fr");
    let asked =
        receive(&post, "2026-11-23T08:00:00Z", "question", "Pouvez-vous me faire un devis ?", json!({"lead": lead}));
    let write = || post.write(&lead, json!({"conversation": asked["conversation"], "purpose": "reply"}));
    let (draft, other) = (write(), write());
    for draft in [&draft, &other] {
        post.approve(draft);
    }
    let item = |draft: &str| post.items(draft)[0]["id"].as_str().unwrap().to_owned();
    assert!(post.held_back(&item(&draft)).is_empty());
    // The channel brings late what was written before the OK.
    let late = json!({"happened_at": "2026-11-23T08:30:00Z", "in_reply_to": "<question@durand.fr>"});
    assert_eq!(receive(&post, REPLY, "late", "Laissez, j'ai trouvé.", late)["conversation"], asked["conversation"]);
    assert!(post.held_back(&item(&other)).contains(&"stopped".to_owned()));
    // What holds it back is told in the reader's language.
    let told = post.ask(LATER, "outbox", json!({"draft": other, "lang": "fr"}));
    assert!(told["items"][0]["reasons"][0]["text"].is_string(), "{told}");
    assert_eq!(post.state(&other), "blocked");
}

#[test]
fn a_machine_in_between_holds_no_answer_back() {
    let post = post();
    let lead = post.lead("marie@durand.fr");
    let asked =
        receive(&post, "2026-11-23T08:00:00Z", "question", "Pouvez-vous me faire un devis ?", json!({"lead": lead}));
    let draft = post.write(&lead, json!({"conversation": asked["conversation"], "purpose": "reply"}));
    post.approve(&draft);
    let machine = json!({"headers": {"Auto-Submitted": "auto-replied"}, "in_reply_to": "<question@durand.fr>"});
    receive(&post, REPLY, "machine", "Nous avons bien reçu votre message.", machine);
    let held = post.held_back(post.items(&draft)[0]["id"].as_str().unwrap());
    assert!(!held.contains(&"stopped".to_owned()), "{held:?}");
}

#[test]
fn an_answer_ends_the_sequence_and_takes_its_message_back() {
    let post = post();
    let lead = post.lead("marie@durand.fr");
    let (enrolment, draft, item) = on_its_way(&post, &lead, "first");
    receive(&post, REPLY, "answer", "Oui, appelez-moi demain.", json!({}));
    assert_eq!(ended(&post, &enrolment), ("finished".into(), "replied".into()));
    assert_eq!(post.state(&draft), "cancelled");
    assert!(post.start(&item).is_err());
    assert_eq!(post.row("outbox_item", &item)["state"], "withdrawn");
}

#[test]
fn an_absence_lets_the_sequence_wait() {
    let post = post();
    let lead = post.lead("marie@durand.fr");
    let (enrolment, draft, item) = on_its_way(&post, &lead, "first");
    let away = json!({"subject": "Réponse automatique : Votre projet", "headers": {"Auto-Submitted": "auto-replied"}});
    let told = receive(&post, REPLY, "away", "Je suis absente, de retour le 1er décembre 2026.", away);
    assert_eq!(told["class"], "out_of_office", "{told}");
    assert_eq!(ended(&post, &enrolment), ("paused".into(), String::new()));
    let held = post.held_back(&item);
    assert!(held.contains(&"ooo_until".to_owned()), "{held:?}");
    assert_eq!(post.state(&draft), "blocked");
}

#[test]
fn whoever_wants_no_more_gets_nothing_more() {
    let post = post();
    // Two records of one address, in two sequences.
    let (one, two) = (post.lead("marie@durand.fr"), post.lead("Marie@Durand.fr"));
    let all = [on_its_way(&post, &one, "first"), on_its_way(&post, &two, "second")];
    let waiting = post.write(&one, json!({}));
    post.approve(&waiting);
    let told = receive(&post, REPLY, "stop", "Merci de ne plus me contacter.", json!({}));
    assert_eq!(told["class"], "unsubscribe", "{told}");
    for (enrolment, draft, item) in &all {
        assert_eq!(ended(&post, enrolment), ("finished".into(), "opted_out".into()));
        assert_eq!(post.state(draft), "cancelled");
        assert!(post.start(item).is_err());
    }
    let after = post.write(&two, json!({"text": "Une dernière chose"}));
    post.approve(&after);
    for draft in [&waiting, &after] {
        let held = post.held_back(post.items(draft)[0]["id"].as_str().unwrap());
        assert!(held.contains(&"objection".to_owned()), "{held:?}");
    }
    let started = post.ask(LATER, "outbox", json!({"states": ["started", "sent", "unknown"]}));
    assert_eq!(started["items"], json!([]));
    // Nobody puts the address into a sequence again.
    let again = post.run("enrolment.enrol", json!({"sequence": "second", "leads": [one]}));
    assert_eq!(again["records"][0]["verdict"], "refuse", "{again}");
}

/// A message of ours that left, and the enrolment that is behind it.
fn sent(post: &Post<MemoryStore>) -> String {
    let lead = post.lead("marie@durand.fr");
    let (enrolment, _, item) = on_its_way(post, &lead, "first");
    assert_eq!(post.held_back(&item), Vec::<String>::new());
    post.settle(&item, 1, json!({"outcome": "sent", "provider_id": "<p1@morel.fr>"})).unwrap();
    enrolment
}

fn acts(post: &Post<MemoryStore>) -> Vec<Json> {
    let events = post.ask(LATER, "find", json!({"record": "consent_event"}))["rows"].clone();
    events.as_array().unwrap().iter().map(|event| event["act"].clone()).collect()
}

#[test]
fn a_report_about_a_message_of_ours_ends_its_sequence() {
    let report = |of: &str| {
        json!({"sender": "", "subject": "Undelivered Mail Returned to Sender", "headers":
               {"Content-Type": "multipart/report; report-type=delivery-status; boundary=x"}, "references": [of]})
    };
    let text = "Final-Recipient: rfc822; marie@durand.fr\nAction: failed\nStatus: 5.1.1\n\
                Diagnostic-Code: smtp; 550 5.1.1 user unknown";
    let ours = post();
    let enrolment = sent(&ours);
    let told = receive(&ours, "2026-11-23T10:30:00Z", "report", text, report("<p1@morel.fr>"));
    assert_eq!(told["class"], "bounce", "{told}");
    assert_eq!(acts(&ours), [json!("bounced")]);
    assert_eq!(ended(&ours, &enrolment).0, "finished");
    // The same about what never left from here says nothing.
    let other = post();
    let lead = other.lead("marie@durand.fr");
    let (enrolment, ..) = on_its_way(&other, &lead, "first");
    receive(&other, REPLY, "report", text, report("<elsewhere@example.com>"));
    assert_eq!(acts(&other), Vec::<Json>::new());
    assert_eq!(ended(&other, &enrolment).0, "active");
}

#[test]
fn a_complaint_about_a_message_of_ours_is_a_wish_to_be_left_alone() {
    let post = post();
    let enrolment = sent(&post);
    let text = "Feedback-Type: abuse\nUser-Agent: Some/1.0\nOriginal-Rcpt-To: marie@durand.fr\n\n\
                Message-ID: <p1@morel.fr>\nSubject: Votre projet";
    let complaint = json!({"sender": "feedback@provider.example", "subject": "FW: Votre projet", "headers":
        {"Content-Type": "multipart/report; report-type=feedback-report; boundary=x"}});
    receive(&post, "2026-11-23T10:30:00Z", "complaint", text, complaint);
    assert!(acts(&post).contains(&json!("withdrawn")));
    assert_eq!(ended(&post, &enrolment), ("finished".into(), "opted_out".into()));
    let draft = post.write(&post.lead("marie@durand.fr"), json!({}));
    post.approve(&draft);
    let held = post.held_back(post.items(&draft)[0]["id"].as_str().unwrap());
    assert!(held.contains(&"objection".to_owned()), "{held:?}");
}

#[test]
fn what_may_have_left_is_neither_edited_nor_said_to_be_taken_back() {
    let post = post();
    let draft = post.write(&post.lead("paul@durand.fr"), json!({}));
    post.approve(&draft);
    let item = post.items(&draft)[0]["id"].as_str().unwrap().to_owned();
    assert!(post.held_back(&item).is_empty());
    let said = |answer: Result<Json, crm_core::Error>| {
        let error = answer.unwrap_err();
        let detail = error.detail().and_then(|detail| detail.get("problem")).cloned().unwrap_or_default();
        format!("{} {}", error.code().name(), detail.as_str().unwrap_or_default())
    };
    let edit = || post.run_as("anne", "member", LATER, "draft.patch", json!({"id": draft, "fields": {"text": "Non"}}));
    let under_way = said(edit());
    assert!(under_way.starts_with("wrong_state"), "{under_way}");
    // APP-05: nobody knows whether it left, and taking it back does not say that nothing did.
    post.settle(&item, 1, json!({"outcome": "unknown"})).unwrap();
    assert!(said(edit()).starts_with("wrong_state"));
    let cancelled = post.run_as("anne", "member", LATER, "draft.cancel", json!({"id": draft})).unwrap();
    assert_eq!(cancelled["state"], "unknown");
    assert_eq!((post.state(&draft), &post.row("outbox_item", &item)["state"]), ("unknown".into(), &json!("unknown")));
}

/// Whoever brings a message learns nothing of a conversation that is somebody else's.
#[test]
fn a_message_names_no_conversation_that_is_not_seen() {
    let rules = json!({"access": {"roles": {"member": {"read": "own", "write": "own"}}}});
    let mut post = Post::new(MemoryStore::new());
    post.crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    for (user, email) in [("luc", "luc@durand.fr"), ("nina", "nina@durand.fr")] {
        post.run("lead.create", json!({"fields": {"company": user, "owner": user, "email": email}}));
    }
    let bring = |user: &str, id: &str, sender: &str| {
        let body = json!({"channel": "email", "provider_id": format!("<{id}@durand.fr>"), "sender": sender,
            "subject": "Votre devis", "text": "Bonjour"});
        post.run_as(user, "member", MONDAY, "message.receive", body).unwrap()
    };
    assert!(bring("luc", "1", "luc@durand.fr")["conversation"].is_string());
    let others = bring("luc", "2", "nina@durand.fr");
    assert_eq!((&others["conversation"], &others["class"]), (&Json::Null, &json!("unknown")), "{others}");
    // Nor the second time; and whoever it belongs to finds it.
    assert_eq!(bring("luc", "2", "nina@durand.fr")["conversation"], Json::Null);
    assert!(bring("nina", "2", "nina@durand.fr")["conversation"].is_string());
}
