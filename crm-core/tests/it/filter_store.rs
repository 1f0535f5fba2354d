//! Saved and built-in views over a store: one view that is somebody else's list for every reader, over every record.

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::kernel::json as strict;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::view::BUILT_IN;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

/// A Sunday, half past nine in Paris.
const NOW: &str = "2026-11-22T08:30:00Z";

struct Desk(Crm<MemoryStore>);

impl Desk {
    fn new(rules: Rules) -> Self {
        Desk(Crm::new(MemoryStore::new(), rules))
    }

    fn run(&self, who: &str, name: &str, body: Json) -> Json {
        let id = Id::from_text(&format!("{who} {name} {body}"));
        let ctx = Ctx::new(workspace(), Actor::new(who, Role::Member).unwrap(), at(NOW), id);
        self.0.run_any(&ctx, &*parse(name, &body, self.0.rules()).unwrap()).unwrap().done().unwrap()
    }

    fn ask(&self, who: &str, when: &str, name: &str, body: Json) -> Result<Json> {
        let document = json!({"workspace": "acme", "actor": {"name": who, "role": "member"}, "at": when, name: body});
        self.0.query_json(document.to_string().as_bytes())
    }

    fn titles(&self, who: &str, when: &str, body: Json) -> Vec<String> {
        let answer = self.ask(who, when, "saved_view", body).unwrap();
        let title = |row: &Json| row["cells"]["title"].as_str().unwrap().to_owned();
        let mut titles: Vec<String> = answer["rows"].as_array().unwrap().iter().map(title).collect();
        // Rows of one command's instant come in the order of their ids.
        titles.sort();
        titles
    }
}

fn stocked() -> Desk {
    let desk = Desk::new(Rules::default());
    for (user, team) in [("marie", "ouest"), ("paul", "ouest"), ("zoe", "est")] {
        desk.run("ada", "employee.create", json!({"fields": {"user": user, "team": team}}));
    }
    for (title, assignee, due) in [
        ("a", "marie", "2026-11-22"),
        ("b", "paul", "2026-11-22"),
        ("c", "zoe", "2026-11-22"),
        ("d", "marie", "2026-11-23"),
    ] {
        desk.run("ada", "task.create", json!({"fields": {"title": title, "assignee": assignee, "due_date": due}}));
    }
    desk
}

fn mine_this_week() -> Json {
    json!({"record": "task", "columns": ["title"], "order": [{"field": "title"}], "where": {"all": [
        {"field": "assignee", "op": "eq", "value": {"actor": "me"}},
        {"field": "due_date", "op": "during", "value": "this_week"},
    ]}})
}

fn saved(desk: &Desk, definition: Json) -> Json {
    let body = json!({"name": "La semaine", "scope": "all", "definition": definition});
    desk.run("ada", "saved_view.create", body)["id"].clone()
}

#[test]
fn one_view_is_everybodys_own_list() {
    let desk = stocked();
    let id = saved(&desk, mine_this_week());
    let open = |who: &str, when: &str| desk.titles(who, when, json!({"id": id, "zone": "Europe/Paris"}));
    assert_eq!(open("marie", NOW), ["a"]);
    assert_eq!(open("paul", NOW), ["b"]);
    assert_eq!(open("ada", NOW), Vec::<String>::new());
    // After midnight in Paris it is Monday there, and still Sunday in UTC.
    assert_eq!(open("marie", "2026-11-22T23:30:00Z"), ["d"]);
    let utc = desk.ask("marie", "2026-11-22T23:30:00Z", "saved_view", json!({"id": id, "lang": "fr"})).unwrap();
    assert_eq!(utc["rows"][0]["cells"]["title"], "a");
    assert_eq!(utc["ranges"][0]["text"], "du 16/11/2026 au 22/11/2026 inclus (UTC)");
    assert_eq!(utc["people"][0]["names"], json!(["marie"]));
    // A view's own days come before the reader's.
    let mut own = mine_this_week();
    own["zone"] = json!("Pacific/Auckland");
    own["week_start"] = json!("sunday");
    let own = saved(&desk, own);
    assert_eq!(desk.titles("marie", NOW, json!({"id": own, "zone": "Europe/Paris"})), ["a", "d"]);
}

#[test]
fn a_team_is_looked_up_for_who_asks() {
    let desk = stocked();
    let question = json!({"record": "task", "order": [{"field": "title"}], "lang": "en",
        "where": {"field": "assignee", "op": "eq", "value": {"actor": "my_team"}}});
    let found = |who: &str| {
        let answer = desk.ask(who, NOW, "find", question.clone()).unwrap();
        let titles: Vec<String> =
            answer["rows"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect();
        (titles.join(""), answer["people"][0]["names"].clone())
    };
    assert_eq!(found("marie"), ("abd".to_owned(), json!(["marie", "paul"])));
    assert_eq!(found("zoe"), ("c".to_owned(), json!(["zoe"])));
    // Who is in no team has only themselves.
    assert_eq!(found("ada"), (String::new(), json!(["ada"])));
    let mut counted = question;
    counted["count"] = json!(true);
    assert_eq!(desk.ask("marie", NOW, "find", counted).unwrap()["count"], 3);
}

#[test]
fn views_work_over_every_record() {
    let desk = stocked();
    for kind in Kind::ALL {
        let leaf = json!({"field": "created_at", "op": "during", "value": "this_month"});
        let filter = json!({"all": [leaf, {"field": "id", "op": "is_not_empty"}]});
        let id = saved(&desk, json!({"record": kind.name(), "where": filter, "order": [{"field": "updated_at"}]}));
        let open = desk.ask("marie", NOW, "saved_view", json!({"id": id})).unwrap();
        assert_eq!(open["broken"], json!([]), "{}", kind.name());
        let found = desk.ask("marie", NOW, "find", json!({"record": kind.name()})).unwrap();
        let ids =
            |answer: &Json| answer["rows"].as_array().unwrap().iter().map(|r| r["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&open), ids(&found), "{}", kind.name());
        assert_eq!(open["ranges"][0]["range"]["to"], "2026-12-01");
    }
}

#[test]
fn a_field_that_is_gone_flags_its_leaf_in_every_record() {
    for record in ["task", "ticket", "activity", "employee", "note", "leave", "draft"] {
        let rules = |fields: Json| Rules::from_json(&json!({"custom": {record: fields}})).unwrap();
        let desk = Desk::new(rules(json!([{"name": "seen_on", "type": "date"}])));
        let leaf = json!({"field": "custom.seen_on", "op": "during", "value": "today"});
        let wide = json!({"field": "created_at", "op": "is_known"});
        let id = saved(&desk, json!({"record": record, "where": {"any": [wide, {"not": leaf}]}}));
        let open = |desk: &Desk| desk.ask("marie", NOW, "saved_view", json!({"id": id})).unwrap();
        assert_eq!(open(&desk)["rows"], json!([]), "{record}");
        let desk = Desk(Crm::new(desk.0.into_store(), rules(json!([]))));
        let opened = open(&desk);
        assert_eq!(opened["rows"], Json::Null, "{record}");
        assert_eq!(opened["broken"][0]["field"], "where.any[1].not.field", "{record}");
    }
}

#[test]
fn built_in_views_are_listed_and_opened() {
    let desk = stocked();
    let id = saved(&desk, mine_this_week());
    let views = desk.ask("marie", NOW, "views", json!({"record": "task"})).unwrap();
    assert_eq!(views["saved"][0]["id"], id);
    let codes: Vec<&str> =
        views["builtin"].as_array().unwrap().iter().map(|v| v["builtin"].as_str().unwrap()).collect();
    assert_eq!(codes, ["my_open_tasks", "my_tasks_this_week", "overdue_tasks", "tasks_of_my_team"]);
    assert_eq!(views["builtin"][0]["name"], json!({"en": "My open tasks", "fr": "Mes tâches à faire"}));
    let all = desk.ask("marie", NOW, "views", json!({})).unwrap();
    assert_eq!(all["builtin"].as_array().unwrap().len(), BUILT_IN.len());
    for view in BUILT_IN {
        desk.ask("marie", NOW, "saved_view", json!({"builtin": view.code, "zone": "Europe/Paris"})).unwrap();
        // A built-in view is a definition like any other, and can be saved as one's own.
        saved(&desk, strict::parse(view.definition().to_string().as_bytes()).unwrap());
    }
    let paris = |code: &str, when: &str| desk.titles("marie", when, json!({"builtin": code, "zone": "Europe/Paris"}));
    assert_eq!(paris("my_open_tasks", NOW), ["a", "d"]);
    assert_eq!(paris("tasks_of_my_team", NOW), ["a", "b", "d"]);
    assert_eq!(paris("overdue_tasks", NOW), Vec::<String>::new());
    assert_eq!(paris("overdue_tasks", "2026-11-22T23:30:00Z"), ["a", "b", "c"]);
    assert_eq!(paris("my_tasks_this_week", NOW), ["a"]);
    let error = |body: Json| {
        let error = desk.ask("marie", NOW, "saved_view", body).unwrap_err();
        (error.code().name(), error.field().map(str::to_owned))
    };
    assert_eq!(error(json!({"builtin": "my_tasks"})), ("invalid_value", Some("saved_view.builtin".into())));
    assert_eq!(error(json!({})).0, "missing");
    assert_eq!(error(json!({"builtin": "my_open_tasks", "id": id})).0, "invalid_json");
}
