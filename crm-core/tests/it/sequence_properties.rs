//! Sending times against a walk over minutes; enrolments against what must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Timelike as _};
use crm_core::Instant;
use crm_core::kernel::calendar::holidays::FrenchHoliday;
use crm_core::kernel::calendar::{Calendar, CalendarConfig, FrenchHolidays, Window};
use crm_core::kernel::fact::{Fact, Facts as Record};
use crm_core::kernel::sequence_reason::LimitSpan;
use crm_core::kernel::time::parse_instant;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::rules::sequence::{
    Effect, Enrolment, Event, Facts, Happening, Hours, Outcome, Request, SEARCH_DAYS, Sent, Sequence, StopCause,
    SubjectKind, Throttle, enrol,
};
use proptest::prelude::*;
use serde_json::json;

/// So many seconds.
fn seconds(n: i64) -> TimeDelta {
    TimeDelta::try_seconds(n).unwrap()
}

/// Days of the week that are worked, and hours in minutes.
type Plan = (&'static [u32], &'static [(u32, u32)]);

/// Weekdays with a lunch break; all days but Saturdays around the clock, which meets the clock changes of Sundays.
const PLANS: &[Plan] = &[(&[0, 1, 2, 3, 4], &[(540, 720), (840, 1080)]), (&[0, 1, 2, 3, 4, 6], &[(0, 1440)])];

fn hours(plan: Plan, zone: &Zone) -> Hours {
    let mut config = CalendarConfig::empty("walk", zone.clone());
    let mut weekly: [Vec<Window>; 7] = Default::default();
    for day in plan.0 {
        let place = usize::try_from(*day).unwrap();
        config.weekly[place] = vec![Window::DAY];
        let window = |(from, to): &(u32, u32)| Window::new(i64::from(from * 60), i64::from(to * 60)).unwrap();
        weekly[place] = plan.1.iter().map(window).collect();
    }
    config.french_holidays = Some(FrenchHolidays { zone: "metropole".parse().unwrap(), worked: BTreeSet::new() });
    Hours::new(Some(weekly), Calendar::new(config).unwrap(), true).unwrap()
}

/// What the walk knows: worked days of the week, hours, holidays.
struct Walk<'a> {
    plan: Plan,
    zone: &'a Zone,
    holidays: &'a BTreeSet<NaiveDate>,
}

impl Walk<'_> {
    fn is_worked(&self, date: NaiveDate) -> bool {
        self.plan.0.contains(&date.weekday().num_days_from_monday()) && !self.holidays.contains(&date)
    }

    fn is_open(&self, minute: Instant) -> bool {
        let local = self.zone.local(minute);
        let now = local.hour() * 60 + local.minute();
        self.is_worked(local.date()) && self.plan.1.iter().any(|(from, to)| (*from..*to).contains(&now))
    }

    /// Goes on minute by minute from `due` on.
    fn first(&self, due: Instant) -> Instant {
        let begun = self.zone.local(due);
        let kept = begun.time();
        let was_worked = self.is_worked(begun.date());
        let mut minute = due;
        if was_worked {
            while !self.is_open(minute) {
                minute += seconds(60);
            }
            return minute;
        }
        while !self.is_open(minute) {
            minute += seconds(60);
        }
        // At the same time of that day, if it is open then or later.
        let opening = minute;
        let date = self.zone.local(opening).date();
        let offset = self.zone.offset_seconds(opening - seconds(86_400));
        let on_date = |at: Instant| self.zone.local(at).date() == date;
        let mut same = opening;
        while on_date(same) && self.zone.local(same).time() != kept {
            same += seconds(60);
        }
        if !on_date(same) || self.zone.local(opening).time() > kept {
            // Its clock never shows it from the opening on: too early, or skipped by a change of the clock.
            same = date.and_time(kept).and_utc() - seconds(offset);
        }
        let mut minute = same.max(opening);
        while on_date(minute) && !self.is_open(minute) {
            minute += seconds(60);
        }
        if on_date(minute) { minute } else { opening }
    }
}

#[test]
fn sending_times_are_those_of_a_walk() {
    let every_day = std::env::var_os("CRM_WALK_EVERY_DAY").is_some();
    let holidays: BTreeSet<NaiveDate> = (2019..=2037)
        .flat_map(|year| FrenchHoliday::of_year("metropole".parse().unwrap(), year))
        .map(|(date, _)| date)
        .collect();
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    for name in ["Europe/Paris", "America/New_York", "Indian/Reunion"] {
        let zone: Zone = name.parse().unwrap();
        for plan in PLANS {
            let (hours, walk) = (hours(*plan, &zone), Walk { plan: *plan, zone: &zone, holidays: &holidays });
            for (n, date) in first.iter_days().take_while(|date| date.year() <= 2035).enumerate() {
                // The clocks change on Sundays of March, October and November.
                let changes = matches!(date.month(), 3 | 10 | 11) && date.weekday().num_days_from_monday() >= 5;
                if !every_day && n % 13 != 0 && !(changes && n % 3 == 0) {
                    continue;
                }
                let minute = i64::try_from(n * 397 % 1440).unwrap();
                for minute in [minute, 150] {
                    let due = zone.day_start(date) + seconds(minute * 60);
                    let found = hours.next_send(due, &zone, SEARCH_DAYS).at.unwrap();
                    assert_eq!(found, walk.first(due), "{name} {plan:?} due {due}");
                    assert!(found >= due && walk.is_open(found));
                }
            }
        }
    }
}

/// A record about which nothing is known.
struct Nobody;

impl Record for Nobody {
    fn fact(&self, _: usize) -> Fact<'_> {
        Fact::Unknown
    }
}

fn second(n: i64) -> Instant {
    DateTime::from_timestamp(n, 0).unwrap()
}

fn rules() -> Rules {
    let unknown = json!({"field": "phone", "op": "eq", "value": "1"});
    let office = json!([["09:00", "18:00"]]);
    let windows =
        json!({"monday": office, "tuesday": office, "wednesday": office, "thursday": office, "friday": office});
    Rules::from_json(&json!({"sequence": {"zone": "Europe/Paris", "sequences": [{
        "id": "a", "windows": windows, "max_per_contact": {"day": 1, "week": 2}, "stop_on": ["positive_reply"],
        "steps": [
            {"type": "email"},
            {"type": "call", "delay": {"count": 1, "unit": "hours", "from": "previous_due"}},
            {"type": "branch", "when": unknown, "then": "end"},
            {"type": "sms", "delay": {"count": 2, "unit": "business_days"}, "on_missing_channel": "skip"},
            {"type": "wait", "delay": {"count": 90, "unit": "minutes", "from": "previous_due"}},
            {"type": "letter", "delay": {"count": 1, "unit": "weeks", "from": "enrolment"}},
            {"type": "task", "delay": {"count": 0, "unit": "days", "from": "previous_due"}},
        ],
    }]}}))
    .unwrap()
}

fn event() -> impl Strategy<Value = Event> {
    let step = (1..=7_u32).prop_map(|n| n.to_string());
    let outcome = prop::sample::select(vec![Outcome::Done, Outcome::Done, Outcome::Dropped, Outcome::Failed]);
    prop_oneof![
        12 => prop::option::weighted(0.2, step.clone()).prop_map(|step| Event::Advance { step }),
        6 => (step, outcome).prop_map(|(step, outcome)| Event::Done { step, outcome }),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(|(is_positive, is_automatic)| Event::Reply { is_positive: is_positive && is_automatic, is_automatic }),
        1 => prop::option::of(0..40_u64).prop_map(|days| Event::OutOfOffice {
            until: days.and_then(|n| NaiveDate::from_ymd_opt(2026, 3, 1)?.checked_add_days(chrono::Days::new(n))),
        }),
        1 => prop::sample::select(vec![StopCause::OwnerChange, StopCause::Meeting, StopCause::OptOut]).prop_map(Event::Stop),
        1 => prop::option::of(0..2_000_000_i64).prop_map(|n| Event::Pause { until: n.map(|n| second(1_772_000_000 + n)) }),
        2 => Just(Event::Resume),
        1 => Just(Event::Activate),
    ]
}

fn begun(sequence: &Sequence, zone: &Zone) -> Enrolment {
    let (holds, sent, missing) = (BTreeSet::new(), Sent::default(), BTreeSet::new());
    let request = Request {
        subject: SubjectKind::Lead,
        subject_id: "7",
        is_automatic: false,
        zone,
        past: &[],
        holds: &holds,
        active_for_owner: 0,
        added_by_owner: 0,
        at: parse_instant("2026-02-27T16:00:00Z").unwrap(),
    };
    let facts = Facts { record: &Nobody, missing: &missing, holds: &holds, other_runs: &[], sent: &sent };
    enrol(sequence, &request, "e1", &facts).1.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(events in prop::collection::vec((event(), -20_000_i64..200_000), 1..60)) {
        let rules = rules();
        let (sequence, zone) = (rules.sequences().find("a", None).unwrap(), &rules.sequences().zone);
        let start = begun(sequence, zone);
        let (holds, sent, missing) = (BTreeSet::new(), Sent::default(), BTreeSet::new());
        let facts = Facts { record: &Nobody, missing: &missing, holds: &holds, other_runs: &[], sent: &sent };
        let mut state = start.clone();
        let mut stored = start.to_text();
        let mut at = start.enrolled_at;
        let mut happenings = Vec::new();
        let mut made = BTreeSet::new();
        for (number, (event, later)) in (1..).zip(events) {
            // The clock may go backwards.
            at += seconds(later);
            let happening = Happening { number, at, event };
            let before = state.clone();
            let decision = state.step(sequence, &happening, &facts).unwrap();
            let mut read = Enrolment::from_text(&stored).unwrap();
            prop_assert_eq!(&read.step(sequence, &happening, &facts).unwrap(), &decision, "incremental");
            stored = read.to_text();
            prop_assert_eq!(&stored, &state.to_text());
            let now = state.last.unwrap().1;
            for effect in &decision.effects {
                match effect {
                    Effect::CreateDraft { key, step, not_before, .. } => {
                        prop_assert!(made.insert(key.clone()), "{} twice", key);
                        prop_assert!(*not_before >= now);
                        prop_assert_eq!(before.next.as_ref().is_some(), true, "{}", step);
                    }
                    Effect::CreateTask { key, .. } => prop_assert!(made.insert(key.clone()), "{} twice", key),
                    Effect::Wait { until: Some(until) } => prop_assert!(*until >= before.enrolled_at),
                    _ => {}
                }
            }
            if !before.status().is_live() {
                prop_assert_eq!(before.status(), state.status(), "what is over stays over");
                prop_assert_eq!(&before.runs, &state.runs);
            }
            // The same number again, and the same look again.
            let mut again = state.clone();
            prop_assert!(again.step(sequence, &happening, &facts).unwrap().effects.is_empty());
            prop_assert_eq!(&again, &state);
            if let Some(run) = state.runs.iter().rfind(|run| run.acted && run.at == now) {
                let look = Happening { number: number + 1, at: now, event: Event::Advance { step: Some(run.step.clone()) } };
                let effects = again.step(sequence, &look, &facts).unwrap().effects;
                let makes = effects.iter().any(|e| matches!(e, Effect::CreateDraft { .. } | Effect::CreateTask { .. }));
                prop_assert!(!makes, "{:?}", effects);
            }
            happenings.push(happening);
        }
        let mut replayed = start;
        for happening in &happenings {
            replayed.step(sequence, happening, &facts).unwrap();
        }
        prop_assert_eq!(&replayed, &state);
        let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        let mut steps = BTreeSet::new();
        for run in &state.runs {
            prop_assert!(run.at >= run.due, "not before it is due");
            prop_assert!(steps.insert(run.step.clone()), "each step once");
            if run.acted {
                let local = zone.local(run.at);
                prop_assert!((9..18).contains(&local.hour()) && local.weekday().num_days_from_monday() < 5, "{}", local);
                let count = days.entry(local.date()).or_default();
                *count += 1;
                prop_assert!(*count <= 1, "two steps on {}", local.date());
            }
        }
    }

    #[test]
    fn no_span_of_days_has_too_many(
        starts in prop::collection::vec(0..3_000_000_i64, 1..40),
        (day, week, spacing) in (1..4_u32, 1..9_u32, 0..900_i64),
    ) {
        let zone: Zone = "Europe/Paris".parse().unwrap();
        let hours = hours(PLANS[0], &zone);
        let limits = BTreeMap::from([(LimitSpan::Day, day), (LimitSpan::Week, week)]);
        let throttle = Throttle { contact: limits, mailbox: BTreeMap::new(), spacing_seconds: spacing, spread_seconds: 3_600 };
        let mut sent = Sent::default();
        for (n, start) in starts.iter().enumerate() {
            let from = second(1_772_000_000 + start);
            let slot = throttle.slot(&hours, &zone, &sent, &format!("e{n}"), from).at.unwrap();
            prop_assert!(slot >= from);
            prop_assert_eq!(hours.next_send(slot, &zone, SEARCH_DAYS).at, Some(slot), "in the hours");
            let apart = |other: &Instant| (slot - *other).num_seconds().abs() >= spacing;
            prop_assert!(sent.mailbox.iter().all(apart));
            sent.contact.push(slot);
            sent.mailbox.push(slot);
        }
        let dates: Vec<NaiveDate> = sent.contact.iter().map(|at| zone.day(*at)).collect();
        for date in &dates {
            let within = |days: i64| dates.iter().filter(|d| (0..days).contains(&(**d - *date).num_days())).count();
            prop_assert!(within(1) <= usize::try_from(day).unwrap());
            prop_assert!(within(7) <= usize::try_from(week).unwrap());
        }
    }
}
