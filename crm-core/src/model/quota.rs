//! Quotas: what somebody is to close in a span of time.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

record! {
    /// A target, kept with its dates, so that another fiscal calendar cannot orphan it. Rows are only ever added: a later
    /// one for the same owner and dates stands instead of the earlier.
    Quota = "quota" {
        /// Whose it is: the host's name of a user; empty for the whole workspace.
        owner: String, indexed;
        /// The first day.
        period_start: Option<NaiveDate>, indexed;
        /// The day after the last.
        period_end: Option<NaiveDate>, indexed;
        /// How much.
        amount: Option<Money>;
        /// When it was set.
        recorded_at: Option<Instant>, indexed;
    }
}
