//! Touches on a store: written once, whoever repeats them, and the same card in whatever order things were told.

use std::sync::Arc;

use crm_core::command::{self, Actor, Ctx, Role};
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Workspace};
use crm_core::{Crm, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::support::at;

struct World {
    crm: Crm<Arc<MemoryStore>>,
    told: std::cell::Cell<u32>,
}

impl World {
    fn new(rules: Json) -> Self {
        let crm = Crm::new(Arc::default(), Rules::from_json(&rules).unwrap());
        World { crm, told: std::cell::Cell::new(0) }
    }

    fn attempt(&self, when: &str, name: &str, body: &Json) -> crm_core::Result<Json> {
        let n = self.told.replace(self.told.get() + 1);
        let actor = Actor::new("marie", Role::Owner).unwrap();
        let ctx = Ctx::new(Workspace::new("acme").unwrap(), actor, at(when), Id::from_text(&format!("command {n}")));
        let command = command::parse(name, body, self.crm.rules())?;
        self.crm.run_any(&ctx, &*command)?.done()
    }

    fn run(&self, when: &str, name: &str, body: Json) -> Json {
        self.attempt(when, name, &body).unwrap_or_else(|e| panic!("{name} {body}: {e}"))
    }

    fn ask(&self, question: &str, body: Json) -> crm_core::Result<Json> {
        let actor = json!({"name": "marie", "role": "owner"});
        let document = json!({"workspace": "acme", "actor": actor, "at": "2026-11-22T09:00:00Z", question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    fn make(&self, record: &str, name: &str, fields: Json) -> String {
        let id = Id::from_text(name).to_string();
        self.run("2026-03-10T09:00:00Z", &format!("{record}.create"), json!({"id": id, "fields": fields}));
        id
    }
}

const MARCH: &str = "2026-03-20T09:00:00Z";

fn told(error: &crm_core::Error) -> (String, String) {
    (error.code().name().to_owned(), error.field().unwrap_or_default().to_owned())
}

#[test]
fn a_touch_is_written_once_and_classified_then() {
    let world = World::new(json!({}));
    let lead = world.make("lead", "lead", json!({"company": "Rénov'Ouest"}));
    let fields =
        json!({"lead": lead, "referrer": "https://www.google.fr/search?q=toit", "happened_at": "2026-03-01T09:00:00Z"});
    let first = world.run(MARCH, "touch.record", json!({"fields": fields}));
    let again = world.run("2026-03-21T09:00:00Z", "touch.record", json!({"fields": fields}));
    assert_eq!((&first["id"], &first["existing"], &again["existing"]), (&again["id"], &json!(false), &json!(true)));
    let row = world.ask("get", json!({"record": "touch", "id": first["id"]})).unwrap()["row"].clone();
    assert_eq!((row["channel"].as_str(), row["source"].as_str()), (Some("organic_search"), Some("Google")));
    assert_eq!(row["term"], "toit");

    // Another system's id is what it is known by, whatever it says the second time.
    let system = |source: &str| json!({"fields": {"lead": lead, "source": source, "external_source": "site", "external_id": "7"}});
    let one = world.run(MARCH, "touch.record", system("a"));
    let two = world.run(MARCH, "touch.record", system("b"));
    assert_eq!((&one["id"], &two["existing"]), (&two["id"], &json!(true)));
    let rows = json!([
        {"line": 1, "fields": {"lead": lead, "external_id": "7"}},
        {"line": 2, "fields": {"lead": lead, "external_id": "8", "happened_at": "2026-03-02T09:00:00Z"}},
        {"line": 3, "fields": {"external_id": "9"}},
        {"line": 4, "fields": {"visitor": "v", "happened_at": "2026-05-02T09:00:00Z"}},
    ]);
    let done = world.run(MARCH, "touch.import", json!({"source": "site", "rows": rows}));
    assert_eq!((&done["created"], &done["skipped"]), (&json!(1), &json!(1)));
    assert_eq!((&done["rejected"][0]["line"], &done["rejected"][1]["line"]), (&json!(3), &json!(4)));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let world = World::new(json!({}));
    let lead = world.make("lead", "lead", json!({"company": "x"}));
    let nobody = Id::from_text("nobody").to_string();
    for (name, fields, code, path) in [
        ("touch.record", json!({}), "missing", "fields"),
        (
            "touch.record",
            json!({"visitor": "v", "happened_at": "2026-03-20T09:06:00Z"}),
            "invalid_value",
            "fields.happened_at",
        ),
        ("touch.record", json!({"visitor": "v\u{0}"}), "invalid_text", "fields.visitor"),
        ("touch.record", json!({"visitor": "v", "channel": "direct"}), "invalid_value", "fields.channel"),
        ("touch.record", json!({"visitor": "v", "referrer": "x".repeat(70_000)}), "too_large", "fields.referrer"),
        ("touch.record", json!({"lead": nobody}), "not_found", "fields.lead"),
        ("visitor.link", json!({"visitor": "v"}), "invalid_json", "fields"),
        ("visitor.link", json!({"visitor": "v", "lead": lead, "contact": lead}), "invalid_json", "fields"),
        ("visitor.link", json!({"lead": lead}), "missing", "fields"),
        ("visitor.link", json!({"visitor": "v", "lead": nobody}), "not_found", "fields.lead"),
        (
            "visitor.link",
            json!({"visitor": "v", "lead": lead, "linked_at": "2027-01-01T00:00:00Z"}),
            "invalid_value",
            "fields.linked_at",
        ),
    ] {
        let error = world.attempt(MARCH, name, &json!({"fields": fields})).unwrap_err();
        assert_eq!(told(&error), (code.to_owned(), path.to_owned()), "{name} {error}");
    }
    for (body, code, path) in [
        (json!({}), "missing", ""),
        (json!({"lead": lead, "deal": lead}), "invalid_json", ""),
        (json!({"lead": nobody}), "not_found", ""),
        (json!({"lead": lead, "models": ["markov"]}), "invalid_value", "attribution.models[0]"),
        (json!({"lead": lead, "trail": 1000}), "invalid_value", "attribution.trail"),
    ] {
        let error = world.ask("attribution", body.clone()).unwrap_err();
        let (found, place) = told(&error);
        assert_eq!(found, code, "{body}: {error}");
        assert!(path.is_empty() || place == path, "{body}: {place}");
    }
}

/// Nobody is responsible for a visitor whom nobody knows: a touch that names no record is for whoever looks at all
/// campaigns, also when its visitor is linked to somebody later.
#[test]
fn touches_of_nobody_are_for_whoever_sees_all_campaigns() {
    let own = json!({"read": "own", "write": "own"});
    let marketing = json!({"read": {"scope": "own", "records": {"campaign": "all"}}, "write": "own"});
    let bare = json!({"read": {"scope": "own", "unowned": false, "records": {"campaign": "all"}}});
    let world = World::new(json!({"access": {"roles": {"member": own, "manager": marketing, "viewer": bare}}}));
    let lead = world.make("lead", "lead", json!({"company": "Acme", "owner": "paul"}));
    let touch = |visitor: &str, fields: Json| {
        let mut all = json!({"visitor": visitor, "source": "google"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        world.run(MARCH, "touch.record", json!({"fields": all}))["id"].clone()
    };
    let (nobody, of_lead) = (touch("v", json!({})), touch("w", json!({"lead": lead})));
    let ask = |role: &str, question: &str, body: Json| {
        let actor = json!({"name": "paul", "role": role});
        let document = json!({"workspace": "acme", "actor": actor, "at": "2026-11-22T09:00:00Z", question: body});
        world.crm.query_json(document.to_string().as_bytes()).unwrap()
    };
    let seen = |role: &str| -> (bool, u64) {
        let row = ask(role, "get", json!({"record": "touch", "id": nobody}))["row"].clone();
        let count = ask(role, "find", json!({"record": "touch", "count": true}))["count"].as_u64().unwrap();
        (!row.is_null(), count)
    };
    for (role, expected) in
        [("owner", (true, 2)), ("manager", (true, 2)), ("member", (false, 1)), ("viewer", (false, 1))]
    {
        assert_eq!(seen(role), expected, "{role}");
    }
    let row = ask("member", "get", json!({"record": "touch", "id": of_lead}))["row"].clone();
    assert_eq!(row["source"], "google", "the owner of a lead sees its own touches");
    // Who sees a campaign sees how many came by it.
    let campaign =
        world.make("campaign", "campaign", json!({"code": "printemps", "name": "Printemps", "owner": "paul"}));
    touch("x", json!({"campaign": "printemps"}));
    let came = |role: &str| ask(role, "campaign", json!({"id": campaign}))["touches"].clone();
    assert_eq!((came("member"), came("owner")), (json!(1), json!(1)));
    // Who sees the person sees what the person did before anybody knew who it was.
    let card = |role: &str| ask(role, "attribution", json!({"lead": lead}))["touches"].clone();
    assert_eq!(card("member"), 1);
    world.run(MARCH, "visitor.link", json!({"fields": {"visitor": "v", "lead": lead}}));
    assert_eq!((card("member"), card("owner")), (json!(2), json!(2)));
}

#[test]
fn a_form_that_was_sent_is_a_touch() {
    let world = World::new(json!({}));
    let lead = world.make("lead", "lead", json!({"company": "x"}));
    let page = "https://exemple.fr/devis?utm_source=brevo&utm_medium=email&utm_campaign=printemps";
    let fields = json!({"lead": lead, "form": "devis", "page": page, "submitted_at": "2026-03-05T09:00:00Z"});
    world.make("submission", "s1", fields.clone());
    let mut row = fields;
    row["external_id"] = json!("s2");
    row["submitted_at"] = json!("2026-03-06T09:00:00Z");
    let rows = json!({"source": "site", "rows": [{"line": 1, "fields": row}]});
    world.run(MARCH, "submission.import", rows.clone());
    world.run(MARCH, "submission.import", rows);
    let card = world.ask("attribution", json!({"lead": lead, "lang": "fr"})).unwrap();
    assert_eq!(card["touches"], 2);
    assert_eq!((&card["first_touch"]["kind"], &card["first_touch"]["campaign"]), (&json!("form"), &json!("printemps")));
    assert_eq!(card["influenced_campaigns"][0]["share_micro"], 1_000_000);
}

#[test]
fn campaigns_know_their_deals_and_are_frozen_at_the_close() {
    let world = World::new(json!({"attribution": {"influence": {"statuses": ["responded"]}}}));
    let account = world.make("account", "account", json!({"name": "Mairie"}));
    let contact = world.make("contact", "contact", json!({"last_name": "Le Goff", "account": account}));
    let deal = world.make("deal", "deal", json!({"name": "Toit", "contact": contact, "account": account,
        "value": {"amount": "1000.01", "currency": "EUR"}, "opened_at": "2026-03-08T00:00:00Z", "closed_at": "2026-03-15T00:00:00Z"}));
    let fair = world.make("campaign", "fair", json!({"code": "salon", "name": "Salon"}));
    let mail = world.make("campaign", "mail", json!({"code": "printemps", "name": "Printemps"}));
    let member = |name: &str, campaign: &str, status: &str, since: &str| {
        world.make(
            "campaign_member",
            name,
            json!({"campaign": campaign, "contact": contact, "status": status, "since": since}),
        )
    };
    member("m1", &fair, "responded", "2026-03-01T00:00:00Z");
    world.run(
        MARCH,
        "touch.record",
        json!({"fields": {"contact": contact, "campaign": "printemps", "happened_at": "2026-03-02T00:00:00Z"}}),
    );
    let before = world.ask("attribution", json!({"deal": deal, "model": "even"})).unwrap()["influence"].clone();
    assert_eq!(before["campaigns"][0]["amount"], "500.01");
    assert_eq!(before["campaigns"][1]["amount"], "500.00");
    // After the close, or without an answer: nothing of it counts.
    let late = world.make("campaign", "late", json!({"code": "tard", "name": "Tard"}));
    member("m2", &late, "responded", "2026-03-16T00:00:00Z");
    member("m3", &mail, "sent", "2026-03-03T00:00:00Z");
    world.run(
        MARCH,
        "touch.record",
        json!({"fields": {"contact": contact, "campaign": "tard", "happened_at": "2026-03-17T00:00:00Z"}}),
    );
    let after =
        world.ask("attribution", json!({"deal": deal, "model": "even", "lang": "fr"})).unwrap()["influence"].clone();
    let shares = |told: &Json| {
        told["campaigns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["campaign"].clone(), c["amount_minor"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shares(&after), shares(&before));
    assert_eq!(after["left_out"].as_array().unwrap().len(), 3);

    let told = world.ask("campaign", json!({"id": fair, "model": "even"})).unwrap();
    assert_eq!(
        (&told["influenced_deals"], &told["members"]["total"], &told["people"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(
        (&told["values"][0]["influenced"], &told["values"][0]["attributed"]),
        (&json!("1000.01"), &json!("500.01"))
    );
    let all = world.ask("campaigns", json!({"model": "even"})).unwrap();
    assert_eq!(all["campaigns"].as_array().unwrap().len(), 3);
    assert_eq!(world.ask("campaign", json!({"id": late})).unwrap()["influenced_deals"], 0);
    // Somebody says which one it was.
    world.run(MARCH, "deal.patch", json!({"id": deal, "fields": {"campaign": "printemps"}}));
    let told = world.ask("attribution", json!({"deal": deal})).unwrap()["influence"].clone();
    let primary = told["campaigns"].as_array().unwrap().iter().find(|c| c["campaign"] == "printemps").unwrap().clone();
    assert_eq!(primary["amount"], "1000.01");
}

/// What may happen to two leads who are the same person, in any order that makes sense.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Touch(u8),
    Link(u8),
    Merge,
    Convert,
}

fn card_after(steps: &[Step]) -> Json {
    let world = World::new(json!({}));
    let one = world.make("lead", "one", json!({"company": "Rénov'Ouest", "last_name": "Le Goff", "email": "a@renov.example", "received_at": "2026-03-09T00:00:00Z"}));
    let two = world.make(
        "lead",
        "two",
        json!({"company": "Renov Ouest", "email": "b@renov.example", "received_at": "2026-03-09T00:00:00Z"}),
    );
    for step in steps {
        match step {
            Step::Touch(n) => {
                let mut fields = json!({"happened_at": format!("2026-03-{:02}T09:00:00Z", n + 1), "source": format!("s{n}"), "campaign": format!("c{}", n % 3)});
                match n % 4 {
                    0 => fields["lead"] = json!(one),
                    1 => fields["lead"] = json!(two),
                    2 => fields["visitor"] = json!("v1"),
                    _ => fields["visitor"] = json!("v2"),
                }
                world.run(MARCH, "touch.record", json!({"fields": fields}));
            }
            Step::Link(n) => {
                let lead = if *n == 0 { &one } else { &two };
                let fields =
                    json!({"visitor": format!("v{}", n + 1), "lead": lead, "linked_at": "2026-03-09T00:00:00Z"});
                world.run(MARCH, "visitor.link", json!({"fields": fields}));
            }
            Step::Merge => {
                world.run(MARCH, "lead.merge", json!({"primary": one, "sources": [two], "override_primary": true}));
            }
            Step::Convert => {
                world.run(MARCH, "lead.convert", json!({"id": one, "deal": "none"}));
            }
        }
    }
    let lead = world.ask("attribution", json!({"lead": one, "lang": "fr"})).unwrap();
    let old = world.ask("attribution", json!({"lead": two, "lang": "fr"})).unwrap();
    assert_eq!(old, lead, "the old id leads to the same card");
    let row = world.ask("get", json!({"record": "lead", "id": one})).unwrap()["row"].clone();
    let contact = world.ask("attribution", json!({"contact": row["converted_contact"], "lang": "fr"})).unwrap();
    assert_eq!(contact, lead, "the contact has the lead's card");
    lead
}

fn usual() -> Vec<Step> {
    let touches = (0..8).map(Step::Touch);
    touches.chain([Step::Link(0), Step::Link(1), Step::Merge, Step::Convert]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_order_gives_the_same_card(order in Just(usual()).prop_shuffle()) {
        // Nobody merges or changes what was converted: the merge comes first.
        let mut order = order;
        let place = |order: &[Step], step: Step| order.iter().position(|s| *s == step).unwrap();
        let (merge, convert) = (place(&order, Step::Merge), place(&order, Step::Convert));
        if merge > convert {
            order.swap(merge, convert);
        }
        let card = card_after(&order);
        prop_assert_eq!(&card, &card_after(&usual()));
        prop_assert_eq!(&card["touches"], &json!(8));
        prop_assert_eq!(&card["first_touch"]["source"], &json!("s0"));
    }
}

#[test]
fn a_visitor_who_was_two_people_is_each_in_turn() {
    let world = World::new(json!({}));
    let one = world.make("lead", "one", json!({"company": "a"}));
    let two = world.make("lead", "two", json!({"company": "b"}));
    let touch = |day: u8| {
        let fields = json!({"visitor": "shared", "source": format!("d{day}"), "happened_at": format!("2026-03-{day:02}T09:00:00Z")});
        world.run(MARCH, "touch.record", json!({"fields": fields}))
    };
    for day in [1, 5, 9] {
        touch(day);
    }
    for (lead, day) in [(&one, 3), (&two, 7)] {
        let fields = json!({"visitor": "shared", "lead": lead, "linked_at": format!("2026-03-{day:02}T09:00:00Z")});
        world.run(MARCH, "visitor.link", json!({"fields": fields}));
    }
    let seen = |lead: &str| {
        let card = world.ask("attribution", json!({"lead": lead})).unwrap();
        card["trail"].as_array().unwrap().iter().map(|t| t["source"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((seen(&one), seen(&two)), (vec!["d1".to_owned()], vec!["d9".to_owned(), "d5".to_owned()]));
}
