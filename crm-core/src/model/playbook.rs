//! Playbooks that people make while the workspace is in use.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// One version of a playbook. A version is never changed; an edit makes the next.
    Playbook = "playbook" {
        /// Which playbook.
        code: String, indexed;
        /// The version's number, from 1.
        number: Option<i64>, indexed;
        /// What it is called.
        title: String;
        /// Its steps, as canonical JSON: what the rule `playbook` reads.
        definition: String, computed;
        /// SHA-256 of the definition.
        hash: String, computed;
        /// Whether new runs may start with it.
        active: Option<bool>, indexed;
        /// Who made this version.
        author: String, indexed;
        /// Why.
        note: String;
    }
}

impl Playbook {
    /// The id of a version of a playbook.
    pub fn id_of(code: &str, version: u32) -> Id {
        Id::from_text(&format!("playbook {code}@{version}"))
    }
}
