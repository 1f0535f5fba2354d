//! Business time by column is business time by row, whatever the layout.

use std::sync::{Arc, OnceLock};

use arrow_array::builder::{ListBuilder, StringDictionaryBuilder, TimestampMicrosecondBuilder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType, UInt16Type};
use arrow_array::{
    Array, ArrayRef, Date32Array, DurationMillisecondArray, DurationSecondArray, Int32Array, Int64Array,
    LargeListArray, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use chrono::DateTime;
use crm_arrow::{DueOptions, ElapsedOptions, Evaluated, due_batches, elapsed_batches, eval_table};
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::desk::{place_and_problem, texts};

const MICROS: i64 = 1_000_000;
/// 2026-11-22T00:00:00Z.
const DAY: i64 = 1_795_305_600 * MICROS;
const MINUTE: i64 = 60 * MICROS;

/// The same in all tests, since what is asked over all years lays all of them out.
fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let hours = json!([["09:00", "12:30"], ["14:00", "18:00"]]);
        let week = json!({"monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours});
        let night = json!({"saturday": [["22:00", "30:00"]], "sunday": [["22:00", "30:00"]]});
        Rules::from_json(&json!({"calendar": [
        {"id": "day", "zone": "Europe/Paris", "weekly": week, "french_holidays": "metropole"},
        {"id": "night", "zone": "America/Sao_Paulo", "weekly": night, "breaks": {"2026-11-28": [["23:00", "24:00"]]}},
        {"id": "once", "zone": "UTC", "weekly": {}, "shifts": {"2026-11-25": hours}},
    ]}))
    .unwrap()
    })
}

fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).map_or_else(|| "?".into(), format_instant)
}

/// A row as it is meant.
#[derive(Clone, Debug)]
struct Row {
    start: Option<i64>,
    end: Option<i64>,
    minutes: Option<i32>,
    pauses: Option<Vec<(i64, i64)>>,
    calendar: Option<&'static str>,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let micros = || {
        let near = prop_oneof![10 => -30 * 1_440..60 * 1_440i64, 1 => -30_000_000..30_000_000i64]
            .prop_map(|n| DAY + n * MINUTE);
        // Seconds only now and then, and parts of them.
        let odd = (near.clone(), 0..MINUTE).prop_map(|(n, more)| n + more);
        prop_oneof![6 => near, 3 => odd, 1 => Just(-2_208_988_800 * MICROS), 1 => Just(253_402_300_799 * MICROS)]
    };
    let minutes = prop_oneof![12 => 1..6_000i32, 2 => Just(0), 1 => Just(-5), 1 => Just(i32::MAX)];
    let pause =
        (micros(), prop_oneof![8 => 0..3_000i64, 1 => -30..0i64]).prop_map(|(from, long)| (from, from + long * MINUTE));
    let ids = prop::sample::select(vec![Some("day"), Some("night"), Some("once"), Some("nights"), None]);
    let inside = (micros(), 0..9_000i64, prop::collection::vec((0..900i64, 0..700i64), 0..4));
    // Pauses as they mostly are: in order, between start and end.
    let neat = inside.prop_map(|(start, more, pauses)| {
        let mut at = start;
        let pauses = pauses.into_iter().map(|(closed, long)| {
            let from = at + closed * MINUTE;
            at = from + long * MINUTE;
            (from, at)
        });
        let pauses: Vec<(i64, i64)> = pauses.collect();
        (start, at + more * MINUTE, pauses)
    });
    let row = (
        prop::option::weighted(0.9, micros()),
        prop::option::weighted(0.9, micros()),
        prop::option::weighted(0.9, minutes),
        prop::option::weighted(0.9, prop::collection::vec(pause, 0..4)),
        ids,
        prop::option::of(neat),
    );
    let row = row.prop_map(|(start, end, minutes, pauses, calendar, neat)| match neat {
        Some((start, end, pauses)) => {
            Row { start: Some(start), end: Some(end), minutes, pauses: Some(pauses), calendar }
        }
        None => Row { start, end, minutes, pauses, calendar },
    });
    prop::collection::vec(row, 1..40)
}

/// A column of instants in a layout; those that cannot say parts of a second say the second.
fn times(values: Vec<Option<i64>>, layout: usize) -> (ArrayRef, Vec<Option<i64>>) {
    let cut = |to: i64| values.iter().map(|v| v.map(|v| v.div_euclid(to))).collect::<Vec<_>>();
    let back = |to: i64| values.iter().map(|v| v.map(|v| v.div_euclid(to) * to)).collect();
    let written = || values.iter().map(|v| v.map(instant)).collect::<Vec<_>>();
    match layout {
        0 => (Arc::new(TimestampMicrosecondArray::from(values.clone()).with_timezone("UTC")), values),
        1 => (Arc::new(TimestampSecondArray::from(cut(MICROS)).with_timezone("+02:00")), back(MICROS)),
        2 => (Arc::new(TimestampMillisecondArray::from(cut(1_000)).with_timezone("Europe/Paris")), back(1_000)),
        3 => {
            // Nanoseconds end in 2262.
            let nanos = values.iter().map(|v| v.and_then(|v| v.checked_mul(1_000)).map(|v| v + 7));
            let kept = values.iter().map(|v| v.filter(|v| v.checked_mul(1_000).is_some())).collect();
            (Arc::new(TimestampNanosecondArray::from(nanos.collect::<Vec<_>>()).with_timezone("UTC")), kept)
        }
        4 => (Arc::new(StringArray::from(written())), values),
        5 => (Arc::new(LargeStringArray::from(written())), values),
        6 => (Arc::new(StringViewArray::from(written())), values),
        // In a zone that is given.
        _ => (Arc::new(TimestampMicrosecondArray::from(values.clone())), values),
    }
}

/// The pauses of all rows, in a layout.
fn pauses(rows: &[Row], layout: usize) -> ArrayRef {
    let all: Vec<(i64, i64)> = rows.iter().flat_map(|row| row.pauses.iter().flatten().copied()).collect();
    let lengths = rows.iter().map(|row| row.pauses.as_ref().map_or(0, Vec::len));
    let nulls = NullBuffer::from(rows.iter().map(|row| row.pauses.is_some()).collect::<Vec<bool>>());
    let column = |of: fn(&(i64, i64)) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(all.iter().map(of).collect::<Vec<_>>()).with_timezone("UTC"))
    };
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    match layout {
        0 | 1 => {
            let field = |name: &str| Field::new(name, time.clone(), true);
            // Names tell which is which, also in the other order.
            let (fields, columns) = match layout {
                0 => (vec![field("from"), field("to")], vec![column(|p| p.0), column(|p| p.1)]),
                _ => (vec![field("end"), field("start")], vec![column(|p| p.1), column(|p| p.0)]),
            };
            let pairs: ArrayRef = Arc::new(StructArray::new(fields.into(), columns, None));
            let item = Arc::new(Field::new_list_field(pairs.data_type().clone(), true));
            if layout == 0 {
                return Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths), pairs, Some(nulls)));
            }
            Arc::new(LargeListArray::new(item, OffsetBuffer::from_lengths(lengths), pairs, Some(nulls)))
        }
        _ => {
            let mut pairs = ListBuilder::new(TimestampMicrosecondBuilder::new().with_data_type(time));
            for (from, to) in &all {
                pairs.values().append_value(*from);
                pairs.values().append_value(*to);
                pairs.append(true);
            }
            let pairs: ArrayRef = Arc::new(pairs.finish());
            let item = Arc::new(Field::new_list_field(pairs.data_type().clone(), true));
            Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths), pairs, Some(nulls)))
        }
    }
}

/// The row rule's answer: the answer, or the code of the problem.
fn by_row(rules: &Rules, ask: Json, calendar: &str, key: &str) -> Result<Json, String> {
    let answer = rules.eval("calendar", &json!({"calendar": calendar, "asks": [ask]}));
    answer.map(|answer| answer["answers"][0][key].clone()).map_err(|e| place_and_problem(&e))
}

/// What a row must say, by the rule `calendar`.
fn expected(rules: &Rules, row: &Row, default: Option<&str>, due: bool) -> Result<Json, &'static str> {
    let calendar = row.calendar.or(default).ok_or("missing_calendar")?;
    if rules.calendar(calendar).is_none() {
        return Err("unknown_calendar");
    }
    let kept = |micros: i64| (-2_208_988_800 * MICROS..253_402_300_800 * MICROS).contains(&micros);
    let start = row.start.ok_or("missing_start")?;
    if !kept(start) {
        return Err("unreadable_start");
    }
    let unreadable = row.pauses.iter().flatten().any(|(from, to)| !kept(*from) || !kept(*to));
    let pauses: Vec<[String; 2]> =
        row.pauses.iter().flatten().map(|(from, to)| [instant(*from), instant(*to)]).collect();
    let ask = if due {
        let seconds = i64::from(row.minutes.ok_or("missing_target")?) * 60;
        if seconds < 0 {
            return Err("negative_target");
        }
        json!({"ask": "due", "start": instant(start), "working_seconds": seconds, "pauses": pauses})
    } else {
        let end = row.end.ok_or("missing_end")?;
        if !kept(end) {
            return Err("unreadable_end");
        }
        if end < start {
            return Err("end_before_start");
        }
        json!({"ask": "elapsed", "from": instant(start), "to": instant(end), "pauses": pauses})
    };
    if unreadable {
        return Err("unreadable_pauses");
    }
    let told = |key| {
        by_row(rules, ask.clone(), calendar, key).map_err(|e| match e.as_str() {
            e if e.contains("NotEnoughOpenTime") => "no_working_time",
            e if e.contains("pauses") => "pause_end_before_start",
            _ => "?",
        })
    };
    if due { told("due") } else { Ok(json!([told("seconds")?, told("microseconds")?.as_i64().unwrap_or(0)])) }
}

/// What a table says, row by row.
fn found(table: &Evaluated, due: bool) -> Vec<Result<Json, String>> {
    let problems = texts(table, "problem");
    let mut answers = Vec::new();
    for batch in &table.batches {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        for row in 0..batch.num_rows() {
            answers.push(if due {
                let due = column("due").as_primitive::<TimestampMicrosecondType>();
                due.is_valid(row).then(|| json!(instant(due.value(row))))
            } else {
                let seconds = column("working_seconds").as_primitive::<Int64Type>();
                let rest = column("working_microseconds").as_primitive::<Int32Type>();
                assert_eq!(seconds.is_valid(row), rest.is_valid(row));
                seconds.is_valid(row).then(|| json!([seconds.value(row), rest.value(row)]))
            });
        }
    }
    assert_eq!(answers.len(), problems.len());
    let both = answers.into_iter().zip(problems);
    both.map(|(answer, problem)| match (answer, problem) {
        (Some(answer), None) => Ok(answer),
        (None, Some(problem)) => Err(problem),
        other => panic!("an answer or a problem: {other:?}"),
    })
    .collect()
}

/// The table cut into batches of some rows, sliced out of a longer one.
fn cut(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    let all = batch.num_rows();
    (0..all).step_by(rows.max(1)).map(|start| batch.slice(start, rows.max(1).min(all - start))).collect()
}

/// The rows again and again, so that there are enough for a table of the calendar.
fn repeated(rows: &[Row], many: bool) -> Vec<Row> {
    if !many {
        return rows.to_vec();
    }
    rows.iter().cycle().take(1_100).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn columns_give_the_answers_of_rows(
        rows in rows(),
        layouts in (0..8usize, 0..8usize, 0..3usize, 0..4usize),
        (many, piece, threads) in (any::<bool>(), 1..700usize, 1..4usize),
        (has_pauses, own, has_default) in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let rules = rules();
        let mut rows = rows;
        if !has_pauses {
            rows.iter_mut().for_each(|row| row.pauses = None);
        }
        if !own {
            rows.iter_mut().for_each(|row| row.calendar = None);
        }
        let table_rows = repeated(&rows, many);
        let (starts, start_micros) = times(table_rows.iter().map(|r| r.start).collect(), layouts.0);
        let (ends, end_micros) = times(table_rows.iter().map(|r| r.end).collect(), layouts.1);
        let minutes = || table_rows.iter().map(|row| row.minutes);
        let (target, targets): (&str, ArrayRef) = match layouts.3 {
            0 => ("target_minutes", Arc::new(minutes().collect::<Int32Array>())),
            1 => ("target_seconds", Arc::new(minutes().map(|m| m.map(|m| i64::from(m) * 60)).collect::<Int64Array>())),
            2 => ("target", Arc::new(minutes().map(|m| m.map(|m| i64::from(m) * 60)).collect::<DurationSecondArray>())),
            _ => ("target", Arc::new(minutes().map(|m| m.map(|m| i64::from(m) * 60_000)).collect::<DurationMillisecondArray>())),
        };
        let mut ids = StringDictionaryBuilder::<UInt16Type>::new();
        table_rows.iter().for_each(|row| ids.append_option(row.calendar));
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("row", Arc::new((0..table_rows.len() as i64).collect::<Int64Array>()) as ArrayRef, true),
            ("opened", starts, true),
            ("closed", ends, true),
            (target, targets, true),
            ("holds", pauses(&table_rows, layouts.2), true),
            ("calendar", Arc::new(ids.finish()), true),
        ]).unwrap();
        let default = (has_default || !own).then_some("day");
        let mut options = json!({"start": "opened", "threads": threads, "zone": "UTC", "keep": ["row"]});
        if own {
            options["calendar_column"] = json!("calendar");
        }
        if has_pauses {
            options["pauses"] = json!("holds");
        }
        if let Some(default) = default {
            options["calendar"] = json!(default);
        }
        for due in [true, false] {
            let mut options = options.clone();
            options[if due { "target" } else { "end" }] = json!(if due { target } else { "closed" });
            let batches = cut(&batch, piece);
            let schema = batch.schema();
            let table = if due {
                due_batches(&schema, &batches, rules, &DueOptions::from_json(&options, rules).unwrap()).unwrap()
            } else {
                elapsed_batches(&schema, &batches, rules, &ElapsedOptions::from_json(&options, rules).unwrap()).unwrap()
            };
            let all = found(&table, due);
            prop_assert_eq!(all.len(), table_rows.len());
            // Rows that are the same give the same; the rule is asked of the first of them.
            let wanted: Vec<Result<Json, &str>> = (0..rows.len()).map(|place| {
                let row = Row { start: start_micros[place], end: end_micros[place], ..rows[place].clone() };
                expected(rules, &row, default, due)
            }).collect();
            let mut problems = 0;
            for (place, found) in all.iter().enumerate() {
                let wanted = &wanted[place % rows.len()];
                prop_assert_eq!(&found.as_ref().map_err(String::as_str), &wanted.as_ref().map_err(|e| *e), "row {} {:?}", place, rows[place % rows.len()]);
                problems += usize::from(found.is_err());
            }
            prop_assert_eq!(&table.answer["answered"], &json!(all.len() - problems));
            let counted: u64 = table.answer["problems"].as_object().unwrap().values().filter_map(Json::as_u64).sum();
            prop_assert_eq!(counted, problems as u64);
            let numbers = table.batches.iter().flat_map(|b| b["row"].as_primitive::<Int64Type>().values().to_vec());
            prop_assert!(numbers.eq(0..table_rows.len() as i64));
        }
    }
}

fn one_column(name: &str, array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, array)]).unwrap()
}

fn due(batch: &RecordBatch, options: &Json) -> Result<Evaluated, String> {
    let rules = rules();
    let options = DueOptions::from_json(options, rules).map_err(|e| place_and_problem(&e))?;
    due_batches(&batch.schema(), std::slice::from_ref(batch), rules, &options).map_err(|e| place_and_problem(&e))
}

#[test]
fn days_begin_where_the_calendar_is() {
    let days = one_column("day", Arc::new(Date32Array::from(vec![Some(20_782), None])));
    // Wednesday 2026-11-25; what has no time at all is due when it opens.
    let table =
        due(&days, &json!({"calendar": "day", "start": "day", "target": 0, "unit": "hours", "lang": "fr"})).unwrap();
    assert_eq!(found(&table, true), [Ok(json!("2026-11-25T08:00:00Z")), Err("missing_start".to_owned())]);
    let texts = texts(&table, "problem_text");
    assert!(texts[0].is_none() && texts[1].as_ref().unwrap().contains("day"), "{texts:?}");
    // At 22:00 in São Paulo, on the Saturday after.
    let table = due(&days, &json!({"calendar": "night", "start": "day", "target": 3600, "unit": "seconds"})).unwrap();
    assert_eq!(found(&table, true)[0], Ok(json!("2026-11-29T02:00:00Z").clone()));
    assert_eq!(table.answer["problems"], json!({"missing_start": 1}));
}

#[test]
fn texts_say_how_long() {
    let texts = ["PT4H", "30", "PT1H30M", "P1D", "soon", ""];
    let batch = RecordBatch::try_from_iter([
        ("created_at", Arc::new(StringArray::from(vec!["2026-11-25T10:00:00+01:00"; 6])) as ArrayRef),
        ("target_minutes", Arc::new(StringArray::from(texts.to_vec()))),
    ])
    .unwrap();
    let table = due(&batch, &json!({"calendar": "day"})).unwrap();
    let unreadable = || Err("unreadable_target".to_owned());
    let at = |time: &str| Ok(json!(format!("2026-11-25T{time}:00Z")));
    let wanted = [at("14:30"), at("09:30"), at("10:30"), unreadable(), unreadable(), Err("missing_target".to_owned())];
    assert_eq!(found(&table, true), wanted);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let times = || -> ArrayRef { Arc::new(TimestampSecondArray::from(vec![0])) };
    let batch = RecordBatch::try_from_iter([
        ("created_at", Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC")) as ArrayRef),
        ("naive", times()),
        ("target", Arc::new(Int32Array::from(vec![1]))),
        ("number", Arc::new(Int32Array::from(vec![1]))),
    ])
    .unwrap();
    let refused = |options: Json| due(&batch, &options).unwrap_err();
    let with = |key: &str, value: Json| {
        let mut options = json!({"calendar": "day", "target": 1, "unit": "hours"});
        options[key] = value;
        refused(options)
    };
    assert_eq!(with("calendar", json!("nights")), "calendar UnknownCalendar");
    assert_eq!(with("calendar", json!({"id": "x"})), "calendar Missing");
    assert_eq!(with("calendar", Json::Null), " Missing");
    assert_eq!(with("start", json!("createdat")), "start MissingColumn");
    assert_eq!(with("start", json!("naive")), "naive MissingZone");
    assert_eq!(with("start", json!("number")), "number ArrowType");
    assert_eq!(with("pauses", json!("number")), "number ArrowType");
    assert_eq!(with("calendar_column", json!("number")), "number ArrowType");
    assert_eq!(with("target", json!("created_at")), "created_at ArrowType");
    assert_eq!(with("target", json!(1.5)), "target WrongShape");
    assert_eq!(with("unit", json!("days")), "unit NotOneOf");
    assert_eq!(with("colour", json!(1)), " UnknownOption");
    assert_eq!(with("threads", json!(0)), "threads OutOfRange");
    assert_eq!(refused(json!({"calendar": "day", "target": "target"})), "target Missing");
    assert_eq!(refused(json!({"calendar": "day"})), "target MissingColumn");
    assert_eq!(refused(json!({"calendar": "day", "target": 1})), " Missing");
}

#[test]
fn the_rules_are_asked_by_name() {
    let columns = [("created_at", "2026-11-20T16:30:00Z"), ("resolved_at", "2026-11-23T08:30:00.25Z")];
    let columns = columns.map(|(name, at)| (name, Arc::new(StringArray::from(vec![at])) as ArrayRef));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let table = |rule: &str, options: Json| {
        let schema: Arc<Schema> = batch.schema();
        let reader = arrow_array::RecordBatchIterator::new([Ok(batch.clone())], schema);
        let stream = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(reader));
        eval_table(stream, rules(), rule, &options).unwrap()
    };
    let elapsed = table("sla_elapsed", json!({"calendar": "day"}));
    assert_eq!(found(&elapsed, false), [Ok(json!([3_600, 250_000]))]);
    assert_eq!(elapsed.answer["calendars"][0]["id"], "day");
    let due = table("sla_due", json!({"calendar": "day", "target": 1, "unit": "hours"}));
    assert_eq!(found(&due, true), [Ok(json!("2026-11-23T08:30:00Z"))]);
}
