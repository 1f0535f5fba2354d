//! The result's columns as JSON, cell by cell, and how they compare with what must come out.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use crm_arrow::{Reasons, ScoreOptions};
use crm_core::Lang;
use serde_json::{Value as Json, json};

use super::oracle::Expected;

/// The columns of a result: names, and the cells of every row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<Json>>,
}

/// The last so many columns of the batches.
pub(crate) fn answer(schema: &Schema, batches: &[RecordBatch], columns: usize) -> Answer {
    let fields = schema.fields();
    let first = fields.len() - columns;
    for field in fields.iter().skip(first) {
        let (kind, nullable) = contract(field.name());
        assert_eq!((field.data_type(), field.is_nullable()), (&kind, nullable), "{}", field.name());
    }
    let ids = schema.metadata().get("crmkit.reasons").map(|t| serde_json::from_str::<Json>(t).unwrap());
    let mut rows = Vec::new();
    for batch in batches {
        assert_eq!(batch.schema_ref().fields(), fields);
        let columns: Vec<Vec<Json>> = (first..fields.len()).map(|c| cells(batch.column(c).as_ref())).collect();
        rows.extend((0..batch.num_rows()).map(|row| columns.iter().map(|c| c[row].clone()).collect::<Vec<_>>()));
    }
    let names: Vec<String> = fields.iter().skip(first).map(|f| f.name().clone()).collect();
    if let Some(place) = names.iter().position(|n| n == "reason_ids") {
        let ids = ids.expect("the metadata name the reasons");
        let name = |id: &Json| ids[id.as_u64().unwrap() as usize]["id"].clone();
        for row in &mut rows {
            row[place] = row[place].as_array().unwrap().iter().map(name).collect();
        }
    }
    Answer { names, rows }
}

/// The type of a column by the contract of the door.
fn contract(name: &str) -> (DataType, bool) {
    let list = |item| DataType::new_list(item, false);
    match name {
        "score" | "coverage_bp" => (DataType::Int64, false),
        "fit" | "engagement" => (DataType::Int64, true),
        "band" | "grade" => (DataType::Utf8, true),
        "reasons" | "reason_codes" | "diagnostics" => (list(DataType::Utf8), false),
        "reason_ids" => (list(DataType::Int32), false),
        "reason_points_milli" => (list(DataType::Int64), false),
        "next_change_at" => (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        other => panic!("no column of the result is called {other}"),
    }
}

fn cells(array: &dyn Array) -> Vec<Json> {
    match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().map(|n| json!(n)).collect(),
        DataType::Int32 => array.as_primitive::<Int32Type>().iter().map(|n| json!(n)).collect(),
        DataType::Timestamp(..) => array.as_primitive::<TimestampMicrosecondType>().iter().map(|n| json!(n)).collect(),
        DataType::Utf8 => array.as_string::<i32>().iter().map(|t| json!(t)).collect(),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let items = cells(list.values().as_ref());
            let row = |ends: &[i32]| Json::from(&items[ends[0] as usize..ends[1] as usize]);
            list.value_offsets().windows(2).map(row).collect()
        }
        other => panic!("no result has the type {other}"),
    }
}

/// The first difference between a result and what must come out: (row, what differs).
pub(crate) fn difference(answer: &Answer, expected: &[&Expected], options: &ScoreOptions) -> Option<(usize, String)> {
    if answer.rows.len() != expected.len() {
        return Some((0, format!("{} rows of {}", answer.rows.len(), expected.len())));
    }
    for (row, (found, expected)) in answer.rows.iter().zip(expected).enumerate() {
        for (name, found) in answer.names.iter().zip(found) {
            let wanted = wanted(name, expected, options.reasons);
            let same = match name.as_str() {
                "diagnostics" => names(found, &expected.unreadable, options.lang),
                _ => *found == wanted,
            };
            if !same {
                return Some((row, format!("{name} is {found:#}\nexpected {wanted:#}")));
            }
        }
    }
    None
}

fn wanted(name: &str, expected: &Expected, reasons: Reasons) -> Json {
    let most = match reasons {
        Reasons::All => usize::MAX,
        Reasons::None => 0,
        Reasons::Top(n) => n,
    };
    match name {
        "score" => json!(expected.score),
        "band" => json!(expected.band),
        "grade" => json!(expected.grade),
        "fit" => json!(expected.fit),
        "engagement" => json!(expected.engagement),
        "coverage_bp" => json!(expected.coverage_bp),
        "reasons" => expected.reasons.iter().take(most).cloned().collect(),
        "reason_codes" => expected.codes.iter().take(most).cloned().collect(),
        "reason_ids" => expected.names.iter().take(most).cloned().collect(),
        "reason_points_milli" => expected.milli.iter().take(most).copied().collect(),
        "next_change_at" => json!(expected.next_change_at),
        "diagnostics" => json!(expected.unreadable),
        other => panic!("no column of the result is called {other}"),
    }
}

/// Whether there is one diagnostic for each field, which names it, or a place in its list, and says something.
fn names(found: &Json, fields: &[String], lang: Option<Lang>) -> bool {
    let colon = if lang == Some(Lang::French) { "\u{a0}: " } else { ": " };
    let found = found.as_array().unwrap();
    let one = |(text, field): (&Json, &String)| {
        let rest = text.as_str().unwrap().strip_prefix(field.as_str());
        rest.is_some_and(|rest| {
            let item = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
            let rest = item.filter(|(place, _)| place.parse::<usize>().is_ok()).map_or(rest, |(_, rest)| rest);
            rest.strip_prefix(colon).is_some_and(|text| !text.is_empty())
        })
    };
    found.len() == fields.len() && found.iter().zip(fields).all(one)
}
