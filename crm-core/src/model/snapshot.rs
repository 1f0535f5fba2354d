//! Snapshots: a forecast as it was at an instant, to compare with.

use super::declare::record;
use crate::kernel::time::Instant;

record! {
    /// The state of the pipeline at an instant. Its rows are replayed from the deals' revisions; the digests prove that
    /// they are the same as then.
    Snapshot = "snapshot" {
        /// What people call it.
        name: String, indexed;
        /// The instant whose state it is.
        as_of: Option<Instant>, indexed;
        /// The place in the trail up to which changes count.
        known_seq: Option<i64>;
        /// The currency of its totals, by its ISO 4217 code.
        currency: String;
        /// SHA-256 of its rows, in hexadecimal.
        rows_digest: String;
        /// SHA-256 of its exchange rates, in hexadecimal.
        rates_digest: String;
        /// How many deals it has.
        deals: Option<i64>;
        /// The exchange rates of then, as JSON.
        rates: String;
        /// The totals of then, as JSON.
        totals: String;
    }
}
