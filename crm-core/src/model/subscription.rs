//! Subscriptions: contracts that go on.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::customer::{RenewalKind, SubscriptionStatus};
use crate::kernel::id::Id;
use crate::kernel::renewal_reason::CustomerKind;
use crate::kernel::time::Instant;

record! {
    /// A contract of a customer that goes on from term to term.
    Subscription = "subscription" {
        /// What it is called.
        name: String, indexed;
        /// The customer.
        account: Option<Id>, indexed;
        /// The person who signed.
        contact: Option<Id>, indexed;
        /// The deal that it came from.
        deal: Option<Id>, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// Its currency, by its ISO 4217 code.
        currency: String;
        /// Its first day, from which every later day is counted.
        starts_on: Option<NaiveDate>, indexed;
        /// The last day that is covered; with a term, of the first term.
        ends_on: Option<NaiveDate>, indexed;
        /// How long a term is. Without it there is one, to `ends_on`.
        term_months: Option<i64>;
        /// What happens at the end of a term.
        renewal: Option<RenewalKind>, indexed;
        /// How many days before the end the customer has to say no.
        notice_days: Option<i64>;
        /// How many months before the end the customer has to say no.
        notice_months: Option<i64>;
        /// Whom French law (articles L. 215-1 and L. 215-3 of the Code de la consommation) takes the customer for.
        customer_kind: Option<CustomerKind>;
        /// By how much prices rise at each renewal, in basis points.
        uplift_bp: Option<i64>;
        /// Whether it runs.
        status: Option<SubscriptionStatus>, indexed;
        /// The last day of the last term that somebody agreed to, where it does not renew by itself.
        renewed_until: Option<NaiveDate>;
        /// When nothing was charged: intervals as `2026-02-01/2026-03-31`, both days included, or `2026-02-01/..`.
        pauses: Vec<String>, computed;
        /// On which day its renewals have to be looked at next.
        renewals_wake_on: Option<NaiveDate>, indexed computed;
        /// Its last day, where it was ended before its term.
        cancelled_on: Option<NaiveDate>, indexed;
        /// Why it was ended.
        cancel_reason: String;
        /// When the host last looked.
        as_of: Option<Instant>;
        /// Labels.
        tags: Vec<String>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
