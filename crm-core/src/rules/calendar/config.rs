//! Calendars as JSON.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::kernel::calendar::{Calendar, CalendarConfig, FrenchHolidays, Window};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::time::parse_date;
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, list, text};

/// The days of the week, as they are written.
const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Most characters of a holiday's name.
const MOST_NAME: usize = 200;

/// The calendars of a configuration, by id.
pub(crate) fn calendars(json: &Json) -> Result<BTreeMap<String, Calendar>> {
    let mut calendars = BTreeMap::new();
    for (i, calendar) in list(json, calendar)?.into_iter().enumerate() {
        let id = calendar.id().to_owned();
        if calendars.insert(id.clone(), calendar).is_some() {
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("id").at_index(i));
        }
    }
    Ok(calendars)
}

/// One calendar.
pub(crate) fn calendar(json: &Json) -> Result<Calendar> {
    let keys =
        &["id", "version", "zone", "weekly", "shifts", "breaks", "holidays", "french_holidays", "worked_holidays"];
    let o = Object::new(json, keys)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
    let zone: Zone = o.text("zone")?.parse().map_err(|e: Error| e.at("zone"))?;
    let mut config = CalendarConfig::empty(&id, zone);
    config.version = u32::try_from(version).unwrap_or(u32::MAX);
    weekly(o.required("weekly")?, &mut config.weekly).map_err(|e| e.at("weekly"))?;
    config.shifts = o.optional("shifts", dated)?.unwrap_or_default();
    config.breaks = o.optional("breaks", dated)?.unwrap_or_default();
    config.holidays = o.list("holidays", holiday)?.into_iter().collect();
    let worked: BTreeSet<_> = o.list("worked_holidays", |v| text(v)?.parse())?.into_iter().collect();
    config.french_holidays =
        o.optional("french_holidays", |v| Ok(FrenchHolidays { zone: text(v)?.parse()?, worked: worked.clone() }))?;
    if config.french_holidays.is_none() && !worked.is_empty() {
        let needs = RulesProblem::Requires { option: "worked_holidays", needs: "french_holidays" };
        return Err(Error::from(needs).at("worked_holidays"));
    }
    Calendar::new(config)
}

pub(crate) fn weekly(json: &Json, week: &mut [Vec<Window>; 7]) -> Result<()> {
    let o = Object::new(json, DAYS)?;
    for (name, windows) in DAYS.iter().zip(week) {
        *windows = o.list(name, window)?;
    }
    Ok(())
}

/// `{"2026-12-24": [["09:00", "12:00"]]}`.
fn dated(json: &Json) -> Result<BTreeMap<NaiveDate, Vec<Window>>> {
    let dates = json::object(json, "an object of lists of windows by date")?;
    let one = |(date, windows): (&String, &Json)| {
        let day = parse_date(date)?;
        Ok((day, list(windows, window).map_err(|e| e.at(date))?))
    };
    dates.iter().map(one).collect()
}

fn window(json: &Json) -> Result<Window> {
    let times = list(json, text)?;
    match times.as_slice() {
        [from, to] => Window::parse(from, to),
        _ => Err(Problem::WrongShape { expected: "a list of two values", found: json::shown(json) }.into()),
    }
}

/// A date, or a date with its name.
fn holiday(json: &Json) -> Result<(NaiveDate, String)> {
    if json.is_string() {
        return Ok((parse_date(&text(json)?)?, String::new()));
    }
    let o = Object::new(json, &["date", "name"])?;
    let date = parse_date(&o.text("date")?).map_err(|e| e.at("date"))?;
    let name = o.optional("name", text)?.unwrap_or_default();
    if name.chars().count() > MOST_NAME {
        let (bytes, most) = (json::length(name.len()), json::length(MOST_NAME));
        return Err(Error::from(Problem::TooLong { bytes, most }).at("name"));
    }
    Ok((date, name))
}
