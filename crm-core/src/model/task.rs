//! Tasks: what somebody has to do.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One thing to do, for one person.
    Task = "task" {
        /// What is to be done.
        title: String;
        /// The lead it belongs to.
        lead: Option<Id>, indexed;
        /// The account it belongs to.
        account: Option<Id>, indexed;
        /// The contact it belongs to.
        contact: Option<Id>, indexed;
        /// The deal it belongs to.
        deal: Option<Id>, indexed;
        /// Who does it: the host's name of a user.
        assignee: String, indexed;
        /// How urgent it is: low, normal, high, urgent, by the host's own names.
        priority: String;
        /// The day by which it is due.
        due_date: Option<NaiveDate>, indexed;
        /// The instant by which it is due, where the day is not enough.
        due_at: Option<Instant>, indexed;
        /// When it was done; `None` while it is open.
        completed_at: Option<Instant>, indexed;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the task was imported from.
        external_source: String;
        /// The task's id in that system.
        external_id: String, indexed;
    }
}
