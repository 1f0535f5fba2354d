//! Questions about playbooks as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::compile::{Beside, compile, direction, unit};
use super::config::Playbooks;
use super::dates::{due, month_end, span};
use super::definition::{MOST_STEPS, Offset, Playbook, Step};
use super::plan::{Planned, Standing, plan};
use super::progress::{Counted, Progress, progress};
use super::replan::{Kept, Migrated, Moved, migrate, replan};
use crate::kernel::calendar::{Calendar, CalendarConfig, Window};
use crate::kernel::customer::StepState;
use crate::kernel::error::{Error, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::playbook_reason::{AnchorName, PlaybookReason as Why};
use crate::kernel::reason::Reason;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::rules::calendar::chosen;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, coded, date, instant, list};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;
/// Most steps of a run: those of its playbook, and those that earlier versions had.
const MOST_KEPT: usize = MOST_STEPS * 10;
/// The largest offset of a question.
const MOST_ASKED: i64 = 1_000_000;

const ASKS: &[&str] = &["check", "due", "dates", "plan", "replan", "migrate", "progress"];

/// What the configuration says.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Around<'a> {
    pub(in crate::rules) playbooks: &'a Playbooks,
    pub(in crate::rules) calendars: &'a BTreeMap<String, Calendar>,
    /// By whose business days tasks count.
    pub(in crate::rules) usual: &'a Calendar,
    pub(in crate::rules) accounts: &'a Schema,
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
    let ask = json.get("ask").and_then(Json::as_str).unwrap_or_default();
    match ask {
        "check" => {
            let o = Object::new(json, &["ask", "playbook"])?;
            let beside = Beside { calendars: around.calendars, accounts: around.accounts };
            Ok(match compile(o.required("playbook")?, &beside) {
                Ok(playbook) => checked(&playbook),
                Err(error) => json!({"valid": false, "error": error.to_json()}),
            })
        }
        "due" => due_json(around, json, lang),
        "dates" => {
            let o = Object::new(json, &["ask", "anchor", "begin_on", "duration", "holidays", "calendar"])?;
            let calendar = calendar(around, &o, true)?;
            let anchor = day(&o, "anchor")?;
            let duration = limited(&o, "duration")?;
            let Some(begin_on) = o.optional_integer("begin_on")? else {
                return Ok(json!({"start": null, "end": null}));
            };
            check::between(begin_on, -MOST_ASKED, MOST_ASKED).map_err(|e| e.at("begin_on"))?;
            let (start, end) = span(anchor, begin_on, duration, &calendar)?;
            Ok(json!({"start": start.to_string(), "end": end.map(|end| end.to_string())}))
        }
        "plan" => {
            let o = Object::new(json, &["ask", "playbook", "anchors", "steps", "account", "at"])?;
            let playbook = playbook(around, &o)?;
            let needed = needed(around, &o)?;
            let mut standings: BTreeMap<String, Standing> =
                kept(&o, Some(&playbook))?.into_iter().map(|(code, kept)| (code, kept.standing)).collect();
            for step in playbook.steps.iter().filter(|step| !needed(step)) {
                let none = Standing { state: StepState::NotNeeded, settled_on: None };
                standings.entry(step.code.clone()).or_insert(none);
            }
            let steps = plan(&playbook, usual(around, &playbook), &anchors(&o, &playbook)?, &standings)?;
            let steps: Vec<Json> = steps.iter().map(|one| one.to_json(&playbook, lang)).collect();
            Ok(json!({"steps": steps}))
        }
        "replan" => {
            let o = Object::new(json, &["ask", "playbook", "anchors", "steps"])?;
            let playbook = playbook(around, &o)?;
            let kept = kept(&o, Some(&playbook))?;
            let moved = replan(&playbook, usual(around, &playbook), &anchors(&o, &playbook)?, &kept)?;
            Ok(json!({"moved": moved.iter().map(|one| one.to_json(lang)).collect::<Vec<_>>()}))
        }
        "migrate" => {
            let o = Object::new(json, &["ask", "playbook", "anchors", "steps", "account", "at"])?;
            let playbook = playbook(around, &o)?;
            let (needed, kept) = (needed(around, &o)?, kept(&o, None)?);
            let steps = migrate(&playbook, usual(around, &playbook), &anchors(&o, &playbook)?, &kept, needed)?;
            Ok(json!({"steps": steps.iter().map(|one| one.to_json(lang)).collect::<Vec<_>>()}))
        }
        "progress" => {
            let o = Object::new(json, &["ask", "steps", "on"])?;
            let found = o.required("steps")?;
            check::most("playbook steps", found.as_array().map_or(0, Vec::len), MOST_KEPT)
                .map_err(|e| e.at("steps"))?;
            let steps = list(found, counted).map_err(|e| e.at("steps"))?;
            Ok(progress(&steps, day(&o, "on")?).to_json())
        }
        _ => Err(json::not_one_of(json.get("ask").unwrap_or(&Json::Null), ASKS).at("ask")),
    }
}

fn checked(playbook: &Playbook) -> Json {
    let code = |place: &usize| playbook.steps.get(*place).map(|step| step.code.clone());
    json!({
        "valid": true, "order": playbook.order.iter().filter_map(code).collect::<Vec<_>>(),
        "days": playbook.days_asked(), "hash": playbook.hash,
    })
}

fn day(o: &Object<'_>, key: &str) -> Result<NaiveDate> {
    date(o.required(key)?).map_err(|e| e.at(key))
}

fn limited(o: &Object<'_>, key: &'static str) -> Result<Option<u32>> {
    let Some(found) = o.optional_integer(key)? else { return Ok(None) };
    check::between(found, 0, MOST_ASKED).map_err(|e| e.at(key))?;
    Ok(u32::try_from(found).ok())
}

fn due_json(around: Around<'_>, json: &Json, lang: Option<Lang>) -> Result<Json> {
    let o = Object::new(json, &["ask", "anchor", "offset", "unit", "direction", "holidays", "calendar"])?;
    let calendar = calendar(around, &o, false)?;
    let anchor = day(&o, "anchor")?;
    let offset = Offset { count: limited(&o, "offset")?.unwrap_or(0), unit: unit(&o)?, direction: direction(&o)? };
    let date = due(anchor, offset, &calendar)?;
    let name = AnchorName::Start;
    let mut reasons = vec![match offset.count {
        0 => Why::OnDay { anchor: name, date: anchor },
        count => {
            let Offset { unit, direction, .. } = offset;
            Why::Counted { count, unit, direction, anchor: name, date: anchor }
        }
    }];
    reasons.extend(month_end(anchor, offset, date));
    Ok(json!({"date": date.to_string(), "reasons": told(&reasons, lang)}))
}

/// The calendar of a question: one that it names, or a week with the holidays that it names.
fn calendar(around: Around<'_>, o: &Object<'_>, every_day: bool) -> Result<Calendar> {
    let named = o.get("calendar");
    if let (Some(_), Some(_)) = (named, o.get("holidays")) {
        let both = crate::kernel::error::RulesProblem::Exclusive { first: "calendar", second: "holidays" };
        return Err(both.into());
    }
    if let Some(calendar) = named {
        let chosen = chosen(around.calendars, Some(calendar)).map_err(|e| e.at("calendar"))?;
        return Ok(chosen.unwrap_or_else(|| around.usual.clone()));
    }
    let holidays = o.optional("holidays", |v| list(v, date))?;
    match (every_day, holidays) {
        (false, None) => Ok(around.usual.clone()),
        (false, Some(holidays)) => Ok(Calendar::on_weekdays(Zone::UTC, holidays)),
        (true, holidays) => {
            let mut config = CalendarConfig::empty("days", Zone::UTC);
            for windows in &mut config.weekly {
                *windows = vec![Window::DAY];
            }
            config.holidays = holidays.into_iter().flatten().map(|date| (date, String::new())).collect();
            Calendar::new(config)
        }
    }
}

/// By whose business days a playbook counts.
fn usual<'a>(around: Around<'a>, playbook: &'a Playbook) -> &'a Calendar {
    playbook.calendar.as_ref().or(around.playbooks.calendar.as_ref()).unwrap_or(around.usual)
}

fn playbook(around: Around<'_>, o: &Object<'_>) -> Result<Arc<Playbook>> {
    let found = o.required("playbook")?;
    let read = |found: &Json| match found {
        Json::String(code) => around.playbooks.find(code, None).cloned(),
        found => {
            let beside = Beside { calendars: around.calendars, accounts: around.accounts };
            compile(found, &beside).map(Arc::new)
        }
    };
    read(found).map_err(|e| e.at("playbook"))
}

/// Days by the names of anchors, each of which the playbook knows.
fn anchors(o: &Object<'_>, playbook: &Playbook) -> Result<BTreeMap<String, NaiveDate>> {
    let read = |json: &Json| {
        let map = json::object(json, "an object of days by anchor")?;
        let one = |(name, day): (&String, &Json)| {
            playbook.check_day(name)?;
            Ok((name.clone(), date(day).map_err(|e| e.at(name))?))
        };
        map.iter().map(one).collect()
    };
    Ok(o.optional("anchors", read)?.unwrap_or_default())
}

/// The steps of a run by their codes.
fn kept(o: &Object<'_>, playbook: Option<&Playbook>) -> Result<BTreeMap<String, Kept>> {
    let read = |json: &Json| {
        let map = json::object(json, "an object of steps by code")?;
        check::most("playbook steps", map.len(), MOST_KEPT)?;
        let one = |(code, step): (&String, &Json)| {
            if let Some(playbook) = playbook {
                playbook.known_step(code)?;
            }
            Ok::<_, Error>((code.clone(), kept_step(step).map_err(|e| e.at(code))?))
        };
        map.iter().map(one).collect()
    };
    Ok(o.optional("steps", read)?.unwrap_or_default())
}

fn state(o: &Object<'_>) -> Result<StepState> {
    let state = o.optional("state", |v| coded(v, StepState::from_code, StepState::CODES))?;
    Ok(state.unwrap_or(StepState::Open))
}

fn kept_step(json: &Json) -> Result<Kept> {
    let o = Object::new(json, &["state", "settled_on", "starts_on", "due_on"])?;
    let standing = Standing { state: state(&o)?, settled_on: o.optional("settled_on", date)? };
    Ok(Kept { standing, starts_on: o.optional("starts_on", date)?, due_on: o.optional("due_on", date)? })
}

fn counted(json: &Json) -> Result<Counted> {
    let o = Object::new(json, &["code", "required", "state", "due_on"])?;
    Ok(Counted {
        code: o.text("code")?,
        required: o.flag("required", true)?,
        state: state(&o)?,
        due_on: o.optional("due_on", date)?,
    })
}

/// Whether the condition of a step holds for the account of a question. A condition that nobody can answer does not hold.
fn needed<'a>(around: Around<'a>, o: &Object<'_>) -> Result<impl Fn(&Step) -> bool + use<'a>> {
    let at: Option<Instant> = o.optional("at", instant)?;
    let record = o.optional("account", |v| json::object(v, "an object"))?;
    let mut diagnostics = Vec::new();
    let values = Values::fields(around.accounts, record, &mut diagnostics).map_err(|e| e.at("account"))?;
    if let Some(error) = diagnostics.into_iter().next() {
        return Err(error.at("account"));
    }
    let at = at.unwrap_or_default();
    Ok(move |step: &Step| step.condition.as_ref().is_none_or(|condition| condition.eval(&values, at).holds()))
}

/// Reasons, with their sentences in a language.
pub(super) fn told(reasons: &[Why], lang: Option<Lang>) -> Vec<Json> {
    reasons.iter().map(|reason| Json::Object(Reason::Playbook(reason.clone()).to_json(lang))).collect()
}

fn span_json((starts_on, due_on): super::Span) -> Json {
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    json!({"starts_on": text(starts_on), "due_on": text(due_on)})
}

impl Planned {
    /// A step with its days and why.
    pub(crate) fn to_json(&self, playbook: &Playbook, lang: Option<Lang>) -> Json {
        let Some(step) = playbook.steps.get(self.place) else { return Json::Null };
        let mut map = Map::new();
        map.insert("code".into(), step.code.as_str().into());
        if let Some(lang) = lang {
            map.insert("title".into(), step.title.text(lang).into());
        }
        map.insert("state".into(), self.standing.state.code().into());
        map.insert("starts_on".into(), self.starts_on.map(|day| day.to_string()).into());
        map.insert("due_on".into(), self.due_on.map(|day| day.to_string()).into());
        map.insert("provisional".into(), self.is_provisional.into());
        map.insert("reasons".into(), told(&self.reasons, lang).into());
        Json::Object(map)
    }
}

impl Moved {
    /// A step with its days as they are and as they will be.
    pub(crate) fn to_json(&self, lang: Option<Lang>) -> Json {
        json!({
            "code": self.code, "from": span_json(self.from), "to": span_json(self.to),
            "provisional": self.is_provisional, "reasons": told(&self.reasons, lang),
        })
    }
}

impl Migrated {
    /// A step with what becomes of it.
    pub(crate) fn to_json(&self, lang: Option<Lang>) -> Json {
        json!({
            "code": self.code, "change": self.change.code(), "from": span_json(self.from), "to": span_json(self.to),
            "reasons": told(&self.reasons, lang),
        })
    }
}

impl Progress {
    /// How many are done, how many are required, and what is late.
    pub(crate) fn to_json(&self) -> Json {
        let late = |one: &super::Late| json!({"code": one.code, "due_on": one.due_on.to_string(), "days": one.days});
        json!({
            "required": self.required, "done": self.done, "open": self.open, "share_bp": self.share_bp(),
            "complete": self.is_complete(), "late": self.late.iter().map(late).collect::<Vec<_>>(),
        })
    }
}
