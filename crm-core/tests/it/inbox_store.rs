//! The inbox of a store: whose it is, what is in it, page by page, and what can be done with it.

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

const NOW: &str = "2026-11-25T09:00:00Z";

struct Desk(Crm<MemoryStore>);

impl Desk {
    fn run(&self, who: &str, when: &str, name: &str, body: Json) -> Result<Json> {
        let id = Id::from_text(&format!("{who} {when} {name} {body}"));
        let ctx = Ctx::new(workspace(), Actor::new(who, Role::Admin).unwrap(), at(when), id);
        self.0.run_any(&ctx, &*parse(name, &body, self.0.rules())?)?.done()
    }

    fn make(&self, when: &str, record: &str, fields: Json) -> String {
        let made = self.run("ada", when, &format!("{record}.create"), json!({"fields": fields})).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    fn ask(&self, who: &str, when: &str, body: Json) -> Result<Json> {
        let document = json!({"workspace": "acme", "actor": {"name": who, "role": "admin"}, "at": when, "inbox": body});
        self.0.query_json(document.to_string().as_bytes())
    }

    fn titles(&self, who: &str, body: Json) -> Vec<String> {
        let answer = self.ask(who, NOW, body).unwrap();
        let told = |item: &Json| format!("{} {}", item["source"].as_str().unwrap(), item["title"].as_str().unwrap());
        answer["items"].as_array().unwrap().iter().map(told).collect()
    }
}

fn stocked() -> (Desk, Vec<String>) {
    let desk = Desk(Crm::new(MemoryStore::new(), Rules::default()));
    let early = "2026-11-01T08:00:00Z";
    let account = desk.make(early, "account", json!({"name": "Rénov'Ouest", "owner": "marie"}));
    let contact = desk.make(early, "contact", json!({"last_name": "Le Goff", "account": account, "owner": "marie"}));
    let stages = json!([
        {"code": "new", "name": "New", "probability_bp": 1000}, {"code": "won", "name": "Won", "kind": "won"},
        {"code": "lost", "name": "Lost", "kind": "lost"}]);
    let pipeline = json!({"code": "sales", "name": "Sales", "default": true, "stages": stages});
    desk.run("ada", early, "pipeline.create", pipeline).unwrap();
    let fields = json!({"name": "Toit", "pipeline": "sales", "stage": "new", "owner": "marie", "close_date": "2026-11-20", "account": account});
    let deal = desk.make(early, "deal", fields);
    let task = desk.make(
        early,
        "task",
        json!({"title": "Devis", "assignee": "marie", "due_date": "2026-11-25", "priority": "urgent", "deal": deal}),
    );
    desk.make(early, "task", json!({"title": "Plus tard", "assignee": "marie"}));
    desk.make(early, "task", json!({"title": "de Paul", "assignee": "paul", "due_date": "2026-11-25"}));
    let snoozed = json!({"title": "En veille", "assignee": "marie", "snoozed_until": "2026-12-01T08:00:00Z"});
    desk.make(early, "task", snoozed);
    let mail = |when: &str, direction: &str, subject: &str| json!({"kind": "email", "direction": direction, "subject": subject, "contact": contact, "account": account, "happened_at": when, "actor": "marie"});
    desk.make(NOW, "activity", mail("2026-11-22T08:00:00Z", "inbound", "Répondu"));
    desk.make(NOW, "activity", mail("2026-11-22T09:00:00Z", "outbound", "Notre réponse"));
    let waits = desk.make(NOW, "activity", mail("2026-11-23T08:00:00Z", "inbound", "Sans réponse"));
    desk.make(NOW, "activity", mail("2026-11-24T08:00:00Z", "inbound", "Toujours rien"));
    let lead = desk.make("2026-11-24T08:00:00Z", "lead", json!({"company": "Bretagne Toits", "owner": "marie"}));
    (desk, vec![account, contact, deal, task, waits, lead])
}

#[test]
fn an_inbox_has_what_is_its_owners_and_says_why() {
    let (desk, ids) = stocked();
    let inbox = desk.ask("marie", NOW, json!({"lang": "fr"})).unwrap();
    let titles = desk.titles("marie", json!({}));
    assert_eq!(
        &titles[..4],
        ["reply Sans réponse", "close_date Toit", "lead Bretagne Toits", "task Devis"],
        "{inbox:#}"
    );
    assert_eq!(titles.last().unwrap(), "task Plus tard");
    assert!(titles[4..].iter().all(|title| title.starts_with("risk") || title == "task Plus tard"), "{titles:?}");
    let first = &inbox["items"][0];
    assert_eq!((&first["id"], &first["account"], &first["contact"]), (&json!(ids[4]), &json!(ids[0]), &json!(ids[1])));
    assert_eq!(first["reasons"][1]["text"], "sans réponse depuis 49\u{a0}heures".replace('\u{a0}', " "));
    assert_eq!(inbox["partial"], json!([]));
    assert_eq!(inbox["counts"]["task"], 2);
    let tab = |tab: &str| desk.titles("marie", json!({"tab": tab}));
    assert_eq!(tab("tasks"), ["task Devis", "task Plus tard"]);
    assert_eq!(tab("replies"), ["reply Sans réponse"]);
    assert_eq!(tab("leads"), ["lead Bretagne Toits"]);
    assert_eq!(tab("tickets"), Vec::<String>::new());
    assert!(tab("risk").contains(&"close_date Toit".to_owned()));
    assert_eq!(desk.titles("marie", json!({"user": "paul"})), ["task de Paul"]);
    assert_eq!(desk.titles("paul", json!({})), ["task de Paul"]);
}

#[test]
fn a_message_that_waits_is_not_crowded_out_by_those_of_others() {
    let (desk, _) = stocked();
    let other = desk.make(NOW, "account", json!({"name": "Ailleurs", "owner": "paul"}));
    let rows: Vec<Json> = (0..150)
        .map(|n| json!({"fields": {"external_id": n.to_string(), "kind": "email", "direction": "inbound", "account": other, "subject": "Bruit", "happened_at": "2026-11-25T08:00:00Z"}}))
        .collect();
    let body = json!({"source": "imap", "on_existing": "skip", "rows": rows});
    desk.run("ada", NOW, "activity.import", body).unwrap();
    assert_eq!(desk.titles("marie", json!({"tab": "replies"})), ["reply Sans réponse"]);
    let inbox = desk.ask("marie", NOW, json!({"tab": "replies"})).unwrap();
    assert_eq!(inbox["partial"], json!([]));
    assert_eq!(desk.titles("paul", json!({"tab": "replies"})), ["reply Bruit"]);
}

#[test]
fn an_inbox_is_answered_on_the_last_day_of_all_years_everywhere() {
    let (desk, _) = stocked();
    for zone in ["Pacific/Auckland", "UTC", "America/Los_Angeles"] {
        for at in ["9999-12-31T09:00:00Z", "9999-12-31T23:59:59Z"] {
            let inbox = desk.ask("marie", at, json!({"zone": zone, "lang": "fr"})).unwrap();
            let items = inbox["items"].as_array().unwrap();
            assert!(items.iter().any(|item| item["source"] == "close_date"), "{zone} {at} {inbox:#}");
            for action in items.iter().flat_map(|item| item["actions"].as_array().unwrap()) {
                let body = action["body"].clone();
                parse(action["command"].as_str().unwrap(), &body, desk.0.rules()).unwrap();
            }
        }
    }
}

#[test]
fn pages_of_an_inbox_lose_and_repeat_nothing() {
    let (desk, _) = stocked();
    let all = desk.titles("marie", json!({}));
    for limit in 1..4 {
        let mut found = Vec::new();
        let mut body = json!({"limit": limit});
        loop {
            // The next page is asked for later; it is of the instant of the first all the same.
            let page =
                desk.ask("marie", if found.is_empty() { NOW } else { "2026-11-27T09:00:00Z" }, body.clone()).unwrap();
            assert_eq!(page["at"], NOW);
            for item in page["items"].as_array().unwrap() {
                found.push(format!("{} {}", item["source"].as_str().unwrap(), item["title"].as_str().unwrap()));
            }
            match &page["next"] {
                Json::Null => break,
                next => body["after"] = next.clone(),
            }
        }
        assert_eq!(found, all);
    }
}

#[test]
fn actions_run_as_they_are() {
    let (desk, ids) = stocked();
    let inbox = desk.ask("marie", NOW, json!({"tab": "tasks"})).unwrap();
    let actions = |item: &Json, name: &str| {
        let found = item["actions"].as_array().unwrap().iter().find(|action| action["action"] == name).unwrap();
        (found["command"].as_str().unwrap().to_owned(), found["body"].clone())
    };
    let (command, body) = actions(&inbox["items"][0], "snooze");
    desk.run("marie", NOW, &command, body).unwrap();
    assert_eq!(desk.titles("marie", json!({"tab": "tasks"})), ["task Plus tard"]);
    let (command, body) = actions(&inbox["items"][0], "create_task");
    assert_eq!(body["fields"]["deal"], ids[2], "what is made belongs to the same deal");
    desk.run("marie", NOW, &command, body).unwrap();
    let (command, body) = actions(&inbox["items"][1], "complete");
    desk.run("marie", NOW, &command, body).unwrap();
    assert_eq!(desk.titles("marie", json!({"tab": "tasks"})), Vec::<String>::new(), "the new task is nobody's yet");
}

#[test]
fn the_last_activities_and_a_preview() {
    let (desk, ids) = stocked();
    let recent = desk.ask("marie", NOW, json!({"tab": "activity", "limit": 2, "lang": "en"})).unwrap();
    assert_eq!(recent["items"][0]["reasons"][0]["text"], "e-mail from the customer by marie: Toujours rien");
    assert_eq!(recent["items"][0]["actions"][0]["body"]["fields"]["contact"], ids[1]);
    let next = desk.ask("marie", NOW, json!({"tab": "activity", "limit": 2, "after": recent["next"]})).unwrap();
    assert_eq!(next["items"].as_array().unwrap().len(), 2);
    assert_eq!(next["next"], Json::Null);
    let preview = desk.ask("marie", NOW, json!({"item": {"record": "deal", "id": ids[2]}, "lang": "fr"})).unwrap();
    assert_eq!(preview["row"]["name"], "Toit");
    assert_eq!(preview["timeline"][0]["reason"]["text"], "tâche pour marie\u{a0}: Devis");
    // As in the list: the same rank, reasons and actions.
    let whole = desk.ask("marie", NOW, json!({"lang": "fr"})).unwrap();
    for id in &ids {
        let listed: Vec<&Json> = whole["items"].as_array().unwrap().iter().filter(|item| item["id"] == **id).collect();
        for record in ["account", "contact", "deal", "task", "activity", "lead"] {
            let Ok(preview) = desk.ask("marie", NOW, json!({"item": {"record": record, "id": id}, "lang": "fr"}))
            else {
                continue;
            };
            assert_eq!(preview["items"].as_array().unwrap().iter().collect::<Vec<_>>(), listed, "{record}");
        }
    }
    assert_eq!(preview["items"][0]["source"], "close_date");
    assert!(preview["items"][0]["reasons"][0]["text"].is_string() && preview["items"][0]["rank"].is_object());
    let others = desk.ask("marie", NOW, json!({"item": {"record": "task", "id": ids[3]}, "user": "paul"})).unwrap();
    assert_eq!(others["items"], json!([]), "it is in nobody else's inbox");
    for (body, code, path) in [
        (json!({"tab": "mail"}), "invalid_value", Some("inbox.tab")),
        (json!({"limit": 201}), "invalid_value", Some("inbox.limit")),
        (json!({"after": "x"}), "invalid_json", Some("inbox.after")),
        (json!({"zone": "Europe/Pari"}), "invalid_value", Some("inbox.zone")),
        (json!({"item": {"record": "deal"}}), "missing", None),
        (json!({"item": {"record": "deel", "id": ids[2]}}), "unknown_field", Some("inbox.item.record")),
    ] {
        let error = desk.ask("marie", NOW, body.clone()).expect_err(&body.to_string());
        assert_eq!((error.code().name(), error.field()), (code, path), "{body}: {error}");
    }
}
