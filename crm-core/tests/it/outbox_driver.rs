//! Messages on their way, over any store: written, approved and handed to channels, as a host would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    dead_code,
    unreachable_pub,
    reason = "a test stops where it is wrong"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use crm_core::command::{Actor, Ctx, Role};
use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::store::{Store, Workspace};
use crm_core::{Crm, Error, Id, Instant};
use serde_json::{Value as Json, json};

/// When messages are written and approved; a Monday.
pub const MONDAY: &str = "2026-11-23T09:00:00Z";
/// When they leave: after the time in which an OK is taken back.
pub const LATER: &str = "2026-11-23T10:00:00Z";

pub fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub fn rules() -> Rules {
    Rules::from_json(&json!({"sequence": {"zone": "Europe/Paris"}})).unwrap()
}

/// A workspace with somebody who writes, somebody who decides and a worker.
pub struct Post<S: Store> {
    pub crm: Crm<S>,
    /// What the ids of its commands begin with.
    name: String,
    commands: AtomicU32,
}

impl<S: Store> Post<S> {
    pub fn new(store: S) -> Self {
        Self::named(store, "command")
    }

    /// One whose commands have ids of their own, in a file that others write to.
    pub fn named(store: S, name: &str) -> Self {
        Post { crm: Crm::new(store, rules()), name: name.to_owned(), commands: AtomicU32::new(0) }
    }

    pub fn ctx(&self, user: &str, role: Role, when: &str, id: &str) -> Ctx {
        Ctx::new(Workspace::new("acme").unwrap(), Actor::new(user, role).unwrap(), at(when), Id::from_text(id))
    }

    /// An envelope of the worker's, with an id of its own.
    pub fn round(&self, when: &str) -> Ctx {
        let n = self.commands.fetch_add(1, Ordering::SeqCst);
        self.ctx("mailer", Role::Admin, when, &format!("round {n}"))
    }

    pub fn run_as(&self, user: &str, role: &str, when: &str, command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.fetch_add(1, Ordering::SeqCst);
        let document = json!({"command": command, "id": Id::from_text(&format!("{} {n}", self.name)).to_string(),
            "workspace": "acme", "actor": {"name": user, "role": role}, "at": when, "body": body});
        self.crm.run_json(document.to_string().as_bytes()).map(|done| done["output"].clone())
    }

    /// A command of the owner's, who also decides.
    pub fn run(&self, command: &str, body: Json) -> Json {
        self.run_as("olga", "owner", MONDAY, command, body.clone()).unwrap_or_else(|e| panic!("{command} {body}: {e}"))
    }

    /// A command of the worker's.
    pub fn work(&self, when: &str, command: &str, body: Json) -> Result<Json, Error> {
        self.run_as("mailer", "admin", when, command, body)
    }

    pub fn ask(&self, when: &str, question: &str, body: Json) -> Json {
        let document =
            json!({"workspace": "acme", "actor": {"name": "olga", "role": "owner"}, "at": when, question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{question} {body}: {e}"))
    }

    pub fn row(&self, record: &str, id: &str) -> Json {
        self.ask(LATER, "get", json!({"record": record, "id": id}))["row"].clone()
    }

    /// A lead to whom anybody may write at work.
    pub fn lead(&self, email: &str) -> String {
        let fields = json!({"company": "Rénov'Ouest", "email": email, "mobile": "+33612345678",
            "person_type": "legal_person", "received_at": "2026-11-20T09:00:00Z", "collected_from": "person",
            "informed_at": "2026-11-20T09:00:00Z"});
        self.run("lead.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    }

    /// A message that waits for an OK.
    pub fn write(&self, lead: &str, fields: Json) -> String {
        let mut all = json!({"channel": "email", "subject": "Votre devis", "text": "Bonjour", "lead": lead,
            "purpose": "prospecting", "topic": "other", "language": "fr",
            "mentions": ["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"]});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let draft = self.run_as("anne", "member", MONDAY, "draft.compose", json!({"fields": all})).unwrap();
        let draft = draft["id"].as_str().unwrap().to_owned();
        self.run_as("anne", "member", MONDAY, "draft.submit", json!({"id": draft})).unwrap();
        draft
    }

    /// Approves a message as it is.
    pub fn approve(&self, draft: &str) {
        let row = self.row("draft", draft);
        let body = json!({"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]});
        self.run("draft.approve", body);
    }

    /// The rows of the outbox of a draft.
    pub fn items(&self, draft: &str) -> Vec<Json> {
        self.ask(LATER, "outbox", json!({"draft": draft}))["items"].as_array().unwrap().clone()
    }

    /// A message to an office, in the outbox: its draft and its row there.
    pub fn approved(&self, email: &str) -> (String, String) {
        let draft = self.write(&self.lead(email), json!({}));
        self.approve(&draft);
        let items = self.items(&draft);
        assert_eq!((items.len(), &items[0]["state"]), (1, &json!("queued")), "{items:?}");
        (draft, items[0]["id"].as_str().unwrap().to_owned())
    }

    pub fn state(&self, draft: &str) -> String {
        self.row("draft", draft)["state"].as_str().unwrap().to_owned()
    }

    pub fn connect(&self, fields: Json) {
        self.run("channel.connect", json!({"kind": "email", "fields": fields}));
    }

    pub fn start(&self, item: &str) -> Result<Json, Error> {
        self.work(LATER, "outbox.start", json!({"id": item, "worker": "mailer"}))
    }

    /// The codes of what holds a message back; none where it was started.
    pub fn held_back(&self, item: &str) -> Vec<String> {
        let answer = self.start(item).unwrap();
        let reasons = answer["reasons"].as_array().cloned().unwrap_or_default();
        assert_eq!(answer["status"], if reasons.is_empty() { "started" } else { "blocked" }, "{answer}");
        reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
    }

    pub fn settle(&self, item: &str, fence: u32, outcome: Json) -> Result<Json, Error> {
        let mut body = json!({"id": item, "fence": fence});
        body.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
        self.work(LATER, "outbox.settle", body)
    }
}
