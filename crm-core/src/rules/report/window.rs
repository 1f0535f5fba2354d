//! Windows of time: what "the last thirty days" or "this quarter" is, resolved once to civil days of a named zone.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde_json::{Map, Value as Json, json};

use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::period::{FiscalCalendar, Unit};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant, in_range, parse_date, parse_instant};
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::fiscal::{calendar, calendar_json};
use crate::rules::read::{Object, text};

/// Most units of a rolling window.
const MOST_UNITS: i64 = 3_660;
/// The days of the week, as they are written.
const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

coded! {
    /// What a window is counted in.
    Span {
        /// A civil day.
        Day = "day",
        /// Seven days from the first day of the week.
        Week = "week",
        /// A month of the fiscal calendar.
        Month = "month",
        /// A quarter of it.
        Quarter = "quarter",
        /// A year of it.
        Year = "year",
    }
}

/// A window as somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// From one day up to but without another.
    Fixed {
        /// The first day.
        from: NaiveDate,
        /// The day after the last.
        to: NaiveDate,
    },
    /// So many whole units: those before the current one, or up to and with the current one, which is then whole, too.
    Rolling {
        /// How many.
        count: u32,
        /// Of what.
        unit: Span,
        /// Whether the current one is the last.
        include_current: bool,
    },
    /// From the first day of the current unit to today, which is part of it.
    ToDate {
        /// Of what.
        unit: Span,
    },
    /// So many whole units that lie ahead: those after the current one, or from and with the current one, which is then
    /// whole, too.
    Ahead {
        /// How many.
        count: u32,
        /// Of what.
        unit: Span,
        /// Whether the current one is the first.
        include_current: bool,
    },
    /// The whole unit before the current one.
    Previous {
        /// Of what.
        unit: Span,
    },
    /// From the day of an instant to today; both are part of it.
    Since(Instant),
    /// The same from the day of a snapshot, whose instant [`Window::since_snapshot`] puts in.
    SinceSnapshot(Id),
}

/// A window with what it takes to resolve it: whose midnight, which day begins a week, which calendar.
///
/// ```
/// use crm_core::rules::report::WindowSpec;
/// let spec = serde_json::json!({"rolling": {"count": 30, "unit": "day"}, "zone": "Europe/Paris"});
/// let spec = WindowSpec::from_json(&spec).unwrap();
/// // It is half past midnight in Paris, and 23 November there.
/// let window = spec.resolve("2026-11-22T23:30:00Z".parse().unwrap()).unwrap();
/// assert_eq!((window.from.to_string(), window.to.to_string()), ("2026-10-24".into(), "2026-11-23".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSpec {
    /// What is asked for.
    pub window: Window,
    /// Whose days.
    pub zone: Zone,
    /// The first day of a week.
    pub week_start: Weekday,
    /// The calendar of months, quarters and years.
    pub calendar: FiscalCalendar,
}

/// A window as it was resolved: half-open civil days, and the instants at which the first of them begins and the last
/// ends. A day whose clocks change is as long as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedWindow {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The instant at which the first day begins.
    pub starts_at: Instant,
    /// The instant at which the last day ends; not part of the window.
    pub ends_at: Instant,
    /// Whose days.
    pub zone: Zone,
    /// The first day of a week.
    pub week_start: Weekday,
}

impl ResolvedWindow {
    /// Whether a civil day lies in it.
    pub fn has_day(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }

    /// Whether an instant lies in it.
    pub fn has(&self, at: Instant) -> bool {
        self.starts_at <= at && at < self.ends_at
    }

    /// `{"from", "to", "starts_at", "ends_at", "zone", "week_start"}`.
    pub fn to_json(&self) -> Json {
        json!({
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "starts_at": format_instant(self.starts_at),
            "ends_at": format_instant(self.ends_at),
            "zone": self.zone.name(),
            "week_start": weekday_name(self.week_start),
        })
    }
}

impl Window {
    const NAMES: &'static [&'static str] = &["fixed", "rolling", "ahead", "to_date", "previous", "since"];

    /// The same window from the instant of its snapshot, where it has one.
    ///
    /// # Errors
    /// What `instant` gives for the snapshot's id.
    pub fn since_snapshot(self, instant: impl FnOnce(Id) -> Result<Instant>) -> Result<Self> {
        match self {
            Window::SinceSnapshot(id) => instant(id).map(Window::Since),
            other => Ok(other),
        }
    }
}

impl WindowSpec {
    /// The keys that [`WindowSpec::from_json`] reads.
    const KEYS: &'static [&'static str] =
        &["fixed", "rolling", "ahead", "to_date", "previous", "since", "zone", "week_start", "calendar"];

    /// A window of UTC days, weeks from Monday, calendar years.
    pub fn new(window: Window) -> Self {
        Self { window, zone: Zone::UTC, week_start: Weekday::Mon, calendar: FiscalCalendar::default() }
    }

    /// Reads exactly one of
    ///
    /// - `"fixed": {"from": "2026-01-01", "to": "2026-04-01"}`: up to but without `to`;
    /// - `"rolling": {"count": 30, "unit": "day", "include_current": false}`;
    /// - `"ahead": {"count": 7, "unit": "day", "include_current": false}`;
    /// - `"to_date": {"unit": "quarter"}`, `"previous": {"unit": "month"}`;
    /// - `"since": "2026-11-01T08:00:00Z"` or `"since": {"snapshot": "{id}"}`;
    ///
    /// and `"zone": "Europe/Paris"` (UTC) `"week_start": "monday"` and `"calendar"` (see [`calendar`]; the civil year). Units are `day`, `week`, `month`, `quarter` and `year`.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, Self::KEYS)?;
        let mut asked = Window::NAMES.iter().filter_map(|name| o.get(name).map(|value| (*name, value)));
        let (Some((name, value)), None) = (asked.next(), asked.next()) else {
            let expected = "exactly one of `fixed`, `rolling`, `ahead`, `to_date`, `previous` and `since`";
            return Err(Problem::WrongShape { expected, found: json::shown(json) }.into());
        };
        Ok(Self {
            window: window(name, value).map_err(|e| e.at(name))?,
            zone: o.zone()?.unwrap_or(Zone::UTC),
            week_start: o.optional("week_start", weekday)?.unwrap_or(Weekday::Mon),
            calendar: o.optional("calendar", calendar)?.unwrap_or_default(),
        })
    }

    /// What [`WindowSpec::from_json`] reads, with everything spelled out.
    pub fn to_json(&self) -> Json {
        let (name, value) = match self.window {
            Window::Fixed { from, to } => ("fixed", json!({"from": from.to_string(), "to": to.to_string()})),
            Window::Rolling { count, unit, include_current } => {
                ("rolling", json!({"count": count, "unit": unit.code(), "include_current": include_current}))
            }
            Window::Ahead { count, unit, include_current } => {
                ("ahead", json!({"count": count, "unit": unit.code(), "include_current": include_current}))
            }
            Window::ToDate { unit } => ("to_date", json!({"unit": unit.code()})),
            Window::Previous { unit } => ("previous", json!({"unit": unit.code()})),
            Window::Since(at) => ("since", format_instant(at).into()),
            Window::SinceSnapshot(id) => ("since", json!({"snapshot": id.to_string()})),
        };
        let mut map = Map::new();
        map.insert(name.into(), value);
        map.insert("zone".into(), self.zone.name().into());
        map.insert("week_start".into(), weekday_name(self.week_start).into());
        if self.calendar != FiscalCalendar::default() {
            map.insert("calendar".into(), calendar_json(&self.calendar));
        }
        Json::Object(map)
    }

    /// The window's days at an instant.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] where it leaves the years 1900 to 9999, [`RulesProblem::OutOfOrder`] where it begins after
    /// today, [`Problem::NotFound`] for a snapshot whose instant nobody put in.
    pub fn resolve(&self, at: Instant) -> Result<ResolvedWindow> {
        let today = self.zone.day(at);
        let tomorrow = || next(today);
        let (from, to) = match self.window {
            Window::Fixed { from, to } => (from, to),
            Window::Rolling { count, unit, include_current } => {
                let (mut from, end) = self.around(unit, today)?;
                let to = if include_current { end } else { from };
                for _ in u32::from(include_current)..count {
                    from = self.around(unit, before(from)?)?.0;
                }
                (from, to)
            }
            Window::Ahead { count, unit, include_current } => {
                let (start, mut to) = self.around(unit, today)?;
                let from = if include_current { start } else { to };
                for _ in u32::from(include_current)..count {
                    to = self.around(unit, to)?.1;
                }
                (from, to)
            }
            Window::ToDate { unit } => (self.around(unit, today)?.0, tomorrow()?),
            Window::Previous { unit } => {
                let current = self.around(unit, today)?.0;
                self.around(unit, before(current)?)?
            }
            Window::Since(since) => (self.zone.day(since), tomorrow()?),
            Window::SinceSnapshot(id) => {
                let (record, id) = ("snapshot".into(), id.to_string());
                return Err(Error::from(Problem::NotFound { record, id }).at("since"));
            }
        };
        if to <= from {
            let name = if matches!(self.window, Window::Fixed { .. }) { "fixed" } else { "since" };
            return Err(Error::from(RulesProblem::OutOfOrder).at(name));
        }
        if !in_range(from) || !in_range(to) {
            return Err(out_of_range(if in_range(from) { to } else { from }));
        }
        let (starts_at, ends_at) = (self.zone.day_start(from), self.zone.day_start(to));
        Ok(ResolvedWindow { from, to, starts_at, ends_at, zone: self.zone.clone(), week_start: self.week_start })
    }

    /// The window cut into units, oldest first: the first and the last one end where the window does.
    ///
    /// # Errors
    /// [`Problem::TooMany`] beyond `most` units, and as [`WindowSpec::resolve`].
    pub(crate) fn cut(&self, window: &ResolvedWindow, unit: Span, most: usize) -> Result<Vec<ResolvedWindow>> {
        let (mut from, mut parts) = (window.from, Vec::new());
        while from < window.to {
            check::most("periods", parts.len().saturating_add(1), most)?;
            let to = self.around(unit, from)?.1.min(window.to);
            let (starts_at, ends_at) = (self.zone.day_start(from), self.zone.day_start(to));
            parts.push(ResolvedWindow { from, to, starts_at, ends_at, ..window.clone() });
            from = to;
        }
        Ok(parts)
    }

    /// The unit that a day lies in: its first day, and the day after its last.
    fn around(&self, unit: Span, day: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        let period = |unit| {
            let period = self.calendar.period(unit, day).ok_or_else(|| out_of_range(day))?;
            Ok((period.start, period.end))
        };
        match unit {
            Span::Day => Ok((day, next(day)?)),
            Span::Week => {
                let start = day.checked_sub_days(Days::new(day.weekday().days_since(self.week_start).into()));
                let start = start.ok_or_else(|| out_of_range(day))?;
                Ok((start, start.checked_add_days(Days::new(7)).ok_or_else(|| out_of_range(day))?))
            }
            Span::Month => period(Unit::Month),
            Span::Quarter => period(Unit::Quarter),
            Span::Year => period(Unit::Year),
        }
    }
}

fn next(day: NaiveDate) -> Result<NaiveDate> {
    day.succ_opt().ok_or_else(|| out_of_range(day))
}

fn before(day: NaiveDate) -> Result<NaiveDate> {
    day.pred_opt().ok_or_else(|| out_of_range(day))
}

fn out_of_range(day: NaiveDate) -> Error {
    Problem::OutOfRange { found: day.to_string(), least: "1900-01-01".into(), most: "9999-12-31".into() }.into()
}

fn window(name: &str, json: &Json) -> Result<Window> {
    let unit = |o: &Object<'_>| o.required("unit").and_then(|v| span(v).map_err(|e| e.at("unit")));
    Ok(match name {
        "fixed" => {
            let o = Object::new(json, &["from", "to"])?;
            let day = |key: &str| o.required(key).and_then(|v| parse_date(&text(v)?).map_err(|e| e.at(key)));
            let (from, to) = (day("from")?, day("to")?);
            if to <= from {
                return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
            }
            Window::Fixed { from, to }
        }
        "rolling" | "ahead" => {
            let o = Object::new(json, &["count", "unit", "include_current"])?;
            let count = o.integer("count")?;
            check::between(count, 1, MOST_UNITS).map_err(|e| e.at("count"))?;
            let (count, unit) = (u32::try_from(count).unwrap_or(1), unit(&o)?);
            let include_current = o.flag("include_current", false)?;
            match name {
                "rolling" => Window::Rolling { count, unit, include_current },
                _ => Window::Ahead { count, unit, include_current },
            }
        }
        "to_date" => Window::ToDate { unit: unit(&Object::new(json, &["unit"])?)? },
        "previous" => Window::Previous { unit: unit(&Object::new(json, &["unit"])?)? },
        _ => match json {
            Json::String(at) => Window::Since(parse_instant(at)?),
            other => {
                let id = Object::new(other, &["snapshot"])?.text("snapshot")?;
                Window::SinceSnapshot(id.parse().map_err(|e: Error| e.at("snapshot"))?)
            }
        },
    })
}

pub(crate) fn span(json: &Json) -> Result<Span> {
    json.as_str().and_then(Span::from_code).ok_or_else(|| json::not_one_of(json, Span::CODES))
}

/// The name of a day of the week.
pub(crate) fn weekday(json: &Json) -> Result<Weekday> {
    let found = text(json)?;
    let place = WEEKDAYS.iter().position(|day| *day == found);
    let day = place.and_then(|place| u8::try_from(place).ok()).and_then(|place| Weekday::try_from(place).ok());
    let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: WEEKDAYS };
    Ok(day.ok_or_else(unknown)?)
}

pub(crate) fn weekday_name(day: Weekday) -> &'static str {
    let place = usize::try_from(day.num_days_from_monday()).unwrap_or(0);
    WEEKDAYS.get(place).copied().unwrap_or("monday")
}

/// Resolves a window: `{"window": {...}, "at": "..."}` gives `{"window": {"from", "to", "starts_at", "ends_at", "zone",
/// "week_start"}, "spec": ...}`; the spec is the input with everything spelled out.
///
/// # Errors
/// As [`WindowSpec::from_json`] and [`WindowSpec::resolve`], with the path.
pub fn window_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["window", "at"])?;
    let spec = o.required("window").and_then(|v| WindowSpec::from_json(v).map_err(|e| e.at("window")))?;
    let at = parse_instant(&o.text("at")?).map_err(|e| e.at("at"))?;
    let resolved = spec.resolve(at).map_err(|e| e.at("window"))?;
    Ok(json!({"window": resolved.to_json(), "spec": spec.to_json()}))
}
