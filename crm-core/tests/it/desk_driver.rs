//! People and agents at a desk: they write, propose and decide, as a host would let them.

use std::cell::Cell;

use crm_core::command::Role;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

pub const NOW: &str = "2026-11-23T09:00:00Z";
pub const BOT: (&str, Role) = ("bot", Role::Agent);
pub const MARIE: (&str, Role) = ("marie", Role::Member);
pub const PAUL: (&str, Role) = ("paul", Role::Member);
pub const ROOT: (&str, Role) = ("root", Role::Owner);

pub fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

pub struct Desk<S> {
    pub crm: Crm<S>,
    commands: Cell<u32>,
    pub now: Cell<&'static str>,
}

pub fn desk() -> Desk<MemoryStore> {
    desk_with(Rules::default())
}

/// A desk where the workspace says how it decides.
pub fn desk_with(rules: Rules) -> Desk<MemoryStore> {
    let desk = Desk { crm: Crm::new(MemoryStore::new(), rules), commands: Cell::new(0), now: Cell::new(NOW) };
    let lead = json!({"company": "Rénov'Ouest", "email": "jean@renovouest.fr", "owner": "marie"});
    desk.must(ROOT, "lead.create", json!({"id": id("lead"), "fields": lead}));
    desk
}

impl<S: Store> Desk<S> {
    pub fn over(store: S) -> Self {
        Self { crm: Crm::new(store, Rules::default()), commands: Cell::new(0), now: Cell::new(NOW) }
    }

    /// The whole answer of the door.
    pub fn door(&self, (name, role): (&str, Role), as_id: &str, command: &str, body: Json) -> Result<Json, Error> {
        let document = json!({"command": command, "id": id(as_id), "workspace": "acme",
            "actor": {"name": name, "role": role.name()}, "at": self.now.get(), "body": body});
        self.crm.run_json(document.to_string().as_bytes())
    }

    pub fn run(&self, actor: (&str, Role), command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.replace(self.commands.get() + 1);
        self.door(actor, &format!("command {n}"), command, body)
    }

    pub fn must(&self, actor: (&str, Role), command: &str, body: Json) -> Json {
        let answer = self.run(actor, command, body.clone());
        answer.unwrap_or_else(|e| panic!("{command} {body}: {e}"))["output"].clone()
    }

    /// How a command is refused: the code, and what the gate says.
    pub fn refused(&self, actor: (&str, Role), command: &str, body: Json) -> String {
        let error = self.run(actor, command, body).unwrap_err();
        let detail = error.detail().and_then(|d| d.get("problem")).and_then(Json::as_str).unwrap_or_default();
        format!("{} {detail}", error.code().name())
    }

    pub fn ask(&self, (name, role): (&str, Role), question: &str, body: Json) -> Json {
        let document = json!({"workspace": "acme", "actor": {"name": name, "role": role.name()}, "at": self.now.get(),
            question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap()
    }

    /// The draft as an owner sees it.
    pub fn draft(&self, draft: &Json) -> Json {
        self.ask(ROOT, "draft", json!({"id": draft, "lang": "fr"}))
    }

    pub fn rows(&self, record: &str) -> Vec<Json> {
        self.ask(ROOT, "find", json!({"record": record, "limit": 1000}))["rows"].as_array().unwrap().clone()
    }

    pub fn compose(&self, actor: (&str, Role), text: &str, submit: bool) -> Json {
        let fields = json!({"lead": id("lead"), "subject": "Votre devis", "text": text});
        self.must(actor, "draft.compose", json!({"fields": fields, "submit": submit}))
    }

    pub fn events(&self, draft: &Json) -> Vec<String> {
        let events = self.draft(draft)["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a decision is about.
pub fn seen(draft: &Json) -> Json {
    let id = draft.get("draft").or(draft.get("id")).unwrap();
    json!({"id": id, "revision": draft["revision"], "content_hash": draft["content_hash"]})
}

pub fn with(mut body: Json, more: Json) -> Json {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}
