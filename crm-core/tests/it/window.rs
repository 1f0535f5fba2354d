//! Windows: their golden cases, what is refused, and that they hold every instant of their days and no other.

use chrono::{DateTime, NaiveDate, TimeDelta};
use crm_core::Instant;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::rules::report::{Span, Window, WindowSpec};
use proptest::prelude::*;
use serde_json::json;

use super::golden::{self, Number};

/// Days worked out by hand; 22 November 2026 is a Sunday.
const DAYS: &[Number] = &[
    ("fixed: half-open", "/window/ends_at", r#""2026-04-01T00:00:00Z""#),
    ("the last 30 days, without today", "/window/from", r#""2026-10-23""#),
    ("the last 30 days, without today", "/window/to", r#""2026-11-22""#),
    ("the last 30 days, without today", "/window/starts_at", r#""2026-10-22T22:00:00Z""#),
    ("the last 30 days, without today", "/window/ends_at", r#""2026-11-21T23:00:00Z""#),
    ("the last 30 days, with today", "/window/from", r#""2026-10-24""#),
    ("the last 30 days, with today", "/window/to", r#""2026-11-23""#),
    ("half past midnight in Paris is another day", "/window/from", r#""2026-11-23""#),
    ("the same instant in UTC", "/window/from", r#""2026-11-22""#),
    ("this week, from Monday", "/window/from", r#""2026-11-16""#),
    ("this week, from Monday", "/window/to", r#""2026-11-23""#),
    ("this week, from Sunday", "/window/from", r#""2026-11-22""#),
    ("this week, from Sunday", "/window/to", r#""2026-11-29""#),
    ("the last two whole weeks", "/window/from", r#""2026-11-02""#),
    ("the last two whole weeks", "/window/to", r#""2026-11-16""#),
    ("the last three whole months", "/window/from", r#""2026-08-01""#),
    ("the last three whole months", "/window/to", r#""2026-11-01""#),
    ("three months with the current one, whole", "/window/from", r#""2026-09-01""#),
    ("three months with the current one, whole", "/window/to", r#""2026-12-01""#),
    ("month to date", "/window/from", r#""2026-11-01""#),
    ("month to date", "/window/to", r#""2026-11-23""#),
    ("quarter to date", "/window/from", r#""2026-10-01""#),
    ("year to date", "/window/from", r#""2026-01-01""#),
    ("week to date on its first day", "/window/from", r#""2026-11-23""#),
    ("week to date on its first day", "/window/to", r#""2026-11-24""#),
    ("the previous quarter", "/window/from", r#""2026-07-01""#),
    ("the previous quarter", "/window/to", r#""2026-10-01""#),
    ("the previous year", "/window/to", r#""2026-01-01""#),
    ("the previous month in January", "/window/from", r#""2025-12-01""#),
    ("since an instant, by its local day", "/window/from", r#""2026-11-01""#),
    ("since an instant, by its local day", "/window/to", r#""2026-11-23""#),
    ("the day with 23 hours", "/window/starts_at", r#""2026-03-28T23:00:00Z""#),
    ("the day with 23 hours", "/window/ends_at", r#""2026-03-29T22:00:00Z""#),
    ("the day with 25 hours", "/window/starts_at", r#""2026-10-24T22:00:00Z""#),
    ("the day with 25 hours", "/window/ends_at", r#""2026-10-25T23:00:00Z""#),
    ("a day that begins at one o'clock", "/window/starts_at", r#""2018-11-04T03:00:00Z""#),
    ("the leap day", "/window/from", r#""2028-02-29""#),
    ("the next seven days, without today", "/window/from", r#""2026-11-23""#),
    ("the next seven days, without today", "/window/to", r#""2026-11-30""#),
    ("two quarters from the current one, whole", "/window/from", r#""2026-10-01""#),
    ("two quarters from the current one, whole", "/window/to", r#""2027-04-01""#),
    ("the last two years with the current one", "/window/from", r#""2025-01-01""#),
    ("the last two years with the current one", "/window/to", r#""2027-01-01""#),
];

#[test]
fn days_worked_out_by_hand() {
    golden::holds("window", DAYS);
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    for (window, code, path) in [
        (json!({}), "invalid_json", "window"),
        (json!({"zone": "UTC"}), "invalid_json", "window"),
        (json!({"to_date": {"unit": "day"}, "previous": {"unit": "day"}}), "invalid_json", "window"),
        (json!({"last": 30}), "unknown_field", "window"),
        (json!({"fixed": {"from": "2026-04-01", "to": "2026-04-01"}}), "invalid_rules", "window.fixed.to"),
        (json!({"fixed": {"from": "2026-02-30", "to": "2026-04-01"}}), "invalid_value", "window.fixed.from"),
        (json!({"fixed": {"from": "2026-02-01"}}), "missing", "window.fixed"),
        (json!({"rolling": {"count": 0, "unit": "day"}}), "invalid_value", "window.rolling.count"),
        (json!({"rolling": {"count": 4000, "unit": "day"}}), "invalid_value", "window.rolling.count"),
        (json!({"rolling": {"count": 3, "unit": "days"}}), "invalid_value", "window.rolling.unit"),
        (
            json!({"rolling": {"count": 3, "unit": "day", "include_current": 1}}),
            "invalid_value",
            "window.rolling.include_current",
        ),
        (json!({"to_date": "month"}), "invalid_json", "window.to_date"),
        (json!({"to_date": {"unit": "month"}, "zone": "Europe/Pari"}), "invalid_value", "window.zone"),
        (json!({"to_date": {"unit": "month"}, "week_start": "lundi"}), "invalid_value", "window.week_start"),
        (json!({"since": "yesterday"}), "invalid_value", "window.since"),
        (json!({"since": "2026-12-24T00:00:00Z"}), "invalid_rules", "window.since"),
        (json!({"since": {"snapshot": "x"}}), "invalid_value", "window.since.snapshot"),
        (json!({"since": {"snapshot": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"}}), "not_found", "window.since"),
        (json!({"rolling": {"count": 3660, "unit": "year"}}), "invalid_value", "window"),
    ] {
        let input = json!({"window": window, "at": "2026-11-22T09:00:00Z"});
        let error = Rules::default().eval("window", &input).unwrap_err();
        let found = error.field().unwrap_or_default();
        assert_eq!(error.code().name(), code, "{input}: {error}");
        assert!(found == path || found.is_empty() && path == "window", "{input}: {error:?}");
    }
}

fn zones() -> impl Strategy<Value = Zone> {
    let names =
        ["UTC", "Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().unwrap())
}

fn windows() -> impl Strategy<Value = Window> {
    let unit = || prop::sample::select(Span::ALL);
    let day =
        || (0i64..30_000).prop_map(|n| NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + TimeDelta::try_days(n).unwrap());
    prop_oneof![
        (day(), 1i64..400).prop_map(|(from, n)| Window::Fixed { from, to: from + TimeDelta::try_days(n).unwrap() }),
        (1u32..20, unit(), any::<bool>()).prop_map(|(count, unit, include_current)| Window::Rolling {
            count,
            unit,
            include_current
        }),
        (1u32..20, unit(), any::<bool>()).prop_map(|(count, unit, include_current)| Window::Ahead {
            count,
            unit,
            include_current
        }),
        unit().prop_map(|unit| Window::ToDate { unit }),
        unit().prop_map(|unit| Window::Previous { unit }),
    ]
}

fn instants() -> impl Strategy<Value = Instant> {
    (315_532_800i64..4_000_000_000).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_instant_is_inside_exactly_when_its_local_day_is(
        window in windows(), zone in zones(), at in instants(), other in instants(), near in -200_000i64..200_000
    ) {
        let spec = WindowSpec { zone: zone.clone(), ..WindowSpec::new(window) };
        let resolved = spec.resolve(at).unwrap();
        prop_assert!(resolved.from < resolved.to && resolved.starts_at <= resolved.ends_at);
        for instant in [other, resolved.starts_at + TimeDelta::try_seconds(near).unwrap(), resolved.ends_at + TimeDelta::try_seconds(near).unwrap()] {
            prop_assert_eq!(resolved.has(instant), resolved.has_day(zone.day(instant)), "{} in {:?}", instant, resolved);
        }
    }

    #[test]
    fn windows_of_one_unit_tile_time(unit in prop::sample::select(Span::ALL), zone in zones(), at in instants()) {
        let of = |window| WindowSpec { zone: zone.clone(), ..WindowSpec::new(window) }.resolve(at).unwrap();
        let previous = of(Window::Previous { unit });
        let current = of(Window::Rolling { count: 1, unit, include_current: true });
        let both = of(Window::Rolling { count: 2, unit, include_current: true });
        prop_assert_eq!(previous.ends_at, current.starts_at);
        prop_assert_eq!((both.from, both.to), (previous.from, current.to));
        prop_assert_eq!(of(Window::Rolling { count: 1, unit, include_current: false }), previous);
        let today = zone.day(at);
        prop_assert!(current.has_day(today));
        let to_date = of(Window::ToDate { unit });
        prop_assert_eq!((to_date.from, to_date.to), (current.from, today + TimeDelta::try_days(1).unwrap()));
    }

    #[test]
    fn a_spec_reads_back(window in windows(), zone in zones()) {
        let spec = WindowSpec { zone, ..WindowSpec::new(window) };
        prop_assert_eq!(WindowSpec::from_json(&spec.to_json()).unwrap(), spec);
    }
}
