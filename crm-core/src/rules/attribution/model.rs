//! How credit is divided between the touches of a path.

use serde_json::{Value as Json, json};

use super::decay::decayed;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::rules::check;
use crate::rules::read::Object;

/// Basis points of the whole.
pub(super) const WHOLE_BP: u32 = 10_000;
/// Days after which a touch counts half, unless a model says otherwise.
pub(super) const HALF_LIFE_DAYS: i64 = 7;
/// Most days of a half-life.
const MOST_DAYS: i64 = 3_650;

coded! {
    /// The models by their names.
    ModelName {
        /// All to the first touch.
        First = "first",
        /// All to the last touch.
        Last = "last",
        /// All to the last touch that is not direct; to the last one where all are.
        LastNonDirect = "last_non_direct",
        /// The same to each.
        Linear = "linear",
        /// 40 % to the first touch, 40 % to the one of the lead's creation, 20 % to the others.
        UShape = "u_shape",
        /// 30 % each to the first touch, the lead's and the deal's creation, 10 % to the others.
        WShape = "w_shape",
        /// 22.5 % each to the first touch, the lead's creation, the deal's creation and the close, 10 % to the others.
        FullPath = "full_path",
        /// The later, the more: half for each half-life before the last touch.
        TimeDecay = "time_decay",
        /// One part to the first touch, two to the second, three to the third ...
        Rank = "rank",
        /// Own weights for the first and the last touch, what is left to the others.
        Position = "position",
        /// 20 % to the first touch, 60 % to the last, 20 % to the others.
        JShape = "j_shape",
        /// 60 % to the first touch, 20 % to the last, 20 % to the others.
        InverseJ = "inverse_j",
        /// Own weights for every key touch.
        Custom = "custom",
    }
}

/// Weights of key touches in basis points; together they are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyWeights {
    /// The first touch.
    pub first: u32,
    /// The last touch at or before the lead's creation.
    pub lead: u32,
    /// The last touch at or before the deal's creation.
    pub deal: u32,
    /// The last touch.
    pub last: u32,
    /// All others together, the same to each.
    pub rest: u32,
}

/// A model with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// All to the last touch that is not direct; to the last one where all are.
    LastNonDirect,
    /// The same to each.
    Linear,
    /// One part to the first, two to the second, three to the third ...
    Rank,
    /// Weights of key touches, under the name that stands for them.
    Keys(ModelName, KeyWeights),
    /// Half for each half-life before the last touch.
    TimeDecay {
        /// Microseconds, more than zero.
        half_life_micros: u64,
    },
}

/// The touches of one path in order, as far as models need to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path<'a> {
    /// How many touches there are.
    pub len: usize,
    /// When each was, in microseconds, in order; empty where nobody knows, and each is a half-life apart.
    pub at: &'a [i64],
    /// Which are direct; empty where none is.
    pub direct: &'a [bool],
    /// The place of the touch that made the lead; a place that is not there if no touch did, `None` if nobody asked.
    pub lead: Option<usize>,
    /// The same of the deal.
    pub deal: Option<usize>,
}

impl Model {
    /// A model by its name, with the usual parameters.
    pub const fn named(name: ModelName) -> Model {
        const fn keys(name: ModelName, first: u32, lead: u32, deal: u32, last: u32) -> Model {
            let rest = WHOLE_BP.saturating_sub(first).saturating_sub(lead).saturating_sub(deal).saturating_sub(last);
            Model::Keys(name, KeyWeights { first, lead, deal, last, rest })
        }
        match name {
            ModelName::First => Model::First,
            ModelName::Last => Model::Last,
            ModelName::LastNonDirect => Model::LastNonDirect,
            ModelName::Linear => Model::Linear,
            ModelName::Rank => Model::Rank,
            ModelName::UShape => keys(name, 4_000, 4_000, 0, 0),
            ModelName::WShape => keys(name, 3_000, 3_000, 3_000, 0),
            ModelName::FullPath => keys(name, 2_250, 2_250, 2_250, 2_250),
            ModelName::TimeDecay => Model::TimeDecay { half_life_micros: micros(HALF_LIFE_DAYS) },
            ModelName::Position | ModelName::Custom => keys(name, 4_000, 0, 0, 4_000),
            ModelName::JShape => keys(name, 2_000, 0, 0, 6_000),
            ModelName::InverseJ => keys(name, 6_000, 0, 0, 2_000),
        }
    }

    /// Its name.
    pub const fn name(&self) -> ModelName {
        match self {
            Model::First => ModelName::First,
            Model::Last => ModelName::Last,
            Model::LastNonDirect => ModelName::LastNonDirect,
            Model::Linear => ModelName::Linear,
            Model::Rank => ModelName::Rank,
            Model::Keys(name, _) => *name,
            Model::TimeDecay { .. } => ModelName::TimeDecay,
        }
    }

    /// Reads a name, or `{"model": "position", "first_bp": 3000, "last_bp": 7000}`,
    /// `{"model": "time_decay", "half_life_days": 14}`,
    /// `{"model": "custom", "first_bp": 2500, "lead_bp": 2500, "deal_bp": 0, "last_bp": 2500, "rest_bp": 2500}`.
    ///
    /// # Errors
    /// Another name, parameters of another model, weights that are more than the whole or, of `custom`, not the whole.
    pub fn from_json(json: &Json) -> Result<Self> {
        if json.is_string() {
            return Ok(Model::named(name_of(json)?));
        }
        const KEYS: &[&str] = &["model", "half_life_days", "first_bp", "lead_bp", "deal_bp", "last_bp", "rest_bp"];
        let o = Object::new(json, KEYS)?;
        let name = name_of(o.required("model")?).map_err(|e| e.at("model"))?;
        let own: &[&str] = match name {
            ModelName::TimeDecay => &["half_life_days"],
            ModelName::Position => &["first_bp", "last_bp"],
            ModelName::Custom => &["first_bp", "lead_bp", "deal_bp", "last_bp", "rest_bp"],
            _ => &[],
        };
        if let Some(other) = KEYS.iter().skip(1).find(|key| !own.contains(key) && o.get(key).is_some()) {
            let found = (*other).to_owned();
            return Err(Problem::UnknownOption { found, expected: &["model"] }.into());
        }
        let points = |key: &str, otherwise: i64| {
            let found = o.optional_integer(key)?.unwrap_or(otherwise);
            check::between(found, 0, i64::from(WHOLE_BP)).map_err(|e| e.at(key))?;
            Ok::<_, Error>(u32::try_from(found).unwrap_or(0))
        };
        let not_whole = |sum: u32| {
            let (found, whole) = (sum.to_string(), WHOLE_BP.to_string());
            Error::from(Problem::OutOfRange { found, least: whole.clone(), most: whole })
        };
        match name {
            ModelName::TimeDecay => {
                let days = o.optional_integer("half_life_days")?.unwrap_or(HALF_LIFE_DAYS);
                check::between(days, 1, MOST_DAYS).map_err(|e| e.at("half_life_days"))?;
                Ok(Model::TimeDecay { half_life_micros: micros(days) })
            }
            ModelName::Position => {
                let (first, last) = (points("first_bp", 4_000)?, points("last_bp", 4_000)?);
                let ends = first.saturating_add(last);
                let rest = WHOLE_BP.checked_sub(ends).ok_or_else(|| {
                    let (found, most) = (ends.to_string(), WHOLE_BP.to_string());
                    Error::from(Problem::OutOfRange { found, least: "0".into(), most }).at("last_bp")
                })?;
                Ok(Model::Keys(name, KeyWeights { first, lead: 0, deal: 0, last, rest }))
            }
            ModelName::Custom => {
                let (first, lead, deal) = (points("first_bp", 0)?, points("lead_bp", 0)?, points("deal_bp", 0)?);
                let (last, rest) = (points("last_bp", 0)?, points("rest_bp", 0)?);
                let sum = [first, lead, deal, last, rest].into_iter().fold(0, u32::saturating_add);
                if sum == 0 {
                    return Err(Problem::Rules { detail: RulesProblem::AllZero }.into());
                }
                if sum != WHOLE_BP {
                    return Err(not_whole(sum));
                }
                Ok(Model::Keys(name, KeyWeights { first, lead, deal, last, rest }))
            }
            _ => Ok(Model::named(name)),
        }
    }

    /// The model with its parameters, as [`Model::from_json`] reads it.
    pub fn to_json(&self) -> Json {
        let name = self.name();
        match (self, name) {
            (Model::TimeDecay { half_life_micros }, _) => {
                json!({"model": name.code(), "half_life_days": half_life_micros.checked_div(micros(1)).unwrap_or(0)})
            }
            (Model::Keys(_, w), ModelName::Position) => {
                json!({"model": name.code(), "first_bp": w.first, "last_bp": w.last})
            }
            (Model::Keys(_, w), ModelName::Custom) => json!({
                "model": name.code(), "first_bp": w.first, "lead_bp": w.lead, "deal_bp": w.deal, "last_bp": w.last,
                "rest_bp": w.rest,
            }),
            _ => name.code().into(),
        }
    }

    /// What each touch of a path weighs, in whole numbers; `out` is emptied first. No touch, no weight; otherwise the sum
    /// is more than zero.
    pub fn weigh(&self, path: &Path<'_>, out: &mut Vec<u128>) {
        out.clear();
        let Some(last) = path.len.checked_sub(1) else { return };
        let one = |out: &mut Vec<u128>, place: usize| {
            out.resize(path.len, 0);
            if let Some(weight) = out.get_mut(place) {
                *weight = 1;
            }
        };
        match self {
            Model::First => one(out, 0),
            Model::Last => one(out, last),
            Model::LastNonDirect => {
                let direct = |place: &usize| path.direct.get(*place).copied().unwrap_or(false);
                one(out, (0..path.len).rev().find(|place| !direct(place)).unwrap_or(last));
            }
            Model::Linear => out.resize(path.len, 1),
            Model::Rank => out.extend((1..).take(path.len)),
            Model::TimeDecay { half_life_micros } => match path.at.get(last) {
                Some(end) => out.extend(path.at.iter().take(path.len).map(|at| {
                    let age = end.saturating_sub(*at);
                    u128::from(decayed(u64::try_from(age).unwrap_or(0), *half_life_micros))
                })),
                None => {
                    out.extend((0..path.len).rev().map(|age| u128::from(decayed(crate::kernel::json::length(age), 1))))
                }
            },
            Model::Keys(_, weights) => {
                out.resize(path.len, 0);
                let mut is_key = false;
                let mut sum = 0u128;
                for (place, weight) in self.keys(weights, path).into_iter().flatten() {
                    if let Some(out) = out.get_mut(place) {
                        *out = out.saturating_add(u128::from(weight));
                        sum = sum.saturating_add(u128::from(weight));
                        is_key = true;
                    }
                }
                let others = u128::from(crate::kernel::json::length(out.iter().filter(|w| **w == 0).count()));
                let rest = u128::from(weights.rest);
                if others == 0 || rest == 0 && is_key {
                    return;
                }
                for weight in out.iter_mut() {
                    *weight = if *weight == 0 { rest.max(u128::from(sum == 0)) } else { weight.saturating_mul(others) };
                }
            }
        }
    }

    /// The places of the key touches of a path with their weights; `None` where the path has no such touch. A milestone
    /// that nobody named is the last touch where the model ends with it.
    pub(super) fn keys(&self, weights: &KeyWeights, path: &Path<'_>) -> [Option<(usize, u32)>; 4] {
        let last = path.len.saturating_sub(1);
        let ends_with = |own: ModelName| (self.name() == own).then_some(last);
        let lead = path.lead.or(ends_with(ModelName::UShape));
        let deal = path.deal.or(ends_with(ModelName::WShape));
        [(Some(0), weights.first), (lead, weights.lead), (deal, weights.deal), (Some(last), weights.last)]
            .map(|(place, weight)| place.filter(|_| weight > 0).map(|place| (place, weight)))
    }
}

/// Days in microseconds.
pub(super) const fn micros(days: i64) -> u64 {
    days.unsigned_abs().saturating_mul(86_400_000_000)
}

fn name_of(json: &Json) -> Result<ModelName> {
    crate::rules::read::coded(json, ModelName::from_code, ModelName::CODES)
}
