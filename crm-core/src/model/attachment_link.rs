//! Which records have a file.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// A record that has a file.
    AttachmentLink = "attachment_link" {
        /// The file.
        attachment: Option<Id>, indexed;
        /// What it is there: contract, quote, photo ...
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
        /// The note it belongs to.
        note: Option<Id>, indexed;
        /// The activity it belongs to.
        activity: Option<Id>, indexed;
        /// The quote it belongs to.
        quote: Option<Id>, indexed;
        /// The subscription it belongs to.
        subscription: Option<Id>, indexed;
        /// The playbook's run it belongs to.
        playbook_run: Option<Id>, indexed;
    }
}
