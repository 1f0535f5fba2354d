//! Time zones by IANA name, from data compiled in, so that every platform answers alike.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::error::{Error, Problem, Result};
use super::time::Instant;

/// A moment at which the clocks of a zone are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// The first instant of the new time.
    pub at: Instant,
    /// What the clocks were ahead of UTC before.
    pub before_seconds: i64,
    /// What they are ahead from then on.
    pub after_seconds: i64,
}

/// A time zone. jiff holds the data and stays a private detail: instants and dates are chrono's.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The civil day and time that clocks of the zone show at an instant.
    pub fn local(&self, at: Instant) -> NaiveDateTime {
        TimeDelta::try_seconds(self.offset_seconds(at))
            .and_then(|o| at.naive_utc().checked_add_signed(o))
            .unwrap_or(at.naive_utc())
    }

    /// How far the zone's clocks are ahead of UTC at an instant.
    pub fn offset_seconds(&self, at: Instant) -> i64 {
        stamp(at).map_or(0, |s| i64::from(self.0.to_offset(s).seconds()))
    }

    /// When the clocks are set after `from` and before `to`, in order.
    pub fn changes(&self, from: Instant, to: Instant) -> Vec<ClockChange> {
        let (Some(start), Some(end)) = (stamp(from), stamp(to)) else { return Vec::new() };
        let mut before_seconds = self.offset_seconds(from);
        let mut changes = Vec::new();
        for transition in self.0.following(start).take_while(|t| t.timestamp() < end) {
            let after_seconds = i64::from(transition.offset().seconds());
            // Some transitions only rename the time.
            if after_seconds != before_seconds {
                let at = Instant::from_timestamp(transition.timestamp().as_second(), 0).unwrap_or(to);
                changes.push(ClockChange { at, before_seconds, after_seconds });
            }
            before_seconds = after_seconds;
        }
        changes
    }

    /// The civil day at an instant.
    pub fn day(&self, at: Instant) -> NaiveDate {
        self.local(at).date()
    }

    /// The instant of a civil time: a time skipped by a clock change moves forward past the gap, a time that happens
    /// twice is the earlier one.
    pub fn instant(&self, local: NaiveDateTime) -> Instant {
        let offset = civil(local).map_or(0, |c| match self.0.to_ambiguous_timestamp(c).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
            // In a gap the offset from before carries the clock forward past it; in a fold it is the earlier instant.
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before.seconds(),
        });
        let shift = TimeDelta::try_seconds(i64::from(offset)).unwrap_or_default();
        local.checked_sub_signed(shift).unwrap_or(local).and_utc()
    }

    /// The instant at which a civil day begins.
    pub fn day_start(&self, day: NaiveDate) -> Instant {
        self.instant(day.and_time(NaiveTime::MIN))
    }
}

fn stamp(at: Instant) -> Option<jiff::Timestamp> {
    // jiff's instants end a day before ours; no clock changes on that day.
    let last = jiff::Timestamp::MAX.as_second().saturating_mul(1_000_000);
    jiff::Timestamp::from_microsecond(at.timestamp_micros().min(last)).ok()
}

fn civil(local: NaiveDateTime) -> Option<jiff::civil::DateTime> {
    // Civil times are carried over as if they were UTC: one arithmetic, no field-by-field copying.
    stamp(local.and_utc()).map(|as_utc| TimeZone::UTC.to_datetime(as_utc))
}

impl FromStr for Zone {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        if name == "UTC" {
            return Ok(Zone::UTC);
        }
        let unknown = || Error::from(Problem::UnknownZone { found: super::text::shortened(name, 60) });
        if name.len() > 60 {
            return Err(unknown());
        }
        TimeZoneDatabase::bundled().get(name).map(Zone).map_err(|_| unknown())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{format_instant, parse_instant};
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        parse_instant(text).unwrap()
    }

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn clock_changes_in_paris() {
        let paris = zone("Europe/Paris");
        let instant = |t| format_instant(paris.instant(local(t)));
        assert_eq!(instant("2026-11-22 09:00"), "2026-11-22T08:00:00Z");
        assert_eq!(instant("2026-03-29 02:30"), "2026-03-29T01:30:00Z", "the gap moves forward, to 03:30");
        assert_eq!(instant("2026-10-25 02:30"), "2026-10-25T00:30:00Z", "the fold takes the earlier instant");
        assert_eq!(paris.day(at("2026-06-30T22:30:00Z")).to_string(), "2026-07-01");
        assert_eq!(instant("9999-12-31 23:59"), "9999-12-31T22:59:00Z", "what some write for ever");
        assert_eq!(paris.local(at("9999-12-31T22:59:00Z")), local("9999-12-31 23:59"));
    }

    #[test]
    fn the_data_is_of_2026() {
        // Zones whose rules changed after 2025b, the data that chrono-tz carries.
        assert_eq!(zone("America/Vancouver").local(at("2026-11-18T12:00:00Z")).to_string(), "2026-11-18 05:00:00");
        assert_eq!(zone("Africa/Casablanca").local(at("2026-11-18T12:00:00Z")).to_string(), "2026-11-18 12:00:00");
    }

    #[test]
    fn changes_of_the_clock_are_listed() {
        let changes = |name: &str, from: &str, to: &str| {
            let list = zone(name).changes(at(from), at(to));
            list.iter().map(|c| (format_instant(c.at), c.before_seconds, c.after_seconds)).collect::<Vec<_>>()
        };
        let paris = changes("Europe/Paris", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (spring, autumn) = ("2026-03-29T01:00:00Z".to_owned(), "2026-10-25T01:00:00Z".to_owned());
        assert_eq!(paris, [(spring.clone(), 3600, 7200), (autumn, 7200, 3600)]);
        assert_eq!(changes("Europe/Paris", &spring, "2026-10-25T01:00:00Z"), [], "both ends are left out");
        let apia = changes("Pacific/Apia", "2011-12-01T00:00:00Z", "2012-01-31T00:00:00Z");
        assert_eq!(apia, [("2011-12-30T10:00:00Z".to_owned(), -36_000, 50_400)], "the day that never was");
        assert_eq!(changes("UTC", "1900-01-01T00:00:00Z", "9999-12-31T00:00:00Z"), []);
        assert_eq!(changes("Europe/Paris", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z").len(), 2);
    }

    #[test]
    fn names_are_checked() {
        assert_eq!("Europe/Pariss".parse::<Zone>().unwrap_err().code().name(), "invalid_value");
        assert_eq!(zone("UTC").name(), "UTC");
    }

    proptest! {
        #[test]
        fn local_time_comes_back(seconds in 0i64..4_000_000_000, name in prop::sample::select(vec![
            "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Indian/Reunion"])) {
            let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            let z = zone(name);
            let back = z.instant(z.local(at));
            // Equal, or the earlier of the two instants that show this clock time.
            prop_assert!(back <= at && z.local(back) == z.local(at));
        }
    }
}
