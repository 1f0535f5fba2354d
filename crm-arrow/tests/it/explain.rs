//! One row explained, and callbacks on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray};
use crm_arrow::{Keep, ScoreOptions, ScoreStream, score_batches, score_table_with};
use crm_core::{Lang, Problem, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::doors::{Lead, as_columns, as_json, lead};
use super::{batch, options, rules, scores};

fn stream(batches: Vec<RecordBatch>) -> FFI_ArrowArrayStream {
    let schema = batches[0].schema();
    FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new(batches.into_iter().map(Ok), schema)))
}

/// What the row door says of a lead; the fields of its diagnostics stand for themselves, since both doors read cells
/// of their own forms.
fn by_row(lead: &Lead, lang: Option<&str>) -> Json {
    let input = json!({"lead": as_json(lead), "at": super::AT, "lang": lang});
    without_reading(rules().eval("lead_score", &input).unwrap())
}

fn without_reading(mut answer: Json) -> Json {
    let field = |d: &Json| d["field"].as_str().unwrap().split(['[']).next().unwrap().replace("value.currency", "value");
    let mut fields: Vec<String> = answer["diagnostics"].as_array().unwrap().iter().map(field).collect();
    fields.sort();
    answer["diagnostics"] = fields.into();
    answer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_row_explained_is_the_row_evaluated(leads in prop::collection::vec(lead(), 1..8), layout in 0usize..3, cut in 0usize..8) {
        let table = as_columns(&leads, layout);
        let cut = cut.min(leads.len());
        let parts = [table.slice(0, cut), table.slice(cut, leads.len() - cut)];
        let kept = ScoreOptions { keep: Keep::None, ..options() };
        let scored = score_batches(&table.schema(), &parts, &rules(), kept).unwrap();
        for (row, lead) in leads.iter().enumerate() {
            for (lang, name) in [(None, None), (Some(Lang::English), Some("en")), (Some(Lang::French), Some("fr"))] {
                let explained = without_reading(scored.explain(row, lang).unwrap());
                prop_assert_eq!(explained, by_row(lead, name), "{:?}", lead);
            }
        }
        prop_assert!(scored.explain(leads.len(), None).is_err());
    }
}

#[test]
fn diagnostics_say_what_was_found() {
    let sizes: ArrayRef = Arc::new(StringArray::from(vec!["60", "beaucoup"]));
    let scored = super::score(vec![("ref", Arc::new(Int64Array::from(vec![1, 2]))), ("size", sizes)], options());
    let scored = scored.unwrap();
    let good = scored.explain(0, Some(Lang::French)).unwrap();
    assert_eq!((good["score"].as_i64(), good["diagnostics"].as_array().unwrap().len()), (Some(7), 0));
    assert_eq!(good["reasons"][0]["evidence"][0], json!({"field": "size", "value": 60}));
    let bad = scored.explain(1, None).unwrap();
    assert_eq!((bad["score"].as_i64(), bad["diagnostics"][0]["field"].as_str()), (Some(0), Some("size")));
    let beyond = scored.explain(2, None).unwrap_err();
    assert_eq!(beyond.to_string(), "row: `2` is out of range: expected a value between 0 and 1");
    let empty = super::score(vec![("size", Arc::new(Int64Array::from(Vec::<i64>::new())))], options()).unwrap();
    assert_eq!(empty.explain(0, None).unwrap_err().code().name(), "missing");
}

#[test]
fn nothing_is_copied_for_an_explanation() {
    let sizes: ArrayRef = Arc::new(Int64Array::from(vec![60; 1000]));
    let other: ArrayRef = Arc::new(Int64Array::from(vec![1; 1000]));
    let table = batch(vec![("other", Arc::clone(&other)), ("size", Arc::clone(&sizes))]);
    let none = ScoreOptions { keep: Keep::None, ..options() };
    let scored = score_batches(&table.schema(), &[table], &rules(), none).unwrap();
    assert_eq!(Arc::strong_count(&sizes), 2, "the column that rules read");
    assert_eq!(Arc::strong_count(&other), 1, "not the one that nobody reads");
    assert_eq!(scored.explain(999, None).unwrap()["score"], 7);
}

#[test]
fn progress_is_told_after_each_batch_and_may_stop() {
    let sizes = |n: usize| batch(vec![("size", Arc::new(Int64Array::from(vec![60; n])) as ArrayRef)]);
    let mut told = Vec::new();
    let parts = vec![sizes(2), sizes(0), sizes(3)];
    let scored = score_table_with(stream(parts.clone()), &rules(), options(), |rows| {
        told.push(rows);
        Ok(())
    });
    assert_eq!((scores(&scored.unwrap()), told), (vec![7; 5], vec![2, 2, 5]));
    let stop = |rows: u64| if rows > 1 { Err(Problem::Cancelled.into()) } else { Ok(()) };
    let error = score_table_with(stream(parts.clone()), &rules(), options(), stop).unwrap_err();
    assert_eq!(error.code().name(), "cancelled");
    let mut lazy = ScoreStream::open(stream(parts), &rules(), options(), Box::new(stop)).unwrap();
    assert_eq!(lazy.next().unwrap().unwrap_err().code().name(), "cancelled");
    assert!(lazy.next().is_none());
}

#[test]
fn a_stream_has_parts_of_bounded_size() {
    let rows = 150_000_i64;
    let table = batch(vec![("size", Arc::new(Int64Array::from_iter_values(0..rows)))]);
    let last = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&last);
    let progress = Box::new(move |rows| -> Result<()> {
        seen.store(rows, Ordering::SeqCst);
        Ok(())
    });
    let lazy = ScoreStream::open(stream(vec![table.clone()]), &rules(), options(), progress).unwrap();
    let names = |s: &arrow_schema::Schema| s.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
    let whole = score_batches(&table.schema(), std::slice::from_ref(&table), &rules(), options()).unwrap();
    assert_eq!(lazy.schema(), whole.schema);
    let parts: Vec<_> = lazy.map(|part| part.unwrap()).collect();
    assert_eq!(parts.iter().map(|p| p.rows()).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    assert_eq!(parts.iter().flat_map(scores).collect::<Vec<_>>(), scores(&whole));
    assert_eq!(parts[2].explain(0, None).unwrap(), whole.explain(131_072, None).unwrap());
    assert_eq!(last.load(Ordering::SeqCst), 150_000);
    let reader =
        RecordBatchStreamReader::try_new(crm_arrow::score_stream(stream(vec![table]), &rules(), options()).unwrap());
    let reader = reader.unwrap();
    assert_eq!(names(&reader.schema()), names(&whole.schema));
    assert_eq!(reader.map(|b| b.unwrap().num_rows()).sum::<usize>(), 150_000);
}
