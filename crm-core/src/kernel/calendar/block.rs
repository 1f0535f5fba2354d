//! The open time of 256 weeks, laid out so that both questions are a look-up: how much was open until an instant, and
//! when was so much open.
//!
//! A week here is seven days of UTC from a Monday on. A clean week - no holiday, shift, break or clock change in or near
//! it - looks like every other clean week with the same offset from UTC, so its spans are made once. The others are made
//! from the windows of their dates, one by one.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};

use super::config::CalendarConfig;
use super::window::{Window, union, without};
use crate::kernel::time::{DAY_SECONDS, Instant, in_range};
use crate::kernel::zone::ClockChange;

/// Seconds of a week.
pub(super) const WEEK_SECONDS: i64 = 604_800;
/// Weeks of a block: almost five years.
pub(super) const WEEKS: i64 = 256;
/// The Monday from which weeks are counted: 1970-01-05.
const MONDAY_SECONDS: i64 = 4 * DAY_SECONDS;
/// Days before and after a week whose windows or changes may reach into it: windows end up to two days after the day
/// on which they start, and clocks are up to a day away from UTC.
const MARGIN_DAYS: i64 = 4;
const MICROS: i64 = 1_000_000;

/// A part of a week, in seconds from its start.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u32,
    to: u32,
    /// Open seconds of the week before it.
    before: u32,
}

/// The open time of some weeks.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Open seconds before each week; one more at the end, which is the sum.
    open_before: Vec<u32>,
    /// Which of the patterns each week has.
    pattern: Vec<u16>,
    patterns: Vec<Box<[Span]>>,
    /// Business days before each week; one more at the end.
    days_before: Vec<u16>,
    /// Business days of each week: a bit for each day, Monday first.
    days: Vec<u8>,
}

/// The week that a second of UTC lies in.
const fn week_of(second: i64) -> i64 {
    second.saturating_sub(MONDAY_SECONDS).div_euclid(WEEK_SECONDS)
}

/// The block that a second of UTC lies in.
pub(super) const fn block_of(second: i64) -> i64 {
    week_of(second).div_euclid(WEEKS)
}

/// The first second of a block.
pub(super) const fn start_of(block: i64) -> i64 {
    block.saturating_mul(WEEKS).saturating_mul(WEEK_SECONDS).saturating_add(MONDAY_SECONDS)
}

/// Days from the Monday from which weeks are counted.
pub(super) fn number_of(date: NaiveDate) -> i64 {
    // 1970-01-05 is day 719_167 of the common era.
    i64::from(date.num_days_from_ce()).saturating_sub(719_167)
}

/// The date of a number of days, if there is one.
pub(super) fn date_of(number: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(number.checked_add(719_167)?).ok()?)
}

fn instant(second: i64) -> Instant {
    Instant::from_timestamp(second, 0).unwrap_or_default()
}

impl Block {
    /// Lays out a block of a calendar.
    pub(super) fn new(config: &CalendarConfig, block: i64) -> Self {
        Maker::new(config, block).make()
    }

    /// All open microseconds.
    pub(super) fn total(&self) -> i64 {
        micros(self.open_before.last())
    }

    /// Open microseconds from the block's start until a microsecond of it.
    pub(super) fn open_until(&self, micro: i64) -> i64 {
        let week = place(micro.div_euclid(WEEK_SECONDS.saturating_mul(MICROS)));
        let rest = micro.rem_euclid(WEEK_SECONDS.saturating_mul(MICROS));
        let second = u32::try_from(rest.div_euclid(MICROS)).unwrap_or(u32::MAX);
        let spans = self.spans(week);
        let begun = spans.partition_point(|span| span.from <= second);
        let inside = begun.checked_sub(1).and_then(|last| spans.get(last)).map_or(0, |span| {
            let since = rest.min(micros(Some(&span.to))).saturating_sub(micros(Some(&span.from)));
            micros(Some(&span.before)).saturating_add(since)
        });
        micros(self.open_before.get(week)).saturating_add(inside)
    }

    /// The first microsecond until which this much was open; more than nothing, and at most [`total`](Self::total).
    pub(super) fn first(&self, open: i64) -> i64 {
        let week = self.open_before.partition_point(|before| micros(Some(before)) < open).saturating_sub(1);
        let rest = open.saturating_sub(micros(self.open_before.get(week)));
        self.micro(week, rest, |span| micros(Some(&span.before)) < rest)
    }

    /// The last microsecond until which no more than this was open; less than [`total`](Self::total).
    pub(super) fn last(&self, open: i64) -> i64 {
        let week = self.open_before.partition_point(|before| micros(Some(before)) <= open).saturating_sub(1);
        let rest = open.saturating_sub(micros(self.open_before.get(week)));
        self.micro(week, rest, |span| micros(Some(&span.before)) <= rest)
    }

    /// The end of the span that a microsecond lies in.
    pub(super) fn closing(&self, micro: i64) -> Option<i64> {
        let week = micro.div_euclid(WEEK_SECONDS.saturating_mul(MICROS));
        let start = week.saturating_mul(WEEK_SECONDS).saturating_mul(MICROS);
        let ends = self.spans(place(week)).iter().map(|span| start.saturating_add(micros(Some(&span.to))));
        ends.into_iter().find(|end| *end > micro)
    }

    /// The microsecond of a week's last span for which something holds at which `rest` was open.
    fn micro(&self, week: usize, rest: i64, holds: impl Fn(&Span) -> bool) -> i64 {
        let spans = self.spans(week);
        let span = spans.partition_point(holds).checked_sub(1).and_then(|last| spans.get(last));
        let inside = span
            .map_or(0, |span| micros(Some(&span.from)).saturating_add(rest).saturating_sub(micros(Some(&span.before))));
        wide(week).saturating_mul(WEEK_SECONDS).saturating_mul(MICROS).saturating_add(inside)
    }

    /// The open parts in order, each with its first second and the one after its last, from the block's start; those of
    /// two weeks may touch.
    pub(super) fn each_span(&self, mut span: impl FnMut(i64, i64)) {
        for week in 0..self.pattern.len() {
            let start = wide(week).saturating_mul(WEEK_SECONDS);
            for one in self.spans(week) {
                span(start.saturating_add(one.from.into()), start.saturating_add(one.to.into()));
            }
        }
    }

    fn spans(&self, week: usize) -> &[Span] {
        let pattern = self.pattern.get(week).and_then(|p| self.patterns.get(usize::from(*p)));
        pattern.map_or(&[], |spans| spans)
    }

    /// All business days.
    pub(super) fn total_days(&self) -> i64 {
        self.days_before.last().map_or(0, |n| i64::from(*n))
    }

    /// Business days from the block's first day up to and with a day of it.
    pub(super) fn days_until(&self, day: i64) -> i64 {
        let week = place(day.div_euclid(7));
        let begun = self.days.get(week).map_or(0, |days| (days & to_bit(day.rem_euclid(7))).count_ones());
        self.days_before.get(week).map_or(0, |n| i64::from(*n)).saturating_add(i64::from(begun))
    }

    /// Whether a day of the block is a business day.
    pub(super) fn has_day(&self, day: i64) -> bool {
        self.days.get(place(day.div_euclid(7))).is_some_and(|days| days & bit(day.rem_euclid(7)) != 0)
    }

    /// The business day with this number, from 1 to [`total_days`](Self::total_days).
    pub(super) fn day(&self, number: i64) -> i64 {
        let week = self.days_before.partition_point(|before| i64::from(*before) < number).saturating_sub(1);
        let day = (0..7).find(|day| self.days_until(wide(week).saturating_mul(7).saturating_add(*day)) >= number);
        wide(week).saturating_mul(7).saturating_add(day.unwrap_or(0))
    }
}

fn micros(seconds: Option<&u32>) -> i64 {
    seconds.map_or(0, |s| i64::from(*s).saturating_mul(MICROS))
}

fn place(index: i64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn wide(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// A day of the week as a bit.
fn bit(day: i64) -> u8 {
    u32::try_from(day).ok().and_then(|day| 1_u8.checked_shl(day)).unwrap_or(0)
}

/// The days of a week up to and with one.
fn to_bit(day: i64) -> u8 {
    bit(day).saturating_mul(2).wrapping_sub(1)
}

/// What is known while a block is made.
struct Maker<'a> {
    config: &'a CalendarConfig,
    first_week: i64,
    closed: BTreeSet<NaiveDate>,
    changes: Vec<ClockChange>,
    /// The days, by number, on which something is out of the ordinary.
    special: Vec<i64>,
    offset_seconds: i64,
}

impl<'a> Maker<'a> {
    fn new(config: &'a CalendarConfig, block: i64) -> Self {
        let margin = MARGIN_DAYS.saturating_mul(DAY_SECONDS);
        let start = start_of(block);
        let (from, to) = (instant(start.saturating_sub(margin)), instant(start_of(block.saturating_add(1))));
        let to = to.checked_add_signed(TimeDelta::try_seconds(margin).unwrap_or_default()).unwrap_or(to);
        let changes = config.zone.changes(from, to);
        let (first, last) = (from.date_naive(), to.date_naive());
        let closed = config.closed(first.year()..=last.year());
        let dated = config.shifts.range(first..=last).chain(config.breaks.range(first..=last)).map(|(date, _)| date);
        let mut special: Vec<i64> = closed.iter().chain(dated).map(|date| number_of(*date)).collect();
        for change in &changes {
            let day = |offset: i64| {
                let local = change.at.timestamp().saturating_add(offset).saturating_sub(MONDAY_SECONDS);
                local.div_euclid(DAY_SECONDS)
            };
            let (before, after) = (day(change.before_seconds), day(change.after_seconds));
            special.extend(before.min(after)..=before.max(after));
        }
        special.sort_unstable();
        let offset_seconds = config.zone.offset_seconds(from);
        Self { config, first_week: block.saturating_mul(WEEKS), closed, changes, special, offset_seconds }
    }

    fn make(&self) -> Block {
        let mut block = Block {
            open_before: vec![0],
            pattern: Vec::new(),
            patterns: Vec::new(),
            days_before: vec![0],
            days: Vec::new(),
        };
        let mut clean: Vec<(i64, u16, u8)> = Vec::new();
        let (mut open, mut days) = (0_u32, 0_u16);
        for week in self.first_week..self.first_week.saturating_add(WEEKS) {
            let offset = self.steady_offset(week);
            let known = offset.filter(|_| self.is_clean(week));
            let found = known.and_then(|offset| clean.iter().find(|c| c.0 == offset)).copied();
            let (pattern, mask) = match found {
                Some((_, pattern, mask)) => (pattern, mask),
                None => {
                    let pattern = u16::try_from(block.patterns.len()).unwrap_or(u16::MAX);
                    block.patterns.push(self.spans(week, offset));
                    let mask = self.business_days(week, offset);
                    clean.extend(known.map(|offset| (offset, pattern, mask)));
                    (pattern, mask)
                }
            };
            block.pattern.push(pattern);
            block.days.push(mask);
            let last = block.patterns.get(usize::from(pattern)).and_then(|spans| spans.last());
            open = open.saturating_add(last.map_or(0, |s| s.before.saturating_add(s.to.saturating_sub(s.from))));
            days = days.saturating_add(u16::try_from(mask.count_ones()).unwrap_or(0));
            block.open_before.push(open);
            block.days_before.push(days);
        }
        block
    }

    /// Whether no day in or near a week is out of the ordinary.
    fn is_clean(&self, week: i64) -> bool {
        let monday = week.saturating_mul(7);
        let (from, to) = (monday.saturating_sub(MARGIN_DAYS), monday.saturating_add(7).saturating_add(MARGIN_DAYS));
        let next = self.special.partition_point(|day| *day < from);
        let inside = |number: i64| date_of(number).is_some_and(in_range);
        inside(from) && inside(to) && self.special.get(next).is_none_or(|day| *day >= to)
    }

    /// How far the clocks are ahead of UTC, if nobody sets them in or near a week.
    fn steady_offset(&self, week: i64) -> Option<i64> {
        let start = week.saturating_mul(WEEK_SECONDS).saturating_add(MONDAY_SECONDS);
        let margin = MARGIN_DAYS.saturating_mul(DAY_SECONDS);
        let (from, to) = (start.saturating_sub(margin), start.saturating_add(WEEK_SECONDS).saturating_add(margin));
        let past = self.changes.partition_point(|change| change.at.timestamp() <= from);
        let offset = past.checked_sub(1).and_then(|last| self.changes.get(last)).map(|change| change.after_seconds);
        let next = self.changes.get(past).is_none_or(|change| change.at.timestamp() >= to);
        next.then_some(offset.unwrap_or(self.offset_seconds))
    }

    /// The open parts of a week.
    fn spans(&self, week: i64, offset: Option<i64>) -> Box<[Span]> {
        let monday = week.saturating_mul(7);
        let start = monday.saturating_mul(DAY_SECONDS).saturating_add(MONDAY_SECONDS);
        let dates = || (monday.saturating_sub(3)..monday.saturating_add(9)).filter_map(date_of);
        let open = union(dates().flat_map(|date| self.opened(date, offset)).collect());
        let closed = union(dates().flat_map(|date| self.broken(date, offset)).collect());
        let mut before = 0_u32;
        let mut out = Vec::new();
        for (from, to) in without(&open, &closed) {
            let inside = |second: i64| u32::try_from(second.saturating_sub(start).clamp(0, WEEK_SECONDS)).unwrap_or(0);
            let (from, to) = (inside(from), inside(to));
            if from < to {
                out.push(Span { from, to, before });
                before = before.saturating_add(to.saturating_sub(from));
            }
        }
        out.into_boxed_slice()
    }

    /// The days of a week that have open time of their own.
    fn business_days(&self, week: i64, offset: Option<i64>) -> u8 {
        let monday = week.saturating_mul(7);
        let is_open = |day: &i64| {
            let number = monday.saturating_add(*day);
            let near = number.saturating_sub(3)..number.saturating_add(3);
            let open = date_of(number).map(|date| union(self.opened(date, offset))).unwrap_or_default();
            let closed = union(near.filter_map(date_of).flat_map(|date| self.broken(date, offset)).collect());
            !without(&open, &closed).is_empty()
        };
        (0..7).filter(is_open).fold(0, |all, day| all | bit(day))
    }

    /// The windows of a date, in seconds of UTC.
    fn opened(&self, date: NaiveDate, offset: Option<i64>) -> Vec<(i64, i64)> {
        if self.closed.contains(&date) || !in_range(date) {
            return Vec::new();
        }
        self.placed(date, self.config.windows(date), offset)
    }

    /// The breaks of a date, in seconds of UTC.
    fn broken(&self, date: NaiveDate, offset: Option<i64>) -> Vec<(i64, i64)> {
        self.config.breaks.get(&date).map_or_else(Vec::new, |windows| self.placed(date, windows, offset))
    }

    fn placed(&self, date: NaiveDate, windows: &[Window], offset: Option<i64>) -> Vec<(i64, i64)> {
        if let Some(offset) = offset {
            let midnight = number_of(date).saturating_mul(DAY_SECONDS).saturating_add(MONDAY_SECONDS);
            let start = midnight.saturating_sub(offset);
            return windows.iter().map(|w| (start.saturating_add(w.from()), start.saturating_add(w.to()))).collect();
        }
        let zone = &self.config.zone;
        // A date that a zone leaves out, as Samoa did when it crossed the date line, has no windows.
        if zone.day(zone.day_start(date)) != date {
            return Vec::new();
        }
        let midnight = date.and_time(NaiveTime::MIN);
        let at = |second: i64| {
            let local = TimeDelta::try_seconds(second).and_then(|s| midnight.checked_add_signed(s));
            zone.instant(local.unwrap_or(midnight)).timestamp()
        };
        windows.iter().map(|w| (at(w.from()), at(w.to()))).collect()
    }
}
