//! Health of stored customers: facts, entries, overrides, who may, and that nothing is done twice.

use crm_core::command::{Actor, Ctx, Role};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Workspace};
use crm_core::{Crm, Id};
use serde_json::{Value as Json, json};
use std::cell::Cell;
use std::ops::ControlFlow;

struct World {
    crm: Crm<MemoryStore>,
    count: Cell<u32>,
}

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

impl World {
    fn new(rules: Json) -> Self {
        let rules = Rules::from_json(&rules).unwrap();
        let world = World { crm: Crm::new(MemoryStore::new(), rules), count: Cell::new(0) };
        for name in ["acme", "quiet"] {
            let fields = json!({"name": name, "owner": "marie", "health": 12});
            world.must("account.create", "2026-01-05T09:00:00Z", json!({"id": id(name), "fields": fields}));
        }
        world
    }

    fn run(&self, role: Role, command: &str, at: &str, body: Json) -> Result<Json, crm_core::Error> {
        self.count.set(self.count.get() + 1);
        let n = self.count.get();
        let document = json!({"command": command, "id": Id::from_text(&format!("command {n}")).to_string(),
            "workspace": "w", "actor": {"name": "marie", "role": role.name()}, "at": at, "body": body});
        self.crm.run_json(document.to_string().as_bytes())
    }

    fn must(&self, command: &str, at: &str, body: Json) -> Json {
        let answer = self.run(Role::Admin, command, at, body).unwrap_or_else(|e| panic!("{command}: {e}"));
        answer["output"].clone()
    }

    fn ask(&self, at: &str, question: &str, body: Json) -> Json {
        let document =
            json!({"workspace": "w", "actor": {"name": "marie", "role": "viewer"}, "at": at, question: body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{question}: {e}"))
    }

    fn row(&self, at: &str, name: &str) -> Json {
        self.ask(at, "get", json!({"record": "account", "id": id(name)}))["row"].clone()
    }

    /// A customer of whom much is known.
    fn told(&self) {
        let acme = id("acme");
        let day = "2026-11-01T09:00:00Z";
        let ticket = json!({"subject": "down", "account": acme, "priority": "urgent"});
        self.must("ticket.create", day, json!({"id": id("ticket"), "fields": ticket}));
        let call = json!({"kind": "call", "direction": "both", "account": acme, "happened_at": day});
        self.must("activity.create", day, json!({"fields": call}));
        let course = json!({"account": acme, "course": "basics", "completed": 3, "lessons": 4});
        self.must("learning_progress.create", day, json!({"id": id("course"), "fields": course}));
        let usage = json!({"account": acme, "measure": "usage_bp", "value": "5500"});
        self.must("measurement.record", day, usage);
        let nps = json!({"account": acme, "measure": "nps", "value": 50, "measured_at": "2026-10-01T00:00:00Z"});
        self.must("measurement.record", day, nps);
        self.must("contact.create", day, json!({"fields": {"last_name": "Le Goff", "account": acme}}));
    }
}

const NOON: &str = "2026-11-10T12:00:00Z";

fn hundredths(text: &Json) -> i64 {
    text.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn facts_become_an_entry_and_the_same_facts_none() {
    let world = World::new(json!({}));
    world.told();
    let done = world.must("health.recalculate", NOON, json!({"account": id("acme")}));
    assert_eq!((done["assessed"].as_u64(), done["changed"].as_u64()), (Some(1), Some(1)));
    assert_eq!(done["accounts"][0]["reasons"][0]["code"], "health_first");
    let shown = world.ask(NOON, "health", json!({"account": id("acme"), "lang": "fr"}));
    let entry = &shown["entry"];
    // One urgent ticket 50, no promise broken 100, learning 75, usage 5500: 70, touched 9 days ago: 100, NPS 100.
    let scores = |measures: &Json| -> Vec<(String, Option<String>)> {
        let pair = |m: &Json| (m["code"].as_str().unwrap().to_owned(), m["score"].as_str().map(str::to_owned));
        measures.as_array().unwrap().iter().map(pair).collect()
    };
    let wanted = [
        ("urgent_tickets", Some("50")),
        ("sla_breaches", Some("100")),
        ("reopened", None),
        ("payments_late", None),
        ("payments_failed", None),
        ("learning", Some("75")),
        ("usage", Some("70")),
        ("relationship", Some("100")),
        ("nps", Some("100")),
        ("renewal", None),
        ("onboarding", None),
    ];
    let wanted: Vec<_> = wanted.iter().map(|(c, s)| ((*c).to_owned(), s.map(str::to_owned))).collect();
    assert_eq!(scores(&entry["measures"]), wanted);
    assert_eq!(entry["coverage_bp"], 6300);
    assert_eq!(entry["delta_reasons"][0]["text"], "premier calcul");
    let points = |list: &Json| {
        list.as_array()
            .unwrap()
            .iter()
            .filter(|r| !r["points"].is_null())
            .map(|r| hundredths(&r["points"]))
            .sum::<i64>()
    };
    assert_eq!(points(&entry["reasons"]), hundredths(&entry["score"]));
    assert_eq!(entry["score"], shown["live"]["score"]);
    assert!(entry["reasons"].as_array().unwrap().iter().all(|reason| reason["text"].is_string()));
    let account = world.row(NOON, "acme");
    assert_eq!(account["health_band"], entry["band"]);
    assert_eq!(account["health"].as_i64().unwrap(), (hundredths(&entry["score"]) + 50) / 100);

    // Again at once, and again later on the same day: nothing new.
    let version = account["version"].clone();
    for at in [NOON, "2026-11-10T18:00:00Z"] {
        let again = world.must("health.recalculate", at, json!({"accounts": [id("acme"), id("acme")]}));
        assert_eq!((again["assessed"].as_u64(), again["changed"].as_u64()), (Some(1), Some(0)), "{at}");
        assert_eq!(again["accounts"][0]["reasons"][0]["code"], "health_same_inputs");
    }
    assert_eq!(world.row(NOON, "acme")["version"], version);
    let history = world.ask(NOON, "health_history", json!({"account": id("acme")}));
    assert_eq!(history["entries"].as_array().unwrap().len(), 1);

    // Something changes: the change of the score is the sum of its reasons, and the former entry stays as it is.
    let course = json!({"id": id("course"), "fields": {"completed": 4}});
    world.must("learning_progress.patch", "2026-11-10T19:00:00Z", course);
    let payment = json!({"account": id("acme"), "measure": "nps", "value": -20});
    world.must("measurement.record", "2026-11-10T19:00:00Z", payment);
    world.must("health.recalculate", "2026-11-10T20:00:00Z", json!({"account": id("acme"), "trigger": "event"}));
    let later = world.ask("2026-11-10T20:00:00Z", "health", json!({"account": id("acme"), "lang": "en"}));
    let entries = later["history"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["trigger"], "event");
    assert_eq!(entries[1]["score"], entry["score"]);
    let change = hundredths(&entries[0]["score"]) - hundredths(&entries[1]["score"]);
    assert_eq!(points(&entries[0]["delta_reasons"]), change);
    let codes: Vec<&str> =
        entries[0]["delta_reasons"].as_array().unwrap().iter().map(|r| r["measure"].as_str().unwrap_or("-")).collect();
    // The NPS is fresher than it was, so it weighs more: the first part is that of the weights.
    assert!(codes.contains(&"learning") && codes.contains(&"nps"), "{codes:?}");
    let verified = world.ask(NOON, "health_history", json!({"account": id("acme"), "limit": 1}));
    assert_eq!(verified["entries"][0]["sequence_number"], 2);
    assert!(verified["next"].is_string());
}

#[test]
fn what_the_host_said_stands_until_it_is_worked_out() {
    let world = World::new(json!({}));
    assert_eq!(world.row(NOON, "quiet")["health"], 12);
    world.must("health.recalculate", NOON, json!({"account": id("quiet")}));
    // Of a customer without anything, nothing is known: no score is better than the host's old one.
    let row = world.row(NOON, "quiet");
    assert_eq!((row["health"].clone(), row["health_band"].clone()), (Json::Null, json!("unknown")));
}

#[test]
fn an_override_stands_beside_the_sum_and_ends_by_itself() {
    let world = World::new(json!({}));
    world.told();
    world.must("health.recalculate", NOON, json!({"account": id("acme")}));
    let said = json!({"account": id("acme"), "score": "35.5", "ends_on": "2026-11-20", "reason": "Le DG part"});
    world.must("health.override", NOON, said);
    let shown = world.ask("2026-11-20T23:00:00Z", "health", json!({"account": id("acme"), "lang": "fr"}));
    assert_eq!(shown["override"]["score"], "35.50");
    assert_eq!(shown["override"]["reason"]["text"], "marie indique 35,5 jusqu’au 20/11/2026\u{a0}: Le DG part");
    assert!(shown["entry"]["score"].is_string(), "both stay visible");
    let after = world.ask("2026-11-21T00:00:00Z", "health", json!({"account": id("acme")}));
    assert_eq!(after["override"], Json::Null);
    // Another one takes its place; taken back, none is left.
    let other = json!({"account": id("acme"), "score": 60, "ends_on": "2026-12-20", "reason": "Il reste"});
    world.must("health.override", "2026-11-11T09:00:00Z", other);
    let now = |at: &str| world.ask(at, "health", json!({"account": id("acme")}))["override"]["score"].clone();
    assert_eq!(now("2026-11-12T00:00:00Z"), "60.00");
    let back = world.must("health.override_revoke", "2026-11-13T09:00:00Z", json!({"account": id("acme")}));
    assert!(back["id"].is_string());
    assert_eq!(now("2026-11-14T00:00:00Z"), Json::Null);
    let none = world.must("health.override_revoke", "2026-11-13T10:00:00Z", json!({"account": id("acme")}));
    assert_eq!(none["id"], Json::Null);
}

#[test]
fn only_owner_and_admin_work_it_out() {
    let world = World::new(json!({}));
    world.told();
    let bodies = [
        ("health.recalculate", json!({"account": id("acme")})),
        ("health.override", json!({"account": id("acme"), "score": 1, "ends_on": "2026-12-01", "reason": "x"})),
        ("health.override_revoke", json!({"account": id("acme")})),
    ];
    for (command, body) in &bodies {
        for role in [Role::Manager, Role::Member, Role::Viewer, Role::Agent] {
            match world.run(role, command, NOON, body.clone()) {
                Err(error) => assert_eq!(error.code().name(), "forbidden", "{command} {role:?}"),
                Ok(answer) => assert_eq!((role, &answer["status"]), (Role::Agent, &json!("held")), "{command}"),
            }
        }
        for role in [Role::Owner, Role::Admin] {
            assert!(world.run(role, command, NOON, body.clone()).is_ok(), "{command} {role:?}");
        }
    }
}

#[test]
fn the_worst_come_first_and_a_job_is_done_once() {
    let world = World::new(json!({}));
    world.told();
    let late = json!({"account": id("acme"), "measure": "usage_bp", "value": 0});
    world.must("measurement.record", NOON, late);
    let ctx = |name: &str| {
        let at = "2026-11-10T13:00:00Z".parse().unwrap();
        Ctx::new(Workspace::new("w").unwrap(), Actor::new("cs", Role::Owner).unwrap(), at, Id::from_text(name))
    };
    let run = |name: &str| world.crm.health_all(&ctx(name), None, &mut |_| ControlFlow::Continue(())).unwrap();
    let first = run("night");
    assert_eq!((first.assessed, first.changed), (2, 2));
    let second = run("second night");
    assert_eq!((second.assessed, second.changed), (2, 0));
    let board = world.ask("2026-11-10T13:00:00Z", "healths", json!({"lang": "fr"}));
    let names: Vec<&str> = board["accounts"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acme", "quiet"], "what is not known comes last");
    assert_eq!(board["accounts"][0]["entry"]["trigger"], "schedule");
    let unknown = world.ask("2026-11-10T13:00:00Z", "healths", json!({"band": "unknown", "owner": "marie"}));
    assert_eq!(unknown["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(unknown["accounts"][0]["name"], "quiet");
}

#[test]
fn what_is_wrong_is_refused() {
    let world = World::new(json!({}));
    let refused = |command: &str, body: Json| {
        let error = world.run(Role::Admin, command, NOON, body).unwrap_err();
        (error.code().name().to_owned(), error.field().unwrap_or_default().trim_start_matches("body.").to_owned())
    };
    let is = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    let acme = id("acme");
    assert_eq!(refused("health.recalculate", json!({})), is("missing", ""));
    assert_eq!(refused("health.recalculate", json!({"account": id("nobody")})), is("not_found", ""));
    let many: Vec<String> = (0..501).map(|i| id(&format!("a{i}"))).collect();
    assert_eq!(refused("health.recalculate", json!({"accounts": many})).0, "too_large");
    assert_eq!(
        refused("health.recalculate", json!({"account": acme, "trigger": "whim"})),
        is("invalid_value", "trigger")
    );
    let say = |score: Json, ends: &str, reason: &str| json!({"account": acme, "score": score, "ends_on": ends, "reason": reason});
    assert_eq!(refused("health.override", say(json!(101), "2026-12-01", "x")), is("invalid_value", "score"));
    assert_eq!(refused("health.override", say(json!("1.234"), "2026-12-01", "x")), is("invalid_value", "score"));
    assert_eq!(refused("health.override", say(json!(10), "2026-11-09", "x")), is("invalid_value", "ends_on"));
    let measure = |value: Json, at: &str| json!({"account": acme, "measure": "nps", "value": value, "measured_at": at});
    assert_eq!(refused("measurement.record", measure(json!("NaN"), NOON)), is("invalid_value", "value"));
    assert_eq!(refused("measurement.record", measure(json!(1), "2026-11-10T12:00:01Z")).1, "measured_at");
}

#[test]
fn who_has_no_model_any_more_has_no_health() {
    let model = |when: Json| {
        let mut standard = json!({"id": "own", "version": 1, "measures": [
            {"code": "learning", "weight": 10, "source": "learning_completion_bp", "points": [[0, 0], [10000, 100]]}],
            "bands": [{"code": "red", "from": 0}, {"code": "green", "from": 50}]});
        standard["when"] = when;
        standard
    };
    let customers = json!({"field": "industry", "op": "eq", "value": "roofs"});
    let world = World::new(json!({"health": {"models": [model(customers)]}}));
    let acme = id("acme");
    let industry = |at: &str, industry: &str| {
        world.must("account.patch", at, json!({"id": acme, "fields": {"industry": industry}}));
    };
    let again = |at: &str| world.must("health.recalculate", at, json!({"account": acme}))["accounts"][0].clone();
    world.told();
    // Nothing was ever worked out: what the host said stands, and there is no history.
    let none = again(NOON);
    assert_eq!(
        (&none["entry"], &none["changed"], &none["reasons"][0]["code"]),
        (&Json::Null, &json!(false), &json!("health_no_model"))
    );
    assert_eq!(world.row(NOON, "acme")["health"], 12);
    industry(NOON, "roofs");
    assert_eq!((&again(NOON)["score"], &world.row(NOON, "acme")["health"]), (&json!("75.00"), &json!(75)));
    // No model is for it now.
    let later = "2026-11-11T12:00:00Z";
    industry(later, "walls");
    let gone = again(later);
    assert_eq!((&gone["changed"], &gone["score"], &gone["band"]), (&json!(true), &Json::Null, &json!("unknown")));
    assert_eq!(
        (&gone["reasons"][0]["code"], &gone["reasons"][0]["score"]),
        (&json!("health_model_gone"), &json!("75.00"))
    );
    let row = world.row(later, "acme");
    assert_eq!((&row["health"], &row["health_band"]), (&Json::Null, &json!("unknown")));
    let entry = world.ask(later, "health", json!({"account": acme, "lang": "fr"}))["entry"].clone();
    assert_eq!(
        (&entry["score"], &entry["coverage_bp"], &entry["sequence_number"]),
        (&Json::Null, &json!(0), &json!(2))
    );
    assert_eq!(entry["reasons"][0]["text"], "aucun modèle ne s’applique à ce compte");
    assert_eq!(
        entry["delta_reasons"][0]["text"],
        "plus aucun modèle ne s’applique à ce compte (score précédent\u{a0}: 75)"
    );
    // Said once.
    let same = again("2026-11-12T12:00:00Z");
    assert_eq!((&same["changed"], &same["reasons"][0]["code"]), (&json!(false), &json!("health_same_inputs")));
    // And known again where a model is for it again.
    industry("2026-11-13T12:00:00Z", "roofs");
    let known = again("2026-11-13T12:00:00Z");
    assert_eq!((&known["score"], &known["reasons"][0]["code"]), (&json!("75.00"), &json!("health_became_known")));
    assert_eq!(world.row("2026-11-13T12:00:00Z", "acme")["health"], 75);
}

#[test]
fn only_contracts_that_run_count_as_running() {
    let model = json!({"id": "own", "version": 1, "measures": [
        {"code": "contracts", "weight": 10, "source": "subscriptions_active", "steps": [[0, 0], [1, 40], [2, 100]]}],
        "bands": [{"code": "red", "from": 0}, {"code": "green", "from": 50}]});
    let world = World::new(json!({"health": {"models": [model]}}));
    let begin = "2025-11-01T09:00:00Z";
    let contract = |name: &str, starts_on: &str, ends_on: &str, renewal: &str| {
        let fields = json!({"name": name, "account": id("acme"), "currency": "EUR", "starts_on": starts_on,
            "ends_on": ends_on, "term_months": 12, "renewal": renewal});
        world.must("subscription.create", begin, json!({"id": id(name), "fields": fields}));
    };
    let score = |at: &str| {
        world.must("health.recalculate", at, json!({"account": id("acme")}));
        world.row(at, "acme")["health"].clone()
    };
    contract("fixed", "2025-11-15", "2026-11-14", "none");
    assert_eq!(score("2026-11-14T12:00:00Z"), 40);
    // Nobody ended it: its term did.
    assert_eq!(score("2026-11-15T12:00:00Z"), 0);
    contract("coming", "2026-12-01", "2027-11-30", "auto");
    assert_eq!(score("2026-11-30T12:00:00Z"), 0);
    assert_eq!(score("2026-12-01T12:00:00Z"), 40);
    // One that goes on by itself runs in its second term, too.
    assert_eq!(score("2028-06-01T12:00:00Z"), 40);
}
