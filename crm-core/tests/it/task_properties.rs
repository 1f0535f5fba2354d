//! Tasks against a walk over time that knows no arithmetic of weeks and months.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Weekday};
use crm_core::Instant;
use crm_core::kernel::calendar::Calendar;
use crm_core::kernel::task_reason::Band;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Priorities;
use crm_core::rules::task::{Due, Horizon, LocalDays, Recurrence, TaskFacts};
use proptest::prelude::*;

/// Zones, each with days on which something happens to its clocks.
const DAYS: &[(&str, &str)] = &[
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2019-02-17"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Apia", "2010-09-26"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("Asia/Kathmandu", "2026-05-04"),
];
const QUARTER: i64 = 900;
/// So many seconds.
fn seconds(n: i64) -> TimeDelta {
    TimeDelta::try_seconds(n).unwrap()
}

const MICRO: TimeDelta = TimeDelta::microseconds(1);

fn second(at: i64) -> Instant {
    DateTime::from_timestamp(at, 0).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The days that begin around one, each with its first instant, found by looking at the clock every quarter of an hour:
/// that is how often the clocks of these zones are set and their days begin.
fn walked(zone: &Zone, around: NaiveDate) -> Vec<(NaiveDate, Instant)> {
    let middle = around.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
    let (mut found, mut last): (Vec<(NaiveDate, Instant)>, Option<NaiveDate>) = (Vec::new(), None);
    let from = middle - 20 * 86_400;
    for at in (from..middle + 20 * 86_400).step_by(usize::try_from(QUARTER).unwrap()) {
        let day = zone.local(second(at)).date();
        if last.is_some_and(|last| last < day) {
            found.push((day, second(at)));
        }
        last = last.max(Some(day));
    }
    found
}

/// The band by walking from today's day to the due one.
fn walked_band(days: &[(NaiveDate, Instant)], week_starts: Weekday, at: Instant, last: Instant) -> Band {
    let place = |at: Instant| days.iter().rposition(|(_, start)| *start <= at).unwrap();
    let (today, due) = (place(at), place(last));
    if due < today {
        return Band::Overdue;
    }
    // Every date from today to the due day, those that the clocks left out as well: does a week begin on the way?
    let dates = days[today].0.iter_days().skip(1).take_while(|day| *day <= days[due].0);
    let is_next_week = dates.into_iter().any(|day| day.weekday() == week_starts);
    match due - today {
        0 => Band::Today,
        1 => Band::Tomorrow,
        _ if is_next_week => Band::Later,
        _ => Band::ThisWeek,
    }
}

fn weekdays() -> impl Strategy<Value = Weekday> {
    (0..7u8).prop_map(|n| Weekday::try_from(n).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_band_is_that_of_a_walk_over_days(
        (zone, around) in prop::sample::select(DAYS), week_starts in weekdays(),
        at in -12 * 96..12 * 96i64, due in -12 * 96..12 * 96i64, edge in -1..2i64, on_day in any::<bool>(),
    ) {
        let zone: Zone = zone.parse().unwrap();
        let around = date(around);
        let walk = walked(&zone, around);
        let days = LocalDays { zone: zone.clone(), week_starts };
        let middle = around.and_hms_opt(0, 0, 0).unwrap().and_utc();
        let at = middle + seconds(at * QUARTER);
        let instant = middle + seconds(due * QUARTER) + MICRO * i32::try_from(edge).unwrap();
        let day = around + Days::new(12) - Days::new(u64::try_from(due.div_euclid(96) + 12).unwrap());
        let (due, last) = if on_day {
            // The day lasts until a later one begins.
            let end = walk.iter().find(|(later, _)| *later > day).unwrap().1;
            (Due::Day(day), end - MICRO)
        } else {
            (Due::At(instant), instant)
        };
        let horizon = Horizon::new(&days, at);
        let band = horizon.band(Some(due));
        prop_assert_eq!(band, walked_band(&walk, week_starts, at, last), "{:?} at {}", due, at);
        // Bands, edges and days are half-open: what is said of the edges is what is said of the tasks.
        let (from, to) = horizon.edges(band);
        prop_assert!(from.is_none_or(|edge| edge.at <= last) && to.is_none_or(|edge| last < edge.at));
        if let Due::Day(day) = due {
            prop_assert!(from.is_none_or(|edge| edge.day <= day) && to.is_none_or(|edge| day < edge.day));
        }
        // It changes when it is said to, and not a quarter of an hour, nor a microsecond, before.
        let facts = TaskFacts { due: Some(due), ..TaskFacts::default() };
        let told = |at: Instant| {
            let horizon = Horizon::new(&days, at);
            (horizon.band(Some(due)), horizon.is_late(&facts))
        };
        let change = horizon.next_change_at(&facts);
        let end = change.unwrap_or(at + seconds(8 * 86_400));
        if let Some(change) = change {
            prop_assert!(change > at);
            prop_assert_ne!(told(change), told(at));
            prop_assert_eq!(told(change - MICRO), told(at));
        }
        let mut between = at;
        while between < end {
            prop_assert_eq!(told(between), told(at));
            between += seconds(QUARTER * 5);
        }
    }

    #[test]
    fn a_list_has_one_order(tasks in prop::collection::vec(
        (prop::option::of(-3..9i64), 0..6usize, any::<bool>(), any::<bool>(), prop::option::weighted(0.2, 0..5i64), 0..3i64),
        1..24,
    )) {
        let days = LocalDays { zone: "Europe/Paris".parse().unwrap(), ..LocalDays::default() };
        let now = second(1_771_934_400);
        let (horizon, priorities) = (Horizon::new(&days, now), Priorities::default());
        let words = ["low", "normal", "", "high", "urgent", "gone"];
        let facts: Vec<TaskFacts<'_>> = tasks.iter().map(|(due, priority, by_day, waits, done, created)| TaskFacts {
            due: due.map(|n| {
                let at = now + seconds(n * 11 * 3600);
                if *by_day { Due::Day(days.day(at)) } else { Due::At(at) }
            }),
            priority: words[*priority],
            created_at: Some(second(*created)),
            completed_at: done.map(second),
            blocker: waits.then_some(("x", "")),
            ..TaskFacts::default()
        }).collect();
        let mut ranks: Vec<_> = facts.iter().enumerate().map(|(i, task)| (horizon.rank(task, &priorities, i), i)).collect();
        let places: BTreeSet<_> = ranks.iter().map(|(rank, _)| rank.clone()).collect();
        prop_assert_eq!(places.len(), facts.len(), "no two in one place");
        ranks.sort_by(|a, b| a.0.cmp(&b.0));
        for pair in ranks.windows(2) {
            let (a, b) = (&facts[pair[0].1], &facts[pair[1].1]);
            let key = |task: &TaskFacts<'_>| horizon.band_of(task);
            prop_assert!(key(a) <= key(b));
            if key(a) < key(b) {
                continue;
            }
            if key(a) == Band::Completed {
                prop_assert!(a.completed_at >= b.completed_at);
                continue;
            }
            prop_assert!(a.blocker.is_some() <= b.blocker.is_some());
            if a.blocker.is_none() && b.blocker.is_some() {
                continue;
            }
            let high = |task: &TaskFacts<'_>| priorities.place(task.priority);
            prop_assert!(high(a) >= high(b));
            if high(a) == high(b) {
                let end = |task: &TaskFacts<'_>| task.due.map(|due| days.late_from(due));
                prop_assert!(end(a) <= end(b));
                if end(a) == end(b) {
                    let oldest = |i: usize| (!matches!(facts[i].due, Some(Due::Day(_))), facts[i].created_at, i);
                    prop_assert!(oldest(pair[0].1) < oldest(pair[1].1));
                }
            }
        }
    }
}

/// A recurrence and whether a day walked to is one of it: by counting days, weeks and months one after the other.
#[derive(Clone, Debug)]
enum Rule {
    Daily,
    Weekly(BTreeSet<u8>, Weekday),
    Monthly(u32),
    LastDay,
    Nth(u8, Weekday),
    LastOf(Weekday),
    Yearly,
}

const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn name(day: Weekday) -> &'static str {
    NAMES[usize::try_from(day.num_days_from_monday()).unwrap()]
}

fn is_last(day: NaiveDate) -> bool {
    day.succ_opt().unwrap().day() == 1
}

impl Rule {
    fn text(&self) -> String {
        match self {
            Rule::Daily => "FREQ=DAILY".into(),
            Rule::Weekly(on, starts) => {
                let on: Vec<&str> = on.iter().map(|n| NAMES[usize::from(*n)]).collect();
                let by = if on.is_empty() { String::new() } else { format!(";BYDAY={}", on.join(",")) };
                format!("FREQ=WEEKLY{by};WKST={}", name(*starts))
            }
            Rule::Monthly(0) => "FREQ=MONTHLY".into(),
            Rule::Monthly(day) => format!("FREQ=MONTHLY;BYMONTHDAY={day}"),
            Rule::LastDay => "FREQ=MONTHLY;BYMONTHDAY=-1".into(),
            Rule::Nth(n, day) => format!("FREQ=MONTHLY;BYDAY={n}{}", name(*day)),
            Rule::LastOf(day) => format!("FREQ=MONTHLY;BYDAY=-1{}", name(*day)),
            Rule::Yearly => "FREQ=YEARLY".into(),
        }
    }

    /// Days, weeks, months or years that have begun since the anchor's, told by walking.
    fn begins(&self, day: NaiveDate) -> bool {
        match self {
            Rule::Daily => true,
            Rule::Weekly(_, starts) => day.weekday() == *starts,
            Rule::Yearly => day.ordinal() == 1,
            _ => day.day() == 1,
        }
    }

    fn has(&self, day: NaiveDate, anchor: NaiveDate) -> bool {
        let clipped = |wanted: u32| day.day() == wanted || (is_last(day) && day.day() < wanted);
        match self {
            Rule::Daily => true,
            Rule::Weekly(on, _) if on.is_empty() => day.weekday() == anchor.weekday(),
            Rule::Weekly(on, _) => on.contains(&u8::try_from(day.weekday().num_days_from_monday()).unwrap()),
            Rule::Monthly(0) => clipped(anchor.day()),
            Rule::Monthly(wanted) => clipped(*wanted),
            Rule::LastDay => is_last(day),
            Rule::Nth(n, weekday) => {
                let nth = day.day().div_ceil(7);
                let is_last_one = (day + Days::new(7)).month() != day.month();
                day.weekday() == *weekday && (nth == u32::from(*n) || (*n == 5 && nth == 4 && is_last_one))
            }
            Rule::LastOf(weekday) => day.weekday() == *weekday && (day + Days::new(7)).month() != day.month(),
            Rule::Yearly => day.month() == anchor.month() && clipped(anchor.day()),
        }
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Daily),
        (prop::collection::btree_set(0..7u8, 0..5), weekdays()).prop_map(|(on, starts)| Rule::Weekly(on, starts)),
        (0..32u32).prop_map(Rule::Monthly),
        Just(Rule::LastDay),
        (1..6u8, weekdays()).prop_map(|(n, day)| Rule::Nth(n, day)),
        weekdays().prop_map(Rule::LastOf),
        Just(Rule::Yearly),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_recurrence_is_a_walk_over_days(
        rule in rules(), interval in 1..5u32, first in 0..4_000u64,
        end in prop_oneof![Just(None), (1..9u64).prop_map(|n| Some(Ok(n))), (0..900u64).prop_map(|n| Some(Err(n)))],
        shift in prop::sample::select(vec!["", "NEXT", "PREVIOUS"]),
    ) {
        let anchor = date("2023-01-01") + Days::new(first);
        let mut text = format!("{};INTERVAL={interval}", rule.text());
        match end {
            None => {}
            Some(Ok(count)) => text += &format!(";COUNT={count}"),
            Some(Err(days)) => text += &format!(";UNTIL={}", (anchor + Days::new(days)).format("%Y%m%d")),
        }
        let is_daily = matches!(rule, Rule::Daily);
        if !shift.is_empty() && !is_daily {
            text += &format!(";X-BUSINESS={shift}");
        }
        let recurrence: Recurrence = text.parse().unwrap();
        let calendar = Calendar::on_weekdays(Zone::UTC, [date("2026-05-01")]);
        // Walked: the anchor, then every later day of the rule in every so-manyth day, week, month or year.
        let (mut walked, mut begun) = (vec![anchor], 0u32);
        let mut day = anchor;
        while walked.len() < 12 && day < anchor + Days::new(366 * 60) {
            day = day + Days::new(1);
            begun += u32::from(rule.begins(day));
            if begun % interval == 0 && rule.has(day, anchor) {
                walked.push(day);
            }
        }
        match end {
            None => {}
            Some(Ok(count)) => walked.truncate(usize::try_from(count).unwrap()),
            Some(Err(days)) => walked.retain(|day| *day <= anchor + Days::new(days)),
        }
        let found: Vec<NaiveDate> = (0..12).map_while(|n| recurrence.day(anchor, n)).collect();
        prop_assert_eq!(&found, &walked, "{} from {}", text, anchor);
        let moved: Vec<NaiveDate> = (0..12).map_while(|n| recurrence.business_day(anchor, n, &calendar)).collect();
        let by_hand: Vec<NaiveDate> = walked.iter().enumerate().map(|(n, day)| {
            let mut day = *day;
            while n > 0 && !is_daily && !shift.is_empty() && !calendar.is_business_day(day) {
                day = if shift == "NEXT" { day + Days::new(1) } else { day - Days::new(1) };
            }
            day
        }).collect();
        prop_assert_eq!(moved, by_hand, "{} from {}", text, anchor);
    }

    #[test]
    fn business_days_are_counted_one_by_one(first in 0..400u64, interval in 1..9u32, number in 0..40u64) {
        let anchor = date("2026-01-01") + Days::new(first);
        let calendar = Calendar::on_weekdays(Zone::UTC, [date("2026-05-01"), date("2026-12-25")]);
        let recurrence: Recurrence = format!("FREQ=DAILY;X-BUSINESS=ONLY;INTERVAL={interval}").parse().unwrap();
        let (mut day, mut left) = (anchor, number * u64::from(interval));
        while left > 0 {
            day = day + Days::new(1);
            left -= u64::from(calendar.is_business_day(day));
        }
        prop_assert_eq!(recurrence.business_day(anchor, number, &calendar), Some(day));
    }
}
