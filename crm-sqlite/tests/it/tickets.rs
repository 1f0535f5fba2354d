//! Tickets in a file: the same as in memory, and what is stored follows from the events.

use crm_core::Crm;
use crm_core::store::MemoryStore;
use crm_sqlite::SqliteStore;

use crate::ticket_driver::{Step, alerts, check_boards, check_replay, check_volume, play, rules, tickets};

/// Steps that look random and are always the same.
fn steps(seed: u32) -> Vec<Step> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap()
    };
    (0..40).map(|_| (next(), next(), next(), 1 + u16::from(next()) * 2)).collect()
}

#[test]
fn a_file_tells_what_memory_tells() {
    let directory = tempfile::tempdir().unwrap();
    for seed in 1..=3 {
        let file = SqliteStore::open(directory.path().join(format!("{seed}.db"))).unwrap();
        let (kept, memory) = (Crm::new(file, rules()), Crm::new(MemoryStore::new(), rules()));
        let end = play(&kept, &steps(seed), true);
        assert_eq!(play(&memory, &steps(seed), false), end);
        assert_eq!(alerts(&kept, &end), alerts(&memory, &end));
        assert_eq!(tickets(&kept, &end), tickets(&memory, &end));
        check_replay(&kept, &end);
        check_volume(&kept, &end, Some("priority"));
        check_boards(&kept, &end);
    }
}
