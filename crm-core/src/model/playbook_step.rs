//! Steps of playbooks that run.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::customer::StepState;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One step of a playbook's run.
    PlaybookStep = "playbook_step" {
        /// The run.
        playbook_run: Option<Id>, indexed;
        /// Which step.
        code: String;
        /// What is to be done.
        title: String;
        /// Its place, from 1.
        position: Option<i64>;
        /// Its first day.
        starts_on: Option<NaiveDate>;
        /// Its last day.
        due_on: Option<NaiveDate>, indexed;
        /// Who does it: the host's name of a user.
        assignee: String, indexed;
        /// Whether the run waits for it.
        required: Option<bool>;
        /// How it stands.
        state: Option<StepState>, indexed computed;
        /// The task that it is done with.
        task: Option<Id>, indexed computed;
        /// Why it was done although others had to come before, where it was.
        force_reason: String, computed;
        /// When it was done or left out.
        done_at: Option<Instant>, indexed computed;
        /// By whom.
        done_by: String, computed;
        /// Why it was left out.
        skip_reason: String, computed;
    }
}
