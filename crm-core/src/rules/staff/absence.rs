//! Leave, counted in half days: what is a union of days becomes spans of instants in the person's zone.

use chrono::{Datelike as _, Days, NaiveDate};

use super::settings::{Split, noon};
use crate::kernel::calendar::{Calendar, Pauses};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::routing_reason::Until;
use crate::kernel::service::DayHalf;
use crate::kernel::staff_reason::LeaveDays;
use crate::kernel::time::Instant;

/// Checks days of leave: their end is not before their start. Unsaid halves are those of whole days; without a last day
/// it is the first.
///
/// # Errors
/// [`Problem::EndBeforeStart`] at `to_date`, or at `to_half` where both are of one day.
pub fn leave_days(
    from: NaiveDate,
    from_half: Option<DayHalf>,
    to: Option<NaiveDate>,
    to_half: Option<DayHalf>,
) -> Result<LeaveDays> {
    let to = to.unwrap_or(from);
    let (from_half, to_half) = (from_half.unwrap_or(DayHalf::Morning), to_half.unwrap_or(DayHalf::Afternoon));
    let days = LeaveDays { from, from_half, to, to_half };
    let said = |day: NaiveDate, half: DayHalf| format!("{day} {}", half.code());
    if to < from {
        return Err(Error::from(Problem::EndBeforeStart { from: from.to_string(), to: to.to_string() }).at("to_date"));
    }
    if to == from && to_half < from_half {
        let problem = Problem::EndBeforeStart { from: said(from, from_half), to: said(to, to_half) };
        return Err(Error::from(problem).at("to_half"));
    }
    Ok(days)
}

/// Half days since the beginning of our count: two for each day, the morning first.
fn number(day: NaiveDate, half: DayHalf) -> i64 {
    i64::from(day.num_days_from_ce()).saturating_mul(2).saturating_add(i64::from(half == DayHalf::Afternoon))
}

/// The half days of a leave: the first, and the one after the last.
fn halves(days: LeaveDays) -> (i64, i64) {
    (number(days.from, days.from_half), number(days.to, days.to_half).saturating_add(1))
}

fn half_of(number: i64) -> Option<(NaiveDate, DayHalf)> {
    let day = NaiveDate::from_num_days_from_ce_opt(i32::try_from(number.div_euclid(2)).ok()?)?;
    Some((day, if number.rem_euclid(2) == 0 { DayHalf::Morning } else { DayHalf::Afternoon }))
}

/// What stands from one half day up to but without another, as leave says it.
fn days_of((from, end): (i64, i64)) -> Option<LeaveDays> {
    let ((from, from_half), (to, to_half)) = (half_of(from)?, half_of(end.saturating_sub(1))?);
    Some(LeaveDays { from, from_half, to, to_half })
}

/// All leave of one person: a union, whatever its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences {
    /// Half days, those that follow each other made one.
    spans: Vec<(i64, i64)>,
    /// What two leaves share.
    shared: Vec<(i64, i64)>,
}

impl Absences {
    /// The union of leaves.
    pub fn new(leaves: impl IntoIterator<Item = LeaveDays>) -> Self {
        let mut all: Vec<(i64, i64)> = leaves.into_iter().map(halves).collect();
        all.sort_unstable();
        let mut absences = Self::default();
        for (from, end) in all {
            match absences.spans.last_mut() {
                Some(last) if from <= last.1 => {
                    if from < last.1 {
                        absences.shared.push((from, end.min(last.1)));
                    }
                    last.1 = last.1.max(end);
                }
                _ => absences.spans.push((from, end)),
            }
        }
        absences
    }

    /// What two or more leaves share, in order.
    pub fn shared(&self) -> impl Iterator<Item = LeaveDays> + '_ {
        let mut shared: Vec<(i64, i64)> = Vec::new();
        for (from, end) in &self.shared {
            match shared.last_mut() {
                Some(last) if *from <= last.1 => last.1 = last.1.max(*end),
                _ => shared.push((*from, *end)),
            }
        }
        shared.into_iter().filter_map(days_of)
    }

    /// The absences in order, those that follow each other made one.
    pub fn days(&self) -> impl Iterator<Item = LeaveDays> + '_ {
        self.spans.iter().copied().filter_map(days_of)
    }

    /// Whether a leave shares time with these.
    pub fn meets(&self, days: LeaveDays) -> bool {
        let (from, end) = halves(days);
        self.spans.iter().any(|span| span.0 < end && from < span.1)
    }

    /// The absences as instants, in order, with their days.
    pub(super) fn spans<'a>(
        &'a self,
        clock: Clock<'a>,
    ) -> impl DoubleEndedIterator<Item = (Instant, Instant, LeaveDays)> + 'a {
        let one = move |span: &(i64, i64)| Some((clock.instant(span.0)?, clock.instant(span.1)?, days_of(*span)?));
        self.spans.iter().filter_map(one)
    }

    /// The absence that an instant lies in.
    pub(super) fn around(&self, clock: Clock<'_>, at: Instant) -> Option<(Instant, Instant, LeaveDays)> {
        // Clocks are at most a day away from the count of days.
        let now = number(clock.calendar.day(at), DayHalf::Morning);
        let near = self.spans.iter().filter(|s| s.0 <= now.saturating_add(3) && s.1 >= now.saturating_sub(2));
        let one = |span: &(i64, i64)| Some((clock.instant(span.0)?, clock.instant(span.1)?, days_of(*span)?));
        near.filter_map(one).find(|(from, to, _)| *from <= at && at < *to)
    }
}

/// Who turns half days into instants: a person's calendar, and where it cuts a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) split: Split,
}

impl Clock<'_> {
    /// The instant at which a half day begins.
    fn instant(self, number: i64) -> Option<Instant> {
        let (day, half) = half_of(number)?;
        let zone = self.calendar.zone();
        let start = zone.day_start(day);
        if half == DayHalf::Morning {
            return Some(start);
        }
        let at = match self.split {
            Split::At(time) => time,
            Split::Middle => {
                let end = zone.day_start(day.checked_add_days(Days::new(1))?);
                let half = self.calendar.elapsed(start, end, Pauses::NONE).num_seconds() / 2;
                match (half > 0).then(|| self.calendar.due(start, half, Pauses::NONE)) {
                    Some(Ok(middle)) => return Some(middle),
                    _ => noon(),
                }
            }
        };
        Some(zone.instant(day.and_time(at)))
    }

    /// Until when somebody is away, as routing says it.
    pub(super) fn until(self, days: LeaveDays) -> Option<Until> {
        if days.to_half == DayHalf::Afternoon {
            return Some(Until::Day(days.to));
        }
        let at = self.instant(halves(days).1)?;
        Some(Until::Moment { at, local: self.calendar.zone().local(at) })
    }
}
