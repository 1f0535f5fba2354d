//! Create, patch, archive, restore: what they change, refuse and remember.

use std::sync::atomic::AtomicU32;

use crm_core::command::{Archive, Create, Patch, Restore, Role, Verb, allowed, permission_table};
use crm_core::engine::{Done, Ran};
use crm_core::model::{Consent, Lead};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Code, Crm, Id};
use serde_json::{Map, Value, json};

use crate::support::{Contended, Full, cx, member};

fn fields(json: Value) -> Map<String, Value> {
    json.as_object().unwrap().clone()
}

fn lead(company: &str) -> Lead {
    Lead { company: company.into(), stage: "new".into(), ..Lead::default() }
}

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::default())
}

#[test]
fn a_command_id_has_one_effect() {
    let crm = crm();
    let first = crm.run(&member("1"), &Create::new(lead("Rénov'Ouest"))).unwrap();
    let again = crm.run(&member("1"), &Create::new(lead("Rénov'Ouest"))).unwrap();
    let (Ran::Done(first), Ran::Done(again)) = (first, again) else { panic!("done") };
    assert_eq!(first.output, again.output);
    assert_eq!((first.replayed, again.replayed, again.seq), (false, true, 1));

    let other = crm.run(&member("1"), &Create::new(lead("Autre"))).unwrap_err();
    assert_eq!(other.code(), Code::CommandReused);
    let other = crm.run(&member("1"), &Archive::<Lead>::new(first.output.id)).unwrap_err();
    assert_eq!(other.code(), Code::CommandReused);
}

#[test]
fn patches_merge_where_they_do_not_overlap() {
    let crm = crm();
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    let patch = |name: &str, version: u64, json: Value| {
        crm.run(&member(name), &Patch::<Lead>::new(id, fields(json)).of_version(version)).map(|r| r.done().unwrap())
    };
    assert_eq!(patch("2", 1, json!({"owner": "paul", "stage": "contacted"})).unwrap().version, 2);
    // Another editor still sees version 1 and changes something else: merged.
    assert_eq!(patch("3", 1, json!({"city": "Rennes"})).unwrap().version, 3);
    // The same value as theirs is no conflict.
    assert_eq!(patch("4", 1, json!({"owner": "paul"})).unwrap().version, 3);
    // A field that somebody else changed is refused, with the three values.
    let error = patch("5", 1, json!({"owner": "marie", "city": "Nantes", "source": "web"})).unwrap_err();
    assert_eq!(error.code(), Code::Conflict);
    let expected = json!({
        "city": {"base": null, "theirs": "Rennes", "mine": "Nantes"},
        "owner": {"base": null, "theirs": "paul", "mine": "marie"},
    });
    assert_eq!(error.detail(), Some(&expected));
    // Having seen version 3, the editor may.
    assert_eq!(patch("6", 3, json!({"owner": "marie"})).unwrap().version, 4);
    let error = patch("7", 2, json!({"owner": "zoe"})).unwrap_err();
    assert_eq!(error.detail(), Some(&json!({"owner": {"base": "paul", "theirs": "marie", "mine": "zoe"}})));
    // A version that does not exist yet.
    assert_eq!(patch("8", 9, json!({"owner": "zoe"})).unwrap_err().code(), Code::Conflict);
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.city, "Rennes");
}

#[test]
fn null_clears_and_nothing_changed_is_no_version() {
    let crm = crm();
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    let run = |name: &str, json| {
        crm.run(&member(name), &Patch::<Lead>::new(id, fields(json))).unwrap().done().unwrap().version
    };
    assert_eq!(run("2", json!({"company": "Acme"})), 1);
    assert_eq!(run("3", json!({"stage": null})), 2);
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.stage, "");
}

#[test]
fn archived_records_are_kept_and_come_back() {
    let crm = crm();
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    crm.run(&member("2"), &Archive::<Lead>::new(id)).unwrap();
    let row = crm.get::<Lead>(&member("read"), id).unwrap().unwrap();
    assert_eq!(row.archived_at, Some(member("2").at));
    let twice = crm.run(&member("3"), &Archive::<Lead>::new(id)).unwrap_err();
    assert_eq!(twice.code(), Code::WrongState);
    let patch = crm.run(&member("4"), &Patch::<Lead>::new(id, fields(json!({"city": "Brest"})))).unwrap_err();
    assert_eq!(patch.code(), Code::WrongState);
    crm.run(&member("5"), &Restore::<Lead>::new(id)).unwrap();
    assert_eq!(crm.run(&member("6"), &Restore::<Lead>::new(id)).unwrap_err().code(), Code::WrongState);
    assert_eq!(crm.run(&member("7"), &Restore::<Lead>::new(Id::from_text("no"))).unwrap_err().code(), Code::NotFound);
}

#[test]
fn roles_may_do_what_the_table_says() {
    let crm = crm();
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    for role in Role::ALL {
        let tried = crm.run(&cx(*role, &format!("archive {role:?}")), &Archive::<Lead>::new(id));
        match (allowed(*role, Verb::Archive), tried) {
            (true, Ok(_)) => drop(crm.run(&member(&format!("back {role:?}")), &Restore::<Lead>::new(id)).unwrap()),
            (false, Ok(Ran::Held(_))) => assert_eq!(*role, Role::Agent),
            (false, Err(error)) => assert_eq!(error.code(), Code::Forbidden),
            (expected, tried) => panic!("{role:?}: expected {expected}, got {tried:?}"),
        }
    }
    // Deny by default: a viewer only reads, an agent neither archives nor imports.
    let of = |role| permission_table().filter(|(_, r)| r.contains(&role)).map(|(v, _)| v).collect::<Vec<_>>();
    assert_eq!(of(Role::Viewer), [Verb::Read]);
    let daily =
        [Verb::Read, Verb::Create, Verb::Patch, Verb::Compute, Verb::Route, Verb::Log, Verb::Draft, Verb::Attach];
    let gate = [Verb::Propose, Verb::PeerCheck, Verb::Consent, Verb::Enrol, Verb::Quote];
    assert_eq!(of(Role::Agent), [daily.as_slice(), gate.as_slice()].concat());
    assert_eq!(of(Role::Owner).len(), permission_table().count());
}

#[test]
fn a_lost_race_decides_again_and_gives_up_in_the_end() {
    let rules = Rules::default();
    let setup = MemoryStore::new();
    let crm = Crm::new(setup, rules.clone());
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    let rival = move |store: &MemoryStore, n: u32| {
        // The rival changes another field of the same row, through an engine of its own.
        let text = json!({"visits": n}).as_object().unwrap().clone();
        let shared = Crm::new(Borrowed(store), Rules::default());
        shared.run(&member(&format!("rival {n}")), &Patch::<Lead>::new(id, text)).unwrap();
    };
    let store = Contended { inner: into_store(crm), losses: AtomicU32::new(3), rival: Box::new(rival) };
    let crm = Crm::new(store, rules);
    let done = crm.run(&member("2"), &Patch::<Lead>::new(id, fields(json!({"city": "Lyon"})))).unwrap();
    let Ran::Done(Done { output, .. }) = done else { panic!("done") };
    assert_eq!(output.version, 5, "three rivals, then ours");
    let row = crm.get::<Lead>(&member("read"), id).unwrap().unwrap();
    assert_eq!((row.body.city.as_str(), row.body.visits), ("Lyon", Some(1)));

    crm.store().losses.store(1000, std::sync::atomic::Ordering::SeqCst);
    let error = crm.run(&member("3"), &Patch::<Lead>::new(id, fields(json!({"city": "Nice"})))).unwrap_err();
    assert_eq!(error.code(), Code::Conflict);
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.city, "Lyon");
}

/// A store lent to a second engine.
pub struct Borrowed<'a>(pub &'a MemoryStore);

impl crm_core::store::Store for Borrowed<'_> {
    fn snapshot(
        &self,
        workspace: &crm_core::store::Workspace,
    ) -> crm_core::Result<Box<dyn crm_core::store::Read + '_>> {
        self.0.snapshot(workspace)
    }
    fn commit(
        &self,
        workspace: &crm_core::store::Workspace,
        commit: &crm_core::store::Commit,
    ) -> crm_core::Result<crm_core::store::Entry> {
        self.0.commit(workspace, commit)
    }
}

fn into_store(crm: Crm<MemoryStore>) -> MemoryStore {
    crm.into_store()
}

#[test]
fn a_full_disk_is_an_error_and_changes_nothing() {
    let crm = Crm::new(Full(MemoryStore::new()), Rules::default());
    let error = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap_err();
    assert_eq!(error.code(), Code::StorageFull);
    assert_eq!(crm.get::<Lead>(&member("read"), member("1").id.derive(0)).unwrap(), None);
}

#[test]
fn a_plan_changes_nothing_and_says_what_it_would() {
    let crm = crm();
    let id = crm.run(&member("1"), &Create::new(lead("Acme"))).unwrap().done().unwrap().id;
    let plan = crm.plan(&member("2"), &Patch::<Lead>::new(id, fields(json!({"owner": "paul"})))).unwrap();
    assert_eq!(plan.changes[0].fields, fields(json!({"owner": [null, "paul"]})));
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().version, 1);
}

#[test]
fn a_record_made_in_rust_passes_the_same_door() {
    let crm = crm();
    let make = |name: &str, lead: Lead| crm.run(&member(name), &Create::new(lead)).map(|r| r.done().unwrap().id);
    let id = make("1", lead("  Acme\u{a0}")).unwrap();
    assert_eq!(crm.get::<Lead>(&member("r"), id).unwrap().unwrap().body.company, "Acme");
    assert_eq!(make("2", lead("a\0b")).unwrap_err().code(), Code::InvalidText);
    assert_eq!(make("3", Lead { score: Some(99), ..lead("A") }).unwrap_err().field(), Some("fields.score"));
    let mut undeclared = lead("A");
    undeclared.custom.set("secret", crm_core::Value::Integer(3));
    assert_eq!(make("4", undeclared).unwrap_err().field(), Some("fields.custom.secret"));
    assert_eq!(make("5", lead(&"x".repeat(70_000))).unwrap_err().code(), Code::TooLarge);
}

#[test]
fn an_agent_never_says_that_a_person_agreed() {
    let crm = crm();
    let patch = |name: &str, role, id, consent: Value| {
        crm.run(&cx(role, name), &Patch::<Lead>::new(id, fields(json!({"consent": consent})))).map(|_| ())
    };
    let agreed = Lead { consent: Consent::OptedIn, ..lead("A") };
    let error = crm.run(&cx(Role::Agent, "1"), &Create::new(agreed.clone())).unwrap_err();
    assert_eq!(error.code(), Code::Forbidden);
    let id = crm.run(&member("2"), &Create::new(agreed)).unwrap().done().unwrap().id;
    patch("3", Role::Agent, id, json!("opted_out")).unwrap();
    assert_eq!(patch("4", Role::Agent, id, json!("soft")).unwrap_err().code(), Code::Forbidden);
    assert_eq!(patch("5", Role::Agent, id, Value::Null).unwrap_err().code(), Code::Forbidden);
    patch("6", Role::Member, id, json!("opted_in")).unwrap();
}
