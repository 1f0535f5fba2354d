//! Pipelines and deals in a file: the same as in memory, step by step, and read back when the file is opened again.

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::store::{Archived, MemoryStore, Query, Store};
use crm_core::{Crm, Id};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

fn step<S: Store>(crm: &Crm<S>, n: i64, name: &str, body: &Json) -> Json {
    let at = at().checked_add_signed(chrono::TimeDelta::try_hours(n).unwrap()).unwrap();
    let actor = Actor::new("marie", Role::Admin).unwrap();
    let ctx = Ctx::new(workspace(), actor, at, Id::from_text(&format!("step {n}")));
    let command = parse(name, body, crm.rules()).unwrap();
    match crm.run_any(&ctx, &*command) {
        Ok(ran) => ran.done().unwrap(),
        Err(error) => error.to_json(),
    }
}

fn rows<S: Store>(crm: &Crm<S>) -> Vec<Json> {
    let mut all = Vec::new();
    for kind in [Kind::Deal, Kind::DealRevision, Kind::Pipeline, Kind::Stage] {
        let mut query = Query::all(kind, crm.rules().schema(kind), at());
        (query.archived, query.limit) = (Archived::Include, 1000);
        let found = crm.store().snapshot(&workspace()).unwrap().find(&query).unwrap().rows;
        all.extend(found.iter().map(crm_core::model::Row::to_json));
    }
    all
}

/// Everything that is answered, and the rows at the end.
fn story<S: Store>(crm: &Crm<S>) -> Vec<Json> {
    let stages = json!([
        {"code": "new", "probability_bp": 1000},
        {"code": "Étude", "probability_bp": 5000, "exit_requires": ["close_date"]},
        {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"},
    ]);
    let deal = |n: u32, stage: &str| {
        json!({"fields": {"name": format!("Deal {n}"), "stage": stage,
        "value": {"amount": "10.00", "currency": "EUR"}}})
    };
    let id = Id::from_text("step 2").derive(0).to_string();
    let steps = [
        ("pipeline.create", json!({"code": "sales", "stages": stages})),
        ("deal.create", deal(1, "étude")),
        ("deal.create", deal(2, "etude")),
        ("deal.create", deal(3, "signed")),
        ("deal.win", json!({"id": id})),
        ("deal.lose", json!({"id": id, "lost_reason": "autre"})),
        ("deal.lose", json!({"id": id, "lost_reason": "autre", "lost_note": "parti"})),
        ("stage.delete", json!({"pipeline": "sales", "code": "ETUDE"})),
        ("stage.create", json!({"pipeline": "sales", "stage": {"code": "offer", "probability_bp": 7000}})),
        ("stage.merge", json!({"pipeline": "sales", "from": "Etude", "to": "offer"})),
        ("deal.reopen", json!({"id": id})),
        ("pipeline.delete", json!({"code": "sales"})),
    ];
    let mut told: Vec<Json> = Vec::new();
    for (n, (name, body)) in (1..).zip(&steps) {
        told.push(step(crm, n, name, body));
    }
    told.extend(rows(crm));
    let admin = Ctx::new(workspace(), Actor::new("marie", Role::Admin).unwrap(), at(), Id::from_text("verify"));
    crm.verify(&admin).unwrap();
    told
}

#[test]
fn a_file_tells_what_memory_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let file = Crm::new(SqliteStore::open(&path).unwrap(), Rules::default());
    let memory = Crm::new(MemoryStore::new(), Rules::default());
    let (told, wanted) = (story(&file), story(&memory));
    assert_eq!(told, wanted);
    // Codes meet whatever their letters and accents; a used stage stays until it was merged.
    assert_eq!(told[7]["detail"]["count"], 1, "{:#}", told[7]);
    assert_eq!(told[9], json!({"moved": 1, "left": 0}));
    drop(file);
    let again = Crm::new(SqliteStore::open(&path).unwrap(), Rules::default());
    assert_eq!(rows(&again), rows(&memory));
}
