//! Assignments: which lead went to whom, and when. Written by routing, never edited.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// One lead given to a user or put into a queue by the routing rules.
    Assignment = "assignment" {
        /// The lead.
        lead: Option<Id>, indexed computed;
        /// Who got it: the host's name of a user.
        user: String, indexed computed;
        /// The queue into which it was put instead.
        queue: String, indexed computed;
        /// The rule that decided; unknown where the fallback did.
        rule: String, indexed computed;
        /// How the user was picked.
        strategy: String, computed;
        /// When.
        assigned_at: Option<Instant>, indexed computed;
        /// By when the user has to accept it.
        accept_by: Option<Instant>, indexed computed;
    }
}
