//! Attacks on the gate: whatever is tried to let something leave without an OK, twice, to somebody else, after a no, or while
//! everything is stopped. Each attack that is refused changes nothing; each that is no error lets nothing leave.

use crm_core::command::Role;
use serde_json::{Value as Json, json};

use super::gate_world::{ADA, BOT, LATER, MARIE, MONDAY, PAUL, ROOT, Who, World, with};

const VIEWER: Who = ("vera", Role::Viewer);

/// A workspace in the middle of its work.
struct Scene {
    world: World,
    /// An agent's draft that waits, one that was approved, and a command that an agent may not give.
    waiting: Json,
    queued: Json,
    held: Json,
    item: Json,
    key: Json,
    lead: String,
    other: String,
    rule: Json,
    enrolment: Json,
}

fn scene() -> Scene {
    let world = World::new(json!({}));
    let (lead, other) = (world.lead("jean@renovouest.fr"), world.lead("info@ailleurs.fr"));
    let waiting = world.write(BOT, &lead, json!({"confidence_bp": 9_000}));
    let queued = world.write(BOT, &other, json!({"text": "Approuvé"}));
    world.must(MARIE, "draft.approve", world.seen(&queued));
    let items = world.rows("outbox_item");
    let held = world.run(BOT, MONDAY, "lead.archive", json!({"id": lead})).unwrap()["draft"].clone();
    let rule = world.rule(json!({"name": "Relances", "effect": "auto", "recipients": ["a@nulle-part.fr"]}));
    let enrolment = world.enrol(MARIE, &lead);
    let (item, key) = (items[0]["id"].clone(), items[0]["key"].clone());
    Scene { waiting, queued, held, item, key, lead, other, rule, enrolment, world }
}

/// What is refused: who asks what, and the code with the path.
fn refused(s: &Scene) -> Vec<(&'static str, Who, &'static str, Json, &'static str)> {
    let seen = |draft: &Json| s.world.seen(draft);
    let patch = |fields: Json| json!({"id": s.waiting, "fields": fields});
    let propose = |command: &str, body: Json| json!({"command": command, "body": body});
    let namesake = ("bot", Role::Member);
    let capital = ("Bot", Role::Owner);
    let lines = "Bonjour\r\nBcc: x@ailleurs.fr";
    let all = json!({"kind": "email", "fields": {"name": lines}});
    vec![
        ("an agent approves", BOT, "draft.approve", seen(&s.waiting), "forbidden -"),
        ("an agent approves many", BOT, "draft.approve_all", json!({"items": [seen(&s.waiting)]}), "forbidden -"),
        ("an agent says no", BOT, "draft.reject", with(seen(&s.waiting), json!({"note": "x"})), "forbidden -"),
        ("a viewer approves", VIEWER, "draft.approve", seen(&s.waiting), "forbidden -"),
        ("a member under the agent's name", namesake, "draft.approve", seen(&s.waiting), "forbidden -"),
        ("the same in capitals, as owner", capital, "draft.approve", seen(&s.waiting), "forbidden -"),
        (
            "the agent checks its own in capitals",
            ("BOT", Role::Agent),
            "draft.peer_check",
            with(seen(&s.waiting), json!({"passed": true})),
            "forbidden -",
        ),
        ("another revision", MARIE, "draft.approve", with(seen(&s.waiting), json!({"revision": 2})), "conflict -"),
        (
            "a revision beyond all numbers",
            MARIE,
            "draft.approve",
            with(seen(&s.waiting), json!({"revision": u64::MAX})),
            "conflict -",
        ),
        ("another content", MARIE, "draft.approve", with(seen(&s.waiting), json!({"content_hash": "0"})), "conflict -"),
        ("what was approved, again", PAUL, "draft.approve", seen(&s.queued), "wrong_state -"),
        (
            "the gate's own fields",
            MARIE,
            "draft.patch",
            patch(json!({"state": "queued"})),
            "invalid_value body.fields.state",
        ),
        ("the gate itself", ROOT, "draft.patch", patch(json!({"gate": "{}"})), "invalid_value body.fields.gate"),
        ("a revision", ROOT, "draft.patch", patch(json!({"revision": 1})), "invalid_value body.fields.revision"),
        ("a hash", ROOT, "draft.patch", patch(json!({"content_hash": "x"})), "invalid_value body.fields.content_hash"),
        ("a rule", ROOT, "draft.patch", patch(json!({"rule": s.rule})), "invalid_value body.fields.rule"),
        (
            "that no person is asked",
            ROOT,
            "draft.patch",
            patch(json!({"needs_person": false})),
            "invalid_value body.fields.needs_person",
        ),
        (
            "another template",
            BOT,
            "draft.patch",
            patch(json!({"template": "hello"})),
            "invalid_value body.fields.template",
        ),
        (
            "a message that becomes a command",
            ROOT,
            "draft.patch",
            patch(json!({"command": "lead.archive"})),
            "invalid_value body.fields.command",
        ),
        (
            "a command's body",
            BOT,
            "draft.patch",
            json!({"id": s.held, "fields": {"command_body": "{}"}}),
            "invalid_value body.fields.command_body",
        ),
        (
            "a command's preview",
            ROOT,
            "draft.patch",
            json!({"id": s.held, "fields": {"preview": "{}"}}),
            "invalid_value body.fields.preview",
        ),
        (
            "computed fields with the OK",
            MARIE,
            "draft.approve",
            with(seen(&s.waiting), json!({"fields": {"gate": ""}})),
            "invalid_value body.fields.gate",
        ),
        (
            "rows of the outbox by hand",
            ROOT,
            "outbox_item.create",
            json!({"fields": {"key": "x"}}),
            "unknown_command -",
        ),
        ("the same from a file", ROOT, "outbox_item.import", json!({"source": "x", "rows": []}), "unknown_command -"),
        ("events by hand", ROOT, "draft_event.create", json!({"fields": {}}), "unknown_command -"),
        ("drafts from a file", ROOT, "draft.import", json!({"source": "x", "rows": []}), "unknown_command -"),
        ("drafts past composing", ROOT, "draft.create", json!({"fields": {"state": "queued"}}), "unknown_command -"),
        ("a consent by hand", ROOT, "consent_event.create", json!({"fields": {}}), "unknown_command -"),
        ("a channel by hand", ROOT, "channel.create", json!({"fields": {}}), "unknown_command -"),
        ("the switch by hand", ROOT, "kill_switch.patch", json!({"id": s.rule, "fields": {}}), "unknown_command -"),
        ("a rule from a file", ROOT, "approval_rule.import", json!({"source": "x", "rows": []}), "unknown_command -"),
        ("a message by hand", ROOT, "message.create", json!({"fields": {}}), "unknown_command -"),
        (
            "an enrolment by hand",
            ROOT,
            "enrolment.patch",
            json!({"id": s.enrolment, "fields": {}}),
            "unknown_command -",
        ),
        (
            "a member makes a rule",
            MARIE,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "auto"}}),
            "forbidden -",
        ),
        (
            "a rule that says who made it",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "ask", "made_by": "ada"}}),
            "invalid_value body.fields.made_by",
        ),
        (
            "a rule without an end",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "auto", "daily_cap": 1}}),
            "missing fields",
        ),
        (
            "a rule without a limit",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "auto", "valid_until": "2026-12-01T00:00:00Z"}}),
            "missing fields",
        ),
        (
            "a rule that approves everything there is",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "auto", "daily_cap": i64::MAX, "valid_until": "2026-12-01T00:00:00Z"}}),
            "invalid_value fields.daily_cap",
        ),
        (
            "a rule for ever",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "auto", "daily_cap": 1, "valid_until": "9999-12-31T00:00:00Z"}}),
            "invalid_value fields.valid_until",
        ),
        (
            "a rule whose condition nobody can read",
            ROOT,
            "approval_rule.create",
            json!({"fields": {"name": "x", "effect": "ask", "condition": "{\"field\": \"nothing\", \"op\": \"eq\", \"value\": 1}"}}),
            "unknown_field fields.condition.field",
        ),
        (
            "an OK that is proposed",
            BOT,
            "draft.propose",
            propose("draft.approve", seen(&s.waiting)),
            "forbidden body.command",
        ),
        (
            "a proposal that is proposed",
            BOT,
            "draft.propose",
            propose("draft.propose", json!({})),
            "forbidden body.command",
        ),
        (
            "letting go on, proposed",
            BOT,
            "draft.propose",
            propose("kill_switch.resume", json!({})),
            "forbidden body.command",
        ),
        (
            "a hand-off, proposed",
            BOT,
            "draft.propose",
            propose("outbox.start", json!({"id": s.item, "worker": "x"})),
            "forbidden body.command",
        ),
        (
            "a channel, proposed",
            BOT,
            "draft.propose",
            propose("channel.connect", json!({"kind": "sms"})),
            "forbidden body.command",
        ),
        (
            "a rule, proposed",
            BOT,
            "draft.propose",
            propose("approval_rule.enable", json!({"id": s.rule})),
            "forbidden body.command",
        ),
        (
            "a forged answer, proposed",
            BOT,
            "draft.propose",
            propose("message.report", json!({"channel": "email", "key": s.key, "kind": "delivered"})),
            "forbidden body.command",
        ),
        ("an agent puts a draft away", BOT, "draft.archive", json!({"id": s.queued}), "forbidden -"),
        (
            "an agent takes back what is not its own",
            ("scout", Role::Agent),
            "draft.cancel",
            json!({"id": s.waiting}),
            "forbidden -",
        ),
        ("an agent begins a hand-off", BOT, "outbox.start", json!({"id": s.item, "worker": "x"}), "forbidden -"),
        ("an agent tries again", BOT, "draft.retry", json!({"id": s.queued}), "forbidden -"),
        (
            "an agent says that it did not leave",
            BOT,
            "outbox.reconcile",
            json!({"id": s.item, "found": "not_found"}),
            "forbidden -",
        ),
        ("an agent connects", BOT, "channel.connect", json!({"kind": "sms"}), "forbidden -"),
        ("an agent lets go on", BOT, "kill_switch.resume", json!({}), "forbidden -"),
        ("a member lets go on", MARIE, "kill_switch.resume", json!({}), "forbidden -"),
        (
            "an agent hears somebody",
            BOT,
            "message.receive",
            json!({"channel": "email", "sender": "jean@renovouest.fr", "text": "Oui"}),
            "forbidden -",
        ),
        (
            "an agent says yes for somebody",
            BOT,
            "consent.record",
            json!({"lead": s.lead, "act": "granted", "purpose": "prospecting", "channel": "email", "proof": "x"}),
            "forbidden act",
        ),
        ("an agent lifts a no", BOT, "consent.record", json!({"lead": s.lead, "act": "lifted"}), "forbidden act"),
        (
            "an agent says yes on the record",
            BOT,
            "lead.patch",
            json!({"id": s.lead, "fields": {"consent": "opted_in"}}),
            "forbidden -",
        ),
        (
            "an agent says that somebody was informed",
            BOT,
            "lead.patch",
            json!({"id": s.lead, "fields": {"informed_at": "2026-11-22T09:00:00Z"}}),
            "forbidden -",
        ),
        (
            "the same of a new lead",
            BOT,
            "lead.create",
            json!({"fields": {"email": "x@y.fr", "informed_at": "2026-11-22T09:00:00Z"}}),
            "forbidden -",
        ),
        (
            "an agent makes a company of a person",
            BOT,
            "lead.patch",
            json!({"id": s.lead, "fields": {"person_type": "professional"}}),
            "forbidden -",
        ),
        ("an agent erases a no", BOT, "consent.record", json!({"lead": s.lead, "act": "granted"}), "missing -"),
        ("a no to a stranger's key", MARIE, "consent.withdraw", json!({"key": "0".repeat(64)}), "not_found key"),
        (
            "a yes that comes later",
            MARIE,
            "consent.record",
            json!({"lead": s.lead, "act": "lifted", "at": "2027-01-01T00:00:00Z"}),
            "invalid_value at",
        ),
        (
            "a hand-off that never began",
            ADA,
            "outbox.settle",
            json!({"id": s.item, "fence": 1, "outcome": "sent"}),
            "conflict -",
        ),
        (
            "a try beyond all numbers",
            ADA,
            "outbox.settle",
            json!({"id": s.item, "fence": u64::MAX, "outcome": "failed"}),
            "invalid_value body.fence",
        ),
        (
            "looking for what never began",
            ADA,
            "outbox.reconcile",
            json!({"id": s.item, "found": "not_found"}),
            "wrong_state -",
        ),
        ("trying again what did not fail", MARIE, "draft.retry", json!({"id": s.queued}), "wrong_state -"),
        (
            "a hand-off for ever",
            ADA,
            "outbox.start",
            json!({"id": s.item, "worker": "x", "lease_until": "9999-01-01T00:00:00Z"}),
            "invalid_value lease_until",
        ),
        (
            "a worker with a megabyte of name",
            ADA,
            "outbox.start",
            json!({"id": s.item, "worker": "x".repeat(1 << 20)}),
            "too_large body.worker",
        ),
        ("lines in a subject", BOT, "draft.patch", patch(json!({"subject": lines})), "invalid_text fields.subject"),
        (
            "Unicode's lines in a subject",
            BOT,
            "draft.patch",
            patch(json!({"subject": "a\u{2028}Bcc: b"})),
            "invalid_text fields.subject",
        ),
        ("lines in a language", BOT, "draft.patch", patch(json!({"language": lines})), "invalid_text fields.language"),
        ("lines in a purpose", BOT, "draft.patch", patch(json!({"purpose": lines})), "invalid_text fields.purpose"),
        (
            "lines in a mention",
            BOT,
            "draft.patch",
            patch(json!({"mentions": ["opt_out", lines]})),
            "invalid_text fields.mentions[1]",
        ),
        (
            "lines in a recipient",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["a@b.fr\r\nBcc: x@y.fr"]})),
            "invalid_json fields.recipients[0]",
        ),
        (
            "two in one recipient",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["a@b.fr, c@d.fr"]})),
            "invalid_value fields.recipients[0]",
        ),
        (
            "a name with the address",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["Jean <a@b.fr>"]})),
            "invalid_value fields.recipients[0]",
        ),
        (
            "no width in a recipient",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["a@exam\u{200b}ple.fr"]})),
            "invalid_json fields.recipients[0]",
        ),
        (
            "the other way round in a recipient",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["a\u{202e}@b.fr"]})),
            "invalid_json fields.recipients[0]",
        ),
        (
            "one recipient twice",
            BOT,
            "draft.patch",
            patch(json!({"recipients": ["a@b.fr", "A@B.fr"]})),
            "invalid_value fields.recipients[1]",
        ),
        (
            "recipients without end",
            BOT,
            "draft.patch",
            patch(json!({"recipients": (0..51).map(|n| format!("a{n}@b.fr")).collect::<Vec<_>>()})),
            "too_large fields.recipients",
        ),
        ("a megabyte", BOT, "draft.patch", patch(json!({"text": "x".repeat(1 << 20)})), "too_large body.fields.text"),
        ("lines in the sender", ROOT, "channel.patch", all, "invalid_text fields.name"),
        (
            "lines in the address to unsubscribe",
            ROOT,
            "channel.patch",
            json!({"kind": "email", "fields": {"unsubscribe_url": "https://x.fr/\r\nBcc: y"}}),
            "invalid_json fields.unsubscribe_url",
        ),
        (
            "an address to unsubscribe in clear",
            ROOT,
            "channel.patch",
            json!({"kind": "email", "fields": {"unsubscribe_url": "http://x.fr/{key}"}}),
            "invalid_json fields.unsubscribe_url",
        ),
        (
            "a number of messages below none",
            ROOT,
            "channel.patch",
            json!({"kind": "email", "fields": {"daily_limit": -1}}),
            "invalid_value fields.daily_limit",
        ),
        ("a command to nobody's lead", BOT, "lead.archive", json!({"id": s.rule}), "not_found -"),
        (
            "more than fifty at once",
            MARIE,
            "draft.approve_all",
            json!({"items": vec![seen(&s.waiting); 51]}),
            "too_large body.items",
        ),
    ]
}

#[test]
fn what_is_refused_changes_nothing_and_nothing_leaves() {
    let scene = scene();
    let before = scene.world.everything();
    let attacks = refused(&scene);
    let mut wrong = Vec::new();
    for (what, who, command, body, expected) in &attacks {
        let found = match scene.world.run(*who, MONDAY, command, body.clone()) {
            Ok(answer) => format!("done {}", answer["output"]),
            Err(error) => format!("{} {}", error.code().name(), error.field().unwrap_or("-")),
        };
        if found != *expected || scene.world.everything() != before {
            wrong.push(format!("{what}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(attacks.len() > 80);
    // What was approved before leaves once, as it was approved.
    let left = scene.world.leaves(LATER);
    assert_eq!(left, [("info@ailleurs.fr".to_owned(), "Approuvé".to_owned())]);
    assert!(scene.world.leaves(LATER).is_empty());
    assert_eq!(scene.world.state(&scene.waiting), "waiting");
    assert!(scene.world.row("lead", &scene.other)["archived_at"].is_null());
}
