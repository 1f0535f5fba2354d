//! Routing stored leads: owners, queues, assignments and turns; limits that hold when somebody is faster; questions.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

use crm_core::command::{self, Archive, Create, Patch, Role, RouteLeads, Routed};
use crm_core::model::{Account, Assignment, Kind, Lead, RoutingTurn};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Entry, LogQuery, MemoryStore, Read, Store, Workspace};
use crm_core::{Code, Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, cx, member, workspace};

fn crm(routing: Json) -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::from_json(&json!({"routing": routing})).unwrap())
}

fn team(users: &[Json], rule: Json) -> Json {
    let names: Vec<&Json> = users.iter().map(|u| &u["user"]).collect();
    let mut all = json!({"id": "all", "priority": 9, "target": {"team": "sales"}});
    all.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    json!({"members": users, "teams": [{"id": "sales", "members": names}], "queues": ["wait"], "rules": [all]})
}

fn lead<S: Store>(crm: &Crm<S>, name: &str, lead: Lead) -> Id {
    crm.run(&member(name), &Create::new(lead)).unwrap().done().unwrap().id
}

fn leads<S: Store>(crm: &Crm<S>, names: std::ops::Range<u32>) -> Vec<Id> {
    names.map(|n| lead(crm, &format!("lead {n}"), Lead { company: n.to_string(), ..Lead::default() })).collect()
}

fn route<S: Store>(crm: &Crm<S>, name: &str, ids: &[Id]) -> Routed {
    let command = RouteLeads { ids: ids.to_vec(), ..RouteLeads::default() };
    crm.run(&member(name), &command).unwrap().done().unwrap()
}

fn owners<S: Store>(crm: &Crm<S>, ids: &[Id]) -> Vec<String> {
    ids.iter().map(|id| crm.get::<Lead>(&member("read"), *id).unwrap().unwrap().body.owner).collect()
}

fn assignments<S: Store>(crm: &Crm<S>) -> Vec<Assignment> {
    let page = crm.query(&member("read"), &crm_core::engine::Find::all(Kind::Assignment)).unwrap();
    page.rows.iter().map(|row| row.typed::<Assignment>().unwrap().body).collect()
}

#[test]
fn owners_turns_and_assignments_are_kept() {
    let crm =
        crm(team(&[json!({"user": "a"}), json!({"user": "b", "weight": 2})], json!({"accept_within_seconds": 60})));
    let ids = leads(&crm, 0..5);
    let routed = route(&crm, "first", &ids[..2]);
    assert_eq!(routed.counts.users, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 1)]));
    route(&crm, "then", &ids[2..]);
    assert_eq!(owners(&crm, &ids), ["b", "a", "b", "b", "a"]);
    let turn = crm.get::<RoutingTurn>(&member("read"), RoutingTurn::id("all", "a")).unwrap().unwrap();
    assert_eq!((turn.body.weight, turn.body.rule.as_str(), turn.version), (Some(-1), "all", 2));
    let kept = assignments(&crm);
    assert_eq!(kept.len(), 5);
    let first = kept.iter().find(|a| a.lead == Some(ids[0])).unwrap();
    assert_eq!((first.user.as_str(), first.rule.as_str(), first.strategy.as_str()), ("b", "all", "smooth_weighted"));
    assert_eq!(
        (first.assigned_at, first.accept_by),
        (Some(at("2026-11-22T09:00:00Z")), Some(at("2026-11-22T09:01:00Z")))
    );
    // Once more changes nothing: they are owned. Neither does repeating a command.
    let again = route(&crm, "again", &ids);
    assert_eq!((again.counts.owned, again.counts.users.len()), (5, 0));
    assert_eq!(route(&crm, "first", &ids[..2]), routed);
    assert_eq!(assignments(&crm).len(), 5);
    // Forced, and not back to who gave it back.
    let force = RouteLeads { ids: vec![ids[0]], force: true, refused: vec!["B".into()] };
    crm.run(&member("force"), &force).unwrap();
    assert_eq!(owners(&crm, &ids[..1]), ["a"]);
    assert_eq!(assignments(&crm).len(), 6);
    // An id given three times is one lead; an agent takes none from its owner.
    let thrice = RouteLeads { ids: vec![ids[1]; 3], ..force.clone() };
    assert_eq!(crm.run(&member("thrice"), &thrice).unwrap().done().unwrap().leads.len(), 1);
    assert_eq!(assignments(&crm).len(), 7);
    let error = crm.run(&cx(Role::Agent, "agent"), &force).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::Forbidden, Some("force")));
    // The records are routing's own.
    for name in ["assignment.create", "assignment.patch", "routing_turn.create", "assignment.archive"] {
        assert_eq!(command::parse(name, &json!({}), crm.rules()).map(|_| ()).unwrap_err().code(), Code::UnknownCommand);
    }
}

#[test]
fn caps_and_loads_come_from_the_store() {
    let caps = json!({"user": "a", "caps": {"day": 2, "open": 3}});
    let crm = crm(team(&[caps, json!({"user": "b", "caps": {"open": 1}})], json!({"strategy": "fixed"})));
    // Three open leads of a, of which two do not count: one archived, one converted.
    let mine = |n: u32, converted| Lead { company: n.to_string(), owner: "A".into(), converted, ..Lead::default() };
    let open = lead(&crm, "open", mine(1, Some(false)));
    lead(&crm, "converted", mine(2, Some(true)));
    let archived = lead(&crm, "archived", mine(3, None));
    crm.run(&member("archive"), &Archive::<Lead>::new(archived)).unwrap();
    let ids = leads(&crm, 10..14);
    let routed = route(&crm, "route", &ids);
    assert_eq!(owners(&crm, &ids), ["a", "a", "b", ""]);
    let codes = |lead: usize| {
        let skipped = routed.leads[lead].decision["skipped"].as_array().unwrap();
        skipped.iter().map(|s| s["cap"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((codes(2), codes(3)), (vec!["day".to_owned()], vec!["day".to_owned(), "open".to_owned()]));
    // The next day there is room, and one lead was closed.
    crm.run(&member("close"), &Archive::<Lead>::new(open)).unwrap();
    let mut tomorrow = member("tomorrow");
    tomorrow.at = at("2026-11-23T09:00:00Z");
    let counts = crm.route_all(&tomorrow, None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(counts.users, BTreeMap::from([("a".to_owned(), 1)]));
}

#[test]
fn a_queue_is_left_when_somebody_takes_the_lead() {
    let busy =
        team(&[json!({"user": "a", "caps": {"open": 1}})], json!({"strategy": "fixed", "on_none": {"queue": "wait"}}));
    let crm = crm(busy);
    let ids = leads(&crm, 0..3);
    let queue = |id: Id| crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.queue;
    route(&crm, "route", &ids);
    assert_eq!(owners(&crm, &ids), ["a", "", ""]);
    assert_eq!((queue(ids[1]).as_str(), assignments(&crm).len()), ("wait", 3));
    // Waiting on is no new assignment.
    let all = |name: &str| crm.route_all(&member(name), None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((all("again").queues["wait"], assignments(&crm).len()), (2, 3));
    crm.run(&member("done"), &Archive::<Lead>::new(ids[0])).unwrap();
    assert_eq!(all("room").users["a"], 1);
    let (taken, waits) = if owners(&crm, &ids)[1] == "a" { (ids[1], ids[2]) } else { (ids[2], ids[1]) };
    assert_eq!(
        (owners(&crm, &[taken, waits]), queue(taken), queue(waits)),
        (vec!["a".into(), "".into()], "".into(), "wait".into())
    );
    // A person who takes it takes it out of the queue.
    let patch = Patch::<Lead>::new(waits, json!({"owner": "zoe"}).as_object().unwrap().clone());
    crm.run(&member("take"), &patch).unwrap();
    assert_eq!(queue(waits), "");
}

#[test]
fn the_owner_of_the_account_comes_first() {
    let people = [json!({"user": "a"}), json!({"user": "b"}), json!({"user": "c", "active": false})];
    let crm = crm(team(&people, json!({"strategy": "sticky_account"})));
    let account = |name: &str, owner: &str, domain: &str| {
        let account = Account { name: name.into(), owner: owner.into(), domain: domain.into(), ..Account::default() };
        crm.run(&member(name), &Create::new(account)).unwrap();
    };
    account("Nobody's", "", "acme.fr");
    account("Acme", "B", "acme.fr");
    account("Rénov'Ouest SARL", "c", "");
    let new = |email: &str, company: &str| Lead { email: email.into(), company: company.into(), ..Lead::default() };
    let ids = [
        lead(&crm, "1", new("x@mail.acme.fr", "")),
        lead(&crm, "2", new("y@gmail.com", "Acme")),
        lead(&crm, "3", new("", "RENOV OUEST")),
    ];
    let routed = route(&crm, "route", &ids);
    let strategy = |lead: usize| routed.leads[lead].decision["strategy"].as_str().unwrap().to_owned();
    assert_eq!(owners(&crm, &ids), ["b", "b", "a"]);
    assert_eq!([strategy(0), strategy(1), strategy(2)], ["sticky_account", "sticky_account", "smooth_weighted"]);
    assert_eq!(routed.leads[2].decision["skipped"][0]["code"], "skipped_inactive");
}

/// A store in which somebody else routes a lead just before the first routing is committed.
struct Faster {
    inner: MemoryStore,
    rival: Mutex<Option<Commit>>,
}

impl Store for Faster {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.inner.snapshot(workspace)
    }
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        if commit.draft.content.contains("lead.route")
            && let Some(rival) = self.rival.lock().unwrap().take()
        {
            self.inner.commit(workspace, &rival)?;
        }
        self.inner.commit(workspace, commit)
    }
}

#[test]
fn limits_and_turns_hold_when_somebody_is_faster_and_the_trail_replays() {
    let people =
        [json!({"user": "a", "caps": {"day": 1}}), json!({"user": "b", "caps": {"open": 1}}), json!({"user": "c"})];
    for rule in [json!({"strategy": "fixed"}), json!({}), json!({"strategy": "least_open"})] {
        let rules = Rules::from_json(&json!({"routing": team(&people, rule.clone())})).unwrap();
        let crm = Crm::new(Faster { inner: MemoryStore::new(), rival: Mutex::new(None) }, rules.clone());
        let ids = leads(&crm, 0..2);
        let one = |n: usize| RouteLeads { ids: vec![ids[n]], ..RouteLeads::default() };
        let rival = crm.plan(&member("rival"), &one(0)).unwrap().commit;
        *crm.store().rival.lock().unwrap() = Some(rival);
        crm.run(&member("late"), &one(1)).unwrap();
        assert_eq!(owners(&crm, &ids), ["a", "b"], "{rule}");

        let copy = Crm::new(MemoryStore::new(), rules);
        for entry in crm.store().snapshot(&workspace()).unwrap().log(&LogQuery::After { seq: 0, limit: 100 }).unwrap() {
            let content = entry.json().unwrap();
            let command = command::parse(content["command"].as_str().unwrap(), &content["body"], copy.rules()).unwrap();
            copy.run_any(&member("any").with_id(entry.command_id), &*command).unwrap();
        }
        let admin = cx(Role::Admin, "verify");
        assert_eq!(crm.verify(&admin).unwrap(), copy.verify(&admin).unwrap());
    }
}

fn ask(crm: &Crm<MemoryStore>, name: &str, body: Json) -> Result<Json> {
    let question = json!({"workspace": "acme", "actor": {"name": "m", "role": "viewer"}, "at": "2026-12-24T09:00:00Z", name: body});
    crm.query_json(question.to_string().as_bytes())
}

#[test]
fn a_question_tells_where_a_lead_would_go_and_writes_nothing() {
    let people = [json!({"user": "a", "leave": [{"from": "2026-12-21", "to": "2026-12-31"}]}), json!({"user": "b"})];
    let crm = crm(team(&people, json!({"match": {"source": "web"}})));
    let id = lead(&crm, "lead", Lead { company: "x".into(), source: "web".into(), ..Lead::default() });
    let before = crm.verify(&cx(Role::Admin, "v")).unwrap();
    let stored = ask(&crm, "route", json!({"id": id.to_string(), "lang": "fr"})).unwrap();
    assert_eq!(stored["user"], "b");
    assert_eq!(stored["skipped"][0]["text"], "a\u{a0}: en congé jusqu’au 31/12/2026");
    assert_eq!(ask(&crm, "route", json!({"lead": {"company": "y", "source": "Web"}, "lang": "fr"})).unwrap(), stored);
    let other = ask(&crm, "route", json!({"lead": {"source": "mail"}})).unwrap();
    assert_eq!((&other["outcome"], &other["failed"][0]["clause"]), (&json!("nobody"), &json!("source")));
    assert_eq!(ask(&crm, "routing_lint", json!({})).unwrap(), json!({"lints": []}));
    assert_eq!(crm.verify(&cx(Role::Admin, "v")).unwrap(), before);
    for (bad, field) in [
        (json!({}), "route"),
        (json!({"id": id.to_string(), "lead": {}}), "route"),
        (json!({"lead": {"compagny": "x"}}), "route.lead.compagny"),
        (json!({"lead": {}, "refused": [1]}), "route.refused[0]"),
        (json!({"lead": {}, "force": "yes"}), "route.force"),
    ] {
        let error = ask(&crm, "route", bad.clone()).unwrap_err();
        assert_eq!(error.field().unwrap_or("route"), field, "{bad} {error}");
    }
    let viewer = cx(Role::Viewer, "no");
    let command = RouteLeads { ids: vec![id], ..RouteLeads::default() };
    assert_eq!(crm.run(&viewer, &command).map(|_| ()).unwrap_err().code(), Code::Forbidden);
    let many = RouteLeads { ids: vec![id; 501], ..RouteLeads::default() };
    assert_eq!(crm.run(&member("many"), &many).map(|_| ()).unwrap_err().code(), Code::TooLarge);
}

#[test]
fn a_job_routes_any_number_and_stops_when_told() {
    let crm = crm(team(&[json!({"user": "a"}), json!({"user": "b"})], json!({})));
    let ids = leads(&crm, 0..520);
    let stopped = crm.route_all(&member("job"), None, &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err().code(), Code::Cancelled);
    assert_eq!(owners(&crm, &ids).iter().filter(|o| !o.is_empty()).count(), 500);
    let counts = crm.route_all(&member("job"), None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(counts.users, BTreeMap::from([("a".to_owned(), 10), ("b".to_owned(), 10)]));
    assert_eq!(owners(&crm, &ids).iter().filter(|o| *o == "a").count(), 260);
}
