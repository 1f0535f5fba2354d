//! Stored tasks: what is settled, what completing one does, and the questions.

use std::sync::atomic::{AtomicU32, Ordering};

use crm_core::command::{CompleteTask, Create, Import, TaskSeen};
use crm_core::engine::Find;
use crm_core::model::{Kind, Task};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Entry, MemoryStore, Read, Store, Workspace};
use crm_core::{Crm, Error, Id};
use serde_json::{Value as Json, json};

use super::support::{Contended, member};

const NOW: &str = "2026-02-24T12:00:00Z";

struct Desk<S: Store> {
    crm: Crm<S>,
    commands: AtomicU32,
}

fn rules() -> Rules {
    Rules::from_json(&json!({"tasks": {"zone": "Europe/Paris"}})).unwrap()
}

fn desk() -> Desk<MemoryStore> {
    Desk { crm: Crm::new(MemoryStore::new(), rules()), commands: AtomicU32::new(0) }
}

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

impl<S: Store> Desk<S> {
    fn run_at(&self, at: &str, command: &str, body: Json) -> Result<Json, Error> {
        self.run_as("member", at, command, body)
    }

    fn run_as(&self, role: &str, at: &str, command: &str, body: Json) -> Result<Json, Error> {
        let n = self.commands.fetch_add(1, Ordering::SeqCst);
        let document = json!({"command": command, "id": id(&format!("command {n}")), "workspace": "acme",
            "actor": {"name": "marie", "role": role}, "at": at, "body": body});
        self.crm.run_json(document.to_string().as_bytes()).map(|done| done["output"].clone())
    }

    fn run(&self, command: &str, body: Json) -> Result<Json, Error> {
        self.run_at(NOW, command, body)
    }

    fn create(&self, name: &str, mut fields: Json) -> Result<Json, Error> {
        fields.as_object_mut().unwrap().entry("title").or_insert_with(|| name.into());
        self.run("task.create", json!({"id": id(name), "fields": fields}))
    }

    fn step(&self, step: &str, name: &str, mut more: Json) -> Result<Json, Error> {
        more["id"] = id(name).into();
        self.run(&format!("task.{step}"), more)
    }

    fn patch(&self, name: &str, fields: Json) -> Result<Json, Error> {
        self.run("task.patch", json!({"id": id(name), "fields": fields}))
    }

    fn ask(&self, question: Json) -> Result<Json, Error> {
        let mut document = json!({"workspace": "acme", "actor": {"name": "marie", "role": "viewer"}, "at": NOW});
        document.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
        self.crm.query_json(document.to_string().as_bytes())
    }

    fn row(&self, id: &str) -> Json {
        self.ask(json!({"get": {"record": "task", "id": id}})).unwrap()["row"].clone()
    }

    fn task(&self, name: &str) -> Json {
        self.row(&id(name))
    }

    fn count(&self) -> u64 {
        self.crm.count(&member("count"), &Find::all(Kind::Task)).unwrap()
    }
}

fn said(answer: Result<Json, Error>) -> String {
    let error = answer.unwrap_err();
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

#[test]
fn completing_makes_the_next_one_once() {
    let desk = desk();
    let fields = json!({"due_date": "2026-01-31", "recurrence": "FREQ=MONTHLY;COUNT=3", "assignee": "luc",
        "tags": ["rent"], "external_id": "7"});
    desk.create("rent", fields).unwrap();
    assert_eq!(desk.task("rent")["recurrence_anchor"], "2026-01-31");
    let done = desk.step("complete", "rent", json!({"done_at": "2026-02-01T09:00:00Z"})).unwrap();
    let second = done["next"].as_str().unwrap().to_owned();
    let rent = desk.task("rent");
    assert_eq!((&rent["completed_at"], &rent["completed_by"]), (&json!("2026-02-01T09:00:00Z"), &json!("marie")));
    let next = desk.row(&second);
    assert_eq!((&next["due_date"], &next["occurrence"]), (&json!("2026-02-28"), &json!(1)));
    assert_eq!(
        (&next["recurring_task"], &next["assignee"], &next["tags"]),
        (&json!(id("rent")), &json!("luc"), &json!(["rent"]))
    );
    assert!(next.get("completed_at").is_none_or(Json::is_null) && next.get("external_id").is_none_or(Json::is_null));
    // Twice is an answer, not another task; neither is opening it again and completing it once more.
    assert_eq!(said(desk.step("complete", "rent", json!({}))), "wrong_state -");
    desk.step("reopen", "rent", json!({})).unwrap();
    assert_eq!(said(desk.step("reopen", "rent", json!({}))), "wrong_state -");
    assert!(desk.task("rent").get("completed_by").is_none_or(Json::is_null));
    assert_eq!(desk.step("complete", "rent", json!({})).unwrap()["next"], json!(second));
    assert_eq!(desk.count(), 2);
    // The third counts from the anchor, whatever became of the second's day; the series is over with it.
    desk.run("task.patch", json!({"id": second, "fields": {"due_date": "2026-03-02"}})).unwrap();
    let third = desk.run("task.complete", json!({"id": second})).unwrap()["next"].as_str().unwrap().to_owned();
    assert_eq!(desk.row(&third)["due_date"], "2026-03-31");
    assert_eq!(desk.run("task.complete", json!({"id": third})).unwrap()["next"], Json::Null);
    assert_eq!(desk.count(), 3);
}

#[test]
fn a_patch_that_completes_makes_the_next_one_as_well() {
    let desk = desk();
    let weekly = json!({"due_at": "2026-03-23T08:00:00Z", "recurrence": "FREQ=WEEKLY;X-MISSED=SKIP"});
    desk.create("call", weekly).unwrap();
    desk.patch("call", json!({"completed_at": "2026-04-02T09:00:00Z"})).unwrap();
    assert_eq!(desk.count(), 2);
    let list = desk.ask(json!({"tasks": {}})).unwrap();
    // 9 o'clock in Paris before and after the clock change; the one of 30 March was missed.
    assert_eq!(list["tasks"][0]["task"]["due_at"], "2026-04-06T07:00:00Z");
    assert_eq!(list["tasks"][0]["task"]["due_date"], "2026-04-06");
    assert_eq!(list["tasks"][0]["task"]["occurrence"], 2);
}

/// A store lent to a second engine.
struct Borrowed<'a>(&'a MemoryStore);

impl Store for Borrowed<'_> {
    fn snapshot(&self, workspace: &Workspace) -> crm_core::Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> crm_core::Result<Entry> {
        self.0.commit(workspace, commit)
    }
}

#[test]
fn two_who_complete_at_once_make_one() {
    let first = Id::from_text("rent");
    let complete = move || CompleteTask { task: TaskSeen::from(first), done_at: None, even_if_blocked: false };
    let rival = move |store: &MemoryStore, _: u32| {
        let shared = Crm::new(Borrowed(store), rules());
        shared.run(&member("rival"), &complete()).unwrap();
    };
    let crm = Crm::new(MemoryStore::new(), rules());
    let due_date = Some("2026-11-30".parse().unwrap());
    let task = Task { title: "Rent".into(), due_date, recurrence: "FREQ=MONTHLY".into(), ..Task::default() };
    crm.run(&member("1"), &Create { id: Some(first), ..Create::new(task) }).unwrap();
    let store = Contended { inner: crm.into_store(), losses: AtomicU32::new(1), rival: Box::new(rival) };
    let crm = Crm::new(store, rules());
    assert_eq!(crm.run(&member("mine"), &complete()).unwrap_err().code().name(), "wrong_state");
    assert_eq!(crm.count(&member("count"), &Find::all(Kind::Task)).unwrap(), 2);
    // The rival's own command again gives its first answer.
    let again = crm.run(&member("rival"), &complete()).unwrap().done().unwrap();
    assert!(again.next.is_some());
    assert_eq!(crm.count(&member("count"), &Find::all(Kind::Task)).unwrap(), 2);
}

#[test]
fn a_task_waits_for_another_one() {
    let desk = desk();
    desk.create("quote", json!({})).unwrap();
    desk.create("sign", json!({"blocking_task": id("quote")})).unwrap();
    let blocked = |name: &str| desk.task(name)["blocked"].clone();
    assert_eq!(blocked("sign"), true);
    let refused = desk.step("complete", "sign", json!({})).unwrap_err();
    assert_eq!(refused.code().name(), "wrong_state");
    assert!(refused.to_string().contains("(quote)"), "{refused}");
    desk.step("complete", "quote", json!({})).unwrap();
    assert_eq!(blocked("sign"), false);
    desk.step("reopen", "quote", json!({})).unwrap();
    assert_eq!(blocked("sign"), true);
    desk.run("task.archive", json!({"id": id("quote")})).unwrap();
    assert_eq!(blocked("sign"), false);
    desk.run("task.restore", json!({"id": id("quote")})).unwrap();
    assert_eq!(blocked("sign"), true);
    desk.create("send", json!({"blocking_task": id("sign")})).unwrap();
    assert_eq!(said(desk.patch("quote", json!({"blocking_task": id("quote")}))), "invalid_value blocking_task");
    assert_eq!(said(desk.patch("quote", json!({"blocking_task": id("send")}))), "invalid_value blocking_task");
    assert_eq!(said(desk.patch("quote", json!({"blocking_task": id("gone")}))), "not_found blocking_task");
    assert_eq!(said(desk.create("self", json!({"blocking_task": id("self")}))), "invalid_value blocking_task");
    assert_eq!(said(desk.patch("send", json!({"blocked": false}))), "invalid_value body.fields.blocked");
    let shown = desk.ask(json!({"task": {"id": id("send"), "lang": "en"}})).unwrap();
    let titles = |list: &Json| list.as_array().unwrap().iter().map(|t| t["title"].clone()).collect::<Vec<_>>();
    assert_eq!(titles(&shown["waits_for"]), ["sign", "quote"]);
    assert_eq!(shown["reasons"][1]["text"], "waits for the task \"sign\"");
    let quote = desk.ask(json!({"task": {"id": id("quote")}})).unwrap();
    assert_eq!(titles(&quote["waited_for_by"]), ["sign"]);
    desk.step("complete", "sign", json!({"even_if_blocked": true})).unwrap();
    assert_eq!(blocked("send"), false);
    desk.patch("send", json!({"blocking_task": null})).unwrap();
    assert!(blocked("send").is_null());
}

#[test]
fn dates_and_series_agree_with_each_other() {
    let desk = desk();
    desk.create("call", json!({"due_at": "2026-03-01T23:30:00Z"})).unwrap();
    let due = |name: &str| {
        let task = desk.task(name);
        [task["due_date"].clone(), task["due_at"].clone()]
    };
    assert_eq!(due("call"), ["2026-03-02", "2026-03-01T23:30:00Z"], "the day in Paris");
    desk.patch("call", json!({"due_date": "2026-04-02"})).unwrap();
    assert_eq!(due("call"), ["2026-04-02", "2026-04-01T22:30:00Z"], "half past midnight as before");
    desk.patch("call", json!({"due_at": "2026-04-03T10:00:00Z"})).unwrap();
    assert_eq!(due("call"), ["2026-04-03", "2026-04-03T10:00:00Z"]);
    let both = json!({"due_date": "2026-04-05", "due_at": "2026-04-06T10:00:00Z"});
    assert_eq!(said(desk.patch("call", both.clone())), "invalid_value due_date");
    assert_eq!(said(desk.create("other", both)), "invalid_value due_date");
    desk.patch("call", json!({"due_at": null})).unwrap();
    assert_eq!(due("call"), [json!("2026-04-03"), Json::Null]);
    // A series.
    assert_eq!(said(desk.create("x", json!({"recurrence": "FREQ=DAILY"}))), "missing -");
    let rule = |text: &str| said(desk.patch("call", json!({"recurrence": text})));
    assert_eq!(rule("FREQ=DAILY;INTERVAL=0"), "invalid_value recurrence.INTERVAL");
    assert_eq!(rule("every day"), "invalid_json recurrence");
    let anchor = || desk.task("call")["recurrence_anchor"].clone();
    desk.patch("call", json!({"recurrence": "FREQ=WEEKLY"})).unwrap();
    assert_eq!(anchor(), "2026-04-03");
    desk.patch("call", json!({"due_at": "2026-04-04T07:00:00Z"})).unwrap();
    assert_eq!(anchor(), "2026-04-04T09:00:00", "the first one moves its series");
    assert_eq!(said(desk.patch("call", json!({"due_date": null, "due_at": null}))), "missing -");
    assert_eq!(said(desk.patch("call", json!({"recurrence_anchor": "soon"}))), "invalid_json recurrence_anchor");
    desk.patch("call", json!({"recurrence_anchor": "2026-04-01"})).unwrap();
    assert_eq!(anchor(), "2026-04-01");
    desk.patch("call", json!({"recurrence": null})).unwrap();
    assert!(anchor().is_null());
    // Priorities, and what a file gets wrong.
    assert_eq!(said(desk.patch("call", json!({"priority": "critical"}))), "invalid_value priority");
    let line = |line: u64, fields: Json| json!({"line": line, "fields": fields});
    let import = json!({"source": "crm", "rows": [
        line(2, json!({"title": "a", "external_id": "1", "priority": "high"})),
        line(3, json!({"title": "b", "external_id": "2", "priority": "critical"})),
        line(4, json!({"title": "c", "external_id": "3", "due_date": "10000-01-01"})),
        line(5, json!({"title": "d", "external_id": "4", "recurrence": "FREQ=DAILY", "due_date": "2026-03-01"})),
    ]});
    let document = json!({"command": "task.import", "id": id("import"), "workspace": "acme",
        "actor": {"name": "m", "role": "admin"}, "at": NOW, "body": import});
    let output = desk.crm.run_json(document.to_string().as_bytes()).unwrap()["output"].clone();
    let lines: Vec<&Json> = output["rejected"].as_array().unwrap().iter().map(|r| &r["line"]).collect();
    assert_eq!((output["created"].as_u64(), lines), (Some(2), vec![&json!(3), &json!(4)]));
}

#[test]
fn putting_off_and_handing_over() {
    let desk = desk();
    desk.create("call", json!({"due_date": "2026-02-24", "assignee": "luc"})).unwrap();
    let step = |step: &str, more: Json| desk.step(step, "call", more);
    step("snooze", json!({"until": "2026-02-26"})).unwrap();
    let call = desk.task("call");
    assert_eq!((&call["snoozed_until"], &call["due_date"]), (&json!("2026-02-25T23:00:00Z"), &json!("2026-02-24")));
    let list = |more: Json| desk.ask(json!({"tasks": more})).unwrap();
    let hidden = list(json!({}));
    assert_eq!((&hidden["tasks"], &hidden["snoozed"]), (&json!([]), &json!(1)));
    assert_eq!(hidden["next_change_at"], "2026-02-25T23:00:00Z");
    assert_eq!(list(json!({"include": ["snoozed"]}))["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(said(step("snooze", json!({"until": NOW}))), "invalid_value until");
    assert_eq!(said(step("snooze", json!({"until": "soon"}))), "invalid_value body.until");
    assert_eq!(said(step("snooze", json!({}))), "missing -");
    step("snooze", json!({"until": null})).unwrap();
    assert_eq!(list(json!({"assignee": "luc"}))["tasks"].as_array().unwrap().len(), 1);
    let version = desk.task("call")["version"].clone();
    step("assign", json!({"assignee": "ana", "version": version})).unwrap();
    assert_eq!(said(step("assign", json!({"assignee": "eve", "version": version}))), "conflict -");
    assert_eq!(list(json!({"assignee": "luc"}))["tasks"], json!([]));
    step("assign", json!({"assignee": null})).unwrap();
    assert!(desk.task("call")["assignee"].is_null());
    assert_eq!(said(step("complete", json!({"done_at": "2026-02-24T12:00:01Z"}))), "invalid_value done_at");
    assert_eq!(said(step("complete", json!({"even_if_blocked": 1}))), "invalid_value body.even_if_blocked");
    step("complete", json!({})).unwrap();
    assert_eq!(said(step("snooze", json!({"until": "2026-03-01"}))), "wrong_state -");
    assert_eq!(said(step("assign", json!({"assignee": "ana"}))), "wrong_state -");
    assert_eq!(said(desk.step("complete", "nobody", json!({}))), "not_found -");
    let viewer = json!({"command": "task.complete", "id": id("v"), "workspace": "acme",
        "actor": {"name": "v", "role": "viewer"}, "at": NOW, "body": {"id": id("call")}});
    assert_eq!(said(desk.crm.run_json(viewer.to_string().as_bytes())), "forbidden -");
}

/// Tasks of every kind: due by days and instants, urgent or not, waiting, put off, done.
fn many() -> (Desk<MemoryStore>, Vec<Json>) {
    let desk = desk();
    let dues = [
        json!({}),
        json!({"due_date": "2026-02-20"}),
        json!({"due_at": "2026-02-23T22:59:59.999Z"}),
        json!({"due_date": "2026-02-24"}),
        json!({"due_at": "2026-02-24T09:00:00Z"}),
        json!({"due_at": "2026-02-24T22:59:00Z"}),
        json!({"due_at": "2026-02-24T23:00:00Z"}),
        json!({"due_date": "2026-02-26"}),
        json!({"due_date": "2026-03-02"}),
    ];
    let priorities = ["", "low", "high", "urgent", "normal"];
    let mut tasks = Vec::new();
    for n in 0..72usize {
        let name = format!("task {n}");
        let mut fields = dues[n % dues.len()].clone();
        let map = fields.as_object_mut().unwrap();
        if !priorities[n % 5].is_empty() {
            map.insert("priority".into(), priorities[n % 5].into());
        }
        if n > 9 && n % 7 == 3 {
            map.insert("blocking_task".into(), id(&format!("task {}", n - 9)).into());
        }
        if n % 11 == 5 {
            map.insert("snoozed_until".into(), "2026-02-24T12:30:00Z".into());
        }
        map.insert("title".into(), name.as_str().into());
        let at = format!("2026-02-0{}T09:00:00Z", 1 + n % 3);
        desk.run_at(&at, "task.create", json!({"id": id(&name), "fields": fields})).unwrap();
        if n % 13 == 1 {
            let done_at = format!("2026-02-1{}T09:00:00Z", n % 4);
            desk.step("complete", &name, json!({"done_at": done_at, "even_if_blocked": true})).unwrap();
        }
        let mut task = fields;
        task["id"] = id(&name).into();
        task["created_at"] = at.into();
        tasks.push(task);
    }
    for task in &mut tasks {
        let row = desk.row(task["id"].as_str().unwrap());
        for field in ["completed_at", "completed_by"] {
            if let Some(value) = row.get(field).filter(|value| !value.is_null()) {
                task[field] = value.clone();
            }
        }
    }
    (desk, tasks)
}

#[test]
fn pages_of_the_store_are_the_rule_s_order() {
    let (desk, tasks) = many();
    for (zone, include) in [
        ("Europe/Paris", json!([])),
        ("Europe/Paris", json!(["snoozed"])),
        ("Asia/Kathmandu", json!(["completed"])),
        ("America/Sao_Paulo", json!(["snoozed", "completed"])),
    ] {
        let ask = json!({"ask": "order", "at": NOW, "zone": zone, "include": include, "tasks": tasks});
        let rule = desk.crm.rules().eval("task", &json!({"asks": [ask], "lang": "fr"})).unwrap()["answers"][0].clone();
        for limit in [1, 2, 7, 100] {
            let (mut listed, mut after) = (Vec::new(), Json::Null);
            loop {
                let body = json!({"zone": zone, "include": include, "limit": limit, "after": after, "lang": "fr"});
                let page = desk.ask(json!({"tasks": body})).unwrap();
                assert_eq!(page["bands"], rule["bands"], "{zone}");
                assert_eq!(page["next_change_at"], rule["next_change_at"], "{zone} {include}");
                let rows = page["tasks"].as_array().unwrap();
                assert!(rows.len() <= limit);
                listed.extend(rows.iter().cloned());
                after = page["next"].clone();
                if after.is_null() {
                    break;
                }
                assert_eq!(rows.len(), limit, "a page with a next one is full");
            }
            let ids: Vec<&str> = listed.iter().map(|row| row["task"]["id"].as_str().unwrap()).collect();
            let wanted: Vec<&str> =
                rule["tasks"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
            assert_eq!(ids, wanted, "{zone} {include} by {limit}");
            for (row, told) in listed.iter().zip(rule["tasks"].as_array().unwrap()) {
                for key in ["band", "is_late", "is_blocked", "next_change_at", "due_day"] {
                    assert_eq!(row[key], told[key], "{key}");
                }
            }
        }
    }
}

#[test]
fn the_questions_are_strict() {
    let (desk, _) = many();
    let page = desk.ask(json!({"tasks": {"limit": 3}})).unwrap();
    let tasks = |body: Json| said(desk.ask(json!({"tasks": body})));
    assert_eq!(tasks(json!({"limit": 0})), "invalid_value tasks.limit");
    assert_eq!(tasks(json!({"limit": 1001})), "invalid_value tasks.limit");
    assert_eq!(tasks(json!({"zone": "Mars/Phobos"})), "invalid_value tasks.zone");
    assert_eq!(tasks(json!({"include": ["all"]})), "invalid_value tasks.include[0]");
    assert_eq!(
        tasks(json!({"where": {"field": "colour", "op": "eq", "value": "red"}})),
        "unknown_field tasks.where.field"
    );
    for after in ["x", "[]", "[\"2026-02-24T12:00:00Z\",0,[\"x\"]]", "[\"9\",0,[]]"] {
        assert_eq!(tasks(json!({"after": after})), "invalid_json tasks.after", "{after}");
    }
    // A place beyond the last section is the end.
    let beyond = json!({"tasks": {"after": "[\"2026-02-24T12:00:00Z\",99999,[]]"}});
    assert_eq!(desk.ask(beyond).unwrap()["tasks"], json!([]));
    // All pages of a list are of the instant of the first.
    let later = desk.ask(json!({"at": "2026-02-27T12:00:00Z", "tasks": {"limit": 3, "after": page["next"]}})).unwrap();
    assert_eq!(later["at"], NOW);
    assert_eq!(later["bands"], page["bands"]);
    let urgent = json!({"field": "priority", "op": "eq", "value": "urgent"});
    let urgent = desk.ask(json!({"tasks": {"where": urgent}})).unwrap();
    assert!(urgent["tasks"].as_array().unwrap().iter().all(|row| row["task"]["priority"] == "urgent"));
    assert_eq!(said(desk.ask(json!({"task": {}}))), "missing -");
    assert_eq!(said(desk.ask(json!({"task": {"id": id("nobody")}}))), "not_found -");
    // A task with what it belongs to and its series.
    desk.run("account.create", json!({"id": id("acme"), "fields": {"name": "Acme"}})).unwrap();
    let fields = json!({"due_at": "2026-03-27T08:00:00Z", "recurrence": "FREQ=WEEKLY;COUNT=3", "account": id("acme")});
    desk.create("weekly", fields).unwrap();
    let next = desk.step("complete", "weekly", json!({})).unwrap()["next"].clone();
    let shown = desk.ask(json!({"task": {"id": next, "lang": "fr"}})).unwrap();
    assert_eq!(shown["links"]["account"], json!({"id": id("acme"), "name": "Acme"}));
    assert_eq!(shown["series"]["number"], 1);
    assert_eq!(
        shown["series"]["to_come"],
        json!([{"number": 2, "due_date": "2026-04-10", "due_at": "2026-04-10T07:00:00Z"}])
    );
    assert_eq!(shown["series"]["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(shown["reasons"][1]["text"], "tâche récurrente, numéro 2 de la série");
}

#[test]
fn an_import_rejects_the_task_that_waits_for_nothing_that_is_there() {
    let desk = desk();
    desk.create("first", json!({})).unwrap();
    let row = |line: u64, external: &str, more: Json| {
        let mut fields = json!({"title": external, "external_id": external});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"line": line, "fields": fields})
    };
    let own = Import::<Task>::id_of("asana", "b").to_string();
    let archived = id("gone");
    desk.create("gone", json!({})).unwrap();
    desk.run("task.archive", json!({"id": archived})).unwrap();
    let rows = json!([
        row(2, "a", json!({"blocking_task": id("nobody")})),
        row(3, "b", json!({"blocking_task": id("first")})),
        row(4, "c", json!({"blocking_task": "x"})),
        row(5, "d", json!({"blocking_task": archived})),
        row(6, "e", json!({})),
    ]);
    let done = desk.run_as("admin", NOW, "task.import", json!({"source": "asana", "rows": rows})).unwrap();
    assert_eq!(done["created"], 2, "{done:#}");
    let lines: Vec<(u64, &str)> = done["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["line"].as_u64().unwrap(), r["error"]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, [(2, "not_found"), (4, "invalid_value"), (5, "wrong_state")]);
    assert_eq!(desk.row(&own)["blocked"], json!(true));
    // Later the file lets it wait for itself: that row alone stays as it was.
    let rows = json!([row(3, "b", json!({"blocking_task": own})), row(6, "e", json!({"description": "neu"}))]);
    let done = desk
        .run_as("admin", NOW, "task.import", json!({"source": "asana", "on_existing": "update", "rows": rows}))
        .unwrap();
    assert_eq!((&done["updated"], &done["rejected"][0]["line"]), (&json!(1), &json!(3)), "{done:#}");
    assert_eq!(desk.row(&own)["blocking_task"], json!(id("first")));
}
