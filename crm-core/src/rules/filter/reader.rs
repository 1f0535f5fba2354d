//! Who reads a list, and when: what a filter takes its "me" and its "today" from.

use chrono::Weekday;

use crate::kernel::coded::coded;
use crate::kernel::period::FiscalCalendar;
use crate::kernel::time::{DAY_SECONDS, Instant};
use crate::kernel::zone::Zone;

coded! {
    /// Somebody whom a filter names by who reads it.
    Person {
        /// The reader.
        Me = "me",
        /// Everybody of the reader's teams, the reader included.
        MyTeam = "my_team",
    }
}

/// Who reads a list, and when.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// When.
    pub at: Instant,
    /// By whose clocks days begin.
    pub zone: Zone,
    /// The first day of a week.
    pub week_start: Weekday,
    /// The calendar of fiscal months, quarters and years.
    pub fiscal: FiscalCalendar,
    /// The reader: the host's name of a user. `None` where nobody is known.
    pub me: Option<&'a str>,
    /// Everybody of the reader's teams; the reader need not be among them.
    pub team: &'a [String],
}

impl<'a> Reader<'a> {
    /// A reader by UTC, with weeks from Monday and the civil year.
    pub fn new(at: Instant, me: Option<&'a str>) -> Self {
        let (zone, fiscal) = (Zone::UTC, FiscalCalendar::default());
        Self { at, zone, week_start: Weekday::Mon, fiscal, me, team: &[] }
    }

    /// Somebody for whom every filter can be resolved that anybody's can: what a filter is checked with before it is
    /// kept.
    pub(crate) fn anybody() -> Self {
        // In the middle of all years, so that a hundred of them either way are there.
        let at = Instant::from_timestamp(30 * 365 * DAY_SECONDS, 0).unwrap_or_default();
        Self::new(at, Some(Person::Me.code()))
    }

    /// The names of somebody, each once; nobody's without a reader.
    pub(super) fn names(&self, person: Person) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = self.me.into_iter().collect();
        if person == Person::MyTeam {
            names.extend(self.team.iter().map(String::as_str));
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}
