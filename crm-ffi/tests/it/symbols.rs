//! The library exports what the header declares, and nothing else.

use std::collections::BTreeSet;
use std::process::Command;

use crate::native::{done, library, root};

fn declared() -> BTreeSet<String> {
    let header = std::fs::read_to_string(root().join("include/crm.h")).unwrap();
    let code = header.lines().filter(|line| !line.starts_with("//") && !line.starts_with(" *"));
    let name = |line: &str| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("crm_").then(|| name.to_owned())
    };
    code.filter_map(name).collect()
}

#[test]
fn exactly_the_declared_functions_are_exported() {
    let listed = done(Command::new("nm").args(["-D", "--defined-only"]).arg(library().join("libcrm.so")));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let exported: BTreeSet<String> =
        listed.lines().filter_map(|line| line.split(' ').next_back()).map(Into::into).collect();
    assert_eq!(exported, declared());
    assert!(exported.len() >= 16, "{exported:?}");
}

#[test]
fn the_library_names_itself_by_major_and_minor() {
    let read = done(Command::new("readelf").arg("-d").arg(library().join("libcrm.so")));
    let text = String::from_utf8(read.stdout).unwrap();
    assert!(text.contains("[libcrm.so.0.1]"), "{text}");
}
