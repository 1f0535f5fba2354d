//! The smallest model to its end, and every planted mistake; `./test model` explores the others.

use crm_model::{Plant, SETTINGS, explore};

#[test]
fn the_smallest_model_holds() {
    let explored = explore(&SETTINGS[0], 1);
    assert_eq!((explored.broken, explored.unreached), (vec![], vec![]));
    // Something was explored.
    assert!(explored.states > 10_000, "{} states", explored.states);
}

#[test]
fn every_planted_mistake_is_found() {
    for plant in Plant::ALL {
        let explored = explore(&plant.model().unwrap(), 1);
        assert!(!explored.broken.is_empty(), "{plant:?} was not found in {} states", explored.states);
    }
}
