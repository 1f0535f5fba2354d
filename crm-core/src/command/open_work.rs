//! Open work: the leads, deals, tickets and tasks that wait for somebody, and what else somebody answers for, found by
//! index.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Cx;
use super::subscription_state::{day_of, is_over, subscription_of};
use crate::kernel::customer::{IdeaState, RenewalState, RunState, StepState, SubscriptionStatus};
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::quotes::QuoteState;
use crate::kernel::staff::{Duty, Work};
use crate::model::{AnyRecord, Kind, Row};
use crate::store::Query;

/// The kind of record that holds work.
pub(crate) fn kind_of(duty: impl Into<Duty>) -> Kind {
    match duty.into() {
        Duty::Deal => Kind::Deal,
        Duty::ExpansionIdea => Kind::ExpansionIdea,
        Duty::Lead => Kind::Lead,
        Duty::PlaybookRun => Kind::PlaybookRun,
        Duty::PlaybookStep => Kind::PlaybookStep,
        Duty::Quote => Kind::Quote,
        Duty::Renewal => Kind::Renewal,
        Duty::Segment => Kind::Segment,
        Duty::Subscription => Kind::Subscription,
        Duty::Task => Kind::Task,
        Duty::Ticket => Kind::Ticket,
    }
}

/// Who has a piece of work: the host's name of a user, to change; `None` of other records.
pub(crate) fn holder_mut(body: &mut AnyRecord) -> Option<&mut String> {
    match body {
        AnyRecord::Deal(deal) => Some(&mut deal.owner),
        AnyRecord::ExpansionIdea(idea) => Some(&mut idea.owner),
        AnyRecord::Lead(lead) => Some(&mut lead.owner),
        AnyRecord::PlaybookRun(run) => Some(&mut run.owner),
        AnyRecord::PlaybookStep(step) => Some(&mut step.assignee),
        AnyRecord::Quote(quote) => Some(&mut quote.owner),
        AnyRecord::Renewal(renewal) => Some(&mut renewal.owner),
        AnyRecord::Segment(segment) => Some(&mut segment.owner),
        AnyRecord::Subscription(subscription) => Some(&mut subscription.owner),
        AnyRecord::Task(task) => Some(&mut task.assignee),
        AnyRecord::Ticket(ticket) => Some(&mut ticket.owner),
        _ => None,
    }
}

/// A question about the rows of a kind that meet all of some conditions.
pub(crate) fn asked(cx: &Cx<'_>, kind: Kind, filter: Vec<Predicate>) -> Result<Query> {
    let schema = cx.rules().schema(kind);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    Ok(query)
}

/// What makes a record of somebody open work, archived ones aside: what is not won, lost, solved, done or ended.
pub(crate) fn open(duty: Duty, user: &str) -> Vec<Predicate> {
    let of = |field: &str| Predicate::test(field, Operator::Equal, user);
    let absent = |field: &str| Predicate::test(field, Operator::IsNull, Json::Null);
    let not = |field: &str, values: &[&str]| {
        let closed = Predicate::test(field, Operator::In, values.iter().map(|v| Json::from(*v)).collect::<Vec<_>>());
        // What has no state is open.
        Predicate::Any(vec![absent(field), Predicate::Not(Box::new(closed))])
    };
    match duty {
        Duty::Deal => vec![of("owner"), not("state", &["won", "lost"])],
        Duty::ExpansionIdea => {
            vec![of("owner"), not("state", &[IdeaState::Converted.code(), IdeaState::Dropped.code()])]
        }
        Duty::Lead => {
            let converted = Predicate::test("converted", Operator::Equal, true);
            let unconverted = Predicate::Any(vec![absent("converted"), Predicate::Not(Box::new(converted))]);
            vec![of("owner"), absent("merged_into"), absent("converted_at"), unconverted]
        }
        Duty::PlaybookRun => vec![of("owner"), not("state", &[RunState::Done.code(), RunState::Cancelled.code()])],
        Duty::PlaybookStep => {
            let settled = [StepState::Done, StepState::Skipped, StepState::NotNeeded].map(StepState::code);
            vec![of("assignee"), absent("task"), not("state", &settled)]
        }
        Duty::Quote => {
            let answered = [QuoteState::Accepted, QuoteState::Declined, QuoteState::Superseded, QuoteState::Cancelled];
            vec![of("owner"), not("state", &answered.map(QuoteState::code))]
        }
        Duty::Renewal => {
            let settled = [RenewalState::Renewed, RenewalState::Churned, RenewalState::Lapsed].map(RenewalState::code);
            vec![of("owner"), not("state", &settled)]
        }
        Duty::Segment => vec![of("owner")],
        Duty::Subscription => vec![of("owner"), not("status", &[SubscriptionStatus::Cancelled.code()])],
        Duty::Task => vec![of("assignee"), absent("completed_at")],
        Duty::Ticket => vec![of("owner"), absent("merged_into"), not("state", &["resolved", "closed"])],
    }
}

/// How many open records of a kind somebody has.
///
/// # Errors
/// The store's own.
pub(crate) fn open_count(cx: &mut Cx<'_>, duty: impl Into<Duty>, user: &str) -> Result<u64> {
    let duty = duty.into();
    if duty == Duty::Subscription {
        let rows = open_rows(cx, duty, user, Vec::new(), usize::MAX)?;
        return Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }
    let query = asked(cx, kind_of(duty), open(duty, user))?;
    cx.count(&query)
}

/// How many open records of each kind that counts as work somebody has.
///
/// # Errors
/// The store's own.
pub(crate) fn open_counts(cx: &mut Cx<'_>, user: &str) -> Result<BTreeMap<Work, u64>> {
    Work::ALL.iter().map(|work| Ok((*work, open_count(cx, *work, user)?))).collect()
}

/// How much of everything that others take over somebody has.
///
/// # Errors
/// The store's own.
pub(crate) fn duty_counts(cx: &mut Cx<'_>, user: &str) -> Result<BTreeMap<Duty, u64>> {
    Duty::ALL.iter().map(|duty| Ok((*duty, open_count(cx, *duty, user)?))).collect()
}

/// The open records of a kind that somebody has, oldest first, at most so many; more conditions may narrow them.
///
/// # Errors
/// The store's own.
pub(crate) fn open_rows(
    cx: &mut Cx<'_>,
    duty: impl Into<Duty>,
    user: &str,
    more: Vec<Predicate>,
    most: usize,
) -> Result<Vec<Row>> {
    let duty = duty.into();
    let mut filter = open(duty, user);
    filter.extend(more);
    let query = asked(cx, kind_of(duty), filter)?;
    if duty != Duty::Subscription {
        return some_rows(cx, query, most);
    }
    // A contract is over with its last term, whatever its status says; its days tell, and no condition does.
    let today = day_of(cx.rules(), cx.at());
    let mut rows = some_rows(cx, query, usize::MAX)?;
    rows.retain(|row| !subscription_of(row).is_some_and(|one| is_over(one, today).unwrap_or(false)));
    rows.truncate(most);
    Ok(rows)
}

/// The first rows of a question, at most so many.
///
/// # Errors
/// The store's own.
pub(crate) fn some_rows(cx: &mut Cx<'_>, mut query: Query, most: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    while rows.len() < most {
        query.limit = most.saturating_sub(rows.len()).min(crate::store::MOST_ROWS);
        let page = cx.find(&query)?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(rows)
}
