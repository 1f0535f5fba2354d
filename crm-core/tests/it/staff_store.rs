//! The stored team: what employees must be, leave with what it touches, hand-over, routing past who is not there.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;

use crm_core::command::{Actor, Create, Ctx, Role, parse};
use crm_core::engine::Find;
use crm_core::model::{Kind, Row, Ticket};
use crm_core::rules::Rules;
use crm_core::store::{Archived, MemoryStore, Store};
use crm_core::{Crm, Error, Id, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::commands::Borrowed;
use crate::support::{Contended, at, workspace};

/// A Friday, nine in the morning in Paris; Monday is 25 May 2026, a holiday.
const NOW: &str = "2026-05-15T07:00:00Z";
const ADA: (&str, Role) = ("ada", Role::Admin);

fn rules() -> Rules {
    let hours = json!([["09:00", "12:30"], ["14:00", "18:00"]]);
    let users: Vec<Json> = ["marie", "paul", "zoe"].iter().map(|user| json!({"user": user})).collect();
    Rules::from_json(&json!({
        "calendar": [{"id": "office", "zone": "Europe/Paris", "french_holidays": "metropole", "weekly":
            {"monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours}}],
        "staff": {"calendar": "office", "half_day_at": "13:00", "capacity_points": 10},
        "routing": {"members": users, "teams": [{"id": "sales", "members": ["marie", "paul", "zoe"]}], "queues": ["wait"],
            "rules": [{"id": "all", "priority": 9, "target": {"team": "sales"}, "on_none": {"queue": "wait"}}]},
    }))
    .unwrap()
}

struct Desk<S: Store = MemoryStore> {
    crm: Crm<S>,
    next: AtomicU32,
}

impl<S: Store> Desk<S> {
    fn of(store: S) -> Self {
        Desk { crm: Crm::new(store, rules()), next: AtomicU32::new(0) }
    }

    fn ctx(&self, (name, role): (&str, Role), now: &str) -> Ctx {
        let n = self.next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ctx::new(workspace(), Actor::new(name, role).unwrap(), at(now), Id::from_text(&format!("command {n}")))
    }

    fn run_at(&self, actor: (&str, Role), now: &str, name: &str, body: Json) -> Result<Json> {
        let command = parse(name, &body, self.crm.rules())?;
        self.crm.run_any(&self.ctx(actor, now), &*command)?.done()
    }

    fn run(&self, actor: (&str, Role), name: &str, body: Json) -> Result<Json> {
        self.run_at(actor, NOW, name, body)
    }

    fn admin(&self, name: &str, body: Json) -> Json {
        self.run(ADA, name, body).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn ask_at(&self, now: &str, question: &str, body: Json) -> Result<Json> {
        let document =
            json!({"workspace": "acme", "actor": {"name": "ada", "role": "admin"}, "at": now, question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    fn ask(&self, question: &str, body: Json) -> Json {
        self.ask_at(NOW, question, body).unwrap_or_else(|e| panic!("{question}: {e}"))
    }

    fn employee(&self, fields: Json) -> String {
        self.admin("employee.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
    }

    fn make(&self, record: &str, fields: Json) -> String {
        let id = match record {
            "ticket" => {
                let text = |key: &str| fields[key].as_str().unwrap_or_default().to_owned();
                let ticket =
                    Ticket { subject: text("subject"), owner: text("owner"), team: text("team"), ..Ticket::default() };
                let id = self.crm.run(&self.ctx(ADA, NOW), &Create::new(ticket)).unwrap().done().unwrap().id;
                return id.to_string();
            }
            _ => self.admin(&format!("{record}.create"), json!({"fields": fields}))["id"].clone(),
        };
        id.as_str().unwrap().to_owned()
    }

    fn rows(&self, kind: Kind) -> Vec<Row> {
        let find = Find { archived: Archived::Include, limit: 1000, ..Find::all(kind) };
        self.crm.query(&self.ctx(ADA, NOW), &find).unwrap().rows
    }

    fn team(&self) -> BTreeMap<&'static str, String> {
        let people = [
            ("boss", json!({"user": "boss"})),
            ("paul", json!({"user": "paul", "manager": "boss", "team": "support", "capacity_points": 4})),
            ("zoe", json!({"user": "zoe", "manager": "boss", "team": "support", "skills": ["voip"]})),
            ("marie", json!({"user": "marie", "manager": "paul", "delegate": "paul", "team": "support"})),
        ];
        people.into_iter().map(|(user, fields)| (user, self.employee(fields))).collect()
    }
}

fn desk() -> Desk {
    Desk::of(MemoryStore::new())
}

fn told(error: &Error) -> String {
    assert_ne!(error.text(crm_core::Lang::English), error.text(crm_core::Lang::French));
    format!("{} {}", error.code().name(), error.field().unwrap_or("-"))
}

#[test]
fn what_an_employee_must_be() {
    let desk = desk();
    let ids = desk.team();
    let create = |fields: Json| told(&desk.run(ADA, "employee.create", json!({"fields": fields})).unwrap_err());
    assert_eq!(create(json!({"user": "MARIE"})), "already_exists user");
    assert_eq!(create(json!({"user": "tom", "calendar": "shop"})), "invalid_value calendar");
    assert_eq!(create(json!({"user": "tom", "delegate": "tom"})), "invalid_value delegate");
    assert_eq!(create(json!({"user": "tom", "delegate": "nobody"})), "not_found delegate");
    assert_eq!(create(json!({"user": "tom", "manager": "Tom"})), "invalid_value manager");
    assert_eq!(create(json!({"user": "tom", "capacity_points": -1})), "invalid_value capacity_points");
    assert_eq!(create(json!({"user": "tom", "weekly_minutes": 10_081})), "invalid_value weekly_minutes");
    assert_eq!(
        create(json!({"user": "tom", "started_on": "2026-02-01", "left_on": "2026-01-31"})),
        "invalid_value left_on"
    );
    let patch = |id: &str, fields: Json| desk.run(ADA, "employee.patch", json!({"id": id, "fields": fields}));
    let error = patch(&ids["boss"], json!({"manager": "marie"})).unwrap_err();
    assert_eq!(told(&error), "invalid_value manager");
    assert!(error.to_string().contains("boss → marie → paul → boss"), "{error}");
    assert_eq!(told(&patch(&ids["zoe"], json!({"user": "paul"})).unwrap_err()), "already_exists user");
    patch(&ids["zoe"], json!({"user": "Zoe", "capacity_points": 0, "calendar": "office"})).unwrap();
    // Who comes back finds the name taken.
    desk.admin("employee.archive", json!({"id": ids["zoe"]}));
    let again = desk.employee(json!({"user": "zoe"}));
    assert_eq!(told(&desk.run(ADA, "employee.restore", json!({"id": ids["zoe"]})).unwrap_err()), "already_exists user");
    desk.admin("employee.archive", json!({"id": again}));
    desk.admin("employee.restore", json!({"id": ids["zoe"]}));
    // People of one file may stand in for each other; a bad row is told and the others go in.
    let row = |line: u64, fields: Json| json!({"line": line, "fields": fields});
    let rows = json!([
        row(1, json!({"external_id": "1", "user": "ann", "delegate": "bob"})),
        row(2, json!({"external_id": "2", "user": "bob", "delegate": "ann"})),
        row(3, json!({"external_id": "3", "user": "Ann"})),
        row(4, json!({"external_id": "4", "user": "cleo", "calendar": "shop"})),
        row(5, json!({"external_id": "5", "user": "dan", "delegate": "nobody"})),
        row(6, json!({"external_id": "6", "user": "eve", "manager": "fay"})),
        row(7, json!({"external_id": "7", "user": "fay", "manager": "eve"})),
    ]);
    let done = desk.admin("employee.import", json!({"source": "hr", "rows": rows}));
    let rejected: Vec<(u64, &str)> = done["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["line"].as_u64().unwrap(), r["error"]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(rejected, [(3, "already_exists"), (4, "invalid_value"), (5, "not_found"), (7, "invalid_value")]);
    assert_eq!(done["created"], 3);
}

#[test]
fn leave_is_set_by_whom_it_concerns_and_never_twice() {
    let desk = desk();
    let ids = desk.team();
    desk.employee(json!({"user": "tom", "team": "sales"}));
    let leave =
        |user: &str, from: &str, to: &str| json!({"user": user, "from_date": from, "to_date": to, "kind": "paid"});
    let set = |actor: (&str, Role), body: Json| desk.run(actor, "leave.set", body);
    let (marie, paul) = (("marie", Role::Member), ("paul", Role::Manager));
    let made = set(marie, leave("marie", "2026-06-01", "2026-06-05")).unwrap();
    assert_eq!(made["impact"]["working_seconds"], 5 * 27_000);
    for (actor, user) in [
        (marie, "paul"),
        (("bot", Role::Agent), "bot"),
        (("v", Role::Viewer), "v"),
        (paul, "tom"),
        (("tom", Role::Manager), "marie"),
    ] {
        let error = set(actor, leave(user, "2026-07-01", "2026-07-02")).unwrap_err();
        assert_eq!(error.code().name(), "forbidden", "{actor:?} {user}");
    }
    // A manager: whom the person leads, whoever leads them in turn, and the own team.
    for (actor, user, day) in
        [(paul, "marie", "2026-07-01"), (("boss", Role::Manager), "marie", "2026-07-02"), (paul, "zoe", "2026-07-01")]
    {
        set(actor, leave(user, day, day)).unwrap();
    }
    // Overlaps are refused with the leave that is there; halves may meet.
    let error = set(marie, leave("Marie", "2026-06-05", "2026-06-08")).unwrap_err();
    assert_eq!(told(&error), "already_exists from_date");
    assert!(error.to_string().contains(made["id"].as_str().unwrap()), "{error}");
    set(marie, json!({"user": "marie", "from_date": "2026-06-10", "to_half": "morning"})).unwrap();
    set(marie, json!({"user": "marie", "from_date": "2026-06-10", "from_half": "afternoon"})).unwrap();
    assert_eq!(
        told(&set(marie, json!({"user": "marie", "from_date": "2026-06-10", "to_half": "morning"})).unwrap_err()),
        "already_exists from_date"
    );
    let bad = |body: Json| told(&set(ADA, body).unwrap_err());
    assert_eq!(
        bad(json!({"user": "marie", "from_date": "2026-08-02", "to_date": "2026-08-01"})),
        "invalid_value to_date"
    );
    assert_eq!(
        bad(json!({"user": "marie", "from_date": "2026-08-02", "from_half": "afternoon", "to_half": "morning"})),
        "invalid_value to_half"
    );
    assert_eq!(bad(json!({"user": "nobody", "from_date": "2026-08-02"})), "not_found user");
    assert_eq!(bad(json!({"user": "marie"})), "missing -");
    assert_eq!(bad(json!({"from_date": "2026-08-02"})), "missing -");
    assert_eq!(bad(json!({"user": "marie", "from_date": "10000-01-01"})), "invalid_value from_date");
    set(ADA, leave("boss", "2026-06-01", "9999-12-31")).unwrap();
    // A patch is checked as a new leave is, and a cancelled one is out of the way.
    let id = made["id"].as_str().unwrap();
    let patch = |actor, fields: Json| desk.run(actor, "leave.patch", json!({"id": id, "fields": fields}));
    assert_eq!(told(&patch(marie, json!({"to_date": "2026-05-31"})).unwrap_err()), "invalid_value to_date");
    assert_eq!(told(&patch(marie, json!({"to_date": "2026-06-10"})).unwrap_err()), "already_exists from_date");
    assert_eq!(patch(("tom", Role::Member), json!({"note": "x"})).unwrap_err().code().name(), "forbidden");
    assert_eq!(told(&patch(marie, json!({"user": "tom"})).unwrap_err()), "unknown_field fields");
    assert_eq!(patch(marie, json!({"to_date": "2026-06-03"})).unwrap()["impact"]["working_seconds"], 3 * 27_000);
    assert_eq!(
        desk.run(("tom", Role::Member), "leave.cancel", json!({"id": id})).unwrap_err().code().name(),
        "forbidden"
    );
    desk.run(marie, "leave.cancel", json!({"id": id})).unwrap();
    set(marie, leave("marie", "2026-06-01", "2026-06-02")).unwrap();
    assert_eq!(desk.ask("employee", json!({"id": ids["marie"]}))["leave"].as_array().unwrap().len(), 5);
}

#[test]
fn leave_tells_what_it_touches_and_who_covers() {
    let desk = desk();
    desk.team();
    let task = |title: &str, fields: Json| {
        let mut all = json!({"title": title, "assignee": "marie"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        desk.make("task", all)
    };
    task("before", json!({"due_date": "2026-05-31"}));
    let monday = task("first day", json!({"due_date": "2026-06-01"}));
    task("afternoon back", json!({"due_date": "2026-06-03"}));
    task("first instant", json!({"due_at": "2026-05-31T22:00:00Z"}));
    task("after", json!({"due_at": "2026-06-03T11:00:00Z"}));
    task("done", json!({"due_date": "2026-06-01", "completed_at": NOW}));
    task("undated", json!({}));
    desk.make("task", json!({"title": "somebody else's", "assignee": "zoe", "due_date": "2026-06-01"}));
    desk.make("ticket", json!({"subject": "phone is dead", "owner": "marie"}));
    desk.make(
        "activity",
        json!({"kind": "meeting", "subject": "demo", "actor": "marie", "happened_at": "2026-06-02T08:00:00Z"}),
    );
    desk.make("activity", json!({"kind": "call", "subject": "past", "actor": "marie", "happened_at": NOW}));
    let body = json!({"user": "marie", "from_date": "2026-06-01", "to_date": "2026-06-03", "to_half": "morning"});
    let mut question = body.clone();
    question["lang"] = "fr".into();
    let before = desk.rows(Kind::Leave).len();
    let preview = desk.ask("leave_impact", question);
    assert_eq!(desk.rows(Kind::Leave).len(), before);
    assert_eq!(preview["counts"], json!({"task_due": 2, "ticket_open": 1, "activity_planned": 1}));
    let found: Vec<&str> =
        preview["records"].as_array().unwrap().iter().map(|r| r["title"].as_str().unwrap()).collect();
    assert_eq!(found, ["first instant", "first day", "phone is dead", "demo"]);
    assert_eq!(preview["records"][1]["id"], monday.as_str());
    // Two days of 7.5 hours and a morning of 3.5.
    assert_eq!(preview["working_seconds"], 54_000 + 12_600);
    for touched in preview["records"].as_array().unwrap() {
        assert_eq!(touched["cover"]["user"], "paul", "the delegate comes first");
        assert_eq!(touched["cover"]["reasons"][0]["text"], "remplace marie");
    }
    // The named cover is away then: the lightest of the others, each counted at once.
    desk.admin("leave.set", json!({"user": "paul", "from_date": "2026-06-01", "to_date": "2026-06-02"}));
    let made = desk.admin("leave.set", body);
    let covers: Vec<&str> =
        made["impact"]["records"].as_array().unwrap().iter().map(|r| r["cover"]["user"].as_str().unwrap()).collect();
    // boss carries 0 of 10 and zoe 1: boss, boss by name (both got something now), zoe, and boss by name again.
    assert_eq!(covers, ["boss", "boss", "zoe", "boss"]);
    let reasons = &made["impact"]["records"][0]["cover"]["reasons"];
    assert_eq!(
        (reasons[0]["code"].as_str(), reasons[0]["why"].as_str()),
        (Some("delegate_cannot"), Some("excluded_leave"))
    );
    assert!(reasons[0].get("text").is_none(), "the trail keeps codes");
    // Refused as the command would be.
    let twice = desk.ask_at(NOW, "leave_impact", json!({"user": "marie", "from_date": "2026-06-03"})).unwrap_err();
    assert_eq!(told(&twice), "already_exists leave_impact.from_date");
}

#[test]
fn nobody_goes_while_work_waits() {
    let desk = desk();
    let ids = desk.team();
    let lead = desk.make("lead", json!({"company": "a", "owner": "marie"}));
    let gone = desk.make("lead", json!({"company": "b", "owner": "marie"}));
    desk.admin("lead.archive", json!({"id": gone}));
    desk.make("task", json!({"title": "a", "assignee": "Marie"}));
    desk.make("ticket", json!({"subject": "a", "owner": "marie"}));
    let archive = |actor, extra: Json| {
        let mut body = json!({"id": ids["marie"]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        desk.run(actor, "employee.archive", body)
    };
    let error = archive(ADA, json!({})).unwrap_err();
    assert_eq!(told(&error), "conflict -");
    let open = error.detail().unwrap()["open"].as_object().unwrap().clone();
    let open: BTreeMap<&str, u64> = open.iter().map(|(name, n)| (name.as_str(), n.as_u64().unwrap())).collect();
    assert_eq!((open.len(), open["lead"], open["task"], open["ticket"], open["renewal"]), (11, 1, 1, 1, 0));
    assert!(error.to_string().contains("marie still has open work (1 lead, 1 task, 1 ticket)"), "{error}");
    let plan = |plan: Json| told(&archive(ADA, json!({"hand_over": plan})).unwrap_err());
    assert_eq!(plan(json!({"to": "nobody"})), "not_found hand_over.to");
    assert_eq!(plan(json!({"to": "MARIE"})), "invalid_value hand_over.to");
    assert_eq!(plan(json!({"to": "paul", "by": "delegate"})), "invalid_json hand_over");
    assert_eq!(plan(json!({})), "missing hand_over");
    assert_eq!(plan(json!({"by": "chance"})), "invalid_value hand_over.by");
    assert_eq!(plan(json!({"kinds": {"ticket": {"to": "paul"}}})), "conflict hand_over");
    assert_eq!(plan(json!({"by": "assignment", "wanted": {"skills": ["welding"]}})), "wrong_state hand_over");
    assert_eq!(plan(json!({"to": "paul", "wanted": {}})), "invalid_rules hand_over.wanted");
    assert_eq!(
        archive(("tom", Role::Member), json!({"hand_over": {"to": "paul"}})).unwrap_err().code().name(),
        "forbidden"
    );
    // A preview writes nothing and says who would take what.
    let body = json!({"by": "delegate", "kinds": {"ticket": {"by": "assignment", "wanted": {"skills": ["VOIP"]}}}});
    let preview = desk.ask("handover", json!({"id": ids["marie"], "hand_over": body, "lang": "en"}));
    assert_eq!((preview["left"].as_u64(), preview["nobody"].as_u64()), (Some(0), Some(0)));
    let done = archive(ADA, json!({"hand_over": body})).unwrap();
    let pairs = |list: &Json, user: &str| -> Vec<(String, String)> {
        let pair =
            |p: &Json| (p["id"].as_str().unwrap().to_owned(), p.pointer(user).unwrap().as_str().unwrap().to_owned());
        list.as_array().unwrap().iter().map(pair).collect()
    };
    assert_eq!(pairs(&done["moved"], "/to"), pairs(&preview["proposals"], "/cover/user"));
    let to: Vec<&str> = done["moved"].as_array().unwrap().iter().map(|m| m["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["paul", "paul", "zoe"]);
    assert_eq!(done["moved"][0]["id"], lead.as_str());
    // History keeps the name.
    let kept = desk.rows(Kind::Lead).into_iter().find(|row| row.id.to_string() == gone).unwrap();
    assert_eq!(kept.to_json()["body"]["owner"].as_str().or(kept.to_json()["owner"].as_str()), Some("marie"));
    assert_eq!(desk.ask("employee", json!({"id": ids["marie"]}))["now"]["presence"], "archived");
}

/// A customer of marie's with everything that comes after the signature, open and settled.
fn customer(desk: &Desk) -> BTreeMap<&'static str, String> {
    let account = desk.make("account", json!({"name": "Rénov’Ouest", "owner": "boss"}));
    let steps = json!([{"code": "call", "title": "Call", "assignee": {"person": "marie"}},
        {"code": "letter", "title": "Letter", "assignee": {"person": "marie"}, "creates_task": false},
        {"code": "past", "title": "Past", "assignee": {"person": "marie"}, "creates_task": false}]);
    desk.admin("playbook.create", json!({"code": "book", "definition": {"title": "Book", "steps": steps}}));
    desk.admin("playbook.activate", json!({"code": "book"}));
    let start = |key: &str, owner: &str| {
        let body = json!({"playbook": "book", "account": account, "key": key, "owner": owner});
        desk.admin("playbook_run.start", body)["id"].as_str().unwrap().to_owned()
    };
    let (run, over) = (start("run", "marie"), start("over", "marie"));
    desk.admin("playbook_run.cancel", json!({"id": over, "reason": "They left"}));
    let step = |code: &str| Id::from_text(&format!("playbook_step {run} {code}")).to_string();
    desk.admin("playbook_step.complete", json!({"id": step("past")}));
    let contract = json!({"name": "Suivi", "account": account, "owner": "marie", "currency": "EUR", "starts_on": "2025-06-01", "term_months": 12});
    let subscription = desk.make("subscription", contract);
    let over = json!({"name": "Ancien", "account": account, "owner": "marie", "currency": "EUR", "starts_on": "2020-01-01",
        "ends_on": "2020-12-31", "renewal": "none"});
    desk.make("subscription", over);
    desk.admin("renewal.tick", json!({}));
    let renewal = crm_core::model::Renewal::id_of(subscription.parse().unwrap(), 1).to_string();
    let idea = |title: &str| json!({"title": title, "account": account, "owner": "marie"});
    let (idea, dropped) = (desk.make("expansion_idea", idea("more")), desk.make("expansion_idea", idea("less")));
    desk.admin("expansion_idea.drop", json!({"id": dropped, "reason": "no"}));
    desk.admin("segment.create", json!({"code": "vip", "record": "account", "owner": "marie"}));
    let deal = desk.make(
        "deal",
        json!({"name": "Toiture", "account": account, "owner": "boss",
        "value": {"amount": "5.00", "currency": "EUR"}}),
    );
    let terms = json!({"currency": "EUR", "lines": [{"description": "Tuiles", "quantity": "1", "unit_price": "5.00", "vat": {"rate": "20"}}]});
    let quote = desk
        .admin("quote.create", json!({"fields": {"deal": deal, "title": "Toiture", "owner": "marie"}, "terms": terms}));
    let task = desk.ask("get", json!({"record": "playbook_step", "id": step("call")}))["row"]["task"].clone();
    BTreeMap::from([
        ("expansion_idea", idea),
        ("playbook_run", run.clone()),
        ("playbook_step", step("letter")),
        ("quote", quote["id"].as_str().unwrap().to_owned()),
        ("renewal", renewal),
        ("segment", desk.ask("segment", json!({"code": "vip"}))["segment"]["id"].as_str().unwrap().to_owned()),
        ("subscription", subscription),
        ("task", task.as_str().unwrap().to_owned()),
    ])
}

#[test]
fn customers_are_handed_over_too() {
    let desk = desk();
    let ids = desk.team();
    let open = customer(&desk);
    let names = [Kind::PlaybookRun, Kind::PlaybookStep, Kind::ExpansionIdea, Kind::Subscription];
    let settled = || -> Vec<Row> {
        names
            .iter()
            .flat_map(|kind| desk.rows(*kind))
            .filter(|row| !open.values().any(|id| *id == row.id.to_string()))
            .collect()
    };
    let before = settled();
    let error = desk.run(ADA, "employee.archive", json!({"id": ids["marie"]})).unwrap_err();
    let told = "marie a encore du travail en cours (1\u{a0}idée de vente, 1\u{a0}parcours client, 1\u{a0}étape de parcours, 1\u{a0}devis, 1\u{a0}renouvellement, 1\u{a0}segment, 1\u{a0}abonnement, 1\u{a0}tâche)";
    assert!(
        error.text(crm_core::Lang::French).replace(' ', "\u{a0}").starts_with(&told.replace(' ', "\u{a0}")),
        "{}",
        error.text(crm_core::Lang::French)
    );
    let plan = json!({"to": "zoe", "kinds": {"renewal": {"to": "paul"}, "quote": {"by": "delegate"}, "playbook_step": {"by": "assignment"}}});
    let preview = desk.ask("handover", json!({"id": ids["marie"], "hand_over": plan, "lang": "fr"}));
    assert_eq!((&preview["open"]["playbook_step"], &preview["left"]), (&json!(1), &json!(0)));
    let done = desk.admin("employee.archive", json!({"id": ids["marie"], "hand_over": plan}));
    let moved: BTreeMap<&str, (&str, &str)> = done["moved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap();
            (text("record"), (text("id"), text("to")))
        })
        .collect();
    assert_eq!(moved.len(), open.len());
    for proposal in preview["proposals"].as_array().unwrap() {
        let record = proposal["record"].as_str().unwrap();
        let (id, to) = moved[record];
        assert_eq!((Some(id), Some(to)), (proposal["id"].as_str(), proposal["cover"]["user"].as_str()), "{record}");
        assert_eq!(id, open[record], "{record}");
        let row = desk.ask("get", json!({"record": record, "id": id}))["row"].clone();
        let holder = if ["task", "playbook_step"].contains(&record) { "assignee" } else { "owner" };
        assert_eq!(row[holder], to, "{record}");
    }
    assert_eq!((moved["renewal"].1, moved["quote"].1, moved["subscription"].1), ("paul", "paul", "zoe"));
    // The step with a task went with it, and what is settled keeps the name.
    let run = desk.ask("playbook_run", json!({"id": open["playbook_run"]}));
    let who: Vec<&str> =
        run["steps"].as_array().unwrap().iter().map(|step| step["assignee"].as_str().unwrap()).collect();
    assert_eq!((who[0], who[2]), ("zoe", "marie"));
    let after = settled();
    let of = |rows: &[Row]| {
        rows.iter().filter(|row| !row.to_json().to_string().contains("\"code\":\"call\"")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(&after), of(&before));
}

#[test]
fn what_is_no_work_fills_nobodys_day() {
    let desk = desk();
    let ids = desk.team();
    // More than all their capacity is, as work.
    for n in 0..30 {
        let fields = json!({"name": format!("Suivi {n}"), "owner": "marie", "currency": "EUR", "starts_on": "2026-01-01", "term_months": 12});
        desk.make("subscription", fields);
    }
    let done = desk.admin("employee.archive", json!({"id": ids["marie"], "hand_over": {"by": "assignment"}}));
    let mut shares = BTreeMap::new();
    for moved in done["moved"].as_array().unwrap() {
        *shares.entry(moved["to"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(shares.values().sum::<i32>(), 30, "{shares:?}");
    assert!(shares.len() > 1, "{shares:?}");
}

#[test]
fn steps_that_are_due_are_touched_by_leave() {
    let desk = desk();
    desk.team();
    let account = desk.make("account", json!({"name": "Rénov’Ouest", "owner": "boss"}));
    let step = |code: &str, weeks: u32| {
        json!({"code": code, "title": code, "assignee": {"person": "marie"},
        "creates_task": false, "offset": weeks, "unit": "weeks"})
    };
    let steps = json!([step("before", 0), step("in it", 1), step("after", 3)]);
    desk.admin("playbook.create", json!({"code": "book", "definition": {"title": "Book", "steps": steps}}));
    desk.admin("playbook.activate", json!({"code": "book"}));
    let body = json!({"playbook": "book", "account": account, "anchors": {"start": "2026-05-25"}});
    desk.admin("playbook_run.start", body);
    let asked = json!({"user": "marie", "from_date": "2026-05-31", "to_date": "2026-06-03", "lang": "fr"});
    let told = desk.ask("leave_impact", asked);
    assert_eq!(told["counts"], json!({"step_due": 1}));
    let found = &told["records"][0];
    assert_eq!(
        (&found["record"], &found["title"], &found["cover"]["user"]),
        (&json!("playbook_step"), &json!("in it"), &json!("paul"))
    );
    let why = "échéance de l’étape du parcours pendant l’absence\u{a0}: 01/06/2026";
    assert_eq!(found["why"], json!({"code": "step_due", "due": "2026-06-01", "text": why}));
}

#[test]
fn more_than_one_command_takes_is_handed_over_in_steps() {
    let desk = desk();
    let ids = desk.team();
    for part in 0..6u64 {
        let rows: Vec<Json> = (0..100)
            .map(|n| {
                json!({"line": n, "fields": {
            "external_id": format!("{part} {n}"), "title": "t", "assignee": "marie"}})
            })
            .collect();
        desk.admin("task.import", json!({"source": "old", "rows": rows}));
    }
    let plan = json!({"to": "paul"});
    let error = desk.run(ADA, "employee.archive", json!({"id": ids["marie"], "hand_over": plan})).unwrap_err();
    assert_eq!(told(&error), "too_large hand_over");
    assert!(error.to_string().contains("employee.hand_over"), "{error}");
    let step = || desk.admin("employee.hand_over", json!({"id": ids["marie"], "hand_over": plan}));
    let (first, second) = (step(), step());
    assert_eq!((first["moved"].as_array().unwrap().len(), first["left"].as_u64()), (500, Some(100)));
    assert_eq!((second["moved"].as_array().unwrap().len(), second["left"].as_u64()), (100, Some(0)));
    assert_eq!(
        desk.run(("tom", Role::Member), "employee.hand_over", json!({"id": ids["marie"], "hand_over": plan}))
            .unwrap_err()
            .code()
            .name(),
        "forbidden"
    );
    desk.admin("employee.archive", json!({"id": ids["marie"]}));
}

#[test]
fn work_that_comes_in_between_is_not_left_behind() {
    let rival = |store: &MemoryStore, _| {
        let crm = Crm::new(Borrowed(store), rules());
        let ctx = Ctx::new(workspace(), Actor::new("eve", Role::Member).unwrap(), at(NOW), Id::from_text("rival"));
        let body = json!({"fields": {"company": "late", "owner": "marie"}});
        crm.run_any(&ctx, &*parse("lead.create", &body, crm.rules()).unwrap()).unwrap();
    };
    let desk = Desk::of(Contended { inner: MemoryStore::new(), losses: AtomicU32::new(0), rival: Box::new(rival) });
    let ids = desk.team();
    desk.crm.store().losses.store(1, std::sync::atomic::Ordering::SeqCst);
    let error = desk.run(ADA, "employee.archive", json!({"id": ids["marie"]})).unwrap_err();
    assert_eq!(error.detail().unwrap()["open"]["lead"], 1);
}

#[test]
fn nobody_on_stored_leave_gets_a_lead() {
    let desk = desk();
    let ids = desk.team();
    let lead = |company: &str| desk.make("lead", json!({"company": company}));
    let route = |now: &str, id: &str| {
        desk.run_at(ADA, now, "lead.route", json!({"ids": [id]})).unwrap()["leads"][0]["decision"].clone()
    };
    desk.admin(
        "leave.set",
        json!({"user": "marie", "from_date": "2026-05-18", "to_date": "2026-05-20", "to_half": "morning"}),
    );
    desk.admin("employee.patch", json!({"id": ids["paul"], "fields": {"status": "away"}}));
    desk.admin("employee.archive", json!({"id": ids["zoe"]}));
    // On Sunday marie is still there; from Monday to Wednesday 13:00 nobody is.
    assert_eq!(route("2026-05-17T21:59:59Z", &lead("a"))["user"], "marie");
    for now in ["2026-05-17T22:00:00Z", "2026-05-20T10:59:59Z"] {
        let id = lead(now);
        let asked = desk.ask_at(now, "route", json!({"id": id, "lang": "fr"})).unwrap();
        let decision = route(now, &id);
        assert_eq!(
            (decision["outcome"].as_str(), asked["outcome"].as_str()),
            (Some("queue"), Some("queue")),
            "{decision:#}"
        );
        let codes: Vec<(&str, &str)> = decision["skipped"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| (s["user"].as_str().unwrap(), s["code"].as_str().unwrap()))
            .collect();
        assert_eq!(codes, [("marie", "skipped_leave"), ("paul", "skipped_away"), ("zoe", "skipped_inactive")]);
        assert_eq!(asked["skipped"][0]["until"], "2026-05-20T11:00:00Z");
        assert_eq!(asked["skipped"][1]["text"], "paul\u{a0}: en absence");
    }
    assert_eq!(route("2026-05-20T11:00:00Z", &lead("b"))["user"], "marie");
    // A workspace without employees routes as its configuration says.
    let bare = self::desk();
    let id = bare.make("lead", json!({"company": "a"}));
    assert_eq!(bare.run(ADA, "lead.route", json!({"ids": [id]})).unwrap()["counts"]["users"], json!({"marie": 1}));
}

#[test]
fn leave_that_is_set_in_between_counts() {
    let rival = |store: &MemoryStore, _| {
        let crm = Crm::new(Borrowed(store), rules());
        let ctx = Ctx::new(workspace(), Actor::new("ada", Role::Admin).unwrap(), at(NOW), Id::from_text("rival"));
        let body = json!({"user": "marie", "from_date": "2026-05-15"});
        crm.run_any(&ctx, &*parse("leave.set", &body, crm.rules()).unwrap()).unwrap();
    };
    let desk = Desk::of(Contended { inner: MemoryStore::new(), losses: AtomicU32::new(0), rival: Box::new(rival) });
    desk.team();
    let id = desk.make("lead", json!({"company": "a"}));
    desk.crm.store().losses.store(1, std::sync::atomic::Ordering::SeqCst);
    let routed = desk.run(ADA, "lead.route", json!({"ids": [id]})).unwrap();
    assert_eq!(routed["counts"]["users"], json!({"paul": 1}));
}

#[test]
fn the_directory_and_one_person() {
    let desk = desk();
    let ids = desk.team();
    desk.admin("employee.patch", json!({"id": ids["zoe"], "fields": {"weekly_minutes": 2_100, "capacity_points": 7}}));
    desk.admin("leave.set", json!({"user": "paul", "from_date": "2026-05-14", "to_date": "2026-05-15"}));
    desk.admin("leave.set", json!({"user": "zoe", "from_date": "2026-08-03", "to_date": "2026-08-21"}));
    desk.make("ticket", json!({"subject": "a", "owner": "zoe"}));
    desk.make("lead", json!({"company": "a", "owner": "zoe"}));
    let page = desk.ask(
        "employees",
        json!({"where": {"field": "team", "op": "eq", "value": "support"},
        "order": [{"field": "user"}], "limit": 2, "lang": "fr"}),
    );
    let list = page["employees"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(
        (list[0]["now"]["presence"].as_str(), list[0]["now"]["text"].as_str()),
        (Some("working"), Some("au travail"))
    );
    assert_eq!((list[0]["load_points"].as_i64(), list[0]["capacity_points"].as_i64()), (Some(0), Some(10)));
    // Five days of 7.5 hours.
    assert_eq!(list[0]["weekly_minutes"], 2_250);
    assert_eq!(list[1]["now"]["text"], "en congé, retour le 18/05/2026 à 9\u{a0}h");
    let next = page["next"].as_str().unwrap();
    let page = desk.ask(
        "employees",
        json!({"where": {"field": "team", "op": "eq", "value": "support"},
        "order": [{"field": "user"}], "limit": 2, "after": next}),
    );
    assert_eq!(page["employees"].as_array().unwrap().len(), 1);
    let zoe = &page["employees"][0];
    assert_eq!((zoe["load_points"].as_i64(), zoe["capacity_points"].as_i64()), (Some(2), Some(7)));
    assert_eq!(zoe["open"], json!({"deal": 0, "lead": 1, "task": 0, "ticket": 1}));
    assert_eq!(
        (zoe["weekly_minutes"].as_i64(), zoe["next_leave"]["from_date"].as_str()),
        (Some(2_100), Some("2026-08-03"))
    );
    let paul = desk.ask("employee", json!({"user": "Paul"}));
    assert_eq!((&paul["leads"], &paul["stands_in_for"]), (&json!(["marie"]), &json!(["marie"])));
    // Two of the next five days are a weekend, one is leave: two are left.
    assert_eq!(paul["availability"]["missing_seconds"], 27_000);
    let zoe = desk.ask("employee", json!({"id": ids["zoe"], "lang": "en"}));
    assert_eq!(zoe["cover"]["ticket"]["user"], "boss");
    let bad = |question: &str, body: Json| told(&desk.ask_at(NOW, question, body).unwrap_err());
    assert_eq!(bad("employees", json!({"limit": 201})), "invalid_value employees.limit");
    assert_eq!(bad("employee", json!({"user": "nobody"})), "not_found -");
    assert_eq!(bad("employee", json!({})), "invalid_json -");
    assert_eq!(bad("handover", json!({"id": ids["zoe"]})), "missing -");
}

#[test]
fn a_stored_record_is_ranked_for() {
    let desk = desk();
    desk.team();
    let ticket = desk.make("ticket", json!({"subject": "a", "team": "support"}));
    for n in 0..4 {
        desk.make("task", json!({"title": n.to_string(), "assignee": "paul"}));
    }
    desk.admin("leave.set", json!({"user": "marie", "from_date": "2026-05-18", "to_date": "2026-05-22"}));
    let ask = |body: Json| desk.ask("assignment_ranking", body);
    let answer = ask(json!({"record": "ticket", "id": ticket, "lang": "en"}));
    let names = |list: &Json| -> Vec<String> {
        list.as_array().unwrap().iter().map(|p| p["user"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(answer["wanted"], json!({"teams": ["support"]}), "a ticket asks for its team");
    assert_eq!(
        (names(&answer["ranked"]), names(&answer["excluded"])),
        (vec!["zoe".to_owned()], vec!["boss".to_owned(), "marie".to_owned(), "paul".to_owned()])
    );
    let codes: Vec<&str> =
        answer["excluded"].as_array().unwrap().iter().map(|p| p["reasons"][0]["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["excluded_team", "excluded_leave", "excluded_full"]);
    let later = json!({"record": "ticket", "id": ticket, "wanted": {}, "from": "2026-06-01T00:00:00Z", "to": "2026-06-03T00:00:00Z"});
    assert_eq!(names(&ask(later)["ranked"]), ["boss", "marie", "zoe"]);
    let bad = |body: Json| told(&desk.ask_at(NOW, "assignment_ranking", body).unwrap_err());
    assert_eq!(bad(json!({"record": "account", "id": ticket})), "invalid_value assignment_ranking.record");
    assert_eq!(
        bad(json!({"record": "ticket", "id": ticket, "from": "2026-06-03T00:00:00Z", "to": "2026-06-01T00:00:00Z"})),
        "invalid_value assignment_ranking.to"
    );
}

#[test]
fn leaves_that_overlap_in_the_data_are_a_union() {
    let desk = desk();
    desk.team();
    let row = |n: u64, from: &str, to: &str| {
        json!({"line": n, "fields": {
        "external_id": n.to_string(), "user": "marie", "from_date": from, "to_date": to}})
    };
    let rows = json!([
        row(1, "2026-05-18", "2026-05-20"),
        row(2, "2026-05-20", "2026-05-21"),
        row(3, "2026-05-22", "2026-05-21")
    ]);
    let done = desk.admin("leave.import", json!({"source": "hr", "rows": rows}));
    let codes: Vec<&str> =
        done["rejected"].as_array().unwrap().iter().map(|r| r["error"]["code"].as_str().unwrap()).collect();
    assert_eq!((done["created"].as_u64(), codes), (Some(1), vec!["already_exists", "invalid_value"]));
}

/// Open and closed work of three people, and a plan.
fn work() -> impl Strategy<Value = (Vec<(usize, usize, bool)>, usize)> {
    (prop::collection::vec((0usize..3, 0usize..3, any::<bool>()), 0..14), 0usize..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_hand_over_leaves_no_open_work_and_touches_nothing_else((work, plan) in work()) {
        let desk = desk();
        let ids = desk.team();
        let users = ["marie", "paul", "zoe"];
        let mut open = BTreeMap::new();
        for (n, (user, kind, is_open)) in work.into_iter().enumerate() {
            let (user, name) = (users[user], format!("{n}"));
            let id = match kind {
                0 => desk.make("lead", json!({"company": name, "owner": user, "converted": !is_open})),
                1 if is_open => desk.make("task", json!({"title": name, "assignee": user})),
                1 => desk.make("task", json!({"title": name, "assignee": user, "completed_at": NOW})),
                _ => desk.make("ticket", json!({"subject": name, "owner": user})),
            };
            if user == "marie" && (is_open || kind == 2) {
                open.insert(id, ());
            }
        }
        let kinds = [Kind::Lead, Kind::Task, Kind::Ticket];
        let all = || kinds.iter().flat_map(|kind| desk.rows(*kind)).map(|row| (row.id.to_string(), row)).collect::<BTreeMap<_, _>>();
        let before = all();
        let plan = [
            json!({"to": "zoe"}), json!({"by": "delegate"}), json!({"by": "assignment"}),
            json!({"to": "paul", "kinds": {"task": {"by": "assignment"}}}),
        ][plan].clone();
        let done = match desk.run(ADA, "employee.archive", json!({"id": ids["marie"], "hand_over": plan})) {
            Ok(done) => done,
            Err(error) => {
                // Only if everybody has enough, and then nothing is done.
                prop_assert_eq!(error.code().name(), "wrong_state");
                prop_assert_eq!(all(), before);
                return Ok(());
            }
        };
        let moved: Vec<&str> = done["moved"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
        let mut sorted = moved.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, open.keys().map(String::as_str).collect::<Vec<_>>());
        for (id, row) in all() {
            let old = &before[&id];
            if !open.contains_key(&id) {
                prop_assert_eq!(&row, old);
                continue;
            }
            // A ticket's clocks and the count of its events follow by themselves.
            let follows = |field: &&String| field.starts_with("sla_") || *field == "event_count";
            let newest = row.clocks.iter().filter(|(_, c)| c.version == row.version).map(|(f, _)| f);
            let changed: Vec<&String> = newest.filter(|field| !follows(field)).collect();
            prop_assert!(changed == ["owner"] || changed == ["assignee"], "{:?}", changed);
            prop_assert!(!row.to_json().to_string().contains("\"marie\""));
        }
        prop_assert_eq!(desk.ask("employee", json!({"id": ids["marie"]}))["load_points"].as_i64(), Some(0));
    }
}

#[test]
fn why_somebody_is_on_leave_is_not_for_everybody() {
    let desk = Desk::of(MemoryStore::new());
    desk.admin("employee.create", json!({"fields": {"user": "lea", "full_name": "Lea", "status": "active"}}));
    desk.admin(
        "employee.create",
        json!({"fields": {"user": "marie", "full_name": "Marie", "manager": "lea", "status": "active"}}),
    );
    desk.admin("employee.create", json!({"fields": {"user": "paul", "full_name": "Paul", "status": "active"}}));
    let body =
        json!({"user": "marie", "from_date": "2026-05-18", "to_date": "2026-05-20", "kind": "sick", "note": "Grippe"});
    let id = desk.admin("leave.set", body)["id"].clone();
    let ask = |(name, role): (&str, Role), question: &str, body: Json| {
        let mut document = json!({"workspace": "acme", "actor": {"name": name, "role": role.name()}, "at": NOW});
        document[question] = body;
        desk.crm.query_json(document.to_string().as_bytes()).unwrap()
    };
    let told = [("marie", Role::Viewer), ("lea", Role::Member), ("olga", Role::Owner), ADA];
    let others = [("paul", Role::Member), ("paul", Role::Viewer), ("paul", Role::Manager), ("robot", Role::Agent)];
    let sick = json!({"record": "leave", "where": {"field": "kind", "op": "eq", "value": "sick"}});
    for (who, knows) in told.map(|who| (who, true)).into_iter().chain(others.map(|who| (who, false))) {
        let row = ask(who, "get", json!({"record": "leave", "id": id}))["row"].clone();
        let rows = ask(who, "find", json!({"record": "leave"}))["rows"].clone();
        assert_eq!(json!([row]), rows, "{who:?}");
        assert_eq!((&row["user"], &row["from_date"]), (&json!("marie"), &json!("2026-05-18")), "{who:?}");
        let why = if knows { (json!("sick"), json!("Grippe")) } else { (Json::Null, Json::Null) };
        assert_eq!((row["kind"].clone(), row["note"].clone()), why, "{who:?}");
        assert_eq!(ask(who, "find", sick.clone())["rows"].as_array().unwrap().len(), usize::from(knows), "{who:?}");
        let order = json!({"record": "leave", "order": [{"field": "note"}]});
        assert_eq!(ask(who, "find", order)["rows"].as_array().unwrap().len(), usize::from(knows), "{who:?}");
        // The trail is for those who audit only.
        if matches!(who.1, Role::Owner | Role::Admin | Role::Manager) {
            let history = ask(who, "history", json!({"record": "leave", "id": id})).to_string();
            assert_eq!(history.contains("Grippe"), knows, "{who:?} {history}");
        }
        let employee = ask(who, "employee", json!({"user": "marie", "lang": "fr"}));
        assert_eq!(employee["leave"][0]["from_date"], "2026-05-18", "{who:?}");
        assert!(!employee.to_string().contains("Grippe"));
    }
}
