//! The health of customers as it was worked out. Written once, never edited.

use super::declare::record;
use crate::kernel::customer::HealthTrigger;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A customer's health at an instant, with everything that it was made from.
    HealthEntry = "health_entry" {
        /// The customer.
        account: Option<Id>, indexed;
        /// Counts a customer's entries, from 1.
        sequence_number: Option<i64>, indexed;
        /// When it was worked out.
        happened_at: Option<Instant>, indexed;
        /// 0 to 100, in hundredths; empty where too little is known.
        score: Option<i64>;
        /// The band, by its code; `unknown` where too little is known.
        band: String, indexed;
        /// How much of the weights is known, in basis points.
        coverage_bp: Option<i64>;
        /// The model and its version.
        model: String;
        /// Why it was worked out.
        trigger: Option<HealthTrigger>;
        /// Who asked.
        actor: String;
        /// SHA-256 of what was read: the same gives no second entry.
        inputs_hash: String, indexed;
        /// Measures, caps and what changed since the entry before, as canonical JSON.
        definition: String;
    }
}
