//! What the library itself keeps of a task, settled whenever a command writes it: what its dates mean together, whether
//! it waits for another task, what its series counts from, and the one that comes after it.

use super::Cx;
use super::links::linked;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::model::{AnyRecord, Key, Kind, Row, Task};
use crate::rules::Rules;
use crate::rules::task::{Anchor, Due, LocalDays, Next, Recurrence, Series};

/// Most tasks that wait for each other in a chain.
const MOST_CHAIN: usize = 100;
/// Most tasks that wait for one.
const MOST_WAITING: usize = 10_000;

/// The task of a row, if it is one.
pub(crate) fn task_of(row: &Row) -> Option<&Task> {
    match &row.body {
        AnyRecord::Task(task) => Some(task),
        _ => None,
    }
}

/// Whether a task is still to be done.
fn is_open(row: &Row) -> bool {
    row.archived_at.is_none() && task_of(row).is_some_and(|task| task.completed_at.is_none())
}

/// By when a task is due.
pub(crate) fn due_of(task: &Task) -> Option<Due> {
    Due::of(task.due_date, task.due_at)
}

/// Settles the task of a row that is about to be staged; other rows stay as they are.
///
/// # Errors
/// An unknown priority, two dates that differ, a recurrence that cannot be read or has no date, a blocking task that is
/// not there or waits for this one.
pub(super) fn settle_task(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row) -> Result<()> {
    let Some(mut task) = task_of(row).cloned() else { return Ok(()) };
    let old = before.and_then(task_of);
    if old.is_none_or(|old| old.priority != task.priority) {
        cx.rules().support().priorities().check(&task.priority).map_err(|e| e.at("priority"))?;
    }
    let days = &cx.rules().tasks().days;
    settle_due(days, old, &mut task)?;
    settle_recurrence(days, old, &mut task)?;
    if old.map_or(task.blocking_task.is_some(), |old| old.blocking_task != task.blocking_task) {
        task.blocked = blocked(cx, row.id, task.blocking_task).map_err(|e| e.at("blocking_task"))?;
    }
    let was_done = old.is_some_and(|old| old.completed_at.is_some());
    match task.completed_at {
        None => task.completed_by.clear(),
        Some(_) if !was_done && task.completed_by.is_empty() => cx.actor().name().clone_into(&mut task.completed_by),
        Some(_) => {}
    }
    if old.is_some() && !was_done && task.completed_at.is_some() {
        make_next(cx, row.id, &task)?;
    }
    row.body = task.into();
    Ok(())
}

/// A day follows the instant that was set, and an instant keeps its time of the clock on a day that was set.
fn settle_due(days: &LocalDays, old: Option<&Task>, task: &mut Task) -> Result<()> {
    let Some(at) = task.due_at else { return Ok(()) };
    let day = days.day(at);
    let at_is_new = old.is_none_or(|old| old.due_at != task.due_at);
    let day_is_new = task.due_date != old.and_then(|old| old.due_date);
    match task.due_date {
        Some(due) if due == day => {}
        None if day_is_new && !at_is_new => task.due_at = None,
        Some(due) if day_is_new && !at_is_new => {
            task.due_at = Some(days.zone.instant(due.and_time(days.zone.local(at).time())));
        }
        Some(due) if day_is_new => {
            let (date, at) = (due.to_string(), crate::kernel::time::format_instant(at));
            let problem = Problem::DueDatesDiffer { date, at, zone: days.zone.name().to_owned() };
            return Err(Error::from(problem).at("due_date"));
        }
        _ if at_is_new => task.due_date = Some(day),
        // Only the zone is another one than it was.
        _ => {}
    }
    Ok(())
}

/// A series counts from the day on which its first task is due, unless somebody says otherwise. Another recurrence begins
/// another series.
fn settle_recurrence(days: &LocalDays, old: Option<&Task>, task: &mut Task) -> Result<()> {
    if task.recurrence.is_empty() {
        task.recurrence_anchor.clear();
        return Ok(());
    }
    task.recurrence.parse::<Recurrence>().map_err(|e| e.at("recurrence"))?;
    let due = due_of(task).ok_or(Problem::MissingOneOf { names: &["due_date", "due_at"] })?;
    let own = |due: Due| Anchor::of(due, days).to_string();
    let anchor_is_new = old.is_none_or(|old| old.recurrence_anchor != task.recurrence_anchor);
    if let Some(old) = old {
        let first = task.occurrence.unwrap_or(0) == 0;
        let followed = due_of(old).is_some_and(|due| own(due) == old.recurrence_anchor);
        if old.recurrence != task.recurrence && !old.recurrence.is_empty() {
            (task.occurrence, task.recurring_task) = (None, None);
            if !anchor_is_new {
                task.recurrence_anchor.clear();
            }
        } else if first && followed && !anchor_is_new {
            task.recurrence_anchor.clear();
        }
    }
    if task.recurrence_anchor.is_empty() {
        task.recurrence_anchor = own(due);
    }
    task.recurrence_anchor.parse::<Anchor>().map(drop).map_err(|e| e.at("recurrence_anchor"))
}

/// Whether the blocking task is still to be done; it must be there and not wait for this one.
fn blocked(cx: &mut Cx<'_>, id: Id, blocking: Option<Id>) -> Result<Option<bool>> {
    let Some(blocking) = blocking else { return Ok(None) };
    let mut chain = vec![id];
    let mut next = Some(blocking);
    while let Some(other) = next {
        chain.push(other);
        if other == id {
            return Err(Problem::BlockingCycle { ids: chain.iter().map(Id::to_string).collect() }.into());
        }
        crate::rules::check::most("links", chain.len(), MOST_CHAIN)?;
        let row = cx.row(Key { kind: Kind::Task, id: other })?;
        next = row.as_ref().and_then(task_of).and_then(|task| task.blocking_task);
    }
    Ok(Some(is_open(&cx.active(Key { kind: Kind::Task, id: blocking })?)))
}

/// Tells the tasks that wait for one whether they still do, when it was done, put away or opened again.
pub(super) fn tell_waiting(cx: &mut Cx<'_>, before: &Row, after: &Row) -> Result<()> {
    let is_open_now = is_open(after);
    if after.body.kind() != Kind::Task || is_open(before) == is_open_now {
        return Ok(());
    }
    let mut waiting: Vec<Key> =
        cx.staged_tasks().filter(|(_, task)| task.blocking_task == Some(after.id)).map(|(key, _)| key).collect();
    let stored = linked(cx, (Kind::Task, "blocking_task"), &[after.id], MOST_WAITING)?;
    waiting.extend(stored.iter().map(Row::key));
    waiting.sort_unstable();
    waiting.dedup();
    for key in waiting {
        let mut row = cx.existing(key)?;
        let AnyRecord::Task(task) = &mut row.body else { continue };
        if task.blocking_task == Some(after.id) {
            task.blocked = Some(is_open_now);
            cx.update(row)?;
        }
    }
    Ok(())
}

/// What comes after a task of a series that was done, under an id that follows from the series and the number: however
/// often it is asked for, there is one.
pub(crate) fn next_of(rules: &Rules, id: Id, task: &Task) -> Option<(Id, Next)> {
    let recurrence: Recurrence = task.recurrence.parse().ok()?;
    let anchor: Anchor = task.recurrence_anchor.parse().ok()?;
    let (settings, at) = (rules.tasks(), task.completed_at?);
    let series = Series { recurrence, anchor, days: &settings.days, calendar: &settings.calendar };
    let number = task.occurrence.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let next = series.next(number, at);
    let (first, number) = (task.recurring_task.unwrap_or(id), next.occurrence?.number);
    let text = format!("task {first} {} {anchor} {number}", task.recurrence);
    Some((Id::from_text(&text), next))
}

fn make_next(cx: &mut Cx<'_>, id: Id, task: &Task) -> Result<()> {
    let Some((next_id, Next { occurrence: Some(occurrence), .. })) = next_of(cx.rules(), id, task) else {
        return Ok(());
    };
    if cx.row(Key { kind: Kind::Task, id: next_id })?.is_some() {
        return Ok(());
    }
    let mut next = task.clone();
    (next.due_date, next.due_at) = match occurrence.due {
        Due::Day(day) => (Some(day), None),
        Due::At(at) => (None, Some(at)),
    };
    next.recurring_task = Some(task.recurring_task.unwrap_or(id));
    next.occurrence = i64::try_from(occurrence.number).ok();
    (next.completed_at, next.snoozed_until, next.blocking_task, next.blocked) = (None, None, None, None);
    for own in [&mut next.completed_by, &mut next.external_source, &mut next.external_id] {
        own.clear();
    }
    cx.insert(next_id, next.into())?;
    Ok(())
}
