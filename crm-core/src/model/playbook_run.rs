//! Playbooks that run for a customer.

use super::declare::record;
use crate::kernel::customer::RunState;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One run of a playbook for a customer.
    PlaybookRun = "playbook_run" {
        /// Which playbook, by its code.
        playbook: String, indexed;
        /// Its version, which stays until the run is migrated.
        playbook_version: Option<i64>;
        /// SHA-256 of what that version said when the run took it; nothing of runs that are older than this field.
        playbook_hash: String, computed;
        /// The customer.
        account: Option<Id>, indexed;
        /// The deal that it follows.
        deal: Option<Id>, indexed;
        /// The subscription that it follows.
        subscription: Option<Id>, indexed;
        /// What it is for, said once: there is one run for each playbook, customer and key.
        key: String, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// The days that its steps are counted from, as canonical JSON.
        anchors: String, computed;
        /// How it stands.
        state: Option<RunState>, indexed computed;
        /// When it was started.
        started_at: Option<Instant>, indexed;
        /// When it was done or broken off.
        ended_at: Option<Instant>, indexed computed;
        /// Why it was broken off.
        end_reason: String, computed;
        /// How many steps are required.
        required_count: Option<i64>, computed;
        /// How many of them are done.
        done_count: Option<i64>, computed;
    }
}
