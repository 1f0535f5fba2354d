//! Duplicates among stored records: groups, what a lead may already be, distinctions, and leads that are refused.

use crm_core::command::{Archive, Create, Ctx, Distinguish, Restore, Role, Similar};
use crm_core::engine::{DuplicateGroups, FindDuplicates, SimilarTo};
use crm_core::model::{Contact, Distinction, Lead, Record};
use crm_core::rules::Rules;
use crm_core::rules::duplicates::{Decision, OnDuplicate};
use crm_core::store::{LogQuery, MemoryStore, Store};
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};

use crate::support::{Contended, cx, member, workspace};

fn id(name: &str) -> Id {
    Id::from_text(name)
}

fn put<R: Record>(crm: &Crm<impl Store>, name: &str, record: R) -> Id {
    let create = Create { id: Some(id(name)), ..Create::new(record) };
    crm.run(&member(&format!("create {name}")), &create).unwrap().done().unwrap().id
}

fn mail(email: &str) -> Lead {
    Lead { email: email.into(), ..Lead::default() }
}

fn groups(crm: &Crm<impl Store>) -> DuplicateGroups {
    crm.duplicates(&member("read"), &FindDuplicates::default()).unwrap()
}

fn members(groups: &DuplicateGroups) -> Vec<(&str, Vec<Id>)> {
    let ids = |g: &crm_core::engine::DuplicateGroup| {
        [g.primary].into_iter().chain(g.others.iter().map(|c| c.key.id)).collect::<Vec<_>>()
    };
    groups.groups.iter().map(|g| (g.key.as_str(), ids(g))).collect()
}

fn similar(crm: &Crm<impl Store>, lead: Lead) -> Similar {
    crm.similar(&member("read"), &SimilarTo::New(Box::new(lead))).unwrap()
}

fn later(command: &str, minute: u32) -> Ctx {
    let ctx = member(command);
    Ctx { at: format!("2026-11-22T10:{minute:02}:00Z").parse().unwrap(), ..ctx }
}

#[test]
fn active_leads_that_share_a_key_are_groups_and_the_oldest_is_first() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for (minute, (name, lead)) in [
        ("young", mail("Zoe+salon@gmail.com")),
        ("old", mail("zoe@gmail.com")),
        ("alone", mail("alone@exemple-bois.fr")),
        ("phone 1", Lead { phone: "06 12 34 56 78".into(), ..Lead::default() }),
        ("phone 2", Lead { mobile: "+33612345678".into(), ..Lead::default() }),
        ("lost", Lead { stage: "Lost".into(), ..mail("zoe@gmail.com") }),
        ("converted", Lead { converted: Some(true), ..mail("zoe@gmail.com") }),
        ("archived", mail("zoe@gmail.com")),
        ("unknown", Lead { company: "Rénov'Ouest".into(), ..Lead::default() }),
    ]
    .into_iter()
    .enumerate()
    {
        let minute = if name == "old" { 0 } else { u32::try_from(minute).unwrap() + 1 };
        let create = Create { id: Some(id(name)), ..Create::new(lead) };
        crm.run(&later(name, minute), &create).unwrap();
    }
    crm.run(&member("archive"), &Archive::<Lead>::new(id("archived"))).unwrap();
    let found = groups(&crm);
    assert_eq!(
        members(&found),
        [("+33612345678", vec![id("phone 1"), id("phone 2")]), ("zoe@gmail.com", vec![id("old"), id("young")])]
    );
    assert_eq!(found.next, None);
    let group = &found.groups[1];
    assert_eq!((group.kind.as_str(), group.sharing), ("email", 2));
    assert_eq!(group.others[0].comparison.reasons()[0].code(), "same_email_canonical");
}

#[test]
fn groups_come_in_pages() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for n in 0..7 {
        put(&crm, &format!("a{n}"), mail(&format!("p{n}@exemple-bois.fr")));
        put(&crm, &format!("b{n}"), mail(&format!("P{n}@Exemple-Bois.fr")));
    }
    let mut keys = Vec::new();
    let mut find = FindDuplicates { limit: 3, after: None };
    loop {
        let page = crm.duplicates(&member("read"), &find).unwrap();
        keys.extend(page.groups.into_iter().map(|g| g.key));
        match page.next {
            Some(next) => find.after = Some(next),
            None => break,
        }
    }
    assert_eq!(keys, (0..7).map(|n| format!("p{n}@exemple-bois.fr")).collect::<Vec<_>>());
    for limit in [0, 501] {
        let error = crm.duplicates(&member("read"), &FindDuplicates { limit, after: None }).unwrap_err();
        assert_eq!((error.code().name(), error.field()), ("invalid_value", Some("limit")));
    }
}

/// More leads of one key than a page of the store has rows, and more than a group shows.
#[test]
fn a_key_of_many_leads_is_one_group_with_its_size() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for batch in 0..3 {
        let rows = (0..500).map(|n| crm_core::command::ImportRow {
            line: n,
            fields: json!({"external_id": format!("{batch}-{n}"), "email": "info@exemple-bois.fr"})
                .as_object()
                .unwrap()
                .clone(),
        });
        let import = crm_core::command::Import::<Lead>::new("shop", Default::default(), rows.collect());
        crm.run(&cx(Role::Admin, &format!("import {batch}")), &import).unwrap();
    }
    put(&crm, "z1", mail("z@exemple-bois.fr"));
    put(&crm, "z2", mail("z@exemple-bois.fr"));
    let found = groups(&crm);
    assert_eq!(found.groups.len(), 2);
    assert_eq!((found.groups[0].sharing, found.groups[0].others.len()), (1500, 99));
    assert_eq!((found.groups[1].sharing, found.groups[1].others.len()), (2, 1));
}

#[test]
fn a_distinction_is_remembered_and_can_be_taken_back() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for name in ["mother", "daughter", "third"] {
        put(&crm, name, mail("famille@exemple-bois.fr"));
    }
    let two = |a: &str, b: &str, reason: &str| Distinguish { ids: [id(a), id(b)], reason: reason.into() };
    let first = crm.run(&member("d1"), &two("mother", "daughter", "two people")).unwrap().done().unwrap();
    let again = crm.run(&member("d2"), &two("daughter", "mother", "")).unwrap().done().unwrap();
    assert_eq!(first, again, "the pair decides the id, and nothing changed");
    assert_eq!(first.id, Distinction::id_of(id("daughter"), id("mother")));
    // The third holds both together still.
    assert_eq!(groups(&crm).groups[0].others.len(), 2);
    crm.run(&member("d3"), &two("mother", "third", "")).unwrap();
    let found = groups(&crm);
    assert_eq!(found.groups.len(), 1);
    assert!(!members(&found)[0].1.contains(&id("mother")), "{found:?}");
    let stored = crm.similar(&member("read"), &SimilarTo::Stored(id("mother"))).unwrap();
    assert_eq!(stored.candidates, []);
    assert_eq!(stored.marked.len(), 2);
    let codes: Vec<Vec<&str>> =
        stored.marked.iter().map(|c| c.comparison.reasons().iter().map(|r| r.code()).collect()).collect();
    assert!(codes.contains(&vec!["same_email_exact", "marked_not_duplicate"]), "{codes:?}");
    crm.run(&member("back"), &Archive::<Distinction>::new(first.id)).unwrap();
    let stored = crm.similar(&member("read"), &SimilarTo::Stored(id("mother"))).unwrap();
    assert_eq!((stored.candidates.len(), stored.candidates[0].key.id), (1, id("daughter")));
    // Said once more, it holds again, with its reason.
    let third = crm.run(&member("d4"), &two("mother", "daughter", "")).unwrap().done().unwrap();
    let row = crm.get::<Distinction>(&member("read"), third.id).unwrap().unwrap();
    assert_eq!((row.archived_at, row.body.reason.as_str()), (None, "two people"));
}

#[test]
fn a_distinction_needs_two_records_that_are_there() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    put(&crm, "lead", mail("a@exemple-bois.fr"));
    put(&crm, "contact", Contact::default());
    put(&crm, "contact 2", Contact::default());
    let mut n = 0;
    let mut run = |a: &str, b: &str| {
        n += 1;
        crm.run(&member(&format!("d{n}")), &Distinguish { ids: [id(a), id(b)], reason: String::new() })
    };
    run("lead", "contact").unwrap();
    for (a, b, code) in
        [("lead", "lead", "invalid_value"), ("lead", "nobody", "not_found"), ("contact", "contact 2", "not_found")]
    {
        let error = run(a, b).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, Some("ids")));
    }
    let viewer =
        crm.run(&cx(Role::Viewer, "v"), &Distinguish { ids: [id("lead"), id("contact")], reason: String::new() });
    assert_eq!(viewer.unwrap_err().code().name(), "forbidden");
}

#[test]
fn a_lead_is_found_by_each_of_its_keys_among_leads_and_contacts() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    put(&crm, "email", mail("marie.legoff@gmail.com"));
    put(&crm, "phone", Lead { mobile: "06 12 34 56 78".into(), ..Lead::default() });
    put(&crm, "siren", Lead { registration_number: "732829320".into(), ..Lead::default() });
    put(&crm, "external", Lead { external_source: "zoho".into(), external_id: "7".into(), ..Lead::default() });
    let named = |company: &str| Lead {
        first_name: "Marie".into(),
        last_name: "Le Goff".into(),
        company: company.into(),
        ..Lead::default()
    };
    put(&crm, "name", named("SARL Rénov'Ouest"));
    put(&crm, "contact", Contact { email: "MarieLeGoff@gmail.com".into(), ..Contact::default() });
    put(&crm, "nobody", mail("someone@gmail.com"));
    let found = similar(
        &crm,
        Lead {
            email: "m.arielegoff+x@gmail.com".into(),
            phone: "+33612345678".into(),
            registration_number: "732 829 320 00074".into(),
            external_source: "zoho".into(),
            external_id: "7".into(),
            ..named("Rénov Ouest")
        },
    );
    let ids: Vec<Id> = found.candidates.iter().map(|c| c.key.id).collect();
    let expected = ["external", "email", "contact", "phone", "name", "siren"];
    assert_eq!(ids, expected.map(id), "{found:?}");
    let decisions: Vec<Decision> = found.candidates.iter().map(|c| c.comparison.decision()).collect();
    assert_eq!(decisions[..4], [Decision::Review; 4]);
    assert_eq!(decisions[4..], [Decision::Related; 2]);
    assert_eq!(similar(&crm, Lead::default()).candidates, []);
}

#[test]
fn what_too_many_have_in_common_tells_nothing() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    for n in 0..21 {
        put(&crm, &format!("p{n}"), mail(&format!("p{n}@bigcorp-bois.fr")));
    }
    let found = similar(&crm, mail("x@bigcorp-bois.fr"));
    assert_eq!(found.candidates, []);
    assert_eq!(found.reasons.iter().map(|r| r.code()).collect::<Vec<_>>(), ["criterion_not_selective"]);
    // The lead itself does not count: it has twenty others.
    let stored = crm.similar(&member("read"), &SimilarTo::Stored(id("p3"))).unwrap();
    assert_eq!((stored.candidates.len(), stored.reasons.len()), (20, 0));
}

#[test]
fn a_lead_that_may_be_there_is_refused_if_that_is_asked_for() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    put(&crm, "first", mail("test@exemple-bois.fr"));
    put(&crm, "contact", Contact { email: "known@exemple-bois.fr".into(), ..Contact::default() });
    let create = |email: &str| Create::new(mail(email));
    crm.run(&member("as today"), &create("test@exemple-bois.fr")).unwrap();
    let refuse = create("Test@exemple-bois.fr").on_duplicate(OnDuplicate::Refuse);
    let error = crm.run(&member("refused"), &refuse).unwrap_err();
    assert_eq!(error.code().name(), "already_exists");
    assert!(error.to_string().contains(&id("first").to_string()), "{error}");
    let detail = error.detail().unwrap();
    assert_eq!(detail["candidates"][0]["reasons"][0]["code"], "same_email_exact");
    // The same company only, and a customer who comes back.
    for email in ["other@exemple-bois.fr", "known@exemple-bois.fr"] {
        crm.run(&member(email), &create(email).on_duplicate(OnDuplicate::Refuse)).unwrap();
    }
    // The choice to make it all the same is in the trail.
    let strict = Rules::from_json(&json!({"duplicates": {"on_create": "refuse"}})).unwrap();
    let crm = Crm::new(crm.into_store(), strict);
    let error = crm.run(&member("by default"), &create("test@exemple-bois.fr")).unwrap_err();
    assert_eq!(error.code().name(), "already_exists");
    crm.run(&member("override"), &create("test@exemple-bois.fr").on_duplicate(OnDuplicate::Allow)).unwrap();
    let snapshot = crm.store().snapshot(&workspace()).unwrap();
    let entry = snapshot.log(&LogQuery::Command(member("override").id)).unwrap().pop().unwrap().json().unwrap();
    assert_eq!(entry["body"]["on_duplicate"], "allow");
}

#[test]
fn of_two_leads_that_come_in_at_once_the_second_is_refused() {
    let rival = |store: &MemoryStore, _: u32| {
        let crm = Crm::new(MemoryStore::new(), Rules::default());
        let plan = crm.plan(&member("rival"), &Create::new(mail("twin@exemple-bois.fr"))).unwrap();
        store.commit(&workspace(), &plan.commit).unwrap();
    };
    let store = Contended { inner: MemoryStore::new(), losses: 1.into(), rival: Box::new(rival) };
    let crm = Crm::new(store, Rules::default());
    let create = Create::new(mail("twin@exemple-bois.fr")).on_duplicate(OnDuplicate::Refuse);
    assert_eq!(crm.run(&member("mine"), &create).unwrap_err().code().name(), "already_exists");
}

#[test]
fn the_json_door_asks_both_questions() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    put(&crm, "a", mail("zoe@exemple-bois.fr"));
    put(&crm, "b", mail("zoe@exemple-bois.fr"));
    let ask = |question: Json| {
        let mut document =
            json!({"workspace": "acme", "actor": {"name": "m", "role": "member"}, "at": "2026-11-22T09:00:00Z"});
        document.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
        crm.query_json(document.to_string().as_bytes())
    };
    let groups = ask(json!({"duplicates": {"record": "lead", "limit": 5, "lang": "fr"}})).unwrap();
    assert_eq!(groups["groups"][0]["key"], "zoe@exemple-bois.fr");
    let text = &groups["groups"][0]["others"][0]["reasons"][0]["text"];
    assert_eq!(text, "même adresse e-mail\u{a0}: indice fort (+95\u{a0}%)");
    let similar = ask(json!({"similar": {"lead": {"email": "ZOE@exemple-bois.fr"}}})).unwrap();
    assert_eq!(similar["candidates"].as_array().unwrap().len(), 2);
    let similar = ask(json!({"similar": {"id": id("a").to_string()}})).unwrap();
    assert_eq!(similar["candidates"][0]["id"], id("b").to_string());
    for (question, code, field) in [
        (json!({"duplicates": {"record": "deal"}}), "invalid_value", Some("duplicates.record")),
        (json!({"duplicates": {"after": " "}}), "invalid_json", Some("duplicates.after")),
        (json!({"similar": {}}), "invalid_json", None),
        (json!({"similar": {"id": id("nobody").to_string()}}), "not_found", None),
        (json!({"similar": {"lead": {"emial": "x"}}}), "unknown_field", Some("similar.lead.emial")),
    ] {
        let error = ask(question.clone()).expect_err(&question.to_string());
        assert_eq!((error.code().name(), error.field()), (code, field), "{question}: {error}");
    }
}

#[test]
fn an_archived_lead_does_not_come_back_beside_the_one_that_took_its_place() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    put(&crm, "old", mail("a@exemple-bois.fr"));
    crm.run(&member("away"), &Archive::<Lead>::new(id("old"))).unwrap();
    // Archived leads hold no place: a new one may be made.
    crm.run(&member("new"), &Create::new(mail("A@Exemple-Bois.fr")).on_duplicate(OnDuplicate::Refuse)).unwrap();
    let restore = |name: &str, restore: Restore<Lead>| crm.run(&member(name), &restore);
    let error = restore("refused", Restore::new(id("old")).on_duplicate(OnDuplicate::Refuse)).unwrap_err();
    assert_eq!(
        (error.code().name(), &error.detail().unwrap()["code"]),
        ("already_exists", &json!("duplicate_on_restore"))
    );
    let holder = &error.detail().unwrap()["candidates"][0]["id"];
    assert!(error.to_string().contains(holder.as_str().unwrap()), "{error}");
    assert!(error.text(crm_core::Lang::French).contains("fusionnez-les"), "{error}");
    // As today, and where nobody took its place.
    restore("back", Restore::new(id("old"))).unwrap();
    let strict = Rules::from_json(&json!({"duplicates": {"on_create": "refuse"}})).unwrap();
    let crm = Crm::new(crm.into_store(), strict);
    crm.run(&member("away 2"), &Archive::<Lead>::new(id("old"))).unwrap();
    assert_eq!(crm.run(&member("c"), &Restore::<Lead>::new(id("old"))).unwrap_err().code().name(), "already_exists");
    crm.run(&member("d"), &Restore::<Lead>::new(id("old")).on_duplicate(OnDuplicate::Allow)).unwrap();
    let alone = crm.run(&member("alone"), &Create::new(mail("b@exemple-fer.fr"))).unwrap().done().unwrap().id;
    crm.run(&member("away 3"), &Archive::<Lead>::new(alone)).unwrap();
    crm.run(&member("e"), &Restore::<Lead>::new(alone)).unwrap();
}
