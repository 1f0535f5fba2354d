//! What the tests of tickets share: a desk with office hours, and commands and questions as JSON.

#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "each test crate uses a part of it")]

use crm_core::rules::Rules;
use crm_core::store::Store;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

/// Monday to Friday, nine to five in Paris; half an hour to answer what is urgent, four hours otherwise.
pub fn config() -> Json {
    let day = json!([["09:00", "17:00"]]);
    json!({
        "calendar": [{"id": "office", "zone": "Europe/Paris", "weekly": {
            "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
        }}],
        "sla": {"policies": [
            {"id": "gold", "position": 1, "when": {"field": "category", "op": "eq", "value": "gold"},
             "targets": {"*": {"first_response": 600}}},
            {"id": "standard", "position": 2, "is_default": true, "calendar": "office",
             "targets": {
                 "urgent": {"first_response": 1800, "next_response": 3600, "first_resolution": 14400},
                 "*": {"first_response": 14400, "next_response": 14400, "total_resolution": 57600},
             },
             "due_soon": {"percent_bp": 2500},
             "escalation": [{"id": "lead", "metric": "first_resolution", "before": 3600, "notify": ["lea"]}]},
        ]},
    })
}

pub fn rules() -> Rules {
    Rules::from_json(&config()).unwrap()
}

/// Carries out a command as JSON.
pub fn run_as<S: Store>(crm: &Crm<S>, role: &str, at: &str, id: &str, command: &str, body: &Json) -> Result<Json> {
    let id = Id::from_text(id).to_string();
    let document = json!({
        "command": command, "id": id, "workspace": "acme", "actor": {"name": role, "role": role}, "at": at, "body": body,
    });
    crm.run_json(document.to_string().as_bytes()).map(|answer| answer["output"].clone())
}

pub fn run<S: Store>(crm: &Crm<S>, at: &str, id: &str, command: &str, body: Json) -> Json {
    run_as(crm, "admin", at, id, command, &body).unwrap()
}

pub fn try_ask<S: Store>(crm: &Crm<S>, at: &str, question: &str, body: &Json) -> Result<Json> {
    let mut document = json!({"workspace": "acme", "actor": {"name": "vera", "role": "viewer"}, "at": at});
    document[question] = body.clone();
    crm.query_json(document.to_string().as_bytes())
}

pub fn ask<S: Store>(crm: &Crm<S>, at: &str, question: &str, body: Json) -> Json {
    try_ask(crm, at, question, &body).unwrap()
}

/// All rows of a kind, page by page.
pub fn all<S: Store>(crm: &Crm<S>, at: &str, record: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let body = json!({"record": record, "archived": "include", "limit": 1000, "after": after});
        let page = ask(crm, at, "find", body);
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}
