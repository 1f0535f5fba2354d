//! What a calendar is made of, and what tells two calendars apart.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::holidays::{FrenchHoliday, FrenchZone};
use super::window::Window;
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::time::in_range;
use crate::kernel::zone::Zone;

/// Most windows of one day.
pub const MOST_WINDOWS: usize = 24;
/// Most dates of a calendar: shifts, breaks and holidays together.
pub const MOST_DATES: usize = 20_000;

/// Which public holidays of France a calendar keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrenchHolidays {
    /// Where.
    pub zone: FrenchZone,
    /// Holidays on which work goes on as on other days, for example [`FrenchHoliday::WhitMonday`].
    pub worked: BTreeSet<FrenchHoliday>,
}

/// A calendar as it is written down. Overlapping windows of a day count once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarConfig {
    /// The host's name for it.
    pub id: String,
    /// Counts up with every edit; kept beside the hash for people.
    pub version: u32,
    /// Whose clocks and dates are meant.
    pub zone: Zone,
    /// Opening hours of a week, from Monday on.
    pub weekly: [Vec<Window>; 7],
    /// Opening hours of single dates, in place of the week's; an empty list closes the day.
    pub shifts: BTreeMap<NaiveDate, Vec<Window>>,
    /// Hours of single dates at which it is closed, whatever else is said.
    pub breaks: BTreeMap<NaiveDate, Vec<Window>>,
    /// Dates on which nothing opens, shifts included, with their names; the name may be empty.
    pub holidays: BTreeMap<NaiveDate, String>,
    /// The same, computed.
    pub french_holidays: Option<FrenchHolidays>,
}

impl CalendarConfig {
    /// A calendar without opening hours, to be filled in.
    pub fn empty(id: &str, zone: Zone) -> Self {
        Self {
            id: id.to_owned(),
            version: 1,
            zone,
            weekly: Default::default(),
            shifts: BTreeMap::new(),
            breaks: BTreeMap::new(),
            holidays: BTreeMap::new(),
            french_holidays: None,
        }
    }

    /// Monday to Friday with the same windows, closed on the weekend.
    #[must_use]
    pub fn on_weekdays(mut self, windows: &[Window]) -> Self {
        for day in self.weekly.iter_mut().take(5) {
            *day = windows.to_vec();
        }
        self
    }

    /// The windows of a date that is no holiday, breaks aside.
    pub(super) fn windows(&self, date: NaiveDate) -> &[Window] {
        self.shifts.get(&date).unwrap_or_else(|| self.of_weekday(date))
    }

    fn of_weekday(&self, date: NaiveDate) -> &Vec<Window> {
        const NONE: &Vec<Window> = &Vec::new();
        let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        self.weekly.get(place).unwrap_or(NONE)
    }

    /// The days of some years on which nothing opens.
    pub(super) fn closed(&self, years: std::ops::RangeInclusive<i32>) -> BTreeSet<NaiveDate> {
        let mut closed = BTreeSet::new();
        let first = NaiveDate::from_ymd_opt(*years.start(), 1, 1).unwrap_or(NaiveDate::MIN);
        let last = NaiveDate::from_ymd_opt(*years.end(), 12, 31).unwrap_or(NaiveDate::MAX);
        closed.extend(self.holidays.range(first..=last).map(|(date, _)| *date));
        if let Some(french) = &self.french_holidays {
            let days = years.flat_map(|year| FrenchHoliday::of_year(french.zone, year));
            closed.extend(days.filter(|(_, holiday)| !french.worked.contains(holiday)).map(|(date, _)| date));
        }
        closed
    }

    /// The same with each day's windows in order, once and without empty ones.
    ///
    /// # Errors
    /// Too many windows or dates, dates outside the years 1900 to 9999.
    pub(super) fn normalized(mut self) -> Result<Self> {
        for (place, windows) in self.weekly.iter_mut().enumerate() {
            *windows = of_day(windows).map_err(|e| e.at_index(place).at("weekly"))?;
        }
        let dates = self.shifts.len().saturating_add(self.breaks.len()).saturating_add(self.holidays.len());
        if dates > MOST_DATES {
            let (found, most) = (json::length(dates), json::length(MOST_DATES));
            return Err(Problem::TooMany { what: "dates", found, most }.into());
        }
        for (name, dated) in [("shifts", &mut self.shifts), ("breaks", &mut self.breaks)] {
            for (date, windows) in dated {
                kept(*date).map_err(|e| e.at(name))?;
                *windows = of_day(windows).map_err(|e| e.at(&date.to_string()).at(name))?;
            }
        }
        self.breaks.retain(|_, windows| !windows.is_empty());
        self.holidays.keys().try_for_each(|date| kept(*date).map_err(|e| e.at("holidays")))?;
        Ok(self)
    }

    /// SHA-256 over everything that can change an answer, in hexadecimal digits: not the id, the version and the names.
    /// The configuration is [normalized](Self::normalized).
    pub(super) fn hash(&self) -> String {
        let windows = |list: &Vec<Window>| Json::from_iter(list.iter().map(|w| json!([w.from(), w.to()])));
        let dated = |map: &BTreeMap<NaiveDate, Vec<Window>>| {
            Json::Object(map.iter().map(|(date, list)| (date.to_string(), windows(list))).collect::<Map<_, _>>())
        };
        let french = self.french_holidays.as_ref().map(|french| {
            let worked: Vec<&str> = french.worked.iter().map(|h| h.code()).collect();
            json!({"zone": french.zone.name(), "worked": worked})
        });
        let all = json!({
            "zone": self.zone.name(),
            "weekly": Json::from_iter(self.weekly.iter().map(windows)),
            "shifts": dated(&self.shifts),
            "breaks": dated(&self.breaks),
            "holidays": Json::from_iter(self.holidays.keys().map(ToString::to_string)),
            "french_holidays": french,
        });
        Sha256::digest(json::canonical(&all).as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn of_day(windows: &[Window]) -> Result<Vec<Window>> {
    if windows.len() > MOST_WINDOWS {
        let (found, most) = (json::length(windows.len()), json::length(MOST_WINDOWS));
        return Err(Problem::TooMany { what: "ranges", found, most }.into());
    }
    Ok(Window::union(windows))
}

fn kept(date: NaiveDate) -> Result<()> {
    match in_range(date) {
        true => Ok(()),
        false => Err(Problem::NotADate { found: date.to_string() }.into()),
    }
}
