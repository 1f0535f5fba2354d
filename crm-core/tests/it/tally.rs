//! Reports that count, over rows that the host gives: numbers worked out by hand, what is refused, and sums against an
//! oracle of their own.

use std::collections::BTreeMap;

use crm_core::kernel::csv::CsvFormat;
use crm_core::rules::Rules;
use crm_core::rules::report::ReportKind;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const LEADS: &str = "leads by source: a merged one counts where it lives on";
const WEEKS: &str = "leads by week and owner, as a table for French Excel";
const TICKETS: &str = "tickets: what came and went is the backlog";
const STAGES: &str = "stages: each stay ends once";
const OWNERS: &str = "stages by owner of each";
const PROMISES: &str = "promises by metric and priority";
const CHANNELS: &str = "outreach by channel";
const SEQUENCES: &str = "outreach by sequence and week: what waits is of the last one";
const CLOSED: &str = "won and lost by owner, with the days they took";

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    // The first instant of the window counts, the one after its last does not.
    (LEADS, "/rows/0/source", "null"),
    (LEADS, "/rows/0/created", "1"),
    (LEADS, "/rows/1/source", r#""fair""#),
    (LEADS, "/rows/1/disqualified", "1"),
    (LEADS, "/rows/1/duplicates_merged", "0"),
    (LEADS, "/rows/2/created", "2"),
    (LEADS, "/rows/2/worked", "2"),
    // One lives on in a, another one in that one. Those that live on outside, in nobody or in each other do not count.
    (LEADS, "/rows/2/duplicates_merged", "2"),
    (LEADS, "/rows/2/conversion_rate", r#"{"bp":5000,"den":2,"num":1}"#),
    (LEADS, "/total/created", "4"),
    (LEADS, "/total/duplicates_merged", "2"),
    (LEADS, "/window/text", r#""from 2026-11-02 to 2026-11-15 inclusive (Europe/Paris)""#),
    (WEEKS, "/rows/0/owner", r#""marie""#),
    (WEEKS, "/rows/0/from", r#""2026-11-02""#),
    (WEEKS, "/rows/0/last", r#""2026-11-08""#),
    (WEEKS, "/rows/0/created", "1"),
    (WEEKS, "/rows/1/created", "2"),
    (WEEKS, "/rows/3/conversion_rate/bp", "null"),
    (
        WEEKS,
        "/csv",
        "\"\u{feff}Section;Responsable;Du;Au;Arrivés;Doublons fusionnés;Taux de conversion (points de base)\\r\\nrow;marie;2026-11-02;2026-11-08;1;2;10000\\r\\nrow;marie;2026-11-09;2026-11-15;2;0;0\\r\\nrow;paul;2026-11-02;2026-11-08;1;0;0\\r\\nrow;paul;2026-11-09;2026-11-15;0;0;\\r\\ntotal;;2026-11-02;2026-11-15;4;2;2500\\r\\n\"",
    ),
    ("no lead at all", "/rows", "[]"),
    ("no lead at all", "/total/created", "0"),
    ("leads of which nobody groups anything", "/rows/0/created", "4"),
    // Two wait at the beginning, t2 and t5; t2 at the end.
    (TICKETS, "/rows/0/priority", r#""low""#),
    (TICKETS, "/rows/0/backlog_start", "2"),
    (TICKETS, "/rows/0/opened", "1"),
    (TICKETS, "/rows/0/resolved", "1"),
    (TICKETS, "/rows/0/backlog_end", "2"),
    (TICKETS, "/rows/1/reopened", "1"),
    (TICKETS, "/rows/1/removed", "1"),
    (TICKETS, "/rows/1/backlog_end", "1"),
    (TICKETS, "/rows/3/backlog_end", "1"),
    (TICKETS, "/total/backlog_start", "2"),
    (TICKETS, "/total/backlog_end", "2"),
    (TICKETS, "/identity", r#"{"backlog_end":2,"backlog_start":2,"came":3,"holds":true,"went":3}"#),
    (STAGES, "/rows/0/stage", r#""gone""#),
    (STAGES, "/rows/0/moved", "1"),
    (STAGES, "/rows/1/entered", "5"),
    (STAGES, "/rows/1/advanced", "2"),
    (STAGES, "/rows/1/lost", "1"),
    (STAGES, "/rows/1/moved", "1"),
    (STAGES, "/rows/1/still_there", "1"),
    (STAGES, "/rows/1/won", "1"),
    (STAGES, "/rows/1/advance_rate", r#"{"bp":4000,"den":5,"num":2}"#),
    // 0, 1, 1 and 3 days.
    (
        STAGES,
        "/rows/1/stage_days",
        r#"{"count":4,"mean":{"days":"1.25","den":"4","num":"5"},"median":{"days":"1.00","den":"2","num":"2"}}"#,
    ),
    (STAGES, "/rows/2/entered", "4"),
    (STAGES, "/rows/2/archived", "1"),
    (STAGES, "/rows/2/returned", "1"),
    (STAGES, "/rows/2/moved", "1"),
    (STAGES, "/rows/2/stage_days/mean", r#"{"days":"2.33","den":"3","num":"7"}"#),
    (STAGES, "/rows/3/pipeline", r#""upsell""#),
    (STAGES, "/total/entered", "11"),
    (OWNERS, "/rows/0/owner", r#""marie""#),
    (OWNERS, "/rows/0/stage", r#""new""#),
    (OWNERS, "/rows/0/entered", "3"),
    (PROMISES, "/rows/0/metric", r#""first_response""#),
    (PROMISES, "/rows/0/priority", r#""low""#),
    (PROMISES, "/rows/0/met_rate/bp", "null"),
    (PROMISES, "/rows/1/met", "3"),
    (PROMISES, "/rows/2/breached", "1"),
    (PROMISES, "/rows/2/running", "1"),
    (PROMISES, "/total/met_rate", r#"{"bp":7500,"den":4,"num":3}"#),
    ("promises by policy", "/rows/1/sla_policy", r#""gold""#),
    (CHANNELS, "/rows/0/sent", "3"),
    (CHANNELS, "/rows/0/waiting_approval", "1"),
    (CHANNELS, "/rows/0/reply_rate", r#"{"bp":6666,"den":3,"num":2}"#),
    (CHANNELS, "/rows/1/sent", "1"),
    (CHANNELS, "/total/sent", "4"),
    (SEQUENCES, "/rows/0/sent", "0"),
    (SEQUENCES, "/rows/1/sent", "2"),
    (SEQUENCES, "/rows/1/waiting_approval", "1"),
    (SEQUENCES, "/rows/2/sequence", r#""welcome""#),
    (SEQUENCES, "/rows/2/sent", "2"),
    (CLOSED, "/rows/0/won_value", r#""1000.01""#),
    (CLOSED, "/rows/0/lost_value", r#""50.00""#),
    (CLOSED, "/rows/0/win_rate", r#"{"bp":6666,"den":3,"num":2}"#),
    // 2 and 34 days.
    (CLOSED, "/rows/0/won_days/median", r#"{"days":"18.00","den":"2","num":"36"}"#),
    (CLOSED, "/rows/1/won", "2"),
    // Ten dollars at a half; what has no amount or no rate counts, without a value.
    (CLOSED, "/rows/1/won_value", r#""5.00""#),
    (CLOSED, "/rows/1/lost_value", r#""0.00""#),
    (CLOSED, "/rows/1/won_days/mean", r#"{"days":"0.00","den":"1","num":"0"}"#),
    (CLOSED, "/rows/1/lost_days", r#"{"count":0,"mean":null,"median":null}"#),
    (CLOSED, "/excluded/0/code", r#""missing_amount""#),
    (CLOSED, "/excluded/1/code", r#""no_rate""#),
    ("nothing was closed", "/total/win_rate/bp", "null"),
];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("report", NUMBERS);
}

#[test]
fn every_kind_has_a_case() {
    let cases = golden::cases("report");
    for kind in ReportKind::CODES {
        assert!(cases.iter().any(|case| case["input"]["report"]["kind"] == *kind), "{kind}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let window = json!({"fixed": {"from": "2026-11-02", "to": "2026-11-16"}});
    let row = |row: Json| json!({"rows": [row]});
    for (kind, report, more, code, path) in [
        ("lead_volume", json!({"window": null}), json!({}), "missing", "report"),
        ("lead_volume", json!({"currency": "EUR"}), json!({}), "unknown_field", "report"),
        ("win_rate", json!({}), json!({}), "missing", "report"),
        ("win_rate", json!({"currency": "EURO"}), json!({}), "invalid_value", "report.currency"),
        (
            "lead_volume",
            json!({"window": {"fixed": {"from": "2026-11-16", "to": "2026-11-02"}}}),
            json!({}),
            "invalid_rules",
            "report.window.fixed.to",
        ),
        ("lead_volume", json!({"group_by": ["colour"]}), json!({}), "invalid_value", "report.group_by[0]"),
        ("lead_volume", json!({"group_by": ["priority"]}), json!({}), "invalid_value", "report.group_by[0]"),
        ("lead_volume", json!({"group_by": ["source", "source"]}), json!({}), "invalid_rules", "report.group_by[1]"),
        ("lead_volume", json!({"measures": ["sent"]}), json!({}), "invalid_value", "report.measures[0]"),
        ("lead_volume", json!({"measures": []}), json!({}), "invalid_rules", "report.measures"),
        ("lead_volume", json!({"by": "hour"}), json!({}), "invalid_value", "report.by"),
        ("lead_volume", json!({"disqualified": "x"}), json!({}), "invalid_json", "report.disqualified"),
        (
            "lead_volume",
            json!({"window": {"fixed": {"from": "1990-01-01", "to": "2026-01-01"}}, "by": "day"}),
            json!({}),
            "too_large",
            "report.by",
        ),
        (
            "lead_volume",
            json!({"filter": {"field": "owner", "op": "is_null"}}),
            json!({}),
            "invalid_json",
            "report.filter",
        ),
        ("lead_volume", json!({}), json!({"deals": []}), "unknown_field", ""),
        ("lead_volume", json!({}), row(json!({})), "missing", "rows[0]"),
        ("lead_volume", json!({}), row(json!({"id": "a"})), "missing", "rows[0]"),
        ("lead_volume", json!({}), row(json!({"id": "a", "at": "now"})), "invalid_value", "rows[0].at"),
        ("lead_volume", json!({}), row(json!({"id": "a", "flow": "opened"})), "unknown_field", "rows[0]"),
        (
            "lead_volume",
            json!({}),
            row(json!({"id": "a", "at": "2026-11-03T00:00:00Z", "worked": "yes"})),
            "invalid_value",
            "rows[0].worked",
        ),
        (
            "support_volume",
            json!({}),
            row(json!({"id": "a", "at": "2026-11-03T00:00:00Z", "flow": "flown"})),
            "invalid_value",
            "rows[0].flow",
        ),
        ("stage_conversion", json!({}), row(json!({"id": "a", "stays": [{}]})), "missing", "rows[0].stays[0]"),
        (
            "sla_attainment",
            json!({}),
            row(
                json!({"id": "a", "at": "2026-11-03T00:00:00Z", "clocks": [{"metric": "first_response", "state": "late"}]}),
            ),
            "invalid_value",
            "rows[0].clocks[0].state",
        ),
        (
            "win_rate",
            json!({"currency": "EUR"}),
            row(json!({"id": "a", "at": "2026-11-03T00:00:00Z", "state": "open"})),
            "invalid_value",
            "rows[0].state",
        ),
    ] {
        let mut spec = json!({"kind": kind, "window": window});
        spec.as_object_mut().unwrap().extend(report.as_object().unwrap().clone());
        let mut input = json!({"report": spec, "at": "2026-11-22T09:00:00Z"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = Rules::default().eval("report", &input).unwrap_err();
        let found = error.field().unwrap_or_default();
        assert_eq!((error.code().name(), found), (code, path), "{input}: {error}");
    }
}

#[test]
fn a_formula_in_a_group_is_text() {
    let report = json!({"kind": "lead_volume", "window": {"fixed": {"from": "2026-11-02", "to": "2026-11-16"}}});
    let rows = json!([{"id": "a", "at": "2026-11-03T00:00:00Z", "source": "=HYPERLINK(\"http://x\";\"y\")"}]);
    let input = json!({"report": report, "rows": rows, "at": "2026-11-22T09:00:00Z", "csv": {}});
    let answer = Rules::default().eval("report", &input).unwrap();
    let csv = answer["csv"].as_str().unwrap();
    assert!(csv.contains("\r\nrow,\"'=HYPERLINK("), "{csv}");
    assert_eq!(CsvFormat::default(), CsvFormat::from_json(&json!({})).unwrap());
}

prop_compose! {
    fn lead()(id in 0..12u8, day in 1..28u32, source in 0..4u8, worked in any::<bool>(), converted in any::<bool>(),
              into in proptest::option::weighted(0.3, 0..12u8)) -> (u8, u32, u8, bool, bool, Option<u8>) {
        (id, day, source, worked, converted, into)
    }
}

proptest! {
    /// The oracle asks of each lead where it ends, step by step, and looks at each row alone.
    #[test]
    fn leads_are_counted_as_by_hand(given in proptest::collection::vec(lead(), 0..16)) {
        let mut leads: BTreeMap<u8, _> = BTreeMap::new();
        for lead in given {
            leads.insert(lead.0, lead);
        }
        let rows: Vec<Json> = leads.values().map(|(id, day, source, worked, converted, into)| {
            json!({"id": id.to_string(), "at": format!("2026-11-{day:02}T12:00:00Z"), "source": format!("s{source}"),
                   "worked": worked, "converted": converted, "merged_into": into.map(|into| into.to_string())})
        }).collect();
        let report = json!({"kind": "lead_volume", "window": {"fixed": {"from": "2026-11-03", "to": "2026-11-24"}}, "by": "week"});
        let ask = |rows: Vec<Json>| {
            let input = json!({"report": report, "rows": rows, "at": "2026-11-22T00:00:00Z"});
            Rules::default().eval("report", &input).unwrap()
        };
        let answer = ask(rows.clone());
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(&ask(turned), &answer);
        // 3 to 8, 9 to 15, 16 to 22, 23 November; what comes after the report's instant is not there yet.
        let part = |day: u32| match day { 3..=8 => Some(0), 9..=15 => Some(1), 16..=21 => Some(2), _ => None };
        let mut wanted: BTreeMap<(String, usize), [i64; 4]> = BTreeMap::new();
        for lead in leads.values() {
            let mut end = lead;
            let mut steps = 0;
            while let Some(into) = end.5 {
                match leads.get(&into).filter(|_| steps < 50) {
                    Some(next) => end = next,
                    None => { steps = 99; break; }
                }
                steps += 1;
            }
            let Some(part) = part(end.1).filter(|_| steps < 50) else { continue };
            let counts = wanted.entry((format!("s{}", end.2), part)).or_default();
            if steps > 0 {
                counts[3] += 1;
            } else {
                counts[0] += 1;
                counts[1] += i64::from(lead.3);
                counts[2] += i64::from(lead.4);
            }
        }
        let mut total = [0; 4];
        for (i, row) in answer["rows"].as_array().unwrap().iter().enumerate() {
            let found = ["created", "worked", "converted", "duplicates_merged"].map(|name| row[name].as_i64().unwrap());
            let key = (row["source"].as_str().unwrap().to_owned(), i % 4);
            prop_assert_eq!(found, wanted.remove(&key).unwrap_or_default(), "{}", row);
            total.iter_mut().zip(found).for_each(|(sum, n)| *sum += n);
        }
        prop_assert!(wanted.is_empty(), "{:?}", wanted);
        prop_assert_eq!(total[0], answer["total"]["created"].as_i64().unwrap());
        prop_assert_eq!(total[3], answer["total"]["duplicates_merged"].as_i64().unwrap());
    }
}
