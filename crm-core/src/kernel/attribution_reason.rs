//! Why a touch has its channel, its credit or none.

use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::marketing::{MemberStatus, TouchKind};

coded! {
    /// Touches that weigh more than others.
    KeyTouch {
        /// The first.
        First = "first",
        /// The last one before the lead was made.
        Lead = "lead",
        /// The last one before the deal was made.
        Deal = "deal",
        /// The last one before the close.
        Closed = "closed",
    }
}

/// What an attribution has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_attribution.rs")]
pub enum AttributionReason {
    /// The link said where it stood.
    ByLink { source: String, medium: String, campaign: String },
    /// An advertiser's or a mailer's parameter says who sent the visitor.
    ByClickId { name: String, source: String },
    /// The page that led here is a known one.
    ByReferrer { host: String, source: String },
    /// The page that led here is not known.
    ByUnknownReferrer { host: String },
    /// The page that led here is the workspace's own.
    ByOwnPage { host: String },
    /// What happened says it.
    ByKind { kind: TouchKind },
    /// Nothing says where the visitor came from.
    Direct,
    /// The page that led here is no address.
    UnreadableReferrer,
    /// Came after what it is counted for.
    AfterMilestone,
    /// Has not happened yet.
    InFuture,
    /// Happened too long before.
    OutsideWindow { days: i64 },
    /// The same as an earlier one of the same visit.
    SameSession { other: String, minutes: i64 },
    /// A step from one own page to another.
    OwnPage,
    /// Direct, which is not to count where something else is known.
    DirectLeftOut,
    /// Its channel counts once in a path, and was there before.
    RepeatedChannel { other: String },
    /// Nobody knows when it was.
    Undated,
    /// The only one takes all.
    OnlyTouch,
    /// No other touch is there to take what is left, so the key touches share it.
    KeysShareAll,
    /// One touch is several key touches, and has the weights of all.
    MergedKeys { keys: Vec<KeyTouch> },
    /// No touch stands for a milestone; the others share its weight.
    NoKeyTouch { key: KeyTouch },
    /// All touches are direct, so that the last one takes all.
    AllDirect,
    /// There is no touch: nothing is attributed.
    NoTouch,
    /// Somebody named the campaign that brought the deal.
    PrimaryCampaign { campaign: String },
    /// So many touches came from the campaign.
    CampaignTouches { campaign: String, touches: u64 },
    /// Somebody is in the campaign.
    CampaignMember { campaign: String, status: MemberStatus },
    /// Somebody was added to the campaign after the close.
    MemberAfterClose { campaign: String },
    /// How somebody stands in the campaign does not count.
    MemberStatusLeftOut { campaign: String, status: MemberStatus },
    /// Somebody was in the campaign too long before.
    MemberOutsideWindow { campaign: String, days: i64 },
    /// Somebody in the campaign has no part in the deal.
    NoRole { campaign: String },
}

impl AttributionReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use AttributionReason as R;
        match self {
            R::ByLink { .. } => "by_link",
            R::ByClickId { .. } => "by_click_id",
            R::ByReferrer { .. } => "by_referrer",
            R::ByUnknownReferrer { .. } => "by_unknown_referrer",
            R::ByOwnPage { .. } => "by_own_page",
            R::ByKind { .. } => "by_kind",
            R::Direct => "direct",
            R::UnreadableReferrer => "unreadable_referrer",
            R::AfterMilestone => "after_milestone",
            R::InFuture => "in_future",
            R::OutsideWindow { .. } => "outside_window",
            R::SameSession { .. } => "same_session",
            R::OwnPage => "own_page",
            R::DirectLeftOut => "direct_left_out",
            R::RepeatedChannel { .. } => "repeated_channel",
            R::Undated => "undated",
            R::OnlyTouch => "only_touch",
            R::KeysShareAll => "keys_share_all",
            R::MergedKeys { .. } => "merged_keys",
            R::NoKeyTouch { .. } => "no_key_touch",
            R::AllDirect => "all_direct",
            R::NoTouch => "no_touch",
            R::PrimaryCampaign { .. } => "primary_campaign",
            R::CampaignTouches { .. } => "campaign_touches",
            R::CampaignMember { .. } => "campaign_member",
            R::MemberAfterClose { .. } => "member_after_close",
            R::MemberStatusLeftOut { .. } => "member_status_left_out",
            R::MemberOutsideWindow { .. } => "member_outside_window",
            R::NoRole { .. } => "no_role",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use AttributionReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::ByLink { source, medium, campaign } => {
                for (key, value) in [("source", source), ("medium", medium), ("campaign", campaign)] {
                    if !value.is_empty() {
                        put(key, value.as_str().into());
                    }
                }
            }
            R::ByClickId { name, source } => {
                put("name", name.as_str().into());
                put("source", source.as_str().into());
            }
            R::ByReferrer { host, source } => {
                put("host", host.as_str().into());
                put("source", source.as_str().into());
            }
            R::ByUnknownReferrer { host } | R::ByOwnPage { host } => {
                put("host", host.as_str().into());
            }
            R::ByKind { kind } => {
                put("kind", kind.code().into());
            }
            R::OutsideWindow { days } => {
                put("days", (*days).into());
            }
            R::SameSession { other, minutes } => {
                put("other", other.as_str().into());
                put("minutes", (*minutes).into());
            }
            R::RepeatedChannel { other } => {
                put("other", other.as_str().into());
            }
            R::MergedKeys { keys } => {
                put("keys", keys.iter().map(|key| key.code()).collect::<Vec<_>>().into());
            }
            R::NoKeyTouch { key } => {
                put("key", key.code().into());
            }
            R::PrimaryCampaign { campaign } | R::MemberAfterClose { campaign } | R::NoRole { campaign } => {
                put("campaign", campaign.as_str().into());
            }
            R::CampaignTouches { campaign, touches } => {
                put("campaign", campaign.as_str().into());
                put("touches", (*touches).into());
            }
            R::CampaignMember { campaign, status } | R::MemberStatusLeftOut { campaign, status } => {
                put("campaign", campaign.as_str().into());
                put("status", status.code().into());
            }
            R::MemberOutsideWindow { campaign, days } => {
                put("campaign", campaign.as_str().into());
                put("days", (*days).into());
            }
            R::Direct
            | R::UnreadableReferrer
            | R::AfterMilestone
            | R::InFuture
            | R::OwnPage
            | R::DirectLeftOut
            | R::Undated
            | R::OnlyTouch
            | R::KeysShareAll
            | R::AllDirect
            | R::NoTouch => {}
        }
    }
}
