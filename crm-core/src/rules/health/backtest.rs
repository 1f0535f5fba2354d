//! Whether a score told anything: bands against what happened.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::bands::{Bands, UNKNOWN};
use crate::kernel::rational::Rational;

/// One customer: the score then, in millionths where it was known, and what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The score.
    pub score: Option<i64>,
    /// What happened; none where nobody knows yet.
    pub outcome: Option<String>,
}

/// The table of bands and outcomes, and how well the score separates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backtest {
    /// The bands, the lowest first, then `unknown` for scores that are not known or in no band, where there are any.
    pub bands: Vec<(String, BTreeMap<String, u64>)>,
    /// The outcomes, by their words.
    pub outcomes: Vec<String>,
    /// Rows without an outcome: they are in no number here.
    pub without_outcome: u64,
    /// Rows whose score is not known: they are in the table, and not in the separation.
    pub without_score: u64,
    /// Twice the number of pairs that are in the right order, ties counting one, and twice the number of all pairs; none
    /// where there is no pair.
    pub separation: Option<(u128, u128)>,
}

/// Counts. A pair is a customer with the outcome `good` and one with another; it is in the right order where the first
/// has the higher score, and half in order where both have the same.
pub fn backtest(rows: &[Observation], bands: &Bands, good: &str) -> Backtest {
    let told: Vec<(Option<i64>, &str)> =
        rows.iter().filter_map(|row| Some((row.score, row.outcome.as_deref()?))).collect();
    let mut outcomes: Vec<String> = told.iter().map(|(_, outcome)| (*outcome).to_owned()).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    let mut table: Vec<(String, BTreeMap<String, u64>)> =
        bands.all().iter().map(|band| (band.name.id.clone(), BTreeMap::new())).collect();
    table.push((UNKNOWN.to_owned(), BTreeMap::new()));
    for (score, outcome) in &told {
        let code = score.and_then(|score| bands.of(score)).map_or(UNKNOWN, |band| band.name.id.as_str());
        if let Some((_, counts)) = table.iter_mut().find(|(id, _)| id == code) {
            let count = counts.entry((*outcome).to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }
    table.retain(|(id, counts)| id != UNKNOWN || !counts.is_empty());
    // By score: how many with the good outcome, how many with another.
    let mut by_score: BTreeMap<i64, (u128, u128)> = BTreeMap::new();
    for (score, outcome) in told.iter().filter_map(|(score, outcome)| Some(((*score)?, *outcome))) {
        let (goods, bads) = by_score.entry(score).or_default();
        let count = if outcome == good { goods } else { bads };
        *count = count.saturating_add(1);
    }
    let (mut twice, mut below, mut goods) = (0u128, 0u128, 0u128);
    for (good, bad) in by_score.values() {
        twice = twice.saturating_add(good.saturating_mul(below.saturating_mul(2).saturating_add(*bad)));
        below = below.saturating_add(*bad);
        goods = goods.saturating_add(*good);
    }
    let pairs = goods.saturating_mul(below).saturating_mul(2);
    Backtest {
        bands: table,
        outcomes,
        without_outcome: count(rows.iter().filter(|row| row.outcome.is_none()).count()),
        without_score: count(told.iter().filter(|(score, _)| score.is_none()).count()),
        separation: (pairs > 0).then_some((twice, pairs)),
    }
}

impl Backtest {
    /// `bands` with `n`, the counts by outcome and the exact rate of each; `auc` with its pairs.
    pub fn to_json(&self, good: &str) -> Json {
        let bands: Vec<Json> = self
            .bands
            .iter()
            .map(|(band, counts)| {
                let n = counts.values().fold(0u64, |n, count| n.saturating_add(*count));
                let of = |outcome: &String| counts.get(outcome).copied().unwrap_or(0);
                let each = |of: &dyn Fn(&String) -> Json| -> Map<String, Json> {
                    self.outcomes.iter().map(|outcome| (outcome.clone(), of(outcome))).collect()
                };
                json!({
                    "band": band,
                    "n": n,
                    "outcomes": each(&|outcome| of(outcome).into()),
                    "rates": each(&|outcome| fraction(of(outcome).into(), n.into())),
                    "rates_bp": each(&|outcome| basis_points(of(outcome).into(), n.into())),
                })
            })
            .collect();
        let (auc, auc_bp, pairs) = match self.separation {
            Some((twice, pairs)) => (fraction(twice, pairs), basis_points(twice, pairs), pairs / 2),
            None => (Json::Null, Json::Null, 0),
        };
        json!({
            "bands": bands,
            "outcomes": self.outcomes,
            "good": good,
            "without_outcome": self.without_outcome,
            "without_score": self.without_score,
            "auc": auc,
            "auc_bp": auc_bp,
            "pairs": u64::try_from(pairs).unwrap_or(u64::MAX),
        })
    }
}

fn count(n: usize) -> u64 {
    crate::kernel::json::length(n)
}

/// A share in lowest terms, `3/7`; nothing of nothing.
fn fraction(part: u128, whole: u128) -> Json {
    match (i128::try_from(part), i128::try_from(whole)) {
        (Ok(part), Ok(whole)) => Rational::new(part, whole).map(|share| share.to_string()).into(),
        _ => Json::Null,
    }
}

fn basis_points(part: u128, whole: u128) -> Json {
    match (i128::try_from(part), i128::try_from(whole)) {
        (Ok(part), Ok(whole)) => Rational::new(part, whole).and_then(Rational::bp).into(),
        _ => Json::Null,
    }
}
