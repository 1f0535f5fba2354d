//! When a task comes again: a small part of RFC 5545's recurrence rules, read strictly.
//!
//! # Form
//! `FREQ=MONTHLY;BYDAY=-1FR;COUNT=12`: parts in any order, each once, in capitals.
//!
//! | part | meaning |
//! |---|---|
//! | `FREQ` | `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`; required |
//! | `INTERVAL` | every so many of them, 1 to 1,000 |
//! | `COUNT` or `UNTIL` | how many there are in all, or the last day, `20261231` |
//! | `BYDAY` | weekly: days such as `MO,WE`; monthly: one such as `2TU` (the second Tuesday) or `-1FR` (the last Friday) |
//! | `BYMONTHDAY` | monthly: the day, 1 to 31, or `-1` for the last |
//! | `WKST` | weekly: the first day of a week, Monday without it |
//! | `X-BUSINESS` | `NEXT` or `PREVIOUS`: moved to the business day after or before, if it is none; daily: `ONLY`, business days are counted |
//! | `X-MISSED` | `ALL`: each one comes, however late (the standard); `SKIP`: those that are past when the one before is done do not |
//!
//! Every occurrence is computed from the series' [`Anchor`] and its number, so nothing drifts: from 31 January, monthly
//! goes to 28 February and then to 31 March. The anchor is number 0, even where the rule does not name its day. Where RFC
//! 5545 leaves out a day that a month does not have, the month's last is taken (as by RFC 7529's `SKIP=BACKWARD`); the
//! fifth weekday of a month that has four is the fourth. The time of the clock stays the same over clock changes.
//!
//! # Example
//! ```
//! use crm_core::rules::task::{Anchor, Recurrence};
//! let monthly: Recurrence = "FREQ=MONTHLY;COUNT=3".parse()?;
//! let anchor: Anchor = "2026-01-31".parse()?;
//! let days = (0..4).map(|n| monthly.day(anchor.day, n).map(|day| day.to_string()));
//! let days: Vec<_> = days.flatten().collect();
//! assert_eq!(days, ["2026-01-31", "2026-02-28", "2026-03-31"]);
//! # Ok::<(), crm_core::Error>(())
//! ```

mod days;
mod parse;
mod series;

use chrono::{NaiveDate, Weekday};

pub use self::parse::SUPPORTED;
pub use self::series::{Anchor, Next, Occurrence, Series};

/// How often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Every {
    /// Days.
    Days,
    /// Business days.
    BusinessDays,
    /// Weeks: on these days, in the order of a week from `starts`; on the anchor's where there are none.
    Weeks {
        /// Days of the week from its first one, 0 to 6, in order.
        on: Vec<u8>,
        /// The first day of a week.
        starts: Weekday,
    },
    /// Months.
    Months(OfMonth),
    /// Years, on the anchor's day.
    Years,
}

/// The day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfMonth {
    /// The anchor's.
    Anchor,
    /// This one, or the last if the month is shorter.
    Day(u32),
    /// The last.
    Last,
    /// The so-manyth weekday, 1 to 5.
    Nth(u8, Weekday),
    /// The last of a weekday.
    LastOf(Weekday),
}

/// When it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Never.
    Never,
    /// After so many.
    Count(u64),
    /// After this day, which counts.
    Until(NaiveDate),
}

/// What becomes of an occurrence on a day that is no business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// It stays.
    None,
    /// It moves to the next business day.
    Next,
    /// It moves to the business day before.
    Previous,
}

/// What becomes of occurrences that are past when the one before is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// They come all the same.
    All,
    /// They do not come.
    Skip,
}

/// When a task comes again; see the [module](self) for its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// How often.
    pub every: Every,
    /// Every so many of them.
    pub interval: u32,
    /// When it is over.
    pub ends: Ends,
    /// What business days change.
    pub shift: Shift,
    /// What becomes of those that were missed.
    pub missed: Missed,
}
