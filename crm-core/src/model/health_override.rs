//! What somebody says of a customer's health instead of the sum.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// Another health than the one that was worked out, for a while. Both stay visible.
    HealthOverride = "health_override" {
        /// The customer.
        account: Option<Id>, indexed;
        /// 0 to 100, in hundredths.
        score: Option<i64>;
        /// Why.
        reason: String;
        /// Who says so.
        author: String, indexed;
        /// Its first day.
        starts_on: Option<NaiveDate>;
        /// Its last day.
        ends_on: Option<NaiveDate>, indexed;
        /// When it was taken back.
        revoked_at: Option<Instant>;
    }
}
