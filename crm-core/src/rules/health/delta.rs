//! What changed between two healths, in parts that add up.
//!
//! A measure gives `c = w s / sum(w)`. First the new weights are put on the old scores, which gives the part of the weights;
//! then the scores change, measure by measure; what caps take off more or less is the rest. Everything is exact until it is
//! shown: the parts are rounded down, and what is missing to the change of the shown score goes to the largest remainders.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::exact::Exact;
use super::sum::{Health, LineState};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::reason::Name;

/// What a later health is compared with: of a health the measures and the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is shown, in hundredths.
    pub score: Option<i64>,
    /// The same before caps.
    pub uncapped: Option<i64>,
    /// The measures.
    pub parts: Vec<Part>,
}

/// A measure of a standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub name: Name,
    /// Its weight in the model, in millionths.
    pub nominal: i64,
    /// The weight with which it counts.
    pub weight: i64,
    /// Its score, in millionths; none where it does not count.
    pub score: Option<i64>,
}

impl Health {
    /// What a later health is compared with.
    pub fn standing(&self) -> Standing {
        let part = |line: &super::sum::Line| Part {
            name: line.name.clone(),
            nominal: line.nominal,
            weight: line.weight,
            score: line.score.filter(|_| line.state != LineState::LeftOut),
        };
        Standing { score: self.score, uncapped: self.uncapped, parts: self.lines.iter().map(part).collect() }
    }
}

impl Standing {
    /// As it is kept.
    pub fn to_json(&self) -> Json {
        let part = |part: &Part| json!([part.name.id, part.nominal, part.weight, part.score]);
        json!({"score": self.score, "uncapped": self.uncapped, "parts": self.parts.iter().map(part).collect::<Vec<_>>()})
    }

    /// As it was kept; measures are called what `name` calls them.
    pub fn from_json(json: &Json, name: impl Fn(&str) -> Name) -> Option<Self> {
        let part = |json: &Json| {
            Some(Part {
                name: name(json.get(0)?.as_str()?),
                nominal: json.get(1)?.as_i64()?,
                weight: json.get(2)?.as_i64()?,
                score: json.get(3)?.as_i64(),
            })
        };
        Some(Self {
            score: json.get("score")?.as_i64(),
            uncapped: json.get("uncapped")?.as_i64(),
            parts: json.get("parts")?.as_array()?.iter().map(part).collect::<Option<_>>()?,
        })
    }

    fn counted(&self) -> BTreeMap<&str, (&Part, i64)> {
        self.parts.iter().filter_map(|part| Some((part.name.id.as_str(), (part, part.score?)))).collect()
    }
}

/// One part of a change, in hundredths of a point.
struct Term {
    exact: Exact,
    reason: Box<dyn Fn(i64) -> HealthReason>,
}

/// The change of the score as reasons whose points add up to it; where it became or was not known, only that.
pub fn delta(old: &Standing, new: &Standing) -> Vec<HealthReason> {
    let (Some(was), Some(is)) = (old.score.zip(old.uncapped), new.score.zip(new.uncapped)) else {
        return match (old.score, new.score) {
            (None, Some(score)) => vec![HealthReason::BecameKnown { score }],
            (Some(score), None) => vec![HealthReason::BecameUnknown { score }],
            _ => Vec::new(),
        };
    };
    let terms = terms(old, new);
    let total = i128::from(is.1).saturating_sub(was.1.into());
    let floors: Vec<i128> = terms.iter().map(|term| term.exact.floor()).collect();
    let mut missing = floors.iter().fold(total, |rest, floor| rest.saturating_sub(*floor));
    let mut order: Vec<(u64, usize)> = terms.iter().enumerate().map(|(i, term)| (term.exact.decimals(), i)).collect();
    order.retain(|(decimals, _)| *decimals > 0);
    order.sort_by_key(|(decimals, i)| (std::cmp::Reverse(*decimals), *i));
    let mut points = floors;
    for (_, i) in order {
        if let Some(point) = points.get_mut(i).filter(|_| missing > 0) {
            *point = point.saturating_add(1);
            missing = missing.saturating_sub(1);
        }
    }
    let shown = |points: &i128| i64::try_from(*points).unwrap_or(0);
    let mut reasons: Vec<HealthReason> = terms
        .iter()
        .zip(&points)
        .filter(|(term, points)| !term.exact.is_zero() || **points != 0)
        .map(|(term, points)| (term.reason)(shown(points)))
        .collect();
    let capped = is.0.saturating_sub(is.1).saturating_sub(was.0.saturating_sub(was.1));
    if capped != 0 {
        reasons.push(HealthReason::CapsChanged { points: capped });
    }
    reasons
}

/// The parts before caps: the weights first, then each measure by its code.
fn terms(old: &Standing, new: &Standing) -> Vec<Term> {
    let (before, after) = (old.counted(), new.counted());
    // Old scores of measures that the new model still has, with its weights.
    let nominal: BTreeMap<&str, i64> = new.parts.iter().map(|part| (part.name.id.as_str(), part.nominal)).collect();
    let mut between: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (code, (part, score)) in &before {
        let weight = match (after.get(code), nominal.get(code)) {
            (Some((now, _)), _) => now.weight,
            // Not known any more: the weight that it had, unless the model says another.
            (None, Some(nominal)) if *nominal == part.nominal => part.weight,
            (None, Some(nominal)) => *nominal,
            (None, None) => continue,
        };
        between.insert(code, (weight, *score));
    }
    let all = |weights: &mut dyn Iterator<Item = i64>| weights.map(i128::from).sum::<i128>();
    let of_old = all(&mut before.values().map(|(part, _)| part.weight));
    let of_between = all(&mut between.values().map(|(weight, _)| *weight));
    let of_new = all(&mut after.values().map(|(part, _)| part.weight));
    // Scores are millionths of a point, points are shown in hundredths.
    let share = |weight: i64, score: i64, of: i128| Exact::new(i128::from(weight).saturating_mul(score.into()), of);
    let products = |pairs: &mut dyn Iterator<Item = (i64, i64)>| {
        pairs.map(|(weight, score)| i128::from(weight).saturating_mul(score.into())).sum::<i128>()
    };
    let old_sum = products(&mut before.values().map(|(part, score)| (part.weight, *score)));
    let between_sum = products(&mut between.values().copied());
    let weights = Exact::new(between_sum, of_between).minus(Exact::new(old_sum, of_old)).over(10_000);
    let mut terms = vec![Term { exact: weights, reason: Box::new(|points| HealthReason::WeightsChanged { points }) }];
    let mut codes: Vec<&str> = between.keys().chain(after.keys()).copied().collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        let then = between.get(code).copied();
        let now = after.get(code).map(|(part, score)| (part.weight, *score));
        let part =
            |of: Option<(i64, i64)>, all: i128| of.map_or(Exact::ZERO, |(weight, score)| share(weight, score, all));
        let exact = part(now, of_new).minus(part(then, of_between)).over(10_000);
        let named = |standing: &BTreeMap<&str, (&Part, i64)>| standing.get(code).map(|(part, _)| part.name.clone());
        let Some(name) = named(&after).or_else(|| named(&before)) else { continue };
        let (from, to) = (then.map(|(_, score)| hundredths(score)), now.map(|(_, score)| hundredths(score)));
        let same = then.map(|(_, score)| score) == now.map(|(_, score)| score);
        terms.push(Term {
            exact,
            reason: Box::new(move |points| {
                let name = name.clone();
                match (from, to) {
                    (Some(_), Some(_)) if same => HealthReason::ShareChanged { name, points },
                    (Some(from), Some(to)) => HealthReason::MeasureChanged { name, from, to, points },
                    (None, Some(to)) => HealthReason::MeasureAppeared { name, to, points },
                    (Some(from), None) => HealthReason::MeasureGone { name, from, points },
                    (None, None) => HealthReason::ShareChanged { name, points },
                }
            }),
        });
    }
    terms
}

/// A score in hundredths, for sentences.
pub(super) fn hundredths(score: i64) -> i64 {
    i64::try_from(crate::kernel::allocate::rounded(score.into(), 10_000)).unwrap_or(0)
}
