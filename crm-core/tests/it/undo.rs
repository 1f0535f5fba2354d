//! Undoing a command: what it restores, what stands in its way. The command is one that a host might write.

use std::borrow::Cow;

use crm_core::command::{
    Archive, Command, Create, Ctx, Cx, FormerClocks, Patch, Restore, Role, ScoreLeads, Undo, Undoable, Undone, Verb,
};
use crm_core::model::{AnyRecord, Consent, Key, Kind, Lead, Note, Row, Task};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Code, Crm, Error, Id, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::support::{at, cx, member};

/// Gives a lead to another person, with a note beside it.
struct HandOver(Id);

#[derive(Debug, Serialize, Deserialize)]
struct HandedOver {
    note: Id,
    clocks: FormerClocks,
}

impl Command for HandOver {
    type Output = HandedOver;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "lead.hand_over".into()
    }

    fn to_json(&self) -> Json {
        json!({"lead": self.0.to_string()})
    }

    fn from_json(_: &Json, _: &Rules) -> Result<Self> {
        Err(Problem::UnknownCommand { found: "lead.hand_over".into(), nearest: None }.into())
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<HandedOver> {
        let mut row = cx.active(Key { kind: Kind::Lead, id: self.0 })?;
        if let AnyRecord::Lead(lead) = &mut row.body {
            lead.owner = "zoe".into();
            lead.city = String::new();
            lead.tags = vec!["handed over".into()];
            lead.consent = Consent::OptedOut;
            lead.custom.set("roof", crm_core::Value::Integer(2));
        }
        row.archived_at = Some(cx.at());
        cx.update(row)?;
        let note = cx.new_id();
        cx.insert(note, Note { lead: Some(self.0), text: "for Zoé".into(), ..Note::default() }.into())?;
        Ok(HandedOver { note, clocks: cx.former_clocks() })
    }
}

impl Undoable for HandOver {
    const UNDO: &'static str = "lead.hand_back";
    const KEYS: &'static [&'static str; 1] = &["hand_over"];
}

fn on(day: u32, ctx: Ctx) -> Ctx {
    Ctx { at: at(&format!("2026-12-{day:02}T09:00:00Z")), ..ctx }
}

/// A lead whose city and owner changed once, and the command that hands it over.
fn handed_over() -> (Crm<MemoryStore>, Id, Row<Lead>, HandedOver) {
    let rules = json!({"custom": {"lead": [{"name": "roof", "type": "integer"}]}});
    let crm = Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap());
    let lead = Lead { company: "Acme".into(), city: "Lyon".into(), consent: Consent::OptedIn, ..Lead::default() };
    let id = crm.run(&member("create"), &Create::new(lead)).unwrap().done().unwrap().id;
    let fields = json!({"city": "Brest", "custom": {"roof": 1}});
    crm.run(&on(1, member("patch")), &Patch::<Lead>::new(id, fields.as_object().unwrap().clone())).unwrap();
    let before = crm.get::<Lead>(&member("read"), id).unwrap().unwrap();
    let done = crm.run(&on(2, member("over")), &HandOver(id)).unwrap().done().unwrap();
    (crm, id, before, done)
}

fn back(crm: &Crm<MemoryStore>, role: Role, name: &str) -> Result<Undone> {
    crm.run(&on(3, cx(role, name)), &Undo::<HandOver>::new(Id::from_text("over"))).map(|r| r.done().unwrap())
}

#[test]
fn every_field_is_as_it_was_and_what_was_made_is_put_away() {
    let (crm, id, before, done) = handed_over();
    assert_eq!(back(&crm, Role::Member, "back").unwrap(), Undone { restored: 1, archived: 1 });
    let after = crm.get::<Lead>(&member("read"), id).unwrap().unwrap();
    assert_eq!((&after.body, after.archived_at), (&before.body, None));
    // A version is never used twice; the clocks' instants are those of before.
    assert_eq!((before.version, after.version), (2, 4));
    assert_eq!((after.clocks["city"].version, after.clocks["city"].at), (4, before.clocks["city"].at));
    assert_eq!((after.clocks["owner"].version, after.clocks["owner"].at), (4, before.created_at));
    assert!(crm.get::<Note>(&member("read"), done.note).unwrap().unwrap().archived_at.is_some());
    crm.verify(&cx(Role::Admin, "verify")).unwrap();
}

#[test]
fn an_edit_of_what_was_undone_meets_the_undoing() {
    let (crm, id, ..) = handed_over();
    back(&crm, Role::Member, "back").unwrap();
    let patch = |name: &str, version, json: Json| {
        let patch = Patch::<Lead>::new(id, json.as_object().unwrap().clone()).of_version(version);
        crm.run(&on(4, member(name)), &patch).map(|r| r.done().unwrap().version)
    };
    // Who saw the lead while it was Zoé's is told.
    assert_eq!(patch("1", 3, json!({"owner": "paul"})).unwrap_err().code(), Code::Conflict);
    assert_eq!(patch("2", 4, json!({"owner": "paul"})).unwrap(), 5);
}

#[test]
fn what_somebody_touched_since_stands_in_the_way_and_is_named() {
    let (crm, id, _, done) = handed_over();
    crm.run(&on(3, member("restore")), &Restore::<Lead>::new(id)).unwrap();
    crm.run(&on(3, member("note")), &Archive::<Note>::new(done.note)).unwrap();
    let error: Error = back(&crm, Role::Admin, "back").unwrap_err();
    assert_eq!(error.code(), Code::Conflict);
    let rows = vec![format!("lead {id}"), format!("note {}", done.note)];
    assert_eq!(error.problem(), &Problem::Blocked { rows });
    let first = &error.detail().unwrap()[0];
    assert_eq!(
        first,
        &json!({"record": "lead", "id": id.to_string(), "version": 4, "command": "lead.restore", "by": "member",
                "at": "2026-12-03T09:00:00Z"})
    );
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.owner, "zoe");
}

#[test]
fn twice_another_command_and_no_command_are_told_apart() {
    let (crm, id, ..) = handed_over();
    back(&crm, Role::Member, "back").unwrap();
    let error = back(&crm, Role::Member, "again").unwrap_err();
    assert_eq!(
        (error.code(), error.problem()),
        (Code::WrongState, &Problem::AlreadyUndone { id: Id::from_text("over").to_string() })
    );
    // The same command id again is the first answer.
    assert_eq!(back(&crm, Role::Member, "back").unwrap(), Undone { restored: 1, archived: 1 });
    for other in ["create", "nothing"] {
        let undo = Undo::<HandOver>::new(Id::from_text(other));
        let error = crm.run(&member(&format!("undo {other}")), &undo).unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{other}");
    }
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().version, 4);
}

#[test]
fn an_agent_does_not_loosen_a_consent_by_undoing() {
    let (crm, id, ..) = handed_over();
    assert_eq!(back(&crm, Role::Agent, "1").unwrap_err().code(), Code::Forbidden);
    back(&crm, Role::Member, "2").unwrap();
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.consent, Consent::OptedIn);
}

/// Makes a lead and a task on it, and forgets to say so anywhere.
struct Prepare;

impl Command for Prepare {
    type Output = Json;
    const VERB: Verb = Verb::Create;
    fn name() -> Cow<'static, str> {
        "lead.prepare".into()
    }
    fn to_json(&self) -> Json {
        json!({})
    }
    fn from_json(_: &Json, _: &Rules) -> Result<Self> {
        Ok(Prepare)
    }
    fn decide(&self, cx: &mut Cx<'_>) -> Result<Json> {
        let (lead, task) = (cx.new_id(), cx.new_id());
        cx.insert(lead, Lead::default().into())?;
        cx.insert(task, Task { lead: Some(lead), ..Task::default() }.into())?;
        Ok(json!({"lead": lead.to_string()}))
    }
}

impl Undoable for Prepare {
    const UNDO: &'static str = "lead.unprepare";
    const KEYS: &'static [&'static str; 1] = &["prepare"];
}

#[test]
fn what_somebody_hung_on_a_row_that_was_made_stands_in_the_way() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let made = crm.run(&member("p"), &Prepare).unwrap().done().unwrap();
    let lead: Id = made["lead"].as_str().unwrap().parse().unwrap();
    let note = Note { lead: Some(lead), ..Note::default() };
    let note = crm.run(&member("n"), &Create::new(note)).unwrap().done().unwrap().id;
    let undo = |name: &str| crm.run(&member(name), &Undo::<Prepare>::new(Id::from_text("p")));
    let error = undo("1").unwrap_err();
    assert_eq!(error.problem(), &Problem::Blocked { rows: vec![format!("note {note}")] });
    assert_eq!(error.detail().unwrap()[0]["link"], "lead");
    // Nobody needs what is archived.
    crm.run(&member("a"), &Archive::<Note>::new(note)).unwrap();
    assert_eq!(undo("2").unwrap().done().unwrap(), Undone { restored: 0, archived: 2 });
}

#[test]
fn a_score_that_was_computed_since_does_not_stand_in_the_way() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let made = crm.run(&member("p"), &Prepare).unwrap().done().unwrap();
    let lead: Id = made["lead"].as_str().unwrap().parse().unwrap();
    let scored = crm.run(&member("s"), &ScoreLeads { ids: vec![lead] }).unwrap().done().unwrap();
    assert_eq!(scored.changed, 1);
    let undo = Undo::<Prepare>::new(Id::from_text("p"));
    assert_eq!(crm.run(&member("u"), &undo).unwrap().done().unwrap(), Undone { restored: 0, archived: 2 });
    assert_eq!(crm.get::<Lead>(&member("read"), lead).unwrap().unwrap().version, 3);
}
