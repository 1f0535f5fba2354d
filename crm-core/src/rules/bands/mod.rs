//! The bands of a forecast: the distribution of what will close.
mod types;

pub use types::{
    BandOptions, Bands, Bin, Chance, MOST_BINS, MOST_CELLS, MOST_DEALS, MOST_MOVERS, MOST_SCENARIOS, Method, Mover, Part,
    Prospect, Quantile, Ratio, Resolution, Scenario, Shift,
};

/// Most uncertain deals whose outcomes are enumerated.
pub const MOST_ENUMERATED: usize = 20;
