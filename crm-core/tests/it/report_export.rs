//! Tables taken out: whole or not at all, only what is seen, and written down without their contents.

use crm_core::Crm;
use crm_core::command::{self, Actor, Role};
use crm_core::rules::Rules;
use crm_core::store::{LogQuery, MemoryStore, Store};
use serde_json::{Value as Json, json};

use crate::support::{at, cx, workspace};

const NOW: &str = "2026-11-22T09:00:00Z";

struct Desk {
    crm: Crm<MemoryStore>,
}

fn told(answer: &crm_core::Result<Json>) -> (String, String) {
    let error = answer.as_ref().unwrap_err();
    (error.code().name().to_owned(), error.field().unwrap_or_default().to_owned())
}

impl Desk {
    fn new(rules: Rules) -> Self {
        let desk = Desk { crm: Crm::new(MemoryStore::new(), rules) };
        for (company, owner) in [("=cmd|' /C calc'!A0", "marie"), ("Rénov;Ouest", "marie"), ("Secret SARL", "paul")] {
            let value = json!({"amount": "-12.50", "currency": "EUR"});
            let fields =
                json!({"company": company, "owner": owner, "source": "web", "value": value, "phone": "+33612345678"});
            desk.run(owner, Role::Member, company, "lead.create", json!({"fields": fields})).unwrap();
        }
        desk
    }

    fn run(&self, who: &str, role: Role, id: &str, name: &str, body: Json) -> crm_core::Result<Json> {
        let document = json!({"command": name, "id": crm_core::Id::from_text(id).to_string(), "workspace": "acme",
            "actor": {"name": who, "role": role.name()}, "at": NOW, "body": body});
        Ok(self.crm.run_json(document.to_string().as_bytes())?["output"].clone())
    }

    fn export(&self, id: &str, body: Json) -> crm_core::Result<Json> {
        self.run("marie", Role::Member, id, "report.export", body)
    }

    fn trail(&self) -> Vec<Json> {
        let read = self.crm.store().snapshot(&workspace()).unwrap();
        let entries = read.log(&LogQuery::After { seq: 0, limit: 1000 }).unwrap();
        entries.iter().map(|entry| entry.json().unwrap()).collect()
    }
}

fn leads() -> Json {
    json!({"record": "lead", "columns": ["company", "owner", "value", "phone"], "order": [{"field": "company"}]})
}

#[test]
fn a_table_is_whole_safe_and_written_down_without_what_it_says() {
    let desk = Desk::new(Rules::default());
    let out = desk
        .export("one", json!({"find": leads(), "csv": {"preset": "french_excel", "headers": "fr"}, "lang": "fr"}))
        .unwrap();
    assert_eq!((&out["table"], &out["rows"]), (&json!("find"), &json!(3)));
    let wanted = "\u{feff}company;Responsable;Montant;Devise du montant;phone\r\n'=cmd|' /C calc'!A0;marie;-12,50;EUR;'+33612345678\r\n\
                  \"Rénov;Ouest\";marie;-12,50;EUR;'+33612345678\r\nSecret SARL;paul;-12,50;EUR;'+33612345678\r\n";
    assert_eq!(out["csv"], wanted);
    let entry = desk.trail().pop().unwrap();
    assert_eq!((&entry["command"], &entry["output"]["rows"]), (&json!("report.export"), &json!(3)));
    assert_eq!((&entry["output"]["spec_hash"], &entry["output"]["csv_hash"]), (&out["spec_hash"], &out["csv_hash"]));
    assert_eq!(entry["changes"], json!([]));
    for hidden in ["Secret", "calc", "336123"] {
        assert!(!entry.to_string().contains(hidden), "{entry}");
    }
    // The same command again tells what it was; the file was given once.
    let again = desk
        .export("one", json!({"find": leads(), "csv": {"preset": "french_excel", "headers": "fr"}, "lang": "fr"}))
        .unwrap();
    assert_eq!((&again["csv_hash"], &again["csv"]), (&out["csv_hash"], &Json::Null));
    assert_eq!(desk.trail().len(), 4);
    // Another question has another hash, the way it is written has not.
    let plain = desk.export("two", json!({"find": leads()})).unwrap();
    assert_eq!(plain["spec_hash"], out["spec_hash"]);
    assert_ne!(plain["csv_hash"], out["csv_hash"]);
    let other = desk.export("three", json!({"find": {"record": "lead", "columns": ["company"]}})).unwrap();
    assert_ne!(other["spec_hash"], out["spec_hash"]);
    assert!(desk.crm.verify(&cx(Role::Owner, "verify")).is_ok());
}

#[test]
fn a_plan_gives_no_file_and_who_may_not_gets_none() {
    let desk = Desk::new(Rules::default());
    let before = desk.trail().len();
    for role in [Role::Viewer, Role::Agent] {
        assert_eq!(told(&desk.run("ada", role, "x", "report.export", json!({"find": leads()}))).0, "forbidden");
    }
    let command = command::parse("report.export", &json!({"find": leads()}), desk.crm.rules()).unwrap();
    let mut ctx = cx(Role::Member, "plan");
    (ctx.actor, ctx.at) = (Actor::new("marie", Role::Member).unwrap(), at(NOW));
    let plan = desk.crm.plan(&ctx, &*command).unwrap();
    assert_eq!((&plan.output["rows"], plan.output.get("csv")), (&json!(3), None));
    assert_eq!(desk.trail().len(), before);
    // Nobody proposes that a table leaves.
    let proposal = json!({"command": "report.export", "body": {"find": leads()}});
    assert!(desk.run("bot", Role::Agent, "p", "draft.propose", proposal).is_err());
}

#[test]
fn only_what_is_seen_is_in_a_file_and_counted() {
    let access = json!({"access": {"roles": {"member": {"read": "own", "write": "own"}}}});
    let desk = Desk::new(Rules::from_json(&access).unwrap());
    let window = json!({"rolling": {"count": 7, "unit": "day", "include_current": true}});
    let volume = json!({"kind": "lead_volume", "window": window, "group_by": ["owner"]});
    for (id, body, rows) in [
        ("find", json!({"find": leads()}), 2),
        ("report", json!({"report": volume}), 2),
        ("all fields", json!({"find": {"record": "lead"}}), 2),
    ] {
        let out = desk.export(id, body).unwrap();
        let csv = out["csv"].as_str().unwrap();
        assert!(!csv.contains("paul") && !csv.contains("Secret"), "{csv}");
        assert_eq!(out["rows"], rows, "{csv}");
    }
    let document = json!({"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": NOW, "report": {"report": volume}});
    let report = desk.crm.query_json(document.to_string().as_bytes()).unwrap();
    assert_eq!((&report["total"]["created"], report["rows"].as_array().unwrap().len()), (&json!(2), 1));
}

#[test]
fn every_table_can_be_taken_out() {
    let desk = Desk::new(Rules::default());
    let run = |name: &str, body: Json| desk.run("marie", Role::Member, name, name, body).unwrap();
    run("ticket.create", json!({"fields": {"subject": "Fuite", "owner": "marie"}}));
    run("task.create", json!({"fields": {"title": "Rappeler", "assignee": "marie"}}));
    run("activity.log", json!({"fields": {"kind": "call", "subject": "Devis", "actor": "marie"}}));
    run("deal.create", json!({"fields": {"name": "Toiture", "owner": "marie"}}));
    let window = json!({"rolling": {"count": 7, "unit": "day", "include_current": true}});
    let saved = json!({"name": "Support", "definition": {"kind": "support_volume", "window": window}});
    let id = run("saved_report.create", saved)["id"].clone();
    let view = run(
        "saved_view.create",
        json!({"name": "v", "definition": {"record": "ticket", "columns": ["subject"]}}),
    )["id"]
        .clone();
    for (n, (body, table, header, rows)) in [
        (
            json!({"find": {"record": "ticket", "columns": ["subject", "status"]}}),
            "find",
            "subject,status\r\nFuite,new\r\n",
            1,
        ),
        (json!({"find": {"record": "task", "columns": ["title"]}}), "find", "title\r\nRappeler\r\n", 1),
        (json!({"find": {"record": "activity", "columns": ["subject"]}}), "find", "subject\r\nDevis\r\n", 1),
        (json!({"deals": {"columns": ["name", "idle_days"]}}), "deals", "name,idle_days\r\nToiture,\r\n", 1),
        (json!({"saved_view": {"id": view}}), "saved_view", "subject\r\nFuite\r\n", 1),
        (json!({"saved_view": {"builtin": "my_open_tasks"}}), "saved_view", "", 1),
        (json!({"id": id}), "report", "section,priority,backlog_start,opened,", 2),
        (json!({"id": id, "as_of": "2026-11-20T00:00:00Z", "known_seq": 1}), "report", "section,priority,", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let out = desk.export(&format!("table {n}"), body.clone()).unwrap_or_else(|e| panic!("{body}: {e}"));
        assert!(out["csv"].as_str().unwrap().starts_with(header), "{out}");
        assert_eq!((&out["table"], &out["rows"]), (&json!(table), &json!(rows)), "{out}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let desk = Desk::new(Rules::default());
    for (body, code, path) in [
        (json!({}), "invalid_json", ""),
        (json!({"find": leads(), "deals": {}}), "invalid_json", ""),
        (json!({"find": "lead"}), "invalid_json", "body.find"),
        (json!({"find": {"record": "lead", "columns": ["colour"]}}), "unknown_field", "find.columns[0]"),
        (json!({"find": {"record": "leed"}}), "unknown_field", ""),
        (json!({"find": {"record": "lead", "limit": 3}}), "unknown_field", ""),
        (json!({"find": leads(), "csv": {"separator": "§"}}), "invalid_value", "body.csv.separator"),
        (json!({"find": leads(), "lang": "de"}), "invalid_value", "body.lang"),
        (json!({"find": leads(), "limit": 0}), "invalid_value", "body.limit"),
        (json!({"find": leads(), "limit": 100_001}), "invalid_value", "body.limit"),
        // A file is whole, or there is none.
        (json!({"find": leads(), "limit": 2}), "too_large", ""),
        (json!({"find": leads(), "as_of": "2026-11-20T00:00:00Z"}), "invalid_json", "body.as_of"),
        (json!({"report": {"kind": "lead_volume"}}), "missing", "report"),
        (json!({"id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"}), "not_found", ""),
    ] {
        let answer = desk.export("wrong", body.clone());
        let (found, field) = told(&answer);
        assert_eq!((found.as_str(), field.as_str()), (code, path), "{body}: {answer:?}");
    }
    assert_eq!(desk.trail().len(), 3);
}
