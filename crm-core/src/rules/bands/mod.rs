//! The bands of a forecast: the distribution of what will close, and what moves it.
//!
//! # Meaning
//! Every uncertain deal comes with its probability or not at all, independently of the others; what is certain shifts
//! the sum. A quantile is the least amount that the sum stays at or below with at least its probability, so P10 is the
//! downside. Where deals share a fate, a mixture of scenarios says so ([`Scenario`]); it is off unless asked for.
//!
//! # Formula
//! The distribution function of independent deals is the convolution of theirs (the generalised Poisson binomial
//! distribution), on a lattice of money whose cell is the greatest common divisor of the amounts. Where that makes too
//! many cells the cell grows, and the success of a deal between two cells is split between them by distance, which keeps
//! the mean; [`Resolution`] says so. Nothing is sampled:
//!
//! - up to 20 uncertain deals, all outcomes in exact fractions, on no lattice but the amounts' own;
//! - else convolution in units of 2^-62, smallest deals first, tails cut off below 2^-36 in all and accounted for;
//! - else, where that is cheaper, the characteristic function at the few frequencies that are not proven small.
//!
//! Every answer has its proven error bound ([`Bands::error_units`]); where it leaves a quantile open, both ends are
//! given. Mean `sum of a p` and variance `sum of a^2 p (1 - p)` are exact and come from the deals, not from the lattice.
//!
//! # Example
//! ```
//! use crm_core::kernel::probability::Probability;
//! use crm_core::rules::bands::{BandOptions, Bands, Prospect};
//!
//! let deal = |amount, bp| Prospect { amount, probability: Probability::from_bp(bp).unwrap() };
//! let bands = Bands::of(&[deal(100, 5_000), deal(200, 5_000)], &BandOptions::default())?;
//! let amounts: Vec<i128> = bands.quantiles.iter().map(|q| q.amount).collect();
//! assert_eq!(amounts, [0, 100, 300]);
//! assert_eq!(bands.mean.rounded(), 150);
//! assert_eq!(bands.error_units, 0);
//! # Ok::<(), crm_core::Error>(())
//! ```

mod answer;
mod cells;
mod door;
mod enumerate;
mod lattice;
mod law;
mod movers;
mod plan;
mod portfolio;
#[cfg(test)]
mod tests;
mod turn;
mod types;
mod waves;
mod wide;

use std::cmp::Reverse;

use crate::kernel::allocate::allocate;
use crate::kernel::error::{Error, Problem, Result};
use crate::rules::check;
pub use door::eval_json;
use enumerate::Enumerated;
use lattice::{Lattice, ONE, Step};
use law::{Law, Mixture, Start};
use movers::Around;
use portfolio::Portfolio;
pub use types::{
    BandOptions, Bands, Bin, Chance, MOST_BINS, MOST_CELLS, MOST_DEALS, MOST_MOVERS, MOST_SCENARIOS, Method, Mover,
    Part, Prospect, Quantile, Ratio, Resolution, Scenario, Shift,
};

/// Most uncertain deals whose outcomes are enumerated.
pub const MOST_ENUMERATED: usize = 20;
/// The histogram's ends.
const FIRST_BP: u32 = 10;
const LAST_BP: u32 = 9_990;
/// Chances are told in parts of this.
const BILLION: u64 = 1_000_000_000;

impl Bands {
    /// The distribution of the sum of some deals.
    ///
    /// # Errors
    /// More deals or cells than [`MOST_DEALS`] and [`MOST_CELLS`], an amount of 10^18 minor units or more, a mean or
    /// variance beyond 128 bits, an option out of range, scenarios whose weights do not sum to 10,000.
    pub fn of(prospects: &[Prospect], options: &BandOptions) -> Result<Self> {
        options.check()?;
        let all = Portfolio::of(prospects)?;
        let (mean_parts, mean) = all.mean(&options.scenarios)?;
        let (variance_parts, variance) = all.variance(&options.scenarios)?;
        let plain = [Scenario { name: String::new(), weight_bp: 10_000, shift: Shift::NONE }];
        let scenarios = if options.scenarios.is_empty() { &plain } else { &*options.scenarios };

        let enumerated = all.open.len() <= MOST_ENUMERATED;
        let lattice = match enumerated {
            true => Lattice { cell: 1, cells: 0, exact: true },
            false => Lattice::of(&all, options)?,
        };
        let steps: Vec<Vec<Step>> = match enumerated {
            true => Vec::new(),
            false => scenarios.iter().map(|s| all.open.iter().map(|o| lattice.step(o, s.shift)).collect()).collect(),
        };
        let mut laws = Vec::with_capacity(scenarios.len());
        for (i, scenario) in scenarios.iter().enumerate() {
            laws.push(match steps.get(i) {
                None => {
                    let deals: Vec<_> = all.open.iter().map(|o| (o.size, o.gain_bp(scenario.shift))).collect();
                    Law::Enumerated(Enumerated::of(&deals))
                }
                Some(steps) => {
                    let mut start = Start::of(steps)?;
                    start.add(steps);
                    start.into_law()
                }
            });
        }
        let last = if enumerated { all.span } else { i128::from(lattice.cells) };
        let weights = scenarios.iter().map(|s| u64::from(s.weight_bp));
        let mixture = Mixture { laws: weights.zip(&laws).collect(), least: all.least, lattice, last };
        let around = Around { all: &all, lattice, last, scenarios, steps: &steps, enumerated };
        Ok(Self {
            quantiles: options.quantiles_bp.iter().map(|level| quantile(&mixture, *level)).collect(),
            mean,
            variance,
            certain: all.sure,
            uncertain: all.open.len(),
            concentration: concentration(&variance_parts, variance.numerator),
            mean_parts,
            variance_parts,
            resolution: Resolution {
                cell: if enumerated { all.divisor() } else { lattice.cell },
                cells: if enumerated { all.cells_of_divisor() } else { lattice.cells },
                exact: lattice.exact,
                deviation: if enumerated { 0 } else { lattice.deviation(&all) },
                method: mixture.method(),
            },
            error_units: mixture.error(),
            chance: options.target.map(|target| chance(&mixture, target)),
            histogram: histogram(&mixture, options.bins)?,
            movers: if options.movers == 0 { Vec::new() } else { around.movers(options.movers)? },
        })
    }
}

impl BandOptions {
    fn check(&self) -> Result<()> {
        let within = |found: i64, most: i64| check::between(found, 1, most);
        for (i, level) in self.quantiles_bp.iter().enumerate() {
            within(i64::from(*level), 9_999).map_err(|e| e.at_index(i).at("quantiles_bp"))?;
        }
        check::most("values", self.quantiles_bp.len(), 100).map_err(|e| e.at("quantiles_bp"))?;
        let cells = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        check::between(cells(self.most_cells), 100, cells(MOST_CELLS)).map_err(|e| e.at("most_cells"))?;
        check::most("items", self.movers, MOST_MOVERS).map_err(|e| e.at("movers"))?;
        check::most("bins", self.bins, MOST_BINS).map_err(|e| e.at("bins"))?;
        check::most("scenarios", self.scenarios.len(), MOST_SCENARIOS).map_err(|e| e.at("scenarios"))?;
        let mut sum = 0u64;
        for (i, scenario) in self.scenarios.iter().enumerate() {
            let inside = |e: Error| e.at_index(i).at("scenarios");
            within(i64::from(scenario.weight_bp), 10_000).map_err(|e| inside(e.at("weight_bp")))?;
            let (key, times) = match scenario.shift {
                Shift::Multiplier(times) => ("multiplier_bp", times),
                Shift::Odds(times) => ("odds_bp", times),
            };
            check::between(i64::from(times), 0, 1_000_000).map_err(|e| inside(e.at(key)))?;
            sum = sum.saturating_add(u64::from(scenario.weight_bp));
        }
        if sum != 10_000 && !self.scenarios.is_empty() {
            let whole = || "10000".to_owned();
            let problem = Problem::OutOfRange { found: sum.to_string(), least: whole(), most: whole() };
            return Err(Error::from(problem).at("weight_bp").at("scenarios"));
        }
        Ok(())
    }
}

fn quantile(mixture: &Mixture<'_>, level_bp: u32) -> Quantile {
    let (cell, low, high) = mixture.quantile(level_bp);
    let amount = |cell| mixture.amount(cell);
    Quantile { level_bp, amount: amount(cell), low: amount(low), high: amount(high) }
}

/// The greatest part of the variance; of equal ones the first.
fn concentration(parts: &[Part], whole: i128) -> Option<(usize, u32)> {
    let top = parts.iter().min_by_key(|part| (Reverse(part.numerator), part.place))?;
    let share = top.numerator.unsigned_abs();
    // The whole is at least the share, so that 10,000 times either over the larger of two powers stays within bits.
    let (mut share, mut whole) = (share, whole.unsigned_abs());
    while share.checked_mul(20_001).is_none() || whole.checked_mul(20_001).is_none() {
        (share, whole) = (share >> 1, whole >> 1);
    }
    let twice = share.saturating_mul(20_000).saturating_add(whole).checked_div(whole.saturating_mul(2))?;
    Some((top.place, u32::try_from(twice).ok()?))
}

fn chance(mixture: &Mixture<'_>, target: i128) -> Chance {
    let before = mixture.cell_below(target).clamp(-1, mixture.last);
    let (low, high) = mixture.scaled(before, BILLION);
    let (low_ppb, high_ppb) = (BILLION.saturating_sub(high), BILLION.saturating_sub(low));
    let (low, high) = mixture.between(before);
    let middle = u128::from(ONE.saturating_sub(low.midpoint(high))).saturating_mul(u128::from(BILLION));
    let nearest = u64::try_from(middle.saturating_add(u128::from(ONE >> 1)) >> 62).unwrap_or(BILLION);
    Chance { target, ppb: nearest.clamp(low_ppb, high_ppb), low_ppb, high_ppb }
}

/// Bars of equal width from P0.1 to P99.9; what lies outside belongs to the first and the last.
fn histogram(mixture: &Mixture<'_>, bins: usize) -> Result<Vec<Bin>> {
    let bins = i128::try_from(bins).unwrap_or(0);
    let (first, last) = (mixture.quantile(FIRST_BP).0, mixture.quantile(LAST_BP).0);
    let cells = last.saturating_sub(first).saturating_add(1);
    if bins == 0 || cells <= 1 {
        return Ok(Vec::new());
    }
    let width = cells.saturating_add(bins.saturating_sub(1)).checked_div(bins).unwrap_or(1).max(1);
    let count = cells.saturating_add(width.saturating_sub(1)).checked_div(width).unwrap_or(1);
    let edge = |bin: i128| first.saturating_add(bin.saturating_mul(width));
    let (mut before, mut weights) = (0u64, Vec::new());
    for bin in 1..=count {
        let (low, high) = mixture.between(edge(bin).saturating_sub(1));
        let up_to = if bin == count { ONE } else { low.midpoint(high).max(before) };
        weights.push(u128::from(up_to.saturating_sub(before)));
        before = up_to;
    }
    let shares = allocate(1_000_000, &weights)?;
    let bar = |(bin, share): (i128, i128)| Bin {
        from: mixture.amount(edge(bin)),
        to: mixture.amount(edge(bin.saturating_add(1))),
        share_ppm: u32::try_from(share).unwrap_or(0),
    };
    Ok((0..count).zip(shares).map(bar).collect())
}
