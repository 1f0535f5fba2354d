//! What people do with a task: complete it, open it again, put it off, hand it over.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, raw_text, version_of};
use super::create::Saved;
use super::patch::patch;
use super::task_state::{next_of, task_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant, parse_date, parse_instant};
use crate::model::{Key, Kind, Row, Task};
use crate::rules::Rules;

/// The task that a step is about, and the version that the person saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSeen {
    /// The task.
    pub id: Id,
    /// Its version; `None` takes whatever is there.
    pub version: Option<u64>,
}

impl From<Id> for TaskSeen {
    fn from(id: Id) -> Self {
        Self { id, version: None }
    }
}

impl TaskSeen {
    fn from_json<'b>(body: &'b Json, keys: &'static [&'static str]) -> Result<(Self, &'b Map<String, Json>)> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, keys)?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok((Self { id, version: version_of(map)? }, map))
    }

    fn to_json(self) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        map
    }

    const fn key(self) -> Key {
        Key { kind: Kind::Task, id: self.id }
    }

    /// The task, which must be there and not be archived.
    fn task(self, cx: &mut Cx<'_>) -> Result<Task> {
        let row = cx.active(self.key())?;
        let missing = || Problem::NotFound { record: "task".into(), id: self.id.to_string() };
        Ok(task_of(&row).cloned().ok_or_else(missing)?)
    }

    /// The task, which must be open, too.
    fn open(self, cx: &mut Cx<'_>) -> Result<Task> {
        let task = self.task(cx)?;
        match task.completed_at {
            None => Ok(task),
            Some(at) => Err(Problem::AlreadyCompleted { id: self.id.to_string(), at: format_instant(at) }.into()),
        }
    }

    fn set(self, cx: &mut Cx<'_>, field: &str, value: Json) -> Result<Saved> {
        let fields = Map::from_iter([(field.to_owned(), value)]);
        patch(cx, self.key(), self.version, &fields)
    }
}

/// Completes a task. The next one of its series is made with it, once, however often the task is completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteTask {
    /// The task.
    pub task: TaskSeen,
    /// When it was done, where that is in the past.
    pub done_at: Option<Instant>,
    /// Whether it is completed although another task must be done first.
    pub even_if_blocked: bool,
}

/// A task that was completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedTask {
    /// Its id.
    pub id: Id,
    /// Its version now.
    pub version: u64,
    /// The next one of its series, if there is one.
    pub next: Option<Id>,
    /// How many of the series were passed over, since they were missed.
    pub skipped: u64,
}

impl Command for CompleteTask {
    type Output = CompletedTask;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "task.complete".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.task.to_json();
        if let Some(at) = self.done_at {
            map.insert("done_at".into(), format_instant(at).into());
        }
        if self.even_if_blocked {
            map.insert("even_if_blocked".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (task, map) = TaskSeen::from_json(body, &["id", "version", "done_at", "even_if_blocked"])?;
        let done_at = raw_text(map, "done_at")?.map(parse_instant).transpose().map_err(|e| e.at("done_at"))?;
        let even_if_blocked = match map.get("even_if_blocked") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(even)) => *even,
            Some(other) => {
                return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("even_if_blocked"));
            }
        };
        Ok(Self { task, done_at, even_if_blocked })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<CompletedTask> {
        let task = self.task.open(cx)?;
        let (done_at, now) = (self.done_at.unwrap_or(cx.at()), cx.at());
        if done_at > now {
            let (found, most) = (format_instant(done_at), format_instant(now));
            return Err(Error::from(Problem::OutOfRange { found, least: "1900-01-01".into(), most }).at("done_at"));
        }
        if let (Some(true), Some(blocker), false) = (task.blocked, task.blocking_task, self.even_if_blocked) {
            let row = cx.row(Key { kind: Kind::Task, id: blocker })?;
            let title = row.as_ref().and_then(task_of).map(|task| task.title.clone()).unwrap_or_default();
            let (id, blocker) = (self.task.id.to_string(), blocker.to_string());
            return Err(Problem::BlockedBy { id, blocker, title }.into());
        }
        let saved = self.task.set(cx, "completed_at", format_instant(done_at).into())?;
        let row: Row = cx.existing(self.task.key())?;
        let next = task_of(&row).and_then(|task| next_of(cx.rules(), saved.id, task));
        let skipped = next.as_ref().map_or(0, |(_, next)| next.skipped);
        Ok(CompletedTask { id: saved.id, version: saved.version, next: next.map(|(id, _)| id), skipped })
    }
}

/// Opens a completed task again. The next one of its series, if it was made, stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReopenTask {
    /// The task.
    pub task: TaskSeen,
}

impl Command for ReopenTask {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "task.reopen".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(self.task.to_json())
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        Ok(Self { task: TaskSeen::from_json(body, &["id", "version"])?.0 })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        if self.task.task(cx)?.completed_at.is_none() {
            return Err(Problem::NotCompleted { id: self.task.id.to_string() }.into());
        }
        self.task.set(cx, "completed_at", Json::Null)
    }
}

/// Hides an open task until an instant, or shows it again. When it is due stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnoozeTask {
    /// The task.
    pub task: TaskSeen,
    /// Until when; `None` shows it.
    pub until: Option<Instant>,
}

impl Command for SnoozeTask {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "task.snooze".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.task.to_json();
        map.insert("until".into(), self.until.map(format_instant).into());
        Json::Object(map)
    }

    /// `until` is an instant, or a day: then its beginning in the zone of tasks. It must be named, if only as null.
    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let (task, map) = TaskSeen::from_json(body, &["id", "version", "until"])?;
        if !map.contains_key("until") {
            return Err(Problem::Missing { name: "until".into() }.into());
        }
        let read = |text: &str| match text.len() {
            10 => parse_date(text).map(|day| rules.tasks().days.start(day)),
            _ => parse_instant(text),
        };
        Ok(Self { task, until: raw_text(map, "until")?.map(read).transpose().map_err(|e| e.at("until"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        self.task.open(cx)?;
        if let Some(until) = self.until.filter(|until| *until <= cx.at()) {
            let (found, least) = (format_instant(until), format_instant(cx.at()));
            return Err(Error::from(Problem::OutOfRange { found, least, most: "9999-12-31".into() }).at("until"));
        }
        self.task.set(cx, "snoozed_until", self.until.map(format_instant).into())
    }
}

/// Hands an open task to somebody, or to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignTask {
    /// The task.
    pub task: TaskSeen,
    /// The host's name of a user; empty for nobody.
    pub assignee: String,
}

impl Command for AssignTask {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        "task.assign".into()
    }

    fn to_json(&self) -> Json {
        let mut map = self.task.to_json();
        map.insert("assignee".into(), Some(self.assignee.as_str()).filter(|name| !name.is_empty()).into());
        Json::Object(map)
    }

    /// `assignee` must be named, if only as null.
    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (task, map) = TaskSeen::from_json(body, &["id", "version", "assignee"])?;
        if !map.contains_key("assignee") {
            return Err(Problem::Missing { name: "assignee".into() }.into());
        }
        Ok(Self { task, assignee: raw_text(map, "assignee")?.unwrap_or_default().to_owned() })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        self.task.open(cx)?;
        self.task.set(cx, "assignee", Some(self.assignee.as_str()).filter(|name| !name.is_empty()).into())
    }
}
