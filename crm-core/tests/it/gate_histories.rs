//! Random histories of the gate in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it is wrong")]

use crm_core::store::MemoryStore;
use proptest::prelude::*;

use super::gate_machine::{Play, histories};

#[test]
fn random_histories_keep_the_promises_in_memory() {
    let happened = std::cell::Cell::new([0_usize; 4]);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() });
    runner
        .run(&histories(80), |steps| {
            let mut play = Play::new(MemoryStore::new());
            for step in steps {
                play.step(step);
                play.judge();
            }
            play.verify();
            let (all, one) = (happened.get(), play.happened());
            happened.set(std::array::from_fn(|n| all[n] + one[n]));
            Ok(())
        })
        .unwrap();
    assert!(happened.get().iter().all(|count| *count > 0), "idle: {happened:?}");
}
