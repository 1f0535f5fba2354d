//! Workload W9 from Arrow columns in Rust: who gets how much, of a million touches. `benches/compare/` has the same with
//! what users would write instead.

use std::hint::black_box;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crm_arrow::attribution_batches;
use crm_benches::w1::Failure;
use crm_benches::w9::{question, touches};
use crm_core::rules::Rules;
use serde_json::Value as Json;

const TOUCHES: u64 = 1_000_000;

fn attribution(c: &mut Criterion) -> Result<(), Failure> {
    let (touches, bought) = touches(TOUCHES)?;
    let (schema, touches) = (touches.schema(), [touches]);
    let (second, bought) = (bought.schema(), [bought]);
    let rules = Rules::default();
    let ask = |threads: usize| {
        let options = question(threads)?;
        Ok::<_, Failure>(attribution_batches((&schema, &touches), Some((&second, &bought)), &rules, &options)?)
    };
    let found = ask(1)?;
    let mut sum = 0;
    for batch in &found.batches {
        let shares = batch.column_by_name("share_micro").ok_or("no shares")?.as_primitive::<Int64Type>();
        sum += shares.iter().flatten().sum::<i64>();
    }
    let count = |name: &str| found.answer.get(name).and_then(Json::as_i64).ok_or("no count");
    let attributed = count("conversions")? - count("unattributed")?;
    if sum != attributed * 1_000_000 {
        return Err(format!("the answers are wrong: shares of {sum} for {attributed} conversions").into());
    }
    let mut group = c.benchmark_group("W9, a million touches");
    group.throughput(Throughput::Elements(TOUCHES)).sample_size(20);
    for threads in [1, 2] {
        group.bench_function(format!("attribution_batches, threads: {threads}"), |b| {
            b.iter(|| black_box(ask(threads).is_ok()));
        });
    }
    group.finish();
    Ok(())
}

fn run(c: &mut Criterion) {
    if let Err(error) = attribution(c) {
        eprintln!("attribution: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
