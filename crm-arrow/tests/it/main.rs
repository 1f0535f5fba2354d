//! The column door: same answers as the row door, generous with types, strict with everything else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::float_arithmetic,
    reason = "a test stops where it is wrong"
)]

#[path = "../../../fuzz/arrow_c/mod.rs"]
mod arrow_c;
mod business_time;
mod customers;
mod desk;
mod doors;
mod equal;
mod explain;
mod hostile;
mod replay;
mod revenue;
mod streams;
mod types;

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use crm_arrow::{ScoreOptions, Scored, score_batches};
use crm_core::Result;
use crm_core::rules::Rules;
use serde_json::json;

pub(crate) const AT: &str = "2026-11-22T09:00:00Z";

pub(crate) fn options() -> ScoreOptions {
    ScoreOptions::from_json(&json!({"at": AT, "lang": "en"})).unwrap()
}

/// A model that reads a field of every type.
pub(crate) fn rules() -> Rules {
    let rule = |id: &str, points: i64, when: serde_json::Value| json!({"id": id, "points": points, "when": when});
    Rules::from_json(&json!({
        "custom": {"lead": [
            {"name": "area", "type": "number"}, {"name": "due", "type": "date"}, {"name": "permit", "type": "boolean"}
        ]},
        "lead_score": {"id": "every_type", "version": 1,
            "bands": [{"id": "hot", "from": 50}, {"id": "warm", "from": 20}, {"id": "cold", "from": -100}],
            "fit": {"groups": [{"id": "all", "rules": [
                rule("director", 11, json!({"field": "job_title", "op": "contains", "value": "direct"})),
                rule("large", 7, json!({"field": "size", "op": "ge", "value": 50})),
                rule("valuable", 13, json!({"field": "value", "op": "ge", "value": {"amount": "1000.00", "currency": "EUR"}})),
                rule("wide", 5, json!({"field": "custom.area", "op": "ge", "value": "12.5"})),
                rule("due", 3, json!({"field": "custom.due", "op": "ge", "value": "2026-01-01"})),
                rule("permit", 17, json!({"field": "custom.permit", "op": "eq", "value": true})),
                rule("recent", 19, json!({"field": "last_activity_at", "op": "ge", "value": "2026-11-01T00:00:00Z"})),
                rule("vip", 23, json!({"field": "tags", "op": "has", "value": "vip"})),
                rule("agreed", 29, json!({"field": "consent", "op": "eq", "value": "opted_in"})),
            ]}]}
        }
    }))
    .unwrap()
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap()
}

pub(crate) fn score(columns: Vec<(&str, ArrayRef)>, options: ScoreOptions) -> Result<Scored> {
    let batch = batch(columns);
    score_batches(&batch.schema(), &[batch], &rules(), options)
}

pub(crate) fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

pub(crate) fn column<'a>(scored: &'a Scored, name: &str) -> &'a ArrayRef {
    scored.batches[0].column_by_name(name).unwrap()
}

pub(crate) fn scores(scored: &Scored) -> Vec<i64> {
    let all = scored.batches.iter();
    all.flat_map(|b| {
        b.column_by_name("score").unwrap().as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
    })
    .collect()
}

/// A column of lists of texts.
pub(crate) fn lists(scored: &Scored, name: &str) -> Vec<Vec<String>> {
    let all = scored.batches.iter().flat_map(|b| {
        let list = b.column_by_name(name).unwrap().as_list::<i32>();
        (0..list.len())
            .map(|i| list.value(i).as_string::<i32>().iter().map(|t| t.unwrap().to_owned()).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    });
    all.collect()
}
