//! A report that somebody wants again.

use super::declare::record;

record! {
    /// A report that somebody wants again.
    SavedReport = "saved_report" {
        /// What people call it.
        name: String, indexed;
        /// The kind of report: pipeline_snapshot, forecast ...
        kind: String, indexed;
        /// Whose it is: the host's name of a user.
        owner: String, indexed;
        /// Who sees it: private, team, all.
        scope: String, indexed;
        /// What it says, as JSON; checked when it is saved.
        definition: String;
    }
}
