//! Deals of the forecast benches: plain integer functions of seed, column and row (splitmix64), so that every run,
//! every machine and every other way to compute has the same.

use crm_core::kernel::probability::Probability;
use crm_core::rules::bands::Prospect;

/// Basis points by stage: new, qualified, discovery, proposal, negotiation, verbal; won and lost follow.
const STAGES_BP: [u64; 6] = [500, 1_500, 3_000, 5_000, 7_000, 9_000];
const SEED: u64 = 42;

/// A number for a cell, spread evenly over all of 64 bits.
pub fn hash(column: u64, row: u64) -> u64 {
    let seed = SEED.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(column.wrapping_mul(0xDA94_2042_E4DD_58B5));
    let z = row.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number for a cell, from 0 to below `most`.
pub fn below(column: u64, row: u64, most: u64) -> u64 {
    ((hash(column, row) >> 32) * most) >> 32
}

/// A place for a cell, each as often as its weight.
pub fn pick(column: u64, row: u64, weights: &[u64]) -> usize {
    let mut left = below(column, row, weights.iter().sum());
    weights
        .iter()
        .take_while(|w| {
            left >= **w && {
                left -= **w;
                true
            }
        })
        .count()
}

/// The first `count` open deals, amounts in cents.
pub fn open_deals(count: usize) -> Vec<Prospect> {
    let deal = |row: u64| {
        let stage = pick(1, row, &[18, 18, 16, 14, 10, 6, 8, 10]);
        let of_stage = *STAGES_BP.get(stage)?;
        let bp = if below(2, row, 100) < 15 { below(3, row, 10_001) } else { of_stage };
        let scale = *[1, 10, 100, 1_000].get(pick(7, row, &[30, 45, 20, 5]))?;
        let cents = (below(6, row, 900_000) + 100_000) * scale / 10 + below(12, row, 100);
        let probability = Probability::from_bp(i64::try_from(bp).ok()?).ok()?;
        Some(Prospect { amount: i128::from(cents), probability })
    };
    (0u64..).filter_map(deal).take(count).collect()
}
