//! Filters: golden cases, what is refused, and that a resolved filter says of every row what somebody with a wall
//! calendar would.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Weekday};
use crm_core::kernel::fact::{Fact, Facts};
use crm_core::kernel::field::{Field, FieldType, Schema};
use crm_core::kernel::period::{FiscalCalendar, Layout, NamedBy};
use crm_core::kernel::predicate::{Predicate, Truth};
use crm_core::kernel::zone::Zone;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::filter::{RANGE_NAMES, Reader, resolve};
use crm_core::{Instant, Lang};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Worked out by hand; 22 November 2026 is a Sunday.
const NUMBERS: &[Number] = &[
    ("my tasks of this week, on the first minutes of it", "/matches", "true"),
    ("my tasks of this week, on the first minutes of it", "/ranges/0/range/from", r#""2026-11-23""#),
    ("my tasks of this week, on the first minutes of it", "/ranges/0/path", r#""all[2]""#),
    (
        "my tasks of this week, on the first minutes of it",
        "/ranges/0/text",
        r#""du 23/11/2026 au 29/11/2026 inclus (Europe/Paris)""#,
    ),
    ("my tasks of this week, on the first minutes of it", "/people/0/names", r#"["marie"]"#),
    ("the same instant in UTC is the week before", "/matches", "false"),
    ("the same instant in UTC is the week before", "/ranges/0/range/to", r#""2026-11-23""#),
    ("weeks from Sunday", "/matches", "true"),
    ("a day of 25 hours", "/matches", "true"),
    ("the first moment of the day after it", "/matches", "false"),
    ("yesterday had 23 hours", "/matches", "true"),
    ("yesterday had 23 hours", "/ranges/0/range/ends_at", r#""2026-03-29T22:00:00Z""#),
    ("overdue is before today", "/matches", "true"),
    ("older than thirty days", "/matches", "true"),
    ("older than thirty days", "/where/value", r#""2026-10-22T22:00:00Z""#),
    ("after next month", "/matches", "true"),
    ("the next seven days, without today", "/matches", "false"),
    ("the fiscal quarter", "/matches", "true"),
    ("the fiscal quarter", "/ranges/0/range/to", r#""2026-12-01""#),
    ("the civil quarter beside it", "/matches", "false"),
    ("the last two fiscal years", "/matches", "true"),
    ("the last two fiscal years", "/ranges/0/range/to", r#""2026-09-01""#),
    ("one named day", "/matches", "true"),
    ("days from one to another", "/matches", "false"),
    ("my team is a list", "/matches", "true"),
    ("my team is a list", "/where/all/0", r#"{"field":"owner","op":"in","value":["marie","paul"]}"#),
    ("my team is a list", "/where/all/1/value", r#"["zoe","marie"]"#),
    ("a team of nobody else is me", "/where", r#"{"field":"owner","op":"ne","value":"marie"}"#),
    ("now", "/matches", "true"),
    ("an empty date is in no range and not outside of one", "/matches", "false"),
    ("an empty date is in no range and not outside of one", "/explain/truth", r#""unknown""#),
    ("every leaf says what it found", "/explain/any/0/truth", r#""false""#),
    ("every leaf says what it found", "/explain/any/1/all/0/found", r#""Urgent""#),
    ("every leaf says what it found", "/matches", "true"),
    ("a leaf that fits no field is flagged, and nothing is shown", "/matches", "null"),
    ("a leaf that fits no field is flagged, and nothing is shown", "/where", "null"),
    ("a leaf that fits no field is flagged, and nothing is shown", "/broken/0/field", r#""where.any[1].field""#),
    ("a leaf that fits no field is flagged, and nothing is shown", "/explain/any/0/truth", r#""true""#),
    ("a range of a text is flagged", "/broken/0/field", r#""where.not.op""#),
    ("without facts only the condition", "/ranges/0/text", r#""du 01/01/2025 au 31/12/2025 inclus (UTC)""#),
];

#[test]
fn the_numbers_by_hand_hold() {
    golden::holds("filter", NUMBERS);
}

fn ask(input: Json) -> crm_core::Result<Json> {
    Rules::default().eval("filter", &input)
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let test = |op: &str, value: Json| json!({"field": "due_date", "op": op, "value": value});
    let at = "2026-11-22T09:00:00Z";
    for (filter, code, path) in [
        (test("during", json!("this_wek")), "invalid_value", "where.value"),
        (test("during", json!(7)), "invalid_json", "where.value"),
        (test("during", Json::Null), "invalid_json", "where.value"),
        (test("during", json!({})), "invalid_json", "where.value"),
        (test("during", json!({"last": 7, "next": 7, "unit": "day"})), "invalid_json", "where.value"),
        (test("during", json!({"last": 7})), "missing", "where.value"),
        (test("during", json!({"last": 0, "unit": "day"})), "invalid_value", "where.value.last"),
        (test("during", json!({"next": 101, "unit": "year"})), "invalid_value", "where.value.next"),
        (test("during", json!({"last": 3, "unit": "days"})), "invalid_value", "where.value.unit"),
        (test("during", json!({"last": 3, "unit": "day", "to": "2026-01-01"})), "invalid_rules", "where.value.to"),
        (test("during", json!({"from": "2026-02-01", "to": "2026-02-01"})), "invalid_rules", "where.value.to"),
        (test("during", json!({"from": "2026-02-01"})), "missing", "where.value"),
        (
            test("during", json!({"from": "2026-02-01", "to": "2026-03-01", "unit": "day"})),
            "invalid_rules",
            "where.value.unit",
        ),
        (test("during", json!("2026-02-30")), "invalid_value", "where.value"),
        (test("eq", json!({"at": "now"})), "invalid_value", "where.value"),
        (json!({"field": "due_at", "op": "lt", "value": {"at": "later"}}), "invalid_value", "where.value.at"),
        (json!({"field": "assignee", "op": "eq", "value": {"actor": "you"}}), "invalid_value", "where.value.actor"),
        (json!({"field": "assignee", "op": "eq", "value": {"actor": "me"}}), "missing", "where.value"),
        (
            json!({"field": "assignee", "op": "in", "value": ["a", {"actor": "me", "or": 1}]}),
            "unknown_field",
            "where.value[1]",
        ),
        (json!({"field": "due_date", "op": "eq", "value": {"actor": "me"}}), "invalid_value", "where.value"),
    ] {
        let answer = ask(json!({"record": "task", "at": at, "where": filter})).unwrap();
        let broken = &answer["broken"][0];
        assert_eq!((broken["code"].as_str(), broken["field"].as_str()), (Some(code), Some(path)), "{filter}: {answer}");
        assert_eq!(answer["where"], Json::Null);
    }
    for (input, code, path) in [
        (json!({"at": at, "where": {}}), "missing", None),
        (json!({"record": "tasks", "at": at, "where": {}}), "unknown_field", Some("record")),
        (json!({"record": "task", "where": test("during", json!("today"))}), "missing", None),
        (json!({"record": "task", "at": at, "where": {"all": []}}), "invalid_rules", Some("where.all")),
        (
            json!({"record": "task", "at": at, "where": test("around", json!("today"))}),
            "invalid_value",
            Some("where.op"),
        ),
        (
            json!({"record": "task", "at": at, "where": test("lt", json!("2026-01-01")), "week_start": "mon"}),
            "invalid_value",
            Some("week_start"),
        ),
        (
            json!({"record": "task", "at": at, "where": test("lt", json!("2026-01-01")), "facts": {"due": 1}}),
            "unknown_field",
            Some("facts.due"),
        ),
    ] {
        let error = ask(input.clone()).expect_err(&input.to_string());
        assert_eq!((error.code().name(), error.field()), (code, path), "{input}: {error}");
    }
    let unreadable =
        json!({"record": "task", "at": at, "where": test("before", json!("today")), "facts": {"due_date": "soon"}});
    let answer = ask(unreadable).unwrap();
    assert_eq!((&answer["matches"], &answer["diagnostics"][0]["field"]), (&json!(false), &json!("facts.due_date")));
}

#[test]
fn rules_without_a_reader_take_no_ranges() {
    let range = json!({"not": {"field": "received_at", "op": "during", "value": "today"}});
    let schema = Rules::default().schema(Kind::Lead);
    let error = Predicate::from_json(&range).unwrap().compile(&schema).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("not.op")));
    assert!(error.text(Lang::French).contains("dépend de la personne qui lit"), "{error}");
}

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Paris",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Havana",
];

/// Which unit a day lies in, counted from somewhere: what a wall calendar says.
fn place(unit: &str, fiscal: bool, first_month: u32, week_start: Weekday, day: NaiveDate) -> i64 {
    let days = i64::from(day.num_days_from_ce());
    let first = if fiscal { i64::from(first_month) } else { 1 };
    let months = i64::from(day.year()) * 12 + i64::from(day.month()) - first;
    match unit {
        "day" => days,
        // The first of January of year 1, day 1, was a Monday.
        "week" => (days - 1 - i64::from(week_start.num_days_from_monday())).div_euclid(7),
        "month" => months,
        "quarter" => months.div_euclid(3),
        _ => months.div_euclid(12),
    }
}

#[derive(Clone, Debug)]
struct Asked {
    range: Json,
    unit: &'static str,
    fiscal: bool,
    /// The first and the last unit, counted from the current one.
    units: (i64, i64),
}

fn asked() -> impl Strategy<Value = Asked> {
    let units = ["day", "week", "month", "quarter", "year"];
    let named = prop::sample::select(RANGE_NAMES).prop_map(move |name| {
        let (shift, unit) = match name {
            "today" => (0, "day"),
            "yesterday" => (-1, "day"),
            "tomorrow" => (1, "day"),
            name => {
                let (shift, unit) = name.split_once('_').unwrap();
                (["last", "this", "next"].iter().position(|s| *s == shift).unwrap() as i64 - 1, unit)
            }
        };
        let plain = unit.trim_start_matches("fiscal_");
        let unit = units.into_iter().find(|u| *u == plain).unwrap();
        Asked { range: json!(name), unit, fiscal: name.contains("fiscal"), units: (shift, shift) }
    });
    let counted = (prop::sample::select(units.to_vec()), 1i64..40, any::<bool>(), any::<bool>(), any::<bool>());
    let counted = counted.prop_map(|(unit, n, ahead, current, fiscal)| {
        let key = if ahead { "next" } else { "last" };
        let near = if current { 0 } else { 1 };
        let far = if current { n - 1 } else { n };
        let units = if ahead { (near, far) } else { (-far, -near) };
        Asked {
            range: json!({key: n, "unit": unit, "include_current": current, "fiscal": fiscal}),
            unit,
            fiscal,
            units,
        }
    });
    prop_oneof![named, counted]
}

struct Row(Option<NaiveDate>, Option<Instant>);

impl Facts for Row {
    fn fact(&self, field: usize) -> Fact<'_> {
        match field {
            0 => self.0.map_or(Fact::Unknown, Fact::Date),
            _ => self.1.map_or(Fact::Unknown, Fact::Instant),
        }
    }
}

fn instant() -> impl Strategy<Value = Instant> {
    // Near clock changes, and the day that Samoa left out, more often than chance would have it.
    let around =
        prop::sample::select(vec![1_325_239_200i64, 1_774_746_000, 1_792_890_000, 1_541_300_400, 1_520_000_000]);
    let near = (around, -200_000i64..200_000).prop_map(|(center, offset)| center + offset);
    prop_oneof![near, 1_200_000_000i64..1_900_000_000].prop_map(|s| DateTime::from_timestamp(s, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_resolved_filter_is_what_a_wall_calendar_says(
        asked in asked(),
        at in instant(),
        zone in prop::sample::select(ZONES.to_vec()),
        week_start in 0u8..7,
        first_month in 1u32..=12,
        rows in prop::collection::vec((prop::option::weighted(0.9, -500i64..500), -2_000_000i64..2_000_000), 1..20),
        operator in prop::sample::select(vec!["during", "before", "after"]),
        negated in any::<bool>(),
    ) {
        let zone: Zone = zone.parse().unwrap();
        let week_start = Weekday::try_from(week_start).unwrap();
        let fiscal = FiscalCalendar::new(first_month, NamedBy::End, Layout::Months).unwrap();
        let reader = Reader { zone: zone.clone(), week_start, fiscal, ..Reader::new(at, None) };
        let schema = Schema::new("row", [Field::new("day", FieldType::Date), Field::new("moment", FieldType::Instant)]);
        let today = zone.day(at);
        let unit = |day| place(asked.unit, asked.fiscal, first_month, week_start, day);
        let passes = |day: Option<NaiveDate>| {
            let Some(day) = day else { return false };
            let ahead = unit(day) - unit(today);
            let holds = match operator {
                "during" => ahead >= asked.units.0 && ahead <= asked.units.1,
                "before" => ahead < asked.units.0,
                _ => ahead > asked.units.1,
            };
            holds != negated
        };
        for field in ["day", "moment"] {
            let test = json!({"field": field, "op": operator, "value": asked.range});
            let filter = Predicate::from_json(&if negated { json!({"not": test}) } else { test }).unwrap();
            let plain = resolve(&filter, &schema, &reader).unwrap().predicate.compile(&schema).unwrap();
            for (offset, seconds) in &rows {
                let moment = offset.map(|days| at + TimeDelta::try_days(days).unwrap() + TimeDelta::try_seconds(*seconds).unwrap());
                let day = offset.map(|days| today + TimeDelta::try_days(days).unwrap());
                let row = Row(day, moment);
                let wanted = passes(if field == "day" { day } else { moment.map(|moment| zone.day(moment)) });
                prop_assert_eq!(plain.eval(&row, at) == Truth::True, wanted, "{} {:?} {:?}", filter.to_json(), day, moment);
            }
        }
    }
}
