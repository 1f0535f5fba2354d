//! A customer's year in a file and in memory: a campaign, a quote that is accepted, a contract that renews, an onboarding, a
//! health, a segment, a table that leaves; every record and every question about it is the same in both.

use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::store::{LogQuery, Store as _, Workspace};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use crate::day::{Day, Step, same_everywhere, step};

const OLGA: (&str, &str) = ("olga", "owner");
const READERS: [(&str, &str); 4] = [OLGA, ("marie", "manager"), ("paul", "member"), ("scout", "agent")];

/// Marie leads Paul and sees what is theirs or nobody's; Paul sees only what is his.
fn rules() -> Rules {
    let config = json!({
        "access": {"roles": {
            "manager": {"read": "team", "write": "team"},
            "member": {"read": {"scope": "own", "unowned": false}, "write": "own"},
        }},
        "attribution": {"internal_domains": ["renovouest.example"]},
        "quotes": {"zone": "Europe/Paris", "currency": "EUR"},
    });
    Rules::from_json(&config).unwrap()
}

fn euro(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

fn story() -> Vec<Step> {
    let line = |id: &str, quantity: &str, price: &str, kind: &str| json!({"id": id, "kind": kind, "description": id, "quantity": quantity, "unit_price": price, "vat": {"rate": "10"}});
    let terms =
        json!({"lines": [line("isolation", "33.333333", "30.03", "item"), line("pompe", "1", "8000", "optional")]});
    let book = json!({"title": {"en": "Rollout", "fr": "Déploiement"}, "steps": [
        {"code": "kickoff", "title": "Kick-off", "offset": 3, "unit": "business_days"},
        {"code": "data", "title": "Data", "anchor": {"step": "kickoff"}, "offset": 1, "unit": "weeks"},
    ]});
    let large = json!({"field": "size", "op": "ge", "value": 50});
    let steps = json!([
        ["boss", "olga owner", "2025-11-03T08:00:00Z", "employee.create", {"fields": {"user": "marie"}}],
        ["seller", "olga owner", "2025-11-03T08:00:00Z", "employee.create", {"fields": {"user": "paul", "manager": "marie"}}],
        ["pipeline", "olga owner", "2025-11-03T08:00:00Z", "pipeline.create", {"code": "sales", "name": "Sales", "stages": [
            {"code": "open", "name": "Open", "kind": "open", "probability_bp": 1000},
            {"code": "won", "name": "Won", "kind": "won", "probability_bp": 10000},
            {"code": "lost", "name": "Lost", "kind": "lost", "probability_bp": 0},
        ]}],
        ["campaign", "olga owner", "2025-11-03T08:00:00Z", "campaign.create",
         {"fields": {"code": "salon", "name": "Salon de l’habitat", "owner": "paul", "status": "active"}}],
        // From the first visit to a customer.
        ["visit", "marie manager", "2025-11-03T09:00:00Z", "touch.record", {"fields": {"visitor": "v1", "kind": "visit",
            "happened_at": "2025-11-03T09:00:00Z", "external_id": "t1",
            "landing_page": "https://renovouest.example/devis?utm_source=salon&utm_medium=stand&utm_campaign=salon"}}],
        ["lead", "paul member", "2025-11-04T09:00:00Z", "lead.create",
         {"fields": {"company": "Mairie de Rezé", "last_name": "Martin", "email": "anne@reze.example", "owner": "paul", "size": 60}}],
        ["linked", "paul member", "2025-11-04T09:01:00Z", "visitor.link", {"fields": {"visitor": "v1", "lead": "@lead"}}],
        ["invited", "paul member", "2025-11-04T09:02:00Z", "campaign_member.create",
         {"fields": {"campaign": "@campaign", "lead": "@lead", "status": "responded"}}],
        ["small", "olga owner", "2025-11-04T09:03:00Z", "lead.create",
         {"fields": {"company": "Toits du Sud", "email": "bureau@toits.example", "owner": "zoé", "size": 3}}],
        ["large", "olga owner", "2025-11-04T10:00:00Z", "segment.create", {"code": "large", "record": "lead", "where": large}],
        ["by name", "olga owner", "2025-11-04T10:01:00Z", "segment.pin_in",
         {"code": "large", "ids": ["@small"], "reason": "Ancien client"}],
        ["noted", "olga owner", "2025-11-04T10:02:00Z", "segment.refresh", {"code": "large"}],
        ["account", "paul member", "2025-11-10T09:00:00Z", "account.create",
         {"fields": {"name": "Mairie de Rezé", "owner": "paul", "size": 60}}],
        ["deal", "paul member", "2025-11-10T09:01:00Z", "deal.create", {"fields": {"name": "École", "owner": "paul",
            "account": "@account", "campaign": "salon", "value": euro("500.00"), "close_date": "2025-12-15"}}],
        // A quote, its next version, and a yes to that one.
        ["quote", "paul member", "2025-11-11T09:00:00Z", "quote.create",
         {"fields": {"deal": "@deal", "title": "Isolation"}, "terms": terms}],
        ["issued", "paul member", "2025-11-11T09:01:00Z", "quote.issue", {"id": "@quote"}],
        ["next", "paul member", "2025-11-12T09:00:00Z", "quote.revise", {"id": "@quote"}],
        ["again", "paul member", "2025-11-12T09:01:00Z", "quote.issue", {"id": "@next"}],
        ["frozen", "paul member", "2025-11-12T09:02:00Z", "?get", {"record": "quote", "id": "@next"}],
        ["accepted", "paul member", "2025-11-20T09:00:00Z", "quote.accept", {"id": "@next", "revision": "@frozen:/row/revision",
            "hash": "@frozen:/row/hash", "by": "Anne Martin", "chosen": ["pompe"]}],
        // A contract for a year, with an invoice that waits.
        ["contract", "paul member", "2025-12-01T09:00:00Z", "subscription.create", {"fields": {"name": "Suivi", "account": "@account",
            "owner": "paul", "currency": "EUR", "starts_on": "2026-01-01", "term_months": 12, "customer_kind": "consumer"}}],
        ["seats", "paul member", "2025-12-01T09:01:00Z", "subscription_item.create", {"fields": {"subscription": "@contract",
            "product": "seats", "quantity": "2", "unit_price": euro("10.00")}}],
        ["invoice", "paul member", "2026-01-02T09:00:00Z", "payment.create",
         {"fields": {"invoice": "F-1", "account": "@account", "status": "open", "due_on": "2026-11-01", "amount": euro("240.00")}}],
        ["idea", "paul member", "2026-02-01T09:00:00Z", "expansion_idea.create",
         {"fields": {"title": "Second site", "account": "@account", "owner": "paul", "kind": "upsell"}}],
        ["tick", "olga owner", "2026-10-01T09:00:00Z", "renewal.tick", {}],
        // Onboarding: days, tasks, a step that is done.
        ["book", "olga owner", "2026-01-05T09:00:00Z", "playbook.create", {"code": "rollout", "definition": book}],
        ["active", "olga owner", "2026-01-05T09:01:00Z", "playbook.activate", {"code": "rollout"}],
        ["run", "paul member", "2026-01-05T09:02:00Z", "playbook_run.start", {"playbook": "rollout", "account": "@account"}],
        ["steps", "paul member", "2026-01-05T09:03:00Z", "?find", {"record": "playbook_step",
            "where": {"field": "code", "op": "eq", "value": "kickoff"}}],
        ["done", "paul member", "2026-01-08T09:00:00Z", "playbook_step.complete", {"id": "@steps:/rows/0/id"}],
        // Health, twice, with something that a person says in between.
        ["usage", "paul member", "2026-11-01T09:00:00Z", "measurement.record",
         {"account": "@account", "measure": "usage_bp", "value": "8200", "source": "app"}],
        ["course", "paul member", "2026-11-01T09:01:00Z", "learning_progress.create",
         {"fields": {"account": "@account", "course": "Prise en main", "completed_at": "2026-02-01T09:00:00Z"}}],
        ["first", "olga owner", "2026-11-02T09:00:00Z", "health.recalculate", {"accounts": ["@account"]}],
        ["less", "paul member", "2026-11-20T09:00:00Z", "measurement.record",
         {"account": "@account", "measure": "usage_bp", "value": "900", "source": "app"}],
        ["second", "olga owner", "2026-11-21T09:00:00Z", "health.recalculate", {"accounts": ["@account"]}],
        ["said", "olga owner", "2026-11-21T10:00:00Z", "health.override",
         {"account": "@account", "score": "70", "ends_on": "2026-12-31", "reason": "Nouveau directeur"}],
        // A table leaves, and the trail knows.
        ["export", "paul member", "2026-11-22T09:00:00Z", "report.export",
         {"find": {"record": "lead", "columns": ["company", "size"]}, "csv": {"preset": "french_excel"}}],
    ]);
    steps.as_array().unwrap().iter().map(step).collect()
}

fn questions() -> Vec<(String, Json)> {
    let find = |kind: &Kind| ("find".to_owned(), json!({"record": kind.name(), "archived": "include"}));
    let mut questions: Vec<(String, Json)> = Kind::ALL.iter().map(find).collect();
    for (name, body) in [
        ("attribution", json!({"lead": "@lead", "models": ["first", "linear"], "lang": "fr"})),
        ("attribution", json!({"deal": "@deal", "lang": "en"})),
        ("campaign", json!({"id": "@campaign", "lang": "fr"})),
        ("campaigns", json!({"limit": 1})),
        ("quote", json!({"id": "@next", "lang": "fr"})),
        ("quotes", json!({"deal": "@deal", "limit": 1})),
        ("quotes", json!({"state": "accepted"})),
        ("customer", json!({"account": "@account", "lang": "fr"})),
        ("health", json!({"account": "@account", "lang": "fr"})),
        ("health_history", json!({"account": "@account", "limit": 1, "lang": "en"})),
        ("healths", json!({"lang": "fr"})),
        ("subscription", json!({"id": "@contract", "lang": "fr"})),
        ("subscriptions", json!({"account": "@account"})),
        ("renewals", json!({"lang": "fr"})),
        ("payments", json!({"overdue": true})),
        ("mrr", json!({"by": "product", "lang": "fr"})),
        ("revenue_retention", json!({"from": "2026-01-01", "to": "2026-11-22", "currency": "EUR", "lang": "fr"})),
        ("expansion", json!({"account": "@account"})),
        ("playbook", json!({"code": "rollout", "lang": "fr"})),
        ("playbook_run", json!({"id": "@run", "lang": "fr"})),
        ("playbook_runs", json!({"late": true, "lang": "en"})),
        ("onboarding_suggestion", json!({"account": "@account", "lang": "fr"})),
        ("segment", json!({"code": "large", "limit": 1})),
        ("segment_why", json!({"code": "large", "record": "lead", "id": "@lead", "lang": "fr"})),
        ("segments_of", json!({"record": "lead", "id": "@lead", "lang": "en"})),
        ("timeline", json!({"record": "account", "id": "@account", "include": "related", "lang": "fr"})),
        ("narrative", json!({"lang": "fr", "zone": "Europe/Paris", "currency": "EUR"})),
        ("page", json!({"lang": "fr", "zone": "Europe/Paris", "currency": "EUR"})),
        ("verify", json!({})),
    ] {
        questions.push((name.to_owned(), body));
    }
    questions
}

#[test]
fn a_customers_year_in_a_file_is_the_year_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customer.db");
    let (answered, differ) = same_everywhere(&path, &rules(), &story(), &questions(), &READERS);
    assert!(answered.len() > 25 && differ > 10, "{} questions, {differ} depend on the reader", answered.len());
}

/// What the year must have come to, so that two stores are not wrong alike.
#[test]
fn the_customers_year_is_what_it_should_be() {
    let (day, answers) = Day::played(SqliteStore::in_memory().unwrap(), rules(), &story());
    for (kind, rows) in [
        (Kind::Campaign, 1),
        (Kind::CampaignMember, 1),
        (Kind::ExpansionIdea, 1),
        (Kind::HealthEntry, 2),
        (Kind::HealthOverride, 1),
        (Kind::LearningProgress, 1),
        (Kind::Measurement, 2),
        (Kind::Payment, 1),
        (Kind::PlaybookRun, 1),
        (Kind::PlaybookStep, 2),
        (Kind::Quote, 2),
        (Kind::Renewal, 1),
        (Kind::Segment, 1),
        (Kind::SegmentEvent, 2),
        (Kind::SegmentMember, 2),
        (Kind::Subscription, 1),
        (Kind::SubscriptionItem, 1),
        (Kind::Touch, 1),
        (Kind::VisitorLink, 1),
    ] {
        let found = day.told(OLGA, "find", &json!({"record": kind.name(), "archived": "include", "count": true}));
        assert_eq!(found["count"], rows, "{}", kind.name());
    }
    // 33.333333 times 30.03 are 1 001.00; 10 % of it 100.10; with the pump 9 001.00 and 900.10.
    let quote = day.told(OLGA, "get", &json!({"record": "quote", "id": "@next"}))["row"].clone();
    assert_eq!((&quote["net"]["amount"], &quote["gross"]["amount"]), (&json!("1001.00"), &json!("1101.10")));
    assert_eq!((&quote["state"], &quote["number"]), (&json!("accepted"), &json!("D-2025-00002")));
    let card = day.told(OLGA, "attribution", &json!({"lead": "@lead"}));
    assert_eq!(card["first_touch"]["campaign"], "salon", "{card:#}");
    let mrr = day.told(OLGA, "mrr", &json!({}))["total"][0]["mrr"].clone();
    assert_eq!(mrr, "20.00");
    // The file has what its reader sees, and the trail keeps how many rows it was, not what they say.
    let export = &answers.last().unwrap()["output"];
    assert_eq!(export["rows"], 1, "{export:#}");
    assert!(export["csv"].as_str().unwrap().contains("Mairie de Rezé"), "{export:#}");
    let workspace = Workspace::new("acme").unwrap();
    let last =
        day.crm.store().snapshot(&workspace).unwrap().log(&LogQuery::Last).unwrap().pop().unwrap().json().unwrap();
    assert_eq!((&last["command"], &last["output"]["csv_hash"]), (&json!("report.export"), &export["csv_hash"]));
    assert!(!last.to_string().contains("Rezé"), "{last}");
}
