//! No question reads past the gate: the sources of the engine take a snapshot in few places, each with its reason.

#![allow(clippy::unwrap_used, reason = "a test of the project's own files")]

use std::fs;
use std::path::Path;

/// Where the whole workspace is read, and why that shows nobody anything.
const WHOLE: &[(&str, &str)] = &[
    ("attribution.rs", "a Cx"),
    ("can.rs", "the gate itself decides"),
    ("consent.rs", "a Cx, and of records that are not seen only what was said at the address"),
    ("draft.rs", "the gate itself decides who sees the draft, and a Cx"),
    ("duplicates.rs", "a Cx"),
    ("held.rs", "a Cx"),
    ("impact.rs", "a Cx"),
    ("jobs.rs", "a Cx"),
    ("mod.rs", "a Cx, and the way of merges, of which only ids are told"),
    ("playbook_runs.rs", "a Cx"),
    ("playbooks.rs", "a Cx"),
    ("preview.rs", "a Cx"),
    ("outbox.rs", "how many messages the workspace's channels were given, which their limits count"),
    ("quotes.rs", "a Cx, and one quote behind the gate"),
    ("reading.rs", "here it is limited"),
    ("routing.rs", "a Cx"),
];

#[test]
fn questions_read_through_the_gate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Commands begin in `mod.rs`; `verify.rs` proves the whole trail.
        let is_known = ["mod.rs", "reading.rs", "verify.rs"].contains(&name.as_str());
        assert!(is_known || !text.contains("store.snapshot("), "{name}: a question reads past the gate");
        assert!(WHOLE.iter().any(|(known, _)| *known == name) || !text.contains(".whole("), "{name}: whole");
    }
}
