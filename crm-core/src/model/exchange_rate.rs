//! Exchange rates, dated.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::time::Instant;

record! {
    /// What one unit of a currency is worth in another from a day on. Rows are only ever added: a later one for the same
    /// pair and day stands instead of the earlier, which says what was known before.
    ExchangeRate = "exchange_rate" {
        /// The currency of one unit, by its ISO 4217 code.
        from: String, indexed;
        /// The currency that it is worth something in.
        to: String, indexed;
        /// The first day on which the rate holds.
        valid_from: Option<NaiveDate>, indexed;
        /// The rate: a positive decimal with at most nine places.
        rate: String;
        /// Where it comes from.
        source: String;
        /// When it was recorded.
        recorded_at: Option<Instant>, indexed;
    }
}
