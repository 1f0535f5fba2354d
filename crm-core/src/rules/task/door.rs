//! Questions about tasks as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::days::{Due, Horizon, LocalDays};
use super::order::TaskFacts;
use super::recurrence::{Anchor, Occurrence, Recurrence, Series};
use super::settings::{TaskSettings, named};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::task_reason::Band;
use crate::kernel::time::{Instant, format_instant, in_range};
use crate::lang::Lang;
use crate::rules::Priorities;
use crate::rules::calendar::calendar;
use crate::rules::check;
use crate::rules::read::{Object, date, instant, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most tasks of one question.
const MOST_TASKS: usize = 10_000;
/// Most occurrences that are listed.
const MOST_LISTED: i64 = 1_000;

const ASKS: &[&str] = &["band", "next", "occurrences", "order"];
const TASK_KEYS: &[&str] = &[
    "id",
    "title",
    "due_date",
    "due_at",
    "priority",
    "created_at",
    "snoozed_until",
    "completed_at",
    "completed_by",
    "blocking_task",
    "occurrence",
];

/// What the configuration says.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Around<'a> {
    pub settings: &'a TaskSettings,
    pub priorities: &'a Priorities,
    pub calendars: &'a BTreeMap<String, Calendar>,
}

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(around: Around<'_>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.lang()?;
    Ok(json!({"answers": o.answers(MOST_ASKS, |ask| answer(around, ask, lang))?}))
}

fn answer(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("band") => {
            let o = Object::new(json, &["ask", "at", "task", "zone", "week_starts"])?;
            let days = around.settings.days.asked(&o)?;
            let task = Given::read(o.required("task")?).map_err(|e| e.at("task"))?;
            around.priorities.check(&task.priority).map_err(|e| e.at("priority").at("task"))?;
            let horizon = Horizon::new(&days, at(&o)?);
            let blocker = task.blocking_task.as_deref().map(|id| (id, ""));
            Ok(Json::Object(told(&horizon, &task.facts(blocker), around.priorities, lang)))
        }
        Some("order") => order(around, json, lang),
        Some("occurrences") => {
            let keys = &["ask", "recurrence", "anchor", "from", "limit", "zone", "calendar"];
            let o = Object::new(json, keys)?;
            let (from, limit) = (number(&o, "from")?, o.optional_integer("limit")?.unwrap_or(10));
            check::between(limit, 1, MOST_LISTED).map_err(|e| e.at("limit"))?;
            with_series(around, &o, |series| {
                let numbers = (from..).take(usize::try_from(limit).unwrap_or(0));
                let listed: Vec<Json> = numbers.map_while(|n| series.occurrence(n)).map(occurrence_json).collect();
                Ok(json!({"occurrences": listed}))
            })
        }
        Some("next") => {
            let keys = &["ask", "recurrence", "anchor", "number", "at", "zone", "calendar"];
            let o = Object::new(json, keys)?;
            let (number, at) = (number(&o, "number")?, at(&o)?);
            with_series(around, &o, |series| {
                let next = series.next(number, at);
                Ok(json!({"next": next.occurrence.map(occurrence_json), "skipped": next.skipped}))
            })
        }
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn at(o: &Object<'_>) -> Result<Instant> {
    instant(o.required("at")?).map_err(|e| e.at("at"))
}

fn number(o: &Object<'_>, key: &str) -> Result<u64> {
    let number = o.optional_integer(key)?.unwrap_or(0);
    check::between(number, 0, i64::from(u32::MAX)).map_err(|e| e.at(key))?;
    Ok(number.unsigned_abs())
}

fn with_series(around: Around<'_>, o: &Object<'_>, answer: impl FnOnce(&Series<'_>) -> Result<Json>) -> Result<Json> {
    let usual = &around.settings.days;
    let zone = o.zone()?.unwrap_or_else(|| usual.zone.clone());
    let days = LocalDays { zone, ..usual.clone() };
    let own = |json: &Json| match json {
        Json::Object(_) => calendar(json),
        id => named(around.calendars, &text(id)?).cloned(),
    };
    let own = o.optional("calendar", own)?;
    let recurrence: Recurrence = o.text("recurrence")?.parse().map_err(|e: Error| e.at("recurrence"))?;
    let anchor: Anchor = o.text("anchor")?.parse().map_err(|e: Error| e.at("anchor"))?;
    let calendar = own.as_ref().unwrap_or(&around.settings.calendar);
    answer(&Series { recurrence, anchor, days: &days, calendar })
}

fn occurrence_json(occurrence: Occurrence) -> Json {
    let mut map = Map::new();
    map.insert("number".into(), occurrence.number.into());
    map.insert("day".into(), occurrence.day.to_string().into());
    if let Due::At(at) = occurrence.due {
        map.insert("due_at".into(), shown(at));
    }
    Json::Object(map)
}

/// An instant in the years that are kept.
fn shown(at: Instant) -> Json {
    Some(at).filter(|at| in_range(at.date_naive())).map(format_instant).into()
}

/// A task as the input has it.
#[derive(Clone, Debug, Default)]
struct Given {
    id: String,
    title: String,
    due: Option<Due>,
    priority: String,
    created_at: Option<Instant>,
    snoozed_until: Option<Instant>,
    completed_at: Option<Instant>,
    completed_by: String,
    blocking_task: Option<String>,
    occurrence: Option<u64>,
}

impl Given {
    fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, TASK_KEYS)?;
        let words = |key: &str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
        let occurrence = o.get("occurrence").map(|_| number(&o, "occurrence")).transpose()?;
        Ok(Self {
            id: words("id")?,
            title: words("title")?,
            due: Due::of(o.optional("due_date", date)?, o.optional("due_at", instant)?),
            priority: words("priority")?,
            created_at: o.optional("created_at", instant)?,
            snoozed_until: o.optional("snoozed_until", instant)?,
            completed_at: o.optional("completed_at", instant)?,
            completed_by: words("completed_by")?,
            blocking_task: o.optional("blocking_task", text)?,
            occurrence,
        })
    }

    fn facts<'t>(&'t self, blocker: Option<(&'t str, &'t str)>) -> TaskFacts<'t> {
        TaskFacts {
            due: self.due,
            priority: &self.priority,
            created_at: self.created_at,
            snoozed_until: self.snoozed_until,
            completed_at: self.completed_at,
            completed_by: &self.completed_by,
            blocker,
            occurrence: self.occurrence,
        }
    }
}

/// What is told of a task in a list: band, lateness, whether it is hidden, when that changes, and why.
pub(crate) fn told(
    horizon: &Horizon<'_>,
    task: &TaskFacts<'_>,
    priorities: &Priorities,
    lang: Option<Lang>,
) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("band".into(), horizon.band_of(task).code().into());
    map.insert("is_late".into(), horizon.is_late(task).into());
    map.insert("is_snoozed".into(), horizon.is_snoozed(task).into());
    map.insert("is_blocked".into(), (task.blocker.is_some() && task.completed_at.is_none()).into());
    map.insert("due_day".into(), task.due.map(|due| horizon.days().due_day(due).to_string()).into());
    map.insert("next_change_at".into(), horizon.next_change_at(task).map_or(Json::Null, shown));
    let reasons = horizon
        .reasons(task, priorities)
        .into_iter()
        .map(|reason| Json::Object(reason.to_json_by(lang, horizon.clock())));
    map.insert("reasons".into(), reasons.collect());
    map
}

/// The bands with how many tasks each has.
pub(crate) fn list_json(counts: &BTreeMap<Band, u64>) -> Json {
    let bands = Band::ALL.iter().filter_map(|band| Some((band, counts.get(band)?)));
    bands.map(|(band, count)| json!({"band": band.code(), "count": count})).collect()
}

fn order(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "at", "tasks", "include", "zone", "week_starts"])?;
    let days = around.settings.days.asked(&o)?;
    let horizon = Horizon::new(&days, at(&o)?);
    let include = include(o.get("include")).map_err(|e| e.at("include"))?;
    let given = o.list("tasks", Given::read)?;
    check::most("tasks", given.len(), MOST_TASKS).map_err(|e| e.at("tasks"))?;
    let mut by_id: BTreeMap<&str, &Given> = BTreeMap::new();
    for (place, task) in given.iter().enumerate() {
        let wrong = |e: Error, key: &str| e.at(key).at_index(place).at("tasks");
        check::id(&task.id).map_err(|e| wrong(e, "id"))?;
        around.priorities.check(&task.priority).map_err(|e| wrong(e, "priority"))?;
        if by_id.insert(&task.id, task).is_some() {
            let problem = Problem::AlreadyExists { record: "task".into(), id: task.id.clone() };
            return Err(wrong(problem.into(), "id"));
        }
    }
    let mut shown_tasks = Vec::new();
    let (mut hidden, mut next_change_at) = (BTreeSet::new(), None::<Instant>);
    let mut counts: BTreeMap<Band, u64> = Band::ALL.iter().map(|band| (*band, 0)).collect();
    if !include.completed {
        counts.remove(&Band::Completed);
    }
    for task in &given {
        let blocker = task.blocking_task.as_deref().map(|id| (id, by_id.get(id)));
        let open = blocker.filter(|(_, other)| other.is_none_or(|other| other.completed_at.is_none()));
        let facts = task.facts(open.map(|(id, other)| (id, other.map_or("", |other| &other.title))));
        if facts.completed_at.is_some() && !include.completed {
            hidden.insert(task.id.as_str());
            continue;
        }
        next_change_at = next_change_at.into_iter().chain(horizon.next_change_at(&facts)).min();
        if horizon.is_snoozed(&facts) && !include.snoozed {
            hidden.insert(task.id.as_str());
            continue;
        }
        let count = counts.entry(horizon.band_of(&facts)).or_default();
        *count = count.saturating_add(1);
        let mut map = told(&horizon, &facts, around.priorities, lang);
        map.insert("id".into(), task.id.as_str().into());
        shown_tasks.push((horizon.rank(&facts, around.priorities, task.id.as_str()), map));
    }
    shown_tasks.sort_by(|a, b| a.0.cmp(&b.0));
    let tasks: Vec<Json> = shown_tasks.into_iter().map(|(_, map)| Json::Object(map)).collect();
    let next_change_at = next_change_at.map_or(Json::Null, shown);
    Ok(json!({"bands": list_json(&counts), "tasks": tasks, "hidden": hidden, "next_change_at": next_change_at}))
}

/// What a list shows besides open tasks that nobody put off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Include {
    pub(crate) snoozed: bool,
    pub(crate) completed: bool,
}

/// Reads `["snoozed", "completed"]`.
pub(crate) fn include(json: Option<&Json>) -> Result<Include> {
    let mut include = Include::default();
    let one = |json: &Json| match json.as_str() {
        Some(word @ ("snoozed" | "completed")) => Ok(word == "snoozed"),
        _ => Err(json::not_one_of(json, &["snoozed", "completed"])),
    };
    for is_snoozed in json.map(|json| list(json, one)).transpose()?.unwrap_or_default() {
        include.snoozed |= is_snoozed;
        include.completed |= !is_snoozed;
    }
    Ok(include)
}
