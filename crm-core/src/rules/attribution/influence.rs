//! Which campaigns had a part in a deal. What is after the close changes nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::attribute::{Amount, small};
use super::channel::reasons_json;
use super::model::micros;
use super::settings::{InfluenceBy, InfluenceOptions};
use super::share::WHOLE_MICRO;
use crate::kernel::allocate::Division;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::coded::coded;
use crate::kernel::error::Result;
use crate::kernel::marketing::MemberStatus;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;

coded! {
    /// How a deal is divided between campaigns.
    InfluenceModel {
        /// All to the campaign that somebody named; without one, as `even`.
        Primary = "primary",
        /// All to the one that came first.
        First = "first",
        /// All to the one that came last.
        Last = "last",
        /// The same to each.
        Even = "even",
        /// To each as it has touches and members.
        Touches = "touches",
    }
}

/// Something that ties a campaign to a deal's people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The campaign.
    pub campaign: String,
    /// When it was: a touch, or when somebody became what the person is in the campaign.
    pub at: Option<Instant>,
    /// How the person stands in the campaign; `None` of a touch.
    pub member: Option<MemberStatus>,
    /// Whether the person has a part in the deal, and does not only belong to its account.
    pub has_role: bool,
}

/// What a deal's influence is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InfluencedDeal {
    /// When it ended; what is later does not count.
    pub closed_at: Option<Instant>,
    /// Until when it is counted: its end, or now.
    pub until: Option<Instant>,
    /// The campaign that somebody named.
    pub primary: String,
}

/// A campaign's part in a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Influence {
    /// The campaign.
    pub campaign: String,
    /// How many touches and memberships count.
    pub ties: u64,
    /// The first.
    pub first: Option<Instant>,
    /// The last.
    pub last: Option<Instant>,
    /// Its part in millionths.
    pub share_micro: i128,
    /// The same of the amount in minor units.
    pub minor_units: Option<i128>,
    /// Why.
    pub reasons: Vec<AttributionReason>,
}

/// All campaigns' parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Influenced {
    /// Campaigns by when they came first.
    pub campaigns: Vec<Influence>,
    /// What does not count, by its place in what was given.
    pub left_out: Vec<(usize, AttributionReason)>,
}

impl Influenced {
    /// Divides a deal between the campaigns that its people were in.
    ///
    /// # Errors
    /// None with an amount of 63 bits.
    pub fn new(
        deal: &InfluencedDeal,
        ties: &[Tie],
        options: &InfluenceOptions,
        model: InfluenceModel,
        amount: Option<Amount>,
    ) -> Result<Influenced> {
        let mut influenced = Influenced::default();
        let mut campaigns: BTreeMap<&str, Influence> = BTreeMap::new();
        let mut order: Vec<usize> = (0..ties.len()).collect();
        order.sort_by_cached_key(|place| ties.get(*place).map(|tie| (tie.at, tie.campaign.clone(), *place)));
        for place in order {
            let Some(tie) = ties.get(place) else { continue };
            if let Some(against) = against(deal, tie, options) {
                influenced.left_out.push((place, against));
                continue;
            }
            let part = campaigns.entry(&tie.campaign).or_insert_with(|| Influence {
                campaign: tie.campaign.clone(),
                ties: 0,
                first: tie.at,
                last: tie.at,
                share_micro: 0,
                minor_units: None,
                reasons: Vec::new(),
            });
            part.ties = part.ties.saturating_add(1);
            part.last = tie.at;
            let campaign = || tie.campaign.clone();
            let counted = part.reasons.iter_mut().find_map(|reason| match reason {
                AttributionReason::CampaignTouches { touches, .. } => Some(touches),
                _ => None,
            });
            match (tie.member, counted) {
                (Some(status), _) => {
                    let reason = AttributionReason::CampaignMember { campaign: campaign(), status };
                    if !part.reasons.contains(&reason) {
                        part.reasons.push(reason);
                    }
                }
                (None, Some(touches)) => *touches = touches.saturating_add(1),
                (None, None) => {
                    part.reasons.push(AttributionReason::CampaignTouches { campaign: campaign(), touches: 1 });
                }
            }
        }
        influenced.left_out.sort_by_key(|(place, _)| *place);
        let is_primary = model == InfluenceModel::Primary && !deal.primary.is_empty();
        if is_primary {
            let part = campaigns.entry(&deal.primary).or_insert_with(|| Influence {
                campaign: deal.primary.clone(),
                ties: 0,
                first: None,
                last: None,
                share_micro: 0,
                minor_units: None,
                reasons: Vec::new(),
            });
            part.reasons.insert(0, AttributionReason::PrimaryCampaign { campaign: deal.primary.clone() });
        }
        let mut parts: Vec<Influence> = campaigns.into_values().collect();
        parts.sort_by(|a, b| (a.first, &a.campaign).cmp(&(b.first, &b.campaign)));
        let end = match model {
            InfluenceModel::First => parts.first(),
            InfluenceModel::Last => parts.iter().max_by(|a, b| (a.last, &b.campaign).cmp(&(b.last, &a.campaign))),
            _ => None,
        };
        let end = end.map(|part| part.campaign.clone());
        let weight = |part: &Influence| match model {
            InfluenceModel::Primary if is_primary => u128::from(part.campaign == deal.primary),
            InfluenceModel::First | InfluenceModel::Last => u128::from(Some(&part.campaign) == end.as_ref()),
            InfluenceModel::Touches => u128::from(part.ties),
            InfluenceModel::Primary | InfluenceModel::Even => 1,
        };
        let weights: Vec<u128> = parts.iter().map(weight).collect();
        if !weights.is_empty() {
            let mut division = Division::default();
            for (part, share) in parts.iter_mut().zip(division.divide(WHOLE_MICRO, &weights)?) {
                part.share_micro = *share;
            }
            if let Some(amount) = amount {
                let divided = division.divide(i128::from(amount.minor_units), &weights)?;
                for (part, minor_units) in parts.iter_mut().zip(divided) {
                    part.minor_units = Some(*minor_units);
                }
            }
        }
        influenced.campaigns = parts;
        Ok(influenced)
    }

    /// As JSON.
    pub fn to_json(&self, amount: Option<Amount>, lang: Option<Lang>) -> Map<String, Json> {
        let part = |part: &Influence| {
            let mut map = Map::new();
            map.insert("campaign".into(), part.campaign.as_str().into());
            map.insert("ties".into(), part.ties.into());
            map.insert("first".into(), part.first.map(format_instant).into());
            map.insert("last".into(), part.last.map(format_instant).into());
            map.insert("share_micro".into(), small(part.share_micro));
            if let (Some(amount), Some(minor_units)) = (amount, part.minor_units) {
                map.insert("amount_minor".into(), small(minor_units));
                map.insert("amount".into(), amount.text(minor_units).into());
            }
            map.insert("reasons".into(), reasons_json(&part.reasons, lang));
            Json::Object(map)
        };
        let against = |(place, against): &(usize, AttributionReason)| serde_json::json!({"place": place, "reasons": reasons_json(std::slice::from_ref(against), lang)});
        let mut map = Map::new();
        map.insert("campaigns".into(), self.campaigns.iter().map(part).collect());
        map.insert("left_out".into(), self.left_out.iter().map(against).collect());
        if self.campaigns.is_empty() {
            map.insert("reasons".into(), reasons_json(&[AttributionReason::NoTouch], lang));
        }
        map
    }
}

fn against(deal: &InfluencedDeal, tie: &Tie, options: &InfluenceOptions) -> Option<AttributionReason> {
    let campaign = || tie.campaign.clone();
    let is_later = |end: Option<Instant>| tie.at.zip(end).is_some_and(|(at, end)| at > end);
    if is_later(deal.closed_at) {
        return Some(match tie.member {
            Some(_) => AttributionReason::MemberAfterClose { campaign: campaign() },
            None => AttributionReason::AfterMilestone,
        });
    }
    if is_later(deal.until) {
        return Some(AttributionReason::InFuture);
    }
    if let Some(status) = tie.member.filter(|status| !options.statuses.contains(status)) {
        return Some(AttributionReason::MemberStatusLeftOut { campaign: campaign(), status });
    }
    if options.by == InfluenceBy::Role && !tie.has_role {
        return Some(AttributionReason::NoRole { campaign: campaign() });
    }
    let days = options.window_days?;
    let (at, end) = (tie.at?, deal.closed_at.or(deal.until)?);
    let age = end.timestamp_micros().saturating_sub(at.timestamp_micros());
    (u64::try_from(age).unwrap_or(0) > micros(days)).then(|| match tie.member {
        Some(_) => AttributionReason::MemberOutsideWindow { campaign: campaign(), days },
        None => AttributionReason::OutsideWindow { days },
    })
}
