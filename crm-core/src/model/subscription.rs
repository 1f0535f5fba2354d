//! Subscriptions: contracts that go on.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::customer::{RenewalKind, SubscriptionStatus};
use crate::kernel::id::Id;
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
        /// Whether the customer is a consumer, whom French law (article L. 215-1 of the Code de la consommation) protects.
        consumer: Option<bool>;
        /// By how much prices rise at each renewal, in basis points.
        uplift_bp: Option<i64>;
        /// Whether it runs.
        status: Option<SubscriptionStatus>, indexed;
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
