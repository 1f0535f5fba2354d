//! Segments: who belongs together.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::text;

record! {
    /// Who belongs together: by a condition, by name, or both.
    Segment = "segment" {
        /// Its code, which is used by routing, sequences and reports.
        code: String, indexed;
        /// What it is called.
        name: String, indexed;
        /// The record that it is of: lead, contact, account, deal.
        kind: String, indexed;
        /// Its condition, as canonical JSON; none of a list by name.
        definition: String, computed;
        /// Counts up with every edit of the condition.
        revision: Option<i64>, computed;
        /// The revision at which its members were last looked at as a whole.
        refreshed_revision: Option<i64>, computed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// What it is for.
        description: String;
    }
}

impl Segment {
    /// The id of the one row of a code, however it is written.
    pub fn id_of(code: &str) -> Id {
        Id::from_text(&format!("segment {}", text::fold(code)))
    }
}
