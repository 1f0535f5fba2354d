//! Playbooks on a store: runs, steps with their tasks both ways, what moves, other versions, and onboarding plans that
//! wait for an OK.

use std::cell::Cell;
use std::sync::Arc;

use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Error, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

// A Friday.
const NOW: &str = "2026-11-20T09:00:00Z";

struct Desk {
    crm: Crm<Arc<MemoryStore>>,
    commands: Cell<u32>,
}

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

/// Kick-off, then data and training, then a check before the go-live; a second session only for large customers.
fn steps() -> Json {
    json!([
        {"code": "kickoff", "title": {"en": "Kick-off", "fr": "Lancement"}, "offset": 3, "unit": "business_days"},
        {"code": "data", "title": "Data", "anchor": {"step": "kickoff"}, "offset": 1, "unit": "weeks", "duration": 1},
        {"code": "training", "title": "Training", "anchor": {"step": "data"}, "offset": 2, "unit": "business_days",
            "after": ["kickoff", "data"], "assignee": "ask"},
        {"code": "check", "title": "Check", "anchor": "go_live", "offset": 2, "unit": "days", "direction": "before",
            "required": false},
        {"code": "second", "title": "Second", "condition": {"field": "size", "op": "ge", "value": 50}},
        {"code": "letter", "title": "Letter", "creates_task": false, "required": false},
    ])
}

fn configured(steps: Json) -> Rules {
    let book = json!({"code": "rollout", "title": {"en": "Rollout", "fr": "Déploiement"}, "steps": steps});
    Rules::from_json(&json!({"playbooks": {"items": [book]}})).unwrap()
}

impl Desk {
    fn new() -> Self {
        Self::on(Arc::default())
    }

    fn on(store: Arc<MemoryStore>) -> Self {
        let desk = Desk { crm: Crm::new(store, configured(steps())), commands: Cell::new(0) };
        let fields = json!({"name": "Rénov’Ouest", "owner": "marie", "industry": "Rénovation énergétique", "size": 8});
        desk.must("account.create", json!({"id": id("customer"), "fields": fields}));
        desk
    }

    fn run_as(&self, role: &str, command: &str, body: Json) -> Result<Json, Error> {
        self.run_at(NOW, role, command, body)
    }

    fn run_at(&self, at: &str, role: &str, command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.replace(self.commands.get() + 1);
        let document = json!({"command": command, "id": id(&format!("command {n}")), "workspace": "acme",
            "actor": {"name": if role == "agent" { "robot" } else { "marie" }, "role": role}, "at": at, "body": body});
        self.crm.run_json(document.to_string().as_bytes())
    }

    fn run(&self, command: &str, body: Json) -> Result<Json, Error> {
        self.run_as("owner", command, body).map(|done| done["output"].clone())
    }

    fn must(&self, command: &str, body: Json) -> Json {
        self.run(command, body.clone()).unwrap_or_else(|e| panic!("{command} {body}: {e}"))
    }

    fn refused(&self, command: &str, body: Json, code: &str, field: Option<&str>) -> Error {
        let error = self.run(command, body.clone()).unwrap_err();
        // A body that cannot be read is told inside of it.
        let found = error.field().map(|field| field.trim_start_matches("body."));
        assert_eq!((error.code().name(), found), (code, field), "{command} {body}: {error}");
        error
    }

    fn ask(&self, question: &str, body: Json) -> Json {
        let document = json!({"workspace": "acme", "actor": {"name": "marie", "role": "owner"}, "at": NOW,
            question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{question} {body}: {e}"))
    }

    fn start(&self) -> String {
        let body = json!({"playbook": "rollout", "account": id("customer"), "assignees": {"training": "paul"}});
        self.must("playbook_run.start", body)["id"].as_str().unwrap().to_owned()
    }

    fn shown(&self, run: &str) -> Json {
        self.ask("playbook_run", json!({"id": run, "lang": "en"}))
    }

    fn step(&self, run: &str, code: &str) -> Json {
        let shown = self.shown(run);
        let found = shown["steps"].as_array().unwrap().iter().find(|step| step["code"] == code);
        found.unwrap_or_else(|| panic!("no {code} in {shown:#}")).clone()
    }

    fn task(&self, step: &Json) -> Json {
        self.ask("get", json!({"record": "task", "id": step["task"]}))["row"].clone()
    }

    fn complete(&self, run: &str, code: &str) -> Json {
        let step = self.step(run, code)["id"].clone();
        self.must("playbook_step.complete", json!({"id": step}))
    }

    /// Every step with a task says what its task says.
    fn agrees(&self, run: &str) {
        for step in self.shown(run)["steps"].as_array().unwrap() {
            if step["task"].is_null() {
                continue;
            }
            let task = self.task(step);
            let (is_done, is_away) = (!task["completed_at"].is_null(), !task["archived_at"].is_null());
            let state = match (is_done, is_away) {
                (true, _) => "done",
                (false, false) => "open",
                (false, true) if step["state"] == "not_needed" => "not_needed",
                (false, true) => "skipped",
            };
            assert_eq!(step["state"], state, "{step:#} {task:#}");
            if state == "open" {
                let empty = |text: &Json| text.as_str().unwrap_or_default().to_owned();
                assert_eq!(empty(&step["assignee"]), empty(&task["assignee"]), "{step:#} {task:#}");
                assert_eq!(step["due_on"], task["due_date"], "{step:#} {task:#}");
            }
        }
    }
}

#[test]
fn a_run_has_steps_with_days_and_tasks_and_is_started_once() {
    let desk = Desk::new();
    let body = json!({"playbook": "rollout", "account": id("customer"), "assignees": {"training": "paul"}});
    let first = desk.must("playbook_run.start", body.clone());
    assert_eq!((&first["is_new"], &first["steps"], &first["tasks"]), (&true.into(), &6.into(), &4.into()));
    let again = desk.must("playbook_run.start", body);
    assert_eq!((&again["id"], &again["is_new"]), (&first["id"], &false.into()));
    let run = first["id"].as_str().unwrap();
    // Friday 20; Monday, Tuesday, Wednesday.
    let kickoff = desk.step(run, "kickoff");
    assert_eq!((&kickoff["due_on"], &kickoff["assignee"]), (&"2026-11-25".into(), &"marie".into()));
    assert_eq!(kickoff["reasons"][0]["text"], "3 business days after the start (2026-11-20)");
    let task = desk.task(&kickoff);
    assert_eq!((&task["due_date"], &task["title"]), (&"2026-11-25".into(), &"Kick-off".into()));
    assert_eq!(task["account"], id("customer"));
    // A week later, to the third; two business days after that.
    let training = desk.step(run, "training");
    assert_eq!((&training["due_on"], &training["assignee"]), (&"2026-12-07".into(), &"paul".into()));
    assert_eq!(training["provisional"], true);
    assert_eq!(desk.step(run, "check")["due_on"], Json::Null);
    assert_eq!(desk.step(run, "second")["state"], "not_needed");
    let shown = desk.shown(run);
    assert_eq!((&shown["progress"]["required"], &shown["progress"]["done"]), (&3.into(), &0.into()));
    desk.agrees(run);
    assert_eq!(desk.ask("playbook_runs", json!({"account": id("customer")}))["rows"].as_array().unwrap().len(), 1);
    let found = desk.ask("playbooks", json!({"lang": "fr"}));
    let rollout = found["rows"].as_array().unwrap().iter().find(|row| row["code"] == "rollout").unwrap();
    assert_eq!((&rollout["title"], &rollout["runs"]["active"]), (&"Déploiement".into(), &1.into()));
}

#[test]
fn a_step_and_its_task_are_done_together_and_the_run_ends() {
    let desk = Desk::new();
    let run = desk.start();
    let kickoff = desk.step(&run, "kickoff");
    desk.must("task.complete", json!({"id": kickoff["task"]}));
    let now = desk.step(&run, "kickoff");
    assert_eq!((&now["state"], &now["done_by"]), (&"done".into(), &"marie".into()));
    // Done on the 20th: the data a week after that, to the 28th; the training on Tuesday 1 December.
    assert_eq!(desk.step(&run, "data")["due_on"], "2026-11-28");
    assert_eq!(desk.step(&run, "training")["due_on"], "2026-12-01");
    desk.must("task.reopen", json!({"id": kickoff["task"]}));
    assert_eq!(desk.step(&run, "kickoff")["state"], "open");
    assert_eq!(desk.step(&run, "data")["due_on"], "2026-12-03");
    desk.agrees(&run);
    let done = desk.complete(&run, "kickoff");
    assert_eq!((&done["done"], &done["required"], &done["run_state"]), (&1.into(), &3.into(), &"active".into()));
    assert_eq!(desk.task(&kickoff)["completed_by"], "marie");
    desk.complete(&run, "data");
    let end = desk.complete(&run, "training");
    assert_eq!(end["run_state"], "done");
    assert_eq!(desk.shown(&run)["state"], "done");
    // What was done is open again, and so is the run.
    let training = desk.step(&run, "training");
    desk.must("playbook_step.reopen", json!({"id": training["id"]}));
    let shown = desk.shown(&run);
    assert_eq!((&shown["state"], &shown["ended_at"]), (&"active".into(), &Json::Null));
    desk.agrees(&run);
}

#[test]
fn what_has_to_come_before_does() {
    let desk = Desk::new();
    let run = desk.start();
    let training = desk.step(&run, "training");
    let error = desk.refused("playbook_step.complete", json!({"id": training["id"]}), "wrong_state", None);
    assert_eq!(error.detail().unwrap()["open"], json!(["kickoff", "data"]));
    // Nor by way of its task.
    desk.refused("task.complete", json!({"id": training["task"]}), "wrong_state", None);
    assert_eq!(desk.step(&run, "training")["state"], "open");
    desk.refused("playbook_step.complete", json!({"id": training["id"], "force": " "}), "missing", None);
    let forced = json!({"id": training["id"], "force": "They know it"});
    assert_eq!(desk.must("playbook_step.complete", forced)["state"], "done");
    assert_eq!(desk.step(&run, "training")["force_reason"], "They know it");
    desk.refused("playbook_step.complete", json!({"id": training["id"]}), "wrong_state", None);
    desk.agrees(&run);
}

#[test]
fn what_is_left_out_does_not_count_and_its_task_is_put_away() {
    let desk = Desk::new();
    let run = desk.start();
    let (kickoff, data) = (desk.step(&run, "kickoff"), desk.step(&run, "data"));
    desk.refused("playbook_step.skip", json!({"id": data["id"]}), "missing", None);
    desk.must("playbook_step.skip", json!({"id": data["id"], "reason": "No data"}));
    assert_ne!(desk.task(&data)["archived_at"], Json::Null);
    assert_eq!(desk.shown(&run)["progress"]["required"], 2);
    desk.must("task.restore", json!({"id": data["task"]}));
    assert_eq!(desk.step(&run, "data")["state"], "open");
    desk.must("task.archive", json!({"id": kickoff["task"]}));
    let now = desk.step(&run, "kickoff");
    assert_eq!((&now["state"], &now["skip_reason"]), (&"skipped".into(), &"its task was put away".into()));
    desk.must("playbook_step.reopen", json!({"id": kickoff["id"]}));
    assert_eq!(desk.task(&kickoff)["archived_at"], Json::Null);
    // Hands and days go both ways.
    desk.must("task.assign", json!({"id": kickoff["task"], "assignee": "zoe"}));
    assert_eq!(desk.step(&run, "kickoff")["assignee"], "zoe");
    desk.must("playbook_step.assign", json!({"id": kickoff["id"], "assignee": "paul"}));
    assert_eq!(desk.task(&kickoff)["assignee"], "paul");
    desk.must("task.patch", json!({"id": kickoff["task"], "fields": {"due_date": "2026-11-23"}}));
    let now = desk.step(&run, "kickoff");
    assert_eq!((&now["starts_on"], &now["due_on"]), (&"2026-11-23".into(), &"2026-11-23".into()));
    assert_eq!(now["by_hand"], true);
    desk.agrees(&run);
}

#[test]
fn moving_a_day_moves_open_steps_only_and_what_was_shown() {
    let desk = Desk::new();
    let run = desk.start();
    desk.complete(&run, "kickoff");
    let before = desk.step(&run, "kickoff");
    let anchors = json!({"go_live": "2026-12-18", "start": "2026-12-01"});
    let shown = desk.ask("replan", json!({"id": run, "anchors": anchors, "lang": "fr"}));
    let codes: Vec<&Json> = shown["moved"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["check", "letter"]);
    assert_eq!(shown["moved"][0]["reasons"][0]["text"], "2 jours avant la mise en service (18/12/2026)");
    let wrong = json!({"id": run, "anchors": {"go_live": "2026-12-19"}, "plan": shown["plan"]});
    desk.refused("playbook_run.move_anchor", wrong, "conflict", Some("plan"));
    let done = desk.must("playbook_run.move_anchor", json!({"id": run, "anchors": anchors, "plan": shown["plan"]}));
    assert_eq!(done["plan"], shown["plan"]);
    assert_eq!(desk.step(&run, "check")["due_on"], "2026-12-16");
    let after = desk.step(&run, "kickoff");
    assert_eq!((&after["due_on"], &after["version"]), (&before["due_on"], &before["version"]));
    desk.refused(
        "playbook_run.move_anchor",
        json!({"id": run, "anchors": {"golive": "2026-12-18"}}),
        "invalid_rules",
        Some("anchors"),
    );
    desk.must("playbook_run.move_anchor", json!({"id": run, "anchors": {"go_live": null}}));
    assert_eq!(desk.step(&run, "check")["due_on"], Json::Null);
    desk.agrees(&run);
}

#[test]
fn a_run_goes_on_in_another_version_as_shown() {
    let desk = Desk::new();
    let run = desk.start();
    desk.complete(&run, "kickoff");
    let mut next = steps();
    let all = next.as_array_mut().unwrap();
    all.remove(5);
    all[2]["offset"] = json!(4);
    all[4]["condition"]["value"] = json!(5);
    all.push(json!({"code": "survey", "title": "Survey", "offset": 1, "unit": "months"}));
    let definition = json!({"title": "Rollout", "steps": next});
    desk.refused("playbook.edit", json!({"code": "rollout", "version": 7, "definition": definition}), "conflict", None);
    assert_eq!(desk.must("playbook.edit", json!({"code": "rollout", "definition": definition}))["version"], 2);
    assert_eq!(desk.shown(&run)["playbook_version"], 1, "an edit alters no run");
    let plan = desk.ask("playbook_migration", json!({"id": run, "to": 2}));
    let change = |code: &str| {
        let lines = plan["steps"].as_array().unwrap();
        lines.iter().find(|line| line["code"] == code).unwrap()["change"].as_str().unwrap()
    };
    assert_eq!(
        ["kickoff", "data", "training", "second", "survey", "letter"].map(change),
        ["settled", "kept", "moved", "added", "added", "dropped"]
    );
    desk.must("playbook_run.migrate", json!({"id": run, "to": 2, "plan": plan["plan"]}));
    let shown = desk.shown(&run);
    assert_eq!((&shown["playbook_version"], &shown["progress"]["required"]), (&2.into(), &5.into()));
    assert_eq!(desk.step(&run, "kickoff")["state"], "done");
    assert_eq!(desk.step(&run, "letter")["state"], "skipped");
    assert_ne!(desk.step(&run, "second")["task"], Json::Null);
    // Done on Friday 20, the data to Saturday 28, four business days: Thursday 3 December.
    assert_eq!(desk.step(&run, "training")["due_on"], "2026-12-03");
    desk.agrees(&run);
    desk.refused("playbook_run.migrate", json!({"id": run, "to": 9}), "invalid_value", Some("to"));
}

#[test]
fn a_run_that_is_broken_off_stays_so() {
    let desk = Desk::new();
    let run = desk.start();
    desk.complete(&run, "kickoff");
    desk.refused("playbook_run.cancel", json!({"id": run}), "missing", None);
    desk.must("playbook_run.cancel", json!({"id": run, "reason": "They left"}));
    assert_eq!(desk.shown(&run)["state"], "cancelled");
    assert_eq!(desk.step(&run, "kickoff")["state"], "done");
    let data = desk.step(&run, "data");
    assert_eq!((&data["state"], &data["skip_reason"]), (&"skipped".into(), &"They left".into()));
    desk.agrees(&run);
    desk.refused("task.restore", json!({"id": data["task"]}), "wrong_state", None);
    desk.refused("playbook_step.reopen", json!({"id": data["id"]}), "wrong_state", None);
    desk.refused("playbook_run.cancel", json!({"id": run, "reason": "Again"}), "wrong_state", None);
}

#[test]
fn what_cannot_be_started_is_told_with_its_place() {
    let desk = Desk::new();
    let with = |key: &str, value: Json| {
        let mut body = json!({"playbook": "rollout", "account": id("customer"), "assignees": {"training": "paul"}});
        body[key] = value;
        body
    };
    let table = [
        (with("playbook", json!("nothing")), "invalid_value", Some("playbook")),
        (with("account", json!(id("nobody"))), "not_found", Some("account")),
        (with("assignees", json!({})), "missing", Some("assignees.training")),
        (with("assignees", json!({"training": "paul", "x": "paul"})), "invalid_value", Some("assignees")),
        (with("anchors", json!({"start": "2026-02-30"})), "invalid_value", Some("anchors.start")),
        (with("anchors", json!({"start": null})), "missing", Some("anchors")),
        (with("anchors", json!({"begin": "2026-02-03"})), "invalid_rules", Some("anchors")),
        (with("anchors", json!({"start": "9999-12-31"})), "invalid_value", Some("steps.kickoff")),
        (with("deal", json!(id("no deal"))), "not_found", Some("deal")),
        (with("offset", json!(1)), "unknown_field", None),
    ];
    for (body, code, field) in table {
        desk.refused("playbook_run.start", body, code, field);
    }
    let deal = json!({"id": id("deal"), "fields": {"name": "Other"}});
    desk.must("deal.create", deal);
    // A deal of somebody else.
    desk.refused("playbook_run.start", with("deal", json!(id("deal"))), "not_found", Some("deal"));
    let definition = json!({"title": "T", "steps": [{"code": "a", "title": "A"}]});
    desk.must("playbook.create", json!({"code": "own", "definition": definition}));
    let own = json!({"playbook": "own", "account": id("customer")});
    desk.refused("playbook_run.start", own.clone(), "wrong_state", Some("playbook"));
    desk.refused("playbook.create", json!({"code": "own", "definition": definition}), "already_exists", None);
    desk.must("playbook.activate", json!({"code": "own"}));
    desk.must("playbook_run.start", own);
    let cycle = json!({"title": "T", "steps": [{"code": "a", "title": "A", "after": ["a"]}]});
    let error = desk.refused(
        "playbook.edit",
        json!({"code": "own", "definition": cycle}),
        "invalid_rules",
        Some("definition.steps"),
    );
    assert_eq!(error.detail().unwrap()["path"], json!(["a", "a"]));
}

#[test]
fn an_onboarding_plan_waits_for_an_ok() {
    let desk = Desk::new();
    let contact = json!({"first_name": "Jeanne", "last_name": "Le Goff", "account": id("customer")});
    desk.must("contact.create", json!({"id": id("jeanne"), "fields": contact}));
    let deal = json!({"name": "Contrat", "account": id("customer"), "owner": "marie", "contact": id("jeanne"),
        "value": {"amount": "7", "currency": "EUR"}, "close_date": "2026-11-19", "pipeline": "sales", "stage": "new"});
    let stage = |code: &str, kind: &str, bp: u32| json!({"code": code, "name": {"en": code, "fr": code}, "kind": kind, "probability_bp": bp});
    let stages = [stage("new", "open", 1_000), stage("won", "won", 10_000), stage("lost", "lost", 0)];
    desk.must("pipeline.create", json!({"code": "sales", "name": {"en": "Sales", "fr": "Ventes"}, "stages": stages}));
    desk.must("deal.create", json!({"id": id("deal"), "fields": deal}));
    desk.must("deal.win", json!({"id": id("deal")}));
    let preview = desk.ask("onboarding_suggestion", json!({"account": id("customer"), "lang": "fr"}));
    assert_eq!(preview["playbook"], "onboarding_renovation");
    let commands: Vec<&Json> = preview["commands"].as_array().unwrap().iter().map(|one| &one["command"]).collect();
    assert_eq!(commands, ["playbook_run.start", "note.add", "activity.log"]);
    assert_eq!(preview["commands"][0]["reasons"][1]["text"], "affaire «\u{a0}Contrat\u{a0}» gagnée le 20/11/2026");
    let held = desk.run_as("agent", "onboarding.suggest", json!({"account": id("customer")})).unwrap();
    let drafts = held["output"]["drafts"].as_array().unwrap().clone();
    assert_eq!(drafts.len(), 3);
    assert!(drafts.iter().all(|one| one["is_new"] == true && one["state"] == "waiting"), "{drafts:?}");
    // Nothing of it is done.
    for question in ["playbook_run", "note", "activity", "task"] {
        let none = desk.ask("find", json!({"record": question}));
        assert_eq!(none["rows"], json!([]), "{question}");
    }
    let again = desk.run_as("agent", "onboarding.suggest", json!({"account": id("customer")})).unwrap();
    for (one, first) in again["output"]["drafts"].as_array().unwrap().iter().zip(&drafts) {
        assert_eq!((&one["draft"], &one["is_new"]), (&first["draft"], &false.into()));
    }
    for one in &drafts {
        let seen = json!({"id": one["draft"], "revision": one["revision"], "content_hash": one["content_hash"]});
        desk.must("draft.approve", seen);
    }
    let runs = desk.ask("playbook_runs", json!({"account": id("customer")}));
    assert_eq!(runs["rows"][0]["deal"], id("deal"));
    let note = desk.ask("find", json!({"record": "note"}));
    assert!(note["rows"][0]["text"].as_str().unwrap().contains("Jeanne Le Goff"), "{note:#}");
    let activity = desk.ask("find", json!({"record": "activity"}));
    assert_eq!(activity["rows"][0]["happened_at"], "2026-11-25T09:00:00Z");
    // An agent may not start a run: that waits, too.
    let other = json!({"playbook": "onboarding", "account": id("customer")});
    assert_eq!(desk.run_as("agent", "playbook_run.start", other).unwrap()["status"], "held");
    // A run that somebody started by hand needs no suggestion.
    desk.must("account.create", json!({"id": id("second"), "fields": {"name": "B", "owner": "marie"}}));
    let body = json!({"playbook": "rollout", "account": id("second"), "assignees": {"training": "paul"}});
    desk.must("playbook_run.start", body);
    desk.refused("onboarding.suggest", json!({"account": id("second")}), "wrong_state", Some("account"));
}

#[test]
fn a_plan_that_is_approved_later_has_the_days_that_were_shown() {
    const LATER: &str = "2026-11-25T09:00:00Z";
    let desk = Desk::new();
    let fields = json!({"name": "Suivi", "account": id("customer"), "currency": "EUR", "starts_on": "2026-11-20",
        "term_months": 12, "ends_on": "2027-11-19"});
    desk.must("subscription.create", json!({"id": id("contract"), "fields": fields}));
    let shown = desk.ask("onboarding_suggestion", json!({"account": id("customer")}));
    let days = json!({"start": "2026-11-20", "renewal": "2027-11-20"});
    assert_eq!(shown["commands"][0]["body"]["anchors"], days);
    let held = desk.run_as("agent", "onboarding.suggest", json!({"account": id("customer")})).unwrap();
    let run = held["output"]["drafts"][0].clone();
    let seen =
        |run: &Json| json!({"id": run["draft"], "revision": run["revision"], "content_hash": run["content_hash"]});

    // The contract ends on another day by now: whoever says yes did not see that.
    let ends = json!({"id": id("contract"), "fields": {"ends_on": "2028-05-19"}});
    desk.must("subscription.patch", ends);
    let error = desk.run_at(LATER, "owner", "draft.approve", seen(&run)).unwrap_err();
    assert_eq!(error.detail().unwrap()["problem"], "stale_preview", "{error}");
    assert!(error.to_string().contains(&id("contract")), "{error}");
    let back = json!({"id": id("contract"), "fields": {"ends_on": "2027-11-19"}});
    desk.must("subscription.patch", back);
    let anew = desk.run_as("agent", "draft.submit", json!({"id": run["draft"]})).unwrap()["output"].clone();
    let seen = json!({"id": run["draft"], "revision": anew["revision"], "content_hash": anew["content_hash"]});
    desk.run_at(LATER, "owner", "draft.approve", seen).unwrap();
    let runs = desk.ask("playbook_runs", json!({"account": id("customer")}));
    assert_eq!(runs["rows"][0]["anchors"], days, "days later it starts as it was shown");
    let run = desk.shown(runs["rows"][0]["id"].as_str().unwrap());
    for (is, was) in run["steps"].as_array().unwrap().iter().zip(shown["steps"].as_array().unwrap()) {
        assert_eq!((&is["code"], &is["due_on"]), (&was["code"], &was["due_on"]));
    }
}

#[test]
fn a_configured_playbook_that_was_rewritten_is_told() {
    let store = Arc::new(MemoryStore::new());
    let desk = Desk::on(store.clone());
    let run = desk.start();
    let told = |desk: &Desk| desk.ask("playbook_migration", json!({"id": run, "to": 1, "lang": "fr"}));
    assert_eq!((&told(&desk)["rewritten"], &told(&desk)["reasons"]), (&json!(false), &json!([])));
    let mut other = steps();
    other[0]["offset"] = json!(5);
    let desk = Desk { crm: Crm::new(store, configured(other)), commands: Cell::new(100) };
    let plan = told(&desk);
    assert_eq!((&plan["rewritten"], &plan["steps"][0]["change"]), (&json!(true), &json!("moved")));
    let text = "la version 1 du parcours a été modifiée depuis que ce client la suit";
    assert_eq!(plan["reasons"], json!([{"code": "playbook_rewritten", "version": 1, "text": text}]));
    let codes = |shown: &Json| {
        let reasons = shown["reasons"].as_array().unwrap();
        reasons.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&desk.shown(&run)), ["playbook_progress", "playbook_rewritten"]);
    // It goes on in the same version as it is now, and remembers that one.
    desk.must("playbook_run.migrate", json!({"id": run, "to": 1, "plan": plan["plan"]}));
    assert_eq!(told(&desk)["rewritten"], false);
    assert_eq!(codes(&desk.shown(&run)), ["playbook_progress"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn steps_and_tasks_agree_whatever_happens(doings in prop::collection::vec((0..8_u8, 0..6_usize, 0..9_u8), 1..14)) {
        let desk = Desk::new();
        let run = desk.start();
        let codes = ["kickoff", "data", "training", "check", "second", "letter"];
        for (doing, place, day) in doings {
            let before = desk.shown(&run);
            let step = desk.step(&run, codes[place]);
            let (id, task) = (step["id"].clone(), step["task"].clone());
            let date = format!("2026-12-{:02}", day + 1);
            let done = match doing {
                0 => desk.run("playbook_step.complete", json!({"id": id, "force": "because"})),
                1 => desk.run("playbook_step.reopen", json!({"id": id})),
                2 => desk.run("playbook_step.skip", json!({"id": id, "reason": "because"})),
                3 if !task.is_null() => desk.run("task.complete", json!({"id": task})),
                4 if !task.is_null() => desk.run("task.reopen", json!({"id": task})),
                5 if !task.is_null() => desk.run("task.archive", json!({"id": task})),
                6 if !task.is_null() => desk.run("task.restore", json!({"id": task})),
                7 => desk.run("playbook_run.move_anchor", json!({"id": run, "anchors": {"start": date, "go_live": date}})),
                _ => desk.run("playbook_step.assign", json!({"id": id, "assignee": format!("user {day}")})),
            };
            desk.agrees(&run);
            let after = desk.shown(&run);
            if done.is_err() {
                prop_assert_eq!(&before, &after, "refused, and done");
            }
            // What was settled before and after keeps its days.
            for (old, new) in before["steps"].as_array().unwrap().iter().zip(after["steps"].as_array().unwrap()) {
                if old["state"] == "done" && new["state"] == "done" {
                    prop_assert_eq!((&old["starts_on"], &old["due_on"]), (&new["starts_on"], &new["due_on"]));
                }
            }
            let progress = &after["progress"];
            prop_assert_eq!(after["state"] == "done", progress["complete"] == true);
        }
    }
}
