//! Business time: when a company is open, how much working time lies between two instants, and when so much has passed.
//!
//! # Meaning
//! A [`Calendar`] has a zone, windows for each day of the week, dated shifts (in place of the week's windows), dated
//! breaks and holidays. An instant is *open* if a window holds it: one of its date, or one that began on a date before
//! and goes on over midnight. A holiday has no windows, whatever the shifts say; a break takes its time away, whatever
//! window it is part of. It is *running* if it is open and in no [pause](Pauses).
//!
//! Windows, breaks and pauses include their start and not their end. By the clock, 02:30 may be skipped or come twice:
//! a time that is skipped moves forward by as much as the clocks do, of two the earlier is meant, and a window that is
//! empty then is dropped. So a night from 22:00 to 06:00 has seven hours in spring and nine in autumn. A date that a
//! zone leaves out has no windows.
//!
//! With `measure[a, b)` the running time between two instants:
//!
//! | question | answer |
//! |---|---|
//! | [`elapsed`](Calendar::elapsed) `(a, b)` | `measure[a, b)` |
//! | [`due`](Calendar::due) `(start, x)` | the first `T` from `start` on with `measure[start, T) = x`, so closing time belongs to its day; for nothing at all, the first running instant |
//! | [`before`](Calendar::before) `(end, x)` | the mirror: the last `T` with `measure[T, end) = x`; for nothing at all, the last instant before which it was running |
//! | [`next_open`](Calendar::next_open) `(t)` | the first open instant from `t` on |
//! | [`previous_open`](Calendar::previous_open) `(t)` | the last instant up to `t` right before which it was open: `t` itself, or a closing time |
//!
//! A business day is a date with open time of its own, breaks taken away.
//!
//! # How
//! All answers come from one function, the open time until an instant, and its two inverses. It is laid out in blocks
//! of 256 weeks, each made when it is first asked for (`block.rs`): clean weeks look alike and are told by arithmetic,
//! and weeks with a holiday, a shift, a break or a clock change are made from their dates. A question then costs two
//! look-ups by bisection, however far away the answer lies; days and seconds are never walked. There is no limit to the
//! search but the years 1900 to 9999, which all dates of this library keep to; an answer beyond is an error.
//!
//! # Example
//! ```
//! use crm_core::kernel::calendar::{Calendar, CalendarConfig, FrenchHolidays, Pauses, Window};
//! use crm_core::kernel::time::{format_instant, parse_instant};
//!
//! let hours = [Window::parse("09:00", "12:30")?, Window::parse("14:00", "18:00")?];
//! let mut config = CalendarConfig::empty("support", "Europe/Paris".parse()?).on_weekdays(&hours);
//! config.french_holidays = Some(FrenchHolidays { zone: "metropole".parse()?, worked: Default::default() });
//! let calendar = Calendar::new(config)?;
//!
//! // Eight working hours from Wednesday 16:00; Thursday is Ascension. Two that day, six and a lunch break on Friday.
//! let start = parse_instant("2026-05-13T16:00:00+02:00")?;
//! let due = calendar.due(start, 8 * 3600, Pauses::NONE)?;
//! assert_eq!(due, parse_instant("2026-05-15T16:30:00+02:00")?);
//! assert_eq!(calendar.elapsed(start, due, Pauses::NONE).num_hours(), 8);
//! assert_eq!(calendar.holiday("2026-05-14".parse().unwrap()).unwrap().code(), Some("ascension"));
//!
//! // Half an hour's pause during lunch costs nothing but what is open of it.
//! let pause = (parse_instant("2026-05-15T12:15:00+02:00")?, parse_instant("2026-05-15T12:45:00+02:00")?);
//! let due = calendar.due(start, 8 * 3600, &Pauses::new([pause])?)?;
//! assert_eq!(format_instant(due), "2026-05-15T14:45:00Z");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod block;
mod config;
mod days;
pub mod holidays;
mod pauses;
mod table;
mod window;

use std::fmt;
use std::sync::{Arc, OnceLock};

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use self::block::{Block, block_of, start_of};
pub use self::config::{CalendarConfig, FrenchHolidays, MOST_DATES, MOST_WINDOWS};
use self::holidays::FrenchHoliday;
pub use self::pauses::Pauses;
pub(crate) use self::pauses::in_order;
pub use self::table::CalendarTable;
pub use self::window::Window;
pub(crate) use self::window::time;
use super::error::{Error, Problem, Result, RulesProblem};
use super::time::{Instant, format_instant};
use super::zone::Zone;

/// The blocks of the years 1900 to 9999, with a few days more at both ends.
const FIRST_BLOCK: i64 = block_of(-2_208_988_800);
const LAST_BLOCK: i64 = block_of(253_402_300_799);
const MICROS: i64 = 1_000_000;

/// A business calendar, checked and ready; see the [module](self). Copies share what was laid out.
#[derive(Clone)]
pub struct Calendar {
    config: Arc<CalendarConfig>,
    hash: Arc<str>,
    blocks: Arc<[OnceLock<Box<Block>>]>,
}

/// A date on which a calendar stays closed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday<'a> {
    /// One of the host's, by its name, which may be empty.
    Given(&'a str),
    /// A French public holiday.
    French(FrenchHoliday),
}

impl Holiday<'_> {
    /// The French holiday's code.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Holiday::Given(_) => None,
            Holiday::French(holiday) => Some(holiday.code()),
        }
    }
}

/// An instant as a place in the open time: its block, and what was open in it until then.
#[derive(Clone, Copy, Debug)]
struct Place {
    block: usize,
    open: i64,
}

impl Calendar {
    /// Checks a calendar. The time of its weeks is laid out later, when it is asked for.
    ///
    /// # Errors
    /// Too many windows or dates; [`RulesProblem::NeverOpens`].
    pub fn new(config: CalendarConfig) -> Result<Self> {
        let calendar = Self::of(config.normalized()?);
        match calendar.opens() {
            true => Ok(calendar),
            false => Err(Error::from(RulesProblem::NeverOpens)
                .with_detail(serde_json::json!({"reason": "calendar_has_no_working_time"}))),
        }
    }

    /// Monday to Friday around the clock without holidays, for rules that only count days.
    pub fn on_weekdays(zone: Zone, holidays: impl IntoIterator<Item = NaiveDate>) -> Self {
        let mut config = CalendarConfig::empty("weekdays", zone).on_weekdays(&[Window::DAY]);
        config.holidays = holidays.into_iter().map(|date| (date, String::new())).collect();
        Self::of(config)
    }

    /// A calendar of a configuration that is normalized.
    fn of(config: CalendarConfig) -> Self {
        let hash = config.hash().into();
        let count = usize::try_from(LAST_BLOCK.saturating_sub(FIRST_BLOCK).saturating_add(1)).unwrap_or(0);
        let blocks = std::iter::repeat_with(OnceLock::new).take(count).collect();
        Self { config: Arc::new(config), hash, blocks }
    }

    /// Whether there is open time at all.
    fn opens(&self) -> bool {
        // Dates that are closed come to an end; a week's windows do not.
        if self.config.weekly.iter().any(|windows| !windows.is_empty()) {
            return true;
        }
        let opening = |(date, windows): (&NaiveDate, &Vec<Window>)| {
            !windows.is_empty()
                && date.checked_add_days(chrono::Days::new(3)).is_some_and(|end| {
                    let start = self.config.zone.day_start(date.pred_opt().unwrap_or(*date));
                    !self.elapsed(start, self.config.zone.day_start(end), Pauses::NONE).is_zero()
                })
        };
        self.config.shifts.iter().any(opening)
    }

    /// What it was made of, with each day's windows in order and once.
    pub fn config(&self) -> &CalendarConfig {
        &self.config
    }

    /// The host's name for it.
    pub fn id(&self) -> &str {
        &self.config.id
    }

    /// Counts up with every edit.
    pub fn version(&self) -> u32 {
        self.config.version
    }

    /// Whose clocks and dates are meant.
    pub fn zone(&self) -> &Zone {
        &self.config.zone
    }

    /// SHA-256, in hexadecimal, over everything that can change an answer: not over the id, the version and the names of
    /// holidays. Two calendars with one hash give the same answers.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Why nothing opens on a date, if it is a holiday of this calendar.
    pub fn holiday(&self, date: NaiveDate) -> Option<Holiday<'_>> {
        if let Some(name) = self.config.holidays.get(&date) {
            return Some(Holiday::Given(name));
        }
        let french = self.config.french_holidays.as_ref()?;
        let days = FrenchHoliday::of_year(french.zone, date.year());
        days.into_iter().find(|(d, h)| *d == date && !french.worked.contains(h)).map(|(_, h)| Holiday::French(h))
    }

    /// Whether an instant is open.
    pub fn is_open(&self, at: Instant) -> bool {
        self.next_open(at) == Some(at)
    }

    /// The first open instant from `at` on; `None` if it never opens again.
    pub fn next_open(&self, at: Instant) -> Option<Instant> {
        let place = self.last(self.place(at))?;
        // Before the first block nothing is open, but neither is it measured.
        Some(place.max(at))
    }

    /// The last instant up to `at` right before which it was open: `at` itself, or the last closing time; `None` if it
    /// never was open.
    pub fn previous_open(&self, at: Instant) -> Option<Instant> {
        Some(self.first(self.place(at))?.min(at))
    }

    /// The running time from `from` up to `to`, to the microsecond; nothing if `to` is not later.
    pub fn elapsed(&self, from: Instant, to: Instant, pauses: &Pauses) -> TimeDelta {
        let (start, end) = (from.timestamp_micros(), to.timestamp_micros());
        if end <= start {
            return TimeDelta::zero();
        }
        let mut running = self.open_between(from, to);
        for (pause_from, pause_to) in pauses.ending_after(start) {
            if *pause_from >= end {
                break;
            }
            let (pause_from, pause_to) = ((*pause_from).max(start), (*pause_to).min(end));
            running = running.saturating_sub(self.open_between(instant(pause_from), instant(pause_to)));
        }
        TimeDelta::microseconds(running)
    }

    /// The first instant from `start` on until which so much time was running; for no time, the first running instant.
    ///
    /// # Errors
    /// Negative time; [`Problem::NotEnoughOpenTime`] if there is not so much until the end of the year 9999.
    pub fn due(&self, start: Instant, working_seconds: i64, pauses: &Pauses) -> Result<Instant> {
        let beyond = || Problem::NotEnoughOpenTime { from: format_instant(start) };
        let micros = micros(working_seconds)?;
        Ok(self.due_micros(start, micros, pauses).ok_or_else(beyond)?)
    }

    fn due_micros(&self, start: Instant, mut left: i64, pauses: &Pauses) -> Option<Instant> {
        let mut now = start;
        for (from, to) in pauses.ending_after(start.timestamp_micros()) {
            let (from, to) = (instant(*from), instant(*to));
            if left == 0 {
                let open = self.next_open(now)?;
                if open < from {
                    return Some(open);
                }
            } else if from > now {
                let running = self.open_between(now, from);
                if running >= left {
                    break;
                }
                left = left.saturating_sub(running);
            }
            now = to;
        }
        if left == 0 {
            return self.next_open(now);
        }
        let place = self.place(now);
        self.first(Place { open: place.open.checked_add(left)?, ..place })
    }

    /// The last instant from which so much time was running until `end`, the mirror of [`due`](Self::due); for no time,
    /// the last instant right before which it was running.
    ///
    /// # Errors
    /// Negative time; [`Problem::NotEnoughOpenTimeBefore`] if there is not so much since the year 1900.
    pub fn before(&self, end: Instant, working_seconds: i64, pauses: &Pauses) -> Result<Instant> {
        let beyond = || Problem::NotEnoughOpenTimeBefore { to: format_instant(end) };
        let micros = micros(working_seconds)?;
        Ok(self.before_micros(end, micros, pauses).ok_or_else(beyond)?)
    }

    fn before_micros(&self, end: Instant, mut left: i64, pauses: &Pauses) -> Option<Instant> {
        let mut now = end;
        for (from, to) in pauses.iter().rev() {
            let (from, to) = (instant(from), instant(to));
            if from >= now {
                continue;
            }
            if left == 0 {
                let open = self.previous_open(now)?;
                if open > to {
                    return Some(open);
                }
            } else if to < now {
                let running = self.open_between(to, now);
                if running >= left {
                    break;
                }
                left = left.saturating_sub(running);
            }
            now = from;
        }
        if left == 0 {
            return self.previous_open(now);
        }
        let place = self.place(now);
        self.last(Place { open: place.open.checked_sub(left)?, ..place })
    }

    /// Open microseconds between two instants, pauses aside.
    fn open_between(&self, from: Instant, to: Instant) -> i64 {
        let (from, to) = (self.place(from), self.place(to));
        let whole = (from.block..to.block).map(|block| self.block(block).map_or(0, Block::total));
        whole.fold(0_i64, i64::saturating_add).saturating_add(to.open).saturating_sub(from.open)
    }

    fn place(&self, at: Instant) -> Place {
        let micro = at.timestamp_micros();
        let block = block_of(micro.div_euclid(MICROS));
        if block < FIRST_BLOCK {
            return Place { block: 0, open: 0 };
        }
        let Some((place, laid_out)) = self.numbered(block) else {
            let last = self.blocks.len().saturating_sub(1);
            return Place { block: last, open: self.block(last).map_or(0, Block::total) };
        };
        let open = laid_out.open_until(micro.saturating_sub(start_of(block).saturating_mul(MICROS)));
        Place { block: place, open }
    }

    /// The first instant until which this much was open; its block's open time may be less or more.
    fn first(&self, mut place: Place) -> Option<Instant> {
        while place.open <= 0 {
            place.block = place.block.checked_sub(1)?;
            place.open = place.open.checked_add(self.block(place.block)?.total())?;
        }
        loop {
            let block = self.block(place.block)?;
            if place.open <= block.total() {
                return Some(at(place.block, block.first(place.open)));
            }
            place.open = place.open.checked_sub(block.total())?;
            place.block = place.block.checked_add(1)?;
        }
    }

    /// The last instant until which no more than this was open.
    fn last(&self, mut place: Place) -> Option<Instant> {
        while place.open < 0 {
            place.block = place.block.checked_sub(1)?;
            place.open = place.open.checked_add(self.block(place.block)?.total())?;
        }
        loop {
            let block = self.block(place.block)?;
            if place.open < block.total() {
                return Some(at(place.block, block.last(place.open)));
            }
            place.open = place.open.checked_sub(block.total())?;
            place.block = place.block.checked_add(1)?;
        }
    }

    fn block(&self, place: usize) -> Option<&Block> {
        let slot = self.blocks.get(place)?;
        Some(slot.get_or_init(|| Box::new(Block::new(&self.config, number(place)))))
    }

    fn numbered(&self, block: i64) -> Option<(usize, &Block)> {
        let place = usize::try_from(block.checked_sub(FIRST_BLOCK)?).ok()?;
        Some((place, self.block(place)?))
    }
}

/// A block's number from its place.
fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX).saturating_add(FIRST_BLOCK)
}

/// An instant from its block and the microsecond in it.
fn at(place: usize, micro: i64) -> Instant {
    instant(start_of(number(place)).saturating_mul(MICROS).saturating_add(micro))
}

fn instant(micro: i64) -> Instant {
    Instant::from_timestamp_micros(micro).unwrap_or_default()
}

/// Working seconds as microseconds; more than there can be stays more than there can be.
fn micros(seconds: i64) -> Result<i64> {
    if seconds < 0 {
        let (found, most) = (seconds.to_string(), i64::MAX.to_string());
        return Err(Problem::OutOfRange { found, least: "0".into(), most }.into());
    }
    Ok(seconds.saturating_mul(MICROS))
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({}@{} {})", self.id(), self.version(), self.hash)
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl Eq for Calendar {}
