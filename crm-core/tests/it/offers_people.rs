//! Whose word counts for a quote: an agent's message never takes the place of a person's, and what a deal is worth is changed
//! by who may change the deal.

use serde_json::{Value as Json, json};

use crate::gate_world::{BOT, MARIE, PAUL, ROOT};
use crate::offers::{Shop, line, shop, shop_with};

const MONDAY: &str = "2026-11-23T09:00:00Z";

fn message(quote: &Json, text: &str) -> Json {
    json!({"id": quote, "subject": "Votre devis", "text": text})
}

fn text(shop: &Shop, draft: &Json) -> Json {
    shop.row("draft", draft.as_str().unwrap())["text"].clone()
}

#[test]
fn an_agent_replaces_its_own_message_and_no_person_s() {
    let shop = shop(json!({}));
    let quote = shop.issued();
    let first = shop.must(BOT, "quote.send", message(&quote, "Un"))["draft"].clone();
    let second = shop.must(BOT, "quote.send", message(&quote, "Deux"))["draft"].clone();
    assert_eq!((shop.state(&first).as_str(), shop.state(&second).as_str()), ("superseded", "waiting"));
    // A person does, also with what the agent wrote.
    let own = shop.must(MARIE, "quote.send", message(&quote, "Bonjour Anne"))["draft"].clone();
    assert_eq!((shop.state(&second).as_str(), shop.state(&own).as_str()), ("superseded", "waiting"));
    let before = shop.row("draft", own.as_str().unwrap());
    let error = shop.run(BOT, MONDAY, "quote.send", message(&quote, "Trois")).unwrap_err();
    assert_eq!(error.code().name(), "forbidden");
    assert_eq!(error.detail().unwrap()["problem"], "persons_draft");
    assert_eq!(error.detail().unwrap()["draft"], own);
    assert!(error.to_string().contains(own.as_str().unwrap()), "{error}");
    let french = crm_core::lang::problem(error.problem(), crm_core::Lang::French);
    assert!(french.contains("une personne") && french.contains("\u{a0}:"), "{french}");
    // Nothing happened to it, and it is still the quote's.
    assert_eq!(shop.row("draft", own.as_str().unwrap()), before);
    assert_eq!((&shop.quote(&quote)["draft"], shop.rows("draft").len()), (&own, 3));
    // Nor to one that a person sent back, or is writing still.
    shop.must(ROOT, "draft.request_changes", with_note(shop.seen(&own)));
    assert_eq!(shop.refused(BOT, MONDAY, "quote.send", message(&quote, "Trois")), "persons_draft");
    assert_eq!(text(&shop, &own), "Bonjour Anne");
    // Once it is over, the agent may write one.
    shop.must(MARIE, "draft.cancel", json!({"id": own}));
    let third = shop.must(BOT, "quote.send", message(&quote, "Trois"))["draft"].clone();
    assert_eq!(shop.state(&third), "waiting");
}

fn with_note(seen: Json) -> Json {
    crate::gate_world::with(seen, json!({"note": "plus court"}))
}

#[test]
fn words_that_a_person_put_into_an_agent_s_message_are_a_person_s() {
    let shop = shop(json!({}));
    let quote = shop.issued();
    let draft = shop.must(BOT, "quote.send", message(&quote, "Un"))["draft"].clone();
    shop.must(MARIE, "draft.patch", json!({"id": draft, "fields": {"text": "Bonjour Anne"}}));
    assert_eq!(shop.refused(BOT, MONDAY, "quote.send", message(&quote, "Deux")), "persons_draft");
    assert_eq!((text(&shop, &draft), shop.state(&draft).as_str()), (json!("Bonjour Anne"), "waiting"));
}

/// A workspace whose members change what is theirs; Paul writes quotes for Marie's deal.
fn strict() -> Shop {
    shop_with(json!({}), json!({"access": {"roles": {"member": {"read": "all", "write": "own"}}}}))
}

fn paul_s(shop: &Shop, more: Json) -> Json {
    let fields = crate::gate_world::with(json!({"deal": shop.deal, "owner": "paul"}), more);
    json!({"fields": fields, "terms": {"lines": [line("tiles", "1", "9000.00")]}})
}

#[test]
fn who_may_not_change_the_deal_does_not_say_what_it_is_worth() {
    let shop = strict();
    // Not by asking for it, and not by being the first.
    let error = shop.run(PAUL, MONDAY, "quote.create", paul_s(&shop, json!({"primary": true}))).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("forbidden", Some("fields.primary")));
    let first = shop.must(PAUL, "quote.create", paul_s(&shop, json!({})))["id"].clone();
    assert_eq!(shop.quote(&first)["primary"], false);
    shop.must(PAUL, "quote.issue", json!({"id": first}));
    assert_eq!(shop.value(), "500.00");
    // Nor afterwards.
    let name = json!({"id": first, "fields": {"primary": true}});
    let error = shop.run(PAUL, MONDAY, "quote.edit", name.clone()).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("forbidden", Some("fields.primary")));
    assert_eq!((shop.value().as_str(), &shop.quote(&first)["primary"]), ("500.00", &json!(false)));
    // Who may does, and the deal says what it was before.
    let now = shop.must(ROOT, "quote.edit", name);
    assert_eq!((&now["deal_value"]["outcome"], shop.value().as_str()), (&json!("replaced_manual"), "9000.00"));
    assert_eq!(now["deal_value"]["before"]["amount"], "500.00");
    // A version of it that Paul issues goes on with what was decided.
    let next = shop.must(PAUL, "quote.revise", json!({"id": first}))["id"].clone();
    let terms = json!({"lines": [line("tiles", "1", "8000.00")]});
    shop.must(PAUL, "quote.edit", json!({"id": next, "terms": terms}));
    let now = shop.must(PAUL, "quote.issue", json!({"id": next}));
    assert_eq!((&now["primary"], shop.value().as_str()), (&json!(true), "8000.00"));
}

#[test]
fn a_primary_quote_is_not_carried_over_to_somebody_else_s_deal() {
    let shop = strict();
    let fields = json!({"name": "Isolation", "account": shop.account, "owner": "paul"});
    let own = shop.must(ROOT, "deal.create", json!({"fields": fields}))["id"].clone();
    let quote = shop.must(PAUL, "quote.create", paul_s(&shop, json!({"deal": own})))["id"].clone();
    assert_eq!(shop.quote(&quote)["primary"], true);
    let moved = json!({"id": quote, "fields": {"deal": shop.deal}});
    let error = shop.run(PAUL, MONDAY, "quote.edit", moved).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("forbidden", Some("fields.primary")));
    // Without the mark it moves.
    shop.must(PAUL, "quote.edit", json!({"id": quote, "fields": {"deal": shop.deal, "primary": false}}));
    assert_eq!((&shop.quote(&quote)["deal"], shop.value().as_str()), (&shop.deal, "500.00"));
}

#[test]
fn a_mark_comes_back_with_a_quote_only_by_who_may_change_the_deal() {
    let shop = strict();
    let quote = shop.must(ROOT, "quote.create", paul_s(&shop, json!({})))["id"].clone();
    assert_eq!(shop.quote(&quote)["primary"], true);
    shop.must(PAUL, "quote.archive", json!({"id": quote}));
    assert_eq!(shop.refused(PAUL, MONDAY, "quote.restore", json!({"id": quote})), "forbidden");
    shop.must(ROOT, "quote.restore", json!({"id": quote}));
}
