//! Submissions: forms that people sent, as they arrived. Written once, never edited.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One form that somebody sent.
    Submission = "submission" {
        /// The lead it made or belongs to.
        lead: Option<Id>, indexed;
        /// The contact it belongs to.
        contact: Option<Id>, indexed;
        /// The form, by the host's own name.
        form: String, indexed;
        /// The page on which it was sent.
        page: String;
        /// The campaign that it belongs to.
        campaign: String, indexed;
        /// The e-mail address as it was written.
        email: String;
        /// What was written.
        message: String;
        /// When it was sent.
        submitted_at: Option<Instant>, indexed;
        /// The system the submission was imported from.
        external_source: String;
        /// The submission's id in that system.
        external_id: String, indexed;
    }
}
