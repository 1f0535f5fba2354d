//! Who a campaign is for and what became of it.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::marketing::MemberStatus;
use crate::kernel::time::Instant;

record! {
    /// A person in a campaign.
    CampaignMember = "campaign_member" {
        /// The campaign.
        campaign: Option<Id>, indexed;
        /// The lead.
        lead: Option<Id>, indexed;
        /// The contact.
        contact: Option<Id>, indexed;
        /// How the person stands.
        status: Option<MemberStatus>, indexed;
        /// Since when.
        since: Option<Instant>, indexed;
        /// When the person first responded.
        responded_at: Option<Instant>, indexed;
    }
}
