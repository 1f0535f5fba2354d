//! The team's time and ranking for random people: against a walk through every minute, and exact fractions.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use crm_core::kernel::calendar::{Calendar, CalendarConfig, Window};
use crm_core::kernel::time::format_instant;
use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const ZONES: [&str; 4] = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
const WEEK: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Windows of a day in steps of twenty minutes, the last one perhaps over midnight.
fn windows() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0i64..72, 1i64..40).prop_map(|(from, len)| (from * 20, (from + len) * 20)), 0..3)
}

fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Days of leave around the base: first day, days more, whether it begins in the afternoon, ends in the morning.
type Leave = (i64, i64, bool, bool);

fn leaves() -> impl Strategy<Value = Vec<Leave>> {
    let leave = (-3i64..9, 0i64..4, any::<bool>(), any::<bool>());
    let valid = leave.prop_filter("the end is not before the start", |l| l.1 > 0 || !(l.2 && l.3));
    prop::collection::vec(valid, 0..4)
}

fn moved(base: NaiveDate, days: i64) -> NaiveDate {
    base + TimeDelta::try_days(days).unwrap()
}

/// Whether a half day is in some leave.
fn is_away(leaves: &[Leave], base: NaiveDate, day: NaiveDate, is_afternoon: bool) -> bool {
    leaves.iter().any(|(first, more, from_afternoon, to_morning)| {
        let (from, to) = (moved(base, *first), moved(base, first + more));
        let begun = day > from || day == from && (is_afternoon || !from_afternoon);
        let over = day > to || day == to && is_afternoon && *to_morning;
        begun && !over
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn availability_is_a_walk_through_every_minute(
        week in prop::collection::vec(windows(), 7),
        leaves in leaves(),
        zone in prop::sample::select(&ZONES[..]),
        // A year around, so that clocks are set now and then.
        base in 0u64..400,
        split in prop::option::of(9i64..15),
        start in -1_000i64..8_000,
        length in 0i64..6_000,
    ) {
        prop_assume!(week.iter().any(|day| !day.is_empty()));
        let base = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(base);
        let mut config = CalendarConfig::empty("random", zone.parse().unwrap());
        for (day, windows) in config.weekly.iter_mut().zip(&week) {
            *day = windows.iter().map(|(from, to)| Window::new(from * 60, to * 60).unwrap()).collect();
        }
        let calendar = Calendar::new(config).unwrap();
        let zone_of = calendar.zone();
        let from = zone_of.day_start(base) + TimeDelta::try_minutes(start).unwrap();
        let to = from + TimeDelta::try_minutes(length).unwrap();
        // The instant from which a day counts as its afternoon.
        let middle = |day: NaiveDate| match split {
            Some(hour) => zone_of.instant(day.and_time(NaiveTime::MIN) + TimeDelta::try_hours(hour).unwrap()),
            None => {
                let (start, end) = (zone_of.day_start(day), zone_of.day_start(day + Days::new(1)));
                let minute = |n: i64| start + TimeDelta::try_minutes(n).unwrap();
                let minutes = (end - start).num_minutes();
                let open: Vec<i64> = (0..minutes).filter(|n| calendar.is_open(minute(*n))).collect();
                match open.len() / 2 {
                    0 => zone_of.instant(day.and_hms_opt(12, 0, 0).unwrap()),
                    // Half of the minutes have passed at the end of this one.
                    half => minute(open[half - 1] + 1),
                }
            }
        };
        let (mut working, mut available) = (0i64, 0i64);
        let mut cut: Option<(NaiveDate, crm_core::Instant)> = None;
        for n in 0..length {
            let at = from + TimeDelta::try_minutes(n).unwrap();
            if !calendar.is_open(at) {
                continue;
            }
            let day = zone_of.day(at);
            let middle = match cut.filter(|(of, _)| *of == day) {
                Some((_, middle)) => middle,
                None => cut.insert((day, middle(day))).1,
            };
            working += 60;
            available += if is_away(&leaves, base, day, at >= middle) { 0 } else { 60 };
        }
        let weekly: serde_json::Map<String, Json> = WEEK.iter().zip(&week).map(|(day, windows)| {
            let list: Vec<Json> = windows.iter().map(|(from, to)| json!([clock(*from), clock(*to)])).collect();
            ((*day).to_owned(), list.into())
        }).collect();
        let leave: Vec<Json> = leaves.iter().map(|(first, more, from_afternoon, to_morning)| json!({
            "from_date": moved(base, *first).to_string(),
            "to_date": moved(base, first + more).to_string(),
            "from_half": if *from_afternoon { "afternoon" } else { "morning" },
            "to_half": if *to_morning { "morning" } else { "afternoon" },
        })).collect();
        let mut input = json!({
            "person": {"calendar": {"id": "random", "zone": zone, "weekly": weekly}, "leave": leave},
            "staff": {"half_day_at": split.map_or("middle".to_owned(), |hour| clock(hour * 60))},
            "from": format_instant(from), "to": format_instant(to), "at": format_instant(from),
        });
        let answer = Rules::default().eval("availability", &input).unwrap();
        prop_assert_eq!(answer["working_seconds"].as_i64(), Some(working));
        prop_assert_eq!(answer["available_seconds"].as_i64(), Some(available), "{:#}", answer);
        // Whatever the order of the leaves.
        input["person"]["leave"].as_array_mut().unwrap().reverse();
        prop_assert_eq!(&Rules::default().eval("availability", &input).unwrap(), &answer);
        // Whoever is back works at that instant and not before.
        if let Some(back) = answer["now"]["back_at"].as_str() {
            let back = super::support::at(back);
            prop_assert!(back >= from && calendar.is_open(back));
            let before = json!({"person": input["person"], "staff": input["staff"],
                "from": format_instant(from), "to": format_instant(back)});
            prop_assert_eq!(Rules::default().eval("availability", &before).unwrap()["available_seconds"].as_i64(), Some(0));
        }
    }

    #[test]
    fn the_ranking_is_total_exact_and_blind_to_the_order(
        people in prop::collection::vec((0i64..30, 0i64..13, prop::option::of(0i64..3), 0u8..4), 1..9),
        turn in 0usize..9,
    ) {
        let people: Vec<Json> = people.iter().enumerate().map(|(n, (load, capacity, last, team))| json!({
            "user": format!("u{n}"), "load_points": load, "capacity_points": capacity, "team": format!("t{team}"),
            "last_assigned_at": last.map(|day| format!("2026-05-0{}T09:00:00Z", day + 1)),
        })).collect();
        let run = |people: &[Json]| {
            let input = json!({"people": people, "from": "2026-05-11T00:00:00Z", "to": "2026-05-13T00:00:00Z",
                "wanted": {"teams": ["t0", "t1", "t2"]}, "lang": "fr"});
            Rules::default().eval("assignment", &input).unwrap()
        };
        let answer = run(&people);
        let mut turned = people.clone();
        turned.rotate_left(turn % people.len());
        turned.reverse();
        prop_assert_eq!(&run(&turned), &answer);
        // Everybody once.
        let users = |list: &str| answer[list].as_array().unwrap().iter().map(|p| p["user"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut all = [users("ranked"), users("excluded")].concat();
        all.sort();
        let mut wanted: Vec<String> = people.iter().map(|p| p["user"].as_str().unwrap().to_owned()).collect();
        wanted.sort();
        prop_assert_eq!(all, wanted);
        // Capacities up to 12 divide 27,720, so shares are whole numbers.
        let mut expected: Vec<(i64, Option<&str>, &str)> = people.iter().filter_map(|p| {
            let (load, capacity) = (p["load_points"].as_i64().unwrap(), p["capacity_points"].as_i64().unwrap());
            let takes = capacity > 0 && load < capacity && p["team"] != "t3";
            takes.then(|| (load * (27_720 / capacity), p["last_assigned_at"].as_str(), p["user"].as_str().unwrap()))
        }).collect();
        expected.sort_unstable();
        prop_assert_eq!(users("ranked"), expected.iter().map(|(_, _, user)| (*user).to_owned()).collect::<Vec<_>>());
        for out in answer["excluded"].as_array().unwrap() {
            prop_assert!(!out["reasons"].as_array().unwrap().is_empty());
        }
    }

    #[test]
    fn shares_of_large_numbers_are_compared_exactly(
        capacity in 1i64..1_000_000, other in 1i64..1_000_000, load in 0i64..1_000_000, nudge in -1i64..=1,
    ) {
        let load = load % capacity;
        // About the same share of another capacity, or just beside it.
        let near = i64::try_from(i128::from(load) * i128::from(other) / i128::from(capacity)).unwrap() + nudge;
        prop_assume!((0..other).contains(&near));
        let input = json!({"people": [
            {"user": "a", "load_points": load, "capacity_points": capacity},
            {"user": "b", "load_points": near, "capacity_points": other},
        ], "from": "2026-05-11T00:00:00Z", "to": "2026-05-13T00:00:00Z"});
        let answer = Rules::default().eval("assignment", &input).unwrap();
        let first = if i128::from(near) * i128::from(capacity) < i128::from(load) * i128::from(other) { "b" } else { "a" };
        prop_assert_eq!(answer["ranked"][0]["user"].as_str(), Some(first));
    }
}
