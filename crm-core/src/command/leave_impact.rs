//! What somebody's leave touches, and who could cover.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::Cx;
use super::cover::{Bench, Cover};
use super::open_work::{asked, open_rows, some_rows};
use super::team::person;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::staff::{Duty, Work};
use crate::kernel::staff_reason::{LeaveDays, StaffReason};
use crate::kernel::time::{Instant, format_instant, in_range};
use crate::lang::Lang;
use crate::model::{AnyRecord, Employee, Kind, Row};
use crate::rules::staff::{Absences, Person, Wanted};
use crate::store::Order;

/// The most records of each kind that an impact lists; counts go on.
const MOST_LISTED: usize = 100;

/// Something that leave touches.
#[derive(Clone, Debug)]
struct Touched {
    record: Kind,
    id: Id,
    title: String,
    why: StaffReason,
    cover: Cover,
}

/// What leave touches: everything that is due, planned or open in its time, with who could cover.
#[derive(Clone, Debug)]
pub(crate) struct LeaveImpact {
    days: LeaveDays,
    from: Instant,
    to: Instant,
    /// The working time that the leave takes.
    working_seconds: i64,
    /// How many of each reason, listed or not.
    counts: BTreeMap<&'static str, u64>,
    touched: Vec<Touched>,
    has_more: bool,
}

/// What the leave of somebody touches. Only told: the commit does not depend on it.
///
/// # Errors
/// The store's own.
pub(crate) fn leave_impact(cx: &Cx<'_>, of: &Employee, days: LeaveDays) -> Result<LeaveImpact> {
    let mut cx = cx.aside();
    let cx = &mut cx;
    let mut who = person(cx, of, cx.at())?;
    let (from, to) = who.span(days).unwrap_or((cx.at(), cx.at()));
    who.absences = Absences::new([days]);
    let working_seconds = who.availability(from, to)?.missing_seconds;
    let mut impact =
        LeaveImpact { days, from, to, working_seconds, counts: BTreeMap::new(), touched: Vec::new(), has_more: false };
    // What one kind adds to somebody's load counts for the next.
    let mut given: Vec<(String, Work)> = Vec::new();
    for (work, rows) in found(cx, of, &who, days, (from, to))? {
        if rows.is_empty() {
            continue;
        }
        let mut bench = Bench::new(cx, of, work, (from, to), &Wanted::default())?;
        given.iter().for_each(|(user, work)| bench.give(user, Duty::from(*work)));
        for (listed, (row, why)) in rows.into_iter().enumerate() {
            let count = impact.counts.entry(why.code()).or_insert(0);
            *count = count.saturating_add(1);
            if listed >= MOST_LISTED {
                impact.has_more = true;
                continue;
            }
            let cover = bench.cover();
            if let Some(user) = &cover.user {
                bench.give(user, Duty::from(work));
                given.push((user.clone(), work));
            }
            impact.touched.push(Touched { record: row.body.kind(), id: row.id, title: title(&row), why, cover });
        }
    }
    Ok(impact)
}

/// The rows that a leave touches with why, by the kind of work that covering them is; the most urgent reason of a row.
type Found = Vec<(Work, Vec<(Row, StaffReason)>)>;

/// The most rows of a kind that are looked at.
const MOST_SEEN: usize = 1_000;

fn found(
    cx: &mut Cx<'_>,
    of: &Employee,
    who: &Person<'_>,
    days: LeaveDays,
    (from, to): (Instant, Instant),
) -> Result<Found> {
    let between = |field: &str, from: String, to: String| Predicate::test(field, Operator::Between, vec![from, to]);
    let in_days = |field: &str| between(field, days.from.to_string(), days.to.to_string());
    let in_time = |field: &str| {
        // Leave may last to the end of all years: beyond them there is nothing to leave out.
        let ends = [(Operator::AtLeast, from), (Operator::Less, to)].into_iter();
        let ends = ends.filter(|(_, at)| in_range(at.date_naive()));
        Predicate::All(ends.map(|(operator, at)| Predicate::test(field, operator, format_instant(at))).collect())
    };
    let user = of.user.as_str();
    let due = Predicate::Any(vec![in_days("due_date"), in_time("due_at")]);
    let tasks = open_rows(cx, Work::Task, user, vec![due], MOST_SEEN)?;
    let mut tasks: Vec<(Instant, Row, StaffReason)> =
        tasks.into_iter().filter_map(|row| task_due(&row, who, (from, to)).map(|(due, why)| (due, row, why))).collect();
    tasks.sort_by_key(|(due, row, _)| (*due, row.id));
    let tasks = tasks.into_iter().map(|(_, row, why)| (row, why)).collect();
    let mut steps: Vec<(NaiveDate, Row)> = open_rows(cx, Duty::PlaybookStep, user, vec![in_days("due_on")], MOST_SEEN)?
        .into_iter()
        .filter_map(|row| {
            let AnyRecord::PlaybookStep(step) = &row.body else { return None };
            let day = step.due_on.filter(|day| day_due(*day, who, (from, to)).is_some())?;
            Some((day, row))
        })
        .collect();
    steps.sort_by_key(|(day, row)| (*day, row.id));
    let steps = steps.into_iter().map(|(day, row)| (row, StaffReason::StepDue { day })).collect();
    let mut tickets: Vec<(Row, StaffReason)> = open_rows(cx, Work::Ticket, user, Vec::new(), MOST_SEEN)?
        .into_iter()
        .map(|row| {
            let why =
                ticket_due(&row, (from, to)).map_or(StaffReason::TicketOpen, |due| StaffReason::TicketDue { due });
            (row, why)
        })
        .collect();
    // What is due comes before what is only open, the earliest first.
    tickets.sort_by_key(|(row, why)| {
        let due = if let StaffReason::TicketDue { due } = why { Some(*due) } else { None };
        (due.is_none(), due, row.created_at, row.id)
    });
    let deals = open_rows(cx, Work::Deal, user, vec![in_days("close_date")], MOST_SEEN)?;
    let mut deals: Vec<(Row, StaffReason)> = deals
        .into_iter()
        .filter_map(|row| {
            let AnyRecord::Deal(deal) = &row.body else { return None };
            let why = StaffReason::DealCloses { day: deal.close_date? };
            Some((row, why))
        })
        .collect();
    deals.sort_by_key(|(row, why)| (if let StaffReason::DealCloses { day } = why { Some(*day) } else { None }, row.id));
    let now = cx.at();
    let mut planned =
        asked(cx, Kind::Activity, vec![Predicate::test("actor", Operator::Equal, user), in_time("happened_at")])?;
    let (field, _) = planned.schema.resolve("happened_at")?;
    planned.order = vec![Order { field, descending: false }];
    let planned = some_rows(cx, planned, MOST_SEEN)?.into_iter().filter_map(|row| {
        let AnyRecord::Activity(activity) = &row.body else { return None };
        // What happened already is planned no more.
        let at = activity.happened_at.filter(|at| *at > now)?;
        Some((row, StaffReason::ActivityPlanned { at }))
    });
    let planned = planned.collect();
    Ok(vec![
        (Work::Task, tasks),
        (Work::Task, steps),
        (Work::Ticket, tickets),
        (Work::Deal, deals),
        (Work::Lead, planned),
    ])
}

/// When a task is due, if that is in the leave: an instant lies in it, a day has its end in it or within its days.
fn task_due(row: &Row, who: &Person<'_>, (from, to): (Instant, Instant)) -> Option<(Instant, StaffReason)> {
    let AnyRecord::Task(task) = &row.body else { return None };
    let (at, due) = match (task.due_at, task.due_date) {
        (Some(at), _) if from <= at && at < to => (at, format_instant(at)),
        (Some(_), _) | (None, None) => return None,
        (None, Some(day)) => (day_due(day, who, (from, to))?, day.to_string()),
    };
    Some((at, StaffReason::TaskDue { due }))
}

/// The end of a day, if it is in the leave. Somebody who is away for the morning only can still do it in the afternoon.
fn day_due(day: NaiveDate, who: &Person<'_>, (from, to): (Instant, Instant)) -> Option<Instant> {
    let zone = who.calendar().zone();
    let end = day.succ_opt().map(|next| zone.day_start(next))?;
    Some(end).filter(|end| zone.day_start(day) < to && *end > from && *end <= to)
}

/// The first promise of a ticket that is due in the leave.
fn ticket_due(row: &Row, (from, to): (Instant, Instant)) -> Option<Instant> {
    let AnyRecord::Ticket(ticket) = &row.body else { return None };
    let due = [ticket.sla_due_at, ticket.first_response_due_at, ticket.next_response_due_at, ticket.resolution_due_at];
    due.into_iter().flatten().filter(|due| from <= *due && *due < to).min()
}

fn title(row: &Row) -> String {
    match &row.body {
        AnyRecord::Task(task) => task.title.clone(),
        AnyRecord::Ticket(ticket) => ticket.subject.clone(),
        AnyRecord::Deal(deal) => deal.name.clone(),
        AnyRecord::Activity(activity) => activity.subject.clone(),
        AnyRecord::PlaybookStep(step) => step.title.clone(),
        _ => String::new(),
    }
}

impl LeaveImpact {
    /// The JSON form: the leave's days and instants, the working time that it takes, counts, and each record with why it
    /// is listed and who could cover.
    pub(crate) fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        self.days.put(&mut map);
        map.insert("from".into(), format_instant(self.from).into());
        map.insert("to".into(), format_instant(self.to).into());
        map.insert("working_seconds".into(), self.working_seconds.into());
        map.insert("counts".into(), self.counts.iter().map(|(code, n)| ((*code).to_owned(), json!(n))).collect());
        let touched = self.touched.iter().map(|touched| {
            let mut map = Map::new();
            map.insert("record".into(), touched.record.name().into());
            map.insert("id".into(), touched.id.to_string().into());
            map.insert("title".into(), touched.title.as_str().into());
            map.insert("why".into(), Json::Object(Reason::Staff(touched.why.clone()).to_json(lang)));
            map.insert("cover".into(), touched.cover.to_json(lang));
            Json::Object(map)
        });
        map.insert("records".into(), touched.collect());
        map.insert("listed".into(), length(self.touched.len()).into());
        map.insert("has_more".into(), self.has_more.into());
        Json::Object(map)
    }
}
