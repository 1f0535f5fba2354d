//! How long a deal has waited, by one of three clocks that are never confused.
//!
//! `idle` runs since somebody last touched the deal, `stage_age` since it entered its stage (a visit before does not
//! count), `age` since the opportunity began. Days are whole days of 24 hours. A deal is over a threshold from the very
//! moment on that the clock shows that many days (`>=`), in a list and on a card alike, however old it is. Business days
//! of a calendar may be counted instead. Won and lost
//! deals have no clock. A planned future activity may exempt, where the rule says so.

use chrono::TimeDelta;

use crate::kernel::coded::coded;
use crate::kernel::sales::StageKind;
use crate::kernel::time::{DAY_SECONDS, Instant, in_range, plus_days};
use crate::rules::deal_risk::WorkingDays;

coded! {
    /// What is measured.
    Clock {
        /// Since the last touch, or else since the beginning.
        Idle = "idle",
        /// Since the deal entered the stage where it stands.
        StageAge = "stage_age",
        /// Since the opportunity began.
        Age = "age",
    }
}

/// When a deal is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The clock.
    pub clock: Clock,
    /// From how many days on; `None` is never.
    pub days: Option<u16>,
    /// Whether a planned future activity exempts.
    pub planned_exempts: bool,
}

/// What the clocks start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments {
    /// What the deal's stage means; a closed deal has no age.
    pub state: StageKind,
    /// When the row was made.
    pub created_at: Instant,
    /// When the opportunity began, where that was before.
    pub opened_at: Option<Instant>,
    /// When the deal entered its stage.
    pub stage_entered_at: Option<Instant>,
    /// When somebody last touched it.
    pub last_touch_at: Option<Instant>,
    /// When the next planned activity is.
    pub next_activity_at: Option<Instant>,
}

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ageing {
    /// Since when it runs; `None` for a closed deal.
    pub since: Option<Instant>,
    /// Whole days of 24 hours.
    pub days: i64,
    /// Whether a planned activity exempts the deal.
    pub is_exempt: bool,
    /// Whether the deal is over the threshold.
    pub is_over: bool,
    /// From when on it is, if nothing happens; `None` where it never is.
    pub over_from: Option<Instant>,
}

impl Moments {
    /// From when a clock runs.
    pub fn start(&self, clock: Clock) -> Instant {
        let began = self.opened_at.map_or(self.created_at, |opened| opened.min(self.created_at));
        match clock {
            Clock::Age => began,
            Clock::Idle => self.last_touch_at.unwrap_or(began),
            Clock::StageAge => self.stage_entered_at.unwrap_or(began),
        }
    }

    /// What the threshold's clock shows at an instant.
    #[must_use]
    pub fn ageing(&self, threshold: &Threshold, at: Instant) -> Ageing {
        if self.state != StageKind::Open {
            return Ageing { since: None, days: 0, is_exempt: false, is_over: false, over_from: None };
        }
        let since = self.start(threshold.clock);
        let waited = at.signed_duration_since(since).max(TimeDelta::zero());
        let days = waited.num_seconds().checked_div(DAY_SECONDS).unwrap_or(0);
        let due = threshold.days.filter(|days| *days > 0).and_then(|days| plus_days(since, i64::from(days)));
        self.judged(threshold, since, days, due, at)
    }

    /// The same in business days of a calendar: those after the day on which the clock began, up to and with today.
    #[must_use]
    pub fn ageing_by(&self, threshold: &Threshold, calendar: &WorkingDays, at: Instant) -> Ageing {
        if self.state != StageKind::Open {
            return Ageing { since: None, days: 0, is_exempt: false, is_over: false, over_from: None };
        }
        let since = self.start(threshold.clock);
        let first = calendar.day(since);
        let days = calendar.between(first, calendar.day(at));
        let due = threshold.days.filter(|days| *days > 0);
        let due = due.and_then(|days| calendar.after(first, i64::from(days))).map(|day| calendar.start(day));
        self.judged(threshold, since, days, due, at)
    }

    fn judged(&self, threshold: &Threshold, since: Instant, days: i64, due: Option<Instant>, at: Instant) -> Ageing {
        // After the year 9999 nothing is due that could be written down.
        let due = due.filter(|due| in_range(due.date_naive()));
        let planned = self.next_activity_at.filter(|next| threshold.planned_exempts && *next > at);
        let is_over = planned.is_none() && due.is_some_and(|due| at >= due);
        // A planned activity holds the clock off until it has begun.
        let over_from = due.map(|due| planned.map_or(due, |next| due.max(next)));
        Ageing { since: Some(since), days, is_exempt: planned.is_some(), is_over, over_from }
    }
}
