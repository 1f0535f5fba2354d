//! What the caller decides.

use crm_core::kernel::calendar::Calendar;
use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::{Error, Problem, Result};
use serde_json::Value as Json;

use crate::desk::TableOptions;
use crate::options::{Given, misshapen};

/// What one of a whole number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// A second.
    Seconds,
    /// A minute.
    Minutes,
    /// An hour.
    Hours,
}

impl TimeUnit {
    /// Every unit as it is written.
    pub const NAMES: &'static [&'static str] = &["seconds", "minutes", "hours"];

    /// How many seconds it has.
    pub const fn seconds(self) -> i64 {
        match self {
            TimeUnit::Seconds => 1,
            TimeUnit::Minutes => 60,
            TimeUnit::Hours => 3_600,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        match name {
            "seconds" => Some(TimeUnit::Seconds),
            "minutes" => Some(TimeUnit::Minutes),
            "hours" => Some(TimeUnit::Hours),
            _ => None,
        }
    }

    /// The unit that a column's name ends with, as `target_minutes` does.
    fn of_name(column: &str) -> Option<Self> {
        Self::parse(column.rsplit_once('_').map_or(column, |(_, last)| last))
    }
}

/// How much working time rows have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All the same, in working seconds.
    Seconds(i64),
    /// What a column says: durations, or numbers of a unit.
    Column {
        /// Its name.
        name: String,
        /// What whole numbers in it are; a column of durations needs none.
        unit: Option<TimeUnit>,
    },
}

/// By which calendar, and which pauses do not count.
#[derive(Clone, Debug)]
pub struct TimeOptions {
    /// How the table is read, and what of it stays. Days begin, and times without zone are meant, in its zone.
    pub table: TableOptions,
    /// The calendar of all rows, or of those that name none.
    pub calendar: Option<Calendar>,
    /// The column with the id of each row's calendar.
    pub calendar_column: Option<String>,
    /// The column with each row's pauses: a list of pairs of instants.
    pub pauses: Option<String>,
}

/// What is asked of [`due_table`](super::due_table).
#[derive(Clone, Debug)]
pub struct DueOptions {
    /// The calendar and the rest.
    pub time: TimeOptions,
    /// The column of instants at which time begins to run.
    pub start: String,
    /// How much working time there is.
    pub target: Target,
}

/// What is asked of [`elapsed_table`](super::elapsed_table).
#[derive(Clone, Debug)]
pub struct ElapsedOptions {
    /// The calendar and the rest.
    pub time: TimeOptions,
    /// The column of instants at which time begins to run.
    pub start: String,
    /// The column of instants until which it runs.
    pub end: String,
}

impl DueOptions {
    /// Reads the JSON form:
    ///
    /// ```
    /// use crm_core::rules::Rules;
    /// let hours = serde_json::json!([["09:00", "17:00"]]);
    /// let options = serde_json::json!({
    ///     "calendar": {"id": "support", "zone": "Europe/Paris", "weekly": {"monday": hours}}, "start": "created_at",
    ///     "target": "target_minutes", "unit": "minutes", "pauses": "on_hold", "keep": ["ticket"], "threads": 2,
    /// });
    /// let options = crm_arrow::DueOptions::from_json(&options, &Rules::default())?;
    /// assert_eq!(options.time.pauses.as_deref(), Some("on_hold"));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// `start` is `created_at` and `target` is `target_minutes` where they are not given. `target` may also be a whole
    /// number, the same for all rows. `unit` says what whole numbers are; a column whose name ends with a unit needs none.
    /// `calendar` is the id of one of the rules' calendars or a calendar, `calendar_column` a column of ids; with neither
    /// it is the only calendar that the rules have.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path; no calendar.
    pub fn from_json(options: &Json, rules: &Rules) -> Result<Self> {
        const KEYS: &[&str] =
            &["calendar", "calendar_column", "keep", "lang", "pauses", "start", "target", "threads", "unit", "zone"];
        let given = Given::new(options, KEYS)?;
        let unit = given.value("unit").map(|unit| {
            let known = unit.as_str().and_then(TimeUnit::parse);
            known.ok_or_else(|| json::not_one_of(unit, TimeUnit::NAMES).at("unit"))
        });
        let unit = unit.transpose()?;
        let target = match given.value("target") {
            Some(Json::Number(number)) => {
                let missing = || Error::from(Problem::Missing { name: "unit".into() });
                let seconds = unit.ok_or_else(missing)?.seconds();
                let beyond =
                    || misshapen("a whole number of at most 64 bits", &Json::Number(number.clone())).at("target");
                Target::Seconds(number.as_i64().and_then(|n| n.checked_mul(seconds)).ok_or_else(beyond)?)
            }
            _ => {
                let name = column(&given, "target", Some("target_minutes"))?.unwrap_or_default();
                let unit = unit.or_else(|| TimeUnit::of_name(&name));
                Target::Column { name, unit }
            }
        };
        let start = column(&given, "start", Some("created_at"))?.unwrap_or_default();
        Ok(Self { time: TimeOptions::read(&given, rules)?, start, target })
    }
}

impl ElapsedOptions {
    /// Reads the JSON form: as [`DueOptions::from_json`], with `end`, which is `resolved_at` where it is not given, and
    /// without `target` and `unit`.
    ///
    /// # Errors
    /// As there.
    pub fn from_json(options: &Json, rules: &Rules) -> Result<Self> {
        const KEYS: &[&str] =
            &["calendar", "calendar_column", "end", "keep", "lang", "pauses", "start", "threads", "zone"];
        let given = Given::new(options, KEYS)?;
        let start = column(&given, "start", Some("created_at"))?.unwrap_or_default();
        let end = column(&given, "end", Some("resolved_at"))?.unwrap_or_default();
        Ok(Self { time: TimeOptions::read(&given, rules)?, start, end })
    }
}

impl TimeOptions {
    fn read(given: &Given<'_>, rules: &Rules) -> Result<Self> {
        let calendar_column = column(given, "calendar_column", None)?;
        let calendar = rules.chosen_calendar(given.value("calendar")).map_err(|e| e.at("calendar"))?;
        if calendar.is_none() && calendar_column.is_none() {
            return Err(Problem::Missing { name: "calendar".into() }.into());
        }
        Ok(Self {
            table: TableOptions::read(given)?,
            calendar,
            calendar_column,
            pauses: column(given, "pauses", None)?,
        })
    }
}

/// The name of a column.
fn column(given: &Given<'_>, key: &'static str, default: Option<&str>) -> Result<Option<String>> {
    Ok(given.text(key)?.or(default).map(str::to_owned))
}
