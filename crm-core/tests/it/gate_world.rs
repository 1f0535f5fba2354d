//! A workspace that is attacked: people, an agent, channels that keep what they are given.

use std::cell::Cell;
use std::sync::Mutex;

use crm_core::command::{Actor, Ctx, Outgoing, Role};
use crm_core::engine::{Answer, Channel, Channels};
use crm_core::kernel::approval::ChannelKind;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

pub type Who = (&'static str, Role);
pub const BOT: Who = ("bot", Role::Agent);
pub const MARIE: Who = ("marie", Role::Member);
pub const PAUL: Who = ("paul", Role::Member);
pub const ADA: Who = ("ada", Role::Admin);
pub const ROOT: Who = ("root", Role::Owner);

/// When everything happens, and when what was approved leaves.
pub const MONDAY: &str = "2026-11-23T09:00:00Z";
pub const LATER: &str = "2026-11-23T10:00:00Z";

/// Every kind of row that an attack might change.
const KINDS: &[&str] = &[
    "account",
    "activity",
    "approval_rule",
    "channel",
    "consent_event",
    "contact",
    "conversation",
    "delivery_report",
    "draft",
    "enrolment",
    "kill_switch",
    "lead",
    "message",
    "outbox_item",
    "task",
];

pub fn with(mut body: Json, more: Json) -> Json {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A channel that keeps what it is given.
#[derive(Default)]
struct Spy(Mutex<Vec<Outgoing>>);

impl Channel for Spy {
    fn send(&self, parcel: &Outgoing) -> Answer {
        let mut all = self.0.lock().unwrap();
        all.push(parcel.clone());
        Answer::Sent { provider_id: Some(format!("m{} {}", all.len(), parcel.key)) }
    }
}

pub struct World {
    pub crm: Crm<MemoryStore>,
    commands: Cell<u32>,
}

impl World {
    /// A workspace with a channel and these settings of the gate.
    pub fn new(approval: Json) -> Self {
        let hello = json!({"id": "hello", "draft": "email", "topic": "other", "purpose": "prospecting",
            "mentions": ["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"],
            "fr": {"subject": "Votre projet", "text": "Bonjour {{lead.company}}, parlons-en."}});
        let step = json!({"type": "email", "title": "Bonjour", "template": "hello", "delay": {"count": 0, "unit": "days"},
            "needs_approval": false});
        let config = json!({"approval": approval,
            "templates": {"language": "fr", "items": [hello]},
            "sequence": {"zone": "Europe/Paris", "sequences": [{"id": "welcome", "business_days_only": false, "steps": [step]}]}});
        World::of(config)
    }

    /// A workspace with a channel and this configuration.
    pub fn of(config: Json) -> Self {
        let world =
            World { crm: Crm::new(MemoryStore::new(), Rules::from_json(&config).unwrap()), commands: Cell::new(0) };
        world.must(ROOT, "channel.connect", json!({"kind": "email", "fields": {"name": "Devis"}}));
        world
    }

    pub fn run_under(&self, (name, role): Who, when: &str, id: &str, command: &str, body: Json) -> Result<Json, Error> {
        let document = json!({"command": command, "id": Id::from_text(id).to_string(), "workspace": "acme",
            "actor": {"name": name, "role": role.name()}, "at": when, "body": body});
        self.crm.run_json(document.to_string().as_bytes())
    }

    pub fn run(&self, who: Who, when: &str, command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.replace(self.commands.get() + 1);
        self.run_under(who, when, &format!("command {n}"), command, body)
    }

    pub fn must_at(&self, who: Who, when: &str, command: &str, body: Json) -> Json {
        let answer = self.run(who, when, command, body.clone());
        answer.unwrap_or_else(|e| panic!("{command} {body}: {e}"))["output"].clone()
    }

    pub fn must(&self, who: Who, command: &str, body: Json) -> Json {
        self.must_at(who, MONDAY, command, body)
    }

    pub fn ask(&self, question: &str, body: Json) -> Json {
        let document =
            json!({"workspace": "acme", "actor": {"name": "root", "role": "owner"}, "at": LATER, question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{question} {body}: {e}"))
    }

    pub fn rows(&self, record: &str) -> Vec<Json> {
        let body = json!({"record": record, "limit": 1000, "archived": "include"});
        self.ask("find", body)["rows"].as_array().unwrap().clone()
    }

    pub fn row(&self, record: &str, id: &str) -> Json {
        self.ask("get", json!({"record": record, "id": id}))["row"].clone()
    }

    pub fn state(&self, draft: &Json) -> String {
        self.row("draft", draft.as_str().unwrap())["state"].as_str().unwrap().to_owned()
    }

    /// What stands in every row. That an agent tried to decide is told, and changes nothing else.
    pub fn everything(&self) -> Vec<Json> {
        let told = ["event_count", "version", "updated_at", "clocks"];
        let mut all: Vec<Json> = KINDS.iter().flat_map(|kind| self.rows(kind)).collect();
        for row in &mut all {
            row.as_object_mut().unwrap().retain(|name, _| !told.contains(&name.as_str()));
        }
        all
    }

    /// An organization to which anybody may write.
    pub fn lead(&self, email: &str) -> String {
        let fields = json!({"company": "Rénov'Ouest", "email": email, "person_type": "legal_person", "owner": "marie",
            "received_at": "2026-11-20T09:00:00Z", "collected_from": "person", "informed_at": "2026-11-20T09:00:00Z"});
        self.must(ROOT, "lead.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    }

    /// A message that was submitted; its id.
    pub fn write(&self, who: Who, lead: &str, fields: Json) -> Json {
        let usual = json!({"channel": "email", "subject": "Votre devis", "text": "Bonjour", "lead": lead, "language": "fr",
            "purpose": "prospecting", "topic": "other",
            "mentions": ["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"]});
        let body = json!({"fields": with(usual, fields), "submit": true});
        self.must(who, "draft.compose", body)["id"].clone()
    }

    /// A message in the outbox, and its row there.
    pub fn approved(&self, lead: &str) -> (Json, Json) {
        let draft = self.write(BOT, lead, json!({}));
        self.must(MARIE, "draft.approve", self.seen(&draft));
        let item = self.rows("outbox_item").into_iter().find(|row| row["draft"] == draft).unwrap();
        (draft, item)
    }

    /// What a decision is about, as it is now.
    pub fn seen(&self, draft: &Json) -> Json {
        let row = self.row("draft", draft.as_str().unwrap());
        json!({"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]})
    }

    /// A rule of an admin's.
    pub fn rule(&self, fields: Json) -> Json {
        let usual = json!({"name": "règle", "daily_cap": 10, "valid_until": "2026-12-20T00:00:00Z"});
        self.must(ADA, "approval_rule.create", json!({"fields": with(usual, fields)}))["id"].clone()
    }

    pub fn enrol(&self, who: Who, lead: &str) -> Json {
        let told = self.must(who, "enrolment.enrol", json!({"sequence": "welcome", "leads": [lead]}));
        assert_eq!(told["records"][0]["verdict"], "enrol", "{told}");
        told["records"][0]["enrolment"].clone()
    }

    /// What a round of the worker's hands to the channels: to whom, and what.
    pub fn leaves(&self, when: &str) -> Vec<(String, String)> {
        self.parcels(when).into_iter().map(|parcel| (parcel.recipient, parcel.text)).collect()
    }

    /// The same with everything that a channel gets.
    pub fn parcels(&self, when: &str) -> Vec<Outgoing> {
        let n = self.commands.replace(self.commands.get() + 1);
        let actor = Actor::new("mailer", Role::Admin).unwrap();
        let round = Ctx::new(workspace(), actor, at(when), Id::from_text(&format!("round {n}")));
        let spy = Spy::default();
        let channels: Channels<'_> = ChannelKind::ALL.iter().map(|kind| (*kind, &spy as &dyn Channel)).collect();
        let done = self.crm.deliver(&round, &channels, 100).unwrap();
        assert!(done.stopped.is_none(), "{:?}", done.stopped);
        spy.0.into_inner().unwrap()
    }
}
