//! What a subscription is of, from when to when.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::number::Number;

record! {
    /// A product of a subscription. A change of quantity or price is a row of its own from its day on.
    SubscriptionItem = "subscription_item" {
        /// The subscription.
        subscription: Option<Id>, indexed;
        /// What is sold.
        product: String, indexed;
        /// How many.
        quantity: Option<Number>;
        /// What one costs in each interval.
        unit_price: Option<Money>;
        /// How long an interval is: 1, 3, 12 ...
        interval_months: Option<i64>;
        /// The first day on which it is charged.
        starts_on: Option<NaiveDate>, indexed;
        /// The last day on which it is charged.
        ends_on: Option<NaiveDate>, indexed;
        /// How many of them are used, as the host last said.
        seats_used: Option<Number>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
