//! Ranges of local days as filters name them; what days they are is what windows of reports say.

use serde_json::Value as Json;

use super::Reader;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::period::FiscalCalendar;
use crate::kernel::time::parse_date;
use crate::rules::check;
use crate::rules::read::{Object, date};
use crate::rules::report::{ResolvedWindow, Span, Window, WindowSpec};

/// The ranges that have a name. Those with `fiscal` go by the fiscal calendar, the others by the civil one.
pub const RANGE_NAMES: &[&str] = &[
    "today",
    "yesterday",
    "tomorrow",
    "this_week",
    "last_week",
    "next_week",
    "this_month",
    "last_month",
    "next_month",
    "this_quarter",
    "last_quarter",
    "next_quarter",
    "this_year",
    "last_year",
    "next_year",
    "this_fiscal_month",
    "last_fiscal_month",
    "next_fiscal_month",
    "this_fiscal_quarter",
    "last_fiscal_quarter",
    "next_fiscal_quarter",
    "this_fiscal_year",
    "last_fiscal_year",
    "next_fiscal_year",
];

/// A range of local days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Which days.
    pub window: Window,
    /// Whether months, quarters and years are those of the fiscal calendar.
    pub fiscal: bool,
}

impl Range {
    /// Reads one of
    ///
    /// - a name of [`RANGE_NAMES`];
    /// - a day, `"2026-11-22"`;
    /// - `{"last": 30, "unit": "day", "include_current": false, "fiscal": false}`: so many whole units before the current
    ///   one, or up to and with it;
    /// - `{"next": 7, "unit": "day"}`: the same ahead;
    /// - `{"from": "2026-01-01", "to": "2026-04-01"}`: days from one up to but without another.
    ///
    /// # Errors
    /// Another name with those that there are, more than 100 years, and what else does not fit, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        if let Json::String(name) = json {
            let day = || {
                let from = parse_date(name).ok()?;
                Some(Range { window: Window::Fixed { from, to: from.succ_opt()? }, fiscal: false })
            };
            return named(name).or_else(day).ok_or_else(|| json::not_one_of(json, RANGE_NAMES));
        }
        let o = Object::new(json, &["last", "next", "unit", "include_current", "fiscal", "from", "to"])?;
        let all = ["last", "next", "from"].map(|key| o.get(key).is_some());
        if let [false, false, true] = all {
            for key in ["unit", "include_current", "fiscal"] {
                if o.get(key).is_some() {
                    return Err(Error::from(RulesProblem::Exclusive { first: "from", second: "unit" }).at(key));
                }
            }
            let day = |key: &'static str| o.required(key).and_then(|v| date(v).map_err(|e| e.at(key)));
            let (from, to) = (day("from")?, day("to")?);
            if to <= from {
                return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
            }
            return Ok(Range { window: Window::Fixed { from, to }, fiscal: false });
        }
        let key = match all {
            [true, false, false] => "last",
            [false, true, false] => "next",
            _ => {
                let expected = "exactly one of `last`, `next` and `from`";
                return Err(Problem::WrongShape { expected, found: json::shown(json) }.into());
            }
        };
        if o.get("to").is_some() {
            return Err(Error::from(RulesProblem::Requires { option: "to", needs: "from" }).at("to"));
        }
        let unit = o.required("unit").and_then(|v| {
            let unit = v.as_str().and_then(Span::from_code);
            unit.ok_or_else(|| json::not_one_of(v, Span::CODES).at("unit"))
        })?;
        let count = o.integer(key)?;
        check::between(count, 1, most(unit)).map_err(|e| e.at(key))?;
        let (count, include_current) = (u32::try_from(count).unwrap_or(1), o.flag("include_current", false)?);
        let window = match key {
            "last" => Window::Rolling { count, unit, include_current },
            _ => Window::Ahead { count, unit, include_current },
        };
        Ok(Range { window, fiscal: o.flag("fiscal", false)? })
    }

    /// Its days for a reader.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] where it leaves the years 1900 to 9999.
    pub fn resolve(&self, reader: &Reader<'_>) -> Result<ResolvedWindow> {
        let calendar = if self.fiscal { reader.fiscal } else { FiscalCalendar::default() };
        let (zone, week_start) = (reader.zone.clone(), reader.week_start);
        WindowSpec { window: self.window, zone, week_start, calendar }.resolve(reader.at)
    }
}

/// At most a hundred years.
const fn most(unit: Span) -> i64 {
    match unit {
        Span::Day => 3_660,
        Span::Week => 520,
        Span::Month => 1_200,
        Span::Quarter => 400,
        Span::Year => 100,
    }
}

fn named(name: &str) -> Option<Range> {
    if !RANGE_NAMES.contains(&name) {
        return None;
    }
    let (place, unit) = match name {
        "today" => ("this", "day"),
        "yesterday" => ("last", "day"),
        "tomorrow" => ("next", "day"),
        name => name.split_once('_')?,
    };
    let (fiscal, unit) = unit.strip_prefix("fiscal_").map_or((false, unit), |unit| (true, unit));
    let unit = Span::from_code(unit)?;
    let window = match place {
        "this" => Window::Rolling { count: 1, unit, include_current: true },
        "last" => Window::Previous { unit },
        _ => Window::Ahead { count: 1, unit, include_current: false },
    };
    Some(Range { window, fiscal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_range() {
        for name in RANGE_NAMES {
            let range = Range::from_json(&Json::from(*name)).unwrap();
            assert_eq!(range.fiscal, name.contains("fiscal"), "{name}");
        }
    }
}
