//! Activities: calls, meetings, e-mails and visits that happened, on a record's timeline.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One contact with a customer: a call, a meeting, an e-mail ...
    Activity = "activity" {
        /// What it was: call, meeting, email ...
        kind: String, indexed;
        /// Who spoke: inbound (the customer), outbound (the team), both (a talk).
        direction: String;
        /// Whether a machine did it (a newsletter, an automatic reply): no sign that anybody cares.
        automatic: Option<bool>;
        /// What it was about.
        subject: String;
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
        /// Who did it: the host's name of a user.
        actor: String, indexed;
        /// When it happened, which may be before it was logged.
        happened_at: Option<Instant>, indexed;
        /// How long it took, in seconds.
        duration_seconds: Option<i64>;
        /// What was said.
        description: String;
        /// The template that its text was made with.
        template: String, indexed computed;
        /// The template's version then.
        template_version: Option<i64>, computed;
        /// Its language and the values that were put in, as canonical JSON: with them the text can be made again.
        template_values: String, computed;
        /// SHA-256 of template, version, language and values.
        template_hash: String, computed;
        /// Labels.
        tags: Vec<String>;
        /// The system the activity was imported from.
        external_source: String;
        /// The activity's id in that system.
        external_id: String, indexed;
    }
}
