//! A day of messages in a file and in memory: written, approved, handed over, answered; and every question that there is, of
//! records of every kind, by the bodies of the access matrix.

use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use crate::day::{Day, Step, same_everywhere, step};

/// Marie leads Paul, and sees what is theirs or nobody's; Paul and Zoé see only their own.
fn rules() -> Rules {
    let config = json!({
        "access": {"roles": {
            "manager": {"read": "team", "write": "team"},
            "member": {"read": {"scope": "own", "unowned": false}, "write": "own"},
        }},
        "sequence": {"zone": "Europe/Paris"},
    });
    Rules::from_json(&config).unwrap()
}

fn matrix() -> Json {
    serde_json::from_str(include_str!("../../../crm-core/tests/it/access_matrix.json")).unwrap()
}

/// A record of every kind that a command makes, then what becomes of messages.
fn story() -> Vec<Step> {
    let before = json!([
        ["boss", "olga owner", "2026-11-23T08:00:00Z", "employee.create", {"fields": {"user": "marie"}}],
        ["employee", "olga owner", "2026-11-23T08:00:00Z", "employee.create", {"fields": {"user": "paul", "manager": "marie"}}],
        ["cover", "olga owner", "2026-11-23T08:00:00Z", "employee.create", {"fields": {"user": "me"}}],
        ["pipeline", "olga owner", "2026-11-23T08:00:00Z", "pipeline.create", {"code": "sales", "name": "Sales", "stages": [
            {"code": "open", "name": "Open", "kind": "open", "probability_bp": 1000},
            {"code": "proposal", "name": "Proposal", "kind": "open", "probability_bp": 5000},
            {"code": "won", "name": "Won", "kind": "won", "probability_bp": 10000},
            {"code": "lost", "name": "Lost", "kind": "lost", "probability_bp": 0},
        ]}],
        ["sequence", "olga owner", "2026-11-23T08:00:00Z", "sequence.create",
         {"code": "steps", "definition": {"steps": [{"type": "call"}]}}],
        ["active", "olga owner", "2026-11-23T08:00:00Z", "sequence.activate", {"code": "steps"}],
        ["everybody", "olga owner", "2026-11-23T08:00:00Z", "segment.create",
         {"code": "everybody", "record": "lead", "where": {"field": "id", "op": "is_known"}}],
        ["mail", "olga owner", "2026-11-23T08:00:00Z", "channel.connect",
         {"kind": "email", "fields": {"name": "Devis", "daily_limit": 50}}],
        ["policy", "olga owner", "2026-11-23T08:00:00Z", "approval_rule.create",
         {"fields": {"name": "Devis", "effect": "ask"}}],
    ]);
    let mentions =
        json!(["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"]);
    let office = |email: &str, owner: &str| {
        json!({"fields": {"company": "Rénov'Ouest", "email": email, "owner": owner, "person_type": "legal_person",
            "received_at": "2026-11-20T09:00:00Z", "collected_from": "person", "informed_at": "2026-11-20T09:00:00Z"}})
    };
    let letter = |lead: &str, text: &str| {
        json!({"submit": true, "fields": {"channel": "email", "subject": "Devis", "text": text, "lead": lead,
            "purpose": "prospecting", "topic": "other", "mentions": mentions}})
    };
    let seen = |draft: &str| {
        json!({"id": format!("@{draft}"), "revision": format!("@{draft}:/revision"),
            "content_hash": format!("@{draft}:/content_hash")})
    };
    let with = |mut body: Json, key: &str, value: Json| {
        body[key] = value;
        body
    };
    let after = json!([
        ["office", "olga owner", "2026-11-23T09:00:00Z", "lead.create", office("contact@renovouest.fr", "paul")],
        ["hers", "olga owner", "2026-11-23T09:00:00Z", "lead.create", office("bureau@toits.fr", "zoé")],
        ["offer", "paul member", "2026-11-23T09:01:00Z", "draft.compose", letter("@office", "Bonjour")],
        ["second", "paul member", "2026-11-23T09:02:00Z", "draft.compose", letter("@office", "Encore moi")],
        ["waits", "zoé member", "2026-11-23T09:03:00Z", "draft.compose", letter("@hers", "Le devis ?")],
        ["checked", "marie manager", "2026-11-23T09:04:00Z", "draft.peer_check", with(seen("offer"), "passed", json!(true))],
        ["yes", "olga owner", "2026-11-23T09:05:00Z", "draft.approve", seen("offer")],
        ["yes too", "olga owner", "2026-11-23T09:06:00Z", "draft.approve", seen("second")],
        ["held", "scout agent", "2026-11-23T09:07:00Z", "draft.propose",
         {"command": "lead.patch", "body": {"id": "@office", "fields": {"city": "Brest"}}}],
        ["item", "mailer admin", "2026-11-23T10:00:00Z", "?outbox", {"draft": "@offer"}],
        ["started", "mailer admin", "2026-11-23T10:00:00Z", "outbox.start",
         {"id": "@item:/items/0/id", "worker": "mailer"}],
        ["sent", "mailer admin", "2026-11-23T10:00:01Z", "outbox.settle",
         {"id": "@item:/items/0/id", "fence": "@started:/parcel/fence", "outcome": "sent", "provider_id": "p1@toits.fr"}],
        ["other item", "mailer admin", "2026-11-23T10:01:00Z", "?outbox", {"draft": "@second"}],
        ["other started", "mailer admin", "2026-11-23T10:01:00Z", "outbox.start",
         {"id": "@other item:/items/0/id", "worker": "mailer"}],
        ["lost", "mailer admin", "2026-11-24T10:00:00Z", "outbox.tick", {}],
        ["delivered", "mailer admin", "2026-11-24T10:01:00Z", "message.report",
         {"channel": "email", "provider_id": "<p1@toits.fr>", "kind": "delivered"}],
        ["early", "mailer admin", "2026-11-24T10:02:00Z", "message.report",
         {"channel": "email", "provider_id": "<p9@toits.fr>", "kind": "bounced", "status": "550"}],
        ["answer", "mailer admin", "2026-11-24T10:03:00Z", "message.receive",
         {"channel": "email", "provider_id": "<r1@renovouest.fr>", "sender": "contact@renovouest.fr", "subject": "Re: Devis",
          "in_reply_to": "<p1@toits.fr>", "text": "Oui, appelez-moi demain."}],
        ["no", "paul member", "2026-11-24T10:04:00Z", "consent.record", {"lead": "@office", "act": "withdrawn"}],
        ["stop", "olga owner", "2026-11-24T11:00:00Z", "kill_switch.stop", {"note": "doute"}],
    ]);
    let matrix = matrix();
    let records = matrix["records"].as_array().unwrap().iter().map(|line| {
        let body =
            line[2].to_string().replace("@text", "durand").replace("@user", "paul").replace("@sha", &"a".repeat(64));
        let body: Json = serde_json::from_str(&body).unwrap();
        step(&json!([line[0], "paul owner", "2026-11-23T08:30:00Z", line[1], body]))
    });
    let steps = |list: &Json| list.as_array().unwrap().iter().map(step).collect::<Vec<_>>();
    steps(&before).into_iter().chain(records).chain(steps(&after)).collect()
}

fn questions() -> Vec<(String, Json)> {
    let matrix = matrix();
    let of_the_matrix = matrix["questions"].as_object().unwrap().iter();
    let mut questions: Vec<(String, Json)> = of_the_matrix.map(|(name, body)| (name.clone(), body.clone())).collect();
    let find = |kind: &Kind| ("find".to_owned(), json!({"record": kind.name(), "archived": "include"}));
    questions.extend(Kind::ALL.iter().map(find));
    for (name, body) in [
        ("library", json!({"lang": "fr", "as": "text"})),
        ("library", json!({"states": ["sent"], "record": "lead", "id": "@office", "limit": 1})),
        ("draft", json!({"id": "@offer", "lang": "fr"})),
        ("draft", json!({"id": "@held:/draft", "lang": "en"})),
        ("outbox", json!({})),
        ("outbox", json!({"states": ["unknown"], "channel": "email", "limit": 1})),
        ("enrolments", json!({"due": true})),
        ("conversation", json!({"id": "@answer", "lang": "fr", "limit": 1})),
        ("conversations", json!({"unanswered": true, "limit": 1})),
        ("conversations", json!({"record": "lead", "id": "@office"})),
        ("consent", json!({"address": "contact@renovouest.fr", "lang": "fr"})),
        ("may_contact", json!({"lead": "@office", "channel": "email", "lang": "fr"})),
        ("timeline", json!({"record": "lead", "id": "@office", "lang": "fr"})),
        ("inbox", json!({"tab": "approvals", "lang": "fr"})),
    ] {
        questions.push((name.to_owned(), body));
    }
    questions
}

#[test]
fn a_day_of_messages_in_a_file_is_the_day_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let readers = [("olga", "owner"), ("marie", "manager"), ("paul", "member"), ("zoé", "member"), ("scout", "agent")];
    let path = directory.path().join("day.db");
    let (answered, differ) = same_everywhere(&path, &rules(), &story(), &questions(), &readers);
    assert!(answered.len() > 60 && differ > 40, "{} questions, {differ} depend on the reader", answered.len());
}

/// What the answers of the day must be, so that two stores are not wrong alike.
#[test]
fn the_day_of_messages_is_what_it_should_be() {
    let (day, answers) = Day::played(SqliteStore::in_memory().unwrap(), rules(), &story());
    assert_eq!(answers.iter().filter(|answer| answer["status"] == "held").count(), 0, "it was proposed, not attempted");
    let olga = ("olga", "owner");
    // Whatever leaves and comes in has its table.
    for kind in [
        Kind::ApprovalRule,
        Kind::Channel,
        Kind::ConsentEvent,
        Kind::Conversation,
        Kind::DeliveryReport,
        Kind::Draft,
        Kind::DraftEvent,
        Kind::Enrolment,
        Kind::KillSwitch,
        Kind::Message,
        Kind::OutboxItem,
        Kind::Sequence,
    ] {
        let found = day.told(olga, "find", &json!({"record": kind.name(), "archived": "include", "count": true}));
        assert!(found["count"].as_u64().unwrap() > 0, "{}: {found}", kind.name());
    }
    let state = |draft: &str| {
        day.told(olga, "get", &json!({"record": "draft", "id": format!("@{draft}")}))["row"]["state"].clone()
    };
    assert_eq!((state("offer"), state("second"), state("waits")), (json!("sent"), json!("unknown"), json!("waiting")));
    let counts = day.told(olga, "outbox", &json!({}))["counts"].clone();
    assert_eq!((&counts["sent"], &counts["unknown"], &counts["queued"]), (&json!(1), &json!(1), &json!(0)));
    let seen = |who| day.told(who, "draft", &json!({"id": "@waits"}))["refused"]["code"].clone();
    assert_eq!((seen(("zoé", "member")), seen(("paul", "member"))), (Json::Null, json!("not_found")));
    let may = day.told(olga, "may_contact", &json!({"lead": "@office", "channel": "email"}));
    assert_eq!(may["answer"], "deny", "{may:#}");
    let trail = day.told(olga, "verify", &json!({}));
    assert!(trail["entries"].as_u64().unwrap() > 40, "{trail:#}");
}
