//! The rules `availability` and `assignment` as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::absence::{Absences, leave_days};
use super::assignment::{Candidate, Profile, Wanted, Workload, names, reasons};
use super::availability::{Availability, Person, Standing};
use super::settings::{Limit, MOST_POINTS, StaffSettings};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::service::DayHalf;
use crate::kernel::staff::{EmployeeStatus, LeaveKind, Presence, Work};
use crate::kernel::staff_reason::LeaveDays;
use crate::kernel::text::fold;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::rules::calendar::{calendar, named};
use crate::rules::check;
use crate::rules::read::{Object, date, instant, text};

/// Most people of one input, and most leaves of one person.
const MOST_PEOPLE: usize = 10_000;
const MOST_LEAVES: usize = 1_000;

/// The configuration that an input is answered with.
pub(crate) struct Around<'a> {
    pub(crate) settings: &'a StaffSettings,
    pub(crate) calendars: &'a BTreeMap<String, Calendar>,
}

/// A person as an input has it.
struct Given<'a> {
    o: Object<'a>,
    /// The person's calendar, where the input has it.
    own: Option<Calendar>,
    /// The id of a configured one.
    id: String,
    status: EmployeeStatus,
    leaves: Vec<LeaveDays>,
}

const PERSON: &[&str] = &[
    "user",
    "full_name",
    "calendar",
    "status",
    "archived",
    "started_on",
    "left_on",
    "capacity_points",
    "leave",
    "job_title",
    "team",
    "skills",
    "languages",
    "open",
    "load_points",
    "last_assigned_at",
    "assigned_24_hours",
    "limit",
];

/// One of a few words.
fn word<T>(codes: &'static [&'static str], of: impl Fn(&str) -> Option<T>) -> impl Fn(&Json) -> Result<T> {
    move |json| of(&text(json)?).ok_or_else(|| json::not_one_of(json, codes))
}

fn leave(json: &Json) -> Result<LeaveDays> {
    let o = Object::new(json, &["from_date", "from_half", "to_date", "to_half", "kind"])?;
    o.optional("kind", word(LeaveKind::CODES, LeaveKind::from_code))?;
    let half = |key| o.optional(key, word(DayHalf::CODES, DayHalf::from_code));
    let from = date(o.required("from_date")?).map_err(|e| e.at("from_date"))?;
    leave_days(from, half("from_half")?, o.optional("to_date", date)?, half("to_half")?)
}

impl<'a> Given<'a> {
    fn read(json: &'a Json, around: &Around<'_>) -> Result<Self> {
        let o = Object::new(json, PERSON)?;
        let own = match o.get("calendar").filter(|v| v.is_object()) {
            Some(own) => Some(calendar(own).map_err(|e| e.at("calendar"))?),
            None => None,
        };
        let mut id = String::new();
        if let Some(v) = o.get("calendar").filter(|_| own.is_none()) {
            id = text(v)
                .and_then(|id| Ok(named(around.calendars, &id)?.id().to_owned()))
                .map_err(|e| e.at("calendar"))?;
        }
        let status = o.optional("status", word(EmployeeStatus::CODES, EmployeeStatus::from_code))?;
        let leaves = o.list("leave", leave)?;
        check::most("ranges", leaves.len(), MOST_LEAVES).map_err(|e| e.at("leave"))?;
        Ok(Self { o, own, id, status: status.unwrap_or(EmployeeStatus::Active), leaves })
    }

    fn person<'b>(&'b self, around: &'b Around<'_>) -> Result<Person<'b>> {
        let (calendar, calendar_reason) = match &self.own {
            Some(own) => (own, None),
            None => around.settings.calendar_of(&self.id, around.calendars),
        };
        let (started_on, left_on) = (self.o.optional("started_on", date)?, self.o.optional("left_on", date)?);
        if let (Some(from), Some(to)) = (started_on, left_on)
            && to < from
        {
            let problem = Problem::EndBeforeStart { from: from.to_string(), to: to.to_string() };
            return Err(Error::from(problem).at("left_on"));
        }
        Ok(Person {
            calendar,
            settings: around.settings,
            calendar_reason,
            status: self.status,
            started_on,
            left_on,
            capacity_points: around.settings.capacity_of(count(&self.o, "capacity_points")?),
            absences: Absences::new(self.leaves.iter().copied()),
        })
    }

    fn workload(&self, around: &Around<'_>) -> Result<Workload> {
        let o = &self.o;
        let load = count(o, "load_points")?;
        let open = o.optional("open", |v| {
            let o = Object::new(v, Work::CODES)?;
            let mut open = BTreeMap::new();
            for work in Work::ALL {
                open.insert(*work, count(&o, work.code())?.unwrap_or(0).unsigned_abs());
            }
            Ok(open)
        })?;
        let load_points = match (load, open) {
            (Some(load), _) => load,
            (None, Some(open)) => around.settings.load_of(&open),
            (None, None) => 0,
        };
        Ok(Workload {
            load_points,
            last_assigned: o.optional("last_assigned_at", instant)?,
            assigned_24_hours: count(o, "assigned_24_hours")?.unwrap_or(0),
            limit: o.optional("limit", Limit::read)?,
        })
    }
}

/// A count or points.
fn count(o: &Object<'_>, key: &str) -> Result<Option<i64>> {
    let found = o.optional_integer(key)?;
    if let Some(found) = found {
        check::between(found, 0, MOST_POINTS).map_err(|e| e.at(key))?;
    }
    Ok(found)
}

/// The settings of an input, where it has its own.
fn settings_of(o: &Object<'_>, around: &Around<'_>) -> Result<StaffSettings> {
    let own = o.optional("staff", |v| StaffSettings::from_json(v, around.calendars))?;
    Ok(own.unwrap_or_else(|| around.settings.clone()))
}

/// How somebody stands, as JSON.
pub(crate) fn standing_json(standing: &Standing, lang: Option<Lang>) -> Json {
    let reason = standing.reason();
    let mut map = Map::new();
    map.insert("presence".into(), standing.presence.code().into());
    map.insert("is_away".into(), standing.presence.is_away().into());
    map.insert("back_at".into(), standing.back.map(|back| format_instant(back.at)).into());
    if let Some(lang) = lang {
        map.insert("text".into(), crate::lang::reason(&crate::kernel::reason::Reason::Staff(reason), lang).into());
    }
    Json::Object(map)
}

/// Availability as JSON.
pub(crate) fn availability_json(found: &Availability, capacity_points: i64, lang: Option<Lang>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("working_seconds".into(), found.working_seconds.into());
    map.insert("missing_seconds".into(), found.missing_seconds.into());
    map.insert("available_seconds".into(), found.available_seconds.into());
    map.insert("capacity_points".into(), capacity_points.into());
    map.insert("available_points".into(), found.available_points.into());
    map.insert("reasons".into(), reasons(&found.reasons, lang));
    map.insert("diagnostics".into(), reasons(&found.diagnostics, lang));
    map
}

/// Answers `availability`; see the [module](super) for its form.
///
/// # Errors
/// What the input gets wrong, with its path: an unknown option or calendar, an end before its start, a date outside the
/// years 1900 to 9999.
pub(crate) fn availability_json_of(around: &Around<'_>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["person", "from", "to", "at", "staff", "lang"])?;
    let lang = o.lang()?;
    let settings = settings_of(&o, around)?;
    let around = Around { settings: &settings, calendars: around.calendars };
    let given = Given::read(o.required("person")?, &around).map_err(|e| e.at("person"))?;
    let person = given.person(&around).map_err(|e| e.at("person"))?;
    let (from, to, at) = (o.optional("from", instant)?, o.optional("to", instant)?, o.optional("at", instant)?);
    let mut map = match (from, to) {
        (Some(from), Some(to)) => {
            let found = person.availability(from, to).map_err(|e| e.at("to"))?;
            availability_json(&found, person.capacity_points, lang)
        }
        (None, None) if at.is_some() => Map::from_iter([("diagnostics".into(), reasons(&person.diagnostics(), lang))]),
        (None, None) => return Err(Problem::MissingOneOf { names: &["from", "at"] }.into()),
        (Some(_), None) => return Err(Problem::Missing { name: "to".into() }.into()),
        (None, Some(_)) => return Err(Problem::Missing { name: "from".into() }.into()),
    };
    if let Some(at) = at {
        map.insert("now".into(), standing_json(&person.standing(at), lang));
    }
    let absences = person.absences.days().map(|days| {
        let mut map = Map::new();
        days.put(&mut map);
        Json::Object(map)
    });
    map.insert("leave".into(), absences.collect());
    Ok(Json::Object(map))
}

/// Answers `assignment`; see the [module](super) for its form.
///
/// # Errors
/// As [`availability_json_of`], and a user who is named twice.
pub(crate) fn assignment_json_of(around: &Around<'_>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["people", "wanted", "from", "to", "at", "staff", "lang"])?;
    let lang = o.lang()?;
    let settings = settings_of(&o, around)?;
    let around = Around { settings: &settings, calendars: around.calendars };
    let from = instant(o.required("from")?).map_err(|e| e.at("from"))?;
    let to = instant(o.required("to")?).map_err(|e| e.at("to"))?;
    let at = o.optional("at", instant)?.unwrap_or(from);
    let wanted = o.optional("wanted", Wanted::from_json)?.unwrap_or_default();
    let people = o.list("people", Ok)?;
    check::most("records", people.len(), MOST_PEOPLE).map_err(|e| e.at("people"))?;
    crate::kernel::calendar::in_order(from, to).map_err(|e| e.at("to"))?;
    let mut users = BTreeSet::new();
    let mut candidates = Vec::with_capacity(people.len());
    for (place, json) in people.into_iter().enumerate() {
        let candidate = || {
            let given = Given::read(json, &around)?;
            let person = given.person(&around)?;
            let user = given.o.text("user")?;
            check::id(&user).map_err(|e| e.at("user"))?;
            let named = |key| given.o.optional(key, text).map(Option::unwrap_or_default);
            let is_archived = given.o.flag("archived", false)?;
            let presence = if is_archived { Presence::Archived } else { person.standing(at).presence };
            Ok(Candidate {
                profile: Profile {
                    user,
                    full_name: named("full_name")?,
                    job_title: named("job_title")?,
                    team: named("team")?,
                    skills: names(&given.o, "skills")?,
                    languages: names(&given.o, "languages")?,
                    presence,
                    capacity_points: person.capacity_points,
                },
                availability: person.availability(from, to)?,
                workload: given.workload(&around)?,
            })
        };
        let candidate = candidate().map_err(|e: Error| e.at_index(place).at("people"))?;
        if !users.insert(fold(&candidate.profile.user).into_owned()) {
            let problem = Problem::DuplicateKey { key: candidate.profile.user };
            return Err(Error::from(problem).at("user").at_index(place).at("people"));
        }
        candidates.push(candidate);
    }
    Ok(settings.rank(candidates, &wanted).to_json(lang))
}
