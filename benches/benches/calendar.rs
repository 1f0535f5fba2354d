//! Business time: when something is due, and how much time has passed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crm_core::Instant;
use crm_core::kernel::calendar::holidays::FrenchZone;
use crm_core::kernel::calendar::{Calendar, CalendarConfig, FrenchHolidays, Pauses, Window};
use crm_core::kernel::time::parse_instant;

fn at(text: &str) -> Instant {
    parse_instant(text).unwrap_or_default()
}

/// 09:00 to 12:30 and 14:00 to 18:00 from Monday to Friday in France.
fn french() -> Option<CalendarConfig> {
    let hours = [Window::parse("09:00", "12:30").ok()?, Window::parse("14:00", "18:00").ok()?];
    let mut config = CalendarConfig::empty("support", "Europe/Paris".parse().ok()?).on_weekdays(&hours);
    config.french_holidays = Some(FrenchHolidays { zone: FrenchZone::Metropole, worked: Default::default() });
    Some(config)
}

fn calendar(c: &mut Criterion) {
    let Some(config) = french() else { return };
    let Ok(calendar) = Calendar::new(config.clone()) else { return };
    // A thousand starts over ten years, at all hours.
    let starts: Vec<Instant> =
        (0..1_000_i64).filter_map(|i| Instant::from_timestamp(1_577_836_800 + i * 315_533 + i % 86_400, 0)).collect();
    let days = 30 * 27_000;
    let (now, then) = (at("2026-11-23T09:00:00Z"), at("2026-11-24T15:00:00Z"));
    let Ok(pauses) = Pauses::new([(now, then), (at("2026-11-30T10:00:00Z"), at("2026-12-02T10:00:00Z"))]) else {
        return;
    };
    let mut group = c.benchmark_group("business time, France");
    group.bench_function("due over 30 working days", |b| {
        let mut next = starts.iter().cycle();
        b.iter(|| next.next().map(|start| calendar.due(*black_box(start), days, Pauses::NONE)));
    });
    group.bench_function("due over 30 working days with two pauses", |b| {
        b.iter(|| calendar.due(black_box(now), days, &pauses));
    });
    group.bench_function("elapsed over 5 years", |b| {
        let mut next = starts.iter().cycle();
        let years = chrono_years(5);
        b.iter(|| next.next().map(|from| calendar.elapsed(*black_box(from), *from + years, Pauses::NONE)));
    });
    group.bench_function("250 business days on", |b| {
        let day = calendar.day(now);
        b.iter(|| calendar.add_business_days(black_box(day), 250));
    });
    group.bench_function("a new calendar and its first due time", |b| {
        b.iter(|| Calendar::new(config.clone()).and_then(|calendar| calendar.due(black_box(now), days, Pauses::NONE)));
    });
    group.finish();
    batch(c, &calendar);
}

/// The same questions to a calendar that is laid out for many: a million starts in any order, as tables have them.
fn batch(c: &mut Criterion, calendar: &Calendar) {
    const ROWS: usize = 1_000_000;
    let table = calendar.table(at("2020-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z"));
    let mut state = 42_u64;
    let mut below = |most: u64| {
        // SplitMix64, so that every run asks the same.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((u128::from(mixed ^ (mixed >> 31)) * u128::from(most)) >> 64).unwrap_or(0)
    };
    let starts: Vec<i64> = (0..ROWS).map(|_| (1_577_836_800 + below(331_257_600)) * 1_000_000).collect();
    let seconds: Vec<i64> = (0..ROWS).map(|_| 60 * (15 + below(2_400))).collect();
    let mut out = vec![0; ROWS];
    let mut group = c.benchmark_group("business time of a million rows");
    group.throughput(criterion::Throughput::Elements(ROWS as u64));
    group.bench_function("due", |b| b.iter(|| table.due_of_each(black_box(&starts), &seconds, &mut out)));
    group.bench_function("open time until", |b| b.iter(|| table.open_until_each(black_box(&starts), &mut out)));
    group.bench_function("due, one by one without a table", |b| {
        b.iter(|| {
            for ((start, seconds), out) in starts.iter().zip(&seconds).zip(&mut out) {
                let start = Instant::from_timestamp_micros(*start).unwrap_or_default();
                *out = calendar.due(start, *seconds, Pauses::NONE).map_or(0, |due| due.timestamp_micros());
            }
        });
    });
    group.finish();
    c.bench_function("a table of eleven years", |b| {
        b.iter(|| calendar.table(at("2020-01-01T00:00:00Z"), black_box(at("2031-01-01T00:00:00Z"))));
    });
}

fn chrono_years(years: u64) -> std::time::Duration {
    std::time::Duration::from_secs(years * 31_557_600)
}

criterion_group!(benches, calendar);
criterion_main!(benches);
