//! Renewals: the end of each term of a subscription, and what becomes of it.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::customer::RenewalState;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

record! {
    /// The end of one term.
    Renewal = "renewal" {
        /// The subscription.
        subscription: Option<Id>, indexed;
        /// The customer.
        account: Option<Id>, indexed;
        /// Which term ends, from 1.
        cycle: Option<i64>;
        /// The last day of the term.
        due_on: Option<NaiveDate>, indexed;
        /// The last day on which the customer can say no.
        opt_out_on: Option<NaiveDate>, indexed;
        /// The first day on which the customer may be told.
        notice_from: Option<NaiveDate>, indexed;
        /// The last day on which the customer is told in time.
        notice_to: Option<NaiveDate>, indexed;
        /// When the customer was told.
        notice_sent_at: Option<Instant>;
        /// The message that tells the customer.
        draft: Option<Id>, indexed computed;
        /// How it stands.
        state: Option<RenewalState>, indexed;
        /// The deal that it is worked in.
        deal: Option<Id>, indexed;
        /// What a year of it comes to.
        amount: Option<Money>;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// When it was renewed or lost.
        closed_at: Option<Instant>, indexed;
        /// Why the customer left.
        lost_reason: String;
    }
}

impl Renewal {
    /// The id of a subscription's renewal at the end of a term: there is one.
    pub fn id_of(subscription: Id, cycle: u32) -> Id {
        Id::from_text(&format!("renewal {subscription} {cycle}"))
    }
}
