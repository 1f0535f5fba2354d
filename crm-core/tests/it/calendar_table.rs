//! A calendar's table against the calendar itself.

use chrono::{DateTime, TimeDelta};
use crm_core::Instant;
use crm_core::kernel::calendar::holidays::FrenchZone;
use crm_core::kernel::calendar::{Calendar, CalendarConfig, CalendarTable, FrenchHolidays, Pauses, Window};
use crm_core::kernel::time::parse_instant;
use proptest::prelude::*;

use super::calendar_properties::{calendars, moved};

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400 * MICROS;

fn at(micros: i64) -> Instant {
    DateTime::from_timestamp_micros(micros).unwrap()
}

/// Microseconds from a day on: near it, or years away; whole seconds and others.
fn micros() -> impl Strategy<Value = i64> {
    let near = prop_oneof![8 => -5 * DAY..8 * DAY, 4 => -900 * DAY..900 * DAY];
    (near, any::<bool>()).prop_map(|(n, whole)| if whole { n / MICROS * MICROS } else { n })
}

fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(0), 6 => 1..40_000i64, 4 => 1..3_000_000i64, 1 => prop::sample::select(vec![-1, i64::MIN])]
}

/// Instants at the ends of the years that are kept, and beyond them.
const FAR: &[i64] = &[
    -2_208_988_800_000_000, // 1900-01-01
    -2_208_988_800_000_001,
    -2_208_988_800_000_000 + 1_800 * DAY,
    253_402_300_799_999_999, // the end of 9999
    253_402_300_800_000_000,
    253_402_300_799_999_999 - 1_800 * DAY,
    -3_000_000_000_000_000,
    0,
];

/// All that can be asked gives the calendar's answer.
fn agree(
    table: &CalendarTable,
    start: i64,
    end: i64,
    working_seconds: i64,
    pauses: &Pauses,
) -> Result<(), TestCaseError> {
    let calendar = table.calendar();
    for pauses in [pauses, Pauses::NONE] {
        let (quick, exact) =
            (table.due(at(start), working_seconds, pauses), calendar.due(at(start), working_seconds, pauses));
        prop_assert_eq!(&quick, &exact, "{} s from {}", working_seconds, at(start));
        let (quick, exact) = (table.elapsed(at(start), at(end), pauses), calendar.elapsed(at(start), at(end), pauses));
        prop_assert_eq!(quick, exact, "from {} to {}", at(start), at(end));
    }
    let (mut due, mut open) = ([0], [0, 0]);
    table.due_of_each(&[start], &[working_seconds], &mut due);
    if due[0] != i64::MIN {
        prop_assert_eq!(Ok(at(due[0])), calendar.due(at(start), working_seconds, Pauses::NONE));
    }
    table.open_until_each(&[start, end], &mut open);
    if !open.contains(&i64::MIN) && start <= end {
        let exact = calendar.elapsed(at(start), at(end), Pauses::NONE);
        prop_assert_eq!(open[1] - open[0], exact.num_microseconds().unwrap());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_table_gives_the_answers_of_its_calendar(
        (config, base) in calendars(),
        years in 0..3i64,
        questions in prop::collection::vec((micros(), micros(), seconds(), prop::collection::vec((micros(), 0..3 * DAY), 0..4)), 1..40),
    ) {
        let day = config.zone.day_start(base).timestamp_micros();
        let calendar = Calendar::new(config.clone()).unwrap();
        let table = calendar.table(at(day), config.zone.day_start(moved(base, years * 365)));
        for (start, end, working_seconds, breaks) in questions {
            let breaks = breaks.into_iter().map(|(from, long)| (at(day + from), at(day + from + long)));
            agree(&table, day + start, day + end, working_seconds, &Pauses::new(breaks).unwrap())?;
        }
    }
}

proptest! {
    // What is asked over all years lays all of them out.
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn beyond_all_tables_there_are_the_same_answers((config, base) in calendars(), long in 0..3 * DAY) {
        let calendar = Calendar::new(config.clone()).unwrap();
        for (from, to) in [(FAR[6], FAR[0]), (FAR[5], FAR[4]), (FAR[0], FAR[4])] {
            let table = calendar.table(at(from), at(to));
            for (start, end) in FAR.iter().flat_map(|start| FAR.iter().map(move |end| (*start, *end + long))) {
                let pauses = Pauses::new([(at(start), at(start + long))]).unwrap();
                agree(&table, start, end, 30_000, &pauses)?;
            }
            for working_seconds in [i64::MAX, 1 << 32, (1 << 32) - 1, 1 << 44] {
                let day = config.zone.day_start(base).timestamp_micros();
                agree(&table, day, day + long, working_seconds, Pauses::NONE)?;
            }
        }
    }
}

fn french() -> Calendar {
    let hours = [Window::parse("09:00", "12:30").unwrap(), Window::parse("14:00", "18:00").unwrap()];
    let mut config = CalendarConfig::empty("support", "Europe/Paris".parse().unwrap()).on_weekdays(&hours);
    config.french_holidays = Some(FrenchHolidays { zone: FrenchZone::Metropole, worked: Default::default() });
    Calendar::new(config).unwrap()
}

fn table(calendar: &Calendar, from: &str, to: &str) -> CalendarTable {
    calendar.table(parse_instant(from).unwrap(), parse_instant(to).unwrap())
}

#[test]
fn within_its_years_a_table_answers_by_itself() {
    let table = table(&french(), "2020-01-01T00:00:00Z", "2031-12-31T00:00:00Z");
    let (mut start, end) = (1_577_836_800_000_000i64, 1_909_094_400_000_000i64);
    let mut dues = 0;
    while start < end {
        let open = table.open_until(start);
        assert!(open >= 0);
        for seconds in [900, 3_600, 144_000] {
            let due = table.due_of(start, seconds);
            assert_eq!(at(due), table.calendar().due(at(start), seconds, Pauses::NONE).unwrap());
            assert_eq!(table.open_until(due) - open, seconds * MICROS);
            dues += 1;
        }
        start += 98_765_432_101;
    }
    assert!(dues > 10_000);
}

#[test]
fn hours_that_no_piece_can_hold_are_asked_of_the_calendar() {
    // A minute open, a minute closed.
    let minute = |n: i64| Window::new(n * 120, n * 120 + 60).unwrap();
    let hours: Vec<Window> = (0..20).map(minute).collect();
    let calendar = Calendar::new(CalendarConfig::empty("minutes", "UTC".parse().unwrap()).on_weekdays(&hours)).unwrap();
    let table = table(&calendar, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z");
    let start = parse_instant("2026-11-23T00:30:30.5Z").unwrap();
    assert_eq!(table.open_until(start.timestamp_micros()), i64::MIN);
    assert_eq!(table.due_of(start.timestamp_micros(), 600), i64::MIN);
    for minutes in 0..200 {
        let start = start + TimeDelta::try_minutes(minutes * 7).unwrap();
        agree(&table, start.timestamp_micros(), start.timestamp_micros() + DAY, minutes * 31, Pauses::NONE).unwrap();
    }
}

#[test]
fn around_the_clock_is_one_span() {
    let mut config = CalendarConfig::empty("always", "Europe/Paris".parse().unwrap());
    config.weekly.iter_mut().for_each(|day| *day = vec![Window::DAY]);
    let calendar = Calendar::new(config).unwrap();
    let table = table(&calendar, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z");
    let start = parse_instant("2026-03-29T00:59:59.25Z").unwrap().timestamp_micros();
    assert_eq!(table.due_of(start, 86_400), start + DAY);
    assert_eq!(table.open_until(start + DAY) - table.open_until(start), DAY);
}
