//! Random work on tickets: what is stored follows from the events, ticks are told once, the report adds up.

use crm_core::Crm;
use crm_core::store::MemoryStore;
use proptest::prelude::*;

use crate::ticket_driver::{Step, alerts, check_boards, check_replay, check_volume, play, rules, tickets};

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), 1u16..600), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_week_asleep_tells_what_ticks_all_along_do(steps in steps()) {
        let (awake, asleep) = (Crm::new(MemoryStore::new(), rules()), Crm::new(MemoryStore::new(), rules()));
        let end = play(&awake, &steps, true);
        prop_assert_eq!(&play(&asleep, &steps, false), &end);
        prop_assert_eq!(alerts(&awake, &end), alerts(&asleep, &end));
        prop_assert_eq!(tickets(&awake, &end), tickets(&asleep, &end));
        check_replay(&awake, &end);
    }

    #[test]
    fn the_report_is_what_the_events_say(steps in steps()) {
        let crm = Crm::new(MemoryStore::new(), rules());
        let end = play(&crm, &steps, false);
        check_volume(&crm, &end, None);
        check_volume(&crm, &end, Some("owner"));
        check_boards(&crm, &end);
    }
}
