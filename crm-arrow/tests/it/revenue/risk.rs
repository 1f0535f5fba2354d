//! The risk of a table's row is that of its deal as JSON, which tells the same facts.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use chrono::{DateTime, NaiveDate};
use crm_arrow::{Evaluated, RiskOptions, deal_risk_batches};
use crm_core::Result;
use crm_core::kernel::time::{format_instant, parse_instant};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{amount, date, lists, place_and_problem, texts};
use crate::batch;

const PIPELINES: [Option<&str>; 4] = [None, Some("sales"), Some("SALES"), Some("elsewhere")];
const STAGES: [Option<&str>; 7] =
    [Some("prospecting"), Some("proposal"), Some("Negotiation"), Some("won"), Some("lost"), Some("nowhere"), None];
const STATES: [Option<&str>; 5] = [None, Some("open"), Some("won"), Some("lost"), Some("dormant")];
const CATEGORIES: [Option<&str>; 5] = [None, Some("commit"), Some("best_case"), Some("omitted"), Some("hopeful")];
/// When things happened to a deal, and how the rule's door calls that.
const INSTANTS: [(&str, &str); 7] = [
    ("opened_at", "began_at"),
    ("stage_entered_at", "stage_entered_at"),
    ("moved_back_at", "moved_back_at"),
    ("last_touch_at", "last_activity_at"),
    ("last_inbound_at", "last_inbound_at"),
    ("last_outbound_at", "last_outbound_at"),
    ("next_activity_at", "next_activity_at"),
];
const COUNTS: [(&str, &str); 3] =
    [("pushes", "push_count"), ("open_tasks", "open_tasks"), ("contacts_reached", "contact_count")];

#[derive(Clone, Debug)]
struct Deal {
    codes: [usize; 4],
    flags: [Option<bool>; 3],
    cents: Option<i64>,
    stage_cents: Option<i64>,
    bp: Option<i64>,
    close_day: Option<i32>,
    /// Hours since 2026-07-01: seven instants, when the quote was sent, since when a ticket is hot.
    hours: [Option<i64>; 9],
    counts: [Option<i64>; 3],
    expires_day: Option<i32>,
}

fn sometimes<T: Clone + std::fmt::Debug>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![1 => Just(None), 4 => some.prop_map(Some)]
}

fn deal() -> impl Strategy<Value = Deal> {
    let codes = (0..4usize, 0..7usize, 0..5usize, 0..5usize).prop_map(|(a, b, c, d)| [a, b, c, d]);
    let cents = sometimes(prop_oneof![8 => 0i64..20_000_000, 1 => -500i64..0]);
    let bp = sometimes(prop_oneof![8 => 0i64..=10_000, 1 => Just(10_001), 1 => Just(-1)]);
    // From July 2026 to January 2027, so that some of them lie ahead.
    let hours = proptest::array::uniform9(sometimes(0i64..5_000));
    let counts = proptest::array::uniform3(sometimes(prop_oneof![8 => 0i64..5, 1 => Just(-1), 1 => Just(1 << 40)]));
    let flags = proptest::array::uniform3(sometimes(any::<bool>()));
    let days = (sometimes(20_600i32..20_900), sometimes(20_700i32..20_850));
    (codes, flags, (cents, sometimes(0i64..20_000_000), bp), days, hours, counts).prop_map(
        |(codes, flags, (cents, stage_cents, bp), (close_day, expires_day), hours, counts)| Deal {
            codes,
            flags,
            cents,
            stage_cents,
            bp,
            close_day,
            hours,
            counts,
            expires_day,
        },
    )
}

fn micros(hours: i64) -> i64 {
    parse_instant("2026-07-01T00:00:00Z").unwrap().timestamp_micros() + hours * 3_600_000_000
}

fn instant(hours: Option<i64>) -> Json {
    hours.map(|h| format_instant(DateTime::from_timestamp_micros(micros(h)).unwrap())).into()
}

/// The columns that a table may lack.
const OPTIONAL: usize = INSTANTS.len() + COUNTS.len() + 4;

/// The deals as a table; of the columns that it may lack, those whose bit is set are left out.
fn table(deals: &[Deal], states: bool, without: u32) -> RecordBatch {
    let coded = |place: usize, codes: &'static [Option<&'static str>]| -> ArrayRef {
        Arc::new(deals.iter().map(|d| codes[d.codes[place]]).collect::<StringArray>())
    };
    let flags = |place: usize| -> ArrayRef { Arc::new(deals.iter().map(|d| d.flags[place]).collect::<BooleanArray>()) };
    let instants = |place: usize| -> ArrayRef {
        let micros = deals.iter().map(|d| d.hours[place].map(micros));
        Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let decimals = |of: &dyn Fn(&Deal) -> Option<i64>| -> ArrayRef {
        let cents = deals.iter().map(|d| of(d).map(i128::from)).collect::<Decimal128Array>();
        Arc::new(cents.with_precision_and_scale(18, 2).unwrap())
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("pipeline", coded(0, &PIPELINES)),
        ("stage", coded(1, &STAGES)),
        ("category", coded(3, &CATEGORIES)),
        ("amount", decimals(&|d| d.cents)),
        ("probability_bp", Arc::new(deals.iter().map(|d| d.bp).collect::<Int64Array>())),
        ("close_date", Arc::new(deals.iter().map(|d| d.close_day).collect::<Date32Array>())),
        ("archived", flags(0)),
    ];
    if states {
        columns.push(("state", coded(2, &STATES)));
    }
    let mut optional: Vec<Vec<(&str, ArrayRef)>> = Vec::new();
    optional.extend(INSTANTS.iter().enumerate().map(|(place, (name, _))| vec![(*name, instants(place))]));
    optional.extend(COUNTS.iter().enumerate().map(|(place, (name, _))| {
        let counts = deals.iter().map(|d| d.counts[place]).collect::<Int64Array>();
        vec![(*name, Arc::new(counts) as ArrayRef)]
    }));
    optional.push(vec![("decision_maker", flags(1))]);
    optional.push(vec![
        ("quote_sent_at", instants(7)),
        ("quote_expires_on", Arc::new(deals.iter().map(|d| d.expires_day).collect::<Date32Array>())),
        ("quote_answered", flags(2)),
    ]);
    optional.push(vec![("hot_ticket_at", instants(8))]);
    optional.push(vec![("stage_amount", decimals(&|d| d.stage_cents))]);
    let kept = optional.into_iter().enumerate().filter(|(place, _)| without & (1 << place) == 0);
    columns.extend(kept.flat_map(|(_, columns)| columns));
    batch(columns)
}

/// The same deal as the rule's own door takes it.
fn document(deal: &Deal, states: bool, without: u32) -> Json {
    let there = |place: usize| without & (1 << place) == 0;
    let mut facts = Map::new();
    for (place, (_, fact)) in INSTANTS.iter().enumerate().filter(|(place, _)| there(*place)) {
        facts.insert((*fact).to_owned(), instant(deal.hours[place]));
    }
    for (place, (_, fact)) in COUNTS.iter().enumerate().filter(|(place, _)| there(INSTANTS.len() + *place)) {
        // What cannot be read is unknown, as a fact is that nobody tells.
        if deal.counts[place].is_none_or(|count| u32::try_from(count).is_ok()) {
            facts.insert((*fact).to_owned(), deal.counts[place].into());
        }
    }
    let further = INSTANTS.len() + COUNTS.len();
    if there(further) {
        facts.insert("has_decision_maker".into(), deal.flags[1].into());
    }
    if there(further + 1) {
        let (sent, expires) = (deal.hours[7], deal.expires_day);
        let quote = json!({"sent_at": instant(sent), "expires_on": expires.map(date), "answered": deal.flags[2].unwrap_or(false)});
        facts.insert("quote".into(), if sent.is_none() && expires.is_none() { Json::Null } else { quote });
    }
    if there(further + 2) {
        let since = deal.hours[8].map(|_| json!({"since": instant(deal.hours[8])}));
        facts.insert("hot_ticket".into(), since.into());
    }
    let euros = |cents: i64| json!({"amount": amount(cents), "currency": "EUR"});
    if there(further + 3) && deal.cents.is_some() {
        facts.insert("stage_value".into(), deal.stage_cents.map(euros).into());
    }
    let archived = deal.flags[0] == Some(true);
    json!({
        "deal": {
            "pipeline": PIPELINES[deal.codes[0]], "stage": STAGES[deal.codes[1]],
            "state": STATES[deal.codes[2]].filter(|_| states), "category": CATEGORIES[deal.codes[3]],
            "value": deal.cents.map(euros), "probability_bp": deal.bp, "close_date": deal.close_day.map(date),
            "archived_at": archived.then_some("2026-01-01T00:00:00Z"),
        },
        "facts": facts, "at": crate::AT, "lang": "fr",
    })
}

fn ask(table: &RecordBatch, options: &Json) -> Result<Evaluated> {
    let mut all = json!({"at": crate::AT, "currency": "EUR", "lang": "fr", "keep": "none"});
    options.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
    deal_risk_batches(&table.schema(), std::slice::from_ref(table), &Rules::default(), &RiskOptions::from_json(&all)?)
}

/// The rows of an answer as the rule's own door tells them, as far as a table does.
fn rows(found: &Evaluated) -> Vec<Json> {
    let (reasons, codes, unknown) = (lists(found, "reasons"), lists(found, "reason_codes"), lists(found, "unknown"));
    let bands = texts(found, "band");
    let mut rows = Vec::new();
    for batch in &found.batches {
        let numbers = |name: &str| {
            let column = batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().clone();
            move |row: usize| column.is_valid(row).then(|| column.value(row))
        };
        let (score, coverage) = (numbers("score"), numbers("coverage_bp"));
        let points = batch.column_by_name("reason_points").unwrap().as_list::<i32>();
        let changes = batch.column_by_name("next_change_at").unwrap().as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let place = rows.len();
            let change = changes.is_valid(row).then(|| DateTime::from_timestamp_micros(changes.value(row)).unwrap());
            rows.push(json!({
                "score": score(row), "band": bands[place], "coverage_bp": coverage(row),
                "reasons": reasons[place], "codes": codes[place], "unknown": unknown[place],
                "points": points.value(row).as_primitive::<Int64Type>().values().to_vec(),
                "next_change_at": change.map(format_instant),
            }));
        }
    }
    rows
}

/// What the rule says of one deal, with the columns' names.
fn told(answer: &Json) -> Json {
    let each = |list: &Json, key: &str| -> Vec<Json> {
        list.as_array().map_or_else(Vec::new, |all| all.iter().map(|one| one[key].clone()).collect())
    };
    let none = &answer["none"];
    let reasons = if none.is_null() { answer["reasons"].clone() } else { json!([none]) };
    let points = if none.is_null() { each(&reasons, "points") } else { vec![0.into()] };
    json!({
        "score": answer["score"], "band": answer["band"], "coverage_bp": answer["coverage_bp"],
        "reasons": each(&reasons, "text"), "codes": each(&reasons, "code"), "unknown": each(&answer["unknown"], "signal"), "points": points,
        "next_change_at": answer["next_change_at"],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn a_row_has_the_risk_of_its_deal(
        deals in proptest::collection::vec(deal(), 1..24),
        states in any::<bool>(),
        given in any::<bool>(),
        without in 0u32..1 << OPTIONAL,
        threads in 1usize..4,
    ) {
        let pipelines = json!([{"code": "sales", "stages": [
            {"code": "prospecting", "probability_bp": 500}, {"code": "proposal", "probability_bp": 4000, "max_age_days": 20},
            {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]}]);
        let mut options = json!({"threads": threads});
        if given {
            options["pipelines"] = pipelines.clone();
        }
        let found = rows(&ask(&table(&deals, states, without), &options).unwrap());
        prop_assert_eq!(found.len(), deals.len());
        for (deal, found) in deals.iter().zip(found) {
            let mut input = document(deal, states, without);
            if given {
                input["pipelines"] = pipelines.clone();
            }
            let expected = Rules::default().eval("deal_risk", &input).unwrap();
            let sum: i64 = found["points"].as_array().unwrap().iter().map(|p| p.as_i64().unwrap()).sum();
            prop_assert_eq!(found["score"].as_i64().unwrap_or(0), sum);
            prop_assert_eq!(found, told(&expected), "{}", input);
        }
    }
}

#[test]
fn an_example_by_hand() {
    // The example of the rule: six days overdue, no next step; no pipeline says that the default one is meant.
    let columns = || -> Vec<(&str, ArrayRef)> {
        vec![
            ("stage", Arc::new(StringArray::from(vec!["proposal", "won", "nowhere"]))),
            ("value", Arc::new(StringArray::from(vec!["8000", "8000", "8000"]))),
            ("close_date", Arc::new(StringArray::from(vec!["2026-11-16"; 3]))),
            ("open_tasks", Arc::new(Int32Array::from(vec![0, 0, 0]))),
        ]
    };
    let found = ask(&batch(columns()), &json!({"keep": ["stage"]})).unwrap();
    let rows = rows(&found);
    assert_eq!((&rows[0]["score"], &rows[0]["points"]), (&40.into(), &json!([25, 15])));
    assert_eq!(rows[0]["reasons"][0], "date de clôture prévue dépassée de 6 jours (16/11/2026)");
    assert_eq!((&rows[1]["score"], &rows[1]["codes"]), (&Json::Null, &json!(["risk_deal_closed"])));
    assert_eq!((&rows[2]["score"], &rows[2]["codes"]), (&Json::Null, &json!(["risk_unknown_stage"])));
    assert_eq!(texts(&found, "stage")[2].as_deref(), Some("nowhere"));
    assert_eq!(found.answer["zone"], "UTC");
    // Of a next step nobody knows without a column of tasks.
    let mut silent = columns();
    silent.pop();
    assert_eq!(self::rows(&ask(&batch(silent), &json!({})).unwrap())[0]["score"], 25);
    // Neither a stage nor a state: an open deal; with a state alone, that.
    let mut bare = columns();
    bare.remove(0);
    assert_eq!(self::rows(&ask(&batch(bare.clone()), &json!({})).unwrap())[0]["score"], 40);
    bare.push(("state", Arc::new(StringArray::from(vec!["lost", "open", "won"]))));
    let rows = self::rows(&ask(&batch(bare), &json!({})).unwrap());
    assert_eq!(rows.iter().map(|row| row["score"].clone()).collect::<Vec<_>>(), [Json::Null, 40.into(), Json::Null]);
}

#[test]
fn cells_that_cannot_be_read_are_told_and_unknown() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 16).unwrap().to_string();
    let found = ask(
        &batch(vec![
            ("state", Arc::new(StringArray::from(vec!["open"; 5]))),
            ("amount", Arc::new(StringArray::from(vec![Some("12,5"), Some("1.005"), None, Some("-3"), Some("8000")]))),
            ("probability_bp", Arc::new(Int64Array::from(vec![10_001, -1, 10_000, 0, i64::MIN]))),
            ("close_date", Arc::new(StringArray::from(vec!["2026-02-30", &day, "", "soon", &day]))),
            ("pushes", Arc::new(Int64Array::from(vec![-1, i64::MAX, 3, 0, 1]))),
            ("stage_amount", Arc::new(StringArray::from(vec!["x", "1", "1", "1.005", "10000"]))),
            (
                "quote_sent_at",
                Arc::new(StringArray::from(vec!["never", "2026-07-01T09:00:00Z", "", "", "2026-11-20T09:00:00Z"])),
            ),
            ("quote_answered", Arc::new(StringArray::from(vec!["true", "perhaps", "", "true", "true"]))),
        ]),
        &json!({"lang": "en"}),
    )
    .unwrap();
    let fields: Vec<Vec<String>> = lists(&found, "diagnostics")
        .iter()
        .map(|of| of.iter().map(|text| text.split(':').next().unwrap().to_owned()).collect())
        .collect();
    let mut sorted = fields.clone();
    sorted.iter_mut().for_each(|of| of.sort());
    assert_eq!(sorted[0], ["amount", "close_date", "probability_bp", "pushes", "quote_sent_at", "stage_amount"]);
    assert_eq!(
        sorted[1],
        ["amount", "probability_bp", "pushes", "quote_answered", "stage_amount"].map(str::to_owned)[..4]
    );
    assert_eq!((&sorted[2], &sorted[3]), (&Vec::new(), &vec!["close_date".to_owned(), "stage_amount".to_owned()]));
    assert_eq!(sorted[4], ["probability_bp"]);
    let rows = rows(&found);
    let unknown = |row: usize, signal: &str| rows[row]["unknown"].as_array().unwrap().contains(&signal.into());
    // Told by nobody: neither 25 points for pushes, nor a quote that is stale, nor one that is absent.
    for (row, signal) in [(0, "pushes"), (1, "pushes"), (0, "quote_stale"), (1, "quote_stale"), (0, "overdue_close")] {
        assert!(unknown(row, signal), "{signal} of {row}: {}", rows[row]);
    }
    assert!(!unknown(2, "quote_stale") && !unknown(4, "amount_cut"), "{} {}", rows[2], rows[4]);
    assert!(rows[4]["codes"].as_array().unwrap().contains(&"amount_cut".into()), "{}", rows[4]);
}

#[test]
fn what_is_no_table_of_deals_is_refused_with_its_place() {
    let one = |name: &str, column: ArrayRef| ask(&batch(vec![(name, column)]), &json!({}));
    let code = |asked: Result<Evaluated>| place_and_problem(&asked.unwrap_err());
    let text = || Arc::new(StringArray::from(vec!["red"])) as ArrayRef;
    assert_eq!(code(one("colour", text())), " NoMappedColumn");
    let none = RecordBatch::try_new_with_options(
        crate::schema(Vec::new()),
        Vec::new(),
        &arrow_array::RecordBatchOptions::new().with_row_count(Some(3)),
    );
    assert_eq!(code(ask(&none.unwrap(), &json!({}))), " NoMappedColumn");
    assert_eq!(code(one("archived", Arc::new(Int64Array::from(vec![1])))), "archived ArrowType");
    assert_eq!(code(one("close_date", Arc::new(BooleanArray::from(vec![true])))), "close_date ArrowType");
    let options = |options: Json| code(ask(&batch(vec![("stage", text())]), &options));
    assert_eq!(options(json!({"att": 1})), " UnknownOption");
    assert_eq!(options(json!({"at": null})), " Missing");
    assert_eq!(options(json!({"at": "today"})), "at NotAnInstant");
    assert_eq!(options(json!({"pipelines": [{"code": "x", "stages": []}]})), "pipelines[0] NoStageOfKind");
    assert_eq!(options(json!({"threads": 0})), "threads OutOfRange");
    let empty = RecordBatch::new_empty(batch(vec![("stage", text())]).schema());
    let found = ask(&empty, &json!({})).unwrap();
    assert_eq!((found.rows(), found.schema.fields().len()), (0, 9));
}
