//! How often a close date was moved: a later date is a push, even if somebody pulled it in again afterwards.

use chrono::{NaiveDate, TimeDelta};

use super::days::WorkingDays;
use super::facts::{Mark, Pushes};
use crate::kernel::period::{FiscalCalendar, Unit};
use crate::kernel::time::Instant;

/// What is set within a day of the deal's making is still being entered.
const GRACE: TimeDelta = TimeDelta::hours(24);
/// What the same person takes back within a quarter of an hour was a slip.
const SLIP: TimeDelta = TimeDelta::minutes(15);

/// The close date after one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateAfter {
    /// When it was changed, where that is known.
    pub at: Option<Instant>,
    /// Who changed it; nobody's changes are not taken back.
    pub actor: String,
    /// The revision's id.
    pub id: String,
    /// The date; `None` if it was cleared.
    pub date: Option<NaiveDate>,
}

/// Counts the moves of a close date, given in order; the first entry is where it began.
///
/// A move within 24 hours of the deal's making does not count, nor one that the same person took back within 15
/// minutes; both limits are included. A date that is cleared and set again moved from the one to the other.
///
/// ```
/// use crm_core::kernel::period::{FiscalCalendar, Unit};
/// use crm_core::rules::deal_risk::{DateAfter, pushes};
/// let after = |date: &str| DateAfter {
///     at: None, actor: String::new(), id: String::new(), date: date.parse().ok(),
/// };
/// let dates = ["2026-01-31", "2026-02-28", "2026-02-15", "2026-03-31"].map(after);
/// let found = pushes(&dates, None, &FiscalCalendar::default(), Unit::Month);
/// assert_eq!((found.any, found.across_period, found.pull_ins, found.net_days), (2, 2, 1, 59));
/// ```
pub fn pushes(dates: &[DateAfter], created_at: Option<Instant>, calendar: &FiscalCalendar, unit: Unit) -> Pushes {
    let mut found = Pushes::default();
    let mut rest = dates;
    let mut before: Option<NaiveDate> = None;
    // The last date that was known: what a move is measured from.
    let mut known: Option<NaiveDate> = None;
    let mut base: Option<NaiveDate> = None;
    while let [change, later @ ..] = rest {
        rest = later;
        if change.date == before {
            continue;
        }
        if let Some(skipped) = taken_back(change, later, before) {
            rest = later.get(skipped..).unwrap_or_default();
            continue;
        }
        before = change.date;
        let Some(to) = change.date else { continue };
        let from = known.replace(to);
        let is_settling = change.at.zip(created_at).is_some_and(|(at, made)| at.signed_duration_since(made) <= GRACE);
        let Some(from) = from.filter(|_| !is_settling) else {
            base = Some(to);
            continue;
        };
        if to < from {
            found.pull_ins = found.pull_ins.saturating_add(1);
        }
        if to > from {
            found.any = found.any.saturating_add(1);
            if !same_period(calendar, unit, from, to) {
                found.across_period = found.across_period.saturating_add(1);
                found.moves.extend(change.at.map(|at| Mark { at, id: change.id.clone() }));
            }
        }
    }
    found.net_days = base.zip(known).map_or(0, |(base, last)| WorkingDays::days(base, last));
    found
}

/// How many of the later changes lead back to the date before this one, if the same person made all of them in time.
fn taken_back(change: &DateAfter, later: &[DateAfter], before: Option<NaiveDate>) -> Option<usize> {
    let at = change.at.filter(|_| !change.actor.is_empty() && before.is_some())?;
    let own = later.iter().take_while(|next| {
        let soon = next.at.is_some_and(|next| next.signed_duration_since(at) <= SLIP);
        soon && (next.actor == change.actor || next.date == change.date)
    });
    let back = own.enumerate().filter(|(_, next)| next.date == before && next.actor == change.actor).last();
    back.map(|(place, _)| place.saturating_add(1))
}

fn same_period(calendar: &FiscalCalendar, unit: Unit, a: NaiveDate, b: NaiveDate) -> bool {
    let period = |date| calendar.period(unit, date);
    match (period(a), period(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}
