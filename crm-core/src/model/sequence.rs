//! Sequences that people make while the workspace is in use.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::sequence_reason::Availability;

record! {
    /// One version of a sequence; it never changes but for its status. The row's id follows from code and version
    /// ([`Sequence::id_of`]).
    Sequence = "sequence" {
        /// What enrolments call it; it is the same in all versions.
        code: String, indexed;
        /// Counts up with every edit.
        number: Option<i64>, indexed;
        /// What people read.
        title: String;
        /// What it does, as canonical JSON: what the configuration `sequence` has, without id, version and status.
        definition: String, computed;
        /// SHA-256 of the definition.
        hash: String, computed;
        /// Whether it takes records; that of the latest version counts.
        status: Option<Availability>, indexed;
        /// Who wrote this version: the host's name of a user.
        author: String, indexed;
        /// What was changed, in the author's words.
        note: String;
    }
}

impl Sequence {
    /// The id of the row of a version.
    pub fn id_of(code: &str, version: u32) -> Id {
        Id::from_text(&format!("sequence {code}@{version}"))
    }
}
