//! Quotes on a store: from the first line to the deal that is won.

use serde_json::{Value as Json, json};

use crate::gate_world::{BOT, MARIE, ROOT, World, with};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";
/// The day after the last one of a quote of Monday.
const TOO_LATE: &str = "2026-12-24T00:00:00+01:00";

/// What the law asks of a message to a business that has no contract yet.
const MENTIONS: &[&str] =
    &["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"];

pub struct Shop {
    pub world: World,
    pub account: Json,
    pub deal: Json,
}

impl std::ops::Deref for Shop {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

/// A seller of the building trades, a customer, a deal.
pub fn shop(quotes: Json) -> Shop {
    shop_with(quotes, json!({}))
}

/// The same with more of the configuration.
pub fn shop_with(quotes: Json, more: Json) -> Shop {
    let usual = json!({"zone": "Europe/Paris", "currency": "EUR", "language": "fr",
        "seller": {"name": "Rénov'Ouest", "form": "SARL", "siren": "732829320"}});
    let world = World::of(with(json!({"quotes": with(usual, quotes)}), more));
    let stages = json!([{"code": "new", "probability_bp": 2000}, {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    world.must(ROOT, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    let fields = json!({"name": "Mairie de Rezé", "owner": "marie", "street": "1 place Odette Robert", "city": "Rezé",
        "postal_code": "44400"});
    let account = world.must(ROOT, "account.create", json!({"fields": fields}))["id"].clone();
    let fields = json!({"last_name": "Martin", "account": account, "email": "anne@reze.example", "owner": "marie",
        "person_type": "legal_person", "collected_from": "person", "informed_at": "2026-11-20T09:00:00Z",
        "language": "fr"});
    let contact = world.must(ROOT, "contact.create", json!({"fields": fields}))["id"].clone();
    let fields = json!({"name": "Toiture", "account": account, "contact": contact, "owner": "marie",
        "value": {"amount": "500.00", "currency": "EUR"}});
    let deal = world.must(ROOT, "deal.create", json!({"fields": fields}))["id"].clone();
    Shop { world, account, deal }
}

pub fn line(id: &str, quantity: &str, price: &str) -> Json {
    json!({"id": id, "description": {"fr": "Tuiles"}, "quantity": quantity, "unit_price": price, "vat": {"rate": "20"}})
}

impl Shop {
    /// A quote of 1,000.00 for the deal.
    pub fn written(&self) -> Json {
        let option = with(line("option", "1", "200.00"), json!({"kind": "optional"}));
        let body = json!({"fields": {"deal": self.deal, "title": "Toiture"},
            "terms": {"lines": [line("tiles", "10", "100.00"), option]}});
        self.must(MARIE, "quote.create", body)["id"].clone()
    }

    pub fn issued(&self) -> Json {
        let id = self.written();
        self.must(MARIE, "quote.issue", json!({"id": id}));
        id
    }

    /// The message of a quote, given to whoever decides.
    pub fn sending(&self, quote: &Json) -> Json {
        let body = json!({"id": quote, "mentions": MENTIONS, "topic": "other"});
        self.must(MARIE, "quote.send", body)
    }

    pub fn quote(&self, id: &Json) -> Json {
        self.world.row("quote", id.as_str().unwrap())
    }

    pub fn value(&self) -> String {
        let deal = self.world.row("deal", self.deal.as_str().unwrap());
        deal["value"]["amount"].as_str().unwrap_or_default().to_owned()
    }

    pub fn acceptance(&self, quote: &Json) -> Json {
        let row = self.quote(quote);
        json!({"id": quote, "revision": row["revision"], "hash": row["hash"], "by": "Anne Martin"})
    }

    /// The name of what was refused, where the problem has one, or else the code.
    pub fn refused(&self, who: crate::gate_world::Who, when: &str, command: &str, body: Json) -> String {
        let error = self.run(who, when, command, body.clone()).expect_err(&format!("{command} {body}"));
        let problem = error.detail().and_then(|detail| detail["problem"].as_str().map(str::to_owned));
        problem.unwrap_or_else(|| error.code().name().to_owned())
    }
}

#[test]
fn from_the_first_line_to_the_deal_that_is_won() {
    let shop = shop(json!({}));
    let first = shop.written();
    let asked = shop.ask("quote", json!({"id": first, "lang": "fr"}));
    assert_eq!((&asked["standing"], &asked["number"], &asked["hash"]), (&json!("draft"), &Json::Null, &Json::Null));
    assert_eq!((&asked["net"]["amount"], &asked["gross"]["amount"]), (&json!("1000.00"), &json!("1200.00")));
    assert_eq!(asked["terms"]["customer"]["name"], "Mairie de Rezé");
    let may: Vec<&str> = asked["may"].as_array().unwrap().iter().map(|one| one["command"].as_str().unwrap()).collect();
    assert_eq!(may, ["quote.edit", "quote.issue", "quote.archive"]);
    assert_eq!(shop.value(), "500.00");

    // Its number, its days, its hash; the deal is worth what the primary quote says.
    let now = shop.must(MARIE, "quote.issue", json!({"id": first}));
    assert_eq!((&now["number"], &now["state"]), (&json!("D-2026-00001"), &json!("issued")));
    assert_eq!(
        (&now["deal_value"]["outcome"], &now["deal_value"]["before"]["amount"]),
        (&json!("replaced_manual"), &json!("500.00"))
    );
    assert_eq!(shop.value(), "1000.00");
    let row = shop.quote(&first);
    assert_eq!((&row["issued_on"], &row["valid_until"]), (&json!("2026-11-23"), &json!("2026-12-23")));
    assert_eq!(shop.refused(MARIE, MONDAY, "quote.edit", json!({"id": first, "terms": {"lines": []}})), "not_allowed");

    // Nothing leaves without an OK, and what leaves is that quote.
    let sending = shop.sending(&first);
    assert_eq!((&sending["state"], &sending["recipients"]), (&json!("waiting"), &json!(["anne@reze.example"])));
    assert!(shop.parcels(TUESDAY).is_empty());
    assert_eq!(shop.quote(&first)["state"], "issued");
    let draft = shop.ask("draft", json!({"id": sending["draft"], "lang": "fr"}));
    assert_eq!((&draft["quote"]["number"], &draft["quote"]["is_same"]), (&json!("D-2026-00001"), &json!(true)));
    assert_eq!(draft["content"]["quote_hash"], row["hash"]);
    let text = draft["content"]["text"].as_str().unwrap();
    assert!(text.contains("1\u{a0}200,00\u{a0}EUR TTC") && text.contains("Rénov'Ouest"), "{text}");
    shop.must(MARIE, "draft.approve", shop.seen(&sending["draft"]));
    let left = shop.parcels(TUESDAY);
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].quote.map(|id| json!(id)), &json!(left[0].quote_hash)), (Some(first.clone()), &row["hash"]));
    let row = shop.quote(&first);
    assert_eq!((&row["state"], &row["sent_at"]), (&json!("sent"), &json!(TUESDAY)));

    // The next version; the former one stands until it is issued.
    let second = shop.must(MARIE, "quote.revise", json!({"id": first}))["id"].clone();
    assert_eq!(shop.refused(MARIE, MONDAY, "quote.revise", json!({"id": first})), "other_version_open");
    let terms = json!({"lines": [line("tiles", "10", "90.00"), with(line("option", "1", "200.00"), json!({"kind": "optional"}))]});
    shop.must(MARIE, "quote.edit", json!({"id": second, "terms": terms}));
    assert_eq!(shop.quote(&first)["state"], "sent");
    let now = shop.must_at(MARIE, TUESDAY, "quote.issue", json!({"id": second}));
    assert_eq!(
        (&now["number"], &now["superseded"], &now["primary"]),
        (&json!("D-2026-00002"), &json!([first]), &json!(true))
    );
    assert_eq!((&shop.quote(&first)["state"], &shop.quote(&first)["primary"]), (&json!("superseded"), &json!(false)));
    assert_eq!(shop.value(), "900.00");
    let asked = shop.ask("quote", json!({"id": second, "lang": "en"}));
    assert_eq!(asked["diff"]["lines"][0]["effect"]["net"], "-100.00");
    assert_eq!(asked["versions"].as_array().unwrap().len(), 2);

    // What the customer says yes to has to be exactly this.
    let yes = shop.acceptance(&second);
    let at = "2026-11-25T10:00:00Z";
    let with_hash = |hash: &Json| with(yes.clone(), json!({"hash": hash}));
    assert_eq!(shop.refused(MARIE, at, "quote.accept", with_hash(&row["hash"])), "other_hash");
    assert_eq!(shop.refused(MARIE, at, "quote.accept", with(yes.clone(), json!({"revision": 1}))), "other_version");
    assert_eq!(shop.refused(MARIE, at, "quote.accept", shop.acceptance(&first)), "not_allowed");
    assert_eq!(
        shop.refused(MARIE, at, "quote.accept", with(yes.clone(), json!({"chosen": ["tiles"]}))),
        "not_optional"
    );
    let said = with(yes.clone(), json!({"chosen": ["option"], "note": "Bon pour accord"}));
    let accepted = shop.must_at(MARIE, at, "quote.accept", said.clone());
    assert_eq!((&accepted["state"], &accepted["acceptance"]["net"]["amount"]), (&json!("accepted"), &json!("1100.00")));
    assert_eq!(shop.value(), "1100.00");
    assert_eq!(shop.quote(&second)["net"]["amount"], "900.00");
    assert_eq!(shop.quote(&second)["hash"], yes["hash"]);
    // The same again is the same answer, another one is refused.
    let again = shop.must_at(MARIE, "2026-11-26T10:00:00Z", "quote.accept", said);
    assert_eq!(
        (&again["acceptance"], &again["version"], &again["win"]),
        (&accepted["acceptance"], &accepted["version"], &accepted["win"])
    );
    assert_eq!(shop.refused(MARIE, at, "quote.accept", yes), "already_answered");

    // The deal is not won by that: somebody says so.
    let win = &accepted["win"];
    assert_eq!((&win["state"], &accepted["win_problem"]), (&json!("waiting"), &Json::Null), "{accepted}");
    assert_eq!(shop.row("deal", shop.deal.as_str().unwrap())["state"], "open");
    shop.must_at(MARIE, "2026-11-26T11:00:00Z", "draft.approve", shop.seen(&win["draft"]));
    let deal = shop.row("deal", shop.deal.as_str().unwrap());
    assert_eq!((&deal["state"], &deal["value"]["amount"]), (&json!("won"), &json!("1100.00")));
    shop.ask("verify", json!({}));
}

#[test]
fn the_message_of_a_quote_that_is_over_does_not_leave() {
    for over in ["revise", "cancel", "decline", "accept", "expire"] {
        let shop = shop(json!({}));
        let quote = shop.issued();
        let sending = shop.sending(&quote);
        shop.must(MARIE, "draft.approve", shop.seen(&sending["draft"]));
        let mut when = TUESDAY;
        match over {
            "revise" => {
                let next = shop.must(MARIE, "quote.revise", json!({"id": quote}))["id"].clone();
                shop.must(MARIE, "quote.issue", json!({"id": next}));
            }
            "cancel" => drop(shop.must(MARIE, "quote.cancel", json!({"id": quote, "reason": "erreur de prix"}))),
            "decline" => drop(shop.must(MARIE, "quote.decline", json!({"id": quote, "reason": "trop cher"}))),
            "accept" => drop(shop.must(MARIE, "quote.accept", shop.acceptance(&quote))),
            _ => when = TOO_LATE,
        }
        assert!(shop.parcels(when).is_empty(), "{over}");
        let item = shop.rows("outbox_item").into_iter().find(|item| item["draft"] == sending["draft"]).unwrap();
        // An approval ends, too, before a month is over.
        let reasons = item["reasons"].as_str().unwrap_or("quote_over");
        assert!(reasons.contains("quote_over"), "{over}: {item}");
        assert_eq!(shop.quote(&quote)["sent_at"], Json::Null, "{over}");
    }
}

#[test]
fn nobody_has_to_decide_about_the_message_of_a_quote_that_is_over() {
    for over in ["revise", "cancel", "decline", "accept"] {
        let shop = shop(json!({}));
        let quote = shop.issued();
        let waiting = shop.sending(&quote)["draft"].clone();
        let other = shop.issued();
        let kept = shop.sending(&other)["draft"].clone();
        let now = match over {
            "revise" => {
                let next = shop.must(MARIE, "quote.revise", json!({"id": quote}))["id"].clone();
                shop.must(MARIE, "quote.issue", json!({"id": next}))
            }
            "cancel" => shop.must(MARIE, "quote.cancel", json!({"id": quote, "reason": "erreur de prix"})),
            "decline" => shop.must(MARIE, "quote.decline", json!({"id": quote, "reason": "trop cher"})),
            _ => shop.must(MARIE, "quote.accept", shop.acceptance(&quote)),
        };
        assert_eq!(now["taken_back"], json!([waiting]), "{over}");
        assert_eq!((shop.state(&waiting).as_str(), shop.state(&kept).as_str()), ("cancelled", "waiting"), "{over}");
        let told = shop.rows("draft_event").into_iter().filter(|event| event["draft"] == waiting);
        let told = told.filter(|event| event["reasons"].as_str().is_some_and(|why| why.contains("quote_over")));
        assert_eq!(told.count(), 1, "{over}");
    }
}

#[test]
fn the_message_is_bound_to_its_quote() {
    let shop = shop(json!({}));
    let quote = shop.issued();
    let sending = shop.sending(&quote);
    // Other words, the same quote, another decision.
    let before = shop.seen(&sending["draft"]);
    shop.must(MARIE, "draft.patch", json!({"id": sending["draft"], "fields": {"subject": "Votre devis"}}));
    assert_eq!(shop.refused(MARIE, MONDAY, "draft.approve", before), "stale_revision");
    for fields in [json!({"quote": null}), json!({"quote_hash": "0"})] {
        let body = json!({"id": sending["draft"], "fields": fields});
        assert_eq!(shop.run(MARIE, MONDAY, "draft.patch", body).unwrap_err().code().name(), "invalid_value");
    }
    // A second message takes the place of one that nobody approved.
    let second = shop.sending(&quote);
    assert_eq!(shop.state(&sending["draft"]), "superseded");
    assert_eq!(shop.quote(&quote)["draft"], second["draft"]);
    // A rule approves no quotes: a person does.
    shop.rule(json!({"effect": "auto", "channel": "email"}));
    let third = shop.sending(&quote);
    assert_eq!(third["state"], "waiting");
}

#[test]
fn a_manual_value_holds_until_somebody_says_otherwise() {
    let shop = shop(json!({}));
    let first = shop.issued();
    assert_eq!(shop.value(), "1000.00");
    let value = json!({"value": {"amount": "750.00", "currency": "EUR"}});
    shop.must(MARIE, "deal.patch", json!({"id": shop.deal, "fields": value}));
    assert_eq!(shop.row("deal", shop.deal.as_str().unwrap())["value_source"], "manual");
    let next = shop.must(MARIE, "quote.revise", json!({"id": first}))["id"].clone();
    let now = shop.must(MARIE, "quote.issue", json!({"id": next}));
    assert_eq!((&now["deal_value"]["outcome"], shop.value().as_str()), (&json!("kept_manual"), "750.00"));
    let now = shop.must(MARIE, "quote.edit", json!({"id": next, "fields": {"primary": true}}));
    assert_eq!((&now["deal_value"]["outcome"], shop.value().as_str()), (&json!("replaced_manual"), "1000.00"));
    assert_eq!(now["deal_value"]["before"]["amount"], "750.00");
    let again = shop.must(MARIE, "quote.edit", json!({"id": next, "fields": {"primary": true}}));
    assert_eq!(again["deal_value"]["outcome"], "followed");

    // Another quote of the deal is not its primary one unless somebody says so, and then it alone is.
    let other = shop.issued();
    assert_eq!(shop.quote(&other)["primary"], false);
    shop.must(MARIE, "quote.edit", json!({"id": other, "fields": {"primary": true}}));
    assert_eq!((&shop.quote(&next)["primary"], &shop.quote(&other)["primary"]), (&json!(false), &json!(true)));
}

#[test]
fn what_an_agent_may_only_propose() {
    let shop = shop(json!({}));
    let body = json!({"fields": {"deal": shop.deal}, "terms": {"lines": [line("tiles", "1", "100.00")]}});
    let quote = shop.must(BOT, "quote.create", body)["id"].clone();
    shop.must(BOT, "quote.edit", json!({"id": quote, "fields": {"title": "Tuiles"}}));
    let held = shop.run(BOT, MONDAY, "quote.issue", json!({"id": quote})).unwrap();
    assert_eq!((&held["status"], &shop.quote(&quote)["state"]), (&json!("held"), &json!("draft")));

    // What somebody looked at is what is issued: an edit since makes it stale.
    let seen = shop.seen(&held["draft"]);
    shop.must(MARIE, "quote.edit", json!({"id": quote, "terms": {"lines": [line("tiles", "1", "90.00")]}}));
    assert_eq!(shop.refused(MARIE, MONDAY, "draft.approve", seen), "stale_preview");
    let held = shop.run(BOT, MONDAY, "quote.issue", json!({"id": quote})).unwrap();
    // Another number that was given meanwhile is no reason to ask again.
    shop.issued();
    shop.must(MARIE, "draft.approve", shop.seen(&held["draft"]));
    let row = shop.quote(&quote);
    assert_eq!((&row["state"], &row["number"]), (&json!("issued"), &json!("D-2026-00002")));
    for (command, body) in [
        ("quote.accept", shop.acceptance(&quote)),
        ("quote.decline", json!({"id": quote, "reason": "non"})),
        ("quote.cancel", json!({"id": quote, "reason": "non"})),
    ] {
        let held = shop.run(BOT, MONDAY, command, body).unwrap();
        assert_eq!(held["status"], "held", "{command}");
    }
    assert_eq!(shop.quote(&quote)["state"], "issued");
    // The message it may write; nothing leaves by that.
    shop.must(BOT, "quote.send", json!({"id": quote}));
    assert!(shop.parcels(TUESDAY).is_empty());
}

#[test]
fn pages_of_quotes_and_where_they_stand() {
    let shop = shop(json!({}));
    let (sent, cancelled, written) = (shop.issued(), shop.issued(), shop.written());
    shop.must(MARIE, "quote.cancel", json!({"id": cancelled, "reason": "doublon"}));
    let asked = |when: &str, body: Json| {
        let document =
            json!({"workspace": "acme", "actor": {"name": "root", "role": "owner"}, "at": when, "quotes": body});
        let answer = shop.crm.query_json(document.to_string().as_bytes()).unwrap();
        answer["quotes"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    for (when, state, expected) in [
        (TUESDAY, "issued", vec![&sent]),
        (TUESDAY, "expired", vec![]),
        (TOO_LATE, "expired", vec![&sent]),
        (TOO_LATE, "issued", vec![]),
        (TUESDAY, "cancelled", vec![&cancelled]),
        (TUESDAY, "draft", vec![&written]),
    ] {
        let found = asked(when, json!({"deal": shop.deal, "state": state}));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{when} {state}");
    }
    assert_eq!(asked(TUESDAY, json!({"account": shop.account, "owner": "marie"})).len(), 3);
    assert_eq!(asked(TUESDAY, json!({"owner": "paul"})).len(), 0);
    let first = shop.ask("quotes", json!({"limit": 2}));
    let rest = shop.ask("quotes", json!({"limit": 2, "after": first["next"]}));
    assert_eq!((first["quotes"].as_array().unwrap().len(), rest["quotes"].as_array().unwrap().len()), (2, 1));

    // On the deal's timeline, and as a place for files.
    shop.must(MARIE, "quote.decline", json!({"id": sent, "reason": "trop cher", "by": "Anne"}));
    let told = shop.ask(
        "timeline",
        json!({"record": "deal", "id": shop.deal, "kinds": ["quote", "quote_answered"], "lang": "fr"}),
    );
    let texts: Vec<&str> =
        told["entries"].as_array().unwrap().iter().map(|e| e["reason"]["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"devis refusé par Anne\u{a0}: D-2026-00001"), "{texts:?}");
    let file = json!({"fields": {"name": "plan.pdf", "media_type": "application/pdf", "size_bytes": 9, "sha256": "a".repeat(64)},
        "quote": sent});
    assert_eq!(shop.must(MARIE, "attachment.create", file)["links"], 1);
}
