//! Properties of the engine on random histories.

use crm_core::command::{Archive, Create, Patch, Restore, Role};
use crm_core::model::{Lead, Record as _};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{cx, member};

#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Patch(u8, Option<i64>, bool),
    Archive(u8),
    Restore(u8),
}

fn steps() -> impl Strategy<Value = Vec<(u8, Step)>> {
    let step = prop_oneof![
        (0u8..4).prop_map(Step::Create),
        (0u8..4, prop::option::of(0i64..3), any::<bool>()).prop_map(|(r, v, c)| Step::Patch(r, v, c)),
        (0u8..4).prop_map(Step::Archive),
        (0u8..4).prop_map(Step::Restore),
    ];
    // Few command ids, so that some commands are repeated and some ids are reused.
    prop::collection::vec((0u8..12, step), 0..30)
}

fn play(crm: &Crm<MemoryStore>, id: u8, step: &Step) -> Result<(), crm_core::Error> {
    let cx = cx(Role::Admin, &id.to_string());
    let row = |n: u8| Id::from_text(&format!("row {n}"));
    match step {
        Step::Create(n) => crm.run(&cx, &Create { id: Some(row(*n)), ..Create::new(Lead::default()) })?,
        Step::Patch(n, visits, named) => {
            let fields = json!({"visits": visits}).as_object().unwrap().clone();
            let patch = Patch::<Lead>::new(row(*n), fields);
            crm.run(&cx, &if *named { patch.of_version(1) } else { patch })?
        }
        Step::Archive(n) => crm.run(&cx, &Archive::<Lead>::new(row(*n)))?,
        Step::Restore(n) => crm.run(&cx, &Restore::<Lead>::new(row(*n)))?,
    };
    Ok(())
}

proptest! {
    #[test]
    fn repeating_every_command_changes_nothing(steps in steps()) {
        let (once, twice) = (Crm::new(MemoryStore::new(), Rules::default()), Crm::new(MemoryStore::new(), Rules::default()));
        for (id, step) in &steps {
            let first = play(&once, *id, step);
            prop_assert_eq!(&play(&twice, *id, step), &first);
            let again = play(&twice, *id, step);
            prop_assert!(first.is_err() || again.is_ok(), "an answered command answers again");
        }
        let admin = cx(Role::Admin, "verify");
        prop_assert_eq!(once.verify(&admin).unwrap(), twice.verify(&admin).unwrap());
    }

    #[test]
    fn versions_count_the_changes(steps in steps()) {
        let crm = Crm::new(MemoryStore::new(), Rules::default());
        for (id, step) in &steps {
            let _ = play(&crm, *id, step);
        }
        for n in 0..4 {
            let id = Id::from_text(&format!("row {n}"));
            if let Some(row) = crm.get::<Lead>(&member("read"), id).unwrap() {
                let newest = row.clocks.values().map(|c| c.version).max().unwrap_or(1);
                prop_assert_eq!(newest, row.version);
                prop_assert!(row.clocks.keys().all(|f| f == "archived_at" || Lead::FIELDS.iter().any(|d| d.name == *f)));
            }
        }
    }
}
