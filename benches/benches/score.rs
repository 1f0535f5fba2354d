//! The lead score, row by row: from borrowed facts, with evidence, and through JSON.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use crm_benches::{at, lead};
use crm_core::model::{AnyRecord, Kind, Row};
use crm_core::rules::Rules;
use crm_core::rules::lead_score::Event;
use crm_core::{Id, Lang};

const ROWS: usize = 1000;

fn rows() -> Vec<Row> {
    (0..ROWS)
        .map(|i| Row {
            id: Id::from_text(&i.to_string()),
            version: 1,
            created_at: at(),
            updated_at: at(),
            archived_at: None,
            clocks: Default::default(),
            body: AnyRecord::from(lead(i)),
        })
        .collect()
}

fn score(c: &mut Criterion) {
    let (rules, rows) = (Rules::default(), rows());
    let schema = rules.schema(Kind::Lead);
    let events: Vec<Event<'_>> = (0..20)
        .filter_map(|d| crm_core::kernel::time::plus_days(at(), -d))
        .map(|at| Event { id: None, kind: "page_view", at })
        .collect();
    let mut group = c.benchmark_group("score 1000 leads");
    group.throughput(Throughput::Elements(1000));
    let sum = |events: &[Event<'_>]| {
        rows.iter().map(|r| rules.lead_scorer().score_bare(&r.facts(&schema), events, at()).score()).sum::<i64>()
    };
    group.bench_function("rows", |b| b.iter(|| black_box(sum(&[]))));
    group.bench_function("rows with 20 events each", |b| b.iter(|| black_box(sum(&events))));
    group.bench_function("rows, reasons as French JSON", |b| {
        b.iter(|| {
            for row in &rows {
                let score = rules.lead_scorer().score(&row.facts(&schema), &[], at());
                black_box(score.to_json(Some(Lang::French)));
            }
        });
    });
    let inputs: Vec<serde_json::Value> = rows
        .iter()
        .map(|r| {
            let mut fields = r.to_json();
            if let Some(map) = fields.as_object_mut() {
                map.retain(|k, _| !matches!(k.as_str(), "id" | "version" | "created_at" | "updated_at"));
            }
            serde_json::json!({"lead": fields, "at": "2026-11-23T08:00:00Z"})
        })
        .collect();
    group.bench_function("JSON in, JSON out", |b| {
        b.iter_batched(
            || (),
            |()| inputs.iter().filter_map(|i| rules.eval("lead_score", i).ok()).for_each(|v| drop(black_box(v))),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, score);
criterion_main!(benches);
