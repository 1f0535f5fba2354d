//! A day of a support desk in a file and in memory: every command and every question gives the same, whoever asks.

use crm_core::rules::Rules;
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use crate::day::{Day, Step, same_everywhere};

/// Marie leads Paul, and sees what is theirs or nobody's; Paul and Zoé see only their own; tickets have office hours.
fn rules() -> Rules {
    let mut config = crate::ticket_driver::config();
    config["access"] = json!({"roles": {
        "manager": {"read": "team", "write": "team"},
        "member": {"read": {"scope": "own", "unowned": false}, "write": "own"},
    }});
    config["staff"] = json!({"calendar": "office"});
    config["tasks"] = json!({"zone": "Europe/Paris", "calendar": "office"});
    Rules::from_json(&config).unwrap()
}

/// Who does what when; `@name` is the id that the step of that name gave.
fn story() -> Vec<(&'static str, &'static str, &'static str, &'static str, Json)> {
    vec![
        (
            "boss",
            "admin",
            "2026-11-02T08:00:00Z",
            "employee.create",
            json!({"fields": {"user": "marie", "team": "support"}}),
        ),
        (
            "paul's",
            "admin",
            "2026-11-02T08:01:00Z",
            "employee.create",
            json!({"fields": {"user": "paul", "manager": "marie", "team": "support"}}),
        ),
        (
            "zoé's",
            "admin",
            "2026-11-02T08:02:00Z",
            "employee.create",
            json!({"fields": {"user": "zoé", "team": "sales", "skills": ["VoIP"]}}),
        ),
        (
            "account",
            "admin",
            "2026-11-02T09:00:00Z",
            "account.create",
            json!({"fields": {"name": "Rénov'Ouest", "owner": "paul"}}),
        ),
        (
            "contact",
            "admin",
            "2026-11-02T09:01:00Z",
            "contact.create",
            json!({"fields": {"last_name": "Le Goff", "account": "@account", "owner": "paul"}}),
        ),
        (
            "deal",
            "admin",
            "2026-11-02T09:02:00Z",
            "deal.create",
            json!({"fields": {"name": "Toit", "owner": "zoé", "account": "@account", "close_date": "2026-11-20", "value": {"amount": "12500", "currency": "EUR"}}}),
        ),
        (
            "lead",
            "admin",
            "2026-11-24T09:03:00Z",
            "lead.create",
            json!({"fields": {"company": "Toits du Nord", "owner": "paul"}}),
        ),
        ("nobody's", "admin", "2026-11-24T09:04:00Z", "lead.create", json!({"fields": {"company": "Sans maître"}})),
        (
            "leak",
            "admin",
            "2026-11-23T08:30:00Z",
            "ticket.create",
            json!({"fields": {"subject": "Fuite", "priority": "urgent", "owner": "paul", "team": "support", "account": "@account", "contact": "@contact"}}),
        ),
        (
            "bill",
            "admin",
            "2026-11-24T10:00:00Z",
            "ticket.create",
            json!({"fields": {"subject": "Facture", "owner": "zoé", "category": "gold", "contact": "@contact"}}),
        ),
        (
            "free",
            "admin",
            "2026-11-24T10:05:00Z",
            "ticket.create",
            json!({"fields": {"subject": "À prendre", "priority": "low"}}),
        ),
        (
            "again",
            "admin",
            "2026-11-24T10:06:00Z",
            "ticket.create",
            json!({"fields": {"subject": "Fuite encore", "owner": "paul"}}),
        ),
        ("tick", "admin", "2026-11-24T11:00:00Z", "ticket.tick", json!({})),
        (
            "wrote",
            "admin",
            "2026-11-24T11:01:00Z",
            "ticket.receive",
            json!({"id": "@leak", "activity": {"external_id": "m1", "description": "Alors ?"}}),
        ),
        (
            "reply",
            "admin",
            "2026-11-24T11:30:00Z",
            "ticket.reply",
            json!({"id": "@leak", "activity": {"description": "On arrive"}, "status": "pending"}),
        ),
        (
            "comment",
            "admin",
            "2026-11-24T11:31:00Z",
            "ticket.comment",
            json!({"id": "@leak", "note": {"text": "camion 3"}}),
        ),
        ("merged", "admin", "2026-11-24T12:00:00Z", "ticket.merge", json!({"primary": "@leak", "sources": ["@again"]})),
        (
            "first",
            "admin",
            "2026-11-24T12:05:00Z",
            "task.create",
            json!({"fields": {"title": "Échafaudage", "assignee": "paul", "due_date": "2026-11-24", "ticket": "@leak"}}),
        ),
        (
            "blocked",
            "admin",
            "2026-11-24T12:06:00Z",
            "task.create",
            json!({"fields": {"title": "Tuiles", "assignee": "paul", "due_at": "2026-11-26T09:00:00Z", "priority": "urgent", "blocking_task": "@first"}}),
        ),
        (
            "weekly",
            "admin",
            "2026-11-24T12:07:00Z",
            "task.create",
            json!({"fields": {"title": "Relance", "assignee": "paul", "due_date": "2026-11-25", "recurrence": "FREQ=WEEKLY", "contact": "@contact"}}),
        ),
        (
            "later",
            "admin",
            "2026-11-24T12:08:00Z",
            "task.create",
            json!({"fields": {"title": "Plus tard", "assignee": "paul"}}),
        ),
        (
            "hers",
            "admin",
            "2026-11-24T12:09:00Z",
            "task.create",
            json!({"fields": {"title": "Devis", "assignee": "zoé", "due_date": "2026-11-30", "deal": "@deal"}}),
        ),
        ("done", "admin", "2026-11-24T13:00:00Z", "task.complete", json!({"id": "@weekly"})),
        (
            "put off",
            "admin",
            "2026-11-24T13:01:00Z",
            "task.snooze",
            json!({"id": "@later", "until": "2026-12-01T08:00:00Z"}),
        ),
        (
            "called",
            "admin",
            "2026-11-24T14:00:00Z",
            "activity.log",
            json!({"fields": {"kind": "call", "direction": "inbound", "subject": "Rappel", "actor": "paul", "contact": "@contact", "happened_at": "2026-11-24T13:50:00Z"}}),
        ),
        (
            "noted",
            "admin",
            "2026-11-24T14:10:00Z",
            "note.add",
            json!({"record": "account", "id": "@account", "text": "Bon payeur"}),
        ),
        (
            "file",
            "admin",
            "2026-11-24T14:20:00Z",
            "attachment.create",
            json!({"fields": {"name": "devis.pdf", "media_type": "application/pdf", "size_bytes": 9, "sha256": "a".repeat(64)}, "ticket": "@leak"}),
        ),
        (
            "draft",
            "admin",
            "2026-11-24T14:30:00Z",
            "draft.compose",
            json!({"fields": {"channel": "email", "subject": "Visite", "text": "Demain ?", "contact": "@contact"}}),
        ),
        (
            "away",
            "admin",
            "2026-11-24T15:00:00Z",
            "leave.set",
            json!({"user": "paul", "from_date": "2026-11-26", "to_date": "2026-11-27"}),
        ),
        (
            "view",
            "admin",
            "2026-11-24T15:30:00Z",
            "saved_view.create",
            json!({"name": "Mes tâches", "scope": "all", "definition": {"record": "task", "where": {"all": [{"field": "assignee", "op": "eq", "value": {"actor": "me"}}, {"field": "due_date", "op": "during", "value": "this_week"}]}}}),
        ),
        ("tick again", "admin", "2026-11-25T08:59:00Z", "ticket.tick", json!({})),
    ]
}

fn questions() -> Vec<(&'static str, Json)> {
    let find = |record: &str| ("find", json!({"record": record, "archived": "include"}));
    let during = json!({"field": "due_date", "op": "during", "value": "this_week"});
    vec![
        find("lead"),
        find("account"),
        find("contact"),
        find("deal"),
        find("ticket"),
        find("ticket_event"),
        find("sla_alert"),
        find("task"),
        find("activity"),
        find("note"),
        find("attachment"),
        find("attachment_link"),
        find("draft"),
        find("leave"),
        find("employee"),
        ("find", json!({"record": "task", "where": during, "count": true})),
        ("find", json!({"record": "ticket", "where": {"field": "owner", "op": "in", "value": {"actor": "my_team"}}})),
        ("get", json!({"record": "ticket", "id": "@leak"})),
        ("history", json!({"record": "ticket", "id": "@leak"})),
        ("resolve", json!({"record": "ticket", "id": "@again"})),
        ("ticket", json!({"id": "@leak", "lang": "fr"})),
        ("ticket", json!({"id": "@bill", "lang": "en"})),
        ("tickets", json!({"lang": "fr", "limit": 2})),
        ("ticket_board", json!({"by": "owner", "lang": "fr"})),
        ("ticket_board", json!({"by": "priority"})),
        ("sla_next", json!({})),
        ("sla_reapply", json!({"limit": 100})),
        (
            "support_volume",
            json!({"window": {"rolling": {"unit": "day", "count": 7}}, "by": "day", "group": "priority"}),
        ),
        ("inbox", json!({"lang": "fr"})),
        ("inbox", json!({"user": "paul", "tab": "tasks", "limit": 1})),
        ("inbox", json!({"user": "paul", "tab": "tickets"})),
        ("inbox", json!({"item": {"record": "ticket", "id": "@leak"}, "lang": "en"})),
        ("tasks", json!({"lang": "fr", "include": ["snoozed", "completed"]})),
        ("tasks", json!({"assignee": "paul", "limit": 1})),
        ("task", json!({"id": "@blocked", "lang": "fr"})),
        ("timeline", json!({"record": "account", "id": "@account", "include": "related", "lang": "fr"})),
        ("timeline", json!({"record": "ticket", "id": "@leak", "limit": 3})),
        ("activity", json!({"id": "@called"})),
        ("templates", json!({"record": "contact", "id": "@contact", "use": "draft", "language": "fr"})),
        ("employees", json!({})),
        ("employee", json!({"user": "paul", "lang": "fr"})),
        ("assignment_ranking", json!({"record": "ticket", "id": "@free", "lang": "fr"})),
        ("leave_impact", json!({"user": "paul", "from_date": "2026-11-30", "to_date": "2026-12-04", "lang": "fr"})),
        ("handover", json!({"id": "@paul's", "hand_over": {"to": "marie"}})),
        ("can", json!({"command": "ticket.patch", "id": "@bill", "lang": "fr"})),
        ("views", json!({"record": "task"})),
        ("saved_view", json!({"id": "@view"})),
        ("saved_view", json!({"builtin": "my_tasks_this_week"})),
        ("deals", json!({"limit": 100})),
        ("verify", json!({})),
    ]
}

fn steps() -> Vec<Step> {
    let ada = |(name, role, at, command, body): (&str, &str, &str, &str, Json)| {
        let (name, who, role) = (name.into(), "ada".into(), role.into());
        Step { name, who, role, at: at.into(), command: command.into(), body }
    };
    story().into_iter().map(ada).collect()
}

#[test]
fn a_day_in_a_file_is_the_day_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let readers = [("ada", "admin"), ("marie", "manager"), ("paul", "member"), ("zoé", "member"), ("vic", "viewer")];
    let questions: Vec<(String, Json)> = questions().into_iter().map(|(name, body)| (name.to_owned(), body)).collect();
    let path = directory.path().join("day.db");
    let (answered, differ) = same_everywhere(&path, &rules(), &steps(), &questions, &readers);
    assert!(answered.len() > 25 && differ > 20, "{} questions, {differ} depend on the reader", answered.len());
}

/// What the answers of the day must be, so that two stores are not wrong alike.
#[test]
fn the_day_is_what_it_should_be() {
    let (desk, _) = Day::played(SqliteStore::in_memory().unwrap(), rules(), &steps());
    let ask = |who, question: &str, body: Json| desk.told(who, question, &body);
    let (ada, paul, zoé) = (("ada", "admin"), ("paul", "member"), ("zoé", "member"));
    let names = |answer: &Json, list: &str, field: &str| -> Vec<String> {
        let mut names: Vec<String> = answer[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row.pointer(field).unwrap().as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let tickets = |who| names(&ask(who, "find", json!({"record": "ticket"})), "rows", "/subject");
    assert_eq!(tickets(ada), ["Facture", "Fuite", "À prendre"]);
    assert_eq!(tickets(("marie", "manager")), ["Fuite", "À prendre"]);
    assert_eq!(tickets(paul), ["Fuite"]);
    assert_eq!(tickets(zoé), ["Facture"]);
    let tasks = |who| names(&ask(who, "tasks", json!({})), "tasks", "/task/title");
    assert_eq!(tasks(zoé), ["Devis"]);
    assert_eq!(tasks(paul), ["Relance", "Tuiles", "Échafaudage"], "without what was put off; of a series the next");
    // Half an hour to answer on Monday morning, asked on Tuesday: late, told once.
    let leak = ask(paul, "ticket", json!({"id": desk.filled(&json!("@leak")), "lang": "en"}));
    let alerts = leak["alerts"].as_array().unwrap();
    let told = |kind: &str| alerts.iter().filter(|a| a["kind"] == kind && a["metric"] == "first_response").count();
    assert_eq!((told("breached"), &leak["ticket"]["status"]), (1, &json!("pending")), "{leak:#}");
    assert_eq!(ask(zoé, "ticket", json!({"id": desk.filled(&json!("@leak"))}))["refused"]["code"], "not_found");
}
