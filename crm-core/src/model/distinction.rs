//! Distinctions: pairs of records that somebody looked at and found to be two.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// Two leads, or a lead and a contact, that are not the same, however alike they look. The pair decides the id
    /// ([`Distinction::id_of`]), so that there is one for each pair; archiving it takes it back.
    Distinction = "distinction" {
        /// The record with the lower id.
        first: Option<Id>, indexed;
        /// The record with the higher id.
        second: Option<Id>, indexed;
        /// Why they are not the same.
        reason: String;
    }
}

impl Distinction {
    /// The id of the distinction of two records, whichever is named first.
    pub fn id_of(a: Id, b: Id) -> Id {
        Id::from_text(&format!("distinction {} {}", a.min(b), a.max(b)))
    }
}
