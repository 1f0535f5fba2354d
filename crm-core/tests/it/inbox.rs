//! The inbox: golden cases, what is refused, that its order is one of all kinds and explained, and that its actions run.

use std::collections::BTreeMap;

use crm_core::Lang;
use crm_core::command::{NAMES, parse};
use crm_core::kernel::inbox_reason::{InboxAction, InboxReason, InboxSource};
use crm_core::kernel::reason::Reason;
use crm_core::lang;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};
use crate::support::at;

const ALL: &str = "one of each, in one order";

/// Worked out by hand; 25 November 2026 is a Wednesday, and 10 o'clock in Paris.
const NUMBERS: &[Number] = &[
    // Overdue: the ticket 30 + 3 x 10, then the close date 15.
    (ALL, "/items/0/source", r#""ticket""#),
    (ALL, "/items/0/rank/urgency", "60"),
    (ALL, "/items/1/source", r#""close_date""#),
    (ALL, "/items/1/reasons/0/text", r#""date de clôture dépassée de 5 jours (20/11/2026)""#),
    // Today: the reply 20 + 10, the risk 17 + 10, the lead 25 + 5, the task 20, the approval 15.
    (ALL, "/items/2/source", r#""reply""#),
    (ALL, "/items/2/rank/urgency", "30"),
    (ALL, "/items/2/rank/due", r#""2026-11-25T08:00:00Z""#),
    (ALL, "/items/3/source", r#""lead""#),
    (ALL, "/items/3/rank/urgency", "30"),
    (ALL, "/items/4/source", r#""risk""#),
    (ALL, "/items/4/rank/urgency", "27"),
    (ALL, "/items/5/source", r#""task""#),
    (ALL, "/items/5/reasons/1/points", "20"),
    (ALL, "/items/6/source", r#""approval""#),
    (ALL, "/counts/task", "1"),
    ("a broken promise comes before an overdue task of low priority", "/items/0/id", r#""b""#),
    ("what is due soon is today's, whenever it is due", "/items/0/rank/band", r#""today""#),
    ("what is due soon is today's, whenever it is due", "/items/1/rank/band", r#""tomorrow""#),
    ("what is due soon is today's, whenever it is due", "/items/2/rank/band", r#""undated""#),
    ("a promise that passed is broken, even if nobody looked since", "/items/0/rank/band", r#""overdue""#),
    ("a task that waits for another one comes last in its band", "/items/0/id", r#""b""#),
    ("a task that waits for another one comes last in its band", "/items/1/id", r#""a""#),
    ("a task that waits for another one comes last in its band", "/items/2/id", r#""c""#),
    ("what is done, put off or to come is hidden", "/hidden", r#"["a","b","c"]"#),
    ("equal in all parts: source and id decide", "/items/0/id", r#""a""#),
    ("a customer who waits too long", "/items/0/rank/band", r#""overdue""#),
    ("a customer who waits too long", "/items/1/rank/band", r#""tomorrow""#),
    ("weeks from Sunday", "/items/0/rank/band", r#""this_week""#),
    ("weeks from Sunday", "/items/1/rank/band", r#""later""#),
    ("points of the host's own", "/items/0/id", r#""b""#),
    ("points of the host's own", "/items/1/rank/urgency", "3"),
];

#[test]
fn the_numbers_by_hand_hold() {
    golden::holds("inbox", NUMBERS);
}

fn ask(input: Json) -> crm_core::Result<Json> {
    Rules::default().eval("inbox", &input)
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    for (item, code, path) in [
        (json!({"id": "a"}), "missing", "items[0]"),
        (json!({"source": "mail", "id": "a"}), "invalid_value", "items[0].source"),
        (json!({"source": "task"}), "missing", "items[0]"),
        (json!({"source": "task", "id": ""}), "invalid_rules", "items[0].id"),
        (json!({"source": "task", "id": "a", "score": 3}), "unknown_field", "items[0]"),
        (json!({"source": "task", "id": "a", "due_at": "2026-11-25"}), "invalid_value", "items[0].due_at"),
        (json!({"source": "task", "id": "a", "priority": 3}), "invalid_value", "items[0].priority"),
        (json!({"source": "ticket", "id": "a", "sla_state": "late"}), "invalid_value", "items[0].sla_state"),
        (json!({"source": "reply", "id": "a"}), "missing", "items[0]"),
        (json!({"source": "risk", "id": "a", "score": 101}), "invalid_value", "items[0].score"),
        (json!({"source": "close_date", "id": "a", "close_date": "soon"}), "invalid_value", "items[0].close_date"),
        (
            json!({"source": "lead", "id": "a", "received_at": "2026-11-25T09:00:00Z", "is_hot": 1}),
            "invalid_value",
            "items[0].is_hot",
        ),
    ] {
        let error = ask(json!({"at": "2026-11-25T09:00:00Z", "items": [item]})).expect_err(&item.to_string());
        assert_eq!((error.code().name(), error.field()), (code, Some(path)), "{item}: {error}");
    }
    let twice = json!({"source": "task", "id": "a"});
    let error = ask(json!({"at": "2026-11-25T09:00:00Z", "items": [twice, twice]})).unwrap_err();
    assert_eq!((error.code().name(), error.field()), ("invalid_rules", Some("items[1].id")));
    for (part, code, path) in [
        (json!({"points": {"at_risk": -1}}), "invalid_value", "inbox.points.at_risk"),
        (json!({"points": {"luck": 1}}), "unknown_field", "inbox.points"),
        (json!({"reply_hours": 0}), "invalid_value", "inbox.reply_hours"),
        (json!({"hours": 1}), "unknown_field", "inbox"),
    ] {
        let error = Rules::from_json(&json!({"inbox": part})).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, Some(path)), "{error}");
    }
}

fn items() -> impl Strategy<Value = Vec<Json>> {
    let moment = || (0i64..8).prop_map(|n| format!("2026-11-{:02}T{:02}:00:00Z", 22 + n / 2, 6 + n));
    let day = || (18u32..30).prop_map(|n| format!("2026-11-{n}"));
    let priority = || prop::sample::select(vec!["", "low", "normal", "high", "urgent"]);
    let task =
        (prop::option::of(day()), prop::option::of(moment()), priority(), any::<bool>(), prop::option::of(moment()));
    let task = task.prop_map(|(day, due_at, priority, blocked, made)| {
        let mut item =
            json!({"source": "task", "priority": priority, "due_date": day, "due_at": due_at, "created_at": made});
        if blocked {
            item["blocking_task"] = json!("z");
        }
        item
    });
    let state = prop::sample::select(vec!["met", "paused", "on_track", "due_soon", "breached", "cancelled"]);
    let ticket = (prop::option::of(state), prop::option::of(moment()), priority()).prop_map(
        |(state, due, priority)| json!({"source": "ticket", "sla_state": state, "sla_due_at": due, "priority": priority}),
    );
    let reply = moment().prop_map(|at| json!({"source": "reply", "received_at": at}));
    let close = day().prop_map(|day| json!({"source": "close_date", "close_date": day}));
    let risk = (0i64..=100, prop::option::of(0i64..=100))
        .prop_map(|(score, before)| json!({"source": "risk", "score": score, "score_before": before}));
    let lead =
        (moment(), any::<bool>()).prop_map(|(at, hot)| json!({"source": "lead", "received_at": at, "is_hot": hot}));
    let one = prop_oneof![3 => task, 2 => ticket, 1 => reply, 1 => close, 1 => risk, 1 => lead];
    prop::collection::vec(one, 1..25).prop_map(|mut items| {
        for (i, item) in items.iter_mut().enumerate() {
            item["id"] = json!(format!("{i:02}"));
        }
        items
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_is_total_explained_and_independent_of_the_input(
        (items, mixed) in items().prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
    ) {
        let asked = |items: &[Json]| ask(json!({"at": "2026-11-25T09:00:00Z", "items": items})).unwrap();
        let answer = asked(&items);
        prop_assert_eq!(&answer, &asked(&mixed));
        let shown = answer["items"].as_array().unwrap();
        prop_assert_eq!(shown.len() + answer["hidden"].as_array().unwrap().len(), items.len());
        let sources: Vec<&str> = InboxSource::CODES.to_vec();
        let mut keys = Vec::new();
        for item in shown {
            let points: i64 = item["reasons"].as_array().unwrap().iter().map(|why| why["points"].as_i64().unwrap()).sum();
            prop_assert_eq!(points, item["rank"]["urgency"].as_i64().unwrap());
            let key: Vec<i64> = item["rank"]["key"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
            let source = sources.iter().position(|source| item["source"] == *source).unwrap();
            keys.push((key, source, item["id"].as_str().unwrap().to_owned()));
        }
        // The numbers alone give the order, and no two are equal.
        prop_assert!(keys.is_sorted_by(|a, b| a < b), "{:?}", keys);
    }

    #[test]
    fn tasks_alone_stand_in_the_order_of_tasks(items in items()) {
        let mut tasks: Vec<Json> = items.into_iter().filter(|item| item["source"] == "task").collect();
        let ids = |list: &Json| list.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
        let inbox = ask(json!({"at": "2026-11-25T09:00:00Z", "items": tasks})).unwrap();
        for task in &mut tasks {
            task.as_object_mut().unwrap().remove("source");
        }
        let order = json!({"asks": [{"ask": "order", "at": "2026-11-25T09:00:00Z", "tasks": tasks}]});
        let order = Rules::default().eval("task", &order).unwrap();
        prop_assert_eq!(ids(&inbox["items"]), ids(&order["answers"][0]["tasks"]));
    }
}

#[test]
fn every_action_is_a_command_that_can_be_read() {
    let rules = Rules::default();
    let answer = golden::run("inbox", &golden::case("inbox", ALL));
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    for item in answer["items"].as_array().unwrap() {
        for action in item["actions"].as_array().unwrap() {
            let command = action["command"].as_str().unwrap();
            *found.entry(action["action"].as_str().unwrap().to_owned()).or_default() += 1;
            assert!(NAMES.contains(&command), "{command}");
            let mut body = action["body"].clone();
            if command.starts_with("draft.re") {
                // Whoever says no says why: the person fills it in first, and the command insists.
                assert_eq!(action["asks"], json!(["note"]));
                body["note"] = "why".into();
            }
            let read = parse(command, &body, &rules).unwrap_or_else(|e| panic!("{command} {body}: {e}"));
            assert_eq!(read.name(), command);
        }
    }
    let codes: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut all = InboxAction::CODES.to_vec();
    all.sort_unstable();
    assert_eq!(codes, all, "every action fits something");
}

#[test]
fn every_reason_in_both_languages() {
    use InboxReason as R;
    let now = at("2026-11-25T09:00:00Z");
    let reasons = [
        R::PromiseBroken { due_at: Some(now) },
        R::PromiseBroken { due_at: None },
        R::PromiseDueSoon { due_at: Some(now) },
        R::PromiseDueSoon { due_at: None },
        R::PromiseDue { due_at: now },
        R::NoPromiseRuns,
        R::CustomerWaits { since: now },
        R::WaitsLong { hours: 1 },
        R::WaitsLong { hours: 25 },
        R::ApprovalWaits { since: now },
        R::CloseDatePassed { date: now.date_naive(), days: 1 },
        R::CloseDatePassed { date: now.date_naive(), days: 5 },
        R::AtRisk { score: 85 },
        R::RiskRisen { from: 60, to: 85 },
        R::HotLead { score: Some(92) },
        R::HotLead { score: None },
        R::NewLead { received_at: now },
        R::NobodysLead,
        R::Priority { priority: "urgent".into() },
    ];
    for reason in reasons.into_iter().map(Reason::Inbox) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert!(!en.is_empty() && en != fr, "{}: {en}", reason.code());
        assert!(!fr.contains(" :") && !fr.contains('\''), "{fr}");
    }
}
