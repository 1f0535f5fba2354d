//! What goes in and what comes out: deals as a sum sees them, options, the answer.

use crate::kernel::allocate::rounded;
use crate::kernel::probability::Probability;

/// Most deals of one answer.
pub const MOST_DEALS: usize = 200_000;
/// Most scenarios of one answer.
pub const MOST_SCENARIOS: usize = 12;
/// Most cells of the money lattice where the host names the cell.
pub const MOST_CELLS: u64 = 1 << 22;
/// Most movers of one answer.
pub const MOST_MOVERS: usize = 100;
/// Most bins of the histogram.
pub const MOST_BINS: usize = 1_000;

/// A deal as a sum sees it: so much with this probability, else nothing. A won deal is certain; lost and omitted deals
/// are left out. Credits are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The amount in minor units of the one currency of the sum, strictly between minus and plus 10^18.
    pub amount: i128,
    /// How likely it comes.
    pub probability: Probability,
}

/// How a scenario moves the probabilities of uncertain deals. What is certain stays certain: 0 and 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Times so many basis points, rounded half up, at most 100 %.
    Multiplier(u32),
    /// The odds `p / (1 - p)` times so many basis points, rounded half up: never leaves 0 to 100 %.
    Odds(u32),
}

/// One of several ways in which the period may go, for all deals at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// How likely it is, in basis points; those of all scenarios sum to 10,000.
    pub weight_bp: u32,
    /// What it does to the probabilities.
    pub shift: Shift,
}

impl Scenario {
    /// Three scenarios for who has no history to fit own ones to: a weak period (a quarter of the time, odds times 0.6),
    /// a usual one (half of the time, odds as they are) and a strong one (a quarter of the time, odds times 1.6). Used
    /// only where somebody asks for them.
    pub fn standard() -> Vec<Scenario> {
        let scenario =
            |name: &str, weight_bp, odds| Scenario { name: name.into(), weight_bp, shift: Shift::Odds(odds) };
        vec![scenario("weak", 2_500, 6_000), scenario("usual", 5_000, 10_000), scenario("strong", 2_500, 16_000)]
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandOptions {
    /// The levels of the quantiles, in basis points from 1 to 9,999.
    pub quantiles_bp: Vec<u32>,
    /// The cell of the money lattice in minor units; without it, the greatest common divisor of the amounts, grown until
    /// the lattice has at most `most_cells` cells.
    pub cell: Option<i128>,
    /// Most cells where `cell` is not given, from 100 to [`MOST_CELLS`].
    pub most_cells: u64,
    /// An amount in minor units; the answer says how likely the sum reaches it.
    pub target: Option<i128>,
    /// Ways in which the period may go; none is one in which every probability is as it is.
    pub scenarios: Vec<Scenario>,
    /// How many of the deals that move the median most are told.
    pub movers: usize,
    /// Bins of the histogram; 0 for none.
    pub bins: usize,
}

impl Default for BandOptions {
    /// P10, P50 and P90 on at most 20,000 cells, 20 bins.
    fn default() -> Self {
        Self {
            quantiles_bp: vec![1_000, 5_000, 9_000],
            cell: None,
            most_cells: 20_000,
            target: None,
            scenarios: Vec::new(),
            movers: 0,
            bins: 20,
        }
    }
}

/// A whole number of minor units over a denominator, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The numerator.
    pub numerator: i128,
    /// The denominator, a power of ten.
    pub denominator: i128,
}

impl Ratio {
    /// The nearest whole number, halves away from zero.
    #[must_use]
    pub fn rounded(self) -> i128 {
        rounded(self.numerator, self.denominator)
    }
}

/// A quantile: the least amount that the sum stays at or below with at least this probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile {
    /// The level in basis points.
    pub level_bp: u32,
    /// The amount in minor units.
    pub amount: i128,
    /// The proven lower end: as `amount`, unless the error bound leaves several values open.
    pub low: i128,
    /// The proven upper end.
    pub high: i128,
}

/// How the distribution was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By all outcomes, in exact fractions: at most [`super::MOST_ENUMERATED`] uncertain deals.
    Enumerated,
    /// By convolution in fixed point.
    Convolved,
    /// By the few frequencies that matter of its characteristic function, in fixed point; the others are proven small.
    Transformed,
}

impl Method {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Enumerated => "enumerated",
            Method::Convolved => "convolved",
            Method::Transformed => "transformed",
        }
    }
}

/// How fine the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The cell in minor units: quantiles are whole numbers of cells from the least possible sum.
    pub cell: i128,
    /// The cells from the least to the greatest possible sum.
    pub cells: u64,
    /// Whether every amount is a whole number of cells. Otherwise an amount is split between its two neighbours, which
    /// keeps the mean.
    pub exact: bool,
    /// The root mean square of what the splitting adds to the sum, in minor units, rounded up.
    pub deviation: i128,
    /// How it was computed; of several scenarios, the roughest way.
    pub method: Method,
}

/// How likely the sum reaches a target: proven ends, in parts of 10^9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// The target in minor units.
    pub target: i128,
    /// The middle of the two ends.
    pub ppb: u64,
    /// The lower end.
    pub low_ppb: u64,
    /// The upper end.
    pub high_ppb: u64,
}

/// A bar of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// From this amount on; the first bar has everything below, too.
    pub from: i128,
    /// To this amount, not included; the last bar has everything above, too.
    pub to: i128,
    /// Its share in parts of 10^6; all bars sum to 1,000,000.
    pub share_ppm: u32,
}

/// A deal and what its outcome does to the median.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The deal's place in the input.
    pub place: usize,
    /// The median if the deal is won.
    pub if_won: i128,
    /// The median if it is lost.
    pub if_lost: i128,
}

/// One deal's part of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The deal's place in the input.
    pub place: usize,
    /// The numerator over the total's own denominator; the numerators of all parts sum to the total's.
    pub numerator: i128,
}

/// The distribution of what will close.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bands {
    /// The quantiles in the order that they were asked for.
    pub quantiles: Vec<Quantile>,
    /// The mean, computed from the deals and not from the lattice.
    pub mean: Ratio,
    /// The variance in squared minor units, computed from the deals.
    pub variance: Ratio,
    /// The sum of what is certain, in minor units.
    pub certain: i128,
    /// How many deals are uncertain.
    pub uncertain: usize,
    /// The deal with the greatest part of the variance and its share in basis points, rounded half up.
    pub concentration: Option<(usize, u32)>,
    /// Every deal's part of the mean; they sum to it.
    pub mean_parts: Vec<Part>,
    /// Every uncertain deal's part of the variance; without scenarios they sum to it, with scenarios what is left is
    /// the part that all deals have in common.
    pub variance_parts: Vec<Part>,
    /// How fine the answer is.
    pub resolution: Resolution,
    /// Proven: no probability here is further off the lattice's own than so many units of 2^-62.
    pub error_units: u64,
    /// How likely the target is reached.
    pub chance: Option<Chance>,
    /// The histogram, empty if nothing is uncertain.
    pub histogram: Vec<Bin>,
    /// The deals that move the median most, the strongest first.
    pub movers: Vec<Mover>,
}

impl Bands {
    /// The error bound in parts of 10^9, rounded up: 0 only where the answer is exact.
    #[must_use]
    pub fn error_ppb(&self) -> u64 {
        let scaled = u128::from(self.error_units).saturating_mul(1_000_000_000);
        u64::try_from(scaled.div_ceil(1 << 62)).unwrap_or(u64::MAX)
    }
}
