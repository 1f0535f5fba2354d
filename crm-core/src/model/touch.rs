//! Touches: each time somebody came into touch with the workspace. Written once, never edited.

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::marketing::TouchKind;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

record! {
    /// A touch of somebody who may be known (a lead, a contact, an account) or not yet (a visitor).
    Touch = "touch" {
        /// The host's id of a visitor whose name is not known yet.
        visitor: String, indexed;
        /// The lead.
        lead: Option<Id>, indexed;
        /// The contact.
        contact: Option<Id>, indexed;
        /// The account.
        account: Option<Id>, indexed;
        /// How.
        kind: Option<TouchKind>, indexed;
        /// When.
        happened_at: Option<Instant>, indexed;
        /// What the rule `attribution` makes of the fields below: paid_search, organic_search, email, direct ...
        channel: String, indexed computed;
        /// Where from: google, newsletter (utm_source).
        source: String, indexed;
        /// How it came: cpc, email, referral (utm_medium).
        medium: String;
        /// The campaign's code (utm_campaign).
        campaign: String, indexed;
        /// The words that were searched for (utm_term).
        term: String;
        /// Which of several (utm_content).
        content: String;
        /// The page that led here.
        referrer: String;
        /// The page that was reached first.
        landing_page: String;
        /// Click ids as `name:value`: gclid, fbclid, msclkid, li_fat_id ...
        click_ids: Vec<String>;
        /// What it cost.
        cost: Option<Money>;
        /// Whether the workspace saw it itself.
        first_party: Option<bool>;
        /// The form that was sent.
        submission: Option<Id>, indexed;
        /// The system it came from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
