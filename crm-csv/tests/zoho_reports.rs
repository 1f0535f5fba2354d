//! Reports over a real export of another system, imported as it is: leads, deals and cases, against sums over the file's
//! own cells. The files are not part of this repository: set `CRMKIT_DATA` to their folder; without it this test says so
//! and passes.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop where something is wrong")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::kernel::field::FieldType;
use crm_core::kernel::value::Value;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Workspace};
use crm_core::{Crm, Id};
use crm_csv::reader::{Reader, Record};
use crm_csv::{CellOptions, Encoding, Options, cell, encoding, read_leads};
use serde_json::{Map, Value as Json, json};

const NOW: &str = "2026-11-22T09:00:00Z";

fn data(file: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    let bytes = std::fs::read(folder.join("g_zoho_crm_export").join(file)).ok();
    if bytes.is_none() {
        writeln!(std::io::stderr().lock(), "SKIPPED: {file} is not here; set CRMKIT_DATA to the folder of exports")
            .unwrap();
    }
    bytes
}

fn options() -> CellOptions {
    CellOptions { currency: "USD".parse().ok(), zone: "UTC".parse().ok(), ..CellOptions::default() }
}

/// The records of a file, each by the names of its columns.
fn records(file: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let text = encoding::decode(&data(file)?, Encoding::Utf8).unwrap();
    let (mut reader, mut record) = (Reader::new(&text, b','), Record::default());
    assert!(reader.read(&mut record).unwrap());
    let headers: Vec<String> = record.fields().map(str::to_owned).collect();
    let mut all = Vec::new();
    while reader.read(&mut record).unwrap() {
        all.push(headers.iter().cloned().zip(record.fields().map(str::to_owned)).collect());
    }
    Some(all)
}

/// A cell as JSON, by the type of the field that it goes to; null where it is empty.
fn read(kind: FieldType, text: &str) -> Json {
    if text.is_empty() { Json::Null } else { cell::parse(kind, text, &options()).unwrap().to_json() }
}

struct World {
    crm: Crm<MemoryStore>,
}

impl World {
    fn new() -> Self {
        let world = World { crm: Crm::new(MemoryStore::new(), Rules::default()) };
        let open = [
            "prospect",
            "qualification",
            "needs_analysis",
            "initial_offer",
            "proposal_price_quote",
            "negotiation_review",
        ];
        let mut stages: Vec<Json> = open.iter().map(|code| json!({"code": code, "probability_bp": 5000})).collect();
        stages.extend([json!({"code": "closed_won", "kind": "won"}), json!({"code": "closed_lost", "kind": "lost"})]);
        world.run("pipeline", "pipeline.create", json!({"code": "zoho", "name": "Zoho", "stages": stages}));
        world
    }

    fn run(&self, id: &str, name: &str, body: Json) -> Json {
        let (space, actor) = (Workspace::new("acme").unwrap(), Actor::new("root", Role::Admin).unwrap());
        let ctx = Ctx::new(space, actor, NOW.parse().unwrap(), Id::from_text(id));
        let command = parse(name, &body, self.crm.rules()).unwrap_or_else(|e| panic!("{name}: {e}"));
        self.crm.run_any(&ctx, &*command).unwrap().done().unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Imports rows, and gives the lines that were refused.
    fn import(&self, record: &str, rows: &[Map<String, Json>]) -> Vec<usize> {
        let mut refused = Vec::new();
        for (n, part) in rows.chunks(1000).enumerate() {
            let rows = part.iter().enumerate().map(|(i, fields)| json!({"line": n * 1000 + i, "fields": fields}));
            let body = json!({"source": "zoho", "rows": rows.collect::<Vec<_>>()});
            let done = self.run(&format!("{record} {n}"), &format!("{record}.import"), body);
            for rejected in done["rejected"].as_array().unwrap() {
                refused.push(usize::try_from(rejected["line"].as_u64().unwrap()).unwrap());
            }
        }
        eprintln!("{record}: {} rows, {} refused", rows.len(), refused.len());
        refused
    }

    fn report(&self, report: Json) -> Json {
        let document = json!({"workspace": "acme", "actor": {"name": "root", "role": "admin"}, "at": NOW, "report": {"report": report}});
        let answer = self.crm.query_json(document.to_string().as_bytes()).unwrap();
        eprintln!("{}: {}", report["kind"], answer["total"]);
        answer
    }
}

fn object(json: Json) -> Map<String, Json> {
    json.as_object().unwrap().iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Whether an instant or a day lies in the first four months of 2021.
fn inside(json: &Json) -> bool {
    json.as_str().is_some_and(|text| ("2021-01-01".."2021-05-01").contains(&text))
}

fn window() -> Json {
    json!({"fixed": {"from": "2021-01-01", "to": "2021-05-01"}})
}

/// The rows of a report by their key: a figure of each.
fn by(report: &Json, dimension: &str, measure: &str) -> BTreeMap<String, i64> {
    let rows = report["rows"].as_array().unwrap().iter();
    let all = rows.map(|row| (row[dimension].as_str().unwrap_or_default().to_owned(), row[measure].as_i64().unwrap()));
    all.filter(|(_, n)| *n > 0).collect()
}

#[test]
fn deals_won_and_lost_are_those_of_the_file() {
    let Some(all) = records("Potentials.csv") else { return };
    let world = World::new();
    let row = |(i, cells): (usize, &BTreeMap<String, String>)| {
        let stage = cells["Stage"].to_lowercase().replace([' ', '/'], "_");
        let closed = stage.starts_with("closed_");
        let at = read(FieldType::Instant, &cells["Closing Date"]);
        // The export has a time of day where a deal has a day.
        let day = at.as_str().and_then(|text| text.split('T').next()).map(str::to_owned);
        object(json!({"external_id": i.to_string(), "name": cells["Potential Name"], "owner": cells["Potential Owner"],
            "pipeline": "zoho", "stage": stage, "source": cells["Lead Source"],
            "value": read(FieldType::Money, &cells["Amount"]), "opened_at": read(FieldType::Instant, &cells["Created Time"]),
            "close_date": day, "closed_at": if closed { at } else { Json::Null }}))
    };
    let rows: Vec<_> = all.iter().enumerate().map(row).collect();
    let refused = world.import("deal", &rows);
    let mut wanted: BTreeMap<(&str, String), (i64, i64)> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate().filter(|(i, _)| !refused.contains(i)) {
        let stage = row["stage"].as_str().unwrap();
        if row.get("closed_at").is_some_and(inside) {
            let Value::Money(money) = cell::parse(FieldType::Money, &all[i]["Amount"], &options()).unwrap() else {
                panic!("{i}")
            };
            let sums = wanted.entry((stage, row["owner"].as_str().unwrap().to_owned())).or_default();
            *sums = (sums.0 + 1, sums.1 + money.minor_units());
        }
    }
    let report = world.report(json!({"kind": "win_rate", "window": window(), "currency": "USD"}));
    for (stage, measure) in [("closed_won", "won"), ("closed_lost", "lost")] {
        let counted =
            wanted.iter().filter(|((of, _), _)| *of == stage).map(|((_, owner), sums)| (owner.clone(), sums.0));
        assert_eq!(by(&report, "owner", measure), counted.collect());
        let worth: i64 = wanted.iter().filter(|((of, _), _)| *of == stage).map(|(_, sums)| sums.1).sum();
        assert!(worth > 100_000);
        assert_eq!(report["total"][format!("{measure}_value")], format!("{}.{:02}", worth / 100, worth % 100));
    }
    assert_eq!(report["excluded"], json!([]));
}

#[test]
fn leads_by_source_are_those_of_the_file() {
    let Some(bytes) = data("Leads.csv") else { return };
    let options = Options { currency: "USD".parse().ok(), zone: "UTC".parse().ok(), ..Options::default() };
    let import = read_leads(&bytes, &options).unwrap();
    let world = World::new();
    let rows: Vec<Map<String, Json>> = import.rows.iter().map(|row| row.fields.clone()).collect();
    let refused = world.import("lead", &rows);
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for (_, row) in rows.iter().enumerate().filter(|(i, _)| !refused.contains(i)) {
        if inside(&row["received_at"]) {
            *wanted.entry(row.get("source").and_then(Json::as_str).unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let report = world.report(json!({"kind": "lead_volume", "window": window()}));
    assert!(wanted.len() > 3);
    assert_eq!(by(&report, "source", "created"), wanted);
}

#[test]
fn cases_come_and_go_as_in_the_file() {
    let Some(all) = records("Cases.csv") else { return };
    let world = World::new();
    let row = |(i, cells): (usize, &BTreeMap<String, String>)| {
        let status = match cells["Status"].as_str() {
            "Closed" => "closed",
            "On Hold" => "hold",
            _ => "open",
        };
        let closed = if status == "closed" { read(FieldType::Instant, &cells["Modified Time"]) } else { Json::Null };
        object(json!({"external_id": i.to_string(), "subject": format!("Case {i}"), "owner": cells["Case Owner"],
            "status": status, "channel": cells["Case Origin"], "opened_at": read(FieldType::Instant, &cells["Created Time"]),
            "closed_at": closed}))
    };
    let rows: Vec<_> = all.iter().enumerate().map(row).collect();
    let refused = world.import("ticket", &rows);
    let kept = || rows.iter().enumerate().filter(|(i, _)| !refused.contains(i)).map(|(_, row)| row);
    let opened = kept().filter(|row| inside(&row["opened_at"])).count();
    let resolved = kept().filter(|row| row.get("closed_at").is_some_and(inside)).count();
    let before = |json: &Json| json.as_str().is_some_and(|text| text < "2021-01-01");
    let start = kept().filter(|row| before(&row["opened_at"]) && !row.get("closed_at").is_some_and(before)).count();
    let report =
        world.report(json!({"kind": "support_volume", "window": window(), "by": "month", "group_by": ["owner"]}));
    assert_eq!(report["total"]["opened"], opened);
    assert_eq!(report["total"]["resolved"], resolved);
    assert_eq!(report["total"]["backlog_start"], start);
    assert_eq!(report["identity"]["holds"], true);
    assert!(opened > 100);
}
