//! The trail: replayed it gives the same rows, and nothing changes behind its back.

use crm_core::command::{self, Create, Ctx, Patch, Role};
use crm_core::model::{Kind, Lead};
use crm_core::rules::Rules;
use crm_core::store::{Archived, Commit, Draft, LogQuery, MemoryStore, Query, Store as _, Write, verify_chain};
use crm_core::{Code, Crm, Id};
use serde_json::json;

use crate::support::{at, cx, member, workspace};

fn filled() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for i in 0..20 {
        let lead = Lead { company: format!("Société {i}"), ..Lead::default() };
        let id = crm.run(&member(&format!("create {i}")), &Create::new(lead)).unwrap().done().unwrap().id;
        let fields = json!({"city": "Lyon", "visits": i}).as_object().unwrap().clone();
        crm.run(&member(&format!("patch {i}")), &Patch::<Lead>::new(id, fields)).unwrap();
    }
    crm
}

#[test]
fn replaying_the_trail_gives_equal_rows_and_an_equal_trail() {
    let crm = filled();
    let log = |c: &Crm<MemoryStore>| {
        c.store().snapshot(&workspace()).unwrap().log(&LogQuery::After { seq: 0, limit: 1000 }).unwrap()
    };
    let copy = Crm::new(MemoryStore::new(), Rules::default());
    for entry in log(&crm) {
        let content = entry.json().unwrap();
        let text = |a: &str, b: &str| content[a][b].as_str().unwrap().to_owned();
        let actor = command::Actor::new(&text("actor", "name"), text("actor", "role").parse().unwrap()).unwrap();
        let ctx = Ctx::new(workspace(), actor, at(content["at"].as_str().unwrap()), entry.command_id);
        let command = command::parse(content["command"].as_str().unwrap(), &content["body"], copy.rules()).unwrap();
        copy.run_any(&ctx, &*command).unwrap();
    }
    assert_eq!(log(&crm), log(&copy), "entries, digests of rows and hashes are equal");
    assert_eq!(crm.verify(&cx(Role::Admin, "v")).unwrap(), copy.verify(&cx(Role::Admin, "v")).unwrap());
}

#[test]
fn verify_finds_what_was_changed_outside() {
    let crm = filled();
    let admin = cx(Role::Admin, "v");
    assert_eq!(crm.verify(&admin).unwrap().rows, 20);
    assert_eq!(crm.verify(&member("v")).unwrap_err().code(), Code::Forbidden);

    // A row written past the engine, with an entry that does not speak of it.
    let mut query = Query::all(Kind::Lead, crm.rules().schema(Kind::Lead), admin.at);
    query.archived = Archived::Include;
    let mut row = crm.store().snapshot(&workspace()).unwrap().find(&query).unwrap().rows.remove(3);
    let version = row.version;
    row.version += 1;
    if let crm_core::model::AnyRecord::Lead(lead) = &mut row.body {
        lead.owner = "intruder".into();
    }
    let draft = Draft { command_id: Id::from_text("x"), keys: vec![], content: "{}".into() };
    let commit = Commit { guards: vec![], writes: vec![Write { row, replaces: version }], draft };
    crm.store().commit(&workspace(), &commit).unwrap();
    assert_eq!(crm.verify(&admin).unwrap_err().code(), Code::Corrupt);
}

#[test]
fn a_changed_moved_or_lost_entry_breaks_the_chain() {
    let crm = filled();
    let entries = crm.store().snapshot(&workspace()).unwrap().log(&LogQuery::After { seq: 0, limit: 1000 }).unwrap();
    let head = crm_core::store::Head::default();
    assert!(verify_chain(head, &entries).is_ok());
    let mut changed = entries.clone();
    changed[7].content = changed[7].content.replace("member", "nobody");
    let mut moved = entries.clone();
    moved.swap(4, 5);
    let mut lost = entries.clone();
    lost.remove(10);
    for broken in [changed, moved, lost] {
        assert_eq!(verify_chain(head, &broken).unwrap_err().code(), Code::Corrupt);
    }
}
