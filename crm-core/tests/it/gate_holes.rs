//! Attacks that are no errors: commands that anybody may give, in an order or with words that nobody expects. What leaves is
//! told by a channel that keeps everything.

use crm_core::command::Role;
use serde_json::{Value as Json, json};

use super::gate_world::{ADA, BOT, LATER, MARIE, MONDAY, PAUL, ROOT, World, with};

/// Long before, and after the time in which an OK is taken back.
const BEFORE: &str = "2026-11-23T08:00:00Z";
const NEXT_DAY: &str = "2026-11-24T10:00:00Z";
const NEXT_YEAR: &str = "2027-11-24T10:00:00Z";

fn world() -> World {
    World::new(json!({}))
}

fn code(answer: Result<Json, crm_core::Error>) -> String {
    answer.map_or_else(|error| error.code().name().to_owned(), |answer| answer["output"].to_string())
}

fn id(json: &Json) -> &str {
    json.as_str().unwrap()
}

/// An agent's draft that a rule would approve, but for what is said.
fn by_rule(world: &World, fields: Json) -> Json {
    let lead = world.lead("jean@renovouest.fr");
    world.write(BOT, &lead, with(json!({"confidence_bp": 9_500}), fields))
}

/// Attacks on one message that was approved: what somebody does meanwhile, and how many leave all the same.
type Meanwhile = fn(&World, &str, &Json, &Json);

fn meanwhile() -> Vec<(&'static str, Meanwhile, usize)> {
    vec![
        ("nothing happens", |_, _, _, _| {}, 1),
        ("everything is stopped", |w, _, _, _| drop(w.must(MARIE, "kill_switch.stop", json!({}))), 0),
        ("the channel goes", |w, _, _, _| drop(w.must(ADA, "channel.disconnect", json!({"kind": "email"}))), 0),
        (
            "the person says no by the link",
            |w, _, _, item| drop(w.must(PAUL, "consent.withdraw", json!({"key": item["key"]}))),
            0,
        ),
        (
            "the person says no under another spelling",
            |w, _, _, _| {
                drop(w.must(BOT, "consent.withdraw", json!({"address": "JEAN@Renovouest.FR", "channel": "email"})))
            },
            0,
        ),
        (
            "the person answers with a no",
            |w, _, _, _| {
                let said = json!({"channel": "email", "provider_id": "x", "sender": "jean@renovouest.fr", "text": "Désinscription"});
                w.must(PAUL, "message.receive", said);
            },
            0,
        ),
        (
            "a no that a clock dates before an earlier yes",
            |w, lead, _, _| {
                w.must_at(ROOT, "2026-11-23T09:30:00Z", "consent.record", json!({"lead": lead, "act": "lifted"}));
                w.must_at(
                    ROOT,
                    MONDAY,
                    "consent.withdraw",
                    json!({"address": "jean@renovouest.fr", "channel": "email"}),
                );
            },
            0,
        ),
        (
            "the same of what somebody writes down",
            |w, lead, _, _| {
                w.must_at(ROOT, "2026-11-23T09:30:00Z", "consent.record", json!({"lead": lead, "act": "lifted"}));
                w.must_at(BOT, MONDAY, "consent.record", json!({"lead": lead, "act": "withdrawn"}));
            },
            0,
        ),
        (
            "an agent writes something else",
            |w, _, draft, _| drop(w.must(BOT, "draft.patch", json!({"id": draft, "fields": {"text": "Payez ici"}}))),
            0,
        ),
        (
            "somebody writes to somebody else",
            |w, _, draft, _| {
                drop(w.must(PAUL, "draft.patch", json!({"id": draft, "fields": {"recipients": ["x@y.fr"]}})))
            },
            0,
        ),
        (
            "an agent gives it to another lead",
            |w, _, draft, _| {
                let other = w.lead("info@ailleurs.fr");
                w.must(BOT, "draft.patch", json!({"id": draft, "fields": {"lead": other}}));
            },
            0,
        ),
        (
            "it says what it said, again",
            |w, _, draft, _| drop(w.must(PAUL, "draft.patch", json!({"id": draft, "fields": {"text": "Bonjour"}}))),
            1,
        ),
        (
            "it is put away and brought back",
            |w, _, draft, _| {
                w.must(MARIE, "draft.archive", json!({"id": draft}));
                w.must(MARIE, "draft.restore", json!({"id": draft}));
            },
            0,
        ),
        ("it is taken back", |w, _, draft, _| drop(w.must(PAUL, "draft.cancel", json!({"id": draft}))), 0),
        (
            "taken back, it is submitted again",
            |w, _, draft, _| {
                w.must(PAUL, "draft.cancel", json!({"id": draft}));
                w.run(PAUL, MONDAY, "draft.submit", json!({"id": draft})).unwrap_err();
            },
            0,
        ),
        (
            "its lead goes into one who said no",
            |w, lead, _, _| {
                let other = w.lead("info@ailleurs.fr");
                w.must(ROOT, "consent.record", json!({"lead": other, "act": "withdrawn"}));
                w.must(ROOT, "lead.merge", json!({"primary": other, "sources": [lead], "override_primary": true}));
            },
            0,
        ),
        (
            "and comes out of it",
            |w, lead, _, _| {
                let other = w.lead("info@ailleurs.fr");
                w.run_under(
                    ROOT,
                    MONDAY,
                    "merge",
                    "lead.merge",
                    json!({"primary": other, "sources": [lead], "override_primary": true}),
                )
                .unwrap();
                w.must(ROOT, "consent.record", json!({"lead": other, "act": "withdrawn"}));
                let merge = crm_core::Id::from_text("merge").to_string();
                drop(w.run(ROOT, MONDAY, "lead.unmerge", json!({"merge": merge})));
            },
            0,
        ),
        (
            "a report from another channel under the same key",
            |w, _, _, item| {
                drop(w.must(
                    PAUL,
                    "message.report",
                    json!({"channel": "sms", "key": item["key"], "provider_id": "x", "kind": "delivered"}),
                ))
            },
            1,
        ),
        (
            "a report before anything left",
            |w, _, _, item| {
                drop(w.must(
                    PAUL,
                    "message.report",
                    json!({"channel": "email", "key": item["key"], "kind": "delivered"}),
                ))
            },
            1,
        ),
        (
            "a complaint in somebody's name",
            |w, _, _, item| {
                drop(w.must(
                    PAUL,
                    "message.report",
                    json!({"channel": "email", "key": item["key"], "kind": "complaint", "recipient": "x@y.fr"}),
                ))
            },
            1,
        ),
        (
            "the start is begun with and never called",
            |w, _, _, item| drop(w.must_at(ADA, LATER, "outbox.start", json!({"id": item["id"], "worker": "x"}))),
            0,
        ),
        (
            "the same, and the lease is over",
            |w, _, _, item| {
                w.must_at(ADA, LATER, "outbox.start", json!({"id": item["id"], "worker": "x"}));
                w.must_at(ADA, NEXT_DAY, "outbox.tick", json!({}));
            },
            0,
        ),
        (
            "whoever approved it works here no more",
            |w, _, _, _| {
                let marie = w.must(ROOT, "employee.create", json!({"fields": {"user": "marie"}}));
                w.must(ROOT, "employee.patch", json!({"id": marie["id"], "fields": {"status": "left"}}));
            },
            0,
        ),
        ("a ban comes", |w, _, _, _| drop(w.rule(json!({"effect": "forbid", "recipients": ["renovouest.fr"]}))), 0),
        (
            "a ban of which nobody knows whether it fits",
            |w, _, _, _| drop(w.rule(json!({"effect": "forbid", "confidence_floor_bp": 9_000}))),
            1,
        ),
    ]
}

#[test]
fn what_happens_after_an_ok_lets_nothing_else_leave() {
    let mut wrong = Vec::new();
    for (what, attack, expected) in meanwhile() {
        let world = world();
        let lead = world.lead("jean@renovouest.fr");
        let (draft, item) = world.approved(&lead);
        attack(&world, &lead, &draft, &item);
        let left: Vec<_> = [LATER, LATER, NEXT_DAY].iter().flat_map(|when| world.leaves(when)).collect();
        let approved = ("jean@renovouest.fr".to_owned(), "Bonjour".to_owned());
        if left.len() != expected || left.iter().any(|one| *one != approved) {
            wrong.push(format!("{what}: {left:?} {}", world.row("draft", id(&draft))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a rule that approves an agent's messages does not approve.
fn not_by_rule() -> Vec<(&'static str, Json, Json)> {
    let rule = |more: Json| with(json!({"effect": "auto"}), more);
    let mut all = vec![
        ("not sure", rule(json!({})), json!({"confidence_bp": 8_499})),
        ("surer than sure", rule(json!({})), json!({"confidence_bp": 10_001})),
        ("nobody knows how sure", rule(json!({})), json!({"confidence_bp": null})),
        ("less than none", rule(json!({})), json!({"confidence_bp": -1})),
        ("from outside", rule(json!({})), json!({"sources": ["https://x.fr"]})),
        (
            "another's domain",
            rule(json!({"recipients": ["renovouest.fr"]})),
            json!({"recipients": ["jean@renovouest.fr.x.com"]}),
        ),
        (
            "a subdomain",
            rule(json!({"recipients": ["renovouest.fr"]})),
            json!({"recipients": ["jean@mail.renovouest.fr"]}),
        ),
        ("a Cyrillic letter", rule(json!({})), json!({"recipients": ["jean@renov\u{43e}uest.fr"]})),
        (
            "the same as machines write it",
            rule(json!({"recipients": ["jean@renovouest.fr"]})),
            json!({"recipients": ["jean@xn--renvuest-kbk.fr"]}),
        ),
        (
            "letters that look alike",
            rule(json!({"recipients": ["modern.fr", "rnodern.fr"]})),
            json!({"recipients": ["x@rnodem.fr"]}),
        ),
        (
            "one more recipient",
            rule(json!({"recipients": ["jean@renovouest.fr"]})),
            json!({"recipients": ["jean@renovouest.fr", "x@y.fr"]}),
        ),
        (
            "an address in other letters",
            rule(json!({"recipients": ["jean@renovouest.fr"]})),
            json!({"recipients": ["Jean@renovouest.fr"]}),
        ),
        ("an unknown address", rule(json!({"recipient_known": true})), json!({"recipients": ["x@y.fr"]})),
        ("no conversation", rule(json!({"conversation_open": true})), json!({})),
        ("another language", rule(json!({"languages": ["en"]})), json!({})),
        ("no language", rule(json!({"languages": ["fr"]})), json!({"language": null})),
        ("another author", rule(json!({"authors": ["Bot"]})), json!({})),
        (
            "a condition of which nobody knows",
            rule(
                json!({"condition": "{\"field\":\"ticket\",\"op\":\"ne\",\"value\":\"00000000-0000-0000-0000-000000000000\"}"}),
            ),
            json!({}),
        ),
        ("a template that it has not", rule(json!({"templates": ["hello"]})), json!({})),
        ("only commands", rule(json!({"kind": "command"})), json!({})),
        ("not yet", rule(json!({"valid_from": "2026-12-01T00:00:00Z"})), json!({})),
    ];
    // The same topic in letters that somebody takes for it.
    for text in [
        "Voici votre remboursement",
        "Voici votre re\u{200b}mboursement",
        "Voici votre re\u{ad}mboursement",
        "Voici votre r\u{435}mb\u{43e}urs\u{435}ment",
        "Voici votre ｒｅｍｂｏｕｒｓｅｍｅｎｔ",
        "Voici votre 𝐫𝐞𝐦𝐛𝐨𝐮𝐫𝐬𝐞𝐦𝐞𝐧𝐭",
        "Voici votre REMBOURSEMENT",
        "Voici votre re\u{301}mboursement",
        "Voici votre rembours\u{2060}ement",
        "Voici votre \u{202e}remboursement",
        "Voici votre rem\u{fe0f}boursement",
        "Voici votre mot\u{2010}de\u{a0}passe",
        "Pour 12\u{202f}€",
        "Pour 12 ＄",
    ] {
        all.push(("a topic in disguise", rule(json!({})), json!({"text": text})));
        all.push(("a topic in the subject", rule(json!({})), json!({"subject": text})));
    }
    all
}

#[test]
fn a_rule_approves_nothing_that_it_does_not_know() {
    let free = world();
    free.rule(json!({"effect": "auto"}));
    assert_eq!(free.state(&by_rule(&free, json!({}))), "queued");
    assert_eq!(free.leaves(LATER).len(), 1);
    let mut wrong = Vec::new();
    for (what, rule, fields) in not_by_rule() {
        let world = world();
        world.rule(rule.clone());
        let draft = by_rule(&world, fields.clone());
        let (state, left) = (world.state(&draft), world.leaves(LATER));
        if state != "waiting" || !left.is_empty() {
            wrong.push(format!("{what}: {state} {rule} {fields}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rule_approves_no_more_a_day_than_it_may() {
    let world = world();
    world.rule(json!({"effect": "auto", "daily_cap": 1}));
    let (lead, other) = (world.lead("jean@renovouest.fr"), world.lead("info@ailleurs.fr"));
    let more = json!({"confidence_bp": 9_500});
    let (one, two) = (world.write(BOT, &lead, more.clone()), world.write(BOT, &other, more));
    assert_eq!((world.state(&one).as_str(), world.state(&two).as_str()), ("queued", "waiting"));
    // Saying again what it says gives no second try.
    world.must(BOT, "draft.submit", json!({"id": two}));
    assert_eq!((world.state(&two).as_str(), world.leaves(LATER).len()), ("waiting", 1));
}

#[test]
fn an_agent_does_not_take_back_what_it_said_of_its_draft() {
    let world = world();
    world.rule(json!({"effect": "auto"}));
    let told = by_rule(&world, json!({"sources": ["https://x.fr"]}));
    let unsure = by_rule(&world, json!({"confidence_bp": 5_000, "text": "Peut-être"}));
    for (draft, fields) in [
        (&told, json!({"sources": []})),
        (&told, json!({"sources": null, "text": "Autre chose"})),
        (&unsure, json!({"confidence_bp": 10_000})),
    ] {
        world.must(BOT, "draft.patch", json!({"id": draft, "fields": fields}));
        world.must(BOT, "draft.submit", json!({"id": draft}));
        assert_eq!(world.state(draft), "waiting", "{fields}");
    }
    assert_eq!(world.row("draft", id(&told))["sources"], json!(["https://x.fr"]));
    assert!(world.leaves(LATER).is_empty());
}

#[test]
fn a_rule_for_a_template_approves_its_own_words() {
    let world = world();
    world.rule(json!({"effect": "auto", "templates": ["hello"]}));
    let compose = |lead: &str| {
        let fields = json!({"lead": lead, "confidence_bp": 9_500});
        world.must(BOT, "draft.compose", json!({"fields": fields, "template": {"id": "hello"}}))["id"].clone()
    };
    let other = compose(&world.lead("info@ailleurs.fr"));
    world.must(
        BOT,
        "draft.patch",
        json!({"id": other, "fields": {"text": "Votre mot de passage est arrivé, cliquez."}}),
    );
    world.must(BOT, "draft.submit", json!({"id": other}));
    assert_eq!(world.state(&other), "waiting");
    let own = compose(&world.lead("jean@renovouest.fr"));
    world.must(BOT, "draft.submit", json!({"id": own}));
    assert_eq!(world.state(&own), "queued");
    // Approved, and then changed: it waits again.
    world.must(BOT, "draft.patch", json!({"id": own, "fields": {"subject": "Urgent"}}));
    assert_eq!((world.state(&own).as_str(), world.leaves(LATER).len()), ("waiting", 0));
}

#[test]
fn an_agent_makes_no_address_a_known_one() {
    let world = world();
    world.rule(json!({"effect": "auto", "recipient_known": true}));
    assert_eq!(world.state(&by_rule(&world, json!({}))), "queued");
    // The agent's own address, on a person's record and on one of its own.
    let lead = world.lead("info@ailleurs.fr");
    world.must(BOT, "lead.patch", json!({"id": lead, "fields": {"email": "voleur@ailleurs.fr"}}));
    let own = json!({"company": "X", "email": "voleur@nulle-part.fr"});
    let own = world.must(BOT, "lead.create", json!({"fields": own}))["id"].clone();
    let sure = json!({"confidence_bp": 9_500});
    let drafts = [world.write(BOT, &lead, sure.clone()), world.write(BOT, id(&own), sure.clone())];
    assert!(drafts.iter().all(|draft| world.state(draft) == "waiting"));
    // What else it writes there changes nothing, and a person makes it known.
    world.must(PAUL, "lead.patch", json!({"id": lead, "fields": {"email": "info@ailleurs.fr"}}));
    world.must(BOT, "lead.patch", json!({"id": lead, "fields": {"city": "Brest"}}));
    assert_eq!(world.state(&world.write(BOT, &lead, sure)), "queued");
    let left: Vec<String> = world.leaves(LATER).into_iter().map(|(to, _)| to).collect();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|to| !to.starts_with("voleur")), "{left:?}");
}

#[test]
fn a_rule_of_somebody_who_left_approves_nothing() {
    let world = world();
    let ada = world.must(ROOT, "employee.create", json!({"fields": {"user": "ada"}}));
    world.rule(json!({"effect": "auto", "kind": "command", "commands": ["lead.archive"]}));
    world.rule(json!({"effect": "auto"}));
    let sure = |lead: &str| json!({"command": "lead.archive", "body": {"id": lead}, "confidence_bp": 9_900});
    let first = world.lead("jean@renovouest.fr");
    world.must(BOT, "draft.propose", sure(&first));
    assert!(!world.row("lead", &first)["archived_at"].is_null(), "the rule does approve");
    world.must(ROOT, "employee.archive", json!({"id": ada["id"]}));
    let second = world.lead("info@ailleurs.fr");
    let proposed = world.must(BOT, "draft.propose", sure(&second));
    assert_eq!((&proposed["state"], &proposed["reasons"][0]["code"]), (&json!("waiting"), &json!("approver_lost")));
    assert!(world.row("lead", &second)["archived_at"].is_null());
    assert_eq!(world.state(&by_rule(&world, json!({}))), "waiting");
    assert!(world.leaves(LATER).is_empty());
}

#[test]
fn what_a_sequence_makes_is_nobodys_own_word() {
    let world = World::new(json!({"ask_before_sending": false}));
    let lead = world.lead("jean@renovouest.fr");
    // The agent enrols, and the host's own round lets it run.
    let enrolment = world.enrol(BOT, &lead);
    world.must(ROOT, "enrolment.advance", json!({"id": enrolment}));
    let draft = world.rows("draft").pop().unwrap();
    assert_eq!((&draft["enrolment"], &draft["state"]), (&enrolment, &json!("waiting")));
    // What somebody writes is.
    let own = world.write(MARIE, &world.lead("info@ailleurs.fr"), json!({}));
    assert_eq!(world.state(&own), "queued");
    assert_eq!(world.state(&world.write(BOT, &lead, json!({}))), "waiting");
    assert_eq!(world.leaves(LATER).len(), 1);
}

#[test]
fn nobody_is_two_people_for_a_capital_letter() {
    let world = World::new(json!({"four_eyes": true}));
    let lead = world.lead("jean@renovouest.fr");
    let draft = world.write(MARIE, &lead, json!({}));
    for name in ["marie", "Marie", "MARIE", "Marié"] {
        let answer = world.run((name, Role::Owner), MONDAY, "draft.approve", world.seen(&draft));
        assert_eq!(code(answer), "forbidden", "{name}");
    }
    world.must(PAUL, "draft.approve", world.seen(&draft));
    assert_eq!(world.leaves(LATER).len(), 1);
}

#[test]
fn what_is_carried_out_is_what_was_shown() {
    let world = world();
    let (lead, other) = (world.lead("jean@renovouest.fr"), world.lead("info@ailleurs.fr"));
    let merge = json!({"primary": lead, "sources": [other], "override_primary": true});
    let held = world.run(BOT, MONDAY, "lead.merge", merge).unwrap()["draft"].clone();
    // Meanwhile the agent hangs something on what is to go.
    world.must(BOT, "task.create", json!({"fields": {"title": "Vider le compte", "lead": other}}));
    let error = world.run(MARIE, MONDAY, "draft.approve", world.seen(&held)).unwrap_err();
    assert_eq!(error.detail().unwrap()["problem"], "stale_preview");
    assert!(world.row("lead", &other)["archived_at"].is_null());
    // Looked at again, it is what is shown.
    world.must(MARIE, "draft.submit", json!({"id": held}));
    world.must(MARIE, "draft.approve", world.seen(&held));
    assert!(!world.row("lead", &other)["archived_at"].is_null());
}

#[test]
fn a_command_is_carried_out_once_and_as_it_was_proposed() {
    let world = world();
    let lead = world.lead("jean@renovouest.fr");
    let held = world.run(BOT, MONDAY, "lead.archive", json!({"id": lead})).unwrap()["draft"].clone();
    let seen = world.seen(&held);
    // It only tells what it would do.
    world.must(PAUL, "lead.patch", json!({"id": lead, "fields": {"company": "Ailleurs"}}));
    assert_eq!(code(world.run(MARIE, MONDAY, "draft.approve", seen.clone())), "conflict");
    world.must(BOT, "draft.submit", json!({"id": held}));
    assert_eq!(code(world.run(MARIE, MONDAY, "draft.approve", seen)), "conflict");
    let both = json!({"items": [world.seen(&held), world.seen(&held)]});
    let done = world.must(MARIE, "draft.approve_all", both);
    assert_eq!((&done["approved"], &done["refused"]), (&json!(1), &json!(1)));
    world.must(MARIE, "lead.restore", json!({"id": lead}));
    assert_eq!(code(world.run(MARIE, MONDAY, "draft.approve", world.seen(&held))), "wrong_state");
    assert!(world.row("lead", &lead)["archived_at"].is_null());
}

#[test]
fn one_message_leaves_once_whoever_asks_how_often() {
    let world = world();
    let lead = world.lead("jean@renovouest.fr");
    let draft = world.write(BOT, &lead, json!({}));
    let seen = world.seen(&draft);
    let first = world.run_under(MARIE, MONDAY, "ok", "draft.approve", seen.clone()).unwrap();
    let again = world.run_under(MARIE, MONDAY, "ok", "draft.approve", seen.clone()).unwrap();
    assert_eq!((&again["output"], &again["replayed"]), (&first["output"], &json!(true)));
    // An agent under a person's command id.
    assert_eq!(code(world.run_under(BOT, MONDAY, "ok", "draft.approve", seen)), "forbidden");
    assert_eq!(code(world.run_under(BOT, MONDAY, "ok", "lead.archive", json!({"id": lead}))), "command_reused");
    let item = world.rows("outbox_item").pop().unwrap();
    let start = json!({"id": item["id"], "worker": "mailer"});
    // A clock that went back clears nothing.
    assert_ne!(code(world.run(ADA, BEFORE, "outbox.start", start.clone())), "done");
    assert_eq!(world.rows("outbox_item").pop().unwrap()["fence"], 0);
    let one = world.run_under(ADA, LATER, "start", "outbox.start", start.clone()).unwrap();
    assert_eq!((&one["output"]["status"], &one["replayed"]), (&json!("started"), &json!(false)));
    let two = world.run_under(ADA, LATER, "start", "outbox.start", start.clone()).unwrap();
    assert_eq!(two["replayed"], true);
    assert_eq!(code(world.run(ADA, LATER, "outbox.start", start)), "wrong_state");
    let settle = |fence: u32, outcome: &str| json!({"id": item["id"], "fence": fence, "outcome": outcome});
    assert_eq!(code(world.run(ADA, LATER, "outbox.settle", settle(2, "failed"))), "conflict");
    world.must_at(ADA, LATER, "outbox.settle", settle(1, "unknown"));
    assert_eq!(code(world.run(MARIE, LATER, "draft.retry", json!({"id": draft}))), "wrong_state");
    world.must_at(ADA, LATER, "outbox.settle", settle(1, "sent"));
    assert_ne!(code(world.run(ADA, LATER, "outbox.settle", settle(1, "failed"))), "done");
    assert_eq!(world.state(&draft), "sent");
    assert!([LATER, NEXT_DAY, NEXT_YEAR].iter().all(|when| world.leaves(when).is_empty()));
}

#[test]
fn an_ok_does_not_hold_for_ever() {
    let world = world();
    let (draft, _) = world.approved(&world.lead("jean@renovouest.fr"));
    assert!(world.leaves(NEXT_YEAR).is_empty());
    assert_eq!(world.state(&draft), "expired");
    // Nor does it hold again when the clock goes back.
    assert!(world.leaves(LATER).is_empty());
}
