//! Tickets in a store: what commands leave behind, what questions tell, what is refused.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU32;

use crm_core::command::Role;
use crm_core::model::{AnyRecord, Key, Kind};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Draft, Entry, MemoryStore, Read, Store, Workspace, Write};
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{Contended, cx};
use crate::ticket_driver::{all, ask, config, rules, run, run_as, try_ask};

/// An instant of Monday, 23 November 2026, by the clock of Paris.
fn monday(time: &str) -> String {
    format!("2026-11-23T{time}:00+01:00")
}

fn utc(time: &str) -> Json {
    let (hour, rest) = time.split_once(':').unwrap();
    let hour: u32 = hour.parse().unwrap();
    json!(format!("2026-11-23T{:02}:{rest}Z", hour - 1))
}

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), rules())
}

fn create<S: Store>(crm: &Crm<S>, at: &str, id: &str, fields: Json) -> String {
    run(crm, at, id, "ticket.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned()
}

fn stored<S: Store>(crm: &Crm<S>, id: &str) -> Json {
    ask(crm, &monday("23:00"), "get", json!({"record": "ticket", "id": id}))["row"].clone()
}

fn told<S: Store>(crm: &Crm<S>, id: &str, key: &str) -> Vec<Json> {
    let answer = ask(crm, &monday("23:00"), "ticket", json!({"id": id}));
    answer["events"].as_array().unwrap().iter().map(|event| event[key].clone()).collect()
}

#[test]
fn a_ticket_s_life() {
    let crm = crm();
    let account = run(&crm, &monday("08:00"), "account", "account.create", json!({"fields": {"name": "Rénov'Ouest"}}));
    let account = account["id"].clone();
    let fields = json!({"subject": "Panne", "priority": "urgent", "account": account, "owner": "tom"});
    let id = create(&crm, &monday("09:00"), "ticket", fields);
    let made = stored(&crm, &id);
    assert_eq!((&made["number"], &made["status"], &made["state"]), (&json!(1), &json!("new"), &json!("new")));
    assert_eq!(made["opened_at"], utc("09:00:00"));
    assert_eq!((&made["sla_policy"], &made["sla_state"]), (&json!("standard"), &json!("on_track")));
    assert_eq!((&made["sla_due_at"], &made["first_response_due_at"]), (&utc("09:30:00"), &utc("09:30:00")));
    assert_eq!(made["resolution_due_at"], utc("13:00:00"));
    // A quarter of half an hour before it is due.
    assert_eq!(made["sla_wake_at"], utc("09:22:30"));

    let reply = json!({"id": id, "activity": {"description": "On regarde.", "happened_at": monday("09:10")}, "status": "pending"});
    let said = run(&crm, &monday("09:12"), "reply", "ticket.reply", reply);
    assert_eq!((&said["status"], &said["duplicate"]), (&json!("pending"), &json!(false)));
    let activity =
        ask(&crm, &monday("09:12"), "get", json!({"record": "activity", "id": said["activity"]}))["row"].clone();
    assert_eq!((&activity["ticket"], &activity["account"]), (&json!(id), &account));
    assert_eq!(
        (&activity["direction"], &activity["actor"], &activity["happened_at"]),
        (&json!("outbound"), &json!("admin"), &utc("09:10:00"))
    );
    let pending = stored(&crm, &id);
    assert_eq!((&pending["first_responded_at"], &pending["sla_state"]), (&utc("09:10:00"), &json!("paused")));
    assert_eq!((&pending["resolution_due_at"], &pending["sla_due_at"]), (&Json::Null, &Json::Null));

    // The customer answers: nobody waits for the customer any more. Thirty minutes stood still.
    let message = json!({"id": id, "activity": {"description": "Toujours en panne", "external_source": "imap", "external_id": "<1@x>"}});
    let said = run(&crm, &monday("09:40"), "message", "ticket.receive", message.clone());
    assert_eq!((&said["status"], &said["reopened"]), (&json!("open"), &json!(false)));
    let open = stored(&crm, &id);
    assert_eq!((&open["next_response_due_at"], &open["resolution_due_at"]), (&utc("10:40:00"), &utc("13:30:00")));
    // The same message once more, by another command: nothing is written.
    let again = run(&crm, &monday("09:45"), "message again", "ticket.receive", message);
    assert_eq!(
        (&again["duplicate"], &again["activity"], &again["version"]),
        (&json!(true), &said["activity"], &said["version"])
    );
    assert_eq!(stored(&crm, &id), open);

    run(&crm, &monday("10:00"), "comment", "ticket.comment", json!({"id": id, "note": {"text": "Disque mort"}}));
    assert_eq!(stored(&crm, &id)["next_response_due_at"], utc("10:40:00"), "a note is no answer");
    run(&crm, &monday("10:05"), "auto", "ticket.reply", json!({"id": id, "activity": {"automatic": true}}));
    assert_eq!(stored(&crm, &id)["next_response_due_at"], utc("10:40:00"), "a machine's answer is none");
    run(&crm, &monday("10:10"), "reply 2", "ticket.reply", json!({"id": id, "activity": {"description": "Remplacé"}}));
    assert_eq!(stored(&crm, &id)["next_response_due_at"], Json::Null);
    run(&crm, &monday("11:00"), "resolve", "ticket.resolve", json!({"id": id}));
    let resolved = stored(&crm, &id);
    assert_eq!(
        (&resolved["resolved_at"], &resolved["sla_state"], &resolved["sla_wake_at"]),
        (&utc("11:00:00"), &json!("met"), &Json::Null)
    );

    let thanks = json!({"id": id, "activity": {"description": "Merci !"}, "reopen": false});
    assert_eq!(run(&crm, &monday("11:30"), "thanks", "ticket.receive", thanks)["reopened"], json!(false));
    let machine = json!({"id": id, "activity": {"automatic": true}});
    assert_eq!(run(&crm, &monday("11:31"), "absent", "ticket.receive", machine)["reopened"], json!(false));
    let back = run(&crm, &monday("12:00"), "back", "ticket.receive", json!({"id": id, "activity": {"kind": "phone"}}));
    assert_eq!((&back["reopened"], &back["status"]), (&json!(true), &json!("open")));
    let reopened = stored(&crm, &id);
    assert_eq!((&reopened["reopened_count"], &reopened["resolved_at"]), (&json!(1), &Json::Null));
    run(&crm, &monday("12:30"), "close", "ticket.close", json!({"id": id}));
    let closed = stored(&crm, &id);
    assert_eq!(
        (&closed["closed_at"], &closed["resolved_at"], &closed["state"]),
        (&utc("12:30:00"), &utc("12:30:00"), &json!("closed"))
    );

    let kinds = told(&crm, &id, "kind");
    let expected = [
        "created",
        "staff_reply",
        "customer_message",
        "internal_note",
        "automatic_message",
        "staff_reply",
        "changed",
        "customer_message",
        "automatic_message",
        "customer_message",
        "changed",
    ];
    assert_eq!(kinds, expected.map(Json::from));
    let flows: Vec<Json> = told(&crm, &id, "flow").into_iter().filter(|flow| !flow.is_null()).collect();
    assert_eq!(flows, ["opened", "resolved", "reopened", "resolved"].map(Json::from));
    let numbers: Vec<Json> = (0..11).map(Json::from).collect();
    assert_eq!(told(&crm, &id, "number"), numbers);

    let french = ask(&crm, &monday("13:00"), "ticket", json!({"id": id, "lang": "fr"}));
    assert_eq!(french["ticket"]["status_name"], json!("Clos"));
    assert!(french["sla"].to_string().contains("text"), "{}", french["sla"]);
    let verified =
        json!({"workspace": "acme", "actor": {"name": "ada", "role": "admin"}, "at": monday("13:00"), "verify": {}});
    crm.query_json(verified.to_string().as_bytes()).unwrap();
}

/// A store that belongs to somebody else.
struct Shared<'a>(&'a MemoryStore);

impl Store for Shared<'_> {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.0.snapshot(workspace)
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        self.0.commit(workspace, commit)
    }
}

#[test]
fn no_two_tickets_share_a_number() {
    let rival_rules = rules();
    let rival = move |inner: &MemoryStore, left: u32| {
        // Shares the store's records, as another process would.
        let document = json!({
            "command": "ticket.create", "id": Id::from_text(&format!("rival {left}")).to_string(), "workspace": "acme",
            "actor": {"name": "rival", "role": "member"}, "at": monday("09:00"), "body": {"fields": {"subject": "rival"}},
        });
        let crm = Crm::new(Shared(inner), rival_rules.clone());
        crm.run_json(document.to_string().as_bytes()).unwrap();
    };
    let store = Contended { inner: MemoryStore::new(), losses: AtomicU32::new(3), rival: Box::new(rival) };
    let crm = Crm::new(store, rules());
    let id = create(&crm, &monday("09:00"), "own", json!({"subject": "own"}));
    assert_eq!(stored(&crm, &id)["number"], json!(4));
    let mut numbers: Vec<i64> =
        all(&crm, &monday("10:00"), "ticket").iter().map(|t| t["number"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn alerts_are_told_once_with_the_instant_at_which_they_became_true() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({"priority": "urgent", "owner": "tom"}));
    let other = create(&crm, &monday("09:05"), "other", json!({"priority": "urgent"}));
    let next = ask(&crm, &monday("09:06"), "sla_next", json!({}));
    assert_eq!(next, json!({"next_at": utc("09:22:30"), "ticket": id, "is_due": false}));
    assert_eq!(run(&crm, &monday("09:20"), "early", "ticket.tick", json!({}))["tickets"], json!(0));
    // Nobody looked for a week; meanwhile it went to somebody else, which changes nothing of what was due before.
    run(&crm, &monday("09:45"), "assign", "ticket.assign", json!({"id": id, "owner": "eva"}));
    let week = "2026-11-30T09:00:00+01:00";
    let ticked = run(&crm, week, "tick", "ticket.tick", json!({"limit": 1}));
    assert_eq!((&ticked["tickets"], &ticked["more"]), (&json!(1), &json!(true)));
    run(&crm, week, "tick 2", "ticket.tick", json!({}));
    let last = run(&crm, week, "tick 3", "ticket.tick", json!({}));
    assert_eq!((&last["tickets"], &last["alerts"]), (&json!(0), &json!([])));
    let mut alerts = all(&crm, week, "sla_alert");
    alerts.retain(|alert| alert["ticket"] == json!(id));
    alerts.sort_by_key(|alert| alert["effective_at"].to_string());
    let shown: Vec<Json> = alerts
        .iter()
        .map(|a| json!([a["effective_at"], a["metric"], a["kind"], a["step"], a["owner"], a["notify"]]))
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            [utc("09:22:30"), "first_response", "due_soon", null, "tom", null],
            [utc("09:30:00"), "first_response", "breached", null, "tom", null],
            [utc("12:00:00"), "first_resolution", "due_soon", null, "eva", null],
            [utc("12:00:00"), "first_resolution", "escalated", "lead", "eva", ["lea"]],
            [utc("13:00:00"), "first_resolution", "breached", null, "eva", null],
            ["2026-11-24T12:00:00Z", "total_resolution", "due_soon", null, "eva", null],
            ["2026-11-24T16:00:00Z", "total_resolution", "breached", null, "eva", null],
        ])
    );
    assert_eq!(ask(&crm, week, "sla_next", json!({}))["next_at"], Json::Null);
    assert_eq!(stored(&crm, &other)["sla_state"], json!("breached"));
}

#[test]
fn the_queue_has_what_is_late_first() {
    let crm = crm();
    let urgent = json!({"priority": "urgent"});
    let late = create(&crm, &monday("09:00"), "late", urgent.clone());
    let soon = create(&crm, &monday("09:10"), "soon", urgent.clone());
    let calm = create(&crm, &monday("09:20"), "calm", json!({"owner": "tom"}));
    let paused = create(&crm, &monday("09:20"), "paused", json!({}));
    let reply = json!({"id": paused, "activity": {}, "status": "pending"});
    run(&crm, &monday("09:21"), "paused reply", "ticket.reply", reply);
    let done = create(&crm, &monday("09:20"), "done", json!({}));
    run(&crm, &monday("09:22"), "resolve", "ticket.resolve", json!({"id": done}));

    let order = |body: Json| -> (Vec<String>, Json) {
        let page = ask(&crm, &monday("09:35"), "tickets", body);
        let ids = page["tickets"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap().to_owned());
        (ids.collect(), page["next"].clone())
    };
    let whole = vec![late.clone(), soon.clone(), calm.clone(), paused.clone(), done.clone()];
    assert_eq!(order(json!({})), (whole.clone(), Json::Null));
    for limit in 1..=6 {
        let (mut seen, mut after) = (Vec::new(), Json::Null);
        loop {
            let (ids, next) = order(json!({"limit": limit, "after": after}));
            assert!(ids.len() <= limit && !ids.is_empty());
            seen.extend(ids);
            after = next;
            if after.is_null() {
                break;
            }
        }
        assert_eq!(seen, whole, "pages of {limit}");
    }
    let open = json!({"where": {"field": "owner", "op": "eq", "value": "tom"}});
    assert_eq!(order(open).0, vec![calm.clone()]);
    let page = ask(&crm, &monday("09:35"), "tickets", json!({"lang": "en"}));
    let states: Vec<&Json> = page["tickets"].as_array().unwrap().iter().map(|t| &t["sla"]["open_state"]).collect();
    assert_eq!(json!(states), json!(["breached", "due_soon", "on_track", "paused", null]));
    let first = &page["tickets"][0];
    assert_eq!(
        (&first["sla"]["due_metric"], &first["sla"]["overdue_seconds"]),
        (&json!("first_response"), &json!(300))
    );
    assert_eq!(first["status_name"], json!("New"));
    // The store's own order, with the same states.
    let by_number = json!({"order": [{"field": "number", "descending": true}], "limit": 2});
    assert_eq!(order(by_number).0, vec![done.clone(), paused.clone()]);

    let board = ask(&crm, &monday("09:35"), "ticket_board", json!({"lang": "fr"}));
    let columns: Vec<Json> =
        board["columns"].as_array().unwrap().iter().map(|c| json!([c["status"], c["name"], c["count"]])).collect();
    assert_eq!(
        json!(columns),
        json!([
            ["new", "Nouveau", 3],
            ["open", "Ouvert", 0],
            ["pending", "En attente du client", 1],
            ["hold", "En attente d’un tiers", 0],
        ])
    );
    assert_eq!(board["total"]["count"], json!(4));
    assert_eq!((&board["total"]["sla"]["breached"], &board["columns"][0]["sla"]["due_soon"]), (&json!(1), &json!(1)));
    let with_resolved = json!({"resolved_since": monday("09:00"), "by": "priority", "cards": 1});
    let board = ask(&crm, &monday("09:35"), "ticket_board", with_resolved.clone());
    let counts: Vec<Json> =
        board["columns"].as_array().unwrap().iter().map(|c| json!([c["priority"], c["count"]])).collect();
    assert_eq!(json!(counts), json!([["urgent", 2], ["high", 0], ["normal", 0], ["low", 0], [null, 3]]));
    assert_eq!(board["columns"][0]["cards"][0]["id"], json!(late));
    let next = json!({"column": "urgent", "card": board["columns"][0]["next"]});
    let more = json!({"resolved_since": monday("09:00"), "by": "priority", "cards": 1, "after": next});
    let more = ask(&crm, &monday("09:35"), "ticket_board", more);
    assert_eq!((&more["columns"][0]["cards"][0]["id"], &more["columns"][0]["next"]), (&json!(soon), &Json::Null));
    assert_eq!(more["columns"][4]["cards"], json!([]));
}

#[test]
fn clocks_that_cannot_be_read_hold_no_other_ticket_up() {
    let crm = crm();
    let broken = create(&crm, &monday("09:00"), "broken", json!({"priority": "urgent"}));
    let good = create(&crm, &monday("09:01"), "good", json!({"priority": "urgent"}));
    let workspace = crate::support::workspace();
    let key = Key { kind: Kind::Ticket, id: broken.parse().unwrap() };
    let mut row = crm.store().snapshot(&workspace).unwrap().get(key).unwrap().unwrap();
    let replaces = row.version;
    row.version += 1;
    if let AnyRecord::Ticket(ticket) = &mut row.body {
        ticket.sla_clocks = r#"{"format":2}"#.into();
    }
    let draft = Draft { command_id: Id::from_text("from outside"), keys: vec![], content: "{}".into() };
    crm.store().commit(&workspace, &Commit { guards: vec![], writes: vec![Write { row, replaces }], draft }).unwrap();
    let first = run(&crm, &monday("09:40"), "tick", "ticket.tick", json!({"limit": 1, "lang": "fr"}));
    assert_eq!(first["unreadable"], json!([{"ticket": broken, "problem": "corrupt"}]), "{first:#}");
    assert_eq!((&first["alerts"], &first["more"]), (&json!([]), &json!(true)));
    let second = run(&crm, &monday("09:40"), "tick 2", "ticket.tick", json!({"limit": 1, "lang": "fr"}));
    assert_eq!((&second["alerts"][0]["ticket"], &second["alerts"][0]["kind"]), (&json!(good), &json!("due_soon")));
    assert_eq!(
        second["alerts"][0]["text"],
        "première réponse\u{a0}: peu de temps restant depuis le 23/11/2026 à 8\u{a0}h\u{a0}23\u{a0}min\u{a0}30\u{a0}s UTC"
    );
    // The trail has codes only, so the same command in another language is the same one.
    let again = run(&crm, &monday("09:40"), "tick 2", "ticket.tick", json!({"limit": 1, "lang": "en"}));
    assert_eq!(again["alerts"][0]["text"], "first response: little time left since 2026-11-23 08:23:30 UTC");
    let plain = run(&crm, &monday("09:40"), "tick 2", "ticket.tick", json!({"limit": 1}));
    assert_eq!((&plain["alerts"][0]["text"], &plain["unreadable"]), (&Json::Null, &Json::Null));
    let told = ask(&crm, &monday("09:41"), "ticket", json!({"id": good, "lang": "en"}));
    assert_eq!(told["alerts"][1]["text"], "first response: promise broken since 2026-11-23 08:31 UTC");
    let rest = run(&crm, &monday("09:45"), "tick 3", "ticket.tick", json!({}));
    assert_eq!((&rest["tickets"], &rest["unreadable"]), (&json!(0), &Json::Null));
    let later = run(&crm, "2026-11-24T09:40:00+01:00", "tick 4", "ticket.tick", json!({}));
    assert_eq!(later["unreadable"][0]["ticket"], json!(broken), "it is tried again the next day");
}

#[test]
fn the_next_cards_of_a_column_are_of_the_instant_of_the_first() {
    let crm = crm();
    let one = create(&crm, &monday("09:00"), "one", json!({"priority": "urgent"}));
    let two = create(&crm, &monday("09:10"), "two", json!({"priority": "urgent"}));
    let three = create(&crm, &monday("09:12"), "three", json!({}));
    let page = |at: &str, after: Json| {
        let board = ask(&crm, at, "ticket_board", json!({"cards": 1, "after": after}));
        let new = board["columns"].as_array().unwrap().iter().find(|column| column["status"] == "new").unwrap();
        (new["cards"][0]["id"].clone(), new["next"].clone(), new["sla"]["breached"].clone())
    };
    let mut found = Vec::new();
    let mut after = Json::Null;
    // Each page is asked for later, when the next ticket is late as well.
    for at in ["09:12", "09:35", "09:50"] {
        let (id, next, breached) = page(&monday(at), after);
        assert_eq!(breached, json!(0), "{at}");
        found.push(id);
        after = json!({"column": "new", "card": next});
    }
    assert_eq!(json!(found), json!([one, two, three]));
    let old = json!({"after": {"column": "new", "card": "breached"}});
    assert_eq!(
        try_ask(&crm, &monday("10:00"), "ticket_board", &old).unwrap_err().field(),
        Some("ticket_board.after.card")
    );
}

#[test]
fn jobs_take_any_number_and_filters_know_who_asks() {
    let crm = crm();
    let mut ids = Vec::new();
    for n in 0..3 {
        let owner = if n == 1 { "vera" } else { "tom" };
        ids.push(create(&crm, &monday("09:00"), &format!("ticket {n}"), json!({"priority": "urgent", "owner": owner})));
    }
    let mine = json!({"field": "owner", "op": "eq", "value": {"actor": "me"}});
    let page = ask(&crm, &monday("09:10"), "tickets", json!({"where": mine}));
    assert_eq!(page["tickets"].as_array().unwrap().len(), 1);
    assert_eq!(page["tickets"][0]["id"], json!(ids[1]));
    let board = ask(&crm, &monday("09:10"), "ticket_board", json!({"where": mine, "by": "owner"}));
    assert_eq!((&board["total"]["count"], &board["columns"][0]["owner"]), (&json!(1), &json!("vera")));
    let report = ask(&crm, &monday("09:10"), "support_volume", json!({"where": mine, "group": "owner"}));
    assert_eq!((&report["total"]["opened"], &report["total"]["backlog_end"]), (&json!(1), &json!(1)));
    assert_eq!(report["groups"][0]["owner"], json!("vera"));
    let found = ask(&crm, &monday("09:10"), "find", report["groups"][0]["total"]["find"]["opened"].clone());
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);

    let job = |at: &str, id: &str| {
        let mut ctx = cx(Role::Admin, id);
        ctx.at = crm_core::kernel::time::parse_instant(at).unwrap();
        ctx
    };
    let mut seen = 0;
    let ticked = crm
        .tick_all(&job(&monday("09:40"), "job"), &mut |progress| {
            seen = progress.done;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((ticked.tickets, ticked.alerts.len(), ticked.more, seen), (3, 6, false, 3));
    assert_eq!(crm.tick_all(&job(&monday("09:41"), "job 2"), &mut |_| ControlFlow::Continue(())).unwrap().tickets, 0);
    let applied = crm.reapply_all(&job(&monday("09:45"), "job 3"), None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((applied.tickets, applied.changed), (3, 0));
}

#[test]
fn what_comes_from_another_system_brings_its_history() {
    let crm = crm();
    let rows = json!([
        {"line": 2, "fields": {"external_id": "1", "subject": "a", "status": "closed", "priority": "urgent",
            "opened_at": "2026-11-02T09:00:00+01:00", "first_responded_at": "2026-11-02T09:20:00+01:00",
            "resolved_at": "2026-11-02T14:00:00+01:00", "closed_at": "2026-11-05T09:00:00+01:00"}},
        {"line": 3, "fields": {"external_id": "2", "status": "open", "opened_at": "2026-11-20T09:00:00+01:00"}},
        {"line": 4, "fields": {"external_id": "3", "status": "solved"}},
        {"line": 5, "fields": {"external_id": "4", "status": "open", "resolved_at": "2026-11-20T09:00:00+01:00"}},
        {"line": 6, "fields": {"external_id": "5", "status": "resolved", "opened_at": "2026-11-20T09:00:00+01:00"}},
        {"line": 7, "fields": {"external_id": "6", "opened_at": "2027-01-01T09:00:00+01:00"}},
        {"line": 8, "fields": {"external_id": "7", "priority": "asap"}},
        {"line": 9, "fields": {"external_id": "8", "status": "resolved", "opened_at": "2026-11-20T09:00:00+01:00",
            "resolved_at": "2026-11-19T09:00:00+01:00"}},
    ]);
    let body = json!({"source": "old desk", "rows": rows});
    let done = run(&crm, &monday("09:00"), "import", "ticket.import", body.clone());
    assert_eq!(done["created"], json!(2));
    let refused: Vec<Json> = done["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| json!([r["line"], r["error"]["code"], r["error"]["field"]]))
        .collect();
    assert_eq!(
        json!(refused),
        json!([
            [4, "invalid_value", "status"],
            [5, "invalid_value", "resolved_at"],
            [6, "missing", null],
            [7, "invalid_value", "opened_at"],
            [8, "invalid_value", "priority"],
            [9, "invalid_value", "resolved_at"],
        ])
    );
    let unknown = done["rejected"][0]["error"]["message"]["en"].as_str().unwrap();
    assert!(unknown.contains("`new`, `open`, `pending`, `hold`, `resolved`"), "{unknown}");
    let tickets = all(&crm, &monday("10:00"), "ticket");
    let one = |external: &str| tickets.iter().find(|t| t["external_id"] == json!(external)).unwrap().clone();
    let old = one("1");
    assert_eq!((&old["number"], &old["closed_at"]), (&json!(1), &json!("2026-11-05T08:00:00Z")));
    // Answered in twenty minutes; resolved an hour after the four that were promised.
    let clocks = ask(&crm, &monday("10:00"), "ticket", json!({"id": old["id"]}));
    let clock = |metric: &str| {
        let all = clocks["sla"]["clocks"].as_array().unwrap();
        all.iter().find(|c| c["metric"] == json!(metric)).unwrap()["state"].clone()
    };
    assert_eq!((clock("first_response"), clock("first_resolution")), (json!("met"), json!("breached")));
    let kinds: Vec<Json> =
        clocks["events"].as_array().unwrap().iter().map(|e| json!([e["kind"], e["state"]])).collect();
    assert_eq!(
        json!(kinds),
        json!([["created", "new"], ["staff_reply", "new"], ["changed", "resolved"], ["changed", "closed"]])
    );
    // What is over rings no bell; what is open does.
    run(&crm, &monday("10:00"), "tick", "ticket.tick", json!({}));
    let alerts = all(&crm, &monday("10:00"), "sla_alert");
    assert!(alerts.iter().all(|a| a["ticket"] == one("2")["id"]) && !alerts.is_empty(), "{alerts:?}");
    // The same file again finds what it made.
    assert_eq!(run(&crm, &monday("10:00"), "import 2", "ticket.import", body)["skipped"], json!(2));

    let window = json!({"fixed": {"from": "2026-11-02", "to": "2026-11-23"}, "zone": "Europe/Paris"});
    let report = ask(&crm, &monday("10:00"), "support_volume", json!({"window": window, "by": "week"}));
    let weeks: Vec<Json> = report["periods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| json!([p["from"], p["backlog_start"], p["opened"], p["resolved"], p["backlog_end"]]))
        .collect();
    assert_eq!(
        json!(weeks),
        json!([["2026-11-02", 0, 1, 1, 0], ["2026-11-09", 0, 0, 0, 0], ["2026-11-16", 0, 1, 0, 1]])
    );
    let opened = ask(&crm, &monday("10:00"), "find", report["total"]["find"]["opened"].clone());
    assert_eq!(opened["rows"].as_array().unwrap().len(), 2);
    let resolved = ask(&crm, &monday("10:00"), "find", report["total"]["find"]["resolved"].clone());
    assert_eq!(resolved["rows"][0]["ticket"], old["id"]);
    let kept = report["attainment"].as_array().unwrap();
    let urgent =
        kept.iter().find(|k| k["metric"] == json!("first_response") && k["priority"] == json!("urgent")).unwrap();
    assert_eq!((&urgent["met"], &urgent["clocks"], &urgent["met_bp"]), (&json!(1), &json!(1), &json!(10_000)));
}

#[test]
fn merged_tickets_live_on_in_one() {
    let crm = crm();
    let primary = create(&crm, &monday("09:00"), "primary", json!({"subject": "Panne"}));
    let source = create(&crm, &monday("09:10"), "source", json!({"subject": "Panne encore", "priority": "urgent"}));
    let message =
        json!({"id": source, "activity": {"description": "?", "external_source": "imap", "external_id": "7"}});
    let said = run(&crm, &monday("09:15"), "message", "ticket.receive", message.clone());
    let task =
        run(&crm, &monday("09:16"), "task", "task.create", json!({"fields": {"title": "Appeler", "ticket": source}}));
    run(&crm, &monday("09:17"), "note", "ticket.comment", json!({"id": source, "note": {"text": "doublon"}}));
    let merge = json!({"primary": primary, "sources": [source]});
    let merged = run(&crm, &monday("09:20"), "merge", "ticket.merge", merge);
    assert_eq!(merged["moves"].as_array().unwrap().len(), 3, "{merged}");
    let activity = ask(&crm, &monday("09:20"), "get", json!({"record": "activity", "id": said["activity"]}));
    assert_eq!(activity["row"]["ticket"], json!(primary));
    let gone = stored(&crm, &source);
    assert_eq!(
        (&gone["merged_into"], &gone["sla_state"], &gone["sla_wake_at"]),
        (&json!(primary), &json!("cancelled"), &Json::Null)
    );
    assert_eq!(told(&crm, &source, "flow").last(), Some(&json!("removed")));
    assert_eq!(told(&crm, &source, "kind").last(), Some(&json!("merged")));
    // A message to the old one goes to the one in which it lives on, and one that is known stays known.
    let again = run(&crm, &monday("09:25"), "again", "ticket.receive", message);
    assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &json!(primary)));
    let new =
        run(&crm, &monday("09:26"), "new", "ticket.receive", json!({"id": source, "activity": {"description": "!"}}));
    assert_eq!(new["id"], json!(primary));
    let error = run_as(&crm, "member", &monday("09:27"), "late", "ticket.resolve", &json!({"id": source})).unwrap_err();
    assert_eq!(error.code().name(), "wrong_state");

    let undone =
        run(&crm, &monday("09:30"), "unmerge", "ticket.unmerge", json!({"merge": Id::from_text("merge").to_string()}));
    assert_eq!(undone["restored"], json!(4));
    let back = stored(&crm, &source);
    assert_eq!((&back["merged_into"], &back["archived_at"]), (&Json::Null, &Json::Null));
    assert_eq!(told(&crm, &source, "kind").last(), Some(&json!("restored")));
    assert_eq!(told(&crm, &source, "flow").last(), Some(&json!("restored")));
    let task = ask(&crm, &monday("09:30"), "get", json!({"record": "task", "id": task["id"]}));
    assert_eq!(task["row"]["ticket"], json!(source));
    for (name, body, code) in [
        ("itself", json!({"primary": primary, "sources": [primary]}), "invalid_value"),
        ("twice", json!({"primary": primary, "sources": [source, source]}), "invalid_value"),
        ("none", json!({"primary": primary, "sources": []}), "missing"),
        ("nobody", json!({"primary": primary, "sources": [Id::from_text("?").to_string()]}), "not_found"),
    ] {
        let error = run_as(&crm, "member", &monday("09:40"), name, "ticket.merge", &body).unwrap_err();
        assert_eq!(error.code().name(), code, "{name}: {error}");
    }
}

#[test]
fn an_edit_of_policies_moves_nothing_by_itself() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({"priority": "urgent"}));
    let done = create(&crm, &monday("09:00"), "done", json!({"priority": "urgent"}));
    run(&crm, &monday("09:05"), "resolve", "ticket.resolve", json!({"id": done}));
    let before = stored(&crm, &id);
    let mut edited = config();
    edited["sla"]["policies"][1]["version"] = json!(2);
    edited["sla"]["policies"][1]["targets"]["urgent"]["first_response"] = json!(7200);
    let crm = Crm::new(crm.into_store(), Rules::from_json(&edited).unwrap());
    run(&crm, &monday("09:06"), "subject", "ticket.patch", json!({"id": id, "fields": {"subject": "Panne"}}));
    assert_eq!(stored(&crm, &id)["sla_due_at"], before["sla_due_at"]);

    let preview = ask(&crm, &monday("09:10"), "sla_reapply", json!({"lang": "fr"}));
    assert_eq!((preview["tickets"].as_array().unwrap().len(), &preview["looked_at"]), (1, &json!(1)));
    assert_eq!(preview["tickets"][0]["id"], json!(id));
    let reasons = preview["tickets"][0]["reasons"].to_string();
    assert!(reasons.contains("2026-11-23T08:30:00Z") && reasons.contains("2026-11-23T10:00:00Z"), "{reasons}");
    assert_eq!(stored(&crm, &id)["sla_due_at"], before["sla_due_at"], "a preview moves nothing");

    let body = json!({"ids": [id, done]});
    let error = run_as(&crm, "member", &monday("09:10"), "no", "ticket.reapply", &body).unwrap_err();
    assert_eq!(error.code().name(), "forbidden");
    let applied = run(&crm, &monday("09:10"), "reapply", "ticket.reapply", body.clone());
    assert_eq!(applied, json!({"tickets": 2, "changed": 1}));
    assert_eq!(stored(&crm, &id)["sla_due_at"], utc("11:00:00"));
    assert_eq!(told(&crm, &id, "kind").last(), Some(&json!("reapplied")));
    assert_eq!(run(&crm, &monday("09:11"), "again", "ticket.reapply", body)["changed"], json!(0));
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({}));
    let later = monday("12:00");
    let cases = [
        ("ticket.create", json!({"fields": {"status": "solved"}}), "invalid_value", Some("status")),
        ("ticket.create", json!({"fields": {"number": 7}}), "invalid_value", Some("body.fields.number")),
        ("ticket.create", json!({"fields": {"sla_clocks": "{}"}}), "invalid_value", Some("body.fields.sla_clocks")),
        ("ticket.create", json!({"fields": {"opened_at": later}}), "invalid_value", Some("opened_at")),
        (
            "ticket.patch",
            json!({"id": id, "fields": {"opened_at": monday("08:00")}}),
            "invalid_value",
            Some("opened_at"),
        ),
        (
            "ticket.patch",
            json!({"id": id, "fields": {"resolved_at": monday("08:00")}}),
            "invalid_value",
            Some("resolved_at"),
        ),
        (
            "ticket.patch",
            json!({"id": id, "fields": {"first_responded_at": monday("09:00")}}),
            "invalid_value",
            Some("first_responded_at"),
        ),
        ("ticket.patch", json!({"id": id, "fields": {"priority": "asap"}}), "invalid_value", Some("priority")),
        ("ticket.receive", json!({"id": id}), "missing", None),
        (
            "ticket.receive",
            json!({"id": id, "activity": {"sbject": "?"}}),
            "unknown_field",
            Some("body.activity.sbject"),
        ),
        (
            "ticket.receive",
            json!({"id": id, "activity": {"happened_at": later}}),
            "invalid_value",
            Some("activity.happened_at"),
        ),
        ("ticket.receive", json!({"id": id, "activity": {}, "reopen": "yes"}), "invalid_value", Some("body.reopen")),
        ("ticket.reply", json!({"id": id, "activity": {}, "status": "gone"}), "invalid_value", Some("status")),
        ("ticket.reply", json!({"id": id, "version": 99, "activity": {}, "status": "open"}), "conflict", None),
        ("ticket.comment", json!({"id": id, "note": {}}), "missing", Some("body.note")),
        ("ticket.resolve", json!({"id": id, "status": "open"}), "invalid_value", Some("status")),
        ("ticket.resolve", json!({"id": id, "happened_at": later}), "invalid_value", Some("happened_at")),
        ("ticket.resolve", json!({"id": "x"}), "invalid_value", Some("body.id")),
        ("ticket.reopen", json!({"id": id}), "wrong_state", None),
        ("ticket.assign", json!({"id": id}), "missing", None),
        ("ticket.tick", json!({"limit": 0}), "invalid_value", Some("body.limit")),
        ("ticket.tick", json!({"limit": 100_000}), "invalid_value", Some("body.limit")),
        ("ticket.unmerge", json!({"merge": Id::from_text("nothing").to_string()}), "not_found", None),
    ];
    let mut wrong = Vec::new();
    for (place, (command, body, code, field)) in cases.into_iter().enumerate() {
        let error = run_as(&crm, "admin", &monday("10:00"), &format!("bad {place}"), command, &body).unwrap_err();
        if (error.code().name(), error.field()) != (code, field) {
            wrong.push(format!("{command} {body}: {error:?} at {:?}", error.field()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(told(&crm, &id, "kind"), [json!("created")], "nothing was written");
    for (question, body, code) in [
        ("tickets", json!({"after": "open x"}), "invalid_json"),
        ("tickets", json!({"limit": 0}), "invalid_value"),
        ("tickets", json!({"where": {"field": "colour", "op": "eq", "value": 1}}), "unknown_field"),
        ("ticket_board", json!({"by": "colour"}), "invalid_value"),
        ("ticket_board", json!({"cards": -1}), "invalid_value"),
        ("ticket", json!({"id": Id::from_text("nobody").to_string()}), "not_found"),
        ("support_volume", json!({"by": "hour"}), "invalid_value"),
        ("support_volume", json!({"group": "subject"}), "invalid_value"),
        (
            "support_volume",
            json!({"window": {"fixed": {"from": "2000-01-01", "to": "2020-01-01"}}, "by": "day"}),
            "too_large",
        ),
        ("sla_next", json!({"id": 1}), "unknown_field"),
    ] {
        let error = try_ask(&crm, &monday("10:00"), question, &body).unwrap_err();
        assert_eq!(error.code().name(), code, "{question} {body}: {error}");
    }
    let error =
        run_as(&crm, "viewer", &monday("10:00"), "viewer", "ticket.create", &json!({"fields": {}})).unwrap_err();
    assert_eq!(error.code().name(), "forbidden");
}

#[test]
fn a_clock_that_goes_backwards_loses_nothing() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({}));
    run(&crm, &monday("11:00"), "reply", "ticket.reply", json!({"id": id, "activity": {}}));
    // Recorded later, with an earlier instant: taken as if it happened with what came last.
    let message = json!({"id": id, "activity": {"happened_at": monday("10:00")}});
    run(&crm, &monday("10:30"), "message", "ticket.receive", message);
    run(&crm, &monday("10:00"), "resolve", "ticket.resolve", json!({"id": id}));
    let found = stored(&crm, &id);
    assert_eq!(found["resolved_at"], utc("11:00:00"));
    let at: Vec<Json> = told(&crm, &id, "happened_at");
    assert_eq!(at, [utc("09:00:00"), utc("11:00:00"), utc("11:00:00"), utc("11:00:00")]);
    ask(&crm, &monday("08:00"), "tickets", json!({}));
}

#[test]
fn a_clock_is_told_line_by_line_in_pages() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({"subject": "Panne", "priority": "urgent"}));
    // Fifteen pauses of five minutes, from a quarter past nine on every quarter of an hour.
    for n in 0..15_u32 {
        let (hour, minute) = (9 + (n + 1) / 4, (n + 1) % 4 * 15);
        let status = |name: &str| json!({"id": id, "fields": {"status": name}});
        run(&crm, &monday(&format!("{hour:02}:{minute:02}")), &format!("stop {n}"), "ticket.patch", status("pending"));
        run(&crm, &monday(&format!("{hour:02}:{:02}", minute + 5)), &format!("go {n}"), "ticket.patch", status("open"));
    }
    let page = |explain: Json| {
        let question = json!({"id": id, "explain": explain, "lang": "fr"});
        ask(&crm, &monday("13:00"), "ticket", question)["ledger"].clone()
    };
    let whole = page(json!({"metric": "first_resolution"}));
    let lines = whole["lines"].as_array().unwrap();
    // Work from nine on, and after each pause.
    let codes = lines.iter().map(|line| line["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes.iter().filter(|code| *code == "paused_for").count(), 15, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "counted").count(), 16);
    // Four hours of the morning without fifteen times five minutes.
    assert_eq!((&whole["used_seconds"], &whole["next"]), (&json!(4 * 3600 - 15 * 300), &Json::Null));
    let of = |key: &str| lines.iter().filter_map(|line| line[key].as_i64()).sum::<i64>();
    assert_eq!((of("seconds"), of("open_seconds")), (4 * 3600 - 15 * 300, 15 * 300));
    assert!(lines.iter().all(|line| line["text"].is_string()));

    let (mut after, mut paged, mut pages) = (Json::Null, Vec::new(), 0);
    loop {
        let one = page(json!({"metric": "first_resolution", "limit": 10, "after": after}));
        paged.extend(one["lines"].as_array().unwrap().clone());
        assert_eq!(one["used_seconds"], whole["used_seconds"], "what a clock used is of all pages");
        pages += 1;
        after = one["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!((&paged, pages), (lines, 4));

    assert_eq!(page(json!({"metric": "next_response"})), Json::Null, "no such clock");
    let refused = |explain: Json| {
        let error = try_ask(&crm, &monday("13:00"), "ticket", &json!({"id": id, "explain": explain})).unwrap_err();
        (error.code().name().to_owned(), error.field().unwrap().to_owned())
    };
    let table = [
        (json!({}), "missing", "ticket.explain"),
        (json!({"metric": "speed"}), "invalid_value", "ticket.explain.metric"),
        (json!({"metric": "first_response", "limit": 0}), "invalid_value", "ticket.explain.limit"),
        (json!({"metric": "first_response", "cycle": 0}), "invalid_value", "ticket.explain.cycle"),
        (json!({"metric": "first_response", "after": 3}), "invalid_value", "ticket.explain.after"),
        (json!({"metric": "first_response", "from": "x"}), "unknown_field", "ticket.explain"),
    ];
    let told = table.iter().map(|(explain, ..)| refused(explain.clone())).collect::<Vec<_>>();
    let expected = table.iter().map(|(_, code, path)| ((*code).to_owned(), (*path).to_owned())).collect::<Vec<_>>();
    assert_eq!(told, expected);
}

#[test]
fn a_timeline_calls_statuses_by_their_names() {
    let crm = crm();
    let id = create(&crm, &monday("09:00"), "ticket", json!({"subject": "Panne"}));
    run(&crm, &monday("09:10"), "hold", "ticket.patch", json!({"id": id, "fields": {"status": "pending"}}));
    let told = |lang: &str| {
        let question = json!({"record": "ticket", "id": id, "lang": lang});
        ask(&crm, &monday("09:20"), "timeline", question)["entries"][0]["reason"].clone()
    };
    let (en, fr) = (told("en"), told("fr"));
    assert_eq!(en["status"], "pending", "the code stays for machines");
    let labels =
        ask(&crm, &monday("09:20"), "ticket", json!({"id": id, "lang": "fr"}))["ticket"]["status_name"].clone();
    assert_eq!(fr["text"], json!(format!("ticket modifié par admin\u{a0}: {}", labels.as_str().unwrap())));
    assert_ne!(labels, json!("pending"));
    assert!(en["text"].as_str().unwrap().starts_with("ticket changed by admin: "), "{en}");
}
