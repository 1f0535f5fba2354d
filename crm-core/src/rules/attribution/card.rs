//! The card: first touch, last touch, campaigns that had a part, and the latest touches.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::attribute::{Amount, Attributed, attribute, small};
use super::model::Model;
use super::prepare::{Milestones, Prepared};
use super::settings::PathOptions;
use super::share::{Splitter, WHOLE_MICRO};
use super::touch::Touch;
use crate::kernel::allocate::Division;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::Result;
use crate::kernel::json::length;
use crate::kernel::reason::Reason;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;

/// What a campaign had to do with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignPart {
    /// Its code.
    pub campaign: String,
    /// How many touches that count came from it.
    pub touches: u64,
    /// The first of them.
    pub first: Option<Instant>,
    /// The last of them.
    pub last: Option<Instant>,
    /// Its touches among all that count, in millionths; touches without a campaign have the rest.
    pub share_micro: i128,
}

/// The card of somebody. Touches are places in what was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The first of all, whole as it was: what it does not say is never filled from a later one.
    pub first_touch: Option<usize>,
    /// The last one.
    pub last_touch: Option<usize>,
    /// The last one of which something is known.
    pub last_non_direct: Option<usize>,
    /// Campaigns by their share, the largest first.
    pub campaigns: Vec<CampaignPart>,
    /// The latest touches, the latest first.
    pub trail: Vec<usize>,
    /// Touches that models leave out, with why.
    pub left_out: Vec<(usize, AttributionReason)>,
    /// What the models say.
    pub models: Vec<Attributed>,
    /// How many touches have happened.
    pub touches: u64,
}

/// How a card is made.
#[derive(Clone, Debug)]
pub struct CardOptions<'a> {
    /// What the path leads to.
    pub milestones: &'a Milestones,
    /// How the path is prepared.
    pub paths: &'a PathOptions,
    /// The models.
    pub models: &'a [Model],
    /// What they divide.
    pub amount: Option<Amount>,
    /// How many of the latest touches are shown.
    pub trail: usize,
    /// Now.
    pub at: Option<Instant>,
}

impl Card {
    /// The card of some touches.
    ///
    /// # Errors
    /// A milestone that names no touch.
    pub fn new(touches: &[Touch], options: &CardOptions<'_>) -> Result<Card> {
        // Everything that happened, whatever it leads to and however it counts.
        let whole = PathOptions {
            session_minutes: 0,
            window_days: None,
            direct: super::settings::DirectUse::Keep,
            unique: None,
        };
        let all = Prepared::new(touches, &Milestones::default(), &whole, options.at)?;
        let prepared = Prepared::new(touches, options.milestones, options.paths, options.at)?;
        let happened =
            |(place, against): &(usize, AttributionReason)| (*against == AttributionReason::OwnPage).then_some(*place);
        let mut trail: Vec<usize> = all.kept.iter().copied().chain(all.left_out.iter().filter_map(happened)).collect();
        trail.sort_by_cached_key(|place| touches.get(*place).map(|t| (t.at, t.id.clone())));
        trail.reverse();
        let count = length(trail.len());
        trail.truncate(options.trail);
        let is_known = |place: &&usize| touches.get(**place).is_some_and(|touch| !touch.channel.is_direct());
        let mut splitter = Splitter::default();
        let models = options.models.iter().map(|model| attribute(&mut splitter, model, &prepared, options.amount));
        Ok(Card {
            first_touch: all.kept.first().copied(),
            last_touch: all.kept.last().copied(),
            last_non_direct: all.kept.iter().rev().find(is_known).copied(),
            campaigns: campaigns(touches, &prepared.kept)?,
            trail,
            models: models.collect::<Result<_>>()?,
            left_out: prepared.left_out,
            touches: count,
        })
    }

    /// As JSON, each touch whole and each reason with its sentence if a language is given.
    pub fn to_json(&self, touches: &[Touch], amount: Option<Amount>, lang: Option<Lang>) -> Json {
        let whole = |place: &usize| touches.get(*place).map(|touch| Json::Object(touch.to_json(lang)));
        let one = |place: Option<usize>| place.as_ref().and_then(whole).unwrap_or(Json::Null);
        let mut map = Map::new();
        map.insert("touches".into(), self.touches.into());
        map.insert("first_touch".into(), one(self.first_touch));
        map.insert("last_touch".into(), one(self.last_touch));
        map.insert("last_non_direct".into(), one(self.last_non_direct));
        map.insert("influenced_campaigns".into(), self.campaigns.iter().map(|part| part.to_json(lang)).collect());
        map.insert("trail".into(), self.trail.iter().filter_map(whole).collect());
        let models = self.models.iter().map(|model| model.to_json(touches, amount, lang));
        map.insert("models".into(), models.collect());
        map.insert("left_out".into(), left_out_json(&self.left_out, touches, lang));
        Json::Object(map)
    }
}

/// Touches that do not count, with why.
pub(super) fn left_out_json(left_out: &[(usize, AttributionReason)], touches: &[Touch], lang: Option<Lang>) -> Json {
    let one = |(place, against): &(usize, AttributionReason)| {
        let mut map = Map::new();
        map.insert("place".into(), length(*place).into());
        if let Some(touch) = touches.get(*place).filter(|touch| !touch.id.is_empty()) {
            map.insert("touch".into(), touch.id.as_str().into());
        }
        let reason = Reason::Attribution(against.clone()).to_json(lang);
        map.insert("reasons".into(), Json::Array(vec![Json::Object(reason)]));
        Json::Object(map)
    };
    left_out.iter().map(one).collect()
}

fn campaigns(touches: &[Touch], kept: &[usize]) -> Result<Vec<CampaignPart>> {
    let mut parts: BTreeMap<&str, CampaignPart> = BTreeMap::new();
    let mut others = 0u128;
    for touch in kept.iter().filter_map(|place| touches.get(*place)) {
        let campaign = touch.channel.campaign.as_str();
        if campaign.is_empty() {
            others = others.saturating_add(1);
            continue;
        }
        let part = parts.entry(campaign).or_insert_with(|| CampaignPart {
            campaign: campaign.to_owned(),
            touches: 0,
            first: touch.at,
            last: touch.at,
            share_micro: 0,
        });
        part.touches = part.touches.saturating_add(1);
        part.last = touch.at;
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts: Vec<CampaignPart> = parts.into_values().collect();
    let weights: Vec<u128> = parts.iter().map(|part| u128::from(part.touches)).chain([others]).collect();
    for (part, share) in parts.iter_mut().zip(Division::default().divide(WHOLE_MICRO, &weights)?) {
        part.share_micro = *share;
    }
    parts.sort_by(|a, b| b.touches.cmp(&a.touches).then_with(|| (a.first, &a.campaign).cmp(&(b.first, &b.campaign))));
    Ok(parts)
}

impl CampaignPart {
    fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("campaign".into(), self.campaign.as_str().into());
        map.insert("touches".into(), self.touches.into());
        map.insert("first".into(), self.first.map(format_instant).into());
        map.insert("last".into(), self.last.map(format_instant).into());
        map.insert("share_micro".into(), small(self.share_micro));
        let reason = AttributionReason::CampaignTouches { campaign: self.campaign.clone(), touches: self.touches };
        map.insert("reasons".into(), super::channel::reasons_json(&[reason], lang));
        Json::Object(map)
    }
}
