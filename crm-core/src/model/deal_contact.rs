//! The people of a deal.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// A contact's part in a deal.
    DealContact = "deal_contact" {
        /// The deal.
        deal: Option<Id>, indexed;
        /// The contact.
        contact: Option<Id>, indexed;
        /// The part the person plays: decision_maker, champion, user, blocker ...
        role: String;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
