//! Next actions: golden cases, what a table is refused for, and what holds of any facts.

use crm_core::Error;
use crm_core::command::{is_proposable, parse};
use crm_core::rules::Rules;
use crm_core::rules::next_action::COMMANDS;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden;

/// Worked out from the usual table by hand.
const NUMBERS: &[golden::Number] = &[
    ("a hot lead that nobody called", "/suggestions/0/action", r#""call_hot_lead""#),
    ("a hot lead that nobody called", "/suggestions/0/priority", "55"),
    ("a hot lead that nobody called", "/suggestions/0/body/fields/title", r#""Appeler le prospect""#),
    ("a hot lead that nobody called", "/suggestions/0/body/fields/assignee", r#""marie""#),
    ("a hot lead that nobody called", "/suggestions/0/body/fields/due_at", r#""2026-11-22T13:00:00Z""#),
    ("a hot lead that nobody called", "/suggestions/1/action", r#""plan_lead""#),
    ("a hot lead that nobody called", "/suggestions/1/priority", "20"),
    ("a hot lead that nobody called", "/suggestions/2/action", r#""enrich_lead""#),
    ("a hot lead that nobody called", "/suggestions/2/priority", "15"),
    ("a hot lead that nobody called", "/left_out/0/action", r#""write_to_new_lead""#),
    ("a hot lead that nobody called", "/left_out/0/reason/code", r#""next_same_end""#),
    ("in English, after three days", "/suggestions/0/priority", "65"),
    ("one second before a day has passed", "/suggestions", "[]"),
    ("nobody knows whether somebody was in touch", "/suggestions", "[]"),
    ("a person who objected is not contacted", "/suggestions/0/action", r#""route_lead""#),
    ("a person who objected is not contacted", "/suggestions/0/priority", "40"),
    ("a person who objected is not contacted", "/left_out/0/reason/code", r#""next_objection""#),
    ("a message waits, an answered one does not", "/suggestions/0/action", r#""answer_lead""#),
    ("a message waits, an answered one does not", "/suggestions/0/priority", "55"),
    ("a message waits, an answered one does not", "/suggestions/0/evidence/0/id", r#""m1""#),
    ("what was held is not suggested again", "/suggestions", "[]"),
    ("what was held is not suggested again", "/left_out/0/reason/code", r#""next_held""#),
    ("a deal with a quote, a passed close date and no next step", "/suggestions/0/action", r#""follow_up_quote""#),
    ("a deal with a quote, a passed close date and no next step", "/suggestions/0/priority", "40"),
    ("a deal with a quote, a passed close date and no next step", "/suggestions/1/action", r#""plan_deal""#),
    ("a deal with a quote, a passed close date and no next step", "/suggestions/1/priority", "30"),
    ("a deal with a quote, a passed close date and no next step", "/suggestions/2/action", r#""correct_close_date""#),
    ("a deal with a quote, a passed close date and no next step", "/left_out/0/action", r#""renew_quote""#),
    ("of two that serve one end the better one", "/suggestions/0/action", r#""follow_up_quote""#),
    ("of two that serve one end the better one", "/left_out/0/reason/action", r#""follow_up_quote""#),
    ("a customer whose contract ends", "/suggestions/0/action", r#""prepare_renewal""#),
    ("a customer whose contract ends", "/suggestions/0/priority", "55"),
    ("a customer whose contract ends", "/suggestions/1/priority", "40"),
    ("a customer whose contract ends", "/suggestions/2/action", r#""settle_tickets""#),
    ("a customer whose contract ends", "/left_out/0/action", r#""check_in_customer""#),
    ("a host's own table, the end and the limit", "/suggestions/0/priority", "27"),
    ("a host's own table, the end and the limit", "/left_out/0/reason/code", r#""next_enough""#),
    ("a host's own table, the end and the limit", "/left_out/1/reason/code", r#""next_same_end""#),
    ("nothing is known", "/suggestions", "[]"),
    ("days begin where the table says", "/suggestions/0/reasons/0/days", "1"),
    ("the same in UTC", "/suggestions", "[]"),
];

#[test]
fn numbers_worked_out_by_hand_hold() {
    golden::holds("next_action", NUMBERS);
}

fn eval(input: &Json) -> Json {
    Rules::default().eval("next_action", input).unwrap()
}

#[test]
fn every_command_of_the_usual_table_reads_and_can_wait() {
    let facts = json!([
        {"fact": "score", "band": "hot"}, {"fact": "received", "at": "2026-01-01T09:00:00Z"}, {"fact": "owner", "user": null},
        {"fact": "gap", "item": "website"}, {"fact": "gap", "item": "reachable"}, {"fact": "tasks", "open": 0},
        {"fact": "risk", "score": 90, "signals": ["quote_stale", "stage_age", "single_threaded"]},
        {"fact": "close_date", "date": "2026-01-01"}, {"fact": "stage", "since": "2026-01-01T09:00:00Z"},
        {"fact": "quote", "sent_at": "2026-01-01T09:00:00Z"}, {"fact": "renewal", "date": "2026-12-01"},
        {"fact": "health", "score": 1}, {"fact": "tickets", "breached": 5}, {"fact": "reply", "at": "2026-06-01T09:00:00Z"},
    ]);
    let rules = Rules::default();
    let table: Json = serde_json::from_str(include_str!("../../src/rules/next_action/standard.json")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for record in ["lead", "deal", "account"] {
        for touched in [Json::Null, "2026-01-01T09:00:00Z".into()] {
            let mut facts = facts.as_array().unwrap().clone();
            facts.push(json!({"fact": "touched", "at": touched}));
            // One action at a time, so that none gives way to another.
            for action in table["actions"].as_array().unwrap() {
                let mut own = action.clone();
                if let Some(also) = own.get("also") {
                    assert!(!also.as_array().unwrap().is_empty());
                }
                own["end"] = "own".into();
                let input = json!({"record": record, "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "version": 1,
                    "at": "2026-11-22T09:00:00Z", "facts": facts, "language": "fr",
                    "table": {"id": "one", "version": 1, "actions": [own]}});
                for one in rules.eval("next_action", &input).unwrap()["suggestions"].as_array().unwrap() {
                    let (name, body) = (one["command"].as_str().unwrap(), &one["body"]);
                    parse(name, body, &rules).unwrap_or_else(|e| panic!("{one:#}: {e}"));
                    seen.insert(one["action"].as_str().unwrap().to_owned());
                }
            }
        }
    }
    let all: std::collections::BTreeSet<String> =
        table["actions"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(seen, all, "every action answers to something");
    for command in COMMANDS {
        assert!(*command == "draft.compose" || is_proposable(command), "{command} could never be held");
    }
}

#[test]
fn a_table_that_cannot_be_meant_is_refused_with_its_place() {
    let action = json!({"id": "a", "record": "lead", "when": [{"signal": "nobodys", "points": 5}],
        "command": "lead.route", "body": {"ids": ["@id"]}});
    let table = |change: &dyn Fn(&mut Json)| -> Error {
        let mut table = json!({"id": "t", "version": 1, "actions": [action]});
        change(&mut table);
        Rules::from_json(&json!({"next_actions": table})).unwrap_err()
    };
    type Change = (fn(&mut Json), &'static str, &'static str);
    let wrong: &[Change] = &[
        (|t| t["most"] = 0.into(), "invalid_value", "next_actions.most"),
        (|t| t["zone"] = "Mars/Base".into(), "invalid_value", "next_actions.zone"),
        (|t| t["renewal_field"] = "name".into(), "invalid_value", "next_actions.renewal_field"),
        (|t| t["actions"][0]["record"] = "ticket".into(), "invalid_value", "next_actions.actions[0].record"),
        (|t| t["actions"][0]["command"] = "lead.merge".into(), "invalid_value", "next_actions.actions[0].command"),
        (|t| t["actions"][0]["body"] = json!({"ids": ["@me"]}), "invalid_value", "next_actions.actions[0].body.ids[0]"),
        (|t| t["actions"][0]["when"] = json!([]), "invalid_value", "next_actions.actions[0].when"),
        (
            |t| t["actions"][0]["when"][0]["points"] = 0.into(),
            "invalid_value",
            "next_actions.actions[0].when[0].points",
        ),
        (
            |t| t["actions"][0]["when"][0]["at_least"] = 3.into(),
            "invalid_value",
            "next_actions.actions[0].when[0].at_least",
        ),
        (
            |t| t["actions"][0]["when"][0] = json!({"signal": "risk_signal", "in": ["no_next_stp"], "points": 1}),
            "invalid_value",
            "next_actions.actions[0].when[0].in[0]",
        ),
        (
            |t| {
                t["actions"][0]["command"] = "draft.compose".into();
                t["actions"][0]["body"] = json!({"fields": {}, "template": {"id": "no_such"}});
            },
            "invalid_value",
            "next_actions.actions[0].body.template.id",
        ),
    ];
    for (change, code, place) in wrong {
        let error = table(change);
        assert_eq!(error.field(), Some(*place), "{error}");
        let _ = code;
    }
    let twice = Rules::from_json(&json!({"next_actions": {"id": "t", "version": 1, "actions": [action, action]}}));
    assert_eq!(twice.unwrap_err().field(), Some("next_actions.actions[1].id"));
    let alone = Rules::from_json(&json!({"next_actions": {"version": 2}}));
    assert_eq!(alone.unwrap_err().field(), Some("next_actions.version"));
}

#[test]
fn facts_are_read_strictly() {
    let ask = |facts: Json| {
        let input = json!({"record": "lead", "id": "l", "at": "2026-11-22T09:00:00Z", "facts": facts});
        Rules::default().eval("next_action", &input).unwrap_err().field().unwrap_or_default().to_owned()
    };
    assert_eq!(ask(json!([{"fact": "weather"}])), "facts[0].fact");
    assert_eq!(ask(json!([{"fact": "tasks", "open": 0}, {"fact": "tasks", "open": 1}])), "facts[1].fact");
    assert_eq!(ask(json!([{"fact": "tasks", "open": -1}])), "facts[0].open");
    assert_eq!(ask(json!([{"fact": "health", "score": 101}])), "facts[0].score");
    assert_eq!(ask(json!([{"fact": "reply"}])), "facts[0]");
    assert_eq!(ask(json!([{"fact": "objection", "at": "2026-11-22T09:00:00Z"}])), "facts[0]");
}

fn instant() -> impl Strategy<Value = String> {
    (1u32..12, 1u32..28, 0u32..24).prop_map(|(month, day, hour)| format!("2026-{month:02}-{day:02}T{hour:02}:00:00Z"))
}

prop_compose! {
    fn facts()(
        band in prop::sample::select(vec!["hot", "warm", "cold"]),
        touched in prop::option::of(instant()),
        received in instant(),
        replies in prop::collection::vec(instant(), 0..3),
        quotes in prop::collection::vec(instant(), 0..3),
        open in 0i64..2,
        health in 0i64..=100,
        risk in 0i64..=100,
        breached in 0i64..4,
        since in instant(),
        owner in prop::option::of(Just("marie")),
        gaps in prop::sample::subsequence(vec!["website", "industry", "reachable", "size"], 0..4),
        signals in prop::sample::subsequence(vec!["quote_stale", "stage_age", "single_threaded"], 0..3),
    ) -> Vec<Json> {
        let mut all = vec![
            json!({"fact": "score", "band": band}), json!({"fact": "touched", "at": touched}),
            json!({"fact": "received", "at": received}), json!({"fact": "tasks", "open": open}),
            json!({"fact": "health", "score": health}), json!({"fact": "risk", "score": risk, "signals": signals}),
            json!({"fact": "tickets", "breached": breached}), json!({"fact": "stage", "since": since}),
            json!({"fact": "owner", "user": owner}), json!({"fact": "close_date", "date": received.get(..10)}),
            json!({"fact": "renewal", "date": since.get(..10)}),
        ];
        all.extend(replies.iter().map(|at| json!({"fact": "reply", "at": at})));
        all.extend(quotes.iter().map(|at| json!({"fact": "quote", "sent_at": at})));
        all.extend(gaps.iter().map(|item| json!({"fact": "gap", "item": item})));
        all
    }
}

/// Every action that answers to something, with its points; what the limit and the ends cut off, too.
fn points(answer: &Json) -> std::collections::BTreeMap<String, i64> {
    let both = ["suggestions", "left_out"].into_iter().flat_map(|key| answer[key].as_array().unwrap());
    both.map(|one| (one["action"].as_str().unwrap().to_owned(), one["priority"].as_i64().unwrap())).collect()
}

proptest! {
    #[test]
    fn the_order_of_facts_decides_nothing_and_points_sum(
        facts in facts(), shuffled in any::<prop::sample::Index>(), record in prop::sample::select(vec!["lead", "deal", "account"])
    ) {
        let ask = |facts: &[Json]| eval(&json!({"record": record, "id": "x", "at": "2026-11-22T09:00:00Z", "facts": facts, "lang": "fr"}));
        let answer = ask(&facts);
        let mut other = facts.clone();
        let place = shuffled.index(other.len());
        other.rotate_left(place);
        other.reverse();
        prop_assert_eq!(&answer, &ask(&other));
        let shown = answer["suggestions"].as_array().unwrap();
        prop_assert!(shown.len() <= 3);
        let mut last = i64::MAX;
        for one in shown {
            let sum: i64 = one["reasons"].as_array().unwrap().iter().map(|reason| reason["points"].as_i64().unwrap()).sum();
            prop_assert_eq!(one["priority"].as_i64().unwrap(), sum);
            prop_assert!(sum <= last && !one["evidence"].as_array().unwrap().is_empty());
            last = sum;
        }
    }

    #[test]
    fn without_a_fact_an_action_has_no_more_points(
        facts in facts(), gone in any::<prop::sample::Index>(), record in prop::sample::select(vec!["lead", "deal", "account"])
    ) {
        let ask = |facts: &[Json]| points(&eval(&json!({"record": record, "id": "x", "at": "2026-11-22T09:00:00Z", "facts": facts})));
        let all = ask(&facts);
        let name = facts[gone.index(facts.len())]["fact"].clone();
        let fewer: Vec<Json> = facts.iter().filter(|fact| fact["fact"] != name).cloned().collect();
        for (action, points) in ask(&fewer) {
            prop_assert!(all.get(&action).is_some_and(|before| points <= *before), "{action} without {name}");
        }
    }
}
