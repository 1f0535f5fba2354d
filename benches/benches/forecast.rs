//! Workload W2 from Arrow columns in Rust: what a million deals come to by owner, month and category. `benches/compare/`
//! has the same with what users would write instead.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crm_arrow::forecast_batches;
use crm_benches::w1::Failure;
use crm_benches::w2::{Sums, deals, question};

const ROWS: u64 = 1_000_000;

fn forecasts(c: &mut Criterion) -> Result<(), Failure> {
    let (deals, expected) = deals(ROWS)?;
    let (schema, deals) = (deals.schema(), [deals]);
    let sums = Sums::of(&forecast_batches(&schema, &deals, &question("never", 1)?)?)?;
    if sums != expected {
        return Err(format!("the answers are wrong: {sums:?} instead of {expected:?}").into());
    }
    let mut group = c.benchmark_group("W2, a million deals");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    for threads in [1, 2] {
        let options = question("never", threads)?;
        group.bench_function(format!("forecast_batches, exact, threads: {threads}"), |b| {
            b.iter(|| black_box(forecast_batches(&schema, &deals, &options).is_ok()));
        });
    }
    let options = question("each_deal", 1)?;
    group.bench_function("forecast_batches, each deal rounded, threads: 1", |b| {
        b.iter(|| black_box(forecast_batches(&schema, &deals, &options).is_ok()));
    });
    group.finish();
    Ok(())
}

fn run(c: &mut Criterion) {
    if let Err(error) = forecasts(c) {
        eprintln!("forecast: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
