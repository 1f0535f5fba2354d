//! Support and daily work at their JSON doors, asked what nobody in good faith asks: each question has an answer in which
//! nothing is lost, or an error that names its code and place in both languages; what is refused changes nothing, nobody
//! is told of what they do not see, and nothing takes for ever.

use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Error, Id, Lang};
use serde_json::{Value as Json, json};

use crate::ticket_driver::config;

const NOW: &str = "2026-11-23T09:00:00Z";

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

/// The code and place of an error, after a look at its sentences: one in each language, none of them long.
fn told(error: &Error) -> (String, String) {
    let (en, fr) = (error.text(Lang::English), error.text(Lang::French));
    assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{en} / {fr}");
    assert!(en.len() < 3000 && fr.len() < 3000, "an error of {} and {} bytes: {en:.200}", en.len(), fr.len());
    (error.code().name().to_owned(), error.field().unwrap_or_default().to_owned())
}

/// Compares what many attacks came to with what they should have; all differences at once.
fn compare(found: &[(String, Result<Json, Error>, &str, &str)]) {
    let mut wrong = Vec::new();
    for (what, result, code, field) in found {
        let is = match result {
            Ok(json) => ("done".to_owned(), format!("{json:.160}")),
            Err(error) => told(error),
        };
        if is.0 != *code || (is.0 != "done" && is.1 != *field) {
            wrong.push(format!("{what}: {is:?} instead of ({code:?}, {field:?})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Something that takes as long as it must, and no longer than a test may wait, with tests beside it and no optimizer.
#[allow(clippy::disallowed_methods, reason = "a test looks at the clock, no rule does")]
fn soon<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = std::time::Instant::now();
    let done = run();
    let took = start.elapsed();
    assert!(took.as_secs() < 60, "{what} took {} ms", took.as_millis());
    done
}

/// A workspace of which each member sees all and changes the own, and each agent sees only the own.
struct Desk {
    crm: Crm<MemoryStore>,
}

impl Desk {
    fn new() -> Self {
        let mut rules = config();
        let own = json!({"read": "own", "write": "own"});
        rules["access"] = json!({"roles": {"member": {"read": "all", "write": "own"}, "agent": own}});
        Self { crm: Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap()) }
    }

    fn run_at(&self, at: &str, who: (&str, &str), name: &str, command: &str, body: &Json) -> Result<Json, Error> {
        let document = json!({"command": command, "id": id(name), "workspace": "acme", "at": at, "body": body,
                              "actor": {"name": who.0, "role": who.1}});
        self.crm.run_json(document.to_string().as_bytes()).map(|done| done["output"].clone())
    }

    /// Carries out a command of the admin; its id follows from what it is.
    fn run(&self, command: &str, body: Json) -> Result<Json, Error> {
        self.run_at(NOW, ("ada", "admin"), &format!("{command} {body}"), command, &body)
    }

    fn by(&self, who: (&str, &str), command: &str, body: Json) -> Result<Json, Error> {
        self.run_at(NOW, who, &format!("{who:?} {command} {body}"), command, &body)
    }

    fn make(&self, record: &str, name: &str, fields: Json) -> String {
        self.run(&format!("{record}.create"), json!({"id": id(name), "fields": fields})).unwrap();
        id(name)
    }

    fn ask_at(&self, at: &str, who: (&str, &str), question: &str, body: &Json) -> Result<Json, Error> {
        let actor = json!({"name": who.0, "role": who.1});
        let document = json!({"workspace": "acme", "actor": actor, "at": at, question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    fn ask(&self, question: &str, body: Json) -> Result<Json, Error> {
        self.ask_at(NOW, ("vera", "viewer"), question, &body)
    }

    fn get(&self, record: &str, id: &str) -> Json {
        self.ask("get", json!({"record": record, "id": id})).unwrap()["row"].clone()
    }

    /// Everything that is stored of support and daily work.
    fn all(&self) -> Vec<Json> {
        let kinds = ["ticket", "ticket_event", "sla_alert", "task", "activity", "activity_link", "note", "attachment"];
        let more = ["attachment_link", "draft", "leave", "employee", "counter", "lead"];
        let all = kinds.iter().chain(&more).map(|record| {
            let find = json!({"record": record, "archived": "include", "limit": 1000});
            self.ask_at(NOW, ("ada", "admin"), "find", &find).unwrap()["rows"].clone()
        });
        all.collect()
    }
}

fn ticket(desk: &Desk, name: &str, fields: Json) -> String {
    desk.make("ticket", name, fields)
}

#[test]
fn tickets_refuse_what_cannot_be_and_nothing_changed() {
    let desk = Desk::new();
    let open = ticket(&desk, "open", json!({"subject": "open", "priority": "urgent"}));
    let gone = ticket(&desk, "gone", json!({"subject": "gone"}));
    let (merged, primary) = (ticket(&desk, "merged", json!({})), ticket(&desk, "primary", json!({})));
    let task = desk.make("task", "task", json!({"title": "a task"}));
    desk.run("ticket.archive", json!({"id": gone})).unwrap();
    desk.run("ticket.merge", json!({"primary": primary, "sources": [merged]})).unwrap();
    let mail = json!({"external_source": "imap", "external_id": "<1@x>", "kind": "email"});
    desk.run("ticket.receive", json!({"id": open, "activity": mail})).unwrap();
    let before = desk.all();

    let said = |activity: Json| json!({"id": open, "activity": activity});
    let attacks = [
        ("ticket.create", json!({"fields": {"status": "nearly"}}), "invalid_value", "status"),
        ("ticket.create", json!({"fields": {"priority": "yesterday"}}), "invalid_value", "priority"),
        ("ticket.create", json!({"fields": {"number": 1}}), "invalid_value", "body.fields.number"),
        ("ticket.create", json!({"fields": {"sla_clocks": "{}"}}), "invalid_value", "body.fields.sla_clocks"),
        ("ticket.create", json!({"fields": {"opened_at": "2026-11-23T09:00:01Z"}}), "invalid_value", "opened_at"),
        ("ticket.create", json!({"fields": {"opened_at": "9999-12-31T23:59:59Z"}}), "invalid_value", "opened_at"),
        (
            "ticket.create",
            json!({"fields": {"status": "closed", "opened_at": "2026-11-01T09:00:00Z",
                              "resolved_at": "2026-10-01T09:00:00Z"}}),
            "invalid_value",
            "resolved_at",
        ),
        ("ticket.create", json!({"fields": {"status": "open", "resolved_at": NOW}}), "invalid_value", "resolved_at"),
        ("ticket.patch", json!({"id": open, "fields": {"status": "nearly"}}), "invalid_value", "status"),
        (
            "ticket.patch",
            json!({"id": open, "fields": {"opened_at": "2026-11-01T00:00:00Z"}}),
            "invalid_value",
            "opened_at",
        ),
        ("ticket.patch", json!({"id": open, "fields": {"resolved_at": NOW}}), "invalid_value", "resolved_at"),
        ("ticket.patch", json!({"id": task, "fields": {"subject": "x"}}), "not_found", ""),
        ("ticket.reply", json!({"id": gone, "activity": {}}), "wrong_state", ""),
        ("ticket.reply", json!({"id": task, "activity": {}}), "not_found", ""),
        ("ticket.reply", json!({"id": open, "activity": {}, "status": "nearly"}), "invalid_value", "status"),
        (
            "ticket.receive",
            said(json!({"happened_at": "2026-11-23T09:00:01Z"})),
            "invalid_value",
            "activity.happened_at",
        ),
        ("ticket.receive", said(json!({"subject": "a\u{0}b"})), "invalid_text", ""),
        // What another ticket has been told is told.
        ("ticket.receive", json!({"id": primary, "activity": mail}), "done", ""),
        ("ticket.receive", json!({"id": open, "activity": {}, "reopen": "yes"}), "invalid_value", "body.reopen"),
        ("ticket.comment", json!({"id": open, "note": {}}), "missing", "body.note"),
        ("ticket.resolve", json!({"id": merged}), "wrong_state", ""),
        ("ticket.resolve", json!({"id": open, "status": "open"}), "invalid_value", "status"),
        ("ticket.resolve", json!({"id": open, "happened_at": "2027-01-01T00:00:00Z"}), "invalid_value", "happened_at"),
        ("ticket.reopen", json!({"id": open}), "wrong_state", ""),
        ("ticket.assign", json!({"id": open}), "missing", ""),
        ("ticket.assign", json!({"id": open, "owner": 7}), "invalid_json", "body.owner"),
        ("ticket.merge", json!({"primary": open, "sources": [open]}), "invalid_value", "sources[0]"),
        ("ticket.merge", json!({"primary": open, "sources": []}), "missing", ""),
        ("ticket.merge", json!({"primary": open, "sources": [gone]}), "wrong_state", "sources[0]"),
        ("ticket.merge", json!({"primary": merged, "sources": [open]}), "wrong_state", "primary"),
        ("ticket.merge", json!({"primary": open, "sources": [task]}), "not_found", "sources[0]"),
        ("ticket.unmerge", json!({"merge": id("nothing")}), "not_found", ""),
        ("ticket.tick", json!({"limit": 0}), "invalid_value", "body.limit"),
        ("ticket.tick", json!({"limit": 501}), "invalid_value", "body.limit"),
        ("ticket.tick", json!({"limit": 18_446_744_073_709_551_615_u64}), "invalid_value", "body.limit"),
        ("ticket.reapply", json!({"ids": [task]}), "not_found", "ids[0]"),
        ("ticket.reapply", json!({"ids": vec![open.clone(); 501]}), "too_large", "ids"),
    ];
    let found: Vec<_> = attacks
        .into_iter()
        .map(|(command, body, code, field)| (format!("{command} {body:.120}"), desk.run(command, body), code, field))
        .collect();
    compare(&found);
    assert_eq!(desk.all(), before);
}

#[test]
fn roles_do_not_reach_further_than_they_may() {
    let desk = Desk::new();
    let mine = ticket(&desk, "mine", json!({"owner": "max"}));
    let other = ticket(&desk, "other", json!({"owner": "tom"}));
    let lead = desk.make("lead", "lead", json!({"company": "mine", "owner": "max"}));
    let theirs = desk.make("activity", "theirs", json!({"kind": "call", "actor": "tom", "ticket": other}));
    let mail = json!({"kind": "email", "actor": "tom", "ticket": other, "external_source": "imap", "external_id": "7"});
    let known = desk.make("activity", "known", mail.clone());
    let before = desk.all();
    let (max, agent, vera) = (("max", "member"), ("ana", "agent"), ("vera", "viewer"));
    let attacks = [
        (vera, "ticket.create", json!({"fields": {}}), "forbidden", ""),
        (vera, "ticket.tick", json!({}), "forbidden", ""),
        (agent, "ticket.archive", json!({"id": mine}), "not_found", ""),
        (vera, "ticket.merge", json!({"primary": mine, "sources": [other]}), "forbidden", ""),
        (max, "ticket.reapply", json!({"ids": [mine]}), "forbidden", ""),
        (max, "ticket.import", json!({"source": "x", "rows": []}), "forbidden", ""),
        (max, "ticket.patch", json!({"id": other, "fields": {"subject": "x"}}), "forbidden", ""),
        (max, "ticket.reply", json!({"id": other, "activity": {}}), "forbidden", ""),
        // What hangs on the own ticket would land on one that others answer for.
        (max, "ticket.merge", json!({"primary": other, "sources": [mine]}), "forbidden", "primary"),
        (max, "ticket.merge", json!({"primary": mine, "sources": [other]}), "forbidden", ""),
        (max, "activity.patch", json!({"id": theirs, "fields": {"subject": "x"}}), "forbidden", ""),
        // Whoever has a record of an activity changes the activity: nobody gets there by linking it first.
        (max, "activity.link", json!({"id": theirs, "lead": lead}), "forbidden", ""),
        (max, "activity.log", json!({"fields": mail, "links": [{"lead": lead}]}), "forbidden", ""),
        // Of what is not seen the answer is the same as of what is not there.
        (agent, "ticket.reply", json!({"id": other, "activity": {}}), "not_found", ""),
        (agent, "ticket.reply", json!({"id": id("nothing"), "activity": {}}), "not_found", ""),
        (agent, "activity.link", json!({"id": theirs, "ticket": other}), "not_found", ""),
        (agent, "task.create", json!({"fields": {"title": "x", "ticket": other}}), "not_found", "ticket"),
        (agent, "note.add", json!({"record": "ticket", "id": other, "text": "x"}), "not_found", "id"),
        (agent, "draft.compose", json!({"fields": {"text": "x", "ticket": other}}), "not_found", "fields.ticket"),
    ];
    let found: Vec<_> = attacks
        .into_iter()
        .map(|(who, command, body, code, field)| {
            (format!("{who:?} {command} {body}"), desk.by(who, command, body), code, field)
        })
        .collect();
    compare(&found);
    assert_eq!(desk.all(), before);
    assert_ne!(known, theirs);

    // Questions of somebody who sees the own only, here nothing, speak as if nothing were there.
    for (question, body) in [
        ("tickets", json!({})),
        ("ticket_board", json!({})),
        ("support_volume", json!({"window": {"rolling": {"count": 7, "unit": "day"}}, "by": "day", "group": "owner"})),
        ("sla_next", json!({})),
        ("sla_reapply", json!({})),
        ("tasks", json!({})),
        ("inbox", json!({"user": "tom"})),
        ("inbox", json!({"user": "tom", "tab": "activity"})),
        ("find", json!({"record": "ticket_event"})),
        ("find", json!({"record": "ticket", "count": true})),
        ("views", json!({})),
        ("ticket", json!({"id": other})),
        ("timeline", json!({"record": "ticket", "id": other})),
        ("timeline", json!({"record": "lead", "id": lead})),
        ("activity", json!({"id": theirs})),
        ("templates", json!({"record": "ticket", "id": other})),
        ("inbox", json!({"item": {"record": "ticket", "id": other}})),
        ("can", json!({"action": "read", "record": "ticket", "id": other})),
    ] {
        let empty = Desk::new();
        let text = |desk: &Desk| match desk.ask_at(NOW, agent, question, &body) {
            Ok(json) => json.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(text(&desk), text(&empty), "{question} {body}");
    }
}

#[test]
fn what_others_do_not_see_is_not_lost_to_them() {
    let desk = Desk::new();
    // A file that two records have, one of which its owner does not see.
    let (mine, other) =
        (ticket(&desk, "mine", json!({"owner": "ana"})), ticket(&desk, "other", json!({"owner": "tom"})));
    let lead = desk.make("lead", "lead", json!({"company": "x", "owner": "max"}));
    let file = json!({"name": "a.pdf", "media_type": "application/pdf", "size_bytes": 1, "sha256": "0".repeat(64),
                      "uploaded_by": "max"});
    desk.run("attachment.create", json!({"id": id("file"), "fields": file, "ticket": other})).unwrap();
    desk.run("attachment.link", json!({"id": id("file"), "lead": lead})).unwrap();
    let mut rules = config();
    rules["access"] = json!({"roles": {"member": {"read": "own", "write": "own"}}});
    let desk = Desk { crm: Crm::new(desk.crm.into_store(), Rules::from_json(&rules).unwrap()) };
    let max = ("max", "member");
    let taken = desk.by(max, "attachment.unlink", json!({"id": id("file"), "lead": lead})).unwrap();
    assert_eq!(
        (&taken["blob"], &taken["links"], &taken["reasons"]),
        (&json!("kept"), &json!(0), &json!([])),
        "{taken}"
    );
    assert_eq!(desk.get("attachment", &id("file"))["deletable_at"], Json::Null);
    let reaped = desk.by(max, "attachment.reap", json!({"id": id("file")}));
    assert_eq!(told(&reaped.unwrap_err()), ("wrong_state".to_owned(), String::new()));

    // A task for which somebody else's waits, which its own assignee does not see.
    let first = desk.make("task", "first", json!({"title": "first", "assignee": "max"}));
    let waits = desk.make("task", "waits", json!({"title": "waits", "assignee": "tom", "blocking_task": first}));
    assert_eq!(desk.get("task", &waits)["blocked"], json!(true));
    desk.by(max, "task.complete", json!({"id": first})).unwrap();
    assert_eq!(desk.get("task", &waits)["blocked"], json!(false));
    assert!(!mine.is_empty());
}

#[test]
fn time_that_jumps_loses_nothing() {
    let desk = Desk::new();
    let (ada, urgent) = (("ada", "admin"), json!({"priority": "urgent"}));
    let made = |name: &str| {
        let body = json!({"id": id(name), "fields": urgent});
        desk.run_at("2026-11-23T09:00:00Z", ada, name, "ticket.create", &body).unwrap();
        id(name)
    };
    let (one, two) = (made("one"), made("two"));
    // A clock that goes back tells nothing and forgets nothing.
    let early = desk.run_at("2026-11-22T09:00:00Z", ada, "early", "ticket.tick", &json!({})).unwrap();
    assert_eq!((&early["tickets"], &early["alerts"]), (&json!(0), &json!([])));
    let back = json!({"id": one, "activity": {"kind": "phone"}});
    desk.run_at("2026-11-23T08:30:00Z", ada, "back", "ticket.reply", &back).unwrap();
    let row = desk.get("ticket", &one);
    assert_eq!(row["first_responded_at"], json!("2026-11-23T09:00:00Z"), "no earlier than what happened before");
    // A week asleep: everything once, at the instants at which it became true.
    desk.run("ticket.merge", json!({"primary": one, "sources": [two]})).unwrap();
    let week = desk.run_at("2026-11-30T09:00:00Z", ada, "week", "ticket.tick", &json!({})).unwrap();
    let alerts = week["alerts"].as_array().unwrap();
    assert!(!alerts.is_empty() && alerts.iter().all(|alert| alert["ticket"] == json!(one)), "{week}");
    for (place, at) in ["2026-11-30T09:00:00Z", "2026-11-23T10:00:00Z", "9999-12-31T23:59:59Z"].iter().enumerate() {
        let again = desk.run_at(at, ada, &format!("again {place}"), "ticket.tick", &json!({})).unwrap();
        assert_eq!((&again["tickets"], &again["alerts"]), (&json!(0), &json!([])), "{at}");
    }
    // The last day that there is.
    let last = ("2026-11-23T09:00:00Z", "9999-12-31T23:59:59Z");
    for (question, body) in [
        ("tickets", json!({})),
        ("ticket_board", json!({})),
        ("ticket", json!({"id": one})),
        ("tasks", json!({"zone": "America/Sao_Paulo"})),
        ("tasks", json!({"zone": "Pacific/Apia"})),
        ("inbox", json!({"zone": "America/Sao_Paulo", "user": "tom"})),
        ("timeline", json!({"record": "ticket", "id": one})),
        ("support_volume", json!({"window": {"rolling": {"count": 7, "unit": "day"}}})),
        ("sla_reapply", json!({})),
    ] {
        for at in ["1900-02-15T12:00:00Z", last.0, last.1] {
            let found = desk.ask_at(at, ("vera", "viewer"), question, &body);
            assert!(found.is_ok(), "{question} {body} at {at}: {}", found.unwrap_err());
        }
    }
    desk.make("task", "late", json!({"title": "x", "due_date": "9999-12-31", "recurrence": "FREQ=DAILY"}));
    desk.make("task", "later", json!({"title": "x", "due_at": "9999-12-31T23:59:59Z", "recurrence": "FREQ=YEARLY"}));
    let done = desk.run("task.complete", json!({"id": id("late")})).unwrap();
    assert_eq!(done["next"], Json::Null, "no day comes after the last one");
    desk.run("task.complete", json!({"id": id("later")})).unwrap();
}

#[test]
fn cursors_and_limits_are_checked() {
    let desk = Desk::new();
    for n in 0..4 {
        ticket(&desk, &format!("t{n}"), json!({"owner": "vera"}));
        desk.make("task", &format!("k{n}"), json!({"title": "x", "assignee": "vera", "due_date": "2026-11-23"}));
        desk.make("note", &format!("n{n}"), json!({"text": "x", "ticket": id("t0")}));
        desk.make("activity", &format!("a{n}"), json!({"kind": "call", "actor": "vera", "happened_at": NOW}));
    }
    let next = |question: &str, mut body: Json| {
        body["limit"] = json!(2);
        let page = desk.ask(question, body).unwrap();
        page["next"].as_str().unwrap_or_else(|| panic!("{question}: {page}")).to_owned()
    };
    let of_ticket = || json!({"record": "ticket", "id": id("t0")});
    let cursors = [
        ("tickets", next("tickets", json!({}))),
        ("tasks", next("tasks", json!({}))),
        ("inbox", next("inbox", json!({}))),
        ("timeline", next("timeline", of_ticket())),
        ("find", next("find", json!({"record": "note"}))),
        ("recent", next("inbox", json!({"tab": "activity"}))),
    ];
    let mut found = Vec::new();
    for (question, body) in [
        ("tickets", json!({})),
        ("tasks", json!({})),
        ("inbox", json!({})),
        ("timeline", of_ticket()),
        ("sla_reapply", json!({})),
    ] {
        for (from, cursor) in &cursors {
            let mut body = body.clone();
            body["after"] = json!(cursor);
            let result = desk.ask(question, body);
            // A place in the order of making is one in every question that has that order.
            let fits = *from == question || (question == "sla_reapply" && *from == "find");
            let (code, field) = if fits { ("done", "") } else { ("invalid_json", "after") };
            match (&result, fits) {
                (Ok(_), true) => {}
                _ => found.push((format!("{question} after one of {from}"), result, code, {
                    let _ = field;
                    match question {
                        "tickets" => "tickets.after",
                        "tasks" => "tasks.after",
                        "inbox" => "inbox.after",
                        "timeline" => "timeline.after",
                        _ => "sla_reapply.after",
                    }
                })),
            }
        }
        for limit in
            [json!(0), json!(-1), json!(1_000_001), json!(18_446_744_073_709_551_615_u64), json!("2"), json!(1.5)]
        {
            let mut body = body.clone();
            body["limit"] = limit.clone();
            let error = desk.ask(question, body).expect_err(question);
            let (code, field) = told(&error);
            assert!(
                ["invalid_value", "invalid_json", "too_large"].contains(&code.as_str()),
                "{question} {limit}: {error}"
            );
            assert_eq!(field, format!("{question}.limit"), "{limit}: {error}");
        }
    }
    compare(&found);
    // Edited: another section, another instant, another count of parts; an answer or an error, never more than there is.
    let mut edited: Vec<(&str, String)> = Vec::new();
    for (question, cursor) in &cursors {
        let question = if *question == "recent" { "inbox" } else { question };
        edited.push((question, cursor.replace("2026", "9999")));
        edited.push((question, cursor.replace("2026", "0001")));
        edited.push((question, cursor.replace('1', "9")));
        edited.push((question, cursor.replace('0', "-1")));
        edited.push((question, format!("{cursor} ")));
        edited.push((question, cursor.chars().take(cursor.len() / 2).collect()));
        edited.push((question, "[".repeat(100_000)));
    }
    for section in ["0", "4294967296", "18446744073709551615", "-1", "1e9", "null"] {
        edited.push(("tasks", format!("[\"9999-12-31T23:59:59Z\",{section},[null,null,null,null]]")));
    }
    edited.push((
        "inbox",
        "[\"9999-12-31T23:59:59Z\",[9223372036854775807,0,0,0,0,0,-9223372036854775808],\"task\",\"\"]".into(),
    ));
    for (question, cursor) in edited {
        let mut body = if question == "timeline" { of_ticket() } else { json!({}) };
        if question == "find" {
            body["record"] = json!("note");
        }
        body["after"] = json!(cursor);
        match desk.ask(question, body) {
            Ok(page) => {
                let rows = ["tickets", "tasks", "items", "entries", "rows"].iter().find_map(|key| page[key].as_array());
                assert!(rows.is_some_and(|rows| rows.len() <= 16), "{question} {cursor:.90}: {page}");
            }
            Err(error) => assert_eq!(told(&error).0, "invalid_json", "{question} {cursor:.90}: {error}"),
        }
    }
}

#[test]
fn the_queue_s_pages_are_of_one_instant() {
    let desk = Desk::new();
    let ada = ("ada", "admin");
    for (name, priority, at) in [
        ("calm", "normal", "2026-11-23T08:00:00Z"),
        ("soon", "urgent", "2026-11-23T08:45:00Z"),
        ("next", "urgent", "2026-11-23T08:50:00Z"),
    ] {
        let body = json!({"id": id(name), "fields": {"subject": name, "priority": priority}});
        desk.run_at(at, ada, name, "ticket.create", &body).unwrap();
    }
    let page = |at: &str, after: Json| {
        let page = desk.ask_at(at, ada, "tickets", &json!({"limit": 1, "after": after})).unwrap();
        (page["tickets"][0]["subject"].as_str().unwrap_or_default().to_owned(), page["next"].clone())
    };
    // While somebody turns the pages, tickets break their promises and would move to before the cursor.
    let (first, after) = page("2026-11-23T09:00:00Z", Json::Null);
    let (second, after) = page("2026-11-23T09:25:00Z", after);
    let (third, after) = page("2026-11-24T09:25:00Z", after);
    assert_eq!((first.as_str(), second.as_str(), third.as_str(), after), ("soon", "next", "calm", Json::Null));
}

#[test]
fn the_inbox_says_of_tickets_what_the_queue_says() {
    let desk = Desk::new();
    let ada = ("ada", "admin");
    let body = json!({"id": id("late"), "fields": {"priority": "urgent", "owner": "ada"}});
    desk.run_at("2026-11-23T08:00:00Z", ada, "late", "ticket.create", &body).unwrap();
    let item = |at: &str| {
        let inbox = desk.ask_at(at, ada, "inbox", &json!({"tab": "all"})).unwrap();
        let queue = desk.ask_at(at, ada, "tickets", &json!({})).unwrap();
        (inbox["items"][0]["reasons"][0]["code"].clone(), queue["tickets"][0]["sla"]["open_state"].clone())
    };
    // Due at half past eight, and then it can still be done.
    assert_eq!(item("2026-11-23T08:30:00Z"), (json!("promise_due_soon"), json!("due_soon")));
    assert_eq!(item("2026-11-23T08:30:01Z"), (json!("promise_broken"), json!("breached")));
    // Answered late: what is still open is in time, and a promise that was broken presses nobody any more.
    let reply = json!({"id": id("late"), "activity": {"kind": "phone"}});
    desk.run_at("2026-11-23T08:40:00Z", ada, "reply", "ticket.reply", &reply).unwrap();
    assert_eq!(item("2026-11-23T08:41:00Z"), (json!("promise_due"), json!("on_track")));
}

#[test]
fn tasks_refuse_circles_series_without_end_and_double_ends() {
    let desk = Desk::new();
    let a = desk.make("task", "a", json!({"title": "a", "due_date": "2026-11-23"}));
    let b = desk.make("task", "b", json!({"title": "b", "blocking_task": a}));
    let done = desk.make("task", "done", json!({"title": "done"}));
    desk.run("task.complete", json!({"id": done, "done_at": NOW})).unwrap();
    let before = desk.all();
    let series =
        |recurrence: &str| json!({"fields": {"title": "x", "due_date": "2026-11-23", "recurrence": recurrence}});
    let mut attacks = vec![
        ("task.patch", json!({"id": a, "fields": {"blocking_task": b}}), "invalid_value", "blocking_task"),
        ("task.patch", json!({"id": a, "fields": {"blocking_task": a}}), "invalid_value", "blocking_task"),
        (
            "task.create",
            json!({"id": id("self"), "fields": {"blocking_task": id("self")}}),
            "invalid_value",
            "blocking_task",
        ),
        ("task.create", json!({"fields": {"blocking_task": id("nothing")}}), "not_found", "blocking_task"),
        ("task.complete", json!({"id": b}), "wrong_state", ""),
        ("task.complete", json!({"id": done}), "wrong_state", ""),
        ("task.complete", json!({"id": a, "done_at": "2026-11-23T09:00:01Z"}), "invalid_value", "done_at"),
        ("task.complete", json!({"id": a, "version": 99}), "conflict", ""),
        ("task.reopen", json!({"id": a}), "wrong_state", ""),
        ("task.snooze", json!({"id": a}), "missing", ""),
        ("task.snooze", json!({"id": a, "until": NOW}), "invalid_value", "until"),
        ("task.snooze", json!({"id": a, "until": "2026-02-30"}), "invalid_value", "body.until"),
        ("task.snooze", json!({"id": a, "until": "2026-11-23T0"}), "invalid_value", "body.until"),
        ("task.assign", json!({"id": a}), "missing", ""),
        ("task.create", json!({"fields": {"priority": "later"}}), "invalid_value", "priority"),
        (
            "task.create",
            json!({"fields": {"due_date": "2026-11-23", "due_at": "2026-11-25T09:00:00Z"}}),
            "invalid_value",
            "due_date",
        ),
        ("task.create", json!({"fields": {"recurrence": "FREQ=DAILY"}}), "missing", ""),
    ];
    for (recurrence, code, part) in [
        ("FREQ=DAILY;INTERVAL=0", "invalid_value", "recurrence.INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "invalid_value", "recurrence.INTERVAL"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20261231", "invalid_rules", "recurrence"),
        ("FREQ=DAILY;COUNT=0", "invalid_value", "recurrence.COUNT"),
        ("FREQ=DAILY;UNTIL=20260230", "invalid_json", "recurrence.UNTIL"),
        ("FREQ=DAILY;FREQ=WEEKLY", "invalid_json", "recurrence"),
        ("FREQ=SECONDLY", "invalid_value", "recurrence.FREQ"),
        ("INTERVAL=1", "missing", "recurrence"),
        ("FREQ=MONTHLY;BYDAY=6TU", "invalid_json", "recurrence.BYDAY"),
        ("FREQ=MONTHLY;BYDAY=é", "invalid_json", "recurrence.BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "invalid_value", "recurrence.BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=1MO", "invalid_rules", "recurrence"),
        ("FREQ=DAILY;BYDAY=MO", "invalid_json", "recurrence.BYDAY"),
        ("FREQ=DAILY;RDATE=1", "unknown_field", "recurrence"),
        (";", "invalid_json", "recurrence"),
    ] {
        attacks.push(("task.create", series(recurrence), code, part));
    }
    let found: Vec<_> = attacks
        .into_iter()
        .map(|(command, body, code, field)| (format!("{command} {body}"), desk.run(command, body), code, field))
        .collect();
    compare(&found);
    assert_eq!(desk.all(), before);

    // The condition of a list is the reader's own.
    desk.make("task", "vera's", json!({"title": "x", "assignee": "vera", "due_date": "2026-11-24"}));
    let mine = json!({"field": "assignee", "op": "eq", "value": {"actor": "me"}});
    let soon = json!({"field": "due_date", "op": "during", "value": "tomorrow"});
    let list = desk.ask("tasks", json!({"where": {"all": [mine, soon]}})).unwrap();
    assert_eq!(list["tasks"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["people"][0]["names"], json!(["vera"]));

    // A chain of a hundred tasks is walked; one more is refused, and the first may still be done.
    let mut last = desk.make("task", "c0", json!({"title": "c0"}));
    let mut refused = None;
    for n in 1..=120 {
        let body = json!({"id": id(&format!("c{n}")), "fields": {"title": "c", "blocking_task": last}});
        match desk.run("task.create", body) {
            Ok(_) => last = id(&format!("c{n}")),
            Err(error) => {
                refused = Some((n, told(&error)));
                break;
            }
        }
    }
    assert_eq!(refused, Some((100, ("too_large".to_owned(), "blocking_task".to_owned()))));
    desk.run("task.complete", json!({"id": id("c0")})).unwrap();
    assert_eq!(desk.get("task", &id("c1"))["blocked"], json!(false));
}

#[test]
fn texts_stay_texts() {
    let desk = Desk::new();
    let evil = "{{actor_name}}\r\nBcc: all@example.com\u{202e}\u{2028}x";
    let lead = desk.make(
        "lead",
        "lead",
        json!({"company": evil, "first_name": "Eva", "last_name": evil,
                                                "email": "eva@example.com", "owner": "ada"}),
    );
    let template = json!({"id": "email_first_contact", "inputs": {"topic": evil, "reason": "{{topic}}"}});
    let done = desk.run("draft.compose", json!({"id": id("draft"), "fields": {"lead": lead}, "template": template}));
    done.unwrap();
    let draft = desk.get("draft", &id("draft"));
    let (subject, text) = (draft["subject"].as_str().unwrap(), draft["text"].as_str().unwrap());
    assert!(
        subject.contains("{{actor_name}} Bcc: all@example.com") && !subject.contains(char::is_control),
        "{subject:?}"
    );
    assert!(!text.contains(['\r', '\u{202e}', '\u{2028}']) && text.contains("{{topic}}"), "{text:?}");
    assert_eq!(draft["recipients"], json!(["eva@example.com"]));

    let before = desk.all();
    let file = |name: &str| json!({"fields": {"name": name, "media_type": "application/pdf", "size_bytes": 1, "sha256": "0".repeat(64)}});
    let with = |key: &str, value: Json| {
        let mut body = file("a.pdf");
        body["fields"][key] = value;
        body
    };
    let use_of = |template: Json| json!({"fields": {"lead": lead}, "template": template});
    let attacks = [
        ("attachment.create", file("../../x"), "invalid_json", "fields.name"),
        ("attachment.create", file("..\\x"), "invalid_json", "fields.name"),
        ("attachment.create", file(".."), "invalid_json", "fields.name"),
        ("attachment.create", file("a\u{202e}fdp.exe"), "invalid_text", "fields.name"),
        ("attachment.create", file("a\u{200b}.pdf"), "invalid_text", "fields.name"),
        ("attachment.create", file(&"x".repeat(2000)), "too_large", "fields.name"),
        ("attachment.create", with("size_bytes", json!(-1)), "invalid_value", "fields.size_bytes"),
        ("attachment.create", with("size_bytes", json!(i64::MAX)), "invalid_value", "fields.size_bytes"),
        ("attachment.create", with("sha256", json!("A".repeat(64))), "invalid_json", "fields.sha256"),
        ("attachment.create", with("media_type", json!("text/html\r\nX: y")), "invalid_json", "fields.media_type"),
        ("attachment.link", json!({"id": lead, "lead": lead}), "not_found", ""),
        ("attachment.reap", json!({"id": id("nothing")}), "not_found", ""),
        ("draft.compose", use_of(json!({"id": "no_such"})), "invalid_value", "template.id"),
        ("draft.compose", use_of(json!({"id": "log_call"})), "invalid_value", "template.id"),
        ("draft.compose", use_of(json!({"id": "email_first_contact"})), "missing", "template"),
        (
            "draft.compose",
            use_of(json!({"id": "email_first_contact", "inputs": {"full_name": "x"}})),
            "unknown_field",
            "template.inputs.full_name",
        ),
        (
            "draft.compose",
            json!({"fields": {"text": "x", "recipients": ["a@b.fr\r\nBcc: c@d.fr"]}}),
            "invalid_json",
            "fields.recipients[0]",
        ),
        ("draft.compose", json!({"fields": {"text": "x", "subject": "a\r\nBcc: b"}}), "invalid_text", "fields.subject"),
        ("draft.compose", json!({"fields": {"text": "x", "channel": "pigeon"}}), "invalid_value", "fields.channel"),
        (
            "activity.log",
            json!({"fields": {"kind": "call", "happened_at": "2026-11-23T09:05:01Z"}}),
            "invalid_value",
            "fields.happened_at",
        ),
        (
            "activity.log",
            json!({"fields": {"kind": "call", "duration_seconds": -1}}),
            "invalid_value",
            "fields.duration_seconds",
        ),
        ("activity.log", json!({"fields": {"kind": "call", "lead": id("nothing")}}), "not_found", "fields.lead"),
        (
            "activity.log",
            json!({"fields": {"kind": "call"}, "links": [{"lead": lead, "contact": lead}]}),
            "invalid_json",
            "body.links[0]",
        ),
        ("activity.log", json!({"fields": {"direction": "up", "kind": "call"}}), "invalid_value", "fields.direction"),
    ];
    let found: Vec<_> = attacks
        .into_iter()
        .map(|(command, body, code, field)| (format!("{command} {body:.200}"), desk.run(command, body), code, field))
        .collect();
    compare(&found);
    assert_eq!(desk.all(), before);
}

#[test]
fn leave_that_cannot_be_is_refused() {
    let desk = Desk::new();
    desk.make("employee", "eva", json!({"user": "eva", "full_name": "Eva", "manager": "boss", "team": "support"}));
    desk.make("employee", "tom", json!({"user": "tom", "full_name": "Tom"}));
    let leave =
        |user: &str, from: &str, to: &str| json!({"user": user, "from_date": from, "to_date": to, "kind": "paid"});
    desk.run("leave.set", leave("eva", "2026-12-21", "2026-12-24")).unwrap();
    let before = desk.all();
    let half = |from: &str, to: &str| json!({"user": "tom", "from_date": "2026-12-21", "from_half": from, "to_date": "2026-12-21", "to_half": to});
    let ada = ("ada", "admin");
    let attacks = [
        (ada, leave("eva", "2026-12-24", "2026-12-31"), "already_exists", "from_date"),
        (ada, leave("eva", "2026-12-31", "2026-12-30"), "invalid_value", "to_date"),
        (ada, leave("nobody", "2026-12-24", "2026-12-24"), "not_found", "user"),
        (ada, leave("", "2026-12-24", "2026-12-24"), "missing", ""),
        (ada, leave("eva", "2026-02-30", "2026-12-24"), "invalid_value", "body.from_date"),
        (ada, leave("eva", "10000-01-01", "2026-12-24"), "invalid_value", "body.from_date"),
        (ada, half("afternoon", "morning"), "invalid_value", "to_half"),
        (ada, half("night", "morning"), "invalid_value", "body.from_half"),
        (("tom", "member"), leave("eva", "2027-01-01", "2027-01-01"), "forbidden", "user"),
        (("max", "manager"), leave("eva", "2027-01-01", "2027-01-01"), "forbidden", "user"),
    ];
    let found: Vec<_> = attacks
        .into_iter()
        .map(|(who, body, code, field)| (format!("{who:?} {body}"), desk.by(who, "leave.set", body), code, field))
        .collect();
    compare(&found);
    assert_eq!(desk.all(), before);
    // All the time that there is.
    let always = desk.run("leave.set", leave("tom", "1900-01-01", "9999-12-31"));
    assert!(always.is_ok(), "{}", always.unwrap_err());
    for (question, body) in [
        ("employee", json!({"user": "tom"})),
        ("employees", json!({})),
        ("leave_impact", json!({"user": "eva", "from_date": "9999-12-30"})),
    ] {
        let found = soon(question, || desk.ask_at("9999-12-31T12:00:00Z", ("vera", "viewer"), question, &body));
        assert!(found.is_ok(), "{question}: {}", found.unwrap_err());
    }
}

fn sla(policy: Json, ask: Json) -> Result<Json, Error> {
    let calendars = json!([{"id": "office", "zone": "Europe/Paris", "weekly": {"monday": [["09:00", "17:00"]]}}]);
    let input = json!({"calendars": calendars, "sla": {"policies": [policy]}, "asks": [ask]});
    Rules::default().eval("sla", &input)
}

fn policy(more: Json) -> Json {
    let mut policy = json!({"id": "p", "is_default": true, "targets": {"*": {"first_response": "1h"}}});
    for (key, value) in more.as_object().unwrap() {
        policy[key] = value.clone();
    }
    policy
}

fn event(at: &str, kind: &str) -> Json {
    json!({"at": at, "kind": kind})
}

#[test]
fn promises_that_cannot_be_are_refused_when_they_are_loaded() {
    let ask = || json!({"ask": "timeline", "at": NOW, "events": [event(NOW, "created")]});
    let found: Vec<_> = [
        (json!({"targets": {}}), "done", ""),
        (json!({"targets": {"*": {"first_response": 0}}}), "invalid_rules", "sla.policies[0].targets.*.first_response"),
        (
            json!({"targets": {"*": {"first_response": "1d"}}}),
            "invalid_rules",
            "sla.policies[0].targets.*.first_response",
        ),
        (
            json!({"targets": {"*": {"first_response": -1}}}),
            "invalid_value",
            "sla.policies[0].targets.*.first_response",
        ),
        (
            json!({"targets": {"*": {"first_response": i64::MAX}}}),
            "invalid_value",
            "sla.policies[0].targets.*.first_response",
        ),
        (json!({"targets": {"soon": {"first_response": 1}}}), "invalid_value", "sla.policies[0].targets.soon"),
        (json!({"targets": {"*": {"smile": 1}}}), "unknown_field", "sla.policies[0].targets.*"),
        (json!({"pause_on": ["nap"]}), "invalid_value", "sla.policies[0].pause_on[0]"),
        (json!({"calendar": "moon"}), "invalid_value", "sla.policies[0].calendar"),
        (json!({"due_soon": {"percent_bp": 10_001}}), "invalid_value", "sla.policies[0].due_soon.percent_bp"),
        (json!({"escalation": [{"id": "a"}]}), "missing", "sla.policies[0].escalation[0]"),
        (json!({"when": {"field": "mood", "op": "eq", "value": 1}}), "unknown_field", "sla.policies[0].when.field"),
    ]
    .into_iter()
    .filter(|(_, code, _)| *code != "done")
    .map(|(more, code, field)| (more.to_string(), sla(policy(more), ask()), code, field))
    .collect();
    compare(&found);
    assert!(sla(policy(json!({"targets": {}})), ask()).unwrap()["answers"][0]["standing"]["clocks"] == json!([]));
    let closed = |zone: &str, weekly: Json| {
        let input = json!({"calendars": [{"id": "c", "zone": zone, "weekly": weekly}], "asks": []});
        Rules::default().eval("sla", &input)
    };
    compare(&[
        ("no time".into(), closed("Europe/Paris", json!({})), "invalid_rules", "calendars[0]"),
        ("no zone".into(), closed("Europe/Atlantis", json!({})), "invalid_value", "calendars[0].zone"),
        (
            "backwards".into(),
            closed("UTC", json!({"monday": [["17:00", "09:00"]]})),
            "invalid_rules",
            "calendars[0].weekly.monday[0]",
        ),
    ]);
}

#[test]
fn events_in_any_order_and_number_have_one_answer() {
    let timeline = |events: Json, at: &str| {
        let ask = json!({"ask": "timeline", "at": at, "events": events});
        sla(
            policy(
                json!({"targets": {"*": {"first_response": "1h", "next_response": "1h", "total_resolution": "8h"}}}),
            ),
            ask,
        )
        .map(|answer| answer["answers"][0].clone())
    };
    let numbered = |n: u64, at: &str, kind: &str| json!({"number": n, "at": at, "kind": kind});
    let (a, b, c) = (
        numbered(1, "2026-11-23T09:00:00Z", "created"),
        numbered(2, "2026-11-23T09:10:00Z", "staff_reply"),
        numbered(3, "2026-11-23T09:20:00Z", "customer_message"),
    );
    let sorted = timeline(json!([a, b, c]), "2026-11-23T12:00:00Z").unwrap();
    let shuffled = timeline(json!([c, a, b]), "2026-11-23T12:00:00Z").unwrap();
    let twice = timeline(json!([a, b, c, b, a]), "2026-11-23T12:00:00Z").unwrap();
    assert_eq!((&sorted["state"], &sorted["standing"]), (&shuffled["state"], &shuffled["standing"]));
    assert_eq!((&sorted["state"], &sorted["standing"]), (&twice["state"], &twice["standing"]));
    assert_eq!(twice["reasons"].as_array().unwrap().len(), 2, "{}", twice["reasons"]);
    assert_eq!(timeline(json!([a, b, c]), "1900-01-01T00:00:00Z").unwrap()["standing"]["clocks"], json!([]));
    let end = timeline(json!([event("9999-12-31T23:59:00Z", "created")]), "9999-12-31T23:59:59Z").unwrap();
    assert_eq!(end["standing"]["clocks"][0]["due_at"], Json::Null, "{end}");

    // A thousand of them, each another status; more than ten thousand are refused before anything is measured.
    let many: Json = (0..1_000)
        .map(|n| {
            let at = format!("2026-11-{:02}T{:02}:{:02}:00Z", 1 + n / 1440, n / 60 % 24, n % 60);
            json!({"at": at, "kind": if n == 0 { "created" } else { "changed" },
                   "status": if n % 2 == 0 { "open" } else { "pending" }})
        })
        .collect();
    let long = timeline(many.clone(), "2026-11-30T00:00:00Z").unwrap();
    assert_eq!(long["standing"]["clocks"].as_array().unwrap().len(), 2);
    let more = vec![event(NOW, "changed"); 10_001];
    compare(&[("one more".into(), timeline(more.into(), NOW), "too_large", "asks[0].events")]);

    let state = |state: Json| sla(policy(json!({})), json!({"ask": "standing", "at": NOW, "state": state}));
    for broken in [json!({"clocks": [{}]}), json!({"segments": 1}), json!({"last": ["x", -1]}), json!("{}"), json!([])]
    {
        let error = state(broken.clone()).expect_err(&broken.to_string());
        let (code, field) = told(&error);
        assert!(
            ["invalid_json", "invalid_value", "missing", "unknown_field"].contains(&code.as_str()),
            "{broken}: {error}"
        );
        assert!(field.starts_with("asks[0].state"), "{broken}: {field}");
    }
}

#[test]
fn a_ticket_may_go_back_and_forth_for_ever() {
    let desk = Desk::new();
    let one = ticket(&desk, "one", json!({}));
    for n in 0..900 {
        let at = format!("2026-11-{:02}T{:02}:{:02}:00Z", 24 + n / 1440, n / 60 % 24, n % 60);
        let body = json!({"id": one, "fields": {"status": if n % 2 == 0 { "pending" } else { "open" }}});
        desk.run_at(&at, ("ada", "admin"), &format!("flip {n}"), "ticket.patch", &body).unwrap();
    }
    // More than a text may have that somebody types; the library reads its own all the same.
    assert!(desk.get("ticket", &one)["sla_clocks"].as_str().unwrap().len() > 65_536);
    let (ada, two) = (("ada", "admin"), ticket(&desk, "two", json!({})));
    let at = "2026-11-29T00:00:00Z";
    let body = json!({"primary": two, "sources": [one]});
    desk.run_at(at, ada, "merge", "ticket.merge", &body).unwrap();
    desk.run_at(at, ada, "unmerge", "ticket.unmerge", &json!({"merge": id("merge")})).unwrap();
    assert_eq!(desk.get("ticket", &one)["merged_into"], Json::Null);
    let past =
        json!({"window": {"fixed": {"from": "2026-11-23", "to": "2026-12-01"}}, "as_of": "2026-11-24T12:00:00Z"});
    let volume = desk.ask_at(at, ada, "support_volume", &past).unwrap();
    assert_eq!(volume["total"]["opened"], json!(2), "{volume}");
    let verified = desk.ask_at("2026-12-01T09:00:00Z", ("ada", "admin"), "verify", &json!({}));
    assert!(verified.is_ok(), "{}", verified.unwrap_err());
}
