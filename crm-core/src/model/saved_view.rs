//! A list that somebody wants again: its condition, columns and order.

use super::declare::record;

record! {
    /// A list that somebody wants again: its condition, columns and order.
    SavedView = "saved_view" {
        /// What people call it.
        name: String, indexed;
        /// What it lists: the name of a record.
        kind: String, indexed;
        /// Whose it is: the host's name of a user.
        owner: String, indexed;
        /// Who sees it: private, team, all.
        scope: String, indexed;
        /// What it says, as JSON; checked when it is saved.
        definition: String;
    }
}
