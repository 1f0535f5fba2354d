//! Visitors who said who they are. Written once, never edited.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A visitor is this lead or contact from now on, and all touches before with them.
    VisitorLink = "visitor_link" {
        /// The host's id of the visitor.
        visitor: String, indexed;
        /// The lead.
        lead: Option<Id>, indexed;
        /// The contact.
        contact: Option<Id>, indexed;
        /// When it was known.
        linked_at: Option<Instant>, indexed;
        /// By what: a form, a link in a message.
        evidence: String;
    }
}
