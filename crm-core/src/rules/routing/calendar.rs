//! Days of the week, working hours and leave, all by the clock of the person's own zone.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};
use serde_json::Value as Json;

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::routing_reason::Until;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, parse_date};
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, list, text};

/// The days of the week, as they are written.
const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const NOON: u16 = 720;
const MIDNIGHT: u16 = 1440;
/// Most spans of one day, and most leaves of one person.
const MOST_SPANS: usize = 24;
const MOST_LEAVES: usize = 1000;

/// A set of days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days(u8);

impl Days {
    pub(super) const ALL: Days = Days(0b111_1111);

    /// Reads a list of names.
    pub(super) fn read(json: &Json) -> Result<Self> {
        let places = list(json, day)?;
        if places.is_empty() {
            return Err(RulesProblem::Empty { what: "days" }.into());
        }
        Ok(Days(places.into_iter().fold(0, |all, place| all | bit(place))))
    }

    pub(super) fn has(self, day: NaiveDate) -> bool {
        self.0 & bit(place(day)) != 0
    }

    /// Whether every day of `other` is in this set, too.
    pub(super) const fn covers(self, other: Days) -> bool {
        other.0 & !self.0 == 0
    }
}

fn bit(place: usize) -> u8 {
    1_u8.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0)
}

fn day(json: &Json) -> Result<usize> {
    let found = text(json)?;
    let unknown = || Error::from(Problem::NotOneOf { found: shortened(&found, 60), expected: DAYS });
    DAYS.iter().position(|d| *d == found).ok_or_else(unknown)
}

fn place(day: NaiveDate) -> usize {
    usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0)
}

/// Minutes since midnight.
fn minute(local: NaiveDateTime) -> u16 {
    u16::try_from(local.hour().saturating_mul(60).saturating_add(local.minute())).unwrap_or(MIDNIGHT)
}

/// A part of a day, in minutes; the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: u16,
    to: u16,
}

/// Working hours of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hours([Vec<Span>; 7]);

impl Hours {
    /// Reads `{"monday": [["09:00", "12:30"], ["14:00", "18:00"]], ...}`; days that are not named are free.
    pub(super) fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, DAYS)?;
        let mut week: [Vec<Span>; 7] = Default::default();
        for (name, spans) in DAYS.iter().zip(&mut week) {
            *spans = o.list(name, span)?;
            check::most("ranges", spans.len(), MOST_SPANS).map_err(|e| e.at(name))?;
            let pairs = spans.iter().zip(spans.iter().skip(1));
            for (i, (earlier, later)) in pairs.enumerate() {
                let inside = |p: RulesProblem| Error::from(p).at_index(i.saturating_add(1)).at(name);
                if later.from < earlier.from {
                    return Err(inside(RulesProblem::OutOfOrder));
                }
                if later.from < earlier.to {
                    return Err(inside(RulesProblem::Overlap));
                }
            }
        }
        Ok(Hours(week))
    }

    fn on(&self, day: NaiveDate) -> &[Span] {
        self.0.get(place(day)).map_or(&[], Vec::as_slice)
    }

    /// Whether somebody works at this time of the clock.
    pub(super) fn is_open(&self, local: NaiveDateTime) -> bool {
        let now = minute(local);
        self.on(local.date()).iter().any(|s| s.from <= now && now < s.to)
    }

    /// The next moment at which somebody works, after one at which nobody does.
    pub(super) fn next_opening(&self, zone: &Zone, at: Instant) -> Option<Until> {
        let today = zone.day(at);
        for ahead in 0..=7_u64 {
            let Some(day) = today.checked_add_days(chrono::Days::new(ahead)) else { break };
            for span in self.on(day) {
                let start = TimeDelta::try_minutes(i64::from(span.from)).unwrap_or_default();
                let opening = zone.instant(day.and_time(NaiveTime::MIN).checked_add_signed(start)?);
                let local = zone.local(opening);
                if opening > at && self.is_open(local) {
                    return Some(Until::Moment { at: opening, local });
                }
            }
        }
        None
    }
}

fn span(json: &Json) -> Result<Span> {
    let times = list(json, time)?;
    let [from, to] = <[u16; 2]>::try_from(times)
        .map_err(|_| Problem::WrongShape { expected: "a list of two values", found: json::shown(json) })?;
    if from >= to {
        return Err(RulesProblem::OutOfOrder.into());
    }
    Ok(Span { from, to })
}

/// `HH:MM`, to `24:00`.
fn time(json: &Json) -> Result<u16> {
    let found = text(json)?;
    let number = |digits: &str| match digits.len() {
        2 if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<u16>().ok(),
        _ => None,
    };
    let minutes = found.split_once(':').and_then(|(hours, minutes)| {
        let minutes = number(minutes).filter(|m| *m < 60)?;
        number(hours)?.checked_mul(60)?.checked_add(minutes).filter(|m| *m <= MIDNIGHT)
    });
    let wrong = || Problem::WrongShape { expected: "a time such as 09:30, to 24:00", found: shortened(&found, 60) };
    Ok(minutes.ok_or_else(wrong)?)
}

/// Which half of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    /// To noon.
    Morning,
    /// From noon.
    Afternoon,
}

/// Days, or half a day, on which somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leave {
    from: NaiveDate,
    to: NaiveDate,
    half: Option<Half>,
}

impl Leave {
    fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["from", "to", "half_day"])?;
        let day = |v: &Json| text(v).and_then(|t| parse_date(&t));
        let from = day(o.required("from")?).map_err(|e| e.at("from"))?;
        let to = o.optional("to", day)?.unwrap_or(from);
        let half = o.optional("half_day", |v| match text(v)?.as_str() {
            "morning" => Ok(Half::Morning),
            "afternoon" => Ok(Half::Afternoon),
            found => Err(Problem::NotOneOf { found: shortened(found, 60), expected: &["morning", "afternoon"] }.into()),
        })?;
        if to < from {
            return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
        }
        if half.is_some() && to != from {
            return Err(Error::from(RulesProblem::Exclusive { first: "half_day", second: "to" }).at("half_day"));
        }
        Ok(Self { from, to, half })
    }

    fn has(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }
}

/// All leaves of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leaves(Vec<Leave>);

impl Leaves {
    /// Reads `[{"from": "2026-12-21", "to": "2026-12-31"}, {"from": "2026-12-18", "half_day": "afternoon"}]`, both days
    /// included.
    pub(super) fn read(json: &Json) -> Result<Self> {
        let mut leaves = list(json, Leave::read)?;
        check::most("ranges", leaves.len(), MOST_LEAVES)?;
        leaves.sort_by_key(|l| (l.from, l.to, l.half == Some(Half::Afternoon)));
        Ok(Self(leaves))
    }

    /// Whether somebody is away the whole day.
    pub(super) fn all_day(&self, day: NaiveDate) -> bool {
        let half = |wanted| self.0.iter().any(|l| l.has(day) && l.half == Some(wanted));
        self.0.iter().any(|l| l.has(day) && l.half.is_none()) || half(Half::Morning) && half(Half::Afternoon)
    }

    /// Until when somebody is away at this time of the clock; `None` if not away.
    pub(super) fn away(&self, zone: &Zone, local: NaiveDateTime) -> Option<Until> {
        let day = local.date();
        if !self.all_day(day) {
            let now = if minute(local) < NOON { Half::Morning } else { Half::Afternoon };
            self.0.iter().find(|l| l.has(day) && l.half == Some(now))?;
            if now == Half::Morning {
                let local = day.and_hms_opt(12, 0, 0)?;
                return Some(Until::Moment { at: zone.instant(local), local });
            }
        }
        // Leaves that follow without a day between them are one absence.
        let mut last = self.last_from(day);
        while let Some(next) = last.succ_opt().filter(|d| self.all_day(*d)) {
            last = self.last_from(next);
        }
        Some(Until::Day(last))
    }

    /// The last day of the leaves of whole days that include a day, which may be for ever: no walk from day to day.
    fn last_from(&self, day: NaiveDate) -> NaiveDate {
        self.0.iter().filter(|l| l.has(day) && l.half.is_none()).map(|l| l.to).max().unwrap_or(day)
    }

    /// The first day that two leaves share, half days of different halves aside.
    pub(super) fn overlap(&self) -> Option<NaiveDate> {
        // In order of their first days: what begins after one leave's end shares no day with it, nor does what follows.
        let shared = |(i, a): (usize, &Leave)| {
            let later = self.0.iter().skip(i.saturating_add(1)).take_while(|b| b.from <= a.to);
            let halves = |b: &Leave| a.half.is_some() && b.half.is_some() && a.half != b.half;
            later.filter(|b| !halves(b)).map(|b| b.from).next()
        };
        self.0.iter().enumerate().filter_map(shared).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{format_instant, parse_instant};
    use serde_json::json;

    fn paris() -> Zone {
        "Europe/Paris".parse().unwrap()
    }

    fn away(leaves: &Leaves, at: &str) -> Option<String> {
        let at = parse_instant(at).unwrap();
        leaves.away(&paris(), paris().local(at)).map(|until| match until {
            Until::Day(day) => day.to_string(),
            Until::Moment { at, .. } => format_instant(at),
        })
    }

    #[test]
    fn leave_is_inclusive_and_by_the_own_clock() {
        let leaves = Leaves::read(&json!([
            {"from": "2026-12-28", "to": "2026-12-31"}, {"from": "2026-12-21", "to": "2026-12-27"},
            {"from": "2026-12-18", "half_day": "afternoon"}, {"from": "2027-01-04", "half_day": "morning"},
            {"from": "2027-02-01", "half_day": "morning"}, {"from": "2027-02-01", "half_day": "afternoon"},
        ]))
        .unwrap();
        assert_eq!(away(&leaves, "2026-12-20T22:59:59Z"), None);
        assert_eq!(away(&leaves, "2026-12-20T23:00:00Z").as_deref(), Some("2026-12-31"), "two leaves in a row are one");
        assert_eq!(away(&leaves, "2026-12-31T22:59:59Z").as_deref(), Some("2026-12-31"));
        assert_eq!(away(&leaves, "2026-12-31T23:00:00Z"), None);
        assert_eq!(away(&leaves, "2026-12-18T10:59:59Z"), None);
        assert_eq!(away(&leaves, "2026-12-18T11:00:00Z").as_deref(), Some("2026-12-18"));
        assert_eq!(away(&leaves, "2027-01-04T08:00:00Z").as_deref(), Some("2027-01-04T11:00:00Z"));
        assert_eq!(away(&leaves, "2027-01-04T11:00:00Z"), None);
        assert_eq!(away(&leaves, "2027-02-01T08:00:00Z").as_deref(), Some("2027-02-01"), "two halves are a day");
        assert_eq!(leaves.overlap(), None);
        let twice = json!([{"from": "2026-12-21", "to": "2026-12-31"}, {"from": "2026-12-31"}]);
        assert_eq!(Leaves::read(&twice).unwrap().overlap().unwrap().to_string(), "2026-12-31");
    }

    #[test]
    fn hours_open_and_close() {
        let week = json!({"monday": [["09:00", "12:30"], ["14:00", "24:00"]], "sunday": [["02:00", "03:00"]]});
        let hours = Hours::read(&week).unwrap();
        let open = |at: &str| hours.is_open(paris().local(parse_instant(at).unwrap()));
        assert!(!open("2026-11-23T07:59:59Z") && open("2026-11-23T08:00:00Z"));
        assert!(open("2026-11-23T11:29:59Z") && !open("2026-11-23T11:30:00Z") && open("2026-11-23T22:59:59Z"));
        let next = |at: &str| hours.next_opening(&paris(), parse_instant(at).unwrap());
        let Some(Until::Moment { at, local }) = next("2026-11-23T12:00:00Z") else { panic!("no opening") };
        assert_eq!(
            (format_instant(at).as_str(), local.to_string().as_str()),
            ("2026-11-23T13:00:00Z", "2026-11-23 14:00:00")
        );
        // On 29 March 2026 there is no hour between two and three: nobody works before Monday.
        let Some(Until::Moment { at, .. }) = next("2026-03-28T12:00:00Z") else { panic!("no opening") };
        assert_eq!(format_instant(at), "2026-03-30T07:00:00Z");
        assert_eq!(Hours::read(&json!({})).unwrap().next_opening(&paris(), at), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let hours = |json| Hours::read(&json).unwrap_err().to_string();
        assert!(hours(json!({"monday": [["09:00", "9:30"]]})).starts_with("monday[0][1]: "));
        assert!(hours(json!({"monday": [["12:00", "09:00"]]})).starts_with("monday[0]: "));
        assert!(hours(json!({"monday": [["09:00", "12:00"], ["11:00", "13:00"]]})).starts_with("monday[1]: "));
        assert!(hours(json!({"monday": [["24:01", "25:00"]]})).starts_with("monday[0][0]: "));
        assert!(hours(json!({"mondays": []})).contains("monday"));
        let leave = |json| Leaves::read(&json).unwrap_err().to_string();
        assert!(leave(json!([{"from": "2026-12-31", "to": "2026-12-21"}])).starts_with("[0].to: "));
        assert!(
            leave(json!([{"from": "2026-12-31", "to": "2027-01-01", "half_day": "morning"}]))
                .starts_with("[0].half_day: ")
        );
    }
}
