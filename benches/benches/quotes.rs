//! Workload W8 from Arrow columns in Rust: what a hundred thousand quotes come to. `benches/compare/` has the same with
//! what users would write instead.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crm_arrow::quote_batches;
use crm_benches::w1::Failure;
use crm_benches::w8::{lines, question};
use serde_json::json;

const QUOTES: u64 = 100_000;

fn quotes(c: &mut Criterion) -> Result<(), Failure> {
    let (lines, [net, vat]) = lines(QUOTES)?;
    let (schema, lines) = (lines.schema(), [lines]);
    let found = quote_batches(&schema, &lines, &question(1)?)?.answer;
    let plain = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let expected = json!({"EUR": {"net": plain(net), "vat": plain(vat), "gross": plain(net + vat)}});
    if found.get("totals") != Some(&expected) {
        return Err(format!("the answers are wrong: {found} instead of {expected}").into());
    }
    let mut group = c.benchmark_group("W8, a hundred thousand quotes");
    group.throughput(Throughput::Elements(QUOTES)).sample_size(20);
    for threads in [1, 2] {
        let options = question(threads)?;
        group.bench_function(format!("quote_batches, threads: {threads}"), |b| {
            b.iter(|| black_box(quote_batches(&schema, &lines, &options).is_ok()));
        });
    }
    group.finish();
    Ok(())
}

fn run(c: &mut Criterion) {
    if let Err(error) = quotes(c) {
        eprintln!("quotes: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
