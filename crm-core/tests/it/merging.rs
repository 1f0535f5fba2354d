//! Merging stored leads: what moves, what is refused, and the way back.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use crm_core::command::{
    self, Actor, Archive, Create, Ctx, Distinguish, Import, ImportRow, MergeLeads, Merged, OnExisting, Patch, Restore,
    Role, ScoreLeads, Undo, Undone,
};
use crm_core::model::{
    Activity, AnyRecord, Consent, Deal, Distinction, Event, Key, Kind, Lead, Note, Record, Row, Submission, Task,
};
use crm_core::rules::Rules;
use crm_core::store::{Archived, LogQuery, MemoryStore, Query, Store};
use crm_core::{Code, Crm, Error, Id, Problem};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::commands::Borrowed;
use crate::support::{Contended, at, cx, member, workspace};

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::default())
}

fn make<R: Record>(crm: &Crm<impl Store>, name: &str, record: R) -> Id {
    crm.run(&member(name), &Create { id: Some(Id::from_text(name)), ..Create::new(record) }).unwrap().done().unwrap().id
}

fn lead(company: &str) -> Lead {
    Lead { company: company.into(), ..Lead::default() }
}

fn patch<R: Record>(crm: &Crm<impl Store>, name: &str, id: Id, fields: Json) {
    crm.run(&member(name), &Patch::<R>::new(id, fields.as_object().unwrap().clone())).unwrap();
}

fn merge(crm: &Crm<impl Store>, name: &str, primary: Id, sources: &[Id]) -> Result<Merged, Error> {
    let command = MergeLeads { override_primary: true, ..MergeLeads::new(primary, sources.to_vec()) };
    crm.run(&member(name), &command).map(|r| r.done().unwrap())
}

fn unmerge(crm: &Crm<impl Store>, name: &str, merge: &str) -> Result<Undone, Error> {
    crm.run(&member(name), &Undo::<MergeLeads>::new(Id::from_text(merge))).map(|r| r.done().unwrap())
}

fn get<R: Record>(crm: &Crm<impl Store>, id: Id) -> Row<R> {
    crm.get::<R>(&member("read"), id).unwrap().unwrap()
}

/// Every row as it is but for what moves on with every change: version, `updated_at` and clocks.
fn state(crm: &Crm<impl Store>) -> BTreeMap<Key, (Option<crm_core::Instant>, AnyRecord)> {
    let snapshot = crm.store().snapshot(&workspace()).unwrap();
    let mut rows = BTreeMap::new();
    for kind in Kind::ALL.iter().copied() {
        let mut query = Query::all(kind, crm.rules().schema(kind), member("").at);
        (query.archived, query.limit) = (Archived::Include, 1000);
        loop {
            let page = snapshot.find(&query).unwrap();
            rows.extend(page.rows.into_iter().map(|r| (r.key(), (r.archived_at, r.body))));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    rows
}

#[test]
fn what_hangs_on_the_others_moves_and_their_ids_lead_on() {
    let crm = crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    let rows = [
        make(&crm, "task", Task { lead: Some(b), ..Task::default() }),
        make(&crm, "activity", Activity { lead: Some(b), ..Activity::default() }),
        make(&crm, "note", Note { lead: Some(b), ..Note::default() }),
        make(&crm, "submission", Submission { lead: Some(b), ..Submission::default() }),
        make(&crm, "event", Event { lead: Some(b), kind: "demo".into(), ..Event::default() }),
        make(&crm, "deal", Deal { source_lead: Some(b), ..Deal::default() }),
    ];
    // Put away already, and moved all the same: who brings it back finds it where it belongs.
    let away = make(&crm, "away", Note { lead: Some(b), ..Note::default() });
    crm.run(&member("put away"), &Archive::<Note>::new(away)).unwrap();
    // The form made a touch, which moves with it.
    let done = merge(&crm, "m", a, &[b]).unwrap();
    assert_eq!((done.primary, done.moves.len(), done.drops.len()), (a, rows.len() + 2, 0));
    assert_eq!(get::<Task>(&crm, rows[0]).body.lead, Some(a));
    assert_eq!(get::<Deal>(&crm, rows[5]).body.source_lead, Some(a));
    assert_eq!((get::<Note>(&crm, away).body.lead, get::<Note>(&crm, away).archived_at.is_some()), (Some(a), true));
    let source = get::<Lead>(&crm, b);
    assert_eq!((source.archived_at.is_some(), source.body.merged_into), (true, Some(a)));

    let question = |id: Id| {
        let q = json!({"workspace": "acme", "actor": {"name": "m", "role": "viewer"}, "at": "2026-11-22T09:00:00Z",
                       "resolve": {"record": "lead", "id": id.to_string()}});
        crm.query_json(q.to_string().as_bytes())
    };
    assert_eq!(question(b).unwrap(), json!({"id": a.to_string(), "path": [b.to_string(), a.to_string()]}));
    assert_eq!(question(a).unwrap(), json!({"id": a.to_string(), "path": [a.to_string()]}));
    assert_eq!(question(Id::from_text("x")).unwrap_err().code(), Code::NotFound);
}

#[test]
fn a_merge_and_its_undoing_leave_every_field_as_it_was_and_plan_the_same_again() {
    let crm = crm();
    let (a, b, c) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")), make(&crm, "c", Lead::default()));
    patch::<Lead>(&crm, "1", a, json!({"industry": "energy", "consent": "opted_in", "tags": ["x"]}));
    patch::<Lead>(&crm, "2", b, json!({"company": null, "size": 3, "email": "b@exemple.fr", "description": "B"}));
    make(&crm, "note", Note { lead: Some(b), external_source: "z".into(), external_id: "1".into(), ..Note::default() });
    make(&crm, "twin", Note { lead: Some(a), external_source: "z".into(), external_id: "1".into(), ..Note::default() });
    make(&crm, "task", Task { lead: Some(c), ..Task::default() });
    crm.run(&member("score"), &ScoreLeads { ids: vec![a] }).unwrap();
    let before = state(&crm);
    let first = merge(&crm, "m1", a, &[b, c]).unwrap();
    assert_eq!((first.moves.len(), first.drops.len()), (1, 1));
    assert_eq!(first.drops[0]["collides_with"], Id::from_text("twin").to_string());
    assert_ne!(state(&crm), before);
    assert_eq!(unmerge(&crm, "u1", "m1").unwrap(), Undone { restored: 5, archived: 0 });
    assert_eq!(state(&crm), before);

    let again = merge(&crm, "m2", a, &[b, c]).unwrap();
    assert_eq!(
        (&again.order, &again.fields, &again.moves, &again.drops),
        (&first.order, &first.fields, &first.moves, &first.drops)
    );
    // The same rows say the same again, but that is another merge.
    let undone = Problem::AlreadyUndone { id: Id::from_text("m1").to_string() };
    assert_eq!(unmerge(&crm, "u1 again", "m1").unwrap_err().problem(), &undone);
    unmerge(&crm, "u2", "m2").unwrap();
    assert_eq!(state(&crm), before);
    assert_eq!(unmerge(&crm, "u3", "m1").unwrap_err().code(), Code::WrongState);
    crm.verify(&cx(Role::Admin, "v")).unwrap();
}

#[test]
fn somebody_who_touched_a_moved_row_is_named_and_a_score_is_not() {
    let crm = crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    let task = make(&crm, "task", Task { lead: Some(b), ..Task::default() });
    let before = state(&crm);
    merge(&crm, "m", a, &[b]).unwrap();
    assert_eq!(crm.run(&member("s"), &ScoreLeads { ids: vec![a] }).unwrap().done().unwrap().changed, 1);
    patch::<Task>(&crm, "done", task, json!({"title": "call back"}));
    let error = unmerge(&crm, "u", "m").unwrap_err();
    assert_eq!(error.problem(), &Problem::Blocked { rows: vec![format!("task {task}")] });
    assert_eq!(error.detail().unwrap()[0]["command"], "task.patch");
    assert_eq!(get::<Lead>(&crm, b).body.merged_into, Some(a), "nothing is undone by halves");

    // Without that edit the way back is free, whatever the score did.
    let crm = self::crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    make(&crm, "task", Task { lead: Some(b), ..Task::default() });
    merge(&crm, "m", a, &[b]).unwrap();
    crm.run(&member("s"), &ScoreLeads { ids: vec![a] }).unwrap();
    unmerge(&crm, "u", "m").unwrap();
    let mut after = state(&crm);
    // The primary has a score that it had not; everything else is as it was.
    let key = Key { kind: Kind::Lead, id: a };
    let scored = after.insert(key, before[&key].clone()).unwrap().1;
    assert_eq!(after, before);
    assert!(matches!(scored, AnyRecord::Lead(lead) if lead.score.is_some() && lead.company == "A"));
}

#[test]
fn a_chain_of_merges_leads_to_its_end_and_comes_apart_from_there() {
    let crm = crm();
    let [a, b, c] = ["a", "b", "c"].map(|n| make(&crm, n, lead(n)));
    patch::<Lead>(&crm, "site", c, json!({"website": "exemple.fr"}));
    merge(&crm, "m1", b, &[c]).unwrap();
    merge(&crm, "m2", a, &[b]).unwrap();
    assert_eq!(crm.resolve(&member("r"), Key { kind: Kind::Lead, id: c }).unwrap(), [c, b, a]);
    // Whoever still knows the old id is told the survivor, not the next step.
    let into = |error: Error| match error.problem() {
        Problem::MergedAway { into, .. } => into.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(into(merge(&crm, "m3", a, &[c]).unwrap_err()), a.to_string());
    assert_eq!(into(merge(&crm, "m4", c, &[a]).unwrap_err()), a.to_string());
    assert_eq!(into(crm.run(&member("r1"), &Restore::<Lead>::new(c)).unwrap_err()), a.to_string());
    assert_eq!(into(crm.run(&member("r2"), &Archive::<Lead>::new(c)).unwrap_err()), a.to_string());
    let edit = Patch::<Lead>::new(c, json!({"city": "Brest"}).as_object().unwrap().clone());
    assert_eq!(into(crm.run(&member("p"), &edit).unwrap_err()), a.to_string());
    // The later merge first.
    let blocked = unmerge(&crm, "u1", "m1").unwrap_err();
    assert_eq!(blocked.problem(), &Problem::Blocked { rows: vec![format!("lead {b}")] });
    unmerge(&crm, "u2", "m2").unwrap();
    unmerge(&crm, "u3", "m1").unwrap();
    assert!([a, b, c].iter().all(|id| get::<Lead>(&crm, *id).archived_at.is_none()));
}

#[test]
fn a_circle_that_no_command_makes_is_told_and_not_walked() {
    let crm = crm();
    let mut write = Vec::new();
    for (name, into) in [("a", "b"), ("b", "c"), ("c", "b"), ("d", "nowhere")] {
        let id = make(&crm, name, lead(name));
        let mut row = crm.store().snapshot(&workspace()).unwrap().get(Key { kind: Kind::Lead, id }).unwrap().unwrap();
        if let AnyRecord::Lead(lead) = &mut row.body {
            lead.merged_into = Some(Id::from_text(into));
        }
        row.version += 1;
        write.push(crm_core::store::Write { row, replaces: 1 });
    }
    let draft = crm_core::store::Draft { command_id: Id::from_text("outside"), keys: vec![], content: "{}".into() };
    crm.store().commit(&workspace(), &crm_core::store::Commit { guards: vec![], writes: write, draft }).unwrap();
    for name in ["a", "b", "d"] {
        let key = Key { kind: Kind::Lead, id: Id::from_text(name) };
        assert_eq!(crm.resolve(&member("r"), key).unwrap_err().code(), Code::Corrupt, "{name}");
        assert_eq!(
            merge(&crm, &format!("merge {name}"), key.id, &[Id::from_text("c")]).unwrap_err().code(),
            Code::Corrupt,
            "{name}"
        );
    }
}

#[test]
fn who_may_not_and_what_cannot_be_merged_is_refused() {
    let crm = crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    let run = |name: &str, role, command: MergeLeads| crm.run(&cx(role, name), &command).map(|_| ()).unwrap_err();
    assert_eq!(run("1", Role::Viewer, MergeLeads::new(a, vec![b])).code(), Code::Forbidden);
    assert_eq!(run("2", Role::Member, MergeLeads::new(a, vec![])).field(), Some("sources"));
    assert_eq!(run("3", Role::Member, MergeLeads::new(a, vec![a])).code(), Code::InvalidValue);
    assert_eq!(run("4", Role::Member, MergeLeads::new(a, vec![b, b])).code(), Code::InvalidValue);
    assert_eq!(run("5", Role::Member, MergeLeads::new(a, vec![Id::from_text("x")])).code(), Code::NotFound);
    let (five, versions) = ((0..5).map(|n| Id::from_text(&n.to_string())).collect(), BTreeMap::from([(b, 7)]));
    assert_eq!(run("6", Role::Member, MergeLeads::new(a, five)).code(), Code::TooLarge);
    assert_eq!(run("7", Role::Member, MergeLeads { versions, ..MergeLeads::new(a, vec![b]) }).code(), Code::Conflict);
    // The lead of another workspace does not exist in this one.
    let elsewhere =
        crm_core::command::Ctx { workspace: crm_core::store::Workspace::new("other").unwrap(), ..member("8") };
    assert_eq!(crm.run(&elsewhere, &MergeLeads::new(a, vec![b])).map(|_| ()).unwrap_err().code(), Code::NotFound);
    // A deal makes the other one the survivor.
    make(&crm, "deal", Deal { source_lead: Some(b), ..Deal::default() });
    let error = run("9", Role::Member, MergeLeads::new(a, vec![b]));
    assert_eq!(error.problem(), &Problem::NotSurvivor { id: a.to_string(), survivor: b.to_string() });
    crm.run(&member("put away"), &Archive::<Lead>::new(a)).unwrap();
    assert_eq!(run("10", Role::Member, MergeLeads::new(b, vec![a])).code(), Code::WrongState);
}

#[test]
fn the_score_is_computed_anew_from_the_events_of_all_each_once() {
    let model = json!({"id": "m", "version": 1, "total": {"min": 0, "max": 100}, "engagement": {"groups": [
        {"id": "g", "rules": [{"id": "demo", "event": "demo", "per": "event", "points": 10}]}]}});
    let crm = Crm::new(MemoryStore::new(), Rules::from_json(&json!({"lead_score": model})).unwrap());
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    let event = |lead, name: &str| Event {
        lead: Some(lead),
        kind: "demo".into(),
        happened_at: Some(at("2026-11-20T09:00:00Z")),
        external_source: "web".into(),
        external_id: name.into(),
        ..Event::default()
    };
    // Both leads have the event `1`: it counts once.
    for (name, lead, event_id) in [("e1", a, "1"), ("e2", b, "1"), ("e3", b, "2")] {
        make(&crm, name, event(lead, event_id));
    }
    crm.run(&member("s"), &ScoreLeads { ids: vec![a, b] }).unwrap();
    let done = merge(&crm, "m", a, &[b]).unwrap();
    assert_eq!(done.drops.len(), 1);
    let choice = done.fields.last().unwrap();
    assert_eq!(choice, &json!({"code": "recomputed_from_events", "field": "score", "value": 20}));
    assert_eq!(get::<Lead>(&crm, a).body.score, Some(20), "10 and 20 are not 30");
    let scored = crm.run(&member("s2"), &ScoreLeads { ids: vec![a] }).unwrap().done().unwrap();
    assert_eq!(scored.changed, 0, "a scoring has nothing to add");
}

#[test]
fn a_refusal_that_comes_by_file_reaches_the_survivor() {
    let crm = crm();
    let import = |name: &str, consent: &str| {
        let fields = json!({"external_id": "7", "company": "B", "city": "Nantes", "consent": consent});
        let rows = vec![ImportRow { line: 2, fields: fields.as_object().unwrap().clone() }];
        crm.run(&cx(Role::Admin, name), &Import::<Lead>::new("zoho", OnExisting::Update, rows)).unwrap()
    };
    import("1", "opted_in");
    let (a, b) = (make(&crm, "a", Lead { consent: Consent::OptedIn, ..lead("A") }), Import::<Lead>::id_of("zoho", "7"));
    merge(&crm, "m", a, &[b]).unwrap();
    assert_eq!(get::<Lead>(&crm, a).body.consent, Consent::OptedIn);
    import("2", "opted_out");
    let (row, source) = (get::<Lead>(&crm, a), get::<Lead>(&crm, b));
    assert_eq!((row.body.consent, row.body.company.as_str(), source.version), (Consent::OptedOut, "A", 2));
}

#[test]
fn what_was_told_apart_stays_apart() {
    let crm = crm();
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|n| make(&crm, n, lead(n)));
    let apart = |name: &str, pair: [Id; 2]| {
        let command = Distinguish { ids: pair, reason: "brothers".into() };
        crm.run(&member(name), &command).unwrap().done().unwrap().id
    };
    let (ab, bc, dc) = (apart("ab", [a, b]), apart("bc", [b, c]), apart("dc", [d, c]));
    let before = state(&crm);
    let done = merge(&crm, "m", a, &[b, d]).unwrap();
    let pair = |id: Id| get::<Distinction>(&crm, id);
    let ac = pair(Distinction::id_of(a, c));
    assert_eq!((ac.archived_at, ac.body.reason.as_str(), done.moves.len()), (None, "brothers", 2));
    assert!([ab, bc, dc].iter().all(|id| pair(*id).archived_at.is_some()));

    unmerge(&crm, "u", "m").unwrap();
    let mut after = state(&crm);
    let (archived, _) = after.remove(&Key { kind: Kind::Distinction, id: ac.id }).unwrap();
    assert!(archived.is_some(), "what the merge made is put away");
    assert_eq!(after, before);
}

#[test]
fn ten_thousand_rows_move_at_once_and_one_more_is_refused() {
    let crm = crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    for batch in 0..10 {
        let rows = (0..1000).map(|i| ImportRow {
            line: i + 2,
            fields: json!({"external_id": format!("{batch}-{i}"), "lead": b.to_string()}).as_object().unwrap().clone(),
        });
        let import = Import::<Activity>::new("z", OnExisting::Skip, rows.collect());
        crm.run(&cx(Role::Admin, &format!("import {batch}")), &import).unwrap();
    }
    let before = state(&crm);
    assert_eq!(merge(&crm, "m", a, &[b]).unwrap().moves.len(), 10_000);
    assert_eq!(unmerge(&crm, "u", "m").unwrap().restored, 10_001, "the rows and the source");
    assert!(state(&crm) == before, "every row is as it was");
    make(&crm, "note", Note { lead: Some(b), ..Note::default() });
    let error = merge(&crm, "m2", a, &[b]).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::TooLarge, Some("sources")));
}

#[test]
fn the_primary_is_told_by_all_that_hangs_on_it() {
    let crm = crm();
    // The source is older: only what hangs on the primary, more than a page of a hundred, makes it the one to stay.
    let (source, primary) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    for (lead, name, notes) in [(source, "a", 120), (primary, "b", 150)] {
        for n in 0..notes {
            make(&crm, &format!("{name} {n}"), Note { lead: Some(lead), ..Note::default() });
        }
    }
    crm.run(&member("merge"), &MergeLeads::new(primary, vec![source])).unwrap();
}

#[test]
fn of_two_merges_of_the_same_lead_one_wins() {
    let setup = crm();
    let [a, b, c] = ["a", "b", "c"].map(|n| make(&setup, n, lead(n)));
    let rival = move |store: &MemoryStore, _: u32| {
        let command = MergeLeads { override_primary: true, ..MergeLeads::new(c, vec![b]) };
        let crm = Crm::new(Borrowed(store), Rules::default());
        crm.run(&member("rival"), &command).unwrap();
    };
    let store = Contended { inner: setup.into_store(), losses: AtomicU32::new(1), rival: Box::new(rival) };
    let crm = Crm::new(store, Rules::default());
    let error = merge(&crm, "ours", a, &[b]).unwrap_err();
    assert!(matches!(error.problem(), Problem::MergedAway { into, .. } if *into == c.to_string()), "{error}");
    assert_eq!(get::<Lead>(&crm, b).body.merged_into, Some(c));
}

#[test]
fn replaying_the_trail_with_merges_and_undoings_gives_an_equal_trail() {
    let crm = filled(&[(0, 0, Some(1)), (1, 2, Some(0)), (2, 3, Some(2)), (1, 0, None)]);
    let all = ids(&[0, 1, 2, 3]);
    merge(&crm, "m1", all[1], &all[2..]).unwrap();
    merge(&crm, "m2", all[0], &all[1..2]).unwrap();
    unmerge(&crm, "u2", "m2").unwrap();
    unmerge(&crm, "u1", "m1").unwrap();
    merge(&crm, "m3", all[3], &all[..3]).unwrap();
    let log = |crm: &Crm<MemoryStore>| {
        crm.store().snapshot(&workspace()).unwrap().log(&LogQuery::After { seq: 0, limit: 1000 }).unwrap()
    };
    let copy = self::crm();
    for entry in log(&crm) {
        let content = entry.json().unwrap();
        let text = |pointer: &str| content.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let actor = Actor::new(&text("/actor/name"), text("/actor/role").parse().unwrap()).unwrap();
        let ctx = Ctx::new(workspace(), actor, at(&text("/at")), entry.command_id);
        let command = command::parse(&text("/command"), &content["body"], copy.rules()).unwrap();
        copy.run_any(&ctx, &*command).unwrap();
    }
    assert_eq!(log(&crm), log(&copy), "entries, digests of rows and hashes are equal");
}

#[test]
fn a_merge_given_as_json_says_what_it_gets_wrong() {
    let crm = crm();
    let (a, b) = (make(&crm, "a", lead("A")), make(&crm, "b", lead("B")));
    let told = |body: Json| {
        let error = command::parse("lead.merge", &body, crm.rules()).map(|_| ()).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
    };
    let (a, b) = (a.to_string(), b.to_string());
    assert_eq!(told(json!({"sources": [b]})), "missing -");
    assert_eq!(told(json!({"primary": a})), "missing -");
    assert_eq!(told(json!({"primary": a, "sources": [b, 3]})), "invalid_value sources[1]");
    assert_eq!(told(json!({"primary": a, "sources": [b], "versions": {&b: 0}})), format!("invalid_value versions.{b}"));
    assert_eq!(told(json!({"primary": a, "sources": [b], "versions": {"x": 1}})), "invalid_value versions");
    assert_eq!(told(json!({"primary": a, "sources": [b], "override": {"cmpany": b}})), "unknown_field override.cmpany");
    assert_eq!(
        told(json!({"primary": a, "sources": [b], "override": {"company": 3}})),
        "invalid_value override.company"
    );
    assert_eq!(told(json!({"primary": a, "sources": [b], "override_primary": 1})), "invalid_value override_primary");
    assert_eq!(told(json!({"primary": a, "sources": [b], "force": true})), "unknown_field -");
    // What a body says, it says again.
    let body = json!({"primary": a, "sources": [b], "versions": {&b: 1}, "override": {"company": b}, "override_primary": true});
    assert_eq!(command::parse("lead.merge", &body, crm.rules()).unwrap().to_json(), body);
    let undo = command::parse("lead.unmerge", &json!({"conversion": a}), crm.rules()).map(|_| ()).unwrap_err();
    assert_eq!(undo.code(), Code::UnknownField);
}

/// Four leads with rows on them, edited at random.
fn filled(edits: &[(u8, u8, Option<u8>)]) -> Crm<MemoryStore> {
    let crm = crm();
    for n in 0..4 {
        let id = make(&crm, &format!("lead {n}"), lead(&format!("L{n}")));
        make(&crm, &format!("task {n}"), Task { lead: Some(id), ..Task::default() });
        let shared =
            Note { lead: Some(id), external_source: "z".into(), external_id: (n % 2).to_string(), ..Note::default() };
        make(&crm, &format!("note {n}"), shared);
    }
    for (i, (n, field, value)) in edits.iter().enumerate() {
        let fields = match (field, value) {
            (0, v) => json!({"industry": v.map(|v| format!("i{v}"))}),
            (1, v) => json!({"size": v}),
            (2, v) => json!({"consent": v.map(|v| ["opted_out", "soft", "opted_in"][usize::from(v) % 3])}),
            (3, v) => json!({"email": v.map(|v| format!("{v}@exemple.fr"))}),
            (_, v) => json!({"do_not_call": v.map(|v| v % 2 == 0), "tags": v.map(|v| vec![v.to_string()])}),
        };
        let ctx = member(&format!("edit {i}"));
        let ctx = crm_core::command::Ctx { at: at(&format!("2026-11-23T09:{i:02}:00Z")), ..ctx };
        let patch = Patch::<Lead>::new(Id::from_text(&format!("lead {n}")), fields.as_object().unwrap().clone());
        crm.run(&ctx, &patch).unwrap();
    }
    crm
}

fn edits() -> impl Strategy<Value = Vec<(u8, u8, Option<u8>)>> {
    prop::collection::vec((0u8..4, 0u8..5, prop::option::of(0u8..3)), 0..12)
}

fn ids(names: &[u8]) -> Vec<Id> {
    names.iter().map(|n| Id::from_text(&format!("lead {n}"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merge_then_undo_is_identity(edits in edits(), primary in 0u8..4, count in 1usize..4) {
        let crm = filled(&edits);
        let others: Vec<u8> = (0..4).filter(|n| *n != primary).take(count).collect();
        let before = state(&crm);
        let done = merge(&crm, "m", ids(&[primary])[0], &ids(&others)).unwrap();
        unmerge(&crm, "u", "m").unwrap();
        prop_assert_eq!(&state(&crm), &before);
        let again = merge(&crm, "m2", ids(&[primary])[0], &ids(&others)).unwrap();
        prop_assert_eq!(&again.fields, &done.fields);
        prop_assert_eq!(&again.moves, &done.moves);
        crm.verify(&cx(Role::Admin, "v")).unwrap();
    }

    #[test]
    fn consent_never_loosens_and_the_preview_is_what_happens(edits in edits(), count in 1usize..4) {
        let crm = filled(&edits);
        let (all, sources) = (ids(&[0, 1, 2, 3]), ids(&[1, 2, 3][..count]));
        let command = MergeLeads { override_primary: true, ..MergeLeads::new(all[0], sources.clone()) };
        let before: Vec<Lead> = all.iter().map(|id| get::<Lead>(&crm, *id).body).collect();
        let plan = crm.plan(&member("m"), &command).unwrap();
        let done = crm.run_any(&member("m"), &command).unwrap().done().unwrap();
        prop_assert_eq!(&plan.output, &done);
        for write in &plan.commit.writes {
            let stored = crm.store().snapshot(&workspace()).unwrap().get(write.row.key()).unwrap();
            prop_assert_eq!(stored.as_ref(), Some(&write.row));
        }
        let after = get::<Lead>(&crm, all[0]).body;
        for lead in before.iter().take(count + 1) {
            prop_assert!(after.consent <= lead.consent);
            prop_assert!(lead.do_not_call != Some(true) || after.do_not_call == Some(true));
            let known: Vec<&String> = after.other_emails.iter().chain([&after.email]).collect();
            prop_assert!(lead.email.is_empty() || known.contains(&&lead.email), "no address is lost");
        }
    }

    #[test]
    fn merges_that_share_no_lead_may_come_in_any_order(edits in edits()) {
        let (one, two) = (filled(&edits), filled(&edits));
        let pairs = [("m1", ids(&[0, 1])), ("m2", ids(&[2, 3]))];
        for (name, pair) in &pairs {
            merge(&one, name, pair[0], &pair[1..]).unwrap();
        }
        for (name, pair) in pairs.iter().rev() {
            merge(&two, name, pair[0], &pair[1..]).unwrap();
        }
        prop_assert_eq!(state(&one), state(&two));
        for name in ["m1", "m2"] {
            unmerge(&one, &format!("u {name}"), name).unwrap();
        }
        prop_assert_eq!(state(&one), state(&filled(&edits)));
    }
}
