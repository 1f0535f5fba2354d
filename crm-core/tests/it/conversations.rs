//! Conversations on a store: what comes in, what went out, what channels tell of it, and what follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::command::{self, Actor, Ctx, Role};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Workspace};
use crm_core::{Crm, Error, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::at;

const NOW: &str = "2026-11-24T10:00:00Z";

struct World {
    crm: Crm<Arc<MemoryStore>>,
    told: std::cell::Cell<u32>,
}

impl World {
    fn new() -> Self {
        Self::with(&json!({}))
    }

    fn with(rules: &Json) -> Self {
        let rules = Rules::from_json(rules).unwrap();
        Self { crm: Crm::new(Arc::default(), rules), told: std::cell::Cell::new(0) }
    }

    fn try_in(&self, workspace: &str, name: &str, body: &Json) -> Result<Json, Error> {
        let n = self.told.replace(self.told.get() + 1);
        let actor = Actor::new("paul", Role::Owner).unwrap();
        let ctx = Ctx::new(Workspace::new(workspace).unwrap(), actor, at(NOW), Id::from_text(&format!("told {n}")));
        let command = command::parse(name, body, self.crm.rules())?;
        Ok(self.crm.run_any(&ctx, &*command)?.done().unwrap())
    }

    fn attempt(&self, name: &str, body: &Json) -> Result<Json, Error> {
        self.try_in("acme", name, body)
    }

    fn run(&self, name: &str, body: Json) -> Json {
        self.attempt(name, &body).unwrap_or_else(|e| panic!("{name} {body}: {e}"))
    }

    fn ask(&self, name: &str, body: Json) -> Json {
        let document = json!({"workspace": "acme", "actor": {"name": "paul", "role": "owner"}, "at": NOW, name: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{document}: {e}"))
    }

    fn rows(&self, record: &str) -> Vec<Json> {
        let found = self.ask("find", json!({"record": record, "limit": 1000, "archived": "include"}));
        found["rows"].as_array().unwrap().clone()
    }

    fn get(&self, record: &str, id: &Json) -> Json {
        self.ask("get", json!({"record": record, "id": id}))["row"].clone()
    }

    fn lead(&self, email: &str, language: &str) -> Json {
        let fields = json!({"first_name": "Marie", "last_name": "Durand", "email": email, "owner": "sophie",
                            "language": language});
        self.run("lead.create", json!({"fields": fields}))["id"].clone()
    }

    fn receive(&self, id: &str, text: &str) -> Json {
        self.run("message.receive", message(id, text))
    }
}

fn message(id: &str, text: &str) -> Json {
    json!({"channel": "email", "provider_id": format!("<{id}@durand.fr>"), "sender": "Marie Durand <marie@durand.fr>",
           "recipients": ["ventes@morel.fr"], "subject": "Re: Votre devis", "text": text,
           "happened_at": "2026-11-24T08:00:00Z"})
}

fn texts<'j>(rows: &'j [Json], field: &str) -> Vec<&'j str> {
    rows.iter().map(|row| row[field].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_person_answers_and_somebody_goes_on() {
    let world = World::new();
    let lead = world.lead("marie@durand.fr", "fr");
    let told = world
        .receive("1", "Oui, votre proposition nous convient, appelez-moi demain.\n\n> STOP pour ne plus rien recevoir");
    assert_eq!((&told["class"], &told["duplicate"]), (&json!("positive"), &json!(false)));
    let talk = world.get("conversation", &told["conversation"]);
    assert_eq!((&talk["lead"], &talk["owner"], &talk["language"]), (&lead, &json!("sophie"), &json!("fr")));
    assert_eq!((&talk["unanswered_since"], &talk["begun_by"]), (&json!("2026-11-24T08:00:00Z"), &json!("inbound")));
    let tasks = world.rows("task");
    assert_eq!(texts(&tasks, "title"), ["Répondre à Marie Durand\u{a0}: souhaite donner suite"]);
    assert_eq!((&tasks[0]["assignee"], &tasks[0]["lead"]), (&json!("sophie"), &lead));
    assert_eq!(tasks[0]["due_date"], "2026-11-25");
    // The same again changes nothing; what comes after it opens no second task.
    let again = world
        .receive("1", "Oui, votre proposition nous convient, appelez-moi demain.\n\n> STOP pour ne plus rien recevoir");
    assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &told["id"]));
    world.receive("2", "Avez-vous reçu mon message ?");
    assert_eq!((world.rows("message").len(), world.rows("activity").len(), world.rows("task").len()), (2, 2, 1));
    let timeline = world.ask("timeline", json!({"record": "lead", "id": lead, "kinds": ["activity"], "lang": "fr"}));
    assert_eq!(timeline["entries"].as_array().unwrap().len(), 2);
    let shown = world.ask("conversation", json!({"id": told["conversation"], "lang": "fr"}));
    assert_eq!(shown["messages"][1]["class_name"], "souhaite donner suite");
    assert_eq!(shown["waits"]["follow_up"]["id"], tasks[0]["id"]);
    assert_eq!(shown["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn whoever_wants_to_be_left_alone_is() {
    let world = World::new();
    let lead = world.lead("marie@durand.fr", "en");
    // From another address of the same thread: both are left alone.
    let first = world.receive("1", "Who are you?");
    let mut body = message("2", "Please unsubscribe me.");
    body["sender"] = json!("marie.private@example.org");
    body["in_reply_to"] = json!("<1@durand.fr>");
    let told = world.run("message.receive", body);
    assert_eq!((&told["class"], &told["conversation"]), (&json!("unsubscribe"), &first["conversation"]));
    let events = world.rows("consent_event");
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event["act"] == "withdrawn" && event["purpose"] == "prospecting"));
    assert_eq!(world.get("lead", &lead)["consent"], "opted_out");
    // Data rights are everything, and a task with a term.
    let told = world.receive("3", "Supprimez mes données, article 17 du RGPD.");
    assert!(told["consequences"].as_array().unwrap().contains(&json!("data_rights")), "{told}");
    let tasks = world.rows("task");
    let right = tasks.iter().find(|task| task["due_date"] == "2026-12-24").unwrap();
    assert_eq!(right["title"], "Answer the request about personal data of Marie Durand (GDPR: one month)");
}

#[test]
fn machines_wait_for_nothing() {
    let world = World::new();
    let lead = world.lead("marie@durand.fr", "fr");
    let mut body = message("1", "Je suis absente, de retour lundi.");
    body["headers"] = json!({"Auto-Submitted": "auto-replied"});
    body["subject"] = json!("Réponse automatique : Votre devis");
    let told = world.run("message.receive", body);
    let talk = world.get("conversation", &told["conversation"]);
    assert_eq!((&told["class"], &talk["away_until"]), (&json!("out_of_office"), &json!("2026-12-01")));
    assert_eq!((&talk["unanswered_since"], &talk["lead"]), (&Json::Null, &lead));
    assert_eq!(world.rows("activity")[0]["automatic"], true);
    assert!(world.rows("task").is_empty());
    // The person's own answer is in the same conversation, whatever programs write before its subject.
    assert_eq!(world.receive("2", "Me voilà.")["conversation"], told["conversation"]);
}

#[test]
fn nobody_guesses_to_whom_it_belongs() {
    let world = World::new();
    let (one, _) = (world.lead("marie@durand.fr", "fr"), world.lead("Marie+travaux@durand.fr", "fr"));
    let told = world.receive("1", "Oui, volontiers.");
    let talk = world.get("conversation", &told["conversation"]);
    assert_eq!((&talk["lead"], talk["candidates"].as_array().unwrap().len()), (&Json::Null, 2));
    assert!(told["reasons"].as_array().unwrap().iter().any(|reason| reason["code"] == "reply_several_records"));
    world.run("conversation.assign", json!({"id": told["conversation"], "lead": one, "owner": "luc"}));
    let talk = world.get("conversation", &told["conversation"]);
    assert_eq!((&talk["lead"], &talk["owner"], &talk["candidates"]), (&one, &json!("luc"), &Json::Null));
    // An opt-out holds for all of them, and what was put away comes back when somebody writes.
    world.run("conversation.archive", json!({"id": told["conversation"]}));
    world.receive("2", "Ne me contactez plus.");
    assert_eq!(texts(&world.rows("lead"), "consent"), ["opted_out", "opted_out"]);
    assert_eq!(world.get("conversation", &told["conversation"])["archived_at"], Json::Null);
}

#[test]
fn a_foreign_or_forged_id_leads_nowhere() {
    let world = World::new();
    let body = message("theirs", "Bonjour");
    world.try_in("beta", "message.receive", &body).unwrap();
    let mut reply = message("1", "Bonjour");
    reply["in_reply_to"] = json!("<theirs@durand.fr>");
    reply["subject"] = json!("Autre chose");
    let told = world.run("message.receive", reply);
    assert!(told["reasons"].as_array().unwrap().iter().any(|reason| reason["code"] == "reply_unknown_reference"));
    assert_eq!(world.rows("conversation").len(), 1);
    // Another message under a known id is kept beside it: it may be the one that matters.
    let other = world.receive("1", "STOP");
    assert_eq!((&other["duplicate"], &other["class"]), (&json!(false), &json!("unsubscribe")));
    assert!(other["reasons"].as_array().unwrap().iter().any(|reason| reason["code"] == "reply_same_id"));
    assert_eq!((world.rows("message").len(), world.rows("activity").len()), (2, 2));
    // A report about nothing that left from here.
    let report = json!({"channel": "email", "provider_id": "dsn", "sender": "", "subject": "Undelivered Mail",
                        "headers": {"Content-Type": "multipart/report; report-type=delivery-status"},
                        "text": "Final-Recipient: rfc822; marie@durand.fr\nAction: failed\nStatus: 5.1.1\nUser unknown"});
    let told = world.run("message.receive", report);
    assert_eq!((&told["class"], &told["consequences"]), (&json!("bounce"), &json!([])));
    assert!(world.rows("consent_event").iter().all(|event| event["act"] == "withdrawn"));
}

#[test]
fn a_tickets_conversation_is_the_tickets() {
    let world = World::new();
    let contact = json!({"last_name": "Durand", "email": "marie@durand.fr", "owner": "sophie"});
    let contact = world.run("contact.create", json!({"fields": contact}))["id"].clone();
    let ticket = json!({"subject": "Fuite", "owner": "sophie", "contact": contact});
    let ticket = world.run("ticket.create", json!({"fields": ticket}))["id"].clone();
    let told = world.receive("1", "Il y a une fuite.");
    world.run("conversation.assign", json!({"id": told["conversation"], "ticket": ticket}));
    world.receive("2", "Toujours là ?");
    let events = world.rows("ticket_event");
    assert_eq!(events.iter().filter(|event| event["kind"] == "customer_message").count(), 1);
    // The host tells the ticket of the same message by itself: it is known.
    let activity = json!({"kind": "email", "description": "Toujours là ?", "external_source": "email", "external_id": "2@durand.fr"});
    let again = world.run("ticket.receive", json!({"id": ticket, "activity": activity}));
    assert_eq!(again["duplicate"], true);
    assert_eq!(world.rows("activity").len(), 2);
}

#[test]
fn those_who_wait_come_first() {
    let world = World::new();
    for n in 0..5 {
        let mut body = message(&format!("m{n}"), if n == 2 { "STOP" } else { "Une question." });
        body["subject"] = json!(format!("Sujet {n}"));
        body["happened_at"] = json!(format!("2026-11-2{}T08:00:00Z", 4 - n % 4));
        world.run("message.receive", body);
    }
    let all = world.ask("conversations", json!({"limit": 10}));
    let subjects: Vec<&str> = texts(all["conversations"].as_array().unwrap(), "subject");
    assert_eq!(subjects[..2], ["Sujet 3", "Sujet 1"]);
    assert_eq!((subjects.len(), subjects[4], &all["next"]), (5, "Sujet 2", &Json::Null));
    let mut paged: Vec<String> = Vec::new();
    let mut after = Json::Null;
    loop {
        let page = world.ask("conversations", json!({"limit": 2, "after": after}));
        let rows = page["conversations"].as_array().unwrap();
        assert!(!rows.is_empty());
        paged.extend(texts(rows, "subject").iter().map(|s| (*s).to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(paged, subjects);
    let waiting = world.ask("conversations", json!({"unanswered": false}));
    assert_eq!(waiting["conversations"].as_array().unwrap().len(), 1);
}

#[test]
fn hostile_messages_are_refused_or_made_harmless() {
    let world = World::new();
    let with = |key: &str, value: Json| {
        let mut body = message("x", "Bonjour");
        body[key] = value;
        body
    };
    for (body, code, path) in [
        (with("text", json!("a".repeat(1024 * 1024 + 1))), "too_large", "text"),
        (with("subject", json!("a".repeat(5000))), "too_large", "subject"),
        (with("sender", json!("a@b.fr\r\nBcc: x@y.z")), "invalid_text", "sender"),
        (with("sender", json!("a".repeat(999))), "too_large", "sender"),
        (with("in_reply_to", json!("<a\n@b>")), "invalid_text", "in_reply_to"),
        (with("provider_id", json!("a\u{0}b")), "invalid_text", "provider_id"),
        (with("text", json!("a\u{0}b")), "invalid_text", "text"),
        (with("recipients", json!(vec!["a@b.fr"; 501])), "too_large", "recipients"),
        (with("headers", json!({"X": "a".repeat(300_000)})), "too_large", "headers"),
        (with("headers", json!({"X": vec!["a"; 501]})), "too_large", "headers"),
        (with("headers", json!({"X": 1})), "invalid_json", "headers.X"),
        (with("channel", json!("pigeon")), "invalid_value", "channel"),
        (with("sender", json!("")), "missing", ""),
        (with("lead", json!(Id::from_text("nobody").to_string())), "not_found", "lead"),
        (with("bcc", json!("x")), "unknown_field", ""),
    ] {
        let error = world.attempt("message.receive", &body).unwrap_err();
        let found = (error.code().name().to_owned(), error.field().map(ToString::to_string).unwrap_or_default());
        assert_eq!(found, (code.to_owned(), path.to_owned()), "{error}");
    }
    for (body, code) in [
        (json!({"channel": "email", "kind": "bounced"}), "missing"),
        (json!({"channel": "email", "provider_id": "a", "kind": "eaten"}), "invalid_value"),
        (json!({"channel": "email", "provider_id": "a", "kind": "bounced", "status": "x"}), "invalid_json"),
        (json!({"channel": "email", "provider_id": "a\nb", "kind": "bounced"}), "invalid_text"),
    ] {
        assert_eq!(world.attempt("message.report", &body).unwrap_err().code().name(), code, "{body}");
    }
    assert!(world.rows("message").is_empty() && world.rows("delivery_report").is_empty());
    // A folded subject, an escape sequence, a text longer than a field: kept, without what deceives.
    let mut body = message("y", &format!("Bonjour\u{1b}[31m\r\n{}", "é".repeat(40_000)));
    body["subject"] = json!("Re: Votre\r\n devis");
    world.run("message.receive", body);
    let kept = &world.rows("message")[0];
    assert_eq!((&kept["subject"], &kept["is_cut"]), (&json!("Re: Votre  devis"), &json!(true)));
    let text = kept["text"].as_str().unwrap();
    assert!(text.starts_with("Bonjour [31m\né") && text.len() <= 64 * 1024);
    // What a sender says of the time is not believed.
    let mut body = message("z", "Bonjour");
    body["happened_at"] = json!("2031-01-01T00:00:00Z");
    world.run("message.receive", body);
    assert!(world.rows("message").iter().all(|row| row["happened_at"].as_str().unwrap() <= NOW));
}

/// A message to Marie that a channel was given, with its row of the outbox.
fn started(world: &World) -> Json {
    world.run("channel.connect", json!({"kind": "email", "fields": {"name": "ventes@morel.fr", "unsubscribe_url": "https://morel.fr/stop/{key}"}}));
    let lead = world.lead("marie@durand.fr", "fr");
    // Marie asked first, so that she may be answered.
    let mut question = message("question", "Pouvez-vous me faire un devis ?");
    question["subject"] = json!("Votre devis");
    question["happened_at"] = json!("2026-11-23T08:00:00Z");
    let asked = world.run("message.receive", question);
    let fields = json!({"channel": "email", "recipients": ["marie@durand.fr"], "subject": "Re: Votre devis",
                        "text": "Voici le devis. Toitures Morel, 1 rue du Port. Répondez STOP pour ne plus rien recevoir.",
                        "purpose": "reply", "topic": "other", "lead": lead, "conversation": asked["conversation"],
                        "mentions": ["sender_identity", "commercial_nature", "opt_out", "list_unsubscribe",
                                     "data_source", "rights", "privacy_contact"]});
    let draft = world.run("draft.compose", json!({"fields": fields}))["id"].clone();
    world.run("draft.submit", json!({"id": draft}));
    let row = world.get("draft", &draft);
    let seen =
        json!({"id": draft, "revision": row["revision"], "content_hash": row["content_hash"], "is_reviewed": true});
    world.run("draft.approve", seen);
    let item = world.rows("outbox_item")[0].clone();
    let began = world.run("outbox.start", json!({"id": item["id"], "worker": "mailer"}));
    assert_eq!(world.get("outbox_item", &item["id"])["state"], "started", "{began}");
    world.get("outbox_item", &item["id"])
}

#[test]
fn what_left_is_on_the_thread_and_reports_find_it() {
    let world = World::new();
    let item = started(&world);
    world
        .run("outbox.settle", json!({"id": item["id"], "fence": 1, "outcome": "sent", "provider_id": "<p1@morel.fr>"}));
    let sent = world.rows("message").into_iter().find(|row| row["direction"] == "outbound").unwrap();
    let talk = world.get("conversation", &sent["conversation"]);
    assert_eq!((&talk["message_count"], &talk["unanswered_since"]), (&json!(2), &Json::Null));
    assert_eq!((&sent["provider_id"], &sent["delivery"]), (&json!("p1@morel.fr"), &json!("sent")));
    assert_eq!(world.rows("activity").iter().filter(|row| row["direction"] == "outbound").count(), 1);
    let report = |kind: &str, more: &Json| {
        let mut body = json!({"channel": "email", "provider_id": "<p1@morel.fr>", "kind": kind});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.run("message.report", body)
    };
    assert_eq!(report("opened", &json!({}))["status"], "ignored");
    assert_eq!(report("delivered", &json!({}))["status"], "recorded");
    assert_eq!(report("delivered", &json!({}))["status"], "duplicate");
    let bounced = report("bounced", &json!({"status": "5.1.1", "diagnostic": "user unknown"}));
    assert_eq!((&bounced["bounce"], &bounced["draft"]), (&json!("hard"), &item["draft"]));
    report("complaint", &json!({}));
    // Late and out of order: the gravest stays.
    report("delivered", &json!({"happened_at": "2026-11-24T09:00:00Z"}));
    assert_eq!(world.get("message", &sent["id"])["delivery"], "complained");
    let mut acts: Vec<String> = texts(&world.rows("consent_event"), "act").iter().map(|s| (*s).to_owned()).collect();
    acts.sort();
    assert_eq!(acts, ["bounced", "withdrawn"]);
    // A reply by the id, whatever its subject, and one that takes the point from a draft.
    let mut reply = message("r1", "Merci");
    reply["subject"] = json!("Devis signé");
    reply["references"] = json!(["<x@y>", "<p1@morel.fr>"]);
    assert_eq!(world.run("message.receive", reply)["conversation"], sent["conversation"]);
}

#[test]
fn a_report_settles_what_nobody_knew() {
    let world = World::new();
    let item = started(&world);
    world.run("outbox.settle", json!({"id": item["id"], "fence": 1, "outcome": "unknown"}));
    // Faster than anybody: by an id that is not known yet, it waits.
    let early = json!({"channel": "email", "provider_id": "p9", "kind": "bounced", "status": "550", "diagnostic": "no such user"});
    assert_eq!(world.run("message.report", early)["status"], "waiting");
    assert!(world.rows("consent_event").is_empty());
    let by_key = json!({"channel": "email", "key": item["key"], "provider_id": "p9", "kind": "delivered"});
    assert_eq!(world.run("message.report", by_key)["status"], "recorded");
    let item = world.get("outbox_item", &item["id"]);
    assert_eq!((&item["state"], &item["provider_id"]), (&json!("sent"), &json!("p9")));
    assert_eq!(texts(&world.rows("consent_event"), "act"), ["bounced"]);
    assert_eq!(world.get("draft", &item["draft"])["state"], "sent");
}

#[test]
fn soft_bounces_are_counted() {
    let world = World::with(&json!({"reply": {"most_soft_bounces": 3, "soft_bounce_days": 10}}));
    let report = |message: &str, day: u32| {
        let at = format!("2026-11-{day:02}T08:00:00Z");
        world.run(
            "message.report",
            json!({"channel": "email", "provider_id": message, "recipient": "marie@durand.fr",
            "kind": "bounced", "status": "4.2.2", "diagnostic": "mailbox full", "happened_at": at}),
        )["bounce"]
            .clone()
    };
    assert_eq!((report("a", 1), report("a", 2), report("b", 3)), (json!("soft"), json!("soft"), json!("soft")));
    // The third one, told out of order.
    assert_eq!(report("c", 2), "hard");
    assert_eq!(texts(&world.rows("consent_event"), "act"), ["bounced"]);
}

/// What must not depend on the order: rows without what tells when they were written.
fn outcome(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for record in ["message", "conversation", "consent_event", "delivery_report", "lead", "outbox_item", "activity"] {
        let mut rows: Vec<String> = world
            .rows(record)
            .into_iter()
            .map(|mut row| {
                let map = row.as_object_mut().unwrap();
                // A task is of the message that came first; why a message was taken as it was may name what was known.
                map.retain(|key, _| {
                    !["version", "created_at", "updated_at", "clocks", "follow_up", "reasons"].contains(&key.as_str())
                });
                row.to_string()
            })
            .collect();
        rows.sort();
        all.insert(record.to_owned(), rows);
    }
    all
}

fn happenings(item: &Json) -> Vec<(&'static str, Json)> {
    let by_reference = |id: &str, text: &str, hour: u32| {
        let mut body = message(id, text);
        body["in_reply_to"] = json!("<p1@morel.fr>");
        body["happened_at"] = json!(format!("2026-11-24T{hour:02}:30:00Z"));
        body
    };
    vec![
        ("outbox.settle", json!({"id": item["id"], "fence": 1, "outcome": "sent", "provider_id": "p1@morel.fr"})),
        (
            "message.report",
            json!({"channel": "email", "provider_id": "<p1@morel.fr>", "kind": "delivered", "happened_at": "2026-11-24T07:00:00Z"}),
        ),
        (
            "message.report",
            json!({"channel": "email", "provider_id": "p1@morel.fr", "kind": "bounced", "status": "5.1.1", "happened_at": "2026-11-24T07:30:00Z"}),
        ),
        (
            "message.report",
            json!({"channel": "email", "key": item["key"], "kind": "complaint", "happened_at": "2026-11-24T09:00:00Z"}),
        ),
        ("message.receive", by_reference("r1", "Avez-vous une date ?", 8)),
        ("message.receive", by_reference("r2", "Retirez-moi de votre liste.", 9)),
        ("message.receive", message("r3", "Merci.")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn order_and_repetition_do_not_matter(
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0..7_usize, 0..6),
    ) {
        let (plain, mixed) = (World::new(), World::new());
        let item = started(&plain);
        for (name, body) in happenings(&item) {
            plain.run(name, body);
        }
        let item = started(&mixed);
        let all = happenings(&item);
        for place in order.into_iter().chain(again) {
            mixed.run(all[place].0, all[place].1.clone());
        }
        prop_assert_eq!(outcome(&plain), outcome(&mixed));
        prop_assert!(mixed.rows("consent_event").iter().any(|event| event["act"] == "withdrawn"));
        prop_assert_eq!(&mixed.rows("lead")[0]["consent"], "opted_out");
    }
}
