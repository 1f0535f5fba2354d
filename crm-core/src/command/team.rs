//! The stored team: who somebody is, when the person is on leave, and who may get a piece of work.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};

use super::Cx;
use super::open_work::{asked, kind_of, open_counts, some_rows};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::staff::{Presence, Work};
use crate::kernel::staff_reason::LeaveDays;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Employee, Kind, Leave, Row};
use crate::rules::staff::{Candidate, Person, Profile, StaffSettings, Wanted, Workload, leave_days};
use crate::store::{Archived, MOST_ROWS, Order};

/// The most people of a team.
pub(crate) const MOST_PEOPLE: usize = 2_000;
/// The most leaves of one person that are read.
const MOST_LEAVES: usize = 1_000;

/// A stored leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredLeave {
    pub(crate) id: Id,
    pub(crate) days: LeaveDays,
}

/// The employee of a row.
pub(crate) fn employee(row: &Row) -> Option<&Employee> {
    match &row.body {
        AnyRecord::Employee(employee) => Some(employee),
        _ => None,
    }
}

/// The rows of a user, archived ones too, as they are and as they will be, oldest first. Names are compared folded.
pub(crate) fn rows_of(cx: &mut Cx<'_>, user: &str) -> Result<Vec<Row>> {
    let mut query = asked(cx, Kind::Employee, vec![Predicate::test("user", Operator::Equal, user)])?;
    query.archived = Archived::Include;
    let mut rows = some_rows(cx, query, MOST_ROWS)?;
    let is_staged: BTreeSet<Id> = cx.staged(Kind::Employee).map(|row| row.id).collect();
    rows.retain(|row| !is_staged.contains(&row.id));
    let wanted = fold(user);
    let is_wanted = |row: &Row| employee(row).is_some_and(|e| !e.user.is_empty() && fold(&e.user) == wanted);
    rows.retain(is_wanted);
    rows.extend(cx.staged(Kind::Employee).filter(|row| is_wanted(row)).cloned());
    Ok(rows)
}

/// The employee of a user who is not archived; the first one, should there be several.
pub(crate) fn employee_of(cx: &mut Cx<'_>, user: &str) -> Result<Option<Row>> {
    Ok(rows_of(cx, user)?.into_iter().find(|row| row.archived_at.is_none()))
}

/// The leave of a user that ends on or after a day, as it is and as it will be.
pub(crate) fn leaves_of(cx: &mut Cx<'_>, user: &str, since: Option<NaiveDate>) -> Result<Vec<StoredLeave>> {
    let mut filter = vec![Predicate::test("user", Operator::Equal, user)];
    if let Some(since) = since {
        filter.push(Predicate::test("to_date", Operator::AtLeast, since.to_string()));
    }
    let query = asked(cx, Kind::Leave, filter)?;
    let mut rows = some_rows(cx, query, MOST_LEAVES)?;
    let is_staged: BTreeSet<Id> = cx.staged(Kind::Leave).map(|row| row.id).collect();
    rows.retain(|row| !is_staged.contains(&row.id));
    rows.extend(cx.staged(Kind::Leave).filter(|row| row.archived_at.is_none()).cloned());
    let wanted = fold(user);
    let leave = |row: Row| {
        let AnyRecord::Leave(leave) = row.body else { return None };
        let days = days_of(&leave).filter(|_| fold(&leave.user) == wanted)?;
        Some(StoredLeave { id: row.id, days })
    };
    Ok(rows.into_iter().filter_map(leave).collect())
}

/// The days of a stored leave; one that another program wrote and that makes no sense has none.
pub(crate) fn days_of(leave: &Leave) -> Option<LeaveDays> {
    leave_days(leave.from_date?, leave.from_half, leave.to_date, leave.to_half).ok()
}

/// A stored person with the leave from an instant on.
pub(crate) fn person<'a>(cx: &mut Cx<'a>, of: &Employee, at: Instant) -> Result<Person<'a>> {
    // Clocks of any zone are within a day of UTC.
    let since = at.date_naive().checked_sub_days(Days::new(2));
    let leaves = leaves_of(cx, &of.user, since)?;
    Ok(Person::stored(cx.rules(), of, leaves.into_iter().map(|leave| leave.days)))
}

/// How a stored person stands at an instant.
pub(crate) fn presence(row: &Row, person: &Person<'_>, at: Instant) -> Presence {
    match row.archived_at {
        Some(_) => Presence::Archived,
        None => person.standing(at).presence,
    }
}

/// Everybody who is not archived, each user once, oldest first.
///
/// # Errors
/// [`Problem::TooMany`], and the store's own.
pub(crate) fn everybody(cx: &mut Cx<'_>) -> Result<Vec<Row>> {
    let query = asked(cx, Kind::Employee, vec![Predicate::test("user", Operator::IsKnown, serde_json::Value::Null)])?;
    let rows = some_rows(cx, query, MOST_PEOPLE.saturating_add(1))?;
    if rows.len() > MOST_PEOPLE {
        let (found, most) = (json::length(rows.len()), json::length(MOST_PEOPLE));
        return Err(Problem::TooMany { what: "records", found, most }.into());
    }
    let mut users = BTreeSet::new();
    let first = |row: &Row| employee(row).is_some_and(|e| users.insert(fold(&e.user).into_owned()));
    Ok(rows.into_iter().filter(first).collect())
}

/// What is to be done, by when, and what it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    pub(crate) wanted: Wanted,
}

/// Everybody as a candidate for a job, whatever the actor sees of their work. The load of somebody who is unsuited anyway
/// is not read.
///
/// # Errors
/// As [`everybody`].
pub(crate) fn candidates(cx: &mut Cx<'_>, job: &Job) -> Result<Vec<Candidate>> {
    cx.by_itself(|cx| all_candidates(cx, job))
}

fn all_candidates(cx: &mut Cx<'_>, job: &Job) -> Result<Vec<Candidate>> {
    let (rules, at) = (cx.rules(), cx.at());
    let mut candidates = Vec::new();
    for row in everybody(cx)? {
        let Some(of) = employee(&row) else { continue };
        let person = person(cx, of, job.from.min(at))?;
        let profile = Profile {
            user: of.user.clone(),
            full_name: of.full_name.clone(),
            job_title: of.job_title.clone(),
            team: of.team.clone(),
            skills: of.skills.clone(),
            languages: of.languages.clone(),
            presence: presence(&row, &person, at),
            capacity_points: person.capacity_points,
        };
        let availability = person.availability(job.from, job.to)?;
        let workload = match profile.unsuited(&job.wanted).is_empty() {
            true => workload(cx, rules.staff(), job.work, &of.user)?,
            false => Workload::default(),
        };
        candidates.push(Candidate { profile, availability, workload });
    }
    Ok(candidates)
}

/// What somebody has to do already.
fn workload(cx: &mut Cx<'_>, settings: &StaffSettings, work: Work, user: &str) -> Result<Workload> {
    let load_points = settings.load_of(&open_counts(cx, user)?);
    let day = TimeDelta::try_hours(24).unwrap_or_default();
    let since = cx.at().checked_sub_signed(day).unwrap_or(Instant::MIN_UTC);
    let assigned_24_hours = if settings.has_limit() { assigned_since(cx, work, user, since)? } else { 0 };
    Ok(Workload { load_points, last_assigned: last_assigned(cx, user)?, assigned_24_hours, limit: None })
}

/// Where it is kept that somebody got something: leads in assignments, tickets and tasks in themselves.
const GIVEN: [(Work, Kind, &str, &str); 3] = [
    (Work::Lead, Kind::Assignment, "user", "assigned_at"),
    (Work::Ticket, Kind::Ticket, "owner", "created_at"),
    (Work::Task, Kind::Task, "assignee", "created_at"),
];

/// When somebody last got a lead, a ticket or a task.
fn last_assigned(cx: &mut Cx<'_>, user: &str) -> Result<Option<Instant>> {
    let mut last = None;
    for (_, kind, field, when) in GIVEN {
        let mut query = asked(cx, kind, vec![Predicate::test(field, Operator::Equal, user)])?;
        let (place, _) = query.schema.resolve(when)?;
        query.order = vec![Order { field: place, descending: true }];
        let newest = some_rows(cx, query, 1)?;
        let at = newest.first().and_then(|row| match &row.body {
            AnyRecord::Assignment(given) => given.assigned_at,
            _ => Some(row.created_at),
        });
        last = last.max(at);
    }
    Ok(last)
}

/// How much of a kind of work somebody got since an instant.
fn assigned_since(cx: &mut Cx<'_>, work: Work, user: &str, since: Instant) -> Result<i64> {
    let given = GIVEN.into_iter().find(|(of, ..)| *of == work);
    let (kind, field, when) =
        given.map_or((kind_of(work), "owner", "created_at"), |(_, kind, field, when)| (kind, field, when));
    let after = Predicate::test(when, Operator::Greater, format_instant(since));
    let query = asked(cx, kind, vec![Predicate::test(field, Operator::Equal, user), after])?;
    Ok(i64::try_from(cx.count(&query)?).unwrap_or(i64::MAX))
}
