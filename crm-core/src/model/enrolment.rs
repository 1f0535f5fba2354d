//! Enrolments: one record in one sequence.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::sequence_reason::{EnrolmentStatus, SequenceEnd};
use crate::kernel::time::Instant;

record! {
    /// One lead or contact in one version of a sequence.
    Enrolment = "enrolment" {
        /// The sequence, by its id.
        sequence: String, indexed;
        /// Its version, kept to the end.
        sequence_version: Option<i64>;
        /// The lead that is enrolled.
        lead: Option<Id>, indexed;
        /// The contact that is enrolled.
        contact: Option<Id>, indexed;
        /// Whose limits it counts against: the host's name of a user.
        owner: String, indexed;
        /// Who enrolled it.
        enrolled_by: String, indexed;
        /// The nurture rule that did, by its id.
        rule: String, indexed;
        /// The event that the rule answered.
        event: String, indexed;
        /// How it stands.
        status: Option<EnrolmentStatus>, indexed computed;
        /// The step that comes next.
        next_step: String, computed;
        /// When that is due.
        due_at: Option<Instant>, indexed computed;
        /// The step that has to be done first.
        waits_for: String, computed;
        /// Until when it rests.
        paused_until: Option<Instant>, indexed computed;
        /// How it ended.
        ended: Option<SequenceEnd>, indexed computed;
        /// When.
        ended_at: Option<Instant>, indexed computed;
        /// Its state, as canonical JSON: what the rule `sequence` continues from.
        state: String, computed;
        /// When time alone may change something: when somebody has to look again.
        look_at: Option<Instant>, indexed computed;
        /// The hash of the person's e-mail address, as the consent ledger has it.
        email_hash: String, indexed computed;
        /// The hash of the person's phone number.
        phone_hash: String, indexed computed;
        /// Why the record came in, as canonical JSON: a list of reasons.
        reasons: String, computed;
        /// How much has happened to it.
        event_count: Option<i64>, computed;
    }
}
