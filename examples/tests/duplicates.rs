//! Keys on public sets whose truth is known. The sets are not part of this repository: set `CRMKIT_DATA` to their
//! folder; without it, and without the folder beside the workspace, the test says so and passes.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests stop where something is wrong")]

#[path = "../duplicates/sets.rs"]
mod sets;

use std::io::Write as _;
use std::path::PathBuf;

#[test]
fn keys_are_right_about_the_labelled_sets() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or(beside, PathBuf::from);
    let measures = sets::measure(&folder).unwrap();
    let mut out = std::io::stderr().lock();
    if measures.is_empty() {
        writeln!(out, "SKIPPED keys_are_right_about_the_labelled_sets: no sets (set CRMKIT_DATA to their folder)")
            .unwrap();
        return;
    }
    write!(out, "{}", sets::shown(&measures)).unwrap();
    for measure in &measures {
        if measure.set.starts_with("febrl") && measure.key.starts_with("any") {
            assert!(measure.precision_bp() >= 9_900, "{measure:?}");
            assert!(measure.recall_bp() >= if measure.key == "any" { 9_000 } else { 4_000 }, "{measure:?}");
        }
    }
}
