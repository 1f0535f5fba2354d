//! What `verify` finds of changes made to the file with other tools.

use crm_core::command::{Actor, Create, Ctx, Patch, Role};
use crm_core::model::{Kind, Lead};
use crm_core::rules::Rules;
use crm_core::store::Store as _;
use crm_core::{Code, Crm, Error, Id};
use crm_sqlite::{SqliteStore, migrate, register};
use rusqlite::Connection;
use serde_json::json;

use crate::support::{at, workspace};

fn admin(command: &str) -> Ctx {
    Ctx::new(workspace(), Actor::new("marie", Role::Admin).unwrap(), at(), Id::from_text(command))
}

fn fill(crm: &Crm<SqliteStore>) {
    for i in 0..5 {
        let lead = Lead { company: format!("Société {i}"), email: format!("c{i}@exemple.fr"), ..Lead::default() };
        let id = crm.run(&admin(&format!("create {i}")), &Create::new(lead)).unwrap().done().unwrap().id;
        let fields = json!({"company": format!("L’Œuvre {i}")}).as_object().unwrap().clone();
        crm.run(&admin(&format!("patch {i}")), &Patch::<Lead>::new(id, fields)).unwrap();
    }
}

/// What `verify` says after a statement of somebody else.
fn after(sql: &str) -> Result<u64, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let crm = Crm::new(SqliteStore::open(&path).unwrap(), Rules::default());
    fill(&crm);
    assert_eq!(crm.verify(&admin("v")).unwrap().rows, 5);
    let other = Connection::open(&path).unwrap();
    register(&other).unwrap();
    assert!(other.execute(sql, []).unwrap() > 0, "{sql}");
    crm.verify(&admin("v")).map(|v| v.rows)
}

#[test]
fn folded_texts_are_compared_with_their_texts() {
    let folded: Vec<String> = Kind::Lead
        .fields()
        .iter()
        .filter(|f| f.indexed && f.kind == crm_core::kernel::field::FieldType::Text)
        .map(|f| format!("{}_folded", f.name))
        .collect();
    assert!(folded.len() >= 3 && folded.contains(&"company_folded".into()), "{folded:?}");
    for column in folded {
        let error = after(&format!("UPDATE leads SET {column} = 'zzz' WHERE company LIKE '% 3'")).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{column}");
        assert!(error.to_string().contains("the folded texts of lead "), "{error}");
    }
    // One that was taken away, so that a search no longer finds the lead.
    assert_eq!(after("UPDATE leads SET email_folded = NULL").unwrap_err().code(), Code::Corrupt);
    // Somebody else's workspace is not this one's business, and a change back is none.
    assert_eq!(after("UPDATE leads SET company_folded = crm_fold(company)").unwrap(), 5);
}

#[test]
fn what_leads_to_the_trail_is_compared_with_the_trail() {
    for sql in [
        "DELETE FROM log_rows WHERE version = 2 AND seq = 6",
        "DELETE FROM log_rows",
        "UPDATE log_rows SET seq = 1 WHERE version = 2 AND seq = 6",
        "UPDATE log_rows SET version = 3 WHERE seq = 6",
        "UPDATE log_rows SET kind = 'account' WHERE seq = 6",
        "UPDATE log_rows SET workspace = 'two' WHERE seq = 6",
        "INSERT INTO log_rows SELECT workspace, kind, id, 9, seq FROM log_rows WHERE seq = 6",
    ] {
        let error = after(sql).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{sql}: {error}");
        assert!(error.to_string().contains("log_rows"), "{sql}: {error}");
    }
    assert_eq!(after("INSERT INTO log_rows SELECT 'two', kind, id, 9, seq FROM log_rows WHERE seq = 6").unwrap(), 5);
}

#[test]
fn stores_in_memory_and_hosts_check_the_same() {
    let crm = Crm::new(SqliteStore::in_memory().unwrap(), Rules::default());
    fill(&crm);
    assert_eq!(crm.verify(&admin("v")).unwrap().rows, 5);
    let snapshot = crm.store().snapshot(&workspace()).unwrap();
    snapshot.check().unwrap();
    let db = Connection::open_in_memory().unwrap();
    migrate(&db).unwrap();
    let space = workspace();
    let view = crm_sqlite::snapshot_in(&db, &space);
    crm_core::store::Read::check(&view).unwrap();
    db.execute("INSERT INTO log_rows VALUES ('one', 'lead', 'x', 1, 1)", []).unwrap();
    assert_eq!(crm_core::store::Read::check(&view).unwrap_err().code(), Code::Corrupt);
}
