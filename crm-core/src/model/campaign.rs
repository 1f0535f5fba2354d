//! Campaigns: what was done to be found.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::marketing::CampaignStatus;
use crate::kernel::money::Money;

record! {
    /// A campaign.
    Campaign = "campaign" {
        /// Its code, as in utm_campaign.
        code: String, indexed;
        /// What it is called.
        name: String, indexed;
        /// What it is: email, fair, search ...
        kind: String, indexed;
        /// How it stands.
        status: Option<CampaignStatus>, indexed;
        /// Its first day.
        starts_on: Option<NaiveDate>;
        /// Its last day.
        ends_on: Option<NaiveDate>;
        /// What it may cost.
        budget: Option<Money>;
        /// What it has cost.
        cost: Option<Money>;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// The campaign that it is part of.
        parent: Option<Id>, indexed;
        /// Anything else.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
