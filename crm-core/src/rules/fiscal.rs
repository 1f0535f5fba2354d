//! Fiscal calendars at the JSON door: which year, quarter and month is a day in, and which periods cover a window?
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(br#"{"calendar": {"first_month": 9, "named_by": "end"}, "date": "2026-11-22", "lang": "fr"}"#)?;
//! let answer = Rules::default().eval("fiscal", &input)?;
//! assert_eq!(answer["year"]["year"], 2027);
//! assert_eq!((&answer["quarter"]["number"], &answer["quarter"]["text"]), (&1.into(), &"exercice 2027, T1".into()));
//! assert_eq!(answer["quarter"]["end"], "2026-12-01");
//! # Ok::<(), crm_core::Error>(())
//! ```

use chrono::{NaiveDate, Weekday};
use serde_json::{Map, Value as Json, json};

use super::forecast::Periods;
use super::read::{self, Object, text};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json::not_one_of;
use crate::kernel::period::{FiscalCalendar, Layout, NamedBy, Pattern, Period, Unit};
use crate::kernel::time::{in_range, parse_date};
use crate::lang::{Lang, period_label};

const LAYOUTS: &[&str] = &["months", "4-4-5", "4-5-4", "5-4-4", "13x4"];
const NAMED_BY: &[&str] = &["start", "end"];
const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Reads a fiscal calendar: `{"first_month": 9, "named_by": "end", "layout": "4-4-5", "first_day": "sunday"}`.
///
/// Everything may be left out: the year begins in January, is called after the year that it ends in, and has calendar
/// months. A layout of weeks needs `first_day` (Monday without it), the others take none.
///
/// # Errors
/// Unknown options, a month out of range.
pub fn calendar(json: &Json) -> Result<FiscalCalendar> {
    let o = Object::new(json, &["first_month", "named_by", "layout", "first_day"])?;
    let first_month = o.optional_integer("first_month")?.unwrap_or(1);
    let named_by = match o.optional("named_by", |v| one_of(v, NAMED_BY))? {
        Some("start") => NamedBy::Start,
        _ => NamedBy::End,
    };
    let weekday = |v: &Json| {
        let place = one_of(v, WEEKDAYS).ok().and_then(|day| WEEKDAYS.iter().position(|d| *d == day));
        let day = place.and_then(|p| u8::try_from(p).ok()).and_then(|p| Weekday::try_from(p).ok());
        day.ok_or_else(|| not_one_of(v, WEEKDAYS))
    };
    let first_day = o.optional("first_day", weekday)?;
    let pattern = match o.optional("layout", |v| one_of(v, LAYOUTS))? {
        Some("4-4-5") => Some(Pattern::P445),
        Some("4-5-4") => Some(Pattern::P454),
        Some("5-4-4") => Some(Pattern::P544),
        Some("13x4") => Some(Pattern::P13),
        _ => None,
    };
    if pattern.is_none() && first_day.is_some() {
        return Err(Error::from(RulesProblem::Requires { option: "first_day", needs: "layout" }));
    }
    let layout = pattern
        .map_or(Layout::Months, |pattern| Layout::Weeks { pattern, first_day: first_day.unwrap_or(Weekday::Mon) });
    let first_month = u32::try_from(first_month).unwrap_or(0);
    FiscalCalendar::new(first_month, named_by, layout).map_err(|e| e.at("first_month"))
}

/// What [`calendar`] reads.
pub fn calendar_json(calendar: &FiscalCalendar) -> Json {
    let mut map = Map::new();
    map.insert("first_month".into(), calendar.first_month().into());
    map.insert("named_by".into(), if calendar.named_by() == NamedBy::Start { "start" } else { "end" }.into());
    if let Layout::Weeks { pattern, first_day } = calendar.layout() {
        let layout = match pattern {
            Pattern::P445 => "4-4-5",
            Pattern::P454 => "4-5-4",
            Pattern::P544 => "5-4-4",
            Pattern::P13 => "13x4",
        };
        map.insert("layout".into(), layout.into());
        let place = usize::try_from(first_day.num_days_from_monday()).unwrap_or(0);
        map.insert("first_day".into(), WEEKDAYS.get(place).copied().unwrap_or("monday").into());
    }
    Json::Object(map)
}

fn one_of(json: &Json, names: &'static [&'static str]) -> Result<&'static str> {
    let found = json.as_str().and_then(|t| names.iter().find(|n| **n == t));
    found.copied().ok_or_else(|| not_one_of(json, names))
}

/// Reads the name of a unit.
pub(super) fn unit(json: &Json) -> Result<Unit> {
    Ok(match one_of(json, Unit::NAMES)? {
        "month" => Unit::Month,
        "quarter" => Unit::Quarter,
        _ => Unit::Year,
    })
}

/// A period as JSON: `end` is the day after the last. With a language, what people call it.
pub fn period_json(period: &Period, calendar: &FiscalCalendar, lang: Option<Lang>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("unit".into(), period.unit.name().into());
    map.insert("year".into(), period.year.into());
    map.insert("number".into(), period.number.into());
    map.insert("start".into(), period.start.to_string().into());
    map.insert("end".into(), period.end.to_string().into());
    if let Some(lang) = lang {
        map.insert("text".into(), period_label(period, calendar, lang).into());
    }
    map
}

/// Answers for a day, `{"calendar", "date", "lang"}`, with its `year`, `quarter` and `month` (null
/// where the day after it would not be one of the years 1900 to 9999); or for a window,
/// `{"calendar", "periods": {"unit", "from", "to"}, "lang"}`, with all `periods` that days from `from` up to but
/// without `to` fall in. Without `calendar` the configured one is meant.
///
/// # Errors
/// An unknown option, a date that cannot be read, a window that ends before it begins.
pub fn eval_json(configured: &FiscalCalendar, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["calendar", "date", "periods", "lang"])?;
    let lang = o.lang()?;
    let calendar = o.optional("calendar", calendar)?.unwrap_or(*configured);
    let shown = |period: &Period| Json::Object(period_json(period, &calendar, lang));
    let date = o.optional("date", read::date)?;
    let periods = o.optional("periods", |v| window(v, calendar))?;
    match (date, periods) {
        (Some(_), Some(_)) => {
            let expected = "either `date` or `periods`";
            Err(Problem::WrongShape { expected, found: "both".into() }.into())
        }
        (None, Some(periods)) => {
            let (from, to) = periods.window().unzip();
            Ok(json!({
                "window": {"from": from.map(|d| d.to_string()), "to": to.map(|d| d.to_string())},
                "periods": periods.list().iter().map(shown).collect::<Json>(),
            }))
        }
        (date, None) => {
            let date = date.ok_or(Problem::MissingOneOf { names: &["date", "periods"] })?;
            let of =
                |unit: Unit| calendar.period(unit, date).filter(|p| in_range(p.end)).as_ref().map_or(Json::Null, shown);
            Ok(json!({"year": of(Unit::Year), "quarter": of(Unit::Quarter), "month": of(Unit::Month)}))
        }
    }
}

/// Reads `{"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}`.
pub(super) fn window(json: &Json, calendar: FiscalCalendar) -> Result<Periods> {
    let o = Object::new(json, &["unit", "from", "to"])?;
    let day =
        |key: &str| -> Result<NaiveDate> { text(o.required(key)?).and_then(|t| parse_date(&t)).map_err(|e| e.at(key)) };
    let unit = o.optional("unit", unit)?.unwrap_or(Unit::Month);
    Periods::between(calendar, unit, day("from")?, day("to")?)
}
