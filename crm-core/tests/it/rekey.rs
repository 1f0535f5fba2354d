//! Stored keys: every command that writes a row keeps them right, and a job makes those that are missing.

use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::command::{Create, Patch, Rekeyed, Role};
use crm_core::model::{Account, Contact, Lead};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Entry, MemoryStore, Read, Store, Workspace};
use crm_core::{Crm, Id, Result};
use serde_json::{Map, Value as Json, json};

use crate::support::{cx, member};

fn fields(json: Json) -> Map<String, Json> {
    json.as_object().unwrap().clone()
}

fn jean() -> Lead {
    Lead {
        company: "SARL Rénov’Ouest".into(),
        first_name: "Jean".into(),
        last_name: "Le Goff".into(),
        email: "Jean+salon@Renov-Ouest.fr".into(),
        phone: "02 98 00 00 00".into(),
        mobile: "06 12 34 56 78".into(),
        registration_number: "732 829 320 00074".into(),
        ..Lead::default()
    }
}

fn lead<S: Store>(crm: &Crm<S>, id: Id) -> Lead {
    crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body
}

#[test]
fn a_new_row_and_an_edited_one_have_their_keys() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let id = crm.run(&member("1"), &Create::new(jean())).unwrap().done().unwrap().id;
    let stored = lead(&crm, id);
    assert_eq!((stored.dedupe_key.as_str(), stored.dedupe_kind.as_str()), ("jean@renov-ouest.fr", "email"));
    assert_eq!((stored.email_key.as_str(), stored.email_domain.as_str()), ("jean@renov-ouest.fr", "renov-ouest.fr"));
    assert_eq!((stored.phone_key.as_str(), stored.mobile_key.as_str()), ("+33298000000", "+33612345678"));
    assert_eq!((stored.company_key.as_str(), stored.name_key.as_str()), ("renov ouest", "jean|le goff"));
    assert_eq!(stored.registration_key, "732829320");
    assert_eq!(stored.email, jean().email, "what was written stays");

    crm.run(&member("2"), &Patch::<Lead>::new(id, fields(json!({"email": null})))).unwrap();
    let stored = lead(&crm, id);
    assert_eq!((stored.dedupe_key.as_str(), stored.dedupe_kind.as_str()), ("+33298000000", "phone"));
    assert_eq!((stored.email_key.as_str(), stored.email_domain.as_str()), ("", ""));
    let nothing = json!({"email": null, "phone": null, "mobile": null, "company": null});
    crm.run(&member("3"), &Patch::<Lead>::new(id, fields(nothing))).unwrap();
    let stored = lead(&crm, id);
    assert_eq!((stored.dedupe_key.as_str(), stored.dedupe_kind.as_str()), ("", ""));

    let same = Patch::<Lead>::new(id, fields(json!({"first_name": "Jean"})));
    assert_eq!(crm.run(&member("4"), &same).unwrap().done().unwrap().version, 3, "nothing changed");
}

#[test]
fn contacts_and_accounts_have_theirs() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let contact = Contact { email: "a+b@exemple.fr".into(), mobile: "0612345678".into(), ..Contact::default() };
    let id = crm.run(&member("c"), &Create::new(contact)).unwrap().done().unwrap().id;
    let contact = crm.get::<Contact>(&member("read"), id).unwrap().unwrap().body;
    assert_eq!((contact.email_key.as_str(), contact.mobile_key.as_str()), ("a@exemple.fr", "+33612345678"));
    let account = Account { name: "Exemple SA".into(), website: "http://www.exemple.fr".into(), ..Account::default() };
    let id = crm.run(&member("a"), &Create::new(account)).unwrap().done().unwrap().id;
    let account = crm.get::<Account>(&member("read"), id).unwrap().unwrap().body;
    assert_eq!((account.domain_key.as_str(), account.company_key.as_str()), ("exemple.fr", "exemple"));
}

#[test]
fn nobody_sets_a_key() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let id = crm.run(&member("1"), &Create::new(jean())).unwrap().done().unwrap().id;
    let error = crm.run(&member("2"), &Patch::<Lead>::new(id, fields(json!({"email_key": "x@y.fr"})))).unwrap_err();
    assert_eq!(error.code().name(), "invalid_value");
}

/// Two engines over one store.
#[derive(Clone)]
struct Shared(Arc<MemoryStore>);

impl Store for Shared {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        self.0.commit(workspace, commit)
    }
}

#[test]
fn the_job_makes_keys_anew_where_they_differ() {
    let store = Shared(Arc::new(MemoryStore::new()));
    let none = Rules::from_json(&json!({"identity": {"default_region": null}})).unwrap();
    let before = Crm::new(store.clone(), none);
    let ids: Vec<Id> = (0..3)
        .map(|i| {
            let lead = Lead { email: String::new(), mobile: String::new(), ..jean() };
            before.run(&member(&format!("{i}")), &Create::new(lead)).unwrap().done().unwrap().id
        })
        .collect();
    let german = Lead { phone: "+49 30 901820".into(), ..Lead::default() };
    before.run(&member("german"), &Create::new(german)).unwrap();
    assert_eq!(lead(&before, ids[0]).dedupe_kind, "name_company");

    let after = Crm::new(store, Rules::default());
    let rekey = |name| after.rekey_all::<Lead>(&cx(Role::Admin, name), &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(rekey("first"), Rekeyed { seen: 4, changed: 3 });
    for id in ids {
        assert_eq!(lead(&after, id).dedupe_key, "+33298000000");
    }
    assert_eq!(rekey("first"), Rekeyed { seen: 4, changed: 3 }, "answered from the trail");
    assert_eq!(rekey("second"), Rekeyed { seen: 4, changed: 0 });
    let stopped = after.rekey_all::<Lead>(&cx(Role::Admin, "third"), &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(stopped.code().name(), "cancelled");
}
