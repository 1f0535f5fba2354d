//! Merging and its undoing on SQLite: every field of every row comes back, and the trail proves it.

use std::collections::BTreeMap;

use crm_core::command::{Actor, Create, Ctx, MergeLeads, Patch, Role, Undo};
use crm_core::model::{AnyRecord, Key, Kind, Lead, Note, Record, Task};
use crm_core::rules::Rules;
use crm_core::store::{Archived, MOST_ROWS, MemoryStore, Query, Store};
use crm_core::{Crm, Id, Instant};
use crm_sqlite::SqliteStore;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{at, workspace};

fn admin(command: &str) -> Ctx {
    Ctx::new(workspace(), Actor::new("marie", Role::Admin).unwrap(), at(), Id::from_text(command))
}

fn make<R: Record>(crm: &Crm<impl Store>, name: &str, record: R) -> Id {
    let create = Create { id: Some(Id::from_text(name)), ..Create::new(record) };
    crm.run(&admin(name), &create).unwrap().done().unwrap().id
}

fn state(crm: &Crm<impl Store>) -> BTreeMap<Key, (Option<Instant>, AnyRecord)> {
    let snapshot = crm.store().snapshot(&workspace()).unwrap();
    let mut rows = BTreeMap::new();
    for kind in Kind::ALL.iter().copied() {
        let mut query = Query::all(kind, crm.rules().schema(kind), at());
        (query.archived, query.limit) = (Archived::Include, MOST_ROWS);
        rows.extend(snapshot.find(&query).unwrap().rows.into_iter().map(|r| (r.key(), (r.archived_at, r.body))));
    }
    rows
}

fn id(n: u8) -> Id {
    Id::from_text(&format!("lead {n}"))
}

/// Three leads with rows on them, some fields of which were edited.
fn fill(crm: &Crm<impl Store>, edits: &[(u8, u8)]) {
    for n in 0..3u8 {
        let lead = Lead { company: format!("L{n}"), email: format!("l{n}@exemple.fr"), ..Lead::default() };
        let lead = make(crm, &format!("lead {n}"), lead);
        make(crm, &format!("task {n}"), Task { lead: Some(lead), ..Task::default() });
        let note = Note { lead: Some(lead), external_source: "Z".into(), external_id: "É".into(), ..Note::default() };
        make(crm, &format!("note {n}"), note);
    }
    for (i, (n, value)) in edits.iter().enumerate() {
        let fields = json!({"size": value, "consent": if value % 2 == 0 { "opted_in" } else { "opted_out" },
                            "tags": [value.to_string()], "industry": if *value == 0 { None } else { Some("energy") }});
        let patch = Patch::<Lead>::new(id(*n), fields.as_object().unwrap().clone());
        crm.run(&admin(&format!("edit {i}")), &patch).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn merge_then_undo_is_identity_and_both_stores_agree(
        edits in prop::collection::vec((0u8..3, 0u8..3), 0..6),
        primary in 0u8..3,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteStore::open(folder.path().join("crm.db")).unwrap();
        let (sqlite, memory) =
            (Crm::new(file, Rules::default()), Crm::new(MemoryStore::new(), Rules::default()));
        fill(&sqlite, &edits);
        fill(&memory, &edits);
        let before = state(&sqlite);
        prop_assert_eq!(&before, &state(&memory));

        let sources = (0..3).filter(|n| *n != primary).map(id).collect();
        let merge = MergeLeads { override_primary: true, ..MergeLeads::new(id(primary), sources) };
        let done = sqlite.run(&admin("m"), &merge).unwrap().done().unwrap();
        prop_assert_eq!(&done, &memory.run(&admin("m"), &merge).unwrap().done().unwrap());
        // A task each, the note that does not collide, and what the others said about being contacted.
        let said = |body: &AnyRecord| matches!(body, AnyRecord::ConsentEvent(e) if e.lead.is_some_and(|lead| lead != id(primary)));
        let said = before.values().filter(|(_, body)| said(body)).count();
        prop_assert_eq!((done.moves.len(), done.drops.len()), (2 + said, 2));
        prop_assert_eq!(state(&sqlite), state(&memory));

        let undo = Undo::<MergeLeads>::new(Id::from_text("m"));
        sqlite.run(&admin("u"), &undo).unwrap();
        memory.run(&admin("u"), &undo).unwrap();
        prop_assert_eq!(&state(&sqlite), &before);
        let verified = (sqlite.verify(&admin("v")).unwrap(), memory.verify(&admin("v")).unwrap());
        prop_assert_eq!(verified.0, verified.1, "entries, digests and hashes are equal");
    }
}
