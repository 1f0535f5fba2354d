//! What a host measures of customers: seats in use, logins, NPS. Written once, never edited.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::number::Number;
use crate::kernel::time::Instant;

record! {
    /// A number that a host measured of a customer.
    Measurement = "measurement" {
        /// The customer.
        account: Option<Id>, indexed;
        /// What was measured, by its code: seats_used_bp, logins_30d, nps ...
        // Always asked of one customer; an index would find the measure of all of them first.
        measure: String;
        /// How much.
        value: Option<Number>;
        /// When.
        measured_at: Option<Instant>, indexed;
        /// By what.
        source: String;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
