//! The Library, what needs attention, approvals in the inbox and on timelines, and suggestions that are held.

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

const NOW: &str = "2026-11-23T09:00:00Z";
const LATER: &str = "2026-11-24T10:00:00Z";

struct Desk(Crm<MemoryStore>);

fn role(who: &str) -> Role {
    match who {
        "ada" => Role::Owner,
        "scout" | "echo" => Role::Agent,
        "vera" => Role::Viewer,
        _ => Role::Member,
    }
}

impl Desk {
    fn new() -> Self {
        let sender = json!({"organization": "Rénov’Ouest", "address": "1 rue du Port, Brest", "opt_out": "https://r.example/stop"});
        let rules =
            json!({"templates": {"language": "fr", "sender": sender}, "next_actions": {"zone": "Europe/Paris"}});
        Desk(Crm::new(MemoryStore::default(), Rules::from_json(&rules).unwrap()))
    }

    fn run(&self, who: &str, when: &str, name: &str, body: Json) -> Result<Json> {
        let id = Id::from_text(&format!("{who} {when} {name} {body}"));
        let ctx = Ctx::new(workspace(), Actor::new(who, role(who)).unwrap(), at(when), id);
        self.0.run_any(&ctx, &*parse(name, &body, self.0.rules())?)?.done()
    }

    fn must(&self, who: &str, when: &str, name: &str, body: Json) -> Json {
        self.run(who, when, name, body).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn ask(&self, who: &str, when: &str, name: &str, body: Json) -> Json {
        let asked =
            json!({"workspace": "acme", "actor": {"name": who, "role": role(who).name()}, "at": when, name: body});
        self.0.query_json(asked.to_string().as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A lead, and a draft of an agent for it that waits.
    fn waiting(&self) -> (String, String) {
        let fields = json!({"company": "Ty Breizh", "first_name": "Anne", "last_name": "Le Goff",
            "email": "anne@tybreizh.example", "owner": "marie", "received_at": "2026-11-20T09:00:00Z"});
        let lead = self.must("marie", NOW, "lead.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned();
        let fields =
            json!({"channel": "email", "subject": "Votre projet", "text": "Bonjour,\n\nun\ndeux\ntrois", "lead": lead});
        let draft =
            self.must("scout", NOW, "draft.compose", json!({"fields": fields}))["id"].as_str().unwrap().to_owned();
        self.must("scout", NOW, "draft.submit", json!({"id": draft}));
        (lead, draft)
    }
}

fn group<'a>(library: &'a Json, state: &str) -> &'a Json {
    library["groups"].as_array().unwrap().iter().find(|group| group["state"] == state).unwrap()
}

#[test]
fn a_card_has_what_somebody_needs_to_decide_about_exactly_this() {
    let desk = Desk::new();
    let (lead, draft) = desk.waiting();
    let seen = desk.ask("marie", NOW, "library", json!({"lang": "fr"}));
    assert_eq!(seen["groups"][0]["state"], "waiting", "what waits comes first for who decides");
    let card = &group(&seen, "waiting")["cards"][0];
    assert_eq!((card["id"].as_str(), card["lead"].as_str()), (Some(draft.as_str()), Some(lead.as_str())));
    assert_eq!(card["name"], "Anne Le Goff");
    assert_eq!(card["recipients"], json!(["anne@tybreizh.example"]));
    assert_eq!((&card["first_lines"], &card["is_cut"]), (&json!("Bonjour,\nun\ndeux"), &json!(true)));
    assert_eq!((&card["author"], &card["is_by_agent"]), (&json!("scout"), &json!(true)));
    assert_eq!(card["may_decide"], json!({"allowed": true, "reason": null}));
    let agent = desk.ask("scout", NOW, "library", json!({"states": ["waiting"], "lang": "en"}));
    let may = &group(&agent, "waiting")["cards"][0]["may_decide"];
    assert_eq!(may["allowed"], false);
    assert!(!may["reason"]["text"].as_str().unwrap().is_empty());

    for (key, value, count) in [
        ("author", "scout", 1),
        ("author", "marie", 0),
        ("channel", "email", 1),
        ("channel", "letter", 0),
        ("kind", "command", 0),
    ] {
        let found = desk.ask("marie", NOW, "library", json!({key: value, "states": ["waiting"]}));
        assert_eq!(group(&found, "waiting")["count"], count, "{key} {value}");
    }
    let of = desk.ask("marie", NOW, "library", json!({"record": "lead", "id": lead, "states": ["waiting"]}));
    assert_eq!(group(&of, "waiting")["count"], 1);

    for (lang, words) in [
        ("fr", ["En attente d’une décision (1)", "par scout (agent), révision 1"]),
        ("en", ["(1)", "by scout (agent), revision 1"]),
    ] {
        let text =
            desk.ask("marie", NOW, "library", json!({"as": "text", "lang": lang}))["text"].as_str().unwrap().to_owned();
        for word in words {
            assert!(text.contains(word), "{text}");
        }
        assert!(text.contains("Votre projet → Anne Le Goff <anne@tybreizh.example>"), "{text}");
    }

    let (revision, hash) = (card["revision"].clone(), card["content_hash"].clone());
    let other = json!({"id": draft, "revision": revision, "content_hash": "0".repeat(64)});
    assert!(desk.run("marie", NOW, "draft.approve", other).is_err());
    desk.must("marie", NOW, "draft.approve", json!({"id": draft, "revision": revision, "content_hash": hash}));
    // Who decided and when is told on the card, and why it waited is not any more.
    let card =
        group(&desk.ask("marie", NOW, "library", json!({"lang": "fr", "states": []})), "queued")["cards"][0].clone();
    assert_eq!((&card["decided"]["by"], &card["decided"]["kind"]), (&json!("marie"), &json!("approved")), "{card:#}");
    assert_eq!((&card["asked"], &card["held_back"]), (&Json::Null, &Json::Null));
    for (lang, told) in [
        ("fr", "> brouillon approuvé par marie le 23/11/2026 à 9\u{a0}h UTC"),
        ("en", "> draft approved by marie on 2026-11-23 09:00 UTC"),
    ] {
        let text = desk.ask("marie", NOW, "library", json!({"as": "text", "lang": lang}))["text"].clone();
        assert!(text.as_str().unwrap().contains(told), "{text}");
    }
    let after = desk.ask("marie", LATER, "library", json!({}));
    assert_eq!(group(&after, "waiting")["count"], 0);
    let timeline = desk.ask("marie", LATER, "timeline", json!({"record": "lead", "id": lead, "lang": "fr"}));
    let told: Vec<&Json> =
        timeline["entries"].as_array().unwrap().iter().filter(|e| e["kind"] == "draft_decided").collect();
    assert_eq!(told.len(), 1, "{timeline:#}");
    assert!(told[0]["reason"]["text"].as_str().unwrap().contains("marie"));
}

#[test]
fn a_group_goes_on_page_by_page() {
    let desk = Desk::new();
    for n in 0..5 {
        let fields =
            json!({"channel": "email", "subject": format!("s{n}"), "text": "t", "recipients": ["a@b.example"]});
        let made = desk.must("marie", NOW, "draft.compose", json!({"fields": fields}));
        assert!(made["id"].is_string());
    }
    let (mut after, mut seen) = (Json::Null, std::collections::BTreeSet::new());
    loop {
        let page = desk.ask("marie", NOW, "library", json!({"states": ["drafting"], "limit": 2, "after": after}));
        let group = group(&page, "drafting");
        assert_eq!(group["count"], 5);
        for card in group["cards"].as_array().unwrap() {
            assert!(seen.insert(card["id"].as_str().unwrap().to_owned()));
        }
        after = group["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn what_waits_is_in_the_inbox_of_who_may_decide_and_what_takes_long_needs_attention() {
    let desk = Desk::new();
    let (_, draft) = desk.waiting();
    let inbox = desk.ask("marie", NOW, "inbox", json!({"tab": "approvals", "lang": "fr"}));
    let item = &inbox["items"][0];
    assert_eq!((item["id"].as_str(), &item["source"]), (Some(draft.as_str()), &json!("approval")));
    let approve = item["actions"].as_array().unwrap().iter().find(|a| a["action"] == "approve").unwrap();
    assert_eq!(approve["label"], "Approuver");
    for who in ["scout", "vera"] {
        assert_eq!(desk.ask(who, NOW, "inbox", json!({"tab": "approvals"}))["items"], json!([]), "{who}");
    }
    let figures =
        desk.ask("marie", NOW, "dashboard", json!({"currency": "EUR", "window": {"to_date": {"unit": "month"}}}));
    assert_eq!(figures["approvals"]["waiting"], 1);
    let found = desk.ask("marie", NOW, "library", figures["approvals"]["question"]["library"].clone());
    assert_eq!(group(&found, "waiting")["count"], 1);

    assert_eq!(desk.ask("marie", NOW, "attention", json!({}))["total"], 0);
    let late = desk.ask("marie", LATER, "attention", json!({"lang": "fr"}));
    assert_eq!(late["waiting_long"]["count"], 1);
    assert_eq!(late["waiting_long"]["drafts"][0]["id"], draft.as_str());
    assert_eq!(late["kill_switch"], Json::Null);
    desk.must("marie", LATER, "kill_switch.stop", json!({"note": "doute"}));
    let stopped = desk.ask("marie", LATER, "attention", json!({"lang": "fr"}));
    assert!(stopped["kill_switch"]["reasons"][0]["text"].as_str().unwrap().contains("marie"), "{stopped:#}");
    desk.must("marie", NOW, approve["command"].as_str().unwrap(), approve["body"].clone());
    assert_eq!(desk.ask("marie", NOW, "inbox", json!({"tab": "approvals"}))["items"], json!([]));
}

#[test]
fn a_suggestion_is_held_once_and_carries_out_nothing() {
    let desk = Desk::new();
    let fields = json!({"company": "Ty Breizh", "first_name": "Anne", "last_name": "Le Goff", "email": "anne@tybreizh.example",
        "received_at": "2026-11-20T09:00:00Z"});
    let lead = desk.must("marie", NOW, "lead.create", json!({"fields": fields}))["id"].as_str().unwrap().to_owned();
    let ask = || desk.ask("scout", NOW, "suggestions", json!({"record": "lead", "id": lead, "lang": "fr"}));
    let seen = ask();
    let of = |answer: &Json, action: &str| {
        answer["suggestions"].as_array().unwrap().iter().find(|one| one["action"] == action).cloned()
    };
    let route = of(&seen, "route_lead").unwrap_or_else(|| panic!("{seen:#}"));
    let hold = json!({"record": "lead", "id": lead, "action": "route_lead", "key": route["key"]});
    let held = desk.must("scout", NOW, "suggestion.hold", hold.clone());
    assert_eq!((&held["state"], &held["is_new"]), (&json!("waiting"), &json!(true)));
    let row = desk.ask("marie", NOW, "get", json!({"record": "lead", "id": lead}));
    assert!(
        row["row"]["fields"]["owner"].is_null() && row["row"]["owner"].is_null(),
        "nothing was carried out: {row:#}"
    );
    let again = desk.must("echo", LATER, "suggestion.hold", hold);
    assert_eq!((&again["draft"], &again["is_new"]), (&held["draft"], &json!(false)));
    let after = ask();
    assert!(of(&after, "route_lead").is_none());
    let left = after["left_out"].as_array().unwrap().iter().find(|one| one["action"] == "route_lead").unwrap();
    assert_eq!((&left["reason"]["code"], &left["draft"]), (&json!("next_held"), &held["draft"]));
    let card = desk.ask("marie", NOW, "library", json!({"kind": "command", "states": ["waiting"], "lang": "fr"}));
    let card = &group(&card, "waiting")["cards"][0];
    assert_eq!((&card["command"], &card["lead"]), (&json!("lead.route"), &json!(lead)));
    assert_eq!(card["reasons"][0]["text"], "personne n’en est responsable");

    let wrong = desk.run(
        "scout",
        NOW,
        "suggestion.hold",
        json!({"record": "lead", "id": lead, "action": "write_to_new_lead", "key": "x"}),
    );
    assert_eq!(wrong.unwrap_err().code().name(), "conflict");
    let unknown = desk.run("scout", NOW, "suggestion.hold", json!({"record": "lead", "id": lead, "action": "sing"}));
    assert_eq!(unknown.unwrap_err().field(), Some("action"));

    // A message is a draft of its own, with what its template says of it.
    let message = desk.must(
        "scout",
        NOW,
        "suggestion.hold",
        json!({"record": "lead", "id": lead, "action": "write_to_new_lead"}),
    );
    let found = desk.ask("marie", NOW, "get", json!({"record": "draft", "id": message["draft"]}));
    let text = found.to_string();
    assert!(
        text.contains("Rénov’Ouest") && text.contains("sender_identity") && text.contains("prospecting"),
        "{found:#}"
    );
    assert_eq!(message["state"], "waiting");
    let twice = desk.must(
        "scout",
        LATER,
        "suggestion.hold",
        json!({"record": "lead", "id": lead, "action": "write_to_new_lead"}),
    );
    assert_eq!((&twice["draft"], &twice["is_new"]), (&message["draft"], &json!(false)));
}

#[test]
fn a_page_of_somebodys_records_and_what_only_the_host_knows() {
    let desk = Desk::new();
    for n in 0..3 {
        let fields = json!({"company": format!("C{n}"), "owner": "marie", "received_at": "2026-11-20T09:00:00Z"});
        desk.must("marie", NOW, "lead.create", json!({"fields": fields}));
    }
    let page = desk.ask("marie", NOW, "suggestions", json!({"record": "lead", "limit": 2}));
    assert_eq!(page["records"].as_array().unwrap().len(), 2);
    let rest = desk.ask("marie", NOW, "suggestions", json!({"record": "lead", "limit": 2, "after": page["next"]}));
    assert_eq!((rest["records"].as_array().unwrap().len(), &rest["next"]), (1, &Json::Null));
    let account =
        desk.must("marie", NOW, "account.create", json!({"fields": {"name": "Armor", "owner": "marie", "health": 30}}));
    let facts = json!([{"fact": "renewal", "date": "2026-12-10"}]);
    let body = json!({"record": "account", "id": account["id"], "facts": facts, "lang": "fr"});
    let seen = desk.ask("marie", NOW, "suggestions", body);
    assert_eq!(seen["suggestions"][0]["action"], "prepare_renewal", "{seen:#}");
    let hold = json!({"record": "account", "id": account["id"], "action": "prepare_renewal", "facts": facts});
    assert_eq!(desk.must("marie", NOW, "suggestion.hold", hold)["state"], "waiting");
    let other = json!({"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": NOW,
        "suggestions": {"record": "account", "id": account["id"], "facts": [{"fact": "owner", "user": null}]}});
    let error = desk.0.query_json(other.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.field(), Some("suggestions.facts[0].fact"));
}
