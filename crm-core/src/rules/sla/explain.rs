//! Why a clock says what it says: every window counted, every holiday and pause skipped.

use chrono::{NaiveDate, TimeDelta};

use super::clock::Clock;
use super::state::{State, seconds};
use super::{Sla, WorkingTime};
use crate::kernel::calendar::{Calendar, Holiday, Pauses};
use crate::kernel::service::SlaMetric;
use crate::kernel::sla_reason::SlaReason;
use crate::kernel::time::{Instant, plus_days};

/// Most lines of one page, and most days that one looks at: clocks may run for years.
pub const MOST_LINES: usize = 400;
const MOST_DAYS: i64 = 400;
/// Fewest lines of one page: what begins at one instant is never torn apart.
const LEAST_LINES: usize = 10;

/// What a clock counted, line by line; the sums grow to what it used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The lines, in order of time.
    pub lines: Vec<SlaReason>,
    /// What the clock used, all pages together.
    pub used: TimeDelta,
    /// From where the next page goes on; `None` after the last one.
    pub next: Option<Instant>,
}

impl State {
    /// The ledger of a clock up to an instant: of the latest one of a metric, or of one of its cycles; from an instant on
    /// where an earlier page told so. `None` if there is no such clock, or its calendar is not there any more.
    pub fn explain(
        &self,
        sla: &Sla,
        metric: SlaMetric,
        cycle: Option<u32>,
        at: Instant,
        from: Option<Instant>,
        most_lines: usize,
    ) -> Option<Ledger> {
        let is_meant = |clock: &&Clock| clock.metric == metric && cycle.is_none_or(|cycle| clock.cycle == cycle);
        let clock = self.clocks.iter().rev().find(is_meant)?;
        let time = sla.time(&clock.calendar);
        let calendar = sla.calendar(time)?;
        let end = clock.stopped_at.map_or(at, |stopped| stopped.min(at));
        let pauses = self.pauses(metric, end);
        let carried = seconds(clock.carried_seconds);
        let sum_until = |at: Instant| {
            let counted = calendar.elapsed(clock.counted_from, at, &pauses);
            counted.checked_add(&carried).unwrap_or(TimeDelta::MAX)
        };

        let start = from.unwrap_or(clock.counted_from).max(clock.counted_from);
        let page_end = plus_days(start, MOST_DAYS).map_or(end, |last| last.min(end));
        let mut lines = Vec::new();
        if from.is_none() && clock.carried_seconds != 0 {
            lines.push((start, 0, SlaReason::Carried { seconds: clock.carried_seconds }));
        }
        if let WorkingTime::Calendar(calendar) = time {
            holidays(calendar, start, page_end, from.is_some(), &mut lines);
        }
        self.pause_lines(calendar, metric, (start, page_end, end), from.is_some(), &mut lines);
        windows(calendar, &self.spans(metric, end), start, page_end, &mut lines);
        lines.sort_by_key(|(at, rank, _)| (*at, *rank));

        let most = most_lines.clamp(LEAST_LINES, MOST_LINES);
        let next = match lines.get(most) {
            Some((at, _, _)) => Some(*at),
            None => Some(page_end).filter(|page_end| *page_end < end),
        };
        lines.truncate(most);
        // Lines of one instant stay together, so that no page repeats or loses one.
        if let Some(next) = next.filter(|next| lines.first().is_some_and(|(at, _, _)| at < next)) {
            lines.retain(|(at, _, _)| *at < next);
        }
        let mut sum = sum_until(start);
        let mut told = Vec::with_capacity(lines.len());
        for (_, _, line) in lines {
            told.push(match line {
                SlaReason::Counted { from, to, .. } => {
                    let before = sum.num_seconds();
                    sum = sum.checked_add(&to.signed_duration_since(from)).unwrap_or(sum);
                    let seconds = sum.num_seconds().saturating_sub(before);
                    SlaReason::Counted { from, to, seconds, sum: sum.num_seconds() }
                }
                other => other,
            });
        }
        Some(Ledger { lines: told, used: sum_until(end), next })
    }

    /// The pauses that begin on a page, with the open time that each took.
    fn pause_lines(
        &self,
        calendar: &Calendar,
        metric: SlaMetric,
        (start, page_end, end): (Instant, Instant, Instant),
        is_later_page: bool,
        lines: &mut Vec<(Instant, u8, SlaReason)>,
    ) {
        let ends = self.segments.iter().skip(1).map(|next| next.from).chain([end]);
        for (segment, to) in self.segments.iter().zip(ends) {
            let (from, to) = (segment.from.max(start), to.min(end));
            let begins_here = segment.from >= start || !is_later_page;
            if segment.pauses(metric) && begins_here && from < to && from < page_end {
                let seconds = calendar.elapsed(from, to, Pauses::NONE).num_seconds();
                lines.push((from, 1, SlaReason::PausedFor { from, to, seconds, status: segment.status.clone() }));
            }
        }
    }
}

/// The open windows of a page, without what pauses take from them.
fn windows(
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
    start: Instant,
    end: Instant,
    lines: &mut Vec<(Instant, u8, SlaReason)>,
) {
    let mut count = |from: Instant, to: Instant| {
        if from < to {
            lines.push((from, 2, SlaReason::Counted { from, to, seconds: 0, sum: 0 }));
        }
    };
    for (open, close) in calendar.open_spans(start, end) {
        let mut left = open;
        for (from, to) in pauses.iter().filter(|(from, to)| *to > open && *from < close) {
            count(left, (*from).max(left));
            left = left.max(*to);
        }
        count(left, close);
    }
}

/// The holidays of a page on which there would have been windows.
fn holidays(
    calendar: &Calendar,
    start: Instant,
    end: Instant,
    is_later_page: bool,
    lines: &mut Vec<(Instant, u8, SlaReason)>,
) {
    use chrono::Datelike as _;
    let zone = calendar.zone();
    let first = zone.day(start);
    for date in first.iter_days().take_while(|date| zone.day_start(*date) < end) {
        let day = zone.day_start(date);
        if is_later_page && day < start {
            continue;
        }
        let Some(holiday) = calendar.holiday(date).filter(|_| would_open(calendar, date, date.weekday())) else {
            continue;
        };
        let (name, holiday) = match holiday {
            Holiday::Given(name) => (name.to_owned(), None),
            Holiday::French(holiday) => (String::new(), Some(holiday)),
        };
        lines.push((day.max(start), 0, SlaReason::HolidaySkipped { date, name, holiday }));
    }
}

fn would_open(calendar: &Calendar, date: NaiveDate, weekday: chrono::Weekday) -> bool {
    let config = calendar.config();
    let place = usize::try_from(weekday.num_days_from_monday()).unwrap_or(0);
    let usual = || config.weekly.get(place).is_some_and(|windows| !windows.is_empty());
    config.shifts.get(&date).map_or_else(usual, |windows| !windows.is_empty())
}
