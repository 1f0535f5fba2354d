//! Business time against a simulation that knows nothing of weeks and blocks, and what holds for every calendar.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Timelike as _};
use crm_core::Instant;
use crm_core::kernel::calendar::holidays::{FrenchHoliday, FrenchZone};
use crm_core::kernel::calendar::{Calendar, CalendarConfig, FrenchHolidays, Pauses, Window};
use crm_core::kernel::zone::Zone;
use proptest::prelude::*;

/// Zones with days on which something happens to their clocks.
const DAYS: &[(&str, &str)] = &[
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    // Clocks set at midnight: the day begins at 01:00.
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2019-02-17"),
    // By half an hour.
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    // The day that never was.
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Apia", "2010-09-26"),
    // By a quarter of an hour, for good.
    ("Asia/Kathmandu", "1986-01-01"),
    ("Asia/Kathmandu", "2026-05-04"),
    ("UTC", "1999-12-31"),
];

fn second(at: i64) -> Instant {
    DateTime::from_timestamp(at, 0).unwrap()
}

pub(crate) fn moved(date: NaiveDate, days: i64) -> NaiveDate {
    date + TimeDelta::try_days(days).unwrap()
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let window = (0..1440i64, 1..1000i64, prop::sample::select(vec![0, 0, 0, 17]), any::<bool>());
    prop::collection::vec(window, 0..4).prop_map(|list| {
        let one = |(from, length, seconds, long): (i64, i64, i64, bool)| {
            let from = from * 60 + seconds;
            let length = if long { length } else { length % 300 };
            Window::new(from, (from + length * 60).min(172_800)).unwrap()
        };
        list.into_iter().map(one).collect()
    })
}

/// A calendar that opens now and then, and the day around which it has dates.
pub(crate) fn calendars() -> impl Strategy<Value = (CalendarConfig, NaiveDate)> {
    let dated = || prop::collection::btree_map(-4..6i64, windows(), 0..4);
    let week = prop::array::uniform7(windows())
        .prop_filter("it opens", |week| week.iter().flatten().any(|window| window.from() < window.to()));
    let day = || prop::sample::select(DAYS).prop_map(|(zone, day)| (zone, day.parse::<NaiveDate>().unwrap()));
    let any_day = (day(), 0..90_000u64)
        .prop_map(|((zone, _), n)| (zone, "1950-01-01".parse::<NaiveDate>().unwrap() + Days::new(n)));
    let days = prop_oneof![3 => day(), 1 => any_day];
    let french = prop::option::of(prop::sample::select(FrenchZone::ALL));
    (week, dated(), dated(), prop::collection::btree_set(-4..6i64, 0..3), french, days).prop_map(
        |(weekly, shifts, breaks, holidays, french, (zone, base))| {
            let at =
                |map: BTreeMap<i64, Vec<Window>>| map.into_iter().map(|(n, list)| (moved(base, n), list)).collect();
            let worked = || [FrenchHoliday::WhitMonday, FrenchHoliday::NewYear].into_iter().collect();
            let config = CalendarConfig {
                weekly,
                shifts: at(shifts),
                breaks: at(breaks),
                holidays: holidays.into_iter().map(|n| (moved(base, n), String::new())).collect(),
                french_holidays: french.map(|zone| FrenchHolidays { zone, worked: worked() }),
                ..CalendarConfig::empty("random", zone.parse().unwrap())
            };
            (config, base)
        },
    )
}

/// The seconds of UTC that windows of a date stand for, by asking the zone for each end.
fn placed(zone: &Zone, date: NaiveDate, windows: &[Window]) -> Vec<(i64, i64)> {
    if zone.day(zone.day_start(date)) != date {
        return Vec::new();
    }
    let at =
        |second: i64| zone.instant(date.and_time(NaiveTime::MIN) + TimeDelta::try_seconds(second).unwrap()).timestamp();
    // By the clock, windows that overlap are one.
    let mut united: Vec<(i64, i64)> = Vec::new();
    let mut windows: Vec<Window> = windows.iter().copied().filter(|w| w.from() < w.to()).collect();
    windows.sort();
    for window in windows {
        match united.last_mut().filter(|last| window.from() <= last.1) {
            Some(last) => last.1 = last.1.max(window.to()),
            None => united.push((window.from(), window.to())),
        }
    }
    united.into_iter().map(|(from, to)| (at(from), at(to))).collect()
}

fn opened(config: &CalendarConfig, date: NaiveDate) -> Vec<(i64, i64)> {
    let french = config.french_holidays.as_ref().is_some_and(|french| {
        let observed = FrenchHoliday::ALL.iter().filter(|h| !french.worked.contains(h));
        observed.filter_map(|h| h.date(french.zone, date.year())).any(|d| d == date)
    });
    if french || config.holidays.contains_key(&date) {
        return Vec::new();
    }
    let weekday = date.weekday().num_days_from_monday() as usize;
    placed(&config.zone, date, config.shifts.get(&date).unwrap_or(&config.weekly[weekday]))
}

fn broken(config: &CalendarConfig, date: NaiveDate) -> Vec<(i64, i64)> {
    config.breaks.get(&date).map_or_else(Vec::new, |windows| placed(&config.zone, date, windows))
}

/// Every second of some days: whether it is open.
struct Simulation {
    start: i64,
    open: Vec<bool>,
}

impl Simulation {
    fn new(config: &CalendarConfig, start: i64, seconds: i64) -> Self {
        let mut open = vec![false; usize::try_from(seconds).unwrap()];
        let mut set = |(from, to): (i64, i64), value: bool| {
            for second in (from - start).max(0)..(to - start).min(seconds) {
                open[usize::try_from(second).unwrap()] = value;
            }
        };
        let days = || (-5..seconds / 86_400 + 5).map(|n| moved(second(start).date_naive(), n));
        days().flat_map(|date| opened(config, date)).for_each(|span| set(span, true));
        days().flat_map(|date| broken(config, date)).for_each(|span| set(span, false));
        Self { start, open }
    }

    fn paused(mut self, pauses: &[(i64, i64)]) -> Self {
        for (from, to) in pauses {
            for second in (from - self.start).max(0)..(to - self.start).min(self.end() - self.start) {
                self.open[usize::try_from(second).unwrap()] = false;
            }
        }
        self
    }

    fn end(&self) -> i64 {
        self.start + i64::try_from(self.open.len()).unwrap()
    }

    fn runs(&self, second: i64) -> bool {
        self.open[usize::try_from(second - self.start).unwrap()]
    }

    fn elapsed(&self, from: i64, to: i64) -> i64 {
        (from..to).filter(|s| self.runs(*s)).count().try_into().unwrap()
    }

    /// Second by second until enough have passed; `None` beyond what is simulated.
    fn due(&self, start: i64, mut left: i64) -> Option<i64> {
        if left == 0 {
            return (start..self.end()).find(|s| self.runs(*s));
        }
        for second in start..self.end() {
            left -= i64::from(self.runs(second));
            if left == 0 {
                return Some(second + 1);
            }
        }
        None
    }

    fn before(&self, end: i64, mut left: i64) -> Option<i64> {
        if left == 0 {
            return (self.start..end).rev().find(|s| self.runs(*s)).map(|s| s + 1);
        }
        for second in (self.start..end).rev() {
            left -= i64::from(self.runs(second));
            if left == 0 {
                return Some(second);
            }
        }
        None
    }
}

const SIMULATED: i64 = 7 * 86_400;

/// Two places in the simulated days, working time, and pauses.
fn questions() -> impl Strategy<Value = (i64, i64, i64, Vec<(i64, i64)>)> {
    let pauses = prop::collection::vec((0..SIMULATED, 0..90_000i64), 0..5);
    let target = prop_oneof![Just(0), 1..5_000i64, 1..200_000i64];
    (0..SIMULATED, 0..SIMULATED, target, pauses)
}

fn pauses(list: &[(i64, i64)]) -> Pauses {
    Pauses::new(list.iter().map(|(from, to)| (second(*from), second(*to)))).unwrap()
}

proptest! {
    // Each case walks over half a million seconds, again and again.
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_simulation_agrees((config, base) in calendars(), list in prop::collection::vec(questions(), 1..6)) {
        let calendar = Calendar::new(config.clone()).unwrap();
        let start = config.zone.day_start(moved(base, -3)).timestamp();
        let plain = Simulation::new(&config, start, SIMULATED);
        for (one, other, target, breaks) in list {
            let (from, to) = (start + one.min(other), start + one.max(other));
            let breaks: Vec<(i64, i64)> = breaks.iter().map(|(s, n)| (start + s, start + s + n)).collect();
            let simulated = Simulation { start, open: plain.open.clone() }.paused(&breaks);
            let pauses = pauses(&breaks);
            prop_assert_eq!(calendar.is_open(second(from)), plain.runs(from));
            if let Some(open) = plain.due(from, 0) {
                prop_assert_eq!(calendar.next_open(second(from)), Some(second(open)));
            }
            if let Some(open) = plain.before(to, 0) {
                prop_assert_eq!(calendar.previous_open(second(to)), Some(second(open)));
            }
            prop_assert_eq!(calendar.elapsed(second(from), second(to), &pauses).num_seconds(), simulated.elapsed(from, to));
            if let Some(due) = simulated.due(from, target) {
                prop_assert_eq!(calendar.due(second(from), target, &pauses).unwrap(), second(due), "{} s from {}", target, second(from));
            }
            if let Some(before) = simulated.before(to, target) {
                prop_assert_eq!(calendar.before(second(to), target, &pauses).unwrap(), second(before), "{} s to {}", target, second(to));
            }
            let spans: i64 = calendar.open_spans(second(from), second(to)).map(|(a, b)| (b - a).num_seconds()).sum();
            prop_assert_eq!(spans, plain.elapsed(from, to));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn years_are_the_sum_of_their_days((config, base) in calendars(), days in 0..2_500i64, back in any::<bool>()) {
        let calendar = Calendar::new(config.clone()).unwrap();
        let (first, last) = if back { (moved(base, -days), base) } else { (base, moved(base, days)) };
        let (from, to) = (config.zone.day_start(first).timestamp(), config.zone.day_start(last).timestamp());
        // Each second once: windows in order, those that overlap cut; then the breaks taken away.
        let near = || (-4..=days + 4).map(|n| moved(first, n));
        let mut spans: Vec<_> = near().flat_map(|date| opened(&config, date)).collect();
        spans.sort_unstable();
        let mut breaks: Vec<_> = near().flat_map(|date| broken(&config, date)).collect();
        breaks.sort_unstable();
        let (mut walked, mut reached) = (0, i64::MIN);
        for (start, end) in spans {
            let (start, end) = (start.max(reached).max(from), end.min(to));
            if start < end {
                walked += end - start;
                let mut cut = start;
                for (break_from, break_to) in &breaks {
                    let (break_from, break_to) = ((*break_from).max(cut), (*break_to).min(end));
                    if break_from < break_to {
                        walked -= break_to - break_from;
                        cut = break_to;
                    }
                }
            }
            reached = reached.max(end);
        }
        prop_assert_eq!(calendar.elapsed(second(from), second(to), Pauses::NONE).num_seconds(), walked);
        let is_business = |date: &NaiveDate| {
            let near = (-3..=3).flat_map(|n| broken(&config, moved(*date, n))).collect::<Vec<_>>();
            opened(&config, *date).into_iter().any(|(from, to)| {
                // Open if some break's end, or the window's start, is left open.
                let starts = near.iter().map(|b| b.1).chain([from]).filter(|s| (from..to).contains(s));
                starts.into_iter().any(|s| !near.iter().any(|b| b.0 <= s && s < b.1))
            })
        };
        let between = first.iter_days().skip(1).take_while(|d| *d <= last).filter(is_business).count();
        prop_assert_eq!(calendar.business_days_between(first, last), i64::try_from(between).unwrap());
        prop_assert_eq!(calendar.business_days_between(last, first), -i64::try_from(between).unwrap());
        prop_assert_eq!(calendar.is_business_day(base), is_business(&base));
    }

    #[test]
    fn what_is_due_takes_its_time(
        (config, base) in calendars(), (one, other, target, breaks) in questions(), far in 0..50_000_000i64,
    ) {
        let calendar = Calendar::new(config.clone()).unwrap();
        let start = config.zone.day_start(base).timestamp();
        let breaks: Vec<(i64, i64)> = breaks.iter().map(|(s, n)| (start + s, start + s + n)).collect();
        let pauses = pauses(&breaks);
        let (from, later) = (second(start + one.min(other)), second(start + one.max(other)));
        for target in [target, target + far] {
            let due = calendar.due(from, target, &pauses).unwrap();
            prop_assert_eq!(calendar.elapsed(from, due, &pauses).num_seconds(), target);
            // Monotone in start and in time.
            prop_assert!(calendar.due(later, target, &pauses).unwrap() >= due);
            prop_assert!(calendar.due(from, target + 1, &pauses).unwrap() > due || target == 0);
            // The mirror: exactly back where time was running, and never later than the due time.
            let back = calendar.before(due, target, &pauses).unwrap();
            if target > 0 {
                prop_assert_eq!(back, calendar.due(from, 0, &pauses).unwrap(), "where time began to run");
                prop_assert_eq!(calendar.elapsed(back, due, &pauses).num_seconds(), target);
            }
            let back = calendar.before(from, target, &pauses).unwrap();
            prop_assert!(back <= from && calendar.due(back, target, &pauses).unwrap() <= from || target == 0);
            // Additive.
            let middle = from + (due - from) / 3;
            let middle = DateTime::from_timestamp_micros(middle.timestamp_micros()).unwrap();
            let parts = calendar.elapsed(from, middle, &pauses) + calendar.elapsed(middle, due, &pauses);
            prop_assert_eq!(parts, calendar.elapsed(from, due, &pauses));
            // Neither the order of pauses nor how they are cut changes anything.
            let mut cut: Vec<(i64, i64)> = breaks.iter().rev().flat_map(|(a, b)| [(*a, (a + b) / 2), ((a + b) / 2, *b)]).collect();
            cut.push((start, start));
            let cut = Pauses::new(cut.iter().map(|(a, b)| (second(*a), second(*b)))).unwrap();
            prop_assert_eq!(calendar.due(from, target, &cut).unwrap(), due);
        }
    }

    #[test]
    fn where_no_clock_is_set_the_local_clock_decides(
        (mut config, base) in calendars(), seconds in prop::collection::vec(0..SIMULATED, 1..20),
    ) {
        // Without windows over midnight, an instant's own date is all there is to ask.
        let inside = |list: &mut Vec<Window>| list.iter_mut().for_each(|w| {
            *w = Window::new(w.from().min(86_400), w.to().min(86_400)).unwrap();
        });
        config.weekly.iter_mut().chain(config.shifts.values_mut()).chain(config.breaks.values_mut()).for_each(inside);
        prop_assume!(config.weekly.iter().flatten().any(|w| w.from() < w.to()));
        let calendar = Calendar::new(config.clone()).unwrap();
        for after in seconds {
            let at = config.zone.day_start(moved(base, -2)) + TimeDelta::try_seconds(after).unwrap();
            let day = TimeDelta::try_days(2).unwrap();
            if !config.zone.changes(at - day, at + day).is_empty() {
                continue;
            }
            let local = config.zone.local(at);
            let clock = i64::from(local.num_seconds_from_midnight());
            let has = |list: &[Window]| list.iter().any(|w| w.from() <= clock && clock < w.to());
            let weekday = local.weekday().num_days_from_monday() as usize;
            let windows = config.shifts.get(&local.date()).unwrap_or(&config.weekly[weekday]);
            let free = calendar.holiday(local.date()).is_some();
            let broken = config.breaks.get(&local.date()).is_some_and(|list| has(list));
            prop_assert_eq!(calendar.is_open(at), has(windows) && !free && !broken, "{}", local);
        }
    }

    #[test]
    fn business_days_are_counted_back((config, base) in calendars(), days in -400..400i64) {
        let calendar = Calendar::new(config).unwrap();
        let reached = calendar.add_business_days(base, days).unwrap();
        prop_assert!(days == 0 || calendar.is_business_day(reached));
        let counted = match days {
            0.. => calendar.business_days_between(base, reached),
            _ => -calendar.business_days_between(reached.pred_opt().unwrap(), base.pred_opt().unwrap()),
        };
        prop_assert_eq!(counted, days);
        if calendar.is_business_day(base) {
            prop_assert_eq!(calendar.add_business_days(reached, -days).unwrap(), base);
        }
    }
}

proptest! {
    // A span over all years lays all of them out.
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    #[test]
    fn any_instant_has_an_answer(
        (config, _) in calendars(), micros in prop::num::i64::ANY, other in prop::num::i64::ANY, target in prop::num::i64::ANY,
    ) {
        let calendar = Calendar::new(config).unwrap();
        // Near now, near the ends of the years that are kept, and far beyond them.
        for scale in [1_000, 30, 1] {
            let at = |n: i64| DateTime::from_timestamp_micros(n / scale).unwrap_or(Instant::MAX_UTC);
            let (from, to) = (at(micros), at(other));
            prop_assert!(calendar.elapsed(from, to, Pauses::NONE) >= TimeDelta::zero());
            if let Ok(due) = calendar.due(from, target / scale / 1_000, Pauses::NONE) {
                prop_assert!(due >= from);
            }
            if let Ok(back) = calendar.before(from, target / scale / 1_000, Pauses::NONE) {
                prop_assert!(back <= from);
            }
            prop_assert!(calendar.next_open(from).is_none_or(|t| t >= from && calendar.is_open(t)));
            prop_assert!(calendar.previous_open(from).is_none_or(|t| t <= from));
        }
        prop_assert!(calendar.add_business_days(NaiveDate::MAX, 1).is_err());
        prop_assert!(calendar.add_business_days(NaiveDate::MIN, -1).is_err());
        prop_assert!(calendar.business_days_between(NaiveDate::MIN, NaiveDate::MAX) >= 0);
    }
}
