//! Workload W2b: the exact distribution of independent deals on a lattice of money, with its quantiles. Other ways to
//! compute it (Monte Carlo, the normal approximation) are worth their time only with their error beside it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crm_benches::deals::open_deals;
use crm_core::rules::bands::{BandOptions, Bands};

fn bands(c: &mut Criterion) {
    let mut group = c.benchmark_group("W2b");
    group.sample_size(20);
    for (count, cell_euros) in [(2_000, 1_000), (2_000, 100), (20_000, 1_000), (20_000, 200)] {
        let deals = open_deals(count);
        let options = BandOptions { cell: Some(cell_euros * 100), ..BandOptions::default() };
        match Bands::of(&deals, &options) {
            Ok(bands) => {
                let q = |i: usize| bands.quantiles.get(i).map(|q| (q.low, q.amount, q.high));
                eprintln!("{count} deals, {cell_euros} EUR: {:?} {:?} {:?}", q(0), q(1), q(2));
                eprintln!("  {:?}, at most {} units of 2^-62 off", bands.resolution, bands.error_units);
            }
            Err(error) => {
                eprintln!("bands: {error}");
                std::process::exit(1);
            }
        }
        group.bench_function(format!("{count} deals, cells of {cell_euros} EUR"), |b| {
            b.iter(|| black_box(Bands::of(&deals, &options).is_ok()));
        });
    }
    let deals = open_deals(2_000);
    let options = BandOptions { movers: 10, ..BandOptions::default() };
    group.bench_function("2000 deals, at most 20000 cells, ten movers", |b| {
        b.iter(|| black_box(Bands::of(&deals, &options).is_ok()));
    });
    group.finish();
}

criterion_group!(benches, bands);
criterion_main!(benches);
