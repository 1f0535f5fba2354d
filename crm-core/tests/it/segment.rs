//! Segments without a store: golden cases with answers by hand, what is refused, and properties against a slow oracle.

use std::collections::BTreeMap;

use crm_core::rules::Rules;
use crm_core::{Error, Id};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden;

const AT: &str = "2026-11-22T09:00:00Z";

#[test]
fn the_answers_by_hand_hold() {
    golden::holds(
        "segment",
        &[
            ("manually added stays in", "/member", "true"),
            ("manually removed stays out", "/member", "false"),
            ("matches", "/member", "true"),
            ("does not match", "/member", "false"),
            ("added and removed is removed", "/member", "false"),
            ("a condition that holds", "/member", "true"),
            ("a condition that holds", "/reasons/1/path", r#""""#),
            ("a condition that does not hold", "/reasons/1/code", r#""test_fails""#),
            ("nobody knows: not a member", "/member", "false"),
            ("nobody knows: not a member", "/reasons/1/code", r#""test_unknown""#),
            ("pinned in though it does not match", "/member", "true"),
            ("pinned in though it does not match", "/matches", "false"),
            ("pinned out though it matches", "/member", "false"),
            ("pinned out though it matches", "/matches", "true"),
            ("two pins of one instant are out", "/member", "false"),
            ("a second later is later", "/member", "true"),
            ("a pin without a day was before", "/member", "true"),
            ("the last pin counts", "/pin", r#""in""#),
            ("the last pin counts the other way round", "/pin", r#""out""#),
            ("another record's pin", "/member", "false"),
            ("a list by name", "/reasons/0/code", r#""not_named""#),
            ("on a list by name", "/member", "true"),
            ("an archived record belongs nowhere", "/member", "false"),
            // Of the branch that matched both tests are told, of the other one nothing.
            ("the branch that matched", "/reasons/1/path", r#""any[1].all[0]""#),
            ("the branch that matched", "/reasons/2/path", r#""any[1].all[1]""#),
            // Of a branch that failed only the test that failed.
            ("every branch failed", "/reasons/1/path", r#""any[0]""#),
            ("every branch failed", "/reasons/2/path", r#""any[1].all[0]""#),
            ("a negated test", "/reasons/1/negated", "true"),
            // Nobody knows the size: not big, and so one of the others.
            ("everybody else", "/member", "true"),
            ("everybody else", "/reasons/1/wanted", "false"),
            // Taken out of the inner segment, and so out of the outer one.
            ("a segment in a segment", "/member", "false"),
            ("a segment in a segment", "/reasons/1/code", r#""not_in_segment""#),
            // The last seven whole days of the 22nd, 23:30 in Paris, are those from the 15th; 24 hours later the 17th.
            ("relative days in a zone, before midnight", "/member", "true"),
            ("relative days in a zone, before midnight", "/next_change_at", r#""2026-11-23T23:00:00Z""#),
            ("relative days in a zone, after midnight", "/member", "false"),
            ("relative days in a zone, after midnight", "/next_change_at", "null"),
            ("days of 24 hours end to the second", "/member", "false"),
            ("days of 24 hours end to the second", "/next_change_at", r#""2026-12-01T10:00:00Z""#),
            ("what another segment's day changes", "/next_change_at", r#""2026-11-30T10:00:00Z""#),
            ("nothing changes with time", "/next_change_at", "null"),
            ("an edit's entering and leaving", "/entering", "0"),
            ("an edit's entering and leaving", "/leaving", "1"),
            ("an edit's entering and leaving", "/samples/leaving/0/place", "2"),
            // Pinned in, and the one of 120.
            ("an edit's entering and leaving", "/staying", "2"),
            ("an edit to a list by name", "/leaving", "1"),
            ("all is well", "/ok", "true"),
            ("a circle is named", "/ok", "false"),
        ],
    );
}

fn eval(input: Json) -> Result<Json, Error> {
    static RULES: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(Rules::default);
    RULES.eval("segment", &input)
}

fn segment(code: &str, filter: Json) -> Json {
    json!({"code": code, "record": "account", "where": filter})
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let asked = |segments: Json| json!({"ask": "member", "at": AT, "segment": "a", "segments": segments, "facts": {}});
    let deep = |levels: usize| {
        let mut all: Vec<Json> = (0..levels)
            .map(|i| segment(&format!("s{i}"), json!({"not": {"segment": format!("s{}", i + 1)}})))
            .collect();
        all.push(segment(&format!("s{levels}"), json!({"field": "size", "op": "is_known"})));
        all.push(segment("a", json!({"segment": "s0"})));
        json!(all)
    };
    let wide = |levels: usize| {
        let twice = |i: usize| json!({"any": [{"segment": format!("s{}", i + 1)}, {"segment": format!("s{}", i + 1)}]});
        let mut all: Vec<Json> = (0..levels).map(|i| segment(&format!("s{i}"), twice(i))).collect();
        all.push(segment(&format!("s{levels}"), json!({"field": "size", "op": "is_known"})));
        all.push(segment("a", json!({"segment": "s0"})));
        json!(all)
    };
    let size = json!({"field": "size", "op": "is_known"});
    let cases = [
        ("unknown segment", asked(json!([])), "not_found", Some("segment")),
        (
            "unknown reference",
            asked(json!([segment("a", json!({"segment": "b"}))])),
            "not_found",
            Some("a.where.segment"),
        ),
        ("itself", asked(json!([segment("a", json!({"segment": "a"}))])), "invalid_value", Some("a.where.segment")),
        (
            "unknown field",
            asked(json!([segment("a", json!({"all": [size, {"field": "x", "op": "is_known"}]}))])),
            "unknown_field",
            Some("a.where.all[1].field"),
        ),
        (
            "the reader",
            asked(json!([segment("a", json!({"field": "owner", "op": "eq", "value": {"actor": "me"}}))])),
            "missing",
            Some("a.where.value"),
        ),
        (
            "another record",
            asked(json!([segment("a", json!({"segment": "l"})), {"code": "l", "record": "lead"}])),
            "invalid_value",
            Some("a.where.segment"),
        ),
        (
            "no segments of tasks",
            asked(json!([{"code": "a", "record": "task"}])),
            "invalid_value",
            Some("segments[0].record"),
        ),
        (
            "twice",
            asked(json!([segment("a", size.clone()), segment("a", size.clone())])),
            "invalid_rules",
            Some("segments[1].code"),
        ),
        (
            "no id",
            asked(json!([{"code": "a", "record": "lead", "pinned_in": ["x"]}])),
            "invalid_value",
            Some("segments[0].pinned_in[0]"),
        ),
        ("too deep", asked(deep(30)), "too_large", None),
        ("too wide", asked(wide(30)), "too_large", None),
        ("no ask", json!({"ask": "guess"}), "invalid_value", Some("ask")),
        ("a flag", json!({"ask": "member", "matches": "yes"}), "invalid_value", Some("matches")),
    ];
    for (name, input, code, path) in cases {
        let error = eval(input).expect_err(name);
        assert_eq!(error.code().name(), code, "{name}: {error}");
        if let Some(path) = path {
            assert_eq!(error.field(), Some(path), "{name}: {error}");
        }
    }
    let circle = eval(json!({"ask": "member", "at": AT, "segment": "a", "facts": {},
        "segments": [segment("a", json!({"segment": "b"})), segment("b", json!({"segment": "a"}))]}));
    assert!(circle.unwrap_err().text(crm_core::Lang::French).contains("a → b → a"));
}

/// A condition on size, and on segments with a larger number.
fn condition(own: usize) -> BoxedStrategy<Json> {
    let size = (0i64..4).prop_map(|n| json!({"field": "size", "op": "ge", "value": n}));
    let other = (own + 1..4).prop_map(|n| json!({"segment": format!("s{n}")}));
    let leaf = if own < 3 { prop_oneof![size, other].boxed() } else { size.boxed() };
    let inner = leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"all": parts})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"any": parts})),
            inner.prop_map(|part| json!({"not": part})),
        ]
    });
    inner.boxed()
}

type Pinned = Vec<(usize, bool, usize)>;

fn world() -> impl Strategy<Value = Vec<(Option<Json>, Pinned)>> {
    let one = |own| {
        let pins = prop::collection::vec((0usize..4, any::<bool>(), 0usize..9), 0..4);
        (prop::option::weighted(0.9, condition(own)), pins)
    };
    (one(0), one(1), one(2), one(3)).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

/// Whether the condition holds, slowly: `None` is unknown.
fn holds(part: &Json, size: Option<i64>, member: &dyn Fn(&str) -> bool) -> Option<bool> {
    let map = part.as_object().unwrap();
    let parts = |key: &str| map[key].as_array().unwrap().iter().map(|p| holds(p, size, member)).collect::<Vec<_>>();
    if map.contains_key("all") {
        let parts = parts("all");
        if parts.contains(&Some(false)) {
            Some(false)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        }
    } else if map.contains_key("any") {
        let parts = parts("any");
        if parts.contains(&Some(true)) {
            Some(true)
        } else {
            parts.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
        }
    } else if let Some(part) = map.get("not") {
        holds(part, size, member).map(|holds| !holds)
    } else if let Some(code) = map.get("segment") {
        Some(member(code.as_str().unwrap()))
    } else {
        size.map(|size| size >= map["value"].as_i64().unwrap())
    }
}

fn belongs(world: &[(Option<Json>, Pinned)], segment: usize, record: usize, size: Option<i64>) -> bool {
    let (filter, pins) = &world[segment];
    let last = pins.iter().filter(|(of, ..)| *of == record).max_by_key(|(_, is_in, at)| (*at, !*is_in));
    if let Some((_, is_in, _)) = last {
        return *is_in;
    }
    let member =
        |code: &str| belongs(world, code.trim_start_matches(char::is_alphabetic).parse().unwrap(), record, size);
    filter.as_ref().is_some_and(|filter| holds(filter, size, &member) == Some(true))
}

fn as_segments(world: &[(Option<Json>, Pinned)]) -> Json {
    let one = |(i, (filter, pins)): (usize, &(Option<Json>, Pinned))| {
        let pin = |(of, is_in, at): &(usize, bool, usize)| {
            json!({"id": Id::from_text(&format!("r{of}")).to_string(), "pin": if *is_in { "in" } else { "out" },
                "at": format!("2026-11-0{}T00:00:00Z", at + 1)})
        };
        json!({"code": format!("s{i}"), "record": "account", "where": filter,
            "pins": pins.iter().map(pin).collect::<Vec<_>>()})
    };
    world.iter().enumerate().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn members_are_those_of_a_slow_walk(world in world(), sizes in prop::collection::vec(prop::option::of(0i64..4), 4)) {
        let segments = as_segments(&world);
        for segment in 0..4 {
            for (record, size) in sizes.iter().enumerate() {
                let facts = json!({"id": Id::from_text(&format!("r{record}")).to_string(), "size": size});
                let input = json!({"ask": "why", "at": AT, "segment": format!("s{segment}"), "segments": segments,
                    "facts": facts, "lang": "fr"});
                let Ok(answer) = eval(input) else { continue };
                let wanted = belongs(&world, segment, record, *size);
                prop_assert_eq!(answer["member"].as_bool(), Some(wanted));
                prop_assert!(answer["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
            }
        }
    }

    #[test]
    fn a_preview_is_the_difference(
        world in world(),
        filter in condition(0),
        sizes in prop::collection::vec(prop::option::of(0i64..4), 4),
    ) {
        let record = |(i, size): (usize, &Option<i64>)| {
            json!({"id": Id::from_text(&format!("r{i}")).to_string(), "size": size})
        };
        let records: Vec<Json> = sizes.iter().enumerate().map(record).collect();
        let input = json!({"ask": "preview", "at": AT, "segment": "s0", "segments": as_segments(&world),
            "where": filter, "records": records});
        if let Ok(answer) = eval(input) {
            let mut edited = world.clone();
            edited[0].0 = Some(filter);
            let mut counts: BTreeMap<&str, u64> = [("entering", 0), ("leaving", 0), ("staying", 0)].into();
            for (i, size) in sizes.iter().enumerate() {
                let way = match (belongs(&world, 0, i, *size), belongs(&edited, 0, i, *size)) {
                    (false, true) => "entering",
                    (true, false) => "leaving",
                    (true, true) => "staying",
                    _ => continue,
                };
                *counts.entry(way).or_default() += 1;
            }
            for (way, count) in counts {
                prop_assert_eq!(answer[way].as_u64(), Some(count), "{}", way);
            }
        }
    }

    /// Nothing changes before the instant, and at it something does.
    #[test]
    fn the_next_change_is_the_first(
        day in 1u32..28,
        filter in prop::collection::vec(
            prop_oneof![
                (1i64..40).prop_map(|n| json!({"field": "last_activity_at", "op": "within_days", "value": n})),
                (1i64..40).prop_map(|n| json!({"field": "last_activity_at", "op": "older_than_days", "value": n})),
                (1i64..40).prop_map(|n| json!({"field": "last_activity_at", "op": "next_days", "value": n})),
                (1i64..5, prop::sample::select(vec!["day", "week", "month"])).prop_map(|(n, unit)| {
                    json!({"field": "last_activity_at", "op": "during", "value": {"last": n, "unit": unit}})
                }),
                Just(json!({"field": "last_activity_at", "op": "before", "value": "today"})),
                Just(json!({"field": "last_activity_at", "op": "after", "value": "next_week"})),
                Just(json!({"field": "last_activity_at", "op": "le", "value": {"at": "now"}})),
            ],
            1..4,
        ),
        all in any::<bool>(),
    ) {
        let filter = if all { json!({"all": filter}) } else { json!({"any": filter}) };
        let ask = |at: chrono::DateTime<chrono::Utc>| {
            eval(json!({"ask": "member", "at": crm_core::kernel::time::format_instant(at), "segment": "s",
                "segments": [{"code": "s", "record": "lead", "zone": "Europe/Paris", "where": filter}],
                "facts": {"last_activity_at": format!("2026-11-{day:02}T10:30:00Z")}})).unwrap()
        };
        let start: chrono::DateTime<chrono::Utc> = AT.parse().unwrap();
        let first = ask(start);
        let next = first["next_change_at"].as_str().map(|t| t.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        // Every other hour of four months.
        let walked = (1..1500)
            .map(|step| start + chrono::TimeDelta::try_minutes(120 * step).unwrap())
            .find(|at| ask(*at)["member"] != first["member"]);
        match (walked, next) {
            (Some(walked), Some(next)) => prop_assert!(next <= walked && walked - next < chrono::TimeDelta::try_minutes(120).unwrap()),
            (None, Some(next)) => prop_assert!(next > start + chrono::TimeDelta::try_minutes(120 * 1499).unwrap()),
            (None, None) => {}
            (Some(_), None) => prop_assert!(false, "it changes"),
        }
        if let Some(next) = next {
            prop_assert_ne!(&ask(next)["member"], &first["member"]);
        }
    }
}
