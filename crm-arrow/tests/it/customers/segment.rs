//! A row belongs to a segment if its facts do as JSON.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use chrono::DateTime;
use crm_arrow::{Evaluated, SegmentOptions, segment_batches};
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{column, cut, lists, place_and_problem};
use crate::{AT, batch};

/// 2026-11-22T09:00:00Z.
const NOW: i64 = 1_795_338_000_000_000;
const HOUR: i64 = 3_600_000_000;
const NAMES: [Option<&str>; 4] = [Some("Rénov'Ouest"), Some("Atelier Bois"), Some(""), None];

fn conditions() -> Vec<Json> {
    let big = json!({"field": "size", "op": "ge", "value": 50});
    let wood = json!({"field": "company", "op": "contains", "value": "bois"});
    let recent = json!({"field": "last_activity_at", "op": "during", "value": "this_week"});
    vec![
        big.clone(),
        json!({"not": big}),
        json!({"any": [wood, recent]}),
        json!({"all": [{"not": {"segment": "big"}}, wood]}),
        json!({"segment": "big"}),
        json!({"field": "company", "op": "is_null"}),
    ]
}

fn masks(table: &Evaluated) -> Vec<bool> {
    let columns = table.batches.iter().map(|batch| batch.column_by_name("member").unwrap().as_boolean());
    columns.flat_map(|column| column.values().iter().collect::<Vec<_>>()).collect()
}

type Lead = (Option<i64>, usize, Option<i64>, bool);

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_row_belongs_if_its_facts_do(
        leads in prop::collection::vec(
            (prop::option::of(0..100i64), 0..4usize, prop::option::of(-200..60i64), prop::bool::weighted(0.15)), 1..14),
        (condition, by_name) in (0..6usize, any::<bool>()),
        (layout, places, threads) in (0..5usize, prop::collection::vec(0..14usize, 0..3), 1..4usize),
    ) {
        let rules = Rules::default();
        let condition = conditions()[condition].clone();
        let segments = json!([
            {"code": "big", "record": "lead", "where": {"field": "size", "op": "ge", "value": 50}},
            {"code": "asked", "record": "lead", "where": condition, "zone": "Europe/Paris"}]);
        let instant = |hours: i64| DateTime::from_timestamp_micros(NOW + hours * HOUR).unwrap();
        let facts = |lead: &Lead| {
            let mut facts = Map::new();
            lead.0.map(|size| facts.insert("size".into(), size.into()));
            NAMES[lead.1].filter(|name| !name.is_empty()).map(|name| facts.insert("company".into(), name.into()));
            lead.2.map(|hours| facts.insert("last_activity_at".into(), format_instant(instant(hours)).into()));
            lead.3.then(|| facts.insert("archived_at".into(), format_instant(instant(0)).into()));
            facts
        };
        let expected: Vec<bool> = leads.iter().map(|lead| {
            let ask = json!({"ask": "why", "segments": segments, "segment": "asked", "facts": facts(lead), "at": AT});
            rules.eval("segment", &ask).unwrap()["member"].as_bool().unwrap()
        }).collect();
        let instants = |of: &dyn Fn(&Lead) -> Option<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter(leads.iter().map(of)).with_timezone("UTC"))
        };
        let names: Vec<_> = leads.iter().map(|lead| NAMES[lead.1].map(str::to_owned)).collect();
        let whole = batch(vec![
            ("Effectif", Arc::new(leads.iter().map(|lead| lead.0).collect::<Int64Array>()) as ArrayRef),
            ("company", column(&names, layout)),
            ("last_activity_at", instants(&|lead| lead.2.map(|hours| NOW + hours * HOUR))),
            ("archived_at", instants(&|lead| lead.3.then_some(NOW))),
        ]);
        let mut asked = json!({"at": AT, "map": {"Effectif": "size"}, "keep": "none", "threads": threads});
        asked["segments"] = segments;
        if by_name {
            asked["segment"] = "asked".into();
        } else {
            (asked["where"], asked["zone"]) = (condition, "Europe/Paris".into());
        }
        let options = SegmentOptions::from_json(&asked).unwrap();
        let found = segment_batches(&whole.schema(), &cut(&whole, &places), &rules, &options).unwrap();
        prop_assert_eq!(masks(&found), expected.clone());
        prop_assert_eq!(found.answer["members"].as_u64().unwrap() as usize, expected.iter().filter(|m| **m).count());
    }
}

#[test]
fn what_does_not_fit_is_refused_by_its_name() {
    let rules = Rules::default();
    let ask = |columns: Vec<(&str, ArrayRef)>, options: Json| {
        let whole = batch(columns);
        segment_batches(&whole.schema(), &[whole.clone()], &rules, &SegmentOptions::from_json(&options)?)
    };
    let sizes = || vec![("size", Arc::new(StringArray::from(vec!["60", "big"])) as ArrayRef)];
    let big = json!({"field": "size", "op": "ge", "value": 50});
    let found = ask(sizes(), json!({"at": AT, "where": big})).unwrap();
    assert_eq!((masks(&found), lists(&found, "diagnostics")[1].len()), (vec![true, false], 1));
    let wood = json!({"any": [big, {"field": "company", "op": "eq", "value": "x"}]});
    assert_eq!(ask(sizes(), json!({"at": AT, "where": wood})).unwrap().answer["without_column"], json!(["company"]));
    for (options, expected) in [
        (json!({"where": big}), " Missing"),
        (json!({"at": AT}), " WrongShape"),
        (json!({"at": AT, "where": {"field": "siez", "op": "ge", "value": 50}}), "where.field UnknownField"),
        (json!({"at": AT, "record": "task", "where": big}), "record NotOneOf"),
        (json!({"at": AT, "segment": "big"}), "segment Segment"),
        (json!({"at": AT, "where": {"segment": "big"}}), "where.segment Segment"),
        (json!({"at": AT, "filter": big}), " UnknownOption"),
    ] {
        assert_eq!(place_and_problem(&ask(sizes(), options.clone()).unwrap_err()), expected, "{options}");
    }
    let flags = vec![("size", Arc::new(arrow_array::BooleanArray::from(vec![true])) as ArrayRef)];
    assert_eq!(place_and_problem(&ask(flags, json!({"at": AT, "where": big})).unwrap_err()), "size ArrowType");
    let other = vec![("taille", Arc::new(Int64Array::from(vec![1])) as ArrayRef)];
    assert_eq!(place_and_problem(&ask(other, json!({"at": AT, "where": big})).unwrap_err()), " NoMappedColumn");
}
