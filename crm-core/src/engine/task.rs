//! The question `task`: one task with what it belongs to, what it waits for, what waits for it, and its series.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::tasks::told_row;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, task_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::format_instant;
use crate::model::{Key, Kind, Row, Task};
use crate::rules::read::{Object, text};
use crate::rules::task::{Anchor, Due, Horizon, LocalDays, Recurrence, Series};
use crate::store::{MOST_ROWS, Query, Read, Store};

/// Most tasks in a chain that are told.
const MOST_CHAIN: usize = 20;
/// Occurrences to come that are told.
const TO_COME: usize = 5;

impl<S: Store> Crm<S> {
    /// The question `task`: `{"id": "...", "zone": "Europe/Paris", "lang": "fr"}`.
    pub(super) fn task_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "task")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "zone", "week_starts", "lang"])?;
        let lang = lang_of(body)?;
        let id: Id = text(o.required("id")?).and_then(|id| id.parse()).map_err(|e: Error| e.at("id"))?;
        let days = self.rules.tasks().days.asked(&o)?;
        let read = self.reading(ctx)?;
        let missing = || Problem::NotFound { record: "task".into(), id: id.to_string() };
        let row = read.get(Key { kind: Kind::Task, id })?.ok_or_else(missing)?;
        let task = task_of(&row).ok_or_else(missing)?;
        let horizon = Horizon::new(&days, ctx.at);
        let mut answer = told_row(&*read, &horizon, self.rules.support().priorities(), &row, lang)?;
        if let Some(map) = answer.as_object_mut() {
            map.insert("links".into(), self.links_of(&*read, task)?);
            map.insert("waits_for".into(), chain(&*read, task)?);
            map.insert("waited_for_by".into(), self.waiting(&*read, ctx, id)?);
            map.insert("series".into(), self.series_of(&*read, ctx, (id, task), &self.rules.tasks().days)?);
        }
        Ok(answer)
    }

    /// The records that a task belongs to, each with its name.
    fn links_of(&self, read: &dyn Read, task: &Task) -> Result<Json> {
        let links = [
            (Kind::Lead, task.lead),
            (Kind::Account, task.account),
            (Kind::Contact, task.contact),
            (Kind::Deal, task.deal),
            (Kind::Ticket, task.ticket),
        ];
        let mut map = Map::new();
        for (kind, id) in links {
            let Some(id) = id else { continue };
            let name = read.get(Key { kind, id })?.map(|row| self.name_of(&row));
            map.insert(kind.name().into(), json!({"id": id.to_string(), "name": name}));
        }
        Ok(Json::Object(map))
    }

    /// What people call a record: the first of its names that is known.
    fn name_of(&self, row: &Row) -> String {
        let schema = self.rules.schema(row.body.kind());
        let known = |field: &str| match schema.position(field).map(|place| row.fact_of(&schema, place)) {
            Some(Fact::Text(text)) => Some(text.to_owned()),
            _ => None,
        };
        let person = [known("first_name"), known("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let named = ["name", "subject", "title"].into_iter().filter(|_| person.is_empty()).find_map(known);
        named.or_else(|| Some(person).filter(|name| !name.is_empty())).or_else(|| known("company")).unwrap_or_default()
    }

    fn waiting(&self, read: &dyn Read, ctx: &Ctx, id: Id) -> Result<Json> {
        let rows = self.tasks_with(read, ctx, "blocking_task", id)?;
        Ok(rows.iter().filter_map(|row| Some(brief(row.id, task_of(row)?))).collect())
    }

    fn tasks_with(&self, read: &dyn Read, ctx: &Ctx, field: &str, id: Id) -> Result<Vec<Row>> {
        let schema = self.rules.schema(Kind::Task);
        let mut query = Query::all(Kind::Task, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test(field, Operator::Equal, id.to_string()).compile(&schema)?);
        query.limit = MOST_ROWS;
        Ok(read.find(&query)?.rows)
    }

    /// The series of a task: how it goes on, and the stored tasks of it.
    fn series_of(&self, read: &dyn Read, ctx: &Ctx, (id, task): (Id, &Task), days: &LocalDays) -> Result<Json> {
        let (Ok(recurrence), Ok(anchor)) =
            (task.recurrence.parse::<Recurrence>(), task.recurrence_anchor.parse::<Anchor>())
        else {
            return Ok(Json::Null);
        };
        let series = Series { recurrence, anchor, days, calendar: &self.rules.tasks().calendar };
        let number = task.occurrence.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let to_come = (number.saturating_add(1)..).take(TO_COME).map_while(|n| series.occurrence(n));
        let to_come: Vec<Json> = to_come
            .map(|one| match one.due {
                Due::Day(day) => json!({"number": one.number, "due_date": day.to_string()}),
                Due::At(at) => {
                    json!({"number": one.number, "due_date": one.day.to_string(), "due_at": format_instant(at)})
                }
            })
            .collect();
        let first = task.recurring_task.unwrap_or(id);
        let mut stored = self.tasks_with(read, ctx, "recurring_task", first)?;
        stored.extend(read.get(Key { kind: Kind::Task, id: first })?);
        stored.sort_by_key(|row| (task_of(row).and_then(|task| task.occurrence), row.id));
        let tasks: Vec<Json> = stored.iter().filter_map(|row| Some(brief(row.id, task_of(row)?))).collect();
        Ok(json!({
            "recurrence": task.recurrence, "anchor": anchor.to_string(), "number": number, "to_come": to_come, "tasks": tasks,
        }))
    }
}

/// The tasks that one waits for, the nearest first.
fn chain(read: &dyn Read, task: &Task) -> Result<Json> {
    let mut chain = Vec::new();
    let mut next = task.blocking_task;
    while let Some(id) = next.filter(|_| chain.len() < MOST_CHAIN) {
        let Some(row) = read.get(Key { kind: Kind::Task, id })? else { break };
        let Some(other) = task_of(&row) else { break };
        chain.push(brief(id, other));
        next = other.blocking_task;
    }
    Ok(chain.into())
}

fn brief(id: Id, task: &Task) -> Json {
    json!({
        "id": id.to_string(),
        "title": task.title,
        "assignee": Some(task.assignee.as_str()).filter(|name| !name.is_empty()),
        "due_date": task.due_date.map(|day| day.to_string()),
        "due_at": task.due_at.map(format_instant),
        "completed_at": task.completed_at.map(format_instant),
        "occurrence": task.occurrence,
    })
}
