//! Payments that customers owe or made, as the host's accounting says.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::customer::PaymentStatus;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

record! {
    /// A payment.
    Payment = "payment" {
        /// The customer.
        account: Option<Id>, indexed;
        /// The subscription that it is for.
        subscription: Option<Id>, indexed;
        /// The invoice's number.
        invoice: String, indexed;
        /// How much.
        amount: Option<Money>;
        /// The last day on which it is in time.
        due_on: Option<NaiveDate>, indexed;
        /// When it came in.
        paid_on: Option<NaiveDate>, indexed;
        /// How it stands. That it is late follows from `due_on`.
        status: Option<PaymentStatus>, indexed;
        /// Why it did not come in.
        failure: String;
        /// When the host last looked.
        as_of: Option<Instant>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
