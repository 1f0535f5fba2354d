//! Duplicates are found alike by SQLite's indexes and by the store in memory.

use crm_core::command::{Actor, Archive, Create, Ctx, Distinguish, Role};
use crm_core::engine::{FindDuplicates, SimilarTo};
use crm_core::model::{Contact, Distinction, Lead};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Id, Lang};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

fn ctx(command: &str, minute: i64) -> Ctx {
    let at = at().checked_add_signed(chrono::TimeDelta::try_minutes(minute).unwrap()).unwrap();
    Ctx::new(workspace(), Actor::new("m", Role::Member).unwrap(), at, Id::from_text(command))
}

/// The `n`th lead: few values, in many spellings, so that leads meet by every key.
fn lead(n: usize) -> Lead {
    let of = |values: &[&str], step: usize| values[(n / step) % values.len()].to_owned();
    Lead {
        first_name: of(&["", "Marie", "MARIE", "Jean"], 1),
        last_name: of(&["Le Goff", "le goff", "Marie"], 2),
        company: of(&["", "SARL Rénov'Ouest", "Renov Ouest", "Toits du Nord"], 3),
        email: of(
            &["", "a@renov-ouest.fr", "A+x@renov-ouest.fr", "b@renov-ouest.fr", "m.a@gmail.com", "ma@googlemail.com"],
            1,
        ),
        phone: of(&["", "06 12 34 56 78", "+33612345678", "nothing"], 5),
        mobile: of(&["", "0612345678", "02 98 00 00 01"], 7),
        registration_number: of(&["", "732 829 320", "73282932000074"], 4),
        postal_code: of(&["29000", "59000"], 3),
        stage: of(&["", "new", "LOST", "won"], 6),
        external_source: of(&["", "zoho"], 2),
        external_id: of(&["", "1", "2", "3"], 9),
        converted: [None, Some(false), Some(true)][(n / 11) % 3],
        ..Lead::default()
    }
}

/// Every question about a store's duplicates, answered.
fn answers<S: Store>(store: S) -> (Json, Json) {
    let own = json!({"id": "home", "fields": ["last_name", "postal_code"], "strength": "medium", "points_bp": 2000});
    let rules = Rules::from_json(&json!({"duplicates": {"most_hits": 6, "exact": [own]}})).unwrap();
    let crm = Crm::new(store, rules);
    let ids: Vec<Id> = (0..72).map(|n| Id::from_text(&format!("lead {n}"))).collect();
    for (n, id) in ids.iter().enumerate() {
        let create = Create { id: Some(*id), ..Create::new(lead(n)) };
        crm.run(&ctx(&format!("create {n}"), i64::try_from(n * 7 % 72).unwrap()), &create).unwrap();
    }
    for (n, email) in ["a@renov-ouest.fr", "ma@gmail.com"].into_iter().enumerate() {
        let contact = Contact { email: email.into(), phone: "0298000001".into(), ..Contact::default() };
        crm.run(&ctx(email, i64::try_from(n).unwrap()), &Create::new(contact)).unwrap();
    }
    for (a, b) in [(1, 7), (13, 1), (4, 5)] {
        let two = Distinguish { ids: [ids[a], ids[b]], reason: "two people".into() };
        crm.run(&ctx(&format!("two {a} {b}"), 100), &two).unwrap();
    }
    crm.run(&ctx("back", 101), &Archive::<Distinction>::new(Distinction::id_of(ids[4], ids[5]))).unwrap();
    crm.run(&ctx("gone", 101), &Archive::<Lead>::new(ids[13])).unwrap();
    let mut groups = Vec::new();
    let mut find = FindDuplicates { limit: 2, after: None };
    loop {
        let page = crm.duplicates(&ctx("read", 200), &find).unwrap();
        groups.push(page.to_json(Some(Lang::French)));
        match page.next {
            Some(next) => find.after = Some(next),
            None => break,
        }
    }
    let similar = ids.iter().map(|id| crm.similar(&ctx("read", 200), &SimilarTo::Stored(*id)).unwrap().to_json(None));
    (groups.into(), similar.collect())
}

#[test]
fn sqlite_finds_the_duplicates_that_memory_finds() {
    let memory = answers(MemoryStore::new());
    let sqlite = answers(SqliteStore::in_memory().unwrap());
    assert_eq!(memory.0, sqlite.0);
    assert_eq!(memory.1, sqlite.1);
    // The leads do meet: there is something to compare.
    assert!(memory.0.as_array().unwrap().len() > 1, "several pages: {:#}", memory.0);
    let has = |part: &str, code: &str| memory.1.to_string().contains(part) && memory.1.to_string().contains(code);
    assert!(has("marked_not_duplicate", "criterion_not_selective"));
    assert!(has("same_email_canonical", "same_registration"));
}
