//! What must hold of the team's records, checked whenever a command writes one.

use super::Cx;
use super::team::{employee_of, leaves_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::service::DayHalf;
use crate::kernel::text::fold;
use crate::model::{AnyRecord, Employee, Leave, Row};
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::staff::{Absences, MOST_POINTS, leave_days};

/// The most people between somebody and who leads everybody.
const MOST_LEVELS: usize = 100;
/// The minutes of a week.
const WEEK_MINUTES: i64 = 10_080;

/// Whether a person's row is new, comes back, or has another value in a field than before.
struct Changes<'a>(Option<(&'a Row, &'a Employee)>);

impl Changes<'_> {
    fn of<T: PartialEq>(&self, now: &T, field: impl Fn(&Employee) -> T) -> bool {
        self.0.is_none_or(|(row, before)| row.archived_at.is_some() || field(before) != *now)
    }
}

/// Checks a person who is about to be staged. Only what changed is checked, so that what was stored before stays as it is.
///
/// # Errors
/// A user who is an employee already ([`Problem::AlreadyExists`]), people who lead each other
/// ([`Problem::ManagerCycle`]), an unknown calendar, a cover who is nobody or the person, values out of range.
pub(super) fn settle_employee(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row) -> Result<()> {
    let AnyRecord::Employee(employee) = &row.body else { return Ok(()) };
    if row.archived_at.is_some() {
        return Ok(());
    }
    let changes = Changes(before.and_then(|before| match &before.body {
        AnyRecord::Employee(employee) => Some((before, &**employee)),
        _ => None,
    }));
    for (field, value, most) in [
        ("capacity_points", employee.capacity_points, MOST_POINTS),
        ("weekly_minutes", employee.weekly_minutes, WEEK_MINUTES),
    ] {
        check::between(value.unwrap_or(0), 0, most).map_err(|e| e.at(field))?;
    }
    if let (Some(from), Some(to)) = (employee.started_on, employee.left_on)
        && to < from
    {
        let problem = Problem::EndBeforeStart { from: from.to_string(), to: to.to_string() };
        return Err(Error::from(problem).at("left_on"));
    }
    let renamed = changes.of(&employee.user, |e| e.user.clone());
    if renamed
        && !employee.user.is_empty()
        && let Some(other) = employee_of(cx, &employee.user)?.filter(|other| other.id != row.id)
    {
        let problem = Problem::AlreadyExists { record: "employee".into(), id: other.id.to_string() };
        return Err(Error::from(problem).at("user"));
    }
    if !employee.calendar.is_empty() && changes.of(&employee.calendar, |e| e.calendar.clone()) {
        named(cx.rules().calendars(), &employee.calendar).map_err(|e| e.at("calendar"))?;
    }
    if !employee.manager.is_empty() && (renamed || changes.of(&employee.manager, |e| e.manager.clone())) {
        refuse_cycle(cx, row, employee).map_err(|e| e.at("manager"))?;
    }
    if !employee.delegate.is_empty() && (renamed || changes.of(&employee.delegate, |e| e.delegate.clone())) {
        refuse_delegate(cx, employee).map_err(|e| e.at("delegate"))?;
    }
    Ok(())
}

/// Goes up from somebody to who leads everybody; who is no employee leads and is led by nobody.
fn refuse_cycle(cx: &mut Cx<'_>, row: &Row, employee: &Employee) -> Result<()> {
    let mut users = vec![employee.user.clone()];
    let mut manager = employee.manager.clone();
    while !manager.is_empty() {
        let again = users.iter().position(|user| fold(user) == fold(&manager));
        users.push(manager.clone());
        if again.is_some() {
            return Err(Problem::ManagerCycle { users }.into());
        }
        if users.len() > MOST_LEVELS {
            let (found, most) = (crate::kernel::json::length(users.len()), crate::kernel::json::length(MOST_LEVELS));
            return Err(Problem::TooMany { what: "records", found, most }.into());
        }
        // Somebody else under this name does not count: the person's own row is the one at hand.
        let next = employee_of(cx, &manager)?.filter(|next| next.id != row.id);
        manager = match next.map(|next| next.body) {
            Some(AnyRecord::Employee(next)) => next.manager,
            _ => String::new(),
        };
    }
    Ok(())
}

fn refuse_delegate(cx: &mut Cx<'_>, employee: &Employee) -> Result<()> {
    let delegate = &employee.delegate;
    if fold(delegate) == fold(&employee.user) {
        return Err(Problem::NotOneself { user: delegate.clone() }.into());
    }
    if cx.expects(&fold(delegate)) || employee_of(cx, delegate)?.is_some() {
        return Ok(());
    }
    Err(Problem::NotFound { record: "employee".into(), id: delegate.clone() }.into())
}

/// Checks leave that is about to be staged, and writes unsaid parts in one way: the last day is said, and halves only
/// where a day is not whole.
///
/// # Errors
/// Nobody, or nobody who is an employee; days that are missing or end before they start; leave of the person that shares
/// time with it ([`Problem::LeaveOverlaps`]).
pub(super) fn settle_leave(cx: &mut Cx<'_>, before: Option<&Row>, row: &mut Row) -> Result<()> {
    let AnyRecord::Leave(leave) = &mut row.body else { return Ok(()) };
    if row.archived_at.is_some() {
        return Ok(());
    }
    if leave.user.is_empty() {
        return Err(Problem::Missing { name: "user".into() }.into());
    }
    let from = leave.from_date.ok_or_else(|| Problem::Missing { name: "from_date".into() })?;
    let days = leave_days(from, leave.from_half, leave.to_date, leave.to_half)?;
    leave.to_date = Some(days.to);
    leave.from_half = Some(days.from_half).filter(|half| *half == DayHalf::Afternoon);
    leave.to_half = Some(days.to_half).filter(|half| *half == DayHalf::Morning);
    let same = |before: &&Row| {
        let AnyRecord::Leave(old) = &before.body else { return false };
        let parts =
            |leave: &Leave| (leave.user.clone(), leave.from_date, leave.from_half, leave.to_date, leave.to_half);
        before.archived_at.is_none() && parts(old) == parts(leave)
    };
    if before.filter(same).is_some() {
        return Ok(());
    }
    let (user, id) = (leave.user.clone(), row.id);
    if employee_of(cx, &user)?.is_none() {
        return Err(Error::from(Problem::NotFound { record: "employee".into(), id: user }).at("user"));
    }
    let others = leaves_of(cx, &user, Some(days.from))?.into_iter().filter(|other| other.id != id);
    let shares: Vec<_> = others.filter(|other| Absences::new([other.days]).meets(days)).collect();
    let (Some(from), Some(to)) = (shares.iter().map(|l| l.days.from).min(), shares.iter().map(|l| l.days.to).max())
    else {
        return Ok(());
    };
    let ids = shares.iter().map(|other| other.id.to_string()).collect();
    let problem = Problem::LeaveOverlaps { user, from: from.to_string(), to: to.to_string(), ids };
    Err(Error::from(problem).at("from_date"))
}
