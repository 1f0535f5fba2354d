//! The three ways against each other and against slow, obvious oracles.

use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;

use super::cells::Cells;
use super::lattice::{Lattice, ONE, Step};
use super::plan::Plan;
use super::portfolio::Portfolio;
use super::turn::{Point, TURN_ERROR};
use super::types::{BandOptions, Prospect, Shift};
use super::waves::Waves;
use crate::kernel::probability::Probability;

/// Cosine and sine of `turn / 2^64` turns in units of 2^-62, by Taylor's series in 200 bits.
fn slow_turn(turn: u64) -> (i128, i128) {
    let bits = 200u32;
    // 2 pi by Machin's formula.
    let inverse_tangent = |n: u32| {
        let (mut term, mut sum, mut k) = (BigInt::from(1) << bits, BigInt::from(0), 0u32);
        term /= n;
        while term != BigInt::from(0) {
            let part = &term / (2 * k + 1);
            if k.is_multiple_of(2) {
                sum += part
            } else {
                sum -= part
            }
            term /= n * n;
            k += 1;
        }
        sum
    };
    let tau: BigInt = (inverse_tangent(5) * 16 - inverse_tangent(239) * 4) * 2;
    let x = (tau * BigInt::from(turn)) >> 64;
    let (mut term, mut sums) = (BigInt::from(1) << bits, [BigInt::from(0), BigInt::from(0)]);
    for k in 0u32..120 {
        let sign = if (k / 2).is_multiple_of(2) { 1 } else { -1 };
        sums[usize::try_from(k % 2).unwrap()] += &term * sign;
        term = ((&term * &x) >> bits) / (k + 1);
    }
    let units = |sum: &BigInt| i128::try_from(sum >> (bits - 62)).unwrap();
    (units(&sums[0]), units(&sums[1]))
}

#[test]
fn turns_are_within_their_bound() {
    let mut worst = 0;
    let mut check = |turn: u64| {
        let (cos, sin) = slow_turn(turn);
        let point = Point::at(turn);
        worst = worst.max((cos - i128::from(point.re)).abs()).max((sin - i128::from(point.im)).abs());
    };
    for eighth in 0..8u64 {
        for off in [0u64, 1, 2, 1 << 20, 1 << 55] {
            check((eighth << 61).wrapping_add(off));
            check((eighth << 61).wrapping_sub(off));
        }
    }
    for i in 0..60u64 {
        check(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    assert!(worst < i128::from(TURN_ERROR), "{worst}");
}

/// A step of `near` cells, with `far` of 64 parts of its success one cell further.
fn step(near: u64, bp: u32, far: u64) -> Step {
    let whole = u64::try_from(u128::from(ONE) * u128::from(bp) / 10_000).unwrap();
    let beta = u64::try_from(u128::from(ONE) * u128::from(bp) * u128::from(far) / 640_000).unwrap();
    Step { near, alpha: whole - beta, beta, bp }
}

/// F at every cell as a numerator over `640000^n`.
fn exactly(steps: &[(u64, u32, u64)]) -> Vec<BigUint> {
    let mut masses = vec![BigUint::from(1u32)];
    for (near, bp, far) in steps {
        let near = usize::try_from(*near).unwrap();
        let mut next = vec![BigUint::from(0u32); masses.len() + near + 1];
        for (i, mass) in masses.iter().enumerate() {
            next[i] += mass * (640_000 - u64::from(*bp) * 64);
            next[i + near] += mass * (u64::from(*bp) * (64 - far));
            next[i + near + 1] += mass * (u64::from(*bp) * far);
        }
        masses = next;
    }
    let mut sum = BigUint::from(0u32);
    masses
        .iter()
        .map(|mass| {
            sum += mass;
            sum.clone()
        })
        .collect()
}

/// Checks F at every cell against the oracle, and gives the greatest difference.
fn worst(steps: &[(u64, u32, u64)], error: u64, up_to: impl Fn(i128) -> u64) -> u64 {
    let exact = exactly(steps);
    let whole = exact.last().unwrap();
    let mut worst = 0;
    for (cell, f) in exact.iter().enumerate() {
        let wanted = u64::try_from((f << 62u32) / whole).unwrap();
        worst = worst.max(up_to(i128::try_from(cell).unwrap()).abs_diff(wanted));
    }
    assert!(worst <= error + 1, "{worst} units off, {error} stated");
    assert_eq!(up_to(-1), 0);
    worst
}

fn ready(parts: &[(u64, u32, u64)]) -> Vec<Step> {
    parts.iter().map(|(near, bp, far)| step(*near, *bp, *far)).collect()
}

/// Numbers that look random and are the same in every run.
fn drawn(count: u64, most: u64) -> Vec<(u64, u32, u64)> {
    let number = |i: u64, column: u64, most: u64| {
        let z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(column.wrapping_mul(0xD134_2543_DE82_EF95));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((z ^ (z >> 31)) >> 33) % most
    };
    let mut all: Vec<_> = (0..count)
        .map(|i| (number(i, 1, most), u32::try_from(number(i, 2, 9_999) + 1).unwrap(), number(i, 3, 64)))
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn splitting_keeps_the_mean_to_the_last_unit() {
    let deals: Vec<_> = drawn(200, 1_000_000)
        .iter()
        .map(|(amount, bp, _)| {
            let probability = Probability::from_bp((*bp).into()).unwrap();
            Prospect { amount: i128::from(*amount) + 1, probability }
        })
        .collect();
    let all = Portfolio::of(&deals).unwrap();
    let lattice = Lattice::of(&all, &BandOptions { most_cells: 1_000, ..BandOptions::default() }).unwrap();
    assert!(!lattice.exact && lattice.cells <= 1_200);
    for open in &all.open {
        let step = lattice.step(open, Shift::NONE);
        let cells = i128::from(step.alpha + step.beta) * i128::from(step.near) + i128::from(step.beta);
        // Both times 10,000 and 2^62; a unit for each of the fractions.
        let (found, wanted) = (cells * lattice.cell * 10_000, open.size * i128::from(open.bp) * i128::from(ONE));
        assert!((found - wanted).abs() <= lattice.cell * 10_000 * (3 + i128::from(step.near)), "{step:?}");
    }
}

#[test]
fn both_ways_are_within_their_bounds_of_exact_fractions() {
    for (count, most) in [(300, 4), (120, 12)] {
        let parts = drawn(count, most);
        let steps = ready(&parts);
        let mut cells = Cells::new(steps.len());
        cells.add(&steps);
        let off = worst(&parts, cells.error(), |cell| cells.up_to(cell));
        assert!(cells.error() < 1 << 28, "{}", cells.error());

        let plan = Plan::of(&steps, u64::MAX, u64::MAX).unwrap();
        let mut waves = Waves::new(&plan);
        waves.add(&steps);
        let waves_off = worst(&parts, waves.error(), |cell| waves.up_to(cell));
        // A bound that could not fail would be of no use: what is left out is less than a thousandth of what is kept.
        assert!(waves.error() < 1 << 30, "{}", waves.error());
        assert!(off < 1 << 28 && waves_off < 1 << 30);
    }
}

#[test]
fn a_large_smooth_sum_needs_few_frequencies_and_both_ways_agree() {
    let steps = ready(&drawn(1_000, 1_000));
    let plan = Plan::of(&steps, u64::MAX, u64::MAX).unwrap();
    let kept: u64 = plan.runs.iter().map(|(_, count)| count).sum();
    assert!(kept < 60 && plan.length > 100_000, "{kept} of {}", plan.length);
    let (mut waves, mut cells) = (Waves::new(&plan), Cells::new(steps.len()));
    waves.add(&steps);
    cells.add(&steps);
    let reach: u64 = steps.iter().map(Step::reach).sum();
    for i in 0..500u64 {
        let cell = i128::from(reach * i / 500);
        let apart = waves.up_to(cell).abs_diff(cells.up_to(cell));
        assert!(apart <= waves.error() + cells.error(), "{apart} at {cell}");
    }
}

#[test]
fn sums_that_ring_keep_their_frequencies() {
    // Multiples of ten and a few odd ones: the distribution is a comb, its characteristic function has eleven peaks.
    let mut parts: Vec<_> = drawn(200, 8).into_iter().map(|(near, bp, _)| (near * 10, bp, 0)).collect();
    parts.extend([(3, 200, 0), (7, 9_900, 0)]);
    parts.sort_unstable();
    let steps = ready(&parts);
    let plan = Plan::of(&steps, u64::MAX, u64::MAX).unwrap();
    let mut waves = Waves::new(&plan);
    waves.add(&steps);
    worst(&parts, waves.error(), |cell| waves.up_to(cell));
    assert!(plan.runs.iter().any(|(first, _)| *first > plan.length / 20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn few_deals_by_either_way(mut parts in prop::collection::vec((0u64..30, 1u32..10_000, 0u64..64), 1..24)) {
        parts.sort_unstable();
        let steps = ready(&parts);
        let mut cells = Cells::new(steps.len());
        cells.add(&steps);
        worst(&parts, cells.error(), |cell| cells.up_to(cell));
        let mut waves = Waves::new(&Plan::of(&steps, u64::MAX, u64::MAX).unwrap());
        waves.add(&steps);
        worst(&parts, waves.error(), |cell| waves.up_to(cell));
    }
}
