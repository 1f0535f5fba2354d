//! Notes: free context beside the timeline.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// What somebody wants to remember of a record.
    Note = "note" {
        /// The note itself.
        text: String;
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
        /// Who wrote it: the host's name of a user.
        author: String, indexed;
        /// Labels.
        tags: Vec<String>;
        /// The system the note was imported from.
        external_source: String;
        /// The note's id in that system.
        external_id: String, indexed;
    }
}
