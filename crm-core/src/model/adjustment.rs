//! Adjustments: what somebody says instead of a rollup, as a layer over it.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::money::Money;
use crate::kernel::sales::Category;
use crate::kernel::time::Instant;

record! {
    /// A number that stands in front of a computed one and never changes a deal. Rows are only ever added; `revoked_at`
    /// ends one.
    Adjustment = "adjustment" {
        /// The node of the owner tree that it is about: the host's name of a user.
        owner: String, indexed;
        /// Who says so.
        author: String, indexed;
        /// `own` (the owner's) or `manager` (the owner's manager's, which the owner does not see).
        layer: String;
        /// The first day of the period.
        period_start: Option<NaiveDate>, indexed;
        /// The day after its last.
        period_end: Option<NaiveDate>, indexed;
        /// Which category's number.
        category: Option<Category>;
        /// The number instead.
        amount: Option<Money>;
        /// What the rollup was when it was said.
        base: Option<Money>;
        /// Why, in at most 500 characters.
        note: String;
        /// When it was said.
        recorded_at: Option<Instant>, indexed;
        /// When it was taken back.
        revoked_at: Option<Instant>;
    }
}
