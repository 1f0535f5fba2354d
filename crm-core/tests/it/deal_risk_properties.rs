//! Deal risk: what holds of every deal.

use crm_core::kernel::time::{Instant, format_instant, parse_instant};
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn micros(text: &str) -> i64 {
    parse_instant(text).unwrap().timestamp_micros()
}

fn text(micros: i64) -> String {
    format_instant(Instant::from_timestamp_micros(micros).unwrap())
}

/// An instant of the hundred days before 2026-11-22, or of the thirty after it.
fn some_instant() -> impl Strategy<Value = String> {
    (-100i64 * 24..30 * 24).prop_map(|hours| text(micros("2026-11-22T09:30:00Z") + hours * 3_600_000_000))
}

/// The day of an instant, as it is written.
fn day_of(at: &str) -> String {
    at.chars().take(10).collect()
}

fn some_date() -> impl Strategy<Value = String> {
    some_instant().prop_map(|at| day_of(&at))
}

fn stage() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["prospecting", "qualification", "proposal", "negotiation"])
}

fn amount() -> impl Strategy<Value = Json> {
    prop_oneof![
        1 => Just(Json::Null),
        4 => (1i64..200_000).prop_map(|a| json!({"amount": a.to_string(), "currency": "EUR"})),
        1 => Just(json!({"amount": "70000", "currency": "JPY"})),
    ]
}

fn revisions() -> impl Strategy<Value = Vec<Json>> {
    let one = (some_instant(), stage(), amount(), prop::option::of(some_date()), prop::sample::select(vec!["a", "b"]));
    prop::collection::vec(one, 0..6).prop_map(|mut all| {
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let row = |(i, (at, stage, value, close, actor)): (usize, (String, &str, Json, Option<String>, &str))| {
            json!({"id": format!("r{i}"), "number": i, "changed_at": at, "actor": actor, "pipeline": "sales",
                "stage": stage, "state": "open", "value": value, "close_date": close})
        };
        all.into_iter().enumerate().map(row).collect()
    })
}

fn activities() -> impl Strategy<Value = Vec<Json>> {
    let direction = prop::sample::select(vec!["inbound", "outbound", "both", ""]);
    let contact = prop::option::of(prop::sample::select(vec!["c1", "c2"]));
    let one =
        (some_instant(), direction, contact, prop::bool::weighted(0.1), prop::sample::select(vec!["call", "note"]));
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let row = |(i, (at, direction, contact, automatic, kind))| {
            let logged = micros("2026-07-01T00:00:00Z");
            json!({"id": format!("a{i}"), "at": at, "logged_at": text(logged), "direction": direction,
                "contact": contact, "automatic": automatic, "kind": kind})
        };
        all.into_iter().enumerate().map(row).collect()
    })
}

fn tasks() -> impl Strategy<Value = Vec<Json>> {
    prop::collection::vec((some_instant(), prop::option::of(some_instant())), 0..3).prop_map(|all| {
        let row = |(i, (made, done))| json!({"id": format!("t{i}"), "created_at": made, "completed_at": done});
        all.into_iter().enumerate().map(row).collect()
    })
}

/// A deal with its history. Its last revision is the deal.
fn inputs() -> impl Strategy<Value = Json> {
    let lists = (revisions(), activities(), tasks(), prop::bool::ANY, prop::option::of(0i64..10_000));
    let more = (prop::option::of(some_instant()), prop::option::of(some_date()), prop::bool::ANY, some_instant());
    (lists, more).prop_map(|((revisions, activities, tasks, decides, probability), (sent, expires, mute, until))| {
        let last = revisions.last().cloned().unwrap_or_else(|| json!({"stage": "proposal"}));
        let mut facts = json!({"hot_ticket": null});
        if sent.is_some() || expires.is_some() {
            facts["quote"] = json!({"id": "q", "sent_at": sent, "expires_on": expires});
        }
        let role = if decides { "decision_maker" } else { "user" };
        let typical = json!([{"pipeline": "sales", "stage": "proposal", "n": 30, "p50_days": 7, "p75_days": 15,
            "p90_days": 40, "remaining_p50_days": 25}]);
        let mutes = match mute {
            true => json!([{"signal": "no_activity", "until": until, "by": "marie"}]),
            false => json!([]),
        };
        json!({"deal": {"pipeline": "sales", "stage": last["stage"], "value": last["value"],
                "close_date": last["close_date"], "probability_bp": probability, "created_at": "2026-06-01T08:00:00Z"},
            "revisions": revisions, "activities": activities, "tasks": tasks, "typical_times": typical, "mutes": mutes,
            "contacts": [{"contact": "c1", "role": role}], "facts": facts, "zone": "Europe/Paris",
            "holidays": ["2026-11-11"], "at": "2026-11-22T09:30:00Z"})
    })
}

fn at(input: &Json, at: &str) -> Json {
    let mut input = input.clone();
    input["at"] = at.into();
    input
}

fn eval(rules: &Rules, input: &Json) -> Json {
    rules.eval("deal_risk", input).unwrap()
}

/// The score and the points by code.
fn print(risk: &Json) -> Json {
    let points = |reasons: &Json| -> Json {
        reasons.as_array().into_iter().flatten().map(|r| json!([r["code"], r["points"]])).collect()
    };
    json!([risk["score"], risk["none"]["code"], points(&risk["reasons"])])
}

/// Nothing that comes after an instant: what was known then.
fn cut(input: &Json, at: &str) -> Json {
    let mut input = input.clone();
    let mut keep = |list: &str, key: &str| {
        let rows = input[list].as_array().unwrap().iter().filter(|row| row[key].as_str().unwrap() <= at);
        input[list] = rows.cloned().collect();
    };
    keep("revisions", "changed_at");
    keep("tasks", "created_at");
    let tasks = input["tasks"].as_array_mut().unwrap();
    for task in tasks.iter_mut().filter(|task| task["completed_at"].as_str().is_some_and(|done| done > at)) {
        task["completed_at"] = Json::Null;
    }
    if let Some(last) = input["revisions"].as_array().unwrap().last().cloned() {
        for key in ["stage", "value", "close_date"] {
            input["deal"][key] = last[key].clone();
        }
        input["deal"]["probability_bp"] = last["probability_bp"].clone();
    }
    input["at"] = at.into();
    input
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reasons_sum_and_counterfactuals_are_what_a_mute_gives(input in inputs()) {
        let rules = Rules::default();
        let risk = eval(&rules, &input);
        if let Some(score) = risk["score"].as_i64() {
            let reasons = risk["reasons"].as_array().unwrap();
            prop_assert_eq!(reasons.iter().map(|r| r["points"].as_i64().unwrap()).sum::<i64>(), score);
            for reason in reasons.iter().filter(|r| r["code"] != "risk_capped") {
                let mut fixed = input.clone();
                let mute = json!({"signal": reason["code"], "until": "9999-01-01T00:00:00Z", "by": "test"});
                fixed["mutes"].as_array_mut().unwrap().push(mute);
                let fixed = eval(&rules, &fixed);
                prop_assert_eq!(&fixed["score"], &reason["counterfactual"]["score"]);
                prop_assert_eq!(&fixed["band"], &reason["counterfactual"]["band"]);
                prop_assert_eq!(&fixed["coverage_bp"], &risk["coverage_bp"], "a mute hides nothing that is known");
                let since = reason["since"].as_str();
                prop_assert!(since.is_none_or(|since| micros(since) <= micros("2026-11-22T09:30:00Z")), "{}", reason);
            }
        }
    }

    #[test]
    fn the_order_of_what_happened_does_not_matter(input in inputs(), seed in any::<u64>()) {
        let rules = Rules::default();
        let mut shuffled = input.clone();
        for list in ["revisions", "activities", "tasks"] {
            let rows = shuffled[list].as_array_mut().unwrap();
            rows.sort_by_key(|row| seed.wrapping_mul(0x9e37_79b9).wrapping_add(row["id"].to_string().bytes().map(u64::from).sum::<u64>().wrapping_mul(seed)));
        }
        prop_assert_eq!(eval(&rules, &shuffled), eval(&rules, &input));
    }

    #[test]
    fn a_past_day_has_the_risk_of_then(input in inputs(), past in some_instant()) {
        let rules = Rules::default();
        let cut = cut(&input, &past);
        // Without a later revision the deal is as it is given; what was set by hand since then is unknown to both.
        let replayed = at(&input, &past);
        let later = input["revisions"].as_array().unwrap().iter().any(|r| r["changed_at"].as_str().unwrap() > past.as_str());
        prop_assume!(later && !cut["revisions"].as_array().unwrap().is_empty());
        prop_assert_eq!(print(&eval(&rules, &replayed)), print(&eval(&rules, &cut)));
    }

    #[test]
    fn the_next_change_is_exact(input in inputs()) {
        let rules = Rules::default();
        // Only what is known now: what is written down later would be news.
        let now = cut(&input, "2026-11-22T09:30:00Z");
        let risk = eval(&rules, &now);
        match risk["next_change_at"].as_str() {
            Some(next) => {
                let before = text(micros(next) - 1);
                prop_assert_eq!(print(&eval(&rules, &at(&now, &before))), print(&risk));
                prop_assert_ne!(print(&eval(&rules, &at(&now, next))), print(&risk));
                let between = text((micros(next) + micros("2026-11-22T09:30:00Z")) / 2);
                prop_assert_eq!(print(&eval(&rules, &at(&now, &between))), print(&risk));
            }
            None => {
                for later in ["2026-11-23T00:00:00Z", "2027-03-01T00:00:00Z", "2050-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
                    prop_assert_eq!(print(&eval(&rules, &at(&now, later))), print(&risk));
                }
            }
        }
    }

    #[test]
    fn worse_is_never_less(pushes in 0u32..6, more in 0u32..6, silent in 0i64..60, longer in 0i64..60, late in -40i64..40, later in 0i64..40) {
        let rules = Rules::default();
        let now = micros("2026-11-22T09:30:00Z");
        let day = 86_400_000_000;
        let score = |pushes: u32, silent: i64, late: i64| {
            let input = json!({"deal": {"stage": "proposal", "close_date": day_of(&text(now - late * day))},
                "facts": {"push_count": pushes, "last_activity_at": text(now - silent * day), "last_inbound_at": null,
                    "next_activity_at": null}, "at": text(now)});
            eval(&rules, &input)["score"].as_i64().unwrap()
        };
        let base = score(pushes, silent, late);
        prop_assert!(score(pushes + more, silent, late) >= base);
        prop_assert!(score(pushes, silent + longer, late) >= base);
        prop_assert!(score(pushes, silent, late + later) >= base);
    }

    #[test]
    fn coverage_rises_with_what_is_known(input in inputs(), keys in prop::collection::vec(prop::bool::ANY, 5)) {
        let rules = Rules::default();
        let mut less = input.clone();
        for (key, gone) in ["revisions", "activities", "tasks", "contacts", "facts"].into_iter().zip(keys) {
            if gone {
                less.as_object_mut().unwrap().remove(key);
            }
        }
        let (all, less) = (eval(&rules, &input), eval(&rules, &less));
        if let (Some(all), Some(less)) = (all["coverage_bp"].as_u64(), less["coverage_bp"].as_u64()) {
            prop_assert!(less <= all && all <= 10_000);
        }
    }
}
