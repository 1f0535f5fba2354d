//! What changed between two healths, in parts that add up.
//!
//! A measure gives `c = w s / sum(w)`. First the new weights are put on the old scores, which gives the part of the weights;
//! then the scores change, measure by measure; what caps take off more or less is the rest. Everything is exact until it is
//! shown: the parts are rounded down, and what is missing to the change of the shown score goes to the largest remainders.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::sum::{Health, LineState};
use crate::kernel::error::{Problem, Result};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::rational::Rational;
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
    exact: Rational,
    reason: Box<dyn Fn(i64) -> HealthReason>,
}

/// The change of the score as reasons whose points add up to it; where it became or was not known, only that.
///
/// # Errors
/// [`Problem::AmountTooLarge`] of weights and scores beyond what a model may have.
pub fn delta(old: &Standing, new: &Standing) -> Result<Vec<HealthReason>> {
    let (Some(was), Some(is)) = (old.score.zip(old.uncapped), new.score.zip(new.uncapped)) else {
        return Ok(match (old.score, new.score) {
            (None, Some(score)) => vec![HealthReason::BecameKnown { score }],
            (Some(score), None) => vec![HealthReason::BecameUnknown { score }],
            _ => Vec::new(),
        });
    };
    let terms = terms(old, new).ok_or(Problem::AmountTooLarge)?;
    let total = i128::from(is.1).saturating_sub(was.1.into());
    let floors: Vec<i128> = terms.iter().map(|term| term.exact.floor()).collect();
    let mut missing = floors.iter().fold(total, |rest, floor| rest.saturating_sub(*floor));
    let mut order: Vec<(Rational, usize)> = terms.iter().enumerate().map(|(i, term)| (term.exact.rest(), i)).collect();
    order.retain(|(rest, _)| !rest.is_zero());
    order.sort_by_key(|(rest, i)| (std::cmp::Reverse(*rest), *i));
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
    Ok(reasons)
}

/// The parts before caps: the weights first, then each measure by its code.
fn terms(old: &Standing, new: &Standing) -> Option<Vec<Term>> {
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
    // Of nothing that counts, nothing is a share.
    let over = |sum: i128, of: i128| if of > 0 { Rational::new(sum, of) } else { Some(Rational::ZERO) };
    let share = |weight: i64, score: i64, of: i128| over(i128::from(weight).checked_mul(score.into())?, of);
    let products = |pairs: &mut dyn Iterator<Item = (i64, i64)>| {
        let mut sum = 0i128;
        for (weight, score) in pairs {
            sum = sum.checked_add(i128::from(weight).checked_mul(score.into())?)?;
        }
        Some(sum)
    };
    let old_sum = products(&mut before.values().map(|(part, score)| (part.weight, *score)))?;
    let between_sum = products(&mut between.values().copied())?;
    let weights = over(between_sum, of_between)?.minus(over(old_sum, of_old)?)?.over(10_000)?;
    let mut terms = vec![Term { exact: weights, reason: Box::new(|points| HealthReason::WeightsChanged { points }) }];
    let mut codes: Vec<&str> = between.keys().chain(after.keys()).copied().collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        let then = between.get(code).copied();
        let now = after.get(code).map(|(part, score)| (part.weight, *score));
        let part = |of: Option<(i64, i64)>, all: i128| match of {
            Some((weight, score)) => share(weight, score, all),
            None => Some(Rational::ZERO),
        };
        let exact = part(now, of_new)?.minus(part(then, of_between)?)?.over(10_000)?;
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
    Some(terms)
}

/// A score in hundredths, for sentences.
pub(super) fn hundredths(score: i64) -> i64 {
    i64::try_from(crate::kernel::allocate::rounded(score.into(), 10_000)).unwrap_or(0)
}
