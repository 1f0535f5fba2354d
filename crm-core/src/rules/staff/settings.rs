//! The part `staff` of a configuration.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde_json::Value as Json;

use crate::kernel::allocate::rounded;
use crate::kernel::calendar::{Calendar, time};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::staff::Work;
use crate::kernel::staff_reason::StaffReason;
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::read::{Object, text};

/// What somebody takes at a time who has no capacity of the own, unless the configuration says something else.
const CAPACITY_POINTS: i64 = 100;
/// The most points that somebody takes, and that one record counts.
pub(crate) const MOST_POINTS: i64 = 1_000_000;
const MOST_DAYS: i64 = 366;

/// Where a day of leave is cut in half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// At this time of the clock.
    At(NaiveTime),
    /// At the middle of the working time that the person's calendar has on that day; at noon where it has none.
    Middle,
}

/// So many records in so many days: Odoo's `assignment_max` per 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: i64,
    /// In how many days.
    pub days: i64,
}

impl Limit {
    pub(super) fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["count", "days"])?;
        let (count, days) = (o.integer("count")?, o.integer("days")?);
        check::between(count, 0, MOST_POINTS).map_err(|e| e.at("count"))?;
        check::between(days, 1, MOST_DAYS).map_err(|e| e.at("days"))?;
        Ok(Self { count, days })
    }

    /// How many of them on one day: a half is one (Odoo's `float_round(max / 30, HALF-UP)`).
    pub fn daily_room(self) -> i64 {
        i64::try_from(rounded(self.count.into(), self.days.into())).unwrap_or(i64::MAX)
    }
}

/// How the team's time and work are counted; see the [module](super).
#[derive(Clone, Debug)]
pub struct StaffSettings {
    /// Who has no calendar works by this one.
    calendar: Calendar,
    /// Whether nobody configured it.
    is_assumed: bool,
    /// Whether the zone of the assumed calendar was configured.
    has_zone: bool,
    pub(super) split: Split,
    /// What somebody takes at a time who has no capacity of the own.
    pub(super) capacity_points: i64,
    /// The share of a window that a candidate may be on leave.
    pub(super) most_away_bp: i64,
    /// How many days a window has where nobody says which.
    pub(crate) window_days: i64,
    /// What one record of each kind counts.
    points: BTreeMap<Work, i64>,
    pub(super) limit: Option<Limit>,
}

impl StaffSettings {
    /// Reads the part.
    ///
    /// # Errors
    /// An unknown option or calendar, or a value that cannot be meant, with its path.
    pub(crate) fn from_json(json: &Json, calendars: &BTreeMap<String, Calendar>) -> Result<Self> {
        let o = Object::new(json, &["calendar", "zone", "half_day_at", "capacity_points", "assignment"])?;
        let zone = o.zone()?;
        let given = o.optional("calendar", |v| named(calendars, &text(v)?).cloned())?;
        let split = o.optional("half_day_at", split)?.unwrap_or(Split::At(noon()));
        let capacity_points = o.optional_integer("capacity_points")?.unwrap_or(CAPACITY_POINTS);
        check::between(capacity_points, 0, MOST_POINTS).map_err(|e| e.at("capacity_points"))?;
        let mut settings = Self {
            is_assumed: given.is_none(),
            has_zone: zone.is_some(),
            calendar: given.unwrap_or_else(|| assumed(zone.unwrap_or(Zone::UTC))),
            split,
            capacity_points,
            most_away_bp: 5_000,
            window_days: 5,
            points: Work::ALL.iter().map(|work| (*work, i64::from(*work != Work::Deal))).collect(),
            limit: None,
        };
        o.optional("assignment", |v| settings.assignment(v))?;
        Ok(settings)
    }

    fn assignment(&mut self, json: &Json) -> Result<()> {
        let o = Object::new(json, &["most_away_bp", "window_days", "points", "limit"])?;
        let set = |key: &'static str, place: &mut i64, least, most| {
            if let Some(n) = o.optional_integer(key)? {
                check::between(n, least, most).map_err(|e| e.at(key))?;
                *place = n;
            }
            Ok::<(), Error>(())
        };
        set("most_away_bp", &mut self.most_away_bp, 0, 10_000)?;
        set("window_days", &mut self.window_days, 1, MOST_DAYS)?;
        let points = &mut self.points;
        o.optional("points", |v| {
            let o = Object::new(v, Work::CODES)?;
            for (work, points) in points {
                if let Some(n) = o.optional_integer(work.code())? {
                    check::between(n, 0, MOST_POINTS).map_err(|e| e.at(work.code()))?;
                    *points = n;
                }
            }
            Ok(())
        })?;
        self.limit = o.optional("limit", Limit::read)?;
        Ok(())
    }

    /// The calendar of somebody, and what there is to say of the choice.
    pub(crate) fn calendar_of<'a>(
        &'a self,
        id: &str,
        calendars: &'a BTreeMap<String, Calendar>,
    ) -> (&'a Calendar, Option<StaffReason>) {
        match calendars.get(id) {
            Some(calendar) => (calendar, None),
            None if id.is_empty() && !self.is_assumed => (&self.calendar, None),
            None => (&self.calendar, Some(StaffReason::NoCalendar { calendar: id.to_owned() })),
        }
    }

    /// Whether it is known where somebody without a calendar works.
    pub(crate) const fn knows_zone(&self) -> bool {
        !self.is_assumed || self.has_zone
    }

    /// What so many records of each kind count.
    pub(crate) fn load_of(&self, open: &BTreeMap<Work, u64>) -> i64 {
        let one =
            |(work, count): (&Work, &u64)| i64::try_from(*count).unwrap_or(i64::MAX).saturating_mul(self.points(*work));
        open.iter().map(one).fold(0, i64::saturating_add)
    }

    /// What one record counts.
    pub(crate) fn points(&self, work: Work) -> i64 {
        self.points.get(&work).copied().unwrap_or(0)
    }

    /// Whether there is a daily room.
    pub(crate) const fn has_limit(&self) -> bool {
        self.limit.is_some()
    }

    /// What somebody takes at a time.
    pub(crate) fn capacity_of(&self, points: Option<i64>) -> i64 {
        points.unwrap_or(self.capacity_points)
    }
}

/// Monday to Friday around the clock.
pub(crate) fn assumed(zone: Zone) -> Calendar {
    Calendar::on_weekdays(zone, [])
}

pub(super) fn noon() -> NaiveTime {
    NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN)
}

fn split(json: &Json) -> Result<Split> {
    let found = text(json)?;
    if found == "middle" {
        return Ok(Split::Middle);
    }
    // Times are read as those of calendars are.
    let time = u32::try_from(time(&found)?).ok().and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, 0));
    let wrong = || Problem::WrongShape { expected: "a time such as 09:30, to 24:00", found: shortened(&found, 60) };
    Ok(Split::At(time.ok_or_else(wrong)?))
}
