//! Filters that mean something else for every reader and every day, in the questions that add up: reports, the dashboard,
//! forecasts, risks, tasks. Each answer says what the filter came to.

use crm_core::command::Role;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, quarter};

/// A Sunday.
const NOW: &str = "2026-11-22T09:00:00Z";
const DECEMBER: &str = "2026-12-05T09:00:00Z";

fn desk() -> Desk<MemoryStore> {
    let desk = Desk::new();
    let sales = json!({"code": "sales", "name": "Sales", "stages": [
        {"code": "new", "probability_bp": 2000},
        {"code": "won", "kind": "won"},
        {"code": "lost", "kind": "lost"},
    ]});
    desk.admin("2026-09-01T00:00:00Z", "pipeline.create", sales);
    let deals =
        [("marie", "100.00", "2026-11-25"), ("paul", "200.00", "2026-11-26"), ("marie", "400.00", "2026-12-20")];
    for (owner, amount, close_date) in deals {
        let value = json!({"amount": amount, "currency": "EUR"});
        let fields = json!({"owner": owner, "stage": "new", "value": value, "close_date": close_date});
        desk.admin("2026-09-02T00:00:00Z", "deal.create", json!({"fields": fields}));
    }
    desk
}

fn mine() -> Json {
    json!({"field": "owner", "op": "eq", "value": {"actor": "me"}})
}

fn this_month() -> Json {
    json!({"field": "close_date", "op": "during", "value": "this_month"})
}

fn mine_of_this_month() -> Json {
    json!({"all": [mine(), this_month()]})
}

fn window() -> Json {
    json!({"fixed": {"from": "2026-10-01", "to": "2027-01-01"}})
}

/// What an answer says its filter came to: the first day of each range, and who.
fn told(answer: &Json) -> (Vec<&str>, Vec<&str>) {
    let of = |key: &str| answer[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let days = of("ranges").iter().map(|range| range["range"]["from"].as_str().unwrap());
    let people = of("people").iter().flat_map(|people| people["names"].as_array().unwrap());
    (days.collect(), people.map(|name| name.as_str().unwrap()).collect())
}

#[test]
fn a_report_is_somebody_s_and_of_its_day() {
    let desk = desk();
    let ask = |who, when, more: Json| {
        let spec =
            json!({"kind": "pipeline_snapshot", "window": window(), "currency": "EUR", "filter": mine_of_this_month()});
        let mut question = json!({"report": spec});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.ask((who, Role::Manager), when, "report", question).unwrap()
    };
    let marie = ask("marie", NOW, json!({}));
    assert_eq!(marie["totals"]["open"]["value"], "100.00");
    assert_eq!(told(&marie), (vec!["2026-11-01"], vec!["marie"]));
    assert_eq!(marie["report"]["filter"], mine_of_this_month(), "the report is what was asked for");
    let paul = ask("paul", NOW, json!({}));
    assert_eq!((&paul["totals"]["open"]["value"], &paul["spec_hash"]), (&json!("200.00"), &marie["spec_hash"]));
    // The month is that of the instant that the report is of.
    assert_eq!(ask("marie", DECEMBER, json!({}))["totals"]["open"]["value"], "400.00");
    let then = ask("marie", DECEMBER, json!({"as_of": NOW}));
    assert_eq!((&then["totals"], told(&then).0), (&marie["totals"], vec!["2026-11-01"]));
    let file = ask("marie", NOW, json!({"format": "csv"}));
    assert_eq!((told(&file), &file["spec_hash"]), (told(&marie), &marie["spec_hash"]));

    // The same one, saved.
    let definition =
        json!({"kind": "pipeline_snapshot", "window": window(), "currency": "EUR", "filter": mine_of_this_month()});
    let saved = json!({"name": "Mine", "scope": "all", "definition": definition});
    let id = desk.admin(NOW, "saved_report.create", saved)["id"].clone();
    let opened = desk.ask(("paul", Role::Manager), NOW, "report", json!({"id": id})).unwrap();
    assert_eq!(opened["totals"], paul["totals"]);
    let wrong = json!({"kind": "pipeline_snapshot", "window": window(), "currency": "EUR",
        "filter": {"field": "owner", "op": "during", "value": "today"}});
    let error = desk.ask(("paul", Role::Manager), NOW, "report", json!({"report": wrong})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("report.report.filter.op")));

    // And without a store.
    let deal = |id: &str, owner: &str| {
        let fields = json!({"owner": owner, "pipeline": "sales", "stage": "new", "close_date": "2026-11-25",
            "value": {"amount": "100.00", "currency": "EUR"}});
        json!({"id": id, "created_at": "2026-09-02T00:00:00Z", "fields": fields})
    };
    let input = json!({
        "report": {"kind": "pipeline_snapshot", "window": window(), "currency": "EUR", "filter": mine_of_this_month()},
        "pipelines": [{"code": "sales", "name": "Sales", "stages": [{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]}],
        "deals": [deal("a", "marie"), deal("b", "paul")], "at": NOW, "actor": "marie",
    });
    let answer = desk.crm.rules().eval("report", &input).unwrap();
    assert_eq!((&answer["totals"]["open"]["count"], told(&answer)), (&json!(1), (vec!["2026-11-01"], vec!["marie"])));
}

#[test]
fn a_dashboard_shows_everybody_the_records_that_it_counted() {
    let desk = desk();
    let question = json!({"window": window(), "currency": "EUR", "where": mine_of_this_month()});
    let marie = desk.ask(("marie", Role::Manager), NOW, "dashboard", question.clone()).unwrap();
    assert_eq!((&marie["open"]["count"], &marie["open"]["value"]), (&json!(1), &json!("100.00")));
    assert_eq!(told(&marie), (vec!["2026-11-01"], vec!["marie"]));
    // Whoever follows it, and whenever, finds hers.
    let find = marie["open"]["query"]["find"].clone();
    let found = desk.ask(("paul", Role::Manager), DECEMBER, "find", find).unwrap();
    assert_eq!(found["rows"][0]["value"]["amount"], "100.00");
    let wrong = json!({"window": window(), "currency": "EUR", "where": {"field": "colour", "op": "is_null"}});
    let error = desk.ask(("paul", Role::Manager), NOW, "dashboard", wrong).unwrap_err();
    assert_eq!(error.field().map(|field| field.starts_with("dashboard.where")), Some(true), "{error}");
}

#[test]
fn a_forecast_leaves_the_deals_that_a_condition_finds() {
    let desk = desk();
    let open = |who, question: &str, when, filter: Json| {
        let body = json!({"currency": "EUR", "periods": quarter(), "where": filter});
        desk.ask((who, Role::Manager), when, question, body).unwrap()
    };
    let all = open("marie", "forecast", NOW, json!({"field": "owner", "op": "is_known"}));
    assert_eq!((&all["periods"][0]["open"]["amount"], told(&all)), (&json!("700.00"), (vec![], vec![])));
    let marie = open("marie", "forecast", NOW, mine());
    assert_eq!((&marie["periods"][0]["open"]["amount"], told(&marie).1), (&json!("500.00"), vec!["marie"]));
    let month = open("marie", "forecast", NOW, this_month());
    assert_eq!((&month["periods"][0]["open"]["amount"], told(&month).0), (&json!("300.00"), vec!["2026-11-01"]));
    // What was so then: the deal was Paul's until December.
    let later = open("paul", "forecast", DECEMBER, mine_of_this_month());
    assert_eq!((&later["periods"][0]["open"]["amount"], told(&later).0), (&json!("0.00"), vec!["2026-12-01"]));
    let then = json!({"currency": "EUR", "periods": quarter(), "where": mine_of_this_month(), "as_of": NOW});
    let then = desk.ask(("paul", Role::Manager), DECEMBER, "forecast", then).unwrap();
    assert_eq!((&then["periods"][0]["open"]["amount"], told(&then).0), (&json!("200.00"), vec!["2026-11-01"]));
    let bands = open("paul", "bands", NOW, mine_of_this_month());
    // One deal of 200 with one chance in five.
    assert_eq!((&bands["bands"]["p90"], told(&bands)), (&json!("200.00"), (vec!["2026-11-01"], vec!["paul"])));
    let body = json!({"currency": "EUR", "periods": quarter(), "where": {"field": "colour", "op": "is_null"}});
    let error = desk.ask(("paul", Role::Manager), NOW, "forecast", body).unwrap_err();
    assert_eq!(error.field().map(|field| field.starts_with("forecast.where")), Some(true), "{error}");
}

#[test]
fn risks_and_tasks_say_what_their_filter_came_to() {
    let desk = desk();
    let risks = desk.ask(("marie", Role::Manager), NOW, "deal_risks", json!({"where": mine_of_this_month()})).unwrap();
    assert_eq!(risks["deals"].as_array().unwrap().len(), 1);
    assert_eq!(told(&risks), (vec!["2026-11-01"], vec!["marie"]));
    assert_eq!(risks["ranges"][0]["path"], "all[1]", "the place is one of the question's own condition");

    for (title, assignee, due) in
        [("a", "marie", "2026-11-23"), ("b", "marie", "2026-12-03"), ("c", "paul", "2026-11-23")]
    {
        let fields = json!({"title": title, "assignee": assignee, "due_date": due});
        desk.admin(NOW, "task.create", json!({"fields": fields}));
    }
    let filter = json!({"all": [
        {"field": "assignee", "op": "eq", "value": {"actor": "me"}},
        {"field": "due_date", "op": "during", "value": "next_week"},
    ]});
    let ask = |when: &str, zone: &str| {
        let question = json!({"where": filter, "zone": zone, "limit": 1});
        desk.ask(("marie", Role::Manager), when, "tasks", question).unwrap()
    };
    let titles = |answer: &Json| {
        answer["tasks"].as_array().unwrap().iter().map(|t| t["task"]["title"].clone()).collect::<Vec<_>>()
    };
    let tasks = ask(NOW, "UTC");
    assert_eq!((titles(&tasks), told(&tasks)), (vec![json!("a")], (vec!["2026-11-23"], vec!["marie"])));
    // It is Monday there already, so the week after is the next one.
    let tasks = ask("2026-11-22T20:00:00Z", "Pacific/Auckland");
    assert_eq!((titles(&tasks), told(&tasks).0), (vec![json!("b")], vec!["2026-11-30"]));
    let wrong = json!({"where": {"field": "title", "op": "during", "value": "today"}});
    let error = desk.ask(("marie", Role::Manager), NOW, "tasks", wrong).unwrap_err();
    assert_eq!(error.field(), Some("tasks.where.op"));
}
