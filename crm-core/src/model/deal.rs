//! Deals: opportunities that are worked towards a close.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;

record! {
    /// A specific opportunity with an account, from its first day to won or lost.
    Deal = "deal" {
        /// The deal's name.
        name: String, indexed;
        /// The account that would buy.
        account: Option<Id>, indexed;
        /// The person to talk to.
        contact: Option<Id>, indexed;
        /// The lead that it came from; a merge of leads moves it to the primary.
        source_lead: Option<Id>, indexed;
        /// The pipeline, by the host's own name.
        pipeline: String, indexed;
        /// Where the deal stands in its pipeline, by the host's own name.
        stage: String, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// What it is worth.
        value: Option<Money>;
        /// When it is expected to close.
        close_date: Option<NaiveDate>, indexed;
        /// Where it came from: referral, web, event ...
        source: String;
        /// The campaign that brought it.
        campaign: String;
        /// The host's segment.
        segment: String, indexed;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the deal was imported from.
        external_source: String;
        /// The deal's id in that system.
        external_id: String, indexed;
    }
}
