//! Credit of touches by models, with what is to be said of it.

use serde_json::{Map, Value as Json};

use super::channel::reasons_json;
use super::model::{Model, ModelName, Path};
use super::prepare::Prepared;
use super::share::Splitter;
use super::touch::Touch;
use crate::kernel::attribution_reason::{AttributionReason, KeyTouch};
use crate::kernel::error::Result;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::lang::Lang;

/// What is divided beside the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// In minor units.
    pub minor_units: i64,
    /// The currency, if it has one.
    pub currency: Option<Currency>,
}

impl Amount {
    pub(super) fn text(self, minor_units: i128) -> String {
        number::plain(minor_units, self.currency.map_or(0, Currency::minor_digits))
    }
}

/// A touch's credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Its place in what was given.
    pub touch: usize,
    /// Millionths; all of a model are a million.
    pub share_micro: i128,
    /// Minor units; all of a model are the amount.
    pub minor_units: Option<i128>,
}

/// What a model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributed {
    /// The model.
    pub model: Model,
    /// The credits in order of the path; none where there is no touch, and all is unattributed.
    pub credits: Vec<Credit>,
    /// What is to be said of it.
    pub reasons: Vec<AttributionReason>,
}

/// Divides by one model.
///
/// # Errors
/// As [`Splitter::split`].
pub fn attribute(
    splitter: &mut Splitter,
    model: &Model,
    prepared: &Prepared,
    amount: Option<Amount>,
) -> Result<Attributed> {
    let path = prepared.path();
    let mut credits: Vec<Credit> = Vec::with_capacity(path.len);
    for (touch, share) in prepared.kept.iter().zip(splitter.shares(model, &path)?) {
        credits.push(Credit { touch: *touch, share_micro: *share, minor_units: None });
    }
    if let Some(amount) = amount {
        let parts = splitter.split(model, &path, i128::from(amount.minor_units))?;
        for (credit, part) in credits.iter_mut().zip(parts) {
            credit.minor_units = Some(*part);
        }
    }
    Ok(Attributed { model: *model, credits, reasons: reasons(model, &path) })
}

fn reasons(model: &Model, path: &Path<'_>) -> Vec<AttributionReason> {
    let mut reasons = Vec::new();
    match path.len {
        0 => reasons.push(AttributionReason::NoTouch),
        1 => reasons.push(AttributionReason::OnlyTouch),
        len => {
            let all_direct = path.direct.len() == len && path.direct.iter().all(|direct| *direct);
            if model.name() == ModelName::LastNonDirect && all_direct {
                reasons.push(AttributionReason::AllDirect);
            }
            let Model::Keys(_, weights) = model else { return reasons };
            let found = model.keys(weights, path);
            let asked = [weights.first, weights.lead, weights.deal, weights.last];
            let mut places: Vec<(usize, Vec<KeyTouch>)> = Vec::new();
            for ((place, key), weight) in found.into_iter().zip(KeyTouch::ALL).zip(asked) {
                match place.map(|(place, _)| place).filter(|place| *place < len) {
                    Some(place) => match places.iter_mut().find(|(other, _)| *other == place) {
                        Some((_, keys)) => keys.push(*key),
                        None => places.push((place, vec![*key])),
                    },
                    None if weight > 0 => reasons.push(AttributionReason::NoKeyTouch { key: *key }),
                    None => {}
                }
            }
            let is_all_keys = places.len() == len;
            let merged = places.into_iter().map(|(_, keys)| keys).filter(|keys| keys.len() > 1);
            reasons.extend(merged.map(|keys| AttributionReason::MergedKeys { keys }));
            if is_all_keys && weights.rest > 0 {
                reasons.push(AttributionReason::KeysShareAll);
            }
        }
    }
    reasons
}

impl Attributed {
    /// As JSON: credits by touch, the same summed by channel, and what nobody gets.
    pub fn to_json(&self, touches: &[Touch], amount: Option<Amount>, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("model".into(), self.model.name().code().into());
        map.insert("settings".into(), self.model.to_json());
        let put = |map: &mut Map<String, Json>, share: i128, minor_units: Option<i128>| {
            map.insert("share_micro".into(), small(share));
            if let (Some(amount), Some(part)) = (amount, minor_units) {
                map.insert("amount_minor".into(), small(part));
                map.insert("amount".into(), amount.text(part).into());
            }
        };
        let mut channels: std::collections::BTreeMap<&str, (i128, Option<i128>)> = std::collections::BTreeMap::new();
        let credits = self.credits.iter().map(|credit| {
            let mut map = Map::new();
            let touch = touches.get(credit.touch);
            map.insert("place".into(), crate::kernel::json::length(credit.touch).into());
            if let Some(touch) = touch {
                if !touch.id.is_empty() {
                    map.insert("touch".into(), touch.id.as_str().into());
                }
                map.insert("label".into(), touch.label.as_str().into());
                let sum = channels.entry(&touch.label).or_insert((0, credit.minor_units.map(|_| 0)));
                sum.0 = sum.0.saturating_add(credit.share_micro);
                sum.1 = sum.1.zip(credit.minor_units).map(|(sum, part)| sum.saturating_add(part));
            }
            put(&mut map, credit.share_micro, credit.minor_units);
            Json::Object(map)
        });
        let credits: Vec<Json> = credits.collect();
        let is_empty = credits.is_empty();
        map.insert("credits".into(), credits.into());
        let channels = channels.into_iter().map(|(label, (share, part))| {
            let mut map = Map::new();
            map.insert("label".into(), label.into());
            put(&mut map, share, part);
            Json::Object(map)
        });
        map.insert("channels".into(), channels.collect());
        if is_empty {
            let mut rest = Map::new();
            put(&mut rest, super::share::WHOLE_MICRO, amount.map(|amount| i128::from(amount.minor_units)));
            map.insert("unattributed".into(), rest.into());
        }
        map.insert("reasons".into(), reasons_json(&self.reasons, lang));
        Json::Object(map)
    }
}

/// A number that is never larger than an amount.
pub(super) fn small(n: i128) -> Json {
    i64::try_from(n).map_or(Json::Null, Json::from)
}
