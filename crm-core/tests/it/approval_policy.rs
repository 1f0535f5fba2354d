//! The approval policy: cases worked out by hand, what is refused at the door, and what must hold whatever the rules.

use std::sync::LazyLock;

use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const WHAT: &str = "/answers/0/decision";
const FIRST: &str = "/answers/0/reasons/0/code";
const SECOND: &str = "/answers/0/reasons/1/code";
const STATE: &str = "/answers/0/state";
const SENDS: &str = "/answers/0/hand_offs";
const AUTO: &str = r#""auto""#;
const WAIT: &str = r#""wait""#;
const FORBID: &str = r#""forbid""#;
const CLOSED: &str = r#""fail_closed""#;
const TOPIC: &str = "/answers/0/reasons/0/topic";

const NUMBERS: &[Number] = &[
    ("no rule: it waits", WHAT, WAIT),
    ("no rule: it waits", FIRST, r#""ask_before_sending""#),
    ("no rule: it waits", "/answers/0/expires_at", r#""2026-11-30T09:00:00Z""#),
    ("a rule approves it", WHAT, AUTO),
    ("a rule approves it", "/answers/0/rule_revision", "3"),
    ("a rule approves it", "/answers/0/made_by/name", r#""ada""#),
    ("sure to 84 percent, the floor is 85", WHAT, WAIT),
    ("sure to 84 percent, the floor is 85", FIRST, r#""below_floor""#),
    ("sure to 85 percent", WHAT, AUTO),
    ("nobody knows how sure", FIRST, CLOSED),
    ("a person need not say how sure", WHAT, AUTO),
    ("another floor", FIRST, r#""below_floor""#),
    ("a refund", WHAT, WAIT),
    ("a refund", FIRST, r#""always_escalate""#),
    ("a refund", TOPIC, r#""refund""#),
    ("a refund, en", TOPIC, r#""refund""#),
    ("a password", TOPIC, r#""password""#),
    ("money", TOPIC, r#""money""#),
    ("a contract", TOPIC, r#""contract""#),
    ("a person is asked for", TOPIC, r#""human""#),
    ("an own topic", TOPIC, r#""urbanisme""#),
    ("a letter that only looks Latin hides no topic", TOPIC, r#""refund""#),
    ("an effect that nobody knows", WHAT, WAIT),
    ("an effect that nobody knows", FIRST, CLOSED),
    ("an effect that nobody knows, fr", WHAT, WAIT),
    ("settings that nobody knows", WHAT, WAIT),
    ("settings that nobody knows", FIRST, CLOSED),
    ("settings that nobody knows, en", FIRST, CLOSED),
    ("settings that nobody knows, en", "/answers/0/terms/needs_admin", "true"),
    ("a rule without an end", FIRST, CLOSED),
    ("a rule without a limit", FIRST, CLOSED),
    ("a rule that nobody switched on", FIRST, CLOSED),
    ("a rule that an agent made", WHAT, WAIT),
    ("a rule that an agent made", FIRST, CLOSED),
    ("a rule that is over", WHAT, WAIT),
    ("a rule that is over", FIRST, r#""rule_over""#),
    ("a rule that begins tomorrow", FIRST, r#""rule_not_yet""#),
    ("a rule that is off", FIRST, r#""rule_off""#),
    ("a rule that approved enough today", WHAT, WAIT),
    ("a rule that approved enough today", FIRST, r#""rule_cap""#),
    ("the last one of the day", WHAT, AUTO),
    ("of two rules the one with room", "/answers/0/rule", r#""r2""#),
    ("a ban first", WHAT, FORBID),
    ("a ban last", WHAT, FORBID),
    ("a ban last", FIRST, r#""forbidden_by_rule""#),
    ("one of two recipients is banned", WHAT, FORBID),
    ("a ban that is about others", WHAT, AUTO),
    ("a ban of which something is not known", WHAT, WAIT),
    ("a ban of which something is not known", FIRST, CLOSED),
    ("a rule of which something is not known", WHAT, WAIT),
    ("somebody is asked all the same", FIRST, r#""asked_by_rule""#),
    ("an admin is asked", "/answers/0/terms/needs_admin", "true"),
    ("written after reading what came in", WHAT, WAIT),
    ("written after reading what came in", FIRST, r#""untrusted_source""#),
    ("Cyrillic and Latin in one word", WHAT, WAIT),
    ("Cyrillic and Latin in one word", FIRST, r#""mixed_scripts""#),
    ("Cyrillic and Latin in one word", SECOND, r#""looks_like""#),
    ("Cyrillic and Latin in one word", "/answers/0/recipients/0", r#""billing@xn--pypal-4ve.com""#),
    ("Cyrillic and Latin in one word, any recipient", WHAT, WAIT),
    ("Cyrillic and Latin in one word, any recipient", "/answers/0/reasons/1/other", r#""paypal.com""#),
    ("a whole word in Cyrillic", WHAT, WAIT),
    ("a whole word in Cyrillic", "/answers/0/reasons/0/other", r#""apple.com""#),
    ("a digit for a letter", "/answers/0/reasons/0/other", r#""paypal.com""#),
    ("accents are no trick", WHAT, AUTO),
    ("to those named only", WHAT, AUTO),
    ("a subdomain is another domain", WHAT, WAIT),
    ("by these authors only", WHAT, WAIT),
    ("a condition holds", WHAT, AUTO),
    ("a condition does not", WHAT, WAIT),
    ("a condition that cannot be read", FIRST, CLOSED),
    ("a proposed command waits although a rule has no conditions", WHAT, WAIT),
    ("a proposed command that a rule names", WHAT, AUTO),
    ("a topic in a proposed command", TOPIC, r#""refund""#),
    ("only admins decide about commands of leads", "/answers/0/terms/needs_admin", "true"),
    ("only admins decide about letters", FIRST, r#""admin_required""#),
    ("four eyes", FIRST, r#""four_eyes""#),
    ("managers decide", "/answers/0/terms/needs_manager", "true"),
    ("a teammate has to check it", FIRST, r#""peer_check_required""#),
    ("a teammate checked it", WHAT, AUTO),
    ("a teammate found it not ready", WHAT, WAIT),
    ("nobody is asked about people's own, and an agent wrote it", WHAT, WAIT),
    ("nobody is asked about people's own", WHAT, r#""by_author""#),
    ("people's own with a contract in it", WHAT, WAIT),
    ("what an agent began is no person's own", WHAT, WAIT),
    ("an answer that somebody waits for", "/answers/0/expires_at", r#""2026-11-24T09:00:00Z""#),
    ("an answer that somebody waits for", "/answers/0/approval_expires_at", r#""2026-11-24T09:00:00Z""#),
    ("time to take it back", "/answers/0/not_before", r#""2026-11-23T09:01:00Z""#),
    ("time to take it back", "/answers/0/approval_expires_at", r#""2026-11-25T09:00:00Z""#),
    ("nothing is known", WHAT, WAIT),
    ("nothing is known and a rule approves everything", WHAT, WAIT),
    // What becomes of drafts.
    ("approved and sent", STATE, r#""sent""#),
    ("approved and sent", SENDS, "1"),
    ("an agent says yes", STATE, r#""waiting""#),
    ("an agent says yes", "/answers/0/steps/1/problem/code", r#""forbidden""#),
    ("an agent's name with a person's role", STATE, r#""waiting""#),
    ("two say yes", SENDS, "1"),
    ("two say yes", "/answers/0/steps/2/problem/code", r#""wrong_state""#),
    ("an edit after the yes", STATE, r#""waiting""#),
    ("an edit after the yes", SENDS, "0"),
    ("an edit after the yes", "/answers/0/steps/5/problem/code", r#""conflict""#),
    ("another recipient under the same yes", STATE, r#""waiting""#),
    ("an edit after the hand-off", STATE, r#""sending""#),
    ("a yes to what it said before", STATE, r#""waiting""#),
    ("a yes to a made-up hash", "/answers/0/steps/1/problem/code", r#""conflict""#),
    ("no answer of the channel: never a second try by itself", STATE, r#""unknown""#),
    ("no answer of the channel: never a second try by itself", SENDS, "1"),
    ("no answer, and it had not left", STATE, r#""sent""#),
    ("no answer, and it had not left", SENDS, "2"),
    ("no answer, and it had left", STATE, r#""sent""#),
    ("no answer, and it had left", SENDS, "1"),
    ("no answer, and it had left", "/answers/0/parcels/0/provider_id", r#""m-1""#),
    ("two like it are found", STATE, r#""sent""#),
    ("two like it are found", "/answers/0/parcels/0/provider_id", "null"),
    ("two like it are found", "/answers/0/parcels/0/is_ambiguous", "true"),
    ("taken back while nobody knows", STATE, r#""unknown""#),
    ("the channel says no", STATE, r#""sent""#),
    ("the channel says no", "/answers/0/steps/3/state", r#""failed""#),
    ("told twice that it was sent", SENDS, "1"),
    ("everything is stopped", "/answers/0/steps/2/state", r#""blocked""#),
    ("everything is stopped", "/answers/0/steps/3/state", r#""sending""#),
    ("no such channel", STATE, r#""blocked""#),
    ("no such channel", "/answers/0/steps/2/findings/0/code", r#""channel_not_connected""#),
    ("the rule does not hold any more", SENDS, "0"),
    ("the rule does not hold any more", STATE, r#""waiting""#),
    ("a rule approves what needs a person", STATE, r#""waiting""#),
    ("a rule that a member made", STATE, r#""waiting""#),
    ("only admins decide", STATE, r#""queued""#),
    ("only managers decide", STATE, r#""queued""#),
    ("only managers decide", "/answers/0/steps/1/problem/code", r#""forbidden""#),
    ("no own draft where four eyes are asked for", "/answers/0/steps/1/problem/code", r#""forbidden""#),
    ("a teammate checks first", STATE, r#""queued""#),
    ("too late to decide", STATE, r#""expired""#),
    ("a yes that is too old", SENDS, "0"),
    ("a yes that is too old", STATE, r#""expired""#),
    ("time to take it back, then it leaves", "/answers/0/steps/2/state", r#""blocked""#),
    ("time to take it back, then it leaves", STATE, r#""sending""#),
    ("no, and changes", STATE, r#""rejected""#),
    ("a proposed command", STATE, r#""done""#),
    ("another took its place", STATE, r#""superseded""#),
    // The last check.
    ("everything was looked at", SENDS, "1"),
    ("what was not looked at refuses", "/answers/0/steps/2/findings/7/code", r#""unchecked""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/0/code", r#""kill_switch""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/1/code", r#""channel_not_connected""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/2/code", r#""recipient_not_allowed""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/3/found", r#""objection""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/4/code", r#""approver_lost""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/5/code", r#""stopped""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/6/code", r#""contact_limit""#),
    ("all that stands against it, in order", "/answers/0/steps/2/findings/7/code", r#""channel_limit""#),
    ("nobody approved it", SENDS, "0"),
    ("a draft that nobody gave to anybody", "/answers/0/released", "false"),
    ("a draft that nobody gave to anybody", "/answers/0/findings/0/code", r#""not_approved""#),
];

#[test]
fn cases_worked_out_by_hand_hold() {
    golden::holds("approval", NUMBERS);
}

#[test]
fn the_door_says_what_is_wrong_and_where() {
    let draft = json!({"scope": "a", "author": {"name": "x", "role": "member"}, "content_hash": "0"});
    let play = |event: Json| json!({"asks": [{"ask": "play", "draft": draft, "events": [event]}]});
    for (input, code, field) in [
        (json!({}), "missing", None),
        (json!({"asks": [{"ask": "send"}]}), "invalid_value", Some("asks[0].ask")),
        (json!({"asks": [{"ask": "judge"}]}), "missing", Some("asks[0]")),
        (json!({"asks": [{"ask": "judge", "at": "soon"}]}), "invalid_value", Some("asks[0].at")),
        (
            json!({"asks": [{"ask": "judge", "at": "2026-11-23T09:00:00Z", "draft": {"colour": 1}}]}),
            "unknown_field",
            Some("asks[0].draft.colour"),
        ),
        (play(json!({"event": "fly", "at": "2026-11-23T09:00:00Z"})), "invalid_value", Some("asks[0].events[0].event")),
        (play(json!({"event": "submit"})), "missing", Some("asks[0].events[0]")),
        (
            play(json!({"event": "approve", "at": "2026-11-23T09:00:00Z", "by": {"name": "x", "role": "member"}})),
            "missing",
            Some("asks[0].events[0]"),
        ),
        (
            play(json!({"event": "start", "at": "2026-11-23T09:00:00Z", "recipient": "a@b.fr", "worker": "w",
                "lease_until": "2026-11-23T10:00:00Z", "checks": {"consent": true}})),
            "invalid_json",
            Some("asks[0].events[0].checks.consent"),
        ),
    ] {
        let error = Rules::default().eval("approval", &input).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, field), "{input}");
    }
    for (model, field) in [
        (json!({"ask_before_sending": "perhaps"}), "approval.ask_before_sending"),
        (json!({"confidence_floor_bp": 10_001}), "approval.confidence_floor_bp"),
        (json!({"approvers": "agent"}), "approval.approvers"),
        (json!({"peer_check": "sometimes"}), "approval.peer_check"),
        (json!({"draft_expiry_days": 0}), "approval.draft_expiry_days"),
        (json!({"undo_seconds": -1}), "approval.undo_seconds"),
        (json!({"admin_only": {"channels": ["pigeon"]}}), "approval.admin_only.channels[0]"),
        (json!({"always_ask": {"topics": {"x": {"de": []}}}}), "approval.always_ask.topics.x"),
        (json!({"auto": true}), "approval"),
    ] {
        let error = Rules::from_json(&json!({"approval": model})).unwrap_err();
        assert_eq!(error.field(), Some(field), "{model}: {error}");
    }
}

/// One rule of a random workspace; small lists, so that rules meet drafts.
fn rule(id: usize) -> impl Strategy<Value = Json> {
    let effect = prop::sample::select(vec!["auto", "auto", "ask", "ask_admin", "forbid", "unheard_of"]);
    let channel = prop::option::of(prop::sample::select(vec!["email", "letter"]));
    let recipients = prop::sample::subsequence(vec!["exemple.fr", "concurrent.com"], 0..=2);
    let language = prop::option::of(prop::sample::select(vec!["fr", "en"]));
    let rest = (prop::bool::weighted(0.9), 0_u64..3, prop::bool::weighted(0.9));
    (effect, channel, recipients, language, rest).prop_map(move |(effect, channel, recipients, language, rest)| {
        let (enabled, used, is_dated) = rest;
        let mut rule = json!({
            "id": format!("r{id}"), "name": format!("rule {id}"), "effect": effect, "enabled": enabled, "revision": 1,
            "made_by": "ada", "made_by_role": "admin", "daily_cap": 2, "used_today": used, "recipients": recipients,
        });
        if is_dated {
            rule["valid_until"] = "2027-01-01T00:00:00Z".into();
        }
        if let Some(channel) = channel {
            rule["channel"] = channel.into();
        }
        if let Some(language) = language {
            rule["languages"] = json!([language]);
        }
        rule
    })
}

fn rules() -> impl Strategy<Value = Vec<Json>> {
    (rule(0), rule(1), rule(2), rule(3), 0_usize..=4).prop_map(|(a, b, c, d, count)| {
        let mut all = vec![a, b, c, d];
        all.truncate(count);
        all
    })
}

fn draft() -> impl Strategy<Value = Json> {
    let recipients = prop::sample::subsequence(vec!["a@exemple.fr", "b@concurrent.com", "c@autre.fr"], 0..=2);
    let text = prop::sample::select(vec!["Bonjour", "Bonjour", "Bonjour", "un remboursement"]);
    let confidence = prop::option::of(prop::sample::select(vec![8_000_u64, 9_000]));
    let language = prop::option::of(prop::sample::select(vec!["fr", "en"]));
    (recipients, text, confidence, language).prop_map(|(recipients, text, confidence, language)| {
        json!({"channel": "email", "recipients": recipients, "text": text, "confidence_bp": confidence,
            "language": language})
    })
}

fn judged(draft: &Json, rules: &[Json], role: &str) -> Json {
    let ask = json!({"ask": "judge", "at": "2026-11-23T09:00:00Z", "draft": draft, "rules": rules,
        "contributors": [{"name": "x", "role": role}]});
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
    let mut answer = RULES.eval("approval", &json!({"asks": [ask]})).unwrap()["answers"][0].take();
    answer.as_object_mut().unwrap().remove("diagnostics");
    answer
}

/// How much leaves: nothing may, somebody is asked, it leaves by itself.
fn rank(answer: &Json) -> u8 {
    match answer["decision"].as_str().unwrap() {
        "forbid" => 0,
        "wait" => 1,
        _ => 2,
    }
}

fn permutations(rules: &[Json]) -> Vec<Vec<Json>> {
    if rules.len() < 2 {
        return vec![rules.to_vec()];
    }
    let mut all = Vec::new();
    for (place, first) in rules.iter().enumerate() {
        let mut rest = rules.to_vec();
        rest.remove(place);
        for mut other in permutations(&rest) {
            other.insert(0, first.clone());
            all.push(other);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_rules_does_not_matter(rules in rules(), draft in draft()) {
        let usual = judged(&draft, &rules, "agent");
        for other in permutations(&rules) {
            prop_assert_eq!(&judged(&draft, &other, "agent"), &usual);
        }
    }

    #[test]
    fn another_restriction_never_lets_more_through(
        rules in rules(), draft in draft(), more in rule(9), effect in prop::sample::select(vec!["forbid", "ask", "ask_admin"]),
    ) {
        let before = judged(&draft, &rules, "agent");
        let mut more = more;
        more["effect"] = effect.into();
        let after = judged(&draft, &[&rules[..], &[more]].concat(), "agent");
        prop_assert!(rank(&after) <= rank(&before), "{before:#} {after:#}");
        prop_assert!(before["terms"]["needs_admin"] == json!(false) || after["terms"]["needs_admin"] == json!(true));
    }

    #[test]
    fn another_condition_of_what_approves_never_lets_more_through(
        rules in rules(), draft in draft(), place in 0_usize..4,
        condition in prop::sample::select(vec![
            json!({"templates": ["relance"]}), json!({"authors": ["y"]}), json!({"confidence_floor_bp": 9_500}),
            json!({"condition": {"field": "subject", "op": "eq", "value": "x"}}), json!({"recipient_known": true}),
            json!({"valid_from": "2026-12-01T00:00:00Z"}), json!({"languages": ["de"]}),
        ]),
    ) {
        let before = judged(&draft, &rules, "agent");
        let mut narrower = rules.clone();
        if let Some(rule) = narrower.get_mut(place).filter(|rule| rule["effect"] == "auto") {
            for (key, value) in condition.as_object().unwrap() {
                rule[key] = value.clone();
            }
        }
        prop_assert!(rank(&judged(&draft, &narrower, "agent")) <= rank(&before));
    }

    #[test]
    fn without_a_rule_that_approves_everything_waits(rules in rules(), draft in draft(), by in prop::sample::select(vec!["agent", "owner"])) {
        let rules: Vec<Json> = rules.into_iter().filter(|rule| rule["effect"] != "auto").collect();
        prop_assert!(rank(&judged(&draft, &rules, by)) < 2);
    }
}
