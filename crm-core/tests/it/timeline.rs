//! Timelines: everything that happened around a record in one order, page by page, nothing twice and nothing lost.

use std::collections::BTreeMap;

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::kernel::timeline_reason::EntryKind;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::view::{EntryPlace, one_page};
use crm_core::{Crm, Id, Instant, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

const NOW: &str = "2026-11-22T09:00:00Z";

struct Desk(Crm<MemoryStore>);

impl Desk {
    fn new() -> Self {
        Desk(Crm::new(MemoryStore::new(), Rules::default()))
    }

    fn run(&self, when: &str, name: &str, body: Json) -> Result<Json> {
        let id = Id::from_text(&format!("{when} {name} {body}"));
        let ctx = Ctx::new(workspace(), Actor::new("marie", Role::Admin).unwrap(), at(when), id);
        self.0.run_any(&ctx, &*parse(name, &body, self.0.rules())?)?.done()
    }

    fn make(&self, when: &str, record: &str, fields: Json) -> String {
        let made = self.run(when, &format!("{record}.create"), json!({"fields": fields})).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    fn timeline(&self, body: Json) -> Result<Json> {
        let document =
            json!({"workspace": "acme", "actor": {"name": "marie", "role": "admin"}, "at": NOW, "timeline": body});
        self.0.query_json(document.to_string().as_bytes())
    }

    /// All entries, page by page.
    fn all(&self, mut body: Json, limit: u64) -> Vec<Json> {
        body["limit"] = json!(limit);
        let mut entries = Vec::new();
        loop {
            let page = self.timeline(body.clone()).unwrap();
            let found = page["entries"].as_array().unwrap();
            assert!(found.len() as u64 <= limit);
            entries.extend(found.clone());
            match &page["next"] {
                Json::Null => return entries,
                next => body["after"] = next.clone(),
            }
            assert!(entries.len() < 1_000, "it goes on for ever");
        }
    }
}

fn sales() -> Json {
    json!({"code": "sales", "name": {"en": "Sales", "fr": "Ventes"}, "default": true, "stages": [
        {"code": "new", "name": {"en": "New", "fr": "Nouvelle"}, "probability_bp": 1000},
        {"code": "offer", "name": {"en": "Offer", "fr": "Proposition"}, "probability_bp": 5000},
        {"code": "won", "name": "Won", "kind": "won"},
        {"code": "lost", "name": "Lost", "kind": "lost"},
    ]})
}

fn texts(entries: &[Json]) -> Vec<&str> {
    entries.iter().map(|entry| entry["reason"]["text"].as_str().unwrap()).collect()
}

#[test]
fn a_deal_tells_its_story() {
    let desk = Desk::new();
    desk.run("2026-09-01T08:00:00Z", "pipeline.create", sales()).unwrap();
    let deal = desk.make("2026-10-01T08:00:00Z", "deal", json!({"name": "Toit", "pipeline": "sales", "stage": "new"}));
    desk.run("2026-10-02T08:00:00Z", "deal.move", json!({"id": deal, "stage": "offer"})).unwrap();
    desk.run("2026-10-03T08:00:00Z", "deal.patch", json!({"id": deal, "fields": {"owner": "paul"}})).unwrap();
    // Logged late: it stands where it happened.
    let call = json!({"kind": "call", "direction": "inbound", "subject": "Devis", "actor": "paul", "deal": deal, "happened_at": "2026-10-02T07:00:00Z"});
    desk.make("2026-10-09T08:00:00Z", "activity", call);
    desk.make(
        "2026-10-04T08:00:00Z",
        "note",
        json!({"text": "Veut signer en décembre", "author": "marie", "deal": deal}),
    );
    let removed =
        desk.make("2026-10-05T08:00:00Z", "activity", json!({"kind": "email", "subject": "secret", "deal": deal}));
    desk.run("2026-10-06T08:00:00Z", "activity.archive", json!({"id": removed})).unwrap();
    let task =
        desk.make("2026-10-07T08:00:00Z", "task", json!({"title": "Relancer", "assignee": "marie", "deal": deal}));
    desk.run(
        "2026-10-08T08:00:00Z",
        "task.patch",
        json!({"id": task, "fields": {"completed_at": "2026-10-08T08:00:00Z", "completed_by": "paul"}}),
    )
    .unwrap();
    desk.run("2026-10-10T08:00:00Z", "deal.win", json!({"id": deal})).unwrap();
    desk.make(
        "2026-10-11T08:00:00Z",
        "activity",
        json!({"kind": "meeting", "deal": deal, "happened_at": "2026-12-01T08:00:00Z"}),
    );
    let story = |lang: &str| desk.all(json!({"record": "deal", "id": deal, "lang": lang}), 3);
    let english = story("en");
    assert_eq!(
        texts(&english),
        [
            "meeting",
            "deal won by marie",
            "task done by paul: Relancer",
            "task for marie: Relancer",
            "e-mail, removed on 2026-10-06 08:00 UTC",
            "note by marie: Veut signer en décembre",
            "deal changed by marie: Owner",
            "deal moved from New to Offer by marie",
            "call from the customer by paul: Devis",
            "deal opened in New by marie",
            "created",
        ]
    );
    let french = story("fr");
    assert_eq!(texts(&french)[7], "affaire passée de l’étape Nouvelle à l’étape Proposition par marie");
    assert_eq!(texts(&french)[2], "tâche faite par paul\u{a0}: Relancer");
    assert_eq!(english[0]["is_planned"], true);
    assert_eq!(english[4]["removed_at"], "2026-10-06T08:00:00Z");
    assert!(!english[4].to_string().contains("secret"), "a tombstone keeps quiet about what was there");
    assert_eq!(english[8]["logged_at"], "2026-10-09T08:00:00Z");
    let only =
        |kinds: Json| texts_of(&desk.all(json!({"record": "deal", "id": deal, "kinds": kinds, "lang": "en"}), 2));
    assert_eq!(only(json!(["note"])), ["note by marie: Veut signer en décembre"]);
    assert_eq!(only(json!(["task_completed", "created"])).len(), 2);
    let between = json!({"record": "deal", "id": deal, "from": "2026-10-02T07:00:00Z", "to": "2026-10-03T08:00:00Z", "lang": "en"});
    assert_eq!(
        texts(&desk.all(between, 50)),
        ["deal moved from New to Offer by marie", "call from the customer by paul: Devis"]
    );
}

fn texts_of(entries: &[Json]) -> Vec<String> {
    texts(entries).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_lead_tells_what_it_sent_did_and_became() {
    let desk = Desk::new();
    let lead = desk.make(
        "2026-10-01T08:00:00Z",
        "lead",
        json!({"company": "Rénov'Ouest", "email": "a@renov.example", "last_name": "Le Goff"}),
    );
    let other = desk.make("2026-10-01T09:00:00Z", "lead", json!({"last_name": "Riou", "email": "b@renov.example"}));
    desk.make(
        "2026-10-02T08:00:00Z",
        "submission",
        json!({"lead": lead, "form": "devis", "submitted_at": "2026-10-02T07:59:00Z"}),
    );
    desk.make("2026-10-03T08:00:00Z", "event", json!({"lead": lead, "kind": "visit", "page": "/prix"}));
    desk.run("2026-10-04T08:00:00Z", "lead.merge", json!({"primary": lead, "sources": [other]})).unwrap();
    let converted = desk.run("2026-10-05T08:00:00Z", "lead.convert", json!({"id": lead})).unwrap();
    let story = desk.all(json!({"record": "lead", "id": lead, "lang": "en"}), 2);
    assert_eq!(
        texts(&story),
        ["lead converted: Rénov'Ouest", "merged with Riou", "visit: /prix", "form sent: devis", "created"]
    );
    let account = converted["account"].as_str().unwrap_or_else(|| panic!("{converted}"));
    let story = desk.all(json!({"record": "account", "id": account, "lang": "fr"}), 2);
    assert!(texts(&story).contains(&"lead converti\u{a0}: Rénov'Ouest"), "{story:#?}");
}

/// Everything of a small account: which record, when, and what.
#[derive(Clone, Debug)]
struct Drawn {
    what: usize,
    owner: usize,
    day: u32,
    made: u32,
    undated: bool,
    archived: bool,
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let one = (0usize..4, 0usize..5, 1u32..6, 6u32..9, any::<bool>(), prop::bool::weighted(0.2));
    let one =
        one.prop_map(|(what, owner, day, made, undated, archived)| Drawn { what, owner, day, made, undated, archived });
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn pages_of_a_store_are_a_brute_force_sort(all in drawn(), limit in 1u64..9, related in any::<bool>()) {
        let desk = Desk::new();
        let start = "2026-09-01T08:00:00Z";
        let account = desk.make(start, "account", json!({"name": "A"}));
        let stranger = desk.make(start, "account", json!({"name": "B"}));
        let contact = desk.make(start, "contact", json!({"last_name": "C", "account": account}));
        let deal = desk.make(start, "deal", json!({"name": "D", "account": account, "stage": "prospecting"}));
        let owners = [json!({"account": account}), json!({"contact": contact}), json!({"deal": deal}),
            json!({"account": stranger}), json!({"account": account, "contact": contact, "deal": deal})];
        let mut wanted: Vec<(std::cmp::Reverse<Instant>, std::cmp::Reverse<Instant>, EntryKind, Id)> = Vec::new();
        for (i, one) in all.iter().enumerate() {
            let mut fields = owners[one.owner].clone();
            let made = format!("2026-10-{:02}T08:00:00Z", one.made);
            let happened = format!("2026-10-{:02}T08:00:00Z", one.day);
            let (record, field) = [("activity", "happened_at"), ("note", ""), ("task", "completed_at"), ("draft", "")][one.what];
            fields[["subject", "text", "title", "subject"][one.what]] = json!(format!("{i}"));
            if !field.is_empty() && !one.undated {
                fields[field] = json!(happened);
            }
            if record == "draft" {
                // Drafts are made by a command of their own; here another note will do.
                continue;
            }
            let id = desk.make(&made, record, fields);
            if one.archived {
                desk.run("2026-10-20T08:00:00Z", &format!("{record}.archive"), json!({"id": id})).unwrap();
            }
            let is_around = one.owner == 0 || one.owner == 4 || (related && one.owner != 3);
            if !is_around || (one.archived && record != "activity") {
                continue;
            }
            let id: Id = id.parse().unwrap();
            let (made, happened) = (at(&made), at(&happened));
            let mut put = |when: Instant, kind| wanted.push((std::cmp::Reverse(when), std::cmp::Reverse(made), kind, id));
            match record {
                "activity" => put(if one.undated { made } else { happened }, EntryKind::Activity),
                "note" => put(made, EntryKind::Note),
                _ => {
                    put(made, EntryKind::TaskCreated);
                    if !one.undated {
                        put(happened, EntryKind::TaskCompleted);
                    }
                }
            }
        }
        wanted.sort();
        let include = if related { "related" } else { "own" };
        let kinds = json!(["activity", "note", "task_created", "task_completed"]);
        let found = desk.all(json!({"record": "account", "id": account, "include": include, "kinds": kinds}), limit);
        let found: Vec<(String, String)> = found
            .iter()
            .map(|e| (e["kind"].as_str().unwrap().to_owned(), e["id"].as_str().unwrap().to_owned()))
            .collect();
        let wanted: Vec<(String, String)> = wanted.iter().map(|(_, _, kind, id)| (kind.code().to_owned(), id.to_string())).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn pages_of_sources_lose_and_repeat_nothing(
        entries in prop::collection::vec((0i64..6, 0i64..3, 0usize..3, 0u8..12, prop::collection::vec(any::<bool>(), 4)), 0..60),
        limit in 1usize..7,
    ) {
        let instant = |n: i64| Instant::from_timestamp(1_790_000_000 + n, 0).unwrap();
        let mut all: BTreeMap<EntryPlace, Vec<usize>> = BTreeMap::new();
        for (happened, logged, kind, id, sources) in &entries {
            let place = EntryPlace::new(instant(*happened), instant(*logged), EntryKind::ALL[*kind], Id::from_text(&id.to_string()));
            let sources = sources.iter().enumerate().filter(|(i, on)| **on || *i == 0).map(|(i, _)| i).collect();
            all.insert(place, sources);
        }
        let mut after: Option<EntryPlace> = None;
        let mut seen = Vec::new();
        loop {
            let source = |n: usize| {
                let behind = all.iter().filter(|(place, of)| of.contains(&n) && after.is_none_or(|after| **place > after));
                behind.take(limit + 1).map(|(place, _)| (*place, ())).collect::<Vec<_>>()
            };
            let (page, next) = one_page((0..4).map(source).collect(), limit);
            seen.extend(page.into_iter().map(|(place, ())| place));
            match next {
                Some(next) => {
                    prop_assert_eq!(EntryPlace::from_text(&next.to_text()).unwrap(), next);
                    after = Some(next);
                }
                None => break,
            }
        }
        prop_assert_eq!(seen, all.into_keys().collect::<Vec<_>>());
    }
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let desk = Desk::new();
    let id = desk.make(NOW, "account", json!({"name": "A"}));
    let nobody = "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10";
    for (body, code, path) in [
        (json!({"record": "account"}), "missing", None),
        (json!({"record": "acount", "id": id}), "unknown_field", Some("timeline.record")),
        (json!({"record": "account", "id": nobody}), "not_found", None),
        (json!({"record": "account", "id": id, "kinds": ["notes"]}), "invalid_value", Some("timeline.kinds[0]")),
        (json!({"record": "account", "id": id, "limit": 0}), "invalid_value", Some("timeline.limit")),
        (json!({"record": "account", "id": id, "limit": 201}), "invalid_value", Some("timeline.limit")),
        (json!({"record": "account", "id": id, "after": "1 2 note"}), "invalid_json", Some("timeline.after")),
        (json!({"record": "account", "id": id, "include": "all"}), "invalid_value", Some("timeline.include")),
        (json!({"record": "account", "id": id, "from": "yesterday"}), "invalid_value", Some("timeline.from")),
        (json!({"record": "account", "id": id, "lang": "de"}), "invalid_value", Some("timeline.lang")),
    ] {
        let error = desk.timeline(body.clone()).expect_err(&body.to_string());
        assert_eq!((error.code().name(), error.field()), (code, path), "{body}: {error}");
    }
}
