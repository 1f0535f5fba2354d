//! The credit of a row is that of its touch among those of its subject as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use chrono::DateTime;
use crm_arrow::{AttributionOptions, Evaluated, attribution_batches, eval_table};
use crm_core::Result;
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{column, cut, decimals, integers, place_and_problem, texts};
use crate::batch;

/// 2026-06-01T00:00:00Z.
const START: i64 = 1_780_272_000_000_000;
const MINUTE: i64 = 60_000_000;
const CHANNELS: [Option<&str>; 6] =
    [Some("search"), Some("email"), Some("direct"), Some("Fair of Nantes"), Some("internal"), None];
const MODELS: [&str; 9] =
    ["first", "last", "last_non_direct", "linear", "u_shape", "w_shape", "full_path", "time_decay", "rank"];

#[derive(Clone, Debug)]
struct Touch {
    subject: Option<usize>,
    minute: Option<i64>,
    channel: usize,
    id: usize,
}

#[derive(Clone, Debug)]
struct Subject {
    lead: Option<i64>,
    deal: Option<i64>,
    converted: Option<i64>,
    cents: Option<i64>,
}

fn touch() -> impl Strategy<Value = Touch> {
    let minute = prop_oneof![1 => Just(None), 12 => (0..6_000i64).prop_map(Some), 6 => (0..90i64).prop_map(Some)];
    let subject = prop_oneof![1 => Just(None), 20 => (0..4usize).prop_map(Some)];
    (subject, minute, 0..6usize, 0..3usize).prop_map(|(subject, minute, channel, id)| Touch {
        subject,
        minute,
        channel,
        id,
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    let minute = || prop::option::of(0..6_500i64);
    let cents = prop::option::of(prop_oneof![8 => 0..5_000_000i64, 1 => -5_000..0i64]);
    (minute(), minute(), prop::option::weighted(0.8, 0..6_500i64), cents)
        .prop_map(|(lead, deal, converted, cents)| Subject { lead, deal, converted, cents })
}

fn micros(minute: Option<i64>) -> Option<i64> {
    minute.map(|minute| START + minute * MINUTE)
}

fn written(minute: i64) -> String {
    format_instant(DateTime::from_timestamp_micros(START + minute * MINUTE).unwrap())
}

fn instants(values: Vec<Option<i64>>, layout: usize) -> ArrayRef {
    match layout % 2 {
        0 => Arc::new(TimestampMicrosecondArray::from_iter(values.into_iter().map(micros)).with_timezone("UTC")),
        _ => Arc::new(values.into_iter().map(|minute| minute.map(written)).collect::<StringArray>()),
    }
}

fn name(subject: usize) -> String {
    format!("lead {subject}")
}

fn table(touches: &[Touch], subjects: &[Subject], layout: usize, apart: bool) -> RecordBatch {
    let of = |touch: &Touch| touch.subject.map(|subject| subjects[subject].clone());
    let told = |get: fn(&Subject) -> Option<i64>| touches.iter().map(|t| of(t).as_ref().and_then(get)).collect();
    let owners: ArrayRef = match layout % 3 {
        0 => Arc::new(touches.iter().map(|t| t.subject.map(|s| s as i64)).collect::<Int64Array>()),
        _ => column(&touches.iter().map(|t| t.subject.map(name)).collect::<Vec<_>>(), layout),
    };
    let channels: Vec<_> = touches.iter().map(|t| CHANNELS[t.channel].map(str::to_owned)).collect();
    let ids: Vec<_> = touches.iter().map(|t| (t.id > 0).then(|| format!("t{}", t.id))).collect();
    let mut columns = vec![
        ("subject", owners),
        ("at", instants(touches.iter().map(|t| t.minute).collect(), layout)),
        ("channel", column(&channels, layout / 2)),
        ("id", column(&ids, layout / 3)),
    ];
    if !apart {
        let cents: Vec<Option<i64>> = told(|s| s.cents);
        let amounts = Decimal128Array::from_iter(cents.into_iter().map(|c| c.map(i128::from)));
        columns.extend([
            ("lead_at", instants(told(|s| s.lead), layout)),
            ("deal_at", instants(told(|s| s.deal), layout)),
            ("converted_at", instants(told(|s| s.converted), layout)),
            ("amount", Arc::new(amounts.with_precision_and_scale(12, 2).unwrap()) as ArrayRef),
        ]);
    }
    batch(columns)
}

fn conversions(subjects: &[Subject], layout: usize) -> RecordBatch {
    let owners: ArrayRef = match layout % 3 {
        0 => Arc::new((0..subjects.len() as i64).collect::<Int64Array>()),
        _ => column(&(0..subjects.len()).map(|s| Some(name(s))).collect::<Vec<_>>(), layout + 1),
    };
    let amounts = Decimal128Array::from_iter(subjects.iter().map(|s| s.cents.map(i128::from)));
    batch(vec![
        ("subject", owners),
        ("lead_at", instants(subjects.iter().map(|s| s.lead).collect(), layout)),
        ("deal_at", instants(subjects.iter().map(|s| s.deal).collect(), layout)),
        ("converted_at", instants(subjects.iter().map(|s| s.converted).collect(), layout + 1)),
        ("amount", Arc::new(amounts.with_precision_and_scale(12, 2).unwrap()) as ArrayRef),
    ])
}

/// What the row rule says of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    position: Option<i64>,
    share_micro: Option<i64>,
    amount: Option<String>,
    left_out: Option<String>,
    problem: Option<String>,
}

fn expected(touches: &[Touch], subjects: &[Subject], rules: &Rules, asked: &Json) -> Vec<Told> {
    let mut told = vec![Told::default(); touches.len()];
    for (place, subject) in subjects.iter().enumerate() {
        let rows: Vec<usize> = (0..touches.len()).filter(|row| touches[*row].subject == Some(place)).collect();
        if rows.is_empty() {
            continue;
        }
        if subject.converted.is_none() {
            rows.iter().for_each(|row| told[*row].left_out = Some("not_converted".into()));
            continue;
        }
        let touch = |row: &usize| {
            let touch = &touches[*row];
            let mut map = Map::new();
            touch.minute.map(|minute| map.insert("at".into(), written(minute).into()));
            CHANNELS[touch.channel].map(|channel| map.insert("channel".into(), channel.into()));
            (touch.id > 0).then(|| map.insert("id".into(), format!("t{}", touch.id).into()));
            Json::Object(map)
        };
        let mut milestones = Map::new();
        for (name, minute) in [("lead", subject.lead), ("deal", subject.deal), ("closed", subject.converted)] {
            minute.map(|minute| milestones.insert(name.into(), written(minute).into()));
        }
        let mut ask = json!({"ask": "attribute", "touches": rows.iter().map(touch).collect::<Vec<_>>(),
            "milestones": milestones, "models": [asked["model"]]});
        for key in ["session_minutes", "window_days", "direct", "unique", "at"] {
            if !asked[key].is_null() {
                ask[key] = asked[key].clone();
            }
        }
        if let Some(cents) = subject.cents {
            ask["amount_minor"] = cents.into();
            ask["currency"] = "EUR".into();
        }
        let answer = rules.eval("attribution", &ask).unwrap();
        for (position, credit) in (1..).zip(answer["models"][0]["credits"].as_array().unwrap()) {
            let own = &mut told[rows[credit["place"].as_u64().unwrap() as usize]];
            own.position = Some(position);
            own.share_micro = credit["share_micro"].as_i64();
            own.amount = credit["amount"].as_str().map(str::to_owned);
        }
        for out in answer["left_out"].as_array().unwrap() {
            let row = rows[out["place"].as_u64().unwrap() as usize];
            told[row].left_out = out["reasons"][0]["code"].as_str().map(str::to_owned);
        }
    }
    for (row, touch) in touches.iter().enumerate() {
        if touch.subject.is_none() {
            told[row].problem = Some("missing_subject".into());
        }
    }
    told
}

fn found(table: &Evaluated) -> Vec<Told> {
    let columns = (integers(table, "position"), integers(table, "share_micro"), decimals(table, "attributed_amount"));
    let (left_out, problem) = (texts(table, "left_out"), texts(table, "problem"));
    let rows = columns.0.into_iter().zip(columns.1).zip(columns.2).zip(left_out).zip(problem);
    rows.map(|((((position, share_micro), amount), left_out), problem)| Told {
        position,
        share_micro,
        amount,
        left_out,
        problem,
    })
    .collect()
}

fn asked(model: usize, session: i64, unique: usize, direct: bool, window: Option<i64>, now: Option<i64>) -> Json {
    let mut asked = json!({"model": MODELS[model], "session_minutes": session, "currency": "EUR", "lang": "fr"});
    asked["unique"] = [json!(false), json!("first"), json!("last")][unique].clone();
    asked["direct"] = if direct { "ignore" } else { "keep" }.into();
    window.map(|days| asked["window_days"] = days.into());
    now.map(|minute| asked["at"] = written(minute).into());
    asked
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_row_gets_what_its_touch_gets(
        touches in prop::collection::vec(touch(), 1..24),
        subjects in prop::collection::vec(subject(), 4),
        (model, session, unique, direct) in (0..9usize, prop::sample::select(vec![0i64, 30, 240]), 0..3usize, any::<bool>()),
        (window, now) in (prop::option::of(1..4i64), prop::option::of(0..7_000i64)),
        (layout, places, threads, apart) in
            (0..30usize, prop::collection::vec(0..24usize, 0..3), 1..4usize, any::<bool>()),
    ) {
        let mut asked = asked(model, session, unique, direct, window, now);
        let rules = Rules::default();
        let expected = expected(&touches, &subjects, &rules, &asked);
        asked["threads"] = threads.into();
        let options = AttributionOptions::from_json(&asked, &rules).unwrap();
        let whole = table(&touches, &subjects, layout, apart);
        let second = conversions(&subjects, layout);
        let batches = cut(&whole, &places);
        let others = [second.clone()];
        let second = second.schema();
        let second = apart.then_some((&second, others.as_slice()));
        let answer = attribution_batches((&whole.schema(), &batches), second, &rules, &options).unwrap();
        prop_assert_eq!(found(&answer), expected.clone());
        // All cents are somewhere.
        let cents = |texts: Vec<Option<String>>| -> i64 {
            texts.into_iter().flatten().map(|text| text.replace('.', "").parse::<i64>().unwrap()).sum()
        };
        let here: i64 = subjects
            .iter()
            .enumerate()
            .filter(|(place, s)| s.converted.is_some() && (apart || touches.iter().any(|t| t.subject == Some(*place))))
            .filter_map(|(_, s)| s.cents)
            .sum();
        let told = answer.answer["amounts"]["EUR"].clone();
        let minor = |key: &str| told[key].as_str().map_or(0, |text| text.replace('.', "").parse::<i64>().unwrap());
        prop_assert_eq!(minor("all"), here);
        prop_assert_eq!(minor("attributed"), cents(decimals(&answer, "attributed_amount")));
        prop_assert_eq!(minor("all"), minor("attributed") + minor("unattributed"));
    }
}

#[test]
fn channels_are_told_by_what_led_here() {
    let texts = |values: [Option<&str>; 4]| Arc::new(values.into_iter().collect::<StringArray>()) as ArrayRef;
    let whole = batch(vec![
        ("lead", texts([Some("a"), Some("a"), Some("a"), Some("a")])),
        (
            "at",
            texts([
                Some("2026-06-01T09:00:00Z"),
                Some("2026-06-02T09:00:00Z"),
                Some("2026-06-03T09:00:00Z"),
                Some("x"),
            ]),
        ),
        ("utm_source", texts([None, Some("newsletter"), None, None])),
        ("utm_medium", texts([None, Some("email"), None, None])),
        ("referrer", texts([Some("https://www.google.fr/search?q=toit"), None, None, None])),
        ("kind", texts([None, None, Some("event"), None])),
        ("cost", texts([Some("1.50"), None, Some("2"), Some("much")])),
    ]);
    let rules = Rules::default();
    let options = json!({"model": "linear", "currency": "EUR", "lang": "en"});
    let options = AttributionOptions::from_json(&options, &rules).unwrap();
    let answer = attribution_batches((&whole.schema(), &[whole.clone()]), None, &rules, &options).unwrap();
    let some = |text: &str| Some(text.to_owned());
    let groups = super::texts(&answer, "channel_group");
    assert_eq!(groups, [some("organic_search"), some("email"), some("offline"), some("direct")]);
    assert_eq!(super::texts(&answer, "channel")[0], some("organic_search / Google"));
    assert_eq!(integers(&answer, "share_micro"), [Some(333_334), Some(333_333), Some(333_333), None]);
    assert_eq!(decimals(&answer, "cost"), [some("1.50"), None, some("2.00"), None]);
    assert_eq!(super::texts(&answer, "problem")[3], some("unreadable_at"));
    assert!(super::texts(&answer, "problem_text")[3].as_ref().unwrap().starts_with("at: "));
    assert_eq!(answer.answer["problems"], json!({"unreadable_at": 1}));
}

#[test]
fn rows_that_tell_different_conversions_say_so() {
    let whole = batch(vec![
        ("subject", Arc::new(Int64Array::from(vec![1, 1, 2])) as ArrayRef),
        ("channel", Arc::new(StringArray::from(vec!["search", "email", "fair"]))),
        ("amount", Arc::new(StringArray::from(vec![Some("10.00"), Some("12.00"), None]))),
    ]);
    let rules = Rules::default();
    let options = AttributionOptions::from_json(&json!({"currency": "EUR"}), &rules).unwrap();
    let answer = attribution_batches((&whole.schema(), &[whole.clone()]), None, &rules, &options).unwrap();
    let several = Some("several_conversions".to_owned());
    assert_eq!(texts(&answer, "problem"), [several.clone(), several, None]);
    assert_eq!(integers(&answer, "share_micro"), [None, None, Some(1_000_000)]);
}

#[test]
fn several_threads_say_what_one_says() {
    const SUBJECTS: i64 = 12_000;
    // The first half has touches after the conversion, the second half two of one channel; every fifth never converted.
    let rows = || (0..2 * SUBJECTS).map(|row| (row / 2, row % 2 == 1));
    let at = |(subject, is_second): (i64, bool)| START + subject * MINUTE + i64::from(is_second) * 1_000_000;
    let converted = |(subject, _): (i64, bool)| {
        let end = START + subject * MINUTE + if subject < SUBJECTS / 2 { 500_000 } else { 2_000_000 };
        Some(end).filter(|_| subject % 5 > 0)
    };
    let micros = |values: Vec<Option<i64>>| Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"));
    let cents = rows().map(|(subject, _)| Some(i128::from(100 + subject))).collect::<Decimal128Array>();
    let currencies = rows().map(|(subject, _)| if subject % 3 == 0 { "CHF" } else { "EUR" });
    let whole = batch(vec![
        ("subject", Arc::new(rows().map(|(subject, _)| subject).collect::<Int64Array>()) as ArrayRef),
        ("id", Arc::new(rows().map(|row| Some(format!("t{}", at(row)))).collect::<StringArray>())),
        ("at", micros(rows().map(|row| Some(at(row))).collect())),
        ("channel", Arc::new(rows().map(|_| Some("search")).collect::<StringArray>())),
        ("converted_at", micros(rows().map(converted).collect())),
        ("amount", Arc::new(cents.with_precision_and_scale(12, 2).unwrap())),
        ("currency", Arc::new(currencies.map(Some).collect::<StringArray>())),
    ]);
    let rules = Rules::default();
    let ask = |threads: usize| {
        let options =
            json!({"model": "linear", "unique": true, "session_minutes": 0, "lang": "en", "threads": threads});
        let options = AttributionOptions::from_json(&options, &rules).unwrap();
        attribution_batches((&whole.schema(), &[whole.clone()]), None, &rules, &options).unwrap()
    };
    let (one, three) = (ask(1), ask(3));
    assert_eq!(one.batches, three.batches);
    assert_eq!(one.answer, three.answer);
    let left_out = json!({"after_milestone": 4_800, "not_converted": 4_800, "repeated_channel": 4_800});
    assert_eq!(three.answer["left_out"], left_out);
    let last = texts(&three, "left_out_text").pop().flatten();
    assert_eq!(last.as_deref(), Some("the channel was there before: counts once"));
}

#[test]
fn what_cannot_be_read_at_all_is_refused_by_its_name() {
    let rules = Rules::default();
    let text = |name: &'static str| (name, Arc::new(StringArray::from(vec!["a"])) as ArrayRef);
    let number = |name: &'static str| (name, Arc::new(arrow_array::Float64Array::from(vec![1.5])) as ArrayRef);
    let naive = ("at", Arc::new(TimestampMicrosecondArray::from(vec![START])) as ArrayRef);
    let cases: Vec<(Vec<(&str, ArrayRef)>, Json, &str)> = vec![
        (vec![text("channel"), text("at")], json!({}), " MissingColumn"),
        (vec![text("subject"), text("at")], json!({}), " MissingOneOf"),
        (vec![text("subject"), text("channel"), number("at")], json!({}), "at ArrowType"),
        (vec![text("subject"), text("channel"), naive], json!({}), "at MissingZone"),
        (vec![text("subject"), text("channel"), text("amount")], json!({}), "amount MissingCurrency"),
        (vec![text("subject"), text("channel"), number("amount")], json!({"currency": "EUR"}), "amount ArrowType"),
        (vec![text("subject"), text("channel")], json!({"model": "best"}), "model NotOneOf"),
        (vec![text("subject"), text("channel")], json!({"by": "chanel"}), "by MissingColumn"),
        (vec![text("subject"), text("channel")], json!({"window_days": 0}), "window_days OutOfRange"),
        (vec![text("subject"), text("channel")], json!({"moodel": "first"}), " UnknownOption"),
        (vec![text("subject"), text("channel")], json!({"keep": ["who"]}), "keep MissingColumn"),
    ];
    for (columns, options, expected) in cases {
        let whole = batch(columns);
        let stream = arrow_array::RecordBatchIterator::new([Ok(whole.clone())], whole.schema());
        let stream = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(stream));
        let answer: Result<Evaluated> = eval_table(stream, &rules, "attribution", &options);
        assert_eq!(place_and_problem(&answer.unwrap_err()), expected, "{options}");
    }
}

#[test]
fn paths_divide_as_the_rule_divides() {
    let whole = batch(vec![
        ("path", Arc::new(StringArray::from(vec![Some("search > email"), Some("email"), None])) as ArrayRef),
        ("conversions", Arc::new(Int64Array::from(vec![3, 2, 1]))),
        ("revenue", Arc::new(StringArray::from(vec!["10.50", "0", "4"]))),
    ]);
    let rules = Rules::default();
    let stream = arrow_array::RecordBatchIterator::new([Ok(whole.clone())], whole.schema());
    let stream = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(Box::new(stream));
    let asked = json!({"model": "linear", "value": "revenue"});
    let answer = eval_table(stream, &rules, "attribution_paths", &asked).unwrap();
    let channels: BTreeMap<_, _> =
        texts(&answer, "channel").into_iter().flatten().zip(decimals(&answer, "conversions")).collect();
    assert_eq!(channels["email"].as_deref(), Some("3.500000"));
    assert_eq!(channels["search"].as_deref(), Some("1.500000"));
    assert_eq!(texts(&answer, "value_exact"), [Some("21/4".to_owned()), Some("21/4".to_owned())]);
    assert_eq!(answer.answer["conversions"]["unattributed"], "1.000000");
}
