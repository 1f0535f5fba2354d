//! Quotes under attack: what is refused, with its name, and what no history of commands breaks.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::gate_world::{BOT, MARIE, PAUL, ROOT, with};
use crate::offers::{Shop, line, shop};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";

#[test]
fn what_is_refused_has_a_name_and_a_place() {
    let shop = shop(json!({}));
    let (written, issued) = (shop.written(), shop.issued());
    let foreign = shop.must(ROOT, "account.create", json!({"fields": {"name": "Autre"}}))["id"].clone();
    let nothing = "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10";
    let terms = |lines: Json| json!({"fields": {"deal": shop.deal}, "terms": {"lines": lines}});
    let off = |discount: Json| terms(json!([with(line("a", "1", "10.00"), json!({"discount": discount}))]));
    let huge: Vec<Json> = (0..1001).map(|n| line(&n.to_string(), "1", "1.00")).collect();
    let yes = |more: Json| with(shop.acceptance(&issued), more);
    let late = "2026-12-24T09:00:00Z";
    let mut wrong = Vec::new();
    for (when, command, body, code, path) in [
        // For whom.
        (MONDAY, "quote.create", json!({}), "missing", ""),
        (MONDAY, "quote.create", json!({"fields": {"deal": nothing}}), "not_found", "fields.deal"),
        (
            MONDAY,
            "quote.create",
            json!({"fields": {"deal": shop.deal, "account": foreign}}),
            "invalid_value",
            "fields.deal",
        ),
        (MONDAY, "quote.edit", json!({"id": written, "fields": {"account": foreign}}), "invalid_value", "fields.deal"),
        (
            MONDAY,
            "quote.create",
            json!({"fields": {"deal": shop.deal, "series": "odd"}}),
            "invalid_value",
            "fields.series",
        ),
        // What the library keeps is not written by anybody.
        (
            MONDAY,
            "quote.create",
            json!({"fields": {"deal": shop.deal, "number": "D-1"}}),
            "invalid_value",
            "fields.number",
        ),
        (MONDAY, "quote.edit", json!({"id": issued, "fields": {"hash": "0"}}), "invalid_value", "fields.hash"),
        (
            MONDAY,
            "quote.edit",
            json!({"id": written, "fields": {"state": "accepted"}}),
            "invalid_value",
            "fields.state",
        ),
        // Terms.
        (
            MONDAY,
            "quote.create",
            off(json!({"percent": "100.000001"})),
            "invalid_value",
            "terms.lines[0].discount.percent",
        ),
        (MONDAY, "quote.create", off(json!({"amount": "10.01"})), "invalid_value", "terms.lines[0].discount.amount"),
        (MONDAY, "quote.create", terms(json!(huge)), "too_large", "terms.lines"),
        (
            MONDAY,
            "quote.create",
            terms(json!([line("a", "9000000000000", "9000000000000")])),
            "invalid_value",
            "terms.lines[0].quantity",
        ),
        (MONDAY, "quote.edit", json!({"id": written, "terms": {"odd": 1}}), "unknown_field", "terms"),
        // What was issued.
        (MONDAY, "quote.edit", json!({"id": issued, "terms": {"discount": {"percent": "50"}}}), "wrong_state", ""),
        (MONDAY, "quote.edit", json!({"id": issued, "fields": {"valid_until": "2030-01-01"}}), "wrong_state", ""),
        (MONDAY, "quote.edit", json!({"id": written, "version": 7, "fields": {"title": "x"}}), "conflict", ""),
        (MONDAY, "quote.issue", json!({"id": issued}), "wrong_state", ""),
        (MONDAY, "quote.archive", json!({"id": issued}), "wrong_state", ""),
        (MONDAY, "quote.revise", json!({"id": written}), "wrong_state", ""),
        (MONDAY, "quote.send", json!({"id": written}), "wrong_state", ""),
        (MONDAY, "quote.send", json!({"id": issued, "hash": "0"}), "conflict", "hash"),
        (
            MONDAY,
            "quote.send",
            json!({"id": issued, "recipients": ["no address"]}),
            "invalid_value",
            "fields.recipients[0]",
        ),
        // Its days.
        (MONDAY, "quote.issue", json!({"id": written, "issued_on": "2026-11-24"}), "invalid_value", "issued_on"),
        (MONDAY, "quote.issue", json!({"id": written, "valid_until": "2026-11-22"}), "invalid_value", "valid_until"),
        (MONDAY, "quote.issue", json!({"id": written, "without": ["seller_siren"]}), "missing", ""),
        // Answers.
        (late, "quote.accept", yes(json!({})), "wrong_state", ""),
        (MONDAY, "quote.accept", yes(json!({"at": TUESDAY})), "invalid_value", "at"),
        (TUESDAY, "quote.accept", yes(json!({"at": "2026-11-22T20:00:00Z"})), "invalid_value", "at"),
        (TUESDAY, "quote.accept", yes(json!({"chosen": [7]})), "invalid_value", "chosen[0]"),
        (TUESDAY, "quote.accept", yes(json!({"by": " "})), "missing", ""),
        (TUESDAY, "quote.decline", json!({"id": issued, "reason": ""}), "missing", ""),
        (TUESDAY, "quote.cancel", json!({"id": written, "reason": "x"}), "wrong_state", ""),
    ] {
        let error = shop.run(MARIE, when, command, body.clone()).expect_err(&format!("{command} {body}"));
        let place = error.field().unwrap_or_default();
        // What is wrong before anything is read is told with the body.
        let found = (error.code().name(), place.strip_prefix("body.").unwrap_or(place));
        if found != (code, path) {
            wrong.push(format!(
                "{command} {}: {found:?}, not {:?}",
                body.to_string().chars().take(120).collect::<String>(),
                (code, path)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A line of nothing is no quote.
    let empty = shop.must(MARIE, "quote.create", json!({"fields": {"deal": shop.deal}}))["id"].clone();
    assert_eq!(shop.refused(MARIE, MONDAY, "quote.issue", json!({"id": empty})), "no_lines");
    // 100 % off is a gift, and may be one.
    let gift = shop.must(MARIE, "quote.create", off(json!({"percent": "100"})));
    assert_eq!((&gift["net"]["amount"], &gift["gross"]["amount"]), (&json!("0.00"), &json!("0.00")));

    // Late, with a reason; in time is who said yes in time, whenever it is written down.
    let accepted = shop.must_at(MARIE, late, "quote.accept", yes(json!({"late_reason": "accord oral du 20"})));
    assert_eq!(accepted["acceptance"]["late_reason"], "accord oral du 20");
    let other = shop.issued();
    shop.must_at(PAUL, late, "quote.accept", with(shop.acceptance(&other), json!({"at": TUESDAY})));
    assert_eq!(shop.quote(&other)["answered_at"], TUESDAY);
    for (command, more) in [("quote.cancel", "reason"), ("quote.decline", "reason")] {
        assert_eq!(shop.refused(MARIE, late, command, json!({"id": other, more: "x"})), "not_allowed");
    }
}

#[test]
fn a_mention_that_the_law_asks_for_is_not_forgotten() {
    let shop = shop(json!({"profile": "company", "legal": {"payment_terms": {"fr": "30 jours"}}}));
    let quote = shop.written();
    let error = shop.run(MARIE, MONDAY, "quote.issue", json!({"id": quote})).unwrap_err();
    let detail = error.detail().unwrap();
    let codes = detail["codes"].as_array().unwrap();
    assert!(codes.contains(&json!("seller_address")) && !codes.contains(&json!("payment_terms")), "{codes:?}");
    let asked = shop.ask("quote", json!({"id": quote, "lang": "fr"}));
    assert_eq!(asked["mentions"]["missing"].as_array().unwrap().len(), codes.len(), "{}", asked["mentions"]);
    let all = json!({"id": quote, "without": codes, "reason": "modèle provisoire"});
    shop.must(MARIE, "quote.issue", all);
    let row = shop.quote(&quote);
    assert_eq!((&row["without_mentions"], &row["without_reason"]), (&json!(codes), &json!("modèle provisoire")));
    // What is there is not refused.
    let second = shop.written();
    let terms = json!({"seller": {"name": "Rénov'Ouest", "form": "EI", "siren": "732829320", "address": "1 rue A\n44000 Nantes",
        "rcs": "Nantes", "vat_number": "FR44732829320", "capital": {"amount": "1000.00", "currency": "EUR"}},
        "legal": {"payment_terms": "30 jours", "late_penalty": "3 fois le taux légal, 40 EUR", "signature_line": "Bon pour accord"}});
    shop.must(MARIE, "quote.edit", json!({"id": second, "terms": terms}));
    shop.must(MARIE, "quote.issue", json!({"id": second}));
}

#[test]
fn each_series_counts_by_itself_and_begins_again() {
    let shop = shop(json!({"series": [
        {"id": "quote", "number": "D-{yyyy}-{seq:05}"},
        {"id": "works", "number": "T{seq}"}]}));
    let issue = |when: &str, series: &str, more: Json| {
        let body =
            json!({"fields": {"deal": shop.deal, "series": series}, "terms": {"lines": [line("a", "1", "1.00")]}});
        let id = shop.must_at(MARIE, when, "quote.create", body)["id"].clone();
        shop.must_at(MARIE, when, "quote.issue", with(json!({"id": id}), more))["number"].as_str().unwrap().to_owned()
    };
    assert_eq!(issue(MONDAY, "quote", json!({})), "D-2026-00001");
    assert_eq!(issue(MONDAY, "works", json!({})), "T1");
    assert_eq!(issue(MONDAY, "", json!({})), "D-2026-00002");
    assert_eq!(issue("2027-01-04T09:00:00Z", "quote", json!({})), "D-2027-00001");
    assert_eq!(issue("2027-01-04T09:00:00Z", "works", json!({})), "T2");
    // By the day of the quote, in the seller's zone: it is 2027 in Paris.
    assert_eq!(issue("2026-12-31T23:30:00Z", "quote", json!({})), "D-2027-00002");
    assert_eq!(issue("2027-01-04T09:00:00Z", "quote", json!({"issued_on": "2026-12-31"})), "D-2026-00003");
}

/// One step of a history: what is tried, on which of the quotes that there are.
#[derive(Clone, Debug)]
struct Step(usize, usize);

const COMMANDS: &[&str] = &[
    "quote.create",
    "quote.edit",
    "quote.issue",
    "quote.send",
    "quote.revise",
    "quote.accept",
    "quote.decline",
    "quote.cancel",
    "quote.archive",
    "quote.restore",
    "deal.patch",
    "approve",
    "later",
];

fn take(shop: &Shop, step: &Step, quotes: &mut Vec<Json>, day: &mut u32) {
    let (command, who) = (COMMANDS[step.0 % COMMANDS.len()], if step.1.is_multiple_of(5) { BOT } else { MARIE });
    let when = format!(
        "{}T09:00:00Z",
        chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() + chrono::Days::new(u64::from(*day))
    );
    let quote = quotes
        .get(step.1 % quotes.len().max(1))
        .cloned()
        .unwrap_or_else(|| json!("0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"));
    let price = format!("{}.00", 1 + step.1);
    let body = match command {
        "quote.create" => {
            json!({"fields": {"deal": shop.deal, "primary": if step.1.is_multiple_of(2) { json!(true) } else { Json::Null }},
            "terms": {"lines": [line("a", "1", &price)]}})
        }
        "quote.edit" => json!({"id": quote, "terms": {"lines": [line("a", "2", &price)]}}),
        "quote.accept" => shop.acceptance(&quote),
        "quote.decline" | "quote.cancel" => json!({"id": quote, "reason": "x"}),
        "deal.patch" => json!({"id": shop.deal, "fields": {"value": {"amount": price, "currency": "EUR"}}}),
        "approve" => {
            let waiting = shop.rows("draft").into_iter().filter(|draft| draft["state"] == "waiting");
            for draft in waiting.take(2) {
                let _ = shop.run(MARIE, &when, "draft.approve", shop.seen(&draft["id"]));
            }
            return;
        }
        "later" => {
            *day += 10;
            return;
        }
        _ => json!({"id": quote}),
    };
    if let Ok(answer) = shop.run(who, &when, command, body)
        && matches!(command, "quote.create" | "quote.revise")
        && answer["status"] == "done"
    {
        quotes.push(answer["output"]["id"].clone());
    }
}

/// What holds after every step; `known` is what was issued, as it was then.
fn holds(shop: &Shop, known: &mut BTreeMap<String, Vec<Json>>) {
    let rows = shop.rows("quote");
    let frozen = [
        "number",
        "revision",
        "definition",
        "totals",
        "net",
        "vat",
        "gross",
        "hash",
        "issued_on",
        "valid_until",
        "deal",
    ];
    let mut numbers = BTreeSet::new();
    let (mut in_force, mut written) = (BTreeMap::new(), BTreeMap::new());
    let mut primary = 0;
    for row in &rows {
        let (id, state) = (row["id"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap());
        assert_eq!(row["number"].is_null(), state == "draft", "{row}");
        let is_in_use = row["archived_at"].is_null();
        primary += u32::from(is_in_use && row["primary"] == true);
        if state == "draft" && is_in_use {
            *written.entry(row["root_quote"].to_string()).or_insert(0) += 1;
        }
        if matches!(state, "issued" | "sent" | "accepted") {
            *in_force.entry(row["root_quote"].to_string()).or_insert(0) += 1;
        }
        if let Some(number) = row["number"].as_str() {
            assert!(numbers.insert(number.to_owned()), "twice: {number}");
            let now: Vec<Json> = frozen.iter().map(|field| row[*field].clone()).collect();
            assert_eq!(known.entry(id).or_insert_with(|| now.clone()), &now);
        }
    }
    assert!(in_force.values().chain(written.values()).all(|count| *count == 1), "{in_force:?} {written:?}");
    assert!(primary <= 1, "{primary} primary quotes");
    // No number is missing, and none was given twice: those that were cancelled are there.
    for year in ["2026", "2027"] {
        let of_year = numbers.iter().filter(|number| number.contains(year)).count();
        let last = numbers.iter().filter(|number| number.contains(year)).max();
        if let Some(last) = last {
            assert_eq!(*last, format!("D-{year}-{of_year:05}"));
        }
    }
    assert_eq!(known.len(), numbers.len(), "a number that was given is gone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is tried: what was issued never changes, numbers are given once and in order, one version is open.
    #[test]
    fn no_history_breaks_a_quote(steps in proptest::collection::vec((0usize..13, 0usize..8).prop_map(|(a, b)| Step(a, b)), 10..45)) {
        let shop = shop(json!({}));
        let (mut quotes, mut known, mut day) = (Vec::new(), BTreeMap::new(), 0);
        for step in &steps {
            take(&shop, step, &mut quotes, &mut day);
            holds(&shop, &mut known);
        }
        shop.ask("verify", json!({}));
    }
}
