//! The consent gate: cases worked out by hand, and what is refused at the door.

use std::collections::BTreeSet;

use crm_core::rules::Rules;
use crm_core::{Error, Lang};
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const ANSWER: &str = "/answers/0/answer";
const BASIS: &str = "/answers/0/basis";
const FIRST: &str = "/answers/0/reasons/0/code";
const SECOND: &str = "/answers/0/reasons/1/code";
const UNTIL: &str = "/answers/0/until";
const FROM: &str = "/answers/0/possible_from";
const INCLUDE: &str = "/answers/0/must_include";
const CURRENT: &str = "/answers/0/current";
const LENGTH: &str = "/answers/0/history_len";
const ALLOW: &str = r#""allow""#;
const REVIEW: &str = r#""review""#;

const NUMBERS: &[Number] = &[
    // Hours of decree 2022-1313, the end excluded.
    ("a Tuesday at 10:00", BASIS, r#""legitimate_interest""#),
    ("a Tuesday at 09:59:59", FIRST, r#""outside_hours""#),
    ("a Tuesday at 09:59:59", UNTIL, r#""2026-01-13T09:00:00Z""#),
    ("a Tuesday at 12:59:59", ANSWER, ALLOW),
    ("a Tuesday at 13:00", FIRST, r#""outside_hours""#),
    ("a Tuesday at 13:00", UNTIL, r#""2026-01-13T13:00:00Z""#),
    ("a Tuesday at 13:30, fr", FIRST, r#""outside_hours""#),
    ("a Tuesday at 14:00", ANSWER, ALLOW),
    ("a Tuesday at 20:00", FIRST, r#""outside_hours""#),
    ("a Tuesday at 20:00", UNTIL, r#""2026-01-14T09:00:00Z""#),
    ("a Saturday at 11:00", FIRST, r#""weekend""#),
    ("a Saturday at 11:00", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("a Saturday at 11:00", FROM, r#""2026-01-19T09:00:00Z""#),
    ("a Saturday at 21:00, fr", SECOND, r#""outside_hours""#),
    ("the 14th of July", FIRST, r#""public_holiday""#),
    ("the 14th of July", UNTIL, r#""2026-07-14T22:00:00Z""#),
    ("Good Friday where nobody knows the region, fr", FIRST, r#""public_holiday""#),
    ("Good Friday in Lyon", ANSWER, ALLOW),
    // The 26th is one too and a Friday, so that Monday comes next.
    ("Christmas and the day after in Strasbourg", UNTIL, r#""2025-12-26T23:00:00Z""#),
    ("Christmas and the day after in Strasbourg", FROM, r#""2025-12-29T09:00:00Z""#),
    ("the same instant is early in Martinique", FIRST, r#""outside_hours""#),
    ("the same instant is early in Martinique", UNTIL, r#""2026-01-13T14:00:00Z""#),
    // 13:00 there.
    ("and well in Reunion", UNTIL, r#""2026-01-13T10:00:00Z""#),
    ("four calls in 30 days, fr", FIRST, r#""max_4_per_30_days""#),
    ("four calls in 30 days, fr", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("three calls in 30 days", ANSWER, ALLOW),
    ("a call of the 30th day before does not count", ANSWER, ALLOW),
    ("five calls, two have to end", UNTIL, r#""2026-01-18T23:00:00Z""#),
    ("five calls, two have to end", "/answers/0/reasons/0/calls", "5"),
    // 60 days after 2 January: the 3rd of March; the 15th of February is a Sunday.
    ("refused on 2 January", FIRST, r#""refused_60_days""#),
    ("refused on 2 January", SECOND, r#""weekend""#),
    ("refused on 2 January", UNTIL, r#""2026-03-02T23:00:00Z""#),
    ("refused on 2 January, fr", FROM, r#""2026-03-03T09:00:00Z""#),
    ("61 days after a refusal", ANSWER, ALLOW),
    ("a refusal in July counts until the law ends", UNTIL, r#""2026-08-10T22:00:00Z""#),
    ("a refusal in July counts until the law ends", FROM, "null"),
    ("on the Bloctel list, fr", FIRST, r#""bloctel_listed""#),
    ("Bloctel was never checked", FIRST, r#""bloctel_unchecked""#),
    ("Bloctel was checked 30 days ago, fr", FIRST, r#""bloctel_unchecked""#),
    ("Bloctel was checked 29 days ago", ANSWER, ALLOW),
    ("the last day without consent", ANSWER, ALLOW),
    ("the first day with consent, and there is none, fr", FIRST, r#""prior_consent_required""#),
    ("the first day with consent, and there is none, fr", UNTIL, "null"),
    ("the first day with consent", BASIS, r#""consent""#),
    ("a consent of another number", FIRST, r#""prior_consent_required""#),
    ("a consent without proof, fr", ANSWER, REVIEW),
    ("a refusal after the consent", FIRST, r#""prior_consent_required""#),
    ("a refusal at the same instant as the consent", FIRST, r#""prior_consent_required""#),
    ("a running contract after the change", BASIS, r#""ongoing_contract""#),
    ("consented calls keep the hours", FIRST, r#""outside_hours""#),
    ("a lawyer set the hours aside, fr", BASIS, r#""consent""#),
    ("a lawyer set the hours aside, fr", SECOND, r#""set_aside_by_counsel""#),
    // At midnight and not at ten.
    ("the exception begins tomorrow", UNTIL, r#""2026-08-31T22:00:00Z""#),
    ("the exception begins tomorrow", FROM, r#""2026-08-31T22:00:00Z""#),
    ("a professional at night", BASIS, r#""legitimate_interest""#),
    ("a consumer of whom little is known, fr", ANSWER, REVIEW),
    ("nothing is known", FIRST, r#""bloctel_unchecked""#),
    // What the law forbids, and when.
    ("by phone since 2020", FIRST, r#""sector_ban""#),
    ("by phone on the day before", ANSWER, ALLOW),
    ("by e-mail, fr", FIRST, r#""sector_ban""#),
    ("by text message", FIRST, r#""sector_ban""#),
    ("by text message on the day before the ban", BASIS, r#""consent""#),
    ("by text message from midnight", FIRST, r#""sector_ban""#),
    ("adapting a home, by e-mail, fr", FIRST, r#""sector_ban""#),
    ("a running contract, by phone", BASIS, r#""ongoing_contract""#),
    ("a running contract, by e-mail, fr", BASIS, r#""ongoing_contract""#),
    ("by letter", BASIS, r#""legitimate_interest""#),
    ("a professional", BASIS, r#""legitimate_interest""#),
    ("nobody says what it is about", ANSWER, REVIEW),
    ("an answer by e-mail, fr", FIRST, r#""legal_review""#),
    ("an answer on another subject", BASIS, r#""open_conversation""#),
    ("an answer in no conversation", FIRST, r#""opt_in_required""#),
    ("a call back that was asked for", FIRST, r#""sector_ban""#),
    ("an answer that a lawyer approved", SECOND, r#""set_aside_by_counsel""#),
    // E-mail.
    ("a professional who was told", BASIS, r#""legitimate_interest""#),
    ("a professional who was told", INCLUDE, r#"["sender_identity","commercial_nature","opt_out"]"#),
    (
        "a professional who was told, one of many, fr",
        INCLUDE,
        r#"["sender_identity","commercial_nature","opt_out","list_unsubscribe"]"#,
    ),
    ("a professional who was not told, fr", FIRST, r#""not_informed""#),
    ("told by the ledger", ANSWER, ALLOW),
    ("told later than the law asks, fr", "/answers/0/reasons/0/doubt", r#""informed_late""#),
    (
        "from somebody else, the first message informs",
        INCLUDE,
        r#"["sender_identity","commercial_nature","opt_out","data_source","rights","privacy_contact"]"#,
    ),
    ("from somebody else, a month is over", FIRST, r#""not_informed""#),
    ("from somebody else, not the first message", FIRST, r#""not_informed""#),
    ("a subject of private life, fr", FIRST, r#""subject_unrelated_to_profession""#),
    ("nobody knows the subject", "/answers/0/reasons/0/fact", r#""subject_related""#),
    ("a general mailbox", BASIS, r#""legal_person""#),
    ("a general mailbox, fr", FIRST, r#""legal_person_mailbox""#),
    ("a general name at a provider of mailboxes", FIRST, r#""opt_in_required""#),
    ("a general mailbox that unsubscribed", FIRST, r#""objection""#),
    ("an objection on another channel and address, fr", FIRST, r#""objection""#),
    ("an objection on another channel and address, fr", "/answers/0/reasons/0/channel", r#""phone""#),
    ("a record that says opted out", FIRST, r#""objection""#),
    ("a record's opted out and a contract, fr", "/answers/0/reasons/0/doubt", r#""objected_to_prospecting""#),
    ("service under a contract", BASIS, r#""ongoing_contract""#),
    ("service without a contract", FIRST, r#""opt_in_required""#),
    ("a consumer who agreed", BASIS, r#""consent""#),
    ("a consumer who agreed to text messages only", FIRST, r#""opt_in_required""#),
    ("a consumer who never agreed, fr", FIRST, r#""opt_in_required""#),
    ("a record's opted in without a proof", "/answers/0/reasons/0/doubt", r#""consent_unproven""#),
    ("a customer and similar products, fr", BASIS, r#""soft_opt_in""#),
    ("a customer and other products", FIRST, r#""opt_in_required""#),
    ("a customer on WhatsApp", FIRST, r#""opt_in_required""#),
    ("a record's soft and similar products", BASIS, r#""soft_opt_in""#),
    ("three years after a click, to the day", ANSWER, ALLOW),
    ("three years after a click are over, fr", FIRST, r#""retention_expired""#),
    ("opening a message does not count", FIRST, r#""retention_expired""#),
    ("opening a message does not count", "/answers/0/reasons/0/last", r#""2020-05-04""#),
    ("nobody knows since when", ANSWER, REVIEW),
    ("messages come back", FIRST, r#""undeliverable""#),
    // The ledger.
    ("subscribed again after opting out", CURRENT, r#""opted_in""#),
    ("subscribed again after opting out", LENGTH, "2"),
    ("learnt the other way round", CURRENT, r#""opted_in""#),
    ("a bounce after an unsubscribe", CURRENT, r#""opted_out""#),
    ("an unsubscribe after a bounce", CURRENT, r#""opted_out""#),
    ("a bounce after a consent", CURRENT, r#""bounced""#),
    ("told twice", LENGTH, "1"),
    ("at the same instant", CURRENT, r#""opted_out""#),
    ("a consent to one channel does not take back an objection to all", CURRENT, r#""opted_out""#),
    ("an objection that was taken back is no consent", CURRENT, r#""unknown""#),
    ("a consent at another address", CURRENT, r#""opted_out""#),
    ("erased", CURRENT, r#""opted_out""#),
    ("erased", "/answers/0/state/0/acts", r#"{"withdrawn":{"at":"2026-01-20T09:00:00Z"}}"#),
    ("erased without an objection", "/answers/0/state", "[]"),
    ("nothing was said", CURRENT, r#""unknown""#),
    (
        "one of many",
        "/answers/0/headers",
        r#"["List-Unsubscribe: <https://exemple.fr/u/7f3a?l=1>","List-Unsubscribe-Post: List-Unsubscribe=One-Click"]"#,
    ),
    ("one of many", "/answers/0/dkim_covers", r#"["List-Unsubscribe","List-Unsubscribe-Post"]"#),
    ("a single message", "/answers/0/headers", "[]"),
    ("the rules with dates and sources", "/answers/0/is_legal_advice", "false"),
];

#[test]
fn what_was_worked_out_by_hand_holds() {
    golden::holds("consent", NUMBERS);
}

fn answer(name: &str) -> Json {
    golden::answer("consent", name)
}

fn all(answer: &Json, key: &str) -> Vec<String> {
    answer["reasons"].as_array().unwrap().iter().filter_map(|r| r[key].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_reason_is_listed_and_the_first_decides() {
    let everything = answer("everything at once, and the order of reasons, fr");
    let wanted = [
        "objection",
        "undeliverable",
        "sector_ban",
        "bloctel_unchecked",
        "retention_expired",
        "refused_60_days",
        "max_4_per_30_days",
        "weekend",
        "outside_hours",
    ];
    assert_eq!(all(&everything, "code"), wanted);
    assert_eq!((&everything["until"], &everything["possible_from"]), (&Json::Null, &Json::Null));
    // The law of refusals ends three days later, 60 days do not.
    assert_eq!(everything["reasons"][5]["until"], "2026-08-10T22:00:00Z");
    let nothing = answer("nothing is known");
    let facts = ["person", "topic", "last_contact", "calls", "zone"];
    assert_eq!(all(&nothing, "fact"), facts);
    let unknown = answer("a consumer of whom little is known, fr");
    assert_eq!(all(&unknown, "fact"), facts[1..]);
}

#[test]
fn the_rules_are_dated_and_say_where_they_are_from() {
    let rules = Rules::default();
    let mut ids = BTreeSet::new();
    for law in rules.consent().laws() {
        assert!(ids.insert(&law.id), "{} twice", law.id);
        assert!(!law.source.is_empty() && !law.channels.is_empty() && !law.persons.is_empty(), "{}", law.id);
        assert!(law.valid_from.zip(law.valid_until).is_none_or(|(from, until)| from < until), "{}", law.id);
    }
    assert_eq!(ids.len(), 16);
}

fn said(e: Error) -> String {
    assert!(!e.text(Lang::French).contains("«\u{a0}a"), "{}", e.text(Lang::French));
    format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
}

#[test]
fn the_door_is_strict() {
    let rules = Rules::default();
    let one = |ask: Json| said(rules.eval("consent", &json!({"asks": [ask]})).unwrap_err());
    let now = "2026-01-13T10:00:00Z";
    let facts = |facts: Json| one(json!({"ask": "may_contact", "channel": "email", "at": now, "facts": facts}));
    let event = |event: Json| one(json!({"ask": "ledger", "events": [event]}));
    assert_eq!(said(rules.eval("consent", &json!({})).unwrap_err()), "missing -");
    assert_eq!(one(json!({"ask": "may_i"})), "invalid_value asks[0].ask");
    assert_eq!(one(json!({"ask": "rules", "at": now})), "unknown_field asks[0]");
    assert_eq!(one(json!({"ask": "may_contact", "channel": "email", "facts": {}})), "missing asks[0]");
    assert_eq!(
        one(json!({"ask": "may_contact", "channel": "fax", "at": now, "facts": {}})),
        "invalid_value asks[0].channel"
    );
    for (given, wanted) in [
        (json!({"persn": "consumer"}), "unknown_field asks[0].facts"),
        (json!({"person": "robot"}), "invalid_value asks[0].facts.person"),
        (json!({"topic": "energy_renov"}), "invalid_value asks[0].facts.topic"),
        (json!({"zone": "Europe/Pariss"}), "invalid_value asks[0].facts.zone"),
        (json!({"region": "bretagne"}), "invalid_value asks[0].facts.region"),
        (json!({"customer": "yes"}), "invalid_value asks[0].facts.customer"),
        (json!({"calls": 4}), "invalid_json asks[0].facts.calls"),
        (json!({"calls": ["2026-01-01"]}), "invalid_value asks[0].facts.calls[0]"),
        (json!({"consent": "yes"}), "invalid_value asks[0].facts.consent"),
        (json!({"bloctel": {"checked_at": now}}), "missing asks[0].facts.bloctel"),
        (json!({"signs": [{"kind": "wave", "at": now}]}), "invalid_value asks[0].facts.signs[0].kind"),
        (json!({"collected_from": "broker"}), "invalid_value asks[0].facts.collected_from"),
        (json!({"address": "somewhere"}), "invalid_json asks[0].facts.address"),
        (json!({"address_hash": "ABC"}), "invalid_json asks[0].facts.address_hash"),
        (
            json!({"events": [{"address": "a@exemple.fr", "act": "withdrawn", "at": "2026-01-13T10:00:01Z"}]}),
            "invalid_value asks[0].facts.events[0].at",
        ),
    ] {
        assert_eq!(facts(given.clone()), wanted, "{given}");
    }
    let granted = |extra: Json| {
        let mut map = json!({"address": "a@exemple.fr", "act": "granted", "at": now});
        map.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        event(map)
    };
    assert_eq!(granted(json!({})), "missing asks[0].events[0]");
    assert_eq!(granted(json!({"purpose": "prospecting"})), "missing asks[0].events[0]");
    assert_eq!(granted(json!({"purpose": "fun", "channel": "email"})), "invalid_value asks[0].events[0].purpose");
    assert_eq!(event(json!({"act": "withdrawn", "at": now})), "missing asks[0].events[0]");
    assert_eq!(
        event(json!({"address": "a@exemple.fr", "act": "resubscribed", "at": now})),
        "invalid_value asks[0].events[0].act"
    );
    let both = json!({"address": "a@exemple.fr", "address_hash": "a".repeat(64), "act": "withdrawn", "at": now});
    assert_eq!(event(both), "invalid_rules asks[0].events[0]");
    let many = vec![json!(now); 10_001];
    assert_eq!(facts(json!({"calls": many})), "too_large asks[0].facts.calls");
    // Nothing breaks out of a header.
    for url in [
        "http://exemple.fr/u",
        "https://",
        "https://exemple.fr/\r\nBcc: x@y.z",
        "https://exemple.fr/a b",
        "https://exemple.fr/>,<https://x.fr",
        "https://exémple.fr/u",
        "https://user@exemple.fr/",
        "javascript:alert(1)",
    ] {
        let ask = json!({"ask": "headers", "bulk": true, "unsubscribe_url": url});
        assert_eq!(one(ask), "invalid_json asks[0].unsubscribe_url", "{url}");
    }
    assert_eq!(one(json!({"ask": "headers", "bulk": true})), "missing asks[0]");
    for mailbox in ["u", "@exemple.fr", "u@exemple.fr\n", "u@exemple.fr?cc=x@y.z", "u@x.fr>,<mailto:y@z.fr"] {
        let ask =
            json!({"ask": "headers", "bulk": true, "unsubscribe_url": "https://exemple.fr/u", "mailbox": mailbox});
        assert_eq!(one(ask), "invalid_value asks[0].mailbox", "{mailbox}");
    }
}

#[test]
fn exceptions_have_a_date_and_a_name() {
    let refused = |change: Json| {
        let mut exception = json!({"id": "fair", "sets_aside": ["weekend"], "valid_from": "2026-09-01",
            "valid_until": "2026-09-30", "by": "Me Durand", "on": "2026-08-20"});
        exception.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        said(Rules::from_json(&json!({"consent": {"exceptions": [exception]}})).unwrap_err())
    };
    for (change, wanted) in [
        (json!({"sets_aside": ["objection"]}), "invalid_value consent.exceptions[0].sets_aside[0]"),
        (json!({"sets_aside": ["unknown_fact"]}), "invalid_value consent.exceptions[0].sets_aside[0]"),
        (json!({"sets_aside": []}), "invalid_rules consent.exceptions[0].sets_aside"),
        (json!({"valid_until": null}), "missing consent.exceptions[0]"),
        (json!({"valid_until": "2026-08-31"}), "invalid_value consent.exceptions[0].valid_until"),
        (json!({"by": " "}), "invalid_rules consent.exceptions[0].by"),
        (json!({"on": null}), "missing consent.exceptions[0]"),
        (json!({"channels": ["fax"]}), "invalid_value consent.exceptions[0].channels[0]"),
        (json!({"for": "ever"}), "unknown_field consent.exceptions[0]"),
    ] {
        assert_eq!(refused(change.clone()), wanted, "{change}");
    }
    let fair = json!({"id": "fair", "sets_aside": ["weekend"], "valid_from": "2026-09-01",
        "valid_until": "2026-09-30", "by": "Me Durand", "on": "2026-08-20"});
    let twice = Rules::from_json(&json!({"consent": {"exceptions": [fair, fair]}}));
    assert_eq!(said(twice.unwrap_err()), "invalid_rules consent.exceptions[1].id");
}
