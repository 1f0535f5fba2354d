//! Questions to a calendar as JSON.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Map, Value as Json, json};

use super::config;
use crate::kernel::calendar::holidays::{FrenchHoliday, FrenchZone};
use crate::kernel::calendar::{Calendar, Holiday, Pauses, in_order};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant, in_range, parse_date, parse_instant};
use crate::lang::{self, Lang};
use crate::rules::check;
use crate::rules::read::{self, Object, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most pauses of one question.
const MOST_PAUSES: usize = 10_000;
/// Most days of which the open parts are listed.
const MOST_DAYS: i64 = 400;

/// What can be asked.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ask {
    AddBusinessDays,
    Before,
    BusinessDaysBetween,
    Due,
    Elapsed,
    HolidayDate,
    Holidays,
    IsBusinessDay,
    IsOpen,
    LocalToInstant,
    NextOpen,
    OpenSpans,
    PreviousOpen,
    ShiftBusinessDays,
}

const ASKS: &[&str] = &[
    "add_business_days",
    "before",
    "business_days_between",
    "due",
    "elapsed",
    "holiday_date",
    "holidays",
    "is_business_day",
    "is_open",
    "local_to_instant",
    "next_open",
    "open_spans",
    "previous_open",
    "shift_business_days",
];

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path: an unknown question or calendar, an end before its start, working time that
/// the calendar does not have.
pub fn eval_json(calendars: &BTreeMap<String, Calendar>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["calendar", "asks", "lang"])?;
    let lang = o.lang()?;
    let calendar = chosen(calendars, o.get("calendar")).map_err(|e| e.at("calendar"))?;
    let calendar = calendar.as_ref();
    let answers = o.answers(MOST_ASKS, |ask| answer(calendar, ask, lang))?;
    let told = calendar.map(|c| json!({"id": c.id(), "version": c.version(), "hash": c.hash()}));
    Ok(json!({"calendar": told, "answers": answers}))
}

/// The calendar that a document asks for: the id of a configured one or a calendar of its own; without either the only
/// one configured.
pub(crate) fn chosen(calendars: &BTreeMap<String, Calendar>, json: Option<&Json>) -> Result<Option<Calendar>> {
    match json {
        Some(json) if json.is_object() => config::calendar(json).map(Some),
        Some(id) => named(calendars, &text(id)?).cloned().map(Some),
        None if calendars.len() == 1 => Ok(calendars.values().next().cloned()),
        None => Ok(None),
    }
}

/// The calendar of an id.
pub(crate) fn named<'a>(calendars: &'a BTreeMap<String, Calendar>, id: &str) -> Result<&'a Calendar> {
    let unknown = || Problem::UnknownCalendar {
        found: shortened(id, 60),
        expected: calendars.keys().map(|id| shortened(id, 60)).collect(),
    };
    Ok(calendars.get(id).ok_or_else(unknown)?)
}

fn answer(calendar: Option<&Calendar>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    let ask: Ask = json::choice(ask, ASKS).map_err(|e| e.at("ask"))?;
    let needed = || calendar.ok_or_else(|| Error::from(Problem::Missing { name: "calendar".into() }));
    match ask {
        Ask::Due => {
            let o = Object::new(json, &["ask", "start", "working_seconds", "pauses"])?;
            let due = needed()?.due(instant(&o, "start")?, working(&o)?, &pauses(&o)?)?;
            Ok(json!({"due": format_instant(due)}))
        }
        Ask::Before => {
            let o = Object::new(json, &["ask", "end", "working_seconds", "pauses"])?;
            let at = needed()?.before(instant(&o, "end")?, working(&o)?, &pauses(&o)?)?;
            Ok(json!({"at": format_instant(at)}))
        }
        Ask::Elapsed => {
            let o = Object::new(json, &["ask", "from", "to", "pauses"])?;
            let (from, to) = span(&o)?;
            Ok(duration(needed()?.elapsed(from, to, &pauses(&o)?)))
        }
        Ask::IsOpen => {
            let o = Object::new(json, &["ask", "at"])?;
            Ok(json!({"open": needed()?.is_open(instant(&o, "at")?)}))
        }
        Ask::NextOpen => {
            let o = Object::new(json, &["ask", "at"])?;
            Ok(json!({"at": needed()?.next_open(instant(&o, "at")?).map(format_instant)}))
        }
        Ask::PreviousOpen => {
            let o = Object::new(json, &["ask", "at"])?;
            Ok(json!({"at": needed()?.previous_open(instant(&o, "at")?).map(format_instant)}))
        }
        Ask::OpenSpans => open_spans(needed()?, &Object::new(json, &["ask", "from", "to"])?),
        Ask::Holidays => holidays(calendar, &Object::new(json, &["ask", "year", "french_zone"])?, lang),
        Ask::HolidayDate => holiday_date(&Object::new(json, &["ask", "holiday", "year", "french_zone"])?),
        Ask::LocalToInstant => {
            let o = Object::new(json, &["ask", "local", "zone"])?;
            let zone = match o.zone()? {
                Some(zone) => zone,
                None => needed()?.zone().clone(),
            };
            Ok(json!({"at": format_instant(zone.instant(local(&o)?))}))
        }
        Ask::IsBusinessDay => {
            let o = Object::new(json, &["ask", "date"])?;
            Ok(json!({"business_day": needed()?.is_business_day(date(&o, "date")?)}))
        }
        Ask::AddBusinessDays => {
            let o = Object::new(json, &["ask", "date", "days"])?;
            let reached = needed()?.add_business_days(date(&o, "date")?, o.integer("days")?)?;
            Ok(json!({"date": reached.to_string()}))
        }
        Ask::BusinessDaysBetween => {
            let o = Object::new(json, &["ask", "from", "to"])?;
            Ok(json!({"days": needed()?.business_days_between(date(&o, "from")?, date(&o, "to")?)}))
        }
        Ask::ShiftBusinessDays => {
            let o = Object::new(json, &["ask", "at", "days"])?;
            let reached = needed()?.shift_business_days(instant(&o, "at")?, o.integer("days")?)?;
            Ok(json!({"at": format_instant(reached)}))
        }
    }
}

fn open_spans(calendar: &Calendar, o: &Object<'_>) -> Result<Json> {
    let (from, to) = span(o)?;
    let days = to.signed_duration_since(from).num_days();
    if days > MOST_DAYS {
        let (found, most) = (days.unsigned_abs(), MOST_DAYS.unsigned_abs());
        return Err(Error::from(Problem::TooMany { what: "days", found, most }).at("to"));
    }
    let pair = |(from, to)| json!([format_instant(from), format_instant(to)]);
    Ok(json!({"spans": calendar.open_spans(from, to).map(pair).collect::<Vec<_>>()}))
}

fn holidays(calendar: Option<&Calendar>, o: &Object<'_>, lang: Option<Lang>) -> Result<Json> {
    let year = year(o)?;
    let found: Vec<(NaiveDate, Holiday<'_>)> = match (french_zone(o)?, calendar) {
        (Some(zone), _) => {
            FrenchHoliday::of_year(zone, year).into_iter().map(|(d, h)| (d, Holiday::French(h))).collect()
        }
        (None, Some(calendar)) => {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).into_iter();
            let days = first.flat_map(|d| d.iter_days().take_while(|d| d.year() == year));
            days.filter_map(|date| Some((date, calendar.holiday(date)?))).collect()
        }
        (None, None) => return Err(Problem::MissingOneOf { names: &["calendar", "french_zone"] }.into()),
    };
    let one = |(date, holiday): &(NaiveDate, Holiday<'_>)| {
        let mut map = Map::new();
        map.insert("date".into(), date.to_string().into());
        match holiday {
            Holiday::Given(name) if !name.is_empty() => drop(map.insert("name".into(), (*name).into())),
            Holiday::Given(_) => {}
            Holiday::French(holiday) => {
                map.insert("code".into(), holiday.code().into());
                lang.map(|lang| map.insert("name".into(), lang::holiday(*holiday, lang).into()));
            }
        }
        Json::Object(map)
    };
    let dates: BTreeSet<String> = found.iter().map(|(date, _)| date.to_string()).collect();
    let all: Vec<Json> = found.iter().map(one).collect();
    Ok(json!({"count": dates.len(), "dates": dates, "holidays": all}))
}

fn holiday_date(o: &Object<'_>) -> Result<Json> {
    let wanted = o.text("holiday")?;
    let is_meant = |holiday: &&FrenchHoliday| {
        let names = [Lang::English, Lang::French].map(|lang| lang::holiday(**holiday, lang));
        holiday.code() == wanted || names.contains(&wanted.as_str())
    };
    let holiday = match FrenchHoliday::ALL.iter().find(is_meant) {
        Some(holiday) => *holiday,
        None => wanted.parse().map_err(|e: Error| e.at("holiday"))?,
    };
    let zone = french_zone(o)?.unwrap_or(FrenchZone::Metropole);
    Ok(json!({"date": holiday.date(zone, year(o)?).map(|date| date.to_string())}))
}

fn french_zone(o: &Object<'_>) -> Result<Option<FrenchZone>> {
    o.optional("french_zone", |v| text(v)?.parse())
}

fn year(o: &Object<'_>) -> Result<i32> {
    let year = o.integer("year")?;
    check::between(year, 1900, 9999).map_err(|e| e.at("year"))?;
    Ok(i32::try_from(year).unwrap_or(i32::MAX))
}

fn instant(o: &Object<'_>, key: &str) -> Result<Instant> {
    parse_instant(&o.text(key)?).map_err(|e| e.at(key))
}

fn date(o: &Object<'_>, key: &str) -> Result<NaiveDate> {
    parse_date(&o.text(key)?).map_err(|e| e.at(key))
}

fn span(o: &Object<'_>) -> Result<(Instant, Instant)> {
    let (from, to) = (instant(o, "from")?, instant(o, "to")?);
    in_order(from, to).map_err(|e| e.at("to"))?;
    Ok((from, to))
}

fn working(o: &Object<'_>) -> Result<i64> {
    let seconds = o.integer("working_seconds")?;
    check::between(seconds, 0, i64::MAX).map_err(|e| e.at("working_seconds"))?;
    Ok(seconds)
}

/// A pair of instants.
pub(crate) fn pause(json: &Json) -> Result<(Instant, Instant)> {
    let pair = list(json, read::instant)?;
    match pair.as_slice() {
        [from, to] => Ok((*from, *to)),
        _ => Err(Problem::WrongShape { expected: "a list of two values", found: json::shown(json) }.into()),
    }
}

fn pauses(o: &Object<'_>) -> Result<Pauses> {
    let pauses = o.list("pauses", pause)?;
    check::most("pauses", pauses.len(), MOST_PAUSES).map_err(|e| e.at("pauses"))?;
    Pauses::new(pauses).map_err(|e| e.at("pauses"))
}

/// `YYYY-MM-DDTHH:MM:SS`, what a clock shows.
fn local(o: &Object<'_>) -> Result<NaiveDateTime> {
    let found = o.text("local")?;
    let read = NaiveDateTime::parse_from_str(&found, "%Y-%m-%dT%H:%M:%S").ok().filter(|t| in_range(t.date()));
    let expected = "a time of the clock such as 2026-03-29T02:30:00";
    let wrong = || Error::from(Problem::WrongShape { expected, found: shortened(&found, 60) }).at("local");
    read.ok_or_else(wrong)
}

fn duration(time: TimeDelta) -> Json {
    let rest = time.subsec_nanos() / 1_000;
    match rest {
        0 => json!({"seconds": time.num_seconds()}),
        _ => json!({"seconds": time.num_seconds(), "microseconds": rest}),
    }
}
