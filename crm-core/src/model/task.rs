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
        /// The ticket it belongs to.
        ticket: Option<Id>, indexed;
        /// Who does it: the host's name of a user.
        assignee: String, indexed;
        /// How urgent it is: low, normal, high, urgent, by the host's own names.
        priority: String;
        /// The day by which it is due.
        due_date: Option<NaiveDate>, indexed;
        /// The instant by which it is due, where the day is not enough.
        due_at: Option<Instant>, indexed;
        /// Until when nobody wants to see it. The day by which it is due stays as it is.
        snoozed_until: Option<Instant>;
        /// When it comes again, in the words of the rule `task`; empty for once.
        recurrence: String;
        /// What its series counts from: the day, or what the clock shows, of its first task unless somebody says
        /// otherwise. `2026-01-31` or `2026-01-31T09:00:00`.
        recurrence_anchor: String;
        /// The first task of those that come again.
        recurring_task: Option<Id>, indexed computed;
        /// How many came before it in its series.
        occurrence: Option<i64>, computed;
        /// The task that must be done before it.
        blocking_task: Option<Id>, indexed;
        /// Whether that one is still to be done.
        blocked: Option<bool>, computed;
        /// The step of a playbook's run that it is.
        playbook_step: Option<Id>, indexed computed;
        /// The enrolment whose step it is.
        enrolment: Option<Id>, indexed computed;
        /// The step of the sequence that made it.
        step: String, computed;
        /// When it was done; `None` while it is open.
        completed_at: Option<Instant>, indexed;
        /// Who did it: the host's name of a user.
        completed_by: String;
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
