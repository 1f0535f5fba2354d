//! A lead converted and taken back in a file: the same as in memory.

use crm_core::command::{Actor, ConvertLead, Create, Ctx, Role, Undo, Undone};
use crm_core::model::{Account, Contact, Deal, Lead, Record, Row, Task};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Id};
use crm_sqlite::SqliteStore;
use serde_json::Value as Json;

use crate::support::{at, workspace};

fn cx(command: &str) -> Ctx {
    Ctx::new(workspace(), Actor::new("marie", Role::Member).unwrap(), at(), Id::from_text(command))
}

/// Everything that is answered, step by step, and the rows in between.
fn story(store: impl Store) -> Vec<Json> {
    let crm = Crm::new(store, Rules::default());
    let account = Account {
        name: "Rénov'Ouest".into(),
        website: "https://renovouest.fr".into(),
        registration_number: "552 100 554".into(),
        ..Account::default()
    };
    let account = crm.run(&cx("account"), &Create::new(account)).unwrap().done().unwrap().id;
    let contact = Contact {
        account: Some(account),
        external_source: "old".into(),
        external_id: "P-17".into(),
        ..Contact::default()
    };
    crm.run(&cx("contact"), &Create::new(contact)).unwrap();
    let lead = Lead {
        company: "RENOV'OUEST".into(),
        last_name: "Le Goff".into(),
        email: "anne@renovouest.fr".into(),
        registration_number: "55210055400013".into(),
        external_source: "old".into(),
        external_id: "P-17".into(),
        value: Some(crm_core::Money::parse("12000", "EUR".parse().unwrap()).unwrap()),
        ..Lead::default()
    };
    let lead = crm.run(&cx("lead"), &Create::new(lead)).unwrap().done().unwrap().id;
    let task = Task { lead: Some(lead), title: "Call".into(), ..Task::default() };
    let task = crm.run(&cx("task"), &Create::new(task)).unwrap().done().unwrap().id;

    let done = crm.run(&cx("convert"), &ConvertLead::new(lead)).unwrap().done().unwrap();
    assert_eq!((done.account, done.created.as_slice()), (Some(account), &["deal".to_owned()][..]));
    let (contact, deal) = (done.contact.unwrap(), done.deal.unwrap());
    let mut told = vec![serde_json::to_value(&done).unwrap()];
    let rows = |crm: &Crm<_>| {
        vec![
            row::<Account>(crm, account),
            row::<Contact>(crm, contact),
            row::<Deal>(crm, deal),
            row::<Lead>(crm, lead),
            row::<Task>(crm, task),
        ]
    };
    told.extend(rows(&crm));
    let again = crm.run(&cx("again"), &ConvertLead::new(lead)).unwrap().done().unwrap();
    assert_eq!((again.contact, again.deal), (done.contact, done.deal));
    let undone = crm.run(&cx("back"), &Undo::<ConvertLead>::new(cx("convert").id)).unwrap().done().unwrap();
    assert_eq!(undone, Undone { restored: 3, archived: 1 });
    told.extend(rows(&crm));
    let admin = Ctx::new(workspace(), Actor::new("root", Role::Admin).unwrap(), at(), Id::from_text("verify"));
    crm.verify(&admin).unwrap();
    told
}

fn row<R: Record>(crm: &Crm<impl Store>, id: Id) -> Json {
    let Row { version, archived_at, body, .. } = crm.get::<R>(&cx("read"), id).unwrap().unwrap();
    format!("{version} {archived_at:?} {body:?}").into()
}

#[test]
fn a_lead_is_converted_and_taken_back_as_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(story(SqliteStore::open(dir.path().join("crm.db")).unwrap()), story(MemoryStore::new()));
}
