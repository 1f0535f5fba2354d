//! Workload W1 from Arrow columns in Rust: a million leads, 24 rules, top-3 reasons. `benches/compare/` has the same with
//! what users would write instead.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crm_arrow::score_batches;
use crm_benches::w1::{Failure, OF_A_MILLION, Sums, job, leads};

const ROWS: u64 = 1_000_000;

fn columns(c: &mut Criterion) -> Result<(), Failure> {
    let (rules, options) = job()?;
    let leads = leads(ROWS)?;
    let (schema, leads) = (leads.schema(), [leads]);
    let sums = Sums::of(&score_batches(&schema, &leads, &rules, options.clone())?)?;
    if sums != OF_A_MILLION {
        return Err(format!("the answers are wrong: {sums:?} instead of {OF_A_MILLION:?}").into());
    }
    let mut group = c.benchmark_group("W1, a million leads");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    for threads in [1, 2] {
        let options = crm_arrow::ScoreOptions { threads, ..options.clone() };
        group.bench_function(format!("score_batches, threads: {threads}"), |b| {
            b.iter(|| black_box(score_batches(&schema, &leads, &rules, options.clone()).is_ok()));
        });
    }
    group.finish();
    Ok(())
}

fn run(c: &mut Criterion) {
    if let Err(error) = columns(c) {
        eprintln!("columns: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
