//! Random histories of the gate in a file: the same promises as in memory, and the same rows.

use crm_core::store::MemoryStore;
use crm_sqlite::SqliteStore;

use crate::gate_machine::{Play, Step};

/// Steps that look random and are always the same.
fn steps(seed: u32) -> Vec<Step> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap()
    };
    let begin = [(0, 0, 4), (0, 1, 5), (6, 0, 0)];
    begin.into_iter().chain((0..60).map(|_| (next() % 20, next(), next()))).collect()
}

#[test]
fn a_file_keeps_the_promises_and_tells_what_memory_tells() {
    let directory = tempfile::tempdir().unwrap();
    let mut happened = [0; 4];
    for seed in 1..=12 {
        let file = SqliteStore::open(directory.path().join(format!("{seed}.db"))).unwrap();
        let (mut kept, mut memory) = (Play::new(file), Play::new(MemoryStore::new()));
        for step in steps(seed * 7919) {
            kept.step(step);
            memory.step(step);
        }
        kept.judge();
        kept.verify();
        assert_eq!(kept.all_rows(), memory.all_rows(), "seed {seed}");
        let one = kept.happened();
        happened = std::array::from_fn(|n| happened[n] + one[n]);
    }
    assert!(happened.iter().all(|count| *count > 0), "idle: {happened:?}");
}
