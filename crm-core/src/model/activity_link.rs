//! With which records an activity has to do, beside those that it names itself.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// One more record that an activity belongs to, and in which role.
    ActivityLink = "activity_link" {
        /// The activity.
        activity: Option<Id>, indexed;
        /// As what: attendee, mentioned, related ...
        role: String;
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
    }
}
