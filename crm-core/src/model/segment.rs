//! Segments: who belongs together.

use super::declare::record;

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
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// What it is for.
        description: String;
    }
}
