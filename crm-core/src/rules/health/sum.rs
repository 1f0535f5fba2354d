//! The sum: measures with their weights, caps, coverage, band.

use super::bands::{Bands, UNKNOWN};
use crate::kernel::allocate::rounded_rows;
use crate::kernel::coded::coded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::number::Number;
use crate::kernel::rational::Rational;
use crate::kernel::reason::Name;
use crate::kernel::time::Instant;

coded! {
    /// What is known of a measure.
    LineState {
        /// It is known and counts.
        Known = "known",
        /// It is not known and is left out.
        LeftOut = "left_out",
        /// It is not known and counts as something in between.
        Neutral = "neutral",
        /// It is not known and counts as the worst.
        Worst = "worst",
    }
}

/// One measure of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub name: Name,
    /// Its weight in the model, in millionths.
    pub nominal: i64,
    /// The weight with which it counts, in millionths: less where it is old; none where it is left out.
    pub weight: i64,
    /// What was measured.
    pub value: Option<Number>,
    /// When.
    pub as_of: Option<Instant>,
    /// Its score, in millionths of a point.
    pub score: Option<i64>,
    /// Whether it is known.
    pub state: LineState,
    /// Whether there is a value that is too old.
    pub is_stale: bool,
    /// What it gives to the score, in hundredths of a point.
    pub points: i64,
    /// What it would give at most, in hundredths.
    pub most: i64,
}

/// A cap that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapHit {
    /// Which.
    pub name: Name,
    /// The highest score with it, in hundredths.
    pub max_score: i64,
    /// What it takes off, in hundredths: zero or less, and only of the lowest one.
    pub points: i64,
}

/// The health of a customer.
#[derive(Clone, Debug)]
pub struct Health {
    /// The model, by its id and version; empty where the measures were given with their scores.
    pub model: String,
    /// The measures, in the model's order.
    pub lines: Vec<Line>,
    /// The caps that hold, in the model's order.
    pub caps: Vec<CapHit>,
    /// Whether no model is for the customer, so that nothing was measured.
    pub is_without_model: bool,
    /// The sum before caps, in hundredths of a point; none where nothing counts.
    pub uncapped: Option<i64>,
    /// The score exactly, in points, with its caps; none where too little is known.
    pub exact: Option<Rational>,
    /// The same, rounded to hundredths, which is what is shown.
    pub score: Option<i64>,
    /// How much of the weights is known, from 0 to 1.
    pub coverage: Rational,
    /// The least that has to be known, in basis points.
    pub min_coverage_bp: i64,
    /// The band's code; `unknown` where too little is known.
    pub band: Name,
    /// The next instant at which time alone may change it.
    pub next_change_at: Option<Instant>,
    /// SHA-256 of the model and of what was read.
    pub(super) fingerprint: String,
}

/// Adds up. `caps` are those that hold.
pub(super) fn sum(
    mut lines: Vec<Line>,
    caps: Vec<(Name, i64)>,
    bands: Option<&Bands>,
    min_coverage_bp: i64,
) -> Result<Health> {
    let all: i128 = lines.iter().map(|line| i128::from(line.nominal)).sum();
    let known: i128 =
        lines.iter().filter(|line| line.state == LineState::Known).map(|line| i128::from(line.nominal)).sum();
    let coverage = Rational::new(known, all.max(1)).unwrap_or(Rational::ZERO);
    let counted: i128 = lines.iter().filter(|line| line.score.is_some()).map(|line| i128::from(line.weight)).sum();
    // By code, so that ties of remainders do not depend on the order in which measures come.
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| lines.get(*a).map(|line| &line.name.id).cmp(&lines.get(*b).map(|line| &line.name.id)));
    let shares = |of: &dyn Fn(&Line) -> i64| -> Result<(Vec<i128>, i128)> {
        let product = |line: &Line| i128::from(line.weight).saturating_mul(i128::from(of(line)));
        let values: Vec<i128> = order.iter().filter_map(|i| lines.get(*i)).map(product).collect();
        let denominator = u64::try_from(counted.saturating_mul(10_000)).unwrap_or(u64::MAX);
        rounded_rows(&values, denominator)
    };
    let (points, total) = shares(&|line| line.score.unwrap_or(0))?;
    let (most, _) = shares(&|line| if line.score.is_some() { super::bands::WHOLE } else { 0 })?;
    let numerator: i128 =
        lines.iter().map(|line| i128::from(line.weight).saturating_mul(i128::from(line.score.unwrap_or(0)))).sum();
    for ((i, points), most) in order.iter().zip(points).zip(most) {
        if let Some(line) = lines.get_mut(*i) {
            line.points = small(points);
            line.most = small(most);
        }
    }
    let uncapped = (counted > 0).then(|| small(total));
    let enough = known > 0 && known.saturating_mul(10_000) >= all.saturating_mul(i128::from(min_coverage_bp));
    let lowest = caps.iter().map(|(_, max)| *max).min();
    let capped = uncapped.map(|score| lowest.map_or(score, |lowest| score.min(lowest)));
    let mut cut = capped.zip(uncapped).map_or(0, |(capped, score)| capped.saturating_sub(score));
    let hit = |(name, max_score): (Name, i64)| {
        // What is taken off belongs to the lowest cap, to the first of equal ones.
        let points = if Some(max_score) == lowest { std::mem::take(&mut cut) } else { 0 };
        CapHit { name, max_score, points }
    };
    let caps = caps.into_iter().map(hit).collect();
    let score = capped.filter(|_| enough);
    let exact = match score {
        None => None,
        Some(_) => {
            let whole = counted.checked_mul(1_000_000).and_then(|counted| Rational::new(numerator, counted));
            let lowest = lowest.and_then(|lowest| Rational::new(lowest.into(), 100));
            Some(lowest.into_iter().chain([whole.ok_or(Problem::AmountTooLarge)?]).min().unwrap_or(Rational::ZERO))
        }
    };
    let of_score = |bands: &Bands, score: i64| bands.of(score.saturating_mul(10_000)).map(|band| band.name.clone());
    let unknown = || Name { id: UNKNOWN.into(), labels: None };
    let band = bands.zip(score).and_then(|(bands, score)| of_score(bands, score)).unwrap_or_else(unknown);
    Ok(Health {
        model: String::new(),
        lines,
        caps,
        is_without_model: false,
        uncapped,
        exact,
        score,
        coverage,
        min_coverage_bp,
        band,
        next_change_at: None,
        fingerprint: String::new(),
    })
}

impl Health {
    /// How much of the weights is known, in basis points.
    pub fn coverage_bp(&self) -> i64 {
        // A share of one, of weights that a model checked: it always fits.
        self.coverage.bp().unwrap_or_default()
    }
}

fn small(n: i128) -> i64 {
    i64::try_from(n).unwrap_or(0)
}
