//! What a host says of its tasks.

use std::collections::BTreeMap;

use chrono::Weekday;
use serde_json::Value as Json;

use super::days::LocalDays;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Problem, Result};
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::rules::read::{Object, text};
use crate::rules::report::weekday;

/// The part `tasks` of a configuration: `{"zone": "Europe/Paris", "week_starts": "monday", "calendar": "office"}`.
#[derive(Clone, Debug)]
pub struct TaskSettings {
    /// The days by which tasks are due (UTC, weeks from Monday).
    pub days: LocalDays,
    /// The calendar whose business days recurrences go by (Monday to Friday without holidays).
    pub calendar: Calendar,
}

impl TaskSettings {
    /// Reads the part; `None` is the standard.
    ///
    /// # Errors
    /// An unknown option, zone, day or calendar, with its place.
    pub fn new(json: Option<&Json>, calendars: &BTreeMap<String, Calendar>) -> Result<Self> {
        let Some(json) = json else { return Ok(Self::plain(LocalDays::default())) };
        let o = Object::new(json, &["zone", "week_starts", "calendar"])?;
        let zone: Option<Zone> = o.zone()?;
        let calendar = o.optional("calendar", |id| named(calendars, &text(id)?).cloned())?;
        let zone = zone.or_else(|| calendar.as_ref().map(|c| c.zone().clone())).unwrap_or(Zone::UTC);
        let week_starts = o.optional("week_starts", weekday)?.unwrap_or(Weekday::Mon);
        let plain = Self::plain(LocalDays { zone, week_starts });
        Ok(Self { calendar: calendar.unwrap_or(plain.calendar), ..plain })
    }

    fn plain(days: LocalDays) -> Self {
        let calendar = Calendar::on_weekdays(days.zone.clone(), []);
        Self { days, calendar }
    }
}

/// A calendar by its id.
pub(super) fn named<'c>(calendars: &'c BTreeMap<String, Calendar>, id: &str) -> Result<&'c Calendar> {
    let expected = || calendars.keys().map(|id| shortened(id, 60)).collect();
    let unknown = || Problem::UnknownCalendar { found: shortened(id, 60), expected: expected() };
    Ok(calendars.get(id).ok_or_else(unknown)?)
}
